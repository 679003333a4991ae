-- Numbers and days are read as agreed on with the sender, and never guessed.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- by a point, by a comma, by nothing that was agreed on
SELECT v, reported_number(v, '.') AS point, reported_number(v, ',') AS comma, reported_number(v, NULL) AS plain,
    reported_number(v, '?') AS untold, decimal_mark_seen(v) AS seen
FROM unnest(ARRAY['1.5', '1,5', '1.234,50', '1,234.50', '1 234,5', E'1\u00A0234', '1''000.25', '5-', '(5)', '- 5', '+3',
    '''12', '1.234', '.5', '9,', ' 7 ', '1,23,456', '12 34', '1.2.3', '1..2', '1e5', '(5', '-(5)', '-', '()', '', '1,234', '1.234,567', '0,125', '1234.500', '12,5', '12.50', '1,234,567', '1.234.567', '-1.234', 'v1.234']) WITH ORDINALITY AS t (v, n)
ORDER BY n;
SELECT reported_number(NULL, ','), reported_number(repeat('9', 200), ',') IS NOT NULL, reported_number(repeat('9', 201), ',');

-- what the numbers of a file say together: 2 and 4 is a comma, 1 and 2 is nothing
SELECT bit_or(decimal_mark_seen(v)) FROM unnest(ARRAY['1.234', '5', '12,50']) AS v;
SELECT bit_or(decimal_mark_seen(v)) FROM unnest(ARRAY['12.5', '12,50']) AS v;

-- day first, month first, year first, serial numbers of a spreadsheet
SELECT v, reported_date(v, 'dmy') AS dmy, reported_date(v, 'mdy') AS mdy, reported_date(v, 'ymd') AS ymd,
    reported_date(v, 'serial') AS serial, reported_date(v, NULL) AS plain
FROM unnest(ARRAY['3.4.2026', '03/04/26', '31.12.2026', '2026-04-03', '03042026', '20260403', '2026/4/3', '46115', '61', '60',
    '29.02.2024', '29.02.2025', '3.4.2026 00:00', '2026-04-03T10:11:12', '2026-04-03 00:00:00', '2026-04-03T00:00:00.000Z', '2026-04-03 x', '3.4', '1.2.202', '2026-04-031', '']) WITH ORDINALITY AS t (v, n)
ORDER BY n;
SELECT reported_date(NULL, 'dmy'), reported_date('3.4.2026', 'month first');

-- whether nothing is to be said of quantity, price and amount: 3 × 19.99 = 59.97;
-- 0.0101 - 0.99 × 0.0001 = 0.010001, 0.0101 - 0.0001 = 0.01
SELECT q, p, a, values_agree(q, p, a, 0.01) AS agree, values_agree(q, p, a, 0) AS exactly
FROM (VALUES (1, 3, 19.99, 59.97), (2, 3, 19.99, 59.98), (3, 3, 19.99, 59.981), (4, -3, 19.99, -59.97), (5, 3, 19.99, -59.97),
    (6, 0, 19.99, 0), (7, 0.001, 0.0001, 0.0000001), (8, 1.5, NULL, 7), (9, 1.5, 7, NULL), (10, 1.5, NULL, NULL), (11, NULL, 1, 1),
    (12, 1.2345, 1, 1.2345), (13, 1, 1.00001, 1), (14, 1, -1, -1), (15, 1000, 0.0005, 0.5), (16, 99999999999, 1, 99999999999),
    (17, 100000000000, 1, 100000000000), (18, 'NaN', 1, 1), (19, 1, 'Infinity', 1), (20, 1, 1, 'NaN'),
    (21, 0.99, 0.0001, 0.0101), (22, 1, 0.0001, 0.0101)) AS v (no, q, p, a)
ORDER BY no;
SELECT values_agree(1, 1, 1, NULL) AS without_tolerance;
