-- Each envelope's counts and control numbers are checked, and what lies between.
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
    pg_temp.set_867('0001', 'PTD*SS~QTY*32*1*EA~LIN**VP*A~'),
    pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~')) AS d \gset
CREATE TEMP TABLE envelope (no int GENERATED ALWAYS AS IDENTITY, what text, d text);
INSERT INTO envelope (what, d) VALUES
    ('empty', ''),
    ('blank', E' \n'),
    ('base64', 'Tk9OLUVESQ=='),
    ('QQQ', replace(:'d', 'ISA*', 'QQQ*')),
    ('SA', substr(:'d', 2)),
    ('no ISA', substr(:'d', strpos(:'d', 'GS*'))),
    ('no GS', substr(:'d', strpos(:'d', 'ST*'))),
    ('UNH', 'UNH+1+SLSRPT:D:96A:UN:EAN004'''),
    ('junk before', 'From: me' || E'\n' || :'d'),
    ('ISA unpadded', replace(:'d', 'DISTRIBUTOR    ', 'DISTRIBUTOR')),
    ('ISA16 missing', replace(:'d', '*P*>~', '*P~')),
    ('ISA16 empty', replace(translate(:'d', '~', E'\n'), '*P*>', '*P**')),
    ('component = element', replace(:'d', '*P*>', '*P**')),
    ('no terminator', replace(:'d', '>~', '>')),
    ('two-byte terminator', replace(:'d', '~', 'Ö')),
    ('ISAAC', replace(:'d', 'ISA*', 'ISAAC*')),
    ('cut in ISA', left(:'d', 60)),
    ('cut in ST', left(:'d', strpos(:'d', 'LIN**VP*B') + 3)),
    ('no GE, IEA', left(:'d', strpos(:'d', 'GE*2') - 1)),
    ('no IEA', left(:'d', strpos(:'d', 'IEA*') - 1)),
    ('no GE', replace(:'d', 'GE*2*42~', '')),
    ('IEA02', replace(:'d', '*000000017~', '*000000018~')),
    ('IEA02 unpadded', replace(:'d', '*000000017~', '*17~')),
    ('IEA02 with a stray character', replace(:'d', '*000000017~', '*000000017^~')),
    ('IEA01', replace(:'d', 'IEA*1', 'IEA*2')),
    ('GE01', replace(:'d', 'GE*2', 'GE*3')),
    ('GE02', replace(:'d', 'GE*2*42', 'GE*2*43')),
    ('GE02 padded', replace(:'d', 'GE*2*42', 'GE*02*0042')),
    ('GS01', replace(:'d', 'GS*PT', 'GS*SQ')),
    ('GS08', replace(:'d', '004010~', '003030~')),
    ('GS04', replace(:'d', '*20260905*1200*42', '*20261305*1200*42')),
    ('test data', replace(:'d', '*P*>', '*T*>')),
    ('ISA13 no number', replace(:'d', '000000017', '00000A017')),
    ('same interchange twice', :'d' || :'d'),
    ('another interchange', :'d' || replace(:'d', '000000017', '000000018')),
    ('same group twice', replace(:'d', 'IEA*1', substr(:'d', strpos(:'d', 'GS*'), strpos(:'d', 'IEA*') - strpos(:'d', 'GS*')) || 'IEA*2')),
    ('ST outside GS', replace(replace(:'d', 'GS*PT*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~', ''), 'GE*2*42~', '')),
    ('data between', :'d' || 'hello ' || replace(:'d', '000000017', '000000018')),
    ('TA1 and no group', 'ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~TA1*000000001*260905*1200*A*000~IEA*0*000000017~'),
    ('ISA in place of IEA', left(:'d', strpos(:'d', 'IEA*') - 1) || replace(:'d', '000000017', '000000018')),
    ('control character', replace(:'d', '*VP*B', E'*VP*\x07B'));

SELECT no, what, (SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(d)) AS lines,
    f.severity, f.code, f.level, f.interchange_control AS icn, f.group_control AS gcn, f.tag, left(f.value, 12) AS value, f.ack_code
FROM envelope LEFT JOIN x12_findings(d) f ON true
ORDER BY no, f.byte_offset, f.code;

SELECT is_test, count(*) FROM envelope, x12_867(d) WHERE what = 'test data' GROUP BY 1;
