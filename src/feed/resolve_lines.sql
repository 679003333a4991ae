
-- feed: what the lines of a report are of (resolve_lines.c) ---------------------

CREATE FUNCTION resolve_lines(
    result anyelement,
    format text,
    document text,
    distributor_id bigint,
    usual_warehouse_id bigint,
    usual_currency text,
    currencies text[],
    purposes text[],
    last_day date,
    tolerance numeric,
    low numeric,
    high numeric
) RETURNS SETOF anyelement
LANGUAGE c
STABLE PARALLEL RESTRICTED
ROWS 10000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolve_lines(anyelement, text, text, bigint, bigint, text, text[], text[], date, numeric, numeric, numeric) IS
    'The lines of reported_lines(format, document, distributor_id) of the model whose type result is, with what they are of: product, warehouse, reseller, fact, quantity and price in base units, currency. What a code means the functions of the model say (product_of_code(), reseller_of_alias(), …), each once for a code. is_sound = no rule about a line can object: it is known, its purpose and currency are among those given, it is not after last_day, amount and quantity × price differ by no more than tolerance, and the price is between low and high times the list price (NULL = not looked at)';
