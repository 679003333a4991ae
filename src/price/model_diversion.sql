-- price, diversion: signals that goods bought cheap for one customer went to
-- another, that requests are cut to pass below a threshold, or that a price is out
-- of line with what peers pay. A signal is a reason to ask, never a proof: each
-- says how much it rests on. (SEMANTICS 2.10; Deal or deceit, CIKM 2014.)

CREATE FUNCTION threshold_spikes(
    p_from date,
    p_to date,
    p_band_pct numeric DEFAULT 10,
    p_minimum integer DEFAULT 3
) RETURNS TABLE (
    policy_name text,
    requested_by text,
    measure text,
    threshold numeric,
    below_count bigint,
    above_count bigint,
    is_spike boolean
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    SELECT q.policy_name, q.requested_by, q.measure, q.threshold,
        count(*) FILTER (WHERE q.value < q.threshold),
        count(*) FILTER (WHERE q.value >= q.threshold),
        count(*) FILTER (WHERE q.value < q.threshold) >= p_minimum
            AND count(*) FILTER (WHERE q.value < q.threshold) > 2 * count(*) FILTER (WHERE q.value >= q.threshold)
    FROM (
        SELECT p.policy_name, s.requested_by, m.measure, m.threshold, m.value
        FROM special_price AS s
        CROSS JOIN LATERAL special_price_depth(s.distributor_id, s.special_price_id) AS x
        JOIN approval_policy AS p
            ON p.subject_kind = 'special_price'
            AND (s.requested_at AT TIME ZONE 'UTC')::date BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
        CROSS JOIN LATERAL (
            VALUES ('amount', p.from_amount, CASE WHEN x.currency_code = p.currency_code THEN x.amount END),
                ('discount_rate', p.from_discount_rate, x.discount_rate)
        ) AS m (measure, threshold, value)
        WHERE (s.requested_at AT TIME ZONE 'UTC')::date BETWEEN p_from AND p_to
    ) AS q
    WHERE q.value >= q.threshold * (1 - p_band_pct / 100)
        AND q.value < q.threshold * (1 + p_band_pct / 100)
    GROUP BY q.policy_name, q.requested_by, q.measure, q.threshold
$$;
COMMENT ON FUNCTION threshold_spikes(date, date, numeric, integer) IS
    'One row = a threshold of an approval policy for special_price and somebody who asked: requests of the days that lie less than p_band_pct per cent below it, and as little above. is_spike = at least p_minimum below and more than twice as many as above: requests cut to pass. Amounts in another currency than the policy''s are left out';

CREATE FUNCTION special_volume_signals(
    p_from date,
    p_to date,
    p_history_months integer DEFAULT 12,
    p_minimum_months integer DEFAULT 3,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    end_customer_id bigint,
    product_id bigint,
    special_qty numeric,
    monthly_qty numeric,
    history_months bigint,
    history_mean numeric,
    history_stddev numeric,
    z_score numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    WITH month AS (
        -- The months of the history, also those in which nothing was sold.
        SELECT g::date AS starts_on
        FROM generate_series(date_trunc('month', p_from::timestamp) - make_interval(months => p_history_months),
            date_trunc('month', p_from::timestamp) - interval '1 month', interval '1 month') AS g
    ),
    line AS MATERIALIZED (
        SELECT f.distributor_id, f.end_customer_id, f.product_id, f.sold_on, f.quantity, f.contract_no
        FROM sell_through_as_of(p_to, p_knowledge) AS f
        WHERE f.end_customer_id IS NOT NULL
            AND f.sold_on >= (SELECT min(m.starts_on) FROM month AS m)
    ),
    special AS (
        SELECT l.distributor_id, l.end_customer_id, l.product_id, sum(l.quantity) AS quantity,
            sum(l.quantity) / ((p_to - p_from + 1) / 30.4375) AS monthly_qty
        FROM line AS l
        WHERE l.sold_on BETWEEN p_from AND p_to
            AND l.contract_no IS NOT NULL
        GROUP BY l.distributor_id, l.end_customer_id, l.product_id
        HAVING sum(l.quantity) > 0
    ),
    -- An end customer's demand is looked at whoever it buys from.
    first_sale AS (
        SELECT l.end_customer_id, l.product_id, date_trunc('month', min(l.sold_on)::timestamp)::date AS starts_on
        FROM line AS l
        WHERE l.sold_on < p_from
        GROUP BY l.end_customer_id, l.product_id
    ),
    sold AS (
        SELECT l.end_customer_id, l.product_id, date_trunc('month', l.sold_on::timestamp)::date AS starts_on, sum(l.quantity) AS quantity
        FROM line AS l
        GROUP BY l.end_customer_id, l.product_id, date_trunc('month', l.sold_on::timestamp)
    ),
    history AS (
        SELECT f.end_customer_id, f.product_id, count(*) AS months,
            avg(coalesce(s.quantity, 0)) AS mean, stddev_samp(coalesce(s.quantity, 0)) AS stddev
        FROM first_sale AS f
        JOIN month AS m ON m.starts_on >= f.starts_on
        LEFT JOIN sold AS s
            ON s.end_customer_id = f.end_customer_id
            AND s.product_id = f.product_id
            AND s.starts_on = m.starts_on
        GROUP BY f.end_customer_id, f.product_id
    )
    SELECT p.distributor_id, p.end_customer_id, p.product_id, p.quantity, p.monthly_qty, coalesce(h.months, 0), h.mean, h.stddev,
        CASE WHEN h.months >= p_minimum_months THEN (p.monthly_qty - h.mean) / nullif(h.stddev, 0) END
    FROM special AS p
    LEFT JOIN history AS h
        ON h.end_customer_id = p.end_customer_id
        AND h.product_id = p.product_id
$$;
COMMENT ON FUNCTION special_volume_signals(date, date, integer, integer, timestamptz) IS
    'One row = what an end customer is said to have bought of a product under special prices over the days, per month (30.4375 days), against what it bought in all in the months of the history (from its first purchase on, months without purchases as 0): z_score = (monthly − mean) ÷ sample standard deviation; NULL = fewer than p_minimum_months, or always the same. A fake big deal shows as a high z, or as special volume without any history (history_months 0)';

CREATE FUNCTION grey_market_sales(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    territory_id bigint,
    country_code text,
    product_id bigint,
    line_count bigint,
    outside_qty numeric,
    special_qty numeric,
    outside_rate numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    WITH line AS MATERIALIZED (
        SELECT f.distributor_id, d.territory_id, f.product_id, f.quantity, f.contract_no, coalesce(e.country_code, r.country_code) AS country_code
        FROM sell_through_as_of(p_to, p_knowledge) AS f
        JOIN distributor AS d ON d.distributor_id = f.distributor_id
        LEFT JOIN end_customer AS e ON e.end_customer_id = f.end_customer_id
        LEFT JOIN reseller AS r ON r.reseller_id = f.reseller_id
        WHERE f.sold_on >= p_from
            AND d.territory_id IN (SELECT t.territory_id FROM territory_country AS t)
    ),
    summed AS (
        SELECT l.distributor_id, l.product_id, sum(l.quantity) AS quantity
        FROM line AS l
        GROUP BY l.distributor_id, l.product_id
    )
    SELECT l.distributor_id, l.territory_id, l.country_code, l.product_id, count(*), sum(l.quantity),
        coalesce(sum(l.quantity) FILTER (WHERE l.contract_no IS NOT NULL), 0),
        sum(l.quantity) / nullif(min(s.quantity), 0)
    FROM line AS l
    JOIN summed AS s
        ON s.distributor_id = l.distributor_id
        AND s.product_id = l.product_id
    WHERE l.country_code IS NOT NULL
        AND NOT EXISTS (
            SELECT
            FROM territory_country AS t
            WHERE t.territory_id = l.territory_id
                AND t.country_code = l.country_code)
    GROUP BY l.distributor_id, l.territory_id, l.country_code, l.product_id
$$;
COMMENT ON FUNCTION grey_market_sales(date, date, timestamptz) IS
    'One row = what a distributor sold of a product over the days into a country that does not belong to its home territory (by the end customer, else the reseller): base units, of them under special prices, and their fraction of all it sold of the product. Distributors whose territory has no countries, and sales to unknown countries, are left out. Passive sales abroad are free in many jurisdictions (in the EU they must not be forbidden): a reason to look, no breach';

CREATE FUNCTION seller_buyer_correlation(
    p_from date,
    p_to date,
    p_minimum_months integer DEFAULT 6,
    p_at_most numeric DEFAULT -0.5,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    product_id bigint,
    seller_id bigint,
    buyer_id bigint,
    months integer,
    correlation numeric,
    seller_special_qty numeric,
    buyer_qty numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH month AS MATERIALIZED (
        SELECT g::date AS starts_on
        FROM generate_series(date_trunc('month', p_from::timestamp), date_trunc('month', p_to::timestamp), interval '1 month') AS g
    ),
    special AS MATERIALIZED (
        SELECT f.distributor_id, f.product_id, date_trunc('month', f.sold_on::timestamp)::date AS starts_on, sum(f.quantity) AS quantity
        FROM sell_through_as_of(p_to, p_knowledge) AS f
        WHERE f.sold_on >= p_from
            AND f.contract_no IS NOT NULL
        GROUP BY f.distributor_id, f.product_id, date_trunc('month', f.sold_on::timestamp)
    ),
    bought AS MATERIALIZED (
        SELECT f.distributor_id, f.product_id, date_trunc('month', f.shipped_on::timestamp)::date AS starts_on, sum(f.quantity) AS quantity
        FROM sell_in_as_of(p_to, p_knowledge) AS f
        WHERE f.shipped_on >= p_from
            AND f.product_id IN (SELECT s.product_id FROM special AS s)
        GROUP BY f.distributor_id, f.product_id, date_trunc('month', f.shipped_on::timestamp)
    ),
    pair AS (
        SELECT s.product_id, s.distributor_id AS seller_id, b.distributor_id AS buyer_id
        FROM (SELECT DISTINCT distributor_id, product_id FROM special) AS s
        JOIN (SELECT DISTINCT distributor_id, product_id FROM bought) AS b
            ON b.product_id = s.product_id
            AND b.distributor_id <> s.distributor_id
    )
    SELECT p.product_id, p.seller_id, p.buyer_id, count(*)::integer,
        round(corr(coalesce(s.quantity, 0)::double precision, coalesce(b.quantity, 0)::double precision)::numeric, 4),
        sum(coalesce(s.quantity, 0)), sum(coalesce(b.quantity, 0))
    FROM pair AS p
    CROSS JOIN month AS m
    LEFT JOIN special AS s
        ON s.product_id = p.product_id
        AND s.distributor_id = p.seller_id
        AND s.starts_on = m.starts_on
    LEFT JOIN bought AS b
        ON b.product_id = p.product_id
        AND b.distributor_id = p.buyer_id
        AND b.starts_on = m.starts_on
    GROUP BY p.product_id, p.seller_id, p.buyer_id
    HAVING count(*) >= p_minimum_months
        AND corr(coalesce(s.quantity, 0)::double precision, coalesce(b.quantity, 0)::double precision) <= p_at_most
$$;
COMMENT ON FUNCTION seller_buyer_correlation(date, date, integer, numeric, timestamptz) IS
    'One row = a product, a distributor that sells it under special prices and another one that buys less of it from the vendor in the months in which the first sells more: correlation of the monthly quantities (months without as 0) of at most p_at_most over at least p_minimum_months calendar months. Who buys diverted goods buys less from the vendor; correlation is no proof of it';

CREATE FUNCTION peer_percentile(
    p_from date,
    p_to date,
    p_minimum_peers integer DEFAULT 5,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    product_id bigint,
    territory_id bigint,
    currency_code text,
    peers bigint,
    average_price numeric,
    median_price numeric,
    percentile numeric,
    below_median_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH paid AS MATERIALIZED (
        SELECT f.distributor_id, d.territory_id, f.product_id, f.currency_code, sum(f.quantity) AS quantity,
            sum(f.unit_price * f.quantity) / sum(f.quantity) AS average_price
        FROM sell_in_as_of(p_to, p_knowledge) AS f
        JOIN distributor AS d ON d.distributor_id = f.distributor_id
        WHERE f.shipped_on >= p_from
            AND f.quantity > 0
        GROUP BY f.distributor_id, d.territory_id, f.product_id, f.currency_code
    ),
    peer AS (
        SELECT p.territory_id, p.product_id, p.currency_code, count(*) AS peers,
            (array_agg(p.average_price ORDER BY p.average_price))[(count(*) + 1) / 2] AS lower_median,
            (array_agg(p.average_price ORDER BY p.average_price))[count(*) / 2 + 1] AS upper_median
        FROM paid AS p
        GROUP BY p.territory_id, p.product_id, p.currency_code
        HAVING count(*) >= greatest(p_minimum_peers, 2)
    )
    SELECT p.distributor_id, p.product_id, p.territory_id, p.currency_code, g.peers, p.average_price, m.median_price,
        round(100 * (rank() OVER w - 1)::numeric / (g.peers - 1), 2),
        (m.median_price - p.average_price) * p.quantity
    FROM paid AS p
    JOIN peer AS g
        ON g.territory_id IS NOT DISTINCT FROM p.territory_id
        AND g.product_id = p.product_id
        AND g.currency_code = p.currency_code
    CROSS JOIN LATERAL (SELECT (g.lower_median + g.upper_median) / 2 AS median_price) AS m
    WINDOW w AS (PARTITION BY p.territory_id, p.product_id, p.currency_code ORDER BY p.average_price)
$$;
COMMENT ON FUNCTION peer_percentile(date, date, integer, timestamptz) IS
    'One row = the average net price that a distributor paid for a product over the days (returns left out) among those of its territory: percentile 0 = the lowest, 100 = the highest; below_median_amount = (median − average) × quantity. Groups of fewer than p_minimum_peers distributors (never fewer than 2) are left out, so that nobody''s price can be told from it';
