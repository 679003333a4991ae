-- claim: settlement through the documents of rebate settlement, and the
-- liability: what was posted less what was settled, at any day.

CREATE FUNCTION settle_claims(
    p_settled_on date,
    p_distributor_code text DEFAULT NULL,
    p_claim_kinds text[] DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF claim_settlement
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_rows claim_settlement[];
BEGIN
    IF p_settled_on IS NULL OR NOT isfinite(p_settled_on) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day of the credit memos is missing',
            DETAIL = format('The argument p_settled_on is %s.', coalesce(p_settled_on::text, 'NULL')),
            HINT = 'Give a day.';
    END IF;
    -- One after the other; who does not see the one before fails on
    -- claim_settlement_pkey instead of paying twice.
    LOCK TABLE settlement IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM settlement AS s WHERE s.idempotency_key = p_idempotency_key) THEN
        RETURN QUERY
            SELECT c.*
            FROM claim_settlement AS c
            JOIN settlement AS s ON s.distributor_id = c.distributor_id AND s.settlement_id = c.settlement_id
            WHERE s.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        WITH due AS MATERIALIZED (
            SELECT s.distributor_id, s.claim_id, s.currency_code, s.due_amount, s.settlements
            FROM claim_state AS s
            JOIN distributor AS d ON d.distributor_id = s.distributor_id
            WHERE s.due_amount <> 0
                AND (p_distributor_code IS NULL OR d.distributor_code = p_distributor_code)
                AND (p_claim_kinds IS NULL OR s.claim_kind = ANY (p_claim_kinds))
        ),
        memo AS (
            INSERT INTO settlement (distributor_id, settlement_kind, document_no, settled_on, currency_code, amount, idempotency_key)
            SELECT d.distributor_id, 'credit_memo',
                -- The first claim and the how-manieth settlement of it this is.
                format('C%s-%s', min(d.claim_id), (array_agg(d.settlements ORDER BY d.claim_id))[1] + 1),
                p_settled_on, d.currency_code, sum(d.due_amount), p_idempotency_key
            FROM due AS d
            GROUP BY d.distributor_id, d.currency_code
            RETURNING *
        ),
        line AS (
            SELECT d.*, m.settlement_id,
                (row_number() OVER (PARTITION BY m.settlement_id ORDER BY d.claim_id))::integer AS line_no
            FROM due AS d
            JOIN memo AS m ON m.distributor_id = d.distributor_id AND m.currency_code = d.currency_code
        ),
        written AS (
            INSERT INTO settlement_line (distributor_id, settlement_id, line_no, disposition, settled_on, amount, currency_code)
            SELECT l.distributor_id, l.settlement_id, l.line_no, 'claimed', p_settled_on, l.due_amount, l.currency_code
            FROM line AS l
            RETURNING *
        ),
        entered AS (
            INSERT INTO claim_settlement (
                distributor_id, claim_id, settlement_no, settlement_id, line_no, settled_on, amount, currency_code
            )
            SELECT l.distributor_id, l.claim_id, l.settlements + 1, w.settlement_id, w.line_no, w.settled_on, w.amount, w.currency_code
            FROM line AS l
            JOIN written AS w
                ON w.distributor_id = l.distributor_id
                AND w.settlement_id = l.settlement_id
                AND w.line_no = l.line_no
            RETURNING *
        )
        SELECT array_agg(entered::claim_settlement ORDER BY entered.settlement_id, entered.line_no) INTO v_rows FROM entered;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION settle_claims(date, text, text[], text, boolean) IS
    'Settles all that is posted and not settled (of one distributor, of some kinds, or of all) with one credit memo per distributor and currency; what is to be taken back is netted, so a memo can be negative. Returns what was settled. A second call settles nothing; the same p_idempotency_key returns the first call''s rows; p_dry_run writes nothing. 22023 without a day.';

CREATE FUNCTION claim_liability_between(p_from date, p_to date) RETURNS TABLE (
    distributor_id bigint,
    claim_kind text,
    claim_id bigint,
    currency_code text,
    opening_amount numeric,
    posted_amount numeric,
    settled_amount numeric,
    closing_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.distributor_id,
        c.claim_kind,
        m.claim_id,
        m.currency_code,
        coalesce(sum(m.posted - m.settled) FILTER (WHERE m.counts_on < p_from), 0),
        coalesce(sum(m.posted) FILTER (WHERE m.counts_on >= p_from), 0),
        coalesce(sum(m.settled) FILTER (WHERE m.counts_on >= p_from), 0),
        sum(m.posted - m.settled)
    FROM (
        SELECT e.distributor_id, e.claim_id, e.currency_code, e.posted_on AS counts_on, e.delta_amount AS posted, 0::numeric AS settled
        FROM claim_entry AS e
        UNION ALL
        SELECT s.distributor_id, s.claim_id, s.currency_code, s.settled_on AS counts_on, 0::numeric AS posted, s.amount AS settled
        FROM claim_settlement AS s
    ) AS m
    JOIN claim AS c ON c.distributor_id = m.distributor_id AND c.claim_id = m.claim_id
    WHERE m.counts_on <= p_to
    GROUP BY m.distributor_id, c.claim_kind, m.claim_id, m.currency_code;
END;
COMMENT ON FUNCTION claim_liability_between(date, date) IS
    'Roll-forward of what is owed for claims: opening before p_from, posted and settled from p_from to p_to (both inclusive), closing = opening + posted − settled';

CREATE VIEW claim_liability WITH (security_invoker = true) AS
SELECT m.distributor_id,
    m.claim_kind,
    m.currency_code,
    m.month_starts_on,
    sum(m.posted - m.settled) OVER balance - (m.posted - m.settled) AS opening_amount,
    m.posted AS posted_amount,
    m.settled AS settled_amount,
    sum(m.posted - m.settled) OVER balance AS closing_amount
FROM (
    SELECT p.distributor_id, c.claim_kind, p.currency_code,
        make_date(extract(year FROM p.counts_on)::integer, extract(month FROM p.counts_on)::integer, 1) AS month_starts_on,
        sum(p.posted) AS posted,
        sum(p.settled) AS settled
    FROM (
        SELECT e.distributor_id, e.claim_id, e.currency_code, e.posted_on AS counts_on, e.delta_amount AS posted, 0::numeric AS settled
        FROM claim_entry AS e
        UNION ALL
        SELECT s.distributor_id, s.claim_id, s.currency_code, s.settled_on AS counts_on, 0::numeric AS posted, s.amount AS settled
        FROM claim_settlement AS s
    ) AS p
    JOIN claim AS c ON c.distributor_id = p.distributor_id AND c.claim_id = p.claim_id
    GROUP BY p.distributor_id, c.claim_kind, p.currency_code,
        make_date(extract(year FROM p.counts_on)::integer, extract(month FROM p.counts_on)::integer, 1)
) AS m
WINDOW balance AS (PARTITION BY m.distributor_id, m.claim_kind, m.currency_code ORDER BY m.month_starts_on);
COMMENT ON VIEW claim_liability IS 'One row = a month in which something was posted or settled for claims of a kind of a distributor: opening + posted − settled = closing, and the closing is the opening of the next';
COMMENT ON COLUMN claim_liability.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_liability.claim_kind IS 'Kind of the claims';
COMMENT ON COLUMN claim_liability.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN claim_liability.month_starts_on IS 'First day of the calendar month';
COMMENT ON COLUMN claim_liability.opening_amount IS 'Owed when the month began. Not additive over months';
COMMENT ON COLUMN claim_liability.posted_amount IS 'Posted in the month. Additive within a currency';
COMMENT ON COLUMN claim_liability.settled_amount IS 'Settled in the month. Additive within a currency';
COMMENT ON COLUMN claim_liability.closing_amount IS 'Owed when the month ended. Not additive over months';
