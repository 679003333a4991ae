-- feed, judging lines: every line is kept as reported and as resolved, and what
-- is wrong with it is a finding. The conditions stand here, everything else
-- about a rule (severity, whether it is looked for, its numbers, its words) in
-- validation_rule.

CREATE FUNCTION keep_lines_as_reported(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_format text,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- One statement reads the document, resolves every line and keeps both;
    -- what only the document can say (a test, its numbers and period, a row that
    -- is no row) is noted on the way.
    WITH reported AS MATERIALIZED (
        SELECT l.*
        FROM reported_lines(p_format, p_document) AS l
    ),
    resolved AS (
        SELECT l.*,
            p.product_id,
            w.warehouse_id,
            coalesce(by_id.reseller_id, by_name.reseller_id) AS reseller_id,
            t.reason_code,
            CASE
                WHEN l.report_kind = 'inventory' THEN a.count_kind
            END AS count_kind,
            CASE
                WHEN l.report_kind = 'inventory'
                    THEN CASE WHEN a.count_kind IS NULL THEN 'nothing' ELSE 'inventory_count' END
                WHEN t.books_as IN ('take_out', 'adjust') THEN 'inventory_adjustment'
                ELSE coalesce(t.books_as, 'nothing')
            END AS books_as,
            row_number() OVER (
                PARTITION BY a.count_kind, p.product_id, w.warehouse_id, l.activity_on
                ORDER BY a.preference, l.line_no
            ) AS preferred,
            CASE
                WHEN l.purpose = '03' THEN 0
                WHEN t.books_as = 'take_out' THEN -abs(l.quantity)
                ELSE l.quantity
            END * u.numerator / u.denominator AS base_quantity,
            l.unit_price * u.denominator / u.numerator AS base_price,
            coalesce(l.currency_code, f.default_currency) AS known_currency
        FROM reported AS l
        LEFT JOIN transfer_type AS t ON t.transfer_type = l.line_type AND l.report_kind = 'sell_through'
        LEFT JOIN inventory_activity AS a ON a.activity_code = l.line_type AND l.report_kind = 'inventory'
        LEFT JOIN report_profile AS f ON f.distributor_id = p_distributor_id
        LEFT JOIN product AS by_part ON by_part.product_code = l.vendor_part
        LEFT JOIN product AS by_gtin
            ON by_gtin.gtin = CASE WHEN gtin_is_valid(l.gtin) THEN gtin14(l.gtin) END
        LEFT JOIN product_alias AS own
            ON own.distributor_id = p_distributor_id
            AND own.alias = l.distributor_part
            AND own.superseded_at IS NULL
        LEFT JOIN product AS p
            ON p.product_id = coalesce(by_part.product_id, by_gtin.product_id, own.product_id)
        LEFT JOIN warehouse AS w
            ON w.distributor_id = p_distributor_id
            AND CASE WHEN l.place IS NULL THEN w.is_default ELSE w.warehouse_code = l.place END
        LEFT JOIN reseller_alias AS by_id
            ON by_id.distributor_id = p_distributor_id
            AND by_id.alias_kind = 'id'
            AND by_id.alias = l.customer_id
            AND by_id.superseded_at IS NULL
            AND by_id.match_status <> 'rejected'
        LEFT JOIN reseller_alias AS by_name
            ON by_name.distributor_id = p_distributor_id
            AND by_name.alias_kind = 'name'
            AND by_name.alias = lower(regexp_replace(btrim(l.customer_name), '\s+', ' ', 'g'))
            AND by_name.superseded_at IS NULL
            AND by_name.match_status <> 'rejected'
        LEFT JOIN LATERAL (
            SELECT 1::bigint AS numerator, 1::bigint AS denominator, NULL::date AS valid_from
            WHERE l.uom IS NULL OR upper(l.uom) = p.base_uom
            UNION ALL
            SELECT c.numerator, c.denominator, c.valid_from
            FROM product_uom AS c
            WHERE c.product_id = p.product_id
                AND c.uom_code = upper(l.uom)
                AND c.uom_code <> p.base_uom
                AND c.valid_from <= l.activity_on
            ORDER BY valid_from DESC
            LIMIT 1
        ) AS u ON true
    ),
    lines AS (
        INSERT INTO submission_line (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            reported_vendor_part, reported_gtin, reported_distributor_part,
            reported_customer_id, reported_customer_name, reported_customer_postcode,
            reported_customer_country, reported_customer_qualifier, reported_warehouse, reported_type,
            reported_on, reported_quantity, reported_uom, reported_price, reported_amount,
            reported_currency, books_as, activity_on, warehouse_id, product_id, reseller_id,
            count_kind, reason_code, is_return, quantity, unit_price, amount, currency_code,
            invoice_no, invoice_line, contract_no, purpose, report_no, serials, line_state
        )
        SELECT p_distributor_id, p_submission_id, r.line_no, r.transaction_no, r.segment_no, r.byte_offset,
            r.vendor_part, r.gtin, r.distributor_part,
            r.customer_id, r.customer_name, r.customer_postcode,
            r.customer_country, r.customer_qualifier, r.place, r.line_type,
            coalesce(r.activity_text, r.activity_on::text), r.quantity_text, r.uom, r.price_text, r.amount_text,
            r.currency_code, b.books_as, r.activity_on, r.warehouse_id, r.product_id, r.reseller_id,
            r.count_kind, r.reason_code, r.is_return, r.base_quantity, r.base_price,
            CASE r.purpose
                WHEN '03' THEN 0
                ELSE coalesce(r.amount, round(r.base_quantity * r.base_price, 4))
            END, r.known_currency,
            r.invoice_no, r.invoice_line, r.contract_no, r.purpose, r.report_no, r.serials,
            CASE b.books_as WHEN 'nothing' THEN 'not_booked' ELSE 'ready' END
        FROM resolved AS r
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN r.books_as = 'inventory_count' AND r.preferred > 1 AND r.product_id IS NOT NULL THEN 'nothing'
                ELSE r.books_as
            END AS books_as
        ) AS b
    ),
    header AS (
        UPDATE submission AS s
        SET report_nos = h.report_nos,
            refers_to = h.refers_to,
            period_starts_on = h.period_starts_on,
            period_ends_on = h.period_ends_on,
            period_is_stated = h.period_ends_on IS NOT NULL
        FROM (
            SELECT array_agg(DISTINCT r.report_no) FILTER (WHERE r.report_no IS NOT NULL) AS report_nos,
                array_agg(DISTINCT r.previous_report_no) FILTER (WHERE r.previous_report_no IS NOT NULL) AS refers_to,
                least(min(r.period_starts_on), min(r.period_ends_on)) AS period_starts_on,
                greatest(max(r.period_ends_on), max(r.period_starts_on)) AS period_ends_on
            FROM reported AS r
        ) AS h
        WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id
    )
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        r.severity, CASE r.rule_level WHEN 'line' THEN 'business' ELSE 'file' END,
        r.rule_code, r.message, left(j.value, 99), r.remedy
    FROM reported AS l
    LEFT JOIN transfer_type AS t ON t.transfer_type = l.line_type
    CROSS JOIN LATERAL (
        SELECT 'TEST_DATA' AS code, NULL::text AS value
        WHERE l.is_test
        UNION ALL
        SELECT 'RAGGED_ROW', l.problem
        WHERE l.problem IS NOT NULL
        UNION ALL
        SELECT 'BAD_CODE', l.line_type
        WHERE l.report_kind = 'sell_through'
            AND l.line_type IS NOT NULL
            AND t.transfer_type IS NULL
    ) AS j
    JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = j.code AND r.is_enabled
    WHERE l.is_test
        OR l.problem IS NOT NULL
        OR l.report_kind = 'sell_through' AND l.line_type IS NOT NULL AND t.transfer_type IS NULL;
END
$$;
COMMENT ON FUNCTION keep_lines_as_reported(bigint, bigint, text, text) IS 'Step 1 of submit_report(): keeps every line of a document as reported and as resolved';

CREATE FUNCTION refuse_lines(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE submission_line AS l
    SET line_state = 'refused'
    FROM (
        SELECT DISTINCT f.line_no
        FROM finding AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.severity = 'refuse'
            AND f.line_no IS NOT NULL
    ) AS r
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_no = r.line_no
        AND l.line_state IN ('ready', 'not_booked');
END
$$;
COMMENT ON FUNCTION refuse_lines(bigint, bigint) IS 'Marks lines that have a refusing finding as refused';

CREATE FUNCTION judge_lines(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_received_on date
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET enable_nestloop = off
AS $$
DECLARE
    v_rules jsonb := rule_parameters_of(p_distributor_id);
    v_future date := p_received_on + coalesce((v_rules #>> '{FUTURE_DATE,days}')::integer, 0);
    v_amount numeric := coalesce((v_rules #>> '{AMOUNT_MISMATCH,amount}')::numeric, 0);
    v_low numeric := (v_rules #>> '{PRICE_BAND,low_pct}')::numeric / 100;
    v_high numeric := (v_rules #>> '{PRICE_BAND,high_pct}')::numeric / 100;
    v_mode text;
    v_starts_on date;
    v_ends_on date;
BEGIN
    SELECT s.submission_mode,
        CASE WHEN s.period_is_stated THEN s.period_starts_on END,
        CASE WHEN s.period_is_stated THEN s.period_ends_on END
    INTO v_mode, v_starts_on, v_ends_on
    FROM submission AS s
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
    IF v_mode = 'cancel' THEN
        RETURN;
    END IF;

    -- Nearly every line breaks no rule, so that the list of what it breaks is
    -- made as an array, which is cheap, and words are looked up for the rest.
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        r.severity, 'business', r.rule_code, r.message,
        left(CASE r.rule_code
            WHEN 'UNSUPPORTED_PURPOSE' THEN l.purpose
            WHEN 'UNRESOLVED_PRODUCT' THEN concat_ws(' / ', l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part)
            WHEN 'UNRESOLVED_PARTY' THEN concat_ws(' / ', l.reported_customer_id, l.reported_customer_name)
            WHEN 'UNKNOWN_WAREHOUSE' THEN l.reported_warehouse
            WHEN 'UOM_CONFLICT' THEN format('%s, the product is kept in %s', l.reported_uom, l.base_uom)
            WHEN 'CURRENCY' THEN l.reported_currency
            WHEN 'GTIN_CHECK_DIGIT' THEN l.reported_gtin
            WHEN 'AMOUNT_MISMATCH' THEN format('%s × %s <> %s', l.quantity, l.unit_price, l.amount)
            WHEN 'BAD_DATE' THEN l.reported_on
            WHEN 'FUTURE_DATE' THEN l.reported_on
            WHEN 'PERIOD_OUTSIDE' THEN format('%s, not %s to %s', l.activity_on, v_starts_on, v_ends_on)
            WHEN 'PRICE_BAND' THEN format('%s, list price %s', l.unit_price, l.list_price)
            ELSE concat_ws(' / ', l.reported_quantity, l.reported_price, l.reported_amount)
        END, 99),
        r.remedy
    FROM (
        SELECT sl.*,
            p.base_uom,
            i.list_price,
            array_remove(ARRAY[
                CASE WHEN sl.purpose IS NOT NULL AND c.submission_mode IS NULL THEN 'UNSUPPORTED_PURPOSE' END,
                CASE WHEN sl.product_id IS NULL AND b.books THEN 'UNRESOLVED_PRODUCT' END,
                CASE WHEN sl.reseller_id IS NULL AND sl.books_as = 'sell_through' THEN 'UNRESOLVED_PARTY' END,
                CASE WHEN sl.warehouse_id IS NULL AND b.books THEN 'UNKNOWN_WAREHOUSE' END,
                CASE WHEN sl.activity_on IS NULL AND b.books THEN 'BAD_DATE' END,
                CASE WHEN sl.activity_on > v_future AND b.books THEN 'FUTURE_DATE' END,
                CASE WHEN NOT sl.is_return AND sl.activity_on NOT BETWEEN v_starts_on AND v_ends_on
                    AND b.books THEN 'PERIOD_OUTSIDE' END,
                CASE WHEN b.books AND (
                        sl.quantity IS NULL AND try_numeric(sl.reported_quantity) IS NULL
                        OR sl.reported_price IS NOT NULL AND try_numeric(sl.reported_price) IS NULL
                        OR sl.reported_amount IS NOT NULL AND try_numeric(sl.reported_amount) IS NULL
                        OR sl.quantity <> round(sl.quantity, 3)
                        OR abs(sl.quantity) >= 1e15
                        OR abs(sl.unit_price) >= 1e14
                        OR abs(sl.amount) >= 1e14)
                    THEN 'BAD_NUMBER' END,
                CASE WHEN sl.quantity = 0 AND v_mode <> 'correct' AND sl.books_as <> 'inventory_count' AND b.books
                    THEN 'ZERO_QUANTITY' END,
                CASE WHEN sl.product_id IS NOT NULL AND sl.quantity IS NULL
                    AND try_numeric(sl.reported_quantity) IS NOT NULL AND b.books THEN 'UOM_CONFLICT' END,
                CASE WHEN sl.books_as = 'sell_through' AND u.currency_code IS NULL THEN 'CURRENCY' END,
                CASE WHEN sign(sl.amount) * sign(sl.quantity) < 0 AND b.books THEN 'SIGN' END,
                CASE WHEN NOT gtin_is_valid(sl.reported_gtin) AND b.books THEN 'GTIN_CHECK_DIGIT' END,
                CASE WHEN abs(sl.quantity * sl.unit_price - sl.amount) > v_amount AND b.books THEN 'AMOUNT_MISMATCH' END,
                CASE WHEN sl.quantity < 0 AND NOT sl.is_return AND sl.books_as = 'sell_through'
                    THEN 'NEGATIVE_WITHOUT_REASON' END,
                CASE WHEN sl.books_as = 'sell_through'
                    AND sl.unit_price NOT BETWEEN i.list_price * v_low AND i.list_price * v_high
                    THEN 'PRICE_BAND' END
            ], NULL) AS broken
        FROM submission_line AS sl
        CROSS JOIN LATERAL (SELECT sl.books_as <> 'nothing' OR sl.reported_type IS NULL AS books) AS b
        LEFT JOIN product AS p ON p.product_id = sl.product_id
        LEFT JOIN currency AS u ON u.currency_code = sl.currency_code
        LEFT JOIN purpose_code AS c ON c.purpose = sl.purpose
        LEFT JOIN (
            -- One list in each currency: that of the territory, else the one for everybody.
            SELECT li.product_id, pl.currency_code, li.valid_from, li.valid_to, li.list_price
            FROM (
                SELECT DISTINCT ON (o.currency_code) o.currency_code, o.price_list_id
                FROM distributor AS d
                JOIN price_list AS o ON o.territory_id = d.territory_id OR o.territory_id IS NULL
                WHERE d.distributor_id = p_distributor_id
                ORDER BY o.currency_code, o.territory_id NULLS LAST, o.price_list_id
            ) AS pl
            JOIN price_list_item AS li ON li.price_list_id = pl.price_list_id
        ) AS i
            ON i.product_id = sl.product_id
            AND i.currency_code = sl.currency_code
            AND sl.activity_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity')
        WHERE sl.distributor_id = p_distributor_id
            AND sl.submission_id = p_submission_id
    ) AS l
    CROSS JOIN LATERAL unnest(l.broken) AS j (code)
    JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = j.code AND r.is_enabled
    WHERE l.broken <> '{}';

    PERFORM refuse_lines(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION judge_lines(bigint, bigint, date) IS 'Step 2 of submit_report(): a finding for each line and rule that is broken; a line with a finding of severity refuse is not booked';

CREATE FUNCTION refuse_envelopes(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- A group or interchange that is refused when it ends (a wrong count, another
    -- control number, the end of the file) takes all its lines with it, also of
    -- transaction sets that are right by themselves.
    WITH segment AS MATERIALIZED (
        SELECT s.interchange_no, s.group_no, s.transaction_no, s.segment_no, s.tag
        FROM x12_segments(p_document) AS s
    ),
    refused AS (
        SELECT DISTINCT f.code, f.value, s.interchange_no,
            CASE f.level WHEN 'group' THEN s.group_no END AS group_no
        FROM finding AS f
        CROSS JOIN LATERAL (
            SELECT g.interchange_no, g.group_no
            FROM segment AS g
            WHERE f.segment_no IS NULL OR g.segment_no <= f.segment_no
            ORDER BY g.segment_no DESC
            LIMIT 1
        ) AS s
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.severity = 'refuse'
            AND f.line_no IS NULL
            AND f.level IN ('file', 'interchange', 'group')
    )
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'refuse', 'interchange', 'ENVELOPE_REFUSED', 'group or interchange around the line is refused',
        string_agg(DISTINCT r.code, ', '), 'Have the sender correct it and send it again.'
    FROM submission_line AS l
    JOIN segment AS st ON st.transaction_no = l.transaction_no AND st.tag = 'ST'
    JOIN refused AS r
        ON r.interchange_no = st.interchange_no
        AND (r.group_no IS NULL OR r.group_no = st.group_no)
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id
    GROUP BY l.line_no, l.transaction_no, l.segment_no, l.byte_offset;
END
$$;
COMMENT ON FUNCTION refuse_envelopes(bigint, bigint, text) IS 'Refuses the lines of a group or interchange that is refused as a whole (ENVELOPE_REFUSED)';
