-- The intake benchmark: a million lines from COPY to the books. Variables: rows.
--   base    COPY of the same typed and resolved lines into a table like
--           sell_through, with row-level foreign keys to its parents
--   lean    the same without foreign keys
--   intake  COPY of text into sell_through_staging, submit_staged() and
--           accept_submission(): read, resolved, judged by every rule, kept as
--           reported and as resolved, booked, referents proved, price checked,
--           rollups kept
-- Each in turn, three times; CPU seconds of the server process beside the wall.
\set QUIET on
SET client_min_messages = warning;
SELECT format('SET search_path = %I, distmgmt, public', :'model') \gexec
SET work_mem = '256MB';
SELECT setseed(0.5);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name, country_code)
SELECT n, 'D' || n, 'Distributor ' || n, 'DE' FROM generate_series(1, 200) AS n;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default)
SELECT d, 3 * (d - 1) + w, 'W' || w, 'Warehouse ' || w, w = 1 FROM generate_series(1, 200) AS d, generate_series(1, 3) AS w;
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT n, 'P' || n, 'Product ' || n, 'line.a' FROM generate_series(1, 2000) AS n;
INSERT INTO product_uom (product_id, uom_code, numerator) SELECT product_id, 'CS', 12 FROM product;
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) SELECT 1, product_id, '2020-01-01', 10 + product_id % 90 FROM product;
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from)
SELECT 'resale_price', product_id, 'EUR', 1 + product_id % 90, '2020-01-01' FROM product;
INSERT INTO reseller (reseller_id, reseller_code, reseller_name, country_code)
SELECT n, 'R' || n, 'Reseller ' || md5(n::text), 'DE' FROM generate_series(1, 20000) AS n;
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method)
SELECT d, 'id', 'C' || reseller_id, reseller_id, 'accepted', 'mapping' FROM reseller, generate_series(1, 3) AS d;
INSERT INTO report_profile (distributor_id, default_currency) SELECT distributor_id, 'EUR' FROM distributor;
CREATE TEMPORARY TABLE line AS
SELECT n, 1 + floor(3 * power(random(), 2.2))::int AS w, 1 + floor(2000 * power(random(), 2.2))::int AS p,
    1 + floor(20000 * power(random(), 2.2))::int AS r, date '2026-01-01' + floor(90 * random())::int AS d,
    CASE WHEN random() < 0.02 THEN -1 ELSE 1 END * (1 + floor(50 * random()))::int AS q
FROM generate_series(1, :rows) AS n;
ANALYZE;

CREATE FUNCTION pg_temp.clock(OUT wall float8, OUT cpu float8)
LANGUAGE sql VOLATILE AS $$
    SELECT extract(epoch FROM clock_timestamp()), (s[14]::float8 + s[15]::float8) / 100
    FROM string_to_array(regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', '0 x '), ' ') AS s
$$;
CREATE TEMPORARY TABLE took (part text, wall float8, cpu float8);
CREATE TEMPORARY TABLE started (wall float8, cpu float8);
CREATE FUNCTION pg_temp.start() RETURNS void
LANGUAGE sql AS $$ DELETE FROM started; INSERT INTO started SELECT * FROM pg_temp.clock() $$;
CREATE FUNCTION pg_temp.stop(part text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO took SELECT part, c.wall - s.wall, c.cpu - s.cpu FROM started AS s, pg_temp.clock() AS c
$$;

-- The documents that the loads become have to differ: each round is another
-- distributor, with lines and master data like those of the others.
\set distributor 1
\ir intake_round.sql
\set distributor 2
\ir intake_round.sql
\set distributor 3
\ir intake_round.sql

SELECT part, round(min(wall)::numeric, 2) AS wall_s, round(min(cpu)::numeric, 2) AS cpu_s,
    round((min(wall) / (SELECT min(wall) FROM took WHERE part = 'base'))::numeric, 3) AS wall_ratio,
    round((min(cpu) / (SELECT min(cpu) FROM took WHERE part = 'base'))::numeric, 3) AS cpu_ratio
FROM (
    SELECT part, wall, cpu FROM took
    UNION ALL
    SELECT 'intake', stage.wall + submit.wall + accept.wall, stage.cpu + submit.cpu + accept.cpu
    FROM (SELECT *, row_number() OVER () AS n FROM took WHERE part = '1 stage') AS stage
    JOIN (SELECT *, row_number() OVER () AS n FROM took WHERE part = '2 submit') AS submit USING (n)
    JOIN (SELECT *, row_number() OVER () AS n FROM took WHERE part = '3 accept') AS accept USING (n)
) AS t
GROUP BY part
ORDER BY part = 'intake', part LIKE '_ %', part;
