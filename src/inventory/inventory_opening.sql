-- inventory: going on from stored layers ----------------------------------------

CREATE FUNCTION inventory_opening(layers inventory_layer[])
    RETURNS TABLE (
        place integer,
        kind movement_kind,
        quantity numeric,
        unit_cost numeric,
        occurred_on date
    )
    LANGUAGE SQL IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT (2 * l.ordinality + m.step)::integer, m.kind, m.quantity,
        l.unit_cost, l.occurred_on
    FROM unnest(layers) WITH ORDINALITY AS l,
        LATERAL (
            -- what a deficit was charged is the last known cost when it opens
            SELECT 0, 'reprice'::movement_kind, NULL::numeric
            WHERE l.quantity < 0 AND l.unit_cost IS NOT NULL
            UNION ALL
            SELECT 1, 'receipt', l.quantity
        ) AS m (step, kind, quantity)
    ORDER BY 1;
END;
COMMENT ON FUNCTION inventory_opening(inventory_layer[]) IS
    'Movements, in the order of place, that bring an empty stock to these layers: to go on from a stored inventory_layers() without replaying what came before';

