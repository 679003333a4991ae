-- feed, reading: lines of a report in one shape, whatever its format.

CREATE TYPE reported_line AS (
    line_no integer,
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    report_kind text,
    purpose text,
    is_test boolean,
    vendor_part text,
    gtin text,
    distributor_part text,
    customer_id text,
    customer_name text,
    customer_postcode text,
    customer_country text,
    place text,
    line_type text,
    activity_text text,
    activity_on date,
    quantity_text text,
    quantity numeric,
    is_return boolean,
    uom text,
    price_text text,
    unit_price numeric,
    amount_text text,
    amount numeric,
    currency_code text,
    invoice_no text,
    invoice_line text,
    contract_no text,
    problem text,
    report_no text,
    previous_report_no text,
    period_starts_on date,
    period_ends_on date,
    customer_qualifier text,
    serials text[]
);
COMMENT ON TYPE reported_line IS 'A line of a report in one shape, whatever its format: text as written, values as read';
COMMENT ON COLUMN reported_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN reported_line.transaction_no IS 'X12: transaction set of the document';
COMMENT ON COLUMN reported_line.segment_no IS 'X12: segment of the document; CSV: line of the file';
COMMENT ON COLUMN reported_line.byte_offset IS 'X12: where that segment begins';
COMMENT ON COLUMN reported_line.report_kind IS 'sell_through or inventory';
COMMENT ON COLUMN reported_line.purpose IS 'X12 element 353: 00 original …; NULL = not stated';
COMMENT ON COLUMN reported_line.is_test IS 'Whether the document says that it is a test';
COMMENT ON COLUMN reported_line.vendor_part IS 'Vendor''s part number';
COMMENT ON COLUMN reported_line.gtin IS 'GTIN';
COMMENT ON COLUMN reported_line.distributor_part IS 'Distributor''s own number';
COMMENT ON COLUMN reported_line.customer_id IS 'Customer number';
COMMENT ON COLUMN reported_line.customer_name IS 'Customer name';
COMMENT ON COLUMN reported_line.customer_postcode IS 'Postal code';
COMMENT ON COLUMN reported_line.customer_country IS 'Country';
COMMENT ON COLUMN reported_line.place IS 'Warehouse or location';
COMMENT ON COLUMN reported_line.line_type IS 'Transfer type (X12 521) or activity code (X12 859)';
COMMENT ON COLUMN reported_line.activity_text IS 'Date as written';
COMMENT ON COLUMN reported_line.activity_on IS 'Date as read';
COMMENT ON COLUMN reported_line.quantity_text IS 'Quantity as written';
COMMENT ON COLUMN reported_line.quantity IS 'Quantity as read, signed, in the reported unit';
COMMENT ON COLUMN reported_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN reported_line.uom IS 'Unit';
COMMENT ON COLUMN reported_line.price_text IS 'Unit price as written';
COMMENT ON COLUMN reported_line.unit_price IS 'Unit price as read, per reported unit';
COMMENT ON COLUMN reported_line.amount_text IS 'Amount as written';
COMMENT ON COLUMN reported_line.amount IS 'Amount as read, signed';
COMMENT ON COLUMN reported_line.currency_code IS 'Currency';
COMMENT ON COLUMN reported_line.invoice_no IS 'Invoice';
COMMENT ON COLUMN reported_line.invoice_line IS 'Line of the invoice';
COMMENT ON COLUMN reported_line.contract_no IS 'Special price authorization';
COMMENT ON COLUMN reported_line.problem IS 'Why the row cannot be read at all; NULL = it can';
COMMENT ON COLUMN reported_line.report_no IS 'The sender''s number of the report';
COMMENT ON COLUMN reported_line.previous_report_no IS 'The report that it refers to';
COMMENT ON COLUMN reported_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN reported_line.period_ends_on IS 'Last day of the reported period; NULL = not stated';
COMMENT ON COLUMN reported_line.customer_qualifier IS 'Kind of the customer number, X12 element 66; NULL = the distributor''s own';
COMMENT ON COLUMN reported_line.serials IS 'Serial numbers; NULL = none';

CREATE FUNCTION reported_lines_x12_867(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'sell_through'::text AS report_kind, l.purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        coalesce(l.sold_to_id, l.ship_to_id),
        coalesce(l.sold_to_name, l.ship_to_name),
        l.ship_to_postcode, l.ship_to_country,
        l.ship_from_id,
        l.transfer_type,
        NULL::text, coalesce(l.invoice_on, l.shipped_on, l.period_ends_on),
        l.reported_quantity, l.quantity, l.is_return, l.unit_of_measure,
        l.unit_price::text, l.unit_price, l.reported_amount, l.amount, l.currency_code,
        l.invoice_no, l.invoice_line, l.contract_no, NULL::text,
        l.report_id, l.previous_report_id, l.period_starts_on, l.period_ends_on,
        CASE WHEN l.sold_to_id IS NULL THEN l.ship_to_id_qualifier END, l.serials
    FROM x12_867(p_document) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12_867(text) IS 'Lines of an X12 867, in the common shape. The customer is the sold-to party or, if none is named, the ship-to; the day is the invoice date, else the ship date, else the end of the period';

CREATE FUNCTION reported_lines_x12_852(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'inventory'::text AS report_kind, NULL::text AS purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.location_id,
        l.activity_code,
        NULL::text, coalesce(l.activity_on, l.period_ends_on, l.period_starts_on),
        l.reported_quantity, l.quantity, false, l.unit_of_measure,
        l.unit_price::text, l.unit_price, NULL::text, l.amount, NULL::text,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.report_id, NULL::text, l.period_starts_on, l.period_ends_on,
        NULL::text, NULL::text[]
    FROM x12_852(p_document) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12_852(text) IS 'Lines of an X12 852, in the common shape. The day is that of the activity, else the end of the period, else its begin';

CREATE FUNCTION reported_lines_x12_846(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'inventory'::text AS report_kind, l.purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.location_id,
        l.quantity_qualifier,
        NULL::text, coalesce(l.counted_on, l.report_on, l.period_ends_on),
        l.reported_quantity, l.quantity, false, l.unit_of_measure,
        l.unit_price::text, l.unit_price, NULL::text, NULL::numeric, l.currency_code,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.report_id, NULL::text, l.period_starts_on, l.period_ends_on,
        NULL::text, NULL::text[]
    FROM x12_846(p_document) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12_846(text) IS 'Lines of an X12 846, in the common shape. The day is that of the count, else of the report, else the end of the period';

CREATE FUNCTION reported_lines_edifact(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT (row_number() OVER (ORDER BY l.segment_no, l.line_no))::integer,
        l.message_no, l.segment_no, l.byte_offset, l.report_kind,
        CASE l.purpose
            WHEN '9' THEN '00'
            WHEN '5' THEN '05'
            WHEN '1' THEN '01'
            WHEN '4' THEN '04'
            WHEN '7' THEN '07'
            WHEN '31' THEN '22'
            ELSE l.purpose
        END, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.location_id,
        CASE
            WHEN l.report_kind = 'inventory' THEN l.quantity_qualifier
            WHEN r.is_return THEN 'RU'
            WHEN l.quantity_qualifier IN ('1', '47', '152', '153') THEN 'SS'
            ELSE l.quantity_qualifier
        END,
        NULL::text, coalesce(l.activity_on, l.period_ends_on, l.report_on),
        l.reported_quantity,
        CASE WHEN r.is_return THEN -abs(l.quantity) ELSE l.quantity END,
        r.is_return, l.unit_of_measure,
        l.unit_price::text, l.unit_price, l.amount::text,
        CASE WHEN r.is_return THEN -abs(l.amount) ELSE l.amount END, l.currency_code,
        l.invoice_no, NULL::text, l.contract_no, NULL::text,
        l.report_id, NULL::text, l.period_starts_on, l.period_ends_on,
        NULL::text, NULL::text[]
    FROM (
        SELECT 'sell_through'::text AS report_kind, s.* FROM edifact_slsrpt(p_document) AS s
        UNION ALL
        SELECT 'inventory'::text, i.* FROM edifact_invrpt(p_document) AS i
    ) AS l
    CROSS JOIN LATERAL (
        SELECT l.report_kind = 'sell_through' AND (coalesce(l.is_return, false) OR l.quantity_qualifier IN ('61', '77')) AS is_return
    ) AS r;
END;
COMMENT ON FUNCTION reported_lines_edifact(text) IS 'Lines of the SLSRPT and INVRPT messages of an EDIFACT document, in the common shape. Purposes (1225) are said in the codes of X12: 9 is 00, 5 is 05, 1 is 01, 4 is 04, 7 is 07, 31 is 22';

CREATE FUNCTION reported_lines_x12(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT (row_number() OVER (ORDER BY l.segment_no, l.line_no))::integer,
        l.transaction_no, l.segment_no, l.byte_offset, l.report_kind, l.purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        l.customer_id, l.customer_name, l.customer_postcode, l.customer_country,
        l.place, l.line_type, l.activity_text, l.activity_on,
        l.quantity_text, l.quantity, l.is_return, l.uom,
        l.price_text, l.unit_price, l.amount_text, l.amount, l.currency_code,
        l.invoice_no, l.invoice_line, l.contract_no, l.problem,
        l.report_no, l.previous_report_no, l.period_starts_on, l.period_ends_on,
        l.customer_qualifier, l.serials
    FROM (
        SELECT s.* FROM reported_lines_x12_867(p_document) AS s
        UNION ALL
        SELECT i.* FROM reported_lines_x12_852(p_document) AS i
        UNION ALL
        SELECT n.* FROM reported_lines_x12_846(p_document) AS n
    ) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12(text) IS 'Lines of all transaction sets of an X12 document, in the common shape and the order of the document';

CREATE FUNCTION customer_alias(p_name text) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN lower(regexp_replace(btrim(p_name), '\s+', ' ', 'g'));
COMMENT ON FUNCTION customer_alias(text) IS 'A customer''s name as aliases of the kind name are kept: lower case, single blanks';

CREATE FUNCTION report_sender(p_document text) RETURNS bigint
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT i.distributor_id
    FROM (
        SELECT g.segment_no, rtrim(g.elements[6]) AS sender
        FROM x12_segments(left(p_document, 1000)) AS g
        WHERE g.tag = 'ISA'
        UNION ALL
        SELECT e.segment_no, e.elements[2][1]
        FROM edifact_segments(left(p_document, 1000)) AS e
        WHERE e.tag = 'UNB'
    ) AS s
    JOIN distributor_identifier AS i
        ON i.identifier_qualifier = 'sender'
        AND i.identifier = s.sender
    ORDER BY s.segment_no
    LIMIT 1;
END;
COMMENT ON FUNCTION report_sender(text) IS 'Distributor whose sender identifier (ISA06, UNB S002) a document carries; NULL = not known';
