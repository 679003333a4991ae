-- ROWS lines of sell-in in one quarter, 100 distributors, 500 products; for each
-- distributor one line on everything and one on a product line.
SELECT FROM distmgmt.create_model('bench_program');
SET search_path = bench_program, distmgmt, public;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT g, 'D' || g, 'D' FROM generate_series(1, 100) AS g;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT g, g, 'W', 'W', true FROM generate_series(1, 100) AS g;
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT g, 'P' || g, 'P', format('l%s.m%s', g % 5, g % 25)::ltree FROM generate_series(1, 500) AS g;
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT g, 'A' || g, 'A', g FROM generate_series(1, 100) AS g;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) SELECT g, 1, '2026-01-01', 'EUR' FROM generate_series(1, 100) AS g;
SELECT count(activate_agreement('A' || g)) AS agreements FROM generate_series(1, 100) AS g;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 1 + g % 100, '2026-01-01'::date + (g / 100 % 90)::integer, 1 + g % 100, 1 + (g / 100 * 7919) % 500, '2026-01-01'::date + (g / 100 % 90)::integer,
    'I' || g / 10, 1 + g % 7, 10, 10 * (1 + g % 7), 'EUR'
FROM generate_series(1::bigint, :rows) AS g;
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT g, 'ALL' || g, 'R', g FROM generate_series(1, 100) AS g;
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT 100 + g, 'LINE' || g, 'R', g FROM generate_series(1, 100) AS g;
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, fiscal_calendar_id, valid_from, schedule)
SELECT g, g, 1, 'L', CASE WHEN g > 100 THEN 'l1'::ltree END, 'sell_in', fiscal_calendar_id, '2026-01-01', 'retroactive: 3% from 10000, 4% from 200000, 5% from 300000'
FROM generate_series(1, 200) AS g, fiscal_calendar
WHERE calendar_code = 'gregorian';
SELECT fold_rollups();
VACUUM ANALYZE;
