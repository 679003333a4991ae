-- A document reads alike however its segments end, and wherever in it a segment stands.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- An 867 of n lines whose segments differ in length, so that they come to lie anywhere in
-- the pieces that are looked at together; "ending" stands for each terminator.
CREATE FUNCTION pg_temp.document(n integer, ending text, extra text DEFAULT '') RETURNS text
RETURN replace('ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~'
    || 'GS*PT*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~ST*867*0001~BPT*00*R1*20260905*SS~PTD*SS***DI*I1~'
    || (SELECT string_agg('QTY*32*' || i || '*EA~LIN**VP*P' || repeat('X', i % 41) || '~UIT*EA*2.50~AMT*1*' || i * 2.5 || '~REF*SE*S' || i || '~', '' ORDER BY i)
        FROM generate_series(1, n) i)
    || extra || 'CTT*' || n || '~SE*' || 5 * n + 5 + length(extra) - length(replace(extra, '~', '')) || '*0001~GE*1*42~IEA*1*000000017~', '~', ending);

-- 1000 lines are 5009 segments and 1 + 2 + ... + 1000 = 500500 units, read alike
CREATE TEMP TABLE ending (name text, ending text);
INSERT INTO ending VALUES ('tilde', '~'), ('tilde, LF', E'~\n'), ('tilde, CR LF', E'~\r\n'), ('tilde, LF, blanks', E'~\n  '),
    ('LF', E'\n'), ('CR', E'\r'), ('CR, LF', E'\r\n'), ('control', E'\x1d');
WITH document AS (
    SELECT name, pg_temp.document(1000, ending) AS d FROM ending
    UNION ALL
    SELECT 'LF, CR before it', overlay(pg_temp.document(1000, E'\r\n') PLACING E'\n' FROM 106 FOR 2)
), reading AS (
    SELECT name, s.segments, s.reading, l.quantity, f.found
    FROM document,
        LATERAL (SELECT count(*), md5(string_agg(tag || elements::text, '' ORDER BY segment_no)) FROM x12_segments(d)) s (segments, reading),
        LATERAL (SELECT sum(quantity) FROM x12_867(d)) l (quantity),
        LATERAL (SELECT string_agg(code, ',') FROM x12_findings(d)) f (found)
)
SELECT name, segments, dense_rank() OVER (ORDER BY reading) AS reading, quantity, found FROM reading ORDER BY name;

-- a control character is told of the segment that holds it, whichever that is, and of no other
SELECT name, count(*) AS documents, count(*) FILTER (WHERE code = 'CONTROL_CHAR' AND segment_no = 5 + 5 * i AND element = 2) AS told
FROM ending, generate_series(1, 200) i,
    LATERAL (SELECT replace(pg_temp.document(200, ending), '*S' || i || ending, '*S' || i || E'\x01' || ending)) x (d),
    LATERAL (SELECT string_agg(code, ','), min(segment_no), min(element) FROM x12_findings(d) WHERE code <> 'LEADING_SPACES') f (code, segment_no, element)
GROUP BY name ORDER BY name;

-- a segment longer than what is looked at together, one of very many elements, and what
-- is too long to be one: the segments behind it are there
SELECT name, s.segments, f.found, (SELECT sum(quantity) FROM x12_867(d)) AS quantity
FROM (VALUES ('long', 'REF*SE*' || repeat('A', 20000) || '~'), ('elements', 'REF*SE*' || repeat('A*', 1000) || 'A~'),
        ('too long', 'REF*SE*' || repeat('A', 70000) || '~'), ('too many', 'REF*SE*' || repeat('A*', 1100) || 'A~'),
        ('empty', repeat('~', 500)), ('letters', repeat('A~', 500)), ('three', repeat('A*B~', 500))) e (name, extra),
    LATERAL pg_temp.document(1000, '~', extra) x (d),
    LATERAL (SELECT count(*) FROM x12_segments(d)) s (segments),
    LATERAL (SELECT string_agg(DISTINCT code, ',' ORDER BY code) FROM x12_findings(d)) f (found)
ORDER BY name;
