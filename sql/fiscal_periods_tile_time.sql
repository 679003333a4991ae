-- Promise: the periods of a fiscal calendar tile time: each starts on the day
-- after the one before it, whatever the arguments; and so do the weeks.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- Every calendar there is, over the 28 years after which weekdays and dates
-- repeat: 4 patterns of weeks x 12 months x 2 rules x 7 weekdays x leap
-- periods 1, 6 and last x 2 names = 4032, and 12 months x 2 names gregorian.
CREATE TEMPORARY VIEW calendar AS
SELECT pattern, month, rule, weekday, leap, named_by
FROM unnest(ARRAY['4-4-5', '4-5-4', '5-4-4', '13x4']) AS pattern,
     generate_series(1, 12) AS month,
     unnest(ARRAY['last', 'nearest']) AS rule,
     unnest(ARRAY['sunday', 'monday', 'tuesday', 'wednesday',
                  'thursday', 'friday', 'saturday']) AS weekday,
     unnest(ARRAY[1, 6, NULL]) AS leap,
     unnest(ARRAY['start', 'end']) AS named_by
UNION ALL
SELECT 'gregorian', month, 'last', 'saturday', NULL, named_by
FROM generate_series(1, 12) AS month,
     unnest(ARRAY['start', 'end']) AS named_by;

-- Periods: no gap, no overlap, none out of order, none empty. 4032 calendars
-- of 28 years: 3024 of 12 and 1008 of 13 periods, and 24 gregorian of 12:
-- 28 * (3024 * 12 + 1008 * 13 + 24 * 12) = 1391040 rows.
WITH span AS (
    SELECT p.*,
           lag(p.ends_on) OVER c AS previous_ends_on,
           lag(p.fiscal_year) OVER c AS previous_year,
           lag(p.fiscal_period) OVER c AS previous_period
    FROM (SELECT row_number() OVER () AS calendar_id, * FROM calendar) AS k,
         LATERAL (
             SELECT k.calendar_id, f.*
             FROM fiscal_periods(pattern, 2000, 2027, month, rule, weekday,
                                 leap, named_by)
                  WITH ORDINALITY AS f(fiscal_year, fiscal_quarter,
                                       fiscal_period, starts_on, ends_on,
                                       weeks, position)
         ) AS p
    WINDOW c AS (PARTITION BY p.calendar_id ORDER BY p.position)
)
SELECT count(*) AS rows,
       count(*) FILTER (WHERE starts_on <> previous_ends_on + 1) AS torn,
       count(*) FILTER (WHERE ends_on < starts_on) AS empty,
       count(*) FILTER (WHERE previous_ends_on IS NOT NULL
                          AND NOT (fiscal_year = previous_year
                                   AND fiscal_period = previous_period + 1
                                OR fiscal_year = previous_year + 1
                                   AND fiscal_period = 1)) AS misnumbered,
       count(*) FILTER (WHERE weeks * 7 <> ends_on - starts_on + 1)
           AS not_whole_weeks
FROM span;

-- Years: 52 or 53 weeks, ending on the weekday asked for, in the last week of
-- the closing month or at most three days from its end.
WITH year AS (
    SELECT k.*, p.fiscal_year,
           sum(p.weeks) AS weeks,
           max(p.ends_on) AS ends_on,
           (make_date(p.fiscal_year, k.month, 1)
            + interval '1 month - 1 day')::date AS month_ends_on
    FROM calendar AS k,
         LATERAL fiscal_periods(pattern, 2000, 2027, month, rule, weekday,
                                leap, named_by) AS p
    WHERE k.pattern <> 'gregorian' AND k.leap IS NULL AND k.named_by = 'end'
    GROUP BY k.pattern, k.month, k.rule, k.weekday, k.leap, k.named_by,
             p.fiscal_year
)
SELECT count(*) AS years,          -- 4 * 12 * 2 * 7 * 28 = 18816
       count(*) FILTER (WHERE weeks NOT IN (52, 53)) AS not_52_or_53,
       count(*) FILTER (WHERE trim(to_char(ends_on, 'day')) <> weekday)
           AS wrong_weekday,
       count(*) FILTER (WHERE rule = 'last' AND month_ends_on - ends_on
                              NOT BETWEEN 0 AND 6) AS not_last,
       count(*) FILTER (WHERE rule = 'nearest' AND month_ends_on - ends_on
                              NOT BETWEEN -3 AND 3) AS not_nearest
FROM year;

-- 400 Gregorian years are 146097 days = 20871 weeks = 400 * 52 + 71: every
-- calendar of weeks has exactly 71 years of 53 weeks in them.
SELECT long_years, count(*) AS calendars     -- 12 * 2 * 7 = 168
FROM (
    SELECT (SELECT count(*)
            FROM fiscal_weeks('4-4-5', 2000, 2399, month, rule, weekday)
            WHERE fiscal_week = 53) AS long_years
    FROM calendar
    WHERE pattern = '4-4-5' AND leap IS NULL AND named_by = 'end'
) AS k
GROUP BY long_years;

-- Quarters have three periods; of thirteen, the fourth has four.
SELECT pattern, fiscal_quarter, array_agg(fiscal_period) AS periods
FROM unnest(ARRAY['gregorian', '4-4-5', '13x4']) AS pattern,
     LATERAL fiscal_periods(pattern, 2024, 2024)
GROUP BY pattern, fiscal_quarter
ORDER BY pattern DESC, fiscal_quarter;

-- The 53rd week goes where leap_period says: FY 2022 (last Saturday of
-- December: 2021-12-26 to 2022-12-31) has one.
SELECT pattern, leap_period, weeks
FROM (VALUES ('4-4-5', NULL), ('4-5-4', 1), ('5-4-4', 3), ('13x4', NULL),
             ('13x4', 12)) AS k(pattern, leap_period),
     LATERAL (SELECT array_agg(weeks) AS weeks
              FROM fiscal_periods(pattern, 2022, 2022,
                                  leap_period => k.leap_period)) AS p
ORDER BY pattern, leap_period;

-- Weeks tile the periods: numbered without a hole in the year and in the
-- period.
SELECT count(*) AS weeks,      -- 28 years of 52, and 5 of 53 (28 * 365.25 / 7)
       count(*) FILTER (WHERE ends_on <> starts_on + 6) AS not_seven_days,
       count(*) FILTER (WHERE starts_on <> previous_ends_on + 1) AS torn,
       count(*) FILTER (WHERE fiscal_week <> week_of_year) AS misnumbered,
       count(*) FILTER (WHERE week_in_period <> week_of_period)
           AS misnumbered_in_period
FROM (
    SELECT *,
           lag(ends_on) OVER (ORDER BY starts_on) AS previous_ends_on,
           row_number() OVER (PARTITION BY fiscal_year
                              ORDER BY starts_on) AS week_of_year,
           row_number() OVER (PARTITION BY fiscal_year, fiscal_period
                              ORDER BY starts_on) AS week_of_period
    FROM fiscal_weeks('5-4-4', 2000, 2027, 9, leap_period => 3)
) AS w;
-- Both functions tell the same periods: 28 years of 13 = 364.
SELECT count(*) AS same
FROM (
    SELECT fiscal_year, fiscal_quarter, fiscal_period, min(starts_on),
           max(ends_on), count(*)
    FROM fiscal_weeks('13x4', 2000, 2027, 8, 'nearest', 'sunday')
    GROUP BY fiscal_year, fiscal_quarter, fiscal_period
    INTERSECT
    SELECT * FROM fiscal_periods('13x4', 2000, 2027, 8, 'nearest', 'sunday')
) AS p;

-- Gregorian months know 29 February and any closing month; a year that closes
-- in June 2024 opens in July 2023. They have no weeks.
SELECT * FROM fiscal_periods('gregorian', 2024, 2024, 6);
SELECT min(starts_on), max(ends_on)
FROM fiscal_periods('gregorian', 2024, 2024, 6, named_by => 'start');
SELECT min(starts_on), max(ends_on) FROM fiscal_periods('gregorian', 2024, 2024);
