-- Reconciliation: tolerance per agreement, the states of a case, an adjustment
-- that another one approves, and implied sell-through where reports are missing.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(33);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (2, 2, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a'), (3, 'R', 'R', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR');
INSERT INTO gap_tolerance (agreement_id, version_no, tolerance_qty, tolerance_pct) VALUES (1, 1, 3, 2);
SELECT is((activate_agreement('A')).version_state, 'active', 'an agreement in force');
SELECT throws_ok('UPDATE gap_tolerance SET tolerance_pct = 50', 'ZD002', NULL, 'its tolerance is frozen');

-- |gap| <= max(3, 2 % of the calculated): 415 -> 8.3; 100 -> 3.
SELECT is(gap_tolerance_on(1, '2026-03-31', 415), 8.3, 'the part of the stock is larger');
SELECT is(gap_tolerance_on(1, '2026-03-31', 100), 3.0, 'the quantity is larger');
SELECT is(gap_tolerance_on(1, '2025-12-31', 415), 0.0, 'nothing before the agreement');
SELECT is(gap_tolerance_on(2, '2026-03-31', 415), 0.0, 'nothing agreed, nothing passes');

INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-03-01', 1, 1, '2026-03-01', 'I-1', 415, 10, 4150, 'EUR'),
    (1, '2026-03-01', 1, 2, '2026-03-01', 'I-2', 100, 10, 1000, 'EUR'),
    (1, '2026-03-28', 1, 1, '2026-04-02', 'I-3', 120, 10, 1200, 'EUR');
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity) VALUES
    (1, '2026-03-31', 1, 1, 398),
    (1, '2026-03-31', 1, 2, 97);
SELECT results_eq('SELECT product_id, gap_qty, case_state FROM reconciliation ORDER BY 1',
    $$VALUES (1::bigint, -17.000, 'calculation_pending'), (2, -3.000, 'calculation_pending')$$, 'counts wait for their calculation; goods in transit make no gap');
SELECT results_eq('SELECT product_id, gap_qty, tolerance_qty, case_state FROM reconcile_inventory() ORDER BY 1',
    $$VALUES (1::bigint, -17.000, 8.3, 'synchronization_pending'), (2, -3.000, 3.0, 'synchronized')$$, 'a gap of 17 is beyond 8.3, one of 3 is not beyond 3');
SELECT is_empty('SELECT * FROM reconcile_inventory()', 'a second run changes nothing');

SELECT is((SELECT count(*) FROM take_reconciliation_cases(1, '2026-03-31', NULL, 'ann')), 1::bigint, 'ann takes what is open');
SELECT is((SELECT case_state FROM reconciliation WHERE product_id = 1), 'in_process', 'it is in process');
SELECT throws_ok($$UPDATE reconciliation_case SET case_state = 'in_process', owner_name = 'ann' WHERE product_id = 2$$, 'ZD021', NULL, 'what is synchronized is not worked on');
SELECT throws_ok($$SELECT propose_adjustments(1, '2026-03-31', ARRAY(SELECT inventory_count_id FROM reconciliation_case), 'aliens', p_by => 'ann')$$, '23503', NULL, 'the reason is one of those known');
SELECT results_eq($$SELECT product_id, proposed_qty FROM propose_adjustments(1, '2026-03-31', ARRAY(SELECT inventory_count_id FROM reconciliation_case), 'theft', p_by => 'ann')$$,
    'VALUES (1::bigint, -17.000)', 'ann proposes to book the gap');
SELECT is((SELECT count(*) FROM inventory_adjustment), 0::bigint, 'nothing is booked yet');
SELECT throws_ok($$SELECT approve_adjustments(1, '2026-03-31', p_by => 'ann')$$, 'ZD022', NULL, 'ann cannot approve it');
SELECT results_eq($$SELECT case_state, gap_qty FROM approve_adjustments(1, '2026-03-31', p_by => 'bob', p_dry_run => true)$$, $$VALUES ('synchronized', 0.000)$$, 'a dry run shows the outcome');
SELECT is((SELECT count(*) FROM inventory_adjustment), 0::bigint, 'and books nothing');
SELECT results_eq($$SELECT case_state, gap_qty, approved_by FROM approve_adjustments(1, '2026-03-31', p_by => 'bob')$$, $$VALUES ('synchronized', 0.000, 'bob')$$, 'bob can');
SELECT is_empty($$SELECT * FROM approve_adjustments(1, '2026-03-31', p_by => 'bob')$$, 'once');
SELECT results_eq('SELECT adjusted_on, quantity, reason_code FROM inventory_adjustment', $$VALUES (date '2026-03-31', -17.000, 'theft')$$, 'booked on the day of the count');
SELECT results_eq($$SELECT on_hand_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 1$$, 'VALUES (398.000)', 'the counted quantity stays');

-- A receipt before the count that comes late: the count stands, the case opens again.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (1, '2026-03-10', 1, 1, '2026-03-10', 'I-4', 41, 10, 410, 'EUR');
SELECT is((SELECT case_state FROM reconciliation WHERE product_id = 1), 'calculation_pending', 'facts changed under the case');
SELECT results_eq('SELECT product_id, gap_qty, case_state FROM reconcile_inventory()', $$VALUES (1::bigint, -41.000, 'synchronization_pending')$$, 'it opens again');
SELECT results_eq($$SELECT on_hand_qty FROM inventory_as_of('2026-03-31') WHERE product_id = 1$$, 'VALUES (398.000)', 'and 398 are still on hand');
SELECT results_eq('SELECT from_state, to_state FROM reconciliation_step JOIN reconciliation_case USING (distributor_id, counted_on, inventory_count_id) WHERE product_id = 1 ORDER BY reconciliation_step_id',
    $$VALUES (NULL, 'synchronization_pending'), ('synchronization_pending', 'in_process'), ('in_process', 'synchronized'), ('synchronized', 'synchronization_pending')$$, 'each step is on record');
-- The count is taken back.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, entry_kind, corrects_counted_on, corrects_line_id)
SELECT distributor_id, counted_on, warehouse_id, product_id, -quantity, 'reversal', counted_on, inventory_count_id FROM inventory_count WHERE quantity = 398;
SELECT results_eq('SELECT product_id, case_state, reason_code FROM reconcile_inventory()', $$VALUES (1::bigint, 'synchronized', 'miscount')$$, 'a count that is taken back ends its case');

-- Stock is reported, sales are not: opening 50 + received 20 - closing 30 = 40.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, unit_cost) VALUES
    (2, '2026-01-31', 2, 3, 50, 10), (2, '2026-02-28', 2, 3, 30, NULL), (2, '2026-03-31', 2, 3, 31, NULL);
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (2, '2026-02-10', 2, 3, '2026-02-12', 'I-5', 20, 10, 200, 'EUR');
SELECT results_eq('SELECT from_on, to_on, opening_qty, received_qty, closing_qty, implied_qty, unexplained_qty, evidence, is_payable FROM implied_sell_through_as_of() ORDER BY 1',
    $$VALUES (date '2026-02-01', date '2026-02-28', 50.000, 20.000, 30.000, 40.000, 0::numeric, 'implied', false),
        ('2026-03-01', '2026-03-31', 30.000, 0.000, 31.000, 0, 1.000, 'implied', false)$$, 'what is gone must have been sold');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (2, '2026-02-20', 2, 1, 'SS', 1, 'EUR');
SELECT results_eq('SELECT from_on FROM implied_sell_through_as_of()', $$VALUES (date '2026-03-01')$$, 'nothing is implied where sales are reported');
SELECT results_eq('SELECT month_on, counts, counts_beyond_tolerance, gap_qty, absolute_gap_qty FROM gap_trend WHERE distributor_id = 2 ORDER BY 1',
    -- January: 50 where nothing was; February 30 - 70; March 31 - 30
    $$VALUES (date '2026-01-01', 1::bigint, 1::bigint, 50.000, 50.000), ('2026-02-01', 1, 1, -40.000, 40.000), ('2026-03-01', 1, 1, 1.000, 1.000)$$, 'the trend of gaps');
SELECT is_empty('SELECT * FROM verify_rollups()', 'the rollups agree');

-- Never payable: nothing that the model is made of reads it, so no basis of a
-- rebate or claim can; what may show it is a view for people.
SELECT is_empty($$
    SELECT d.objid::regprocedure::text
    FROM pg_depend AS d
    WHERE d.classid = 'pg_proc'::regclass AND d.refobjid = 'implied_sell_through_as_of(date, timestamptz)'::regprocedure
    UNION ALL
    SELECT p.oid::regprocedure::text
    FROM pg_proc AS p
    WHERE p.pronamespace = 'channel'::regnamespace AND p.prosrc ~ 'implied_sell_through'$$, 'no function goes by implied sell-through');
SELECT is((SELECT count(*) FROM implied_sell_through_as_of() WHERE is_payable OR evidence <> 'implied'), 0::bigint, 'every row says so');

SELECT * FROM finish();
ROLLBACK;
