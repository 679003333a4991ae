-- jsonb holds the same schedule, both ways, and nothing unknown.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

SELECT '{"method": "retroactive",
         "tiers": [{"from": 100000, "percent": 3}, {"above": 200000, "percent": 4, "flat": 50}],
         "minimum": 10, "measure_cap": 500000, "payout_cap": 25000, "payout_floor": 5}'::jsonb::tier_schedule;
SELECT 'marginal: 2.50 per 100 started from 0, 3 per 100 started from 1000'::tier_schedule::jsonb;
SELECT count(*) AS schedules, count(*) FILTER (WHERE s::jsonb::tier_schedule = s) AS same
FROM (VALUES
    ('marginal: 3% from 0.50, 3.125% above 1'::tier_schedule),
    ('rolling: 1.40 per unit from 0; minimum 7'),
    ('additive: 5 flat above 0, 6 flat above 1; payout cap 9; payout floor 8'),
    ('retroactive: 2 per 100 full from 0, 3 per 50 full from 1000; measure cap 5000'),
    ('marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000')
) AS t(s);

CREATE FUNCTION pg_temp.refusal(schedule jsonb, OUT state text, OUT detail text, OUT hint text)
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
    (1, '5'),
    (2, '[]'),
    (3, '{}'),
    (4, '{"method": "marginal"}'),
    (5, '{"method": "marginal", "tiers": []}'),
    (6, '{"method": "marginal", "tiers": {}}'),
    (7, '{"method": "marginal", "tiers": [5]}'),
    (8, '{"method": "stepped", "tiers": [{"from": 0, "percent": 1}]}'),
    (9, '{"method": 1, "tiers": [{"from": 0, "percent": 1}]}'),
    (10, '{"method": "marginal", "tiers": [{"from": 0}]}'),
    (11, '{"method": "marginal", "tiers": [{"percent": 1}]}'),
    (12, '{"method": "marginal", "tiers": [{"from": 0, "above": 0, "percent": 1}]}'),
    (13, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1, "per_unit": 1}]}'),
    (14, '{"method": "marginal", "tiers": [{"from": 0, "amount": 1}]}'),
    (15, '{"method": "marginal", "tiers": [{"from": 0, "percent": "1"}]}'),
    (16, '{"method": "marginal", "tiers": [{"from": 0, "percent": -1}]}'),
    (17, '{"method": "marginal", "tiers": [{"from": 0, "percent": 101}]}'),
    (18, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1}, {"from": 0, "percent": 2}]}'),
    (19, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1}, {"from": 1, "per_unit": 2}]}'),
    (20, '{"method": "marginal", "tiers": [{"from": 0, "percents": 1}]}'),
    (21, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1}], "cap": 5}'),
    (22, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1}], "minimum": null}'),
    (23, '{"method": "marginal", "tiers": [{"from": 0, "percent": [1]}]}'),
    (24, '{"method": "marginal", "tiers": [{"from": 0, "percent": 1}], "payout_cap": 5, "payout_floor": 6}'),
    (25, '{"method": "marginal", "tiers": [{"from": 1e70, "percent": 1}]}')
) AS t(n, s), pg_temp.refusal(s::jsonb)
ORDER BY n;
