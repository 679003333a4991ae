-- claim, funds: plans, commitments, extensions and transfers.

CREATE FUNCTION plan_fund_activities(
    p_plans jsonb,
    p_planned_on date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_plan
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_late record;
    v_drafts fund_entry[];
    v_rows fund_plan[];
BEGIN
    PERFORM fund_of(x.fund) FROM jsonb_to_recordset(p_plans) AS x (fund text);
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY
            SELECT p.*
            FROM fund_plan AS p
            WHERE (p.distributor_id, p.fund_plan_id) IN (
                SELECT e.distributor_id, e.fund_plan_id
                FROM fund_entry AS e
                WHERE e.idempotency_key = p_idempotency_key);
        RETURN;
    END IF;
    SELECT x.plan_no, x.fund, d.plan_due_on INTO v_late
    FROM jsonb_to_recordset(p_plans) AS x (fund text, plan_no text, starts_on date)
    JOIN fund_deadline AS d
        ON d.fund_code = x.fund
        AND x.starts_on BETWEEN d.span_starts_on AND d.span_ends_on
    WHERE p_planned_on > d.plan_due_on
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD123',
            MESSAGE = 'deadline for plans has passed',
            DETAIL = format('Plan %L of fund %s of %s was due on %s.', v_late.plan_no, v_late.fund, p_planned_on, v_late.plan_due_on),
            HINT = 'Ask for an extension with request_fund_extension().';
    END IF;
    BEGIN
        WITH entered AS (
            INSERT INTO fund_plan (
                distributor_id, fund_id, plan_no, activity_name, span_starts_on, span_ends_on, starts_on, ends_on,
                cost_amount, requested_amount, planned_on
            )
            SELECT f.distributor_id, f.fund_id, x.plan_no, x.activity, d.span_starts_on, d.span_ends_on, x.starts_on,
                coalesce(x.ends_on, x.starts_on), x.cost, coalesce(x.requested, round(x.cost * f.vendor_rate, c.minor_unit)), p_planned_on
            FROM jsonb_to_recordset(p_plans) AS x (
                fund text, plan_no text, activity text, starts_on date, ends_on date, cost numeric, requested numeric)
            JOIN fund AS f ON f.fund_code = x.fund
            JOIN currency AS c ON c.currency_code = f.currency_code
            LEFT JOIN fund_deadline AS d
                ON d.distributor_id = f.distributor_id
                AND d.fund_id = f.fund_id
                AND x.starts_on BETWEEN d.span_starts_on AND d.span_ends_on
            ORDER BY f.fund_id, x.plan_no
            RETURNING *
        )
        SELECT array_agg(entered::fund_plan ORDER BY entered.fund_plan_id) INTO v_rows FROM entered;
        SELECT array_agg(ROW(p.distributor_id, p.fund_id, NULL, 'plan', p_planned_on, p.requested_amount, NULL, NULL,
            p.fund_plan_id, NULL, NULL, NULL, NULL, NULL, NULL)::fund_entry ORDER BY p.fund_plan_id)
        INTO v_drafts
        FROM unnest(v_rows) AS p;
        PERFORM FROM enter_fund(v_drafts, p_idempotency_key);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION plan_fund_activities(jsonb, date, text, boolean) IS
    'Hands in plans: an array of {"fund", "plan_no", "activity", "starts_on", "ends_on", "cost", "requested"}; requested defaults to cost × contribution ratio. Returns the plans. The same p_idempotency_key returns the first call''s plans; p_dry_run enters nothing. ZD123 after the deadline, P0002 for an unknown fund, 23505 for a number used before, 23502 when the fund has no span on the day.';

CREATE FUNCTION fund_plans_in_state(p_fund_plan_ids bigint[], p_states text[]) RETURNS SETOF fund_plan_state
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_stray record;
BEGIN
    SELECT i.fund_plan_id, s.plan_no, s.plan_state INTO v_stray
    FROM unnest(p_fund_plan_ids) AS i (fund_plan_id)
    LEFT JOIN fund_plan_state AS s ON s.fund_plan_id = i.fund_plan_id
    WHERE s.plan_state IS NULL OR s.plan_state <> ALL (p_states)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD122',
            MESSAGE = 'plan is not in a state that allows the step',
            DETAIL = format('Plan %s (%s) is %s.', v_stray.fund_plan_id, coalesce(v_stray.plan_no, '-'), coalesce(v_stray.plan_state, 'not there')),
            HINT = format('It would have to be %s.', array_to_string(p_states, ' or '));
    END IF;
    RETURN QUERY SELECT s.* FROM fund_plan_state AS s WHERE s.fund_plan_id = ANY (p_fund_plan_ids);
END
$$;
COMMENT ON FUNCTION fund_plans_in_state(bigint[], text[]) IS 'The plans; ZD122 when one is not there or in another state';

CREATE FUNCTION approve_fund_plans(
    p_fund_plan_ids bigint[],
    p_approved_on date,
    p_amount numeric DEFAULT NULL,
    p_approve boolean DEFAULT true,
    p_reason text DEFAULT NULL,
    p_by text DEFAULT current_user,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_own record;
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    PERFORM begin_fund_call(NULL);
    SELECT s.plan_no, s.recorded_by INTO v_own
    FROM fund_plans_in_state(p_fund_plan_ids, ARRAY['planned']) AS s
    WHERE s.recorded_by = p_by AND p_approve
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD121',
            MESSAGE = 'who hands in a plan cannot approve it',
            DETAIL = format('Plan %L was entered by %s.', v_own.plan_no, v_own.recorded_by),
            HINT = 'Have another one decide.';
    END IF;
    BEGIN
        SELECT array_agg(ROW(s.distributor_id, s.fund_id, NULL, CASE WHEN p_approve THEN 'approve' ELSE 'refuse' END, p_approved_on,
            least(s.requested_amount, p_amount), NULL, NULL, s.fund_plan_id, NULL, NULL,
            concat_ws(': ', p_by, p_reason), NULL, NULL, NULL)::fund_entry ORDER BY s.fund_plan_id)
        INTO v_drafts
        FROM fund_plans_in_state(p_fund_plan_ids, ARRAY['planned']) AS s;
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION approve_fund_plans(bigint[], date, numeric, boolean, text, text, boolean) IS
    'Approves plans (at most p_amount each, NULL = what was requested) or refuses them; p_by stands in the reason of the entry. Returns the entries. ZD121 when p_by handed one in, ZD122 when one is not planned.';

CREATE FUNCTION commit_fund_plans(
    p_fund_plan_ids bigint[],
    p_committed_on date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT e.* FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        SELECT array_agg(ROW(s.distributor_id, s.fund_id, NULL, 'commit', p_committed_on, s.approved_amount, NULL, NULL,
            s.fund_plan_id, NULL, NULL, NULL, NULL, NULL, NULL)::fund_entry ORDER BY s.fund_plan_id)
        INTO v_drafts
        FROM fund_plans_in_state(p_fund_plan_ids, ARRAY['approved']) AS s;
        PERFORM FROM expire_funds(p_committed_on, ARRAY(SELECT DISTINCT d.fund_id FROM unnest(v_drafts) AS d));
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts, p_idempotency_key) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION commit_fund_plans(bigint[], date, text, boolean) IS
    'Promises the approved amount of plans; what has expired until then goes first. Returns the entries. ZD120 when a fund has not that much available, ZD122 when a plan is not approved. The same p_idempotency_key returns the first call''s entries; p_dry_run enters nothing.';

CREATE FUNCTION release_fund_plans(
    p_fund_plan_ids bigint[],
    p_released_on date,
    p_reason text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    PERFORM begin_fund_call(NULL);
    BEGIN
        SELECT array_agg(ROW(s.distributor_id, s.fund_id, NULL, 'release', p_released_on, s.committed_amount, NULL, NULL,
            s.fund_plan_id, NULL, NULL, p_reason, NULL, NULL, NULL)::fund_entry ORDER BY s.fund_plan_id)
        INTO v_drafts
        FROM fund_plans_in_state(p_fund_plan_ids, ARRAY['committed']) AS s;
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION release_fund_plans(bigint[], date, text, boolean) IS
    'Ends what is left of the commitment of plans: it is available again, unless it expired meanwhile. Returns the entries. ZD122 when nothing is committed for one.';

CREATE FUNCTION forfeit_funds(p_as_of date, p_dry_run boolean DEFAULT false) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    PERFORM begin_fund_call(NULL);
    BEGIN
        SELECT array_agg(ROW(s.distributor_id, s.fund_id, NULL, k.entry_kind, p_as_of, s.committed_amount, NULL, NULL,
            s.fund_plan_id, NULL, NULL, 'deadline for claims has passed', NULL, NULL, NULL)::fund_entry
            ORDER BY s.fund_plan_id, k.entry_kind DESC)
        INTO v_drafts
        FROM fund_plan_state AS s
        JOIN fund_deadline AS d
            ON d.distributor_id = s.distributor_id
            AND d.fund_id = s.fund_id
            AND d.span_starts_on = s.span_starts_on
        CROSS JOIN (VALUES ('release'), ('forfeit')) AS k (entry_kind)
        WHERE s.committed_amount > 0
            AND d.claim_due_on < p_as_of
            -- What was claimed in time and not refused is not lost.
            AND NOT EXISTS (
                SELECT
                FROM fund_entry AS e
                JOIN claim_state AS c ON c.distributor_id = e.distributor_id AND c.claim_id = e.claim_id
                WHERE e.distributor_id = s.distributor_id
                    AND e.fund_plan_id = s.fund_plan_id
                    AND c.claim_state IN ('pended', 'proposed', 'approved'));
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION forfeit_funds(date, boolean) IS
    'Takes away what was promised to plans whose deadline for claims passed before p_as_of without a claim that is open; returns the entries (release and forfeit). A second call enters nothing; p_dry_run enters nothing.';

CREATE FUNCTION transfer_fund(
    p_from_fund text,
    p_to_fund text,
    p_amount numeric,
    p_transferred_on date,
    p_reason text DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_from fund := fund_of(p_from_fund);
    v_to fund := fund_of(p_to_fund);
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    IF v_from.distributor_id <> v_to.distributor_id OR v_from.currency_code <> v_to.currency_code
        OR v_from.fund_id = v_to.fund_id OR coalesce(p_amount, 0) <= 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'no such transfer is possible',
            DETAIL = format('%s from fund %s (%s) to fund %s (%s).', coalesce(p_amount::text, 'NULL'), p_from_fund, v_from.currency_code,
                p_to_fund, v_to.currency_code),
            HINT = 'Move a positive amount between two funds of one distributor and one currency.';
    END IF;
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT e.* FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        PERFORM FROM expire_funds(p_transferred_on, ARRAY[v_from.fund_id]);
        -- The vintages go along, so that nothing lives longer by moving.
        SELECT array_agg(ROW(v_from.distributor_id, k.fund_id, NULL, 'transfer', p_transferred_on, k.direction * t.amount,
            t.vintage_on, t.expires_on, NULL, NULL, k.counter_fund_id, p_reason, NULL, NULL, NULL)::fund_entry
            ORDER BY k.direction, t.expires_on, t.vintage_on)
        INTO v_drafts
        FROM (
            SELECT v.vintage_on, v.expires_on,
                least(v.remaining_amount, greatest(p_amount - coalesce(sum(v.remaining_amount) OVER (
                    ORDER BY v.expires_on, v.vintage_on
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0)) AS amount
            FROM fund_vintage AS v
            WHERE v.distributor_id = v_from.distributor_id AND v.fund_id = v_from.fund_id
        ) AS t
        CROSS JOIN (VALUES
            (-1, v_from.fund_id, v_to.fund_id),
            (1, v_to.fund_id, v_from.fund_id)
        ) AS k (direction, fund_id, counter_fund_id)
        WHERE t.amount > 0;
        IF (SELECT coalesce(sum(d.amount), 0) FROM unnest(v_drafts) AS d WHERE d.amount > 0) <> p_amount THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD120',
                MESSAGE = 'fund would be overdrawn',
                DETAIL = format('Fund %s has %s %s available, %s were to be transferred.', p_from_fund,
                    (SELECT b.available_amount FROM fund_balance AS b WHERE b.fund_code = p_from_fund), v_from.currency_code, p_amount),
                HINT = 'Transfer at most what is available (fund_balance).';
        END IF;
        SELECT array_agg(e ORDER BY e.amount, e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts, p_idempotency_key) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION transfer_fund(text, text, numeric, date, text, text, boolean) IS
    'Moves money between two funds of a distributor, what expires first goes first and keeps its vintage and expiry. Returns the entries of both. ZD120 when there is not that much available, 22023 for other currencies or distributors. The same p_idempotency_key returns the first call''s entries; p_dry_run enters nothing.';

CREATE FUNCTION request_fund_extension(
    p_fund text,
    p_span_on date,
    p_deadline_kind text,
    p_due_on date,
    p_reason text,
    p_by text DEFAULT current_user
) RETURNS fund_extension
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_fund fund := fund_of(p_fund);
    result fund_extension;
BEGIN
    INSERT INTO fund_extension (distributor_id, fund_id, span_starts_on, deadline_kind, due_on, reason, requested_by)
    SELECT v_fund.distributor_id, v_fund.fund_id, d.span_starts_on, p_deadline_kind, p_due_on, p_reason, p_by
    FROM fund_deadline AS d
    WHERE d.distributor_id = v_fund.distributor_id
        AND d.fund_id = v_fund.fund_id
        AND p_span_on BETWEEN d.span_starts_on AND d.span_ends_on
    RETURNING * INTO result;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'fund has no span on the day',
            DETAIL = format('Fund %s, %s.', p_fund, coalesce(p_span_on::text, 'NULL')),
            HINT = 'See fund_deadline.';
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION request_fund_extension(text, date, text, date, text, text) IS
    'Asks for more time to plan or to claim (p_deadline_kind plan or claim) in the span of a fund that contains p_span_on; holds once somebody else grants it with decide_fund_extension(). Returns the request. P0002 for an unknown fund or span.';

CREATE FUNCTION decide_fund_extension(
    p_fund_extension_id bigint,
    p_grant boolean DEFAULT true,
    p_by text DEFAULT current_user
) RETURNS fund_extension
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    x fund_extension;
BEGIN
    SELECT * INTO x FROM fund_extension AS e WHERE e.fund_extension_id = p_fund_extension_id FOR UPDATE;
    IF NOT FOUND OR x.extension_state <> 'waiting' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD122',
            MESSAGE = 'request does not wait for a decision',
            DETAIL = format('Request %s is %s.', coalesce(p_fund_extension_id::text, 'NULL'), coalesce(x.extension_state, 'not there')),
            HINT = 'See the rows of fund_extension whose extension_state is waiting.';
    END IF;
    IF x.requested_by = p_by AND p_grant THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD121',
            MESSAGE = 'who asks for an extension cannot grant it',
            DETAIL = format('Request %s was made by %s.', p_fund_extension_id, x.requested_by),
            HINT = 'Have another one decide.';
    END IF;
    UPDATE fund_extension AS e
    SET extension_state = CASE WHEN p_grant THEN 'granted' ELSE 'refused' END,
        decided_by = p_by,
        decided_at = clock_timestamp()
    WHERE e.fund_extension_id = p_fund_extension_id
    RETURNING e.* INTO x;
    RETURN x;
END
$$;
COMMENT ON FUNCTION decide_fund_extension(bigint, boolean, text) IS
    'Grants or refuses an extension of a deadline. ZD121 when the one who asked grants it, ZD122 when nothing waits.';
