-- What a code means is asked once and remembered. So a line is the same whether
-- there is memory for all codes or for a few, whether it was loaded or came as
-- CSV, and what the engine is given to ask is what the model was created with.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(19);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT n, 'D' || n, 'D' FROM generate_series(1, 3) AS n;
INSERT INTO report_profile (distributor_id, default_currency, decimal_mark, date_order) SELECT n, 'EUR', '.', 'ymd' FROM generate_series(1, 3) AS n;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default)
SELECT d, w, 'W' || w, 'W', w = 1 FROM generate_series(1, 3) AS d, generate_series(1, 2) AS w;
INSERT INTO product (product_id, product_code, product_name, product_line, gtin)
SELECT n, 'P-' || n, 'P', 'a', CASE WHEN n % 3 = 0 THEN lpad(n::text, 13, '0')
    || (10 - (SELECT sum(substr(lpad(n::text, 13, '0'), i, 1)::int * CASE i % 2 WHEN 1 THEN 3 ELSE 1 END) FROM generate_series(1, 13) AS i) % 10) % 10 END
FROM generate_series(1, 3000) AS n;
INSERT INTO product_alias (distributor_id, alias, product_id) SELECT d, 'own ' || n, n FROM generate_series(1, 3) AS d, generate_series(1, 3000) AS n;
INSERT INTO product_uom (product_id, uom_code, numerator, denominator, valid_from)
SELECT n, 'CS', 12, 1, date '2020-01-01' FROM generate_series(1, 3000) AS n
UNION ALL
SELECT n, 'CS', 10, 1, date '2026-02-01' FROM generate_series(1, 3000) AS n
UNION ALL
SELECT n, 'M', 1, 3, date '2020-01-01' FROM generate_series(1, 3000) AS n;
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR'), (2, 'M', 'USD');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price)
SELECT 1, n, date '2026-01-01', date '2026-01-20', 10 FROM generate_series(1, 3000) AS n
UNION ALL
SELECT 1, n, date '2026-01-21', NULL, 16 FROM generate_series(1, 3000) AS n;
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) SELECT n, 'R' || n, 'Shop ' || n FROM generate_series(1, 3000) AS n;
UPDATE reseller SET merged_into_id = 1 WHERE reseller_id % 100 = 2;
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method)
SELECT d, 'id', 'C' || n, n, 'accepted', 'mapping' FROM generate_series(1, 3) AS d, generate_series(1, 3000) AS n
UNION ALL
SELECT d, 'name', 'shop ' || n, n, 'accepted', 'mapping' FROM generate_series(1, 3) AS d, generate_series(1, 3000) AS n;

SELECT setseed(0.7);
CREATE TEMPORARY TABLE cell AS
SELECT n,
    'I-' || n AS invoice_no,
    (ARRAY[NULL, 'SS', 'SS', 'SS', 'RU', 'return', 'Sale', 'XX', 'IR'])[1 + floor(random() * 9)::int] AS transaction_type,
    (ARRAY['2026-01-05', '2026-01-25', '2026-02-03', '20260203', '2026-02-31', 'soon', NULL])[1 + floor(random() * random() * 7)::int] AS sold_on,
    CASE WHEN random() < 0.7 THEN 'P-' || (1 + floor(random() * 3010)::int) END AS vendor_part,
    CASE WHEN random() < 0.3 THEN (SELECT coalesce(p.gtin, '4012345678902') FROM product AS p WHERE p.product_id = 1 + n % 3000) END AS gtin,
    CASE WHEN random() < 0.5 THEN 'own ' || (1 + floor(random() * 3010)::int) END AS distributor_part,
    (ARRAY['1', '2', '3', '12', '-4', '0', '1.5', '2.0005', '1,000', 'x', NULL, '999999999999'])[1 + floor(random() * random() * 12)::int] AS quantity,
    (ARRAY[NULL, 'EA', 'ea', 'CS', 'cs', 'M', 'BX'])[1 + floor(random() * 7)::int] AS uom,
    (ARRAY['10', '12.5', '16', '120', '160', '-10', '3.33333', 'dear', NULL])[1 + floor(random() * 9)::int] AS unit_price,
    (ARRAY[NULL, '10', '20', '-10', '32', '1,000', '12.345678', 'x'])[1 + floor(random() * random() * 8)::int] AS amount,
    (ARRAY[NULL, 'EUR', 'USD', 'XXX'])[1 + floor(random() * random() * 4)::int] AS currency_code,
    CASE WHEN random() < 0.7 THEN 'C' || (1 + floor(random() * 3010)::int) END AS customer_id,
    CASE WHEN random() < 0.6 THEN 'SHOP  ' || (1 + floor(random() * 3010)::int) END AS customer_name,
    (ARRAY[NULL, 'W1', 'W2', 'W9'])[1 + floor(random() * random() * 4)::int] AS warehouse
FROM generate_series(1, 3000) AS n;

INSERT INTO sell_through_staging (load_id, transaction_type, invoice_no, sold_on, vendor_part, gtin, distributor_part, quantity, uom,
    unit_price, amount, currency_code, customer_id, customer_name, warehouse)
SELECT l.load_id, coalesce(c.transaction_type, l.blank), c.invoice_no, coalesce(c.sold_on, l.blank), coalesce(c.vendor_part, l.blank), coalesce(c.gtin, l.blank),
    coalesce(c.distributor_part, l.blank), coalesce(c.quantity, l.blank), coalesce(c.uom, l.blank), coalesce(c.unit_price, l.blank), coalesce(c.amount, l.blank),
    coalesce(c.currency_code, l.blank), coalesce(c.customer_id, l.blank), coalesce(c.customer_name, l.blank), coalesce(c.warehouse, l.blank)
FROM cell AS c
CROSS JOIN (VALUES ('little', ''), ('much', NULL)) AS l (load_id, blank)
ORDER BY l.load_id, c.n;
SET LOCAL work_mem = '64kB';
SELECT is((submit_staged('D1', 'little')).lines_read, 3000, 'a load with memory for a few codes');
SET LOCAL work_mem = '64MB';
SELECT is((submit_staged('D2', 'much')).lines_read, 3000, 'the same with memory for all, and no text for blank');
SELECT is((submit_report('Invoice,Type,Date,Part No,GTIN,SKU,Qty,UOM,Price,Amount,Currency,Customer Id,Customer Name,Warehouse' || E'\n'
    || (SELECT string_agg(concat_ws(',', c.invoice_no, coalesce(c.transaction_type, ''), coalesce(c.sold_on, ''), coalesce(c.vendor_part, ''), coalesce(c.gtin, ''),
            coalesce(c.distributor_part, ''), coalesce('"' || c.quantity || '"', ''), coalesce(c.uom, ''), coalesce(c.unit_price, ''), coalesce('"' || c.amount || '"', ''),
            coalesce(c.currency_code, ''), coalesce(c.customer_id, ''), coalesce(c.customer_name, ''), coalesce(c.warehouse, '')), E'\n' ORDER BY c.n) FROM cell AS c) || E'\n', 'D3')).lines_read,
    3000, 'the same as CSV');

CREATE TEMPORARY VIEW resolved AS
SELECT l.distributor_id, l.line_no, l.is_return, l.books_as, l.activity_on, l.warehouse_id, l.product_id, l.reseller_id,
    l.quantity, l.unit_price, l.amount, l.currency_code, l.reported_type, l.reason_code, l.reported_unit_quantity,
    l.reported_vendor_part, l.reported_quantity, l.reported_uom, l.reported_price, l.reported_amount, l.line_state
FROM submission_line AS l;
CREATE TEMPORARY VIEW found AS
SELECT f.distributor_id, f.line_no, f.severity, f.code, f.value FROM finding AS f WHERE f.line_no IS NOT NULL;
SELECT is_empty($$
    SELECT l.* FROM (SELECT (to_jsonb(r) - 'distributor_id') AS line FROM resolved AS r WHERE r.distributor_id = 1
        EXCEPT SELECT (to_jsonb(r) - 'distributor_id') FROM resolved AS r WHERE r.distributor_id = 2) AS l$$, 'lines are resolved alike in any memory');
SELECT is_empty($$
    SELECT l.* FROM (SELECT (to_jsonb(r) - 'distributor_id') AS line FROM resolved AS r WHERE r.distributor_id = 3
        EXCEPT SELECT (to_jsonb(r) - 'distributor_id') FROM resolved AS r WHERE r.distributor_id = 2) AS l$$, 'and in any format');
SELECT is_empty($$
    SELECT f.* FROM (SELECT (to_jsonb(r) - 'distributor_id') AS line FROM found AS r WHERE r.distributor_id = 1
        EXCEPT SELECT (to_jsonb(r) - 'distributor_id') FROM found AS r WHERE r.distributor_id = 2) AS f$$, 'so is what is wrong with them');
SELECT ok(count(*) FILTER (WHERE line_state = 'ready') > 200 AND count(*) FILTER (WHERE line_state = 'refused') > 200
    AND count(DISTINCT product_id) > 1000 AND count(DISTINCT reseller_id) > 1000 AND count(reported_unit_quantity) > 200,
    'there is something to compare') FROM resolved WHERE distributor_id = 2;
SELECT results_eq($$SELECT DISTINCT l.quantity / l.reported_unit_quantity, l.activity_on >= '2026-02-01' FROM resolved AS l
    WHERE l.distributor_id = 2 AND l.reported_uom = 'cs' AND l.quantity <> 0 AND l.product_id IS NOT NULL ORDER BY 1$$,
    $$VALUES (10::numeric, true), (12, false)$$, 'a case is what it is on the day');
SELECT is_empty($$SELECT FROM resolved AS l JOIN reseller AS r USING (reseller_id) WHERE r.merged_into_id IS NOT NULL$$, 'who was merged is who it was merged into');

-- The look-ups are functions of the model, found by name.
CREATE TYPE few AS (line_no integer, product_id bigint, is_sound boolean);
INSERT INTO sell_through_staging (load_id, sold_on, vendor_part, quantity, unit_price, customer_id) VALUES ('one', '2026-01-05', 'P-7', '1', '10', 'C5'), ('one', '2026-01-05', 'P-7', '0', '10', 'C5');
SELECT results_eq($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    'VALUES (1, 7::bigint, true), (2, 7, false)', 'columns are known by name');
CREATE TYPE wrong AS (line_no integer, product_id text);
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::wrong, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42804', 'rows of the model are not of the shape that they have', 'a column that nobody has');
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::integer, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42804', 'result is not a type of a model', 'a result of no model');
ALTER FUNCTION product_of_code(text) VOLATILE;
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42P13', 'function of the model is not as it was created', 'a look-up that is another one');
ALTER FUNCTION product_of_code(text) STABLE;
ALTER FUNCTION product_of_code(text) RENAME TO product_by_code;
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42883', 'function channel.product_of_code(text) does not exist', 'a look-up that is not there');
ALTER FUNCTION product_by_code(text) RENAME TO product_of_code;

-- Types that are other ones are told, never read as what they are not.
ALTER TYPE few ADD ATTRIBUTE is_stock boolean, DROP ATTRIBUTE product_id;
SELECT results_eq($$SELECT line_no, is_sound, is_stock FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    'VALUES (1, true, false), (2, false, false)', 'an attribute that was dropped');
SELECT results_eq($$SELECT line_no, is_sound FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, 50, NULL)$$,
    'VALUES (1, false), (2, false)', 'half a band the rule has to look at');
ALTER TYPE staged_type RENAME ATTRIBUTE is_return TO comes_back;
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42P13', 'type of the model is not as it was created', 'an attribute that is not there');
ALTER TYPE staged_type RENAME ATTRIBUTE comes_back TO is_return;
ALTER FUNCTION line_kind_of(text, text) RENAME TO real_line_kind_of;
CREATE FUNCTION line_kind_of(text, text) RETURNS bigint LANGUAGE sql STABLE RETURN 1;
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42P13', 'function of the model is not as it was created', 'no row where a row is due');
DROP FUNCTION line_kind_of(text, text);
CREATE TYPE kind_of_another_model AS (books_as bigint, takes_out boolean, reason_code text, count_kind text, is_stock boolean, is_known boolean);
CREATE FUNCTION line_kind_of(text, text) RETURNS kind_of_another_model LANGUAGE sql STABLE RETURN ROW(1, true, 'x', 'x', true, true)::kind_of_another_model;
SELECT throws_ok($$SELECT * FROM resolve_lines(NULL::few, 'staged', 'one', 2, 1, 'EUR', '{EUR}', '{00}', '2026-12-31', 0, NULL, NULL)$$,
    '42P13', 'type of the model is not as it was created', 'a number where a text is due');
SELECT * FROM finish();
ROLLBACK;
