-- A count sets the quantity; the shortfall takes the oldest, the surplus is appended.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- by hand:
-- 3  counted 12 of 15: 3 oldest go, 3 x 2 = 6; value 7 x 2 + 5 x 4 = 34
-- 4  counted 13: 1 more at the average 34 / 12 = 2.833333
-- 5  counted 15: 2 more at the 3 that is given
-- 6  counted as calculated
-- 7  counted 0: everything goes
-- 8  counted 2 with nothing there: at the last known cost, 3
-- 9  5 issued of 2, then (10) counted 1: 4 more than calculated, of which 3
--    close the deficit at the last known cost, so nothing to adjust
-- 11 a count below zero is allowed: sales that outran the receipts
SELECT n, quantity, (p).on_hand, (p).value, (p).average_cost, (p).moved_cost,
    (p).cost_adjustment, (p).count_variance, (p).deficit
FROM (
    SELECT n, quantity, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'receipt'::movement_kind, 10::numeric, 2::numeric),
        (2, 'receipt', 5, 4),
        (3, 'count', 12, NULL),
        (4, 'count', 13, NULL),
        (5, 'count', 15, 3),
        (6, 'count', 15, NULL),
        (7, 'count', 0, NULL),
        (8, 'count', 2, NULL),
        (9, 'issue', 5, NULL),
        (10, 'count', 1, NULL),
        (11, 'count', -2, NULL)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;

-- SEMANTICS 2.8: a receipt that comes to light before a count leaves the
-- counted quantity: counted 1, receipt of 41 back-dated before it, still 1
SELECT on_hand, count_variance
FROM (
    SELECT (p).*, row_number() OVER (ORDER BY occurred_on DESC) AS back
    FROM (
        SELECT occurred_on,
            inventory_position(kind, quantity, 1, occurred_on)
            OVER (ORDER BY occurred_on) AS p
        FROM (VALUES
            ('2026-02-01'::date, 'count'::movement_kind, 1),
            ('2026-01-15', 'receipt', 41)
        ) AS m (occurred_on, kind, quantity)
    ) AS s
) AS s
WHERE back = 1;
