-- plpgsql_check finds nothing in any PL/pgSQL function: names that do not
-- exist, types that do not fit, what can never work. A trigger function is
-- checked once per table that fires it, with its transition tables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plpgsql_check;

WITH ours AS (
    SELECT p.oid, p.prorettype
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE l.lanname = 'plpgsql'
      AND n.nspname IN ('distmgmt', :'model', :'model' || '_bi')
), checked (oid, relid, oldtable, newtable) AS (
    SELECT oid, 0::oid::regclass, NULL::name, NULL::name
    FROM ours
    WHERE prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
UNION
    SELECT o.oid, t.tgrelid::regclass, max(t.tgoldtable), max(t.tgnewtable)
    FROM ours o
    JOIN pg_catalog.pg_trigger t ON t.tgfoid = o.oid
    WHERE t.tgparentid = 0
    GROUP BY o.oid, t.tgrelid
)
SELECT format('%s%s line %s: %s: %s', c.oid::regprocedure,
              CASE WHEN c.relid <> 0 THEN format(' on %s', c.relid) ELSE '' END,
              f.lineno, f.level, concat_ws('; ', f.message, f.detail, f.hint))
FROM checked c
CROSS JOIN LATERAL plpgsql_check_function_tb(
    funcoid => c.oid, relid => c.relid, oldtable => c.oldtable, newtable => c.newtable,
    fatal_errors => false, performance_warnings => false) AS f
WHERE f.level IN ('error', 'warning')
ORDER BY 1;
