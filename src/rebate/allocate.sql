-- Splitting an amount so that the parts add up (allocate*.c) ---------------------

CREATE FUNCTION allocate(total numeric, weight numeric, scale integer DEFAULT 2) RETURNS numeric
    LANGUAGE C IMMUTABLE WINDOW PARALLEL SAFE
    SUPPORT frame_ignoring_support
    AS 'MODULE_PATHNAME', 'window_allocate';
COMMENT ON FUNCTION allocate(numeric, numeric, integer) IS
    'Window function: share of the row in the total of its partition, by weight and largest remainder, at scale decimals; the shares add up to the rounded total exactly; ties go to the earlier row; the frame is ignored';

CREATE FUNCTION allocate_agg_add(state internal, total numeric, weight numeric, scale integer) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION allocate_agg_add(internal, numeric, numeric, integer) IS
    'Transition function of allocate_agg';

CREATE FUNCTION allocate_agg_final(state internal) RETURNS numeric[]
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION allocate_agg_final(internal) IS
    'Final function of allocate_agg';

CREATE AGGREGATE allocate_agg(total numeric, weight numeric, scale integer) (
    SFUNC = allocate_agg_add,
    STYPE = internal,
    FINALFUNC = allocate_agg_final
);
COMMENT ON AGGREGATE allocate_agg(numeric, numeric, integer) IS
    'Shares of a total by weight and largest remainder, as an array in the order of the rows (give ORDER BY); the shares add up to the rounded total exactly';
