-- Which agreement gives the price, for which products, by which event, and how its
-- level rises and falls: at reviews, after grace, with what was bought before credited
-- or billed back where that was agreed.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(43);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E'), (103, 'F', 'F');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default)
    SELECT d, d, 'W', 'W', true FROM generate_series(101, 103) AS d;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'SW1', 'Switch', 'net.switch'), (102, 'SW2', 'Switch', 'net.switch'), (103, 'CAM', 'Camera', 'camera');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (101, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) SELECT 101, n, '2020-01-01', 100 FROM generate_series(101, 103) AS n;
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_amount numeric, p_list numeric DEFAULT NULL, p_product bigint DEFAULT 101, p_quantity numeric DEFAULT 1) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, 'I', p_quantity, p_list / p_quantity, p_amount / p_quantity, p_amount, 'EUR')
    RETURNING sell_in_id
$$;
CREATE FUNCTION pg_temp.price(p_distributor text, p_product text, p_on date) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', trim_scale(unit_price), rule_id) FROM purchase_price(p_distributor, p_product, 1, p_on)
$$;

-- Party. For all 5 %; for the group of D and E 10 %, not for cameras; for D 8 %, for
-- switches alone, and for SW2 by name 7 %.
INSERT INTO distributor_group (distributor_group_id, group_code, group_name) VALUES (101, 'G', 'G');
INSERT INTO distributor_group_member (distributor_group_id, distributor_id, valid_from, valid_to) VALUES (101, 101, '2025-01-01', NULL), (101, 102, '2025-01-01', '2025-03-31');
SELECT throws_ok($$INSERT INTO distributor_group_member VALUES (101, 102, '2025-03-31')$$, '23P01', NULL, 'one is in a group once at a time');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, is_for_all) VALUES (101, 'ALL', 'A', true);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_group_id) VALUES (102, 'GROUP', 'A', 101);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (103, 'OWN', 'A', 101), (104, 'NAMED', 'A', 101);
SELECT throws_ok($$INSERT INTO agreement (agreement_no, agreement_name) VALUES ('NONE', 'A')$$, '23514', NULL, 'an agreement has a party');
SELECT throws_ok($$INSERT INTO agreement (agreement_no, agreement_name, distributor_id, is_for_all) VALUES ('TWO', 'A', 101, true)$$, '23514', NULL, 'and one');
SELECT is((SELECT string_agg(party_kind, ' ' ORDER BY agreement_id) FROM agreement), 'all group distributor distributor', 'which is known');
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, granted_level_no) SELECT n, 1, '2025-01-01', 'EUR', 1 FROM generate_series(101, 104) AS n;
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (101, 1, 1, 'L', 0, 0.05), (102, 1, 1, 'L', 0, 0.1), (103, 1, 1, 'L', 0, 0.08), (104, 1, 1, 'L', 0, 0.07);
INSERT INTO agreement_scope (agreement_id, version_no, scope_no, product_line, product_id, is_excluded) VALUES (102, 1, 1, 'camera', NULL, true), (103, 1, 1, 'net', NULL, false), (104, 1, 1, NULL, 102, false);
SELECT is((SELECT count(*) FROM generate_series(101, 104) AS n, activate_agreement((SELECT agreement_no FROM agreement WHERE agreement_id = n))), 4::bigint, 'all in force');
SELECT is(pg_temp.price('D', 'SW1', '2025-02-01'), '92 103/1/1', 'the own agreement goes first, though the group gives more');
SELECT is(pg_temp.price('D', 'SW2', '2025-02-01'), '93 104/1/1', 'of the own ones that which names the product');
SELECT is(pg_temp.price('D', 'CAM', '2025-02-01'), '95 101/1/1', 'no own one for cameras, the group leaves them out: that for all');
SELECT is(pg_temp.price('E', 'SW1', '2025-02-01'), '90 102/1/1', 'the group before all');
SELECT is(pg_temp.price('E', 'SW1', '2025-04-01'), '95 101/1/1', 'until one leaves it');
SELECT is(pg_temp.price('F', 'SW1', '2025-02-01'), '95 101/1/1', 'all are all');
SELECT throws_ok('UPDATE agreement SET distributor_id = 102 WHERE agreement_id = 103', 'ZD002', NULL, 'the party stays');
SELECT throws_ok('DELETE FROM agreement_scope', 'ZD002', NULL, 'so does the scope');
SELECT results_eq($$SELECT agreement_no, party_rank FROM agreement_in_force WHERE distributor_id = 102 AND date '2025-02-01' BETWEEN valid_from AND valid_to ORDER BY party_rank$$, $$VALUES ('GROUP'::text, 2), ('ALL', 3)$$, 'what holds for whom can be seen');

-- Closing.
SELECT is((SELECT valid_to FROM close_agreement('NAMED', '2025-06-30')), date '2025-06-30', 'closing sets the end');
SELECT throws_ok($$SELECT close_agreement('NAMED', '2025-06-30')$$, 'P0002', NULL, 'once');
SELECT is(pg_temp.price('D', 'SW2', '2025-07-01'), '92 103/1/1', 'from then on it gives no price');
UPDATE agreement_version SET version_state = 'closed' WHERE agreement_id = 103;
SELECT is((SELECT valid_to FROM agreement_version WHERE agreement_id = 103), current_date, 'closed without a day: today');
SELECT throws_ok($$UPDATE agreement_version SET version_state = 'active', valid_to = NULL WHERE agreement_id = 103$$, 'ZD002', NULL, 'and not opened again');

-- Reviews. F: levels from 1,000 (10 %) and 2,000 (20 %), looked at each quarter.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (105, 'QUARTER', 'A', 103);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, review_span) VALUES (105, 1, '2021-01-01', '2021-12-31', 'EUR', 'quarter');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (105, 1, 1, 'L', 1000, 0.1), (105, 1, 2, 'L', 2000, 0.2);
SELECT lives_ok($$SELECT activate_agreement('QUARTER')$$, 'reviewed by quarter');
SELECT pg_temp.ship(103, '2021-02-01', 1500);
SELECT is(pg_temp.price('F', 'SW1', '2021-03-31'), '100 101/101/2020-01-01', 'what is reached in a quarter');
SELECT is(pg_temp.price('F', 'SW1', '2021-04-01'), '90 105/1/1', 'holds from the next');
SELECT is((SELECT purchased_value FROM discount_level_as_of('2021-04-01') WHERE distributor_id = 103), 1500.0000, 'by what was bought until then');

-- Falling after grace: the past year decides on the anniversary; 30 days of grace.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (106, 'GRACE', 'A', 103);
SELECT throws_ok($$INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, level_down_mode) VALUES (106, 9, '2022-01-01', 'EUR', 'prospective_after_grace')$$, '23514', NULL, 'who has grace is not looked at each day');
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, granted_level_no, level_down_mode, grace_days, review_span)
    VALUES (106, 1, '2022-01-01', '2024-12-31', 'EUR', 2, 'prospective_after_grace', 30, 'month');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (106, 1, 1, 'L', 1000, 0.1), (106, 1, 2, 'L', 2000, 0.2);
SELECT lives_ok($$SELECT activate_agreement('GRACE')$$, 'with grace');
SELECT pg_temp.ship(103, '2022-05-01', 1500);
SELECT is(pg_temp.price('F', 'SW1', '2022-12-31'), '80 106/1/2', 'granted, and not looked at before the year is over');
SELECT is(pg_temp.price('F', 'SW1', '2023-01-30'), '80 106/1/2', '1,500 in the year: grace');
SELECT is(pg_temp.price('F', 'SW1', '2023-01-31'), '90 106/1/1', 'after 30 days the level falls');
-- 2023: 2,100 by June: up from July on, and kept in 2024.
SELECT pg_temp.ship(103, '2023-06-10', 2100);
SELECT is(pg_temp.price('F', 'SW1', '2023-06-30'), '90 106/1/1', 'reached in June');
SELECT is(pg_temp.price('F', 'SW1', '2023-07-01'), '80 106/1/2', 'up in July');
SELECT is(pg_temp.price('F', 'SW1', '2024-12-31'), '80 106/1/2', 'and kept for the year after');

-- Trailing year, reviewed each month, 40 days: what is regained within the grace does not fall.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (107, 'TRAIL', 'A', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, granted_level_no, level_down_mode, grace_days, review_span, level_measure, level_unit)
    VALUES (107, 1, '2021-01-01', '2024-12-31', 'EUR', 1, 'prospective_after_grace', 40, 'month', 'trailing_year', 'quantity');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (107, 1, 1, 'L', 100, 0.1);
SELECT lives_ok($$SELECT activate_agreement('TRAIL')$$, 'by quantity over the trailing year');
-- 100 pieces in March 2021: they leave the year on 1 April 2022 (review), grace until 11 May. Bought again on 20 April: regained at the review of 1 May.
SELECT pg_temp.ship(102, '2021-03-15', 50, NULL, 101, 100), pg_temp.ship(102, '2022-04-20', 50, NULL, 101, 100);
SELECT is(pg_temp.price('E', 'SW1', '2022-05-12'), '90 107/1/1', 'regained within the grace');
-- They leave on 1 May 2023; grace until 10 June.
SELECT is(pg_temp.price('E', 'SW1', '2023-06-09'), '90 107/1/1', 'lost in May');
SELECT is(pg_temp.price('E', 'SW1', '2023-06-10'), '100 101/101/2020-01-01', 'gone after 40 days');

-- Annualized: 600 in 73 days = 3,000 a year: the level of 2,000 from the next review.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (108, 'PACE', 'A', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, level_measure, level_up_mode, level_down_mode) VALUES (108, 1, '2019-01-01', '2019-12-31', 'EUR', 'annualized', 'retroactive_credit', 'retroactive_bill_back');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (108, 1, 1, 'L', 1000, 0.1), (108, 1, 2, 'L', 2000, 0.2);
SELECT lives_ok($$SELECT activate_agreement('PACE')$$, 'by pace');
SELECT pg_temp.ship(102, '2019-02-01', 600, 750);
SELECT is((SELECT trim_scale(purchased_value) || ' ' || level_no FROM discount_level_as_of('2019-03-15') WHERE distributor_id = 102), '3000 2', '600 x 365 / 73');
-- Earned in the end: 600: nothing. It had 20 % off 750: 150 back.
SELECT results_eq($$SELECT trim_scale(granted_amount), earned_level_no, billed_amount FROM discount_true_up('2019-12-31')$$, 'VALUES (150::numeric, NULL::integer, 150.00)', 'billed back');
-- 3,000 more at list with 10 % = 2,700: 3,300 in all, 20 % earned: 750 x (20 - 20 %) + 3,000 x (10 - 20 %) = -300.
SELECT pg_temp.ship(102, '2019-06-01', 2700, 3000);
SELECT results_eq($$SELECT earned_level_no, true_up_amount, billed_amount FROM discount_true_up('2019-12-31')$$, 'VALUES (2, -300.00, -300.00)', 'credited for what was bought at the lower level, not twice for the rest');
SELECT results_eq($$SELECT charge_kind, span_starts_on, span_ends_on, trim_scale(amount) FROM charge_agreements('2020-01-31')$$, $$VALUES ('true_up'::text, date '2019-01-01', date '2019-12-31', -300::numeric)$$, 'as a row');

-- The event that makes a purchase.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (109, 'PAID', 'A', 101), (110, 'ORDER', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, measure_event) VALUES (109, 1, '2018-01-01', '2018-12-31', 'EUR', 'paid'), (110, 1, '2018-01-01', '2018-12-31', 'EUR', 'order');
SELECT lives_ok($$SELECT activate_agreement('PAID'), activate_agreement('ORDER')$$, 'by payment and by order');
SELECT pg_temp.ship(101, '2018-03-01', 100), pg_temp.ship(101, '2018-03-02', 200), pg_temp.ship(101, '2019-01-05', 400);
INSERT INTO purchase_event (distributor_id, shipped_on, sell_in_id, event_kind, occurred_on)
SELECT distributor_id, shipped_on, sell_in_id, k.kind, k.day::date
FROM sell_in CROSS JOIN (VALUES ('2018-03-01', 'paid', '2018-04-10'), ('2019-01-05', 'order', '2018-12-20'), ('2018-03-02', 'paid', '2018-05-01'), ('2018-03-02', 'paid', NULL)) AS k (shipped, kind, day)
WHERE distributor_id = 101 AND shipped_on = k.shipped::date ORDER BY k.day NULLS LAST;
SELECT results_eq($$SELECT agreement_id, purchased_on, trim_scale(amount) FROM agreement_purchase_as_of('2019-12-31', p_agreement_ids => '{109,110}') ORDER BY 1, 2$$,
    $$VALUES (109::bigint, date '2018-04-10', 100::numeric), (110, '2018-03-01', 100), (110, '2018-03-02', 200), (110, '2018-12-20', 400)$$,
    'paid: what was paid, on that day, and not what was taken back; ordered: by order, else by shipment');
SELECT throws_ok('DELETE FROM purchase_event', 'ZD001', NULL, 'events are append-only');

SELECT * FROM finish();
ROLLBACK;
