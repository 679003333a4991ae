-- performance, publishing: the views of the figures, with a comment on each column,
-- made from the registry. Panels read them: they hold what take_kpis() put down.

CREATE FUNCTION metric_comment(p_metric_code text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.metric_name || ' = ' || m.formula || '. '
        || CASE m.unit
            WHEN 'pct' THEN 'Per cent'
            WHEN 'ratio' THEN 'Ratio'
            WHEN 'qty' THEN 'Base units'
            WHEN 'amt' THEN 'Amount in currency_code'
            WHEN 'weeks' THEN 'Weeks'
            WHEN 'days' THEN 'Days'
            WHEN 'count' THEN 'Number'
            WHEN 'score' THEN 'Score'
            ELSE 'Times a year'
        END || '. '
        || CASE m.additivity
            WHEN 'additive' THEN 'Additive'
            WHEN 'semi_additive' THEN 'Semi-additive: not over time'
            ELSE 'Not additive: see kpi_standing for numerator and denominator'
        END || '. '
        || CASE m.good_direction WHEN 'up' THEN 'More is better. ' WHEN 'down' THEN 'Less is better. ' ELSE '' END
        || m.description || '. NULL = '
        || CASE WHEN m.denominator IS NOT NULL THEN m.zero_flag || coalesce(' or ' || m.undefined_flag, '') ELSE coalesce(m.undefined_flag || ' or ', '') || 'no_data' END
        || '. From ' || m.dataset || '(): ' || m.expression
    FROM metric AS m
    WHERE m.metric_code = p_metric_code;
END;
COMMENT ON FUNCTION metric_comment(text) IS 'The comment of the column of a metric: formula, unit, additivity, source. NULL for an unknown metric';

CREATE FUNCTION publish_metrics() RETURNS SETOF text
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET client_min_messages = warning
AS $$
DECLARE
    s record;
    c record;
BEGIN
    FOR s IN
        SELECT d.dataset, d.view_name,
            string_agg(format('max(k.value) FILTER (WHERE k.metric_code = %L::text) AS %I', m.metric_code, m.metric_code), ', ' ORDER BY m.metric_no) AS metric_columns,
            string_agg(quote_literal(m.metric_code), ', ' ORDER BY m.metric_no) AS codes,
            string_agg(m.metric_name, ', ' ORDER BY m.metric_no) AS names
        FROM metric_dataset AS d
        JOIN metric AS m ON m.dataset = d.dataset
        GROUP BY d.dataset, d.view_name
        ORDER BY d.view_name
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %I WITH (security_invoker = true) AS '
            'SELECT k.distributor_id::text || ''/'' || k.period_starts_on::text || ''/'' || k.period_ends_on::text AS kpi_key, k.distributor_id, k.distributor_code, '
            'k.period_starts_on, k.period_ends_on, max(k.currency_code) AS currency_code, max(k.completeness_pct) AS completeness_pct, max(k.taken_at) AS taken_at, %s '
            'FROM kpi_standing AS k WHERE k.metric_code = ANY (ARRAY[%s]) '
            'GROUP BY k.distributor_id, k.distributor_code, k.period_starts_on, k.period_ends_on', s.view_name, s.metric_columns, s.codes);
        EXECUTE format('COMMENT ON VIEW %I IS %L', s.view_name,
            format('One row = a distributor in a period whose figures were put down by take_kpis(): %s', s.names));
        FOR c IN
            SELECT 'kpi_key' AS name, 'Distributor and period' AS text
            UNION ALL SELECT 'distributor_id', 'The distributor'
            UNION ALL SELECT 'distributor_code', 'Its short name'
            UNION ALL SELECT 'period_starts_on', 'First day of the period'
            UNION ALL SELECT 'period_ends_on', 'Last day, inclusive'
            UNION ALL SELECT 'currency_code', 'Currency of the amounts; NULL = there is none'
            UNION ALL SELECT 'completeness_pct', 'Share of the reports owed for the period that were in; NULL = none is owed. Not additive'
            UNION ALL SELECT 'taken_at', 'When the figures were put down'
            UNION ALL SELECT m.metric_code, metric_comment(m.metric_code) FROM metric AS m WHERE m.dataset = s.dataset
        LOOP
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', s.view_name, c.name, c.text);
        END LOOP;
        RETURN NEXT s.view_name;
    END LOOP;
END
$$;
COMMENT ON FUNCTION publish_metrics() IS
    'Makes the kpi_… views anew from the registry, comments included, and returns their names; call it after a metric was entered. Columns are only ever appended. The caller has to own them';

DO $do$
BEGIN
    PERFORM publish_metrics();
END
$do$;
