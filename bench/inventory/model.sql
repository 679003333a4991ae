SET client_min_messages = warning; SET search_path = public, distmgmt;
SELECT FROM distmgmt.create_model('bench_model');
SET search_path = bench_model, distmgmt, public;
SET session_replication_role = replica; SET synchronous_commit = off;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) OVERRIDING SYSTEM VALUE SELECT DISTINCT distributor_id, 'D' || distributor_id, 'D' FROM public.bench_movement;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) SELECT DISTINCT distributor_id, warehouse_id, 'W' || warehouse_id, 'W' FROM public.bench_movement;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT DISTINCT product_id, 'P' || product_id, 'P', 'a'::ltree FROM public.bench_movement;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, occurred_on, 'I', quantity, unit_cost, quantity * unit_cost, 'EUR', occurred_on FROM public.bench_movement WHERE kind = 'receipt' ORDER BY id;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, 'SS', CASE kind WHEN 'issue' THEN quantity ELSE -quantity END, 60, 60 * CASE kind WHEN 'issue' THEN quantity ELSE -quantity END, 'EUR', occurred_on FROM public.bench_movement WHERE kind IN ('issue', 'customer_return') ORDER BY id;
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, quantity, recorded_at)
SELECT distributor_id, occurred_on, warehouse_id, product_id, quantity, occurred_on FROM public.bench_movement WHERE kind = 'count' ORDER BY id;
RESET session_replication_role;
SELECT rebuild_rollups();
