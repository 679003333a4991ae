-- inventory: what people ask about a position: gaps, age, cover, flags.

CREATE TABLE demand_forecast (
    distributor_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    week_starts_on date NOT NULL,
    quantity numeric(18,3) NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT demand_forecast_pkey PRIMARY KEY (distributor_id, warehouse_id, product_id, week_starts_on),
    CONSTRAINT demand_forecast_quantity_check CHECK (quantity >= 0),
    CONSTRAINT demand_forecast_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT demand_forecast_product_fkey FOREIGN KEY (product_id) REFERENCES product
);
CREATE INDEX demand_forecast_product_idx ON demand_forecast (product_id);
COMMENT ON TABLE demand_forecast IS 'One row = what is expected to be sold of a product from a warehouse in a week';
COMMENT ON COLUMN demand_forecast.distributor_id IS 'The distributor';
COMMENT ON COLUMN demand_forecast.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN demand_forecast.product_id IS 'The product';
COMMENT ON COLUMN demand_forecast.week_starts_on IS 'First day of the week';
COMMENT ON COLUMN demand_forecast.quantity IS 'Base units. Additive';
COMMENT ON COLUMN demand_forecast.recorded_at IS 'When it was entered';

CREATE FUNCTION inventory_history_as_of(
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
    on_hand_qty numeric,
    value_amount numeric,
    average_cost numeric,
    oldest_on date,
    moved_cost_amount numeric,
    cost_adjustment_amount numeric,
    count_variance_qty numeric,
    deficit_qty numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.distributor_id,
        l.warehouse_id,
        m.product_id,
        l.occurred_on,
        l.day_step,
        l.kind,
        l.quantity,
        l.unit_cost,
        CASE l.kind
            WHEN 'receipt' THEN 'sell_in'::text
            WHEN 'vendor_return' THEN 'sell_in'::text
            WHEN 'issue' THEN 'sell_through'::text
            WHEN 'customer_return' THEN 'sell_through'::text
            WHEN 'adjustment' THEN 'inventory_adjustment'::text
            WHEN 'count' THEN 'inventory_count'::text
            WHEN 'reprice' THEN 'inventory_reprice'::text
            ELSE 'inventory_transfer'::text
        END,
        l.tranche_on,
        l.fact_id,
        l.on_hand,
        l.value,
        l.average_cost,
        l.oldest_on,
        l.moved_cost,
        l.cost_adjustment,
        l.count_variance,
        l.deficit
    FROM (
        SELECT i.distributor_id,
            i.product_id,
            inventory_lines(i.warehouse_id, i.occurred_on, i.day_step, i.kind, i.quantity, i.unit_cost, i.tranche_on, i.fact_id) AS lines
        FROM inventory_movement_as_of(p_activity, p_knowledge) AS i
        GROUP BY i.distributor_id, i.product_id
    ) AS m
    CROSS JOIN LATERAL unnest(m.lines) AS l;
END;
COMMENT ON FUNCTION inventory_history_as_of(date, timestamptz) IS
    'One row = a movement that stands, as in inventory_movement_as_of(), with the stock of its warehouse after it and what it did, columns as in inventory_history. A condition on distributor_id or product_id reads those facts only';

CREATE VIEW inventory_history WITH (security_invoker = true) AS
SELECT h.distributor_id,
    h.warehouse_id,
    h.product_id,
    h.occurred_on,
    h.day_step,
    h.kind,
    h.quantity,
    h.unit_cost,
    h.fact_table,
    h.fact_on,
    h.fact_id,
    h.on_hand_qty,
    h.value_amount,
    h.average_cost,
    h.oldest_on,
    h.moved_cost_amount,
    h.cost_adjustment_amount,
    h.count_variance_qty,
    h.deficit_qty
FROM inventory_history_as_of('infinity', 'infinity') AS h;
COMMENT ON VIEW inventory_history IS 'One row = a movement of stock that stands, as known now, and the stock of its warehouse after it: first in, first out';
COMMENT ON COLUMN inventory_history.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_history.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_history.product_id IS 'The product';
COMMENT ON COLUMN inventory_history.occurred_on IS 'Day of the movement; a shipment of the vendor moves when it arrives';
COMMENT ON COLUMN inventory_history.day_step IS 'Order within the day, as in inventory_movement';
COMMENT ON COLUMN inventory_history.kind IS 'Kind of movement; gives the direction';
COMMENT ON COLUMN inventory_history.quantity IS 'Base units, positive (an adjustment is signed); NULL = a reprice, of all that is there';
COMMENT ON COLUMN inventory_history.unit_cost IS 'Cost of one base unit that the movement came with; of a transfer that came without one, what it cost where it left; NULL = the tranches say';
COMMENT ON COLUMN inventory_history.fact_table IS 'Table of the fact behind it';
COMMENT ON COLUMN inventory_history.fact_on IS 'Activity date of that fact';
COMMENT ON COLUMN inventory_history.fact_id IS 'Key of that fact';
COMMENT ON COLUMN inventory_history.on_hand_qty IS 'On hand after it, base units; below 0 = more sold than held. Not additive over time';
COMMENT ON COLUMN inventory_history.value_amount IS 'FIFO value of that; NULL = a cost is not known. Not additive over time';
COMMENT ON COLUMN inventory_history.average_cost IS 'Average cost of a base unit of that. Not additive';
COMMENT ON COLUMN inventory_history.oldest_on IS 'Date of the oldest open tranche; NULL = none';
COMMENT ON COLUMN inventory_history.moved_cost_amount IS 'Cost that the movement brought or took, positive both ways; NULL = not known. Additive within a kind';
COMMENT ON COLUMN inventory_history.cost_adjustment_amount IS 'Value lost without goods moving: of a reprice value before less value after, of goods that close a deficit true cost less the cost charged. Additive';
COMMENT ON COLUMN inventory_history.count_variance_qty IS 'Counted less calculated, base units; NULL = not a count';
COMMENT ON COLUMN inventory_history.deficit_qty IS 'Sold beyond what was held and not yet covered, base units';

CREATE FUNCTION inventory_gap_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    counted_on date,
    reported_qty numeric,
    calculated_qty numeric,
    gap_qty numeric,
    gap_pct numeric,
    inventory_count_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT h.distributor_id,
        h.warehouse_id,
        h.product_id,
        h.occurred_on,
        h.quantity,
        h.quantity - h.count_variance_qty,
        h.count_variance_qty,
        100 * h.count_variance_qty / nullif(h.quantity - h.count_variance_qty, 0),
        h.fact_id
    FROM inventory_history_as_of(p_activity, p_knowledge) AS h
    WHERE h.kind = 'count';
END;
COMMENT ON FUNCTION inventory_gap_as_of(date, timestamptz) IS
    'One row = a reported stock beside what the movements since the count before say, columns as in inventory_gap; a late or corrected line shows in the gap of the counts after it, and the counted quantity stays';

CREATE VIEW inventory_gap WITH (security_invoker = true) AS
SELECT g.distributor_id,
    g.warehouse_id,
    g.product_id,
    g.counted_on,
    g.reported_qty,
    g.calculated_qty,
    g.gap_qty,
    g.gap_pct,
    g.inventory_count_id
FROM inventory_gap_as_of('infinity', 'infinity') AS g;
COMMENT ON VIEW inventory_gap IS 'One row = a reported stock beside what the movements say, goods in transit left out on both sides';
COMMENT ON COLUMN inventory_gap.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_gap.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_gap.product_id IS 'The product';
COMMENT ON COLUMN inventory_gap.counted_on IS 'Day at whose close it was counted';
COMMENT ON COLUMN inventory_gap.reported_qty IS 'What the distributor reports, base units';
COMMENT ON COLUMN inventory_gap.calculated_qty IS 'What it should have by its own movements since the count before, base units';
COMMENT ON COLUMN inventory_gap.gap_qty IS 'Reported less calculated';
COMMENT ON COLUMN inventory_gap.gap_pct IS 'Gap in per cent of the calculated stock; NULL = nothing should be there. Not additive';
COMMENT ON COLUMN inventory_gap.inventory_count_id IS 'Key of the count, with distributor and day';

CREATE FUNCTION inventory_aging_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    age_bucket text,
    from_days integer,
    to_days integer,
    quantity numeric,
    value_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.distributor_id,
        l.warehouse_id,
        l.product_id,
        b.age_bucket,
        b.from_days,
        b.to_days,
        sum(l.quantity),
        CASE WHEN NOT bool_or(l.unit_cost IS NULL) THEN sum(l.quantity * l.unit_cost) END
    FROM inventory_holding_as_of(p_activity, p_knowledge) AS l
    JOIN (VALUES
        ('0-30'::text, 0, 30),
        ('31-60'::text, 31, 60),
        ('61-90'::text, 61, 90),
        ('91-180'::text, 91, 180),
        ('>180'::text, 181, NULL)
    ) AS b (age_bucket, from_days, to_days)
        ON p_activity - l.tranche_on >= b.from_days
        AND (p_activity - l.tranche_on <= b.to_days OR b.to_days IS NULL)
    WHERE l.quantity > 0
    GROUP BY l.distributor_id, l.warehouse_id, l.product_id, b.age_bucket, b.from_days, b.to_days;
END;
COMMENT ON FUNCTION inventory_aging_as_of(date, timestamptz) IS
    'One row = the part of the stock on hand of one age: days since shipment of the tranche (0-30, 31-60, 61-90, 91-180, >180), base units and FIFO value (NULL = a cost is not known). A deficit has no age and is left out';

CREATE FUNCTION inventory_status_as_of(
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
LANGUAGE sql
STABLE
BEGIN ATOMIC
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
        coalesce(a.age_0_30_qty, 0),
        coalesce(a.age_31_60_qty, 0),
        coalesce(a.age_61_90_qty, 0),
        coalesce(a.age_91_180_qty, 0),
        coalesce(a.age_over_180_qty, 0),
        g.counted_on,
        g.reported_qty,
        g.calculated_qty,
        g.gap_qty,
        g.gap_pct,
        r.committed_qty,
        r.on_hold_qty,
        r.damaged_qty,
        i.on_hand_qty - coalesce(r.committed_qty, 0) - coalesce(r.on_hold_qty, 0) - coalesce(r.damaged_qty, 0),
        coalesce(d.sold_qty, 0),
        coalesce(d.sold_qty, 0) / p_weeks,
        CASE WHEN d.sold_qty > 0 AND i.on_hand_qty >= 0 THEN i.on_hand_qty * p_weeks / d.sold_qty END,
        CASE WHEN i.on_hand_qty >= 0 THEN weeks_of_supply(i.on_hand_qty, w.demand) END,
        CASE
            WHEN i.on_hand_qty < 0 THEN 'negative_stock'
            WHEN coalesce(d.sold_qty, 0) <= 0 THEN 'no_movement'
            WHEN i.on_hand_qty = 0 THEN 'stock_out'
            WHEN i.on_hand_qty * p_weeks / d.sold_qty > p_overstock_weeks THEN 'overstock'
        END,
        i.on_hand_qty <= 0 AND coalesce(d.sold_qty, 0) > 0,
        i.on_hand_qty > 0 AND coalesce(d.sold_qty, 0) > 0 AND i.on_hand_qty * p_weeks / d.sold_qty > p_overstock_weeks,
        i.last_moved_on
    FROM inventory_as_of(p_activity, p_knowledge) AS i
    LEFT JOIN (
        SELECT b.distributor_id, b.warehouse_id, b.product_id,
            sum(b.quantity) FILTER (WHERE b.from_days = 0) AS age_0_30_qty,
            sum(b.quantity) FILTER (WHERE b.from_days = 31) AS age_31_60_qty,
            sum(b.quantity) FILTER (WHERE b.from_days = 61) AS age_61_90_qty,
            sum(b.quantity) FILTER (WHERE b.from_days = 91) AS age_91_180_qty,
            sum(b.quantity) FILTER (WHERE b.from_days = 181) AS age_over_180_qty
        FROM inventory_aging_as_of(p_activity, p_knowledge) AS b
        GROUP BY b.distributor_id, b.warehouse_id, b.product_id
    ) AS a ON a.distributor_id = i.distributor_id AND a.warehouse_id = i.warehouse_id AND a.product_id = i.product_id
    LEFT JOIN (
        SELECT DISTINCT ON (n.distributor_id, n.warehouse_id, n.product_id)
            n.distributor_id, n.warehouse_id, n.product_id, n.counted_on, n.reported_qty, n.calculated_qty, n.gap_qty, n.gap_pct
        FROM inventory_gap_as_of(p_activity, p_knowledge) AS n
        ORDER BY n.distributor_id, n.warehouse_id, n.product_id, n.counted_on DESC, n.reported_qty DESC, n.inventory_count_id DESC
    ) AS g ON g.distributor_id = i.distributor_id AND g.warehouse_id = i.warehouse_id AND g.product_id = i.product_id
    LEFT JOIN (
        SELECT k.distributor_id, k.warehouse_id, k.product_id,
            sum(k.quantity) FILTER (WHERE k.count_kind = 'committed') AS committed_qty,
            sum(k.quantity) FILTER (WHERE k.count_kind = 'on_hold') AS on_hold_qty,
            sum(k.quantity) FILTER (WHERE k.count_kind = 'damaged') AS damaged_qty
        FROM (
            SELECT DISTINCT ON (c.distributor_id, c.warehouse_id, c.product_id, c.count_kind)
                c.distributor_id, c.warehouse_id, c.product_id, c.count_kind, c.quantity
            FROM inventory_count_as_of(p_activity, p_knowledge) AS c
            WHERE c.count_kind IN ('committed', 'on_hold', 'damaged')
            ORDER BY c.distributor_id, c.warehouse_id, c.product_id, c.count_kind,
                c.counted_on DESC, c.quantity DESC, c.inventory_count_id DESC
        ) AS k
        GROUP BY k.distributor_id, k.warehouse_id, k.product_id
    ) AS r ON r.distributor_id = i.distributor_id AND r.warehouse_id = i.warehouse_id AND r.product_id = i.product_id
    LEFT JOIN (
        SELECT s.distributor_id, s.warehouse_id, s.product_id, sum(s.quantity) AS sold_qty
        FROM sell_through_as_of(p_activity, p_knowledge) AS s
        WHERE s.sold_on > p_activity - 7 * p_weeks AND s.transfer_type <> 'DS'
        GROUP BY s.distributor_id, s.warehouse_id, s.product_id
    ) AS d ON d.distributor_id = i.distributor_id AND d.warehouse_id = i.warehouse_id AND d.product_id = i.product_id
    LEFT JOIN (
        SELECT f.distributor_id, f.warehouse_id, f.product_id,
            array_agg(f.quantity::numeric ORDER BY f.week_starts_on) AS demand
        FROM demand_forecast AS f
        WHERE f.week_starts_on > p_activity AND f.recorded_at <= p_knowledge
        GROUP BY f.distributor_id, f.warehouse_id, f.product_id
    ) AS w ON w.distributor_id = i.distributor_id AND w.warehouse_id = i.warehouse_id AND w.product_id = i.product_id;
END;
COMMENT ON FUNCTION inventory_status_as_of(date, timestamptz, integer, numeric) IS
    'One row = all there is to say of a product in a warehouse at the close of p_activity, as known at p_knowledge: inventory_as_of(), age, the last count and its gap, what was last reported as committed, on hold or damaged, net sell-through from stock of p_weeks weeks, weeks of supply on hand (trailing, and forward over demand_forecast), flags. supply_weeks is NULL where nothing was sold (supply_flag no_movement) or the stock is negative (negative_stock); overstock = more than p_overstock_weeks weeks';

CREATE FUNCTION drop_ship_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    shipped_qty numeric,
    reported_qty numeric,
    awaiting_qty numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT u.distributor_id,
        u.warehouse_id,
        u.product_id,
        sum(u.shipped_qty),
        sum(u.reported_qty),
        sum(u.shipped_qty) - sum(u.reported_qty)
    FROM (
        SELECT s.distributor_id, s.warehouse_id, s.product_id, s.quantity AS shipped_qty, 0::numeric AS reported_qty
        FROM sell_in_as_of(p_activity, p_knowledge) AS s
        WHERE s.is_drop_ship
        UNION ALL
        SELECT s.distributor_id, s.warehouse_id, s.product_id, 0::numeric AS shipped_qty, s.quantity AS reported_qty
        FROM sell_through_as_of(p_activity, p_knowledge) AS s
        WHERE s.transfer_type = 'DS'
    ) AS u
    GROUP BY u.distributor_id, u.warehouse_id, u.product_id;
END;
COMMENT ON FUNCTION drop_ship_as_of(date, timestamptz) IS
    'One row = goods of a product that the vendor shipped past the warehouse (sell_in.is_drop_ship), those reported as sold (transfer type DS) and those still awaiting the report, base units; negative = sold without a shipment. None of it is stock';

CREATE FUNCTION slow_movers_as_of(
    p_activity date,
    p_days integer DEFAULT 90,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand_qty numeric,
    value_amount numeric,
    oldest_on date,
    last_sold_on date,
    idle_days integer
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT i.distributor_id,
        i.warehouse_id,
        i.product_id,
        i.on_hand_qty,
        i.value_amount,
        i.oldest_on,
        s.last_sold_on,
        p_activity - coalesce(s.last_sold_on, i.oldest_on)
    FROM inventory_as_of(p_activity, p_knowledge) AS i
    LEFT JOIN (
        SELECT t.distributor_id, t.warehouse_id, t.product_id, max(t.sold_on) AS last_sold_on
        FROM sell_through_as_of(p_activity, p_knowledge) AS t
        WHERE t.transfer_type <> 'DS' AND t.quantity > 0
        GROUP BY t.distributor_id, t.warehouse_id, t.product_id
    ) AS s ON s.distributor_id = i.distributor_id AND s.warehouse_id = i.warehouse_id AND s.product_id = i.product_id
    WHERE i.on_hand_qty > 0
        AND p_activity - coalesce(s.last_sold_on, i.oldest_on) >= p_days;
END;
COMMENT ON FUNCTION slow_movers_as_of(date, integer, timestamptz) IS
    'One row = stock on hand of which nothing was sold for p_days days or more: since the last sale or, when nothing ever was, since its oldest tranche (idle_days)';

CREATE VIEW negative_stock WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.warehouse_id,
    s.product_id,
    d.distributor_code,
    w.warehouse_code,
    p.product_code,
    s.on_hand_qty,
    s.counted_on,
    s.last_moved_on
FROM inventory_stock AS s
JOIN distributor AS d USING (distributor_id)
JOIN warehouse AS w USING (distributor_id, warehouse_id)
JOIN product AS p USING (product_id)
WHERE s.on_hand_qty < 0;
COMMENT ON VIEW negative_stock IS 'One row = a product of which a distributor reported to have sold more than it can have (unsupported resale): a receipt, a return or a count is missing, or a product was mistaken';
COMMENT ON COLUMN negative_stock.distributor_id IS 'The distributor';
COMMENT ON COLUMN negative_stock.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN negative_stock.product_id IS 'The product';
COMMENT ON COLUMN negative_stock.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN negative_stock.warehouse_code IS 'Short name of the warehouse';
COMMENT ON COLUMN negative_stock.product_code IS 'Code of the product';
COMMENT ON COLUMN negative_stock.on_hand_qty IS 'On hand, base units, below 0. Additive';
COMMENT ON COLUMN negative_stock.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN negative_stock.last_moved_on IS 'Last activity that touched it';
