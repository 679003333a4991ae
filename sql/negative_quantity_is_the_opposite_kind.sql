-- A negative quantity means the opposite kind, in every respect.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- Each kind after the same beginning: 10 @ 2, 10 @ 3, issue of 12 (the last
-- unit issued cost 3), receipt of 1 @ 4.
CREATE TEMP TABLE beginning AS
SELECT *
FROM (VALUES
    (1, 'receipt'::movement_kind, 10::numeric, 2::numeric),
    (2, 'receipt', 10, 3),
    (3, 'issue', 12, NULL),
    (4, 'receipt', 1, 4)
) AS m (n, kind, quantity, unit_cost);

CREATE TEMP TABLE pair AS
SELECT *
FROM (VALUES
    ('issue'::movement_kind, 'customer_return'::movement_kind),
    ('receipt', 'vendor_return'),
    ('transfer_in', 'transfer_out')
) AS p (a, b);

-- success: by hand; on hand 9 worth 28. In: at the cost given, 5; else a
-- return at the cost last issued, 3, all other at the last known, 4. Out: the
-- oldest at 3, so 2 take 6
WITH tried AS (
    SELECT kind, sign * 2 AS quantity, unit_cost
    FROM (SELECT a AS kind FROM pair UNION SELECT b FROM pair
        UNION SELECT 'adjustment') AS k,
        (VALUES (1), (-1)) AS s (sign),
        (VALUES (5::numeric), (NULL)) AS c (unit_cost)
)
SELECT kind, quantity, unit_cost, (p).on_hand, (p).value, (p).moved_cost
FROM (
    SELECT t.*, m.n,
        inventory_position(m.kind, m.quantity, m.unit_cost, NULL) OVER (
            PARTITION BY t.kind, t.quantity, t.unit_cost ORDER BY m.n) AS p
    FROM tried AS t,
        LATERAL (
            SELECT * FROM beginning
            UNION ALL
            SELECT 5, t.kind, t.quantity, t.unit_cost
        ) AS m
) AS s
WHERE n = 5
ORDER BY kind, quantity, unit_cost;

-- success: the issue that a negative return is counts as the last issue:
-- -1 returned takes a unit at 3 (10 of 12 went at 2), the next return is at 3
SELECT (p).moved_cost
FROM (
    SELECT n, inventory_position(kind, quantity, unit_cost, NULL)
        OVER (ORDER BY n) AS p
    FROM (
        SELECT * FROM beginning WHERE n <> 4
        UNION ALL
        SELECT * FROM (VALUES
            (5, 'receipt'::movement_kind, 1, 9),
            (6, 'customer_return', -1, NULL),
            (7, 'customer_return', 1, NULL)
        ) AS v
    ) AS m
) AS s
WHERE n > 5
ORDER BY n;
