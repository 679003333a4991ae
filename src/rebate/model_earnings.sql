-- rebate: three earnings of one line: actual (what has counted), accrual (at a tier that
-- somebody expects and chose) and forecast (extrapolated over the reporting periods that
-- are closed); and the data gates that hold payment, never the earning.

CREATE TABLE accrual_band (
    program_line_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    accrual_band_id bigint GENERATED ALWAYS AS IDENTITY,
    band_kind text NOT NULL,
    tier_no integer,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT accrual_band_pkey PRIMARY KEY (program_line_id, span_starts_on, accrual_band_id),
    CONSTRAINT accrual_band_kind_check CHECK (band_kind IN ('actual', 'accrual', 'forecast')),
    CONSTRAINT accrual_band_tier_check CHECK ((band_kind = 'accrual') = (tier_no IS NOT NULL) AND tier_no > 0),
    CONSTRAINT accrual_band_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line
);
COMMENT ON TABLE accrual_band IS 'One row = a choice of which earning of a program line is accrued until a span is over; the newest holds';
COMMENT ON COLUMN accrual_band.program_line_id IS 'The line';
COMMENT ON COLUMN accrual_band.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN accrual_band.accrual_band_id IS 'Order of the choices';
COMMENT ON COLUMN accrual_band.band_kind IS 'actual, accrual (at tier_no) or forecast';
COMMENT ON COLUMN accrual_band.tier_no IS 'Tier that is expected to be reached; NULL unless accrual';
COMMENT ON COLUMN accrual_band.reason IS 'Why: expected value, most likely amount, …';
COMMENT ON COLUMN accrual_band.recorded_at IS 'When it was chosen';
COMMENT ON COLUMN accrual_band.recorded_by IS 'Role that chose';

CREATE TRIGGER accrual_band_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON accrual_band
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER accrual_band_append_only ON accrual_band IS 'Choices are append-only';

CREATE FUNCTION require_program_line(p_program_code text, p_line_no integer) RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_line_id bigint;
BEGIN
    SELECT l.program_line_id INTO v_line_id
    FROM program_line AS l
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    WHERE r.program_code = p_program_code
        AND l.line_no = p_line_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD070',
            MESSAGE = 'program has no such line',
            DETAIL = format('Program %s, line %s.', coalesce(quote_literal(p_program_code), 'NULL'), coalesce(p_line_no::text, 'NULL')),
            HINT = 'Look in rebate_program and program_line.';
    END IF;
    RETURN v_line_id;
END
$$;
COMMENT ON FUNCTION require_program_line(text, integer) IS 'Key of a program line; ZD070 when there is none';

CREATE FUNCTION choose_accrual_band(
    p_program_code text,
    p_line_no integer,
    p_span_starts_on date,
    p_band_kind text,
    p_tier_no integer DEFAULT NULL,
    p_reason text DEFAULT 'most likely amount'
) RETURNS accrual_band
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_line_id bigint := require_program_line(p_program_code, p_line_no);
    v_chosen accrual_band;
BEGIN
    IF p_tier_no IS NOT NULL AND NOT EXISTS (
        SELECT FROM program_line AS l CROSS JOIN LATERAL tiers(l.schedule) AS t
        WHERE l.program_line_id = v_line_id AND t.tier = p_tier_no)
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'schedule has no such tier',
            DETAIL = format('Program %L, line %s, tier %s.', p_program_code, p_line_no, p_tier_no),
            HINT = 'Tiers are numbered from 1; tiers() lists them.';
    END IF;
    INSERT INTO accrual_band (program_line_id, span_starts_on, band_kind, tier_no, reason)
    VALUES (v_line_id, p_span_starts_on, p_band_kind, p_tier_no, p_reason)
    RETURNING * INTO v_chosen;
    RETURN v_chosen;
END
$$;
COMMENT ON FUNCTION choose_accrual_band(text, integer, date, text, integer, text) IS
    'Chooses what accrue_rebates() posts for a program line until the span is over: p_band_kind actual, accrual (as if p_tier_no were reached) or forecast; the choice can be changed at any time, the next run posts the difference. ZD070 for an unknown line, 22023 for a tier that is not there';

CREATE FUNCTION rebate_earnings_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    reseller_id bigint,
    measured_value numeric,
    closed_days integer,
    span_days integer,
    closed_value numeric,
    forecast_value numeric,
    band_kind text,
    band_tier_no integer,
    actual_amount numeric,
    accrual_amount numeric,
    forecast_amount numeric
)
LANGUAGE sql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH evaluated AS MATERIALIZED (
        SELECT e.*, l.measure_fact, l.growth_pay_base, l.negative_policy,
            greatest(e.span_starts_on, l.valid_from) AS from_on,
            least(e.span_ends_on, l.valid_to) AS to_on
        FROM rebate_evaluate(p_activity, p_knowledge) AS e
        JOIN program_line AS l ON l.program_line_id = e.program_line_id
    ),
    -- Days of reports that were accepted or said that nothing was sold.
    reported AS MATERIALIZED (
        SELECT s.distributor_id, s.report_kind,
            coalesce(range_agg(daterange(s.period_starts_on, s.period_ends_on, '[]')) FILTER (WHERE s.obligation_state IN ('accepted', 'nil')),
                '{}'::datemultirange) AS days
        FROM obligation_states((least(p_knowledge, now()) AT TIME ZONE 'UTC')::date) AS s
        WHERE s.period_ends_on <= p_activity
        GROUP BY s.distributor_id, s.report_kind
    ),
    closed AS (
        SELECT e.distributor_id, e.program_line_id, e.span_starts_on, e.currency_code, e.from_on, e.to_on, r.days,
            datemultirange(daterange(e.from_on, least(e.to_on, p_activity), '[]'))
                * coalesce(r.days, datemultirange(daterange(e.from_on, least(e.to_on, p_activity), '[]'))) AS closed_days
        FROM (SELECT DISTINCT v.distributor_id, v.program_line_id, v.span_starts_on, v.currency_code, v.from_on, v.to_on, v.measure_fact
            FROM evaluated AS v) AS e
        LEFT JOIN reported AS r ON r.distributor_id = e.distributor_id AND r.report_kind = e.measure_fact
    ),
    -- Only where reports have gaps are the facts of the closed days added up anew.
    closed_total AS (
        SELECT f.distributor_id, f.program_line_id, f.span_starts_on, f.currency_code, f.reseller_id, sum(f.value) AS value
        FROM rebate_facts_as_of(p_activity, p_knowledge, ARRAY(
            SELECT DISTINCT c.program_line_id FROM closed AS c WHERE c.days IS NOT NULL), ARRAY['measure']) AS f
        JOIN closed AS c
            ON c.distributor_id = f.distributor_id
            AND c.program_line_id = f.program_line_id
            AND c.span_starts_on = f.span_starts_on
            AND c.currency_code = f.currency_code
            AND c.closed_days @> f.fact_on
        WHERE EXISTS (SELECT FROM closed AS c WHERE c.days IS NOT NULL)
        GROUP BY f.distributor_id, f.program_line_id, f.span_starts_on, f.currency_code, f.reseller_id
    ),
    extrapolated AS (
        SELECT e.*, n.closed_days, n.span_days, n.closed_value,
            CASE
                WHEN p_activity >= e.to_on THEN e.measured_value
                ELSE greatest(e.measured_value, n.closed_value * n.span_days / nullif(n.closed_days, 0))
            END AS forecast_value
        FROM evaluated AS e
        JOIN closed AS c
            ON c.distributor_id = e.distributor_id
            AND c.program_line_id = e.program_line_id
            AND c.span_starts_on = e.span_starts_on
            AND c.currency_code = e.currency_code
        LEFT JOIN closed_total AS t
            ON t.distributor_id = e.distributor_id
            AND t.program_line_id = e.program_line_id
            AND t.span_starts_on = e.span_starts_on
            AND t.currency_code = e.currency_code
            AND coalesce(t.reseller_id, 0) = coalesce(e.reseller_id, 0)
        CROSS JOIN LATERAL (
            SELECT coalesce((SELECT sum(upper(d.days) - lower(d.days)) FROM unnest(c.closed_days) AS d (days)), 0)::integer AS closed_days,
                e.to_on - e.from_on + 1 AS span_days,
                CASE WHEN c.days IS NULL THEN e.measured_value ELSE coalesce(t.value, 0) END AS closed_value
        ) AS n
    )
    SELECT x.distributor_id, x.program_line_id, x.span_starts_on, x.span_ends_on, x.currency_code, x.reseller_id, x.measured_value,
        x.closed_days, x.span_days, x.closed_value, x.forecast_value,
        CASE WHEN p_activity >= x.to_on THEN 'actual' ELSE coalesce(b.band_kind, 'actual') END,
        b.tier_no,
        x.gross_amount,
        CASE
            WHEN m.threshold IS NULL THEN NULL
            WHEN x.gates_missed IS NOT NULL THEN 0
            ELSE rebate(x.measured_value, greatest(x.qualifying_value, m.threshold + CASE m.attain WHEN 'above' THEN 0.0001 ELSE 0 END), x.schedule)
        END,
        CASE
            WHEN x.growth_pay_base IS NOT NULL OR x.gates_missed IS NOT NULL OR x.measured_value <= 0 THEN x.gross_amount
            ELSE rebate(x.measured_value, x.qualifying_value * greatest(1, x.forecast_value / x.measured_value), x.schedule)
        END
    FROM extrapolated AS x
    LEFT JOIN LATERAL (
        SELECT a.band_kind, a.tier_no
        FROM accrual_band AS a
        WHERE a.program_line_id = x.program_line_id
            AND a.span_starts_on = x.span_starts_on
            AND a.recorded_at <= p_knowledge
        ORDER BY a.accrual_band_id DESC
        LIMIT 1
    ) AS b ON true
    LEFT JOIN LATERAL (
        SELECT t.threshold, t.attain
        FROM tiers(x.schedule) AS t
        WHERE t.tier = b.tier_no
            AND x.growth_pay_base IS NULL
    ) AS m ON true
$$;
COMMENT ON FUNCTION rebate_earnings_as_of(date, timestamptz) IS
    'One row = the three earnings of a program line in a span, before stacking and guarantee: actual_amount (at the tiers reached), accrual_amount (as if the tier of accrual_band were reached; NULL = none chosen) and forecast_amount (today''s value at the tier of forecast_value). forecast_value = closed_value × span_days ÷ closed_days, not less than what has counted; closed days are those of reports accepted or declared nil, all days so far for sell-in and for distributors without a duty to report. band_kind = which of them is accrued: actual once the span is over. A line on growth forecasts its actual';

CREATE FUNCTION rebate_holds_as_of(p_as_of date DEFAULT current_date) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    reason text,
    asked numeric,
    found numeric
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH gated AS MATERIALIZED (
        SELECT DISTINCT a.distributor_id, l.program_line_id, s.starts_on, least(s.ends_on, p_as_of) AS ends_on, s.ends_on AS span_ends_on,
            l.gate_score, l.gate_completeness, l.gate_late_days, l.measure_fact
        FROM program_line AS l
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        JOIN agreement_member AS a ON a.agreement_id = r.agreement_id
        JOIN agreement_version AS v ON v.agreement_id = a.agreement_id AND v.version_state <> 'draft'
        JOIN fiscal_span AS s
            ON s.fiscal_calendar_id = l.fiscal_calendar_id
            AND s.span_kind = l.span_kind
            AND s.ends_on >= greatest(l.valid_from, v.valid_from, a.valid_from)
            AND s.starts_on <= least(l.valid_to, v.valid_to, a.valid_to, p_as_of)
        WHERE r.program_state <> 'draft'
            AND num_nonnulls(l.gate_score, l.gate_completeness, l.gate_late_days) > 0
    ),
    -- Each span of days is judged once, for all distributors.
    scored AS MATERIALIZED (
        SELECT n.starts_on, n.ends_on, q.distributor_id, q.score, q.completeness_score
        FROM (SELECT DISTINCT g.starts_on, g.ends_on FROM gated AS g
            WHERE num_nonnulls(g.gate_score, g.gate_completeness) > 0) AS n
        CROSS JOIN LATERAL data_quality(n.starts_on, n.ends_on, p_as_of) AS q
    ),
    owed AS MATERIALIZED (
        SELECT o.*
        FROM obligation_states(p_as_of) AS o
        WHERE EXISTS (SELECT FROM gated AS g WHERE g.gate_late_days IS NOT NULL)
    )
    SELECT g.distributor_id, g.program_line_id, g.starts_on, g.span_ends_on, t.reason, t.asked, t.found
    FROM gated AS g
    LEFT JOIN scored AS s
        ON s.distributor_id = g.distributor_id
        AND s.starts_on = g.starts_on
        AND s.ends_on = g.ends_on
    CROSS JOIN LATERAL (
        SELECT 'score'::text AS reason, g.gate_score AS asked, s.score AS found
        WHERE g.gate_score IS NOT NULL AND coalesce(s.score, -1) < g.gate_score
        UNION ALL
        SELECT 'completeness', g.gate_completeness, s.completeness_score
        WHERE g.gate_completeness IS NOT NULL AND coalesce(s.completeness_score, -1) < g.gate_completeness
        UNION ALL
        SELECT CASE WHEN bool_or(o.obligation_state IN ('late', 'missing')) THEN 'report missing' ELSE 'report late' END,
            g.gate_late_days, max(o.days_late)
        FROM owed AS o
        WHERE o.distributor_id = g.distributor_id
            AND o.period_ends_on BETWEEN g.starts_on AND g.ends_on
            AND (o.days_late > g.gate_late_days OR o.obligation_state IN ('late', 'missing'))
            AND g.gate_late_days IS NOT NULL
        HAVING count(*) > 0
    ) AS t
$$;
COMMENT ON FUNCTION rebate_holds_as_of(date) IS
    'One row = a reason why the payment of a program line for a span is held at the close of p_as_of: data quality score or completeness below what the line asks for (found NULL = no report to judge by), a report missing or more days late than allowed. The earning goes on; settle_statements() pays it when the hold is gone';

CREATE VIEW rebate_hold WITH (security_invoker = true) AS
SELECT h.distributor_id,
    h.program_line_id,
    h.span_starts_on,
    h.span_ends_on,
    h.reason,
    h.asked,
    h.found
FROM rebate_holds_as_of((now() AT TIME ZONE 'UTC')::date) AS h;
COMMENT ON VIEW rebate_hold IS 'One row = a reason why the payment of a program line for a span is held today';
COMMENT ON COLUMN rebate_hold.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_hold.program_line_id IS 'The line';
COMMENT ON COLUMN rebate_hold.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_hold.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN rebate_hold.reason IS 'score, completeness, report late or report missing';
COMMENT ON COLUMN rebate_hold.asked IS 'What the line asks for: 0 to 100, or days';
COMMENT ON COLUMN rebate_hold.found IS 'What was found; NULL = nothing to judge by';
