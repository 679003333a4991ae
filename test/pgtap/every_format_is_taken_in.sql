-- A report is taken in whatever its format: X12 846, EDIFACT SLSRPT and INVRPT
-- become the same lines as an 867, an 852 or a CSV.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(18);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO distributor_identifier VALUES ('sender', 'S1', 1);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W1', 'W', true), (1, 2, 'W2', 'X', false);
INSERT INTO product (product_id, product_code, product_name, product_line, gtin) VALUES (1, 'P1', 'P', 'a', '04012345678901'), (2, 'P2', 'Q', 'a', NULL);
INSERT INTO product_uom (product_id, uom_code, numerator) VALUES (1, 'PCE', 1), (1, 'CT', 24);
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR');

CREATE FUNCTION pg_temp.lines() RETURNS TABLE (line_no integer, books_as text, kind text, day date, product_id bigint, warehouse_id bigint, quantity numeric, state text)
LANGUAGE sql AS $$
    SELECT l.line_no, l.books_as, coalesce(l.count_kind, l.reported_type), l.activity_on, l.product_id, l.warehouse_id, l.quantity, l.line_state
    FROM submission_line AS l WHERE l.submission_id = (SELECT max(submission_id) FROM submission) ORDER BY 1
$$;

-- A sales report: two sales, one of them in cartons, and a return.
SELECT results_eq($t$SELECT distributor_code, document_format, submission_state, lines_read, lines_ready, lines_refused FROM submit_report(
    E'UNB+UNOC:3+S1:14+V:14+260131:1200+R1''UNH+1+SLSRPT:D:96A:UN''BGM+73+REP1+9''DTM+137:20260131:102''DTM+90:20260101:102''DTM+91:20260131:102''NAD+SE+S1::9''CUX+2:EUR:10''LOC+162+W1::9''DTM+356:20260115:102''LIN+1++4012345678901:EN''PRI+AAE:10''QTY+153:5:PCE''LIN+2++4012345678901:EN''QTY+153:2:CT''LIN+3''PIA+1+P2:SA''QTY+153:-2''LIN+4''PIA+1+P9:SA''QTY+153:1''UNT+21+1''UNZ+1+R1''')$t$,
    $$VALUES ('D', 'edifact', 'validated', 4, 3, 1)$$, 'by its sender; one article is unknown');
SELECT results_eq('SELECT * FROM pg_temp.lines()', $$VALUES
    (1, 'sell_through', 'SS', date '2026-01-15', 1::bigint, 1::bigint, 5::numeric, 'ready'), (2, 'sell_through', 'SS', '2026-01-15', 1, 1, 48, 'ready'),
    (3, 'sell_through', 'RU', '2026-01-15', 2, 1, -2, 'ready'), (4, 'sell_through', 'SS', '2026-01-15', NULL, 1, 1, 'refused')$$,
    'a carton is 24 pieces; a negative sale is a return');
SELECT results_eq('SELECT transmission_no, report_nos, period_starts_on, period_ends_on, period_is_stated, submission_mode FROM submission',
    $$VALUES ('R1', '{REP1}'::text[], date '2026-01-01', date '2026-01-31', true, 'original')$$, 'its numbers and its period');
SELECT lives_ok('SELECT accept_submission(max(submission_id)) FROM submission', 'accepted');
SELECT is((SELECT sum(quantity) FROM sell_through), 51::numeric, 'booked: 5 + 48 - 2');

-- The same report replaced (5): one line less.
SELECT results_eq($t$SELECT submission_mode, lines_unchanged, facts_taken_back FROM submit_report(
    E'UNB+UNOC:3+S1:14+V:14+260201:1200+R2''UNH+1+SLSRPT:D:96A:UN''BGM+73+REP1+5''DTM+137:20260131:102''DTM+90:20260101:102''DTM+91:20260131:102''NAD+SE+S1::9''CUX+2:EUR:10''LOC+162+W1::9''DTM+356:20260115:102''LIN+1++4012345678901:EN''PRI+AAE:10''QTY+153:5:PCE''LIN+2++4012345678901:EN''QTY+153:2:CT''UNT+15+1''UNZ+1+R2''')$t$,
    $$VALUES ('replace', 2, 1)$$, 'purpose 5 replaces the period: the return is taken back');

-- Whom it was sold to (EDIFICE), at the price for resale and not the cost.
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'END', 'End User');
SELECT FROM submit_report(E'UNB+UNOC:3+S1:14+V:14+260301:1200+R9''UNH+1+SLSRPT:D:97A:ED:EDSR03''BGM+73+REP9+9''DTM+137:20260301:102''LIN+1++P2:VP''QTY+1:4''PRI+AAA:5::DIS''PRI+AAA:6::RES''RFF+DM:I9:2''NAD+MA+E1::91++END USER''UNT+10+1''UNZ+1+R9''');
SELECT results_eq($$SELECT reported_customer_id, reseller_id, invoice_no, invoice_line, unit_price FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission)$$,
    $$VALUES ('E1'::text, 1::bigint, 'I9'::text, '2'::text, 6::numeric)$$, 'the end customer of an item, its invoice line and its resale price');

-- A stock report.
SELECT results_eq($t$SELECT document_format, lines_read, lines_ready FROM submit_report(
    E'UNB+UNOC:3+S1:14+V:14+260131:1200+R3''UNH+1+INVRPT:D:96A:UN''BGM+35+INV1+9''DTM+137:20260131:102''DTM+366:20260131:102''NAD+GY+S1::9''LIN+1++4012345678901:EN''QTY+145:40:PCE''LOC+14+W2::9''LIN+2''PIA+1+P2:SA''QTY+17:7''QTY+46:3''UNT+13+1''UNZ+1+R3''')$t$,
    $$VALUES ('edifact', 3, 2)$$, 'an inventory report');
SELECT bag_eq('SELECT books_as, kind, day, product_id, quantity FROM pg_temp.lines()', $$VALUES
    ('inventory_count', 'on_hand', date '2026-01-31', 1::bigint, 40::numeric), ('inventory_count', 'on_hand', '2026-01-31', 2, 7), ('nothing', '46', '2026-01-31', 2, 3)$$,
    'actual stock and on hand are counts; what was delivered is kept and not booked');

-- What is wrong with an envelope is found, and its lines are not booked.
SELECT results_eq($t$SELECT submission_state, lines_read FROM submit_report(
    E'UNB+UNOC:3+S1:14+V:14+260131:1200+R4''UNH+1+SLSRPT:D:96A:UN''BGM+73+REP4+9''DTM+137:20260131:102''LIN+1''PIA+1+P2:SA''QTY+153:2''UNT+99+1''UNZ+1+R4''')$t$,
    $$VALUES ('rejected', 0)$$, 'a message with a wrong count is refused as a whole');
SELECT results_eq($$SELECT code FROM finding WHERE submission_id = (SELECT max(submission_id) FROM submission)$$, $$VALUES ('UNT_COUNT')$$, 'and it is said why');
SELECT results_eq($t$SELECT lines_read, lines_ready, lines_refused FROM submit_report(
    E'UNB+UNOC:3+S1:14+V:14+260131:1200+R5''UNH+1+SLSRPT:D:96A:UN''BGM+73+REP5+9''DTM+356:20260131:102''LIN+1''PIA+1+P2:SA''QTY+153:2''UNT+7+1''UNZ+9+R5''')$t$,
    'VALUES (1, 0, 1)', 'an interchange that is refused takes its lines along');

-- What comes to the same inbox and is no report says so, and is not taken for one
-- in which nothing was sold.
SELECT results_eq($t$SELECT submission_state, lines_read FROM submit_report(
    E'ISA*00*          *00*          *ZZ*S1             *ZZ*V              *260131*1200*U*00401*000000009*0*P*>~GS*FA*S1*V*20260131*1200*1*X*004010~ST*997*0001~AK1*PT*42~AK9*A*1*1*1~SE*4*0001~GE*1*1~IEA*1*000000009~')$t$,
    $$VALUES ('rejected', 0)$$, 'an acknowledgement');
SELECT FROM submit_report(E'UNB+UNOC:3+S1:14+V:14+260131:1200+R7''UNH+1+CONTRL:D:3:UN''UCI+R1+V:14+S1:14+7''UNT+3+1''UNZ+1+R7''');
SELECT results_eq($$SELECT code, value FROM finding WHERE code = 'NOT_A_REPORT' ORDER BY submission_id$$, $$VALUES ('NOT_A_REPORT'::text, '997'::text), ('NOT_A_REPORT', 'CONTRL')$$, 'says what it is');
SELECT is((SELECT count(*) FROM finding WHERE code = 'EMPTY_REPORT'), 0::bigint, 'and not that nothing was sold');

-- X12 846.
SELECT results_eq($t$SELECT document_format, lines_read, lines_ready FROM submit_report(
    E'ISA*00*          *00*          *ZZ*S1             *ZZ*V              *260131*1200*U*00401*000000001*0*P*>~GS*IB*S1*V*20260131*1200*1*X*004010~ST*846*0001~BIA*00*DD*INV2*20260228~LIN*1*VP*P1~QTY*33*12*EA~QTY*17*15*EA~LIN*2*VP*P2~QTY*17*9*EA~QTY*63*4*EA~CTT*2~SE*10*0001~GE*1*1~IEA*1*000000001~')$t$,
    $$VALUES ('x12', 4, 3)$$, 'an X12 inventory advice');
SELECT bag_eq('SELECT books_as, kind, day, product_id, quantity, state FROM pg_temp.lines()', $$VALUES
    ('nothing', 'on_hand', date '2026-02-28', 1::bigint, 12::numeric, 'not_booked'), ('inventory_count', 'on_hand', '2026-02-28', 1, 15, 'ready'),
    ('inventory_count', 'on_hand', '2026-02-28', 2, 9, 'ready'), ('inventory_count', 'on_order', '2026-02-28', 2, 4, 'ready')$$,
    'of on hand and available the first is the count');
SELECT throws_ok($$SELECT submit_report(E'UNB+UNOC:3+NOBODY:14+V:14+260131:1200+R1''UNZ+0+R1''')$$, 'ZD004', NULL, 'a sender that nobody knows');

SELECT * FROM finish();
ROLLBACK;
