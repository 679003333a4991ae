-- Two statements differ by what has changed between them, line by line and to the
-- cent; other schedules and other volumes can be tried without writing anything.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(20);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a'), (102, 'Q', 'Q', 'b');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2026-01-01', 'EUR'), (102, 1, '2026-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B')$$, 'agreements');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'OLD', 'Old', 101), (102, 'NEW', 'New', 101), (103, 'THROUGH', 'Through', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT v.id, v.id, 1, 'L', v.fact, c.fiscal_calendar_id, 'year', '2026-01-01', v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 'sell_in', 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000'),
    (102, 'sell_in', 'retroactive: 5% from 100000'),
    (103, 'sell_through', 'retroactive: 5% from 100000')
) AS v (id, fact, schedule);
UPDATE rebate_program SET program_state = 'active';
CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric, p_invoice text, p_corrects text DEFAULT NULL, p_kind text DEFAULT 'original', p_product bigint DEFAULT 101, p_distributor bigint DEFAULT 101) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
    SELECT p_distributor, p_on, p_distributor, p_product, p_on, p_invoice, sign(p_amount), abs(p_amount), p_amount, 'EUR', p_kind, c.shipped_on, c.sell_in_id
    FROM (SELECT) AS one
    LEFT JOIN sell_in AS c ON c.invoice_no = p_corrects AND c.entry_kind = 'original'
    RETURNING sell_in_id
$$;
CREATE FUNCTION pg_temp.version(p_line bigint, p_version integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT rebate_statement_id FROM rebate_statement WHERE program_line_id = p_line AND version_no = p_version
$$;

-- 40k, 70k, 60k, 50k: 220k, 8,800. A late return of 25k: 195k, 5,850.
SELECT pg_temp.ship('2026-02-01', 40000, 'I-1');
SELECT pg_temp.ship('2026-05-01', 70000, 'I-2');
SELECT pg_temp.ship('2026-08-01', 60000, 'I-3');
SELECT pg_temp.ship('2026-11-01', 50000, 'I-4');
SELECT count(*) FROM issue_statements('2026-11-30', 'OLD');
SELECT pg_temp.ship('2026-11-15', -25000, 'R-1');
SELECT count(*) FROM issue_statements('2026-11-30', 'OLD');
SELECT results_eq($$SELECT cause, invoice_no, amount, total_after FROM compare_statements(pg_temp.version(101, 1), pg_temp.version(101, 2))$$,
    $$VALUES ('tier'::text, NULL::text, -2200.00, 6600.00), ('late', 'R-1', -750.00, 5850.00)$$,
    'a return: -25k at 3 %, and 220k at 3 instead of 4 %');

-- The first was 45k, not 40k; a line of 10k comes late; December brings 20k:
-- 230k at 4 % = 9,200. Difference 3,350 = 195k x 1 % + (-40k + 45k + 10k + 20k) at 4 %.
SELECT pg_temp.ship('2026-02-01', -40000, 'X-1', 'I-1', 'reversal');
SELECT pg_temp.ship('2026-02-01', 45000, 'I-1b', 'I-1', 'replacement');
SELECT pg_temp.ship('2026-06-01', 10000, 'I-5');
SELECT pg_temp.ship('2026-12-10', 20000, 'I-6');
SELECT count(*) FROM issue_statements('2026-12-31', 'OLD');
SELECT results_eq($$SELECT cause, invoice_no, trim_scale(value_before), trim_scale(value_after), amount FROM compare_statements(pg_temp.version(101, 2), pg_temp.version(101, 3))$$,
    $$VALUES ('tier'::text, NULL::text, NULL::numeric, NULL::numeric, 1950.00), ('corrected', 'I-1', 40000, NULL, -1600.00), ('corrected', 'I-1b', NULL, 45000, 1800.00),
        ('late', 'I-5', NULL, 10000, 400.00), ('new', 'I-6', NULL, 20000, 800.00)$$, 'corrected, late and new lines, and the tier');
SELECT is((SELECT sum(amount) FROM compare_statements(pg_temp.version(101, 2), pg_temp.version(101, 3))), 3350.00, 'together the difference');
SELECT is((SELECT concat_ws(' ', trim_scale(calculated_amount), trim_scale(prior_period_amount), trim_scale(rate_amount)) FROM rebate_statement WHERE program_line_id = 101 AND version_no = 3),
    '800 600 1950', 'and the columns of the statement');
SELECT is_empty($$SELECT * FROM compare_statements(pg_temp.version(101, 3), pg_temp.version(101, 3))$$, 'a statement is like itself');
SELECT is((SELECT sum(amount) FROM compare_statements(pg_temp.version(101, 3), pg_temp.version(101, 1))), -400.00, 'and back');

-- Another rule: 5 % from 100k on the same lines: 230k x 1 % more.
SELECT count(*) FROM issue_statements('2026-12-31', 'NEW');
SELECT results_eq($$SELECT cause, amount, total_after FROM compare_statements(pg_temp.version(101, 3), pg_temp.version(102, 1))$$,
    $$VALUES ('rule'::text, 2300.00, 11500.00)$$, 'the rule alone');

-- A floor holds I-7 back, then lets it go; I-2 is reversed without replacement.
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action) VALUES ('vendor_net_price', 101, 'EUR', 99999, '2026-12-01', 'hold');
SELECT pg_temp.ship('2026-12-20', 8000.01, 'I-7');
SELECT pg_temp.ship('2026-05-01', -70000, 'X-2', 'I-2', 'reversal');
SELECT count(*) FROM issue_statements('2026-12-31', 'NEW');
UPDATE price_violation SET violation_state = 'released';
SELECT count(*) FROM issue_statements('2026-12-31', 'NEW');
SELECT results_eq($$SELECT cause, invoice_no, amount FROM compare_statements(pg_temp.version(102, 1), pg_temp.version(102, 2))$$,
    $$VALUES ('reversed'::text, 'I-2'::text, -3500.00)$$, 'a reversed line; one on hold does not count');
SELECT results_eq($$SELECT cause, invoice_no, amount FROM compare_statements(pg_temp.version(102, 2), pg_temp.version(102, 3))$$,
    $$VALUES ('released'::text, 'I-7'::text, 400.00)$$, 'a released line');
SELECT throws_ok($$SELECT * FROM compare_statements(-1, -2)$$, 'P0002', NULL, 'unknown statements');
SELECT is((SELECT count(*) FROM rebate_statement AS a JOIN rebate_statement AS b USING (distributor_id, span_starts_on)
    WHERE b.settlement_amount - a.settlement_amount <> (SELECT coalesce(sum(c.amount), 0) FROM compare_statements(a.rebate_statement_id, b.rebate_statement_id) AS c)),
    0::bigint, 'any two of them: the steps add up to the difference');

-- What if: the four methods of SEMANTICS 2.2 at once on 2,000 in the third quarter of E.
SELECT pg_temp.ship('2026-07-05', 1500, 'E-1', p_distributor => 102);
SELECT pg_temp.ship('2026-09-30', 500, 'E-2', p_product => 102, p_distributor => 102);
SELECT results_eq($$SELECT schedule_no, trim_scale(measured_value), earned_amount FROM simulate_rebate(ARRAY[
    'marginal: 10% from 0, 25% from 1000', 'retroactive: 10% from 0, 25% from 1000', 'rolling: 10% from 0, 25% from 1000', 'additive: 10% from 0, 25% from 1000']::tier_schedule[],
    '2026-07-01', '2026-09-30') WHERE distributor_code = 'E' ORDER BY schedule_no$$,
    'VALUES (1::bigint, 2000::numeric, 350::numeric), (2, 2000, 500), (3, 2000, 600), (4, 2000, 700)', 'four schedules, one look at the facts');
SELECT results_eq($$SELECT earned_amount, effective_rate FROM simulate_rebate(ARRAY['retroactive: 2% from 0, 4% from 1000']::tier_schedule[],
    '2026-07-01', '2026-09-30', p_product_line => 'b') WHERE distributor_code = 'E'$$, 'VALUES (10::numeric, 0.02)', 'scope by product line');
SELECT is((SELECT count(*) FROM simulate_rebate((SELECT array_agg(format('retroactive: %s per unit from %s', g, g)::tier_schedule) FROM generate_series(1, 300) AS g),
    '2026-01-01', '2026-12-31', p_measure_unit => 'quantity', p_span_kind => 'year')), 600::bigint, 'hundreds at once');
SELECT is((SELECT count(DISTINCT span_starts_on) FROM simulate_rebate(ARRAY['marginal: 1% from 0']::tier_schedule[], '2026-07-31', '2026-09-30', p_span_kind => 'month')), 2::bigint, 'spans are cut at the days given');

-- Enable (SEMANTICS 2.4): 110k in half a year, run rate 220k: 4 % x 110k = 4,400.
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (104, 'HALF', 'Half', 102);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT 104, 104, 1, 'L', 'b', 'sell_in', fiscal_calendar_id, 'year', '2027-01-01', 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000' FROM fiscal_calendar;
UPDATE rebate_program SET program_state = 'active' WHERE rebate_program_id = 104;
SELECT pg_temp.ship('2027-03-01', 110000, 'H-1', p_product => 102, p_distributor => 102);
SELECT results_eq($$SELECT trim_scale(earned_amount), trim_scale(forecast_amount), is_on_course, trim_scale(gap), jump_at_next, days_left FROM close_to_next_tier('2027-07-01', 0.5) WHERE program_code = 'HALF'$$,
    'VALUES (3300::numeric, 4400::numeric, true, 90000::numeric, 2000::numeric, 183)', 'actual 3,300, forecast 4,400; 90k and 183 days to a jump of 2,000');
SELECT is((SELECT round(needed_run_rate, 4) FROM close_to_next_tier('2027-07-01', 0.5) WHERE program_code = 'HALF'), 491.8033, '90,000 / 183 a day');
SELECT is_empty($$SELECT * FROM close_to_next_tier('2027-07-01', 0.4) WHERE program_code = 'HALF'$$, '90k of 200k is more than 40 %');
-- 10 % of 110k returned: 99k, nothing is left of 3,300; 10k above 100k, where 3,000 are lost at once.
SELECT results_eq($$SELECT tier_no, trim_scale(cushion), drop_below, trim_scale(exposed_amount) FROM clawback_exposure('2027-07-01') WHERE program_code = 'HALF'$$,
    'VALUES (1, 10000::numeric, 3000::numeric, 3300::numeric)', 'what a return would take back');

SELECT * FROM finish();
ROLLBACK;
