-- channel: prices of stock that was bought already. When the vendor cuts a price
-- and makes good the difference (price protection), the stock costs the new
-- price from that day on: whoever claims on it later must not be paid the same
-- cut twice.

CREATE TABLE inventory_reprice (
    distributor_id bigint NOT NULL,
    effective_on date NOT NULL,
    inventory_reprice_id bigint GENERATED ALWAYS AS IDENTITY,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    unit_cost numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    covers_in_transit boolean NOT NULL DEFAULT true,
    claim_kind text,
    claim_id bigint,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_effective_on date,
    corrects_line_id bigint,
    CONSTRAINT inventory_reprice_pkey PRIMARY KEY (distributor_id, effective_on, inventory_reprice_id),
    CONSTRAINT inventory_reprice_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT inventory_reprice_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_effective_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_effective_on, corrects_line_id) = 2
    END),
    CONSTRAINT inventory_reprice_claim_check CHECK ((claim_kind IS NULL) = (claim_id IS NULL)),
    CONSTRAINT inventory_reprice_cost_check CHECK (unit_cost >= 0),
    CONSTRAINT inventory_reprice_finite_check CHECK (isfinite(effective_on) AND unit_cost < 'Infinity'),
    CONSTRAINT inventory_reprice_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT inventory_reprice_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT inventory_reprice_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT inventory_reprice_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT inventory_reprice_corrects_fkey FOREIGN KEY (distributor_id, corrects_effective_on, corrects_line_id) REFERENCES inventory_reprice
);
COMMENT ON TABLE inventory_reprice IS 'One row = the stock of a product in a warehouse costs something else from a day on, whatever was paid for it: price protection';
COMMENT ON COLUMN inventory_reprice.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_reprice.effective_on IS 'From the beginning of this day on: the activity date. What was on hand at the close of the day before is repriced';
COMMENT ON COLUMN inventory_reprice.inventory_reprice_id IS 'Key within distributor and day';
COMMENT ON COLUMN inventory_reprice.warehouse_id IS 'Where it lies';
COMMENT ON COLUMN inventory_reprice.product_id IS 'The product';
COMMENT ON COLUMN inventory_reprice.unit_cost IS 'What one base unit costs from then on, of every open tranche; tranches keep their age';
COMMENT ON COLUMN inventory_reprice.currency_code IS 'Currency of that cost';
COMMENT ON COLUMN inventory_reprice.covers_in_transit IS 'Whether goods that were shipped before the day and arrive on it or later come in at this cost too';
COMMENT ON COLUMN inventory_reprice.claim_kind IS 'Kind of the claim that it follows from, price_protection for instance; NULL = none';
COMMENT ON COLUMN inventory_reprice.claim_id IS 'Key of that claim; NULL = none';
COMMENT ON COLUMN inventory_reprice.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN inventory_reprice.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN inventory_reprice.corrects_effective_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN inventory_reprice.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX inventory_reprice_item_idx ON inventory_reprice (distributor_id, warehouse_id, product_id, effective_on);
CREATE INDEX inventory_reprice_product_idx ON inventory_reprice (product_id);
CREATE INDEX inventory_reprice_currency_idx ON inventory_reprice (currency_code);
CREATE INDEX inventory_reprice_claim_idx ON inventory_reprice (distributor_id, claim_kind, claim_id);
CREATE INDEX inventory_reprice_corrects_idx ON inventory_reprice (distributor_id, corrects_effective_on, corrects_line_id);
CREATE UNIQUE INDEX inventory_reprice_reversed_key ON inventory_reprice (distributor_id, corrects_effective_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER inventory_reprice_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_reprice
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_reprice_append_only ON inventory_reprice IS 'Facts are append-only';

CREATE FUNCTION inventory_reprice_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_reprice
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM inventory_reprice AS f
    WHERE f.effective_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM inventory_reprice AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_effective_on = f.effective_on
                AND r.corrects_line_id = f.inventory_reprice_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION inventory_reprice_as_of(date, timestamptz) IS
    'Rows of inventory_reprice that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';
