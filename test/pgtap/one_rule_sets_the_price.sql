-- The authorized price: special > promotion > level > list, with the rule's key
-- and the floor; the two forms agree with each other and with the level of the day.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(27);

INSERT INTO territory (territory_id, territory_code, territory_name) VALUES (1, 'DACH', 'DACH'), (2, 'BNL', 'Benelux');
INSERT INTO territory_country VALUES (1, 'DE'), (1, 'AT'), (1, 'CH');
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id) VALUES (1, 'D', 'D', 1), (2, 'E', 'E', 2), (3, 'F', 'F', NULL);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (2, 2, 'W', 'W', true), (3, 3, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'net.switch'), (2, 'Q', 'Q', 'net.router'), (3, 'R', 'R', 'other');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name, country_code) VALUES (1, 'R1', 'R1', 'DE'), (2, 'R2', 'R2', 'FR');
INSERT INTO end_customer (end_customer_id, end_customer_name, country_code) VALUES (1, 'Hospital', 'DE'), (2, 'Hotel', 'FR');
INSERT INTO price_list (price_list_id, price_list_code, currency_code, territory_id) VALUES (1, 'ALL', 'EUR', NULL), (2, 'DACH', 'EUR', 1);
INSERT INTO price_list_item (price_list_id, product_id, valid_from, valid_to, list_price)
VALUES (1, 1, '2026-01-01', '2026-06-30', 500), (1, 1, '2026-07-01', NULL, 520), (2, 1, '2026-04-01', '2026-04-30', 480),
    (1, 2, '2026-01-01', NULL, 200);
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1), (2, 'B', 'B', 2);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency, granted_level_no)
VALUES (1, 1, '2026-01-01', 'EUR', 1), (2, 1, '2026-01-01', 'EUR', NULL);
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate)
VALUES (1, 1, 1, 'Gold', 100000, 0.12), (1, 1, 2, 'Top', 200000, 0.20), (2, 1, 1, 'Basic', 10000, 0.10);
SELECT FROM activate_agreement('A');
SELECT FROM activate_agreement('B');

CREATE FUNCTION pg_temp.price(p_distributor text, p_product text, p_quantity numeric, p_end_customer_id bigint, p_on date, p_reseller text DEFAULT NULL, p_no text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', trim_scale(unit_price), rule_kind, rule_id, 'floor ' || trim_scale(floor_price))
    FROM authorized_price(p_distributor, p_product, p_quantity, p_end_customer_id, p_on, p_reseller, p_no)
$$;

SELECT is(pg_temp.price('F', 'P', 1, NULL, '2026-03-01'), '500 price_list 1/1/2026-01-01', 'list');
SELECT is(pg_temp.price('F', 'P', 1, NULL, '2026-07-01'), '520 price_list 1/1/2026-07-01', 'of the day');
SELECT is(pg_temp.price('D', 'P', 1, NULL, '2026-03-31'), '440 discount_level 1/1/1', '12 % off 500 are 440');
SELECT is(pg_temp.price('D', 'P', 1, NULL, '2026-04-30'), '422.4 discount_level 1/1/1', 'the list of the territory comes first: 480 less 12 %');
SELECT is(pg_temp.price('D', 'P', 1, NULL, '2026-05-01'), '440 discount_level 1/1/1', 'and ends');
SELECT throws_ok($$SELECT authorized_price('D', 'R', 1, NULL, '2026-05-01')$$, 'ZD064', NULL, 'no price without a list');
SELECT throws_ok($$SELECT authorized_price('D', 'P', 1, NULL, '2026-05-01', p_currency_code => 'USD')$$, 'ZD064', NULL, 'nor in another currency');

-- 10,500 bought on 10 March: 10 % from the 11th on, and none in the next year.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
VALUES (2, '2026-03-10', 2, 1, '2026-03-10', 'I', 21, 500, 500, 10500, 'EUR');
SELECT is(pg_temp.price('E', 'P', 1, NULL, '2026-03-10'), '500 price_list 1/1/2026-01-01', 'before the level is reached');
SELECT is(pg_temp.price('E', 'P', 1, NULL, '2026-03-11'), '450 discount_level 2/1/1', 'the day after');
SELECT is(pg_temp.price('E', 'P', 1, NULL, '2027-01-01'), '520 price_list 1/1/2026-07-01', 'the year of the agreement begins anew');

INSERT INTO promotion (promotion_id, promotion_code, promotion_name, currency_code, territory_id, distributor_id, valid_from, valid_to, stacks_on_level)
VALUES (1, 'SPRING', 'Spring', 'EUR', NULL, NULL, '2026-05-01', '2026-05-31', true),
    (2, 'DACH', 'DACH', 'EUR', 1, NULL, '2026-05-10', '2026-05-20', false),
    (3, 'ONLY-E', 'Only E', 'EUR', NULL, 2, '2026-05-15', '2026-05-15', false),
    (4, 'DRAFT', 'Draft', 'EUR', NULL, NULL, '2026-05-01', '2026-05-31', false);
INSERT INTO promotion_item (promotion_id, item_no, product_id, product_line, min_qty, unit_price, discount_rate)
VALUES (1, 1, NULL, 'net', 0, NULL, 0.05), (1, 2, 1, NULL, 100, NULL, 0.08), (2, 1, 1, NULL, 0, 430, NULL), (3, 1, 1, NULL, 50, 399, NULL), (4, 1, 1, NULL, 0, 1, NULL);
UPDATE promotion SET promotion_state = 'active' WHERE promotion_id < 4;
SELECT throws_ok($$UPDATE promotion SET valid_to = '2026-12-31' WHERE promotion_id = 1$$, 'ZD106', NULL, 'an active promotion is not extended');
SELECT throws_ok($$UPDATE promotion_item SET discount_rate = 0.5 WHERE promotion_id = 1 AND item_no = 1$$, 'ZD106', NULL, 'nor are its terms changed');
SELECT is(pg_temp.price('E', 'P', 1, NULL, '2026-05-05'), '427.5 promotion 1/1', '10 % and then 5 % are 14.5 % off 500');
SELECT is(pg_temp.price('E', 'P', 100, NULL, '2026-05-05'), '414 promotion 1/2', 'from 100 on 8 %: 500 x 0.90 x 0.92');
SELECT is(pg_temp.price('D', 'P', 1, NULL, '2026-05-10'), '430 promotion 2/1', 'the territory''s comes first, in place of the level');
SELECT is(pg_temp.price('E', 'P', 50, NULL, '2026-05-15'), '399 promotion 3/1', 'the distributor''s own before all');
SELECT is(pg_temp.price('E', 'P', 49, NULL, '2026-05-15'), '427.5 promotion 1/1', 'where its quantity is reached');

INSERT INTO special_price (distributor_id, special_price_id, authorization_no, end_customer_id, reseller_id, territory_id, project_name, currency_code, valid_from, valid_to, requested_by)
VALUES (1, 11, 'S-1', 1, NULL, 1, NULL, 'EUR', '2026-03-01', '2026-06-30', 'x'), (1, 12, 'S-2', 1, 1, NULL, NULL, 'EUR', '2026-03-01', '2026-06-30', 'x'),
    (1, 13, 'S-3', NULL, NULL, 1, 'Airport', 'EUR', '2026-03-01', '2026-06-30', 'x');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, limit_qty)
VALUES (1, 11, 1, 'EUR', '2026-03-01', 410, 100), (1, 12, 1, 'EUR', '2026-03-01', 435, NULL), (1, 13, 1, 'EUR', '2026-03-01', 350, 10);
SELECT FROM decide_special_price('D', 'S-1', true);
SELECT FROM decide_special_price('D', 'S-2', true);
SELECT FROM decide_special_price('D', 'S-3', true);
INSERT INTO price_floor (price_floor_id, applies_to, product_id, distributor_id, territory_id, currency_code, floor_price, valid_from)
VALUES (1, 'special_price', 1, NULL, NULL, 'EUR', 300, '2026-01-01'), (2, 'vendor_net_price', 1, NULL, NULL, 'EUR', 425, '2026-01-01'),
    (3, 'vendor_net_price', 1, NULL, 1, 'EUR', 428, '2026-01-01'), (4, 'vendor_net_price', 1, 1, NULL, 'EUR', 420, '2026-01-01');
SELECT is(pg_temp.price('D', 'P', 100, 1, '2026-05-10'), '410 special_price 1/11/1 floor 300', 'the end customer''s special price before the promotion, with the floor for such prices');
SELECT is(pg_temp.price('D', 'P', 101, 1, '2026-05-10'), '430 promotion 2/1 floor 428', 'not where too little is left; the nearest floors: the higher of 428 and 420, not 425');
SELECT is(pg_temp.price('D', 'P', 1, 1, '2026-05-10', 'R1'), '435 special_price 1/12/1 floor 300', 'the reseller''s own before one for all');
SELECT is(pg_temp.price('D', 'P', 1, 2, '2026-05-10'), '430 promotion 2/1 floor 428', 'another customer has none');
SELECT is(pg_temp.price('D', 'P', 1, 1, '2026-07-01'), '457.6 discount_level 1/1/1 floor 428', 'nor has the day after: 520 less 12 %');
SELECT is(pg_temp.price('D', 'P', 1, 1, '2026-05-10', NULL, 'S-3'), '350 special_price 1/13/1 floor 300', 'a project''s is used by its number');
SELECT is(pg_temp.price('D', 'P', 1, 2, '2026-05-10', NULL, 'S-3'), '430 promotion 2/1 floor 428', 'but not by a customer outside the territory');

-- The level of each day, in one piece and day by day.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 1 + i % 2, date '2026-01-01' + (i * 37) % 700, 1 + i % 2, 1, '2028-01-01', 'I', CASE WHEN i % 5 = 0 THEN -30 ELSE 25 END, 440, CASE WHEN i % 5 = 0 THEN -30 ELSE 25 END * 440, 'EUR'
FROM generate_series(1, 80) AS i;
SELECT is_empty($$
    SELECT g.on_day, a.distributor_id, l.level_no, a.level_no
    FROM generate_series(timestamp '2026-01-01', '2028-02-01', '9 days') AS t
    CROSS JOIN LATERAL (SELECT t::date AS on_day) AS g
    CROSS JOIN LATERAL discount_level_as_of(g.on_day) AS l
    FULL JOIN discount_level_segment AS a
        ON a.distributor_id = l.distributor_id
        AND g.on_day >= a.starts_on AND g.on_day < a.ends_before
    WHERE g.on_day IS NOT NULL AND (l.level_no, l.discount_rate) IS DISTINCT FROM (a.level_no, a.discount_rate)$$,
    'segments say what discount_level_as_of() says');

-- Booked and asked for: the same price.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, end_customer_id, transfer_type, contract_no, quantity, unit_price, amount, currency_code)
SELECT 1 + i % 3, date '2026-02-20' + (i * 11) % 140, 1 + i % 3, 1 + i % 2, nullif(i % 3, 0), nullif(i % 4 % 3, 0), 'SS',
    CASE i % 7 WHEN 0 THEN 'S-1' WHEN 1 THEN 'S-3' WHEN 2 THEN 'S-2' WHEN 3 THEN 'S-?' ELSE 'none' END, i % 2 * 120 + 5, 600, (i % 2 * 120 + 5) * 600, 'EUR'
FROM generate_series(1, 400) AS i;
UPDATE special_price_balance SET limit_qty = NULL;
CREATE TABLE pg_temp.asked AS
SELECT p.*, row_number() OVER (ORDER BY p.fact_table, p.distributor_id, p.fact_on, p.fact_id) AS line_no FROM line_price AS p;
SELECT is_empty($$
    SELECT *
    FROM pg_temp.asked AS p
    JOIN authorized_prices((SELECT array_agg(ROW(distributor_id, product_id, abs(quantity), currency_code, fact_on,
            end_customer_id, reseller_id, coalesce(contract_no, ''))::price_question ORDER BY line_no) FROM pg_temp.asked)) AS a USING (line_no)
    WHERE (p.list_price, p.level_rate, p.authorized_price, p.rule_kind, p.rule_id)
        IS DISTINCT FROM (a.list_price, a.level_rate, a.authorized_price, a.rule_kind, a.rule_id)$$,
    'view and function agree');
SELECT results_eq($$SELECT rule_kind, count(*) > 5 FROM line_price WHERE fact_table = 'sell_through' GROUP BY rule_kind ORDER BY rule_kind$$,
    $$VALUES ('discount_level', true), ('price_list', true), ('promotion', true), ('special_price', true)$$, 'by rules of every kind');

SELECT * FROM finish();
ROLLBACK;
