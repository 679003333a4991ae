-- agreement: what the terms of an agreement mean for a purchase and for a year: the
-- price at the discount level that holds, what a level costs when it was not
-- reached, and whether the minimum that was promised was bought.

CREATE FUNCTION discount_level_as_of(
    p_on date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    agreement_id bigint,
    version_no integer,
    currency_code text,
    year_starts_on date,
    purchased_amount numeric,
    level_no integer,
    level_name text,
    discount_rate numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    WITH term AS MATERIALIZED (
        SELECT a.distributor_id, v.agreement_id, v.version_no, v.settlement_currency, v.granted_level_no,
            -- The year of the agreement, from anniversary to anniversary.
            (v.valid_from + make_interval(years => extract(year FROM age(p_on, v.valid_from))::integer))::date AS year_starts_on
        FROM agreement_version AS v
        JOIN agreement AS a ON a.agreement_id = v.agreement_id
        WHERE v.version_state <> 'draft'
            AND p_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
    ),
    bought AS MATERIALIZED (
        SELECT t.agreement_id, sum(convert_amount(s.amount, s.currency_code, t.settlement_currency, s.shipped_on)) AS amount
        FROM term AS t
        JOIN sell_in_as_of(p_on - 1, p_knowledge) AS s
            ON s.distributor_id = t.distributor_id
            AND s.shipped_on >= t.year_starts_on
        GROUP BY t.agreement_id
    )
    SELECT t.distributor_id, t.agreement_id, t.version_no, t.settlement_currency, t.year_starts_on, coalesce(b.amount, 0),
        l.level_no, l.level_name, l.discount_rate
    FROM term AS t
    LEFT JOIN bought AS b ON b.agreement_id = t.agreement_id
    CROSS JOIN LATERAL (
        SELECT d.level_no, d.level_name, d.discount_rate
        FROM discount_level AS d
        WHERE d.agreement_id = t.agreement_id
            AND d.version_no = t.version_no
            AND (d.from_amount <= coalesce(b.amount, 0) OR d.level_no = t.granted_level_no)
        ORDER BY d.from_amount DESC
        LIMIT 1
    ) AS l
$$;
COMMENT ON FUNCTION discount_level_as_of(date, timestamptz) IS
    'One row = the discount level that holds under an agreement on a day: the higher of the one granted in advance and the one reached by the net purchases of the agreement''s year (anniversary to anniversary) before the day. No row where no level holds';

CREATE FUNCTION purchase_price(
    p_distributor text,
    p_product text,
    p_quantity numeric,
    p_on date
) RETURNS TABLE (
    unit_price numeric,
    amount numeric,
    currency_code text,
    list_price numeric,
    discount_rate numeric,
    rule_kind text,
    rule_id text,
    price_list_code text
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    RETURN QUERY
    SELECT round(i.list_price * (1 - coalesce(v.discount_rate, 0)), 4),
        round(round(i.list_price * (1 - coalesce(v.discount_rate, 0)), 4) * p_quantity, c.minor_unit),
        pl.currency_code,
        i.list_price,
        coalesce(v.discount_rate, 0),
        CASE WHEN v.level_no IS NULL THEN 'price_list' ELSE 'discount_level' END,
        CASE
            WHEN v.level_no IS NULL THEN format('%s/%s/%s', pl.price_list_id, i.product_id, i.valid_from)
            ELSE format('%s/%s/%s', v.agreement_id, v.version_no, v.level_no)
        END,
        pl.price_list_code
    FROM distributor AS d
    CROSS JOIN product AS p
    JOIN price_list_item AS i
        ON i.product_id = p.product_id
        AND p_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity')
    JOIN price_list AS pl
        ON pl.price_list_id = i.price_list_id
        AND (pl.territory_id = d.territory_id OR pl.territory_id IS NULL)
    JOIN currency AS c ON c.currency_code = pl.currency_code
    LEFT JOIN discount_level_as_of(p_on) AS v
        ON v.distributor_id = d.distributor_id
        AND v.currency_code = pl.currency_code
    WHERE d.distributor_code = p_distributor
        AND p.product_code = p_product
    -- The list of the territory before that of everybody, then the currency of an
    -- agreement, then the greatest discount; what is left is decided by name.
    ORDER BY pl.territory_id IS NULL, v.level_no IS NULL, v.discount_rate DESC, pl.price_list_code, v.agreement_id
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD064',
            MESSAGE = 'product has no price for the distributor',
            DETAIL = format('Distributor %L, product %L, %s.', p_distributor, p_product, coalesce(p_on::text, '(no day)')),
            HINT = 'Enter the product in a price list that holds on the day in the distributor''s territory, or in one without territory.';
    END IF;
END
$$;
COMMENT ON FUNCTION purchase_price(text, text, numeric, date) IS
    'What a distributor pays for a product on a day: list price less the discount of the level that holds. One row: price per base unit, amount for p_quantity base units (rounded once), and the rule: rule_kind discount_level with rule_id agreement_id/version_no/level_no, or price_list with price_list_id/product_id/valid_from. ZD064 when no list has a price.';

CREATE FUNCTION discount_true_up(
    p_year_ends_on date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_code text,
    agreement_no text,
    version_no integer,
    year_starts_on date,
    currency_code text,
    list_amount numeric,
    purchased_amount numeric,
    granted_level_no integer,
    granted_rate numeric,
    earned_level_no integer,
    earned_rate numeric,
    true_up_amount numeric,
    billed_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    WITH term AS MATERIALIZED (
        SELECT a.distributor_id, a.agreement_no, v.*,
            (v.valid_from + make_interval(years => extract(year FROM age(p_year_ends_on, v.valid_from))::integer))::date AS year_starts_on
        FROM agreement_version AS v
        JOIN agreement AS a ON a.agreement_id = v.agreement_id
        WHERE v.version_state <> 'draft'
            AND v.granted_level_no IS NOT NULL
            AND p_year_ends_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
    ),
    bought AS MATERIALIZED (
        SELECT t.agreement_id,
            sum(convert_amount(coalesce(s.list_price, s.unit_price) * s.quantity, s.currency_code, t.settlement_currency, s.shipped_on)) AS list_amount,
            sum(convert_amount(s.amount, s.currency_code, t.settlement_currency, s.shipped_on)) AS amount
        FROM term AS t
        JOIN sell_in_as_of(p_year_ends_on, p_knowledge) AS s
            ON s.distributor_id = t.distributor_id
            AND s.shipped_on >= t.year_starts_on
        GROUP BY t.agreement_id
    )
    SELECT d.distributor_code, t.agreement_no, t.version_no, t.year_starts_on, t.settlement_currency,
        coalesce(b.list_amount, 0), coalesce(b.amount, 0),
        g.level_no, g.discount_rate, e.level_no, coalesce(e.discount_rate, 0),
        x.amount,
        CASE
            WHEN x.amount > 0 AND t.level_down_mode = 'bill_back' THEN x.amount
            WHEN x.amount < 0 AND t.level_up_mode = 'credit' THEN x.amount
            ELSE 0
        END
    FROM term AS t
    JOIN distributor AS d ON d.distributor_id = t.distributor_id
    JOIN currency AS c ON c.currency_code = t.settlement_currency
    LEFT JOIN bought AS b ON b.agreement_id = t.agreement_id
    JOIN discount_level AS g
        ON g.agreement_id = t.agreement_id
        AND g.version_no = t.version_no
        AND g.level_no = t.granted_level_no
    LEFT JOIN LATERAL (
        SELECT l.level_no, l.discount_rate
        FROM discount_level AS l
        WHERE l.agreement_id = t.agreement_id
            AND l.version_no = t.version_no
            AND l.from_amount <= coalesce(b.amount, 0)
        ORDER BY l.from_amount DESC
        LIMIT 1
    ) AS e ON true
    CROSS JOIN LATERAL (
        SELECT round(coalesce(b.list_amount, 0) * (g.discount_rate - coalesce(e.discount_rate, 0)), c.minor_unit) AS amount
    ) AS x
$$;
COMMENT ON FUNCTION discount_true_up(date, timestamptz) IS
    'Bill-back: one row = an agreement whose level was granted in advance, its year up to p_year_ends_on: true_up_amount = list value × (granted − earned discount), positive = the distributor had too much, negative = too little; billed_amount = what of it the agreement bills (level_down_mode bill_back) or credits (level_up_mode credit), else 0';

CREATE FUNCTION commitment_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
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
    misses_in_row bigint
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    WITH span AS MATERIALIZED (
        SELECT a.distributor_id, a.agreement_no, c.*, v.settlement_currency, sp.starts_on, sp.ends_on,
            greatest(sp.starts_on, v.valid_from) AS counts_from,
            least(sp.ends_on, v.valid_to) AS counts_to
        FROM commitment AS c
        JOIN agreement_version AS v
            ON v.agreement_id = c.agreement_id
            AND v.version_no = c.version_no
            AND v.version_state <> 'draft'
        JOIN agreement AS a ON a.agreement_id = c.agreement_id
        JOIN fiscal_calendar AS f ON f.calendar_code = c.calendar_code
        JOIN fiscal_span AS sp
            ON sp.fiscal_calendar_id = f.fiscal_calendar_id
            AND sp.span_kind = c.span_kind
            AND sp.ends_on >= v.valid_from
            AND sp.starts_on <= least(v.valid_to, p_activity)
    ),
    day AS MATERIALIZED (
        SELECT s.agreement_id, s.version_no, s.commitment_no, s.starts_on, s.distributor_id, s.product_line,
            s.minimum_qty IS NOT NULL AS by_quantity, s.settlement_currency, s.counts_from + n.days AS day_on
        FROM span AS s
        CROSS JOIN LATERAL generate_series(0, least(s.counts_to, p_activity) - s.counts_from) AS n (days)
    ),
    bought AS MATERIALIZED (
        SELECT d.agreement_id, d.version_no, d.commitment_no, d.starts_on,
            sum(CASE
                WHEN d.by_quantity THEN i.quantity
                ELSE convert_amount(i.amount, i.currency_code, d.settlement_currency, i.shipped_on)
            END) AS actual
        FROM day AS d
        JOIN sell_in_as_of(p_activity, p_knowledge) AS i
            ON i.distributor_id = d.distributor_id
            AND i.shipped_on = d.day_on
        JOIN product AS p
            ON p.product_id = i.product_id
            AND (d.product_line IS NULL OR p.product_line <@ d.product_line)
        GROUP BY d.agreement_id, d.version_no, d.commitment_no, d.starts_on
    ),
    relieved AS (
        SELECT r.agreement_id, r.version_no, r.commitment_no, r.span_starts_on, sum(r.relief) AS relief
        FROM commitment_relief AS r
        WHERE r.recorded_at <= p_knowledge
        GROUP BY r.agreement_id, r.version_no, r.commitment_no, r.span_starts_on
    ),
    measured AS (
        SELECT s.*,
            x.proration_rate,
            coalesce(s.minimum_qty, s.minimum_amount) * x.proration_rate AS minimum,
            coalesce(b.actual, 0) AS actual,
            coalesce(r.relief, 0) AS relief
        FROM span AS s
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN s.is_prorated THEN (s.counts_to - s.counts_from + 1)::numeric / (s.ends_on - s.starts_on + 1)
                ELSE 1
            END AS proration_rate
        ) AS x
        LEFT JOIN bought AS b USING (agreement_id, version_no, commitment_no, starts_on)
        LEFT JOIN relieved AS r
            ON r.agreement_id = s.agreement_id
            AND r.version_no = s.version_no
            AND r.commitment_no = s.commitment_no
            AND r.span_starts_on = s.starts_on
    ),
    summed AS (
        SELECT m.*, sum(m.actual + m.relief - m.minimum) OVER line AS surplus
        FROM measured AS m
        WINDOW line AS (PARTITION BY m.agreement_id, m.version_no, m.commitment_no ORDER BY m.starts_on)
    ),
    -- Excess is carried from span to span, a miss is not: the surplus above its
    -- lowest point so far (or above nothing, where it has never been below).
    carried AS (
        SELECT s.*, coalesce(lag(s.left_over) OVER (PARTITION BY s.agreement_id, s.version_no, s.commitment_no ORDER BY s.starts_on), 0)
            * CASE WHEN s.carries_excess THEN 1 ELSE 0 END AS carried_in
        FROM (
            SELECT u.*, u.surplus - least(0, min(u.surplus) OVER (
                PARTITION BY u.agreement_id, u.version_no, u.commitment_no ORDER BY u.starts_on)) AS left_over
            FROM summed AS u
        ) AS s
    ),
    judged AS (
        SELECT c.*,
            c.counts_to <= p_activity AS is_ended,
            greatest(0, c.tolerance_rate * c.minimum - (c.actual + c.carried_in + c.relief)) AS shortfall
        FROM carried AS c
    ),
    counted AS (
        SELECT j.*, count(*) FILTER (WHERE NOT (j.is_ended AND j.shortfall > 0)) OVER (
            PARTITION BY j.agreement_id, j.commitment_no ORDER BY j.starts_on, j.version_no) AS hits
        FROM judged AS j
    )
    SELECT d.distributor_code, j.agreement_no, j.version_no, j.commitment_no, j.starts_on, j.ends_on, j.is_ended,
        CASE WHEN j.minimum_qty IS NULL THEN 'amount' ELSE 'quantity' END,
        j.settlement_currency, j.proration_rate, j.minimum, j.actual, j.relief, j.carried_in,
        (j.actual + j.carried_in + j.relief) / j.minimum,
        j.actual / (least(j.counts_to, p_activity) - j.counts_from + 1),
        CASE WHEN NOT j.is_ended THEN j.shortfall / (j.counts_to - p_activity) END,
        j.shortfall,
        j.shortfall_mode,
        CASE WHEN j.is_ended AND j.shortfall_mode = 'cash' THEN round(j.shortfall * j.shortfall_price, k.minor_unit) ELSE 0 END,
        sum(CASE WHEN j.is_ended AND j.shortfall > 0 THEN 1 ELSE 0 END) OVER (
            PARTITION BY j.agreement_id, j.commitment_no, j.hits ORDER BY j.starts_on, j.version_no)
    FROM counted AS j
    JOIN distributor AS d ON d.distributor_id = j.distributor_id
    JOIN currency AS k ON k.currency_code = j.settlement_currency
$$;
COMMENT ON FUNCTION commitment_as_of(date, timestamptz) IS
    'One row = a commitment in a span up to p_activity: minimum after proration by days, what was bought, relieved and carried in (base units or settlement currency); attainment_rate = their sum ÷ minimum; shortfall = tolerance × minimum − their sum, never below 0; charge_amount = shortfall × price, once the span has ended and where the mode is cash; run rates per day, needed to avoid a shortfall; misses_in_row = spans missed one after the other up to this one';
