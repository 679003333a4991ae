-- performance: the stock of each distributor as it was looked at on a day. Age and
-- cover follow from every movement; a page that is opened every minute reads what
-- was worked out once a day.

CREATE TABLE inventory_snapshot (
    distributor_id bigint NOT NULL,
    snapshot_on date NOT NULL,
    snapshot_no integer NOT NULL,
    items bigint NOT NULL,
    negative_items bigint NOT NULL,
    stock_out_items bigint NOT NULL,
    overstock_items bigint NOT NULL,
    on_hand_qty numeric(18,3) NOT NULL,
    in_transit_qty numeric(18,3) NOT NULL,
    age_0_30_qty numeric(18,3) NOT NULL,
    age_31_60_qty numeric(18,3) NOT NULL,
    age_61_90_qty numeric(18,3) NOT NULL,
    age_91_180_qty numeric(18,3) NOT NULL,
    age_over_180_qty numeric(18,3) NOT NULL,
    weekly_demand_qty numeric(18,3) NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inventory_snapshot_pkey PRIMARY KEY (distributor_id, snapshot_on, snapshot_no),
    CONSTRAINT inventory_snapshot_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE inventory_snapshot IS 'One row = the stock of a distributor on a day, as worked out then; taken again after late reports it gets the next number. Append-only';
COMMENT ON COLUMN inventory_snapshot.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_snapshot.snapshot_on IS 'The day, at its close';
COMMENT ON COLUMN inventory_snapshot.snapshot_no IS 'From 1; the highest of a day counts';
COMMENT ON COLUMN inventory_snapshot.items IS 'Products in warehouses that ever moved';
COMMENT ON COLUMN inventory_snapshot.negative_items IS 'Of them with less than nothing on hand';
COMMENT ON COLUMN inventory_snapshot.stock_out_items IS 'Of them sold lately with nothing on hand';
COMMENT ON COLUMN inventory_snapshot.overstock_items IS 'Of them with more weeks of supply than the limit';
COMMENT ON COLUMN inventory_snapshot.on_hand_qty IS 'On hand, base units';
COMMENT ON COLUMN inventory_snapshot.in_transit_qty IS 'In transit, base units';
COMMENT ON COLUMN inventory_snapshot.age_0_30_qty IS 'In tranches of up to 30 days, base units';
COMMENT ON COLUMN inventory_snapshot.age_31_60_qty IS 'Of 31 to 60 days';
COMMENT ON COLUMN inventory_snapshot.age_61_90_qty IS 'Of 61 to 90 days';
COMMENT ON COLUMN inventory_snapshot.age_91_180_qty IS 'Of 91 to 180 days';
COMMENT ON COLUMN inventory_snapshot.age_over_180_qty IS 'Older';
COMMENT ON COLUMN inventory_snapshot.weekly_demand_qty IS 'Average weekly sell-through of the weeks before, base units';
COMMENT ON COLUMN inventory_snapshot.taken_at IS 'When it was worked out';

CREATE TRIGGER inventory_snapshot_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_snapshot_append_only ON inventory_snapshot IS 'What was seen is not changed; take another one';

CREATE FUNCTION snapshot_inventory(
    p_on date DEFAULT current_date,
    p_weeks integer DEFAULT 13,
    p_overstock_weeks numeric DEFAULT 26
) RETURNS SETOF inventory_snapshot
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    RETURN QUERY
    INSERT INTO inventory_snapshot (distributor_id, snapshot_on, snapshot_no, items, negative_items, stock_out_items, overstock_items,
        on_hand_qty, in_transit_qty, age_0_30_qty, age_31_60_qty, age_61_90_qty, age_91_180_qty, age_over_180_qty, weekly_demand_qty)
    SELECT s.distributor_id,
        p_on,
        1 + coalesce((SELECT max(o.snapshot_no) FROM inventory_snapshot AS o WHERE o.distributor_id = s.distributor_id AND o.snapshot_on = p_on), 0),
        count(*),
        count(*) FILTER (WHERE s.on_hand_qty < 0),
        count(*) FILTER (WHERE s.is_stock_out),
        count(*) FILTER (WHERE s.is_overstock),
        sum(s.on_hand_qty),
        sum(s.in_transit_qty),
        sum(s.age_0_30_qty),
        sum(s.age_31_60_qty),
        sum(s.age_61_90_qty),
        sum(s.age_91_180_qty),
        sum(s.age_over_180_qty),
        coalesce(sum(s.weekly_demand_qty), 0)
    FROM inventory_status_as_of(p_on, 'infinity', p_weeks, p_overstock_weeks) AS s
    GROUP BY s.distributor_id
    RETURNING *;
END
$$;
COMMENT ON FUNCTION snapshot_inventory(date, integer, numeric) IS
    'Works out the stock of every distributor at the close of a day (age, cover, flags; see inventory_status_as_of) and keeps it for the views that are looked at often. Once a day, or again after late reports';
