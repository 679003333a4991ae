-- The vendor corrects a recurring error in one call, a line, a whole report:
-- always as reversals and replacements that say where they come from.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(64);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'MAIN', 'M', true), (101, 102, 'NORTH', 'N', false);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P-1', 'P one', 'a.b'), (102, 'P-2', 'P two', 'a.c');
INSERT INTO product_alias (distributor_id, alias, product_id) VALUES (101, 'own', 101);
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R-1', 'R');
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from) VALUES ('resale_price', 102, 'EUR', 8, '2026-01-01');
CREATE VIEW pg_temp.standing AS
    SELECT invoice_no, invoice_line, product_id, trim_scale(quantity) AS quantity, trim_scale(unit_price) AS price, trim_scale(amount) AS amount
    FROM sell_through_as_of() ORDER BY 1, 2;

SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,SKU,Qty,Price\nI-1,1,2026-01-05,P-1,,10,12\nI-1,2,2026-01-05,P-2,,2,7\nI-2,1,2026-02-05,P-1,,5,12\nI-3,1,2026-03-05,,own,3,12\nI-4,1,2026-03-06,P-1,own,1,12\n', 'D', 'q1')$$, 'a quarter');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Date,Part No,On Hand\n2026-03-31,P-1,40\n', 'D', 'stock')$$, 'a stock');

-- All lines with the reported part P-1 were P-2.
SELECT results_eq($$SELECT submission_id, lines_read, facts_taken_back FROM mass_correct('D', '{"vendor_part": "P-1", "fact_table": "sell_through", "to": "2026-02-28"}', '{"product_code": "P-2"}', 'P-1 means P-2', p_dry_run => true)$$, 'VALUES (NULL::bigint, 2, 2)', 'a dry run says two lines');
SELECT is((SELECT count(*) FROM sell_through), 5::bigint, 'and books nothing');
SELECT results_eq($$SELECT submission_mode, document_format, submission_state, lines_read, facts_taken_back FROM mass_correct('D', '{"vendor_part": "P-1", "fact_table": "sell_through", "to": "2026-02-28"}', '{"product_code": "P-2"}', 'P-1 means P-2', 'key-1')$$, $$VALUES ('correct'::text, 'call'::text, 'accepted'::text, 2, 2)$$, 'the call books it');
SELECT results_eq('SELECT * FROM pg_temp.standing', $$VALUES ('I-1'::text, '1'::text, 102::bigint, 10::numeric, 12::numeric, 120::numeric), ('I-1', '2', 102, 2, 7, 14), ('I-2', '1', 102, 5, 12, 60), ('I-3', '1', 101, 3, 12, 36), ('I-4', '1', 101, 1, 12, 12)$$, 'both lines, each on its day');
SELECT results_eq($$SELECT is_repeat, lines_read FROM mass_correct('D', '{"vendor_part": "P-1", "fact_table": "sell_through", "to": "2026-02-28"}', '{"product_code": "P-2"}', 'P-1 means P-2', 'key-1')$$, 'VALUES (true, 2)', 'with the same key it is done once');
SELECT throws_ok($$SELECT mass_correct('D', '{"vendor_part": "P-1", "to": "2026-02-28", "fact_table": "sell_through"}', '{"product_code": "P-2"}', 'again')$$, 'ZD046', NULL, 'what is right is not corrected');
SELECT results_eq($$SELECT d ->> 'reason', d -> 'corrections' -> 0 -> 'set' ->> 'product_code' FROM (SELECT convert_from(document, 'UTF8')::jsonb AS d FROM submission WHERE document_format = 'call') AS s$$, $$VALUES ('P-1 means P-2'::text, 'P-2'::text)$$, 'the call is the document');

-- Cases were reported as pieces: 12 times the quantity, a twelfth of the price.
SELECT results_eq($$SELECT lines_read FROM mass_correct('D', '{"invoice_no": "I-3"}', '{"quantity_factor": 12}', 'cases')$$, 'VALUES (1)', 'a unit is corrected');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'I-3'$$, 'VALUES (36::numeric, 1::numeric, 36::numeric)', 'the amount stays');
SELECT results_eq($$SELECT lines_read FROM correct_lines('D', '[{"match": {"invoice_no": "I-1", "invoice_line": "1"}, "set": {"unit_price": 11, "reseller_code": "R-1"}}, {"match": {"invoice_no": "I-1", "invoice_line": "2"}, "set": {"quantity": 3, "warehouse_code": "NORTH"}}]', 'letter of May')$$, 'VALUES (2)', 'several at once');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'I-1'$$, 'VALUES (10::numeric, 11::numeric, 110::numeric), (3, 7, 21)', 'amounts follow');
SELECT results_eq($$SELECT warehouse_id, reseller_id FROM sell_through_as_of() WHERE invoice_no = 'I-1' ORDER BY invoice_line$$, 'VALUES (101::bigint, 101::bigint), (102, NULL)', 'and the rest');
-- The line at 7 is below the floor of 8 and was noted; each line that stands counts once.
SELECT is((SELECT count(*) FROM sell_through WHERE product_id = 102 AND unit_price = 7), 3::bigint, 'original, reversal, replacement');

SELECT is((SELECT trim_scale(sum(leakage_amount)) FROM price_violation WHERE violation_state = 'open'), 3::numeric, 'what leaked is that of the line that stands: 3 at 1 below the floor');

-- One line, one count, a whole report.
SELECT lives_ok($$SELECT reverse_line('D', 'sell_through', sold_on, sell_through_id, 'never was') FROM sell_through_as_of() WHERE invoice_no = 'I-2'$$, 'a line is taken back');
SELECT is((SELECT count(*) FROM pg_temp.standing WHERE invoice_no = 'I-2'), 0::bigint, 'it no longer stands');
SELECT throws_ok($$SELECT reverse_line('D', 'sell_through', sold_on, sell_through_id, 'never was') FROM sell_through WHERE invoice_no = 'I-2' AND entry_kind = 'replacement'$$, 'ZD046', NULL, 'once');
SELECT results_eq($$SELECT lines_read FROM mass_correct('D', '{"fact_table": "inventory_count"}', '{"quantity": 44}', 'recount')$$, 'VALUES (1)', 'a count');
SELECT results_eq('SELECT trim_scale(quantity) FROM inventory_count_as_of()', 'VALUES (44::numeric)', 'is corrected');
SELECT results_eq($$SELECT lines_read FROM mass_correct('D', '{"fact_table": "inventory_count"}', '{"quantity": 0}', 'empty')$$, 'VALUES (1)', 'to nothing');
SELECT results_eq('SELECT trim_scale(quantity) FROM inventory_count_as_of()', 'VALUES (0::numeric)', 'which is a count');
SELECT results_eq($$SELECT facts_taken_back FROM cancel_submission((SELECT submission_id FROM submission WHERE file_name = 'q1'), 'of another distributor', p_dry_run => true)$$, 'VALUES (4)', 'a report is cancelled: what of it still stands, corrected or not');

-- Mappings of articles; lines that name the vendor's part as well stand by it.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,SKU,Qty,Price\nI-8,1,2026-04-05,,own,3,12\nI-9,1,2026-04-06,,own,1,12\n', 'D', 'april')$$, 'April');
SELECT results_eq($$SELECT lines, quantity, submission_id FROM map_product('D', 'own', 'P-2', p_dry_run => true)$$, 'VALUES (3::bigint, 40::numeric, NULL::bigint)', 'the impact of a mapping: 36 + 3 + 1');
SELECT results_eq($$SELECT lines, quantity FROM map_product('D', 'own', 'P-2')$$, 'VALUES (3::bigint, 40::numeric)', 'is what is booked');
SELECT results_eq($$SELECT product_id, superseded_at IS NULL FROM product_alias ORDER BY product_alias_id$$, 'VALUES (101::bigint, false), (102, true)', 'the old mapping is kept');

SELECT throws_ok($$SELECT mass_correct('D', '{"part": "P-1"}', '{"product_code": "P-2"}', 'x')$$, '22023', NULL, 'a name that is not known');
SELECT throws_ok($$SELECT mass_correct('D', '{}', '{"product_code": "P-2"}', 'x')$$, '22023', NULL, 'everything is not a match');
SELECT throws_ok($$SELECT mass_correct('D', '{"vendor_part": "P-1"}', '{"product_code": "P-9"}', 'x')$$, 'P0002', NULL, 'a product that is not there');
SELECT throws_ok($$SELECT mass_correct('D', '{"vendor_part": "P-1"}', '{"product_code": "P-2"}', ' ')$$, '22023', NULL, 'no reason');


-- The vendor's part decides before the distributor's own number: I-4 names both,
-- and stands by P-1 even where the number meant P-1 as well.
SELECT is((SELECT product_id FROM pg_temp.standing WHERE invoice_no = 'I-4'), 101::bigint, 'a line with the vendor''s part is none of the mapping''s');

-- A report that waits is judged again by the new mapping.
SELECT lives_ok($$SELECT submit_report(E'Invoice,Line,Date,Part No,SKU,Qty,Price\nI-10,1,2026-04-07,,own,3,12\nI-10,2,2026-04-07,,new,3,12\n', 'D', 'waits')$$, 'a report that waits');
SELECT lives_ok($$SELECT map_product('D', 'own', 'P-1'), map_product('D', 'new', 'P-2')$$, 'two mappings');
SELECT results_eq($$SELECT line_no, product_id, line_state FROM submission_line JOIN submission USING (submission_id) WHERE file_name = 'waits' ORDER BY 1$$,
    $$VALUES (1, 101::bigint, 'ready'::text), (2, 102, 'ready')$$, 'reach it');

-- A factor is applied once, however often the call is made; the line that is named
-- excepted. 4 pieces at 24 are 48 at 2.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,SKU,Qty,Price,Amount\nF-1,1,2026-05-05,P-1,,4,24,\nF-2,1,2026-05-05,P-1,,4,,96\n', 'D', 'factor')$$, 'May');
SELECT results_eq($$SELECT lines_read FROM mass_correct('D', '{"invoice_no": "F-1"}', '{"quantity_factor": 12}', 'cases')$$, 'VALUES (1)', 'in cases');
SELECT throws_ok($$SELECT mass_correct('D', '{"from": "2026-05-01", "invoice_no": "F-1"}', '{"quantity_factor": 12}', 'cases')$$, 'ZD046', NULL, 'once');
SELECT lives_ok($$SELECT mass_correct('D', '{"invoice_no": "F-1"}', '{"unit_price": 3}', 'price')$$, 'corrected otherwise');
SELECT throws_ok($$SELECT mass_correct('D', '{"invoice_no": "F-1"}', '{"quantity_factor": 12}', 'cases')$$, 'ZD046', NULL, 'it is still in cases');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'F-1'$$, 'VALUES (48::numeric, 3::numeric, 144::numeric)', '48 at 3');
SELECT lives_ok($$SELECT mass_correct('D', jsonb_build_object('fact_id', sell_through_id, 'fact_on', sold_on), '{"quantity_factor": 12}', 'really') FROM sell_through_as_of() WHERE invoice_no = 'F-1'$$, 'a line that is named');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'F-1'$$, 'VALUES (576::numeric, 0.25::numeric, 144::numeric)', '576 at 0.25');
SELECT results_eq($$SELECT lines_read FROM mass_correct('D', '{"invoice_no": "F-1"}', '{"quantity_factor": -1}', 'came back')$$, 'VALUES (1)', 'a factor of -1');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'F-1'$$, 'VALUES (-576::numeric, 0.25::numeric, -144::numeric)', 'is a return');
SELECT lives_ok($$SELECT mass_correct('D', '{"invoice_no": "F-2"}', '{"quantity": 3}', 'three')$$, 'a line without a price');
SELECT results_eq($$SELECT quantity, price, amount FROM pg_temp.standing WHERE invoice_no = 'F-2'$$, 'VALUES (3::numeric, NULL::numeric, 72::numeric)', 'has three quarters of its amount');

-- What cannot be is refused, in words.
SELECT throws_ok(format($$SELECT mass_correct('D', '{"invoice_no": "F-2"}', %L, 'x')$$, c), '22023', NULL, c)
FROM (VALUES (1, '{"quantity": "abc"}'), (2, '{"quantity": "NaN"}'), (3, '{"quantity": 1.2345}'), (4, '{"quantity_factor": 0}'), (5, '{"amount": -5}'), (6, '{"currency_code": "QQQ"}'),
    (7, '{"transfer_type": "QQ"}'), (8, '{"fact_on": "2026-02-30"}'), (9, '{"fact_on": "2999-01-01"}'), (10, '{"quantity_factor": 0.3333}')) AS v (n, c) ORDER BY n;
SELECT throws_ok($$SELECT mass_correct('D', '{"from": "x"}', '{"quantity": 1}', 'x')$$, '22023', NULL, 'a day that is none');
SELECT throws_ok($$SELECT correct_lines('D', '[{"match": {"invoice_no": "F-2"}, "set": {"quantity": 8}}, {"match": {"invoice_no": "F-2"}, "set": {"unit_price": 7}}]', 'x')$$, '22023',
    'correction would make a line that cannot be', 'two corrections of one line in one call');
SELECT throws_ok($$SELECT mass_correct('D', '{"fact_table": "inventory_count"}', '{"unit_price": 5}', 'x')$$, 'ZD046', NULL, 'a count has no price');

-- The whole report, with what stands for it.
SELECT results_eq($$SELECT facts_taken_back FROM cancel_submission((SELECT submission_id FROM submission WHERE file_name = 'q1'), 'of another distributor')$$, 'VALUES (4)', 'cancelled');
SELECT is((SELECT count(*) FROM pg_temp.standing WHERE invoice_no IN ('I-1', 'I-2', 'I-3', 'I-4')), 0::bigint, 'nothing of it is left');
SELECT throws_ok($$SELECT cancel_submission((SELECT submission_id FROM submission WHERE file_name = 'q1'), 'again')$$, 'ZD046', NULL, 'once');

SELECT * FROM finish();
ROLLBACK;
