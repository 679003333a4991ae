-- inventory: movements of stock, read from the facts in one order.

CREATE FUNCTION inventory_movement_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    fact_table text,
    fact_on date,
    fact_id bigint,
    tranche_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Within a day: what stock costs from this day on, what comes in, what is
    -- adjusted, what goes out, and at the close of the day what was counted.
    -- (Every column is named: pg_dump would name the constants otherwise, and a
    -- restored function would differ.)
    SELECT s.distributor_id,
        s.warehouse_id,
        s.product_id,
        s.arrives_on AS occurred_on,
        CASE WHEN s.quantity < 0 THEN 3 ELSE 0 END AS day_step,
        CASE WHEN s.quantity < 0 THEN 'vendor_return'::movement_kind ELSE 'receipt'::movement_kind END AS kind,
        abs(s.quantity) AS quantity,
        coalesce(CASE WHEN s.arrives_on > s.shipped_on THEN (
            -- Repriced on the way.
            SELECT r.unit_cost
            FROM inventory_reprice_as_of('infinity', p_knowledge) AS r
            WHERE r.distributor_id = s.distributor_id
                AND r.warehouse_id = s.warehouse_id
                AND r.product_id = s.product_id
                AND r.effective_on > s.shipped_on
                AND r.effective_on <= s.arrives_on
                AND r.covers_in_transit
            ORDER BY r.effective_on DESC, r.inventory_reprice_id DESC
            LIMIT 1) END, s.unit_price) AS unit_cost,
        'sell_in'::text AS fact_table,
        s.shipped_on AS fact_on,
        s.sell_in_id AS fact_id,
        s.shipped_on AS tranche_on
    FROM sell_in_arrival_as_of(p_activity, p_knowledge) AS s
    WHERE s.arrives_on <= p_activity AND s.arrives_on < 'infinity'
    UNION ALL
    SELECT s.distributor_id,
        s.warehouse_id,
        s.product_id,
        s.sold_on AS occurred_on,
        CASE WHEN s.quantity < 0 THEN 1 ELSE 3 END AS day_step,
        CASE WHEN s.quantity < 0 THEN 'customer_return'::movement_kind ELSE 'issue'::movement_kind END AS kind,
        abs(s.quantity) AS quantity,
        NULL::numeric AS unit_cost,
        'sell_through'::text AS fact_table,
        s.sold_on AS fact_on,
        s.sell_through_id AS fact_id,
        s.sold_on AS tranche_on
    FROM sell_through_as_of(p_activity, p_knowledge) AS s
    WHERE s.transfer_type <> 'DS'
    UNION ALL
    SELECT r.distributor_id,
        r.warehouse_id,
        r.product_id,
        r.effective_on AS occurred_on,
        -(row_number() OVER (
            PARTITION BY r.distributor_id, r.warehouse_id, r.product_id, r.effective_on
            ORDER BY r.inventory_reprice_id DESC
        ))::integer AS day_step,
        'reprice'::movement_kind AS kind,
        NULL::numeric AS quantity,
        r.unit_cost,
        'inventory_reprice'::text AS fact_table,
        r.effective_on AS fact_on,
        r.inventory_reprice_id AS fact_id,
        r.effective_on AS tranche_on
    FROM inventory_reprice_as_of(p_activity, p_knowledge) AS r
    UNION ALL
    SELECT a.distributor_id,
        a.warehouse_id,
        a.product_id,
        a.adjusted_on AS occurred_on,
        2 AS day_step,
        'adjustment'::movement_kind AS kind,
        a.quantity,
        a.unit_cost,
        'inventory_adjustment'::text AS fact_table,
        a.adjusted_on AS fact_on,
        a.inventory_adjustment_id AS fact_id,
        a.adjusted_on AS tranche_on
    FROM inventory_adjustment_as_of(p_activity, p_knowledge) AS a
    UNION ALL
    SELECT t.distributor_id,
        t.from_warehouse_id AS warehouse_id,
        t.product_id,
        t.transferred_on AS occurred_on,
        3 AS day_step,
        'transfer_out'::movement_kind AS kind,
        t.quantity,
        NULL::numeric AS unit_cost,
        'inventory_transfer'::text AS fact_table,
        t.transferred_on AS fact_on,
        t.inventory_transfer_id AS fact_id,
        t.transferred_on AS tranche_on
    FROM inventory_transfer_as_of(p_activity, p_knowledge) AS t
    UNION ALL
    SELECT t.distributor_id,
        t.to_warehouse_id AS warehouse_id,
        t.product_id,
        t.transferred_on AS occurred_on,
        0 AS day_step,
        'transfer_in'::movement_kind AS kind,
        t.quantity,
        t.unit_cost,
        'inventory_transfer'::text AS fact_table,
        t.transferred_on AS fact_on,
        t.inventory_transfer_id AS fact_id,
        t.transferred_on AS tranche_on
    FROM inventory_transfer_as_of(p_activity, p_knowledge) AS t
    UNION ALL
    SELECT c.distributor_id,
        c.warehouse_id,
        c.product_id,
        c.counted_on AS occurred_on,
        9 + (row_number() OVER (
            PARTITION BY c.distributor_id, c.warehouse_id, c.product_id, c.counted_on
            ORDER BY c.inventory_count_id
        ))::integer AS day_step,
        'count'::movement_kind AS kind,
        c.quantity,
        c.unit_cost,
        'inventory_count'::text AS fact_table,
        c.counted_on AS fact_on,
        c.inventory_count_id AS fact_id,
        c.counted_on AS tranche_on
    FROM inventory_count_as_of(p_activity, p_knowledge) AS c
    WHERE c.count_kind = 'on_hand';
END;
COMMENT ON FUNCTION inventory_movement_as_of(date, timestamptz) IS
    'One row = a movement of stock that stands, up to p_activity as known at p_knowledge; goods in transit move when they arrive, drop shipments never. A transfer in without a cost of its own has none here: inventory_history_as_of() says what it cost where it left. Order by occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id: a total order that does not depend on the order of arrival (of two counts or two reprices of one day the one that was recorded later counts). tranche_on dates what comes in: goods of the vendor by shipment';

CREATE VIEW inventory_movement WITH (security_invoker = true) AS
SELECT m.distributor_id,
    m.warehouse_id,
    m.product_id,
    m.occurred_on,
    m.day_step,
    m.kind,
    m.quantity,
    m.unit_cost,
    m.fact_table,
    m.fact_on,
    m.fact_id,
    m.tranche_on
FROM inventory_movement_as_of('infinity', 'infinity') AS m;
COMMENT ON VIEW inventory_movement IS 'One row = a movement of stock that stands, as known now';
COMMENT ON COLUMN inventory_movement.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_movement.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_movement.product_id IS 'The product';
COMMENT ON COLUMN inventory_movement.occurred_on IS 'Day of the movement; a shipment of the vendor moves when it arrives';
COMMENT ON COLUMN inventory_movement.day_step IS 'Order within the day: below 0 reprices in the order they were recorded, 0 in, 1 customer returns, 2 adjustments, 3 out, from 10 on counts in the order they were recorded';
COMMENT ON COLUMN inventory_movement.kind IS 'Kind of movement; gives the direction';
COMMENT ON COLUMN inventory_movement.quantity IS 'Base units, positive (an adjustment is signed); NULL = a reprice, of all that is there';
COMMENT ON COLUMN inventory_movement.unit_cost IS 'Cost of one base unit that the movement brings, for goods repriced on their way that; NULL = the tranches say';
COMMENT ON COLUMN inventory_movement.fact_table IS 'Table of the fact behind it';
COMMENT ON COLUMN inventory_movement.fact_on IS 'Activity date of that fact';
COMMENT ON COLUMN inventory_movement.fact_id IS 'Key of that fact';
COMMENT ON COLUMN inventory_movement.tranche_on IS 'Date of the tranche that it brings: the day of shipment of what the vendor sent, else the day of the movement';
