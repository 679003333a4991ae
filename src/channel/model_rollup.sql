-- channel: rollups of what was bought and sold, by distributor and day and by
-- distributor, product and month: the grains that compress the facts.
--
-- Nobody waits for anybody: a load appends what it changes to a delta table,
-- a few rows a statement, and fold_rollups() adds the deltas to the rollup
-- later. The views add up both, so that they are right at every moment, in
-- every snapshot. A correction needs no care: a reversal is the negative of
-- the row that it takes back (the triggers see to that), so that the sum of
-- all rows is the sum of those that stand.
--
-- The triggers run with the rights of the owner of the model: who may insert
-- facts need not be able to write rollups, and so cannot write wrong ones. They
-- read and write named tables only, and nobody else may hang them on a table.

CREATE TABLE rollup_day (
    distributor_id bigint NOT NULL,
    activity_on date NOT NULL,
    currency_code text NOT NULL,
    sell_in_qty numeric NOT NULL DEFAULT 0,
    sell_in_amount numeric NOT NULL DEFAULT 0,
    vendor_return_qty numeric NOT NULL DEFAULT 0,
    vendor_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_in_qty numeric NOT NULL DEFAULT 0,
    sell_through_qty numeric NOT NULL DEFAULT 0,
    sell_through_amount numeric NOT NULL DEFAULT 0,
    customer_return_qty numeric NOT NULL DEFAULT 0,
    customer_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_out_qty numeric NOT NULL DEFAULT 0,
    sell_in_lines bigint NOT NULL DEFAULT 0,
    sell_through_lines bigint NOT NULL DEFAULT 0,
    CONSTRAINT rollup_day_pkey PRIMARY KEY (distributor_id, activity_on, currency_code)
);
COMMENT ON TABLE rollup_day IS 'One row = what one distributor bought and sold on a day, in one currency, as far as folded; ask the view channel_day';
COMMENT ON COLUMN rollup_day.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_day.activity_on IS 'Day of activity';
COMMENT ON COLUMN rollup_day.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_day.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_day.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_day.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_day.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE TABLE rollup_day_delta (
    distributor_id bigint NOT NULL,
    activity_on date NOT NULL,
    currency_code text NOT NULL,
    sell_in_qty numeric NOT NULL DEFAULT 0,
    sell_in_amount numeric NOT NULL DEFAULT 0,
    vendor_return_qty numeric NOT NULL DEFAULT 0,
    vendor_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_in_qty numeric NOT NULL DEFAULT 0,
    sell_through_qty numeric NOT NULL DEFAULT 0,
    sell_through_amount numeric NOT NULL DEFAULT 0,
    customer_return_qty numeric NOT NULL DEFAULT 0,
    customer_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_out_qty numeric NOT NULL DEFAULT 0,
    sell_in_lines bigint NOT NULL DEFAULT 0,
    sell_through_lines bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE rollup_day_delta IS 'One row = a part of what one distributor bought and sold on a day, in one currency, not folded into rollup_day yet; ask the view channel_day';
COMMENT ON COLUMN rollup_day_delta.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_day_delta.activity_on IS 'Day of activity';
COMMENT ON COLUMN rollup_day_delta.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_day_delta.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day_delta.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_day_delta.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day_delta.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day_delta.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day_delta.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_day_delta.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_day_delta.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_day_delta.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_day_delta.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_day_delta.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_day_delta.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE VIEW channel_day WITH (security_invoker = true) AS
SELECT r.distributor_id,
    r.activity_on,
    r.currency_code,
    sum(r.sell_in_qty) AS sell_in_qty,
    sum(r.sell_in_amount) AS sell_in_amount,
    sum(r.vendor_return_qty) AS vendor_return_qty,
    sum(r.vendor_return_amount) AS vendor_return_amount,
    sum(r.drop_ship_in_qty) AS drop_ship_in_qty,
    sum(r.sell_through_qty) AS sell_through_qty,
    sum(r.sell_through_amount) AS sell_through_amount,
    sum(r.customer_return_qty) AS customer_return_qty,
    sum(r.customer_return_amount) AS customer_return_amount,
    sum(r.drop_ship_out_qty) AS drop_ship_out_qty,
    sum(r.sell_in_lines)::bigint AS sell_in_lines,
    sum(r.sell_through_lines)::bigint AS sell_through_lines
FROM (
    SELECT f.distributor_id,
        f.activity_on,
        f.currency_code,
        f.sell_in_qty,
        f.sell_in_amount,
        f.vendor_return_qty,
        f.vendor_return_amount,
        f.drop_ship_in_qty,
        f.sell_through_qty,
        f.sell_through_amount,
        f.customer_return_qty,
        f.customer_return_amount,
        f.drop_ship_out_qty,
        f.sell_in_lines,
        f.sell_through_lines
    FROM rollup_day AS f
    UNION ALL
    SELECT d.distributor_id,
        d.activity_on,
        d.currency_code,
        d.sell_in_qty,
        d.sell_in_amount,
        d.vendor_return_qty,
        d.vendor_return_amount,
        d.drop_ship_in_qty,
        d.sell_through_qty,
        d.sell_through_amount,
        d.customer_return_qty,
        d.customer_return_amount,
        d.drop_ship_out_qty,
        d.sell_in_lines,
        d.sell_through_lines
    FROM rollup_day_delta AS d
) AS r
GROUP BY r.distributor_id, r.activity_on, r.currency_code;
COMMENT ON VIEW channel_day IS 'One row = what one distributor bought and sold on a day, in one currency, all facts counted: rollup and deltas together';
COMMENT ON COLUMN channel_day.distributor_id IS 'The distributor';
COMMENT ON COLUMN channel_day.activity_on IS 'Day of activity';
COMMENT ON COLUMN channel_day.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN channel_day.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN channel_day.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN channel_day.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN channel_day.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN channel_day.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN channel_day.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN channel_day.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN channel_day.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN channel_day.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN channel_day.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN channel_day.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN channel_day.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE TABLE rollup_product_month (
    distributor_id bigint NOT NULL,
    product_id bigint NOT NULL,
    month_on date NOT NULL,
    currency_code text NOT NULL,
    sell_in_qty numeric NOT NULL DEFAULT 0,
    sell_in_amount numeric NOT NULL DEFAULT 0,
    vendor_return_qty numeric NOT NULL DEFAULT 0,
    vendor_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_in_qty numeric NOT NULL DEFAULT 0,
    sell_through_qty numeric NOT NULL DEFAULT 0,
    sell_through_amount numeric NOT NULL DEFAULT 0,
    customer_return_qty numeric NOT NULL DEFAULT 0,
    customer_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_out_qty numeric NOT NULL DEFAULT 0,
    sell_in_lines bigint NOT NULL DEFAULT 0,
    sell_through_lines bigint NOT NULL DEFAULT 0,
    CONSTRAINT rollup_product_month_pkey PRIMARY KEY (distributor_id, product_id, month_on, currency_code)
);
COMMENT ON TABLE rollup_product_month IS 'One row = what one distributor bought and sold of a product in a calendar month, in one currency, as far as folded; ask the view channel_product_month';
COMMENT ON COLUMN rollup_product_month.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_product_month.product_id IS 'The product';
COMMENT ON COLUMN rollup_product_month.month_on IS 'First day of the calendar month of activity';
COMMENT ON COLUMN rollup_product_month.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_product_month.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_product_month.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_product_month.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_product_month.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE TABLE rollup_product_month_delta (
    distributor_id bigint NOT NULL,
    product_id bigint NOT NULL,
    month_on date NOT NULL,
    currency_code text NOT NULL,
    sell_in_qty numeric NOT NULL DEFAULT 0,
    sell_in_amount numeric NOT NULL DEFAULT 0,
    vendor_return_qty numeric NOT NULL DEFAULT 0,
    vendor_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_in_qty numeric NOT NULL DEFAULT 0,
    sell_through_qty numeric NOT NULL DEFAULT 0,
    sell_through_amount numeric NOT NULL DEFAULT 0,
    customer_return_qty numeric NOT NULL DEFAULT 0,
    customer_return_amount numeric NOT NULL DEFAULT 0,
    drop_ship_out_qty numeric NOT NULL DEFAULT 0,
    sell_in_lines bigint NOT NULL DEFAULT 0,
    sell_through_lines bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE rollup_product_month_delta IS 'One row = a part of what one distributor bought and sold of a product in a calendar month, in one currency, not folded into rollup_product_month yet; ask the view channel_product_month';
COMMENT ON COLUMN rollup_product_month_delta.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_product_month_delta.product_id IS 'The product';
COMMENT ON COLUMN rollup_product_month_delta.month_on IS 'First day of the calendar month of activity';
COMMENT ON COLUMN rollup_product_month_delta.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rollup_product_month_delta.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month_delta.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_delta.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month_delta.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_delta.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month_delta.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN rollup_product_month_delta.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_delta.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN rollup_product_month_delta.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN rollup_product_month_delta.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN rollup_product_month_delta.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN rollup_product_month_delta.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE VIEW channel_product_month WITH (security_invoker = true) AS
SELECT r.distributor_id,
    r.product_id,
    r.month_on,
    r.currency_code,
    sum(r.sell_in_qty) AS sell_in_qty,
    sum(r.sell_in_amount) AS sell_in_amount,
    sum(r.vendor_return_qty) AS vendor_return_qty,
    sum(r.vendor_return_amount) AS vendor_return_amount,
    sum(r.drop_ship_in_qty) AS drop_ship_in_qty,
    sum(r.sell_through_qty) AS sell_through_qty,
    sum(r.sell_through_amount) AS sell_through_amount,
    sum(r.customer_return_qty) AS customer_return_qty,
    sum(r.customer_return_amount) AS customer_return_amount,
    sum(r.drop_ship_out_qty) AS drop_ship_out_qty,
    sum(r.sell_in_lines)::bigint AS sell_in_lines,
    sum(r.sell_through_lines)::bigint AS sell_through_lines
FROM (
    SELECT f.distributor_id,
        f.product_id,
        f.month_on,
        f.currency_code,
        f.sell_in_qty,
        f.sell_in_amount,
        f.vendor_return_qty,
        f.vendor_return_amount,
        f.drop_ship_in_qty,
        f.sell_through_qty,
        f.sell_through_amount,
        f.customer_return_qty,
        f.customer_return_amount,
        f.drop_ship_out_qty,
        f.sell_in_lines,
        f.sell_through_lines
    FROM rollup_product_month AS f
    UNION ALL
    SELECT d.distributor_id,
        d.product_id,
        d.month_on,
        d.currency_code,
        d.sell_in_qty,
        d.sell_in_amount,
        d.vendor_return_qty,
        d.vendor_return_amount,
        d.drop_ship_in_qty,
        d.sell_through_qty,
        d.sell_through_amount,
        d.customer_return_qty,
        d.customer_return_amount,
        d.drop_ship_out_qty,
        d.sell_in_lines,
        d.sell_through_lines
    FROM rollup_product_month_delta AS d
) AS r
GROUP BY r.distributor_id, r.product_id, r.month_on, r.currency_code;
COMMENT ON VIEW channel_product_month IS 'One row = what one distributor bought and sold of a product in a calendar month, in one currency, all facts counted: rollup and deltas together';
COMMENT ON COLUMN channel_product_month.distributor_id IS 'The distributor';
COMMENT ON COLUMN channel_product_month.product_id IS 'The product';
COMMENT ON COLUMN channel_product_month.month_on IS 'First day of the calendar month of activity';
COMMENT ON COLUMN channel_product_month.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN channel_product_month.sell_in_qty IS 'Net sell-in in base units, drop shipments included. Additive';
COMMENT ON COLUMN channel_product_month.sell_in_amount IS 'Net sell-in at the vendor''s net price. Additive within a currency';
COMMENT ON COLUMN channel_product_month.vendor_return_qty IS 'Of it returned to the vendor, as a positive number, base units. Additive';
COMMENT ON COLUMN channel_product_month.vendor_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN channel_product_month.drop_ship_in_qty IS 'Of the net sell-in, drop shipped, base units. Additive';
COMMENT ON COLUMN channel_product_month.sell_through_qty IS 'Net sell-through in base units, drop shipments included. Additive';
COMMENT ON COLUMN channel_product_month.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN channel_product_month.customer_return_qty IS 'Returned by customers, as a positive number, base units. Additive';
COMMENT ON COLUMN channel_product_month.customer_return_amount IS 'Value of these returns, positive. Additive within a currency';
COMMENT ON COLUMN channel_product_month.drop_ship_out_qty IS 'Of the net sell-through, drop shipped, base units. Additive';
COMMENT ON COLUMN channel_product_month.sell_in_lines IS 'Lines of sell-in that stand. Additive';
COMMENT ON COLUMN channel_product_month.sell_through_lines IS 'Lines of sell-through that stand. Additive';

CREATE FUNCTION roll_up_sell_in() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
SET enable_indexscan = on
SET enable_bitmapscan = off
SET enable_sort = off
SET enable_seqscan = off
AS $$
DECLARE
    v_has_reversal boolean;
    crooked record;
BEGIN
    WITH day AS MATERIALIZED (
        SELECT *
        FROM fact_groups('new_rows', '{distributor_id}', 'shipped_on', 'day', by_currency => true)
    ),
    appended AS (
        INSERT INTO rollup_day_delta (
            distributor_id, activity_on, currency_code,
            sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty, sell_in_lines
        )
        SELECT n.key_1, n.activity_on, n.currency_code,
            n.quantity,
            n.amount,
            n.returned_quantity,
            n.returned_amount,
            n.drop_ship_quantity,
            n.lines
        FROM day AS n
    )
    SELECT bool_or(n.has_reversal) INTO v_has_reversal FROM day AS n;

    INSERT INTO rollup_product_month_delta (
        distributor_id, product_id, month_on, currency_code,
        sell_in_qty, sell_in_amount, vendor_return_qty, vendor_return_amount, drop_ship_in_qty, sell_in_lines
    )
    SELECT n.key_1, n.key_2, n.activity_on, n.currency_code,
        n.quantity,
        n.amount,
        n.returned_quantity,
        n.returned_amount,
        n.drop_ship_quantity,
        n.lines
    FROM fact_groups('new_rows', '{distributor_id,product_id}', 'shipped_on', 'month', by_currency => true) AS n;

    -- Most statements have none; then the fact is not even looked at.
    IF v_has_reversal THEN
        SELECT n.distributor_id, n.shipped_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        CROSS JOIN LATERAL (
            -- Planned for a small table, any index that begins with the distributor
            -- is as good; in this order only the key gives it.
            SELECT f.*
            FROM sell_in AS f
            WHERE f.distributor_id = n.distributor_id
                AND f.shipped_on = n.corrects_shipped_on
                AND f.sell_in_id BETWEEN n.corrects_line_id AND n.corrects_line_id
            ORDER BY f.sell_in_id
            LIMIT 1
        ) AS o
        WHERE n.entry_kind = 'reversal'
            AND (n.shipped_on <> o.shipped_on OR
                        n.quantity <> -o.quantity OR
                        n.amount IS DISTINCT FROM -o.amount OR
                        n.warehouse_id <> o.warehouse_id OR
                        n.product_id <> o.product_id OR
                        n.arrives_on <> o.arrives_on OR
                        n.currency_code <> o.currency_code OR
                        n.is_drop_ship <> o.is_drop_ship)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of sell_in %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with quantity and amount negated; book what is true instead as a replacement.';
        END IF;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION roll_up_sell_in() IS
    'Trigger AFTER INSERT of sell_in with the transition table new_rows: appends what the statement changes to the rollups; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION roll_up_sell_in() FROM PUBLIC;

CREATE TRIGGER sell_in_rolled_up
    AFTER INSERT ON sell_in
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION roll_up_sell_in();
COMMENT ON TRIGGER sell_in_rolled_up ON sell_in IS 'Keeps the rollups by day and by product and month';

CREATE FUNCTION roll_up_sell_through() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
SET enable_indexscan = on
SET enable_bitmapscan = off
SET enable_sort = off
SET enable_seqscan = off
AS $$
DECLARE
    v_has_reversal boolean;
    crooked record;
BEGIN
    WITH day AS MATERIALIZED (
        SELECT *
        FROM fact_groups('new_rows', '{distributor_id}', 'sold_on', 'day', by_currency => true)
    ),
    appended AS (
        INSERT INTO rollup_day_delta (
            distributor_id, activity_on, currency_code,
            sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty, sell_through_lines
        )
        SELECT n.key_1, n.activity_on, n.currency_code,
            n.quantity,
            n.amount,
            n.returned_quantity,
            n.returned_amount,
            n.drop_ship_quantity,
            n.lines
        FROM day AS n
    )
    SELECT bool_or(n.has_reversal) INTO v_has_reversal FROM day AS n;

    INSERT INTO rollup_product_month_delta (
        distributor_id, product_id, month_on, currency_code,
        sell_through_qty, sell_through_amount, customer_return_qty, customer_return_amount, drop_ship_out_qty, sell_through_lines
    )
    SELECT n.key_1, n.key_2, n.activity_on, n.currency_code,
        n.quantity,
        n.amount,
        n.returned_quantity,
        n.returned_amount,
        n.drop_ship_quantity,
        n.lines
    FROM fact_groups('new_rows', '{distributor_id,product_id}', 'sold_on', 'month', by_currency => true) AS n;

    -- Most statements have none; then the fact is not even looked at.
    IF v_has_reversal THEN
        SELECT n.distributor_id, n.sold_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        CROSS JOIN LATERAL (
            -- Planned for a small table, any index that begins with the distributor
            -- is as good; in this order only the key gives it.
            SELECT f.*
            FROM sell_through AS f
            WHERE f.distributor_id = n.distributor_id
                AND f.sold_on = n.corrects_sold_on
                AND f.sell_through_id BETWEEN n.corrects_line_id AND n.corrects_line_id
            ORDER BY f.sell_through_id
            LIMIT 1
        ) AS o
        WHERE n.entry_kind = 'reversal'
            AND (n.sold_on <> o.sold_on OR
                        n.quantity <> -o.quantity OR
                        n.amount IS DISTINCT FROM -o.amount OR
                        n.warehouse_id <> o.warehouse_id OR
                        n.product_id <> o.product_id OR
                        n.reseller_id IS DISTINCT FROM o.reseller_id OR
                        n.transfer_type <> o.transfer_type OR
                        n.currency_code <> o.currency_code)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of sell_through %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with quantity and amount negated; book what is true instead as a replacement.';
        END IF;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION roll_up_sell_through() IS
    'Trigger AFTER INSERT of sell_through with the transition table new_rows: appends what the statement changes to the rollups; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION roll_up_sell_through() FROM PUBLIC;

CREATE TRIGGER sell_through_rolled_up
    AFTER INSERT ON sell_through
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION roll_up_sell_through();
COMMENT ON TRIGGER sell_through_rolled_up ON sell_through IS 'Keeps the rollups by day and by product and month';
