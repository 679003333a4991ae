-- The year after one of 53 weeks is compared as the calendar says. The retail
-- calendar: FY 2022 30 January 2022 to 28 January 2023 (52 weeks), FY 2023 to 3
-- February 2024 (53 weeks), FY 2024 to 1 February 2025.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(9);
INSERT INTO fiscal_calendar (calendar_code, pattern, year_end_month, year_end_rule, week_ends_on, leap_period, named_by) VALUES ('nrf', '4-5-4', 1, 'nearest', 'saturday', 12, 'start');
SELECT is(add_fiscal_years('nrf', 2021, 2025), 60::bigint, 'five years');
SELECT is((SELECT string_agg(weeks::text, ' ' ORDER BY fiscal_year) FROM (SELECT fiscal_year, sum(weeks) AS weeks FROM fiscal_period JOIN fiscal_calendar USING (fiscal_calendar_id) WHERE calendar_code = 'nrf' GROUP BY 1) AS y), '52 52 53 52 52', '2023 has 53 weeks');
-- February 2024: 4 February to 2 March.
SELECT is((SELECT s::text FROM comparable_span('2024-02-04', '2024-03-02', 'nrf') AS s), '(2024-02-04,2024-03-02,2023-02-05,2023-03-04,0)', 'restated: weeks 2 to 5 of the year before');
SELECT is((SELECT s::text FROM comparable_span('2024-02-04', '2024-03-02', 'nrf', 'not_restated') AS s), '(2024-02-04,2024-03-02,2023-01-29,2023-02-25,0)', 'not restated: weeks 1 to 4');
UPDATE fiscal_calendar SET restate_policy = 'not_restated' WHERE calendar_code = 'nrf';
SELECT is((SELECT prior_starts_on FROM comparable_span('2024-02-04', '2024-03-02', 'nrf')), date '2023-01-29', 'the calendar says it');
-- January 2024: 31 December 2023 to 3 February 2024, five weeks, against four.
SELECT is((SELECT s::text FROM comparable_span('2023-12-31', '2024-02-03', 'nrf') AS s), '(2023-12-31,2024-01-27,2023-01-01,2023-01-28,7)', 'week 53 is cut off');
SELECT is((SELECT s::text FROM comparable_span('2024-01-28', '2024-02-03', 'nrf') AS s), '(,,,,7)', 'alone it has no counterpart');
SELECT is((SELECT s::text FROM comparable_span('2024-02-01', '2024-02-29') AS s), '(2024-02-01,2024-02-29,2023-02-01,2023-02-28,0)', 'gregorian: the month');
SELECT is((SELECT s::text FROM comparable_span('2025-02-01', '2025-02-28') AS s), '(2025-02-01,2025-02-28,2024-02-01,2024-02-29,0)', 'whatever its length');
SELECT * FROM finish();
ROLLBACK;
