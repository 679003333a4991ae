-- PUBLIC may use schemas and types and call pure functions; nothing else is
-- granted to it. A trigger function is called by triggers alone: who may create
-- a trigger on a table may name it.
WITH ours AS (
    SELECT oid, nspname
    FROM pg_catalog.pg_namespace
    WHERE nspname IN ('distmgmt', :'model', :'model' || '_bi')
), granted (what, privilege) AS (
    SELECT 'schema ' || s.nspname, g.privilege_type
    FROM pg_catalog.pg_namespace s
    JOIN ours USING (oid)
    CROSS JOIN aclexplode(s.nspacl) AS g
    WHERE g.grantee = 0 AND g.privilege_type <> 'USAGE'
UNION ALL
    SELECT c.oid::regclass::text, g.privilege_type
    FROM pg_catalog.pg_class c
    JOIN ours n ON n.oid = c.relnamespace
    CROSS JOIN aclexplode(c.relacl) AS g
    WHERE g.grantee = 0
UNION ALL
    SELECT c.oid::regclass || '.' || a.attname, g.privilege_type
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN ours n ON n.oid = c.relnamespace
    CROSS JOIN aclexplode(a.attacl) AS g
    WHERE g.grantee = 0
UNION ALL
    SELECT p.oid::regprocedure::text || CASE
               WHEN p.prosecdef THEN ' (SECURITY DEFINER)'
               ELSE ' (VOLATILE)' END, g.privilege_type
    FROM pg_catalog.pg_proc p
    JOIN ours n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
    WHERE g.grantee = 0
      AND (p.provolatile = 'v' OR p.prosecdef)
      AND p.prorettype <> 'pg_catalog.trigger'::regtype
)
SELECT format('%s to PUBLIC on %s', privilege, what)
FROM granted
ORDER BY 1;
