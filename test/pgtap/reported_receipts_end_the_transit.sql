-- What an inventory report says was received ends the transit of the shipments
-- that it can be of, the oldest first.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(29);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 1, 'M', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P-1', 'P one', 'a'), (2, 'P-2', 'P two', 'a');
-- S1 arrived by the plan long ago; S2 and S3 are on their way until reported, S4 by the plan from 5 April on.
INSERT INTO sell_in (distributor_id, shipped_on, sell_in_id, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at)
OVERRIDING SYSTEM VALUE VALUES
    (101, '2026-01-10', 1, 1, 1, '2026-01-15', 'S1', 100, 5, 500, 'EUR', '2026-01-10'),
    (101, '2026-03-05', 2, 1, 1, 'infinity', 'S2', 40, 5, 200, 'EUR', '2026-03-05'),
    (101, '2026-03-20', 3, 1, 1, 'infinity', 'S3', 30, 5, 150, 'EUR', '2026-03-20'),
    (101, '2026-03-28', 4, 1, 2, '2026-04-05', 'S4', 25, 5, 125, 'EUR', '2026-03-28');
PREPARE stock AS SELECT product_id, on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE distributor_id = 101 ORDER BY 1;
SELECT results_eq('stock', 'VALUES (1::bigint, 100::numeric, 70::numeric), (2, 0, 25)', 'on their way');

CREATE FUNCTION pg_temp.report(p_control text, p_purpose text, p_lines text) RETURNS text LANGUAGE sql AS $$
    SELECT format('ISA*00*          *00*          *ZZ*DIST           *ZZ*NORWIND        *260401*0600*U*00401*%1$s*0*P*>~GS*PD*DIST*NORWIND*20260401*0600*1*X*004010~ST*852*0001~XQ*%2$s*20260301*20260331~N1*WH*M*92*M~%3$s', p_control, 'H', p_lines)
        || format('CTT*2~SE*%s*0001~GE*1*1~IEA*1*%s~', 5 + regexp_count(p_lines, '~'), p_control)
$$;
-- 50 of product 1: all of S2 and 10 of S3; 25 of product 2 before they are due.
SELECT is((SELECT submission_state FROM submit_report(pg_temp.report('000000001', '00', 'LIN**VP*P-1~ZA*QR*50*EA~LIN**VP*P-2~ZA*QR*25*EA~'), 'D')), 'validated', 'a report of what was received');
SELECT lives_ok('SELECT accept_submission(max(submission_id)) FROM submission', 'is accepted');
SELECT results_eq('SELECT sell_in_id, received_on, quantity, submission_line_no IS NOT NULL FROM inventory_receipt ORDER BY 1',
    $$VALUES (2::bigint, date '2026-03-31', 40::numeric, true), (3, '2026-03-31', 10, true), (4, '2026-03-31', 25, true)$$, 'receipts of the oldest shipments on their way');
SELECT results_eq('stock', 'VALUES (1::bigint, 150::numeric, 20::numeric), (2, 25, 0)', 'which are on hand');
SELECT is((SELECT sum(on_hand_qty) FROM inventory_as_of('2026-03-30') WHERE distributor_id = 101), 100::numeric, 'not the day before');
SELECT is_empty('SELECT * FROM verify_rollups()', 'the rollups agree');

-- More than was shipped is not received.
SELECT results_eq($$SELECT sell_in_id, quantity FROM book_receipts(101, (SELECT max(submission_id) FROM submission), clock_timestamp(), NULL, '{1}', '{1}', '{1}', '{2026-04-10}', '{99}')$$,
    'VALUES (3::bigint, 20::numeric)', 'no more than is on its way');
SELECT is_empty($$SELECT * FROM book_receipts(101, (SELECT max(submission_id) FROM submission), clock_timestamp(), NULL, '{1}', '{1}', '{1}', '{2026-04-11}', '{99}')$$, 'nothing is left');
-- Two lines on two days, split where the shipments are.
INSERT INTO sell_in (distributor_id, shipped_on, sell_in_id, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
OVERRIDING SYSTEM VALUE VALUES (101, '2026-04-12', 5, 1, 1, 'infinity', 'S5', 10, 5, 50, 'EUR'), (101, '2026-04-13', 6, 1, 1, 'infinity', 'S6', 10, 5, 50, 'EUR');
SELECT results_eq($$SELECT sell_in_id, received_on, quantity FROM book_receipts(101, (SELECT max(submission_id) FROM submission), clock_timestamp(), NULL, '{1,2}', '{1,1}', '{1,1}', '{2026-04-14,2026-04-15}', '{6,9}') ORDER BY 2, 1$$,
    $$VALUES (5::bigint, date '2026-04-14', 6::numeric), (5, '2026-04-15', 4), (6, '2026-04-15', 5)$$, 'split over shipments and days');

-- Taken back, the plan holds again.
SELECT results_eq($$SELECT count(*) FROM take_back_receipts(101, (SELECT max(submission_id) FROM submission), clock_timestamp(), '{2026-03-31}',
        ARRAY(SELECT inventory_receipt_id FROM inventory_receipt WHERE sell_in_id = 4))$$, 'VALUES (1::bigint)', 'a receipt is taken back');
SELECT results_eq($$SELECT on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 2$$, 'VALUES (0::numeric, 25::numeric)', 'and on its way again');

-- The report is replaced: 30 were received of product 1, 20 of product 2.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.report('000000002', '05', 'LIN**VP*P-1~ZA*QR*30*EA~LIN**VP*P-2~ZA*QR*20*EA~'), 'D', NULL, 'replace', '2026-03-01', '2026-03-31')$$, 'the month is replaced');
SELECT results_eq($$SELECT product_id, on_hand_qty, in_transit_qty FROM inventory_as_of('2026-03-31') WHERE distributor_id = 101 ORDER BY 1$$,
    'VALUES (1::bigint, 130::numeric, 40::numeric), (2, 20, 5)', 'what the new report says holds');
SELECT is_empty('SELECT * FROM verify_rollups()', 'the rollups agree');


-- Such a report is one of inventory, though it counts nothing: it is no report of
-- sales, and replaces none.
SELECT is((SELECT string_agg(DISTINCT report_kind, ', ') FROM submission), 'inventory', 'a report of inventory');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Date,Part No,Qty\nI-1,2026-03-15,P-1,7\n', 'D')$$, 'a sale of March');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.report('000000003', '05', 'LIN**VP*P-1~ZA*QR*35*EA~'), 'D', NULL, 'replace', '2026-03-01', '2026-03-31')$$, 'the receipts of March are replaced');
SELECT is((SELECT sum(quantity) FROM sell_through), 7.000, 'the sale stands');
SELECT results_eq('stock', 'VALUES (1::bigint, 128::numeric, 35::numeric), (2, 0, 25)', '100 + 35 − 7 on hand');

-- Cancelled by the vendor, it leaves nothing; once. 35 of product 1 were a receipt
-- of 35 of the 40 of S2.
SELECT results_eq($$SELECT facts_taken_back, submission_id FROM cancel_submission((SELECT max(submission_id) FROM submission), 'not ours', p_dry_run => true)$$, 'VALUES (1, NULL::bigint)', 'a dry run tells what is taken back');
SELECT results_eq($$SELECT facts_taken_back FROM cancel_submission((SELECT max(submission_id) FROM submission), 'not ours')$$, 'VALUES (1)', 'a report of receipts alone is cancelled');
SELECT results_eq('stock', 'VALUES (1::bigint, 93::numeric, 70::numeric), (2, 0, 25)', 'they are on their way again');
SELECT throws_ok($$SELECT cancel_submission((SELECT max(submission_id) FROM submission WHERE submission_mode = 'replace'), 'again')$$, 'ZD046', NULL, 'once');

-- Cancelled by the distributor, for the period.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.report('000000004', '00', 'LIN**VP*P-2~ZA*QR*25*EA~'), 'D')$$, 'received');
SELECT results_eq($$SELECT is_held, facts_taken_back FROM submit_report(pg_temp.report('000000005', '01', 'LIN**VP*P-2~ZA*QR*25*EA~'), 'D', NULL, 'cancel', '2026-03-01', '2026-03-31')$$, 'VALUES (false, 1)', 'what is cancelled is known');
SELECT results_eq($$SELECT submission_state, facts_taken_back FROM accept_submission((SELECT max(submission_id) FROM submission))$$, $$VALUES ('accepted'::text, 1)$$, 'and taken back');
SELECT results_eq('stock', 'VALUES (1::bigint, 93::numeric, 70::numeric), (2, 0, 25)', 'it is on its way again');
SELECT is_empty('SELECT * FROM verify_rollups()', 'the rollups agree');

SELECT * FROM finish();
ROLLBACK;
