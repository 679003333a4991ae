-- access: who sees and does what. Roles belong to the server and are made by its
-- administrator; grant_access() gives one of them a kind of access to this model.
-- What a kind means is data: access_rule says of each table who sees and who
-- writes it, access_action of each function that changes something who calls it.
-- A table or function without a row is for nobody but admins: what is forgotten
-- is closed, not open.

CREATE TABLE access_rule (
    table_name text NOT NULL,
    seen_by_distributor text NOT NULL,
    hidden_columns text[] NOT NULL DEFAULT '{}',
    is_audit boolean NOT NULL DEFAULT false,
    written_by text[] NOT NULL DEFAULT '{}',
    CONSTRAINT access_rule_pkey PRIMARY KEY (table_name),
    CONSTRAINT access_rule_seen_check CHECK (seen_by_distributor ~ '^[a-z_]+$'),
    CONSTRAINT access_rule_written_check CHECK (written_by <@ ARRAY['app', 'finance', 'approver'])
);
COMMENT ON TABLE access_rule IS 'One row = a table of the model: who sees it and who writes it. Put into force by grant_access()';
COMMENT ON COLUMN access_rule.table_name IS 'The table';
COMMENT ON COLUMN access_rule.seen_by_distributor IS 'Which rows a distributor sees: nobody (none), everyone (all), own (its distributor_id), or the name X of what the row belongs to: those for which sees_X(X_id) holds';
COMMENT ON COLUMN access_rule.hidden_columns IS 'Columns that a distributor does not see even in its own rows';
COMMENT ON COLUMN access_rule.is_audit IS 'Seen by auditors, approvers and admins only';
COMMENT ON COLUMN access_rule.written_by IS 'Kinds of access whose functions write into it: app, finance, approver; admins write everywhere';

CREATE TABLE access_action (
    function_name text NOT NULL,
    called_by text[] NOT NULL,
    CONSTRAINT access_action_pkey PRIMARY KEY (function_name),
    CONSTRAINT access_action_called_check CHECK (called_by <@ ARRAY['app', 'finance', 'approver', 'distributor'])
);
COMMENT ON TABLE access_action IS 'One row = a function that changes something: who may call it. Functions that only look need no row';
COMMENT ON COLUMN access_action.function_name IS 'The function';
COMMENT ON COLUMN access_action.called_by IS 'Kinds of access that call it: app, finance, approver, distributor; admins call all';

CREATE TABLE access_grant (
    role_name text NOT NULL,
    kind text NOT NULL,
    granted_by text NOT NULL DEFAULT current_user,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT access_grant_pkey PRIMARY KEY (role_name, kind),
    CONSTRAINT access_grant_kind_check CHECK (kind IN ('analyst', 'bi', 'app', 'finance', 'approver', 'auditor', 'admin', 'distributor'))
);
COMMENT ON TABLE access_grant IS 'One row = a role of the server with a kind of access to this model. Written by grant_access() and revoke_access()';
COMMENT ON COLUMN access_grant.role_name IS 'The role; a person or a group';
COMMENT ON COLUMN access_grant.kind IS 'analyst, bi, app, finance, approver, auditor, admin or distributor';
COMMENT ON COLUMN access_grant.granted_by IS 'Who granted it';
COMMENT ON COLUMN access_grant.granted_at IS 'When';

CREATE TABLE distributor_login (
    role_name text NOT NULL,
    distributor_id bigint NOT NULL,
    CONSTRAINT distributor_login_pkey PRIMARY KEY (role_name, distributor_id),
    CONSTRAINT distributor_login_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE distributor_login IS 'One row = a role whose members act for a distributor: what row-level security goes by. Written by grant_access()';
COMMENT ON COLUMN distributor_login.role_name IS 'The role';
COMMENT ON COLUMN distributor_login.distributor_id IS 'The distributor';
CREATE INDEX distributor_login_distributor_idx ON distributor_login (distributor_id);

CREATE FUNCTION caller_role() RETURNS name
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Inside a SECURITY DEFINER function current_user is its owner; the setting
    -- role is still that of the caller, and only members can set it.
    SELECT CASE current_setting('role'::text) WHEN 'none'::text THEN session_user ELSE current_setting('role'::text)::name END;
END;
COMMENT ON FUNCTION caller_role() IS 'The role that calls, also inside a function that runs with the rights of its owner: what SET ROLE says, otherwise who is logged in';

CREATE FUNCTION my_distributors() RETURNS bigint[]
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(l.distributor_id ORDER BY l.distributor_id), '{}')
        FROM distributor_login AS l
        JOIN pg_roles AS r ON r.rolname = l.role_name::name
        WHERE pg_has_role(caller_role(), r.oid, 'USAGE'));
END
$$;
COMMENT ON FUNCTION my_distributors() IS 'The distributors for which the caller acts, by membership in the roles of distributor_login; empty for the vendor. What the policies call; runs with the rights of its owner, so that logins of others stay unseen';

CREATE FUNCTION sees_reseller(p_reseller_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM reseller_alias AS a WHERE a.reseller_id = p_reseller_id AND a.distributor_id = ANY (my_distributors()))
        OR EXISTS (SELECT FROM distributor_reseller AS d WHERE d.reseller_id = p_reseller_id AND d.distributor_id = ANY (my_distributors()))
        OR EXISTS (SELECT FROM sell_through AS s WHERE s.reseller_id = p_reseller_id AND s.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_reseller(bigint) IS 'Whether a reseller is a customer of a distributor for which the caller acts: by alias, relation or sale';

CREATE FUNCTION sees_end_customer(p_end_customer_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM sell_through AS s WHERE s.end_customer_id = p_end_customer_id AND s.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_end_customer(bigint) IS 'Whether a distributor for which the caller acts sold to an end customer';

CREATE FUNCTION submit_own_report(
    p_document text,
    p_file_name text DEFAULT NULL,
    p_distributor_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_code text;
    v_own bigint[] := my_distributors();
    v_result submission_result;
BEGIN
    SELECT d.distributor_code INTO v_code
    FROM distributor AS d
    WHERE d.distributor_id = ANY (v_own)
        AND (p_distributor_code IS NULL AND cardinality(v_own) = 1 OR d.distributor_code = p_distributor_code);
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'not a distributor that the caller acts for',
            DETAIL = format('The caller is %s; the distributor %s.', caller_role(), coalesce(quote_literal(p_distributor_code), 'is not named')),
            HINT = CASE WHEN cardinality(v_own) > 1 AND p_distributor_code IS NULL
                THEN 'The role acts for several distributors: name one with p_distributor_code.'
                ELSE 'Have the vendor call grant_access(role, ''distributor'', distributor code).' END;
    END IF;
    v_result := submit_report(p_document => p_document, p_distributor_code => v_code, p_file_name => p_file_name, p_dry_run => p_dry_run);
    RETURN v_result;
END
$$;
COMMENT ON FUNCTION submit_own_report(text, text, text, boolean) IS
    'A distributor hands in its own report: submit_report() for the distributor that the caller acts for. It is judged and kept; the vendor accepts it. 42501 when the caller acts for none, or for another';

CREATE FUNCTION sees_agreement(p_agreement_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM agreement_member AS m WHERE m.agreement_id = p_agreement_id AND m.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_agreement(bigint) IS 'Whether an agreement is with a distributor for which the caller acts, with its group, or with all';

CREATE FUNCTION sees_rebate_program(p_rebate_program_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM rebate_program AS p WHERE p.rebate_program_id = p_rebate_program_id AND sees_agreement(p.agreement_id));
END
$$;
COMMENT ON FUNCTION sees_rebate_program(bigint) IS 'Whether a rebate program is for a distributor for which the caller acts';

CREATE FUNCTION sees_program_line(p_program_line_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM program_line AS l WHERE l.program_line_id = p_program_line_id AND sees_rebate_program(l.rebate_program_id));
END
$$;
COMMENT ON FUNCTION sees_program_line(bigint) IS 'Whether a line of a rebate program is for a distributor for which the caller acts';

CREATE FUNCTION sees_price_list(p_price_list_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM price_list AS p
        WHERE p.price_list_id = p_price_list_id
            AND cardinality(my_distributors()) > 0
            AND (p.territory_id IS NULL OR p.territory_id IN (
                SELECT d.territory_id FROM distributor AS d WHERE d.distributor_id = ANY (my_distributors()))));
END
$$;
COMMENT ON FUNCTION sees_price_list(bigint) IS 'Whether a price list is for everybody or for the territory of a distributor for which the caller acts';

CREATE FUNCTION sees_promotion(p_promotion_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM promotion AS p
        WHERE p.promotion_id = p_promotion_id
            AND cardinality(my_distributors()) > 0
            AND (p.distributor_id IS NULL OR p.distributor_id = ANY (my_distributors()))
            AND (p.territory_id IS NULL OR p.territory_id IN (
                SELECT d.territory_id FROM distributor AS d WHERE d.distributor_id = ANY (my_distributors()))));
END
$$;
COMMENT ON FUNCTION sees_promotion(bigint) IS 'Whether a promotion is for everybody, or for a distributor for which the caller acts or its territory';

CREATE FUNCTION sees_person(p_person_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM partner_person AS p WHERE p.person_id = p_person_id AND p.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_person(bigint) IS 'Whether a person works for a distributor for which the caller acts';

CREATE FUNCTION sees_onboarding(p_onboarding_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM onboarding AS o WHERE o.onboarding_id = p_onboarding_id AND o.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_onboarding(bigint) IS 'Whether a reseller is being onboarded for a distributor for which the caller acts';

CREATE FUNCTION sees_track_member(p_track_member_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM track_member AS m WHERE m.track_member_id = p_track_member_id AND m.distributor_id = ANY (my_distributors()));
END
$$;
COMMENT ON FUNCTION sees_track_member(bigint) IS 'Whether a member of a program track is a distributor for which the caller acts';

CREATE FUNCTION sees_track_review(p_track_review_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM track_review AS r WHERE r.track_review_id = p_track_review_id AND sees_track_member(r.track_member_id));
END
$$;
COMMENT ON FUNCTION sees_track_review(bigint) IS 'Whether a review of a program track is about a distributor for which the caller acts';

CREATE FUNCTION sees_commitment_relief(p_commitment_relief_id bigint) RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM commitment_relief AS r
        WHERE r.commitment_relief_id = p_commitment_relief_id
            AND sees_agreement(r.agreement_id)
            AND (r.distributor_id IS NULL OR r.distributor_id = ANY (my_distributors())));
END
$$;
COMMENT ON FUNCTION sees_commitment_relief(bigint) IS 'Whether a relief was given to a distributor for which the caller acts, not to another member of its group';
