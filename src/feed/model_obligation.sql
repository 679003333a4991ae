-- feed, obligations: which reports a distributor owes, until when, and what
-- became of them. Only what is owed is stored; what became of it is read from
-- the submissions, so that it is never out of date and can be asked for any day.

CREATE TABLE report_schedule (
    distributor_id bigint NOT NULL,
    report_schedule_id bigint GENERATED ALWAYS AS IDENTITY,
    report_kind text NOT NULL,
    fiscal_calendar_id bigint NOT NULL,
    frequency text NOT NULL DEFAULT 'month',
    due_days integer NOT NULL DEFAULT 5,
    grace_days integer NOT NULL DEFAULT 0,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT report_schedule_pkey PRIMARY KEY (distributor_id, report_schedule_id),
    CONSTRAINT report_schedule_kind_check CHECK (report_kind IN ('sell_through', 'inventory')),
    CONSTRAINT report_schedule_frequency_check CHECK (frequency IN ('day', 'week', 'month', 'quarter', 'year')),
    CONSTRAINT report_schedule_due_days_check CHECK (due_days BETWEEN 0 AND 366),
    CONSTRAINT report_schedule_grace_days_check CHECK (grace_days BETWEEN 0 AND 366),
    CONSTRAINT report_schedule_valid_check CHECK (valid_to >= valid_from),
    CONSTRAINT report_schedule_overlap_excl EXCLUDE USING gist (
        distributor_id WITH =,
        report_kind WITH =,
        daterange(valid_from, valid_to, '[]') WITH &&
    ),
    CONSTRAINT report_schedule_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT report_schedule_calendar_fkey FOREIGN KEY (fiscal_calendar_id) REFERENCES fiscal_calendar
);
COMMENT ON TABLE report_schedule IS 'One row = a kind of report that a distributor has to send during a time, and how often';
COMMENT ON COLUMN report_schedule.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_schedule.report_schedule_id IS 'Key within the distributor';
COMMENT ON COLUMN report_schedule.report_kind IS 'sell_through or inventory';
COMMENT ON COLUMN report_schedule.fiscal_calendar_id IS 'Calendar by which the distributor closes';
COMMENT ON COLUMN report_schedule.frequency IS 'day, week (it ends on the weekday of the calendar), month (a fiscal period), quarter or year';
COMMENT ON COLUMN report_schedule.due_days IS 'Days after the end of the period until which the report is due';
COMMENT ON COLUMN report_schedule.grace_days IS 'Days after that during which it is late and not yet missing';
COMMENT ON COLUMN report_schedule.valid_from IS 'First day of the first period';
COMMENT ON COLUMN report_schedule.valid_to IS 'Last day; periods that end later are not owed; NULL = until further notice';
CREATE INDEX report_schedule_calendar_idx ON report_schedule (fiscal_calendar_id);

CREATE TABLE report_obligation (
    distributor_id bigint NOT NULL,
    report_obligation_id bigint GENERATED ALWAYS AS IDENTITY,
    report_schedule_id bigint NOT NULL,
    report_kind text NOT NULL,
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    due_on date NOT NULL,
    grace_until date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT report_obligation_pkey PRIMARY KEY (distributor_id, report_obligation_id),
    CONSTRAINT report_obligation_period_key UNIQUE (distributor_id, report_kind, period_starts_on, period_ends_on),
    CONSTRAINT report_obligation_days_check CHECK (period_starts_on <= period_ends_on AND period_ends_on <= due_on AND due_on <= grace_until),
    CONSTRAINT report_obligation_schedule_fkey FOREIGN KEY (distributor_id, report_schedule_id) REFERENCES report_schedule
);
COMMENT ON TABLE report_obligation IS 'One row = a report that a distributor owes for a period';
COMMENT ON COLUMN report_obligation.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_obligation.report_obligation_id IS 'Key within the distributor';
COMMENT ON COLUMN report_obligation.report_schedule_id IS 'Why it is owed';
COMMENT ON COLUMN report_obligation.report_kind IS 'sell_through or inventory';
COMMENT ON COLUMN report_obligation.period_starts_on IS 'First day that it has to cover';
COMMENT ON COLUMN report_obligation.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN report_obligation.due_on IS 'Last day on which it is in time';
COMMENT ON COLUMN report_obligation.grace_until IS 'Last day on which it is late; from the next it is missing';
COMMENT ON COLUMN report_obligation.created_at IS 'When it was entered';
CREATE INDEX report_obligation_schedule_idx ON report_obligation (distributor_id, report_schedule_id);

CREATE FUNCTION generate_obligations(
    p_from date,
    p_to date
) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    added bigint;
    v_short text;
BEGIN
    IF p_from IS NULL OR p_to IS NULL OR p_to < p_from OR p_to - p_from > 3660 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'time for which obligations are generated is not one',
            DETAIL = format('From %s to %s.', coalesce(p_from::text, 'NULL'), coalesce(p_to::text, 'NULL')),
            HINT = 'Give a first and a last day, at most ten years apart.';
    END IF;
    -- A calendar that ends early would owe nothing, and nobody would notice.
    SELECT string_agg(format('%s until %s', k.calendar_code, coalesce(k.ends_on::text, 'never')), ', ' ORDER BY k.calendar_code) INTO v_short
    FROM (
        SELECT c.calendar_code, max(f.ends_on) AS ends_on
        FROM report_schedule AS s
        JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = s.fiscal_calendar_id
        LEFT JOIN fiscal_span AS f ON f.fiscal_calendar_id = s.fiscal_calendar_id AND f.span_kind = s.frequency
        WHERE s.frequency IN ('month', 'quarter', 'year')
            AND s.valid_from <= p_to
            AND coalesce(s.valid_to, 'infinity') >= p_from
        GROUP BY c.calendar_code, s.report_schedule_id, s.distributor_id, s.valid_to
        HAVING coalesce(max(f.ends_on), '-infinity') < least(p_to, s.valid_to)
    ) AS k;
    IF v_short IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'calendar of a schedule has no periods so far on',
            DETAIL = format('Asked for until %s; %s.', p_to, left(v_short, 200)),
            HINT = 'Enter the fiscal periods of the calendar, or ask for less.';
    END IF;
    INSERT INTO report_obligation (
        distributor_id, report_schedule_id, report_kind,
        period_starts_on, period_ends_on, due_on, grace_until
    )
    SELECT s.distributor_id, s.report_schedule_id, s.report_kind,
        p.starts_on, p.ends_on, p.ends_on + s.due_days, p.ends_on + s.due_days + s.grace_days
    FROM report_schedule AS s
    JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = s.fiscal_calendar_id
    CROSS JOIN LATERAL (
        SELECT f.starts_on, f.ends_on
        FROM fiscal_span AS f
        WHERE f.fiscal_calendar_id = s.fiscal_calendar_id
            AND f.span_kind = s.frequency
        UNION ALL
        SELECT g.day - CASE s.frequency WHEN 'week' THEN 6 ELSE 0 END, g.day
        FROM (
            SELECT p_from + n AS day
            FROM generate_series(0, p_to - p_from) AS n
        ) AS g
        WHERE s.frequency = 'day'
            OR s.frequency = 'week' AND lower(btrim(to_char(g.day, 'FMDay'))) = c.week_ends_on
    ) AS p
    WHERE p.ends_on BETWEEN p_from AND p_to
        AND p.starts_on >= s.valid_from
        AND p.ends_on <= coalesce(s.valid_to, 'infinity')
    ON CONFLICT ON CONSTRAINT report_obligation_period_key DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
COMMENT ON FUNCTION generate_obligations(date, date) IS
    'Enters the reports that are owed for periods that end from p_from to p_to and are not there yet; returns how many. Run it again as often as you like. 22023 for a time that is not one, P0002 when the calendar of a schedule does not reach to p_to.';

CREATE FUNCTION obligation_states(p_as_of date DEFAULT current_date)
RETURNS TABLE (
    distributor_id bigint,
    report_obligation_id bigint,
    report_kind text,
    period_starts_on date,
    period_ends_on date,
    due_on date,
    grace_until date,
    obligation_state text,
    received_on date,
    days_late integer,
    submission_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- The last accepted report of the period counts, unless that cancels it; the
    -- day of receipt is that of the first document that was ever accepted or
    -- could be: who was in time and corrects later was in time.
    SELECT o.distributor_id,
        o.report_obligation_id,
        o.report_kind,
        o.period_starts_on,
        o.period_ends_on,
        o.due_on,
        o.grace_until,
        CASE
            WHEN l.submission_mode = 'nil' THEN 'nil'
            WHEN l.submission_mode <> 'cancel' THEN 'accepted'
            WHEN w.is_validated THEN 'validated'
            WHEN w.is_received THEN 'received'
            WHEN t.as_of > o.grace_until THEN 'missing'
            WHEN t.as_of > o.due_on THEN 'late'
            ELSE 'expected'
        END,
        f.received_on,
        CASE WHEN l.submission_mode <> 'cancel' OR w.is_received
            THEN greatest(f.received_on - o.due_on, 0)
            ELSE greatest(t.as_of - o.due_on, 0)
        END,
        CASE WHEN l.submission_mode <> 'cancel' THEN l.submission_id ELSE w.submission_id END
    FROM (SELECT coalesce(p_as_of, (now() AT TIME ZONE 'UTC')::date) AS as_of) AS t
    CROSS JOIN report_obligation AS o
    LEFT JOIN LATERAL (
        SELECT s.submission_mode, s.submission_id
        FROM submission AS s
        WHERE s.distributor_id = o.distributor_id
            AND s.report_kind IN (o.report_kind, 'mixed')
            AND s.submission_mode <> 'correct'
            AND (s.submission_mode IN ('replace', 'cancel', 'nil') OR EXISTS (
                SELECT
                FROM submission_line AS k
                WHERE k.distributor_id = s.distributor_id
                    AND k.submission_id = s.submission_id
                    AND k.line_state IN ('ready', 'unchanged', 'not_booked')))
            AND s.accepted_at < ((t.as_of + 1)::timestamp AT TIME ZONE 'UTC')
            AND CASE WHEN s.period_is_stated
                THEN s.period_starts_on <= o.period_ends_on AND s.period_ends_on >= o.period_ends_on
                ELSE s.period_ends_on BETWEEN o.period_starts_on AND o.period_ends_on
            END
        ORDER BY s.accepted_at DESC, s.submission_id DESC
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT bool_or(s.submission_state <> 'received') AS is_validated,
            true AS is_received,
            max(s.submission_id) AS submission_id
        FROM submission AS s
        WHERE s.distributor_id = o.distributor_id
            AND s.report_kind IN (o.report_kind, 'mixed')
            AND s.submission_state <> 'rejected'
            AND s.submission_mode NOT IN ('correct', 'cancel')
            AND (s.accepted_at IS NULL OR s.accepted_at >= ((t.as_of + 1)::timestamp AT TIME ZONE 'UTC'))
            AND s.received_at < ((t.as_of + 1)::timestamp AT TIME ZONE 'UTC')
            AND CASE WHEN s.period_is_stated
                THEN s.period_starts_on <= o.period_ends_on AND s.period_ends_on >= o.period_ends_on
                ELSE s.period_ends_on BETWEEN o.period_starts_on AND o.period_ends_on
            END
        HAVING count(*) > 0
    ) AS w ON true
    LEFT JOIN LATERAL (
        SELECT (min(s.received_at) AT TIME ZONE 'UTC')::date AS received_on
        FROM submission AS s
        WHERE s.distributor_id = o.distributor_id
            AND s.report_kind IN (o.report_kind, 'mixed')
            AND s.submission_state <> 'rejected'
            AND s.submission_mode NOT IN ('correct', 'cancel')
            AND s.received_at < ((t.as_of + 1)::timestamp AT TIME ZONE 'UTC')
            AND CASE WHEN s.period_is_stated
                THEN s.period_starts_on <= o.period_ends_on AND s.period_ends_on >= o.period_ends_on
                ELSE s.period_ends_on BETWEEN o.period_starts_on AND o.period_ends_on
            END
    ) AS f ON true;
END;
COMMENT ON FUNCTION obligation_states(date) IS
    'One row = a report that is owed, as it stood at the close of p_as_of, days being those of UTC: expected, received, validated, accepted, nil (nothing was sold, and that was declared), late (due, within grace) or missing (grace is over). A report of which every line is refused (a copy, a test, nothing known) is none. A report that states its period has to reach to the end of what is owed: a week is not the month. received_on = first document for the period; days_late = days after the due date until then, or until p_as_of. A rejected document is none. p_as_of NULL = today';

CREATE FUNCTION missing_reports(p_as_of date DEFAULT current_date)
RETURNS TABLE (
    distributor_code text,
    report_kind text,
    period_starts_on date,
    period_ends_on date,
    due_on date,
    obligation_state text,
    days_late integer
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_code,
        o.report_kind,
        o.period_starts_on,
        o.period_ends_on,
        o.due_on,
        o.obligation_state,
        o.days_late
    FROM obligation_states(p_as_of) AS o
    JOIN distributor AS d ON d.distributor_id = o.distributor_id
    WHERE o.obligation_state IN ('late', 'missing');
END;
COMMENT ON FUNCTION missing_reports(date) IS 'One row = a report that is late or missing at the close of p_as_of; NULL = today';

CREATE VIEW compliance_calendar WITH (security_invoker = true) AS
SELECT o.distributor_id,
    o.report_obligation_id,
    d.distributor_code,
    o.report_kind,
    o.period_starts_on,
    o.period_ends_on,
    o.due_on,
    o.grace_until,
    o.obligation_state,
    o.received_on,
    o.days_late,
    o.submission_id
FROM obligation_states((now() AT TIME ZONE 'UTC')::date) AS o
JOIN distributor AS d ON d.distributor_id = o.distributor_id;
COMMENT ON VIEW compliance_calendar IS 'One row = a report that is owed, and what became of it until today';
COMMENT ON COLUMN compliance_calendar.distributor_id IS 'The distributor';
COMMENT ON COLUMN compliance_calendar.report_obligation_id IS 'Key of the obligation within the distributor';
COMMENT ON COLUMN compliance_calendar.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN compliance_calendar.report_kind IS 'sell_through or inventory';
COMMENT ON COLUMN compliance_calendar.period_starts_on IS 'First day that the report has to cover';
COMMENT ON COLUMN compliance_calendar.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN compliance_calendar.due_on IS 'Last day on which it is in time';
COMMENT ON COLUMN compliance_calendar.grace_until IS 'Last day on which it is late; from the next it is missing';
COMMENT ON COLUMN compliance_calendar.obligation_state IS 'expected, received, validated, accepted, nil, late or missing';
COMMENT ON COLUMN compliance_calendar.received_on IS 'When the first document for the period came; NULL = none did';
COMMENT ON COLUMN compliance_calendar.days_late IS 'Days after the due date until it came, or until today; 0 = in time';
COMMENT ON COLUMN compliance_calendar.submission_id IS 'The submission that counts; NULL = none';
