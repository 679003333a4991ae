-- bench/claim.sql: price protection over many tranches.
--
--     psql -X -v rows=1000000 -v rounds=3 -f bench/claim/claim.sql
--
-- A model of its own (bench_claim): :rows tranches of 200 distributors and 2,000
-- products, half a million sales beside each million, every price cut on one day.
-- The floor (1.00) is the plain aggregate of the tranches: quantity and value by
-- distributor from inventory_tranches_as_of(). Only ratios within one run count.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 1000000 \endif
\if :{?rounds} \else \set rounds 3 \endif
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;

CREATE EXTENSION IF NOT EXISTS distmgmt CASCADE;
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bench_claim') AS there \gset
\if :there
SELECT FROM distmgmt.drop_model('bench_claim', 'bench_claim', force => true);
\endif
SELECT FROM distmgmt.create_model('bench_claim');
SET search_path = bench_claim, distmgmt, public;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT i, 'D' || i, 'D' FROM generate_series(1, 200) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) SELECT i, i, 'W' || i, 'W' FROM generate_series(1, 200) AS i;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT i, 'P' || i, 'P', 'a' FROM generate_series(1, 2000) AS i;
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price)
SELECT 1, i, v.valid_from, v.valid_to, v.price
FROM generate_series(1, 2000) AS i, (VALUES (date '2026-01-01', date '2026-06-30', 48), ('2026-07-01', NULL, 40)) AS v (valid_from, valid_to, price);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT i, 'A' || i, 'A', i FROM generate_series(1, 200) AS i;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, price_protection_days) SELECT i, 1, '2026-01-01', 'EUR', 200 FROM generate_series(1, 200) AS i;
SELECT count(activate_agreement('A' || i)) FROM generate_series(1, 200) AS i \g /dev/null
SET session_replication_role = replica;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 1 + i % 200, date '2026-01-01' + (i / 400000 * 30 + i % 30)::integer, 1 + i % 200, 1 + (i / 200) % 2000, date '2026-01-01' + (i / 400000 * 30 + i % 30)::integer,
    'I', 10, 48 + i % 3, 480, 'EUR'
FROM generate_series(1, :rows * 11 / 10) AS i;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code)
SELECT 1 + i % 200, date '2026-04-01' + (i % 80)::integer, 1 + i % 200, 1 + (i / 200) % 2000, 'SS', 1 + i % 3, 60, 60, 'EUR'
FROM generate_series(1, :rows / 2) AS i;
SET session_replication_role = origin;
VACUUM ANALYZE;

CREATE TEMPORARY TABLE run (round integer, variant text, ms numeric);
CREATE FUNCTION pg_temp.time_of(p_round integer, p_variant text, p_statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_start timestamptz := clock_timestamp();
BEGIN
    EXECUTE p_statement;
    INSERT INTO run VALUES (p_round, p_variant, extract(epoch FROM clock_timestamp() - v_start) * 1000);
END $$;
SELECT count(*) AS tranches FROM inventory_tranches_as_of('2026-06-30') AS t, unnest(t.layers) AS l;
SELECT format('SELECT pg_temp.time_of(%s, %L, %L)', r, v.variant, v.statement)
FROM generate_series(1, :rounds) AS r, (VALUES
    ('a plain aggregate of the tranches', $$SELECT count(*) FROM (SELECT t.distributor_id, sum(l.quantity), sum(l.quantity * l.unit_cost) FROM inventory_tranches_as_of('2026-06-30') AS t, unnest(t.layers) AS l GROUP BY 1) AS s$$),
    ('b protection_lines_as_of, summed', $$SELECT count(*) FROM (SELECT distributor_id, sum(amount) FROM protection_lines_as_of('2026-07-01') GROUP BY 1) AS s$$)
) AS v (variant, statement)
ORDER BY r, v.variant
\o /dev/null
\gexec
\o
SELECT pg_temp.time_of(1, 'd assess', 'SELECT count(*) FROM run_price_protection(''2026-07-01'')') \g /dev/null
SELECT pg_temp.time_of(1, 'e assess again: nothing new', 'SELECT count(*) FROM run_price_protection(''2026-07-01'')') \g /dev/null
SELECT pg_temp.time_of(1, 'f approve, post and reprice', 'SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim), p_by => ''boss''), post_claims(''2026-07-02'')') \g /dev/null

SELECT r.variant, round(m.ms) AS ms, round(m.ms / f.ms, 2) AS ratio
FROM (SELECT DISTINCT variant FROM run) AS r
CROSS JOIN LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric AS ms FROM run WHERE variant = r.variant) AS m
CROSS JOIN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric AS ms FROM run WHERE variant LIKE 'a %') AS f
ORDER BY 1;
SELECT count(*) AS claims, (SELECT count(*) FROM price_protection_line) AS lines, sum(posted_amount) AS posted, (SELECT count(*) FROM inventory_reprice) AS repriced_items FROM claim_state;
SELECT FROM distmgmt.drop_model('bench_claim', 'bench_claim', force => true);
