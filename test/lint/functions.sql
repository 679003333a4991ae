-- Every function is ATOMIC (its body is parsed and bound), pinned (its
-- search_path is set) or C; SECURITY DEFINER is pinned, whatever its language.
SELECT format(CASE
                  WHEN p.prosecdef THEN '%s is SECURITY DEFINER and not pinned'
                  ELSE '%s is neither ATOMIC nor pinned nor C'
              END, p.oid::regprocedure)
FROM public.our_function p
WHERE p.prokind <> 'a'
  AND (p.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL OR p.prosecdef)
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                  WHERE setting LIKE 'search_path=%')
ORDER BY 1;
