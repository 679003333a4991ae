-- bench/price.sql: what price_floor_check() costs a COPY.
--
--     psql -X -v rows=1000000 -v rounds=5 -f bench/price.sql
--
-- The server writes and reads one file in :dir (superuser). Every variant
-- loads the same rows into a table of the same shape; rounds are interleaved in
-- random order, so that only ratios within one run count: of medians, and on a
-- busy machine rather of the least processor time. "heap" is a
-- table without any index, where a trigger shows most; "fact" has a primary
-- key, a unique key, two indexes and three foreign keys (with -v fact=1);
-- "update" is an UPDATE of every row of a heap. "times ours" is what a variant
-- costs on top of no trigger, in units of what holding 1 % costs.
--
-- 2,000 products, one general floor each for two periods and a floor of one
-- distributor for every tenth; 1 % of the rows are below it where held or
-- recorded, none where rejected.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 1000000 \endif
\if :{?rounds} \else \set rounds 5 \endif
\if :{?fact} \else \set fact 0 \endif
\if :{?dir} \else \set dir /tmp \endif
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET synchronous_commit = off;

DROP SCHEMA IF EXISTS bench_price CASCADE;
CREATE EXTENSION IF NOT EXISTS distmgmt;
CREATE SCHEMA bench_price;
SET search_path = bench_price, distmgmt;

CREATE TABLE price_floor (
    price_floor_id bigint PRIMARY KEY,
    applies_to     text NOT NULL,
    product_id     bigint NOT NULL,
    distributor_id bigint,
    currency_code  text NOT NULL,
    floor_price    numeric(18,4) NOT NULL,
    valid_from     date NOT NULL,
    valid_to       date,
    action         text NOT NULL
);
CREATE VIEW price_floor_in_force AS SELECT * FROM price_floor;
CREATE TRIGGER price_floor_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON price_floor
    FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_changed('relation=price_floor_in_force');

CREATE TABLE price_violation (
    distributor_id bigint, occurred_on date, fact_table text, fact_id bigint,
    applies_to text, price_floor_id bigint, product_id bigint,
    currency_code text, authorized_price numeric(18,4),
    actual_price numeric(18,4), quantity numeric(18,3), action text
);

INSERT INTO price_floor
SELECT row_number() OVER (), a.applies_to, p.product_id, d.distributor_id,
       'EUR', CASE WHEN d.distributor_id IS NULL THEN 100 ELSE 99 END,
       v.valid_from, v.valid_to, a.action
FROM (VALUES ('vendor_net_price', 'hold'), ('special_price', 'reject'),
             ('resale_price', 'record')) AS a (applies_to, action)
CROSS JOIN generate_series(1, 2000) AS p (product_id)
CROSS JOIN (VALUES (date '2024-01-01', date '2024-12-31'),
                   (date '2025-01-01', NULL)) AS v (valid_from, valid_to)
CROSS JOIN (VALUES (NULL::bigint), (7)) AS d (distributor_id)
WHERE d.distributor_id IS NULL OR p.product_id % 10 = 0;
CREATE INDEX price_floor_lookup ON price_floor
    (applies_to, product_id, currency_code, valid_from DESC);
ANALYZE price_floor;

-- The rows: clean ones, and the same with 1 % of the prices at 98.
SELECT format($$COPY (
    SELECT i, 1 + floor(200 * random() ^ 2.2)::bigint,
           1 + floor(2000 * random() ^ 2.2)::bigint,
           date '2024-01-01' + (random() * 700)::integer,
           (1 + floor(50 * random())) * CASE WHEN random() < 0.02
                                             THEN -1 ELSE 1 END,
           CASE WHEN i %% 100 = 0 AND %L THEN 98 ELSE 100 + i %% 900 END + 0.25,
           'EUR'
    FROM generate_series(1, %s) AS i) TO %L$$,
    dirty, :rows, :'dir' || '/distmgmt_bench_price_' || dirty)
FROM (VALUES (true), (false)) AS f (dirty)
\gexec

CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RETURN NULL; END';

CREATE FUNCTION check_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    floor price_floor%ROWTYPE;
BEGIN
    IF NEW.quantity > 0 THEN
        SELECT * INTO floor
        FROM price_floor AS f
        WHERE f.applies_to = 'vendor_net_price'
          AND f.product_id = NEW.product_id
          AND f.currency_code = NEW.currency_code
          AND f.valid_from <= NEW.shipped_on
          AND (f.valid_to IS NULL OR f.valid_to >= NEW.shipped_on)
          AND (f.distributor_id IS NULL
               OR f.distributor_id = NEW.distributor_id)
        ORDER BY f.distributor_id NULLS LAST, f.floor_price DESC,
                 f.price_floor_id
        LIMIT 1;
        IF floor.floor_price > NEW.net_price THEN
            INSERT INTO price_violation
            VALUES (NEW.distributor_id, NEW.shipped_on, 'sell_in',
                    NEW.sell_in_id, floor.applies_to, floor.price_floor_id,
                    NEW.product_id, NEW.currency_code, floor.floor_price,
                    NEW.net_price, NEW.quantity, floor.action);
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_violation
    SELECT c.distributor_id, c.shipped_on, 'sell_in', c.sell_in_id,
           c.applies_to, c.price_floor_id, c.product_id, c.currency_code,
           c.floor_price, c.net_price, c.quantity, c.action
    FROM (SELECT DISTINCT ON (n.sell_in_id)
                 n.*, f.applies_to, f.price_floor_id, f.floor_price, f.action
          FROM new_rows AS n
          JOIN price_floor AS f
            ON f.applies_to = 'vendor_net_price'
           AND f.product_id = n.product_id
           AND f.currency_code = n.currency_code
           AND f.valid_from <= n.shipped_on
           AND (f.valid_to IS NULL OR f.valid_to >= n.shipped_on)
           AND (f.distributor_id IS NULL
                OR f.distributor_id = n.distributor_id)
          WHERE n.quantity > 0
          ORDER BY n.sell_in_id, f.distributor_id NULLS LAST,
                   f.floor_price DESC, f.price_floor_id) AS c
    WHERE c.net_price < c.floor_price;
    RETURN NULL;
END $$;

CREATE TABLE distributor (distributor_id bigint PRIMARY KEY);
CREATE TABLE product (product_id bigint PRIMARY KEY);
CREATE TABLE currency (currency_code text PRIMARY KEY);
INSERT INTO distributor SELECT generate_series(1, 200);
INSERT INTO product SELECT generate_series(1, 2000);
INSERT INTO currency VALUES ('EUR');

CREATE TABLE variant (
    variant text PRIMARY KEY, place integer, dirty boolean, trigger text
);
INSERT INTO variant VALUES
    ('no trigger', 1, true, NULL),
    ('empty statement trigger', 2, true,
     'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION nothing()'),
    ('check, reject, none below', 3, false, 'special_price'),
    ('check, hold 1 %', 4, true, 'vendor_net_price'),
    ('check, record 1 %', 5, true, 'resale_price'),
    ('PL/pgSQL AFTER STATEMENT, set-based join', 6, true,
     'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION check_statement()'),
    ('PL/pgSQL BEFORE ROW, indexed lookup', 7, true,
     'BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION check_row()');
UPDATE variant SET trigger = format(
    $$AFTER INSERT ON %%s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION price_floor_check('applies_to=%s', 'fact=sell_in',
        'floors=price_floor_in_force', 'violations=price_violation',
        'product=product_id', 'price=net_price', 'on=shipped_on',
        'distributor=distributor_id', 'id=sell_in_id', 'quantity=quantity',
        'currency=currency_code')$$, trigger)
WHERE trigger LIKE '%\_price';

CREATE TABLE measured (
    target text, variant text, round integer, wall numeric, cpu numeric,
    violations bigint
);

-- Seconds of processor time this backend has used (Linux; ticks of 10 ms).
CREATE FUNCTION cpu() RETURNS numeric LANGUAGE sql AS $$
    SELECT (s[14]::numeric + s[15]::numeric) / 100
    FROM string_to_array(pg_read_file('/proc/self/stat'), ' ') AS s
$$;

CREATE PROCEDURE measure(p_target text, p_rounds integer, p_dir text)
LANGUAGE plpgsql AS $$
DECLARE
    v         variant%ROWTYPE;
    load      text;
    wall_from timestamptz;
    cpu_from  numeric;
BEGIN
    FOR i IN 0 .. p_rounds LOOP
        FOR v IN SELECT * FROM variant ORDER BY random() LOOP
            CREATE TABLE target (
                sell_in_id bigint, distributor_id bigint, product_id bigint,
                shipped_on date, quantity numeric(18,3),
                net_price numeric(18,4), currency_code text
            );
            IF p_target = 'fact' THEN
                ALTER TABLE target
                    ADD PRIMARY KEY (distributor_id, shipped_on, sell_in_id),
                    ADD UNIQUE (sell_in_id),
                    ADD FOREIGN KEY (distributor_id) REFERENCES distributor,
                    ADD FOREIGN KEY (product_id) REFERENCES product,
                    ADD FOREIGN KEY (currency_code) REFERENCES currency;
                CREATE INDEX ON target (product_id);
                CREATE INDEX ON target (shipped_on);
            END IF;
            TRUNCATE price_violation;
            load := format('COPY target FROM %L', p_dir
                           || '/distmgmt_bench_price_' || v.dirty);
            IF p_target = 'update' THEN
                EXECUTE load;
                load := 'UPDATE target SET quantity = quantity';
                v.trigger := replace(v.trigger, ' INSERT ON', ' UPDATE ON');
            END IF;
            IF v.trigger IS NOT NULL THEN
                EXECUTE 'CREATE TRIGGER t ' || format(v.trigger, 'target');
            END IF;
            COMMIT;
            wall_from := clock_timestamp();
            cpu_from := cpu();
            EXECUTE load;
            COMMIT;
            -- round 0 warms up
            IF i > 0 THEN
                INSERT INTO measured
                SELECT p_target, v.variant, i,
                       extract(epoch FROM clock_timestamp() - wall_from),
                       cpu() - cpu_from,
                       (SELECT count(*) FROM price_violation);
            END IF;
            DROP TABLE target;
            COMMIT;
        END LOOP;
    END LOOP;
END $$;

CALL measure('heap', :rounds, :'dir');
CALL measure('update', (:rounds + 1) / 2, :'dir');
\if :fact
CALL measure('fact', (:rounds + 1) / 2, :'dir');
\endif

WITH median AS (
    SELECT target, variant,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY wall) AS wall,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu) AS cpu,
           min(cpu) AS least_cpu,
           max(violations) AS violations
    FROM measured
    GROUP BY target, variant
)
SELECT m.target, m.variant, round(m.wall::numeric, 3) AS wall_s,
       round(m.cpu::numeric, 2) AS cpu_s,
       round((m.wall / b.wall)::numeric, 2) AS wall_ratio,
       round((m.cpu / b.cpu)::numeric, 2) AS cpu_ratio,
       round(m.least_cpu / b.least_cpu, 2) AS least_cpu_ratio,
       round((m.least_cpu - b.least_cpu)
             / nullif(greatest(h.least_cpu - b.least_cpu, 0), 0), 1) AS times_ours,
       m.violations
FROM median AS m
JOIN median AS b ON b.target = m.target AND b.variant = 'no trigger'
JOIN median AS h ON h.target = m.target AND h.variant = 'check, hold 1 %'
JOIN variant AS v ON v.variant = m.variant
ORDER BY m.target DESC, v.place;

DROP SCHEMA bench_price CASCADE;
