-- Moving frames give exactly what recomputing gives.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- values of every size, NULLs, and numbers beyond the fixed count, in frames
-- that add and remove rows; the frame is recomputed by a lateral aggregate
CREATE TEMP TABLE move AS
SELECT g AS n,
       CASE WHEN g % 17 = 0 THEN NULL
            WHEN g % 13 = 0 THEN g * 1e25 + 0.0000000001
            WHEN g % 11 = 0 THEN -g * 50.25
            WHEN g % 7 = 0 THEN g / 1e12
            ELSE (g * 7919 % 1009) / 4.0 END AS v,
       CASE WHEN g % 19 = 0 THEN NULL ELSE (g * 31 % 101) END AS q
FROM generate_series(1, 400) AS g;

SELECT count(*) AS rows,
       count(*) FILTER (WHERE moving IS NOT DISTINCT FROM again.rebate) AS same,
       count(*) FILTER (WHERE moving_q IS NOT DISTINCT FROM again.rebate_q) AS same_qualified,
       count(DISTINCT moving) > 100 AS varied
FROM (
    SELECT n,
           tiered_rebate(v, 'marginal: 1% from 0, 2.5% + 3 flat from 500, 4% from 900') OVER w AS moving,
           tiered_rebate(v, q, 'rolling: 1% from 0, 2.5% + 3 flat from 300, 4% from 500') OVER w AS moving_q
    FROM move
    WINDOW w AS (ORDER BY n ROWS BETWEEN 5 PRECEDING AND 3 FOLLOWING)
) AS m,
LATERAL (
    SELECT tiered_rebate(v, 'marginal: 1% from 0, 2.5% + 3 flat from 500, 4% from 900') AS rebate,
           tiered_rebate(v, q, 'rolling: 1% from 0, 2.5% + 3 flat from 300, 4% from 500') AS rebate_q
    FROM move AS f
    WHERE f.n BETWEEN m.n - 5 AND m.n + 3
) AS again;

-- an empty frame, and one that holds only NULLs, have no rebate
SELECT n, v, tiered_rebate(v, 'marginal: 10% from 0') OVER (ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS next_only
FROM (VALUES (1, 5), (2, NULL), (3, 7)) AS t(n, v);

-- frames may move from one schedule to another, not hold two
SELECT n, tiered_rebate(1, s::tier_schedule) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS single
FROM (VALUES (1, 'marginal: 10% from 0'), (2, 'marginal: 20% from 0')) AS t(n, s);
\set VERBOSITY terse
SELECT n, tiered_rebate(1, s::tier_schedule) OVER (ORDER BY n ROWS 1 PRECEDING) AS both
FROM (VALUES (1, 'marginal: 10% from 0'), (2, 'marginal: 20% from 0')) AS t(n, s);
