-- Facts are append-only: corrections are rows, and a row is taken back once.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(39);

INSERT INTO distributor (distributor_code, distributor_name) VALUES ('D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default)
SELECT distributor_id, 'W', 'W', true FROM distributor;
INSERT INTO product (product_code, product_name, product_line) VALUES ('P', 'P', 'a.b');

CREATE FUNCTION pg_temp.sell(p_kind text, p_on date, p_quantity numeric, p_corrects bigint) RETURNS bigint
LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no,
        quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
    SELECT d.distributor_id, p_on, w.warehouse_id, p.product_id, p_on, 'I-1',
        p_quantity, 10, p_quantity * 10, 'EUR', p_kind, CASE WHEN p_corrects IS NOT NULL THEN p_on END, p_corrects
    FROM distributor AS d JOIN warehouse AS w USING (distributor_id) CROSS JOIN product AS p
    RETURNING sell_in_id
$$;

SELECT pg_temp.sell('original', '2026-01-05', 10, NULL) AS line \gset

-- Every fact table, every way to change it.
SELECT throws_ok(format('%s channel.%I%s', w.verb, t.name, w.rest), 'ZD001', 'facts are append-only', format('%s %s', w.verb, t.name))
FROM unnest(ARRAY['sell_in', 'sell_through', 'sell_out', 'inventory_count',
        'inventory_adjustment', 'inventory_transfer', 'accrual_entry', 'accrual_run']) AS t (name)
CROSS JOIN (VALUES ('UPDATE', ' SET recorded_at = now()'), ('DELETE FROM', ''), ('TRUNCATE', ' CASCADE')) AS w (verb, rest)
WHERE t.name <> 'accrual_run' OR w.verb <> 'UPDATE';

-- 10, then taken back, then 8 instead: what stands is 8.
SELECT pg_temp.sell('reversal', '2026-01-05', -10, :line) AS reversal \gset
SELECT is_empty('SELECT * FROM sell_in_as_of()', 'a reversed row no longer stands');
SELECT pg_temp.sell('replacement', '2026-01-05', 8, :line) AS replacement \gset
SELECT results_eq('SELECT quantity FROM sell_in_as_of()', 'VALUES (8.000)', 'its replacement does');
SELECT is((SELECT sum(quantity) FROM sell_in), 8.000, 'and the sum of all rows agrees');
SELECT throws_ok(format($$SELECT pg_temp.sell('reversal', '2026-01-05', -10, %s)$$, :line), '23505', NULL, 'a row is taken back once');
SELECT throws_ok($$SELECT pg_temp.sell('reversal', '2026-01-05', -10, NULL)$$, '23514', NULL, 'a correction says what it corrects');
SELECT throws_ok(format($$SELECT pg_temp.sell('original', '2026-01-05', 10, %s)$$, :line), '23514', NULL, 'an original corrects nothing');
SELECT throws_ok($$SELECT pg_temp.sell('reversal', '2026-01-06', -10, 1)$$, '23503', NULL, 'what is corrected exists on that day');
SELECT throws_ok($$INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT distributor_id, '2026-01-05', warehouse_id, 1, '2026-01-01', 'I', 1, 1, 1, 'EUR' FROM warehouse$$,
    '23514', NULL, 'nothing arrives before it was shipped');
SELECT throws_ok($$INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT distributor_id, '2026-01-05', warehouse_id, 1, '2026-01-05', 'I', 1, 1, -1, 'EUR' FROM warehouse$$,
    '23514', NULL, 'amount and quantity have one sign');

SELECT throws_ok($$INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT distributor_id, '2026-01-05', warehouse_id, 1, '2026-01-05', 'I', 'NaN', 1, 'NaN', 'EUR' FROM warehouse$$,
    '23514', NULL, 'a quantity is a number');
SELECT throws_ok($$INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity)
    SELECT distributor_id, 'infinity', warehouse_id, 1, 1 FROM warehouse$$,
    '23514', NULL, 'a day is a day');
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity)
    SELECT w.distributor_id, '2026-01-31', w.warehouse_id, p.product_id, q.quantity
    FROM warehouse AS w CROSS JOIN product AS p CROSS JOIN (VALUES (1, 10), (2, 7)) AS q (place, quantity) ORDER BY q.place;
SELECT is((SELECT on_hand_qty FROM inventory_as_of('2026-01-31')), 7.000, 'of two counts of one day the later one counts');

-- Knowledge: before the correction was recorded, the original stood.
SELECT is((SELECT count(*) FROM sell_in_as_of('infinity', now() - interval '1 second')), 0::bigint, 'nothing was known before');
SELECT is((SELECT count(*) FROM sell_in_as_of('2026-01-04')), 0::bigint, 'nothing had happened before');

INSERT INTO submission (distributor_id, report_kind, document_format, document) SELECT distributor_id, 'mixed', 'csv', 'x' FROM distributor;
SELECT throws_ok($$UPDATE submission SET document = 'y'$$, 'ZD001', NULL, 'a document is kept as it came');
SELECT throws_ok($$DELETE FROM submission$$, 'ZD001', NULL, 'and for ever');

SELECT * FROM finish();
ROLLBACK;
