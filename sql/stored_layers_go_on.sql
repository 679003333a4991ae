-- Stored layers and the movements after them give what all movements give.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- success: an opening as it reads; a deficit of 3 charged at 5 and 2 at 6
SELECT *
FROM inventory_opening(ARRAY[
    ROW('2026-01-01', 10, 2.5), ROW('2026-02-01', 4, NULL)
]::inventory_layer[]);
SELECT *
FROM inventory_opening(ARRAY[
    ROW('2026-01-01', -3, 5), ROW(NULL, -2, 6)
]::inventory_layer[]);
SELECT count(*) FROM inventory_opening('{}');

-- 40 places, 100 movements of all kinds; arrivals at costs that are given, as a
-- return or a receipt without one looks back further than layers do.
CREATE TEMP TABLE movement AS
SELECT p AS place, n,
    (enum_range(NULL::movement_kind))[1 + d[1] % 9] AS kind,
    (d[2] - 100) / 4.0 AS quantity,
    round(1 + d[3] / 7.0, 4) AS unit_cost,
    '2026-01-01'::date + n AS occurred_on
FROM generate_series(1, 40) AS p,
    generate_series(1, 100) AS n,
    LATERAL (
        SELECT array_agg(get_byte(h, i - 1)) AS d
        FROM decode(md5(p || '+' || n), 'hex') AS h,
            generate_series(1, 3) AS i
    ) AS digest;

-- success: closed after p + 20 movements; the layers are the same at the close
-- and at the end, deficits and all
WITH closed AS (
    SELECT place,
        inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
            AS layers
    FROM movement
    WHERE n <= place + 20
    GROUP BY place
), opened AS (
    SELECT c.place, 0 AS n, o.place AS step, o.kind, o.quantity, o.unit_cost,
        o.occurred_on
    FROM closed AS c, inventory_opening(c.layers) AS o
), whole AS (
    SELECT place,
        inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
            AS layers
    FROM movement
    GROUP BY place
)
SELECT count(*) AS places,
    count(*) FILTER (WHERE (c.layers)[1].quantity < 0) > 5 AS deficits,
    count(*) FILTER (WHERE c.layers <> (
        SELECT inventory_layers(kind, quantity, unit_cost, occurred_on
            ORDER BY step)
        FROM opened AS o
        WHERE o.place = c.place)) AS different_at_close,
    count(*) FILTER (WHERE w.layers <> (
        SELECT inventory_layers(kind, quantity, unit_cost, occurred_on
            ORDER BY n, step)
        FROM (
            SELECT * FROM opened
            UNION ALL
            SELECT place, n, 0, kind, quantity, unit_cost, occurred_on
            FROM movement
            WHERE n > place + 20
        ) AS o
        WHERE o.place = c.place)) AS different_at_end
FROM closed AS c JOIN whole AS w USING (place);
