-- What a line of a report is: by PTD06 before PTD01, by what was agreed on with
-- the distributor where a code says too little, by words in a CSV; whose sale it
-- is when the customer is masked; where stock lies when a place has a name only.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(18);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES
    (1, 1, 'W', 'W', true), (1, 3, 'DALLAS', 'D', false), (2, 2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR'), (2, 'EUR');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'R', 'XX Trading');

-- A document of one transaction set, and what becomes of its lines.
CREATE FUNCTION pg_temp.read(p_set text, p_body text, p_distributor text DEFAULT 'D')
RETURNS TABLE (books_as text, kind text, quantity numeric, is_return boolean, customer text, warehouse_id bigint, state text)
LANGUAGE plpgsql AS $$
DECLARE
    v_no text := lpad((SELECT count(*) + 1 FROM submission)::text, 9, '0');
    v_head text := CASE p_set WHEN '867' THEN 'BPT*00*R' || v_no || '*20260131*SS~' ELSE 'BIA*00*DD*R' || v_no || '*20260131~' END;
    v_id bigint;
BEGIN
    v_id := (submit_report(format('ISA*00*          *00*          *ZZ*S              *ZZ*V              *260131*1200*U*00401*%s*0*P*>~GS*%s*S*V*20260131*1200*1*X*004010~ST*%s*0001~%sSE*%s*0001~GE*1*1~IEA*1*%s~',
        v_no, CASE p_set WHEN '867' THEN 'PT' ELSE 'IB' END, p_set, v_head || p_body, length(p_body) - length(replace(p_body, '~', '')) + 3, v_no), p_distributor)).submission_id;
    RETURN QUERY
    SELECT l.books_as, coalesce(l.reason_code, l.reported_type), trim_scale(l.quantity), l.is_return,
        concat_ws(' / ', l.reported_customer_id, l.reported_customer_name), l.warehouse_id, l.line_state
    FROM submission_line AS l WHERE l.submission_id = v_id ORDER BY l.line_no;
END
$$;

-- PTD06 (EDI 4): a stock sale that went to a branch, came from the vendor, went
-- back to it, or was an adjustment, is no sale; from the customer it is a return.
SELECT results_eq($$SELECT x.movement, r.books_as, r.kind, r.quantity, r.is_return
    FROM unnest(ARRAY['DC', 'CD', 'TI', 'TO', 'MD', 'DM', 'AI', 'AO']) WITH ORDINALITY AS x (movement, n), pg_temp.read('867', 'PTD*SS***DI*I' || x.n || '*' || x.movement || '~DTM*003*20260115~QTY*32*5*EA~LIN**VP*P~') AS r ORDER BY x.n$$,
    $$VALUES ('DC', 'sell_through', 'SS', 5::numeric, false), ('CD', 'sell_through', 'SS', -5, true),
        ('TI', 'nothing', 'IB', 5, false), ('TO', 'nothing', 'IB', 5, false), ('MD', 'nothing', 'RC', 5, false),
        ('DM', 'inventory_adjustment', 'vendor_return', -5, false), ('AI', 'inventory_adjustment', 'adjustment', 5, false),
        ('AO', 'inventory_adjustment', 'adjustment', -5, false)$$, 'the direction of PTD06 goes before that of PTD01');

-- CO, BR, BO: by agreement, else an error.
SELECT results_eq($$SELECT kind, state FROM pg_temp.read('867', 'PTD*CO~DTM*003*20260116~QTY*32*2*EA~LIN**VP*P~PTD*BO~DTM*003*20260116~QTY*32*3*EA~LIN**VP*P~')$$,
    $$VALUES ('CO', 'refused'), ('BO', 'refused')$$, 'a code that means what was agreed on is refused where nothing was');
SELECT is((SELECT count(*) FROM finding WHERE code = 'BAD_CODE' AND line_no IS NOT NULL), 2::bigint, 'and found');
INSERT INTO report_transfer_type (distributor_id, reported_type, transfer_type) VALUES (1, 'CO', 'SM'), (1, 'BO', 'RU'), (1, 'BR', 'BB'), (1, 'Devolução', 'RU');
SELECT results_eq($$SELECT books_as, kind, quantity, is_return, state FROM pg_temp.read('867', 'PTD*CO~DTM*003*20260116~QTY*32*2*EA~LIN**VP*P~PTD*BO~DTM*003*20260116~QTY*32*3*EA~LIN**VP*P~PTD*BR~DTM*003*20260116~QTY*32*4*EA~LIN**VP*P~')$$,
    $$VALUES ('inventory_adjustment', 'sample', -2::numeric, false, 'ready'), ('sell_through', 'RU', -3, true, 'ready'), ('nothing', 'BB', 4, false, 'not_booked')$$,
    'a replacement leaves the stock, another code is a return, a third is nothing');
SELECT results_eq($$SELECT kind, state FROM pg_temp.read('867', 'PTD*CO~DTM*003*20260117~QTY*32*2*EA~LIN**VP*P~', 'E')$$, $$VALUES ('CO', 'refused')$$, 'to this distributor and to no other');
SELECT throws_ok($$INSERT INTO report_transfer_type VALUES (1, 'BQ', 'QQ')$$, '23503', NULL, 'it means a code that there is');

-- Words of a CSV.
SELECT FROM submit_report(E'Type,Date,Part No,Qty\nPointOfSaleDocument,2026-01-20,P,5\nPointOfSaleReturnDocument,2026-01-20,P,2\nCredit Note,2026-01-20,P,1\nDevolução,2026-01-20,P,4\nSales Report,2026-01-21,P,6\nru,2026-01-21,P,3\nGift,2026-01-21,P,1\n', 'D');
SELECT results_eq($$SELECT reported_type, trim_scale(quantity), line_state FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission) ORDER BY line_no$$,
    $$VALUES ('SS', 5::numeric, 'ready'), ('RU', -2, 'ready'), ('RU', -1, 'ready'), ('RU', -4, 'ready'), ('SS', 6, 'ready'), ('RU', -3, 'ready'), ('Gift', 1, 'refused')$$,
    'words for sales and returns, and those that were agreed on; any other is refused');
INSERT INTO sell_through_staging (transaction_type, sold_on, vendor_part, quantity) VALUES ('Devolução', '2026-01-22', 'P', '4'), ('CO', '2026-01-22', 'P', '2'), ('Customer Returns', '2026-01-22', 'P', '1');
SELECT FROM submit_staged('D');
SELECT results_eq($$SELECT reported_type, trim_scale(quantity), books_as FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission) ORDER BY line_no$$,
    $$VALUES ('RU', -4::numeric, 'sell_through'), ('SM', -2, 'inventory_adjustment'), ('RU', -1, 'sell_through')$$, 'likewise in a load');

-- Masked customers: one for each area of three digits (EDI 6).
SELECT results_eq($$SELECT x.n, r.customer FROM (VALUES
        (1, 'N1*ST*XX*92*XX~N3*XX~N4*XX*XX*183000000~'), (2, 'N1*ST*BLOCKED PER CUSTOMER~N4*RENO*NV*895~'), (3, 'N1*ST*XXXXXX~'), (4, 'N1*ST*REAL*92*XX~'),
        (5, 'N1*ST*XX*92*C7~'), (6, 'N1*ST*XXL SHOP*92*C8~N4*RENO*NV*895010000~'), (7, 'N1*BT*XX*92*XX~N1*ST*XX*92*XX~N4*XX*XX*18355~')) AS x (n, party),
    pg_temp.read('867', 'PTD*SS~DTM*003*202602' || lpad(x.n::text, 2, '0') || '~' || x.party || 'QTY*32*1*EA~LIN**VP*P~') AS r ORDER BY x.n$$,
    $$VALUES (1, 'ANONYMOUS 183'), (2, 'ANONYMOUS 895'), (3, 'ANONYMOUS'), (4, 'REAL'), (5, 'C7'), (6, 'C8 / XXL SHOP'), (7, 'ANONYMOUS 183')$$,
    'a name or number that is masked is none; without either, the area is the customer');
SELECT results_eq($$SELECT reported_customer_postcode FROM submission_line WHERE reported_customer_id = 'C8'$$, $$VALUES ('89501')$$, 'four zeros that fill up a ZIP code are no part of it');
SELECT results_eq($$SELECT DISTINCT alias FROM reseller_match ORDER BY alias$$, $$VALUES ('C7'), ('C8'), ('real')$$, 'nobody is asked who they are');
SELECT is((SELECT count(*) FROM submission_line WHERE reported_customer_id LIKE 'ANON%' AND reseller_id IS NOT NULL), 0::bigint, 'nor taken for somebody whose name is like the mask');
SELECT FROM submit_report(E'Date,Part No,Qty,Customer ID,Customer Name,Zip\n2026-02-20,P,5,XX,XXXX,183\n2026-02-20,P,6,,,183\n2026-02-20,P,7,12,XX,183\n', 'D');
SELECT results_eq($$SELECT concat_ws(' / ', reported_customer_id, reported_customer_name) FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission) ORDER BY line_no$$,
    $$VALUES ('ANONYMOUS 183'), ('ANONYMOUS 183'), ('12')$$, 'likewise in a CSV');
SELECT lives_ok($$SELECT map_reseller('D', 'id', 'ANONYMOUS 183', 'R')$$, 'who wants to keep an area apart can map it');
SELECT FROM submit_report(E'Date,Part No,Qty,Customer Name,Zip\n2026-02-21,P,5,XX,18355\n', 'D');
SELECT results_eq($$SELECT reseller_id FROM submission_line WHERE submission_id = (SELECT max(submission_id) FROM submission)$$,
    'VALUES (1::bigint)', 'and it counts from then on');

-- 846, SCH: the stock of each place, which has a name and no number (EDI 3.3).
SELECT results_eq($$SELECT books_as, quantity, warehouse_id, state FROM pg_temp.read('846', 'LIN**VP*P~QTY*33*10*EA~SCH*4*EA*WH*DALLAS*097*20260130~SCH*6*EA*WH*RENO*097*20260130~CTT*1~')$$,
    $$VALUES ('inventory_count', 4::numeric, 3::bigint, 'ready'), ('inventory_count', 6, NULL, 'refused')$$, 'a place that has a name only is that place, not the default one');
SELECT results_eq($$SELECT code, value FROM finding WHERE code = 'UNKNOWN_WAREHOUSE'$$, $$VALUES ('UNKNOWN_WAREHOUSE'::text, 'RENO'::text)$$, 'and is found where nobody knows it');

-- A period of which one end is said is none: the sale is not outside of it.
SELECT FROM pg_temp.read('867', 'DTM*327*20260331~PTD*SS~DTM*003*20260118~QTY*32*9*EA~LIN**VP*P~');
SELECT results_eq($$SELECT period_starts_on, period_ends_on, period_is_stated FROM submission ORDER BY submission_id DESC LIMIT 1$$,
    $$VALUES (date '2026-01-18', date '2026-01-18', false)$$, 'the end of a quarter alone states no period');

SELECT * FROM finish();
ROLLBACK;
