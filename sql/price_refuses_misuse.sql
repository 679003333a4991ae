-- A trigger that is declared wrongly says what is wrong
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_misuse;
SET search_path = price_misuse, distmgmt, public;
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
ALTER TABLE sell_in ADD sold_at timestamptz, ADD amount double precision;
INSERT INTO price_floor VALUES
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100, '2026-01-01', NULL, 'reject');

-- Declares the check with the arguments given, sells, and takes it down again.
CREATE FUNCTION try(p_arguments text, p_how text DEFAULT
    'AFTER INSERT ON sell_in REFERENCING NEW TABLE AS n FOR EACH STATEMENT')
RETURNS TABLE (state text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER t %s EXECUTE FUNCTION price_floor_check(%s)',
                   p_how, p_arguments);
    INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 100, 'EUR');
    RAISE EXCEPTION 'fine' USING ERRCODE = '00001';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
        message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;

-- What is right, with single arguments replaced (NULL: left out).
CREATE FUNCTION arguments(VARIADIC p_changes text[] DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(quote_literal(key || '=' || value), ', ' ORDER BY key)
    FROM jsonb_each_text(
        '{"applies_to": "vendor_net_price", "fact": "sell_in",
          "floors": "price_floor_in_force", "violations": "price_violation",
          "product": "product_id", "price": "net_price", "on": "shipped_on",
          "distributor": "distributor_id", "id": "sell_in_id"}'::jsonb
        || coalesce((SELECT jsonb_object_agg(split_part(c, '=', 1),
                                             nullif(split_part(c, '=', 2), 'NULL'))
                     FROM unnest(p_changes) AS c), '{}')) AS a (key, value)
    WHERE value IS NOT NULL
$$;
\x on
\pset footer off
SELECT * FROM try(arguments());

-- how it is called
SELECT * FROM try(arguments(), 'BEFORE INSERT ON sell_in FOR EACH STATEMENT');
SELECT * FROM try(arguments(), 'BEFORE INSERT ON sell_in FOR EACH ROW');
SELECT * FROM try(arguments(), 'AFTER INSERT ON sell_in FOR EACH ROW');
SELECT * FROM try(arguments(), 'AFTER INSERT ON sell_in FOR EACH STATEMENT');
\x off
SELECT price_floor_check();
CREATE TRIGGER t AFTER DELETE ON sell_in FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check();
DELETE FROM sell_in;
DROP TRIGGER t ON sell_in;
\x on

-- arguments: none, one missing, unknown, twice, empty, no key
SELECT * FROM try('');
SELECT * FROM try(arguments('on=NULL'));
SELECT * FROM try(arguments('Price=net_price'));
SELECT * FROM try(arguments() || $$, 'price=net_price'$$);
SELECT * FROM try(arguments('quantity='));
SELECT * FROM try($$'sell_in'$$);
-- values
SELECT * FROM try(arguments('applies_to=list_price'));
SELECT * FROM try(arguments('product=nothing'));
SELECT * FROM try(arguments('product=a.b'));
SELECT * FROM try(arguments('product="a'));
SELECT * FROM try(arguments('product=ctid'));
SELECT * FROM try(arguments('floors=nothing'));
SELECT * FROM try(arguments('floors=nowhere.price_floor'));
SELECT * FROM try(arguments('violations=a.b.c'));
-- types
SELECT * FROM try(arguments('on=sold_at'));
SELECT * FROM try(arguments('price=amount'));
SELECT * FROM try(arguments('product=net_price'));
SELECT * FROM try(arguments('quantity=currency_code'));
SELECT * FROM try(arguments('currency=product_id'));
\x off

-- floors that cannot be applied
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');
UPDATE price_floor SET action = 'refuse';
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 100, 'EUR');
UPDATE price_floor SET action = 'reject', floor_price = 'NaN';
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 100, 'EUR');
ALTER TABLE price_floor ALTER currency_code DROP NOT NULL;
UPDATE price_floor SET currency_code = NULL, floor_price = 100;
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 100, 'EUR');
-- a floors relation without a column of the contract
CREATE VIEW no_action AS SELECT price_floor_id, applies_to FROM price_floor;
DROP TRIGGER price_check ON sell_in;
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=no_action',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 100, 'EUR');
DROP TRIGGER price_check ON sell_in;

-- the companion
SELECT price_floor_changed();
CREATE TRIGGER t BEFORE UPDATE ON price_floor FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('relation=price_floor_in_force');
UPDATE price_floor SET action = 'hold';
DROP TRIGGER t ON price_floor;
CREATE TRIGGER t AFTER UPDATE ON price_floor FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed();
UPDATE price_floor SET action = 'hold';
DROP TRIGGER t ON price_floor;
CREATE TRIGGER t AFTER UPDATE ON price_floor FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('price_floor_in_force');
UPDATE price_floor SET action = 'hold';
DROP TRIGGER t ON price_floor;
CREATE TRIGGER t AFTER UPDATE ON price_floor FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('relation=nothing');
UPDATE price_floor SET action = 'hold';

SET client_min_messages = warning;
DROP SCHEMA price_misuse CASCADE;
