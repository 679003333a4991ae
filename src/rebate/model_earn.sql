-- rebate: what is earned. Totals become benefits in a fixed order: gates, growth and
-- tiers give the gross benefit of each line; the lines of a group act on each other
-- (best_of and exclusive_first on gross benefits, cascade_net in the order of the
-- deductions, a directed graph without circles); then what was carried over from
-- earlier spans and the guarantee. No step looks at the order of rows or of runs.

CREATE TYPE rebate_evaluation AS (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    reseller_id bigint,
    scenario_no bigint,
    schedule tier_schedule,
    line_count bigint,
    measured_value numeric,
    restated_value numeric,
    qualifying_value numeric,
    baseline_value numeric,
    gates_missed text,
    overlap_line_ids bigint[],
    overlap_values numeric[],
    gross_amount numeric,
    net_value numeric,
    stack_amount numeric,
    carried_amount numeric,
    guarantee_amount numeric,
    earned_amount numeric
);
COMMENT ON TYPE rebate_evaluation IS 'What a program line has earned in a span and how it came about: earned_amount = gross_amount + stack_amount + carried_amount + guarantee_amount';
COMMENT ON COLUMN rebate_evaluation.distributor_id IS 'The distributor';
COMMENT ON COLUMN rebate_evaluation.program_line_id IS 'The line';
COMMENT ON COLUMN rebate_evaluation.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_evaluation.span_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN rebate_evaluation.currency_code IS 'Settlement currency';
COMMENT ON COLUMN rebate_evaluation.reseller_id IS 'The reseller that is credited; NULL = the distributor';
COMMENT ON COLUMN rebate_evaluation.scenario_no IS 'Number of the schedule that was tried, 0 = the one in force';
COMMENT ON COLUMN rebate_evaluation.schedule IS 'Tiers that it was calculated by';
COMMENT ON COLUMN rebate_evaluation.line_count IS 'How many facts counted';
COMMENT ON COLUMN rebate_evaluation.measured_value IS 'What counted: settlement currency, base units or points';
COMMENT ON COLUMN rebate_evaluation.restated_value IS 'Of it on days up to the cut that was asked for; NULL = none';
COMMENT ON COLUMN rebate_evaluation.qualifying_value IS 'What opens the tiers: the qualifier, else measured_value';
COMMENT ON COLUMN rebate_evaluation.baseline_value IS 'What growth is over; NULL = no growth, or no base';
COMMENT ON COLUMN rebate_evaluation.gates_missed IS 'Names of the gates that were not reached; NULL = all were';
COMMENT ON COLUMN rebate_evaluation.overlap_line_ids IS 'Lines that it deducts';
COMMENT ON COLUMN rebate_evaluation.overlap_values IS 'Value of the facts that it shares with each of them';
COMMENT ON COLUMN rebate_evaluation.gross_amount IS 'Benefit of the measured value by itself';
COMMENT ON COLUMN rebate_evaluation.net_value IS 'Value that it earned on, less what the lines before it earn on the same facts';
COMMENT ON COLUMN rebate_evaluation.stack_amount IS 'What the other lines of the group change, zero or less as a rule';
COMMENT ON COLUMN rebate_evaluation.carried_amount IS 'Negative benefit carried into (positive) or over from earlier spans (negative)';
COMMENT ON COLUMN rebate_evaluation.guarantee_amount IS 'What the guarantee adds';
COMMENT ON COLUMN rebate_evaluation.earned_amount IS 'What is earned in all, in full precision';

CREATE FUNCTION line_benefit(
    p_value numeric,
    p_qualifier numeric,
    p_baseline numeric,
    p_schedule tier_schedule,
    p_pay_base text DEFAULT NULL,
    p_negative_policy text DEFAULT 'floor_zero',
    p_is_open boolean DEFAULT true
) RETURNS numeric
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(CASE
        WHEN NOT p_is_open THEN 0
        WHEN p_pay_base IS NOT NULL THEN growth_rebate(p_value, p_baseline, p_schedule, p_pay_base)
        WHEN p_value < 0 AND p_negative_policy <> 'floor_zero' THEN -rebate(-p_value, p_schedule)
        ELSE rebate(p_value, p_qualifier, p_schedule)
    END, 0);
END;
COMMENT ON FUNCTION line_benefit(numeric, numeric, numeric, tier_schedule, text, text, boolean) IS
    'What a value earns by itself: 0 with a gate missed (p_is_open false), growth over p_baseline where p_pay_base says how (0 without a positive base), minus what its opposite earns where it is negative and p_negative_policy is not floor_zero, else rebate(). Never NULL';

CREATE FUNCTION refuse_uncovered_activity(
    p_activity date,
    p_program_line_ids bigint[] DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_missed record;
BEGIN
    WITH uncovered AS MATERIALIZED (
        SELECT u.*
        FROM program_uncovered AS u
        WHERE u.from_on <= p_activity
            AND (p_program_line_ids IS NULL OR u.program_line_id = ANY (p_program_line_ids))
    )
    SELECT l.line_name, r.program_code, c.calendar_code, t.activity_on INTO v_missed
    FROM uncovered AS u
    JOIN (
        SELECT d.distributor_id, d.activity_on, d.sell_in_lines, d.sell_through_lines FROM rollup_day AS d
        UNION ALL
        SELECT d.distributor_id, d.activity_on, d.sell_in_lines, d.sell_through_lines FROM rollup_day_delta AS d
    ) AS t
        ON t.distributor_id = u.distributor_id
        AND t.activity_on BETWEEN u.from_on AND least(u.to_on, p_activity)
        AND CASE u.measure_fact WHEN 'sell_in' THEN t.sell_in_lines ELSE t.sell_through_lines END <> 0
    JOIN program_line AS l ON l.program_line_id = u.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = l.fiscal_calendar_id
    WHERE EXISTS (SELECT FROM uncovered)
    ORDER BY t.activity_on, u.program_line_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD069',
            MESSAGE = 'calendar of a program line has no span for days on which there is activity',
            DETAIL = format('Program %s, line %L: calendar %L has no span that holds %s.', v_missed.program_code,
                v_missed.line_name, v_missed.calendar_code, v_missed.activity_on),
            HINT = 'Add the years with add_fiscal_years(); program_uncovered lists all such days.';
    END IF;
END
$$;
COMMENT ON FUNCTION refuse_uncovered_activity(date, bigint[]) IS
    'Raises ZD069 where there is activity up to p_activity on days that a program line counts and its calendar has no span for: nothing is lost in silence';

CREATE FUNCTION rebate_totals_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL,
    p_cut date DEFAULT NULL,
    p_from_facts boolean DEFAULT false
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    counted_role text,
    counted_no bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    reseller_id bigint,
    line_count bigint,
    value numeric,
    restated_value numeric
)
LANGUAGE plpgsql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
SET enable_sort = off
AS $$
DECLARE
    v_sources text[];
    v_distributors bigint[];
    v_first date;
    v_last date;
BEGIN
    PERFORM refuse_uncovered_activity(p_activity, p_program_line_ids);
    -- The facts are not looked at where the rollups say it all, and else only those of
    -- the distributors and days that are asked for.
    SELECT coalesce(array_agg(DISTINCT p.piece_source), '{}'), array_agg(DISTINCT p.distributor_id) FILTER (WHERE p.piece_source = 'fact'),
        min(p.from_on) FILTER (WHERE p.piece_source = 'fact'), max(p.to_on) FILTER (WHERE p.piece_source = 'fact')
    INTO v_sources, v_distributors, v_first, v_last
    FROM rebate_pieces(p_activity, p_knowledge, p_program_line_ids, p_cut, p_from_facts) AS p;
    RETURN QUERY
    WITH piece AS MATERIALIZED (
        SELECT p.*, c.measure_fact, c.measure_unit, c.count_no, c.also_line_id
        FROM rebate_pieces(p_activity, p_knowledge, p_program_line_ids, p_cut, p_from_facts) AS p
        JOIN program_counted AS c
            ON c.program_line_id = p.program_line_id
            AND c.counted_role = p.counted_role
            AND c.counted_no = p.counted_no
        WHERE p.piece_source <> 'trace'
    ),
    -- Products of the pieces that are not read by day.
    scoped AS MATERIALIZED (
        SELECT s.scope_no, s.product_id, s.points
        FROM program_products(p_program_line_ids) AS s
        WHERE v_sources && '{fact,month}'
    ),
    held AS MATERIALIZED (
        SELECT h.distributor_id, h.fact_table, h.occurred_on, h.fact_id
        FROM price_violation AS h
        WHERE h.action = 'hold'
            AND h.recorded_at <= p_knowledge
            AND (h.decided_at IS NULL OR h.decided_at > p_knowledge)
        GROUP BY h.distributor_id, h.fact_table, h.occurred_on, h.fact_id
    ),
    held_fact AS MATERIALIZED (
        SELECT h.distributor_id, h.fact_table, h.occurred_on AS fact_on, s.product_id, NULL::bigint AS reseller_id, s.quantity, s.amount,
            s.currency_code, s.recorded_at, r.recorded_at AS reversed_at
        FROM held AS h
        JOIN sell_in AS s ON s.distributor_id = h.distributor_id AND s.shipped_on = h.occurred_on AND s.sell_in_id = h.fact_id
        LEFT JOIN sell_in AS r
            ON r.distributor_id = s.distributor_id
            AND r.corrects_shipped_on = s.shipped_on
            AND r.corrects_line_id = s.sell_in_id
            AND r.entry_kind = 'reversal'
        WHERE h.fact_table = 'sell_in'
            AND s.entry_kind <> 'reversal'
        UNION ALL
        SELECT h.distributor_id, h.fact_table, h.occurred_on, s.product_id, s.reseller_id, s.quantity, coalesce(s.amount, 0),
            s.currency_code, s.recorded_at, r.recorded_at
        FROM held AS h
        JOIN sell_through AS s ON s.distributor_id = h.distributor_id AND s.sold_on = h.occurred_on AND s.sell_through_id = h.fact_id
        LEFT JOIN sell_through AS r
            ON r.distributor_id = s.distributor_id
            AND r.corrects_sold_on = s.sold_on
            AND r.corrects_line_id = s.sell_through_id
            AND r.entry_kind = 'reversal'
        WHERE h.fact_table = 'sell_through'
            AND s.entry_kind <> 'reversal'
    ),
    counted AS (
        SELECT p.distributor_id, p.program_line_id, p.counted_role, p.counted_no, p.span_starts_on, p.span_ends_on, p.currency_code,
            NULL::bigint AS reseller_id,
            CASE p.measure_fact WHEN 'sell_in' THEN d.sell_in_lines ELSE d.sell_through_lines END AS line_count,
            CASE p.measure_unit
                WHEN 'quantity' THEN CASE p.measure_fact WHEN 'sell_in' THEN d.sell_in_qty ELSE d.sell_through_qty END
                ELSE convert_amount(CASE p.measure_fact WHEN 'sell_in' THEN d.sell_in_amount ELSE d.sell_through_amount END,
                    d.currency_code, p.currency_code, d.activity_on)
            END AS value,
            d.activity_on <= p_cut AS is_restated
        FROM piece AS p
        JOIN (
            SELECT r.distributor_id, r.activity_on, r.currency_code, r.sell_in_qty, r.sell_in_amount, r.sell_through_qty,
                r.sell_through_amount, r.sell_in_lines, r.sell_through_lines
            FROM rollup_day AS r
            UNION ALL
            SELECT r.distributor_id, r.activity_on, r.currency_code, r.sell_in_qty, r.sell_in_amount, r.sell_through_qty,
                r.sell_through_amount, r.sell_in_lines, r.sell_through_lines
            FROM rollup_day_delta AS r
        ) AS d
            ON d.distributor_id = p.distributor_id
            AND d.activity_on BETWEEN p.from_on AND p.to_on
        WHERE p.piece_source = 'day'
            -- A day of nothing but the other kind of fact needs no rate.
            AND CASE p.measure_fact
                WHEN 'sell_in' THEN (d.sell_in_lines, d.sell_in_qty, d.sell_in_amount)
                ELSE (d.sell_through_lines, d.sell_through_qty, d.sell_through_amount)
            END <> (0::bigint, 0::numeric, 0::numeric)
        UNION ALL
        SELECT p.distributor_id, p.program_line_id, p.counted_role, p.counted_no, p.span_starts_on, p.span_ends_on, p.currency_code,
            NULL,
            CASE p.measure_fact WHEN 'sell_in' THEN m.sell_in_lines ELSE m.sell_through_lines END,
            CASE p.measure_unit
                WHEN 'amount' THEN CASE p.measure_fact WHEN 'sell_in' THEN m.sell_in_amount ELSE m.sell_through_amount END
                ELSE CASE p.measure_fact WHEN 'sell_in' THEN m.sell_in_qty ELSE m.sell_through_qty END
                    * CASE p.measure_unit WHEN 'points' THEN coalesce(s.points, 0) ELSE 1 END
            END,
            p.from_on <= p_cut
        FROM piece AS p
        JOIN (
            SELECT r.distributor_id, r.product_id, r.month_on, r.sell_in_qty, r.sell_in_amount, r.sell_through_qty,
                r.sell_through_amount, r.sell_in_lines, r.sell_through_lines
            FROM rollup_product_month AS r
            UNION ALL
            SELECT r.distributor_id, r.product_id, r.month_on, r.sell_in_qty, r.sell_in_amount, r.sell_through_qty,
                r.sell_through_amount, r.sell_in_lines, r.sell_through_lines
            FROM rollup_product_month_delta AS r
        ) AS m
            ON m.distributor_id = p.distributor_id
            AND m.month_on = p.from_on
        LEFT JOIN scoped AS s
            ON s.scope_no = p.scope_no
            AND s.product_id = m.product_id
        LEFT JOIN scoped AS o
            ON o.scope_no = p.also_scope_no
            AND o.product_id = m.product_id
        WHERE p.piece_source = 'month'
            AND (s.product_id IS NOT NULL OR p.scope_no IS NULL)
            AND (o.product_id IS NOT NULL OR p.also_scope_no IS NULL)
        UNION ALL
        SELECT p.distributor_id, p.program_line_id, p.counted_role, p.counted_no, p.span_starts_on, p.span_ends_on, p.currency_code,
            CASE WHEN l.beneficiary = 'reseller' THEN h.reseller_id END,
            -1,
            -CASE p.measure_unit
                WHEN 'amount' THEN convert_amount(h.amount, h.currency_code, p.currency_code, h.fact_on)
                WHEN 'points' THEN h.quantity * coalesce(s.points, 0)
                ELSE h.quantity
            END,
            h.fact_on <= p_cut
        FROM held_fact AS h
        JOIN piece AS p
            ON p.distributor_id = h.distributor_id
            AND p.measure_fact = h.fact_table
            AND h.fact_on BETWEEN p.from_on AND p.to_on
            AND h.recorded_at <= p.known_until
            AND (h.reversed_at IS NULL OR h.reversed_at > p.known_until)
        JOIN program_line AS l
            ON l.program_line_id = p.program_line_id
            AND (l.return_period_policy <> 'exclude' OR h.quantity >= 0)
            AND (l.beneficiary <> 'reseller' OR h.reseller_id IS NOT NULL)
        LEFT JOIN scoped AS s
            ON s.scope_no = p.scope_no
            AND s.product_id = h.product_id
        LEFT JOIN scoped AS o
            ON o.scope_no = p.also_scope_no
            AND o.product_id = h.product_id
        LEFT JOIN program_reseller AS rp
            ON rp.program_line_id = p.program_line_id
            AND rp.reseller_id = h.reseller_id
        LEFT JOIN program_reseller AS ro
            ON ro.program_line_id = p.also_line_id
            AND ro.reseller_id = h.reseller_id
        WHERE (s.product_id IS NOT NULL OR p.scope_no IS NULL)
            AND (o.product_id IS NOT NULL OR p.also_scope_no IS NULL)
            AND CASE WHEN rp.reseller_id IS NULL
                THEN NOT EXISTS (SELECT FROM program_reseller AS n WHERE n.program_line_id = p.program_line_id AND NOT n.is_excluded)
                ELSE NOT rp.is_excluded
            END
            AND CASE WHEN ro.reseller_id IS NULL
                THEN NOT EXISTS (SELECT FROM program_reseller AS n WHERE n.program_line_id = p.also_line_id AND NOT n.is_excluded)
                ELSE NOT ro.is_excluded
            END
        UNION ALL
        SELECT p.distributor_id, p.program_line_id, p.counted_role, p.counted_no, p.span_starts_on, p.span_ends_on, p.currency_code,
            f.reseller_id, f.line_count, f.value, f.is_restated
        FROM (
            SELECT d.piece_no,
                NULL::bigint AS reseller_id,
                count(*) - 2 * count(*) FILTER (WHERE s.entry_kind = 'reversal') AS line_count,
                sum(CASE d.measure_unit
                    WHEN 'amount' THEN convert_amount(s.amount, s.currency_code, d.settlement_currency, s.shipped_on)
                    WHEN 'points' THEN s.quantity * coalesce(sp.points, 0)
                    ELSE s.quantity
                END) AS value,
                s.shipped_on <= p_cut AS is_restated
            FROM rebate_fact_days(p_activity, p_knowledge, p_program_line_ids, p_cut, p_from_facts, 'sell_in') AS d
            JOIN sell_in AS s
                ON s.distributor_id = d.distributor_id
                AND s.shipped_on = d.day_on
                AND s.recorded_at <= d.known_until
            LEFT JOIN scoped AS sp
                ON sp.scope_no = d.scope_no
                AND sp.product_id = s.product_id
            LEFT JOIN scoped AS so
                ON so.scope_no = d.also_scope_no
                AND so.product_id = s.product_id
            WHERE v_sources && '{fact}'
                AND s.distributor_id = ANY (v_distributors)
                AND s.shipped_on BETWEEN v_first AND v_last
                AND (sp.product_id IS NOT NULL OR d.scope_no IS NULL)
                AND (so.product_id IS NOT NULL OR d.also_scope_no IS NULL)
                AND (d.return_period_policy <> 'exclude' OR s.quantity = 0 OR (s.quantity < 0) = (s.entry_kind = 'reversal'))
            GROUP BY d.piece_no, s.shipped_on <= p_cut
            UNION ALL
            SELECT d.piece_no,
                CASE WHEN d.is_by_reseller THEN s.reseller_id END,
                count(*) - 2 * count(*) FILTER (WHERE s.entry_kind = 'reversal'),
                sum(CASE d.measure_unit
                    WHEN 'amount' THEN convert_amount(coalesce(s.amount, 0), s.currency_code, d.settlement_currency, s.sold_on)
                    WHEN 'points' THEN s.quantity * coalesce(sp.points, 0)
                    ELSE s.quantity
                END),
                s.sold_on <= p_cut
            FROM rebate_fact_days(p_activity, p_knowledge, p_program_line_ids, p_cut, p_from_facts, 'sell_through') AS d
            JOIN sell_through AS s
                ON s.distributor_id = d.distributor_id
                AND s.sold_on = d.day_on
                AND s.recorded_at <= d.known_until
            LEFT JOIN scoped AS sp
                ON sp.scope_no = d.scope_no
                AND sp.product_id = s.product_id
            LEFT JOIN scoped AS so
                ON so.scope_no = d.also_scope_no
                AND so.product_id = s.product_id
            LEFT JOIN program_reseller AS rp
                ON rp.program_line_id = d.program_line_id
                AND rp.reseller_id = s.reseller_id
            LEFT JOIN program_reseller AS ro
                ON ro.program_line_id = d.also_line_id
                AND ro.reseller_id = s.reseller_id
            WHERE v_sources && '{fact}'
                AND s.distributor_id = ANY (v_distributors)
                AND s.sold_on BETWEEN v_first AND v_last
                AND (s.reseller_id IS NOT NULL OR NOT d.is_by_reseller)
                AND (sp.product_id IS NOT NULL OR d.scope_no IS NULL)
                AND (so.product_id IS NOT NULL OR d.also_scope_no IS NULL)
                AND CASE WHEN rp.reseller_id IS NULL THEN NOT d.takes_resellers ELSE NOT rp.is_excluded END
                AND CASE WHEN ro.reseller_id IS NULL THEN NOT d.also_takes_resellers ELSE NOT ro.is_excluded END
                AND (d.return_period_policy <> 'exclude' OR s.quantity = 0 OR (s.quantity < 0) = (s.entry_kind = 'reversal'))
            GROUP BY d.piece_no, CASE WHEN d.is_by_reseller THEN s.reseller_id END, s.sold_on <= p_cut
        ) AS f (piece_no, reseller_id, line_count, value, is_restated)
        JOIN piece AS p ON p.piece_no = f.piece_no
        UNION ALL
        SELECT f.distributor_id, f.program_line_id, f.counted_role, f.counted_no, f.span_starts_on, f.span_ends_on, f.currency_code,
            f.reseller_id, 1, f.value, greatest(f.fact_on, f.counted_on) <= p_cut
        FROM rebate_facts_as_of(p_activity, p_knowledge, p_program_line_ids, NULL, p_cut, p_from_facts, '{trace}') AS f
        WHERE v_sources && '{trace}'
    )
    SELECT c.distributor_id, c.program_line_id, c.counted_role, c.counted_no, c.span_starts_on, c.span_ends_on, c.currency_code,
        c.reseller_id, sum(c.line_count)::bigint, sum(c.value), sum(c.value) FILTER (WHERE c.is_restated)
    FROM counted AS c
    GROUP BY c.distributor_id, c.program_line_id, c.counted_role, c.counted_no, c.span_starts_on, c.span_ends_on, c.currency_code, c.reseller_id
    HAVING sum(c.line_count) <> 0;
END
$$;
COMMENT ON FUNCTION rebate_totals_as_of(date, timestamptz, bigint[], date, boolean) IS
    'One row = what was counted for a program line in a span (counted_role as in program_counted): number of facts, value and the part of it on days up to p_cut. From the rollups where they say the same, see rebate_pieces(); p_from_facts = from the facts alone. ZD069 for activity on days without a span, ZD007 when an exchange rate is missing';
