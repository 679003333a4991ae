-- try_casts: casts that answer NULL instead of failing.

CREATE FUNCTION try_numeric(value text) RETURNS numeric
LANGUAGE c
IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION try_numeric(text) IS
    'The number, or NULL where the text is not a plain decimal number (sign, digits, one point; no exponent, no grouping)';

CREATE FUNCTION try_date(value text) RETURNS date
LANGUAGE c
IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION try_date(text) IS
    'The day, or NULL where the text is not CCYY-MM-DD or CCYYMMDD or the day does not exist; other formats are ambiguous and never guessed';
