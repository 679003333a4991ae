
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
