-- Exclusivity: one unit of a sale earns at most once in a class across rebates,
-- ship-and-debit, price protection and funds, whoever comes first. Numbers by hand.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(27);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR');
INSERT INTO protection_term (agreement_id, version_no) VALUES (1, 1);
SELECT is((activate_agreement('A')).version_state, 'active', 'an agreement in force');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (1, 'R', 'R', 1), (2, 'S', 'S', 1);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, valid_from, schedule)
SELECT n, n, 1, 'L', 'sell_through', fiscal_calendar_id, '2026-01-01', 'retroactive: 10% from 0'::tier_schedule FROM fiscal_calendar, generate_series(1, 2) AS n;
UPDATE rebate_program SET program_state = 'active';
INSERT INTO fund (distributor_id, fund_id, fund_code, fund_name, fund_kind, currency_code, accrual_rate, measure_fact, fiscal_calendar_id, valid_from)
SELECT 1, 1, 'F', 'F', 'coop', 'EUR', 0.05, 'sell_through', fiscal_calendar_id, '2026-01-01' FROM fiscal_calendar;
INSERT INTO exclusivity_class (class_code, class_name) VALUES ('benefit', 'One benefit for each unit');
INSERT INTO exclusivity_member (class_code, earner_kind, program_line_id, distributor_id, fund_id) VALUES
    ('benefit', 'ship_debit', NULL, NULL, NULL), ('benefit', 'rebate', 1, NULL, NULL), ('benefit', 'fund', NULL, 1, 1), ('benefit', 'price_protection', NULL, NULL, NULL);
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by) VALUES (1, 1, 'SP', 'p', 'EUR', '2026-01-01', '2026-12-31', 'sales');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price) VALUES (1, 1, 1, 'EUR', '2026-01-01', 3);
SELECT is((decide_special_price('D', 'SP', true)).special_price_state, 'approved', 'an authorization');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES (1, '2026-01-02', 1, 1, '2026-01-02', 'I', 1000, 5, 5000, 'EUR');
CREATE FUNCTION pg_temp.sell(p_invoice text, p_on date, p_qty numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO channel.sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code) VALUES (1, p_on, 1, 1, 'SS', p_invoice, p_qty, 10, 10 * p_qty, 'EUR')
$$;
CREATE FUNCTION pg_temp.debit(p_no text, p_invoice text, p_on date, p_qty numeric) RETURNS SETOF ship_debit_state LANGUAGE sql AS $$
    SELECT s.* FROM channel.file_ship_debits('D', jsonb_build_array(jsonb_build_object('claim_no', p_no, 'contract_no', 'SP', 'product', 'P', 'quantity', p_qty, 'invoice_no', p_invoice, 'shipped_on', p_on)), p_on) AS s
$$;

-- Ship-and-debit takes 60 of 100: the rebate pays on 40, the fund accrues from what is left.
SELECT pg_temp.sell('N-1', '2026-01-10', 100);
SELECT is((SELECT accepted_amount FROM pg_temp.debit('C-1', 'N-1', '2026-01-10', 60)), 120.0000, '60 x (5 - 3)');
SELECT results_eq($$SELECT program_line_id, delta_amount FROM accrue_rebates('2026-01-31') ORDER BY 1$$, 'VALUES (1::bigint, 40.00000::numeric), (2, 100.00000)', '10 % of 40 x 10; the other program is in no class: 10 % of 1,000');
SELECT results_eq($$SELECT earner_kind, sum(quantity) FROM unit_earning WHERE class_code = 'benefit' GROUP BY 1 ORDER BY 1$$, $$VALUES ('rebate', 40.000), ('ship_debit', 60.000)$$, 'every unit earns, and once');
SELECT is_empty($$SELECT * FROM accrue_rebates('2026-01-31')$$, 'accrued again, nothing is posted');
SELECT is_empty($$SELECT * FROM accrue_funds('2026-01-31')$$, 'nothing is left for the fund');
SELECT results_eq($$SELECT verdict, reject_codes FROM pg_temp.debit('C-2', 'N-1', '2026-01-10', 40)$$, $$VALUES ('rejected', '{ZZ}'::text[])$$, 'nor for another claim');

-- The fund comes first: 5 % of 30 x 10 = 15; the rebate gets nothing for it.
SELECT pg_temp.sell('N-2', '2026-02-10', 30);
SELECT is((SELECT sum(amount) FROM accrue_funds('2026-02-28')), 15.0000, '5 % of 300');
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-02-28') WHERE program_line_id = 1), NULL, 'nothing for the rebate');
SELECT is((SELECT sum(earned_amount) FROM fund_accrual_as_of('2026-02-28')), 15.00, 'the fund sees what it has itself');

-- A claim is rejected by hand: its units are free, the rebate takes them with the next run.
SELECT is((reject_ship_debit_line((SELECT claim_id FROM claim WHERE claim_no = 'C-1'), 1, '10')).verdict, 'rejected', 'rejected');
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-03-31') WHERE program_line_id = 1), 60.0, '10 % of 60 x 10 more');
SELECT results_eq($$SELECT sold_qty, earned_qty, free_qty FROM unit_earning_state WHERE class_code = 'benefit' ORDER BY sold_on$$, 'VALUES (100.000, 100.000, 0.000), (30.000, 30.000, 0.000)', 'all units earn');
-- A sale is taken back: so is what it earned.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
SELECT distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', sold_on, sell_through_id FROM sell_through WHERE invoice_no = 'N-1';
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-03-31') WHERE program_line_id = 1), -100.0, '40 + 60 are taken back');
SELECT is((SELECT earned_qty FROM unit_earning_state WHERE class_code = 'benefit' AND sold_on = '2026-01-10'), 0.000, 'and the units');

-- Protection: 870 are left (1,000 - 30 - 100 that were taken back = 970); the price
-- falls on 1 April, all 970 are made good; 20 of them are sold on 5 April and 40
-- that came later are not protected.
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price) VALUES (1, 1, '2026-01-01', '2026-03-31', 5), (1, 1, '2026-04-01', NULL, 4);
SELECT is((SELECT amount FROM run_price_protection('2026-04-01')), 970.0000, '970 x 1');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim WHERE claim_kind = 'price_protection'), p_by => 'boss')), 1::bigint, 'approved');
SELECT is((SELECT count(*) FROM post_claims('2026-04-02')), 1::bigint, 'posted');
SELECT pg_temp.sell('N-3', '2026-04-05', 950);
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES (1, '2026-04-06', 1, 1, '2026-04-06', 'I-2', 100, 4, 400, 'EUR');
SELECT pg_temp.sell('N-4', '2026-04-10', 60);
SELECT results_eq($$SELECT sold_on, quantity FROM protected_units_as_of() ORDER BY 1$$, $$VALUES (date '2026-04-05', 950.000), ('2026-04-10', 20.000)$$, '950 and 20 of the 970; 40 of the last sale are of the new tranche');
SELECT is(earn_protected_units('2026-04-30'), 2::bigint, 'put down');
SELECT results_eq($$SELECT verdict, accepted_qty FROM pg_temp.debit('C-3', 'N-4', '2026-04-10', 60)$$, $$VALUES ('partial', 40.000)$$, 'the debit gets what was not protected');

-- The database refuses what would earn twice, however it is written.
SELECT throws_ok($$INSERT INTO unit_earning (distributor_id, sold_on, sell_through_id, class_code, posting_no, earner_kind, earner_id, quantity)
    SELECT distributor_id, sold_on, sell_through_id, class_code, entries + 1, 'rebate', 1, 1 FROM unit_earning_state WHERE class_code = 'benefit' AND sold_on = '2026-04-10'$$, 'ZD129', NULL, 'a unit more than was sold');
SELECT throws_ok($$INSERT INTO unit_earning (distributor_id, sold_on, sell_through_id, class_code, posting_no, earner_kind, earner_id, quantity)
    SELECT distributor_id, sold_on, sell_through_id, class_code, entries + 1, 'rebate', 1, -1 FROM unit_earning_state WHERE class_code = 'benefit' AND sold_on = '2026-04-10'$$, 'ZD129', NULL, 'less than nothing');
SELECT throws_ok($$INSERT INTO unit_earning (distributor_id, sold_on, sell_through_id, class_code, posting_no, earner_kind, earner_id, quantity)
    SELECT distributor_id, sold_on, sell_through_id, class_code, entries + 2, 'fund', 1, 1 FROM unit_earning_state WHERE class_code = 'benefit' AND sold_on = '2026-01-10'$$, 'ZD129', NULL, 'a gap in the numbers');
SELECT throws_ok('UPDATE unit_earning SET quantity = 1', 'ZD001', NULL, 'append-only');

-- Whatever is done in whatever order.
CREATE TEMPORARY TABLE broken (step integer);
DO $$
BEGIN
    PERFORM setseed(0.7);
    FOR i IN 1..60 LOOP
        CASE floor(random() * 5)
            WHEN 0 THEN PERFORM pg_temp.sell('X-' || i, '2026-05-01'::date + i, 1 + floor(random() * 9)::integer);
            WHEN 1 THEN PERFORM pg_temp.debit('Y-' || i, s.invoice_no, s.sold_on, 1 + floor(random() * 9)::integer) FROM (SELECT invoice_no, sold_on FROM channel.sell_through WHERE invoice_no LIKE 'X%' ORDER BY random() LIMIT 1) AS s;
            WHEN 2 THEN PERFORM FROM accrue_rebates('2026-05-01'::date + i);
            WHEN 3 THEN PERFORM FROM accrue_funds('2026-05-01'::date + i);
            ELSE INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
                SELECT distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', sold_on, sell_through_id
                FROM sell_through_as_of() WHERE invoice_no LIKE 'X%' AND random() < 0.05 LIMIT 1;
        END CASE;
        INSERT INTO broken SELECT i FROM unit_earning_state WHERE free_qty < 0 AND sold_qty > 0 OR earned_qty < 0;
    END LOOP;
END
$$;
SELECT is_empty('SELECT * FROM broken', 'no unit earns twice after any of 60 steps');
SELECT * FROM finish();
ROLLBACK;
