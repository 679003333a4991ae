-- What is owed is what was accrued less what was settled, on any day; no document
-- settles more than its amount.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(45);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (101, 'D', 'D'), (102, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'W', 'W', true), (102, 102, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (101, 'A', 'A', 101), (102, 'B', 'B', 102);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (101, 1, '2020-01-01', 'EUR'), (102, 1, '2020-01-01', 'USD');
SELECT lives_ok($$SELECT activate_agreement('A'), activate_agreement('B')$$, 'agreements');
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (101, 'D', 'D', 101), (102, 'E', 'E', 102);
INSERT INTO program_line (program_line_id, rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT v.id, v.id, 1, 'L', 'sell_in', c.fiscal_calendar_id, v.span, '2020-01-01', v.schedule::tier_schedule
FROM fiscal_calendar AS c
CROSS JOIN (VALUES (101, 'quarter', 'marginal: 10% from 0'), (102, 'year', 'marginal: 100% from 0')) AS v (id, span, schedule);
UPDATE rebate_program SET program_state = 'active';
CREATE FUNCTION pg_temp.ship(p_on date, p_amount numeric, p_distributor bigint DEFAULT 101) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, 101, p_on, 'I', sign(p_amount), abs(p_amount), p_amount, CASE p_distributor WHEN 101 THEN 'EUR' ELSE 'USD' END)
    RETURNING sell_in_id
$$;
CREATE FUNCTION pg_temp.state(p_span date) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', trim_scale(stated_amount), trim_scale(settled_amount), trim_scale(due_amount), due_state)
    FROM rebate_due WHERE distributor_id = 101 AND span_starts_on = p_span
$$;
CREATE FUNCTION pg_temp.document(p_no text) RETURNS bigint LANGUAGE sql AS $$ SELECT settlement_id FROM settlement WHERE document_no = p_no $$;
CREATE FUNCTION pg_temp.of(p_no text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', trim_scale(amount), trim_scale(matched_amount), trim_scale(denied_amount), trim_scale(written_off_amount), trim_scale(open_amount))
    FROM settlement_open WHERE document_no = p_no
$$;

-- First quarter 10,000 -> 1,000; second 20,000 -> 2,000.
SELECT pg_temp.ship('2026-02-01', 10000);
SELECT pg_temp.ship('2026-05-01', 20000);
SELECT accrue_rebates('2026-03-31');
SELECT accrue_rebates('2026-06-30');
SELECT is((SELECT count(*) FROM issue_statements('2026-06-30')), 2::bigint, 'two statements');
SELECT is(pg_temp.state('2026-01-01'), '1000 0 1000 open', 'the first is open');

-- A claim that asks for less: partial payment, then the rest by itself.
SELECT is((book_settlement('D', 'claim', 'C-1', '2026-07-05', 400, 'EUR', 'c1')).amount, 400.0000, 'a claim');
SELECT is((book_settlement('D', 'claim', 'C-1', '2026-07-05', 400, 'EUR', 'c1')).settlement_id, pg_temp.document('C-1'), 'the same key, the same claim');
SELECT throws_ok($$SELECT book_settlement('D', 'claim', 'C-1', '2026-07-05', 400, 'EUR')$$, '23505', NULL, 'a number is used once');
SELECT throws_ok($$SELECT book_settlement('D', 'claim', 'C-2', '2026-07-05', 0.001, 'EUR')$$, '22023', NULL, 'no part of a cent');
SELECT throws_ok($$SELECT book_settlement('X', 'claim', 'C-2', '2026-07-05', 1, 'EUR')$$, 'P0002', NULL, 'an unknown distributor');
SELECT throws_ok($$SELECT book_settlement('D', 'claim', 'C-2', '2026-07-05', -1, 'EUR')$$, '23514', NULL, 'a claim is positive');
SELECT is((SELECT sum(amount) FROM match_settlement(pg_temp.document('C-1'), p_dry_run => true)), 400.0000, 'a dry run');
SELECT is(pg_temp.state('2026-01-01'), '1000 0 1000 open', 'settles nothing');
SELECT is((SELECT sum(amount) FROM match_settlement(pg_temp.document('C-1'))), 400.0000, 'to what is due, the oldest first');
SELECT is(pg_temp.state('2026-01-01'), '1000 400 600 partial', 'partly settled');
SELECT is_empty($$SELECT * FROM match_settlement(pg_temp.document('C-1'))$$, 'a document settles once');
SELECT throws_ok($$SELECT match_settlement(pg_temp.document('C-1'), (SELECT min(rebate_statement_id) FROM rebate_statement), 1)$$, 'ZD062', NULL, 'and no more than its amount');

-- A deduction of 1,000: 600 close the first quarter, 150 go to the second, then
-- 200 are denied and 50 written off.
SELECT lives_ok($$SELECT book_settlement('D', 'deduction', 'S-1', '2026-07-20', 1000, 'EUR')$$, 'a deduction');
SELECT is((SELECT string_agg(trim_scale(amount)::text, ' ' ORDER BY line_no) FROM match_settlement(pg_temp.document('S-1'), p_amount => 750)), '600 150', 'spread over two quarters');
SELECT is((SELECT amount FROM match_settlement(pg_temp.document('S-1'), NULL, 200, 'denied', 'no such purchase')), 200.0000, 'a part is denied');
SELECT is(pg_temp.of('S-1'), '1000 750 200 0 50', 'what became of it');
SELECT is((SELECT amount FROM match_settlement(pg_temp.document('S-1'), p_disposition => 'written_off', p_reason => 'below 100')), 50.0000, 'the rest is let go');
SELECT is(pg_temp.of('S-1'), '1000 750 200 50 0', 'nothing is open');
SELECT throws_ok($$SELECT match_settlement(pg_temp.document('S-1'), NULL, 1, 'denied')$$, 'ZD062', NULL, 'nothing more can become of it');
SELECT throws_ok($$SELECT match_settlement(pg_temp.document('S-1'), NULL, 1, 'lost')$$, '23514', NULL, 'unknown disposition');
SELECT throws_ok($$SELECT match_settlement(pg_temp.document('S-1'), NULL, -300, 'denied')$$, 'ZD062', NULL, 'nor is more taken back than was denied');
SELECT throws_ok($$SELECT match_settlement(-1)$$, 'P0002', NULL, 'an unknown document');
SELECT is(pg_temp.state('2026-01-01') || ', ' || pg_temp.state('2026-04-01'), '1000 1000 0 settled, 2000 150 1850 partial', 'only what is matched settles');

-- What is left is paid by itself, once.
SELECT results_eq($$SELECT trim_scale(amount) FROM settle_statements('2026-07-31', 'D', 'july')$$, 'VALUES (1850::numeric)', 'the rest by credit memo');
SELECT results_eq($$SELECT trim_scale(amount) FROM settle_statements('2026-07-31', 'D', 'july')$$, 'VALUES (1850::numeric)', 'the same key, the same memo');
SELECT is_empty($$SELECT * FROM settle_statements('2026-07-31')$$, 'nothing is due');
SELECT throws_ok($$SELECT settle_statements(NULL)$$, '22023', NULL, 'a day is needed');

-- A return of 3,000 after the payment: 300 overpaid, taken back by a negative memo.
SELECT pg_temp.ship('2026-06-15', -3000);
SELECT accrue_rebates('2026-08-31');
SELECT is((SELECT payable_amount FROM issue_statements('2026-08-31')), -300.0000, 'a later version takes 300 back');
SELECT is(pg_temp.state('2026-04-01'), '1700 2000 -300 overpaid', 'overpaid');
SELECT is((SELECT array_agg(trim_scale(opening_amount) || ' ' || trim_scale(accrued_amount) || ' ' || trim_scale(settled_amount) || ' ' || trim_scale(closing_amount) ORDER BY month_starts_on) FROM liability_roll_forward WHERE distributor_id = 101),
    ARRAY['0 1000 0 1000', '1000 2000 0 3000', '3000 0 3000 0', '0 -300 0 -300'], 'the roll-forward: March, June, July, August');
SELECT results_eq($$SELECT trim_scale(amount) FROM settle_statements('2026-08-31', p_dry_run => true)$$, 'VALUES (-300::numeric)', 'a negative memo, dry');
SELECT results_eq($$SELECT trim_scale(amount) FROM settle_statements('2026-08-31')$$, 'VALUES (-300::numeric)', 'and real');
SELECT is((SELECT sum(closing_amount) FROM liability_between('2026-01-01', '2026-12-31')), 0::numeric, 'nothing is owed');

-- An overpayment that somebody means: 100 more than is due.
SELECT book_settlement('D', 'credit_memo', 'CM-1', '2026-09-01', 100, 'EUR');
SELECT throws_ok($$SELECT match_settlement(pg_temp.document('CM-1'), (SELECT min(rebate_statement_id) FROM rebate_statement))$$, 'P0002', NULL, 'nothing is due');
SELECT lives_ok($$SELECT match_settlement(pg_temp.document('CM-1'), (SELECT min(rebate_statement_id) FROM rebate_statement), 100)$$, 'unless the amount is given');
SELECT is((SELECT trim_scale(sum(due_amount)) FROM rebate_due), -100::numeric, 'it is overpaid, and seen');
SELECT throws_ok('UPDATE settlement_line SET amount = 1', 'ZD001', NULL, 'what became of a document is append-only');

-- Power Integrations (SEMANTICS 2.4): 23,040 + 172,621 - 166,965 = 28,696,
-- + 177,260 - 178,531 = 27,425, + 195,669 - 188,679 = 34,415.
SELECT pg_temp.ship(v.on_day, v.amount, 102) FROM (VALUES (date '2026-12-01', 23040), ('2027-06-01', 172621), ('2028-06-01', 177260), ('2029-06-01', 195669)) AS v (on_day, amount);
DO $$ DECLARE v record; BEGIN
    FOR v IN SELECT * FROM (VALUES (2026, 0), (2027, 166965), (2028, 178531), (2029, 188679)) AS t (year, paid) LOOP
        PERFORM accrue_rebates(make_date(v.year, 12, 31));
        PERFORM issue_statements(make_date(v.year, 12, 31), 'E');
        IF v.paid > 0 THEN
            PERFORM match_settlement((book_settlement('E', 'claim', 'Y' || v.year, make_date(v.year, 12, 31), v.paid, 'USD')).settlement_id);
        END IF;
    END LOOP;
END $$;
SELECT is((SELECT array_agg(concat_ws(' ', trim_scale(l.opening_amount), trim_scale(l.accrued_amount), trim_scale(l.settled_amount), trim_scale(l.closing_amount)) ORDER BY y.year)
    FROM (VALUES (2027), (2028), (2029)) AS y (year)
    CROSS JOIN LATERAL (SELECT sum(b.opening_amount) AS opening_amount, sum(b.accrued_amount) AS accrued_amount, sum(b.settled_amount) AS settled_amount, sum(b.closing_amount) AS closing_amount
        FROM liability_between(make_date(y.year, 1, 1), make_date(y.year, 12, 31)) AS b WHERE b.distributor_id = 102) AS l),
    ARRAY['23040 172621 166965 28696', '28696 177260 178531 27425', '27425 195669 188679 34415'], 'a published roll-forward');
SELECT is((SELECT count(*) FROM liability_roll_forward WHERE opening_amount + accrued_amount - settled_amount <> closing_amount), 0::bigint, 'opening + accrued - settled = closing');
SELECT is((SELECT sum(closing_amount) FROM liability_between('-infinity', 'infinity')),
    (SELECT sum(delta_amount) FROM accrual_entry) - (SELECT sum(amount) FROM settlement_line WHERE disposition = 'matched'), 'sum of accruals less sum of settlements = liability');
SELECT is((SELECT count(*) FROM liability_between('2028-01-01', '2028-12-31') AS b WHERE b.opening_amount + b.accrued_amount - b.settled_amount <> b.closing_amount), 0::bigint, 'line by line too');
SELECT is((SELECT count(*) FROM settlement_open WHERE matched_amount + denied_amount + written_off_amount + open_amount <> amount), 0::bigint, 'every document is accounted for');

SELECT * FROM finish();
ROLLBACK;
