-- What a sell-through names exists and stays, though no row-level foreign key
-- says so.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(17);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (2, 2, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'R', 'R');
INSERT INTO end_customer (end_customer_id, end_customer_name) VALUES (1, 'E');

PREPARE sell (bigint, bigint, bigint, bigint, bigint, text, bigint) AS
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, end_customer_id,
        transfer_type, quantity, currency_code, submission_id, submission_line_no)
    VALUES ($1, '2026-01-05', $2, $3, $4, $5, 'SS', 1, $6, $7, CASE WHEN $7 IS NOT NULL THEN 1 END);

SELECT throws_ok('EXECUTE sell (1, 9, 1, 1, 1, ''EUR'', NULL)', '23503', NULL, 'a warehouse that is not there');
SELECT throws_ok('EXECUTE sell (1, 2, 1, 1, 1, ''EUR'', NULL)', '23503', NULL, 'a warehouse of another distributor');
SELECT throws_ok('EXECUTE sell (9, 1, 1, 1, 1, ''EUR'', NULL)', '23503', NULL, 'a distributor that is not there');
SELECT throws_ok('EXECUTE sell (1, 1, 9, 1, 1, ''EUR'', NULL)', '23503', NULL, 'a product');
SELECT throws_ok('EXECUTE sell (1, 1, 1, 9, 1, ''EUR'', NULL)', '23503', NULL, 'a reseller');
SELECT throws_ok('EXECUTE sell (1, 1, 1, 1, 9, ''EUR'', NULL)', '23503', NULL, 'an end customer');
SELECT throws_ok('EXECUTE sell (1, 1, 1, 1, 1, ''EEE'', NULL)', '23503', NULL, 'a currency');
SELECT throws_ok('EXECUTE sell (1, 1, 1, 1, 1, ''EUR'', 9)', '23503', NULL, 'a submission');
SELECT throws_ok($$INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, quantity, currency_code,
        entry_kind, corrects_sold_on, corrects_line_id)
    VALUES (1, '2026-01-05', 1, 1, 'SS', 1, 'EUR', 'replacement', '2026-01-05', 999999)$$, '23503', NULL, 'a row that it corrects');
SELECT is((SELECT count(*) FROM sell_through), 0::bigint, 'nothing of it is booked');

SELECT lives_ok('EXECUTE sell (1, 1, 1, 1, NULL, ''EUR'', NULL)', 'all of them there, or not named');
SELECT throws_ok('DELETE FROM product WHERE product_id = 1', '23503', NULL, 'a product that a fact names cannot be removed');
SELECT throws_ok('UPDATE reseller SET reseller_id = 7', '23503', NULL, 'nor a reseller re-keyed');
SELECT lives_ok('DELETE FROM product WHERE product_id = 2', 'what no fact names can be removed');
SELECT throws_ok('DELETE FROM referenced_product', 'ZD001', NULL, 'what keeps it there cannot be taken away');

-- A fact that was rolled back names nothing.
SAVEPOINT before;
EXECUTE sell (2, 2, 1, 1, 1, 'EUR', NULL);
ROLLBACK TO before;
SELECT lives_ok('DELETE FROM end_customer', 'a fact that was rolled back keeps nothing');
SELECT bag_eq('SELECT DISTINCT distributor_id, product_id FROM sell_through', 'SELECT distributor_id, product_id FROM referenced_product',
    'the pairs are those of the facts');

SELECT * FROM finish();
ROLLBACK;
