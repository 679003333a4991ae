-- channel: sell-in against sell-through, from the rollups.

CREATE VIEW channel_balance WITH (security_invoker = true) AS
SELECT f.distributor_id,
    d.distributor_code,
    f.month_on,
    f.currency_code,
    f.sell_in_qty,
    f.sell_in_amount,
    f.sell_through_qty,
    f.sell_through_amount,
    f.sell_in_qty - f.sell_through_qty AS build_qty,
    f.sell_through_qty / nullif(f.sell_in_qty, 0) AS sell_through_ratio,
    f.vendor_return_qty,
    f.customer_return_qty
FROM (
    SELECT r.distributor_id,
        date_trunc('month', r.activity_on::timestamp)::date AS month_on,
        r.currency_code,
        sum(r.sell_in_qty) AS sell_in_qty,
        sum(r.sell_in_amount) AS sell_in_amount,
        sum(r.sell_through_qty) AS sell_through_qty,
        sum(r.sell_through_amount) AS sell_through_amount,
        sum(r.vendor_return_qty) AS vendor_return_qty,
        sum(r.customer_return_qty) AS customer_return_qty
    FROM (
        SELECT y.distributor_id, y.activity_on, y.currency_code,
            y.sell_in_qty, y.sell_in_amount, y.sell_through_qty, y.sell_through_amount,
            y.vendor_return_qty, y.customer_return_qty
        FROM rollup_day AS y
        UNION ALL
        SELECT z.distributor_id, z.activity_on, z.currency_code,
            z.sell_in_qty, z.sell_in_amount, z.sell_through_qty, z.sell_through_amount,
            z.vendor_return_qty, z.customer_return_qty
        FROM rollup_day_delta AS z
    ) AS r
    GROUP BY r.distributor_id, date_trunc('month', r.activity_on::timestamp)::date, r.currency_code
) AS f
JOIN distributor AS d ON d.distributor_id = f.distributor_id;
COMMENT ON VIEW channel_balance IS 'One row = what a distributor bought and what it sold in a calendar month, in one currency';
COMMENT ON COLUMN channel_balance.distributor_id IS 'The distributor';
COMMENT ON COLUMN channel_balance.distributor_code IS 'Its short name';
COMMENT ON COLUMN channel_balance.month_on IS 'First day of the month of activity';
COMMENT ON COLUMN channel_balance.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN channel_balance.sell_in_qty IS 'Net sell-in in base units. Additive';
COMMENT ON COLUMN channel_balance.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN channel_balance.sell_through_qty IS 'Net sell-through in base units. Additive';
COMMENT ON COLUMN channel_balance.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN channel_balance.build_qty IS 'Sell-in less sell-through: above 0 the channel builds stock, below 0 it burns it. Additive';
COMMENT ON COLUMN channel_balance.sell_through_ratio IS 'Sell-through : sell-in, quantities; below 1 = the channel builds. NULL = nothing was bought. Not additive: use the quantities';
COMMENT ON COLUMN channel_balance.vendor_return_qty IS 'Returned to the vendor, positive, base units; taken off sell-in. Additive';
COMMENT ON COLUMN channel_balance.customer_return_qty IS 'Returned by customers, positive, base units; taken off sell-through. Additive';
