-- What a line says about late facts, returns, negative spans, resellers and data quality
-- is done, and nothing else.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(38);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R1', 'One'), (102, 'R2', 'Two'), (103, 'R3', 'Three');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2025-01-01', 'EUR'), (102, 1, '2025-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B')$$, 'agreements');
CREATE FUNCTION pg_temp.line(p_id bigint, p_agreement bigint, p_schedule text, p_terms jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (p_id, 'P' || p_id, 'P', p_agreement);
    INSERT INTO program_line SELECT (jsonb_populate_record(NULL::program_line, jsonb_build_object(
        'program_line_id', p_id, 'rebate_program_id', p_id, 'line_no', 1, 'line_name', 'L', 'measure_fact', 'sell_in', 'measure_unit', 'amount',
        'fiscal_calendar_id', (SELECT fiscal_calendar_id FROM fiscal_calendar WHERE calendar_code = 'gregorian'), 'span_kind', 'quarter', 'valid_from', '2025-01-01', 'schedule', p_schedule,
        'beneficiary', 'distributor', 'guarantee_is_cumulative', false, 'guarantee_timing', 'end', 'stack_mode', 'additive_gross',
        'late_policy', 'next_period', 'late_days', 0, 'negative_policy', 'floor_zero', 'return_period_policy', 'activity') || p_terms)).*;
END
$$;
CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric, p_known timestamptz DEFAULT now(), p_invoice text DEFAULT 'I', p_distributor bigint DEFAULT 101) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, recorded_at)
    VALUES (p_distributor, p_on, p_distributor, 101, p_on, p_invoice, sign(p_amount), abs(p_amount), p_amount, 'EUR', p_known)
$$;
CREATE FUNCTION pg_temp.sell(p_on date, p_amount numeric, p_reseller bigint, p_distributor bigint DEFAULT 101) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, amount, currency_code, invoice_no)
    VALUES (p_distributor, p_on, p_distributor, 101, p_reseller, 'SS', sign(p_amount), p_amount, 'EUR', 'S') RETURNING sell_through_id
$$;
CREATE FUNCTION pg_temp.earned(p_line bigint, p_on date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(trim_scale(e.earned_amount)::text, ' ' ORDER BY e.span_starts_on, e.reseller_id)
    FROM rebate_as_of(p_on) AS e WHERE e.program_line_id = p_line
$$;

-- Late: 100,000 in time; 50,000 of March 2025 known on 20 April 2025, 7,000 on 3 June.
SELECT pg_temp.line(201, 101, 'retroactive: 1% from 0', '{"valid_to": "2025-12-31"}');
SELECT pg_temp.line(202, 101, 'retroactive: 1% from 0', '{"valid_to": "2025-12-31", "late_policy": "ignore_after", "late_days": 30}');
SELECT pg_temp.line(203, 101, 'retroactive: 1% from 0', '{"valid_to": "2025-12-31", "late_policy": "true_up_at_final", "late_days": 10}');
SELECT pg_temp.line(204, 101, 'retroactive: 1% from 0', '{"valid_to": "2025-12-31", "late_policy": "reopen"}');
SELECT lives_ok($$SELECT activate_program('P201', 'P202', 'P203', 'P204')$$, 'late policies');
SELECT pg_temp.ship('2025-03-10', 100000, '2025-03-10');
SELECT pg_temp.ship('2025-03-12', 50000, '2025-04-20');
SELECT pg_temp.ship('2025-03-14', 7000, '2025-06-03');
SELECT is(pg_temp.earned(201, '2025-06-30'), '1570', 'next_period: all counts in the span of its activity');
SELECT is(pg_temp.earned(202, '2025-06-30'), '1500', 'ignore_after 30 days: until 30 April');
SELECT is(pg_temp.earned(203, '2025-06-30'), '1000', 'true_up_at_final: what came after 10 days waits');
SELECT is(pg_temp.earned(203, '2025-12-31'), '1570', 'until the line has ended');
-- A correction that comes too late does not count either: the 100,000 stand for line 202.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
FROM sell_in WHERE amount = 100000;
SELECT is(pg_temp.earned(202, '2025-06-30') || ' ' || pg_temp.earned(201, '2025-06-30'), '1500 570', 'nor does a correction that comes too late');
SELECT pg_temp.ship('2025-03-10', 100000, '2025-03-10');

-- Posted in the first open period, or held back until the period is reopened.
SELECT lives_ok($$SELECT close_period('gregorian', 2025, 3, 'done')$$, 'March is closed');
SELECT results_eq($$SELECT program_line_id, posted_on, trim_scale(delta_amount) FROM accrue_rebates('2025-03-31') WHERE program_line_id IN (201, 204)$$,
    $$VALUES (201::bigint, '2025-04-01'::date, 1570::numeric)$$, 'next_period: in April, reopen: not yet');
CREATE ROLE asker_of_test;
GRANT ALL ON ALL TABLES IN SCHEMA channel TO asker_of_test;
GRANT ALL ON SCHEMA channel, distmgmt TO asker_of_test;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA channel TO asker_of_test;
SELECT (reopen_period('gregorian', 2025, 3, 'late lines')).period_change_id AS asked \gset
SET LOCAL ROLE asker_of_test;
SELECT (decide_reopening(:asked)).change_state \gset
RESET ROLE;
SELECT results_eq($$SELECT program_line_id, posted_on, trim_scale(delta_amount) FROM accrue_rebates('2025-03-31')$$,
    $$VALUES (204::bigint, '2025-03-31'::date, 1570::numeric)$$, 'once it is reopened, there');

-- Returns: 1,000 sold in the first quarter of 2026, 300 of it back in the second.
SELECT pg_temp.ship('2026-02-01', 1000, p_invoice => 'X-1', p_distributor => 102);
SELECT pg_temp.ship('2026-05-01', -300, p_invoice => 'X-1', p_distributor => 102);
SELECT pg_temp.ship('2026-05-02', 500, p_invoice => 'X-2', p_distributor => 102);
SELECT pg_temp.ship('2026-05-03', -100, p_invoice => 'X-9', p_distributor => 102);
SELECT pg_temp.line(211, 102, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01"}');
SELECT pg_temp.line(212, 102, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "return_period_policy": "original"}');
SELECT pg_temp.line(213, 102, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "return_period_policy": "exclude"}');
SELECT lives_ok($$SELECT activate_program('P211', 'P212', 'P213')$$, 'return policies');
SELECT is(pg_temp.earned(211, '2026-06-30'), '100 10', 'on their day: 1,000 and 500 - 300 - 100');
SELECT is(pg_temp.earned(212, '2026-06-30'), '70 40', 'on the day of the sale, where there is one: 700 and 500 - 100');
SELECT is(pg_temp.earned(212, '2026-03-31'), '100', 'and not before they come');
SELECT is(pg_temp.earned(213, '2026-06-30'), '100 50', 'or not at all');

-- Negative: 1,000, then -400 in all, then 300 by quarter, 10 %.
SELECT pg_temp.ship('2025-02-01', 1000, p_distributor => 102);
SELECT pg_temp.ship('2025-05-01', -400, p_distributor => 102);
SELECT pg_temp.ship('2025-08-01', 300, p_distributor => 102);
SELECT pg_temp.ship('2025-11-01', 500, p_distributor => 102);
SELECT pg_temp.line(221, 102, 'retroactive: 10% from 0', '{"valid_to": "2025-12-31"}');
SELECT pg_temp.line(222, 102, 'retroactive: 10% from 0', '{"valid_to": "2025-12-31", "negative_policy": "pay_negative"}');
SELECT pg_temp.line(223, 102, 'retroactive: 10% from 0', '{"valid_to": "2025-12-31", "negative_policy": "carry_forward"}');
SELECT lives_ok($$SELECT activate_program('P221', 'P222', 'P223')$$, 'negative policies');
SELECT is(pg_temp.earned(221, '2025-12-31'), '100 0 30 50', 'floor_zero');
SELECT is(pg_temp.earned(222, '2025-12-31'), '100 -40 30 50', 'pay_negative: taken back');
SELECT is(pg_temp.earned(223, '2025-12-31'), '100 0 0 40', 'carry_forward: 40 off the next 30, the 10 left off the next 50');
SELECT is((SELECT string_agg(trim_scale(carried_amount)::text, ' ' ORDER BY span_starts_on) FROM rebate_evaluate('2025-12-31', p_program_line_ids => '{223}')), '0 40 -30 -10', 'and that adds up');

-- A purchase counts when it is ordered, shipped, invoiced or paid, as the agreement says.
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (103, 'F', 'F');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (103, 103, 'W', 'W', true);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (103, 'C', 'C', 103);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, measure_event) VALUES (103, 1, '2026-01-01', 'EUR', 'paid');
SELECT count(*) FROM activate_agreement('C') \gset
SELECT pg_temp.line(251, 103, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01"}');
SELECT lives_ok($$SELECT activate_program('P251')$$, 'a program of an agreement that goes by payment');
SELECT pg_temp.ship('2026-03-20', 1000, p_distributor => 103);
SELECT is(pg_temp.earned(251, '2026-06-30'), NULL, 'shipped and not paid: nothing');
INSERT INTO purchase_event (distributor_id, shipped_on, sell_in_id, event_kind, occurred_on) SELECT distributor_id, shipped_on, sell_in_id, 'paid', '2026-04-10' FROM sell_in WHERE distributor_id = 103;
SELECT results_eq($$SELECT span_starts_on, trim_scale(earned_amount) FROM rebate_as_of('2026-06-30') WHERE program_line_id = 251$$, $$VALUES ('2026-04-01'::date, 100::numeric)$$, 'it counts in the quarter of its payment');
SELECT is(pg_temp.earned(251, '2026-03-31'), NULL, 'and not in that of its shipment');

-- Resellers in and out; sales to nobody known count unless some are named.
SELECT pg_temp.sell('2026-01-10', 1000, 101);
SELECT pg_temp.sell('2026-01-11', 2000, 102);
SELECT pg_temp.sell('2026-01-12', 4000, NULL);
SELECT pg_temp.line(231, 101, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "measure_fact": "sell_through"}');
SELECT pg_temp.line(232, 101, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "measure_fact": "sell_through"}');
SELECT pg_temp.line(233, 101, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "measure_fact": "sell_through"}');
INSERT INTO program_reseller VALUES (232, 101, false), (233, 101, true);
-- A line that credits the resellers: each by itself, 5 % from 1,000, 8 % from 3,000.
SELECT pg_temp.line(234, 101, 'retroactive: 5% from 1000, 8% from 3000', '{"valid_from": "2026-01-01", "measure_fact": "sell_through", "beneficiary": "reseller"}');
SELECT lives_ok($$SELECT activate_program('P231', 'P232', 'P233', 'P234')$$, 'resellers');
SELECT is(pg_temp.earned(231, '2026-03-31'), '700', 'all');
SELECT is(pg_temp.earned(232, '2026-03-31'), '100', 'one');
SELECT is(pg_temp.earned(233, '2026-03-31'), '600', 'all but one');
SELECT is(pg_temp.earned(234, '2026-03-31'), '50 100', 'third-party: each reseller its own tiers');
SELECT results_eq($$SELECT reseller_id, trim_scale(delta_amount) FROM accrue_rebates('2026-03-31') WHERE program_line_id = 234 ORDER BY 1$$,
    'VALUES (101::bigint, 50::numeric), (102, 100)', 'and each is credited');
-- A line of 500 is re-mapped from One to Three: exactly its cents move.
SELECT pg_temp.sell('2026-02-01', 500, 102) AS sold \gset
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-03-31') WHERE program_line_id = 234), 25::numeric, '500 more at 5 %');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, amount, currency_code, invoice_no, entry_kind, corrects_sold_on, corrects_line_id)
SELECT distributor_id, sold_on, warehouse_id, product_id, k.reseller_id, transfer_type, k.sign * quantity, k.sign * amount, currency_code, invoice_no, k.kind, sold_on, sell_through_id
FROM sell_through, (VALUES (-1, 102, 'reversal'), (1, 101, 'replacement')) AS k (sign, reseller_id, kind)
WHERE sell_through_id = :sold;
SELECT results_eq($$SELECT reseller_id, trim_scale(delta_amount) FROM accrue_rebates('2026-03-31') ORDER BY program_line_id, 1 NULLS FIRST$$,
    'VALUES (NULL::bigint, 50::numeric), (NULL, -50), (101, 25), (102, -25)', 're-mapped: exactly its cents move, for the lines that look at resellers');
SELECT is((SELECT sum(posted_amount) FROM rebate_balance WHERE program_line_id = 234), 175::numeric, 'and the whole stays');

-- Data gate: payment is held while a report is missing; the earning goes on.
SELECT pg_temp.line(241, 102, 'retroactive: 10% from 0', '{"valid_from": "2026-01-01", "measure_fact": "sell_through", "gate_late_days": 0, "gate_completeness": 90}');
SELECT lives_ok($$SELECT activate_program('P241')$$, 'a data gate');
SELECT pg_temp.sell('2026-01-10', 1000, 101, 102);
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, valid_from) SELECT 102, 'sell_through', fiscal_calendar_id, '2026-01-01' FROM fiscal_calendar;
SELECT isnt(generate_obligations('2026-01-01', '2026-03-31'), 0::bigint, 'reports are due');
SELECT is(pg_temp.earned(241, '2026-03-31'), '100', 'it is earned');
SELECT results_eq($$SELECT reason FROM rebate_holds_as_of('2026-04-30') WHERE program_line_id = 241 AND span_starts_on = '2026-01-01' ORDER BY 1$$,
    $$VALUES ('completeness'::text), ('report missing')$$, 'and held');
SELECT is_empty($$SELECT * FROM rebate_holds_as_of('2026-04-30') WHERE program_line_id <> 241$$, 'no other line is');

SELECT * FROM finish();
ROLLBACK;
