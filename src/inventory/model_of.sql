-- inventory: positions for who has jit on. The functions inventory_as_of() and
-- inventory_status_as_of() are inlined into the query that calls them, so that
-- its conditions reach the facts; but then the settings of that session hold,
-- and to compile a plan of this many expressions takes longer than to run it.
-- These say the same and switch it off.

CREATE FUNCTION inventory_of(
    p_distributor_id bigint,
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand_qty numeric,
    in_transit_qty numeric,
    owned_qty numeric,
    value_amount numeric,
    average_cost numeric,
    oldest_on date,
    deficit_qty numeric,
    last_moved_on date
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF p_distributor_id IS NULL THEN
        RETURN QUERY
        SELECT i.distributor_id,
            i.warehouse_id,
            i.product_id,
            i.on_hand_qty,
            i.in_transit_qty,
            i.owned_qty,
            i.value_amount,
            i.average_cost,
            i.oldest_on,
            i.deficit_qty,
            i.last_moved_on
        FROM inventory_as_of(p_activity, p_knowledge) AS i;
    ELSE
        RETURN QUERY
        SELECT i.distributor_id,
            i.warehouse_id,
            i.product_id,
            i.on_hand_qty,
            i.in_transit_qty,
            i.owned_qty,
            i.value_amount,
            i.average_cost,
            i.oldest_on,
            i.deficit_qty,
            i.last_moved_on
        FROM inventory_as_of(p_activity, p_knowledge) AS i
        WHERE i.distributor_id = p_distributor_id;
    END IF;
END
$$;
COMMENT ON FUNCTION inventory_of(bigint, date, timestamptz) IS
    'inventory_as_of() of one distributor, or of the whole channel where p_distributor_id is NULL, without jit whatever the session says';

CREATE FUNCTION inventory_status_of(
    p_distributor_id bigint,
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_weeks integer DEFAULT 13,
    p_overstock_weeks numeric DEFAULT 26
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand_qty numeric,
    in_transit_qty numeric,
    owned_qty numeric,
    value_amount numeric,
    average_cost numeric,
    oldest_on date,
    deficit_qty numeric,
    age_0_30_qty numeric,
    age_31_60_qty numeric,
    age_61_90_qty numeric,
    age_91_180_qty numeric,
    age_over_180_qty numeric,
    reported_on date,
    reported_qty numeric,
    calculated_qty numeric,
    gap_qty numeric,
    gap_pct numeric,
    committed_qty numeric,
    on_hold_qty numeric,
    damaged_qty numeric,
    available_qty numeric,
    sold_qty numeric,
    weekly_demand_qty numeric,
    supply_weeks numeric,
    forward_supply_weeks numeric,
    supply_flag text,
    is_stock_out boolean,
    is_overstock boolean,
    last_moved_on date
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF p_distributor_id IS NULL THEN
        RETURN QUERY
        SELECT i.distributor_id,
            i.warehouse_id,
            i.product_id,
            i.on_hand_qty,
            i.in_transit_qty,
            i.owned_qty,
            i.value_amount,
            i.average_cost,
            i.oldest_on,
            i.deficit_qty,
            i.age_0_30_qty,
            i.age_31_60_qty,
            i.age_61_90_qty,
            i.age_91_180_qty,
            i.age_over_180_qty,
            i.reported_on,
            i.reported_qty,
            i.calculated_qty,
            i.gap_qty,
            i.gap_pct,
            i.committed_qty,
            i.on_hold_qty,
            i.damaged_qty,
            i.available_qty,
            i.sold_qty,
            i.weekly_demand_qty,
            i.supply_weeks,
            i.forward_supply_weeks,
            i.supply_flag,
            i.is_stock_out,
            i.is_overstock,
            i.last_moved_on
        FROM inventory_status_as_of(p_activity, p_knowledge, p_weeks, p_overstock_weeks) AS i;
    ELSE
        RETURN QUERY
        SELECT i.distributor_id,
            i.warehouse_id,
            i.product_id,
            i.on_hand_qty,
            i.in_transit_qty,
            i.owned_qty,
            i.value_amount,
            i.average_cost,
            i.oldest_on,
            i.deficit_qty,
            i.age_0_30_qty,
            i.age_31_60_qty,
            i.age_61_90_qty,
            i.age_91_180_qty,
            i.age_over_180_qty,
            i.reported_on,
            i.reported_qty,
            i.calculated_qty,
            i.gap_qty,
            i.gap_pct,
            i.committed_qty,
            i.on_hold_qty,
            i.damaged_qty,
            i.available_qty,
            i.sold_qty,
            i.weekly_demand_qty,
            i.supply_weeks,
            i.forward_supply_weeks,
            i.supply_flag,
            i.is_stock_out,
            i.is_overstock,
            i.last_moved_on
        FROM inventory_status_as_of(p_activity, p_knowledge, p_weeks, p_overstock_weeks) AS i
        WHERE i.distributor_id = p_distributor_id;
    END IF;
END
$$;
COMMENT ON FUNCTION inventory_status_of(bigint, date, timestamptz, integer, numeric) IS
    'inventory_status_as_of() of one distributor, or of the whole channel where p_distributor_id is NULL, without jit whatever the session says';
