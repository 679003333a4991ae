
-- feed: X12 -------------------------------------------------------------------

CREATE TYPE x12_finding AS (
    severity text,
    level text,
    code text,
    byte_offset bigint,
    line_no int,
    interchange_control text,
    group_control text,
    transaction_control text,
    transaction_no int,
    segment_no int,
    position_in_transaction int,
    tag text,
    element int,
    component int,
    value text,
    message text,
    ack_code text
);
COMMENT ON TYPE x12_finding IS
    'One thing that is wrong with an X12 document: how grave (refuse, warn), at which level, which class, where (byte_offset from 0; line_no, segment_no and position_in_transaction from 1; element 0 or NULL = the segment), the offending text up to 99 characters, and the code to acknowledge it with';
COMMENT ON COLUMN x12_finding.severity IS 'refuse or warn';
COMMENT ON COLUMN x12_finding.level IS 'file, interchange, group, transaction, segment, element or business';
COMMENT ON COLUMN x12_finding.code IS 'Class of the error';
COMMENT ON COLUMN x12_finding.byte_offset IS 'Where it is, in bytes from 0';
COMMENT ON COLUMN x12_finding.line_no IS 'Line of the text, from 1';
COMMENT ON COLUMN x12_finding.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_finding.group_control IS 'GS06';
COMMENT ON COLUMN x12_finding.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_finding.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_finding.segment_no IS 'Segment of the document, from 1';
COMMENT ON COLUMN x12_finding.position_in_transaction IS 'Segment within its transaction set, ST = 1';
COMMENT ON COLUMN x12_finding.tag IS 'Segment';
COMMENT ON COLUMN x12_finding.element IS 'Element within the segment, from 1; NULL = the segment';
COMMENT ON COLUMN x12_finding.component IS 'Component within the element, from 1';
COMMENT ON COLUMN x12_finding.value IS 'Offending text, up to 99 characters';
COMMENT ON COLUMN x12_finding.message IS 'What is wrong';
COMMENT ON COLUMN x12_finding.ack_code IS 'Code to acknowledge it with (997, 999, TA1)';

CREATE TYPE x12_867_line AS (
    line_no int,
    transaction_no int,
    line_in_transaction int,
    segment_no int,
    byte_offset bigint,
    interchange_control text,
    group_control text,
    transaction_control text,
    is_test boolean,
    sender_id text,
    receiver_id text,
    report_id text,
    purpose text,
    report_type text,
    report_on date,
    previous_report_id text,
    period_starts_on date,
    period_ends_on date,
    reporter_id_qualifier text,
    reporter_id text,
    reporter_name text,
    transfer_type text,
    movement text,
    invoice_no text,
    invoice_line text,
    invoice_on date,
    shipped_on date,
    purchase_order_no text,
    contract_no text,
    ship_from_id text,
    ship_to_id_qualifier text,
    ship_to_id text,
    ship_to_name text,
    ship_to_city text,
    ship_to_state text,
    ship_to_postcode text,
    ship_to_country text,
    sold_to_id text,
    sold_to_name text,
    end_user_id text,
    end_user_name text,
    vendor_part text,
    gtin text,
    distributor_part text,
    product_ids text[],
    quantity_qualifier text,
    reported_quantity text,
    quantity numeric,
    is_return boolean,
    is_correction boolean,
    unit_of_measure text,
    unit_price numeric,
    price_basis text,
    prices numeric[],
    price_bases text[],
    currency_code text,
    reported_amount text,
    amount numeric,
    claim_amount numeric,
    serials text[],
    claim_credit_debit text,
    sender_qualifier text,
    receiver_qualifier text,
    application_sender_id text,
    application_receiver_id text
);
COMMENT ON TYPE x12_867_line IS
    'One line of an 867 product transfer and resale report. quantity and amount are signed: a return is negative however it was written (reported_quantity, reported_amount: as written); quantity is 0 for price adjustments. unit_price is for one unit_of_measure, prices as written without sign; product_ids are {qualifier, id} pairs; gtin has 14 digits';
COMMENT ON COLUMN x12_867_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN x12_867_line.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_867_line.line_in_transaction IS 'Number of the line in its transaction set, from 1';
COMMENT ON COLUMN x12_867_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN x12_867_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN x12_867_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_867_line.group_control IS 'GS06';
COMMENT ON COLUMN x12_867_line.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_867_line.is_test IS 'Whether ISA15 says T (test) or I (information): never to be booked';
COMMENT ON COLUMN x12_867_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN x12_867_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN x12_867_line.report_id IS 'Report number of the sender: BPT02 in an 867, N9 in an 852';
COMMENT ON COLUMN x12_867_line.purpose IS 'BPT01, X12 element 353: 00 original …';
COMMENT ON COLUMN x12_867_line.report_type IS 'BPT04, X12 element 755: 02 resale …';
COMMENT ON COLUMN x12_867_line.report_on IS 'BPT03, date of the report';
COMMENT ON COLUMN x12_867_line.previous_report_id IS 'BPT09, the report that it corrects';
COMMENT ON COLUMN x12_867_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN x12_867_line.period_ends_on IS 'Last day of the reported period, inclusive; NULL = not stated';
COMMENT ON COLUMN x12_867_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN x12_867_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN x12_867_line.reporter_name IS 'Its name';
COMMENT ON COLUMN x12_867_line.transfer_type IS 'PTD01, X12 element 521: SS stock sale …';
COMMENT ON COLUMN x12_867_line.movement IS 'PTD06, X12 element 486: direction of the movement';
COMMENT ON COLUMN x12_867_line.invoice_no IS 'Invoice, from the line, else its PTD';
COMMENT ON COLUMN x12_867_line.invoice_line IS 'Line of the invoice';
COMMENT ON COLUMN x12_867_line.invoice_on IS 'Invoice date, from the line, else its PTD, else the header';
COMMENT ON COLUMN x12_867_line.shipped_on IS 'Ship date, likewise';
COMMENT ON COLUMN x12_867_line.purchase_order_no IS 'Purchase order';
COMMENT ON COLUMN x12_867_line.contract_no IS 'Contract or authorization; NULL = none or one of the words for none';
COMMENT ON COLUMN x12_867_line.ship_from_id IS 'Branch or warehouse it left from';
COMMENT ON COLUMN x12_867_line.ship_to_id_qualifier IS 'Kind of ship_to_id, X12 element 66';
COMMENT ON COLUMN x12_867_line.ship_to_id IS 'Ship-to party';
COMMENT ON COLUMN x12_867_line.ship_to_name IS 'Its name';
COMMENT ON COLUMN x12_867_line.ship_to_city IS 'Its city';
COMMENT ON COLUMN x12_867_line.ship_to_state IS 'Its state or province';
COMMENT ON COLUMN x12_867_line.ship_to_postcode IS 'Its postal code';
COMMENT ON COLUMN x12_867_line.ship_to_country IS 'Its country';
COMMENT ON COLUMN x12_867_line.sold_to_id IS 'Sold-to or bill-to party';
COMMENT ON COLUMN x12_867_line.sold_to_name IS 'Its name';
COMMENT ON COLUMN x12_867_line.end_user_id IS 'End user';
COMMENT ON COLUMN x12_867_line.end_user_name IS 'Its name';
COMMENT ON COLUMN x12_867_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN x12_867_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN x12_867_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN x12_867_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN x12_867_line.quantity_qualifier IS 'QTY01, X12 element 673';
COMMENT ON COLUMN x12_867_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN x12_867_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN x12_867_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN x12_867_line.is_correction IS 'Whether it is negative without being a return';
COMMENT ON COLUMN x12_867_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN x12_867_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN x12_867_line.price_basis IS 'X12 element 639: RS resale, CT contract …';
COMMENT ON COLUMN x12_867_line.prices IS 'All prices of the line, in order';
COMMENT ON COLUMN x12_867_line.price_bases IS 'Their bases, in order';
COMMENT ON COLUMN x12_867_line.currency_code IS 'Currency of the line or the report; NULL = not stated';
COMMENT ON COLUMN x12_867_line.reported_amount IS 'Amount as written';
COMMENT ON COLUMN x12_867_line.amount IS 'Signed amount';
COMMENT ON COLUMN x12_867_line.claim_amount IS 'Amount claimed (AMT S or CC)';
COMMENT ON COLUMN x12_867_line.serials IS 'Serial numbers';
COMMENT ON COLUMN x12_867_line.claim_credit_debit IS 'AMT03 of the claim: C credit, D debit';
COMMENT ON COLUMN x12_867_line.sender_qualifier IS 'ISA05';
COMMENT ON COLUMN x12_867_line.receiver_qualifier IS 'ISA07';
COMMENT ON COLUMN x12_867_line.application_sender_id IS 'GS02';
COMMENT ON COLUMN x12_867_line.application_receiver_id IS 'GS03';

CREATE TYPE x12_852_line AS (
    line_no int,
    transaction_no int,
    line_in_transaction int,
    segment_no int,
    byte_offset bigint,
    interchange_control text,
    group_control text,
    transaction_control text,
    is_test boolean,
    sender_id text,
    receiver_id text,
    report_id text,
    handling_code text,
    period_starts_on date,
    period_ends_on date,
    reporter_id_qualifier text,
    reporter_id text,
    reporter_name text,
    location_id_qualifier text,
    location_id text,
    location_name text,
    vendor_part text,
    gtin text,
    distributor_part text,
    product_ids text[],
    activity_code text,
    ordinal int,
    activity_on date,
    reported_quantity text,
    quantity numeric,
    unit_of_measure text,
    unit_price numeric,
    price_basis text,
    amount numeric,
    is_return boolean,
    item_amount numeric,
    sender_qualifier text,
    receiver_qualifier text,
    application_sender_id text,
    application_receiver_id text
);
COMMENT ON TYPE x12_852_line IS
    'One activity of one product at one location in an 852 product activity report. quantity is negative for returns (reported_quantity: as written); ordinal counts the rows of one LIN; amount belongs to the activity, item_amount to the product and is repeated on each of its rows';
COMMENT ON COLUMN x12_852_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN x12_852_line.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_852_line.line_in_transaction IS 'Number of the line in its transaction set, from 1';
COMMENT ON COLUMN x12_852_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN x12_852_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN x12_852_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_852_line.group_control IS 'GS06';
COMMENT ON COLUMN x12_852_line.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_852_line.is_test IS 'Whether ISA15 says T (test) or I (information): never to be booked';
COMMENT ON COLUMN x12_852_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN x12_852_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN x12_852_line.report_id IS 'Report number of the sender: BPT02 in an 867, N9 in an 852';
COMMENT ON COLUMN x12_852_line.handling_code IS 'XQ01';
COMMENT ON COLUMN x12_852_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN x12_852_line.period_ends_on IS 'Last day of the reported period, inclusive; NULL = not stated';
COMMENT ON COLUMN x12_852_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN x12_852_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN x12_852_line.reporter_name IS 'Its name';
COMMENT ON COLUMN x12_852_line.location_id_qualifier IS 'Kind of location_id, X12 element 66';
COMMENT ON COLUMN x12_852_line.location_id IS 'Where: N1 in front of the line, or SDQ';
COMMENT ON COLUMN x12_852_line.location_name IS 'Its name';
COMMENT ON COLUMN x12_852_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN x12_852_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN x12_852_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN x12_852_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN x12_852_line.activity_code IS 'ZA01, X12 element 859';
COMMENT ON COLUMN x12_852_line.ordinal IS 'Number of the row within its LIN, from 1';
COMMENT ON COLUMN x12_852_line.activity_on IS 'Day of the activity; NULL = not stated, see the period';
COMMENT ON COLUMN x12_852_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN x12_852_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN x12_852_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN x12_852_line.unit_price IS 'Price of one unit of measure';
COMMENT ON COLUMN x12_852_line.price_basis IS 'X12 element 639: RS resale, CT contract …';
COMMENT ON COLUMN x12_852_line.amount IS 'Signed amount of the activity';
COMMENT ON COLUMN x12_852_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN x12_852_line.item_amount IS 'Amount of the product, repeated on each of its rows';
COMMENT ON COLUMN x12_852_line.sender_qualifier IS 'ISA05';
COMMENT ON COLUMN x12_852_line.receiver_qualifier IS 'ISA07';
COMMENT ON COLUMN x12_852_line.application_sender_id IS 'GS02';
COMMENT ON COLUMN x12_852_line.application_receiver_id IS 'GS03';

CREATE FUNCTION x12_segments(document text)
RETURNS TABLE (
    interchange_no int,
    group_no int,
    transaction_no int,
    segment_no int,
    position_in_transaction int,
    byte_offset bigint,
    tag text,
    elements text[]
)
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_segments(text) IS
    'The segments of an X12 document, one row each, with ordinals of interchange, group and transaction set in the document; delimiters are read from each ISA. elements[1] is the first element behind the tag';

CREATE FUNCTION x12_findings(document text)
RETURNS SETOF x12_finding
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION x12_findings(text) IS
    'What is wrong with an X12 document: envelopes, syntax, contents; no row = nothing. At most 1000, then one that says how many there are';

CREATE FUNCTION x12_867(document text)
RETURNS SETOF x12_867_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_867(text) IS
    'The lines of the 867 reports in an X12 document. A transaction set with a refusing finding (see x12_findings) gives none; its neighbours give theirs';

CREATE FUNCTION x12_852(document text)
RETURNS SETOF x12_852_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_852(text) IS
    'The activities of the 852 reports in an X12 document, SDQ lists spread to one row per location. A transaction set with a refusing finding gives none';
