-- A schedule reads like the contract and prints one canonical text.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- success: every method, benefit, threshold and option
SELECT s::tier_schedule AS schedule
FROM (VALUES
    (1, 'marginal: 3% from 100000'),
    (2, 'RETROACTIVE:3%from 100000,4%FROM 200000,5% from 300000;payout cap 25000'),
    (3, E'rolling :\n\t10 % from 0 ,\n\t25 % above 1000'),
    (4, 'additive: 1.40 per unit from 0, 1.32 per unit above 10000'),
    (5, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000, 3% + 400 flat above 10000'),
    (6, 'retroactive: 1 flat + 2 flat + 0.50 flat from 10'),
    (7, 'retroactive: 2 per 100 started from 0, 3 per 50 started from 1000'),
    (8, 'retroactive: 2 per 100 full from 0'),
    (9, 'marginal: 3.0% from 00100.500; payout floor 1; measure cap 900.10; payout cap 5; minimum 0'),
    (10, 'marginal: 0% from 0, 0% + 5 flat from 1, 3% + 0 flat from 2'),
    (11, 'marginal: .5% from .25, 100% from 5.'),
    (12, 'marginal: 5 flat from 100,200 flat from 300'),
    (13, 'retroactive: 0.0000000001% from 1000000000000000000000000000000')
) AS t(n, s)
ORDER BY n;

-- a percentage is held as its exact fraction
SELECT tier, item, attain, threshold, upto, rate, block, flat
FROM tiers('marginal: 3% + 5 flat from 0, 0.125% above 10, 7 flat from 20');
SELECT tier, item, rate, block
FROM tiers('marginal: 2 per 100 started from 0, 3 per 50 started from 1000');

-- the canonical text reads back to the same value, of any schedule
SELECT count(*) AS schedules,
       count(*) FILTER (WHERE s::text::tier_schedule = s) AS same
FROM (
    SELECT (m || ': ' || string_agg(b || a || t, ', ' ORDER BY t) || o)::tier_schedule AS s
    FROM unnest(ARRAY['marginal', 'retroactive', 'rolling', 'additive']) AS m,
         unnest(ARRAY['1.25% ', '2.5 per unit ', '3 per 12 started ', '3 per 12.5 full ', '4 flat ', '5% + 0.01 flat ']) AS b,
         unnest(ARRAY['from ', 'above ']) AS a,
         unnest(ARRAY['', '; minimum 7', '; payout cap 9.90; measure cap 1000', '; payout floor 0.5']) AS o,
         unnest(ARRAY[10.50, 20, 30.125]) AS t
    GROUP BY m, b, a, o
) AS made;

-- 64 tiers, and not one more
SELECT count(*), min(threshold), max(threshold)
FROM tiers((SELECT 'marginal: ' || string_agg('1% from ' || g, ', ' ORDER BY g)
            FROM generate_series(1, 64) AS g)::tier_schedule);
\set VERBOSITY terse
SELECT (SELECT 'marginal: ' || string_agg('1% from ' || g, ', ' ORDER BY g)
        FROM generate_series(1, 65) AS g)::tier_schedule;
