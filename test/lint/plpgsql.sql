-- plpgsql_check finds nothing in any PL/pgSQL function: names that do not
-- exist, types that do not fit, what can never work. A trigger function is
-- checked once per table that fires it, with its transition tables. create_model
-- is exempt: what its statements name does not exist before they have run.
WITH checked (oid, relid, oldtable, newtable) AS (
    SELECT oid, 0::oid::regclass, NULL::name, NULL::name
    FROM public.our_function
    WHERE lanname = 'plpgsql'
      AND proname <> 'create_model'
      AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
UNION
    SELECT f.oid, t.tgrelid::regclass, max(t.tgoldtable), max(t.tgnewtable)
    FROM public.our_function f
    JOIN pg_catalog.pg_trigger t ON t.tgfoid = f.oid
    WHERE f.lanname = 'plpgsql' AND t.tgparentid = 0
    GROUP BY f.oid, t.tgrelid
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
