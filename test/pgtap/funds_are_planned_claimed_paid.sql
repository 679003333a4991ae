-- Funds: a co-op fund accrues from net purchases, an activity is planned,
-- approved, committed, claimed with proof and paid; what is not used expires,
-- oldest vintage first. Numbers by hand.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(58);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a.b'), (2, 'Q', 'Q', 'c');
INSERT INTO fund (fund_id, distributor_id, fund_code, fund_name, fund_kind, currency_code, accrual_rate, product_line, fiscal_calendar_id, vendor_rate,
    plan_due_days, claim_due_days, valid_days, valid_from)
SELECT 1, 1, 'COOP', 'Co-op', 'coop', 'EUR', 0.02, 'a'::ltree, fiscal_calendar_id, 0.5, 30, 30, 90, date '2026-01-01' FROM fiscal_calendar
UNION ALL
SELECT 2, 1, 'MDF', 'Market development', 'mdf', 'EUR', NULL::numeric, NULL::ltree, fiscal_calendar_id, 1, NULL::integer, NULL::integer, 90, date '2026-01-01' FROM fiscal_calendar;

-- accrue: 40,000 x 2 % = 800; a return of 5,000 brings it to 700; product Q is not eligible.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-01-10', 1, 1, '2026-01-10', 'I-1', 400, 100, 40000, 'EUR'),
    (1, '2026-01-10', 1, 2, '2026-01-10', 'I-2', 100, 100, 10000, 'EUR');
SELECT results_eq($$SELECT entry_kind, amount, vintage_on, expires_on FROM accrue_funds('2026-01-31', p_dry_run => true)$$,
    $$VALUES ('accrue', 800.0000, date '2026-01-01', date '2026-06-29')$$, '40,000 x 2 %');
SELECT is_empty('SELECT * FROM fund_entry', 'a dry run enters nothing');
SELECT is((SELECT amount FROM accrue_funds('2026-01-31', 'k1')), 800.0000, 'accrued');
SELECT is((SELECT amount FROM accrue_funds('2026-01-31', 'k1')), 800.0000, 'the same key returns the same entry');
SELECT is((SELECT count(*) FROM fund_entry), 1::bigint, 'and enters nothing');
SELECT is_empty($$SELECT * FROM accrue_funds('2026-01-31')$$, 'nothing is left to accrue');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-02-10', 1, 1, '2026-02-10', 'R-1', -50, 100, -5000, 'EUR');
SELECT is((SELECT amount FROM accrue_funds('2026-03-31')), -100.0000, 'a return takes 100 back');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-04-15', 1, 1, '2026-04-15', 'I-3', 100, 100, 10000, 'EUR');
SELECT results_eq($$SELECT amount, vintage_on, expires_on FROM accrue_funds('2026-04-30')$$, $$VALUES (200.0000, date '2026-04-01', date '2026-09-28')$$, 'the second quarter is a vintage of its own');
SELECT is((SELECT available_amount FROM fund_balance WHERE fund_code = 'COOP'), 900.0000, '700 + 200');

-- plan: due 30 days after the span begins, 31 January.
SELECT throws_ok($$SELECT * FROM plan_fund_activities('[{"fund": "COOP", "plan_no": "A-1", "activity": "Fair", "starts_on": "2026-03-01", "cost": 1000}]', '2026-02-01')$$,
    'ZD123', NULL, 'too late');
SELECT is((request_fund_extension('COOP', '2026-02-01', 'plan', '2026-02-15', 'new staff', 'ann')).extension_state, 'waiting', 'more time is asked for');
SELECT throws_ok($$SELECT decide_fund_extension((SELECT max(fund_extension_id) FROM fund_extension), p_by => 'ann')$$, 'ZD121', NULL, 'not granted by the one who asks');
SELECT is((SELECT plan_due_on FROM fund_deadline WHERE fund_code = 'COOP' AND span_starts_on = '2026-01-01'), date '2026-01-31', 'until then the old deadline holds');
SELECT is((decide_fund_extension((SELECT max(fund_extension_id) FROM fund_extension), p_by => 'bob')).extension_state, 'granted', 'bob grants it');
SELECT is((SELECT plan_due_on FROM fund_deadline WHERE fund_code = 'COOP' AND span_starts_on = '2026-01-01'), date '2026-02-15', 'the new deadline holds');
SELECT results_eq($$SELECT plan_no, requested_amount, ends_on FROM plan_fund_activities('[{"fund": "COOP", "plan_no": "A-1", "activity": "Fair", "starts_on": "2026-03-01", "cost": 1000}]', '2026-02-01', 'k2')$$,
    $$VALUES ('A-1', 500.0000, date '2026-03-01')$$, 'half of the cost is asked for');
SELECT is((SELECT count(*) FROM plan_fund_activities('[{"fund": "COOP", "plan_no": "A-1", "activity": "Fair", "starts_on": "2026-03-01", "cost": 1000}]', '2026-02-01', 'k2')), 1::bigint, 'the key again');
SELECT is((SELECT available_amount FROM fund_balance WHERE fund_code = 'COOP'), 900.0000, 'a plan takes nothing');
SELECT throws_ok($$SELECT * FROM commit_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-02-02')$$, 'ZD122', NULL, 'what is not approved cannot be committed');
SELECT throws_ok($$SELECT * FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-02-02')$$, 'ZD121', NULL, 'not approved by the one who planned');
SELECT is((SELECT amount FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-02-02', p_by => 'boss')), 500.0000, 'approved');
SELECT throws_ok($$SELECT * FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-02-02', p_by => 'boss')$$, 'ZD122', NULL, 'once');
SELECT is((SELECT amount FROM commit_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-02-03')), 500.0000, 'committed');
SELECT is((SELECT available_amount FROM fund_balance WHERE fund_code = 'COOP'), 400.0000, '900 - 500');
SELECT results_eq($$SELECT vintage_on, used_amount, remaining_amount FROM fund_vintage WHERE fund_id = 1 ORDER BY 1$$,
    $$VALUES (date '2026-01-01', 500.0000, 200.0000), ('2026-04-01', 0.0000, 200.0000)$$, 'the oldest vintage is taken first');

-- claim: due 30 April; without proof it waits.
SELECT throws_ok($$SELECT * FROM claim_funds('[{"fund": "COOP", "plan_no": "A-1", "claim_no": "C-1", "spent": 900}]', '2026-05-01')$$, 'ZD123', NULL, 'after the deadline');
SELECT throws_ok($$SELECT * FROM claim_funds('[{"fund": "COOP", "plan_no": "A-1", "claim_no": "C-1", "spent": 900}]', '2026-02-28')$$, 'ZD123', NULL, 'before the activity');
SELECT throws_ok($$SELECT * FROM claim_funds('[{"fund": "COOP", "plan_no": "A-9", "claim_no": "C-1", "spent": 900}]', '2026-04-01')$$, 'ZD122', NULL, 'without a plan');
SELECT is((SELECT claimed_amount FROM claim_funds('[{"fund": "COOP", "plan_no": "A-1", "claim_no": "C-1", "spent": 900}]', '2026-04-25', 'k3')), 900.0000, 'claimed');
SELECT is((SELECT claim_state FROM claim_state), 'pended', 'it waits for its proof');
SELECT throws_ok($$SELECT * FROM pay_fund_claims('2026-05-01', ARRAY(SELECT claim_id FROM claim))$$, 'ZD124', NULL, 'without proof nothing is paid');
SELECT is((add_fund_proof((SELECT claim_id FROM claim), 'invoice', 'INV-77')).proof_no, 1, 'proof of execution');
SELECT results_eq($$SELECT assessed_amount, claim_state FROM claim_state$$, $$VALUES (450.0000, 'proposed')$$, 'min(900 x 0.5, 500, 400 + 500)');
SELECT is_empty($$SELECT * FROM pay_fund_claims('2026-05-01')$$, 'nothing is paid before it is approved');
SELECT throws_ok($$SELECT * FROM decide_claims(ARRAY(SELECT claim_id FROM claim))$$, 'ZD121', NULL, 'not by the one who entered it');
SELECT is((SELECT is_approved FROM decide_claims(ARRAY(SELECT claim_id FROM claim), p_by => 'boss')), true, 'approved');
SELECT results_eq($$SELECT entry_kind, amount FROM pay_fund_claims('2026-05-01', p_idempotency_key => 'k4')$$, $$VALUES ('release', 450.0000), ('pay', 450.0000)$$, 'paid out of what was promised');
SELECT is((SELECT count(*) FROM pay_fund_claims('2026-05-01', p_idempotency_key => 'k4')), 2::bigint, 'the key again');
SELECT is_empty($$SELECT * FROM pay_fund_claims('2026-05-01')$$, 'once');
SELECT is_empty($$SELECT * FROM post_claims('2026-05-01')$$, 'and not by the other way');
SELECT results_eq($$SELECT committed_amount, paid_amount, available_amount FROM fund_balance WHERE fund_code = 'COOP'$$, $$VALUES (50.0000, 450.0000, 400.0000)$$, '900 - 450 - 50');
SELECT results_eq($$SELECT amount FROM settle_claims('2026-05-10')$$, 'VALUES (450.0000)', 'settled');
SELECT results_eq($$SELECT settlement_kind, amount, open_amount FROM settlement_open$$, $$VALUES ('credit_memo', 450.0000, 0.0000)$$, 'by a credit memo');
SELECT is((SELECT claim_state FROM claim_state), 'settled', 'the claim is settled');
SELECT results_eq($$SELECT opening_amount, posted_amount, settled_amount, closing_amount FROM claim_liability$$, $$VALUES (0.0000, 450.0000, 450.0000, 0.0000)$$, 'and nothing is owed');

-- expiry: 200 of the first quarter are left after 29 June; 50 that are released
-- later belong to it and expire too.
SELECT results_eq($$SELECT warning, due_on, days_left, amount FROM fund_warnings('2026-06-15', 30)$$, $$VALUES ('expires', date '2026-06-29', 14, 200.0000)$$, 'a warning two weeks ahead');
SELECT is_empty($$SELECT * FROM expire_funds('2026-06-29')$$, 'not on its last day');
SELECT results_eq($$SELECT amount, vintage_on FROM expire_funds('2026-06-30')$$, $$VALUES (200.0000, date '2026-01-01')$$, 'the day after');
SELECT is((SELECT amount FROM release_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan), '2026-07-02')), 50.0000, 'the rest of the plan is released');
SELECT is((SELECT amount FROM expire_funds('2026-07-02')), 50.0000, 'and has expired meanwhile');
SELECT is((SELECT available_amount FROM fund_balance WHERE fund_code = 'COOP'), 200.0000, 'what is left is of the second quarter');

-- the other limits of a reimbursement: what was approved, and what is available.
SELECT is((SELECT count(*) FROM allocate_funds('[{"fund": "MDF", "amount": 300, "allocated_on": "2026-07-01"}]')), 1::bigint, 'allocated');
SELECT is((SELECT count(*) FROM plan_fund_activities('[{"fund": "MDF", "plan_no": "B-1", "activity": "Web", "starts_on": "2026-07-10", "cost": 150},
    {"fund": "MDF", "plan_no": "B-2", "activity": "Print", "starts_on": "2026-07-10", "cost": 500}]', '2026-07-02')), 2::bigint, 'two plans');
SELECT is((SELECT sum(amount) FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan WHERE plan_no = 'B-1'), '2026-07-03', 100, p_by => 'boss')), 100.0000, 'less is approved than requested');
SELECT is((SELECT sum(amount) FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan WHERE plan_no = 'B-2'), '2026-07-03', p_by => 'boss')), 500.0000, 'more is approved than there is');
SELECT throws_ok($$SELECT * FROM commit_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan WHERE plan_no IN ('B-1', 'B-2')), '2026-07-04')$$, 'ZD120', NULL, 'it cannot be committed');
SELECT results_eq($$WITH c AS (SELECT claim_id FROM claim_funds('[{"fund": "MDF", "plan_no": "B-1", "claim_no": "C-2", "spent": 150, "proofs": [{"kind": "invoice", "reference": "1"}]},
        {"fund": "MDF", "plan_no": "B-2", "claim_no": "C-3", "spent": 500, "proofs": [{"kind": "invoice", "reference": "2"}]}]', '2026-07-20'))
    SELECT count(*) FROM c$$, 'VALUES (2::bigint)', 'both are claimed');
SELECT results_eq($$SELECT claim_no, assessed_amount FROM claim_state WHERE claim_state = 'proposed' ORDER BY 1$$, $$VALUES ('C-2', 100.0000), ('C-3', 300.0000)$$, 'min(150, 100, 300); min(500, 500, 300)');

SELECT * FROM finish();
ROLLBACK;
