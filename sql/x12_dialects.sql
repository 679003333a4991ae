-- The dialects that partners write (EDI.md 11) are read as they are meant.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- An interchange of one group around these transaction sets, whose bodies are
-- given without ST and SE; then each * ~ > becomes the partner's delimiter.
CREATE FUNCTION pg_temp.dialect(delimiters text, functional text, set_id text, VARIADIC bodies text[]) RETURNS text
RETURN translate('ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~'
    || 'GS*' || functional || '*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~'
    || (SELECT string_agg('ST*' || set_id || '*' || lpad(n::text, 4, '0') || '~' || body
            || 'SE*' || length(body) - length(replace(body, '~', '')) + 2 || '*' || lpad(n::text, 4, '0') || '~', '' ORDER BY n)
        FROM unnest(bodies) WITH ORDINALITY AS b (body, n))
    || 'GE*' || cardinality(bodies) || '*42~IEA*1*000000017~', '*~>', delimiters);

-- Cardinal: a line feed terminates; the invoice stands in the PTD, its date
-- behind it, NA is no contract, two lines to an event, customers are masked;
-- a return in positive quantity and negative money (EDI.md 5.2 A)
SELECT pg_temp.dialect(E'*\n>', 'PT', '867', 'BPT*00*R1*20170131*SS~N1*DB*CARDINAL*11*D1~'
    || 'PTD*SS***DI*0495034~DTM*003*20170103~REF*CT*NA~N1*ST*XX*11*XX~QTY*39*2*EA~LIN**N4*00000000001~UIT*EA*313.34*WH~AMT*1*626.68~QTY*39*1*CS~LIN**N4*00000000002~UIT*CS*10.00*WH~AMT*1*10.00~'
    || 'PTD*RU***DI*0495035~DTM*003*20150618~REF*CT*NA~N1*ST*XX*11*XX~QTY*76*2*EA~LIN**N4*00000000001~UIT*EA*-313.34*WH~AMT*1*-626.68~CTT*3~') AS d \gset
SELECT invoice_no, invoice_on, contract_no, ship_to_id, product_ids, quantity, unit_of_measure AS uom, unit_price, price_basis AS basis, amount, is_return FROM x12_867(:'d') ORDER BY line_no;
SELECT severity, code FROM x12_findings(:'d');

-- McKesson: | separates components, line ends behind each segment, the number
-- of the group padded, the date with the line, REF IN, no CTT; B, a return in
-- negative quantity under a sale
SELECT replace(replace(replace(pg_temp.dialect('*~|', 'PT', '867', 'BPT*00*R1*20170131*SS~N1*DS*MCKESSON*11*D1~REF*QK*Q~'
    || 'PTD*SS~N1*ST*PHARMACY*11*P1~QTY*76*-1*EA~LIN**N4*00000000001~UIT*EA*5.00~AMT*1*5.00~REF*IN*0000000000~DTM*003*20170103~'), '~', E'~\r\n'), '*1200*42*X', '*1200*000000042*X'), 'GE*1*42', 'GE*1*42') AS d \gset
SELECT invoice_no, invoice_on, quantity, amount, is_return, is_correction FROM x12_867(:'d');
SELECT severity, code FROM x12_findings(:'d');

-- HIBCC: the contract in the PTD, two prices (contract and catalog), a
-- chargeback with its sign, a fee that is no amount of the line
SELECT pg_temp.dialect('*~>', 'PT', '867', 'BPT*00*R1*20260905*SS~PTD*CS***VC*C-77~DTM*003*20260810~QTY*32*4*CS~LIN**VC*A1~UIT*CS*20.00*CT~UIT*CS*25.00*CA~AMT*S*20.00*C~AMT*FO*1.00~REF*IN*I1~CTT*1~') AS d \gset
SELECT contract_no, invoice_no, unit_price, prices, price_bases, amount, claim_amount, claim_credit_debit AS cd FROM x12_867(:'d');
SELECT severity, code FROM x12_findings(:'d');

-- AmerisourceBergen: lines in SII alone
SELECT pg_temp.dialect('*~|', 'PT', '867', 'BPT*00*R1*20260905*SS~PTD*SS***DI*I1~N1*ST*A*11*A1~SII*N4*00000000001*3*EA*1.50**4.50~N1*ST*B*11*B1~SII*N4*00000000001*2*EA*1.50**3.00~CTT*2~') AS d \gset
SELECT ship_to_id, product_ids, quantity, unit_of_measure AS uom, unit_price, amount FROM x12_867(:'d') ORDER BY line_no;
SELECT severity, code FROM x12_findings(:'d');

-- Western Digital: security information in the ISA, every set numbered 0001, a
-- serial number each in its REF, CTT always 3; C, a negative quantity that is a
-- correction
SELECT replace(replace(replace(pg_temp.dialect('*~>', 'PT', '867',
        'BPT*00*R1*20260905*SS~PTD*SS***IV*I1~QTY*39*2*EA~LIN**VP*A1~REF*SE*S-1~REF*SE*S-2~CTT*3~',
        'BPT*00*R2*20260905*SS~PTD*SS***IV*I2~QTY*39*-2*EA~LIN**VP*A1~CTT*3~'), '*0002~', '*0001~'), '*00*          *ZZ*DIST', '*01*SECRET    *ZZ*DIST'), 'ISA*00*          *00', 'ISA*00*          *01') AS d \gset
SELECT report_id, invoice_no, quantity, serials, is_return, is_correction FROM x12_867(:'d') ORDER BY line_no;
SELECT severity, code, value FROM x12_findings(:'d') ORDER BY byte_offset, code;

-- Renesas: ] and a line feed; sold by ship and debit; three prices of the same
-- basis, resale first; the number of the line; a return of list price
SELECT replace(pg_temp.dialect('*]>', 'PT', '867', 'BPT*00*R1*20260905*SS~CUR*SE*USD~PTD*SD~DTM*003*20260810~N1*ST*A*92*A1~QTY*32*10*EA~LIN**VP*A1~UIT*EA*5.00*RS~UIT*EA*4.00*RS~UIT*EA*3.50*RS~REF*CO*PO1~REF*AU*SD-9~REF*DI*I1~REF*LI*7~'
    || 'PTD*RP~QTY*32*-5*EA~LIN**VP*A1~REF*CM*CM1~CTT*2~'), ']', E']\n') AS d \gset
SELECT transfer_type AS type, invoice_no, invoice_line AS line, purchase_order_no AS po, contract_no, quantity, unit_price, prices, price_bases, currency_code AS cur, is_return FROM x12_867(:'d') ORDER BY line_no;
SELECT severity, code FROM x12_findings(:'d');

-- NDC: ! separates; the contract in the PTD, a chargeback CC; stock below zero
SELECT pg_temp.dialect('!~>', 'PT', '867', 'BPT*00*R1*20260905*SS~N1*DS*D*11*D1~PTD*SS***CT*C1~REF*DH*X~REF*HI*Y~N1*ST*A*21*H1~QTY*32*3*EA~LIN**ND*00000000001~AMT*CC*1.20~CTT*1~') AS d \gset
SELECT contract_no, ship_to_id_qualifier AS q, ship_to_id, quantity, claim_amount FROM x12_867(:'d');
SELECT severity, code FROM x12_findings(:'d');
SELECT quantity_qualifier AS kind, quantity FROM x12_846(pg_temp.dialect('!~>', 'IB', '846', 'BIA*00*DD*R1*20260905~LIN**ND*00000000001~QTY*17*-1*EA~CTT*1~'));

-- ERCOT: the same set number, another business
SELECT severity, code FROM x12_findings(pg_temp.dialect('*~>', 'PT', '867', 'BPT*SU*R1*20260905*C1~PTD*PL~DTM*150*20260801~DTM*151*20260831~QTY*QD*100*KH~MEA**PRQ*100*KH~')) ORDER BY byte_offset, code;

-- Ingram to Apple: ~ separates, ? terminates
SELECT vendor_part, quantity_qualifier AS kind, quantity, unit_of_measure AS uom FROM x12_846(pg_temp.dialect('~?>', 'IB', '846', 'BIA*00*DD*R1*20260905~N1*WH*W*92*W1~LIN**VP*A1~QTY*33*8*EA~CTT*1~'));
-- Newegg: locations beside the quantity; an item about which nothing is said
SELECT vendor_part, location_id, source, quantity FROM x12_846(pg_temp.dialect('*~>', 'IB', '846', 'BIA*00*DD*R1*20260905~LIN**VP*A1~QTY*33*8*EA~SDQ*EA*92*W7*3*W8*4~LIN**VP*A2~CTT*2~')) ORDER BY line_no;

-- units: of the quantity, its first component, else of the price; never added
-- across in an 852 (Cardinal: EA, CN, CS)
SELECT vendor_part, quantity, unit_of_measure AS uom FROM x12_867(pg_temp.dialect('*~>', 'PT', '867', 'BPT*00*R1*20260905*SS~PTD*SS~QTY*32*1*CA>1>12~LIN**VP*A1~UIT*EA*1~QTY*32*2~LIN**VP*A2~UIT*BX*1~QTY*32*3~LIN**VP*A3~CTT*3~')) ORDER BY line_no;
SELECT activity_code AS code, ordinal, quantity, unit_of_measure AS uom FROM x12_852(pg_temp.dialect('*~>', 'PD', '852', 'XQ*H*20260801*20260831~N1*RL*W*92*W1~LIN**VP*A1~ZA*QA*5*EA~ZA*QA*2*CS~ZA*QA*1*CN~ZA*QN*9*DA~ZA*QX*0.99*EA~CTT*1~')) ORDER BY line_no;

-- EDIFACT. Apple: one message for a shop; Amazon: stock by warehouse on the day of DTM 366
CREATE FUNCTION pg_temp.edifact(type text, body text) RETURNS text
RETURN 'UNB+UNOC:3+A:14+B:14+260905:1200+1''UNH+1+' || type || '''' || body || 'UNT+' || length(body) - length(replace(body, '''', '')) + 2 || '+1''UNZ+1+1''';
SELECT pg_temp.edifact('SLSRPT:D:99A:UN', 'BGM+73+R1+9''DTM+137:20260905:102''DTM+90:20260801:102''DTM+91:20260831:102''NAD+SE+1''LOC+162+SHOP7::90''LIN+1++A1:VP''QTY+153:3''QTY+153:-1''') AS d \gset
SELECT location_qualifier AS q, location_id, period_starts_on, period_ends_on, vendor_part, quantity, is_return FROM edifact_slsrpt(:'d') ORDER BY line_no;
SELECT count(*) FROM edifact_findings(:'d');
SELECT pg_temp.edifact('INVRPT:D:96A:UN:EAN008', 'BGM+35+R1+9''DTM+137:20260905:102''DTM+366:20260904:102''NAD+SU+V::9''NAD+WH+W1::9''LIN+1++4007399434498:EN''QTY+145:12''QTY+21:3''') AS d \gset
SELECT location_id, activity_on, gtin, quantity_qualifier AS kind, quantity FROM edifact_invrpt(:'d') ORDER BY line_no;
SELECT count(*) FROM edifact_findings(:'d');
-- EDIFICE (OSRAM): invoice and contract with the item, resale and distributor price
SELECT pg_temp.edifact('SLSRPT:D:97A:ED:EDSR03', 'BGM+73+R1+9''DTM+137:20260905:102''NAD+DB+D1::92''CUX+2:EUR:10''LOC+162+D1::92''LIN+1+114+A1:VP::91''RFF+DM:I1:3''RFF+DC:SD-1''PRI+AAA:4.00::DIS''PRI+AAA:5.00::RES''QTY+1:10:PCE''') AS d \gset
SELECT vendor_part, invoice_no, contract_no, quantity_qualifier AS kind, quantity, unit_price, price_basis AS basis, prices, price_bases, currency_code AS cur FROM edifact_slsrpt(:'d');
SELECT count(*) FROM edifact_findings(:'d');
