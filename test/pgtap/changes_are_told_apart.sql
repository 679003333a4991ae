-- Why a statement changed, to the cent: gates, growth, other lines, guarantee; what is
-- posted and gone; where each line comes from; candidates with all that acts on them.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(30);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a'), (102, 'B', 'B', 'b');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2026-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A')$$, 'an agreement');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT g, 'P' || g, 'P', 101 FROM generate_series(201, 206) AS g;
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule,
    growth_base, growth_pay_base, growth_target, guarantee_amount, stack_group, stack_priority, stack_mode)
SELECT v.id, v.id, 1, 'L', v.scope::ltree, 'sell_in', c.fiscal_calendar_id, 'year', '2026-01-01', v.schedule::tier_schedule,
    v.growth, CASE WHEN v.growth IS NOT NULL THEN 'all_volume' END, v.target, v.guarantee, v.grp, v.priority, v.mode
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (201, 'a', 'retroactive: 10% from 0', NULL, NULL, NULL, NULL, NULL, 'additive_gross'),
    (202, 'a', 'retroactive: 2% from 110, 3% from 200', 'prior_year', 500, NULL, NULL, NULL, 'additive_gross'),
    (203, NULL, 'retroactive: 10% from 0', NULL, NULL, NULL, 'g', 1, 'additive_gross'),
    (204, 'a', 'retroactive: 20% from 0', NULL, NULL, NULL, 'g', 2, 'cascade_net'),
    (205, 'a', 'retroactive: 1% from 0', NULL, NULL, 100, NULL, NULL, 'additive_gross'),
    (206, 'b', 'retroactive: 1% from 0', NULL, NULL, NULL, NULL, NULL, 'additive_gross')
) AS v (id, scope, schedule, growth, target, guarantee, grp, priority, mode)
WHERE c.calendar_code = 'gregorian';
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact, measure_unit, minimum) VALUES (201, 1, 'gate', 'fifty of B', 'sell_in', 'quantity', 50);
INSERT INTO program_scope (program_line_id, scope_no, count_no, product_id) VALUES (201, 1, 1, 102);
SELECT lives_ok($$SELECT activate_program('P201', 'P202', 'P203', 'P204', 'P205', 'P206')$$, 'programs');
CREATE FUNCTION pg_temp.ship(p_on date, p_product bigint, p_amount numeric, p_invoice text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (101, p_on, 101, p_product, p_on, p_invoice, p_amount, 1, p_amount, 'EUR')
$$;
CREATE FUNCTION pg_temp.version(p_line bigint, p_version integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT rebate_statement_id FROM rebate_statement WHERE program_line_id = p_line AND version_no = p_version
$$;
CREATE FUNCTION pg_temp.why(p_line bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', c.cause, c.invoice_no, trim_scale(c.amount)), ', ' ORDER BY c.step_no)
    FROM compare_statements(pg_temp.version(p_line, 1), pg_temp.version(p_line, 2)) AS c
$$;

SELECT pg_temp.ship('2026-01-10', 101, 1000, 'I-1');
SELECT pg_temp.ship('2026-01-11', 102, 40, 'I-2');
SELECT count(*) FROM issue_statements('2026-06-30') \gset
SELECT results_eq($$SELECT program_line_id, trim_scale(settlement_amount) FROM rebate_statement ORDER BY 1$$,
    $$VALUES (201::bigint, 0::numeric), (202, 30), (203, 104), (204, 180), (205, 10), (206, 0.4)$$,
    'gate of 50 B missed; 200 % of 500; 10 % of 1,040; 20 % of 1,000 - 100; no guarantee yet');
-- Ten more of B open the gate; 500 more of A come late.
SELECT pg_temp.ship('2026-02-01', 102, 10, 'I-3');
SELECT count(*) FROM issue_statements('2026-06-30') \gset
SELECT is(pg_temp.why(201), 'gate 100', 'the gate alone');
SELECT is(pg_temp.why(203), 'late I-3 1', 'a late line');
SELECT is((SELECT max(version_no) FROM rebate_statement WHERE program_line_id = 204), 1, 'what did not change is not stated again');
SELECT pg_temp.ship('2026-03-01', 101, 500, 'I-4');
SELECT count(*) FROM issue_statements('2026-12-31') \gset
-- 204: 20 % of 500 = 100 more, less 20 % of the 50 that 203 earns on it.
SELECT is(pg_temp.why(204), 'late I-4 100, stacking -10', 'a late line, and what the line before it earns on it');
SELECT is(pg_temp.why(205), 'late I-4 5, guarantee 85', 'a late line, and at the end of the year the guarantee');
SELECT is((SELECT count(*) FROM rebate_statement AS a JOIN rebate_statement AS b USING (distributor_id, program_line_id, span_starts_on)
    WHERE b.settlement_amount - a.settlement_amount <> (SELECT coalesce(sum(c.amount), 0) FROM compare_statements(a.rebate_statement_id, b.rebate_statement_id) AS c)),
    0::bigint, 'any two of a line: the steps add up to the difference');
SELECT is((SELECT count(*) FROM rebate_statement AS a JOIN rebate_statement AS b USING (distributor_id, span_starts_on)
    WHERE b.settlement_amount - a.settlement_amount <> (SELECT coalesce(sum(c.amount), 0) FROM compare_statements(a.rebate_statement_id, b.rebate_statement_id) AS c)),
    0::bigint, 'and any two of different lines');
SELECT results_eq($$SELECT cause, trim_scale(amount) FROM compare_statements(pg_temp.version(201, 3), pg_temp.version(202, 2))$$,
    $$VALUES ('rule'::text, -150::numeric), ('growth', 45)$$, 'from 10 % of 1,500 to growth: without its base nothing, over 500 3 %');

SELECT results_eq($$SELECT cause, trim_scale(amount) FROM compare_statements(pg_temp.version(205, 2), pg_temp.version(204, 2))$$,
    $$VALUES ('rule'::text, 285::numeric), ('stacking', -30), ('guarantee', -85)$$, 'each of what is beside the lines by itself');

-- The working of each adds up, and says what was done.
SELECT is((SELECT count(*) FROM rebate_statement_as_of('2026-12-31') AS s
    WHERE s.earned_amount <> (SELECT sum(w.amount) FROM rebate_working_as_of('2026-12-31') AS w WHERE w.program_code = s.program_code)), 0::bigint, 'the working adds up');
SELECT is((SELECT string_agg(tier_text, '; ' ORDER BY step_no) FROM rebate_working_as_of('2026-12-31') WHERE program_code = 'P204'), '20% from 0; other lines of the group', 'and says what was done');
SELECT is((SELECT string_agg(tier_text, '; ') FROM rebate_working_as_of('2026-01-31') WHERE program_code = 'P201'), 'gate not reached: fifty of B', 'or what was missed');
SELECT results_eq($$SELECT tier_no, trim_scale(gap_to_next) FROM rebate_statement_as_of('2026-01-11') WHERE program_code = 'P202'$$, 'VALUES (2, NULL::numeric)', 'tiers of growth are told in percent of the base');

-- What was posted and is earned no more: it has a row.
SELECT count(*) FROM accrue_rebates('2026-12-31') \gset
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
FROM sell_in WHERE product_id = 102;
SELECT results_eq($$SELECT line_count, earned_amount, trim_scale(posted_amount) FROM rebate_statement_as_of('2026-12-31') WHERE program_code = 'P206'$$,
    'VALUES (0::bigint, 0::numeric, 0.5)', 'all of B was reversed: 0 earned, 0.50 posted');
SELECT is((SELECT trim_scale(delta_amount) FROM accrue_rebates('2026-12-31') WHERE program_line_id = 206), -0.5, 'which the next run takes back');
SELECT is_empty($$SELECT * FROM rebate_statement_as_of('2026-12-31') WHERE program_code = 'P206'$$, 'then there is nothing more to say');

-- Where lines come from.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (101, '2026-01-05', 101, 101, 'SS', 1, 10, 'EUR');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (210, 'P210', 'P', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT 210, 210, 1, 'L', 'sell_through', fiscal_calendar_id, 'year', '2026-01-01', 'retroactive: 1% from 0' FROM fiscal_calendar WHERE calendar_code = 'gregorian';
SELECT count(*) FROM activate_program('P210') \gset
SELECT results_eq($$SELECT source, reported_text, rebate_amount FROM explain_rebate('P210', 1, '2026-01-01')$$, $$VALUES ('own books'::text, NULL::text, 0.10)$$, 'a line that was entered by hand');
SELECT throws_ok($$SELECT * FROM explain_rebate('NONE', 1, '2026-01-01')$$, 'ZD070', NULL, 'an unknown program');
SELECT throws_ok($$SELECT * FROM explain_rebate('P210', 2, '2026-01-01')$$, 'ZD070', NULL, 'an unknown line');
SELECT is((SELECT sum(rebate_amount) FROM explain_rebate('P204', 1, '2026-01-01')), 270.00, 'shares of what is earned net of other lines: 300 less 20 % of 150');
SELECT results_eq($$SELECT invoice_no, source, trim_scale(allocated_amount) FROM explain_statement(pg_temp.version(204, 2)) ORDER BY 1$$,
    $$VALUES ('I-1'::text, 'invoice I-1'::text, 180::numeric), ('I-4', 'invoice I-4', 90)$$, 'a statement as it was issued, line by line');
SELECT throws_ok($$SELECT * FROM explain_statement(-1)$$, 'P0002', NULL, 'an unknown statement');

-- What if line 203 paid something else: 204 is net of it. 1,500 in A.
--    5 %: 75 + 20 % x 1,425 = 285 -> 360; now 150 + 270 = 420; 20 %: 300 + 240 = 540
SELECT results_eq($$SELECT schedule_no, trim_scale(earned_amount), trim_scale(group_amount), trim_scale(group_change)
    FROM simulate_program_line('P203', 1, ARRAY['retroactive: 5% from 0', 'retroactive: 10% from 0', 'retroactive: 20% from 0']::tier_schedule[], '2026-12-31')$$,
    'VALUES (1::bigint, 75::numeric, 360::numeric, -60::numeric), (2, 150, 420, 0), (3, 300, 540, 120)', 'candidates, with the lines that they act on');
SELECT is((SELECT count(*) FROM simulate_program_line('P203', 1, (SELECT array_agg(format('retroactive: %s%% from 0', trim_scale(g / 10.0))::tier_schedule) FROM generate_series(1, 300) AS g), '2026-12-31')),
    300::bigint, 'hundreds at once');
SELECT results_eq($$SELECT trim_scale(gross_amount), trim_scale(guarantee_amount), trim_scale(earned_amount) FROM simulate_program_line('P205', 1, ARRAY['retroactive: 2% from 0']::tier_schedule[], '2026-12-31')$$,
    'VALUES (30::numeric, 70::numeric, 100::numeric)', 'with its guarantee');
SELECT results_eq($$SELECT trim_scale(earned_amount) FROM simulate_program_line('P201', 1, ARRAY['retroactive: 50% from 0']::tier_schedule[], '2026-12-31')$$,
    'VALUES (0::numeric)', 'and its gate, which is shut again');
SELECT throws_ok($$SELECT * FROM simulate_program_line('P201', 7, ARRAY['retroactive: 50% from 0']::tier_schedule[], '2026-12-31')$$, 'ZD070', NULL, 'an unknown line');

SELECT * FROM finish();
ROLLBACK;
