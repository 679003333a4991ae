-- Figures of reporting, prices, programs, resellers and products, by hand.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(37);
CREATE FUNCTION pg_temp.v(d bigint, code text, f date, t date) RETURNS text LANGUAGE sql AS
$$SELECT coalesce(round(value, 2)::text, flag) FROM kpi(f, t, ARRAY[code]) WHERE distributor_id = d$$;
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (631, 'A', 'A'), (632, 'B', 'B');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (631, 'EUR'), (632, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (631, 631, 'M', 'M', true), (632, 632, 'M', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (631, 'P-1', 'Host', 'net.switch'), (632, 'P-2', 'Attached', 'net.optic'), (633, 'P-3', 'Other', 'cam');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) SELECT 630 + n, 'R' || n, 'R' || n FROM generate_series(1, 4) AS n;
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id) SELECT d, 'id', 'C' || n, 630 + n FROM generate_series(1, 4) AS n, unnest(ARRAY[631, 632]) AS d;
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, due_days, valid_from) SELECT d, 'sell_through', fiscal_calendar_id, 5, '2026-01-01' FROM fiscal_calendar, unnest(ARRAY[631, 632]) AS d;
SELECT is(generate_obligations('2026-01-01', '2026-02-28'), 4::bigint, 'four reports are owed');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code) VALUES
    (631, '2026-01-02', 631, 631, '2026-01-02', 'V-1', 100, 10, 8, 800, 'EUR'), (631, '2026-01-03', 631, 632, '2026-01-03', 'V-2', 100, NULL, 5, 500, 'EUR'),
    (632, '2026-01-02', 632, 631, '2026-01-02', 'V-3', 50, 10, 9, 450, 'EUR');

-- A sends five lines for January: one article and one customer are unknown; one
-- line is corrected later. A is in time, B sends nothing.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Customer ID\nI-1,1,2026-01-10,P-1,20,12,C1\nI-1,2,2026-01-10,P-2,10,8,C1\nI-2,1,2026-01-12,P-1,10,12,C2\nI-3,1,2026-01-13,P-2,5,8,C3\nI-4,1,2026-01-14,P-9,1,9,C9\n', 'A', 'january')$$, 'a report');
UPDATE submission SET received_at = '2026-02-03', accepted_at = '2026-02-03' WHERE file_name = 'january';
SELECT is(pg_temp.v(631, 'pos_timeliness_pct', '2026-01-01', '2026-01-31'), '100.00', 'A in time');
SELECT is(pg_temp.v(632, 'pos_timeliness_pct', '2026-01-01', '2026-01-31'), '0.00', 'B not');
SELECT is((SELECT round(value, 2) FROM kpi('2026-01-01', '2026-02-28', ARRAY['pos_timeliness_pct'], p_by_distributor => false)), 25.00, '1 of 4 in two months');
SELECT is((SELECT round(value, 2) FROM kpi('2026-01-01', '2026-01-31', ARRAY['pos_coverage_pct'], p_by_distributor => false)), 74.29, 'coverage 1,300 ÷ 1,750');
SELECT is((SELECT round(value, 2) FROM kpi('2026-01-01', '2026-01-31', ARRAY['continuity_pct'], p_by_distributor => false)), 50.00, 'one of two without a gap');
SELECT is((SELECT completeness_pct FROM kpi('2026-01-01', '2026-02-28', ARRAY['net_sell_through_qty']) WHERE distributor_id = 631), 50::numeric, 'figures say how complete they are');
SELECT is(pg_temp.v(631, 'first_pass_yield_pct', '2026-01-01', '2026-01-31'), '80.00', '4 of 5 lines');
SELECT is(pg_temp.v(631, 'reseller_match_pct', '2026-01-01', '2026-01-31'), '80.00', '4 of 5 customers');
SELECT is(pg_temp.v(631, 'product_match_pct', '2026-01-01', '2026-01-31'), '80.00', '4 of 5 articles');
SELECT is(pg_temp.v(631, 'pos_completeness_pct', '2026-01-01', '2026-01-31'), '100.00', 'every field was there');
SELECT lives_ok($$SELECT mass_correct('A', '{"invoice_no": "I-3"}', '{"quantity": 4}', 'miscounted')$$, 'a correction');
SELECT is(pg_temp.v(631, 'correction_pct', '2026-01-01', '2026-01-31'), '25.00', '1 of 4 booked lines');
SELECT is(pg_temp.v(631, 'first_pass_yield_pct', '2026-01-01', '2026-01-31'), '60.00', 'no longer first pass');

-- Prices: list known for 800 of 1,000. A floor of 8.50 was broken by 0.50 × 100.
SELECT is(pg_temp.v(631, 'price_realization_pct', '2026-01-01', '2026-01-31'), '80.00', '800 ÷ 1,000');
INSERT INTO price_floor (price_floor_id, applies_to, product_id, currency_code, floor_price, valid_from) VALUES (631, 'vendor_net_price', 631, 'EUR', 8.5, '2026-01-01');
INSERT INTO price_violation (distributor_id, occurred_on, fact_table, fact_id, applies_to, price_floor_id, product_id, currency_code, authorized_price, actual_price, quantity, action)
SELECT 631, '2026-01-02', 'sell_in', sell_in_id, 'vendor_net_price', 631, 631, 'EUR', 8.5, 8, 100, 'record' FROM sell_in WHERE invoice_no = 'V-1';
SELECT is(pg_temp.v(631, 'discount_leakage_amt', '2026-01-01', '2026-01-31'), '50.00', 'leakage');
SELECT is(pg_temp.v(631, 'unauthorized_discount_pct', '2026-01-01', '2026-01-31'), '61.54', '800 ÷ 1,300');

-- Programs: 3 % from 500, 5 % from 1,000 on purchases of the quarter, 1,300 bought;
-- next tier at 2,000: (1,300 − 1,000) ÷ 1,000; 700 missing, 59 days left.
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (631, 'AG', 'AG', 631);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (631, 1, '2026-01-01', 'EUR');
INSERT INTO commitment (agreement_id, version_no, commitment_no, minimum_amount) VALUES (631, 1, 1, 10000);
SELECT lives_ok($$SELECT activate_agreement('AG')$$, 'an agreement');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (631, 'RP', 'RP', 631);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT 631, 631, 1, 'x', 'sell_in', fiscal_calendar_id, 'quarter', '2026-01-01', 'retroactive: 3% from 500, 5% from 1000, 6% from 2000' FROM fiscal_calendar WHERE calendar_code = 'gregorian';
UPDATE rebate_program SET program_state = 'active' WHERE program_code = 'RP';
SELECT is((SELECT sum(delta_amount) FROM accrue_rebates('2026-01-31')), 65.0, '1,300 × 5 %');
SELECT results_eq($$SELECT metric_code, round(value, 2) FROM kpi('2026-01-01', '2026-01-31', ARRAY['rebate_rate_pct', 'rebate_marginal_pct', 'tier_progress_pct', 'tier_gap', 'tier_run_rate', 'commitment_attainment_pct']) WHERE distributor_id = 631 ORDER BY 1$$,
    -- 10,000 × 31 ÷ 365 = 849.32 due; 1,300 bought.
    $$VALUES ('commitment_attainment_pct'::text, 153.06), ('rebate_marginal_pct', 5.00), ('rebate_rate_pct', 5.00), ('tier_gap', 700.00), ('tier_progress_pct', 30.00), ('tier_run_rate', 11.86)$$, 'programs');

-- Products: in January, net, R1 bought 20 P-1 and 10 P-2, R2 10 P-1, R3 4 P-2.
SELECT is(pg_temp.v(631, 'reseller_depth', '2026-01-01', '2026-01-31'), '1.33', 'depth: 4 ÷ 3');
SELECT results_eq($$SELECT product_id, buying_resellers, universe_resellers, round(buying_volume_qty), round(universe_volume_qty) FROM measure_product('2026-01-01', '2026-01-31') ORDER BY 1$$,
    $$VALUES (631::bigint, 2::bigint, 3::bigint, 40::numeric, 44::numeric), (632, 2, 3, 34, 44)$$, 'distribution: numeric 2 ÷ 3, weighted 40 ÷ 44 and 34 ÷ 44');
SELECT is(pg_temp.v(631, 'weighted_distribution_pct', '2026-01-01', '2026-01-31'), '84.09', '74 ÷ 88');
INSERT INTO attach_rule (attach_code, host_line, attach_line, same) VALUES ('optic', 'net.switch', 'net.optic', 'reseller');
SELECT is(pg_temp.v(631, 'attach_pct', '2026-01-01', '2026-01-31'), '33.33', 'R1''s 10 optics over 30 switches; R3 has no switch');
INSERT INTO product_group (group_code, product_line) VALUES ('focus', 'net.optic');
SELECT is(pg_temp.v(631, 'focus_mix_pct', '2026-01-01', '2026-01-31'), '23.73', '112 ÷ 472');
-- 320 of R1, 120 of R2, 32 of R3: Σ² = 117,824 ÷ 472² × 10,000.
SELECT is(pg_temp.v(631, 'reseller_hhi', '2026-01-01', '2026-01-31'), '5288.71', 'concentration');

-- Churn: in the quarter after, to 30 June (window 90 days): R1 buys of B in May and
-- is not lost; R2 and R3 are. Active with A before: R1, R2, R3.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code) VALUES
    (632, '2026-05-04', 632, 631, 631, 'SS', 5, 12, 60, 'EUR'), (632, '2026-05-05', 632, 631, 634, 'SS', 1, 12, 12, 'EUR');
SELECT is(pg_temp.v(631, 'reseller_churn_pct', '2026-04-01', '2026-06-30'), '66.67', 'lost to the channel: 2 of 3');
SELECT is(pg_temp.v(631, 'reseller_loss_pct', '2026-04-01', '2026-06-30'), '100.00', 'lost by A: 3 of 3');
SELECT is((SELECT round(value, 2) FROM kpi('2026-04-01', '2026-06-30', ARRAY['reseller_churn_pct'], 'EUR', false)), 66.67, 'the channel lost 2 of 3');
SELECT is((SELECT value FROM kpi('2026-01-01', '2026-06-30', ARRAY['reseller_breadth'], 'EUR', false)), 4::numeric, 'R1 of two distributors is one of four');
-- R1 was recruited on 1 January by A: first deal after 9 days; R4 on 1 April by B: 34.
SELECT lives_ok($$SELECT advance_reseller('R1', 'contracted', '2026-01-01', NULL, 'A'), advance_reseller('R4', 'contracted', '2026-04-01', NULL, 'B')$$, 'recruited');
SELECT results_eq($$SELECT distributor_id, metric_code, round(value, 2) FROM kpi('2026-01-01', '2026-06-30', ARRAY['activation_pct', 'time_to_first_deal', 'active_reseller_pct', 'active_reseller_12m_pct', 'recruited_resellers']) ORDER BY 1, 2$$,
    -- On 30 June R1 is not active with A (171 days), but within 12 months; with B (57 days) R1 and R4 are.
    $$VALUES (631::bigint, 'activation_pct'::text, 100.00), (631, 'active_reseller_12m_pct', 100.00), (631, 'active_reseller_pct', 0.00), (631, 'recruited_resellers', 1.00), (631, 'time_to_first_deal', 9.00),
        (632, 'activation_pct', 100.00), (632, 'active_reseller_12m_pct', 100.00), (632, 'active_reseller_pct', 100.00), (632, 'recruited_resellers', 1.00), (632, 'time_to_first_deal', 34.00)$$, 'the network');
-- R2 comes back on 1 August, 201 days after 12 January; R3 buys on 1 June and on 2
-- August: 62 days apart, no comeback.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code) VALUES
    (631, '2026-08-01', 631, 631, 632, 'SS', 1, 12, 12, 'EUR'), (631, '2026-06-01', 631, 631, 633, 'SS', 1, 12, 12, 'EUR'), (631, '2026-08-02', 631, 631, 633, 'SS', 1, 12, 12, 'EUR');
SELECT is(pg_temp.v(631, 'reactivated_resellers', '2026-07-01', '2026-09-30'), '1.00', 'one came back in the quarter');
SELECT is(pg_temp.v(631, 'reactivated_resellers', '2026-07-15', '2026-08-10'), '1.00', 'and in days that cut months');

-- Claims of January: C-1 approved, C-2 refused, C-3 refused, assessed again and
-- approved, C-4 not decided. 1 of 3 refused, 1 of 3 disputed. A fund: 1,000 in, 250 expired.
INSERT INTO claim (distributor_id, claim_kind, claim_no, claimed_on, currency_code, claimed_amount)
SELECT 631, 'stock_rotation', 'C-' || n, '2026-01-20', 'EUR', 100 FROM generate_series(1, 4) AS n;
INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount)
SELECT 631, claim_id, a, 90 FROM claim, generate_series(1, 2) AS a WHERE distributor_id = 631 AND (a = 1 OR claim_no = 'C-3');
INSERT INTO claim_decision (distributor_id, claim_id, assessment_no, is_approved, reason, decided_by)
SELECT 631, claim_id, d.a, d.ok, CASE WHEN NOT d.ok THEN '14' END, 'another' FROM claim
JOIN (VALUES ('C-1', 1, true), ('C-2', 1, false), ('C-3', 1, false), ('C-3', 2, true)) AS d (no, a, ok) ON d.no = claim_no WHERE distributor_id = 631;
INSERT INTO fund (distributor_id, fund_id, fund_code, fund_name, fund_kind, currency_code, fiscal_calendar_id, valid_from)
SELECT 631, 631, 'F', 'F', 'mdf', 'EUR', fiscal_calendar_id, '2026-01-01' FROM fiscal_calendar WHERE calendar_code = 'gregorian';
INSERT INTO fund_entry (distributor_id, fund_id, entry_no, entry_kind, entered_on, amount, vintage_on) VALUES (631, 631, 1, 'allocate', '2026-01-05', 1000, '2026-01-05'), (631, 631, 2, 'expire', '2026-01-25', 250, '2026-01-05');
SELECT results_eq($$SELECT metric_code, coalesce(round(value, 2)::text, flag) FROM kpi('2026-01-01', '2026-01-31', ARRAY['claim_cycle_days', 'claim_reject_pct', 'claim_dispute_pct', 'fund_utilisation_pct', 'fund_lost_pct']) WHERE distributor_id = 631 ORDER BY 1$$,
    $$VALUES ('claim_cycle_days'::text, 'nothing_settled'::text), ('claim_dispute_pct', '33.33'), ('claim_reject_pct', '33.33'), ('fund_lost_pct', '25.00'), ('fund_utilisation_pct', '0.00')$$, 'claims and funds');
SELECT is((SELECT reason FROM measure_claim('2026-01-01', '2026-01-31') WHERE is_refused), '14', 'with the code of the refusal');
SELECT * FROM finish();
ROLLBACK;
