-- reseller, lifecycle: prospect, applied, approved, contracted, onboarding and
-- enabled (or terminated) are what somebody did, and stand in append-only
-- events; activated, active, dormant and churned follow from the sales and can
-- never be set. Which step may follow which is data.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD150', 'A reseller was to go to a state that does not follow from the one it is in', 'See reseller_transition for the steps; retract a mistaken event with retract_reseller_event()', false),
    ('ZD151', 'A state that follows from sales was to be set by hand', 'Nothing: it follows from accepted sell-through', false),
    ('ZD152', 'A reseller was to be enabled while steps of its onboarding are open', 'Complete or waive the mandatory steps first', false);

CREATE TABLE reseller_policy (
    valid_from date NOT NULL,
    activation_days integer NOT NULL DEFAULT 90,
    dormant_days integer NOT NULL DEFAULT 90,
    churn_days integer NOT NULL DEFAULT 365,
    warn_days integer NOT NULL DEFAULT 60,
    CONSTRAINT reseller_policy_pkey PRIMARY KEY (valid_from),
    CONSTRAINT reseller_policy_activation_check CHECK (activation_days > 0),
    CONSTRAINT reseller_policy_dormant_check CHECK (dormant_days >= 31 AND churn_days > dormant_days),
    CONSTRAINT reseller_policy_warn_check CHECK (warn_days >= 0)
);
COMMENT ON TABLE reseller_policy IS 'One row = the windows by which resellers are judged, from a day on';
COMMENT ON COLUMN reseller_policy.valid_from IS 'First day on which they hold, until the next row';
COMMENT ON COLUMN reseller_policy.activation_days IS 'Days after enrolment within which the first deal counts as a success';
COMMENT ON COLUMN reseller_policy.dormant_days IS 'Days without a purchase after which a reseller is dormant; a purchase after that is a comeback. At least 31';
COMMENT ON COLUMN reseller_policy.churn_days IS 'Days without a purchase after which it is churned';
COMMENT ON COLUMN reseller_policy.warn_days IS 'Days before the end of a certificate from which it is warned of';

INSERT INTO reseller_policy (valid_from) VALUES ('1900-01-01');

CREATE FUNCTION reseller_policy_on(p_on date DEFAULT current_date) RETURNS reseller_policy
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT p.*
    FROM reseller_policy AS p
    WHERE p.valid_from <= p_on
    ORDER BY p.valid_from DESC
    LIMIT 1;
END;
COMMENT ON FUNCTION reseller_policy_on(date) IS 'The windows that hold on a day';

CREATE TABLE reseller_state (
    reseller_state text NOT NULL,
    place integer NOT NULL,
    is_derived boolean NOT NULL,
    is_enrolment boolean NOT NULL DEFAULT false,
    meaning text NOT NULL,
    CONSTRAINT reseller_state_pkey PRIMARY KEY (reseller_state),
    CONSTRAINT reseller_state_place_key UNIQUE (place)
);
COMMENT ON TABLE reseller_state IS 'One row = a state of the lifecycle of a reseller';
COMMENT ON COLUMN reseller_state.reseller_state IS 'Name';
COMMENT ON COLUMN reseller_state.place IS 'Order in the lifecycle';
COMMENT ON COLUMN reseller_state.is_derived IS 'Whether it follows from sales and cannot be set';
COMMENT ON COLUMN reseller_state.is_enrolment IS 'Whether a reseller is recruited when it gets here: cohorts and windows count from that day';
COMMENT ON COLUMN reseller_state.meaning IS 'What it means';

INSERT INTO reseller_state (reseller_state, place, is_derived, is_enrolment, meaning) VALUES
    ('none', 0, false, false, 'Nothing was recorded'),
    ('prospect', 1, false, false, 'Somebody talks to it'),
    ('applied', 2, false, false, 'It asked to become a reseller'),
    ('approved', 3, false, false, 'It was found fit'),
    ('contracted', 4, false, true, 'It signed'),
    ('onboarding', 5, false, false, 'The steps of its onboarding run'),
    ('enabled', 6, false, false, 'It has access and training, and can sell'),
    ('activated', 7, true, false, 'Bought on one day so far, not longer ago than dormant_days'),
    ('active', 8, true, false, 'Bought on several days, the last not longer ago than dormant_days'),
    ('dormant', 9, true, false, 'Last purchase longer ago than dormant_days'),
    ('churned', 10, true, false, 'Last purchase longer ago than churn_days'),
    ('terminated', 11, false, false, 'The relation was ended');

CREATE TABLE reseller_transition (
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT reseller_transition_pkey PRIMARY KEY (from_state, to_state),
    CONSTRAINT reseller_transition_from_fkey FOREIGN KEY (from_state) REFERENCES reseller_state,
    CONSTRAINT reseller_transition_to_fkey FOREIGN KEY (to_state) REFERENCES reseller_state
);
COMMENT ON TABLE reseller_transition IS 'One row = a step of the lifecycle that may be taken; those into a derived state are taken by sales alone';
COMMENT ON COLUMN reseller_transition.from_state IS 'From; none = not recorded yet';
COMMENT ON COLUMN reseller_transition.to_state IS 'To';
CREATE INDEX reseller_transition_to_idx ON reseller_transition (to_state);

INSERT INTO reseller_transition (from_state, to_state) VALUES
    ('none', 'prospect'), ('none', 'applied'), ('none', 'contracted'),
    ('prospect', 'applied'), ('prospect', 'terminated'),
    ('applied', 'approved'), ('applied', 'terminated'),
    ('approved', 'contracted'), ('approved', 'terminated'),
    ('contracted', 'onboarding'), ('contracted', 'enabled'), ('contracted', 'terminated'),
    ('onboarding', 'enabled'), ('onboarding', 'terminated'),
    ('enabled', 'terminated'), ('terminated', 'applied'),
    ('none', 'activated'), ('contracted', 'activated'), ('onboarding', 'activated'), ('enabled', 'activated'),
    ('activated', 'active'), ('activated', 'dormant'), ('active', 'dormant'),
    ('dormant', 'active'), ('dormant', 'churned'), ('churned', 'active');

CREATE TABLE reseller_event (
    reseller_event_id bigint GENERATED ALWAYS AS IDENTITY,
    reseller_id bigint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    happened_on date NOT NULL,
    distributor_id bigint,
    reason text,
    retracts_event_id bigint,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT reseller_event_pkey PRIMARY KEY (reseller_event_id),
    CONSTRAINT reseller_event_retracts_key UNIQUE (retracts_event_id),
    CONSTRAINT reseller_event_day_check CHECK (isfinite(happened_on)),
    CONSTRAINT reseller_event_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT reseller_event_from_fkey FOREIGN KEY (from_state) REFERENCES reseller_state,
    CONSTRAINT reseller_event_to_fkey FOREIGN KEY (to_state) REFERENCES reseller_state,
    CONSTRAINT reseller_event_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT reseller_event_retracts_fkey FOREIGN KEY (retracts_event_id) REFERENCES reseller_event
);
COMMENT ON TABLE reseller_event IS 'One row = a step of the lifecycle that a reseller took, or the retraction of one; append-only';
COMMENT ON COLUMN reseller_event.reseller_event_id IS 'Key, in the order of recording';
COMMENT ON COLUMN reseller_event.reseller_id IS 'The reseller';
COMMENT ON COLUMN reseller_event.from_state IS 'State before; none = not recorded before';
COMMENT ON COLUMN reseller_event.to_state IS 'State from then on';
COMMENT ON COLUMN reseller_event.happened_on IS 'Day of the step';
COMMENT ON COLUMN reseller_event.distributor_id IS 'Distributor that recruited it; NULL = the vendor itself, or not said';
COMMENT ON COLUMN reseller_event.reason IS 'Why; NULL = not said';
COMMENT ON COLUMN reseller_event.retracts_event_id IS 'Event that this row takes back, as entered by mistake; NULL = it is a step';
COMMENT ON COLUMN reseller_event.recorded_at IS 'Since when it is known';
COMMENT ON COLUMN reseller_event.recorded_by IS 'Role that recorded it';
CREATE INDEX reseller_event_reseller_idx ON reseller_event (reseller_id, happened_on);
CREATE INDEX reseller_event_from_idx ON reseller_event (from_state);
CREATE INDEX reseller_event_to_idx ON reseller_event (to_state, happened_on);
CREATE INDEX reseller_event_distributor_idx ON reseller_event (distributor_id);

CREATE TRIGGER reseller_event_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reseller_event
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER reseller_event_append_only ON reseller_event IS 'Events are append-only';

CREATE FUNCTION reseller_event_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF reseller_event
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT e.*
    FROM reseller_event AS e
    WHERE e.happened_on <= p_on
        AND e.recorded_at <= p_knowledge
        AND e.retracts_event_id IS NULL
        AND NOT EXISTS (
            SELECT
            FROM reseller_event AS r
            WHERE r.retracts_event_id = e.reseller_event_id
                AND r.recorded_at <= p_knowledge);
END;
COMMENT ON FUNCTION reseller_event_as_of(date, timestamptz) IS
    'Steps that stand: taken up to p_on, as known at p_knowledge, without those retracted by then';

CREATE FUNCTION check_reseller_events() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    -- One after the other for each reseller: the later one sees the earlier one.
    PERFORM
    FROM reseller AS r
    WHERE r.reseller_id IN (SELECT n.reseller_id FROM new_rows AS n)
    ORDER BY r.reseller_id
    FOR NO KEY UPDATE;

    SELECT n.to_state, r.reseller_code INTO wrong
    FROM new_rows AS n
    JOIN reseller_state AS s ON s.reseller_state = n.to_state
    JOIN reseller AS r ON r.reseller_id = n.reseller_id
    WHERE s.is_derived
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD151',
            MESSAGE = 'state follows from sales and cannot be set',
            DETAIL = format('Reseller %s was to become %s.', wrong.reseller_code, wrong.to_state),
            HINT = 'It follows from accepted sell-through; see reseller_state_as_of().';
    END IF;

    SELECT n.reseller_event_id, n.retracts_event_id INTO wrong
    FROM new_rows AS n
    JOIN reseller_event AS o ON o.reseller_event_id = n.retracts_event_id
    WHERE (o.reseller_id, o.from_state, o.to_state, o.happened_on) <> (n.reseller_id, n.from_state, n.to_state, n.happened_on)
        OR o.retracts_event_id IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD150',
            MESSAGE = 'retraction is not of the event that it names',
            DETAIL = format('Event %s.', wrong.retracts_event_id),
            HINT = 'Use retract_reseller_event().';
    END IF;

    -- Every step that stands begins where the one before ended, and is allowed.
    SELECT c.* INTO wrong
    FROM (
        SELECT e.reseller_id, e.from_state, e.to_state, e.happened_on, e.reseller_event_id,
            lag(e.to_state, 1, 'none') OVER (PARTITION BY e.reseller_id ORDER BY e.happened_on, e.reseller_event_id) AS was
        FROM reseller_event_as_of() AS e
        WHERE e.reseller_id IN (SELECT n.reseller_id FROM new_rows AS n)
    ) AS c
    LEFT JOIN reseller_transition AS t ON t.from_state = c.from_state AND t.to_state = c.to_state
    WHERE c.from_state <> c.was OR t.to_state IS NULL
    ORDER BY c.reseller_event_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD150',
            MESSAGE = 'step of the lifecycle does not follow',
            DETAIL = format('Reseller %s is %s on %s and cannot go from %s to %s.',
                (SELECT r.reseller_code FROM reseller AS r WHERE r.reseller_id = wrong.reseller_id),
                wrong.was, wrong.happened_on, wrong.from_state, wrong.to_state),
            HINT = format('From %s it can become: %s.', wrong.was, coalesce((
                SELECT string_agg(t.to_state, ', ' ORDER BY s.place)
                FROM reseller_transition AS t
                JOIN reseller_state AS s ON s.reseller_state = t.to_state
                WHERE t.from_state = wrong.was AND NOT s.is_derived), 'nothing'));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_reseller_events() IS
    'Trigger AFTER INSERT of reseller_event with the transition table new_rows: the steps of each reseller that stand are a chain of allowed ones (ZD150) and none of them sets what follows from sales (ZD151)';

CREATE TRIGGER reseller_event_checked
    AFTER INSERT ON reseller_event
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_reseller_events();
COMMENT ON TRIGGER reseller_event_checked ON reseller_event IS 'The steps of a reseller are a chain';

CREATE FUNCTION advance_resellers(
    p_reseller_codes text[],
    p_to_state text,
    p_on date DEFAULT current_date,
    p_reason text DEFAULT NULL,
    p_distributor_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF reseller_event
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    missing text;
    v_distributor_id bigint;
    e reseller_event;
    results reseller_event[] := ARRAY[]::reseller_event[];
BEGIN
    SELECT c.code INTO missing
    FROM unnest(p_reseller_codes) AS c (code)
    WHERE NOT EXISTS (SELECT FROM reseller AS r WHERE r.reseller_code = c.code)
    LIMIT 1;
    IF FOUND OR p_reseller_codes IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'reseller does not exist',
            DETAIL = format('There is no reseller_code %s.', coalesce(quote_literal(missing), 'NULL')),
            HINT = 'Enter it in reseller first.';
    END IF;
    PERFORM FROM reseller_state AS s WHERE s.reseller_state = p_to_state;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'state of the lifecycle does not exist',
            DETAIL = format('p_to_state is %s.', coalesce(quote_literal(p_to_state), 'NULL')),
            HINT = 'See reseller_state.';
    END IF;
    IF p_distributor_code IS NOT NULL THEN
        v_distributor_id := distributor_of(p_distributor_code);
    END IF;
    BEGIN
        PERFORM
        FROM reseller AS r
        WHERE r.reseller_code = ANY (p_reseller_codes)
        ORDER BY r.reseller_id
        FOR NO KEY UPDATE;
        FOR e IN
            INSERT INTO reseller_event (reseller_id, from_state, to_state, happened_on, distributor_id, reason)
            SELECT c.root_id,
                coalesce((
                    SELECT v.to_state
                    FROM reseller_event_as_of(p_on) AS v
                    WHERE v.reseller_id = c.root_id
                    ORDER BY v.happened_on DESC, v.reseller_event_id DESC
                    LIMIT 1), 'none'),
                p_to_state, p_on, v_distributor_id, p_reason
            FROM (
                SELECT DISTINCT o.root_id
                FROM reseller AS r
                JOIN reseller_root AS o ON o.reseller_id = r.reseller_id
                WHERE r.reseller_code = ANY (p_reseller_codes)
            ) AS c
            ORDER BY c.root_id
            RETURNING *
        LOOP
            results := results || e;
        END LOOP;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT x.* FROM unnest(results) AS x;
END
$$;
COMMENT ON FUNCTION advance_resellers(text[], text, date, text, text, boolean) IS
    'Records that resellers took a step of the lifecycle on a day (p_distributor_code = who recruited them); returns the events, p_dry_run keeps nothing. All or none. ZD150 when the step does not follow, ZD151 for a state that follows from sales, ZD152 for enabled with open steps, P0002 for an unknown reseller or distributor, 22023 for an unknown state';

CREATE FUNCTION advance_reseller(
    p_reseller_code text,
    p_to_state text,
    p_on date DEFAULT current_date,
    p_reason text DEFAULT NULL,
    p_distributor_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS reseller_event
LANGUAGE sql
BEGIN ATOMIC
    SELECT e.*
    FROM advance_resellers(ARRAY[p_reseller_code], p_to_state, p_on, p_reason, p_distributor_code, p_dry_run) AS e;
END;
COMMENT ON FUNCTION advance_reseller(text, text, date, text, text, boolean) IS 'advance_resellers() for one';

CREATE FUNCTION retract_reseller_event(p_reseller_event_id bigint, p_reason text) RETURNS reseller_event
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result reseller_event;
BEGIN
    INSERT INTO reseller_event (reseller_id, from_state, to_state, happened_on, distributor_id, reason, retracts_event_id)
    SELECT e.reseller_id, e.from_state, e.to_state, e.happened_on, e.distributor_id, p_reason, e.reseller_event_id
    FROM reseller_event_as_of() AS e
    WHERE e.reseller_event_id = p_reseller_event_id
    RETURNING * INTO result;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'there is no such event that stands',
            DETAIL = format('Event %s.', coalesce(p_reseller_event_id::text, 'NULL')),
            HINT = 'See reseller_event_as_of().';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION retract_reseller_event(bigint, text) IS
    'Takes an event back that was entered by mistake; it stays in the table beside its retraction. ZD150 when the steps that are left do not follow from each other, P0002 when it does not stand';
