-- Delimiters are read from each ISA; line ends, marks and blanks change nothing.
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

SELECT pg_temp.document(pg_temp.set_867('0001',
        'DTM*090*20260801~DTM*091*20260831~PTD*SS***DI*INV~DTM*003*20260810~QTY*32*3*EA>1~LIN**VP*P-1~UIT*EA*10.00~AMT*1*30.00~CTT*1~')) AS d \gset
CREATE TEMP TABLE variant (no int, what text, d text);
INSERT INTO variant VALUES
    (1, 'as it is', :'d'),
    (2, 'CRLF behind each terminator', replace(:'d', '~', E'~\r\n')),
    (3, 'LF terminates', translate(:'d', '~', E'\n')),
    (4, 'CRLF terminates', replace(translate(:'d', '~', E'\n'), E'\n', E'\r\n')),
    (5, 'CR terminates', translate(:'d', '~', E'\r')),
    (6, 'CR terminates, LF follows', replace(:'d', '~', E'\r\n')),
    (7, 'tilde separates, question mark terminates', translate(:'d', '*~', '~?')),
    (8, 'bar and backslash', translate(:'d', '*>', '|\')),
    (9, 'group separator terminates', translate(:'d', '~', E'\x1d')),
    (10, 'bracket and line feed', replace(:'d', '~', E']\n')),
    (11, 'byte order mark', E'\uFEFF' || :'d'),
    (12, 'blank lines before and behind', E'\r\n \n' || :'d' || E' \r\n\r\n' || repeat(' ', 100)),
    (13, 'no terminator at the end', rtrim(:'d', '~')),
    (14, 'segments indented', replace(:'d', '~', E'~\n    ')),
    (15, 'Ctrl-Z at the end', :'d' || E'\x1a'),
    (16, 'wrapped after 80 characters', regexp_replace(:'d', '(.{80})', E'\\1\n', 'g')),
    (17, 'wrapped after 80 characters, CRLF', regexp_replace(:'d', '(.{80})', E'\\1\r\n', 'g')),
    (18, 'wrapped after 100 characters, LF terminates', regexp_replace(translate(:'d', '~', E'\n'), '(.{100})', E'\\1\n', 'g'));

-- the same line each time (18 cannot be told apart from data and is refused)
SELECT no, what, x.n, x.same,
    (SELECT string_agg(severity || ' ' || code, ', ') FROM x12_findings(d)) AS findings
FROM variant,
    LATERAL (SELECT count(*) AS n,
            bool_and(to_jsonb(l) - 'byte_offset' = (SELECT to_jsonb(o) - 'byte_offset' FROM x12_867(:'d') o)) AS same
        FROM x12_867(d) l) x
ORDER BY no;

-- several interchanges in a document, each with delimiters of its own; the
-- first of them has lost its last terminator
SELECT rtrim(:'d', '~') || E'\n' || translate(replace(:'d', '000000017', '000000018'), '*~', E'|\n') || replace(:'d', '000000017', '000000019') AS d \gset
SELECT interchange_control, invoice_no, quantity FROM x12_867(:'d') ORDER BY line_no;
SELECT severity, code FROM x12_findings(:'d');
SELECT interchange_no, group_no, transaction_no, segment_no, position_in_transaction AS position, byte_offset, tag, elements
FROM x12_segments(:'d') WHERE interchange_no = 2 ORDER BY segment_no;

-- every segment is where it says it is, wrapped or not
SELECT no, count(*), bool_and(substr(replace(replace(substr(d, (s.byte_offset + CASE no WHEN 11 THEN -2 ELSE 0 END)::int + 1), E'\n', ''), E'\r', ''), 1, length(s.tag)) = s.tag) AS found
FROM variant, x12_segments(d) s WHERE no IN (1, 2, 3, 11, 16, 17) GROUP BY no ORDER BY no;

SELECT x12_867(NULL), x12_findings(NULL);
