-- bench/channel.sql: what the rollups cost a load and what they save a query.
--
--     psql -X -v statements=40 -v lines=10000 -v base=2000000 -f bench/channel.sql
--
-- Lays out a model of its own (bench_channel), with the fact table as it ships:
-- primary key, indexes, foreign keys. 200 distributors with 3 warehouses, 2,000
-- products, 20,000 resellers, 3 years, skewed. Then
--
--   upkeep   statements of so many lines into sell_through in alternating
--            order: with all triggers, and without those of the rollups. One
--            statement is one document of one distributor.
--   queries  the same question of the facts and of the rollups.
--
-- Only ratios within one run count; on a busy machine those of processor time. The rollups are verified in the end.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?statements} \else \set statements 40 \endif
\if :{?lines} \else \set lines 10000 \endif
\if :{?base} \else \set base 2000000 \endif
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;

CREATE EXTENSION IF NOT EXISTS distmgmt CASCADE;
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

\echo base
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

\echo rebuild beside the grouped scans that it needs
CREATE TEMP TABLE took (what text, variant text, ms numeric, cpu_ms numeric);
-- processor time of this backend so far, in ms (Linux; ticks of 10 ms)
CREATE FUNCTION pg_temp.cpu() RETURNS numeric LANGUAGE sql AS $$
    SELECT 10 * (f[12]::numeric + f[13]::numeric)
    FROM regexp_split_to_array(regexp_replace(pg_read_file('/proc/self/stat', 0, 4096), '^.*\) ', ''), ' ') AS f
$$;
CREATE FUNCTION pg_temp.took(p_what text, p_variant text, p_statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t timestamptz := clock_timestamp();
    c numeric := pg_temp.cpu();
BEGIN
    EXECUTE p_statement;
    INSERT INTO took VALUES (p_what, p_variant, extract(epoch FROM clock_timestamp() - t) * 1000, pg_temp.cpu() - c);
END
$$;
SELECT pg_temp.took('rebuild', 'grouped scan', 'SELECT sum(sell_in_qty + sell_in_amount + vendor_return_qty + vendor_return_amount + drop_ship_in_qty + sell_through_qty + sell_through_amount + customer_return_qty + customer_return_amount + drop_ship_out_qty + sell_in_lines + sell_through_lines) FROM rollup_day_facts'), pg_temp.took('rebuild', 'grouped scan', 'SELECT sum(sell_in_qty + sell_in_amount + vendor_return_qty + vendor_return_amount + drop_ship_in_qty + sell_through_qty + sell_through_amount + customer_return_qty + customer_return_amount + drop_ship_out_qty + sell_in_lines + sell_through_lines) FROM rollup_product_month_facts'),
    pg_temp.took('rebuild', 'grouped scan', 'SELECT sum(owned_qty) FROM stock_from_facts') \g /dev/null
SELECT pg_temp.took('rebuild', 'rebuild_rollups', 'SELECT rebuild_rollups()') \g /dev/null
VACUUM ANALYZE;
SELECT format('%s', variant) AS variant, round(sum(ms)) AS ms FROM took GROUP BY 1 ORDER BY 1;

\echo upkeep: load of :statements documents of :lines lines each way
SELECT pg_temp.document(:lines) \g /dev/null
\o /dev/null
SELECT format($$ALTER TABLE sell_through %1$s TRIGGER sell_through_rolled_up; ALTER TABLE sell_through %1$s TRIGGER sell_through_stocked;
    SELECT pg_temp.took('upkeep', '%2$s', 'SELECT pg_temp.document(%3$s)')$$, CASE v WHEN 'without' THEN 'DISABLE' ELSE 'ENABLE' END, v, :lines)
FROM generate_series(1, :statements) AS s, unnest(ARRAY['without', 'with']) AS v
ORDER BY s, md5(s || v) \gexec
\o
ALTER TABLE sell_through ENABLE TRIGGER USER;
SELECT variant, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 1) AS median_ms, round(min(ms), 1) AS least_ms FROM took WHERE what = 'upkeep' GROUP BY variant ORDER BY 1;
SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE variant = 'with') / percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE variant = 'without'))::numeric, 2) AS upkeep_ratio_of_medians,
    round(sum(ms) FILTER (WHERE variant = 'with') / sum(ms) FILTER (WHERE variant = 'without'), 2) AS of_sums,
    round(min(ms) FILTER (WHERE variant = 'with') / min(ms) FILTER (WHERE variant = 'without'), 2) AS of_least,
    round(sum(cpu_ms) FILTER (WHERE variant = 'with') / sum(cpu_ms) FILTER (WHERE variant = 'without'), 2) AS of_processor_time
FROM took WHERE what = 'upkeep';

\echo the fold of what was loaded
SELECT count(*) AS stock_deltas FROM rollup_stock_delta;
SELECT pg_temp.took('fold', 'fold', 'SELECT fold_rollups()') \g /dev/null
SELECT pg_temp.took('rebuild again', '', 'SELECT rebuild_rollups()') \g /dev/null
VACUUM ANALYZE;
SELECT what, round(ms) AS ms FROM took WHERE what IN ('fold', 'rebuild again');

\echo queries (ms, median of 3)
\o /dev/null
SELECT format('SELECT pg_temp.took(%L, %L, %L)', what, variant, statement)
FROM generate_series(1, 3) AS r, (VALUES
    ('a position of the whole channel', '1 live', 'SELECT count(*), sum(owned_qty) FROM stock_from_facts'),
    ('a position of the whole channel', '2 rollup', 'SELECT count(*), sum(on_hand_qty) FROM inventory_stock'),
    ('a position of the whole channel', '3 fifo', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'')'),
    ('b position of one distributor', '1 live', 'SELECT count(*), sum(owned_qty) FROM stock_from_facts WHERE distributor_id = 30'),
    ('b position of one distributor', '2 rollup', 'SELECT count(*), sum(on_hand_qty) FROM inventory_stock WHERE distributor_id = 30'),
    ('b position of one distributor', '3 fifo', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30'),
    ('c one item', '1 live', 'SELECT owned_qty FROM stock_of_item(30, 88, 7)'),
    ('c one item', '2 rollup', 'SELECT on_hand_qty FROM inventory_stock WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7'),
    ('c one item', '3 fifo', 'SELECT value_amount FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7'),
    ('d balance by distributor and month', '1 live', 'SELECT count(*) FROM (SELECT distributor_id, date_trunc(''month'', activity_on::timestamp), sum(sell_in_qty), sum(sell_through_qty) FROM (SELECT distributor_id, shipped_on AS activity_on, quantity AS sell_in_qty, NULL::numeric AS sell_through_qty FROM sell_in UNION ALL SELECT distributor_id, sold_on, NULL, quantity FROM sell_through) AS f GROUP BY 1, 2) AS g'),
    ('d balance by distributor and month', '2 rollup', 'SELECT count(*), sum(build_qty) FROM channel_balance')
) AS q (what, variant, statement) ORDER BY r, what, variant \gexec
\o
SELECT what, variant, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2) AS ms FROM took WHERE what ~ '^[a-d] ' GROUP BY 1, 2 ORDER BY 1, 2;

\echo one distributor after a close (ms)
SELECT pg_temp.took('close', 'close', 'SELECT close_inventory(''2026-11-30'')') \g /dev/null
VACUUM ANALYZE;
\o /dev/null
SELECT format('SELECT pg_temp.took(%L, %L, %L)', 'e with a checkpoint', variant, statement)
FROM generate_series(1, 3) AS r, (VALUES
    ('1 one distributor', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30'),
    ('2 one item', 'SELECT value_amount FROM inventory_as_of(''2026-12-31'') WHERE distributor_id = 30 AND warehouse_id = 88 AND product_id = 7'),
    ('3 whole channel', 'SELECT count(*), sum(value_amount) FROM inventory_as_of(''2026-12-31'')')
) AS q (variant, statement) ORDER BY r, variant \gexec
\o
SELECT what, variant, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2) AS ms FROM took WHERE what ~ '^(e |close)' GROUP BY 1, 2 ORDER BY 1, 2;

\echo differences between rollups and facts (none must be):
SELECT count(*) FROM verify_rollups();
SELECT FROM distmgmt.drop_model('bench_channel', 'bench_channel', force => true);
