-- What the planner is told of window functions that ignore the frame (window_support.c)

CREATE FUNCTION frame_ignoring_support(internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION frame_ignoring_support(internal) IS
    'Planner support: the window function gives the same with every frame';
