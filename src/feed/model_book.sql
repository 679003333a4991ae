-- feed, booking: what an accepted submission does to the facts. Facts are never
-- changed: what a report takes back is reversed, what it changes is reversed and
-- replaced, what it repeats stands as it is.

CREATE VIEW standing_fact WITH (security_invoker = true) AS
SELECT t.distributor_id,
    'sell_through'::text AS fact_table,
    t.sold_on AS fact_on,
    t.sell_through_id AS fact_id,
    t.warehouse_id,
    t.product_id,
    t.reseller_id,
    t.transfer_type AS fact_kind,
    t.invoice_no,
    t.invoice_line,
    t.contract_no,
    t.quantity,
    t.unit_price,
    t.amount,
    t.currency_code,
    t.submission_id,
    t.submission_line_no
FROM sell_through_as_of('infinity', 'infinity') AS t
UNION ALL
SELECT c.distributor_id,
    'inventory_count'::text AS fact_table,
    c.counted_on AS fact_on,
    c.inventory_count_id AS fact_id,
    c.warehouse_id,
    c.product_id,
    NULL::bigint AS reseller_id,
    c.count_kind AS fact_kind,
    NULL::text AS invoice_no,
    NULL::text AS invoice_line,
    NULL::text AS contract_no,
    c.quantity,
    NULL::numeric(18,4) AS unit_price,
    NULL::numeric(18,4) AS amount,
    NULL::text AS currency_code,
    c.submission_id,
    c.submission_line_no
FROM inventory_count_as_of('infinity', 'infinity') AS c
UNION ALL
SELECT a.distributor_id,
    'inventory_adjustment'::text AS fact_table,
    a.adjusted_on AS fact_on,
    a.inventory_adjustment_id AS fact_id,
    a.warehouse_id,
    a.product_id,
    NULL::bigint AS reseller_id,
    a.reason_code AS fact_kind,
    NULL::text AS invoice_no,
    NULL::text AS invoice_line,
    NULL::text AS contract_no,
    a.quantity,
    NULL::numeric(18,4) AS unit_price,
    NULL::numeric(18,4) AS amount,
    NULL::text AS currency_code,
    a.submission_id,
    a.submission_line_no
FROM inventory_adjustment_as_of('infinity', 'infinity') AS a;
COMMENT ON VIEW standing_fact IS 'One row = a fact that a distributor reported and that stands: sell_through, inventory_count or inventory_adjustment';
COMMENT ON COLUMN standing_fact.distributor_id IS 'Who reported it';
COMMENT ON COLUMN standing_fact.fact_table IS 'Table that it stands in';
COMMENT ON COLUMN standing_fact.fact_on IS 'Activity date';
COMMENT ON COLUMN standing_fact.fact_id IS 'Key within distributor and day';
COMMENT ON COLUMN standing_fact.warehouse_id IS 'Warehouse';
COMMENT ON COLUMN standing_fact.product_id IS 'Product';
COMMENT ON COLUMN standing_fact.reseller_id IS 'Reseller; NULL = none or not known';
COMMENT ON COLUMN standing_fact.fact_kind IS 'Transfer type, kind of count or reason of the adjustment';
COMMENT ON COLUMN standing_fact.invoice_no IS 'Invoice of the distributor; NULL = none';
COMMENT ON COLUMN standing_fact.invoice_line IS 'Line of the invoice; NULL = not stated';
COMMENT ON COLUMN standing_fact.contract_no IS 'Special price authorization; NULL = none';
COMMENT ON COLUMN standing_fact.quantity IS 'Base units, signed';
COMMENT ON COLUMN standing_fact.unit_price IS 'Per base unit; NULL = none';
COMMENT ON COLUMN standing_fact.amount IS 'Value of the line; NULL = none';
COMMENT ON COLUMN standing_fact.currency_code IS 'Currency of price and amount';
COMMENT ON COLUMN standing_fact.submission_id IS 'Submission that reported it; NULL = from the vendor''s own books';
COMMENT ON COLUMN standing_fact.submission_line_no IS 'Line of that submission';

CREATE FUNCTION facts_at_stake(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS SETOF standing_fact
LANGUAGE plpgsql
STABLE
ROWS 10000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    s submission;
    v_tables text[];
BEGIN
    SELECT * INTO s
    FROM submission AS u
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;
    v_tables := CASE s.report_kind
        WHEN 'inventory' THEN ARRAY['inventory_count']
        WHEN 'sell_through' THEN ARRAY['sell_through', 'inventory_adjustment']
        ELSE ARRAY['sell_through', 'inventory_adjustment', 'inventory_count']
    END;
    IF s.submission_mode IN ('replace', 'cancel') AND s.refers_to IS NOT NULL THEN
        RETURN QUERY
        SELECT f.*
        FROM standing_fact AS f
        JOIN submission_line AS l
            ON l.distributor_id = p_distributor_id
            AND l.submission_id = f.submission_id
            AND l.line_no = f.submission_line_no
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id <> p_submission_id
            AND l.report_no = ANY (s.refers_to)
            AND (s.purpose IS DISTINCT FROM '26' OR f.product_id IN (
                SELECT n.product_id
                FROM submission_line AS n
                WHERE n.distributor_id = p_distributor_id AND n.submission_id = p_submission_id));
    ELSIF s.submission_mode IN ('replace', 'cancel') AND s.period_is_stated THEN
        -- What was reported of the days, and what reports of these days
        -- said of other days, as returns of older sales do.
        RETURN QUERY
        SELECT f.*
        FROM standing_fact AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id <> p_submission_id
            AND f.fact_table = ANY (v_tables)
            AND (f.fact_on BETWEEN s.period_starts_on AND s.period_ends_on
                OR f.submission_id IN (
                    SELECT o.submission_id
                    FROM submission AS o
                    WHERE o.distributor_id = p_distributor_id
                        AND o.period_starts_on >= s.period_starts_on
                        AND o.period_ends_on <= s.period_ends_on))
            AND (s.purpose IS DISTINCT FROM '26' OR f.product_id IN (
                SELECT n.product_id
                FROM submission_line AS n
                WHERE n.distributor_id = p_distributor_id AND n.submission_id = p_submission_id));
    ELSIF s.submission_mode = 'correct' THEN
        -- The key of a line: its invoice and line, else its invoice and article;
        -- of a count, what was counted where and when.
        RETURN QUERY
        SELECT f.*
        FROM standing_fact AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id <> p_submission_id
            AND f.invoice_no IS NOT NULL
            AND ((f.invoice_no, f.invoice_line) IN (
                    SELECT l.invoice_no, l.invoice_line
                    FROM submission_line AS l
                    WHERE l.distributor_id = p_distributor_id
                        AND l.submission_id = p_submission_id
                        AND l.line_state = 'ready'
                        AND l.invoice_line IS NOT NULL)
                OR (f.invoice_no, f.product_id) IN (
                    SELECT l.invoice_no, l.product_id
                    FROM submission_line AS l
                    WHERE l.distributor_id = p_distributor_id
                        AND l.submission_id = p_submission_id
                        AND l.line_state = 'ready'
                        AND l.invoice_line IS NULL))
        UNION ALL
        SELECT f.*
        FROM standing_fact AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id <> p_submission_id
            AND f.invoice_no IS NULL
            AND (f.fact_table, f.fact_on, f.warehouse_id, f.product_id, f.fact_kind) IN (
                SELECT l.books_as, l.activity_on, l.warehouse_id, l.product_id,
                    coalesce(l.count_kind, l.reason_code, l.reported_type)
                FROM submission_line AS l
                WHERE l.distributor_id = p_distributor_id
                    AND l.submission_id = p_submission_id
                    AND l.line_state = 'ready'
                    AND l.invoice_no IS NULL);
    END IF;
END
$$;
COMMENT ON FUNCTION facts_at_stake(bigint, bigint) IS
    'Facts that stand and that a submission replaces, cancels or corrects: of the report it refers to, else of its period, else of the keys of its lines. None for a report that only adds. Facts of the vendor''s own books never are';

CREATE FUNCTION submission_plan(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS TABLE (
    action text,
    fact_table text,
    fact_on date,
    fact_id bigint,
    line_no integer
)
LANGUAGE plpgsql
STABLE
ROWS 10000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    RETURN QUERY
    WITH side AS (
        SELECT f.fact_table, f.fact_on, f.fact_id, NULL::integer AS line_no,
            f.warehouse_id, f.product_id, f.reseller_id, f.fact_kind,
            f.invoice_no, f.invoice_line, f.contract_no,
            f.quantity, f.unit_price, f.amount, f.currency_code
        FROM facts_at_stake(p_distributor_id, p_submission_id) AS f
        UNION ALL
        SELECT l.books_as, l.activity_on, NULL::bigint, l.line_no,
            l.warehouse_id, l.product_id,
            CASE l.books_as WHEN 'sell_through' THEN l.reseller_id END,
            coalesce(l.count_kind, l.reason_code, l.reported_type),
            CASE l.books_as WHEN 'sell_through' THEN l.invoice_no END,
            CASE l.books_as WHEN 'sell_through' THEN l.invoice_line END,
            CASE l.books_as WHEN 'sell_through' THEN l.contract_no END,
            l.quantity,
            CASE l.books_as WHEN 'sell_through' THEN round(l.unit_price, 4) END,
            CASE l.books_as WHEN 'sell_through' THEN round(l.amount, 4) END,
            CASE l.books_as WHEN 'sell_through' THEN l.currency_code END
        FROM submission_line AS l
        JOIN submission AS s
            ON s.distributor_id = l.distributor_id
            AND s.submission_id = l.submission_id
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_state = 'ready'
            AND s.submission_mode <> 'cancel'
    ),
    numbered AS (
        -- Of equal lines the n-th meets the n-th.
        SELECT d.*,
            row_number() OVER (
                PARTITION BY d.line_no IS NULL, d.fact_table, d.fact_on, d.warehouse_id, d.product_id,
                    d.reseller_id, d.fact_kind, d.invoice_no, d.invoice_line, d.contract_no,
                    d.quantity, d.unit_price, d.amount, d.currency_code
                ORDER BY d.fact_id, d.line_no
            ) AS occurrence
        FROM side AS d
    ),
    met AS (
        SELECT n.*,
            count(n.fact_id) OVER equal_lines > 0 AS has_fact,
            max(n.line_no) OVER equal_lines AS met_line_no
        FROM numbered AS n
        WINDOW equal_lines AS (
            PARTITION BY n.occurrence, n.fact_table, n.fact_on, n.warehouse_id, n.product_id,
                n.reseller_id, n.fact_kind, n.invoice_no, n.invoice_line, n.contract_no,
                n.quantity, n.unit_price, n.amount, n.currency_code)
    ),
    remaining AS (
        -- What is left on both sides belongs together where its key is the same.
        SELECT m.*,
            row_number() OVER (
                PARTITION BY m.line_no IS NULL, m.fact_table, m.invoice_no, k.key
                ORDER BY m.fact_on, m.fact_id, m.line_no
            ) AS place,
            k.key
        FROM met AS m
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN m.invoice_no IS NULL THEN concat_ws(' ', m.fact_on, m.warehouse_id, m.product_id, m.fact_kind)
                ELSE coalesce('line ' || m.invoice_line, 'article ' || m.product_id)
            END AS key
        ) AS k
        WHERE CASE WHEN m.line_no IS NULL THEN m.met_line_no IS NULL ELSE NOT m.has_fact END
    )
    SELECT 'keep'::text, m.fact_table, m.fact_on, m.fact_id, m.met_line_no
    FROM met AS m
    WHERE m.line_no IS NULL AND m.met_line_no IS NOT NULL
    UNION ALL
    SELECT CASE
            WHEN l.line_no IS NULL THEN 'take_back'
            WHEN f.fact_id IS NULL THEN 'book'
            ELSE 'change'
        END,
        coalesce(f.fact_table, l.fact_table), f.fact_on, f.fact_id, l.line_no
    FROM (SELECT r.* FROM remaining AS r WHERE r.line_no IS NULL) AS f
    FULL JOIN (SELECT r.* FROM remaining AS r WHERE r.line_no IS NOT NULL) AS l
        ON l.fact_table = f.fact_table
        AND l.key = f.key
        AND coalesce(l.invoice_no, '') = coalesce(f.invoice_no, '')
        AND l.place = f.place;
END
$$;
COMMENT ON FUNCTION submission_plan(bigint, bigint) IS
    'What acceptance of a submission does, one row per fact or line: keep (the line says what stands), change (the fact is reversed and replaced by the line), take_back (reversed), book (new). A line of quantity 0 takes back and books nothing';

CREATE FUNCTION dismiss_violations(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    UPDATE price_violation AS v
    SET violation_state = 'dismissed'
    FROM sell_through AS r
    WHERE r.distributor_id = p_distributor_id
        AND r.submission_id = p_submission_id
        AND r.entry_kind = 'reversal'
        AND v.distributor_id = p_distributor_id
        AND v.fact_table = 'sell_through'
        AND v.occurred_on = r.corrects_sold_on
        AND v.fact_id = r.corrects_line_id
        AND v.violation_state = 'open';
END
$$;
COMMENT ON FUNCTION dismiss_violations(bigint, bigint) IS 'A line that was taken back broke no price floor; what takes its place is checked anew';

CREATE FUNCTION take_back_facts(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_recorded_at timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    WITH plan AS MATERIALIZED (
        SELECT p.action, p.fact_table, p.fact_on, p.fact_id, p.line_no
        FROM submission_plan(p_distributor_id, p_submission_id) AS p
    ),
    sales AS (
        INSERT INTO sell_through (
            distributor_id, sold_on, warehouse_id, product_id, reseller_id, end_customer_id, transfer_type,
            invoice_no, invoice_line, contract_no, quantity, unit_price, amount, currency_code,
            submission_id, submission_line_no, recorded_at, entry_kind, corrects_sold_on, corrects_line_id
        )
        SELECT f.distributor_id, f.sold_on, f.warehouse_id, f.product_id, f.reseller_id, f.end_customer_id, f.transfer_type,
            f.invoice_no, f.invoice_line, f.contract_no, -f.quantity, f.unit_price, -f.amount, f.currency_code,
            p_submission_id, coalesce(p.line_no, 0), p_recorded_at, 'reversal', f.sold_on, f.sell_through_id
        FROM plan AS p
        JOIN sell_through AS f
            ON f.distributor_id = p_distributor_id
            AND f.sold_on = p.fact_on
            AND f.sell_through_id = p.fact_id
        WHERE p.fact_table = 'sell_through'
            AND p.action IN ('take_back', 'change')
    ),
    counts AS (
        INSERT INTO inventory_count (
            distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity, unit_cost,
            submission_id, submission_line_no, recorded_at, entry_kind, corrects_counted_on, corrects_line_id
        )
        SELECT f.distributor_id, f.counted_on, f.warehouse_id, f.product_id, f.count_kind, -f.quantity, f.unit_cost,
            p_submission_id, coalesce(p.line_no, 0), p_recorded_at, 'reversal', f.counted_on, f.inventory_count_id
        FROM plan AS p
        JOIN inventory_count AS f
            ON f.distributor_id = p_distributor_id
            AND f.counted_on = p.fact_on
            AND f.inventory_count_id = p.fact_id
        WHERE p.fact_table = 'inventory_count'
            AND p.action IN ('take_back', 'change')
    ),
    adjustments AS (
        INSERT INTO inventory_adjustment (
            distributor_id, adjusted_on, warehouse_id, product_id, quantity, unit_cost, reason_code,
            submission_id, submission_line_no, recorded_at, entry_kind, corrects_adjusted_on, corrects_line_id
        )
        SELECT f.distributor_id, f.adjusted_on, f.warehouse_id, f.product_id, -f.quantity, f.unit_cost, f.reason_code,
            p_submission_id, coalesce(p.line_no, 0), p_recorded_at, 'reversal', f.adjusted_on, f.inventory_adjustment_id
        FROM plan AS p
        JOIN inventory_adjustment AS f
            ON f.distributor_id = p_distributor_id
            AND f.adjusted_on = p.fact_on
            AND f.inventory_adjustment_id = p.fact_id
        WHERE p.fact_table = 'inventory_adjustment'
            AND p.action IN ('take_back', 'change')
    )
    UPDATE submission_line AS l
    SET line_state = CASE p.action WHEN 'keep' THEN 'unchanged' ELSE l.line_state END,
        corrects_on = CASE p.action WHEN 'change' THEN p.fact_on END,
        corrects_line_id = CASE p.action WHEN 'change' THEN p.fact_id END
    FROM plan AS p
    WHERE p.line_no IS NOT NULL
        AND p.action IN ('keep', 'change')
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_no = p.line_no;

    PERFORM dismiss_violations(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION take_back_facts(bigint, bigint, timestamptz) IS 'Carries out the part of a submission_plan() that concerns facts that stand: reversals, and a note at each line of what it takes the place of';

CREATE FUNCTION receipts_at_stake(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS SETOF inventory_receipt
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.*
    FROM submission AS s
    JOIN inventory_receipt_as_of() AS r ON r.distributor_id = s.distributor_id
    WHERE s.distributor_id = p_distributor_id
        AND s.submission_id = p_submission_id
        AND s.submission_mode IN ('replace', 'cancel')
        AND r.submission_id <> p_submission_id
        AND CASE
            WHEN s.refers_to IS NULL
                THEN s.report_kind <> 'sell_through'
                    AND s.period_is_stated
                    AND r.received_on >= s.period_starts_on
                    AND r.received_on <= s.period_ends_on
            ELSE EXISTS (
                SELECT
                FROM submission_line AS l
                WHERE l.distributor_id = r.distributor_id
                    AND l.submission_id = r.submission_id
                    AND l.line_no = r.submission_line_no
                    AND l.report_no = ANY (s.refers_to))
        END;
END;
COMMENT ON FUNCTION receipts_at_stake(bigint, bigint) IS
    'Receipts that stand and that a submission replaces or cancels: of the report it refers to, else of its period, if it is one of inventory';

CREATE FUNCTION book_reported_receipts(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_recorded_at timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    -- Receipts that this submission takes back: of the reports or days that it
    -- replaces, and of lines whose counts it took back without another.
    PERFORM take_back_receipts(p_distributor_id, p_submission_id, p_recorded_at, x.days, x.ids)
    FROM (
        SELECT array_agg(k.received_on) AS days, array_agg(k.inventory_receipt_id) AS ids
        FROM (
            SELECT r.received_on, r.inventory_receipt_id
            FROM receipts_at_stake(p_distributor_id, p_submission_id) AS r
            UNION
            SELECT r.received_on, r.inventory_receipt_id
            FROM inventory_count AS t
            JOIN inventory_count AS o
                ON o.distributor_id = t.distributor_id
                AND o.counted_on = t.corrects_counted_on
                AND o.inventory_count_id = t.corrects_line_id
            JOIN inventory_receipt_as_of() AS r
                ON r.distributor_id = o.distributor_id
                AND r.submission_id = o.submission_id
            JOIN sell_in AS i
                ON i.distributor_id = r.distributor_id
                AND i.shipped_on = r.shipped_on
                AND i.sell_in_id = r.sell_in_id
                AND i.warehouse_id = o.warehouse_id
                AND i.product_id = o.product_id
            WHERE t.distributor_id = p_distributor_id
                AND t.submission_id = p_submission_id
                AND t.entry_kind = 'reversal'
                AND r.submission_id <> p_submission_id
                AND NOT EXISTS (
                    SELECT
                    FROM inventory_count AS n
                    WHERE n.distributor_id = o.distributor_id
                        AND n.corrects_counted_on = o.counted_on
                        AND n.corrects_line_id = o.inventory_count_id
                        AND n.entry_kind = 'replacement')
        ) AS k
    ) AS x
    WHERE x.ids IS NOT NULL;

    PERFORM book_receipts(p_distributor_id, p_submission_id, p_recorded_at, x.from_on, x.line_nos, x.warehouse_ids, x.product_ids, x.days, x.quantities)
    FROM (
        SELECT min(s.period_starts_on) FILTER (WHERE s.period_is_stated AND s.period_starts_on < s.period_ends_on) AS from_on,
            array_agg(l.line_no) AS line_nos,
            array_agg(l.warehouse_id) AS warehouse_ids,
            array_agg(l.product_id) AS product_ids,
            array_agg(l.activity_on) AS days,
            array_agg(l.quantity) AS quantities
        FROM submission AS s
        JOIN submission_line AS l
            ON l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
        WHERE s.distributor_id = p_distributor_id
            AND s.submission_id = p_submission_id
            AND s.submission_mode <> 'cancel'
            AND l.books_as = 'nothing'
            AND l.reported_type = 'QR'
            AND l.line_state = 'not_booked'
            AND l.purpose IS DISTINCT FROM '03'
            AND l.warehouse_id IS NOT NULL
            AND l.product_id IS NOT NULL
            AND l.activity_on IS NOT NULL
            AND l.quantity > 0
    ) AS x
    WHERE x.line_nos IS NOT NULL;
END
$$;
COMMENT ON FUNCTION book_reported_receipts(bigint, bigint, timestamptz) IS 'Books what an inventory report says was received (X12 activity QR) as receipts of shipments, and takes back what it takes the place of';

CREATE FUNCTION book_lines(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_recorded_at timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_indexscan = off
AS $$
DECLARE
    v_has_sales boolean;
    v_has_counts boolean;
    v_has_adjustments boolean;
    v_has_receipts boolean;
    v_booked_qty numeric;
BEGIN
    -- The lines are read once to know which facts there are, and not once for each.
    SELECT bool_or(l.books_as = 'sell_through' AND l.line_state = 'ready'),
        bool_or(l.books_as = 'inventory_count' AND l.line_state = 'ready'),
        bool_or(l.books_as = 'inventory_adjustment' AND l.line_state = 'ready'),
        bool_or(l.books_as = 'nothing' AND l.reported_type = 'QR'),
        sum(round(l.quantity, 3)) FILTER (WHERE l.books_as = 'sell_through' AND l.line_state = 'ready')
    INTO v_has_sales, v_has_counts, v_has_adjustments, v_has_receipts, v_booked_qty
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id;

    INSERT INTO sell_through (
        distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type,
        invoice_no, invoice_line, contract_no, quantity, unit_price, amount, currency_code,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_sold_on, corrects_line_id
    )
    SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.reseller_id, l.reported_type,
        l.invoice_no, l.invoice_line, l.contract_no, l.quantity, l.unit_price, l.amount, l.currency_code,
        l.submission_id, l.line_no, p_recorded_at,
        CASE WHEN l.corrects_line_id IS NULL THEN 'original' ELSE 'replacement' END, l.corrects_on, l.corrects_line_id
    FROM submission_line AS l
    WHERE v_has_sales
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'ready'
        AND l.books_as = 'sell_through'
        AND l.quantity <> 0
    -- Facts of an item lie together, and so do their entries in the index of items:
    -- of a million lines the insert saves more than the sort costs.
    ORDER BY l.warehouse_id, l.product_id, l.activity_on, l.line_no;

    INSERT INTO inventory_count (
        distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_counted_on, corrects_line_id
    )
    SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.count_kind, l.quantity,
        l.submission_id, l.line_no, p_recorded_at,
        CASE WHEN l.corrects_line_id IS NULL THEN 'original' ELSE 'replacement' END, l.corrects_on, l.corrects_line_id
    FROM submission_line AS l
    WHERE v_has_counts
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'ready'
        AND l.books_as = 'inventory_count'
        AND l.purpose IS DISTINCT FROM '03';

    INSERT INTO inventory_adjustment (
        distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_adjusted_on, corrects_line_id
    )
    SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.quantity, l.reason_code,
        l.submission_id, l.line_no, p_recorded_at,
        CASE WHEN l.corrects_line_id IS NULL THEN 'original' ELSE 'replacement' END, l.corrects_on, l.corrects_line_id
    FROM submission_line AS l
    WHERE v_has_adjustments
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'ready'
        AND l.books_as = 'inventory_adjustment'
        AND l.quantity <> 0;

    IF v_has_receipts OR EXISTS (SELECT FROM inventory_receipt AS r WHERE r.distributor_id = p_distributor_id) THEN
        PERFORM book_reported_receipts(p_distributor_id, p_submission_id, p_recorded_at);
    END IF;

    -- The lines stay as they are: ready in an accepted submission is booked.
    UPDATE submission AS u
    SET submission_state = 'accepted',
        accepted_at = p_recorded_at,
        booked_qty = coalesce(v_booked_qty, 0) + CASE
            WHEN u.submission_mode NOT IN ('replace', 'correct', 'cancel') THEN 0
            ELSE (
                SELECT coalesce(sum(f.quantity), 0)
                FROM sell_through AS f
                WHERE f.distributor_id = p_distributor_id
                    AND f.submission_id = p_submission_id
                    AND f.entry_kind = 'reversal')
        END
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;
END
$$;
COMMENT ON FUNCTION book_lines(bigint, bigint, timestamptz) IS 'Books the ready lines of a submission and marks it as accepted';

CREATE FUNCTION begin_booking(
    p_distributor_id bigint,
    p_from date,
    p_to date
) RETURNS timestamptz
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_recorded_at timestamptz;
BEGIN
    -- Bookings of one distributor come one after the other.
    INSERT INTO intake_queue (distributor_id)
    VALUES (p_distributor_id)
    ON CONFLICT ON CONSTRAINT intake_queue_pkey DO UPDATE SET accepted = intake_queue.accepted + 1;

    -- No period is closed while something is posted in it, or rolls on from it.
    PERFORM
    FROM fiscal_period AS p
    WHERE p.ends_on >= p_from
        AND p.starts_on <= greatest(p_to, current_date)
    ORDER BY p.fiscal_calendar_id, p.starts_on
    FOR SHARE;

    -- Known since now; but who began before a period was closed, and comes after
    -- that, is known since the closing: posting_date() goes by this.
    SELECT greatest(now(), max(c.effective_at)) INTO v_recorded_at FROM period_change AS c;
    IF p_from IS NOT NULL AND posting_date(p_from, v_recorded_at) IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD043',
            MESSAGE = 'no period is open in which this could be posted',
            DETAIL = format('Activity of %s.', p_from),
            HINT = 'Add years to the calendar with add_fiscal_years(), or reopen a period.';
    END IF;
    RETURN v_recorded_at;
END
$$;
COMMENT ON FUNCTION begin_booking(bigint, date, date) IS 'Queues at the distributor, keeps periods from being closed meanwhile, and says since when what is booked now is known. ZD043 when no period is open';
