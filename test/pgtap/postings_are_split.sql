-- A posting says what of it is new, what came late and what is due to another tier,
-- and the three add up, whatever the method.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(12);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency) VALUES (101, 1, '2026-01-01', '2026-12-31', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A')$$, 'an agreement');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'YEAR', 'Year', 101), (102, 'STEP', 'Step', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT v.id, v.id, 1, 'L', 'sell_in', c.fiscal_calendar_id, 'year', '2026-01-01', v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000'),
    (102, 'marginal: 3% from 100000, 4% from 200000')
) AS v (id, schedule);
UPDATE rebate_program SET program_state = 'active';
CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (101, p_on, 101, 101, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, 'EUR')
$$;
CREATE FUNCTION pg_temp.accrue(p_on date, OUT year text, OUT step text) LANGUAGE sql AS $$
    SELECT min(t.said) FILTER (WHERE t.program_line_id = 101), min(t.said) FILTER (WHERE t.program_line_id = 102)
    FROM (
        SELECT a.program_line_id, concat_ws(' ', trim_scale(a.base_amount), trim_scale(a.prior_period_amount), trim_scale(a.rate_amount), '=', trim_scale(a.delta_amount)) AS said
        FROM accrue_rebates(p_on) AS a
    ) AS t
$$;

-- SEMANTICS 2.4: 40k, 70k, 60k, 50k; 0 / 3,300 / 1,800 / 3,700, then -2,950.
SELECT pg_temp.ship('2026-02-01', 40000);
SELECT is((SELECT (year, step)::text FROM pg_temp.accrue('2026-03-31')), '(,)', 'first quarter: nothing is posted');
SELECT is((SELECT count(*) FROM accrual_position WHERE measured_value = 40000), 2::bigint, 'but what counted is known');
SELECT pg_temp.ship('2026-05-01', 70000);
-- 70k at 3 % = 2,100; 40k at 3 instead of 0 % = 1,200. Marginal: 10k at 3 %.
SELECT is((SELECT (year, step)::text FROM pg_temp.accrue('2026-06-30')), '("2100 0 1200 = 3300","300 0 0 = 300")', 'second: the first is paid as well');
SELECT pg_temp.ship('2026-08-01', 60000);
SELECT is((SELECT (year, step)::text FROM pg_temp.accrue('2026-09-30')), '("1800 0 0 = 1800","1800 0 0 = 1800")', 'third: no other tier');
SELECT pg_temp.ship('2026-11-01', 50000);
-- 50k at 4 % = 2,000; 170k at 4 instead of 3 % = 1,700. Marginal: 30k at 3 %, 20k at 4 %.
SELECT is((SELECT (year, step)::text FROM pg_temp.accrue('2026-12-30')), '("2000 0 1700 = 3700","1700 0 0 = 1700")', 'fourth: 4 % for all');
SELECT is((SELECT count(*) FROM accrue_rebates('2026-12-30')), 0::bigint, 'another run posts nothing');
-- -25k at 3 % = -750; 220k at 3 instead of 4 % = -2,200. Marginal: 195k earn 2,850, 950
-- less than 3,800; the 220k at the tier of 195k are 120k at 3 % = 3,600, so -200 and -750.
SELECT pg_temp.ship('2026-10-15', -25000);
SELECT is((SELECT (year, step)::text FROM pg_temp.accrue('2026-12-31')), '("0 -750 -2200 = -2950","0 -750 -200 = -950")', 'a late return, and the tier that it costs');
-- A late 5k and a new 1k: 201k. 195k at 4 instead of 3 % = 1,950; 5k at 4 % = 200; 1k at 4 % = 40.
SELECT pg_temp.ship('2026-01-15', 5000);
SELECT pg_temp.ship('2026-12-31', 1000);
SELECT is((SELECT year FROM pg_temp.accrue('2026-12-31')), '0 240 1950 = 2190', 'of days up to the run before, both are late');
SELECT is((SELECT sum(base_amount + prior_period_amount + rate_amount - delta_amount) FROM accrual_entry), 0::numeric, 'the three add up');
SELECT is((SELECT posted_amount FROM rebate_balance WHERE program_line_id = 101), 8040::numeric, 'and all of it is 201k at 4 %');
SELECT throws_ok('DELETE FROM accrual_position', 'ZD001', NULL, 'what counted is not forgotten');

SELECT * FROM finish();
ROLLBACK;
