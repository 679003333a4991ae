-- The rollups say what the facts say after every kind of load, folded or not.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(25);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (1, 2, 'X', 'X'), (2, 3, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a');

PREPARE owned AS SELECT warehouse_id, product_id, owned_qty, counted_on FROM stock_owned ORDER BY 1, 2;
PREPARE differences AS SELECT * FROM verify_rollups();

-- COPY
COPY sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code) FROM stdin;
1	2026-01-05	1	1	2026-01-08	I-1	100	10	1000	EUR
1	2026-01-05	1	2	2026-01-08	I-1	50	10	500	EUR
1	2026-02-05	2	1	2026-02-08	I-2	70	10	700	USD
2	2026-01-05	3	1	2026-01-05	I-3	20	10	200	EUR
\.
-- several rows, months and kinds in one statement
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code) VALUES
    (1, '2026-01-09', 1, 1, 'SS', 10, 15, 150, 'EUR'),
    (1, '2026-02-09', 1, 1, 'SS', 20, 15, 300, 'EUR'),
    (1, '2026-02-10', 1, 1, 'RP', -5, 15, -75, 'EUR'),
    (1, '2026-02-10', 1, 2, 'DS', 3, NULL, NULL, 'EUR');
SELECT is((SELECT count(*) FROM rollup_day) + (SELECT count(*) FROM rollup_stock), 0::bigint, 'a load touches deltas alone');
SELECT results_eq('owned', $$VALUES (1::bigint, 1::bigint, 75.000, NULL::date), (1, 2, 50.000, NULL), (2, 1, 70.000, NULL), (3, 1, 20.000, NULL)$$, 'the stock is right before the fold');
SELECT is_empty('differences', 'and so is everything');
SELECT results_eq($$SELECT (f).day_rows, (f).product_month_rows, (f).stock_rows FROM (SELECT fold_rollups() AS f OFFSET 0) AS x$$,
    -- days: 5 Jan (D), 5 Feb USD, 5 Jan (E), 9 Jan, 9 Feb, 10 Feb
    -- months: P Jan, Q Jan, P Feb USD, E Jan, P Feb EUR, Q Feb EUR
    'VALUES (6::bigint, 6::bigint, 4::bigint)', 'the fold adds them up');
SELECT is((SELECT count(*) FROM rollup_day_delta) + (SELECT count(*) FROM rollup_product_month_delta) + (SELECT count(*) FROM rollup_stock_delta), 0::bigint, 'nothing is left');
SELECT results_eq('owned', $$VALUES (1::bigint, 1::bigint, 75.000, NULL::date), (1, 2, 50.000, NULL), (2, 1, 70.000, NULL), (3, 1, 20.000, NULL)$$, 'the views say the same after it');
SELECT is_empty('differences', 'and so does everything');
SELECT results_eq($$SELECT month_on, currency_code, sell_in_qty, sell_through_qty, sell_through_amount, build_qty, customer_return_qty FROM channel_balance WHERE distributor_id = 1 ORDER BY 1, 2$$,
    $$VALUES (date '2026-01-01', 'EUR', 150.000, 10.000, 150.0000, 140.000, 0::numeric),
        ('2026-02-01', 'EUR', 0, 18.000, 225.0000, -18.000, 5.000),
        ('2026-02-01', 'USD', 70.000, 0, 0, 70.000, 0)$$, 'the balance of the channel comes from them');

-- A statement, or a transaction, that is taken back.
SAVEPOINT s;
INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code) VALUES (1, '2026-02-11', 1, 1, -7, 'scrap');
SELECT results_eq('SELECT owned_qty FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', 'VALUES (68.000)', 'an adjustment');
ROLLBACK TO SAVEPOINT s;
SELECT results_eq('SELECT owned_qty FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', 'VALUES (75.000)', 'taken back leaves nothing');

-- A count sets; what is dated before it no longer matters, what comes after does.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity) VALUES (1, '2026-02-15', 1, 1, 60);
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, count_kind) VALUES (1, '2026-02-16', 1, 1, 9, 'committed');
SELECT results_eq('SELECT owned_qty, counted_on FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', $$VALUES (60.000, date '2026-02-15')$$, 'a count sets the stock, other counts do not');
SELECT ok((fold_rollups()).stock_rows = 1, 'folded');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES
    (1, '2026-02-14', 1, 1, 'SS', 11, 'EUR');
SELECT results_eq('SELECT owned_qty FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', 'VALUES (60.000)', 'a late sale before the count changes nothing');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES
    (1, '2026-02-16', 1, 1, 'SS', 4, 'EUR');
SELECT results_eq('SELECT owned_qty FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', 'VALUES (56.000)', 'one after it does, together with a late one');
SELECT ok((fold_rollups()).stock_rows = 1, 'folded');
SELECT is_empty('differences', 'and verified');

-- Reversals, of facts and of the count itself.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, entry_kind, corrects_counted_on, corrects_line_id)
SELECT distributor_id, counted_on, warehouse_id, product_id, -quantity, 'reversal', counted_on, inventory_count_id
FROM inventory_count WHERE count_kind = 'on_hand';
SELECT results_eq('SELECT owned_qty, counted_on FROM stock_owned WHERE warehouse_id = 1 AND product_id = 1', 'VALUES (60.000, NULL::date)', 'without the count: 75 - 11 - 4');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
SELECT distributor_id, sold_on, warehouse_id, product_id, transfer_type, -quantity, currency_code, 'reversal', sold_on, sell_through_id
FROM sell_through WHERE quantity = 11;
INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity) VALUES (1, '2026-02-20', 1, 2, 1, 15);
SELECT results_eq('owned', $$VALUES (1::bigint, 1::bigint, 56.000, NULL::date), (1, 2, 50.000, NULL), (2, 1, 85.000, NULL), (3, 1, 20.000, NULL)$$, 'a reversed sale, a transfer');
SELECT results_eq($$SELECT sum(sell_through_lines), sum(sell_through_qty), sum(customer_return_qty) FROM channel_day$$,
    'VALUES (5::numeric, 32.000, 5.000)', 'a reversal takes its line out of every measure');
SELECT is_empty('differences', 'verified');

-- A reversal that is no mirror.
SELECT throws_ok($$INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
    SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity + 1, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
    FROM sell_in WHERE quantity = 70$$, 'ZD020', NULL, 'a reversal is the negative of its row');
SELECT throws_ok($$INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity, entry_kind, corrects_transferred_on, corrects_line_id)
    SELECT distributor_id, transferred_on, to_warehouse_id, from_warehouse_id, product_id, -quantity, 'reversal', transferred_on, inventory_transfer_id FROM inventory_transfer$$,
    'ZD020', NULL, 'between the same warehouses');

-- What was loaded past the triggers is found, and put right.
ALTER TABLE sell_through DISABLE TRIGGER USER;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (2, '2026-03-01', 3, 1, 'SS', 2, 'EUR');
ALTER TABLE sell_through ENABLE TRIGGER USER;
SELECT results_eq('SELECT rollup_name, distributor_id FROM verify_rollups() ORDER BY 1',
    $$VALUES ('rollup_day', 2::bigint), ('rollup_product_month', 2), ('rollup_stock', 2)$$, 'what was loaded past the triggers is found');
SELECT results_eq($$SELECT (f).day_rows, (f).product_month_rows, (f).stock_rows FROM (SELECT rebuild_rollups() AS f OFFSET 0) AS x$$,
    -- rows that change: days 1 March, and of what was pending 14 Feb, 16 Feb
    -- were folded; pending: reversal on 14 Feb; months Mar, Feb; stock W, X, E
    'VALUES (2::bigint, 2::bigint, 3::bigint)', 'and put right');
SELECT is_empty('differences', 'verified');

SELECT * FROM finish();
ROLLBACK;
