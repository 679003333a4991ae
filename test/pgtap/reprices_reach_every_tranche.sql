-- Stock that is repriced costs the new price from that day on: on hand, on its
-- way, in every replay, with checkpoints and without, and no unit is paid twice.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(22);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (1, 2, 'X', 'X');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');

-- SEMANTICS 2.6: 100 at 50 and 200 at 48 on hand, 150 at 48 on their way; 180
-- sold by 30 April; cut to 40 on 1 May. 2.5: then 60 resold under a special
-- price of 35.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at) VALUES
    (1, '2026-03-01', 1, 1, '2026-03-01', 'T1', 100, 50, 5000, 'EUR', '2026-03-01'),
    (1, '2026-04-10', 1, 1, '2026-04-10', 'T2', 200, 48, 9600, 'EUR', '2026-04-10'),
    (1, '2026-04-28', 1, 1, '2026-05-03', 'T3', 150, 48, 7200, 'EUR', '2026-04-28'),
    (1, '2026-05-01', 1, 1, '2026-05-04', 'T4', 10, 41, 410, 'EUR', '2026-05-01');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code, recorded_at) VALUES
    (1, '2026-04-30', 1, 1, 'SS', 180, 'EUR', '2026-05-10'),
    (1, '2026-05-02', 1, 1, 'SD', 60, 'EUR', '2026-05-10');
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, claim_kind, claim_id, recorded_at)
VALUES (1, '2026-05-01', 1, 1, 40, 'EUR', 'price_protection', 7, '2026-05-12');

CREATE FUNCTION pg_temp.of_sale(k timestamptz) RETURNS TABLE (cost numeric, claim numeric) LANGUAGE sql AS $$
    SELECT (position).moved_cost, (position).moved_cost - 35 * quantity
    FROM (
        SELECT m.*, inventory_position(kind, quantity, unit_cost, tranche_on) OVER (
            PARTITION BY distributor_id, warehouse_id, product_id ORDER BY occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id) AS position
        FROM inventory_movement_as_of('infinity', k) AS m) AS p
    WHERE fact_table = 'sell_through' AND occurred_on = '2026-05-02'
$$;
-- (40 - 35) x 60 = 300; before the cut was known (48 - 35) x 60 = 780.
SELECT results_eq($$SELECT claim FROM pg_temp.of_sale('infinity')$$, 'VALUES (300::numeric)', 'ship and debit starts from the repriced tranche: 300');
SELECT results_eq($$SELECT claim FROM pg_temp.of_sale('2026-05-11')$$, 'VALUES (780::numeric)', 'as known before the cut: 780');

PREPARE stock AS SELECT on_hand_qty, in_transit_qty, value_amount, oldest_on FROM inventory_as_of('2026-05-01');
-- 1 May: 120 of T2 at 40 on hand; T3 and T4 on their way.
SELECT results_eq('stock', $$VALUES (120::numeric, 160::numeric, 4800::numeric, date '2026-04-10')$$, 'repriced from the first moment of the day, age kept');
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-01', '2026-05-11')$$, 'VALUES (5760::numeric)', 'as known before: 120 x 48');
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-04-30')$$, 'VALUES (5760::numeric)', 'the day before: 120 x 48');
-- What is on its way: T3 was shipped before the cut, T4 on its day.
SELECT results_eq($$SELECT quantity, unit_cost FROM in_transit_tranches_as_of('2026-05-01') ORDER BY shipped_on$$,
    'VALUES (150::numeric, 40::numeric), (10, 41)', 'goods on their way are repriced when they were shipped before');
SELECT results_eq($$SELECT quantity, unit_cost FROM in_transit_tranches_as_of('2026-04-30') ORDER BY shipped_on$$,
    'VALUES (150::numeric, 48::numeric)', 'not before the day');
-- 60 at 40 left of T2, 150 at 40, 10 at 41.
SELECT results_eq($$SELECT on_hand_qty, value_amount FROM inventory_as_of('2026-05-31')$$, 'VALUES (220::numeric, 8810::numeric)', 'they arrive at that cost');
SELECT results_eq('SELECT owned_qty, last_moved_on FROM stock_owned', $$VALUES (220::numeric, date '2026-05-02')$$, 'the quantity of the rollup is untouched');
SELECT is_empty('SELECT * FROM verify_rollups()', 'and agrees with the facts');

-- A second cut, to 38, protects 2 on the same units, and nothing on its way.
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit)
VALUES (1, '2026-05-02', 1, 1, 38, 'EUR', false);
-- 1 May 120 x 40 -> 2 May 120 x 38 less 60.
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-02')$$, 'VALUES (2280::numeric)', 'a second cut starts from the first');
SELECT results_eq($$SELECT (position).cost_adjustment FROM (
        SELECT m.occurred_on, m.kind, inventory_position(kind, quantity, unit_cost, tranche_on) OVER (
            PARTITION BY distributor_id, warehouse_id, product_id ORDER BY occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id) AS position
        FROM inventory_movement AS m) AS p WHERE kind = 'reprice' ORDER BY occurred_on$$,
    'VALUES (960::numeric), (240::numeric)', 'worth 120 x 8 and 120 x 2');
-- 60 x 38, 150 x 40 (not covered on its way), 10 x 41
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-31')$$, 'VALUES (8690::numeric)', 'goods on their way that are not covered keep their cost');

-- Of two reprices of one day the later recorded one counts.
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit)
VALUES (1, '2026-05-02', 1, 1, 39, 'EUR', false);
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-02')$$, 'VALUES (2340::numeric)', 'the later one counts');
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, entry_kind, corrects_effective_on, corrects_line_id)
SELECT distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, 'reversal', effective_on, inventory_reprice_id
FROM inventory_reprice WHERE unit_cost = 39;
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-02')$$, 'VALUES (2280::numeric)', 'taken back, the earlier one counts again');
SELECT throws_ok($$INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, entry_kind, corrects_effective_on, corrects_line_id)
    SELECT distributor_id, effective_on, 2, product_id, unit_cost, currency_code, 'reversal', effective_on, inventory_reprice_id FROM inventory_reprice WHERE unit_cost = 40$$,
    'ZD020', NULL, 'a reversal is of the same item');
SELECT throws_ok('UPDATE inventory_reprice SET unit_cost = 1', 'ZD001', NULL, 'append-only');

-- With a checkpoint: a cut that becomes known after the close of its day.
SELECT is((close_inventory('2026-05-15')).known_at > '2026-05-12', true, 'closed, the reprices known');
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-31')$$, 'VALUES (8690::numeric)', 'the same from the checkpoint');
INSERT INTO inventory_reprice (distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code)
VALUES (1, '2026-05-10', 1, 1, 30, 'EUR');
SELECT is((SELECT count(*) FROM inventory_restart_as_of('2026-05-31')), 1::bigint, 'a late cut disturbs the checkpoint of its item');
SELECT results_eq($$SELECT value_amount FROM inventory_as_of('2026-05-31')$$, 'VALUES (6600::numeric)', '220 x 30');
SELECT results_eq($$SELECT owned_qty, (SELECT count(*) FROM verify_rollups()) FROM (SELECT fold_rollups() OFFSET 0) AS f, stock_owned$$, 'VALUES (220::numeric, 0::bigint)', 'folded, the stock is the same');

SELECT * FROM finish();
ROLLBACK;
