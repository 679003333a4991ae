-- However a return is written, its quantity and amount come out negative.
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

-- EDI.md 5.2: A qualifier 76, positive, price and amount negative; B qualifier
-- 76 and negative; C a returning transfer type, or none (a correction);
-- also 84, BN, RP, RB, and movement CD
SELECT pg_temp.document(pg_temp.set_867('0001',
        'PTD*RU***DI*0495034~QTY*76*2*EA~LIN**VP*A~UIT*EA*-313.34*WH~AMT*1*-626.68~'
        || 'PTD*SS~QTY*76*-1*EA~LIN**VP*A~UIT*EA*5*WH~AMT*1*5~'
        || 'PTD*SS~QTY*39*-2*EA~LIN**VP*A~'
        || 'PTD*RP~QTY*32*-5*EA~LIN**VP*A~'
        || 'PTD*SS~QTY*84*7.50*EA~LIN**VP*A~'
        || 'PTD*BN~QTY*32*1*EA~LIN**VP*A~'
        || 'PTD*RB~QTY*32*1*EA~LIN**VP*A~'
        || 'PTD*SS*****CD~QTY*32*1*EA~LIN**VP*A~'
        || 'PTD*SS~QTY*32*6*EA~LIN**VP*A~UIT*EA*5*WH~AMT*1*30~'
        || 'PTD*PA~QTY*32*1*EA~LIN**VP*A~AMT*S*16.91*D~'
        || 'PTD*IA~QTY*A5*-4*EA~LIN**VP*A~')) AS d \gset
SELECT line_no, transfer_type AS type, movement AS mov, quantity_qualifier AS qualifier, reported_quantity AS reported, quantity, is_return, is_correction,
    unit_price, reported_amount AS reported, amount, claim_amount AS claim
FROM x12_867(:'d') ORDER BY 1;
SELECT severity, code, value, message FROM x12_findings(:'d');

-- numbers are exact, as long as they are
SELECT pg_temp.document(pg_temp.set_867('0001',
        'PTD*SS~QTY*32*007.50*EA~LIN**VP*A~QTY*32*.5*EA~LIN**VP*A~QTY*32*5.*EA~LIN**VP*A~QTY*32*-0*EA~LIN**VP*A~'
        || 'QTY*76*12345678901234567890.123456789*EA~LIN**VP*A~UIT*EA*0.00000000000000001*TP~')) AS d \gset
SELECT reported_quantity, quantity, unit_price FROM x12_867(:'d') ORDER BY line_no;

-- D: in an 852 a return has its own activity code
SELECT replace(replace(pg_temp.document(
        'ST*852*0001~XQ*H*20260801*20260831~LIN**VP*A~ZA*QS*9*EA~ZA*Q2*7*EA~ZA*QU*2*EA~ZA*Q3*-1*EA~ZA*RQ*1*EA~ZA*QT*-3*EA~CTT*1~SE*11*0001~'), 'GS*PT', 'GS*PD'), '', '') AS d \gset
SELECT activity_code, reported_quantity, quantity, is_return FROM x12_852(:'d') ORDER BY line_no;
