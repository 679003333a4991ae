-- The printed working of a rebate adds up to the rebate.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- Enable's retroactive schedule at 250,000 capped at 9,000: 250,000 x 4 % =
-- 10,000, less 1,000
SELECT tier, item, attain, threshold, upto, rate, reached, portion, amount
FROM rebate_working(250000, 250000, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000; payout cap 9000');

-- marginal with flats, value capped at 10,000 of 12,000:
-- 1,000 x 1 % + 200 = 210; 9,000 x 2 % + 300 = 480; together 690
SELECT tier, item, threshold, upto, rate, flat, reached, portion, amount
FROM rebate_working(12000, 12000, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000, 3% + 400 flat above 20000; measure cap 10000');

-- below the minimum; lifted to the floor
SELECT tier, item, threshold, reached, portion, amount
FROM rebate_working(500, 400, 'marginal: 1% from 0; minimum 450');
SELECT tier, item, threshold, block, reached, portion, amount
FROM rebate_working(150, 150, 'marginal: 2 per 100 started from 0; payout floor 10');

-- it adds up for every method, kind and option, below, at and above each
-- threshold; rebate() counts in integers, rebate_working() in numeric, so
-- this also holds one against the other
SELECT count(*) AS cases,
       count(*) FILTER (WHERE rebate(v, q, s) = (SELECT sum(amount) FROM rebate_working(v, q, s))) AS add_up
FROM (
    SELECT (m || ': ' || string_agg(b || a || t, ', ' ORDER BY t) || o)::tier_schedule AS s
    FROM unnest(ARRAY['marginal', 'retroactive', 'rolling', 'additive']) AS m,
         unnest(ARRAY['1.25% ', '2.5 per unit ', '3 per 12 started ', '3 per 12.5 full ', '4 flat ', '5% + 0.01 flat ']) AS b,
         unnest(ARRAY['from ', 'above ']) AS a,
         unnest(ARRAY['', '; minimum 15', '; payout cap 3.90; measure cap 25', '; payout floor 4.5', '; measure cap 15']) AS o,
         unnest(ARRAY[10.50, 20, 30.125]) AS t
    GROUP BY m, b, a, o
) AS schedules,
unnest(ARRAY[-1, 0, 0.01, 10.49, 10.50, 10.51, 20, 20.000000001, 29, 30.125, 40, 1e17]) AS v,
unnest(ARRAY[0, 10.50, 15, 25, 1e17]) AS q;
