-- What partners write seldom is read as it is meant, and told where it is out of order.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

CREATE FUNCTION pg_temp.x12(functional text, set_id text, body text) RETURNS text
RETURN 'ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~GS*' || functional
    || '*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~ST*' || set_id || '*0001~' || body
    || 'SE*' || length(body) - length(replace(body, '~', '')) + 2 || '*0001~GE*1*42~IEA*1*000000017~';
CREATE FUNCTION pg_temp.edifact(type text, body text) RETURNS text
RETURN 'UNB+UNOC:3+A:14+B:14+260905:1200+1''UNH+1+' || type || ':D:96A:UN''' || body || 'UNT+' || length(body) - length(replace(body, '''', '')) + 2 || '+1''UNZ+1+1''';
CREATE FUNCTION pg_temp.found(d text) RETURNS text
RETURN (SELECT string_agg(code, ', ' ORDER BY byte_offset, code) FROM x12_findings(d));

-- 867: prices for a thousand, a hundred, a dozen hold against the amount (2000 at 5
-- per 1000 = 10; 300 at 4 per 100 = 12; 24 at 6 per dozen = 12); amounts TS before TT
SELECT pg_temp.x12('PT', '867', 'BPT*00*R1*20260905*SS~PTD*SS~QTY*32*2000*EA~LIN**VP*A~UIT*EA*5*TP~AMT*1*10~QTY*32*300*EA~LIN**VP*B~UIT*EA*4*TC~AMT*1*12~QTY*32*24*EA~LIN**VP*C~UIT*EA*6*PD~AMT*1*12~'
    || 'QTY*32*1*EA~LIN**VP*D~CTP**RES*7~AMT*TT*9~AMT*TS*8~CTT*4~') AS d \gset
SELECT vendor_part AS part, unit_price, price_basis AS basis, amount FROM x12_867(:'d') ORDER BY line_no;
SELECT pg_temp.found(:'d');
-- bill and ship to in one; references by rank: DI before IV before DL, CT before VC
-- before DB; an N1 behind the QTY belongs to the line that follows if the event has one
SELECT pg_temp.x12('PT', '867', 'BPT*00*R1*20260905*SS~PTD*SS~N1*BS*ONE*92*C1~N4*RENO*NV*89501*US~QTY*32*1*EA~LIN**VP*A~REF*DL*I4~REF*IV*I2~REF*DB*K4~REF*VC*K2~QTY*32*2*EA~LIN**VP*B~N1*ST*TWO*92*C2~QTY*32*3*EA~LIN**VP*C~CTT*3~') AS d \gset
SELECT vendor_part AS part, invoice_no, contract_no, ship_to_id, ship_to_city, sold_to_id, quantity FROM x12_867(:'d') ORDER BY line_no;
SELECT pg_temp.found(:'d');
-- a period as a range, or ending before it begins
SELECT period_starts_on, period_ends_on FROM x12_867(pg_temp.x12('PT', '867', 'BPT*00*R1*20260905*SS~DTM*582****RD8*20260801-20260831~PTD*SS~QTY*32*1*EA~LIN**VP*A~CTT*1~'));
SELECT pg_temp.found(pg_temp.x12('PT', '867', 'BPT*00*R1*20260905*SS~DTM*090*20260831~DTM*091*20260801~PTD*RP~QTY*32*1*EA~LIN**VP*A~CTT*1~'));

-- 846: the warehouses come to 7, not 8; quantities, SCH, SDQ before any LIN; the unit and
-- the price of the item hold for what does not say its own; CTT02 is not 8
SELECT pg_temp.x12('IB', '846', 'BIA*00*DD*R1*20260905~QTY*33*1*EA~SCH*1*EA*WH*W*097*20260831~SDQ*EA*92*W*1~LIN**VP*A~CTP**RES*2.50~QTY*33*8~UIT*BX~SCH*5*BX*WH*DALLAS*097*20260831~SCH*2*BX*WH*RENO*097*20260831~DTM*097*20260904~CTT*1*9~') AS d \gset
SELECT location_name, source, counted_on, quantity, unit_of_measure AS uom, unit_price FROM x12_846(:'d') ORDER BY line_no;
SELECT pg_temp.found(:'d');

-- 852: an activity before any LIN, a list before any activity, the period reversed, an amount of the activity
SELECT pg_temp.x12('PD', '852', 'XQ*H*20260831*20260801~N1*RL*W*92*W1~ZA*QA*1*EA~LIN**VP*A~SDQ*EA*92*W1*3~ZA*QS*2*EA~AMT*1*5.00~CTT*1~') AS d \gset
SELECT vendor_part AS part, activity_code AS code, location_id, quantity, amount FROM x12_852(:'d') ORDER BY line_no;
SELECT pg_temp.found(:'d');

-- 844: a claim in SII alone, its number of lines wrong
SELECT pg_temp.x12('CF', '844', 'BAA*00*CE*20260901*D9*C1~CON*CT*SD1*VA~N1*ST*A*92*A1~SII*VP*P1*3*EA*1.50**4.50~REF*IV*I1~CTT*5~AMT*S*0~') AS d \gset
SELECT contract_no, vendor_part AS part, quantity, unit_of_measure AS uom, prices, amount, invoice_no FROM x12_844(:'d');
SELECT pg_temp.found(:'d');

-- 832: dates of the catalog, the item, the price; its own currency
SELECT pg_temp.x12('SC', '832', 'BCT*PC*C1~DTM*097*20260901~DTM*196*20261001~DTM*197*20261231~N1*VN*V*92*V1~LIN*1*VP*A~DTM*036*20261130~CUR*SE*EUR~CTP**RES*9~CTP**DIS*7~DTM*007*20261015~CTT*1~') AS d \gset
SELECT price_id, unit_price, currency_code AS cur, starts_on, ends_on FROM x12_832(:'d') ORDER BY line_no;
SELECT pg_temp.found(:'d');

-- EDIFACT: a period in one date (718), the day of an item and of a quantity, the
-- invoice in a DOC, the currency of an item, the vendor part in an RFF
SELECT pg_temp.edifact('SLSRPT', 'BGM+73+R1+9''DTM+137:202609051200:203''DTM+356:2026080120260831:718''NAD+SE+1''NAD+BY+2''LOC+162+S1''LIN+1''DTM+356:20260815:102''RFF+SA:P1''DOC+380+I1''CUX+2:USD''QTY+153:3''DTM+356:20260816:102''QTY+153:4''LIN+2++G:EN''QTY+153:5''') AS d \gset
SELECT report_on, period_starts_on, period_ends_on, activity_on, reporter_id, vendor_part, invoice_no, currency_code AS cur, quantity FROM edifact_slsrpt(:'d') ORDER BY line_no;
SELECT count(*) FROM edifact_findings(:'d');
-- messages in groups, one reference twice; an interchange without its end before another
SELECT replace(replace(:'d', 'UNH+1', 'UNG+SLSRPT+A+B+260905:1200+G1+UN+D:96A''UNH+1'), 'UNZ+1', 'UNE+1+G1''UNZ+1') AS g \gset
SELECT (SELECT count(*) FROM edifact_slsrpt(:'g')) AS lines, (SELECT string_agg(code, ', ') FROM edifact_findings(:'g')) AS findings,
    (SELECT string_agg(code || ' ' || coalesce(group_control, '-'), ', ') FROM edifact_findings(replace(replace(:'g', 'QTY+153:5', 'QTY+153:x'), 'UNE+1+G1', 'UNE+2+G2'))) AS broken;
SELECT (SELECT count(*) FROM edifact_slsrpt(m)) AS lines, (SELECT string_agg(code, ', ') FROM edifact_findings(m)) AS findings
FROM (VALUES (replace(:'d', 'UNZ+1', substr(:'d', strpos(:'d', 'UNH'), strpos(:'d', 'UNZ') - strpos(:'d', 'UNH')) || 'UNZ+2')), (replace(:'d', 'UNZ+1+1''', '') || replace(replace(:'d', '1200+1', '1200+2'), 'UNZ+1+1', 'UNZ+1+2'))) v (m);
