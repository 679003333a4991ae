-- Every function is ATOMIC (its body is parsed and bound), pinned (its
-- search_path is set) or C; SECURITY DEFINER is pinned, whatever its language.
SELECT format(CASE
                  WHEN p.prosecdef THEN '%s is SECURITY DEFINER and not pinned'
                  ELSE '%s is neither ATOMIC nor pinned nor C'
              END, p.oid::regprocedure)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('distmgmt', :'model', :'model' || '_bi')
  AND p.prokind <> 'a'
  AND (l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL OR p.prosecdef)
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                  WHERE setting LIKE 'search_path=%')
ORDER BY 1;
