-- feed, judging lines: every line is kept as reported and as resolved, and what
-- is wrong with it is a finding. The conditions stand here, everything else
-- about a rule (severity, whether it is looked for, its numbers, its words) in
-- validation_rule.

CREATE TYPE lines_kept AS (
    lines bigint,
    doubtful_lines integer[],
    has_counts boolean,
    has_stock boolean,
    has_sales boolean,
    has_strangers boolean,
    has_serials boolean,
    starts_on date,
    ends_on date,
    sold_from date,
    sold_to date,
    purposes text[],
    report_nos text[],
    refers_to text[],
    period_starts_on date,
    period_ends_on date
);
COMMENT ON TYPE lines_kept IS 'What keep_lines_as_reported() saw on the way, so that the lines need not be read again to know it';
COMMENT ON COLUMN lines_kept.lines IS 'How many lines';
COMMENT ON COLUMN lines_kept.doubtful_lines IS 'Numbers of the lines of which a rule may have something to say; of the others none of the rules about a line by itself has, but for those that need the period of the report';
COMMENT ON COLUMN lines_kept.has_counts IS 'Whether a line becomes a count of stock';
COMMENT ON COLUMN lines_kept.has_stock IS 'Whether a line is of an activity of inventory reports, booked or not';
COMMENT ON COLUMN lines_kept.has_sales IS 'Whether a line becomes a sale or an adjustment';
COMMENT ON COLUMN lines_kept.has_strangers IS 'Whether a sale names a customer that no mapping knows';
COMMENT ON COLUMN lines_kept.has_serials IS 'Whether a line has serial numbers';
COMMENT ON COLUMN lines_kept.starts_on IS 'First day of activity, of returns only where there is nothing else';
COMMENT ON COLUMN lines_kept.ends_on IS 'Last day, likewise';
COMMENT ON COLUMN lines_kept.sold_from IS 'First day of what is no return and may be booked';
COMMENT ON COLUMN lines_kept.sold_to IS 'Last day, likewise';
COMMENT ON COLUMN lines_kept.purposes IS 'Purpose codes of the lines; NULL = none';
COMMENT ON COLUMN lines_kept.report_nos IS 'Numbers of the reports that the document has; NULL = none';
COMMENT ON COLUMN lines_kept.refers_to IS 'Numbers of reports that it refers to; NULL = none';
COMMENT ON COLUMN lines_kept.period_starts_on IS 'First day of the period that it states; NULL = it states none';
COMMENT ON COLUMN lines_kept.period_ends_on IS 'Last day of it';

CREATE FUNCTION keep_lines_as_reported(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_format text,
    p_document text,
    p_received_on date
) RETURNS lines_kept
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_mergejoin = off
SET enable_nestloop = off
AS $$
DECLARE
    v_rules jsonb := rule_parameters_of(p_distributor_id);
    v_future date := p_received_on + coalesce((v_rules #>> '{FUTURE_DATE,days}')::integer, 0);
    v_tolerance numeric := coalesce((v_rules #>> '{AMOUNT_MISMATCH,amount}')::numeric, 0);
    v_low numeric := (v_rules #>> '{PRICE_BAND,low_pct}')::numeric / 100;
    v_high numeric := (v_rules #>> '{PRICE_BAND,high_pct}')::numeric / 100;
    v_currencies text[] := ARRAY(SELECT c.currency_code FROM currency AS c);
    v_purposes text[] := ARRAY(SELECT c.purpose FROM purpose_code AS c WHERE c.submission_mode IS NOT NULL);
    v_usual_warehouse_id bigint := (
        SELECT w.warehouse_id FROM warehouse AS w WHERE w.distributor_id = p_distributor_id AND w.is_default);
    v_currency text := (SELECT f.default_currency FROM report_profile AS f WHERE f.distributor_id = p_distributor_id);
    result lines_kept;
BEGIN
    -- One statement reads the document, resolves every line and keeps both;
    -- what only the document can say (a test, its numbers and period, a row that
    -- is no row) is noted on the way, and so is which lines are beyond doubt. A
    -- GTIN is the surest, then the vendor's part number, then what the
    -- distributor calls it.
    WITH resolved AS MATERIALIZED (
        SELECT v.*
        FROM resolve_lines(NULL::resolved_line, p_format, p_document, p_distributor_id,
            v_usual_warehouse_id, v_currency, v_currencies, v_purposes, v_future, v_tolerance, v_low, v_high) AS v
    ),
    lines AS (
        INSERT INTO submission_line (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            reported_vendor_part, reported_gtin, reported_distributor_part,
            reported_customer_id, reported_customer_name, reported_customer_postcode,
            reported_customer_country, reported_customer_qualifier, reported_warehouse, reported_type,
            reported_on, reported_quantity, reported_uom, reported_price, reported_amount,
            reported_currency, books_as, activity_on, warehouse_id, product_id, reseller_id,
            count_kind, reason_code, is_return, quantity, reported_unit_quantity, unit_price, amount, currency_code,
            invoice_no, invoice_line, contract_no, purpose, report_no, serials, line_state
        )
        SELECT p_distributor_id, p_submission_id, r.line_no, r.transaction_no, r.segment_no, r.byte_offset,
            r.vendor_part, r.gtin, r.distributor_part,
            r.customer_id, r.customer_name, r.customer_postcode,
            r.customer_country, r.customer_qualifier, r.place, r.line_type,
            coalesce(r.activity_text, r.activity_on::text), r.quantity_text, r.uom, r.price_text, r.amount_text,
            r.currency_code, r.books_as, r.activity_on, r.warehouse_id, r.product_id, r.reseller_id,
            r.count_kind, r.reason_code, r.is_return, r.quantity, r.reported_unit_quantity, r.unit_price, r.amount, r.known_currency,
            r.invoice_no, r.invoice_line, r.contract_no, r.purpose, r.report_no, r.serials,
            CASE r.books_as WHEN 'nothing' THEN 'not_booked' ELSE 'ready' END
        FROM resolved AS r
    ),
    findings AS (
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            r.severity, CASE r.rule_level WHEN 'line' THEN 'business' ELSE 'file' END,
            r.rule_code, r.message, left(j.value, 99), r.remedy
        FROM resolved AS l
        CROSS JOIN LATERAL (
            SELECT 'TEST_DATA' AS code, NULL::text AS value
            WHERE l.is_test
            UNION ALL
            SELECT 'RAGGED_ROW', l.problem
            WHERE l.problem IS NOT NULL
            UNION ALL
            SELECT 'BAD_CODE', l.line_type
            WHERE l.is_bad_code
            UNION ALL
            SELECT 'PRODUCT_CONFLICT', concat_ws(' / ', l.gtin, l.vendor_part)
            WHERE l.is_two_products
        ) AS j
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = j.code AND r.is_enabled
        WHERE l.is_test OR l.problem IS NOT NULL OR l.is_bad_code OR l.is_two_products
    )
    SELECT count(*),
        array_agg(r.line_no) FILTER (WHERE r.is_sound IS NOT TRUE),
        coalesce(bool_or(r.books_as = 'inventory_count'), false),
        coalesce(bool_or(r.is_stock), false),
        coalesce(bool_or(r.books_as IN ('sell_through', 'inventory_adjustment')), false),
        coalesce(bool_or(r.books_as = 'sell_through' AND r.reseller_id IS NULL
            AND (r.customer_id IS NOT NULL OR r.customer_name IS NOT NULL)), false),
        coalesce(bool_or(r.serials IS NOT NULL), false),
        coalesce(min(r.activity_on) FILTER (WHERE NOT r.is_return), min(r.activity_on)),
        coalesce(max(r.activity_on) FILTER (WHERE NOT r.is_return), max(r.activity_on)),
        min(r.activity_on) FILTER (WHERE NOT r.is_return AND (r.books_as <> 'nothing' OR r.line_type IS NULL)),
        max(r.activity_on) FILTER (WHERE NOT r.is_return AND (r.books_as <> 'nothing' OR r.line_type IS NULL)),
        array_agg(DISTINCT r.purpose) FILTER (WHERE r.purpose IS NOT NULL),
        array_agg(DISTINCT r.report_no) FILTER (WHERE r.report_no IS NOT NULL),
        array_agg(DISTINCT r.previous_report_no) FILTER (WHERE r.previous_report_no IS NOT NULL),
        -- One end of a period is none.
        CASE WHEN min(r.period_starts_on) <= max(r.period_ends_on) THEN min(r.period_starts_on) END,
        CASE WHEN min(r.period_starts_on) <= max(r.period_ends_on) THEN max(r.period_ends_on) END
    INTO result
    FROM resolved AS r;
    RETURN result;
END
$$;
COMMENT ON FUNCTION keep_lines_as_reported(bigint, bigint, text, text, date) IS 'Step 1 of submit_report(): keeps every line of a document as reported and as resolved, and says what it saw on the way';

CREATE FUNCTION judge_counts(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    PERFORM
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.books_as = 'inventory_count'
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Of several activities of one item that are the same kind of count (gross
    -- on hand, ending balance, available), one is booked.
    UPDATE submission_line AS l
    SET books_as = 'nothing',
        line_state = 'not_booked'
    FROM (
        SELECT c.line_no,
            rank() OVER (
                PARTITION BY c.count_kind, c.product_id, c.warehouse_id, c.activity_on
                ORDER BY a.preference
            ) AS preferred
        FROM submission_line AS c
        JOIN inventory_activity AS a ON a.activity_code = c.reported_type
        WHERE c.distributor_id = p_distributor_id
            AND c.submission_id = p_submission_id
            AND c.books_as = 'inventory_count'
            AND num_nulls(c.product_id, c.quantity) = 0
    ) AS o
    WHERE o.preferred > 1
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_no = o.line_no;

    -- The same activity of one item again: parts of one count, or a mistake.
    IF EXISTS (
        SELECT FROM report_profile AS f WHERE f.distributor_id = p_distributor_id AND f.count_policy = 'sum')
    THEN
        UPDATE submission_line AS l
        SET quantity = CASE o.place WHEN 1 THEN o.total ELSE l.quantity END,
            books_as = CASE o.place WHEN 1 THEN l.books_as ELSE 'nothing' END,
            line_state = CASE o.place WHEN 1 THEN l.line_state ELSE 'not_booked' END
        FROM (
            SELECT c.line_no,
                row_number() OVER (same_item ORDER BY c.line_no) AS place,
                count(*) OVER same_item AS parts,
                sum(c.quantity) OVER same_item AS total
            FROM submission_line AS c
            WHERE c.distributor_id = p_distributor_id
                AND c.submission_id = p_submission_id
                AND c.books_as = 'inventory_count'
                AND num_nulls(c.product_id, c.warehouse_id, c.activity_on, c.quantity) = 0
            WINDOW same_item AS (PARTITION BY c.count_kind, c.product_id, c.warehouse_id, c.activity_on)
        ) AS o
        WHERE o.parts > 1
            AND l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.line_no = o.line_no;
        RETURN;
    END IF;
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, o.line_no, o.transaction_no, o.segment_no, o.byte_offset,
        r.severity, 'business', r.rule_code, r.message,
        left(format('%s counted, line %s counted %s', o.reported_quantity, o.first_line_no, o.first_quantity), 99),
        r.remedy
    FROM (
        SELECT c.line_no, c.transaction_no, c.segment_no, c.byte_offset, c.reported_quantity,
            first_value(c.line_no) OVER same_item AS first_line_no,
            first_value(c.reported_quantity) OVER same_item AS first_quantity
        FROM submission_line AS c
        WHERE c.distributor_id = p_distributor_id
            AND c.submission_id = p_submission_id
            AND c.books_as = 'inventory_count'
            AND num_nulls(c.product_id, c.warehouse_id, c.activity_on, c.quantity) = 0
        WINDOW same_item AS (PARTITION BY c.count_kind, c.product_id, c.warehouse_id, c.activity_on ORDER BY c.line_no)
    ) AS o
    JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'DUP_COUNT' AND r.is_enabled
    WHERE o.line_no > o.first_line_no;
END
$$;
COMMENT ON FUNCTION judge_counts(bigint, bigint) IS 'Several counts of one item, place and day in one report: of different activities the preferred one is booked; of the same, the first, and the others are refused (DUP_COUNT), or their sum, by count_policy of report_profile';

CREATE FUNCTION refuse_lines(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    -- Most reports have none, and their lines need not be read to know it.
    IF NOT EXISTS (
        SELECT
        FROM finding AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.severity = 'refuse'
            AND f.line_no IS NOT NULL)
    THEN
        RETURN false;
    END IF;
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
    RETURN true;
END
$$;
COMMENT ON FUNCTION refuse_lines(bigint, bigint) IS 'Marks lines that have a refusing finding as refused; false = there are none';

CREATE FUNCTION judge_lines(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_received_on date,
    p_line_nos integer[] DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET enable_indexscan = off
AS $$
DECLARE
    v_rules jsonb := rule_parameters_of(p_distributor_id);
    v_future date := p_received_on + coalesce((v_rules #>> '{FUTURE_DATE,days}')::integer, 0);
    v_amount numeric := coalesce((v_rules #>> '{AMOUNT_MISMATCH,amount}')::numeric, 0);
    v_low numeric := (v_rules #>> '{PRICE_BAND,low_pct}')::numeric / 100;
    v_high numeric := (v_rules #>> '{PRICE_BAND,high_pct}')::numeric / 100;
    v_currencies text[] := ARRAY(SELECT c.currency_code FROM currency AS c);
    v_purposes text[] := ARRAY(SELECT c.purpose FROM purpose_code AS c WHERE c.submission_mode IS NOT NULL);
    v_mode text;
    v_starts_on date;
    v_ends_on date;
    v_mark text;
BEGIN
    SELECT s.submission_mode,
        CASE WHEN s.period_is_stated THEN s.period_starts_on END,
        CASE WHEN s.period_is_stated THEN s.period_ends_on END,
        CASE WHEN s.document_format IN ('csv', 'staged') THEN coalesce(f.decimal_mark, s.decimal_mark) END
    INTO v_mode, v_starts_on, v_ends_on, v_mark
    FROM submission AS s
    LEFT JOIN report_profile AS f ON f.distributor_id = s.distributor_id
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
    IF v_mode = 'cancel' THEN
        RETURN;
    END IF;

    -- The list of what a line breaks is made as an array, which is cheap, and
    -- words are looked up where it has one. No join below that: of lines that
    -- came in a moment ago the planner expects one, and would hash them all, as
    -- wide as they are.
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
            WHEN 'UOM_CONFLICT' THEN format('%s, the product is kept in %s', l.reported_uom, p.base_uom)
            WHEN 'CURRENCY' THEN l.reported_currency
            WHEN 'GTIN_CHECK_DIGIT' THEN l.reported_gtin
            WHEN 'AMOUNT_MISMATCH' THEN format('%s × %s <> %s', trim_scale(coalesce(l.reported_unit_quantity, l.quantity)),
                trim_scale(CASE WHEN l.reported_unit_quantity IS NULL THEN l.unit_price ELSE abs(reported_number(l.reported_price, v_mark)) END),
                trim_scale(l.amount))
            WHEN 'BAD_DATE' THEN l.reported_on
            WHEN 'FUTURE_DATE' THEN l.reported_on
            WHEN 'PERIOD_OUTSIDE' THEN format('%s, not %s to %s', l.activity_on, v_starts_on, v_ends_on)
            WHEN 'PRICE_SCALE' THEN format('%s, kept as %s', l.reported_price, trim_scale(round(l.unit_price, 4)))
            WHEN 'DIGITS_LOST' THEN concat_ws(' / ', l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part)
            ELSE concat_ws(' / ', l.reported_quantity, l.reported_price, l.reported_amount)
        END, 99),
        r.remedy
    FROM (
        SELECT sl.*,
            array_remove(ARRAY[
                CASE WHEN sl.purpose <> ALL (v_purposes) THEN 'UNSUPPORTED_PURPOSE' END,
                CASE WHEN sl.product_id IS NULL AND b.books THEN 'UNRESOLVED_PRODUCT' END,
                CASE WHEN sl.product_id IS NULL AND b.books
                    AND concat_ws(' ', sl.reported_vendor_part, sl.reported_gtin, sl.reported_distributor_part) ~ '(^| )\d([.,]\d+)?[Ee]\+?\d+( |$)'
                    THEN 'DIGITS_LOST' END,
                CASE WHEN sl.reseller_id IS NULL AND sl.books_as = 'sell_through' THEN 'UNRESOLVED_PARTY' END,
                CASE WHEN sl.warehouse_id IS NULL AND b.books THEN 'UNKNOWN_WAREHOUSE' END,
                CASE WHEN sl.activity_on IS NULL AND b.books THEN 'BAD_DATE' END,
                CASE WHEN sl.activity_on > v_future AND b.books THEN 'FUTURE_DATE' END,
                CASE WHEN NOT sl.is_return AND sl.activity_on NOT BETWEEN v_starts_on AND v_ends_on
                    AND b.books THEN 'PERIOD_OUTSIDE' END,
                CASE WHEN b.books AND (
                        sl.quantity IS NULL AND reported_number(sl.reported_quantity, v_mark) IS NULL
                        OR sl.reported_price IS NOT NULL AND sl.unit_price IS NULL
                            AND reported_number(sl.reported_price, v_mark) IS NULL
                        OR sl.reported_amount IS NOT NULL AND reported_number(sl.reported_amount, v_mark) IS NULL
                        OR sl.quantity <> round(sl.quantity, 3)
                        OR abs(sl.quantity) >= 1e15
                        OR abs(sl.unit_price) >= 1e14
                        OR abs(sl.amount) >= 1e14)
                    THEN 'BAD_NUMBER' END,
                CASE WHEN sl.quantity = 0 AND v_mode <> 'correct' AND sl.books_as <> 'inventory_count' AND b.books
                    THEN 'ZERO_QUANTITY' END,
                CASE WHEN sl.product_id IS NOT NULL AND sl.quantity IS NULL
                    AND reported_number(sl.reported_quantity, v_mark) IS NOT NULL AND b.books THEN 'UOM_CONFLICT' END,
                CASE WHEN sl.books_as = 'sell_through' AND (sl.currency_code = ANY (v_currencies)) IS NOT TRUE THEN 'CURRENCY' END,
                CASE WHEN sign(sl.amount) * sign(sl.quantity) < 0 AND b.books THEN 'SIGN' END,
                CASE WHEN NOT gtin_is_valid(sl.reported_gtin) AND b.books THEN 'GTIN_CHECK_DIGIT' END,
                -- In the unit in which it was reported: a twelfth of a price is not exact.
                CASE WHEN abs(coalesce(sl.reported_unit_quantity * abs(reported_number(sl.reported_price, v_mark)),
                        sl.quantity * sl.unit_price) - sl.amount) > v_amount
                    AND b.books THEN 'AMOUNT_MISMATCH' END,
                CASE WHEN sl.unit_price <> round(sl.unit_price, 4) AND b.books
                    AND reported_number(sl.reported_price, v_mark) <> round(reported_number(sl.reported_price, v_mark), 4)
                    THEN 'PRICE_SCALE' END,
                CASE WHEN sl.quantity < 0 AND NOT sl.is_return AND sl.books_as = 'sell_through'
                    THEN 'NEGATIVE_WITHOUT_REASON' END
            ], NULL) AS broken
        FROM submission_line AS sl
        CROSS JOIN LATERAL (SELECT sl.books_as <> 'nothing' OR sl.reported_type IS NULL AS books) AS b
        WHERE sl.distributor_id = p_distributor_id
            AND sl.submission_id = p_submission_id
            AND (p_line_nos IS NULL OR sl.line_no = ANY (p_line_nos))
    ) AS l
    CROSS JOIN LATERAL unnest(l.broken) AS j (code)
    JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = j.code AND r.is_enabled
    LEFT JOIN product AS p ON p.product_id = l.product_id
    WHERE l.broken <> '{}';

    IF v_rules ? 'PRICE_BAND' THEN
        INSERT INTO finding (
            distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
            severity, level, code, message, value, remedy
        )
        SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
            r.severity, 'business', r.rule_code, r.message,
            left(format('%s, list price %s', trim_scale(l.unit_price), trim_scale(i.list_price)), 99), r.remedy
        FROM submission_line AS l
        JOIN list_prices_for(p_distributor_id) AS i
            ON i.product_id = l.product_id
            AND i.currency_code = l.currency_code
            AND l.activity_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity')
            AND l.unit_price NOT BETWEEN i.list_price * v_low AND i.list_price * v_high
        JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = 'PRICE_BAND'
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.books_as = 'sell_through'
            AND (p_line_nos IS NULL OR l.line_no = ANY (p_line_nos));
    END IF;

    PERFORM refuse_lines(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION judge_lines(bigint, bigint, date, integer[]) IS 'Step 2 of submit_report(): a finding for each line and rule that is broken; a line with a finding of severity refuse is not booked. p_line_nos NULL = all lines are looked at';

CREATE FUNCTION refuse_envelopes(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    PERFORM
    FROM finding AS f
    WHERE f.distributor_id = p_distributor_id
        AND f.submission_id = p_submission_id
        AND f.severity = 'refuse'
        AND f.line_no IS NULL
        AND f.level IN ('file', 'interchange', 'group')
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- A group or interchange that is refused when it ends (a wrong count, another
    -- control number, the end of the file) takes all its lines with it, also of
    -- transaction sets that are right by themselves.
    WITH segment AS MATERIALIZED (
        SELECT s.interchange_no, s.group_no, s.transaction_no, s.segment_no, s.tag = 'ST' AS is_head
        FROM x12_segments(p_document) AS s
        UNION ALL
        SELECT e.interchange_no, NULL::integer AS group_no, e.message_no, e.segment_no, e.tag = 'UNH'
        FROM edifact_segments(p_document) AS e
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
    JOIN (
        SELECT g.transaction_no, g.interchange_no, g.group_no
        FROM segment AS g
        WHERE g.is_head
    ) AS st ON st.transaction_no = l.transaction_no
    JOIN refused AS r
        ON r.interchange_no = st.interchange_no
        AND (r.group_no IS NULL OR r.group_no = st.group_no)
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id
    GROUP BY l.line_no, l.transaction_no, l.segment_no, l.byte_offset;
END
$$;
COMMENT ON FUNCTION refuse_envelopes(bigint, bigint, text) IS 'Refuses the lines of a group or interchange that is refused as a whole (ENVELOPE_REFUSED)';
