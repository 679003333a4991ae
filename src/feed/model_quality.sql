-- feed, quality: how good the reports of a distributor are, as a score that can
-- be followed to its parts, and a report to send back.

CREATE TABLE data_quality_weight (
    component text NOT NULL,
    weight numeric(5,2) NOT NULL,
    missing_policy text NOT NULL DEFAULT 'exclude_and_reweight',
    meaning text NOT NULL,
    CONSTRAINT data_quality_weight_pkey PRIMARY KEY (component),
    CONSTRAINT data_quality_weight_component_check CHECK (component IN ('timeliness', 'completeness', 'validity', 'match', 'reconciliation', 'uniqueness')),
    CONSTRAINT data_quality_weight_weight_check CHECK (weight >= 0),
    CONSTRAINT data_quality_weight_missing_check CHECK (missing_policy IN ('exclude_and_reweight', 'zero'))
);
COMMENT ON TABLE data_quality_weight IS 'One row = a part of the data quality score and what it counts';
COMMENT ON COLUMN data_quality_weight.component IS 'Name of the part';
COMMENT ON COLUMN data_quality_weight.weight IS 'Points that it can bring; 100 in all';
COMMENT ON COLUMN data_quality_weight.missing_policy IS 'Where there is nothing to judge it by: exclude_and_reweight = the others count more, zero = it counts 0';
COMMENT ON COLUMN data_quality_weight.meaning IS 'How it is measured';

INSERT INTO data_quality_weight (component, weight, meaning) VALUES
    ('timeliness', 25, 'reports received on or before their due date ÷ reports due; nil reports count'),
    ('completeness', 20, 'mandatory fields present ÷ mandatory fields: day, quantity and article of each line; customer, invoice and price of each sale'),
    ('validity', 20, 'lines that no rule refuses ÷ lines'),
    ('match', 15, 'articles and customers resolved ÷ articles and customers named'),
    ('reconciliation', 15, '1 − |counted − calculated| ÷ calculated stock, over all counts but the first where nothing was known, not below 0'),
    ('uniqueness', 5, 'lines that were not booked before ÷ lines');

CREATE FUNCTION reports_of_quality(
    p_from date,
    p_to date,
    p_as_of date
) RETURNS TABLE (
    distributor_id bigint,
    submission_id bigint,
    is_call boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Where no day could be read, it is the day of receipt. Of calls, those count
    -- that judged refused lines again: a line counts once, as it was judged last.
    SELECT s.distributor_id, s.submission_id, s.document_format = 'call' AS is_call
    FROM submission AS s
    WHERE coalesce(s.period_ends_on, (s.received_at AT TIME ZONE 'UTC')::date) >= p_from
        AND coalesce(s.period_ends_on, (s.received_at AT TIME ZONE 'UTC')::date) <= p_to
        AND s.received_at < ((p_as_of + 1)::timestamp AT TIME ZONE 'UTC')
        AND (s.document_format <> 'call' OR s.submission_mode = 'append');
END;
COMMENT ON FUNCTION reports_of_quality(date, date, date) IS
    'Documents of distributors whose period ends from p_from to p_to, received by the close of p_as_of (UTC), and what became of lines that were judged again';

CREATE FUNCTION data_quality_components(
    p_from date,
    p_to date,
    p_as_of date DEFAULT current_date
) RETURNS TABLE (
    distributor_id bigint,
    component text,
    good_count numeric,
    all_count numeric,
    component_score numeric,
    weight numeric,
    missing_policy text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH line AS (
        SELECT l.distributor_id,
            l.submission_id,
            l.line_no,
            l.books_as = 'sell_through' AS is_sale,
            l.line_state = 'refused' AS is_refused,
            (l.reported_on IS NOT NULL)::integer
                + (l.reported_quantity IS NOT NULL)::integer
                + (num_nonnulls(l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part) > 0)::integer AS fields,
            (num_nonnulls(l.reported_customer_id, l.reported_customer_name) > 0)::integer AS has_customer,
            (l.invoice_no IS NOT NULL)::integer
                + (num_nonnulls(l.reported_price, l.reported_amount) > 0)::integer AS sale_fields,
            (l.product_id IS NOT NULL)::integer AS has_product,
            (l.reseller_id IS NOT NULL)::integer AS has_reseller
        FROM reports_of_quality(p_from, p_to, p_as_of) AS s
        JOIN submission_line AS l
            ON l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
        WHERE l.line_state <> 'rejudged'
            AND (l.books_as <> 'nothing' OR l.line_state = 'refused')
    ),
    duplicate AS (
        SELECT l.distributor_id, count(*) AS lines
        FROM (
            SELECT DISTINCT f.distributor_id, f.submission_id, f.line_no
            FROM finding AS f
            WHERE f.code IN ('DUP_LINE', 'DUP_LINE_NO_INVOICE')
        ) AS u
        JOIN line AS l
            ON l.distributor_id = u.distributor_id
            AND l.submission_id = u.submission_id
            AND l.line_no = u.line_no
        GROUP BY l.distributor_id
    ),
    measured AS (
        SELECT o.distributor_id,
            'timeliness'::text AS component,
            (count(*) FILTER (WHERE o.received_on <= o.due_on))::numeric AS good_count,
            count(*)::numeric AS all_count
        FROM obligation_states(p_as_of) AS o
        WHERE o.period_ends_on >= p_from
            AND o.period_ends_on <= p_to
            AND (o.due_on < p_as_of OR o.received_on IS NOT NULL)
        GROUP BY o.distributor_id
        UNION ALL
        SELECT l.distributor_id,
            'completeness'::text AS component,
            sum(l.fields + CASE WHEN l.is_sale THEN l.has_customer + l.sale_fields ELSE 0 END)::numeric AS good_count,
            sum(CASE WHEN l.is_sale THEN 6 ELSE 3 END)::numeric AS all_count
        FROM line AS l
        GROUP BY l.distributor_id
        UNION ALL
        SELECT l.distributor_id,
            'validity'::text AS component,
            (count(*) FILTER (WHERE NOT l.is_refused))::numeric AS good_count,
            count(*)::numeric AS all_count
        FROM line AS l
        GROUP BY l.distributor_id
        UNION ALL
        SELECT l.distributor_id,
            'match'::text AS component,
            sum(l.has_product + CASE WHEN l.is_sale THEN l.has_reseller * l.has_customer ELSE 0 END)::numeric AS good_count,
            sum(1 + CASE WHEN l.is_sale THEN l.has_customer ELSE 0 END)::numeric AS all_count
        FROM line AS l
        GROUP BY l.distributor_id
        UNION ALL
        SELECT g.distributor_id,
            'reconciliation'::text AS component,
            greatest(sum(greatest(g.calculated_qty, 0)) - sum(abs(g.gap_qty)), 0) AS good_count,
            CASE
                WHEN sum(greatest(g.calculated_qty, 0)) > 0 THEN sum(greatest(g.calculated_qty, 0))
                ELSE nullif(sum(abs(g.gap_qty)), 0)
            END AS all_count
        FROM (
            -- The first count of an article, before anything was known, is an opening.
            SELECT n.distributor_id, n.counted_on, n.calculated_qty, n.gap_qty,
                n.calculated_qty <= 0 AND row_number() OVER (
                    PARTITION BY n.distributor_id, n.warehouse_id, n.product_id
                    ORDER BY n.counted_on
                ) = 1 AS is_opening
            FROM inventory_gap_as_of(p_to, CASE
                WHEN p_as_of >= current_date THEN 'infinity'::timestamptz
                ELSE ((p_as_of + 1)::timestamp AT TIME ZONE 'UTC') - interval '1 microsecond'
            END) AS n
        ) AS g
        WHERE g.counted_on >= p_from
            AND NOT g.is_opening
        GROUP BY g.distributor_id
        UNION ALL
        SELECT l.distributor_id,
            'uniqueness'::text AS component,
            (count(*) - coalesce(max(u.lines), 0))::numeric AS good_count,
            count(*)::numeric AS all_count
        FROM line AS l
        LEFT JOIN duplicate AS u ON u.distributor_id = l.distributor_id
        GROUP BY l.distributor_id
    )
    SELECT d.distributor_id,
        w.component,
        m.good_count,
        m.all_count,
        100 * m.good_count / nullif(m.all_count, 0),
        w.weight,
        w.missing_policy
    FROM distributor AS d
    CROSS JOIN data_quality_weight AS w
    LEFT JOIN measured AS m
        ON m.distributor_id = d.distributor_id
        AND m.component = w.component;
END;
COMMENT ON FUNCTION data_quality_components(date, date, date) IS
    'One row = a part of the data quality of a distributor, for reports whose period ends from p_from to p_to, as known at the close of p_as_of: how many of how many, 0 to 100 (NULL = nothing to judge it by), its weight';

CREATE FUNCTION data_quality(
    p_from date,
    p_to date,
    p_as_of date DEFAULT current_date
) RETURNS TABLE (
    distributor_id bigint,
    distributor_code text,
    score numeric,
    timeliness_score numeric,
    completeness_score numeric,
    validity_score numeric,
    match_score numeric,
    reconciliation_score numeric,
    uniqueness_score numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_id,
        d.distributor_code,
        sum(c.weight * coalesce(c.component_score, 0)) / nullif(sum(c.weight) FILTER (
            WHERE c.component_score IS NOT NULL OR c.missing_policy = 'zero'), 0),
        max(c.component_score) FILTER (WHERE c.component = 'timeliness'),
        max(c.component_score) FILTER (WHERE c.component = 'completeness'),
        max(c.component_score) FILTER (WHERE c.component = 'validity'),
        max(c.component_score) FILTER (WHERE c.component = 'match'),
        max(c.component_score) FILTER (WHERE c.component = 'reconciliation'),
        max(c.component_score) FILTER (WHERE c.component = 'uniqueness')
    FROM data_quality_components(p_from, p_to, p_as_of) AS c
    JOIN distributor AS d ON d.distributor_id = c.distributor_id
    GROUP BY d.distributor_id, d.distributor_code
    HAVING bool_or(c.component_score IS NOT NULL);
END;
COMMENT ON FUNCTION data_quality(date, date, date) IS
    'One row = the data quality of a distributor, 0 to 100: its parts by their weights (data_quality_weight). NULL in a part = nothing to judge it by; distributors of whom nothing is known or due are left out. Not additive';

CREATE FUNCTION data_quality_report(
    p_distributor_code text,
    p_from date,
    p_to date,
    p_as_of date DEFAULT current_date
) RETURNS TABLE (
    section text,
    subject text,
    result text,
    remedy text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.section, r.subject, r.result, r.remedy
    FROM (
        SELECT 1 AS place, 0::bigint AS rank, '1 score'::text AS section,
            'data quality'::text AS subject,
            round(q.score, 1) || ' of 100' AS result,
            NULL::text AS remedy
        FROM data_quality(p_from, p_to, p_as_of) AS q
        WHERE q.distributor_code = p_distributor_code
        UNION ALL
        SELECT 2 AS place, -c.weight::bigint AS rank, '2 parts'::text AS section,
            c.component AS subject,
            CASE
                WHEN c.component_score IS NULL THEN 'nothing to judge it by'
                ELSE format('%s %% (%s of %s), weight %s', round(c.component_score, 1), trim_scale(c.good_count),
                    trim_scale(c.all_count), trim_scale(c.weight))
            END AS result,
            w.meaning AS remedy
        FROM data_quality_components(p_from, p_to, p_as_of) AS c
        JOIN data_quality_weight AS w ON w.component = c.component
        JOIN distributor AS d ON d.distributor_id = c.distributor_id
        WHERE d.distributor_code = p_distributor_code
        UNION ALL
        SELECT 3 AS place, row_number() OVER (ORDER BY o.period_ends_on, o.report_kind) AS rank, '3 reports'::text AS section,
            format('%s, %s to %s', o.report_kind, o.period_starts_on, o.period_ends_on) AS subject,
            concat_ws(', ', o.obligation_state, 'due ' || o.due_on, 'received ' || o.received_on,
                CASE WHEN o.days_late > 0 THEN o.days_late || ' days late' END) AS result,
            CASE WHEN o.obligation_state IN ('late', 'missing') THEN 'Send the report, or declare that there is nothing to report.' END AS remedy
        FROM obligation_states(p_as_of) AS o
        JOIN distributor AS d ON d.distributor_id = o.distributor_id
        WHERE d.distributor_code = p_distributor_code
            AND o.period_ends_on BETWEEN p_from AND p_to
        UNION ALL
        SELECT 4 AS place, row_number() OVER (ORDER BY f.severity, count(*) DESC, f.code) AS rank, '4 findings'::text AS section,
            format('%s: %s', f.code, f.message) AS subject,
            format('%s × %s, such as %s', count(*), f.severity, coalesce(nullif(min(f.value), ''), '(no value)')) AS result,
            f.remedy
        FROM reports_of_quality(p_from, p_to, p_as_of) AS s
        JOIN finding AS f
            ON f.distributor_id = s.distributor_id
            AND f.submission_id = s.submission_id
        JOIN distributor AS d ON d.distributor_id = f.distributor_id
        WHERE d.distributor_code = p_distributor_code
            AND NOT s.is_call
        GROUP BY f.code, f.message, f.severity, f.remedy
    ) AS r
    ORDER BY r.place, r.rank, r.subject;
END;
COMMENT ON FUNCTION data_quality_report(text, date, date, date) IS
    'What to send back to a distributor about its reports of a time: its score, the parts of it, what was due and when it came, and what was found, with the remedy';
