-- Schedules are made from arrays, scaled and shifted.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

SELECT make_tier_schedule('marginal', '{100000,200000}', '{0.03,0.04}');
SELECT make_tier_schedule('RETROACTIVE', ARRAY[0, 1000], kind => 'per started', rates => ARRAY[2, 3], blocks => ARRAY[100, 50], attain => 'above', payout_cap => 500);
SELECT make_tier_schedule('additive', ARRAY[0, 10, 20], ARRAY[0.5, NULL, 0], 'per unit', ARRAY[NULL, 5, 1], minimum => 3, measure_cap => 100, payout_floor => 1);
SELECT make_tier_schedule('marginal', ARRAY[10], flats => ARRAY[7], kind => 'flat');
-- what tiers() takes apart it puts together
SELECT make_tier_schedule('rolling', array_agg(threshold), array_agg(rate), 'percent', array_agg(flat)) = 'rolling: 1% from 0, 2.5% + 3 flat from 10, 4 flat from 20' AS same
FROM tiers('rolling: 1% from 0, 2.5% + 3 flat from 10, 4 flat from 20');

-- half as much on every value; thresholds 100 higher
SELECT 'marginal: 3% + 10 flat from 100, 4% from 200; minimum 50; measure cap 900; payout cap 25; payout floor 1'::tier_schedule * 0.5 AS half,
       2 * 'retroactive: 2 per 100 started from 0'::tier_schedule AS twice,
       'marginal: 3% from 100, 4% above 200; minimum 150; measure cap 900'::tier_schedule + 100 AS raised,
       'marginal: 3% from 100, 4% above 200; minimum 150; measure cap 900'::tier_schedule - 100 AS lowered;
SELECT count(*) AS cases, count(*) FILTER (WHERE rebate(v, s * f) = rebate(v, s) * f) AS scaled
FROM (VALUES ('marginal: 3% + 10 flat from 100, 4% from 200; payout cap 25; payout floor 1'::tier_schedule), ('rolling: 1 per unit above 5, 2 per unit from 100; minimum 20'),
             ('additive: 2 per 100 full from 0, 3 per 7 full from 70; measure cap 300')) AS t(s),
     unnest(ARRAY[0, 0.5, 1, 1.23456789]) AS f, unnest(ARRAY[0, 5, 99.99, 100, 150, 1000, 1e20]) AS v;

-- failure
SELECT 'marginal: 60% from 0'::tier_schedule * 2;
SELECT 'marginal: 60% from 0'::tier_schedule * -1;
SELECT 'marginal: 60% from 0'::tier_schedule - 1;
SELECT 'marginal: 60% from 0'::tier_schedule + 'NaN';
SELECT make_tier_schedule('marginal', ARRAY[1], ARRAY[3]);
SELECT make_tier_schedule('stepped', ARRAY[1], ARRAY[0.03]);
SELECT make_tier_schedule('marginal', ARRAY[1, 2], ARRAY[0.03]);
SELECT make_tier_schedule('marginal', ARRAY[2, 1], ARRAY[0.03, 0.04]);
SELECT make_tier_schedule('marginal', ARRAY[1, NULL], ARRAY[0.03, 0.04]);
SELECT make_tier_schedule('marginal', ARRAY[1]);
SELECT make_tier_schedule('marginal', ARRAY[1], ARRAY[2], 'per started');
SELECT make_tier_schedule('marginal', '{}', '{}');
SELECT make_tier_schedule(NULL, ARRAY[1], ARRAY[0.03]);
