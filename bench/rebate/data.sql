-- The data of the rebate benchmark, made once: :rows lines of three years, 200
-- distributors, skewed as channels are. Run by run.mjs in the schema bench.
SELECT setseed(0.5);
CREATE TABLE sell_through (
    line_id bigint,
    distributor_id int,
    warehouse_id int,
    reseller_id int,
    product_id int,
    sold_on date,
    quantity numeric(18,3),
    amount numeric(14,4),
    period int
);
INSERT INTO sell_through
SELECT l.*, extract(year FROM l.sold_on)::int * 10 + extract(quarter FROM l.sold_on)::int
FROM (SELECT g, (1 + floor(200 * random() ^ 2.2))::int, (1 + floor(3 * random()))::int, (1 + floor(20000 * random() ^ 2.2))::int,
             (1 + floor(2000 * random() ^ 2.2))::int, date '2023-01-01' + ((g - 1) * 1096 / :rows)::int AS sold_on,
             CASE WHEN random() < 0.02 THEN -1 ELSE 1 END * (1 + floor(50 * random())),
             CASE WHEN random() < 0.02 THEN -1 ELSE 1 END * round((random() * 5000)::numeric, 4)
      FROM generate_series(1, :rows::bigint) AS g) AS l;

-- one million of them, for the accrual line by line, as a ledger
CREATE TABLE ledger AS
SELECT line_id, distributor_id, period, sold_on, amount FROM sell_through ORDER BY line_id LIMIT 1000000;

-- the same marginal terms as tiers, as a schedule, and per distributor
CREATE TABLE tier (threshold numeric, upto numeric, rate numeric);
INSERT INTO tier VALUES (0, 1000000, 0.01), (1000000, 5000000, 0.02), (5000000, 10000000, 0.03), (10000000, 20000000, 0.04), (20000000, NULL, 0.05);
CREATE TABLE distributor AS
SELECT d AS distributor_id, :'schedule'::distmgmt.tier_schedule AS schedule FROM generate_series(1, 200) AS d;
CREATE TABLE candidate AS
SELECT g AS candidate_id,
       format('marginal: %s%% from 0, %s%% from %s, %s%% from %s', 1 + g % 7 * 0.25, 2 + g % 11 * 0.1, 500000 + 1000 * g, 3 + g % 13 * 0.05, 5000000 + 2000 * g)::distmgmt.tier_schedule AS schedule
FROM generate_series(1, 1000) AS g;

CREATE FUNCTION plpgsql_rebate(v numeric) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
    t record;
    r numeric := 0;
BEGIN
    FOR t IN SELECT threshold, upto, rate FROM bench.tier WHERE threshold < v LOOP
        r := r + (least(v, coalesce(t.upto, v)) - t.threshold) * t.rate;
    END LOOP;
    RETURN r;
END $$;
CREATE FUNCTION plpgsql_add(s numeric, v numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN coalesce(s, 0) + coalesce(v, 0);
END $$;
CREATE AGGREGATE plpgsql_tiered_rebate(numeric) (SFUNC = plpgsql_add, STYPE = numeric, FINALFUNC = plpgsql_rebate);
CREATE FUNCTION plpgsql_accrual() RETURNS SETOF numeric LANGUAGE plpgsql AS $$
DECLARE
    l record;
    d int;
    total numeric;
    paid numeric;
    now numeric;
BEGIN
    FOR l IN SELECT distributor_id, amount FROM bench.ledger ORDER BY distributor_id, sold_on, line_id LOOP
        IF l.distributor_id IS DISTINCT FROM d THEN
            d := l.distributor_id;
            total := 0;
            paid := 0;
        END IF;
        total := total + l.amount;
        now := bench.plpgsql_rebate(total);
        RETURN NEXT now - paid;
        paid := now;
    END LOOP;
END $$;
VACUUM ANALYZE;
