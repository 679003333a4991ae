-- performance: what BI tools see, part 3: reports, each a question that is asked
-- every week. They read the rollups where those have the grain.

CREATE VIEW channel_balances WITH (security_invoker = true) AS
SELECT b.distributor_id || ' ' || b.month_on || ' ' || b.currency_code AS channel_balance_key,
    b.distributor_id AS distributor_id,
    b.distributor_code AS distributor_code,
    b.month_on AS month_on,
    b.currency_code AS currency_code,
    b.sell_in_qty::numeric(18,3) AS sell_in_qty,
    b.sell_through_qty::numeric(18,3) AS sell_through_qty,
    b.build_qty::numeric(18,3) AS build_qty,
    b.sell_in_amount::numeric(18,4) AS sell_in_amount,
    b.sell_through_amount::numeric(18,4) AS sell_through_amount,
    round(b.sell_through_ratio, 6)::numeric(18,6) AS sell_through_ratio,
    b.vendor_return_qty::numeric(18,3) AS vendor_return_qty,
    b.customer_return_qty::numeric(18,3) AS customer_return_qty
FROM channel_balance AS b;
COMMENT ON VIEW channel_balances IS 'One row = what a distributor bought and sold in a calendar month, in one currency';
COMMENT ON COLUMN channel_balances.channel_balance_key IS 'Key';
COMMENT ON COLUMN channel_balances.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN channel_balances.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN channel_balances.month_on IS 'First day of the month of activity; dim_date.month_on';
COMMENT ON COLUMN channel_balances.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN channel_balances.sell_in_qty IS 'Net sell-in, base units. Additive.';
COMMENT ON COLUMN channel_balances.sell_through_qty IS 'Net sell-through, base units. Additive.';
COMMENT ON COLUMN channel_balances.build_qty IS 'Sell-in less sell-through: above 0 the channel builds stock, below 0 it burns it. Additive.';
COMMENT ON COLUMN channel_balances.sell_in_amount IS 'Net sell-in. Additive within a currency.';
COMMENT ON COLUMN channel_balances.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency.';
COMMENT ON COLUMN channel_balances.sell_through_ratio IS 'Sell-through : sell-in, quantities; below 1 = build; NULL = nothing was bought. Not additive: use sell_through_qty / sell_in_qty.';
COMMENT ON COLUMN channel_balances.vendor_return_qty IS 'Returned to the vendor, positive, off sell-in. Additive.';
COMMENT ON COLUMN channel_balances.customer_return_qty IS 'Returned by customers, positive, off sell-through. Additive.';

CREATE VIEW channel_weeks WITH (security_invoker = true) AS
SELECT b.distributor_id || ' ' || b.week_on || ' ' || b.currency_code AS channel_week_key,
    b.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    b.week_on AS week_on,
    b.currency_code AS currency_code,
    b.sell_in_qty::numeric(18,3) AS sell_in_qty,
    b.sell_through_qty::numeric(18,3) AS sell_through_qty,
    (b.sell_in_qty - b.sell_through_qty)::numeric(18,3) AS build_qty,
    b.sell_in_amount::numeric(18,4) AS sell_in_amount,
    b.sell_through_amount::numeric(18,4) AS sell_through_amount
FROM (
    SELECT y.distributor_id,
        date_trunc('week', y.activity_on::timestamp)::date AS week_on,
        y.currency_code,
        sum(y.sell_in_qty) AS sell_in_qty,
        sum(y.sell_through_qty) AS sell_through_qty,
        sum(y.sell_in_amount) AS sell_in_amount,
        sum(y.sell_through_amount) AS sell_through_amount
    FROM channel_day AS y
    GROUP BY y.distributor_id, date_trunc('week', y.activity_on::timestamp)::date, y.currency_code
) AS b
JOIN distributor AS d ON d.distributor_id = b.distributor_id;
COMMENT ON VIEW channel_weeks IS 'One row = what a distributor bought and sold in an ISO week, in one currency';
COMMENT ON COLUMN channel_weeks.channel_week_key IS 'Key';
COMMENT ON COLUMN channel_weeks.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN channel_weeks.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN channel_weeks.week_on IS 'Monday of the week of activity; dim_date.week_on';
COMMENT ON COLUMN channel_weeks.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN channel_weeks.sell_in_qty IS 'Net sell-in, base units. Additive.';
COMMENT ON COLUMN channel_weeks.sell_through_qty IS 'Net sell-through, base units. Additive.';
COMMENT ON COLUMN channel_weeks.build_qty IS 'Sell-in less sell-through: above 0 the channel builds stock, below 0 it burns it. Additive.';
COMMENT ON COLUMN channel_weeks.sell_in_amount IS 'Net sell-in. Additive within a currency.';
COMMENT ON COLUMN channel_weeks.sell_through_amount IS 'Net sell-through at resale price. Additive within a currency.';

CREATE VIEW product_balances WITH (security_invoker = true) AS
SELECT b.distributor_id || ' ' || b.product_id || ' ' || b.month_on || ' ' || b.currency_code AS product_balance_key,
    b.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    b.product_id AS product_id,
    p.product_code AS product_code,
    coalesce(p.product_line::text, 'unknown') AS product_line,
    b.month_on AS month_on,
    b.currency_code AS currency_code,
    b.sell_in_qty::numeric(18,3) AS sell_in_qty,
    b.sell_through_qty::numeric(18,3) AS sell_through_qty,
    (b.sell_in_qty - b.sell_through_qty)::numeric(18,3) AS build_qty,
    b.sell_in_amount::numeric(18,4) AS sell_in_amount,
    b.sell_through_amount::numeric(18,4) AS sell_through_amount
FROM channel_product_month AS b
JOIN distributor AS d ON d.distributor_id = b.distributor_id
JOIN product AS p ON p.product_id = b.product_id;
COMMENT ON VIEW product_balances IS 'One row = what a distributor bought and sold of a product in a calendar month, in one currency';
COMMENT ON COLUMN product_balances.product_balance_key IS 'Key';
COMMENT ON COLUMN product_balances.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN product_balances.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN product_balances.product_id IS 'dim_product';
COMMENT ON COLUMN product_balances.product_code IS 'Part number';
COMMENT ON COLUMN product_balances.product_line IS 'Path of the product line';
COMMENT ON COLUMN product_balances.month_on IS 'First day of the month of activity; dim_date.month_on';
COMMENT ON COLUMN product_balances.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN product_balances.sell_in_qty IS 'Net sell-in, base units. Additive.';
COMMENT ON COLUMN product_balances.sell_through_qty IS 'Net sell-through, base units. Additive.';
COMMENT ON COLUMN product_balances.build_qty IS 'Sell-in less sell-through. Additive.';
COMMENT ON COLUMN product_balances.sell_in_amount IS 'Net sell-in. Additive within a currency.';
COMMENT ON COLUMN product_balances.sell_through_amount IS 'Net sell-through at resale price. Additive within a currency.';

CREATE VIEW inventory_positions WITH (security_invoker = true) AS
SELECT s.distributor_id || ' ' || s.warehouse_id || ' ' || s.product_id AS inventory_position_key,
    s.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    s.warehouse_id AS warehouse_id,
    w.warehouse_code AS warehouse_code,
    s.product_id AS product_id,
    p.product_code AS product_code,
    coalesce(p.product_line::text, 'unknown') AS product_line,
    s.on_hand_qty::numeric(18,3) AS on_hand_qty,
    s.in_transit_qty::numeric(18,3) AS in_transit_qty,
    s.owned_qty::numeric(18,3) AS owned_qty,
    s.counted_on AS counted_on,
    s.last_moved_on AS last_moved_on,
    s.on_hand_qty < 0 AS is_negative
FROM inventory_stock AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id
JOIN warehouse AS w ON w.distributor_id = s.distributor_id AND w.warehouse_id = s.warehouse_id
JOIN product AS p ON p.product_id = s.product_id;
COMMENT ON VIEW inventory_positions IS 'One row = the stock of a product in a warehouse today';
COMMENT ON COLUMN inventory_positions.inventory_position_key IS 'Key';
COMMENT ON COLUMN inventory_positions.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN inventory_positions.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN inventory_positions.warehouse_id IS 'dim_warehouse';
COMMENT ON COLUMN inventory_positions.warehouse_code IS 'Short name of the warehouse';
COMMENT ON COLUMN inventory_positions.product_id IS 'dim_product';
COMMENT ON COLUMN inventory_positions.product_code IS 'Part number';
COMMENT ON COLUMN inventory_positions.product_line IS 'Path of the product line';
COMMENT ON COLUMN inventory_positions.on_hand_qty IS 'On hand, base units; below 0 = sold more than there was. Additive over products and places, not over time.';
COMMENT ON COLUMN inventory_positions.in_transit_qty IS 'Shipped and not arrived, base units. Additive over products and places.';
COMMENT ON COLUMN inventory_positions.owned_qty IS 'On hand and in transit, base units. Additive over products and places.';
COMMENT ON COLUMN inventory_positions.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN inventory_positions.last_moved_on IS 'Day of the last movement';
COMMENT ON COLUMN inventory_positions.is_negative IS 'More was sold than there was: a report is missing or wrong';

CREATE VIEW reconciliation_gaps WITH (security_invoker = true) AS
SELECT g.inventory_count_id AS inventory_count_id,
    g.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    g.warehouse_id AS warehouse_id,
    w.warehouse_code AS warehouse_code,
    g.product_id AS product_id,
    p.product_code AS product_code,
    g.counted_on AS counted_on,
    g.reported_qty::numeric(18,3) AS reported_qty,
    g.calculated_qty::numeric(18,3) AS calculated_qty,
    g.gap_qty::numeric(18,3) AS gap_qty,
    round(g.gap_pct, 4)::numeric(18,4) AS gap_pct,
    g.tolerance_qty::numeric(18,3) AS tolerance_qty,
    g.case_state AS case_state,
    g.reason_code AS reason_code,
    g.owner_name AS owner_name,
    abs(g.gap_qty) <= g.tolerance_qty AS is_in_tolerance
FROM reconciliation AS g
JOIN distributor AS d ON d.distributor_id = g.distributor_id
JOIN warehouse AS w ON w.distributor_id = g.distributor_id AND w.warehouse_id = g.warehouse_id
JOIN product AS p ON p.product_id = g.product_id;
COMMENT ON VIEW reconciliation_gaps IS 'One row = a counted item: what the distributor reported against what was calculated, after in-transit';
COMMENT ON COLUMN reconciliation_gaps.inventory_count_id IS 'Key: the count';
COMMENT ON COLUMN reconciliation_gaps.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN reconciliation_gaps.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN reconciliation_gaps.warehouse_id IS 'dim_warehouse';
COMMENT ON COLUMN reconciliation_gaps.warehouse_code IS 'Short name of the warehouse';
COMMENT ON COLUMN reconciliation_gaps.product_id IS 'dim_product';
COMMENT ON COLUMN reconciliation_gaps.product_code IS 'Part number';
COMMENT ON COLUMN reconciliation_gaps.counted_on IS 'Day of the count; dim_date';
COMMENT ON COLUMN reconciliation_gaps.reported_qty IS 'Reported on hand, base units. Additive over one day.';
COMMENT ON COLUMN reconciliation_gaps.calculated_qty IS 'Calculated on hand, base units. Additive over one day.';
COMMENT ON COLUMN reconciliation_gaps.gap_qty IS 'Reported less calculated. Additive over one day.';
COMMENT ON COLUMN reconciliation_gaps.gap_pct IS 'Gap in percent of the calculated; NULL = nothing calculated. Not additive: use gap_qty / calculated_qty.';
COMMENT ON COLUMN reconciliation_gaps.tolerance_qty IS 'What the agreement tolerates, base units. Not additive.';
COMMENT ON COLUMN reconciliation_gaps.case_state IS 'State of the case';
COMMENT ON COLUMN reconciliation_gaps.reason_code IS 'Reason found; NULL = none yet';
COMMENT ON COLUMN reconciliation_gaps.owner_name IS 'Who works on it; NULL = nobody';
COMMENT ON COLUMN reconciliation_gaps.is_in_tolerance IS 'Within tolerance';

CREATE VIEW gap_months WITH (security_invoker = true) AS
SELECT g.distributor_id || ' ' || g.month_on AS gap_month_key,
    g.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    g.month_on AS month_on,
    g.counts AS counts,
    g.counts_beyond_tolerance AS counts_beyond_tolerance,
    g.reported_qty::numeric(18,3) AS reported_qty,
    g.calculated_qty::numeric(18,3) AS calculated_qty,
    (g.reported_qty - g.calculated_qty)::numeric(18,3) AS gap_qty,
    g.absolute_gap_qty::numeric(18,3) AS absolute_gap_qty,
    round(100 * (g.reported_qty - g.calculated_qty) / nullif(abs(g.calculated_qty), 0), 4)::numeric(18,4) AS gap_pct
FROM (
    SELECT c.distributor_id,
        date_trunc('month', c.counted_on::timestamp)::date AS month_on,
        count(*) AS counts,
        count(*) FILTER (WHERE abs(c.gap_qty) > c.tolerance_qty) AS counts_beyond_tolerance,
        sum(c.reported_qty) AS reported_qty,
        sum(c.calculated_qty) AS calculated_qty,
        sum(abs(c.gap_qty)) AS absolute_gap_qty
    FROM reconciliation_case AS c
    GROUP BY c.distributor_id, date_trunc('month', c.counted_on::timestamp)::date
) AS g
JOIN distributor AS d ON d.distributor_id = g.distributor_id;
COMMENT ON VIEW gap_months IS 'One row = how far the counts of a distributor were off in a month, as of the last reconcile_inventory()';
COMMENT ON COLUMN gap_months.gap_month_key IS 'Key';
COMMENT ON COLUMN gap_months.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN gap_months.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN gap_months.month_on IS 'First day of the month; dim_date.month_on';
COMMENT ON COLUMN gap_months.counts IS 'Items counted. Additive.';
COMMENT ON COLUMN gap_months.counts_beyond_tolerance IS 'Of them out of tolerance. Additive.';
COMMENT ON COLUMN gap_months.reported_qty IS 'Reported, base units. Additive over distributors.';
COMMENT ON COLUMN gap_months.calculated_qty IS 'Calculated, base units. Additive over distributors.';
COMMENT ON COLUMN gap_months.gap_qty IS 'Reported less calculated. Additive over distributors.';
COMMENT ON COLUMN gap_months.absolute_gap_qty IS 'Sum of the gaps without their sign. Additive over distributors.';
COMMENT ON COLUMN gap_months.gap_pct IS 'Gap in percent of the calculated; NULL = nothing calculated. Not additive: use gap_qty / calculated_qty.';

CREATE VIEW reporting_obligations WITH (security_invoker = true) AS
SELECT o.report_obligation_id AS report_obligation_id,
    o.distributor_id AS distributor_id,
    o.distributor_code AS distributor_code,
    o.report_kind AS report_kind,
    o.period_starts_on AS period_starts_on,
    o.period_ends_on AS period_ends_on,
    o.due_on AS due_on,
    o.grace_until AS grace_until_on,
    o.obligation_state AS obligation_state,
    o.received_on AS received_on,
    o.days_late AS late_days,
    coalesce(o.submission_id, 0) AS submission_id,
    o.obligation_state IN ('expected', 'late', 'missing') AS is_open
FROM compliance_calendar AS o;
COMMENT ON VIEW reporting_obligations IS 'One row = a report that a distributor owes for a period, as of today';
COMMENT ON COLUMN reporting_obligations.report_obligation_id IS 'Key';
COMMENT ON COLUMN reporting_obligations.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN reporting_obligations.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN reporting_obligations.report_kind IS 'What is to be reported';
COMMENT ON COLUMN reporting_obligations.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN reporting_obligations.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN reporting_obligations.due_on IS 'Last day on which it is in time; dim_date';
COMMENT ON COLUMN reporting_obligations.grace_until_on IS 'Last day on which it is late; from the next it is missing';
COMMENT ON COLUMN reporting_obligations.obligation_state IS 'expected, received, validated, accepted, nil, late or missing';
COMMENT ON COLUMN reporting_obligations.received_on IS 'When the first document for the period came; NULL = none did';
COMMENT ON COLUMN reporting_obligations.late_days IS 'Days after the due date; 0 = in time';
COMMENT ON COLUMN reporting_obligations.submission_id IS 'fact_submission: the report that counts; 0 = none';
COMMENT ON COLUMN reporting_obligations.is_open IS 'Nothing came yet';

CREATE VIEW rebate_statements WITH (security_invoker = true) AS
SELECT s.rebate_statement_id AS rebate_statement_id,
    s.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    s.program_line_id AS program_line_id,
    p.program_code AS program_code,
    l.line_name AS line_name,
    s.span_starts_on AS span_starts_on,
    s.span_ends_on AS span_ends_on,
    t.version_no AS version_no,
    t.activity_on AS activity_on,
    t.issued_at AS issued_at,
    t.calculated_amount::numeric(18,4) AS calculated_amount,
    t.prior_period_amount::numeric(18,4) AS prior_period_amount,
    t.rate_amount::numeric(18,4) AS rate_amount,
    t.settlement_amount::numeric(18,4) AS settlement_amount,
    s.settled_amount::numeric(18,4) AS settled_amount,
    s.due_amount::numeric(18,4) AS due_amount,
    s.currency_code AS currency_code,
    s.due_state AS due_state,
    coalesce(t.reseller_id, 0) AS reseller_id
FROM rebate_due AS s
JOIN rebate_statement AS t ON t.distributor_id = s.distributor_id AND t.rebate_statement_id = s.rebate_statement_id
JOIN program_line AS l ON l.program_line_id = s.program_line_id
JOIN rebate_program AS p ON p.rebate_program_id = l.rebate_program_id
JOIN distributor AS d ON d.distributor_id = s.distributor_id;
COMMENT ON VIEW rebate_statements IS 'One row = the standing statement of a program line for a span: what is owed and what was settled';
COMMENT ON COLUMN rebate_statements.rebate_statement_id IS 'Key';
COMMENT ON COLUMN rebate_statements.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN rebate_statements.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN rebate_statements.program_line_id IS 'dim_rebate_line';
COMMENT ON COLUMN rebate_statements.program_code IS 'The program';
COMMENT ON COLUMN rebate_statements.line_name IS 'What the line pays for';
COMMENT ON COLUMN rebate_statements.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_statements.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN rebate_statements.version_no IS 'Version of the statement; the others are superseded';
COMMENT ON COLUMN rebate_statements.activity_on IS 'Facts up to this day are in it';
COMMENT ON COLUMN rebate_statements.issued_at IS 'When it was issued';
COMMENT ON COLUMN rebate_statements.calculated_amount IS 'Earned by the business of the span at its rates. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.prior_period_amount IS 'By late and corrected lines since the version before. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.rate_amount IS 'By tiers reached or lost since the version before. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.settlement_amount IS 'Owed in all, rounded to the currency. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.settled_amount IS 'Settled so far. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.due_amount IS 'Still to be settled; below 0 = to be claimed back. Additive within a currency.';
COMMENT ON COLUMN rebate_statements.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rebate_statements.due_state IS 'State of the settlement';
COMMENT ON COLUMN rebate_statements.reseller_id IS 'dim_reseller: who is credited; 0 = the distributor';

CREATE VIEW rebate_progress WITH (security_invoker = true) AS
SELECT a.distributor_id || ' ' || a.program_line_id || ' ' || a.span_starts_on || ' ' || a.currency_code || ' ' || coalesce(a.reseller_id, 0) AS rebate_progress_key,
    a.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    a.program_line_id AS program_line_id,
    p.program_code AS program_code,
    l.line_name AS line_name,
    a.span_starts_on AS span_starts_on,
    r.activity_on AS activity_on,
    l.measure_unit AS measure_unit,
    a.measured_value::numeric(18,4) AS measured_amount,
    t.tier AS tier_no,
    t.next_threshold::numeric(18,4) AS next_threshold_amount,
    t.gap::numeric(18,4) AS gap_amount,
    t.jump::numeric(18,4) AS jump_amount,
    b.posted_amount::numeric(18,4) AS accrued_amount,
    a.currency_code AS currency_code,
    coalesce(a.reseller_id, 0) AS reseller_id,
    l.growth_base IS NOT NULL OR q.has_qualifier AS is_opened_otherwise
FROM (
    SELECT DISTINCT ON (x.distributor_id, x.program_line_id, x.span_starts_on, x.currency_code, x.reseller_id)
        x.distributor_id, x.program_line_id, x.span_starts_on, x.currency_code, x.reseller_id, x.accrual_run_id, x.measured_value
    FROM accrual_position AS x
    ORDER BY x.distributor_id, x.program_line_id, x.span_starts_on, x.currency_code, x.reseller_id, x.accrual_run_id DESC
) AS a
JOIN accrual_run AS r ON r.accrual_run_id = a.accrual_run_id
JOIN program_line AS l ON l.program_line_id = a.program_line_id
JOIN rebate_program AS p ON p.rebate_program_id = l.rebate_program_id
JOIN distributor AS d ON d.distributor_id = a.distributor_id
LEFT JOIN rebate_balance AS b ON b.distributor_id = a.distributor_id AND b.program_line_id = a.program_line_id
    AND b.span_starts_on = a.span_starts_on AND b.currency_code = a.currency_code AND b.reseller_id IS NOT DISTINCT FROM a.reseller_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM program_count AS c WHERE c.program_line_id = l.program_line_id AND c.count_role = 'qualifier') AS has_qualifier
) AS q
-- What opens the tiers has to be what was measured, or no tier can be told from it.
LEFT JOIN LATERAL tier_progress(a.measured_value, CASE WHEN l.growth_base IS NULL AND NOT q.has_qualifier THEN l.schedule END) AS t ON true;
COMMENT ON VIEW rebate_progress IS 'One row = where a distributor, or a reseller that a line credits, stands in the tiers of a program line, as of the last accrual run';
COMMENT ON COLUMN rebate_progress.rebate_progress_key IS 'Key';
COMMENT ON COLUMN rebate_progress.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN rebate_progress.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN rebate_progress.program_line_id IS 'dim_rebate_line';
COMMENT ON COLUMN rebate_progress.program_code IS 'The program';
COMMENT ON COLUMN rebate_progress.line_name IS 'What the line pays for';
COMMENT ON COLUMN rebate_progress.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN rebate_progress.activity_on IS 'Facts up to this day are in it';
COMMENT ON COLUMN rebate_progress.measure_unit IS 'Unit of the measured value: amount or quantity';
COMMENT ON COLUMN rebate_progress.measured_amount IS 'What was measured, in measure_unit. Additive within a program line.';
COMMENT ON COLUMN rebate_progress.tier_no IS 'Number of the tier reached; NULL = none, or see is_opened_otherwise';
COMMENT ON COLUMN rebate_progress.next_threshold_amount IS 'Where the next tier begins; NULL = the last is reached, or see is_opened_otherwise. Not additive.';
COMMENT ON COLUMN rebate_progress.gap_amount IS 'What is missing to the next tier; NULL = the last is reached, or see is_opened_otherwise. Not additive.';
COMMENT ON COLUMN rebate_progress.jump_amount IS 'What the rebate jumps by on reaching it. Not additive.';
COMMENT ON COLUMN rebate_progress.accrued_amount IS 'Rebate posted so far. Additive within a currency.';
COMMENT ON COLUMN rebate_progress.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN rebate_progress.reseller_id IS 'dim_reseller: who is credited; 0 = the distributor';
COMMENT ON COLUMN rebate_progress.is_opened_otherwise IS 'Growth or a qualifier opens the tiers, not what was measured: rebate_evaluate() tells how far';

CREATE VIEW liability_months WITH (security_invoker = true) AS
SELECT m.distributor_id || ' ' || m.month_starts_on || ' ' || m.currency_code AS liability_month_key,
    m.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    m.month_starts_on AS month_on,
    m.currency_code AS currency_code,
    m.opening_amount::numeric(18,4) AS opening_amount,
    m.accrued_amount::numeric(18,4) AS accrued_amount,
    m.settled_amount::numeric(18,4) AS settled_amount,
    m.closing_amount::numeric(18,4) AS closing_amount
FROM liability_roll_forward AS m
JOIN distributor AS d ON d.distributor_id = m.distributor_id;
COMMENT ON VIEW liability_months IS 'One row = the rebate liability towards a distributor through a month: opening + accrued - settled = closing';
COMMENT ON COLUMN liability_months.liability_month_key IS 'Key';
COMMENT ON COLUMN liability_months.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN liability_months.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN liability_months.month_on IS 'First day of the month of posting; dim_date.month_on';
COMMENT ON COLUMN liability_months.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN liability_months.opening_amount IS 'Owed at the start. Semi-additive: not over time.';
COMMENT ON COLUMN liability_months.accrued_amount IS 'Posted in the month. Additive within a currency.';
COMMENT ON COLUMN liability_months.settled_amount IS 'Settled in the month. Additive within a currency.';
COMMENT ON COLUMN liability_months.closing_amount IS 'Owed at the end. Semi-additive: not over time.';

CREATE VIEW meta_freshness WITH (security_invoker = true) AS
SELECT 'sell_in'::text AS dataset,
    max(y.activity_on) FILTER (WHERE y.sell_in_lines <> 0) AS latest_activity_on,
    (SELECT max(f.recorded_at) FROM sell_in AS f) AS last_recorded_at,
    NULL::numeric(7,2) AS complete_pct
FROM channel_day AS y
UNION ALL
SELECT 'sell_through'::text AS dataset,
    (SELECT max(y.activity_on) FROM channel_day AS y WHERE y.sell_through_lines <> 0) AS latest_activity_on,
    (SELECT max(s.accepted_at) FROM submission AS s WHERE s.report_kind = 'sell_through') AS last_recorded_at,
    round(100.0 * count(*) FILTER (WHERE o.obligation_state IN ('accepted', 'nil')) / nullif(count(*), 0), 2)::numeric(7,2) AS complete_pct
FROM compliance_calendar AS o
WHERE o.report_kind = 'sell_through' AND o.due_on < (now() AT TIME ZONE 'UTC')::date
UNION ALL
SELECT 'inventory'::text AS dataset,
    (SELECT max(c.counted_on) FROM inventory_count AS c) AS latest_activity_on,
    (SELECT max(s.accepted_at) FROM submission AS s WHERE s.report_kind = 'inventory') AS last_recorded_at,
    round(100.0 * count(*) FILTER (WHERE o.obligation_state IN ('accepted', 'nil')) / nullif(count(*), 0), 2)::numeric(7,2) AS complete_pct
FROM compliance_calendar AS o
WHERE o.report_kind = 'inventory' AND o.due_on < (now() AT TIME ZONE 'UTC')::date
UNION ALL
SELECT 'rebate'::text AS dataset,
    max(r.activity_on) AS latest_activity_on,
    max(r.ran_at) AS last_recorded_at,
    NULL::numeric(7,2) AS complete_pct
FROM accrual_run AS r;
COMMENT ON VIEW meta_freshness IS 'One row = a dataset: how far it reaches and how complete it is';
COMMENT ON COLUMN meta_freshness.dataset IS 'Key: sell_in, sell_through, inventory or rebate';
COMMENT ON COLUMN meta_freshness.latest_activity_on IS 'Latest day of activity in it; NULL = it is empty';
COMMENT ON COLUMN meta_freshness.last_recorded_at IS 'When something last came in; NULL = it is empty';
COMMENT ON COLUMN meta_freshness.complete_pct IS 'Reports accepted of those due by today, in percent; NULL = nothing is due. Not additive.';
