-- The check finds what a query over the floors finds
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA price_query;
SET search_path = price_query, distmgmt, public;
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

-- 2,000 floors over 50 products, 20 distributors, 3 currencies and two years;
-- 10,000 sales, some without a value here or there
SELECT setseed(0.42);
INSERT INTO price_floor
SELECT i, CASE WHEN random() < 0.9 THEN 'vendor_net_price'
               ELSE 'special_price' END,
       (random() * 50)::bigint * 1000003 - 25000000,
       CASE WHEN random() < 0.6 THEN (random() * 20)::bigint END,
       (ARRAY['EUR', 'USD', 'JPY'])[1 + floor(random() * 3)],
       round((random() * 20)::numeric, (random() * 10)::integer)
           * CASE WHEN random() < 0.05 THEN 1e12 ELSE 1 END,
       f.valid_from,
       CASE WHEN random() < 0.8 THEN f.valid_from + (random() * 60)::integer END,
       CASE WHEN random() < 0.5 THEN 'hold' ELSE 'record' END
FROM generate_series(1, 2000) AS i,
     LATERAL (SELECT CASE WHEN i % 20 > 0 THEN
                  date '2025-01-01' + (random() * 700)::integer END) AS f (valid_from);
ALTER TABLE sell_in ALTER net_price TYPE numeric;
INSERT INTO sell_in
SELECT i,
       CASE WHEN random() < 0.95 THEN (random() * 22)::bigint END,
       CASE WHEN random() < 0.95 THEN (random() * 52)::bigint * 1000003 - 25000000 END,
       CASE WHEN random() < 0.95 THEN date '2025-01-01' + (random() * 720)::integer END,
       CASE WHEN random() < 0.95 THEN round((random() * 10 - 1)::numeric, 3) END,
       CASE WHEN random() < 0.95 THEN
           round((random() * 20)::numeric, (random() * 10)::integer)
           * CASE WHEN random() < 0.05 THEN 1e11 ELSE 1 END END,
       CASE WHEN random() < 0.95 THEN (ARRAY['EUR', 'USD', 'JPY'])[1 + floor(random() * 3)] END
FROM generate_series(1, 10000) AS i;

CREATE INDEX ON price_floor (product_id);
CREATE TABLE expected AS
SELECT s.distributor_id, s.shipped_on AS occurred_on, 'sell_in' AS fact_table,
       s.sell_in_id AS fact_id, 'vendor_net_price' AS applies_to,
       f.price_floor_id, s.product_id, s.currency_code,
       f.floor_price AS authorized_price, s.net_price AS actual_price,
       s.quantity, f.action
FROM sell_in AS s
CROSS JOIN LATERAL (
    SELECT *
    FROM price_floor AS f
    WHERE f.applies_to = 'vendor_net_price'
      AND f.product_id = s.product_id
      AND f.currency_code = s.currency_code
      AND (f.distributor_id IS NULL OR f.distributor_id = s.distributor_id)
      AND s.shipped_on >= coalesce(f.valid_from, '-infinity')
      AND s.shipped_on <= coalesce(f.valid_to, 'infinity')
    ORDER BY f.distributor_id IS NULL, f.floor_price DESC, f.price_floor_id
    LIMIT 1) AS f
WHERE s.net_price < f.floor_price
  AND (s.quantity > 0 OR s.quantity IS NULL);

CREATE VIEW found AS
SELECT distributor_id, occurred_on, fact_table, fact_id, applies_to,
       price_floor_id, product_id, currency_code, authorized_price,
       actual_price, quantity, action
FROM price_violation;

SELECT count(*) > 1000 AS many FROM expected;
(TABLE expected EXCEPT ALL TABLE found) UNION ALL
(TABLE found EXCEPT ALL TABLE expected);

SET client_min_messages = warning;
DROP SCHEMA price_query CASCADE;
