-- price, the authorized price: which price the vendor has granted for a line, by
-- which rule. Of the rules that apply the first of these decides, even where a
-- later one is lower:
--
--     special_price    an approved authorization that covers the line
--     promotion        the nearest active promotion (distributor, territory, all)
--     discount_level   list less the discount of the agreement's level
--     price_list       list
--
-- The rules are few and the lines are many, so the rules are laid out first, cut
-- into segments that do not overlap: for a key and a day there is at most one. A
-- line then finds its rule by one hash probe per kind, and a view over a million
-- lines is some joins, without a sort and without a subquery per line.

CREATE VIEW list_price_segment WITH (security_invoker = true) AS
WITH candidate AS NOT MATERIALIZED (
    SELECT s.territory_key,
        l.currency_code,
        i.product_id,
        i.valid_from,
        coalesce(i.valid_to + 1, 'infinity'::date) AS ends_before,
        i.list_price,
        l.price_list_id,
        l.price_list_code,
        l.territory_id IS NULL AS is_general
    FROM price_list_item AS i
    JOIN price_list AS l ON l.price_list_id = i.price_list_id
    JOIN (
        SELECT t.territory_id AS territory_key
        FROM territory AS t
        UNION ALL
        SELECT -1::bigint AS territory_key
    ) AS s ON l.territory_id IS NULL OR l.territory_id = s.territory_key
),
span AS (
    SELECT b.territory_key,
        b.currency_code,
        b.product_id,
        b.bound AS starts_on,
        lead(b.bound) OVER (PARTITION BY b.territory_key, b.currency_code, b.product_id ORDER BY b.bound) AS ends_before
    FROM (
        SELECT c.territory_key, c.currency_code, c.product_id, c.valid_from AS bound
        FROM candidate AS c
        UNION
        SELECT c.territory_key, c.currency_code, c.product_id, c.ends_before AS bound
        FROM candidate AS c
        UNION
        SELECT c.territory_key, c.currency_code, c.product_id, x.bound
        FROM candidate AS c
        JOIN (
            SELECT e.product_id, e.valid_from AS bound
            FROM discount_exclusion AS e
            UNION ALL
            SELECT e.product_id, e.valid_to + 1 AS bound
            FROM discount_exclusion AS e
            WHERE e.valid_to IS NOT NULL
        ) AS x ON x.product_id = c.product_id
    ) AS b
)
SELECT DISTINCT ON (p.territory_key, p.currency_code, p.product_id, p.starts_on)
    p.territory_key,
    p.currency_code,
    p.product_id,
    p.starts_on,
    p.ends_before,
    c.list_price,
    c.price_list_id,
    c.price_list_code,
    c.valid_from AS listed_from,
    e.product_id IS NOT NULL AS is_excluded
FROM span AS p
JOIN candidate AS c
    ON c.territory_key = p.territory_key
    AND c.currency_code = p.currency_code
    AND c.product_id = p.product_id
    AND c.valid_from <= p.starts_on
    AND c.ends_before >= p.ends_before
LEFT JOIN discount_exclusion AS e
    ON e.product_id = p.product_id
    AND e.valid_from <= p.starts_on
    AND coalesce(e.valid_to + 1, 'infinity'::date) >= p.ends_before
WHERE p.ends_before IS NOT NULL
ORDER BY p.territory_key, p.currency_code, p.product_id, p.starts_on, c.is_general, c.price_list_code;
COMMENT ON VIEW list_price_segment IS 'One row = a time during which a product has one list price in a territory and currency: of several lists that of the territory before the general one, then by name';
COMMENT ON COLUMN list_price_segment.territory_key IS 'The territory; -1 = distributors without one';
COMMENT ON COLUMN list_price_segment.currency_code IS 'Currency';
COMMENT ON COLUMN list_price_segment.product_id IS 'The product';
COMMENT ON COLUMN list_price_segment.starts_on IS 'First day';
COMMENT ON COLUMN list_price_segment.ends_before IS 'Day after the last; infinity = until further notice';
COMMENT ON COLUMN list_price_segment.list_price IS 'List price of one base unit';
COMMENT ON COLUMN list_price_segment.price_list_id IS 'The list that it comes from';
COMMENT ON COLUMN list_price_segment.price_list_code IS 'Its name';
COMMENT ON COLUMN list_price_segment.listed_from IS 'First day of the row of the list, which with list and product is its key';
COMMENT ON COLUMN list_price_segment.is_excluded IS 'Whether the product gets no discount of an agreement''s level (discount_exclusion)';

CREATE VIEW discount_level_segment WITH (security_invoker = true) AS
WITH version AS (
    SELECT a.distributor_id,
        v.agreement_id,
        v.version_no,
        v.valid_from,
        coalesce(v.valid_to + 1, 'infinity'::date) AS ends_before,
        v.settlement_currency AS currency_code,
        l.level_nos,
        l.rates,
        l.thresholds,
        coalesce(array_position(l.level_nos, v.granted_level_no), 0) AS granted
    FROM agreement_version AS v
    JOIN agreement AS a ON a.agreement_id = v.agreement_id
    JOIN (
        SELECT d.agreement_id,
            d.version_no,
            array_agg(d.level_no ORDER BY d.from_amount) AS level_nos,
            array_agg(d.discount_rate ORDER BY d.from_amount) AS rates,
            array_agg(d.from_amount::numeric ORDER BY d.from_amount) AS thresholds
        FROM discount_level AS d
        GROUP BY d.agreement_id, d.version_no
    ) AS l
        ON l.agreement_id = v.agreement_id
        AND l.version_no = v.version_no
    WHERE v.version_state <> 'draft'
        AND a.distributor_id IS NOT NULL
),
-- The level of a day depends on what was bought in the agreement's year before it.
point AS (
    SELECT v.agreement_id,
        v.version_no,
        y.starts_on AS year_on,
        y.starts_on AS bound,
        0::numeric AS amount
    FROM version AS v
    CROSS JOIN LATERAL (
        SELECT (v.valid_from + make_interval(years => n.years))::date AS starts_on
        FROM generate_series(0, 100) AS n (years)
    ) AS y
    WHERE y.starts_on < v.ends_before
    UNION ALL
    SELECT v.agreement_id,
        v.version_no,
        (v.valid_from + make_interval(years => extract(year FROM age(c.activity_on, v.valid_from))::integer))::date AS year_on,
        c.activity_on + 1 AS bound,
        convert_amount(c.sell_in_amount, c.currency_code, v.currency_code, c.activity_on) AS amount
    FROM version AS v
    JOIN channel_day AS c
        ON c.distributor_id = v.distributor_id
        AND c.activity_on >= v.valid_from
        AND c.activity_on < v.ends_before
        AND c.sell_in_amount <> 0
),
summed AS (
    SELECT p.agreement_id,
        p.version_no,
        p.year_on,
        p.bound,
        sum(sum(p.amount)) OVER (PARTITION BY p.agreement_id, p.version_no, p.year_on ORDER BY p.bound) AS amount
    FROM point AS p
    GROUP BY p.agreement_id, p.version_no, p.year_on, p.bound
),
levelled AS (
    SELECT v.distributor_id,
        v.currency_code,
        v.agreement_id,
        v.version_no,
        v.ends_before,
        v.level_nos,
        v.rates,
        s.bound,
        greatest(width_bucket(s.amount, v.thresholds), v.granted) AS place
    FROM summed AS s
    JOIN version AS v
        ON v.agreement_id = s.agreement_id
        AND v.version_no = s.version_no
    -- The day after the year's last belongs to the next year.
    WHERE s.bound < (s.year_on + interval '1 year')::date
),
changed AS (
    SELECT l.*,
        lag(l.place) OVER (PARTITION BY l.agreement_id, l.version_no ORDER BY l.bound) AS before
    FROM levelled AS l
),
candidate AS (
    SELECT c.distributor_id,
        c.currency_code,
        c.agreement_id,
        c.version_no,
        c.level_nos[c.place] AS level_no,
        c.rates[c.place] AS discount_rate,
        c.bound AS valid_from,
        coalesce(lead(c.bound) OVER (PARTITION BY c.agreement_id, c.version_no ORDER BY c.bound), c.ends_before) AS ends_before
    FROM changed AS c
    WHERE c.place IS DISTINCT FROM c.before
),
span AS (
    SELECT b.distributor_id,
        b.currency_code,
        b.bound AS starts_on,
        lead(b.bound) OVER (PARTITION BY b.distributor_id, b.currency_code ORDER BY b.bound) AS ends_before
    FROM (
        SELECT c.distributor_id, c.currency_code, c.valid_from AS bound
        FROM candidate AS c
        UNION
        SELECT c.distributor_id, c.currency_code, c.ends_before AS bound
        FROM candidate AS c
    ) AS b
)
SELECT DISTINCT ON (p.distributor_id, p.currency_code, p.starts_on)
    p.distributor_id,
    p.currency_code,
    p.starts_on,
    p.ends_before,
    c.agreement_id,
    c.version_no,
    c.level_no,
    c.discount_rate
FROM span AS p
JOIN candidate AS c
    ON c.distributor_id = p.distributor_id
    AND c.currency_code = p.currency_code
    AND c.valid_from <= p.starts_on
    AND c.ends_before >= p.ends_before
WHERE p.ends_before IS NOT NULL
    AND c.level_no IS NOT NULL
ORDER BY p.distributor_id, p.currency_code, p.starts_on, c.discount_rate DESC, c.agreement_id;
COMMENT ON VIEW discount_level_segment IS 'One row = a time during which one discount level holds for a distributor and currency: what discount_level_as_of() says day by day, as known now, for agreements with one distributor that are reviewed each day. Of several agreements the greatest discount';
COMMENT ON COLUMN discount_level_segment.distributor_id IS 'The distributor';
COMMENT ON COLUMN discount_level_segment.currency_code IS 'Currency of the agreement, and so of the prices that it lowers';
COMMENT ON COLUMN discount_level_segment.starts_on IS 'First day';
COMMENT ON COLUMN discount_level_segment.ends_before IS 'Day after the last; infinity = until further notice';
COMMENT ON COLUMN discount_level_segment.agreement_id IS 'The agreement';
COMMENT ON COLUMN discount_level_segment.version_no IS 'Its version';
COMMENT ON COLUMN discount_level_segment.level_no IS 'The level';
COMMENT ON COLUMN discount_level_segment.discount_rate IS 'Discount off list as a fraction: 0.12 = 12 %';

CREATE VIEW promotion_segment WITH (security_invoker = true) AS
WITH scoped AS MATERIALIZED (
    SELECT coalesce(m.distributor_id, -1) AS distributor_key,
        s.territory_key,
        m.currency_code,
        m.valid_from,
        m.valid_to + 1 AS ends_before,
        i.product_id,
        i.product_line,
        i.min_qty,
        i.unit_price,
        i.discount_rate,
        m.stacks_on_level,
        m.promotion_id,
        i.item_no,
        m.territory_id IS NULL AS is_general
    FROM promotion AS m
    JOIN promotion_item AS i ON i.promotion_id = m.promotion_id
    JOIN (
        SELECT t.territory_id AS territory_key
        FROM territory AS t
        UNION ALL
        SELECT -1::bigint AS territory_key
    ) AS s
        ON m.territory_id = s.territory_key
        OR m.territory_id IS NULL AND (m.distributor_id IS NULL OR s.territory_key = -1)
    WHERE m.promotion_state = 'active'
),
-- The lines first, each once, so that the tree is walked as often as there are lines.
line AS MATERIALIZED (
    SELECT n.product_line, p.product_id
    FROM (
        SELECT DISTINCT c.product_line
        FROM scoped AS c
        WHERE c.product_line IS NOT NULL
    ) AS n
    JOIN product AS p ON p.product_line <@ n.product_line
),
candidate AS MATERIALIZED (
    SELECT c.distributor_key, c.territory_key, c.currency_code, coalesce(c.product_id, l.product_id) AS product_id,
        c.valid_from, c.ends_before, c.min_qty, c.unit_price, c.discount_rate, c.stacks_on_level,
        c.promotion_id, c.item_no, c.is_general,
        c.product_id IS NULL AS is_line
    FROM scoped AS c
    LEFT JOIN line AS l ON l.product_line = c.product_line
    WHERE c.product_id IS NOT NULL OR l.product_id IS NOT NULL
),
span AS (
    SELECT b.distributor_key,
        b.territory_key,
        b.currency_code,
        b.product_id,
        b.bound AS starts_on,
        lead(b.bound) OVER (PARTITION BY b.distributor_key, b.territory_key, b.currency_code, b.product_id ORDER BY b.bound) AS ends_before
    FROM (
        SELECT c.distributor_key, c.territory_key, c.currency_code, c.product_id, c.valid_from AS bound
        FROM candidate AS c
        UNION
        SELECT c.distributor_key, c.territory_key, c.currency_code, c.product_id, c.ends_before AS bound
        FROM candidate AS c
    ) AS b
),
step AS (
    SELECT q.distributor_key,
        q.territory_key,
        q.currency_code,
        q.product_id,
        q.min_qty AS from_qty,
        lead(q.min_qty, 1, 'Infinity'::numeric) OVER (
            PARTITION BY q.distributor_key, q.territory_key, q.currency_code, q.product_id ORDER BY q.min_qty) AS below_qty
    FROM (
        SELECT DISTINCT c.distributor_key, c.territory_key, c.currency_code, c.product_id, c.min_qty
        FROM candidate AS c
    ) AS q
),
-- Materialized, so that who asks for few of the rows does not change the plan for
-- all of them: nothing is known about how many there are.
decided AS MATERIALIZED (
    SELECT DISTINCT ON (p.distributor_key, p.territory_key, p.currency_code, p.product_id, p.starts_on, q.from_qty)
        p.distributor_key,
        p.territory_key,
        p.currency_code,
        p.product_id,
        p.starts_on,
        p.ends_before,
        q.from_qty,
        q.below_qty,
        c.unit_price,
        c.discount_rate,
        c.stacks_on_level,
        c.promotion_id,
        c.item_no
    FROM span AS p
    JOIN step AS q
        ON q.distributor_key = p.distributor_key
        AND q.territory_key = p.territory_key
        AND q.currency_code = p.currency_code
        AND q.product_id = p.product_id
    JOIN candidate AS c
        ON c.distributor_key = p.distributor_key
        AND c.territory_key = p.territory_key
        AND c.currency_code = p.currency_code
        AND c.product_id = p.product_id
        AND c.valid_from <= p.starts_on
        AND c.ends_before >= p.ends_before
        AND c.min_qty <= q.from_qty
    WHERE p.ends_before IS NOT NULL
    ORDER BY p.distributor_key, p.territory_key, p.currency_code, p.product_id, p.starts_on, q.from_qty,
        c.is_general, c.is_line, c.min_qty DESC, c.valid_from DESC, c.promotion_id DESC, c.item_no
)
SELECT e.distributor_key,
    e.territory_key,
    e.currency_code,
    e.product_id,
    e.starts_on,
    e.ends_before,
    e.from_qty,
    e.below_qty,
    e.unit_price,
    e.discount_rate,
    e.stacks_on_level,
    e.promotion_id,
    e.item_no
FROM decided AS e;
COMMENT ON VIEW promotion_segment IS 'One row = a time and a range of quantity in which one promotion decides about a product: of several the nearest territory, a product before its line, the highest quantity reached, the one that began last';
COMMENT ON COLUMN promotion_segment.distributor_key IS 'The distributor that it is for; -1 = see territory_key. Rows of a distributor come before the others';
COMMENT ON COLUMN promotion_segment.territory_key IS 'The territory; -1 = distributors without one, and in rows of a distributor';
COMMENT ON COLUMN promotion_segment.currency_code IS 'Currency';
COMMENT ON COLUMN promotion_segment.product_id IS 'The product';
COMMENT ON COLUMN promotion_segment.starts_on IS 'First day';
COMMENT ON COLUMN promotion_segment.ends_before IS 'Day after the last';
COMMENT ON COLUMN promotion_segment.from_qty IS 'Base units of the line from which it holds';
COMMENT ON COLUMN promotion_segment.below_qty IS 'Base units from which the next row holds';
COMMENT ON COLUMN promotion_segment.unit_price IS 'Price of one base unit; NULL = see discount_rate';
COMMENT ON COLUMN promotion_segment.discount_rate IS 'Discount as a fraction; NULL = see unit_price';
COMMENT ON COLUMN promotion_segment.stacks_on_level IS 'Whether the discount comes off the price after the agreement''s level';
COMMENT ON COLUMN promotion_segment.promotion_id IS 'The promotion';
COMMENT ON COLUMN promotion_segment.item_no IS 'Its item';
