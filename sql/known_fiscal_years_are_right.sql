-- Promise: other calendars that companies publish come out right. Facts are
-- from annual reports (form 10-K) and public calendars.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- Apple: the last Saturday of September; months of 5, 4 and 4 weeks; the 53rd
-- week goes to the first quarter. FY 2012 (from 25 September 2011), FY 2017
-- (to 30 September 2017) and FY 2023 (first quarter to 31 December 2022) had
-- 53 weeks.
SELECT fiscal_year, min(starts_on) AS starts_on, max(ends_on) AS ends_on,
       sum(weeks) FILTER (WHERE fiscal_quarter = 1) AS q1,
       max(ends_on) FILTER (WHERE fiscal_quarter = 1) AS q1_ends_on
FROM fiscal_periods('5-4-4', 2010, 2024, 9, 'last', 'saturday', 3)
GROUP BY fiscal_year HAVING sum(weeks) = 53 ORDER BY fiscal_year;

-- Costco: thirteen periods of four weeks, to the Sunday nearest to 31 August;
-- quarters of 12, 12, 12 and 16 weeks, or 17. Year ends: 2019-09-01,
-- 2020-08-30, 2021-08-29, 2022-08-28, 2023-09-03 after 53 weeks.
SELECT fiscal_year, max(ends_on) AS ends_on,
       sum(weeks) FILTER (WHERE fiscal_quarter = 1) AS q1,
       sum(weeks) FILTER (WHERE fiscal_quarter = 2) AS q2,
       sum(weeks) FILTER (WHERE fiscal_quarter = 3) AS q3,
       sum(weeks) FILTER (WHERE fiscal_quarter = 4) AS q4
FROM fiscal_periods('13x4', 2019, 2023, 8, 'nearest', 'sunday')
GROUP BY fiscal_year ORDER BY fiscal_year;

-- Snap-on: the Saturday nearest to 31 December, which can be in January; the
-- fiscal year keeps the name of its closing month. Year ends: 2010-01-02 (FY
-- 2009), 2011-01-01, 2011-12-31, ..., 2015-01-03 (FY 2014), 2016-01-02,
-- 2016-12-31, ..., 2019-12-28, 2021-01-02 (FY 2020, 53 weeks).
SELECT fiscal_year, max(ends_on) AS ends_on, sum(weeks) AS weeks
FROM fiscal_periods('4-4-5', 2009, 2020, 12, 'nearest')
GROUP BY fiscal_year ORDER BY fiscal_year;

-- ISO 8601 weeks are the weeks of a fiscal year that ends on the Sunday
-- nearest to 31 December: PostgreSQL's own isoyear and week agree, 700 years.
SELECT count(*) AS differing
FROM fiscal_weeks('4-4-5', 1600, 2300, 12, 'nearest', 'sunday')
WHERE fiscal_year <> extract(isoyear FROM starts_on)
   OR fiscal_week <> extract(week FROM ends_on);
