-- check_model: compares a model with what this engine would lay out today. The
-- expectation is not a stored list that could rot: a fresh model is laid out in
-- a subtransaction, listed, and rolled back.

CREATE FUNCTION model_catalog(model name)
RETURNS TABLE (object_kind text, object_name text, definition text)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    schema_oids oid[];
BEGIN
    PERFORM distmgmt.require_model(model);
    SELECT array_agg(oid) INTO schema_oids FROM pg_namespace WHERE nspname IN (model, distmgmt.model_bi_schema(model));
    -- With the model and its BI views on the path, definitions come out without
    -- its name and can be compared between schemas.
    PERFORM set_config('search_path',
        quote_ident(distmgmt.model_bi_schema(model)) || ', ' || distmgmt.model_search_path(model), true);
    RETURN QUERY
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END,
        c.relname::text,
        concat_ws(E'\n', c.reloptions::text, CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid, true) END)
    FROM pg_class AS c
    WHERE c.relnamespace = ANY (schema_oids) AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
    UNION ALL
    SELECT 'column',
        format('%I.%I', c.relname, a.attname),
        concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY BY DEFAULT' END,
            CASE a.attgenerated WHEN 's' THEN 'GENERATED' END,
            pg_get_expr(d.adbin, d.adrelid, true))
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = ANY (schema_oids) AND c.relkind IN ('r', 'p', 'v', 'c') AND NOT c.relispartition
    UNION ALL
    SELECT 'constraint',
        format('%I on %I', k.conname, c.relname),
        pg_get_constraintdef(k.oid, true)
    FROM pg_constraint AS k
    JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE c.relnamespace = ANY (schema_oids) AND k.contype <> 'n' AND NOT c.relispartition
    UNION ALL
    SELECT 'index', i.relname::text, pg_get_indexdef(x.indexrelid, 0, true)
    FROM pg_index AS x
    JOIN pg_class AS i ON i.oid = x.indexrelid
    JOIN pg_class AS c ON c.oid = x.indrelid
    WHERE c.relnamespace = ANY (schema_oids) AND NOT c.relispartition
    UNION ALL
    SELECT 'trigger', format('%I on %I', t.tgname, c.relname),
        concat_ws(' ', pg_get_triggerdef(t.oid, true), nullif(t.tgenabled::text, 'O'))
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = ANY (schema_oids) AND NOT t.tgisinternal AND NOT c.relispartition
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text,
        concat_ws(E'\n', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
            p.provolatile::text, p.proisstrict::text, p.prosecdef::text, p.proparallel::text,
            CASE WHEN p.proconfig IS NOT NULL THEN 'pinned' END,
            coalesce(pg_get_function_sqlbody(p.oid), p.prosrc))
    FROM pg_proc AS p
    WHERE p.pronamespace = ANY (schema_oids)
    UNION ALL
    SELECT 'comment', concat_ws('.', c.relname, a.attname), d.description
    FROM pg_description AS d
    JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
    WHERE c.relnamespace = ANY (schema_oids) AND NOT c.relispartition;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
END
$$;
COMMENT ON FUNCTION model_catalog(name) IS
    'One row = an object of a model with its definition, free of the name of the schema: what check_model() compares';

CREATE FUNCTION check_model(model name DEFAULT 'channel')
RETURNS TABLE (finding text, object_kind text, object_name text, expected text, actual text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fresh name := 'distmgmt_fresh_' || pg_backend_pid();
    fresh_catalog jsonb;
BEGIN
    PERFORM distmgmt.require_model(model);
    BEGIN
        PERFORM distmgmt.create_model(fresh);
        SELECT jsonb_agg(to_jsonb(m)) INTO fresh_catalog FROM distmgmt.model_catalog(fresh) AS m;
        -- Takes the fresh model back; the variable survives. (A code that ends in
        -- 000 would stand for its whole class in the handler.)
        RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'fresh model listed';
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;

    RETURN QUERY
    SELECT CASE
            WHEN h.object_name IS NULL THEN 'missing'
            WHEN w.object_name IS NULL THEN 'added'
            ELSE 'changed'
        END,
        coalesce(w.object_kind, h.object_kind),
        coalesce(w.object_name, h.object_name),
        w.definition,
        h.definition
    FROM jsonb_to_recordset(fresh_catalog) AS w (object_kind text, object_name text, definition text)
    FULL JOIN distmgmt.model_catalog(model) AS h
        ON h.object_kind = w.object_kind AND h.object_name = w.object_name
    WHERE h.definition IS DISTINCT FROM w.definition
    ORDER BY 1, 2, 3;
END
$$;
COMMENT ON FUNCTION check_model(name) IS
    'One row = a difference between a model and what this engine would lay out: missing, added (your own addition, harmless) or changed, with both definitions; no row = as laid out. Needs CREATE on the database, because it lays out a fresh model for a moment and takes it back. 3F000 when there is no such model.';
REVOKE ALL ON FUNCTION check_model(name) FROM PUBLIC;
