-- Price protection: the numbers of SEMANTICS 2.6. T1 1 March 100 at 50, T2 10 April
-- 200 at 48, T3 28 April 150 at 48 in transit; 180 sold until 30 April (all of T1,
-- 80 of T2); the price falls to 40 on 1 May.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(46);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT n, 'D' || n, 'D' FROM generate_series(1, 12) AS n;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) SELECT n, n, 'W', 'W' FROM generate_series(1, 12) AS n;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'b'), (3, 'R', 'R', 'a');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR'), (2, 'I', 'INR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price) VALUES
    (1, 1, '2026-01-01', '2026-04-30', 48), (1, 1, '2026-05-01', '2026-05-07', 40), (1, 1, '2026-05-08', NULL, 38),
    (1, 3, '2026-01-01', '2026-04-30', 10), (1, 3, '2026-05-01', NULL, 12),
    (2, 2, '2026-01-01', '2026-04-30', 20000), (2, 2, '2026-05-01', NULL, 19200);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT n, 'A' || n, 'A', n FROM generate_series(1, 12) AS n;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, price_protection_days)
SELECT n, 1, '2026-01-01', CASE n WHEN 7 THEN 'INR' ELSE 'EUR' END, CASE WHEN n IN (3, 4) THEN 15 WHEN n = 12 THEN NULL ELSE 30 END FROM generate_series(1, 12) AS n;
INSERT INTO protection_term (agreement_id, version_no, covers_in_transit, covers_increase, minimum_change_pct, cap_amount, reported_policy, settles_by, claim_days) VALUES
    (1, 1, true, false, 0, NULL, 'lower', 'credit', NULL),
    (3, 1, true, false, 0, NULL, 'lower', 'credit', NULL),
    (8, 1, false, false, 20, NULL, 'lower', 'credit', NULL),
    (9, 1, false, false, 0, 500, 'counted', 'credit', NULL),
    (10, 1, false, true, 0, NULL, 'lower', 'credit', NULL),
    (11, 1, true, false, 0, NULL, 'lower', 'claim', 30);
INSERT INTO protection_exclusion (agreement_id, version_no, exclusion_no, product_id, reason) VALUES (4, 1, 1, 1, 'end of life');
SELECT is((SELECT count(*) FROM (SELECT activate_agreement('A' || n) FROM generate_series(1, 12) AS n) AS a), 12::bigint, 'agreements in force');

INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT n, v.shipped_on, n, 1, v.arrives_on, 'I', v.quantity, v.price, v.quantity * v.price, 'EUR'
FROM generate_series(1, 12) AS n, (VALUES (date '2026-03-01', date '2026-03-01', 100, 50), ('2026-04-10', '2026-04-10', 200, 48), ('2026-04-28', '2026-05-04', 150, 48))
    AS v (shipped_on, arrives_on, quantity, price)
WHERE n <> 7;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code)
SELECT n, '2026-04-20', n, 1, 'SS', 180, 'EUR' FROM generate_series(1, 12) AS n WHERE n <> 7;
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity) VALUES (5, '2026-04-30', 5, 1, 100), (6, '2026-04-30', 6, 1, 150), (9, '2026-04-30', 9, 1, 150);
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (7, '2026-04-20', 7, 2, '2026-04-20', 'I', 150, 20000, 3000000, 'INR'),
    (10, '2026-04-20', 10, 3, '2026-04-20', 'I-2', 100, 10, 1000, 'EUR'),
    (2, '2026-04-20', 2, 3, '2026-04-20', 'I-2', 100, 10, 1000, 'EUR');

SELECT results_eq($$SELECT product_id, old_price, new_price, change_pct FROM price_change WHERE effective_on = '2026-05-01' ORDER BY 1$$,
    $$VALUES (1::bigint, 48.0000, 40.0000, -16.6667), (2, 20000.0000, 19200.0000, -4.0000), (3, 10.0000, 12.0000, 20.0000)$$, 'changes of price are found');
SELECT is((SELECT count(*) FROM run_price_protection('2026-05-01', p_dry_run => true)), 8::bigint, 'a dry run');
SELECT is_empty('SELECT * FROM claim', 'enters nothing');
SELECT is((SELECT count(*) FROM run_price_protection('2026-05-01')), 8::bigint, 'eight distributors are due something without asking');
CREATE TEMPORARY VIEW worth AS SELECT c.distributor_id, s.assessed_amount AS amount, p.effective_on FROM claim AS c JOIN claim_state AS s USING (distributor_id, claim_id) JOIN price_protection AS p USING (distributor_id, claim_id);
SELECT is((SELECT amount FROM worth WHERE distributor_id = 1), 2160.0000, '30 days, in transit: 120 x 8 + 150 x 8');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 2), 960.0000, '30 days, not in transit: 120 x 8; a price that rises costs nothing without a term');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 3), 1200.0000, '15 days, in transit: T2 is too old');
SELECT is_empty('SELECT * FROM worth WHERE distributor_id = 4', '15 days, not in transit: 0');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 5), 800.0000, 'reported 100 < calculated 120: 100 x 8');
SELECT is((SELECT gap_qty FROM inventory_gap WHERE distributor_id = 5), -20.000, 'the gap of 20 goes to reconciliation');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 6), 960.0000, 'reported 150 > 120: 120 x 8');
SELECT results_eq($$SELECT held_qty, unsupported_qty, quantity FROM protection_lines_as_of('2026-05-01', p_distributor_id => 6) WHERE refusal = 'unsupported'$$,
    $$VALUES (30.000, 30.000, 0.000)$$, '30 are unsupported');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 7), 120000.0000, '800 x 150');
SELECT is_empty('SELECT * FROM worth WHERE distributor_id = 8', 'a cut of 16.7 per cent is less than 20');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 9), 500.0000, 'capped: 150 x 8 = 1,200 as counted, at most 500');
-- 960 for P, less 100 x (12 - 10) for R that became dearer.
SELECT is((SELECT amount FROM worth WHERE distributor_id = 10), 760.0000, 'reverse protection by term: 960 - 200');
SELECT results_eq($$SELECT refusal, sum(held_qty) FROM protection_lines_as_of('2026-05-01') WHERE refusal IS NOT NULL AND distributor_id IN (2, 3, 4, 8) GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('excluded', 270.000), ('in_transit', 150.000), ('increase', 100.000), ('look_back', 120.000), ('minimum', 270.000)$$, 'each tranche says why it is not covered');
SELECT is((SELECT count(*) FROM worth WHERE distributor_id = 12), 0::bigint, 'no protection where none was agreed');
SELECT is_empty($$SELECT * FROM run_price_protection('2026-05-01')$$, 'a second run finds nothing new');

-- T1 had another difference: per tranche, not per product.
SELECT results_eq($$SELECT tranche_on, unit_cost - new_cost FROM protection_lines_as_of('2026-05-01', p_distributor_id => 1) ORDER BY 1$$,
    $$VALUES (date '2026-04-10', 8.0000), ('2026-04-28', 8.0000)$$, 'each tranche has its own difference');

-- What has to be claimed is claimed within 30 days.
SELECT is((SELECT claim_state FROM claim_state WHERE distributor_id = 11), 'pended', 'worth nothing until it is claimed');
SELECT throws_ok($$SELECT claim_protection('D11', '2026-05-01', '2026-06-01', 'X-1')$$, 'ZD128', NULL, 'too late');
SELECT throws_ok($$SELECT claim_protection('D12', '2026-05-01', '2026-05-02', 'X-1')$$, 'ZD128', NULL, 'nothing to claim');
SELECT is((claim_protection('D11', '2026-05-01', '2026-05-20', 'X-1', 2000)).request_no, 1, 'claimed in time');
SELECT is((SELECT amount FROM worth WHERE distributor_id = 11), 2000.0000, 'no more than was claimed, of 2,160');

-- Approval by another, then the posting and the new cost of the stock.
SELECT is_empty($$SELECT * FROM post_claims('2026-05-05')$$, 'nothing is owed before it is approved');
SELECT throws_ok($$SELECT * FROM run_price_protection('2026-05-08')$$, 'ZD127', NULL, 'the next cut waits for it');
SELECT throws_ok($$SELECT * FROM decide_claims(ARRAY(SELECT claim_id FROM claim))$$, 'ZD121', NULL, 'not by the one who ran it');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim), p_by => 'boss')), 9::bigint, 'approved');
SELECT is((SELECT count(*) FROM post_claims('2026-05-05')), 9::bigint, 'posted');
SELECT is_empty($$SELECT * FROM post_claims('2026-05-05')$$, 'once');
SELECT results_eq($$SELECT unit_cost, covers_in_transit FROM inventory_reprice WHERE distributor_id = 1$$, $$VALUES (40.0000, true)$$, 'the stock costs 40 now');
SELECT results_eq($$SELECT l.occurred_on, l.quantity, l.unit_cost FROM inventory_tranches_as_of('2026-05-06') AS t, unnest(t.layers) AS l WHERE t.distributor_id = 1$$,
    $$VALUES (date '2026-04-10', 120.000, 40.0000), ('2026-04-28', 150.000, 40.0000)$$, 'also what was on its way; the age is kept');

-- A sale of 29 April that is reported now: 20 less of T2, 160 less.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (1, '2026-04-29', 1, 1, 'SS', 20, 'EUR');
SELECT results_eq($$SELECT assessment_no, amount FROM run_price_protection('2026-05-01')$$, $$VALUES (2, 2000.0000)$$, '100 x 8 + 150 x 8');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim_state WHERE claim_state = 'proposed'), p_by => 'boss')), 1::bigint, 'approved');
SELECT is((SELECT delta_amount FROM post_claims('2026-05-06')), -160.0000, 'the difference is posted');
SELECT is((SELECT count(*) FROM inventory_reprice WHERE distributor_id = 1), 1::bigint, 'the stock is not repriced again');

-- The second cut protects 2 on the same units, as they cost 40.
SELECT is((SELECT sum(amount) FROM run_price_protection('2026-05-08', p_distributor_code => 'D1')), 500.0000, '(100 + 150) x 2');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim_state WHERE claim_state = 'proposed'), p_by => 'boss')), 1::bigint, 'approved');
SELECT is((SELECT delta_amount FROM post_claims('2026-05-09')), 500.0000, 'posted');
SELECT is((SELECT sum(delta_amount) FROM claim_entry WHERE distributor_id = 1), 2500.0000, '250 units fell by 10 in all: 2,500, nothing twice');
SELECT results_eq($$SELECT amount FROM protection_lines_as_of('2026-05-01', p_distributor_id => 1) ORDER BY tranche_on$$, 'VALUES (800.0000000), (1200.0000000)', 'the first change is still worth the same');

SELECT is((SELECT sum(amount) FROM settle_claims('2026-05-31', 'D1')), 2500.0000, 'settled by a credit memo');
SELECT is((SELECT sum(closing_amount) FROM claim_liability_between('2026-05-01', '2026-05-31') WHERE distributor_id = 1), 0.0000, 'nothing is owed any more');
SELECT is((SELECT sum(closing_amount) FROM claim_liability_between('2026-05-01', '2026-05-31')), (SELECT sum(due_amount) FROM claim_state), 'the liability ties');
SELECT * FROM finish();
ROLLBACK;
