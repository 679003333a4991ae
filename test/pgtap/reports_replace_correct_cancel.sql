-- A report says what it does to earlier ones: it adds, replaces a period,
-- corrects lines, cancels, or says that nothing was sold. What it repeats stands,
-- what it changes is reversed and replaced, on the day of the activity.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(56);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO distributor_identifier VALUES ('sender', 'DDIST', 101);
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR'), (102, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'MAIN', 'M', true), (102, 102, 'MAIN', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P-1', 'P one', 'a.b'), (102, 'P-2', 'P two', 'a.c');

CREATE FUNCTION pg_temp.csv(VARIADIC p_rows text[]) RETURNS text
LANGUAGE sql AS $$ SELECT 'Invoice,Line,Type,Date,Part No,Qty,Price' || E'\n' || array_to_string(p_rows, E'\n') || E'\n' $$;
-- The last submission, accepted.
CREATE FUNCTION pg_temp.accept(p_reason text DEFAULT NULL) RETURNS submission_result
LANGUAGE sql AS $$ SELECT accept_submission(max(submission_id), p_release_reason => p_reason) FROM submission $$;
CREATE VIEW pg_temp.standing AS
    SELECT invoice_no, invoice_line, sold_on, product_id, trim_scale(quantity) AS quantity, trim_scale(unit_price) AS price
    FROM sell_through_as_of() WHERE distributor_id = 101 ORDER BY 1, 2, 3;

-- February, five lines; the fifth returns goods that were sold in January.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-1,1,sale,2026-02-02,P-1,10,5', 'I-1,2,sale,2026-02-02,P-2,4,7', 'I-2,1,sale,2026-02-10,P-1,6,5', 'I-3,1,sale,2026-02-20,P-2,1,7', 'I-0,1,return,2026-01-15,P-1,2,5'), 'D', 'feb')$$, 'February');
SELECT results_eq('SELECT submission_mode, lines_ready FROM pg_temp.accept()', $$VALUES ('original'::text, 5)$$, 'is a report like any other');

-- The distributor sends the month again with two lines changed: I-1/2 is 5, not
-- 4; I-2/1 at 6, not 5.
CREATE TEMP TABLE again AS SELECT pg_temp.csv('I-1,1,sale,2026-02-02,P-1,10,5', 'I-1,2,sale,2026-02-02,P-2,5,7', 'I-2,1,sale,2026-02-10,P-1,6,6', 'I-3,1,sale,2026-02-20,P-2,1,7', 'I-0,1,return,2026-01-15,P-1,2,5') AS document;
SELECT results_eq($$SELECT submission_mode, is_held, lines_ready, lines_unchanged, facts_taken_back, submission_id FROM submit_report((SELECT document FROM again), 'D', 'feb2', 'replace', '2026-02-01', '2026-02-28', p_dry_run => true)$$,
    $$VALUES ('replace'::text, false, 5, 3, 2, NULL::bigint)$$, 'a dry run says that two lines change');
SELECT results_eq($$SELECT submission_mode, is_held, lines_ready, lines_unchanged, facts_taken_back FROM submit_report((SELECT document FROM again), 'D', 'feb2', 'replace', '2026-02-01', '2026-02-28')$$,
    $$VALUES ('replace'::text, false, 5, 3, 2)$$, 'the real thing says the same');
SELECT results_eq($$SELECT p.action, p.line_no FROM submission AS s, submission_plan(s.distributor_id, s.submission_id) AS p WHERE file_name = 'feb2' ORDER BY 2$$,
    $$VALUES ('keep'::text, 1), ('change', 2), ('change', 3), ('keep', 4), ('keep', 5)$$, 'and the plan says which');
SELECT results_eq('SELECT lines_unchanged, facts_taken_back, lines_ready FROM accept_submission((SELECT max(submission_id) FROM submission), p_dry_run => true)', 'VALUES (3, 2, 5)', 'acceptance can be tried');
SELECT is((SELECT count(*) FROM sell_through), 5::bigint, 'without booking');
SELECT results_eq('SELECT lines_unchanged, facts_taken_back, lines_ready FROM pg_temp.accept()', 'VALUES (3, 2, 5)', 'it is accepted');
SELECT results_eq('SELECT * FROM pg_temp.standing',
    $$VALUES ('I-0'::text, '1'::text, date '2026-01-15', 101::bigint, -2::numeric, 5::numeric), ('I-1', '1', '2026-02-02', 101, 10, 5), ('I-1', '2', '2026-02-02', 102, 5, 7),
        ('I-2', '1', '2026-02-10', 101, 6, 6), ('I-3', '1', '2026-02-20', 102, 1, 7)$$, 'what stands is the second report');
SELECT results_eq($$SELECT entry_kind, invoice_no, sold_on, corrects_sold_on, trim_scale(quantity), trim_scale(amount), submission_line_no FROM sell_through WHERE entry_kind <> 'original' ORDER BY entry_kind DESC, invoice_no$$,
    $$VALUES ('reversal'::text, 'I-1'::text, date '2026-02-02', date '2026-02-02', -4::numeric, -28::numeric, 2), ('reversal', 'I-2', '2026-02-10', '2026-02-10', -6, -30, 3),
        ('replacement', 'I-1', '2026-02-02', '2026-02-02', 5, 35, 2), ('replacement', 'I-2', '2026-02-10', '2026-02-10', 6, 36, 3)$$,
    'two reversals and two replacements, on their own days');
SELECT is((SELECT sum(amount) FROM sell_through), 50 + 35 + 36 + 7 - 10.0000, 'the sum over all rows is that of the second report');
SELECT is((SELECT string_agg(line_state, ' ' ORDER BY line_no) FROM submission_line AS l JOIN submission AS s USING (distributor_id, submission_id) WHERE file_name = 'feb2'), 'unchanged ready ready unchanged unchanged', 'each line tells');
SELECT is((SELECT booked_qty FROM submission WHERE file_name = 'feb2'), 1.000, 'it added 1 unit net');
SELECT results_eq($$SELECT is_repeat FROM submit_report((SELECT document FROM again), 'D', 'x', 'replace', '2026-02-01', '2026-02-28')$$, 'VALUES (true)', 'sent twice it is one submission');
SELECT results_eq($$SELECT is_repeat, lines_refused FROM submit_report((SELECT document FROM again), 'D', 'x')$$, 'VALUES (false, 5)', 'in another mode it is another: as an additional report it is full of duplicates');
SELECT results_eq($$SELECT lines_unchanged, facts_taken_back FROM submit_report((SELECT document || E'\n' FROM again), 'D', 'y', 'replace', '2026-02-01', '2026-02-28')$$, 'VALUES (5, 0)', 'replaced by itself nothing changes');

-- A line that is left out is taken back, one that is new is booked. One that
-- is refused would be lost, so that the report is held.
SELECT results_eq($$SELECT is_held, lines_ready, lines_unchanged, facts_taken_back FROM submit_report(pg_temp.csv('I-1,1,sale,2026-02-02,P-1,10,5', 'I-1,2,sale,2026-02-02,P-9,5,7', 'I-4,1,sale,2026-02-25,P-1,3,5'), 'D', 'feb3', 'replace', '2026-02-01', '2026-02-28')$$,
    'VALUES (true, 2, 1, 4)', 'a replacing report with a refused line is held');
SELECT is((SELECT code FROM finding WHERE severity = 'hold' ORDER BY finding_no DESC LIMIT 1), 'PARTIAL_REFUSAL', 'because what is refused would be lost');
SELECT throws_ok('SELECT pg_temp.accept()', 'ZD044', NULL, 'and not accepted');
SELECT throws_ok($$SELECT pg_temp.accept(' ')$$, 'ZD044', NULL, 'without a reason');
SELECT results_eq($$SELECT lines_ready, facts_taken_back FROM pg_temp.accept('P-9 is another vendor''s')$$, 'VALUES (2, 4)', 'with a reason it is');
SELECT results_eq('SELECT invoice_no, quantity FROM pg_temp.standing', $$VALUES ('I-1'::text, 10::numeric), ('I-4', 3)$$, 'left are the line that stayed and the new one');
SELECT is((SELECT release_reason FROM submission WHERE file_name = 'feb3'), 'P-9 is another vendor''s', 'the reason is kept');

-- The period that is replaced is stated, or owed; it is never guessed.
SELECT results_eq($$SELECT is_held FROM submit_report(pg_temp.csv('I-1,1,sale,2026-02-02,P-1,11,5'), 'D', 'feb4', 'replace')$$, 'VALUES (true)', 'without a period it is held');
SELECT is((SELECT array_agg(code ORDER BY code) FROM finding AS f JOIN submission AS s USING (submission_id) WHERE file_name = 'feb4' AND severity = 'hold'), '{PERIOD_MISSING}', 'for want of a period');
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, valid_from) SELECT 101, 'sell_through', fiscal_calendar_id, '2026-01-01' FROM fiscal_calendar WHERE calendar_code = 'gregorian';
SELECT is(generate_obligations('2026-01-01', '2026-12-31'), 12::bigint, 'with a schedule');
SELECT results_eq($$SELECT is_held, facts_taken_back FROM submit_report(pg_temp.csv('I-1,1,sale,2026-02-02,P-1,12,5'), 'D', 'feb5', 'replace')$$, 'VALUES (false, 2)', 'it is the period that is owed');
SELECT results_eq($$SELECT period_starts_on, period_ends_on FROM submission WHERE file_name = 'feb5'$$, $$VALUES (date '2026-02-01', date '2026-02-28')$$, 'February');

-- Keyed corrections: by invoice and line, by invoice and article; 0 takes back.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-5,1,sale,2026-03-02,P-1,1,5', 'I-5,2,sale,2026-03-02,P-2,2,7', 'I-6,,sale,2026-03-03,P-1,3,5', 'I-7,,sale,2026-03-04,P-2,4,7'), 'D', 'mar') $$, 'March');
SELECT lives_ok('SELECT pg_temp.accept()', 'is booked');
SELECT results_eq($$SELECT submission_mode, lines_ready, lines_unchanged, facts_taken_back FROM submit_report(pg_temp.csv('I-5,1,sale,2026-03-02,P-2,1,7', 'I-6,,sale,2026-03-05,P-1,3,5', 'I-7,,sale,2026-03-04,P-2,0,7', 'I-5,2,sale,2026-03-02,P-2,2,7'), 'D', 'mar2', 'correct')$$,
    $$VALUES ('correct'::text, 4, 1, 3)$$, 'a correction of another article, of a day, of a line that never was');
SELECT lives_ok('SELECT pg_temp.accept()', 'is booked');
SELECT results_eq($$SELECT * FROM pg_temp.standing WHERE invoice_no > 'I-4'$$,
    $$VALUES ('I-5'::text, '1'::text, date '2026-03-02', 102::bigint, 1::numeric, 7::numeric), ('I-5', '2', '2026-03-02', 102, 2, 7), ('I-6', NULL, '2026-03-05', 101, 3, 5)$$, 'and stands');
SELECT results_eq($$SELECT entry_kind, sold_on, corrects_sold_on FROM sell_through WHERE invoice_no = 'I-6' ORDER BY sell_through_id$$,
    $$VALUES ('original'::text, date '2026-03-03', NULL::date), ('reversal', '2026-03-03', '2026-03-03'), ('replacement', '2026-03-05', '2026-03-03')$$, 'a reversal keeps its day, the replacement has the right one');
SELECT results_eq($$SELECT is_held FROM submit_report(pg_temp.csv('I-99,1,sale,2026-03-02,P-2,1,7'), 'D', 'mar3', 'correct')$$, 'VALUES (true)', 'what corrects nothing is held');

-- X12 says it with the purpose.
CREATE FUNCTION pg_temp.x12(p_purpose text, p_report text, p_previous text, p_control text, p_quantity text, p_period text DEFAULT '') RETURNS text
LANGUAGE sql AS $$
    SELECT replace(concat(
        'ISA*00*          *00*          *ZZ*DDIST          *ZZ*VENDOR         *260205*0815*U*00401*', p_control, '*0*P*>|',
        'GS*PT*DDIST*VENDOR*20260205*0815*1*X*004010|',
        'ST*867*0001|BPT*', p_purpose, '*', p_report, '*20260405*02', CASE WHEN p_previous <> '' THEN '*****' || p_previous END, '|CUR*DB*EUR|', p_period, 'N1*DB*D*91*D|',
        'PTD*SS***DI*X-1|DTM*003*20260401|QTY*32*', p_quantity, '*EA|LIN**VP*P-1|UIT*EA*5*RS|CTT*1|SE*', 11 + CASE WHEN p_period <> '' THEN 2 ELSE 0 END, '*0001|',
        'GE*1*1|IEA*1*', p_control, '|'), '|', '~')
$$;
SELECT results_eq($$SELECT submission_mode, lines_ready FROM submit_report(pg_temp.x12('00', 'R1', '', '000000001', '5'))$$, $$VALUES ('original'::text, 1)$$, '00 is an original');
SELECT lives_ok('SELECT pg_temp.accept()', 'it is booked');
SELECT results_eq($$SELECT submission_mode, facts_taken_back, lines_refused FROM submit_report(pg_temp.x12('05', 'R2', 'R1', '000000002', '6'))$$, $$VALUES ('replace'::text, 1, 0)$$, '05 replaces the report that it names');
SELECT lives_ok('SELECT pg_temp.accept()', 'it is booked');
SELECT is((SELECT quantity FROM pg_temp.standing WHERE invoice_no = 'X-1'), 6::numeric, 'and stands');
SELECT results_eq($$SELECT submission_mode, is_held FROM submit_report(pg_temp.x12('05', 'R2', 'R77', '000000003', '6'))$$, $$VALUES ('replace'::text, true)$$, 'one that was never received is held');
SELECT results_eq($$SELECT submission_mode, lines_ready, facts_taken_back FROM submit_report(pg_temp.x12('04', 'R3', '', '000000004', '7'))$$, $$VALUES ('correct'::text, 1, 1)$$, '04 changes the lines that it lists');
SELECT results_eq($$SELECT submission_mode, lines_ready, facts_taken_back FROM submit_report(pg_temp.x12('03', 'R3', '', '000000005', '6'))$$, $$VALUES ('correct'::text, 1, 1)$$, '03 deletes them');
SELECT results_eq($$SELECT submission_mode, lines_ready, facts_taken_back FROM submit_report(pg_temp.x12('01', 'R2', '', '000000006', '6'))$$, $$VALUES ('cancel'::text, 0, 1)$$, '01 cancels the report');
SELECT lives_ok('SELECT pg_temp.accept()', 'it is booked');
SELECT is((SELECT count(*) FROM pg_temp.standing WHERE invoice_no = 'X-1'), 0::bigint, 'nothing of it stands');
SELECT results_eq($$SELECT submission_mode, lines_ready FROM submit_report(pg_temp.x12('02', 'R4', '', '000000007', '8'))$$, $$VALUES ('append'::text, 1)$$, '02 adds');

-- What 00 means is a policy of the profile.
UPDATE report_profile SET mode_policy = 'snapshot_per_period' WHERE distributor_id = 101;
SELECT results_eq($$SELECT submission_mode, is_held FROM submit_report(pg_temp.x12('00', 'R5', '', '000000008', '9', 'DTM*090*20260401|DTM*091*20260430|'))$$, $$VALUES ('replace'::text, false)$$, 'snapshots replace their period');
UPDATE report_profile SET mode_policy = 'purpose_code' WHERE distributor_id = 101;
SELECT results_eq($$SELECT submission_mode, is_held FROM submit_report(pg_temp.x12('00', 'R1', '', '000000009', '9'))$$, $$VALUES ('original'::text, true)$$, 'where purposes are used, a report number that was booked is held');
SELECT is((SELECT code FROM finding WHERE severity = 'hold' ORDER BY finding_no DESC LIMIT 1), 'DUP_REPORT', 'as a suspected resend');

-- Nil is a report, too.
SELECT results_eq($$SELECT submission_mode, submission_state, is_held FROM submit_report(E'Invoice,Line,Date,Part No,Qty\n', 'E', 'nil', p_period_starts_on => '2026-05-01', p_period_ends_on => '2026-05-31')$$, $$VALUES ('nil'::text, 'validated'::text, false)$$, 'a heading without rows, with a period, says that nothing was sold');
SELECT results_eq($$SELECT submission_state FROM pg_temp.accept()$$, $$VALUES ('accepted'::text)$$, 'it is accepted');
SELECT results_eq($$SELECT submission_state, is_repeat FROM submit_report(E'Invoice,Line,Date,Part No,Qty\n', 'E', 'nil', p_period_starts_on => '2026-06-01', p_period_ends_on => '2026-06-30')$$, $$VALUES ('validated'::text, false)$$, 'the same bytes for the next month are another report');
SELECT results_eq($$SELECT is_held FROM report_nil('D', 'sell_through', '2026-03-01', '2026-03-31')$$, 'VALUES (true)', 'nil for a month with sales is held');
SELECT throws_ok($$SELECT submit_report(pg_temp.csv('x'), 'D', p_mode => 'overwrite')$$, '22023', NULL, 'a mode that is none');
SELECT throws_ok($$SELECT submit_report(pg_temp.csv('x'), 'D', p_period_starts_on => '2026-01-01')$$, '22023', NULL, 'half a period');

SELECT * FROM finish();
ROLLBACK;
