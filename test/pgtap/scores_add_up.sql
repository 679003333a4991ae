-- Scorecards: bands, weights, missing values, ranks, revisions; and what moved a
-- score adds up to what it moved.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(33);

SELECT is(ARRAY[band_score(-1, 0, 100, 200), band_score(50, 0, 100, 200), band_score(100, 0, 100, 200), band_score(150, 0, 100, 200), band_score(999, 0, 100, 200)],
    ARRAY[0, 40, 80, 90, 100]::numeric[], 'more is better: 0 at the floor, 80 at the target, 100 at the stretch');
SELECT is(ARRAY[band_score(25, 20, 10, 0), band_score(15, 20, 10, 0), band_score(10, 20, 10, 0), band_score(5, 20, 10, 0), band_score(0, 20, 10, 0)],
    ARRAY[0, 40, 80, 90, 100]::numeric[], 'less is better');
SELECT is(ARRAY[band_score(9, 0, 10, 10, 60), band_score(10, 0, 10, 10, 60)], ARRAY[54, 100]::numeric[], 'target and stretch in one');
SELECT is(band_score(NULL, 0, 10, 10), NULL, 'nothing in, nothing out');

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (611, 'A', 'A'), (612, 'B', 'B'), (613, 'C', 'C'), (614, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT n, n, 'W', 'W', true FROM generate_series(611, 614) AS n;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (611, 'P-1', 'P', 'a');
CREATE FUNCTION pg_temp.sell(d bigint, day date, q numeric) RETURNS void LANGUAGE sql AS
$$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, unit_price, amount, currency_code)
VALUES ($1, $2, $1, 611, CASE WHEN $3 < 0 THEN 'BN' ELSE 'SS' END, $3, 10, 10 * $3, 'EUR')$$;
INSERT INTO scorecard (scorecard_code, scorecard_name) VALUES ('S', 'Sales and returns');
INSERT INTO scorecard_version (scorecard_code, version_no, valid_from, valid_to) VALUES ('S', 1, '2026-01-01', '2026-03-31');
SELECT throws_ok($$SELECT take_scorecard('S', '2026-01-01', '2026-01-31')$$, 'ZD173', NULL, 'a version without metrics scores nothing');
INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value) VALUES
    ('S', 1, 'net_sell_through_qty', 60, 0, 100, 200), ('S', 1, 'customer_return_pct', 40, 20, 10, 0);
SELECT throws_ok($$INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value) VALUES ('S', 1, 'dos', 1, 5, 10, 8)$$, '23514', NULL, 'bands go one way');

-- January. A and C sell 50: 40 × 0.6 + 100 × 0.4 = 64. B sells 165, 15 come back:
-- 150 → 90; 15 ÷ 165 = 9.0909 % → 81.818182: 54 + 32.727273. D sells nothing: 0 of
-- the first, and no rate of returns, so the first counts alone.
SELECT pg_temp.sell(611, '2026-01-10', 50), pg_temp.sell(613, '2026-01-10', 50), pg_temp.sell(612, '2026-01-10', 165), pg_temp.sell(612, '2026-01-20', -15);
SELECT is((SELECT count(*) FROM take_scorecard('S', '2026-01-01', '2026-01-31', p_dry_run => true)), 4::bigint, 'a dry run');
SELECT is((SELECT count(*) FROM scorecard_run), 0::bigint, 'keeps nothing');
SELECT results_eq($$SELECT distributor_id, score, rank_no, is_tied, ranked, round(revenue_amount), round(revenue_share_pct) FROM take_scorecard('S', '2026-01-01', '2026-01-31')$$,
    $$VALUES (612::bigint, 86.727273, 1, false, 4, 1500::numeric, 60::numeric), (611, 64, 2, true, 4, 500, 20), (613, 64, 2, true, 4, 500, 20), (614, 0, 4, false, 4, 0, 0)$$, 'January: scores, places, ties, revenue');
SELECT results_eq($$SELECT metric_code, value, flag, metric_score, effective_weight, points FROM scorecard_result_metric WHERE distributor_id = 614 ORDER BY 1$$,
    $$VALUES ('customer_return_pct'::text, NULL::numeric, 'no_movement'::text, NULL::numeric, 0::numeric, 0::numeric), ('net_sell_through_qty', 0, NULL, 0, 1, 0)$$, 'what has no value is left out');
SELECT is((SELECT count(*) FROM scorecard_result AS r WHERE r.score <> (SELECT sum(m.points) FROM scorecard_result_metric AS m WHERE m.scorecard_run_id = r.scorecard_run_id AND m.distributor_id = r.distributor_id)), 0::bigint, 'a score is the sum of its points');
SELECT is((SELECT count(*) FROM take_scorecard('S', '2026-01-01', '2026-01-31')), 4::bigint, 'again');
SELECT is((SELECT count(*) FROM scorecard_run), 1::bigint, 'writes nothing');
SELECT throws_ok($$UPDATE scorecard_result SET score = 100$$, 'ZD001', NULL, 'results stay');
SELECT throws_ok($$DELETE FROM scorecard_result_metric$$, 'ZD001', NULL, 'their parts too');
SELECT throws_ok($$UPDATE scorecard_metric SET weight = 50 WHERE scorecard_code = 'S' AND metric_code = 'customer_return_pct'$$, 'ZD172', NULL, 'a version that was used is frozen');
SELECT throws_ok($$INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value) VALUES ('S', 1, 'dos', 1, 5, 10, 18)$$, 'ZD172', NULL, 'and takes nothing more');
SELECT lives_ok($$UPDATE scorecard_version SET valid_to = '2026-02-28' WHERE scorecard_code = 'S'$$, 'but ends');

-- February. A sells 100, 10 come back: 90 → 72, 10 % → 80: 43.2 + 32 = 75.2. D
-- sells 40: 32 × 0.6 + 100 × 0.4 = 59.2.
SELECT pg_temp.sell(611, '2026-02-10', 100), pg_temp.sell(611, '2026-02-11', -10), pg_temp.sell(614, '2026-02-12', 40);
SELECT is((SELECT count(*) FROM take_scorecard('S', '2026-02-01', '2026-02-28')), 4::bigint, 'February');
SELECT results_eq($$SELECT distributor_code, score, prior_score, score_change, rank_change FROM scorecard_standing WHERE scorecard_code = 'S' AND period_ends_on = '2026-02-28' ORDER BY 1$$,
    $$VALUES ('A'::text, 75.2, 64.0, 11.2, 1), ('B', 0, 86.727273, -86.727273, -2), ('C', 0, 64, -64, -1), ('D', 59.2, 0, 59.2, 2)$$, 'the trend');
SELECT results_eq($$SELECT distributor_code, metric_code, points_change, performance_change, weight_change FROM scorecard_change WHERE scorecard_code = 'S' AND distributor_code IN ('A', 'D') ORDER BY 1, 2$$,
    $$VALUES ('A'::text, 'customer_return_pct'::text, -8.0, -8.0, 0.0), ('A', 'net_sell_through_qty', 19.2, 19.2, 0.0),
        ('D', 'customer_return_pct', 40.0, 0.0, 40.0),        -- had no value before
        ('D', 'net_sell_through_qty', 19.2, 32.0, -12.8)      -- had the whole weight before
    $$, 'what moved it');
SELECT is((SELECT count(*) FROM scorecard_standing AS s WHERE s.score_change <> (SELECT sum(c.points_change) FROM scorecard_change AS c
    WHERE (c.scorecard_code, c.period_ends_on, c.distributor_id) = (s.scorecard_code, s.period_ends_on, s.distributor_id))), 0::bigint, 'adds up to the last digit');

-- A late line for January makes a revision; the one before stays.
SELECT pg_temp.sell(613, '2026-01-30', 50);
SELECT is((SELECT score FROM take_scorecard('S', '2026-01-01', '2026-01-31') WHERE distributor_id = 613), 88.0, 'C sold 100: 48 + 40');
SELECT results_eq($$SELECT r.revision_no, s.score, s.rank_no FROM scorecard_run AS r JOIN scorecard_result AS s USING (scorecard_run_id) WHERE distributor_id = 613 AND period_ends_on = '2026-01-31' ORDER BY 1$$,
    $$VALUES (1, 64.0, 2), (2, 88.0, 1)$$, 'both revisions are there');
SELECT is((SELECT prior_score FROM scorecard_standing WHERE scorecard_code = 'S' AND distributor_code = 'C' AND period_ends_on = '2026-02-28'), 88.000000, 'the trend goes by the last one');

-- March by a second version: missing counts 0; weights 50 and 50.
INSERT INTO scorecard_version (scorecard_code, version_no, valid_from) VALUES ('S', 2, '2026-03-01');
INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value, missing_policy) VALUES
    ('S', 2, 'net_sell_through_qty', 1, 0, 100, 200, 'zero'), ('S', 2, 'customer_return_pct', 1, 20, 10, 0, 'zero');
SELECT pg_temp.sell(611, '2026-03-10', 100), pg_temp.sell(611, '2026-03-11', -10);
SELECT results_eq($$SELECT distributor_id, score FROM take_scorecard('S', '2026-03-01', '2026-03-31')$$, $$VALUES (611::bigint, 76.0), (612, 0), (613, 0), (614, 0)$$, '72 × 0.5 + 80 × 0.5');
SELECT results_eq($$SELECT metric_code, points_change, performance_change, weight_change FROM scorecard_change WHERE distributor_code = 'A' AND period_ends_on = '2026-03-31' ORDER BY 1$$,
    $$VALUES ('customer_return_pct'::text, 8.0, 0.0, 8.0), ('net_sell_through_qty', -7.2, 0.0, -7.2)$$, 'the weights moved it');
SELECT is((SELECT metric_score FROM scorecard_result_metric WHERE distributor_id = 612 AND metric_code = 'customer_return_pct' ORDER BY scorecard_run_id DESC LIMIT 1), 0.0, 'missing counts 0');

-- Parts of the indirect revenue, from the largest on.
SELECT results_eq($$SELECT distributor_code, round(share_pct, 2), round(cumulative_pct, 2), rank_no FROM indirect_revenue('2026-01-01', '2026-03-31') ORDER BY rank_no, 1$$,
    -- A 500 + 900 + 900, B 1,500, C 1,000, D 400: 5,200.
    $$VALUES ('A'::text, 44.23, 44.23, 1::bigint), ('B', 28.85, 73.08, 2), ('C', 19.23, 92.31, 3), ('D', 7.69, 100.00, 4)$$, 'Pareto of the distributors');

-- Figures that are put down are read without being worked out.
SELECT is((SELECT period_ends_on FROM take_kpis('2026-02-01', '2026-02-28', ARRAY['net_sell_through_qty', 'customer_return_pct'])), date '2026-02-28', 'figures are put down');
SELECT pg_temp.sell(611, '2026-02-27', 10);
SELECT is((SELECT value FROM kpi_standing WHERE distributor_code = 'A' AND metric_code = 'net_sell_through_qty'), 90.000, 'as they were');
SELECT is((SELECT (take_kpis('2026-02-01', '2026-02-28', ARRAY['net_sell_through_qty'])).kpi_run_id - (SELECT min(kpi_run_id) FROM kpi_run)), 1::bigint, 'put down again');
SELECT is((SELECT net_sell_through_qty || ' ' || round(customer_return_pct, 2) FROM kpi_channel WHERE distributor_code = 'A'), '100.000 10.00', 'the last of each metric counts');
SELECT * FROM finish();
ROLLBACK;
