-- What a program line earns follows from its terms: what counts, what opens the tiers,
-- gates, growth, guarantee; every worked number of SEMANTICS 2.2 and 2.3 on programs.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(54);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E'), (103, 'F', 'F');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true), (103, 103, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a.x'), (102, 'B', 'B', 'b'), (103, 'C', 'C', 'a.y');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102), (103, 'C', 'C', 103);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2024-01-01', 'EUR'), (102, 1, '2024-01-01', 'EUR'), (103, 1, '2024-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B'), activate_agreement('C')$$, 'agreements');

-- line: one line of a program of its own, as a draft; columns by name.
CREATE FUNCTION pg_temp.line(p_id bigint, p_agreement bigint, p_schedule text, p_terms jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (p_id, 'P' || p_id, 'P', p_agreement);
    INSERT INTO program_line SELECT (jsonb_populate_record(NULL::program_line, jsonb_build_object(
        'program_line_id', p_id, 'rebate_program_id', p_id, 'line_no', 1, 'line_name', 'L', 'measure_fact', 'sell_in', 'measure_unit', 'amount',
        'fiscal_calendar_id', (SELECT fiscal_calendar_id FROM fiscal_calendar WHERE calendar_code = 'gregorian'), 'span_kind', 'quarter', 'valid_from', '2026-01-01', 'schedule', p_schedule,
        'beneficiary', 'distributor', 'guarantee_is_cumulative', false, 'guarantee_timing', 'end', 'stack_mode', 'additive_gross',
        'late_policy', 'next_period', 'late_days', 0, 'negative_policy', 'floor_zero', 'return_period_policy', 'activity') || p_terms)).*;
END
$$;
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_product bigint, p_quantity numeric, p_amount numeric DEFAULT NULL, p_invoice text DEFAULT 'I') RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, p_invoice, p_quantity, abs(coalesce(p_amount, p_quantity)), coalesce(p_amount, p_quantity), 'EUR')
$$;
-- earned: what a line earns in the span, from the rollups and from the facts alike.
CREATE FUNCTION pg_temp.earned(p_line bigint, p_on date, p_distributor bigint DEFAULT NULL, p_span date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(DISTINCT t.said, ' but from the facts ')
    FROM (
        SELECT f.from_facts, string_agg(trim_scale(e.earned_amount)::text, ' ' ORDER BY e.span_starts_on, e.reseller_id) AS said
        FROM (VALUES (false), (true)) AS f (from_facts)
        CROSS JOIN LATERAL rebate_evaluate(p_on, 'infinity', ARRAY[p_line], NULL, f.from_facts) AS e
        WHERE p_span IS NULL OR e.span_starts_on = p_span
        GROUP BY f.from_facts
    ) AS t
$$;

-- Mix (SAP user, SEMANTICS 2.2): 300 EA of A open 5 a piece on up to 100 EA of B.
SELECT pg_temp.line(201, 101, 'marginal: 5 per unit from 0; measure cap 100', '{"measure_unit": "quantity", "product_line": "b"}');
SELECT pg_temp.line(202, 102, 'marginal: 5 per unit from 0; measure cap 100', '{"measure_unit": "quantity", "product_line": "b"}');
SELECT pg_temp.line(203, 103, 'marginal: 5 per unit from 0; measure cap 100', '{"measure_unit": "quantity", "product_line": "b"}');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact, measure_unit, minimum)
SELECT g, 1, 'gate', 'A', 'sell_in', 'quantity', 300 FROM generate_series(201, 203) AS g;
INSERT INTO program_scope (program_line_id, scope_no, count_no, product_id) SELECT g, 1, 1, 101 FROM generate_series(201, 203) AS g;
SELECT is_empty($$SELECT * FROM rebate_as_of('2026-03-31')$$, 'drafts earn nothing');
SELECT results_eq($$SELECT program_state FROM activate_program('P201', 'P202', 'P203')$$, $$VALUES ('active'::text), ('active'), ('active')$$, 'in force, together');
SELECT throws_ok($$INSERT INTO program_scope (program_line_id, scope_no, product_id) VALUES (201, 9, 101)$$, 'ZD002', NULL, 'terms are frozen with their program');
SELECT throws_ok($$SELECT activate_program('P201')$$, 'P0002', NULL, 'once');
SELECT pg_temp.ship(101, '2026-01-10', 101, 400);
SELECT pg_temp.ship(101, '2026-02-10', 102, 70);
SELECT pg_temp.ship(102, '2026-01-10', 101, 200);
SELECT pg_temp.ship(102, '2026-02-10', 102, 70);
SELECT pg_temp.ship(103, '2026-01-10', 101, 300);
SELECT pg_temp.ship(103, '2026-02-10', 102, 150);
SELECT is(pg_temp.earned(201, '2026-03-31'), '350', '400 A and 70 B: 350');
SELECT is(pg_temp.earned(202, '2026-03-31'), '0', '200 A and 70 B: the gate is shut');
SELECT is((SELECT gates_missed FROM rebate_evaluate('2026-03-31', p_program_line_ids => '{202}')), 'A', 'and says its name');
SELECT is(pg_temp.earned(203, '2026-03-31'), '500', '300 A and 150 B: the gate is reached when equal, 100 B are paid');
SELECT is(pg_temp.earned(201, '2026-01-31'), NULL, 'nothing is paid on before it is there');

-- Qualifier and measure apart: tiers by all that was bought, paid on A alone.
SELECT pg_temp.line(204, 101, 'retroactive: 1% from 0, 2% from 470', '{"product_line": "a"}');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact) VALUES (204, 1, 'qualifier', 'All', 'sell_in');
-- The same without A.X: nothing of A is left but C; exclusions win over inclusions.
SELECT pg_temp.line(205, 101, 'retroactive: 10% from 0');
INSERT INTO program_scope (program_line_id, scope_no, product_line, is_excluded) VALUES (205, 1, 'a', false), (205, 2, 'a.x', true);
SELECT pg_temp.line(206, 101, 'retroactive: 10% from 0');
INSERT INTO program_scope (program_line_id, scope_no, product_id, is_excluded) VALUES (206, 1, 101, true);
-- Points: 2 for each of the line a, 5 for C: a schedule over points, 1 each.
SELECT pg_temp.line(207, 101, 'marginal: 1 per unit from 0', '{"measure_unit": "points"}');
INSERT INTO program_scope (program_line_id, scope_no, product_line, product_id, points) VALUES (207, 1, 'a', NULL, 2), (207, 2, NULL, 103, 5), (207, 3, 'b', NULL, NULL);
SELECT lives_ok($$SELECT activate_program('P204', 'P205', 'P206', 'P207')$$, 'scopes and points');
SELECT is(pg_temp.earned(204, '2026-03-31'), '8', '470 in all: 2 % of the 400 of A');
-- On 31 January 400 of A are all there is: 70 more of anything bring 1 % more on the 400.
SELECT results_eq($$SELECT trim_scale(gap_to_next), trim_scale(jump_at_next) FROM rebate_statement_as_of('2026-01-31') WHERE program_code = 'P204'$$,
    'VALUES (70::numeric, 4::numeric)', 'the way to the next tier, and what it brings on what is paid on');
SELECT results_eq($$SELECT trim_scale(gap), trim_scale(jump_at_next) FROM close_to_next_tier('2026-01-31', 0.2) WHERE program_code = 'P204'$$,
    'VALUES (70::numeric, 4::numeric)', 'the same on the watch-list');
SELECT is(pg_temp.earned(205, '2026-03-31'), NULL, 'what is left out stays out');
SELECT pg_temp.ship(101, '2026-03-31', 103, 30);
SELECT is(pg_temp.earned(205, '2026-03-31'), '3', 'the rest of the line counts: 10 % of 30');
SELECT is(pg_temp.earned(206, '2026-03-31'), '10', 'all but A: 10 % of 70 and 30');
SELECT is(pg_temp.earned(207, '2026-03-31'), '950', 'points: 400 x 2 + 30 x 5, none for B');
SELECT is(pg_temp.earned(207, '2026-03-30'), '800', 'and to any day: months from the rollup, the rest from the facts');

-- Growth (Enable, SEMANTICS 2.2): 2,000,000 a year ago, 2,350,000 now: 70,500 / 10,500 / 3,500.
SELECT pg_temp.ship(102, '2025-05-15', 101, 2000000);
SELECT pg_temp.ship(102, '2026-05-15', 101, 2350000);
SELECT pg_temp.line(210 + n, 102, 'retroactive: 2% from 110, 3% from 115, 4% from 120',
    jsonb_build_object('valid_from', '2026-04-01', 'growth_base', 'prior_year', 'growth_pay_base', p))
FROM (VALUES (1, 'all_volume'), (2, 'excess'), (3, 'banded')) AS v (n, p);
SELECT pg_temp.line(214, 102, 'retroactive: 2% from 110, 3% from 115, 4% from 120',
    '{"valid_from": "2026-04-01", "growth_base": "fixed", "growth_target": 2000000, "growth_pay_base": "all_volume"}');
SELECT pg_temp.line(215, 102, 'retroactive: 2% from 110, 3% from 115, 4% from 120',
    '{"valid_from": "2026-04-01", "growth_base": "target", "growth_pay_base": "excess"}');
INSERT INTO program_target VALUES (215, '2026-04-01', 2000000);
-- Rolling: mean of the four quarters before 2026-04-01, of which one has 2,000,000 and one 270: 500,067.5 = 470 %.
SELECT pg_temp.line(216, 102, 'retroactive: 4% from 120, 5% from 470', '{"valid_from": "2026-04-01", "growth_base": "rolling", "growth_spans": 4, "growth_pay_base": "all_volume"}');
SELECT lives_ok($$SELECT activate_program('P211', 'P212', 'P213', 'P214', 'P215', 'P216')$$, 'programs on growth');
SELECT is(pg_temp.earned(211, '2026-06-30', p_span => '2026-04-01'), '70500', '3 % on all volume');
SELECT is(pg_temp.earned(212, '2026-06-30', p_span => '2026-04-01'), '10500', '3 % on the excess');
SELECT is(pg_temp.earned(213, '2026-06-30', p_span => '2026-04-01'), '3500', 'each band of growth at its rate');
SELECT is(pg_temp.earned(214, '2026-06-30', p_span => '2026-04-01'), '70500', 'over a fixed amount');
SELECT is(pg_temp.earned(215, '2026-06-30', p_span => '2026-04-01'), '10500', 'over the target of the span');
SELECT is(pg_temp.earned(216, '2026-06-30', p_span => '2026-04-01'), '94000', 'over the mean of four quarters: 469.9 %, 4 %');
-- The base was frozen when the program was put in force: a late line of a year ago moves nothing.
SELECT is((SELECT trim_scale(baseline_value) FROM baseline_snapshot WHERE program_line_id = 211 AND span_starts_on = '2026-04-01'), 2000000::numeric, 'the base is a snapshot');
SELECT pg_temp.ship(102, '2025-06-01', 101, 100000);
SELECT is(pg_temp.earned(211, '2026-06-30', p_span => '2026-04-01'), '70500', 'that late lines do not move');
SELECT throws_ok('DELETE FROM baseline_snapshot', 'ZD001', NULL, 'and nobody');
-- No growth over nothing: 0, or the fallback that the line names.
SELECT pg_temp.ship(103, '2026-05-01', 101, 1000);
SELECT pg_temp.line(217, 103, 'retroactive: 2% from 110', '{"valid_from": "2026-04-01", "growth_base": "prior_year", "growth_pay_base": "all_volume"}');
SELECT pg_temp.line(218, 103, 'retroactive: 2% from 110', '{"valid_from": "2026-04-01", "growth_base": "prior_year", "growth_pay_base": "all_volume", "growth_target": 900}');
SELECT lives_ok($$SELECT activate_program('P217', 'P218')$$, 'without a base');
SELECT is(pg_temp.earned(217, '2026-06-30'), '0', 'pays 0');
SELECT is(pg_temp.earned(218, '2026-06-30'), '20', 'or falls back: 1,000 over 900');

-- What a span lacks is topped up then and lowers nothing later: 5,000, 12,000, 5,000 give
-- 5,000 + 5,000, then 12,000, then 8,000 are guaranteed, 3,000 on top.
SELECT pg_temp.ship(103, d, 102, a) FROM (VALUES ('2024-02-01'::date, 50000), ('2024-05-01', 120000), ('2024-08-01', 50000)) AS v (d, a);
SELECT pg_temp.line(223, 103, 'marginal: 10% from 0', '{"product_line": "b", "valid_from": "2024-01-01", "valid_to": "2024-12-31", "guarantee_amount": 10000, "guarantee_is_cumulative": true}');
SELECT count(*) FROM activate_program('P223') \gset
SELECT is(pg_temp.earned(223, '2024-09-30'), '10000 12000 8000', 'a lean span takes nothing from the fat one after it');

-- What growth does not go with is refused when it is put in force.
SELECT pg_temp.line(240, 103, 'additive: 2% from 110', '{"growth_base": "prior_year", "growth_pay_base": "all_volume"}');
SELECT throws_ok($$SELECT activate_program('P240')$$, 'ZD065', NULL, 'growth by an additive schedule');
SELECT pg_temp.line(241, 103, 'marginal: 2% from 110', '{"growth_base": "prior_year", "growth_pay_base": "all_volume"}');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact) VALUES (241, 1, 'qualifier', 'All', 'sell_in');
SELECT throws_ok($$SELECT activate_program('P241')$$, 'ZD065', NULL, 'growth with a qualifier');
SELECT pg_temp.line(242, 103, 'marginal: 2 per unit from 110', '{"measure_unit": "points"}');
SELECT throws_ok($$SELECT activate_program('P242')$$, 'ZD065', NULL, 'points of nothing');
SELECT pg_temp.line(243, 103, 'marginal: 2% from 110', '{"late_policy": "true_up_at_final"}');
SELECT throws_ok($$SELECT activate_program('P242', 'P243')$$, 'ZD065', NULL, 'a true-up at an end that is not there');

-- Guarantee (D365, SEMANTICS 2.3): 10,000 a quarter; first earned 12,000, second 5,000.
SELECT pg_temp.ship(103, '2025-02-01', 101, 120000);
SELECT pg_temp.ship(103, '2025-05-01', 101, 50000);
SELECT pg_temp.line(220, 103, 'marginal: 10% from 0', '{"valid_from": "2025-01-01", "valid_to": "2025-12-31", "guarantee_amount": 10000, "guarantee_is_cumulative": true}');
SELECT pg_temp.line(221, 103, 'marginal: 10% from 0', '{"valid_from": "2025-01-01", "valid_to": "2025-12-31", "guarantee_amount": 10000}');
SELECT pg_temp.line(222, 103, 'marginal: 10% from 0', '{"valid_from": "2025-01-01", "valid_to": "2025-12-31", "guarantee_amount": 10000, "guarantee_timing": "begin"}');
SELECT lives_ok($$SELECT activate_program('P220', 'P221', 'P222')$$, 'guarantees');
SELECT results_eq($$SELECT trim_scale(guarantee_amount), trim_scale(earned_amount) FROM rebate_evaluate('2025-06-30', p_program_line_ids => '{220}') ORDER BY span_starts_on$$,
    'VALUES (0::numeric, 12000::numeric), (3000, 8000)', 'cumulative: the second is guaranteed 8,000, 3,000 on top');
SELECT results_eq($$SELECT trim_scale(guarantee_amount), trim_scale(earned_amount) FROM rebate_evaluate('2025-06-30', p_program_line_ids => '{221}') ORDER BY span_starts_on$$,
    'VALUES (0::numeric, 12000::numeric), (5000, 10000)', 'not cumulative: 5,000 on top');
SELECT is(pg_temp.earned(221, '2025-06-29'), '12000 5000', 'at the end of the span, not before');
SELECT is(pg_temp.earned(222, '2025-04-01'), '12000 10000', 'or with its first day');
SELECT is(pg_temp.earned(221, '2025-12-31'), '12000 10000 10000 10000', 'and where nothing was bought');

-- A rate that changes within a span: two lines, each with its days, the tier by the whole span.
SELECT pg_temp.ship(101, '2026-07-20', 101, 60000);
SELECT pg_temp.ship(101, '2026-09-01', 101, 60000);
SELECT pg_temp.line(230, 101, 'retroactive: 3% from 100000', '{"valid_from": "2026-07-01", "valid_to": "2026-08-15"}');
SELECT pg_temp.line(231, 101, 'retroactive: 4% from 100000', '{"valid_from": "2026-08-16"}');
SELECT pg_temp.line(232, 101, 'retroactive: 4% from 100000', '{"valid_from": "2026-08-16"}');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact, counts_whole_span)
VALUES (230, 1, 'qualifier', 'Quarter', 'sell_in', true), (231, 1, 'qualifier', 'Quarter', 'sell_in', true);
SELECT lives_ok($$SELECT activate_program('P230', 'P231', 'P232')$$, 'a rate change within a quarter');
SELECT is(pg_temp.earned(230, '2026-09-30'), '1800', '3 % of the 60,000 before');
SELECT is(pg_temp.earned(231, '2026-09-30'), '2400', '4 % of the 60,000 after: the quarter reached 100,000');
SELECT is(pg_temp.earned(232, '2026-09-30'), '0', 'by its own days alone it would not have');
SELECT is(pg_temp.earned(231, '2026-09-15'), '2400', 'to any day');

-- A calendar without periods is an error as soon as something happens there.
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 2, '2039-01-01', 'EUR');
UPDATE agreement_version SET valid_to = '2038-12-31' WHERE agreement_id = 101 AND version_no = 1;
SELECT activate_agreement('A') IS NOT NULL AS active \gset
SELECT isnt_empty($$SELECT FROM program_uncovered WHERE program_line_id = 206 AND from_on = '2041-01-01' AND to_on IS NULL$$, 'days without a span are listed');
SELECT lives_ok($$SELECT * FROM rebate_as_of('2044-12-31')$$, 'and harm nobody');
SELECT pg_temp.ship(101, '2041-02-01', 101, 1);
SELECT throws_ok($$SELECT * FROM rebate_as_of('2041-03-31')$$, 'ZD069', NULL, 'until there is something to earn on');
SELECT is(add_fiscal_years('gregorian', 2041, 2041), 12::bigint, 'years are added');
SELECT is(pg_temp.earned(206, '2041-03-31', p_span => '2041-01-01'), NULL, 'nothing of that product');
SELECT is(pg_temp.earned(204, '2041-03-31', p_span => '2041-01-01'), '0.01', 'and it earns');

SELECT * FROM finish();
ROLLBACK;
