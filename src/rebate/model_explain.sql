-- rebate, explained: statements with their working, and the lines of reports
-- behind a figure.

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
    reported_text text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH basis AS (
        SELECT b.*
        FROM rebate_basis_as_of(p_activity, p_knowledge, ARRAY(
            SELECT l.program_line_id
            FROM program_line AS l
            JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
            WHERE r.program_code = p_program_code AND l.line_no = p_line_no)) AS b
        WHERE b.span_starts_on = p_span_starts_on
    ),
    -- The settled amount, shared out by value; the cents sum to it.
    shared AS (
        SELECT b.*,
            allocate(t.earned, b.value, c.minor_unit) OVER (ORDER BY b.fact_on, b.fact_table, b.fact_id) AS rebate_amount
        FROM basis AS b
        CROSS JOIN (
            SELECT tiered_rebate(e.value, e.schedule) AS earned FROM basis AS e
        ) AS t
        JOIN currency AS c ON c.currency_code = b.currency_code
    ),
    traced AS (
        SELECT s.*,
            st.submission_id,
            st.submission_line_no,
            coalesce(st.invoice_no, si.invoice_no) AS invoice_no,
            si.invoice_line
        FROM shared AS s
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
    SELECT t.fact_table,
        t.fact_on,
        t.fact_id,
        t.invoice_no,
        p.product_code,
        t.quantity,
        t.value,
        t.rebate_amount,
        t.submission_id,
        t.submission_line_no,
        coalesce(
            format('%s, %s %s', coalesce(d.file_name, 'submission ' || d.submission_id),
                CASE d.document_format WHEN 'csv' THEN 'line' ELSE 'segment' END, l.segment_no),
            'invoice ' || t.invoice_no || coalesce(', line ' || t.invoice_line, '')),
        w.reported_text
    FROM traced AS t
    JOIN product AS p ON p.product_id = t.product_id
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
        AND w.segment_no = l.segment_no;
END;
COMMENT ON FUNCTION explain_rebate(text, integer, date, date, timestamptz) IS
    'One row = a line of sell-in or sell-through behind the rebate of a program line in a span: its value, its share of the settled amount (the shares sum to it, to the cent), where it was reported and the very text that was reported';

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
    jump_at_next numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_code,
        r.program_code,
        l.line_no,
        l.line_name,
        e.span_starts_on,
        e.span_ends_on,
        e.currency_code,
        e.line_count,
        e.measured_value,
        e.earned_amount,
        round(e.earned_amount, c.minor_unit),
        coalesce(b.posted_amount, 0),
        t.tier,
        tier_terms(m.item, m.rate, m.block, m.flat, m.attain, m.threshold),
        t.gap,
        t.jump
    FROM rebate_as_of(p_activity, p_knowledge) AS e
    JOIN program_line AS l ON l.program_line_id = e.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = e.distributor_id
    JOIN currency AS c ON c.currency_code = e.currency_code
    CROSS JOIN LATERAL tier_progress(e.measured_value, l.schedule) AS t
    LEFT JOIN LATERAL tiers(l.schedule) AS m ON m.tier = t.tier
    LEFT JOIN rebate_balance AS b
        ON b.distributor_id = e.distributor_id
        AND b.program_line_id = e.program_line_id
        AND b.span_starts_on = e.span_starts_on
        AND b.currency_code = e.currency_code;
END;
COMMENT ON FUNCTION rebate_statement_as_of(date, timestamptz) IS
    'One row = the statement of a program line for a span: what counted, what it earned in full precision and as settled (rounded once, half away from zero, to the minor unit of the currency), what is posted, the tier reached and the distance and payout jump to the next';

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
    amount numeric
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
        w.tier,
        tier_terms(w.item, w.rate, w.block, w.flat, w.attain, w.threshold),
        w.reached,
        w.portion,
        w.amount
    FROM rebate_as_of(p_activity, p_knowledge) AS e
    JOIN program_line AS l ON l.program_line_id = e.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN distributor AS d ON d.distributor_id = e.distributor_id
    CROSS JOIN LATERAL rebate_working(e.measured_value, e.measured_value, l.schedule) AS w;
END;
COMMENT ON FUNCTION rebate_working_as_of(date, timestamptz) IS
    'One row = a tier of a statement (and, with tier_no NULL, each cap, floor or minimum that changed something): the part of the value that fell into it and what that earned; the amounts of a line and span add up to its earned amount';
