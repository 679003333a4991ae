-- Discipline: each signal on numbers made by hand, and the work list.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(33);

INSERT INTO territory (territory_id, territory_code, territory_name) VALUES (1, 'DACH', 'DACH');
INSERT INTO territory_country VALUES (1, 'DE'), (1, 'AT');
INSERT INTO distributor (distributor_id, distributor_code, distributor_name, territory_id) SELECT i, 'D' || i, 'D' || i, 1 FROM generate_series(1, 6) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT i, i, 'W', 'W', true FROM generate_series(1, 6) AS i;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a'), (2, 'Q', 'Q', 'a'), (3, 'R', 'R', 'a');
INSERT INTO end_customer (end_customer_id, end_customer_name, country_code) VALUES (1, 'Hospital', 'DE'), (2, 'Hotel', 'FR');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name, country_code) VALUES (1, 'R1', 'R1', 'DE'), (2, 'R2', 'R2', 'DE');
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'ALL', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) VALUES (1, 1, '2025-01-01', 100), (1, 2, '2025-01-01', 100);
INSERT INTO discount_exclusion (product_id, valid_from, valid_to, reason) VALUES (2, '2026-02-01', '2026-02-28', 'allocation');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2025-01-01', 'EUR');
INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate) VALUES (1, 1, 1, 'Gold', 0, 0.10);
SELECT FROM activate_agreement('A');

CREATE FUNCTION pg_temp.ship(p_distributor bigint, p_on date, p_product bigint, p_quantity numeric, p_price numeric, p_list numeric DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, list_price, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_on, 'I', p_quantity, p_list, p_price, p_quantity * p_price, 'EUR')
$$;
CREATE FUNCTION pg_temp.sell(p_distributor bigint, p_on date, p_product bigint, p_quantity numeric, p_contract text, p_end_customer bigint DEFAULT 1, p_reseller bigint DEFAULT 1, p_price numeric DEFAULT 95)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, end_customer_id, transfer_type, contract_no, quantity, unit_price, amount, currency_code)
    VALUES (p_distributor, p_on, p_distributor, p_product, p_reseller, p_end_customer, 'SD', p_contract, p_quantity, p_price, p_quantity * p_price, 'EUR')
$$;

-- Unauthorized discounts: 90 is authorized in January, 85 leaks 5 x 10; Q is excluded in February.
SELECT FROM pg_temp.ship(1, '2026-01-10', 1, 10, 90, 100);
SELECT FROM pg_temp.ship(1, '2026-01-11', 1, 10, 85, 100);
SELECT FROM pg_temp.ship(1, '2026-01-12', 2, 10, 90, 99);
SELECT FROM pg_temp.ship(1, '2026-02-12', 2, 10, 90, 100);
SELECT FROM pg_temp.ship(2, '2026-01-13', 1, 2, 99.5);
SELECT FROM pg_temp.ship(1, '2026-01-14', 3, 10, 1, 5);
SELECT results_eq($$SELECT distributor_id, shipped_on, trim_scale(authorized_price), trim_scale(leakage_amount), reason, rule_id
        FROM unauthorized_discounts('2026-01-01', '2026-03-31') ORDER BY shipped_on, distributor_id$$,
    $$VALUES (1::bigint, '2026-01-11'::date, 90::numeric, 50::numeric, 'beyond_level'::text, '1/1/1'::text),
        (2, '2026-01-13', 100, 1, 'no_discount_granted', '1/1/2025-01-01'),
        (1, '2026-02-12', 100, 100, 'excluded_product', '1/2/2025-01-01')$$, 'what no rule authorizes');
SELECT is((SELECT count(*) FROM unauthorized_discounts('2026-01-01', '2026-03-31', p_tolerance_pct => 1)), 2::bigint, 'half a per cent is within a tolerance of one');
SELECT results_eq($$SELECT shipped_on, trim_scale(book_price), trim_scale(stated_list_price), trim_scale(deviation_amount) FROM price_book_deviations('2026-01-01', '2026-03-31') ORDER BY 1$$,
    $$VALUES ('2026-01-12'::date, 100::numeric, 99::numeric, 10::numeric), ('2026-01-14', NULL, 5, NULL)$$, 'list prices that are not those of the book');

-- Misuse: 10 may be sold from 1 to 31 January, to the hospital through R1, for at most 120.
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, end_customer_id, reseller_id, territory_id, currency_code, valid_from, valid_to, requested_by)
VALUES (1, 1, 'S', 1, 1, 1, 'EUR', '2026-01-01', '2026-01-31', 'x'), (1, 2, 'W', 1, NULL, NULL, 'EUR', '2026-01-01', '2026-01-31', 'x');
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, resale_price, limit_qty)
VALUES (1, 1, 1, 'EUR', '2026-01-01', 70, 120, 10), (1, 2, 1, 'EUR', '2026-01-01', 70, NULL, NULL);
SELECT FROM decide_special_price('D1', 'S', true);
SELECT FROM pg_temp.sell(1, '2026-01-05', 1, 6, 'S');
SELECT FROM pg_temp.sell(1, '2026-01-06', 1, 6, 'S');
SELECT FROM pg_temp.sell(1, '2026-01-07', 1, -3, 'S');
SELECT FROM pg_temp.sell(1, '2026-01-08', 1, 1, 'S', 2, 2, 121);
SELECT FROM pg_temp.sell(1, '2026-01-09', 2, 1, 'S');
SELECT FROM pg_temp.sell(1, '2026-01-10', 1, 1, 'S?');
SELECT FROM pg_temp.sell(1, '2026-01-11', 1, 1, 'W');
SELECT FROM pg_temp.sell(1, '2025-12-31', 1, 1, NULL);
SELECT FROM pg_temp.sell(1, '2026-02-01', 1, 5, 'S', NULL, NULL);
SELECT results_eq($$SELECT sold_on, reason, reject_code, trim_scale(excess_qty), trim_scale(at_risk_amount) FROM authorization_misuse('2026-01-01', '2026-02-28') ORDER BY 1, 2$$,
    $$VALUES ('2026-01-06'::date, 'over_drawn'::text, '04'::text, 2::numeric, 40::numeric),
        ('2026-01-08', 'outside_territory', '08', 1, 20), ('2026-01-08', 'resale_too_high', '16', 1, 20), ('2026-01-08', 'wrong_customer', 'ZZ', 1, 20), ('2026-01-08', 'wrong_reseller', 'ZZ', 1, 20),
        ('2026-01-09', 'wrong_product', '03', 1, NULL), ('2026-01-10', 'unknown_authorization', '01', 1, NULL), ('2026-01-11', 'not_approved', '01', 1, 20),
        ('2026-02-01', 'expired', '02', 5, 100), ('2026-02-01', 'over_drawn', '04', 5, 100)$$,
    'all reasons, with codes; 6 + 6 are 2 too many, a return of 3 makes room; (90 - 70) a unit are at risk; an unknown customer contradicts nothing');

-- Requests just below the threshold of 10,000: four within 10 %, one above.
INSERT INTO approval_policy (subject_kind, policy_name, from_amount, currency_code, approver_role, valid_from) VALUES ('special_price', 'large', 10000, 'EUR', 'postgres', '2020-01-01');
INSERT INTO special_price (distributor_id, special_price_id, authorization_no, project_name, currency_code, valid_from, valid_to, requested_by)
SELECT 1, 100 + i, 'T' || i, 'x', 'EUR', '2026-01-01', '2026-01-31', 'cutter' FROM generate_series(1, 6) AS i;
INSERT INTO special_price_item (distributor_id, special_price_id, product_id, currency_code, valid_from, unit_price, limit_qty)
SELECT 1, 100 + i, 1, 'EUR', '2026-01-01', 100, n FROM unnest(ARRAY[99, 98.5, 95, 90, 100, 50]) WITH ORDINALITY AS u (n, i);
SELECT results_eq($$SELECT policy_name, requested_by, measure, below_count, above_count, is_spike FROM threshold_spikes(current_date - 1, current_date + 1)$$,
    $$VALUES ('large'::text, 'cutter'::text, 'amount'::text, 4::bigint, 1::bigint, true)$$, '4 just below, 1 at the threshold');

-- History of the hospital with R from January to May 2025: 10, 20, 30, 0, 40: mean 20, sample deviation sqrt(1000 / 4) = 15.8114.
-- 1 June to 1 July 2025 are 31 days: 100 under special prices are 98.1855 a month: z = 78.1855 / 15.8114 = 4.9449.
SELECT FROM unnest(ARRAY[1, 2, 3, 5], ARRAY[1, 2, 3, 4]) AS u (m, n) CROSS JOIN LATERAL pg_temp.sell(3, ('2025-0' || m || '-10')::date, 3, 10 * n, NULL);
SELECT FROM pg_temp.sell(4, '2025-06-15', 3, 100, 'X');
SELECT FROM pg_temp.sell(4, '2025-06-16', 3, 5, 'X', 2);
SELECT results_eq($$SELECT distributor_id, end_customer_id, special_qty, history_months, trim_scale(history_mean), round(history_stddev, 4), round(z_score, 4) FROM special_volume_signals('2025-06-01', '2025-07-01') ORDER BY 2$$,
    $$VALUES (4::bigint, 1::bigint, 100.000, 5::bigint, 20::numeric, 15.8114, 4.9449), (4, 2, 5.000, 0, NULL, NULL, NULL)$$, 'z-score against the customer''s own history, whoever it bought from');
SELECT is((SELECT count(z_score) FROM special_volume_signals('2025-06-01', '2025-07-01', p_minimum_months => 6)), 0::bigint, 'none on too short a history');

-- Grey market: D4 sold 105 of R in June 2025, 5 of them to France.
SELECT results_eq($$SELECT distributor_id, country_code, line_count, outside_qty, special_qty, round(outside_rate, 4) FROM grey_market_sales('2025-06-01', '2025-06-30')$$,
    $$VALUES (4::bigint, 'FR'::text, 1::bigint, 5.000, 5.000, 0.0476)$$, '5 of 105 are outside DACH');

-- D5 sells 10, 20 … 60 a month under special prices from July 2025 on; D6 buys 60, 50 … 10, D2 the same as D5.
SELECT FROM generate_series(1, 6) AS m CROSS JOIN LATERAL pg_temp.sell(5, ('2025-' || to_char(6 + m, 'FM00') || '-10')::date, 3, 10 * m, 'X');
SELECT FROM generate_series(1, 6) AS m CROSS JOIN LATERAL pg_temp.ship(6, ('2025-' || to_char(6 + m, 'FM00') || '-10')::date, 3, 70 - 10 * m, 50);
SELECT FROM generate_series(1, 6) AS m CROSS JOIN LATERAL pg_temp.ship(2, ('2025-' || to_char(6 + m, 'FM00') || '-10')::date, 3, 10 * m, 50);
SELECT results_eq($$SELECT seller_id, buyer_id, months, correlation FROM seller_buyer_correlation('2025-07-01', '2025-12-31')$$,
    $$VALUES (5::bigint, 6::bigint, 6, -1.0000)$$, 'who buys less exactly when the other sells more');
SELECT is_empty($$SELECT FROM seller_buyer_correlation('2025-08-01', '2025-12-31')$$, 'not on five months');

-- Peers: averages 50, 60, 70, 80, 90 in March 2025; the median is 70, and D1 pays (50·30 + 50·10) / 40.
SELECT FROM pg_temp.ship(1, '2025-03-01', 1, 30, 50);
SELECT FROM pg_temp.ship(1, '2025-03-02', 1, 10, 50);
SELECT FROM generate_series(2, 5) AS i CROSS JOIN LATERAL pg_temp.ship(i, '2025-03-01', 1, 10, 40 + 10 * i);
SELECT results_eq($$SELECT distributor_id, peers, trim_scale(average_price), trim_scale(median_price), percentile, trim_scale(below_median_amount) FROM peer_percentile('2025-03-01', '2025-03-31') ORDER BY 1 LIMIT 2$$,
    $$VALUES (1::bigint, 5::bigint, 50::numeric, 70::numeric, 0.00, 800::numeric), (2, 5, 60, 70, 25.00, 100)$$, 'the lowest of five, 20 x 40 below the median');
SELECT is_empty($$SELECT FROM peer_percentile('2025-03-01', '2025-03-31', 6)$$, 'no percentile in too small a group');
SELECT is((SELECT count(*) FROM peer_percentile('2025-03-01', '2025-03-31', 1)), 5::bigint, 'a group is never one');

-- Floors: a violation counts while its line stands.
INSERT INTO price_floor (price_floor_id, applies_to, product_id, currency_code, floor_price, valid_from, action) VALUES (1, 'vendor_net_price', 1, 'EUR', 80, '2026-03-01', 'record');
SELECT FROM pg_temp.ship(1, '2026-03-05', 1, 4, 75);
SELECT results_eq($$SELECT occurred_on, leakage_amount, violation_state FROM price_violation_standing$$, $$VALUES ('2026-03-05'::date, 20.0000000, 'open'::text)$$, '(80 - 75) x 4');

-- The work list.
SELECT is((SELECT count(*) FROM find_price_exceptions('2026-01-01', '2026-03-31', p_dry_run => true)) > 0, true, 'a dry run tells');
SELECT is_empty('SELECT FROM price_exception', 'and enters nothing');
SELECT results_eq($$SELECT signal, count(*), trim_scale(sum(amount)) FROM find_price_exceptions('2026-01-01', '2026-03-31') WHERE signal IN ('floor', 'unauthorized_discount', 'price_book', 'authorization_misuse') GROUP BY signal ORDER BY signal$$,
    $$VALUES ('authorization_misuse'::text, 10::bigint, 340::numeric), ('floor', 1, 20), ('price_book', 2, 10), ('unauthorized_discount', 4, 211)$$,
    'findings become exceptions (January to March, 15 x 4 of the floor''s line among them)');
SELECT is_empty($$SELECT FROM find_price_exceptions('2026-01-01', '2026-03-31')$$, 'once');
SELECT is((SELECT count(*) FROM price_exception_step), (SELECT count(*) FROM price_exception), 'each has its first step');
CREATE FUNCTION pg_temp.one(p_signal text, p_on date) RETURNS bigint LANGUAGE sql AS $$
    SELECT price_exception_id FROM price_exception WHERE signal = p_signal AND occurred_on = p_on ORDER BY price_exception_id LIMIT 1
$$;
SELECT throws_ok($$SELECT decide_price_exception(pg_temp.one('unauthorized_discount', '2026-01-11'), 'recovered')$$, 'ZD107', NULL, 'an open one is not recovered at once');
SELECT is((decide_price_exception(pg_temp.one('unauthorized_discount', '2026-01-11'), 'in_review', p_owner => 'anna')).owner_name, 'anna', 'somebody takes it');
SELECT is((decide_price_exception(pg_temp.one('unauthorized_discount', '2026-01-11'), 'confirmed', 'sales forgot the level')).exception_state, 'confirmed', 'confirms it');
SELECT is((decide_price_exception(pg_temp.one('unauthorized_discount', '2026-01-11'), 'recovered', 'debit note 7')).exception_state, 'recovered', 'gets the money back');
SELECT results_eq($$SELECT step_no, from_state, to_state, owner_name, note FROM price_exception_step WHERE price_exception_id = pg_temp.one('unauthorized_discount', '2026-01-11') ORDER BY 1$$,
    $$VALUES (1, NULL, 'open'::text, NULL, NULL), (2, 'open', 'in_review', 'anna', NULL), (3, 'in_review', 'confirmed', 'anna', 'sales forgot the level'), (4, 'confirmed', 'recovered', 'anna', 'debit note 7')$$,
    'and all of it is kept');
SELECT throws_ok('DELETE FROM price_exception_step', 'ZD001', NULL, 'for ever');
SELECT throws_ok('UPDATE price_exception SET amount = 0', 'ZD107', NULL, 'what was found is not rewritten');
SELECT throws_ok($$SELECT decide_price_exception(0, 'in_review')$$, 'P0002', NULL, 'none there');

-- The line of March is taken back: neither leakage nor work.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code, entry_kind, corrects_shipped_on, corrects_line_id)
SELECT distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, -quantity, unit_price, -amount, currency_code, 'reversal', shipped_on, sell_in_id
FROM sell_in WHERE shipped_on = '2026-03-05';
SELECT is_empty('SELECT FROM price_violation_standing', 'a line that was taken back broke no floor');
SELECT is((SELECT violation_state FROM price_violation_as_of()), 'corrected', 'its violation is corrected');
SELECT results_eq($$SELECT signal, occurred_on, exception_state FROM find_price_exceptions('2026-01-01', '2026-03-31') ORDER BY 1$$,
    $$VALUES ('floor'::text, '2026-03-05'::date, 'corrected'::text), ('unauthorized_discount', '2026-03-05', 'corrected')$$, 'and so are its exceptions');
SELECT is_empty($$SELECT FROM find_price_exceptions('2026-01-01', '2026-03-31')$$, 'once');
UPDATE price_signal SET is_active = false WHERE signal = 'price_book';
SELECT is_empty($$SELECT FROM find_price_exceptions('2026-01-01', '2026-03-31')$$, 'what is not looked for is not corrected either');
SELECT is((SELECT count(*) FROM price_exception WHERE signal = 'price_book' AND exception_state = 'open'), 2::bigint, 'it waits');

SELECT * FROM finish();
ROLLBACK;
