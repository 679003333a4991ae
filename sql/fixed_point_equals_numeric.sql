-- No quantity or cost is too large or too fine: beyond fixed point the
-- arithmetic changes, the results do not.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- by hand: 10^30 @ 10^30 less 1 leaves 10^30 - 1, worth 10^60 - 10^30
SELECT n, (p).on_hand, (p).value, (p).moved_cost
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'receipt'::movement_kind, 1e30, 1e30),
        (2, 'issue', 1, NULL)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;

-- by hand: 3 x 10^-25 @ 2 x 10^-20 are 6 x 10^-45
SELECT (p).value = 6e-45 AS held
FROM (
    SELECT inventory_position('receipt', 3e-25, 2e-20, NULL) OVER () AS p
) AS s;

-- Movements in fixed point, again after a movement of quantity zero whose 20
-- or more decimals make the state exact, and again with amounts that leave
-- fixed point in the middle.
CREATE TEMP TABLE movement AS
SELECT p AS place, n,
    (enum_range(NULL::movement_kind))[1 + d[1] % 9] AS kind,
    round((d[2] - 80) * 1000 / 7.0, p % 4) AS quantity,
    CASE WHEN d[3] > 80
        THEN round((d[4] + 1) * 1000 / 13.0, (p + d[5] % 2) % 6) END
        AS unit_cost,
    '2026-01-01'::date + n AS occurred_on
FROM generate_series(1, 24) AS p,
    generate_series(1, 200) AS n,
    LATERAL (
        SELECT array_agg(get_byte(h, i - 1)) AS d
        FROM decode(md5(p || '#' || n), 'hex') AS h,
            generate_series(1, 5) AS i
    ) AS digest;

CREATE FUNCTION pg_temp.positions(quantity_factor numeric, cost_factor numeric,
    zero numeric)
    RETURNS TABLE (place int, n int, p inventory_position)
    LANGUAGE sql
AS $$
    SELECT place, n,
        inventory_position(kind, quantity * quantity_factor,
            unit_cost * cost_factor, occurred_on)
            OVER (PARTITION BY place ORDER BY n)
    FROM (
        SELECT * FROM movement
        UNION ALL
        SELECT DISTINCT place, 0, 'receipt'::movement_kind, zero, NULL::numeric,
            NULL::date
        FROM movement
    ) AS m
$$;

-- success: the same from the first movement
SELECT count(*) AS compared,
    count(*) FILTER (WHERE a.p IS DISTINCT FROM b.p) AS different
FROM pg_temp.positions(1, 1, 0) AS a
    JOIN pg_temp.positions(1, 1, 0.00000000000000000000) AS b
        USING (place, n);

-- success: the same to the last decimal shown, but for those of the quantities
SELECT count(*) AS compared,
    count(*) FILTER (WHERE (a.p).average_cost::text
        IS DISTINCT FROM (b.p).average_cost::text) AS different
FROM pg_temp.positions(1, 1, 0) AS a
    JOIN pg_temp.positions(1, 1, 0.00000000000000000000) AS b
        USING (place, n);

-- success: 10^14 times the quantity and cost begin in fixed point and leave it;
-- quantities are 10^14 times as large, costs 10^14, money 10^28
SELECT count(*) AS compared,
    count(*) FILTER (WHERE (b.p).on_hand <> (a.p).on_hand * 1e14) AS quantities,
    count(*) FILTER (WHERE (b.p).oldest_on IS DISTINCT FROM (a.p).oldest_on)
        AS dates
FROM pg_temp.positions(1, 1, 0) AS a
    JOIN pg_temp.positions(1e14, 1e14, 0) AS b USING (place, n);
SELECT count(*) AS compared,
    count(*) FILTER (WHERE a.p IS DISTINCT FROM b.p) AS different,
    max((a.p).value) > 1e33 AS large
FROM pg_temp.positions(1e14, 1e14, 0) AS a
    JOIN pg_temp.positions(1e14, 1e14, 0.00000000000000000000) AS b
        USING (place, n);

-- success: at the edge of 2^61, on either side, alone and as a sum
SELECT n, (p).on_hand, (p).value
FROM (
    SELECT n, inventory_position('receipt', quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 2305843009213693951, 2305843009213693951),
        (2, 1, 1),
        (3, 2305843009213693952, 2305843009213693952)
    ) AS m (n, quantity, unit_cost)
) AS s
ORDER BY n;

-- by hand: 1 + 0.1 + 0.01 + ... refine the unit step by step: 12 ones, worth 12
SELECT max((p).on_hand) AS on_hand, max((p).value) AS value
FROM (
    SELECT inventory_position('receipt', ('1e' || -n)::numeric,
            ('1e' || n)::numeric, NULL) OVER (ORDER BY n) AS p
    FROM generate_series(0, 11) AS n
) AS s;

-- by hand: halves round away from zero, in either arithmetic
SELECT zero IS NOT NULL AS exact, (p).average_cost
FROM (
    SELECT zero, n, inventory_position(kind, quantity, cost, NULL)
        OVER (PARTITION BY zero ORDER BY n) AS p
    FROM (VALUES (NULL), (0.00000000000000000000)) AS z (zero),
        LATERAL (VALUES
            (0, 'receipt'::movement_kind, zero, NULL::numeric),
            (1, 'receipt', 1, 0.000001),
            (2, 'receipt', 1, 0.000002),
            (3, 'reprice', NULL, -0.000001),
            (4, 'adjustment', 2, -0.000002)
        ) AS m (n, kind, quantity, cost)
) AS s
WHERE n IN (2, 4)
ORDER BY 1, n;

-- by hand: an average has its decimals however large it is: 10^30 and a third
-- of 3 + 1 + 1 = 5 millionths, 1.67 of them, which is 2
SELECT n, (p).average_cost
FROM (
    SELECT n, inventory_position('receipt', n, c, NULL) OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 1000000000000000000000000000000.000003),
        (2, 1000000000000000000000000000000.000001)
    ) AS m (n, c)
) AS s
ORDER BY n;

-- by hand: and in fixed point where the value takes 120 bits: 2^60 at 10^18 + 1
-- and 2 less at 10^18 + 2 are on average 10^18 + 1.5 - 4.3 x 10^-19
SELECT n, (p).average_cost
FROM (
    SELECT n, inventory_position('receipt', q, c, NULL) OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 1152921504606846976, 1000000000000000001),
        (2, 1152921504606846974, 1000000000000000002)
    ) AS m (n, q, c)
) AS s
ORDER BY n;
