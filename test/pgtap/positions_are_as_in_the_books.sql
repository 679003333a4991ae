-- The worked numbers of SEMANTICS 2.8 and 3, each by the function that owns it.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(30);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (1, 2, 'X', 'X');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a'), (3, 'R', 'R', 'a');

-- opening 500; shipped 300, 120 of them still in transit; sold 260, 15 come
-- back; 40 go back to the vendor; transfer in 25; scrap 5; counted 398 later.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, unit_cost, recorded_at)
VALUES (1, '2026-03-03', 1, 1, 500, 10, '2026-03-04'), (1, '2026-03-03', 2, 1, 25, 10, '2026-03-04');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at) VALUES
    (1, '2026-03-05', 1, 1, '2026-03-10', 'I-1', 180, 12, 2160, 'EUR', '2026-03-05'),
    (1, '2026-03-28', 1, 1, '2026-04-02', 'I-2', 120, 12, 1440, 'EUR', '2026-03-28'),
    (1, '2026-03-20', 1, 1, '2026-03-20', 'I-3', -40, 10, -400, 'EUR', '2026-03-20');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code, recorded_at) VALUES
    (1, '2026-03-06', 1, 1, 'SS', 100, 20, 2000, 'EUR', '2026-04-01'),
    (1, '2026-03-13', 1, 1, 'SS', 160, 20, 3200, 'EUR', '2026-04-01'),
    (1, '2026-03-27', 1, 1, 'SS', -15, 20, -300, 'EUR', '2026-04-01');
INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity, recorded_at)
VALUES (1, '2026-03-16', 2, 1, 1, 25, '2026-04-01');
INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code, recorded_at)
VALUES (1, '2026-03-18', 1, 1, -5, 'scrap', '2026-04-01');
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity, recorded_at) VALUES
    (1, '2026-03-31', 1, 1, 'on_hand', 398, '2026-04-05'),
    (1, '2026-03-31', 1, 1, 'committed', 30, '2026-04-05'),
    (1, '2026-03-31', 1, 1, 'on_hold', 8, '2026-04-05');
INSERT INTO demand_forecast (distributor_id, warehouse_id, product_id, week_starts_on, quantity, recorded_at)
SELECT 1, 1, 1, date '2026-04-01' + 7 * (n - 1)::integer, q, '2026-04-01'
FROM unnest(ARRAY[50, 60, 80, 90, 100, 120]) WITH ORDINALITY AS f (q, n);

-- Before the count was known.
SELECT results_eq($$SELECT owned_qty, on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31', '2026-04-02') WHERE warehouse_id = 1$$,
    'VALUES (535.000, 415.000, 120.000)', 'owned 535, on hand 415, in transit 120');
-- FIFO: of 500 at 10: 260 sold, 40 returned, 5 scrapped leaves 195; the sale
-- of 160 on 13 March still takes the 10s, so 15 come back at 10; 180 at 12 and
-- the transfer, which cost 10 where it left.
SELECT results_eq($$SELECT value_amount, average_cost, oldest_on FROM inventory_as_of('2026-03-31', '2026-04-02') WHERE warehouse_id = 1$$,
    $$VALUES (195 * 10 + 180 * 12 + 25 * 10 + 15 * 10.0, round(4510 / 415.0, 6), date '2026-03-03')$$, 'FIFO value 4,510');
SELECT results_eq($$SELECT round(supply_weeks, 1), round(forward_supply_weeks, 2), round(weekly_demand_qty, 2), sold_qty
    FROM inventory_status_as_of('2026-03-31', '2026-04-02', 4) WHERE warehouse_id = 1$$,
    'VALUES (6.8, 5.29, 61.25, 245.000)', 'weeks of supply 6.8 trailing, 5.29 forward');
SELECT results_eq($$SELECT age_0_30_qty, age_31_60_qty, age_61_90_qty, age_91_180_qty, age_over_180_qty
    FROM inventory_status_as_of('2026-05-20', '2026-04-02') WHERE warehouse_id = 1$$,
    -- on 20 May: shipped 28 March = 53 days; transfer 16 March 65, return 27
    -- March 54, shipped 5 March 76, counted 3 March 78 days
    'VALUES (0::numeric, 135.000, 400.000, 0::numeric, 0::numeric)', 'age by the day of shipment');
SELECT results_eq($$SELECT round(retail_sell_through_rate, 3), round(sell_through_ratio, 3), round(receipts_sell_through_rate, 3), build_qty, vendor_return_qty, customer_return_qty
    FROM channel_rates_as_of('2026-03-04', '2026-03-31', '2026-04-02')$$,
    'VALUES (0.371, 0.817, round(245 / 180.0, 3), 55.000, 40.000, 15.000)', 'rates by name: retail 37.1 %, ratio 81.7 %, build 55');

-- The count is known.
SELECT results_eq($$SELECT reported_qty, calculated_qty, gap_qty, round(gap_pct, 1) FROM inventory_gap WHERE warehouse_id = 1 AND counted_on = '2026-03-31'$$,
    'VALUES (398.000, 415.000, -17.000, -4.1)', 'gap -17, -4.1 %');
SELECT results_eq($$SELECT on_hand_qty, owned_qty, reported_on, reported_qty, gap_qty, round(gap_pct, 1), committed_qty, on_hold_qty, available_qty
    FROM inventory_status_as_of('2026-03-31') WHERE warehouse_id = 1$$,
    $$VALUES (398.000, 518.000, date '2026-03-31', 398.000, -17.000, -4.1, 30.000, 8.000, 360.000)$$, 'after the count 398 are on hand, 360 available');
SELECT results_eq('SELECT owned_qty, counted_on FROM stock_owned WHERE warehouse_id = 1', $$VALUES (518.000, date '2026-03-31')$$, 'the rollup agrees');

-- A receipt that was late: dated before the count, it leaves what was counted.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (1, '2026-03-08', 1, 1, '2026-03-12', 'I-4', 41, 12, 492, 'EUR');
SELECT results_eq($$SELECT on_hand_qty FROM inventory_as_of('2026-03-31') WHERE warehouse_id = 1$$, 'VALUES (398.000)', 'a late receipt before a count leaves the counted quantity');
SELECT results_eq($$SELECT gap_qty FROM inventory_gap WHERE warehouse_id = 1 AND counted_on = '2026-03-31'$$, 'VALUES (-58.000)', 'and shows in the gap');
SELECT results_eq('SELECT owned_qty FROM stock_owned WHERE warehouse_id = 1', 'VALUES (518.000)', 'the rollup leaves it too');

-- In transit until a receipt is reported.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at)
VALUES (1, '2026-03-02', 1, 2, 'infinity', 'I-5', 50, 7, 350, 'EUR', '2026-03-02');
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 2$$, 'VALUES (0::numeric, 50.000)', 'in transit until somebody has it');
INSERT INTO inventory_receipt (distributor_id, received_on, shipped_on, sell_in_id, quantity, recorded_at)
SELECT 1, '2026-03-10', shipped_on, sell_in_id, 30, '2026-03-11' FROM sell_in WHERE invoice_no = 'I-5';
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 2$$, 'VALUES (30.000, 20.000)', 'a part was received');
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-09') WHERE product_id = 2$$, 'VALUES (0::numeric, 50.000)', 'not the day before');
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31', '2026-03-10') WHERE product_id = 2$$, 'VALUES (0::numeric, 50.000)', 'nor as known before');
INSERT INTO inventory_receipt (distributor_id, received_on, shipped_on, sell_in_id, quantity)
SELECT 1, '2026-03-20', shipped_on, sell_in_id, 45 FROM sell_in WHERE invoice_no = 'I-5';
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 2$$, 'VALUES (50.000, 0::numeric)', 'no more is received than was shipped');
SELECT results_eq($$SELECT oldest_on FROM inventory_as_of('2026-03-31') WHERE product_id = 2$$, $$VALUES (date '2026-03-02')$$, 'a tranche is as old as its shipment');
SELECT results_eq($$SELECT supply_weeks, supply_flag, is_stock_out FROM inventory_status_as_of('2026-03-31') WHERE product_id = 2$$,
    $$VALUES (NULL::numeric, 'no_movement', false)$$, 'no movement is NULL and a flag');
SELECT results_eq($$SELECT product_id, on_hand_qty, idle_days FROM slow_movers_as_of('2026-06-30', 110)$$,
    $$VALUES (2::bigint, 50.000, 120)$$, 'what never sold is idle since its tranche');

-- More sold than held; drop shipments are no stock.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES
    (1, '2026-03-30', 1, 3, 'SS', 4, 'EUR'),
    (1, '2026-03-30', 1, 3, 'DS', 6, 'EUR');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, is_drop_ship)
VALUES (1, '2026-03-29', 1, 3, '2026-03-29', 'I-6', 10, 5, 50, 'EUR', true);
SELECT results_eq('SELECT product_code, on_hand_qty FROM negative_stock', $$VALUES ('R', -4.000)$$, 'negative stock is listed');
SELECT results_eq($$SELECT on_hand_qty, deficit_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 3$$, 'VALUES (-4.000, 4.000)', 'and is a deficit');
SELECT results_eq($$SELECT supply_weeks, supply_flag, is_stock_out FROM inventory_status_as_of('2026-03-31') WHERE product_id = 3$$,
    $$VALUES (NULL::numeric, 'negative_stock', true)$$, 'flagged, not divided');
SELECT results_eq($$SELECT shipped_qty, reported_qty, awaiting_qty FROM drop_ship_as_of('2026-03-31')$$, 'VALUES (10.000, 6.000, 4.000)', '4 drop shipments await their report');
SELECT results_eq($$SELECT distributor_id, is_overstock FROM inventory_status_as_of('2026-03-31', 'infinity', 4, 6) WHERE product_id = 1 AND warehouse_id = 1$$,
    'VALUES (1::bigint, true)', '6.5 weeks are too many where 6 are');

SELECT is_empty('SELECT * FROM verify_rollups()', 'the rollups say what the facts say');
SELECT results_eq($$SELECT sell_in_qty, vendor_return_qty, drop_ship_in_qty, sell_through_qty, customer_return_qty, drop_ship_out_qty
    FROM (SELECT sum(sell_in_qty), sum(vendor_return_qty), sum(drop_ship_in_qty), sum(sell_through_qty), sum(customer_return_qty), sum(drop_ship_out_qty) FROM channel_day)
        AS s (sell_in_qty, vendor_return_qty, drop_ship_in_qty, sell_through_qty, customer_return_qty, drop_ship_out_qty)$$,
    -- 180 + 120 - 40 + 41 + 50 + 10; 100 + 160 - 15 + 4 + 6
    'VALUES (361.000, 40.000, 10.000, 255.000, 15.000, 6.000)', 'and sum up to what was bought and sold');

-- Channel stuffing: 100 a week for 12 weeks and 800 in the last, sold evenly.
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (9, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (9, 9, 'W', 'W');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 9, day, 9, 1, day, 'S', q, 1, q, 'EUR'
FROM (
    SELECT date '2026-04-03' + 7 * w AS day, CASE w WHEN 12 THEN 800 ELSE 100 END AS q FROM generate_series(0, 12) AS w
    UNION ALL SELECT date '2026-01-03' + 7 * w, 100 FROM generate_series(0, 12) AS w
    UNION ALL VALUES (date '2026-07-10', -300)) AS s;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code)
SELECT 9, date '2026-01-04' + 7 * w, 9, 1, 'SS', 90, 'EUR' FROM generate_series(0, 25) AS w;
-- 2026-04-03 .. 2026-07-02 is 91 days; bought 2,000, the last 7 days 800 (40 %,
-- even 7.7 %); before 1,300; sold 13 * 90 in each; stock 130, then 960.
SELECT results_eq($$SELECT last_days_rate, round(even_rate, 3), round(sell_in_growth_rate, 3), sell_through_growth_rate, round(weeks_of_supply_before, 1), round(weeks_of_supply_after, 1), return_after_qty, signals
    FROM channel_stuffing_signals('2026-04-03', '2026-07-02') WHERE distributor_id = 9$$,
    $$VALUES (0.4, 0.077, 0.538, 0::numeric, 1.4, 10.7, 300.000, ARRAY['late_push', 'sell_in_outgrows', 'stock_grows', 'returns_follow'])$$, 'stuffing shows in all four signs');

-- The forms for who has jit on say the same, and have it off.
SELECT is_empty($$(SELECT * FROM inventory_as_of('2026-03-31', '2026-04-02') EXCEPT SELECT * FROM inventory_of(NULL, '2026-03-31', '2026-04-02'))
    UNION ALL (SELECT * FROM inventory_of(1, '2026-03-31', '2026-04-02') EXCEPT SELECT * FROM inventory_as_of('2026-03-31', '2026-04-02') WHERE distributor_id = 1)$$, 'inventory_of');
SELECT is_empty($$(SELECT * FROM inventory_status_as_of('2026-03-31', 'infinity', 4) EXCEPT SELECT * FROM inventory_status_of(NULL, '2026-03-31', 'infinity', 4))
    UNION ALL (SELECT * FROM inventory_status_of(1, '2026-03-31', 'infinity', 4) EXCEPT SELECT * FROM inventory_status_as_of('2026-03-31', 'infinity', 4) WHERE distributor_id = 1)$$, 'inventory_status_of');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname IN ('inventory_of', 'inventory_status_of') AND pronamespace = 'channel'::regnamespace AND 'jit=off' = ANY (proconfig)), 2::bigint, 'without jit');

SELECT * FROM finish();
ROLLBACK;
