-- channel: where facts come from (submissions) and the facts themselves.
--
-- Every fact is keyed (distributor_id, activity date, id), knows two times
-- (the activity date and recorded_at) and is append-only. A correction is a
-- row of entry_kind reversal with the opposite quantity and, if something else
-- is true instead, a row of entry_kind replacement; both point back.

CREATE TABLE submission (
    distributor_id bigint NOT NULL,
    submission_id bigint GENERATED ALWAYS AS IDENTITY,
    report_kind text NOT NULL,
    document_format text NOT NULL,
    submission_mode text NOT NULL DEFAULT 'original',
    submission_state text NOT NULL DEFAULT 'received',
    file_name text,
    document bytea NOT NULL,
    document_encoding text NOT NULL DEFAULT 'UTF8',
    document_sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(document)) STORED,
    transmission_no text,
    report_nos text[],
    refers_to text[],
    purpose text,
    arguments text NOT NULL DEFAULT '',
    period_starts_on date,
    period_ends_on date,
    period_is_stated boolean NOT NULL DEFAULT false,
    decimal_mark text,
    declared_lines integer,
    declared_qty numeric(18,3),
    declared_amount numeric(18,4),
    judged_after bigint,
    booked_qty numeric(18,3),
    release_reason text,
    received_at timestamptz NOT NULL DEFAULT now(),
    received_by text NOT NULL DEFAULT current_user,
    accepted_at timestamptz,
    CONSTRAINT submission_pkey PRIMARY KEY (distributor_id, submission_id),
    CONSTRAINT submission_document_key UNIQUE (distributor_id, document_sha256, arguments),
    CONSTRAINT submission_kind_check CHECK (report_kind IN ('sell_through', 'inventory', 'mixed')),
    CONSTRAINT submission_format_check CHECK (document_format IN ('x12', 'edifact', 'csv', 'staged', 'call')),
    CONSTRAINT submission_mode_check CHECK (submission_mode IN ('original', 'replace', 'append', 'correct', 'cancel', 'nil')),
    CONSTRAINT submission_state_check CHECK (submission_state IN ('received', 'validated', 'accepted', 'rejected')),
    CONSTRAINT submission_accepted_check CHECK ((accepted_at IS NOT NULL) = (submission_state = 'accepted')),
    CONSTRAINT submission_decimal_mark_check CHECK (decimal_mark IN ('.', ',', '?')),
    CONSTRAINT submission_period_check CHECK (period_ends_on >= period_starts_on),
    CONSTRAINT submission_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
CREATE INDEX submission_submission_idx ON submission (submission_id);
COMMENT ON TABLE submission IS 'One row = a document that a distributor sent, kept as it came and for ever';
COMMENT ON COLUMN submission.distributor_id IS 'Who sent it';
COMMENT ON COLUMN submission.submission_id IS 'Key within the distributor';
COMMENT ON COLUMN submission.report_kind IS 'sell_through (point of sale), inventory, or mixed';
COMMENT ON COLUMN submission.document_format IS 'x12, edifact, csv, staged: loaded into sell_through_staging, the document being a digest of the lines, or call: a correction or declaration that was made by a function, its arguments being the document';
COMMENT ON COLUMN submission.submission_mode IS 'What it does to earlier reports: original, replace (the period), append, correct (lines), cancel or nil (nothing was sold)';
COMMENT ON COLUMN submission.submission_state IS 'received, validated (read and judged), accepted (booked) or rejected';
COMMENT ON COLUMN submission.file_name IS 'Name under which it came; NULL = none';
COMMENT ON COLUMN submission.document IS 'The bytes as they came';
COMMENT ON COLUMN submission.document_encoding IS 'Encoding of the bytes, as document_text() wants it';
COMMENT ON COLUMN submission.document_sha256 IS 'Hash of the bytes: the same document of a distributor with the same arguments is one submission';
COMMENT ON COLUMN submission.transmission_no IS 'The sender''s own number (ISA13 in X12); NULL = none';
COMMENT ON COLUMN submission.report_nos IS 'The sender''s numbers of the reports in it (BPT02 in X12); NULL = none';
COMMENT ON COLUMN submission.refers_to IS 'Numbers of the earlier reports that it cancels or replaces (BPT09, else BPT02); NULL = none named';
COMMENT ON COLUMN submission.purpose IS 'X12 element 353 as written; NULL = none';
COMMENT ON COLUMN submission.arguments IS 'Mode and period as given in the call; empty = none';
COMMENT ON COLUMN submission.period_starts_on IS 'First day of the period as stated, else of its activity (returns left out); NULL = no line could be read';
COMMENT ON COLUMN submission.period_ends_on IS 'Last day, likewise';
COMMENT ON COLUMN submission.period_is_stated IS 'Whether the document, the call or the schedule says the period; otherwise it is that of the lines';
COMMENT ON COLUMN submission.decimal_mark IS 'CSV of a distributor with whom none is agreed on: decimal mark that its numbers say, ? = it cannot be told; NULL = none was looked for';
COMMENT ON COLUMN submission.declared_lines IS 'Control total: number of lines; NULL = not declared';
COMMENT ON COLUMN submission.declared_qty IS 'Control total: sum of the quantities as reported, signed; NULL = not declared';
COMMENT ON COLUMN submission.declared_amount IS 'Control total: sum of the amounts, signed; NULL = not declared';
COMMENT ON COLUMN submission.judged_after IS 'How many bookings of the distributor there were when it was judged; later ones are looked at again at acceptance';
COMMENT ON COLUMN submission.booked_qty IS 'Sell-through that it added, net of what it took back, base units; NULL = not accepted';
COMMENT ON COLUMN submission.release_reason IS 'Why it was accepted in spite of a finding that holds it; NULL = there was none';
COMMENT ON COLUMN submission.received_at IS 'When it came in';
COMMENT ON COLUMN submission.received_by IS 'Role that handed it in';
COMMENT ON COLUMN submission.accepted_at IS 'When its lines were booked; NULL = not booked';

CREATE FUNCTION refuse_change_of_document() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD001',
        MESSAGE = 'a received document is kept as it came',
        DETAIL = format('Submission %s of distributor %s.', OLD.submission_id, OLD.distributor_id),
        HINT = 'Submit the corrected document as a new submission.';
END
$$;
COMMENT ON FUNCTION refuse_change_of_document() IS 'Trigger of submission: neither the document nor its row can be changed or removed (ZD001)';

CREATE TRIGGER submission_document_kept
    BEFORE UPDATE OF distributor_id, submission_id, document ON submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document();
COMMENT ON TRIGGER submission_document_kept ON submission IS 'The document is kept as it came';

CREATE TRIGGER submission_kept
    BEFORE DELETE ON submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document();
COMMENT ON TRIGGER submission_kept ON submission IS 'The document is kept for ever';

CREATE TRIGGER submission_not_truncated
    BEFORE TRUNCATE ON submission
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER submission_not_truncated ON submission IS 'The documents are kept for ever';

CREATE TABLE sell_in (
    distributor_id bigint NOT NULL,
    shipped_on date NOT NULL,
    sell_in_id bigint GENERATED ALWAYS AS IDENTITY,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    arrives_on date NOT NULL,
    invoice_no text NOT NULL,
    invoice_line text,
    quantity numeric(18,3) NOT NULL,
    list_price numeric(18,4),
    unit_price numeric(18,4) NOT NULL,
    amount numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    is_drop_ship boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_shipped_on date,
    corrects_line_id bigint,
    CONSTRAINT sell_in_pkey PRIMARY KEY (distributor_id, shipped_on, sell_in_id),
    CONSTRAINT sell_in_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT sell_in_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_shipped_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_shipped_on, corrects_line_id) = 2
    END),
    CONSTRAINT sell_in_arrives_on_check CHECK (arrives_on >= shipped_on),
    CONSTRAINT sell_in_price_check CHECK (unit_price >= 0 AND list_price >= 0),
    CONSTRAINT sell_in_sign_check CHECK (sign(amount) * sign(quantity) >= 0),
    CONSTRAINT sell_in_finite_check CHECK (isfinite(shipped_on) AND quantity < 'Infinity' AND list_price < 'Infinity' AND unit_price < 'Infinity' AND amount < 'Infinity'),
    CONSTRAINT sell_in_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT sell_in_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT sell_in_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT sell_in_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT sell_in_corrects_fkey FOREIGN KEY (distributor_id, corrects_shipped_on, corrects_line_id) REFERENCES sell_in
);
COMMENT ON TABLE sell_in IS 'One row = a line of what the vendor sold to a distributor; returns to the vendor are negative';
COMMENT ON COLUMN sell_in.distributor_id IS 'The distributor';
COMMENT ON COLUMN sell_in.shipped_on IS 'Day of shipment: the activity date';
COMMENT ON COLUMN sell_in.sell_in_id IS 'Key within distributor and day';
COMMENT ON COLUMN sell_in.warehouse_id IS 'Where it was shipped to';
COMMENT ON COLUMN sell_in.product_id IS 'The product';
COMMENT ON COLUMN sell_in.arrives_on IS 'Day from which it counts as on hand; in transit until then. infinity = until a receipt is reported (inventory_receipt)';
COMMENT ON COLUMN sell_in.invoice_no IS 'The vendors invoice';
COMMENT ON COLUMN sell_in.invoice_line IS 'Line of the invoice; NULL = not numbered';
COMMENT ON COLUMN sell_in.quantity IS 'Base units; negative = returned or taken back';
COMMENT ON COLUMN sell_in.list_price IS 'List price of one base unit at the time; NULL = not stated';
COMMENT ON COLUMN sell_in.unit_price IS 'Net price of one base unit: what the distributor owes; becomes the cost of the tranche';
COMMENT ON COLUMN sell_in.amount IS 'Net value of the line, sign of the quantity';
COMMENT ON COLUMN sell_in.currency_code IS 'Currency of prices and amount';
COMMENT ON COLUMN sell_in.is_drop_ship IS 'Shipped to the distributor''s customer: bought, but never in a warehouse; awaits a sell-through line of type DS';
COMMENT ON COLUMN sell_in.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN sell_in.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN sell_in.corrects_shipped_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN sell_in.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX sell_in_item_idx ON sell_in (distributor_id, warehouse_id, product_id, shipped_on);
CREATE INDEX sell_in_arrives_idx ON sell_in (arrives_on, distributor_id);
CREATE INDEX sell_in_product_idx ON sell_in (product_id);
CREATE INDEX sell_in_currency_idx ON sell_in (currency_code);
CREATE INDEX sell_in_corrects_idx ON sell_in (distributor_id, corrects_shipped_on, corrects_line_id);
CREATE UNIQUE INDEX sell_in_reversed_key ON sell_in (distributor_id, corrects_shipped_on, corrects_line_id) WHERE entry_kind = 'reversal';
CREATE UNIQUE INDEX sell_in_invoice_key ON sell_in (distributor_id, shipped_on, invoice_no, invoice_line) WHERE entry_kind = 'original' AND invoice_line IS NOT NULL;

CREATE TRIGGER sell_in_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON sell_in
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER sell_in_append_only ON sell_in IS 'Facts are append-only';

CREATE TABLE sell_through (
    distributor_id bigint NOT NULL,
    sold_on date NOT NULL,
    sell_through_id bigint GENERATED ALWAYS AS IDENTITY,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    reseller_id bigint,
    end_customer_id bigint,
    transfer_type text NOT NULL,
    invoice_no text,
    invoice_line text,
    contract_no text,
    quantity numeric(18,3) NOT NULL,
    unit_price numeric(18,4),
    amount numeric(18,4),
    currency_code text NOT NULL,
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_sold_on date,
    corrects_line_id bigint,
    CONSTRAINT sell_through_pkey PRIMARY KEY (distributor_id, sold_on, sell_through_id),
    CONSTRAINT sell_through_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT sell_through_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_sold_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_sold_on, corrects_line_id) = 2
    END),
    CONSTRAINT sell_through_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT sell_through_price_check CHECK (unit_price >= 0),
    CONSTRAINT sell_through_sign_check CHECK (sign(amount) * sign(quantity) >= 0),
    CONSTRAINT sell_through_finite_check CHECK (isfinite(sold_on) AND quantity < 'Infinity' AND unit_price < 'Infinity' AND amount < 'Infinity')
);
COMMENT ON TABLE sell_through IS 'One row = a line of what a distributor sold to a reseller (point of sale); returns are negative';
COMMENT ON COLUMN sell_through.distributor_id IS 'The distributor';
COMMENT ON COLUMN sell_through.sold_on IS 'Day of the sale: the activity date';
COMMENT ON COLUMN sell_through.sell_through_id IS 'Key within distributor and day';
COMMENT ON COLUMN sell_through.warehouse_id IS 'Where it left from';
COMMENT ON COLUMN sell_through.product_id IS 'The product';
COMMENT ON COLUMN sell_through.reseller_id IS 'To whom; NULL = the report does not say or could not be resolved';
COMMENT ON COLUMN sell_through.end_customer_id IS 'Who uses it; NULL = not known';
COMMENT ON COLUMN sell_through.transfer_type IS 'Kind of sale as in X12 element 521: SS stock sale, SD ship and debit, DS drop ship, BN return …';
COMMENT ON COLUMN sell_through.invoice_no IS 'The distributor''s invoice; NULL = not stated';
COMMENT ON COLUMN sell_through.invoice_line IS 'Line of the invoice; NULL = not stated';
COMMENT ON COLUMN sell_through.contract_no IS 'Special price authorization that the distributor refers to; NULL = none';
COMMENT ON COLUMN sell_through.quantity IS 'Base units; negative = returned by the reseller or taken back';
COMMENT ON COLUMN sell_through.unit_price IS 'Resale price of one base unit; NULL = not reported';
COMMENT ON COLUMN sell_through.amount IS 'Resale value of the line, sign of the quantity; NULL = not reported';
COMMENT ON COLUMN sell_through.currency_code IS 'Currency of price and amount';
COMMENT ON COLUMN sell_through.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN sell_through.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN sell_through.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN sell_through.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN sell_through.corrects_sold_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN sell_through.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX sell_through_item_idx ON sell_through (distributor_id, warehouse_id, product_id, sold_on);
CREATE INDEX sell_through_product_idx ON sell_through (product_id);
CREATE INDEX sell_through_reseller_idx ON sell_through (reseller_id);
CREATE INDEX sell_through_end_customer_idx ON sell_through (end_customer_id) WHERE end_customer_id IS NOT NULL;
CREATE INDEX sell_through_submission_idx ON sell_through (distributor_id, submission_id);
CREATE INDEX sell_through_corrects_idx ON sell_through (distributor_id, corrects_sold_on, corrects_line_id) WHERE corrects_line_id IS NOT NULL;
CREATE UNIQUE INDEX sell_through_reversed_key ON sell_through (distributor_id, corrects_sold_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER sell_through_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON sell_through
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER sell_through_append_only ON sell_through IS 'Facts are append-only';

CREATE TABLE sell_out (
    distributor_id bigint NOT NULL,
    sold_on date NOT NULL,
    sell_out_id bigint GENERATED ALWAYS AS IDENTITY,
    reseller_id bigint NOT NULL,
    product_id bigint NOT NULL,
    end_customer_id bigint,
    quantity numeric(18,3) NOT NULL,
    unit_price numeric(18,4),
    amount numeric(18,4),
    currency_code text NOT NULL,
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_sold_on date,
    corrects_line_id bigint,
    CONSTRAINT sell_out_pkey PRIMARY KEY (distributor_id, sold_on, sell_out_id),
    CONSTRAINT sell_out_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT sell_out_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_sold_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_sold_on, corrects_line_id) = 2
    END),
    CONSTRAINT sell_out_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT sell_out_finite_check CHECK (isfinite(sold_on) AND quantity < 'Infinity' AND unit_price < 'Infinity' AND amount < 'Infinity'),
    CONSTRAINT sell_out_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT sell_out_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT sell_out_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT sell_out_end_customer_fkey FOREIGN KEY (end_customer_id) REFERENCES end_customer,
    CONSTRAINT sell_out_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT sell_out_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT sell_out_corrects_fkey FOREIGN KEY (distributor_id, corrects_sold_on, corrects_line_id) REFERENCES sell_out
);
COMMENT ON TABLE sell_out IS 'One row = a line of what a reseller sold to an end customer';
COMMENT ON COLUMN sell_out.distributor_id IS 'The distributor';
COMMENT ON COLUMN sell_out.sold_on IS 'Day of the sale: the activity date';
COMMENT ON COLUMN sell_out.sell_out_id IS 'Key within distributor and day';
COMMENT ON COLUMN sell_out.reseller_id IS 'Who sold it';
COMMENT ON COLUMN sell_out.product_id IS 'The product';
COMMENT ON COLUMN sell_out.end_customer_id IS 'To whom; NULL = not known';
COMMENT ON COLUMN sell_out.quantity IS 'Base units; negative = returned';
COMMENT ON COLUMN sell_out.unit_price IS 'Price of one base unit; NULL = not reported';
COMMENT ON COLUMN sell_out.amount IS 'Value of the line, sign of the quantity; NULL = not reported';
COMMENT ON COLUMN sell_out.currency_code IS 'Currency of price and amount';
COMMENT ON COLUMN sell_out.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN sell_out.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN sell_out.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN sell_out.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN sell_out.corrects_sold_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN sell_out.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX sell_out_reseller_idx ON sell_out (reseller_id);
CREATE INDEX sell_out_product_idx ON sell_out (product_id);
CREATE INDEX sell_out_end_customer_idx ON sell_out (end_customer_id);
CREATE INDEX sell_out_currency_idx ON sell_out (currency_code);
CREATE INDEX sell_out_submission_idx ON sell_out (distributor_id, submission_id, submission_line_no);
CREATE INDEX sell_out_corrects_idx ON sell_out (distributor_id, corrects_sold_on, corrects_line_id);
CREATE UNIQUE INDEX sell_out_reversed_key ON sell_out (distributor_id, corrects_sold_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER sell_out_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON sell_out
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER sell_out_append_only ON sell_out IS 'Facts are append-only';

CREATE TABLE inventory_count (
    distributor_id bigint NOT NULL,
    counted_on date NOT NULL,
    inventory_count_id bigint GENERATED ALWAYS AS IDENTITY,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    count_kind text NOT NULL DEFAULT 'on_hand',
    quantity numeric(18,3) NOT NULL,
    unit_cost numeric(18,4),
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_counted_on date,
    corrects_line_id bigint,
    CONSTRAINT inventory_count_pkey PRIMARY KEY (distributor_id, counted_on, inventory_count_id),
    CONSTRAINT inventory_count_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT inventory_count_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_counted_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_counted_on, corrects_line_id) = 2
    END),
    CONSTRAINT inventory_count_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT inventory_count_kind_check CHECK (count_kind IN ('on_hand', 'committed', 'on_hold', 'damaged', 'in_transit', 'on_order')),
    CONSTRAINT inventory_count_cost_check CHECK (unit_cost >= 0),
    CONSTRAINT inventory_count_finite_check CHECK (isfinite(counted_on) AND quantity < 'Infinity' AND unit_cost < 'Infinity'),
    CONSTRAINT inventory_count_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT inventory_count_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT inventory_count_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT inventory_count_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT inventory_count_corrects_fkey FOREIGN KEY (distributor_id, corrects_counted_on, corrects_line_id) REFERENCES inventory_count
);
COMMENT ON TABLE inventory_count IS 'One row = a quantity of a product that a distributor reports to have';
COMMENT ON COLUMN inventory_count.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_count.counted_on IS 'Day at whose close it was counted: the activity date';
COMMENT ON COLUMN inventory_count.inventory_count_id IS 'Key within distributor and day';
COMMENT ON COLUMN inventory_count.warehouse_id IS 'Where it lies';
COMMENT ON COLUMN inventory_count.product_id IS 'The product';
COMMENT ON COLUMN inventory_count.count_kind IS 'on_hand sets the stock; committed, on_hold, damaged, in_transit and on_order are kept beside it';
COMMENT ON COLUMN inventory_count.quantity IS 'Base units; negative = the distributor reports less than nothing';
COMMENT ON COLUMN inventory_count.unit_cost IS 'Cost of one base unit that a surplus comes at; NULL = average cost';
COMMENT ON COLUMN inventory_count.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN inventory_count.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN inventory_count.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN inventory_count.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN inventory_count.corrects_counted_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN inventory_count.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX inventory_count_item_idx ON inventory_count (distributor_id, warehouse_id, product_id, counted_on);
CREATE INDEX inventory_count_product_idx ON inventory_count (product_id);
CREATE INDEX inventory_count_submission_idx ON inventory_count (distributor_id, submission_id, submission_line_no);
CREATE INDEX inventory_count_corrects_idx ON inventory_count (distributor_id, corrects_counted_on, corrects_line_id);
CREATE UNIQUE INDEX inventory_count_reversed_key ON inventory_count (distributor_id, corrects_counted_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER inventory_count_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_count
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_count_append_only ON inventory_count IS 'Facts are append-only';

CREATE TABLE inventory_adjustment (
    distributor_id bigint NOT NULL,
    adjusted_on date NOT NULL,
    inventory_adjustment_id bigint GENERATED ALWAYS AS IDENTITY,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity numeric(18,3) NOT NULL,
    unit_cost numeric(18,4),
    reason_code text NOT NULL,
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_adjusted_on date,
    corrects_line_id bigint,
    CONSTRAINT inventory_adjustment_pkey PRIMARY KEY (distributor_id, adjusted_on, inventory_adjustment_id),
    CONSTRAINT inventory_adjustment_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT inventory_adjustment_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_adjusted_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_adjusted_on, corrects_line_id) = 2
    END),
    CONSTRAINT inventory_adjustment_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT inventory_adjustment_cost_check CHECK (unit_cost >= 0),
    CONSTRAINT inventory_adjustment_finite_check CHECK (isfinite(adjusted_on) AND quantity < 'Infinity' AND unit_cost < 'Infinity'),
    CONSTRAINT inventory_adjustment_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT inventory_adjustment_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT inventory_adjustment_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT inventory_adjustment_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT inventory_adjustment_corrects_fkey FOREIGN KEY (distributor_id, corrects_adjusted_on, corrects_line_id) REFERENCES inventory_adjustment
);
COMMENT ON TABLE inventory_adjustment IS 'One row = a change of stock that is neither purchase nor sale: scrap, theft, found goods, a vendor return outside sell-in';
COMMENT ON COLUMN inventory_adjustment.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_adjustment.adjusted_on IS 'Activity date';
COMMENT ON COLUMN inventory_adjustment.inventory_adjustment_id IS 'Key within distributor and day';
COMMENT ON COLUMN inventory_adjustment.warehouse_id IS 'Where';
COMMENT ON COLUMN inventory_adjustment.product_id IS 'The product';
COMMENT ON COLUMN inventory_adjustment.quantity IS 'Base units added (positive) or taken away (negative)';
COMMENT ON COLUMN inventory_adjustment.unit_cost IS 'Cost of one base unit that was added; NULL = last known cost';
COMMENT ON COLUMN inventory_adjustment.reason_code IS 'Why: scrap, theft, found, vendor_return, sample …';
COMMENT ON COLUMN inventory_adjustment.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN inventory_adjustment.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN inventory_adjustment.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN inventory_adjustment.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN inventory_adjustment.corrects_adjusted_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN inventory_adjustment.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX inventory_adjustment_item_idx ON inventory_adjustment (distributor_id, warehouse_id, product_id, adjusted_on);
CREATE INDEX inventory_adjustment_product_idx ON inventory_adjustment (product_id);
CREATE INDEX inventory_adjustment_submission_idx ON inventory_adjustment (distributor_id, submission_id, submission_line_no);
CREATE INDEX inventory_adjustment_corrects_idx ON inventory_adjustment (distributor_id, corrects_adjusted_on, corrects_line_id);
CREATE UNIQUE INDEX inventory_adjustment_reversed_key ON inventory_adjustment (distributor_id, corrects_adjusted_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER inventory_adjustment_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_adjustment_append_only ON inventory_adjustment IS 'Facts are append-only';

CREATE TABLE inventory_transfer (
    distributor_id bigint NOT NULL,
    transferred_on date NOT NULL,
    inventory_transfer_id bigint GENERATED ALWAYS AS IDENTITY,
    from_warehouse_id bigint NOT NULL,
    to_warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity numeric(18,3) NOT NULL,
    unit_cost numeric(18,4),
    submission_id bigint,
    submission_line_no integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    entry_kind text NOT NULL DEFAULT 'original',
    corrects_transferred_on date,
    corrects_line_id bigint,
    CONSTRAINT inventory_transfer_pkey PRIMARY KEY (distributor_id, transferred_on, inventory_transfer_id),
    CONSTRAINT inventory_transfer_entry_kind_check CHECK (entry_kind IN ('original', 'reversal', 'replacement')),
    CONSTRAINT inventory_transfer_corrects_check CHECK (CASE entry_kind
        WHEN 'original' THEN num_nonnulls(corrects_transferred_on, corrects_line_id) = 0
        ELSE num_nonnulls(corrects_transferred_on, corrects_line_id) = 2
    END),
    CONSTRAINT inventory_transfer_source_check CHECK ((submission_id IS NULL) = (submission_line_no IS NULL)),
    CONSTRAINT inventory_transfer_warehouses_check CHECK (from_warehouse_id <> to_warehouse_id),
    CONSTRAINT inventory_transfer_cost_check CHECK (unit_cost >= 0),
    CONSTRAINT inventory_transfer_finite_check CHECK (isfinite(transferred_on) AND quantity < 'Infinity' AND unit_cost < 'Infinity'),
    CONSTRAINT inventory_transfer_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT inventory_transfer_from_warehouse_fkey FOREIGN KEY (distributor_id, from_warehouse_id) REFERENCES warehouse,
    CONSTRAINT inventory_transfer_to_warehouse_fkey FOREIGN KEY (distributor_id, to_warehouse_id) REFERENCES warehouse,
    CONSTRAINT inventory_transfer_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT inventory_transfer_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT inventory_transfer_corrects_fkey FOREIGN KEY (distributor_id, corrects_transferred_on, corrects_line_id) REFERENCES inventory_transfer
);
COMMENT ON TABLE inventory_transfer IS 'One row = goods moved from one warehouse of a distributor to another';
COMMENT ON COLUMN inventory_transfer.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_transfer.transferred_on IS 'Activity date';
COMMENT ON COLUMN inventory_transfer.inventory_transfer_id IS 'Key within distributor and day';
COMMENT ON COLUMN inventory_transfer.from_warehouse_id IS 'Where they left';
COMMENT ON COLUMN inventory_transfer.to_warehouse_id IS 'Where they arrived';
COMMENT ON COLUMN inventory_transfer.product_id IS 'The product';
COMMENT ON COLUMN inventory_transfer.quantity IS 'Base units';
COMMENT ON COLUMN inventory_transfer.unit_cost IS 'Cost of one base unit at which they arrive; NULL = what they cost where they left, whatever becomes known of that';
COMMENT ON COLUMN inventory_transfer.submission_id IS 'Submission that reported it; NULL = from the vendors own books';
COMMENT ON COLUMN inventory_transfer.submission_line_no IS 'Line of that submission';
COMMENT ON COLUMN inventory_transfer.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN inventory_transfer.entry_kind IS 'original; reversal = takes the row back that it points at; replacement = what is true instead';
COMMENT ON COLUMN inventory_transfer.corrects_transferred_on IS 'Activity date of the row that it corrects; NULL = original';
COMMENT ON COLUMN inventory_transfer.corrects_line_id IS 'Key of the row that it corrects; NULL = original';
CREATE INDEX inventory_transfer_from_item_idx ON inventory_transfer (distributor_id, from_warehouse_id, product_id, transferred_on);
CREATE INDEX inventory_transfer_to_item_idx ON inventory_transfer (distributor_id, to_warehouse_id, product_id, transferred_on);
CREATE INDEX inventory_transfer_uncosted_idx ON inventory_transfer (distributor_id, product_id) WHERE unit_cost IS NULL;
CREATE INDEX inventory_transfer_product_idx ON inventory_transfer (product_id);
CREATE INDEX inventory_transfer_submission_idx ON inventory_transfer (distributor_id, submission_id, submission_line_no);
CREATE INDEX inventory_transfer_corrects_idx ON inventory_transfer (distributor_id, corrects_transferred_on, corrects_line_id);
CREATE UNIQUE INDEX inventory_transfer_reversed_key ON inventory_transfer (distributor_id, corrects_transferred_on, corrects_line_id) WHERE entry_kind = 'reversal';

CREATE TRIGGER inventory_transfer_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER inventory_transfer_append_only ON inventory_transfer IS 'Facts are append-only';

CREATE FUNCTION sell_in_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF sell_in
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM sell_in AS f
    WHERE f.shipped_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM sell_in AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_shipped_on = f.shipped_on
                AND r.corrects_line_id = f.sell_in_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION sell_in_as_of(date, timestamptz) IS
    'Rows of sell_in that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION sell_through_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF sell_through
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM sell_through AS f
    WHERE f.sold_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM sell_through AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_sold_on = f.sold_on
                AND r.corrects_line_id = f.sell_through_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION sell_through_as_of(date, timestamptz) IS
    'Rows of sell_through that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION sell_out_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF sell_out
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM sell_out AS f
    WHERE f.sold_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM sell_out AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_sold_on = f.sold_on
                AND r.corrects_line_id = f.sell_out_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION sell_out_as_of(date, timestamptz) IS
    'Rows of sell_out that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION inventory_count_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_count
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM inventory_count AS f
    WHERE f.counted_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM inventory_count AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_counted_on = f.counted_on
                AND r.corrects_line_id = f.inventory_count_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION inventory_count_as_of(date, timestamptz) IS
    'Rows of inventory_count that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION inventory_adjustment_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_adjustment
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM inventory_adjustment AS f
    WHERE f.adjusted_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM inventory_adjustment AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_adjusted_on = f.adjusted_on
                AND r.corrects_line_id = f.inventory_adjustment_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION inventory_adjustment_as_of(date, timestamptz) IS
    'Rows of inventory_adjustment that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';

CREATE FUNCTION inventory_transfer_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_transfer
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.*
    FROM inventory_transfer AS f
    WHERE f.transferred_on <= p_activity
        AND f.recorded_at <= p_knowledge
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM inventory_transfer AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_transferred_on = f.transferred_on
                AND r.corrects_line_id = f.inventory_transfer_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION inventory_transfer_as_of(date, timestamptz) IS
    'Rows of inventory_transfer that stand: activity up to p_activity, as known at p_knowledge, without what a reversal known by then took back';
