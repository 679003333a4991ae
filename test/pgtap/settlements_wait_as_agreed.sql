-- What is due is paid when and how it was agreed: by itself or when it is claimed, from
-- the least amount on, overpayments netted, carried or waived, above a threshold with an
-- approval. Nothing that waits is lost.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(52);

CREATE ROLE distmgmt_payer;
CREATE ROLE distmgmt_boss;
GRANT USAGE ON SCHEMA channel, distmgmt TO distmgmt_payer, distmgmt_boss;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT 100 + n, 'D' || n, 'D' FROM generate_series(1, 6) AS n;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT 100 + n, 100 + n, 'W', 'W', true FROM generate_series(1, 6) AS n;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT 100 + n, 'A' || n, 'A', 100 + n FROM generate_series(1, 6) AS n;
-- 1 as it comes; 2 from 50 on; 3 when claimed; 4 carries, 5 waives overpayments; 6 as it comes, above the threshold.
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, settlement_minimum, settlement_mode, overpaid_mode)
SELECT 100 + n, 1, '2025-01-01', 'EUR', CASE n WHEN 2 THEN 50 END, CASE n WHEN 3 THEN 'claim' ELSE 'automatic' END, CASE n WHEN 4 THEN 'carry' WHEN 5 THEN 'waive' ELSE 'net' END
FROM generate_series(1, 6) AS n;
SELECT is((SELECT count(*) FROM generate_series(1, 6) AS n CROSS JOIN LATERAL activate_agreement('A' || n)), 6::bigint, 'agreements');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT 100 + n, 'P' || n, 'P', 100 + n FROM generate_series(1, 6) AS n;
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, valid_from, schedule)
SELECT 100 + n, 100 + n, 1, 'L', 'sell_in', c.fiscal_calendar_id, '2025-01-01', 'retroactive: 10% from 0' FROM generate_series(1, 6) AS n CROSS JOIN fiscal_calendar AS c WHERE c.calendar_code = 'gregorian';
UPDATE rebate_program SET program_state = 'active';
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_amount numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, 101, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, 'EUR')
$$;
CREATE FUNCTION pg_temp.settle(p_on date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(d.distributor_code || ' ' || trim_scale(x.amount), ', ' ORDER BY d.distributor_code)
    FROM (SELECT l.distributor_id, sum(l.amount) AS amount FROM settle_statements(p_on) AS l GROUP BY l.distributor_id) AS x
    JOIN distributor AS d USING (distributor_id)
$$;
CREATE FUNCTION pg_temp.held() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', d.distributor_code, trim_scale(m.amount), m.held_for), ', ' ORDER BY d.distributor_code)
    FROM settlement_proposal AS m JOIN distributor AS d USING (distributor_id)
$$;

-- First quarter of 2025: 300 each: 30.
SELECT pg_temp.ship(100 + n, '2025-02-01', 300) FROM generate_series(1, 5) AS n;
SELECT is((SELECT count(*) FROM issue_statements('2025-03-31')), 5::bigint, 'first quarter: 30 each');
SELECT is(pg_temp.held(), 'D1 30, D2 30 minimum, D4 30, D5 30', 'D3 has to claim, D2 has less than 50');
SELECT is(pg_temp.settle('2025-04-15'), 'D1 30, D4 30, D5 30', 'paid');
SELECT is(pg_temp.settle('2025-04-15'), NULL, 'once');
-- Second quarter: 400: 40 more. D2 has 70 now.
SELECT pg_temp.ship(100 + n, '2025-05-01', 400) FROM generate_series(1, 5) AS n;
SELECT is((SELECT count(*) FROM issue_statements('2025-06-30')), 5::bigint, 'second quarter: 40 each');
SELECT is(pg_temp.settle('2025-07-15'), 'D1 40, D2 70, D4 40, D5 40', 'what was too little is paid with the rest');
-- A claim over 50: 30 of the first quarter, 20 of the 40 of the second; then over 60: 20, and 40 are open.
SELECT is((SELECT (book_settlement('D3', 'claim', 'C-1', '2025-07-20', 50, 'EUR')).amount), 50.0000, 'D3 claims 50');
SELECT results_eq($$SELECT span_starts_on, trim_scale(amount) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'C-1'))$$, $$VALUES (date '2025-01-01', 30::numeric), ('2025-04-01', 20)$$, 'the oldest first');
SELECT is((SELECT due_state FROM rebate_due WHERE distributor_id = 103 AND span_starts_on = '2025-04-01'), 'partial', 'paid in part');
SELECT is((SELECT (book_settlement('D3', 'deduction', 'S-1', '2025-08-01', 60, 'EUR')).amount), 60.0000, 'and deducts 60');
SELECT results_eq($$SELECT trim_scale(amount) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-1'))$$, 'VALUES (20::numeric)', '20 of it were due');
SELECT lives_ok($$SELECT match_settlement(settlement_id, NULL, 25, 'denied', 'not earned'), match_settlement(settlement_id, NULL, 15, 'written_off', 'small') FROM settlement WHERE document_no = 'S-1'$$, '25 are denied, 15 written off');
SELECT results_eq($$SELECT trim_scale(matched_amount), trim_scale(denied_amount), trim_scale(written_off_amount), trim_scale(open_amount) FROM settlement_open WHERE document_no = 'S-1'$$, 'VALUES (20::numeric, 25::numeric, 15::numeric, 0::numeric)', 'a deduction that was split');

-- Returns of 500 in the second quarter: 400 - 500 is nothing, so the 40 paid are too much.
SELECT pg_temp.ship(100 + n, '2025-06-01', -500) FROM unnest('{1,4,5}'::integer[]) AS n;
SELECT is((SELECT sum(payable_amount) FROM issue_statements('2025-06-30')), -120.0000, '40 taken back from each');
SELECT is(pg_temp.held(), 'D1 -40, D4 -40 carried', 'D1 pays back, D4 later, D5 not at all');
SELECT is(pg_temp.settle('2025-09-01'), 'D1 -40', 'a negative memo');
-- Third quarter: 900: 90 each.
SELECT pg_temp.ship(100 + n, '2025-08-01', 900) FROM unnest('{1,4,5}'::integer[]) AS n;
SELECT is((SELECT sum(payable_amount) FROM issue_statements('2025-09-30')), 270.0000, 'third quarter: 90 each');
SELECT is(pg_temp.settle('2025-10-15'), 'D1 90, D4 50, D5 90', 'D4 has the 40 taken off');
SELECT is((SELECT sum(due_amount) FROM rebate_due WHERE distributor_id = 104), 0.0000, 'and is even');

-- Approvals: from 1,000 the boss. D6: 20,000: 2,000.
INSERT INTO approval_policy (subject_kind, policy_name, from_amount, currency_code, approver_role, valid_from) VALUES ('settlement', 'Much', 1000, 'EUR', 'distmgmt_boss', '2020-01-01'), ('write_off', 'Any', 0, 'EUR', 'distmgmt_boss', '2020-01-01');
GRANT ALL ON ALL TABLES IN SCHEMA channel TO distmgmt_payer, distmgmt_boss;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA channel TO distmgmt_payer, distmgmt_boss;
SELECT pg_temp.ship(106, '2025-08-01', 20000), pg_temp.ship(101, '2025-09-30', 100);
SELECT is((SELECT count(*) FROM issue_statements('2025-09-30')), 2::bigint, 'more');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT sum(l.amount) FROM settle_statements('2025-10-20', p_dry_run => true) AS l), 10.0000, 'a dry run pays the small one');
SELECT is((SELECT count(*) FROM approval_request), 0::bigint, 'and asks for nothing');
SELECT is((SELECT sum(l.amount) FROM settle_statements('2025-10-20') AS l), 10.0000, '10 are paid, 2,000 wait');
SELECT results_eq($$SELECT subject_key, trim_scale(amount), request_state, requested_by, distributor_id FROM approval_state$$,
    $$VALUES ((SELECT 'D6/credit_memo/' || document_no FROM settlement_proposal), 2000::numeric, 'waiting'::text, 'distmgmt_payer'::text, 106::bigint)$$, 'for an approval that was asked for');
SELECT is((SELECT count(*) FROM settle_statements('2025-10-20')), 0::bigint, 'they still wait');
SELECT is((SELECT count(*) FROM approval_request), 1::bigint, 'and are not asked for twice');
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state$$, 'ZD041', NULL, 'who pays does not approve');
-- Nor by another way.
SELECT throws_ok($$WITH s AS (INSERT INTO settlement (distributor_id, settlement_kind, document_no, settled_on, currency_code, amount) VALUES (106, 'credit_memo', 'BY-HAND', '2025-10-20', 'EUR', 2000) RETURNING *)
    INSERT INTO settlement_line (distributor_id, settlement_id, line_no, disposition, settled_on, amount, rebate_statement_id, program_line_id, span_starts_on, currency_code, posting_no)
    SELECT s.distributor_id, s.settlement_id, 1, 'matched', s.settled_on, 2000, d.rebate_statement_id, d.program_line_id, d.span_starts_on, 'EUR', 1 FROM s JOIN rebate_due AS d USING (distributor_id)$$,
    'ZD081', NULL, 'nor does he pay by hand');
RESET ROLE;
-- More comes in before it is approved: what was approved is not enough.
SET LOCAL ROLE distmgmt_boss;
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state), 'approved', 'the boss approves 2,000');
RESET ROLE;
SELECT pg_temp.ship(106, '2025-09-01', 5000);
SELECT is((SELECT sum(payable_amount) FROM issue_statements('2025-09-30')), 500.0000, 'meanwhile it is 2,500');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT count(*) FROM settle_statements('2025-10-21')), 0::bigint, 'which he did not approve');
SET LOCAL ROLE distmgmt_boss;
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state WHERE request_state = 'waiting'), 'approved', 'now he does');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT sum(amount) FROM settle_statements('2025-10-22')), 2500.0000, 'and it is paid');
RESET ROLE;
SELECT pg_temp.ship(106, '2025-09-02', 15000);
SELECT is((SELECT sum(payable_amount) FROM issue_statements('2025-09-30')), 1500.0000, 'more for the same quarter');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT count(*) FROM settle_statements('2025-10-23')), 0::bigint, 'is not covered by the approval that was used');

-- Claims and writing off.
SELECT is((SELECT (book_settlement('D6', 'deduction', 'S-2', '2025-10-24', 1400, 'EUR')).amount), 1400.0000, 'D6 deducts 1,400');
SELECT is((SELECT count(*) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-2'))), 0::bigint, 'matching it waits');
SELECT is((SELECT open_amount FROM settlement_open WHERE document_no = 'S-2'), 1400.0000, 'it stays open');
SELECT is((SELECT sum(amount) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-2'), NULL, 400, 'denied')), 400.0000, 'to deny needs nobody');
SELECT is((SELECT count(*) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-2'), NULL, 10, 'written_off')), 0::bigint, 'to write off does');
SELECT results_eq($$SELECT subject_kind, subject_key, trim_scale(amount) FROM approval_state WHERE request_state = 'waiting' AND subject_key LIKE 'D6/deduction/%' ORDER BY 1$$, $$VALUES ('settlement'::text, 'D6/deduction/S-2'::text, 1400::numeric), ('write_off', 'D6/deduction/S-2', 10)$$, 'both are asked for');
SELECT is((SELECT sum(amount) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-2'), NULL, 900)), 900.0000, 'less than the threshold is matched');
SELECT is((SELECT count(*) FROM match_settlement((SELECT settlement_id FROM settlement WHERE document_no = 'S-2'), NULL, 100)), 0::bigint, 'which counts for the whole document, not for each call');
RESET ROLE;

-- Postings wait likewise: D6 has earned 4,000 in the third quarter.
INSERT INTO approval_policy (subject_kind, policy_name, from_amount, currency_code, approver_role, valid_from) VALUES ('accrual', 'Much', 1000, 'EUR', 'distmgmt_boss', '2020-01-01');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT count(*) FROM accrue_rebates('2025-09-30') WHERE distributor_id = 106), 0::bigint, 'a large posting waits');
SELECT results_eq($$SELECT subject_key, trim_scale(amount), request_state FROM approval_state WHERE subject_kind = 'accrual'$$, $$VALUES ('D6/P6/1/2025-07-01/1'::text, 4000::numeric, 'waiting'::text)$$, 'and is asked for');
SELECT is((SELECT count(*) FROM accrue_rebates('2025-09-30')), 0::bigint, 'it still waits');
SET LOCAL ROLE distmgmt_boss;
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state WHERE subject_kind = 'accrual'), 'approved', 'it is approved');
SET LOCAL ROLE distmgmt_payer;
SELECT is((SELECT trim_scale(sum(delta_amount)) FROM accrue_rebates('2025-10-31')), 4000::numeric, 'and posted by the next run');
SELECT is((SELECT count(*) FROM accrue_rebates('2025-10-31')), 0::bigint, 'once');
RESET ROLE;

-- The liability ties, whatever waits: accrued less settled.
SELECT lives_ok($$SELECT accrue_rebates('2025-12-31')$$, 'accrued');
SELECT is_empty($$SELECT * FROM liability_between('2025-01-01', '2025-12-31') AS l WHERE l.opening_amount + l.accrued_amount - l.settled_amount <> l.closing_amount
    OR l.closing_amount <> (SELECT d.due_amount FROM rebate_due AS d WHERE d.distributor_id = l.distributor_id AND d.program_line_id = l.program_line_id AND d.span_starts_on = l.span_starts_on)$$, 'what is owed is what is due');

SELECT * FROM finish();
ROLLBACK;
