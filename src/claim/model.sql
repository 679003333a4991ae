-- claim: what all claims have in common: the claim itself, what it was found to
-- be worth (assessments), who allowed it (decisions), what is owed for it
-- (entries: the assessment that counts less all that was posted) and what of
-- that was settled. The kinds (ship-and-debit, price protection, stock rotation,
-- funds) have files of their own and only write assessments.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD120', 'A fund would be overdrawn', 'Look at fund_balance; commit, pay or transfer at most what is available', false),
    ('ZD121', 'Who entered a claim, plan or extension was to approve it', 'Have another one decide', false),
    ('ZD122', 'A plan, claim or extension is not in a state that allows the step', 'Look at fund_plan_state, claim_state or fund_extension', false),
    ('ZD123', 'A deadline has passed', 'Ask for an extension with request_fund_extension()', false),
    ('ZD124', 'Proof of execution is missing', 'Add it with add_fund_proof()', false);

CREATE TABLE claim_kind (
    claim_kind text NOT NULL,
    meaning text NOT NULL,
    needs_approval boolean NOT NULL,
    CONSTRAINT claim_kind_pkey PRIMARY KEY (claim_kind)
);
COMMENT ON TABLE claim_kind IS 'One row = a kind of claim';
COMMENT ON COLUMN claim_kind.claim_kind IS 'Key';
COMMENT ON COLUMN claim_kind.meaning IS 'What is claimed';
COMMENT ON COLUMN claim_kind.needs_approval IS 'Whether somebody else has to approve each assessment before it is owed; otherwise the rules decide alone';

INSERT INTO claim_kind (claim_kind, meaning, needs_approval) VALUES
    ('ship_debit', 'Ship-and-debit: the difference between what a unit cost the distributor and the special price, once it was sold', false),
    ('price_protection', 'Price protection: the value that stock loses (or gains) by a change of the price', true),
    ('stock_rotation', 'Stock rotation: credit for goods that go back', true),
    ('fund', 'Market development fund: the vendor''s share of an activity', true);

CREATE TABLE claim (
    distributor_id bigint NOT NULL,
    claim_id bigint GENERATED ALWAYS AS IDENTITY,
    claim_kind text NOT NULL,
    claim_no text NOT NULL,
    claimed_on date NOT NULL,
    currency_code text NOT NULL,
    claimed_amount numeric(18,4),
    idempotency_key text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT claim_pkey PRIMARY KEY (distributor_id, claim_id),
    CONSTRAINT claim_no_key UNIQUE (distributor_id, claim_kind, claim_no),
    CONSTRAINT claim_finite_check CHECK (isfinite(claimed_on) AND abs(claimed_amount) < 'Infinity'),
    CONSTRAINT claim_kind_fkey FOREIGN KEY (claim_kind) REFERENCES claim_kind,
    CONSTRAINT claim_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT claim_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE claim IS 'One row = a claim of a distributor against the vendor, or (price protection) what the vendor found to be due without being asked';
COMMENT ON COLUMN claim.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim.claim_id IS 'Key within the distributor';
COMMENT ON COLUMN claim.claim_kind IS 'ship_debit, price_protection, stock_rotation or fund';
COMMENT ON COLUMN claim.claim_no IS 'Reference of the claim, carried through all stages: the distributor''s own, or one that was made up; unique within distributor and kind';
COMMENT ON COLUMN claim.claimed_on IS 'Day of the claim';
COMMENT ON COLUMN claim.currency_code IS 'Currency of all its amounts';
COMMENT ON COLUMN claim.claimed_amount IS 'What is claimed in all; NULL = not stated. Additive within a currency';
COMMENT ON COLUMN claim.idempotency_key IS 'Key that the caller gave so that a repeated call is the same claim; NULL = none';
COMMENT ON COLUMN claim.recorded_at IS 'When it was entered';
COMMENT ON COLUMN claim.recorded_by IS 'Who entered it; never the one who approves it';
CREATE INDEX claim_id_idx ON claim (claim_id);
CREATE INDEX claim_kind_idx ON claim (claim_kind);
CREATE INDEX claim_currency_idx ON claim (currency_code);
CREATE INDEX claim_idempotency_idx ON claim (idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE claim_assessment (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    assessment_no integer NOT NULL,
    amount numeric(18,4) NOT NULL,
    reason text,
    assessed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    assessed_by text NOT NULL DEFAULT current_user,
    CONSTRAINT claim_assessment_pkey PRIMARY KEY (distributor_id, claim_id, assessment_no),
    CONSTRAINT claim_assessment_no_check CHECK (assessment_no > 0),
    CONSTRAINT claim_assessment_amount_check CHECK (abs(amount) < 'Infinity'),
    CONSTRAINT claim_assessment_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim
);
COMMENT ON TABLE claim_assessment IS 'One row = what a claim was found to be worth in all, by the facts known then; a later one stands in place of those before';
COMMENT ON COLUMN claim_assessment.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_assessment.claim_id IS 'The claim';
COMMENT ON COLUMN claim_assessment.assessment_no IS 'Number of the assessment, from 1; two that do not see each other cannot both be entered';
COMMENT ON COLUMN claim_assessment.amount IS 'What is due in all, whole minor units of the currency of the claim; negative = the distributor owes. Not additive over assessments of a claim';
COMMENT ON COLUMN claim_assessment.reason IS 'What it was found from; NULL = nothing to add';
COMMENT ON COLUMN claim_assessment.assessed_at IS 'When';
COMMENT ON COLUMN claim_assessment.assessed_by IS 'Role that had it assessed';

CREATE TABLE claim_decision (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    assessment_no integer NOT NULL,
    is_approved boolean NOT NULL,
    reason text,
    decided_by text NOT NULL DEFAULT current_user,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT claim_decision_pkey PRIMARY KEY (distributor_id, claim_id, assessment_no),
    CONSTRAINT claim_decision_assessment_fkey FOREIGN KEY (distributor_id, claim_id, assessment_no) REFERENCES claim_assessment
);
COMMENT ON TABLE claim_decision IS 'One row = somebody approved or refused an assessment; the assessment after it needs a decision of its own';
COMMENT ON COLUMN claim_decision.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_decision.claim_id IS 'The claim';
COMMENT ON COLUMN claim_decision.assessment_no IS 'The assessment';
COMMENT ON COLUMN claim_decision.is_approved IS 'true = it is owed, false = it is not, and what was owed before stays';
COMMENT ON COLUMN claim_decision.reason IS 'Why; NULL = not stated';
COMMENT ON COLUMN claim_decision.decided_by IS 'Who decided: somebody else than the one who entered the claim';
COMMENT ON COLUMN claim_decision.decided_at IS 'When';

CREATE TABLE claim_entry (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    posting_no integer NOT NULL,
    posted_on date NOT NULL,
    assessment_no integer NOT NULL,
    delta_amount numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT claim_entry_pkey PRIMARY KEY (distributor_id, claim_id, posting_no),
    CONSTRAINT claim_entry_no_check CHECK (posting_no > 0),
    CONSTRAINT claim_entry_delta_check CHECK (delta_amount <> 0 AND abs(delta_amount) < 'Infinity'),
    CONSTRAINT claim_entry_posted_on_check CHECK (isfinite(posted_on)),
    CONSTRAINT claim_entry_assessment_fkey FOREIGN KEY (distributor_id, claim_id, assessment_no) REFERENCES claim_assessment,
    CONSTRAINT claim_entry_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE claim_entry IS 'One row = a posting of what is owed for a claim: the assessment that counts less all that was posted before';
COMMENT ON COLUMN claim_entry.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_entry.claim_id IS 'The claim';
COMMENT ON COLUMN claim_entry.posting_no IS 'Number of the posting, from 1; two that do not see each other cannot both be entered';
COMMENT ON COLUMN claim_entry.posted_on IS 'Day on which it counts';
COMMENT ON COLUMN claim_entry.assessment_no IS 'Assessment that it brings the claim to';
COMMENT ON COLUMN claim_entry.delta_amount IS 'The posting. Additive within a currency';
COMMENT ON COLUMN claim_entry.currency_code IS 'Currency of the claim';
COMMENT ON COLUMN claim_entry.recorded_at IS 'When it was posted';
COMMENT ON COLUMN claim_entry.recorded_by IS 'Role that posted it';
CREATE INDEX claim_entry_assessment_idx ON claim_entry (distributor_id, claim_id, assessment_no);
CREATE INDEX claim_entry_currency_idx ON claim_entry (currency_code);

CREATE TABLE claim_settlement (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    settlement_no integer NOT NULL,
    settlement_id bigint NOT NULL,
    line_no integer NOT NULL,
    settled_on date NOT NULL,
    amount numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT claim_settlement_pkey PRIMARY KEY (distributor_id, claim_id, settlement_no),
    CONSTRAINT claim_settlement_line_key UNIQUE (distributor_id, settlement_id, line_no),
    CONSTRAINT claim_settlement_no_check CHECK (settlement_no > 0),
    CONSTRAINT claim_settlement_amount_check CHECK (amount <> 0 AND abs(amount) < 'Infinity'),
    CONSTRAINT claim_settlement_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim,
    CONSTRAINT claim_settlement_line_fkey FOREIGN KEY (distributor_id, settlement_id, line_no) REFERENCES settlement_line,
    CONSTRAINT claim_settlement_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE claim_settlement IS 'One row = a line of a settlement document that settles a claim';
COMMENT ON COLUMN claim_settlement.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_settlement.claim_id IS 'The claim';
COMMENT ON COLUMN claim_settlement.settlement_no IS 'Number of the settlement of this claim, from 1; two that do not see each other cannot both be entered';
COMMENT ON COLUMN claim_settlement.settlement_id IS 'The document';
COMMENT ON COLUMN claim_settlement.line_no IS 'Its line, of disposition claimed';
COMMENT ON COLUMN claim_settlement.settled_on IS 'Day on which it counts';
COMMENT ON COLUMN claim_settlement.amount IS 'Amount of the line. Additive within a currency';
COMMENT ON COLUMN claim_settlement.currency_code IS 'Currency of claim and document';
COMMENT ON COLUMN claim_settlement.recorded_at IS 'When it was entered';
CREATE INDEX claim_settlement_currency_idx ON claim_settlement (currency_code);

CREATE TRIGGER claim_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON claim
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER claim_append_only ON claim IS 'Claims are append-only';

CREATE TRIGGER claim_assessment_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER claim_assessment_append_only ON claim_assessment IS 'Assessments are append-only';

CREATE TRIGGER claim_decision_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_decision
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER claim_decision_append_only ON claim_decision IS 'Decisions are append-only';

CREATE TRIGGER claim_entry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_entry
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER claim_entry_append_only ON claim_entry IS 'Postings are append-only';

CREATE TRIGGER claim_settlement_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER claim_settlement_append_only ON claim_settlement IS 'Settlements are append-only';

CREATE FUNCTION refuse_own_approval() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_own record;
BEGIN
    SELECT c.claim_no, c.claim_kind, n.decided_by INTO v_own
    FROM new_rows AS n
    JOIN claim AS c ON c.distributor_id = n.distributor_id AND c.claim_id = n.claim_id
    WHERE n.is_approved AND n.decided_by = c.recorded_by
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD121',
            MESSAGE = 'who enters a claim cannot approve it',
            DETAIL = format('Claim %L (%s) was entered by %s.', v_own.claim_no, v_own.claim_kind, v_own.decided_by),
            HINT = 'Have another one decide.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION refuse_own_approval() IS 'Trigger of claim_decision: nobody approves a claim that he entered (ZD121)';

CREATE TRIGGER claim_decision_by_another
    AFTER INSERT ON claim_decision
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_own_approval();
COMMENT ON TRIGGER claim_decision_by_another ON claim_decision IS 'Segregation of duties';

CREATE VIEW claim_state WITH (security_invoker = true) AS
SELECT c.distributor_id,
    c.claim_id,
    c.claim_kind,
    c.claim_no,
    c.claimed_on,
    c.currency_code,
    c.claimed_amount,
    a.assessment_no,
    a.amount AS assessed_amount,
    coalesce(e.amount, 0) AS posted_amount,
    coalesce(s.amount, 0) AS settled_amount,
    coalesce(e.amount, 0) - coalesce(s.amount, 0) AS due_amount,
    d.decided_by,
    CASE
        WHEN a.assessment_no IS NULL THEN 'pended'::text
        WHEN d.is_approved IS NULL AND k.needs_approval THEN 'proposed'::text
        WHEN NOT d.is_approved THEN 'refused'::text
        WHEN a.amount <> coalesce(e.amount, 0) THEN 'approved'::text
        WHEN coalesce(e.amount, 0) <> coalesce(s.amount, 0) THEN 'posted'::text
        WHEN coalesce(e.amount, 0) = 0 THEN 'closed'::text
        ELSE 'settled'::text
    END AS claim_state,
    coalesce(e.postings, 0) AS postings,
    coalesce(s.settlements, 0) AS settlements,
    c.recorded_by
FROM claim AS c
JOIN claim_kind AS k ON k.claim_kind = c.claim_kind
LEFT JOIN (
    SELECT DISTINCT ON (l.distributor_id, l.claim_id) l.distributor_id, l.claim_id, l.assessment_no, l.amount
    FROM claim_assessment AS l
    ORDER BY l.distributor_id, l.claim_id, l.assessment_no DESC
) AS a ON a.distributor_id = c.distributor_id AND a.claim_id = c.claim_id
LEFT JOIN claim_decision AS d
    ON d.distributor_id = a.distributor_id
    AND d.claim_id = a.claim_id
    AND d.assessment_no = a.assessment_no
LEFT JOIN (
    SELECT p.distributor_id, p.claim_id, sum(p.delta_amount) AS amount, max(p.posting_no) AS postings
    FROM claim_entry AS p
    GROUP BY p.distributor_id, p.claim_id
) AS e ON e.distributor_id = c.distributor_id AND e.claim_id = c.claim_id
LEFT JOIN (
    SELECT p.distributor_id, p.claim_id, sum(p.amount) AS amount, max(p.settlement_no) AS settlements
    FROM claim_settlement AS p
    GROUP BY p.distributor_id, p.claim_id
) AS s ON s.distributor_id = c.distributor_id AND s.claim_id = c.claim_id;
COMMENT ON VIEW claim_state IS 'One row = a claim: what is claimed, what it was found to be worth, what is owed and what is settled';
COMMENT ON COLUMN claim_state.distributor_id IS 'The distributor';
COMMENT ON COLUMN claim_state.claim_id IS 'The claim';
COMMENT ON COLUMN claim_state.claim_kind IS 'Kind of the claim';
COMMENT ON COLUMN claim_state.claim_no IS 'Its reference';
COMMENT ON COLUMN claim_state.claimed_on IS 'Day of the claim';
COMMENT ON COLUMN claim_state.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN claim_state.claimed_amount IS 'What is claimed; NULL = not stated. Additive within a currency';
COMMENT ON COLUMN claim_state.assessment_no IS 'Latest assessment; NULL = none yet';
COMMENT ON COLUMN claim_state.assessed_amount IS 'What it was found to be worth. Additive within a currency';
COMMENT ON COLUMN claim_state.posted_amount IS 'What is owed for it. Additive within a currency';
COMMENT ON COLUMN claim_state.settled_amount IS 'What of that was settled. Additive within a currency';
COMMENT ON COLUMN claim_state.due_amount IS 'posted_amount less settled_amount; negative = to be taken back. Additive within a currency';
COMMENT ON COLUMN claim_state.decided_by IS 'Who decided on the latest assessment; NULL = nobody did';
COMMENT ON COLUMN claim_state.claim_state IS 'pended (not assessed: a sale is not reported yet), proposed (waits for an approval), refused, approved (to be posted), posted (owed), settled, or closed (nothing is owed)';
COMMENT ON COLUMN claim_state.postings IS 'How many postings';
COMMENT ON COLUMN claim_state.settlements IS 'How many settlements';
COMMENT ON COLUMN claim_state.recorded_by IS 'Who entered the claim';

CREATE FUNCTION decide_claims(
    p_claim_ids bigint[],
    p_approve boolean DEFAULT true,
    p_reason text DEFAULT NULL,
    p_by text DEFAULT current_user
) RETURNS SETOF claim_decision
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_stray record;
BEGIN
    SELECT i.claim_id, s.claim_state INTO v_stray
    FROM unnest(p_claim_ids) AS i (claim_id)
    LEFT JOIN claim_state AS s ON s.claim_id = i.claim_id
    WHERE s.claim_state IS DISTINCT FROM 'proposed'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD122',
            MESSAGE = 'claim does not wait for a decision',
            DETAIL = format('Claim %s is %s.', v_stray.claim_id, coalesce(v_stray.claim_state, 'not there')),
            HINT = 'See the rows of claim_state whose claim_state is proposed.';
    END IF;
    RETURN QUERY
    INSERT INTO claim_decision (distributor_id, claim_id, assessment_no, is_approved, reason, decided_by)
    SELECT s.distributor_id, s.claim_id, s.assessment_no, p_approve, p_reason, p_by
    FROM claim_state AS s
    WHERE s.claim_id = ANY (p_claim_ids)
    RETURNING *;
END
$$;
COMMENT ON FUNCTION decide_claims(bigint[], boolean, text, text) IS
    'Approves or refuses the latest assessment of each claim, all or none; post_claims() then posts what was approved. Returns the decisions. ZD122 when one does not wait for a decision, ZD121 when p_by entered it.';

CREATE FUNCTION post_claims(
    p_posted_on date,
    p_claim_ids bigint[] DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF claim_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_rows claim_entry[];
BEGIN
    IF p_posted_on IS NULL OR NOT isfinite(p_posted_on) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day of the postings is missing',
            DETAIL = format('The argument p_posted_on is %s.', coalesce(p_posted_on::text, 'NULL')),
            HINT = 'Give a day.';
    END IF;
    -- One after the other; who does not see the one before fails on
    -- claim_entry_pkey instead of posting twice.
    LOCK TABLE claim_entry IN SHARE ROW EXCLUSIVE MODE;
    BEGIN
        WITH entered AS (
            INSERT INTO claim_entry (distributor_id, claim_id, posting_no, posted_on, assessment_no, delta_amount, currency_code)
            SELECT s.distributor_id, s.claim_id, s.postings + 1, p_posted_on, a.assessment_no, a.amount - s.posted_amount, s.currency_code
            FROM claim_state AS s
            JOIN claim_kind AS k ON k.claim_kind = s.claim_kind
            -- The latest assessment, or the latest that was approved.
            CROSS JOIN LATERAL (
                SELECT n.assessment_no, n.amount
                FROM claim_assessment AS n
                LEFT JOIN claim_decision AS d USING (distributor_id, claim_id, assessment_no)
                WHERE n.distributor_id = s.distributor_id
                    AND n.claim_id = s.claim_id
                    AND coalesce(d.is_approved, NOT k.needs_approval)
                ORDER BY n.assessment_no DESC
                LIMIT 1
            ) AS a
            -- What is paid from a fund is posted with the fund's entry: pay_fund_claims().
            WHERE s.claim_kind <> 'fund'
                AND (p_claim_ids IS NULL OR s.claim_id = ANY (p_claim_ids))
                AND a.amount <> s.posted_amount
                -- Where policies ask for more than one decision.
                AND approval_is_given('claim', format('%s/%s', s.distributor_id, s.claim_id), a.amount, s.currency_code)
            RETURNING *
        )
        SELECT array_agg(entered::claim_entry ORDER BY entered.claim_id) INTO v_rows FROM entered;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION post_claims(date, bigint[], boolean) IS
    'Posts, for each claim (NULL = all; those on funds are posted by pay_fund_claims()), the latest assessment that is approved or needs no approval, less all that was posted before; returns the postings. A claim that falls under an approval_policy of the kind claim waits for its approval_request (subject_key distributor_id/claim_id). A second call posts nothing; p_dry_run posts nothing. 22023 without a day.';
