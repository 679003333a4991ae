-- rebate: putting programs in force. What cannot be evaluated in one and only one way
-- is refused here, so that nothing has to be decided later by the order of a run.

CREATE FUNCTION validate_programs(p_rebate_program_ids bigint[]) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_fault record;
BEGIN
    SELECT r.program_code, l.line_no, t.said INTO v_fault
    FROM rebate_program AS r
    LEFT JOIN program_line AS l ON l.rebate_program_id = r.rebate_program_id
    CROSS JOIN LATERAL (VALUES
        (l.program_line_id IS NULL, 'it has no lines'),
        (l.program_line_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM fiscal_span AS s
            WHERE s.fiscal_calendar_id = l.fiscal_calendar_id AND s.span_kind = l.span_kind
                AND s.ends_on >= l.valid_from AND s.starts_on <= coalesce(l.valid_to, 'infinity')),
            'its calendar has no span for any of its days'),
        (l.growth_base IS NOT NULL AND EXISTS (
            SELECT FROM program_count AS c WHERE c.program_line_id = l.program_line_id AND c.count_role = 'qualifier'),
            'growth is measured on what it pays on, it takes no qualifier'),
        (l.growth_base = 'target' AND l.growth_target IS NULL AND NOT EXISTS (
            SELECT FROM program_target AS t WHERE t.program_line_id = l.program_line_id),
            'it has no target to measure growth over'),
        (l.growth_base IS NOT NULL AND (l.schedule::text LIKE 'rolling%' OR l.schedule::text LIKE 'additive%'),
            'growth needs a marginal or retroactive schedule'),
        (l.measure_unit = 'points' AND NOT EXISTS (
            SELECT FROM program_scope AS s WHERE s.program_line_id = l.program_line_id AND s.count_no IS NULL AND s.points IS NOT NULL)
            OR EXISTS (
                SELECT FROM program_count AS c
                WHERE c.program_line_id = l.program_line_id AND c.measure_unit = 'points' AND NOT EXISTS (
                    SELECT FROM program_scope AS s
                    WHERE s.program_line_id = c.program_line_id AND s.count_no = c.count_no AND s.points IS NOT NULL)),
            'it counts points and no product has any'),
        (l.measure_fact = 'sell_in' AND EXISTS (
            SELECT FROM program_reseller AS s WHERE s.program_line_id = l.program_line_id),
            'sell-in is not sold to resellers'),
        (l.late_policy = 'true_up_at_final' AND l.valid_to IS NULL,
            'a true-up at the end needs an end (valid_to)'),
        (l.stack_mode <> 'additive_gross' AND l.stack_group IS NULL AND NOT EXISTS (
            SELECT FROM program_deduction AS d WHERE d.program_line_id = l.program_line_id),
            'its stack_mode needs a stack_group'),
        (l.stack_mode = 'cascade_net' AND l.measure_unit <> 'amount',
            'a benefit can only be deducted from an amount'),
        (l.stack_mode <> 'cascade_net' AND EXISTS (
            SELECT FROM program_deduction AS d WHERE d.program_line_id = l.program_line_id),
            'it deducts lines and is not cascade_net'),
        (EXISTS (
            SELECT
            FROM program_deduction AS d
            JOIN program_line AS o ON o.program_line_id = d.deducts_line_id
            JOIN rebate_program AS s ON s.rebate_program_id = o.rebate_program_id
            WHERE d.program_line_id = l.program_line_id
                AND (s.program_state = 'draft' OR s.agreement_id <> r.agreement_id
                    OR (o.measure_fact, o.span_kind, o.fiscal_calendar_id, o.beneficiary)
                        IS DISTINCT FROM (l.measure_fact, l.span_kind, l.fiscal_calendar_id, l.beneficiary))),
            'a line that it deducts is a draft, of another agreement, or counts other facts or spans'),
        (EXISTS (
            SELECT
            FROM program_line AS o
            JOIN rebate_program AS s ON s.rebate_program_id = o.rebate_program_id
            WHERE s.agreement_id = r.agreement_id
                AND s.program_state <> 'draft'
                AND o.stack_group = l.stack_group
                AND o.valid_from <= coalesce(l.valid_to, 'infinity')
                AND l.valid_from <= coalesce(o.valid_to, 'infinity')
                AND (o.span_kind, o.fiscal_calendar_id, o.beneficiary, CASE WHEN 'cascade_net' IN (o.stack_mode, l.stack_mode) THEN o.measure_fact END)
                    IS DISTINCT FROM (l.span_kind, l.fiscal_calendar_id, l.beneficiary, CASE WHEN 'cascade_net' IN (o.stack_mode, l.stack_mode) THEN l.measure_fact END)),
            'the lines of its group count other facts or spans')
    ) AS t (is_so, said)
    WHERE r.rebate_program_id = ANY (p_rebate_program_ids)
        AND t.is_so
    ORDER BY r.program_code, l.line_no
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD065',
            MESSAGE = 'program cannot be put in force as it stands',
            DETAIL = format('Program %s, line %s: %s.', v_fault.program_code, coalesce(v_fault.line_no::text, '(none)'), v_fault.said),
            HINT = 'Correct it while the program is a draft.';
    END IF;

    SELECT ra.program_code AS one, a.line_no AS one_no, rb.program_code AS other, b.line_no AS other_no, a.stack_group, a.stack_priority
    INTO v_fault
    FROM program_line AS a
    JOIN rebate_program AS ra ON ra.rebate_program_id = a.rebate_program_id
    JOIN rebate_program AS rb ON rb.agreement_id = ra.agreement_id AND rb.program_state <> 'draft'
    JOIN program_line AS b
        ON b.rebate_program_id = rb.rebate_program_id
        AND b.stack_group = a.stack_group
        AND b.stack_priority = a.stack_priority
        AND b.program_line_id <> a.program_line_id
        AND b.valid_from <= coalesce(a.valid_to, 'infinity')
        AND a.valid_from <= coalesce(b.valid_to, 'infinity')
    WHERE ra.rebate_program_id = ANY (p_rebate_program_ids)
    ORDER BY a.program_line_id, b.program_line_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD066',
            MESSAGE = 'two lines of a stacking group have the same priority',
            DETAIL = format('Group %L, priority %s: program %s, line %s, and program %s, line %s.', v_fault.stack_group,
                v_fault.stack_priority, v_fault.one, v_fault.one_no, v_fault.other, v_fault.other_no),
            HINT = 'Give each line of the group a priority of its own.';
    END IF;

    -- UNION, not UNION ALL: what can be reached, however many ways lead there.
    WITH RECURSIVE edge AS MATERIALIZED (
        SELECT k.program_line_id, k.deducts_line_id
        FROM program_cascade AS k
        JOIN program_line AS l ON l.program_line_id = k.program_line_id
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        WHERE r.agreement_id IN (
            SELECT p.agreement_id FROM rebate_program AS p WHERE p.rebate_program_id = ANY (p_rebate_program_ids))
    ),
    walk (starts_at, program_line_id) AS (
        SELECT e.program_line_id, e.deducts_line_id
        FROM edge AS e
        UNION
        SELECT w.starts_at, e.deducts_line_id
        FROM walk AS w
        JOIN edge AS e ON e.program_line_id = w.program_line_id
    )
    SELECT string_agg(format('program %s line %s', r.program_code, l.line_no), ', ' ORDER BY r.program_code, l.line_no) AS said INTO v_fault
    FROM walk AS w
    JOIN program_line AS l ON l.program_line_id = w.starts_at
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    WHERE w.program_line_id = w.starts_at;
    IF v_fault.said IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD067',
            MESSAGE = 'lines deduct each other in a circle',
            DETAIL = format('Each of these leads back to itself: %s.', v_fault.said),
            HINT = 'Remove one of the rows of program_deduction, or change the priorities.';
    END IF;

    SELECT rn.program_code AS one, n.line_no AS one_no, ro.program_code AS other, o.line_no AS other_no, n.stack_group, o.stack_mode
    INTO v_fault
    FROM program_line AS n
    JOIN rebate_program AS rn ON rn.rebate_program_id = n.rebate_program_id
    JOIN rebate_program AS ro
        ON ro.agreement_id = rn.agreement_id
        AND ro.program_state <> 'draft'
        AND ro.rebate_program_id <> ALL (p_rebate_program_ids)
    JOIN program_line AS o
        ON o.rebate_program_id = ro.rebate_program_id
        AND o.stack_group = n.stack_group
        AND o.valid_from <= coalesce(n.valid_to, 'infinity')
        AND n.valid_from <= coalesce(o.valid_to, 'infinity')
    WHERE rn.rebate_program_id = ANY (p_rebate_program_ids)
        AND CASE o.stack_mode
            WHEN 'cascade_net' THEN n.stack_priority < o.stack_priority AND NOT EXISTS (
                SELECT FROM program_deduction AS d WHERE d.program_line_id = o.program_line_id)
            WHEN 'best_of' THEN n.stack_mode = 'best_of'
            WHEN 'exclusive_first' THEN n.stack_mode = 'exclusive_first' AND n.stack_priority < o.stack_priority
            ELSE false
        END
    ORDER BY n.program_line_id, o.program_line_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD068',
            MESSAGE = 'program would change what lines in force earn',
            DETAIL = format('Program %s, line %s, joins group %L before or beside program %s, line %s, which is %s.', v_fault.one,
                v_fault.one_no, v_fault.stack_group, v_fault.other, v_fault.other_no, v_fault.stack_mode),
            HINT = 'Give it a later priority or days after the end of the other, or put both in force together.';
    END IF;
END
$$;
COMMENT ON FUNCTION validate_programs(bigint[]) IS
    'Raises what keeps programs from being evaluated in one and only one way: ZD065 terms that do not go together, ZD066 ties of priority, ZD067 deductions in a circle, ZD068 a change of what lines in force earn';

CREATE FUNCTION validate_activated_programs() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_ids bigint[] := ARRAY(
        SELECT n.rebate_program_id
        FROM new_rows AS n
        JOIN old_rows AS o ON o.rebate_program_id = n.rebate_program_id
        WHERE o.program_state = 'draft' AND n.program_state = 'active');
BEGIN
    IF v_ids <> '{}' THEN
        -- One activation after the other in an agreement: the later sees the earlier.
        PERFORM
        FROM agreement AS a
        WHERE a.agreement_id IN (SELECT n.agreement_id FROM new_rows AS n)
        ORDER BY a.agreement_id
        FOR NO KEY UPDATE;
        PERFORM validate_programs(v_ids);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION validate_activated_programs() IS 'Trigger of rebate_program: all programs that one statement puts in force are validated together (ZD065 to ZD068)';

CREATE TRIGGER rebate_program_validated
    AFTER UPDATE ON rebate_program
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION validate_activated_programs();
COMMENT ON TRIGGER rebate_program_validated ON rebate_program IS 'What is put in force can be evaluated';

CREATE FUNCTION stamp_activation() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    NEW.activated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION stamp_activation() IS 'Trigger of rebate_program: since when it is in force';

CREATE TRIGGER rebate_program_stamped
    BEFORE UPDATE ON rebate_program
    FOR EACH ROW
    WHEN (OLD.program_state = 'draft' AND NEW.program_state = 'active')
    EXECUTE FUNCTION stamp_activation();
COMMENT ON TRIGGER rebate_program_stamped ON rebate_program IS 'Since when it is in force';

CREATE FUNCTION freeze_baselines(
    p_program_code text,
    p_as_of date DEFAULT current_date
) RETURNS SETOF baseline_snapshot
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_line_ids bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM rebate_program AS r WHERE r.program_code = p_program_code AND r.program_state <> 'draft') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'program in force does not exist',
            DETAIL = format('There is no row with program_code %L in rebate_program, or it is a draft.', p_program_code),
            HINT = 'Put it in force with activate_program().';
    END IF;
    v_line_ids := ARRAY(
        SELECT l.program_line_id
        FROM program_line AS l
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        WHERE r.program_code = p_program_code
            AND l.growth_base IN ('prior_year', 'rolling'));
    IF v_line_ids = '{}' OR p_as_of IS NULL OR NOT isfinite(p_as_of) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH due AS (
        -- Spans whose base period is over; the spans themselves may be to come.
        SELECT p.distributor_id, p.program_line_id, p.span_starts_on, p.currency_code
        FROM rebate_pieces(p_as_of + 800, 'infinity', v_line_ids) AS p
        WHERE p.counted_role = 'baseline'
        GROUP BY p.distributor_id, p.program_line_id, p.span_starts_on, p.currency_code
        HAVING max(p.to_on) <= p_as_of
    )
    INSERT INTO baseline_snapshot (distributor_id, program_line_id, span_starts_on, currency_code, baseline_value, knowledge_at)
    SELECT d.distributor_id, d.program_line_id, d.span_starts_on, d.currency_code,
        coalesce(sum(t.value), 0) / coalesce(l.growth_spans, 1), clock_timestamp()
    FROM due AS d
    JOIN program_line AS l ON l.program_line_id = d.program_line_id
    LEFT JOIN rebate_totals_as_of(p_as_of + 800, 'infinity', v_line_ids) AS t
        ON t.distributor_id = d.distributor_id
        AND t.program_line_id = d.program_line_id
        AND t.counted_role = 'baseline'
        AND t.span_starts_on = d.span_starts_on
        AND t.currency_code = d.currency_code
    GROUP BY d.distributor_id, d.program_line_id, d.span_starts_on, d.currency_code, l.growth_spans
    ON CONFLICT ON CONSTRAINT baseline_snapshot_span_key DO NOTHING
    RETURNING *;
END
$$;
COMMENT ON FUNCTION freeze_baselines(text, date) IS
    'Freezes what growth is measured over, for each span of a program in force whose base period has ended by p_as_of and that is not frozen yet; returns the snapshots. P0002 for an unknown program. activate_program() calls it; until then the base of a span follows the facts';

CREATE FUNCTION activate_program(VARIADIC p_program_codes text[]) RETURNS SETOF rebate_program
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_missing text;
BEGIN
    PERFORM FROM rebate_program AS r WHERE r.program_code = ANY (p_program_codes) ORDER BY r.rebate_program_id FOR UPDATE;
    SELECT u.code INTO v_missing
    FROM unnest(p_program_codes) AS u (code)
    LEFT JOIN rebate_program AS r ON r.program_code = u.code AND r.program_state = 'draft'
    WHERE r.rebate_program_id IS NULL
    LIMIT 1;
    IF FOUND OR coalesce(cardinality(p_program_codes), 0) = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'program is not a draft',
            DETAIL = format('There is no draft with program_code %L in rebate_program.', v_missing),
            HINT = 'Enter the program and its lines first; one that is in force stays so.';
    END IF;
    UPDATE rebate_program AS r
    SET program_state = 'active'
    WHERE r.program_code = ANY (p_program_codes);
    PERFORM FROM unnest(p_program_codes) AS u (code) CROSS JOIN LATERAL freeze_baselines(u.code) AS b;
    RETURN QUERY
        SELECT r.* FROM rebate_program AS r WHERE r.program_code = ANY (p_program_codes) ORDER BY r.program_code;
END
$$;
COMMENT ON FUNCTION activate_program(text[]) IS
    'Puts programs in force, all together or none, freezes their lines and the baselines of growth whose base period is over; returns the programs. P0002 for one that is not a draft; ZD065 terms that do not go together, ZD066 ties of priority, ZD067 deductions in a circle, ZD068 a change of what lines in force earn';

CREATE FUNCTION program_terms(p_program_line_id bigint) RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'line', to_jsonb(l.*) || jsonb_build_object('schedule', l.schedule::text),
        'counts', (SELECT jsonb_agg(to_jsonb(c.*) - 'program_line_id' ORDER BY c.count_no)
            FROM program_count AS c WHERE c.program_line_id = l.program_line_id),
        'scope', (SELECT jsonb_agg(to_jsonb(s.*) - 'program_line_id' ORDER BY s.scope_no)
            FROM program_scope AS s WHERE s.program_line_id = l.program_line_id),
        'resellers', (SELECT jsonb_agg(to_jsonb(s.*) - 'program_line_id' ORDER BY s.reseller_id)
            FROM program_reseller AS s WHERE s.program_line_id = l.program_line_id),
        'targets', (SELECT jsonb_agg(to_jsonb(t.*) - 'program_line_id' ORDER BY t.span_starts_on)
            FROM program_target AS t WHERE t.program_line_id = l.program_line_id),
        'deducts', (SELECT jsonb_agg(d.deducts_line_id ORDER BY d.deducts_line_id)
            FROM program_deduction AS d WHERE d.program_line_id = l.program_line_id)))
    FROM program_line AS l
    WHERE l.program_line_id = p_program_line_id;
END;
COMMENT ON FUNCTION program_terms(bigint) IS
    'All terms of a program line as one jsonb value: the line, what it counts, its scope, resellers, targets and deductions; NULL for an unknown line. What accrual_run.rules_sha256 is a hash of';
