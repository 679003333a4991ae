-- The increments of the lines add up to the rebate of the total.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- Lago's graduated percentage (SEMANTICS 2.2): 205, 306, 80
SELECT n, v, rebate_accrual(v, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000, 3% + 400 flat above 10000') OVER (ORDER BY n) AS accrued
FROM (VALUES (1, 500), (2, 550), (3, 4000)) AS t(n, v) ORDER BY n;
-- SAP's run (SEMANTICS 2.4): cumulative 3,000, 7,000, 27,000 at 2 % from
-- 5,000 and 4 % from 20,000: 0, 140, 1,080 - 140 = 940
SELECT n, v, rebate_accrual(v, 'retroactive: 2% from 5000, 4% from 20000') OVER (ORDER BY n) AS accrued
FROM (VALUES (1, 3000), (2, 4000), (3, 20000)) AS t(n, v) ORDER BY n;
-- a return takes back, to the tier below: 27,000 - 8,000 = 19,000 x 2 % = 380
SELECT n, v, rebate_accrual(v, 'retroactive: 2% from 5000, 4% from 20000') OVER (ORDER BY n) AS accrued
FROM (VALUES (1, 27000), (2, NULL), (3, -8000), (4, -19000)) AS t(n, v) ORDER BY n;

-- for every method, with returns, NULLs, and values beyond the integers: each
-- increment is the difference of running rebates, in partitions and by key
CREATE TEMP TABLE ledger AS
SELECT g AS id, g % 7 AS p,
       CASE WHEN g % 11 = 0 THEN NULL WHEN g % 13 = 0 THEN -(g % 900) WHEN g % 501 = 0 THEN 1e28 WHEN g % 502 = 0 THEN -1e28 ELSE (g * 7919 % 100003) / 100.0 END AS v
FROM generate_series(1, 5000) AS g;
SELECT s, count(*) AS rows,
       count(*) FILTER (WHERE plain IS DISTINCT FROM CASE WHEN v IS NOT NULL THEN running - coalesce(before, 0) END) AS wrong_plain,
       count(*) FILTER (WHERE keyed IS DISTINCT FROM plain) AS wrong_keyed
FROM (
    SELECT s, v, plain, keyed, running, lag(running) OVER (PARTITION BY s, p ORDER BY id) AS before
    FROM (
        SELECT s, id, p, v,
               rebate_accrual(v, s::tier_schedule) OVER (PARTITION BY s, p ORDER BY id) AS plain,
               rebate_accrual_keyed(v, s::tier_schedule, p) OVER (PARTITION BY s ORDER BY id) AS keyed,
               tiered_rebate(v, s::tier_schedule) OVER (PARTITION BY s, p ORDER BY id) AS running
        FROM ledger, unnest(ARRAY['marginal: 1% from 0, 2% + 10 flat from 20000, 3% from 90000',
                                  'retroactive: 1% from 0, 2% + 10 flat from 20000, 3% above 90000; payout cap 5000',
                                  'rolling: 2 per 100 started from 0, 3 per 100 started from 50000',
                                  'additive: 0.5 per unit from 1000, 0.123456789 per unit from 60000; measure cap 80000']) AS s
    ) AS a
) AS b
GROUP BY s ORDER BY s;

-- each key may have its own schedule; NULL is a key
SELECT n, k, v, rebate_accrual_keyed(v, s::tier_schedule, k) OVER (ORDER BY n) AS accrued
FROM (VALUES (1, 1, 'marginal: 1% from 0', 100), (2, 2, 'marginal: 2% from 0', 100), (3, 1, 'marginal: 1% from 0', 100), (4, NULL, 'retroactive: 1% from 150', 100),
             (5, NULL, 'retroactive: 1% from 150', 100)) AS t(n, k, s, v) ORDER BY n;
-- nothing is sorted
CREATE FUNCTION pg_temp.sorts(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found_sorts bigint := 0;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        found_sorts := found_sorts + (line ~ 'Sort$')::integer;
    END LOOP;
    RETURN found_sorts;
END
$$;
SELECT pg_temp.sorts('SELECT rebate_accrual_keyed(v, ''marginal: 1% from 0'', p) OVER () FROM ledger') AS keyed,
       pg_temp.sorts('SELECT rebate_accrual(v, ''marginal: 1% from 0'') OVER (PARTITION BY p ORDER BY id) FROM ledger') AS windowed;

-- failure: a schedule that changes under way
SELECT rebate_accrual(v, s::tier_schedule) OVER (ORDER BY n) FROM (VALUES (1, 'marginal: 1% from 0', 100), (2, 'marginal: 2% from 0', 100)) AS t(n, s, v);
SELECT rebate_accrual_keyed(v, s::tier_schedule, 1) OVER (ORDER BY n) FROM (VALUES (1, 'marginal: 1% from 0', 100), (2, 'marginal: 2% from 0', 100)) AS t(n, s, v);
SELECT rebate_accrual('NaN', 'marginal: 1% from 0') OVER ();
