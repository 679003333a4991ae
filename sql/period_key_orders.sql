-- A period key is the calendar period as an integer.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

SELECT grain, period_key('2024-07-15', grain) AS key FROM unnest(ARRAY['year', 'half', 'quarter', 'month', 'week', 'day', 'QUARTER']) AS grain;
-- ISO weeks belong to the week's year: 2024-12-30 is in week 1 of 2025
SELECT period_key('2024-12-30', 'week') AS week, period_key('2024-12-30', 'quarter') AS quarter, period_key(NULL, 'day') IS NULL AS null_day;
-- what extract() and to_char() say of every day from 1900 to 2172, inside the table of months and outside
SELECT count(*) AS days,
       count(*) FILTER (WHERE period_key(d, 'year') = extract(year FROM d)
                          AND period_key(d, 'half') = extract(year FROM d) * 10 + 1 + (extract(quarter FROM d)::int - 1) / 2
                          AND period_key(d, 'quarter') = extract(year FROM d) * 10 + extract(quarter FROM d)
                          AND period_key(d, 'month') = extract(year FROM d) * 100 + extract(month FROM d)
                          AND period_key(d, 'week') = extract(isoyear FROM d) * 100 + extract(week FROM d)
                          AND period_key(d, 'day') = to_char(d, 'YYYYMMDD')::int) AS same
FROM (SELECT date '1900-01-01' + g AS d FROM generate_series(0, 99999) AS g) AS days;
-- keys order as the periods do, before our era too
SELECT count(*) AS wrong FROM (SELECT period_key(d, 'month') < lag(period_key(d, 'month')) OVER (ORDER BY d) AS down FROM (SELECT date '0003-01-01 BC' + g AS d FROM generate_series(0, 2000) AS g) AS x) AS y WHERE down;

-- failure
SELECT period_key('2024-07-15', 'fortnight');
SELECT period_key('infinity', 'year');
SELECT period_key('300000-01-01', 'day');
