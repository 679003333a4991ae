-- Lines that hit the same facts act on each other by data, not by the order of runs:
-- the four answers of SEMANTICS 2.2 (D365) to the four orders of priority.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(33);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a.x'), (102, 'B', 'B', 'b');
CREATE FUNCTION pg_temp.agreement(p_id bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (p_id, 'A' || p_id, 'A', 101);
    INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (p_id, 1, '2026-01-01', 'EUR');
    INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (p_id, 'P' || p_id, 'P', p_id);
    SELECT activate_agreement('A' || p_id);
$$;
-- line: program * 10 + n; group and priority NULL = by itself.
CREATE FUNCTION pg_temp.line(p_program bigint, p_n integer, p_schedule text, p_group text, p_priority integer, p_mode text, p_scope text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, fiscal_calendar_id, valid_from, schedule, stack_group, stack_priority, stack_mode)
    SELECT p_program * 10 + p_n, p_program, p_n, 'Deal ' || p_n, p_scope::ltree, 'sell_in', fiscal_calendar_id, '2026-01-01', p_schedule::tier_schedule, p_group, p_priority, p_mode
    FROM fiscal_calendar WHERE calendar_code = 'gregorian'
$$;
CREATE FUNCTION pg_temp.earned(p_program bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(trim_scale(e.earned_amount)::text, ' ' ORDER BY e.program_line_id) || ' = ' || trim_scale(sum(e.earned_amount))
    FROM rebate_as_of('2026-03-31') AS e
    WHERE e.program_line_id / 10 = p_program
$$;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (101, '2026-01-10', 101, 101, '2026-01-10', 'I-1', 1, 600, 600, 'EUR'), (101, '2026-01-11', 101, 102, '2026-01-11', 'I-2', 1, 400, 400, 'EUR');

-- Deals of 10, 15, 20 and 25 % on 1,000. Deals 1 and 2 earn on the gross value; 3 and 4 on
-- the value less what the deals before them in group g earn; deal 2 is in no group.
--    1234: 100 + 150 + 20 % x 900 = 180 + 25 % x 720 = 180         = 610
--    4321: 250 + 20 % x 750 = 150 + 150 + 100                      = 650
--    3214: 200 + 150 + 100 + 25 % x 700 = 175                      = 625
--    2413: 150 + 250 + 100 + 20 % x 650 = 130                      = 630
SELECT pg_temp.agreement(g) FROM generate_series(201, 204) AS g;
-- entered in an order of no meaning
SELECT pg_temp.line(v.program, n.n, 'retroactive: ' || (5 + 5 * n.n) || '% from 0', CASE WHEN n.n <> 2 THEN 'g' END,
    CASE WHEN n.n <> 2 THEN position(n.n::text IN v.deals) END, CASE WHEN n.n > 2 THEN 'cascade_net' ELSE 'additive_gross' END)
FROM (VALUES (201, '1234'), (202, '4321'), (203, '3214'), (204, '2413')) AS v (program, deals)
CROSS JOIN (VALUES (3), (1), (4), (2)) AS n (n);
SELECT lives_ok($$SELECT activate_program('P204', 'P201', 'P203', 'P202')$$, 'four orders of the same four deals');
SELECT is(pg_temp.earned(201), '100 150 180 180 = 610', 'order 1234');
SELECT is(pg_temp.earned(202), '100 150 150 250 = 650', 'order 4321');
SELECT is(pg_temp.earned(203), '100 150 200 175 = 625', 'order 3214');
SELECT is(pg_temp.earned(204), '100 150 130 250 = 630', 'order 2413');
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-03-31') WHERE program_line_id / 10 = 202), 650::numeric, 'and so it is posted');
SELECT is((SELECT trim_scale(stack_amount) FROM rebate_evaluate('2026-03-31', p_program_line_ids => '{2014}')), -70::numeric, 'one line alone: its group is worked out with it');
SELECT is((SELECT trim_scale(net_value) FROM rebate_evaluate('2026-03-31', p_program_line_ids => '{2014}')), 720::numeric, 'what it earned on');

-- The same by deductions that are named: deal 4 deducts 3 alone, 250 - 25 % x 200 = 200.
SELECT pg_temp.agreement(205);
SELECT pg_temp.line(205, 1, 'retroactive: 10% from 0', NULL, NULL, 'additive_gross');
SELECT pg_temp.line(205, 3, 'retroactive: 20% from 0', NULL, NULL, 'additive_gross');
SELECT pg_temp.line(205, 4, 'retroactive: 25% from 0', NULL, NULL, 'cascade_net');
INSERT INTO program_deduction VALUES (2054, 2053);
SELECT lives_ok($$SELECT activate_program('P205')$$, 'a deduction by name');
SELECT is(pg_temp.earned(205), '100 200 200 = 500', 'deducts what it names');

-- Scopes that overlap in part: line 1 earns 10 % of a (600), line 2 20 % of all, net of
-- what line 1 earned on what both count: 20 % x (1,000 - 60). Line 3 on b shares 400 of
-- the 1,000 of line 2, so 400 / 1,000 of its 188: 30 % x (400 - 75.2).
SELECT pg_temp.agreement(206);
SELECT pg_temp.line(206, 1, 'retroactive: 10% from 0', 'g', 1, 'additive_gross', 'a');
SELECT pg_temp.line(206, 2, 'retroactive: 20% from 0', 'g', 2, 'cascade_net');
SELECT pg_temp.line(206, 3, 'retroactive: 30% from 0', 'g', 3, 'cascade_net', 'b');
SELECT lives_ok($$SELECT activate_program('P206')$$, 'scopes that overlap in part');
SELECT is(pg_temp.earned(206), '60 188 97.44 = 345.44', 'deduct what was earned on the facts of both');
-- The gross value opens the tiers, the net value earns.
SELECT pg_temp.agreement(207);
SELECT pg_temp.line(207, 1, 'retroactive: 10% from 0', 'g', 1, 'additive_gross');
SELECT pg_temp.line(207, 2, 'retroactive: 1% from 0, 2% from 1000', 'g', 2, 'cascade_net');
SELECT lives_ok($$SELECT activate_program('P207')$$, 'tiers');
SELECT is(pg_temp.earned(207), '100 18 = 118', '1,000 reaches the tier, 900 earn 2 %');

-- best_of: the line that earns most, of equals the first by priority; exclusive_first: the
-- first that earns anything; both before what is deducted.
SELECT pg_temp.agreement(208);
SELECT pg_temp.line(208, 1, 'retroactive: 5% from 0', 'g', 3, 'best_of');
SELECT pg_temp.line(208, 2, 'retroactive: 20% from 0', 'g', 2, 'best_of', 'b');
SELECT pg_temp.line(208, 3, 'retroactive: 8% from 0', 'g', 4, 'best_of');
SELECT pg_temp.line(208, 4, 'retroactive: 10% from 0', 'g', 5, 'cascade_net');
SELECT pg_temp.agreement(209);
SELECT pg_temp.line(209, 1, 'retroactive: 50% from 5000', 'g', 1, 'exclusive_first');
SELECT pg_temp.line(209, 2, 'retroactive: 2% from 0', 'g', 2, 'exclusive_first');
SELECT pg_temp.line(209, 3, 'retroactive: 9% from 0', 'g', 3, 'exclusive_first');
SELECT pg_temp.line(209, 4, 'retroactive: 1% from 0', 'g', 4, 'additive_gross');
SELECT lives_ok($$SELECT activate_program('P208', 'P209')$$, 'best and first');
-- 50, 80 (b), 80: 2 before 4 of equals; 10 % x (1,000 - 80 on b)
SELECT is(pg_temp.earned(208), '0 80 0 92 = 172', 'best_of: the best, then what is net of it');
SELECT is(pg_temp.earned(209), '0 20 0 10 = 30', 'exclusive_first: the first that earns');

-- What has no single answer is refused when it is put in force.
SELECT pg_temp.agreement(g) FROM generate_series(210, 219) AS g;
SELECT pg_temp.line(210, n, 'retroactive: 1% from 0', 'g', 7, 'additive_gross') FROM generate_series(1, 2) AS n;
SELECT throws_ok($$SELECT activate_program('P210')$$, 'ZD066', 'two lines of a stacking group have the same priority', 'a tie');
SELECT throws_ok($$UPDATE rebate_program SET program_state = 'active' WHERE program_code = 'P210'$$, 'ZD066', NULL, 'by whatever way');
SELECT pg_temp.line(211, n, 'retroactive: 1% from 0', NULL, NULL, 'cascade_net') FROM generate_series(1, 3) AS n;
INSERT INTO program_deduction VALUES (2111, 2112), (2112, 2113), (2113, 2111);
SELECT throws_ok($$SELECT activate_program('P211')$$, 'ZD067', 'lines deduct each other in a circle', 'a circle');
SELECT throws_ok($$INSERT INTO program_deduction VALUES (2111, 2111)$$, '23514', NULL, 'nor itself');
-- A circle through a group and a name.
SELECT pg_temp.line(212, 1, 'retroactive: 1% from 0', 'g', 1, 'cascade_net');
SELECT pg_temp.line(212, 2, 'retroactive: 1% from 0', 'g', 2, 'cascade_net');
INSERT INTO program_deduction VALUES (2121, 2122);
SELECT throws_ok($$SELECT activate_program('P212')$$, 'ZD067', NULL, 'a circle of priority and name');
DELETE FROM program_deduction WHERE program_line_id = 2121;
SELECT lives_ok($$SELECT activate_program('P212')$$, 'a draft can be corrected');
SELECT throws_ok($$INSERT INTO program_deduction VALUES (2121, 2122)$$, 'ZD002', NULL, 'what is in force cannot');
-- Another program of the agreement joins the group: behind, yes; before a cascade, no.
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (220, 'P220', 'P', 212), (221, 'P221', 'P', 212);
SELECT pg_temp.line(220, 1, 'retroactive: 1% from 0', 'g', 0, 'additive_gross');
SELECT pg_temp.line(221, 1, 'retroactive: 1% from 0', 'g', 3, 'cascade_net');
SELECT throws_ok($$SELECT activate_program('P220')$$, 'ZD068', 'program would change what lines in force earn', 'joining before a line in force');
SELECT lives_ok($$SELECT activate_program('P221')$$, 'joining behind it');
SELECT pg_temp.line(213, 1, 'retroactive: 1% from 0', 'g', 1, 'cascade_net');
UPDATE program_line SET span_kind = 'month' WHERE program_line_id = 2131;
SELECT pg_temp.line(213, 2, 'retroactive: 1% from 0', 'g', 2, 'cascade_net');
SELECT throws_ok($$SELECT activate_program('P213')$$, 'ZD065', NULL, 'months and quarters in one group');
SELECT pg_temp.line(214, 1, 'retroactive: 1 per unit from 0', 'g', 1, 'cascade_net');
UPDATE program_line SET measure_unit = 'quantity' WHERE program_line_id = 2141;
SELECT throws_ok($$SELECT activate_program('P214')$$, 'ZD065', NULL, 'net units');
SELECT throws_ok($$SELECT activate_program('P215')$$, 'ZD065', NULL, 'a program without lines');
SELECT pg_temp.line(216, 1, 'retroactive: 1% from 0', NULL, NULL, 'best_of');
SELECT throws_ok($$SELECT activate_program('P216')$$, 'ZD065', NULL, 'best of nothing');
SELECT throws_ok($$SELECT activate_program('NONE')$$, 'P0002', NULL, 'an unknown program');
SELECT throws_ok($$SELECT activate_program()$$, NULL, NULL, 'no program');
SELECT is(pg_temp.earned(204), '100 150 130 250 = 630', 'none of it moved what is in force');

SELECT * FROM finish();
ROLLBACK;
