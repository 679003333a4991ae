-- feed, staging: where a report is loaded by COPY, as text, before it becomes a
-- submission: COPY … FROM STDIN, then submit_staged(). Millions of lines take
-- this way; it ends in the same lines, rules and findings as a document.

CREATE UNLOGGED TABLE sell_through_staging (
    load_id text NOT NULL DEFAULT pg_current_xact_id()::text,
    staged_no bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000),
    transaction_type text,
    invoice_no text,
    invoice_line text,
    sold_on text,
    vendor_part text,
    gtin text,
    distributor_part text,
    quantity text,
    uom text,
    unit_price text,
    amount text,
    currency_code text,
    customer_id text,
    customer_name text,
    customer_postcode text,
    customer_country text,
    warehouse text,
    contract_no text
);
COMMENT ON TABLE sell_through_staging IS 'One row = a line of sell-through as somebody loaded it, not a submission yet: empty after a crash and after submit_staged(). Columns that a file does not have are left out of COPY';
COMMENT ON COLUMN sell_through_staging.load_id IS 'Lines that belong together; by default those of one transaction';
COMMENT ON COLUMN sell_through_staging.staged_no IS 'Order in which they were loaded';
COMMENT ON COLUMN sell_through_staging.transaction_type IS 'Kind of line: a code of transfer_type, or sale or return; NULL = a sale';
COMMENT ON COLUMN sell_through_staging.invoice_no IS 'Invoice';
COMMENT ON COLUMN sell_through_staging.invoice_line IS 'Line of the invoice';
COMMENT ON COLUMN sell_through_staging.sold_on IS 'Day of the sale, as in report_profile.date_order';
COMMENT ON COLUMN sell_through_staging.vendor_part IS 'Vendor''s part number';
COMMENT ON COLUMN sell_through_staging.gtin IS 'GTIN';
COMMENT ON COLUMN sell_through_staging.distributor_part IS 'Distributor''s own number';
COMMENT ON COLUMN sell_through_staging.quantity IS 'Quantity, as in report_profile.decimal_mark; negative without a transaction_type that says return = found (NEGATIVE_WITHOUT_REASON)';
COMMENT ON COLUMN sell_through_staging.uom IS 'Unit; NULL = the base unit of the product';
COMMENT ON COLUMN sell_through_staging.unit_price IS 'Price per unit';
COMMENT ON COLUMN sell_through_staging.amount IS 'Amount of the line; NULL = quantity × price';
COMMENT ON COLUMN sell_through_staging.currency_code IS 'Currency; NULL = report_profile.default_currency';
COMMENT ON COLUMN sell_through_staging.customer_id IS 'Customer number';
COMMENT ON COLUMN sell_through_staging.customer_name IS 'Customer name';
COMMENT ON COLUMN sell_through_staging.customer_postcode IS 'Postal code';
COMMENT ON COLUMN sell_through_staging.customer_country IS 'Country';
COMMENT ON COLUMN sell_through_staging.warehouse IS 'Warehouse; NULL = the default one';
COMMENT ON COLUMN sell_through_staging.contract_no IS 'Special price authorization';

CREATE UNLOGGED TABLE inventory_staging (
    load_id text NOT NULL DEFAULT pg_current_xact_id()::text,
    staged_no bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000),
    counted_on text,
    vendor_part text,
    gtin text,
    distributor_part text,
    uom text,
    warehouse text,
    on_hand text,
    committed text,
    on_hold text,
    damaged text,
    in_transit text,
    on_order text
);
COMMENT ON TABLE inventory_staging IS 'One row = an item in a place on a day with what was counted of it, as somebody loaded it, not a submission yet: empty after a crash and after submit_staged(). Columns that a file does not have are left out of COPY';
COMMENT ON COLUMN inventory_staging.load_id IS 'Rows that belong together, with those of sell_through_staging of the same name; by default those of one transaction';
COMMENT ON COLUMN inventory_staging.staged_no IS 'Order in which they were loaded';
COMMENT ON COLUMN inventory_staging.counted_on IS 'Day of the count, as in report_profile.date_order';
COMMENT ON COLUMN inventory_staging.vendor_part IS 'Vendor''s part number';
COMMENT ON COLUMN inventory_staging.gtin IS 'GTIN';
COMMENT ON COLUMN inventory_staging.distributor_part IS 'Distributor''s own number';
COMMENT ON COLUMN inventory_staging.uom IS 'Unit; NULL = the base unit of the product';
COMMENT ON COLUMN inventory_staging.warehouse IS 'Warehouse; NULL = the default one';
COMMENT ON COLUMN inventory_staging.on_hand IS 'Quantity on hand, as in report_profile.decimal_mark; NULL = not counted. Each quantity that is there is a line of the report';
COMMENT ON COLUMN inventory_staging.committed IS 'Of it, promised to customers';
COMMENT ON COLUMN inventory_staging.on_hold IS 'Of it, blocked';
COMMENT ON COLUMN inventory_staging.damaged IS 'Of it, damaged';
COMMENT ON COLUMN inventory_staging.in_transit IS 'On its way to the distributor';
COMMENT ON COLUMN inventory_staging.on_order IS 'Ordered by the distributor';

CREATE VIEW staged_load WITH (security_invoker = true) AS
SELECT g.load_id,
    sum(g.lines)::bigint AS lines,
    min(g.first_staged_no) AS first_staged_no,
    max(g.last_staged_no) AS last_staged_no,
    CASE count(*) WHEN 1 THEN min(g.report_kind) ELSE 'mixed' END AS report_kind
FROM (
    SELECT t.load_id, 'sell_through'::text AS report_kind, count(*) AS lines,
        min(t.staged_no) AS first_staged_no, max(t.staged_no) AS last_staged_no
    FROM sell_through_staging AS t
    GROUP BY t.load_id
    UNION ALL
    SELECT i.load_id, 'inventory'::text AS report_kind, count(*) AS lines,
        min(i.staged_no) AS first_staged_no, max(i.staged_no) AS last_staged_no
    FROM inventory_staging AS i
    GROUP BY i.load_id
) AS g
GROUP BY g.load_id;
COMMENT ON VIEW staged_load IS 'One row = a load that is staged and not submitted yet. Reads all that is staged';
COMMENT ON COLUMN staged_load.load_id IS 'What submit_staged() wants';
COMMENT ON COLUMN staged_load.lines IS 'How many rows';
COMMENT ON COLUMN staged_load.first_staged_no IS 'First of them';
COMMENT ON COLUMN staged_load.last_staged_no IS 'Last of them';
COMMENT ON COLUMN staged_load.report_kind IS 'sell_through, inventory, or mixed: rows in both staging tables';

CREATE FUNCTION staged_document(p_load_id text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- The same lines give the same document, in whatever order and under
    -- whatever name they are loaded; the load itself is not kept twice.
    SELECT jsonb_build_object(
        'staged', CASE WHEN min(s.kind) = max(s.kind) THEN min(s.kind) ELSE 'mixed' END,
        'lines', count(*),
        'digest', sum(s.digest)
    )::text
    FROM (
        SELECT 'sell_through'::text AS kind, hash_record_extended(ROW(
            g.transaction_type, g.invoice_no, g.invoice_line, g.sold_on, g.vendor_part, g.gtin,
            g.distributor_part, g.quantity, g.uom, g.unit_price, g.amount, g.currency_code, g.customer_id,
            g.customer_name, g.customer_postcode, g.customer_country, g.warehouse, g.contract_no), 1) AS digest
        FROM sell_through_staging AS g
        WHERE g.load_id = p_load_id
        UNION ALL
        SELECT 'inventory'::text AS kind, hash_record_extended(ROW(
            i.counted_on, i.vendor_part, i.gtin, i.distributor_part, i.uom, i.warehouse,
            i.on_hand, i.committed, i.on_hold, i.damaged, i.in_transit, i.on_order), 1) AS digest
        FROM inventory_staging AS i
        WHERE i.load_id = p_load_id
    ) AS s;
END;
COMMENT ON FUNCTION staged_document(text) IS 'What stands for a load as the document of its submission: the number of its lines and a digest of them (the sum of 64-bit hashes by the functions of this server). The lines themselves are kept as reported in submission_line';

CREATE FUNCTION drop_load(p_load_id text) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    DELETE FROM sell_through_staging AS t WHERE t.load_id = p_load_id;
    DELETE FROM inventory_staging AS i WHERE i.load_id = p_load_id;
END;
COMMENT ON FUNCTION drop_load(text) IS 'Empties staging of a load';

CREATE FUNCTION staged_span(
    p_load_id text,
    OUT first_staged_no bigint,
    OUT is_dense boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT min(t.staged_no), max(t.staged_no) - min(t.staged_no) + 1 = count(*)
    FROM sell_through_staging AS t
    WHERE t.load_id = p_load_id;
END;
COMMENT ON FUNCTION staged_span(text) IS 'The number of the first line of sell-through of a load, and whether the lines are numbered without a gap';

CREATE FUNCTION staged_rows(p_load_id text, p_distributor_id bigint)
RETURNS TABLE (
    line_no integer,
    transaction_type text,
    invoice_no text,
    invoice_line text,
    sold_on text,
    vendor_part text,
    gtin text,
    distributor_part text,
    quantity text,
    uom text,
    unit_price text,
    amount text,
    currency_code text,
    customer_id text,
    customer_name text,
    customer_postcode text,
    customer_country text,
    warehouse text,
    contract_no text,
    decimal_mark text,
    date_order text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- One session numbers what it loads without a gap, and nothing needs to be
    -- sorted. Not the operator: statistics are of other loads, and would have the
    -- planner expect no line at all.
    SELECT (a.staged_no - b.first_staged_no + 1)::integer,
        a.transaction_type, a.invoice_no, a.invoice_line, a.sold_on, a.vendor_part, a.gtin, a.distributor_part,
        a.quantity, a.uom, a.unit_price, a.amount, a.currency_code, a.customer_id, a.customer_name,
        a.customer_postcode, a.customer_country, a.warehouse, a.contract_no,
        (SELECT f.decimal_mark FROM report_profile AS f WHERE f.distributor_id = p_distributor_id),
        (SELECT f.date_order FROM report_profile AS f WHERE f.distributor_id = p_distributor_id)
    FROM staged_span(p_load_id) AS b
    JOIN sell_through_staging AS a ON b.is_dense
    WHERE texteq(a.load_id, p_load_id)
    UNION ALL
    SELECT (row_number() OVER (ORDER BY a.staged_no))::integer,
        a.transaction_type, a.invoice_no, a.invoice_line, a.sold_on, a.vendor_part, a.gtin, a.distributor_part,
        a.quantity, a.uom, a.unit_price, a.amount, a.currency_code, a.customer_id, a.customer_name,
        a.customer_postcode, a.customer_country, a.warehouse, a.contract_no,
        (SELECT f.decimal_mark FROM report_profile AS f WHERE f.distributor_id = p_distributor_id),
        (SELECT f.date_order FROM report_profile AS f WHERE f.distributor_id = p_distributor_id)
    FROM staged_span(p_load_id) AS b
    JOIN sell_through_staging AS a ON NOT b.is_dense
    WHERE texteq(a.load_id, p_load_id);
END;
COMMENT ON FUNCTION staged_rows(text, bigint) IS 'Sell-through of a load as it stands, numbered in the order in which it was loaded, and how its distributor writes numbers and days';

CREATE TYPE staged_type AS (
    line_type text,
    is_return boolean
);
COMMENT ON TYPE staged_type IS 'What the word for the kind of a line means';
COMMENT ON COLUMN staged_type.line_type IS 'Transfer type; the word itself where it is none';
COMMENT ON COLUMN staged_type.is_return IS 'Whether goods came back';

CREATE FUNCTION staged_type_of(p_distributor_id bigint, p_word text) RETURNS staged_type
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT coalesce(t.transfer_type, CASE
            WHEN p_word IS NULL THEN 'SS'
            ELSE coalesce(transfer_type_of(p_word), p_word)
        END) AS line_type,
        coalesce(t.is_return, transfer_type_of(p_word) = 'RU', false) AS is_return
    FROM (SELECT) AS one
    LEFT JOIN report_transfer_type AS k ON k.distributor_id = p_distributor_id AND k.reported_type = p_word
    LEFT JOIN transfer_type AS t ON t.transfer_type = coalesce(k.transfer_type, upper(p_word));
END;
COMMENT ON FUNCTION staged_type_of(bigint, text) IS 'What a distributor means by the word for the kind of a line: as report_transfer_type says, a transfer type, or a word for sale or return; NULL = a sale';

CREATE FUNCTION reported_counts_staged(p_load_id text, p_distributor_id bigint) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- As in a CSV: a line for each quantity of a row, and one without a quantity
    -- where a row has none. They are numbered after the sales of the load.
    SELECT (row_number() OVER (ORDER BY g.staged_no, m.rank) + (
            SELECT count(*) FROM sell_through_staging AS t WHERE t.load_id = p_load_id
        ))::integer, NULL::integer, NULL::integer, NULL::bigint,
        'inventory'::text, NULL::text, false,
        nullif(g.vendor_part, ''), nullif(g.gtin, ''), nullif(g.distributor_part, ''),
        NULL::text, NULL::text, NULL::text, NULL::text,
        nullif(g.warehouse, ''), m.line_type,
        nullif(g.counted_on, ''), reported_date(nullif(g.counted_on, ''), f.date_order),
        m.quantity, reported_number(m.quantity, f.decimal_mark), false, nullif(g.uom, ''),
        NULL::text, NULL::numeric, NULL::text, NULL::numeric,
        NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
        NULL::text, NULL::text, NULL::date, NULL::date,
        NULL::text, NULL::text[]
    FROM inventory_staging AS g
    LEFT JOIN report_profile AS f ON f.distributor_id = p_distributor_id
    CROSS JOIN LATERAL (
        VALUES (1, 'OH'::text, nullif(g.on_hand, '')), (2, 'QC', nullif(g.committed, '')), (3, 'HL', nullif(g.on_hold, '')),
            (4, 'DG', nullif(g.damaged, '')), (5, 'QI', nullif(g.in_transit, '')), (6, 'QP', nullif(g.on_order, ''))
    ) AS m (rank, line_type, quantity)
    -- Not the operator, as above.
    WHERE texteq(g.load_id, p_load_id)
        AND (m.quantity IS NOT NULL OR m.rank = 1 AND coalesce(
            nullif(g.committed, ''), nullif(g.on_hold, ''), nullif(g.damaged, ''), nullif(g.in_transit, ''), nullif(g.on_order, '')) IS NULL);
END;
COMMENT ON FUNCTION reported_counts_staged(text, bigint) IS 'Counts of a load, in the common shape';

CREATE FUNCTION reported_lines_kept(p_submission_id bigint, p_distributor_id bigint) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        CASE WHEN a.activity_code IS NULL THEN 'sell_through' ELSE 'inventory' END, l.purpose, false,
        l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part,
        l.reported_customer_id, l.reported_customer_name, l.reported_customer_postcode, l.reported_customer_country,
        l.reported_warehouse, l.reported_type,
        l.reported_on, coalesce(l.activity_on, reported_date(l.reported_on, f.date_order)),
        l.reported_quantity, coalesce(l.reported_unit_quantity, l.quantity), l.is_return, l.reported_uom,
        l.reported_price, abs(reported_number(l.reported_price, coalesce(f.decimal_mark, s.decimal_mark))),
        l.reported_amount, l.amount, l.reported_currency,
        l.invoice_no, l.invoice_line, l.contract_no, NULL::text,
        l.report_no, NULL::text, NULL::date, NULL::date,
        l.reported_customer_qualifier, l.serials
    FROM submission_line AS l
    JOIN submission AS s ON s.distributor_id = l.distributor_id AND s.submission_id = l.submission_id
    LEFT JOIN inventory_activity AS a ON a.activity_code = l.reported_type
    LEFT JOIN report_profile AS f ON f.distributor_id = p_distributor_id
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'refused';
END;
COMMENT ON FUNCTION reported_lines_kept(bigint, bigint) IS 'Refused lines of a submission, in the common shape again';

CREATE FUNCTION restage(p_distributor_id bigint, p_submission_id bigint) RETURNS text
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO sell_through_staging (
        load_id, transaction_type, invoice_no, invoice_line, sold_on, vendor_part, gtin, distributor_part,
        quantity, uom, unit_price, amount, currency_code, customer_id, customer_name, customer_postcode,
        customer_country, warehouse, contract_no
    )
    SELECT 'submission ' || p_submission_id, l.reported_type, l.invoice_no, l.invoice_line, l.reported_on,
        l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part,
        l.reported_quantity, l.reported_uom, l.reported_price, l.reported_amount, l.reported_currency,
        l.reported_customer_id, l.reported_customer_name, l.reported_customer_postcode,
        l.reported_customer_country, l.reported_warehouse, l.contract_no
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND NOT EXISTS (SELECT FROM inventory_activity AS a WHERE a.activity_code = l.reported_type)
    ORDER BY l.line_no;
    INSERT INTO inventory_staging (
        load_id, counted_on, vendor_part, gtin, distributor_part, uom, warehouse,
        on_hand, committed, on_hold, damaged, in_transit, on_order
    )
    SELECT 'submission ' || p_submission_id, l.reported_on,
        l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part, l.reported_uom, l.reported_warehouse,
        CASE l.reported_type WHEN 'OH' THEN l.reported_quantity END,
        CASE l.reported_type WHEN 'QC' THEN l.reported_quantity END,
        CASE l.reported_type WHEN 'HL' THEN l.reported_quantity END,
        CASE l.reported_type WHEN 'DG' THEN l.reported_quantity END,
        CASE l.reported_type WHEN 'QI' THEN l.reported_quantity END,
        CASE l.reported_type WHEN 'QP' THEN l.reported_quantity END
    FROM submission_line AS l
    JOIN inventory_activity AS a ON a.activity_code = l.reported_type
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id
    ORDER BY l.line_no;
    SELECT 'submission ' || p_submission_id;
END;
COMMENT ON FUNCTION restage(bigint, bigint) IS 'Puts the lines of a submission, as reported, back into staging; returns the load';

CREATE FUNCTION reported_lines(p_format text, p_document text, p_distributor_id bigint DEFAULT NULL) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Of the branches one is executed.
    SELECT x.* FROM reported_lines_x12(p_document, p_distributor_id) AS x WHERE p_format = 'x12'
    UNION ALL
    SELECT e.* FROM reported_lines_edifact(p_document) AS e WHERE p_format = 'edifact'
    UNION ALL
    SELECT c.* FROM reported_lines_csv(p_document, p_distributor_id) AS c WHERE p_format = 'csv'
    UNION ALL
    SELECT k.* FROM reported_lines_kept(CASE WHEN p_format = 'kept' THEN p_document::bigint END, p_distributor_id) AS k WHERE p_format = 'kept';
END;
COMMENT ON FUNCTION reported_lines(text, text, bigint) IS 'Lines of a report in one shape, whatever its format: x12, edifact, csv or kept (p_document is the submission); those of a load resolve_lines() reads itself';
