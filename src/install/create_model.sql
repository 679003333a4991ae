-- create_model: lays out a model (tables, views, functions) in a schema of its
-- own. The tables belong to the caller and are never members of the extension:
-- a dump keeps them with every change that was made to them, and DROP EXTENSION
-- is refused while they exist.

CREATE TYPE model_summary AS (
    model name,
    model_version text,
    tables integer,
    views integer,
    functions integer,
    bi_views integer
);
COMMENT ON TYPE model_summary IS 'What a model consists of';
COMMENT ON COLUMN model_summary.model IS 'Schema of the model';
COMMENT ON COLUMN model_summary.model_version IS 'Version of the engine that laid it out or upgraded it last';
COMMENT ON COLUMN model_summary.tables IS 'Tables in it';
COMMENT ON COLUMN model_summary.views IS 'Views in it';
COMMENT ON COLUMN model_summary.functions IS 'Functions in it';
COMMENT ON COLUMN model_summary.bi_views IS 'Views for BI tools in the schema beside it';

CREATE FUNCTION model_search_path(model name) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- The model first, then the engine, then where the contrib modules are
    -- that the model uses; pg_temp last, so that nobody can put a table of his
    -- own in front.
    SELECT string_agg(quote_ident(s.nspname), ', ' ORDER BY s.place, s.nspname) || ', pg_temp'
    FROM (
        SELECT model AS nspname, 1 AS place
        UNION ALL
        SELECT n.nspname,
            min(CASE e.extname WHEN 'distmgmt' THEN 2 ELSE 3 END)
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname IN ('distmgmt', 'btree_gist', 'ltree', 'pg_trgm', 'unaccent')
        GROUP BY n.nspname
    ) AS s
    WHERE s.nspname <> 'pg_catalog';
END;
COMMENT ON FUNCTION model_search_path(name) IS
    'The search_path under which the objects of a model are made and its functions run: the model, the engine, the contrib modules, pg_temp';

CREATE FUNCTION model_bi_schema(model name) RETURNS name
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF octet_length(model::text) > 60 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'name_too_long',
            MESSAGE = 'name of the model is too long',
            DETAIL = format('%I has %s bytes.', model, octet_length(model::text)),
            HINT = 'Choose one of at most 60 bytes: the schema of its BI views has the same name with _bi behind it.';
    END IF;
    RETURN model || '_bi';
END
$$;
COMMENT ON FUNCTION model_bi_schema(name) IS
    'Name of the schema with the BI views of a model: its name with _bi behind it. 42622 when that does not fit into a name.';

CREATE FUNCTION create_model(model name DEFAULT 'channel')
RETURNS model_summary
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $create_model$
DECLARE
    contrib name;
    face name;
    summary distmgmt.model_summary;
BEGIN
    IF model IS NULL OR model = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'name of the model is missing',
            DETAIL = format('The argument model is %s.', coalesce(quote_literal(model), 'NULL')),
            HINT = 'Give the name of a schema that does not exist yet, such as ''channel''.';
    END IF;
    PERFORM FROM pg_namespace WHERE nspname = model;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_schema',
            MESSAGE = 'schema for the model exists already',
            DETAIL = format('There is a schema %I; nothing was changed.', model),
            HINT = 'Choose another name, or look at the model that is there with distmgmt.check_model().';
    END IF;

    face := distmgmt.model_bi_schema(model);
    PERFORM FROM pg_namespace WHERE nspname = face;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_schema',
            MESSAGE = 'schema for the BI views of the model exists already',
            DETAIL = format('There is a schema %I; nothing was changed.', face),
            HINT = 'Choose another name for the model: its views for BI tools are laid out in a schema of that name with _bi behind it.';
    END IF;

    -- Exclusion constraints need btree_gist, product lines are an ltree, names
    -- are matched by trigrams without accents.
    FOREACH contrib IN ARRAY ARRAY['btree_gist', 'ltree', 'pg_trgm', 'unaccent'] LOOP
        PERFORM FROM pg_extension WHERE extname = contrib;
        IF NOT FOUND THEN
            EXECUTE format('CREATE EXTENSION %I SCHEMA distmgmt', contrib);
        END IF;
    END LOOP;

    BEGIN
        EXECUTE format('CREATE SCHEMA %I', model);
    EXCEPTION WHEN unique_violation THEN
        -- Somebody else was making it at this moment.
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_schema',
            MESSAGE = 'schema for the model exists already',
            DETAIL = format('Another session made %I meanwhile; nothing was changed.', model),
            HINT = 'Choose another name, or use the model that is there.';
    END;
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', model,
        'Model of distmgmt: distributors, agreements, reports, channel inventory, rebates and prices');
    PERFORM set_config('search_path', distmgmt.model_search_path(model), true);

    -- The model, subject by subject: src/<subject>/model.sql as it stands there.
-- @MODEL@
    -- Its face to BI tools: plain views in a schema beside it.
    EXECUTE format('CREATE SCHEMA %I', face);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', face,
        format('What BI tools see of the model %s: plain types, one key a view, every column explained', model));
    PERFORM set_config('search_path', quote_ident(face) || ', ' || distmgmt.model_search_path(model), true);

-- @BI@
    -- Nothing of a model is for everybody.
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I, %I FROM PUBLIC', model, face);
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);

    EXECUTE format('INSERT INTO %I.model_version (step, engine_version) VALUES (''create'', %L)', model,
        (SELECT extversion FROM pg_extension WHERE extname = 'distmgmt'));
    SELECT * INTO summary FROM distmgmt.model_summary_of(model);
    RETURN summary;
END
$create_model$;
COMMENT ON FUNCTION create_model(name) IS
    'Lays out a model in a new schema and returns what it consists of. Runs with the rights of the caller, who owns everything in it; installs the contrib modules that the model needs where they are missing. 42P06 when the schema exists.';
REVOKE ALL ON FUNCTION create_model(name) FROM PUBLIC;

CREATE FUNCTION model_summary_of(model name) RETURNS model_summary
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    summary distmgmt.model_summary;
    schema_oid oid;
BEGIN
    PERFORM distmgmt.require_model(model);
    SELECT oid INTO schema_oid FROM pg_namespace WHERE nspname = model;
    summary.model := model;
    EXECUTE format('SELECT engine_version FROM %I.model_version ORDER BY step_no DESC LIMIT 1', model)
        INTO summary.model_version;
    SELECT count(*) FILTER (WHERE relkind IN ('r', 'p')), count(*) FILTER (WHERE relkind = 'v')
    INTO summary.tables, summary.views
    FROM pg_class
    WHERE relnamespace = schema_oid AND NOT relispartition;
    SELECT count(*) INTO summary.functions FROM pg_proc WHERE pronamespace = schema_oid;
    SELECT count(*) INTO summary.bi_views
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = distmgmt.model_bi_schema(model) AND c.relkind = 'v';
    RETURN summary;
END
$$;
COMMENT ON FUNCTION model_summary_of(name) IS 'What a model consists of. 3F000 when there is no such model.';

CREATE FUNCTION require_model(model name) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = model AND c.relname = 'model_version' AND c.relkind = 'r';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_schema_name',
            MESSAGE = 'model does not exist',
            DETAIL = format('There is no schema %s that create_model() made.', coalesce(quote_ident(model), '(NULL)')),
            HINT = 'distmgmt.create_model() makes one; the default name is channel.';
    END IF;
END
$$;
COMMENT ON FUNCTION require_model(name) IS 'Raises 3F000 unless the schema is a model';
