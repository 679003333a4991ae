-- What comes in for a closed period posts in the first open one and keeps its
-- day; closed is closed until somebody else approves.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(22);

CREATE ROLE distmgmt_second;
GRANT USAGE ON SCHEMA channel, distmgmt TO distmgmt_second;
GRANT ALL ON ALL TABLES IN SCHEMA channel TO distmgmt_second;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA channel TO distmgmt_second;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default) VALUES (101, 'M', 'M', true);
INSERT INTO product (product_code, product_name, product_line) VALUES ('P-1', 'P one', 'a.b');

SELECT is(posting_date('2026-01-15'), date '2026-01-15', 'an open period takes its own activity');
SELECT results_eq($$SELECT to_state, change_state FROM close_period('gregorian', 2026, 1, 'month end', 'soft_closed')$$, $$VALUES ('soft_closed'::text, 'effective'::text)$$, 'January is closed softly');
SELECT results_eq($$SELECT to_state FROM close_period('gregorian', 2026, 1, 'month end')$$, $$VALUES ('closed'::text)$$, 'and for good');
SELECT lives_ok($$SELECT close_period('gregorian', 2026, 2, 'month end')$$, 'so is February');
SELECT throws_ok($$SELECT close_period('gregorian', 2026, 1, 'again')$$, 'ZD040', NULL, 'once');
SELECT throws_ok($$SELECT close_period('gregorian', 2026, 3, '')$$, '23514', NULL, 'with a reason');
SELECT throws_ok($$SELECT close_period('gregorian', 2026, 3, 'x', 'open')$$, '22023', NULL, 'to a state that is closed');
SELECT throws_ok($$SELECT close_period('gregorian', 2026, 13, 'x')$$, 'P0002', NULL, 'a period that is there');
SELECT throws_ok($$UPDATE fiscal_period SET period_state = 'open' WHERE fiscal_year = 2026 AND fiscal_period = 1$$, 'ZD040', NULL, 'not by hand');

SELECT is(posting_date('2026-01-15'), date '2026-03-01', 'what is late for January posts in March');
SELECT is(posting_date('2026-01-15', now() - interval '1 hour'), date '2026-01-15', 'what was known before posted in January');
SELECT is(posting_date('2026-03-09'), date '2026-03-09', 'March posts in March');

SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,Qty\nI-1,1,2026-01-15,P-1,3\n', 'D')$$, 'a late report for January is accepted');
SELECT results_eq('SELECT sold_on, posting_date(sold_on, recorded_at) FROM sell_through', $$VALUES (date '2026-01-15', date '2026-03-01')$$, 'keeps its day, posts in March');
SELECT is((SELECT recorded_at > now() FROM sell_through), true, 'it is known since the closing, though its transaction began before');

SELECT throws_ok($$SELECT reopen_period('gregorian', 2026, 3, 'x')$$, 'ZD040', NULL, 'an open period is not reopened');
SELECT results_eq($$SELECT change_state FROM reopen_period('gregorian', 2026, 1, 'audit')$$, $$VALUES ('waiting'::text)$$, 'a reopening waits');
SELECT throws_ok('SELECT decide_reopening(max(period_change_id)) FROM period_change', 'ZD041', NULL, 'who asks does not approve');
SET LOCAL ROLE distmgmt_second;
SELECT results_eq('SELECT change_state, to_state FROM decide_reopening((SELECT max(period_change_id) FROM period_change))', $$VALUES ('effective'::text, 'open'::text)$$, 'somebody else does');
RESET ROLE;
SELECT is(posting_date('2026-01-15', clock_timestamp()), date '2026-01-15', 'January takes its own again');
SELECT results_eq('SELECT posting_date(sold_on, recorded_at) FROM sell_through', $$VALUES (date '2026-03-01')$$, 'what was posted in March stays there');
SELECT throws_ok('SELECT decide_reopening(max(period_change_id)) FROM period_change', 'ZD040', NULL, 'decided is decided');

SELECT * FROM finish();
ROLLBACK;
