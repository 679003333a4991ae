-- From list to pocket: 12 % off 500 are 440; 10 % and then 5 % are 14.5 %; what
-- no rule authorizes stands by itself; rebates and incentives come off the invoice.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(8);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (2, 2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'ALL', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (1, 1, '2026-01-01', 500);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1), (2, 'B', 'B', 2);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR'), (2, 1, '2026-01-01', 'EUR');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate)
VALUES (1, 1, 1, 'Gold', 0, 0.12), (2, 1, 1, 'Silver', 0, 0.10);
SELECT FROM activate_agreement('A');
SELECT FROM activate_agreement('B');
INSERT INTO promotion (promotion_id, promotion_code, promotion_name, currency_code, valid_from, valid_to, stacks_on_level) VALUES (1, 'M', 'M', 'EUR', '2026-02-01', '2026-02-28', true);
INSERT INTO promotion_item (promotion_id, item_no, product_id, discount_rate) VALUES (1, 1, 1, 0.05);
UPDATE promotion SET promotion_state = 'active';
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (1, 'R', 'R', 1);
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, valid_from, schedule)
SELECT 1, 1, 'L', 'sell_in', fiscal_calendar_id, '2026-01-01', 'retroactive: 4% from 0' FROM fiscal_calendar;
UPDATE rebate_program SET program_state = 'active';

INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (1, '2026-01-05', 1, 1, '2026-01-05', 'I-1', 10, 440, 4400, 'EUR'),
    (2, '2026-02-05', 2, 1, '2026-02-05', 'I-2', 10, 427.5, 4275, 'EUR'),
    (2, '2026-03-05', 2, 1, '2026-03-05', 'I-3', 10, 445, 4450, 'EUR');
SELECT count(*) >= 0 AS issued FROM issue_statements('2026-03-31');
INSERT INTO line_incentive (distributor_id, fact_on, fact_table, fact_id, incentive_kind, amount, currency_code, source_key)
SELECT 2, '2026-02-05', 'sell_in', sell_in_id, 'ship_debit', 75, 'EUR', 'C-1' FROM sell_in WHERE invoice_no = 'I-2';

CREATE FUNCTION pg_temp.steps(p_distributor_id bigint, p_on date) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', trim_scale(list_amount), trim_scale(level_amount), trim_scale(promotion_amount), trim_scale(special_amount),
        trim_scale(off_rule_amount), trim_scale(invoice_amount), trim_scale(rebate_amount), trim_scale(ship_debit_amount), trim_scale(pocket_amount))
    FROM price_waterfall WHERE distributor_id = p_distributor_id AND shipped_on = p_on
$$;
SELECT is(pg_temp.steps(1, '2026-01-05'), '5000 600 0 0 0 4400 176 0 4224', '10 x 500 less 12 % are 4,400; less 4 % rebate 4,224');
SELECT is(pg_temp.steps(2, '2026-02-05'), '5000 500 225 0 0 4275 0 75 4200', '10 % and then 5 %: 725 of 5,000 are 14.5 %; less 75 of ship-and-debit');
SELECT is(pg_temp.steps(2, '2026-03-05'), '5000 500 0 0 50 4450 0 0 4450', '445 where 450 is authorized: 5 x 10 off rule');
SELECT results_eq($$SELECT step, trim_scale(amount), of_list_pct FROM price_waterfall_between('2026-01-01', '2026-03-31', 'E') WHERE amount <> 0 ORDER BY step_no$$,
    $$VALUES ('list', 10000::numeric, 100.00), ('level', -1000, -10.00), ('promotion', -225, -2.25), ('off rule', -50, -0.50),
        ('invoice', 8725, 87.25), ('ship and debit', -75, -0.75), ('pocket', 8650, 86.50)$$, 'the steps of a distributor add up');
SELECT is((SELECT sum(amount) FILTER (WHERE step_no < 6) - sum(amount) FILTER (WHERE step_no = 6) FROM price_waterfall_between('2026-01-01', '2026-12-31')), 0.0,
    'list and discounts make the invoice');
SELECT is((SELECT sum(amount) FILTER (WHERE step_no BETWEEN 6 AND 11) - sum(amount) FILTER (WHERE step_no = 12) FROM price_waterfall_between('2026-01-01', '2026-12-31')), 0.0,
    'invoice and what is given make the pocket');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
FROM sell_in WHERE invoice_no = 'I-3';
SELECT is((SELECT trim_scale(sum(off_rule_amount)) FROM price_waterfall), 0::numeric, 'what was taken back is no leakage');
SELECT throws_ok('DELETE FROM line_incentive', 'ZD001', NULL, 'incentives are append-only');

SELECT * FROM finish();
ROLLBACK;
