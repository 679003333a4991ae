-- Shares by largest remainder add up to the total.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- 100.00 over three equal lines (SEMANTICS 2.15)
SELECT n, allocate(100.00, 1) OVER (ORDER BY n) AS share FROM generate_series(1, 3) AS n ORDER BY n;
-- 10.00 by 1 : 2 : 3.5 : 0 : NULL; exact parts of 1000 cents at 6.5:
-- 153.84.., 307.69.., 538.46..; 998 cents whole, two missing, to .84 and .69
SELECT n, w, allocate(10, w) OVER (ORDER BY n) AS share
FROM (VALUES (1, 1), (2, 2), (3, 3.5), (4, 0), (5, NULL)) AS t(n, w) ORDER BY n;
-- a reversal undoes each share; yen have no decimals, dinars three
SELECT n, allocate(-10, w) OVER (ORDER BY n) AS reversed, allocate(1000, w, 0) OVER (ORDER BY n) AS yen,
       allocate(10, w, 3) OVER (ORDER BY n) AS dinar
FROM (VALUES (1, 1), (2, 2), (3, 3.5)) AS t(n, w) ORDER BY n;
-- ties go by the window's order
SELECT n, allocate(0.02, 1) OVER (ORDER BY n) AS up, allocate(0.02, 1) OVER (ORDER BY n DESC) AS down
FROM generate_series(1, 4) AS n ORDER BY n;
-- returns have negative weights: 100 over 3 : -1, exact parts 150 and -50;
-- a total with more decimals is rounded, half away from zero: 0.125 to 0.13
SELECT n, w, allocate(100, w) OVER (ORDER BY n) AS share, allocate(0.125, w) OVER (ORDER BY n) AS rounded
FROM (VALUES (1, 3), (2, -1)) AS t(n, w) ORDER BY n;
-- no weights, or weights that add up to nothing: alike
SELECT n, allocate(1, 0) OVER (ORDER BY n) AS zero, allocate(1, NULL) OVER (ORDER BY n) AS missing,
       allocate(1, n - 2) OVER (ORDER BY n) AS balanced
FROM generate_series(1, 3) AS n ORDER BY n;
-- the frame does not matter; partitions do; a NULL total has no shares
SELECT p, n, allocate(total, 1) OVER (PARTITION BY p ORDER BY n ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS share
FROM (VALUES (1, 1, 1.00), (1, 2, 1.00), (2, 1, 0.01), (2, 2, 0.01), (3, 1, NULL)) AS t(p, n, total) ORDER BY p, n;

-- any total over any weights adds up, and no share is a unit off; beyond the
-- integers too
SELECT setseed(0.2);
CREATE TEMP TABLE split AS
SELECT p, n, ((p * 7919 % 100003) / 7.0 - 5000) * CASE WHEN p % 5 = 0 THEN 1e18 ELSE 1 END AS total,
       CASE WHEN p % 7 = 0 THEN 1e25 * random() ELSE random() * 1000 - 50 END::numeric AS w, p % 4 AS scale
FROM generate_series(1, 300) AS p, generate_series(1, 1 + p % 37) AS n;
SELECT count(*) AS partitions,
       count(*) FILTER (WHERE given = round(total, scale)) AS add_up,
       count(*) FILTER (WHERE within_a_unit) AS within_a_unit
FROM (SELECT p, total, scale, sum(share) AS given,
             bool_and(abs(share * whole - round(total, scale) * w) * 10::numeric ^ scale < abs(whole)) AS within_a_unit
      FROM (SELECT *, allocate(total, w, scale) OVER (PARTITION BY p ORDER BY n) AS share,
                   sum(w) OVER (PARTITION BY p) AS whole FROM split) AS s
      GROUP BY p, total, scale) AS sums;

-- failure
SELECT allocate(n, 1) OVER (ORDER BY n) FROM generate_series(1, 2) AS n;
SELECT allocate(1, 'NaN') OVER ();
SELECT allocate('Infinity', 1) OVER ();
SELECT allocate(1, 1, 19) OVER ();

-- the aggregate gives the same shares as an array, in the order asked for
SELECT allocate_agg(100.00, 1, 2) AS thirds, allocate_agg(10, w, 2 ORDER BY n DESC) AS backwards, allocate_agg(NULL, w, 2) AS none
FROM (VALUES (1, 1), (2, 2), (3, 3.5)) AS t(n, w);
SELECT count(*) FILTER (WHERE a.shares = w.shares) AS same, count(*) AS partitions
FROM (SELECT p, allocate_agg(total, w, scale ORDER BY n) AS shares FROM split GROUP BY p) AS a
JOIN (SELECT p, array_agg(share ORDER BY n) AS shares FROM (SELECT p, n, allocate(total, w, scale) OVER (PARTITION BY p ORDER BY n) AS share FROM split) AS s GROUP BY p) AS w USING (p);
SELECT allocate_agg(n, 1, 2) FROM generate_series(1, 2) AS n;
