-- reseller, track reviews: who is at which level and why. A level is gained on any
-- day and lost on a review date only, after a grace that began when it lapsed. A
-- decision keeps the evidence that it was made on, and nobody changes it later.

CREATE TABLE track_review (
    track_review_id bigint GENERATED ALWAYS AS IDENTITY,
    track_member_id bigint NOT NULL,
    evaluated_on date NOT NULL,
    review_on date,
    outcome text NOT NULL,
    level_before integer NOT NULL,
    level_reached integer NOT NULL,
    level_after integer NOT NULL,
    grace_until date,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT track_review_pkey PRIMARY KEY (track_review_id),
    CONSTRAINT track_review_date_key UNIQUE (track_member_id, review_on),
    CONSTRAINT track_review_outcome_check CHECK (outcome IN ('promoted', 'confirmed', 'lapsed', 'in_grace', 'recovered', 'demoted')),
    CONSTRAINT track_review_demoted_check CHECK (outcome <> 'demoted' OR review_on IS NOT NULL),
    CONSTRAINT track_review_grace_check CHECK ((grace_until IS NOT NULL) = (outcome IN ('lapsed', 'in_grace'))),
    CONSTRAINT track_review_member_fkey FOREIGN KEY (track_member_id) REFERENCES track_member
);
COMMENT ON TABLE track_review IS 'One row = a decision about the level of a member; append-only';
COMMENT ON COLUMN track_review.track_review_id IS 'Key, in the order of deciding';
COMMENT ON COLUMN track_review.track_member_id IS 'The member';
COMMENT ON COLUMN track_review.evaluated_on IS 'Day whose facts were looked at';
COMMENT ON COLUMN track_review.review_on IS 'Review date that it was made for; NULL = between review dates';
COMMENT ON COLUMN track_review.outcome IS 'promoted, confirmed (on a review date), lapsed (grace begins), in_grace (on a review date), recovered (grace ends) or demoted (on a review date after the grace)';
COMMENT ON COLUMN track_review.level_before IS 'Level before; 0 = none';
COMMENT ON COLUMN track_review.level_reached IS 'Level whose requirements are met, with all below';
COMMENT ON COLUMN track_review.level_after IS 'Level from then on';
COMMENT ON COLUMN track_review.grace_until IS 'Last day of the grace; NULL = none runs';
COMMENT ON COLUMN track_review.recorded_at IS 'When it was decided';
COMMENT ON COLUMN track_review.recorded_by IS 'Role that decided';

CREATE TABLE track_evidence (
    track_review_id bigint NOT NULL,
    level_no integer NOT NULL,
    requirement_no integer NOT NULL,
    measure text NOT NULL,
    threshold numeric NOT NULL,
    actual numeric,
    is_met boolean NOT NULL,
    CONSTRAINT track_evidence_pkey PRIMARY KEY (track_review_id, level_no, requirement_no),
    CONSTRAINT track_evidence_review_fkey FOREIGN KEY (track_review_id) REFERENCES track_review
);
COMMENT ON TABLE track_evidence IS 'One row = what was asked and what was found, at the moment of a decision; append-only';
COMMENT ON COLUMN track_evidence.track_review_id IS 'The decision';
COMMENT ON COLUMN track_evidence.level_no IS 'Level that asks';
COMMENT ON COLUMN track_evidence.requirement_no IS 'Which of its requirements';
COMMENT ON COLUMN track_evidence.measure IS 'What was measured';
COMMENT ON COLUMN track_evidence.threshold IS 'What was asked at least';
COMMENT ON COLUMN track_evidence.actual IS 'What was found; NULL = could not be said';
COMMENT ON COLUMN track_evidence.is_met IS 'Whether it was enough';

CREATE TRIGGER track_review_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON track_review
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER track_review_append_only ON track_review IS 'Decisions are append-only';

CREATE TRIGGER track_evidence_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON track_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER track_evidence_append_only ON track_evidence IS 'Evidence is append-only';

CREATE FUNCTION track_level_as_of(p_on date DEFAULT current_date) RETURNS TABLE (
    track_member_id bigint,
    track_code text,
    distributor_id bigint,
    reseller_id bigint,
    level_no integer,
    level_since date,
    grace_until date,
    last_review_on date,
    last_evaluated_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.track_member_id,
        m.track_code,
        m.distributor_id,
        w.root_id,
        coalesce(l.level_after, m.first_level_no),
        coalesce(c.changed_on, m.joined_on),
        l.grace_until,
        c.review_on,
        l.evaluated_on
    FROM track_member AS m
    LEFT JOIN reseller_root AS w ON w.reseller_id = m.reseller_id
    LEFT JOIN LATERAL (
        SELECT r.level_after, r.grace_until, r.evaluated_on
        FROM track_review AS r
        WHERE r.track_member_id = m.track_member_id
            AND r.evaluated_on <= p_on
        ORDER BY r.evaluated_on DESC, r.track_review_id DESC
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT max(r.evaluated_on) FILTER (WHERE r.level_after <> r.level_before) AS changed_on,
            max(r.review_on) AS review_on
        FROM track_review AS r
        WHERE r.track_member_id = m.track_member_id
            AND r.evaluated_on <= p_on
    ) AS c ON true
    WHERE m.joined_on <= p_on
        AND (m.left_on IS NULL OR m.left_on >= p_on);
END;
COMMENT ON FUNCTION track_level_as_of(date) IS
    'One row = a member of a track on p_on: its level (0 = none) and since when, the last day of a grace that runs (NULL = none), the last review date and evaluation';

CREATE FUNCTION track_standing_as_of(
    p_on date DEFAULT current_date,
    p_people_on date DEFAULT NULL
) RETURNS TABLE (
    track_member_id bigint,
    track_code text,
    distributor_id bigint,
    reseller_id bigint,
    level_no integer,
    requirement_no integer,
    measure text,
    threshold numeric,
    actual numeric,
    is_met boolean,
    missing numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT m.track_member_id,
        m.track_code,
        m.distributor_id,
        w.root_id,
        q.level_no,
        q.requirement_no,
        q.measure,
        q.threshold,
        a.actual,
        coalesce(a.actual >= q.threshold, false),
        greatest(q.threshold - coalesce(a.actual, 0), 0)
    FROM track_measures_as_of(p_on, coalesce(p_people_on, p_on)) AS a
    JOIN track_member AS m ON m.track_member_id = a.track_member_id
    JOIN track_requirement AS q
        ON q.track_code = m.track_code
        AND q.level_no = a.level_no
        AND q.requirement_no = a.requirement_no
    LEFT JOIN reseller_root AS w ON w.reseller_id = m.reseller_id;
END;
COMMENT ON FUNCTION track_standing_as_of(date, date) IS
    'One row = a member of a track and a requirement: what is asked, what it brings by the facts up to p_on (NULL = cannot be said), whether that is enough, what is missing. p_people_on: people and certificates as they would be on that day if nothing changed';

CREATE FUNCTION track_reached_as_of(p_on date, p_people_on date DEFAULT NULL) RETURNS TABLE (
    track_member_id bigint,
    level_reached integer
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- A level that asks nothing is reached; the first one that fails ends it.
    SELECT m.track_member_id,
        coalesce(max(v.level_no) FILTER (WHERE v.level_no < coalesce(f.level_no, 2147483647)), 0)
    FROM track_member AS m
    LEFT JOIN track_level AS v ON v.track_code = m.track_code
    LEFT JOIN (
        SELECT s.track_member_id, min(s.level_no) AS level_no
        FROM track_standing_as_of(p_on, p_people_on) AS s
        WHERE NOT s.is_met
        GROUP BY s.track_member_id
    ) AS f ON f.track_member_id = m.track_member_id
    WHERE m.joined_on <= p_on
        AND (m.left_on IS NULL OR m.left_on >= p_on)
    GROUP BY m.track_member_id;
END;
COMMENT ON FUNCTION track_reached_as_of(date, date) IS 'One row = a member of a track and the highest level whose requirements, and those of all below, it meets';

CREATE FUNCTION track_review_dates(p_on date DEFAULT current_date) RETURNS TABLE (
    track_code text,
    last_review_on date,
    next_review_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT t.track_code,
        max(s.ends_on) FILTER (WHERE s.ends_on <= p_on),
        min(s.ends_on) FILTER (WHERE s.ends_on > p_on)
    FROM program_track AS t
    JOIN fiscal_calendar AS c ON c.calendar_code = t.calendar_code
    JOIN fiscal_span AS s ON s.fiscal_calendar_id = c.fiscal_calendar_id AND s.span_kind = t.review_span
    GROUP BY t.track_code;
END;
COMMENT ON FUNCTION track_review_dates(date) IS 'One row = a track, its last review date up to p_on and the next one after it; NULL = the calendar has no such day';

CREATE FUNCTION evaluate_tracks(
    p_as_of date DEFAULT current_date,
    p_track_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF track_review
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    late record;
    decided track_review[];
BEGIN
    PERFORM FROM program_track AS t WHERE t.track_code = coalesce(p_track_code, t.track_code);
    IF p_as_of IS NULL OR NOT isfinite(p_as_of) OR p_track_code IS NOT NULL AND NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day or track to evaluate is not one',
            DETAIL = format('Day %s, track %s.', coalesce(p_as_of::text, 'NULL'), coalesce(quote_literal(p_track_code), 'NULL')),
            HINT = 'Give a day, and a track_code of program_track or NULL for all.';
    END IF;
    -- Evaluations wait for each other; reading goes on.
    LOCK TABLE track_review IN SHARE ROW EXCLUSIVE MODE;
    SELECT r.track_member_id, r.evaluated_on INTO late
    FROM track_review AS r
    JOIN track_member AS m ON m.track_member_id = r.track_member_id
    WHERE r.evaluated_on > p_as_of
        AND m.track_code = coalesce(p_track_code, m.track_code)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD160',
            MESSAGE = 'tracks were evaluated for a later day already',
            DETAIL = format('Member %s was evaluated for %s; asked for was %s.', late.track_member_id, late.evaluated_on, p_as_of),
            HINT = 'Use track_standing_as_of() to look at the past.';
    END IF;
    BEGIN
        WITH standing AS MATERIALIZED (
            SELECT s.* FROM track_standing_as_of(p_as_of) AS s
        ),
        reached AS (
            SELECT m.track_member_id,
                coalesce(max(v.level_no) FILTER (WHERE v.level_no < coalesce(f.level_no, 2147483647)), 0) AS level_no
            FROM track_member AS m
            JOIN track_level AS v ON v.track_code = m.track_code
            LEFT JOIN (
                SELECT s.track_member_id, min(s.level_no) AS level_no
                FROM standing AS s
                WHERE NOT s.is_met
                GROUP BY s.track_member_id
            ) AS f ON f.track_member_id = m.track_member_id
            GROUP BY m.track_member_id
        ),
        judged AS (
            SELECT l.track_member_id,
                l.level_no AS level_before,
                r.level_no AS level_reached,
                l.grace_until,
                t.grace_days,
                CASE WHEN d.last_review_on >= m.joined_on
                        AND d.last_review_on > coalesce(l.last_review_on, '-infinity')
                    THEN d.last_review_on
                END AS review_on
            FROM track_level_as_of(p_as_of) AS l
            JOIN track_member AS m ON m.track_member_id = l.track_member_id
            JOIN program_track AS t ON t.track_code = l.track_code
            JOIN reached AS r ON r.track_member_id = l.track_member_id
            JOIN track_review_dates(p_as_of) AS d ON d.track_code = l.track_code
            WHERE l.track_code = coalesce(p_track_code, l.track_code)
        ),
        outcome AS (
            SELECT j.*,
                CASE
                    WHEN j.level_reached > j.level_before THEN 'promoted'
                    WHEN j.level_reached = j.level_before AND j.grace_until IS NOT NULL THEN 'recovered'
                    WHEN j.level_reached = j.level_before AND j.review_on IS NOT NULL THEN 'confirmed'
                    WHEN j.level_reached = j.level_before THEN NULL
                    WHEN j.review_on IS NOT NULL AND (j.grace_until < p_as_of OR j.grace_until IS NULL AND j.grace_days = 0) THEN 'demoted'
                    WHEN j.grace_until IS NULL THEN 'lapsed'
                    WHEN j.review_on IS NOT NULL THEN 'in_grace'
                END AS outcome
            FROM judged AS j
        ),
        written AS (
            INSERT INTO track_review (
                track_member_id, evaluated_on, review_on, outcome,
                level_before, level_reached, level_after, grace_until
            )
            SELECT o.track_member_id, p_as_of, o.review_on, o.outcome,
                o.level_before, o.level_reached,
                CASE WHEN o.outcome IN ('promoted', 'demoted') THEN o.level_reached ELSE o.level_before END,
                CASE o.outcome WHEN 'lapsed' THEN p_as_of + o.grace_days WHEN 'in_grace' THEN o.grace_until END
            FROM outcome AS o
            WHERE o.outcome IS NOT NULL
            ORDER BY o.track_member_id
            RETURNING *
        ),
        evidence AS (
            INSERT INTO track_evidence (track_review_id, level_no, requirement_no, measure, threshold, actual, is_met)
            SELECT w.track_review_id, s.level_no, s.requirement_no, s.measure, s.threshold, s.actual, s.is_met
            FROM written AS w
            JOIN standing AS s ON s.track_member_id = w.track_member_id
        )
        SELECT array_agg(w.*::track_review ORDER BY w.track_review_id) INTO decided
        FROM written AS w;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT x.* FROM unnest(decided) AS x;
END
$$;
COMMENT ON FUNCTION evaluate_tracks(date, text, boolean) IS
    'Looks at all members of all tracks (or of one) by the facts up to p_as_of and decides: promoted on any day, lapsed (grace begins) or recovered on any day, confirmed, in_grace or demoted once for each review date. Returns the decisions and keeps their evidence; again for the same day it decides nothing twice; p_dry_run keeps nothing. ZD160 for a day before an earlier evaluation, 22023 for a track that is none';

CREATE FUNCTION track_progress_as_of(p_on date DEFAULT current_date) RETURNS TABLE (
    track_member_id bigint,
    track_code text,
    member_code text,
    level_no integer,
    level_name text,
    level_reached integer,
    next_level_no integer,
    next_level_name text,
    requirements bigint,
    requirements_met bigint,
    missing text,
    grace_until date,
    next_review_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT l.track_member_id,
        l.track_code,
        coalesce(d.distributor_code, r.reseller_code),
        l.level_no,
        v.level_name,
        h.level_reached,
        n.level_no,
        n.level_name,
        coalesce(s.requirements, 0),
        coalesce(s.requirements_met, 0),
        s.missing,
        l.grace_until,
        e.next_review_on
    FROM track_level_as_of(p_on) AS l
    JOIN track_review_dates(p_on) AS e ON e.track_code = l.track_code
    JOIN track_reached_as_of(p_on) AS h ON h.track_member_id = l.track_member_id
    LEFT JOIN distributor AS d ON d.distributor_id = l.distributor_id
    LEFT JOIN reseller AS r ON r.reseller_id = l.reseller_id
    LEFT JOIN track_level AS v ON v.track_code = l.track_code AND v.level_no = l.level_no
    LEFT JOIN LATERAL (
        SELECT x.level_no, x.level_name
        FROM track_level AS x
        WHERE x.track_code = l.track_code AND x.level_no > l.level_no
        ORDER BY x.level_no
        LIMIT 1
    ) AS n ON true
    LEFT JOIN (
        SELECT k.track_member_id, k.level_no,
            count(*) AS requirements,
            count(*) FILTER (WHERE k.is_met) AS requirements_met,
            string_agg(k.measure || ': ' || round(k.missing, 2), ', ' ORDER BY k.requirement_no) FILTER (WHERE NOT k.is_met) AS missing
        FROM track_standing_as_of(p_on) AS k
        GROUP BY k.track_member_id, k.level_no
    ) AS s ON s.track_member_id = l.track_member_id AND s.level_no = n.level_no;
END;
COMMENT ON FUNCTION track_progress_as_of(date) IS
    'One row = a member of a track: its level, the level that it meets, and how far it is to the next one: requirements of that level, how many are met, what is missing of the others in the unit of each measure. NULL next level = it is at the top';

CREATE FUNCTION track_warnings_as_of(p_on date DEFAULT current_date) RETURNS TABLE (
    track_code text,
    member_code text,
    level_no integer,
    level_name text,
    requirement_level_no integer,
    measure text,
    threshold numeric,
    actual numeric,
    missing numeric,
    warning text,
    grace_until date,
    next_review_on date,
    demotion_on date
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH member AS MATERIALIZED (
        SELECT l.*, t.grace_days, t.review_span, c.fiscal_calendar_id, e.next_review_on
        FROM track_level_as_of(p_on) AS l
        JOIN program_track AS t ON t.track_code = l.track_code
        JOIN fiscal_calendar AS c ON c.calendar_code = t.calendar_code
        JOIN track_review_dates(p_on) AS e ON e.track_code = l.track_code
    ),
    today AS MATERIALIZED (
        SELECT s.* FROM track_standing_as_of(p_on) AS s
    ),
    -- The same members with the people and certificates that they would have then.
    ahead AS MATERIALIZED (
        SELECT s.*, n.next_review_on
        FROM (SELECT DISTINCT m.next_review_on FROM member AS m) AS n
        CROSS JOIN LATERAL track_standing_as_of(p_on, n.next_review_on) AS s
    ),
    warned AS (
        SELECT m.*, s.level_no AS requirement_level_no, s.requirement_no, s.measure, s.threshold, a.actual, a.missing,
            CASE WHEN s.is_met THEN 'lapses before the review' ELSE 'not met' END AS warning,
            coalesce(m.grace_until, CASE WHEN s.is_met THEN m.next_review_on ELSE p_on END + m.grace_days) AS end_of_grace
        FROM member AS m
        JOIN today AS s ON s.track_member_id = m.track_member_id AND s.level_no <= m.level_no
        JOIN ahead AS a
            ON a.track_member_id = m.track_member_id
            AND a.level_no = s.level_no
            AND a.requirement_no = s.requirement_no
            AND a.next_review_on IS NOT DISTINCT FROM m.next_review_on
        WHERE NOT (s.is_met AND a.is_met)
    )
    SELECT w.track_code, coalesce(d.distributor_code, r.reseller_code), w.level_no, v.level_name,
        w.requirement_level_no, w.measure, w.threshold, w.actual, w.missing, w.warning, w.grace_until, w.next_review_on,
        (
            SELECT min(f.ends_on)
            FROM fiscal_span AS f
            WHERE f.fiscal_calendar_id = w.fiscal_calendar_id
                AND f.span_kind = w.review_span
                AND f.ends_on > greatest(w.end_of_grace, p_on)
        )
    FROM warned AS w
    LEFT JOIN distributor AS d ON d.distributor_id = w.distributor_id
    LEFT JOIN reseller AS r ON r.reseller_id = w.reseller_id
    LEFT JOIN track_level AS v ON v.track_code = w.track_code AND v.level_no = w.level_no
    ORDER BY w.track_code, 2, w.requirement_level_no, w.requirement_no
$$;
COMMENT ON FUNCTION track_warnings_as_of(date) IS
    'One row = a requirement of the level that a member has which it does not meet on p_on, or will not meet on the next review date because people leave or certificates end until then; demotion_on = the first review date on which it loses the level if nothing changes';

CREATE FUNCTION track_benefits_as_of(p_on date DEFAULT current_date) RETURNS TABLE (
    track_member_id bigint,
    track_code text,
    distributor_id bigint,
    reseller_id bigint,
    level_no integer,
    benefit_name text,
    benefit_value numeric,
    benefit_unit text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Of a benefit that several levels give, that of the highest.
    SELECT DISTINCT ON (l.track_member_id, b.benefit_name)
        l.track_member_id,
        l.track_code,
        l.distributor_id,
        l.reseller_id,
        b.level_no,
        b.benefit_name,
        b.benefit_value,
        b.benefit_unit
    FROM track_level_as_of(p_on) AS l
    JOIN track_benefit AS b ON b.track_code = l.track_code AND b.level_no <= l.level_no
    ORDER BY l.track_member_id, b.benefit_name, b.level_no DESC, b.benefit_no;
END;
COMMENT ON FUNCTION track_benefits_as_of(date) IS
    'One row = a benefit that a member of a track has on p_on: those of its level and below, of one that several levels give that of the highest; level_no = the level that gives it';
