-- inventory: the tranches that are open at the end -----------------------------

CREATE FUNCTION inventory_layers_move(
    internal,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
)
    RETURNS internal
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_layers_move(internal, movement_kind, numeric, numeric, date) IS
    'Transition function of inventory_layers';

CREATE FUNCTION inventory_layers_final(internal)
    RETURNS inventory_layer[]
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_layers_final(internal) IS
    'Final function of inventory_layers';

CREATE AGGREGATE inventory_layers(
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
) (
    SFUNC = inventory_layers_move,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = inventory_layers_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE inventory_layers(movement_kind, numeric, numeric, date) IS
    'Open tranches after all movements, oldest first; order them with ORDER BY in the call. An empty array where nothing is open';

