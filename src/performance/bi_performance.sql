-- performance: what BI tools see, part 5: figures and scorecards; and the questions
-- "as of a day", which a view cannot be asked.

CREATE VIEW metrics WITH (security_invoker = true) AS
SELECT m.metric_code AS metric_code,
    m.metric_no AS metric_no,
    m.metric_name AS metric_name,
    m.category AS category,
    m.unit AS unit,
    m.additivity AS additivity,
    m.good_direction AS good_direction,
    m.formula AS formula,
    m.description AS description
FROM metric AS m;
COMMENT ON VIEW metrics IS 'One row = a figure that is worked out: its name, formula, unit and whether it adds up';
COMMENT ON COLUMN metrics.metric_code IS 'Key';
COMMENT ON COLUMN metrics.metric_no IS 'Order in which they are shown';
COMMENT ON COLUMN metrics.metric_name IS 'Name';
COMMENT ON COLUMN metrics.category IS 'Sales, Inventory, Reporting, Price, Programs or Network';
COMMENT ON COLUMN metrics.unit IS 'qty, amt (in currency_code), pct (0-100), ratio, weeks, days, turns, count or score';
COMMENT ON COLUMN metrics.additivity IS 'additive, semi_additive (not over time) or not_additive (use numerator / denominator)';
COMMENT ON COLUMN metrics.good_direction IS 'Whether more or less of it is good';
COMMENT ON COLUMN metrics.formula IS 'How it is worked out';
COMMENT ON COLUMN metrics.description IS 'What it says';

CREATE VIEW kpi_figures WITH (security_invoker = true) AS
SELECT k.distributor_id || ' ' || k.metric_code || ' ' || k.period_starts_on || ' ' || k.period_ends_on || ' ' || coalesce(k.currency_code, '-') AS kpi_figure_key,
    k.distributor_id AS distributor_id,
    k.distributor_code AS distributor_code,
    k.period_starts_on AS period_starts_on,
    k.period_ends_on AS period_ends_on,
    k.metric_code AS metric_code,
    k.metric_name AS metric_name,
    k.category AS category,
    k.unit AS unit,
    round(k.value, 6)::numeric(24,6) AS figure_amount,
    round(k.numerator, 6)::numeric(24,6) AS numerator_amount,
    round(k.denominator, 6)::numeric(24,6) AS denominator_amount,
    k.currency_code AS currency_code,
    k.flag AS flag,
    round(k.completeness_pct, 2)::numeric(7,2) AS complete_pct,
    k.additivity AS additivity,
    k.good_direction AS good_direction,
    k.taken_at AS taken_at
FROM kpi_standing AS k;
COMMENT ON VIEW kpi_figures IS 'One row = a figure of a distributor in a period, as it was put down last by take_kpis()';
COMMENT ON COLUMN kpi_figures.kpi_figure_key IS 'Key';
COMMENT ON COLUMN kpi_figures.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN kpi_figures.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN kpi_figures.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN kpi_figures.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN kpi_figures.metric_code IS 'metrics: the figure';
COMMENT ON COLUMN kpi_figures.metric_name IS 'Its name';
COMMENT ON COLUMN kpi_figures.category IS 'Its category';
COMMENT ON COLUMN kpi_figures.unit IS 'Its unit';
COMMENT ON COLUMN kpi_figures.figure_amount IS 'The figure, in its unit; NULL = undefined, see flag. Whether it is additive stands in additivity.';
COMMENT ON COLUMN kpi_figures.numerator_amount IS 'What is divided; NULL = not a quotient. Additive over distributors where additivity allows it.';
COMMENT ON COLUMN kpi_figures.denominator_amount IS 'What it is divided by; NULL = not a quotient. Additive over distributors where additivity allows it.';
COMMENT ON COLUMN kpi_figures.currency_code IS 'Currency where the unit is money; NULL = otherwise';
COMMENT ON COLUMN kpi_figures.flag IS 'Why it is undefined or doubtful; NULL = neither';
COMMENT ON COLUMN kpi_figures.complete_pct IS 'Reports of the period that were in, in percent. Not additive.';
COMMENT ON COLUMN kpi_figures.additivity IS 'additive, semi_additive (not over time) or not_additive';
COMMENT ON COLUMN kpi_figures.good_direction IS 'Whether more or less of it is good';
COMMENT ON COLUMN kpi_figures.taken_at IS 'When it was worked out';

CREATE VIEW scorecards WITH (security_invoker = true) AS
SELECT s.score_key AS score_key,
    s.scorecard_code AS scorecard_code,
    s.distributor_id AS distributor_id,
    s.distributor_code AS distributor_code,
    s.period_starts_on AS period_starts_on,
    s.period_ends_on AS period_ends_on,
    s.score::numeric(9,6) AS total_score,
    s.prior_score::numeric(9,6) AS prior_score,
    s.score_change::numeric(9,6) AS change_score,
    s.rank_no AS rank_no,
    s.is_tied AS is_tied,
    s.ranked AS ranked,
    round(s.completeness_pct, 2)::numeric(7,2) AS complete_pct,
    s.revenue_amount::numeric(18,4) AS revenue_amount,
    s.revenue_currency AS currency_code,
    round(s.revenue_share_pct, 4)::numeric(9,4) AS revenue_share_pct,
    s.taken_at AS taken_at
FROM scorecard_standing AS s;
COMMENT ON VIEW scorecards IS 'One row = the score of a distributor in a period, by the last revision of its scorecard';
COMMENT ON COLUMN scorecards.score_key IS 'Key';
COMMENT ON COLUMN scorecards.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecards.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN scorecards.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN scorecards.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN scorecards.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN scorecards.total_score IS 'Score, 0 to 100; NULL = no figure had a value. Not additive.';
COMMENT ON COLUMN scorecards.prior_score IS 'Score of the period before; NULL = none. Not additive.';
COMMENT ON COLUMN scorecards.change_score IS 'Change since then; scorecard_changes adds up to it. Not additive.';
COMMENT ON COLUMN scorecards.rank_no IS 'Place, 1 = best; NULL = no score';
COMMENT ON COLUMN scorecards.is_tied IS 'Shares its place';
COMMENT ON COLUMN scorecards.ranked IS 'How many were ranked';
COMMENT ON COLUMN scorecards.complete_pct IS 'Reports of the period that were in, in percent. Not additive.';
COMMENT ON COLUMN scorecards.revenue_amount IS 'Its part of the indirect revenue. Additive within a currency.';
COMMENT ON COLUMN scorecards.currency_code IS 'Currency of the revenue';
COMMENT ON COLUMN scorecards.revenue_share_pct IS 'Its part of the indirect revenue of all, in percent. Additive over the distributors of one period.';
COMMENT ON COLUMN scorecards.taken_at IS 'When it was worked out';

CREATE VIEW scorecard_changes WITH (security_invoker = true) AS
SELECT c.scorecard_code || ' ' || c.period_starts_on || ' ' || c.period_ends_on || ' ' || c.distributor_id || ' ' || c.metric_code AS scorecard_change_key,
    c.scorecard_code AS scorecard_code,
    c.distributor_id AS distributor_id,
    c.distributor_code AS distributor_code,
    c.period_starts_on AS period_starts_on,
    c.period_ends_on AS period_ends_on,
    c.metric_code AS metric_code,
    c.metric_name AS metric_name,
    c.points::numeric(24,12) AS points_score,
    c.points_change::numeric(24,12) AS change_score
FROM scorecard_change AS c;
COMMENT ON VIEW scorecard_changes IS 'One row = what a metric did to the score of a distributor since the period before';
COMMENT ON COLUMN scorecard_changes.scorecard_change_key IS 'Key';
COMMENT ON COLUMN scorecard_changes.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_changes.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN scorecard_changes.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN scorecard_changes.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN scorecard_changes.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN scorecard_changes.metric_code IS 'metrics: the figure';
COMMENT ON COLUMN scorecard_changes.metric_name IS 'Its name';
COMMENT ON COLUMN scorecard_changes.points_score IS 'Points that it gives. Additive over the metrics of a score.';
COMMENT ON COLUMN scorecard_changes.change_score IS 'Change of its points. Additive over the metrics of a score.';

CREATE FUNCTION inventory_positions_as_of(
    p_on date,
    p_known_at timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand_qty numeric,
    in_transit_qty numeric,
    owned_qty numeric,
    oldest_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT i.distributor_id, i.warehouse_id, i.product_id, i.on_hand_qty, i.in_transit_qty, i.owned_qty, i.oldest_on
    FROM inventory_as_of(p_on, p_known_at) AS i;
END;
COMMENT ON FUNCTION inventory_positions_as_of(date, timestamptz) IS
    'One row = the stock of a product in a warehouse at the close of a day, knowing what was known at a time: inventory_positions, asked of the past. Base units';

CREATE FUNCTION rebate_progress_as_of(
    p_on date,
    p_known_at timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    measured_amount numeric,
    earned_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.distributor_id, r.program_line_id, r.span_starts_on, r.span_ends_on, r.currency_code, r.measured_value, r.earned_amount
    FROM rebate_as_of(p_on, p_known_at) AS r;
END;
COMMENT ON FUNCTION rebate_progress_as_of(date, timestamptz) IS
    'One row = what a distributor has earned on a program line by a day, knowing what was known at a time: rebate_progress, asked of the past';
