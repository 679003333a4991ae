-- What was booked is not booked again: by the hash, by the key of a line unless
-- it was taken back, by likeness, by days that were reported before.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(24);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (1, 2, 'X', 'X', false);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P-1', 'P', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'R', 'R'), (2, 'S', 'S');
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method) VALUES (1, 'id', 'r', 1, 'accepted', 'mapping'), (1, 'id', 's', 2, 'accepted', 'mapping');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR');

-- Submits rows and accepts them; returns the codes of what was found across files.
CREATE FUNCTION pg_temp.book(VARIADIC p_rows text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    r submission_result;
    codes text;
BEGIN
    r := submit_report('Invoice,Line,Type,Date,Part No,Qty,Price,Customer Id,Warehouse' || E'\n' || array_to_string(p_rows, E'\n') || E'\n', 'D');
    SELECT string_agg(concat_ws(' ', f.line_no, f.code), ', ' ORDER BY f.line_no NULLS FIRST, f.code) INTO codes
    FROM finding AS f
    JOIN validation_rule AS v ON v.rule_code = f.code AND v.rule_level = 'cross_file'
    WHERE f.submission_id = r.submission_id AND f.code <> 'OVERLAP';
    IF NOT r.is_repeat THEN
        PERFORM accept_submission(r.submission_id);
    END IF;
    RETURN CASE WHEN r.is_repeat THEN 'repeat' ELSE codes END;
END
$$;
CREATE FUNCTION pg_temp.sold() RETURNS numeric
LANGUAGE sql AS $$ SELECT sum(quantity) FROM sell_through $$;

-- The bytes.
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9,r,'), NULL, 'a first report');
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9,r,'), 'repeat', 'the same bytes');

-- The key of the line.
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9.00,r,W'), '1 DUP_LINE', 'the same line in other bytes');
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9,r,X'), NULL, 'not the same: another warehouse');
SELECT is(pg_temp.book('I-1,2,,2026-01-05,P-1,10,9,r,'), NULL, 'not the same: another line of the invoice');
SELECT is(pg_temp.sold(), 30::numeric, 'booked: 10 + 10 + 10');

-- Net-zeroed by the opposite, it may be sold again; the opposite is none.
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,-10,9,r,'), NULL, 'what reverses is no duplicate');
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9,r,', 'Z,1,,2026-01-05,P-1,1,9,r,'), NULL, 'what was net-zeroed is none');
SELECT is(pg_temp.book('I-1,1,,2026-01-05,P-1,10,9,r,', 'Z,2,,2026-01-05,P-1,1,9,r,'), '1 DUP_LINE', 'once it stands again it is one');
SELECT is(pg_temp.book('R-1,1,RU,2026-01-06,P-1,-2,9,r,'), NULL, 'a return');
SELECT is(pg_temp.book('R-1,1,RU,2026-01-06,P-1,-2,9.0,r,'), '1 DUP_LINE', 'the same return again');

-- Corrected by hand: as it stands, and as it was sent, twice over.
SELECT lives_ok($$SELECT correct_lines('D', '[{"match": {"invoice_no": "I-1", "invoice_line": "2"}, "set": {"quantity": 8}}]', 'counted')$$, 'corrected');
SELECT lives_ok($$SELECT correct_lines('D', '[{"match": {"invoice_no": "I-1", "invoice_line": "2"}, "set": {"unit_price": 7}}]', 'agreed')$$, 'and again');
SELECT is(pg_temp.book('I-1,2,,2026-01-05,P-1,10,9.0,r,'), '1 DUP_LINE', 'the line as it was sent');
SELECT is(pg_temp.book('I-1,2,,2026-01-05,P-1,8,7,r,'), '1 DUP_LINE', 'the line as it stands');
SELECT lives_ok($$SELECT correct_lines('D', '[{"match": {"invoice_no": "I-1", "invoice_line": "2"}, "set": {"quantity": null}}]', 'never sold')$$, 'taken back');
SELECT is(pg_temp.book('I-1,2,,2026-01-05,P-1,10,9.000,r,'), NULL, 'what was taken back may be sent again');

-- Without an invoice the customer tells them apart.
SELECT is(pg_temp.book(',,,2026-02-05,P-1,3,9,r,', ',,,2026-02-05,P-1,3,9,r,'), NULL, 'two in one report are two');
SELECT is(pg_temp.book(',,,2026-02-05,P-1,3,9,s,', ',,,2026-02-05,P-1,3,9.0,r,', ',,,2026-02-05,P-1,3,9.0,r,', ',,,2026-02-05,P-1,3,9.0,r,'),
    '2 DUP_LINE_NO_INVOICE, 3 DUP_LINE_NO_INVOICE', 'two of three are there already; another customer is another sale');

-- Adjustments.
SELECT is(pg_temp.book(',,SC,2026-03-05,P-1,4,,,'), NULL, 'scrapped');
SELECT is(pg_temp.book(',,SC,2026-03-05,P-1,4.0,,,', ',,SC,2026-03-06,P-1,4,,,'), '1 DUP_LINE', 'the same scrap again, and another one');

-- Alike, and days that were reported before.
SELECT is(pg_temp.book('N-1,1,,2026-04-05,P-1,5,9,r,'), NULL, 'sold');
SELECT is(pg_temp.book('N-1,1,,2026-04-07,P-1,5,9,r,', 'N-2,1,,2026-04-05,P-1,5,9,r,'), '1 NEAR_DUPLICATE', 'the same line on another day');
SELECT ok(EXISTS (SELECT FROM finding WHERE code = 'OVERLAP' AND severity = 'warn' AND submission_id = (SELECT max(submission_id) FROM submission)),
    'days that another report had');

SELECT * FROM finish();
ROLLBACK;
