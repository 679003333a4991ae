-- A broken transaction set is refused as a whole; its neighbours are not.
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

-- three reports, the second of them broken in this way
CREATE FUNCTION pg_temp.broken(broken text) RETURNS text
RETURN pg_temp.document(
    pg_temp.set_867('0001', 'PTD*SS~QTY*32*1*EA~LIN**VP*A~'),
    broken,
    pg_temp.set_867('0003', 'PTD*SS~QTY*32*3*EA~LIN**VP*C~'));

CREATE TEMP TABLE bad (no int GENERATED ALWAYS AS IDENTITY, broken text);
INSERT INTO bad (broken) VALUES
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*1O*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*1,200*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*1e3*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*' || repeat('9', 39) || '*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32**EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~DTM*003*20260835~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~DTM*003*20230229~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN*VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B*UP~')),
    (pg_temp.set_867('0002', 'PTD*SS~N1*ST*X*92~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*FTCTT*1~')),
    (pg_temp.set_867('0002', 'PTD*SS~N1*ST*ASIAQTY*17*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*PL~MEA*AA*PRQ*5~QTY*32*2*KH~')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~'), 'BPT*00*R0002*20260905*SS~', 'DTM*090*20260801~')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'SE*6', 'SE*7')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'SE*6*0002', 'SE*6*0003')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'SE*6*0002~', '')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~AMT*1*38.1~'), '38.1~', '38.1')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'ST*867', 'T*867')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'ST*867', 'ST*940')),
    ('ST*867*0002~SE*2*0002~'),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*' || repeat('X', 1000000) || '~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*FTLIN**VP*B~'));

SELECT no, (SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(pg_temp.broken(broken))) AS lines,
    f.code, f.level, f.transaction_control AS set, f.position_in_transaction AS position, f.tag, f.element, left(f.value, 12) AS value, f.ack_code
FROM bad, x12_findings(pg_temp.broken(broken)) f
WHERE severity = 'refuse' ORDER BY no, byte_offset, code;

-- what only warns costs no line
CREATE TEMP TABLE odd (no int GENERATED ALWAYS AS IDENTITY, odd text);
INSERT INTO odd (odd) VALUES
    (pg_temp.set_867('0002', 'PTD*XY~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EACH~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~ZZZ*1~QTY*32*2*EA~LIN**VP*B~')),
    (replace(pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~'), 'PTD*SS~', 'PTD*SS~~~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B*~')),
    (pg_temp.set_867('0002', 'PTD*SS~DTM*003*200150618~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~DTM*003*00000000~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~DTM*003*260815~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~N1*ST*' || repeat('X', 90) || '~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~N1*ST*X*92*1*2*3*4*5~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B*UP*012345678900~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~UIT*EA*3~AMT*1*6.02~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~UIT*EA*3~AMT*1*6.01~CTT*5~')),
    (pg_temp.set_867('0002', 'DTM*090*20260801~DTM*091*20260831~PTD*SS~DTM*003*20260901~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'DTM*090*20260801~DTM*091*20260831~PTD*RU~DTM*003*20150901~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0001', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', E'PTD*SS~N1*ST*A\tB~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32* 2 *EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~N1*ST*1~N1*BT*2~N1*BY*3~N1*EN*4~N1*SF*5~N1*MA*6~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~QTY*32*2*EA~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*SZ~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA*TWO~LIN**VP*B~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~UIT*EA**CT~')),
    (pg_temp.set_867('0002', 'PTD*SS~QTY*32*2*EA~LIN**VP*B~CTT*1**5~')),
    (pg_temp.set_867('0002', E'PTD*SS~N1*ST*CAF\uFFFD\uFFFD~QTY*32*2*EA~LIN**VP*B~'));
SELECT no, (SELECT string_agg(vendor_part, ' ' ORDER BY line_no) FROM x12_867(pg_temp.broken(odd))) AS lines,
    f.severity, f.code, f.level, f.position_in_transaction AS position, f.tag, f.element, left(f.value, 12) AS value, f.ack_code
FROM odd LEFT JOIN x12_findings(pg_temp.broken(odd)) f ON true
ORDER BY no, byte_offset, code;

-- the cap: 1000 findings, and one that says how many there are
SELECT pg_temp.document(pg_temp.set_867('0001', 'PTD*SS~' || repeat('QTY*32*x*EA~LIN**VP*B~', 1500))) AS d \gset
SELECT severity, code, count(*), min(message) FROM x12_findings(:'d') GROUP BY 1, 2 ORDER BY 3 DESC;
