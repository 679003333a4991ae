-- A reprice re-bases every open tranche, so that no unit is protected twice.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- SEMANTICS 2.5: bought at 48, price cut to 40 protected at 8 a unit, then 60
-- units resold under a special price of 35: the claim is (40 - 35) x 60 = 300,
-- not (48 - 35) x 60 = 780.
CREATE TEMP TABLE movement (
    n int,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
);
INSERT INTO movement VALUES
    (1, 'receipt', 120, 48, '2026-04-10'),
    (2, 'receipt', 150, 48, '2026-04-28'),
    (3, 'reprice', NULL, 40, '2026-05-01'),
    (4, 'issue', 60, NULL, '2026-05-10'),
    (5, 'receipt', 10, 41, '2026-05-11'),
    (6, 'reprice', NULL, 38, '2026-06-01'),
    (7, 'reprice', NULL, 39, '2026-07-01');

-- success: the cut is worth 270 x 8 = 2160; the 60 cost 60 x 40 = 2400, so the
-- claim is 2400 - 60 x 35 = 300; the second cut to 38 protects 2 on 210 units
-- and 3 on the 10 bought since: 450; the rise to 39 takes 220 back
SELECT n, kind, (p).on_hand, (p).value, (p).moved_cost, (p).cost_adjustment,
    CASE WHEN kind = 'issue'
        THEN (p).moved_cost - quantity * 35 END AS claim
FROM (
    SELECT *, inventory_position(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS p
    FROM movement
) AS s
ORDER BY n;

-- success: the tranches keep their age
SELECT l.*
FROM unnest((
    SELECT inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
    FROM movement
)) AS l;

-- success: with nothing open it sets the last known cost: 3 x 7 = 21
SELECT (p).value, (p).moved_cost, (p).cost_adjustment
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (VALUES
        (1, 'reprice'::movement_kind, NULL::numeric, 7),
        (2, 'issue', 3, NULL)
    ) AS m (n, kind, quantity, unit_cost)
) AS s
ORDER BY n;
