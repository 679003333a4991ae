-- What is loaded by COPY into sell_through_staging is a report like any other:
-- the same lines, rules and findings.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(43);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line, gtin) VALUES
    (1, 'P-1', 'P', 'a', '04012345678901'), (2, 'P-2', 'Q', 'a', NULL);
INSERT INTO product_uom (product_id, uom_code, numerator) VALUES (1, 'CS', 12);
INSERT INTO report_profile (distributor_id, default_currency, decimal_mark, date_order) VALUES (1, 'EUR', ',', 'dmy');

COPY sell_through_staging (transaction_type, invoice_no, invoice_line, sold_on, vendor_part, quantity, uom, unit_price, amount, customer_name) FROM STDIN;
\N	I-1	1	05.01.2026	P-1	1.200	\N	9,50	11.400,00	Shop
sale	I-1	2	05.01.2026	P-2	10	\N	2,5	25	Shop
return	I-2	1	6.1.2026	P-1	1	CS	114	114	Shop
SS	I-3	1	07.01.2026	P-9	1	\N	1	1	Shop
SS	I-3	2	31.02.2026	P-1	1	\N	1	1	Shop
SS	I-3	3	07.01.2026	P-1	one	\N	1	1	Shop
SS		9	07.01.2026	P-1	1	\N	1,00005	1	Shop
\.
SELECT results_eq('SELECT lines FROM staged_load', 'VALUES (7::bigint)', 'a load is what one transaction staged');

-- A dry run tells all and keeps nothing.
CREATE TEMPORARY TABLE dry AS SELECT * FROM submit_staged('D', p_dry_run => true);
SELECT results_eq('SELECT submission_id, lines_read, lines_ready, lines_refused FROM dry', 'VALUES (NULL::bigint, 7, 4, 3)', 'a dry run judges');
SELECT results_eq($$SELECT f ->> 'code' FROM dry, jsonb_array_elements(findings_list) AS f WHERE f ->> 'severity' = 'refuse' ORDER BY 1$$,
    $$VALUES ('BAD_DATE'), ('BAD_NUMBER'), ('UNRESOLVED_PRODUCT')$$, 'returns every finding');
SELECT is((SELECT count(*) FROM submission) + (SELECT count(*) FROM submission_line) + (SELECT count(*) FROM finding), 0::bigint, 'keeps nothing');
SELECT results_eq('SELECT lines FROM staged_load', 'VALUES (7::bigint)', 'and leaves the load where it is');

CREATE TEMPORARY TABLE done AS SELECT * FROM submit_staged('D', p_declared_lines => 7, p_declared_qty => 1212);
SELECT results_eq('SELECT submission_state, document_format, lines_read, lines_ready, lines_refused, is_held, is_repeat FROM done',
    $$VALUES ('validated', 'staged', 7, 4, 3, false, false)$$, 'it is judged; 1200 + 10 - 1 + 1 + 1 + 1 + nothing for "one"');
SELECT is((SELECT count(*) FROM sell_through_staging), 0::bigint, 'the load is submitted and gone');
SELECT results_eq('SELECT line_no, quantity, unit_price, amount FROM submission_line WHERE line_state = ''ready'' ORDER BY 1',
    'VALUES (1, 1200::numeric, 9.5, 11400.00), (2, 10, 2.5, 25), (3, -12, 9.5, -114), (7, 1, 1.00005, 1)',
    'by the marks of the distributor; a case returned is twelve pieces back at a twelfth of the price');
SELECT results_eq('SELECT reported_on, activity_on FROM submission_line WHERE line_no = 3', $$VALUES ('6.1.2026', date '2026-01-06')$$,
    'as reported and as read, side by side');
SELECT ok(EXISTS (SELECT FROM finding WHERE code = 'PRICE_SCALE' AND line_no = 7 AND value = '1,00005, kept as 1.0001'),
    'a price that cannot be kept exactly is found');
SELECT ok(NOT EXISTS (SELECT FROM finding WHERE code = 'PRICE_SCALE' AND line_no <> 7), 'one that is only converted is not');
SELECT is((SELECT invoice_no FROM submission_line WHERE line_no = 7), NULL, 'an empty text is nothing');

-- The same lines in another order, another load.
COPY sell_through_staging (load_id, transaction_type, invoice_no, invoice_line, sold_on, vendor_part, quantity, uom, unit_price, amount, customer_name) FROM STDIN;
again	SS		9	07.01.2026	P-1	1	\N	1,00005	1	Shop
again	\N	I-1	1	05.01.2026	P-1	1.200	\N	9,50	11.400,00	Shop
again	sale	I-1	2	05.01.2026	P-2	10	\N	2,5	25	Shop
again	return	I-2	1	6.1.2026	P-1	1	CS	114	114	Shop
again	SS	I-3	1	07.01.2026	P-9	1	\N	1	1	Shop
again	SS	I-3	2	31.02.2026	P-1	1	\N	1	1	Shop
again	SS	I-3	3	07.01.2026	P-1	one	\N	1	1	Shop
\.
SELECT results_eq('SELECT s.is_repeat, s.submission_id = d.submission_id FROM submit_staged(''D'', ''again'') AS s, done AS d', 'VALUES (true, true)',
    'the same lines are the same submission, in whatever order');

-- Accepted, everything follows in the same transaction.
SELECT results_eq('SELECT submission_state FROM accept_submission((SELECT submission_id FROM done))', $$VALUES ('accepted')$$, 'accepted');
SELECT results_eq('SELECT sum(quantity), sum(amount) FROM sell_through', 'VALUES (1199.000, 11312.0000)', 'booked: 1200 + 10 - 12 + 1 and 11400 + 25 - 114 + 1');
SELECT results_eq('SELECT sum(sell_through_qty), sum(sell_through_lines)::bigint FROM channel_day', 'VALUES (1199.000, 4::bigint)', 'rolled up');

-- Accepted in the same call, with the price checked.
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from) VALUES ('resale_price', 2, 'EUR', 5, '2026-01-01');
COPY sell_through_staging (load_id, invoice_no, invoice_line, sold_on, vendor_part, quantity, unit_price) FROM STDIN;
feb	F-1	1	02.02.2026	P-2	10	2,5
\.
SELECT results_eq('SELECT submission_state, lines_ready FROM submit_staged(''D'', ''feb'', p_accept => true)', $$VALUES ('accepted', 1)$$, 'submitted and accepted in one call');
SELECT results_eq('SELECT actual_price, quantity, leakage_amount FROM price_violation', 'VALUES (2.5000, 10.000, 25.0000000)', 'and its price checked: (5 - 2.5) x 10');
COPY sell_through_staging (load_id, invoice_no, invoice_line, sold_on, vendor_part, quantity, unit_price) FROM STDIN;
held	H-1	1	03.03.2026	P-2	10	6
\.
SELECT results_eq('SELECT submission_state, is_held FROM submit_staged(''D'', ''held'', p_declared_lines => 2, p_accept => true)', $$VALUES ('validated', true)$$,
    'what is held is not accepted on the way');

-- Which load is meant has to be clear.
SELECT throws_ok('SELECT submit_staged(''D'', ''nothing'')', 'ZD048', NULL, 'a load that is not there');
SELECT throws_ok('SELECT submit_staged(''D'')', 'ZD048', NULL, 'no load at all');
INSERT INTO sell_through_staging (load_id, vendor_part) VALUES ('a', 'P-1'), ('b', 'P-1');
SELECT throws_ok('SELECT submit_staged(''D'')', 'ZD048', NULL, 'one of several');
SELECT throws_ok('SELECT submit_staged(NULL, ''a'')', 'ZD004', NULL, 'a load has no sender of its own');
SELECT throws_ok('SELECT submit_staged(''D'', ''a'', p_mode => ''new'')', '22023', NULL, 'a mode that is none');

-- Bytes in their own encoding.
SELECT results_eq($$SELECT lines_ready FROM submit_document(convert_to(E'Invoice;Invoice Date;Part No;Qty;Price;Customer Name\nU-1;09.01.2026;P-1;1;9,5;Müller\n', 'LATIN1'), NULL, 'D')$$,
    'VALUES (1)', 'a document in Latin-1');
SELECT results_eq($$SELECT document_encoding, l.reported_customer_name, octet_length(document) FROM submission AS s JOIN submission_line AS l USING (distributor_id, submission_id)
    WHERE l.invoice_no = 'U-1'$$, $$VALUES ('LATIN1', 'Müller', 85)$$, 'its bytes are kept as they came');


-- Counts are staged likewise: a line for each quantity of a row, one where none is.
COPY inventory_staging (load_id, counted_on, vendor_part, uom, on_hand, committed, in_transit) FROM STDIN;
stock	31.01.2026	P-1	CS	10	2	\N
stock	31.01.2026	P-2	\N	1.000	\N	0
stock	31.01.2026	P-9	\N	5	\N	\N
stock	31.01.2026	P-2	\N	\N		\N
\.
SELECT results_eq($$SELECT lines, report_kind FROM staged_load WHERE load_id = 'stock'$$, $$VALUES (4::bigint, 'inventory'::text)$$, 'a load of counts');
CREATE TEMPORARY TABLE counted AS SELECT * FROM submit_staged('D', 'stock', 'stock');
SELECT results_eq('SELECT submission_state, lines_read, lines_ready, lines_refused, is_held FROM counted', $$VALUES ('validated'::text, 6, 4, 2, false)$$, 'six lines of four rows');
SELECT is((SELECT report_kind FROM submission WHERE file_name = 'stock'), 'inventory', 'are a report of inventory');
SELECT results_eq($$SELECT l.line_no, l.count_kind, trim_scale(l.quantity), l.line_state FROM submission_line AS l JOIN submission USING (submission_id) WHERE file_name = 'stock' ORDER BY 1$$,
    $$VALUES (1, 'on_hand'::text, 120::numeric, 'ready'::text), (2, 'committed', 24, 'ready'), (3, 'on_hand', 1000, 'ready'), (4, 'in_transit', 0, 'ready'), (5, 'on_hand', 5, 'refused'), (6, 'on_hand', NULL, 'refused')$$,
    'cases of twelve, a thousand, nothing in transit');
SELECT results_eq($$SELECT f.line_no, f.code FROM finding AS f JOIN submission USING (submission_id) WHERE file_name = 'stock' ORDER BY 1$$, $$VALUES (5, 'UNRESOLVED_PRODUCT'::text), (6, 'BAD_NUMBER')$$, 'what is wrong is told');
SELECT is((SELECT count(*) FROM inventory_staging), 0::bigint, 'staging is empty');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (9, 'P-9', 'P nine', 'a');
SELECT results_eq($$SELECT submission_id, lines_read, lines_ready, lines_refused FROM rejudge_submission((SELECT submission_id FROM counted))$$, 'SELECT submission_id, 6, 5, 1 FROM counted', 'judged again from its lines');
SELECT results_eq($$SELECT l.line_no, l.count_kind, trim_scale(l.quantity) FROM submission_line AS l JOIN submission USING (submission_id) WHERE file_name = 'stock' AND l.line_no IN (2, 5) ORDER BY 1$$,
    $$VALUES (2, 'committed'::text, 24::numeric), (5, 'on_hand', 5)$$, 'each where it was');
SELECT results_eq('SELECT submission_state, lines_ready FROM accept_submission((SELECT submission_id FROM counted))', $$VALUES ('accepted'::text, 5)$$, 'booked');
SELECT results_eq($$SELECT product_id, count_kind, trim_scale(quantity) FROM inventory_count_as_of() WHERE counted_on = '2026-01-31' ORDER BY 1, 2$$,
    $$VALUES (1::bigint, 'committed'::text, 24::numeric), (1, 'on_hand', 120), (2, 'in_transit', 0), (2, 'on_hand', 1000), (9, 'on_hand', 5)$$, 'as counts');

-- A count that cannot be read takes nothing from one that can.
COPY inventory_staging (load_id, counted_on, vendor_part, on_hand) FROM STDIN;
twofold	28.03.2026	P-1	many
twofold	28.03.2026	P-1	7
\.
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_staged('D', 'twofold')$$, 'VALUES (1, 1)', 'the one that can be read is booked');

-- Sales and counts of one load are one report, the sales first; sent again it is
-- the same one.
COPY inventory_staging (load_id, counted_on, vendor_part, on_hand) FROM STDIN;
both	28.02.2026	P-1	7
twice	28.02.2026	P-1	7
\.
COPY sell_through_staging (load_id, invoice_no, sold_on, vendor_part, quantity) FROM STDIN;
both	B-1	27.02.2026	P-1	3
twice	B-1	27.02.2026	P-1	3
\.
SELECT results_eq($$SELECT submission_state, lines_ready FROM submit_staged('D', 'both', 'both', p_accept => true)$$, $$VALUES ('accepted'::text, 2)$$, 'a mixed load');
SELECT results_eq($$SELECT l.line_no, l.books_as FROM submission_line AS l JOIN submission USING (submission_id) WHERE file_name = 'both' ORDER BY 1$$, $$VALUES (1, 'sell_through'::text), (2, 'inventory_count')$$, 'in one report');
SELECT results_eq($$SELECT is_repeat, submission_state FROM submit_staged('D', 'twice')$$, $$VALUES (true, 'accepted'::text)$$, 'is the same one again');
SELECT is((SELECT count(*) FROM staged_load WHERE load_id IN ('both', 'twice')), 0::bigint, 'nothing of it stays behind');

-- Two loads at once number their lines between each other's, and a line may come
-- before one that was loaded earlier: each load is in the order of its numbers.
INSERT INTO sell_through_staging (load_id, staged_no, invoice_no, sold_on, vendor_part, quantity) OVERRIDING SYSTEM VALUE VALUES
    ('gaps', 900004, 'A-3', '07.02.2026', 'P-1', '3'), ('gaps', 900001, 'A-1', '07.02.2026', 'P-1', '1'), ('other', 900002, 'B-1', '07.02.2026', 'P-1', '9'),
    ('gaps', 900003, 'A-2', '07.02.2026', 'P-1', '2'), ('dense', 900007, 'C-2', '07.02.2026', 'P-1', '2'), ('dense', 900006, 'C-1', '07.02.2026', 'P-1', '1');
CREATE TEMPORARY TABLE between AS SELECT * FROM submit_staged('D', 'gaps');
SELECT results_eq('SELECT line_no, invoice_no FROM submission_line JOIN between USING (submission_id) ORDER BY 1',
    $$VALUES (1, 'A-1'::text), (2, 'A-2'), (3, 'A-3')$$, 'a load with another one between its lines');
CREATE TEMPORARY TABLE dense AS SELECT * FROM submit_staged('D', 'dense');
SELECT results_eq('SELECT line_no, invoice_no FROM submission_line JOIN dense USING (submission_id) ORDER BY 1',
    $$VALUES (1, 'C-1'::text), (2, 'C-2')$$, 'and one without');

SELECT * FROM finish();
ROLLBACK;
