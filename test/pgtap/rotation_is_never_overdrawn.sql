-- Stock rotation: entitlement, age, condition, exclusions, offsetting orders; the
-- credit is what the tranches cost after price protection; returns reduce the
-- base of purchases. Numbers by hand.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(31);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a.eol'), (3, 'X', 'X', 'b');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, rotation_pct) VALUES (1, 1, '2026-01-01', 'EUR', 10);
INSERT INTO rotation_term (agreement_id, version_no, term_no, product_line, offset_rate, min_age_days, max_age_days, restocking_rate)
VALUES (1, 1, 1, 'a', 1, 30, 120, 0.05);
INSERT INTO rotation_exclusion (agreement_id, version_no, exclusion_no, product_line, reason) VALUES (1, 1, 1, 'a.eol', 'end of life');
SELECT is((activate_agreement('A')).version_state, 'active', 'an agreement in force');
SELECT throws_ok('UPDATE rotation_term SET offset_rate = 0', 'ZD002', NULL, 'its terms are frozen');
SELECT throws_ok('DELETE FROM rotation_exclusion', 'ZD002', NULL, 'and its exclusions');

INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-01-10', 1, 1, '2026-01-10', 'I-1', 100, 50, 5000, 'EUR'),
    (1, '2026-02-20', 1, 1, '2026-02-20', 'I-2', 100, 48, 4800, 'EUR'),
    (1, '2026-03-01', 1, 1, '2026-03-01', 'R-1', -10, 50, -500, 'EUR'),
    (1, '2026-03-01', 1, 3, '2026-03-01', 'I-3', 10, 100, 1000, 'EUR'),
    (1, '2026-04-01', 1, 2, '2026-04-01', 'I-4', 10, 10, 100, 'EUR');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-03-10', 1, 1, 'SS', 80, 60, 4800, 'EUR');
-- Net purchases of line a in the first quarter: 5,000 + 4,800 - 500 = 9,300; 10 % = 930.
SELECT results_eq($$SELECT term_no, base_amount, entitled_amount, used_amount, left_amount FROM rotation_entitlement_as_of('2026-04-20')$$,
    $$VALUES (1, 9300.0000, 930.00, 0::numeric, 930.00)$$, '10 % of the net purchases of the quarter before');
SELECT results_eq($$SELECT left_amount FROM rotation_entitlement_as_of('2026-03-31')$$, 'VALUES (0.00)', 'nothing was bought before the first');

-- The price falls to 40: 10 of January (100 - 10 - 80) and 100 of February cost 40.
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code) VALUES (1, '2026-04-01', 1, 1, 40, 'EUR');
SELECT throws_ok($$SELECT * FROM request_rotation('D', 'ROT-1', '2026-04-20', '[{"product": "P", "quantity": 15}]')$$, 'ZD126', NULL, 'a new order is needed');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-04-05', 1, 3, '2026-04-05', 'N-1', 7, 100, 700, 'EUR'),
    (1, '2026-04-06', 1, 3, '2026-04-06', 'N-2', 5, 100, 500, 'EUR');
SELECT results_eq($$SELECT accepted_qty, refusal FROM request_rotation('D', 'ROT-1', '2026-04-20', '[{"product": "P", "quantity": 15}]', '{N-1}', p_dry_run => true)$$,
    $$VALUES (15.000, NULL::text)$$, 'a dry run');
SELECT is_empty('SELECT * FROM claim', 'enters nothing');
SELECT is((SELECT accepted_qty FROM request_rotation('D', 'ROT-1', '2026-04-20', '[{"product": "P", "quantity": 15}]', '{N-1}', 'k1')), 15.000, 'asked for');
SELECT is((SELECT accepted_qty FROM request_rotation('D', 'ROT-1', '2026-04-20', '[{"product": "P", "quantity": 15}]', '{N-1}', 'k1')), 15.000, 'the key again');
SELECT results_eq('SELECT line_no, tranche_on, quantity, unit_cost, invoice_no FROM stock_rotation_line ORDER BY 1',
    $$VALUES (1, date '2026-01-10', 10.000, 40::numeric, 'I-1'), (2, '2026-02-20', 5.000, 40, 'I-2')$$, 'oldest first, at the cost after protection');
-- 15 x 40 = 600, less 5 % = 570.
SELECT results_eq('SELECT assessed_amount, claim_state FROM claim_state', $$VALUES (570.0000, 'proposed')$$, 'the credit less the fee');
SELECT results_eq($$SELECT used_amount, left_amount FROM rotation_entitlement_as_of('2026-04-20')$$, 'VALUES (600.0000, 330.0000)', 'it takes 600 of 930');

-- 330 are left: 8 units of 40; the order N-1 has 100 left, N-2 gives 220.
SELECT throws_ok($$SELECT * FROM request_rotation('D', 'ROT-2', '2026-04-21', '[{"product": "P", "quantity": 20}]', '{N-1}')$$, 'ZD126', NULL, 'an order offsets once');
SELECT results_eq($$SELECT accepted_qty, refusal FROM request_rotation('D', 'ROT-2', '2026-04-21', '[{"product": "P", "quantity": 20}]', '{N-1,N-2}')$$,
    $$VALUES (8.000, 'entitlement')$$, 'as far as the entitlement reaches');
SELECT results_eq($$SELECT tranche_on, quantity FROM stock_rotation_line JOIN claim USING (distributor_id, claim_id) WHERE claim_no = 'ROT-2'$$,
    $$VALUES (date '2026-02-20', 8.000)$$, 'what waits to leave is not there any more');
SELECT results_eq($$SELECT sum(amount) FROM stock_rotation_offset JOIN claim USING (distributor_id, claim_id) WHERE claim_no = 'ROT-2'$$, 'VALUES (320.0000)', '100 + 220');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim WHERE claim_no = 'ROT-2'), false, p_by => 'boss')), 1::bigint, 'refused');
SELECT is((SELECT left_amount FROM rotation_entitlement_as_of('2026-04-20')), 330.0000, 'the entitlement is free again');

SELECT throws_ok($$SELECT * FROM decide_claims(ARRAY(SELECT claim_id FROM claim WHERE claim_no = 'ROT-1'))$$, 'ZD121', NULL, 'not approved by the one who asked');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim WHERE claim_no = 'ROT-1'), p_by => 'boss')), 1::bigint, 'approved');
SELECT results_eq('SELECT delta_amount FROM post_claims(''2026-04-25'')', 'VALUES (570.0000)', 'the credit is owed');
SELECT is_empty('SELECT * FROM post_claims(''2026-04-25'')', 'once');
SELECT results_eq($$SELECT shipped_on, invoice_no, quantity, unit_price, amount FROM sell_in WHERE quantity < 0 AND shipped_on >= '2026-04-01' ORDER BY sell_in_id$$,
    $$VALUES (date '2026-04-20', 'I-1', -10.000, 40.0000, -400.0000), ('2026-04-20', 'I-2', -5.000, 40.0000, -200.0000)$$, 'the goods leave, under the invoice by which they came');
SELECT results_eq($$SELECT on_hand_qty, value_amount FROM inventory_as_of('2026-04-20') WHERE product_id = 1$$, 'VALUES (95.000, 3800.0000000)', '110 - 15');
SELECT results_eq($$SELECT base_amount, entitled_amount FROM rotation_entitlement_as_of('2026-07-15')$$, 'VALUES (-500.0000, 0.00)', 'returns reduce the base of purchases: 100 - 600; an entitlement is never negative');

-- What may not go back.
SELECT results_eq($$SELECT p.product_code, r.goods_condition, r.tranche_on, r.accepted_qty, r.refusal
    FROM request_rotation('D', 'ROT-3', '2026-04-22', '[{"product": "Q", "quantity": 1}, {"product": "P", "quantity": 1, "condition": "damaged"},
        {"product": "P", "quantity": 1, "tranche_on": "2026-02-21"}, {"product": "P", "quantity": 200, "tranche_on": "2026-02-20"}]', '{N-2}') AS r JOIN product AS p USING (product_id) ORDER BY request_no$$,
    $$VALUES ('Q', 'resalable', NULL::date, 0.000, 'excluded'), ('P', 'damaged', NULL, 0.000, 'condition'), ('P', 'resalable', '2026-02-21', 0.000, 'stock'),
        ('P', 'resalable', '2026-02-20', 8.000, 'entitlement')$$, 'excluded, damaged, no such tranche, more than is due');
SELECT results_eq($$SELECT accepted_qty, refusal FROM request_rotation('D', 'ROT-4', '2026-06-25', '[{"product": "P", "quantity": 1}]')$$,
    $$VALUES (0.000, 'stock')$$, 'older than 120 days');
SELECT throws_ok($$SELECT * FROM request_rotation('D', 'ROT-5', '2026-04-22', '[{"product": "X", "quantity": 1}]')$$, 'ZD125', NULL, 'no term covers it');
SELECT throws_ok($$INSERT INTO stock_rotation SELECT distributor_id, claim_id, agreement_id, version_no, term_no, span_starts_on, 9, returned_on, 930, 600, 331, 0, 0 FROM stock_rotation LIMIT 1$$,
    '23514', NULL, 'the database holds the sum within what is due');
SELECT is_empty('SELECT * FROM rotation_entitlement_as_of(''2026-04-20'') WHERE used_amount > entitled_amount', 'never more than was due');
SELECT * FROM finish();
ROLLBACK;
