-- A bad schedule is refused with its place and the remedy.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

CREATE FUNCTION pg_temp.refusal(schedule text, OUT state text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM schedule::distmgmt.tier_schedule;
    detail := 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- failure, each of them
\pset format unaligned
\pset fieldsep '\n    '
\pset tuples_only on
SELECT s, state || ' ' || detail, hint
FROM (VALUES
    (1, ''),
    (2, '   '),
    (3, 'cumulative: 3% from 1'),
    (4, 'marginal 3% from 1'),
    (5, 'marginal:'),
    (6, 'marginal: 3 from 1'),
    (7, 'marginal: 3% 1'),
    (8, 'marginal: 3% from'),
    (9, 'marginal: 3% from 1,'),
    (10, 'marginal: 3% from 1;'),
    (11, 'marginal: 3% from 100,000, 4% from 200,000'),
    (12, 'marginal: 1,000 flat from 5'),
    (13, 'marginal: 3% from 100 000'),
    (14, 'marginal: 3% from 1e5'),
    (15, 'marginal: 3% from 1_000'),
    (16, 'marginal: 3% from 1''000'),
    (17, 'marginal: 3% from -1'),
    (18, 'marginal: -3% from 1'),
    (19, 'marginal: +3% from 1'),
    (20, 'marginal: $3 flat from 1'),
    (21, 'marginal: 101% from 1'),
    (22, 'marginal: 3% from 2, 4% from 1'),
    (23, 'marginal: 3% from 2, 4% from 2.000'),
    (24, 'marginal: 3% from 2, 4% above 2'),
    (25, 'marginal: 3% from 1, 4 per unit from 2'),
    (26, 'marginal: 3 per 10 started from 1, 4 per 10 full from 2'),
    (27, 'marginal: 3 per box from 1'),
    (28, 'marginal: 3 per 10 from 1'),
    (29, 'marginal: 3 per 0 started from 1'),
    (30, 'marginal: 200 flat + 1% from 1'),
    (31, 'marginal: 3% from 1; cap 5'),
    (32, 'marginal: 3% from 1; payout limit 5'),
    (33, 'marginal: 3% from 1; measure floor 5'),
    (34, 'marginal: 3% from 1; minimum'),
    (35, 'marginal: 3% from 1; minimum 5; minimum 6'),
    (36, 'marginal: 3% from 1; payout floor 6; payout cap 5'),
    (37, 'marginal: 3% from 1; payout cap 25,000'),
    (38, 'marginal: 3% from 1 and more'),
    (39, 'marginal: NaN% from 1'),
    (40, 'marginal: 3% from Infinity'),
    (41, 'marginal: 3% from ' || repeat('9', 61)),
    (42, 'marginal: 3% from 0.' || repeat('1', 41)),
    (43, 'marginal: 3% from 1.2.3'),
    (44, 'marginal: ３% from 1'),
    (45, 'marginal: 3% ab 1000 €')
) AS t(n, s), pg_temp.refusal(s)
ORDER BY n;
\pset tuples_only off
\pset format aligned

-- as psql shows one of them
SELECT 'retroactive: 3% from 200000, 4% from 100000'::tier_schedule;
