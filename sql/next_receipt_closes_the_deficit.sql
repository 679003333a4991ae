-- More issued than held opens a deficit, which the next arrivals close.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

CREATE TEMP TABLE movement (
    n int,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
);
INSERT INTO movement VALUES
    (1, 'receipt', 4, 5, '2026-01-01'),
    (2, 'issue', 10, NULL, '2026-01-02'),
    (3, 'reprice', NULL, 6, '2026-01-03'),
    (4, 'issue', 2, NULL, '2026-01-04'),
    (5, 'receipt', 7, 7, '2026-01-05'),
    (6, 'receipt', 3, 8, '2026-01-06');

-- success, by hand:
-- 2  4 x 5 and 6 at the last known 5: cost 50, value -30
-- 3  the deficit stays as charged
-- 4  2 at 6: value -30 - 12 = -42
-- 5  closes 6 charged at 5 and 1 charged at 6: 7 x 7 - 36 = 13; value -6
-- 6  closes 1 charged at 6: 8 - 6 = 2; 2 x 8 = 16 stand
SELECT n, (p).on_hand, (p).value, (p).oldest_on, (p).moved_cost,
    (p).cost_adjustment, (p).deficit
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS p
    FROM movement
) AS s
ORDER BY n;

-- success: a deficit is a negative layer per cost charged, dated by its opening
SELECT m.n, l.*
FROM (
    SELECT n, inventory_layers(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS layers
    FROM movement
) AS m,
    unnest(m.layers) WITH ORDINALITY AS l
ORDER BY m.n, l.ordinality;

-- success: cost of goods sold = costs moved + adjustments, once all is closed:
-- 4 x 5 + 7 x 7 + 1 x 8 = 77 for the 12 units
SELECT sum((p).moved_cost) FILTER (WHERE kind = 'issue')
    + sum((p).cost_adjustment) AS cost_of_sales
FROM (
    SELECT n, kind, inventory_position(kind, quantity, unit_cost, occurred_on)
        OVER (ORDER BY n) AS p
    FROM movement
    WHERE kind <> 'reprice'
) AS s;
