-- Every figure of SEMANTICS 3 with a worked number gives that number, from facts.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(35);

CREATE FUNCTION pg_temp.v(d bigint, code text, f date, t date) RETURNS text LANGUAGE sql AS
$$SELECT coalesce(round(value, 4)::text, flag) FROM kpi(f, t, ARRAY[code]) WHERE distributor_id = d$$;
INSERT INTO territory (territory_id, territory_code, territory_name) VALUES (601, 'T', 'T');
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id) VALUES (601, 'A', 'A', NULL), (602, 'B', 'B', NULL), (603, 'C', 'C', 601), (604, 'D', 'D', NULL);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT n, n, 'W', 'W', true FROM generate_series(601, 604) AS n;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (601, 'P-1', 'P', 'a.b');

-- A, SEMANTICS 2.8: opening 500; shipped 300 (120 still in transit); sold 260;
-- returned 15; back to the vendor 40; scrap 5; 25 by transfer (here: found). Owned
-- 535, on hand 415; net sell-through 245 in the 28 days of February 2026.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code) VALUES
    (601, '2026-01-10', 601, 601, '2026-01-10', 'V-1', 500, 12, 10, 5000, 'EUR'),
    (601, '2026-02-03', 601, 601, '2026-02-05', 'V-2', 180, 12, 10, 1800, 'EUR'),
    (601, '2026-02-26', 601, 601, '2026-03-05', 'V-3', 120, 12, 10, 1200, 'EUR');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code) VALUES
    (601, '2026-02-10', 601, 601, 'SS', 260, 15, 3900, 'EUR'), (601, '2026-02-20', 601, 601, 'BN', -15, 15, -225, 'EUR');
INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code) VALUES
    (601, '2026-02-12', 601, 601, -40, 'vendor_return'), (601, '2026-02-15', 601, 601, 25, 'found'), (601, '2026-02-16', 601, 601, -5, 'scrap');
INSERT INTO demand_forecast (distributor_id, warehouse_id, product_id, week_starts_on, quantity)
SELECT 601, 601, 601, '2026-03-01'::date + 7 * (n - 1), (ARRAY[50, 60, 80, 90, 100, 120])[n] FROM generate_series(1, 6) AS n;
SELECT is(pg_temp.v(601, 'on_hand_qty', '2026-02-01', '2026-02-28'), '415.0000', 'on hand 415');
SELECT is(pg_temp.v(601, 'owned_qty', '2026-02-01', '2026-02-28'), '535.0000', 'owned 535');
SELECT is(pg_temp.v(601, 'sell_through_rate_retail_pct', '2026-02-01', '2026-02-28'), '37.1212', '245 ÷ (415 + 245) = 37.1 %');
SELECT is(pg_temp.v(601, 'sell_through_ratio_pct', '2026-02-01', '2026-02-28'), '81.6667', '245 ÷ 300 = 81.7 %');
SELECT is(pg_temp.v(601, 'channel_build_qty', '2026-02-01', '2026-02-28'), '55.0000', 'build 300 − 245');
SELECT is(pg_temp.v(601, 'wos_trailing', '2026-02-01', '2026-02-28'), '6.7755', '415 ÷ 61.25 = 6.8');
SELECT is(pg_temp.v(601, 'dos', '2026-02-01', '2026-02-28'), '47.4286', 'and × 7');
SELECT is(pg_temp.v(601, 'wos_owned', '2026-02-01', '2026-02-28'), '8.7347', '535 ÷ 61.25');
SELECT is(pg_temp.v(601, 'wos_forward', '2026-02-01', '2026-02-28'), '5.2917', '415 over 50, 60, 80, 90, 100, 120 = 5.29');
-- Received 180 in February: 245 ÷ 180.
SELECT is(pg_temp.v(601, 'sell_through_rate_receipts_pct', '2026-02-01', '2026-02-28'), '136.1111', 'against receipts: 136.1 %');
SELECT is(pg_temp.v(601, 'customer_return_pct', '2026-02-01', '2026-02-28'), '5.7692', '15 ÷ 260');
-- 120 of 300 in the last 7 days, 22 to 28 February.
SELECT is(pg_temp.v(601, 'last_days_sell_in_pct', '2026-02-01', '2026-02-28'), '40.0000', 'sell-in of the last days');
-- Tranches on 28 February: of V-1 500 − 260 − 40 − 5 = 195, 25 found, 15 returned,
-- 180 of V-2; older than 30 days (10 January: 49) the 195 and what is dated so.
UPDATE performance_setting SET aged_days = 30;
SELECT is(pg_temp.v(601, 'aged_stock_pct', '2026-02-01', '2026-02-28'), '46.9880', '195 ÷ 415 aged');

-- Beginning of period: 250 on hand, 50 a week; and the check of 8,000 ÷ (12,000 ÷ 6) = 4.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (602, '2026-01-01', 602, 601, '2026-01-01', 'V-1', 250, 1, 250, 'EUR'), (602, '2026-03-01', 602, 601, '2026-03-01', 'V-2', 19950, 1, 19950, 'EUR');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES
    (602, '2026-02-10', 602, 601, 'SS', 200, 'EUR'), (602, '2026-03-20', 602, 601, 'SS', 12000, 'EUR');
SELECT is(pg_temp.v(602, 'wos_beginning', '2026-02-01', '2026-02-28'), '5.0000', '250 ÷ 50 = 5');
SELECT is(pg_temp.v(602, 'wos_trailing', '2026-03-01', '2026-04-11'), '4.0000', '8,000 ÷ (12,000 ÷ 6) = 4');

-- The retailer of 5.45, 6.0, 5.0 and 3.64: 10,000 units at 20 before the year,
-- 50,000 at 20 and 10,000 at 24 in it; 60,000 sold for 2,000,000. Cost of goods sold
-- 60,000 × 20 = 1,200,000; stock 200,000 and 240,000, mean 220,000; 10,000 units;
-- at a list price of 40: 400,000.
INSERT INTO price_list (price_list_id, price_list_code, currency_code, territory_id) VALUES (601, 'T', 'EUR', 601), (602, 'ALL', 'EUR', NULL);
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (601, 601, '2020-01-01', 40), (602, 601, '2020-01-01', 99);
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (603, '2024-12-01', 603, 601, '2024-12-01', 'V-1', 10000, 20, 200000, 'EUR'),
    (603, '2025-03-01', 603, 601, '2025-03-01', 'V-2', 50000, 20, 1000000, 'EUR'),
    (603, '2025-11-01', 603, 601, '2025-11-01', 'V-3', 10000, 24, 240000, 'EUR');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (603, '2025-10-01', 603, 601, 'SS', 60000, 2000000, 'EUR');
SELECT is(pg_temp.v(603, 'turns_cost', '2025-01-01', '2025-12-31'), '5.4545', 'turns at cost 1,200,000 ÷ 220,000');
SELECT is(pg_temp.v(603, 'turns_unit', '2025-01-01', '2025-12-31'), '6.0000', 'turns in units 60,000 ÷ 10,000');
SELECT is(pg_temp.v(603, 'turns_retail', '2025-01-01', '2025-12-31'), '5.0000', 'turns at retail 2,000,000 ÷ 400,000');
SELECT is(pg_temp.v(603, 'gmroi', '2025-01-01', '2025-12-31'), '3.6364', '(2,000,000 − 1,200,000) ÷ 220,000 = 3.64');
INSERT INTO metric_input (distributor_id, input_code, period_starts_on, period_ends_on, value, currency_code) VALUES (603, 'cogs', '2025-01-01', '2025-12-31', 1100000, 'EUR');
SELECT is(pg_temp.v(603, 'turns_cost', '2025-01-01', '2025-12-31'), '5.0000', 'its own books say 1,100,000');

-- Edges: nothing sold, more sold than held, nothing at all.
SELECT is(pg_temp.v(601, 'wos_trailing', '2026-01-01', '2026-01-31'), 'no_movement', 'stock but no sale: no weeks, and a flag');
SELECT is(pg_temp.v(604, 'sell_through_rate_retail_pct', '2026-02-01', '2026-02-28'), 'no_movement', 'nothing at all');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (604, '2026-02-10', 604, 601, 'SS', 30, 'USD');
SELECT is(pg_temp.v(604, 'wos_trailing', '2026-02-01', '2026-02-28'), 'negative_stock', 'more sold than held');
SELECT is(pg_temp.v(604, 'negative_items', '2026-02-01', '2026-02-28'), '1.0000', 'is counted');
SELECT is(pg_temp.v(604, 'stock_out_pct', '2026-02-01', '2026-02-28'), '100.0000', 'and a stock-out: 1 of 1');
SELECT is(pg_temp.v(604, 'sell_through_ratio_pct', '2026-02-01', '2026-02-28'), 'no_sell_in', 'nothing bought');
-- The whole channel is the ratio of sums: February A 245 and D 30 and B 200 sold, 300 bought.
SELECT is((SELECT round(value, 4) FROM kpi('2026-02-01', '2026-02-28', ARRAY['sell_through_ratio_pct'], p_by_distributor => false)), 158.3333, '475 ÷ 300');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (604, '2026-02-11', 604, 601, 'SS', 1, 10, 'USD');
SELECT is((SELECT flag FROM kpi('2026-02-01', '2026-02-28', ARRAY['net_sell_through_amt'], p_by_distributor => false)), 'mixed_currency', 'amounts of two currencies are not added');
SELECT throws_ok($$SELECT kpi('2026-02-01', '2026-02-28', ARRAY['net_sell_through_amt'], 'USD')$$, 'ZD007', NULL, 'nor converted without a rate');
INSERT INTO fx_rate (rate_type, from_currency, to_currency, valid_on, rate) VALUES ('day_close', 'EUR', 'USD', '2026-01-01', 1.2);
-- (3,675 of A) × 1.2 + 10; B and D sold without a price.
SELECT is((SELECT round(value, 4) || ' ' || currency_code FROM kpi('2026-02-01', '2026-02-28', ARRAY['net_sell_through_amt'], 'USD', false)), '4420.0000 USD', 'in one currency they are');
SELECT throws_ok($$SELECT kpi('2026-02-01', '2026-01-01')$$, '22023', NULL, 'a span that is none');
SELECT throws_ok($$SELECT kpi('2026-02-01', '2026-02-28', ARRAY['nothing'])$$, 'ZD171', NULL, 'a metric that is none');

-- Year over year: A sold 1,000 EUR in February 2025 and 3,675 in 2026; C nothing then.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (601, '2025-02-14', 601, 601, 'SS', 1, 1000, 'EUR');
SELECT is(pg_temp.v(601, 'sell_through_growth_pct', '2026-02-01', '2026-02-28'), '267.5000', 'growth');
SELECT is(pg_temp.v(602, 'sell_through_growth_pct', '2026-02-01', '2026-02-28'), 'no_base', 'no base, no growth');
-- Cover of today, from the rollups: 13 weeks before today, all stock.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (602, (now() AT TIME ZONE 'UTC')::date - 7, 602, 601, 'SS', 1300, 0, 'EUR'), (602, (now() AT TIME ZONE 'UTC')::date - 91, 602, 601, 'SS', 700, 0, 'EUR');
SELECT results_eq($$SELECT trim_scale(on_hand_qty), trim_scale(sold_qty), round(supply_weeks, 2), flag FROM distributor_cover WHERE distributor_code IN ('B', 'D') ORDER BY distributor_code$$,
    -- 250 + 19,950 − 200 − 12,000 − 1,300 − 700 = 6,000 over 1,300 ÷ 13.
    $$VALUES (6000::numeric, 1300::numeric, 60.00, NULL::text), (-31, 0, NULL, 'negative_stock')$$, 'cover of today');
SELECT * FROM finish();
ROLLBACK;
