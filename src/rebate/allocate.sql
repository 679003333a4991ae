-- Splitting an amount so that the parts add up (allocate*.c) ---------------------

CREATE FUNCTION allocate(total numeric, weight numeric, scale integer DEFAULT 2) RETURNS numeric
    LANGUAGE C IMMUTABLE WINDOW PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'window_allocate';
COMMENT ON FUNCTION allocate(numeric, numeric, integer) IS
    'Window function: share of the row in the total of its partition, by weight and largest remainder, at scale decimals; the shares add up to the rounded total exactly; ties go to the earlier row; the frame is ignored';
