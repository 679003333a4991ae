-- tier_state and the aggregates tiered_rebate (tier_state*.c) --------------------

CREATE TYPE tier_state;

CREATE FUNCTION tier_state_in(cstring) RETURNS tier_state
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_in(cstring) IS
    'Input function of tier_state';

CREATE FUNCTION tier_state_out(tier_state) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_out(tier_state) IS
    'Output function of tier_state';

CREATE FUNCTION tier_state_recv(internal) RETURNS tier_state
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_recv(internal) IS
    'Binary input function of tier_state';

CREATE FUNCTION tier_state_send(tier_state) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_send(tier_state) IS
    'Binary output function of tier_state';

CREATE TYPE tier_state (
    INPUT = tier_state_in,
    OUTPUT = tier_state_out,
    RECEIVE = tier_state_recv,
    SEND = tier_state_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE tier_state IS
    'Partial state of tiered_rebate: rows, sum of values, sum of qualifiers, schedule; may be stored and rolled up';

CREATE FUNCTION tier_state_add(state tier_state, value numeric, schedule tier_schedule) RETURNS tier_state
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_add(tier_state, numeric, tier_schedule) IS
    'State with one more value; a NULL value or schedule adds nothing';

CREATE FUNCTION tier_state_add(state tier_state, value numeric, qualifier numeric, schedule tier_schedule) RETURNS tier_state
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'tier_state_add_qualified';
COMMENT ON FUNCTION tier_state_add(tier_state, numeric, numeric, tier_schedule) IS
    'State with one more value and qualifier; a NULL adds nothing';

CREATE FUNCTION tier_state_remove(state tier_state, value numeric, schedule tier_schedule) RETURNS tier_state
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_remove(tier_state, numeric, tier_schedule) IS
    'State with one value less, exactly: the inverse of tier_state_add';

CREATE FUNCTION tier_state_remove(state tier_state, value numeric, qualifier numeric, schedule tier_schedule) RETURNS tier_state
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'tier_state_remove_qualified';
COMMENT ON FUNCTION tier_state_remove(tier_state, numeric, numeric, tier_schedule) IS
    'State with one value and qualifier less, exactly';

CREATE FUNCTION tier_state_combine(state tier_state, other tier_state) RETURNS tier_state
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_combine(tier_state, tier_state) IS
    'The two states as one; their schedules must be equal';

CREATE FUNCTION tier_state_rebate(state tier_state) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_rebate(tier_state) IS
    'Rebate of the sums of a state; NULL without rows';

CREATE FUNCTION tier_state_rows(state tier_state) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_rows(tier_state) IS
    'Number of values in a state';

CREATE FUNCTION tier_state_value(state tier_state) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_value(tier_state) IS
    'Sum of the values in a state';

CREATE FUNCTION tier_state_qualifier(state tier_state) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_qualifier(tier_state) IS
    'Sum of the qualifiers in a state; of the values where it has no qualifier of its own';

CREATE FUNCTION tier_state_schedule(state tier_state) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_state_schedule(tier_state) IS
    'Schedule of a state; NULL for an empty one';

CREATE AGGREGATE tiered_rebate(value numeric, schedule tier_schedule) (
    SFUNC = tier_state_add,
    STYPE = tier_state,
    SSPACE = 256,
    FINALFUNC = tier_state_rebate,
    COMBINEFUNC = tier_state_combine,
    MSFUNC = tier_state_add,
    MINVFUNC = tier_state_remove,
    MSTYPE = tier_state,
    MSSPACE = 256,
    MFINALFUNC = tier_state_rebate,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tiered_rebate(numeric, tier_schedule) IS
    'Rebate of the sum of the values; rows with NULL are skipped, NULL without rows, one schedule a group';

CREATE AGGREGATE tier_state_agg(value numeric, schedule tier_schedule) (
    SFUNC = tier_state_add,
    STYPE = tier_state,
    SSPACE = 256,
    COMBINEFUNC = tier_state_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tier_state_agg(numeric, tier_schedule) IS
    'The state that tiered_rebate would compute from, to be stored and rolled up';

CREATE AGGREGATE tiered_rebate(value numeric, qualifier numeric, schedule tier_schedule) (
    SFUNC = tier_state_add,
    STYPE = tier_state,
    SSPACE = 256,
    FINALFUNC = tier_state_rebate,
    COMBINEFUNC = tier_state_combine,
    MSFUNC = tier_state_add,
    MINVFUNC = tier_state_remove,
    MSTYPE = tier_state,
    MSSPACE = 256,
    MFINALFUNC = tier_state_rebate,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tiered_rebate(numeric, numeric, tier_schedule) IS
    'Rebate of the sum of the values and of the qualifiers, which open the tiers; rows with NULL are skipped, NULL without rows, one schedule a group';

CREATE AGGREGATE tier_state_agg(value numeric, qualifier numeric, schedule tier_schedule) (
    SFUNC = tier_state_add,
    STYPE = tier_state,
    SSPACE = 256,
    COMBINEFUNC = tier_state_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tier_state_agg(numeric, numeric, tier_schedule) IS
    'The state that tiered_rebate would compute from, to be stored and rolled up';

CREATE AGGREGATE tier_state_sum(state tier_state) (
    SFUNC = tier_state_combine,
    STYPE = tier_state,
    SSPACE = 256,
    COMBINEFUNC = tier_state_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tier_state_sum(tier_state) IS
    'The states of a group as one state: roll-up of stored states; tier_state_rebate() of it is the rebate';

