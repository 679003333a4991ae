-- access: grant_access() and revoke_access().

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD180', 'A role was to be given a kind of access that does not exist, or one that does not go with what it has', 'Use analyst, bi, app, finance, approver, auditor, admin or distributor; a distributor has no other access', false);

CREATE FUNCTION put_policies_into_force() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET client_min_messages = warning
AS $$
DECLARE
    v_rule record;
    v_vendors text;
    v_distributors text;
BEGIN
    SELECT string_agg(DISTINCT quote_ident(g.role_name), ', ') FILTER (WHERE g.kind <> 'distributor'),
        string_agg(DISTINCT quote_ident(g.role_name), ', ') FILTER (WHERE g.kind = 'distributor')
    INTO v_vendors, v_distributors
    FROM access_grant AS g
    JOIN pg_roles AS r ON r.rolname = g.role_name::name;
    FOR v_rule IN
        SELECT a.table_name, a.seen_by_distributor,
            CASE a.seen_by_distributor
                WHEN 'own' THEN 'distributor_id = ANY (my_distributors())'
                ELSE format('%I(%I)', 'sees_' || a.seen_by_distributor, a.seen_by_distributor || '_id')
            END AS test
        FROM access_rule AS a
        JOIN pg_class AS c ON c.relname = a.table_name
            AND c.relnamespace = (SELECT s.pronamespace FROM pg_proc AS s WHERE s.oid = 'my_distributors()'::regprocedure)
        WHERE a.seen_by_distributor NOT IN ('everyone', 'nobody')
        ORDER BY a.table_name
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS access_vendor ON %I', v_rule.table_name);
        EXECUTE format('DROP POLICY IF EXISTS access_distributor ON %I', v_rule.table_name);
        IF v_distributors IS NULL THEN
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', v_rule.table_name);
            CONTINUE;
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_rule.table_name);
        EXECUTE format('CREATE POLICY access_distributor ON %I FOR SELECT TO %s USING (%s)',
            v_rule.table_name, v_distributors, v_rule.test);
        EXECUTE format('COMMENT ON POLICY access_distributor ON %I IS %L', v_rule.table_name,
            'Distributors see what is theirs; see access_rule');
        IF v_vendors IS NOT NULL THEN
            EXECUTE format('CREATE POLICY access_vendor ON %I TO %s USING (true) WITH CHECK (true)', v_rule.table_name, v_vendors);
            EXECUTE format('COMMENT ON POLICY access_vendor ON %I IS %L', v_rule.table_name,
                'The vendor sees all; what may be written is a matter of the privileges');
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION put_policies_into_force() IS 'Makes the row-level security of each table what access_rule and access_grant say. Without a distributor among the roles there is none';

CREATE FUNCTION put_privileges_into_force(p_role text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET client_min_messages = warning
AS $$
DECLARE
    v_model name := (SELECT n.nspname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = 'my_distributors()'::regprocedure);
    v_face name := model_bi_schema(v_model);
    v_kinds text[] := (SELECT coalesce(array_agg(g.kind), '{}') FROM access_grant AS g WHERE g.role_name = p_role);
    v_reads boolean := v_kinds && ARRAY['analyst', 'app', 'finance', 'approver', 'auditor', 'admin'];
    v_audits boolean := v_kinds && ARRAY['approver', 'auditor', 'admin'];
    v_one record;
BEGIN
    -- From a clean slate, so that a rule that became narrower takes effect.
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I, %I FROM %I', v_model, v_face, p_role);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %I', v_model, p_role);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I, %I FROM %I', v_model, v_face, p_role);
    FOR v_one IN
        SELECT c.relname, a.attname
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
        CROSS JOIN LATERAL aclexplode(a.attacl) AS x
        JOIN pg_roles AS r ON r.oid = x.grantee
        WHERE c.relnamespace = v_model::regnamespace AND r.rolname = p_role::name
    LOOP
        EXECUTE format('REVOKE ALL (%I) ON %I FROM %I', v_one.attname, v_one.relname, p_role);
    END LOOP;
    EXECUTE format('REVOKE ALL ON SCHEMA %I, %I FROM %I', v_model, v_face, p_role);
    IF cardinality(v_kinds) = 0 THEN
        RETURN;
    END IF;

    EXECUTE format('GRANT USAGE ON SCHEMA %I, %I TO %I', v_model, v_face, p_role);
    -- Functions that only look; those that change something by access_action.
    FOR v_one IN
        SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS signature,
            p.provolatile, p.proname, coalesce(x.called_by, '{}') AS called_by
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        LEFT JOIN access_action AS x ON x.function_name = p.proname
        WHERE n.nspname IN (v_model, v_face) AND p.prorettype <> 'trigger'::regtype
    LOOP
        IF v_one.provolatile <> 'v' OR v_one.called_by && v_kinds OR 'admin' = ANY (v_kinds) THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', v_one.signature, p_role);
        END IF;
    END LOOP;
    -- Tables.
    FOR v_one IN
        SELECT c.relname, c.relnamespace = v_face::regnamespace AS is_face, c.relkind,
            coalesce(a.seen_by_distributor, CASE WHEN c.relkind = 'v' THEN 'view' ELSE 'nobody' END) AS seen_by_distributor,
            coalesce(a.is_audit, c.relkind <> 'v') AS is_audit,
            coalesce(a.written_by, '{}') && v_kinds AS is_written,
            (SELECT string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum)
             FROM pg_attribute AS t
             WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attname <> ALL (a.hidden_columns::name[])) AS shown,
            -- A view shows a distributor something when it may see all that the view reads.
            c.relkind <> 'v' OR NOT EXISTS (
                WITH RECURSIVE read (oid) AS (
                    SELECT c.oid
                    UNION
                    SELECT d.refobjid
                    FROM read AS b
                    JOIN pg_rewrite AS w ON w.ev_class = b.oid
                    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> b.oid
                )
                SELECT
                FROM read AS b
                JOIN pg_class AS t ON t.oid = b.oid AND t.relkind IN ('r', 'p')
                LEFT JOIN access_rule AS x ON x.table_name = t.relname
                WHERE coalesce(x.seen_by_distributor, 'nobody') = 'nobody') AS is_for_distributors
        FROM pg_class AS c
        LEFT JOIN access_rule AS a ON a.table_name = c.relname
        WHERE c.relnamespace IN (v_model::regnamespace, v_face::regnamespace)
            AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
    LOOP
        IF v_one.is_face THEN
            IF v_one.is_for_distributors OR NOT 'distributor' = ANY (v_kinds) THEN
                EXECUTE format('GRANT SELECT, REFERENCES ON %I.%I TO %I', v_face, v_one.relname, p_role);
            END IF;
            CONTINUE;
        END IF;
        IF 'admin' = ANY (v_kinds) THEN
            EXECUTE format('GRANT ALL ON %I.%I TO %I', v_model, v_one.relname, p_role);
        ELSIF v_reads AND (v_audits OR NOT v_one.is_audit) THEN
            EXECUTE format('GRANT SELECT ON %I.%I TO %I', v_model, v_one.relname, p_role);
        END IF;
        -- A BI role needs what its views read, and the keys to be seen; without
        -- USAGE it could not name the tables, but neither could the functions
        -- behind the views.
        IF 'bi' = ANY (v_kinds) AND NOT v_one.is_audit THEN
            EXECUTE format('GRANT SELECT, REFERENCES ON %I.%I TO %I', v_model, v_one.relname, p_role);
        END IF;
        IF v_one.is_written THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %I', v_model, v_one.relname, p_role);
        END IF;
        IF 'distributor' = ANY (v_kinds) AND v_one.seen_by_distributor <> 'nobody' AND v_one.is_for_distributors THEN
            EXECUTE format('GRANT SELECT %s ON %I.%I TO %I', '(' || v_one.shown || ')', v_model, v_one.relname, p_role);
        END IF;
    END LOOP;
    IF v_kinds && ARRAY['app', 'finance', 'approver', 'admin'] THEN
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', v_model, p_role);
    END IF;
END
$$;
COMMENT ON FUNCTION put_privileges_into_force(text) IS 'Makes the privileges of a role on the model what access_rule, access_action and its rows in access_grant say';

CREATE FUNCTION grant_access(
    p_role text,
    p_kind text,
    p_distributor_code text DEFAULT NULL
) RETURNS SETOF access_grant
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET client_min_messages = warning
AS $$
DECLARE
    v_distributor_id bigint;
BEGIN
    PERFORM FROM pg_roles WHERE rolname = p_role::name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = 'role does not exist',
            DETAIL = format('The server has no role %s.', coalesce(quote_ident(p_role), '(NULL)')),
            HINT = 'Roles belong to the server: have its administrator run CREATE ROLE first.';
    END IF;
    IF p_kind IS NULL OR p_kind NOT IN ('analyst', 'bi', 'app', 'finance', 'approver', 'auditor', 'admin', 'distributor') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD180',
            MESSAGE = 'kind of access does not exist',
            DETAIL = format('The kind is %s.', coalesce(quote_literal(p_kind), 'NULL')),
            HINT = 'Use analyst, bi, app, finance, approver, auditor, admin or distributor.';
    END IF;
    IF (p_kind = 'distributor') <> (p_distributor_code IS NOT NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD180',
            MESSAGE = 'a distributor goes with the kind distributor and with no other',
            DETAIL = format('The kind is %L, the distributor %s.', p_kind, coalesce(quote_literal(p_distributor_code), 'NULL')),
            HINT = 'grant_access(''acme_user'', ''distributor'', ''ACME'').';
    END IF;
    PERFORM FROM access_grant AS g WHERE g.role_name = p_role AND (g.kind = 'distributor') <> (p_kind = 'distributor');
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD180',
            MESSAGE = 'a role is the vendor''s or a distributor''s, not both',
            DETAIL = format('%I has %s already.', p_role, (SELECT string_agg(g.kind, ', ') FROM access_grant AS g WHERE g.role_name = p_role)),
            HINT = 'Use another role, or call revoke_access() first.';
    END IF;
    PERFORM FROM pg_roles AS r WHERE r.rolname = p_role::name AND p_kind = 'distributor' AND (r.rolsuper OR r.rolbypassrls);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD180',
            MESSAGE = 'row-level security does not bind this role',
            DETAIL = format('%I is a superuser or has BYPASSRLS: it would see every distributor.', p_role),
            HINT = 'Use an ordinary role.';
    END IF;
    IF p_kind = 'distributor' THEN
        v_distributor_id := distributor_of(p_distributor_code);
        INSERT INTO distributor_login (role_name, distributor_id) VALUES (p_role, v_distributor_id) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO access_grant (role_name, kind) VALUES (p_role, p_kind) ON CONFLICT DO NOTHING;
    PERFORM put_privileges_into_force(p_role);
    PERFORM put_policies_into_force();
    RETURN QUERY SELECT g.* FROM access_grant AS g WHERE g.role_name = p_role ORDER BY g.kind;
END
$$;
COMMENT ON FUNCTION grant_access(text, text, text) IS
    'Gives a role of the server a kind of access to this model and returns all that it has: analyst (reads all), bi (reads the BI schema, sees keys), app (hands in, accepts, accrues), finance (states and settles), approver (decides), auditor (reads all and the audit), admin (everything), distributor (its own rows; name the distributor). '
    'For the owner of the model. From the first distributor on, row-level security binds all roles that are not the owner. Again after new tables: puts access_rule into force. 42704 role, ZD180 kind';

CREATE FUNCTION revoke_access(
    p_role text,
    p_kind text DEFAULT NULL
) RETURNS SETOF access_grant
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET client_min_messages = warning
AS $$
BEGIN
    DELETE FROM access_grant AS g WHERE g.role_name = p_role AND (p_kind IS NULL OR g.kind = p_kind);
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'role has no such access',
            DETAIL = format('Of %s there is no row%s in access_grant.', coalesce(quote_ident(p_role), '(NULL)'), coalesce(' of kind ' || quote_literal(p_kind), '')),
            HINT = 'See access_grant.';
    END IF;
    DELETE FROM distributor_login AS l
    WHERE l.role_name = p_role
        AND NOT EXISTS (SELECT FROM access_grant AS g WHERE g.role_name = p_role AND g.kind = 'distributor');
    -- A role that was dropped meanwhile has nothing left to take away.
    PERFORM FROM pg_roles WHERE rolname = p_role::name;
    IF FOUND THEN
        PERFORM put_privileges_into_force(p_role);
    END IF;
    PERFORM put_policies_into_force();
    RETURN QUERY SELECT g.* FROM access_grant AS g WHERE g.role_name = p_role ORDER BY g.kind;
END
$$;
COMMENT ON FUNCTION revoke_access(text, text) IS
    'Takes a kind of access, or all, from a role and returns what it has left. For the owner of the model. P0002 when it has none';
