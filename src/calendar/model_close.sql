-- calendar, closing: which periods take postings, and since when. The history is
-- kept, so that the period in which a fact was posted is a function of its
-- activity date and of the moment it became known, today and in ten years.

CREATE TABLE period_change (
    period_change_id bigint GENERATED ALWAYS AS IDENTITY,
    fiscal_calendar_id bigint NOT NULL,
    fiscal_year integer NOT NULL,
    fiscal_period integer NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL,
    change_state text NOT NULL DEFAULT 'waiting',
    requested_by text NOT NULL DEFAULT current_user,
    requested_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    effective_at timestamptz,
    CONSTRAINT period_change_pkey PRIMARY KEY (period_change_id),
    CONSTRAINT period_change_to_state_check CHECK (to_state IN ('open', 'soft_closed', 'closed')),
    CONSTRAINT period_change_reason_check CHECK (btrim(reason) <> ''),
    CONSTRAINT period_change_state_check CHECK (change_state IN ('waiting', 'effective', 'refused')),
    CONSTRAINT period_change_decided_check CHECK ((change_state = 'waiting') = (decided_by IS NULL)),
    CONSTRAINT period_change_effective_check CHECK ((change_state = 'effective') = (effective_at IS NOT NULL)),
    CONSTRAINT period_change_approver_check CHECK (to_state <> 'open' OR change_state <> 'effective' OR decided_by <> requested_by),
    CONSTRAINT period_change_period_fkey FOREIGN KEY (fiscal_calendar_id, fiscal_year, fiscal_period) REFERENCES fiscal_period
);
COMMENT ON TABLE period_change IS 'One row = a change of the state of a fiscal period: closed at once, reopened when somebody else approves';
COMMENT ON COLUMN period_change.period_change_id IS 'Key';
COMMENT ON COLUMN period_change.fiscal_calendar_id IS 'The calendar';
COMMENT ON COLUMN period_change.fiscal_year IS 'Fiscal year';
COMMENT ON COLUMN period_change.fiscal_period IS 'Number of the period in its year';
COMMENT ON COLUMN period_change.to_state IS 'State that it brings: open, soft_closed or closed';
COMMENT ON COLUMN period_change.reason IS 'Why';
COMMENT ON COLUMN period_change.change_state IS 'waiting (for an approval), effective or refused';
COMMENT ON COLUMN period_change.requested_by IS 'Role that asked for it';
COMMENT ON COLUMN period_change.requested_at IS 'When';
COMMENT ON COLUMN period_change.decided_by IS 'Role that decided; a reopening is never approved by the one who asked for it';
COMMENT ON COLUMN period_change.effective_at IS 'Since when the period has the state; NULL = it never had';
CREATE INDEX period_change_period_idx ON period_change (fiscal_calendar_id, fiscal_year, fiscal_period, effective_at);
CREATE UNIQUE INDEX period_change_waiting_key ON period_change (fiscal_calendar_id, fiscal_year, fiscal_period) WHERE change_state = 'waiting';

CREATE FUNCTION guard_period_state() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.period_state IS DISTINCT FROM (
        SELECT c.to_state
        FROM period_change AS c
        WHERE c.fiscal_calendar_id = NEW.fiscal_calendar_id
            AND c.fiscal_year = NEW.fiscal_year
            AND c.fiscal_period = NEW.fiscal_period
            AND c.change_state = 'effective'
        ORDER BY c.effective_at DESC, c.period_change_id DESC
        LIMIT 1)
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD040',
            MESSAGE = 'a period is closed and reopened by the functions for it',
            DETAIL = format('Period %s of %s was to become %s.', NEW.fiscal_period, NEW.fiscal_year, NEW.period_state),
            HINT = 'Use close_period(), reopen_period() and decide_reopening(); they keep the history that postings are read by.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_period_state() IS 'Trigger of fiscal_period: its state is what the last effective row of period_change says (ZD040)';

CREATE TRIGGER fiscal_period_state_guard
    BEFORE UPDATE OF period_state ON fiscal_period
    FOR EACH ROW WHEN (NEW.period_state IS DISTINCT FROM OLD.period_state)
    EXECUTE FUNCTION guard_period_state();
COMMENT ON TRIGGER fiscal_period_state_guard ON fiscal_period IS 'The state has a history';

CREATE FUNCTION period_to_change(
    p_calendar_code text,
    p_fiscal_year integer,
    p_fiscal_period integer,
    p_from_states text[]
) RETURNS fiscal_period
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    p fiscal_period;
BEGIN
    -- Acceptances that are under way hold the row FOR SHARE: they are waited for,
    -- and those that come later wait for this one.
    SELECT fp.* INTO p
    FROM fiscal_period AS fp
    JOIN fiscal_calendar AS c USING (fiscal_calendar_id)
    WHERE c.calendar_code = p_calendar_code
        AND fp.fiscal_year = p_fiscal_year
        AND fp.fiscal_period = p_fiscal_period
    FOR UPDATE OF fp;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'fiscal period does not exist',
            DETAIL = format('Calendar %s, year %s, period %s.', coalesce(quote_literal(p_calendar_code), 'NULL'),
                coalesce(p_fiscal_year::text, 'NULL'), coalesce(p_fiscal_period::text, 'NULL')),
            HINT = 'See fiscal_period; add_fiscal_years() adds years.';
    END IF;
    IF p.period_state <> ALL (p_from_states) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD040',
            MESSAGE = 'period is not in a state that allows the step',
            DETAIL = format('Period %s of %s in calendar %s is %s.', p_fiscal_period, p_fiscal_year, p_calendar_code, p.period_state),
            HINT = format('It would have to be %s.', array_to_string(p_from_states, ' or '));
    END IF;
    RETURN p;
END
$$;
COMMENT ON FUNCTION period_to_change(text, integer, integer, text[]) IS 'The period, locked; P0002 when it does not exist, ZD040 when it is in another state';

CREATE FUNCTION close_period(
    p_calendar_code text,
    p_fiscal_year integer,
    p_fiscal_period integer,
    p_reason text,
    p_state text DEFAULT 'closed'
) RETURNS period_change
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    p fiscal_period;
    result period_change;
BEGIN
    IF p_state IS NULL OR p_state NOT IN ('soft_closed', 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'state is not one that closes a period',
            DETAIL = format('p_state is %s.', coalesce(quote_literal(p_state), 'NULL')),
            HINT = 'Use soft_closed or closed; reopen_period() asks for a reopening.';
    END IF;
    p := period_to_change(p_calendar_code, p_fiscal_year, p_fiscal_period,
        CASE p_state WHEN 'closed' THEN ARRAY['open', 'soft_closed'] ELSE ARRAY['open'] END);
    INSERT INTO period_change (
        fiscal_calendar_id, fiscal_year, fiscal_period, to_state, reason,
        change_state, decided_by, effective_at
    )
    VALUES (p.fiscal_calendar_id, p.fiscal_year, p.fiscal_period, p_state, p_reason,
        'effective', current_user, clock_timestamp())
    RETURNING * INTO result;
    UPDATE fiscal_period AS f
    SET period_state = p_state
    WHERE f.fiscal_calendar_id = p.fiscal_calendar_id
        AND f.fiscal_year = p.fiscal_year
        AND f.fiscal_period = p.fiscal_period;
    RETURN result;
END
$$;
COMMENT ON FUNCTION close_period(text, integer, integer, text, text) IS
    'Closes a period (soft_closed or closed) at once; waits for acceptances that are under way. Lines that come in later post in the first open period. P0002 for an unknown period, ZD040 when it is closed already, 23514 without a reason.';

CREATE FUNCTION reopen_period(
    p_calendar_code text,
    p_fiscal_year integer,
    p_fiscal_period integer,
    p_reason text
) RETURNS period_change
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    p fiscal_period;
    result period_change;
BEGIN
    p := period_to_change(p_calendar_code, p_fiscal_year, p_fiscal_period, ARRAY['soft_closed', 'closed']);
    INSERT INTO period_change (fiscal_calendar_id, fiscal_year, fiscal_period, to_state, reason)
    VALUES (p.fiscal_calendar_id, p.fiscal_year, p.fiscal_period, 'open', p_reason)
    RETURNING * INTO result;
    RETURN result;
END
$$;
COMMENT ON FUNCTION reopen_period(text, integer, integer, text) IS
    'Asks for the reopening of a period; it stays closed until somebody else approves with decide_reopening(). P0002 for an unknown period, ZD040 when it is open, 23505 when a request is waiting already.';

CREATE FUNCTION decide_reopening(
    p_period_change_id bigint,
    p_approve boolean DEFAULT true
) RETURNS period_change
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    c period_change;
BEGIN
    SELECT * INTO c FROM period_change WHERE period_change_id = p_period_change_id FOR UPDATE;
    IF NOT FOUND OR c.change_state <> 'waiting' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD040',
            MESSAGE = 'request is not waiting for a decision',
            DETAIL = format('Request %s is %s.', coalesce(p_period_change_id::text, 'NULL'), coalesce(c.change_state, 'not there')),
            HINT = 'See the rows of period_change whose change_state is waiting.';
    END IF;
    IF c.requested_by = current_user AND p_approve THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD041',
            MESSAGE = 'who asks for an approval cannot give it',
            DETAIL = format('Request %s was made by %s.', p_period_change_id, c.requested_by),
            HINT = 'Have another role decide.';
    END IF;
    IF p_approve THEN
        PERFORM FROM fiscal_period AS f
        WHERE f.fiscal_calendar_id = c.fiscal_calendar_id
            AND f.fiscal_year = c.fiscal_year
            AND f.fiscal_period = c.fiscal_period
        FOR UPDATE;
    END IF;
    UPDATE period_change AS u
    SET change_state = CASE WHEN p_approve THEN 'effective' ELSE 'refused' END,
        decided_by = current_user,
        effective_at = CASE WHEN p_approve THEN clock_timestamp() END
    WHERE u.period_change_id = p_period_change_id
    RETURNING u.* INTO c;
    IF p_approve THEN
        UPDATE fiscal_period AS f
        SET period_state = 'open'
        WHERE f.fiscal_calendar_id = c.fiscal_calendar_id
            AND f.fiscal_year = c.fiscal_year
            AND f.fiscal_period = c.fiscal_period;
    END IF;
    RETURN c;
END
$$;
COMMENT ON FUNCTION decide_reopening(bigint, boolean) IS
    'Approves or refuses the reopening of a period. ZD041 when the one who asked approves, ZD040 when nothing is waiting.';

CREATE FUNCTION posting_date(
    p_activity_on date,
    p_recorded_at timestamptz DEFAULT 'infinity',
    p_calendar_code text DEFAULT 'gregorian'
) RETURNS date
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT greatest(p_activity_on, p.starts_on)
    FROM fiscal_calendar AS c
    JOIN fiscal_period AS p ON p.fiscal_calendar_id = c.fiscal_calendar_id
    WHERE c.calendar_code = p_calendar_code
        AND p.ends_on >= p_activity_on
        AND coalesce((
            SELECT h.to_state
            FROM period_change AS h
            WHERE h.fiscal_calendar_id = p.fiscal_calendar_id
                AND h.fiscal_year = p.fiscal_year
                AND h.fiscal_period = p.fiscal_period
                AND h.effective_at <= p_recorded_at
            ORDER BY h.effective_at DESC, h.period_change_id DESC
            LIMIT 1), 'open') = 'open'
    ORDER BY p.starts_on
    LIMIT 1;
END;
COMMENT ON FUNCTION posting_date(date, timestamptz, text) IS
    'Day on which a fact is posted: its activity date where the period of that was open when the fact was recorded, else the first day of the first period after it that was. NULL = the calendar has no open period left';
