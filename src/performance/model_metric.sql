-- performance, the registry: what a figure is, written once. A metric is a ratio
-- of two aggregates over the columns of a dataset (a measure_…() function), so
-- that it is right for a distributor, a territory and the channel alike; the
-- figures, their views, comments and tiles all come from its row. An expression
-- is data that is run: it is therefore held to a small grammar.

CREATE TABLE metric_dataset (
    dataset text NOT NULL,
    view_name text NOT NULL,
    grain text NOT NULL,
    CONSTRAINT metric_dataset_pkey PRIMARY KEY (dataset),
    CONSTRAINT metric_dataset_view_key UNIQUE (view_name),
    CONSTRAINT metric_dataset_name_check CHECK (dataset ~ '^[a-z][a-z0-9_]*$' AND view_name ~ '^kpi_[a-z0-9_]+$')
);
COMMENT ON TABLE metric_dataset IS 'One row = a function (p_from date, p_to date, p_currency_code text) that returns measures, among them distributor_id';
COMMENT ON COLUMN metric_dataset.dataset IS 'Name of the function';
COMMENT ON COLUMN metric_dataset.view_name IS 'Name of the view of its figures that publish_metrics() makes';
COMMENT ON COLUMN metric_dataset.grain IS 'What one of its rows is';

CREATE TABLE metric (
    metric_code text NOT NULL,
    metric_no integer GENERATED ALWAYS AS IDENTITY,
    metric_name text NOT NULL,
    dataset text NOT NULL,
    numerator text NOT NULL,
    denominator text,
    factor numeric NOT NULL DEFAULT 1,
    undefined_when text,
    undefined_flag text,
    zero_flag text NOT NULL DEFAULT 'no_movement',
    unit text NOT NULL,
    additivity text NOT NULL,
    good_direction text NOT NULL,
    category text NOT NULL,
    formula text NOT NULL,
    description text NOT NULL,
    expression text NOT NULL GENERATED ALWAYS AS (CASE
        WHEN denominator IS NULL THEN numerator
        ELSE CASE factor WHEN 1 THEN '' ELSE factor::text || ' * ' END || '(' || numerator || ') / nullif(' || denominator || ', 0)'
    END) STORED,
    CONSTRAINT metric_pkey PRIMARY KEY (metric_code),
    CONSTRAINT metric_code_check CHECK (metric_code ~ '^[a-z][a-z0-9_]*$' AND length(metric_code) <= 31),
    CONSTRAINT metric_undefined_check CHECK ((undefined_when IS NULL) = (undefined_flag IS NULL)),
    CONSTRAINT metric_unit_check CHECK (unit IN ('pct', 'ratio', 'qty', 'amt', 'weeks', 'days', 'count', 'score', 'turns')),
    CONSTRAINT metric_additivity_check CHECK (additivity IN ('additive', 'semi_additive', 'not_additive')),
    CONSTRAINT metric_direction_check CHECK (good_direction IN ('up', 'down', 'none')),
    CONSTRAINT metric_additive_check CHECK (additivity <> 'additive' OR denominator IS NULL),
    CONSTRAINT metric_dataset_fkey FOREIGN KEY (dataset) REFERENCES metric_dataset
);
COMMENT ON TABLE metric IS 'One row = a figure: how it is worked out, in which unit, how it may be added up, which way is good';
COMMENT ON COLUMN metric.metric_code IS 'Name of the figure and of its column';
COMMENT ON COLUMN metric.metric_no IS 'Order in which they were entered; columns of the views follow it';
COMMENT ON COLUMN metric.metric_name IS 'Name for people';
COMMENT ON COLUMN metric.dataset IS 'Measures that it is made of';
COMMENT ON COLUMN metric.numerator IS 'Aggregate expression over the columns of the dataset, in ANSI SQL';
COMMENT ON COLUMN metric.denominator IS 'Another one that it is divided by; NULL = it is not a ratio';
COMMENT ON COLUMN metric.factor IS 'Factor of the ratio: 100 for per cent';
COMMENT ON COLUMN metric.undefined_when IS 'Aggregate condition under which it has no value; NULL = it always has one';
COMMENT ON COLUMN metric.undefined_flag IS 'Flag that it bears then';
COMMENT ON COLUMN metric.zero_flag IS 'Flag that it bears where the denominator is 0 or missing, or there is nothing to measure: its value is NULL then, never 0 or infinite';
COMMENT ON COLUMN metric.unit IS 'pct (0 to 100 and beyond), ratio, qty (base units), amt (with a currency), weeks, days, count, score or turns (a year)';
COMMENT ON COLUMN metric.additivity IS 'additive, semi_additive (over distributors, not over time) or not_additive (add numerator and denominator up instead)';
COMMENT ON COLUMN metric.good_direction IS 'up, down or none (a matter of balance)';
COMMENT ON COLUMN metric.category IS 'Heading under which it is shown';
COMMENT ON COLUMN metric.formula IS 'The formula in the words of the field';
COMMENT ON COLUMN metric.description IS 'What it says, where its data come from, and what to beware of';
COMMENT ON COLUMN metric.expression IS 'The figure as one ANSI SQL expression over the dataset';
CREATE INDEX metric_dataset_idx ON metric (dataset);

CREATE FUNCTION metric_grammar_error(p_expression text, p_dataset text) RETURNS text
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    -- What is left when names, numbers, plain strings, operators, parentheses and
    -- blanks are taken away; else the first name that is neither a column of the
    -- dataset nor of the grammar.
    SELECT CASE
        WHEN p_expression ~ '--|/\*' THEN '--'
        WHEN l.rest <> '' THEN l.rest
        ELSE (
            SELECT w.word[1]
            FROM regexp_matches(regexp_replace(p_expression, '''[A-Za-z0-9_. ]*''', '', 'g'), '([A-Za-z_][A-Za-z0-9_]*)', 'g') AS w (word)
            WHERE lower(w.word[1]) <> ALL (ARRAY['sum', 'count', 'min', 'max', 'avg', 'bool_and', 'bool_or', 'abs', 'coalesce', 'nullif', 'greatest', 'least', 'round',
                    'percentile_cont', 'within', 'group', 'order', 'by', 'filter', 'where', 'distinct',
                    'case', 'when', 'then', 'else', 'end', 'and', 'or', 'not', 'is', 'null', 'true', 'false'])
                AND NOT EXISTS (
                    SELECT
                    FROM pg_proc AS p
                    CROSS JOIN LATERAL unnest(p.proargnames, p.proargmodes) AS a (name, mode)
                    WHERE p.oid = to_regprocedure(format('%I(date, date, text)', p_dataset))
                        AND a.mode = 't'
                        AND a.name = w.word[1])
            LIMIT 1)
    END
    FROM (
        SELECT regexp_replace(p_expression, '''[A-Za-z0-9_. ]*''|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(\.[0-9]+)?|[-+*/(),<>=[:space:]]', '', 'g') AS rest
    ) AS l
$$;
COMMENT ON FUNCTION metric_grammar_error(text, text) IS
    'The first part of an expression that the grammar of metrics does not allow: aggregates, CASE, arithmetic and comparison on the columns of the dataset, numbers and plain strings. NULL = all is well';

CREATE FUNCTION check_metric() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    SELECT e.part, metric_grammar_error(e.part, NEW.dataset) AS what INTO wrong
    FROM unnest(ARRAY[NEW.numerator, NEW.denominator, NEW.undefined_when]) AS e (part)
    WHERE metric_grammar_error(e.part, NEW.dataset) IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD170',
            MESSAGE = 'expression of the metric is not allowed',
            DETAIL = format('Metric %s: %s in %s.', NEW.metric_code, quote_literal(wrong.what), quote_literal(wrong.part)),
            HINT = format('Use the columns that %I() returns, the aggregates sum, count, min, max, avg, percentile_cont, and + − * / CASE.', NEW.dataset);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_metric() IS 'Trigger of metric: expressions keep to the grammar (ZD170)';

CREATE TRIGGER metric_checked
    BEFORE INSERT OR UPDATE ON metric
    FOR EACH ROW EXECUTE FUNCTION check_metric();
COMMENT ON TRIGGER metric_checked ON metric IS 'Expressions keep to the grammar';

CREATE FUNCTION metric_query(p_dataset text, p_metric_codes text[], p_by_distributor boolean) RETURNS text
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    -- One pass over the dataset for all its metrics, then one row for each.
    SELECT format('SELECT q.distributor_id, v.metric_code, v.numerator, v.denominator, v.is_undefined, q.currency_code, q.currencies FROM (SELECT %s AS distributor_id, %s, %s FROM %I($1, $2, $3) AS x %s) AS q CROSS JOIN LATERAL (VALUES %s) AS v (metric_code, numerator, denominator, is_undefined)',
        CASE WHEN p_by_distributor THEN 'x.distributor_id' ELSE 'NULL::bigint' END,
        CASE WHEN EXISTS (
                SELECT
                FROM pg_proc AS p
                CROSS JOIN LATERAL unnest(p.proargnames, p.proargmodes) AS a (name, mode)
                WHERE p.oid = to_regprocedure(format('%I(date, date, text)', p_dataset)) AND a.mode = 't' AND a.name = 'currency_code')
            THEN 'min(x.currency_code) AS currency_code, count(DISTINCT x.currency_code) AS currencies'
            ELSE 'NULL::text AS currency_code, 0 AS currencies'
        END,
        string_agg(format('(%s) AS n%s, (%s) AS d%s, (%s) AS u%s',
            m.numerator, m.metric_no, coalesce(m.denominator, 'NULL'), m.metric_no,
            coalesce(m.undefined_when, 'false'), m.metric_no), ', ' ORDER BY m.metric_no),
        p_dataset,
        CASE WHEN p_by_distributor THEN 'GROUP BY x.distributor_id' ELSE '' END,
        string_agg(format('(%L, q.n%s::numeric, q.d%s::numeric, q.u%s)', m.metric_code, m.metric_no, m.metric_no, m.metric_no), ', ' ORDER BY m.metric_no))
    FROM metric AS m
    WHERE m.dataset = p_dataset
        AND m.metric_code = ANY (p_metric_codes)
$$;
COMMENT ON FUNCTION metric_query(text, text[], boolean) IS 'The statement that works out metrics of one dataset, with $1 and $2 the span and $3 the currency: by distributor or for the whole channel';

CREATE FUNCTION kpi(
    p_from date,
    p_to date,
    p_metric_codes text[] DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_by_distributor boolean DEFAULT true
) RETURNS TABLE (
    distributor_id bigint,
    metric_code text,
    value numeric,
    unit text,
    currency_code text,
    flag text,
    numerator numeric,
    denominator numeric,
    completeness_pct numeric
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_codes text[];
    v_unknown text;
    v_dataset text;
BEGIN
    IF p_from IS NULL OR p_to IS NULL OR NOT isfinite(p_from) OR NOT isfinite(p_to) OR p_to < p_from THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'span of the figures is not one',
            DETAIL = format('From %s to %s.', coalesce(p_from::text, 'NULL'), coalesce(p_to::text, 'NULL')),
            HINT = 'Give a first and a last day.';
    END IF;
    SELECT c.code INTO v_unknown
    FROM unnest(p_metric_codes) AS c (code)
    WHERE NOT EXISTS (SELECT FROM metric AS m WHERE m.metric_code = c.code)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD171',
            MESSAGE = 'metric does not exist',
            DETAIL = format('There is no metric %s.', coalesce(quote_literal(v_unknown), 'NULL')),
            HINT = 'See metric.metric_code.';
    END IF;
    v_codes := coalesce(p_metric_codes, ARRAY(SELECT m.metric_code FROM metric AS m));
    FOR v_dataset IN
        SELECT DISTINCT m.dataset FROM metric AS m WHERE m.metric_code = ANY (v_codes) ORDER BY m.dataset
    LOOP
        RETURN QUERY EXECUTE format($query$
            SELECT d.distributor_id, m.metric_code,
                CASE
                    WHEN q.is_undefined OR x.is_mixed THEN NULL
                    WHEN m.denominator IS NULL THEN q.numerator
                    ELSE m.factor * q.numerator / nullif(q.denominator, 0)
                END,
                m.unit,
                CASE WHEN m.unit = 'amt' AND NOT x.is_mixed THEN q.currency_code END,
                CASE
                    WHEN x.is_mixed THEN 'mixed_currency'
                    WHEN q.is_undefined THEN m.undefined_flag
                    WHEN m.denominator IS NOT NULL AND coalesce(q.denominator, 0) = 0 THEN m.zero_flag
                    WHEN q.numerator IS NULL THEN CASE WHEN m.denominator IS NULL THEN m.zero_flag ELSE 'no_data' END
                END,
                CASE WHEN NOT x.is_mixed THEN q.numerator END,
                CASE WHEN NOT x.is_mixed THEN q.denominator END,
                c.completeness_pct
            FROM %s AS d
            CROSS JOIN metric AS m
            LEFT JOIN (%s) AS q ON q.distributor_id IS NOT DISTINCT FROM d.distributor_id AND q.metric_code = m.metric_code
            CROSS JOIN LATERAL (
                -- Amounts of several currencies are never added up.
                SELECT coalesce(q.currencies > 1 AND m.expression ~ '_amount', false) AS is_mixed
            ) AS x
            LEFT JOIN %s AS c ON c.distributor_id IS NOT DISTINCT FROM d.distributor_id
            WHERE m.dataset = $4 AND m.metric_code = ANY ($5)
            $query$,
            CASE WHEN p_by_distributor THEN 'distributor' ELSE '(SELECT NULL::bigint AS distributor_id)' END,
            metric_query(v_dataset, v_codes, p_by_distributor),
            CASE WHEN p_by_distributor THEN 'report_completeness($1, $2)'
                ELSE '(SELECT NULL::bigint AS distributor_id, 100 * sum(r.reports_in) / nullif(sum(r.reports_expected), 0) AS completeness_pct FROM report_completeness($1, $2) AS r)'
            END)
        USING p_from, p_to, p_currency_code, v_dataset, v_codes;
    END LOOP;
END
$$;
COMMENT ON FUNCTION kpi(date, date, text[], text, boolean) IS
    'One row = a metric of a distributor (or, with p_by_distributor false, of the whole channel) from p_from to p_to: value in its unit, flag where there is none or care is due (no_movement, negative_stock, no_data …), numerator and denominator so that ratios can be added up, share of the reports of the span that are in. All metrics where none are named. Amounts in p_currency_code, else in the currency of the distributor; where these differ within a figure it has none (flag mixed_currency): name a currency then. 22023 for a span that is none, ZD171 for an unknown metric, ZD007 where a rate is missing';

CREATE TABLE kpi_run (
    kpi_run_id bigint GENERATED ALWAYS AS IDENTITY,
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    currency_code text,
    metric_codes text[] NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    taken_by text NOT NULL DEFAULT current_user,
    CONSTRAINT kpi_run_pkey PRIMARY KEY (kpi_run_id),
    CONSTRAINT kpi_run_period_check CHECK (period_ends_on >= period_starts_on),
    CONSTRAINT kpi_run_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE kpi_run IS 'One row = the figures of a period were put down, as known then; append-only, the last one of a period counts';
COMMENT ON COLUMN kpi_run.kpi_run_id IS 'Key';
COMMENT ON COLUMN kpi_run.period_starts_on IS 'First day';
COMMENT ON COLUMN kpi_run.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN kpi_run.currency_code IS 'Currency of all amounts; NULL = of each distributor';
COMMENT ON COLUMN kpi_run.metric_codes IS 'Metrics that were put down';
COMMENT ON COLUMN kpi_run.taken_at IS 'When: facts recorded later are not in it';
COMMENT ON COLUMN kpi_run.taken_by IS 'Role that did it';
CREATE INDEX kpi_run_period_idx ON kpi_run (period_starts_on, period_ends_on, kpi_run_id);
CREATE INDEX kpi_run_currency_idx ON kpi_run (currency_code);

CREATE TABLE kpi_value (
    kpi_run_id bigint NOT NULL,
    distributor_id bigint NOT NULL,
    metric_code text NOT NULL,
    value numeric,
    currency_code text,
    flag text,
    numerator numeric,
    denominator numeric,
    completeness_pct numeric,
    CONSTRAINT kpi_value_pkey PRIMARY KEY (kpi_run_id, distributor_id, metric_code),
    CONSTRAINT kpi_value_run_fkey FOREIGN KEY (kpi_run_id) REFERENCES kpi_run,
    CONSTRAINT kpi_value_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT kpi_value_metric_fkey FOREIGN KEY (metric_code) REFERENCES metric
);
COMMENT ON TABLE kpi_value IS 'One row = a figure of a distributor as it was put down; append-only';
COMMENT ON COLUMN kpi_value.kpi_run_id IS 'When and for which period';
COMMENT ON COLUMN kpi_value.distributor_id IS 'The distributor';
COMMENT ON COLUMN kpi_value.metric_code IS 'The metric; its unit and additivity stand there';
COMMENT ON COLUMN kpi_value.value IS 'The figure; NULL = there is none, see flag';
COMMENT ON COLUMN kpi_value.currency_code IS 'Currency of an amount; NULL = no amount';
COMMENT ON COLUMN kpi_value.flag IS 'Why there is no figure, or why care is due; NULL = nothing';
COMMENT ON COLUMN kpi_value.numerator IS 'What is divided';
COMMENT ON COLUMN kpi_value.denominator IS 'By what; NULL = no ratio';
COMMENT ON COLUMN kpi_value.completeness_pct IS 'Share of the reports owed for the period that were in; NULL = none is owed';
CREATE INDEX kpi_value_distributor_idx ON kpi_value (distributor_id, metric_code);
CREATE INDEX kpi_value_metric_idx ON kpi_value (metric_code);

CREATE TRIGGER kpi_run_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON kpi_run
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER kpi_run_append_only ON kpi_run IS 'Figures that were put down stay';

CREATE TRIGGER kpi_value_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON kpi_value
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER kpi_value_append_only ON kpi_value IS 'Figures that were put down stay';

CREATE FUNCTION take_kpis(
    p_from date,
    p_to date,
    p_metric_codes text[] DEFAULT NULL,
    p_currency_code text DEFAULT NULL
) RETURNS kpi_run
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result kpi_run;
BEGIN
    INSERT INTO kpi_run (period_starts_on, period_ends_on, currency_code, metric_codes)
    VALUES (p_from, p_to, p_currency_code, coalesce(p_metric_codes, ARRAY(SELECT m.metric_code FROM metric AS m ORDER BY m.metric_no)))
    RETURNING * INTO result;
    INSERT INTO kpi_value (kpi_run_id, distributor_id, metric_code, value, currency_code, flag, numerator, denominator, completeness_pct)
    SELECT result.kpi_run_id, k.distributor_id, k.metric_code, k.value, k.currency_code, k.flag, k.numerator, k.denominator, k.completeness_pct
    FROM kpi(p_from, p_to, result.metric_codes, p_currency_code) AS k;
    RETURN result;
END
$$;
COMMENT ON FUNCTION take_kpis(date, date, text[], text) IS
    'Puts the figures of a period down (kpi_run, kpi_value), so that panels and trends read them without working them out; again for the same period = as known now, the older ones stay. Errors as kpi()';

CREATE VIEW kpi_standing WITH (security_invoker = true) AS
SELECT r.period_starts_on,
    r.period_ends_on,
    v.distributor_id,
    d.distributor_code,
    m.category,
    v.metric_code,
    m.metric_name,
    m.unit,
    v.value,
    v.currency_code,
    v.flag,
    v.numerator,
    v.denominator,
    v.completeness_pct,
    m.additivity,
    m.good_direction,
    r.taken_at,
    r.kpi_run_id
FROM (
    -- A run may have taken some of the metrics only.
    SELECT DISTINCT ON (w.period_starts_on, w.period_ends_on, u.metric_code)
        w.kpi_run_id, w.period_starts_on, w.period_ends_on, w.taken_at, u.metric_code
    FROM kpi_run AS w
    CROSS JOIN LATERAL unnest(w.metric_codes) AS u (metric_code)
    ORDER BY w.period_starts_on, w.period_ends_on, u.metric_code, w.kpi_run_id DESC
) AS r
JOIN kpi_value AS v ON v.kpi_run_id = r.kpi_run_id AND v.metric_code = r.metric_code
JOIN metric AS m ON m.metric_code = v.metric_code
JOIN distributor AS d ON d.distributor_id = v.distributor_id;
COMMENT ON VIEW kpi_standing IS 'One row = a figure of a distributor in a period, as it was put down last by take_kpis(): what tiles and trends are made of';
COMMENT ON COLUMN kpi_standing.period_starts_on IS 'First day';
COMMENT ON COLUMN kpi_standing.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN kpi_standing.distributor_id IS 'The distributor';
COMMENT ON COLUMN kpi_standing.distributor_code IS 'Its short name';
COMMENT ON COLUMN kpi_standing.category IS 'Heading under which the metric is shown';
COMMENT ON COLUMN kpi_standing.metric_code IS 'The metric';
COMMENT ON COLUMN kpi_standing.metric_name IS 'Its name for people';
COMMENT ON COLUMN kpi_standing.unit IS 'pct, ratio, qty, amt, weeks, days, count, score or turns';
COMMENT ON COLUMN kpi_standing.value IS 'The figure; NULL = there is none, see flag. May be added up as additivity says';
COMMENT ON COLUMN kpi_standing.currency_code IS 'Currency of an amount; NULL = no amount';
COMMENT ON COLUMN kpi_standing.flag IS 'Why there is no figure; NULL = nothing';
COMMENT ON COLUMN kpi_standing.numerator IS 'What is divided. Additive over distributors';
COMMENT ON COLUMN kpi_standing.denominator IS 'By what; NULL = no ratio. Additive over distributors';
COMMENT ON COLUMN kpi_standing.completeness_pct IS 'Share of the reports owed for the period that were in; NULL = none is owed';
COMMENT ON COLUMN kpi_standing.additivity IS 'additive, semi_additive or not_additive';
COMMENT ON COLUMN kpi_standing.good_direction IS 'up, down or none';
COMMENT ON COLUMN kpi_standing.taken_at IS 'When it was put down: the knowledge that it rests on';
COMMENT ON COLUMN kpi_standing.kpi_run_id IS 'Run that put it down';
