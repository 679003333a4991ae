-- price, discipline: lines that do not keep to what was granted. Each function is
-- one question over the days p_from to p_to, of lines as known at p_knowledge; the
-- rules are those known now. What they find becomes work in price_exception.

CREATE FUNCTION unauthorized_discounts(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_tolerance_pct numeric DEFAULT 0
) RETURNS TABLE (
    distributor_id bigint,
    shipped_on date,
    sell_in_id bigint,
    product_id bigint,
    currency_code text,
    quantity numeric,
    list_price numeric,
    authorized_price numeric,
    unit_price numeric,
    authorized_rate numeric,
    actual_rate numeric,
    leakage_amount numeric,
    reason text,
    rule_kind text,
    rule_id text
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    SELECT p.distributor_id, p.fact_on, p.fact_id, p.product_id, p.currency_code, p.quantity, p.list_price, p.authorized_price, p.unit_price,
        1 - p.authorized_price / nullif(p.list_price, 0),
        1 - p.unit_price / nullif(p.list_price, 0),
        (p.authorized_price - p.unit_price) * p.quantity,
        CASE
            WHEN p.is_excluded AND p.rule_kind = 'price_list' THEN 'excluded_product'
            WHEN p.rule_kind = 'price_list' THEN 'no_discount_granted'
            WHEN p.rule_kind = 'discount_level' THEN 'beyond_level'
            WHEN p.rule_kind = 'promotion' THEN 'beyond_promotion'
            ELSE 'beyond_special_price'
        END,
        p.rule_kind, p.rule_id
    FROM line_price AS p
    JOIN sell_in_as_of(p_to, p_knowledge) AS f
        ON f.distributor_id = p.distributor_id
        AND f.shipped_on = p.fact_on
        AND f.sell_in_id = p.fact_id
    WHERE p.fact_table = 'sell_in'
        AND p.fact_on BETWEEN p_from AND p_to
        AND f.shipped_on >= p_from
        AND p.quantity > 0
        AND p.unit_price < p.authorized_price * (1 - p_tolerance_pct / 100)
$$;
COMMENT ON FUNCTION unauthorized_discounts(date, date, timestamptz, numeric) IS
    'One row = a line of sell-in that was sold for less than any rule authorizes (by more than p_tolerance_pct per cent of it): rates off list as fractions, leakage = (authorized − actual) × quantity, reason excluded_product, no_discount_granted, beyond_level, beyond_promotion or beyond_special_price';

CREATE FUNCTION price_book_deviations(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    shipped_on date,
    sell_in_id bigint,
    product_id bigint,
    currency_code text,
    quantity numeric,
    book_price numeric,
    stated_list_price numeric,
    deviation_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    SELECT p.distributor_id, p.fact_on, p.fact_id, p.product_id, p.currency_code, p.quantity, p.list_price, p.stated_list_price,
        (p.list_price - p.stated_list_price) * p.quantity
    FROM line_price AS p
    JOIN sell_in_as_of(p_to, p_knowledge) AS f
        ON f.distributor_id = p.distributor_id
        AND f.shipped_on = p.fact_on
        AND f.sell_in_id = p.fact_id
    WHERE p.fact_table = 'sell_in'
        AND p.fact_on BETWEEN p_from AND p_to
        AND f.shipped_on >= p_from
        AND p.stated_list_price IS NOT NULL
        AND p.stated_list_price IS DISTINCT FROM p.list_price
$$;
COMMENT ON FUNCTION price_book_deviations(date, date, timestamptz) IS
    'One row = a line of sell-in whose stated list price is not that of the price book on the day of shipment (book_price NULL = the product is on no list): deviation = (book − stated) × quantity, positive = stated too low';

CREATE FUNCTION authorization_misuse(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    sold_on date,
    sell_through_id bigint,
    product_id bigint,
    contract_no text,
    reason text,
    reject_code text,
    quantity numeric,
    excess_qty numeric,
    currency_code text,
    at_risk_amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    WITH line AS MATERIALIZED (
        SELECT f.distributor_id, f.sold_on, f.sell_through_id, f.product_id, f.contract_no, f.quantity, f.unit_price, f.currency_code,
            f.end_customer_id, f.reseller_id,
            s.special_price_id, s.special_price_state, s.end_customer_id AS for_end_customer_id, s.reseller_id AS for_reseller_id,
            s.territory_id, s.currency_code AS special_currency, i.unit_price AS special_price, i.resale_price,
            b.valid_from, b.valid_to, b.limit_qty,
            sum(f.quantity) OVER (PARTITION BY f.distributor_id, s.special_price_id, f.product_id ORDER BY f.sold_on, f.sell_through_id) AS used_qty
        FROM sell_through_as_of(p_to, p_knowledge) AS f
        LEFT JOIN special_price AS s
            ON s.distributor_id = f.distributor_id
            AND s.authorization_no = f.contract_no
        LEFT JOIN special_price_item AS i
            ON i.distributor_id = s.distributor_id
            AND i.special_price_id = s.special_price_id
            AND i.product_id = f.product_id
        LEFT JOIN special_price_balance AS b
            ON b.distributor_id = i.distributor_id
            AND b.special_price_id = i.special_price_id
            AND b.product_id = i.product_id
        WHERE f.contract_no IS NOT NULL
    )
    SELECT l.distributor_id, l.sold_on, l.sell_through_id, l.product_id, l.contract_no, r.reason, r.reject_code, l.quantity, r.excess_qty,
        l.currency_code, (p.list_price * (1 - p.level_rate) - l.special_price) * r.excess_qty
    FROM line AS l
    JOIN line_price AS p
        ON p.fact_table = 'sell_through'
        AND p.distributor_id = l.distributor_id
        AND p.fact_on = l.sold_on
        AND p.fact_id = l.sell_through_id
    CROSS JOIN LATERAL (
        VALUES ('unknown_authorization', '01', l.special_price_id IS NULL, l.quantity),
            ('not_approved', '01', l.special_price_state <> 'approved', l.quantity),
            ('wrong_product', '03', l.special_price_id IS NOT NULL AND l.special_price IS NULL, l.quantity),
            ('not_begun', '19', l.sold_on < l.valid_from, l.quantity),
            ('expired', '02', l.sold_on > l.valid_to, l.quantity),
            ('over_drawn', '04', l.used_qty > l.limit_qty, least(l.quantity, l.used_qty - l.limit_qty)),
            ('wrong_customer', 'ZZ', l.end_customer_id <> l.for_end_customer_id, l.quantity),
            ('wrong_reseller', 'ZZ', l.reseller_id <> l.for_reseller_id, l.quantity),
            ('outside_territory', '08', l.territory_id IS NOT NULL AND NOT sale_is_in_territory(l.territory_id, l.end_customer_id, l.reseller_id), l.quantity),
            ('wrong_currency', 'ZZ', l.currency_code <> l.special_currency, l.quantity),
            ('resale_too_high', '16', l.unit_price > l.resale_price, l.quantity)
    ) AS r (reason, reject_code, is_so, excess_qty)
    WHERE l.sold_on BETWEEN p_from AND p_to
        AND p.fact_on BETWEEN p_from AND p_to
        AND l.quantity > 0
        AND r.is_so
$$;
COMMENT ON FUNCTION authorization_misuse(date, date, timestamptz) IS
    'One row = a sale that refers to a special price authorization, and a reason why it does not cover the sale (all of them, not only the first), with the code of X12 element 901: unknown or not approved (01), expired (02), wrong product (03), over-drawn by the sales up to this one (04; excess_qty = beyond the limit), outside the territory (08), resale price too high (16), before it began (19), another customer, reseller or currency (ZZ). at_risk_amount = (price without it − special price) × excess_qty; NULL = not known. What a report does not say contradicts nothing';
