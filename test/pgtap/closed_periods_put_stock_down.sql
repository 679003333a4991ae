-- Closing a period puts the stock down at its last day, for whoever may close
-- it; reopening takes that back; no answer changes.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(19);

CREATE ROLE distmgmt_closer;
GRANT USAGE ON SCHEMA channel, distmgmt TO distmgmt_closer;
GRANT SELECT, INSERT, UPDATE ON fiscal_calendar, fiscal_period, period_change TO distmgmt_closer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA channel TO distmgmt_closer;
REVOKE ALL ON FUNCTION follow_period_state() FROM distmgmt_closer;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 1, day, 1, 1, day, 'I', 10, 5, 50, 'EUR' FROM unnest('{2026-01-10,2026-02-10,2026-03-10}'::date[]) AS day;
PREPARE stock AS SELECT on_hand_qty, value_amount FROM inventory_as_of('2026-03-31');

SET LOCAL ROLE distmgmt_closer;
SELECT throws_ok($$INSERT INTO inventory_close (closed_on, known_at, checkpoints) VALUES ('2026-01-31', now(), 0)$$, '42501', NULL, 'who closes periods cannot write closes');
SELECT lives_ok($$SELECT close_period('gregorian', 2026, 1, 'month end', 'soft_closed')$$, 'closed softly');
RESET ROLE;
SELECT is_empty('SELECT * FROM inventory_close', 'puts nothing down');
SET LOCAL ROLE distmgmt_closer;
SELECT lives_ok($$SELECT close_period('gregorian', 2026, 1, 'month end')$$, 'closed');
SELECT lives_ok($$SELECT close_period('gregorian', 2026, 2, 'month end')$$, 'and the next');
RESET ROLE;
SELECT results_eq('SELECT closed_on, checkpoints FROM inventory_close ORDER BY 1', $$VALUES (date '2026-01-31', 1::bigint), ('2026-02-28', 1)$$, 'puts the stock down at the last day');
SELECT is((SELECT closed_on FROM inventory_close_as_of('2026-03-31')), date '2026-02-28', 'from where it is calculated');
SELECT results_eq('stock', 'VALUES (30::numeric, 150::numeric)', 'with the same answer');

-- Another calendar whose periods end on the same days.
INSERT INTO fiscal_calendar (calendar_code, pattern) VALUES ('other', 'gregorian');
SELECT lives_ok($$SELECT add_fiscal_years('other', 2026, 2026)$$, 'a second calendar');
SELECT lives_ok($$SELECT close_period('other', 2026, 2, 'month end')$$, 'that closes');
SELECT is((SELECT count(*) FROM inventory_close), 2::bigint, 'puts nothing down twice');
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
VALUES (1, '2026-02-11', 1, 1, '2026-02-11', 'late', 1, 6, 6, 'EUR');
SELECT lives_ok($$SELECT close_period('other', 2026, 1, 'month end')$$, 'a late fact of February leaves January');
SELECT is((SELECT count(*) FROM inventory_close), 2::bigint, 'as it was put down');
SELECT results_eq('stock', 'VALUES (31::numeric, 156::numeric)', 'the late fact counts');

-- January is reopened: closes from its first day on no longer hold.
SELECT lives_ok($$SELECT reopen_period('gregorian', 2026, 1, 'audit')$$, 'a reopening is asked for');
SET LOCAL ROLE distmgmt_closer;
SELECT lives_ok('SELECT decide_reopening((SELECT max(period_change_id) FROM period_change))', 'and approved');
RESET ROLE;
SELECT results_eq('SELECT count(*), count(invalid_since), (SELECT count(*) FROM inventory_checkpoint), (SELECT count(*) FROM inventory_close_as_of(date $$2026-03-31$$)) FROM inventory_close',
    'VALUES (2::bigint, 2::bigint, 0::bigint, 0::bigint)', 'no close holds any more');
SELECT results_eq('stock', 'VALUES (31::numeric, 156::numeric)', 'with the same answer');
SELECT is((close_inventory('2026-02-28')).checkpoints, 1::bigint, 'the stock can be put down again');

SELECT * FROM finish();
ROLLBACK;
