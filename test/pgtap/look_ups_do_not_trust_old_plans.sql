-- The plans of a session are made for its first statements, when the tables were
-- small, and perhaps within a function that has settings of its own. The triggers
-- of sell-through look up what a row corrects by its key all the same: 4,000
-- reversals fetch a few rows each, and not 4,000.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(4);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'R', 'R');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR');

SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(E'Invoice,Date,Part No,Qty\nI-1,2026-01-05,P,1\n', 'D')$$,
    'the first facts of the session come with a report');
SELECT lives_ok($$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, currency_code)
    SELECT 1, '2026-01-05', 1, 1, 1, 'SS', 1, 'EUR' FROM generate_series(1, 4000)$$, '4,000 more of one day');
CREATE TEMPORARY TABLE fetched AS SELECT idx_tup_fetch AS rows FROM pg_stat_xact_user_tables WHERE relid = 'sell_through'::regclass;
SELECT lives_ok($$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, quantity, currency_code,
        entry_kind, corrects_sold_on, corrects_line_id)
    SELECT distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, -quantity, currency_code, 'reversal', sold_on, sell_through_id
    FROM sell_through WHERE reseller_id IS NOT NULL AND entry_kind = 'original'$$, 'are taken back by one statement');
SELECT cmp_ok((SELECT t.idx_tup_fetch - f.rows FROM pg_stat_xact_user_tables AS t, fetched AS f WHERE t.relid = 'sell_through'::regclass), '<', 40000::bigint,
    'which looks each up by its key');

SELECT * FROM finish();
ROLLBACK;
