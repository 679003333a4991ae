-- Actual, accrual and forecast earnings of SEMANTICS 2.4 (Enable): 3,300 / 5,500 / 4,400;
-- a forecast does not stay up when a distributor stops selling; runs keep what they went by.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(23);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2026-01-01', 'EUR'), (102, 1, '2026-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B')$$, 'agreements');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'YEAR', 'Year', 101), (102, 'POS', 'Pos', 102), (103, 'SAP', 'Sap', 102);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, valid_to, schedule)
SELECT v.id, v.id, 1, 'L', v.fact, c.fiscal_calendar_id, v.span, v.valid_from::date, v.valid_to::date, v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 'sell_in', 'year', '2026-01-01', NULL, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000'),
    (102, 'sell_through', 'quarter', '2026-01-01', NULL, 'retroactive: 1% from 0, 5% from 70000'),
    (103, 'sell_in', 'quarter', '2026-10-01', '2026-12-31', 'retroactive: 2% from 5000, 4% from 20000')
) AS v (id, fact, span, valid_from, valid_to, schedule)
WHERE c.calendar_code = 'gregorian';
SELECT is((SELECT count(activated_at) FROM activate_program('YEAR', 'POS', 'SAP')), 3::bigint, 'programs');
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_amount numeric) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, 101, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, 'EUR')
$$;

-- 110,000 in half a year; the tier that is expected is 5 %; the run rate gives 220,604 a year: 4 %.
SELECT pg_temp.ship(101, '2026-03-01', 110000);
SELECT results_eq($$SELECT trim_scale(actual_amount), accrual_amount, trim_scale(forecast_amount), band_kind FROM rebate_earnings_as_of('2026-07-01') WHERE program_line_id = 101$$,
    $$VALUES (3300::numeric, NULL::numeric, 4400::numeric, 'actual'::text)$$, 'actual 3,300, forecast 4,400');
SELECT throws_ok($$SELECT choose_accrual_band('YEAR', 1, '2026-01-01', 'accrual', 9)$$, '22023', NULL, 'a tier that is not there');
SELECT throws_ok($$SELECT choose_accrual_band('NONE', 1, '2026-01-01', 'forecast')$$, 'ZD070', NULL, 'a program that is not there');
SELECT is((choose_accrual_band('YEAR', 1, '2026-01-01', 'accrual', 3, 'expected value')).tier_no, 3, 'the third tier is expected');
SELECT results_eq($$SELECT trim_scale(actual_amount), trim_scale(accrual_amount), trim_scale(forecast_amount), band_kind FROM rebate_earnings_as_of('2026-07-01') WHERE program_line_id = 101$$,
    $$VALUES (3300::numeric, 5500::numeric, 4400::numeric, 'accrual'::text)$$, 'accrual 5,500');
SELECT results_eq($$SELECT band_kind, trim_scale(delta_amount) FROM accrue_rebates('2026-07-01') WHERE program_line_id = 101$$, $$VALUES ('accrual'::text, 5500::numeric)$$, 'which is what is posted');
SELECT is((choose_accrual_band('YEAR', 1, '2026-01-01', 'forecast')).band_kind, 'forecast', 'another choice');
SELECT results_eq($$SELECT band_kind, trim_scale(delta_amount) FROM accrue_rebates('2026-07-01') WHERE program_line_id = 101$$, $$VALUES ('forecast'::text, -1100::numeric)$$, 'posts the difference');
SELECT is((SELECT sum(base_amount + prior_period_amount + rate_amount - delta_amount) FROM accrual_entry), 0::numeric, 'whose parts add up');
SELECT is((SELECT trim_scale(earned_amount) FROM rebate_as_of('2026-07-01') WHERE program_line_id = 101), 3300::numeric, 'what is earned is another question');
SELECT throws_ok('DELETE FROM accrual_band', 'ZD001', NULL, 'choices are kept');

-- By reports: January 30,000, February nil, March not here yet. 59 of 90 days are closed:
-- 45,762, not 30,000 x 90 / 31 = 87,097, which would have reached 5 %.
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, valid_from) SELECT 102, 'sell_through', fiscal_calendar_id, '2026-01-01' FROM fiscal_calendar WHERE calendar_code = 'gregorian';
SELECT count(*) = 3 AS generated FROM (SELECT generate_obligations('2026-01-01', '2026-03-31')) AS g \gset
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, amount, currency_code) VALUES (102, '2026-01-20', 102, 101, 'SS', 1, 30000, 'EUR');
SELECT results_eq($$SELECT closed_days, span_days, forecast_value FROM rebate_earnings_as_of('2026-03-15') WHERE program_line_id = 102$$,
    $$VALUES (0, 90, 30000.0000)$$, 'no report yet: nothing to extrapolate');
INSERT INTO submission (distributor_id, report_kind, document_format, submission_mode, submission_state, document, period_starts_on, period_ends_on, period_is_stated, accepted_at)
VALUES (102, 'sell_through', 'call', 'original', 'accepted', 'a', '2026-01-01', '2026-01-31', true, now()),
    (102, 'sell_through', 'call', 'nil', 'accepted', 'b', '2026-02-01', '2026-02-28', true, now());
INSERT INTO submission_line (distributor_id, submission_id, line_no, books_as) SELECT 102, submission_id, 1, 'sell_through' FROM submission WHERE document = 'a';
SELECT results_eq($$SELECT closed_days, span_days, round(forecast_value, 2), trim_scale(forecast_amount) FROM rebate_earnings_as_of('2026-03-15') WHERE program_line_id = 102$$,
    $$VALUES (59, 90, 45762.71, 300::numeric)$$, 'a nil report counts as days without sales');

-- SAP (SEMANTICS 2.4): October 3,000, November 7,000, December 27,000 in all: 0, 140, 940.
SELECT pg_temp.ship(102, '2026-10-10', 3000);
SELECT is_empty($$SELECT * FROM accrue_rebates('2026-10-31') WHERE program_line_id = 103$$, 'October: nothing');
SELECT pg_temp.ship(102, '2026-11-10', 4000);
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-11-30') WHERE program_line_id = 103), 140::numeric, 'November: 2 % of 7,000');
SELECT pg_temp.ship(102, '2026-12-10', 20000);
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-12-31') WHERE program_line_id = 103), 940::numeric, 'December: 1,080 less 140');

-- Once the span is over the actual earning is posted, whatever was chosen.
SELECT results_eq($$SELECT band_kind, (SELECT trim_scale(sum(delta_amount)) FROM accrual_entry WHERE program_line_id = 101)
    FROM rebate_earnings_as_of('2026-12-31') WHERE program_line_id = 101$$, $$VALUES ('actual'::text, 3300::numeric)$$, 'the year is over: 3,300');

-- A run keeps hashes of what went in and of the rules, the version and both cut-offs.
SELECT is((SELECT count(*) FROM accrual_run WHERE length(inputs_sha256) = 32 AND length(rules_sha256) = 32 AND engine_version IS NOT NULL AND activity_on IS NOT NULL AND knowledge_at IS NOT NULL),
    (SELECT count(*) FROM accrual_run), 'every run says what it went by');
SELECT count(*) FROM accrue_rebates('2026-12-31') \gset
SELECT is((SELECT count(DISTINCT (inputs_sha256, rules_sha256)) FROM accrual_run WHERE activity_on = '2026-12-31'), 1::bigint, 'the same facts and rules, the same hashes');
SELECT pg_temp.ship(102, '2026-12-11', 1);
SELECT count(*) FROM accrue_rebates('2026-12-31') \gset
SELECT is((SELECT count(DISTINCT inputs_sha256) FROM accrual_run WHERE activity_on = '2026-12-31'), 2::bigint, 'another fact, another hash');
UPDATE program_line SET valid_to = '2027-12-31' WHERE program_line_id = 101;
SELECT count(*) FROM accrue_rebates('2026-12-31') \gset
SELECT is((SELECT count(DISTINCT rules_sha256) FROM accrual_run WHERE activity_on = '2026-12-31'), 2::bigint, 'another rule, another hash');

SELECT * FROM finish();
ROLLBACK;
