
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
    contract_no text
);
COMMENT ON TYPE edifact_line IS
    'One QTY of an EDIFACT sales report (SLSRPT) or inventory report (INVRPT). quantity is signed as written, of the kind that quantity_qualifier says (list 6063); in a sales report a negative one is a return. unit_price is in currency_code per unit_of_measure; amount (MOA 203) stands with the first QTY of its item; product_ids are {qualifier, id} pairs; gtin has 14 digits';
COMMENT ON COLUMN edifact_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN edifact_line.message_no IS 'Which message of the document, from 1';
COMMENT ON COLUMN edifact_line.line_in_message IS 'Number of the line in its message, from 1';
COMMENT ON COLUMN edifact_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN edifact_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN edifact_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN edifact_line.message_reference IS 'UNH01';
COMMENT ON COLUMN edifact_line.message_version IS 'Version of the message, such as D:96A';
COMMENT ON COLUMN edifact_line.is_test IS 'Whether ISA15 says T: never to be booked';
COMMENT ON COLUMN edifact_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN edifact_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN edifact_line.report_id IS 'Report number of the sender: BPT02 in an 867, N9 in an 852';
COMMENT ON COLUMN edifact_line.report_type IS 'BPT04, X12 element 755: 02 resale …';
COMMENT ON COLUMN edifact_line.purpose IS 'BPT01, X12 element 353: 00 original …';
COMMENT ON COLUMN edifact_line.report_on IS 'BPT03, date of the report';
COMMENT ON COLUMN edifact_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN edifact_line.period_ends_on IS 'Last day of the reported period, inclusive; NULL = not stated';
COMMENT ON COLUMN edifact_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN edifact_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN edifact_line.reporter_name IS 'Its name';
COMMENT ON COLUMN edifact_line.vendor_id IS 'Vendor that it is addressed to';
COMMENT ON COLUMN edifact_line.vendor_name IS 'Its name';
COMMENT ON COLUMN edifact_line.location_qualifier IS 'LOC or NAD qualifier of the location';
COMMENT ON COLUMN edifact_line.location_id IS 'Where: N1 in front of the line, or SDQ';
COMMENT ON COLUMN edifact_line.activity_on IS 'Day of the activity; NULL = not stated, see the period';
COMMENT ON COLUMN edifact_line.item_no IS 'Number of the item in the message';
COMMENT ON COLUMN edifact_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN edifact_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN edifact_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN edifact_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN edifact_line.quantity_qualifier IS 'QTY01, X12 element 673';
COMMENT ON COLUMN edifact_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN edifact_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN edifact_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN edifact_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN edifact_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN edifact_line.price_basis IS 'X12 element 639: RS resale, CT contract …';
COMMENT ON COLUMN edifact_line.prices IS 'All prices of the line, in order';
COMMENT ON COLUMN edifact_line.price_bases IS 'Their bases, in order';
COMMENT ON COLUMN edifact_line.amount IS 'Signed amount';
COMMENT ON COLUMN edifact_line.currency_code IS 'Currency of the line or the report; NULL = not stated';
COMMENT ON COLUMN edifact_line.invoice_no IS 'Invoice, from the line, else its PTD';
COMMENT ON COLUMN edifact_line.contract_no IS 'Contract or authorization; NULL = none or one of the words for none';

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
