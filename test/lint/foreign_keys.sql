-- Every foreign key has an index whose leading columns are the key's: deleting
-- or re-keying a referenced row, and joining from it, never reads the table.
-- A partial index serves when it leaves out only rows whose key is NULL.
SELECT format('%s of %s has no index', c.conname, c.conrelid::regclass)
FROM pg_catalog.pg_constraint c
JOIN public.our_relation r ON r.oid = c.conrelid
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_index i
    WHERE i.indrelid = c.conrelid
      AND i.indisvalid
      AND (i.indpred IS NULL
           OR pg_catalog.pg_get_expr(i.indpred, i.indrelid) IN (
                SELECT format('(%I IS NOT NULL)', a.attname)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)))
      AND (i.indkey::int2[])[0 : cardinality(c.conkey) - 1] @> c.conkey)
ORDER BY 1;
