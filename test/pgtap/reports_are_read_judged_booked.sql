-- A report is kept as it came, read, judged line by line and booked once.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(45);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO distributor_identifier VALUES ('sender', 'DDIST', 101);
INSERT INTO report_profile VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'MAIN', 'M', true), (101, 102, 'NORTH', 'N', false), (102, 103, 'MAIN', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line, gtin) VALUES
    (101, 'P-1', 'P one', 'a.b', '04012345000177'), (102, 'P-2', 'P two', 'a.c', NULL);
INSERT INTO product_uom (product_id, uom_code, numerator) VALUES (101, 'CA', 12);
INSERT INTO product_alias (distributor_id, alias, product_id) VALUES (101, 'own-2', 102);
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R', 'R');
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id) VALUES (101, 'id', 'C1', 101), (101, 'name', 'acme ag', 101);

-- Every way to name a product, a customer, a place; every way to be refused.
CREATE TEMP TABLE csv AS SELECT concat_ws(E'\n',
    'Invoice;Line;Type;Invoice Date;Part No;UPC;SKU;Qty;UOM;Unit Price;Amount;Currency;Customer ID;Customer Name;Warehouse',
    'I-1;1;sale;2026-01-05;P-1;;;10;EA;9.50;95.00;;C1;;',
    'I-1;2;;2026-01-05;;4012345000177;;2;CA;114;228.00;EUR;;Acme   AG;NORTH',
    'I-1;3;SS;20260105;;;own-2;1;;5;;USD;C9;Nobody;MAIN',
    'I-2;1;return;2026-01-06;P-1;;;3;EA;9.50;28.50;;C1;;',
    'I-2;2;sale;2026-01-06;P-1;;;-1;EA;9.50;;;C1;;',
    'I-3;1;sale;2026-01-07;P-9;;;1;EA;1;;;C1;;',
    'I-3;2;sale;07.01.2026;P-1;;;1;EA;1;;;C1;;',
    'I-3;3;sale;2026-01-07;P-1;;;1,5;EA;1;;;C1;;',
    'I-3;4;sale;2026-01-07;P-1;;;1;BX;1;;;C1;;',
    'I-3;5;sale;2026-01-07;P-1;;;1;EA;1;;QQQ;C1;;',
    'I-3;6;sale;2026-01-07;P-1;;;1;EA;1;;;C1;;SOUTH',
    'I-3;7;loan;2026-01-07;P-1;;;1;EA;1;;;C1;;',
    'I-3;8;sale;2026-01-07;P-1;;;0;EA;1;;;C1;;',
    'I-3;9;sale;2999-01-07;P-1;;;1;EA;1;;;C1;;',
    'I-3;10;sale;2026-02-30;P-1;;;1;EA;1;;;C1;;',
    'I-3;11;sale;2026-01-07;P-1;;;2;EA;1;3;;C1;;',
    'I-3;12;SC;2026-01-07;P-1;;;2;EA;;;;;;') AS document;

SELECT results_eq($$SELECT lines_read, lines_ready, lines_refused, submission_id FROM submit_report((SELECT document FROM csv), 'D', 'a.csv', p_dry_run => true)$$,
    'VALUES (17, 7, 10, NULL::bigint)', 'a dry run says what would become of the lines');
SELECT is_empty('SELECT FROM submission', 'and keeps nothing');
SELECT results_eq($$SELECT submission_state, is_repeat, document_format, lines_read, lines_ready, lines_refused FROM submit_report((SELECT document FROM csv), 'D', 'a.csv')$$,
    $$VALUES ('validated'::text, false, 'csv'::text, 17, 7, 10)$$, 'the real thing says the same');
SELECT is((SELECT convert_from(document, 'UTF8') FROM submission), (SELECT document FROM csv), 'the document is kept as it came');
SELECT is_empty('SELECT FROM sell_through', 'nothing is booked yet');
SELECT results_eq(
    $$SELECT line_no, code FROM finding WHERE severity = 'refuse' ORDER BY line_no, code$$,
    $$VALUES (6, 'UNRESOLVED_PRODUCT'::text), (7, 'BAD_DATE'), (8, 'BAD_NUMBER'), (9, 'UOM_CONFLICT'), (10, 'CURRENCY'),
        (11, 'UNKNOWN_WAREHOUSE'), (12, 'BAD_CODE'), (13, 'ZERO_QUANTITY'), (14, 'FUTURE_DATE'), (15, 'BAD_DATE')$$,
    'each refused line has its one reason');
SELECT results_eq(
    $$SELECT line_no, code FROM finding WHERE severity = 'warn' ORDER BY line_no, code$$,
    $$VALUES (3, 'UNRESOLVED_PARTY'::text), (5, 'NEGATIVE_WITHOUT_REASON'), (16, 'AMOUNT_MISMATCH'), (NULL, 'AMBIGUOUS_DATE'), (NULL, 'AMBIGUOUS_DECIMAL')$$,
    'and what is odd is said');
SELECT is((SELECT count(*) FROM finding WHERE remedy IS NULL), 0::bigint, 'with a remedy');

SELECT results_eq('SELECT submission_state, lines_ready FROM accept_submission((SELECT submission_id FROM submission))',
    $$VALUES ('accepted'::text, 7)$$, 'acceptance');
SELECT results_eq(
    $$SELECT submission_line_no, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code
      FROM sell_through ORDER BY submission_line_no$$,
    $$VALUES (1, date '2026-01-05', 101::bigint, 101::bigint, 101::bigint, 'SS'::text, 10.000, 9.5000, 95.0000, 'EUR'::text),
        (2, '2026-01-05', 102, 101, 101, 'SS', 24.000, 9.5000, 228.0000, 'EUR'),
        (3, '2026-01-05', 101, 102, NULL, 'SS', 1.000, 5.0000, 5.0000, 'USD'),
        (4, '2026-01-06', 101, 101, 101, 'RU', -3.000, 9.5000, -28.5000, 'EUR'),
        (5, '2026-01-06', 101, 101, 101, 'SS', -1.000, 9.5000, -9.5000, 'EUR'),
        (16, '2026-01-07', 101, 101, 101, 'SS', 2.000, 1.0000, 3.0000, 'EUR')$$,
    'books resolved, converted, signed lines: 2 cases of 12 at 114.00 are 24 at 9.50');
SELECT results_eq('SELECT submission_line_no, quantity, reason_code FROM inventory_adjustment',
    $$VALUES (17, -2.000, 'scrap'::text)$$, 'and stock that left without a sale');
SELECT results_eq('SELECT reported_quantity, reported_uom, quantity FROM submission_line WHERE line_no = 2',
    $$VALUES ('2'::text, 'CA'::text, 24.0000000000000000)$$, 'as reported and as resolved stay side by side');
SELECT throws_ok('SELECT accept_submission((SELECT submission_id FROM submission))', 'ZD005', NULL, 'once');
SELECT throws_ok('SELECT reject_submission((SELECT submission_id FROM submission))', 'ZD005', NULL, 'and not rejected afterwards');
SELECT throws_ok('SELECT accept_submission(-1)', 'P0002', NULL, 'a submission that is not there');

-- The same bytes again; the same lines in other bytes; one more of the same.
SELECT results_eq($$SELECT is_repeat, submission_state FROM submit_report((SELECT document FROM csv), 'D', 'b.csv')$$,
    $$VALUES (true, 'accepted'::text)$$, 'the same bytes are the same submission');
SELECT results_eq($$SELECT lines_ready FROM submit_report((SELECT document || E'\n' FROM csv), 'D')$$,
    'VALUES (0)', 'the same lines in another document are not booked twice, the adjustment neither');
SELECT is((SELECT count(*) FROM finding WHERE code = 'DUP_LINE'), 7::bigint, 'they are duplicates');
SELECT lives_ok('SELECT reject_submission(max(submission_id)) FROM submission', 'a submission can be set aside');
SELECT is((SELECT sum(quantity) FROM sell_through), 33.000, 'nothing of it is booked: 10 + 24 + 1 - 3 - 1 + 2');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(E'Invoice,Line,Invoice Date,Part No,Qty,Unit Price\nI-1,1,2026-01-05,P-1,10,9.50\nI-1,1,2026-01-05,P-1,10,9.50\n', 'D')$$,
    'VALUES (1, 1)', 'of two equal lines one is already booked, the other is new');

-- X12.
CREATE FUNCTION pg_temp.x12(p_purpose text DEFAULT '00', p_usage text DEFAULT 'P', p_se text DEFAULT '13', p_control text DEFAULT '000000001') RETURNS text
LANGUAGE sql AS $$
    SELECT replace(concat(
        'ISA*00*          *00*          *ZZ*DDIST          *ZZ*VENDOR         *260205*0815*U*00401*', p_control, '*0*', p_usage, '*>|',
        'GS*PT*DDIST*VENDOR*20260205*0815*1*X*004010|',
        'ST*867*0001|BPT*', p_purpose, '*R1*20260205*02|CUR*DB*EUR|N1*DB*D*91*D|',
        'PTD*SS***DI*X-1|DTM*003*20260201|N1*ST*R*91*C1|QTY*32*5*EA|LIN**VP*P-1|UIT*EA*9.5*RS|AMT*1*47.5|CTT*1|SE*', p_se, '*0001|',
        'ST*867*0002|BPT*', p_purpose, '*R2*20260205*02|CUR*DB*EUR|N1*DB*D*91*D|',
        'PTD*SS***DI*X-2|DTM*003*20260202|N1*ST*R*91*C1|QTY*32*7*EA|LIN**VP*P-1|UIT*EA*9.5*RS|AMT*1*66.5|CTT*1|SE*13*0002|',
        'GE*2*1|IEA*1*', p_control, '|'), '|', '~')
$$;
SELECT results_eq($$SELECT distributor_code, lines_read, lines_ready, transactions_refused FROM submit_report(pg_temp.x12(p_usage => 'T'))$$,
    $$VALUES ('D'::text, 2, 0, 0)$$, 'test data is read and never ready');
SELECT is((SELECT count(*) FROM finding WHERE code = 'TEST_DATA' AND line_no IS NOT NULL), 2::bigint, 'because it is a test');
SELECT results_eq($$SELECT lines_ready FROM submit_report(pg_temp.x12(p_purpose => '07'))$$, 'VALUES (0)', 'a copy is not taken for an additional report');
SELECT is((SELECT count(*) FROM finding WHERE code = 'UNSUPPORTED_PURPOSE'), 2::bigint, 'because of its purpose');
SELECT results_eq($$SELECT lines_read, lines_ready, transactions_refused FROM submit_report(pg_temp.x12(p_se => '12'))$$,
    'VALUES (1, 1, 1)', 'a broken transaction is refused as a whole, its neighbour kept');
SELECT is((SELECT array_agg(code) FROM finding WHERE transaction_no = 1 AND line_no IS NULL AND severity = 'refuse'), '{SE_COUNT}', 'with its class');
SELECT is((SELECT array_agg(quantity) FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission)), '{7}'::numeric[], 'it is the second that is kept');
SELECT results_eq('SELECT submission_state FROM accept_submission((SELECT max(submission_id) FROM submission))', $$VALUES ('accepted'::text)$$, 'and booked');
SELECT results_eq($$SELECT lines_read, lines_ready, lines_refused FROM submit_report(pg_temp.x12())$$,
    'VALUES (2, 1, 1)', 'sent again without the error, only the missing line is new');
SELECT is((SELECT transmission_no FROM submission ORDER BY submission_id DESC LIMIT 1), '000000001', 'the sender''s number is noted');

-- What the envelope gets wrong takes all its lines with it, and no others.
SELECT results_eq($$SELECT lines_read, lines_ready, lines_refused FROM submit_report(replace(pg_temp.x12(p_control => '000000055'), 'IEA*1*000000055', 'IEA*1*000000056'))$$,
    'VALUES (2, 0, 2)', 'another control number at the end: nothing of the interchange is booked');
SELECT is((SELECT string_agg(DISTINCT value, ',') FROM finding WHERE code = 'ENVELOPE_REFUSED'), 'ICN_MISMATCH', 'and the reason is said');
SELECT results_eq($$SELECT lines_read, lines_ready FROM submit_report(left(pg_temp.x12(p_control => '000000057'), -18))$$,
    'VALUES (2, 0)', 'nor when its end is missing');
SELECT results_eq($$SELECT lines_read, lines_refused FROM submit_report(replace(pg_temp.x12(p_control => '000000058'), 'GE*2*1', 'GE*3*1') || replace(pg_temp.x12(p_control => '000000059'), 'X-', 'Y-'))$$,
    'VALUES (4, 2)', 'a wrong count in one interchange leaves the next one alone');

-- 852: stock as counted.
SELECT lives_ok($test$SELECT accept_submission(submission_id) FROM submit_report(replace(concat(
    'ISA*00*          *00*          *ZZ*DDIST          *ZZ*VENDOR         *260205*0815*U*00401*000000009*0*P*>|',
    'GS*PD*DDIST*VENDOR*20260205*0815*1*X*004010|ST*852*0001|XQ*H*20260131|N1*WH*N*92*NORTH|',
    'LIN**VP*P-1|ZA*OH*20*EA|ZA*QA*18*EA|ZA*QC*2*EA|ZA*QS*4*EA|LIN**VP*P-2|ZA*QA*3*EA|CTT*2|SE*12*0001|GE*1*1|IEA*1*000000009|'), '|', '~'))$test$, 'an 852 is read');
SELECT results_eq('SELECT warehouse_id, product_id, counted_on, count_kind, quantity FROM inventory_count ORDER BY product_id, count_kind',
    $$VALUES (102::bigint, 101::bigint, date '2026-01-31', 'committed'::text, 2.000), (102, 101, '2026-01-31', 'on_hand', 20.000), (102, 102, '2026-01-31', 'on_hand', 3.000)$$,
    'gross on hand counts before available; what is sold is not booked twice');

-- Who sent it, and what cannot be read.
SELECT throws_ok($$SELECT submit_report(replace(pg_temp.x12(), 'DDIST ', 'STRANG'))$$, 'ZD004', NULL, 'an unknown sender');
SELECT throws_ok($$SELECT submit_report(E'Invoice,Qty\n', 'NOBODY')$$, 'ZD004', NULL, 'an unknown distributor');
SELECT throws_ok($$SELECT submit_report('hello', 'D')$$, 'ZD006', NULL, 'text');
SELECT throws_ok($$SELECT submit_report('', 'D')$$, 'ZD006', NULL, 'an empty document');
SELECT throws_ok($$SELECT submit_report(NULL, 'D')$$, 'ZD006', NULL, 'no document');
SELECT results_eq($$SELECT submission_state, lines_read FROM submit_report(E'Invoice,Invoice Date,Part No,Qty\n', 'D')$$,
    $$VALUES ('rejected'::text, 0)$$, 'a heading without lines books nothing');
SELECT results_eq($$SELECT submission_state, lines_read FROM submit_report(left(pg_temp.x12(p_control => '000000077'), 150))$$,
    $$VALUES ('rejected'::text, 0)$$, 'a truncated interchange is kept and rejected');
SELECT is((SELECT sum(quantity) FROM sell_through WHERE product_id = 101), 39.000, 'in all: 32 of P-1 by CSV and 7 by X12');

SELECT * FROM finish();
ROLLBACK;
