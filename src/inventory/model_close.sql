-- inventory: closing a fiscal period closes the stock at its last day, reopening
-- it takes that back. The calendar knows nothing of it: it changes the state of
-- the period, and the trigger here follows.

CREATE FUNCTION follow_period_state() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    IF NEW.period_state = 'closed' THEN
        -- Periods of several calendars may end on one day: once is enough.
        IF NOT EXISTS (
            SELECT
            FROM inventory_close AS c
            WHERE c.closed_on = NEW.ends_on AND c.invalid_since IS NULL)
            OR EXISTS (SELECT FROM inventory_restart_as_of(NEW.ends_on))
        THEN
            PERFORM close_inventory(NEW.ends_on);
        END IF;
    ELSIF OLD.period_state = 'closed' THEN
        DELETE FROM inventory_checkpoint AS k
        USING inventory_close AS c
        WHERE c.close_no = k.close_no AND c.closed_on >= NEW.starts_on AND c.invalid_since IS NULL;
        UPDATE inventory_close AS c
        SET invalid_since = clock_timestamp()
        WHERE c.closed_on >= NEW.starts_on AND c.invalid_since IS NULL;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION follow_period_state() IS
    'Trigger of fiscal_period: a period that is closed puts the stock down at its last day (close_inventory()), unless that was done and still holds; one that is reopened makes the closes from its first day on invalid. No answer changes by either. Runs with the rights of the owner: who closes a period need not be able to write checkpoints';
REVOKE ALL ON FUNCTION follow_period_state() FROM PUBLIC;

CREATE TRIGGER fiscal_period_stock
    AFTER UPDATE OF period_state ON fiscal_period
    FOR EACH ROW WHEN (NEW.period_state IS DISTINCT FROM OLD.period_state)
    EXECUTE FUNCTION follow_period_state();
COMMENT ON TRIGGER fiscal_period_stock ON fiscal_period IS 'A closed period has its stock put down';
