-- rebate: what if. Other schedules over the real facts, the way to the next tier,
-- and what returns would take back; nothing is written.

CREATE FUNCTION simulate_rebate(
    p_schedules tier_schedule[],
    p_from date,
    p_to date,
    p_measure_fact text DEFAULT 'sell_in',
    p_measure_unit text DEFAULT 'amount',
    p_product_line ltree DEFAULT NULL,
    p_currency_code text DEFAULT 'EUR',
    p_span_kind text DEFAULT 'quarter',
    p_calendar_code text DEFAULT 'gregorian',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    schedule_no bigint,
    schedule tier_schedule,
    distributor_code text,
    span_starts_on date,
    span_ends_on date,
    line_count bigint,
    measured_value numeric,
    earned_amount numeric,
    effective_rate numeric,
    tier_no integer,
    gap_to_next numeric,
    jump_at_next numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    -- The facts are added up once, whatever the number of schedules.
    WITH day AS MATERIALIZED (
        SELECT sp.starts_on, sp.ends_on, g.on_day::date AS day_on
        FROM fiscal_calendar AS c
        JOIN fiscal_span AS sp
            ON sp.fiscal_calendar_id = c.fiscal_calendar_id
            AND sp.span_kind = p_span_kind
            AND sp.ends_on >= p_from
            AND sp.starts_on <= p_to
        CROSS JOIN LATERAL generate_series(greatest(sp.starts_on, p_from)::timestamp, least(sp.ends_on, p_to)::timestamp, interval '1 day') AS g (on_day)
        WHERE c.calendar_code = p_calendar_code
    ),
    total AS MATERIALIZED (
        SELECT f.distributor_id, d.starts_on, d.ends_on,
            count(*) AS line_count,
            sum(CASE p_measure_unit
                WHEN 'quantity' THEN f.quantity
                ELSE convert_amount(f.amount, f.currency_code, p_currency_code, f.fact_on)
            END) AS measured_value
        FROM (
            SELECT s.distributor_id, 'sell_in'::text AS fact_table, s.shipped_on AS fact_on, s.sell_in_id AS fact_id,
                s.product_id, s.quantity, s.amount, s.currency_code
            FROM sell_in_as_of(p_to, p_knowledge) AS s
            WHERE p_measure_fact = 'sell_in' AND s.shipped_on >= p_from
            UNION ALL
            SELECT s.distributor_id, 'sell_through'::text, s.sold_on, s.sell_through_id,
                s.product_id, s.quantity, coalesce(s.amount, 0), s.currency_code
            FROM sell_through_as_of(p_to, p_knowledge) AS s
            WHERE p_measure_fact = 'sell_through' AND s.sold_on >= p_from
        ) AS f
        JOIN day AS d ON d.day_on = f.fact_on
        JOIN product AS p ON p.product_id = f.product_id
        WHERE (p_product_line IS NULL OR p.product_line <@ p_product_line)
            AND NOT EXISTS (
                SELECT
                FROM price_violation AS h
                WHERE h.distributor_id = f.distributor_id
                    AND h.fact_table = f.fact_table
                    AND h.occurred_on = f.fact_on
                    AND h.fact_id = f.fact_id
                    AND h.action = 'hold'
                    AND h.recorded_at <= p_knowledge
                    AND (h.decided_at IS NULL OR h.decided_at > p_knowledge))
        GROUP BY f.distributor_id, d.starts_on, d.ends_on
    )
    SELECT s.schedule_no,
        s.schedule,
        d.distributor_code,
        t.starts_on,
        t.ends_on,
        t.line_count,
        t.measured_value,
        rebate(t.measured_value, s.schedule),
        blended_rate(t.measured_value, s.schedule),
        g.tier,
        g.gap,
        g.jump
    FROM total AS t
    JOIN distributor AS d ON d.distributor_id = t.distributor_id
    CROSS JOIN unnest(p_schedules) WITH ORDINALITY AS s (schedule, schedule_no)
    CROSS JOIN LATERAL tier_progress(t.measured_value, s.schedule) AS g
$$;
COMMENT ON FUNCTION simulate_rebate(tier_schedule[], date, date, text, text, ltree, text, text, text, timestamptz) IS
    'One row = what a distributor would have earned in a span by one of the schedules, over the real facts of the days p_from to p_to (both inclusive; spans are cut at them); the facts are read once for any number of schedules. p_measure_fact sell_in or sell_through, p_measure_unit amount (in p_currency_code) or quantity (base units), p_product_line NULL = all products, effective_rate = earned ÷ value. Writes nothing. ZD007 when an exchange rate is missing.';

CREATE FUNCTION simulate_program_line(
    p_program_code text,
    p_line_no integer,
    p_schedules tier_schedule[],
    p_activity date,
    p_span_starts_on date DEFAULT NULL,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    schedule_no bigint,
    schedule tier_schedule,
    distributor_code text,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    reseller_code text,
    measured_value numeric,
    gross_amount numeric,
    stack_amount numeric,
    carried_amount numeric,
    guarantee_amount numeric,
    earned_amount numeric,
    group_amount numeric,
    group_change numeric
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_line_id bigint := require_program_line(p_program_code, p_line_no);
    v_line_ids bigint[];
BEGIN
    -- The line with all that acts on it or that it acts on; the facts are read once.
    v_line_ids := lines_with_their_group(ARRAY[v_line_id] || ARRAY(
        SELECT k.program_line_id FROM program_cascade AS k WHERE k.deducts_line_id = v_line_id));
    RETURN QUERY
    WITH tried AS MATERIALIZED (
        SELECT e.*, sum(e.earned_amount) OVER (
                PARTITION BY e.distributor_id, e.span_starts_on, e.currency_code, e.reseller_id, e.scenario_no) AS group_amount
        FROM rebate_evaluate(p_activity, p_knowledge, v_line_ids, p_what_if_line_id => v_line_id, p_what_if => p_schedules) AS e
        WHERE p_span_starts_on IS NULL OR e.span_starts_on = p_span_starts_on
    ),
    stands AS MATERIALIZED (
        SELECT e.distributor_id, e.span_starts_on, e.currency_code, e.reseller_id, sum(e.earned_amount) AS group_amount
        FROM rebate_evaluate(p_activity, p_knowledge, v_line_ids) AS e
        GROUP BY e.distributor_id, e.span_starts_on, e.currency_code, e.reseller_id
    )
    SELECT t.scenario_no, t.schedule, d.distributor_code, t.span_starts_on, t.span_ends_on, t.currency_code, r.reseller_code,
        t.measured_value, t.gross_amount, t.stack_amount, t.carried_amount, t.guarantee_amount, t.earned_amount, t.group_amount,
        t.group_amount - s.group_amount
    FROM tried AS t
    JOIN distributor AS d ON d.distributor_id = t.distributor_id
    LEFT JOIN reseller AS r ON r.reseller_id = t.reseller_id
    LEFT JOIN stands AS s
        ON s.distributor_id = t.distributor_id
        AND s.span_starts_on = t.span_starts_on
        AND s.currency_code = t.currency_code
        AND coalesce(s.reseller_id, 0) = coalesce(t.reseller_id, 0)
    WHERE t.program_line_id = v_line_id
    ORDER BY t.scenario_no, d.distributor_code, t.span_starts_on, r.reseller_code;
END
$$;
COMMENT ON FUNCTION simulate_program_line(text, integer, tier_schedule[], date, date, timestamptz) IS
    'One row = what a program line in force would earn in a span by one of the schedules, with its scope, gates, growth, guarantee and the lines of its group as they are: gross_amount + stack_amount + carried_amount + guarantee_amount = earned_amount; group_amount = the line and all that act on it or that it acts on, group_change = what the schedule changes in that. The facts are read once for any number of schedules. Writes nothing. ZD070 for an unknown line';

CREATE FUNCTION close_to_next_tier(
    p_activity date,
    p_within_rate numeric DEFAULT 0.1,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_code text,
    program_code text,
    line_no integer,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    measured_value numeric,
    next_threshold numeric,
    gap numeric,
    days_left integer,
    run_rate numeric,
    needed_run_rate numeric,
    forecast_value numeric,
    is_on_course boolean,
    earned_amount numeric,
    forecast_amount numeric,
    jump_at_next numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_code,
        r.program_code,
        l.line_no,
        w.span_starts_on,
        w.span_ends_on,
        w.currency_code,
        w.qualifying_value,
        t.next_threshold * k.per_point,
        t.gap * k.per_point,
        w.span_ends_on - p_activity,
        f.closed_value / nullif(f.closed_days, 0),
        t.gap * k.per_point / nullif(w.span_ends_on - p_activity, 0),
        f.forecast_value,
        w.qualifying_value * greatest(1, coalesce(f.forecast_value / nullif(w.measured_value, 0), 1)) >= t.next_threshold * k.per_point,
        w.earned_amount,
        f.forecast_amount,
        CASE
            WHEN l.growth_base IS NOT NULL THEN NULL
            WHEN q.program_line_id IS NULL THEN t.jump
            ELSE rebate(w.measured_value, t.next_threshold + CASE t.next_attain WHEN 'above' THEN 0.0001 ELSE 0 END, l.schedule)
                - rebate(w.measured_value, w.qualifying_value, l.schedule)
        END
    FROM rebate_evaluate(p_activity, p_knowledge) AS w
    JOIN program_line AS l ON l.program_line_id = w.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = w.distributor_id
    JOIN rebate_earnings_as_of(p_activity, p_knowledge) AS f
        ON f.distributor_id = w.distributor_id
        AND f.program_line_id = w.program_line_id
        AND f.span_starts_on = w.span_starts_on
        AND f.currency_code = w.currency_code
        AND coalesce(f.reseller_id, 0) = coalesce(w.reseller_id, 0)
    LEFT JOIN program_count AS q
        ON q.program_line_id = w.program_line_id
        AND q.count_role = 'qualifier'
    CROSS JOIN LATERAL (SELECT CASE WHEN l.growth_base IS NULL THEN 1 ELSE w.baseline_value / 100 END AS per_point) AS k
    CROSS JOIN LATERAL tier_progress(w.qualifying_value / nullif(k.per_point, 0), l.schedule) AS t
    WHERE w.span_starts_on <= p_activity
        AND w.span_ends_on >= p_activity
        AND t.gap <= p_within_rate * t.next_threshold;
END;
COMMENT ON FUNCTION close_to_next_tier(date, numeric, timestamptz) IS
    'Watch-list: one row = a program line in the span of p_activity that lacks at most p_within_rate (a fraction) of its next threshold. measured_value = what opens the tiers; run_rate = value per day of the days that are closed (see rebate_earnings_as_of()), needed_run_rate for the days left after p_activity (NULL on the last day); forecast_value = run rate over the whole span; forecast_amount = today''s value at the tier of the forecast; jump_at_next = payout gained at the threshold at once';

CREATE FUNCTION clawback_exposure(
    p_activity date,
    p_return_rate numeric DEFAULT 0.1,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_code text,
    program_code text,
    line_no integer,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    measured_value numeric,
    earned_amount numeric,
    tier_no integer,
    cushion numeric,
    drop_below numeric,
    exposed_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_code,
        r.program_code,
        l.line_no,
        e.span_starts_on,
        e.span_ends_on,
        e.currency_code,
        e.measured_value,
        e.earned_amount,
        t.tier,
        e.qualifying_value - t.threshold * k.per_point,
        -- The jump as seen from just below the threshold.
        CASE WHEN l.growth_base IS NULL
            THEN (tier_progress(t.threshold - CASE m.attain WHEN 'above' THEN 0 ELSE 0.0001 END, l.schedule)).jump
        END,
        e.gross_amount - line_benefit(e.measured_value * (1 - p_return_rate), e.qualifying_value * (1 - p_return_rate), e.baseline_value,
            l.schedule, l.growth_pay_base, l.negative_policy, e.gates_missed IS NULL)
    FROM rebate_evaluate(p_activity, p_knowledge) AS e
    JOIN program_line AS l ON l.program_line_id = e.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = e.distributor_id
    CROSS JOIN LATERAL (SELECT CASE WHEN l.growth_base IS NULL THEN 1 ELSE e.baseline_value / 100 END AS per_point) AS k
    CROSS JOIN LATERAL tier_progress(coalesce(e.qualifying_value / nullif(k.per_point, 0), 0), l.schedule) AS t
    LEFT JOIN LATERAL tiers(l.schedule) AS m ON m.tier = t.tier;
END;
COMMENT ON FUNCTION clawback_exposure(date, numeric, timestamptz) IS
    'One row = a program line in a span: cushion = value that may be returned before its tier is lost, drop_below = payout lost there at once, exposed_amount = what is taken back of the gross benefit when p_return_rate (a fraction) of the value is returned; drop_below is NULL for growth';
