-- drop_model: the only short way to lose data, so it asks twice.

CREATE FUNCTION drop_model(
    model name,
    confirm_model name DEFAULT NULL,
    force boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
    schema_oid oid;
    fact name;
    has_rows boolean;
    with_facts text[] := ARRAY[]::text[];
    outside text;
    face name := distmgmt.model_bi_schema(model);
BEGIN
    PERFORM distmgmt.require_model(model);
    SELECT oid INTO schema_oid FROM pg_namespace WHERE nspname = model;
    IF confirm_model IS DISTINCT FROM model THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'name of the model to drop is not confirmed',
            DETAIL = format('The model is %I, the confirmation %s.', model, coalesce(quote_ident(confirm_model), 'NULL')),
            HINT = format('Everything in it will be lost. To go on: SELECT distmgmt.drop_model(%L, %L);', model, model);
    END IF;

    FOR fact IN
        SELECT c.relname
        FROM pg_class AS c
        WHERE c.relnamespace = schema_oid
            AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition
            -- The journal of reference data tells of rows that are no facts.
            AND c.relname <> 'reference_change'
            AND (c.relname = 'submission' OR EXISTS (
                SELECT
                FROM pg_trigger AS t
                JOIN pg_proc AS p ON p.oid = t.tgfoid
                JOIN pg_namespace AS n ON n.oid = p.pronamespace
                WHERE t.tgrelid = c.oid AND n.nspname = 'distmgmt' AND p.proname = 'append_only'))
        ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', model, fact) INTO has_rows;
        IF has_rows THEN
            with_facts := with_facts || fact::text;
        END IF;
    END LOOP;
    IF cardinality(with_facts) > 0 AND NOT force THEN
        RAISE EXCEPTION USING
            ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = 'model holds facts',
            DETAIL = format('There are rows in %s of %I.', array_to_string(with_facts, ', '), model),
            HINT = 'Dump it first (pg_dump -n). To drop it with its facts, add force => true.';
    END IF;

    -- What others built on the model is not ours to drop.
    SELECT string_agg(DISTINCT pg_describe_object('pg_class'::regclass, w.ev_class, 0), ', ')
    INTO outside
    FROM pg_depend AS d
    JOIN pg_rewrite AS w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_class AS u ON u.oid = w.ev_class
    JOIN pg_class AS used ON used.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_namespace AS n ON n.oid = u.relnamespace
    WHERE u.relnamespace <> schema_oid
        AND (used.relnamespace = schema_oid AND n.nspname <> face
            OR used.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = face) AND n.nspname <> face);
    IF outside IS NULL THEN
        SELECT string_agg(DISTINCT format('%s on %s', k.conname, k.conrelid::regclass), ', ')
        INTO outside
        FROM pg_constraint AS k
        JOIN pg_class AS here ON here.oid = k.confrelid
        JOIN pg_class AS there ON there.oid = k.conrelid
        WHERE here.relnamespace = schema_oid AND there.relnamespace <> schema_oid;
    END IF;
    IF outside IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = 'objects outside the model depend on it',
            DETAIL = format('These use %I: %s.', model, outside),
            HINT = 'Drop or change them first.';
    END IF;

    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', face);
    EXECUTE format('DROP SCHEMA %I CASCADE', model);
END
$$;
COMMENT ON FUNCTION drop_model(name, name, boolean) IS
    'Drops a model with everything in it and its BI views. The name has to be given twice; facts are dropped only with force => true; what others built on it is never dropped (2BP01). 3F000 when there is no such model.';
REVOKE ALL ON FUNCTION drop_model(name, name, boolean) FROM PUBLIC;
