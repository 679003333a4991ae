-- inventory: reconciliation of what distributors count with what their movements
-- say.
--
-- A count is the event "set to X": it stands, whatever comes later, and the gap
-- is worked out anew each time (inventory_gap). A case is the work on a gap. Its
-- states:
--
--     calculation_pending          a count without a case, or a case under which
--                                  facts changed (the view reconciliation says
--                                  so, nothing is stored)
--       -> synchronized            within tolerance, goods in transit left out
--       -> synchronization_pending beyond it, waits for somebody
--            -> in_process         somebody has it: finds the reason, proposes
--                                  an adjustment that another one approves
--                 -> synchronized  the approved adjustment was booked, or late
--                                  facts explained the gap
--
-- A synchronized case opens again when facts under it change. An adjustment is
-- a fact of the day of the count: it comes before the count, explains the gap
-- and leaves the counted quantity as it is.

CREATE TABLE gap_tolerance (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    tolerance_qty numeric(18,3) NOT NULL DEFAULT 0,
    tolerance_pct numeric(6,3) NOT NULL DEFAULT 0,
    CONSTRAINT gap_tolerance_pkey PRIMARY KEY (agreement_id, version_no),
    CONSTRAINT gap_tolerance_qty_check CHECK (tolerance_qty >= 0),
    CONSTRAINT gap_tolerance_pct_check CHECK (tolerance_pct BETWEEN 0 AND 100),
    CONSTRAINT gap_tolerance_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE gap_tolerance IS 'One row = the gaps of inventory that a version of an agreement lets pass: |gap| up to the larger of the two';
COMMENT ON COLUMN gap_tolerance.agreement_id IS 'The agreement';
COMMENT ON COLUMN gap_tolerance.version_no IS 'Its version';
COMMENT ON COLUMN gap_tolerance.tolerance_qty IS 'Base units of a product in a warehouse';
COMMENT ON COLUMN gap_tolerance.tolerance_pct IS 'Per cent of the calculated stock';

CREATE TRIGGER gap_tolerance_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON gap_tolerance
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER gap_tolerance_frozen ON gap_tolerance IS 'Terms are immutable once their version is active';

CREATE TABLE gap_reason (
    reason_code text NOT NULL,
    meaning text NOT NULL,
    CONSTRAINT gap_reason_pkey PRIMARY KEY (reason_code)
);
COMMENT ON TABLE gap_reason IS 'One row = a reason why a count and a calculation differ';
COMMENT ON COLUMN gap_reason.reason_code IS 'Key';
COMMENT ON COLUMN gap_reason.meaning IS 'What happened';

INSERT INTO gap_reason (reason_code, meaning) VALUES
    ('late_sales', 'sales were reported late or not at all'),
    ('wrong_product', 'a product was mistaken for another'),
    ('wrong_unit', 'a unit of measure was mistaken'),
    ('unreported_return', 'a return was not reported'),
    ('theft', 'goods were stolen or lost'),
    ('damage', 'goods were damaged or scrapped'),
    ('wrong_warehouse', 'goods lie in another warehouse'),
    ('cut_off', 'count and movements ended at different times'),
    ('late_receipt', 'goods arrived earlier or later than planned'),
    ('miscount', 'the count was wrong'),
    ('unexplained', 'no reason was found');

CREATE TABLE reconciliation_case (
    distributor_id bigint NOT NULL,
    counted_on date NOT NULL,
    inventory_count_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    reported_qty numeric NOT NULL,
    calculated_qty numeric NOT NULL,
    gap_qty numeric NOT NULL,
    tolerance_qty numeric NOT NULL,
    case_state text NOT NULL,
    owner_name text,
    reason_code text,
    note text,
    proposed_qty numeric(18,3),
    proposed_by text,
    proposed_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    inventory_adjustment_id bigint,
    opened_at timestamptz NOT NULL DEFAULT now(),
    calculated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reconciliation_case_pkey PRIMARY KEY (distributor_id, counted_on, inventory_count_id),
    CONSTRAINT reconciliation_case_state_check CHECK (case_state IN ('synchronization_pending', 'in_process', 'synchronized')),
    CONSTRAINT reconciliation_case_owner_check CHECK (case_state <> 'in_process' OR owner_name IS NOT NULL),
    CONSTRAINT reconciliation_case_proposed_check CHECK (num_nulls(proposed_qty, proposed_by, proposed_at) IN (0, 3)),
    CONSTRAINT reconciliation_case_approved_check CHECK (num_nulls(approved_by, approved_at, inventory_adjustment_id) IN (0, 3)),
    CONSTRAINT reconciliation_case_four_eyes_check CHECK (approved_by <> proposed_by),
    CONSTRAINT reconciliation_case_count_fkey FOREIGN KEY (distributor_id, counted_on, inventory_count_id) REFERENCES inventory_count,
    CONSTRAINT reconciliation_case_adjustment_fkey FOREIGN KEY (distributor_id, counted_on, inventory_adjustment_id) REFERENCES inventory_adjustment,
    CONSTRAINT reconciliation_case_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    CONSTRAINT reconciliation_case_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT reconciliation_case_reason_fkey FOREIGN KEY (reason_code) REFERENCES gap_reason
);
CREATE INDEX reconciliation_case_adjustment_idx ON reconciliation_case (distributor_id, counted_on, inventory_adjustment_id);
CREATE INDEX reconciliation_case_item_idx ON reconciliation_case (distributor_id, warehouse_id, product_id);
CREATE INDEX reconciliation_case_product_idx ON reconciliation_case (product_id);
CREATE INDEX reconciliation_case_reason_idx ON reconciliation_case (reason_code);
CREATE INDEX reconciliation_case_open_idx ON reconciliation_case (case_state, owner_name) WHERE case_state <> 'synchronized';
COMMENT ON TABLE reconciliation_case IS 'One row = the work on one count: what it says, what was calculated, and what became of the difference';
COMMENT ON COLUMN reconciliation_case.distributor_id IS 'The distributor';
COMMENT ON COLUMN reconciliation_case.counted_on IS 'Day at whose close it was counted';
COMMENT ON COLUMN reconciliation_case.inventory_count_id IS 'Key of the count, with distributor and day';
COMMENT ON COLUMN reconciliation_case.warehouse_id IS 'The warehouse';
COMMENT ON COLUMN reconciliation_case.product_id IS 'The product';
COMMENT ON COLUMN reconciliation_case.reported_qty IS 'As counted, base units';
COMMENT ON COLUMN reconciliation_case.calculated_qty IS 'On hand by the movements, goods in transit left out';
COMMENT ON COLUMN reconciliation_case.gap_qty IS 'Reported less calculated';
COMMENT ON COLUMN reconciliation_case.tolerance_qty IS 'Gap that was let pass at that time: the larger of the agreed quantity and the agreed part of the calculated stock';
COMMENT ON COLUMN reconciliation_case.case_state IS 'synchronization_pending (beyond tolerance, nobody has it), in_process or synchronized';
COMMENT ON COLUMN reconciliation_case.owner_name IS 'Who works on it; NULL = nobody yet';
COMMENT ON COLUMN reconciliation_case.reason_code IS 'Why they differ; NULL = not known yet';
COMMENT ON COLUMN reconciliation_case.note IS 'Remark; NULL = none';
COMMENT ON COLUMN reconciliation_case.proposed_qty IS 'Adjustment that is proposed, base units, signed; NULL = none';
COMMENT ON COLUMN reconciliation_case.proposed_by IS 'By whom';
COMMENT ON COLUMN reconciliation_case.proposed_at IS 'When';
COMMENT ON COLUMN reconciliation_case.approved_by IS 'Who approved it, another one; NULL = not approved';
COMMENT ON COLUMN reconciliation_case.approved_at IS 'When';
COMMENT ON COLUMN reconciliation_case.inventory_adjustment_id IS 'Key of the adjustment that was booked, with distributor and day';
COMMENT ON COLUMN reconciliation_case.opened_at IS 'When the case was opened';
COMMENT ON COLUMN reconciliation_case.calculated_at IS 'When it was calculated last';

CREATE TABLE reconciliation_step (
    distributor_id bigint NOT NULL,
    counted_on date NOT NULL,
    reconciliation_step_id bigint GENERATED ALWAYS AS IDENTITY,
    inventory_count_id bigint NOT NULL,
    from_state text,
    to_state text NOT NULL,
    gap_qty numeric NOT NULL,
    taken_by text NOT NULL DEFAULT current_user,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT reconciliation_step_pkey PRIMARY KEY (distributor_id, counted_on, reconciliation_step_id),
    CONSTRAINT reconciliation_step_case_fkey FOREIGN KEY (distributor_id, counted_on, inventory_count_id) REFERENCES reconciliation_case
);
CREATE INDEX reconciliation_step_case_idx ON reconciliation_step (distributor_id, counted_on, inventory_count_id);
COMMENT ON TABLE reconciliation_step IS 'One row = a change of state of a case, or of its gap';
COMMENT ON COLUMN reconciliation_step.distributor_id IS 'The distributor';
COMMENT ON COLUMN reconciliation_step.counted_on IS 'Day of the count';
COMMENT ON COLUMN reconciliation_step.reconciliation_step_id IS 'Key within distributor and day';
COMMENT ON COLUMN reconciliation_step.inventory_count_id IS 'The count';
COMMENT ON COLUMN reconciliation_step.from_state IS 'State before; NULL = the case was opened';
COMMENT ON COLUMN reconciliation_step.to_state IS 'State after';
COMMENT ON COLUMN reconciliation_step.gap_qty IS 'Gap after, base units';
COMMENT ON COLUMN reconciliation_step.taken_by IS 'Role that did it';
COMMENT ON COLUMN reconciliation_step.taken_at IS 'When';

CREATE TRIGGER reconciliation_step_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_step
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER reconciliation_step_append_only ON reconciliation_step IS 'What was done is not undone';

CREATE FUNCTION note_reconciliation_steps() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO reconciliation_step (distributor_id, counted_on, inventory_count_id, to_state, gap_qty)
        SELECT n.distributor_id, n.counted_on, n.inventory_count_id, n.case_state, n.gap_qty
        FROM new_rows AS n;
        RETURN NULL;
    END IF;
    SELECT o.distributor_id, o.counted_on, o.inventory_count_id, o.case_state AS from_state, n.case_state AS to_state
    INTO wrong
    FROM old_rows AS o
    JOIN new_rows AS n USING (distributor_id, counted_on, inventory_count_id)
    WHERE o.case_state = 'synchronized' AND n.case_state = 'in_process'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD021',
            MESSAGE = 'case of reconciliation cannot go from one state to the other',
            DETAIL = format('Count %s of distributor %s, %s: from %s to %s.', wrong.inventory_count_id,
                wrong.distributor_id, wrong.counted_on, wrong.from_state, wrong.to_state),
            HINT = 'Nothing is left to do, unless reconcile_inventory() opens it again.';
    END IF;
    INSERT INTO reconciliation_step (distributor_id, counted_on, inventory_count_id, from_state, to_state, gap_qty)
    SELECT o.distributor_id, o.counted_on, o.inventory_count_id, o.case_state, n.case_state, n.gap_qty
    FROM old_rows AS o
    JOIN new_rows AS n USING (distributor_id, counted_on, inventory_count_id)
    WHERE (o.case_state, o.gap_qty) IS DISTINCT FROM (n.case_state, n.gap_qty);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_reconciliation_steps() IS
    'Trigger of reconciliation_case: lets only the steps of its states pass (ZD021) and notes them in reconciliation_step';

CREATE TRIGGER reconciliation_case_opened
    AFTER INSERT ON reconciliation_case
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_reconciliation_steps();
COMMENT ON TRIGGER reconciliation_case_opened ON reconciliation_case IS 'Notes that it was opened';

CREATE TRIGGER reconciliation_case_stepped
    AFTER UPDATE ON reconciliation_case
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_reconciliation_steps();
COMMENT ON TRIGGER reconciliation_case_stepped ON reconciliation_case IS 'Checks and notes changes of state';

CREATE FUNCTION gap_tolerance_on(
    p_distributor_id bigint,
    p_on date,
    p_calculated_qty numeric
) RETURNS numeric
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Of several agreements in force the strictest; nothing agreed = nothing passes.
    SELECT coalesce(min(greatest(t.tolerance_qty, t.tolerance_pct / 100 * abs(p_calculated_qty))), 0)
    FROM agreement_in_force AS v
    JOIN gap_tolerance AS t ON t.agreement_id = v.agreement_id AND t.version_no = v.version_no
    WHERE v.distributor_id = p_distributor_id
        AND p_on BETWEEN v.valid_from AND v.valid_to;
END;
COMMENT ON FUNCTION gap_tolerance_on(bigint, date, numeric) IS
    'Largest gap, in base units, that passes on that day where so much was calculated: the larger of the agreed quantity and the agreed per cent; 0 where nothing is agreed';

CREATE FUNCTION reconcile_inventory(
    p_through date DEFAULT 'infinity',
    p_distributor_id bigint DEFAULT NULL
) RETURNS SETOF reconciliation_case
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    -- One at a time: two would open the same cases.
    LOCK TABLE reconciliation_case IN SHARE ROW EXCLUSIVE MODE;

    RETURN QUERY
    WITH gap AS MATERIALIZED (
        SELECT g.distributor_id, g.counted_on, g.inventory_count_id, g.warehouse_id, g.product_id,
            g.reported_qty, g.calculated_qty, g.gap_qty,
            gap_tolerance_on(g.distributor_id, g.counted_on, g.calculated_qty) AS tolerance_qty
        FROM inventory_gap AS g
        WHERE g.counted_on <= p_through
            AND (p_distributor_id IS NULL OR g.distributor_id = p_distributor_id)
    ), changed AS (
        UPDATE reconciliation_case AS c
        SET calculated_qty = g.calculated_qty,
            gap_qty = g.gap_qty,
            tolerance_qty = g.tolerance_qty,
            calculated_at = now(),
            case_state = CASE
                WHEN abs(g.gap_qty) <= g.tolerance_qty THEN 'synchronized'
                WHEN c.case_state = 'in_process' THEN 'in_process'
                ELSE 'synchronization_pending'
            END
        FROM gap AS g
        WHERE c.distributor_id = g.distributor_id
            AND c.counted_on = g.counted_on
            AND c.inventory_count_id = g.inventory_count_id
            AND (c.calculated_qty, c.tolerance_qty) IS DISTINCT FROM (g.calculated_qty, g.tolerance_qty)
        RETURNING c.*
    ), withdrawn AS (
        -- The count was taken back: nothing is left to explain.
        UPDATE reconciliation_case AS c
        SET calculated_qty = c.reported_qty,
            gap_qty = 0,
            tolerance_qty = 0,
            calculated_at = now(),
            reason_code = 'miscount',
            case_state = 'synchronized'
        FROM inventory_count AS r
        WHERE r.distributor_id = c.distributor_id
            AND r.corrects_counted_on = c.counted_on
            AND r.corrects_line_id = c.inventory_count_id
            AND r.entry_kind = 'reversal'
            AND c.counted_on <= p_through
            AND (p_distributor_id IS NULL OR c.distributor_id = p_distributor_id)
            AND (c.case_state <> 'synchronized' OR c.gap_qty <> 0)
        RETURNING c.*
    ), opened AS (
        INSERT INTO reconciliation_case (
            distributor_id, counted_on, inventory_count_id, warehouse_id, product_id,
            reported_qty, calculated_qty, gap_qty, tolerance_qty, calculated_at, case_state
        )
        SELECT g.distributor_id, g.counted_on, g.inventory_count_id, g.warehouse_id, g.product_id,
            g.reported_qty, g.calculated_qty, g.gap_qty, g.tolerance_qty, now(),
            CASE WHEN abs(g.gap_qty) <= g.tolerance_qty THEN 'synchronized' ELSE 'synchronization_pending' END
        FROM gap AS g
        WHERE NOT EXISTS (
            SELECT
            FROM reconciliation_case AS c
            WHERE c.distributor_id = g.distributor_id
                AND c.counted_on = g.counted_on
                AND c.inventory_count_id = g.inventory_count_id)
        RETURNING *
    )
    SELECT * FROM changed
    UNION ALL
    SELECT * FROM withdrawn
    UNION ALL
    SELECT * FROM opened;
END
$$;
COMMENT ON FUNCTION reconcile_inventory(date, bigint) IS
    'Opens a case for each count that has none and calculates anew those under which facts changed; returns the cases that it opened or changed. Within tolerance = synchronized. Repeat it as often as you like; p_distributor_id NULL = all.';

CREATE FUNCTION take_reconciliation_cases(
    p_distributor_id bigint,
    p_counted_on date,
    p_inventory_count_ids bigint[] DEFAULT NULL,
    p_owner_name text DEFAULT current_user
) RETURNS SETOF reconciliation_case
LANGUAGE sql
SET search_path FROM CURRENT
AS $$
    UPDATE reconciliation_case AS c
    SET owner_name = p_owner_name,
        case_state = CASE WHEN p_owner_name IS NULL THEN 'synchronization_pending' ELSE 'in_process' END
    WHERE c.distributor_id = p_distributor_id
        AND c.counted_on = p_counted_on
        AND (p_inventory_count_ids IS NULL OR c.inventory_count_id = ANY (p_inventory_count_ids))
        AND c.case_state <> 'synchronized'
    RETURNING c.*
$$;
COMMENT ON FUNCTION take_reconciliation_cases(bigint, date, bigint[], text) IS
    'Somebody takes the open cases of a distributor and day (p_inventory_count_ids NULL = all of them); p_owner_name NULL = gives them back. Returns the cases';

CREATE FUNCTION propose_adjustments(
    p_distributor_id bigint,
    p_counted_on date,
    p_inventory_count_ids bigint[],
    p_reason_code text,
    p_quantity numeric DEFAULT NULL,
    p_note text DEFAULT NULL,
    p_by text DEFAULT current_user
) RETURNS SETOF reconciliation_case
LANGUAGE sql
SET search_path FROM CURRENT
AS $$
    UPDATE reconciliation_case AS c
    SET reason_code = p_reason_code,
        note = coalesce(p_note, c.note),
        proposed_qty = coalesce(p_quantity, c.gap_qty),
        proposed_by = p_by,
        proposed_at = now(),
        approved_by = NULL,
        approved_at = NULL,
        inventory_adjustment_id = NULL
    WHERE c.distributor_id = p_distributor_id
        AND c.counted_on = p_counted_on
        AND c.inventory_count_id = ANY (p_inventory_count_ids)
        AND c.case_state = 'in_process'
    RETURNING c.*
$$;
COMMENT ON FUNCTION propose_adjustments(bigint, date, bigint[], text, numeric, text, text) IS
    'Gives the reason of gaps that are being worked on and proposes to book an adjustment: p_quantity base units, signed, by default the gap of each. Returns the cases; nothing is booked before approve_adjustments(). 23503 when there is no such reason in gap_reason.';

CREATE FUNCTION approve_adjustments(
    p_distributor_id bigint,
    p_counted_on date,
    p_inventory_count_ids bigint[] DEFAULT NULL,
    p_by text DEFAULT current_user,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF reconciliation_case
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    own bigint;
    approved bigint[];
    result reconciliation_case[];
BEGIN
    LOCK TABLE reconciliation_case IN SHARE ROW EXCLUSIVE MODE;
    SELECT array_agg(c.inventory_count_id), min(c.inventory_count_id) FILTER (WHERE c.proposed_by = p_by)
    INTO approved, own
    FROM reconciliation_case AS c
    WHERE c.distributor_id = p_distributor_id
        AND c.counted_on = p_counted_on
        AND (p_inventory_count_ids IS NULL OR c.inventory_count_id = ANY (p_inventory_count_ids))
        AND c.case_state = 'in_process'
        AND c.proposed_at IS NOT NULL
        AND c.approved_at IS NULL;
    IF own IS NOT NULL OR p_by IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD022',
            MESSAGE = 'adjustment must be approved by somebody else than who proposed it',
            DETAIL = format('Count %s of distributor %s, %s, was proposed and is to be approved by %s.', own,
                p_distributor_id, p_counted_on, coalesce(p_by, 'NULL')),
            HINT = 'Let another one approve it, or name the approver in p_by.';
    END IF;

    BEGIN
        WITH booked AS (
            INSERT INTO inventory_adjustment (distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code)
            SELECT c.distributor_id, c.counted_on, c.warehouse_id, c.product_id, c.proposed_qty, c.reason_code
            FROM reconciliation_case AS c
            WHERE c.distributor_id = p_distributor_id
                AND c.counted_on = p_counted_on
                AND c.inventory_count_id = ANY (approved)
            RETURNING distributor_id, adjusted_on, warehouse_id, product_id, inventory_adjustment_id
        )
        UPDATE reconciliation_case AS c
        SET approved_by = p_by,
            approved_at = now(),
            inventory_adjustment_id = b.inventory_adjustment_id
        FROM booked AS b
        WHERE c.distributor_id = b.distributor_id
            AND c.counted_on = b.adjusted_on
            AND c.warehouse_id = b.warehouse_id
            AND c.product_id = b.product_id
            AND c.inventory_count_id = ANY (approved);
        PERFORM reconcile_inventory(p_counted_on, p_distributor_id);

        SELECT array_agg(c) INTO result
        FROM reconciliation_case AS c
        WHERE c.distributor_id = p_distributor_id
            AND c.counted_on = p_counted_on
            AND c.inventory_count_id = ANY (approved);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT * FROM unnest(result);
END
$$;
COMMENT ON FUNCTION approve_adjustments(bigint, date, bigint[], text, boolean) IS
    'Books the proposed adjustments of a distributor and day on that day, before the count, and calculates the cases anew; returns them. A second call books nothing. p_inventory_count_ids NULL = all. ZD022 when the approver proposed one of them.';

CREATE VIEW reconciliation WITH (security_invoker = true) AS
SELECT g.distributor_id,
    g.warehouse_id,
    g.product_id,
    g.counted_on,
    g.inventory_count_id,
    g.reported_qty,
    g.calculated_qty,
    g.gap_qty,
    g.gap_pct,
    gap_tolerance_on(g.distributor_id, g.counted_on, g.calculated_qty) AS tolerance_qty,
    CASE
        WHEN c.calculated_qty = g.calculated_qty THEN c.case_state
        ELSE 'calculation_pending'
    END AS case_state,
    c.owner_name,
    c.reason_code,
    c.proposed_qty,
    c.approved_at
FROM inventory_gap AS g
LEFT JOIN reconciliation_case AS c
    ON c.distributor_id = g.distributor_id
    AND c.counted_on = g.counted_on
    AND c.inventory_count_id = g.inventory_count_id;
COMMENT ON VIEW reconciliation IS 'One row = a count, its gap as it is now, and the state of the work on it';
COMMENT ON COLUMN reconciliation.distributor_id IS 'The distributor';
COMMENT ON COLUMN reconciliation.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN reconciliation.product_id IS 'The product';
COMMENT ON COLUMN reconciliation.counted_on IS 'Day at whose close it was counted';
COMMENT ON COLUMN reconciliation.inventory_count_id IS 'Key of the count, with distributor and day';
COMMENT ON COLUMN reconciliation.reported_qty IS 'As counted, base units';
COMMENT ON COLUMN reconciliation.calculated_qty IS 'By the movements, goods in transit left out, base units';
COMMENT ON COLUMN reconciliation.gap_qty IS 'Reported less calculated, base units. Additive';
COMMENT ON COLUMN reconciliation.gap_pct IS 'Gap in per cent of the calculated stock; NULL = nothing should be there. Not additive';
COMMENT ON COLUMN reconciliation.tolerance_qty IS 'Gap that passes, base units';
COMMENT ON COLUMN reconciliation.case_state IS 'calculation_pending (no case yet, or facts changed since), synchronization_pending, in_process or synchronized';
COMMENT ON COLUMN reconciliation.owner_name IS 'Who works on it; NULL = nobody';
COMMENT ON COLUMN reconciliation.reason_code IS 'Why they differ; NULL = not known';
COMMENT ON COLUMN reconciliation.proposed_qty IS 'Adjustment that is proposed or was booked, base units; NULL = none';
COMMENT ON COLUMN reconciliation.approved_at IS 'When it was booked; NULL = not';

CREATE VIEW gap_trend WITH (security_invoker = true) AS
SELECT r.distributor_id,
    r.month_on,
    count(*) AS counts,
    count(*) FILTER (WHERE abs(r.gap_qty) > r.tolerance_qty) AS counts_beyond_tolerance,
    sum(r.reported_qty) AS reported_qty,
    sum(r.calculated_qty) AS calculated_qty,
    sum(r.gap_qty) AS gap_qty,
    sum(abs(r.gap_qty)) AS absolute_gap_qty,
    100 * sum(r.gap_qty) / nullif(sum(r.calculated_qty), 0) AS gap_pct,
    sum(r.gap_qty) - lag(sum(r.gap_qty)) OVER (PARTITION BY r.distributor_id ORDER BY r.month_on) AS gap_change_qty
FROM (
    SELECT c.distributor_id,
        date_trunc('month', c.counted_on::timestamp)::date AS month_on,
        c.reported_qty,
        c.calculated_qty,
        c.gap_qty,
        c.tolerance_qty
    FROM reconciliation AS c
) AS r
GROUP BY r.distributor_id, r.month_on;
COMMENT ON VIEW gap_trend IS 'One row = how far counts and calculation of a distributor lay apart in a calendar month';
COMMENT ON COLUMN gap_trend.distributor_id IS 'The distributor';
COMMENT ON COLUMN gap_trend.month_on IS 'First day of the month';
COMMENT ON COLUMN gap_trend.counts IS 'Items that were counted. Additive';
COMMENT ON COLUMN gap_trend.counts_beyond_tolerance IS 'Of them, beyond tolerance. Additive';
COMMENT ON COLUMN gap_trend.reported_qty IS 'As counted, base units. Additive';
COMMENT ON COLUMN gap_trend.calculated_qty IS 'By the movements, base units. Additive';
COMMENT ON COLUMN gap_trend.gap_qty IS 'Reported less calculated, base units; surplus and shortage cancel out. Additive';
COMMENT ON COLUMN gap_trend.absolute_gap_qty IS 'Surplus and shortage added up, base units. Additive';
COMMENT ON COLUMN gap_trend.gap_pct IS 'Gap in per cent of the calculated stock. Not additive';
COMMENT ON COLUMN gap_trend.gap_change_qty IS 'Gap less the gap of the month before in which was counted; NULL = the first';

CREATE FUNCTION implied_sell_through_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    from_on date,
    to_on date,
    opening_qty numeric,
    received_qty numeric,
    closing_qty numeric,
    implied_qty numeric,
    unexplained_qty numeric,
    evidence text,
    is_payable boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- From count to count, where the distributor reported no sale at all between
    -- them, by any line and by no nil report: what is gone must have been sold.
    SELECT c.distributor_id,
        c.warehouse_id,
        c.product_id,
        c.opened_on + 1,
        c.counted_on,
        c.opening_qty,
        c.calculated_qty - c.opening_qty,
        c.reported_qty,
        greatest(-c.gap_qty, 0),
        greatest(c.gap_qty, 0),
        'implied'::text,
        false
    FROM (
        SELECT g.distributor_id, g.warehouse_id, g.product_id, g.counted_on, g.reported_qty, g.calculated_qty, g.gap_qty,
            lag(g.counted_on) OVER w AS opened_on,
            lag(g.reported_qty) OVER w AS opening_qty
        FROM inventory_gap_as_of(p_activity, p_knowledge) AS g
        WINDOW w AS (
            PARTITION BY g.distributor_id, g.warehouse_id, g.product_id
            ORDER BY g.counted_on, g.reported_qty, g.inventory_count_id)
    ) AS c
    WHERE c.opened_on < c.counted_on
        AND NOT EXISTS (
            SELECT
            FROM sell_through_as_of(p_activity, p_knowledge) AS s
            WHERE s.distributor_id = c.distributor_id
                AND s.sold_on > c.opened_on
                AND s.sold_on <= c.counted_on)
        AND NOT EXISTS (
            SELECT
            FROM submission AS n
            WHERE n.distributor_id = c.distributor_id
                AND n.submission_mode = 'nil'
                AND n.submission_state = 'accepted'
                AND n.received_at <= p_knowledge
                AND n.period_starts_on <= c.counted_on
                AND n.period_ends_on > c.opened_on);
END;
COMMENT ON FUNCTION implied_sell_through_as_of(date, timestamptz) IS
    'One row = what a distributor that reports stock but no sales must have sold of a product between two counts: opening + net receipts - closing, base units; where more is there than can be, it stands in unexplained_qty. An estimate: evidence implied, never payable, in no fact table';
