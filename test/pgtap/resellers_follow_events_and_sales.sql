-- The lifecycle of a reseller: what somebody did is an event of a chain, what it
-- bought decides the rest; one reseller however many distributors and names.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(46);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (501, 'A', 'A'), (502, 'B', 'B');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (501, 501, 'A', 'A', true), (502, 502, 'B', 'B', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (501, 'P-1', 'P', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name)
SELECT 500 + n, 'R' || n, 'Reseller ' || n FROM generate_series(1, 8) AS n;
CREATE FUNCTION pg_temp.sell(d bigint, r bigint, day date, q numeric) RETURNS void LANGUAGE sql AS
$$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
VALUES ($1, $3, $1, 501, $2, CASE WHEN $4 < 0 THEN 'BN' ELSE 'SS' END, $4, 10, 10 * $4, 'EUR')$$;

-- Events: a chain of allowed steps.
SELECT is((advance_reseller('R1', 'prospect', '2026-01-05')).from_state, 'none', 'the first step');
SELECT is((advance_reseller('R1', 'applied', '2026-01-10')).from_state, 'prospect', 'the next one follows it');
SELECT throws_ok($$SELECT advance_reseller('R1', 'contracted', '2026-01-12')$$, 'ZD150', 'step of the lifecycle does not follow', 'a step is not left out');
SELECT lives_ok($$SELECT advance_reseller('R1', 'approved', '2026-01-15'), advance_reseller('R1', 'contracted', '2026-01-20', NULL, 'A')$$, 'approved, contracted');
SELECT throws_ok($$SELECT advance_reseller('R1', 'activated', '2026-01-25')$$, 'ZD151', 'state follows from sales and cannot be set', 'nobody is activated by hand');
SELECT throws_ok($$SELECT advance_reseller('R1', 'prospect', '2026-01-07')$$, 'ZD150', NULL, 'nor is a step put in between that breaks the chain');
SELECT throws_ok($$INSERT INTO reseller_event (reseller_id, from_state, to_state, happened_on) VALUES (501, 'none', 'prospect', '2026-02-01')$$, 'ZD150', NULL, 'the table itself refuses');
SELECT throws_ok($$UPDATE reseller_event SET to_state = 'enabled'$$, 'ZD001', NULL, 'events are append-only');
SELECT throws_ok($$SELECT advance_reseller('R99', 'prospect')$$, 'P0002', NULL, 'an unknown reseller');
SELECT throws_ok($$SELECT advance_reseller('R1', 'sleeping')$$, '22023', NULL, 'an unknown state');
SELECT is((SELECT count(*) FROM advance_resellers(ARRAY['R2', 'R3'], 'contracted', '2026-01-01', NULL, 'A', true)), 2::bigint, 'a dry run shows');
SELECT is((SELECT count(*) FROM reseller_event WHERE reseller_id IN (502, 503)), 0::bigint, 'and keeps nothing');
SELECT is((SELECT count(*) FROM advance_resellers(ARRAY['R2', 'R3', 'R4'], 'contracted', '2026-01-01', NULL, 'A')), 3::bigint, 'many at once');
SELECT lives_ok($$SELECT advance_reseller('R5', 'prospect', '2026-01-01')$$, 'a mistake');
SELECT lives_ok($$SELECT retract_reseller_event(max(reseller_event_id), 'other company') FROM reseller_event WHERE reseller_id = 505$$, 'is retracted');
SELECT is((SELECT pipeline_state FROM reseller_state_as_of('2026-03-31') WHERE reseller_code = 'R5'), 'none', 'and counts no more');
SELECT throws_ok($$SELECT retract_reseller_event(min(reseller_event_id), 'x') FROM reseller_event WHERE reseller_id = 501$$, 'ZD150', NULL, 'what others follow from is not');
SELECT is((SELECT pipeline_state || ' ' || pipeline_since FROM reseller_pipeline_as_of('2026-01-16') WHERE reseller_id = 501), 'approved 2026-01-15', 'as of a day');

-- Onboarding: due dates are copied; who has mandatory steps open is not enabled.
SELECT results_eq($$SELECT step_no, due_on, is_mandatory FROM start_onboarding('R1', 'standard', '2026-01-20')$$,
    $$VALUES (1, date '2026-01-27', true), (2, '2026-02-03', true), (3, '2026-03-06', true), (4, '2026-03-21', false)$$, 'steps with due dates');
SELECT is((SELECT count(*) FROM start_onboarding('R1', 'standard', '2026-01-20')), 4::bigint, 'a second call makes no second one');
SELECT lives_ok($$SELECT complete_onboarding_step('R1', 1, '2026-01-25')$$, 'one is done');
SELECT results_eq($$SELECT step_no, days_overdue FROM onboarding_overdue('2026-03-10') ORDER BY 1$$, $$VALUES (2, 35), (3, 4)$$, 'overdue on 10 March: 3 February and 6 March');
SELECT throws_ok($$SELECT advance_reseller('R1', 'enabled', '2026-03-10')$$, 'ZD152', 'reseller has open steps of its onboarding', 'not enabled yet');
SELECT lives_ok($$SELECT complete_onboarding_step('R1', 2, '2026-03-11'), complete_onboarding_step('R1', 3, '2026-03-11', 'trained elsewhere')$$, 'done, and waived with a reason');
SELECT is((advance_reseller('R1', 'enabled', '2026-03-12')).to_state, 'enabled', 'enabled');
SELECT results_eq($$SELECT steps, steps_done, mandatory_open, next_due_on FROM onboarding_progress$$, $$VALUES (4::bigint, 3::bigint, 0::bigint, date '2026-03-21')$$, 'progress');

-- Sales: R1 buys of A on 20 March and of B on 2 April; R2 on 15 January once; R3
-- on 1 June, 151 days after it was enrolled; R4 never. R6 bought in 2025-01 and
-- 2025-12: 334 days apart. R7 only returns.
SELECT pg_temp.sell(501, 501, '2026-03-20', 5), pg_temp.sell(502, 501, '2026-04-02', 3), pg_temp.sell(501, 502, '2026-01-15', 1), pg_temp.sell(501, 503, '2026-06-01', 2),
    pg_temp.sell(501, 506, '2025-01-10', 4), pg_temp.sell(501, 506, '2025-12-10', 4), pg_temp.sell(501, 507, '2026-03-01', -1);
SELECT results_eq($$SELECT reseller_code, lifecycle_state, days_to_first_deal, distributors FROM reseller_state_as_of('2026-06-30') ORDER BY 1$$,
    $$VALUES ('R1'::text, 'active'::text, 59, 2::bigint),       -- 20 January to 20 March; last purchase 89 days ago
        ('R2', 'dormant', 14, 1),                                -- 166 days ago
        ('R3', 'activated', 151, 1),
        ('R4', 'contracted', NULL, 0),
        ('R5', 'none', NULL, 0),
        ('R6', 'dormant', NULL, 1),                              -- 202 days ago
        ('R7', 'none', NULL, 0),                                 -- a return is no deal
        ('R8', 'none', NULL, 0)$$, 'states on 30 June');
SELECT is((SELECT lifecycle_state FROM reseller_state_as_of('2026-12-31') WHERE reseller_code = 'R6'), 'churned', 'after 365 days churned');
SELECT is((SELECT lifecycle_state FROM reseller_state_as_of('2026-04-01') WHERE reseller_code = 'R1'), 'activated', 'on 1 April it had bought once');
SELECT is((SELECT lifecycle_state FROM reseller_state_as_of('2026-03-19') WHERE reseller_code = 'R1'), 'enabled', 'on 19 March not at all');
SELECT results_eq($$SELECT reseller_id, comeback_on, idle_days FROM reseller_comebacks_as_of('2026-06-30')$$, $$VALUES (506::bigint, date '2025-12-10', 334)$$, 're-activation is told apart');
SELECT results_eq($$SELECT reseller_code, lifecycle_state, last_sold_on FROM reseller_state_as_of('2026-06-30', 'infinity') EXCEPT SELECT reseller_code, lifecycle_state, last_sold_on FROM reseller_state_as_of('2026-06-30', '2100-01-01')$$,
    $$SELECT NULL::text, NULL::text, NULL::date WHERE false$$, 'the rollup says what the facts say');
SELECT is((SELECT resellers FROM reseller_funnel_as_of('2026-06-30') WHERE reseller_state = 'dormant'), 2::bigint, 'the funnel');

-- Cohorts: R2, R3, R4 in January through A and R1 too: 4 recruited, 3 bought, 2
-- within 90 days (14, 59); median of 14, 59, 151.
SELECT results_eq($$SELECT cohort_on, distributor_id, recruited, activated, activated_in_window, is_complete, activation_rate, median_days_to_first_deal FROM reseller_cohorts_as_of('2026-06-30')$$,
    $$VALUES (date '2026-01-01', 501::bigint, 4::bigint, 3::bigint, 2::bigint, true, 0.5, 59::numeric)$$, 'the cohort of January');
SELECT is((SELECT is_complete FROM reseller_cohorts_as_of('2026-04-15')), false, 'in April its window was open');
INSERT INTO recruitment_target (distributor_id, period_starts_on, period_ends_on, target_count, target_kind) VALUES
    (501, '2026-01-01', '2026-03-31', 5, 'enrolled'), (501, '2026-01-01', '2026-06-30', 4, 'activated');
SELECT results_eq($$SELECT target_kind, actual_count, attainment_rate, round(expected_count, 2), missing_count FROM recruitment_attainment_as_of('2026-02-14') ORDER BY 1$$,
    -- 45 of 181 days of 4; 45 of 90 days of 5.
    $$VALUES ('activated'::text, 1::bigint, 0.25, 0.99, 3::bigint), ('enrolled', 4, 0.8, 2.50, 1)$$, 'targets');

-- A reversal of the first sale moves the activation; the rollup follows.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
SELECT distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, -quantity, unit_price, -amount, currency_code, 'reversal', sold_on, sell_through_id
FROM sell_through WHERE reseller_id = 501 AND sold_on = '2026-03-20';
SELECT is((SELECT first_sold_on FROM reseller_state_as_of('2026-06-30') WHERE reseller_code = 'R1'), date '2026-04-02', 'what is taken back was no first deal');
SELECT lives_ok($$SELECT fold_rollups()$$, 'folding');
SELECT is((SELECT first_sold_on FROM reseller_state_as_of('2026-06-30') WHERE reseller_code = 'R1'), date '2026-04-02', 'changes nothing');
SELECT pg_temp.sell(501, 501, '2026-03-25', 1);
SELECT is_empty($$SELECT * FROM verify_reseller_rollup()$$, 'the rollup is right, folded and pending');
SELECT throws_ok($$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code, entry_kind, corrects_sold_on, corrects_line_id)
    SELECT distributor_id, sold_on, warehouse_id, product_id, 502, transfer_type, -quantity, unit_price, -amount, currency_code, 'reversal', sold_on, sell_through_id
    FROM sell_through WHERE reseller_id = 501 AND sold_on = '2026-03-25'$$, 'ZD020', NULL, 'a reversal names the reseller of its row');

-- R8 turns out to be R3: one reseller, the furthest state, all purchases.
SELECT pg_temp.sell(502, 508, '2026-05-01', 1);
UPDATE reseller SET merged_into_id = 503 WHERE reseller_id = 508;
SELECT results_eq($$SELECT reseller_code, lifecycle_state, first_sold_on, distributors FROM reseller_state_as_of('2026-06-30') WHERE reseller_code IN ('R3', 'R8')$$,
    $$VALUES ('R3'::text, 'active'::text, date '2026-05-01', 2::bigint)$$, 'merged');
SELECT is((SELECT count(DISTINCT reseller_id) FROM reseller_sale WHERE booked_reseller_id IN (503, 508)), 1::bigint, 'who earns on its sales is one');

SELECT lives_ok($$SELECT advance_reseller('R1', 'terminated', '2026-06-15', 'fraud')$$, 'terminated');
SELECT is((SELECT lifecycle_state || ' ' || commercial_state FROM reseller_state_as_of('2026-06-30') WHERE reseller_code = 'R1'), 'terminated active', 'whatever it bought');
SELECT is((SELECT rebuild_reseller_rollup()), (SELECT count(*) FROM reseller_month_facts), 'rebuilt from the facts');
SELECT * FROM finish();
ROLLBACK;
