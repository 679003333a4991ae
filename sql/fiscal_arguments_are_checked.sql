-- Promise: a bad argument is an error that names the argument, the value and
-- the values that are allowed; NULL has a meaning; nothing is too extreme.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- Failures, all of class 22023.
SELECT * FROM fiscal_periods('4-4-4', 2024, 2024);
SELECT * FROM fiscal_periods('', 2024, 2024);
SELECT * FROM fiscal_periods('4-4-5', 23, 24);
SELECT * FROM fiscal_periods('4-4-5', 2024, 10000);
SELECT * FROM fiscal_periods('4-4-5', -2147483648, 2147483647);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2023);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, 0);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, 13);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, 12, 'first');
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, 12, 'last', 'sat');
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, leap_period => 0);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, leap_period => 13);
SELECT * FROM fiscal_periods('13x4', 2024, 2024, leap_period => 14);
SELECT * FROM fiscal_periods('4-4-5', 2024, 2024, named_by => 'middle');
SELECT * FROM fiscal_weeks('gregorian', 2024, 2024);
SELECT * FROM fiscal_weeks('lunar', 2024, 2024);
-- a gregorian calendar does not use the weekday, but will not take nonsense
SELECT * FROM fiscal_periods('gregorian', 2024, 2024, week_ends_on => 'noday');

-- All have the same SQLSTATE.
CREATE FUNCTION pg_temp.state_of(query text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.state_of('SELECT fiscal_periods(' || arguments || ')') AS state,
       count(*)
FROM unnest(ARRAY[
    '''x'', 2024, 2024',
    '''4-4-5'', 0, 2024',
    '''4-4-5'', 2024, 99999',
    '''4-4-5'', 2025, 2024',
    '''4-4-5'', 2024, 2024, 13',
    '''4-4-5'', 2024, 2024, 12, ''x''',
    '''4-4-5'', 2024, 2024, 12, ''last'', ''x''',
    '''4-4-5'', 2024, 2024, 12, ''last'', ''friday'', 13',
    '''4-4-5'', 2024, 2024, 12, ''last'', ''friday'', 12, ''x'''
]) AS arguments
GROUP BY 1;
SELECT pg_temp.state_of('SELECT fiscal_weeks(''gregorian'', 2024, 2024)');

-- Successes.
-- The first and the last year there are: 12 periods each, whole.
SELECT min(starts_on), max(ends_on), count(*)
FROM fiscal_periods('gregorian', 1583, 9999, 1);
SELECT min(starts_on), max(ends_on), count(*)
FROM fiscal_periods('gregorian', 9999, 9999, 11, named_by => 'start');
-- Letter case does not matter.
SELECT count(*) FROM fiscal_weeks('13X4', 2024, 2024, 1, 'NEAREST', 'Sunday', NULL, 'Start');
-- NULL for what must be known: no rows. NULL for an option: its default.
SELECT count(*) FROM fiscal_periods(NULL, 2024, 2024);
SELECT count(*) FROM fiscal_periods('4-4-5', NULL, 2024);
SELECT count(*) FROM fiscal_weeks('4-4-5', 2024, NULL);
SELECT count(*) AS same        -- 3 * 12, 3 * 13
FROM (
    SELECT * FROM fiscal_periods('4-4-5', 2022, 2024, NULL, NULL, NULL, NULL, NULL)
    INTERSECT
    SELECT * FROM fiscal_periods('4-4-5', 2022, 2024, 12, 'last', 'saturday', 12, 'end')
) AS p;
SELECT count(*) AS same
FROM (
    SELECT * FROM fiscal_periods('13x4', 2022, 2024)
    INTERSECT
    SELECT * FROM fiscal_periods('13x4', 2022, 2024, 12, 'last', 'saturday', 13, 'end')
) AS p;
-- In a target list, with a LIMIT. A year that closes in March 2024 opens in
-- April 2023.
SELECT (fiscal_periods('gregorian', y, y, 3)).ends_on
FROM generate_series(2024, 2025) AS y LIMIT 1;
-- The planner knows the number of years when it is told: 12 and 52 a year.
CREATE FUNCTION pg_temp.planned_rows(query text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN plan #>> '{0,Plan,Plan Rows}';
END
$$;
SELECT pg_temp.planned_rows('SELECT * FROM fiscal_periods(''4-4-5'', 2015, 2024)'),
       pg_temp.planned_rows('SELECT * FROM fiscal_weeks(''4-4-5'', 2015, 2014 + 10)'),
       pg_temp.planned_rows('SELECT * FROM fiscal_weeks(''x'', 2024, 2015)'),
       pg_temp.planned_rows('SELECT * FROM fiscal_weeks(''x'', NULL, 2015)'),
       pg_temp.planned_rows('SELECT * FROM fiscal_periods(''x'', -2147483648, 2147483647)');
