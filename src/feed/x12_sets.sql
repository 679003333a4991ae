
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
