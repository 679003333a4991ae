-- claim, ship-and-debit: what distributors claim when they have sold at a special
-- price: (price basis − authorized price) × units. The claim is kept as reported;
-- what was found about each line is a verdict, and a later one (because a sale
-- was reported meanwhile, or corrected) stands in its place.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD130', 'A document has no claim that can be read', 'Send an X12 844, or CSV with the columns that submit_ship_debit() names', false),
    ('ZD131', 'A ship-and-debit claim does not exist', 'See claim and ship_debit', false);

CREATE TABLE reject_code (
    reject_code text NOT NULL,
    meaning text NOT NULL,
    effect text NOT NULL,
    is_checked boolean NOT NULL,
    CONSTRAINT reject_code_pkey PRIMARY KEY (reject_code),
    CONSTRAINT reject_code_effect_check CHECK (effect IN ('reject', 'reduce', 'pend', 'note'))
);
COMMENT ON TABLE reject_code IS 'One row = a reason of X12 element 901 why a line of a claim is not accepted as it is';
COMMENT ON COLUMN reject_code.reject_code IS 'The code';
COMMENT ON COLUMN reject_code.meaning IS 'What it says';
COMMENT ON COLUMN reject_code.effect IS 'What follows: reject = nothing is accepted, reduce = less is accepted, pend = the line waits, note = it is said and changes nothing';
COMMENT ON COLUMN reject_code.is_checked IS 'Whether judge_ship_debits() finds it; the others are for people (reject_ship_debit_line) and for the answers of others';

INSERT INTO reject_code (reject_code, meaning, effect, is_checked) VALUES
    ('01', 'Authorization number is not valid', 'reject', true),
    ('02', 'Authorization has expired', 'reject', true),
    ('03', 'Product is not on the authorization', 'reject', true),
    ('04', 'Authorized quantity is exceeded', 'reduce', true),
    ('05', 'Authorization has a zero balance', 'reject', true),
    ('06', 'Special cost is incorrect', 'reduce', true),
    ('07', 'Catalog cost is incorrect', 'reduce', true),
    ('08', 'Ship location is not valid', 'reject', true),
    ('09', 'No credit is allowed', 'reject', false),
    ('10', 'Administrative cancellation', 'reject', false),
    ('11', 'Debit number is not valid', 'reject', true),
    ('12', 'Duplicate sequence number', 'reject', true),
    ('13', 'Not valid for price protection', 'reject', false),
    ('14', 'Part number is not valid', 'reject', true),
    ('15', 'Required data is missing', 'reject', true),
    ('16', 'Unit resale is higher than authorized', 'reject', true),
    ('17', 'Negotiated price is not less than the book price', 'reject', true),
    ('18', 'Ship date is after the current date', 'reject', true),
    ('19', 'Ship date is before the authorization issue date', 'reject', true),
    ('20', 'Ship date is before the authorization date (rebills)', 'reject', false),
    ('21', 'Rebill type', 'reject', false),
    ('23', 'Authorization was deleted', 'reject', true),
    ('24', 'Authorization was used on a sales order', 'reject', false),
    ('25', 'Pending vendor review: the sale has not been reported yet', 'pend', true),
    ('ZZ', 'Mutually defined: see the detail', 'reject', true);

CREATE TABLE ship_debit_term (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    price_basis text NOT NULL DEFAULT 'tranche',
    claim_days integer,
    CONSTRAINT ship_debit_term_pkey PRIMARY KEY (agreement_id, version_no),
    CONSTRAINT ship_debit_term_basis_check CHECK (price_basis IN ('tranche', 'contract', 'book')),
    CONSTRAINT ship_debit_term_days_check CHECK (claim_days >= 0),
    CONSTRAINT ship_debit_term_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE ship_debit_term IS 'One row = how an agreement settles ship-and-debit; without a row by tranche, at any time';
COMMENT ON COLUMN ship_debit_term.agreement_id IS 'The agreement';
COMMENT ON COLUMN ship_debit_term.version_no IS 'Its version';
COMMENT ON COLUMN ship_debit_term.price_basis IS 'What the special price is compared with: tranche = what the units that were sold had cost, after price protection; contract = the book price in the authorization; book = what the product cost the distributor by the price list on the day of the sale';
COMMENT ON COLUMN ship_debit_term.claim_days IS 'Days after the sale by which it has to be claimed; NULL = any time';

CREATE TRIGGER ship_debit_term_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON ship_debit_term
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER ship_debit_term_frozen ON ship_debit_term IS 'Terms are immutable once their version is active';

CREATE TRIGGER ship_debit_term_not_truncated
    BEFORE TRUNCATE ON ship_debit_term
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER ship_debit_term_not_truncated ON ship_debit_term IS 'What is in force is not emptied';

CREATE TABLE ship_debit (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    document_format text NOT NULL,
    document text,
    sender_id text,
    receiver_id text,
    CONSTRAINT ship_debit_pkey PRIMARY KEY (distributor_id, claim_id),
    CONSTRAINT ship_debit_format_check CHECK (document_format IN ('x12', 'csv', 'call')),
    CONSTRAINT ship_debit_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim
);
COMMENT ON TABLE ship_debit IS 'One row = a ship-and-debit claim and the document it came in';
COMMENT ON COLUMN ship_debit.distributor_id IS 'The distributor';
COMMENT ON COLUMN ship_debit.claim_id IS 'The claim';
COMMENT ON COLUMN ship_debit.document_format IS 'x12 (844), csv, or call: handed over as rows';
COMMENT ON COLUMN ship_debit.document IS 'The document as it came; NULL = handed over as rows';
COMMENT ON COLUMN ship_debit.sender_id IS 'ISA06 of the document; the answer goes to it. NULL = no X12';
COMMENT ON COLUMN ship_debit.receiver_id IS 'ISA08, likewise';

CREATE TABLE ship_debit_line (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    line_no integer NOT NULL,
    line_ref text,
    contract_no text,
    product_ref text,
    product_id bigint,
    quantity numeric(18,3),
    unit_of_measure text,
    base_qty numeric(18,3),
    special_price numeric(18,4),
    cost_price numeric(18,4),
    claimed_amount numeric(18,4),
    invoice_no text,
    shipped_on date,
    warehouse_ref text,
    customer_ref text,
    transfer_type text,
    CONSTRAINT ship_debit_line_pkey PRIMARY KEY (distributor_id, claim_id, line_no),
    CONSTRAINT ship_debit_line_no_check CHECK (line_no > 0),
    CONSTRAINT ship_debit_line_finite_check CHECK (abs(quantity) < 'Infinity' AND abs(claimed_amount) < 'Infinity' AND isfinite(shipped_on)),
    CONSTRAINT ship_debit_line_ship_debit_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES ship_debit,
    CONSTRAINT ship_debit_line_product_fkey FOREIGN KEY (product_id) REFERENCES product
);
COMMENT ON TABLE ship_debit_line IS 'One row = a line of a claim as reported; NULL = not stated';
COMMENT ON COLUMN ship_debit_line.distributor_id IS 'The distributor';
COMMENT ON COLUMN ship_debit_line.claim_id IS 'The claim';
COMMENT ON COLUMN ship_debit_line.line_no IS 'Number of the line, from 1';
COMMENT ON COLUMN ship_debit_line.line_ref IS 'The distributor''s own number of the line (PAD01): the answer is by it';
COMMENT ON COLUMN ship_debit_line.contract_no IS 'Authorization that it refers to';
COMMENT ON COLUMN ship_debit_line.product_ref IS 'Product as reported';
COMMENT ON COLUMN ship_debit_line.product_id IS 'What it was taken for; NULL = it could not be resolved';
COMMENT ON COLUMN ship_debit_line.quantity IS 'Units as reported; negative = an earlier line is reversed, or goods came back';
COMMENT ON COLUMN ship_debit_line.unit_of_measure IS 'Unit as reported; NULL = the base unit';
COMMENT ON COLUMN ship_debit_line.base_qty IS 'Base units; NULL = the unit is not known for the product';
COMMENT ON COLUMN ship_debit_line.special_price IS 'Special price of a unit as reported';
COMMENT ON COLUMN ship_debit_line.cost_price IS 'Cost of a unit as reported';
COMMENT ON COLUMN ship_debit_line.claimed_amount IS 'Amount as reported. Additive within a currency';
COMMENT ON COLUMN ship_debit_line.invoice_no IS 'The distributor''s invoice to its customer';
COMMENT ON COLUMN ship_debit_line.shipped_on IS 'Day of the sale as reported';
COMMENT ON COLUMN ship_debit_line.warehouse_ref IS 'Where it left from, as reported';
COMMENT ON COLUMN ship_debit_line.customer_ref IS 'Whom it went to, as reported';
COMMENT ON COLUMN ship_debit_line.transfer_type IS 'X12 element 521, as reported';
CREATE INDEX ship_debit_line_product_idx ON ship_debit_line (product_id);
CREATE INDEX ship_debit_line_sale_idx ON ship_debit_line (distributor_id, invoice_no, product_id);

CREATE TABLE ship_debit_verdict (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    line_no integer NOT NULL,
    verdict_no integer NOT NULL,
    verdict text NOT NULL,
    reject_codes text[] NOT NULL DEFAULT '{}',
    details text[] NOT NULL DEFAULT '{}',
    special_price_id bigint,
    sold_on date,
    sell_through_id bigint,
    reverses_claim_id bigint,
    reverses_line_no integer,
    price_basis text,
    basis_price numeric,
    special_price numeric(18,4),
    calculated_qty numeric(18,3),
    accepted_qty numeric(18,3) NOT NULL,
    calculated_amount numeric,
    accepted_amount numeric(18,4) NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    judged_by text NOT NULL DEFAULT current_user,
    CONSTRAINT ship_debit_verdict_pkey PRIMARY KEY (distributor_id, claim_id, line_no, verdict_no),
    CONSTRAINT ship_debit_verdict_check CHECK (verdict IN ('accepted', 'partial', 'rejected', 'pended')),
    CONSTRAINT ship_debit_verdict_nothing_check CHECK (verdict IN ('accepted', 'partial') OR accepted_qty = 0 AND accepted_amount = 0),
    CONSTRAINT ship_debit_verdict_line_fkey FOREIGN KEY (distributor_id, claim_id, line_no) REFERENCES ship_debit_line,
    CONSTRAINT ship_debit_verdict_reverses_fkey FOREIGN KEY (distributor_id, reverses_claim_id, reverses_line_no) REFERENCES ship_debit_line,
    CONSTRAINT ship_debit_verdict_special_fkey FOREIGN KEY (distributor_id, special_price_id) REFERENCES special_price,
    CONSTRAINT ship_debit_verdict_sale_fkey FOREIGN KEY (distributor_id, sold_on, sell_through_id) REFERENCES sell_through
);
COMMENT ON TABLE ship_debit_verdict IS 'One row = what was found about a line of a claim; a later one stands in place of those before';
COMMENT ON COLUMN ship_debit_verdict.distributor_id IS 'The distributor';
COMMENT ON COLUMN ship_debit_verdict.claim_id IS 'The claim';
COMMENT ON COLUMN ship_debit_verdict.line_no IS 'The line';
COMMENT ON COLUMN ship_debit_verdict.verdict_no IS 'Number of the verdict, from 1; two that do not see each other cannot both be entered';
COMMENT ON COLUMN ship_debit_verdict.verdict IS 'accepted, partial (less than claimed), rejected, or pended (the sale is not reported yet)';
COMMENT ON COLUMN ship_debit_verdict.reject_codes IS 'All reasons (reject_code), not only the first';
COMMENT ON COLUMN ship_debit_verdict.details IS 'What each of them was found from, in the same order';
COMMENT ON COLUMN ship_debit_verdict.special_price_id IS 'The authorization; NULL = none was found';
COMMENT ON COLUMN ship_debit_verdict.sold_on IS 'Day of the sale that it was matched to; NULL = none';
COMMENT ON COLUMN ship_debit_verdict.sell_through_id IS 'Key of that sale';
COMMENT ON COLUMN ship_debit_verdict.reverses_claim_id IS 'Claim whose line it reverses; NULL = none';
COMMENT ON COLUMN ship_debit_verdict.reverses_line_no IS 'That line';
COMMENT ON COLUMN ship_debit_verdict.price_basis IS 'tranche, contract or book; book also where the tranches do not know their cost';
COMMENT ON COLUMN ship_debit_verdict.basis_price IS 'What the special price of one base unit is compared with';
COMMENT ON COLUMN ship_debit_verdict.special_price IS 'Authorized price of one base unit';
COMMENT ON COLUMN ship_debit_verdict.calculated_qty IS 'Base units that could be claimed on the sale';
COMMENT ON COLUMN ship_debit_verdict.accepted_qty IS 'Base units that are accepted. Additive over the latest verdicts';
COMMENT ON COLUMN ship_debit_verdict.calculated_amount IS 'accepted_qty × (basis_price − special_price), full precision';
COMMENT ON COLUMN ship_debit_verdict.accepted_amount IS 'What is accepted: the calculated amount, at most the one claimed for so many units, whole minor units. Additive within a currency over the latest verdicts';
COMMENT ON COLUMN ship_debit_verdict.judged_at IS 'When';
COMMENT ON COLUMN ship_debit_verdict.judged_by IS 'Role that had it judged';
CREATE INDEX ship_debit_verdict_special_idx ON ship_debit_verdict (distributor_id, special_price_id);
CREATE INDEX ship_debit_verdict_reverses_idx ON ship_debit_verdict (distributor_id, reverses_claim_id, reverses_line_no);
CREATE INDEX ship_debit_verdict_sale_idx ON ship_debit_verdict (distributor_id, sold_on, sell_through_id);

CREATE TRIGGER ship_debit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ship_debit
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER ship_debit_append_only ON ship_debit IS 'Claims are append-only';

CREATE TRIGGER ship_debit_line_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ship_debit_line
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER ship_debit_line_append_only ON ship_debit_line IS 'Claims are append-only';

CREATE TRIGGER ship_debit_verdict_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ship_debit_verdict
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER ship_debit_verdict_append_only ON ship_debit_verdict IS 'Verdicts are append-only';

CREATE FUNCTION check_reject_codes() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_unknown text;
BEGIN
    SELECT c.code INTO v_unknown
    FROM new_rows AS n
    CROSS JOIN LATERAL unnest(n.reject_codes) AS c (code)
    WHERE NOT EXISTS (SELECT FROM reject_code AS r WHERE r.reject_code = c.code)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = 'reason of a verdict does not exist',
            DETAIL = format('There is no row with reject_code %L in reject_code.', v_unknown),
            HINT = 'Use one of the codes of X12 element 901.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_reject_codes() IS 'Trigger of ship_debit_verdict: reasons are rows of reject_code (23503)';

CREATE TRIGGER ship_debit_verdict_reasons
    AFTER INSERT ON ship_debit_verdict
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_reject_codes();
COMMENT ON TRIGGER ship_debit_verdict_reasons ON ship_debit_verdict IS 'Reasons are data';

CREATE VIEW ship_debit_state WITH (security_invoker = true) AS
SELECT l.distributor_id,
    l.claim_id,
    c.claim_no,
    c.claimed_on,
    l.line_no,
    l.line_ref,
    l.contract_no,
    l.product_ref,
    l.product_id,
    l.invoice_no,
    l.shipped_on,
    l.base_qty AS claimed_qty,
    l.claimed_amount,
    v.verdict,
    v.reject_codes,
    v.details,
    v.price_basis,
    v.basis_price,
    v.special_price,
    v.calculated_qty,
    v.accepted_qty,
    v.calculated_amount,
    v.accepted_amount,
    c.currency_code,
    v.special_price_id,
    v.sold_on,
    v.sell_through_id,
    v.reverses_claim_id,
    v.reverses_line_no,
    coalesce(v.verdict_no, 0) AS verdict_no
FROM ship_debit_line AS l
JOIN claim AS c ON c.distributor_id = l.distributor_id AND c.claim_id = l.claim_id
LEFT JOIN LATERAL (
    SELECT n.*
    FROM ship_debit_verdict AS n
    WHERE n.distributor_id = l.distributor_id
        AND n.claim_id = l.claim_id
        AND n.line_no = l.line_no
    ORDER BY n.verdict_no DESC
    LIMIT 1
) AS v ON true;
COMMENT ON VIEW ship_debit_state IS 'One row = a line of a ship-and-debit claim: reported beside calculated and accepted, with the latest verdict';
COMMENT ON COLUMN ship_debit_state.distributor_id IS 'The distributor';
COMMENT ON COLUMN ship_debit_state.claim_id IS 'The claim';
COMMENT ON COLUMN ship_debit_state.claim_no IS 'Its reference';
COMMENT ON COLUMN ship_debit_state.claimed_on IS 'Day of the claim';
COMMENT ON COLUMN ship_debit_state.line_no IS 'Number of the line';
COMMENT ON COLUMN ship_debit_state.line_ref IS 'The distributor''s own number of the line';
COMMENT ON COLUMN ship_debit_state.contract_no IS 'Authorization';
COMMENT ON COLUMN ship_debit_state.product_ref IS 'Product as reported';
COMMENT ON COLUMN ship_debit_state.product_id IS 'The product; NULL = not resolved';
COMMENT ON COLUMN ship_debit_state.invoice_no IS 'Invoice of the sale';
COMMENT ON COLUMN ship_debit_state.shipped_on IS 'Day of the sale as reported';
COMMENT ON COLUMN ship_debit_state.claimed_qty IS 'Base units as reported. Additive';
COMMENT ON COLUMN ship_debit_state.claimed_amount IS 'Amount as reported. Additive within a currency';
COMMENT ON COLUMN ship_debit_state.verdict IS 'accepted, partial, rejected or pended';
COMMENT ON COLUMN ship_debit_state.reject_codes IS 'All reasons (X12 element 901)';
COMMENT ON COLUMN ship_debit_state.details IS 'What they were found from';
COMMENT ON COLUMN ship_debit_state.price_basis IS 'tranche, contract or book';
COMMENT ON COLUMN ship_debit_state.basis_price IS 'What the special price is compared with, per base unit';
COMMENT ON COLUMN ship_debit_state.special_price IS 'Authorized price of one base unit';
COMMENT ON COLUMN ship_debit_state.calculated_qty IS 'Base units that could be claimed';
COMMENT ON COLUMN ship_debit_state.accepted_qty IS 'Base units that are accepted. Additive';
COMMENT ON COLUMN ship_debit_state.calculated_amount IS 'What they are worth, full precision';
COMMENT ON COLUMN ship_debit_state.accepted_amount IS 'What is accepted. Additive within a currency';
COMMENT ON COLUMN ship_debit_state.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN ship_debit_state.special_price_id IS 'The authorization; NULL = none was found';
COMMENT ON COLUMN ship_debit_state.sold_on IS 'Day of the sale that it was matched to; NULL = none';
COMMENT ON COLUMN ship_debit_state.sell_through_id IS 'Key of that sale';
COMMENT ON COLUMN ship_debit_state.reverses_claim_id IS 'Claim whose line it reverses; NULL = none';
COMMENT ON COLUMN ship_debit_state.reverses_line_no IS 'That line';
COMMENT ON COLUMN ship_debit_state.verdict_no IS 'Number of the verdict; 0 = not judged yet';
