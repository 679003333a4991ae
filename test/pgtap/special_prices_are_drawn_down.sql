-- Special price authorizations: asked for, approved by another, amended,
-- drawn down to the limit and never below, given back on returns.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(41);

CREATE ROLE special_price_approver SUPERUSER;
INSERT INTO territory (territory_id, territory_code, territory_name) VALUES (1, 'DACH', 'DACH');
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id) VALUES (1, 'D', 'D', 1);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a');
INSERT INTO end_customer (end_customer_id, end_customer_name, country_code) VALUES (1, 'City hospital', 'DE');
INSERT INTO price_floor (price_floor_id, applies_to, product_id, currency_code, floor_price, valid_from, action)
VALUES (1, 'special_price', 1, 'EUR', 30, '2026-01-01', 'reject'), (2, 'special_price', 2, 'EUR', 20, '2026-01-01', 'hold');

SELECT throws_ok($$SELECT request_special_price('D', 'S-0', 'EUR', '2026-01-01', '2026-03-31', '[{"product": "P", "unit_price": 29.99, "limit_qty": 10}]', 1)$$,
    'ZD010', NULL, 'a special price below a floor that rejects is not even asked for');
SELECT throws_ok($$SELECT request_special_price('D', 'S-0', 'EUR', '2026-01-01', '2026-03-31', '[{"product": "P?", "unit_price": 35}]', 1)$$,
    'P0002', NULL, 'nor one of an unknown product');
SELECT throws_ok($$SELECT request_special_price('D', 'S-0', 'EUR', '2026-01-01', '2026-03-31', '[{"product": "P", "unit_price": 35}]')$$,
    '23514', NULL, 'nor one for nobody');
SELECT is((request_special_price('D', 'S-1', 'EUR', '2026-01-01', '2026-03-31',
    '[{"product": "P", "unit_price": 35, "limit_qty": 100, "book_price": 40}, {"product": "Q", "unit_price": 25}]', 1)).special_price_state,
    'requested', 'a request waits');
SELECT is_empty('SELECT FROM special_price_terms', 'and has no effect');
SELECT throws_ok($$SELECT draw_special_price('D', 'S-1', 'P', 1, '2026-02-01')$$, 'ZD102', NULL, 'nothing can be drawn from it');
SELECT throws_ok($$SELECT amend_special_price('D', 'S-1', 'longer', '2026-06-30')$$, 'ZD104', NULL, 'nor can it be amended');
SELECT throws_ok($$SELECT decide_special_price('D', 'S-1', true)$$, 'ZD041', NULL, 'who asked does not approve');
SET LOCAL ROLE special_price_approver;
SELECT is((decide_special_price('D', 'S-1', true)).special_price_state, 'approved', 'another one does');
RESET ROLE;
SELECT throws_ok($$SELECT decide_special_price('D', 'S-1', false)$$, 'ZD104', NULL, 'once');
SELECT throws_ok($$UPDATE special_price SET valid_to = '2030-01-01'$$, 'ZD100', NULL, 'and nothing of it changes any more');
SELECT throws_ok($$UPDATE special_price_item SET unit_price = 34$$, 'ZD100', NULL, 'nor of its items');
SELECT throws_ok($$DELETE FROM special_price$$, 'ZD001', NULL, 'nor is it removed');
SELECT throws_ok($$INSERT INTO special_price (distributor_id, authorization_no, project_name, currency_code, valid_from, valid_to, special_price_state, decided_by, decided_at)
    VALUES (1, 'S-9', 'x', 'EUR', '2026-01-01', '2026-01-02', 'approved', 'me', now())$$, 'ZD100', NULL, 'none is born approved');

-- 60 + 30 of 100; 11 more are one too many, 10 are not.
SELECT is((draw_special_price('D', 'S-1', 'P', 60, '2026-01-10', p_idempotency_key => 'a')).quantity, 60.000, '60 are drawn');
SELECT is((draw_special_price('D', 'S-1', 'P', 60, '2026-01-10', p_idempotency_key => 'a')).quantity, 60.000, 'the same call again');
SELECT is((SELECT drawn_qty FROM special_price_balance WHERE product_id = 1), 60.000, 'draws nothing');
SELECT is((draw_special_price('D', 'S-1', 'P', 30, '2026-02-10')).quantity, 30.000, '30 more');
SELECT is((draw_special_price('D', 'S-1', 'P', 10, '2026-02-11', p_dry_run => true)).quantity, 10.000, 'a dry run tells');
SELECT throws_ok($$SELECT draw_special_price('D', 'S-1', 'P', 11, '2026-02-11')$$, 'ZD101', NULL, '11 more than the 10 that are left are refused');
SELECT is((draw_special_price('D', 'S-1', 'P', 11, '2026-02-11', p_partial => true)).quantity, 10.000, 'or cut to 10, so the dry run drew nothing');
SELECT is((draw_special_price('D', 'S-1', 'P', 1, '2026-02-11', p_partial => true)).quantity, NULL, 'then nothing is left');
SELECT throws_ok($$SELECT draw_special_price('D', 'S-1', 'P', -101, '2026-02-12')$$, 'ZD103', NULL, 'no more comes back than was drawn');
SELECT is((draw_special_price('D', 'S-1', 'P', -5, '2026-04-12')).quantity, -5.000, 'a return gives 5 back, after the end too');
SELECT throws_ok($$SELECT draw_special_prices(ARRAY[(1, (SELECT special_price_id FROM special_price), 1, '2026-04-13', -26, NULL, NULL, NULL, NULL,
        '2026-02-10', (SELECT special_price_draw_id FROM special_price_draw WHERE quantity = 30), NULL)::special_price_request,
        (1, (SELECT special_price_id FROM special_price), 1, '2026-04-13', -5, NULL, NULL, NULL, NULL,
        '2026-02-10', (SELECT special_price_draw_id FROM special_price_draw WHERE quantity = 30), NULL)::special_price_request])$$,
    'ZD103', NULL, '26 + 5 do not come back of a draw of 30');
SELECT throws_ok($$SELECT draw_special_price('D', 'S-1', 'P', 1, '2026-04-01')$$, 'ZD102', NULL, 'after the last day nothing is drawn');
SELECT is((draw_special_price('D', 'S-1', 'Q', 1000000, '2026-02-01')).quantity, 1000000.000, 'an item without limit has none');

-- Extension and more: 100 + 50 − 95 drawn = 55.
SELECT is((amend_special_price('D', 'S-1', 'project is late', '2026-06-30')).amendment_no, 1, 'an extension is asked for');
SELECT is((amend_special_price('D', 'S-1', 'bigger', p_product => 'P', p_added_qty => 50)).amendment_no, 2, 'and more');
SELECT throws_ok($$SELECT decide_amendment('D', 'S-1', 1, true)$$, 'ZD041', NULL, 'not approved by who asked');
SET LOCAL ROLE special_price_approver;
SELECT is((decide_amendment('D', 'S-1', 1, true)).amendment_state || (decide_amendment('D', 'S-1', 2, true)).amendment_state,
    'approvedapproved', 'but by another');
RESET ROLE;
SELECT results_eq($$SELECT valid_to, limit_qty, left_qty, used_pct FROM special_price_terms WHERE product_id = 1$$,
    $$VALUES ('2026-06-30'::date, 150.000, 55.000, 63.33)$$, 'both hold: 150 less 95 is 55, 63.33 % are used');
SELECT is((draw_special_price('D', 'S-1', 'P', 1, '2026-04-01')).quantity, 1.000, 'and April is covered now');
SELECT results_eq($$SELECT valid_to, limit_qty, drawn_qty FROM special_price_as_of('2026-01-31', 'infinity') WHERE product_id = 1$$,
    $$VALUES ('2026-06-30'::date, 150.000, 60.000)$$, 'by the end of January 60 were drawn');

-- A price below a floor that holds: not approved until it is released.
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by)
VALUES (1, 70, 'S-7', 'Airport', 'EUR', '2026-01-01', '2026-12-31', 'somebody');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price) VALUES (1, 70, 2, 'EUR', '2026-01-01', 19);
SELECT throws_ok($$SELECT decide_special_price('D', 'S-7', true)$$, 'ZD105', NULL, 'on hold below the floor');
UPDATE price_violation SET violation_state = 'released' WHERE fact_table = 'special_price_item';
SELECT is((decide_special_price('D', 'S-7', true)).special_price_state, 'approved', 'approved after the release');

-- Policies: from 10,000 EUR on, somebody of sales control has to approve first.
INSERT INTO approval_policy (subject_kind, policy_name, from_amount, currency_code, approver_role)
VALUES ('special_price', 'large', 10000, 'EUR', 'special_price_approver');
SELECT is((request_special_price('D', 'S-6', 'EUR', '2026-01-01', '2026-12-31', '[{"product": "P", "unit_price": 40, "limit_qty": 250}]', 1)).special_price_state,
    'requested', '250 x 40 = 10,000');
SET LOCAL ROLE special_price_approver;
SELECT throws_ok($$SELECT decide_special_price('D', 'S-6', true)$$, 'ZD081', NULL, 'is not approved without the approval');
SELECT FROM decide_approval((SELECT approval_request_id FROM approval_request WHERE subject_kind = 'special_price' AND subject_key = 'D/S-6'));
SELECT is((decide_special_price('D', 'S-6', true)).special_price_state, 'approved', 'with it, it is');
RESET ROLE;

-- Property: whatever is tried in whatever order, the balance is the sum of the
-- draws, between 0 and the limit.
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by)
VALUES (1, 80, 'S-8', 'Port', 'EUR', '2026-01-01', '2026-12-31', 'somebody');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, limit_qty)
VALUES (1, 80, 1, 'EUR', '2026-01-01', 31, 40), (1, 80, 2, 'EUR', '2026-01-01', 21, 7.5);
SELECT FROM decide_special_price('D', 'S-8', true);
SELECT setseed(0.42);
CREATE TABLE pg_temp.tried AS SELECT 0 AS done, 0 AS refused, 0 AS wrong;
DO $$
DECLARE
    i integer;
BEGIN
    FOR i IN 1 .. 300 LOOP
        BEGIN
            PERFORM draw_special_prices(array_agg((1, 80, 1 + floor(2 * random()), '2026-05-01', round((12 * random() - 5)::numeric, 1),
                NULL, NULL, NULL, NULL, NULL, NULL, NULL)::special_price_request), random() < 0.3)
            FROM generate_series(1, 1 + (i % 3));
            UPDATE pg_temp.tried SET done = done + 1;
        EXCEPTION WHEN SQLSTATE 'ZD101' OR SQLSTATE 'ZD103' OR check_violation THEN
            UPDATE pg_temp.tried SET refused = refused + 1;
        END;
        UPDATE pg_temp.tried SET wrong = wrong + (
            SELECT count(*)
            FROM special_price_balance AS b
            WHERE b.special_price_id = 80
                AND (b.drawn_qty NOT BETWEEN 0 AND b.limit_qty
                    OR b.drawn_qty <> (SELECT coalesce(sum(d.quantity), 0) FROM special_price_draw AS d
                        WHERE (d.distributor_id, d.special_price_id, d.product_id) = (b.distributor_id, b.special_price_id, b.product_id))));
    END LOOP;
END
$$;
SELECT is((SELECT wrong FROM pg_temp.tried), 0, 'never over-drawn, never negative, always the sum of the draws');
SELECT ok((SELECT done > 50 AND refused > 50 FROM pg_temp.tried), 'among draws that were made and draws that were refused');

SELECT * FROM finish();
ROLLBACK;
