-- performance, measures of the network: resellers by distributor and in all,
-- products by reseller, groups and attached products. Resellers are counted as
-- rows, not as sums, because one that buys of two distributors is one.

CREATE FUNCTION measure_reseller(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    reseller_id bigint,
    currency_code text,
    is_enrolled boolean,
    is_recruited boolean,
    is_activated_in_window boolean,
    is_cohort_complete boolean,
    days_to_first_deal integer,
    was_active boolean,
    is_active boolean,
    is_active_12_months boolean,
    was_active_anywhere boolean,
    is_active_anywhere boolean,
    is_new boolean,
    is_comeback boolean,
    has_bought boolean,
    sell_through_amount numeric,
    distributor_amount numeric,
    rank_no bigint
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH window_days AS MATERIALIZED (
        SELECT y.activation_days, y.dormant_days, p_from - 1 AS before_on FROM reseller_policy_on(p_to) AS y
    ),
    own AS MATERIALIZED (
        SELECT o.distributor_id, o.currency_code FROM distributor_currency_as_of(p_to) AS o
    ),
    purchase AS MATERIALIZED (
        SELECT p.distributor_id, p.reseller_id, p.first_on, p.last_on FROM reseller_buyers_as_of(p_to) AS p
    ),
    before AS MATERIALIZED (
        SELECT p.distributor_id, p.reseller_id, p.last_on FROM reseller_buyers_as_of(p_from - 1) AS p
    ),
    ever AS (
        SELECT p.reseller_id, min(p.first_on) AS first_sold_on, max(p.last_on) AS last_sold_on
        FROM purchase AS p
        GROUP BY p.reseller_id
    ),
    state AS MATERIALIZED (
        SELECT e.reseller_id, e.pipeline_state, e.enrolled_on, e.recruited_by_id, v.first_sold_on, v.last_sold_on,
            CASE WHEN v.first_sold_on >= e.enrolled_on THEN v.first_sold_on - e.enrolled_on WHEN v.first_sold_on < e.enrolled_on THEN 0 END AS days_to_first_deal
        FROM reseller_enrolment_as_of(p_to) AS e
        LEFT JOIN ever AS v ON v.reseller_id = e.reseller_id
    ),
    was AS (
        SELECT b.reseller_id, max(b.last_on) AS last_on FROM before AS b GROUP BY b.reseller_id
    ),
    pair AS (
        SELECT p.distributor_id, p.reseller_id FROM purchase AS p
        UNION
        SELECT s.recruited_by_id, s.reseller_id FROM state AS s WHERE s.enrolled_on IS NOT NULL
        UNION
        SELECT h.distributor_id, w.root_id
        FROM distributor_reseller AS h
        JOIN reseller_root AS w ON w.reseller_id = h.reseller_id
        WHERE p_to BETWEEN h.valid_from AND coalesce(h.valid_to, 'infinity')
        UNION
        -- So that who has no resellers has none, and not nothing.
        SELECT d.distributor_id, NULL
        FROM distributor AS d
    ),
    bought AS MATERIALIZED (
        SELECT m.distributor_id, w.root_id AS reseller_id, m.currency_code, m.sell_through_amount AS amount, m.first_on, m.last_on
        FROM reseller_month AS m
        JOIN reseller_root AS w ON w.reseller_id = m.reseller_id
        WHERE m.month_on >= (date_trunc('month', (p_from - 1)::timestamp) + interval '1 month')::date
            AND m.month_on < date_trunc('month', (p_to + 1)::timestamp)::date
        UNION ALL
        -- Months that the span cuts: the facts of its days. What was taken back is
        -- there twice, with both signs; its day is no purchase.
        SELECT f.distributor_id, w.root_id, f.currency_code, coalesce(f.amount, 0), x.sold_on, x.sold_on
        FROM (
            SELECT p_from AS from_on, least(p_to, (date_trunc('month', (p_from - 1)::timestamp) + interval '1 month')::date - 1) AS to_on
            UNION ALL
            SELECT greatest(date_trunc('month', (p_to + 1)::timestamp)::date, (date_trunc('month', (p_from - 1)::timestamp) + interval '1 month')::date), p_to
        ) AS e
        CROSS JOIN distributor AS d
        JOIN sell_through AS f ON f.distributor_id = d.distributor_id AND f.sold_on BETWEEN e.from_on AND e.to_on
        JOIN reseller_root AS w ON w.reseller_id = f.reseller_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN f.quantity > 0 AND f.entry_kind <> 'reversal' AND NOT EXISTS (
                SELECT
                FROM sell_through AS r
                WHERE r.distributor_id = f.distributor_id
                    AND r.corrects_sold_on = f.sold_on
                    AND r.corrects_line_id = f.sell_through_id
                    AND r.entry_kind = 'reversal')
            THEN f.sold_on END AS sold_on
        ) AS x
    ),
    comeback AS (
        SELECT DISTINCT g.reseller_id
        FROM (
            SELECT t.reseller_id, t.first_on, t.is_in_span,
                max(t.last_on) OVER (
                    PARTITION BY t.reseller_id ORDER BY t.first_on, t.last_on
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
            FROM (
                SELECT b.reseller_id, b.first_on, b.last_on, true AS is_in_span FROM bought AS b WHERE b.first_on IS NOT NULL
                UNION ALL
                SELECT w.reseller_id, w.last_on, w.last_on, false FROM was AS w
            ) AS t
        ) AS g
        CROSS JOIN window_days AS y
        WHERE g.is_in_span AND g.first_on - g.before_on > y.dormant_days
    ),
    valued AS (
        SELECT b.distributor_id, b.reseller_id,
            sum(b.amount * r.rate) AS amount
        FROM bought AS b
        JOIN (
            SELECT c.distributor_id, c.currency_code,
                exchange_rate(c.currency_code, coalesce(p_currency_code, o.currency_code, c.currency_code), p_to,
                    (SELECT t.rate_type FROM performance_setting AS t)) AS rate
            FROM (SELECT DISTINCT x.distributor_id, x.currency_code FROM bought AS x) AS c
            LEFT JOIN own AS o ON o.distributor_id = c.distributor_id
        ) AS r ON r.distributor_id = b.distributor_id AND r.currency_code = b.currency_code
        GROUP BY b.distributor_id, b.reseller_id
    )
    SELECT k.distributor_id,
        k.reseller_id,
        coalesce(p_currency_code, o.currency_code),
        coalesce(s.enrolled_on <= p_to AND s.pipeline_state <> 'terminated', false),
        coalesce(s.enrolled_on BETWEEN p_from AND p_to AND s.recruited_by_id IS NOT DISTINCT FROM k.distributor_id, false),
        coalesce(s.enrolled_on BETWEEN p_from AND p_to AND s.recruited_by_id IS NOT DISTINCT FROM k.distributor_id
            AND s.days_to_first_deal <= y.activation_days, false),
        coalesce(s.enrolled_on + y.activation_days <= p_to, false),
        s.days_to_first_deal,
        coalesce(y.before_on - b.last_on <= y.dormant_days, false),
        coalesce(p_to - p.last_on <= y.dormant_days, false),
        coalesce(p.last_on > (p_to - interval '1 year')::date, false),
        coalesce(y.before_on - w.last_on <= y.dormant_days, false),
        coalesce(p_to - s.last_sold_on <= y.dormant_days, false),
        coalesce(s.first_sold_on BETWEEN p_from AND p_to, false),
        h.reseller_id IS NOT NULL,
        v.reseller_id IS NOT NULL,
        coalesce(v.amount, 0),
        coalesce(sum(v.amount) OVER (PARTITION BY k.distributor_id), 0),
        row_number() OVER (PARTITION BY k.distributor_id ORDER BY coalesce(v.amount, 0) DESC, k.reseller_id)
    FROM pair AS k
    CROSS JOIN window_days AS y
    LEFT JOIN state AS s ON s.reseller_id = k.reseller_id
    LEFT JOIN own AS o ON o.distributor_id = k.distributor_id
    LEFT JOIN comeback AS h ON h.reseller_id = k.reseller_id
    LEFT JOIN purchase AS p ON p.distributor_id = k.distributor_id AND p.reseller_id = k.reseller_id
    LEFT JOIN before AS b ON b.distributor_id = k.distributor_id AND b.reseller_id = k.reseller_id
    LEFT JOIN was AS w ON w.reseller_id = k.reseller_id
    LEFT JOIN valued AS v ON v.distributor_id = k.distributor_id AND v.reseller_id = k.reseller_id
$$;
COMMENT ON FUNCTION measure_reseller(date, date, text) IS
    'One row = a reseller (after mergers) and a distributor that sold to it, recruited it (NULL = nobody named) or has a relation with it on p_to; and one without a reseller for each distributor. is_enrolled on p_to and not terminated; is_recruited in the span by this distributor, is_activated_in_window = of these with the first deal within activation_days; is_active = bought of this distributor within dormant_days before p_to, was_active = before p_from; …_anywhere = of any; is_new, is_comeback = first deal, re-activation in the span; has_bought, amount of the span, that of all its resellers at the distributor, place by amount (ties by key). Count distinct reseller_id: a reseller has as many rows as distributors';

CREATE FUNCTION measure_product(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    product_id bigint,
    buying_resellers bigint,
    universe_resellers bigint,
    buying_volume_qty numeric,
    universe_volume_qty numeric,
    sell_through_qty numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH sold AS MATERIALIZED (
        SELECT f.distributor_id, f.product_id, w.root_id AS reseller_id, sum(f.quantity) AS quantity
        FROM distributor AS d
        JOIN sell_through AS f ON f.distributor_id = d.distributor_id AND f.sold_on BETWEEN p_from AND p_to
        JOIN reseller_root AS w ON w.reseller_id = f.reseller_id
        GROUP BY f.distributor_id, f.product_id, w.root_id
        HAVING sum(f.quantity) > 0
    ),
    volume AS (
        SELECT s.distributor_id, s.reseller_id, sum(s.quantity) AS quantity FROM sold AS s GROUP BY s.distributor_id, s.reseller_id
    ),
    universe AS (
        SELECT v.distributor_id, count(*) AS resellers, sum(v.quantity) AS quantity FROM volume AS v GROUP BY v.distributor_id
    )
    SELECT s.distributor_id, s.product_id, count(*), u.resellers, sum(v.quantity), u.quantity, sum(s.quantity)
    FROM sold AS s
    JOIN volume AS v ON v.distributor_id = s.distributor_id AND v.reseller_id = s.reseller_id
    JOIN universe AS u ON u.distributor_id = s.distributor_id
    GROUP BY s.distributor_id, s.product_id, u.resellers, u.quantity
$$;
COMMENT ON FUNCTION measure_product(date, date, text) IS
    'One row = a product that a distributor sold from p_from to p_to: resellers that bought it (net), resellers that bought anything (the universe), and what each of these groups bought of all products, base units. Reads the facts of the span: seller, product and reseller together have no rollup';

CREATE FUNCTION measure_group(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    group_code text,
    currency_code text,
    group_amount numeric,
    total_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH sold AS MATERIALIZED (
        SELECT m.distributor_id, m.product_id,
            sum(m.sell_through_amount * r.rate) AS amount
        FROM channel_product_month AS m
        JOIN (
            SELECT c.distributor_id, c.currency_code,
                exchange_rate(c.currency_code, coalesce(p_currency_code, o.currency_code, c.currency_code), p_to,
                    (SELECT t.rate_type FROM performance_setting AS t)) AS rate
            FROM (
                SELECT DISTINCT y.distributor_id, y.currency_code
                FROM channel_day AS y
                WHERE y.activity_on BETWEEN date_trunc('month', p_from::timestamp)::date AND (date_trunc('month', p_to::timestamp) + interval '1 month')::date - 1
            ) AS c
            LEFT JOIN distributor_currency_as_of(p_to) AS o ON o.distributor_id = c.distributor_id
        ) AS r ON r.distributor_id = m.distributor_id AND r.currency_code = m.currency_code
        WHERE m.month_on BETWEEN date_trunc('month', p_from::timestamp)::date AND p_to
        GROUP BY m.distributor_id, m.product_id
    )
    SELECT t.distributor_id, g.group_code, coalesce(p_currency_code, o.currency_code), coalesce(s.amount, 0), t.amount
    FROM (SELECT x.distributor_id, sum(x.amount) AS amount FROM sold AS x GROUP BY x.distributor_id) AS t
    CROSS JOIN (SELECT DISTINCT h.group_code FROM product_group AS h) AS g
    LEFT JOIN distributor_currency_as_of(p_to) AS o ON o.distributor_id = t.distributor_id
    LEFT JOIN (
        SELECT x.distributor_id, i.group_code, sum(x.amount) AS amount
        FROM sold AS x
        JOIN product AS p ON p.product_id = x.product_id
        JOIN (SELECT h.group_code, array_agg(h.product_line) AS lines FROM product_group AS h GROUP BY h.group_code) AS i
            ON p.product_line <@ i.lines
        GROUP BY x.distributor_id, i.group_code
    ) AS s ON s.distributor_id = t.distributor_id AND s.group_code = g.group_code
$$;
COMMENT ON FUNCTION measure_group(date, date, text) IS
    'One row = what a distributor sold of a product group, and of everything, in the calendar months that the span touches, from the rollup by month. Currency as in measure_channel(). Groups may overlap: add no groups up';

CREATE FUNCTION measure_attach(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    attach_code text,
    host_qty numeric,
    attached_qty numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH line AS MATERIALIZED (
        SELECT f.distributor_id, a.attach_code, p.product_line <@ a.host_line AS is_host,
            CASE a.same
                WHEN 'invoice' THEN f.invoice_no
                WHEN 'reseller' THEN w.root_id::text
                ELSE 'all'
            END AS basket,
            f.quantity
        FROM distributor AS d
        JOIN sell_through AS f ON f.distributor_id = d.distributor_id AND f.sold_on BETWEEN p_from AND p_to
        JOIN product AS p ON p.product_id = f.product_id
        JOIN attach_rule AS a ON p.product_line <@ a.host_line OR p.product_line <@ a.attach_line
        LEFT JOIN reseller_root AS w ON w.reseller_id = f.reseller_id
    ),
    basket AS (
        SELECT l.distributor_id, l.attach_code, l.basket,
            coalesce(sum(l.quantity) FILTER (WHERE l.is_host), 0) AS host_qty,
            coalesce(sum(l.quantity) FILTER (WHERE NOT l.is_host), 0) AS attached_qty
        FROM line AS l
        GROUP BY l.distributor_id, l.attach_code, l.basket
    )
    SELECT b.distributor_id, b.attach_code, sum(b.host_qty),
        coalesce(sum(b.attached_qty) FILTER (WHERE b.host_qty > 0 AND b.basket IS NOT NULL), 0)
    FROM basket AS b
    GROUP BY b.distributor_id, b.attach_code
$$;
COMMENT ON FUNCTION measure_attach(date, date, text) IS
    'One row = an attach rule at a distributor from p_from to p_to: units of the host, and units of the attached product whose invoice, reseller or distributor (attach_rule.same) has a host in the span; lines that do not say the invoice or reseller attach nothing. Base units. Additive within a rule. Reads the facts of the span';
