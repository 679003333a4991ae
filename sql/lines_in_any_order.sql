-- Movements given in any order are told in theirs, and goods that are
-- transferred without a cost arrive at what they cost where they left.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- 12,000 movements of all kinds over 4 x 3 x 40 keys, NULL among them, every
-- 40th product beyond fixed point; several a day, so that the whole order
-- counts. From md5, so that every run and machine has the same.
CREATE TEMP TABLE movement AS
SELECT n AS id,
    nullif(d[1] % 4, 0)::bigint AS distributor_id,
    nullif(d[2] % 3, 1)::bigint AS warehouse_id,
    d[3] % 40::bigint AS product_id,
    (enum_range(NULL::movement_kind))[CASE
        WHEN d[4] < 80 THEN 1
        WHEN d[4] < 180 THEN 2
        ELSE 1 + d[4] % 9 END] AS kind,
    nullif(d[5] - 20, 60) / 4.0 * CASE WHEN d[3] % 40 = 0 THEN 1e20 ELSE 1 END
        AS quantity,
    CASE WHEN d[6] < 150 OR d[4] % 9 = 4
        THEN round(d[7] / 7.0, d[8] % 5) END AS unit_cost,
    CASE WHEN d[6] <> 3 THEN '2026-01-01'::date + d[6] / 4 END AS occurred_on,
    CASE WHEN d[8] <> 3 THEN d[8] % 3 END AS day_step,
    CASE WHEN d[7] <> 3 THEN '2025-12-01'::date + d[7] / 4 END AS tranche_on
FROM generate_series(1, 12000) AS n,
    LATERAL (
        SELECT array_agg(get_byte(h, i - 1)) AS d
        FROM decode(md5('lines' || n), 'hex') AS h,
            generate_series(1, 8) AS i
    ) AS digest;

CREATE TEMP TABLE position AS
SELECT *,
    inventory_position(kind, quantity, unit_cost, tranche_on) OVER place AS p,
    row_number() OVER place AS n
FROM movement
WINDOW place AS (PARTITION BY distributor_id, product_id, warehouse_id
    ORDER BY occurred_on, day_step, unit_cost, quantity, tranche_on, id);

-- success: the lines say for each movement what the window says
CREATE TEMP TABLE line AS
SELECT m.distributor_id, m.product_id, l.*
FROM (
    SELECT distributor_id, product_id,
        inventory_lines(warehouse_id, occurred_on, day_step, kind, quantity,
            unit_cost, tranche_on, id) AS lines
    FROM (SELECT * FROM movement ORDER BY md5(id::text)) AS any_order
    GROUP BY distributor_id, product_id
) AS m, unnest(m.lines) AS l;
SELECT count(*) AS compared,
    count(*) FILTER (WHERE p::text <> ROW(l.on_hand, l.value, l.average_cost,
        l.oldest_on, l.moved_cost, l.cost_adjustment, l.count_variance,
        l.deficit)::inventory_position::text) AS different,
    count(*) FILTER (WHERE (m.warehouse_id, m.occurred_on, m.day_step, m.kind,
            m.quantity::text, m.unit_cost::text, m.tranche_on)
        IS DISTINCT FROM (l.warehouse_id, l.occurred_on, l.day_step, l.kind,
            l.quantity::text, l.unit_cost::text, l.tranche_on)) AS mistaken
FROM position AS m JOIN line AS l ON l.fact_id = m.id;

-- success: the holdings are the layers
SELECT count(*) AS warehouses,
    count(*) FILTER (WHERE h.layers IS DISTINCT FROM l.layers) AS different,
    count(*) FILTER (WHERE h.last_on IS DISTINCT FROM l.last_on) AS misdated
FROM (
    SELECT distributor_id, product_id, warehouse_id,
        array_agg(layer ORDER BY place) FILTER (WHERE quantity <> 0) AS layers,
        max(last_on) AS last_on
    FROM (
        SELECT m.distributor_id, m.product_id, h.warehouse_id, h.ordinality,
            h.quantity, h.last_on, h.ordinality AS place,
            ROW(h.tranche_on, h.quantity, h.unit_cost)::inventory_layer
                AS layer
        FROM (
            SELECT distributor_id, product_id,
                inventory_holdings(warehouse_id, occurred_on, day_step, kind,
                    quantity, unit_cost, tranche_on, id) AS holdings
            FROM movement
            GROUP BY distributor_id, product_id
        ) AS m, unnest(m.holdings) WITH ORDINALITY AS h
    ) AS s
    GROUP BY distributor_id, product_id, warehouse_id
) AS h FULL JOIN (
    SELECT distributor_id, product_id, warehouse_id,
        nullif(inventory_layers(kind, quantity, unit_cost, tranche_on
            ORDER BY n), '{}') AS layers,
        max(occurred_on) AS last_on
    FROM position
    GROUP BY distributor_id, product_id, warehouse_id
) AS l
    ON h.product_id = l.product_id
        AND coalesce(h.distributor_id, -1) = coalesce(l.distributor_id, -1)
        AND coalesce(h.warehouse_id, -1) = coalesce(l.warehouse_id, -1);

-- Transfers: 100 at 48 and 50 at 60 in warehouse 1; 120 of them go to 2 on the
-- 3rd, which sends 30 on to 3 the same day: 100 x 48 + 20 x 60 = 6000, 50 each.
-- On the 5th a circle: 3 sends 10 to 1 and 1 sends 10 to 3, both without a
-- cost. Warehouse 1 comes first by key: what arrives there costs the last cost
-- it knows, 60, and what it sends is of its own 30 at 60.
CREATE TEMP TABLE transfer (w bigint, day date, step int, kind movement_kind,
    quantity numeric, unit_cost numeric, id bigint);
INSERT INTO transfer VALUES
    (3, '2026-03-03', 0, 'transfer_in', 30, NULL, 12),
    (2, '2026-03-03', 3, 'transfer_out', 30, NULL, 12),
    (2, '2026-03-03', 0, 'transfer_in', 120, NULL, 11),
    (1, '2026-03-03', 3, 'transfer_out', 120, NULL, 11),
    (1, '2026-03-01', 0, 'receipt', 100, 48, 1),
    (1, '2026-03-02', 0, 'receipt', 50, 60, 2),
    (1, '2026-03-05', 0, 'transfer_in', 10, NULL, 13),
    (3, '2026-03-05', 3, 'transfer_out', 10, NULL, 13),
    (3, '2026-03-05', 0, 'transfer_in', 10, NULL, 14),
    (1, '2026-03-05', 3, 'transfer_out', 10, NULL, 14);

-- success: 6000 leave 1 and arrive at 2, 1500 go on to 3
SELECT l.warehouse_id, l.occurred_on, l.kind, l.quantity, l.unit_cost,
    l.moved_cost, l.on_hand, l.value
FROM unnest((
    SELECT inventory_lines(w, day, step, kind, quantity, unit_cost, day, id)
    FROM transfer
)) AS l
ORDER BY l.occurred_on, l.warehouse_id, l.day_step;

-- success: in whatever order they come
SELECT count(DISTINCT holdings) AS answers
FROM (
    SELECT seed, inventory_holdings(w, day, step, kind, quantity, unit_cost,
        day, id) AS holdings
    FROM generate_series(1, 50) AS seed, LATERAL (
        SELECT * FROM transfer ORDER BY md5(id || kind::text || seed)
    ) AS t
    GROUP BY seed
) AS s;

-- success: goods of unknown cost that leave are of unknown cost where they
-- arrive; a circle of three is opened at the first warehouse
SELECT h.warehouse_id, h.tranche_on, h.quantity, h.unit_cost, h.last_on,
    h.last_cost, h.issue_cost
FROM unnest((
    SELECT inventory_holdings(w, '2026-04-01', step, kind, 5, cost,
        '2026-04-01', id)
    FROM (VALUES
        (1, 0, 'receipt'::movement_kind, 7::numeric, 1),
        (1, 3, 'transfer_out', NULL, 2), (2, 0, 'transfer_in', NULL, 2),
        (2, 3, 'transfer_out', NULL, 3), (3, 0, 'transfer_in', NULL, 3),
        (3, 3, 'transfer_out', NULL, 4), (1, 0, 'transfer_in', NULL, 4),
        (5, 0, 'receipt', NULL, 5),
        (5, 3, 'transfer_out', NULL, 6), (4, 0, 'transfer_in', NULL, 6)
    ) AS m (w, step, kind, cost, id)
)) AS h;

-- success: no movement, no line
SELECT inventory_lines(1, day, 0, kind, 1, 1, day, 1) FROM transfer WHERE false;

-- failure: what is not a number
SELECT inventory_holdings(1, '2026-01-01', 0, 'receipt', 'NaN', 1, NULL, 1);
