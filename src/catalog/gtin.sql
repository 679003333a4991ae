
-- catalog: global trade item numbers ------------------------------------------

CREATE FUNCTION gtin_is_valid(gtin text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION gtin_is_valid(text) IS
    'True if the value is 8, 12, 13 or 14 digits and the last of them is the right check digit; false for everything else';

CREATE FUNCTION gtin14(gtin text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION gtin14(text) IS
    'The GTIN padded with leading zeros to 14 digits, so that UPC, EAN and GTIN-14 of one item are equal; an error if gtin_is_valid is false';
