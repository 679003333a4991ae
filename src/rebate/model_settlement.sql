-- rebate: settlement. A document pays (credit memo), asks (claim) or has taken
-- (deduction); its lines say what became of it: matched to a statement, denied or
-- written off. Only what is matched settles; what is owed is what was accrued less
-- what was matched, at any day.

CREATE TABLE settlement (
    distributor_id bigint NOT NULL,
    settlement_id bigint GENERATED ALWAYS AS IDENTITY,
    settlement_kind text NOT NULL,
    document_no text NOT NULL,
    settled_on date NOT NULL,
    currency_code text NOT NULL,
    amount numeric(18,4) NOT NULL,
    idempotency_key text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT settlement_pkey PRIMARY KEY (distributor_id, settlement_id),
    CONSTRAINT settlement_document_key UNIQUE (distributor_id, settlement_kind, document_no),
    CONSTRAINT settlement_kind_check CHECK (settlement_kind IN ('credit_memo', 'claim', 'deduction')),
    CONSTRAINT settlement_amount_check CHECK (abs(amount) < 'Infinity' AND (amount > 0 OR settlement_kind = 'credit_memo')),
    CONSTRAINT settlement_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT settlement_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE settlement IS 'One row = a document by which rebates are paid, asked for or taken; its lines say what became of it';
COMMENT ON COLUMN settlement.distributor_id IS 'The distributor';
COMMENT ON COLUMN settlement.settlement_id IS 'Key within the distributor';
COMMENT ON COLUMN settlement.settlement_kind IS 'credit_memo = the vendor pays (negative: takes back), claim = the distributor asks, deduction = the distributor has paid an invoice short';
COMMENT ON COLUMN settlement.document_no IS 'Number that stands on the paper';
COMMENT ON COLUMN settlement.settled_on IS 'Day of the document';
COMMENT ON COLUMN settlement.currency_code IS 'Currency of all its amounts';
COMMENT ON COLUMN settlement.amount IS 'Amount of the document. Additive within a currency and kind';
COMMENT ON COLUMN settlement.idempotency_key IS 'Key that the caller gave so that a repeated call is the same document; NULL = none';
COMMENT ON COLUMN settlement.recorded_at IS 'When it was entered';
COMMENT ON COLUMN settlement.recorded_by IS 'Role that entered it';
CREATE INDEX settlement_id_idx ON settlement (settlement_id);
CREATE INDEX settlement_currency_idx ON settlement (currency_code);
CREATE UNIQUE INDEX settlement_idempotency_key ON settlement (idempotency_key, distributor_id, currency_code);

CREATE TABLE settlement_line (
    distributor_id bigint NOT NULL,
    settlement_id bigint NOT NULL,
    line_no integer NOT NULL,
    disposition text NOT NULL,
    settled_on date NOT NULL,
    amount numeric(18,4) NOT NULL,
    rebate_statement_id bigint,
    program_line_id bigint,
    span_starts_on date,
    currency_code text NOT NULL,
    reseller_id bigint,
    posting_no integer,
    reason text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT settlement_line_pkey PRIMARY KEY (distributor_id, settlement_id, line_no),
    CONSTRAINT settlement_line_no_check CHECK (line_no > 0),
    CONSTRAINT settlement_line_disposition_check CHECK (disposition IN ('matched', 'denied', 'written_off', 'claimed')),
    CONSTRAINT settlement_line_amount_check CHECK (amount <> 0 AND abs(amount) < 'Infinity'),
    CONSTRAINT settlement_line_statement_check CHECK (
        num_nonnulls(rebate_statement_id, program_line_id, span_starts_on, posting_no)
        = CASE disposition WHEN 'matched' THEN 4 ELSE 0 END),
    CONSTRAINT settlement_line_settlement_fkey FOREIGN KEY (distributor_id, settlement_id) REFERENCES settlement,
    CONSTRAINT settlement_line_statement_fkey FOREIGN KEY (distributor_id, rebate_statement_id) REFERENCES rebate_statement,
    CONSTRAINT settlement_line_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT settlement_line_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT settlement_line_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE settlement_line IS 'One row = what became of a part of a settlement document; taken back by a line of the opposite sign';
COMMENT ON COLUMN settlement_line.distributor_id IS 'The distributor';
COMMENT ON COLUMN settlement_line.settlement_id IS 'The document';
COMMENT ON COLUMN settlement_line.line_no IS 'Number of the line in the document, from 1 without gaps; two that do not see each other cannot both be entered';
COMMENT ON COLUMN settlement_line.disposition IS 'matched = settles a statement, denied = refused (a deduction: owed back by the distributor), written_off = let go without a statement, claimed = settles a claim (claim_settlement)';
COMMENT ON COLUMN settlement_line.settled_on IS 'Day on which it counts';
COMMENT ON COLUMN settlement_line.amount IS 'Amount, in the currency of the document. Additive within a currency and disposition';
COMMENT ON COLUMN settlement_line.rebate_statement_id IS 'Statement that it was matched to; NULL unless matched';
COMMENT ON COLUMN settlement_line.program_line_id IS 'Line of the program of that statement; NULL unless matched';
COMMENT ON COLUMN settlement_line.span_starts_on IS 'First day of the span of that statement; NULL unless matched';
COMMENT ON COLUMN settlement_line.currency_code IS 'Currency of the document and of the statement';
COMMENT ON COLUMN settlement_line.reseller_id IS 'The reseller that the statement credits; NULL = the distributor, or not matched';
COMMENT ON COLUMN settlement_line.posting_no IS 'Number of the settlement of this line and span, from 1; two that do not see each other cannot both be booked. NULL unless matched';
COMMENT ON COLUMN settlement_line.reason IS 'Why; NULL = not stated';
COMMENT ON COLUMN settlement_line.recorded_at IS 'When it was entered';
COMMENT ON COLUMN settlement_line.recorded_by IS 'Role that entered it';
CREATE UNIQUE INDEX settlement_line_posting_key
    ON settlement_line (distributor_id, program_line_id, span_starts_on, currency_code, reseller_id, posting_no)
    NULLS NOT DISTINCT
    WHERE posting_no IS NOT NULL;
CREATE INDEX settlement_line_reseller_idx ON settlement_line (reseller_id);
CREATE INDEX settlement_line_statement_idx ON settlement_line (distributor_id, rebate_statement_id);
CREATE INDEX settlement_line_line_idx ON settlement_line (program_line_id);
CREATE INDEX settlement_line_currency_idx ON settlement_line (currency_code);

CREATE TRIGGER settlement_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER settlement_append_only ON settlement IS 'Documents are append-only';

CREATE TRIGGER settlement_line_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_line
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER settlement_line_append_only ON settlement_line IS 'What became of a document is append-only';

CREATE VIEW settlement_open WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.settlement_id,
    s.settlement_kind,
    s.document_no,
    s.settled_on,
    s.currency_code,
    s.amount,
    coalesce(sum(l.amount) FILTER (WHERE l.disposition = 'matched'), 0) AS matched_amount,
    coalesce(sum(l.amount) FILTER (WHERE l.disposition = 'denied'), 0) AS denied_amount,
    coalesce(sum(l.amount) FILTER (WHERE l.disposition = 'written_off'), 0) AS written_off_amount,
    s.amount - coalesce(sum(l.amount), 0) AS open_amount
FROM settlement AS s
LEFT JOIN settlement_line AS l
    ON l.distributor_id = s.distributor_id
    AND l.settlement_id = s.settlement_id
GROUP BY s.distributor_id, s.settlement_id;
COMMENT ON VIEW settlement_open IS 'One row = a settlement document: what became of it and what is open';
COMMENT ON COLUMN settlement_open.distributor_id IS 'The distributor';
COMMENT ON COLUMN settlement_open.settlement_id IS 'The document';
COMMENT ON COLUMN settlement_open.settlement_kind IS 'credit_memo, claim or deduction';
COMMENT ON COLUMN settlement_open.document_no IS 'Number that stands on the paper';
COMMENT ON COLUMN settlement_open.settled_on IS 'Day of the document';
COMMENT ON COLUMN settlement_open.currency_code IS 'Currency';
COMMENT ON COLUMN settlement_open.amount IS 'Amount of the document. Additive within a currency and kind';
COMMENT ON COLUMN settlement_open.matched_amount IS 'Matched to statements. Additive within a currency';
COMMENT ON COLUMN settlement_open.denied_amount IS 'Denied. Additive within a currency';
COMMENT ON COLUMN settlement_open.written_off_amount IS 'Written off. Additive within a currency';
COMMENT ON COLUMN settlement_open.open_amount IS 'Not decided yet. Additive within a currency';

CREATE FUNCTION settlement_key(p_distributor_id bigint, p_settlement_kind text, p_document_no text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT concat_ws('/', d.distributor_code, p_settlement_kind, p_document_no)
    FROM distributor AS d
    WHERE d.distributor_id = p_distributor_id;
END;
COMMENT ON FUNCTION settlement_key(bigint, text, text) IS
    'Under which subject_key approvals of a settlement document are asked for: distributor_code/settlement_kind/document_no';

CREATE FUNCTION prove_settlement() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_over settlement_open;
BEGIN
    -- One after the other for each document: the later one sees the earlier one.
    PERFORM
    FROM settlement AS s
    WHERE (s.distributor_id, s.settlement_id) IN (SELECT n.distributor_id, n.settlement_id FROM new_rows AS n)
    ORDER BY s.distributor_id, s.settlement_id
    FOR NO KEY UPDATE;
    SELECT o.* INTO v_over
    FROM settlement_open AS o
    WHERE (o.distributor_id, o.settlement_id) IN (SELECT n.distributor_id, n.settlement_id FROM new_rows AS n)
        AND NOT (
            o.matched_amount BETWEEN SYMMETRIC 0 AND o.amount
            AND o.denied_amount BETWEEN SYMMETRIC 0 AND o.amount
            AND o.written_off_amount BETWEEN SYMMETRIC 0 AND o.amount
            AND o.open_amount BETWEEN SYMMETRIC 0 AND o.amount
            AND o.currency_code = ALL (
                SELECT l.currency_code
                FROM settlement_line AS l
                WHERE l.distributor_id = o.distributor_id AND l.settlement_id = o.settlement_id)
            AND (
                SELECT max(l.line_no) = count(*)
                FROM settlement_line AS l
                WHERE l.distributor_id = o.distributor_id AND l.settlement_id = o.settlement_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD062',
            MESSAGE = 'settlement document does not cover its lines',
            DETAIL = format('Document %L over %s %s: matched %s, denied %s, written off %s, open %s.', v_over.document_no, v_over.amount,
                v_over.currency_code, v_over.matched_amount, v_over.denied_amount, v_over.written_off_amount, v_over.open_amount),
            HINT = 'Settle at most what is open, in the currency of the document, with lines numbered without gaps; match_settlement() does.';
    END IF;
    -- Whoever enters it, and by whatever way.
    PERFORM require_approval(n.subject_kind, settlement_key(o.distributor_id, o.settlement_kind, o.document_no), n.amount, o.currency_code)
    FROM settlement_open AS o
    CROSS JOIN LATERAL (VALUES ('settlement', o.matched_amount), ('write_off', o.written_off_amount)) AS n (subject_kind, amount)
    WHERE (o.distributor_id, o.settlement_id) IN (SELECT r.distributor_id, r.settlement_id FROM new_rows AS r)
        AND n.amount <> 0
        AND EXISTS (SELECT FROM approval_policy AS p WHERE p.subject_kind IN ('settlement', 'write_off'));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_settlement() IS
    'Trigger of settlement_line: no document settles more than its amount, in all or by disposition, nor less than nothing (ZD062), and what needs an approval has it (ZD081)';

CREATE TRIGGER settlement_line_covered
    AFTER INSERT ON settlement_line
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_settlement();
COMMENT ON TRIGGER settlement_line_covered ON settlement_line IS 'No document settles more than its amount';

CREATE VIEW rebate_due WITH (security_invoker = true) AS
WITH settled AS (
    SELECT l.distributor_id, l.program_line_id, l.span_starts_on, l.currency_code, l.reseller_id,
        sum(l.amount) AS amount,
        max(l.posting_no) AS postings
    FROM settlement_line AS l
    WHERE l.disposition = 'matched'
    GROUP BY l.distributor_id, l.program_line_id, l.span_starts_on, l.currency_code, l.reseller_id
),
held AS (
    SELECT h.distributor_id, h.program_line_id, h.span_starts_on, string_agg(h.reason, ', ' ORDER BY h.reason) AS reasons
    FROM rebate_hold AS h
    GROUP BY h.distributor_id, h.program_line_id, h.span_starts_on
)
SELECT s.distributor_id,
    s.program_line_id,
    s.span_starts_on,
    s.span_ends_on,
    s.currency_code,
    s.rebate_statement_id,
    s.settlement_amount AS stated_amount,
    coalesce(p.amount, 0) AS settled_amount,
    s.settlement_amount - coalesce(p.amount, 0) AS due_amount,
    coalesce(p.postings, 0) AS postings,
    CASE
        WHEN s.settlement_amount = coalesce(p.amount, 0) THEN 'settled'::text
        WHEN s.settlement_amount < coalesce(p.amount, 0) THEN 'overpaid'::text
        WHEN coalesce(p.amount, 0) = 0 THEN 'open'::text
        ELSE 'partial'::text
    END AS due_state,
    s.reseller_id,
    r.agreement_id,
    t.settlement_mode,
    t.settlement_minimum,
    t.overpaid_mode,
    h.reasons AS held_for
FROM rebate_statement_standing AS s
JOIN program_line AS n ON n.program_line_id = s.program_line_id
JOIN rebate_program AS r ON r.rebate_program_id = n.rebate_program_id
LEFT JOIN LATERAL (
    -- The terms at the end of the span.
    SELECT v.settlement_mode, v.settlement_minimum, v.overpaid_mode
    FROM agreement_version AS v
    WHERE v.agreement_id = r.agreement_id
        AND v.version_state <> 'draft'
        AND v.valid_from <= s.span_ends_on
    ORDER BY v.valid_from DESC
    LIMIT 1
) AS t ON true
LEFT JOIN settled AS p
    ON p.distributor_id = s.distributor_id
    AND p.program_line_id = s.program_line_id
    AND p.span_starts_on = s.span_starts_on
    AND p.currency_code = s.currency_code
    AND coalesce(p.reseller_id, 0) = coalesce(s.reseller_id, 0)
LEFT JOIN held AS h
    ON h.distributor_id = s.distributor_id
    AND h.program_line_id = s.program_line_id
    AND h.span_starts_on = s.span_starts_on;
COMMENT ON VIEW rebate_due IS 'One row = a program line in a span (and a reseller where resellers are credited): what is stated, what of it is settled and what is due';
COMMENT ON COLUMN rebate_due.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_due.program_line_id IS 'The line';
COMMENT ON COLUMN rebate_due.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_due.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN rebate_due.currency_code IS 'Settlement currency';
COMMENT ON COLUMN rebate_due.rebate_statement_id IS 'The statement that stands';
COMMENT ON COLUMN rebate_due.stated_amount IS 'What it says is earned in all. Additive within a currency';
COMMENT ON COLUMN rebate_due.settled_amount IS 'What was matched to this line and span, whatever the version. Additive within a currency';
COMMENT ON COLUMN rebate_due.due_amount IS 'stated_amount less settled_amount; negative = to be taken back. Additive within a currency';
COMMENT ON COLUMN rebate_due.postings IS 'How many settlements were matched';
COMMENT ON COLUMN rebate_due.due_state IS 'open, partial, settled or overpaid';
COMMENT ON COLUMN rebate_due.reseller_id IS 'The reseller that is credited; NULL = the distributor';
COMMENT ON COLUMN rebate_due.agreement_id IS 'The agreement';
COMMENT ON COLUMN rebate_due.settlement_mode IS 'automatic or claim, as agreed';
COMMENT ON COLUMN rebate_due.settlement_minimum IS 'Least that a credit memo is made out for; NULL = any amount';
COMMENT ON COLUMN rebate_due.overpaid_mode IS 'net, carry or waive, as agreed';
COMMENT ON COLUMN rebate_due.held_for IS 'Data gates of the line that are not met: payment waits, see rebate_hold; NULL = none';

CREATE VIEW settlement_proposal WITH (security_invoker = true) AS
SELECT m.distributor_id,
    m.currency_code,
    m.document_no,
    m.line_count,
    m.amount,
    CASE
        WHEN m.amount > 0 AND m.amount < m.settlement_minimum THEN 'minimum'::text
        WHEN m.amount < 0 AND m.is_carried THEN 'carried'::text
        WHEN NOT approval_is_given('settlement', settlement_key(m.distributor_id, 'credit_memo', m.document_no), m.amount, m.currency_code)
        THEN 'approval'::text
    END AS held_for
FROM (
    SELECT d.distributor_id,
        d.currency_code,
        -- The first statement and the how-manieth settlement of it this is.
        format('R%s-%s', min(d.rebate_statement_id), (array_agg(d.postings ORDER BY d.rebate_statement_id))[1] + 1) AS document_no,
        count(*) AS line_count,
        sum(d.due_amount) AS amount,
        max(d.settlement_minimum) AS settlement_minimum,
        bool_or(d.due_amount < 0 AND d.overpaid_mode = 'carry') AS is_carried
    FROM rebate_due AS d
    WHERE d.due_amount <> 0
        AND d.settlement_mode = 'automatic'
        AND d.held_for IS NULL
        AND (d.due_amount > 0 OR d.overpaid_mode <> 'waive')
    GROUP BY d.distributor_id, d.currency_code
) AS m;
COMMENT ON VIEW settlement_proposal IS 'One row = a credit memo that settle_statements() would make out now, or what holds it: nothing of it is lost, it is there again the next time';
COMMENT ON COLUMN settlement_proposal.distributor_id IS 'The distributor';
COMMENT ON COLUMN settlement_proposal.currency_code IS 'Currency';
COMMENT ON COLUMN settlement_proposal.document_no IS 'Number that the memo will have';
COMMENT ON COLUMN settlement_proposal.line_count IS 'How many program lines and spans it settles';
COMMENT ON COLUMN settlement_proposal.amount IS 'What it is over; negative = taken back. Additive within a currency';
COMMENT ON COLUMN settlement_proposal.held_for IS 'minimum = less than agreed, carried = overpaid and to be taken off later dues, approval = waits for one; NULL = nothing holds it';

CREATE FUNCTION book_settlement(
    p_distributor_code text,
    p_settlement_kind text,
    p_document_no text,
    p_settled_on date,
    p_amount numeric,
    p_currency_code text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS settlement
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
    v_booked settlement;
BEGIN
    SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'distributor does not exist',
            DETAIL = format('There is no row with distributor_code %L in distributor.', p_distributor_code),
            HINT = 'Enter the distributor first.';
    END IF;
    SELECT s.* INTO v_booked
    FROM settlement AS s
    WHERE s.idempotency_key = p_idempotency_key
        AND s.distributor_id = v_distributor_id
        AND s.currency_code = p_currency_code;
    IF FOUND THEN
        RETURN v_booked;
    END IF;
    PERFORM FROM currency AS c WHERE c.currency_code = p_currency_code AND round(p_amount, c.minor_unit) <> p_amount;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'amount has more decimals than its currency settles',
            DETAIL = format('The amount is %s %s.', p_amount, p_currency_code),
            HINT = 'Give the amount as it stands on the document.';
    END IF;
    BEGIN
        INSERT INTO settlement (distributor_id, settlement_kind, document_no, settled_on, currency_code, amount, idempotency_key)
        VALUES (v_distributor_id, p_settlement_kind, p_document_no, p_settled_on, p_currency_code, p_amount, p_idempotency_key)
        RETURNING * INTO v_booked;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN v_booked;
END
$$;
COMMENT ON FUNCTION book_settlement(text, text, text, date, numeric, text, text, boolean) IS
    'Enters a credit memo, claim or deduction of a distributor; match_settlement() says what becomes of it. The same p_idempotency_key returns the first document; p_dry_run writes nothing. P0002 for an unknown distributor, 23505 for a document number used before, 22023 for more decimals than the currency has.';

CREATE FUNCTION match_settlement(
    p_settlement_id bigint,
    p_rebate_statement_id bigint DEFAULT NULL,
    p_amount numeric DEFAULT NULL,
    p_disposition text DEFAULT 'matched',
    p_reason text DEFAULT NULL,
    p_settled_on date DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF settlement_line
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_document settlement_open;
    v_amount numeric;
    v_lines integer;
    v_rows settlement_line[];
    v_subject text := CASE p_disposition WHEN 'matched' THEN 'settlement' WHEN 'written_off' THEN 'write_off' END;
    v_key text;
    v_total numeric;
BEGIN
    -- One after the other, also with settle_statements(): what is due is read
    -- after the one before has settled. Documents may be booked meanwhile.
    LOCK TABLE settlement IN SHARE UPDATE EXCLUSIVE MODE;
    PERFORM FROM settlement AS s WHERE s.settlement_id = p_settlement_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'settlement document does not exist',
            DETAIL = format('There is no row with settlement_id %s.', coalesce(p_settlement_id::text, 'NULL')),
            HINT = 'Enter it with book_settlement().';
    END IF;
    SELECT o.* INTO v_document FROM settlement_open AS o WHERE o.settlement_id = p_settlement_id;
    SELECT count(*) INTO v_lines
    FROM settlement_line AS l
    WHERE l.distributor_id = v_document.distributor_id AND l.settlement_id = p_settlement_id;
    v_amount := coalesce(p_amount, v_document.open_amount);
    v_key := settlement_key(v_document.distributor_id, v_document.settlement_kind, v_document.document_no);

    BEGIN
        WITH due AS (
            -- A statement that is named takes the amount given, or what is due of
            -- it; otherwise the oldest spans are settled first.
            SELECT d.*,
                CASE
                    WHEN p_rebate_statement_id IS NOT NULL AND p_amount IS NOT NULL THEN p_amount
                    ELSE least(d.due_amount, greatest(v_amount - coalesce(sum(d.due_amount) OVER (
                        ORDER BY d.span_starts_on, d.program_line_id, d.reseller_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0))
                END AS amount
            FROM rebate_due AS d
            WHERE p_disposition = 'matched'
                AND d.distributor_id = v_document.distributor_id
                AND d.currency_code = v_document.currency_code
                AND CASE
                    WHEN p_rebate_statement_id IS NULL THEN d.due_amount > 0 AND d.held_for IS NULL
                    ELSE EXISTS (
                        SELECT
                        FROM rebate_statement AS s
                        WHERE s.distributor_id = d.distributor_id
                            AND s.rebate_statement_id = p_rebate_statement_id
                            AND s.program_line_id = d.program_line_id
                            AND s.span_starts_on = d.span_starts_on
                            AND coalesce(s.reseller_id, 0) = coalesce(d.reseller_id, 0))
                END
        )
        SELECT array_agg(ROW(
            v_document.distributor_id, p_settlement_id, v_lines + d.place, 'matched', coalesce(p_settled_on, v_document.settled_on),
            d.amount, coalesce(p_rebate_statement_id, d.rebate_statement_id), d.program_line_id, d.span_starts_on,
            d.currency_code, d.reseller_id, d.postings + 1, p_reason, now(), current_user)::settlement_line ORDER BY d.place)
        INTO v_rows
        FROM (
            SELECT due.*, row_number() OVER (ORDER BY due.span_starts_on, due.program_line_id, due.reseller_id) AS place
            FROM due
            WHERE due.amount <> 0
        ) AS d;
        IF p_disposition IS DISTINCT FROM 'matched' AND v_amount <> 0 THEN
            v_rows := ARRAY[ROW(
                v_document.distributor_id, p_settlement_id, v_lines + 1, p_disposition, coalesce(p_settled_on, v_document.settled_on),
                v_amount, NULL, NULL, NULL, v_document.currency_code, NULL, NULL, p_reason, now(), current_user)::settlement_line];
        END IF;
        IF v_rows IS NULL AND num_nonnulls(p_rebate_statement_id, p_amount) > 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'no_data_found',
                MESSAGE = 'nothing to settle',
                DETAIL = format('Document %L over %s %s has %s open; statement %s.', v_document.document_no, v_document.amount,
                    v_document.currency_code, v_document.open_amount, coalesce(p_rebate_statement_id::text, '(any)')),
                HINT = 'Look in rebate_due: the statement must be the same distributor''s, in the currency of the document.';
        END IF;
        -- What needs an approval and has none is asked for and stays open.
        SELECT sum(r.amount) INTO v_total FROM unnest(v_rows) AS r;
        v_total := v_total + CASE p_disposition WHEN 'matched' THEN v_document.matched_amount ELSE v_document.written_off_amount END;
        IF v_subject IS NOT NULL AND v_rows IS NOT NULL
            AND NOT approval_is_given(v_subject, v_key, v_total, v_document.currency_code)
        THEN
            PERFORM request_approval(v_subject, v_key, v_total, v_document.currency_code, NULL, p_reason, v_document.distributor_id);
            v_rows := NULL;
        END IF;
        INSERT INTO settlement_line SELECT r.* FROM unnest(v_rows) AS r;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION match_settlement(bigint, bigint, numeric, text, text, date, boolean) IS
    'Says what becomes of a settlement document: p_disposition matched (to a statement, or, with p_rebate_statement_id NULL, to what is due, oldest span first), denied or written_off; p_amount NULL = all that is open, of a statement at most what is due. An amount that is given may overpay; a negative one takes back. Returns the lines; none where the amount settled or written off of the document needs an approval (subjects settlement and write_off), which is asked for: call again once it is given. P0002 for an unknown document or nothing to settle, ZD062 for more than is open.';

CREATE FUNCTION settle_statements(
    p_settled_on date,
    p_distributor_code text DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF settlement_line
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_rows settlement_line[];
BEGIN
    IF p_settled_on IS NULL OR NOT isfinite(p_settled_on) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day of the credit memos is missing',
            DETAIL = format('The argument p_settled_on is %s.', coalesce(p_settled_on::text, 'NULL')),
            HINT = 'Give a day.';
    END IF;
    -- One after the other; who does not see the one before fails on
    -- settlement_line_posting_key instead of paying twice.
    LOCK TABLE settlement IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM settlement AS s WHERE s.idempotency_key = p_idempotency_key) THEN
        RETURN QUERY
            SELECT l.*
            FROM settlement_line AS l
            JOIN settlement AS s ON s.distributor_id = l.distributor_id AND s.settlement_id = l.settlement_id
            WHERE s.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        PERFORM request_approval('settlement', settlement_key(m.distributor_id, 'credit_memo', m.document_no), m.amount, m.currency_code,
            NULL, format('Credit memo %s for %s statements', m.document_no, m.line_count), m.distributor_id)
        FROM settlement_proposal AS m
        JOIN distributor AS d ON d.distributor_id = m.distributor_id
        WHERE m.held_for = 'approval'
            AND (p_distributor_code IS NULL OR d.distributor_code = p_distributor_code);
        WITH proposed AS MATERIALIZED (
            SELECT m.*
            FROM settlement_proposal AS m
            JOIN distributor AS d ON d.distributor_id = m.distributor_id
            WHERE m.held_for IS NULL
                AND (p_distributor_code IS NULL OR d.distributor_code = p_distributor_code)
        ),
        due AS MATERIALIZED (
            SELECT r.*
            FROM rebate_due AS r
            WHERE r.due_amount <> 0
                AND r.settlement_mode = 'automatic'
                AND r.held_for IS NULL
                AND (r.due_amount > 0 OR r.overpaid_mode <> 'waive')
        ),
        memo AS (
            INSERT INTO settlement (distributor_id, settlement_kind, document_no, settled_on, currency_code, amount, idempotency_key)
            SELECT m.distributor_id, 'credit_memo', m.document_no, p_settled_on, m.currency_code, m.amount, p_idempotency_key
            FROM proposed AS m
            RETURNING *
        ),
        entered AS (
            INSERT INTO settlement_line (
                distributor_id, settlement_id, line_no, disposition, settled_on, amount, rebate_statement_id, program_line_id,
                span_starts_on, currency_code, reseller_id, posting_no
            )
            SELECT d.distributor_id, m.settlement_id,
                row_number() OVER (PARTITION BY m.settlement_id ORDER BY d.span_starts_on, d.program_line_id, d.reseller_id),
                'matched', p_settled_on, d.due_amount, d.rebate_statement_id, d.program_line_id, d.span_starts_on,
                d.currency_code, d.reseller_id, d.postings + 1
            FROM due AS d
            JOIN memo AS m ON m.distributor_id = d.distributor_id AND m.currency_code = d.currency_code
            RETURNING *
        )
        SELECT array_agg(entered::settlement_line ORDER BY entered.settlement_id, entered.line_no) INTO v_rows FROM entered;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION settle_statements(date, text, text, boolean) IS
    'Settles all that is due (of one distributor, or of all) under agreements that settle automatically, with one credit memo per distributor and currency; overpayments are netted, carried or waived as agreed, so a memo can be negative. What is less than the agreed minimum waits, and so does what needs an approval (subject settlement), which is asked for; see settlement_proposal. Returns the lines. A second call settles nothing; the same p_idempotency_key returns the first call''s lines; p_dry_run writes nothing. 22023 without a day.';

CREATE FUNCTION liability_between(p_from date, p_to date) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    currency_code text,
    opening_amount numeric,
    accrued_amount numeric,
    settled_amount numeric,
    closing_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.distributor_id,
        m.program_line_id,
        m.span_starts_on,
        m.currency_code,
        coalesce(sum(m.accrued - m.settled) FILTER (WHERE m.posted_on < p_from), 0),
        coalesce(sum(m.accrued) FILTER (WHERE m.posted_on >= p_from), 0),
        coalesce(sum(m.settled) FILTER (WHERE m.posted_on >= p_from), 0),
        sum(m.accrued - m.settled)
    FROM (
        SELECT e.distributor_id, e.program_line_id, e.span_starts_on, e.currency_code,
            r.activity_on AS posted_on, e.delta_amount AS accrued, 0::numeric AS settled
        FROM accrual_entry AS e
        JOIN accrual_run AS r ON r.accrual_run_id = e.accrual_run_id
        UNION ALL
        SELECT l.distributor_id, l.program_line_id, l.span_starts_on, l.currency_code,
            l.settled_on AS posted_on, 0::numeric AS accrued, l.amount AS settled
        FROM settlement_line AS l
        WHERE l.disposition = 'matched'
    ) AS m
    WHERE m.posted_on <= p_to
    GROUP BY m.distributor_id, m.program_line_id, m.span_starts_on, m.currency_code;
END;
COMMENT ON FUNCTION liability_between(date, date) IS
    'Roll-forward of what is owed, per program line and span: opening before p_from, accrued and settled from p_from to p_to (both inclusive), closing = opening + accrued − settled. An accrual counts on the day as of which its run accrued, a settlement on its settled_on. Full precision: what rounding left stays, less than half a minor unit per statement';

CREATE VIEW liability_roll_forward WITH (security_invoker = true) AS
SELECT m.distributor_id,
    m.currency_code,
    m.month_starts_on,
    sum(m.accrued - m.settled) OVER balance - (m.accrued - m.settled) AS opening_amount,
    m.accrued AS accrued_amount,
    m.settled AS settled_amount,
    sum(m.accrued - m.settled) OVER balance AS closing_amount
FROM (
    SELECT p.distributor_id, p.currency_code,
        make_date(extract(year FROM p.posted_on)::integer, extract(month FROM p.posted_on)::integer, 1) AS month_starts_on,
        sum(p.accrued) AS accrued,
        sum(p.settled) AS settled
    FROM (
        SELECT e.distributor_id, e.currency_code, r.activity_on AS posted_on, e.delta_amount AS accrued, 0::numeric AS settled
        FROM accrual_entry AS e
        JOIN accrual_run AS r ON r.accrual_run_id = e.accrual_run_id
        UNION ALL
        SELECT l.distributor_id, l.currency_code, l.settled_on AS posted_on, 0::numeric AS accrued, l.amount AS settled
        FROM settlement_line AS l
        WHERE l.disposition = 'matched'
    ) AS p
    GROUP BY p.distributor_id, p.currency_code, make_date(extract(year FROM p.posted_on)::integer, extract(month FROM p.posted_on)::integer, 1)
) AS m
WINDOW balance AS (PARTITION BY m.distributor_id, m.currency_code ORDER BY m.month_starts_on);
COMMENT ON VIEW liability_roll_forward IS 'One row = a month in which something was accrued or settled for a distributor: opening + accrued − settled = closing, and the closing is the opening of the next';
COMMENT ON COLUMN liability_roll_forward.distributor_id IS 'The distributor';
COMMENT ON COLUMN liability_roll_forward.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN liability_roll_forward.month_starts_on IS 'First day of the calendar month';
COMMENT ON COLUMN liability_roll_forward.opening_amount IS 'Owed when the month began. Not additive over months';
COMMENT ON COLUMN liability_roll_forward.accrued_amount IS 'Accrued in the month. Additive within a currency';
COMMENT ON COLUMN liability_roll_forward.settled_amount IS 'Settled in the month. Additive within a currency';
COMMENT ON COLUMN liability_roll_forward.closing_amount IS 'Owed when the month ended. Not additive over months';
