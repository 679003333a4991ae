-- claim, funds: claims with proof of execution, and what is paid for them:
-- min(spent × contribution ratio, approved − paid, available + committed).

CREATE TABLE fund_claim (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    fund_id bigint NOT NULL,
    fund_plan_id bigint NOT NULL,
    spent_amount numeric(18,4) NOT NULL,
    CONSTRAINT fund_claim_pkey PRIMARY KEY (distributor_id, claim_id),
    CONSTRAINT fund_claim_spent_check CHECK (spent_amount > 0 AND spent_amount < 'Infinity'),
    CONSTRAINT fund_claim_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim,
    CONSTRAINT fund_claim_fund_fkey FOREIGN KEY (distributor_id, fund_id) REFERENCES fund,
    CONSTRAINT fund_claim_plan_fkey FOREIGN KEY (distributor_id, fund_plan_id) REFERENCES fund_plan
);
COMMENT ON TABLE fund_claim IS 'One row = a claim for what an activity cost';
COMMENT ON COLUMN fund_claim.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_claim.claim_id IS 'The claim';
COMMENT ON COLUMN fund_claim.fund_id IS 'The fund';
COMMENT ON COLUMN fund_claim.fund_plan_id IS 'The plan of the activity';
COMMENT ON COLUMN fund_claim.spent_amount IS 'What the distributor spent, in the currency of the fund. Additive within a currency';
CREATE INDEX fund_claim_fund_idx ON fund_claim (distributor_id, fund_id);
CREATE INDEX fund_claim_plan_idx ON fund_claim (distributor_id, fund_plan_id);

CREATE TABLE fund_proof (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    proof_no integer NOT NULL,
    proof_kind text NOT NULL,
    reference text NOT NULL,
    document bytea,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT fund_proof_pkey PRIMARY KEY (distributor_id, claim_id, proof_no),
    CONSTRAINT fund_proof_no_check CHECK (proof_no > 0),
    CONSTRAINT fund_proof_reference_check CHECK (btrim(reference) <> ''),
    CONSTRAINT fund_proof_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES fund_claim
);
COMMENT ON TABLE fund_proof IS 'One row = a proof that an activity took place: an invoice, a tear sheet, a picture';
COMMENT ON COLUMN fund_proof.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_proof.claim_id IS 'The claim';
COMMENT ON COLUMN fund_proof.proof_no IS 'Number of the proof, from 1';
COMMENT ON COLUMN fund_proof.proof_kind IS 'What it is: invoice, advertisement, picture … as the vendor calls it';
COMMENT ON COLUMN fund_proof.reference IS 'Its number, or where it is kept';
COMMENT ON COLUMN fund_proof.document IS 'The bytes; NULL = kept elsewhere';
COMMENT ON COLUMN fund_proof.recorded_at IS 'When it was entered';
COMMENT ON COLUMN fund_proof.recorded_by IS 'Who entered it';

CREATE TRIGGER fund_claim_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_claim
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER fund_claim_append_only ON fund_claim IS 'Claims are append-only';

CREATE TRIGGER fund_proof_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_proof
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER fund_proof_append_only ON fund_proof IS 'Proofs are append-only';

CREATE FUNCTION assess_fund_claims(p_claim_ids bigint[]) RETURNS SETOF claim_assessment
LANGUAGE sql
SET search_path FROM CURRENT
SET jit = off
AS $$
    INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount, reason)
    SELECT c.distributor_id, c.claim_id, coalesce(s.assessment_no, 0) + 1, x.amount,
        format('least(%s × %s, %s approved − %s paid, %s available + %s committed)', c.spent_amount, f.vendor_rate,
            p.approved_amount, p.paid_amount, b.available_amount, p.committed_amount)
    FROM fund_claim AS c
    JOIN fund AS f ON f.distributor_id = c.distributor_id AND f.fund_id = c.fund_id
    JOIN currency AS u ON u.currency_code = f.currency_code
    JOIN claim_state AS s ON s.distributor_id = c.distributor_id AND s.claim_id = c.claim_id
    JOIN fund_plan_state AS p ON p.distributor_id = c.distributor_id AND p.fund_plan_id = c.fund_plan_id
    JOIN fund_balance AS b ON b.distributor_id = c.distributor_id AND b.fund_id = c.fund_id
    CROSS JOIN LATERAL (
        -- What this claim was paid already is no reason to find less.
        SELECT greatest(least(round(c.spent_amount * f.vendor_rate, u.minor_unit),
            p.approved_amount - p.paid_amount + s.posted_amount,
            b.available_amount + p.committed_amount + s.posted_amount), 0) AS amount
    ) AS x
    WHERE c.claim_id = ANY (p_claim_ids)
        AND s.claim_state <> 'refused'
        AND EXISTS (SELECT FROM fund_proof AS r WHERE r.distributor_id = c.distributor_id AND r.claim_id = c.claim_id)
        AND x.amount IS DISTINCT FROM s.assessed_amount
    RETURNING *
$$;
COMMENT ON FUNCTION assess_fund_claims(bigint[]) IS
    'Finds what claims on funds are worth now: min(spent × contribution ratio, approved − paid, available + committed); returns the assessments that are new. Claims without proof, and refused ones, are left as they are.';

CREATE FUNCTION claim_funds(
    p_claims jsonb,
    p_claimed_on date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF claim
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_late record;
    v_drafts fund_entry[];
    v_rows claim[];
BEGIN
    PERFORM fund_of(x.fund) FROM jsonb_to_recordset(p_claims) AS x (fund text);
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT c.* FROM claim AS c WHERE c.idempotency_key = p_idempotency_key AND c.claim_kind = 'fund';
        RETURN;
    END IF;
    SELECT x.claim_no, x.plan_no, x.fund, p.plan_state, d.claim_due_on, p.starts_on INTO v_late
    FROM jsonb_to_recordset(p_claims) AS x (fund text, plan_no text, claim_no text)
    LEFT JOIN fund_plan_state AS p ON p.fund_code = x.fund AND p.plan_no = x.plan_no
    LEFT JOIN fund_deadline AS d
        ON d.distributor_id = p.distributor_id
        AND d.fund_id = p.fund_id
        AND d.span_starts_on = p.span_starts_on
    WHERE p.plan_state IS NULL
        OR p.plan_state NOT IN ('approved', 'committed', 'paid')
        OR p_claimed_on > d.claim_due_on
        OR p_claimed_on < p.starts_on
    LIMIT 1;
    IF FOUND AND v_late.plan_state IN ('approved', 'committed', 'paid') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD123',
            MESSAGE = 'claim is not made in time',
            DETAIL = format('Claim %L of %s for plan %L: the activity starts on %s, claims are due on %s.', v_late.claim_no, p_claimed_on,
                v_late.plan_no, v_late.starts_on, coalesce(v_late.claim_due_on::text, '(any day)')),
            HINT = 'Claim what has begun; for more time ask for an extension with request_fund_extension().';
    ELSIF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD122',
            MESSAGE = 'plan is not in a state that allows the step',
            DETAIL = format('Plan %L of fund %s is %s.', v_late.plan_no, v_late.fund, coalesce(v_late.plan_state, 'not there')),
            HINT = 'Have the plan approved first.';
    END IF;
    BEGIN
        WITH wanted AS MATERIALIZED (
            SELECT p.distributor_id, p.fund_id, p.fund_plan_id, p.currency_code, x.claim_no, x.spent, x.proofs
            FROM jsonb_to_recordset(p_claims) AS x (fund text, plan_no text, claim_no text, spent numeric, proofs jsonb)
            JOIN fund_plan_state AS p ON p.fund_code = x.fund AND p.plan_no = x.plan_no
        ),
        entered AS (
            INSERT INTO claim (distributor_id, claim_kind, claim_no, claimed_on, currency_code, claimed_amount, idempotency_key)
            SELECT w.distributor_id, 'fund', w.claim_no, p_claimed_on, w.currency_code, w.spent, p_idempotency_key
            FROM wanted AS w
            ORDER BY w.fund_id, w.claim_no
            RETURNING *
        ),
        detailed AS (
            INSERT INTO fund_claim (distributor_id, claim_id, fund_id, fund_plan_id, spent_amount)
            SELECT e.distributor_id, e.claim_id, w.fund_id, w.fund_plan_id, w.spent
            FROM entered AS e
            JOIN wanted AS w ON w.distributor_id = e.distributor_id AND w.claim_no = e.claim_no
            RETURNING *
        ),
        proven AS (
            INSERT INTO fund_proof (distributor_id, claim_id, proof_no, proof_kind, reference)
            SELECT e.distributor_id, e.claim_id, r.place, r.proof ->> 'kind', r.proof ->> 'reference'
            FROM entered AS e
            JOIN wanted AS w ON w.distributor_id = e.distributor_id AND w.claim_no = e.claim_no
            CROSS JOIN LATERAL jsonb_array_elements(w.proofs) WITH ORDINALITY AS r (proof, place)
            RETURNING claim_id
        )
        SELECT array_agg(e::claim ORDER BY e.claim_id),
            array_agg(ROW(d.distributor_id, d.fund_id, NULL, 'claim', p_claimed_on, d.spent_amount, NULL, NULL,
                d.fund_plan_id, d.claim_id, NULL, NULL, NULL, NULL, NULL)::fund_entry ORDER BY d.claim_id)
        INTO v_rows, v_drafts
        FROM entered AS e
        JOIN detailed AS d ON d.distributor_id = e.distributor_id AND d.claim_id = e.claim_id
        WHERE (SELECT count(*) FROM proven) >= 0;
        PERFORM FROM enter_fund(v_drafts, p_idempotency_key);
        PERFORM FROM assess_fund_claims(ARRAY(SELECT r.claim_id FROM unnest(v_rows) AS r));
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION claim_funds(jsonb, date, text, boolean) IS
    'Claims what activities cost: an array of {"fund", "plan_no", "claim_no", "spent", "proofs": [{"kind", "reference"}]}. A claim with proof is assessed at once, one without waits for add_fund_proof(). Returns the claims. The same p_idempotency_key returns the first call''s claims; p_dry_run enters nothing. ZD122 for a plan that is not approved, ZD123 after the deadline or before the activity, 23505 for a number used before.';

CREATE FUNCTION add_fund_proof(
    p_claim_id bigint,
    p_proof_kind text,
    p_reference text,
    p_document bytea DEFAULT NULL
) RETURNS fund_proof
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result fund_proof;
BEGIN
    PERFORM begin_fund_call(NULL);
    INSERT INTO fund_proof (distributor_id, claim_id, proof_no, proof_kind, reference, document)
    SELECT c.distributor_id, c.claim_id, 1 + (
            SELECT count(*)
            FROM fund_proof AS r
            WHERE r.distributor_id = c.distributor_id AND r.claim_id = c.claim_id),
        p_proof_kind, p_reference, p_document
    FROM fund_claim AS c
    WHERE c.claim_id = p_claim_id
    RETURNING * INTO result;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'claim on a fund does not exist',
            DETAIL = format('There is no row with claim_id %s in fund_claim.', coalesce(p_claim_id::text, 'NULL')),
            HINT = 'Enter it with claim_funds().';
    END IF;
    PERFORM FROM assess_fund_claims(ARRAY[p_claim_id]);
    RETURN result;
END
$$;
COMMENT ON FUNCTION add_fund_proof(bigint, text, text, bytea) IS
    'Adds a proof of execution to a claim on a fund and assesses it; returns the proof. P0002 for an unknown claim.';

CREATE FUNCTION pay_fund_claims(
    p_paid_on date,
    p_claim_ids bigint[] DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_unproven bigint;
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    IF p_paid_on IS NULL OR NOT isfinite(p_paid_on) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day of the payments is missing',
            DETAIL = format('The argument p_paid_on is %s.', coalesce(p_paid_on::text, 'NULL')),
            HINT = 'Give a day.';
    END IF;
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT e.* FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    LOCK TABLE claim_entry IN SHARE ROW EXCLUSIVE MODE;
    SELECT c.claim_id INTO v_unproven
    FROM fund_claim AS c
    WHERE c.claim_id = ANY (p_claim_ids)
        AND NOT EXISTS (SELECT FROM fund_proof AS r WHERE r.distributor_id = c.distributor_id AND r.claim_id = c.claim_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD124',
            MESSAGE = 'proof of execution is missing',
            DETAIL = format('Claim %s has no row in fund_proof.', v_unproven),
            HINT = 'Add it with add_fund_proof().';
    END IF;
    BEGIN
        PERFORM FROM expire_funds(p_paid_on);
        WITH wanted AS (
            SELECT c.distributor_id, c.claim_id, c.fund_id, c.fund_plan_id, s.postings, s.assessment_no,
                s.claimed_on, s.assessed_amount - s.posted_amount AS amount,
                p.approved_amount - p.paid_amount AS plan_room, p.committed_amount, b.available_amount
            FROM fund_claim AS c
            JOIN claim_state AS s ON s.distributor_id = c.distributor_id AND s.claim_id = c.claim_id
            JOIN fund_plan_state AS p ON p.distributor_id = c.distributor_id AND p.fund_plan_id = c.fund_plan_id
            JOIN fund_balance AS b ON b.distributor_id = c.distributor_id AND b.fund_id = c.fund_id
            WHERE s.claim_state = 'approved'
                AND s.assessed_amount > s.posted_amount
                AND approval_is_given('claim', format('%s/%s', s.distributor_id, s.claim_id), s.assessed_amount, s.currency_code)
                AND (p_claim_ids IS NULL OR c.claim_id = ANY (p_claim_ids))
        ),
        -- The older claim first: as much as the plan has left ...
        by_plan AS (
            SELECT w.*, least(w.amount, greatest(w.plan_room - w.before, 0)) AS allowed
            FROM (
                SELECT u.*, coalesce(sum(u.amount) OVER (
                    PARTITION BY u.distributor_id, u.fund_plan_id ORDER BY u.claimed_on, u.claim_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                FROM wanted AS u
            ) AS w
        ),
        -- ... first from what is promised to it ...
        by_promise AS (
            SELECT w.*, least(w.allowed, greatest(w.committed_amount - w.allowed_before, 0)) AS promised
            FROM (
                SELECT u.*, coalesce(sum(u.allowed) OVER (
                    PARTITION BY u.distributor_id, u.fund_plan_id ORDER BY u.claimed_on, u.claim_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS allowed_before
                FROM by_plan AS u
            ) AS w
        ),
        -- ... then from what the fund has.
        payable AS (
            SELECT w.*, w.promised + least(w.allowed - w.promised, greatest(w.available_amount - w.open_before, 0)) AS pays
            FROM (
                SELECT u.*, coalesce(sum(u.allowed - u.promised) OVER (
                    PARTITION BY u.distributor_id, u.fund_id ORDER BY u.claimed_on, u.claim_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS open_before
                FROM by_promise AS u
            ) AS w
        ),
        posted AS (
            INSERT INTO claim_entry (distributor_id, claim_id, posting_no, posted_on, assessment_no, delta_amount, currency_code)
            SELECT p.distributor_id, p.claim_id, p.postings + 1, p_paid_on, p.assessment_no, p.pays, f.currency_code
            FROM payable AS p
            JOIN fund AS f ON f.distributor_id = p.distributor_id AND f.fund_id = p.fund_id
            WHERE p.pays > 0
        )
        SELECT array_agg(ROW(p.distributor_id, p.fund_id, NULL, k.entry_kind, p_paid_on, k.amount, NULL, NULL,
            p.fund_plan_id, CASE k.entry_kind WHEN 'pay' THEN p.claim_id END, NULL, NULL, NULL, NULL, NULL)::fund_entry
            ORDER BY p.claimed_on, p.claim_id, k.entry_kind DESC)
        INTO v_drafts
        FROM payable AS p
        CROSS JOIN LATERAL (VALUES ('release', p.promised), ('pay', p.pays)) AS k (entry_kind, amount);
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts, p_idempotency_key) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION pay_fund_claims(date, bigint[], text, boolean) IS
    'Pays approved claims on funds (NULL = all), older ones first, each as much as its plan and its fund have; what is not paid for lack of money stays approved. Enters release and pay in the fund and posts the liability, which settle_claims() settles. Returns the entries of the funds. The same p_idempotency_key returns the first call''s entries; p_dry_run enters nothing. ZD124 when a claim that is named has no proof, 22023 without a day.';
