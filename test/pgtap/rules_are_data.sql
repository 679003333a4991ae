-- What is looked for in a report is data: severity, numbers, on or off, for all
-- or for one distributor; a finding per line and rule, with its remedy.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(86);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO distributor_identifier VALUES ('sender', 'DDIST', 101);
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR'), (102, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'MAIN', 'M', true), (102, 102, 'MAIN', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P-1', 'P one', 'a.b'), (102, 'P-2', 'P two', 'a.c');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (101, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (101, 101, '2025-01-01', 10);

CREATE FUNCTION pg_temp.csv(VARIADIC p_rows text[]) RETURNS text
LANGUAGE sql AS $$ SELECT 'Invoice,Line,Type,Date,Part No,Qty,Price,Amount' || E'\n' || array_to_string(p_rows, E'\n') || E'\n' $$;
CREATE FUNCTION pg_temp.accept(p_reason text DEFAULT NULL) RETURNS submission_result
LANGUAGE sql AS $$ SELECT accept_submission(max(submission_id), p_release_reason => p_reason) FROM submission $$;
-- Findings of the last submission, those about unknown customers left out.
CREATE FUNCTION pg_temp.findings() RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', line_no, severity, code), ', ' ORDER BY line_no NULLS FIRST, code)
    FROM finding WHERE submission_id = (SELECT max(submission_id) FROM submission) AND code <> 'UNRESOLVED_PARTY'
$$;
CREATE FUNCTION pg_temp.value_of(p_code text) RETURNS text
LANGUAGE sql AS $$ SELECT value FROM finding WHERE submission_id = (SELECT max(submission_id) FROM submission) AND code = p_code ORDER BY line_no LIMIT 1 $$;

SELECT is((SELECT count(*) FROM validation_rule WHERE message = '' OR remedy = ''), 0::bigint, 'every rule has words and a remedy');
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (101, 'PRICE_BAND', '{"low": 1}')$$, 'ZD042', NULL, 'a parameter that the rule does not know');
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (101, 'PRICE_BAND', '{"low_pct": "1"}')$$, 'ZD042', NULL, 'a parameter that is no number');
SELECT throws_ok($$UPDATE validation_rule SET parameters = '{"low_percent": 1}' WHERE rule_code = 'PRICE_BAND'$$, 'ZD042', NULL, 'nor in the rule itself');

-- One finding per line and rule, however often it is broken.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-1,1,sale,2026-01-05,P-1,x,y,z'), 'D', p_dry_run => false)$$, 'a line in which nothing is a number');
SELECT is(pg_temp.findings(), '1 refuse BAD_NUMBER', 'has one finding for it');
SELECT is(pg_temp.value_of('BAD_NUMBER'), 'x / y / z', 'with the values');

-- Price band: 50 % to 200 % of the list price of 10; no list price, no finding.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-1,1,sale,2026-01-05,P-1,1,4.99,', 'I-1,2,sale,2026-01-05,P-1,1,5,', 'I-1,3,sale,2026-01-05,P-1,1,20,', 'I-1,4,sale,2026-01-05,P-1,1,20.01,', 'I-1,5,sale,2026-01-05,P-2,1,999,'), 'D')$$, 'prices');
SELECT is(pg_temp.findings(), '1 warn PRICE_BAND, 4 warn PRICE_BAND', 'outside of the band are noted');
INSERT INTO validation_rule_override (distributor_id, rule_code, severity, parameters) VALUES (101, 'PRICE_BAND', 'refuse', '{"low_pct": 60}');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-2,1,sale,2026-01-05,P-1,1,5,', 'I-2,2,sale,2026-01-05,P-1,1,20,'), 'D')$$, 'one distributor');
SELECT is(pg_temp.findings(), '1 refuse PRICE_BAND', 'can have another band and another severity');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-2,1,sale,2026-01-05,P-1,1,5,'), 'E')$$, 'the others');
SELECT is(pg_temp.findings(), NULL, 'keep theirs');
UPDATE validation_rule_override SET is_enabled = false;
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-2,1,sale,2026-01-05,P-1,1,1,'), 'D')$$, 'or none');
SELECT is(pg_temp.findings(), NULL, 'nothing is found');

-- Period: sales outside of it; returns may be older. Future by a parameter.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-3,1,sale,2026-01-31,P-1,1,10,', 'I-3,2,sale,2026-02-01,P-1,1,10,', 'I-3,3,return,2025-12-01,P-1,1,10,'), 'D', p_period_starts_on => '2026-01-01', p_period_ends_on => '2026-01-31')$$, 'a stated period');
SELECT is(pg_temp.findings(), '2 warn PERIOD_OUTSIDE', 'holds for sales');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv(format('I-4,1,sale,%s,P-1,1,10,', current_date + 2)), 'D')$$, 'the day after tomorrow');
SELECT is(pg_temp.findings(), '1 refuse FUTURE_DATE', 'is too early to tell');
UPDATE validation_rule SET parameters = '{"days": 2}' WHERE rule_code = 'FUTURE_DATE';
SELECT lives_ok($$SELECT submit_report(pg_temp.csv(format('I-4,1,sale,%s,P-1,1,10.00,', current_date + 2)), 'D')$$, 'unless two days');
SELECT is(pg_temp.findings(), NULL, 'are allowed');

-- Control totals: 2 lines; 10 − 3 = 7 units; 100 − 30 = 70.
CREATE TEMP TABLE totals AS SELECT pg_temp.csv('I-5,1,sale,2026-01-10,P-1,10,10,100', 'I-5,2,return,2026-01-10,P-1,3,10,30') AS document;
SELECT results_eq($$SELECT is_held FROM submit_report((SELECT document FROM totals), 'D', p_declared_lines => 2, p_declared_qty => 7, p_declared_amount => 70, p_dry_run => true)$$, 'VALUES (false)', 'totals that are right');
SELECT results_eq($$SELECT is_held FROM submit_report((SELECT document FROM totals), 'D', p_declared_lines => 3, p_declared_qty => 13, p_declared_amount => 70.01)$$, 'VALUES (true)', 'totals that are wrong hold the report');
SELECT is(pg_temp.value_of('CONTROL_TOTAL'), 'lines 2, declared 3, quantity 7, declared 13.000', 'and are told; a cent is within the tolerance');

-- The ladder of duplicates: bytes, transmission, line, nearly the same, days.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-6,1,sale,2026-02-10,P-1,10,10,', 'I-6,2,sale,2026-02-11,P-1,4,10,'), 'D', 'feb')$$, 'February');
SELECT lives_ok('SELECT pg_temp.accept()', 'is booked');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-6,1,sale,2026-02-10,P-1,10,10,', 'I-6,2,sale,2026-02-12,P-1,4,10,', 'I-7,1,sale,2026-02-10,P-1,10,10,'), 'D', 'feb2')$$, 'February in other bytes');
SELECT is(pg_temp.findings(), 'warn OVERLAP, 1 refuse DUP_LINE, 2 warn NEAR_DUPLICATE', 'one is booked, one has another day, one is another invoice');
UPDATE validation_rule SET parameters = '{"days": 0}' WHERE rule_code = 'NEAR_DUPLICATE';
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-6,1,sale,2026-02-10,P-1,10,11,', 'I-6,2,sale,2026-02-12,P-1,4,10,'), 'D', 'feb3', 'append')$$, 'of the same day alone');
SELECT is(pg_temp.findings(), '1 warn NEAR_DUPLICATE', 'the one with another price is alike');
SELECT is(pg_temp.value_of('NEAR_DUPLICATE'), 'I-6 / 1 / P-1 / 2026-02-10 at 11, booked on 2026-02-10 at 10', 'and both are told');
SELECT lives_ok($$SELECT reverse_line('D', 'sell_through', sold_on, sell_through_id, 'never was') FROM sell_through WHERE invoice_line = '1' AND invoice_no = 'I-6'$$, 'a line that was taken back');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-6,1,sale,2026-02-10,P-1,10,10,'), 'D', 'feb4', 'append')$$, 'can be reported');
SELECT is(pg_temp.findings(), NULL, 'again');

-- Partial acceptance: the line, its transaction, the document.
CREATE FUNCTION pg_temp.x12(p_control text, p_part text) RETURNS text
LANGUAGE sql AS $$
    SELECT replace(concat(
        'ISA*00*          *00*          *ZZ*DDIST          *ZZ*VENDOR         *260205*0815*U*00401*', p_control, '*0*P*>|',
        'GS*PT*DDIST*VENDOR*20260205*0815*1*X*004010|',
        'ST*867*0001|BPT*00*R1*20260205*02|N1*DB*D*91*D|PTD*SS***DI*X-1|DTM*003*20260301|',
        'QTY*32*5*EA|LIN**VP*P-1|UIT*EA*10*RS|REF*SE*S-1|REF*SE*S-2|QTY*32*1*EA|LIN**VP*', p_part, '|UIT*EA*10*RS|CTT*2|SE*15*0001|',
        'ST*867*0002|BPT*00*R2*20260205*02|N1*DB*D*91*D|PTD*SS***DI*X-2|DTM*003*20260302|QTY*32*7*EA|LIN**VP*P-1|UIT*EA*10*RS|CTT*1|SE*10*0002|',
        'GE*2*1|IEA*1*', p_control, '|'), '|', '~')
$$;
SELECT results_eq($$SELECT lines_read, lines_ready, is_held FROM submit_report(pg_temp.x12('000000001', 'P-9'))$$, 'VALUES (3, 2, false)', 'a refused line is refused alone');
UPDATE report_profile SET partial_acceptance = 'transaction' WHERE distributor_id = 101;
SELECT results_eq($$SELECT lines_read, lines_ready, is_held FROM submit_report(pg_temp.x12('000000002', 'P-9'))$$, 'VALUES (3, 1, false)', 'or takes its transaction along');
SELECT is(pg_temp.findings(), '1 refuse PARTIAL_REFUSAL, 2 refuse UNRESOLVED_PRODUCT', 'which is told');
UPDATE report_profile SET partial_acceptance = 'document' WHERE distributor_id = 101;
SELECT results_eq($$SELECT lines_read, lines_ready, is_held FROM submit_report(pg_temp.x12('000000003', 'P-9'))$$, 'VALUES (3, 2, true)', 'or everything');

-- Transmission number, serial numbers.
SELECT lives_ok($$SELECT submit_report(pg_temp.x12('000000004', 'P-2'))$$, 'a transmission');
SELECT lives_ok('SELECT pg_temp.accept()', 'is booked');
SELECT lives_ok($$SELECT submit_report(replace(replace(pg_temp.x12('000000004', 'P-2'), 'X-1', 'X-3'), 'X-2', 'X-4'))$$, 'another one with its number');
SELECT is(pg_temp.findings(), 'hold DUP_TRANSMISSION, warn OVERLAP, 1 warn SERIAL_REPEATED', 'is held; and its serial numbers were sold before');
SELECT is(pg_temp.value_of('SERIAL_REPEATED'), 'S-1, S-2', 'those');

-- Stock: E has 10, gets 5 in the month; 12 and 4 more are sold.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (102, '2026-01-05', 102, 101, '2026-01-05', 'V-1', 10, 5, 50, 'EUR'), (102, '2026-02-05', 102, 101, '2026-02-05', 'V-2', 5, 5, 25, 'EUR');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-8,1,sale,2026-02-03,P-1,12,10,', 'I-8,2,sale,2026-02-20,P-1,4,10,', 'I-8,3,sale,2026-02-20,P-2,4,10,'), 'E')$$, 'more than there was');
SELECT is(pg_temp.findings(), '2 warn BEYOND_STOCK', 'is noted where the stock is known');
SELECT is(pg_temp.value_of('BEYOND_STOCK'), '16 sold in the report so far, 15 in stock', 'with the numbers');

-- Volume: three months of 31, 28 and 31 units are one a day; April is 30.
SELECT lives_ok($$SELECT accept_submission(r.submission_id)
    FROM (VALUES (1, 31), (2, 28), (3, 31)) AS m (month, quantity),
        submit_report(pg_temp.csv(format('V-%s,1,sale,2025-0%s-05,P-2,%s,10,', month, month, quantity)), 'E', NULL, 'original',
            make_date(2025, month, 1), (make_date(2025, month, 1) + interval '1 month - 1 day')::date) AS r$$, 'three months');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('V-4,1,sale,2025-04-05,P-2,34.5,10,'), 'E', NULL, 'original', '2025-04-01', '2025-04-30')$$, '15 % more');
SELECT is(pg_temp.findings(), NULL, 'is within the tolerance');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('V-4,1,sale,2025-04-05,P-2,34.51,10,'), 'E', NULL, 'original', '2025-04-01', '2025-04-30')$$, 'a little more');
SELECT is(pg_temp.value_of('VOLUME_OUTLIER'), '34.51 base units, 30 by the months before', 'is not');


-- Parameters are whole where they count, in range, and none is ever lost.
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (102, 'FUTURE_DATE', '{"days": 1.5}')$$, 'ZD042', NULL, 'no half day');
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (102, 'FUTURE_DATE', '{"days": 1e12}')$$, 'ZD042', NULL, 'nor more than a date can hold');
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (102, 'AMOUNT_MISMATCH', '{"amount": -1}')$$, 'ZD042', NULL, 'nor below zero');
SELECT throws_ok($$UPDATE validation_rule SET parameters = '{"low_pct": 50}' WHERE rule_code = 'PRICE_BAND'$$, 'ZD042', NULL, 'a rule keeps all its parameters');
SELECT throws_ok($$UPDATE validation_rule SET parameters = '{}' WHERE rule_code = 'PRICE_BAND'$$, 'ZD042', NULL, 'or it would be silent');
SELECT lives_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES (102, 'CONTROL_TOTAL', '{"amount": 0.5}')$$, 'an override may have some of them');

-- What is no fact without it cannot be weakened, neither here nor for one.
SELECT throws_ok(format($$INSERT INTO validation_rule_override (distributor_id, rule_code, is_enabled) VALUES (102, %L, false)$$, rule_code), 'ZD042', NULL, rule_code || ' is essential')
FROM validation_rule WHERE is_essential ORDER BY rule_code;
SELECT throws_ok($$INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (102, 'BAD_DATE', 'hold')$$, 'ZD042', NULL, 'nor may it hold instead');
SELECT throws_ok($$UPDATE validation_rule SET severity = 'warn' WHERE rule_code = 'BAD_DATE'$$, 'ZD042', NULL, 'for all');

-- Any rule may refuse: one of lines across files the line, one of the document
-- the document.
INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (102, 'NEAR_DUPLICATE', 'refuse'), (102, 'BEYOND_STOCK', 'refuse'), (102, 'OVERLAP', 'refuse');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('N-1,1,sale,2026-05-05,P-2,1,10,'), 'E')$$, 'a sale');
SELECT results_eq($$SELECT lines_ready, lines_refused, submission_state FROM submit_report(pg_temp.csv('N-1,1,sale,2026-05-05,P-2,1,11,'), 'E', p_mode => 'append')$$, $$VALUES (0, 1, 'validated'::text)$$, 'that is like another one is refused');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.csv('N-2,1,sale,2026-06-05,P-1,15,10,', 'N-2,2,sale,2026-06-06,P-1,1,10,'), 'E')$$, 'VALUES (1, 1)', 'and so is what was not in stock');
SELECT results_eq($$SELECT lines_ready, lines_refused, submission_state, is_held FROM submit_report(pg_temp.csv('N-3,1,sale,2026-05-05,P-2,1,10,'), 'E')$$, $$VALUES (0, 1, 'rejected'::text, false)$$, 'days that were reported before refuse the report');
SELECT throws_ok('SELECT pg_temp.accept()', 'ZD005', NULL, 'which cannot be accepted');
INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (101, 'CONTROL_TOTAL', 'refuse');
SELECT results_eq($$SELECT submission_state, lines_ready FROM submit_report(pg_temp.csv('N-4,1,sale,2026-07-05,P-2,1,10,'), 'D', p_declared_lines => 2)$$, $$VALUES ('rejected'::text, 0)$$, 'and so do totals');
UPDATE validation_rule_override SET severity = NULL WHERE rule_code = 'CONTROL_TOTAL';
SELECT results_eq($$SELECT submission_state, is_held, lines_ready FROM rejudge_submission((SELECT max(submission_id) FROM submission))$$, $$VALUES ('validated'::text, true, 1)$$, 'until the rule is another one');

-- A document that counts as a whole is held by a duplicate as well, also by one
-- that only the acceptance finds.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('W-1,1,sale,2026-08-05,P-2,1,10,'), 'D')$$, 'booked');
SELECT results_eq($$SELECT lines_ready, lines_refused, is_held FROM submit_report(pg_temp.csv('W-1,1,sale,2026-08-05,P-2,1,10.0,', 'W-1,2,sale,2026-08-05,P-2,1,10,'), 'D', 'one')$$, 'VALUES (1, 1, true)', 'one line is booked already');
SELECT results_eq($$SELECT is_held FROM submit_report(pg_temp.csv('W-2,1,sale,2026-08-05,P-2,1,10,', 'W-2,2,sale,2026-08-05,P-2,1,10,'), 'D', 'two')$$, 'VALUES (false)', 'no line is');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('W-2,1,sale,2026-08-05,P-2,1,10,'), 'D', 'three')$$, 'one is now');
SELECT throws_ok($$SELECT accept_submission(submission_id) FROM submission WHERE file_name = 'two'$$, 'ZD044', NULL, 'and holds the rest');


-- A report that replaces may sell what the one before had sold: E has 10 and 5.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('S-1,1,sale,2026-02-05,P-1,12,10,'), 'E', NULL, 'original', '2026-02-01', '2026-02-28')$$, '12 of 15 are sold');
SELECT results_eq($$SELECT lines_ready, is_held FROM submit_report(pg_temp.csv('S-1,1,sale,2026-02-05,P-1,15,10,'), 'E', NULL, 'replace', '2026-02-01', '2026-02-28', p_dry_run => true)$$, 'VALUES (1, false)', '15 instead');
SELECT results_eq($$SELECT lines_ready, lines_refused, is_held FROM submit_report(pg_temp.csv('S-1,1,sale,2026-02-05,P-1,16,10,'), 'E', NULL, 'replace', '2026-02-01', '2026-02-28')$$, 'VALUES (0, 1, true)', 'not 16; and what is refused would be lost');
SELECT is(pg_temp.value_of('BEYOND_STOCK'), '16 sold in the report so far, 15 in stock', 'with the numbers');

-- One month that was replaced and corrected twice is no history of three.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('H-1,1,sale,2024-01-05,P-2,31,10,'), 'D', NULL, 'original', '2024-01-01', '2024-01-31')$$, 'one month');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('H-1,1,sale,2024-01-05,P-2,30,10,'), 'D', NULL, 'replace', '2024-01-01', '2024-01-31')$$, 'replaced');
SELECT lives_ok($$SELECT mass_correct('D', '{"invoice_no": "H-1"}', jsonb_build_object('quantity', n), 'counted') FROM generate_series(32, 33) AS n$$, 'and corrected');
SELECT results_eq($$SELECT findings FROM submit_report(pg_temp.csv('H-2,1,sale,2024-02-05,P-2,900,10,'), 'D', NULL, 'original', '2024-02-01', '2024-02-29')$$, 'VALUES (1)', 'nothing but the customer is found');

SELECT * FROM finish();
ROLLBACK;
