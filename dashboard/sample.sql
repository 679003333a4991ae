-- A channel to look at: :distributors distributors, :products products, 18 months of
-- sell-in and sell-through (:lines lines of each kind of sale), counts, schedules of
-- reports, price floors, a rebate program, resellers on their way. The numbers follow
-- from arithmetic, so that every run shows the same pictures; the names are made up.
-- It ends the day before :today.
--     psql -v lines=40000 -v distributors=6 -v products=40 -v today=2026-07-01 -f sample.sql
-- Needs a database with the extension; makes the model 'channel'. Read by bin/dashboard.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET jit = off;
SELECT distmgmt.create_model('channel') \g /dev/null
SET search_path = channel, distmgmt, public;
\o /dev/null

-- The first day, the ends of the last two whole quarters, and yesterday.
SELECT (date_trunc('month', :'today'::timestamp) - interval '17 months')::date AS first_day,
    (date_trunc('quarter', :'today'::timestamp) - interval '3 months' - interval '1 day')::date AS quarter_1,
    (date_trunc('quarter', :'today'::timestamp) - interval '1 day')::date AS quarter_2,
    (date_trunc('quarter', :'today'::timestamp) - interval '6 months')::date AS quarter_1_start,
    (date_trunc('quarter', :'today'::timestamp) - interval '3 months')::date AS quarter_2_start,
    :'today'::date - 1 AS last_day,
    :'today'::date - (date_trunc('month', :'today'::timestamp) - interval '17 months')::date AS days \gset

-- h(n, salt): a number in [0, 1) that looks drawn by lot and never changes.
CREATE FUNCTION pg_temp.h(n bigint, salt int) RETURNS double precision LANGUAGE sql IMMUTABLE
RETURN (('x' || substr(md5(n::text || '/' || salt::text), 1, 8))::bit(32)::bigint::double precision / 4294967296);

BEGIN;
INSERT INTO currency (currency_code, currency_name, minor_unit) VALUES ('USD', 'US dollar', 2) ON CONFLICT DO NOTHING;
INSERT INTO territory (territory_code, territory_name) VALUES ('NORTH', 'North'), ('SOUTH', 'South'), ('WEST', 'West');
INSERT INTO distributor (distributor_code, distributor_name, territory_id, country_code)
SELECT coalesce((ARRAY['ALDER', 'BIRCH', 'CEDAR', 'DOGWD', 'ELM', 'FIR'])[n], 'D' || n),
    coalesce((ARRAY['Alder Supply', 'Birch Trading', 'Cedar & Sons', 'Dogwood Wholesale', 'Elm Distribution', 'Fir Logistics'])[n], 'Distributor ' || n),
    1 + n % 3, 'US'
FROM generate_series(1, :distributors) AS n;
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, transit_days, is_default)
SELECT d.distributor_id, w.code, w.name, w.days, w.code = 'MAIN'
FROM distributor AS d
CROSS JOIN (VALUES ('MAIN', 'Main warehouse', 5), ('EAST', 'Eastern branch', 9)) AS w (code, name, days);
INSERT INTO product (product_code, product_name, product_line, base_uom)
SELECT 'P-' || lpad(n::text, 4, '0'), (ARRAY['Router', 'Switch', 'Sensor', 'Meter', 'Gateway'])[1 + n % 5] || ' ' || n,
    (ARRAY['network.routers', 'network.switches', 'iot.sensors', 'iot.meters', 'network.gateways'])[1 + n % 5]::ltree, 'EA'
FROM generate_series(1, :products) AS n;
INSERT INTO reseller (reseller_code, reseller_name, city, postcode, country_code)
SELECT 'R-' || lpad(n::text, 5, '0'), (ARRAY['Ash', 'Bay', 'Clover', 'Dale', 'Echo', 'Fern', 'Grove', 'Hill'])[1 + n % 8] || ' '
        || (ARRAY['Systems', 'Retail', 'Solutions', 'Markets', 'Works'])[1 + n % 5] || ' ' || n,
    (ARRAY['Boston', 'Denver', 'Austin', 'Seattle'])[1 + n % 4], lpad((10000 + n)::text, 5, '0'), 'US'
FROM generate_series(1, greatest(60, :products)) AS n;
INSERT INTO price_list (price_list_code, currency_code) VALUES ('LIST', 'USD');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price)
SELECT l.price_list_id, p.product_id, date :'first_day', 40 + p.product_id % 17 * 12
FROM price_list AS l CROSS JOIN product AS p;
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action)
SELECT 'vendor_net_price', p.product_id, 'USD', round(0.66 * (40 + p.product_id % 17 * 12), 2), date :'first_day', 'record'
FROM product AS p;
INSERT INTO report_schedule (distributor_id, report_kind, fiscal_calendar_id, frequency, due_days, grace_days, valid_from)
SELECT d.distributor_id, k.kind, c.fiscal_calendar_id, 'month', 5, 5, date :'first_day'
FROM distributor AS d
CROSS JOIN (VALUES ('sell_through'), ('inventory')) AS k (kind)
CROSS JOIN fiscal_calendar AS c
WHERE c.calendar_code = 'gregorian';
COMMIT;

-- What the vendor sold: more before the end of each quarter.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, invoice_line,
    quantity, list_price, unit_price, amount, currency_code)
SELECT x.distributor_id, x.shipped_on, w.warehouse_id, x.product_id, x.shipped_on + w.transit_days,
    'V' || n / 20, (n % 20)::text, x.quantity, x.list_price, x.unit_price, x.quantity * x.unit_price, 'USD'
FROM (
    SELECT n,
        1 + floor(:distributors * power(pg_temp.h(n, 1), 1.4))::bigint AS distributor_id,
        date :'first_day' + floor(:days * pg_temp.h(n, 2))::int AS shipped_on,
        1 + floor(:products * power(pg_temp.h(n, 4), 1.6))::bigint AS product_id,
        20 + floor(180 * pg_temp.h(n, 5)) AS quantity,
        pg_temp.h(n, 6) AS luck, pg_temp.h(n, 7) AS place
    FROM generate_series(1, greatest(:lines / 4, 1)) AS n
) AS d
CROSS JOIN LATERAL (
    SELECT d.distributor_id, d.shipped_on, d.product_id, d.quantity::numeric AS quantity,
        (40 + d.product_id % 17 * 12)::numeric AS list_price,
        round((40 + d.product_id % 17 * 12) * CASE WHEN d.luck < 0.01 THEN 0.62 ELSE 0.72 END, 2) AS unit_price
) AS x
JOIN warehouse AS w ON w.distributor_id = x.distributor_id AND w.warehouse_code = CASE WHEN d.place < 0.75 THEN 'MAIN' ELSE 'EAST' END
WHERE d.shipped_on <= date :'last_day';

-- What the distributors sold on, two per cent of it coming back.
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, invoice_no, invoice_line,
    quantity, unit_price, amount, currency_code)
SELECT d.distributor_id, d.sold_on, w.warehouse_id, d.product_id, d.reseller_id, CASE WHEN d.luck < 0.02 THEN 'RD' ELSE 'SS' END,
    'S' || n / 10, (n % 10)::text, CASE WHEN d.luck < 0.02 THEN -d.quantity ELSE d.quantity END, x.price,
    CASE WHEN d.luck < 0.02 THEN -d.quantity ELSE d.quantity END * x.price, 'USD'
FROM (
    SELECT n,
        1 + floor(:distributors * power(pg_temp.h(n, 11), 1.4))::bigint AS distributor_id,
        date :'first_day' + 20 + floor((:days - 20) * power(pg_temp.h(n, 12), 0.85))::int AS sold_on,
        1 + floor(:products * power(pg_temp.h(n, 14), 1.6))::bigint AS product_id,
        -- As time goes by, fewer of them buy.
        1 + floor(greatest(60, :products) * 0.9 * power(pg_temp.h(n, 15), 1.3) * (1 - 0.6 * pg_temp.h(n, 12)))::bigint AS reseller_id,
        (1 + floor(44 * pg_temp.h(n, 16)))::numeric AS quantity,
        pg_temp.h(n, 17) AS luck, pg_temp.h(n, 18) AS place
    FROM generate_series(1, :lines) AS n
) AS d
CROSS JOIN LATERAL (SELECT round((40 + d.product_id % 17 * 12) * 0.9, 2) AS price) AS x
JOIN warehouse AS w ON w.distributor_id = d.distributor_id AND w.warehouse_code = CASE WHEN d.place < 0.75 THEN 'MAIN' ELSE 'EAST' END
WHERE d.sold_on <= date :'last_day';

SELECT fold_rollups();
ANALYZE;

-- Counts at the ends of quarters, most of them right.
INSERT INTO inventory_count (distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity)
SELECT i.distributor_id, q.counted_on, i.warehouse_id, i.product_id, 'on_hand',
    greatest(0, round(i.on_hand_qty * CASE WHEN pg_temp.h(i.product_id * 31 + i.distributor_id, 21) < 0.85 THEN 1 ELSE 0.96 END))
FROM (VALUES (date :'quarter_1'), (date :'quarter_2')) AS q (counted_on)
CROSS JOIN LATERAL inventory_as_of(q.counted_on) AS i
WHERE i.product_id <= 400;

-- A rebate program for each distributor, accrued month by month.
INSERT INTO agreement (agreement_no, agreement_name, distributor_id)
SELECT 'A-' || d.distributor_code, 'Purchase agreement ' || d.distributor_name, d.distributor_id FROM distributor AS d;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency)
SELECT a.agreement_id, 1, date :'first_day', 'USD' FROM agreement AS a;
SELECT activate_agreement(a.agreement_no, 1) FROM agreement AS a;
INSERT INTO rebate_program (program_code, program_name, agreement_id)
SELECT 'Q-' || d.distributor_code, 'Quarterly growth ' || d.distributor_name, a.agreement_id
FROM agreement AS a JOIN distributor AS d USING (distributor_id);
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, measure_unit, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT p.rebate_program_id, 1, 'Sell-through of the quarter', 'sell_through', 'amount', c.fiscal_calendar_id, 'quarter', date :'first_day',
    format('retroactive: 1%% from %s, 2%% from %s, 3%% from %s', t.base, t.base * 2, t.base * 3)::tier_schedule
FROM rebate_program AS p
JOIN agreement AS a ON a.agreement_id = p.agreement_id
JOIN LATERAL (
    SELECT 1000 * ceil(coalesce(avg(q.amount), 3000) / 2400) AS base
    FROM (SELECT sum(s.amount) AS amount FROM sell_through AS s WHERE s.distributor_id = a.distributor_id GROUP BY date_trunc('quarter', s.sold_on)) AS q
) AS t ON true
CROSS JOIN fiscal_calendar AS c
WHERE c.calendar_code = 'gregorian';
SELECT activate_program(VARIADIC (SELECT array_agg(p.program_code) FROM rebate_program AS p));
SELECT accrue_rebates(date :'quarter_2');
SELECT issue_statements(date :'quarter_2');
SELECT settle_statements(date :'quarter_2' + 20);
SELECT accrue_rebates(date :'last_day');

-- Reports: expected, some in time, some late, some missing.
SELECT generate_obligations(date :'first_day' + 181, date :'last_day');
SELECT report_nil(d.distributor_code, o.report_kind, o.period_starts_on, o.period_ends_on, 'sample')
FROM report_obligation AS o
JOIN distributor AS d USING (distributor_id)
WHERE o.due_on < date :'today' AND pg_temp.h(o.report_obligation_id, 31) < 0.8 AND :distributors < 20;

-- (The sales above came in by hand, so an empty report contradicts them.)
SELECT accept_submission(s.submission_id, p_release_reason => 'sample') FROM submission AS s WHERE s.submission_state = 'validated';

-- Resellers on their way.
SELECT advance_resellers(array_agg(r.reseller_code), s.state, date :'first_day' + s.place * 3)
FROM (VALUES (1, 'prospect', 1.0), (2, 'applied', 0.92), (3, 'approved', 0.86), (4, 'contracted', 0.8)) AS s (place, state, share)
JOIN reseller AS r ON pg_temp.h(r.reseller_id, 41) < s.share
GROUP BY s.place, s.state
ORDER BY s.place;

SELECT reconcile_inventory(date :'last_day');

-- Figures and scores of the last two quarters.
INSERT INTO scorecard (scorecard_code, scorecard_name) VALUES ('PARTNER', 'Partner scorecard');
INSERT INTO scorecard_version (scorecard_code, version_no, valid_from) VALUES ('PARTNER', 1, date :'first_day');
INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value, missing_policy) VALUES
    ('PARTNER', 1, 'sell_through_growth_pct', 30, -20, 5, 30, 'exclude_and_reweight'),
    ('PARTNER', 1, 'wos_trailing', 20, 30, 12, 6, 'exclude_and_reweight'),
    ('PARTNER', 1, 'reconciliation_gap_pct', 20, -5, -1, 0, 'exclude_and_reweight'),
    ('PARTNER', 1, 'active_reseller_pct', 30, 20, 60, 90, 'zero');
SELECT take_kpis(date :'quarter_1_start', date :'quarter_1');
SELECT take_kpis(date :'quarter_2_start', date :'quarter_2');
SELECT take_scorecard('PARTNER', date :'quarter_1_start', date :'quarter_1');
SELECT take_scorecard('PARTNER', date :'quarter_2_start', date :'quarter_2');
SELECT snapshot_inventory(date :'quarter_2');
SELECT snapshot_inventory(date :'last_day');
SELECT fold_rollups();
ANALYZE;
\o
