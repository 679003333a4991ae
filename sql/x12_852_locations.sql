-- A stock report says where: by the N1 before, or by a list of locations.
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

SELECT replace(pg_temp.document(
    'ST*852*0001~XQ*H*20260801*20260831~N9*IA*REP-1~N1*DS*SUPPLY*92*S1~N1*RL*WEST*92*W~LIN*1*VP*A*UP*036000291452~CTP**RES*9.99~AMT*1*44~'
    || 'ZA*QA*10*EA~ZA*QS*3*EA*007*20260815~CTP**NET*8.50*****25.50~LIN*2*VP*B~ZA*OQ*5*CS~ZA*OQ*6*CS~N1*RL*EAST*92*E~LIN*3*VP*A~ZA*QA*20*EA~CTT*3~SE*19*0001~',
    'ST*852*0002~XQ*H*20260831~N1*DB*BRANCH*92*D1~LIN**VP*C~ZA*QS*17*EA~SDQ*EA*92*0101*12*0102*5~SDQ*EA*92*0103*1~'
    || 'ZA*QA**EA~SDQ*EA*92*0101*0*0102*4.5~ZA*QE*9*EA~SDQ*EA*92*0101*9~CTT*1~SE*13*0002~'), 'GS*PT', 'GS*PD') AS d \gset

SELECT line_no, transaction_no AS set, report_id, handling_code AS h, period_starts_on, period_ends_on, reporter_id, reporter_name, location_id_qualifier AS q,
    location_id, location_name
FROM x12_852(:'d') ORDER BY 1;
SELECT line_no, line_in_transaction AS in_set, vendor_part, gtin, activity_code AS activity, ordinal, activity_on, quantity, unit_of_measure AS uom,
    unit_price, price_basis AS basis, amount, item_amount
FROM x12_852(:'d') ORDER BY 1;

-- 12 + 5 + 1 is 18, not 17: the sum is checked, never added
SELECT severity, code, transaction_control AS set, position_in_transaction AS position, tag, value FROM x12_findings(:'d');
