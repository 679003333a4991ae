-- Sum of tranches less deficit = sum of differences, and every column as a
-- reference says that keeps each unit apart, on any interleaving of movements.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- 60 partitions of 150 movements of all kinds: small quantities in quarters,
-- costs of 0 to 4 decimals, a third of them missing. From md5, so that every
-- run and machine has the same.
CREATE TEMP TABLE movement AS
SELECT p AS place, n,
    (enum_range(NULL::movement_kind))[CASE
        WHEN d[1] < 70 THEN 1
        WHEN d[1] < 170 THEN 2
        ELSE 1 + d[1] % 9 END] AS kind,
    (CASE WHEN d[2] < 25 THEN NULL
        WHEN d[2] < 55 THEN -(d[3] % 7)
        ELSE d[3] % 25 END * 0.25)::numeric AS quantity,
    CASE WHEN d[4] < 170 AND n > p % 5
        THEN round((d[5] * 256 + d[6]) / 5000.0, d[7] % 5) END AS unit_cost,
    CASE WHEN d[8] > 10 THEN '2026-01-01'::date + n END AS occurred_on
FROM generate_series(1, 60) AS p,
    generate_series(1, 150) AS n,
    LATERAL (
        SELECT array_agg(get_byte(h, i - 1)) AS d
        FROM decode(md5(p || '/' || n), 'hex') AS h,
            generate_series(1, 8) AS i
    ) AS digest;

-- The reference: an array element per quarter, no tranche, no shortcut.
CREATE FUNCTION pg_temp.reference(p_place int)
    RETURNS TABLE (n int, p inventory_position)
    LANGUAGE plpgsql
AS $$
DECLARE
    m record;
    stock numeric[] := '{}';        -- cost of each quarter held
    dates date[] := '{}';
    short numeric[] := '{}';        -- cost charged of each quarter missing
    last numeric;
    issued numeric;
    scale int := 0;
    units int;
    cost numeric;
    average numeric;
    r inventory_position;
BEGIN
    FOR m IN SELECT * FROM movement WHERE place = p_place ORDER BY n LOOP
        r := NULL;
        r.moved_cost := 0;
        r.cost_adjustment := 0;
        units := m.quantity * 4;
        IF m.kind IN ('issue', 'vendor_return', 'transfer_out') THEN
            units := -units;
        ELSIF m.kind = 'count' THEN
            units := units - cardinality(stock) + cardinality(short);
            r.count_variance := units * 0.25;
        END IF;

        -- the scale of costs decides how an average is rounded
        IF m.unit_cost IS NOT NULL
            AND (m.quantity IS NOT NULL OR m.kind = 'reprice')
        THEN
            scale := greatest(scale, scale(m.unit_cost));
        END IF;
        SELECT CASE WHEN count(*) > 0 AND count(*) = count(c)
            THEN round(avg(c), greatest(6, scale)) END
        INTO average
        FROM unnest(stock) AS c;

        IF m.kind = 'reprice' THEN
            IF m.unit_cost IS NOT NULL THEN
                SELECT CASE WHEN count(*) = count(c)
                    THEN coalesce(sum(m.unit_cost - c), 0) * -0.25 END
                INTO r.cost_adjustment
                FROM unnest(stock) AS c;
                stock := array_fill(m.unit_cost, ARRAY[cardinality(stock)]);
                last := m.unit_cost;
            END IF;
        ELSIF units > 0 THEN
            cost := coalesce(m.unit_cost,
                CASE WHEN m.kind IN ('issue', 'customer_return') THEN issued
                    WHEN m.kind = 'count' THEN average END,
                last);
            IF m.kind = 'count' AND m.unit_cost IS NULL
                AND average IS NOT NULL
            THEN
                scale := greatest(6, scale);
            END IF;
            last := coalesce(cost, last);
            r.moved_cost := units * 0.25 * cost;
            FOR i IN 1..units LOOP
                IF short <> '{}' THEN
                    r.cost_adjustment := r.cost_adjustment
                        + 0.25 * (cost - coalesce(short[1], 0));
                    short := short[2:];
                ELSE
                    stock := stock || cost;
                    dates := dates || m.occurred_on;
                END IF;
            END LOOP;
        ELSIF units < 0 THEN
            FOR i IN 1..-units LOOP
                IF stock <> '{}' THEN
                    cost := stock[1];
                    stock := stock[2:];
                    dates := dates[2:];
                ELSE
                    cost := last;
                    short := short || cost;
                END IF;
                r.moved_cost := r.moved_cost + 0.25 * cost;
                IF m.kind IN ('issue', 'customer_return') THEN
                    issued := coalesce(cost, issued);
                END IF;
            END LOOP;
        END IF;

        r.deficit := cardinality(short) * 0.25;
        r.on_hand := cardinality(stock) * 0.25 - r.deficit;
        SELECT CASE WHEN count(*) = count(c)
            THEN coalesce(sum(c), 0) * 0.25 END
        INTO r.value
        FROM unnest(stock) AS c;
        SELECT CASE WHEN count(*) = count(c)
            THEN r.value - coalesce(sum(c), 0) * 0.25 END
        INTO r.value
        FROM unnest(short) AS c;
        IF r.on_hand <> 0 THEN
            r.average_cost := round(r.value / r.on_hand, greatest(6, scale));
        END IF;
        r.oldest_on := dates[1];
        n := m.n;
        p := r;
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE TEMP TABLE engine AS
SELECT *, inventory_position(kind, quantity, unit_cost, occurred_on)
    OVER (PARTITION BY place ORDER BY n) AS p
FROM movement;

-- success: the data reaches every corner
SELECT count(*) AS movements,
    count(*) FILTER (WHERE (p).deficit > 0) > 1000 AS deficits,
    count(*) FILTER (WHERE (p).cost_adjustment <> 0) > 500 AS adjusted,
    count(*) FILTER (WHERE (p).value IS NULL) > 100 AS unknown,
    count(*) FILTER (WHERE (p).count_variance > 0) > 50 AS surpluses,
    count(*) FILTER (WHERE (p).count_variance < 0) > 50 AS shortfalls,
    count(DISTINCT kind) AS kinds
FROM engine;

-- success: the engine says what the reference says, in every column
SELECT count(*) AS compared,
    count(*) FILTER (WHERE e.p IS DISTINCT FROM r.p) AS different
FROM (SELECT DISTINCT place FROM movement) AS d,
    LATERAL pg_temp.reference(d.place) AS r
    JOIN engine AS e USING (n)
WHERE e.place = d.place;

-- success: the first difference, were there one
SELECT e.place, e.n, e.kind, e.quantity, e.unit_cost, e.p, r.p
FROM (SELECT DISTINCT place FROM movement) AS d,
    LATERAL pg_temp.reference(d.place) AS r
    JOIN engine AS e USING (n)
WHERE e.place = d.place AND e.p IS DISTINCT FROM r.p
ORDER BY e.n, e.place
LIMIT 3;

-- success: conserved; on hand is the sum of the differences
SELECT count(*) AS violations
FROM (
    SELECT (p).on_hand,
        sum(CASE
            WHEN kind = 'reprice' THEN 0
            WHEN kind = 'count' THEN (p).count_variance
            WHEN kind IN ('issue', 'vendor_return', 'transfer_out')
                THEN -quantity
            ELSE quantity END) OVER (PARTITION BY place ORDER BY n) AS moved
    FROM engine
) AS s
WHERE on_hand <> coalesce(moved, 0);

-- success: the value changes by what is moved less what is adjusted
SELECT count(*) AS violations
FROM (
    SELECT p, kind,
        (p).value
            - lag((p).value, 1, 0::numeric) OVER w AS change,
        sign((p).on_hand
            - lag((p).on_hand, 1, 0::numeric) OVER w) AS direction
    FROM engine
    WINDOW w AS (PARTITION BY place ORDER BY n)
) AS s
WHERE change <> direction * (p).moved_cost
    - (p).cost_adjustment;

-- success: layers and position agree after every movement
SELECT count(*) AS compared,
    count(*) FILTER (WHERE on_hand <> coalesce(quantity, 0)
        OR value IS DISTINCT FROM worth
        OR oldest_on IS DISTINCT FROM oldest) AS different
FROM (
    SELECT (inventory_position(kind, quantity, unit_cost, occurred_on)
            OVER w).*,
        inventory_layers(kind, quantity, unit_cost, occurred_on) OVER w
            AS layers
    FROM movement
    WINDOW w AS (PARTITION BY place ORDER BY n)
) AS s,
    LATERAL (
        SELECT sum(l.quantity) AS quantity,
            CASE WHEN count(*) = count(l.unit_cost)
                THEN coalesce(sum(l.quantity * l.unit_cost), 0) END AS worth,
            (array_agg(l.occurred_on ORDER BY l.ordinality)
                FILTER (WHERE l.quantity > 0))[1] AS oldest
        FROM unnest(layers) WITH ORDINALITY AS l
    ) AS sums;
