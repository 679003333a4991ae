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
        w.measured_value,
        t.next_threshold,
        t.gap,
        w.days_left,
        w.measured_value / w.days_gone,
        t.gap / nullif(w.days_left, 0),
        w.forecast_value,
        coalesce((tier_progress(w.forecast_value, l.schedule)).tier, 0) >= t.next_tier,
        w.earned_amount,
        rebate(w.measured_value, w.forecast_value, l.schedule),
        t.jump
    FROM (
        SELECT e.*,
            e.span_ends_on - p_activity AS days_left,
            p_activity - e.span_starts_on + 1 AS days_gone,
            e.measured_value * (e.span_ends_on - e.span_starts_on + 1) / (p_activity - e.span_starts_on + 1) AS forecast_value
        FROM rebate_as_of(p_activity, p_knowledge) AS e
        WHERE p_activity BETWEEN e.span_starts_on AND e.span_ends_on
    ) AS w
    JOIN program_line AS l ON l.program_line_id = w.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = w.distributor_id
    CROSS JOIN LATERAL tier_progress(w.measured_value, l.schedule) AS t
    WHERE t.gap <= p_within_rate * t.next_threshold;
END;
COMMENT ON FUNCTION close_to_next_tier(date, numeric, timestamptz) IS
    'Watch-list: one row = a program line in the span of p_activity that lacks at most p_within_rate (a fraction) of its next threshold. run_rate and needed_run_rate = value per day so far, and for the days left after p_activity (NULL on the last day); forecast_value = run rate over the whole span; forecast_amount = today''s value at the tier of the forecast; jump_at_next = payout gained at the threshold at once';

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
        e.measured_value - t.threshold,
        -- The jump as seen from just below the threshold.
        (tier_progress(t.threshold - CASE m.attain WHEN 'above' THEN 0 ELSE 0.0001 END, l.schedule)).jump,
        e.earned_amount - rebate(e.measured_value * (1 - p_return_rate), l.schedule)
    FROM rebate_as_of(p_activity, p_knowledge) AS e
    JOIN program_line AS l ON l.program_line_id = e.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = e.distributor_id
    CROSS JOIN LATERAL tier_progress(e.measured_value, l.schedule) AS t
    LEFT JOIN LATERAL tiers(l.schedule) AS m ON m.tier = t.tier;
END;
COMMENT ON FUNCTION clawback_exposure(date, numeric, timestamptz) IS
    'One row = a program line in a span: cushion = value that may be returned before its tier is lost, drop_below = payout lost there at once, exposed_amount = what is taken back when p_return_rate (a fraction) of the value is returned';
