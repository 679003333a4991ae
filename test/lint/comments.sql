-- Every object has a COMMENT: what belongs to the extension, the schemas of the
-- model and all that is in them. Exempt is what another object brings along:
-- array and row types, identity sequences, indexes and constraints, the
-- operator family of an operator class.
WITH object (classid, objid, objsubid) AS (
    SELECT d.classid, d.objid, 0
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass
      AND d.deptype = 'e'
      AND e.extname = 'distmgmt'
      AND d.classid <> 'pg_catalog.pg_opfamily'::regclass
      AND d.objid NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'S'
                          UNION ALL
                          SELECT typarray FROM pg_catalog.pg_type)
UNION
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 0
    FROM public.our_schema n
UNION
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 0
    FROM public.our_relation c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       OR c.relkind = 'S' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass
              AND d.objid = c.oid AND d.deptype IN ('i', 'a'))
UNION
    SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum
    FROM pg_catalog.pg_attribute a
    JOIN public.our_relation c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
      AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped
UNION
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0
    FROM public.our_type t
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'e', 'd', 'r') AND t.typelem = 0
       OR t.typtype = 'c' AND c.relkind = 'c'
UNION
    SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 0
    FROM public.our_function p
UNION
    SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, 0
    FROM pg_catalog.pg_trigger t
    JOIN public.our_relation c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION
    SELECT 'pg_catalog.pg_policy'::regclass, p.oid, 0
    FROM pg_catalog.pg_policy p
    JOIN public.our_relation c ON c.oid = p.polrelid
)
SELECT 'no comment on ' || pg_catalog.pg_describe_object(classid, objid, objsubid)
FROM object
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_description d
    WHERE d.classoid = classid AND d.objoid = objid AND d.objsubid = object.objsubid
      AND btrim(d.description) <> '')
ORDER BY 1;
