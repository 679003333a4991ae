-- What the rollups cost a load and what they save a query; run by run. Lays out
-- a model of its own (bench_channel) with the fact tables as they ship: primary
-- keys, indexes, foreign keys; 200 distributors with 3 warehouses, 2,000
-- products, 20,000 resellers, 3 years, skewed; :base lines of sell-through and a
-- fifth of it of sell-in.
--
--   upkeep   documents of :lines lines, each of one distributor, loaded in
--            alternating order with all triggers and without the rollups' own
--   queries  the same question of the facts and of the rollups
--
-- Times go to standard output as round|channel|name|wall ms|CPU ms. What DuckDB
-- is asked of the same facts is written to :facts.

\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;

SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bench_channel') AS there \gset
\if :there
SELECT FROM distmgmt.drop_model('bench_channel', 'bench_channel', force => true);
\endif
SELECT FROM distmgmt.create_model('bench_channel');
SET search_path = bench_channel, distmgmt, public;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT i, 'D' || i, 'D' FROM generate_series(1, 200) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) SELECT (i - 1) / 3 + 1, i, 'W' || i, 'W' FROM generate_series(1, 600) AS i;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT i, 'P' || i, 'P', 'a' FROM generate_series(1, 2000) AS i;
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) SELECT i, 'R' || i, 'R' FROM generate_series(1, 20000) AS i;
ANALYZE;

-- one document: a distributor's lines of three months
CREATE FUNCTION pg_temp.document(p_lines integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
    SELECT x.d, x.m + floor(random() * 90)::integer, 3 * (x.d - 1) + 1 + floor(3 * random())::integer, 1 + floor(2000 * random() ^ 2.2)::integer,
        1 + floor(20000 * random() ^ 2.2)::integer, 'SS', 1 + floor(random() * 50), 9.5, 9.5, 'EUR'
    FROM (SELECT 1 + floor(200 * random() ^ 2.2)::integer AS d, date '2024-01-01' + floor(random() * 1000)::integer AS m OFFSET 0) AS x,
        generate_series(1, p_lines)
$$;

SELECT setseed(0.5) \g /dev/null
ALTER TABLE sell_through DISABLE TRIGGER USER;
SET session_replication_role = replica;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
SELECT d, date '2024-01-01' + floor(random() * 1090)::integer, 3 * (d - 1) + 1 + floor(3 * random())::integer, 1 + floor(2000 * random() ^ 2.2)::integer,
    1 + floor(20000 * random() ^ 2.2)::integer, 'SS', CASE WHEN random() < 0.02 THEN -1 ELSE 1 END * (1 + floor(random() * 50)), 9.5, NULL, 'EUR'
FROM (SELECT 1 + floor(200 * random() ^ 2.2)::integer AS d FROM generate_series(1, :base) OFFSET 0) AS x;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT d, day, 3 * (d - 1) + 1 + floor(3 * random())::integer, 1 + floor(2000 * random() ^ 2.2)::integer, day + 5, 'I', 1 + floor(random() * 250), 5, 5, 'EUR'
FROM (SELECT 1 + floor(200 * random() ^ 2.2)::integer AS d, date '2024-01-01' + floor(random() * 1090)::integer AS day FROM generate_series(1, :base / 5) OFFSET 0) AS x;
RESET session_replication_role;
ALTER TABLE sell_through ENABLE TRIGGER USER;
SET synchronous_commit = off;
VACUUM ANALYZE;

CREATE TEMP TABLE took (place integer GENERATED ALWAYS AS IDENTITY, round integer, name text, ms numeric, cpu_ms numeric);
-- Processor time of this backend so far, in ms (Linux; ticks of 10 ms).
CREATE FUNCTION pg_temp.cpu() RETURNS numeric LANGUAGE sql AS $$
    SELECT 10 * (f[12]::numeric + f[13]::numeric)
    FROM regexp_split_to_array(regexp_replace(pg_read_file('/proc/self/stat', 0, 4096), '^.*\) ', ''), ' ') AS f
$$;
CREATE FUNCTION pg_temp.took(p_round integer, p_name text, VARIADIC p_statements text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t timestamptz := clock_timestamp();
    c numeric := pg_temp.cpu();
    s text;
BEGIN
    FOREACH s IN ARRAY p_statements LOOP
        EXECUTE s;
    END LOOP;
    INSERT INTO took (round, name, ms, cpu_ms) VALUES (p_round, p_name, extract(epoch FROM clock_timestamp() - t) * 1000, pg_temp.cpu() - c);
END
$$;
SELECT rebuild_rollups() \g /dev/null
VACUUM ANALYZE;

\o /dev/null
SELECT pg_temp.document(:lines);
SELECT format($$ALTER TABLE sell_through %1$s TRIGGER sell_through_rolled_up; ALTER TABLE sell_through %1$s TRIGGER sell_through_stocked;
    SELECT pg_temp.took(%4$s, %2$L, 'SELECT pg_temp.document(%3$s)')$$,
    CASE v WHEN 'load without rollups' THEN 'DISABLE' ELSE 'ENABLE' END, v, :lines, s)
FROM generate_series(1, :statements) AS s, unnest(ARRAY['load without rollups', 'load with rollups']) AS v
ORDER BY s, md5(s || v) \gexec
ALTER TABLE sell_through ENABLE TRIGGER USER;
SELECT pg_temp.took(1, 'fold of these loads', 'SELECT fold_rollups()');
SELECT pg_temp.took(r, 'grouped scans of the facts',
        'SELECT sum(sell_in_qty + sell_in_amount + vendor_return_qty + vendor_return_amount + drop_ship_in_qty + sell_through_qty + sell_through_amount + customer_return_qty + customer_return_amount + drop_ship_out_qty + sell_in_lines + sell_through_lines) FROM rollup_day_facts', 'SELECT sum(sell_in_qty + sell_in_amount + vendor_return_qty + vendor_return_amount + drop_ship_in_qty + sell_through_qty + sell_through_amount + customer_return_qty + customer_return_amount + drop_ship_out_qty + sell_in_lines + sell_through_lines) FROM rollup_product_month_facts', 'SELECT sum(owned_qty) FROM stock_from_facts'),
    pg_temp.took(r, 'rebuild_rollups()', 'SELECT rebuild_rollups()')
FROM generate_series(1, :rounds) AS r;
\o
VACUUM ANALYZE;
COPY (
    SELECT 'in', distributor_id, warehouse_id, product_id, shipped_on, quantity FROM sell_in
    UNION ALL
    SELECT 'out', distributor_id, warehouse_id, product_id, sold_on, quantity FROM sell_through
) TO STDOUT WITH (FORMAT csv) \g :facts

-- Statements of one question follow one another in each round.
\o /dev/null
SELECT format('SELECT pg_temp.took(%L, %L, %L)', r, name, statement)
FROM generate_series(0, :rounds) AS r, (VALUES
    (1, 'whole channel: live', 'SELECT count(*), sum(owned_qty) FROM stock_from_facts'),
    (2, 'whole channel: inventory_stock', 'SELECT count(*), sum(on_hand_qty) FROM inventory_stock'),
    (3, 'whole channel: inventory_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'')'),
    (4, 'one distributor: live', 'SELECT count(*), sum(owned_qty) FROM stock_from_facts WHERE distributor_id = 30'),
    (5, 'one distributor: inventory_stock', 'SELECT count(*), sum(on_hand_qty) FROM inventory_stock WHERE distributor_id = 30'),
    (6, 'one distributor: inventory_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30'),
    (7, 'one item: inventory_stock', 'SELECT on_hand_qty FROM inventory_stock WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7'),
    (8, 'one item: inventory_as_of', 'SELECT value_amount FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7'),
    (9, 'in and through by month: live', 'SELECT count(*) FROM (SELECT distributor_id, date_trunc(''month'', activity_on::timestamp), sum(sell_in_qty), sum(sell_through_qty) FROM (SELECT distributor_id, shipped_on AS activity_on, quantity AS sell_in_qty, NULL::numeric AS sell_through_qty FROM sell_in UNION ALL SELECT distributor_id, sold_on, NULL, quantity FROM sell_through) AS f GROUP BY 1, 2) AS g'),
    (10, 'in and through by month: channel_balance', 'SELECT count(*), sum(build_qty) FROM channel_balance')
) AS q (place, name, statement) ORDER BY r, place \gexec
SELECT pg_temp.took(1, 'close_inventory()', 'SELECT close_inventory(''2026-11-30'')');
\o
VACUUM ANALYZE;
\o /dev/null
SELECT format('SELECT pg_temp.took(%L, %L, %L)', r, name, statement)
FROM generate_series(0, :rounds) AS r, (VALUES
    (1, 'closed, whole channel: inventory_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'')'),
    (2, 'closed, one distributor: inventory_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30'),
    (3, 'closed, one item: inventory_as_of', 'SELECT value_amount FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7')
) AS q (place, name, statement) ORDER BY r, place \gexec
SET jit = on;
SELECT format('SELECT pg_temp.took(%L, %L, %L)', r, name, statement)
FROM generate_series(0, :rounds) AS r, (VALUES
    (1, 'closed, jit on, one distributor: inventory_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30'),
    (2, 'jit on, one distributor: inventory_status_as_of', 'SELECT count(*), sum(value_amount) FROM inventory_status_as_of(''2026-12-31'') WHERE distributor_id = 30')
) AS q (place, name, statement) ORDER BY r, place \gexec
SET jit = off;
\o

-- Nothing counts unless the rollups are right.
SELECT 1 / (count(*) = 0)::integer AS rollups_agree FROM verify_rollups() \g /dev/null
\pset format unaligned
\pset tuples_only on
SELECT round, 'channel', name, round(ms, 2), cpu_ms FROM took ORDER BY place;
SELECT FROM distmgmt.drop_model('bench_channel', 'bench_channel', force => true) \g /dev/null
