-- performance: what BI tools see, part 4: stock by age and cover, prices, claims
-- and funds, and the network of resellers.

CREATE VIEW supply_snapshots WITH (security_invoker = true) AS
SELECT s.distributor_id || ' ' || s.snapshot_on AS supply_snapshot_key,
    s.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    s.snapshot_on AS snapshot_on,
    s.on_hand_qty::numeric(18,3) AS on_hand_qty,
    s.in_transit_qty::numeric(18,3) AS in_transit_qty,
    s.weekly_demand_qty::numeric(18,3) AS weekly_demand_qty,
    round(s.on_hand_qty / nullif(s.weekly_demand_qty, 0), 4)::numeric(18,4) AS supply_weeks,
    s.items AS items,
    s.negative_items AS negative_items,
    s.stock_out_items AS stock_out_items,
    s.overstock_items AS overstock_items,
    s.taken_at AS taken_at,
    s.snapshot_on = max(s.snapshot_on) OVER (PARTITION BY s.distributor_id) AS is_latest
FROM (
    SELECT DISTINCT ON (x.distributor_id, x.snapshot_on) x.*
    FROM inventory_snapshot AS x
    ORDER BY x.distributor_id, x.snapshot_on, x.snapshot_no DESC
) AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id;
COMMENT ON VIEW supply_snapshots IS 'One row = the stock of a distributor on a day on which a snapshot was taken: how long it lasts';
COMMENT ON COLUMN supply_snapshots.supply_snapshot_key IS 'Key';
COMMENT ON COLUMN supply_snapshots.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN supply_snapshots.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN supply_snapshots.snapshot_on IS 'The day, at its close; dim_date';
COMMENT ON COLUMN supply_snapshots.on_hand_qty IS 'On hand, base units. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.in_transit_qty IS 'In transit, base units. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.weekly_demand_qty IS 'Average weekly sell-through of the weeks before, base units. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.supply_weeks IS 'Weeks that the stock lasts at that rate; NULL = nothing was sold. Not additive: use on_hand_qty / weekly_demand_qty.';
COMMENT ON COLUMN supply_snapshots.items IS 'Products in warehouses that ever moved. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.negative_items IS 'Of them with less than nothing on hand. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.stock_out_items IS 'Of them sold lately with nothing on hand. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.overstock_items IS 'Of them with more weeks of supply than the limit. Semi-additive: not over time.';
COMMENT ON COLUMN supply_snapshots.taken_at IS 'When it was worked out';
COMMENT ON COLUMN supply_snapshots.is_latest IS 'The latest of its distributor';

CREATE VIEW age_buckets WITH (security_invoker = true) AS
SELECT s.distributor_id || ' ' || s.snapshot_on || ' ' || b.bucket_no AS age_bucket_key,
    s.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    s.snapshot_on AS snapshot_on,
    b.bucket_no AS bucket_no,
    b.age_bucket AS age_bucket,
    b.quantity::numeric(18,3) AS on_hand_qty,
    s.snapshot_on = max(s.snapshot_on) OVER (PARTITION BY s.distributor_id) AS is_latest
FROM (
    SELECT DISTINCT ON (x.distributor_id, x.snapshot_on) x.*
    FROM inventory_snapshot AS x
    ORDER BY x.distributor_id, x.snapshot_on, x.snapshot_no DESC
) AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id
CROSS JOIN LATERAL (VALUES
    (1, '0-30'::text, s.age_0_30_qty),
    (2, '31-60'::text, s.age_31_60_qty),
    (3, '61-90'::text, s.age_61_90_qty),
    (4, '91-180'::text, s.age_91_180_qty),
    (5, 'over 180'::text, s.age_over_180_qty)
) AS b (bucket_no, age_bucket, quantity);
COMMENT ON VIEW age_buckets IS 'One row = the stock of a distributor in tranches of one age, on a day on which a snapshot was taken';
COMMENT ON COLUMN age_buckets.age_bucket_key IS 'Key';
COMMENT ON COLUMN age_buckets.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN age_buckets.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN age_buckets.snapshot_on IS 'The day, at its close; dim_date';
COMMENT ON COLUMN age_buckets.bucket_no IS '1 to 5: sorts age_bucket';
COMMENT ON COLUMN age_buckets.age_bucket IS 'Days since shipment';
COMMENT ON COLUMN age_buckets.on_hand_qty IS 'On hand in tranches of that age, base units. Semi-additive: not over time.';
COMMENT ON COLUMN age_buckets.is_latest IS 'The latest of its distributor';

CREATE VIEW special_price_balances WITH (security_invoker = true) AS
SELECT t.distributor_id || ' ' || t.special_price_id || ' ' || t.product_id AS special_price_balance_key,
    t.distributor_id AS distributor_id,
    t.product_id AS product_id,
    coalesce(t.end_customer_id, 0) AS end_customer_id,
    t.authorization_no AS authorization_no,
    t.project_name AS project_name,
    t.valid_from AS valid_from_on,
    t.valid_to AS valid_to_on,
    t.unit_price::numeric(18,4) AS unit_price_amount,
    t.limit_qty::numeric(18,3) AS limit_qty,
    t.drawn_qty::numeric(18,3) AS drawn_qty,
    t.left_qty::numeric(18,3) AS left_qty,
    t.used_pct::numeric(7,2) AS used_pct,
    t.currency_code AS currency_code
FROM special_price_terms AS t;
COMMENT ON VIEW special_price_balances IS 'One row = a product of an approved special price authorization and how much of it is used';
COMMENT ON COLUMN special_price_balances.special_price_balance_key IS 'Key';
COMMENT ON COLUMN special_price_balances.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN special_price_balances.product_id IS 'dim_product';
COMMENT ON COLUMN special_price_balances.end_customer_id IS 'dim_end_customer';
COMMENT ON COLUMN special_price_balances.authorization_no IS 'Number of the authorization';
COMMENT ON COLUMN special_price_balances.project_name IS 'Project; NULL = none';
COMMENT ON COLUMN special_price_balances.valid_from_on IS 'First day';
COMMENT ON COLUMN special_price_balances.valid_to_on IS 'Last day, inclusive; NULL = open';
COMMENT ON COLUMN special_price_balances.unit_price_amount IS 'Authorized price of one base unit. Not additive.';
COMMENT ON COLUMN special_price_balances.limit_qty IS 'What may be drawn in all; NULL = no limit. Additive.';
COMMENT ON COLUMN special_price_balances.drawn_qty IS 'Drawn so far. Additive.';
COMMENT ON COLUMN special_price_balances.left_qty IS 'What is left; NULL = no limit. Additive.';
COMMENT ON COLUMN special_price_balances.used_pct IS 'Drawn in percent of the limit; NULL = no limit. Not additive: use drawn_qty / limit_qty.';
COMMENT ON COLUMN special_price_balances.currency_code IS 'Currency of the price';

CREATE VIEW price_exceptions WITH (security_invoker = true) AS
SELECT v.price_violation_id AS price_violation_id,
    v.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    v.product_id AS product_id,
    p.product_code AS product_code,
    v.occurred_on AS occurred_on,
    date_trunc('month', v.occurred_on::timestamp)::date AS month_on,
    v.applies_to AS applies_to,
    v.violation_state AS violation_state,
    v.quantity::numeric(18,3) AS violation_qty,
    v.authorized_price::numeric(18,4) AS authorized_price_amount,
    v.actual_price::numeric(18,4) AS actual_price_amount,
    v.leakage_amount::numeric(18,4) AS leakage_amount,
    v.currency_code AS currency_code
FROM price_violation AS v
JOIN distributor AS d ON d.distributor_id = v.distributor_id
JOIN product AS p ON p.product_id = v.product_id;
COMMENT ON VIEW price_exceptions IS 'One row = a price below its floor that was found, with names';
COMMENT ON COLUMN price_exceptions.price_violation_id IS 'Key';
COMMENT ON COLUMN price_exceptions.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN price_exceptions.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN price_exceptions.product_id IS 'dim_product';
COMMENT ON COLUMN price_exceptions.product_code IS 'Part number';
COMMENT ON COLUMN price_exceptions.occurred_on IS 'Activity date; dim_date';
COMMENT ON COLUMN price_exceptions.month_on IS 'First day of its month; dim_date.month_on';
COMMENT ON COLUMN price_exceptions.applies_to IS 'Which price: vendor_net_price, special_price or resale_price';
COMMENT ON COLUMN price_exceptions.violation_state IS 'State';
COMMENT ON COLUMN price_exceptions.violation_qty IS 'Base units. Additive.';
COMMENT ON COLUMN price_exceptions.authorized_price_amount IS 'Floor of one base unit. Not additive.';
COMMENT ON COLUMN price_exceptions.actual_price_amount IS 'Price of one base unit. Not additive.';
COMMENT ON COLUMN price_exceptions.leakage_amount IS '(authorized - actual) x quantity. Additive within a currency.';
COMMENT ON COLUMN price_exceptions.currency_code IS 'Currency of the amounts';

CREATE VIEW fact_claim WITH (security_invoker = true) AS
SELECT c.claim_id AS claim_id,
    c.distributor_id AS distributor_id,
    c.claim_kind AS claim_kind,
    c.claim_no AS claim_no,
    c.claimed_on AS claimed_on,
    c.claim_state AS claim_state,
    c.claimed_amount::numeric(18,4) AS claimed_amount,
    c.assessed_amount::numeric(18,4) AS assessed_amount,
    c.posted_amount::numeric(18,4) AS posted_amount,
    c.settled_amount::numeric(18,4) AS settled_amount,
    c.due_amount::numeric(18,4) AS due_amount,
    c.currency_code AS currency_code,
    CASE WHEN c.due_amount <> 0 OR c.assessment_no IS NULL THEN (now() AT TIME ZONE 'UTC')::date - c.claimed_on END AS open_days
FROM claim_state AS c;
COMMENT ON VIEW fact_claim IS 'One row = a claim of a distributor and what became of it';
COMMENT ON COLUMN fact_claim.claim_id IS 'Key';
COMMENT ON COLUMN fact_claim.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_claim.claim_kind IS 'ship_debit, price_protection, stock_rotation, fund ...';
COMMENT ON COLUMN fact_claim.claim_no IS 'Reference of the distributor';
COMMENT ON COLUMN fact_claim.claimed_on IS 'Day of the claim; dim_date';
COMMENT ON COLUMN fact_claim.claim_state IS 'State';
COMMENT ON COLUMN fact_claim.claimed_amount IS 'What is claimed; NULL = not stated. Additive within a currency.';
COMMENT ON COLUMN fact_claim.assessed_amount IS 'What it was found to be worth; NULL = not assessed. Additive within a currency.';
COMMENT ON COLUMN fact_claim.posted_amount IS 'What is owed for it. Additive within a currency.';
COMMENT ON COLUMN fact_claim.settled_amount IS 'What of it was settled. Additive within a currency.';
COMMENT ON COLUMN fact_claim.due_amount IS 'Still to be settled; below 0 = to be taken back. Additive within a currency.';
COMMENT ON COLUMN fact_claim.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN fact_claim.open_days IS 'Days since the claim while it is open; NULL = done. Not additive.';

CREATE VIEW claim_liability_months WITH (security_invoker = true) AS
SELECT m.distributor_id || ' ' || m.claim_kind || ' ' || m.month_starts_on || ' ' || m.currency_code AS claim_liability_month_key,
    m.distributor_id AS distributor_id,
    m.claim_kind AS claim_kind,
    m.month_starts_on AS month_on,
    m.currency_code AS currency_code,
    m.opening_amount::numeric(18,4) AS opening_amount,
    m.posted_amount::numeric(18,4) AS posted_amount,
    m.settled_amount::numeric(18,4) AS settled_amount,
    m.closing_amount::numeric(18,4) AS closing_amount
FROM claim_liability AS m;
COMMENT ON VIEW claim_liability_months IS 'One row = what is owed to a distributor for claims of a kind through a month: opening + posted - settled = closing';
COMMENT ON COLUMN claim_liability_months.claim_liability_month_key IS 'Key';
COMMENT ON COLUMN claim_liability_months.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN claim_liability_months.claim_kind IS 'Kind of the claims';
COMMENT ON COLUMN claim_liability_months.month_on IS 'First day of the month; dim_date.month_on';
COMMENT ON COLUMN claim_liability_months.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN claim_liability_months.opening_amount IS 'Owed at the start. Semi-additive: not over time.';
COMMENT ON COLUMN claim_liability_months.posted_amount IS 'Posted in the month. Additive within a currency.';
COMMENT ON COLUMN claim_liability_months.settled_amount IS 'Settled in the month. Additive within a currency.';
COMMENT ON COLUMN claim_liability_months.closing_amount IS 'Owed at the end. Semi-additive: not over time.';

CREATE VIEW fund_balances WITH (security_invoker = true) AS
SELECT f.fund_id AS fund_id,
    f.distributor_id AS distributor_id,
    f.distributor_code AS distributor_code,
    f.fund_code AS fund_code,
    f.fund_kind AS fund_kind,
    f.funded_amount::numeric(18,4) AS funded_amount,
    f.committed_amount::numeric(18,4) AS committed_amount,
    f.paid_amount::numeric(18,4) AS paid_amount,
    f.expired_amount::numeric(18,4) AS expired_amount,
    f.forfeited_amount::numeric(18,4) AS forfeited_amount,
    f.available_amount::numeric(18,4) AS available_amount,
    f.utilisation_pct::numeric(7,2) AS utilisation_pct,
    f.currency_code AS currency_code
FROM fund_utilisation AS f;
COMMENT ON VIEW fund_balances IS 'One row = a fund and how much of its money is used';
COMMENT ON COLUMN fund_balances.fund_id IS 'Key';
COMMENT ON COLUMN fund_balances.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fund_balances.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN fund_balances.fund_code IS 'Short name of the fund';
COMMENT ON COLUMN fund_balances.fund_kind IS 'mdf or coop';
COMMENT ON COLUMN fund_balances.funded_amount IS 'What came in. Additive within a currency.';
COMMENT ON COLUMN fund_balances.committed_amount IS 'Promised to plans and not paid. Additive within a currency.';
COMMENT ON COLUMN fund_balances.paid_amount IS 'Paid for claims. Additive within a currency.';
COMMENT ON COLUMN fund_balances.expired_amount IS 'Expired. Additive within a currency.';
COMMENT ON COLUMN fund_balances.forfeited_amount IS 'Forfeited. Additive within a currency.';
COMMENT ON COLUMN fund_balances.available_amount IS 'Still to be planned. Additive within a currency.';
COMMENT ON COLUMN fund_balances.utilisation_pct IS 'Paid in percent of what came in; NULL = nothing came in. Not additive: use paid_amount / funded_amount.';
COMMENT ON COLUMN fund_balances.currency_code IS 'Currency of the amounts';

CREATE VIEW reseller_lifecycles WITH (security_invoker = true) AS
SELECT r.reseller_id AS reseller_id,
    r.reseller_code AS reseller_code,
    r.reseller_name AS reseller_name,
    r.lifecycle_state AS lifecycle_state,
    s.place AS lifecycle_place,
    r.state_since AS state_since_on,
    coalesce(r.recruited_by_code, 'unknown') AS recruited_by_code,
    r.enrolled_on AS enrolled_on,
    r.first_sold_on AS first_sold_on,
    r.last_sold_on AS last_sold_on,
    r.days_to_first_deal AS first_deal_days,
    r.distributors AS distributors
FROM reseller_lifecycle AS r
JOIN reseller_state AS s ON s.reseller_state = r.lifecycle_state;
COMMENT ON VIEW reseller_lifecycles IS 'One row = a reseller as it stands today';
COMMENT ON COLUMN reseller_lifecycles.reseller_id IS 'Key; dim_reseller';
COMMENT ON COLUMN reseller_lifecycles.reseller_code IS 'Short name';
COMMENT ON COLUMN reseller_lifecycles.reseller_name IS 'Name';
COMMENT ON COLUMN reseller_lifecycles.lifecycle_state IS 'prospect, applied, approved, contracted, onboarding, enabled, activated, active, dormant, churned, terminated or none';
COMMENT ON COLUMN reseller_lifecycles.lifecycle_place IS 'Place of the state in the lifecycle: sorts lifecycle_state';
COMMENT ON COLUMN reseller_lifecycles.state_since_on IS 'Since when; NULL = nothing is known of it';
COMMENT ON COLUMN reseller_lifecycles.recruited_by_code IS 'Distributor that recruited it';
COMMENT ON COLUMN reseller_lifecycles.enrolled_on IS 'Day of enrolment; NULL = not enrolled';
COMMENT ON COLUMN reseller_lifecycles.first_sold_on IS 'Day of the first accepted sale to it: its activation; NULL = none';
COMMENT ON COLUMN reseller_lifecycles.last_sold_on IS 'Day of the last; NULL = none';
COMMENT ON COLUMN reseller_lifecycles.first_deal_days IS 'Days from enrolment to the first sale; NULL = one of them is missing. Not additive: take the median.';
COMMENT ON COLUMN reseller_lifecycles.distributors IS 'Distributors of whom it ever bought. Not additive.';

CREATE VIEW reseller_stages WITH (security_invoker = true) AS
SELECT s.place AS lifecycle_place,
    s.reseller_state AS lifecycle_state,
    s.meaning AS meaning,
    f.resellers AS resellers
FROM reseller_state AS s
JOIN reseller_funnel_as_of((now() AT TIME ZONE 'UTC')::date) AS f ON f.reseller_state = s.reseller_state;
COMMENT ON VIEW reseller_stages IS 'One row = a stage of the lifecycle of resellers: how many are there now';
COMMENT ON COLUMN reseller_stages.lifecycle_place IS 'Key: place of the stage in the lifecycle';
COMMENT ON COLUMN reseller_stages.lifecycle_state IS 'The stage';
COMMENT ON COLUMN reseller_stages.meaning IS 'What it means';
COMMENT ON COLUMN reseller_stages.resellers IS 'Resellers that are in it now. Additive.';

CREATE VIEW reseller_months WITH (security_invoker = true) AS
SELECT m.distributor_id || ' ' || m.reseller_id || ' ' || m.month_on || ' ' || m.currency_code AS reseller_month_key,
    m.distributor_id AS distributor_id,
    t.root_id AS reseller_id,
    m.month_on AS month_on,
    m.currency_code AS currency_code,
    m.sell_through_qty::numeric(18,3) AS sell_through_qty,
    m.sell_through_amount::numeric(18,4) AS sell_through_amount,
    m.sale_lines AS sale_lines
FROM reseller_month AS m
JOIN reseller_root AS t ON t.reseller_id = m.reseller_id;
COMMENT ON VIEW reseller_months IS 'One row = what a reseller bought of a distributor in a calendar month, in one currency';
COMMENT ON COLUMN reseller_months.reseller_month_key IS 'Key';
COMMENT ON COLUMN reseller_months.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN reseller_months.reseller_id IS 'dim_reseller, after merging';
COMMENT ON COLUMN reseller_months.month_on IS 'First day of the month of activity; dim_date.month_on';
COMMENT ON COLUMN reseller_months.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN reseller_months.sell_through_qty IS 'Net sell-through, base units. Additive.';
COMMENT ON COLUMN reseller_months.sell_through_amount IS 'Net sell-through. Additive within a currency.';
COMMENT ON COLUMN reseller_months.sale_lines IS 'Lines that stand. Additive.';

CREATE VIEW certificates WITH (security_invoker = true) AS
SELECT e.certificate_key AS certificate_key,
    coalesce(e.distributor_code, 'none') AS distributor_code,
    coalesce(e.reseller_code, 'none') AS reseller_code,
    e.person_name AS person_name,
    e.certification_code AS certification_code,
    e.certification_name AS certification_name,
    e.expires_on AS expires_on,
    e.days_left AS left_days,
    e.certificate_state AS certificate_state
FROM expiring_certifications AS e;
COMMENT ON VIEW certificates IS 'One row = a certificate of a person still there that has ended or ends soon';
COMMENT ON COLUMN certificates.certificate_key IS 'Key';
COMMENT ON COLUMN certificates.distributor_code IS 'Distributor that the person works for; none = a reseller';
COMMENT ON COLUMN certificates.reseller_code IS 'Reseller that the person works for; none = a distributor';
COMMENT ON COLUMN certificates.person_name IS 'The person';
COMMENT ON COLUMN certificates.certification_code IS 'The certification';
COMMENT ON COLUMN certificates.certification_name IS 'Its name';
COMMENT ON COLUMN certificates.expires_on IS 'Last day';
COMMENT ON COLUMN certificates.left_days IS 'Days until then; below 0 = since then. Not additive.';
COMMENT ON COLUMN certificates.certificate_state IS 'State';
