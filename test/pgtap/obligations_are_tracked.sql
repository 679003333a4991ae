-- What a distributor owes and what became of it, on any day: expected, received,
-- validated, accepted, nil, late, missing. Grace is enforced.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(38);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default) VALUES (101, 'M', 'M', true);
INSERT INTO product (product_code, product_name, product_line) VALUES ('P-1', 'P one', 'a.b');
-- Due 5 days after the month, 3 days of grace: January is due on 5 February, in
-- grace until 8 February.
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, frequency, due_days, grace_days, valid_from, valid_to)
SELECT v.d, v.k, c.fiscal_calendar_id, v.f, v.due, v.grace, date '2026-01-01', v.until
FROM fiscal_calendar AS c, (VALUES (101, 'sell_through', 'month', 5, 3, NULL), (101, 'inventory', 'week', 2, 0, date '2026-01-31'), (102, 'sell_through', 'quarter', 10, 0, NULL)) AS v (d, k, f, due, grace, until)
WHERE c.calendar_code = 'gregorian';

SELECT is(generate_obligations('2026-01-01', '2026-06-30'), 12::bigint, 'six months, four weeks that lie in January, two quarters');
SELECT is(generate_obligations('2026-01-01', '2026-06-30'), 0::bigint, 'once');
SELECT results_eq($$SELECT period_starts_on, period_ends_on, due_on, grace_until FROM report_obligation WHERE distributor_id = 101 AND report_kind = 'sell_through' ORDER BY 1 LIMIT 2$$,
    $$VALUES (date '2026-01-01', date '2026-01-31', date '2026-02-05', date '2026-02-08'), ('2026-02-01', '2026-02-28', '2026-03-05', '2026-03-08')$$, 'months');
-- The calendar's weeks end on Saturday: 10, 17, 24 and 31 January; the one to the
-- 3rd begins before the schedule.
SELECT results_eq($$SELECT period_starts_on, period_ends_on, due_on FROM report_obligation WHERE report_kind = 'inventory' ORDER BY 1$$,
    $$VALUES (date '2026-01-04', date '2026-01-10', date '2026-01-12'), ('2026-01-11', '2026-01-17', '2026-01-19'), ('2026-01-18', '2026-01-24', '2026-01-26'), ('2026-01-25', '2026-01-31', '2026-02-02')$$, 'weeks');
SELECT throws_ok($$INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, valid_from) SELECT 101, 'sell_through', fiscal_calendar_id, '2026-05-01' FROM fiscal_calendar$$, '23P01', NULL, 'one schedule at a time');
SELECT throws_ok($$SELECT generate_obligations('2026-02-01', '2026-01-01')$$, '22023', NULL, 'a time that is none');

CREATE FUNCTION pg_temp.state(p_as_of date, p_period date DEFAULT '2026-01-01') RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', obligation_state, days_late)
    FROM obligation_states(p_as_of) WHERE distributor_id = 101 AND report_kind = 'sell_through' AND period_starts_on = p_period
$$;
SELECT is(pg_temp.state('2026-01-31'), 'expected 0', 'the month is not over');
SELECT is(pg_temp.state('2026-02-05'), 'expected 0', 'on the due date nothing is late');
SELECT is(pg_temp.state('2026-02-06'), 'late 1', 'on the next day it is');
SELECT is(pg_temp.state('2026-02-08'), 'late 3', 'in grace');
SELECT is(pg_temp.state('2026-02-09'), 'missing 4', 'and missing after it');
SELECT results_eq($$SELECT distributor_code, report_kind, obligation_state, count(*) FROM missing_reports('2026-02-08') GROUP BY 1, 2, 3 ORDER BY 2$$,
    $$VALUES ('D'::text, 'inventory'::text, 'missing'::text, 4::bigint), ('D', 'sell_through', 'late', 1)$$, 'the list of what is missing');

-- It comes in on 7 February, is judged, and accepted on the 10th.
SELECT lives_ok($$SELECT submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-1,1,sale,2026-01-15,P-1,3\nI-1,2,return,2025-12-15,P-1,1\n', 'D', 'jan')$$, 'January');
UPDATE submission SET received_at = '2026-02-07 12:00' WHERE file_name = 'jan';
SELECT is(pg_temp.state('2026-02-06'), 'late 1', 'the day before nothing was known');
SELECT is(pg_temp.state('2026-02-07'), 'validated 2', 'then it is judged, two days late');
SELECT is(pg_temp.state('2026-02-20'), 'validated 2', 'and stays so until somebody decides');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submission WHERE file_name = 'jan'$$, 'it is accepted');
UPDATE submission SET accepted_at = '2026-02-10 12:00' WHERE file_name = 'jan';
SELECT is(pg_temp.state('2026-02-09'), 'validated 2', 'the day before it was not');
SELECT is(pg_temp.state('2026-02-10'), 'accepted 2', 'then it is');
SELECT is(pg_temp.state('2026-12-31', '2026-02-01'), 'missing 301', 'February is not: a return of December, a sale of January');

-- Nil is an answer, a rejected report is none, a cancelled one is none either.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM report_nil('D', 'sell_through', '2026-02-01', '2026-02-28')$$, 'nothing was sold in February');
SELECT is((SELECT obligation_state FROM compliance_calendar WHERE distributor_id = 101 AND report_kind = 'sell_through' AND period_starts_on = '2026-02-01'), 'nil', 'which is a report');
SELECT results_eq($$SELECT is_repeat FROM report_nil('D', 'sell_through', '2026-02-01', '2026-02-28')$$, 'VALUES (true)', 'said once');
SELECT throws_ok($$SELECT report_nil('D', 'sell_through', NULL, '2026-02-28')$$, '22023', NULL, 'with a period');
SELECT throws_ok($$SELECT report_nil('X', 'sell_through', '2026-02-01', '2026-02-28')$$, 'P0002', NULL, 'by a distributor');
SELECT lives_ok($$SELECT reject_submission(submission_id) FROM submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-3,1,sale,2026-03-15,P-1,3\n', 'D', 'mar')$$, 'March is rejected');
SELECT is((SELECT obligation_state FROM compliance_calendar WHERE distributor_id = 101 AND report_kind = 'sell_through' AND period_starts_on = '2026-03-01'), CASE WHEN current_date > '2026-04-08' THEN 'missing' WHEN current_date > '2026-04-05' THEN 'late' ELSE 'expected' END, 'and still owed');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-1,1,sale,2026-01-15,P-1,3\n', 'D', 'cancel', 'cancel', '2026-01-01', '2026-01-31')$$, 'January is cancelled');
UPDATE submission SET accepted_at = '2026-03-01 12:00', received_at = '2026-03-01 12:00' WHERE file_name = 'cancel';
SELECT is(pg_temp.state('2026-02-28'), 'accepted 2', 'until then it was accepted');
SELECT is(pg_temp.state('2026-03-01'), 'missing 24', 'and then it is missing: 24 days after the 5th');

-- A report of which no line can be booked is an answer to nothing.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-9,1,sale,2026-03-13,NOPE,3\n', 'D', 'none', NULL, '2026-03-01', '2026-03-31')$$, 'March, of which nothing is known');
SELECT is(pg_temp.state('2026-12-31', '2026-03-01'), 'missing 270', 'is still owed');

-- A week of March is not March; the whole month is.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-4,1,sale,2026-03-03,P-1,3\n', 'D', 'week', NULL, '2026-03-01', '2026-03-07')$$, 'a week of March');
SELECT is(pg_temp.state('2026-12-31', '2026-03-01'), 'missing 270', 'is not March, which was due on 5 April');
SELECT lives_ok($$SELECT accept_submission(submission_id, p_release_reason => 'agreed') FROM submit_report(E'Invoice,Line,Type,Date,Part No,Qty\nI-5,1,sale,2026-03-13,P-1,3\n', 'D', 'month', NULL, '2026-03-01', '2026-03-31')$$, 'all of March');
SELECT is((SELECT obligation_state FROM obligation_states('9999-12-31') WHERE distributor_id = 101 AND report_kind = 'sell_through' AND period_starts_on = '2026-03-01'), 'accepted', 'is');

-- NULL is today; a calendar that ends is told.
SELECT results_eq('SELECT * FROM obligation_states(NULL) ORDER BY report_obligation_id', $$SELECT * FROM obligation_states((now() AT TIME ZONE 'UTC')::date) ORDER BY report_obligation_id$$, 'NULL is today');
INSERT INTO fiscal_calendar (calendar_code) VALUES ('new');
UPDATE report_schedule SET fiscal_calendar_id = (SELECT fiscal_calendar_id FROM fiscal_calendar WHERE calendar_code = 'new') WHERE distributor_id = 102;
SELECT throws_ok($$SELECT generate_obligations('2027-01-01', '2027-06-30')$$, 'P0002', NULL, 'a calendar without periods does not pass for a distributor that owes nothing');

SELECT * FROM finish();
ROLLBACK;
