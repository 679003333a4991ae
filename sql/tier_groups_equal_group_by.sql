-- All groups in one state give what GROUP BY gives.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

CREATE TABLE groups_line (distributor int, period int, amount numeric);
INSERT INTO groups_line
SELECT NULLIF(g % 97, 0), NULLIF(g % 11, 10), CASE WHEN g % 1000 = 0 THEN g * 1e20 WHEN g % 999 = 0 THEN NULL ELSE ((g * 7919) % 100003) / 100.0 - 20 END
FROM generate_series(1, 60000) AS g;
ANALYZE groups_line;
SELECT 'retroactive: 1% from 0, 2.5% from 20000, 4% + 10 flat from 400000' AS schedule \gset

CREATE TEMP TABLE grouped AS
SELECT distributor, period, count(amount), sum(amount) AS value, tiered_rebate(amount, :'schedule') AS rebate
FROM groups_line GROUP BY distributor, period HAVING count(amount) > 0;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT r.* FROM (SELECT tier_groups_agg(amount, :'schedule', distributor, period) AS state FROM groups_line) AS s, tier_groups_rebates(s.state) AS r;
SELECT (SELECT count(*) FROM grouped) AS grouped, (SELECT count(*) FROM serial) AS in_state,
       (SELECT count(*) FROM serial AS r JOIN grouped AS g ON coalesce(g.distributor, -1) = coalesce(r.key1, -1) AND coalesce(g.period, -1) = coalesce(r.key2, -1)
        WHERE r.rows = g.count AND r.value = g.value AND r.rebate = g.rebate) AS same;

-- in parallel
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT tier_groups_agg(amount, :'schedule', distributor, period) FROM groups_line;
SELECT count(*) AS groups, count(*) FILTER (WHERE p.value = s.value AND p.rows = s.rows AND p.rebate = s.rebate) AS same
FROM (SELECT r.* FROM (SELECT tier_groups_agg(amount, :'schedule', distributor, period) AS state FROM groups_line) AS s, tier_groups_rebates(s.state) AS r) AS p
JOIN serial AS s ON coalesce(p.key1, -1) = coalesce(s.key1, -1) AND coalesce(p.key2, -1) = coalesce(s.key2, -1);

-- text is lossless and in the order of the keys
SELECT tier_groups_agg(v, 'marginal: 3% from 0', k, NULL) FROM (VALUES (1, 5), (2, 7.50), (1, 1e20), (NULL, 1)) AS t(k, v);
SELECT count(*) FILTER (WHERE state::text::tier_groups::text <> state::text) AS unfaithful
FROM (SELECT tier_groups_agg(amount, :'schedule', distributor, period) AS state FROM groups_line) AS s;
\getenv abs_builddir PG_ABS_BUILDDIR
\set file :abs_builddir '/results/tier_groups.bin'
CREATE TABLE groups_sent (state tier_groups);
INSERT INTO groups_sent SELECT tier_groups_agg(amount, :'schedule', distributor, period) FROM groups_line;
COPY groups_sent TO :'file' (FORMAT binary);
CREATE TABLE groups_received (state tier_groups);
COPY groups_received FROM :'file' (FORMAT binary);
SELECT s.state::text = r.state::text AS same FROM groups_sent AS s, groups_received AS r;
-- adding to a stored state changes it nowhere
SELECT tier_groups_add('marginal: 3% from 0 | 1 2 3 4.5', 1, 'marginal: 3% from 0', 1, 2) AS more,
       tier_groups_combine('marginal: 3% from 0 | 1 2 3 4.5', 'marginal: 3% from 0 | 1 2 1 1 | 5 null 1 1') AS both,
       tier_groups_add(NULL, NULL, 'marginal: 3% from 0', 1, 2) IS NULL AS nothing;

-- failure
SELECT tier_groups_agg(1, s::tier_schedule, 1, 1) FROM (VALUES ('marginal: 3% from 0'), ('marginal: 4% from 0')) AS t(s);
SELECT tier_groups_agg('NaN', 'marginal: 3% from 0', 1, 1);
SELECT 'marginal: 3% from 0 | 1 2 3'::tier_groups;
SELECT 'marginal: 3% from 0 | 1 2 3 4 | 1 2 3 4'::tier_groups;
SELECT 'marginal: 3% from 0 | 1 2 0 4'::tier_groups;
DROP TABLE groups_line, groups_sent, groups_received;
