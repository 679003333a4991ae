-- inventory: tranches at any day, as known at any time, from the last checkpoint
-- that still holds.
--
-- close_inventory() puts down the tranches of every item (product in a
-- warehouse) at the close of a day. Later questions start there and read only
-- what moved since. A fact that comes later and changes the stock before a
-- close is noticed by the deltas of the stock (rollup_stock_delta, then
-- inventory_late): for that item, and no other, the calculation starts from an
-- earlier checkpoint, or from the beginning. A question about an earlier
-- knowledge uses only closes whose facts were all known then. Nothing that was
-- put down is ever rewritten.

CREATE TABLE inventory_checkpoint (
    distributor_id bigint NOT NULL,
    close_no bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    opening_kind text[] NOT NULL,
    opening_qty numeric[] NOT NULL,
    opening_cost numeric[] NOT NULL,
    opening_on date[] NOT NULL,
    last_moved_on date NOT NULL,
    is_usable boolean NOT NULL,
    CONSTRAINT inventory_checkpoint_pkey PRIMARY KEY (distributor_id, close_no, warehouse_id, product_id),
    CONSTRAINT inventory_checkpoint_close_fkey FOREIGN KEY (close_no) REFERENCES inventory_close
);
CREATE INDEX inventory_checkpoint_close_idx ON inventory_checkpoint (close_no);
CREATE INDEX inventory_checkpoint_unusable_idx ON inventory_checkpoint (close_no, distributor_id) WHERE NOT is_usable;
COMMENT ON TABLE inventory_checkpoint IS 'One row = a product in a warehouse at a close: the movements that bring an empty stock to where it was then, with all that later movements depend on';
COMMENT ON COLUMN inventory_checkpoint.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_checkpoint.close_no IS 'The close';
COMMENT ON COLUMN inventory_checkpoint.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_checkpoint.product_id IS 'The product';
COMMENT ON COLUMN inventory_checkpoint.opening_kind IS 'Kinds of these movements (movement_kind), in order: a receipt for each open tranche, a negative one for a deficit';
COMMENT ON COLUMN inventory_checkpoint.opening_qty IS 'Their quantities, base units';
COMMENT ON COLUMN inventory_checkpoint.opening_cost IS 'Their costs of a base unit; NULL = not known, or nothing to say';
COMMENT ON COLUMN inventory_checkpoint.opening_on IS 'Dates of the tranches';
COMMENT ON COLUMN inventory_checkpoint.last_moved_on IS 'Day of the last movement';
COMMENT ON COLUMN inventory_checkpoint.is_usable IS 'Whether movements can bring an empty stock there; false = tranches of unknown cost beside a known one, calculate from the beginning';

CREATE FUNCTION checkpoint_opening(
    p_layer_on date[],
    p_layer_qty numeric[],
    p_layer_cost numeric[],
    p_last_cost numeric,
    p_issue_cost numeric
) RETURNS TABLE (
    place integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date
)
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
ROWS 5
BEGIN ATOMIC
    -- One unit comes and goes: now the cost last issued is known.
    SELECT 1 AS place, 'receipt'::movement_kind AS kind, 1::numeric AS quantity, p_issue_cost AS unit_cost, NULL::date AS tranche_on
    WHERE p_issue_cost IS NOT NULL
    UNION ALL
    SELECT 2 AS place, 'issue'::movement_kind AS kind, 1::numeric AS quantity, NULL::numeric AS unit_cost, NULL::date AS tranche_on
    WHERE p_issue_cost IS NOT NULL
    UNION ALL
    -- What has no quantity does nothing, but keeps an item that is empty.
    SELECT 2 AS place, 'issue'::movement_kind AS kind, NULL::numeric AS quantity, NULL::numeric AS unit_cost, NULL::date AS tranche_on
    WHERE p_issue_cost IS NULL AND p_last_cost IS NULL AND cardinality(p_layer_qty) = 0
    UNION ALL
    -- What a deficit was charged is the last known cost when it opens.
    SELECT (1 + 2 * l.n)::integer AS place, 'reprice'::movement_kind AS kind, NULL::numeric AS quantity, l.unit_cost, l.tranche_on
    FROM unnest(p_layer_on, p_layer_qty, p_layer_cost) WITH ORDINALITY AS l (tranche_on, quantity, unit_cost, n)
    WHERE l.quantity < 0 AND l.unit_cost IS NOT NULL
    UNION ALL
    SELECT (2 + 2 * l.n)::integer AS place, 'receipt'::movement_kind AS kind, l.quantity, l.unit_cost, l.tranche_on
    FROM unnest(p_layer_on, p_layer_qty, p_layer_cost) WITH ORDINALITY AS l (tranche_on, quantity, unit_cost, n)
    UNION ALL
    -- With nothing on hand, a reprice changes the last known cost alone.
    SELECT 3 + 2 * cardinality(p_layer_qty) AS place, 'reprice'::movement_kind AS kind, NULL::numeric AS quantity,
        p_last_cost AS unit_cost, NULL::date AS tranche_on
    WHERE p_last_cost IS NOT NULL AND NOT coalesce(p_layer_qty[1] > 0, false);
END;
COMMENT ON FUNCTION checkpoint_opening(date[], numeric[], numeric[], numeric, numeric) IS
    'Movements, in the order of place, that bring an empty stock to these layers (dates, quantities, costs) and costs: what close_inventory() puts down';

CREATE FUNCTION inventory_close_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS SETOF inventory_close
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT c.*
    FROM inventory_close AS c
    WHERE c.closed_on <= p_activity AND c.known_at <= p_knowledge AND c.invalid_since IS NULL
    ORDER BY c.closed_on DESC, c.close_no DESC
    LIMIT 1;
END;
COMMENT ON FUNCTION inventory_close_as_of(date, timestamptz) IS
    'The close from which inventory_as_of() starts; no row = from the beginning';

CREATE FUNCTION inventory_restart_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    close_no bigint,
    closed_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH disturbed AS (
        SELECT l.distributor_id, l.warehouse_id, l.product_id, l.first_on
        FROM inventory_close_as_of(p_activity, p_knowledge) AS c
        JOIN inventory_late AS l
            ON l.close_no >= c.close_no
            AND l.first_on <= c.closed_on
            AND l.recorded_at <= p_knowledge
        UNION ALL
        SELECT d.distributor_id, d.warehouse_id, d.product_id, d.first_on
        FROM inventory_close_as_of(p_activity, p_knowledge) AS c
        JOIN rollup_stock_delta AS d
            ON d.first_on <= c.closed_on
            AND d.recorded_at <= p_knowledge
        UNION ALL
        SELECT k.distributor_id, k.warehouse_id, k.product_id, '-infinity'::date AS first_on
        FROM inventory_close_as_of(p_activity, p_knowledge) AS c
        JOIN inventory_checkpoint AS k ON k.close_no = c.close_no AND NOT k.is_usable
    ), reached AS (
        SELECT d.distributor_id, d.warehouse_id, d.product_id, d.first_on
        FROM disturbed AS d
        UNION ALL
        -- Goods that are transferred without a cost take theirs along: what
        -- disturbs one end of such transfers disturbs all, from the beginning.
        SELECT t.distributor_id, w.warehouse_id, t.product_id, '-infinity'::date AS first_on
        FROM disturbed AS d
        JOIN inventory_transfer AS t
            ON t.distributor_id = d.distributor_id
            AND t.product_id = d.product_id
            AND t.unit_cost IS NULL
        CROSS JOIN LATERAL (VALUES (t.from_warehouse_id), (t.to_warehouse_id)) AS w (warehouse_id)
    ), item AS (
        SELECT d.distributor_id, d.warehouse_id, d.product_id, min(d.first_on) AS first_on
        FROM reached AS d
        GROUP BY d.distributor_id, d.warehouse_id, d.product_id
    )
    SELECT i.distributor_id,
        i.warehouse_id,
        i.product_id,
        k.close_no,
        coalesce(k.closed_on, '-infinity'::date) AS closed_on
    FROM item AS i
    LEFT JOIN LATERAL (
        SELECT c.close_no, c.closed_on
        FROM inventory_close AS c
        WHERE c.closed_on < i.first_on
            AND c.closed_on <= p_activity
            AND c.known_at <= p_knowledge
            AND c.invalid_since IS NULL
            AND NOT EXISTS (
                SELECT
                FROM inventory_late AS l
                WHERE l.distributor_id = i.distributor_id
                    AND l.warehouse_id = i.warehouse_id
                    AND l.product_id = i.product_id
                    AND l.close_no >= c.close_no
                    AND l.first_on <= c.closed_on
                    AND l.recorded_at <= p_knowledge)
            AND NOT EXISTS (
                SELECT
                FROM inventory_checkpoint AS u
                WHERE u.distributor_id = i.distributor_id
                    AND u.close_no = c.close_no
                    AND u.warehouse_id = i.warehouse_id
                    AND u.product_id = i.product_id
                    AND NOT u.is_usable)
        ORDER BY c.closed_on DESC, c.close_no DESC
        LIMIT 1
    ) AS k ON true;
END;
COMMENT ON FUNCTION inventory_restart_as_of(date, timestamptz) IS
    'One row = an item whose checkpoint at the last close no longer holds, because of a fact that came later; and the close from which it is calculated instead (NULL and -infinity = from the beginning)';

CREATE FUNCTION inventory_journal_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date,
    fact_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- What moved since the close.
    SELECT m.distributor_id, m.warehouse_id, m.product_id,
        m.occurred_on, m.day_step, m.kind, m.quantity, m.unit_cost, m.tranche_on, m.fact_id
    FROM inventory_movement_as_of(p_activity, p_knowledge) AS m
    WHERE m.occurred_on > coalesce((
        SELECT c.closed_on
        FROM inventory_close_as_of(p_activity, p_knowledge) AS c), '-infinity')
    UNION ALL
    -- What moved before it, of items that start further back.
    SELECT m.distributor_id, m.warehouse_id, m.product_id,
        m.occurred_on, m.day_step, m.kind, m.quantity, m.unit_cost, m.tranche_on, m.fact_id
    FROM inventory_restart_as_of(p_activity, p_knowledge) AS r
    JOIN inventory_movement_as_of(p_activity, p_knowledge) AS m
        ON m.distributor_id = r.distributor_id
        AND m.warehouse_id = r.warehouse_id
        AND m.product_id = r.product_id
        AND m.occurred_on > r.closed_on
    WHERE m.occurred_on <= (
        SELECT c.closed_on
        FROM inventory_close_as_of(p_activity, p_knowledge) AS c)
    UNION ALL
    -- The checkpoints.
    SELECT k.distributor_id, k.warehouse_id, k.product_id,
        k.last_moved_on AS occurred_on, o.place::integer - 1000000 AS day_step, o.kind::movement_kind AS kind, o.quantity, o.unit_cost, o.tranche_on,
        0::bigint AS fact_id
    FROM inventory_checkpoint AS k
    CROSS JOIN LATERAL unnest(k.opening_kind, k.opening_qty, k.opening_cost, k.opening_on)
        WITH ORDINALITY AS o (kind, quantity, unit_cost, tranche_on, place)
    WHERE k.close_no = (
            SELECT c.close_no
            FROM inventory_close_as_of(p_activity, p_knowledge) AS c)
        AND (k.distributor_id, k.warehouse_id, k.product_id) NOT IN (
            SELECT r.distributor_id, r.warehouse_id, r.product_id
            FROM inventory_restart_as_of(p_activity, p_knowledge) AS r)
    UNION ALL
    SELECT k.distributor_id, k.warehouse_id, k.product_id,
        k.last_moved_on AS occurred_on, o.place::integer - 1000000 AS day_step, o.kind::movement_kind AS kind, o.quantity, o.unit_cost, o.tranche_on,
        0::bigint AS fact_id
    FROM inventory_restart_as_of(p_activity, p_knowledge) AS r
    JOIN inventory_checkpoint AS k
        ON k.distributor_id = r.distributor_id
        AND k.close_no = r.close_no
        AND k.warehouse_id = r.warehouse_id
        AND k.product_id = r.product_id
    CROSS JOIN LATERAL unnest(k.opening_kind, k.opening_qty, k.opening_cost, k.opening_on)
        WITH ORDINALITY AS o (kind, quantity, unit_cost, tranche_on, place);
END;
COMMENT ON FUNCTION inventory_journal_as_of(date, timestamptz) IS
    'One row = a movement from which the stock at the close of p_activity follows, as known at p_knowledge: those since the last checkpoint that holds, and before them (day_step below -900000) those that bring an empty stock there. Order by occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id';

CREATE FUNCTION inventory_holding_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    place bigint,
    tranche_on date,
    quantity numeric,
    unit_cost numeric,
    last_moved_on date,
    last_cost numeric,
    issue_cost numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT j.distributor_id,
        h.warehouse_id,
        j.product_id,
        h.place,
        h.tranche_on,
        h.quantity,
        h.unit_cost,
        h.last_on,
        h.last_cost,
        h.issue_cost
    FROM (
        SELECT i.distributor_id,
            i.product_id,
            inventory_holdings(i.warehouse_id, i.occurred_on, i.day_step, i.kind, i.quantity, i.unit_cost, i.tranche_on, i.fact_id) AS holdings
        FROM inventory_journal_as_of(p_activity, p_knowledge) AS i
        GROUP BY i.distributor_id, i.product_id
    ) AS j
    CROSS JOIN LATERAL unnest(j.holdings) WITH ORDINALITY AS h (warehouse_id, tranche_on, quantity, unit_cost, last_on, last_cost, issue_cost, place);
END;
COMMENT ON FUNCTION inventory_holding_as_of(date, timestamptz) IS
    'One row = an open tranche of a product in a warehouse at the close of p_activity, as known at p_knowledge: its date, base units, cost of one; within a warehouse the oldest has the lowest place. last_cost came in last, issue_cost went out last. A deficit is a tranche of negative quantity; where nothing is open there is one of quantity 0. A condition on distributor_id or product_id reads those facts only';

CREATE FUNCTION inventory_tranches_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    layers inventory_layer[],
    last_moved_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT h.distributor_id,
        h.warehouse_id,
        h.product_id,
        coalesce(array_agg(ROW(h.tranche_on, h.quantity, h.unit_cost)::inventory_layer ORDER BY h.place) FILTER (WHERE h.quantity <> 0), '{}'),
        max(h.last_moved_on)
    FROM inventory_holding_as_of(p_activity, p_knowledge) AS h
    GROUP BY h.distributor_id, h.warehouse_id, h.product_id;
END;
COMMENT ON FUNCTION inventory_tranches_as_of(date, timestamptz) IS
    'One row = a product in a warehouse at the close of p_activity, as known at p_knowledge, with its open tranches, oldest first; a deficit is a layer of negative quantity';

CREATE FUNCTION inventory_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand_qty numeric,
    in_transit_qty numeric,
    owned_qty numeric,
    value_amount numeric,
    average_cost numeric,
    oldest_on date,
    deficit_qty numeric,
    last_moved_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Grouped rather than joined, so that a condition on the distributor or the
    -- product reaches the facts.
    SELECT u.distributor_id,
        u.warehouse_id,
        u.product_id,
        sum(u.on_hand_qty),
        sum(u.in_transit_qty),
        sum(u.on_hand_qty) + sum(u.in_transit_qty),
        CASE WHEN NOT bool_or(u.is_unknown) THEN sum(u.value_amount) END,
        CASE WHEN NOT bool_or(u.is_unknown) THEN round(sum(u.value_amount) / nullif(sum(u.on_hand_qty), 0), 6) END,
        min(u.oldest_on),
        sum(u.deficit_qty),
        max(u.last_moved_on)
    FROM (
        SELECT h.distributor_id, h.warehouse_id, h.product_id,
            h.quantity AS on_hand_qty, 0::numeric AS in_transit_qty, h.quantity * coalesce(h.unit_cost, 0) AS value_amount,
            CASE WHEN h.quantity > 0 THEN h.tranche_on END AS oldest_on, greatest(-h.quantity, 0) AS deficit_qty, h.last_moved_on,
            h.unit_cost IS NULL AND h.quantity <> 0 AS is_unknown
        FROM inventory_holding_as_of(p_activity, p_knowledge) AS h
        UNION ALL
        SELECT t.distributor_id, t.warehouse_id, t.product_id,
            0::numeric AS on_hand_qty, t.quantity AS in_transit_qty, 0::numeric AS value_amount, NULL::date AS oldest_on,
            0::numeric AS deficit_qty, NULL::date AS last_moved_on, false AS is_unknown
        FROM in_transit_as_of(p_activity, p_knowledge) AS t
    ) AS u
    GROUP BY u.distributor_id, u.warehouse_id, u.product_id;
END;
COMMENT ON FUNCTION inventory_as_of(date, timestamptz) IS
    'One row = the stock of a product in a warehouse at the close of p_activity, as known at p_knowledge: on hand, in transit, owned = both (base units), FIFO value and average cost of what is on hand (NULL = a cost is not known), oldest tranche, deficit (more sold than held). A condition on distributor_id or product_id reads those facts only';

CREATE FUNCTION close_inventory(p_closed_on date) RETURNS inventory_close
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    result inventory_close;
BEGIN
    IF p_closed_on IS NULL OR NOT isfinite(p_closed_on) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day to close is not a day',
            DETAIL = format('The argument p_closed_on is %s.', coalesce(p_closed_on::text, 'NULL')),
            HINT = 'Give the last day of the period that was closed.';
    END IF;
    -- First the fold: deltas that are left then are of facts that this close
    -- may not have seen, and so rightly disturb it. (The fold also locks.)
    PERFORM fold_rollups();

    WITH close AS (
        INSERT INTO inventory_close (closed_on, known_at, checkpoints)
        VALUES (p_closed_on, '-infinity', 0)
        RETURNING close_no
    )
    INSERT INTO inventory_checkpoint (
        distributor_id, close_no, warehouse_id, product_id,
        opening_kind, opening_qty, opening_cost, opening_on, last_moved_on, is_usable
    )
    SELECT s.distributor_id, (SELECT c.close_no FROM close AS c), s.warehouse_id, s.product_id,
        o.kinds, o.quantities, o.costs, o.dates, s.last_moved_on,
        s.costs_known OR s.issue_cost IS NULL
    FROM (
        SELECT h.distributor_id, h.warehouse_id, h.product_id,
            coalesce(array_agg(h.tranche_on ORDER BY h.place) FILTER (WHERE h.quantity <> 0), '{}') AS dates,
            coalesce(array_agg(h.quantity ORDER BY h.place) FILTER (WHERE h.quantity <> 0), '{}') AS quantities,
            coalesce(array_agg(h.unit_cost ORDER BY h.place) FILTER (WHERE h.quantity <> 0), '{}') AS costs,
            bool_and(h.unit_cost IS NOT NULL OR h.quantity = 0) AS costs_known,
            max(h.last_cost) AS last_cost,
            max(h.issue_cost) AS issue_cost,
            max(h.last_moved_on) AS last_moved_on
        FROM inventory_holding_as_of(p_closed_on) AS h
        GROUP BY h.distributor_id, h.warehouse_id, h.product_id
    ) AS s
    CROSS JOIN LATERAL (
        SELECT array_agg(p.kind::text ORDER BY p.place) AS kinds,
            array_agg(p.quantity ORDER BY p.place) AS quantities,
            array_agg(p.unit_cost ORDER BY p.place) AS costs,
            array_agg(p.tranche_on ORDER BY p.place) AS dates
        FROM checkpoint_opening(s.dates, s.quantities, s.costs, s.last_cost, s.issue_cost) AS p
    ) AS o;
    GET DIAGNOSTICS result.checkpoints = ROW_COUNT;

    -- After the checkpoints, so that nothing in them became known later.
    UPDATE inventory_close AS c
    SET checkpoints = result.checkpoints,
        known_at = coalesce(greatest(
            (SELECT max(recorded_at) FROM sell_in WHERE shipped_on <= p_closed_on),
            (SELECT max(recorded_at) FROM sell_through WHERE sold_on <= p_closed_on),
            (SELECT max(recorded_at) FROM inventory_receipt WHERE shipped_on <= p_closed_on),
            (SELECT max(recorded_at) FROM inventory_count WHERE counted_on <= p_closed_on),
            (SELECT max(recorded_at) FROM inventory_adjustment WHERE adjusted_on <= p_closed_on),
            (SELECT max(recorded_at) FROM inventory_transfer WHERE transferred_on <= p_closed_on),
            (SELECT max(recorded_at) FROM inventory_reprice WHERE effective_on <= p_closed_on)
        ), '-infinity')
    WHERE c.close_no = (SELECT max(m.close_no) FROM inventory_close AS m)
    RETURNING c.* INTO result;
    RETURN result;
END
$$;
COMMENT ON FUNCTION close_inventory(date) IS
    'Puts down the tranches of every item at the close of a day, for instance when a period is closed: from then on inventory_as_of() starts there. Changes no answer, only how fast it comes. May be repeated for a day after late reports. 22023 when it is no day.';
