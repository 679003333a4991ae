-- What BI tools see of a model is a contract: columns are only ever appended. A
-- change shows here; a changed type or name breaks somebody's dashboard.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
BEGIN;
SELECT bi_views > 25 AS has_views FROM distmgmt.create_model('contract');
\t on
\pset format unaligned
SELECT format('%s: %s', c.relname, obj_description(c.oid, 'pg_class')) ||
    string_agg(format(E'\n    %s %s: %s', a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)), '' ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'contract_bi'::regnamespace AND c.relkind = 'v'
GROUP BY c.oid, c.relname
ORDER BY c.relname COLLATE "C";
ROLLBACK;
