/*
 * panels.mjs: what is on the page. A panel is a question to the BI views: a title,
 * the view that answers it (whose COMMENT is its "what this means"), the query and
 * how to draw it. Each query takes the same three parameters:
 *   $1 distributor_code or NULL for all   $2 first day   $3 last day
 * and gives ready text for tables: numbers are drawn from the same text. A column
 * whose name begins with _ is for drawing alone.
 */
const own = "($1::text IS NULL OR distributor_code = $1)";
const months = 'month_on BETWEEN $2::date AND $3::date';

export const panels = [
    {
        id: 'balance',
        title: 'Sell-in, sell-through and what the channel builds',
        view: 'channel_balances',
        columns: ['sell_in_qty', 'sell_through_qty', 'build_qty'],
        chart: 'balance',
        wide: true,
        empty: 'Nothing was bought or sold in these months.',
        sql: `SELECT to_char(month_on, 'YYYY-MM') AS month, round(sum(sell_in_qty)) AS bought, round(sum(sell_through_qty)) AS sold,
                round(sum(build_qty)) AS built, round(sum(sum(build_qty)) OVER (ORDER BY month_on)) AS built_so_far
              FROM channel_balances WHERE ${own} AND ${months} GROUP BY month_on ORDER BY month_on`,
    },
    {
        id: 'position',
        title: 'Stock and weeks of supply',
        view: 'supply_snapshots',
        columns: ['on_hand_qty', 'in_transit_qty', 'weekly_demand_qty', 'supply_weeks'],
        chart: 'position',
        empty: 'No snapshot of the stock was taken by that day: SELECT snapshot_inventory().',
        sql: `SELECT DISTINCT ON (distributor_code) distributor_code AS distributor, snapshot_on AS day, round(on_hand_qty) AS on_hand, round(in_transit_qty) AS in_transit,
                round(supply_weeks, 1) AS weeks, stock_out_items AS stock_outs, negative_items AS negative
              FROM supply_snapshots WHERE ${own} AND snapshot_on <= $3::date AND snapshot_on >= $2::date ORDER BY distributor_code, snapshot_on DESC`,
    },
    {
        id: 'aging',
        title: 'Age of the stock',
        view: 'age_buckets',
        columns: ['age_bucket', 'on_hand_qty'],
        chart: 'aging',
        empty: 'No snapshot of the stock was taken by that day: SELECT snapshot_inventory().',
        sql: `SELECT distributor_code AS distributor, age_bucket AS days, round(on_hand_qty) AS on_hand, bucket_no AS _bucket
              FROM age_buckets AS b WHERE ${own} AND snapshot_on = (SELECT max(s.snapshot_on) FROM supply_snapshots AS s
                WHERE s.distributor_id = b.distributor_id AND s.snapshot_on BETWEEN $2::date AND $3::date)
              ORDER BY distributor_code, bucket_no`,
    },
    {
        id: 'gaps',
        title: 'Counted against calculated',
        view: 'gap_months',
        columns: ['gap_qty', 'absolute_gap_qty', 'counts_beyond_tolerance'],
        chart: 'gaps',
        empty: 'Nothing was counted in these months, or not reconciled: SELECT reconcile_inventory().',
        sql: `SELECT to_char(month_on, 'YYYY-MM') AS month, sum(counts) AS counts, sum(counts_beyond_tolerance) AS beyond_tolerance,
                round(sum(gap_qty)) AS gap, round(100 * sum(gap_qty) / nullif(sum(calculated_qty), 0), 2) AS gap_pct
              FROM gap_months WHERE ${own} AND ${months} GROUP BY month_on ORDER BY month_on`,
    },
    {
        id: 'exceptions',
        title: 'Prices below their floor',
        view: 'price_exceptions',
        columns: ['leakage_amount', 'violation_state'],
        chart: 'exceptions',
        empty: 'No price was below its floor.',
        sql: `SELECT distributor_code AS distributor, product_code AS product, count(*) AS lines, round(sum(leakage_amount), 2) AS leakage, currency_code AS currency
              FROM price_exceptions WHERE ${own} AND occurred_on BETWEEN $2::date AND $3::date
              GROUP BY 1, 2, 5 ORDER BY sum(leakage_amount) DESC, 1, 2 LIMIT 15`,
    },
    {
        id: 'rebate',
        title: 'Rebates: how far to the next tier',
        view: 'rebate_progress',
        columns: ['measured_amount', 'next_threshold_amount', 'gap_amount', 'jump_amount', 'accrued_amount'],
        chart: 'rebate',
        wide: true,
        empty: 'No program line counts in this time, or nothing was accrued: SELECT accrue_rebates().',
        sql: `SELECT distributor_code AS distributor, line_name AS line, span_starts_on AS span, round(measured_amount) AS counted,
                round(next_threshold_amount) AS next_tier_at, round(gap_amount) AS still_missing, round(jump_amount, 2) AS jump,
                round(accrued_amount, 2) AS accrued, currency_code AS currency,
                round(100 * measured_amount / nullif(next_threshold_amount, 0), 1) AS _done
              FROM rebate_progress WHERE ${own} AND $2::date <= $3::date AND span_starts_on = (SELECT max(span_starts_on) FROM rebate_progress WHERE span_starts_on <= $3::date)
              ORDER BY gap_amount NULLS LAST, distributor_code LIMIT 40`,
    },
    {
        id: 'calendar',
        title: 'Reports: due, received, late, missing',
        view: 'reporting_obligations',
        columns: ['obligation_state', 'due_on', 'late_days'],
        chart: 'calendar',
        wide: true,
        empty: 'No reports were due: enter report_schedule and SELECT generate_obligations().',
        sql: `SELECT distributor_code AS distributor, report_kind AS report, to_char(period_starts_on, 'YYYY-MM') AS period, due_on AS due,
                obligation_state AS state, late_days AS days_late
              FROM reporting_obligations WHERE ${own} AND due_on BETWEEN $2::date AND $3::date
              ORDER BY report_kind, distributor_code, period_starts_on LIMIT 1000`,
    },
    {
        id: 'funnel',
        title: 'Resellers from prospect to active',
        view: 'reseller_stages',
        columns: ['lifecycle_state', 'resellers'],
        chart: 'funnel',
        empty: 'No reseller is on its way.',
        sql: `SELECT lifecycle_state AS stage, resellers, meaning, lifecycle_place AS _place FROM reseller_stages
              WHERE $1::text IS NOT DISTINCT FROM $1 AND $2::date <= $3::date AND lifecycle_place > 0 ORDER BY lifecycle_place`,
        ignores: 'of all distributors, today',
    },
    {
        id: 'scorecard',
        title: 'Scorecards',
        view: 'scorecards',
        columns: ['total_score', 'change_score', 'revenue_share_pct'],
        chart: 'scorecard',
        empty: 'No scorecard was taken for a period that ends in this time: SELECT take_scorecard().',
        sql: `SELECT distributor_code AS distributor, scorecard_code AS card, period_ends_on AS until, round(total_score, 1) AS score,
                round(change_score, 1) AS change, rank_no AS place, round(revenue_share_pct, 1) AS share_pct
              FROM scorecards WHERE ${own} AND period_ends_on = (SELECT max(period_ends_on) FROM scorecards WHERE period_ends_on BETWEEN $2::date AND $3::date)
              ORDER BY rank_no NULLS LAST, distributor_code LIMIT 30`,
    },
];

/* The tiles on top: one row each, formatted by SQL. */
export const tiles = `
WITH b AS (
    SELECT sum(sell_in_qty) AS bought, sum(sell_through_qty) AS sold, sum(build_qty) AS built FROM channel_balances WHERE ${own} AND ${months}
), s AS (
    SELECT sum(on_hand_qty) AS on_hand, sum(weekly_demand_qty) AS weekly FROM (
        SELECT DISTINCT ON (distributor_id) on_hand_qty, weekly_demand_qty FROM supply_snapshots
        WHERE ${own} AND snapshot_on BETWEEN $2::date AND $3::date ORDER BY distributor_id, snapshot_on DESC) AS x
), x AS (
    SELECT count(*) AS lines, sum(leakage_amount) AS leakage, min(currency_code) AS currency, count(DISTINCT currency_code) AS currencies
    FROM price_exceptions WHERE ${own} AND occurred_on BETWEEN $2::date AND $3::date
), r AS (
    SELECT count(*) AS due, count(*) FILTER (WHERE obligation_state IN ('accepted', 'nil')) AS done
    FROM reporting_obligations WHERE ${own} AND due_on BETWEEN $2::date AND $3::date
)
SELECT t.place, t.code, t.name, t.value, t.meaning
FROM b, s, x, r, LATERAL (VALUES
    (1, 'bought', 'Sell-in', to_char(b.bought, 'FM999,999,999,990'), 'Net units bought from the vendor'),
    (2, 'sold', 'Sell-through', to_char(b.sold, 'FM999,999,999,990'), 'Net units sold to resellers'),
    (3, 'ratio', 'Sell-through : sell-in', to_char(100 * b.sold / nullif(b.bought, 0), 'FM990.0') || ' %', 'Below 100 % the channel builds stock'),
    (4, 'built', 'Built', to_char(b.built, 'FMS999,999,999,990'), 'Sell-in less sell-through'),
    (5, 'on_hand', 'On hand', to_char(s.on_hand, 'FM999,999,999,990'), 'Units, by the latest snapshot of the time'),
    (6, 'weeks', 'Weeks of supply', to_char(s.on_hand / nullif(s.weekly, 0), 'FM990.0'), 'On hand over the average week of the 13 before'),
    (7, 'reports', 'Reports in', to_char(100.0 * r.done / nullif(r.due, 0), 'FM990.0') || ' %', 'Accepted or nil, of those due'),
    (8, 'leakage', 'Price leakage', CASE WHEN x.currencies > 1 THEN 'several currencies' ELSE to_char(coalesce(x.leakage, 0), 'FM999,999,990.00') || coalesce(' ' || x.currency, '') END,
        'Authorized less actual price, over the lines below their floor')
) AS t (place, code, name, value, meaning)
ORDER BY t.place`;
