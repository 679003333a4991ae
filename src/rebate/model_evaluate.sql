-- rebate: from totals to what is earned, and putting programs in force.

CREATE FUNCTION lines_with_their_group(p_program_line_ids bigint[]) RETURNS bigint[]
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- UNION, not UNION ALL: each line once, so that it ends.
    WITH RECURSIVE reached (program_line_id) AS (
        SELECT unnest(p_program_line_ids)
        UNION
        SELECT n.program_line_id
        FROM reached AS c
        CROSS JOIN LATERAL (
            SELECT k.deducts_line_id AS program_line_id
            FROM program_cascade AS k
            WHERE k.program_line_id = c.program_line_id
            UNION ALL
            SELECT o.program_line_id
            FROM program_line AS l
            JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
            JOIN rebate_program AS s ON s.agreement_id = r.agreement_id
            JOIN program_line AS o
                ON o.rebate_program_id = s.rebate_program_id
                AND o.stack_group = l.stack_group
            WHERE l.program_line_id = c.program_line_id
        ) AS n
    )
    SELECT array_agg(c.program_line_id ORDER BY c.program_line_id) FROM reached AS c
$$;
COMMENT ON FUNCTION lines_with_their_group(bigint[]) IS
    'The program lines and all that what they earn depends on: the lines of their groups and those that they deduct; NULL stays NULL (all lines)';

CREATE FUNCTION rebate_evaluate(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL,
    p_cut date DEFAULT NULL,
    p_from_facts boolean DEFAULT false,
    p_what_if_line_id bigint DEFAULT NULL,
    p_what_if tier_schedule[] DEFAULT NULL
) RETURNS SETOF rebate_evaluation
LANGUAGE plpgsql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
DECLARE
    v_line_ids bigint[] := lines_with_their_group(p_program_line_ids);
    v_rows rebate_evaluation[];
    v_net_lines bigint[];
    v_deducted_lines bigint[];
    v_are_alike boolean[];
    v_edge_ranks integer[];
    v_ranks integer;
BEGIN
    -- Gross benefits, then best_of and exclusive_first, which look at nothing else.
    WITH total AS MATERIALIZED (
        SELECT t.*
        FROM rebate_totals_as_of(p_activity, p_knowledge, v_line_ids, p_cut, p_from_facts) AS t
    ),
    span AS (
        SELECT t.distributor_id, t.program_line_id, t.span_starts_on, t.span_ends_on, t.currency_code, t.reseller_id
        FROM total AS t
        WHERE t.counted_role = 'measure'
        UNION
        -- A guarantee is owed for a span in which nothing was sold, too.
        SELECT p.distributor_id, p.program_line_id, p.span_starts_on, p.span_ends_on, p.currency_code, NULL
        FROM rebate_pieces(p_activity, p_knowledge, v_line_ids) AS p
        JOIN program_line AS l ON l.program_line_id = p.program_line_id
        WHERE l.guarantee_amount IS NOT NULL
            AND p.counted_role = 'measure'
    ),
    counted AS (
        SELECT s.distributor_id, s.program_line_id, s.span_starts_on, s.span_ends_on, s.currency_code, s.reseller_id,
            coalesce(sum(t.line_count) FILTER (WHERE t.counted_role = 'measure'), 0)::bigint AS line_count,
            coalesce(sum(t.value) FILTER (WHERE t.counted_role = 'measure'), 0) AS measured_value,
            sum(t.restated_value) FILTER (WHERE t.counted_role = 'measure') AS restated_value,
            sum(t.value) FILTER (WHERE t.counted_role = 'qualifier') AS qualifying_value,
            sum(t.value) FILTER (WHERE t.counted_role = 'baseline') AS baseline_value,
            array_agg(t.counted_no) FILTER (WHERE t.counted_role = 'gate' AND t.value >= g.minimum) AS gates_reached,
            array_agg(t.counted_no ORDER BY t.counted_no) FILTER (WHERE t.counted_role = 'overlap') AS overlap_line_ids,
            array_agg(t.value ORDER BY t.counted_no) FILTER (WHERE t.counted_role = 'overlap') AS overlap_values
        FROM span AS s
        LEFT JOIN total AS t
            ON t.distributor_id = s.distributor_id
            AND t.program_line_id = s.program_line_id
            AND t.span_starts_on = s.span_starts_on
            AND t.currency_code = s.currency_code
            AND coalesce(t.reseller_id, 0) = coalesce(s.reseller_id, 0)
        LEFT JOIN program_count AS g
            ON g.program_line_id = t.program_line_id
            AND g.count_no = t.counted_no
            AND t.counted_role = 'gate'
        GROUP BY s.distributor_id, s.program_line_id, s.span_starts_on, s.span_ends_on, s.currency_code, s.reseller_id
    ),
    based AS (
        SELECT c.*, l.stack_group, l.stack_priority, l.stack_mode, l.growth_pay_base, l.negative_policy, r.agreement_id,
            coalesce(w.schedule, l.schedule) AS schedule,
            coalesce(w.scenario_no, 0) AS scenario_no,
            CASE
                WHEN q.program_line_id IS NULL THEN c.measured_value
                ELSE coalesce(c.qualifying_value, 0)
            END AS opening_value,
            CASE
                WHEN l.growth_base IS NULL THEN NULL
                WHEN b.value > 0 THEN b.value
                ELSE l.growth_target
            END AS growth_over,
            m.gates_missed
        FROM counted AS c
        JOIN program_line AS l ON l.program_line_id = c.program_line_id
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        LEFT JOIN program_count AS q ON q.program_line_id = c.program_line_id AND q.count_role = 'qualifier'
        LEFT JOIN baseline_snapshot AS n
            ON n.distributor_id = c.distributor_id
            AND n.program_line_id = c.program_line_id
            AND n.span_starts_on = c.span_starts_on
            AND n.currency_code = c.currency_code
            AND n.recorded_at <= p_knowledge
        LEFT JOIN program_target AS t
            ON t.program_line_id = c.program_line_id
            AND t.span_starts_on = c.span_starts_on
        CROSS JOIN LATERAL (
            SELECT CASE l.growth_base
                WHEN 'fixed' THEN l.growth_target
                WHEN 'target' THEN t.target
                ELSE coalesce(n.baseline_value, c.baseline_value / coalesce(l.growth_spans, 1))
            END AS value
        ) AS b
        CROSS JOIN LATERAL (
            SELECT string_agg(g.count_name, ', ' ORDER BY g.count_no) AS gates_missed
            FROM program_count AS g
            WHERE g.program_line_id = c.program_line_id
                AND g.count_role = 'gate'
                AND g.count_no <> ALL (coalesce(c.gates_reached, '{}'))
        ) AS m
        LEFT JOIN LATERAL (
            SELECT CASE WHEN c.program_line_id = p_what_if_line_id THEN u.schedule END AS schedule, u.scenario_no
            FROM unnest(p_what_if) WITH ORDINALITY AS u (schedule, scenario_no)
        ) AS w ON true
    ),
    gross AS (
        SELECT b.*,
            line_benefit(b.measured_value, b.opening_value, b.growth_over, b.schedule, b.growth_pay_base, b.negative_policy,
                b.gates_missed IS NULL) AS gross_amount
        FROM based AS b
    ),
    chosen AS (
        SELECT g.*,
            row_number() OVER (
                PARTITION BY g.distributor_id, g.agreement_id, g.stack_group, g.stack_mode, g.span_starts_on, g.currency_code, g.reseller_id, g.scenario_no
                ORDER BY CASE g.stack_mode WHEN 'best_of' THEN -g.gross_amount ELSE (g.gross_amount = 0)::integer END, g.stack_priority) AS place
        FROM gross AS g
    )
    SELECT array_agg(ROW(
        c.distributor_id, c.program_line_id, c.span_starts_on, c.span_ends_on, c.currency_code, c.reseller_id, c.scenario_no, c.schedule,
        c.line_count, c.measured_value, c.restated_value, c.opening_value, c.growth_over, c.gates_missed,
        c.overlap_line_ids, c.overlap_values, c.gross_amount, c.measured_value,
        CASE
            WHEN c.stack_group IS NOT NULL AND c.stack_mode IN ('best_of', 'exclusive_first') AND c.place > 1 THEN -c.gross_amount
            ELSE 0
        END, 0, 0, c.gross_amount)::rebate_evaluation)
    INTO v_rows
    FROM chosen AS c;

    -- Deductions, one rank of the graph after the other: what a line deducts has been
    -- worked out before, whatever the order of the rows.
    WITH RECURSIVE edge AS MATERIALIZED (
        SELECT k.program_line_id, k.deducts_line_id, k.is_alike
        FROM program_overlap AS k
        WHERE v_line_ids IS NULL OR k.program_line_id = ANY (v_line_ids)
    ),
    ranked (program_line_id, rank) AS (
        SELECT e.program_line_id, 1
        FROM edge AS e
        UNION
        SELECT e.program_line_id, r.rank + 1
        FROM ranked AS r
        JOIN edge AS e ON e.deducts_line_id = r.program_line_id
    )
    SELECT array_agg(e.program_line_id), array_agg(e.deducts_line_id), array_agg(e.is_alike), array_agg(r.rank), max(r.rank)
    INTO v_net_lines, v_deducted_lines, v_are_alike, v_edge_ranks, v_ranks
    FROM edge AS e
    JOIN (SELECT n.program_line_id, max(n.rank) AS rank FROM ranked AS n GROUP BY n.program_line_id) AS r
        ON r.program_line_id = e.program_line_id;
    FOR v_rank IN 1..coalesce(v_ranks, 0) LOOP
        WITH edge AS MATERIALIZED (
            SELECT u.program_line_id, u.deducts_line_id, u.is_alike
            FROM unnest(v_net_lines, v_deducted_lines, v_are_alike, v_edge_ranks) AS u (program_line_id, deducts_line_id, is_alike, rank)
            WHERE u.rank = v_rank
        ),
        now_known AS MATERIALIZED (
            SELECT e.*, row_number() OVER () AS place FROM unnest(v_rows) AS e
        ),
        deducted AS (
            SELECT e.place,
                sum(CASE
                    WHEN k.is_alike OR o.value = i.measured_value THEN i.gross_amount + i.stack_amount
                    ELSE (i.gross_amount + i.stack_amount) * o.value / nullif(i.measured_value, 0)
                END) AS amount
            FROM now_known AS e
            JOIN edge AS k ON k.program_line_id = e.program_line_id
            JOIN now_known AS i
                ON i.program_line_id = k.deducts_line_id
                AND i.distributor_id = e.distributor_id
                AND i.span_starts_on = e.span_starts_on
                AND i.currency_code = e.currency_code
                AND i.scenario_no = e.scenario_no
                AND coalesce(i.reseller_id, 0) = coalesce(e.reseller_id, 0)
            CROSS JOIN LATERAL (
                SELECT e.overlap_values[array_position(e.overlap_line_ids, k.deducts_line_id)] AS value
            ) AS o
            WHERE k.is_alike OR o.value IS NOT NULL
            GROUP BY e.place
        )
        SELECT array_agg(ROW(
            e.distributor_id, e.program_line_id, e.span_starts_on, e.span_ends_on, e.currency_code, e.reseller_id, e.scenario_no,
            e.schedule, e.line_count, e.measured_value, e.restated_value, e.qualifying_value, e.baseline_value, e.gates_missed,
            e.overlap_line_ids, e.overlap_values, e.gross_amount,
            CASE WHEN d.amount <> 0 THEN e.measured_value - d.amount ELSE e.net_value END,
            CASE WHEN d.amount <> 0
                THEN line_benefit(e.measured_value - d.amount, e.qualifying_value, e.baseline_value, e.schedule, l.growth_pay_base,
                    l.negative_policy, e.gates_missed IS NULL) - e.gross_amount
                ELSE e.stack_amount
            END, 0, 0, 0)::rebate_evaluation)
        INTO v_rows
        FROM now_known AS e
        JOIN program_line AS l ON l.program_line_id = e.program_line_id
        LEFT JOIN deducted AS d ON d.place = e.place;
    END LOOP;

    -- Over the spans of a line: what is carried forward is the running shortfall, the
    -- sum so far less its greatest (least) value so far; so is the use of a guarantee.
    RETURN QUERY
    WITH stacked AS (
        SELECT e.*, l.negative_policy, l.guarantee_amount AS guaranteed, l.guarantee_is_cumulative, l.guarantee_timing,
            e.gross_amount + e.stack_amount AS amount
        FROM unnest(v_rows) AS e
        JOIN program_line AS l ON l.program_line_id = e.program_line_id
    ),
    summed AS (
        SELECT s.*, sum(s.amount) OVER so_far AS amount_to_date
        FROM stacked AS s
        WINDOW so_far AS (
            PARTITION BY s.distributor_id, s.program_line_id, s.currency_code, s.reseller_id, s.scenario_no
            ORDER BY s.span_starts_on)
    ),
    floored AS (
        SELECT s.*,
            CASE WHEN s.negative_policy = 'carry_forward'
                THEN greatest(0, max(s.amount_to_date) OVER so_far)
                    - greatest(0, coalesce(max(s.amount_to_date) OVER before, 0)) - s.amount
                ELSE 0
            END AS carried
        FROM summed AS s
        WINDOW so_far AS (
                PARTITION BY s.distributor_id, s.program_line_id, s.currency_code, s.reseller_id, s.scenario_no
                ORDER BY s.span_starts_on),
            before AS (
                PARTITION BY s.distributor_id, s.program_line_id, s.currency_code, s.reseller_id, s.scenario_no
                ORDER BY s.span_starts_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    over_it AS (
        SELECT f.*,
            sum(f.amount + f.carried - f.guaranteed) OVER (
                PARTITION BY f.distributor_id, f.program_line_id, f.currency_code, f.reseller_id, f.scenario_no
                ORDER BY f.span_starts_on) AS over_to_date
        FROM floored AS f
    ),
    guaranteed AS (
        SELECT o.*,
            CASE
                WHEN o.guaranteed IS NULL OR o.guarantee_timing = 'end' AND p_activity < o.span_ends_on THEN 0
                ELSE greatest(0, o.guaranteed
                    - CASE WHEN o.guarantee_is_cumulative
                        THEN coalesce(lag(o.over_to_date) OVER so_far, 0) - least(0, coalesce(min(o.over_to_date) OVER before, 0))
                        ELSE 0
                    END
                    - (o.amount + o.carried))
            END AS topped_up
        FROM over_it AS o
        WINDOW so_far AS (
                PARTITION BY o.distributor_id, o.program_line_id, o.currency_code, o.reseller_id, o.scenario_no
                ORDER BY o.span_starts_on),
            before AS (
                PARTITION BY o.distributor_id, o.program_line_id, o.currency_code, o.reseller_id, o.scenario_no
                ORDER BY o.span_starts_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT g.distributor_id, g.program_line_id, g.span_starts_on, g.span_ends_on, g.currency_code, g.reseller_id, g.scenario_no,
        g.schedule, g.line_count, g.measured_value, g.restated_value, g.qualifying_value, g.baseline_value, g.gates_missed,
        g.overlap_line_ids, g.overlap_values, g.gross_amount, g.net_value, g.stack_amount, g.carried, g.topped_up,
        g.amount + g.carried + g.topped_up
    FROM guaranteed AS g
    WHERE p_program_line_ids IS NULL OR g.program_line_id = ANY (p_program_line_ids);
END
$$;
COMMENT ON FUNCTION rebate_evaluate(date, timestamptz, bigint[], date, boolean, bigint, tier_schedule[]) IS
    'One row = what a program line has earned in a span and how it came about, for activity up to p_activity as known at p_knowledge; p_program_line_ids NULL = all lines (what they depend on is worked out with them); p_cut = day up to which restated_value counts; p_from_facts = without the rollups; p_what_if = schedules to try for p_what_if_line_id, each a scenario_no. Errors as rebate_totals_as_of()';

CREATE FUNCTION rebate_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    line_count bigint,
    measured_value numeric,
    earned_amount numeric,
    reseller_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT e.distributor_id,
        e.program_line_id,
        e.span_starts_on,
        e.span_ends_on,
        e.currency_code,
        e.line_count,
        e.measured_value,
        e.earned_amount,
        e.reseller_id
    FROM rebate_evaluate(p_activity, p_knowledge) AS e;
END;
COMMENT ON FUNCTION rebate_as_of(date, timestamptz) IS
    'One row = what a program line has earned in a span, in full precision, by activity up to p_activity as known at p_knowledge; with reseller_id where resellers are credited. How it came about: rebate_evaluate()';
