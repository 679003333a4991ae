-- Ship-and-debit: price basis, quantity limit, reasons, duplicates and reversals,
-- claims before the sale, double-dip (300 and not 780), the 849. Numbers by hand.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(60);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT n, 'D0' || n, 'D' FROM generate_series(1, 3) AS n;
INSERT INTO distributor_identifier (identifier_qualifier, identifier, distributor_id) VALUES ('sender', 'D01', 1);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT n, n, 'W', 'W', true FROM generate_series(1, 3) AS n;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'PART-9', 'P', 'a'), (2, 'PART-8', 'Q', 'a');
INSERT INTO product_uom (product_id, uom_code, numerator) VALUES (1, 'CA', 10);
INSERT INTO end_customer (end_customer_id, end_customer_name) VALUES (1, 'Ada'), (2, 'Bob');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price) VALUES (1, 1, '2026-01-01', '2026-04-30', 48), (1, 1, '2026-05-01', NULL, 40), (1, 2, '2026-01-01', NULL, 20);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT n, 'A' || n, 'A', n FROM generate_series(1, 3) AS n;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, price_protection_days) SELECT n, 1, '2026-01-01', 'EUR', CASE n WHEN 1 THEN 90 END FROM generate_series(1, 3) AS n;
INSERT INTO ship_debit_term (agreement_id, version_no, price_basis, claim_days) VALUES (2, 1, 'contract', 60), (3, 1, 'book', NULL);
SELECT is((SELECT count(*) FROM (SELECT activate_agreement('A' || n) FROM generate_series(1, 3) AS n) AS a), 3::bigint, 'agreements in force');
SELECT is((SELECT count(*) FROM reject_code), 25::bigint, 'the reasons of X12 901 are data: 01 to 21, 23 to 25, ZZ');

INSERT INTO special_price (distributor_id, special_price_id, authorization_no, end_customer_id, currency_code, valid_from, valid_to, requested_by)
SELECT d, 10 * d + n, 'SD' || n, 1, 'EUR', '2026-05-01', '2026-08-31', 'sales' FROM generate_series(1, 3) AS d, generate_series(1, 4) AS n;
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, book_price, resale_price, limit_qty)
SELECT d, 10 * d + 1, 1, 'EUR', date '2026-05-01', 35, 45, 60, 100 FROM generate_series(1, 3) AS d
UNION ALL SELECT 1, 12, 1, 'EUR', '2026-05-01', 41, NULL, NULL, NULL
UNION ALL SELECT 1, 14, 1, 'EUR', '2026-05-01', 35, NULL, NULL, 12;
SELECT is((SELECT count(*) FROM (SELECT decide_special_price('D0' || d, 'SD' || n, n <> 3) FROM generate_series(1, 3) AS d, unnest(ARRAY[1, 2, 3, 4]) AS n WHERE d = 1 OR n = 1) AS x), 6::bigint, 'authorizations; SD3 is refused');

-- 200 bought at 48; the price falls to 40 on 1 May, 8 each are paid; 60 are sold at 35 on 10 May.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT d, '2026-04-10', d, 1, '2026-04-10', 'I', 200, 48, 9600, 'EUR' FROM generate_series(1, 3) AS d;
SELECT is((SELECT amount FROM run_price_protection('2026-05-01')), 1600.0000, '200 x 8');
SELECT is((SELECT count(*) FROM decide_claims(ARRAY(SELECT claim_id FROM claim), p_by => 'boss')), 1::bigint, 'approved');
SELECT is((SELECT delta_amount FROM post_claims('2026-05-02')), 1600.0000, 'posted');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, end_customer_id, transfer_type, invoice_no, contract_no, quantity, unit_price, amount, currency_code)
SELECT d, '2026-05-10', d, 1, 1, 'SD', 'INV1', 'SD1', 60, 50, 3000, 'EUR' FROM generate_series(1, 3) AS d;
CREATE TEMPORARY VIEW claimed AS SELECT '[{"claim_no": "C-1", "line_ref": "1", "contract_no": "SD1", "product": "PART-9", "quantity": 60, "special_price": 35, "cost_price": 48, "amount": 780, "invoice_no": "INV1", "shipped_on": "2026-05-10"}]'::jsonb AS lines;
SELECT results_eq($$SELECT accepted_amount FROM file_ship_debits('D01', (SELECT lines FROM claimed), '2026-05-20', p_dry_run => true)$$, 'VALUES (300.0000)', 'a dry run');
SELECT is_empty($$SELECT * FROM ship_debit$$, 'enters nothing');
SELECT results_eq($$SELECT verdict, accepted_qty, basis_price, accepted_amount, claimed_amount, reject_codes, details FROM file_ship_debits('D01', (SELECT lines FROM claimed), '2026-05-20', p_idempotency_key => 'k')$$,
    $$VALUES ('partial', 60.000, 40.0000000000000000::numeric, 300.0000, 780.0000, '{07}'::text[], '{"cost 48.0000, found 40.0000"}'::text[])$$, '(40 - 35) x 60 = 300, not (48 - 35) x 60 = 780');
SELECT is((SELECT count(*) FROM file_ship_debits('D01', (SELECT lines FROM claimed), '2026-05-20', p_idempotency_key => 'k')), 1::bigint, 'the same key again');
SELECT throws_ok($$SELECT * FROM file_ship_debits('D01', (SELECT lines FROM claimed), '2026-05-20')$$, '23505', NULL, 'a number is used once');
SELECT results_eq($$SELECT accepted_amount, price_basis FROM file_ship_debits('D02', (SELECT lines FROM claimed), '2026-05-20')$$, $$VALUES (600.0000, 'contract')$$, 'by contract: (45 - 35) x 60');
SELECT results_eq($$SELECT accepted_amount, price_basis FROM file_ship_debits('D03', (SELECT lines FROM claimed), '2026-05-20')$$, $$VALUES (300.0000, 'book')$$, 'by the list of the day: (40 - 35) x 60');
SELECT results_eq('SELECT authorization_no, drawn_qty, left_qty FROM special_price_terms WHERE distributor_id = 1 AND drawn_qty > 0', $$VALUES ('SD1', 60.000, 40.000)$$, 'the authorization is drawn down');
SELECT is((SELECT sum(delta_amount) FROM post_claims('2026-05-21')), 1200.0000, 'owed without an approval: 300 + 600 + 300');

-- The same line again; a reversing line; then again.
CREATE FUNCTION pg_temp.again(p_no text, p_qty numeric) RETURNS SETOF ship_debit_state LANGUAGE sql AS $$
    SELECT s.* FROM channel.file_ship_debits('D01', jsonb_build_array((SELECT lines -> 0 FROM claimed) || jsonb_build_object('claim_no', p_no, 'quantity', p_qty, 'amount', p_qty * 5, 'cost_price', 40)), '2026-05-22') AS s
$$;
SELECT results_eq($$SELECT verdict, reject_codes FROM pg_temp.again('C-2', 60)$$, $$VALUES ('rejected', '{12}'::text[])$$, 'claimed twice');
SELECT results_eq($$SELECT verdict, accepted_qty, accepted_amount FROM pg_temp.again('C-3', -60)$$, $$VALUES ('accepted', -60.000, -300.0000)$$, 'a reversing line is no duplicate');
SELECT results_eq('SELECT drawn_qty FROM special_price_terms WHERE distributor_id = 1 AND authorization_no = ''SD1''', 'VALUES (0.000)', 'the authorization has its units back');
SELECT is((SELECT earned_qty FROM unit_earning_state WHERE distributor_id = 1), 0.000, 'and so has the sale');
SELECT results_eq($$SELECT verdict, accepted_amount FROM pg_temp.again('C-4', 60)$$, $$VALUES ('accepted', 300.0000)$$, 'and can be claimed again');
SELECT results_eq($$SELECT verdict, reject_codes FROM pg_temp.again('C-5', 60)$$, $$VALUES ('rejected', '{12}'::text[])$$, 'once');
SELECT is((SELECT sum(delta_amount) FROM post_claims('2026-05-22')), 0.0000, '-300 + 300');
SELECT is_empty($$SELECT * FROM judge_ship_debits(ARRAY(SELECT claim_id FROM ship_debit)) EXCEPT SELECT * FROM ship_debit_state$$, 'judged again, all is the same');
SELECT is((SELECT max(verdict_no) FROM ship_debit_verdict), 1, 'and nothing is entered');

-- Claimed before the sale is reported: it waits.
SELECT results_eq($$SELECT verdict, reject_codes FROM file_ship_debits('D01', '[{"claim_no": "C-6", "contract_no": "SD4", "product": "PART-9", "quantity": 10, "amount": 50, "invoice_no": "INV2", "shipped_on": "2026-06-01"}]', '2026-06-02')$$,
    $$VALUES ('pended', '{25}'::text[])$$, 'pended, not rejected');
SELECT is((SELECT claim_state FROM claim_state WHERE claim_no = 'C-6'), 'pended', 'the claim waits');
SELECT is_empty($$SELECT * FROM judge_ship_debits() EXCEPT SELECT * FROM ship_debit_state$$, 'still waits');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, end_customer_id, transfer_type, invoice_no, contract_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-06-01', 1, 1, 1, 'SD', 'INV2', 'SD4', 10, 50, 500, 'EUR'), (1, '2026-06-02', 1, 1, 1, 'SD', 'INV3', 'SD4', 5, 50, 250, 'EUR'), (1, '2026-06-03', 1, 1, 1, 'SD', 'INV4', 'SD4', 5, 50, 250, 'EUR');
SELECT results_eq($$SELECT verdict, accepted_amount FROM judge_ship_debits()$$, $$VALUES ('accepted', 50.0000)$$, 'accepted once it is reported: (40 - 35) x 10');

-- The quantity limit of 12: 2 of 5 are left, then none; a return gives back.
SELECT results_eq($$SELECT verdict, accepted_qty, accepted_amount, reject_codes FROM file_ship_debits('D01', '[{"claim_no": "C-7", "contract_no": "SD4", "product": "PART-9", "quantity": 5, "amount": 25, "invoice_no": "INV3", "shipped_on": "2026-06-02"}]', '2026-06-05')$$,
    $$VALUES ('partial', 2.000, 10.0000, '{04}'::text[])$$, '12 - 10 = 2 are left');
SELECT is((SELECT earned_qty FROM unit_earning_state WHERE sold_on = '2026-06-02'), 2.000, 'the other 3 of the sale are free');
SELECT results_eq($$SELECT verdict, reject_codes FROM file_ship_debits('D01', '[{"claim_no": "C-8", "contract_no": "SD4", "product": "PART-9", "quantity": 5, "amount": 25, "invoice_no": "INV4", "shipped_on": "2026-06-03"}]', '2026-06-05')$$,
    $$VALUES ('rejected', '{05}'::text[])$$, 'nothing is left');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, end_customer_id, transfer_type, invoice_no, contract_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-06-10', 1, 1, 1, 'BN', 'CN1', 'SD4', -4, 50, -200, 'EUR');
SELECT results_eq($$SELECT verdict, accepted_qty, accepted_amount FROM file_ship_debits('D01', '[{"claim_no": "C-9", "contract_no": "SD4", "product": "PART-9", "quantity": -4, "amount": -20, "invoice_no": "CN1", "shipped_on": "2026-06-10"}]', '2026-06-11')$$,
    $$VALUES ('accepted', -4.000, -20.0000)$$, 'a return: 4 x 5 is taken back');
SELECT is((SELECT left_qty FROM special_price_terms WHERE authorization_no = 'SD4'), 4.000, 'and 4 units are given back');
SELECT results_eq($$SELECT accepted_qty, reject_codes FROM judge_ship_debits(ARRAY(SELECT claim_id FROM claim WHERE claim_no = 'C-8'))$$, $$VALUES (4.000, '{04}'::text[])$$, 'which another claim can use');
SELECT cmp_ok((SELECT max(drawn_qty) FROM special_price_terms WHERE authorization_no = 'SD4'), '<=', 12.000, 'never over-drawn');

-- Every reason is collected.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, end_customer_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-07-01', 1, 1, 2, 'SD', 'INV5', 1, 61, 61, 'EUR'), (1, '2026-07-02', 1, 1, 1, 'SD', 'INV6', 20, 50, 1000, 'EUR');
SELECT results_eq($$SELECT line_no, verdict, reject_codes FROM file_ship_debits('D01', '[
    {"claim_no": "C-10", "contract_no": "NONE", "product": "PART-7", "quantity": 1, "invoice_no": "X", "shipped_on": "2026-06-01", "warehouse": "NOWHERE"},
    {"claim_no": "C-10", "contract_no": "SD1", "product": "PART-8", "quantity": 1, "invoice_no": "X", "shipped_on": "2026-09-30"},
    {"claim_no": "C-10", "contract_no": "SD1", "product": "PART-9", "quantity": 1, "shipped_on": "2026-04-30"},
    {"claim_no": "C-10", "contract_no": "SD3", "product": "PART-9", "quantity": 1, "invoice_no": "X", "shipped_on": "2026-06-01"},
    {"claim_no": "C-10", "contract_no": "SD1", "product": "PART-9", "quantity": 1, "invoice_no": "INV5", "shipped_on": "2026-07-01"},
    {"claim_no": "C-10", "contract_no": "SD2", "product": "PART-9", "quantity": 20, "invoice_no": "INV6", "shipped_on": "2026-07-02"},
    {"claim_no": "C-10", "contract_no": "SD1", "product": "PART-9", "quantity": 1, "unit_of_measure": "PL", "invoice_no": "X", "shipped_on": "2026-06-01"}]', '2026-07-31')$$,
    $$VALUES (1, 'rejected', '{01,08,14}'::text[]), (2, 'rejected', '{02,03,18}'), (3, 'rejected', '{15,19}'), (4, 'rejected', '{23}'), (5, 'rejected', '{16,ZZ}'), (6, 'rejected', '{17}'), (7, 'rejected', '{ZZ}')$$,
    'not only the first: authorization, warehouse, part; expired, not on it, in the future; no invoice, too early; refused; resale above, another customer; 41 is not below 40; unit');
SELECT is((SELECT details[1] FROM ship_debit_state WHERE claim_no = 'C-10' AND line_no = 5), 'resale 61.0000, authorized 60.0000', 'each says what it was found from');
SELECT results_eq($$SELECT verdict, reject_codes, details FROM file_ship_debits('D02', '[{"claim_no": "C-11", "contract_no": "SD1", "product": "PART-9", "quantity": 1, "amount": 1, "special_price": 36, "invoice_no": "INV1", "shipped_on": "2026-05-10"}]', '2026-07-31')$$,
    $$VALUES ('rejected', '{ZZ,06}'::text[], '{"claimed 82 days after the sale, 60 are allowed","special 36.0000, authorized 35.0000"}'::text[])$$, 'too late, and at another price');
SELECT throws_ok($$INSERT INTO ship_debit_verdict (distributor_id, claim_id, line_no, verdict_no, verdict, reject_codes, accepted_qty, accepted_amount) SELECT distributor_id, claim_id, line_no, 9, 'rejected', '{99}', 0, 0 FROM ship_debit_line LIMIT 1$$,
    '23503', NULL, 'reasons are those of the table');

-- Cases of 10: 2 cases of the sale of 20.
SELECT results_eq($$SELECT claimed_qty, accepted_qty, accepted_amount, reject_codes FROM file_ship_debits('D01', '[{"claim_no": "C-12", "contract_no": "SD1", "product": "PART-9", "quantity": 2, "unit_of_measure": "CA", "special_price": 350, "cost_price": 400, "amount": 100, "invoice_no": "INV6", "shipped_on": "2026-07-02"}]', '2026-07-31')$$,
    $$VALUES (20.000, 20.000, 100.0000, '{}'::text[])$$, 'in cases: 20 x 5');
SELECT results_eq($$SELECT verdict, reject_codes FROM file_ship_debits('D01', '[{"claim_no": "C-13", "contract_no": "SD1", "product": "PART-9", "quantity": 3, "amount": 15, "invoice_no": "INV6", "shipped_on": "2026-07-02"}]', '2026-07-31')$$,
    $$VALUES ('rejected', '{ZZ}'::text[])$$, 'another quantity on the same sale: its units are claimed');

-- The 844 of EDI.md, and its 849.
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by) VALUES (1, 99, 'SD4711', 'p', 'EUR', '2026-08-01', '2026-12-31', 'sales');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, limit_qty) VALUES (1, 99, 2, 'EUR', '2026-08-01', 41, 8);
UPDATE product SET product_code = 'PART-0' WHERE product_id = 1; UPDATE product SET product_code = 'PART-9' WHERE product_id = 2;
SELECT is((decide_special_price('D01', 'SD4711', true)).special_price_state, 'approved', 'the authorization of the 844');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) VALUES (1, '2026-08-01', 1, 2, '2026-08-01', 'I', 100, 50, 5000, 'EUR');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, quantity, currency_code) VALUES (1, '2026-08-15', 1, 2, 'SD', 'INV55', 10, 'EUR');
CREATE TEMPORARY TABLE doc AS SELECT 'ISA*00*          *00*          *ZZ*D01            *ZZ*VENDOR         *260901*1200*U*00401*000000001*0*P*>~GS*CF*D01*VENDOR*20260901*1200*1*X*004010~ST*844*0001~BAA*00*CE*20260901*D9*CLM778~N1*DB*DIST*92*D01~N1*MF*VENDOR*92*V1~CON*CT*SD4711*VA~PAD*1*SD~LIN**VP*PART-9~UIT*EA*41.00*CT~UIT*EA*50.00*DI~QTY*32*10*EA~AMT*S*90~REF*DI*INV55~DTM*003*20260815~CTT*1~AMT*S*90~SE*16*0001~GE*1*1~IEA*1*000000001~' AS document;
SELECT results_eq($$SELECT claim_no, line_ref, verdict, accepted_qty, accepted_amount, reject_codes FROM submit_ship_debit((SELECT document FROM doc))$$,
    $$VALUES ('CLM778', '1', 'partial', 8.000, 72.0000, '{04}'::text[])$$, '8 of 10 are left: 8 x (50 - 41)');
SELECT is((SELECT count(*) FROM submit_ship_debit((SELECT document FROM doc))), 1::bigint, 'the same document again');
SELECT is((SELECT count(*) FROM claim WHERE claim_no = 'CLM778'), 1::bigint, 'is one claim');
CREATE TEMPORARY TABLE answer AS SELECT x12_849_of((SELECT claim_id FROM claim WHERE claim_no = 'CLM778'), '2026-09-05 10:00') AS document;
SELECT ok((SELECT document LIKE '%ST*849*0001~BRC*00*20260905*D9*CLM778~CON*CT*SD4711*VA~PAD*1*SD~LIN**VP*PART-9~AAA*Y**04*C~QTY*32*8*EA~AMT*A*72~CTT*1~SE*10*0001~%' FROM answer), 'the answer');
SELECT is_empty($$SELECT code FROM x12_findings((SELECT document FROM answer)) AS f$$, 'is a right document');
SELECT results_eq($$SELECT document_id, contract_no, line_id, quantity, approved_amount, reject_reason, is_accepted, receiver_id FROM x12_849((SELECT document FROM answer))$$,
    $$VALUES ('CLM778'::text, 'SD4711'::text, '1'::text, 8::numeric, 72::numeric, '04'::text, true, 'D01'::text)$$, 'and read back');
SELECT throws_ok($$SELECT x12_849_of(-1)$$, 'ZD131', NULL, 'no answer without a claim');

-- CSV.
SELECT results_eq($$SELECT claim_no, verdict, reject_codes FROM submit_ship_debit(E'Claim No;Contract No;Product;Quantity;Invoice No;Shipped On;Amount\nC-20;SD4711;PART-9;1;INV56;2026-08-16;9\nC-21;SD4711;PART-9;1;;2026-08-16;9\n', 'D01', '2026-09-01') ORDER BY 1$$,
    $$VALUES ('C-20', 'pended', '{25}'::text[]), ('C-21', 'rejected', '{15}')$$, 'by CSV; one line does not spoil the other');
SELECT throws_ok($$SELECT * FROM submit_ship_debit('nothing', 'D01')$$, 'ZD130', NULL, 'nothing to read');
SELECT throws_ok($$SELECT * FROM submit_ship_debit('a;b', 'D99')$$, 'P0002', NULL, 'nobody known');

-- Somebody rejects a line by hand; the liability ties.
SELECT is((SELECT verdict FROM reject_ship_debit_line((SELECT claim_id FROM claim WHERE claim_no = 'C-6'), 1, '10', 'agreed by phone')), 'rejected', 'rejected by hand');
SELECT is((SELECT assessed_amount FROM claim_state WHERE claim_no = 'C-6'), 0.0000, 'the claim is worth nothing');
SELECT throws_ok($$SELECT reject_ship_debit_line((SELECT claim_id FROM claim WHERE claim_no = 'C-7'), 7, '10')$$, 'ZD131', NULL, 'no such line');
SELECT lives_ok($$SELECT * FROM post_claims('2026-09-30')$$, 'posted');
SELECT is((SELECT sum(posted_amount) FROM claim_state WHERE claim_kind = 'ship_debit'), (SELECT sum(accepted_amount) FROM ship_debit_state), 'what is owed is the sum of what was accepted');
SELECT lives_ok($$SELECT * FROM settle_claims('2026-09-30')$$, 'settled');
SELECT is((SELECT sum(closing_amount) FROM claim_liability_between('2026-01-01', '2026-12-31')), 0.0000, 'nothing is owed any more');
SELECT is_empty('SELECT * FROM unit_earning_state WHERE free_qty < 0', 'no unit was debited twice');
SELECT * FROM finish();
ROLLBACK;
