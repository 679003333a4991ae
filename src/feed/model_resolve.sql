-- feed, resolving: what the codes of a line mean; resolve_lines() asks for each
-- code once.

CREATE FUNCTION list_prices_for(p_distributor_id bigint)
RETURNS TABLE (product_id bigint, currency_code text, valid_from date, valid_to date, list_price numeric)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- One list in each currency: that of the territory, else the one for everybody.
    SELECT i.product_id, l.currency_code, i.valid_from, i.valid_to, i.list_price
    FROM (
        SELECT DISTINCT ON (o.currency_code) o.currency_code, o.price_list_id
        FROM distributor AS d
        JOIN price_list AS o ON o.territory_id = d.territory_id OR o.territory_id IS NULL
        WHERE d.distributor_id = p_distributor_id
        ORDER BY o.currency_code, o.territory_id NULLS LAST, o.price_list_id
    ) AS l
    JOIN price_list_item AS i ON i.price_list_id = l.price_list_id;
END;
COMMENT ON FUNCTION list_prices_for(bigint) IS 'List prices that what a distributor sells is compared with: product, currency, days (valid_to NULL = until further notice), price of one base unit';

CREATE FUNCTION list_prices_of(
    p_distributor_id bigint,
    p_product_id bigint,
    p_currency text,
    p_month date
) RETURNS numrange
LANGUAGE sql
STABLE
SET enable_nestloop = on
BEGIN ATOMIC
    SELECT CASE WHEN count(*) > 0 THEN numrange(min(p.list_price), max(p.list_price), '[]') END
    FROM list_prices_for(p_distributor_id) AS p
    WHERE p.product_id = p_product_id
        AND p.currency_code = p_currency
        AND p.valid_from < p_month + 31
        AND coalesce(p.valid_to, 'infinity') >= p_month;
END;
COMMENT ON FUNCTION list_prices_of(bigint, bigint, text, date) IS 'The list prices of a product that are in force in the month that begins with this day, from the least to the highest; NULL = there is none';

CREATE TYPE line_kind AS (
    books_as text,
    takes_out boolean,
    reason_code text,
    count_kind text,
    is_stock boolean,
    is_known boolean
);
COMMENT ON TYPE line_kind IS 'What becomes of a line of this kind';
COMMENT ON COLUMN line_kind.books_as IS 'Fact that it becomes: sell_through, inventory_count, inventory_adjustment or nothing';
COMMENT ON COLUMN line_kind.takes_out IS 'Whether its quantity leaves the stock, whatever its sign';
COMMENT ON COLUMN line_kind.reason_code IS 'Reason, where it becomes an adjustment';
COMMENT ON COLUMN line_kind.count_kind IS 'Kind of count, where it becomes one';
COMMENT ON COLUMN line_kind.is_stock IS 'Whether it is an activity of inventory reports';
COMMENT ON COLUMN line_kind.is_known IS 'Whether the line says what it is, and that is a transfer type or an activity';

CREATE FUNCTION line_kind_of(p_report_kind text, p_line_type text) RETURNS line_kind
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT CASE
            WHEN p_report_kind = 'inventory'
                THEN CASE WHEN a.count_kind IS NULL THEN 'nothing' ELSE 'inventory_count' END
            WHEN t.books_as IN ('take_out', 'adjust') THEN 'inventory_adjustment'
            ELSE coalesce(t.books_as, 'nothing')
        END AS books_as,
        coalesce(t.books_as = 'take_out', false) AS takes_out,
        t.reason_code,
        a.count_kind,
        a.activity_code IS NOT NULL AS is_stock,
        coalesce(t.transfer_type, a.activity_code) IS NOT NULL AS is_known
    FROM (SELECT) AS one
    LEFT JOIN transfer_type AS t ON p_report_kind = 'sell_through' AND t.transfer_type = p_line_type
    LEFT JOIN inventory_activity AS a ON p_report_kind = 'inventory' AND a.activity_code = p_line_type;
END;
COMMENT ON FUNCTION line_kind_of(text, text) IS 'What becomes of a line of a report of this kind (sell_through or inventory) with this transfer type or activity';

-- What is read of every line again stands in front.
CREATE TYPE resolved_line AS (
    line_no integer,
    is_test boolean,
    is_return boolean,
    is_two_products boolean,
    is_stock boolean,
    is_bad_code boolean,
    is_sound boolean,
    activity_on date,
    period_starts_on date,
    period_ends_on date,
    reseller_id bigint,
    books_as text,
    line_type text,
    customer_id text,
    customer_name text,
    purpose text,
    report_no text,
    previous_report_no text,
    problem text,
    serials text[],
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    vendor_part text,
    gtin text,
    distributor_part text,
    customer_postcode text,
    customer_country text,
    customer_qualifier text,
    place text,
    activity_text text,
    quantity_text text,
    uom text,
    price_text text,
    amount_text text,
    currency_code text,
    invoice_no text,
    invoice_line text,
    contract_no text,
    product_id bigint,
    warehouse_id bigint,
    reason_code text,
    count_kind text,
    quantity numeric,
    reported_unit_quantity numeric,
    unit_price numeric,
    amount numeric,
    known_currency text
);
COMMENT ON TYPE resolved_line IS 'A reported_line with what it is of; what resolve_lines() returns';
COMMENT ON COLUMN resolved_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN resolved_line.transaction_no IS 'X12: transaction set of the document';
COMMENT ON COLUMN resolved_line.segment_no IS 'X12: segment of the document; CSV: line of the file';
COMMENT ON COLUMN resolved_line.byte_offset IS 'X12: where that segment begins';
COMMENT ON COLUMN resolved_line.purpose IS 'X12 element 353: 00 original …; NULL = not stated';
COMMENT ON COLUMN resolved_line.is_test IS 'Whether the document says that it is a test';
COMMENT ON COLUMN resolved_line.vendor_part IS 'Vendor''s part number';
COMMENT ON COLUMN resolved_line.gtin IS 'GTIN';
COMMENT ON COLUMN resolved_line.distributor_part IS 'Distributor''s own number';
COMMENT ON COLUMN resolved_line.customer_id IS 'Customer number';
COMMENT ON COLUMN resolved_line.customer_name IS 'Customer name';
COMMENT ON COLUMN resolved_line.customer_postcode IS 'Postal code';
COMMENT ON COLUMN resolved_line.customer_country IS 'Country';
COMMENT ON COLUMN resolved_line.customer_qualifier IS 'Kind of the customer number, X12 element 66; NULL = the distributor''s own';
COMMENT ON COLUMN resolved_line.place IS 'Warehouse or location';
COMMENT ON COLUMN resolved_line.line_type IS 'Transfer type (X12 521) or activity code (X12 859)';
COMMENT ON COLUMN resolved_line.activity_text IS 'Date as written';
COMMENT ON COLUMN resolved_line.activity_on IS 'Date as read';
COMMENT ON COLUMN resolved_line.quantity_text IS 'Quantity as written';
COMMENT ON COLUMN resolved_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN resolved_line.uom IS 'Unit';
COMMENT ON COLUMN resolved_line.price_text IS 'Unit price as written';
COMMENT ON COLUMN resolved_line.amount_text IS 'Amount as written';
COMMENT ON COLUMN resolved_line.currency_code IS 'Currency';
COMMENT ON COLUMN resolved_line.invoice_no IS 'Invoice';
COMMENT ON COLUMN resolved_line.invoice_line IS 'Line of the invoice';
COMMENT ON COLUMN resolved_line.contract_no IS 'Special price authorization';
COMMENT ON COLUMN resolved_line.problem IS 'Why the row cannot be read at all; NULL = it can';
COMMENT ON COLUMN resolved_line.report_no IS 'The sender''s number of the report';
COMMENT ON COLUMN resolved_line.previous_report_no IS 'The report that it refers to';
COMMENT ON COLUMN resolved_line.period_starts_on IS 'First day of the reported period; NULL = not stated';
COMMENT ON COLUMN resolved_line.period_ends_on IS 'Last day of the reported period; NULL = not stated';
COMMENT ON COLUMN resolved_line.serials IS 'Serial numbers; NULL = none';
COMMENT ON COLUMN resolved_line.product_id IS 'Product that its GTIN, else the vendor''s part number, else the distributor''s own number means; NULL = unknown';
COMMENT ON COLUMN resolved_line.is_two_products IS 'Whether GTIN and vendor''s part number mean two products; NULL = one of them means none';
COMMENT ON COLUMN resolved_line.warehouse_id IS 'Warehouse that its place means, without a place the default one; NULL = unknown';
COMMENT ON COLUMN resolved_line.reseller_id IS 'Reseller that the number, else the name of its customer is mapped to; NULL = not mapped';
COMMENT ON COLUMN resolved_line.books_as IS 'Fact that it becomes: sell_through, inventory_count, inventory_adjustment or nothing';
COMMENT ON COLUMN resolved_line.reason_code IS 'Reason, where it becomes an adjustment';
COMMENT ON COLUMN resolved_line.count_kind IS 'Kind of count, where it becomes one';
COMMENT ON COLUMN resolved_line.is_stock IS 'Whether it is an activity of inventory reports, booked or not';
COMMENT ON COLUMN resolved_line.quantity IS 'Signed, in base units; NULL = could not be read or converted';
COMMENT ON COLUMN resolved_line.reported_unit_quantity IS 'Signed, in the reported unit, where that is not the base unit';
COMMENT ON COLUMN resolved_line.unit_price IS 'Per base unit';
COMMENT ON COLUMN resolved_line.amount IS 'As reported, else quantity × price, with 4 decimals';
COMMENT ON COLUMN resolved_line.known_currency IS 'Currency as reported, else the usual one of the distributor';
COMMENT ON COLUMN resolved_line.is_bad_code IS 'Whether its type is no transfer type';
COMMENT ON COLUMN resolved_line.is_sound IS 'Whether no rule about a line by itself can object to it, but for those that need the period of the report';

CREATE FUNCTION is_base_uom(p_product_id bigint, p_uom text) RETURNS boolean
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT p.base_uom = upper(p_uom) FROM product AS p WHERE p.product_id = p_product_id;
END;
COMMENT ON FUNCTION is_base_uom(bigint, text) IS 'Whether a unit as reported is the base unit of a product; NULL = there is no such product';

CREATE FUNCTION unit_factor_of(p_product_id bigint, p_uom text, p_day date) RETURNS bigint[]
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT ARRAY[u.numerator, u.denominator]
    FROM product_uom AS u
    WHERE u.product_id = p_product_id
        AND u.uom_code = upper(p_uom)
        AND u.valid_from <= p_day
    ORDER BY u.valid_from DESC
    LIMIT 1;
END;
COMMENT ON FUNCTION unit_factor_of(bigint, text, date) IS 'Numerator and denominator of a unit as reported in base units of the product on this day; NULL = it cannot be converted';

CREATE FUNCTION reseller_of_customer(p_distributor_id bigint, p_customer_name text) RETURNS bigint
LANGUAGE sql
STABLE
SET enable_nestloop = on
BEGIN ATOMIC
    SELECT reseller_of_alias(p_distributor_id, 'name', customer_alias(p_customer_name));
END;
COMMENT ON FUNCTION reseller_of_customer(bigint, text) IS 'Who a customer of a distributor is by name; NULL = not mapped';
