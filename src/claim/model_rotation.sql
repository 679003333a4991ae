-- claim, stock rotation: the right to send goods back, up to a part of what was
-- bought (or is held), for the credit of what their tranches cost now.
--
-- What may go back is an entitlement per term and span, worked out from the
-- facts; a request takes from it what its goods are worth, and never more: the
-- requests of a span are numbered, each says how much was used before it, and a
-- CHECK keeps the sum within what was due.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD125', 'Nothing may be returned by stock rotation', 'See rotation_entitlement_as_of() and the terms in rotation_term', false),
    ('ZD126', 'The offsetting order of a stock rotation is missing or too small', 'Name invoices of the span whose value is not used for another rotation', false);

CREATE TABLE rotation_term (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    term_no integer NOT NULL,
    product_line ltree,
    entitlement_base text NOT NULL DEFAULT 'purchases',
    rotation_pct numeric(9,4),
    span_kind text NOT NULL DEFAULT 'quarter',
    calendar_code text NOT NULL DEFAULT 'gregorian',
    offset_rate numeric(9,6) NOT NULL DEFAULT 0,
    min_age_days integer NOT NULL DEFAULT 0,
    max_age_days integer,
    needs_resalable boolean NOT NULL DEFAULT true,
    restocking_rate numeric(9,6) NOT NULL DEFAULT 0,
    CONSTRAINT rotation_term_pkey PRIMARY KEY (agreement_id, version_no, term_no),
    CONSTRAINT rotation_term_base_check CHECK (entitlement_base IN ('purchases', 'inventory')),
    CONSTRAINT rotation_term_pct_check CHECK (rotation_pct >= 0 AND rotation_pct <= 100),
    CONSTRAINT rotation_term_span_check CHECK (span_kind IN ('month', 'quarter', 'year')),
    CONSTRAINT rotation_term_offset_check CHECK (offset_rate >= 0 AND offset_rate <= 10),
    CONSTRAINT rotation_term_age_check CHECK (min_age_days >= 0 AND max_age_days >= min_age_days),
    CONSTRAINT rotation_term_fee_check CHECK (restocking_rate >= 0 AND restocking_rate <= 1),
    CONSTRAINT rotation_term_calendar_fkey FOREIGN KEY (calendar_code) REFERENCES fiscal_calendar (calendar_code),
    CONSTRAINT rotation_term_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE rotation_term IS 'One row = what of a product line may be returned in each span, and how';
COMMENT ON COLUMN rotation_term.agreement_id IS 'The agreement';
COMMENT ON COLUMN rotation_term.version_no IS 'Its version';
COMMENT ON COLUMN rotation_term.term_no IS 'Number of the term, from 1; of several that cover a product the first holds';
COMMENT ON COLUMN rotation_term.product_line IS 'Product line that it covers, with everything below it; NULL = all products';
COMMENT ON COLUMN rotation_term.entitlement_base IS 'What the percentage is of: purchases = net purchases of the span before, inventory = value of the stock at the close of the day before the span';
COMMENT ON COLUMN rotation_term.rotation_pct IS 'Per cent of the base that may be returned, 0 to 100; NULL = as in agreement_version.rotation_pct';
COMMENT ON COLUMN rotation_term.span_kind IS 'How often: the entitlement begins anew each month, quarter or year; what is not used is lost';
COMMENT ON COLUMN rotation_term.calendar_code IS 'Calendar in which the spans are counted';
COMMENT ON COLUMN rotation_term.offset_rate IS 'Value of new orders that is needed for a return, as a fraction of its value: 1 = at least as much; 0 = none';
COMMENT ON COLUMN rotation_term.min_age_days IS 'Tranches younger than so many days stay';
COMMENT ON COLUMN rotation_term.max_age_days IS 'Tranches older than so many days stay; NULL = of any age';
COMMENT ON COLUMN rotation_term.needs_resalable IS 'Whether only goods that can be sold again may be returned';
COMMENT ON COLUMN rotation_term.restocking_rate IS 'Fee that is kept of the credit, a fraction: 0.05 = 5 %';
CREATE INDEX rotation_term_calendar_idx ON rotation_term (calendar_code);

CREATE TABLE rotation_exclusion (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    exclusion_no integer NOT NULL,
    product_line ltree,
    product_id bigint,
    reason text NOT NULL,
    CONSTRAINT rotation_exclusion_pkey PRIMARY KEY (agreement_id, version_no, exclusion_no),
    CONSTRAINT rotation_exclusion_what_check CHECK (num_nonnulls(product_line, product_id) = 1),
    CONSTRAINT rotation_exclusion_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT rotation_exclusion_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE rotation_exclusion IS 'One row = products that may not be returned by stock rotation';
COMMENT ON COLUMN rotation_exclusion.agreement_id IS 'The agreement';
COMMENT ON COLUMN rotation_exclusion.version_no IS 'Its version';
COMMENT ON COLUMN rotation_exclusion.exclusion_no IS 'Number of the exclusion, from 1';
COMMENT ON COLUMN rotation_exclusion.product_line IS 'Product line, with everything below it; NULL = see product_id';
COMMENT ON COLUMN rotation_exclusion.product_id IS 'The product; NULL = see product_line';
COMMENT ON COLUMN rotation_exclusion.reason IS 'Why: end of life, not cancellable and not returnable, custom …';
CREATE INDEX rotation_exclusion_product_idx ON rotation_exclusion (product_id);

CREATE TABLE stock_rotation (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    term_no integer NOT NULL,
    span_starts_on date NOT NULL,
    use_no integer NOT NULL,
    returned_on date NOT NULL,
    entitled_amount numeric(18,4) NOT NULL,
    used_before_amount numeric(18,4) NOT NULL,
    used_amount numeric(18,4) NOT NULL,
    restocking_rate numeric(9,6) NOT NULL,
    offset_needed_amount numeric(18,4) NOT NULL,
    CONSTRAINT stock_rotation_pkey PRIMARY KEY (distributor_id, claim_id),
    CONSTRAINT stock_rotation_use_key UNIQUE (distributor_id, agreement_id, version_no, term_no, span_starts_on, use_no),
    CONSTRAINT stock_rotation_within_check CHECK (used_amount >= 0 AND used_before_amount >= 0 AND used_before_amount + used_amount <= entitled_amount),
    CONSTRAINT stock_rotation_offset_check CHECK (offset_needed_amount >= 0),
    CONSTRAINT stock_rotation_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim,
    CONSTRAINT stock_rotation_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE stock_rotation IS 'One row = a request to return goods by stock rotation, and what of the entitlement it takes';
COMMENT ON COLUMN stock_rotation.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_rotation.claim_id IS 'The claim';
COMMENT ON COLUMN stock_rotation.agreement_id IS 'The agreement';
COMMENT ON COLUMN stock_rotation.version_no IS 'Its version';
COMMENT ON COLUMN stock_rotation.term_no IS 'Its term; 0 = agreement_version.rotation_pct alone';
COMMENT ON COLUMN stock_rotation.span_starts_on IS 'First day of the span whose entitlement it takes';
COMMENT ON COLUMN stock_rotation.use_no IS 'Number of the request in this term and span, from 1; two that do not see each other cannot both be entered';
COMMENT ON COLUMN stock_rotation.returned_on IS 'Day on which the goods leave';
COMMENT ON COLUMN stock_rotation.entitled_amount IS 'What may be returned in the span in all, as known then';
COMMENT ON COLUMN stock_rotation.used_before_amount IS 'What requests before it take that were not refused';
COMMENT ON COLUMN stock_rotation.used_amount IS 'What it takes: quantity × cost of the tranches. Additive within a currency';
COMMENT ON COLUMN stock_rotation.restocking_rate IS 'Fee that is kept, a fraction';
COMMENT ON COLUMN stock_rotation.offset_needed_amount IS 'Value of new orders that it needs';
CREATE INDEX stock_rotation_version_idx ON stock_rotation (agreement_id, version_no);

CREATE TABLE stock_rotation_request (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    request_no integer NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity numeric(18,3) NOT NULL,
    goods_condition text NOT NULL,
    tranche_on date,
    accepted_qty numeric(18,3) NOT NULL,
    refusal text,
    CONSTRAINT stock_rotation_request_pkey PRIMARY KEY (distributor_id, claim_id, request_no),
    CONSTRAINT stock_rotation_request_quantity_check CHECK (quantity > 0 AND quantity < 'Infinity'),
    CONSTRAINT stock_rotation_request_condition_check CHECK (goods_condition IN ('resalable', 'opened', 'damaged', 'scrap')),
    CONSTRAINT stock_rotation_request_accepted_check CHECK (accepted_qty >= 0 AND accepted_qty <= quantity AND (accepted_qty = quantity) = (refusal IS NULL)),
    CONSTRAINT stock_rotation_request_rotation_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES stock_rotation,
    CONSTRAINT stock_rotation_request_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT stock_rotation_request_product_fkey FOREIGN KEY (product_id) REFERENCES product
);
COMMENT ON TABLE stock_rotation_request IS 'One row = goods that a distributor wants to return, and how many of them may be';
COMMENT ON COLUMN stock_rotation_request.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_rotation_request.claim_id IS 'The rotation';
COMMENT ON COLUMN stock_rotation_request.request_no IS 'Number of the line, from 1';
COMMENT ON COLUMN stock_rotation_request.warehouse_id IS 'Where they are';
COMMENT ON COLUMN stock_rotation_request.product_id IS 'The product';
COMMENT ON COLUMN stock_rotation_request.quantity IS 'Base units that are to be returned';
COMMENT ON COLUMN stock_rotation_request.goods_condition IS 'resalable, opened, damaged or scrap';
COMMENT ON COLUMN stock_rotation_request.tranche_on IS 'Date of the tranche that is meant; NULL = the oldest that are eligible';
COMMENT ON COLUMN stock_rotation_request.accepted_qty IS 'Base units that may be returned';
COMMENT ON COLUMN stock_rotation_request.refusal IS 'Why not all of them: excluded, condition, stock (too little that is eligible by age) or entitlement; NULL = all are accepted';
CREATE INDEX stock_rotation_request_warehouse_idx ON stock_rotation_request (distributor_id, warehouse_id);
CREATE INDEX stock_rotation_request_product_idx ON stock_rotation_request (product_id);

CREATE TABLE stock_rotation_line (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    line_no integer NOT NULL,
    request_no integer NOT NULL,
    tranche_on date NOT NULL,
    quantity numeric(18,3) NOT NULL,
    unit_cost numeric NOT NULL,
    invoice_no text,
    CONSTRAINT stock_rotation_line_pkey PRIMARY KEY (distributor_id, claim_id, line_no),
    CONSTRAINT stock_rotation_line_quantity_check CHECK (quantity > 0 AND quantity < 'Infinity'),
    CONSTRAINT stock_rotation_line_cost_check CHECK (unit_cost >= 0),
    CONSTRAINT stock_rotation_line_request_fkey FOREIGN KEY (distributor_id, claim_id, request_no) REFERENCES stock_rotation_request
);
COMMENT ON TABLE stock_rotation_line IS 'One row = goods of one tranche that may be returned';
COMMENT ON COLUMN stock_rotation_line.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_rotation_line.claim_id IS 'The rotation';
COMMENT ON COLUMN stock_rotation_line.line_no IS 'Number of the line, from 1';
COMMENT ON COLUMN stock_rotation_line.request_no IS 'Line of the request';
COMMENT ON COLUMN stock_rotation_line.tranche_on IS 'Date of the tranche';
COMMENT ON COLUMN stock_rotation_line.quantity IS 'Base units. Additive';
COMMENT ON COLUMN stock_rotation_line.unit_cost IS 'What one base unit of the tranche costs, after price protection: the price of the credit';
COMMENT ON COLUMN stock_rotation_line.invoice_no IS 'Invoice by which the tranche was bought; NULL = not known';
CREATE INDEX stock_rotation_line_request_idx ON stock_rotation_line (distributor_id, claim_id, request_no);

CREATE TABLE stock_rotation_offset (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    shipped_on date NOT NULL,
    sell_in_id bigint NOT NULL,
    amount numeric(18,4) NOT NULL,
    CONSTRAINT stock_rotation_offset_pkey PRIMARY KEY (distributor_id, claim_id, shipped_on, sell_in_id),
    CONSTRAINT stock_rotation_offset_amount_check CHECK (amount > 0 AND amount < 'Infinity'),
    CONSTRAINT stock_rotation_offset_rotation_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES stock_rotation,
    CONSTRAINT stock_rotation_offset_sell_in_fkey FOREIGN KEY (distributor_id, shipped_on, sell_in_id) REFERENCES sell_in
);
COMMENT ON TABLE stock_rotation_offset IS 'One row = a new order (a line of sell-in) that offsets a return';
COMMENT ON COLUMN stock_rotation_offset.distributor_id IS 'The distributor';
COMMENT ON COLUMN stock_rotation_offset.claim_id IS 'The rotation';
COMMENT ON COLUMN stock_rotation_offset.shipped_on IS 'Day of shipment of the order';
COMMENT ON COLUMN stock_rotation_offset.sell_in_id IS 'Key of its line';
COMMENT ON COLUMN stock_rotation_offset.amount IS 'What of its value is used for this rotation. Additive within a currency';
CREATE INDEX stock_rotation_offset_sell_in_idx ON stock_rotation_offset (distributor_id, shipped_on, sell_in_id);

CREATE TRIGGER rotation_term_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON rotation_term
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER rotation_term_frozen ON rotation_term IS 'Terms are immutable once their version is active';

CREATE TRIGGER rotation_exclusion_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON rotation_exclusion
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER rotation_exclusion_frozen ON rotation_exclusion IS 'Terms are immutable once their version is active';

CREATE TRIGGER rotation_term_not_truncated
    BEFORE TRUNCATE ON rotation_term
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER rotation_term_not_truncated ON rotation_term IS 'What is in force is not emptied';

CREATE TRIGGER rotation_exclusion_not_truncated
    BEFORE TRUNCATE ON rotation_exclusion
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER rotation_exclusion_not_truncated ON rotation_exclusion IS 'What is in force is not emptied';

CREATE TRIGGER stock_rotation_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_rotation
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER stock_rotation_append_only ON stock_rotation IS 'Claims are append-only';

CREATE TRIGGER stock_rotation_request_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_rotation_request
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER stock_rotation_request_append_only ON stock_rotation_request IS 'Claims are append-only';

CREATE TRIGGER stock_rotation_line_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_rotation_line
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER stock_rotation_line_append_only ON stock_rotation_line IS 'Claims are append-only';

CREATE TRIGGER stock_rotation_offset_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_rotation_offset
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER stock_rotation_offset_append_only ON stock_rotation_offset IS 'Claims are append-only';
