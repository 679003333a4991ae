
-- feed: delimited text --------------------------------------------------------

CREATE FUNCTION csv_rows(document text, delimiter text DEFAULT NULL)
RETURNS TABLE (
    row_no int,
    line_no int,
    fields text[],
    problem text
)
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION csv_rows(text, text) IS
    'The rows of delimited text (RFC 4180), empty lines left out. delimiter NULL = found out (comma, semicolon, tab, bar). problem is NULL, or UNCLOSED_QUOTE or TEXT_AFTER_QUOTE; such a row ends with its first line and the next one is read as usual';
