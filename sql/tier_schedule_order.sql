-- Schedules compare, sort, index and hash by their terms.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- the way it is written does not matter, the terms do
SELECT 'marginal:3%from 1000;payout cap 5'::tier_schedule = 'MARGINAL: 3.00% from 1000.0 ; payout cap 5.0' AS same,
       'marginal: 3% from 1000'::tier_schedule <> 'marginal: 3% above 1000' AS attain_differs,
       'marginal: 3% from 1000'::tier_schedule = 'marginal: 3% from 1000; payout cap 5' AS option_differs;

-- numbers are ordered as numbers, 9 before 10
SELECT s AS schedule
FROM (VALUES
    ('retroactive: 3% from 9'::tier_schedule), ('marginal: 3% from 10'), ('marginal: 3% from 9'), ('marginal: 3% above 9'),
    ('marginal: 3% from 9, 4% from 10'), ('marginal: 20% from 9'), ('marginal: 3 per unit from 9'), ('marginal: 3% from 9; minimum 1'),
    ('marginal: 3 flat from 9'), ('marginal: 3% + 1 flat from 9'), ('additive: 1% from 0'), ('rolling: 1% from 0')
) AS t(s)
ORDER BY s;

-- one order for all operators and both kinds of index
CREATE TEMP TABLE terms (n int, schedule tier_schedule);
INSERT INTO terms
SELECT g, format('marginal: %s%% from %s', g % 10, g % 7)::tier_schedule
FROM generate_series(1, 700) AS g;
SELECT count(*) AS pairs,
       count(*) FILTER (WHERE (a.schedule < b.schedule)::int + (a.schedule = b.schedule)::int + (a.schedule > b.schedule)::int = 1
                          AND (a.schedule <= b.schedule) = NOT (a.schedule > b.schedule)
                          AND (a.schedule >= b.schedule) = NOT (a.schedule < b.schedule)
                          AND (a.schedule <> b.schedule) = NOT (a.schedule = b.schedule)) AS consistent
FROM terms AS a, terms AS b
WHERE a.n <= 70 AND b.n <= 70;
SELECT count(DISTINCT schedule) AS by_sort FROM terms;
SELECT count(*) AS by_hash FROM (SELECT schedule FROM terms GROUP BY schedule) AS g;
CREATE INDEX terms_btree ON terms (schedule);
CREATE INDEX terms_hash ON terms USING hash (schedule);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM terms WHERE schedule >= 'marginal: 9% from 5' AND schedule <= 'marginal: 9% from 6';
SELECT count(*) FROM terms WHERE schedule >= 'marginal: 9% from 5' AND schedule <= 'marginal: 9% from 6';
DROP INDEX terms_btree;
EXPLAIN (COSTS OFF) SELECT count(*) FROM terms WHERE schedule = 'marginal: 9% from 5';
SELECT count(*) FROM terms WHERE schedule = 'marginal: 9% from 5.0';
