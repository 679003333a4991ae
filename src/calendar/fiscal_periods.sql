
-- calendar: fiscal periods and weeks -----------------------------------------

CREATE TYPE fiscal_period_row AS (
    fiscal_year    integer,
    fiscal_quarter integer,
    fiscal_period  integer,
    starts_on      date,
    ends_on        date,
    weeks          integer
);
COMMENT ON TYPE fiscal_period_row IS
    'One row = one fiscal period, as fiscal_periods() returns it';
COMMENT ON COLUMN fiscal_period_row.fiscal_year IS
    'The fiscal year''s name: the calendar year of its closing month, or of its opening month if named_by is start';
COMMENT ON COLUMN fiscal_period_row.fiscal_quarter IS
    'Quarter of the fiscal year, 1 to 4; three periods each, the fourth of 13x4 has four';
COMMENT ON COLUMN fiscal_period_row.fiscal_period IS
    'Period of the fiscal year, 1 to 12 (13x4: 1 to 13)';
COMMENT ON COLUMN fiscal_period_row.starts_on IS
    'First day, included';
COMMENT ON COLUMN fiscal_period_row.ends_on IS
    'Last day, included; the next period starts on the day after it';
COMMENT ON COLUMN fiscal_period_row.weeks IS
    'Whole weeks in the period; NULL for gregorian';

CREATE TYPE fiscal_week_row AS (
    fiscal_year    integer,
    fiscal_quarter integer,
    fiscal_period  integer,
    fiscal_week    integer,
    week_in_period integer,
    starts_on      date,
    ends_on        date
);
COMMENT ON TYPE fiscal_week_row IS
    'One row = one fiscal week, as fiscal_weeks() returns it';
COMMENT ON COLUMN fiscal_week_row.fiscal_year IS
    'The fiscal year''s name, as in fiscal_period_row';
COMMENT ON COLUMN fiscal_week_row.fiscal_quarter IS
    'Quarter of the fiscal year, 1 to 4';
COMMENT ON COLUMN fiscal_week_row.fiscal_period IS
    'Period of the fiscal year, 1 to 12 (13x4: 1 to 13)';
COMMENT ON COLUMN fiscal_week_row.fiscal_week IS
    'Week of the fiscal year, 1 to 52 or 53';
COMMENT ON COLUMN fiscal_week_row.week_in_period IS
    'Week of the period, from 1';
COMMENT ON COLUMN fiscal_week_row.starts_on IS
    'First day of the week, included';
COMMENT ON COLUMN fiscal_week_row.ends_on IS
    'Last day of the week, included: always the weekday of week_ends_on';

CREATE FUNCTION fiscal_periods_support(internal)
RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fiscal_periods_support(internal) IS
    'Planner support of fiscal_periods: 12 rows for each year asked for';

CREATE FUNCTION fiscal_weeks_support(internal)
RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fiscal_weeks_support(internal) IS
    'Planner support of fiscal_weeks: 52 rows for each year asked for';

-- leap_period has no number for a default, because it depends on the pattern:
-- NULL is the last period, 12 or 13.
CREATE FUNCTION fiscal_periods(
    pattern        text,
    from_year      integer,
    to_year        integer,
    year_end_month integer DEFAULT 12,
    year_end_rule  text    DEFAULT 'last',
    week_ends_on   text    DEFAULT 'saturday',
    leap_period    integer DEFAULT NULL,
    named_by       text    DEFAULT 'end'
)
RETURNS SETOF fiscal_period_row
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 12
SUPPORT fiscal_periods_support
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fiscal_periods(text, integer, integer, integer, text, text, integer, text) IS
    'The periods of fiscal years from_year to to_year, in order of time, without gap or overlap. pattern: gregorian, 4-4-5, 4-5-4, 5-4-4, 13x4; year_end_rule: last, nearest; leap_period takes the 53rd week (NULL: the last period); named_by: end, start';

CREATE FUNCTION fiscal_weeks(
    pattern        text,
    from_year      integer,
    to_year        integer,
    year_end_month integer DEFAULT 12,
    year_end_rule  text    DEFAULT 'last',
    week_ends_on   text    DEFAULT 'saturday',
    leap_period    integer DEFAULT NULL,
    named_by       text    DEFAULT 'end'
)
RETURNS SETOF fiscal_week_row
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 52
SUPPORT fiscal_weeks_support
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fiscal_weeks(text, integer, integer, integer, text, text, integer, text) IS
    'The weeks of fiscal years from_year to to_year, in order of time; arguments as in fiscal_periods, gregorian excepted';
