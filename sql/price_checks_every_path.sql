-- Every way to write rows is checked: COPY, INSERT, UPDATE, MERGE, ON CONFLICT, partitions
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_path;
SET search_path = price_path, distmgmt, public;
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

-- Other types, a dropped column, a generated price, padded currencies. Into a
-- partition of another shape PostgreSQL 15 hands generated columns over as
-- NULL: the check computes them.
CREATE DOMAIN product_number AS integer;
CREATE TABLE sell_in (
    gone           text,
    product_id     product_number,
    shipped_on     date,
    quantity       smallint,
    list_price     numeric,
    discount       numeric,
    net_price      numeric GENERATED ALWAYS AS (list_price * (1 - discount)) STORED,
    distributor_id smallint,
    sell_in_id     integer,
    currency_code  character(5),
    PRIMARY KEY (sell_in_id, shipped_on)
) PARTITION BY RANGE (shipped_on);
-- one partition of another shape
CREATE TABLE sell_in_2026_01 (
    sell_in_id     integer NOT NULL,
    currency_code  character(5),
    distributor_id smallint,
    list_price     numeric,
    discount       numeric,
    net_price      numeric GENERATED ALWAYS AS (list_price * (1 - discount)) STORED,
    quantity       smallint,
    shipped_on     date NOT NULL,
    product_id     product_number
);
ALTER TABLE sell_in DROP COLUMN gone;
ALTER TABLE sell_in ATTACH PARTITION sell_in_2026_01
    FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sell_in_rest PARTITION OF sell_in DEFAULT;
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');
CREATE TRIGGER price_check_update
    AFTER UPDATE ON sell_in REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');

INSERT INTO price_floor VALUES
    (1, 'vendor_net_price', 10, NULL, 'EUR', 88, '2026-01-01', NULL, 'record'),
    (2, 'vendor_net_price', 11, NULL, 'EUR', 88, '2026-01-01', NULL, 'reject');

-- 12 % off 100 is 88: fine; 13 % off is 87
COPY sell_in (sell_in_id, distributor_id, product_id, shipped_on, quantity, list_price, discount, currency_code) FROM stdin;
1	7	10	2026-01-05	5	100	0.12	EUR
2	7	10	2026-01-05	5	100	0.13	EUR
3	7	10	2026-02-05	5	100	0.13	EUR
4	7	10	2026-02-05	-5	100	0.13	EUR
\.
SELECT fact_table, fact_id, actual_price, quantity, currency_code
FROM price_violation ORDER BY fact_id;

-- failure: COPY is refused as a whole
COPY sell_in (sell_in_id, distributor_id, product_id, shipped_on, quantity, list_price, discount, currency_code) FROM stdin;
5	7	11	2026-01-05	5	100	0.12	EUR
6	7	11	2026-01-05	5	100	0.13	EUR
\.
SELECT count(*) FROM sell_in;

-- INSERT ... SELECT, and a data-modifying WITH
TRUNCATE price_violation;
INSERT INTO sell_in (sell_in_id, distributor_id, product_id, shipped_on,
                     quantity, list_price, discount, currency_code)
SELECT 10 + i, 7, 10, '2026-01-05', i, 100, 0.10 + i * 0.01, 'EUR'
FROM generate_series(1, 4) AS i;
WITH sold AS (
    INSERT INTO sell_in (sell_in_id, distributor_id, product_id, shipped_on,
                         quantity, list_price, discount, currency_code)
    VALUES (20, 7, 10, '2026-02-05', 1, 100, 0.5, 'EUR')
    RETURNING sell_in_id
)
SELECT sell_in_id FROM sold;
-- 13 and 14 (13 % and 14 % off), 20
SELECT fact_id, actual_price FROM price_violation ORDER BY fact_id;

-- ON CONFLICT: the rows inserted by the one trigger, the rows updated by the other
TRUNCATE price_violation;
INSERT INTO sell_in (sell_in_id, distributor_id, product_id, shipped_on,
                     quantity, list_price, discount, currency_code)
VALUES (1,  7, 10, '2026-01-05', 1, 100, 0.20, 'EUR'),
       (30, 7, 10, '2026-01-05', 1, 100, 0.30, 'EUR')
ON CONFLICT (sell_in_id, shipped_on) DO UPDATE SET discount = excluded.discount;
SELECT fact_id, actual_price FROM price_violation ORDER BY fact_id;
-- failure: DO UPDATE into a rejecting floor
INSERT INTO sell_in (sell_in_id, distributor_id, product_id, shipped_on,
                     quantity, list_price, discount, currency_code)
VALUES (1, 7, 10, '2026-01-05', 1, 100, 0.20, 'EUR')
ON CONFLICT (sell_in_id, shipped_on) DO UPDATE SET product_id = 11;

-- UPDATE, also one that moves the row to another partition
TRUNCATE price_violation;
UPDATE sell_in SET discount = 0.15, shipped_on = '2026-03-01'
WHERE sell_in_id = 12;
SELECT fact_id, occurred_on, actual_price FROM price_violation;

-- MERGE
TRUNCATE price_violation;
MERGE INTO sell_in AS s
USING (VALUES (40, 0.16), (12, 0.17)) AS n (id, discount)
ON s.sell_in_id = n.id
WHEN MATCHED THEN UPDATE SET discount = n.discount
WHEN NOT MATCHED THEN
    INSERT (sell_in_id, distributor_id, product_id, shipped_on, quantity,
            list_price, discount, currency_code)
    VALUES (n.id, 7, 10, '2026-01-05', 1, 100, n.discount, 'EUR');
SELECT fact_id, actual_price FROM price_violation ORDER BY fact_id;

-- a trigger of the same statement that reads its rows first disturbs nothing
TRUNCATE price_violation;
CREATE FUNCTION read_half() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM rows_too LIMIT 1;
    RETURN NULL;
END $$;
CREATE TRIGGER a_first AFTER INSERT ON sell_in REFERENCING NEW TABLE AS rows_too
    FOR EACH STATEMENT EXECUTE FUNCTION read_half();
CREATE TRIGGER z_last AFTER INSERT ON sell_in REFERENCING NEW TABLE AS rows_too
    FOR EACH STATEMENT EXECUTE FUNCTION read_half();
INSERT INTO sell_in (sell_in_id, distributor_id, product_id, shipped_on,
                     quantity, list_price, discount, currency_code)
SELECT 100 + i, 7, 10, '2026-01-05', 1, 100, 0.5, 'EUR'
FROM generate_series(1, 5) AS i;
SELECT count(*) FROM price_violation;

-- a load straight into a partition fires the partition's triggers, not the
-- parent's: it needs a trigger of its own
TRUNCATE price_violation;
INSERT INTO sell_in_2026_01 (sell_in_id, distributor_id, product_id, shipped_on,
                             quantity, list_price, discount, currency_code)
VALUES (200, 7, 10, '2026-01-05', 1, 100, 0.5, 'EUR');
SELECT count(*) FROM price_violation;
CREATE TRIGGER price_check
    AFTER INSERT ON sell_in_2026_01 REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=vendor_net_price',
        'fact=sell_in', 'floors=price_floor_in_force',
        'violations=price_violation', 'product=product_id',
        'price=net_price', 'on=shipped_on', 'distributor=distributor_id',
        'id=sell_in_id', 'quantity=quantity', 'currency=currency_code');
INSERT INTO sell_in_2026_01 (sell_in_id, distributor_id, product_id, shipped_on,
                             quantity, list_price, discount, currency_code)
VALUES (201, 7, 10, '2026-01-05', 1, 100, 0.5, 'EUR');
SELECT fact_table, fact_id FROM price_violation;

SET client_min_messages = warning;
DROP SCHEMA price_path CASCADE;
