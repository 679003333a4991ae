-- The worked numbers of the field, to the last digit.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- SEMANTICS 2.2; each expected number is that of the source named, or derived
-- there.  Schedules follow the source's boundaries: billing engines include
-- the upper bound (above), rebate contracts the lower (from).
SELECT source, method, value, rebate(value, (method || ': ' || tiers)::tier_schedule) AS rebate, expected,
       rebate(value, (method || ': ' || tiers)::tier_schedule) = expected AS ok
FROM (VALUES
    (1, 'D365 stepped', 'marginal', '10% from 0, 25% from 1000', 2000, 350),
    (2, 'D365 cumulative', 'retroactive', '10% from 0, 25% from 1000', 2000, 500),
    (3, 'D365 rolling', 'rolling', '10% from 0, 25% from 1000', 2000, 600),
    (4, 'D365 total', 'additive', '10% from 0, 25% from 1000', 2000, 700),
    (5, 'Enable', 'marginal', '3% from 100000, 4% from 200000, 5% from 300000', 110000, 300),
    (6, 'Enable', 'retroactive', '3% from 100000, 4% from 200000, 5% from 300000', 110000, 3300),
    (7, 'Kill Bill #719', 'marginal', '1.40 per unit above 0, 1.32 per unit above 10000, 1.25 per unit above 50000', 10500, 14660),
    (8, 'Kill Bill #719', 'retroactive', '1.40 per unit above 0, 1.32 per unit above 10000, 1.25 per unit above 50000', 10500, 13860),
    (9, 'Lago volume', 'retroactive', '.0010 per unit + 10 flat above 0, .0008 per unit + 10 flat above 10000, .0006 per unit + 10 flat above 50000, .0004 per unit + 10 flat above 100000', 65000, 49),
    (10, 'Autumn', 'marginal', '.01 per unit above 0, .008 per unit above 1000, .005 per unit above 10000', 15000, 107),
    (11, 'Zuplo', 'marginal', '.10 per unit above 0, .05 per unit above 1000, .01 per unit above 10000', 15000, 600),
    (12, 'Zuplo', 'retroactive', '.10 per unit above 0, .05 per unit above 1000, .01 per unit above 10000', 15000, 150),
    (13, 'ERPNext #44252', 'marginal', '10 per unit above 0, 8 per unit above 10, 6 per unit above 20', 25, 210),
    (14, 'ERPNext #44252', 'retroactive', '10 per unit above 0, 8 per unit above 10, 6 per unit above 20', 25, 150),
    (15, 'boundary, a cent below', 'retroactive', '3% from 100000, 4% from 200000, 5% from 300000', 199999.99, 5999.9997),
    (16, 'boundary', 'retroactive', '3% from 100000, 4% from 200000, 5% from 300000', 200000.00, 8000),
    (17, 'Lago fractional gap', 'marginal', '0 per unit above 0, 1 per unit above 5', 5.5, 0.5),
    (18, 'Lago 250 units', 'retroactive', '0 per unit above 0, 0.02 per unit above 250', 250, 0),
    (19, 'polar: first tier above 0', 'marginal', '3% from 100', 99.99, 0),
    (20, 'D365 free goods, 2 per full 100', 'retroactive', '2 per 100 full from 100', 150, 2),
    (21, 'contract, 2 per started 100', 'retroactive', '2 per 100 started from 0', 150, 4),
    (22, 'SAP October, 3,000 below 5,000', 'retroactive', '2% from 5000, 4% from 20000', 3000, 0),
    (23, 'SAP November', 'retroactive', '2% from 5000, 4% from 20000', 7000, 140),
    (24, 'SAP December', 'retroactive', '2% from 5000, 4% from 20000', 27000, 1080),
    (25, 'Salesforce measure cap', 'retroactive', '1% from 0; measure cap 100000', 250000, 1000),
    (26, 'SAP user: 5 % up to 1000', 'retroactive', '5% from 0; payout cap 1000', 30000, 1000)
) AS t(n, source, method, tiers, value, expected)
ORDER BY n;

-- the qualifier opens the tiers, the value earns: a SAP user's mix (300 of A
-- needed, then 5 a piece on up to 100 of B)
SELECT a, b, rebate(b, a, 'retroactive: 5 per unit from 300; measure cap 100') AS rebate, expected
FROM (VALUES (400, 70, 350), (200, 70, 0), (200, 150, 0), (400, 150, 500)) AS t(a, b, expected);

-- value and qualifier apart, method by method; 3 tiers at 0, 100 and 200 with
-- 1 %, 2 % and 5 %, flats 1, 2 and 4
--   qualifier 150 opens two; value 1000:
--     marginal     100 x 1 % + 900 x 2 % + 1 + 2 = 22
--     retroactive  1000 x 2 % + 2                = 22
--     rolling      100 x 1 % + 1000 x 2 % + 1 + 2 = 24
--     additive     1000 x 3 % + 1 + 2            = 33
--   qualifier 250 opens three; value 50 lies below the second threshold:
--     marginal     50 x 1 % + 1 + 2 + 4          = 7.5
--     retroactive  50 x 5 % + 4                  = 6.5
--     rolling      50 x 1 % + 50 x 5 % + 1 + 2 + 4 = 10
--     additive     50 x 8 % + 1 + 2 + 4          = 11
SELECT method, value, qualifier,
       rebate(value, qualifier, (method || ': 1% + 1 flat from 0, 2% + 2 flat from 100, 5% + 4 flat from 200')::tier_schedule) AS rebate,
       expected
FROM (VALUES
    ('marginal', 1000, 150, 22), ('retroactive', 1000, 150, 22), ('rolling', 1000, 150, 24), ('additive', 1000, 150, 33),
    ('marginal', 50, 250, 7.5), ('retroactive', 50, 250, 6.5), ('rolling', 50, 250, 10), ('additive', 50, 250, 11)
) AS t(method, value, qualifier, expected);

-- the options in their order: qualifier, minimum, tier, measure cap, benefit,
-- payout cap, payout floor
SELECT n, value, qualifier, rebate(value, qualifier, schedule::tier_schedule) AS rebate, expected
FROM (VALUES
    (1, 100, 99, 'retroactive: 10% from 0; minimum 100', 0),            -- the minimum looks at the qualifier
    (2, 99, 100, 'retroactive: 10% from 0; minimum 100', 9.9),
    (3, 300, 300, 'retroactive: 10% from 0, 20% from 200; measure cap 100', 20), -- the tier is reached before the measure is capped
    (4, 300, 300, 'marginal: 10% from 0, 20% from 200; measure cap 250', 30),    -- 200 x 10 % + 50 x 20 %
    (5, 300, 300, 'rolling: 10% from 0, 20% from 200; measure cap 250', 70),     -- 200 x 10 % + 250 x 20 %
    (6, 300, 300, 'retroactive: 10% + 5 flat from 0; payout cap 20', 20),
    (7, 300, 300, 'retroactive: 1% from 0; payout floor 10', 10),
    (8, 50, 50, 'retroactive: 1% from 100; payout floor 10', 0),        -- a floor is for who reached a tier
    (9, 300, 300, 'retroactive: 10% from 0; measure cap 100; payout cap 8; payout floor 8', 8),
    (10, 100, 100, 'marginal: 5 flat from 100', 5),
    (11, 100, 100, 'marginal: 5 flat above 100', 0),
    (12, 250, 250, 'marginal: 1 per 100 started from 0, 2 per 100 started from 200', 4), -- 2 x 1 + 1 x 2
    (13, 250, 250, 'marginal: 1 per 100 full from 0, 2 per 100 full from 200', 2),       -- 2 x 1 + 0 x 2
    (14, 0.01, 0.01, 'retroactive: 2 per 100 started from 0', 2)
) AS t(n, value, qualifier, schedule, expected)
ORDER BY n;

-- nothing, less than nothing, and nobody knows
SELECT rebate(0, 'retroactive: 10% + 5 flat from 0; payout floor 3') AS zero,
       rebate(-5, 'retroactive: 10% + 5 flat from 0; payout floor 3') AS negative,
       rebate(5, 0, 'retroactive: 10% from 0') AS zero_qualifier,
       rebate(NULL, 'retroactive: 10% from 0') IS NULL AS null_value,
       rebate(5, NULL, 'retroactive: 10% from 0') IS NULL AS null_qualifier,
       rebate(5, NULL::tier_schedule) IS NULL AS null_schedule;

-- any size: 10^30 x 12.5 % and a rate of 2 at 10^-30
SELECT rebate(1e30, 'marginal: 12.5% from 0') AS huge,
       rebate(1e-30, 'retroactive: 2 per unit from 0') AS tiny,
       rebate(1e30 + 1e-30, 'marginal: 1 per unit from 0, 2 per unit from 1000000000000000000000000000000') AS both,
       rebate(9999999999999999.99999999, 'retroactive: 9999999999999999.99999999 per unit from 0') = 9999999999999999.99999999 * 9999999999999999.99999999 AS widest_fixed;

-- failure: not finite
SELECT rebate('NaN', 'marginal: 1% from 0');
SELECT rebate(5, 'Infinity', 'marginal: 1% from 0');
SELECT * FROM rebate_working('-Infinity', 5, 'marginal: 1% from 0');
SELECT * FROM tier_progress('NaN', 'marginal: 1% from 0');

-- PL/pgSQL keeps the state of an expression while its variables change
DO $$
DECLARE
    s tier_schedule;
    g text;
    v numeric := 100;
    said text := '';
BEGIN
    FOREACH s IN ARRAY ARRAY['retroactive: 1% from 0', 'retroactive: 2% from 0', 'retroactive: 3% from 0']::tier_schedule[] LOOP
        said := said || rebate(v, s) || ' ' || blended_rate(v, s) || ' ' || value_needed(1, s) || '; ';
    END LOOP;
    FOREACH g IN ARRAY ARRAY['year', 'month'] LOOP
        said := said || period_key('2024-07-15', g) || '; ';
    END LOOP;
    RAISE INFO '%', said;
END $$;
