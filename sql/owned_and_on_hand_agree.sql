-- Owned and on hand follow from the same movements, with and without those under way.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- SEMANTICS 2.8: opening 500; shipped 300, of which 120 are in transit; point
-- of sale 260; returns from customers +15; return to vendor 40; transfer 25;
-- scrap -5. Owned 535, on hand 415; reported 398: gap -17, -4.1 %.
WITH movement (n, kind, quantity, in_transit) AS (
    VALUES
        (1, 'count'::movement_kind, 500, false),
        (2, 'receipt', 180, false),
        (3, 'receipt', 120, true),
        (4, 'issue', 260, false),
        (5, 'customer_return', 15, false),
        (6, 'vendor_return', 40, false),
        (7, 'transfer_in', 25, false),
        (8, 'adjustment', -5, false)
), position AS (
    SELECT what,
        inventory_layers(kind, quantity, 1, NULL ORDER BY n) AS layers
    FROM movement,
        unnest(ARRAY['owned', 'on hand']) AS what
    WHERE what = 'owned' OR NOT in_transit
    GROUP BY what
)
SELECT what, sum(quantity) AS quantity,
    398 - sum(quantity) FILTER (WHERE what = 'on hand') AS gap,
    round(100 * (398 - sum(quantity) FILTER (WHERE what = 'on hand'))
        / sum(quantity), 1) AS gap_pct
FROM position, unnest(layers)
GROUP BY what
ORDER BY what;
