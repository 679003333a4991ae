-- Increments line by line (rebate_accrual.c) -----------------------------------------

CREATE FUNCTION rebate_accrual(value numeric, schedule tier_schedule) RETURNS numeric
    LANGUAGE C IMMUTABLE WINDOW PARALLEL SAFE
    SUPPORT frame_ignoring_support
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION rebate_accrual(numeric, tier_schedule) IS
    'Window function: what the row adds to the rebate of its partition, in the window''s order; the increments add up to the rebate of the total exactly; NULL for a NULL; the frame is ignored';

CREATE FUNCTION rebate_accrual_keyed(value numeric, schedule tier_schedule, key1 bigint, key2 bigint DEFAULT NULL) RETURNS numeric
    LANGUAGE C IMMUTABLE WINDOW PARALLEL SAFE
    SUPPORT frame_ignoring_support
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION rebate_accrual_keyed(numeric, tier_schedule, bigint, bigint) IS
    'Window function: rebate_accrual with a running total for each key (NULL is a key) instead of each partition, for rows that already come in ledger order: OVER () sorts nothing';
