-- A statement says all that a line earned and why: qualifier, gate, growth, the other
-- lines of its group, guarantee, each reseller by itself; for a group, each member; and,
-- where it is wanted, that there was nothing.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(22);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'Delta'), (102, 'E', 'Echo');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a'), (102, 'B', 'B', 'b');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R1', 'Rho'), (102, 'R2', 'Sigma');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO distributor_group (distributor_group_id, group_code, group_name) VALUES (101, 'G', 'G');
INSERT INTO distributor_group_member (distributor_group_id, distributor_id, valid_from, valid_to) VALUES (101, 101, '2024-01-01', NULL), (101, 102, '2024-01-01', '2026-02-28');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_group_id) VALUES (102, 'G', 'G', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2024-01-01', 'EUR'), (102, 1, '2024-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('G')$$, 'agreements');
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
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_product bigint, p_amount numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, 'EUR')
$$;
CREATE FUNCTION pg_temp.working(p_line bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(t.tier_text || ' = ' || trim_scale(t.amount), '; ' ORDER BY t.step_no)
    FROM rebate_statement AS s
    JOIN rebate_statement_standing AS n USING (distributor_id, rebate_statement_id)
    JOIN statement_tier AS t USING (distributor_id, rebate_statement_id)
    WHERE s.program_line_id = p_line
$$;

-- 1: paid on A (1,000), tiers by all (3,000): 4 %: 40. 2: a gate of 5,000 of B. 3: growth over a fixed 800.
-- 4 and 5: the best of 3 % and 5 % of A. 6: a guarantee of 100 over 1 % of A. 7: each reseller.
SELECT pg_temp.line(1, 101, 'retroactive: 2% from 0, 4% from 2500', '{"product_line": "a"}');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact) VALUES (1, 1, 'qualifier', 'All', 'sell_in');
SELECT pg_temp.line(2, 101, 'retroactive: 2% from 0');
INSERT INTO program_count (program_line_id, count_no, count_role, count_name, measure_fact, minimum) VALUES (2, 1, 'gate', 'much of B', 'sell_in', 5000);
INSERT INTO program_scope (program_line_id, scope_no, count_no, product_line) VALUES (2, 1, 1, 'b');
SELECT pg_temp.line(3, 101, 'retroactive: 10% from 110', '{"product_line": "a", "growth_base": "fixed", "growth_target": 800, "growth_pay_base": "excess"}');
SELECT pg_temp.line(4, 101, 'retroactive: 3% from 0', '{"product_line": "a", "stack_group": "g", "stack_priority": 1, "stack_mode": "best_of"}');
SELECT pg_temp.line(5, 101, 'retroactive: 5% from 0', '{"product_line": "a", "stack_group": "g", "stack_priority": 2, "stack_mode": "best_of"}');
SELECT pg_temp.line(6, 101, 'retroactive: 1% from 0', '{"product_line": "a", "guarantee_amount": 100}');
SELECT pg_temp.line(7, 101, 'retroactive: 10% from 0', '{"measure_fact": "sell_through", "beneficiary": "reseller"}');
SELECT pg_temp.line(8, 102, 'retroactive: 1% from 0');
SELECT pg_temp.line(9, 101, 'retroactive: 2% from 0', '{"product_line": "a", "negative_policy": "pay_negative", "span_kind": "month"}');
SELECT lives_ok($$SELECT activate_program('P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P9')$$, 'programs');
SELECT pg_temp.ship(101, '2026-01-10', 101, 1000), pg_temp.ship(101, '2026-01-11', 102, 2000);
SELECT pg_temp.ship(102, '2026-02-10', 102, 500), pg_temp.ship(102, '2026-03-10', 102, 700);
SELECT pg_temp.ship(101, '2026-02-20', 101, -100);
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
VALUES (101, '2026-01-20', 101, 101, 101, 'SD', 1, 300, 300, 'EUR'), (101, '2026-01-21', 101, 101, 102, 'SD', 1, 500, 500, 'EUR');

SELECT is((SELECT count(*) FROM issue_statements('2026-03-31')), 12::bigint, 'six lines, one by two resellers, one by two members, one by two months: twelve');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is_empty($$SELECT e.* FROM rebate_as_of('2026-03-31') AS e LEFT JOIN rebate_statement AS s ON s.distributor_id = e.distributor_id AND s.program_line_id = e.program_line_id AND s.span_starts_on = e.span_starts_on
    AND coalesce(s.reseller_id, 0) = coalesce(e.reseller_id, 0) WHERE e.earned_amount IS DISTINCT FROM s.earned_amount AND (e.earned_amount <> 0 OR s.earned_amount <> 0)$$, 'each says what is earned, no more, no less');
-- 900 of A (1,000 less 100), 2,900 in all: 4 % of 900 = 36.
SELECT is(pg_temp.working(1), '2% from 0 = 0; 4% from 2500 = 36', 'tiers by the qualifier');
SELECT is((SELECT trim_scale(qualifying_value) FROM rebate_statement WHERE program_line_id = 1), 2900::numeric, 'which is said');
SELECT is(pg_temp.working(2), 'gate not reached: much of B = 0', 'a gate');
-- 900 is 112.5 % of 800: 10 % of the 100 more.
SELECT is(pg_temp.working(3), 'growth over 800 = 10', 'growth');
SELECT is(pg_temp.working(4), '3% from 0 = 27; other lines of the group = -27', 'the lesser of two');
SELECT is(pg_temp.working(5), '5% from 0 = 45', 'the better');
SELECT is(pg_temp.working(6), '1% from 0 = 9; guarantee = 91', 'a guarantee');
SELECT results_eq($$SELECT reseller_id, settlement_amount FROM rebate_statement WHERE program_line_id = 7 ORDER BY 1$$, 'VALUES (101::bigint, 30.0000), (102, 50.0000)', 'each reseller its own');
-- D 2,900; E 500 in February, of which it was a member, not the 700 of March.
SELECT results_eq($$SELECT distributor_id, settlement_amount FROM rebate_statement WHERE program_line_id = 8 ORDER BY 1$$, 'VALUES (101::bigint, 29.0000), (102, 5.0000)', 'each member of the group, while it is one');
SELECT results_eq($$SELECT span_starts_on, settlement_amount FROM rebate_statement WHERE program_line_id = 9 ORDER BY 1$$, $$VALUES (date '2026-01-01', 20.0000), ('2026-02-01', -2.0000)$$, 'a month of returns takes back');
SELECT ok((SELECT statement_text(rebate_statement_id) FROM rebate_statement WHERE program_line_id = 7 AND reseller_id = 102) LIKE '%For Sigma%', 'the text names the reseller');
SELECT is((SELECT statement_json(rebate_statement_id, false) ->> 'gates_missed' FROM rebate_statement WHERE program_line_id = 2), 'much of B', 'the jsonb the gate');

-- What another line changes is a new version too: the gate opens.
SELECT pg_temp.ship(101, '2026-03-20', 102, 3000);
-- 5,900 of all at 2 % = 118: 58 for the 2,900 of before, 60 for the 3,000.
SELECT results_eq($$SELECT version_no, trim_scale(calculated_amount), trim_scale(prior_period_amount), trim_scale(rate_amount) FROM issue_statement('P2', 1, '2026-01-01', '2026-03-31')$$, 'VALUES (2, 0::numeric, 60::numeric, 58::numeric)', 'a gate that opens is a rate adjustment');
SELECT is((SELECT sum(settlement_amount) FROM issue_statements('2026-03-31', 'P6')), NULL, 'what did not change is not stated again');

-- Nothing to say.
SELECT is_empty($$SELECT * FROM issue_statements('2026-06-30', 'P1')$$, 'a quarter with nothing is not stated');
SELECT results_eq($$SELECT span_starts_on, line_count, settlement_amount, payable_amount FROM issue_statements('2026-06-30', 'P1', p_with_empty => true)$$, $$VALUES (date '2026-04-01', 0::bigint, 0.0000, 0.0000)$$, 'unless it is wanted: a heading and zero');
SELECT is_empty($$SELECT * FROM issue_statements('2026-06-30', 'P1', p_with_empty => true)$$, 'once');
SELECT ok((SELECT statement_text(rebate_statement_id) FROM rebate_statement WHERE program_line_id = 1 AND span_starts_on = '2026-04-01') LIKE '%0 in 0 lines%', 'which can be sent');

SELECT * FROM finish();
ROLLBACK;
