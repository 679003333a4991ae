-- What a schedule pays (rebate.c, tier_plan.c) ----------------------------------

CREATE FUNCTION rebate(value numeric, schedule tier_schedule) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'rebate_of_value';
COMMENT ON FUNCTION rebate(numeric, tier_schedule) IS
    'Benefit on a total that is its own qualifier; exact, unrounded, without trailing zeros; 0 below the first tier';

CREATE FUNCTION rebate(value numeric, qualifier numeric, schedule tier_schedule) RETURNS numeric
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'rebate_of_qualified';
COMMENT ON FUNCTION rebate(numeric, numeric, tier_schedule) IS
    'Benefit on a total: the qualifier opens the tiers, the value earns; exact, unrounded';

CREATE FUNCTION rebate_working(
    value numeric,
    qualifier numeric,
    schedule tier_schedule,
    OUT tier integer,
    OUT item text,
    OUT attain text,
    OUT threshold numeric,
    OUT upto numeric,
    OUT rate numeric,
    OUT block numeric,
    OUT flat numeric,
    OUT reached boolean,
    OUT portion numeric,
    OUT amount numeric
) RETURNS SETOF record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION rebate_working(numeric, numeric, tier_schedule) IS
    'One row = one tier, then one for each option that changed something (tier NULL; item minimum, measure cap, payout cap, payout floor); the amounts add up to rebate()';

CREATE FUNCTION tier_progress(
    qualifier numeric,
    schedule tier_schedule,
    OUT tier integer,
    OUT rate numeric,
    OUT threshold numeric,
    OUT payout numeric,
    OUT next_tier integer,
    OUT next_attain text,
    OUT next_threshold numeric,
    OUT gap numeric,
    OUT jump numeric,
    OUT one_more numeric
) RETURNS record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION tier_progress(numeric, tier_schedule) IS
    'Where a volume stands: tier reached (NULL below the first), payout, next tier and its threshold, gap to it, jump = payout gained at that point at once, one_more = what one more unit pays';
