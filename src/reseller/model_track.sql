-- reseller, program tracks: what a partner has to bring to be at a level, and what
-- it gets there. Tracks, levels, requirements and benefits are data, one track for
-- each way to be a distributor (stocking, two-tier, service …) or a reseller.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD160', 'Tracks were to be evaluated for a day before an earlier evaluation', 'Use track_standing_as_of() to look at the past', false);

CREATE TABLE program_track (
    track_code text NOT NULL,
    track_name text NOT NULL,
    partner_model text NOT NULL,
    member_kind text NOT NULL DEFAULT 'distributor',
    calendar_code text NOT NULL DEFAULT 'gregorian',
    review_span text NOT NULL DEFAULT 'year',
    grace_days integer NOT NULL DEFAULT 90,
    CONSTRAINT program_track_pkey PRIMARY KEY (track_code),
    CONSTRAINT program_track_model_check CHECK (btrim(partner_model) <> ''),
    CONSTRAINT program_track_kind_check CHECK (member_kind IN ('distributor', 'reseller')),
    CONSTRAINT program_track_span_check CHECK (review_span IN ('month', 'quarter', 'year')),
    CONSTRAINT program_track_grace_check CHECK (grace_days BETWEEN 0 AND 730),
    CONSTRAINT program_track_calendar_fkey FOREIGN KEY (calendar_code) REFERENCES fiscal_calendar (calendar_code)
);
COMMENT ON TABLE program_track IS 'One row = a program of levels for one kind of partner';
COMMENT ON COLUMN program_track.track_code IS 'Short name';
COMMENT ON COLUMN program_track.track_name IS 'Name in full';
COMMENT ON COLUMN program_track.partner_model IS 'Which partners it is for: stocking, two_tier, service or other words that the vendor uses';
COMMENT ON COLUMN program_track.member_kind IS 'distributor or reseller';
COMMENT ON COLUMN program_track.calendar_code IS 'Fiscal calendar of the review dates';
COMMENT ON COLUMN program_track.review_span IS 'Members are reviewed on the last day of each month, quarter or year';
COMMENT ON COLUMN program_track.grace_days IS 'Days that a member has to meet its level again after it lapsed';
CREATE INDEX program_track_calendar_idx ON program_track (calendar_code);

CREATE TABLE track_level (
    track_code text NOT NULL,
    level_no integer NOT NULL,
    level_name text NOT NULL,
    CONSTRAINT track_level_pkey PRIMARY KEY (track_code, level_no),
    CONSTRAINT track_level_no_check CHECK (level_no > 0),
    CONSTRAINT track_level_track_fkey FOREIGN KEY (track_code) REFERENCES program_track
);
COMMENT ON TABLE track_level IS 'One row = a level of a track; below the first is level 0, without a row';
COMMENT ON COLUMN track_level.track_code IS 'The track';
COMMENT ON COLUMN track_level.level_no IS 'Order, from 1; a level includes the requirements of those below it';
COMMENT ON COLUMN track_level.level_name IS 'Its name, such as silver';

CREATE TABLE track_requirement (
    track_code text NOT NULL,
    level_no integer NOT NULL,
    requirement_no integer NOT NULL,
    measure text NOT NULL,
    threshold numeric NOT NULL,
    window_months integer NOT NULL DEFAULT 12,
    currency_code text,
    training_code text,
    certification_code text,
    CONSTRAINT track_requirement_pkey PRIMARY KEY (track_code, level_no, requirement_no),
    CONSTRAINT track_requirement_measure_check CHECK (measure IN ('sell_in_amount', 'sell_in_qty', 'sell_through_amount', 'sell_through_qty',
        'growth_pct', 'timeliness_pct', 'trained_people', 'certified_people', 'active_resellers', 'recruited_resellers')),
    CONSTRAINT track_requirement_threshold_check CHECK (abs(threshold) < 'Infinity'),
    CONSTRAINT track_requirement_window_check CHECK (window_months BETWEEN 1 AND 60),
    CONSTRAINT track_requirement_currency_check CHECK ((currency_code IS NOT NULL) = (measure IN ('sell_in_amount', 'sell_through_amount', 'growth_pct'))),
    CONSTRAINT track_requirement_training_check CHECK (training_code IS NULL OR measure = 'trained_people'),
    CONSTRAINT track_requirement_certification_check CHECK (certification_code IS NULL OR measure = 'certified_people'),
    CONSTRAINT track_requirement_level_fkey FOREIGN KEY (track_code, level_no) REFERENCES track_level,
    CONSTRAINT track_requirement_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency,
    CONSTRAINT track_requirement_training_fkey FOREIGN KEY (training_code) REFERENCES training,
    CONSTRAINT track_requirement_certification_fkey FOREIGN KEY (certification_code) REFERENCES certification
);
COMMENT ON TABLE track_requirement IS 'One row = what a member has to bring at least, for a level and those above it';
COMMENT ON COLUMN track_requirement.track_code IS 'The track';
COMMENT ON COLUMN track_requirement.level_no IS 'The level';
COMMENT ON COLUMN track_requirement.requirement_no IS 'Order within the level';
COMMENT ON COLUMN track_requirement.measure IS 'sell_in_amount, sell_in_qty, sell_through_amount, sell_through_qty (of a reseller: what it bought), growth_pct (sell-through amount against the same months before), timeliness_pct (reports in time), trained_people, certified_people, active_resellers, recruited_resellers';
COMMENT ON COLUMN track_requirement.threshold IS 'At least so much: currency units, base units, per cent or a number';
COMMENT ON COLUMN track_requirement.window_months IS 'Measured over so many calendar months, the one that runs included; people and active resellers are counted on the day';
COMMENT ON COLUMN track_requirement.currency_code IS 'Currency in which amounts are measured; NULL = no amount';
COMMENT ON COLUMN track_requirement.training_code IS 'Which training; NULL = any';
COMMENT ON COLUMN track_requirement.certification_code IS 'Which certificate; NULL = any';
CREATE INDEX track_requirement_currency_idx ON track_requirement (currency_code);
CREATE INDEX track_requirement_training_idx ON track_requirement (training_code);
CREATE INDEX track_requirement_certification_idx ON track_requirement (certification_code);

CREATE TABLE track_benefit (
    track_code text NOT NULL,
    level_no integer NOT NULL,
    benefit_no integer NOT NULL,
    benefit_name text NOT NULL,
    benefit_value numeric,
    benefit_unit text,
    CONSTRAINT track_benefit_pkey PRIMARY KEY (track_code, level_no, benefit_no),
    CONSTRAINT track_benefit_level_fkey FOREIGN KEY (track_code, level_no) REFERENCES track_level
);
COMMENT ON TABLE track_benefit IS 'One row = what a member gets at a level and above';
COMMENT ON COLUMN track_benefit.track_code IS 'The track';
COMMENT ON COLUMN track_benefit.level_no IS 'The level';
COMMENT ON COLUMN track_benefit.benefit_no IS 'Order within the level';
COMMENT ON COLUMN track_benefit.benefit_name IS 'What it is, such as extra discount or market development funds';
COMMENT ON COLUMN track_benefit.benefit_value IS 'How much; NULL = it is not a number';
COMMENT ON COLUMN track_benefit.benefit_unit IS 'Unit of the number: pct, EUR, hours …; NULL = none';

CREATE TABLE track_member (
    track_member_id bigint GENERATED BY DEFAULT AS IDENTITY,
    track_code text NOT NULL,
    distributor_id bigint,
    reseller_id bigint,
    joined_on date NOT NULL,
    left_on date,
    first_level_no integer NOT NULL DEFAULT 0,
    CONSTRAINT track_member_pkey PRIMARY KEY (track_member_id),
    CONSTRAINT track_member_partner_check CHECK (num_nonnulls(distributor_id, reseller_id) = 1),
    CONSTRAINT track_member_left_check CHECK (left_on >= joined_on),
    CONSTRAINT track_member_level_check CHECK (first_level_no >= 0),
    CONSTRAINT track_member_overlap_excl EXCLUDE USING gist (
        track_code WITH =,
        coalesce(distributor_id, -1) WITH =,
        coalesce(reseller_id, -1) WITH =,
        daterange(joined_on, left_on, '[]') WITH &&
    ),
    CONSTRAINT track_member_track_fkey FOREIGN KEY (track_code) REFERENCES program_track,
    CONSTRAINT track_member_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT track_member_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE track_member IS 'One row = a partner takes part in a track during a time';
COMMENT ON COLUMN track_member.track_member_id IS 'Key';
COMMENT ON COLUMN track_member.track_code IS 'The track';
COMMENT ON COLUMN track_member.distributor_id IS 'The distributor; NULL = a reseller';
COMMENT ON COLUMN track_member.reseller_id IS 'The reseller; NULL = a distributor';
COMMENT ON COLUMN track_member.joined_on IS 'First day';
COMMENT ON COLUMN track_member.left_on IS 'Last day, inclusive; NULL = still in it';
COMMENT ON COLUMN track_member.first_level_no IS 'Level at which it joined';
CREATE INDEX track_member_track_idx ON track_member (track_code);
CREATE INDEX track_member_distributor_idx ON track_member (distributor_id);
CREATE INDEX track_member_reseller_idx ON track_member (reseller_id);

CREATE FUNCTION check_track_member() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM
    FROM program_track AS t
    WHERE t.track_code = NEW.track_code
        AND t.member_kind = CASE WHEN NEW.reseller_id IS NULL THEN 'distributor' ELSE 'reseller' END;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'track is not for this kind of partner',
            DETAIL = format('Track %s.', NEW.track_code),
            HINT = 'See program_track.member_kind.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_track_member() IS 'Trigger of track_member: distributors are in tracks for distributors, resellers in those for resellers (23514)';

CREATE TRIGGER track_member_kind
    BEFORE INSERT OR UPDATE ON track_member
    FOR EACH ROW EXECUTE FUNCTION check_track_member();
COMMENT ON TRIGGER track_member_kind ON track_member IS 'Members are of the kind that the track is for';

CREATE FUNCTION partner_volume_as_of(p_from date, p_on date) RETURNS TABLE (
    distributor_id bigint,
    reseller_id bigint,
    currency_code text,
    sell_in_qty numeric,
    sell_in_amount numeric,
    sell_through_qty numeric,
    sell_through_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT c.distributor_id,
        NULL::bigint AS reseller_id,
        c.currency_code,
        sum(c.sell_in_qty) AS sell_in_qty,
        sum(c.sell_in_amount) AS sell_in_amount,
        sum(c.sell_through_qty) AS sell_through_qty,
        sum(c.sell_through_amount) AS sell_through_amount
    FROM channel_day AS c
    WHERE c.activity_on BETWEEN p_from AND p_on
    GROUP BY c.distributor_id, c.currency_code
    UNION ALL
    SELECT NULL::bigint AS distributor_id,
        r.root_id AS reseller_id,
        u.currency_code,
        NULL::numeric AS sell_in_qty,
        NULL::numeric AS sell_in_amount,
        sum(u.quantity) AS sell_through_qty,
        sum(u.amount) AS sell_through_amount
    FROM (
        SELECT m.reseller_id, m.currency_code, m.sell_through_qty AS quantity, m.sell_through_amount AS amount
        FROM reseller_month AS m
        WHERE m.month_on >= p_from
            AND m.month_on < date_trunc('month', (p_on + 1)::timestamp)::date
        UNION ALL
        SELECT f.reseller_id, f.currency_code, f.quantity, coalesce(f.amount, 0) AS amount
        FROM distributor AS d
        JOIN sell_through AS f ON f.distributor_id = d.distributor_id
        WHERE f.sold_on >= date_trunc('month', (p_on + 1)::timestamp)::date
            AND f.sold_on <= p_on
            AND f.reseller_id IS NOT NULL
    ) AS u
    JOIN reseller_root AS r ON r.reseller_id = u.reseller_id
    GROUP BY r.root_id, u.currency_code;
END;
COMMENT ON FUNCTION partner_volume_as_of(date, date) IS
    'One row = what a distributor bought and sold, or what a reseller (after mergers) bought, in one currency, from p_from (the first of a month) to p_on; from the rollups and, for a month that p_on cuts, the facts of its days';

CREATE FUNCTION track_measures_as_of(
    p_on date,
    p_people_on date
) RETURNS TABLE (
    track_member_id bigint,
    level_no integer,
    requirement_no integer,
    actual numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    WITH need AS MATERIALIZED (
        SELECT m.track_member_id, m.distributor_id, w.root_id AS reseller_id, q.*,
            (date_trunc('month', p_on::timestamp) - make_interval(months => q.window_months - 1))::date AS from_on
        FROM track_member AS m
        JOIN track_requirement AS q ON q.track_code = m.track_code
        LEFT JOIN reseller_root AS w ON w.reseller_id = m.reseller_id
        WHERE m.joined_on <= p_on
            AND (m.left_on IS NULL OR m.left_on >= p_on)
    ),
    span AS (
        SELECT DISTINCT n.window_months, n.from_on
        FROM need AS n
        WHERE n.measure LIKE 'sell%' OR n.measure = 'growth_pct'
    ),
    volume AS MATERIALIZED (
        SELECT s.window_months, v.*, false AS is_before
        FROM span AS s
        CROSS JOIN LATERAL partner_volume_as_of(s.from_on, p_on) AS v
        UNION ALL
        SELECT s.window_months, v.*, true
        FROM (SELECT * FROM span WHERE window_months IN (SELECT n.window_months FROM need AS n WHERE n.measure = 'growth_pct')) AS s
        CROSS JOIN LATERAL partner_volume_as_of(
            (s.from_on - make_interval(months => s.window_months))::date,
            -- The last day of a month stays the last day of a month.
            (date_trunc('month', (p_on + 1)::timestamp) - make_interval(months => s.window_months))::date
                + (p_on - date_trunc('month', (p_on + 1)::timestamp)::date)) AS v
    ),
    sold AS (
        SELECT n.track_member_id, n.level_no, n.requirement_no, n.measure,
            sum(CASE n.measure
                WHEN 'sell_in_qty' THEN v.sell_in_qty
                WHEN 'sell_through_qty' THEN v.sell_through_qty
                WHEN 'sell_in_amount' THEN convert_amount(v.sell_in_amount, v.currency_code, n.currency_code, p_on)
                ELSE convert_amount(v.sell_through_amount, v.currency_code, n.currency_code, p_on)
            END) FILTER (WHERE NOT v.is_before) AS now,
            sum(CASE WHEN n.measure = 'growth_pct' THEN convert_amount(v.sell_through_amount, v.currency_code, n.currency_code, p_on) END)
                FILTER (WHERE v.is_before) AS before
        FROM need AS n
        JOIN volume AS v
            ON v.window_months = n.window_months
            AND (v.distributor_id = n.distributor_id OR v.reseller_id = n.reseller_id)
        WHERE n.measure LIKE 'sell%' OR n.measure = 'growth_pct'
        GROUP BY n.track_member_id, n.level_no, n.requirement_no, n.measure
    ),
    report AS (
        SELECT n.track_member_id, n.level_no, n.requirement_no,
            100.0 * count(*) FILTER (WHERE o.received_on <= o.due_on) / nullif(count(o.due_on), 0) AS actual
        FROM need AS n
        JOIN obligation_states(p_on) AS o
            ON o.distributor_id = n.distributor_id
            AND o.period_ends_on BETWEEN n.from_on AND p_on
            AND (o.due_on < p_on OR o.received_on IS NOT NULL)
        WHERE n.measure = 'timeliness_pct'
        GROUP BY n.track_member_id, n.level_no, n.requirement_no
    ),
    person AS (
        SELECT n.track_member_id, n.level_no, n.requirement_no, count(DISTINCT p.person_id) AS actual
        FROM need AS n
        JOIN (
            SELECT x.person_id, x.distributor_id, w.root_id AS reseller_id, x.valid_from, x.valid_to
            FROM partner_person AS x
            LEFT JOIN reseller_root AS w ON w.reseller_id = x.reseller_id
        ) AS p ON p.distributor_id = n.distributor_id OR p.reseller_id = n.reseller_id
        JOIN training_attendance AS a
            ON a.person_id = p.person_id
            AND a.training_code = coalesce(n.training_code, a.training_code)
            AND a.attended_on BETWEEN n.from_on AND p_on
        WHERE n.measure = 'trained_people'
            AND p_people_on >= p.valid_from
            AND (p.valid_to IS NULL OR p_people_on <= p.valid_to)
        GROUP BY n.track_member_id, n.level_no, n.requirement_no
        UNION ALL
        SELECT n.track_member_id, n.level_no, n.requirement_no, count(DISTINCT c.person_id)
        FROM need AS n
        JOIN certifications_as_of(p_people_on) AS c
            ON (c.distributor_id = n.distributor_id OR c.reseller_id = n.reseller_id)
            AND c.certification_code = coalesce(n.certification_code, c.certification_code)
            AND c.certificate_state IN ('valid', 'expiring')
        WHERE n.measure = 'certified_people'
            AND c.earned_on <= p_on
        GROUP BY n.track_member_id, n.level_no, n.requirement_no
    ),
    reseller_count AS (
        SELECT n.track_member_id, n.level_no, n.requirement_no, count(DISTINCT p.reseller_id) AS actual
        FROM need AS n
        CROSS JOIN reseller_policy_on(p_on) AS y
        JOIN reseller_buyers_as_of(p_on) AS p
            ON p.distributor_id = n.distributor_id
            AND p.last_on >= p_on - y.dormant_days
        WHERE n.measure = 'active_resellers'
        GROUP BY n.track_member_id, n.level_no, n.requirement_no
        UNION ALL
        SELECT n.track_member_id, n.level_no, n.requirement_no, count(*)
        FROM need AS n
        JOIN reseller_pipeline_as_of(p_on) AS l
            ON l.recruited_by_id = n.distributor_id
            AND l.enrolled_on BETWEEN n.from_on AND p_on
        WHERE n.measure = 'recruited_resellers'
        GROUP BY n.track_member_id, n.level_no, n.requirement_no
    )
    SELECT n.track_member_id, n.level_no, n.requirement_no,
        CASE
            -- Nothing before to grow from, or nothing due: not known, so not met.
            WHEN n.measure = 'growth_pct' THEN CASE WHEN s.before > 0 THEN 100 * (coalesce(s.now, 0) / s.before - 1) END
            WHEN n.measure = 'timeliness_pct' THEN t.actual
            WHEN n.measure IN ('sell_in_amount', 'sell_in_qty') AND n.reseller_id IS NOT NULL THEN NULL
            ELSE coalesce(s.now, p.actual, c.actual, 0)
        END
    FROM need AS n
    LEFT JOIN sold AS s USING (track_member_id, level_no, requirement_no)
    LEFT JOIN report AS t USING (track_member_id, level_no, requirement_no)
    LEFT JOIN person AS p USING (track_member_id, level_no, requirement_no)
    LEFT JOIN reseller_count AS c USING (track_member_id, level_no, requirement_no)
$$;
COMMENT ON FUNCTION track_measures_as_of(date, date) IS
    'One row = what a member of a track brings towards a requirement by the facts up to p_on; people and certificates as they would be on p_people_on if nothing changed. NULL = cannot be said (no base to grow from, no report due), which meets nothing';
