
-- feed: EDIFACT ---------------------------------------------------------------

CREATE TYPE edifact_line AS (
    line_no int,
    message_no int,
    line_in_message int,
    segment_no int,
    byte_offset bigint,
    interchange_control text,
    message_reference text,
    message_version text,
    is_test boolean,
    sender_id text,
    receiver_id text,
    report_id text,
    report_type text,
    purpose text,
    report_on date,
    period_starts_on date,
    period_ends_on date,
    reporter_id_qualifier text,
    reporter_id text,
    reporter_name text,
    vendor_id text,
    vendor_name text,
    location_qualifier text,
    location_id text,
    activity_on date,
    item_no text,
    vendor_part text,
    gtin text,
    distributor_part text,
    product_ids text[],
    quantity_qualifier text,
    reported_quantity text,
    quantity numeric,
    is_return boolean,
    unit_of_measure text,
    unit_price numeric,
    price_basis text,
    prices numeric[],
    price_bases text[],
    amount numeric,
    currency_code text,
    invoice_no text,
    contract_no text,
    invoice_line text,
    customer_id_qualifier text,
    customer_id text,
    customer_name text,
    customer_postcode text,
    customer_country text
);
COMMENT ON TYPE edifact_line IS
    'One QTY of an EDIFACT sales report (SLSRPT) or inventory report (INVRPT). quantity is signed as written, of the kind that quantity_qualifier says (list 6063); in a sales report a negative one is a return. unit_price is in currency_code per unit_of_measure, the one for resale (RES, RTP) if there are several in a sales report; amount (MOA 203) stands with the first QTY of its item; product_ids are {qualifier, id} pairs; gtin has 14 digits';
COMMENT ON COLUMN edifact_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN edifact_line.message_no IS 'Which message of the document, from 1';
COMMENT ON COLUMN edifact_line.line_in_message IS 'Number of the line in its message, from 1';
COMMENT ON COLUMN edifact_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN edifact_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN edifact_line.interchange_control IS 'Reference of the interchange: UNB 0020';
COMMENT ON COLUMN edifact_line.message_reference IS 'Reference of the message: UNH 0062';
COMMENT ON COLUMN edifact_line.message_version IS 'Version of the message, such as D:96A';
COMMENT ON COLUMN edifact_line.is_test IS 'Whether UNB 0035 says 1: never to be booked';
COMMENT ON COLUMN edifact_line.sender_id IS 'UNB S002, without its qualifier';
COMMENT ON COLUMN edifact_line.receiver_id IS 'UNB S003, without its qualifier';
COMMENT ON COLUMN edifact_line.report_id IS 'Report number of the sender: BGM 1004';
COMMENT ON COLUMN edifact_line.report_type IS 'BGM 1001: 73 sales data, 35 inventory report …';
COMMENT ON COLUMN edifact_line.purpose IS 'BGM 1225: 9 original, 5 replace, 1 cancel …';
COMMENT ON COLUMN edifact_line.report_on IS 'Date of the report: DTM 137';
COMMENT ON COLUMN edifact_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN edifact_line.period_ends_on IS 'Last day of the reported period, inclusive; NULL = not stated';
COMMENT ON COLUMN edifact_line.reporter_id_qualifier IS 'Who gives out reporter_id, 3055: 9 GS1 (a GLN) …';
COMMENT ON COLUMN edifact_line.reporter_id IS 'Who reports: NAD of the header';
COMMENT ON COLUMN edifact_line.reporter_name IS 'Its name';
COMMENT ON COLUMN edifact_line.vendor_id IS 'Vendor that it is addressed to';
COMMENT ON COLUMN edifact_line.vendor_name IS 'Its name';
COMMENT ON COLUMN edifact_line.location_qualifier IS 'LOC or NAD qualifier of the location';
COMMENT ON COLUMN edifact_line.location_id IS 'Where: LOC or NAD WH that the line belongs to';
COMMENT ON COLUMN edifact_line.activity_on IS 'Day of the activity; NULL = not stated, see the period';
COMMENT ON COLUMN edifact_line.item_no IS 'Number of the item in the message: LIN 1082';
COMMENT ON COLUMN edifact_line.vendor_part IS 'Vendor part number: SA, VP, VN, MF or MG';
COMMENT ON COLUMN edifact_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN edifact_line.distributor_part IS 'The senders own number: IN, BP or SK';
COMMENT ON COLUMN edifact_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN edifact_line.quantity_qualifier IS 'QTY 6063: 153 sold, 145 in stock …';
COMMENT ON COLUMN edifact_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN edifact_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN edifact_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN edifact_line.unit_of_measure IS 'QTY 6411: PCE …; NULL = not stated';
COMMENT ON COLUMN edifact_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN edifact_line.price_basis IS 'PRI 5387 (RTP retail …), else 5125 (AAE …)';
COMMENT ON COLUMN edifact_line.prices IS 'All prices of the line, in order';
COMMENT ON COLUMN edifact_line.price_bases IS 'Their bases, in order';
COMMENT ON COLUMN edifact_line.amount IS 'Signed amount: MOA 203, with the first QTY of its item';
COMMENT ON COLUMN edifact_line.currency_code IS 'Currency of the line or the report; NULL = not stated';
COMMENT ON COLUMN edifact_line.invoice_no IS 'Invoice: RFF IV or DM, DOC 380';
COMMENT ON COLUMN edifact_line.contract_no IS 'Contract or authorization: RFF CT or DC';
COMMENT ON COLUMN edifact_line.invoice_line IS 'Line of the invoice: RFF 1156';
COMMENT ON COLUMN edifact_line.customer_id_qualifier IS 'Who gives out customer_id, 3055: 9 GS1 (a GLN), 91, 92 …';
COMMENT ON COLUMN edifact_line.customer_id IS 'Whom the item was sold to: NAD BY, else IV, ST, DP, UD, MA of the item';
COMMENT ON COLUMN edifact_line.customer_name IS 'Its name';
COMMENT ON COLUMN edifact_line.customer_postcode IS 'Its postal code';
COMMENT ON COLUMN edifact_line.customer_country IS 'Its country';

CREATE FUNCTION edifact_segments(document text)
RETURNS TABLE (
    interchange_no int,
    message_no int,
    segment_no int,
    position_in_message int,
    byte_offset bigint,
    tag text,
    elements text[]
)
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION edifact_segments(text) IS
    'The segments of an EDIFACT document, one row each; delimiters are read from the UNA, release characters taken out. elements[e][c] is component c of element e, NULL where an element has fewer components than another';

CREATE FUNCTION edifact_findings(document text)
RETURNS SETOF x12_finding
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION edifact_findings(text) IS
    'What is wrong with an EDIFACT document, as x12_findings says it of X12: group_control is the reference of the UNG, transaction_control that of the UNH. At most 1000';

CREATE FUNCTION edifact_slsrpt(document text)
RETURNS SETOF edifact_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION edifact_slsrpt(text) IS
    'The lines of the sales reports (SLSRPT) in an EDIFACT document. A message with a refusing finding gives none';

CREATE FUNCTION edifact_invrpt(document text)
RETURNS SETOF edifact_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION edifact_invrpt(text) IS
    'The lines of the inventory reports (INVRPT) in an EDIFACT document. A message with a refusing finding gives none';
