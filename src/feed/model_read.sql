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

CREATE FUNCTION is_masked(p_party text) RETURNS boolean
LANGUAGE sql
IMMUTABLE
RETURN (ltrim(p_party, 'Xx') = '' AND length(p_party) > 1 OR upper(left(p_party, 7)) = 'BLOCKED') IS TRUE;
COMMENT ON FUNCTION is_masked(text) IS 'Whether a name or number stands for somebody who is not to be known: XX, XXXXXX, BLOCKED PER CUSTOMER';

CREATE FUNCTION anonymous_customer(p_customer_id text, p_customer_name text, p_postcode text) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN CASE
    WHEN (p_customer_id IS NULL OR is_masked(p_customer_id))
        AND (p_customer_name IS NULL OR is_masked(p_customer_name))
        AND (num_nonnulls(p_customer_id, p_customer_name) > 0 OR p_postcode ~ '^\d{3}$')
        THEN 'ANONYMOUS' || coalesce(' ' || substring(p_postcode FROM '^(\d{3})(\d\d(-?\d{4})?)?$'), '')
END;
COMMENT ON FUNCTION anonymous_customer(text, text, text) IS 'Customer number of somebody whose name and number are masked, or of whom nothing is said but the first three digits of a ZIP code: ANONYMOUS 183, one for each such area; NULL = the customer is named';

CREATE FUNCTION reported_postcode(p_postcode text) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN CASE WHEN length(p_postcode) = 9 AND right(p_postcode, 4) = '0000' THEN left(p_postcode, 5) ELSE p_postcode END;
COMMENT ON FUNCTION reported_postcode(text) IS 'A postal code without the four zeros that fill a ZIP code up to nine digits';

CREATE FUNCTION transfer_type_of(p_word text) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN CASE regexp_replace(lower(p_word), '[^a-z0-9]', '', 'g')
    WHEN 'sale' THEN 'SS'
    WHEN 'sales' THEN 'SS'
    WHEN 'invoice' THEN 'SS'
    WHEN 'salesreport' THEN 'SS'
    WHEN 'saledocument' THEN 'SS'
    WHEN 'pointofsaledocument' THEN 'SS'
    WHEN 'pointofsalereport' THEN 'SS'
    WHEN 'return' THEN 'RU'
    WHEN 'returns' THEN 'RU'
    WHEN 'customerreturn' THEN 'RU'
    WHEN 'customerreturns' THEN 'RU'
    WHEN 'credit' THEN 'RU'
    WHEN 'creditmemo' THEN 'RU'
    WHEN 'creditnote' THEN 'RU'
    WHEN 'pointofsalereturndocument' THEN 'RU'
END;
COMMENT ON FUNCTION transfer_type_of(text) IS 'Transfer type of a word that reports have for sales and returns; NULL = none of them';

CREATE FUNCTION reported_lines_x12_867(p_document text, p_distributor_id bigint DEFAULT NULL) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- PTD06 goes before PTD01: a sale that moves between branches or from the
    -- vendor is none.
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'sell_through'::text AS report_kind, l.purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        CASE WHEN NOT is_masked(c.customer_id) AND c.customer_id IS NOT NULL THEN c.customer_id ELSE c.anonymous_id END,
        CASE WHEN NOT is_masked(c.customer_name) THEN c.customer_name END,
        reported_postcode(l.ship_to_postcode), l.ship_to_country,
        l.ship_from_id,
        y.line_type,
        NULL::text, coalesce(l.invoice_on, l.shipped_on, l.period_ends_on),
        l.reported_quantity,
        CASE
            WHEN l.movement = 'AO' OR k.is_return THEN -abs(l.quantity)
            WHEN l.movement = 'AI' THEN abs(l.quantity)
            ELSE l.quantity
        END,
        l.is_return OR coalesce(k.is_return, false), l.unit_of_measure,
        l.unit_price::text, l.unit_price, l.reported_amount,
        CASE WHEN k.is_return THEN -abs(l.amount) ELSE l.amount END, l.currency_code,
        l.invoice_no, l.invoice_line, l.contract_no, NULL::text,
        l.report_id, l.previous_report_id, l.period_starts_on, l.period_ends_on,
        CASE WHEN l.sold_to_id IS NULL AND c.anonymous_id IS NULL THEN l.ship_to_id_qualifier END, l.serials
    FROM x12_867(p_document) AS l
    LEFT JOIN (
        SELECT m.reported_type, m.transfer_type, t.is_return
        FROM report_transfer_type AS m
        JOIN transfer_type AS t ON t.transfer_type = m.transfer_type
        WHERE m.distributor_id = p_distributor_id
    ) AS k ON k.reported_type = l.transfer_type
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN l.movement = 'MD' THEN 'RC'
            WHEN l.movement = 'DM' THEN 'RV'
            WHEN l.movement IN ('TI', 'TO') THEN 'IB'
            WHEN l.movement IN ('AI', 'AO') THEN 'IA'
            ELSE coalesce(k.transfer_type, l.transfer_type)
        END AS line_type
    ) AS y
    CROSS JOIN LATERAL (
        SELECT p.customer_id, p.customer_name, anonymous_customer(p.customer_id, p.customer_name, l.ship_to_postcode) AS anonymous_id
        FROM (
            SELECT coalesce(l.sold_to_id, l.ship_to_id) AS customer_id,
                coalesce(l.sold_to_name, l.ship_to_name) AS customer_name
        ) AS p
    ) AS c;
END;
COMMENT ON FUNCTION reported_lines_x12_867(text, bigint) IS 'Lines of an X12 867, in the common shape. The customer is the sold-to party or, if none is named, the ship-to; masked, it is one for each area (anonymous_customer()). The kind of line is PTD01, in the meaning of the distributor (report_transfer_type), unless PTD06 says that it is a movement of another kind; the day is the invoice date, else the ship date, else the end of the period';

CREATE FUNCTION reported_lines_x12_852(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'inventory'::text AS report_kind, NULL::text AS purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        NULL::text, NULL::text, NULL::text, NULL::text,
        coalesce(l.location_id, l.location_name),
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
        coalesce(l.location_id, l.location_name),
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
        CASE WHEN NOT is_masked(l.customer_id) AND l.customer_id IS NOT NULL THEN l.customer_id
            ELSE anonymous_customer(l.customer_id, l.customer_name, l.customer_postcode) END,
        CASE WHEN NOT is_masked(l.customer_name) THEN l.customer_name END,
        l.customer_postcode, l.customer_country,
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
        l.invoice_no, l.invoice_line, l.contract_no, NULL::text,
        l.report_id, NULL::text, l.period_starts_on, l.period_ends_on,
        CASE WHEN l.customer_id_qualifier = '9' THEN 'UL' END, NULL::text[]
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

CREATE FUNCTION reported_lines_x12(p_document text, p_distributor_id bigint DEFAULT NULL) RETURNS SETOF reported_line
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
        SELECT s.* FROM reported_lines_x12_867(p_document, p_distributor_id) AS s
        UNION ALL
        SELECT i.* FROM reported_lines_x12_852(p_document) AS i
        UNION ALL
        SELECT n.* FROM reported_lines_x12_846(p_document) AS n
    ) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12(text, bigint) IS 'Lines of all transaction sets of an X12 document, in the common shape and the order of the document';

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
