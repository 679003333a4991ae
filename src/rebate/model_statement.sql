-- rebate: statements. What rebate_as_of() says at a moment is written down, never
-- changed, and answered by a later version when the facts have changed. A version
-- says what is earned in all, what the versions before have said already, and
-- splits the difference into three: with P the value of the version before, L what
-- has become known since about the days that it covered, N the new days, and
-- f(v) what a value v earns by itself under the conditions that hold now
-- (line_benefit(): the tiers that the qualifier opens, growth, gates), E what is
-- earned in all (rebate_evaluate(): also stacking, carry-over, guarantee),
--
--    rate adjustment          f(P)     − what was earned before + E − f(P+L+N)
--    prior-period adjustment  f(P+L)   − f(P)
--    calculated               f(P+L+N) − f(P+L)
--
-- which add up whatever the method of the schedule.

CREATE TABLE statement_run (
    statement_run_id bigint GENERATED ALWAYS AS IDENTITY,
    activity_on date NOT NULL,
    knowledge_at timestamptz NOT NULL,
    engine_version text NOT NULL,
    idempotency_key text,
    ran_at timestamptz NOT NULL DEFAULT now(),
    ran_by text NOT NULL DEFAULT current_user,
    CONSTRAINT statement_run_pkey PRIMARY KEY (statement_run_id),
    CONSTRAINT statement_run_key_key UNIQUE (idempotency_key)
);
COMMENT ON TABLE statement_run IS 'One row = a call of issue_statements() and what it went by';
COMMENT ON COLUMN statement_run.statement_run_id IS 'Key';
COMMENT ON COLUMN statement_run.activity_on IS 'Activity up to this day counted';
COMMENT ON COLUMN statement_run.knowledge_at IS 'Facts recorded up to this moment counted';
COMMENT ON COLUMN statement_run.engine_version IS 'Version of the engine that calculated';
COMMENT ON COLUMN statement_run.idempotency_key IS 'Key that the caller gave so that a repeated call is the same run; NULL = none';
COMMENT ON COLUMN statement_run.ran_at IS 'When';
COMMENT ON COLUMN statement_run.ran_by IS 'Role that ran it';

CREATE TRIGGER statement_run_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_run
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER statement_run_append_only ON statement_run IS 'Runs are append-only';

CREATE TABLE rebate_statement (
    distributor_id bigint NOT NULL,
    rebate_statement_id bigint GENERATED ALWAYS AS IDENTITY,
    statement_run_id bigint NOT NULL,
    program_line_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    span_ends_on date NOT NULL,
    version_no integer NOT NULL,
    activity_on date NOT NULL,
    currency_code text NOT NULL,
    reseller_id bigint,
    schedule tier_schedule NOT NULL,
    line_count bigint NOT NULL,
    inputs_hash numeric NOT NULL,
    measured_value numeric NOT NULL,
    qualifying_value numeric,
    baseline_value numeric,
    gates_missed text,
    earned_amount numeric NOT NULL,
    settlement_amount numeric(18,4) NOT NULL,
    previous_amount numeric(18,4) NOT NULL,
    calculated_amount numeric(18,4) NOT NULL,
    prior_period_amount numeric(18,4) NOT NULL,
    rate_amount numeric(18,4) NOT NULL,
    payable_amount numeric(18,4) NOT NULL
        GENERATED ALWAYS AS (settlement_amount - previous_amount) STORED,
    issued_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rebate_statement_pkey PRIMARY KEY (distributor_id, rebate_statement_id),
    CONSTRAINT rebate_statement_version_key UNIQUE NULLS NOT DISTINCT (
        distributor_id, program_line_id, span_starts_on, currency_code, reseller_id, version_no),
    CONSTRAINT rebate_statement_version_check CHECK (version_no > 0),
    CONSTRAINT rebate_statement_span_check CHECK (span_ends_on >= span_starts_on),
    CONSTRAINT rebate_statement_columns_check CHECK (calculated_amount + prior_period_amount + rate_amount = settlement_amount - previous_amount),
    CONSTRAINT rebate_statement_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT rebate_statement_run_fkey FOREIGN KEY (statement_run_id) REFERENCES statement_run,
    CONSTRAINT rebate_statement_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT rebate_statement_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT rebate_statement_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE rebate_statement IS 'One row = a version of the statement of a program line for a span; never changed, a later version answers it';
COMMENT ON COLUMN rebate_statement.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_statement.rebate_statement_id IS 'Key within the distributor';
COMMENT ON COLUMN rebate_statement.statement_run_id IS 'Run that issued it';
COMMENT ON COLUMN rebate_statement.program_line_id IS 'Line of a program that it is for';
COMMENT ON COLUMN rebate_statement.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_statement.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN rebate_statement.version_no IS 'Number of the version for this line, span, currency and reseller, from 1';
COMMENT ON COLUMN rebate_statement.activity_on IS 'Last day of activity that it covers';
COMMENT ON COLUMN rebate_statement.currency_code IS 'Settlement currency of all its amounts';
COMMENT ON COLUMN rebate_statement.reseller_id IS 'The reseller that is credited; NULL = the distributor';
COMMENT ON COLUMN rebate_statement.schedule IS 'Tiers by which it was calculated';
COMMENT ON COLUMN rebate_statement.line_count IS 'How many lines of sell-in or sell-through counted; 0 = a statement that says that there was nothing, or that what there was is gone';
COMMENT ON COLUMN rebate_statement.inputs_hash IS 'Sum of a hash of each line that counted and of its value: another number means other lines or values';
COMMENT ON COLUMN rebate_statement.measured_value IS 'What counted: settlement currency or base units';
COMMENT ON COLUMN rebate_statement.qualifying_value IS 'What opened the tiers, where it is not what counted; NULL = the same';
COMMENT ON COLUMN rebate_statement.baseline_value IS 'What growth is over; NULL = no growth, or no base';
COMMENT ON COLUMN rebate_statement.gates_missed IS 'Names of the gates that were not reached; NULL = all were';
COMMENT ON COLUMN rebate_statement.earned_amount IS 'What it earns in all, in full precision';
COMMENT ON COLUMN rebate_statement.settlement_amount IS 'earned_amount rounded once, half away from zero, to the minor unit. Not additive over versions';
COMMENT ON COLUMN rebate_statement.previous_amount IS 'settlement_amount of the version before; 0 in the first';
COMMENT ON COLUMN rebate_statement.calculated_amount IS 'Part of payable_amount that the days not covered before earn at the tiers now reached. Additive';
COMMENT ON COLUMN rebate_statement.prior_period_amount IS 'Part of payable_amount for late and corrected lines of days that the version before covered, at the tiers now reached. Additive';
COMMENT ON COLUMN rebate_statement.rate_amount IS 'Part of payable_amount for what was stated before, because other tiers, gates or lines of its group hold now, and what was carried over or guaranteed. Additive';
COMMENT ON COLUMN rebate_statement.payable_amount IS 'settlement_amount less previous_amount: what this version adds; negative = taken back. Additive';
COMMENT ON COLUMN rebate_statement.issued_at IS 'When it was issued';
CREATE INDEX rebate_statement_id_idx ON rebate_statement (rebate_statement_id);
CREATE INDEX rebate_statement_run_idx ON rebate_statement (statement_run_id);
CREATE INDEX rebate_statement_line_idx ON rebate_statement (program_line_id);
CREATE INDEX rebate_statement_reseller_idx ON rebate_statement (reseller_id);
CREATE INDEX rebate_statement_currency_idx ON rebate_statement (currency_code);

CREATE TABLE statement_tier (
    distributor_id bigint NOT NULL,
    rebate_statement_id bigint NOT NULL,
    step_no integer NOT NULL,
    tier_no integer,
    tier_text text NOT NULL,
    is_reached boolean,
    portion numeric,
    amount numeric NOT NULL,
    CONSTRAINT statement_tier_pkey PRIMARY KEY (distributor_id, rebate_statement_id, step_no),
    CONSTRAINT statement_tier_statement_fkey FOREIGN KEY (distributor_id, rebate_statement_id) REFERENCES rebate_statement
);
COMMENT ON TABLE statement_tier IS 'One row = a step of the working of a statement: a tier, a cap, floor or minimum that changed something, a gate, growth, the other lines of its group, what was carried over, a guarantee';
COMMENT ON COLUMN statement_tier.distributor_id IS 'The distributor';
COMMENT ON COLUMN statement_tier.rebate_statement_id IS 'The statement';
COMMENT ON COLUMN statement_tier.step_no IS 'Order of the steps, from 1';
COMMENT ON COLUMN statement_tier.tier_no IS 'Number of the tier; NULL = another step';
COMMENT ON COLUMN statement_tier.tier_text IS 'The tier as the contract writes it, such as 4% from 20000';
COMMENT ON COLUMN statement_tier.is_reached IS 'Whether the tier was reached';
COMMENT ON COLUMN statement_tier.portion IS 'Part of the value that the rate was applied to';
COMMENT ON COLUMN statement_tier.amount IS 'What it earned, in full precision; the amounts of a statement add up to its earned_amount. Additive';

CREATE TABLE statement_allocation (
    distributor_id bigint NOT NULL,
    rebate_statement_id bigint NOT NULL,
    fact_on date NOT NULL,
    fact_table text NOT NULL,
    fact_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity numeric(18,3) NOT NULL,
    value numeric NOT NULL,
    allocated_amount numeric(18,4) NOT NULL,
    CONSTRAINT statement_allocation_pkey PRIMARY KEY (distributor_id, rebate_statement_id, fact_on, fact_table, fact_id),
    CONSTRAINT statement_allocation_fact_check CHECK (fact_table IN ('sell_in', 'sell_through'))
);
-- No foreign keys: they would cost more than all the rest. prove_statement() sees
-- once per statement that it is there, and lines and statements are append-only.
COMMENT ON TABLE statement_allocation IS 'One row = a line of sell-in or sell-through behind a statement and its share of the settlement amount';
COMMENT ON COLUMN statement_allocation.distributor_id IS 'The distributor';
COMMENT ON COLUMN statement_allocation.rebate_statement_id IS 'The statement';
COMMENT ON COLUMN statement_allocation.fact_on IS 'Activity date of the line';
COMMENT ON COLUMN statement_allocation.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN statement_allocation.fact_id IS 'Key of the line, with distributor and day';
COMMENT ON COLUMN statement_allocation.product_id IS 'The product';
COMMENT ON COLUMN statement_allocation.quantity IS 'Base units. Additive over the lines of a version';
COMMENT ON COLUMN statement_allocation.value IS 'What the line counted for: settlement currency or base units. Additive over the lines of a version';
COMMENT ON COLUMN statement_allocation.allocated_amount IS 'Share of the settlement amount, by value and largest remainder; the shares of a version add up to it, to the cent';

CREATE TRIGGER rebate_statement_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON rebate_statement
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER rebate_statement_append_only ON rebate_statement IS 'Statements are append-only';

CREATE TRIGGER statement_tier_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_tier
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER statement_tier_append_only ON statement_tier IS 'Statements are append-only';

CREATE TRIGGER statement_allocation_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER statement_allocation_append_only ON statement_allocation IS 'Statements are append-only';

CREATE FUNCTION prove_statement(
    p_distributor_id bigint,
    p_rebate_statement_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_said rebate_statement;
    v_tiers numeric;
    v_lines bigint;
    v_value numeric;
    v_shares numeric;
BEGIN
    SELECT * INTO v_said
    FROM rebate_statement AS s
    WHERE s.distributor_id = p_distributor_id AND s.rebate_statement_id = p_rebate_statement_id;
    SELECT coalesce(sum(t.amount), 0) INTO v_tiers
    FROM statement_tier AS t
    WHERE t.distributor_id = p_distributor_id AND t.rebate_statement_id = p_rebate_statement_id;
    SELECT count(*), coalesce(sum(a.value), 0), coalesce(sum(a.allocated_amount), 0)
    INTO v_lines, v_value, v_shares
    FROM statement_allocation AS a
    WHERE a.distributor_id = p_distributor_id AND a.rebate_statement_id = p_rebate_statement_id;
    IF (v_tiers, v_lines, v_value, v_shares) IS DISTINCT FROM
        (v_said.earned_amount, v_said.line_count, v_said.measured_value, v_said.settlement_amount)
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD061',
            MESSAGE = 'statement does not add up',
            DETAIL = format('Statement %s says %s lines worth %s, %s earned, %s settled; its %s lines are worth %s, its tiers earn %s, its shares are %s.',
                v_said.rebate_statement_id, v_said.line_count, v_said.measured_value, v_said.earned_amount,
                v_said.settlement_amount, v_lines, v_value, v_tiers, v_shares),
            HINT = 'Let issue_statements() write statements; nothing is added to one that is there.';
    END IF;
END
$$;
COMMENT ON FUNCTION prove_statement(bigint, bigint) IS
    'Raises ZD061 unless the tiers of a statement add up to what it says is earned, its lines to the value and their shares to the settlement amount, to the cent';

CREATE FUNCTION prove_new_statement() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM prove_statement(NEW.distributor_id, NEW.rebate_statement_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_new_statement() IS 'Trigger of rebate_statement, at commit: it has its tiers and lines, and they add up (ZD061)';

CREATE CONSTRAINT TRIGGER rebate_statement_adds_up
    AFTER INSERT ON rebate_statement
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION prove_new_statement();
COMMENT ON TRIGGER rebate_statement_adds_up ON rebate_statement IS 'At commit: tiers and lines add up to what the statement says';

CREATE FUNCTION prove_extended_statements() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM prove_statement(n.distributor_id, n.rebate_statement_id)
    FROM (SELECT DISTINCT r.distributor_id, r.rebate_statement_id FROM new_rows AS r) AS n;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_extended_statements() IS
    'Trigger of statement_allocation: what is added later makes the statement not add up (ZD061). All lines come in one statement, once per version, not per row';

CREATE FUNCTION prove_extended_working() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_wrong record;
BEGIN
    -- Its lines are none of its business: they are proven when they come, and all
    -- together at commit.
    SELECT s.rebate_statement_id, s.earned_amount, sum(t.amount) AS amount INTO v_wrong
    FROM (SELECT DISTINCT r.distributor_id, r.rebate_statement_id FROM new_rows AS r) AS n
    JOIN rebate_statement AS s ON s.distributor_id = n.distributor_id AND s.rebate_statement_id = n.rebate_statement_id
    JOIN statement_tier AS t ON t.distributor_id = n.distributor_id AND t.rebate_statement_id = n.rebate_statement_id
    GROUP BY s.rebate_statement_id, s.earned_amount
    HAVING sum(t.amount) <> s.earned_amount
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD061',
            MESSAGE = 'working of a statement does not add up',
            DETAIL = format('Statement %s says %s earned, its tiers %s.', v_wrong.rebate_statement_id, v_wrong.earned_amount, v_wrong.amount),
            HINT = 'Let issue_statements() write statements; nothing is added to one that is there.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_extended_working() IS
    'Trigger of statement_tier: what is added later makes the working not add up (ZD061)';

CREATE TRIGGER statement_tier_adds_up
    AFTER INSERT ON statement_tier
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_extended_working();
COMMENT ON TRIGGER statement_tier_adds_up ON statement_tier IS 'Nothing is added to a statement later';

CREATE TRIGGER statement_allocation_adds_up
    AFTER INSERT ON statement_allocation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_extended_statements();
COMMENT ON TRIGGER statement_allocation_adds_up ON statement_allocation IS 'Nothing is added to a statement later';

CREATE FUNCTION statement_steps(
    p_value numeric,
    p_qualifier numeric,
    p_baseline numeric,
    p_schedule tier_schedule,
    p_pay_base text,
    p_negative_policy text,
    p_gates_missed text,
    p_line_count bigint,
    p_gross_amount numeric,
    p_stack_amount numeric,
    p_carried_amount numeric,
    p_guarantee_amount numeric
) RETURNS TABLE (
    part integer,
    step_no bigint,
    tier_no integer,
    tier_text text,
    is_reached boolean,
    portion numeric,
    amount numeric
)
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
BEGIN ATOMIC
    -- Tiers: as line_benefit() works.
    SELECT 1 AS part,
        w.step_no,
        w.tier AS tier_no,
        tier_terms(w.item, w.rate, w.block, w.flat, w.attain, w.threshold) AS tier_text,
        w.reached AS is_reached,
        w.portion * n.side AS portion,
        w.amount * n.side AS amount
    FROM (SELECT CASE WHEN p_value < 0 AND p_negative_policy <> 'floor_zero' THEN -1 ELSE 1 END AS side) AS n
    CROSS JOIN LATERAL rebate_working(p_value * n.side, CASE n.side WHEN 1 THEN p_qualifier ELSE -p_value END, p_schedule)
        WITH ORDINALITY AS w (tier, item, attain, threshold, upto, rate, block, flat, reached, portion, amount, step_no)
    WHERE p_gates_missed IS NULL
        AND p_pay_base IS NULL
        AND (p_line_count > 0 OR p_gross_amount <> 0)
    UNION ALL
    SELECT 2 AS part,
        o.step_no,
        NULL::integer AS tier_no,
        o.tier_text,
        o.is_reached,
        o.portion,
        o.amount
    FROM (VALUES
        (1::bigint, 'gate not reached: ' || p_gates_missed, false, NULL::numeric, 0::numeric, p_gates_missed IS NOT NULL),
        (2, 'growth over ' || coalesce(trim_scale(p_baseline)::text, 'nothing'), p_gross_amount <> 0, p_value, p_gross_amount,
            p_gates_missed IS NULL AND p_pay_base IS NOT NULL),
        (3, 'other lines of the group', NULL, NULL, p_stack_amount, p_stack_amount <> 0),
        (4, 'carried over between spans', NULL, NULL, p_carried_amount, p_carried_amount <> 0),
        (5, 'guarantee', NULL, NULL, p_guarantee_amount, p_guarantee_amount <> 0)
    ) AS o (step_no, tier_text, is_reached, portion, amount, is_said)
    WHERE o.is_said;
END;
COMMENT ON FUNCTION statement_steps(numeric, numeric, numeric, tier_schedule, text, text, text, bigint, numeric, numeric, numeric, numeric) IS
    'The working of a statement from what rebate_evaluate() returned: one row = a tier (part 1), or a gate, growth, the other lines of the group, what was carried over, the guarantee (part 2); the amounts add up to what is earned';

CREATE FUNCTION issue_statements(
    p_activity date,
    p_program_code text DEFAULT NULL,
    p_line_no integer DEFAULT NULL,
    p_span_starts_on date DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false,
    p_with_empty boolean DEFAULT false
) RETURNS SETOF rebate_statement
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_run_id bigint;
    v_line_ids bigint[];
    v_behind rebate_statement;
    v_rows rebate_statement[];
BEGIN
    IF p_activity IS NULL OR NOT isfinite(p_activity) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day up to which to state is missing',
            DETAIL = format('The argument p_activity is %s.', coalesce(p_activity::text, 'NULL')),
            HINT = 'Give a day, such as the last of the period.';
    END IF;

    -- As accrual runs: one after the other, and a transaction that cannot see
    -- the one before it fails on rebate_statement_version_key.
    LOCK TABLE rebate_statement IN SHARE ROW EXCLUSIVE MODE;

    IF p_idempotency_key IS NOT NULL THEN
        SELECT r.statement_run_id INTO v_run_id FROM statement_run AS r WHERE r.idempotency_key = p_idempotency_key;
        IF FOUND THEN
            RETURN QUERY SELECT s.* FROM rebate_statement AS s WHERE s.statement_run_id = v_run_id;
            RETURN;
        END IF;
    END IF;
    IF num_nonnulls(p_program_code, p_line_no) > 0 THEN
        v_line_ids := ARRAY(
            SELECT l.program_line_id
            FROM program_line AS l
            JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
            WHERE (p_program_code IS NULL OR r.program_code = p_program_code)
                AND (p_line_no IS NULL OR l.line_no = p_line_no));
        IF v_line_ids = '{}' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'no_data_found',
                MESSAGE = 'program has no such line',
                DETAIL = format('Program %L, line %s.', p_program_code, coalesce(p_line_no::text, '(any)')),
                HINT = 'Look in rebate_program and program_line.';
        END IF;
    END IF;
    SELECT s.* INTO v_behind
    FROM rebate_statement AS s
    WHERE s.activity_on > p_activity
        AND (v_line_ids IS NULL OR s.program_line_id = ANY (v_line_ids))
        AND (p_span_starts_on IS NULL OR s.span_starts_on = p_span_starts_on)
    ORDER BY s.activity_on DESC
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD060',
            MESSAGE = 'statement cannot go back behind the version before',
            DETAIL = format('p_activity is %s, statement %s (line %s, span from %s) covers days up to %s.', p_activity,
                v_behind.rebate_statement_id, v_behind.program_line_id, v_behind.span_starts_on, v_behind.activity_on),
            HINT = 'Give that day or a later one; to see what was owed earlier, use rebate_as_of().';
    END IF;

    BEGIN
        INSERT INTO statement_run (activity_on, knowledge_at, engine_version, idempotency_key)
        SELECT p_activity, clock_timestamp(), e.extversion, p_idempotency_key
        FROM pg_extension AS e
        WHERE e.extname = 'distmgmt'
        RETURNING statement_run_id INTO v_run_id;

        WITH basis AS MATERIALIZED (
            SELECT b.*
            FROM rebate_basis_as_of(p_activity, 'infinity', v_line_ids) AS b
            WHERE p_span_starts_on IS NULL OR b.span_starts_on = p_span_starts_on
        ),
        standing AS MATERIALIZED (
            SELECT DISTINCT ON (s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id) s.*
            FROM rebate_statement AS s
            WHERE (v_line_ids IS NULL OR s.program_line_id = ANY (v_line_ids))
                AND (p_span_starts_on IS NULL OR s.span_starts_on = p_span_starts_on)
            ORDER BY s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id, s.version_no DESC
        ),
        evaluated AS MATERIALIZED (
            SELECT e.*
            FROM rebate_evaluate(p_activity, 'infinity', v_line_ids) AS e
            WHERE p_span_starts_on IS NULL OR e.span_starts_on = p_span_starts_on
        ),
        found AS (
            SELECT b.distributor_id,
                b.program_line_id,
                b.span_starts_on,
                b.span_ends_on,
                b.currency_code,
                b.reseller_id,
                count(*) AS line_count,
                sum(b.value) AS measured_value,
                -- What now stands for the days that the version before covered.
                sum(b.value) FILTER (WHERE b.fact_on <= p.activity_on) AS restated_value,
                sum(hash_record_extended(ROW(b.fact_table, b.fact_on, b.fact_id, b.value), 0)) AS inputs_hash
            FROM basis AS b
            LEFT JOIN standing AS p
                ON p.distributor_id = b.distributor_id
                AND p.program_line_id = b.program_line_id
                AND p.span_starts_on = b.span_starts_on
                AND p.currency_code = b.currency_code
                AND coalesce(p.reseller_id, 0) = coalesce(b.reseller_id, 0)
            GROUP BY b.distributor_id, b.program_line_id, b.span_starts_on, b.span_ends_on, b.currency_code, b.reseller_id
        ),
        -- Where there is something to say: lines, a guarantee, a version that was
        -- there before, or whoever is to be told that there was nothing.
        said AS (
            SELECT f.distributor_id, f.program_line_id, f.span_starts_on, f.span_ends_on, f.currency_code, f.reseller_id
            FROM found AS f
            UNION
            SELECT p.distributor_id, p.program_line_id, p.span_starts_on, p.span_ends_on, p.currency_code, p.reseller_id
            FROM standing AS p
            UNION
            SELECT e.distributor_id, e.program_line_id, e.span_starts_on, e.span_ends_on, e.currency_code, e.reseller_id
            FROM evaluated AS e
            WHERE e.earned_amount <> 0
            UNION
            SELECT n.distributor_id, n.program_line_id, n.span_starts_on, n.span_ends_on, n.currency_code, NULL
            FROM rebate_pieces(p_activity, 'infinity', v_line_ids) AS n
            JOIN program_line AS l ON l.program_line_id = n.program_line_id
            WHERE p_with_empty
                AND n.counted_role = 'measure'
                AND l.beneficiary = 'distributor'
                AND (p_span_starts_on IS NULL OR n.span_starts_on = p_span_starts_on)
        ),
        due AS (
            SELECT k.*,
                coalesce(f.line_count, 0) AS line_count,
                coalesce(f.inputs_hash, 0) AS inputs_hash,
                coalesce(f.measured_value, 0) AS measured_value,
                CASE WHEN p.version_no IS NOT NULL THEN coalesce(f.restated_value, 0) END AS restated_value,
                nullif(e.qualifying_value, e.measured_value) AS qualifying_value,
                e.qualifying_value AS opening_value,
                e.baseline_value,
                e.gates_missed,
                coalesce(e.schedule, l.schedule) AS schedule,
                coalesce(e.gross_amount, 0) AS gross_amount,
                coalesce(e.stack_amount, 0) AS stack_amount,
                coalesce(e.carried_amount, 0) AS carried_amount,
                coalesce(e.guarantee_amount, 0) AS guarantee_amount,
                coalesce(e.earned_amount, 0) AS earned_amount,
                coalesce(p.version_no, 0) AS previous_no,
                p.measured_value AS previous_value,
                coalesce(p.settlement_amount, 0) AS previous_amount,
                l.growth_pay_base,
                l.negative_policy,
                c.minor_unit
            FROM said AS k
            JOIN program_line AS l ON l.program_line_id = k.program_line_id
            JOIN currency AS c ON c.currency_code = k.currency_code
            LEFT JOIN found AS f
                ON f.distributor_id = k.distributor_id
                AND f.program_line_id = k.program_line_id
                AND f.span_starts_on = k.span_starts_on
                AND f.currency_code = k.currency_code
                AND coalesce(f.reseller_id, 0) = coalesce(k.reseller_id, 0)
            LEFT JOIN evaluated AS e
                ON e.distributor_id = k.distributor_id
                AND e.program_line_id = k.program_line_id
                AND e.span_starts_on = k.span_starts_on
                AND e.currency_code = k.currency_code
                AND coalesce(e.reseller_id, 0) = coalesce(k.reseller_id, 0)
            LEFT JOIN standing AS p
                ON p.distributor_id = k.distributor_id
                AND p.program_line_id = k.program_line_id
                AND p.span_starts_on = k.span_starts_on
                AND p.currency_code = k.currency_code
                AND coalesce(p.reseller_id, 0) = coalesce(k.reseller_id, 0)
            WHERE p.version_no IS NULL
                OR (coalesce(f.line_count, 0), coalesce(f.inputs_hash, 0), coalesce(f.measured_value, 0), coalesce(e.earned_amount, 0))
                    IS DISTINCT FROM (p.line_count, p.inputs_hash, p.measured_value, p.earned_amount)
        ),
        -- The running total after each of the three: see the head of this file.
        worked AS (
            SELECT d.*,
                round(d.earned_amount, d.minor_unit) AS settlement_amount,
                round(d.gross_amount, d.minor_unit) AS after_calculated,
                round(CASE
                    WHEN d.previous_value IS NULL THEN 0
                    ELSE line_benefit(d.previous_value, d.opening_value, d.baseline_value, d.schedule, d.growth_pay_base,
                        d.negative_policy, d.gates_missed IS NULL)
                END, d.minor_unit) AS after_rate,
                round(CASE
                    WHEN d.restated_value IS NULL THEN 0
                    ELSE line_benefit(d.restated_value, d.opening_value, d.baseline_value, d.schedule, d.growth_pay_base,
                        d.negative_policy, d.gates_missed IS NULL)
                END, d.minor_unit) AS after_prior_period
            FROM due AS d
        ),
        issued AS (
            INSERT INTO rebate_statement (
                distributor_id, statement_run_id, program_line_id, span_starts_on, span_ends_on, version_no, activity_on,
                currency_code, reseller_id, schedule, line_count, inputs_hash, measured_value, qualifying_value, baseline_value,
                gates_missed, earned_amount, settlement_amount, previous_amount, calculated_amount, prior_period_amount, rate_amount
            )
            SELECT w.distributor_id, v_run_id, w.program_line_id, w.span_starts_on, w.span_ends_on, w.previous_no + 1,
                least(p_activity, w.span_ends_on), w.currency_code, w.reseller_id, w.schedule, w.line_count, w.inputs_hash,
                w.measured_value, w.qualifying_value, w.baseline_value, w.gates_missed,
                w.earned_amount, w.settlement_amount, w.previous_amount,
                w.after_calculated - w.after_prior_period,
                w.after_prior_period - w.after_rate,
                w.after_rate + w.settlement_amount - w.after_calculated - w.previous_amount
            FROM worked AS w
            ORDER BY w.distributor_id, w.program_line_id, w.span_starts_on, w.currency_code, w.reseller_id
            RETURNING *
        ),
        tiers_written AS (
            INSERT INTO statement_tier (
                distributor_id, rebate_statement_id, step_no, tier_no, tier_text, is_reached, portion, amount
            )
            SELECT i.distributor_id, i.rebate_statement_id,
                row_number() OVER (PARTITION BY i.rebate_statement_id ORDER BY x.part, x.step_no),
                x.tier_no, x.tier_text, x.is_reached, x.portion, x.amount
            FROM issued AS i
            JOIN worked AS w
                ON w.distributor_id = i.distributor_id
                AND w.program_line_id = i.program_line_id
                AND w.span_starts_on = i.span_starts_on
                AND w.currency_code = i.currency_code
                AND coalesce(w.reseller_id, 0) = coalesce(i.reseller_id, 0)
            CROSS JOIN LATERAL statement_steps(w.measured_value, w.opening_value, w.baseline_value, w.schedule, w.growth_pay_base,
                w.negative_policy, w.gates_missed, w.line_count, w.gross_amount, w.stack_amount, w.carried_amount,
                w.guarantee_amount) AS x
        ),
        lines_written AS (
            INSERT INTO statement_allocation (
                distributor_id, rebate_statement_id, fact_on, fact_table, fact_id, product_id, quantity, value, allocated_amount
            )
            SELECT i.distributor_id, i.rebate_statement_id, b.fact_on, b.fact_table, b.fact_id, b.product_id, b.quantity, b.value,
                allocate(i.settlement_amount, b.value, c.minor_unit) OVER (
                    PARTITION BY i.rebate_statement_id
                    ORDER BY b.fact_on, b.fact_table, b.fact_id)
            FROM issued AS i
            JOIN basis AS b
                ON b.distributor_id = i.distributor_id
                AND b.program_line_id = i.program_line_id
                AND b.span_starts_on = i.span_starts_on
                AND b.currency_code = i.currency_code
                AND coalesce(b.reseller_id, 0) = coalesce(i.reseller_id, 0)
            JOIN currency AS c ON c.currency_code = i.currency_code
        )
        SELECT array_agg(issued::rebate_statement ORDER BY issued.rebate_statement_id)
        INTO v_rows
        FROM issued;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION issue_statements(date, text, integer, date, text, boolean, boolean) IS
    'Issues a version of the statement of each program line and span (all, or those named), for each reseller credited, whose lines or earning are not what the version before says, for activity up to p_activity; returns what it issued. The same p_idempotency_key returns what the first call issued; p_dry_run writes nothing; p_with_empty also states spans in which nothing counted. 22023 without a day, P0002 for an unknown program or line, ZD060 for a day before one already stated, ZD007 when an exchange rate is missing.';

CREATE VIEW rebate_statement_standing WITH (security_invoker = true) AS
SELECT DISTINCT ON (s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id)
    s.distributor_id,
    s.program_line_id,
    s.span_starts_on,
    s.span_ends_on,
    s.currency_code,
    s.rebate_statement_id,
    s.version_no,
    s.activity_on,
    s.settlement_amount,
    s.reseller_id
FROM rebate_statement AS s
ORDER BY s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id, s.version_no DESC;
COMMENT ON VIEW rebate_statement_standing IS 'One row = the newest version of the statement of a program line for a span';
COMMENT ON COLUMN rebate_statement_standing.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_statement_standing.program_line_id IS 'The line';
COMMENT ON COLUMN rebate_statement_standing.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_statement_standing.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN rebate_statement_standing.currency_code IS 'Settlement currency';
COMMENT ON COLUMN rebate_statement_standing.rebate_statement_id IS 'The statement';
COMMENT ON COLUMN rebate_statement_standing.version_no IS 'Its version';
COMMENT ON COLUMN rebate_statement_standing.activity_on IS 'Last day of activity that it covers';
COMMENT ON COLUMN rebate_statement_standing.settlement_amount IS 'What is stated in all. Additive within a currency';
COMMENT ON COLUMN rebate_statement_standing.reseller_id IS 'The reseller that is credited; NULL = the distributor';

CREATE FUNCTION issue_statement(
    p_program_code text,
    p_line_no integer,
    p_span_starts_on date,
    p_activity date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF rebate_statement
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    IF num_nulls(p_program_code, p_line_no, p_span_starts_on) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'program, line or span is missing',
            DETAIL = format('The arguments are %L, %L and %L.', p_program_code, p_line_no, p_span_starts_on),
            HINT = 'Give all three, or use issue_statements().';
    END IF;
    RETURN QUERY
        SELECT i.*
        FROM issue_statements(p_activity, p_program_code, p_line_no, p_span_starts_on, p_idempotency_key, p_dry_run) AS i;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT s.*
        FROM rebate_statement AS s
        JOIN rebate_statement_standing AS n
            ON n.distributor_id = s.distributor_id
            AND n.rebate_statement_id = s.rebate_statement_id
        JOIN program_line AS l ON l.program_line_id = s.program_line_id
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        WHERE r.program_code = p_program_code
            AND l.line_no = p_line_no
            AND s.span_starts_on = p_span_starts_on;
END
$$;
COMMENT ON FUNCTION issue_statement(text, integer, date, date, text, boolean) IS
    'Issues the statement of a program line for a span (one for each settlement currency, which is one as a rule), or returns the one that stands when nothing has changed since. Arguments and errors as issue_statements(); 22004 when program, line or span is NULL.';
