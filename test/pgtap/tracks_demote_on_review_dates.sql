-- Program tracks: levels are gained on any day and lost on a review date after a
-- grace; the evidence of each decision stays.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(31);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (521, 'A', 'A'), (522, 'B', 'B');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (521, 521, 'A', 'A', true), (522, 522, 'B', 'B', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (521, 'P-1', 'P', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (521, 'R1', 'R1'), (522, 'R2', 'R2');
INSERT INTO certification (certification_code, certification_name, valid_months) VALUES ('NET', 'Networks', 12);
INSERT INTO partner_person (person_id, distributor_id, person_name) VALUES (521, 521, 'Ada'), (522, 521, 'Ben'), (523, 522, 'Cleo');
CREATE FUNCTION pg_temp.sell(d bigint, r bigint, day date, q numeric, price numeric DEFAULT 10) RETURNS void LANGUAGE sql AS
$$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, unit_price, amount, currency_code)
VALUES ($1, $3, $1, 521, $2, 'SS', $4, $5, $5 * $4, 'EUR')$$;

-- Silver: sell-through of 1,000 EUR in 3 months. Gold: 2,000 in 3 months, two
-- people with a certificate, one active reseller.
INSERT INTO program_track (track_code, track_name, partner_model, review_span, grace_days) VALUES ('STOCK', 'Stocking distributors', 'stocking', 'quarter', 30);
INSERT INTO track_level (track_code, level_no, level_name) VALUES ('STOCK', 1, 'silver'), ('STOCK', 2, 'gold');
INSERT INTO track_requirement (track_code, level_no, requirement_no, measure, threshold, window_months, currency_code, certification_code) VALUES
    ('STOCK', 1, 1, 'sell_through_amount', 1000, 3, 'EUR', NULL),
    ('STOCK', 2, 1, 'sell_through_amount', 2000, 3, 'EUR', NULL),
    ('STOCK', 2, 2, 'certified_people', 2, 12, NULL, 'NET'),
    ('STOCK', 2, 3, 'active_resellers', 1, 12, NULL, NULL);
INSERT INTO track_benefit (track_code, level_no, benefit_no, benefit_name, benefit_value, benefit_unit) VALUES ('STOCK', 2, 1, 'extra discount', 2, 'pct'), ('STOCK', 1, 1, 'extra discount', 1, 'pct'), ('STOCK', 1, 2, 'portal', NULL, NULL);
INSERT INTO track_member (track_member_id, track_code, distributor_id, joined_on) VALUES (521, 'STOCK', 521, '2026-01-01'), (522, 'STOCK', 522, '2026-01-01');
SELECT throws_ok($$INSERT INTO track_member (track_code, reseller_id, joined_on) VALUES ('STOCK', 521, '2026-01-01')$$, '23514', 'track is not for this kind of partner', 'a track is for one kind of partner');

-- January: A sells for 1,500, B for 900; both have one certificate at most.
SELECT pg_temp.sell(521, 521, '2026-01-20', 150), pg_temp.sell(522, 522, '2026-01-20', 90);
INSERT INTO certification_held (person_id, certification_code, earned_on) VALUES (521, 'NET', '2025-06-16'), (522, 'NET', '2026-02-01');
SELECT results_eq($$SELECT measure, actual, is_met, missing FROM track_standing_as_of('2026-01-31') WHERE track_member_id = 521 ORDER BY level_no, requirement_no$$,
    $$VALUES ('sell_through_amount'::text, 1500::numeric, true, 0::numeric), ('sell_through_amount', 1500, false, 500), ('certified_people', 1, false, 1), ('active_resellers', 1, true, 0)$$, 'standing on 31 January');
SELECT is((SELECT count(*) FROM evaluate_tracks('2026-01-31', NULL, true)), 1::bigint, 'a dry run promotes A');
SELECT is((SELECT count(*) FROM track_review), 0::bigint, 'and keeps nothing');
-- The last review date is 31 December 2025, before they joined.
SELECT results_eq($$SELECT track_member_id, outcome, level_after, review_on FROM evaluate_tracks('2026-01-31')$$, $$VALUES (521::bigint, 'promoted'::text, 1, NULL::date)$$, 'A becomes silver between reviews');
SELECT is((SELECT count(*) FROM evaluate_tracks('2026-01-31')), 0::bigint, 'a second time nothing is decided');
SELECT results_eq($$SELECT member_code, level_no, next_level_name, requirements, requirements_met, missing FROM track_progress_as_of('2026-01-31') ORDER BY 1$$,
    $$VALUES ('A'::text, 1, 'gold'::text, 3::bigint, 1::bigint, 'sell_through_amount: 500.00, certified_people: 1.00'::text), ('B', 0, 'silver', 1, 0, 'sell_through_amount: 100.00')$$, 'progress to the next level');

-- February and March: A sells 600 more: 2,100 and two certificates: gold. B sells
-- 150 more: 1,050.
SELECT pg_temp.sell(521, 521, '2026-03-05', 60), pg_temp.sell(522, 522, '2026-03-30', 15);
SELECT results_eq($$SELECT track_member_id, outcome, level_before, level_after, review_on FROM evaluate_tracks('2026-03-31') ORDER BY 1$$,
    $$VALUES (521::bigint, 'promoted'::text, 1, 2, date '2026-03-31'), (522, 'promoted', 0, 1, '2026-03-31')$$, 'on the review date of the quarter');
SELECT results_eq($$SELECT measure, threshold, actual, is_met FROM track_evidence JOIN track_review USING (track_review_id) WHERE track_member_id = 521 AND evaluated_on = '2026-03-31' ORDER BY level_no, requirement_no$$,
    $$VALUES ('sell_through_amount'::text, 1000::numeric, 2100::numeric, true), ('sell_through_amount', 2000, 2100, true), ('certified_people', 2, 2, true), ('active_resellers', 1, 1, true)$$, 'with its evidence');
SELECT throws_ok($$UPDATE track_evidence SET actual = 9$$, 'ZD001', NULL, 'which nobody changes');
SELECT throws_ok($$DELETE FROM track_review$$, 'ZD001', NULL, 'nor the decision');
SELECT throws_ok($$SELECT evaluate_tracks('2026-03-30')$$, 'ZD160', NULL, 'the past is not decided again');
SELECT throws_ok($$SELECT evaluate_tracks('2026-03-31', 'NONE')$$, '22023', NULL, 'a track that is none');

-- In April nothing is sold. On 10 April the window is February to April: A has
-- 600, B 150. Ada's certificate ends on 15 June, before the review of 30 June.
SELECT results_eq($$SELECT member_code, requirement_level_no, measure, actual, warning, demotion_on FROM track_warnings_as_of('2026-04-10')$$,
    $$VALUES ('A'::text, 1, 'sell_through_amount'::text, 600::numeric, 'not met'::text, date '2026-06-30'),
        ('A', 2, 'sell_through_amount', 600, 'not met', '2026-06-30'),       -- grace would end on 10 May
        ('A', 2, 'certified_people', 1, 'lapses before the review', '2026-09-30'), -- 30 June + 30 days
        ('B', 1, 'sell_through_amount', 150, 'not met', '2026-06-30')$$, 'warned ahead');
SELECT results_eq($$SELECT track_member_id, outcome, level_after, grace_until FROM evaluate_tracks('2026-04-10') ORDER BY 1$$,
    $$VALUES (521::bigint, 'lapsed'::text, 2, date '2026-05-10'), (522, 'lapsed', 1, '2026-05-10')$$, 'both lapse and keep their level');
SELECT is((SELECT count(*) FROM evaluate_tracks('2026-05-20')), 0::bigint, 'after the grace nothing happens before the review date');
-- B sells 1,000 in May and recovers; A does not.
SELECT pg_temp.sell(522, 522, '2026-05-25', 100);
SELECT results_eq($$SELECT track_member_id, outcome, level_after FROM evaluate_tracks('2026-05-31')$$, $$VALUES (522::bigint, 'recovered'::text, 1)$$, 'B recovers');
SELECT results_eq($$SELECT track_member_id, outcome, level_before, level_after, review_on FROM evaluate_tracks('2026-07-02') ORDER BY 1$$,
    $$VALUES (521::bigint, 'demoted'::text, 2, 0, date '2026-06-30'), (522, 'confirmed', 1, 1, '2026-06-30')$$, 'the review of 30 June, held on 2 July');
SELECT is((SELECT count(*) FROM evaluate_tracks('2026-07-02')), 0::bigint, 'once');
SELECT results_eq($$SELECT track_member_id, level_no, level_since, grace_until FROM track_level_as_of('2026-07-31') ORDER BY 1$$,
    $$VALUES (521::bigint, 0, date '2026-07-02', NULL::date), (522, 1, '2026-03-31', NULL)$$, 'levels in July');
SELECT is((SELECT level_no FROM track_level_as_of('2026-04-30') WHERE track_member_id = 521), 2, 'and in April');
SELECT results_eq($$SELECT track_member_id, benefit_name, benefit_value FROM track_benefits_as_of('2026-04-30') ORDER BY 1, 2$$,
    $$VALUES (521::bigint, 'extra discount'::text, 2::numeric), (521, 'portal', NULL), (522, 'extra discount', 1), (522, 'portal', NULL)$$, 'benefits of the level');

-- A lapse just before the review: the grace runs over it, and the member is
-- demoted on the next one.
SELECT is((SELECT outcome FROM evaluate_tracks('2026-09-20') WHERE track_member_id = 522), 'lapsed', 'July to September: nothing sold');
SELECT is((SELECT outcome || ' ' || grace_until FROM evaluate_tracks('2026-09-30') WHERE track_member_id = 522), 'in_grace 2026-10-20', 'the review finds the grace running');
SELECT is((SELECT outcome FROM evaluate_tracks('2026-12-31') WHERE track_member_id = 522), 'demoted', 'the next one does not');

-- The other measures, for a reseller and for reports and growth.
INSERT INTO program_track (track_code, track_name, partner_model, member_kind) VALUES ('VAR', 'Resellers', 'two_tier', 'reseller');
INSERT INTO track_level (track_code, level_no, level_name) VALUES ('VAR', 1, 'registered');
INSERT INTO training (training_code, training_name) VALUES ('BASIC', 'Basics');
INSERT INTO track_requirement (track_code, level_no, requirement_no, measure, threshold, window_months, currency_code, training_code) VALUES
    ('VAR', 1, 1, 'sell_through_amount', 500, 12, 'EUR', NULL), ('VAR', 1, 2, 'trained_people', 1, 12, NULL, 'BASIC'), ('VAR', 1, 3, 'growth_pct', 0, 2, 'EUR', NULL), ('VAR', 1, 4, 'sell_in_qty', 1, 12, NULL, NULL);
INSERT INTO track_member (track_member_id, track_code, reseller_id, joined_on) VALUES (523, 'VAR', 521, '2026-01-01');
INSERT INTO partner_person (person_id, reseller_id, person_name) VALUES (524, 521, 'Dan');
INSERT INTO training_attendance (person_id, training_code, attended_on) VALUES (524, 'BASIC', '2026-02-15');
-- By 10 March: 1,500 in January and 600 on 5 March. Growth of 2 months, February
-- to 10 March (600), over December to 10 January (0): nothing to grow from. By 30
-- April: March and April 600 over January and February 1,500: −60 %.
SELECT results_eq($$SELECT measure, actual, is_met FROM track_standing_as_of('2026-03-10') WHERE track_member_id = 523 ORDER BY requirement_no$$,
    $$VALUES ('sell_through_amount'::text, 2100::numeric, true), ('trained_people', 1, true), ('growth_pct', NULL, false), ('sell_in_qty', NULL, false)$$, 'a reseller in the middle of a month');
SELECT is((SELECT round(actual, 2) FROM track_standing_as_of('2026-04-30') WHERE track_member_id = 523 AND measure = 'growth_pct'), -60.00, 'growth');
SELECT is((SELECT round(actual, 2) FROM track_standing_as_of('2026-03-04') WHERE track_member_id = 523 AND measure = 'sell_through_amount'), 1500.00, 'the day counts');
INSERT INTO program_track (track_code, track_name, partner_model) VALUES ('SERV', 'Service', 'service');
INSERT INTO track_level (track_code, level_no, level_name) VALUES ('SERV', 1, 'one');
INSERT INTO track_requirement (track_code, level_no, requirement_no, measure, threshold, window_months) VALUES ('SERV', 1, 1, 'timeliness_pct', 75, 12), ('SERV', 1, 2, 'recruited_resellers', 1, 12);
INSERT INTO track_member (track_member_id, track_code, distributor_id, joined_on) VALUES (524, 'SERV', 521, '2026-01-01'), (525, 'SERV', 522, '2026-01-01');
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, due_days, valid_from) SELECT 521, 'sell_through', fiscal_calendar_id, 5, '2026-01-01' FROM fiscal_calendar;
SELECT is(generate_obligations('2026-01-01', '2026-03-31'), 3::bigint, 'three reports are owed');
INSERT INTO submission (distributor_id, report_kind, document_format, submission_state, document, period_starts_on, period_ends_on, period_is_stated, received_at, accepted_at)
SELECT 521, 'sell_through', 'csv', 'accepted', m::text::bytea, m, (m + interval '1 month')::date - 1, true, m + interval '1 month 2 days', m + interval '1 month 2 days'
FROM unnest(ARRAY[date '2026-01-01', '2026-02-01']) AS m;
SELECT lives_ok($$SELECT advance_reseller('R2', 'contracted', '2026-02-02', NULL, 'A')$$, 'A recruits one');
SELECT results_eq($$SELECT track_member_id, measure, round(actual, 1), is_met FROM track_standing_as_of('2026-04-30') WHERE track_code = 'SERV' ORDER BY 1, requirement_no$$,
    -- 2 of 3 in time; of B none is due, which cannot be judged.
    $$VALUES (524::bigint, 'timeliness_pct'::text, 66.7, false), (524, 'recruited_resellers', 1.0, true), (525, 'timeliness_pct', NULL, false), (525, 'recruited_resellers', 0.0, false)$$, 'reports and recruits');
SELECT * FROM finish();
ROLLBACK;
