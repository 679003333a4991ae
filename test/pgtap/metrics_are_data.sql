-- The registry: every expression runs and gives what kpi() gives; views and
-- comments come from it; what is no expression is refused.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT * FROM no_plan();

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (621, 'A', 'A'), (622, 'B', 'B');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (621, 621, 'W', 'W', true), (622, 622, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (621, 'P-1', 'P', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (621, 'R1', 'R1'), (622, 'R2', 'R2');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
SELECT d, '2026-01-05', d, 621, '2026-01-05', 'V', 100, 12, 10, 1000, 'EUR' FROM unnest(ARRAY[621, 622]) AS d;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
SELECT 620 + n % 2 + 1, date '2026-01-10' + n, 620 + n % 2 + 1, 621, 621 + n % 2, 'SS', n, 15, 15 * n, 'EUR' FROM generate_series(1, 10) AS n;
INSERT INTO metric_input (distributor_id, input_code, period_starts_on, period_ends_on, value, currency_code) VALUES
    (621, 'category_purchases', '2026-01-01', '2026-01-31', 4000, 'EUR'), (621, 'order_lines', '2026-01-01', '2026-01-31', 50, NULL), (621, 'order_lines_complete', '2026-01-01', '2026-01-31', 47, NULL),
    (621, 'incremental_margin', '2026-01-01', '2026-01-31', 300, 'EUR'), (621, 'incentive_cost', '2026-01-01', '2026-01-31', 120, 'EUR'), (621, 'receivables', '2026-01-01', '2026-01-31', 500, 'EUR');
INSERT INTO product_group (group_code, product_line) VALUES ('focus', 'a');
INSERT INTO attach_rule (attach_code, host_line, attach_line) VALUES ('x', 'a', 'b');

CREATE FUNCTION pg_temp.run(dataset text, expression text, d bigint) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    result numeric;
BEGIN
    EXECUTE format('SELECT (%s)::numeric FROM %I(''2026-01-01'', ''2026-01-31'', NULL) AS x WHERE x.distributor_id = $1', expression, dataset) INTO result USING d;
    RETURN result;
END
$$;
CREATE TEMP TABLE k AS SELECT * FROM kpi('2026-01-01', '2026-01-31');
SELECT is(pg_temp.run(m.dataset, m.expression, 621), k.value, m.metric_code || ' = ' || m.formula)
FROM metric AS m
JOIN k USING (metric_code)
WHERE k.distributor_id = 621
ORDER BY m.metric_no;
SELECT is((SELECT count(*) FROM k), 2 * (SELECT count(*) FROM metric), 'each metric for each distributor');
SELECT is((SELECT count(*) FROM k WHERE value IS NULL AND flag IS NULL), 0::bigint, 'what has no value says why');
SELECT is((SELECT count(*) FROM k WHERE value = 'NaN' OR abs(value) = 'Infinity'), 0::bigint, 'and is never infinite');
SELECT cmp_ok((SELECT count(*) FROM metric), '>=', 70::bigint, 'the glossary is there');
-- 1,000 of 4,000; 47 of 50; 300 ÷ 120; 500 ÷ 1,000 × 31 days.
SELECT results_eq($$SELECT metric_code, round(value, 2) FROM k WHERE distributor_id = 621 AND metric_code IN ('share_of_wallet_pct', 'fill_rate_pct', 'incentive_roi', 'dso') ORDER BY 1$$,
    $$VALUES ('dso'::text, 15.50), ('fill_rate_pct', 94.00), ('incentive_roi', 2.50), ('share_of_wallet_pct', 25.00)$$, 'what is handed in');

-- Views and comments.
SELECT is_empty($$SELECT m.metric_code FROM metric AS m JOIN metric_dataset AS d USING (dataset)
    LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(d.view_name) AND a.attname = m.metric_code
    WHERE a.attnum IS NULL OR col_description(a.attrelid, a.attnum) IS DISTINCT FROM metric_comment(m.metric_code)$$, 'each metric is a column with its comment');
SELECT is(metric_comment('sell_through_ratio_pct'), 'Sell-through : sell-in = T ÷ S. Per cent. Not additive: see kpi_standing for numerator and denominator. '
    'Units; below 100 the channel builds stock, above it burns. NULL = no_sell_in or negative_sell_in. From measure_channel(): 100 * (sum(sell_through_qty)) / nullif(sum(sell_in_qty), 0)', 'a comment');
INSERT INTO metric (metric_code, metric_name, dataset, numerator, denominator, factor, unit, additivity, good_direction, category, formula, description)
VALUES ('average_resale_price', 'Average resale price', 'measure_channel', 'sum(sell_through_amount)', 'sum(sell_through_qty)', 1, 'ratio', 'not_additive', 'up', 'Price', 'value ÷ units', 'A metric of one''s own');
SELECT is((SELECT value FROM kpi('2026-01-01', '2026-01-31', ARRAY['average_resale_price']) WHERE distributor_id = 621), 15::numeric, 'one''s own metric');
SELECT is((SELECT count(*) FROM publish_metrics()), 14::bigint, 'publishing again');
SELECT has_column('channel', 'kpi_channel', 'average_resale_price', 'appends it');
SELECT is((SELECT max(attnum) FROM pg_attribute WHERE attrelid = 'kpi_channel'::regclass), (SELECT attnum FROM pg_attribute WHERE attrelid = 'kpi_channel'::regclass AND attname = 'average_resale_price'), 'as the last');

-- The grammar.
PREPARE bad AS INSERT INTO metric (metric_code, metric_name, dataset, numerator, unit, additivity, good_direction, category, formula, description) VALUES ('x', 'x', 'measure_channel', $1, 'qty', 'additive', 'up', 'x', 'x', 'x');
SELECT throws_ok(format('EXECUTE bad(%L)', e), 'ZD170', NULL, 'refused: ' || e)
FROM unnest(ARRAY['sum(nothing)', 'sum(sell_in_qty); DROP TABLE metric', '(SELECT 1)', 'pg_sleep(1)', 'sum(sell_in_qty) -- x', 'sum(sell_in_qty) /* x */', 'sum("sell_in_qty")', 'sum(sell_in_qty)::text',
    'sum(channel.x)', '$1']) AS e;
SELECT throws_ok($$INSERT INTO metric (metric_code, metric_name, dataset, numerator, unit, additivity, good_direction, category, formula, description) VALUES ('x', 'x', 'measure_nothing', '1', 'qty', 'additive', 'up', 'x', 'x', 'x')$$, '23503', NULL, 'an unknown dataset');
SELECT * FROM finish();
ROLLBACK;
