-- What an inventory report says is committed, on hold or damaged stands beside
-- the stock and is taken off what is available; what sells and is not there, or
-- is there for too long, is flagged; the trend of gaps is by month.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(8);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 1, 'M', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P-1', 'P one', 'a'), (2, 'P-2', 'P two', 'a'), (3, 'P-3', 'P three', 'a');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 101, '2026-02-01', 1, p, '2026-02-01', 'I', 130, 5, 650, 'EUR' FROM generate_series(1, 3) AS p;
-- In four weeks 8 of product 1, all of product 2, 4 of product 3.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES
    (101, '2026-03-20', 1, 1, 'SS', 8, 'EUR'), (101, '2026-03-20', 1, 2, 'SS', 130, 'EUR'), (101, '2026-03-20', 1, 3, 'SS', 4, 'EUR');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(
    'ISA*00*          *00*          *ZZ*DIST           *ZZ*NORWIND        *260401*0600*U*00401*000000001*0*P*>~GS*PD*DIST*NORWIND*20260401*0600*1*X*004010~ST*852*0001~XQ*H*20260331~N1*WH*M*92*M~LIN**VP*P-1~ZA*QA*120*EA~ZA*QC*30*EA~ZA*HL*8*EA~ZA*DG*5*EA~ZA*QP*60*EA~CTT*1~SE*11*0001~GE*1*1~IEA*1*000000001~', 'D')$$,
    'a report of stock, reserved and damaged');
SELECT results_eq($$SELECT count_kind, quantity FROM inventory_count ORDER BY 1$$,
    $$VALUES ('committed'::text, 30.000), ('damaged', 5.000), ('on_hand', 120.000), ('on_hold', 8.000), ('on_order', 60.000)$$, 'each by its code');
-- 130 - 8 = 122 calculated, 120 reported; 120 - 30 - 8 - 5 = 77 available.
SELECT results_eq($$SELECT on_hand_qty, reported_qty, calculated_qty, gap_qty, committed_qty, on_hold_qty, damaged_qty, available_qty
    FROM inventory_status_as_of('2026-03-31', 'infinity', 4) WHERE product_id = 1$$,
    'VALUES (120.000, 120.000, 122.000, -2.000, 30.000, 8.000, 5.000, 77.000)', 'only what is on hand sets the stock, the rest is taken off');
SELECT results_eq('SELECT on_hand_qty FROM inventory_stock WHERE product_id = 1', 'VALUES (120.000)', 'in the rollup too');
-- 120 / 2 a week = 60 weeks, 0 of what sold 130, 126 / 1 a week.
SELECT results_eq($$SELECT product_id, supply_weeks, supply_flag, is_stock_out, is_overstock FROM inventory_status_as_of('2026-03-31', 'infinity', 4, 100) ORDER BY 1$$,
    $$VALUES (1::bigint, 60.0, NULL::text, false, false), (2, 0, 'stock_out', true, false), (3, 126, 'overstock', false, true)$$, 'stock-out and overstock');
SELECT results_eq('SELECT product_id FROM inventory_status_as_of($$2026-03-31$$, $$infinity$$, 4, 59) WHERE is_overstock ORDER BY 1', 'VALUES (1::bigint), (3)', 'by the weeks that are too many');
SELECT is_empty($$SELECT * FROM negative_stock$$, 'nothing is negative');
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity) VALUES (101, '2026-04-30', 1, 3, 119), (101, '2026-04-30', 1, 1, 121);
-- March: -2; April: 119 - 126 = -7 and 121 - 120 = +1.
SELECT results_eq('SELECT month_on, counts, counts_beyond_tolerance, gap_qty, absolute_gap_qty, gap_change_qty FROM gap_trend ORDER BY 1',
    $$VALUES (date '2026-03-01', 1::bigint, 1::bigint, -2.000, 2.000, NULL::numeric), ('2026-04-01', 2, 2, -6.000, 8.000, -4.000)$$, 'the trend of gaps');

SELECT * FROM finish();
ROLLBACK;
