-- The value needed for a rebate is the least that earns it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- 3,000 by hand: 100,000 x 3 % is 3,000; 3,000.01 / 3 % = 100,000.33.., so
-- 100,000.34; the jump to 8,000 comes at 200,000; 8,000.01 / 4 % = 200,000.25
SELECT target, value_needed(target, 'retroactive: 3% from 100000, 4% from 200000; payout cap 9000') AS value
FROM unnest(ARRAY[-1, 0, 1, 3000, 3000.01, 8000, 8000.01, 9000, 9000.01]) AS target;
-- a tier that must be exceeded, at each number of decimals
SELECT scale, value_needed(5, 'marginal: 5 flat above 100', scale) AS value FROM generate_series(0, 3) AS scale;
-- a schedule that pays less per unit the more is bought: 12 is reached at 12 /
-- 1.40 = 8.571.., though 9 pays only 11.70; 13 is 13 / 1.30 = 10
SELECT value_needed(12, s) AS early, rebate(9, s) AS at_nine, value_needed(13, s) AS late
FROM (VALUES ('retroactive: 1.40 per unit from 0, 1.30 per unit from 9'::tier_schedule)) AS t(s);
SELECT value_needed(1, 'marginal: 0% from 0; payout floor 5') AS by_the_floor, value_needed(6, 'marginal: 0% from 0; payout floor 5') IS NULL AS never,
       value_needed(1, 'retroactive: 1% from 0; measure cap 99.99') IS NULL AS beyond_the_measure, value_needed(1e30, 'marginal: 0.000001% from 0', 0) AS far;

-- the least of all whole values, found by trying each
SELECT count(*) AS cases, count(*) FILTER (WHERE value_needed(target, s, 0) IS NOT DISTINCT FROM tried) AS least
FROM (
    SELECT s, target, (SELECT min(v) FROM generate_series(1, 1200) AS v WHERE rebate(v, s) >= target) AS tried
    FROM (SELECT (m || ': ' || b || a || '5, ' || replace(b, '3', '2') || a || '17, ' || replace(b, '3', '4') || 'from 31' || o)::tier_schedule AS s
          FROM unnest(ARRAY['marginal', 'retroactive', 'rolling', 'additive']) AS m,
               unnest(ARRAY['3% ', '3.7 per unit ', '3 per 4 started ', '3 per 4.5 full ', '3 flat ', '3% + 0.3 flat ', '0% + 3 flat ']) AS b,
               unnest(ARRAY['from ', 'above ']) AS a,
               unnest(ARRAY['', '; minimum 20', '; payout cap 30', '; payout floor 2', '; measure cap 40', '; minimum 40; measure cap 10']) AS o) AS made,
         unnest(ARRAY[0.01, 1.99, 5, 29.5]) AS target
) AS t;

-- rates: 4,500 / 150,000; the marginal rate leaves jumps out
SELECT v, marginal_rate(v, s) AS marginal, blended_rate(v, s) AS blended
FROM (VALUES ('marginal: 1% from 0, 2% + 5 flat from 100; payout cap 12'::tier_schedule)) AS t(s), unnest(ARRAY[-1, 0, 50, 99.99, 100, 300, 400]) AS v;
SELECT marginal_rate(150, ('additive: ' || t)::tier_schedule) AS additive, marginal_rate(150, ('rolling: ' || t)::tier_schedule) AS rolling,
       marginal_rate(150, ('retroactive: ' || t || '; measure cap 150')::tier_schedule) AS capped
FROM (VALUES ('1% from 0, 2% from 100, 3% from 200')) AS x(t);
SELECT marginal_rate(150, 'marginal: 2 per 100 started from 0') AS per_block;
