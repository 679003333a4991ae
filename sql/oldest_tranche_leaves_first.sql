-- Goods leave from the oldest tranche, and tranches are never merged.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- SEMANTICS 2.6: T1 1 Mar 100 @ 50, T2 10 Apr 200 @ 48, T3 28 Apr 150 @ 48;
-- point of sale to 30 Apr 180: T1 100 + T2 80 are gone.
CREATE TEMP TABLE movement (
    n int,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
);
INSERT INTO movement VALUES
    (1, 'receipt', 100, 50, '2026-03-01'),
    (2, 'receipt', 200, 48, '2026-04-10'),
    (3, 'receipt', 150, 48, '2026-04-28'),
    (4, 'issue', 180, NULL, '2026-04-30');

-- success: T2 keeps 120, T3 keeps 150; same cost, two tranches
SELECT l.*
FROM unnest((
    SELECT inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
    FROM movement
)) AS l;

-- success: value 5000, 14600, 21800; 180 take 100 x 50 + 80 x 48 = 8840,
-- which leaves 12960 = 270 x 48, the oldest of 10 April
SELECT n, (p).on_hand, (p).value, (p).average_cost, (p).oldest_on,
    (p).moved_cost, (p).cost_adjustment, (p).deficit
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS p
    FROM movement
) AS s
ORDER BY n;

-- success: aging per tranche at 1 May with a 30-day look-back (from 1 April)
-- in transit included: 120 x 8 + 150 x 8 = 2160; 15 days: T3 alone, 1200
SELECT sum(quantity * (unit_cost - 40))
        FILTER (WHERE occurred_on >= '2026-05-01'::date - 30) AS days_30,
    sum(quantity * (unit_cost - 40))
        FILTER (WHERE occurred_on >= '2026-05-01'::date - 15) AS days_15
FROM unnest((
    SELECT inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
    FROM movement
));

-- success: nothing open, nothing there: an empty array
SELECT inventory_layers(kind, quantity, unit_cost, occurred_on ORDER BY n)
FROM movement
WHERE false;
SELECT inventory_layers(k::movement_kind, 5, 1, NULL ORDER BY k DESC)
FROM unnest(ARRAY['receipt', 'issue']) AS k;
