-- inventory: receipts as distributors report them, so much of a product on a
-- day, put down as receipts of the shipments that they can be of.

CREATE FUNCTION take_back_receipts(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_recorded_at timestamptz,
    p_days date[],
    p_inventory_receipt_ids bigint[]
) RETURNS SETOF inventory_receipt
LANGUAGE sql
SET search_path FROM CURRENT
AS $$
    INSERT INTO inventory_receipt (
        distributor_id, received_on, shipped_on, sell_in_id, quantity, submission_id, submission_line_no,
        recorded_at, entry_kind, corrects_received_on, corrects_line_id
    )
    SELECT r.distributor_id, r.received_on, r.shipped_on, r.sell_in_id, -r.quantity, p_submission_id, 0,
        p_recorded_at, 'reversal', r.received_on, r.inventory_receipt_id
    FROM unnest(p_days, p_inventory_receipt_ids) AS i (received_on, inventory_receipt_id)
    JOIN inventory_receipt_as_of() AS r
        ON r.distributor_id = p_distributor_id
        AND r.received_on = i.received_on
        AND r.inventory_receipt_id = i.inventory_receipt_id
    RETURNING *
$$;
COMMENT ON FUNCTION take_back_receipts(bigint, bigint, timestamptz, date[], bigint[]) IS
    'Takes receipts of a distributor back that stand (their days and keys), on behalf of a submission: goods are on hand when the plan says so again. Returns the reversals';

CREATE FUNCTION book_receipts(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_recorded_at timestamptz,
    p_from date,
    p_line_nos integer[],
    p_warehouse_ids bigint[],
    p_product_ids bigint[],
    p_days date[],
    p_quantities numeric[]
) RETURNS SETOF inventory_receipt
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_from date;
BEGIN
    -- What was received has been on its way when the report before was made, or
    -- was shipped since. Older shipments arrived by the plan; they stay so.
    SELECT coalesce(p_from, max(c.counted_on) + 1, min(d.day)) INTO v_from
    FROM (SELECT min(u.day) AS day FROM unnest(p_days) AS u (day)) AS d
    LEFT JOIN inventory_count_as_of() AS c
        ON c.distributor_id = p_distributor_id
        AND c.counted_on < d.day;

    RETURN QUERY
    WITH reported AS (
        SELECT u.line_no, u.warehouse_id, u.product_id, u.day, u.quantity,
            sum(u.quantity) OVER w AS upto,
            sum(u.quantity) OVER w - u.quantity AS since
        FROM unnest(p_line_nos, p_warehouse_ids, p_product_ids, p_days, p_quantities) AS u (line_no, warehouse_id, product_id, day, quantity)
        WHERE u.quantity > 0
        WINDOW w AS (PARTITION BY u.warehouse_id, u.product_id ORDER BY u.day, u.line_no)
    ), received AS (
        SELECT r.shipped_on, r.sell_in_id, sum(r.quantity) AS quantity
        FROM inventory_receipt_as_of() AS r
        WHERE r.distributor_id = p_distributor_id
        GROUP BY r.shipped_on, r.sell_in_id
    ), open_shipment AS (
        SELECT s.warehouse_id, s.product_id, s.shipped_on, s.sell_in_id,
            s.quantity - coalesce(r.quantity, 0) AS quantity,
            sum(s.quantity - coalesce(r.quantity, 0)) OVER (
                PARTITION BY s.warehouse_id, s.product_id ORDER BY s.shipped_on, s.sell_in_id) AS upto
        FROM sell_in_as_of((SELECT max(u.day) FROM unnest(p_days) AS u (day))) AS s
        LEFT JOIN received AS r ON r.shipped_on = s.shipped_on AND r.sell_in_id = s.sell_in_id
        WHERE s.distributor_id = p_distributor_id
            AND NOT s.is_drop_ship
            AND s.arrives_on >= v_from
            AND s.quantity > coalesce(r.quantity, 0)
    )
    INSERT INTO inventory_receipt (
        distributor_id, received_on, shipped_on, sell_in_id, quantity, submission_id, submission_line_no, recorded_at
    )
    SELECT p_distributor_id, r.day, o.shipped_on, o.sell_in_id,
        least(r.upto, o.upto) - greatest(r.since, o.upto - o.quantity), p_submission_id, r.line_no, p_recorded_at
    FROM reported AS r
    JOIN open_shipment AS o
        ON o.warehouse_id = r.warehouse_id
        AND o.product_id = r.product_id
        AND o.upto > r.since
        AND o.upto - o.quantity < r.upto
        AND o.shipped_on <= r.day
    RETURNING *;
END
$$;
COMMENT ON FUNCTION book_receipts(bigint, bigint, timestamptz, date, integer[], bigint[], bigint[], date[], numeric[]) IS
    'Puts quantities down that lines of a submission say were received (of a product in a warehouse, on a day, base units) as receipts of shipments of sell-in, the oldest first: those not received in full yet whose planned arrival is p_from or later (NULL = since the count before). What fits no shipment is left out. Returns the receipts';
