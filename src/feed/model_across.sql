-- feed, judging the document: its header, its totals, and how it stands to the
-- reports that came before.

CREATE FUNCTION find_in_document(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_rule_code text,
    p_value text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    INSERT INTO finding (distributor_id, submission_id, severity, level, code, message, value, remedy)
    SELECT p_distributor_id, p_submission_id, r.severity, 'file', r.rule_code, r.message, left(p_value, 99), r.remedy
    FROM validation_rules_of(p_distributor_id) AS r
    WHERE r.rule_code = p_rule_code AND r.is_enabled;
END
$$;
COMMENT ON FUNCTION find_in_document(bigint, bigint, text, text) IS 'Notes a finding that concerns a document as a whole, if the rule is looked for';

CREATE FUNCTION refuse_duplicates(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_indexscan = off
AS $$
DECLARE
    v_from date;
    v_to date;
BEGIN
    IF NOT EXISTS (SELECT FROM sell_through AS f WHERE f.distributor_id = p_distributor_id)
        AND NOT EXISTS (SELECT FROM inventory_adjustment AS f WHERE f.distributor_id = p_distributor_id)
    THEN
        RETURN;
    END IF;
    SELECT min(l.activity_on), max(l.activity_on) INTO v_from, v_to
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'ready'
        AND l.books_as <> 'inventory_count';
    -- Most reports are the first of their days, and need no comparison.
    IF v_from IS NULL
        OR NOT EXISTS (
            SELECT FROM sell_through AS f
            WHERE f.distributor_id = p_distributor_id AND f.sold_on BETWEEN v_from AND v_to)
        AND NOT EXISTS (
            SELECT FROM inventory_adjustment AS f
            WHERE f.distributor_id = p_distributor_id AND f.adjusted_on BETWEEN v_from AND v_to)
    THEN
        RETURN;
    END IF;

    -- Lines that came in a moment ago have no statistics yet; a nested loop that
    -- looks cheap for one row would be quadratic in the report. Hence the SET.
    -- Two equal lines in one report are two sales; so the n-th of them is a
    -- duplicate only where n of them stand already. What a report replaces or
    -- corrects it may repeat. What was corrected by hand counts as it was sent,
    -- too: who sends the old line again does not undo the correction. What was
    -- taken back, or has its opposite in the books, may be sent again, and the
    -- opposite of what stands is no duplicate of another opposite.
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    WITH RECURSIVE stake AS MATERIALIZED (
        SELECT k.fact_table, k.fact_on, k.fact_id
        FROM facts_at_stake(p_distributor_id, p_submission_id) AS k
    ),
    sent AS (
        -- A replacement that stands, and what it took the place of.
        SELECT s.sell_through_id AS standing_id, s.entry_kind, s.corrects_sold_on, s.corrects_line_id,
            s.sold_on, s.product_id, s.warehouse_id, s.reseller_id, s.transfer_type,
            s.invoice_no, s.invoice_line, s.quantity, s.unit_price
        FROM sell_through_as_of() AS s
        WHERE s.distributor_id = p_distributor_id
            AND s.corrects_line_id IS NOT NULL
            AND (s.sold_on, s.sell_through_id) NOT IN (
                SELECT k.fact_on, k.fact_id FROM stake AS k WHERE k.fact_table = 'sell_through')
        UNION ALL
        SELECT t.standing_id, o.entry_kind, o.corrects_sold_on, o.corrects_line_id,
            o.sold_on, o.product_id, o.warehouse_id, o.reseller_id, o.transfer_type,
            o.invoice_no, o.invoice_line, o.quantity, o.unit_price
        FROM sent AS t
        JOIN sell_through AS o
            ON o.distributor_id = p_distributor_id
            AND o.sold_on = t.corrects_sold_on
            AND o.sell_through_id = t.corrects_line_id
        WHERE t.entry_kind = 'replacement'
    ),
    booked AS (
        SELECT d.books_as, d.activity_on, d.product_id, d.warehouse_id, d.reseller_id, d.reported_type,
            d.invoice_no, d.invoice_line, d.quantity, d.unit_price, count(DISTINCT d.fact_id) AS times
        FROM (
            SELECT 'sell_through'::text AS books_as, s.sold_on AS activity_on, s.product_id, s.warehouse_id,
                CASE WHEN s.invoice_no IS NULL THEN s.reseller_id END AS reseller_id, s.transfer_type AS reported_type,
                s.invoice_no, s.invoice_line, s.quantity, s.unit_price, s.sell_through_id AS fact_id
            FROM sell_through_as_of() AS s
            WHERE s.distributor_id = p_distributor_id
                AND s.sold_on BETWEEN v_from AND v_to
                AND (s.sold_on, s.sell_through_id) NOT IN (
                    SELECT k.fact_on, k.fact_id FROM stake AS k WHERE k.fact_table = 'sell_through')
            UNION ALL
            SELECT 'sell_through'::text, t.sold_on, t.product_id, t.warehouse_id,
                CASE WHEN t.invoice_no IS NULL THEN t.reseller_id END, t.transfer_type,
                t.invoice_no, t.invoice_line, t.quantity, t.unit_price, t.standing_id
            FROM sent AS t
            WHERE t.sold_on BETWEEN v_from AND v_to
            UNION ALL
            SELECT 'inventory_adjustment'::text, a.adjusted_on, a.product_id, a.warehouse_id,
                NULL::bigint, l.reported_type, l.invoice_no, l.invoice_line, a.quantity, NULL::numeric,
                a.inventory_adjustment_id
            FROM inventory_adjustment_as_of() AS a
            JOIN submission_line AS l
                ON l.distributor_id = a.distributor_id
                AND l.submission_id = a.submission_id
                AND l.line_no = a.submission_line_no
            WHERE a.distributor_id = p_distributor_id
                AND a.adjusted_on BETWEEN v_from AND v_to
                AND (a.adjusted_on, a.inventory_adjustment_id) NOT IN (
                    SELECT k.fact_on, k.fact_id FROM stake AS k WHERE k.fact_table = 'inventory_adjustment')
        ) AS d
        GROUP BY d.books_as, d.activity_on, d.product_id, d.warehouse_id, d.reseller_id, d.reported_type,
            d.invoice_no, d.invoice_line, d.quantity, d.unit_price
    ),
    met AS MATERIALIZED (
        SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset, l.books_as, l.activity_on,
            l.product_id, l.reseller_id, l.invoice_no, l.invoice_line, l.reported_vendor_part, l.quantity, b.times,
            row_number() OVER (
                PARTITION BY b.books_as, b.activity_on, b.product_id, b.warehouse_id, b.reseller_id, b.reported_type,
                    b.invoice_no, b.invoice_line, b.quantity, b.unit_price
                ORDER BY l.line_no
            ) AS occurrence
        FROM submission_line AS l
        JOIN booked AS b
            ON b.activity_on = l.activity_on
            AND b.product_id = l.product_id
            AND b.warehouse_id = l.warehouse_id
            AND b.reported_type = l.reported_type
            AND b.quantity = l.quantity
            AND b.books_as = l.books_as
            AND coalesce(b.invoice_no, '') = coalesce(l.invoice_no, '')
            AND b.invoice_line IS NOT DISTINCT FROM l.invoice_line
            AND (l.books_as = 'inventory_adjustment'
                OR b.unit_price IS NOT DISTINCT FROM round(l.unit_price, 4)
                AND (l.invoice_no IS NOT NULL OR b.reseller_id IS NOT DISTINCT FROM l.reseller_id))
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_state = 'ready'
            AND l.books_as IN ('sell_through', 'inventory_adjustment')
    ),
    opposite AS (
        SELECT c.line_no, count(*) AS times
        FROM met AS c
        JOIN sell_through_as_of() AS s
            ON s.distributor_id = p_distributor_id
            AND s.sold_on >= v_from
            AND s.product_id = c.product_id
            AND s.quantity = -c.quantity
            AND coalesce(s.invoice_no, '') = coalesce(c.invoice_no, '')
            AND s.invoice_line IS NOT DISTINCT FROM c.invoice_line
            AND (c.invoice_no IS NOT NULL
                OR s.sold_on = c.activity_on AND s.reseller_id IS NOT DISTINCT FROM c.reseller_id)
        WHERE c.books_as = 'sell_through'
        GROUP BY c.line_no
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        r.severity, 'business', r.rule_code, r.message,
        left(concat_ws(' / ', l.invoice_no, l.invoice_line, l.reported_vendor_part, trim_scale(l.quantity)::text), 99),
        r.remedy
    FROM met AS l
    LEFT JOIN opposite AS o ON o.line_no = l.line_no
    JOIN validation_rules_of(p_distributor_id) AS r
        ON r.rule_code = CASE WHEN l.invoice_no IS NULL AND l.books_as = 'sell_through' THEN 'DUP_LINE_NO_INVOICE' ELSE 'DUP_LINE' END
        AND r.is_enabled
    WHERE CASE
            WHEN l.quantity > 0 OR l.books_as <> 'sell_through' THEN l.times - coalesce(o.times, 0) >= l.occurrence
            ELSE l.occurrence > coalesce(o.times, 0) - l.times
                AND l.times >= l.occurrence - greatest(coalesce(o.times, 0) - l.times, 0)
        END
        AND NOT EXISTS (
            SELECT
            FROM finding AS f
            WHERE f.distributor_id = p_distributor_id
                AND f.submission_id = p_submission_id
                AND f.line_no = l.line_no
                AND f.code IN ('DUP_LINE', 'DUP_LINE_NO_INVOICE'));

    PERFORM refuse_lines(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION refuse_duplicates(bigint, bigint) IS 'Refuses lines that were booked from an earlier report (DUP_LINE): same invoice, line, product, warehouse, day, kind, quantity and price, as they stand or as they were sent before a correction; without an invoice (DUP_LINE_NO_INVOICE) the customer has to be the same, too';

CREATE FUNCTION judge_header(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_kept lines_kept
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s submission;
    v_rules jsonb := rule_parameters_of(p_distributor_id);
    v_mark text;
    v_modes bigint;
    v_lines bigint;
    v_quantity numeric;
    v_amount numeric;
    v_gap text;
BEGIN
    SELECT * INTO s
    FROM submission AS u
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;
    SELECT CASE WHEN s.document_format IN ('csv', 'staged') THEN f.decimal_mark END INTO v_mark
    FROM report_profile AS f
    WHERE f.distributor_id = p_distributor_id;
    v_mark := coalesce(v_mark, s.decimal_mark);

    SELECT count(DISTINCT c.submission_mode) INTO v_modes
    FROM purpose_code AS c
    WHERE c.purpose = ANY (p_kept.purposes);
    v_lines := p_kept.lines;
    IF num_nonnulls(s.declared_qty, s.declared_amount) > 0 THEN
        SELECT sum(CASE WHEN l.quantity < 0 THEN -1 ELSE 1 END * abs(reported_number(l.reported_quantity, v_mark))),
            sum(l.amount)
        INTO v_quantity, v_amount
        FROM submission_line AS l
        WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id;
    END IF;

    IF v_modes > 1 THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'MIXED_PURPOSE', (
            SELECT string_agg(u.purpose, ', ' ORDER BY u.purpose)
            FROM unnest(p_kept.purposes) AS u (purpose)));
    END IF;

    -- Totals as declared, counted over all lines, whatever becomes of them.
    v_gap := concat_ws(', ',
        CASE WHEN abs(s.declared_lines - v_lines) > (v_rules #>> '{CONTROL_TOTAL,lines}')::numeric
            THEN format('lines %s, declared %s', v_lines, s.declared_lines) END,
        CASE WHEN abs(s.declared_qty - coalesce(v_quantity, 0)) > (v_rules #>> '{CONTROL_TOTAL,quantity}')::numeric
            THEN format('quantity %s, declared %s', coalesce(v_quantity, 0), s.declared_qty) END,
        CASE WHEN abs(s.declared_amount - coalesce(v_amount, 0)) > (v_rules #>> '{CONTROL_TOTAL,amount}')::numeric
            THEN format('amount %s, declared %s', coalesce(v_amount, 0), s.declared_amount) END);
    IF v_gap <> '' THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'CONTROL_TOTAL', v_gap);
    END IF;

    IF s.submission_mode = 'nil' AND v_lines > 0 THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'NIL_WITH_LINES', v_lines::text);
    END IF;
    IF s.submission_mode IN ('replace', 'nil') AND s.refers_to IS NULL AND NOT s.period_is_stated THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'PERIOD_MISSING',
            format('lines are of %s to %s', s.period_starts_on, s.period_ends_on));
    END IF;
END
$$;
COMMENT ON FUNCTION judge_header(bigint, bigint, lines_kept) IS 'Step 3 of submit_report(): what the document says about itself, and its control totals';

CREATE FUNCTION judge_across(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_kept lines_kept DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_indexscan = off
AS $$
DECLARE
    s submission;
    v_rules jsonb := rule_parameters_of(p_distributor_id);
    v_policy text;
    v_text text;
    v_days integer;
    v_volume numeric;
    v_expected numeric;
    v_reports bigint;
BEGIN
    SELECT * INTO s
    FROM submission AS u
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;
    SELECT f.mode_policy INTO v_policy FROM report_profile AS f WHERE f.distributor_id = p_distributor_id;

    SELECT string_agg(o.submission_id::text, ', ' ORDER BY o.submission_id) INTO v_text
    FROM submission AS o
    WHERE o.distributor_id = p_distributor_id
        AND o.submission_id <> p_submission_id
        AND o.submission_state = 'accepted'
        AND o.document_sha256 <> s.document_sha256
        AND o.transmission_no = s.transmission_no;
    IF v_text IS NOT NULL THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'DUP_TRANSMISSION',
            format('%s, submission %s', s.transmission_no, v_text));
    END IF;

    IF s.submission_mode = 'original' AND (v_policy = 'purpose_code' OR s.purpose = '15') THEN
        SELECT string_agg(o.submission_id::text, ', ' ORDER BY o.submission_id) INTO v_text
        FROM submission AS o
        WHERE o.distributor_id = p_distributor_id
            AND o.submission_id <> p_submission_id
            AND o.submission_state = 'accepted'
            AND o.submission_mode IN ('original', 'replace', 'append')
            AND (o.report_nos && s.report_nos
                OR o.report_kind = s.report_kind
                AND o.period_is_stated AND s.period_is_stated
                AND o.period_starts_on = s.period_starts_on
                AND o.period_ends_on = s.period_ends_on);
        IF v_text IS NOT NULL THEN
            PERFORM find_in_document(p_distributor_id, p_submission_id, 'DUP_REPORT', 'submission ' || v_text);
        END IF;
    END IF;

    IF s.submission_mode = 'original' THEN
        SELECT string_agg(format('%s (%s to %s)', o.submission_id, o.period_starts_on, o.period_ends_on), ', '
            ORDER BY o.submission_id) INTO v_text
        FROM submission AS o
        WHERE o.distributor_id = p_distributor_id
            AND o.submission_id <> p_submission_id
            AND o.submission_state = 'accepted'
            AND o.submission_mode IN ('original', 'replace')
            AND o.report_kind = s.report_kind
            AND o.period_starts_on <= s.period_ends_on
            AND o.period_ends_on >= s.period_starts_on;
        IF v_text IS NOT NULL THEN
            PERFORM find_in_document(p_distributor_id, p_submission_id, 'OVERLAP', 'submission ' || v_text);
        END IF;
    END IF;

    IF s.submission_mode IN ('replace', 'cancel', 'correct') AND NOT EXISTS (
        SELECT FROM facts_at_stake(p_distributor_id, p_submission_id))
        AND NOT EXISTS (
            SELECT FROM receipts_at_stake(p_distributor_id, p_submission_id))
        AND (s.submission_mode <> 'replace' OR s.refers_to IS NOT NULL)
    THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'UNKNOWN_REFERENCE', array_to_string(s.refers_to, ', '));
    END IF;
    IF s.submission_mode = 'nil' AND s.period_is_stated THEN
        SELECT sum(f.quantity)::text INTO v_text
        FROM sell_through_as_of() AS f
        WHERE s.report_kind <> 'inventory'
            AND f.distributor_id = p_distributor_id
            AND f.sold_on BETWEEN s.period_starts_on AND s.period_ends_on;
        IF v_text IS NOT NULL THEN
            PERFORM find_in_document(p_distributor_id, p_submission_id, 'NIL_CONFLICT', v_text || ' base units');
        END IF;
    END IF;
    IF s.submission_mode IN ('nil', 'cancel') THEN
        RETURN;
    END IF;

    PERFORM refuse_duplicates(p_distributor_id, p_submission_id);

    -- The same invoice, article and quantity, but another day or price.
    v_days := (v_rules #>> '{NEAR_DUPLICATE,days}')::integer;
    IF v_days IS NOT NULL AND s.submission_mode IN ('original', 'append') AND EXISTS (
        SELECT
        FROM sell_through AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.sold_on BETWEEN s.period_starts_on - v_days AND s.period_ends_on + v_days)
    THEN
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            r.severity, 'business', r.rule_code, r.message,
            left(concat_ws(' / ', l.invoice_no, l.invoice_line, l.reported_vendor_part,
                format('%s at %s, booked on %s at %s', l.activity_on, trim_scale(l.unit_price),
                    n.sold_on, trim_scale(n.unit_price))), 99),
            r.remedy
        FROM (
            SELECT DISTINCT ON (sl.line_no) sl.line_no, f.sold_on, f.unit_price
            FROM submission_line AS sl
            JOIN sell_through_as_of() AS f
                ON f.distributor_id = p_distributor_id
                AND f.invoice_no = sl.invoice_no
                AND f.product_id = sl.product_id
                AND f.quantity = sl.quantity
            WHERE sl.distributor_id = p_distributor_id
                AND sl.submission_id = p_submission_id
                AND sl.books_as = 'sell_through'
                AND sl.line_state = 'ready'
                AND f.invoice_line IS NOT DISTINCT FROM sl.invoice_line
                AND f.sold_on BETWEEN s.period_starts_on - v_days AND s.period_ends_on + v_days
                AND f.sold_on BETWEEN sl.activity_on - v_days AND sl.activity_on + v_days
                AND (f.sold_on <> sl.activity_on OR f.unit_price IS DISTINCT FROM round(sl.unit_price, 4))
            ORDER BY sl.line_no, f.sold_on, f.sell_through_id
        ) AS n
        JOIN submission_line AS l
            ON l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_no = n.line_no
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'NEAR_DUPLICATE';
    END IF;

    -- A serial number is sold once, until it comes back.
    IF v_rules ? 'SERIAL_REPEATED' AND s.submission_mode IN ('original', 'append') AND coalesce(p_kept.has_serials, true) AND EXISTS (
        SELECT
        FROM submission_line AS l
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.serials IS NOT NULL)
    THEN
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            r.severity, 'business', r.rule_code, r.message, left(n.serials, 99), r.remedy
        FROM (
            SELECT h.line_no, string_agg(h.serial, ', ' ORDER BY h.serial) AS serials
            FROM (
                SELECT x.submission_id, x.line_no, g.serial,
                    sum(CASE WHEN x.quantity > 0 THEN 1 ELSE -1 END) OVER (
                        PARTITION BY g.serial
                        ORDER BY x.submission_id = p_submission_id, x.activity_on, x.submission_id, x.line_no
                    ) AS sold,
                    x.quantity
                FROM submission_line AS x
                CROSS JOIN LATERAL unnest(x.serials) AS g (serial)
                WHERE x.distributor_id = p_distributor_id
                    AND x.serials && (
                        SELECT array_agg(DISTINCT w.serial)
                        FROM submission_line AS o
                        CROSS JOIN LATERAL unnest(o.serials) AS w (serial)
                        WHERE o.distributor_id = p_distributor_id AND o.submission_id = p_submission_id)
                    AND (x.submission_id = p_submission_id AND x.line_state = 'ready'
                        OR EXISTS (
                            SELECT
                            FROM sell_through_as_of() AS f
                            WHERE f.distributor_id = p_distributor_id
                                AND f.submission_id = x.submission_id
                                AND f.submission_line_no = x.line_no))
            ) AS h
            WHERE h.submission_id = p_submission_id
                AND h.quantity > 0
                AND h.sold > 1
            GROUP BY h.line_no
        ) AS n
        JOIN submission_line AS l
            ON l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_no = n.line_no
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'SERIAL_REPEATED';
    END IF;

    -- More than was there on the day before, and came in or was sold since by
    -- other reports, where anything is known of the stock at all. Counts do not
    -- help here: one at the end of the period has these sales in it already. What
    -- the report replaces is there again.
    IF v_rules ? 'BEYOND_STOCK' AND s.submission_mode IN ('original', 'append', 'replace') AND EXISTS (
        SELECT
        FROM inventory_movement_as_of(s.period_ends_on) AS n
        WHERE n.distributor_id = p_distributor_id
            AND n.fact_table IN ('sell_in', 'inventory_count', 'inventory_transfer'))
    THEN
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            r.severity, 'business', r.rule_code, r.message,
            format('%s sold in the report so far, %s in stock', trim_scale(l.sold), trim_scale(i.available)), r.remedy
        FROM (
            SELECT sl.line_no, sl.transaction_no, sl.segment_no, sl.byte_offset,
                sl.warehouse_id, sl.product_id, sl.quantity,
                sum(sl.quantity) OVER (
                    PARTITION BY sl.warehouse_id, sl.product_id
                    ORDER BY sl.activity_on, sl.quantity, sl.line_no
                ) AS sold
            FROM submission_line AS sl
            JOIN (
                -- Known is what was ever bought, moved there or counted.
                SELECT DISTINCT n.warehouse_id, n.product_id
                FROM inventory_movement_as_of(s.period_ends_on) AS n
                WHERE n.distributor_id = p_distributor_id
                    AND n.fact_table IN ('sell_in', 'inventory_count', 'inventory_transfer')
            ) AS k
                ON k.warehouse_id = sl.warehouse_id
                AND k.product_id = sl.product_id
            WHERE sl.distributor_id = p_distributor_id
                AND sl.submission_id = p_submission_id
                AND sl.books_as = 'sell_through'
                AND sl.reported_type <> 'DS'
                AND sl.line_state = 'ready'
        ) AS l
        JOIN (
            SELECT v.warehouse_id, v.product_id, sum(v.quantity) AS available
            FROM (
                SELECT a.warehouse_id, a.product_id, a.on_hand_qty AS quantity
                FROM inventory_as_of(s.period_starts_on - 1) AS a
                WHERE a.distributor_id = p_distributor_id
                UNION ALL
                SELECT m.warehouse_id, m.product_id,
                    CASE WHEN m.kind IN ('issue', 'vendor_return', 'transfer_out') THEN -m.quantity ELSE m.quantity END
                FROM inventory_movement_as_of(s.period_ends_on) AS m
                WHERE m.distributor_id = p_distributor_id
                    AND m.occurred_on >= s.period_starts_on
                    AND m.kind <> 'count'
                UNION ALL
                SELECT k.warehouse_id, k.product_id, k.quantity
                FROM facts_at_stake(p_distributor_id, p_submission_id) AS k
                WHERE k.fact_table = 'sell_through'
                    AND k.fact_kind <> 'DS'
                    AND k.fact_on <= s.period_ends_on
            ) AS v
            GROUP BY v.warehouse_id, v.product_id
        ) AS i
            ON i.warehouse_id = l.warehouse_id
            AND i.product_id = l.product_id
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'BEYOND_STOCK'
        WHERE l.sold > i.available
            AND l.quantity > 0;
    END IF;

    -- A day of this report against a day of the twelve months before it.
    IF v_rules ? 'VOLUME_OUTLIER' AND s.submission_mode IN ('original', 'replace') AND s.period_is_stated THEN
        -- A period counts once, however often it was replaced or corrected.
        SELECT count(DISTINCT (o.period_starts_on, o.period_ends_on)) FILTER (WHERE r.is_report),
            sum(o.booked_qty) / nullif(max(o.period_ends_on) FILTER (WHERE r.is_report)
                - min(o.period_starts_on) FILTER (WHERE r.is_report) + 1, 0)
            * (s.period_ends_on - s.period_starts_on + 1)
        INTO v_reports, v_expected
        FROM submission AS o
        CROSS JOIN LATERAL (SELECT o.submission_mode NOT IN ('correct', 'cancel') AS is_report) AS r
        WHERE o.distributor_id = p_distributor_id
            AND o.submission_state = 'accepted'
            AND o.report_kind IN ('sell_through', 'mixed')
            AND o.period_ends_on < s.period_starts_on
            AND o.period_starts_on >= s.period_starts_on
                - make_interval(months => (v_rules #>> '{VOLUME_OUTLIER,months}')::integer);
        IF v_reports >= (v_rules #>> '{VOLUME_OUTLIER,minimum_reports}')::integer AND s.report_kind <> 'inventory' THEN
            SELECT coalesce(sum(l.quantity), 0) INTO v_volume
            FROM submission_line AS l
            WHERE l.distributor_id = p_distributor_id
                AND l.submission_id = p_submission_id
                AND l.books_as = 'sell_through'
                AND l.line_state = 'ready';
        END IF;
        IF abs(v_volume - v_expected) > abs(v_expected) * (v_rules #>> '{VOLUME_OUTLIER,tolerance_pct}')::numeric / 100
        THEN
            PERFORM find_in_document(p_distributor_id, p_submission_id, 'VOLUME_OUTLIER',
                format('%s base units, %s by the months before', trim_scale(v_volume), trim_scale(round(v_expected, 1))));
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION judge_across(bigint, bigint, lines_kept) IS 'Step 4 of submit_report(): how a document stands to the reports that are booked: the ladder of duplicates, stock, volume';

CREATE FUNCTION conclude_judgement(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_partial text;
    v_mode text;
    v_lines bigint;
    v_refused bigint;
    v_has_refused boolean := refuse_lines(p_distributor_id, p_submission_id);
BEGIN
    -- A rule that judges the document as a whole, and refuses, refuses it as such.
    IF EXISTS (
        SELECT
        FROM finding AS f
        JOIN validation_rule AS r ON r.rule_code = f.code AND r.rule_level <> 'line'
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.severity = 'refuse'
            AND f.level = 'file'
            AND num_nulls(f.line_no, f.transaction_no, f.segment_no) = 3)
    THEN
        UPDATE submission_line AS l
        SET line_state = 'refused'
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_state IN ('ready', 'not_booked');
        UPDATE submission AS s
        SET submission_state = 'rejected'
        WHERE s.distributor_id = p_distributor_id
            AND s.submission_id = p_submission_id
            AND s.submission_state = 'validated';
        RETURN;
    END IF;

    IF NOT v_has_refused THEN
        RETURN;
    END IF;
    SELECT f.partial_acceptance INTO v_partial FROM report_profile AS f WHERE f.distributor_id = p_distributor_id;
    SELECT s.submission_mode INTO v_mode
    FROM submission AS s
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
    SELECT count(*), count(*) FILTER (WHERE l.line_state = 'refused') INTO v_lines, v_refused
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id;
    IF v_refused = 0 THEN
        RETURN;
    END IF;

    IF v_partial = 'transaction' THEN
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            'refuse', 'transaction', r.rule_code, r.message, NULL, r.remedy
        FROM submission_line AS l
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'PARTIAL_REFUSAL' AND r.is_enabled
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_state = 'ready'
            AND coalesce(l.transaction_no, 0) IN (
                SELECT coalesce(b.transaction_no, 0)
                FROM submission_line AS b
                WHERE b.distributor_id = p_distributor_id
                    AND b.submission_id = p_submission_id
                    AND b.line_state = 'refused');
        PERFORM refuse_lines(p_distributor_id, p_submission_id);
    END IF;
    IF (v_partial = 'document' OR v_mode = 'replace') AND NOT EXISTS (
        SELECT
        FROM finding AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.line_no IS NULL
            AND f.code = 'PARTIAL_REFUSAL')
    THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'PARTIAL_REFUSAL', format('%s of %s lines', v_refused, v_lines));
    END IF;
END
$$;
COMMENT ON FUNCTION conclude_judgement(bigint, bigint) IS
    'Step 5 of submit_report(): what the findings come to: lines that are refused, what a refused line takes along (report_profile.partial_acceptance), and a document that is refused as a whole, which is rejected';
