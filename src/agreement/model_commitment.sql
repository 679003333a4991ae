-- agreement, commitments: whether the minimum that was promised was bought, and what
-- comes of it when it was not. From span to span an excess is carried, or a shortfall
-- made up, as each commitment says, so the spans are walked in order.

CREATE FUNCTION commitment_minimum(p_activity date, p_agreement_ids bigint[] DEFAULT NULL) RETURNS TABLE (
    agreement_id bigint,
    version_no integer,
    commitment_no integer,
    span_starts_on date,
    span_ends_on date,
    counts_from date,
    counts_to date,
    proration_rate numeric,
    minimum numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH span AS MATERIALIZED (
        SELECT c.*, sp.fiscal_calendar_id, sp.fiscal_year, sp.starts_on, sp.ends_on, f.leap_period,
            greatest(sp.starts_on, v.valid_from) AS counts_from,
            least(sp.ends_on, v.valid_to) AS counts_to,
            extract(year FROM age(greatest(sp.starts_on, v.valid_from), v.valid_from))::integer AS anniversaries
        FROM commitment AS c
        JOIN agreement_version AS v
            ON v.agreement_id = c.agreement_id
            AND v.version_no = c.version_no
            AND v.version_state <> 'draft'
        JOIN fiscal_calendar AS f ON f.calendar_code = c.calendar_code
        JOIN fiscal_span AS sp
            ON sp.fiscal_calendar_id = f.fiscal_calendar_id
            AND sp.span_kind = c.span_kind
            AND sp.ends_on >= v.valid_from
            AND sp.starts_on <= least(v.valid_to, p_activity)
        WHERE p_agreement_ids IS NULL OR c.agreement_id = ANY (p_agreement_ids)
    )
    SELECT s.agreement_id, s.version_no, s.commitment_no, s.starts_on, s.ends_on, s.counts_from, s.counts_to,
        x.proration_rate,
        trim_scale(coalesce(s.minimum_qty, s.minimum_amount) * power(1 + s.escalator_rate, s.anniversaries)
            * x.proration_rate
            * CASE WHEN s.week_53_mode = 'longer' THEN w.factor ELSE 1 END)
    FROM span AS s
    CROSS JOIN LATERAL (
        SELECT
            -- Of the year's weights: those of the span, within a period by days.
            coalesce(sum(g.weight * greatest(0, least(p.ends_on, s.counts_to) - greatest(p.starts_on, s.counts_from) + 1)
                    / (p.ends_on - p.starts_on + 1)) FILTER (WHERE p.starts_on BETWEEN s.starts_on AND s.ends_on)
                / nullif(sum(g.weight), 0), 0) AS weight,
            -- The weeks of the span against those that it has in other years, where
            -- it is the one with the 53rd.
            CASE
                WHEN sum(p.weeks) = 53 AND bool_or(p.starts_on BETWEEN s.starts_on AND s.ends_on
                    AND p.fiscal_period = coalesce(s.leap_period, l.last_period))
                THEN sum(p.weeks) FILTER (WHERE p.starts_on BETWEEN s.starts_on AND s.ends_on)::numeric
                    / (sum(p.weeks) FILTER (WHERE p.starts_on BETWEEN s.starts_on AND s.ends_on) - 1)
                ELSE 1
            END AS factor
        FROM fiscal_period AS p
        CROSS JOIN (
            SELECT max(z.fiscal_period) AS last_period
            FROM fiscal_period AS z
            WHERE z.fiscal_calendar_id = s.fiscal_calendar_id AND z.fiscal_year = s.fiscal_year
        ) AS l
        LEFT JOIN commitment_weight AS g
            ON g.agreement_id = s.agreement_id
            AND g.version_no = s.version_no
            AND g.commitment_no = s.commitment_no
            AND g.period_no = p.fiscal_period
        WHERE p.fiscal_calendar_id = s.fiscal_calendar_id
            AND p.fiscal_year = s.fiscal_year
    ) AS w
    CROSS JOIN LATERAL (
        SELECT CASE s.proration_mode
            WHEN 'days' THEN (s.counts_to - s.counts_from + 1)::numeric / (s.ends_on - s.starts_on + 1)
            WHEN 'weights' THEN w.weight
            ELSE 1
        END AS proration_rate
    ) AS x
$$;
COMMENT ON FUNCTION commitment_minimum(date, bigint[]) IS
    'One row = a commitment in a span that has begun by p_activity: the days that the version covers of it and the minimum (base units or settlement currency) after escalator, proration and 53rd week, before anything is carried or made up; p_agreement_ids NULL = all agreements';

CREATE FUNCTION commitment_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_agreement_ids bigint[] DEFAULT NULL
) RETURNS TABLE (
    distributor_code text,
    agreement_no text,
    version_no integer,
    commitment_no integer,
    span_starts_on date,
    span_ends_on date,
    is_ended boolean,
    measure_unit text,
    currency_code text,
    proration_rate numeric,
    minimum numeric,
    actual numeric,
    relief numeric,
    carried_in numeric,
    attainment_rate numeric,
    run_rate numeric,
    needed_run_rate numeric,
    shortfall numeric,
    shortfall_mode text,
    charge_amount numeric,
    misses_in_row bigint,
    made_up_in numeric,
    probation_from date,
    probation_to date,
    may_terminate boolean,
    agreement_id bigint,
    party_no bigint
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH RECURSIVE span AS MATERIALIZED (
        SELECT n.*, c.minimum_qty, c.tolerance_rate, c.product_line, c.carries_excess, c.shortfall_mode, c.shortfall_price, c.span_kind,
            c.probation_after_misses, c.probation_days, c.termination_below_rate, c.termination_after_misses,
            v.settlement_currency, u.party_no,
            row_number() OVER (PARTITION BY n.agreement_id, n.version_no, n.commitment_no, u.party_no ORDER BY n.span_starts_on) AS place
        FROM commitment_minimum(p_activity, p_agreement_ids) AS n
        JOIN commitment AS c
            ON c.agreement_id = n.agreement_id AND c.version_no = n.version_no AND c.commitment_no = n.commitment_no
        JOIN agreement_version AS v ON v.agreement_id = n.agreement_id AND v.version_no = n.version_no
        -- Whoever is party to it on a day of the span.
        CROSS JOIN LATERAL (
            SELECT DISTINCT m.party_no
            FROM agreement_member AS m
            WHERE m.agreement_id = n.agreement_id
                AND m.valid_from <= coalesce(n.counts_to, 'infinity')
                AND m.valid_to >= n.counts_from
        ) AS u
    ),
    purchase AS MATERIALIZED (
        SELECT * FROM agreement_purchase_as_of(p_activity, p_knowledge,
            ARRAY(SELECT DISTINCT s.agreement_id FROM span AS s), (SELECT min(s.counts_from) FROM span AS s))
    ),
    bought AS MATERIALIZED (
        SELECT s.agreement_id, s.version_no, s.commitment_no, s.party_no, s.span_starts_on,
            sum(CASE WHEN s.minimum_qty IS NOT NULL THEN b.quantity ELSE b.amount END) AS actual,
            sum(b.amount) AS amount,
            sum(b.quantity) AS quantity,
            sum(b.list_amount) AS list_amount,
            sum(b.list_amount - b.amount) AS granted_amount
        FROM span AS s
        JOIN purchase AS b
            ON b.agreement_id = s.agreement_id
            AND b.version_no = s.version_no
            AND b.party_no = s.party_no
            AND b.purchased_on BETWEEN s.counts_from AND s.counts_to
            AND (s.product_line IS NULL OR b.product_line <@ s.product_line)
        GROUP BY s.agreement_id, s.version_no, s.commitment_no, s.party_no, s.span_starts_on
    ),
    measured AS MATERIALIZED (
        SELECT s.*,
            coalesce(b.actual, 0) AS actual,
            coalesce(r.relief, 0) AS relief,
            b.amount,
            b.quantity,
            b.list_amount,
            b.granted_amount,
            s.counts_to <= p_activity AS is_ended
        FROM span AS s
        LEFT JOIN bought AS b USING (agreement_id, version_no, commitment_no, party_no, span_starts_on)
        CROSS JOIN LATERAL (
            SELECT sum(f.relief) AS relief
            FROM commitment_relief AS f
            WHERE f.agreement_id = s.agreement_id
                AND f.version_no = s.version_no
                AND f.commitment_no = s.commitment_no
                AND f.span_starts_on = s.span_starts_on
                AND f.recorded_at <= p_knowledge
                AND (f.distributor_id IS NULL OR s.party_no IN (0, f.distributor_id))
        ) AS r
    ),
    walked AS (
        SELECT m.*, 0::numeric AS carried_in, 0::numeric AS made_up_in,
            greatest(0, m.tolerance_rate * m.minimum - (m.actual + m.relief)) AS shortfall
        FROM measured AS m
        WHERE m.place = 1
        UNION ALL
        SELECT m.*, x.carried_in, x.made_up_in,
            greatest(0, m.tolerance_rate * m.minimum + x.made_up_in - (m.actual + m.relief + x.carried_in))
        FROM walked AS w
        JOIN measured AS m
            ON m.agreement_id = w.agreement_id
            AND m.version_no = w.version_no
            AND m.commitment_no = w.commitment_no
            AND m.party_no = w.party_no
            AND m.place = w.place + 1
        CROSS JOIN LATERAL (
            SELECT CASE
                    WHEN m.carries_excess THEN greatest(0, w.actual + w.relief + w.carried_in - w.minimum - w.made_up_in)
                    ELSE 0
                END AS carried_in,
                CASE WHEN m.shortfall_mode = 'make_up' THEN w.shortfall ELSE 0 END AS made_up_in
        ) AS x
    ),
    judged AS (
        SELECT w.*, w.is_ended AND w.shortfall > 0 AS is_missed,
            w.minimum + w.made_up_in AS needed,
            -- Where a minimum is nothing it is met.
            CASE
                WHEN w.minimum + w.made_up_in > 0
                THEN (w.actual + w.carried_in + w.relief) / (w.minimum + w.made_up_in)
            END AS attainment_rate,
            CASE
                WHEN NOT w.is_ended OR w.shortfall = 0 THEN 0
                WHEN w.shortfall_mode = 'cash' THEN w.shortfall * w.shortfall_price
                WHEN w.shortfall_mode = 'bill_back' THEN coalesce(greatest(0, w.granted_amount - w.list_amount * coalesce(e.discount_rate, 0)), 0)
                ELSE 0
            END AS charge
        FROM walked AS w
        JOIN agreement_version AS v ON v.agreement_id = w.agreement_id AND v.version_no = w.version_no
        -- The level that the purchases of the span, brought to a year, earned.
        LEFT JOIN LATERAL (
            SELECT l.discount_rate
            FROM discount_level AS l
            WHERE l.agreement_id = w.agreement_id
                AND l.version_no = w.version_no
                AND l.from_amount <= CASE v.level_unit WHEN 'quantity' THEN w.quantity ELSE w.amount END
                    * CASE w.span_kind WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 ELSE 1 END
            ORDER BY l.from_amount DESC
            LIMIT 1
        ) AS e ON w.shortfall_mode = 'bill_back'
    ),
    counted AS (
        SELECT j.*, count(*) FILTER (WHERE NOT j.is_missed) OVER (
            PARTITION BY j.agreement_id, j.commitment_no, j.party_no ORDER BY j.span_starts_on, j.version_no) AS hits
        FROM judged AS j
    ),
    numbered AS (
        SELECT c.*, sum(CASE WHEN c.is_missed THEN 1 ELSE 0 END) OVER (
            PARTITION BY c.agreement_id, c.commitment_no, c.party_no, c.hits ORDER BY c.span_starts_on, c.version_no) AS misses
        FROM counted AS c
    )
    SELECT d.distributor_code, a.agreement_no, j.version_no, j.commitment_no, j.span_starts_on, j.span_ends_on, j.is_ended,
        CASE WHEN j.minimum_qty IS NULL THEN 'amount' ELSE 'quantity' END,
        j.settlement_currency, j.proration_rate, j.needed, j.actual, j.relief, j.carried_in,
        j.attainment_rate,
        j.actual / (least(j.counts_to, p_activity) - j.counts_from + 1),
        CASE WHEN NOT j.is_ended THEN j.shortfall / (j.counts_to - p_activity) END,
        j.shortfall,
        j.shortfall_mode,
        round(j.charge, k.minor_unit),
        j.misses,
        j.made_up_in,
        CASE WHEN p.begins THEN j.counts_to + 1 END,
        CASE WHEN p.begins THEN j.counts_to + j.probation_days END,
        j.is_ended AND (coalesce(j.attainment_rate < j.termination_below_rate, false) OR coalesce(j.misses >= j.termination_after_misses, false)),
        j.agreement_id, j.party_no
    FROM numbered AS j
    JOIN agreement AS a ON a.agreement_id = j.agreement_id
    JOIN currency AS k ON k.currency_code = j.settlement_currency
    LEFT JOIN distributor AS d ON d.distributor_id = j.party_no
    CROSS JOIN LATERAL (
        SELECT j.shortfall_mode = 'probation' AND j.is_missed AND j.misses >= j.probation_after_misses AS begins
    ) AS p
$$;
COMMENT ON FUNCTION commitment_as_of(date, timestamptz, bigint[]) IS
    'One row = a commitment in a span up to p_activity, for each distributor that is party to it (distributor_code NULL, party_no 0 = its members together): minimum with what is made up from the span before, what was bought, relieved and carried in (base units or settlement currency); attainment_rate = their sum ÷ minimum; shortfall = tolerance × minimum + made up − their sum, never below 0; charge_amount once the span has ended: shortfall × price in mode cash, the discount above the level earned in mode bill_back; run rates per day, needed to avoid a shortfall; misses_in_row = spans missed one after the other up to this one; probation_from, probation_to; may_terminate';

CREATE VIEW commitment_attainment WITH (security_invoker = true) AS
SELECT c.agreement_id,
    c.commitment_no,
    c.party_no,
    c.span_starts_on,
    c.span_ends_on,
    c.agreement_no,
    c.version_no,
    c.distributor_code,
    c.measure_unit,
    c.currency_code,
    c.minimum,
    c.actual + c.carried_in + c.relief AS counted,
    c.attainment_rate,
    c.run_rate,
    c.needed_run_rate,
    CASE
        WHEN c.is_ended AND c.shortfall = 0 THEN 'met'::text
        WHEN c.is_ended THEN 'missed'::text
        WHEN c.shortfall = 0 THEN 'met early'::text
        WHEN c.run_rate >= c.needed_run_rate THEN 'on track'::text
        ELSE 'behind'::text
    END AS standing,
    c.shortfall_mode,
    c.charge_amount,
    c.misses_in_row,
    (now() AT TIME ZONE 'UTC')::date BETWEEN c.probation_from AND c.probation_to AS is_on_probation,
    c.may_terminate
FROM commitment_as_of((now() AT TIME ZONE 'UTC')::date) AS c;
COMMENT ON VIEW commitment_attainment IS 'One row = a commitment in a span up to today, for each party to it: how much of it is met and whether the pace will do';
COMMENT ON COLUMN commitment_attainment.agreement_id IS 'The agreement';
COMMENT ON COLUMN commitment_attainment.commitment_no IS 'The commitment';
COMMENT ON COLUMN commitment_attainment.party_no IS 'The distributor; 0 = the members together';
COMMENT ON COLUMN commitment_attainment.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN commitment_attainment.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN commitment_attainment.agreement_no IS 'Number that stands on the paper';
COMMENT ON COLUMN commitment_attainment.version_no IS 'Version of the agreement';
COMMENT ON COLUMN commitment_attainment.distributor_code IS 'The distributor; NULL = the members together';
COMMENT ON COLUMN commitment_attainment.measure_unit IS 'amount (settlement currency) or quantity (base units)';
COMMENT ON COLUMN commitment_attainment.currency_code IS 'Settlement currency';
COMMENT ON COLUMN commitment_attainment.minimum IS 'What has to be bought in the span, in measure_unit';
COMMENT ON COLUMN commitment_attainment.counted IS 'What was bought, carried in or relieved, in measure_unit';
COMMENT ON COLUMN commitment_attainment.attainment_rate IS 'counted ÷ minimum, as a fraction; NULL = the minimum is nothing. Not additive';
COMMENT ON COLUMN commitment_attainment.run_rate IS 'Bought a day since the span began, in measure_unit. Not additive';
COMMENT ON COLUMN commitment_attainment.needed_run_rate IS 'To be bought a day until the span ends, to avoid a shortfall; NULL = it has ended. Not additive';
COMMENT ON COLUMN commitment_attainment.standing IS 'met, missed; of a span that goes on: met early, on track, behind';
COMMENT ON COLUMN commitment_attainment.shortfall_mode IS 'What a shortfall leads to';
COMMENT ON COLUMN commitment_attainment.charge_amount IS 'What it costs, in the settlement currency. Additive within a currency';
COMMENT ON COLUMN commitment_attainment.misses_in_row IS 'Spans missed one after the other up to this one';
COMMENT ON COLUMN commitment_attainment.is_on_probation IS 'Whether this span put the party on probation and today falls in it; NULL = it did not';
COMMENT ON COLUMN commitment_attainment.may_terminate IS 'Whether the vendor may terminate because of this span';
