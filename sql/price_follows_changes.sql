-- The check sees each change of the floors at once, and forgets what was rolled back
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_change;
SET search_path = price_change, distmgmt, public;
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

-- Each probe sells at 95 and tells the floor that minds, if any.
CREATE FUNCTION probe() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 95, 'EUR');
    RETURN 'fine';
EXCEPTION WHEN SQLSTATE 'ZD010' THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN substring(v_detail FROM 'floor is [0-9.]+ EUR');
END $$;

SELECT probe() AS no_floor;
INSERT INTO price_floor VALUES
    (1, 'vendor_net_price', 10, NULL, 'EUR', 100, '2026-01-01', NULL, 'reject');
SELECT probe() AS at_100;

-- in the same transaction; after its rollback
BEGIN;
UPDATE price_floor SET floor_price = 90;
SELECT probe() AS fine_at_90;
UPDATE price_floor SET floor_price = 96;
SELECT probe() AS at_96;
ROLLBACK;
SELECT probe() AS at_100_again;

-- savepoints: what was rolled back is forgotten, what was not is kept
BEGIN;
UPDATE price_floor SET floor_price = 97;
SAVEPOINT a;
SELECT probe() AS at_97;
UPDATE price_floor SET floor_price = 90;
SELECT probe() AS fine_at_90;
ROLLBACK TO a;
SELECT probe() AS at_97_again;
SAVEPOINT b;
DELETE FROM price_floor;
SELECT probe() AS fine_without;
RELEASE b;
SELECT probe() AS fine_without;
ROLLBACK TO a;
SELECT probe() AS at_97_again;
COMMIT;
SELECT probe() AS at_97_for_good;

-- the load happens in the savepoint that is rolled back, the change before
BEGIN;
UPDATE price_floor SET floor_price = 98;
SAVEPOINT a;
SELECT probe() AS at_98;
ROLLBACK TO a;
SELECT probe() AS at_98_still;
ROLLBACK;
SELECT probe() AS at_97_still;

-- TRUNCATE, and its rollback
BEGIN;
TRUNCATE price_floor;
SELECT probe() AS fine_without;
ROLLBACK;
SELECT probe() AS at_97_still;

-- one statement that changes floors and sells from what it changed: the new
-- floor counts, although the old one is known
INSERT INTO sell_in VALUES (1, 7, 10, '2026-01-05', 1, 98, 'EUR');
WITH raised AS (
    UPDATE price_floor SET floor_price = 99 RETURNING price_floor_id
)
INSERT INTO sell_in
SELECT 1, 7, 10, '2026-01-05', 1, 98, 'EUR' FROM raised;
SELECT probe() AS at_97_still;

-- a row trigger on the floors that sells in the middle of the change, so that
-- the floors are read before anybody has been told; then all is undone, by an
-- abort and by a savepoint
CREATE FUNCTION sell_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sell_in VALUES (2, 7, 10, '2026-01-05', 1, 1000, 'EUR');
    RAISE EXCEPTION 'the change is undone' USING ERRCODE = 'P0001';
END $$;
CREATE TRIGGER sell_now AFTER UPDATE ON price_floor
    FOR EACH ROW WHEN (NEW.floor_price = 90) EXECUTE FUNCTION sell_now();
UPDATE price_floor SET floor_price = 97;
UPDATE price_floor SET floor_price = 90;
SELECT probe() AS at_97_still;
UPDATE price_floor SET floor_price = 97;
BEGIN;
SAVEPOINT a;
UPDATE price_floor SET floor_price = 90;
ROLLBACK TO a;
SELECT probe() AS at_97_still;
COMMIT;
SELECT probe() AS at_97_still;
DROP TRIGGER sell_now ON price_floor;

-- another definition of the view
CREATE OR REPLACE VIEW price_floor_in_force AS
    SELECT price_floor_id, applies_to, product_id, distributor_id,
           currency_code, floor_price - 5 AS floor_price, valid_from,
           valid_to, action
    FROM price_floor;
SELECT probe() AS fine_at_92;
CREATE OR REPLACE VIEW price_floor_in_force AS SELECT * FROM price_floor;
SELECT probe() AS at_97_still;

-- another relation under the same name
BEGIN;
ALTER VIEW price_floor_in_force RENAME TO other;
CREATE TABLE price_floor_in_force AS SELECT * FROM price_floor WHERE false;
SELECT probe() AS fine_without;
ROLLBACK;
SELECT probe() AS at_97_still;

-- floors in partitions that come and go: DDL below the view speaks for itself
CREATE TABLE part_floor (LIKE price_floor) PARTITION BY LIST (product_id);
CREATE TABLE part_floor_10 (LIKE price_floor);
INSERT INTO part_floor_10 SELECT * FROM price_floor;
CREATE OR REPLACE VIEW price_floor_in_force AS SELECT * FROM part_floor;
SELECT probe() AS fine_without;
ALTER TABLE part_floor ATTACH PARTITION part_floor_10 FOR VALUES IN (10);
SELECT probe() AS at_97;
ALTER TABLE part_floor DETACH PARTITION part_floor_10;
SELECT probe() AS fine_without;
CREATE OR REPLACE VIEW price_floor_in_force AS SELECT * FROM price_floor;

-- under a transaction snapshot the same, and it leaves nothing behind
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT probe() AS at_97;
UPDATE price_floor SET floor_price = 90;
SELECT probe() AS fine_at_90;
ROLLBACK;
SELECT probe() AS at_97_still;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE price_floor SET floor_price = 90;
SELECT probe() AS fine_at_90;
COMMIT;
SELECT probe() AS fine_at_90;

-- a changed trigger FOR EACH ROW will do, as a subscription needs it
DROP TRIGGER price_floor_changed ON price_floor;
CREATE TRIGGER price_floor_changed
    AFTER INSERT OR UPDATE OR DELETE ON price_floor
    FOR EACH ROW
    EXECUTE FUNCTION price_floor_changed('relation=price_floor_in_force');
UPDATE price_floor SET floor_price = 97;
SELECT probe() AS at_97;

SET client_min_messages = warning;
DROP SCHEMA price_change CASCADE;
