-- rebate: what has been posted. A posting is f(facts as known) − Σ posted, never a
-- reversal of an earlier posting. What a run went by is kept with it.

CREATE TABLE accrual_run (
    accrual_run_id bigint GENERATED ALWAYS AS IDENTITY,
    activity_on date NOT NULL,
    knowledge_at timestamptz NOT NULL,
    inputs_sha256 bytea NOT NULL,
    rules_sha256 bytea NOT NULL,
    engine_version text NOT NULL,
    idempotency_key text,
    ran_at timestamptz NOT NULL DEFAULT now(),
    ran_by text NOT NULL DEFAULT current_user,
    CONSTRAINT accrual_run_pkey PRIMARY KEY (accrual_run_id),
    CONSTRAINT accrual_run_key_key UNIQUE (idempotency_key)
);
COMMENT ON TABLE accrual_run IS 'One row = a run of accrue_rebates() and what it went by: enough to run it again and get the same';
COMMENT ON COLUMN accrual_run.accrual_run_id IS 'Key';
COMMENT ON COLUMN accrual_run.activity_on IS 'Activity up to this day counted';
COMMENT ON COLUMN accrual_run.knowledge_at IS 'Facts recorded up to this moment counted';
COMMENT ON COLUMN accrual_run.inputs_sha256 IS 'Hash of all lines, spans, resellers, numbers of facts, values and schedules that went in';
COMMENT ON COLUMN accrual_run.rules_sha256 IS 'Hash of the terms of all lines in force (program_terms): another number means other rules';
COMMENT ON COLUMN accrual_run.engine_version IS 'Version of the engine that calculated';
COMMENT ON COLUMN accrual_run.idempotency_key IS 'Key that the caller gave so that a repeated call is the same run; NULL = none';
COMMENT ON COLUMN accrual_run.ran_at IS 'When';
COMMENT ON COLUMN accrual_run.ran_by IS 'Role that ran it';

CREATE TABLE accrual_entry (
    distributor_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    accrual_entry_id bigint GENERATED ALWAYS AS IDENTITY,
    accrual_run_id bigint NOT NULL,
    program_line_id bigint NOT NULL,
    span_ends_on date NOT NULL,
    posting_no integer NOT NULL,
    measured_value numeric NOT NULL,
    earned_amount numeric NOT NULL,
    delta_amount numeric NOT NULL,
    base_amount numeric NOT NULL,
    prior_period_amount numeric NOT NULL,
    rate_amount numeric NOT NULL,
    currency_code text NOT NULL,
    reseller_id bigint,
    band_kind text NOT NULL DEFAULT 'actual',
    posted_on date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT accrual_entry_pkey PRIMARY KEY (distributor_id, span_starts_on, accrual_entry_id),
    CONSTRAINT accrual_entry_posting_key UNIQUE NULLS NOT DISTINCT (distributor_id, span_starts_on, program_line_id, currency_code, reseller_id, posting_no),
    CONSTRAINT accrual_entry_band_check CHECK (band_kind IN ('actual', 'accrual', 'forecast')),
    CONSTRAINT accrual_entry_delta_check CHECK (delta_amount <> 0 AND abs(delta_amount) < 'Infinity'),
    CONSTRAINT accrual_entry_split_check CHECK (base_amount + prior_period_amount + rate_amount = delta_amount),
    CONSTRAINT accrual_entry_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT accrual_entry_run_fkey FOREIGN KEY (accrual_run_id) REFERENCES accrual_run,
    CONSTRAINT accrual_entry_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT accrual_entry_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT accrual_entry_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE accrual_entry IS 'One row = a posting: what a program line had earned in a span, less all that was posted for it before';
COMMENT ON COLUMN accrual_entry.distributor_id IS 'The distributor';
COMMENT ON COLUMN accrual_entry.span_starts_on IS 'First day of the span that it is for';
COMMENT ON COLUMN accrual_entry.accrual_entry_id IS 'Key within distributor and span';
COMMENT ON COLUMN accrual_entry.accrual_run_id IS 'Run that posted it';
COMMENT ON COLUMN accrual_entry.program_line_id IS 'Line that earned it';
COMMENT ON COLUMN accrual_entry.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN accrual_entry.posting_no IS 'Number of the posting for this line, span, currency and reseller, from 1; two runs that do not see each other cannot post the same one';
COMMENT ON COLUMN accrual_entry.measured_value IS 'What counted in the span, as known to the run: amount or base units';
COMMENT ON COLUMN accrual_entry.earned_amount IS 'What it earns in all, in full precision';
COMMENT ON COLUMN accrual_entry.delta_amount IS 'The posting: earned_amount less the sum of the postings before, in full precision. Additive';
COMMENT ON COLUMN accrual_entry.base_amount IS 'Part of the posting for days since the run before, at the tiers now reached. Additive';
COMMENT ON COLUMN accrual_entry.prior_period_amount IS 'Part of the posting for late and corrected lines of days up to the run before, at the tiers now reached. Additive';
COMMENT ON COLUMN accrual_entry.rate_amount IS 'Part of the posting for what counted before, because other tiers are reached now. Additive';
COMMENT ON COLUMN accrual_entry.currency_code IS 'Settlement currency';
COMMENT ON COLUMN accrual_entry.reseller_id IS 'The reseller that is credited; NULL = the distributor';
COMMENT ON COLUMN accrual_entry.band_kind IS 'Which earning was posted: actual, accrual (at a tier that was chosen) or forecast; see accrual_band';
COMMENT ON COLUMN accrual_entry.posted_on IS 'Day on which it is posted: the day up to which the run accrued or the last of the span, else the first day of the first period after it that is open';
COMMENT ON COLUMN accrual_entry.recorded_at IS 'When it was posted';
CREATE INDEX accrual_entry_run_idx ON accrual_entry (accrual_run_id);
CREATE INDEX accrual_entry_line_idx ON accrual_entry (program_line_id);
CREATE INDEX accrual_entry_currency_idx ON accrual_entry (currency_code);
CREATE INDEX accrual_entry_reseller_idx ON accrual_entry (reseller_id);

CREATE TABLE accrual_position (
    distributor_id bigint NOT NULL,
    accrual_position_id bigint GENERATED ALWAYS AS IDENTITY,
    program_line_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    currency_code text NOT NULL,
    accrual_run_id bigint NOT NULL,
    reseller_id bigint,
    measured_value numeric NOT NULL,
    CONSTRAINT accrual_position_pkey PRIMARY KEY (distributor_id, accrual_position_id),
    CONSTRAINT accrual_position_run_key UNIQUE NULLS NOT DISTINCT (distributor_id, program_line_id, span_starts_on, currency_code, reseller_id, accrual_run_id),
    CONSTRAINT accrual_position_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT accrual_position_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT accrual_position_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT accrual_position_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT accrual_position_run_fkey FOREIGN KEY (accrual_run_id) REFERENCES accrual_run
);
COMMENT ON TABLE accrual_position IS 'One row = what counted for a program line in a span, where a run found another value than the run before; also where nothing was earned and nothing posted';
COMMENT ON COLUMN accrual_position.distributor_id IS 'The distributor';
COMMENT ON COLUMN accrual_position.accrual_position_id IS 'Key within the distributor';
COMMENT ON COLUMN accrual_position.program_line_id IS 'The line';
COMMENT ON COLUMN accrual_position.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN accrual_position.currency_code IS 'Settlement currency';
COMMENT ON COLUMN accrual_position.accrual_run_id IS 'Run that found it';
COMMENT ON COLUMN accrual_position.reseller_id IS 'The reseller that is credited; NULL = the distributor';
COMMENT ON COLUMN accrual_position.measured_value IS 'What counted, as known to the run: amount or base units';
CREATE INDEX accrual_position_line_idx ON accrual_position (program_line_id);
CREATE INDEX accrual_position_currency_idx ON accrual_position (currency_code);
CREATE INDEX accrual_position_run_idx ON accrual_position (accrual_run_id);
CREATE INDEX accrual_position_reseller_idx ON accrual_position (reseller_id);

CREATE TRIGGER accrual_position_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON accrual_position
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER accrual_position_append_only ON accrual_position IS 'What runs found is append-only';

CREATE TRIGGER accrual_entry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON accrual_entry
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER accrual_entry_append_only ON accrual_entry IS 'Postings are append-only';

CREATE TRIGGER accrual_run_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON accrual_run
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER accrual_run_append_only ON accrual_run IS 'Runs are append-only';

CREATE FUNCTION require_posting_date(p_activity_on date, p_calendar_code text) RETURNS date
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_posted_on date := posting_date(p_activity_on, clock_timestamp(), p_calendar_code);
BEGIN
    IF v_posted_on IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD043',
            MESSAGE = 'calendar has no period left in which a rebate could be posted',
            DETAIL = format('Calendar %L, activity up to %s.', p_calendar_code, p_activity_on),
            HINT = 'Add years with add_fiscal_years(), or reopen a period.';
    END IF;
    RETURN v_posted_on;
END
$$;
COMMENT ON FUNCTION require_posting_date(date, text) IS 'Day on which something for p_activity_on is posted now, as posting_date(); ZD043 when no period is open';

CREATE FUNCTION accrue_rebates(
    p_as_of date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF accrual_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_run_id bigint;
    v_latest date;
    v_rows accrual_entry[];
BEGIN
    IF p_as_of IS NULL OR NOT isfinite(p_as_of) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day up to which to accrue is missing',
            DETAIL = format('The argument p_as_of is %s.', coalesce(p_as_of::text, 'NULL')),
            HINT = 'Give a day, such as the last of the period.';
    END IF;

    -- No run goes back behind another, so a year mistyped would stop all others.
    IF p_as_of > current_date + 3653 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day up to which to accrue lies more than ten years ahead',
            DETAIL = format('The argument p_as_of is %s.', p_as_of),
            HINT = 'Give the last day of the period that is to be accrued.';
    END IF;

    -- Runs come one after the other: the second sees what the first posted. A
    -- transaction whose snapshot is older than the first's commit does not, and
    -- fails on accrual_entry_posting_key instead of posting twice.
    LOCK TABLE accrual_run IN SHARE ROW EXCLUSIVE MODE;

    IF p_idempotency_key IS NOT NULL THEN
        SELECT accrual_run_id, activity_on INTO v_run_id, v_latest
        FROM accrual_run
        WHERE idempotency_key = p_idempotency_key;
        IF FOUND AND v_latest <> p_as_of THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'idempotency key was used for another day',
                DETAIL = format('Key %L is of the run as of %s, p_as_of is %s.', p_idempotency_key, v_latest, p_as_of),
                HINT = 'Give each call that is to do something new a key of its own.';
        END IF;
        IF FOUND THEN
            RETURN QUERY SELECT e.* FROM accrual_entry AS e WHERE e.accrual_run_id = v_run_id;
            RETURN;
        END IF;
    END IF;
    SELECT max(activity_on) INTO v_latest FROM accrual_run;
    IF p_as_of < v_latest THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD008',
            MESSAGE = 'accrual cannot go back behind an earlier run',
            DETAIL = format('p_as_of is %s, the latest run is as of %s.', p_as_of, v_latest),
            HINT = 'To see what was owed on an earlier day, use rebate_as_of().';
    END IF;

    BEGIN
        WITH evaluated AS MATERIALIZED (
            SELECT e.*
            FROM rebate_evaluate(p_as_of, 'infinity', NULL, v_latest) AS e
        ),
        -- What is posted: the actual earning, or until the span is over the one chosen.
        earned AS MATERIALIZED (
            SELECT e.*, l.growth_pay_base, l.negative_policy, coalesce(b.band_kind, 'actual') AS band_kind,
                CASE b.band_kind
                    WHEN 'accrual' THEN e.earned_amount - e.gross_amount + b.accrual_amount
                    WHEN 'forecast' THEN e.earned_amount - e.gross_amount + b.forecast_amount
                    ELSE e.earned_amount
                END AS due_amount
            FROM evaluated AS e
            JOIN program_line AS l ON l.program_line_id = e.program_line_id
            LEFT JOIN (
                SELECT n.*
                FROM rebate_earnings_as_of(p_as_of) AS n
                WHERE EXISTS (SELECT FROM accrual_band)
                    AND n.band_kind <> 'actual'
            ) AS b
                ON b.distributor_id = e.distributor_id
                AND b.program_line_id = e.program_line_id
                AND b.span_starts_on = e.span_starts_on
                AND b.currency_code = e.currency_code
                AND coalesce(b.reseller_id, 0) = coalesce(e.reseller_id, 0)
        ),
        known AS (
            SELECT DISTINCT ON (p.distributor_id, p.program_line_id, p.span_starts_on, p.currency_code, p.reseller_id) p.*
            FROM accrual_position AS p
            ORDER BY p.distributor_id, p.program_line_id, p.span_starts_on, p.currency_code, p.reseller_id, p.accrual_run_id DESC
        ),
        run AS (
            INSERT INTO accrual_run (activity_on, knowledge_at, inputs_sha256, rules_sha256, engine_version, idempotency_key)
            SELECT p_as_of, clock_timestamp(),
                sha256(convert_to(coalesce((
                    SELECT string_agg(concat_ws('|', e.distributor_id, e.program_line_id, e.span_starts_on, e.currency_code, e.reseller_id,
                            e.line_count, trim_scale(e.measured_value), trim_scale(e.qualifying_value), trim_scale(e.baseline_value),
                            e.gates_missed, e.schedule),
                        E'\n' ORDER BY e.distributor_id, e.program_line_id, e.span_starts_on, e.currency_code, e.reseller_id)
                    FROM evaluated AS e), ''), 'UTF8')),
                sha256(convert_to(coalesce((
                    SELECT string_agg(program_terms(l.program_line_id)::text, E'\n' ORDER BY l.program_line_id)
                    FROM program_line AS l
                    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
                    WHERE r.program_state <> 'draft'), ''), 'UTF8')),
                (SELECT extversion FROM pg_extension WHERE extname = 'distmgmt'),
                p_idempotency_key
            RETURNING accrual_run_id
        ),
        posted AS (
            SELECT e.distributor_id, e.program_line_id, e.span_starts_on, e.span_ends_on, e.currency_code, e.reseller_id,
                sum(e.delta_amount) AS amount,
                max(e.posting_no) AS postings
            FROM accrual_entry AS e
            GROUP BY e.distributor_id, e.program_line_id, e.span_starts_on, e.span_ends_on, e.currency_code, e.reseller_id
        ),
        -- The value that counted before, then with what has become known about
        -- the days of then, each under the conditions that hold now.
        due AS (
            SELECT coalesce(e.distributor_id, p.distributor_id) AS distributor_id,
                coalesce(e.program_line_id, p.program_line_id) AS program_line_id,
                coalesce(e.span_starts_on, p.span_starts_on) AS span_starts_on,
                coalesce(e.span_ends_on, p.span_ends_on) AS span_ends_on,
                coalesce(e.currency_code, p.currency_code) AS currency_code,
                coalesce(e.reseller_id, p.reseller_id) AS reseller_id,
                coalesce(e.band_kind, 'actual') AS band_kind,
                coalesce(p.postings, 0) + 1 AS posting_no,
                coalesce(e.measured_value, 0) AS measured_value,
                coalesce(e.due_amount, 0) AS earned_amount,
                coalesce(e.gross_amount, 0) AS gross_amount,
                coalesce(p.amount, 0) AS posted_amount,
                CASE WHEN k.measured_value IS NULL THEN 0
                    ELSE line_benefit(k.measured_value, e.qualifying_value, e.baseline_value, e.schedule, e.growth_pay_base,
                        e.negative_policy, e.gates_missed IS NULL)
                END AS after_rate,
                CASE WHEN e.restated_value IS NULL THEN 0
                    ELSE line_benefit(e.restated_value, e.qualifying_value, e.baseline_value, e.schedule, e.growth_pay_base,
                        e.negative_policy, e.gates_missed IS NULL)
                END AS after_prior_period
            FROM earned AS e
            LEFT JOIN known AS k
                ON k.distributor_id = e.distributor_id
                AND k.program_line_id = e.program_line_id
                AND k.span_starts_on = e.span_starts_on
                AND k.currency_code = e.currency_code
                AND coalesce(k.reseller_id, 0) = coalesce(e.reseller_id, 0)
            FULL JOIN posted AS p
                ON p.distributor_id = e.distributor_id
                AND p.program_line_id = e.program_line_id
                AND p.span_starts_on = e.span_starts_on
                AND p.currency_code = e.currency_code
                AND coalesce(p.reseller_id, 0) = coalesce(e.reseller_id, 0)
        ),
        -- Where the line wants its period reopened before late facts are posted.
        dated AS MATERIALIZED (
            SELECT n.*,
                require_posting_date(n.posts_for_on, n.calendar_code) AS posted_on
            FROM (
                SELECT DISTINCT c.calendar_code, least(d.span_ends_on, p_as_of) AS posts_for_on
                FROM due AS d
                JOIN program_line AS l ON l.program_line_id = d.program_line_id
                JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = l.fiscal_calendar_id
                WHERE d.earned_amount <> d.posted_amount
            ) AS n
        ),
        postable AS (
            SELECT d.*, t.posted_on
            FROM due AS d
            JOIN program_line AS l ON l.program_line_id = d.program_line_id
            JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = l.fiscal_calendar_id
            JOIN dated AS t ON t.calendar_code = c.calendar_code AND t.posts_for_on = least(d.span_ends_on, p_as_of)
            WHERE d.earned_amount <> d.posted_amount
                AND (l.late_policy <> 'reopen' OR t.posted_on = t.posts_for_on)
        ),
        -- What needs an approval is asked for and waits: the run after it posts it.
        judged AS MATERIALIZED (
            SELECT d.*, k.subject_key,
                CASE
                    WHEN NOT EXISTS (SELECT FROM approval_policy AS a WHERE a.subject_kind = 'accrual') THEN true
                    ELSE approval_is_given('accrual', k.subject_key, round(d.earned_amount - d.posted_amount, 4), d.currency_code)
                END AS is_free
            FROM postable AS d
            CROSS JOIN LATERAL (
                SELECT concat_ws('/', o.distributor_code, r.program_code, l.line_no, d.span_starts_on, d.reseller_id, d.posting_no) AS subject_key
                FROM program_line AS l
                JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
                JOIN distributor AS o ON o.distributor_id = d.distributor_id
                WHERE l.program_line_id = d.program_line_id
            ) AS k
        ),
        asked AS MATERIALIZED (
            SELECT request_approval('accrual', j.subject_key, round(j.earned_amount - j.posted_amount, 4), j.currency_code, NULL,
                format('Posting as of %s', p_as_of), j.distributor_id) AS request
            FROM judged AS j
            WHERE NOT j.is_free
        ),
        position_found AS (
            INSERT INTO accrual_position (
                distributor_id, program_line_id, span_starts_on, currency_code, accrual_run_id, reseller_id, measured_value
            )
            SELECT coalesce(e.distributor_id, k.distributor_id),
                coalesce(e.program_line_id, k.program_line_id),
                coalesce(e.span_starts_on, k.span_starts_on),
                coalesce(e.currency_code, k.currency_code),
                run.accrual_run_id,
                coalesce(e.reseller_id, k.reseller_id),
                coalesce(e.measured_value, 0)
            FROM earned AS e
            FULL JOIN known AS k
                ON k.distributor_id = e.distributor_id
                AND k.program_line_id = e.program_line_id
                AND k.span_starts_on = e.span_starts_on
                AND k.currency_code = e.currency_code
                AND coalesce(k.reseller_id, 0) = coalesce(e.reseller_id, 0)
            CROSS JOIN run
            WHERE coalesce(e.measured_value, 0) IS DISTINCT FROM k.measured_value
        ),
        entry AS (
            INSERT INTO accrual_entry (
                distributor_id, span_starts_on, accrual_run_id, program_line_id, span_ends_on, posting_no, measured_value,
                earned_amount, delta_amount, base_amount, prior_period_amount, rate_amount, currency_code, reseller_id, band_kind, posted_on
            )
            SELECT d.distributor_id,
                d.span_starts_on,
                run.accrual_run_id,
                d.program_line_id,
                d.span_ends_on,
                d.posting_no,
                d.measured_value,
                d.earned_amount,
                d.earned_amount - d.posted_amount,
                d.gross_amount - d.after_prior_period,
                d.after_prior_period - d.after_rate,
                d.after_rate + d.earned_amount - d.gross_amount - d.posted_amount,
                d.currency_code,
                d.reseller_id,
                d.band_kind,
                d.posted_on
            FROM judged AS d
            CROSS JOIN run
            WHERE d.is_free
            RETURNING *
        )
        SELECT array_agg(entry::accrual_entry ORDER BY entry.distributor_id, entry.program_line_id, entry.span_starts_on, entry.reseller_id)
        INTO v_rows
        FROM entry
        -- Read to the end, so that all that waits has been asked for.
        WHERE (SELECT count(*) FROM asked) >= 0;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION accrue_rebates(date, text, boolean) IS
    'Posts, for each program line, span and reseller credited, what activity up to p_as_of earns less all that was posted before; returns the postings. Until its span is over a line posts the earning that choose_accrual_band() chose. What needs an approval (subject accrual) is asked for and waits, the run after it posts it. A second call posts nothing. The same p_idempotency_key returns the first call''s postings; p_dry_run posts nothing. ZD008 when p_as_of lies before an earlier run, ZD007 when an exchange rate is missing, ZD069 for activity on days that a calendar has no span for.';

CREATE VIEW rebate_balance WITH (security_invoker = true) AS
SELECT e.distributor_id,
    e.program_line_id,
    e.span_starts_on,
    e.span_ends_on,
    e.currency_code,
    sum(e.delta_amount) AS posted_amount,
    count(*) AS postings,
    max(e.recorded_at) AS posted_at,
    e.reseller_id
FROM accrual_entry AS e
GROUP BY e.distributor_id, e.program_line_id, e.span_starts_on, e.span_ends_on, e.currency_code, e.reseller_id;
COMMENT ON VIEW rebate_balance IS 'One row = what has been posted for a program line in a span, for the distributor or for one reseller';
COMMENT ON COLUMN rebate_balance.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_balance.program_line_id IS 'The line';
COMMENT ON COLUMN rebate_balance.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_balance.span_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN rebate_balance.currency_code IS 'Settlement currency';
COMMENT ON COLUMN rebate_balance.posted_amount IS 'Sum of the postings, in full precision. Additive within a currency';
COMMENT ON COLUMN rebate_balance.postings IS 'How many postings';
COMMENT ON COLUMN rebate_balance.posted_at IS 'When the last was posted';
COMMENT ON COLUMN rebate_balance.reseller_id IS 'The reseller that is credited; NULL = the distributor';
