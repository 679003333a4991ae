-- A cost that nobody knows is NULL, never zero, and heals.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- by hand:
-- 1  no cost given, none known: value unknown
-- 2  10 @ 2 beside it: still unknown
-- 3  the unknown 5 are gone, so is their cost; the other 10 are worth 20
-- 4  no cost given: the last known, 2
-- 5  the last cost that came in was 2: 14 @ 2 = 28 and 6 on deficit, 40
-- 6  closes it at 3: 6 x (3 - 2) = 6
SELECT n, (p).on_hand, (p).value, (p).average_cost, (p).moved_cost,
    (p).cost_adjustment, (p).deficit
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'receipt'::movement_kind, 5, NULL::numeric),
        (2, 'receipt', 10, 2),
        (3, 'issue', 5, NULL),
        (4, 'receipt', 4, NULL),
        (5, 'issue', 20, NULL),
        (6, 'receipt', 6, 3)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;

-- a deficit before any cost is known was charged nothing: the receipt that
-- closes it carries the whole true cost, 3 x 7 = 21; costs moved and
-- adjustments again sum to the cost of sales
SELECT n, (p).on_hand, (p).value, (p).moved_cost, (p).cost_adjustment
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'issue'::movement_kind, 3, NULL::numeric),
        (2, 'receipt', 5, 7)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;

-- a reprice makes all costs known; what it changed is not
SELECT n, (p).on_hand, (p).value, (p).cost_adjustment
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'receipt'::movement_kind, 5, NULL::numeric),
        (2, 'reprice', NULL, 7),
        (3, 'reprice', NULL, 6)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;

-- a surplus beside an unknown cost has no average: the last known cost, 2
SELECT l.*
FROM unnest((
    SELECT inventory_layers(kind, quantity, unit_cost, NULL ORDER BY n)
    FROM (VALUES
        (1, 'receipt'::movement_kind, 5, NULL::numeric),
        (2, 'receipt', 1, 2),
        (3, 'count', 8, NULL)
    ) AS m (n, kind, quantity, unit_cost)
)) AS l;
