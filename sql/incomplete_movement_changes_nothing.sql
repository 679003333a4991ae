-- A movement that lacks what its kind needs changes nothing.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- success: the position of 3 @ 2 stands throughout; nothing is moved
SELECT n, p
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, NULL::movement_kind, 5::numeric, 1::numeric, '2026-01-01'::date),
        (2, 'receipt', 3, 2, '2026-01-02'),
        (3, NULL, 5, 1, '2026-01-03'),
        (4, 'issue', NULL, 1, '2026-01-04'),
        (5, 'count', NULL, 1, '2026-01-05'),
        (6, 'reprice', 1, NULL, '2026-01-06'),
        (7, 'receipt', 0, 9, '2026-01-07'),
        (8, 'issue', 0, NULL, '2026-01-08')
    ) AS m (n, kind, quantity, unit_cost, occurred_on)
) AS s
ORDER BY n;

-- success: a tranche without a date has none, the position neither
SELECT inventory_layers('receipt', 3, 2, NULL);

-- success: infinite dates are dates
SELECT inventory_layers('receipt', 3, 2, d ORDER BY d)
FROM unnest('{-infinity,infinity}'::date[]) AS d;
