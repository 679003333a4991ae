-- A row below a holding or recording floor is kept and written down once
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_hold;
SET search_path = price_hold, distmgmt, public;
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
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100,    '2026-01-01', NULL, 'hold'),
    (2, 'vendor_net_price', 11, NULL, 'EUR', 50.005, '2026-01-01', NULL, 'record');

-- below: 2 and 3 (99.99 < 100) and 5 (50 < 50.005)
INSERT INTO sell_in VALUES
    (1, 7,    10, '2026-01-05', 5,   100,     'EUR'),
    (2, 7,    10, '2026-01-05', 5,   99.99,   'EUR'),
    (3, NULL, 10, '2026-01-06', 2.5, 99.99,   'EUR'),
    (4, 8,    11, '2026-01-07', 1,   50.0051, 'EUR'),
    (5, 8,    11, '2026-01-08', 1,   50,      'EUR');
SELECT count(*) FROM sell_in;
SELECT distributor_id, occurred_on, fact_table, fact_id, applies_to,
       price_floor_id, product_id
FROM price_violation ORDER BY fact_id;
SELECT fact_id, currency_code, authorized_price, actual_price, quantity,
       action, state
FROM price_violation ORDER BY fact_id;

-- one INSERT for all of a statement: a statement trigger on the violations fires once for 50,000
TRUNCATE price_violation, sell_in;
CREATE TABLE fired (rows bigint);
CREATE FUNCTION count_fired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fired SELECT count(*) FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER count_fired AFTER INSERT ON price_violation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_fired();
SET work_mem = '64kB';
INSERT INTO sell_in
SELECT i, 7, 10, '2026-01-05', 1, 100 - i % 2, 'EUR'
FROM generate_series(1, 100000) AS i;
RESET work_mem;
SELECT rows FROM fired;
SELECT count(*), min(fact_id), max(fact_id), sum(authorized_price - actual_price)
FROM price_violation;

-- the violations relation is found again after it was renamed, changed, replaced
ALTER TABLE price_violation RENAME TO old_violation;
-- failure: the name is gone
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 5, 99, 'EUR');
CREATE TABLE price_violation (LIKE old_violation INCLUDING ALL);
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 5, 99, 'EUR');
ALTER TABLE price_violation DROP COLUMN state;
INSERT INTO sell_in VALUES (2, 7, 10, '2026-01-05', 5, 99, 'EUR');
SELECT fact_id FROM price_violation ORDER BY fact_id;
ALTER TABLE price_violation RENAME TO violation_2026;
DROP TRIGGER price_check ON sell_in;
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=violation_2026', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');
INSERT INTO sell_in VALUES (3, 7, 10, '2026-01-05', 5, 99, 'EUR');
SELECT fact_id FROM violation_2026 ORDER BY fact_id;
ALTER TABLE violation_2026 DROP COLUMN quantity;
-- failure: a column of the contract is missing
INSERT INTO sell_in VALUES (4, 7, 10, '2026-01-05', 5, 99, 'EUR');

SET client_min_messages = warning;
DROP SCHEMA price_hold CASCADE;
