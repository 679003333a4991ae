-- What was refused because something was missing here is judged again when it is
-- there; the distributor need not send it twice, and nothing is booked twice.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(21);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P-1', 'P', 'a');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR');

-- Not booked yet: the submission is read again and keeps its key.
SELECT results_eq($$SELECT submission_id IS NOT NULL, lines_ready, lines_refused FROM submit_report(E'Invoice,Date,Part No,Qty,Unit\nA-1,2026-01-05,P-1,1,\nA-2,2026-01-05,P-2,2,\nA-3,2026-01-05,P-1,3,CS\nA-4,,P-1,4,\n', 'D')$$,
    'VALUES (true, 1, 3)', 'an unknown product, an unknown unit, no date');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (2, 'P-2', 'Q', 'a');
SELECT results_eq('SELECT lines_ready, lines_refused FROM rejudge_submission((SELECT max(submission_id) FROM submission), p_dry_run => true)', 'VALUES (2, 2)', 'a dry run');
SELECT is((SELECT count(*) FROM submission_line WHERE line_state = 'refused'), 3::bigint, 'changes nothing');
SELECT results_eq('SELECT submission_state, is_repeat, lines_ready, lines_refused FROM rejudge_submission((SELECT max(submission_id) FROM submission))',
    $$VALUES ('validated', false, 2, 2)$$, 'the product is known now');
SELECT is((SELECT count(*) FROM submission), 1::bigint, 'it is the same submission');
SELECT is((SELECT string_agg(line_no || ' ' || code, ', ' ORDER BY line_no) FROM finding WHERE severity = 'refuse'), '3 UOM_CONFLICT, 4 BAD_DATE', 'the other findings stay');

-- Booked: the refused lines are a submission of their own.
SELECT lives_ok('SELECT accept_submission(max(submission_id)) FROM submission', 'accepted without them');
INSERT INTO product_uom (product_id, uom_code, numerator) VALUES (1, 'CS', 12);
CREATE TEMPORARY TABLE again AS SELECT * FROM rejudge_submission((SELECT max(submission_id) FROM submission));
SELECT results_eq('SELECT submission_state, submission_mode, lines_read, lines_ready, lines_refused FROM again', $$VALUES ('validated', 'append', 2, 1, 1)$$, 'the unit is known now');
SELECT is((SELECT quantity FROM submission_line AS l JOIN again USING (submission_id) WHERE line_state = 'ready'), 36::numeric, 'three cases of twelve');
SELECT results_eq('SELECT line_state, count(*) FROM submission_line WHERE submission_id <> (SELECT submission_id FROM again) GROUP BY 1 ORDER BY 1',
    $$VALUES ('ready', 2::bigint), ('rejudged', 2)$$, 'the old lines say so');
SELECT lives_ok('SELECT accept_submission(submission_id) FROM again', 'accepted as well');
SELECT is((SELECT sum(quantity) FROM sell_through), 39::numeric, 'booked: 1 + 2 + 36');
SELECT throws_ok('SELECT rejudge_submission(min(submission_id)) FROM submission', 'ZD049', NULL, 'the first has nothing refused any more');
SELECT results_eq('SELECT lines_read, lines_refused FROM rejudge_submission((SELECT submission_id FROM again))', 'VALUES (1, 1)', 'the second has: still no date');
SELECT throws_ok('SELECT rejudge_submission(submission_id) FROM again', 'ZD049', NULL, 'which is not taken up twice');

-- Set aside, and then put right: by the layout of the distributor.
SELECT results_eq($$SELECT lines_ready FROM submit_report(E'Invoice;Date;Part No;Qty\nB-1;05.02.2026;P-1;1,5\n', 'D')$$, 'VALUES (0)', 'a comma and a German date');
SELECT lives_ok('SELECT reject_submission(max(submission_id)) FROM submission', 'set aside');
UPDATE report_profile SET decimal_mark = ',', date_order = 'dmy';
SELECT results_eq('SELECT submission_state, lines_ready FROM rejudge_submission((SELECT max(submission_id) FROM submission))', $$VALUES ('validated', 1)$$, 'read again, as agreed on now');

-- A load: from its lines as reported.
COPY sell_through_staging (load_id, transaction_type, invoice_no, sold_on, vendor_part, quantity, unit_price) FROM STDIN;
l	sale	C-1	05.03.2026	P-3	1.000	2,5
\.
SELECT results_eq('SELECT lines_ready FROM submit_staged(''D'', ''l'')', 'VALUES (0)', 'a load with an unknown product');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (3, 'P-3', 'R', 'a');
SELECT FROM rejudge_submission((SELECT max(submission_id) FROM submission));
SELECT results_eq($$SELECT line_state, quantity, unit_price, reported_quantity FROM submission_line WHERE invoice_no = 'C-1'$$,
    $$VALUES ('ready', 1000::numeric, 2.5, '1.000')$$, 'judged again');
SELECT is((SELECT count(*) FROM sell_through_staging), 0::bigint, 'nothing stays behind in staging');

SELECT * FROM finish();
ROLLBACK;
