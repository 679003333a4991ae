-- reseller, recruitment and onboarding: how many a distributor is to recruit, and
-- the steps that turn a signed reseller into one that can sell. A template says
-- which steps there are; a start copies them with their due dates, so that a
-- template can change without touching what runs.

CREATE TABLE recruitment_target (
    distributor_id bigint NOT NULL,
    recruitment_target_id bigint GENERATED ALWAYS AS IDENTITY,
    target_kind text NOT NULL DEFAULT 'enrolled',
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    target_count integer NOT NULL,
    CONSTRAINT recruitment_target_pkey PRIMARY KEY (distributor_id, recruitment_target_id),
    CONSTRAINT recruitment_target_kind_check CHECK (target_kind IN ('enrolled', 'activated')),
    CONSTRAINT recruitment_target_period_check CHECK (period_ends_on >= period_starts_on),
    CONSTRAINT recruitment_target_count_check CHECK (target_count > 0),
    CONSTRAINT recruitment_target_overlap_excl EXCLUDE USING gist (
        distributor_id WITH =,
        target_kind WITH =,
        daterange(period_starts_on, period_ends_on, '[]') WITH &&
    ),
    CONSTRAINT recruitment_target_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE recruitment_target IS 'One row = how many resellers a distributor is to recruit, or to bring to their first deal, in a period';
COMMENT ON COLUMN recruitment_target.distributor_id IS 'The distributor';
COMMENT ON COLUMN recruitment_target.recruitment_target_id IS 'Key within the distributor';
COMMENT ON COLUMN recruitment_target.target_kind IS 'enrolled = they sign, activated = they buy for the first time';
COMMENT ON COLUMN recruitment_target.period_starts_on IS 'First day';
COMMENT ON COLUMN recruitment_target.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN recruitment_target.target_count IS 'How many';

CREATE FUNCTION recruitment_attainment_as_of(
    p_on date DEFAULT current_date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    distributor_code text,
    target_kind text,
    period_starts_on date,
    period_ends_on date,
    target_count integer,
    actual_count bigint,
    attainment_rate numeric,
    expected_count numeric,
    missing_count bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT t.distributor_id,
        d.distributor_code,
        t.target_kind,
        t.period_starts_on,
        t.period_ends_on,
        t.target_count,
        count(s.reseller_id),
        count(s.reseller_id)::numeric / t.target_count,
        t.target_count * (greatest(least(p_on, t.period_ends_on) - t.period_starts_on + 1, 0))::numeric
            / (t.period_ends_on - t.period_starts_on + 1),
        greatest(t.target_count - count(s.reseller_id), 0)
    FROM recruitment_target AS t
    JOIN distributor AS d ON d.distributor_id = t.distributor_id
    LEFT JOIN reseller_state_as_of(p_on, p_knowledge) AS s
        ON s.recruited_by_id = t.distributor_id
        AND CASE t.target_kind WHEN 'enrolled' THEN s.enrolled_on ELSE s.first_sold_on END
            BETWEEN t.period_starts_on AND t.period_ends_on
    GROUP BY t.distributor_id, t.recruitment_target_id, d.distributor_code;
END;
COMMENT ON FUNCTION recruitment_attainment_as_of(date, timestamptz) IS
    'One row = a recruitment target at the close of p_on: resellers that the distributor recruited and that were enrolled (or bought first) in the period, attainment as a fraction, how many it would be by then if they came evenly, how many are missing. Counts are additive over distributors';

CREATE TABLE onboarding_template (
    template_code text NOT NULL,
    template_name text NOT NULL,
    CONSTRAINT onboarding_template_pkey PRIMARY KEY (template_code)
);
COMMENT ON TABLE onboarding_template IS 'One row = a way to bring resellers on board';
COMMENT ON COLUMN onboarding_template.template_code IS 'Short name';
COMMENT ON COLUMN onboarding_template.template_name IS 'Name in full';

CREATE TABLE onboarding_template_step (
    template_code text NOT NULL,
    step_no integer NOT NULL,
    step_name text NOT NULL,
    due_days integer NOT NULL,
    is_mandatory boolean NOT NULL DEFAULT true,
    owner_role text NOT NULL DEFAULT 'vendor',
    CONSTRAINT onboarding_template_step_pkey PRIMARY KEY (template_code, step_no),
    CONSTRAINT onboarding_template_step_due_check CHECK (due_days >= 0),
    CONSTRAINT onboarding_template_step_owner_check CHECK (owner_role IN ('vendor', 'distributor', 'reseller')),
    CONSTRAINT onboarding_template_step_template_fkey FOREIGN KEY (template_code) REFERENCES onboarding_template
);
COMMENT ON TABLE onboarding_template_step IS 'One row = a step of a template';
COMMENT ON COLUMN onboarding_template_step.template_code IS 'The template';
COMMENT ON COLUMN onboarding_template_step.step_no IS 'Order';
COMMENT ON COLUMN onboarding_template_step.step_name IS 'What is to be done';
COMMENT ON COLUMN onboarding_template_step.due_days IS 'Days after the start until it is due';
COMMENT ON COLUMN onboarding_template_step.is_mandatory IS 'Whether the reseller cannot be enabled without it';
COMMENT ON COLUMN onboarding_template_step.owner_role IS 'Who has to do it: vendor, distributor or reseller';

INSERT INTO onboarding_template (template_code, template_name) VALUES ('standard', 'Agreement, access, training, first deal');
INSERT INTO onboarding_template_step (template_code, step_no, step_name, due_days, is_mandatory, owner_role) VALUES
    ('standard', 1, 'agreement signed', 7, true, 'reseller'),
    ('standard', 2, 'access to systems and price list', 14, true, 'vendor'),
    ('standard', 3, 'foundational training', 45, true, 'reseller'),
    ('standard', 4, 'plan for the first deal', 60, false, 'distributor');

CREATE TABLE onboarding (
    onboarding_id bigint GENERATED ALWAYS AS IDENTITY,
    reseller_id bigint NOT NULL,
    template_code text NOT NULL,
    distributor_id bigint,
    started_on date NOT NULL,
    CONSTRAINT onboarding_pkey PRIMARY KEY (onboarding_id),
    CONSTRAINT onboarding_start_key UNIQUE (reseller_id, template_code, started_on),
    CONSTRAINT onboarding_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller,
    CONSTRAINT onboarding_template_fkey FOREIGN KEY (template_code) REFERENCES onboarding_template,
    CONSTRAINT onboarding_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE onboarding IS 'One row = a reseller is brought on board';
COMMENT ON COLUMN onboarding.onboarding_id IS 'Key';
COMMENT ON COLUMN onboarding.reseller_id IS 'The reseller';
COMMENT ON COLUMN onboarding.template_code IS 'Template whose steps were copied';
COMMENT ON COLUMN onboarding.distributor_id IS 'Distributor that does it with the reseller; NULL = the vendor';
COMMENT ON COLUMN onboarding.started_on IS 'Day from which the due days count';
CREATE INDEX onboarding_template_idx ON onboarding (template_code);
CREATE INDEX onboarding_distributor_idx ON onboarding (distributor_id);

CREATE TABLE onboarding_step (
    onboarding_id bigint NOT NULL,
    step_no integer NOT NULL,
    step_name text NOT NULL,
    due_on date NOT NULL,
    is_mandatory boolean NOT NULL,
    owner_role text NOT NULL,
    done_on date,
    is_waived boolean NOT NULL DEFAULT false,
    done_by text,
    note text,
    CONSTRAINT onboarding_step_pkey PRIMARY KEY (onboarding_id, step_no),
    CONSTRAINT onboarding_step_done_check CHECK ((done_on IS NULL) = (done_by IS NULL)),
    CONSTRAINT onboarding_step_waived_check CHECK (NOT is_waived OR done_on IS NOT NULL AND btrim(note) <> ''),
    CONSTRAINT onboarding_step_onboarding_fkey FOREIGN KEY (onboarding_id) REFERENCES onboarding
);
COMMENT ON TABLE onboarding_step IS 'One row = a step of bringing a reseller on board';
COMMENT ON COLUMN onboarding_step.onboarding_id IS 'The onboarding';
COMMENT ON COLUMN onboarding_step.step_no IS 'Order';
COMMENT ON COLUMN onboarding_step.step_name IS 'What is to be done';
COMMENT ON COLUMN onboarding_step.due_on IS 'Until when';
COMMENT ON COLUMN onboarding_step.is_mandatory IS 'Whether the reseller cannot be enabled without it';
COMMENT ON COLUMN onboarding_step.owner_role IS 'Who has to do it';
COMMENT ON COLUMN onboarding_step.done_on IS 'Day on which it was done or waived; NULL = open';
COMMENT ON COLUMN onboarding_step.is_waived IS 'Whether it was waived, with the reason in note';
COMMENT ON COLUMN onboarding_step.done_by IS 'Role that said so; NULL = open';
COMMENT ON COLUMN onboarding_step.note IS 'Remark; NULL = none';
CREATE INDEX onboarding_step_open_idx ON onboarding_step (due_on) WHERE done_on IS NULL;

CREATE FUNCTION start_onboarding(
    p_reseller_code text,
    p_template_code text DEFAULT 'standard',
    p_on date DEFAULT current_date,
    p_distributor_code text DEFAULT NULL
) RETURNS SETOF onboarding_step
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_reseller_id bigint;
    v_onboarding_id bigint;
BEGIN
    SELECT o.root_id INTO v_reseller_id
    FROM reseller AS r
    JOIN reseller_root AS o ON o.reseller_id = r.reseller_id
    WHERE r.reseller_code = p_reseller_code;
    PERFORM FROM onboarding_template AS t WHERE t.template_code = p_template_code;
    IF v_reseller_id IS NULL OR NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'reseller or template does not exist',
            DETAIL = format('Reseller %s, template %s.', coalesce(quote_literal(p_reseller_code), 'NULL'), coalesce(quote_literal(p_template_code), 'NULL')),
            HINT = 'See reseller and onboarding_template.';
    END IF;
    INSERT INTO onboarding (reseller_id, template_code, distributor_id, started_on)
    VALUES (v_reseller_id, p_template_code,
        CASE WHEN p_distributor_code IS NOT NULL THEN distributor_of(p_distributor_code) END, p_on)
    ON CONFLICT ON CONSTRAINT onboarding_start_key DO NOTHING
    RETURNING onboarding_id INTO v_onboarding_id;
    IF v_onboarding_id IS NOT NULL THEN
        INSERT INTO onboarding_step (onboarding_id, step_no, step_name, due_on, is_mandatory, owner_role)
        SELECT v_onboarding_id, s.step_no, s.step_name, p_on + s.due_days, s.is_mandatory, s.owner_role
        FROM onboarding_template_step AS s
        WHERE s.template_code = p_template_code;
    END IF;
    RETURN QUERY
    SELECT s.*
    FROM onboarding AS o
    JOIN onboarding_step AS s ON s.onboarding_id = o.onboarding_id
    WHERE o.reseller_id = v_reseller_id
        AND o.template_code = p_template_code
        AND o.started_on = p_on
    ORDER BY s.step_no;
END
$$;
COMMENT ON FUNCTION start_onboarding(text, text, date, text) IS
    'Copies the steps of a template for a reseller, due so many days after p_on; returns them. The same call again changes nothing. P0002 for an unknown reseller, template or distributor';

CREATE FUNCTION complete_onboarding_step(
    p_reseller_code text,
    p_step_no integer,
    p_on date DEFAULT current_date,
    p_waive_reason text DEFAULT NULL
) RETURNS onboarding_step
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result onboarding_step;
BEGIN
    UPDATE onboarding_step AS s
    SET done_on = p_on,
        done_by = current_user,
        is_waived = p_waive_reason IS NOT NULL,
        note = coalesce(p_waive_reason, s.note)
    WHERE s.step_no = p_step_no
        AND s.done_on IS NULL
        AND s.onboarding_id = (
            SELECT o.onboarding_id
            FROM onboarding AS o
            JOIN reseller_root AS w ON w.root_id = o.reseller_id
            JOIN reseller AS r ON r.reseller_id = w.reseller_id
            WHERE r.reseller_code = p_reseller_code
            ORDER BY o.started_on DESC, o.onboarding_id DESC
            LIMIT 1)
    RETURNING s.* INTO result;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'reseller has no such open step',
            DETAIL = format('Reseller %s, step %s.', coalesce(quote_literal(p_reseller_code), 'NULL'), coalesce(p_step_no::text, 'NULL')),
            HINT = 'See onboarding_progress and onboarding_step.';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION complete_onboarding_step(text, integer, date, text) IS
    'A step of the latest onboarding of a reseller is done, or waived with a reason. P0002 when there is no such open step';

CREATE FUNCTION check_onboarding_done() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    SELECT r.reseller_code, s.step_no, s.step_name INTO wrong
    FROM new_rows AS n
    JOIN onboarding AS o ON o.reseller_id = n.reseller_id AND o.started_on <= n.happened_on
    JOIN onboarding_step AS s ON s.onboarding_id = o.onboarding_id
    JOIN reseller AS r ON r.reseller_id = n.reseller_id
    WHERE n.to_state = 'enabled'
        AND n.retracts_event_id IS NULL
        AND s.is_mandatory
        AND s.done_on IS NULL
    ORDER BY n.reseller_event_id, s.onboarding_id, s.step_no
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD152',
            MESSAGE = 'reseller has open steps of its onboarding',
            DETAIL = format('Reseller %s: step %s, %s.', wrong.reseller_code, wrong.step_no, wrong.step_name),
            HINT = 'Complete it, or waive it with a reason, with complete_onboarding_step().';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_onboarding_done() IS 'Trigger AFTER INSERT of reseller_event with the transition table new_rows: who is enabled has no mandatory step open (ZD152)';

CREATE TRIGGER reseller_event_onboarded
    AFTER INSERT ON reseller_event
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_onboarding_done();
COMMENT ON TRIGGER reseller_event_onboarded ON reseller_event IS 'Who is enabled has no mandatory step open';

CREATE VIEW onboarding_progress WITH (security_invoker = true) AS
SELECT o.onboarding_id,
    r.reseller_id,
    r.reseller_code,
    d.distributor_code,
    o.template_code,
    o.started_on,
    count(*) AS steps,
    count(s.done_on) AS steps_done,
    count(*) FILTER (WHERE s.is_mandatory AND s.done_on IS NULL) AS mandatory_open,
    min(s.due_on) FILTER (WHERE s.done_on IS NULL) AS next_due_on,
    CASE WHEN count(*) = count(s.done_on) THEN max(s.done_on) END AS completed_on
FROM onboarding AS o
JOIN onboarding_step AS s ON s.onboarding_id = o.onboarding_id
JOIN reseller_root AS w ON w.reseller_id = o.reseller_id
JOIN reseller AS r ON r.reseller_id = w.root_id
LEFT JOIN distributor AS d ON d.distributor_id = o.distributor_id
GROUP BY o.onboarding_id, r.reseller_id, d.distributor_code;
COMMENT ON VIEW onboarding_progress IS 'One row = a reseller being brought on board and how far it is';
COMMENT ON COLUMN onboarding_progress.onboarding_id IS 'Key';
COMMENT ON COLUMN onboarding_progress.reseller_id IS 'The reseller, after mergers';
COMMENT ON COLUMN onboarding_progress.reseller_code IS 'Its number';
COMMENT ON COLUMN onboarding_progress.distributor_code IS 'Distributor that does it with the reseller; NULL = the vendor';
COMMENT ON COLUMN onboarding_progress.template_code IS 'Template of the steps';
COMMENT ON COLUMN onboarding_progress.started_on IS 'Day of the start';
COMMENT ON COLUMN onboarding_progress.steps IS 'Steps. Additive';
COMMENT ON COLUMN onboarding_progress.steps_done IS 'Of them done or waived. Additive';
COMMENT ON COLUMN onboarding_progress.mandatory_open IS 'Mandatory steps that are open. Additive';
COMMENT ON COLUMN onboarding_progress.next_due_on IS 'Earliest due date of an open step; NULL = none is open';
COMMENT ON COLUMN onboarding_progress.completed_on IS 'Day of the last step; NULL = not complete';

CREATE FUNCTION onboarding_overdue(p_on date DEFAULT current_date) RETURNS TABLE (
    reseller_code text,
    distributor_code text,
    step_no integer,
    step_name text,
    owner_role text,
    due_on date,
    days_overdue integer,
    is_mandatory boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.reseller_code,
        d.distributor_code,
        s.step_no,
        s.step_name,
        s.owner_role,
        s.due_on,
        p_on - s.due_on,
        s.is_mandatory
    FROM onboarding_step AS s
    JOIN onboarding AS o ON o.onboarding_id = s.onboarding_id
    JOIN reseller_root AS w ON w.reseller_id = o.reseller_id
    JOIN reseller AS r ON r.reseller_id = w.root_id
    LEFT JOIN distributor AS d ON d.distributor_id = o.distributor_id
    WHERE s.due_on < p_on
        AND (s.done_on IS NULL OR s.done_on > p_on);
END;
COMMENT ON FUNCTION onboarding_overdue(date) IS 'One row = a step that was open at the close of p_on though its due date was over, and for how many days';
