-- A row below a rejecting floor is refused, and with it the whole statement
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_reject;
SET search_path = price_reject, distmgmt, public;
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
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100, '2026-01-01', NULL, 'reject'),
    (2, 'special_price',    10, NULL, 'EUR', 500, '2026-01-01', NULL, 'reject');

-- success: at the floor, above it, a product without a floor
INSERT INTO sell_in VALUES
    (1, 7, 10, '2026-01-05', 5, 100,      'EUR'),
    (2, 7, 10, '2026-01-05', 5, 100.0001, 'EUR'),
    (3, 7, 11, '2026-01-05', 5, 0.01,     'EUR');

-- failure: two rows of three are below 100; nothing is written, not even the good row
INSERT INTO sell_in VALUES
    (4, 7, 10, '2026-01-05', 5, 120,     'EUR'),
    (5, 7, 10, '2026-01-05', 5, 99.9999, 'EUR'),
    (6, 8, 10, '2026-01-06', 5, -1,      'EUR');
SELECT sell_in_id FROM sell_in ORDER BY sell_in_id;
SELECT count(*) FROM price_violation;

-- the error can be told by its SQLSTATE, and says which fact it was
DO $$
DECLARE
    v_state text; v_schema text; v_table text; v_detail text;
BEGIN
    INSERT INTO sell_in VALUES (7, NULL, 10, '2026-01-05', 5, 99, 'EUR');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE,
        v_schema = SCHEMA_NAME, v_table = TABLE_NAME,
        v_detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '% %.%: %', v_state, v_schema, v_table, v_detail;
END $$;

-- a statement that also has rows to hold writes none of them
INSERT INTO price_floor VALUES
    (3, 'vendor_net_price', 12, NULL, 'EUR', 10, '2026-01-01', NULL, 'hold');
-- failure
INSERT INTO sell_in VALUES
    (8, 7, 12, '2026-01-05', 5, 9,  'EUR'),
    (9, 7, 10, '2026-01-05', 5, 99, 'EUR');
SELECT count(*) FROM price_violation;

-- a statement without rows has nothing to refuse
INSERT INTO sell_in SELECT * FROM sell_in WHERE false;

SET client_min_messages = warning;
DROP SCHEMA price_reject CASCADE;
