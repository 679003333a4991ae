-- performance, measures of reporting, prices and programs: what distributors
-- reported and how good it was, what prices did, what programs earned and cost.

CREATE FUNCTION report_completeness(p_from date, p_to date) RETURNS TABLE (
    distributor_id bigint,
    reports_expected bigint,
    reports_in bigint,
    completeness_pct numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT o.distributor_id,
        count(*),
        count(*) FILTER (WHERE o.obligation_state IN ('accepted', 'nil')),
        100 * (count(*) FILTER (WHERE o.obligation_state IN ('accepted', 'nil')))::numeric / count(*)
    FROM obligation_states((now() AT TIME ZONE 'UTC')::date) AS o
    WHERE o.period_ends_on BETWEEN p_from AND p_to
    GROUP BY o.distributor_id;
END;
COMMENT ON FUNCTION report_completeness(date, date) IS
    'One row = a distributor that owes reports for periods ending from p_from to p_to: how many, how many of them are booked (or nil was declared), in per cent. Figures of a span with missing reports are too low, and say so with this';

CREATE FUNCTION measure_report(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    currency_code text,
    reports_due bigint,
    reports_on_time bigint,
    reports_missing bigint,
    has_due bigint,
    is_continuous bigint,
    sell_in_amount numeric,
    covered_sell_in_amount numeric,
    lines_received bigint,
    lines_booked bigint,
    lines_corrected bigint,
    lines_first_pass bigint,
    fields_required numeric,
    fields_present numeric,
    resellers_named bigint,
    resellers_resolved bigint,
    products_named bigint,
    products_resolved bigint
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH owed AS (
        SELECT o.distributor_id,
            count(*) AS due,
            count(*) FILTER (WHERE o.received_on <= o.due_on) AS on_time,
            count(*) FILTER (WHERE o.obligation_state NOT IN ('accepted', 'nil')) AS missing,
            count(*) FILTER (WHERE o.report_kind = 'sell_through') AS sales_due,
            count(*) FILTER (WHERE o.report_kind = 'sell_through' AND o.obligation_state NOT IN ('accepted', 'nil')) AS sales_missing
        FROM obligation_states((now() AT TIME ZONE 'UTC')::date) AS o
        WHERE o.period_ends_on BETWEEN p_from AND p_to
            AND (o.due_on < (now() AT TIME ZONE 'UTC')::date OR o.received_on IS NOT NULL)
        GROUP BY o.distributor_id
    ),
    line AS MATERIALIZED (
        SELECT l.distributor_id, l.submission_id, l.line_no,
            s.submission_state = 'accepted' AND l.line_state = 'ready' AND l.books_as <> 'nothing' AS is_booked,
            s.release_reason IS NOT NULL AS is_released,
            l.books_as = 'sell_through' AS is_sale,
            l.books_as = 'sell_through' AND num_nonnulls(l.reported_customer_id, l.reported_customer_name) > 0 AS names_reseller,
            l.reseller_id IS NOT NULL AS has_reseller,
            l.product_id IS NOT NULL AS has_product
        FROM submission AS s
        JOIN submission_line AS l ON l.distributor_id = s.distributor_id AND l.submission_id = s.submission_id
        WHERE s.period_ends_on BETWEEN p_from AND p_to
            AND s.document_format <> 'call'
            AND (l.books_as <> 'nothing' OR l.line_state = 'refused')
    ),
    corrected AS (
        SELECT DISTINCT f.distributor_id, f.submission_id, f.submission_line_no AS line_no
        FROM sell_through AS f
        JOIN sell_through AS r
            ON r.distributor_id = f.distributor_id
            AND r.corrects_sold_on = f.sold_on
            AND r.corrects_line_id = f.sell_through_id
            AND r.entry_kind = 'reversal'
        WHERE (f.distributor_id, f.submission_id) IN (SELECT n.distributor_id, n.submission_id FROM line AS n)
    ),
    counted AS (
        SELECT l.distributor_id,
            count(*) AS received,
            count(*) FILTER (WHERE l.is_booked) AS booked,
            count(*) FILTER (WHERE l.is_booked AND l.is_sale) AS sales_booked,
            count(*) FILTER (WHERE l.is_booked AND c.line_no IS NOT NULL) AS corrected,
            count(*) FILTER (WHERE l.is_booked AND c.line_no IS NULL AND NOT l.is_released) AS first_pass,
            count(*) FILTER (WHERE l.names_reseller) AS resellers_named,
            count(*) FILTER (WHERE l.names_reseller AND l.has_reseller) AS resellers_resolved,
            count(*) FILTER (WHERE l.has_product) AS products_resolved
        FROM line AS l
        LEFT JOIN corrected AS c USING (distributor_id, submission_id, line_no)
        GROUP BY l.distributor_id
    ),
    field AS (
        SELECT q.distributor_id, q.good_count AS fields_present, q.all_count AS fields_required
        FROM data_quality_components(p_from, p_to, (now() AT TIME ZONE 'UTC')::date) AS q
        WHERE q.component = 'completeness'
    )
    SELECT c.distributor_id,
        c.currency_code,
        coalesce(o.due, 0),
        coalesce(o.on_time, 0),
        coalesce(o.missing, 0),
        (o.due > 0)::integer,
        (o.due > 0 AND o.missing = 0)::integer,
        c.sell_in_amount,
        -- Who owes no report of sales but sent one is covered as well.
        CASE WHEN CASE WHEN o.sales_due > 0 THEN o.sales_missing = 0 ELSE l.sales_booked > 0 END THEN c.sell_in_amount ELSE 0 END,
        coalesce(l.received, 0),
        coalesce(l.booked, 0),
        coalesce(l.corrected, 0),
        coalesce(l.first_pass, 0),
        coalesce(q.fields_required, 0),
        coalesce(q.fields_present, 0),
        coalesce(l.resellers_named, 0),
        coalesce(l.resellers_resolved, 0),
        coalesce(l.received, 0),
        coalesce(l.products_resolved, 0)
    FROM measure_channel(p_from, p_to, p_currency_code) AS c
    LEFT JOIN owed AS o ON o.distributor_id = c.distributor_id
    LEFT JOIN counted AS l ON l.distributor_id = c.distributor_id
    LEFT JOIN field AS q ON q.distributor_id = c.distributor_id
$$;
COMMENT ON FUNCTION measure_report(date, date, text) IS
    'One row = the reporting of a distributor for periods that end from p_from to p_to, as known today: reports due, in time, missing; has_due and is_continuous are 0 or 1 (nothing is missing); covered_sell_in_amount = its purchases when none of its sales reports is missing (or, where none is owed, one came); lines of documents that were received, booked, corrected later, first_pass (booked without a release and never corrected); mandatory fields; names resolved. Counts are additive';

CREATE FUNCTION measure_quality(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    dq_score numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT q.distributor_id, q.score
    FROM data_quality(p_from, p_to, (now() AT TIME ZONE 'UTC')::date) AS q
$$;
COMMENT ON FUNCTION measure_quality(date, date, text) IS
    'One row = the data quality score of a distributor for reports whose period ends from p_from to p_to, 0 to 100, as data_quality() has it; it looks at every count, so that it takes its time. Not additive';

CREATE FUNCTION measure_price(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    currency_code text,
    list_amount numeric,
    listed_net_amount numeric,
    rebate_amount numeric,
    sell_in_amount numeric,
    flagged_sell_in_amount numeric,
    leakage_amount numeric,
    sell_through_amount numeric,
    flagged_sell_through_amount numeric,
    resale_leakage_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH cash AS (
        -- By distributor first, so that its index by day is used.
        SELECT d.distributor_id, f.currency_code, f.kind,
            sum(f.list_amount) AS list_amount, sum(f.net_amount) AS net_amount, sum(f.flagged) AS flagged, sum(f.leakage) AS leakage
        FROM distributor AS d
        CROSS JOIN LATERAL (
            SELECT s.currency_code, 'invoice' AS kind, sum(s.list_price * s.quantity) AS list_amount,
                sum(s.amount) FILTER (WHERE s.list_price IS NOT NULL) AS net_amount, NULL::numeric AS flagged, NULL::numeric AS leakage
            FROM sell_in AS s
            WHERE s.distributor_id = d.distributor_id AND s.shipped_on BETWEEN p_from AND p_to
            GROUP BY s.currency_code
            UNION ALL
            SELECT v.currency_code, v.fact_table, NULL, NULL, sum(v.actual_price * v.quantity), sum(v.leakage_amount)
            FROM price_violation AS v
            WHERE v.distributor_id = d.distributor_id AND v.occurred_on BETWEEN p_from AND p_to
                AND v.violation_state <> 'dismissed'
            GROUP BY v.currency_code, v.fact_table
            UNION ALL
            SELECT e.currency_code, 'rebate', NULL, sum(e.delta_amount), NULL, NULL
            FROM accrual_entry AS e
            WHERE e.distributor_id = d.distributor_id AND e.span_starts_on <= p_to AND e.span_ends_on BETWEEN p_from AND p_to
            GROUP BY e.currency_code
        ) AS f
        GROUP BY d.distributor_id, f.currency_code, f.kind
    ),
    priced AS (
        SELECT c.*,
            exchange_rate(c.currency_code, coalesce(p_currency_code, o.currency_code, c.currency_code), p_to,
                (SELECT t.rate_type FROM performance_setting AS t)) AS rate
        FROM cash AS c
        LEFT JOIN distributor_currency_as_of(p_to) AS o ON o.distributor_id = c.distributor_id
    )
    SELECT m.distributor_id,
        m.currency_code,
        coalesce(sum(p.rate * p.list_amount) FILTER (WHERE p.kind = 'invoice'), 0),
        coalesce(sum(p.rate * p.net_amount) FILTER (WHERE p.kind = 'invoice'), 0),
        coalesce(sum(p.rate * p.net_amount) FILTER (WHERE p.kind = 'rebate'), 0),
        m.sell_in_amount,
        coalesce(sum(p.rate * p.flagged) FILTER (WHERE p.kind = 'sell_in'), 0),
        coalesce(sum(p.rate * p.leakage) FILTER (WHERE p.kind = 'sell_in'), 0),
        m.sell_through_amount,
        coalesce(sum(p.rate * p.flagged) FILTER (WHERE p.kind = 'sell_through'), 0),
        coalesce(sum(p.rate * p.leakage) FILTER (WHERE p.kind = 'sell_through'), 0)
    FROM measure_channel(p_from, p_to, p_currency_code) AS m
    LEFT JOIN priced AS p ON p.distributor_id = m.distributor_id
    GROUP BY m.distributor_id, m.currency_code, m.sell_in_amount, m.sell_through_amount
$$;
COMMENT ON FUNCTION measure_price(date, date, text) IS
    'One row = prices of a distributor from p_from to p_to: list value of the purchases whose list price is known and what was invoiced for these, rebates accrued for spans that end in the time, value and leakage ((authorized − actual) × quantity) of the lines flagged in price_violation (dismissed ones left out), of purchases and of resales. Currency as in measure_channel(). Additive within a currency';

CREATE FUNCTION measure_rebate(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    measure_unit text,
    eligible_amount numeric,
    rebate_amount numeric,
    marginal_rate numeric,
    current_threshold numeric,
    next_threshold numeric,
    gap_to_next numeric,
    needed_run_rate numeric,
    payout_jump numeric,
    settled_amount numeric,
    accrued_of_settled_amount numeric,
    accrual_error_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH posted AS (
        -- Thresholds of a line that pays growth are per cent of its base: no tier of
        -- a volume can be told there.
        SELECT b.distributor_id, b.program_line_id, b.span_starts_on, b.span_ends_on, b.currency_code, b.reseller_id, b.posted_amount, m.measured_value,
            l.measure_unit, CASE WHEN l.growth_base IS NULL THEN l.schedule END AS schedule
        FROM rebate_balance AS b
        JOIN program_line AS l ON l.program_line_id = b.program_line_id
        CROSS JOIN LATERAL (
            SELECT x.measured_value
            FROM accrual_position AS x
            WHERE x.distributor_id = b.distributor_id
                AND x.program_line_id = b.program_line_id
                AND x.span_starts_on = b.span_starts_on
                AND x.currency_code = b.currency_code
                AND x.reseller_id IS NOT DISTINCT FROM b.reseller_id
            ORDER BY x.accrual_run_id DESC
            LIMIT 1
        ) AS m
        WHERE b.span_ends_on >= p_from AND b.span_starts_on <= p_to
    ),
    settled AS (
        SELECT s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id, sum(s.amount) AS amount
        FROM settlement_line AS s
        WHERE s.disposition = 'matched'
        GROUP BY s.distributor_id, s.program_line_id, s.span_starts_on, s.currency_code, s.reseller_id
    )
    SELECT p.distributor_id, p.program_line_id, p.span_starts_on, p.span_ends_on,
        coalesce(p_currency_code, p.currency_code),
        p.measure_unit,
        CASE p.measure_unit WHEN 'amount' THEN x.rate * p.measured_value END,
        x.rate * p.posted_amount,
        marginal_rate(p.measured_value, p.schedule),
        CASE WHEN p.schedule IS NOT NULL THEN coalesce(g.threshold, 0) END,
        g.next_threshold,
        g.gap,
        CASE WHEN p.span_ends_on > p_to THEN g.gap / (p.span_ends_on - p_to) END,
        x.rate * g.jump,
        x.rate * s.amount,
        CASE WHEN s.amount IS NOT NULL THEN x.rate * p.posted_amount END,
        x.rate * abs(s.amount - p.posted_amount)
    FROM posted AS p
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p_currency_code IS NULL THEN 1 ELSE exchange_rate(p.currency_code, p_currency_code, p_to,
            (SELECT t.rate_type FROM performance_setting AS t)) END AS rate
    ) AS x
    CROSS JOIN LATERAL tier_progress(p.measured_value, p.schedule) AS g
    LEFT JOIN settled AS s
        ON s.distributor_id = p.distributor_id
        AND s.program_line_id = p.program_line_id
        AND s.span_starts_on = p.span_starts_on
        AND s.currency_code = p.currency_code
        AND s.reseller_id IS NOT DISTINCT FROM p.reseller_id
$$;
COMMENT ON FUNCTION measure_rebate(date, date, text) IS
    'One row = a program line of a distributor (or of a reseller that it pays) and a span that lies in or runs at p_to: what counted (amount measures: eligible_amount), what was accrued, marginal_rate() there, the threshold of the tier reached and the next one, gap and gap per day that is left (units of the measure), what the payout jumps by at it; settled_amount with the accrual beside it (NULL = nothing was settled). Currency: p_currency_code, else the settlement currency. Additive within a currency: amounts';

CREATE FUNCTION measure_commitment(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    agreement_no text,
    commitment_no integer,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    measure_unit text,
    actual numeric,
    due_minimum numeric,
    attainment_rate numeric,
    shortfall numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- What is due by p_to: the minimum in proportion to the days that are over.
    SELECT d.distributor_id, c.agreement_no, c.commitment_no, c.span_starts_on, c.span_ends_on, c.currency_code, c.measure_unit,
        c.actual + c.carried_in + c.relief,
        c.minimum * x.over_rate,
        (c.actual + c.carried_in + c.relief) / nullif(c.minimum * x.over_rate, 0),
        c.shortfall
    FROM commitment_as_of(p_to) AS c
    JOIN distributor AS d ON d.distributor_code = c.distributor_code
    CROSS JOIN LATERAL (
        SELECT (least(p_to, c.span_ends_on) - c.span_starts_on + 1)::numeric / (c.span_ends_on - c.span_starts_on + 1) AS over_rate
    ) AS x
    WHERE c.span_ends_on >= p_from AND c.span_starts_on <= p_to
$$;
COMMENT ON FUNCTION measure_commitment(date, date, text) IS
    'One row = a commitment of a distributor and a span of it that lies in the time or runs at p_to: what was bought (with what was carried in and relief), the minimum in linear proportion to the days that are over, their ratio, the shortfall. In the currency or units of the agreement, whatever currency is asked for. Not additive over commitments';

CREATE FUNCTION measure_external(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    currency_code text,
    days integer,
    sell_in_amount numeric,
    category_purchases_amount numeric,
    order_lines numeric,
    order_lines_complete numeric,
    incremental_margin_amount numeric,
    incentive_cost_amount numeric,
    receivables_amount numeric,
    is_estimate boolean
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT p.distributor_id,
        p.currency_code,
        p_to - p_from + 1,
        p.sell_in_amount,
        sum(n.value * n.rate) FILTER (WHERE n.input_code = 'category_purchases'),
        sum(n.value) FILTER (WHERE n.input_code = 'order_lines'),
        sum(n.value) FILTER (WHERE n.input_code = 'order_lines_complete'),
        sum(n.value * n.rate) FILTER (WHERE n.input_code = 'incremental_margin'),
        coalesce(sum(n.value * n.rate) FILTER (WHERE n.input_code = 'incentive_cost'), nullif(p.rebate_amount, 0)),
        -- A balance of a day: the last one counts.
        (array_agg(n.value * n.rate ORDER BY n.period_ends_on DESC) FILTER (WHERE n.input_code = 'receivables'))[1],
        coalesce(bool_or(n.is_estimate), false)
    FROM measure_price(p_from, p_to, p_currency_code) AS p
    LEFT JOIN LATERAL (
        SELECT i.input_code, i.value, i.is_estimate, i.period_ends_on,
            CASE WHEN i.currency_code IS NULL OR p.currency_code IS NULL THEN 1
                ELSE exchange_rate(i.currency_code, p.currency_code, p_to, (SELECT t.rate_type FROM performance_setting AS t))
            END AS rate
        FROM metric_input AS i
        WHERE i.distributor_id = p.distributor_id
            AND i.period_starts_on >= p_from
            AND i.period_ends_on <= p_to
    ) AS n ON true
    GROUP BY p.distributor_id, p.currency_code, p.sell_in_amount, p.rebate_amount
$$;
COMMENT ON FUNCTION measure_external(date, date, text) IS
    'One row = what was handed in about a distributor (metric_input) for periods within the time, beside its purchases; NULL = nothing was handed in. incentive_cost_amount falls back on the rebates accrued; is_estimate = one of them was guessed. Additive within a currency';

CREATE FUNCTION measure_claim(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    claim_id bigint,
    claim_kind text,
    claim_state text,
    currency_code text,
    claimed_amount numeric,
    settled_amount numeric,
    is_decided boolean,
    is_refused boolean,
    is_disputed boolean,
    cycle_days integer,
    reason text
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT c.distributor_id, c.claim_id, c.claim_kind, c.claim_state,
        coalesce(p_currency_code, c.currency_code),
        x.rate * c.claimed_amount,
        x.rate * c.settled_amount,
        c.claim_state NOT IN ('pended', 'proposed'),
        c.claim_state = 'refused',
        h.refusals > 0 AND c.claim_state <> 'refused' OR h.refusals > 1,
        CASE WHEN c.claim_state = 'settled' THEN t.settled_on - c.claimed_on END,
        h.reason
    FROM claim_state AS c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p_currency_code IS NULL THEN 1 ELSE exchange_rate(c.currency_code, p_currency_code, p_to,
            (SELECT y.rate_type FROM performance_setting AS y)) END AS rate
    ) AS x
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE NOT d.is_approved) AS refusals,
            (array_agg(d.reason ORDER BY d.assessment_no DESC) FILTER (WHERE NOT d.is_approved))[1] AS reason
        FROM claim_decision AS d
        WHERE d.distributor_id = c.distributor_id AND d.claim_id = c.claim_id
    ) AS h
    CROSS JOIN LATERAL (
        SELECT max(s.settled_on) AS settled_on
        FROM claim_settlement AS s
        WHERE s.distributor_id = c.distributor_id AND s.claim_id = c.claim_id
    ) AS t
    WHERE c.claimed_on BETWEEN p_from AND p_to
$$;
COMMENT ON FUNCTION measure_claim(date, date, text) IS
    'One row = a claim made from p_from to p_to, as it stands today: decided (whether accepted or not), refused, disputed (refused and assessed again), days from the claim to its last settlement (NULL = not settled), the reason of the last refusal (X12 901 codes where they are used). Currency: p_currency_code, else that of the claim. Additive within a currency';

CREATE FUNCTION measure_fund(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    fund_id bigint,
    fund_kind text,
    currency_code text,
    funded_amount numeric,
    paid_amount numeric,
    lost_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT f.distributor_id, f.fund_id, f.fund_kind,
        coalesce(p_currency_code, f.currency_code),
        x.rate * coalesce(sum(e.amount) FILTER (WHERE e.entry_kind IN ('accrue', 'allocate', 'transfer')), 0),
        x.rate * coalesce(sum(e.amount) FILTER (WHERE e.entry_kind = 'pay'), 0),
        x.rate * coalesce(sum(e.amount) FILTER (WHERE e.entry_kind IN ('expire', 'forfeit')), 0)
    FROM fund AS f
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p_currency_code IS NULL THEN 1 ELSE exchange_rate(f.currency_code, p_currency_code, p_to,
            (SELECT y.rate_type FROM performance_setting AS y)) END AS rate
    ) AS x
    LEFT JOIN fund_entry AS e ON e.distributor_id = f.distributor_id AND e.fund_id = f.fund_id AND e.entered_on BETWEEN p_from AND p_to
    GROUP BY f.distributor_id, f.fund_id, f.fund_kind, f.currency_code, x.rate
$$;
COMMENT ON FUNCTION measure_fund(date, date, text) IS
    'One row = a fund and what happened to its money from p_from to p_to: came in (accrued, allocated, transferred), paid, lost (expired or forfeited). Currency: p_currency_code, else that of the fund. Additive within a currency';
