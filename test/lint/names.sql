-- No function, type or relation has the name of a built-in one: pg_catalog is
-- searched first, so that ours would be hidden, or, where the path says
-- otherwise, theirs.
WITH named (what, name) AS (
    SELECT 'function', proname FROM public.our_function
UNION
    SELECT 'type', typname FROM public.our_type
UNION
    SELECT 'relation', relname FROM public.our_relation
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
