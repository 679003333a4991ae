-- All groups in one state (tier_groups*.c) ---------------------------------------------

CREATE TYPE tier_groups;

CREATE FUNCTION tier_groups_in(cstring) RETURNS tier_groups
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_in(cstring) IS
    'Input function of tier_groups';

CREATE FUNCTION tier_groups_out(tier_groups) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_out(tier_groups) IS
    'Output function of tier_groups';

CREATE FUNCTION tier_groups_recv(internal) RETURNS tier_groups
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_recv(internal) IS
    'Binary input function of tier_groups';

CREATE FUNCTION tier_groups_send(tier_groups) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_send(tier_groups) IS
    'Binary output function of tier_groups';

CREATE TYPE tier_groups (
    INPUT = tier_groups_in,
    OUTPUT = tier_groups_out,
    RECEIVE = tier_groups_recv,
    SEND = tier_groups_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE tier_groups IS
    'Partial states of many groups under one schedule: for each pair of keys the rows and the sum of values';

CREATE FUNCTION tier_groups_add(groups tier_groups, value numeric, schedule tier_schedule, key1 bigint, key2 bigint) RETURNS tier_groups
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_add(tier_groups, numeric, tier_schedule, bigint, bigint) IS
    'Groups with one more value; a NULL value or schedule adds nothing, a NULL key is a key';

CREATE FUNCTION tier_groups_combine(groups tier_groups, other tier_groups) RETURNS tier_groups
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_combine(tier_groups, tier_groups) IS
    'The groups of both; their schedules must be equal';

CREATE AGGREGATE tier_groups_agg(value numeric, schedule tier_schedule, key1 bigint, key2 bigint) (
    SFUNC = tier_groups_add,
    STYPE = tier_groups,
    SSPACE = 65536,
    COMBINEFUNC = tier_groups_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tier_groups_agg(numeric, tier_schedule, bigint, bigint) IS
    'Totals of all groups in one state, grouped by key1 and key2 without GROUP BY; tier_groups_rebates() lists them';

CREATE FUNCTION tier_groups_rebates(
    groups tier_groups,
    OUT key1 bigint,
    OUT key2 bigint,
    OUT "rows" bigint,
    OUT value numeric,
    OUT rebate numeric
) RETURNS SETOF record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1000
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_groups_rebates(tier_groups) IS
    'One row = one group: keys, number of values, their sum, its rebate; in the order of the keys, NULLs last';
