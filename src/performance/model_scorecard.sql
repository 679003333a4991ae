-- performance, scorecards: figures turned into points. A version of a scorecard
-- says which metrics count, how much, and between which values they go from 0 to
-- 100; a run puts down the score of every distributor for a period, with each part
-- of it, and stays. Points are rounded once, where they are made, and the score is
-- their sum: so that what moved it adds up to what it moved.

CREATE TABLE scorecard (
    scorecard_code text NOT NULL,
    scorecard_name text NOT NULL,
    CONSTRAINT scorecard_pkey PRIMARY KEY (scorecard_code)
);
COMMENT ON TABLE scorecard IS 'One row = a way to judge distributors';
COMMENT ON COLUMN scorecard.scorecard_code IS 'Short name';
COMMENT ON COLUMN scorecard.scorecard_name IS 'Name in full';

CREATE TABLE scorecard_version (
    scorecard_code text NOT NULL,
    version_no integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT scorecard_version_pkey PRIMARY KEY (scorecard_code, version_no),
    CONSTRAINT scorecard_version_no_check CHECK (version_no > 0),
    CONSTRAINT scorecard_version_valid_check CHECK (valid_to >= valid_from),
    CONSTRAINT scorecard_version_overlap_excl EXCLUDE USING gist (
        scorecard_code WITH =,
        daterange(valid_from, valid_to, '[]') WITH &&
    ),
    CONSTRAINT scorecard_version_scorecard_fkey FOREIGN KEY (scorecard_code) REFERENCES scorecard
);
COMMENT ON TABLE scorecard_version IS 'One row = the metrics and weights of a scorecard for periods that end within a time; frozen once it was used';
COMMENT ON COLUMN scorecard_version.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_version.version_no IS 'Number of the version, from 1';
COMMENT ON COLUMN scorecard_version.valid_from IS 'First day on which a period may end';
COMMENT ON COLUMN scorecard_version.valid_to IS 'Last day, inclusive; NULL = open';

CREATE TABLE scorecard_metric (
    scorecard_code text NOT NULL,
    version_no integer NOT NULL,
    metric_code text NOT NULL,
    weight numeric(7,4) NOT NULL,
    floor_value numeric NOT NULL,
    target_value numeric NOT NULL,
    stretch_value numeric NOT NULL,
    target_score numeric(5,2) NOT NULL DEFAULT 80,
    missing_policy text NOT NULL DEFAULT 'exclude_and_reweight',
    CONSTRAINT scorecard_metric_pkey PRIMARY KEY (scorecard_code, version_no, metric_code),
    CONSTRAINT scorecard_metric_weight_check CHECK (weight > 0),
    CONSTRAINT scorecard_metric_band_check CHECK (floor_value < target_value AND target_value <= stretch_value
        OR floor_value > target_value AND target_value >= stretch_value),
    CONSTRAINT scorecard_metric_finite_check CHECK (abs(floor_value) < 'Infinity' AND abs(stretch_value) < 'Infinity'),
    CONSTRAINT scorecard_metric_target_check CHECK (target_score BETWEEN 0 AND 100),
    CONSTRAINT scorecard_metric_missing_check CHECK (missing_policy IN ('exclude_and_reweight', 'zero')),
    CONSTRAINT scorecard_metric_version_fkey FOREIGN KEY (scorecard_code, version_no) REFERENCES scorecard_version,
    CONSTRAINT scorecard_metric_metric_fkey FOREIGN KEY (metric_code) REFERENCES metric
);
COMMENT ON TABLE scorecard_metric IS 'One row = a metric that counts in a version of a scorecard';
COMMENT ON COLUMN scorecard_metric.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_metric.version_no IS 'The version';
COMMENT ON COLUMN scorecard_metric.metric_code IS 'The metric';
COMMENT ON COLUMN scorecard_metric.weight IS 'How much it counts, in proportion to the others';
COMMENT ON COLUMN scorecard_metric.floor_value IS 'Value up to which it scores 0, in the unit of the metric; above target_value where less is better';
COMMENT ON COLUMN scorecard_metric.target_value IS 'Value at which it scores target_score';
COMMENT ON COLUMN scorecard_metric.stretch_value IS 'Value from which it scores 100';
COMMENT ON COLUMN scorecard_metric.target_score IS 'Score at the target; linear between floor and target, and between target and stretch';
COMMENT ON COLUMN scorecard_metric.missing_policy IS 'Where a distributor has no value: exclude_and_reweight = the others count more, zero = it scores 0';
CREATE INDEX scorecard_metric_metric_idx ON scorecard_metric (metric_code);

CREATE FUNCTION band_score(
    p_value numeric,
    p_floor numeric,
    p_target numeric,
    p_stretch numeric,
    p_target_score numeric DEFAULT 80
) RETURNS numeric
LANGUAGE sql
IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN sign(p_target - p_floor) * (p_value - p_stretch) >= 0 THEN 100
    WHEN sign(p_target - p_floor) * (p_value - p_floor) <= 0 THEN 0
    WHEN sign(p_target - p_floor) * (p_value - p_target) < 0
        THEN p_target_score * (p_value - p_floor) / (p_target - p_floor)
    ELSE p_target_score + (100 - p_target_score) * (p_value - p_target) / (p_stretch - p_target)
END;
COMMENT ON FUNCTION band_score(numeric, numeric, numeric, numeric, numeric) IS
    'A value as a score from 0 (at the floor and beyond) over p_target_score (at the target) to 100 (at the stretch and beyond), linear in between; less is better where the floor lies above the target. NULL in, NULL out';

CREATE TABLE scorecard_run (
    scorecard_run_id bigint GENERATED ALWAYS AS IDENTITY,
    scorecard_code text NOT NULL,
    version_no integer NOT NULL,
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    revision_no integer NOT NULL,
    currency_code text,
    taken_at timestamptz NOT NULL DEFAULT now(),
    taken_by text NOT NULL DEFAULT current_user,
    CONSTRAINT scorecard_run_pkey PRIMARY KEY (scorecard_run_id),
    CONSTRAINT scorecard_run_revision_key UNIQUE (scorecard_code, period_starts_on, period_ends_on, revision_no),
    CONSTRAINT scorecard_run_period_check CHECK (period_ends_on >= period_starts_on),
    CONSTRAINT scorecard_run_revision_check CHECK (revision_no > 0),
    CONSTRAINT scorecard_run_version_fkey FOREIGN KEY (scorecard_code, version_no) REFERENCES scorecard_version,
    CONSTRAINT scorecard_run_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE scorecard_run IS 'One row = a scorecard was put down for a period; append-only, the last revision counts';
COMMENT ON COLUMN scorecard_run.scorecard_run_id IS 'Key';
COMMENT ON COLUMN scorecard_run.scorecard_code IS 'The scorecard';
COMMENT ON COLUMN scorecard_run.version_no IS 'Version whose weights and bands were used';
COMMENT ON COLUMN scorecard_run.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN scorecard_run.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN scorecard_run.revision_no IS 'How often the period was put down with another result, from 1';
COMMENT ON COLUMN scorecard_run.currency_code IS 'Currency of all amounts; NULL = of each distributor';
COMMENT ON COLUMN scorecard_run.taken_at IS 'When: facts recorded later are not in it';
COMMENT ON COLUMN scorecard_run.taken_by IS 'Role that did it';
CREATE INDEX scorecard_run_version_idx ON scorecard_run (scorecard_code, version_no);
CREATE INDEX scorecard_run_currency_idx ON scorecard_run (currency_code);

CREATE TABLE scorecard_result (
    scorecard_run_id bigint NOT NULL,
    distributor_id bigint NOT NULL,
    score numeric(9,6),
    rank_no integer,
    is_tied boolean NOT NULL,
    ranked integer NOT NULL,
    completeness_pct numeric,
    revenue_amount numeric,
    revenue_currency text,
    revenue_share_pct numeric,
    CONSTRAINT scorecard_result_pkey PRIMARY KEY (scorecard_run_id, distributor_id),
    CONSTRAINT scorecard_result_run_fkey FOREIGN KEY (scorecard_run_id) REFERENCES scorecard_run,
    CONSTRAINT scorecard_result_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE scorecard_result IS 'One row = the score of a distributor in a run; append-only';
COMMENT ON COLUMN scorecard_result.scorecard_run_id IS 'The run';
COMMENT ON COLUMN scorecard_result.distributor_id IS 'The distributor';
COMMENT ON COLUMN scorecard_result.score IS '0 to 100, the sum of its points; NULL = nothing to judge it by. Not additive';
COMMENT ON COLUMN scorecard_result.rank_no IS 'Place, the best is 1; equal scores have one place and the next ones are left out (1, 2, 2, 4). NULL = no score';
COMMENT ON COLUMN scorecard_result.is_tied IS 'Whether another one has the same score';
COMMENT ON COLUMN scorecard_result.ranked IS 'How many have a place';
COMMENT ON COLUMN scorecard_result.completeness_pct IS 'Share of the reports owed for the period that were in; NULL = none is owed';
COMMENT ON COLUMN scorecard_result.revenue_amount IS 'Net sell-through: what it brought to the indirect revenue. Additive within a currency';
COMMENT ON COLUMN scorecard_result.revenue_currency IS 'Currency of revenue_amount; NULL = it never bought or sold';
COMMENT ON COLUMN scorecard_result.revenue_share_pct IS 'Part of the indirect revenue of all in per cent; NULL = several currencies and none was named. Additive over distributors';
CREATE INDEX scorecard_result_distributor_idx ON scorecard_result (distributor_id);

CREATE TABLE scorecard_result_metric (
    scorecard_run_id bigint NOT NULL,
    distributor_id bigint NOT NULL,
    metric_code text NOT NULL,
    value numeric,
    flag text,
    metric_score numeric(9,6),
    weight numeric(7,4) NOT NULL,
    effective_weight numeric NOT NULL,
    points numeric(9,6) NOT NULL,
    CONSTRAINT scorecard_result_metric_pkey PRIMARY KEY (scorecard_run_id, distributor_id, metric_code),
    CONSTRAINT scorecard_result_metric_result_fkey FOREIGN KEY (scorecard_run_id, distributor_id) REFERENCES scorecard_result,
    CONSTRAINT scorecard_result_metric_metric_fkey FOREIGN KEY (metric_code) REFERENCES metric
);
COMMENT ON TABLE scorecard_result_metric IS 'One row = what a metric brought to the score of a distributor in a run; append-only';
COMMENT ON COLUMN scorecard_result_metric.scorecard_run_id IS 'The run';
COMMENT ON COLUMN scorecard_result_metric.distributor_id IS 'The distributor';
COMMENT ON COLUMN scorecard_result_metric.metric_code IS 'The metric';
COMMENT ON COLUMN scorecard_result_metric.value IS 'Its value, in its unit; NULL = there is none';
COMMENT ON COLUMN scorecard_result_metric.flag IS 'Why there is none; NULL = nothing';
COMMENT ON COLUMN scorecard_result_metric.metric_score IS '0 to 100 by the bands; NULL = left out';
COMMENT ON COLUMN scorecard_result_metric.weight IS 'Weight of the version';
COMMENT ON COLUMN scorecard_result_metric.effective_weight IS 'Part of the score that it made, 0 to 1, once what was left out is taken away';
COMMENT ON COLUMN scorecard_result_metric.points IS 'metric_score × effective_weight, rounded to 6 places. Additive to the score';
CREATE INDEX scorecard_result_metric_metric_idx ON scorecard_result_metric (metric_code);

CREATE TRIGGER scorecard_run_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON scorecard_run
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER scorecard_run_append_only ON scorecard_run IS 'Scores that were put down stay';

CREATE TRIGGER scorecard_result_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON scorecard_result
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER scorecard_result_append_only ON scorecard_result IS 'Scores that were put down stay';

CREATE TRIGGER scorecard_result_metric_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON scorecard_result_metric
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER scorecard_result_metric_append_only ON scorecard_result_metric IS 'Scores that were put down stay';

CREATE FUNCTION refuse_change_of_used_version() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    used record;
BEGIN
    SELECT r.scorecard_code, r.version_no INTO used
    FROM scorecard_run AS r
    WHERE TG_OP <> 'INSERT' AND r.scorecard_code = OLD.scorecard_code AND r.version_no = OLD.version_no
        OR TG_OP <> 'DELETE' AND r.scorecard_code = NEW.scorecard_code AND r.version_no = NEW.version_no
    LIMIT 1;
    -- What may still happen to a version that was used is its end.
    IF FOUND AND NOT (TG_TABLE_NAME = 'scorecard_version' AND TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - 'valid_to' = to_jsonb(OLD) - 'valid_to')
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD172',
            MESSAGE = 'version of the scorecard was used and cannot be changed',
            DETAIL = format('Scorecard %s, version %s.', used.scorecard_code, used.version_no),
            HINT = 'End it by setting valid_to, and enter a new version.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION refuse_change_of_used_version() IS 'Trigger of scorecard_version and scorecard_metric: a version that was used can only end (ZD172)';

CREATE TRIGGER scorecard_version_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON scorecard_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_used_version();
COMMENT ON TRIGGER scorecard_version_frozen ON scorecard_version IS 'A version is frozen once used';

CREATE TRIGGER scorecard_metric_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON scorecard_metric
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_used_version();
COMMENT ON TRIGGER scorecard_metric_frozen ON scorecard_metric IS 'A version is frozen once used';

INSERT INTO scorecard (scorecard_code, scorecard_name) VALUES ('standard', 'Sales, stock, reporting, price and network');
INSERT INTO scorecard_version (scorecard_code, version_no, valid_from) VALUES ('standard', 1, '1900-01-01');
INSERT INTO scorecard_metric (scorecard_code, version_no, metric_code, weight, floor_value, target_value, stretch_value) VALUES
    ('standard', 1, 'sell_through_growth_pct', 25, -10, 5, 15),
    ('standard', 1, 'sell_through_rate_retail_pct', 15, 20, 50, 70),
    ('standard', 1, 'aged_stock_pct', 10, 40, 15, 5),
    ('standard', 1, 'pos_timeliness_pct', 20, 70, 95, 100),
    ('standard', 1, 'reseller_match_pct', 10, 70, 90, 98),
    ('standard', 1, 'unauthorized_discount_pct', 10, 5, 1, 0),
    ('standard', 1, 'active_reseller_12m_pct', 10, 20, 40, 60);
