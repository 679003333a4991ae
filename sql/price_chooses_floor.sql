-- The distributor's floor decides before the general one, the highest, the lowest id, on the day, in the currency
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_choice;
SET search_path = price_choice, distmgmt, public;
CREATE TABLE price_floor (
    price_floor_id bigint PRIMARY KEY,
    applies_to     text NOT NULL,
    product_id     bigint NOT NULL,
    distributor_id bigint,
    currency_code  text NOT NULL,
    floor_price    numeric NOT NULL,
    valid_from     date,
    valid_to       date,
    action         text NOT NULL
);
CREATE VIEW price_floor_in_force AS SELECT * FROM price_floor;
CREATE TRIGGER price_floor_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON price_floor
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('relation=price_floor_in_force');
CREATE TABLE price_violation (
    price_violation_id bigint GENERATED ALWAYS AS IDENTITY,
    distributor_id bigint, occurred_on date, fact_table text, fact_id bigint,
    applies_to text, price_floor_id bigint, product_id bigint,
    currency_code text, authorized_price numeric, actual_price numeric,
    quantity numeric, action text, state text DEFAULT 'open'
);
CREATE TABLE sell_in (
    sell_in_id bigint, distributor_id bigint, product_id bigint,
    shipped_on date, quantity numeric(18,3), net_price numeric(18,4),
    currency_code text
);
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');

INSERT INTO price_floor VALUES
    -- product 10: general 100; distributor 7 has 90, which is lower and still decides
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100, '2026-01-01', NULL, 'record'),
    (2, 'vendor_net_price', 10, 7,    'EUR', 90,  '2026-01-01', '2026-06-30', 'record'),
    -- product 11: two at once, the higher decides; equal ones, the lower id
    (5, 'vendor_net_price', 11, NULL, 'EUR', 40,  '2026-01-01', NULL, 'record'),
    (4, 'vendor_net_price', 11, NULL, 'EUR', 50,  '2026-01-01', NULL, 'record'),
    (3, 'vendor_net_price', 11, NULL, 'EUR', 50.00, '2026-01-01', NULL, 'record'),
    -- product 12: dated, both ends inclusive; then a higher one; open start
    (6, 'vendor_net_price', 12, NULL, 'EUR', 10,  NULL,         '2025-12-31', 'record'),
    (7, 'vendor_net_price', 12, NULL, 'EUR', 20,  '2026-01-01', '2026-01-31', 'record'),
    (8, 'vendor_net_price', 12, NULL, 'EUR', 30,  '2026-02-02', NULL, 'record'),
    -- product 13: two currencies
    (9, 'vendor_net_price', 13, NULL, 'EUR', 10,  '2026-01-01', NULL, 'record'),
    (10, 'vendor_net_price', 13, NULL, 'USD', 12, '2026-01-01', NULL, 'record'),
    -- product 14: other kinds of price say nothing about this one
    (11, 'resale_price',    14, NULL, 'EUR', 99,  '2026-01-01', NULL, 'record'),
    -- product 15: finer than eight decimals, beyond 64 bits, no limit
    (12, 'vendor_net_price', 15, NULL, 'EUR', 0.0000000012, '2026-01-01', '2026-01-31', 'record'),
    (13, 'vendor_net_price', 15, NULL, 'EUR', 123456789012345678901234567890, '2026-02-01', '2026-02-28', 'record'),
    (14, 'vendor_net_price', 15, NULL, 'EUR', 'Infinity', '2026-03-01', NULL, 'record');

ALTER TABLE sell_in ALTER net_price TYPE numeric, ADD note text;
INSERT INTO sell_in VALUES
    (101, 7, 10, '2026-03-01', 1, 95,    'EUR', 'fine: 90 for distributor 7'),
    (102, 7, 10, '2026-03-01', 1, 89.99, 'EUR', 'floor 2'),
    (103, 8, 10, '2026-03-01', 1, 95,    'EUR', 'floor 1'),
    (104, 7, 10, '2026-07-01', 1, 95,    'EUR', 'floor 1: floor 2 has ended'),
    (105, 7, 10, '2026-06-30', 1, 95,    'EUR', 'fine: the last day of floor 2'),
    (106, NULL, 10, '2026-06-30', 1, 95, 'EUR', 'floor 1: no distributor'),
    (107, 7, 10, '2026-03-01', 1, 90.000, 'EUR', 'fine: equal to floor 2'),
    (111, 7, 11, '2026-03-01', 1, 45,    'EUR', 'floor 3: 50, lowest id'),
    (112, 7, 11, '2026-03-01', 1, 50,    'EUR', 'fine'),
    (121, 7, 12, '2025-12-31', 1, 9,     'EUR', 'floor 6'),
    (122, 7, 12, '2026-01-01', 1, 19.99, 'EUR', 'floor 7'),
    (123, 7, 12, '2026-01-31', 1, 19.99, 'EUR', 'floor 7'),
    (124, 7, 12, '2026-02-01', 1, 1,     'EUR', 'fine: none in force'),
    (125, 7, 12, '2026-02-02', 1, 29,    'EUR', 'floor 8'),
    (126, 7, 12, '0001-01-01 BC', 1, 9,  'EUR', 'floor 6'),
    (127, 7, 12, 'infinity', 1, 29,      'EUR', 'floor 8'),
    (131, 7, 13, '2026-03-01', 1, 11,    'EUR', 'fine'),
    (132, 7, 13, '2026-03-01', 1, 11,    'USD', 'floor 10'),
    (133, 7, 13, '2026-03-01', 1, 1,     'GBP', 'fine: no floor in this currency'),
    (134, 7, 13, '2026-03-01', 1, 1,     NULL,  'fine: no currency'),
    (135, 7, 13, '2026-03-01', 1, 1,     'EU',  'fine: another currency'),
    (141, 7, 14, '2026-03-01', 1, 1,     'EUR', 'fine: not a resale price'),
    (151, 7, 15, '2026-01-31', 1, 0.0000000011, 'EUR', 'floor 12'),
    (152, 7, 15, '2026-01-31', 1, 0.0000000012, 'EUR', 'fine'),
    (153, 7, 15, '2026-02-01', 1, 123456789012345678901234567889, 'EUR', 'floor 13'),
    (154, 7, 15, '2026-02-01', 1, 123456789012345678901234567890, 'EUR', 'fine'),
    (155, 7, 15, '2026-03-01', 1, 1e100, 'EUR', 'floor 14'),
    (156, 7, 15, '2026-03-01', 1, 'NaN', 'EUR', 'fine: NaN sorts above all'),
    (157, 7, 15, '2026-03-01', 1, '-Infinity', 'EUR', 'floor 14'),
    -- not checked: returns and reversals, no price, no product, no date
    (161, 7, 10, '2026-03-01', 0,    1,    'EUR', 'fine: quantity 0'),
    (162, 7, 10, '2026-03-01', -3,   1,    'EUR', 'fine: a return'),
    (163, 7, 10, '2026-03-01', 1,    NULL, 'EUR', 'fine: no price'),
    (164, 7, NULL, '2026-03-01', 1,  1,    'EUR', 'fine: no product'),
    (165, 7, 10, NULL,         1,    1,    'EUR', 'fine: no date'),
    (166, 7, 10, '2026-03-01', NULL, 1,    'EUR', 'floor 2: quantity unknown'),
    (167, 7, 10, '2026-03-01', 0.001, 1,   'EUR', 'floor 2');
SELECT s.sell_in_id, v.price_floor_id, s.note
FROM sell_in AS s LEFT JOIN price_violation AS v ON v.fact_id = s.sell_in_id
ORDER BY s.sell_in_id;
-- the notes say the same
SELECT count(*) AS wrong
FROM sell_in AS s LEFT JOIN price_violation AS v ON v.fact_id = s.sell_in_id
WHERE substring(s.note FROM '^floor (\d+)')::bigint
      IS DISTINCT FROM v.price_floor_id;

-- without the arguments quantity and currency every row and floor counts
TRUNCATE sell_in, price_violation;
DROP TRIGGER price_check ON sell_in;
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id');
INSERT INTO sell_in VALUES
    (162, 7, 10, '2026-03-01', -3, 1,  'EUR'),
    (133, 7, 13, '2026-03-01', 1,  11, 'GBP');
SELECT fact_id, price_floor_id, currency_code, authorized_price, quantity
FROM price_violation ORDER BY fact_id;

SET client_min_messages = warning;
DROP SCHEMA price_choice CASCADE;
