-- feed, judging: every line is kept as reported and as resolved, and what is
-- wrong with it is a finding.

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
    -- what only the document can say (a test, a purpose that books nothing, a
    -- row that is no row) becomes a finding on the way.
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
            CASE t.books_as
                WHEN 'take_out' THEN -abs(l.quantity)
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
            reported_customer_country, reported_warehouse, reported_type, reported_on,
            reported_quantity, reported_uom, reported_price, reported_amount, reported_currency,
            books_as, activity_on, warehouse_id, product_id, reseller_id, count_kind,
            reason_code, is_return, quantity, unit_price, amount, currency_code,
            invoice_no, invoice_line, contract_no, line_state
        )
        SELECT p_distributor_id, p_submission_id, r.line_no, r.transaction_no, r.segment_no, r.byte_offset,
            r.vendor_part, r.gtin, r.distributor_part,
            r.customer_id, r.customer_name, r.customer_postcode,
            r.customer_country, r.place, r.line_type, coalesce(r.activity_text, r.activity_on::text),
            r.quantity_text, r.uom, r.price_text, r.amount_text, r.currency_code,
            b.books_as,
            r.activity_on, r.warehouse_id, r.product_id, r.reseller_id, r.count_kind,
            r.reason_code, r.is_return, r.base_quantity, r.base_price,
            coalesce(r.amount, round(r.base_quantity * r.base_price, 4)), r.known_currency,
            r.invoice_no, r.invoice_line, r.contract_no,
            CASE b.books_as WHEN 'nothing' THEN 'not_booked' ELSE 'ready' END
        FROM resolved AS r
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN r.books_as = 'inventory_count' AND r.preferred > 1 AND r.product_id IS NOT NULL THEN 'nothing'
                ELSE r.books_as
            END AS books_as
        ) AS b
    )
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'refuse', j.level, j.code, j.message, left(j.value, 99), j.remedy
    FROM reported AS l
    CROSS JOIN LATERAL (
        SELECT 'file' AS level, 'TEST_DATA' AS code, 'document is marked as a test' AS message,
            NULL::text AS value, 'Send it again with ISA15 = P.' AS remedy
        WHERE l.is_test
        UNION ALL
        SELECT 'transaction', 'UNSUPPORTED_PURPOSE', 'report does not only add lines',
            l.purpose, 'Only purpose codes 00, 02 and 25 are booked; replacing, cancelling and copies are not yet.'
        WHERE l.purpose NOT IN ('00', '02', '25')
        UNION ALL
        SELECT 'file', 'RAGGED_ROW', l.problem, NULL, 'Correct the row and send the file again.'
        WHERE l.problem IS NOT NULL
        UNION ALL
        SELECT 'business', 'BAD_CODE', 'kind of line is not known', l.line_type,
            'Use a code of transfer_type, or enter the code there.'
        WHERE l.report_kind = 'sell_through'
            AND l.line_type IS NOT NULL
            AND NOT EXISTS (SELECT FROM transfer_type AS t WHERE t.transfer_type = l.line_type)
    ) AS j;
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

CREATE FUNCTION refuse_duplicates(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET enable_nestloop = off
AS $$
BEGIN
    -- Lines that came in a moment ago have no statistics yet; a nested loop that
    -- looks cheap for one row would be quadratic in the report. Hence the SET.
    -- Two equal lines in one report are two sales; so the n-th of them is a
    -- duplicate only where n of them stand already.
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'refuse', 'business', 'DUP_LINE', 'line was booked from an earlier report',
        left(concat_ws(' / ', l.invoice_no, l.invoice_line, l.reported_vendor_part, l.quantity::text), 99),
        'Nothing to do if the distributor sent it twice; a second such sale needs its own invoice line.'
    FROM (
        SELECT sl.*,
            row_number() OVER (
                PARTITION BY sl.invoice_no, sl.invoice_line, sl.product_id, sl.activity_on,
                    sl.reported_type, sl.quantity, sl.unit_price
                ORDER BY sl.line_no
            ) AS occurrence
        FROM submission_line AS sl
        WHERE sl.distributor_id = p_distributor_id
            AND sl.submission_id = p_submission_id
            AND sl.books_as = 'sell_through'
            AND sl.invoice_no IS NOT NULL
            AND sl.line_state = 'ready'
    ) AS l
    JOIN (
        SELECT s.sold_on, s.product_id, s.invoice_no, s.invoice_line, s.transfer_type,
            s.quantity, s.unit_price, count(*) AS booked
        FROM sell_through_as_of() AS s
        WHERE s.distributor_id = p_distributor_id
            AND s.sold_on BETWEEN (
                SELECT min(f.activity_on)
                FROM submission_line AS f
                WHERE f.distributor_id = p_distributor_id AND f.submission_id = p_submission_id
            ) AND (
                SELECT max(t.activity_on)
                FROM submission_line AS t
                WHERE t.distributor_id = p_distributor_id AND t.submission_id = p_submission_id
            )
        GROUP BY s.sold_on, s.product_id, s.invoice_no, s.invoice_line, s.transfer_type,
            s.quantity, s.unit_price
    ) AS b
        ON b.sold_on = l.activity_on
        AND b.product_id = l.product_id
        AND b.invoice_no = l.invoice_no
        AND b.transfer_type = l.reported_type
        AND b.quantity = l.quantity
        AND b.invoice_line IS NOT DISTINCT FROM l.invoice_line
        AND b.unit_price IS NOT DISTINCT FROM round(l.unit_price, 4)
        AND b.booked >= l.occurrence;

    PERFORM refuse_lines(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION refuse_duplicates(bigint, bigint) IS 'Refuses lines that were booked from an earlier report (DUP_LINE): same invoice, line, product, day, kind, quantity and price';

CREATE FUNCTION judge_lines(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_received_on date
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        j.severity, 'business', j.code, j.message, left(j.value, 99), j.remedy
    FROM (
        SELECT sl.*,
            p.base_uom
        FROM submission_line AS sl
        LEFT JOIN product AS p ON p.product_id = sl.product_id
        WHERE sl.distributor_id = p_distributor_id
            AND sl.submission_id = p_submission_id
            AND (sl.books_as <> 'nothing' OR sl.reported_type IS NULL)
    ) AS l
    CROSS JOIN LATERAL (
        SELECT 'refuse' AS severity, 'UNRESOLVED_PRODUCT' AS code, 'product is not known' AS message,
            concat_ws(' / ', l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part) AS value,
            'Enter the product, or map the distributor''s number in product_alias, and submit again.' AS remedy
        WHERE l.product_id IS NULL
        UNION ALL
        SELECT 'warn', 'UNRESOLVED_PARTY', 'customer is not known; the sale is booked without a reseller',
            concat_ws(' / ', l.reported_customer_id, l.reported_customer_name),
            'Map the customer in reseller_alias.'
        WHERE l.reseller_id IS NULL AND l.books_as = 'sell_through'
        UNION ALL
        SELECT 'refuse', 'UNKNOWN_WAREHOUSE', 'warehouse is not known', l.reported_warehouse,
            'Enter the warehouse, or mark one as the default where reports name none.'
        WHERE l.warehouse_id IS NULL
        UNION ALL
        SELECT 'refuse', 'BAD_DATE', 'date is missing, ambiguous or does not exist', l.reported_on,
            'Write dates as CCYY-MM-DD or CCYYMMDD.'
        WHERE l.activity_on IS NULL
        UNION ALL
        SELECT 'refuse', 'FUTURE_DATE', 'date is after the day of receipt', l.reported_on,
            'Correct the date.'
        WHERE l.activity_on > p_received_on
        UNION ALL
        SELECT 'refuse', 'BAD_NUMBER', 'quantity is missing or is not a plain decimal number', l.reported_quantity,
            'Write numbers with a point and without grouping.'
        WHERE l.quantity IS NULL AND try_numeric(l.reported_quantity) IS NULL
        UNION ALL
        SELECT 'refuse', 'BAD_NUMBER', 'price is not a plain decimal number', l.reported_price,
            'Write numbers with a point and without grouping.'
        WHERE l.reported_price IS NOT NULL AND try_numeric(l.reported_price) IS NULL
        UNION ALL
        SELECT 'refuse', 'BAD_NUMBER', 'amount is not a plain decimal number', l.reported_amount,
            'Write numbers with a point and without grouping.'
        WHERE l.reported_amount IS NOT NULL AND try_numeric(l.reported_amount) IS NULL
        UNION ALL
        SELECT 'refuse', 'BAD_NUMBER', 'number is too large or too fine to be kept exactly',
            concat_ws(' / ', l.reported_quantity, l.reported_price, l.reported_amount),
            'Quantities have up to 15 digits and 3 decimals, prices and amounts up to 14 and 4.'
        WHERE l.quantity <> round(l.quantity, 3)
            OR abs(l.quantity) >= 1e15
            OR abs(l.unit_price) >= 1e14
            OR abs(l.amount) >= 1e14
        UNION ALL
        SELECT 'refuse', 'ZERO_QUANTITY', 'quantity is zero', l.reported_quantity,
            'Leave the line out.'
        WHERE l.quantity = 0 AND l.books_as <> 'inventory_count'
        UNION ALL
        SELECT 'refuse', 'UOM_CONFLICT', 'unit cannot be converted to the unit of the product',
            format('%s, the product is kept in %s', l.reported_uom, l.base_uom),
            'Enter the unit in product_uom.'
        WHERE l.product_id IS NOT NULL AND l.quantity IS NULL
            AND try_numeric(l.reported_quantity) IS NOT NULL
        UNION ALL
        SELECT 'refuse', 'CURRENCY', 'currency is missing or not known', l.reported_currency,
            'Name it in the report, or set default_currency in report_profile.'
        WHERE l.books_as = 'sell_through'
            AND NOT EXISTS (SELECT FROM currency AS c WHERE c.currency_code = l.currency_code)
        UNION ALL
        SELECT 'refuse', 'SIGN', 'amount has another sign than the quantity',
            concat_ws(' / ', l.reported_quantity, l.reported_amount), 'Correct the line.'
        WHERE sign(l.amount) * sign(l.quantity) < 0
        UNION ALL
        SELECT 'warn', 'GTIN_CHECK_DIGIT', 'GTIN has a wrong form or check digit', l.reported_gtin,
            'Correct the GTIN in the distributor''s article master.'
        WHERE NOT gtin_is_valid(l.reported_gtin)
        UNION ALL
        SELECT 'warn', 'AMOUNT_MISMATCH', 'amount is not quantity × price',
            format('%s × %s <> %s', l.quantity, l.unit_price, l.amount),
            'Ask the distributor which of them is right.'
        WHERE abs(l.quantity * l.unit_price - l.amount) > 0.01
        UNION ALL
        SELECT 'warn', 'NEGATIVE_WITHOUT_REASON', 'negative quantity on a line that is not marked as a return',
            l.reported_quantity, 'Mark returns as such.'
        WHERE l.quantity < 0 AND NOT l.is_return AND l.books_as = 'sell_through'
    ) AS j;

    PERFORM refuse_lines(p_distributor_id, p_submission_id);
    PERFORM refuse_duplicates(p_distributor_id, p_submission_id);
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
