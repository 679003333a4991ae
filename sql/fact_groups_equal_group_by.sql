-- What fact_groups() makes of a transition table is what GROUP BY makes of it,
-- whatever the memory, and whatever the sums.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

CREATE TABLE fact (
    distributor_id bigint,
    note text,
    product_id bigint,
    reseller_id bigint,
    sold_on date,
    currency_code text,
    quantity numeric(18,3),
    amount numeric(18,4),
    transfer_type text,
    entry_kind text,
    recorded_at timestamptz
);
CREATE TABLE expected_group (LIKE fact_group);
CREATE TABLE seen_group (LIKE fact_group);
CREATE TABLE part (parts bigint, groups bigint);

-- The same three groupings twice: by GROUP BY, and by fact_groups(), whose parts
-- are added up.
CREATE FUNCTION compare() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO expected_group
    SELECT g.distributor_id, g.key_2, NULL, g.activity_on, g.currency_code,
        sum(g.quantity), coalesce(sum(g.amount), 0),
        -coalesce(sum(g.quantity) FILTER (WHERE (g.quantity < 0) <> g.is_reversal), 0),
        -coalesce(sum(g.amount) FILTER (WHERE (g.quantity < 0) <> g.is_reversal), 0),
        coalesce(sum(g.quantity) FILTER (WHERE g.transfer_type = 'DS'), 0),
        sum(CASE WHEN g.is_reversal THEN -1 ELSE 1 END),
        coalesce(sum(CASE WHEN g.is_reversal THEN -1 ELSE 1 END) FILTER (WHERE g.quantity <> 0 AND (g.quantity > 0) <> g.is_reversal), 0),
        min(g.sold_on), max(g.sold_on),
        min(g.sold_on) FILTER (WHERE g.quantity > 0 AND NOT g.is_reversal),
        max(g.sold_on) FILTER (WHERE g.quantity > 0 AND NOT g.is_reversal),
        bool_or(g.is_reversal), min(g.recorded_at)
    FROM (
        SELECT n.*, n.entry_kind = 'reversal' AS is_reversal, v.key_2, v.activity_on, v.currency_code
        FROM new_rows AS n
        CROSS JOIN LATERAL (VALUES
            (1, NULL::bigint, n.sold_on, n.currency_code),
            (2, n.product_id, date_trunc('month', n.sold_on::timestamp)::date, n.currency_code),
            (3, n.reseller_id, NULL, NULL)) AS v (grouping_no, key_2, activity_on, currency_code)
        WHERE v.grouping_no <> 3 OR n.reseller_id IS NOT NULL AND n.transfer_type <> 'DS'
    ) AS g (distributor_id, note, product_id, reseller_id, sold_on, currency, quantity, amount, transfer_type, entry_kind, recorded_at, is_reversal)
    GROUP BY g.distributor_id, g.key_2, g.activity_on, g.currency_code, g.key_2 IS NULL;

    WITH parts AS (
        SELECT g.* FROM fact_groups('new_rows', '{distributor_id}', 'sold_on', 'day', by_currency => true) AS g
        UNION ALL
        SELECT g.* FROM fact_groups('new_rows', '{distributor_id,product_id}', 'sold_on', 'month', by_currency => true) AS g
        UNION ALL
        SELECT g.* FROM fact_groups('new_rows', '{distributor_id,reseller_id}', 'sold_on', skip_drop_ship => true) AS g
    ),
    sums AS (
        INSERT INTO seen_group
        SELECT p.key_1, p.key_2, p.key_3, p.activity_on, p.currency_code, sum(p.quantity), sum(p.amount),
            sum(p.returned_quantity), sum(p.returned_amount), sum(p.drop_ship_quantity), sum(p.lines), sum(p.sale_lines),
            min(p.first_on), max(p.last_on), min(p.first_sold_on), max(p.last_sold_on), bool_or(p.has_reversal), min(p.recorded_at)
        FROM parts AS p
        GROUP BY p.key_1, p.key_2, p.key_3, p.activity_on, p.currency_code
        RETURNING 1
    )
    INSERT INTO part SELECT (SELECT count(*) FROM parts), (SELECT count(*) FROM sums);
    RETURN NULL;
END
$$;
CREATE TRIGGER fact_compared
    AFTER INSERT ON fact
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION compare();
CREATE FUNCTION pg_temp.verdict() RETURNS TABLE (expected bigint, seen bigint, differences bigint, in_parts boolean)
LANGUAGE sql
AS $$
    SELECT (SELECT count(*) FROM expected_group), (SELECT count(*) FROM seen_group),
        (SELECT count(*) FROM ((TABLE expected_group EXCEPT TABLE seen_group) UNION ALL (TABLE seen_group EXCEPT TABLE expected_group)) AS d),
        (SELECT parts > groups FROM part)
$$;

-- four lines by hand: 10 sold for 100, 3 returned for 30, 2 drop shipped without
-- an amount, and a reversal of the ten
INSERT INTO fact VALUES
    (1, 'x', 7, 5, '2026-01-31', 'EUR', 10, 100, 'SS', 'original', '2026-02-01 00:00+00'),
    (1, 'x', 7, 5, '2026-02-01', 'EUR', -3, -30, 'RU', 'original', '2026-02-02 00:00+00'),
    (1, 'x', 7, NULL, '2026-02-02', 'EUR', 2, NULL, 'DS', 'original', '2026-02-03 00:00+00'),
    (1, 'x', 7, 5, '2026-01-31', 'EUR', -10, -100, 'SS', 'reversal', '2026-02-04 00:00+00');
SELECT * FROM pg_temp.verdict();
SELECT key_1, key_2, activity_on, currency_code, quantity, amount, returned_quantity, returned_amount, drop_ship_quantity, lines, sale_lines,
    first_on, last_on, first_sold_on, last_sold_on, has_reversal
FROM seen_group
ORDER BY key_2 NULLS FIRST, activity_on;

-- 60,000 lines of many groups: in one part where there is memory, in several
-- where there is little
SELECT setseed(0.26);
CREATE TEMPORARY TABLE line (distributor_id, note, product_id, reseller_id, sold_on, currency_code, quantity, amount, transfer_type, entry_kind, recorded_at) AS
SELECT (random() * 3)::int, 'note ' || n, (random() * 900)::int, nullif((random() * 5000)::int, 0), date '2024-11-15' + (random() * 500)::int,
    (ARRAY['EUR', 'USD', 'JPY'])[1 + (random() * 2)::int], round((random() * 100 - 10)::numeric, 3),
    CASE WHEN random() < 0.95 THEN round((random() * 1000 - 100)::numeric, 4) END,
    (ARRAY['SS', 'DS', 'RU'])[1 + (random() * 2)::int], (ARRAY['original', 'replacement', 'reversal'])[1 + (random() * 2)::int],
    timestamptz '2026-01-01 00:00+00' + n * interval '1 second'
FROM generate_series(1, 60000) AS n;
TRUNCATE expected_group, seen_group, part;
SET work_mem = '64MB';
INSERT INTO fact SELECT * FROM line;
SELECT expected > 20000 AS many, seen = expected AS same, differences, in_parts FROM pg_temp.verdict();
TRUNCATE expected_group, seen_group, part;
SET work_mem = '128kB';
INSERT INTO fact SELECT * FROM line;
RESET work_mem;
SELECT expected > 20000 AS many, seen = expected AS same, differences, in_parts FROM pg_temp.verdict();

-- sums that leave 64 bits: 40 lines of 999,999,999,999,999.999
TRUNCATE expected_group, seen_group, part;
INSERT INTO fact SELECT 1, 'x', 7, 5, '2026-01-31', 'EUR', 999999999999999.999, 99999999999999.9999, 'DS', 'original', '2026-02-01 00:00+00'
FROM generate_series(1, 40);
SELECT * FROM pg_temp.verdict();
SELECT DISTINCT quantity, amount FROM seen_group;

-- what is not there counts nothing: no quantity, no kind, not known since when
TRUNCATE expected_group, seen_group, part;
DROP TRIGGER fact_compared ON fact;
CREATE FUNCTION nothing() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO seen_group SELECT g.* FROM fact_groups('new_rows', '{distributor_id}', 'sold_on', 'day', by_currency => true) AS g;
    RETURN NULL;
END
$$;
CREATE TRIGGER fact_nothing
    AFTER INSERT ON fact
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nothing();
INSERT INTO fact VALUES
    (1, 'x', 7, 5, '2026-01-31', 'EUR', NULL, NULL, NULL, NULL, NULL),
    (1, 'x', 7, 5, NULL, 'EUR', 1, 1, 'SS', 'original', '2026-02-01 00:00+00'),
    (1, 'x', 7, 5, '2026-01-31', NULL, 1, 1, 'SS', 'original', '2026-02-01 00:00+00'),
    (2, 'x', 7, 5, '2026-01-31', 'EUR', NULL, 5, 'DS', 'original', '2026-02-01 00:00+00'),
    (2, 'x', 7, 5, '2026-01-31', 'EUR', 3, NULL, 'SS', NULL, NULL);
SELECT key_1, quantity, amount, drop_ship_quantity, lines, sale_lines, first_on, first_sold_on, has_reversal, recorded_at IS NULL AS unknown_since FROM seen_group ORDER BY 1;
DROP TRIGGER fact_nothing ON fact;
DROP FUNCTION nothing();
CREATE TRIGGER fact_compared
    AFTER INSERT ON fact
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION compare();

-- no row, no group
TRUNCATE expected_group, seen_group, part;
INSERT INTO fact SELECT * FROM fact WHERE false;
SELECT * FROM pg_temp.verdict();

-- what is wrong is said
CREATE FUNCTION misuse() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_detail text;
    v_hint text;
    q text;
BEGIN
    FOREACH q IN ARRAY ARRAY[
        $q$'old_rows', '{distributor_id}', 'sold_on'$q$,
        $q$'new_rows', '{}', 'sold_on'$q$,
        $q$'new_rows', '{distributor_id,product_id,reseller_id,distributor_id}', 'sold_on'$q$,
        $q$'new_rows', '{distributor_id,NULL}', 'sold_on'$q$,
        $q$'new_rows', '{nobody}', 'sold_on'$q$,
        $q$'new_rows', '{currency_code}', 'sold_on'$q$,
        $q$'new_rows', '{distributor_id}', 'recorded_at'$q$,
        $q$'new_rows', '{distributor_id}', 'sold_on', 'week'$q$,
        $q$'new_rows', '{distributor_id}'$q$,
        $q$'new_rows', '{distributor_id}', NULL, 'day', with_sums => false$q$,
        $q$NULL, '{distributor_id}', 'sold_on'$q$,
        $q$'new_rows', '{distributor_id}', 'sold_on', by_currency => NULL$q$]
    LOOP
        BEGIN
            EXECUTE format('SELECT count(*) FROM fact_groups(%s)', q);
            RAISE NOTICE 'no error: %', q;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% % | % | %', SQLSTATE, SQLERRM, v_detail, v_hint;
        END;
    END LOOP;
    RETURN NULL;
END
$$;
DROP TRIGGER fact_compared ON fact;
CREATE TRIGGER fact_misused
    AFTER INSERT ON fact
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION misuse();
INSERT INTO fact SELECT * FROM fact LIMIT 1;
SELECT * FROM fact_groups('new_rows', '{distributor_id}', 'sold_on');
DROP TABLE fact, expected_group, seen_group, part;
DROP FUNCTION compare(), misuse();
