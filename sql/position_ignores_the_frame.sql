-- The window function sees each row once, in order; the frame does not matter.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

CREATE TEMP TABLE movement AS
SELECT n % 7 AS place, n,
    CASE n % 5 WHEN 0 THEN 'receipt' WHEN 3 THEN 'count' ELSE 'issue'
        END::movement_kind AS kind,
    (1 + n * 7919 % 50)::numeric AS quantity,
    (n % 11)::numeric AS unit_cost,
    '2026-01-01'::date + n / 100 AS occurred_on
FROM generate_series(1, 20000) AS n;

-- success: one partition of 20,000, and any frame
SELECT count(*) AS movements,
    count(*) FILTER (WHERE a IS DISTINCT FROM b OR a IS DISTINCT FROM c)
        AS different
FROM (
    SELECT inventory_position(kind, quantity, unit_cost, occurred_on)
            OVER (ORDER BY n) AS a,
        inventory_position(kind, quantity, unit_cost, occurred_on)
            OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING
                AND UNBOUNDED FOLLOWING) AS b,
        inventory_position(kind, quantity, unit_cost, occurred_on)
            OVER (ORDER BY n ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING
                EXCLUDE CURRENT ROW) AS c
    FROM movement
) AS s;

-- success: two of them in one window do not disturb each other, and a
-- partition begins anew
SELECT place, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS different,
    sum((a).moved_cost) = sum((a).moved_cost)
        FILTER (WHERE (a).on_hand IS NOT NULL) AS whole
FROM (
    SELECT place,
        inventory_position(kind, quantity, unit_cost, occurred_on) OVER w AS a,
        inventory_position(kind, quantity, unit_cost + 0, occurred_on) OVER w
            AS b
    FROM movement
    WINDOW w AS (PARTITION BY place ORDER BY n)
) AS s
GROUP BY place
ORDER BY place;

-- success: the last position of a partition is what its layers are worth
WITH position AS (
    SELECT DISTINCT ON (place) place, p
    FROM (
        SELECT place, n,
            inventory_position(kind, quantity, unit_cost, occurred_on)
                OVER (PARTITION BY place ORDER BY n) AS p
        FROM movement
    ) AS s
    ORDER BY place, n DESC
), layer AS (
    SELECT place,
        inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
            AS layers
    FROM movement
    GROUP BY place
)
SELECT count(*) AS places,
    bool_and((p).on_hand = (SELECT sum(l.quantity) FROM unnest(layers) AS l))
        AS quantity,
    bool_and((p).value = (SELECT sum(l.quantity * l.unit_cost)
        FROM unnest(layers) AS l)) AS value
FROM position JOIN layer USING (place);

-- success: shrinking and growing queues, 5,000 tranches opened, closed, opened
SELECT max((p).on_hand) AS most, min((p).on_hand) AS least,
    sum((p).moved_cost) AS moved
FROM (
    SELECT inventory_position(
        CASE WHEN n % 10000 < 5000 THEN 'receipt' ELSE 'issue'
            END::movement_kind, 1, 1, NULL) OVER (ORDER BY n) AS p
    FROM generate_series(0, 19999) AS n
) AS s;
