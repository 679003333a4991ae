-- The answer to an EDIFACT document says of the interchange and each message
-- whether it was taken, and where the error is.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

CREATE FUNCTION pg_temp.document(VARIADIC messages text[]) RETURNS text
RETURN 'UNB+UNOC:3+SHOP:14+VENDOR:14+260905:1200+REF17''' || array_to_string(messages, '') || 'UNZ+' || cardinality(messages) || '+REF17''';
CREATE FUNCTION pg_temp.message(no int, type text, body text) RETURNS text
RETURN 'UNH+' || no || '+' || type || ':D:96A:UN:EAN004''' || body || 'UNT+' || length(body) - length(replace(body, '''', '')) + 2 || '+' || no || '''';
CREATE FUNCTION pg_temp.show(answer text) RETURNS SETOF text
RETURN regexp_split_to_table(rtrim(answer, ''''), '''');
SELECT 'BGM+73+A''DTM+137:20260905:102''LIN+1++A:VP''QTY+153:1''' AS body \gset

-- all is well: taken, as are both messages
SELECT pg_temp.document(pg_temp.message(1, 'SLSRPT', :'body'), pg_temp.message(2, 'INVRPT', :'body')) AS d \gset
SELECT pg_temp.show(edifact_contrl(:'d', 55, '2026-09-06 08:05'));
-- the answer is without a finding, and is not answered
SELECT count(*) AS findings, edifact_contrl(edifact_contrl(:'d')) IS NULL AS no_answer FROM edifact_findings(edifact_contrl(:'d'));

-- the second of three is refused: a number that is none (QTY, the fifth segment
-- counting UNH; element 2 with the tag counted, component 2), another decimal
-- mark in the sixth, and a wrong count
SELECT pg_temp.document(pg_temp.message(1, 'SLSRPT', :'body'),
    replace(pg_temp.message(2, 'SLSRPT', :'body' || 'QTY+153:1,5''QTY+153:2O'''), 'UNT+8', 'UNT+9'),
    pg_temp.message(3, 'SLSRPT', :'body')) AS e \gset
SELECT pg_temp.show(edifact_contrl(:'e'));
-- two errors in one segment are one UCS; a segment that lacks has no UCD
SELECT pg_temp.show(edifact_contrl(pg_temp.document(pg_temp.message(1, 'SLSRPT', 'BGM+73+A''LIN+1++A:VP''PRI+AAE:x''QTY+153'''))));
-- a message of another type, without its end, without its reference
SELECT pg_temp.show(edifact_contrl(pg_temp.document(pg_temp.message(1, 'ORDERS', :'body'), replace(pg_temp.message(2, 'SLSRPT', :'body'), 'UNT+6+2''', ''), replace(pg_temp.message(3, 'SLSRPT', :'body'), 'UNH+3', 'UNH+'))));

-- the interchange is refused: count, reference, cut off, sent twice in one
-- document, stray segment; no UCM then
SELECT no, pg_temp.show(edifact_contrl(d))
FROM (VALUES (1, replace(:'d', 'UNZ+2', 'UNZ+3')), (2, replace(:'d', 'UNZ+2+REF17', 'UNZ+2+REF18')), (3, left(:'d', 100)), (4, replace(:'d', 'UNZ+2+REF17''', '')), (5, :'d' || :'d'), (6, replace(:'d', 'UNZ', 'QQQ+1''UNZ'))) v (no, d)
ORDER BY no;

-- two interchanges, two answers, numbered in turn; test data is answered as test data
SELECT elements[5][1] AS reference, elements[11][1] AS test FROM edifact_segments(edifact_contrl(replace(:'d', '+REF17''UNH', '+REF17++++++1''UNH') || replace(:'d', 'REF17', 'REF18'), 99)) WHERE tag = 'UNB' ORDER BY segment_no;
-- what needs releasing is released; other delimiters in, the standard ones out
SELECT pg_temp.show(edifact_contrl(replace(replace(:'d', 'SHOP', 'S?+H?:O??P'), 'REF17', 'R?''F'))) LIMIT 3;
SELECT edifact_contrl('UNA|*,\ ~' || translate(:'d', ':+.''', '|*,~')) = edifact_contrl(:'d') AS same;
-- nothing to answer
SELECT edifact_contrl('') IS NULL AS nothing, edifact_contrl('ISA*00') IS NULL AS not_edifact, edifact_contrl(NULL) IS NULL AS no_document, edifact_contrl('UNH+1+SLSRPT''UNT+2+1''') IS NULL AS no_envelope;
-- an interchange without messages is answered
SELECT pg_temp.show(edifact_contrl(pg_temp.document(VARIADIC '{}')));

-- whatever is done to a document, its answer has no finding of its own, and
-- takes each message whose lines are read
WITH mutation AS (
    SELECT d FROM generate_series(1, length(:'e')) n, LATERAL (VALUES (left(:'e', n)), (overlay(:'e' PLACING '' FROM n FOR 1)), (overlay(:'e' PLACING '+' FROM n FOR 1)), (overlay(:'e' PLACING '''' FROM n FOR 1)), (overlay(:'e' PLACING '?' FROM n FOR 1))) m (d)
), answer AS (
    SELECT d, edifact_contrl(d) AS a FROM mutation
)
SELECT count(*) > 1500 AS many, count(a) > 1000 AS answers, count(*) FILTER (WHERE EXISTS (SELECT FROM edifact_findings(a) WHERE code NOT IN ('BAD_DATE', 'UNZ_REF'))) AS with_findings,
    count(*) FILTER (WHERE a ~ 'UCI[^'']*\+7''' AND (SELECT count(*) FROM regexp_matches(a, 'UCM\+[^'']*SLSRPT[^'']*\+7''', 'g')) < (SELECT count(DISTINCT message_no) FROM edifact_slsrpt(d))) AS read_and_refused
FROM answer;
