-- agreement: what the terms of an agreement mean for a purchase and for a year: the
-- price at the discount level that holds, what a level costs when it was not
-- reached, and whether the minimum that was promised was bought.

CREATE FUNCTION discount_review_as_of(
    p_on date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_distributor_id bigint DEFAULT NULL
) RETURNS TABLE (
    agreement_id bigint,
    version_no integer,
    party_no bigint,
    place bigint,
    review_on date,
    measured_value numeric,
    earned_from numeric,
    can_fall boolean
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH term AS MATERIALIZED (
        SELECT DISTINCT v.agreement_id, v.version_no, v.valid_from, v.level_unit, v.level_measure, v.level_down_mode, v.review_span,
            v.review_calendar, m.party_no,
            -- The year of the agreement, from anniversary to anniversary.
            (v.valid_from + make_interval(years => extract(year FROM age(p_on, v.valid_from))::integer))::date AS year_starts_on
        FROM agreement_version AS v
        JOIN agreement_member AS m
            ON m.agreement_id = v.agreement_id
            AND p_on BETWEEN m.valid_from AND m.valid_to
            AND (p_distributor_id IS NULL OR m.distributor_id = p_distributor_id)
        WHERE v.version_state <> 'draft'
            AND p_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
            AND EXISTS (
                SELECT FROM discount_level AS l WHERE l.agreement_id = v.agreement_id AND l.version_no = v.version_no)
    ),
    review AS MATERIALIZED (
        SELECT t.*, r.review_on, r.is_anniversary,
            -- The year that the day before the review belongs to.
            (t.valid_from + make_interval(years => extract(year FROM age(r.review_on - 1, t.valid_from))::integer))::date AS counts_year
        FROM term AS t
        CROSS JOIN LATERAL (
            SELECT d.review_on, bool_or(d.is_anniversary) AS is_anniversary
            FROM (
                SELECT p_on AS review_on, false AS is_anniversary
                WHERE t.review_span = 'day'
                UNION ALL
                SELECT s.starts_on, false
                FROM fiscal_span AS s
                JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = s.fiscal_calendar_id AND c.calendar_code = t.review_calendar
                WHERE s.span_kind = t.review_span AND t.review_span <> 'year'
                    AND s.starts_on BETWEEN t.valid_from AND p_on
                UNION ALL
                SELECT (t.valid_from + make_interval(years => y.years))::date, true
                FROM generate_series(1, extract(year FROM age(p_on, t.valid_from))::integer) AS y (years)
            ) AS d
            WHERE d.review_on > CASE t.level_down_mode WHEN 'prospective_after_grace' THEN t.valid_from ELSE t.year_starts_on END
            GROUP BY d.review_on
        ) AS r
    ),
    purchase AS MATERIALIZED (
        SELECT b.agreement_id, b.party_no, b.purchased_on, sum(b.amount) AS amount, sum(b.quantity) AS quantity
        FROM agreement_purchase_as_of(p_on - 1, p_knowledge, ARRAY(SELECT r.agreement_id FROM review AS r),
            (SELECT min(CASE r.level_measure WHEN 'trailing_year' THEN r.valid_from ELSE r.counts_year END) FROM review AS r)) AS b
        GROUP BY b.agreement_id, b.party_no, b.purchased_on
    )
    SELECT r.agreement_id, r.version_no, r.party_no,
        row_number() OVER (PARTITION BY r.agreement_id, r.party_no ORDER BY r.review_on),
        r.review_on, x.value, e.from_amount,
        CASE r.level_measure
            WHEN 'year_to_date' THEN r.is_anniversary
            WHEN 'trailing_year' THEN r.review_on >= r.valid_from + interval '1 year'
            ELSE true
        END
    FROM review AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE r.level_unit WHEN 'quantity' THEN b.quantity ELSE b.amount END), 0)
            * CASE r.level_measure
                WHEN 'annualized' THEN ((r.counts_year + interval '1 year')::date - r.counts_year)::numeric / (r.review_on - r.counts_year)
                ELSE 1
            END AS value
        FROM purchase AS b
        WHERE b.agreement_id = r.agreement_id
            AND b.party_no = r.party_no
            AND b.purchased_on < r.review_on
            AND b.purchased_on >= CASE r.level_measure WHEN 'trailing_year' THEN r.review_on - interval '1 year' ELSE r.counts_year END
    ) AS x
    LEFT JOIN LATERAL (
        SELECT l.from_amount
        FROM discount_level AS l
        WHERE l.agreement_id = r.agreement_id AND l.version_no = r.version_no AND l.from_amount <= x.value
        ORDER BY l.from_amount DESC
        LIMIT 1
    ) AS e ON true
$$;
COMMENT ON FUNCTION discount_review_as_of(date, timestamptz, bigint) IS
    'One row = a review of the discount level of a party to an agreement in force on p_on: what was looked at (in level_unit), the threshold of the level that it earns (NULL = none) and whether the level may fall for it. From the beginning of the agreement''s year, or of the version where levels fall after grace, up to p_on; p_distributor_id NULL = all';

CREATE FUNCTION discount_level_as_of(
    p_on date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_distributor_id bigint DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    agreement_id bigint,
    version_no integer,
    currency_code text,
    year_starts_on date,
    purchased_value numeric,
    level_no integer,
    level_name text,
    discount_rate numeric,
    party_rank integer,
    levels_lost bigint
)
LANGUAGE sql
STABLE
ROWS 10
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH RECURSIVE review AS MATERIALIZED (
        SELECT * FROM discount_review_as_of(p_on, p_knowledge, p_distributor_id)
    ),
    term AS MATERIALIZED (
        SELECT m.distributor_id, m.party_no, m.party_rank, v.*, coalesce(g.from_amount, -1) AS granted_from,
            (v.valid_from + make_interval(years => extract(year FROM age(p_on, v.valid_from))::integer))::date AS year_starts_on
        FROM agreement_version AS v
        JOIN agreement_member AS m
            ON m.agreement_id = v.agreement_id
            AND p_on BETWEEN m.valid_from AND m.valid_to
            AND (p_distributor_id IS NULL OR m.distributor_id = p_distributor_id)
        LEFT JOIN discount_level AS g
            ON g.agreement_id = v.agreement_id AND g.version_no = v.version_no AND g.level_no = v.granted_level_no
        WHERE v.version_state <> 'draft'
            AND p_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
    ),
    -- Review by review: what holds, and what it will fall to and when. -1 = no level.
    walked AS (
        SELECT DISTINCT t.agreement_id, t.version_no, t.party_no, t.level_down_mode, t.grace_days, 0::bigint AS place,
            t.granted_from AS held, NULL::numeric AS falls_to, NULL::date AS falls_on, 0::numeric AS measured_value
        FROM term AS t
        UNION ALL
        SELECT w.agreement_id, w.version_no, w.party_no, w.level_down_mode, w.grace_days, r.place,
            CASE WHEN x.earned >= x.held THEN x.earned ELSE x.held END,
            CASE WHEN x.earned >= x.held THEN NULL WHEN x.falls THEN x.earned ELSE x.falls_to END,
            CASE WHEN x.earned >= x.held THEN NULL WHEN x.falls THEN coalesce(x.falls_on, r.review_on + w.grace_days) ELSE x.falls_on END,
            r.measured_value
        FROM walked AS w
        JOIN review AS r
            ON r.agreement_id = w.agreement_id AND r.version_no = w.version_no AND r.party_no = w.party_no AND r.place = w.place + 1
        CROSS JOIN LATERAL (
            SELECT coalesce(r.earned_from, -1) AS earned,
                CASE WHEN w.falls_on <= r.review_on THEN w.falls_to ELSE w.held END AS held,
                CASE WHEN w.falls_on <= r.review_on THEN NULL ELSE w.falls_to END AS falls_to,
                CASE WHEN w.falls_on <= r.review_on THEN NULL ELSE w.falls_on END AS falls_on,
                w.level_down_mode = 'prospective_after_grace' AND r.can_fall AS falls
        ) AS x
    ),
    settled AS (
        SELECT DISTINCT ON (w.agreement_id, w.party_no) w.agreement_id, w.party_no, w.measured_value,
            CASE WHEN w.falls_on <= p_on THEN w.falls_to ELSE w.held END AS held
        FROM walked AS w
        ORDER BY w.agreement_id, w.party_no, w.place DESC
    ),
    -- A missed commitment that lowers levels: one for each span missed in a row.
    missed AS MATERIALIZED (
        SELECT c.agreement_id, c.party_no, sum(c.misses_in_row) AS levels
        FROM (
            SELECT DISTINCT ON (x.agreement_id, x.party_no, x.commitment_no) x.*
            FROM commitment_as_of(p_on - 1, p_knowledge, ARRAY(
                SELECT k.agreement_id
                FROM commitment AS k
                JOIN term AS t ON t.agreement_id = k.agreement_id AND t.version_no = k.version_no
                WHERE k.shortfall_mode = 'level_down')) AS x
            JOIN term AS t ON t.agreement_id = x.agreement_id AND t.party_no = x.party_no
            WHERE x.shortfall_mode = 'level_down'
                AND x.is_ended
                AND least(x.span_ends_on, t.valid_to) + t.grace_days < p_on
            ORDER BY x.agreement_id, x.party_no, x.commitment_no, x.span_starts_on DESC
        ) AS c
        GROUP BY c.agreement_id, c.party_no
    )
    SELECT t.distributor_id, t.agreement_id, t.version_no, t.settlement_currency, t.year_starts_on, s.measured_value,
        l.level_no, l.level_name, l.discount_rate, t.party_rank, coalesce(z.levels, 0)::bigint
    FROM term AS t
    JOIN settled AS s ON s.agreement_id = t.agreement_id AND s.party_no = t.party_no
    LEFT JOIN missed AS z ON z.agreement_id = t.agreement_id AND z.party_no = t.party_no
    CROSS JOIN LATERAL (
        SELECT d.level_no, d.level_name, d.discount_rate
        FROM discount_level AS d
        WHERE d.agreement_id = t.agreement_id
            AND d.version_no = t.version_no
            AND d.from_amount <= s.held
        ORDER BY d.from_amount DESC
        OFFSET coalesce(z.levels, 0)
        LIMIT 1
    ) AS l
$$;
COMMENT ON FUNCTION discount_level_as_of(date, timestamptz, bigint) IS
    'One row = the discount level that holds for a distributor under an agreement on a day: granted in advance or reached at a review of the net purchases before the day, fallen after grace as the agreement says, less one level for each span of a commitment in mode level_down missed in a row (levels_lost). purchased_value = what the last review looked at. No row where no level holds; p_distributor_id NULL = all';

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
    LEFT JOIN LATERAL (
        SELECT o.*, agreement_scope_rank(o.agreement_id, o.version_no, p.product_id, p.product_line) AS scope_rank
        FROM discount_level_as_of(p_on, 'infinity', d.distributor_id) AS o
    ) AS v
        ON v.currency_code = pl.currency_code
        AND v.scope_rank IS NOT NULL
    WHERE d.distributor_code = p_distributor
        AND p.product_code = p_product
    -- The list of the territory before that of everybody, then one in the currency
    -- of an agreement; of these the distributor's own, its group's, that for all;
    -- then the one that names the product most closely, then the greatest discount;
    -- what is left is decided by name.
    ORDER BY pl.territory_id IS NULL, v.level_no IS NULL, v.party_rank, v.scope_rank DESC, v.discount_rate DESC,
        pl.price_list_code, v.agreement_id
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
    'What a distributor pays for a product on a day: list price less the discount of the level that holds, of the agreement that goes first (the distributor''s own, its group''s, that for all; then the closest scope; then the greatest discount). One row: price per base unit, amount for p_quantity base units (rounded once), and the rule: rule_kind discount_level with rule_id agreement_id/version_no/level_no, or price_list with price_list_id/product_id/valid_from. ZD064 when no list has a price.';

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
    granted_amount numeric,
    earned_level_no integer,
    earned_rate numeric,
    true_up_amount numeric,
    billed_amount numeric,
    agreement_id bigint,
    party_no bigint
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH term AS MATERIALIZED (
        SELECT a.agreement_no, v.*, g.discount_rate AS granted_rate,
            (SELECT max(l.discount_rate) FROM discount_level AS l WHERE l.agreement_id = v.agreement_id AND l.version_no = v.version_no) AS best_rate,
            (v.valid_from + make_interval(years => extract(year FROM age(p_year_ends_on, v.valid_from))::integer))::date AS year_starts_on
        FROM agreement_version AS v
        JOIN agreement AS a ON a.agreement_id = v.agreement_id
        LEFT JOIN discount_level AS g
            ON g.agreement_id = v.agreement_id AND g.version_no = v.version_no AND g.level_no = v.granted_level_no
        WHERE v.version_state <> 'draft'
            AND p_year_ends_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
            AND EXISTS (
                SELECT FROM discount_level AS l WHERE l.agreement_id = v.agreement_id AND l.version_no = v.version_no)
    ),
    bought AS MATERIALIZED (
        SELECT t.agreement_id, b.party_no,
            sum(coalesce(b.list_amount, b.amount)) AS list_amount,
            sum(b.amount) AS amount,
            sum(b.quantity) AS quantity,
            -- The discount that each line had, as far as it was one of a level.
            sum(CASE
                WHEN b.list_amount IS NULL THEN b.amount * coalesce(t.granted_rate, 0)
                WHEN b.list_amount = 0 THEN 0
                ELSE b.list_amount * least(1 - b.amount / b.list_amount, t.best_rate)
            END) AS granted_amount
        FROM term AS t
        JOIN agreement_purchase_as_of(p_year_ends_on, p_knowledge, ARRAY(SELECT x.agreement_id FROM term AS x),
            (SELECT min(x.year_starts_on) FROM term AS x)) AS b
            ON b.agreement_id = t.agreement_id
            AND b.version_no = t.version_no
            AND b.purchased_on >= t.year_starts_on
        GROUP BY t.agreement_id, b.party_no
    ),
    party AS (
        SELECT DISTINCT t.agreement_id, m.party_no
        FROM term AS t
        JOIN agreement_member AS m
            ON m.agreement_id = t.agreement_id
            AND m.valid_from <= p_year_ends_on
            AND m.valid_to >= t.year_starts_on
    )
    SELECT d.distributor_code, t.agreement_no, t.version_no, t.year_starts_on, t.settlement_currency,
        coalesce(b.list_amount, 0), coalesce(b.amount, 0),
        t.granted_level_no, coalesce(b.granted_amount, 0), e.level_no, coalesce(e.discount_rate, 0),
        x.amount,
        CASE
            WHEN x.amount > 0 AND t.level_down_mode = 'retroactive_bill_back' THEN x.amount
            WHEN x.amount < 0 AND t.level_up_mode = 'retroactive_credit' THEN x.amount
            ELSE 0
        END,
        t.agreement_id, p.party_no
    FROM term AS t
    JOIN party AS p ON p.agreement_id = t.agreement_id
    LEFT JOIN distributor AS d ON d.distributor_id = p.party_no
    JOIN currency AS c ON c.currency_code = t.settlement_currency
    LEFT JOIN bought AS b ON b.agreement_id = t.agreement_id AND b.party_no = p.party_no
    LEFT JOIN LATERAL (
        SELECT l.level_no, l.discount_rate
        FROM discount_level AS l
        WHERE l.agreement_id = t.agreement_id
            AND l.version_no = t.version_no
            AND l.from_amount <= coalesce(CASE t.level_unit WHEN 'quantity' THEN b.quantity ELSE b.amount END, 0)
        ORDER BY l.from_amount DESC
        LIMIT 1
    ) AS e ON true
    CROSS JOIN LATERAL (
        SELECT round(coalesce(b.granted_amount - b.list_amount * coalesce(e.discount_rate, 0), 0), c.minor_unit) AS amount
    ) AS x
$$;
COMMENT ON FUNCTION discount_true_up(date, timestamptz) IS
    'Bill-back: one row = a party to an agreement with levels, its year up to p_year_ends_on: true_up_amount = Σ list × (granted − earned discount), granted = the discount that each line had (at most that of the highest level; a line without a list price had the level granted in advance), positive = too much, negative = too little; billed_amount = what of it the agreement bills (level_down_mode retroactive_bill_back) or credits (level_up_mode retroactive_credit), else 0. distributor_code NULL, party_no 0 = the members together';
