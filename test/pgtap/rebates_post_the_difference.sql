-- A posting is f(facts as known) less all that was posted: any order, any number
-- of runs, the same balance.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(34);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'net.switch'), (102, 'Q', 'Q', 'video');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency) VALUES (101, 1, '2026-01-01', '2026-12-31', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A')$$, 'an agreement');

-- SEMANTICS 2.4: 3 % from 100k, 4 % from 200k, 5 % from 300k over the year;
-- sales 40k, 70k, 60k, 50k by quarter; earned 0 / 3,300 / 5,100 / 8,800.
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'YEAR', 'Year', 101), (102, 'NET', 'Net', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, product_line, measure_fact, measure_unit, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT v.id, v.program, 1, v.name, v.scope::ltree, 'sell_in', v.unit, c.fiscal_calendar_id, v.span, '2026-01-01', v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 101, 'Year', NULL, 'amount', 'year', 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000'),
    (102, 102, 'Net', 'net', 'quantity', 'quarter', 'marginal: 2 per unit from 0, 3 per unit from 100')
) AS v (id, program, name, scope, unit, span, schedule);

CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric, p_product bigint DEFAULT 102, p_quantity numeric DEFAULT NULL, p_currency text DEFAULT 'EUR') RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (101, p_on, 101, p_product, p_on, 'I', coalesce(p_quantity, sign(p_amount)), abs(p_amount), p_amount, p_currency)
$$;
SELECT pg_temp.ship('2026-02-01', 40000);
SELECT is_empty($$SELECT * FROM accrue_rebates('2026-03-31')$$, 'a program in draft earns nothing');
UPDATE rebate_program SET program_state = 'active';
SELECT throws_ok('UPDATE program_line SET line_name = ''x''', 'ZD002', NULL, 'an active program is frozen');

SELECT throws_ok('UPDATE rebate_program SET program_state = ''draft''', 'ZD002', NULL, 'and never becomes a draft again');
SELECT throws_ok('DELETE FROM rebate_program', 'ZD002', NULL, 'nor is removed');
SELECT lives_ok('UPDATE rebate_program SET program_name = program_name || '' 2026''', 'its name may be corrected');
SELECT is_empty($$SELECT * FROM accrue_rebates('2026-03-31')$$, 'first quarter: 40k, nothing earned');
SELECT pg_temp.ship('2026-05-01', 70000);
SELECT results_eq($$SELECT measured_value, earned_amount, delta_amount FROM accrue_rebates('2026-06-30', p_dry_run => true)$$,
    'VALUES (110000.0000, 3300::numeric, 3300::numeric)', 'a dry run says what it would post');
SELECT is_empty('SELECT FROM accrual_entry', 'and posts nothing');
SELECT results_eq($$SELECT delta_amount FROM accrue_rebates('2026-06-30', 'half year')$$, 'VALUES (3300::numeric)', 'second quarter: 110k, 3,300');
SELECT results_eq($$SELECT delta_amount FROM accrue_rebates('2026-06-30', 'half year')$$, 'VALUES (3300::numeric)', 'the same key is the same run');
SELECT is_empty($$SELECT * FROM accrue_rebates('2026-06-30')$$, 'another run has nothing to post');
SELECT pg_temp.ship('2026-08-01', 60000);
SELECT results_eq($$SELECT delta_amount FROM accrue_rebates('2026-09-30')$$, 'VALUES (1800::numeric)', 'third: 170k, 5,100 less 3,300');
SELECT pg_temp.ship('2026-11-01', 50000);
SELECT results_eq($$SELECT delta_amount FROM accrue_rebates('2026-12-31')$$, 'VALUES (3700::numeric)', 'fourth: 220k, 8,800 less 5,100');
SELECT pg_temp.ship('2026-12-15', -25000);
SELECT results_eq($$SELECT measured_value, delta_amount FROM accrue_rebates('2026-12-31')$$, 'VALUES (195000.0000, -2950::numeric)',
    'a return of 25k drops the tier: 5,850 less 8,800');
SELECT is((SELECT posted_amount FROM rebate_balance), 5850::numeric, 'the balance is what is earned');
SELECT is((SELECT count(*) FROM accrual_entry), 4::bigint, 'in four postings');
SELECT throws_ok($$SELECT accrue_rebates('2026-06-30')$$, 'ZD008', NULL, 'no run goes back behind another');
SELECT throws_ok($$SELECT accrue_rebates(NULL)$$, '22023', NULL, 'a day is needed');
SELECT throws_ok($$SELECT accrue_rebates('infinity')$$, '22023', NULL, 'and it is a day');
SELECT results_eq($$SELECT earned_amount FROM rebate_as_of('2026-06-30')$$, 'VALUES (3300::numeric)', 'replay: what was earned at the half year');
SELECT is_empty($$SELECT * FROM rebate_as_of('2026-12-31', now() - interval '1 second')$$, 'replay: before anything was known');

-- A correction takes its line out and moves exactly its effect.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
FROM sell_in WHERE amount = -25000;
SELECT results_eq($$SELECT delta_amount FROM accrue_rebates('2026-12-31')$$, 'VALUES (2950::numeric)', 'the return was an error: its 2,950 come back');

-- By quantity and product line: 150 of net.* in the first quarter earn 100 x 2 + 50 x 3.
SELECT pg_temp.ship('2026-01-15', 1500, 101, 150);
SELECT results_eq($$SELECT program_line_id, measured_value, earned_amount FROM rebate_as_of('2026-03-31') WHERE program_line_id = 102$$,
    'VALUES (102::bigint, 150.000, 350::numeric)', 'scope by product line, measure by quantity');
SELECT is((SELECT sum(amount) FROM rebate_working_as_of('2026-12-31') WHERE program_code = 'NET'), 350::numeric, 'the working adds up');
SELECT results_eq($$SELECT tier_text, portion, amount FROM rebate_working_as_of('2026-12-31') WHERE program_code = 'NET' ORDER BY tier_no$$,
    $$VALUES ('2 per unit from 0'::text, 100::numeric, 200::numeric), ('3 per unit from 100', 50, 150)$$, 'tier by tier');
SELECT results_eq($$SELECT tier_text, settlement_amount, gap_to_next FROM rebate_statement_as_of('2026-12-31') WHERE program_code = 'YEAR'$$,
    $$VALUES ('4% from 200000'::text, 8860.00, 78500::numeric)$$, 'the statement: 221,500 at 4 %, 78,500 to the next tier');

-- Other currencies: a missing rate is an error, never 1.
SELECT pg_temp.ship('2026-03-02', 1000, 102, 1, 'USD');
SELECT throws_ok($$SELECT accrue_rebates('2026-12-31')$$, 'ZD007', NULL, 'a missing rate');
INSERT INTO fx_rate VALUES ('day_close', 'USD', 'EUR', '2026-03-01', 0.9), ('day_close', 'USD', 'EUR', '2026-03-03', 0.5);
SELECT is((SELECT measured_value FROM rebate_as_of('2026-12-31') WHERE program_line_id = 101), 222400::numeric, 'the rate of the day: 1,000 x 0.9');

-- Cents: the shares of the lines sum to the settled amount.
SELECT is((SELECT sum(rebate_amount) FROM explain_rebate('YEAR', 1, '2026-01-01')), 8896.00, 'the lines explain the statement to the cent');
SELECT is((SELECT count(*) FROM explain_rebate('YEAR', 1, '2026-01-01') WHERE source IS NULL), 0::bigint, 'and each says where it comes from');

-- On hold for its price: kept, and earns nothing until released.
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action) VALUES ('vendor_net_price', 102, 'EUR', 900, '2026-01-01', 'hold');
SELECT pg_temp.ship('2026-03-05', 600, 102, 1);
SELECT is((SELECT measured_value FROM rebate_as_of('2026-12-31') WHERE program_line_id = 101), 222400::numeric, 'a line on hold does not count');
UPDATE price_violation SET violation_state = 'released';
SELECT is((SELECT measured_value FROM rebate_as_of('2026-12-31') WHERE program_line_id = 101), 223000::numeric, 'until it is released');

UPDATE rebate_program SET program_state = 'closed';
SELECT is((SELECT measured_value FROM rebate_as_of('2026-12-31') WHERE program_line_id = 101), 223000::numeric, 'a closed program keeps what it has earned');

SELECT * FROM finish();
ROLLBACK;
