-- access, approving: the functions by which approvals are asked for and given, who
-- has what on his desk, and what other subjects ask before they act.

CREATE VIEW approval_pending WITH (security_invoker = true) AS
SELECT s.approval_request_id,
    s.subject_kind,
    s.subject_key,
    s.distributor_id,
    s.amount,
    s.currency_code,
    s.discount_rate,
    s.reason,
    s.requested_by,
    s.requested_at,
    s.expires_at,
    p.approval_policy_id,
    p.approver_role,
    p.approvals_needed - p.approvals_given AS approvals_missing,
    u.decider,
    nullif(u.approver, u.decider) AS on_behalf_of
FROM approval_state AS s
JOIN approval_progress AS p
    ON p.approval_request_id = s.approval_request_id
    AND NOT p.is_met
LEFT JOIN LATERAL (
    SELECT r.decider, a.approver
    FROM (
        -- People: who can log in, or is nobody's group. A superuser is a member of
        -- everything and is listed where he was named.
        SELECT i.rolname::text COLLATE "default" AS decider
        FROM pg_catalog.pg_roles AS i
        WHERE (i.rolcanlogin OR NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid = i.oid))
            AND (NOT i.rolsuper OR i.rolname = p.approver_role::name OR EXISTS (
                SELECT
                FROM pg_catalog.pg_auth_members AS m
                JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
                WHERE m.member = i.oid AND g.rolname = p.approver_role::name))
    ) AS r
    CROSS JOIN LATERAL (SELECT approver_of(r.decider, s.subject_kind, p.approver_role, s.requested_by) AS approver) AS a
    WHERE a.approver IS NOT NULL
        AND NOT EXISTS (
            SELECT
            FROM approval_decision AS d
            WHERE d.approval_request_id = s.approval_request_id
                AND (d.decided_by = r.decider OR d.approver = a.approver))
) AS u ON true
WHERE s.request_state = 'waiting'
    AND NOT EXISTS (
        SELECT
        FROM approval_progress AS b
        WHERE b.approval_request_id = s.approval_request_id AND b.step_no < p.step_no AND NOT b.is_met);
COMMENT ON VIEW approval_pending IS 'One row = a request that waits and somebody who can decide it now: who has what on his desk. A request that nobody can decide is there with decider NULL';
COMMENT ON COLUMN approval_pending.approval_request_id IS 'The request';
COMMENT ON COLUMN approval_pending.subject_kind IS 'What is to be approved';
COMMENT ON COLUMN approval_pending.subject_key IS 'Which one';
COMMENT ON COLUMN approval_pending.distributor_id IS 'The distributor; NULL = none in particular';
COMMENT ON COLUMN approval_pending.amount IS 'Amount at stake; NULL = not known. Not additive: a request is there once for each decider';
COMMENT ON COLUMN approval_pending.currency_code IS 'Its currency';
COMMENT ON COLUMN approval_pending.discount_rate IS 'Discount at stake, as a fraction; NULL = not known';
COMMENT ON COLUMN approval_pending.reason IS 'Why it was asked for; NULL = not stated';
COMMENT ON COLUMN approval_pending.requested_by IS 'Role that asked';
COMMENT ON COLUMN approval_pending.requested_at IS 'When';
COMMENT ON COLUMN approval_pending.expires_at IS 'Until when it waits; NULL = for ever';
COMMENT ON COLUMN approval_pending.approval_policy_id IS 'The policy that is to be met';
COMMENT ON COLUMN approval_pending.approver_role IS 'Whose members decide';
COMMENT ON COLUMN approval_pending.approvals_missing IS 'How many approvals it still needs for this policy';
COMMENT ON COLUMN approval_pending.decider IS 'Role on whose desk it is; NULL = nobody can decide it';
COMMENT ON COLUMN approval_pending.on_behalf_of IS 'Who delegated to it; NULL = its own right';

CREATE FUNCTION approval_is_needed(
    p_subject_kind text,
    p_amount numeric DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_discount_rate numeric DEFAULT NULL
) RETURNS boolean
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM approval_policies_for(p_subject_kind, p_amount, p_currency_code, p_discount_rate));
END;
COMMENT ON FUNCTION approval_is_needed(text, numeric, text, numeric) IS
    'Whether something of this kind, amount and discount needs an approval today. ZD007 when an exchange rate is missing.';

CREATE FUNCTION approval_is_given(
    p_subject_kind text,
    p_subject_key text,
    p_amount numeric DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_discount_rate numeric DEFAULT NULL
) RETURNS boolean
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT NOT approval_is_needed(p_subject_kind, p_amount, p_currency_code, p_discount_rate)
        OR EXISTS (
            SELECT
            FROM approval_state AS s
            WHERE s.subject_kind = p_subject_kind
                AND s.subject_key = p_subject_key
                AND s.request_state = 'approved'
                -- The newest request says what holds.
                AND NOT EXISTS (
                    SELECT
                    FROM approval_request AS n
                    WHERE n.subject_kind = s.subject_kind AND n.subject_key = s.subject_key AND n.request_no > s.request_no)
                AND (p_amount IS NULL OR s.amount IS NULL
                    OR s.currency_code = p_currency_code AND p_amount BETWEEN SYMMETRIC 0 AND s.amount)
                AND (p_discount_rate IS NULL OR s.discount_rate IS NULL OR p_discount_rate <= s.discount_rate));
END;
COMMENT ON FUNCTION approval_is_given(text, text, numeric, text, numeric) IS
    'Whether something may be done: it needs no approval, or its newest request is approved for at least this amount (same currency and sign) and discount; what a request does not know it approves whatever it is';

CREATE FUNCTION require_approval(
    p_subject_kind text,
    p_subject_key text,
    p_amount numeric DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_discount_rate numeric DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    IF NOT approval_is_given(p_subject_kind, p_subject_key, p_amount, p_currency_code, p_discount_rate) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD081',
            MESSAGE = 'an approval is needed',
            DETAIL = concat_ws(' ', initcap(replace(p_subject_kind, '_', ' ')), p_subject_key, 'over', p_amount::text, p_currency_code,
                'at discount ' || p_discount_rate::text) || '.',
            HINT = 'Ask with request_approval(); another role decides with decide_approval(). See approval_state.';
    END IF;
END
$$;
COMMENT ON FUNCTION require_approval(text, text, numeric, text, numeric) IS
    'Raises ZD081 unless approval_is_given(): for triggers and functions that act on what may need an approval';

CREATE FUNCTION request_approval(
    p_subject_kind text,
    p_subject_key text,
    p_amount numeric DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_discount_rate numeric DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_distributor_id bigint DEFAULT NULL
) RETURNS approval_state
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_state approval_state;
    v_id bigint;
BEGIN
    SELECT s.* INTO v_state
    FROM approval_state AS s
    WHERE s.subject_kind = p_subject_kind
        AND s.subject_key = p_subject_key
        AND s.request_state IN ('waiting', 'approved')
        AND (s.amount, s.currency_code, s.discount_rate) IS NOT DISTINCT FROM
            (p_amount::numeric(18, 4), p_currency_code, p_discount_rate::numeric(9, 6))
        AND NOT EXISTS (
            SELECT
            FROM approval_request AS n
            WHERE n.subject_kind = s.subject_kind AND n.subject_key = s.subject_key AND n.request_no > s.request_no);
    IF FOUND THEN
        RETURN v_state;
    END IF;
    INSERT INTO approval_request (subject_kind, subject_key, request_no, distributor_id, amount, currency_code, discount_rate, reason)
    VALUES (p_subject_kind, p_subject_key, 0, p_distributor_id, p_amount, p_currency_code, p_discount_rate, p_reason)
    RETURNING approval_request_id INTO v_id;
    SELECT s.* INTO v_state FROM approval_state AS s WHERE s.approval_request_id = v_id;
    RETURN v_state;
END
$$;
COMMENT ON FUNCTION request_approval(text, text, numeric, text, numeric, text, bigint) IS
    'Asks for an approval and returns the request with its state: waiting, or approved at once where no policy applies. One that waits or is approved for the same amount and discount is returned as it is; another amount or discount takes its place. 23505 when another session asks for the same thing at the same moment, ZD007 when an exchange rate is missing.';

CREATE FUNCTION decide_approval(
    p_approval_request_id bigint,
    p_approve boolean DEFAULT true,
    p_reason text DEFAULT NULL
) RETURNS approval_state
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_state approval_state;
BEGIN
    IF p_approve IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'decision is missing',
            DETAIL = 'The argument p_approve is NULL.',
            HINT = 'Give true to approve, false to refuse.';
    END IF;
    INSERT INTO approval_decision (approval_request_id, decision_no, decision, requested_by, reason)
    VALUES (p_approval_request_id, 0, CASE WHEN p_approve THEN 'approve' ELSE 'refuse' END, '', p_reason);
    SELECT s.* INTO v_state FROM approval_state AS s WHERE s.approval_request_id = p_approval_request_id;
    RETURN v_state;
END
$$;
COMMENT ON FUNCTION decide_approval(bigint, boolean, text) IS
    'Approves or refuses a request as the role that is current, or in the place of who has delegated to it; one refusal refuses it. Returns the request with its state. ZD041 when the one who asked decides, 42501 when the role is not asked to, 23505 when it has decided already, ZD080 when nothing is waiting, P0002 for an unknown request, 22004 for NULL.';

CREATE FUNCTION withdraw_approval(
    p_approval_request_id bigint,
    p_reason text DEFAULT NULL
) RETURNS approval_state
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_state approval_state;
BEGIN
    INSERT INTO approval_decision (approval_request_id, decision_no, decision, requested_by, reason)
    VALUES (p_approval_request_id, 0, 'withdraw', '', p_reason);
    SELECT s.* INTO v_state FROM approval_state AS s WHERE s.approval_request_id = p_approval_request_id;
    RETURN v_state;
END
$$;
COMMENT ON FUNCTION withdraw_approval(bigint, text) IS
    'Takes back a request that waits, by who made it (42501 otherwise). ZD080 when nothing is waiting, P0002 for an unknown request.';

CREATE FUNCTION delegate_approval(
    p_delegate text,
    p_to date,
    p_from date DEFAULT current_date,
    p_subject_kind text DEFAULT NULL,
    p_reason text DEFAULT NULL
) RETURNS approval_delegation
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_given approval_delegation;
BEGIN
    PERFORM FROM pg_catalog.pg_roles AS r WHERE r.rolname = p_delegate::name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = 'role to delegate to does not exist',
            DETAIL = format('There is no role %s.', coalesce(quote_literal(p_delegate), 'NULL')),
            HINT = 'Name a role of the server.';
    END IF;
    INSERT INTO approval_delegation (delegate, subject_kind, valid_from, valid_to, reason)
    VALUES (p_delegate, p_subject_kind, p_from, p_to, p_reason)
    RETURNING * INTO v_given;
    RETURN v_given;
END
$$;
COMMENT ON FUNCTION delegate_approval(text, date, date, text, text) IS
    'Lets another role decide in the place of the current one from p_from to p_to (both inclusive), for one kind of subject or all; not for what that role asked for itself. 42704 for an unknown role, 23514 for oneself or an end before the beginning.';

CREATE FUNCTION revoke_delegation(p_approval_delegation_id bigint) RETURNS approval_delegation
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_revoked approval_delegation;
BEGIN
    UPDATE approval_delegation AS g
    SET revoked_at = now()
    WHERE g.approval_delegation_id = p_approval_delegation_id
    RETURNING g.* INTO v_revoked;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'delegation does not exist',
            DETAIL = format('There is no row with approval_delegation_id %s.', coalesce(p_approval_delegation_id::text, 'NULL')),
            HINT = 'See approval_delegation.';
    END IF;
    RETURN v_revoked;
END
$$;
COMMENT ON FUNCTION revoke_delegation(bigint) IS
    'Takes back a delegation from now on; what was decided under it stands. ZD001 unless it is one''s own and in force, P0002 when there is none.';
