-- A minimum that was not bought has the consequence that was agreed: a charge, a
-- higher minimum, a lower level, discount billed back, probation. By span, by weight,
-- with the 53rd week, for a distributor or a group together.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(36);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E'), (103, 'F', 'F');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default)
    SELECT d, d, 'W', 'W', true FROM generate_series(101, 103) AS d;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a'), (102, 'Q', 'Q', 'b');
INSERT INTO fiscal_calendar (calendar_code, pattern, year_end_month, year_end_rule) VALUES ('nrf', '4-4-5', 12, 'last');
SELECT ok(add_fiscal_years('nrf', 2022, 2026) > 0, 'a calendar of weeks');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (101, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (101, 101, '2020-01-01', 100);
CREATE FUNCTION pg_temp.agree(p_id bigint, p_distributor bigint, p_from date, p_to date DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (p_id, 'A' || p_id, 'A', p_distributor);
    INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, grace_days, level_up_mode)
    VALUES (p_id, 1, p_from, p_to, 'EUR', 10, 'prospective');
$$;
CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_amount numeric, p_list numeric DEFAULT NULL, p_product bigint DEFAULT 101) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, 'I', sign(p_amount), p_list, abs(p_amount), p_amount, 'EUR')
    RETURNING sell_in_id
$$;
CREATE FUNCTION pg_temp.see(p_agreement text, p_no integer, p_on date, p_column text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
    EXECUTE format('SELECT string_agg(coalesce(trim_scale(%s::numeric)::text, ''-''), '' '' ORDER BY span_starts_on, distributor_code) FROM commitment_as_of(%L) WHERE agreement_no = %L AND commitment_no = %s',
        p_column, p_on, p_agreement, p_no) INTO r;
    RETURN r;
END $$;

-- Cash, by days (Lago: 100 committed, 50 used: 50; half of the month: half of it).
SELECT pg_temp.agree(1, 101, '2026-04-16', '2026-12-31');
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, shortfall_mode) VALUES (1, 1, 1, 'month', 100, 'cash');
-- Make-up by quarter: 1,000, also of the one that is covered in part.
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, proration_mode, shortfall_mode, carries_excess) VALUES (1, 1, 2, 'quarter', 1000, 'none', 'make_up', true);
SELECT activate_agreement('A1') IS NOT NULL AS is_active \g /dev/null
SELECT pg_temp.ship(101, '2026-05-10', 50);
-- April has 15 of 30 days: 50 promised, nothing bought. May: 100 promised, 50 used: 50.
SELECT is(pg_temp.see('A1', 1, '2026-05-31', 'minimum'), '50 100', 'half of a month is half of the minimum');
SELECT results_eq($$SELECT charge_kind, span_starts_on, trim_scale(amount) FROM charge_agreements('2026-05-31', true) ORDER BY 2$$, $$VALUES ('shortfall'::text, date '2026-04-01', 50::numeric), ('shortfall', '2026-05-01', 50)$$, 'a dry run says 50 and 50');
SELECT is((SELECT count(*) FROM agreement_charge), 0::bigint, 'and writes nothing');
SELECT is((SELECT sum(amount) FROM charge_agreements('2026-05-31')), 100.0000, 'both are charged, each a line of its own');
SELECT is_empty($$SELECT * FROM charge_agreements('2026-05-31')$$, 'once');
INSERT INTO commitment_relief (agreement_id, version_no, commitment_no, span_starts_on, relief, reason) VALUES (1, 1, 1, '2026-05-01', 30, 'late delivery');
SELECT results_eq($$SELECT posting_no, trim_scale(amount) FROM charge_agreements('2026-05-31')$$, 'VALUES (2, -30::numeric)', 'a relief of 30 gives 30 back');
SELECT throws_ok('UPDATE agreement_charge SET amount = 1', 'ZD001', NULL, 'charges are append-only');
SELECT throws_ok('SELECT charge_agreements(NULL)', '22023', NULL, 'a day is needed');

-- Make-up: second quarter 50 of 1,000: 950 on top of the third: 1,950. Third 2,100: 150 over, fourth needs 1,000, has 150.
SELECT pg_temp.ship(101, '2026-08-10', 2100);
SELECT is(pg_temp.see('A1', 2, '2026-12-31', 'minimum'), '1000 1950 1000', 'what was missed is added to the next minimum');
SELECT is(pg_temp.see('A1', 2, '2026-12-31', 'made_up_in'), '0 950 0', 'and seen');
SELECT is(pg_temp.see('A1', 2, '2026-12-31', 'carried_in'), '0 0 150', 'what was bought beyond it is carried');
SELECT is(pg_temp.see('A1', 2, '2026-12-31', 'charge_amount'), '0 0 0', 'nothing of it is charged');

-- Escalator: +10 % each anniversary: 100, 110, 121 a year.
SELECT pg_temp.agree(2, 101, '2023-01-01');
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, escalator_rate) VALUES (2, 1, 1, 'year', 100, 0.1);
-- By weight: 1,200 a year, 2 in each month of the fourth quarter, 1 in the others: 15 in all, so a month 80 and 160.
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, proration_mode) VALUES (2, 1, 2, 'quarter', 1200, 'weights');
INSERT INTO commitment_weight (agreement_id, version_no, commitment_no, period_no, weight) SELECT 2, 1, 2, n, CASE WHEN n > 9 THEN 2 ELSE 1 END FROM generate_series(1, 12) AS n;
SELECT activate_agreement('A2') IS NOT NULL AS is_active \g /dev/null
SELECT is(pg_temp.see('A2', 1, '2025-12-31', 'minimum'), '100 110 121', 'a minimum that grows');
SELECT is(pg_temp.see('A2', 2, '2023-12-31', 'minimum'), '240 240 240 480', 'a year spread by weights');
SELECT throws_ok($$INSERT INTO commitment_weight VALUES (2, 1, 2, 13, 1)$$, 'ZD002', NULL, 'weights are terms');

-- The 53rd week.
SELECT results_eq($$SELECT fiscal_year FROM fiscal_period AS p JOIN fiscal_calendar AS c USING (fiscal_calendar_id) WHERE calendar_code = 'nrf' GROUP BY fiscal_year HAVING sum(weeks) = 53$$, 'VALUES (2022)', 'the year 2022 of the calendar has 53 weeks');
SELECT pg_temp.agree(3, 101, '2021-12-26');
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, calendar_code, week_53_mode) VALUES
    (3, 1, 1, 'year', 5200, 'nrf', 'longer'), (3, 1, 2, 'year', 5200, 'nrf', 'none'), (3, 1, 3, 'quarter', 1300, 'nrf', 'longer');
SELECT activate_agreement('A3') IS NOT NULL AS is_active \g /dev/null
-- 5,200 x 53/52 = 5,300; a quarter of 14 weeks 1,300 x 14/13 = 1,400.
SELECT is((SELECT string_agg(commitment_no || ': ' || round(minimum, 4), ', ' ORDER BY commitment_no) FROM commitment_as_of('2022-12-31') WHERE agreement_no = 'A3' AND span_ends_on = (SELECT max(ends_on) FROM fiscal_period AS p JOIN fiscal_calendar AS c USING (fiscal_calendar_id) WHERE calendar_code = 'nrf' AND fiscal_year = 2022)),
    '1: 5300.0000, 2: 5200.0000, 3: 1400.0000', 'the 53rd week counts, or not');

-- Probation (ASTC): two quarters running, 60 days. Termination (DKSH): below 70 % in one year, or two years running.
SELECT pg_temp.agree(4, 102, '2024-01-01');
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, shortfall_mode, probation_after_misses, probation_days) VALUES (4, 1, 1, 'quarter', 100, 'probation', 2, 60);
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, tolerance_rate, termination_below_rate, termination_after_misses) VALUES (4, 1, 2, 'year', 1000, 0.9, 0.7, 2);
SELECT throws_ok($$INSERT INTO commitment (agreement_id, version_no, commitment_no, minimum_qty, shortfall_mode) VALUES (4, 1, 9, 1, 'probation')$$, '23514', NULL, 'a probation has its days');
SELECT activate_agreement('A4') IS NOT NULL AS is_active \g /dev/null
SELECT pg_temp.ship(102, '2024-07-01', 120), pg_temp.ship(102, '2024-10-01', 700), pg_temp.ship(102, '2025-01-01', 850), pg_temp.ship(102, '2026-01-01', 650);
SELECT results_eq($$SELECT span_starts_on, misses_in_row::integer, probation_from, probation_to FROM commitment_as_of('2024-12-31') WHERE agreement_no = 'A4' AND commitment_no = 1 ORDER BY 1$$,
    $$VALUES (date '2024-01-01', 1, NULL::date, NULL::date), ('2024-04-01', 2, '2024-07-01', '2024-08-29'), ('2024-07-01', 0, NULL, NULL), ('2024-10-01', 0, NULL, NULL)$$, 'two quarters missed in a row: 60 days of probation');
-- 820 = 82 %: missed (below 900), no right. 850 the year after: missed two running. 650 of 1,000 = 65 %.
SELECT results_eq($$SELECT trim_scale(attainment_rate), misses_in_row::integer, may_terminate FROM commitment_as_of('2026-12-31') WHERE agreement_no = 'A4' AND commitment_no = 2 ORDER BY span_starts_on$$,
    'VALUES (0.82, 1, false), (0.85, 2, true), (0.65, 3, true)', 'one year short, two years running');
SELECT is((SELECT may_terminate FROM commitment_as_of('2026-06-30') WHERE agreement_no = 'A4' AND commitment_no = 2 AND span_starts_on = '2026-01-01'), false, 'not before the year is over');

-- A lower level, and discount billed back.
SELECT pg_temp.agree(5, 103, '2025-01-01');
UPDATE agreement_version SET granted_level_no = 3 WHERE agreement_id = 5;
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (5, 1, 1, 'Bronze', 1000, 0.05), (5, 1, 2, 'Silver', 10000, 0.1), (5, 1, 3, 'Gold', 20000, 0.2);
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, shortfall_mode) VALUES (5, 1, 1, 'quarter', 4000, 'level_down'), (5, 1, 2, 'quarter', 5000, 'bill_back');
SELECT activate_agreement('A5') IS NOT NULL AS is_active \g /dev/null
-- First quarter: 40 at 80 off a list of 100 = 3,200, a year of it 12,800: silver. 4,000 x (20 - 10 %) = 400.
DO $$ BEGIN PERFORM pg_temp.ship(103, '2025-02-01', 80, 100) FROM generate_series(1, 40); END $$;
SELECT is((SELECT rule_id FROM purchase_price('F', 'P', 1, '2025-04-10')), '5/1/3', 'ten days of grace');
SELECT results_eq($$SELECT unit_price, rule_id FROM purchase_price('F', 'P', 1, '2025-04-11')$$, $$VALUES (90.0000, '5/1/2'::text)$$, 'then one level down: 10 % off 100');
SELECT is((SELECT rule_id FROM purchase_price('F', 'P', 1, '2025-07-11')), '5/1/1', 'missed again: two');
SELECT is((SELECT rule_kind FROM purchase_price('F', 'P', 1, '2025-10-11')), 'price_list', 'missed three times: none is left');
SELECT pg_temp.ship(103, '2025-11-01', 5000, 5000);
SELECT is((SELECT rule_id FROM purchase_price('F', 'P', 1, '2026-01-11')), '5/1/3', 'a span that is met restores it');
SELECT is(pg_temp.see('A5', 2, '2025-03-31', 'charge_amount'), '400', 'discount above what the quarter earned');
SELECT results_eq($$SELECT charge_kind, trim_scale(amount) FROM charge_agreements('2025-03-31') WHERE agreement_id = 5$$, $$VALUES ('bill_back'::text, 400::numeric)$$, 'is billed back');

-- Together: a group of two, pooled; and each by itself.
INSERT INTO distributor_group (distributor_group_id, group_code, group_name) VALUES (101, 'G', 'G');
INSERT INTO distributor_group_member (distributor_group_id, distributor_id, valid_from, valid_to) VALUES (101, 101, '2020-01-01', NULL), (101, 102, '2020-01-01', '2020-06-30'), (101, 102, '2020-10-01', NULL);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_group_id, pools_members) VALUES (6, 'A6', 'A', 101, true), (7, 'A7', 'A', 101, false);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency) VALUES (6, 1, '2020-01-01', '2020-12-31', 'EUR'), (7, 1, '2020-01-01', '2020-12-31', 'EUR');
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_amount, shortfall_mode) SELECT n, 1, 1, 'year', 1000, 'cash' FROM generate_series(6, 7) AS n;
SELECT activate_agreement('A6') IS NOT NULL, activate_agreement('A7') IS NOT NULL \g /dev/null
-- D 600, E 300 while a member, 900 while not, 50 again.
SELECT pg_temp.ship(101, '2020-02-01', 600), pg_temp.ship(102, '2020-03-01', 300), pg_temp.ship(102, '2020-08-01', 900), pg_temp.ship(102, '2020-11-01', 50);
SELECT results_eq($$SELECT distributor_code, trim_scale(actual), charge_amount FROM commitment_as_of('2020-12-31') WHERE agreement_no = 'A6'$$, $$VALUES (NULL::text, 950::numeric, 50.00)$$, 'together: 600 + 350, what was bought while a member');
SELECT results_eq($$SELECT distributor_code, trim_scale(actual), charge_amount FROM commitment_as_of('2020-12-31') WHERE agreement_no = 'A7' ORDER BY 1$$, $$VALUES ('D'::text, 600::numeric, 400.00), ('E', 350, 650.00)$$, 'each by itself');
INSERT INTO commitment_relief (agreement_id, version_no, commitment_no, span_starts_on, distributor_id, relief, reason) VALUES (7, 1, 1, '2020-01-01', 102, 650, 'strike');
SELECT is(pg_temp.see('A7', 1, '2020-12-31', 'shortfall'), '400 0', 'relief for one of them');

-- The view.
SELECT is((SELECT count(*) FROM commitment_attainment WHERE attainment_rate < 0), 0::bigint, 'attainment can be looked at');
SELECT is((SELECT standing FROM commitment_attainment WHERE agreement_no = 'A4' AND commitment_no = 1 AND span_starts_on = '2024-01-01'), 'missed', 'a quarter that was missed');
SELECT is((SELECT round(run_rate, 4) FROM commitment_as_of('2025-02-09') WHERE agreement_no = 'A5' AND commitment_no = 1), 80.0000, '3,200 in 40 days: 80 a day');
SELECT is((SELECT round(needed_run_rate, 4) FROM commitment_as_of('2025-02-09') WHERE agreement_no = 'A5' AND commitment_no = 1), 16.0000, '800 more in 50 days: 16 a day');

SELECT * FROM finish();
ROLLBACK;
