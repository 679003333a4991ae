-- What was agreed has its price: the discount of the level that holds, the bill for
-- one that was not reached, the charge for a minimum that was not bought.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(24);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a'), (102, 'Q', 'Q', 'b');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (101, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (101, 101, '2025-01-01', 500);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, granted_level_no, level_down_mode) VALUES (101, 1, '2025-01-01', 'EUR', 2, 'retroactive_bill_back');
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency) VALUES (102, 1, '2025-01-01', '2026-06-30', 'EUR');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES
    (101, 1, 1, 'Silver', 10000, 0.05), (101, 1, 2, 'Gold', 50000, 0.12), (101, 1, 3, 'Platinum', 100000, 0.15);
-- DKSH: 1,000 a year, 90 % of it needed, 50 a piece. The guarantee: 10,000 a quarter,
-- with and without excess carried on. Units of b: 100 a month, prorated.
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, minimum_qty, tolerance_rate, product_line, carries_excess, shortfall_mode, shortfall_price) VALUES
    (102, 1, 1, 'year', NULL, 1000, 0.9, 'a', false, 'cash', 50),
    (102, 1, 2, 'quarter', 10000, NULL, 1, 'b', true, 'cash', 1),
    (102, 1, 3, 'quarter', 10000, NULL, 1, 'b', false, 'cash', 1),
    (102, 1, 4, 'quarter', 10000, NULL, 1, 'b', false, 'none', 1);
UPDATE agreement_version SET granted_level_no = 9 WHERE agreement_id = 101;
SELECT throws_ok($$SELECT activate_agreement('A')$$, '23503', NULL, 'a level that is granted is there');
UPDATE agreement_version SET granted_level_no = 2 WHERE agreement_id = 101;
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B')$$, 'agreements');
SELECT throws_ok('UPDATE commitment SET shortfall_price = 0', 'ZD002', NULL, 'terms in force are frozen');

CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_product bigint, p_quantity numeric, p_price numeric, p_list numeric DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, 'I', p_quantity, p_list, p_price, p_quantity * p_price, 'EUR')
    RETURNING sell_in_id
$$;

-- 12 % off 500 = 440 (SEMANTICS 2.10).
SELECT results_eq($$SELECT unit_price, amount, currency_code, list_price, discount_rate, rule_kind, rule_id FROM purchase_price('D', 'P', 3, '2025-02-01')$$,
    $$VALUES (440.0000, 1320.00, 'EUR'::text, 500.0000, 0.120000, 'discount_level'::text, '101/1/2'::text)$$, 'the level granted in advance');
SELECT results_eq($$SELECT unit_price, rule_kind, rule_id FROM purchase_price('E', 'P', 1, '2025-02-01')$$,
    $$VALUES (500.0000, 'price_list'::text, '101/101/2025-01-01'::text)$$, 'no level: the list');
SELECT throws_ok($$SELECT * FROM purchase_price('E', 'Q', 1, '2025-02-01')$$, 'ZD064', NULL, 'no price');
SELECT throws_ok($$SELECT * FROM purchase_price('E', 'P', 1, '2024-12-31')$$, 'ZD064', NULL, 'nor on a day before the list');
SELECT pg_temp.ship(101, '2025-03-01', 101, 250, 440, 500);
SELECT is((SELECT unit_price FROM purchase_price('D', 'P', 1, '2025-03-01')), 440.0000, 'what is bought counts from the next day');
SELECT is((SELECT unit_price || ' ' || rule_id FROM purchase_price('D', 'P', 1, '2025-03-02')), '425.0000 101/1/3', '110,000: the level above, 15 % off');
SELECT is((SELECT rule_id FROM purchase_price('D', 'P', 1, '2026-01-01')), '101/1/2', 'the next year begins as granted');

-- 2026: 100 at 440 = 44,000, list 50,000: silver. 50,000 x (12 - 5 %) = 3,500 back.
SELECT pg_temp.ship(101, '2026-03-01', 101, 100, 440, 500);
SELECT results_eq($$SELECT year_starts_on, trim_scale(list_amount), trim_scale(purchased_amount), granted_level_no, earned_level_no, true_up_amount, billed_amount FROM discount_true_up('2026-12-31')$$,
    $$VALUES (date '2026-01-01', 50000::numeric, 44000::numeric, 2, 1, 3500.00, 3500.00)$$, 'a level that was not reached is billed back');
-- 2025: list 125,000 x (12 - 15 %) = -3,750, but levels go up prospectively.
SELECT results_eq($$SELECT earned_level_no, true_up_amount, billed_amount FROM discount_true_up('2025-12-31')$$,
    'VALUES (3, -3750.00, 0::numeric)', 'one that was exceeded is not credited here');

-- DKSH (SEMANTICS 2.3): (900 - 820) x 50 = 4,000, attainment 82 %.
SELECT pg_temp.ship(102, '2025-05-01', 101, 820, 10);
SELECT results_eq($$SELECT trim_scale(attainment_rate), trim_scale(shortfall), charge_amount, is_ended FROM commitment_as_of('2025-12-31') WHERE commitment_no = 1$$,
    'VALUES (0.82, 80::numeric, 4000.00, true)', 'a minimum that was missed');
SELECT results_eq($$SELECT charge_amount, is_ended, trim_scale(shortfall), needed_run_rate FROM commitment_as_of('2025-12-29') WHERE commitment_no = 1$$,
    'VALUES (0::numeric, false, 80::numeric, 40.0000000000000000)', 'before the year is over: 40 a day would do');
INSERT INTO commitment_relief (agreement_id, version_no, commitment_no, span_starts_on, relief, reason) VALUES (102, 1, 1, '2025-01-01', 30, 'late delivery');
SELECT results_eq($$SELECT charge_amount FROM commitment_as_of('2025-12-31') WHERE commitment_no = 1$$, 'VALUES (2500.00)', 'relief of 30: (900 - 850) x 50');
SELECT throws_ok('DELETE FROM commitment_relief', 'ZD001', NULL, 'relief is append-only');

-- D365 (SEMANTICS 2.3): 10,000 a quarter, 12,000 then 5,000: 3,000, or 5,000 without carrying on.
SELECT pg_temp.ship(102, '2025-02-01', 102, 1, 12000);
SELECT pg_temp.ship(102, '2025-04-01', 102, 1, 5000);
SELECT is((SELECT array_agg(charge_amount ORDER BY span_starts_on) FROM commitment_as_of('2025-06-30') WHERE commitment_no = 2), ARRAY[0.00, 3000.00], 'excess is carried on');
SELECT is((SELECT array_agg(charge_amount ORDER BY span_starts_on) FROM commitment_as_of('2025-06-30') WHERE commitment_no = 3), ARRAY[0.00, 5000.00], 'or not');
-- Third 11,000 (the miss of the second is not carried), fourth 9,500: 1,000 + 9,500 - 10,000 = 500 left.
SELECT pg_temp.ship(102, '2025-07-01', 102, 1, 11000);
SELECT pg_temp.ship(102, '2025-10-01', 102, 1, 9500);
SELECT is((SELECT array_agg(trim_scale(carried_in) || ' ' || charge_amount ORDER BY span_starts_on) FROM commitment_as_of('2025-12-31') WHERE commitment_no = 2),
    ARRAY['0 0.00', '2000 3000.00', '0 0.00', '1000 0.00'], 'a miss is paid, not carried');
SELECT is((SELECT array_agg(trim_scale(carried_in) ORDER BY span_starts_on) FROM commitment_as_of('2026-03-31') WHERE commitment_no = 2 AND span_starts_on >= '2026-01-01'), ARRAY[500::numeric], 'what is left of it goes on');
SELECT is((SELECT array_agg(misses_in_row ORDER BY span_starts_on) FROM commitment_as_of('2026-06-30') WHERE commitment_no = 4), ARRAY[0, 1, 0, 1, 2, 3]::bigint[], 'misses in a row: second, fourth, and the two of the next year');
SELECT is((SELECT sum(charge_amount) FROM commitment_as_of('2026-06-30') WHERE commitment_no = 4), 0::numeric, 'which lead to nothing here');

-- The version ends on 30 June 2026: half of the year, 181 of 365 days.
SELECT is((SELECT round(minimum, 4) FROM commitment_as_of('2026-06-30') WHERE commitment_no = 1 AND span_starts_on = '2026-01-01'), 495.8904, 'proration by days: 1,000 x 181 / 365');
SELECT is((SELECT is_ended FROM commitment_as_of('2026-06-30') WHERE commitment_no = 1 AND span_starts_on = '2026-01-01'), true, 'and it has ended with the version');

SELECT * FROM finish();
ROLLBACK;
