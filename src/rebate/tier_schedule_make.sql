-- Schedules made from arrays and from other schedules (tier_schedule_make.c) -----

CREATE FUNCTION make_tier_schedule(
    method text,
    thresholds numeric[],
    rates numeric[] DEFAULT NULL,
    kind text DEFAULT 'percent',
    flats numeric[] DEFAULT NULL,
    blocks numeric[] DEFAULT NULL,
    attain text DEFAULT 'from',
    minimum numeric DEFAULT NULL,
    measure_cap numeric DEFAULT NULL,
    payout_cap numeric DEFAULT NULL,
    payout_floor numeric DEFAULT NULL
) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION make_tier_schedule(text, numeric[], numeric[], text, numeric[], numeric[], text, numeric, numeric, numeric, numeric) IS
    'Schedule from one array element a tier; kind: percent (rates are fractions, 0.03), per unit, per started, per full (with blocks) or flat; attain: from or above';

CREATE FUNCTION tier_schedule_scale(schedule tier_schedule, factor numeric) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_scale(tier_schedule, numeric) IS
    'Schedule that pays factor times as much on every value: rates, flats, payout cap and floor are scaled';

CREATE FUNCTION tier_schedule_scaled_by(factor numeric, schedule tier_schedule) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_scaled_by(numeric, tier_schedule) IS
    'Schedule that pays factor times as much on every value';

CREATE FUNCTION tier_schedule_raise(schedule tier_schedule, distance numeric) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_raise(tier_schedule, numeric) IS
    'Schedule with thresholds and minimum that much higher';

CREATE FUNCTION tier_schedule_lower(schedule tier_schedule, distance numeric) RETURNS tier_schedule
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_schedule_lower(tier_schedule, numeric) IS
    'Schedule with thresholds and minimum that much lower, not below 0';

CREATE OPERATOR * (
    FUNCTION = tier_schedule_scale,
    LEFTARG = tier_schedule,
    RIGHTARG = numeric,
    COMMUTATOR = *
);
COMMENT ON OPERATOR * (tier_schedule, numeric) IS
    'Schedule: pays so many times as much';

CREATE OPERATOR * (
    FUNCTION = tier_schedule_scaled_by,
    LEFTARG = numeric,
    RIGHTARG = tier_schedule,
    COMMUTATOR = *
);
COMMENT ON OPERATOR * (numeric, tier_schedule) IS
    'Schedule: pays so many times as much';

CREATE OPERATOR + (
    FUNCTION = tier_schedule_raise,
    LEFTARG = tier_schedule,
    RIGHTARG = numeric
);
COMMENT ON OPERATOR + (tier_schedule, numeric) IS
    'Schedule: thresholds and minimum raised';

CREATE OPERATOR - (
    FUNCTION = tier_schedule_lower,
    LEFTARG = tier_schedule,
    RIGHTARG = numeric
);
COMMENT ON OPERATOR - (tier_schedule, numeric) IS
    'Schedule: thresholds and minimum lowered';
