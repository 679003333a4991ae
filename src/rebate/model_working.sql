-- rebate: the working of what is earned, and of what was stated, down to the lines of
-- reports.

CREATE FUNCTION rebate_working_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_code text,
    program_code text,
    line_no integer,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    tier_no integer,
    tier_text text,
    is_reached boolean,
    portion numeric,
    amount numeric,
    reseller_code text,
    step_no bigint
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
        w.tier_no,
        w.tier_text,
        w.is_reached,
        w.portion,
        w.amount,
        s.reseller_code,
        row_number() OVER (
            PARTITION BY e.distributor_id, e.program_line_id, e.span_starts_on, e.currency_code, e.reseller_id
            ORDER BY w.part, w.step_no)
    FROM rebate_evaluate(p_activity, p_knowledge) AS e
    JOIN program_line AS l ON l.program_line_id = e.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = e.distributor_id
    LEFT JOIN reseller AS s ON s.reseller_id = e.reseller_id
    CROSS JOIN LATERAL statement_steps(e.measured_value, e.qualifying_value, e.baseline_value, e.schedule, l.growth_pay_base,
        l.negative_policy, e.gates_missed, e.line_count, e.gross_amount, e.stack_amount, e.carried_amount, e.guarantee_amount) AS w;
END;
COMMENT ON FUNCTION rebate_working_as_of(date, timestamptz) IS
    'One row = a step of a statement, in the order of step_no: a tier (and, with tier_no NULL, each cap, floor or minimum that changed something, a gate, growth, the other lines of its group, what was carried over, a guarantee): the part of the value that fell into it and what that earned; the amounts of a line and span add up to its earned amount';

CREATE FUNCTION explain_statement(p_rebate_statement_id bigint) RETURNS TABLE (
    fact_table text,
    fact_on date,
    fact_id bigint,
    invoice_no text,
    product_code text,
    quantity numeric,
    value numeric,
    allocated_amount numeric,
    submission_id bigint,
    submission_line_no integer,
    source text,
    reported_text text
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
BEGIN
    SELECT s.distributor_id INTO v_distributor_id
    FROM rebate_statement AS s
    WHERE s.rebate_statement_id = p_rebate_statement_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'statement does not exist',
            DETAIL = format('Statement %s.', coalesce(p_rebate_statement_id::text, 'NULL')),
            HINT = 'Look in rebate_statement.';
    END IF;
    RETURN QUERY
    WITH line AS MATERIALIZED (
        SELECT a.*
        FROM statement_allocation AS a
        WHERE a.distributor_id = v_distributor_id
            AND a.rebate_statement_id = p_rebate_statement_id
    )
    SELECT a.fact_table, a.fact_on, a.fact_id, t.invoice_no, p.product_code, a.quantity::numeric, a.value, a.allocated_amount::numeric,
        t.submission_id, t.submission_line_no, t.source, t.reported_text
    FROM line AS a
    JOIN trace_facts(
            (SELECT array_agg(n.distributor_id ORDER BY n.fact_on, n.fact_table, n.fact_id) FROM line AS n),
            (SELECT array_agg(n.fact_table ORDER BY n.fact_on, n.fact_table, n.fact_id) FROM line AS n),
            (SELECT array_agg(n.fact_on ORDER BY n.fact_on, n.fact_table, n.fact_id) FROM line AS n),
            (SELECT array_agg(n.fact_id ORDER BY n.fact_on, n.fact_table, n.fact_id) FROM line AS n)) AS t
        ON t.distributor_id = a.distributor_id
        AND t.fact_table = a.fact_table
        AND t.fact_on = a.fact_on
        AND t.fact_id = a.fact_id
    JOIN product AS p ON p.product_id = a.product_id
    ORDER BY a.fact_on, a.fact_table, a.fact_id;
END
$$;
COMMENT ON FUNCTION explain_statement(bigint) IS
    'One row = a line of sell-in or sell-through behind a statement as it was issued: value, share of the settlement amount (the shares sum to it, to the cent), where it was reported and the very text that was reported. P0002 for an unknown statement';
