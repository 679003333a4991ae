-- The views for BI tools hold what their clients can show: plain types with a
-- precision, a comment on everything, units in the names, the reader's rights
-- (BI.md tells which client breaks on what). Money stands beside its currency.
WITH rel AS (
    SELECT c.oid, c.relname, c.relkind, c.reloptions
    FROM public.our_relation c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname LIKE '%\_bi' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
), col AS (
    SELECT r.oid, r.relname, a.attname, a.attnum, t.typname, t.typtype,
        pg_catalog.format_type(a.atttypid, a.atttypmod) AS shown,
        a.atttypmod
    FROM rel r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
)
SELECT format('%s is not a view', relname) FROM rel WHERE relkind <> 'v'
UNION ALL
SELECT format('%s is not security_invoker', relname) FROM rel
WHERE relkind = 'v' AND NOT coalesce(reloptions::text ~ 'security_invoker=(true|on)', false)
UNION ALL
SELECT format('%s: the comment does not begin with its grain (One row = ...)', relname) FROM rel
WHERE pg_catalog.obj_description(oid, 'pg_class') !~ '^One row = '
UNION ALL
SELECT format('%s.%s is %s', relname, attname, shown) FROM col
WHERE typname NOT IN ('text', 'int8', 'int4', 'numeric', 'date', 'timestamptz', 'bool')
UNION ALL
SELECT format('%s.%s is numeric without precision', relname, attname) FROM col WHERE typname = 'numeric' AND atttypmod = -1
UNION ALL
SELECT format('%s.%s: a number without its unit', relname, attname) FROM col
WHERE typname = 'numeric' AND attname !~ '_(amount|qty|pct|ratio|rate|days|weeks|hours|score|index|count)$'
UNION ALL
SELECT format('%s.%s: a measure whose comment does not say whether it is additive', relname, attname) FROM col
WHERE typname = 'numeric' AND pg_catalog.col_description(oid, attnum) !~* 'additive'
UNION ALL
SELECT format('%s.%s: a boolean is named is_, has_, can_ or was_', relname, attname) FROM col
WHERE typname = 'bool' AND attname !~ '^(is|has|can|was)_'
UNION ALL
SELECT format('%s.%s: a date is named _on, a time _at', relname, attname) FROM col
WHERE typname = 'date' AND attname !~ '_on$' OR typname = 'timestamptz' AND attname !~ '_at$'
UNION ALL
SELECT format('%s.%s: lower case, at most 31 characters', relname, attname) FROM col
WHERE attname !~ '^[a-z][a-z0-9_]{0,30}$' OR relname !~ '^[a-z][a-z0-9_]{0,30}$'
UNION ALL
SELECT format('%s has money and no currency_code', c.relname) FROM col c
WHERE c.attname ~ '_amount$' AND c.attname !~ '^(measured|next_threshold|gap|jump)_'
GROUP BY c.oid, c.relname
HAVING NOT EXISTS (SELECT FROM col k WHERE k.oid = c.oid AND k.attname = 'currency_code')
UNION ALL
SELECT format('%s is neither dim_, fact_ nor meta_ nor a plural', relname) FROM rel
WHERE relname !~ '^(dim|fact|meta)_' AND relname !~ 's$'
ORDER BY 1;
