-- inventory: the position after each movement ----------------------------------

CREATE FUNCTION inventory_window_support(internal)
    RETURNS internal
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION inventory_window_support(internal) IS
    'Planner support: the window functions of inventory look at no frame';

CREATE FUNCTION inventory_position(
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
)
    RETURNS inventory_position
    AS 'MODULE_PATHNAME'
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT inventory_window_support;
COMMENT ON FUNCTION inventory_position(movement_kind, numeric, numeric, date) IS
    'Window function: first-in-first-out position after each movement. OVER (PARTITION BY the stock-keeping place and product ORDER BY the ledger order); the frame is ignored';

