-- inventory_as_of() gives the same with and without checkpoints, the same as
-- the engine's window function over all movements, and the same whatever the
-- order in which facts were recorded.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(22);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT i, 'D' || i, 'D' FROM generate_series(1, 3) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name)
SELECT d, 10 * d + w, 'W' || w, 'W' FROM generate_series(1, 3) AS d, generate_series(1, 2) AS w;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT i, 'P' || i, 'P', 'a' FROM generate_series(1, 4) AS i;

-- p_lines lines of each kind from p_from on, known up to 60 days later.
CREATE FUNCTION pg_temp.load(p_seed double precision, p_from date, p_days integer, p_lines integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(p_seed);
    CREATE TEMP TABLE draw ON COMMIT DROP AS
    SELECT k, 1 + floor(random() * 3)::integer AS d, 1 + floor(random() * 2)::integer AS w, 1 + floor(random() * 4)::integer AS p,
        p_from + floor(random() * p_days)::integer AS day, floor(random() * 60)::integer AS lag, random() AS r, random() AS s, floor(random() * 9) + 1 AS c
    FROM generate_series(1, 10) AS k, generate_series(1, p_lines);
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, is_drop_ship, recorded_at)
    SELECT d, day, 10 * d + w, p, CASE WHEN r < 0.1 THEN 'infinity' ELSE day + (r * 12)::integer END, 'I', q, c, q * c, 'EUR', s > 0.95, day + lag * interval '1 day'
    FROM draw, LATERAL (SELECT CASE WHEN s < 0.1 THEN -5 ELSE ceil(s * 40) END AS q) AS x WHERE k <= 2;
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code, recorded_at)
    SELECT d, day, 10 * d + w, p, CASE WHEN r < 0.1 THEN 'DS' ELSE 'SS' END, CASE WHEN s < 0.2 THEN -3 ELSE ceil(s * 16) END, 'EUR', day + lag * interval '1 day'
    FROM draw WHERE k BETWEEN 3 AND 7;
    INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, recorded_at)
    SELECT d, day, 10 * d + w, p, floor(s * 50), day + lag * interval '1 day' FROM draw WHERE k = 8 AND r < 0.4;
    INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, recorded_at)
    SELECT d, day, 10 * d + w, p, c, 'EUR', s < 0.5, day + lag * interval '1 day' FROM draw WHERE k = 8 AND r > 0.8;
    INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, unit_cost, reason_code, recorded_at)
    SELECT d, day, 10 * d + w, p, floor(s * 10) - 5, CASE WHEN r < 0.5 THEN c END, 'x', day + lag * interval '1 day' FROM draw WHERE k = 9;
    -- Of product 4 without a cost; there and back, but never both on a day.
    INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity, unit_cost, recorded_at)
    SELECT d, day, 10 * d + w, 10 * d + 3 - w, p, ceil(s * 9), CASE WHEN p < 4 THEN c END, day + lag * interval '1 day'
    FROM draw, LATERAL (SELECT 1 + abs(day - date '2026-01-01') % 2) AS x (w1) WHERE k = 10 AND (p < 4 OR w = w1);
    INSERT INTO inventory_receipt (distributor_id, received_on, shipped_on, sell_in_id, quantity, recorded_at)
    SELECT distributor_id, shipped_on + (sell_in_id % 20)::integer, shipped_on, sell_in_id, 1 + sell_in_id % 30, recorded_at + sell_in_id % 30 * interval '1 day'
    FROM sell_in_as_of() AS s
    WHERE quantity > 0 AND shipped_on >= p_from AND sell_in_id % 5 = 0
        AND NOT EXISTS (SELECT FROM inventory_receipt AS r WHERE r.sell_in_id = s.sell_in_id);
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, is_drop_ship, recorded_at,
        entry_kind, corrects_shipped_on, corrects_line_id)
    SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, is_drop_ship, recorded_at + interval '20 days',
        'reversal', shipped_on, sell_in_id
    FROM sell_in_as_of() WHERE shipped_on >= p_from AND sell_in_id % 11 = 0;
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code, recorded_at, entry_kind, corrects_sold_on, corrects_line_id)
    SELECT distributor_id, sold_on, warehouse_id, product_id, transfer_type, -quantity, currency_code, recorded_at + interval '20 days', 'reversal', sold_on, sell_through_id
    FROM sell_through_as_of() WHERE sold_on >= p_from AND sell_through_id % 11 = 0;
    INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, recorded_at, entry_kind, corrects_counted_on, corrects_line_id)
    SELECT distributor_id, counted_on, warehouse_id, product_id, -quantity, recorded_at + interval '20 days', 'reversal', counted_on, inventory_count_id
    FROM inventory_count_as_of() WHERE counted_on >= p_from AND inventory_count_id % 5 = 0;
    INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, recorded_at, entry_kind, corrects_effective_on, corrects_line_id)
    SELECT distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, recorded_at + interval '20 days', 'reversal', effective_on, inventory_reprice_id
    FROM inventory_reprice_as_of() WHERE effective_on >= p_from AND inventory_reprice_id % 5 = 0;
    DROP TABLE draw;
END
$$;

-- The window function, without checkpoints, each row the last of its item. What
-- transfers without a cost cost where they left is found by trying: from the
-- costs of one round follow those of the next, until they no longer change.
CREATE TEMP TABLE transfer_cost (id bigint, cost numeric) ON COMMIT DROP;
CREATE FUNCTION pg_temp.by_window(a date, k timestamptz) RETURNS TABLE (d bigint, w bigint, p bigint, on_hand numeric, value numeric, average numeric, deficit numeric, moved date)
LANGUAGE plpgsql AS $$
DECLARE
    changed boolean := true;
BEGIN
    DROP TABLE IF EXISTS movement;
    CREATE TEMP TABLE movement ON COMMIT DROP AS SELECT * FROM inventory_movement_as_of(a, k);
    DELETE FROM transfer_cost;
    WHILE changed LOOP
        DROP TABLE IF EXISTS history;
        CREATE TEMP TABLE history ON COMMIT DROP AS
        SELECT m.*, row_number() OVER o AS n, inventory_position(m.kind, m.quantity, m.cost, m.tranche_on) OVER o AS position
        FROM (
            SELECT v.*, CASE WHEN v.kind = 'transfer_in' THEN coalesce(v.unit_cost, c.cost) ELSE v.unit_cost END AS cost
            FROM movement AS v LEFT JOIN transfer_cost AS c ON v.fact_table = 'inventory_transfer' AND c.id = v.fact_id) AS m
        WINDOW o AS (PARTITION BY distributor_id, warehouse_id, product_id ORDER BY occurred_on, day_step, cost, quantity, tranche_on, fact_id);
        SELECT count(*) > 0 INTO changed FROM history AS h LEFT JOIN transfer_cost AS c ON c.id = h.fact_id
        WHERE h.kind = 'transfer_out' AND round((h.position).moved_cost / h.quantity, 6) IS DISTINCT FROM c.cost;
        DELETE FROM transfer_cost;
        INSERT INTO transfer_cost SELECT h.fact_id, round((h.position).moved_cost / h.quantity, 6) FROM history AS h WHERE h.kind = 'transfer_out';
    END LOOP;
    RETURN QUERY SELECT DISTINCT ON (distributor_id, warehouse_id, product_id) distributor_id, warehouse_id, product_id,
        (position).on_hand, (position).value, (position).average_cost, (position).deficit, occurred_on
    FROM history
    ORDER BY distributor_id, warehouse_id, product_id, n DESC;
END
$$;
-- Items that differ, at several days and knowledges; items compared.
CREATE FUNCTION pg_temp.differences() RETURNS TABLE (differ numeric, is_enough boolean)
LANGUAGE sql AS $$
    SELECT sum(c.differ), sum(c.items) > 500
    FROM unnest('{2026-01-20,2026-02-15,2026-03-10,2026-04-05,2026-06-01}'::date[]) AS a,
        unnest('{2026-02-01,2026-03-01,2026-04-15,2026-06-15,infinity}'::timestamptz[]) AS k,
        LATERAL (
            SELECT count(*) FILTER (WHERE (i.on_hand_qty, i.value_amount, i.average_cost, i.deficit_qty, i.last_moved_on)
                    IS DISTINCT FROM (b.on_hand, b.value, b.average, b.deficit, b.moved)) AS differ,
                count(*) AS items
            FROM pg_temp.by_window(a, k) AS b
            LEFT JOIN inventory_as_of(a, k) AS i ON (i.distributor_id, i.warehouse_id, i.product_id) = (b.d, b.w, b.p)
        ) AS c
$$;
-- Items that restart because of late facts; those of unknown cost, which always
-- start from the beginning, left out, and so is product 4, whose warehouses
-- restart together.
CREATE FUNCTION pg_temp.restarts() RETURNS TABLE (closed_on date)
LANGUAGE sql AS $$
    SELECT r.closed_on
    FROM inventory_restart_as_of('2026-06-01') AS r
    WHERE r.product_id < 4 AND NOT EXISTS (
        SELECT FROM inventory_checkpoint AS k
        WHERE (k.distributor_id, k.warehouse_id, k.product_id) = (r.distributor_id, r.warehouse_id, r.product_id) AND NOT k.is_usable)
$$;
PREPARE differences AS SELECT * FROM pg_temp.differences();

SELECT pg_temp.load(0.1, '2026-01-01', 120, 80);
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'tranches as by the window function');
SELECT is((close_inventory('2026-01-31')).checkpoints, 24::bigint, 'closed: 24 items');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'the same from a checkpoint');
SELECT is((SELECT count(*) FROM pg_temp.restarts()), 0::bigint, 'which holds for all');
SELECT pg_temp.load(0.2, '2026-02-10', 60, 20);
SELECT is((SELECT count(*) FROM pg_temp.restarts()), 0::bigint, 'and after facts of later days');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'with the same answers');
SELECT is((close_inventory('2026-02-28')).checkpoints, 24::bigint, 'closed');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'the same from two checkpoints');

-- Late facts, between the closes and before both.
SELECT pg_temp.load(0.3, '2026-02-05', 20, 1);
SELECT cmp_ok((SELECT count(*) FROM inventory_restart_as_of('2026-06-01') WHERE closed_on = '2026-01-31'), '>', 3::bigint, 'a late fact sends its item back to the checkpoint before');
SELECT is((SELECT count(*) FROM pg_temp.restarts() WHERE closed_on <> '2026-01-31'), 0::bigint, 'and no further');
SELECT is((SELECT count(*) < 24 FROM inventory_restart_as_of('2026-06-01')), true, 'the other items stay');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'the same while it is pending');
SELECT ok((fold_rollups()).stock_rows > 3, 'folded');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'and after the fold');
SELECT pg_temp.load(0.4, '2026-01-01', 30, 1);
SELECT cmp_ok((SELECT count(*) FROM inventory_restart_as_of('2026-06-01') WHERE closed_on = '-infinity'), '>', 3::bigint, 'a fact before all closes sends it back to the beginning');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'the same');
SELECT is((close_inventory('2026-02-28')).checkpoints, 24::bigint, 'closed again');
SELECT is((SELECT count(*) FROM pg_temp.restarts()), 0::bigint, 'now all hold again');
SELECT results_eq('differences', 'VALUES (0::numeric, true)', 'the same');
SELECT is_empty('SELECT * FROM verify_rollups()', 'the stock by deltas as by facts');

-- Any permutation of recording: the same facts under a second distributor's
-- name, entered in another order, have the same positions.
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (4, 'D4', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (4, 41, 'W1', 'W'), (4, 42, 'W2', 'W');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code, recorded_at)
SELECT 4, sold_on, warehouse_id + 30, product_id, transfer_type, quantity, currency_code, recorded_at FROM sell_through_as_of() WHERE distributor_id = 1 ORDER BY md5(sell_through_id::text);
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, recorded_at)
SELECT 4, counted_on, warehouse_id + 30, product_id, quantity, recorded_at FROM inventory_count_as_of() WHERE distributor_id = 1 ORDER BY md5(inventory_count_id::text);
INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity, unit_cost, recorded_at)
SELECT 4, transferred_on, from_warehouse_id + 30, to_warehouse_id + 30, product_id, quantity, unit_cost, recorded_at FROM inventory_transfer_as_of() WHERE distributor_id = 1 ORDER BY md5(inventory_transfer_id::text);
INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, unit_cost, reason_code, recorded_at)
SELECT 4, adjusted_on, warehouse_id + 30, product_id, quantity, unit_cost, reason_code, recorded_at FROM inventory_adjustment_as_of() WHERE distributor_id = 1 ORDER BY md5(inventory_adjustment_id::text);
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, recorded_at)
SELECT 4, effective_on, warehouse_id + 30, product_id, unit_cost, currency_code, covers_in_transit, recorded_at FROM (
    -- of several on one day the last recorded one counts
    SELECT DISTINCT ON (distributor_id, effective_on, warehouse_id, product_id) * FROM inventory_reprice_as_of()
    WHERE distributor_id = 1 ORDER BY distributor_id, effective_on, warehouse_id, product_id, inventory_reprice_id DESC) AS r ORDER BY md5(inventory_reprice_id::text);
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, is_drop_ship, recorded_at)
SELECT 4, a.shipped_on, a.warehouse_id + 30, a.product_id, a.arrives_on, 'I', a.quantity, a.unit_price, a.quantity * a.unit_price, 'EUR', false, '2026-01-01'
FROM sell_in_arrival_as_of() AS a WHERE a.distributor_id = 1 ORDER BY md5(a.sell_in_id::text);
SELECT is((
        SELECT count(*)
        FROM unnest('{2026-01-20,2026-02-15,2026-03-10,2026-06-01}'::date[]) AS a, LATERAL (
            SELECT warehouse_id, product_id, on_hand_qty, in_transit_qty, value_amount, oldest_on, deficit_qty FROM inventory_as_of(a) WHERE distributor_id = 1
            EXCEPT
            SELECT warehouse_id - 30, product_id, on_hand_qty, in_transit_qty, value_amount, oldest_on, deficit_qty FROM inventory_as_of(a) WHERE distributor_id = 4) AS e),
    0::bigint, 'the order of recording does not matter');

-- Conservation: tranches less deficits = what came in less what went, from the last count on.
SELECT is((
        SELECT count(*)
        FROM stock_from_facts AS f
        JOIN inventory_as_of('2027-01-01') AS i USING (distributor_id, warehouse_id, product_id)
        WHERE i.owned_qty <> f.owned_qty),
    0::bigint, 'tranches and deficits add up to the movements');

SELECT * FROM finish();
ROLLBACK;
