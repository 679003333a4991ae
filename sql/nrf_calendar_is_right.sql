-- Promise: the 4-5-4 calendar of the (US) National Retail Federation comes out
-- as it is published: years end on the Saturday nearest to 31 January and are
-- named by the year in which they start.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

CREATE TEMPORARY VIEW nrf AS
SELECT * FROM fiscal_periods('4-5-4', 2010, 2027, 1, 'nearest', 'saturday',
                             12, 'start');

-- NRF: "FY'12, FY'17 and FY'23" had 53 weeks.
SELECT fiscal_year, sum(weeks) AS weeks
FROM nrf GROUP BY fiscal_year HAVING sum(weeks) <> 52 ORDER BY fiscal_year;

-- FY 2023 ran from 29 January 2023 to 3 February 2024, FY 2024 from 4 February
-- 2024 to 1 February 2025. By hand, 31 January is a Tuesday in 2023 (Saturday
-- the 28th, three days before), a Wednesday in 2024 (3 February, three days
-- after), a Friday in 2025.
SELECT fiscal_year, min(starts_on) AS starts_on, max(ends_on) AS ends_on,
       sum(weeks) AS weeks, sum(weeks) FILTER (WHERE fiscal_quarter = 4) AS q4
FROM nrf WHERE fiscal_year IN (2023, 2024) GROUP BY 1 ORDER BY 1;

-- The months of FY 2023: 4, 5, 4 weeks from 29 January, the 53rd week in the
-- last, which is the retail January.
SELECT fiscal_quarter, fiscal_period, starts_on, ends_on, weeks
FROM nrf WHERE fiscal_year = 2023 ORDER BY fiscal_period;

-- The last retail month by week: the weeks before it are 3 * 13 + 4 + 5 = 48.
SELECT fiscal_week, week_in_period, starts_on, ends_on
FROM fiscal_weeks('4-5-4', 2023, 2023, 1, 'nearest', 'saturday', 12, 'start')
WHERE fiscal_period = 12 ORDER BY fiscal_week;

-- Comparing with last year after a year of 53 weeks. Restated: with the week
-- 364 days before, so FY 2024 faces weeks 2 to 53 of FY 2023, which began on
-- 5 February 2023. Not restated: with the week of the same number, which
-- leaves week 53 out.
WITH week AS (
    SELECT * FROM fiscal_weeks('4-5-4', 2023, 2024, 1, 'nearest', 'saturday',
                               12, 'start')
)
SELECT this.fiscal_week, this.starts_on,
       restated.fiscal_week AS restated_week,
       restated.starts_on AS restated_on,
       same.starts_on AS not_restated_on
FROM week AS this
JOIN week AS restated ON restated.starts_on = this.starts_on - 364
JOIN week AS same ON same.fiscal_year = this.fiscal_year - 1
                 AND same.fiscal_week = this.fiscal_week
WHERE this.fiscal_year = 2024 AND this.fiscal_week IN (1, 52)
ORDER BY this.fiscal_week;
