-- No function, type or relation has the name of a built-in one: pg_catalog is
-- searched first, so that ours would be hidden, or, where the path says
-- otherwise, theirs.
WITH ours AS (
    SELECT oid
    FROM pg_catalog.pg_namespace
    WHERE nspname IN ('distmgmt', :'model', :'model' || '_bi')
), named (what, name) AS (
    SELECT 'function', proname
    FROM pg_catalog.pg_proc
    WHERE pronamespace IN (SELECT oid FROM ours)
UNION
    SELECT 'type', typname
    FROM pg_catalog.pg_type
    WHERE typnamespace IN (SELECT oid FROM ours)
UNION
    SELECT 'relation', relname
    FROM pg_catalog.pg_class
    WHERE relnamespace IN (SELECT oid FROM ours)
), built_in (what, name) AS (
    SELECT 'function', proname
    FROM pg_catalog.pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
UNION
    SELECT 'type', typname
    FROM pg_catalog.pg_type
    WHERE typnamespace = 'pg_catalog'::regnamespace
UNION
    SELECT 'relation', relname
    FROM pg_catalog.pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace
)
SELECT format('%s %s has the name of a built-in', what, name)
FROM named
NATURAL JOIN built_in
ORDER BY 1;
