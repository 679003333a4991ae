-- bench/price/authorized.sql: the authorized price of every line of sell-in, as a
-- ratio of the plain join of the same lines to the list; and the price check on the
-- fact table of the model itself.
--
--     psql -X -v rows=1000000 -v rounds=3 -f bench/price/authorized.sql
--
-- 200 distributors in 5 territories with 5 levels each, 2,000 products on a general
-- list and 200 of them on one of a territory, 10 promotions of 100 products, 2,000
-- authorizations of 5 products, a floor for every product. The rows of the load are
-- rolled back each time.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 1000000 \endif
\if :{?rounds} \else \set rounds 3 \endif
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET synchronous_commit = off;
CREATE EXTENSION IF NOT EXISTS distmgmt;
SELECT FROM distmgmt.create_model('bench_authorized');
SET search_path = bench_authorized, distmgmt;

INSERT INTO territory (territory_id, territory_code, territory_name)
SELECT i, 'T' || i, 'T' FROM generate_series(1, 5) AS i;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id)
SELECT i, 'D' || i, 'D', 1 + i % 5 FROM generate_series(1, 200) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default)
SELECT i, i, 'W', 'W', true FROM generate_series(1, 200) AS i;
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT i, 'P' || i, 'P', ('a.b' || i % 20)::ltree FROM generate_series(1, 2000) AS i;
INSERT INTO price_list (price_list_id, price_list_code, currency_code, territory_id)
VALUES (1, 'ALL', 'EUR', NULL), (2, 'T1', 'EUR', 1);
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price)
SELECT l, p, v.f, v.t, 100 + p % 50
FROM generate_series(1, 2) AS l
CROSS JOIN generate_series(1, 2000) AS p
CROSS JOIN (VALUES (date '2024-01-01', date '2025-06-30'), ('2025-07-01', NULL)) AS v (f, t)
WHERE l = 1 OR p <= 200;
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id)
SELECT i, 'A' || i, 'A', i FROM generate_series(1, 200) AS i;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency)
SELECT i, 1, '2024-01-01', 'EUR' FROM generate_series(1, 200) AS i;
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate)
SELECT i, 1, l, 'L' || l, (l - 1) * 100000, 0.05 * l FROM generate_series(1, 200) AS i CROSS JOIN generate_series(1, 5) AS l;
SELECT FROM generate_series(1, 200) AS i CROSS JOIN LATERAL activate_agreement('A' || i);
INSERT INTO promotion (promotion_id, promotion_code, promotion_name, currency_code, valid_from, valid_to, stacks_on_level)
SELECT i, 'M' || i, 'M', 'EUR', date '2025-01-01' + 30 * i, date '2025-01-20' + 30 * i, i % 2 = 0 FROM generate_series(1, 10) AS i;
INSERT INTO promotion_item (promotion_id, item_no, product_line, discount_rate)
SELECT i, 1, ('a.b' || i)::ltree, 0.05 FROM generate_series(1, 10) AS i;
UPDATE promotion SET promotion_state = 'active';
INSERT INTO end_customer (end_customer_id, end_customer_name) SELECT i, 'E' FROM generate_series(1, 1000) AS i;
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, end_customer_id, currency_code, valid_from, valid_to, requested_by)
SELECT 1 + i % 200, i, 'S' || i, 1 + i % 1000, 'EUR', '2025-01-01', '2025-12-31', 'x' FROM generate_series(1, 2000) AS i;
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price)
SELECT 1 + i % 200, i, 1 + (i * 7 + k * 31) % 2000, 'EUR', '2025-01-01', 75 FROM generate_series(1, 2000) AS i CROSS JOIN generate_series(1, 5) AS k;
UPDATE special_price SET special_price_state = 'approved';
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action)
SELECT 'vendor_net_price', p, 'EUR', 70, '2024-01-01', 'record' FROM generate_series(1, 2000) AS p;

CREATE UNLOGGED TABLE public.bench_line AS
SELECT 1 + floor(200 * random() ^ 2.2)::bigint AS distributor_id, 1 + floor(2000 * random() ^ 2.2)::bigint AS product_id,
    date '2025-01-01' + i % 365 AS shipped_on, 1 + i % 50 AS quantity, CASE WHEN i % 100 = 0 THEN 69 ELSE 90 END AS unit_price
FROM generate_series(1, :rows) AS i;
VACUUM ANALYZE;

CREATE TABLE public.bench_measured (what text, round integer, cpu numeric, wall numeric);
CREATE FUNCTION public.bench_cpu() RETURNS numeric LANGUAGE sql AS $$
    SELECT (s[14]::numeric + s[15]::numeric) / 100
    FROM string_to_array(pg_read_file('/proc/self/stat'), ' ') AS s
$$;
CREATE PROCEDURE public.bench_measure(p_what text, p_rounds integer, p_query text, p_undo boolean) LANGUAGE plpgsql AS $$
DECLARE
    wall_from timestamptz;
    cpu_from numeric;
    wall numeric;
    cpu numeric;
BEGIN
    FOR i IN 0 .. p_rounds LOOP
        wall_from := clock_timestamp();
        cpu_from := public.bench_cpu();
        EXECUTE p_query;
        wall := extract(epoch FROM clock_timestamp() - wall_from);
        cpu := public.bench_cpu() - cpu_from;
        IF p_undo THEN
            ROLLBACK;
        END IF;
        IF i > 0 THEN
            INSERT INTO public.bench_measured VALUES (p_what, i, cpu, wall);
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- A fifth of the rows into sell_in as it is, with and without the price check.
\set load 'INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) SELECT distributor_id, shipped_on, distributor_id, product_id, shipped_on, \'I\', quantity, unit_price, unit_price * quantity, \'EUR\' FROM public.bench_line LIMIT '
SELECT :rows / 5 AS fifth \gset
SELECT :'load' || :fifth AS query \gset
CALL public.bench_measure('load of sell_in with the check', :rounds, :'query', true);
ALTER TABLE sell_in DISABLE TRIGGER sell_in_price_floor;
CALL public.bench_measure('load of sell_in without', :rounds, :'query', true);
ALTER TABLE sell_in ENABLE TRIGGER sell_in_price_floor;
CALL public.bench_measure('load of sell_in with the check', :rounds, :'query', true);
ALTER TABLE sell_in DISABLE TRIGGER sell_in_price_floor;
CALL public.bench_measure('load of sell_in without', :rounds, :'query', true);
ALTER TABLE sell_in ENABLE TRIGGER sell_in_price_floor;

SELECT :'load' || :rows AS query \gset
:query;
SELECT FROM fold_rollups();
VACUUM ANALYZE;
CALL public.bench_measure('plain join to the list', :rounds, $$
    SELECT count(*), sum((i.list_price - f.unit_price) * f.quantity)
    FROM sell_in AS f
    JOIN distributor AS d ON d.distributor_id = f.distributor_id
    JOIN price_list_item AS i ON i.product_id = f.product_id AND f.shipped_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity')
    JOIN price_list AS l ON l.price_list_id = i.price_list_id AND l.currency_code = f.currency_code AND l.territory_id IS NULL$$, false);
CALL public.bench_measure('line_price: authorized price', :rounds, $$
    SELECT count(*), sum((authorized_price - unit_price) * quantity) FROM line_price WHERE fact_table = 'sell_in'$$, false);
CALL public.bench_measure('line_price: price, rule and its key', :rounds, $$
    SELECT count(*), sum((authorized_price - unit_price) * quantity), count(rule_kind), sum(length(rule_id)) FROM line_price WHERE fact_table = 'sell_in'$$, false);
CALL public.bench_measure('authorized_prices() of an array, floors too', :rounds, $$
    SELECT count(*), sum(authorized_price), count(rule_id), sum(floor_price) FROM authorized_prices((
        SELECT array_agg(ROW(distributor_id, product_id, quantity, 'EUR', shipped_on, NULL, NULL, NULL)::price_question) FROM public.bench_line))$$, false);
CALL public.bench_measure('one authorized_price()', :rounds, $$SELECT * FROM authorized_price('D17', 'P5', 3, 1, '2025-03-01')$$, false);

SELECT m.what, round(min(m.wall), 3) AS least_wall_s, min(m.cpu) AS least_cpu_s,
    round(min(m.cpu) / (SELECT min(b.cpu) FROM public.bench_measured AS b
        WHERE b.what = CASE WHEN m.what LIKE 'load%' THEN 'load of sell_in without' ELSE 'plain join to the list' END), 2) AS cpu_ratio
FROM public.bench_measured AS m
GROUP BY m.what
ORDER BY m.what LIKE 'load%', min(m.cpu);

DROP TABLE public.bench_line, public.bench_measured;
DROP PROCEDURE public.bench_measure;
DROP FUNCTION public.bench_cpu;
SELECT FROM distmgmt.drop_model('bench_authorized', 'bench_authorized', force => true);
