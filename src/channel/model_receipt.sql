-- channel: receipts that distributors report. A shipment is in transit until
-- its transit time is over or, for goods in transit until then, until somebody
-- says that they are there: a receipt overrules the plan.

CREATE TABLE inventory_receipt (
    distributor_id bigint NOT NULL,
    received_on date NOT NULL,
    inventory_receipt_id bigint GENERATED ALWAYS AS IDENTITY,
    shipped_on date NOT NULL,
    sell_in_id bigint NOT NULL,
    quantity numeric(18,3) NOT NULL,
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_received_on date,
    corrects_line_id bigint,
    CONSTRAINT inventory_receipt_pkey PRIMARY KEY (distributor_id, received_on, inventory_receipt_id),
    CONSTRAINT inventory_receipt_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT inventory_receipt_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_received_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_received_on, corrects_line_id) = 2
    END),
    CONSTRAINT inventory_receipt_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT inventory_receipt_quantity_check CHECK (CASE entry_kind WHEN 'reversal' THEN quantity < 0 ELSE quantity > 0 END),
    CONSTRAINT inventory_receipt_received_on_check CHECK (received_on >= shipped_on),
    CONSTRAINT inventory_receipt_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT inventory_receipt_sell_in_fkey FOREIGN KEY (distributor_id, shipped_on, sell_in_id) REFERENCES sell_in,
    CONSTRAINT inventory_receipt_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT inventory_receipt_corrects_fkey FOREIGN KEY (distributor_id, corrects_received_on, corrects_line_id) REFERENCES inventory_receipt
);
COMMENT ON TABLE inventory_receipt IS 'One row = a distributor reports that goods of a shipment arrived; overrules the planned arrival of that quantity';
COMMENT ON COLUMN inventory_receipt.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_receipt.received_on IS 'Day of arrival: the activity date';
COMMENT ON COLUMN inventory_receipt.inventory_receipt_id IS 'Key within distributor and day';
COMMENT ON COLUMN inventory_receipt.shipped_on IS 'Day of shipment of the sell-in line';
COMMENT ON COLUMN inventory_receipt.sell_in_id IS 'Key of the sell-in line';
COMMENT ON COLUMN inventory_receipt.quantity IS 'Base units that arrived; more than was shipped counts as what was shipped';
COMMENT ON COLUMN inventory_receipt.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN inventory_receipt.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN inventory_receipt.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN inventory_receipt.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN inventory_receipt.corrects_received_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN inventory_receipt.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX inventory_receipt_sell_in_idx ON inventory_receipt (distributor_id, shipped_on, sell_in_id);
CREATE INDEX inventory_receipt_submission_idx ON inventory_receipt (distributor_id, submission_id, submission_line_no);
CREATE INDEX inventory_receipt_corrects_idx ON inventory_receipt (distributor_id, corrects_received_on, corrects_line_id);
CREATE UNIQUE INDEX inventory_receipt_reversed_key ON inventory_receipt (distributor_id, corrects_received_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER inventory_receipt_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_receipt_append_only ON inventory_receipt IS 'Facts are append-only';

CREATE FUNCTION inventory_receipt_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_receipt
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM inventory_receipt AS f
    WHERE f.received_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM inventory_receipt AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_received_on = f.received_on
                AND r.corrects_line_id = f.inventory_receipt_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION inventory_receipt_as_of(date, timestamptz) IS
    'Rows of inventory_receipt that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION sell_in_arrival_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    shipped_on date,
    sell_in_id bigint,
    warehouse_id bigint,
    product_id bigint,
    arrives_on date,
    quantity numeric,
    unit_price numeric,
    is_received boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Nobody reported a receipt: the plan holds, and returns leave at once.
    SELECT s.distributor_id,
        s.shipped_on,
        s.sell_in_id,
        s.warehouse_id,
        s.product_id,
        CASE WHEN s.quantity < 0 THEN s.shipped_on ELSE s.arrives_on END AS arrives_on,
        s.quantity,
        s.unit_price,
        false AS is_received
    FROM sell_in_as_of(p_activity, p_knowledge) AS s
    WHERE NOT s.is_drop_ship
        AND NOT EXISTS (
            SELECT
            FROM inventory_receipt_as_of('infinity', p_knowledge) AS r
            WHERE r.distributor_id = s.distributor_id
                AND r.shipped_on = s.shipped_on
                AND r.sell_in_id = s.sell_in_id)
    UNION ALL
    -- What was received, each part on its day, as far as it was shipped; then
    -- the rest, by the plan.
    SELECT s.distributor_id,
        s.shipped_on,
        s.sell_in_id,
        s.warehouse_id,
        s.product_id,
        p.arrives_on,
        p.quantity,
        s.unit_price,
        p.is_received
    FROM sell_in_as_of(p_activity, p_knowledge) AS s
    CROSS JOIN LATERAL (
        SELECT r.received_on AS arrives_on,
            least(r.quantity, s.quantity - (sum(r.quantity) OVER (ORDER BY r.received_on, r.inventory_receipt_id) - r.quantity)) AS quantity,
            true AS is_received
        FROM inventory_receipt_as_of('infinity', p_knowledge) AS r
        WHERE r.distributor_id = s.distributor_id
            AND r.shipped_on = s.shipped_on
            AND r.sell_in_id = s.sell_in_id
        UNION ALL
        SELECT s.arrives_on,
            s.quantity - sum(r.quantity) AS quantity,
            false AS is_received
        FROM inventory_receipt_as_of('infinity', p_knowledge) AS r
        WHERE r.distributor_id = s.distributor_id
            AND r.shipped_on = s.shipped_on
            AND r.sell_in_id = s.sell_in_id
    ) AS p
    WHERE NOT s.is_drop_ship
        AND (s.distributor_id, s.shipped_on, s.sell_in_id) IN (
            SELECT r.distributor_id, r.shipped_on, r.sell_in_id
            FROM inventory_receipt AS r)
        AND p.quantity > 0;
END;
COMMENT ON FUNCTION sell_in_arrival_as_of(date, timestamptz) IS
    'One row = a quantity of a sell-in line shipped up to p_activity, and the day it comes on hand as known at p_knowledge: the day a receipt was reported for, else the planned one (which may be infinity); returns are negative and leave when shipped. Drop shipments are left out';
