-- The check works under odd names, and for users who may neither read floors nor write violations
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE ROLE regress_price_owner;
CREATE ROLE regress_price_seller;
CREATE SCHEMA "Price ""Test"".x" AUTHORIZATION regress_price_owner;
GRANT USAGE ON SCHEMA "Price ""Test"".x" TO regress_price_seller;
SET ROLE regress_price_owner;
SET search_path = "Price ""Test"".x", distmgmt, public;
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
CREATE VIEW "Floors = in.Force" AS SELECT * FROM price_floor;
CREATE TRIGGER price_floor_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON price_floor
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('relation="Floors = in.Force"');
CREATE TABLE price_violation (
    price_violation_id bigint GENERATED ALWAYS AS IDENTITY,
    distributor_id bigint, occurred_on date, fact_table text, fact_id bigint,
    applies_to text, price_floor_id bigint, product_id bigint,
    currency_code text, authorized_price numeric, actual_price numeric,
    quantity numeric, action text, state text DEFAULT 'open'
);

CREATE TABLE "Sell=In" (
    "Id, please" bigint, "distributor_id " bigint, "Product""Id" bigint,
    "on" date, "Quantity.1" numeric, "Prix=net" numeric, "Währung" text
);
CREATE TRIGGER price_check
    AFTER INSERT ON "Sell=In" REFERENCING NEW TABLE AS "new=rows"
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=Sell=In', 'floors="Price ""Test"".x"."Floors = in.Force"',
        'violations=PRICE_VIOLATION', 'product="Product""Id"',
        'price="Prix=net"', 'on=on', 'distributor="distributor_id "',
        'id="Id, please"', 'quantity="Quantity.1"', 'currency="Währung"');
INSERT INTO price_floor VALUES
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100, '2026-01-01', NULL, 'reject'),
    (2, 'vendor_net_price', 11, NULL, 'EUR', 100, '2026-01-01', NULL, 'record');

-- a trigger of the owner that is not careful about the search path
CREATE FUNCTION remark() RETURNS text LANGUAGE sql RETURN 'by the owner';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state := remark();
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON price_violation
    FOR EACH ROW EXECUTE FUNCTION stamp();

GRANT INSERT ON "Sell=In" TO regress_price_seller;
ALTER TABLE price_floor ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "Sell=In" ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON "Sell=In" FOR INSERT TO regress_price_seller
    WITH CHECK (true);
SET ROLE regress_price_seller;
-- failure: not allowed to look
TABLE price_floor;
-- failure: refused all the same
INSERT INTO "Sell=In" VALUES (1, 7, 10, '2026-01-05', 1, 99, 'EUR');
-- success, and recorded
INSERT INTO "Sell=In" VALUES (2, 7, 11, '2026-01-05', 1, 99, 'EUR');
SELECT current_user, current_setting('search_path');
-- what a user puts in front of pg_catalog is not looked at
CREATE TEMP TABLE price_floor_hit (action text);
RESET ROLE;
CREATE SCHEMA price_trap;
GRANT ALL ON SCHEMA price_trap TO PUBLIC;
SET ROLE regress_price_seller;
CREATE FUNCTION price_trap.equal(text, text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR price_trap.= (FUNCTION = price_trap.equal,
    LEFTARG = text, RIGHTARG = text);
CREATE DOMAIN price_trap.text AS pg_catalog.text CHECK (false);
CREATE FUNCTION price_trap.remark() RETURNS pg_catalog.text LANGUAGE sql
    RETURN 'trapped';
SET search_path = price_trap, pg_catalog;
INSERT INTO "Price ""Test"".x"."Sell=In" VALUES
    (3, 7, 11, '2026-01-05', 1, 98, 'EUR');
RESET search_path;
RESET ROLE;
SELECT fact_table, fact_id, actual_price, state
FROM "Price ""Test"".x".price_violation ORDER BY fact_id;

SET client_min_messages = warning;
DROP SCHEMA "Price ""Test"".x", price_trap CASCADE;
DROP TABLE pg_temp.price_floor_hit;
DROP ROLE regress_price_owner, regress_price_seller;
