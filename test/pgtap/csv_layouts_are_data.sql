-- How the CSV reports of a distributor are laid out is data: what divides the
-- columns, which is which, what numbers and days look like. One bad row never
-- stops a file.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(51);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (2, 2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line, gtin) VALUES
    (1, 'P-1', 'P', 'a', '04012345678901'), (2, 'P-2', 'Q', 'a', NULL);
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR'), (2, 'EUR');

CREATE FUNCTION pg_temp.read(p_document text, p_distributor text DEFAULT 'D') RETURNS TABLE (line_no integer, what text, day date, quantity numeric, price numeric, state text)
LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint := (submit_report(p_document, p_distributor)).submission_id;
BEGIN
    RETURN QUERY
    SELECT l.line_no, coalesce(l.count_kind, l.reported_type), l.activity_on, trim_scale(l.quantity), trim_scale(l.unit_price), l.line_state
    FROM submission_line AS l WHERE l.submission_id = v_id ORDER BY 1;
END
$$;
CREATE FUNCTION pg_temp.codes() RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', line_no, code), ', ' ORDER BY line_no NULLS FIRST, code)
    FROM finding WHERE submission_id = (SELECT max(submission_id) FROM submission) AND code <> 'UNRESOLVED_PARTY'
$$;

-- Headings as others have them, a title above and a total below.
SELECT results_eq($t$SELECT line_no, what, day, quantity, price, state FROM pg_temp.read(E'Sales of January\nDistributor D\n\nInvoice No.,Transaction-Date,MPN,Units,Unit Price\nA-1,2026-01-05,P-1,5,9.50\nA-2,20260106,P-2,1,3\nTotal,,,6,\n')$t$,
    $$VALUES (1, 'SS', date '2026-01-05', 5::numeric, 9.5, 'ready'), (2, 'SS', '2026-01-06', 1, 3, 'ready'), (3, 'SU', NULL, 6, NULL, 'not_booked')$$,
    'a title stands above the heading, a total below the lines');
SELECT is(pg_temp.codes(), NULL, 'neither is a finding');

-- A mapping of its own.
SELECT throws_ok($$SELECT submit_report(E'Nr;Wann;Was;Wieviel\nA-3;2026-01-07;P-1;1\n', 'E')$$, 'ZD006', NULL, 'headings that nobody knows are no report');
INSERT INTO report_column (distributor_id, heading, canonical) VALUES (2, 'Nr', 'invoice_no'), (2, 'wann', 'sold_on'), (2, 'WAS', 'vendor_part'), (2, 'Wie-viel', 'quantity');
SELECT results_eq($t$SELECT what, day, quantity FROM pg_temp.read(E'Nr;Wann;Was;Wieviel\nA-3;2026-01-07;P-1;1\n', 'E')$t$,
    $$VALUES ('SS', date '2026-01-07', 1::numeric)$$, 'until they are mapped; case and punctuation do not matter');
INSERT INTO report_column (distributor_id, heading, canonical) VALUES (2, 'Qty', 'ignore'), (2, 'Amount', 'unit_price');
SELECT results_eq($t$SELECT quantity, price FROM pg_temp.read(E'Nr;Wann;Was;Qty;Wieviel;Amount\nA-4;2026-01-07;P-1;99;2;7\n', 'E')$t$,
    'VALUES (2::numeric, 7::numeric)', 'the mapping of the distributor goes before what the heading means to others');
SELECT throws_ok($$INSERT INTO report_column (distributor_id, heading, canonical) VALUES (2, 'X', 'nonsense')$$, '23514', NULL, 'a column that there is not');

-- No heading at all: by place, and by what was agreed on.
UPDATE report_profile SET has_heading = false, csv_delimiter = '|', decimal_mark = ',', date_order = 'dmy' WHERE distributor_id = 2;
INSERT INTO report_column (distributor_id, place, canonical) VALUES (2, 1, 'invoice_no'), (2, 2, 'sold_on'), (2, 3, 'vendor_part'), (2, 4, 'quantity'), (2, 5, 'unit_price');
SELECT results_eq($t$SELECT line_no, day, quantity, price FROM pg_temp.read(E'B-1|07.02.2026|P-1|1.000|1.234,5\nB-2|8/2/26|P-1|(2,5)|1\n', 'E')$t$,
    $$VALUES (1, date '2026-02-07', 1000::numeric, 1234.5::numeric), (2, '2026-02-08', -2.5, 1)$$, 'by place; a comma is the decimal mark, parentheses are negative');
SELECT throws_ok($$UPDATE report_profile SET decimal_mark = ';'$$, '23514', NULL, 'a decimal mark is a point or a comma');
SELECT throws_ok($$UPDATE report_profile SET date_order = 'ydm'$$, '23514', NULL, 'an order of dates that there is not');

-- Without agreement nothing is guessed.
SELECT results_eq($t$SELECT day, quantity, price, state FROM pg_temp.read(E'Invoice,Date,Part No,Qty,Price\nC-1,03/04/2026,P-1,1,2\nC-2,05/04/2026,P-1,"1,500",2\n')$t$,
    $$VALUES (NULL::date, 1::numeric, 2::numeric, 'refused'), (NULL, NULL, 2, 'refused')$$, 'a day, and a number, that may be two are not read');
SELECT is(pg_temp.codes(), 'AMBIGUOUS_DATE, AMBIGUOUS_DECIMAL, 1 BAD_DATE, 2 BAD_DATE, 2 BAD_NUMBER', 'but found, and the remedy is said once for the file');
SELECT results_eq($$SELECT code, value FROM finding WHERE code LIKE 'AMBIG%' ORDER BY code$$, $$VALUES ('AMBIGUOUS_DATE'::text, '03/04/2026'::text), ('AMBIGUOUS_DECIMAL', '1,500')$$, 'with an example');
SELECT results_eq($t$SELECT quantity, state FROM pg_temp.read(E'Invoice;Date;Part No;Qty\nC-3;2026-04-03;P-1;1.500\n')$t$,
    $$VALUES (NULL::numeric, 'refused')$$, 'a point in front of three digits may be either, too');

-- The numbers of a file decide its decimal mark: 1.500 is 1500 beside 12,50.
SELECT results_eq($t$SELECT quantity, price, state FROM pg_temp.read(E'Invoice;Date;Part No;Qty;Price;Amount\nC-4;2026-04-03;P-1;1.500;12,50;18.750,00\nC-5;2026-04-03;P-1;2;3;6,00\n')$t$,
    $$VALUES (1500::numeric, 12.5, 'ready'), (2, 3, 'ready')$$, 'a comma that can be nothing else is the decimal mark of the whole file');
SELECT is(pg_temp.codes(), NULL, 'and nothing is found');
SELECT results_eq($t$SELECT quantity, price, state FROM pg_temp.read(E'Invoice;Date;Part No;Qty;Price\nC-6;2026-04-03;P-1;1,500;12.50\n')$t$,
    $$VALUES (1500::numeric, 12.5, 'ready')$$, 'so is a point');
SELECT results_eq($t$SELECT quantity, price, state FROM pg_temp.read(E'Invoice;Date;Part No;Qty;Price\nC-7;2026-04-03;P-1;1;12,50\nC-8;2026-04-03;P-1;1;12.50\n')$t$,
    $$VALUES (1::numeric, NULL::numeric, 'refused'), (1, 12.5, 'ready')$$, 'where they disagree a comma is not read');
SELECT results_eq($t$SELECT quantity, state FROM pg_temp.read(E'Invoice,Date,Part No,Qty\nC-9,2026-04-03,P-1,5-\nC-10,2026-04-03,P-1,(6)\nC-11,2026-04-03 00:00:00,P-1,3.0\n')$t$,
    $$VALUES (-5::numeric, 'ready'), (-6, 'ready'), (3, 'ready')$$, 'a sign behind and parentheses need no agreement, nor does a time behind the day');
SELECT results_eq($$SELECT is_held FROM submit_report(E'Invoice;Date;Part No;Qty\nC-12;2026-04-03;P-1;1,5\nC-13;2026-04-03;P-1;2,5\n', 'D', p_declared_qty => 4)$$, 'VALUES (false)', 'control totals are counted in the same way');
SELECT results_eq($t$SELECT day FROM pg_temp.read(E'Invoice,Date,Part No,Qty\nD-1,03/04/2026,P-1,1\nD-2,31/03/2026,P-1,1\n')$t$,
    $$VALUES (date '2026-04-03'), ('2026-03-31')$$, 'a day above 12 says for the whole file which is the month');
SELECT results_eq($t$SELECT day FROM pg_temp.read(E'Invoice,Date,Part No,Qty\nD-1,03/14/2026,P-1,1\nD-2,31/03/2026,P-1,1\n')$t$,
    'VALUES (NULL::date), (NULL)', 'two that disagree say nothing');

-- One bad row never stops the file.
SELECT results_eq($t$SELECT line_no, state FROM pg_temp.read(E'Invoice,Date,Part No,Qty\nE-1,2026-03-01,P-1,1\nE-2,2026-03-01,"P-1,1\nE-3,2026-03-01,P-1,3\nE-4\n\nE-5,2026-03-01,P-2,4\n')$t$,
    $$VALUES (1, 'ready'), (2, 'refused'), (3, 'ready'), (4, 'refused'), (5, 'ready')$$, 'a quote that is not closed and a row that is too short cost themselves');
SELECT matches(pg_temp.codes(), '2 .*RAGGED_ROW.*4 .*UNRESOLVED_PRODUCT', 'and are found');

SELECT results_eq($t$SELECT line_no, state FROM pg_temp.read(E'Invoice,Date,Customer Name,Part No,Qty\nE-6,2026-03-01,Miller, Smith,P-1,1\nE-7,2026-03-01,Miller,P-1,1,,\n')$t$,
    $$VALUES (1, 'refused'), (2, 'ready')$$, 'a row with a comma too many is not read one column to the right; empty columns behind the last do not matter');
SELECT matches(pg_temp.codes(), '1 RAGGED_ROW', 'and is found');
SELECT results_eq($t$SELECT line_no, state FROM pg_temp.read(E'Invoice,Date,Part No,Qty\nE-8,2026-03-01,P-1,1\nInvoice,Date,Part No,Qty\nE-9,2026-03-01,P-1,3\nTotal,,,5\n')$t$,
    $$VALUES (1, 'ready'), (2, 'ready'), (3, 'not_booked')$$, 'a heading may be repeated');
SELECT results_eq($$SELECT code, value FROM finding WHERE code = 'TOTALS_ROW'$$, $$VALUES ('TOTALS_ROW'::text, '5, the lines add up to 4'::text)$$, 'a row of totals is compared with the lines');
SELECT FROM submit_report(E'Invoice,Date,Qty,Qty\nE-10,2026-03-01,1,2\n', 'D');
SELECT results_eq($$SELECT code, severity, value FROM finding WHERE code IN ('DUP_COLUMN', 'MISSING_COLUMN') ORDER BY code$$,
    $$VALUES ('DUP_COLUMN'::text, 'hold'::text, 'Qty'::text), ('MISSING_COLUMN', 'warn', 'vendor_part, gtin or distributor_part')$$, 'a column that is there twice holds the report; one that is missing is named');

SELECT FROM submit_report(E'Invoice,Date,Part No,Qty,Customer Name\nE-11,2026-03-01,P-1,1,M\uFFFDller\n', 'D');
SELECT results_eq($$SELECT severity, value FROM finding WHERE code = 'BAD_ENCODING'$$, $$VALUES ('warn'::text, E'1,2026-03-01,P-1,1,M\uFFFDller'::text)$$, 'a character that was lost on the way is told, with twenty in front of it');

-- Numbers that a spreadsheet spoilt.
SELECT results_eq($t$SELECT state FROM pg_temp.read(E'Invoice,Date,EAN,Qty\nF-1,2026-03-01,4.01235E+12,1\nF-2,2026-03-01,''04012345678901,1\n')$t$,
    $$VALUES ('refused'), ('ready')$$, 'the digits of a GTIN are lost; an apostrophe is not part of it');
SELECT ok(pg_temp.codes() LIKE '%1 DIGITS_LOST%', 'lost digits have a finding of their own');
SELECT results_eq($t$SELECT state FROM pg_temp.read(E'Invoice,Date,EAN,Part No,Qty\nF-3,2026-03-01,04012345678901,P-2,1\n')$t$, $$VALUES ('ready')$$, 'two products on one line');
SELECT ok(pg_temp.codes() LIKE '%PRODUCT_CONFLICT%' AND (SELECT product_id FROM submission_line WHERE invoice_no = 'F-3') = 1, 'the GTIN counts, and it is noted');

-- Sales and stock in one row.
SELECT results_eq($t$SELECT line_no, what, quantity FROM pg_temp.read(E'Date,Part No,Qty,On Hand,On Order\n2026-03-31,P-1,5,40,10\n2026-03-31,P-2,0,7,\n')$t$,
    $$VALUES (1, 'SS', 5::numeric), (2, 'on_hand', 40), (3, 'on_order', 10), (4, 'on_hand', 7)$$, 'a row is a line for each thing that it counts; no sale is none');

-- Several counts of one item.
SELECT results_eq($t$SELECT line_no, quantity, state FROM pg_temp.read(E'Date,Part No,Stock\n2026-03-31,P-1,40\n2026-03-31,P-1,2\n2026-03-31,P-2,3\n')$t$,
    $$VALUES (1, 40::numeric, 'ready'), (2, 2, 'refused'), (3, 3, 'ready')$$, 'the first count is booked');
SELECT results_eq('SELECT line_no, value FROM finding WHERE code = ''DUP_COUNT''', $$VALUES (2, '2 counted, line 1 counted 40')$$, 'the other is found');
UPDATE report_profile SET count_policy = 'sum' WHERE distributor_id = 1;
SELECT results_eq($t$SELECT line_no, quantity, state FROM pg_temp.read(E'Date,Part No,Stock\n2026-04-30,P-1,40\n2026-04-30,P-1,2\n2026-04-30,P-2,3\n')$t$,
    $$VALUES (1, 42::numeric, 'ready'), (2, 2, 'not_booked'), (3, 3, 'ready')$$, 'or they are parts of one');

-- A heading and nothing else.
SELECT results_eq($$SELECT submission_state, lines_read, findings FROM submit_report(E'Invoice,Date,Part No,Qty\n', 'D')$$,
    $$VALUES ('rejected', 0, 1)$$, 'a report without lines says nothing');
SELECT is(pg_temp.codes(), 'EMPTY_REPORT', 'and is told so');
SELECT results_eq($$SELECT submission_state, submission_mode FROM submit_report(E'Invoice,Date,Part No,Qty\n', 'D', p_period_starts_on => '2026-05-01', p_period_ends_on => '2026-05-31')$$,
    $$VALUES ('validated', 'nil')$$, 'with a period it says that nothing was sold');
SELECT FROM submit_report(E'Report Start,Report End,Invoice,Date,Part No,Qty\n2026-06-01,2026-06-30,G-1,2026-06-03,P-1,1\n', 'D');
SELECT results_eq($$SELECT period_starts_on, period_ends_on, period_is_stated FROM submission ORDER BY submission_id DESC LIMIT 1$$,
    $$VALUES (date '2026-06-01', date '2026-06-30', true)$$, 'the period may stand in the rows');

SELECT FROM submit_report(E'Week Ending,Invoice,Date,Part No,Qty\n2026-06-13,G-7,2026-06-09,P-1,1\n', 'D');
SELECT results_eq($$SELECT period_starts_on, period_ends_on, period_is_stated FROM submission ORDER BY submission_id DESC LIMIT 1$$,
    $$VALUES (date '2026-06-07', date '2026-06-13', true)$$, 'a week that ends on the 13th began on the 7th');
SELECT FROM submit_report(E'Report End,Invoice,Date,Part No,Qty\n2026-06-30,G-8,2026-06-09,P-1,1\n', 'D');
SELECT results_eq($$SELECT period_starts_on, period_ends_on, period_is_stated FROM submission ORDER BY submission_id DESC LIMIT 1$$,
    $$VALUES (date '2026-06-09', date '2026-06-09', false)$$, 'one end of a period is none');

-- Headings that nobody knows are named, those to be ignored are not.
SELECT FROM submit_report(E'Invoice,Date,Part No,Qty,Farbe,Lagerplatz\nG-2,2026-06-04,P-1,1,rot,A7\n', 'D');
SELECT results_eq($$SELECT severity, value FROM finding WHERE code = 'UNKNOWN_HEADING' ORDER BY submission_id DESC LIMIT 1$$,
    $$VALUES ('warn'::text, 'Farbe, Lagerplatz'::text)$$, 'unknown headings are told');
INSERT INTO report_column (distributor_id, heading, canonical) SELECT distributor_id, h, 'ignore' FROM distributor, unnest(ARRAY['farbe', 'Lagerplatz']) AS h WHERE distributor_code = 'D';
SELECT FROM submit_report(E'Invoice,Date,Part No,Qty,Farbe,Lagerplatz\nG-3,2026-06-05,P-1,1,rot,A7\n', 'D');
SELECT is((SELECT count(*) FROM finding WHERE code = 'UNKNOWN_HEADING' AND submission_id = (SELECT max(submission_id) FROM submission)), 0::bigint, 'until they are to be ignored');

-- A file that names another distributor of ours waits; whom nobody knows, or who
-- is this one by another name, does not.
SELECT results_eq($$SELECT is_held FROM submit_report(E'Distributor Name,Invoice,Date,Part No,Qty\ne,G-4,2026-06-05,P-1,1\ne,G-4,2026-06-05,P-2,1\n', 'D')$$, 'VALUES (true)', 'a report of E is not D''s');
SELECT results_eq($$SELECT severity, value FROM finding WHERE code = 'WRONG_DISTRIBUTOR'$$, $$VALUES ('hold'::text, 'e'::text)$$, 'and it is said whose it is');
SELECT results_eq($$SELECT is_held FROM submit_report(E'Distributor Name,Invoice,Date,Part No,Qty\nE Branch North,G-5,2026-06-05,P-1,1\n', 'D')$$, 'VALUES (false)', 'who is nobody is nobody else');
INSERT INTO distributor_identifier (distributor_id, identifier_qualifier, identifier) VALUES (1, '92', 'E');
SELECT results_eq($$SELECT is_held FROM submit_report(E'Distributor Name,Invoice,Date,Part No,Qty\nE,G-6,2026-06-05,P-1,1\n', 'D')$$, 'VALUES (false)', 'nor who is D by another name');

-- What came back in a column of its own: 5 - 2; 0 back; nothing sold, 2 back; what
-- cannot be read is refused, not left out; a return of nothing is 0; a dash is
-- nothing.
SELECT results_eq($$SELECT line_no, quantity, state FROM pg_temp.read(E'Invoice,Date,Part No,Qty,Return Qty,Type\nH-1,2026-07-05,P-1,5,2,\nH-2,2026-07-05,P-1,,0,\nH-3,2026-07-05,P-1,,2,\nH-4,2026-07-05,P-1,5,two,\nH-5,2026-07-05,P-1,0,,return\nH-6,2026-07-05,P-1,five,2,\nH-7,2026-07-05,P-1,5,-,\nH-8,2026-07-05,P-1,–,2,\n')$$,
    $$VALUES (1, 3::numeric, 'ready'::text), (2, 0, 'refused'), (3, -2, 'ready'), (4, NULL, 'refused'), (5, 0, 'refused'), (6, NULL, 'refused'), (7, 5, 'ready'), (8, -2, 'ready')$$, 'what is sold less what came back');
SELECT is(pg_temp.codes(), '2 ZERO_QUANTITY, 4 BAD_NUMBER, 5 ZERO_QUANTITY, 6 BAD_NUMBER', 'and what is wrong with it');

SELECT * FROM finish();
ROLLBACK;
