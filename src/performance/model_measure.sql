-- performance, measures of the flow: what goes into the figures, by distributor
-- and span, from the rollups. Figures themselves are ratios of sums of these and
-- stand in the registry, so that one definition holds for a distributor, for a
-- territory and for the whole channel.

CREATE FUNCTION measure_channel(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    currency_code text,
    days integer,
    weeks numeric,
    sell_in_qty numeric,
    sell_in_amount numeric,
    vendor_return_qty numeric,
    sell_through_qty numeric,
    sell_through_amount numeric,
    customer_return_qty numeric,
    sell_in_lines bigint,
    sell_through_lines bigint,
    last_sell_in_qty numeric,
    comparable_sell_in_amount numeric,
    prior_sell_in_amount numeric,
    comparable_sell_through_amount numeric,
    prior_sell_through_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH own AS MATERIALIZED (
        SELECT o.distributor_id, o.currency_code FROM distributor_currency_as_of(p_to) AS o
    ),
    span AS MATERIALIZED (
        SELECT s.*, t.last_days, t.rate_type
        FROM performance_setting AS t
        LEFT JOIN LATERAL comparable_span(p_from, p_to, t.calendar_code) AS s ON true
    ),
    flow AS MATERIALIZED (
        SELECT r.distributor_id, r.currency_code,
            sum(r.sell_in_qty) FILTER (WHERE r.activity_on >= p_from) AS sell_in_qty,
            sum(r.sell_in_amount) FILTER (WHERE r.activity_on >= p_from) AS sell_in_amount,
            sum(r.vendor_return_qty) FILTER (WHERE r.activity_on >= p_from) AS vendor_return_qty,
            sum(r.sell_through_qty) FILTER (WHERE r.activity_on >= p_from) AS sell_through_qty,
            sum(r.sell_through_amount) FILTER (WHERE r.activity_on >= p_from) AS sell_through_amount,
            sum(r.customer_return_qty) FILTER (WHERE r.activity_on >= p_from) AS customer_return_qty,
            sum(r.sell_in_lines) FILTER (WHERE r.activity_on >= p_from) AS sell_in_lines,
            sum(r.sell_through_lines) FILTER (WHERE r.activity_on >= p_from) AS sell_through_lines,
            sum(r.sell_in_qty) FILTER (WHERE r.activity_on > p_to - s.last_days) AS last_sell_in_qty,
            sum(r.sell_in_amount) FILTER (WHERE r.activity_on BETWEEN s.starts_on AND s.ends_on) AS comparable_sell_in_amount,
            sum(r.sell_in_amount) FILTER (WHERE r.activity_on BETWEEN s.prior_starts_on AND s.prior_ends_on) AS prior_sell_in_amount,
            sum(r.sell_through_amount) FILTER (WHERE r.activity_on BETWEEN s.starts_on AND s.ends_on) AS comparable_sell_through_amount,
            sum(r.sell_through_amount) FILTER (WHERE r.activity_on BETWEEN s.prior_starts_on AND s.prior_ends_on) AS prior_sell_through_amount
        FROM span AS s
        CROSS JOIN (
            SELECT f.distributor_id, f.activity_on, f.currency_code, f.sell_in_qty, f.sell_in_amount, f.vendor_return_qty,
                f.sell_through_qty, f.sell_through_amount, f.customer_return_qty, f.sell_in_lines, f.sell_through_lines
            FROM rollup_day AS f
            UNION ALL
            SELECT d.distributor_id, d.activity_on, d.currency_code, d.sell_in_qty, d.sell_in_amount, d.vendor_return_qty,
                d.sell_through_qty, d.sell_through_amount, d.customer_return_qty, d.sell_in_lines, d.sell_through_lines
            FROM rollup_day_delta AS d
        ) AS r
        WHERE r.activity_on BETWEEN p_from AND p_to
            OR r.activity_on BETWEEN s.prior_starts_on AND s.prior_ends_on
        GROUP BY r.distributor_id, r.currency_code
    ),
    -- One currency for each distributor: as asked for, else its own.
    priced AS (
        SELECT f.*,
            coalesce(exchange_rate(f.currency_code, coalesce(p_currency_code, c.currency_code), p_to, (SELECT s.rate_type FROM span AS s)), 1) AS rate
        FROM flow AS f
        LEFT JOIN own AS c ON c.distributor_id = f.distributor_id
    )
    SELECT d.distributor_id,
        coalesce(p_currency_code, c.currency_code),
        p_to - p_from + 1,
        (p_to - p_from + 1) / 7.0,
        coalesce(sum(p.sell_in_qty), 0),
        coalesce(sum(p.sell_in_amount * p.rate), 0),
        coalesce(sum(p.vendor_return_qty), 0),
        coalesce(sum(p.sell_through_qty), 0),
        coalesce(sum(p.sell_through_amount * p.rate), 0),
        coalesce(sum(p.customer_return_qty), 0),
        coalesce(sum(p.sell_in_lines), 0)::bigint,
        coalesce(sum(p.sell_through_lines), 0)::bigint,
        coalesce(sum(p.last_sell_in_qty), 0),
        coalesce(sum(p.comparable_sell_in_amount * p.rate), 0),
        coalesce(sum(p.prior_sell_in_amount * p.rate), 0),
        coalesce(sum(p.comparable_sell_through_amount * p.rate), 0),
        coalesce(sum(p.prior_sell_through_amount * p.rate), 0)
    FROM distributor AS d
    LEFT JOIN own AS c ON c.distributor_id = d.distributor_id
    LEFT JOIN priced AS p ON p.distributor_id = d.distributor_id
    GROUP BY d.distributor_id, c.currency_code
$$;
COMMENT ON FUNCTION measure_channel(date, date, text) IS
    'One row = what a distributor bought and sold from p_from to p_to, from the rollup by day; every distributor has one. Amounts in p_currency_code, else in its own currency, at the rate of p_to (ZD007 where that is missing). comparable_ and prior_: the part of the span that has a counterpart in the year before, and that counterpart (comparable_span()). Additive but for days, weeks and over currencies';

CREATE FUNCTION measure_stock(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    currency_code text,
    days integer,
    weeks numeric,
    begin_on_hand_qty numeric,
    on_hand_qty numeric,
    in_transit_qty numeric,
    owned_qty numeric,
    average_on_hand_qty numeric,
    average_value_amount numeric,
    average_retail_amount numeric,
    received_qty numeric,
    sold_qty numeric,
    sold_amount numeric,
    cogs_amount numeric,
    aged_qty numeric,
    tranche_qty numeric,
    items bigint,
    items_negative bigint,
    items_stock_out bigint,
    counted_gap_qty numeric,
    counted_calculated_qty numeric,
    forward_supply_weeks numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH own AS MATERIALIZED (
        SELECT o.distributor_id, o.currency_code FROM distributor_currency_as_of(p_to) AS o
    ),
    setting AS MATERIALIZED (
        SELECT t.aged_days, t.rate_type FROM performance_setting AS t
    ),
    -- The tranches of each day are made once and tell quantity, value and age.
    position AS MATERIALIZED (
        SELECT e.is_end, t.distributor_id, t.warehouse_id, t.product_id, l.on_hand_qty, l.value_amount, l.aged_qty, l.tranche_qty
        FROM (
            SELECT false AS is_end, b.distributor_id, b.warehouse_id, b.product_id, b.layers FROM inventory_tranches_as_of(p_from - 1) AS b
            UNION ALL
            SELECT true, b.distributor_id, b.warehouse_id, b.product_id, b.layers FROM inventory_tranches_as_of(p_to) AS b
        ) AS t
        CROSS JOIN LATERAL (SELECT t.is_end) AS e
        CROSS JOIN setting AS y
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n.quantity), 0) AS on_hand_qty,
                CASE WHEN bool_or(n.unit_cost IS NULL) THEN NULL ELSE coalesce(sum(n.quantity * n.unit_cost), 0) END AS value_amount,
                sum(n.quantity) FILTER (WHERE n.quantity > 0 AND p_to - n.occurred_on > y.aged_days) AS aged_qty,
                sum(n.quantity) FILTER (WHERE n.quantity > 0) AS tranche_qty
            FROM unnest(t.layers) AS n
        ) AS l
    ),
    -- The list price of the day in the own currency: of the territory, else of all.
    listed AS (
        SELECT DISTINCT ON (d.distributor_id, i.product_id, e.is_end)
            d.distributor_id, i.product_id, e.is_end, i.list_price
        FROM (VALUES (false, p_from - 1), (true, p_to)) AS e (is_end, day)
        CROSS JOIN distributor AS d
        JOIN own AS c ON c.distributor_id = d.distributor_id
        JOIN price_list AS l ON l.currency_code = c.currency_code AND (l.territory_id = d.territory_id OR l.territory_id IS NULL)
        JOIN price_list_item AS i ON i.price_list_id = l.price_list_id AND e.day BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity')
        ORDER BY d.distributor_id, i.product_id, e.is_end, l.territory_id IS NULL, l.price_list_code
    ),
    stock AS (
        SELECT p.distributor_id,
            sum(p.on_hand_qty) FILTER (WHERE NOT p.is_end) AS begin_on_hand_qty,
            sum(p.on_hand_qty) FILTER (WHERE p.is_end) AS on_hand_qty,
            sum(p.aged_qty) FILTER (WHERE p.is_end) AS aged_qty,
            sum(p.tranche_qty) FILTER (WHERE p.is_end) AS tranche_qty,
            CASE WHEN count(*) FILTER (WHERE NOT p.is_end) = count(p.value_amount) FILTER (WHERE NOT p.is_end)
                THEN coalesce(sum(p.value_amount) FILTER (WHERE NOT p.is_end), 0) END AS begin_value_amount,
            CASE WHEN count(*) FILTER (WHERE p.is_end) = count(p.value_amount) FILTER (WHERE p.is_end)
                THEN coalesce(sum(p.value_amount) FILTER (WHERE p.is_end), 0) END AS value_amount,
            -- Unknown as soon as one article in stock has no list price.
            CASE WHEN bool_and(p.on_hand_qty = 0 OR l.list_price IS NOT NULL)
                THEN sum(p.on_hand_qty * l.list_price) / 2
            END AS average_retail_amount,
            count(*) FILTER (WHERE p.is_end AND p.on_hand_qty <> 0) AS items,
            count(*) FILTER (WHERE p.is_end AND p.on_hand_qty < 0) AS items_negative
        FROM position AS p
        LEFT JOIN listed AS l ON l.distributor_id = p.distributor_id AND l.product_id = p.product_id AND l.is_end = p.is_end
        GROUP BY p.distributor_id
    ),
    received AS (
        SELECT a.distributor_id, sum(a.quantity) FILTER (WHERE a.quantity > 0) AS quantity, sum(a.quantity * a.unit_price) AS amount
        FROM sell_in_arrival_as_of(p_to) AS a
        WHERE a.arrives_on BETWEEN p_from AND p_to
        GROUP BY a.distributor_id
    ),
    sold AS (
        SELECT r.distributor_id,
            sum(r.sell_through_qty - r.drop_ship_out_qty) AS quantity,
            sum(r.sell_through_amount * coalesce(exchange_rate(r.currency_code, c.currency_code, p_to, (SELECT t.rate_type FROM setting AS t)), 1)) AS amount
        FROM (
            SELECT y.distributor_id, y.currency_code, sum(y.sell_through_qty) AS sell_through_qty, sum(y.drop_ship_out_qty) AS drop_ship_out_qty,
                sum(y.sell_through_amount) AS sell_through_amount
            FROM channel_day AS y
            WHERE y.activity_on BETWEEN p_from AND p_to
            GROUP BY y.distributor_id, y.currency_code
        ) AS r
        LEFT JOIN own AS c ON c.distributor_id = r.distributor_id
        GROUP BY r.distributor_id
    ),
    travelling AS (
        SELECT t.distributor_id, sum(t.quantity) AS quantity
        FROM in_transit_as_of(p_to) AS t
        GROUP BY t.distributor_id
    ),
    -- Nothing on hand of what was sold in the span: by article, from the rollup by
    -- month where the months of the span are enough to tell.
    gone AS (
        SELECT m.distributor_id, count(*) AS items
        FROM (
            SELECT x.distributor_id, x.product_id, sum(x.sell_through_qty - x.drop_ship_out_qty) AS quantity
            FROM channel_product_month AS x
            WHERE x.month_on BETWEEN date_trunc('month', p_from::timestamp)::date AND p_to
            GROUP BY x.distributor_id, x.product_id
        ) AS m
        LEFT JOIN (
            SELECT p.distributor_id, p.product_id, sum(p.on_hand_qty) AS on_hand_qty
            FROM position AS p
            WHERE p.is_end
            GROUP BY p.distributor_id, p.product_id
        ) AS s ON s.distributor_id = m.distributor_id AND s.product_id = m.product_id
        WHERE m.quantity > 0 AND coalesce(s.on_hand_qty, 0) <= 0
        GROUP BY m.distributor_id
    ),
    counted AS (
        SELECT k.distributor_id, sum(k.gap_qty) AS gap_qty, sum(k.calculated_qty) AS calculated_qty
        FROM reconciliation_case AS k
        WHERE k.counted_on BETWEEN p_from AND p_to
        GROUP BY k.distributor_id
    ),
    forecast AS (
        SELECT w.distributor_id, array_agg(w.quantity ORDER BY w.week_starts_on) AS demand
        FROM (
            SELECT f.distributor_id, f.week_starts_on, sum(f.quantity)::numeric AS quantity
            FROM demand_forecast AS f
            WHERE f.week_starts_on > p_to
            GROUP BY f.distributor_id, f.week_starts_on
        ) AS w
        GROUP BY w.distributor_id
    ),
    own_cost AS (
        SELECT n.distributor_id,
            sum(n.value * coalesce(exchange_rate(n.currency_code, c.currency_code, p_to, (SELECT t.rate_type FROM setting AS t)), 1)) AS amount
        FROM metric_input AS n
        LEFT JOIN own AS c ON c.distributor_id = n.distributor_id
        WHERE n.input_code = 'cogs' AND n.period_starts_on >= p_from AND n.period_ends_on <= p_to
        GROUP BY n.distributor_id
    )
    SELECT d.distributor_id,
        coalesce(p_currency_code, c.currency_code),
        p_to - p_from + 1,
        (p_to - p_from + 1) / 7.0,
        coalesce(s.begin_on_hand_qty, 0),
        coalesce(s.on_hand_qty, 0),
        coalesce(v.quantity, 0),
        coalesce(s.on_hand_qty, 0) + coalesce(v.quantity, 0),
        (coalesce(s.begin_on_hand_qty, 0) + coalesce(s.on_hand_qty, 0)) / 2,
        x.rate * (s.begin_value_amount + s.value_amount) / 2,
        x.rate * s.average_retail_amount,
        coalesce(r.quantity, 0),
        coalesce(t.quantity, 0),
        x.rate * coalesce(t.amount, 0),
        x.rate * coalesce(o.amount, s.begin_value_amount + coalesce(r.amount, 0) - s.value_amount),
        coalesce(s.aged_qty, 0),
        coalesce(s.tranche_qty, 0),
        coalesce(s.items, 0),
        coalesce(s.items_negative, 0),
        coalesce(g.items, 0),
        k.gap_qty,
        k.calculated_qty,
        CASE WHEN coalesce(s.on_hand_qty, 0) >= 0 THEN weeks_of_supply(coalesce(s.on_hand_qty, 0), f.demand) END
    FROM distributor AS d
    LEFT JOIN own AS c ON c.distributor_id = d.distributor_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p_currency_code IS NULL OR c.currency_code IS NULL THEN 1
            ELSE exchange_rate(c.currency_code, p_currency_code, p_to, (SELECT y.rate_type FROM setting AS y)) END AS rate
    ) AS x
    LEFT JOIN stock AS s ON s.distributor_id = d.distributor_id
    LEFT JOIN received AS r ON r.distributor_id = d.distributor_id
    LEFT JOIN sold AS t ON t.distributor_id = d.distributor_id
    LEFT JOIN travelling AS v ON v.distributor_id = d.distributor_id
    LEFT JOIN gone AS g ON g.distributor_id = d.distributor_id
    LEFT JOIN counted AS k ON k.distributor_id = d.distributor_id
    LEFT JOIN forecast AS f ON f.distributor_id = d.distributor_id
    LEFT JOIN own_cost AS o ON o.distributor_id = d.distributor_id
$$;
COMMENT ON FUNCTION measure_stock(date, date, text) IS
    'One row = the stock of a distributor at the close of p_to and of the day before p_from (begin_), and what moved between. Averages are of these two; value at FIFO cost, retail at the list price of the day in its own currency (NULL = a cost or price is not known). sold_ = net sell-through without drop shipments (amount: with them); cogs_amount = handed in (metric_input), else begin + arrived − end at cost, so that shrinkage is in it. aged_qty of tranche_qty = tranches older than aged_days; items = articles in a warehouse with stock, items_stock_out = articles sold in the months of the span of which none is on hand; counted_ = counts of the span that reconcile_inventory() looked at; forward_supply_weeks over demand_forecast after p_to. Quantities are semi-additive: not over time. Reads positions: seconds, not milliseconds; close_inventory() makes it quick';

CREATE VIEW distributor_cover WITH (security_invoker = true) AS
SELECT d.distributor_id,
    d.distributor_code,
    coalesce(s.on_hand_qty, 0) AS on_hand_qty,
    coalesce(s.in_transit_qty, 0) AS in_transit_qty,
    coalesce(s.owned_qty, 0) AS owned_qty,
    coalesce(s.items, 0) AS items,
    coalesce(s.items_negative, 0) AS items_negative,
    coalesce(f.sold_qty, 0) AS sold_qty,
    CASE WHEN f.sold_qty > 0 AND coalesce(s.on_hand_qty, 0) >= 0 THEN coalesce(s.on_hand_qty, 0) * 13 / f.sold_qty END AS supply_weeks,
    CASE
        WHEN s.on_hand_qty < 0 THEN 'negative_stock'
        WHEN coalesce(f.sold_qty, 0) <= 0 THEN 'no_movement'
    END AS flag
FROM distributor AS d
LEFT JOIN (
    SELECT i.distributor_id,
        sum(i.on_hand_qty) AS on_hand_qty,
        sum(i.in_transit_qty) AS in_transit_qty,
        sum(i.owned_qty) AS owned_qty,
        count(*) FILTER (WHERE i.on_hand_qty <> 0) AS items,
        count(*) FILTER (WHERE i.on_hand_qty < 0) AS items_negative
    FROM inventory_stock AS i
    GROUP BY i.distributor_id
) AS s ON s.distributor_id = d.distributor_id
LEFT JOIN (
    SELECT y.distributor_id,
        sum(y.sell_through_qty) - sum(y.drop_ship_out_qty) AS sold_qty
    FROM channel_day AS y
    WHERE y.activity_on > (now() AT TIME ZONE 'UTC')::date - 91
        AND y.activity_on <= (now() AT TIME ZONE 'UTC')::date
    GROUP BY y.distributor_id
) AS f ON f.distributor_id = d.distributor_id;
COMMENT ON VIEW distributor_cover IS 'One row = the stock of a distributor today and how long it lasts, from the rollups: quick, where measure_stock() looks at tranches';
COMMENT ON COLUMN distributor_cover.distributor_id IS 'The distributor';
COMMENT ON COLUMN distributor_cover.distributor_code IS 'Its short name';
COMMENT ON COLUMN distributor_cover.on_hand_qty IS 'On hand, base units. Semi-additive: not over time';
COMMENT ON COLUMN distributor_cover.in_transit_qty IS 'On its way, base units. Semi-additive: not over time';
COMMENT ON COLUMN distributor_cover.owned_qty IS 'Both together, base units. Semi-additive: not over time';
COMMENT ON COLUMN distributor_cover.items IS 'Articles in a warehouse with stock. Semi-additive: not over time';
COMMENT ON COLUMN distributor_cover.items_negative IS 'Of them, more sold than held. Semi-additive: not over time';
COMMENT ON COLUMN distributor_cover.sold_qty IS 'Net sell-through from stock of the last 13 weeks, base units. Additive over distributors';
COMMENT ON COLUMN distributor_cover.supply_weeks IS 'On hand over the weekly sell-through of these; NULL = nothing was sold or the stock is negative, see flag. Not additive: use on_hand_qty and sold_qty';
COMMENT ON COLUMN distributor_cover.flag IS 'negative_stock, no_movement; NULL = none';
