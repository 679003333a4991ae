-- Parallel and serial aggregation give the same.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

CREATE TABLE parallel_line (distributor int, amount numeric(14,4), points numeric);
INSERT INTO parallel_line
SELECT g % 97, ((g * 7919) % 100003) / 100.0 - 20, CASE WHEN g % 1000 = 0 THEN g * 1e20 ELSE g % 13 END
FROM generate_series(1, 100000) AS g;
ANALYZE parallel_line;

SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT distributor,
       tiered_rebate(amount, 'marginal: 1% from 0, 2.5% from 200000, 4% + 10 flat from 400000') AS plain,
       tiered_rebate(amount, points, 'retroactive: 1% from 0, 2.5% from 1000, 4% from 1000000000000000000000') AS qualified
FROM parallel_line GROUP BY distributor;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF)
SELECT distributor, tiered_rebate(amount, 'marginal: 1% from 0') FROM parallel_line GROUP BY distributor;
CREATE TEMP TABLE parallel AS
SELECT distributor,
       tiered_rebate(amount, 'marginal: 1% from 0, 2.5% from 200000, 4% + 10 flat from 400000') AS plain,
       tiered_rebate(amount, points, 'retroactive: 1% from 0, 2.5% from 1000, 4% from 1000000000000000000000') AS qualified
FROM parallel_line GROUP BY distributor;
SELECT count(*) AS groups,
       count(*) FILTER (WHERE s.plain = p.plain AND s.qualified = p.qualified) AS same,
       count(*) FILTER (WHERE s.plain > 0 AND s.qualified > 0) AS not_empty
FROM serial AS s JOIN parallel AS p USING (distributor);

-- failure: different schedules are found between workers too
\set VERBOSITY terse
SELECT tiered_rebate(amount, CASE WHEN distributor = 5 THEN 'marginal: 1% from 0'::tier_schedule ELSE 'marginal: 2% from 0' END)
FROM parallel_line;
DROP TABLE parallel_line;
