
-- feed: X12, stock, claims and catalogs -----------------------------------------

CREATE TYPE x12_846_line AS (
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
    description text,
    source text,
    ordinal int,
    counted_on date,
    quantity_qualifier text,
    reported_quantity text,
    quantity numeric,
    unit_of_measure text,
    unit_price numeric,
    price_basis text,
    currency_code text
);
COMMENT ON TYPE x12_846_line IS
    'One count of one product at one location in an 846 inventory advice. source is the segment that states it: QTY, SCH (the QTY spread over warehouses, then the QTY itself is no line) or SDQ (a list of locations beside the QTYs). quantity is signed as written, of the kind that quantity_qualifier says (list 673); it is a snapshot at counted_on, not a movement';
COMMENT ON COLUMN x12_846_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN x12_846_line.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_846_line.line_in_transaction IS 'Number of the line in its transaction set, from 1';
COMMENT ON COLUMN x12_846_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN x12_846_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN x12_846_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_846_line.group_control IS 'GS06';
COMMENT ON COLUMN x12_846_line.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_846_line.is_test IS 'Whether ISA15 says T (test) or I (information): never to be booked';
COMMENT ON COLUMN x12_846_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN x12_846_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN x12_846_line.report_id IS 'Report number of the sender: BPT02 in an 867, N9 in an 852';
COMMENT ON COLUMN x12_846_line.purpose IS 'BPT01, X12 element 353: 00 original …';
COMMENT ON COLUMN x12_846_line.report_type IS 'BPT04, X12 element 755: 02 resale …';
COMMENT ON COLUMN x12_846_line.report_on IS 'BPT03, date of the report';
COMMENT ON COLUMN x12_846_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN x12_846_line.period_ends_on IS 'Last day of the reported period, inclusive; NULL = not stated';
COMMENT ON COLUMN x12_846_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN x12_846_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN x12_846_line.reporter_name IS 'Its name';
COMMENT ON COLUMN x12_846_line.location_id_qualifier IS 'Kind of location_id, X12 element 66';
COMMENT ON COLUMN x12_846_line.location_id IS 'Where: N1 in front of the line, or SDQ';
COMMENT ON COLUMN x12_846_line.location_name IS 'Its name';
COMMENT ON COLUMN x12_846_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN x12_846_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN x12_846_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN x12_846_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN x12_846_line.description IS 'Description of the product';
COMMENT ON COLUMN x12_846_line.source IS 'Where the quantity stood: QTY, SCH or SDQ';
COMMENT ON COLUMN x12_846_line.ordinal IS 'Number of the row within its LIN, from 1';
COMMENT ON COLUMN x12_846_line.counted_on IS 'Day at which the stock stood';
COMMENT ON COLUMN x12_846_line.quantity_qualifier IS 'QTY01, X12 element 673';
COMMENT ON COLUMN x12_846_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN x12_846_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN x12_846_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN x12_846_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN x12_846_line.price_basis IS 'X12 element 639: RS resale, CT contract …';
COMMENT ON COLUMN x12_846_line.currency_code IS 'Currency of the line or the report; NULL = not stated';

CREATE TYPE x12_contract_line AS (
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
    transaction_set text,
    purpose text,
    transaction_type text,
    document_on date,
    document_id text,
    reporter_id_qualifier text,
    reporter_id text,
    reporter_name text,
    vendor_id text,
    vendor_name text,
    contract_qualifier text,
    contract_no text,
    contract_status text,
    contract_starts_on date,
    contract_ends_on date,
    customer_id text,
    customer_name text,
    line_id text,
    transfer_type text,
    change_type text,
    vendor_part text,
    gtin text,
    distributor_part text,
    product_ids text[],
    quantity_qualifier text,
    reported_quantity text,
    quantity numeric,
    unit_of_measure text,
    unit_price numeric,
    price_basis text,
    prices numeric[],
    price_bases text[],
    currency_code text,
    requested_amount numeric,
    approved_amount numeric,
    amount numeric,
    invoice_no text,
    invoice_on date,
    is_accepted boolean,
    reject_reason text,
    follow_up text
);
COMMENT ON TYPE x12_contract_line IS
    'One line of a claim (844), of the answer to one (849) or of a price authorization (845). document_id is the claim number; requested_amount what is claimed (AMT S, CC), approved_amount what is granted (AMT A); is_accepted, reject_reason (list 901) and follow_up (list 889) are those of the innermost AAA. Amounts and prices in currency_code, prices per unit_of_measure';
COMMENT ON COLUMN x12_contract_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN x12_contract_line.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_contract_line.line_in_transaction IS 'Number of the line in its transaction set, from 1';
COMMENT ON COLUMN x12_contract_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN x12_contract_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN x12_contract_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_contract_line.group_control IS 'GS06';
COMMENT ON COLUMN x12_contract_line.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_contract_line.is_test IS 'Whether ISA15 says T (test) or I (information): never to be booked';
COMMENT ON COLUMN x12_contract_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN x12_contract_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN x12_contract_line.transaction_set IS '844, 849 or 845';
COMMENT ON COLUMN x12_contract_line.purpose IS 'BPT01, X12 element 353: 00 original …';
COMMENT ON COLUMN x12_contract_line.transaction_type IS 'BAA02, X12 element 640';
COMMENT ON COLUMN x12_contract_line.document_on IS 'Its date';
COMMENT ON COLUMN x12_contract_line.document_id IS 'Claim, answer or authorization number of the document';
COMMENT ON COLUMN x12_contract_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN x12_contract_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN x12_contract_line.reporter_name IS 'Its name';
COMMENT ON COLUMN x12_contract_line.vendor_id IS 'Vendor that it is addressed to';
COMMENT ON COLUMN x12_contract_line.vendor_name IS 'Its name';
COMMENT ON COLUMN x12_contract_line.contract_qualifier IS 'CON01: what contract_no is';
COMMENT ON COLUMN x12_contract_line.contract_no IS 'Contract or authorization; NULL = none or one of the words for none';
COMMENT ON COLUMN x12_contract_line.contract_status IS 'CON03, X12 element 846: VA valid …';
COMMENT ON COLUMN x12_contract_line.contract_starts_on IS 'First day of the contract';
COMMENT ON COLUMN x12_contract_line.contract_ends_on IS 'Last day of the contract';
COMMENT ON COLUMN x12_contract_line.customer_id IS 'Customer';
COMMENT ON COLUMN x12_contract_line.customer_name IS 'Its name';
COMMENT ON COLUMN x12_contract_line.line_id IS 'Number that the sender gave the line';
COMMENT ON COLUMN x12_contract_line.transfer_type IS 'PTD01, X12 element 521: SS stock sale …';
COMMENT ON COLUMN x12_contract_line.change_type IS 'PAD03, X12 element 670: PC price change …';
COMMENT ON COLUMN x12_contract_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN x12_contract_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN x12_contract_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN x12_contract_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN x12_contract_line.quantity_qualifier IS 'QTY01, X12 element 673';
COMMENT ON COLUMN x12_contract_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN x12_contract_line.quantity IS 'Signed quantity in unit_of_measure';
COMMENT ON COLUMN x12_contract_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN x12_contract_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN x12_contract_line.price_basis IS 'X12 element 639: RS resale, CT contract …';
COMMENT ON COLUMN x12_contract_line.prices IS 'All prices of the line, in order';
COMMENT ON COLUMN x12_contract_line.price_bases IS 'Their bases, in order';
COMMENT ON COLUMN x12_contract_line.currency_code IS 'Currency of the line or the report; NULL = not stated';
COMMENT ON COLUMN x12_contract_line.requested_amount IS 'Amount claimed (844)';
COMMENT ON COLUMN x12_contract_line.approved_amount IS 'Amount approved (849)';
COMMENT ON COLUMN x12_contract_line.amount IS 'Signed amount';
COMMENT ON COLUMN x12_contract_line.invoice_no IS 'Invoice, from the line, else its PTD';
COMMENT ON COLUMN x12_contract_line.invoice_on IS 'Invoice date, from the line, else its PTD, else the header';
COMMENT ON COLUMN x12_contract_line.is_accepted IS 'Whether the line was accepted; NULL = not said';
COMMENT ON COLUMN x12_contract_line.reject_reason IS 'AAA03, X12 element 901: 02 expired …';
COMMENT ON COLUMN x12_contract_line.follow_up IS 'AAA04, X12 element 889: C correct and resubmit …';

CREATE TYPE x12_832_line AS (
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
    purpose text,
    catalog_no text,
    catalog_action text,
    catalog_on date,
    reporter_id_qualifier text,
    reporter_id text,
    reporter_name text,
    vendor_id text,
    vendor_name text,
    line_id text,
    vendor_part text,
    gtin text,
    distributor_part text,
    product_ids text[],
    description text,
    price_class text,
    price_id text,
    unit_price numeric,
    from_quantity numeric,
    unit_of_measure text,
    currency_code text,
    starts_on date,
    ends_on date
);
COMMENT ON TYPE x12_832_line IS
    'One price of one product in an 832 catalog (a product without a price is one line, its price NULL). unit_price is in currency_code per unit_of_measure, from from_quantity on; price_id says which price it is (list 236)';
COMMENT ON COLUMN x12_832_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN x12_832_line.transaction_no IS 'Which ST of the document, from 1';
COMMENT ON COLUMN x12_832_line.line_in_transaction IS 'Number of the line in its transaction set, from 1';
COMMENT ON COLUMN x12_832_line.segment_no IS 'Which segment of the document carries the quantity, from 1';
COMMENT ON COLUMN x12_832_line.byte_offset IS 'Where that segment begins, in bytes from 0';
COMMENT ON COLUMN x12_832_line.interchange_control IS 'ISA13';
COMMENT ON COLUMN x12_832_line.group_control IS 'GS06';
COMMENT ON COLUMN x12_832_line.transaction_control IS 'ST02';
COMMENT ON COLUMN x12_832_line.is_test IS 'Whether ISA15 says T (test) or I (information): never to be booked';
COMMENT ON COLUMN x12_832_line.sender_id IS 'ISA06 without blanks at the end';
COMMENT ON COLUMN x12_832_line.receiver_id IS 'ISA08 without blanks at the end';
COMMENT ON COLUMN x12_832_line.purpose IS 'BPT01, X12 element 353: 00 original …';
COMMENT ON COLUMN x12_832_line.catalog_no IS 'Catalogue number';
COMMENT ON COLUMN x12_832_line.catalog_action IS 'BCT10 or the code of the line: what happens to the item';
COMMENT ON COLUMN x12_832_line.catalog_on IS 'Date of the catalogue';
COMMENT ON COLUMN x12_832_line.reporter_id_qualifier IS 'Kind of reporter_id, X12 element 66';
COMMENT ON COLUMN x12_832_line.reporter_id IS 'Who reports: N1 DB, DS, SE, RL or FR of the header';
COMMENT ON COLUMN x12_832_line.reporter_name IS 'Its name';
COMMENT ON COLUMN x12_832_line.vendor_id IS 'Vendor that it is addressed to';
COMMENT ON COLUMN x12_832_line.vendor_name IS 'Its name';
COMMENT ON COLUMN x12_832_line.line_id IS 'Number that the sender gave the line';
COMMENT ON COLUMN x12_832_line.vendor_part IS 'Vendor part number: VP, VN, VC or MG';
COMMENT ON COLUMN x12_832_line.gtin IS 'GTIN in 14 digits, whether the check digit is right or not';
COMMENT ON COLUMN x12_832_line.distributor_part IS 'The senders own number: BP, IN, PI, CB or SK';
COMMENT ON COLUMN x12_832_line.product_ids IS 'All {qualifier, id} pairs';
COMMENT ON COLUMN x12_832_line.description IS 'Description of the product';
COMMENT ON COLUMN x12_832_line.price_class IS 'Class of trade';
COMMENT ON COLUMN x12_832_line.price_id IS 'CTP02, X12 element 236: RES resale …';
COMMENT ON COLUMN x12_832_line.unit_price IS 'Price of one unit of measure, without sign';
COMMENT ON COLUMN x12_832_line.from_quantity IS 'Quantity from which the price holds';
COMMENT ON COLUMN x12_832_line.unit_of_measure IS 'X12 element 355; NULL = not stated';
COMMENT ON COLUMN x12_832_line.currency_code IS 'Currency of the line or the report; NULL = not stated';
COMMENT ON COLUMN x12_832_line.starts_on IS 'First day of the price; NULL = not stated';
COMMENT ON COLUMN x12_832_line.ends_on IS 'Last day of the price; NULL = not stated';

CREATE FUNCTION x12_846(document text)
RETURNS SETOF x12_846_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_846(text) IS
    'The stock in the 846 inventory advices of an X12 document. A transaction set with a refusing finding gives none';

CREATE FUNCTION x12_844(document text)
RETURNS SETOF x12_contract_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_844(text) IS
    'The lines of the 844 claims in an X12 document. A transaction set with a refusing finding gives none';

CREATE FUNCTION x12_849(document text)
RETURNS SETOF x12_contract_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_849(text) IS
    'The lines of the 849 answers to claims in an X12 document. A transaction set with a refusing finding gives none';

CREATE FUNCTION x12_845(document text)
RETURNS SETOF x12_contract_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_845(text) IS
    'The lines of the 845 price authorizations in an X12 document. A transaction set with a refusing finding gives none';

CREATE FUNCTION x12_832(document text)
RETURNS SETOF x12_832_line
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION x12_832(text) IS
    'The prices in the 832 catalogs of an X12 document. A transaction set with a refusing finding gives none';
