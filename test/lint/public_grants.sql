-- PUBLIC may use schemas and types and call pure functions; nothing else is
-- granted to it. A trigger function is called by triggers alone: who may create
-- a trigger on a table may name it.
WITH granted (what, privilege) AS (
    SELECT 'schema ' || s.nspname, g.privilege_type
    FROM pg_catalog.pg_namespace s
    JOIN public.our_schema USING (oid)
    CROSS JOIN aclexplode(s.nspacl) AS g
    WHERE g.grantee = 0 AND g.privilege_type <> 'USAGE'
UNION ALL
    SELECT c.oid::regclass::text, g.privilege_type
    FROM public.our_relation c
    CROSS JOIN aclexplode(c.relacl) AS g
    WHERE g.grantee = 0
UNION ALL
    SELECT c.oid::regclass || '.' || a.attname, g.privilege_type
    FROM pg_catalog.pg_attribute a
    JOIN public.our_relation c ON c.oid = a.attrelid
    CROSS JOIN aclexplode(a.attacl) AS g
    WHERE g.grantee = 0
UNION ALL
    SELECT p.oid::regprocedure::text || CASE
               WHEN p.prosecdef THEN ' (SECURITY DEFINER)'
               ELSE ' (VOLATILE)' END, g.privilege_type
    FROM public.our_function p
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
    WHERE g.grantee = 0
      AND (p.provolatile = 'v' OR p.prosecdef)
      AND p.prorettype <> 'pg_catalog.trigger'::regtype
)
SELECT format('%s to PUBLIC on %s', privilege, what)
FROM granted
ORDER BY 1;
