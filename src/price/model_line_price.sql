-- price, the authorized price of lines: of those that were booked, as a view, and
-- of those that somebody asks about. Both look the segments of
-- model_authorized.sql up in the same way; a test holds them together.

CREATE FUNCTION sale_is_in_territory(
    p_territory_id bigint,
    p_end_customer_id bigint,
    p_reseller_id bigint
) RETURNS boolean
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT coalesce((
        SELECT bool_or(t.country_code = coalesce(e.country_code, r.country_code))
        FROM territory_country AS t
        LEFT JOIN end_customer AS e ON e.end_customer_id = p_end_customer_id
        LEFT JOIN reseller AS r ON r.reseller_id = p_reseller_id
        WHERE t.territory_id = p_territory_id), true);
END;
COMMENT ON FUNCTION sale_is_in_territory(bigint, bigint, bigint) IS
    'Whether a sale is inside a territory: by the country of the end customer, else of the reseller. True where that is not known, or the territory has no countries (territory_country)';

CREATE VIEW priced_line WITH (security_invoker = true) AS
SELECT 'sell_in'::text AS fact_table,
    f.distributor_id,
    f.shipped_on AS fact_on,
    f.sell_in_id AS fact_id,
    f.product_id,
    NULL::bigint AS reseller_id,
    NULL::bigint AS end_customer_id,
    w.authorization_no AS contract_no,
    f.quantity,
    f.unit_price,
    f.list_price AS stated_list_price,
    f.currency_code,
    f.recorded_at
FROM sell_in AS f
LEFT JOIN (
    SELECT DISTINCT ON (d.distributor_id, d.fact_on, d.fact_id)
        d.distributor_id,
        d.fact_on,
        d.fact_id,
        p.authorization_no
    FROM special_price_draw AS d
    JOIN special_price AS p
        ON p.distributor_id = d.distributor_id
        AND p.special_price_id = d.special_price_id
    WHERE d.fact_table = 'sell_in'
    ORDER BY d.distributor_id, d.fact_on, d.fact_id, d.quantity DESC, d.special_price_draw_id
) AS w
    ON w.distributor_id = f.distributor_id
    AND w.fact_on = f.shipped_on
    AND w.fact_id = f.sell_in_id
UNION ALL
SELECT 'sell_through'::text AS fact_table,
    f.distributor_id,
    f.sold_on AS fact_on,
    f.sell_through_id AS fact_id,
    f.product_id,
    f.reseller_id,
    f.end_customer_id,
    f.contract_no,
    f.quantity,
    f.unit_price,
    NULL::numeric(18,4) AS stated_list_price,
    f.currency_code,
    f.recorded_at
FROM sell_through AS f;
COMMENT ON VIEW priced_line IS 'One row = a row of sell_in or sell_through with what its authorized price depends on; reversals are rows with the opposite quantity, so that sums are right';
COMMENT ON COLUMN priced_line.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN priced_line.distributor_id IS 'The distributor';
COMMENT ON COLUMN priced_line.fact_on IS 'Activity date';
COMMENT ON COLUMN priced_line.fact_id IS 'Key of the row, with distributor and day';
COMMENT ON COLUMN priced_line.product_id IS 'The product';
COMMENT ON COLUMN priced_line.reseller_id IS 'To whom it was sold through; NULL = not known, or sell-in';
COMMENT ON COLUMN priced_line.end_customer_id IS 'Who uses it; NULL = not known, or sell-in';
COMMENT ON COLUMN priced_line.contract_no IS 'Authorization that it refers to, of sell-in the one that it was drawn from; NULL = none';
COMMENT ON COLUMN priced_line.quantity IS 'Base units';
COMMENT ON COLUMN priced_line.unit_price IS 'Price of the row: the vendor''s net price, or the resale price';
COMMENT ON COLUMN priced_line.stated_list_price IS 'List price that stands on the row of sell-in; NULL = none';
COMMENT ON COLUMN priced_line.currency_code IS 'Currency of the prices';
COMMENT ON COLUMN priced_line.recorded_at IS 'Since when it is known';

-- A currency is compared by IS NOT DISTINCT FROM, which is no hash key: the other
-- columns are enough for one, and hashing texts is what would cost most here.
CREATE VIEW line_price WITH (security_invoker = true) AS
SELECT q.fact_table,
    q.distributor_id,
    q.fact_on,
    q.fact_id,
    q.product_id,
    q.reseller_id,
    q.end_customer_id,
    q.contract_no,
    q.quantity,
    q.unit_price,
    q.stated_list_price,
    q.currency_code,
    l.list_price,
    l.is_excluded,
    coalesce(v.discount_rate, 0) AS level_rate,
    CASE
        WHEN s.unit_price IS NOT NULL THEN l.list_price
        WHEN o.promotion_id IS NOT NULL AND (o.unit_price IS NOT NULL OR NOT o.stacks_on_level) THEN l.list_price
        WHEN o.promotion_id IS NULL AND a.promotion_id IS NOT NULL AND (a.unit_price IS NOT NULL OR NOT a.stacks_on_level) THEN l.list_price
        ELSE l.list_price * (1 - coalesce(v.discount_rate, 0))
    END AS level_price,
    CASE
        WHEN s.unit_price IS NOT NULL THEN s.unit_price
        WHEN o.promotion_id IS NOT NULL THEN coalesce(o.unit_price,
            round(l.list_price * CASE WHEN o.stacks_on_level THEN 1 - coalesce(v.discount_rate, 0) ELSE 1 END * (1 - o.discount_rate), 4))
        WHEN a.promotion_id IS NOT NULL THEN coalesce(a.unit_price,
            round(l.list_price * CASE WHEN a.stacks_on_level THEN 1 - coalesce(v.discount_rate, 0) ELSE 1 END * (1 - a.discount_rate), 4))
        WHEN v.discount_rate IS NOT NULL THEN round(l.list_price * (1 - v.discount_rate), 4)
        ELSE l.list_price
    END AS authorized_price,
    CASE
        WHEN s.unit_price IS NOT NULL THEN 'special_price'::text
        WHEN o.promotion_id IS NOT NULL OR a.promotion_id IS NOT NULL THEN 'promotion'::text
        WHEN l.list_price IS NULL THEN NULL::text
        WHEN v.discount_rate IS NOT NULL THEN 'discount_level'::text
        ELSE 'price_list'::text
    END AS rule_kind,
    CASE
        WHEN s.unit_price IS NOT NULL THEN q.distributor_id || '/' || s.special_price_id || '/' || q.product_id
        WHEN o.promotion_id IS NOT NULL THEN o.promotion_id || '/' || o.item_no
        WHEN a.promotion_id IS NOT NULL THEN a.promotion_id || '/' || a.item_no
        WHEN l.list_price IS NULL THEN NULL::text
        WHEN v.discount_rate IS NOT NULL THEN v.agreement_id || '/' || v.version_no || '/' || v.level_no
        ELSE l.price_list_id || '/' || l.product_id || '/' || l.listed_from
    END AS rule_id,
    q.recorded_at
FROM priced_line AS q
JOIN distributor AS d ON d.distributor_id = q.distributor_id
LEFT JOIN list_price_segment AS l
    ON l.territory_key = coalesce(d.territory_id, -1)
    AND l.currency_code IS NOT DISTINCT FROM q.currency_code
    AND l.product_id = q.product_id
    AND q.fact_on >= l.starts_on
    AND q.fact_on < l.ends_before
LEFT JOIN discount_level_segment AS v
    ON v.distributor_id = q.distributor_id
    AND v.currency_code IS NOT DISTINCT FROM q.currency_code
    AND NOT l.is_excluded
    AND q.fact_on >= v.starts_on
    AND q.fact_on < v.ends_before
LEFT JOIN promotion_segment AS o
    ON o.distributor_key = q.distributor_id
    AND o.currency_code IS NOT DISTINCT FROM q.currency_code
    AND o.product_id = q.product_id
    AND q.fact_on >= o.starts_on
    AND q.fact_on < o.ends_before
    AND abs(q.quantity) >= o.from_qty
    AND abs(q.quantity) < o.below_qty
LEFT JOIN promotion_segment AS a
    ON a.distributor_key = -1
    AND a.territory_key = coalesce(d.territory_id, -1)
    AND a.currency_code IS NOT DISTINCT FROM q.currency_code
    AND a.product_id = q.product_id
    AND q.fact_on >= a.starts_on
    AND q.fact_on < a.ends_before
    AND abs(q.quantity) >= a.from_qty
    AND abs(q.quantity) < a.below_qty
LEFT JOIN special_price_terms AS s
    ON s.distributor_id = q.distributor_id
    AND s.authorization_no = q.contract_no
    AND s.product_id = q.product_id
    AND s.currency_code IS NOT DISTINCT FROM q.currency_code
    AND q.fact_on BETWEEN s.valid_from AND s.valid_to
    AND (s.end_customer_id = q.end_customer_id) IS NOT FALSE
    AND (s.reseller_id = q.reseller_id) IS NOT FALSE
    AND (s.territory_id IS NULL OR sale_is_in_territory(s.territory_id, q.end_customer_id, q.reseller_id));
COMMENT ON VIEW line_price IS 'One row = a row of sell_in or sell_through and the price that the vendor has authorized for it, by which rule: special price, promotion, discount level or price list, the first that applies. For a sale it is what the goods may cost the distributor';
COMMENT ON COLUMN line_price.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN line_price.distributor_id IS 'The distributor';
COMMENT ON COLUMN line_price.fact_on IS 'Activity date';
COMMENT ON COLUMN line_price.fact_id IS 'Key of the row, with distributor and day';
COMMENT ON COLUMN line_price.product_id IS 'The product';
COMMENT ON COLUMN line_price.reseller_id IS 'To whom it was sold through; NULL = not known, or sell-in';
COMMENT ON COLUMN line_price.end_customer_id IS 'Who uses it; NULL = not known, or sell-in';
COMMENT ON COLUMN line_price.contract_no IS 'Authorization that it refers to; NULL = none';
COMMENT ON COLUMN line_price.quantity IS 'Base units; a reversal has the opposite quantity. Additive';
COMMENT ON COLUMN line_price.unit_price IS 'Price of one base unit on the row: the vendor''s net price (sell_in) or the resale price (sell_through)';
COMMENT ON COLUMN line_price.stated_list_price IS 'List price that stands on the row of sell-in; NULL = none';
COMMENT ON COLUMN line_price.currency_code IS 'Currency of all prices';
COMMENT ON COLUMN line_price.list_price IS 'List price of the price book on the day; NULL = the product is on no list';
COMMENT ON COLUMN line_price.is_excluded IS 'Whether the product gets no discount of a level on the day; NULL = it is on no list';
COMMENT ON COLUMN line_price.level_rate IS 'Discount of the agreement''s level on the day, as a fraction; 0 = none';
COMMENT ON COLUMN line_price.level_price IS 'List price less the level, where the level is a part of the authorized price; else the list price. Full precision';
COMMENT ON COLUMN line_price.authorized_price IS 'Price of one base unit that is authorized; NULL = no rule has a price';
COMMENT ON COLUMN line_price.rule_kind IS 'special_price, promotion, discount_level or price_list; NULL = none';
COMMENT ON COLUMN line_price.rule_id IS 'Key of the rule, parts divided by /: distributor, authorization, product; promotion, item; agreement, version, level; price list, product, first day';
COMMENT ON COLUMN line_price.recorded_at IS 'Since when the row is known';

CREATE TYPE price_question AS (
    distributor_id bigint,
    product_id bigint,
    quantity numeric,
    currency_code text,
    fact_on date,
    end_customer_id bigint,
    reseller_id bigint,
    authorization_no text
);
COMMENT ON TYPE price_question IS 'A line whose price is asked for';
COMMENT ON COLUMN price_question.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_question.product_id IS 'The product';
COMMENT ON COLUMN price_question.quantity IS 'Base units';
COMMENT ON COLUMN price_question.currency_code IS 'Currency';
COMMENT ON COLUMN price_question.fact_on IS 'The day';
COMMENT ON COLUMN price_question.end_customer_id IS 'For which end customer; NULL = none in particular';
COMMENT ON COLUMN price_question.reseller_id IS 'Through which reseller; NULL = not known';
COMMENT ON COLUMN price_question.authorization_no IS 'Special price authorization that is referred to; NULL = whichever covers the end customer';

CREATE FUNCTION authorized_prices(p_lines price_question[]) RETURNS TABLE (
    line_no bigint,
    list_price numeric,
    level_rate numeric,
    authorized_price numeric,
    rule_kind text,
    rule_id text,
    floor_price numeric,
    price_floor_id bigint
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
DECLARE
    v_products bigint[] := ARRAY(SELECT DISTINCT u.product_id FROM unnest(p_lines) AS u);
    v_distributors bigint[] := ARRAY(SELECT DISTINCT u.distributor_id FROM unnest(p_lines) AS u);
BEGIN
    RETURN QUERY
    WITH special AS (
        SELECT DISTINCT ON (u.line_no) u.line_no, t.special_price_id, t.unit_price
        FROM unnest(p_lines) WITH ORDINALITY AS u (
            distributor_id, product_id, quantity, currency_code, fact_on, end_customer_id, reseller_id, authorization_no, line_no)
        JOIN special_price_terms AS t
            ON t.distributor_id = u.distributor_id
            AND t.product_id = u.product_id
            AND t.currency_code = u.currency_code
            AND u.fact_on BETWEEN t.valid_from AND t.valid_to
            AND (t.left_qty >= u.quantity) IS NOT FALSE
            AND CASE
                WHEN u.authorization_no IS NOT NULL THEN t.authorization_no = u.authorization_no
                    AND (t.end_customer_id = u.end_customer_id) IS NOT FALSE
                    AND (t.reseller_id = u.reseller_id) IS NOT FALSE
                ELSE t.project_name IS NULL
                    AND t.end_customer_id = u.end_customer_id
                    AND (t.reseller_id IS NULL OR t.reseller_id = u.reseller_id)
            END
            AND (t.territory_id IS NULL OR sale_is_in_territory(t.territory_id, u.end_customer_id, u.reseller_id))
        ORDER BY u.line_no, t.reseller_id IS NULL, t.unit_price, t.special_price_id
    )
    SELECT q.line_no,
        l.list_price::numeric,
        coalesce(v.discount_rate, 0)::numeric,
        CASE
            WHEN s.unit_price IS NOT NULL THEN s.unit_price
            WHEN o.promotion_id IS NOT NULL THEN coalesce(o.unit_price,
                round(l.list_price * CASE WHEN o.stacks_on_level THEN 1 - coalesce(v.discount_rate, 0) ELSE 1 END * (1 - o.discount_rate), 4))
            WHEN a.promotion_id IS NOT NULL THEN coalesce(a.unit_price,
                round(l.list_price * CASE WHEN a.stacks_on_level THEN 1 - coalesce(v.discount_rate, 0) ELSE 1 END * (1 - a.discount_rate), 4))
            WHEN v.discount_rate IS NOT NULL THEN round(l.list_price * (1 - v.discount_rate), 4)
            ELSE l.list_price
        END::numeric,
        CASE
            WHEN s.unit_price IS NOT NULL THEN 'special_price'::text
            WHEN o.promotion_id IS NOT NULL OR a.promotion_id IS NOT NULL THEN 'promotion'::text
            WHEN l.list_price IS NULL THEN NULL::text
            WHEN v.discount_rate IS NOT NULL THEN 'discount_level'::text
            ELSE 'price_list'::text
        END,
        CASE
            WHEN s.unit_price IS NOT NULL THEN q.distributor_id || '/' || s.special_price_id || '/' || q.product_id
            WHEN o.promotion_id IS NOT NULL THEN o.promotion_id || '/' || o.item_no
            WHEN a.promotion_id IS NOT NULL THEN a.promotion_id || '/' || a.item_no
            WHEN l.list_price IS NULL THEN NULL::text
            WHEN v.discount_rate IS NOT NULL THEN v.agreement_id || '/' || v.version_no || '/' || v.level_no
            ELSE l.price_list_id || '/' || l.product_id || '/' || l.listed_from
        END,
        coalesce(greatest(fd.floor_price, ft.floor_price), fg.floor_price)::numeric,
        CASE
            WHEN fd.floor_price >= ft.floor_price OR ft.floor_price IS NULL THEN coalesce(fd.price_floor_id, fg.price_floor_id)
            ELSE ft.price_floor_id
        END
    FROM unnest(p_lines) WITH ORDINALITY AS q (
        distributor_id, product_id, quantity, currency_code, fact_on, end_customer_id, reseller_id, authorization_no, line_no)
    LEFT JOIN distributor AS d ON d.distributor_id = q.distributor_id
    LEFT JOIN list_price_segment AS l
        ON l.product_id = ANY (v_products)
        AND l.territory_key = coalesce(d.territory_id, -1)
        AND l.currency_code = q.currency_code
        AND l.product_id = q.product_id
        AND q.fact_on >= l.starts_on
        AND q.fact_on < l.ends_before
    LEFT JOIN discount_level_segment AS v
        ON v.distributor_id = ANY (v_distributors)
        AND v.distributor_id = q.distributor_id
        AND v.currency_code = q.currency_code
        AND NOT l.is_excluded
        AND q.fact_on >= v.starts_on
        AND q.fact_on < v.ends_before
    LEFT JOIN promotion_segment AS o
        ON o.product_id = ANY (v_products)
        AND o.distributor_key = q.distributor_id
        AND o.currency_code = q.currency_code
        AND o.product_id = q.product_id
        AND q.fact_on >= o.starts_on
        AND q.fact_on < o.ends_before
        AND abs(q.quantity) >= o.from_qty
        AND abs(q.quantity) < o.below_qty
    LEFT JOIN promotion_segment AS a
        ON a.product_id = ANY (v_products)
        AND a.distributor_key = -1
        AND a.territory_key = coalesce(d.territory_id, -1)
        AND a.currency_code = q.currency_code
        AND a.product_id = q.product_id
        AND q.fact_on >= a.starts_on
        AND q.fact_on < a.ends_before
        AND abs(q.quantity) >= a.from_qty
        AND abs(q.quantity) < a.below_qty
    LEFT JOIN special AS s ON s.line_no = q.line_no
    LEFT JOIN price_floor AS fd
        ON fd.applies_to = CASE WHEN s.unit_price IS NULL THEN 'vendor_net_price'::text ELSE 'special_price'::text END
        AND fd.product_id = q.product_id
        AND fd.currency_code = q.currency_code
        AND fd.distributor_id = q.distributor_id
        AND q.fact_on >= fd.valid_from
        AND q.fact_on <= coalesce(fd.valid_to, 'infinity'::date)
    LEFT JOIN price_floor AS ft
        ON ft.applies_to = CASE WHEN s.unit_price IS NULL THEN 'vendor_net_price'::text ELSE 'special_price'::text END
        AND ft.product_id = q.product_id
        AND ft.currency_code = q.currency_code
        AND ft.territory_id = d.territory_id
        AND q.fact_on >= ft.valid_from
        AND q.fact_on <= coalesce(ft.valid_to, 'infinity'::date)
    LEFT JOIN price_floor AS fg
        ON fg.applies_to = CASE WHEN s.unit_price IS NULL THEN 'vendor_net_price'::text ELSE 'special_price'::text END
        AND fg.product_id = q.product_id
        AND fg.currency_code = q.currency_code
        AND num_nonnulls(fg.distributor_id, fg.territory_id) = 0
        AND q.fact_on >= fg.valid_from
        AND q.fact_on <= coalesce(fg.valid_to, 'infinity'::date);
END
$$;
COMMENT ON FUNCTION authorized_prices(price_question[]) IS
    'authorized_price() for many lines: one row for each (line_no = its place, from 1), in any order. No rule: prices NULL. A special price counts only where enough of it is left for the line';

CREATE FUNCTION authorized_price(
    p_distributor text,
    p_product text,
    p_quantity numeric,
    p_end_customer_id bigint,
    p_on date,
    p_reseller text DEFAULT NULL,
    p_authorization_no text DEFAULT NULL,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    unit_price numeric,
    amount numeric,
    currency_code text,
    list_price numeric,
    discount_rate numeric,
    rule_kind text,
    rule_id text,
    floor_price numeric,
    price_floor_id bigint
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_currency text := p_currency_code;
BEGIN
    IF v_currency IS NULL THEN
        SELECT x.currency_code INTO v_currency FROM purchase_price(p_distributor, p_product, p_quantity, p_on) AS x;
    END IF;
    RETURN QUERY
    SELECT a.authorized_price,
        round(a.authorized_price * p_quantity, c.minor_unit),
        v_currency,
        a.list_price,
        1 - a.authorized_price / nullif(a.list_price, 0),
        a.rule_kind,
        a.rule_id,
        a.floor_price,
        a.price_floor_id
    FROM authorized_prices(ARRAY(
        SELECT ROW(d.distributor_id, p.product_id, p_quantity, v_currency, p_on, p_end_customer_id,
            (SELECT r.reseller_id FROM reseller AS r WHERE r.reseller_code = p_reseller), p_authorization_no)::price_question
        FROM distributor AS d
        CROSS JOIN product AS p
        WHERE d.distributor_code = p_distributor
            AND p.product_code = p_product)) AS a
    LEFT JOIN currency AS c ON c.currency_code = v_currency
    WHERE a.authorized_price IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD064',
            MESSAGE = 'product has no price for the distributor',
            DETAIL = format('Distributor %L, product %L, %s, %s.', p_distributor, p_product, coalesce(p_on::text, '(no day)'),
                coalesce(v_currency, '(no currency)')),
            HINT = 'Enter the product in a price list that holds on the day in the distributor''s territory, or in one without territory.';
    END IF;
END
$$;
COMMENT ON FUNCTION authorized_price(text, text, numeric, bigint, date, text, text, text) IS
    'The price that the vendor has authorized for a line, by the first rule that applies: special_price (the end customer''s, or p_authorization_no, with enough left) > promotion > discount_level > price_list; the rule''s key and the floor for such a price. Prices per base unit, amount rounded once. Currency NULL = that of purchase_price(). ZD064 when no rule has a price';
