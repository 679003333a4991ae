-- The answer to a document says of each group and set whether it was taken, and why not.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- A document of these transaction sets, and a transaction set of this body
-- (without ST and SE), with right counts and control numbers.
CREATE FUNCTION pg_temp.document(VARIADIC sets text[]) RETURNS text
RETURN 'ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~'
    || 'GS*PT*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~'
    || array_to_string(sets, '')
    || 'GE*' || cardinality(sets) || '*42~IEA*1*000000017~';
CREATE FUNCTION pg_temp.set_867(control text, body text) RETURNS text
RETURN 'ST*867*' || control || '~BPT*00*R' || control || '*20260905*SS~' || body
    || 'SE*' || length(body) - length(replace(body, '~', '')) + 3
    || '*' || control || '~';

CREATE FUNCTION pg_temp.show(answer text) RETURNS SETOF text
RETURN regexp_split_to_table(rtrim(answer, '~'), '~');

-- all is well: accepted, 2 of 2
SELECT pg_temp.document(
    pg_temp.set_867('0001', 'PTD*SS~QTY*32*1*EA~LIN**VP*A~'),
    pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~')) AS d \gset
SELECT pg_temp.show(x12_997(:'d', 55, '2026-09-06 08:05'));
SELECT * FROM x12_findings(x12_997(:'d'));

-- one set refused for its number and its count, one noted: accepted in part
SELECT pg_temp.document(
    pg_temp.set_867('0001', 'PTD*XY~QTY*32*1*EA~LIN**VP*A~'),
    replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*1O*EA~LIN**VP*B~'), 'SE*6', 'SE*7'),
    pg_temp.set_867('0003', 'PTD*SS~QTY*32*3*EA~LIN**VP*C~')) AS d \gset
SELECT pg_temp.show(x12_997(:'d'));
SELECT * FROM x12_findings(x12_997(:'d'));

-- the same with 999s: other names, AK1 and AK2 repeat the release
SELECT pg_temp.show(x12_999(:'d', 7));
SELECT * FROM x12_findings(x12_999(:'d'));
SELECT pg_temp.show(x12_999(replace(replace(:'d', '004010', '005010'), 'ST*867*0001', 'ST*867*0001*005010X999'))) OFFSET 3 LIMIT 2;
SELECT x12_999(x12_999(:'d')) IS NULL AS no_answer, x12_999(NULL) IS NULL AS nor_here;

-- the group's count is wrong: nothing of it is accepted; the TA1 is asked for
SELECT pg_temp.show(x12_997(replace(replace(:'d', 'GE*3', 'GE*4'), '*0*P*', '*1*P*')));
-- IEA02 is not ISA13: the interchange is refused, asked for or not
SELECT pg_temp.show(x12_997(replace(:'d', '*000000017~', '*000000018~')));
-- nothing to answer: an acknowledgement, and what is no X12
SELECT x12_997(x12_997(:'d')) IS NULL AS no_answer, x12_997('nothing') IS NULL AS nor_here, x12_997(NULL) IS NULL AS nor_here;
-- two interchanges, two answers, numbered in turn
SELECT count(*) FROM x12_segments(x12_997(:'d' || replace(:'d', '000000017', '000000018'), 999999999)) WHERE tag = 'ISA';
SELECT elements[13] FROM x12_segments(x12_997(:'d' || replace(:'d', '000000017', '000000018'), 99)) WHERE tag = 'ISA' ORDER BY segment_no;

-- test data is answered as such, and is no error
SELECT elements FROM x12_segments(x12_997(replace(:'d', '*0*P*>', '*1*T*>'))) WHERE tag = 'TA1';

-- whatever is done to a document, its answer has no finding of its own
WITH mutation AS (
    SELECT d FROM generate_series(1, length(:'d'), 3) n, LATERAL (VALUES (left(:'d', n)), (overlay(:'d' PLACING '' FROM n FOR 1)), (overlay(:'d' PLACING '*' FROM n FOR 1)), (overlay(:'d' PLACING '~' FROM n FOR 1))) m (d)
)
SELECT count(*) > 500 AS many, count(x12_997(d)) > 300 AS answers, count(*) FILTER (WHERE EXISTS (SELECT FROM x12_findings(x12_997(d)))) AS with_findings, count(*) FILTER (WHERE EXISTS (SELECT FROM x12_findings(x12_999(d)))) AS with_findings_999 FROM mutation;
