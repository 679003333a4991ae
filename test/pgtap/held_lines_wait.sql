-- A line on hold for its price is kept, earns nothing until it is released, and
-- what was known at each moment can be replayed; every way to change a price that
-- is checked is checked again.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(11);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR');
SELECT FROM activate_agreement('A');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (1, 'R', 'R', 1);
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, valid_from, schedule)
SELECT 1, 1, 'L', 'sell_in', fiscal_calendar_id, '2026-01-01', 'retroactive: 10% from 0' FROM fiscal_calendar;
UPDATE rebate_program SET program_state = 'active';
INSERT INTO price_floor (price_floor_id, applies_to, product_id, currency_code, floor_price, valid_from, action)
VALUES (1, 'vendor_net_price', 1, 'EUR', 50, '2026-01-01', 'hold'), (2, 'special_price', 1, 'EUR', 40, '2026-01-01', 'reject');

-- 10 x 60, 10 x 49 and 10 x 48 in one statement: two below 50.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 1, '2026-01-05', 1, 1, '2026-01-05', 'I-' || p, 10, p, 10 * p, 'EUR' FROM unnest(ARRAY[60, 49, 48]) AS p;
SELECT results_eq($$SELECT trim_scale(actual_price), trim_scale(leakage_amount), price_floor_id, action, violation_state FROM price_violation ORDER BY 1$$,
    $$VALUES (48::numeric, 20::numeric, 1::bigint, 'hold'::text, 'open'::text), (49, 10, 1, 'hold', 'open')$$, 'each hit with its leakage and its rule');
SELECT is((SELECT trim_scale(sum(earned_amount)) FROM rebate_as_of('2026-03-31')), 60::numeric, 'held lines earn nothing: 10 % of 600');
UPDATE price_violation SET violation_state = 'released' WHERE actual_price = 49;
SELECT is((SELECT trim_scale(sum(earned_amount)) FROM rebate_as_of('2026-03-31')), 109::numeric, 'a released one does: 10 % of 1,090');
UPDATE price_violation SET violation_state = 'dismissed' WHERE actual_price = 48;
SELECT is((SELECT trim_scale(sum(earned_amount)) FROM rebate_as_of('2026-03-31')), 157::numeric, 'so does one that was none');
SELECT throws_ok($$UPDATE price_violation SET violation_state = 'open' WHERE actual_price = 48$$, 'ZD001', NULL, 'which is decided once');
SELECT is_empty($$SELECT FROM price_violation_standing WHERE violation_state = 'open'$$, 'nothing is left to decide');

-- UPDATE, where the table allows it: an item of a request that waits.
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by)
VALUES (1, 1, 'S', 'Airport', 'EUR', '2026-01-01', '2026-12-31', 'x');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price) VALUES (1, 1, 1, 'EUR', '2026-01-01', 41);
SELECT throws_ok($$UPDATE special_price_item SET unit_price = 39$$, 'ZD010', NULL, 'an UPDATE below the floor is refused');
SELECT lives_ok($$UPDATE special_price_item SET unit_price = 40$$, 'one to the floor is not');
UPDATE price_floor SET action = 'record' WHERE price_floor_id = 2;
SELECT lives_ok($$UPDATE special_price_item SET unit_price = 39$$, 'where it only records, the UPDATE passes');
SELECT results_eq($$SELECT fact_table, quantity, leakage_amount, action FROM price_violation WHERE applies_to = 'special_price'$$,
    $$VALUES ('special_price_item'::text, NULL::numeric, NULL::numeric, 'record'::text)$$, 'and is noted; without a limit the leakage is not known');
UPDATE special_price_item SET unit_price = 45;
SELECT is((SELECT violation_state FROM price_violation_as_of() WHERE applies_to = 'special_price'), 'corrected', 'a price that was corrected is no violation any more');

SELECT * FROM finish();
ROLLBACK;
