-- Calendar periods as integers (period_key.c) -------------------------------------------

CREATE FUNCTION period_key(day date, grain text) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION period_key(date, text) IS
    'Calendar period of a day as an integer to group by: year 2024, half 20242, quarter 20243, month 202407, week 202429 (ISO), day 20240715';
