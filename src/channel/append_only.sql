-- append_only: the trigger behind "facts are append-only".

CREATE FUNCTION append_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD001',
        MESSAGE = 'facts are append-only',
        DETAIL = format('%s on table %I.%I.', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
        HINT = 'Book a correction instead: a reversal row and, if needed, a new row, both pointing at the row they correct.';
END
$$;
COMMENT ON FUNCTION append_only() IS
    'Trigger BEFORE UPDATE OR DELETE OR TRUNCATE … FOR EACH STATEMENT: refuses the statement with ZD001';
