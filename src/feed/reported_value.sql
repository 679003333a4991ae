-- reported_value: numbers and days as a distributor writes them.

CREATE FUNCTION reported_number(value text, decimal_mark text) RETURNS numeric
LANGUAGE c
IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION reported_number(text, text) IS
    'The number as written by somebody whose decimal mark is known (. or ,): groups of three digits, a sign behind, parentheses for negative and the apostrophe of spreadsheets are read. decimal_mark ? = it cannot be told, so that a comma, and a point that may divide thousands, is no number; NULL = as try_numeric(). NULL = no such number';

CREATE FUNCTION reported_date(value text, date_order text) RETURNS date
LANGUAGE c
IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION reported_date(text, text) IS
    'The day as written by somebody whose order is known: dmy, mdy, ymd (divided by point, slash, hyphen or blank, or eight digits; years of two digits are of this century) or serial (day numbers of spreadsheets). CCYY-MM-DD, also with a time of day behind it, is read in any order. date_order NULL = as try_date() otherwise. NULL = no such day';

CREATE FUNCTION decimal_mark_seen(value text) RETURNS int
LANGUAGE c
IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION decimal_mark_seen(text) IS
    'What a number says about the decimal mark of its writer: 1 = a point (1,234.5 or 12.5), 2 = a comma, 4 = it may be read two ways (1,234), 0 = nothing. bit_or() over the numbers of a file decides for all of it';

CREATE FUNCTION values_agree(quantity numeric, unit_price numeric, amount numeric, tolerance numeric) RETURNS boolean
LANGUAGE c
IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION values_agree(numeric, numeric, numeric, numeric) IS
    'Whether nothing is to be said of the numbers of a line: up to 3 decimals in the quantity and 4 in the money, quantity not 0, amount of the same sign and within the tolerance of quantity × price (NULL price or amount: not looked at). False is no verdict; very large numbers are false, too';
