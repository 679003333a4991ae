
-- feed: documents as bytes ----------------------------------------------------

CREATE FUNCTION document_encoding(document bytea)
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION document_encoding(bytea) IS
    'The encoding that a document seems to be in, by its byte order mark, its bytes and the UNB of EDIFACT: UTF8 (also for ASCII), UTF16LE, UTF16BE, LATIN1, WIN1252, or what UNOD to UNOL stand for';

CREATE FUNCTION document_text(
    document bytea,
    encoding text DEFAULT NULL,
    replace_invalid boolean DEFAULT false
)
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION document_text(bytea, text, boolean) IS
    'A document as text for the readers, without its byte order mark. encoding NULL = document_encoding(document). Bytes that are no character, NUL among them, raise SQLSTATE 22021 with their place; with replace_invalid each becomes U+FFFD';

CREATE FUNCTION document_findings(document bytea, encoding text DEFAULT NULL)
RETURNS SETOF x12_finding
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100 ROWS 1;
COMMENT ON FUNCTION document_findings(bytea, text) IS
    'What document_text() would raise or replace in a document: BAD_ENCODING per run of bytes that is no character, ENCODING_MISMATCH where the UNB declares another character set; at most 1000. Offsets are those of the bytes, the line is counted from 1';
