-- tier_schedule: the terms of a rebate as one value (tier_schedule*.c) ---------

CREATE TYPE tier_schedule;

CREATE FUNCTION tier_schedule_in(cstring) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_in(cstring) IS
    'Input function of tier_schedule';

CREATE FUNCTION tier_schedule_out(tier_schedule) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_out(tier_schedule) IS
    'Output function of tier_schedule: the canonical text';

CREATE FUNCTION tier_schedule_recv(internal) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_recv(internal) IS
    'Binary input function of tier_schedule';

CREATE FUNCTION tier_schedule_send(tier_schedule) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_send(tier_schedule) IS
    'Binary output function of tier_schedule';

CREATE TYPE tier_schedule (
    INPUT = tier_schedule_in,
    OUTPUT = tier_schedule_out,
    RECEIVE = tier_schedule_recv,
    SEND = tier_schedule_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE tier_schedule IS
    'Method, tiers and options of a rebate, written like the contract: retroactive: 3% from 100000, 4% from 200000; payout cap 25000';

-- casts

CREATE FUNCTION tier_schedule_from_jsonb(jsonb) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_from_jsonb(jsonb) IS
    'Schedule from {"method", "tiers": [{"from"|"above", "percent"|"per_unit"|"amount" with "per_started"|"per_full", "flat"}], options}; unknown keys are refused';

CREATE FUNCTION tier_schedule_to_jsonb(tier_schedule) RETURNS jsonb
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_to_jsonb(tier_schedule) IS
    'The jsonb that tier_schedule_from_jsonb reads back to the same schedule';

CREATE CAST (jsonb AS tier_schedule)
    WITH FUNCTION tier_schedule_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS tier_schedule) IS
    'Schedule from its jsonb shape';

CREATE CAST (tier_schedule AS jsonb)
    WITH FUNCTION tier_schedule_to_jsonb(tier_schedule);
COMMENT ON CAST (tier_schedule AS jsonb) IS
    'Schedule in its jsonb shape';

-- comparison

CREATE FUNCTION tier_schedule_eq(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_eq(tier_schedule, tier_schedule) IS
    'Schedules equal: the same terms';

CREATE FUNCTION tier_schedule_ne(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_ne(tier_schedule, tier_schedule) IS
    'Schedules not equal';

CREATE FUNCTION tier_schedule_lt(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_lt(tier_schedule, tier_schedule) IS
    'Schedules before, in the order method, kind, tiers, options';

CREATE FUNCTION tier_schedule_le(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_le(tier_schedule, tier_schedule) IS
    'Schedules before or equal';

CREATE FUNCTION tier_schedule_gt(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_gt(tier_schedule, tier_schedule) IS
    'Schedules after';

CREATE FUNCTION tier_schedule_ge(tier_schedule, tier_schedule) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_ge(tier_schedule, tier_schedule) IS
    'Schedules after or equal';

CREATE FUNCTION tier_schedule_cmp(tier_schedule, tier_schedule) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_cmp(tier_schedule, tier_schedule) IS
    'Order of schedules: -1, 0 or 1 (btree support)';

CREATE FUNCTION tier_schedule_hash(tier_schedule) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_hash(tier_schedule) IS
    'Hash of a schedule (hash support)';

CREATE FUNCTION tier_schedule_hash_extended(tier_schedule, bigint) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_hash_extended(tier_schedule, bigint) IS
    'Seeded 64-bit hash of a schedule (hash support)';

CREATE OPERATOR = (
    FUNCTION = tier_schedule_eq,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = =,
    NEGATOR = <>,
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES,
    MERGES
);
COMMENT ON OPERATOR = (tier_schedule, tier_schedule) IS
    'Schedules equal: the same terms';

CREATE OPERATOR <> (
    FUNCTION = tier_schedule_ne,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = <>,
    NEGATOR = =,
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (tier_schedule, tier_schedule) IS
    'Schedules not equal';

CREATE OPERATOR < (
    FUNCTION = tier_schedule_lt,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = >,
    NEGATOR = >=,
    RESTRICT = scalarltsel,
    JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (tier_schedule, tier_schedule) IS
    'Schedules before, in the order method, kind, tiers, options';

CREATE OPERATOR <= (
    FUNCTION = tier_schedule_le,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = >=,
    NEGATOR = >,
    RESTRICT = scalarlesel,
    JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (tier_schedule, tier_schedule) IS
    'Schedules before or equal';

CREATE OPERATOR > (
    FUNCTION = tier_schedule_gt,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = <,
    NEGATOR = <=,
    RESTRICT = scalargtsel,
    JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (tier_schedule, tier_schedule) IS
    'Schedules after';

CREATE OPERATOR >= (
    FUNCTION = tier_schedule_ge,
    LEFTARG = tier_schedule,
    RIGHTARG = tier_schedule,
    COMMUTATOR = <=,
    NEGATOR = <,
    RESTRICT = scalargesel,
    JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (tier_schedule, tier_schedule) IS
    'Schedules after or equal';

CREATE OPERATOR FAMILY tier_schedule_btree_ops USING btree;
COMMENT ON OPERATOR FAMILY tier_schedule_btree_ops USING btree IS
    'Order of schedules';

CREATE OPERATOR CLASS tier_schedule_btree_ops
    DEFAULT FOR TYPE tier_schedule USING btree FAMILY tier_schedule_btree_ops AS
        OPERATOR 1 <,
        OPERATOR 2 <=,
        OPERATOR 3 =,
        OPERATOR 4 >=,
        OPERATOR 5 >,
        FUNCTION 1 tier_schedule_cmp(tier_schedule, tier_schedule);
COMMENT ON OPERATOR CLASS tier_schedule_btree_ops USING btree IS
    'Order of schedules';

CREATE OPERATOR FAMILY tier_schedule_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY tier_schedule_hash_ops USING hash IS
    'Equality of schedules by hash';

CREATE OPERATOR CLASS tier_schedule_hash_ops
    DEFAULT FOR TYPE tier_schedule USING hash FAMILY tier_schedule_hash_ops AS
        OPERATOR 1 =,
        FUNCTION 1 tier_schedule_hash(tier_schedule),
        FUNCTION 2 tier_schedule_hash_extended(tier_schedule, bigint);
COMMENT ON OPERATOR CLASS tier_schedule_hash_ops USING hash IS
    'Equality of schedules by hash';

-- rows

CREATE FUNCTION tiers(
    schedule tier_schedule,
    OUT tier integer,
    OUT item text,
    OUT attain text,
    OUT threshold numeric,
    OUT upto numeric,
    OUT rate numeric,
    OUT block numeric,
    OUT flat numeric
) RETURNS SETOF record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 4
    AS 'MODULE_PATHNAME', 'tier_schedule_tiers';
COMMENT ON FUNCTION tiers(tier_schedule) IS
    'One row = one tier: item (percent, per unit, per started, per full, flat), attain (from, above), threshold, upto = next threshold or NULL, rate (fraction, or amount per unit or block), block (units), flat (amount)';

