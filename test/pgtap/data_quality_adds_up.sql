-- The data quality score: 100 = timeliness 25 + completeness 20 + validity 20 +
-- match 15 + reconciliation 15 + uniqueness 5, each part followed to its lines.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(32);

SELECT is((SELECT sum(weight) FROM data_quality_weight), 100.00, 'the weights are 100');

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR'), (102, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'M', 'M', true), (102, 102, 'M', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P-1', 'P one', 'a.b');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R', 'R');
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id) VALUES (101, 'id', 'C1', 101);
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, due_days, valid_from)
SELECT 101, k, fiscal_calendar_id, 5, '2026-01-01' FROM fiscal_calendar, unnest(ARRAY['sell_through', 'inventory']) AS k;
SELECT is(generate_obligations('2026-01-01', '2026-01-31'), 2::bigint, 'two reports are owed');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (101, '2026-01-02', 101, 101, '2026-01-02', 'V-1', 100, 5, 500, 'EUR');

-- Five sales: the first is whole; the second names no customer; the third an
-- unknown one, and no price; the fourth an unknown article; the fifth is the
-- first again, in another document. The sales come in time, the stock does not.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Customer ID\nI-1,1,2026-01-10,P-1,10,9,C1\nI-1,2,2026-01-11,P-1,5,9,\nI-1,3,2026-01-12,P-1,5,,C9\nI-1,4,2026-01-13,P-9,1,9,C1\n', 'D', 'sales')$$, 'sales');
SELECT lives_ok($$SELECT submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Customer ID\nI-1,1,2026-01-10,P-1,10,9,C1\n', 'D', 'again')$$, 'and one again');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Date,Part No,On Hand\n2026-01-31,P-1,72\n', 'D', 'stock')$$, 'stock');
UPDATE submission SET received_at = CASE file_name WHEN 'stock' THEN timestamptz '2026-02-06 12:00' ELSE '2026-02-05 12:00' END;

-- timeliness 1 of 2 = 50. completeness: 5 sales of 6 fields and a count of 3 = 33,
-- one customer and one price are missing: 31 of 33. validity: P-9 and the repeated
-- line are refused: 4 of 6. match: articles 5 of 6, customers 3 (C1 three times)
-- of 4 (C9 is not): 8 of 10. reconciliation: 100 − 20 = 80 calculated, 72 counted:
-- 72 of 80. uniqueness 5 of 6.
SELECT results_eq($$SELECT component, trim_scale(good_count), trim_scale(all_count) FROM data_quality_components('2026-01-01', '2026-01-31') WHERE distributor_id = 101 ORDER BY 1$$,
    $$VALUES ('completeness'::text, 31::numeric, 33::numeric), ('match', 8, 10), ('reconciliation', 72, 80), ('timeliness', 1, 2), ('uniqueness', 5, 6), ('validity', 4, 6)$$, 'the parts');
-- 25 × 0.5 + 20 × 31/33 + 20 × 4/6 + 15 × 0.8 + 15 × 0.9 + 5 × 5/6
--     = 12.5 + 18.7879 + 13.3333 + 12 + 13.5 + 4.1667 = 74.2879
SELECT results_eq($$SELECT distributor_code, round(score, 4), timeliness_score, match_score, reconciliation_score FROM data_quality('2026-01-01', '2026-01-31')$$,
    $$VALUES ('D'::text, 74.2879, 50::numeric, 80::numeric, 90::numeric)$$, 'the score; of whom nothing is known there is none');

-- Nothing was counted: the others are reweighted, (74.2879 − 13.5) ÷ 85 × 100; or
-- it counts nothing.
SELECT lives_ok($$SELECT mass_correct('D', '{"fact_table": "inventory_count"}', '{"quantity": null}', 'never counted')$$, 'without the count');
SELECT is((SELECT round(score, 2) FROM data_quality('2026-01-01', '2026-01-31')), 71.52, 'the rest is the whole');
UPDATE data_quality_weight SET missing_policy = 'zero' WHERE component = 'reconciliation';
SELECT is((SELECT round(score, 4) FROM data_quality('2026-01-01', '2026-01-31')), 60.7879, 'or the policy is zero');
SELECT is((SELECT timeliness_score FROM data_quality('2026-01-01', '2026-01-31', '2026-02-05')), 100::numeric, 'on 5 February one report has come, in time, and the other is not late');

-- What is sent back.
SELECT results_eq($$SELECT section, subject, result FROM data_quality_report('D', '2026-01-01', '2026-01-31') WHERE section <> '4 findings' AND subject <> 'match'$$,
    $$VALUES ('1 score'::text, 'data quality'::text, '60.8 of 100'::text), ('2 parts', 'timeliness', '50.0 % (1 of 2), weight 25'), ('2 parts', 'completeness', '93.9 % (31 of 33), weight 20'),
        ('2 parts', 'validity', '66.7 % (4 of 6), weight 20'), ('2 parts', 'reconciliation', 'nothing to judge it by'), ('2 parts', 'uniqueness', '83.3 % (5 of 6), weight 5'),
        ('3 reports', 'inventory, 2026-01-01 to 2026-01-31', 'accepted, due 2026-02-05, received 2026-02-06, 1 days late'), ('3 reports', 'sell_through, 2026-01-01 to 2026-01-31', 'accepted, due 2026-02-05, received 2026-02-05')$$,
    'the score, its parts, what was due');
SELECT results_eq($$SELECT subject, result FROM data_quality_report('D', '2026-01-01', '2026-01-31') WHERE section = '4 findings' AND result LIKE '%refuse%'$$,
    $$VALUES ('DUP_LINE: line was booked from an earlier report'::text, '1 × refuse, such as I-1 / 1 / P-1 / 10'::text), ('UNRESOLVED_PRODUCT: product is not known', '1 × refuse, such as P-9')$$, 'what was found');
SELECT is((SELECT count(*) FROM data_quality_report('D', '2026-01-01', '2026-01-31') WHERE section = '4 findings' AND remedy IS NULL), 0::bigint, 'each with a remedy');


-- A report of which no day can be read is one of the day it came, and counts.
UPDATE data_quality_weight SET missing_policy = 'exclude_and_reweight';
SELECT lives_ok($$SELECT submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Customer ID\nB-1,1,some day,P-1,10,9,C1\n', 'E', 'bad')$$, 'a report without a day');
UPDATE submission SET received_at = '2026-04-10 23:30+00' WHERE file_name = 'bad';
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT results_eq($$SELECT component, trim_scale(good_count), trim_scale(all_count) FROM data_quality_components('2026-04-01', '2026-04-30', '2026-04-10') WHERE distributor_id = 102 AND all_count IS NOT NULL ORDER BY 1$$,
    $$VALUES ('completeness'::text, 6::numeric, 6::numeric), ('match', 1, 2), ('uniqueness', 1, 1), ('validity', 0, 1)$$, 'is all refused, on the day in UTC');
SELECT is_empty($$SELECT component FROM data_quality_components('2026-04-01', '2026-04-30', '2026-04-09') WHERE distributor_id = 102 AND all_count IS NOT NULL$$, 'and was not there the day before');
-- 20 × 1 + 20 × 0 + 15 × 1/2 + 5 × 1 of 60 points: 32.5 ÷ 60
SELECT is((SELECT round(score, 4) FROM data_quality('2026-04-01', '2026-04-30') WHERE distributor_code = 'E'), 54.1667, 'its score');
SELECT results_eq($$SELECT subject FROM data_quality_report('E', '2026-04-01', '2026-04-30') WHERE section = '4 findings' AND result LIKE '%refuse%'$$,
    $$VALUES ('BAD_DATE: date is missing, ambiguous or does not exist'::text)$$, 'and what is sent back');
SET LOCAL TimeZone = 'UTC';

-- A line that is judged again counts once, as it was judged last, however often.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Customer ID\nJ-1,1,2026-05-10,P-1,10,9,C1\nJ-2,1,2026-05-10,P-7,1,9,C1\n', 'E', 'may')$$, 'May');
SELECT is((SELECT validity_score FROM data_quality('2026-05-01', '2026-05-31') WHERE distributor_code = 'E'), 50::numeric, 'one of two is refused');
SELECT lives_ok($$SELECT accept_submission((rejudge_submission(submission_id)).submission_id) FROM submission WHERE file_name = 'may'$$, 'judged again, and still unknown');
SELECT lives_ok($$SELECT rejudge_submission(max(submission_id)) FROM submission$$, 'and again');
SELECT results_eq($$SELECT component, trim_scale(good_count), trim_scale(all_count) FROM data_quality_components('2026-05-01', '2026-05-31') WHERE distributor_id = 102 AND component IN ('validity', 'uniqueness') ORDER BY 1$$,
    $$VALUES ('uniqueness'::text, 2::numeric, 2::numeric), ('validity', 1, 2)$$, 'it is one line, refused');
INSERT INTO product (product_code, product_name, product_line) VALUES ('P-7', 'P seven', 'a.b');
SELECT lives_ok($$SELECT rejudge_submission(max(submission_id)) FROM submission$$, 'known at last');
SELECT is((SELECT validity_score FROM data_quality('2026-05-01', '2026-05-31') WHERE distributor_code = 'E'), 100::numeric, 'it is right');

-- What was counted and cannot be there is a difference as well.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Date,Part No,On Hand\n2026-05-15,P-7,3\n', 'E', 'opening')$$, 'an opening stock');
SELECT is((SELECT reconciliation_score FROM data_quality('2026-05-01', '2026-05-31') WHERE distributor_code = 'E'), NULL, 'is nothing to judge by');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Date,Part No,Qty\nJ-3,2026-05-16,P-7,3\n', 'E', 'sold out'); SELECT accept_submission(submission_id) FROM submit_report(E'Date,Part No,On Hand\n2026-05-31,P-7,5\n', 'E', 'stock of May')$$, 'sold out, and stock that nobody delivered');
SELECT ok((SELECT bool_and(component_score BETWEEN 0 AND 100) AND count(*) FILTER (WHERE component = 'reconciliation' AND component_score = 0) = 1
    FROM data_quality_components('2026-05-01', '2026-05-31') WHERE distributor_id = 102), 'is no reconciliation; and every part is from 0 to 100');

-- What goes to a distributor says nothing of another one.
SELECT is_empty($$SELECT * FROM data_quality_report('D', '2026-01-01', '2026-12-31') AS r WHERE r::text ~ '(J-1|J-2|J-3|P-7|B-1|some day)'$$, 'D reads nothing of E');
SELECT is_empty($$SELECT * FROM data_quality_report('E', '2026-01-01', '2026-12-31') AS r WHERE r::text ~ '(I-1|P-9|C9)'$$, 'nor E of D');

SELECT * FROM finish();
ROLLBACK;
