-- inventory: verify_rollups() and rebuild_rollups(). Each compares or writes in
-- one statement a rollup, so in one snapshot: loads go on meanwhile.

CREATE FUNCTION verify_rollups() RETURNS TABLE (
    rollup_name text,
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_date date,
    currency_code text,
    rolled_up jsonb,
    by_facts jsonb
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT 'rollup_day'::text AS rollup_name,
        coalesce(r.distributor_id, f.distributor_id) AS distributor_id,
        NULL::bigint AS warehouse_id,
        NULL::bigint AS product_id,
        coalesce(r.activity_on, f.activity_on) AS on_date,
        coalesce(r.currency_code, f.currency_code) AS currency_code,
        to_jsonb(r) AS rolled_up,
        to_jsonb(f) AS by_facts
    FROM channel_day AS r
    FULL JOIN rollup_day_facts AS f
        ON r.distributor_id = f.distributor_id
            AND r.activity_on = f.activity_on
            AND r.currency_code = f.currency_code
    WHERE coalesce(r.sell_in_qty, 0) <> coalesce(f.sell_in_qty, 0)
        OR coalesce(r.sell_in_amount, 0) <> coalesce(f.sell_in_amount, 0)
        OR coalesce(r.vendor_return_qty, 0) <> coalesce(f.vendor_return_qty, 0)
        OR coalesce(r.vendor_return_amount, 0) <> coalesce(f.vendor_return_amount, 0)
        OR coalesce(r.drop_ship_in_qty, 0) <> coalesce(f.drop_ship_in_qty, 0)
        OR coalesce(r.sell_through_qty, 0) <> coalesce(f.sell_through_qty, 0)
        OR coalesce(r.sell_through_amount, 0) <> coalesce(f.sell_through_amount, 0)
        OR coalesce(r.customer_return_qty, 0) <> coalesce(f.customer_return_qty, 0)
        OR coalesce(r.customer_return_amount, 0) <> coalesce(f.customer_return_amount, 0)
        OR coalesce(r.drop_ship_out_qty, 0) <> coalesce(f.drop_ship_out_qty, 0)
        OR coalesce(r.sell_in_lines, 0) <> coalesce(f.sell_in_lines, 0)
        OR coalesce(r.sell_through_lines, 0) <> coalesce(f.sell_through_lines, 0)
    UNION ALL
    SELECT 'rollup_product_month'::text AS rollup_name,
        coalesce(r.distributor_id, f.distributor_id) AS distributor_id,
        NULL::bigint AS warehouse_id,
        coalesce(r.product_id, f.product_id) AS product_id,
        coalesce(r.month_on, f.month_on) AS on_date,
        coalesce(r.currency_code, f.currency_code) AS currency_code,
        to_jsonb(r) AS rolled_up,
        to_jsonb(f) AS by_facts
    FROM channel_product_month AS r
    FULL JOIN rollup_product_month_facts AS f
        ON r.distributor_id = f.distributor_id
            AND r.product_id = f.product_id
            AND r.month_on = f.month_on
            AND r.currency_code = f.currency_code
    WHERE coalesce(r.sell_in_qty, 0) <> coalesce(f.sell_in_qty, 0)
        OR coalesce(r.sell_in_amount, 0) <> coalesce(f.sell_in_amount, 0)
        OR coalesce(r.vendor_return_qty, 0) <> coalesce(f.vendor_return_qty, 0)
        OR coalesce(r.vendor_return_amount, 0) <> coalesce(f.vendor_return_amount, 0)
        OR coalesce(r.drop_ship_in_qty, 0) <> coalesce(f.drop_ship_in_qty, 0)
        OR coalesce(r.sell_through_qty, 0) <> coalesce(f.sell_through_qty, 0)
        OR coalesce(r.sell_through_amount, 0) <> coalesce(f.sell_through_amount, 0)
        OR coalesce(r.customer_return_qty, 0) <> coalesce(f.customer_return_qty, 0)
        OR coalesce(r.customer_return_amount, 0) <> coalesce(f.customer_return_amount, 0)
        OR coalesce(r.drop_ship_out_qty, 0) <> coalesce(f.drop_ship_out_qty, 0)
        OR coalesce(r.sell_in_lines, 0) <> coalesce(f.sell_in_lines, 0)
        OR coalesce(r.sell_through_lines, 0) <> coalesce(f.sell_through_lines, 0)
    UNION ALL
    SELECT 'rollup_stock'::text AS rollup_name,
        coalesce(r.distributor_id, f.distributor_id) AS distributor_id,
        coalesce(r.warehouse_id, f.warehouse_id) AS warehouse_id,
        coalesce(r.product_id, f.product_id) AS product_id,
        NULL::date AS on_date,
        NULL::text AS currency_code,
        to_jsonb(r) AS rolled_up,
        to_jsonb(f) AS by_facts
    FROM stock_owned AS r
    FULL JOIN stock_from_facts AS f
        ON r.distributor_id = f.distributor_id
            AND r.warehouse_id = f.warehouse_id
            AND r.product_id = f.product_id
    WHERE coalesce(r.owned_qty, 0) <> coalesce(f.owned_qty, 0)
        OR r.counted_on IS DISTINCT FROM f.counted_on
        OR r.last_moved_on IS DISTINCT FROM f.last_moved_on;
END;
COMMENT ON FUNCTION verify_rollups() IS
    'One row = a key of a rollup that says something else than the facts, with both; no row = they agree. Reads all facts; sees one snapshot, so loads may go on';

CREATE FUNCTION rebuild_rollups() RETURNS rollup_fold
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result rollup_fold;
BEGIN
    LOCK TABLE rollup_fold IN SHARE ROW EXCLUSIVE MODE;

    -- Who rebuilds does not trust what the triggers noted; then checkpoints
    -- cannot be trusted either. They are made again by close_inventory().
    DELETE FROM inventory_late;
    DELETE FROM inventory_checkpoint;
    DELETE FROM inventory_close;

    WITH gone AS (
        DELETE FROM rollup_day_delta
    )
    INSERT INTO rollup_day (
        distributor_id, activity_on, currency_code,
        sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty,
        sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty,
        sell_in_lines, sell_through_lines
    )
    SELECT distributor_id, activity_on, currency_code,
        coalesce(f.sell_in_qty, 0),
        coalesce(f.sell_in_amount, 0),
        coalesce(f.vendor_return_qty, 0),
        coalesce(f.vendor_return_amount, 0),
        coalesce(f.drop_ship_in_qty, 0),
        coalesce(f.sell_through_qty, 0),
        coalesce(f.sell_through_amount, 0),
        coalesce(f.customer_return_qty, 0),
        coalesce(f.customer_return_amount, 0),
        coalesce(f.drop_ship_out_qty, 0),
        coalesce(f.sell_in_lines, 0),
        coalesce(f.sell_through_lines, 0)
    FROM rollup_day AS r
    FULL JOIN rollup_day_facts AS f USING (distributor_id, activity_on, currency_code)
    WHERE (r.sell_in_qty, r.sell_in_amount, r.vendor_return_qty, r.vendor_return_amount, r.drop_ship_in_qty, r.sell_through_qty, r.sell_through_amount, r.customer_return_qty, r.customer_return_amount, r.drop_ship_out_qty, r.sell_in_lines, r.sell_through_lines)
        IS DISTINCT FROM (coalesce(f.sell_in_qty, 0), coalesce(f.sell_in_amount, 0), coalesce(f.vendor_return_qty, 0), coalesce(f.vendor_return_amount, 0), coalesce(f.drop_ship_in_qty, 0), coalesce(f.sell_through_qty, 0), coalesce(f.sell_through_amount, 0), coalesce(f.customer_return_qty, 0), coalesce(f.customer_return_amount, 0), coalesce(f.drop_ship_out_qty, 0), coalesce(f.sell_in_lines, 0), coalesce(f.sell_through_lines, 0))
    ON CONFLICT ON CONSTRAINT rollup_day_pkey DO UPDATE SET
        sell_in_qty = EXCLUDED.sell_in_qty,
        sell_in_amount = EXCLUDED.sell_in_amount,
        vendor_return_qty = EXCLUDED.vendor_return_qty,
        vendor_return_amount = EXCLUDED.vendor_return_amount,
        drop_ship_in_qty = EXCLUDED.drop_ship_in_qty,
        sell_through_qty = EXCLUDED.sell_through_qty,
        sell_through_amount = EXCLUDED.sell_through_amount,
        customer_return_qty = EXCLUDED.customer_return_qty,
        customer_return_amount = EXCLUDED.customer_return_amount,
        drop_ship_out_qty = EXCLUDED.drop_ship_out_qty,
        sell_in_lines = EXCLUDED.sell_in_lines,
        sell_through_lines = EXCLUDED.sell_through_lines;
    GET DIAGNOSTICS result.day_rows = ROW_COUNT;

    WITH gone AS (
        DELETE FROM rollup_product_month_delta
    )
    INSERT INTO rollup_product_month (
        distributor_id, product_id, month_on, currency_code,
        sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty,
        sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty,
        sell_in_lines, sell_through_lines
    )
    SELECT distributor_id, product_id, month_on, currency_code,
        coalesce(f.sell_in_qty, 0),
        coalesce(f.sell_in_amount, 0),
        coalesce(f.vendor_return_qty, 0),
        coalesce(f.vendor_return_amount, 0),
        coalesce(f.drop_ship_in_qty, 0),
        coalesce(f.sell_through_qty, 0),
        coalesce(f.sell_through_amount, 0),
        coalesce(f.customer_return_qty, 0),
        coalesce(f.customer_return_amount, 0),
        coalesce(f.drop_ship_out_qty, 0),
        coalesce(f.sell_in_lines, 0),
        coalesce(f.sell_through_lines, 0)
    FROM rollup_product_month AS r
    FULL JOIN rollup_product_month_facts AS f USING (distributor_id, product_id, month_on, currency_code)
    WHERE (r.sell_in_qty, r.sell_in_amount, r.vendor_return_qty, r.vendor_return_amount, r.drop_ship_in_qty, r.sell_through_qty, r.sell_through_amount, r.customer_return_qty, r.customer_return_amount, r.drop_ship_out_qty, r.sell_in_lines, r.sell_through_lines)
        IS DISTINCT FROM (coalesce(f.sell_in_qty, 0), coalesce(f.sell_in_amount, 0), coalesce(f.vendor_return_qty, 0), coalesce(f.vendor_return_amount, 0), coalesce(f.drop_ship_in_qty, 0), coalesce(f.sell_through_qty, 0), coalesce(f.sell_through_amount, 0), coalesce(f.customer_return_qty, 0), coalesce(f.customer_return_amount, 0), coalesce(f.drop_ship_out_qty, 0), coalesce(f.sell_in_lines, 0), coalesce(f.sell_through_lines, 0))
    ON CONFLICT ON CONSTRAINT rollup_product_month_pkey DO UPDATE SET
        sell_in_qty = EXCLUDED.sell_in_qty,
        sell_in_amount = EXCLUDED.sell_in_amount,
        vendor_return_qty = EXCLUDED.vendor_return_qty,
        vendor_return_amount = EXCLUDED.vendor_return_amount,
        drop_ship_in_qty = EXCLUDED.drop_ship_in_qty,
        sell_through_qty = EXCLUDED.sell_through_qty,
        sell_through_amount = EXCLUDED.sell_through_amount,
        customer_return_qty = EXCLUDED.customer_return_qty,
        customer_return_amount = EXCLUDED.customer_return_amount,
        drop_ship_out_qty = EXCLUDED.drop_ship_out_qty,
        sell_in_lines = EXCLUDED.sell_in_lines,
        sell_through_lines = EXCLUDED.sell_through_lines;
    GET DIAGNOSTICS result.product_month_rows = ROW_COUNT;

    WITH gone AS (
        DELETE FROM rollup_stock_delta
    )
    INSERT INTO rollup_stock (distributor_id, warehouse_id, product_id, owned_qty, counted_on, last_moved_on)
    SELECT distributor_id, warehouse_id, product_id, coalesce(f.owned_qty, 0), f.counted_on, f.last_moved_on
    FROM rollup_stock AS r
    FULL JOIN stock_from_facts AS f USING (distributor_id, warehouse_id, product_id)
    WHERE (r.owned_qty, r.counted_on, r.last_moved_on)
        IS DISTINCT FROM (coalesce(f.owned_qty, 0), f.counted_on, f.last_moved_on)
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
COMMENT ON FUNCTION rebuild_rollups() IS
    'Writes the rollups anew from the facts, for when facts were loaded past the triggers; counts the rows that were wrong. Removes the checkpoints of the inventory, which close_inventory() makes again. Loads may go on meanwhile.';
