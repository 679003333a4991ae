
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
