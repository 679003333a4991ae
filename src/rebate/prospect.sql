-- Growth, rates and the value that a rebate needs (growth.c, prospect.c) ----------

CREATE FUNCTION growth_rebate(actual numeric, baseline numeric, schedule tier_schedule, pay_base text) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION growth_rebate(numeric, numeric, tier_schedule, text) IS
    'Rebate on growth: thresholds and minimum are percentages of the baseline; pay_base all_volume, excess (actual less baseline) or banded; NULL where the baseline is not positive';

CREATE FUNCTION blended_rate(value numeric, schedule tier_schedule) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION blended_rate(numeric, tier_schedule) IS
    'Rebate divided by value: a fraction, or an amount per unit; NULL where the value is not positive';

CREATE FUNCTION marginal_rate(value numeric, schedule tier_schedule) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION marginal_rate(numeric, tier_schedule) IS
    'What the next bit of value earns: a fraction, or an amount per unit; jumps left out, 0 where a cap or floor holds the payout';

CREATE FUNCTION value_needed(target_rebate numeric, schedule tier_schedule, scale integer DEFAULT 2) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION value_needed(numeric, tier_schedule, integer) IS
    'Least value, at scale decimals, whose rebate is at least the target; NULL where there is none';
