-- Who asks does not approve: by role, whatever is inserted; steps, numbers,
-- delegation and expiry are the database's affair.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(60);

CREATE ROLE distmgmt_clerk;
CREATE ROLE distmgmt_anna;
CREATE ROLE distmgmt_bert;
CREATE ROLE distmgmt_carl;
CREATE ROLE distmgmt_managers;
CREATE ROLE distmgmt_directors;
GRANT distmgmt_managers TO distmgmt_anna, distmgmt_bert;
GRANT distmgmt_directors TO distmgmt_carl;
CREATE ROLE distmgmt_staff;
GRANT distmgmt_staff TO distmgmt_clerk, distmgmt_anna, distmgmt_bert, distmgmt_carl;
GRANT USAGE ON SCHEMA channel, distmgmt TO distmgmt_staff;
GRANT ALL ON ALL TABLES IN SCHEMA channel TO distmgmt_staff;
GRANT ALL ON ALL SEQUENCES IN SCHEMA channel TO distmgmt_staff;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA channel TO distmgmt_staff;

-- From 1,000 EUR a manager; from 10,000 two managers' worth of steps: a manager,
-- then a director. From 30 % off a director, whatever the amount.
INSERT INTO approval_policy (approval_policy_id, subject_kind, policy_name, step_no, from_amount, currency_code, from_discount_rate, approver_role, approvals_needed, expires_after, valid_from) VALUES
    (1, 'claim', 'Manager', 1, 1000, 'EUR', NULL, 'distmgmt_managers', 1, '30 days', '2020-01-01'),
    (2, 'claim', 'Director', 2, 10000, 'EUR', NULL, 'distmgmt_directors', 1, '10 days', '2020-01-01'),
    (3, 'special_price', 'Depth', 1, NULL, NULL, 0.3, 'distmgmt_directors', 1, NULL, '2020-01-01'),
    (4, 'fund', 'Two managers', 1, 100, 'EUR', NULL, 'distmgmt_managers', 2, NULL, '2020-01-01'),
    (5, 'quick', 'Soon over', 1, NULL, NULL, NULL, 'distmgmt_managers', 1, '1 microsecond', '2020-01-01'),
    (6, 'lost', 'Nobody', 1, NULL, NULL, NULL, 'distmgmt_no_such_role', 1, NULL, '2020-01-01'),
    (7, 'old', 'Ended', 1, NULL, NULL, NULL, 'distmgmt_managers', 1, NULL, '2020-01-01'),
    (8, 'login', 'Other login', 1, NULL, NULL, NULL, 'distmgmt_managers', 1, NULL, '2020-01-01');
UPDATE approval_policy SET valid_to = '2020-12-31' WHERE approval_policy_id = 7;
UPDATE approval_policy SET needs_other_login = true WHERE approval_policy_id = 8;
INSERT INTO fx_rate (rate_type, from_currency, to_currency, valid_on, rate) VALUES ('day_close', 'USD', 'EUR', '2020-01-01', 0.5);

-- Thresholds.
SELECT ok(NOT approval_is_needed('claim', 999.99, 'EUR'), 'below the threshold none is needed');
SELECT ok(approval_is_needed('claim', 1000, 'EUR'), 'at it there is');
SELECT ok(approval_is_needed('claim', -1000, 'EUR'), 'what is taken back counts as what is given');
SELECT ok(NOT approval_is_needed('claim', 1999, 'USD'), '1,999 dollars are 999.50 euros');
SELECT ok(approval_is_needed('claim', 2000, 'USD'), '2,000 are 1,000');
SELECT throws_ok($$SELECT approval_is_needed('claim', 1, 'JPY')$$, 'ZD007', NULL, 'no rate, no guess');
SELECT ok(approval_is_needed('claim'), 'an amount that is not known may be any');
SELECT ok(NOT approval_is_needed('special_price', NULL, NULL, 0.29) AND approval_is_needed('special_price', NULL, NULL, 0.3), 'by discount');
SELECT ok(NOT approval_is_needed('old'), 'a policy that has ended asks for nothing');
SELECT results_eq($$SELECT request_state, approvals_needed::integer FROM request_approval('claim', 'small', 10, 'EUR')$$, $$VALUES ('approved'::text, 0)$$, 'what needs nobody is approved at once');
SELECT throws_ok($$SELECT require_approval('claim', 'C-1', 5000, 'EUR')$$, 'ZD081', NULL, 'what needs somebody may not be done');

-- The clerk asks.
SET LOCAL ROLE distmgmt_clerk;
SELECT results_eq($$SELECT request_state, approvals_needed::integer, requested_by, expires_at - requested_at FROM request_approval('claim', 'C-1', 5000, 'EUR', p_reason => 'January')$$,
    $$VALUES ('waiting'::text, 1, 'distmgmt_clerk'::text, interval '30 days')$$, 'a claim over 5,000 waits for a manager, for 30 days');
SELECT is((SELECT request_no FROM request_approval('claim', 'C-1', 5000, 'EUR')), 1, 'asked again it is the same request');
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'C-1'$$, 'ZD041', NULL, 'who asks does not approve');
SELECT throws_ok($$INSERT INTO approval_decision (approval_request_id, decision_no, decision, approval_policy_id, requested_by, decided_by, approver)
    SELECT approval_request_id, 1, 'approve', 1, 'somebody', 'distmgmt_anna', 'distmgmt_anna' FROM approval_state WHERE subject_key = 'C-1'$$,
    'ZD041', NULL, 'nor by writing another name');
SELECT throws_ok($$INSERT INTO approval_decision (approval_request_id, decision_no, decision, approval_policy_id, requested_by)
    SELECT approval_request_id, 1, 'approve', 1, 'distmgmt_anna' FROM approval_state WHERE subject_key = 'C-1'$$, 'ZD041', NULL, 'whoever is said to have asked');
SET LOCAL ROLE distmgmt_carl;
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'C-1'$$, '42501', NULL, 'a director is no manager');
SELECT results_eq($$SELECT decider FROM approval_pending WHERE subject_key = 'C-1' ORDER BY decider$$, $$VALUES ('distmgmt_anna'::text), ('distmgmt_bert')$$, 'it is on the desk of both managers');
SET LOCAL ROLE distmgmt_anna;
SELECT results_eq($$SELECT s.request_state, s.approvals_given::integer FROM approval_state AS a CROSS JOIN LATERAL decide_approval(a.approval_request_id, true, 'fine') AS s WHERE a.subject_key = 'C-1'$$,
    $$VALUES ('approved'::text, 1)$$, 'a manager approves');
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'C-1'$$, 'ZD080', NULL, 'once');
SELECT is_empty($$SELECT * FROM approval_pending WHERE subject_key = 'C-1'$$, 'it is off the desks');
SELECT lives_ok($$SELECT require_approval('claim', 'C-1', 5000, 'EUR'), require_approval('claim', 'C-1', 4000, 'EUR')$$, 'it may be done, for no more');
SELECT throws_ok($$SELECT require_approval('claim', 'C-1', 5000.01, 'EUR')$$, 'ZD081', NULL, 'not for a cent more');
SELECT throws_ok($$SELECT require_approval('claim', 'C-1', -5000, 'EUR')$$, 'ZD081', NULL, 'nor in the other direction');

-- Two steps; another amount takes the place of the request before.
SET LOCAL ROLE distmgmt_clerk;
SELECT lives_ok($$SELECT request_approval('claim', 'C-2', 15000, 'EUR')$$, 'a claim over 15,000');
SELECT results_eq($$SELECT request_state, approvals_needed::integer, expires_at - requested_at FROM request_approval('claim', 'C-2', 20000, 'EUR')$$,
    $$VALUES ('waiting'::text, 2, interval '10 days')$$, 'which becomes 20,000: a manager and a director, the shorter time');
SELECT results_eq($$SELECT request_state FROM approval_state WHERE subject_key = 'C-2' ORDER BY request_no$$, $$VALUES ('superseded'::text), ('waiting')$$, 'in the place of the other');
SET LOCAL ROLE distmgmt_carl;
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'C-2' AND request_no = 2$$, '42501', NULL, 'the director comes second');
SET LOCAL ROLE distmgmt_bert;
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state WHERE subject_key = 'C-2' AND request_no = 2), 'waiting', 'the manager first');
SELECT results_eq($$SELECT decider FROM approval_pending WHERE subject_key = 'C-2'$$, $$VALUES ('distmgmt_carl'::text)$$, 'now it is on his desk');
SELECT ok(NOT approval_is_given('claim', 'C-2', 20000, 'EUR'), 'half approved is not approved');
SET LOCAL ROLE distmgmt_carl;
SELECT is((SELECT (decide_approval(approval_request_id, false, 'no')).request_state FROM approval_state WHERE subject_key = 'C-2' AND request_no = 2), 'refused', 'one refusal refuses');
SELECT ok(NOT approval_is_given('claim', 'C-2', 20000, 'EUR'), 'and it may not be done');

-- Two of a kind: another one each.
SET LOCAL ROLE distmgmt_anna;
SELECT lives_ok($$SELECT request_approval('fund', 'F-1', 500, 'EUR')$$, 'a manager asks himself');
SET LOCAL ROLE distmgmt_bert;
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state WHERE subject_key = 'F-1'), 'waiting', 'another one approves');
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'F-1'$$, '23505', NULL, 'not twice');
SELECT results_eq($$SELECT decider, approvals_missing::integer FROM approval_pending WHERE subject_key = 'F-1'$$, 'VALUES (NULL::text, 1)', 'and there is nobody left who could: seen, not lost');

-- Delegation.
SET LOCAL ROLE distmgmt_carl;
SELECT lives_ok($$SELECT delegate_approval('distmgmt_clerk', current_date + 5, p_subject_kind => 'special_price')$$, 'the director goes on holiday');
SELECT throws_ok($$SELECT delegate_approval('distmgmt_carl', current_date)$$, '23514', NULL, 'not to himself');
SELECT throws_ok($$SELECT delegate_approval('distmgmt_no_such_role', current_date)$$, '42704', NULL, 'nor to nobody');
SELECT lives_ok($$INSERT INTO approval_delegation (approver, delegate, valid_to) VALUES ('distmgmt_anna', 'distmgmt_bert', current_date)$$, 'in another''s name');
SELECT results_eq($$SELECT approver FROM approval_delegation WHERE delegate = 'distmgmt_bert'$$, $$VALUES ('distmgmt_carl'::text)$$, 'one gives one''s own right all the same');
SET LOCAL ROLE distmgmt_anna;
SELECT lives_ok($$SELECT request_approval('special_price', 'S-1', p_discount_rate => 0.4)$$, 'a price at 40 % off');
SET LOCAL ROLE distmgmt_clerk;
SELECT results_eq($$SELECT on_behalf_of FROM approval_pending WHERE subject_key = 'S-1' AND decider = 'distmgmt_clerk'$$, $$VALUES ('distmgmt_carl'::text)$$, 'is on the desk of who stands in');
SELECT is((SELECT (decide_approval(approval_request_id)).request_state FROM approval_state WHERE subject_key = 'S-1'), 'approved', 'who approves it');
-- Not for what he asks himself, nor when it is taken back.
SELECT lives_ok($$SELECT request_approval('special_price', 'S-2', p_discount_rate => 0.5)$$, 'his own request');
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'S-2'$$, 'ZD041', NULL, 'is not his to approve in another''s place');
RESET ROLE;

-- Expiry, withdrawal, the same login.
SELECT is((request_approval('quick', 'Q')).request_state, 'waiting', 'a request that waits no time');
SELECT is((SELECT request_state FROM approval_state WHERE subject_key = 'Q'), 'expired', 'what waited too long has expired');
SELECT throws_ok($$SELECT withdraw_approval(approval_request_id) FROM approval_state WHERE subject_key = 'S-2'$$, '42501', NULL, 'a request is withdrawn by who made it');
SET LOCAL ROLE distmgmt_clerk;
SELECT is((SELECT (withdraw_approval(approval_request_id, 'no need')).request_state FROM approval_state WHERE subject_key = 'S-2'), 'withdrawn', 'he does');
SELECT lives_ok($$SELECT request_approval('login', 'L')$$, 'a request of which the policy wants another login');
SET LOCAL ROLE distmgmt_anna;
SELECT throws_ok($$SELECT decide_approval(approval_request_id) FROM approval_state WHERE subject_key = 'L'$$, 'ZD041', NULL, 'who only acts as another one does not approve it');
RESET ROLE;
SELECT throws_ok('UPDATE approval_decision SET decided_by = requested_by', 'ZD001', NULL, 'decisions are append-only');
SELECT throws_ok($$UPDATE approval_request SET amount = 1$$, 'ZD001', NULL, 'so are requests');
SELECT throws_ok('UPDATE approval_delegation SET valid_to = valid_to + 100', 'ZD001', NULL, 'a delegation is not stretched');
SET LOCAL ROLE distmgmt_carl;
SELECT isnt((SELECT (revoke_delegation(min(approval_delegation_id))).revoked_at FROM approval_delegation), NULL, 'it is revoked');
RESET ROLE;
SELECT is(approver_of('distmgmt_clerk', 'special_price', 'distmgmt_directors', 'distmgmt_anna'), NULL, 'and gives no right any more');
-- The constraint behind the trigger.
ALTER TABLE approval_decision DISABLE TRIGGER USER;
SELECT throws_ok($$INSERT INTO approval_decision (approval_request_id, decision_no, decision, approval_policy_id, requested_by, decided_by, approver)
    SELECT approval_request_id, 9, 'approve', 8, 'distmgmt_clerk', 'distmgmt_clerk', 'distmgmt_clerk' FROM approval_state WHERE subject_key = 'L'$$, '23514', NULL, 'even without the trigger the two are kept apart');
SELECT throws_ok($$INSERT INTO approval_decision (approval_request_id, decision_no, decision, approval_policy_id, requested_by, decided_by, approver)
    SELECT approval_request_id, 9, 'approve', 8, 'distmgmt_anna', 'distmgmt_clerk', 'distmgmt_clerk' FROM approval_state WHERE subject_key = 'L'$$, '23503', NULL, 'whoever is said to have asked');
SELECT * FROM finish();
ROLLBACK;
