-- Whatever is done with funds in whatever order, refused or not: no fund, plan or
-- vintage is ever negative, the vintages add up to what is available, accruals
-- are f(facts) − Σ posted, and what was paid is what is owed.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SET LOCAL TimeZone = 'UTC';
SELECT plan(8);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO fund (distributor_id, fund_id, fund_code, fund_name, fund_kind, currency_code, accrual_rate, fiscal_calendar_id, vendor_rate, valid_days, claim_due_days, valid_from)
SELECT 1, n, 'F' || n, 'F', CASE n WHEN 1 THEN 'coop' ELSE 'mdf' END, 'EUR', CASE n WHEN 1 THEN 0.02 END, fiscal_calendar_id, 0.5, 30 * n, 120, '2026-01-01'
FROM fiscal_calendar, generate_series(1, 2) AS n;

CREATE TEMPORARY TABLE broken (step integer, what text);
CREATE TEMPORARY TABLE done (what text, refused boolean);
DO $$
DECLARE
    v_day date := '2026-01-05';
    v_what integer;
    v_name text;
BEGIN
    PERFORM setseed(0.42);
    FOR i IN 1..400 LOOP
        v_day := v_day + (random() * 2)::integer;
        v_what := floor(random() * 11);
        BEGIN
            CASE v_what
                WHEN 0 THEN
                    v_name := 'buy';
                    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
                    VALUES (1, v_day - (random() * 40)::integer, 1, 1, 'infinity', 'I' || i, 100, 100, 10000, 'EUR');
                WHEN 1 THEN
                    v_name := 'return';
                    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
                    VALUES (1, v_day - (random() * 40)::integer, 1, 1, 'infinity', 'R' || i, -100, 100, -10000, 'EUR');
                WHEN 2 THEN v_name := 'accrue'; PERFORM FROM accrue_funds(v_day);
                WHEN 3 THEN v_name := 'allocate'; PERFORM FROM allocate_funds(jsonb_build_array(jsonb_build_object('fund', 'F2', 'amount', 100, 'allocated_on', v_day)));
                WHEN 4 THEN v_name := 'plan'; PERFORM FROM plan_fund_activities(jsonb_build_array(jsonb_build_object('fund', 'F' || 1 + i % 2, 'plan_no', i,
                    'activity', 'a', 'starts_on', v_day, 'cost', 50 + (random() * 500)::integer)), v_day);
                WHEN 5 THEN v_name := 'approve'; PERFORM FROM approve_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan_state WHERE plan_state = 'planned' LIMIT 1), v_day, p_by => 'boss');
                WHEN 6 THEN v_name := 'commit'; PERFORM FROM commit_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan_state WHERE plan_state = 'approved' ORDER BY random() LIMIT 1), v_day);
                WHEN 7 THEN v_name := 'claim'; PERFORM FROM claim_funds((SELECT jsonb_agg(jsonb_build_object('fund', c.fund_code, 'plan_no', c.plan_no, 'claim_no', i, 'spent', 30 + (random() * 400)::integer,
                        'proofs', '[{"kind": "invoice", "reference": "1"}]'::jsonb)) FROM (SELECT * FROM fund_plan_state WHERE plan_state IN ('approved', 'committed') ORDER BY random() LIMIT 1) AS c), v_day);
                WHEN 8 THEN v_name := 'pay';
                    PERFORM FROM decide_claims(ARRAY(SELECT claim_id FROM claim_state WHERE claim_state = 'proposed'), random() < 0.8, p_by => 'boss');
                    PERFORM FROM pay_fund_claims(v_day);
                WHEN 9 THEN v_name := 'transfer'; PERFORM FROM transfer_fund('F' || 1 + i % 2, 'F' || 2 - i % 2, (1 + random() * 150)::integer, v_day);
                ELSE v_name := 'end'; PERFORM FROM release_fund_plans(ARRAY(SELECT fund_plan_id FROM fund_plan_state WHERE plan_state = 'committed' LIMIT 1), v_day); PERFORM FROM expire_funds(v_day); PERFORM FROM forfeit_funds(v_day);
            END CASE;
            INSERT INTO done VALUES (v_name, false);
        EXCEPTION WHEN SQLSTATE 'ZD120' THEN
            INSERT INTO done VALUES (v_name, true);
        END;
        INSERT INTO broken
        SELECT i, fund_code || ' ' || v_name FROM fund_balance AS b
        WHERE least(accrued_amount + transferred_amount, committed_amount, paid_amount, expired_amount, forfeited_amount, available_amount) < 0
            OR available_amount <> coalesce((SELECT sum(remaining_amount) FROM fund_vintage AS v WHERE v.fund_id = b.fund_id), 0)
            OR committed_amount <> coalesce((SELECT sum(p.committed_amount) FROM fund_plan_state AS p WHERE p.fund_id = b.fund_id), 0)
        UNION ALL
        SELECT i, plan_no FROM fund_plan_state WHERE committed_amount < 0 OR paid_amount + committed_amount > approved_amount AND approved_amount > 0
        UNION ALL
        SELECT i, 'vintage' FROM fund_vintage WHERE remaining_amount < 0 OR remaining_amount > granted_amount;
    END LOOP;
END
$$;
SELECT is_empty('SELECT * FROM broken', 'never negative, and it adds up, after every one of 400 steps');
SELECT cmp_ok((SELECT count(*) FROM done WHERE NOT refused), '>', 300::bigint, 'most steps did something');
SELECT cmp_ok((SELECT count(*) FROM done WHERE refused), '>', 5::bigint, 'and some were refused');
SELECT cmp_ok((SELECT count(*) FROM fund_entry WHERE entry_kind = 'pay'), '>', 3::bigint, 'claims were paid');
SELECT is((SELECT sum(amount) FROM fund_entry WHERE entry_kind = 'pay'), (SELECT sum(delta_amount) FROM claim_entry), 'what was paid from the funds is what is owed');
SELECT is((SELECT sum(transferred_amount) FROM fund_balance), 0.0000, 'transfers neither make nor lose money');
SELECT lives_ok($$SELECT * FROM accrue_funds('2028-01-01')$$, 'accrued at last');
SELECT ok((SELECT sum(amount) FROM fund_entry WHERE entry_kind = 'accrue') >= (SELECT sum(earned_amount) FROM fund_accrual_as_of('2028-01-01')), 'never less than the facts earn, and more only where the money is gone');
SELECT * FROM finish();
ROLLBACK;
