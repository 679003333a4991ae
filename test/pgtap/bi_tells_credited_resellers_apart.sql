-- What BI tools see of rebates where a line credits resellers, and where something
-- else than what was measured opens the tiers.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(9);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'A', 'A', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (101, 'R1', 'One'), (102, 'R2', 'Two'), (103, 'R3', 'Three');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2025-01-01', 'EUR');
SELECT lives_ok($$SELECT activate_agreement('A')$$, 'an agreement');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'P', 'P', 101);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, valid_from, schedule, beneficiary, growth_base, growth_target, growth_pay_base)
SELECT l.id, 101, l.id - 100, l.name, 'sell_through', c.fiscal_calendar_id, '2026-01-01', l.schedule::tier_schedule, l.beneficiary, l.growth_base, l.growth_target, l.pay_base
FROM fiscal_calendar AS c
CROSS JOIN (VALUES
    (101, 'credits resellers', 'retroactive: 5% from 1000, 8% from 3000', 'reseller', NULL, NULL, NULL),
    (102, 'growth', 'retroactive: 2% from 110, 3% from 120', 'distributor', 'fixed', 2000, 'all_volume')
) AS l (id, name, schedule, beneficiary, growth_base, growth_target, pay_base)
WHERE c.calendar_code = 'gregorian';
SELECT lives_ok($$SELECT activate_program('P')$$, 'a program');
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, amount, currency_code, invoice_no)
VALUES (101, '2026-01-10', 101, 101, 101, 'SS', 1, 1000, 'EUR', 'S1'), (101, '2026-01-11', 101, 101, 102, 'SS', 1, 1250, 'EUR', 'S2');
SELECT lives_ok($$SELECT accrue_rebates('2026-03-31')$$, 'accrued');
SELECT lives_ok($$SELECT issue_statements('2026-03-31')$$, 'and stated');

-- 1,000 at 5 % = 50, 2,000 missing to 3,000; 1,250 at 5 % = 62.50, 1,750 missing.
SELECT results_eq($$SELECT reseller_id, measured_amount, tier_no, gap_amount, accrued_amount FROM channel_bi.rebate_progress WHERE program_line_id = 101 ORDER BY 1$$,
    $$VALUES (101::bigint, 1000.0000::numeric(18,4), 1, 2000.0000::numeric(18,4), 50.0000::numeric(18,4)), (102, 1250, 1, 1750, 62.5)$$,
    'each reseller has a row with its own tier and its own money');
-- 2,250 against a base of 2,000 is 112.5 %: 2 % of 2,250 = 45. No tier of a volume.
SELECT results_eq($$SELECT reseller_id, measured_amount, tier_no, gap_amount, accrued_amount, is_opened_otherwise FROM channel_bi.rebate_progress WHERE program_line_id = 102$$,
    $$VALUES (0::bigint, 2250.0000::numeric(18,4), NULL::integer, NULL::numeric(18,4), 45.0000::numeric(18,4), true)$$,
    'thresholds of growth are not compared with money');
SELECT is((SELECT count(*) - count(DISTINCT rebate_progress_key) FROM channel_bi.rebate_progress), 0::bigint, 'the key is one');
SELECT results_eq($$SELECT reseller_id, accrued_amount FROM channel_bi.fact_rebate WHERE program_line_id = 101 ORDER BY 1$$,
    $$VALUES (101::bigint, 50.0000::numeric(18,4)), (102, 62.5)$$, 'postings say who is credited');
SELECT results_eq($$SELECT reseller_id, settlement_amount FROM channel_bi.rebate_statements WHERE program_line_id = 101 ORDER BY 1$$,
    $$VALUES (101::bigint, 50.0000::numeric(18,4)), (102, 62.5)$$, 'and so do statements');

SELECT * FROM finish();
ROLLBACK;
