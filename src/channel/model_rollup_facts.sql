-- channel: what the rollups must say, from the facts: for verify_rollups() and
-- rebuild_rollups(). Reversals are rows like any other here; see model_rollup.

CREATE VIEW rollup_day_facts WITH (security_invoker = true) AS
SELECT u.distributor_id,
    u.activity_on,
    u.currency_code,
    sum(u.sell_in_qty) AS sell_in_qty,
    sum(u.sell_in_amount) AS sell_in_amount,
    sum(u.vendor_return_qty) AS vendor_return_qty,
    sum(u.vendor_return_amount) AS vendor_return_amount,
    sum(u.drop_ship_in_qty) AS drop_ship_in_qty,
    sum(u.sell_through_qty) AS sell_through_qty,
    sum(u.sell_through_amount) AS sell_through_amount,
    sum(u.customer_return_qty) AS customer_return_qty,
    sum(u.customer_return_amount) AS customer_return_amount,
    sum(u.drop_ship_out_qty) AS drop_ship_out_qty,
    sum(u.sell_in_lines)::bigint AS sell_in_lines,
    sum(u.sell_through_lines)::bigint AS sell_through_lines
FROM (
    SELECT f.distributor_id,
        f.shipped_on AS activity_on,
        f.currency_code,
        sum(f.quantity) AS sell_in_qty,
        sum(f.amount) AS sell_in_amount,
        -coalesce(sum(f.quantity) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS vendor_return_qty,
        -coalesce(sum(f.amount) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS vendor_return_amount,
        coalesce(sum(f.quantity) FILTER (WHERE f.is_drop_ship), 0) AS drop_ship_in_qty,
        0::numeric AS sell_through_qty,
        0::numeric AS sell_through_amount,
        0::numeric AS customer_return_qty,
        0::numeric AS customer_return_amount,
        0::numeric AS drop_ship_out_qty,
        sum(CASE f.entry_kind WHEN 'reversal' THEN -1 ELSE 1 END) AS sell_in_lines,
        0::bigint AS sell_through_lines
    FROM sell_in AS f
    GROUP BY f.distributor_id, f.shipped_on, f.currency_code
    UNION ALL
    SELECT f.distributor_id,
        f.sold_on AS activity_on,
        f.currency_code,
        0::numeric AS sell_in_qty,
        0::numeric AS sell_in_amount,
        0::numeric AS vendor_return_qty,
        0::numeric AS vendor_return_amount,
        0::numeric AS drop_ship_in_qty,
        sum(f.quantity) AS sell_through_qty,
        coalesce(sum(f.amount), 0) AS sell_through_amount,
        -coalesce(sum(f.quantity) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS customer_return_qty,
        -coalesce(sum(f.amount) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS customer_return_amount,
        coalesce(sum(f.quantity) FILTER (WHERE f.transfer_type = 'DS'), 0) AS drop_ship_out_qty,
        0::bigint AS sell_in_lines,
        sum(CASE f.entry_kind WHEN 'reversal' THEN -1 ELSE 1 END) AS sell_through_lines
    FROM sell_through AS f
    GROUP BY f.distributor_id, f.sold_on, f.currency_code
) AS u
GROUP BY u.distributor_id, u.activity_on, u.currency_code;
COMMENT ON VIEW rollup_day_facts IS 'One row = what one distributor bought and sold on a day, in one currency, from all facts. Reads everything';
COMMENT ON COLUMN rollup_day_facts.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_day_facts.activity_on IS 'Day of activity';
COMMENT ON COLUMN rollup_day_facts.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_day_facts.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day_facts.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_day_facts.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day_facts.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day_facts.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day_facts.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day_facts.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_day_facts.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day_facts.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day_facts.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day_facts.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_day_facts.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE VIEW rollup_product_month_facts WITH (security_invoker = true) AS
SELECT u.distributor_id,
    u.product_id,
    u.month_on,
    u.currency_code,
    sum(u.sell_in_qty) AS sell_in_qty,
    sum(u.sell_in_amount) AS sell_in_amount,
    sum(u.vendor_return_qty) AS vendor_return_qty,
    sum(u.vendor_return_amount) AS vendor_return_amount,
    sum(u.drop_ship_in_qty) AS drop_ship_in_qty,
    sum(u.sell_through_qty) AS sell_through_qty,
    sum(u.sell_through_amount) AS sell_through_amount,
    sum(u.customer_return_qty) AS customer_return_qty,
    sum(u.customer_return_amount) AS customer_return_amount,
    sum(u.drop_ship_out_qty) AS drop_ship_out_qty,
    sum(u.sell_in_lines)::bigint AS sell_in_lines,
    sum(u.sell_through_lines)::bigint AS sell_through_lines
FROM (
    SELECT f.distributor_id,
        f.product_id,
        date_trunc('month', f.shipped_on::timestamp)::date AS month_on,
        f.currency_code,
        sum(f.quantity) AS sell_in_qty,
        sum(f.amount) AS sell_in_amount,
        -coalesce(sum(f.quantity) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS vendor_return_qty,
        -coalesce(sum(f.amount) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS vendor_return_amount,
        coalesce(sum(f.quantity) FILTER (WHERE f.is_drop_ship), 0) AS drop_ship_in_qty,
        0::numeric AS sell_through_qty,
        0::numeric AS sell_through_amount,
        0::numeric AS customer_return_qty,
        0::numeric AS customer_return_amount,
        0::numeric AS drop_ship_out_qty,
        sum(CASE f.entry_kind WHEN 'reversal' THEN -1 ELSE 1 END) AS sell_in_lines,
        0::bigint AS sell_through_lines
    FROM sell_in AS f
    GROUP BY f.distributor_id, f.product_id, date_trunc('month', f.shipped_on::timestamp)::date, f.currency_code
    UNION ALL
    SELECT f.distributor_id,
        f.product_id,
        date_trunc('month', f.sold_on::timestamp)::date AS month_on,
        f.currency_code,
        0::numeric AS sell_in_qty,
        0::numeric AS sell_in_amount,
        0::numeric AS vendor_return_qty,
        0::numeric AS vendor_return_amount,
        0::numeric AS drop_ship_in_qty,
        sum(f.quantity) AS sell_through_qty,
        coalesce(sum(f.amount), 0) AS sell_through_amount,
        -coalesce(sum(f.quantity) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS customer_return_qty,
        -coalesce(sum(f.amount) FILTER (WHERE (f.quantity < 0) <> (f.entry_kind = 'reversal')), 0) AS customer_return_amount,
        coalesce(sum(f.quantity) FILTER (WHERE f.transfer_type = 'DS'), 0) AS drop_ship_out_qty,
        0::bigint AS sell_in_lines,
        sum(CASE f.entry_kind WHEN 'reversal' THEN -1 ELSE 1 END) AS sell_through_lines
    FROM sell_through AS f
    GROUP BY f.distributor_id, f.product_id, date_trunc('month', f.sold_on::timestamp)::date, f.currency_code
) AS u
GROUP BY u.distributor_id, u.product_id, u.month_on, u.currency_code;
COMMENT ON VIEW rollup_product_month_facts IS 'One row = what one distributor bought and sold of a product in a calendar month, in one currency, from all facts. Reads everything';
COMMENT ON COLUMN rollup_product_month_facts.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_product_month_facts.product_id IS 'The product';
COMMENT ON COLUMN rollup_product_month_facts.month_on IS 'First day of the calendar month of activity';
COMMENT ON COLUMN rollup_product_month_facts.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_product_month_facts.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month_facts.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_facts.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month_facts.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_facts.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month_facts.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month_facts.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_facts.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month_facts.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_facts.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month_facts.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_product_month_facts.sell_through_lines IS 'Lines of sell-through that stand. Additive';
