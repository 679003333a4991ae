-- price, the waterfall: from the list price of a line over the invoice to what is
-- left in the vendor's pocket, each step by its cause.

CREATE VIEW line_rebate WITH (security_invoker = true) AS
SELECT a.distributor_id,
    a.fact_table,
    a.fact_on,
    a.fact_id,
    s.currency_code,
    sum(a.allocated_amount) AS rebate_amount
FROM rebate_statement_standing AS s
JOIN statement_allocation AS a
    ON a.distributor_id = s.distributor_id
    AND a.rebate_statement_id = s.rebate_statement_id
GROUP BY a.distributor_id, a.fact_table, a.fact_on, a.fact_id, s.currency_code;
COMMENT ON VIEW line_rebate IS 'One row = what the newest statements allocate to a line in one currency, all programs together';
COMMENT ON COLUMN line_rebate.distributor_id IS 'The distributor';
COMMENT ON COLUMN line_rebate.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN line_rebate.fact_on IS 'Activity date of the line';
COMMENT ON COLUMN line_rebate.fact_id IS 'Key of the line';
COMMENT ON COLUMN line_rebate.currency_code IS 'Currency';
COMMENT ON COLUMN line_rebate.rebate_amount IS 'Rebates of the line. Additive within a currency';

CREATE VIEW price_waterfall WITH (security_invoker = true) AS
WITH given AS (
    SELECT g.distributor_id,
        g.fact_on,
        g.fact_id,
        sum(g.amount) FILTER (WHERE g.incentive_kind = 'rebate') AS rebate_amount,
        sum(g.amount) FILTER (WHERE g.incentive_kind = 'ship_debit') AS ship_debit_amount,
        sum(g.amount) FILTER (WHERE g.incentive_kind = 'price_protection') AS protection_amount,
        sum(g.amount) FILTER (WHERE g.incentive_kind = 'fund') AS fund_amount,
        sum(g.amount) FILTER (WHERE g.incentive_kind IN ('terms', 'freight', 'other')) AS other_amount
    FROM (
        SELECT r.distributor_id,
            r.fact_on,
            r.fact_id,
            'rebate'::text AS incentive_kind,
            convert_amount(r.rebate_amount, r.currency_code, f.currency_code, f.shipped_on) AS amount
        FROM line_rebate AS r
        JOIN sell_in AS f
            ON f.distributor_id = r.distributor_id
            AND f.shipped_on = r.fact_on
            AND f.sell_in_id = r.fact_id
        WHERE r.fact_table = 'sell_in'
        UNION ALL
        SELECT i.distributor_id,
            i.fact_on,
            i.fact_id,
            i.incentive_kind,
            convert_amount(i.amount, i.currency_code, f.currency_code, f.shipped_on) AS amount
        FROM line_incentive AS i
        JOIN sell_in AS f
            ON f.distributor_id = i.distributor_id
            AND f.shipped_on = i.fact_on
            AND f.sell_in_id = i.fact_id
        WHERE i.fact_table = 'sell_in'
    ) AS g
    GROUP BY g.distributor_id, g.fact_on, g.fact_id
)
SELECT p.distributor_id,
    p.fact_on AS shipped_on,
    p.fact_id AS sell_in_id,
    p.product_id,
    p.currency_code,
    p.quantity,
    p.list_price * p.quantity AS list_amount,
    (p.list_price - p.level_price) * p.quantity AS level_amount,
    CASE WHEN p.rule_kind = 'promotion' THEN p.level_price - p.authorized_price ELSE 0 END * p.quantity AS promotion_amount,
    CASE WHEN p.rule_kind = 'special_price' THEN p.level_price - p.authorized_price ELSE 0 END * p.quantity AS special_amount,
    (CASE WHEN p.rule_kind IN ('promotion', 'special_price') THEN p.authorized_price ELSE p.level_price END - p.unit_price) * p.quantity AS off_rule_amount,
    p.unit_price * p.quantity AS invoice_amount,
    coalesce(g.rebate_amount, 0) AS rebate_amount,
    coalesce(g.ship_debit_amount, 0) AS ship_debit_amount,
    coalesce(g.protection_amount, 0) AS protection_amount,
    coalesce(g.fund_amount, 0) AS fund_amount,
    coalesce(g.other_amount, 0) AS other_amount,
    p.unit_price * p.quantity - coalesce(g.rebate_amount, 0) - coalesce(g.ship_debit_amount, 0)
        - coalesce(g.protection_amount, 0) - coalesce(g.fund_amount, 0) - coalesce(g.other_amount, 0) AS pocket_amount,
    p.rule_kind,
    p.rule_id
FROM line_price AS p
LEFT JOIN given AS g
    ON g.distributor_id = p.distributor_id
    AND g.fact_on = p.fact_on
    AND g.fact_id = p.fact_id
WHERE p.fact_table = 'sell_in';
COMMENT ON VIEW price_waterfall IS 'One row = a row of sell_in, from list to pocket: list − level − promotion − special price − off rule = invoice; invoice − rebates − ship-and-debit − protection − funds − other = pocket. Amounts in the currency of the row, full precision; reversals have the opposite sign, so that sums are right';
COMMENT ON COLUMN price_waterfall.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_waterfall.shipped_on IS 'Day of shipment';
COMMENT ON COLUMN price_waterfall.sell_in_id IS 'Key of the row, with distributor and day';
COMMENT ON COLUMN price_waterfall.product_id IS 'The product';
COMMENT ON COLUMN price_waterfall.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN price_waterfall.quantity IS 'Base units. Additive';
COMMENT ON COLUMN price_waterfall.list_amount IS 'At the list price of the day; NULL = the product was on no list. Additive within a currency';
COMMENT ON COLUMN price_waterfall.level_amount IS 'Discount of the agreement''s level. Additive within a currency';
COMMENT ON COLUMN price_waterfall.promotion_amount IS 'Discount of a promotion. Additive within a currency';
COMMENT ON COLUMN price_waterfall.special_amount IS 'Discount of a special price authorization. Additive within a currency';
COMMENT ON COLUMN price_waterfall.off_rule_amount IS 'What is less (positive) or more (negative) than any rule authorizes. Additive within a currency';
COMMENT ON COLUMN price_waterfall.invoice_amount IS 'Net price × quantity. Additive within a currency';
COMMENT ON COLUMN price_waterfall.rebate_amount IS 'Rebates by the newest statements. Additive within a currency';
COMMENT ON COLUMN price_waterfall.ship_debit_amount IS 'Ship-and-debit. Additive within a currency';
COMMENT ON COLUMN price_waterfall.protection_amount IS 'Price protection. Additive within a currency';
COMMENT ON COLUMN price_waterfall.fund_amount IS 'Market development funds. Additive within a currency';
COMMENT ON COLUMN price_waterfall.other_amount IS 'Terms, freight and other. Additive within a currency';
COMMENT ON COLUMN price_waterfall.pocket_amount IS 'What the vendor keeps. Additive within a currency';
COMMENT ON COLUMN price_waterfall.rule_kind IS 'Rule that the price was authorized by; NULL = none';
COMMENT ON COLUMN price_waterfall.rule_id IS 'Key of the rule, as in line_price';

CREATE FUNCTION price_waterfall_between(
    p_from date,
    p_to date,
    p_distributor text DEFAULT NULL
) RETURNS TABLE (
    distributor_code text,
    currency_code text,
    step_no integer,
    step text,
    amount numeric,
    of_list_pct numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    WITH summed AS MATERIALIZED (
        SELECT w.distributor_id, w.currency_code,
            -- Where a product is on no list, its invoice stands for it.
            sum(coalesce(w.list_amount, w.invoice_amount)) AS list_amount,
            sum(coalesce(w.level_amount, 0)) AS level_amount,
            sum(coalesce(w.promotion_amount, 0)) AS promotion_amount,
            sum(coalesce(w.special_amount, 0)) AS special_amount,
            sum(coalesce(w.off_rule_amount, 0)) AS off_rule_amount,
            sum(w.invoice_amount) AS invoice_amount
        FROM price_waterfall AS w
        JOIN distributor AS d ON d.distributor_id = w.distributor_id
        WHERE w.shipped_on BETWEEN p_from AND p_to
            AND (p_distributor IS NULL OR d.distributor_code = p_distributor)
        GROUP BY w.distributor_id, w.currency_code
    ),
    given AS MATERIALIZED (
        SELECT g.distributor_id, g.currency_code,
            sum(g.amount) FILTER (WHERE g.incentive_kind = 'rebate') AS rebate_amount,
            sum(g.amount) FILTER (WHERE g.incentive_kind = 'ship_debit') AS ship_debit_amount,
            sum(g.amount) FILTER (WHERE g.incentive_kind = 'price_protection') AS protection_amount,
            sum(g.amount) FILTER (WHERE g.incentive_kind = 'fund') AS fund_amount,
            sum(g.amount) FILTER (WHERE g.incentive_kind IN ('terms', 'freight', 'other')) AS other_amount
        FROM (
            SELECT r.distributor_id, r.currency_code, 'rebate'::text AS incentive_kind, r.rebate_amount AS amount
            FROM line_rebate AS r
            WHERE r.fact_on BETWEEN p_from AND p_to
            UNION ALL
            SELECT i.distributor_id, i.currency_code, i.incentive_kind, i.amount
            FROM line_incentive AS i
            WHERE i.fact_on BETWEEN p_from AND p_to
        ) AS g
        GROUP BY g.distributor_id, g.currency_code
    )
    SELECT d.distributor_code, s.currency_code, x.step_no, x.step, x.amount, round(100 * x.amount / nullif(s.list_amount, 0), 2)
    FROM summed AS s
    LEFT JOIN given AS g
        ON g.distributor_id = s.distributor_id
        AND g.currency_code = s.currency_code
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    CROSS JOIN LATERAL (
        VALUES (1, 'list', s.list_amount),
            (2, 'level', -s.level_amount),
            (3, 'promotion', -s.promotion_amount),
            (4, 'special price', -s.special_amount),
            (5, 'off rule', -s.off_rule_amount),
            (6, 'invoice', s.invoice_amount),
            (7, 'rebates', -coalesce(g.rebate_amount, 0)),
            (8, 'ship and debit', -coalesce(g.ship_debit_amount, 0)),
            (9, 'price protection', -coalesce(g.protection_amount, 0)),
            (10, 'funds', -coalesce(g.fund_amount, 0)),
            (11, 'other', -coalesce(g.other_amount, 0)),
            (12, 'pocket', s.invoice_amount - coalesce(g.rebate_amount, 0) - coalesce(g.ship_debit_amount, 0)
                - coalesce(g.protection_amount, 0) - coalesce(g.fund_amount, 0) - coalesce(g.other_amount, 0))
    ) AS x (step_no, step, amount)
$$;
COMMENT ON FUNCTION price_waterfall_between(date, date, text) IS
    'One row = a step of the waterfall of a distributor in a currency over the days p_from to p_to (both inclusive): list, discounts (negative), invoice, what was given afterwards for lines of sell-in and sell-through of those days (negative), pocket; of_list_pct = in per cent of list. Steps 1 to 5 add up to 6, steps 6 to 11 to 12; what was given in another currency is not in it';
