-- performance, scoring: all distributors of a period at once, their trend, what
-- moved it, and what each brings to the indirect revenue.

CREATE FUNCTION indirect_revenue(
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    distributor_code text,
    revenue_amount numeric,
    currency_code text,
    share_pct numeric,
    cumulative_pct numeric,
    rank_no bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT x.distributor_id,
        d.distributor_code,
        x.revenue_amount,
        x.currency_code,
        CASE WHEN x.currencies = 1 THEN 100 * x.revenue_amount / nullif(x.total, 0) END,
        CASE WHEN x.currencies = 1 THEN 100 * sum(x.revenue_amount) OVER (
            ORDER BY x.revenue_amount DESC, x.distributor_id ROWS UNBOUNDED PRECEDING) / nullif(x.total, 0) END,
        CASE WHEN x.currencies = 1 THEN rank() OVER (ORDER BY x.revenue_amount DESC) END
    FROM (
        SELECT m.distributor_id,
            m.sell_through_amount AS revenue_amount,
            m.currency_code,
            sum(m.sell_through_amount) OVER () AS total,
            -- Distributors without a currency have no revenue and do not mix.
            (SELECT count(DISTINCT c.currency_code) FROM measure_channel(p_from, p_to, p_currency_code) AS c) AS currencies
        FROM measure_channel(p_from, p_to, p_currency_code) AS m
    ) AS x
    JOIN distributor AS d ON d.distributor_id = x.distributor_id;
END;
COMMENT ON FUNCTION indirect_revenue(date, date, text) IS
    'One row = what a distributor brought to the indirect revenue (net sell-through) from p_from to p_to: amount, part of all in per cent, parts added up from the largest on (Pareto), place (equal amounts have one place). In p_currency_code, else in its own currency: parts are NULL where these differ';

CREATE FUNCTION score_distributors(
    p_scorecard_code text,
    p_version_no integer,
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    metric_code text,
    value numeric,
    flag text,
    metric_score numeric,
    weight numeric,
    effective_weight numeric,
    points numeric,
    completeness_pct numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH judged AS (
        SELECT k.distributor_id, k.metric_code, k.value, k.flag, k.completeness_pct, m.weight,
            CASE
                WHEN k.value IS NOT NULL THEN round(band_score(k.value, m.floor_value, m.target_value, m.stretch_value, m.target_score), 6)
                WHEN m.missing_policy = 'zero' THEN 0
            END AS metric_score
        FROM scorecard_metric AS m
        JOIN kpi(p_from, p_to, ARRAY(
            SELECT x.metric_code
            FROM scorecard_metric AS x
            WHERE x.scorecard_code = p_scorecard_code AND x.version_no = p_version_no), p_currency_code) AS k
            ON k.metric_code = m.metric_code
        WHERE m.scorecard_code = p_scorecard_code
            AND m.version_no = p_version_no
    ),
    weighed AS (
        SELECT j.*,
            CASE WHEN j.metric_score IS NULL THEN 0
                ELSE j.weight / sum(j.weight) FILTER (WHERE j.metric_score IS NOT NULL) OVER (PARTITION BY j.distributor_id)
            END AS effective_weight
        FROM judged AS j
    )
    SELECT w.distributor_id, w.metric_code, w.value, w.flag, w.metric_score, w.weight, w.effective_weight,
        round(coalesce(w.metric_score, 0) * w.effective_weight, 6), w.completeness_pct
    FROM weighed AS w
$$;
COMMENT ON FUNCTION score_distributors(text, integer, date, date, text) IS
    'One row = what a metric brings to the score of a distributor from p_from to p_to by a version of a scorecard, as known now; nothing is kept. The points of a distributor add up to its score';

CREATE FUNCTION take_scorecard(
    p_scorecard_code text,
    p_from date,
    p_to date,
    p_currency_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF scorecard_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_version_no integer;
    v_run_id bigint;
    v_last_id bigint;
    v_revision_no integer;
    results scorecard_result[];
BEGIN
    SELECT v.version_no INTO v_version_no
    FROM scorecard_version AS v
    WHERE v.scorecard_code = p_scorecard_code
        AND p_to BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
        AND EXISTS (
            SELECT
            FROM scorecard_metric AS m
            WHERE m.scorecard_code = v.scorecard_code AND m.version_no = v.version_no)
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD173',
            MESSAGE = 'scorecard has no version with metrics for the period',
            DETAIL = format('Scorecard %s, period ending %s.', coalesce(quote_literal(p_scorecard_code), 'NULL'), coalesce(p_to::text, 'NULL')),
            HINT = 'See scorecard_version and scorecard_metric.';
    END IF;
    -- Runs wait for each other; reading goes on.
    LOCK TABLE scorecard_run IN SHARE ROW EXCLUSIVE MODE;
    SELECT r.scorecard_run_id, r.revision_no INTO v_last_id, v_revision_no
    FROM scorecard_run AS r
    WHERE r.scorecard_code = p_scorecard_code
        AND r.period_starts_on = p_from
        AND r.period_ends_on = p_to
    ORDER BY r.revision_no DESC
    LIMIT 1;
    BEGIN
        INSERT INTO scorecard_run (scorecard_code, version_no, period_starts_on, period_ends_on, revision_no, currency_code)
        VALUES (p_scorecard_code, v_version_no, p_from, p_to, coalesce(v_revision_no, 0) + 1, p_currency_code)
        RETURNING scorecard_run_id INTO v_run_id;
        WITH part AS MATERIALIZED (
            SELECT s.* FROM score_distributors(p_scorecard_code, v_version_no, p_from, p_to, p_currency_code) AS s
        ),
        total AS (
            SELECT p.distributor_id,
                CASE WHEN count(p.metric_score) > 0 THEN sum(p.points) END AS score,
                max(p.completeness_pct) AS completeness_pct
            FROM part AS p
            GROUP BY p.distributor_id
        ),
        result AS (
            INSERT INTO scorecard_result (
                scorecard_run_id, distributor_id, score, rank_no, is_tied, ranked,
                completeness_pct, revenue_amount, revenue_currency, revenue_share_pct
            )
            SELECT v_run_id, t.distributor_id, t.score,
                CASE WHEN t.score IS NOT NULL THEN rank() OVER (ORDER BY t.score DESC NULLS LAST) END,
                t.score IS NOT NULL AND count(*) OVER (PARTITION BY t.score) > 1,
                count(t.score) OVER (),
                t.completeness_pct, v.revenue_amount, v.currency_code, v.share_pct
            FROM total AS t
            JOIN indirect_revenue(p_from, p_to, p_currency_code) AS v ON v.distributor_id = t.distributor_id
            RETURNING *
        ),
        detail AS (
            INSERT INTO scorecard_result_metric (
                scorecard_run_id, distributor_id, metric_code, value, flag, metric_score, weight, effective_weight, points
            )
            SELECT v_run_id, p.distributor_id, p.metric_code, p.value, p.flag, p.metric_score, p.weight, p.effective_weight, p.points
            FROM part AS p
        )
        SELECT array_agg(r.*::scorecard_result ORDER BY r.rank_no, r.distributor_id) INTO results
        FROM result AS r;
        -- The same result again is no revision.
        PERFORM
        FROM scorecard_run AS r
        WHERE r.scorecard_run_id = v_last_id
            AND r.version_no = v_version_no
            AND r.currency_code IS NOT DISTINCT FROM p_currency_code
            AND NOT EXISTS (
                SELECT to_jsonb(a) - 'scorecard_run_id' FROM scorecard_result AS a WHERE a.scorecard_run_id = v_run_id
                EXCEPT
                SELECT to_jsonb(b) - 'scorecard_run_id' FROM scorecard_result AS b WHERE b.scorecard_run_id = v_last_id)
            AND NOT EXISTS (
                SELECT to_jsonb(a) - 'scorecard_run_id' FROM scorecard_result_metric AS a WHERE a.scorecard_run_id = v_run_id
                EXCEPT
                SELECT to_jsonb(b) - 'scorecard_run_id' FROM scorecard_result_metric AS b WHERE b.scorecard_run_id = v_last_id);
        IF FOUND THEN
            SELECT array_agg(b.*::scorecard_result ORDER BY b.rank_no, b.distributor_id) INTO results
            FROM scorecard_result AS b
            WHERE b.scorecard_run_id = v_last_id;
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'nothing new';
        END IF;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT x.* FROM unnest(results) AS x;
END
$$;
COMMENT ON FUNCTION take_scorecard(text, date, date, text, boolean) IS
    'Scores all distributors for a period by the version in force on its last day and puts it down as a run that stays; returns the results, the best first. The same result again writes nothing and returns what is there; another one is the next revision. p_dry_run keeps nothing. ZD173 without a version, otherwise errors as kpi()';

CREATE VIEW scorecard_standing WITH (security_invoker = true) AS
SELECT r.scorecard_run_id::text || '/' || s.distributor_id::text AS score_key,
    r.scorecard_code,
    r.scorecard_run_id,
    r.version_no,
    r.revision_no,
    r.period_starts_on,
    r.period_ends_on,
    s.distributor_id,
    d.distributor_code,
    s.score,
    s.rank_no,
    s.is_tied,
    s.ranked,
    p.scorecard_run_id AS prior_run_id,
    b.score AS prior_score,
    s.score - b.score AS score_change,
    b.rank_no - s.rank_no AS rank_change,
    s.completeness_pct,
    s.revenue_amount,
    s.revenue_currency,
    s.revenue_share_pct,
    r.taken_at
FROM scorecard_run AS r
JOIN scorecard_result AS s ON s.scorecard_run_id = r.scorecard_run_id
JOIN distributor AS d ON d.distributor_id = s.distributor_id
LEFT JOIN LATERAL (
    -- The period that ends the day before; of several the one of like length.
    SELECT q.scorecard_run_id
    FROM scorecard_run AS q
    WHERE q.scorecard_code = r.scorecard_code
        AND q.period_ends_on = r.period_starts_on - 1
    ORDER BY abs((q.period_ends_on - q.period_starts_on) - (r.period_ends_on - r.period_starts_on)), q.period_starts_on, q.revision_no DESC
    LIMIT 1
) AS p ON true
LEFT JOIN scorecard_result AS b ON b.scorecard_run_id = p.scorecard_run_id AND b.distributor_id = s.distributor_id
WHERE NOT EXISTS (
    SELECT
    FROM scorecard_run AS n
    WHERE n.scorecard_code = r.scorecard_code
        AND n.period_starts_on = r.period_starts_on
        AND n.period_ends_on = r.period_ends_on
        AND n.revision_no > r.revision_no);
COMMENT ON VIEW scorecard_standing IS 'One row = the score of a distributor in a period by the last revision, beside the period before';
COMMENT ON COLUMN scorecard_standing.score_key IS 'Run and distributor';
COMMENT ON COLUMN scorecard_standing.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_standing.scorecard_run_id IS 'The run';
COMMENT ON COLUMN scorecard_standing.version_no IS 'Version of the weights';
COMMENT ON COLUMN scorecard_standing.revision_no IS 'Revision of the period';
COMMENT ON COLUMN scorecard_standing.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN scorecard_standing.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN scorecard_standing.distributor_id IS 'The distributor';
COMMENT ON COLUMN scorecard_standing.distributor_code IS 'Its short name';
COMMENT ON COLUMN scorecard_standing.score IS '0 to 100; NULL = nothing to judge it by. Not additive';
COMMENT ON COLUMN scorecard_standing.rank_no IS 'Place; equal scores have one place and the next ones are left out';
COMMENT ON COLUMN scorecard_standing.is_tied IS 'Whether another one has the same score';
COMMENT ON COLUMN scorecard_standing.ranked IS 'How many have a place';
COMMENT ON COLUMN scorecard_standing.prior_run_id IS 'Run of the period before; NULL = there is none';
COMMENT ON COLUMN scorecard_standing.prior_score IS 'Score of the period before; NULL = none';
COMMENT ON COLUMN scorecard_standing.score_change IS 'Score less the one before; scorecard_change says what moved it';
COMMENT ON COLUMN scorecard_standing.rank_change IS 'Places gained (above 0) or lost';
COMMENT ON COLUMN scorecard_standing.completeness_pct IS 'Share of the reports owed for the period that were in; NULL = none is owed';
COMMENT ON COLUMN scorecard_standing.revenue_amount IS 'Net sell-through: what it brought to the indirect revenue. Additive within a currency';
COMMENT ON COLUMN scorecard_standing.revenue_currency IS 'Currency of revenue_amount';
COMMENT ON COLUMN scorecard_standing.revenue_share_pct IS 'Part of the indirect revenue of all in per cent; NULL = several currencies and none was named';
COMMENT ON COLUMN scorecard_standing.taken_at IS 'When it was put down';

CREATE VIEW scorecard_change WITH (security_invoker = true) AS
SELECT x.scorecard_code,
    x.period_starts_on,
    x.period_ends_on,
    x.distributor_id,
    x.distributor_code,
    x.metric_code,
    m.metric_name,
    x.prior_value,
    x.value,
    x.prior_metric_score,
    x.metric_score,
    x.prior_effective_weight,
    x.effective_weight,
    x.prior_points,
    x.points,
    x.points - x.prior_points AS points_change,
    x.performance_change,
    x.points - x.prior_points - x.performance_change AS weight_change
FROM (
    SELECT s.scorecard_code,
        s.period_starts_on,
        s.period_ends_on,
        s.distributor_id,
        s.distributor_code,
        k.metric_code,
        b.value AS prior_value,
        a.value,
        b.metric_score AS prior_metric_score,
        a.metric_score,
        coalesce(b.effective_weight, 0) AS prior_effective_weight,
        coalesce(a.effective_weight, 0) AS effective_weight,
        coalesce(b.points, 0) AS prior_points,
        coalesce(a.points, 0) AS points,
        -- What it would have moved at the old weight; the rest is the weight.
        coalesce(round((a.metric_score - b.metric_score) * b.effective_weight, 6), 0) AS performance_change
    FROM scorecard_standing AS s
    CROSS JOIN LATERAL (
        SELECT u.metric_code
        FROM scorecard_result_metric AS u
        WHERE u.distributor_id = s.distributor_id
            AND u.scorecard_run_id IN (s.scorecard_run_id, s.prior_run_id)
        GROUP BY u.metric_code
    ) AS k
    LEFT JOIN scorecard_result_metric AS a
        ON a.scorecard_run_id = s.scorecard_run_id
        AND a.distributor_id = s.distributor_id
        AND a.metric_code = k.metric_code
    LEFT JOIN scorecard_result_metric AS b
        ON b.scorecard_run_id = s.prior_run_id
        AND b.distributor_id = s.distributor_id
        AND b.metric_code = k.metric_code
    WHERE s.prior_score IS NOT NULL
        AND s.score IS NOT NULL
) AS x
JOIN metric AS m ON m.metric_code = x.metric_code;
COMMENT ON VIEW scorecard_change IS 'One row = what a metric did to the score of a distributor since the period before; points_change adds up to score_change of scorecard_standing, to the last digit';
COMMENT ON COLUMN scorecard_change.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_change.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN scorecard_change.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN scorecard_change.distributor_id IS 'The distributor';
COMMENT ON COLUMN scorecard_change.distributor_code IS 'Its short name';
COMMENT ON COLUMN scorecard_change.metric_code IS 'The metric';
COMMENT ON COLUMN scorecard_change.metric_name IS 'Its name';
COMMENT ON COLUMN scorecard_change.prior_value IS 'Value before, in the unit of the metric; NULL = none';
COMMENT ON COLUMN scorecard_change.value IS 'Value now; NULL = none';
COMMENT ON COLUMN scorecard_change.prior_metric_score IS '0 to 100 before; NULL = left out';
COMMENT ON COLUMN scorecard_change.metric_score IS '0 to 100 now; NULL = left out';
COMMENT ON COLUMN scorecard_change.prior_effective_weight IS 'Part of the score that it made before, 0 to 1';
COMMENT ON COLUMN scorecard_change.effective_weight IS 'Part of the score that it makes now, 0 to 1';
COMMENT ON COLUMN scorecard_change.prior_points IS 'Points before. Additive';
COMMENT ON COLUMN scorecard_change.points IS 'Points now. Additive';
COMMENT ON COLUMN scorecard_change.points_change IS 'Points gained (above 0) or lost. Additive to the change of the score';
COMMENT ON COLUMN scorecard_change.performance_change IS 'Of it: because the metric went up or down, at the old weight. Additive';
COMMENT ON COLUMN scorecard_change.weight_change IS 'Of it: because its weight changed: another version, or metrics without a value before or now. Additive';
