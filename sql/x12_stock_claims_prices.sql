-- Stock (846), claims and their answers (844, 849), authorizations (845), prices (832).
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
CREATE FUNCTION pg_temp.document_of(functional text, body text) RETURNS text
RETURN replace(pg_temp.document(body), 'GS*PT', 'GS*' || functional);

-- 846, a quantity spread by SCH: 6 + 2 = 8, the QTY itself is no line; a
-- product without a quantity states nothing
SELECT pg_temp.document_of('IB',
    'ST*846*0001~BIA*00*DD*R1*20260902~DTM*097*20260901~CUR*SE*USD~N1*DS*INGRAM*1*043109560~LIN*1*VP*A*UP*036000291452~PID*F****NAME~QTY*33*8*EA~'
    || 'SCH*6*EA*WH*DALLAS*097*20260831~SCH*2*EA*WH*RENO*097*20260831~LIN*2*VP*B~LIN*3*VP*C~QTY*17*-1*EA~UIT*EA*2.50*WH~QTY*74*3*EA~CTT*3*10~SE*17*0001~') AS d \gset
SELECT line_no, report_id AS report, report_type AS type, report_on, reporter_id, location_id_qualifier AS q, location_id, location_name, vendor_part AS part,
    gtin, description, source, ordinal, counted_on, quantity_qualifier AS kind, quantity, unit_price, currency_code AS cur
FROM x12_846(:'d') ORDER BY 1;
SELECT * FROM x12_findings(:'d');

-- locations: one for the LINs that follow; one within a LIN, for its
-- quantities only; SDQ beside the QTYs
SELECT pg_temp.document_of('IB',
    'ST*846*0001~BIA*00*DD*R1*20260902~N1*WH*WEST*92*W~LIN**VP*A~QTY*17*1*EA~LIN**VP*B~QTY*17*2*EA~N1*WH*EAST*92*E~LIN**VP*A~QTY*17*3*EA~'
    || 'LIN**VP*B~N1*WH*NORTH*92*N~QTY*17*4*EA~N1*WH*SOUTH*92*S~QTY*17*5*EA~LIN**VP*C~QTY*17*6*EA~SDQ*EA*92*X*7*Y*8~CTT*5~SE*20*0001~') AS d \gset
SELECT line_no, vendor_part AS part, location_id, source, quantity FROM x12_846(:'d') ORDER BY 1;
SELECT code, value, message FROM x12_findings(:'d');

-- EDI.md 3.4: a claim of 10 x (50 - 41) = 90, and its refusal by reason 04:
-- the authorized quantity is exceeded; correct and resubmit
SELECT pg_temp.document_of('CF',
    'ST*844*0001~BAA*00*CE*20260901*D9*CLM778~N1*DB*DIST*92*D01~N1*MF*VENDOR*92*V1~CON*CT*SD4711*VA~PAD*1*SD~LIN**VP*PART-9~UIT*EA*41.00*CT~UIT*EA*50.00*DI~QTY*32*10*EA~AMT*S*90~REF*DI*INV55~DTM*003*20260815~CTT*1~AMT*S*90~SE*16*0001~') AS d \gset
SELECT transaction_set AS set, purpose, transaction_type AS type, document_on, document_id, reporter_id, vendor_id, contract_qualifier AS q, contract_no, contract_status AS st
FROM x12_844(:'d');
SELECT line_id, transfer_type, vendor_part, quantity, unit_of_measure AS uom, prices, price_bases, requested_amount, approved_amount, invoice_no, invoice_on, is_accepted
FROM x12_844(:'d');
SELECT * FROM x12_findings(:'d');
SELECT code, value, message FROM x12_findings(replace(:'d', 'AMT*S*90~REF', 'AMT*S*91~REF'));
SELECT pg_temp.document_of('CF',
    'ST*849*0001~BRC*00*20260905*D9*CLM778~CON*CT*SD4711*VA~PAD*1*SD~LIN**VP*PART-9~AAA*N**04*C~QTY*32*10*EA~AMT*A*0~CTT*1~SE*10*0001~') AS d \gset
SELECT transaction_set AS set, document_id, contract_no, line_id, vendor_part, quantity, approved_amount, is_accepted, reject_reason, follow_up FROM x12_849(:'d');
SELECT * FROM x12_findings(:'d');
-- an answer for a contract holds for its lines, unless they have their own
SELECT pg_temp.document_of('CF',
    'ST*849*0001~BRC*00*20260905*D9*C1~AAA*Y~CON*CT*A~PAD*1~QTY*32*1~CON*CT*B~AAA*N**01*D~PAD*2~QTY*32*2~PAD*3~AAA*Y~QTY*32*3~CTT*3~SE*15*0001~') AS d \gset
SELECT contract_no, line_id, quantity, is_accepted, reject_reason, follow_up FROM x12_849(:'d') ORDER BY line_no;

-- 845: from when to when, for whom, at what price
SELECT pg_temp.document_of('PA',
    'ST*845*0001~BPA*00*20260901*CT*SD1~CUR*SE*USD~N1*MF*VENDOR*92*V1~CON*CT*SD4711*VA~DTM*007*20261001~DTM*036*20261231~N1*EN*ACME*92*E7~PAD*1*SD~CTP**CON*41.00*100*EA~LIN**VP*PART-9~QTY*83*500*EA~CTT*1~SE*14*0001~') AS d \gset
SELECT document_id, vendor_id, contract_no, contract_starts_on, contract_ends_on, customer_id, customer_name, vendor_part, quantity, unit_price, price_basis, currency_code
FROM x12_845(:'d');
SELECT * FROM x12_findings(:'d');

-- 832: a row per price, one for a product without; the innermost dates hold
SELECT pg_temp.document_of('SC',
    'ST*832*0001~BCT*PC*CAT-1********00~DTM*007*20261001~CUR*SE*USD~N1*SE*VENDOR*92*V1~LIN*1*VP*A~DTM*007*20261101~PID*F****NAME~CTP**RES*9.99*1*EA~CTP**DIS*7.50*100*EA~DTM*036*20261231~LIN*2*VP*B~CTT*2~SE*14*0001~') AS d \gset
SELECT line_no, purpose, catalog_no, line_id, vendor_part, description, price_id, unit_price, from_quantity, unit_of_measure AS uom, currency_code AS cur, starts_on, ends_on
FROM x12_832(:'d') ORDER BY 1;
SELECT * FROM x12_findings(:'d');
