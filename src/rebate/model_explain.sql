-- rebate, explained: what is earned and posted, its working, and the lines of reports
-- behind a figure.

CREATE FUNCTION tier_terms(
    p_item text,
    p_rate numeric,
    p_block numeric,
    p_flat numeric,
    p_attain text,
    p_threshold numeric
) RETURNS text
LANGUAGE sql
IMMUTABLE
BEGIN ATOMIC
    SELECT concat_ws(' ',
        concat_ws(' + ',
            CASE p_item
                WHEN 'percent' THEN trim_scale(p_rate * 100) || '%'
                WHEN 'per unit' THEN trim_scale(p_rate) || ' per unit'
                WHEN 'per started' THEN concat_ws(' ', trim_scale(p_rate), 'per', trim_scale(p_block), 'started')
                WHEN 'per full' THEN concat_ws(' ', trim_scale(p_rate), 'per', trim_scale(p_block), 'full')
                WHEN 'flat' THEN NULL
                ELSE p_item
            END,
            CASE WHEN p_flat <> 0 THEN trim_scale(p_flat) || ' flat' END),
        p_attain,
        trim_scale(p_threshold));
END;
COMMENT ON FUNCTION tier_terms(text, numeric, numeric, numeric, text, numeric) IS
    'A tier as the contract writes it, such as 4% from 20000, from the columns of tiers() or rebate_working()';

CREATE FUNCTION trace_facts(
    p_distributor_ids bigint[],
    p_fact_tables text[],
    p_facts_on date[],
    p_fact_ids bigint[]
) RETURNS TABLE (
    distributor_id bigint,
    fact_table text,
    fact_on date,
    fact_id bigint,
    invoice_no text,
    submission_id bigint,
    submission_line_no integer,
    source text,
    reported_text text
)
LANGUAGE sql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH traced AS (
        SELECT s.*,
            st.submission_id,
            st.submission_line_no,
            coalesce(st.invoice_no, si.invoice_no) AS invoice_no,
            coalesce(st.invoice_line, si.invoice_line) AS invoice_line
        FROM unnest(p_distributor_ids, p_fact_tables, p_facts_on, p_fact_ids) AS s (distributor_id, fact_table, fact_on, fact_id)
        LEFT JOIN sell_through AS st
            ON s.fact_table = 'sell_through'
            AND st.distributor_id = s.distributor_id
            AND st.sold_on = s.fact_on
            AND st.sell_through_id = s.fact_id
        LEFT JOIN sell_in AS si
            ON s.fact_table = 'sell_in'
            AND si.distributor_id = s.distributor_id
            AND si.shipped_on = s.fact_on
            AND si.sell_in_id = s.fact_id
    ),
    -- Each document is read once, however many lines point into it.
    written AS (
        SELECT d.distributor_id, d.submission_id, w.segment_no, w.reported_text
        FROM (SELECT DISTINCT t.distributor_id, t.submission_id FROM traced AS t) AS n
        JOIN submission AS d ON d.distributor_id = n.distributor_id AND d.submission_id = n.submission_id
        CROSS JOIN LATERAL (
            SELECT g.segment_no, concat_ws('*', g.tag, array_to_string(g.elements, '*', '')) AS reported_text
            FROM x12_segments(convert_from(d.document, 'UTF8')) AS g
            WHERE d.document_format = 'x12'
            UNION ALL
            SELECT v.line_no, array_to_string(v.fields, '; ', '')
            FROM csv_rows(convert_from(d.document, 'UTF8')) AS v
            WHERE d.document_format = 'csv'
        ) AS w
    )
    SELECT t.distributor_id, t.fact_table, t.fact_on, t.fact_id, t.invoice_no, t.submission_id, t.submission_line_no,
        CASE
            WHEN t.submission_id IS NOT NULL THEN concat_ws(', ', coalesce(d.file_name, 'submission ' || t.submission_id),
                CASE d.document_format WHEN 'csv' THEN 'line ' ELSE 'segment ' END || l.segment_no)
            WHEN t.invoice_no IS NOT NULL THEN concat_ws(', ', 'invoice ' || t.invoice_no, 'line ' || t.invoice_line)
            ELSE 'own books'
        END,
        w.reported_text
    FROM traced AS t
    LEFT JOIN submission AS d
        ON d.distributor_id = t.distributor_id
        AND d.submission_id = t.submission_id
    LEFT JOIN submission_line AS l
        ON l.distributor_id = t.distributor_id
        AND l.submission_id = t.submission_id
        AND l.line_no = t.submission_line_no
    LEFT JOIN written AS w
        ON w.distributor_id = t.distributor_id
        AND w.submission_id = t.submission_id
        AND w.segment_no = l.segment_no
$$;
COMMENT ON FUNCTION trace_facts(bigint[], text[], date[], bigint[]) IS
    'One row = a line of sell-in or sell-through (its key at one place of the four arrays) and where it comes from: file and segment, invoice, or own books; reported_text is the very text that was reported';

CREATE FUNCTION explain_rebate(
    p_program_code text,
    p_line_no integer,
    p_span_starts_on date,
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    fact_table text,
    fact_on date,
    fact_id bigint,
    invoice_no text,
    product_code text,
    quantity numeric,
    value numeric,
    rebate_amount numeric,
    submission_id bigint,
    submission_line_no integer,
    source text,
    reported_text text,
    reseller_code text,
    distributor_code text
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_line_id bigint := require_program_line(p_program_code, p_line_no);
BEGIN
    RETURN QUERY
    WITH basis AS MATERIALIZED (
        SELECT b.*
        FROM rebate_basis_as_of(p_activity, p_knowledge, ARRAY[v_line_id]) AS b
        WHERE b.span_starts_on = p_span_starts_on
    ),
    -- The settled amount, shared out by value; the cents sum to it.
    shared AS (
        SELECT b.*,
            allocate(round(e.earned_amount, c.minor_unit), b.value, c.minor_unit) OVER (
                PARTITION BY b.distributor_id, b.currency_code, b.reseller_id
                ORDER BY b.fact_on, b.fact_table, b.fact_id
            ) AS rebate_amount
        FROM basis AS b
        JOIN rebate_evaluate(p_activity, p_knowledge, ARRAY[v_line_id]) AS e
            ON e.distributor_id = b.distributor_id
            AND e.span_starts_on = b.span_starts_on
            AND e.currency_code = b.currency_code
            AND coalesce(e.reseller_id, 0) = coalesce(b.reseller_id, 0)
        JOIN currency AS c ON c.currency_code = b.currency_code
    )
    SELECT s.fact_table, s.fact_on, s.fact_id, t.invoice_no, p.product_code, s.quantity, s.value, s.rebate_amount,
        t.submission_id, t.submission_line_no, t.source, t.reported_text, r.reseller_code, d.distributor_code
    FROM shared AS s
    JOIN trace_facts(
            (SELECT array_agg(b.distributor_id ORDER BY b.fact_on, b.fact_table, b.fact_id) FROM basis AS b),
            (SELECT array_agg(b.fact_table ORDER BY b.fact_on, b.fact_table, b.fact_id) FROM basis AS b),
            (SELECT array_agg(b.fact_on ORDER BY b.fact_on, b.fact_table, b.fact_id) FROM basis AS b),
            (SELECT array_agg(b.fact_id ORDER BY b.fact_on, b.fact_table, b.fact_id) FROM basis AS b)) AS t
        ON t.distributor_id = s.distributor_id
        AND t.fact_table = s.fact_table
        AND t.fact_on = s.fact_on
        AND t.fact_id = s.fact_id
    JOIN product AS p ON p.product_id = s.product_id
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    LEFT JOIN reseller AS r ON r.reseller_id = s.reseller_id
    ORDER BY d.distributor_code, s.fact_on, s.fact_table, s.fact_id;
END
$$;
COMMENT ON FUNCTION explain_rebate(text, integer, date, date, timestamptz) IS
    'One row = a line of sell-in or sell-through behind the rebate of a program line in a span: its value, its share of the settled amount (the shares sum to it, to the cent), where it was reported and the very text that was reported; reseller_code where resellers are credited. ZD070 for an unknown program or line';

CREATE FUNCTION rebate_statement_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_code text,
    program_code text,
    line_no integer,
    line_name text,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    line_count bigint,
    measured_value numeric,
    earned_amount numeric,
    settlement_amount numeric,
    posted_amount numeric,
    tier_no integer,
    tier_text text,
    gap_to_next numeric,
    jump_at_next numeric,
    reseller_code text,
    qualifying_value numeric,
    baseline_value numeric,
    gates_missed text,
    gross_amount numeric,
    stack_amount numeric,
    carried_amount numeric,
    guarantee_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_code,
        r.program_code,
        l.line_no,
        l.line_name,
        k.span_starts_on,
        k.span_ends_on,
        k.currency_code,
        k.line_count,
        k.measured_value,
        k.earned_amount,
        round(k.earned_amount, c.minor_unit),
        k.posted_amount,
        t.tier,
        tier_terms(m.item, m.rate, m.block, m.flat, m.attain, m.threshold),
        CASE WHEN l.growth_base IS NULL THEN t.gap ELSE t.gap * k.baseline_value / 100 END,
        -- Where something else opens the tiers, what it pays on stays as it is.
        CASE
            WHEN l.growth_base IS NOT NULL THEN NULL
            WHEN q.program_line_id IS NULL THEN t.jump
            ELSE rebate(k.measured_value, t.next_threshold + CASE t.next_attain WHEN 'above' THEN 0.0001 ELSE 0 END, l.schedule)
                - rebate(k.measured_value, k.qualifying_value, l.schedule)
        END,
        s.reseller_code,
        k.qualifying_value,
        k.baseline_value,
        k.gates_missed,
        k.gross_amount,
        k.stack_amount,
        k.carried_amount,
        k.guarantee_amount
    FROM (
        -- What was posted and is earned no more has a row, too: it is to be taken back.
        SELECT coalesce(e.distributor_id, b.distributor_id) AS distributor_id,
            coalesce(e.program_line_id, b.program_line_id) AS program_line_id,
            coalesce(e.span_starts_on, b.span_starts_on) AS span_starts_on,
            coalesce(e.span_ends_on, b.span_ends_on) AS span_ends_on,
            coalesce(e.currency_code, b.currency_code) AS currency_code,
            coalesce(e.reseller_id, b.reseller_id) AS reseller_id,
            coalesce(e.line_count, 0) AS line_count,
            coalesce(e.measured_value, 0) AS measured_value,
            coalesce(e.qualifying_value, 0) AS qualifying_value,
            e.baseline_value,
            e.gates_missed,
            coalesce(e.gross_amount, 0) AS gross_amount,
            coalesce(e.stack_amount, 0) AS stack_amount,
            coalesce(e.carried_amount, 0) AS carried_amount,
            coalesce(e.guarantee_amount, 0) AS guarantee_amount,
            coalesce(e.earned_amount, 0) AS earned_amount,
            coalesce(b.posted_amount, 0) AS posted_amount
        FROM rebate_evaluate(p_activity, p_knowledge) AS e
        FULL JOIN (
            SELECT p.distributor_id, p.program_line_id, p.span_starts_on, p.span_ends_on, p.currency_code, p.reseller_id,
                sum(p.delta_amount) AS posted_amount
            FROM accrual_entry AS p
            JOIN accrual_run AS n ON n.accrual_run_id = p.accrual_run_id
            WHERE n.activity_on <= p_activity AND p.recorded_at <= p_knowledge
            GROUP BY p.distributor_id, p.program_line_id, p.span_starts_on, p.span_ends_on, p.currency_code, p.reseller_id
        ) AS b
            ON b.distributor_id = e.distributor_id
            AND b.program_line_id = e.program_line_id
            AND b.span_starts_on = e.span_starts_on
            AND b.currency_code = e.currency_code
            AND coalesce(b.reseller_id, 0) = coalesce(e.reseller_id, 0)
        WHERE e.distributor_id IS NOT NULL OR b.posted_amount <> 0
    ) AS k
    JOIN program_line AS l ON l.program_line_id = k.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = k.distributor_id
    JOIN currency AS c ON c.currency_code = k.currency_code
    LEFT JOIN reseller AS s ON s.reseller_id = k.reseller_id
    LEFT JOIN program_count AS q
        ON q.program_line_id = k.program_line_id
        AND q.count_role = 'qualifier'
    CROSS JOIN LATERAL tier_progress(
        CASE WHEN l.growth_base IS NULL THEN k.qualifying_value ELSE coalesce(100 * k.qualifying_value / nullif(k.baseline_value, 0), 0) END,
        l.schedule) AS t
    LEFT JOIN LATERAL tiers(l.schedule) AS m ON m.tier = t.tier;
END;
COMMENT ON FUNCTION rebate_statement_as_of(date, timestamptz) IS
    'One row = the statement of a program line for a span (and a reseller, where resellers are credited): what counted, what it earned in full precision and as settled (rounded once, half away from zero, to the minor unit of the currency), what is posted (also where nothing is earned any more), the tier reached and the distance (and, without growth, the payout jump) to the next; what opened the tiers, the base of growth, gates missed; gross_amount + stack_amount + carried_amount + guarantee_amount = earned_amount';
