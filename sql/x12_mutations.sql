-- No mutation of a document raises an error, or loses a report that is whole.
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

SELECT pg_temp.document(
    pg_temp.set_867('0001', 'N1*DB*BRANCH*92*D1~PTD*SS***DI*I1~DTM*003*20260810~QTY*32*1*EA~LIN**VP*A~UIT*EA*2.50~AMT*1*2.50~CTT*1~'),
    pg_temp.set_867('0002', 'PTD*SS~N1*ST*X*92*C1~N4*RENO*NV*89501*US~QTY*32*2*EA~LIN**VP*B~CTT*1~'),
    pg_temp.set_867('0003', 'PTD*RU~SII*VP*C*3*EA*1.00~')) AS d \gset
SELECT vendor_part, quantity FROM x12_867(:'d') ORDER BY line_no;
SELECT * FROM x12_findings(:'d');

-- cut at every byte: a refusal always, until only the last terminator is
-- missing; each report whose SE is complete is there
WITH cut AS (
    SELECT n, left(:'d', n) AS d FROM generate_series(0, length(:'d') - 1) n
), whole AS (
    SELECT d, (SELECT count(*) FROM regexp_matches(d, 'SE\*[0-9]+\*000[123]~', 'g')) AS expected
    FROM cut
)
SELECT count(*) AS cuts,
    count(*) FILTER (WHERE expected = (SELECT count(*) FROM x12_867(d))) AS all_whole_reports,
    count(*) FILTER (WHERE EXISTS (SELECT FROM x12_findings(d) WHERE severity = 'refuse')) AS refused,
    sum((SELECT count(*) FROM x12_segments(d))) > 0 AS segments
FROM whole;

-- each byte left out, doubled, or made something else: never an error, and
-- never silence where the byte belongs to the ISA's structure or a number
CREATE TEMP TABLE mutation AS
SELECT n, how, d FROM generate_series(1, length(:'d')) n,
    LATERAL (VALUES
        ('dropped', left(:'d', n - 1) || substr(:'d', n + 1)),
        ('doubled', left(:'d', n) || substr(:'d', n)),
        ('star', overlay(:'d' PLACING '*' FROM n FOR 1)),
        ('tilde', overlay(:'d' PLACING '~' FROM n FOR 1)),
        ('nine', overlay(:'d' PLACING '9' FROM n FOR 1)),
        ('newline', overlay(:'d' PLACING E'\n' FROM n FOR 1)),
        ('umlaut', overlay(:'d' PLACING 'ü' FROM n FOR 1)),
        ('control', overlay(:'d' PLACING E'\x01' FROM n FOR 1))) m (how, d);
SELECT how, count(*), count((SELECT count(*) FROM x12_867(d))) AS lines_read, count((SELECT count(*) FROM x12_findings(d))) AS findings_read,
    count((SELECT count(*) FROM x12_segments(d))) AS segments_read, count((SELECT count(*) FROM x12_852(d))) AS activities_read
FROM mutation GROUP BY how ORDER BY how;

-- the ISA is 106 bytes; none of them can be dropped or doubled unseen (a
-- doubled terminator is only an empty segment)
SELECT how, count(*) FILTER (WHERE EXISTS (SELECT FROM x12_findings(d) WHERE severity = 'refuse')) AS refused
FROM mutation WHERE how IN ('dropped', 'doubled') AND n <= 106 GROUP BY how ORDER BY how;

-- each digit of each control number and count, changed
WITH number AS (
    SELECT m.at FROM (VALUES ('000000017*0*P'), ('000000017~'), ('42*X'), ('42~'), ('0001~BPT'), ('0001~ST'), ('0002~BPT'), ('0003~GE')) v (token),
        LATERAL (SELECT strpos(:'d', token) + i AS at FROM generate_series(0, 8) i WHERE substr(token, i + 1, 1) ~ '[0-9]' AND left(token, i + 1) ~ '^[0-9]+$') m
), changed AS (
    SELECT at, overlay(:'d' PLACING translate(substr(:'d', at, 1), '0123456789', '1234567890') FROM at FOR 1) AS d FROM number
)
SELECT count(*) AS digits, count(*) FILTER (WHERE EXISTS (SELECT FROM x12_findings(d) WHERE severity = 'refuse')) AS refused FROM changed;

-- each segment left out
WITH segment AS (
    SELECT no, string_agg(s, '~') FILTER (WHERE i <> no) AS d, min(s) FILTER (WHERE i = no) AS dropped
    FROM regexp_split_to_table(:'d', '~') WITH ORDINALITY t (s, i), generate_series(1, (SELECT count(*) FROM regexp_matches(:'d', '~', 'g'))) no
    GROUP BY no
)
SELECT no, left(dropped, 12) AS dropped, (SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(d)) AS lines,
    (SELECT string_agg(DISTINCT code, ', ' ORDER BY code) FROM x12_findings(d)) AS findings
FROM segment ORDER BY no;

-- an element of a megabyte, ten thousand empty ones, ten thousand segments
SELECT (SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(d)) AS lines, (SELECT string_agg(code, ', ') FROM x12_findings(d)) AS findings,
    (SELECT max(cardinality(elements)) FROM x12_segments(d)) AS elements
FROM (VALUES (replace(:'d', 'RENO', repeat('R', 1000000))),
    (replace(:'d', 'RENO', repeat('ü', 500000))),
    (replace(:'d', 'N4*RENO', repeat('ü', 500000))),
    (replace(:'d', 'RENO', repeat('*', 10000))),
    (replace(:'d', 'QTY*32*2*EA~', repeat('~', 10000) || 'QTY*32*2*EA~'))) v (d);

-- two documents in one
SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(:'d' || replace(:'d', '000000017', '000000018'));

-- ten thousand random changes of one byte within one of twenty reports: the
-- other nineteen come through, each with its own quantity
SELECT 'ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~GS*PT*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~' AS head \gset
CREATE TEMP TABLE report AS
SELECT k, sum(length(s)) OVER (ORDER BY k) - length(s) + length(:'head') AS before, length(s) AS size, s
FROM generate_series(1, 20) k,
    LATERAL (SELECT pg_temp.set_867(lpad(k::text, 4, '0'), 'PTD*SS***DI*I' || k || '~N1*ST*X*92*C' || k || '~QTY*32*' || k || '*EA~LIN**VP*P' || k || '~UIT*EA*2.50~') AS s) x;
SELECT :'head' || string_agg(s, '' ORDER BY k) || 'GE*20*42~IEA*1*000000017~' AS d FROM report \gset
SELECT count(*), sum(quantity) FROM x12_867(:'d');
WITH dice AS (
    SELECT i, 1 + ('x' || substr(md5(i::text), 1, 6))::bit(24)::int % 20 AS k, ('x' || substr(md5(i::text), 7, 6))::bit(24)::int AS place,
        substr(E'*~>A9 \n-.~', 1 + ('x' || substr(md5(i::text), 13, 6))::bit(24)::int % 10, 1) AS byte
    FROM generate_series(1, 10000) i
), changed AS (
    -- the last terminator of a report is its neighbour's, too
    SELECT k, overlay(:'d' PLACING byte FROM (before + 1 + place % (size - 1))::int FOR 1) AS d FROM dice JOIN report USING (k)
)
SELECT count(*) AS changes,
    count(*) FILTER (WHERE lines = 19) AS neighbours_kept,
    bool_and(own <= 1) AS never_doubled
FROM (SELECT (SELECT count(DISTINCT l.transaction_control) FROM x12_867(d) l WHERE l.quantity = ltrim(l.transaction_control, '0')::int AND l.transaction_control <> lpad(k::text, 4, '0')) AS lines,
        (SELECT count(*) FROM x12_867(d) l WHERE l.transaction_control = lpad(k::text, 4, '0')) AS own
    FROM changed) x;
