-- inventory: the balance of the channel over a span: rates by their names, and
-- signs that more was pushed into the channel than flows out of it.

CREATE FUNCTION channel_rates_as_of(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    product_id bigint,
    received_qty numeric,
    shipped_qty numeric,
    sell_through_qty numeric,
    vendor_return_qty numeric,
    customer_return_qty numeric,
    ending_on_hand_qty numeric,
    retail_sell_through_rate numeric,
    receipts_sell_through_rate numeric,
    sell_through_ratio numeric,
    build_qty numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT u.distributor_id,
        u.product_id,
        sum(u.received_qty),
        sum(u.shipped_qty),
        sum(u.sell_through_qty),
        sum(u.vendor_return_qty),
        sum(u.customer_return_qty),
        sum(u.ending_on_hand_qty),
        sum(u.sell_through_qty) / nullif(sum(u.ending_on_hand_qty) + sum(u.sell_through_qty), 0),
        sum(u.sell_through_qty) / nullif(sum(u.received_qty), 0),
        sum(u.sell_through_qty) / nullif(sum(u.shipped_qty), 0),
        sum(u.shipped_qty) - sum(u.sell_through_qty)
    FROM (
        SELECT a.distributor_id, a.product_id, a.quantity AS received_qty, 0::numeric AS shipped_qty, 0::numeric AS sell_through_qty,
            0::numeric AS vendor_return_qty, 0::numeric AS customer_return_qty, 0::numeric AS ending_on_hand_qty
        FROM sell_in_arrival_as_of(p_to, p_knowledge) AS a
        WHERE a.arrives_on >= p_from AND a.arrives_on <= p_to AND a.quantity > 0
        UNION ALL
        SELECT s.distributor_id, s.product_id, 0::numeric AS received_qty, greatest(s.quantity, 0) AS shipped_qty, 0::numeric AS sell_through_qty,
            greatest(-s.quantity, 0) AS vendor_return_qty, 0::numeric AS customer_return_qty, 0::numeric AS ending_on_hand_qty
        FROM sell_in_as_of(p_to, p_knowledge) AS s
        WHERE s.shipped_on >= p_from
        UNION ALL
        SELECT s.distributor_id, s.product_id, 0::numeric AS received_qty, 0::numeric AS shipped_qty, s.quantity AS sell_through_qty,
            0::numeric AS vendor_return_qty, greatest(-s.quantity, 0) AS customer_return_qty, 0::numeric AS ending_on_hand_qty
        FROM sell_through_as_of(p_to, p_knowledge) AS s
        WHERE s.sold_on >= p_from
        UNION ALL
        SELECT i.distributor_id, i.product_id, 0::numeric AS received_qty, 0::numeric AS shipped_qty, 0::numeric AS sell_through_qty,
            0::numeric AS vendor_return_qty, 0::numeric AS customer_return_qty, i.on_hand_qty AS ending_on_hand_qty
        FROM inventory_as_of(p_to, p_knowledge) AS i
    ) AS u
    GROUP BY u.distributor_id, u.product_id;
END;
COMMENT ON FUNCTION channel_rates_as_of(date, date, timestamptz) IS
    'One row = a product at a distributor from p_from to p_to, as known at p_knowledge, base units: received, shipped (returns to the vendor are counted apart), net sell-through and returns, stock at the end. Fractions by name: retail_sell_through_rate = sold / (stock at the end + sold), receipts_sell_through_rate = sold / received, sell_through_ratio = sold / shipped (below 1 the channel builds stock); NULL where they divide by 0. build_qty = shipped - sold: above 0 build, below 0 burn. Quantities are additive, rates are not';

CREATE FUNCTION channel_stuffing_signals(
    p_from date,
    p_to date,
    p_last_days integer DEFAULT 7,
    p_return_days integer DEFAULT 30
) RETURNS TABLE (
    distributor_id bigint,
    sell_in_qty numeric,
    last_days_qty numeric,
    last_days_rate numeric,
    even_rate numeric,
    sell_in_growth_rate numeric,
    sell_through_growth_rate numeric,
    weeks_of_supply_before numeric,
    weeks_of_supply_after numeric,
    weeks_of_supply_change numeric,
    return_after_qty numeric,
    return_after_rate numeric,
    signals text[]
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH span AS (
        SELECT c.distributor_id,
            sum(c.sell_in_qty) FILTER (WHERE c.activity_on BETWEEN p_from AND p_to) AS bought,
            sum(c.sell_in_qty) FILTER (WHERE c.activity_on > p_to - p_last_days AND c.activity_on <= p_to) AS bought_last,
            sum(c.sell_in_qty) FILTER (WHERE c.activity_on < p_from) AS bought_before,
            sum(c.sell_through_qty) FILTER (WHERE c.activity_on BETWEEN p_from AND p_to) AS sold,
            sum(c.sell_through_qty) FILTER (WHERE c.activity_on < p_from) AS sold_before,
            sum(c.vendor_return_qty) FILTER (WHERE c.activity_on > p_to) AS returned_after
        FROM channel_day AS c
        WHERE c.activity_on BETWEEN p_from - (p_to - p_from + 1) AND p_to + p_return_days
        GROUP BY c.distributor_id
    ), stock AS (
        SELECT o.distributor_id,
            sum(o.owned_before) AS owned_before,
            sum(o.owned_after) AS owned_after
        FROM (
            SELECT b.distributor_id, b.owned_qty AS owned_before, 0::numeric AS owned_after
            FROM inventory_as_of(p_from - 1, 'infinity') AS b
            UNION ALL
            SELECT a.distributor_id, 0::numeric AS owned_before, a.owned_qty AS owned_after
            FROM inventory_as_of(p_to, 'infinity') AS a
        ) AS o
        GROUP BY o.distributor_id
    ), measure AS (
        SELECT s.distributor_id,
            s.bought AS sell_in_qty,
            s.bought_last AS last_days_qty,
            s.bought_last / nullif(s.bought, 0) AS last_days_rate,
            p_last_days::numeric / (p_to - p_from + 1) AS even_rate,
            CASE WHEN s.bought_before > 0 THEN s.bought / s.bought_before - 1 END AS sell_in_growth_rate,
            CASE WHEN s.sold_before > 0 THEN s.sold / s.sold_before - 1 END AS sell_through_growth_rate,
            CASE WHEN s.sold_before > 0 THEN k.owned_before * (p_to - p_from + 1) / 7 / s.sold_before END AS weeks_of_supply_before,
            CASE WHEN s.sold > 0 THEN k.owned_after * (p_to - p_from + 1) / 7 / s.sold END AS weeks_of_supply_after,
            coalesce(s.returned_after, 0) AS return_after_qty,
            coalesce(s.returned_after, 0) / nullif(s.bought, 0) AS return_after_rate
        FROM span AS s
        LEFT JOIN stock AS k ON k.distributor_id = s.distributor_id
    )
    SELECT m.distributor_id,
        m.sell_in_qty,
        m.last_days_qty,
        m.last_days_rate,
        m.even_rate,
        m.sell_in_growth_rate,
        m.sell_through_growth_rate,
        m.weeks_of_supply_before,
        m.weeks_of_supply_after,
        m.weeks_of_supply_after - m.weeks_of_supply_before,
        m.return_after_qty,
        m.return_after_rate,
        array_remove(ARRAY[
            CASE WHEN m.last_days_rate > 3 * m.even_rate THEN 'late_push'::text END,
            CASE WHEN m.sell_in_growth_rate > coalesce(m.sell_through_growth_rate, 0) + 0.25 THEN 'sell_in_outgrows'::text END,
            CASE WHEN m.weeks_of_supply_after > 1.25 * m.weeks_of_supply_before THEN 'stock_grows'::text END,
            CASE WHEN m.return_after_rate > 0.1 THEN 'returns_follow'::text END
        ], NULL)
    FROM measure AS m;
END;
COMMENT ON FUNCTION channel_stuffing_signals(date, date, integer, integer) IS
    'One row = a distributor in a span (a quarter, say) and the signs of channel stuffing: late_push (the last p_last_days days took more than 3 times their even part of sell-in), sell_in_outgrows (sell-in grew 25 points more than sell-through, against the span before of the same length), stock_grows (weeks of supply, owned, rose by more than a quarter), returns_follow (more than 10 % went back within p_return_days days after). A sign is a question, not a proof';
