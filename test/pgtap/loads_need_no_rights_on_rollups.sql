-- A role that may insert facts and nothing else loads them; the rollups follow,
-- and it can neither write them nor have them written by a table of its own.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(14);

CREATE ROLE distmgmt_loader;
CREATE SCHEMA loader AUTHORIZATION distmgmt_loader;
GRANT USAGE ON SCHEMA channel, distmgmt TO distmgmt_loader;
GRANT INSERT ON sell_in, sell_through, inventory_count, inventory_adjustment, inventory_transfer, inventory_receipt, inventory_reprice TO distmgmt_loader;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (1, 2, 'X', 'X');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');

CREATE TABLE loader.forged (LIKE channel.sell_in);
ALTER TABLE loader.forged OWNER TO distmgmt_loader;

SET LOCAL ROLE distmgmt_loader;
SELECT lives_ok($$INSERT INTO sell_in (distributor_id, shipped_on, sell_in_id, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    OVERRIDING SYSTEM VALUE VALUES (1, '2026-01-05', 1001, 1, 1, 'infinity', 'I', 50, 5, 250, 'EUR'), (1, '2026-01-05', 1002, 1, 1, '2026-01-05', 'I', 30, 5, 150, 'EUR')$$, 'sell-in');
SELECT lives_ok($$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (1, '2026-01-07', 1, 1, 'SS', 4, 'EUR')$$, 'sell-through');
SELECT lives_ok($$INSERT INTO inventory_receipt (distributor_id, received_on, shipped_on, sell_in_id, quantity) VALUES (1, '2026-01-06', '2026-01-05', 1001, 20)$$, 'a receipt');
SELECT lives_ok($$INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code) VALUES (1, '2026-01-08', 1, 1, -1, 'scrap')$$, 'an adjustment');
SELECT lives_ok($$INSERT INTO inventory_transfer (distributor_id, transferred_on, from_warehouse_id, to_warehouse_id, product_id, quantity) VALUES (1, '2026-01-09', 1, 2, 1, 5)$$, 'a transfer');
SELECT lives_ok($$INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code) VALUES (1, '2026-01-10', 1, 1, 4, 'EUR')$$, 'a reprice');
SELECT lives_ok($$INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity) VALUES (1, '2026-01-11', 2, 1, 6)$$, 'a count');
-- A reversal is checked against a row that the loader may not read.
SELECT throws_ok($$INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
    VALUES (1, '2026-01-05', 1, 1, '2026-01-05', 'I', -29, 5, -145, 'EUR', 'reversal', '2026-01-05', 1002)$$, 'ZD020', NULL, 'a crooked reversal is refused');
SELECT throws_ok('SELECT * FROM sell_in', '42501', NULL, 'the loader reads nothing');
SELECT throws_ok($$INSERT INTO rollup_stock_delta (distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at) VALUES (1, 1, 1, 1, '2026-01-01', '2026-01-01', false, now())$$,
    '42501', NULL, 'and writes no rollup');
SELECT throws_ok('CREATE TRIGGER forged AFTER INSERT ON loader.forged REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION stock_sell_in()',
    '42501', NULL, 'nor has it written from a table of its own');
-- Names of its own in front change nothing.
CREATE TEMP TABLE rollup_day_delta (distributor_id bigint) ON COMMIT DROP;
SELECT lives_ok($$INSERT INTO channel.sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code) VALUES (1, '2026-01-12', 1, 1, 'SS', 2, 'EUR')$$, 'names in front');
RESET ROLE;
-- 80 shipped, 6 sold, 1 scrapped, 5 sent to the other warehouse, where 6 are counted
SELECT results_eq('SELECT warehouse_id, owned_qty FROM stock_owned ORDER BY 1', 'VALUES (1::bigint, 68::numeric), (2, 6)', 'the stock follows');
SELECT is_empty('SELECT * FROM verify_rollups()', 'and so does everything');

SELECT * FROM finish();
ROLLBACK;
