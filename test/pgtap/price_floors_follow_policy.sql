-- Floors: reject, hold, record; resale floors are record-only unless the
-- territory allows more; the nearest floor counts.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(15);

INSERT INTO territory (territory_id, territory_code, territory_name, allows_resale_floor) VALUES (1, 'EU', 'EU', false), (2, 'XX', 'Elsewhere', true);
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id) VALUES (1, 'D1', 'D1', 1), (2, 'D2', 'D2', 2);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (2, 2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');

CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_price numeric, p_quantity numeric DEFAULT 5, p_currency text DEFAULT 'EUR')
RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, 1, p_on, 'I', p_quantity, p_price, p_quantity * p_price, p_currency)
$$;
CREATE FUNCTION pg_temp.resell(p_distributor bigint, p_on date, p_price numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, 1, 'SS', 2, p_price, 2 * p_price, 'EUR')
$$;

INSERT INTO price_floor (price_floor_id, applies_to, product_id, currency_code, floor_price, valid_from, valid_to, action)
VALUES (101, 'vendor_net_price', 1, 'EUR', 50, '2026-01-01', '2026-03-31', 'reject'),
    (102, 'vendor_net_price', 1, 'EUR', 40, '2026-04-01', NULL, 'hold');
SELECT throws_ok($$SELECT pg_temp.ship(1, '2026-02-01', 49.99)$$, 'ZD010', NULL, 'reject: below the floor');
SELECT is_empty('SELECT FROM sell_in', 'and nothing is written');
SELECT lives_ok($$SELECT pg_temp.ship(1, '2026-02-01', 50.00)$$, 'at the floor is fine');
SELECT lives_ok($$SELECT pg_temp.ship(1, '2026-02-01', 10, -1)$$, 'a return is not a sale below the floor');
SELECT lives_ok($$SELECT pg_temp.ship(1, '2026-02-01', 10, 5, 'USD')$$, 'another currency is not compared');
SELECT lives_ok($$SELECT pg_temp.ship(1, '2026-04-01', 39)$$, 'the floor of the day counts; hold keeps the line');
SELECT results_eq($$SELECT price_floor_id, authorized_price, actual_price, quantity, leakage_amount, action FROM price_violation$$,
    $$VALUES (102::bigint, 40.0000, 39.0000, 5.000, 5.0000, 'hold')$$, '(40 - 39) x 5 = 5 is noted with its rule');

INSERT INTO price_floor (price_floor_id, applies_to, product_id, territory_id, currency_code, floor_price, valid_from, action)
VALUES (103, 'vendor_net_price', 1, 2, 'EUR', 60, '2026-01-01', 'record');
SELECT lives_ok($$SELECT pg_temp.ship(2, '2026-04-01', 55)$$, 'the floor of the territory comes before the general one');
SELECT is((SELECT array_agg(price_floor_id) FROM price_violation WHERE distributor_id = 2), '{103}'::bigint[], 'in the same transaction in which it was set');

SELECT throws_ok($$INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action)
    VALUES ('resale_price', 1, 'EUR', 80, '2026-01-01', 'reject')$$, 'ZD003', NULL, 'a resale floor for everybody is record-only');
SELECT throws_ok($$INSERT INTO price_floor (applies_to, product_id, distributor_id, currency_code, floor_price, valid_from, action)
    VALUES ('resale_price', 1, 1, 'EUR', 80, '2026-01-01', 'hold')$$, 'ZD003', NULL, 'so it is where the law forbids more');
SELECT lives_ok($$INSERT INTO price_floor (applies_to, product_id, territory_id, currency_code, floor_price, valid_from, action)
    VALUES ('resale_price', 1, 2, 'EUR', 80, '2026-01-01', 'reject')$$, 'elsewhere it may be more');
SELECT throws_ok($$SELECT pg_temp.resell(2, '2026-05-01', 79)$$, 'ZD010', NULL, 'and is');
UPDATE territory SET allows_resale_floor = false;
SELECT lives_ok($$SELECT pg_temp.resell(2, '2026-05-01', 79)$$, 'until the policy of the territory changes');
SELECT throws_ok($$INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from)
    VALUES ('vendor_net_price', 1, 'EUR', 45, '2026-03-31')$$, '23P01', NULL, 'two floors of one scope never hold on one day');

SELECT * FROM finish();
ROLLBACK;
