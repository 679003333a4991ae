
-- feed: lines that were loaded as text (staged_lines.c) --------------------------

CREATE FUNCTION staged_lines(
    result anyelement,
    load_id text,
    distributor_id bigint,
    decimal_mark text,
    date_order text
) RETURNS SETOF anyelement
LANGUAGE c
STABLE PARALLEL RESTRICTED
ROWS 10000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION staged_lines(anyelement, text, bigint, text, text) IS
    'The rows of staged_rows(load_id) of the model whose type result is, as lines of a report: blank is NULL, numbers as reported_number(…, decimal_mark), days as reported_date(…, date_order), kinds of line as staged_type_of(distributor_id, …) says; what comes back is negative';
