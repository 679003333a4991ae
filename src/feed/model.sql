-- feed: reports are read, judged and booked. Each line is kept as reported and
-- as resolved, side by side; what is wrong with it is a finding.

CREATE TABLE transfer_type (
    transfer_type text NOT NULL,
    meaning text NOT NULL,
    books_as text NOT NULL,
    is_return boolean NOT NULL DEFAULT false,
    reason_code text,
    CONSTRAINT transfer_type_pkey PRIMARY KEY (transfer_type),
    CONSTRAINT transfer_type_books_as_check CHECK (books_as IN ('sell_through', 'take_out', 'adjust', 'nothing')),
    CONSTRAINT transfer_type_reason_check CHECK ((reason_code IS NOT NULL) = (books_as IN ('take_out', 'adjust')))
);
COMMENT ON TABLE transfer_type IS 'One row = a code of X12 element 521 and what a reported line of that kind does here';
COMMENT ON COLUMN transfer_type.transfer_type IS 'The code (PTD01)';
COMMENT ON COLUMN transfer_type.meaning IS 'What it says';
COMMENT ON COLUMN transfer_type.books_as IS 'sell_through, take_out (stock leaves without a sale), adjust (stock changes as signed) or nothing';
COMMENT ON COLUMN transfer_type.is_return IS 'Whether it is goods coming back';
COMMENT ON COLUMN transfer_type.reason_code IS 'Reason with which stock is adjusted';

INSERT INTO transfer_type (transfer_type, meaning, books_as, is_return, reason_code) VALUES
    ('SS', 'stock sale', 'sell_through', false, NULL),
    ('SD', 'ship and debit sale', 'sell_through', false, NULL),
    ('SH', 'ship and debit sale', 'sell_through', false, NULL),
    ('CS', 'contract sale', 'sell_through', false, NULL),
    ('DS', 'drop ship sale: the vendor ships, it never was stock', 'sell_through', false, NULL),
    ('BP', 'broken price sale', 'sell_through', false, NULL),
    ('RB', 'return of a broken price sale', 'sell_through', true, NULL),
    ('RP', 'return at list price', 'sell_through', true, NULL),
    ('BN', 'return', 'sell_through', true, NULL),
    ('RU', 'return to usable stock', 'sell_through', true, NULL),
    ('RV', 'return to the vendor', 'take_out', false, 'vendor_return'),
    ('SC', 'scrap', 'take_out', false, 'scrap'),
    ('TD', 'transfer for disposal', 'take_out', false, 'scrap'),
    ('SM', 'sample', 'take_out', false, 'sample'),
    ('CC', 'charity', 'take_out', false, 'charity'),
    ('IA', 'inventory adjustment', 'adjust', false, 'adjustment'),
    ('SA', 'stocking adjustment', 'adjust', false, 'adjustment'),
    ('RC', 'received from the vendor: sell-in says so', 'nothing', false, NULL),
    ('PA', 'price adjustment: money only', 'nothing', false, NULL),
    ('RA', 'reapplication of a price adjustment: money only', 'nothing', false, NULL),
    ('SU', 'summary line', 'nothing', false, NULL),
    ('BB', 'demand information', 'nothing', false, NULL),
    ('IB', 'inter-branch transfer', 'nothing', false, NULL),
    ('BJ', 'relocation', 'nothing', false, NULL);

CREATE TABLE inventory_activity (
    activity_code text NOT NULL,
    meaning text NOT NULL,
    count_kind text,
    preference integer NOT NULL DEFAULT 1,
    CONSTRAINT inventory_activity_pkey PRIMARY KEY (activity_code)
);
COMMENT ON TABLE inventory_activity IS 'One row = a code of X12 element 859 and what a reported quantity of that kind means here';
COMMENT ON COLUMN inventory_activity.activity_code IS 'The code (ZA01)';
COMMENT ON COLUMN inventory_activity.meaning IS 'What it says';
COMMENT ON COLUMN inventory_activity.count_kind IS 'Kind of inventory_count that it becomes; NULL = read and kept, not booked';
COMMENT ON COLUMN inventory_activity.preference IS 'Where several codes of one item become the same kind, the lowest counts';

INSERT INTO inventory_activity (activity_code, meaning, count_kind, preference) VALUES
    ('OH', 'gross on hand', 'on_hand', 1),
    ('QE', 'ending balance', 'on_hand', 2),
    ('QA', 'available', 'on_hand', 3),
    ('QC', 'committed', 'committed', 1),
    ('HL', 'on hold', 'on_hold', 1),
    ('QH', 'damaged or on hold', 'on_hold', 2),
    ('DG', 'damaged', 'damaged', 1),
    ('QI', 'in transit', 'in_transit', 1),
    ('QP', 'on order', 'on_order', 1),
    ('QB', 'beginning balance', NULL, 1),
    ('QS', 'sold', NULL, 1),
    ('Q1', 'sold, net', NULL, 1),
    ('QR', 'received', NULL, 1),
    ('QU', 'returned by the consumer', NULL, 1),
    ('Q2', 'returned', NULL, 1),
    ('QT', 'adjusted', NULL, 1),
    ('QO', 'out of stock', NULL, 1),
    ('QD', 'additional demand', NULL, 1);

CREATE TABLE csv_column (
    canonical text NOT NULL,
    synonym text NOT NULL,
    preference integer NOT NULL DEFAULT 1,
    CONSTRAINT csv_column_pkey PRIMARY KEY (synonym, canonical)
);
COMMENT ON TABLE csv_column IS 'One row = a heading under which distributors send a column';
COMMENT ON COLUMN csv_column.canonical IS 'Our name of the column';
COMMENT ON COLUMN csv_column.synonym IS 'The heading in lower case without blanks and punctuation';
COMMENT ON COLUMN csv_column.preference IS 'Where a file has several headings of one column, the lowest counts';

INSERT INTO csv_column (canonical, synonym, preference)
SELECT c.canonical, s.synonym, s.place::integer
FROM (VALUES
    ('transaction_type', 'type,salestypecode,transactiontype,natureza,ptd'),
    ('invoice_no', 'invoiceno,invoice,invoicenumber,docno,belegnr,nf'),
    ('invoice_line', 'invoiceline,line,lineno,pos'),
    ('sold_on', 'invoicedate,transactiondate,activitydate,salesdate,date,shipdate'),
    ('vendor_part', 'partno,partnumber,mpn,microsoftpartnumber,vendorpart,productsku,manufacturerpartno'),
    ('distributor_part', 'distributorsku,buyerpartnumber,distributorproductid,sku,itemno'),
    ('gtin', 'gtin,upc,ean,upceannumber,barcode'),
    ('quantity', 'quantity,qty,productqt,salesquantity,quantitypurchased,units,menge'),
    ('return_quantity', 'returnquantity,customerreturns,returnedqty'),
    ('uom', 'uom,unit,um,unitofmeasure'),
    ('unit_price', 'resaleprice,unitprice,saleprice,price'),
    ('amount', 'amount,lineamount,extendedamount,value'),
    ('currency_code', 'currency,currencycode,currencyisocode'),
    ('customer_id', 'customerid,resellerid,soldtoid,shiptoid'),
    ('customer_name', 'customername,resellername,soldtoname,shiptoname'),
    ('customer_postcode', 'zip,postcode,postalcode'),
    ('customer_country', 'country,customercountry'),
    ('contract_no', 'contract,contractno,sdnumber,authorization,specialpricing,dealid'),
    ('warehouse', 'warehouse,location,locationname,branch'),
    ('on_hand', 'onhand,qtyonhand,stock,soh,available')
) AS c (canonical, synonyms)
CROSS JOIN LATERAL string_to_table(c.synonyms, ',') WITH ORDINALITY AS s (synonym, place);

CREATE TABLE report_profile (
    distributor_id bigint NOT NULL,
    default_currency text NOT NULL,
    CONSTRAINT report_profile_pkey PRIMARY KEY (distributor_id),
    CONSTRAINT report_profile_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT report_profile_currency_fkey FOREIGN KEY (default_currency) REFERENCES currency
);
COMMENT ON TABLE report_profile IS 'One row = how the reports of a distributor are to be read';
COMMENT ON COLUMN report_profile.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_profile.default_currency IS 'Currency of lines that name none';
CREATE INDEX report_profile_currency_idx ON report_profile (default_currency);

CREATE TABLE submission_line (
    distributor_id bigint NOT NULL,
    submission_id bigint NOT NULL,
    line_no integer NOT NULL,
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    reported_vendor_part text,
    reported_gtin text,
    reported_distributor_part text,
    reported_customer_id text,
    reported_customer_name text,
    reported_customer_postcode text,
    reported_customer_country text,
    reported_warehouse text,
    reported_type text,
    reported_on text,
    reported_quantity text,
    reported_uom text,
    reported_price text,
    reported_amount text,
    reported_currency text,
    books_as text NOT NULL,
    activity_on date,
    warehouse_id bigint,
    product_id bigint,
    reseller_id bigint,
    count_kind text,
    reason_code text,
    is_return boolean NOT NULL DEFAULT false,
    quantity numeric,
    unit_price numeric,
    amount numeric,
    currency_code text,
    invoice_no text,
    invoice_line text,
    contract_no text,
    line_state text NOT NULL DEFAULT 'ready',
    CONSTRAINT submission_line_pkey PRIMARY KEY (distributor_id, submission_id, line_no),
    CONSTRAINT submission_line_books_as_check CHECK (books_as IN ('sell_through', 'inventory_count', 'inventory_adjustment', 'nothing')),
    CONSTRAINT submission_line_state_check CHECK (line_state IN ('ready', 'refused', 'booked', 'not_booked')),
    CONSTRAINT submission_line_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission
);
COMMENT ON TABLE submission_line IS 'One row = a line of a report: as reported and what it was taken for';
COMMENT ON COLUMN submission_line.distributor_id IS 'Who reported';
COMMENT ON COLUMN submission_line.submission_id IS 'The document';
COMMENT ON COLUMN submission_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN submission_line.transaction_no IS 'X12: which transaction set of the document; NULL = CSV';
COMMENT ON COLUMN submission_line.segment_no IS 'X12: which segment of the document; CSV: which line of the file';
COMMENT ON COLUMN submission_line.byte_offset IS 'X12: where that segment begins, in bytes from 0; NULL = CSV';
COMMENT ON COLUMN submission_line.reported_vendor_part IS 'Vendor''s part number as written';
COMMENT ON COLUMN submission_line.reported_gtin IS 'GTIN as written';
COMMENT ON COLUMN submission_line.reported_distributor_part IS 'Distributor''s own number as written';
COMMENT ON COLUMN submission_line.reported_customer_id IS 'Customer number as written';
COMMENT ON COLUMN submission_line.reported_customer_name IS 'Customer name as written';
COMMENT ON COLUMN submission_line.reported_customer_postcode IS 'Postal code as written';
COMMENT ON COLUMN submission_line.reported_customer_country IS 'Country as written';
COMMENT ON COLUMN submission_line.reported_warehouse IS 'Place as written; NULL = none named';
COMMENT ON COLUMN submission_line.reported_type IS 'Kind of line as written: PTD01, ZA01 or the column of the file';
COMMENT ON COLUMN submission_line.reported_on IS 'Date as written';
COMMENT ON COLUMN submission_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN submission_line.reported_uom IS 'Unit as written; NULL = none';
COMMENT ON COLUMN submission_line.reported_price IS 'Unit price as written';
COMMENT ON COLUMN submission_line.reported_amount IS 'Amount as written';
COMMENT ON COLUMN submission_line.reported_currency IS 'Currency as written';
COMMENT ON COLUMN submission_line.books_as IS 'Fact that it becomes: sell_through, inventory_count, inventory_adjustment or nothing';
COMMENT ON COLUMN submission_line.activity_on IS 'Day of the activity; NULL = could not be read';
COMMENT ON COLUMN submission_line.warehouse_id IS 'Warehouse that it was taken for';
COMMENT ON COLUMN submission_line.product_id IS 'Product that it was taken for; NULL = unknown';
COMMENT ON COLUMN submission_line.reseller_id IS 'Reseller that it was taken for; NULL = unknown';
COMMENT ON COLUMN submission_line.count_kind IS 'Kind of count, where it becomes one';
COMMENT ON COLUMN submission_line.reason_code IS 'Reason, where it becomes an adjustment';
COMMENT ON COLUMN submission_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN submission_line.quantity IS 'Signed, in base units; NULL = could not be read or converted';
COMMENT ON COLUMN submission_line.unit_price IS 'Per base unit';
COMMENT ON COLUMN submission_line.amount IS 'Sign of the quantity';
COMMENT ON COLUMN submission_line.currency_code IS 'Currency that it was taken for';
COMMENT ON COLUMN submission_line.invoice_no IS 'Invoice of the distributor';
COMMENT ON COLUMN submission_line.invoice_line IS 'Line of that invoice';
COMMENT ON COLUMN submission_line.contract_no IS 'Special price authorization that it refers to';
COMMENT ON COLUMN submission_line.line_state IS 'ready, refused (see finding), booked, or not_booked (nothing to book)';

CREATE TABLE finding (
    distributor_id bigint NOT NULL,
    submission_id bigint NOT NULL,
    finding_no bigint GENERATED ALWAYS AS IDENTITY,
    line_no integer,
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    severity text NOT NULL,
    level text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    value text,
    remedy text,
    CONSTRAINT finding_pkey PRIMARY KEY (distributor_id, submission_id, finding_no),
    CONSTRAINT finding_severity_check CHECK (severity IN ('refuse', 'warn')),
    CONSTRAINT finding_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission
);
COMMENT ON TABLE finding IS 'One row = something that is wrong or odd in a report';
COMMENT ON COLUMN finding.distributor_id IS 'Who reported';
COMMENT ON COLUMN finding.submission_id IS 'The document';
COMMENT ON COLUMN finding.finding_no IS 'Key within the document';
COMMENT ON COLUMN finding.line_no IS 'Line that it concerns; NULL = the document or a transaction as a whole';
COMMENT ON COLUMN finding.transaction_no IS 'X12: transaction set of the document; NULL = the document or CSV';
COMMENT ON COLUMN finding.segment_no IS 'X12: segment of the document; CSV: line of the file';
COMMENT ON COLUMN finding.byte_offset IS 'X12: where that segment begins, in bytes from 0';
COMMENT ON COLUMN finding.severity IS 'refuse = what it concerns is not booked, warn = it is';
COMMENT ON COLUMN finding.level IS 'file, interchange, group, transaction, segment, element or business';
COMMENT ON COLUMN finding.code IS 'Class of the error, as in doc/reference.md';
COMMENT ON COLUMN finding.message IS 'What is wrong, in words';
COMMENT ON COLUMN finding.value IS 'The text that is wrong, cut to 99 characters';
COMMENT ON COLUMN finding.remedy IS 'What to do';

CREATE TYPE submission_result AS (
    distributor_code text,
    submission_id bigint,
    submission_state text,
    is_repeat boolean,
    document_format text,
    lines_read integer,
    lines_ready integer,
    lines_refused integer,
    transactions_refused integer,
    findings integer
);
COMMENT ON TYPE submission_result IS 'What submit_report() made of a document';
COMMENT ON COLUMN submission_result.distributor_code IS 'Who sent it';
COMMENT ON COLUMN submission_result.submission_id IS 'Key of the submission; NULL = dry run';
COMMENT ON COLUMN submission_result.submission_state IS 'validated or rejected; accepted for a repeat of an accepted document';
COMMENT ON COLUMN submission_result.is_repeat IS 'Whether the same bytes had been submitted before; then nothing was changed';
COMMENT ON COLUMN submission_result.document_format IS 'x12 or csv';
COMMENT ON COLUMN submission_result.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN submission_result.lines_ready IS 'Lines that can be booked, or are';
COMMENT ON COLUMN submission_result.lines_refused IS 'Lines that will not be booked because of a finding';
COMMENT ON COLUMN submission_result.transactions_refused IS 'X12: transaction sets that were refused as a whole';
COMMENT ON COLUMN submission_result.findings IS 'Findings, warnings included';

CREATE FUNCTION submission_result_of(p_submission_id bigint, p_is_repeat boolean DEFAULT false)
RETURNS submission_result
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT ROW(
        d.distributor_code,
        s.submission_id,
        s.submission_state,
        p_is_repeat,
        s.document_format,
        l.lines_read,
        l.lines_ready,
        l.lines_refused,
        f.transactions_refused,
        f.findings
    )::submission_result
    FROM submission AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS lines_read,
            (count(*) FILTER (WHERE line_state IN ('ready', 'booked')))::integer AS lines_ready,
            (count(*) FILTER (WHERE line_state = 'refused'))::integer AS lines_refused
        FROM submission_line AS sl
        WHERE sl.distributor_id = s.distributor_id AND sl.submission_id = s.submission_id
    ) AS l
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS findings,
            (count(DISTINCT fi.transaction_no) FILTER (
                WHERE fi.severity = 'refuse' AND fi.line_no IS NULL))::integer AS transactions_refused
        FROM finding AS fi
        WHERE fi.distributor_id = s.distributor_id AND fi.submission_id = s.submission_id
    ) AS f
    WHERE s.submission_id = p_submission_id;
END;
COMMENT ON FUNCTION submission_result_of(bigint, boolean) IS 'What was made of a submission, counted from its lines and findings';

-- Headings of a CSV document: our column name -> position, from 1.
CREATE FUNCTION csv_positions(p_headings text[]) RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT jsonb_object_agg(h.canonical, h.place)
    FROM (
        SELECT DISTINCT ON (c.canonical) c.canonical, f.place
        FROM unnest(p_headings) WITH ORDINALITY AS f (heading, place)
        JOIN csv_column AS c
            ON c.synonym = regexp_replace(lower(f.heading), '[^a-z0-9]', '', 'g')
        ORDER BY c.canonical, c.preference, f.place
    ) AS h;
END;
COMMENT ON FUNCTION csv_positions(text[]) IS 'Columns of a CSV report by our names: {"quantity": 5, …}; headings that nobody knows are left out';

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
    problem text
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

CREATE FUNCTION reported_lines_x12_867(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'sell_through', l.purpose, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        coalesce(l.sold_to_id, l.ship_to_id),
        coalesce(l.sold_to_name, l.ship_to_name),
        l.ship_to_postcode, l.ship_to_country,
        l.ship_from_id,
        l.transfer_type,
        NULL::text, coalesce(l.invoice_on, l.shipped_on, l.period_ends_on),
        l.reported_quantity, l.quantity, l.is_return, l.unit_of_measure,
        l.unit_price::text, l.unit_price, l.reported_amount, l.amount, l.currency_code,
        l.invoice_no, l.invoice_line, l.contract_no, NULL::text
    FROM x12_867(p_document) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12_867(text) IS 'Lines of an X12 867, in the common shape. The customer is the sold-to party or, if none is named, the ship-to; the day is the invoice date, else the ship date, else the end of the period';

CREATE FUNCTION reported_lines_x12_852(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'inventory', NULL::text, l.is_test,
        l.vendor_part, l.gtin, l.distributor_part,
        NULL::text, NULL::text, NULL::text, NULL::text,
        l.location_id,
        l.activity_code,
        NULL::text, coalesce(l.activity_on, l.period_ends_on, l.period_starts_on),
        l.reported_quantity, l.quantity, false, l.unit_of_measure,
        l.unit_price::text, l.unit_price, NULL::text, l.amount, NULL::text,
        NULL::text, NULL::text, NULL::text, NULL::text
    FROM x12_852(p_document) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12_852(text) IS 'Lines of an X12 852, in the common shape. The day is that of the activity, else the end of the period, else its begin';

CREATE FUNCTION reported_lines_csv(p_document text) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH raw AS MATERIALIZED (
        SELECT r.row_no, r.line_no, r.fields, r.problem
        FROM csv_rows(p_document) AS r
    ),
    heading AS MATERIALIZED (
        SELECT h.at,
            CASE WHEN h.at ? 'quantity' OR h.at ? 'return_quantity' THEN 'sell_through' ELSE 'inventory' END AS report_kind
        FROM (SELECT csv_positions(f.fields) AS at FROM raw AS f WHERE f.row_no = 1) AS h
    ),
    cell AS (
        SELECT r.row_no,
            r.line_no,
            r.problem,
            h.report_kind,
            nullif(btrim(r.fields[(h.at ->> 'vendor_part')::integer]), '') AS vendor_part,
            nullif(btrim(r.fields[(h.at ->> 'gtin')::integer]), '') AS gtin,
            nullif(btrim(r.fields[(h.at ->> 'distributor_part')::integer]), '') AS distributor_part,
            nullif(btrim(r.fields[(h.at ->> 'customer_id')::integer]), '') AS customer_id,
            nullif(btrim(r.fields[(h.at ->> 'customer_name')::integer]), '') AS customer_name,
            nullif(btrim(r.fields[(h.at ->> 'customer_postcode')::integer]), '') AS customer_postcode,
            nullif(btrim(r.fields[(h.at ->> 'customer_country')::integer]), '') AS customer_country,
            nullif(btrim(r.fields[(h.at ->> 'warehouse')::integer]), '') AS place,
            nullif(btrim(r.fields[(h.at ->> 'transaction_type')::integer]), '') AS stated_type,
            nullif(btrim(r.fields[(h.at ->> 'sold_on')::integer]), '') AS activity_text,
            nullif(btrim(r.fields[(h.at ->> 'quantity')::integer]), '') AS sold_text,
            nullif(btrim(r.fields[(h.at ->> 'return_quantity')::integer]), '') AS returned_text,
            nullif(btrim(r.fields[(h.at ->> 'on_hand')::integer]), '') AS on_hand_text,
            nullif(btrim(r.fields[(h.at ->> 'uom')::integer]), '') AS uom,
            nullif(btrim(r.fields[(h.at ->> 'unit_price')::integer]), '') AS price_text,
            nullif(btrim(r.fields[(h.at ->> 'amount')::integer]), '') AS amount_text,
            upper(nullif(btrim(r.fields[(h.at ->> 'currency_code')::integer]), '')) AS currency_code,
            nullif(btrim(r.fields[(h.at ->> 'invoice_no')::integer]), '') AS invoice_no,
            nullif(btrim(r.fields[(h.at ->> 'invoice_line')::integer]), '') AS invoice_line,
            nullif(btrim(r.fields[(h.at ->> 'contract_no')::integer]), '') AS contract_no
        FROM raw AS r
        CROSS JOIN heading AS h
        WHERE r.row_no > 1
    ),
    typed AS (
        -- A return is said by a word, by a code, by a column of its own or by
        -- the sign; the sign is made to agree with it.
        SELECT c.*,
            try_numeric(coalesce(c.sold_text, c.on_hand_text)) AS stated_quantity,
            try_numeric(c.returned_text) AS returned_quantity,
            coalesce(t.is_return, lower(c.stated_type) IN ('return', 'returns', 'credit'), false)
                OR (coalesce(try_numeric(c.sold_text), 0) = 0 AND try_numeric(c.returned_text) <> 0) AS is_return,
            coalesce(t.transfer_type, CASE
                WHEN lower(c.stated_type) IN ('return', 'returns', 'credit') THEN 'RU'
                WHEN lower(c.stated_type) IN ('sale', 'sales', 'invoice') THEN 'SS'
                ELSE c.stated_type
            END) AS known_type
        FROM cell AS c
        LEFT JOIN transfer_type AS t ON t.transfer_type = upper(c.stated_type)
    )
    SELECT (c.row_no - 1)::integer, NULL::integer, c.line_no, NULL::bigint,
        c.report_kind, NULL::text, false,
        c.vendor_part, c.gtin, c.distributor_part,
        c.customer_id, c.customer_name, c.customer_postcode, c.customer_country,
        c.place,
        CASE c.report_kind
            WHEN 'inventory' THEN 'OH'
            ELSE coalesce(c.known_type, CASE WHEN c.is_return THEN 'RU' ELSE 'SS' END)
        END,
        c.activity_text, try_date(c.activity_text),
        coalesce(c.sold_text, c.on_hand_text, c.returned_text),
        CASE
            WHEN c.report_kind = 'inventory' THEN c.stated_quantity
            WHEN c.is_return THEN -abs(CASE WHEN coalesce(c.stated_quantity, 0) = 0
                THEN c.returned_quantity ELSE c.stated_quantity END)
            ELSE c.stated_quantity - abs(coalesce(c.returned_quantity, 0))
        END,
        c.is_return, c.uom,
        c.price_text, abs(try_numeric(c.price_text)),
        c.amount_text,
        CASE WHEN c.is_return THEN -abs(try_numeric(c.amount_text)) ELSE try_numeric(c.amount_text) END,
        c.currency_code, c.invoice_no, c.invoice_line, c.contract_no, c.problem
    FROM typed AS c
    WHERE c.problem IS NOT NULL
        OR num_nonnulls(c.vendor_part, c.gtin, c.distributor_part, c.sold_text,
            c.returned_text, c.on_hand_text, c.invoice_no) > 0;
END;
COMMENT ON FUNCTION reported_lines_csv(text) IS 'Rows of a CSV report with a heading row, in the common shape; which column is which is said by csv_column. Empty rows are left out';

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
        l.invoice_no, l.invoice_line, l.contract_no, l.problem
    FROM (
        SELECT s.* FROM reported_lines_x12_867(p_document) AS s
        UNION ALL
        SELECT i.* FROM reported_lines_x12_852(p_document) AS i
    ) AS l;
END;
COMMENT ON FUNCTION reported_lines_x12(text) IS 'Lines of all transaction sets of an X12 document, in the common shape and the order of the document';

CREATE FUNCTION reported_lines(p_format text, p_document text) RETURNS SETOF reported_line
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_format = 'x12' THEN
        RETURN QUERY SELECT * FROM reported_lines_x12(p_document);
    ELSE
        RETURN QUERY SELECT * FROM reported_lines_csv(p_document);
    END IF;
END
$$;
COMMENT ON FUNCTION reported_lines(text, text) IS 'Lines of a report in one shape, whatever its format (x12 or csv)';

CREATE FUNCTION report_format(p_document text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- By the content, never by the name of the file: X12 announces itself,
    -- everything else has to be a table whose heading is known.
    SELECT CASE
        WHEN ltrim(left(p_document, 100), E'\uFEFF \r\n\t') LIKE 'ISA%' THEN 'x12'
        WHEN (
            SELECT csv_positions(r.fields) ?| ARRAY['quantity', 'return_quantity', 'on_hand']
            FROM csv_rows(p_document) AS r
            WHERE r.row_no = 1) THEN 'csv'
    END;
END;
COMMENT ON FUNCTION report_format(text) IS 'x12 or csv, by the content; NULL = nothing that can be read';

CREATE FUNCTION report_sender(p_document text) RETURNS bigint
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT i.distributor_id
    FROM x12_segments(p_document) AS s
    JOIN distributor_identifier AS i
        ON i.identifier_qualifier = 'sender'
        AND i.identifier = rtrim(s.elements[6])
    WHERE s.tag = 'ISA'
    ORDER BY s.segment_no
    LIMIT 1;
END;
COMMENT ON FUNCTION report_sender(text) IS 'Distributor whose sender identifier (ISA06) an X12 document carries; NULL = not known';

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
            invoice_no, invoice_line, contract_no
        )
        SELECT p_distributor_id, p_submission_id, r.line_no, r.transaction_no, r.segment_no, r.byte_offset,
            r.vendor_part, r.gtin, r.distributor_part,
            r.customer_id, r.customer_name, r.customer_postcode,
            r.customer_country, r.place, r.line_type, coalesce(r.activity_text, r.activity_on::text),
            r.quantity_text, r.uom, r.price_text, r.amount_text, r.currency_code,
            CASE
                WHEN r.books_as = 'inventory_count' AND r.preferred > 1 AND r.product_id IS NOT NULL THEN 'nothing'
                ELSE r.books_as
            END,
            r.activity_on, r.warehouse_id, r.product_id, r.reseller_id, r.count_kind,
            r.reason_code, r.is_return, r.base_quantity, r.base_price,
            coalesce(r.amount, round(r.base_quantity * r.base_price, 4)), r.known_currency,
            r.invoice_no, r.invoice_line, r.contract_no
        FROM resolved AS r
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
            p.base_uom,
            row_number() OVER (
                PARTITION BY sl.invoice_no, sl.invoice_line, sl.product_id, sl.activity_on,
                    sl.reported_type, sl.quantity, sl.unit_price
                ORDER BY sl.line_no
            ) AS occurrence
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
        UNION ALL
        SELECT 'refuse', 'DUP_LINE', 'line was booked from an earlier report',
            concat_ws(' / ', l.invoice_no, l.invoice_line, l.reported_vendor_part, l.quantity::text),
            'Nothing to do if the distributor sent it twice; a second such sale needs its own invoice line.'
        WHERE l.books_as = 'sell_through'
            AND l.invoice_no IS NOT NULL
            AND l.occurrence <= (
                SELECT count(*)
                FROM sell_through_as_of() AS s
                WHERE s.distributor_id = p_distributor_id
                    AND s.sold_on = l.activity_on
                    AND s.product_id = l.product_id
                    AND s.invoice_no = l.invoice_no
                    AND s.invoice_line IS NOT DISTINCT FROM l.invoice_line
                    AND s.transfer_type = l.reported_type
                    AND s.quantity = l.quantity
                    AND s.unit_price IS NOT DISTINCT FROM l.unit_price)
    ) AS j;

    UPDATE submission_line AS l
    SET line_state = CASE WHEN f.line_no IS NOT NULL THEN 'refused' ELSE 'not_booked' END
    FROM submission_line AS self
    LEFT JOIN (
        SELECT DISTINCT line_no
        FROM finding
        WHERE distributor_id = p_distributor_id
            AND submission_id = p_submission_id
            AND severity = 'refuse'
            AND line_no IS NOT NULL
    ) AS f ON f.line_no = self.line_no
    WHERE self.distributor_id = p_distributor_id
        AND self.submission_id = p_submission_id
        AND l.distributor_id = self.distributor_id
        AND l.submission_id = self.submission_id
        AND l.line_no = self.line_no
        AND (f.line_no IS NOT NULL OR self.books_as = 'nothing');
END
$$;
COMMENT ON FUNCTION judge_lines(bigint, bigint, date) IS 'Step 2 of submit_report(): a finding for each line and rule that is broken; a line with a finding of severity refuse is not booked';

CREATE FUNCTION submit_report(
    p_document text,
    p_distributor_code text DEFAULT NULL,
    p_file_name text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_distributor_id bigint;
    v_submission_id bigint;
    v_format text := report_format(p_document);
    v_is_repeat boolean := false;
    result submission_result;
BEGIN
    IF v_format IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD006',
            MESSAGE = 'document cannot be read',
            DETAIL = format('File %s, %s characters, begins with %L.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(length(p_document), 0), left(p_document, 40)),
            HINT = 'Send X12 (867, 852), or CSV whose first row is a heading with a column of quantities; see csv_column for the headings that are known.';
    END IF;

    IF p_distributor_code IS NOT NULL THEN
        SELECT distributor_id INTO v_distributor_id
        FROM distributor
        WHERE distributor_code = p_distributor_code;
    ELSIF v_format = 'x12' THEN
        v_distributor_id := report_sender(p_document);
    END IF;
    IF v_distributor_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD004',
            MESSAGE = 'report cannot be attributed to a distributor',
            DETAIL = format('File %s, p_distributor_code %s.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(quote_literal(p_distributor_code), 'NULL')),
            HINT = 'Give p_distributor_code, or enter the sender (ISA06) in distributor_identifier with the qualifier sender.';
    END IF;

    BEGIN
        -- A document that is there already is the same submission; somebody who
        -- sends it at this moment is waited for.
        INSERT INTO submission (distributor_id, report_kind, document_format, file_name, document)
        VALUES (v_distributor_id, 'mixed', v_format, p_file_name, convert_to(p_document, 'UTF8'))
        ON CONFLICT ON CONSTRAINT submission_document_key DO NOTHING
        RETURNING submission_id INTO v_submission_id;
        IF v_submission_id IS NULL THEN
            SELECT s.submission_id INTO v_submission_id
            FROM submission AS s
            WHERE s.distributor_id = v_distributor_id
                AND s.document_sha256 = sha256(convert_to(p_document, 'UTF8'));
            RETURN submission_result_of(v_submission_id, true);
        END IF;

        PERFORM keep_lines_as_reported(v_distributor_id, v_submission_id, v_format, p_document);
        IF v_format = 'x12' THEN
            INSERT INTO finding (
                distributor_id, submission_id, transaction_no, segment_no, byte_offset,
                severity, level, code, message, value
            )
            SELECT v_distributor_id, v_submission_id, f.transaction_no, f.segment_no, f.byte_offset,
                f.severity, f.level, f.code, f.message, f.value
            FROM x12_findings(p_document) AS f;
        END IF;
        PERFORM judge_lines(v_distributor_id, v_submission_id, current_date);

        UPDATE submission AS s
        SET submission_state = CASE WHEN l.lines = 0 THEN 'rejected' ELSE 'validated' END,
            report_kind = coalesce(l.report_kind, 'sell_through'),
            transmission_no = (
                SELECT g.elements[13]
                FROM x12_segments(CASE v_format WHEN 'x12' THEN p_document ELSE '' END) AS g
                WHERE g.tag = 'ISA'
                ORDER BY g.segment_no
                LIMIT 1),
            period_starts_on = l.starts_on,
            period_ends_on = l.ends_on
        FROM (
            SELECT count(*) AS lines,
                min(activity_on) AS starts_on,
                max(activity_on) AS ends_on,
                CASE
                    WHEN bool_and(count_kind IS NOT NULL OR books_as = 'inventory_count') THEN 'inventory'
                    WHEN bool_or(books_as = 'inventory_count') THEN 'mixed'
                    ELSE 'sell_through'
                END AS report_kind
            FROM submission_line
            WHERE distributor_id = v_distributor_id AND submission_id = v_submission_id
        ) AS l
        WHERE s.distributor_id = v_distributor_id AND s.submission_id = v_submission_id;

        result := submission_result_of(v_submission_id, v_is_repeat);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD000', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD000' THEN
        result.submission_id := NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION submit_report(text, text, text, boolean) IS
    'Takes a report in: keeps the document, reads it (X12 867 and 852, CSV), resolves and judges every line, books nothing yet. The same bytes twice are one submission. p_distributor_code NULL = by the sender of the X12 envelope. ZD004 when the distributor is not known, ZD006 when the document cannot be read.';

CREATE FUNCTION accept_submission(
    p_submission_id bigint,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    s submission;
    result submission_result;
BEGIN
    -- Two acceptances at once: the second waits here and then sees the state.
    SELECT * INTO s FROM submission WHERE submission_id = p_submission_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'submission does not exist',
            DETAIL = format('There is no submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'submit_report() returns the key of a submission.';
    END IF;
    IF s.submission_state <> 'validated' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD005',
            MESSAGE = 'submission is not waiting for acceptance',
            DETAIL = format('Submission %s is %s.', p_submission_id, s.submission_state),
            HINT = CASE s.submission_state
                WHEN 'accepted' THEN 'Its lines are booked; there is nothing left to do.'
                ELSE 'Submit a corrected document.'
            END;
    END IF;

    BEGIN
        INSERT INTO sell_through (
            distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type,
            invoice_no, invoice_line, contract_no, quantity, unit_price, amount, currency_code,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.reseller_id, l.reported_type,
            l.invoice_no, l.invoice_line, l.contract_no, l.quantity, l.unit_price, l.amount, l.currency_code,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'sell_through';

        INSERT INTO inventory_count (
            distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.count_kind, l.quantity,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'inventory_count';

        INSERT INTO inventory_adjustment (
            distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.quantity, l.reason_code,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'inventory_adjustment';

        UPDATE submission_line AS l
        SET line_state = 'booked'
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready';

        UPDATE submission AS u
        SET submission_state = 'accepted',
            accepted_at = now()
        WHERE u.distributor_id = s.distributor_id AND u.submission_id = s.submission_id;

        result := submission_result_of(s.submission_id);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD000', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD000' THEN
        NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION accept_submission(bigint, boolean) IS
    'Books every line of a validated submission that has no refusing finding, all or nothing. P0002 when it does not exist, ZD005 when it is not waiting for acceptance, ZD010 when a price floor rejects a line.';

CREATE FUNCTION reject_submission(p_submission_id bigint) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_state text;
BEGIN
    SELECT submission_state INTO v_state FROM submission WHERE submission_id = p_submission_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'submission does not exist',
            DETAIL = format('There is no submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'submit_report() returns the key of a submission.';
    END IF;
    IF v_state <> 'validated' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD005',
            MESSAGE = 'submission is not waiting for a decision',
            DETAIL = format('Submission %s is %s.', p_submission_id, v_state),
            HINT = 'Only a validated submission can be rejected.';
    END IF;
    UPDATE submission SET submission_state = 'rejected' WHERE submission_id = p_submission_id;
    RETURN submission_result_of(p_submission_id);
END
$$;
COMMENT ON FUNCTION reject_submission(bigint) IS 'Sets a validated submission aside; nothing of it is booked. P0002, ZD005 as accept_submission().';

CREATE VIEW intake WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.submission_id,
    d.distributor_code,
    s.file_name,
    s.document_format,
    s.report_kind,
    s.submission_state,
    s.period_starts_on,
    s.period_ends_on,
    r.lines_read,
    r.lines_ready,
    r.lines_refused,
    r.transactions_refused,
    r.findings,
    s.received_at
FROM submission AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id
CROSS JOIN LATERAL submission_result_of(s.submission_id) AS r;
COMMENT ON VIEW intake IS 'One row = a submission and how its lines fared';
COMMENT ON COLUMN intake.distributor_id IS 'Who sent it';
COMMENT ON COLUMN intake.submission_id IS 'Key of the submission';
COMMENT ON COLUMN intake.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN intake.file_name IS 'Name under which it came';
COMMENT ON COLUMN intake.document_format IS 'x12 or csv';
COMMENT ON COLUMN intake.report_kind IS 'sell_through, inventory or mixed';
COMMENT ON COLUMN intake.submission_state IS 'received, validated, accepted or rejected';
COMMENT ON COLUMN intake.period_starts_on IS 'First activity in it';
COMMENT ON COLUMN intake.period_ends_on IS 'Last activity in it';
COMMENT ON COLUMN intake.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN intake.lines_ready IS 'Lines that can be booked, or are';
COMMENT ON COLUMN intake.lines_refused IS 'Lines that are not booked because of a finding';
COMMENT ON COLUMN intake.transactions_refused IS 'X12: transaction sets refused as a whole; their lines are not counted';
COMMENT ON COLUMN intake.findings IS 'Findings, warnings included';
COMMENT ON COLUMN intake.received_at IS 'When it came in';
