-- The aggregate pays the rebate of the sum of each group.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

SELECT 'marginal: 3% from 100000, 4% from 200000, 5% from 300000' AS schedule \gset
CREATE TEMP TABLE line (n int, distributor int, amount numeric, points numeric);
INSERT INTO line VALUES
    (1, 1, 60000, 10), (2, 1, 50000, 20),       -- 110,000: 300 (SEMANTICS 2.2, Enable)
    (3, 2, 99999.99, 5),                        -- below the first tier: 0
    (4, 3, 350000, 0), (5, 3, -50000, 1),       -- 300,000: 3,000 + 4,000
    (6, 4, NULL, 5), (7, 4, NULL, 7),           -- no value: NULL
    (8, 5, 110000, NULL), (9, 5, 110000, 1);    -- without the qualifier: one row

SELECT distributor, tiered_rebate(amount, :'schedule') AS rebate,
       rebate(sum(amount), :'schedule') AS of_the_sum
FROM line GROUP BY distributor ORDER BY distributor;
-- qualifier apart: points open tiers, the amount earns; 30 points open the second: 110,000 x 2 %
SELECT distributor, tiered_rebate(amount, points, 'retroactive: 1% from 1, 2% from 30') AS rebate
FROM line GROUP BY distributor ORDER BY distributor;
-- no rows, FILTER
SELECT tiered_rebate(amount, :'schedule') AS none FROM line WHERE false;
SELECT tiered_rebate(amount, :'schedule') FILTER (WHERE amount > 0) AS positive,
       tiered_rebate(amount, :'schedule') FILTER (WHERE amount < 0) AS negative
FROM line WHERE distributor = 3;

-- one pass, many schedules
SELECT rate, tiered_rebate(amount, ('retroactive: ' || rate || '% from 1')::tier_schedule) AS rebate
FROM line, generate_series(1, 3) AS rate
WHERE distributor = 1
GROUP BY rate ORDER BY rate;

-- failure: two schedules in a group are named, value not finite
SELECT tiered_rebate(amount, ('retroactive: ' || n || '% from 1')::tier_schedule) FROM line WHERE distributor = 1;
SELECT tiered_rebate('NaN'::numeric, :'schedule');
SELECT tiered_rebate(1, 'Infinity'::numeric, :'schedule');

-- sums that outgrow 128-bit counts and come back: 10^30 + 0.000000001 - 10^30 + 110,000
SELECT tiered_rebate(v, 'retroactive: 1 per unit from 0') AS exact
FROM (VALUES (1e30), (0.000000001), (-1e30), (110000)) AS t(v);

-- as a window aggregate: the running rebate; Lago's graduated percentage
-- (SEMANTICS 2.2): 500, 550 and 4,000 accrue 205, 306 and 80
SELECT n, v, running, running - coalesce(lag(running) OVER (ORDER BY n), 0) AS accrued
FROM (SELECT n, v, tiered_rebate(v, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000, 3% + 400 flat above 10000')
                       OVER (ORDER BY n) AS running
      FROM (VALUES (1, 500), (2, 550), (3, 4000)) AS t(n, v)) AS r
ORDER BY n;
