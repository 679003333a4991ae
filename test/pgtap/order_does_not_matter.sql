-- Shuffled facts, repeated runs, split or merged batches, rollups or facts: the same
-- balances, with everything that a program can say.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(14);

CREATE FUNCTION pg_temp.random(p_n bigint, p_what text, p_below integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (abs(hashtextextended(p_what || p_n, 42)) % p_below)::integer
$$;
-- Two distributors that are alike, one loaded in order and posted once, the other shuffled,
-- in many statements, and posted again and again.
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT g, g, 'W', 'W', true FROM generate_series(101, 102) AS g;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT 200 + g, 'P' || g, 'P', ('l' || g % 3 || '.m' || g % 5)::ltree FROM generate_series(1, 15) AS g;
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) SELECT 200 + g, 'R' || g, 'R' FROM generate_series(1, 4) AS g;
INSERT INTO fx_rate VALUES ('day_close', 'USD', 'EUR', '2025-01-01', 0.9), ('day_close', 'USD', 'EUR', '2026-02-10', 0.8);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT g, 'A' || g, 'A', g FROM generate_series(101, 102) AS g;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) SELECT g, 1, '2025-01-01', 'EUR' FROM generate_series(101, 102) AS g;
SELECT lives_ok($$SELECT activate_agreement('A101'), activate_agreement('A102')$$, 'agreements');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT g, 'P' || g, 'P', g FROM generate_series(101, 102) AS g;
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, measure_unit, fiscal_calendar_id, span_kind, valid_from, valid_to, schedule,
    beneficiary, growth_base, growth_pay_base, guarantee_amount, guarantee_is_cumulative, stack_group, stack_priority, stack_mode, negative_policy, return_period_policy)
SELECT a.agreement_id * 100 + v.n, a.agreement_id, v.n, 'L', v.scope::ltree, v.fact, v.unit, c.fiscal_calendar_id, v.span, v.valid_from::date, v.valid_to::date, v.schedule::tier_schedule,
    v.who, v.growth, CASE WHEN v.growth IS NOT NULL THEN 'all_volume' END, v.guarantee, v.guarantee IS NOT NULL, v.grp, v.priority, v.mode, v.negative, v.returns
FROM agreement AS a
CROSS JOIN fiscal_calendar AS c
CROSS JOIN (VALUES
    (1, NULL, 'sell_in', 'amount', 'year', '2026-01-01', NULL, 'retroactive: 3% from 20000, 4% from 40000', 'distributor', NULL, NULL::numeric, 'g', 1, 'additive_gross', 'floor_zero', 'activity'),
    (2, 'l1', 'sell_in', 'amount', 'year', '2026-01-01', '2026-06-30', 'marginal: 3% from 1000, 4% from 4000', 'distributor', NULL, NULL, 'g', 2, 'cascade_net', 'floor_zero', 'activity'),
    (3, 'l1.m1', 'sell_in', 'amount', 'year', '2026-02-15', NULL, 'rolling: 3% from 1000, 4% from 4000', 'distributor', NULL, NULL, 'g', 3, 'cascade_net', 'floor_zero', 'activity'),
    (4, NULL, 'sell_in', 'amount', 'year', '2026-01-01', NULL, 'retroactive: 1% from 0', 'distributor', NULL, NULL, 'g', 4, 'best_of', 'floor_zero', 'activity'),
    (5, 'l2', 'sell_in', 'amount', 'year', '2026-01-01', NULL, 'retroactive: 3% from 0', 'distributor', NULL, NULL, 'g', 5, 'best_of', 'floor_zero', 'activity'),
    (6, 'l0', 'sell_in', 'quantity', 'month', '2026-01-01', NULL, 'additive: 1 per unit from 0, 1 per unit from 30', 'distributor', NULL, 25, NULL, NULL, 'additive_gross', 'carry_forward', 'activity'),
    (7, NULL, 'sell_in', 'amount', 'quarter', '2026-01-01', NULL, 'retroactive: 1% from 90, 2% from 110', 'distributor', 'prior_year', NULL, NULL, NULL, 'additive_gross', 'floor_zero', 'activity'),
    (8, NULL, 'sell_in', 'amount', 'quarter', '2026-01-01', NULL, 'retroactive: 1% from 0', 'distributor', NULL, NULL, NULL, NULL, 'additive_gross', 'pay_negative', 'original'),
    (9, 'l1', 'sell_through', 'amount', 'quarter', '2026-01-01', NULL, 'retroactive: 1% from 100, 2% from 900', 'reseller', NULL, NULL, NULL, NULL, 'additive_gross', 'floor_zero', 'activity')
) AS v (n, scope, fact, unit, span, valid_from, valid_to, schedule, who, growth, guarantee, grp, priority, mode, negative, returns)
WHERE c.calendar_code = 'gregorian';
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact, measure_unit, minimum)
SELECT a * 100 + 3, 1, 'gate', 'l2', 'sell_in', 'quantity', 20 FROM generate_series(101, 102) AS a;
INSERT INTO program_scope (program_line_id, scope_no, count_no, product_line, product_id, is_excluded)
SELECT a * 100 + n, s, c, p::ltree, q, x FROM generate_series(101, 102) AS a, (VALUES (3, 1, 1, 'l2', NULL::bigint, false), (6, 1, NULL, NULL, 206, true)) AS v (n, s, c, p, q, x);
INSERT INTO program_reseller SELECT a * 100 + 9, 204, true FROM generate_series(101, 102) AS a;

CREATE TEMP TABLE fact AS
SELECT n, '2025-01-01'::date + pg_temp.random(n, 'day', 600) AS day_on, 201 + pg_temp.random(n, 'product', 15) AS product_id,
    201 + pg_temp.random(n, 'reseller', 4) AS reseller_id,
    CASE pg_temp.random(n, 'sign', 8) WHEN 0 THEN -1 ELSE 1 END * (1 + pg_temp.random(n, 'quantity', 9)) AS quantity,
    1 + pg_temp.random(n, 'price', 100000) / 1000.0 AS price,
    CASE pg_temp.random(n, 'currency', 9) WHEN 0 THEN 'USD' ELSE 'EUR' END AS currency_code,
    pg_temp.random(n, 'order', 1000000) AS shuffled
FROM generate_series(1, 1500) AS n;
CREATE FUNCTION pg_temp.book(p_distributor bigint, p_from bigint, p_to bigint, p_shuffled boolean, p_past boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT p_distributor, day_on, p_distributor, product_id, day_on, 'I-' || n % 300, quantity, price, quantity * price, currency_code
    FROM (SELECT f.*, row_number() OVER (ORDER BY CASE WHEN p_shuffled THEN shuffled ELSE n END, n) AS place FROM fact AS f WHERE (f.day_on < '2026-01-01') = p_past) AS f
    WHERE place BETWEEN p_from AND p_to ORDER BY place;
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT p_distributor, day_on, p_distributor, product_id, reseller_id, 'SS', 'S-' || n % 300, quantity, price, quantity * price, currency_code
    FROM (SELECT f.*, row_number() OVER (ORDER BY CASE WHEN p_shuffled THEN shuffled ELSE n END, n) AS place FROM fact AS f WHERE (f.day_on < '2026-01-01') = p_past) AS f
    WHERE place BETWEEN p_from AND p_to ORDER BY place;
$$;
-- The year before, which growth is over, is there when the programs are put in force.
SELECT count(pg_temp.book(101, 1, 1500, false, true)) \gset
SELECT count(pg_temp.book(102, 100 * g + 1, 100 * g + 100, true, true)) FROM generate_series(0, 14) AS g \gset
SELECT is((SELECT count(*) FROM activate_program('P101', 'P102')), 2::bigint, 'two programs that are alike');
SELECT count(pg_temp.book(101, 1, 1500, false)) \gset
SELECT count(pg_temp.book(102, 100 * g + 1, 100 * g + 100, true)) FROM generate_series(0, 2) AS g \gset
SELECT isnt_empty($$SELECT FROM accrue_rebates('2026-03-10')$$, 'a run in the middle');
SELECT count(pg_temp.book(102, 100 * g + 1, 100 * g + 100, true)) FROM generate_series(3, 4) AS g \gset
SELECT isnt_empty($$SELECT FROM accrue_rebates('2026-03-10')$$, 'again, late lines having come');
SELECT isnt_empty($$SELECT FROM accrue_rebates('2026-05-31')$$, 'and later');
SELECT count(pg_temp.book(102, 501, 1500, true)) \gset
SELECT isnt_empty($$SELECT FROM accrue_rebates('2026-08-20')$$, 'and at the end');
SELECT is_empty($$SELECT FROM accrue_rebates('2026-08-20')$$, 'another run finds nothing to do');
CREATE FUNCTION pg_temp.balances(p_distributor bigint) RETURNS TABLE (line_no bigint, span_starts_on date, reseller_id bigint, posted numeric) LANGUAGE sql AS $$
    SELECT b.program_line_id % 100, b.span_starts_on, b.reseller_id, trim_scale(b.posted_amount)
    FROM rebate_balance AS b
    WHERE b.distributor_id = p_distributor
        AND b.posted_amount <> 0
$$;
SELECT results_eq('SELECT * FROM pg_temp.balances(101) ORDER BY 1, 2, 3', 'SELECT * FROM pg_temp.balances(102) ORDER BY 1, 2, 3', 'the same balances');
SELECT is((SELECT string_agg(DISTINCT line_no::text, ' ') FROM pg_temp.balances(101)), '1 2 3 4 6 7 8 9', 'of all lines but the one that is not the best');
SELECT is((SELECT count(*) FROM accrual_entry WHERE base_amount + prior_period_amount + rate_amount <> delta_amount), 0::bigint, 'every posting splits');
SELECT is((SELECT count(*) FROM (
        SELECT e.program_line_id, e.span_starts_on, e.reseller_id, e.line_count, e.measured_value, e.earned_amount FROM rebate_evaluate('2026-08-20') AS e
        EXCEPT
        SELECT e.program_line_id, e.span_starts_on, e.reseller_id, e.line_count, e.measured_value, e.earned_amount FROM rebate_evaluate('2026-08-20', p_from_facts => true) AS e) AS x),
    0::bigint, 'rollups and facts say the same');
SELECT is((SELECT count(*) FROM (
        SELECT e.program_line_id, e.span_starts_on, e.reseller_id, e.restated_value FROM rebate_evaluate('2026-08-20', p_cut => '2026-03-10') AS e
        EXCEPT
        SELECT e.program_line_id, e.span_starts_on, e.reseller_id, e.restated_value FROM rebate_evaluate('2026-08-20', p_cut => '2026-03-10', p_from_facts => true) AS e) AS x),
    0::bigint, 'also of the days up to the run before, in the middle of a month');
SELECT is((SELECT count(*) FROM (
        SELECT e.program_line_id, e.span_starts_on, e.reseller_id, sum(b.value) AS value, count(*) FROM rebate_evaluate('2026-07-17') AS e
        JOIN rebate_basis_as_of('2026-07-17') AS b ON b.program_line_id = e.program_line_id AND b.span_starts_on = e.span_starts_on AND coalesce(b.reseller_id, 0) = coalesce(e.reseller_id, 0)
        GROUP BY e.program_line_id, e.span_starts_on, e.reseller_id, e.measured_value, e.line_count
        HAVING sum(b.value) <> e.measured_value OR count(*) <> e.line_count) AS x),
    0::bigint, 'and the lines one by one');
-- Reversing everything takes everything back.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id FROM sell_in;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
SELECT distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, -quantity, unit_price, -amount, currency_code, 'reversal', sold_on, sell_through_id FROM sell_through;
SELECT count(*) FROM accrue_rebates('2026-08-20') \gset
SELECT is((SELECT sum(posted_amount) FROM rebate_balance WHERE program_line_id % 100 <> 6), 0::numeric, 'everything reversed, everything taken back but the guarantee');

SELECT * FROM finish();
ROLLBACK;
