-- A statement is never changed: later versions answer it, and say why they differ
-- in three columns that add up; its lines share its amount to the cent.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(32);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'Delta');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency) VALUES (101, 1, '2026-01-01', '2026-12-31', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A')$$, 'an agreement');

-- SEMANTICS 2.4: SAP's contract October to December, 2 % from 5,000, 4 % at the
-- second level (20,000 here); and 3, 4, 5 % from 100, 200, 300k over the year.
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'SAP', 'Interim', 101), (102, 'YEAR', 'Year', 101), (103, 'STEP', 'Marginal', 101), (104, 'CENT', 'Cents', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, valid_to, schedule)
SELECT v.id, v.id, 1, v.name, v.fact, c.fiscal_calendar_id, v.span, v.valid_from::date, v.valid_to::date, v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 'Interim', 'sell_in', 'quarter', '2026-10-01', '2026-12-31', 'retroactive: 2% from 5000, 4% from 20000'),
    (102, 'Year', 'sell_in', 'year', '2026-01-01', '2026-09-30', 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000'),
    (103, 'Marginal', 'sell_in', 'year', '2026-01-01', '2026-09-30', 'marginal: 3% from 100000, 4% from 200000'),
    (104, 'Cents', 'sell_in', 'month', '2026-04-01', '2026-04-30', 'marginal: 100 flat from 1')
) AS v (id, name, fact, span, valid_from, valid_to, schedule);
UPDATE rebate_program SET program_state = 'active';

CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (101, p_on, 101, 101, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, 'EUR')
    RETURNING sell_in_id
$$;
CREATE FUNCTION pg_temp.columns(p_program text, p_span date, p_on date) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', 'v' || i.version_no, trim_scale(i.calculated_amount), trim_scale(i.prior_period_amount), trim_scale(i.rate_amount),
        '=', trim_scale(i.payable_amount))
    FROM issue_statement(p_program, 1, p_span, p_on) AS i
$$;

-- October 3,000 -> 0; November 7,000 -> 140; December 27,000 -> 1,080, payment 940.
SELECT pg_temp.ship('2026-10-10', 3000);
SELECT is(pg_temp.columns('SAP', '2026-10-01', '2026-10-31'), 'v1 0 0 0 = 0', 'October: 3,000, nothing');
SELECT pg_temp.ship('2026-11-10', 4000);
-- 4,000 at 2 % = 80; October's 3,000 now at 2 % = 60.
SELECT is(pg_temp.columns('SAP', '2026-10-01', '2026-11-30'), 'v2 80 0 60 = 140', 'November: 140, of them 60 because October reached the tier');
SELECT pg_temp.ship('2026-12-10', 20000);
-- 20,000 at 4 % = 800; 7,000 at 4 % instead of 2 % = 140.
SELECT is(pg_temp.columns('SAP', '2026-10-01', '2026-12-31'), 'v3 800 0 140 = 940', 'December: 1,080 less 140 = 940');
SELECT is(pg_temp.columns('SAP', '2026-10-01', '2026-12-31'), 'v3 800 0 140 = 940', 'nothing new: the version stands');
SELECT is_empty($$SELECT * FROM issue_statements('2026-12-31', 'SAP')$$, 'the batch issues nothing either');
SELECT throws_ok($$SELECT * FROM issue_statements('2026-11-30', 'SAP')$$, 'ZD060', NULL, 'no statement goes back behind another');
SELECT throws_ok($$SELECT * FROM issue_statements(NULL)$$, '22023', NULL, 'a day is needed');
SELECT throws_ok($$SELECT * FROM issue_statement('NONE', 1, '2026-10-01', '2026-12-31')$$, 'P0002', NULL, 'and a program');
SELECT throws_ok($$SELECT * FROM issue_statement('SAP', 1, NULL, '2026-12-31')$$, '22004', NULL, 'and a span');

-- Quarter by quarter: 0 / 3,300 / 1,800 / 3,700, then a return of 25,000: -2,950.
SELECT pg_temp.ship('2026-02-01', 40000);
SELECT is(pg_temp.columns('YEAR', '2026-01-01', '2026-03-31'), 'v1 0 0 0 = 0', 'first: 40k');
SELECT pg_temp.ship('2026-05-01', 70000);
-- 70k at 3 % = 2,100; 40k at 3 % = 1,200.
SELECT is((SELECT payable_amount FROM issue_statement('YEAR', 1, '2026-01-01', '2026-06-30', p_dry_run => true)), 3300.0000, 'a dry run says 3,300');
SELECT is((SELECT max(version_no) FROM rebate_statement WHERE program_line_id = 102), 1, 'and writes nothing');
SELECT is((SELECT payable_amount FROM issue_statement('YEAR', 1, '2026-01-01', '2026-06-30', 'half')), 3300.0000, 'second: 3,300');
SELECT is((SELECT version_no FROM issue_statement('YEAR', 1, '2026-01-01', '2026-06-30', 'half')), 2, 'the same key, the same statement');
SELECT is((SELECT concat_ws(' ', trim_scale(calculated_amount), trim_scale(rate_amount)) FROM rebate_statement WHERE program_line_id = 102 AND version_no = 2), '2100 1200',
    '2,100 for the quarter, 1,200 because the first reached the tier');
SELECT pg_temp.ship('2026-08-01', 60000);
SELECT is(pg_temp.columns('YEAR', '2026-01-01', '2026-08-31'), 'v3 1800 0 0 = 1800', 'third: 1,800');
SELECT pg_temp.ship('2026-09-01', 50000);
-- 50k at 4 % = 2,000; 170k at 4 instead of 3 % = 1,700.
SELECT is(pg_temp.columns('YEAR', '2026-01-01', '2026-09-30'), 'v4 2000 0 1700 = 3700', 'fourth: 3,700');
-- -25k at 3 % = -750; 220k at 3 instead of 4 % = -2,200.
SELECT pg_temp.ship('2026-08-15', -25000);
SELECT is(pg_temp.columns('YEAR', '2026-01-01', '2026-09-30'), 'v5 0 -750 -2200 = -2950', 'a late return: one return costs more than its own 4 %');
SELECT is((SELECT sum(payable_amount) FROM rebate_statement WHERE program_line_id = 102), 5850.0000, 'the versions add up to 195k at 3 %');

-- Marginal: earlier value is never re-rated. 195k earn 95k at 3 % = 2,850; 225k earn 100k at 3 % and 25k at 4 % = 4,000.
SELECT is(pg_temp.columns('STEP', '2026-01-01', '2026-09-30'), 'v1 2850 0 0 = 2850', 'marginal: 95k above 100k at 3 %');
SELECT pg_temp.ship('2026-03-01', 30000);
SELECT is(pg_temp.columns('STEP', '2026-01-01', '2026-09-30'), 'v2 0 1150 0 = 1150', 'a late 30k is prior-period alone: 5k at 3 % and 25k at 4 %');

-- Cents: what the lines share is what is stated. SEMANTICS 2.15: 100.00 over three equal lines.
SELECT pg_temp.ship('2026-04-10', 10), pg_temp.ship('2026-04-10', 10), pg_temp.ship('2026-04-10', 10);
SELECT count(*) FROM issue_statements('2026-04-30', 'CENT');
SELECT is((SELECT array_agg(a.allocated_amount ORDER BY a.fact_id) FROM statement_allocation AS a JOIN rebate_statement AS s USING (distributor_id, rebate_statement_id) WHERE s.program_line_id = 104),
    ARRAY[33.34, 33.33, 33.33], 'the largest remainder, whole cents');
SELECT is((SELECT sum(allocated_amount) FROM statement_allocation AS a JOIN rebate_statement AS s USING (distributor_id, rebate_statement_id) WHERE s.program_line_id = 103 AND s.version_no = 2),
    4000.0000, 'the shares add up to 4,000');
SELECT is((SELECT count(*) FROM rebate_statement AS s WHERE s.settlement_amount <> (SELECT coalesce(sum(a.allocated_amount), 0) FROM statement_allocation AS a
    WHERE a.distributor_id = s.distributor_id AND a.rebate_statement_id = s.rebate_statement_id)), 0::bigint, 'of every version');
SELECT lives_ok('SET CONSTRAINTS rebate_statement_adds_up IMMEDIATE', 'what is proven at commit holds');
SET CONSTRAINTS rebate_statement_adds_up DEFERRED;
SELECT throws_ok('UPDATE rebate_statement SET version_no = 9', 'ZD001', NULL, 'a statement is never changed');
SELECT throws_ok($$INSERT INTO statement_allocation
    SELECT a.distributor_id, a.rebate_statement_id, '2026-01-02', 'sell_in', 99, 101, 1, 0, 0 FROM statement_allocation AS a LIMIT 1$$,
    'ZD061', NULL, 'and no line is added to it');
SELECT throws_ok($$INSERT INTO statement_tier SELECT t.distributor_id, t.rebate_statement_id, 9, 9, 'x', true, 0, 1 FROM statement_tier AS t LIMIT 1$$,
    'ZD061', NULL, 'nor a tier');
SELECT throws_ok($test$
    DO $do$ BEGIN
        INSERT INTO rebate_statement (distributor_id, statement_run_id, program_line_id, span_starts_on, span_ends_on, version_no, activity_on, currency_code, schedule,
            line_count, inputs_hash, measured_value, earned_amount, settlement_amount, previous_amount, calculated_amount, prior_period_amount, rate_amount)
        SELECT s.distributor_id, s.statement_run_id, s.program_line_id, s.span_starts_on, s.span_ends_on, 9, s.activity_on, s.currency_code, s.schedule,
            1, 1, 1, 0.01, 0.01, 0, 0.01, 0, 0 FROM rebate_statement AS s LIMIT 1;
        SET CONSTRAINTS rebate_statement_adds_up IMMEDIATE;
    END $do$
$test$, 'ZD061', NULL, 'a statement without its lines does not commit');

SELECT is((SELECT statement_json(rebate_statement_id) - '{statement,issued_at,distributor,agreement,program,measure,span,lines}'::text[]
    FROM rebate_statement WHERE program_line_id = 101 AND version_no = 3),
    '{"version": 3, "activity_to": "2026-12-31", "schedule": "retroactive: 2% from 5000, 4% from 20000", "currency": "EUR",
      "working": [{"tier": 1, "terms": "2% from 5000", "reached": true, "portion": 0, "amount": 0}, {"tier": 2, "terms": "4% from 20000", "reached": true, "portion": 27000, "amount": 1080}],
      "earned": 1080, "settlement": 1080.00, "stated_before": 140.00, "calculated": 800.00, "prior_period_adjustment": 0.00, "rate_adjustment": 140.00, "payable": 940.00}'::jsonb,
    'as jsonb');
SELECT matches((SELECT statement_text(rebate_statement_id) FROM rebate_statement WHERE program_line_id = 101 AND version_no = 3),
    'Agreement A, program SAP, line 1: Interim.*4% from 20000 +1080 of 27000.*Payable now +940.00 EUR', 'and as text');

SELECT * FROM finish();
ROLLBACK;
