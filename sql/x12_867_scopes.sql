-- What a line says wins over its event (PTD), the event over the report.
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
    -- header: currency, period, reporter, a date for all; two events
    pg_temp.set_867('0001',
        'CUR*SE*USD~DTM*090*20260801~DTM*091*20260831~DTM*011*20260801~'
        || 'N1*DS*BIG SUPPLY*92*S1~N1*DB*BRANCH WEST*92*D7~N4*RENO*NV*89501*US~N1*MF*VENDOR*92*V1~'
        || 'PTD*SS***DI*INV-1~DTM*003*20260810~REF*PO*PO-7~REF*CT*NA~'
        || 'N1*ST*MILLER*92*C1~N4*DALLAS*TX*75201*US~REF*DI*NOT-AN-INVOICE~N1*EN*USER*92*E1~'
        || 'QTY*32*3*EA~LIN**VP*P-1*UP*036000291452*BP*MINE~UIT*EA*10.00*CT~UIT*EA*12.50*CA~AMT*1*30.00~'
        || 'QTY*32*4*EA~LIN**VP*P-2~REF*DI*INV-2~REF*LI*9~REF*CT*SD-5~DTM*003*20260811~CUR*SE*CAD~AMT*S*8.40*D~REF*SE*SN1~REF*SE*SN2~LX*1~REF*SE*SN3~'
        || 'PTD*SD***VC*SD-6*MD~DTM*003*20260812~PRF*PO-8~QTY*32*5~LIN**UK*10360002914529~UIT*CS*7~'
        || 'CTT*3*12~')) AS d \gset

SELECT line_no, line_in_transaction AS in_set, transfer_type AS type, movement AS mov, invoice_no, invoice_line AS line, invoice_on, shipped_on,
    purchase_order_no AS po, contract_no AS contract, currency_code AS cur
FROM x12_867(:'d') ORDER BY 1;

-- the second event names no party, so it has none
SELECT line_no, reporter_id, reporter_name, ship_to_id, ship_to_name, ship_to_city, ship_to_state, ship_to_postcode, ship_to_country, end_user_id
FROM x12_867(:'d') ORDER BY 1;

SELECT line_no, vendor_part, gtin, distributor_part, product_ids FROM x12_867(:'d') ORDER BY 1;

-- amounts: 3 x 10.00 = 30.00; the first price is the unit price
SELECT line_no, quantity, unit_of_measure AS uom, unit_price, price_basis AS basis, prices, price_bases, amount, claim_amount AS claim,
    claim_credit_debit AS cd, serials
FROM x12_867(:'d') ORDER BY 1;

SELECT report_id, purpose, report_type, report_on, period_starts_on, period_ends_on, is_test, sender_id, receiver_id,
    interchange_control, group_control, transaction_control, count(*)
FROM x12_867(:'d') GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;

-- a valid document has no findings
SELECT * FROM x12_findings(:'d');

-- SII: a line in one segment; one that a QTY of the same product repeats does
-- not count, one that none repeats does. Each belongs to the N1 before it.
SELECT pg_temp.document(pg_temp.set_867('0001',
        'PTD*SS~N1*ST*ONE*92*C1~SII*VP*A*1*EA*2.00~SII*VP*B*10*EA*3.00**30.00~N9*PO*PO-1~N1*ST*TWO*92*C2~SII*VP*C*100*CS~'
        || 'QTY*39*1*EA~LIN**VP*A~'
        || 'PTD*SS~N1*ST*THREE*92*C3~SII*VP*A*7*EA~SII*VP*A*7*EA~CTT*2~')) AS d \gset
SELECT line_no, vendor_part, quantity, unit_of_measure AS uom, unit_price, amount, purchase_order_no AS po, ship_to_id
FROM x12_867(:'d') ORDER BY 1;

-- prices for a thousand, a hundred, a dozen are brought to one unit
SELECT pg_temp.document(pg_temp.set_867('0001',
        'PTD*SS~QTY*32*1*EA~LIN**VP*A~UIT*EA*5.00*TP~QTY*32*1*EA~LIN**VP*A~UIT*EA*5.00*TC~QTY*32*1*EA~LIN**VP*A~UIT*EA*6.00*PD~')) AS d \gset
SELECT price_basis, prices, unit_price FROM x12_867(:'d') ORDER BY line_no;

-- of several prices that for resale is the line's, wherever it stands; else the
-- first is
SELECT pg_temp.document(pg_temp.set_867('0001',
        'PTD*SS~QTY*32*1*EA~LIN**VP*A~UIT*EA*41.00*CT~UIT*EA*50.00*RS~UIT*EA*45.00*RS~QTY*32*1*EA~LIN**VP*B~UIT*EA*41.00*CT~CTP**RES*50.00~QTY*32*1*EA~LIN**VP*C~UIT*EA*41.00*CT~UIT*EA*50.00*CA~')) AS d \gset
SELECT vendor_part, unit_price, price_basis, prices, price_bases FROM x12_867(:'d') ORDER BY line_no;

-- the order within a line is free, but noted; a QTY*TO before the first PTD
-- is a total: 2 + 3 is not 6
SELECT pg_temp.document(pg_temp.set_867('0001',
        'QTY*TO*6~PTD*SS~LIN**VP*A~QTY*32*2*EA~LIN**VP*B~QTY*32*3*EA~REF*DI*LATE~CTT*7~')) AS d \gset
SELECT line_no, vendor_part, quantity, invoice_no FROM x12_867(:'d') ORDER BY 1;
SELECT severity, code, position_in_transaction AS position, tag, value FROM x12_findings(:'d');

-- a report too long to be held while it is judged is read again for its lines:
-- 30,000 of them, quantities 1 to 30000, and nothing of it if its count is wrong
SELECT pg_temp.document(pg_temp.set_867('0001', 'PTD*SS~QTY*32*1*EA~LIN**VP*A~'),
    pg_temp.set_867('0002', (SELECT string_agg('PTD*SS***DI*INVOICE' || n || '~N1*ST*CUSTOMER NUMBER ' || n || '*92*C' || n || '~QTY*32*' || n || '*EA~LIN**VP*PART' || n || '~UIT*EA*2.50~', '') FROM generate_series(1, 30000) n)),
    pg_temp.set_867('0003', 'PTD*SS~QTY*32*3*EA~LIN**VP*C~')) AS d \gset
SELECT transaction_control, count(*), sum(quantity), min(line_no), max(line_no), count(DISTINCT invoice_no) AS invoices, count(DISTINCT ship_to_name) AS customers FROM x12_867(:'d') GROUP BY 1 ORDER BY 1;
SELECT transaction_control, line_no, vendor_part FROM x12_867(replace(:'d', 'SE*150003*', 'SE*150004*')) ORDER BY 1;
