-- The movements of bench_movement as facts of a model (bench_model): what the
-- views that ship make of them. Run after data.sql.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bench_model') AS there \gset
\if :there
SELECT FROM distmgmt.drop_model('bench_model', 'bench_model', force => true) \g /dev/null
\endif
SELECT FROM distmgmt.create_model('bench_model') \g /dev/null
SET search_path = bench_model, distmgmt;
SET session_replication_role = replica;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name)
SELECT DISTINCT distributor_id, 'D' || distributor_id, 'D' FROM public.bench_movement;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name)
SELECT DISTINCT distributor_id, warehouse_id, 'W' || warehouse_id, 'W' FROM public.bench_movement;
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT product_id, 'P' || product_id, 'P', 'a' FROM (SELECT DISTINCT product_id FROM public.bench_movement) AS p;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, occurred_on, 'I', quantity, unit_cost, quantity * unit_cost, 'EUR', occurred_on
FROM public.bench_movement WHERE kind = 'receipt' ORDER BY id;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, 'SS', sign * quantity, 60, 60 * sign * quantity, 'EUR', occurred_on
FROM public.bench_movement, LATERAL (SELECT CASE kind WHEN 'issue' THEN 1 ELSE -1 END) AS s (sign)
WHERE kind IN ('issue', 'customer_return') ORDER BY id;
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, quantity, occurred_on
FROM public.bench_movement WHERE kind = 'count' ORDER BY id;
RESET session_replication_role;
SELECT rebuild_rollups() \g /dev/null
VACUUM ANALYZE;
-- Nothing counts unless it is right: the history ends where the window ends.
SELECT 1 / (count(*) = 0)::integer AS history_agrees
FROM (
    (SELECT fact_table, fact_on, fact_id, on_hand_qty, value_amount, average_cost, oldest_on, moved_cost_amount, cost_adjustment_amount, count_variance_qty, deficit_qty
    FROM inventory_history WHERE distributor_id < 5)
    EXCEPT
    SELECT fact_table, fact_on, fact_id, (p).on_hand, (p).value, (p).average_cost, (p).oldest_on, (p).moved_cost, (p).cost_adjustment, (p).count_variance, (p).deficit
    FROM (
        SELECT fact_table, fact_on, fact_id, inventory_position(kind, quantity, unit_cost, tranche_on) OVER (
            PARTITION BY distributor_id, warehouse_id, product_id ORDER BY occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id) AS p
        FROM inventory_movement WHERE distributor_id < 5) AS w
) AS d \g /dev/null
