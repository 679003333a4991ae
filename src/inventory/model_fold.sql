-- inventory: what the stock is, from the facts and from the rollup; and the
-- functions that keep the rollups: fold, verify, rebuild.

CREATE VIEW stock_flow WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.warehouse_id,
    s.product_id,
    s.arrives_on AS effective_on,
    s.shipped_on AS activity_on,
    s.quantity
FROM sell_in_arrival_as_of('infinity', 'infinity') AS s
UNION ALL
SELECT s.distributor_id,
    s.warehouse_id,
    s.product_id,
    s.sold_on AS effective_on,
    s.sold_on AS activity_on,
    -s.quantity AS quantity
FROM sell_through_as_of('infinity', 'infinity') AS s
WHERE s.transfer_type <> 'DS'
UNION ALL
SELECT a.distributor_id,
    a.warehouse_id,
    a.product_id,
    a.adjusted_on AS effective_on,
    a.adjusted_on AS activity_on,
    a.quantity
FROM inventory_adjustment_as_of('infinity', 'infinity') AS a
UNION ALL
SELECT o.distributor_id,
    o.from_warehouse_id AS warehouse_id,
    o.product_id,
    o.transferred_on AS effective_on,
    o.transferred_on AS activity_on,
    -o.quantity AS quantity
FROM inventory_transfer_as_of('infinity', 'infinity') AS o
UNION ALL
SELECT i.distributor_id,
    i.to_warehouse_id AS warehouse_id,
    i.product_id,
    i.transferred_on AS effective_on,
    i.transferred_on AS activity_on,
    i.quantity
FROM inventory_transfer_as_of('infinity', 'infinity') AS i
UNION ALL
SELECT r.distributor_id,
    r.warehouse_id,
    r.product_id,
    r.effective_on,
    r.effective_on AS activity_on,
    0::numeric AS quantity
FROM inventory_reprice_as_of('infinity', 'infinity') AS r;
COMMENT ON VIEW stock_flow IS 'One row = something that adds to the stock or takes from it, as known now, counts left out; what is in transit included; a reprice adds 0';
COMMENT ON COLUMN stock_flow.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_flow.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN stock_flow.product_id IS 'The product';
COMMENT ON COLUMN stock_flow.effective_on IS 'Day from which it is on hand or gone; infinity = until a receipt is reported';
COMMENT ON COLUMN stock_flow.activity_on IS 'Activity date of the fact';
COMMENT ON COLUMN stock_flow.quantity IS 'Base units, signed. Additive';

CREATE VIEW stock_last_count WITH (security_invoker = true) AS
SELECT DISTINCT ON (c.distributor_id, c.warehouse_id, c.product_id)
    c.distributor_id,
    c.warehouse_id,
    c.product_id,
    c.counted_on,
    c.quantity,
    c.inventory_count_id
FROM inventory_count_as_of('infinity', 'infinity') AS c
WHERE c.count_kind = 'on_hand'
ORDER BY c.distributor_id, c.warehouse_id, c.product_id,
    c.counted_on DESC, c.unit_cost DESC, c.quantity DESC, c.inventory_count_id DESC;
COMMENT ON VIEW stock_last_count IS 'One row = the last count of a product in a warehouse, as known now, in the order of inventory_movement';
COMMENT ON COLUMN stock_last_count.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_last_count.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN stock_last_count.product_id IS 'The product';
COMMENT ON COLUMN stock_last_count.counted_on IS 'Day at whose close it was counted';
COMMENT ON COLUMN stock_last_count.quantity IS 'On hand as counted, base units. Additive';
COMMENT ON COLUMN stock_last_count.inventory_count_id IS 'Key of the count, with distributor and day';

CREATE VIEW stock_from_facts WITH (security_invoker = true) AS
SELECT u.distributor_id,
    u.warehouse_id,
    u.product_id,
    sum(u.quantity) AS owned_qty,
    max(u.counted_on) AS counted_on,
    max(u.activity_on) AS last_moved_on
FROM (
    SELECT c.distributor_id,
        c.warehouse_id,
        c.product_id,
        c.quantity,
        c.counted_on,
        c.counted_on AS activity_on
    FROM stock_last_count AS c
    UNION ALL
    SELECT f.distributor_id,
        f.warehouse_id,
        f.product_id,
        f.quantity,
        NULL::date AS counted_on,
        f.activity_on
    FROM stock_flow AS f
    LEFT JOIN stock_last_count AS c
        ON c.distributor_id = f.distributor_id
        AND c.warehouse_id = f.warehouse_id
        AND c.product_id = f.product_id
    WHERE c.counted_on IS NULL OR f.effective_on > c.counted_on
) AS u
GROUP BY u.distributor_id, u.warehouse_id, u.product_id;
COMMENT ON VIEW stock_from_facts IS 'One row = the stock of a product in a warehouse, from all facts: what rollup_stock must say. Reads everything';
COMMENT ON COLUMN stock_from_facts.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_from_facts.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN stock_from_facts.product_id IS 'The product';
COMMENT ON COLUMN stock_from_facts.owned_qty IS 'On hand and in transit together: last count and what came after it, base units. Additive';
COMMENT ON COLUMN stock_from_facts.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN stock_from_facts.last_moved_on IS 'Last activity since the last count, or the count';

CREATE FUNCTION stock_of_item(
    p_distributor_id bigint,
    p_warehouse_id bigint,
    p_product_id bigint
) RETURNS TABLE (
    owned_qty numeric,
    counted_on date,
    last_moved_on date
)
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT coalesce(c.quantity, 0) + coalesce(f.quantity, 0),
        c.counted_on,
        greatest(c.counted_on, f.activity_on)
    FROM (SELECT) AS one_row
    LEFT JOIN LATERAL (
        SELECT n.counted_on, n.quantity
        FROM inventory_count_as_of('infinity', 'infinity') AS n
        WHERE n.distributor_id = p_distributor_id
            AND n.warehouse_id = p_warehouse_id
            AND n.product_id = p_product_id
            AND n.count_kind = 'on_hand'
        ORDER BY n.counted_on DESC, n.unit_cost DESC, n.quantity DESC, n.inventory_count_id DESC
        LIMIT 1
    ) AS c ON true
    CROSS JOIN LATERAL (
        SELECT sum(s.quantity) AS quantity,
            max(s.activity_on) AS activity_on
        FROM stock_flow AS s
        WHERE s.distributor_id = p_distributor_id
            AND s.warehouse_id = p_warehouse_id
            AND s.product_id = p_product_id
            AND s.effective_on > coalesce(c.counted_on, '-infinity')
    ) AS f;
END;
COMMENT ON FUNCTION stock_of_item(bigint, bigint, bigint) IS
    'The stock of one product in one warehouse from its facts, columns as in stock_from_facts: a few index scans';

CREATE VIEW rollup_stock_pending WITH (security_invoker = true) AS
WITH touched AS (
    SELECT d.distributor_id,
        d.warehouse_id,
        d.product_id,
        sum(d.owned_qty) AS owned_qty,
        min(d.first_on) AS first_on,
        max(d.last_on) AS last_on,
        bool_or(d.is_anew) AS is_anew
    FROM rollup_stock_delta AS d
    GROUP BY d.distributor_id, d.warehouse_id, d.product_id
), known AS (
    SELECT t.distributor_id,
        t.warehouse_id,
        t.product_id,
        coalesce(r.owned_qty, 0) + t.owned_qty AS owned_qty,
        r.counted_on,
        greatest(r.last_moved_on, t.last_on) AS last_moved_on,
        t.is_anew OR coalesce(t.first_on <= r.counted_on, false) AS is_anew
    FROM touched AS t
    LEFT JOIN rollup_stock AS r
        ON r.distributor_id = t.distributor_id
        AND r.warehouse_id = t.warehouse_id
        AND r.product_id = t.product_id
)
SELECT n.distributor_id,
    n.warehouse_id,
    n.product_id,
    n.owned_qty,
    n.counted_on,
    n.last_moved_on
FROM known AS n
WHERE NOT n.is_anew
UNION ALL
SELECT n.distributor_id,
    n.warehouse_id,
    n.product_id,
    i.owned_qty,
    i.counted_on,
    i.last_moved_on
FROM known AS n
CROSS JOIN LATERAL stock_of_item(n.distributor_id, n.warehouse_id, n.product_id) AS i
WHERE n.is_anew;
COMMENT ON VIEW rollup_stock_pending IS 'One row = the stock of a product in a warehouse that has deltas, as rollup_stock will say when they are folded';
COMMENT ON COLUMN rollup_stock_pending.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_stock_pending.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN rollup_stock_pending.product_id IS 'The product';
COMMENT ON COLUMN rollup_stock_pending.owned_qty IS 'On hand and in transit together, base units. Additive';
COMMENT ON COLUMN rollup_stock_pending.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN rollup_stock_pending.last_moved_on IS 'Last activity that touched it; NULL = none is left';

CREATE VIEW stock_owned WITH (security_invoker = true) AS
SELECT r.distributor_id,
    r.warehouse_id,
    r.product_id,
    r.owned_qty,
    r.counted_on,
    r.last_moved_on
FROM rollup_stock AS r
WHERE NOT EXISTS (
    SELECT
    FROM rollup_stock_delta AS d
    WHERE d.distributor_id = r.distributor_id
        AND d.warehouse_id = r.warehouse_id
        AND d.product_id = r.product_id)
UNION ALL
SELECT p.distributor_id,
    p.warehouse_id,
    p.product_id,
    p.owned_qty,
    p.counted_on,
    p.last_moved_on
FROM rollup_stock_pending AS p;
COMMENT ON VIEW stock_owned IS 'One row = what a distributor owns of a product in a warehouse, all facts counted: rollup and deltas together';
COMMENT ON COLUMN stock_owned.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_owned.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN stock_owned.product_id IS 'The product';
COMMENT ON COLUMN stock_owned.owned_qty IS 'On hand and in transit together, base units. Additive';
COMMENT ON COLUMN stock_owned.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN stock_owned.last_moved_on IS 'Last activity that touched it; NULL = none is left';

CREATE FUNCTION in_transit_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    quantity numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT t.distributor_id,
        t.warehouse_id,
        t.product_id,
        sum(t.quantity)
    FROM (
        -- By the plan: an index scan of what has not arrived yet.
        SELECT s.distributor_id,
            s.warehouse_id,
            s.product_id,
            s.quantity
        FROM sell_in_as_of(p_activity, p_knowledge) AS s
        WHERE s.arrives_on > p_activity
            AND s.quantity > 0
            AND NOT s.is_drop_ship
            AND NOT EXISTS (
                SELECT
                FROM inventory_receipt_as_of('infinity', p_knowledge) AS r
                WHERE r.distributor_id = s.distributor_id
                    AND r.shipped_on = s.shipped_on
                    AND r.sell_in_id = s.sell_in_id)
        UNION ALL
        -- Received in part, or on another day than planned.
        SELECT a.distributor_id,
            a.warehouse_id,
            a.product_id,
            a.quantity
        FROM sell_in_arrival_as_of(p_activity, p_knowledge) AS a
        WHERE a.arrives_on > p_activity
            AND (a.distributor_id, a.shipped_on, a.sell_in_id) IN (
                SELECT r.distributor_id, r.shipped_on, r.sell_in_id
                FROM inventory_receipt_as_of('infinity', p_knowledge) AS r)
    ) AS t
    GROUP BY t.distributor_id, t.warehouse_id, t.product_id;
END;
COMMENT ON FUNCTION in_transit_as_of(date, timestamptz) IS
    'One row = what is on its way to a warehouse at the close of p_activity, as known at p_knowledge, base units: shipped, and neither due by its transit time nor reported as received';

CREATE FUNCTION in_transit_tranches_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    shipped_on date,
    sell_in_id bigint,
    arrives_on date,
    quantity numeric,
    unit_cost numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT a.distributor_id,
        a.warehouse_id,
        a.product_id,
        a.shipped_on,
        a.sell_in_id,
        a.arrives_on,
        a.quantity,
        coalesce((
            SELECT r.unit_cost
            FROM inventory_reprice_as_of(p_activity, p_knowledge) AS r
            WHERE r.distributor_id = a.distributor_id
                AND r.warehouse_id = a.warehouse_id
                AND r.product_id = a.product_id
                AND r.effective_on > a.shipped_on
                AND r.covers_in_transit
            ORDER BY r.effective_on DESC, r.inventory_reprice_id DESC
            LIMIT 1), a.unit_price)
    FROM sell_in_arrival_as_of(p_activity, p_knowledge) AS a
    WHERE a.arrives_on > p_activity AND a.quantity > 0;
END;
COMMENT ON FUNCTION in_transit_tranches_as_of(date, timestamptz) IS
    'One row = goods of a sell-in line that are on their way at the close of p_activity, as known at p_knowledge, base units, with what one of them costs: the net price, or what it was repriced to on the way. in_transit_as_of() gives the sums';

CREATE VIEW inventory_stock WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.warehouse_id,
    s.product_id,
    s.owned_qty - coalesce(t.quantity, 0) AS on_hand_qty,
    coalesce(t.quantity, 0) AS in_transit_qty,
    s.owned_qty,
    s.counted_on,
    s.last_moved_on
FROM stock_owned AS s
LEFT JOIN in_transit_as_of((now() AT TIME ZONE 'UTC')::date) AS t
    ON t.distributor_id = s.distributor_id
    AND t.warehouse_id = s.warehouse_id
    AND t.product_id = s.product_id;
COMMENT ON VIEW inventory_stock IS 'One row = the stock of a product in a warehouse today, from the rollup: all facts counted, whatever their day; values and tranches: inventory_as_of()';
COMMENT ON COLUMN inventory_stock.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_stock.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_stock.product_id IS 'The product';
COMMENT ON COLUMN inventory_stock.on_hand_qty IS 'On hand, base units; below 0 = more sold than held. Additive';
COMMENT ON COLUMN inventory_stock.in_transit_qty IS 'On its way, base units. Additive';
COMMENT ON COLUMN inventory_stock.owned_qty IS 'Both together, base units. Additive';
COMMENT ON COLUMN inventory_stock.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN inventory_stock.last_moved_on IS 'Last activity that touched it; NULL = none is left';

CREATE FUNCTION fold_rollups() RETURNS rollup_fold
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result rollup_fold;
BEGIN
    -- Folds wait for each other. Loads only append deltas and wait for nobody;
    -- what they commit while this runs is left for the next run, because each
    -- statement here takes the deltas away that it has seen, and no other.
    LOCK TABLE rollup_fold IN SHARE ROW EXCLUSIVE MODE;

    WITH gone AS (
        DELETE FROM rollup_day_delta RETURNING *
    )
    INSERT INTO rollup_day (
        distributor_id, activity_on, currency_code,
        sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty,
        sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty,
        sell_in_lines, sell_through_lines
    )
    SELECT g.distributor_id, g.activity_on, g.currency_code,
        sum(g.sell_in_qty),
        sum(g.sell_in_amount),
        sum(g.vendor_return_qty),
        sum(g.vendor_return_amount),
        sum(g.drop_ship_in_qty),
        sum(g.sell_through_qty),
        sum(g.sell_through_amount),
        sum(g.customer_return_qty),
        sum(g.customer_return_amount),
        sum(g.drop_ship_out_qty),
        sum(g.sell_in_lines),
        sum(g.sell_through_lines)
    FROM gone AS g
    GROUP BY g.distributor_id, g.activity_on, g.currency_code
    ON CONFLICT ON CONSTRAINT rollup_day_pkey DO UPDATE SET
        sell_in_qty = rollup_day.sell_in_qty + EXCLUDED.sell_in_qty,
        sell_in_amount = rollup_day.sell_in_amount + EXCLUDED.sell_in_amount,
        vendor_return_qty = rollup_day.vendor_return_qty + EXCLUDED.vendor_return_qty,
        vendor_return_amount = rollup_day.vendor_return_amount + EXCLUDED.vendor_return_amount,
        drop_ship_in_qty = rollup_day.drop_ship_in_qty + EXCLUDED.drop_ship_in_qty,
        sell_through_qty = rollup_day.sell_through_qty + EXCLUDED.sell_through_qty,
        sell_through_amount = rollup_day.sell_through_amount + EXCLUDED.sell_through_amount,
        customer_return_qty = rollup_day.customer_return_qty + EXCLUDED.customer_return_qty,
        customer_return_amount = rollup_day.customer_return_amount + EXCLUDED.customer_return_amount,
        drop_ship_out_qty = rollup_day.drop_ship_out_qty + EXCLUDED.drop_ship_out_qty,
        sell_in_lines = rollup_day.sell_in_lines + EXCLUDED.sell_in_lines,
        sell_through_lines = rollup_day.sell_through_lines + EXCLUDED.sell_through_lines;
    GET DIAGNOSTICS result.day_rows = ROW_COUNT;

    WITH gone AS (
        DELETE FROM rollup_product_month_delta RETURNING *
    )
    INSERT INTO rollup_product_month (
        distributor_id, product_id, month_on, currency_code,
        sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty,
        sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty,
        sell_in_lines, sell_through_lines
    )
    SELECT g.distributor_id, g.product_id, g.month_on, g.currency_code,
        sum(g.sell_in_qty),
        sum(g.sell_in_amount),
        sum(g.vendor_return_qty),
        sum(g.vendor_return_amount),
        sum(g.drop_ship_in_qty),
        sum(g.sell_through_qty),
        sum(g.sell_through_amount),
        sum(g.customer_return_qty),
        sum(g.customer_return_amount),
        sum(g.drop_ship_out_qty),
        sum(g.sell_in_lines),
        sum(g.sell_through_lines)
    FROM gone AS g
    GROUP BY g.distributor_id, g.product_id, g.month_on, g.currency_code
    ON CONFLICT ON CONSTRAINT rollup_product_month_pkey DO UPDATE SET
        sell_in_qty = rollup_product_month.sell_in_qty + EXCLUDED.sell_in_qty,
        sell_in_amount = rollup_product_month.sell_in_amount + EXCLUDED.sell_in_amount,
        vendor_return_qty = rollup_product_month.vendor_return_qty + EXCLUDED.vendor_return_qty,
        vendor_return_amount = rollup_product_month.vendor_return_amount + EXCLUDED.vendor_return_amount,
        drop_ship_in_qty = rollup_product_month.drop_ship_in_qty + EXCLUDED.drop_ship_in_qty,
        sell_through_qty = rollup_product_month.sell_through_qty + EXCLUDED.sell_through_qty,
        sell_through_amount = rollup_product_month.sell_through_amount + EXCLUDED.sell_through_amount,
        customer_return_qty = rollup_product_month.customer_return_qty + EXCLUDED.customer_return_qty,
        customer_return_amount = rollup_product_month.customer_return_amount + EXCLUDED.customer_return_amount,
        drop_ship_out_qty = rollup_product_month.drop_ship_out_qty + EXCLUDED.drop_ship_out_qty,
        sell_in_lines = rollup_product_month.sell_in_lines + EXCLUDED.sell_in_lines,
        sell_through_lines = rollup_product_month.sell_through_lines + EXCLUDED.sell_through_lines;
    GET DIAGNOSTICS result.product_month_rows = ROW_COUNT;

    WITH gone AS (
        DELETE FROM rollup_stock_delta RETURNING *
    ), late AS (
        INSERT INTO inventory_late (distributor_id, warehouse_id, product_id, close_no, first_on, recorded_at)
        SELECT g.distributor_id, g.warehouse_id, g.product_id, c.close_no, min(g.first_on), min(g.recorded_at)
        FROM gone AS g
        CROSS JOIN (
            SELECT max(l.close_no) AS close_no, max(l.closed_on) AS closed_on
            FROM inventory_close AS l
        ) AS c
        WHERE g.first_on <= c.closed_on
        GROUP BY g.distributor_id, g.warehouse_id, g.product_id, c.close_no
        RETURNING close_no
    )
    INSERT INTO rollup_stock (distributor_id, warehouse_id, product_id, owned_qty, counted_on, last_moved_on)
    SELECT p.distributor_id, p.warehouse_id, p.product_id, p.owned_qty, p.counted_on, p.last_moved_on
    FROM rollup_stock_pending AS p
    ON CONFLICT ON CONSTRAINT rollup_stock_pkey DO UPDATE SET
        owned_qty = EXCLUDED.owned_qty,
        counted_on = EXCLUDED.counted_on,
        last_moved_on = EXCLUDED.last_moved_on;
    GET DIAGNOSTICS result.stock_rows = ROW_COUNT;

    INSERT INTO rollup_fold (day_rows, product_month_rows, stock_rows)
    VALUES (result.day_rows, result.product_month_rows, result.stock_rows)
    RETURNING * INTO result;
    RETURN result;
END
$$;
COMMENT ON FUNCTION fold_rollups() IS
    'Adds the deltas to the rollups, as often as you like (after each bulk load, or every minute); the views say the same before and after. 40001 under REPEATABLE READ when another run folded the same deltas.';
