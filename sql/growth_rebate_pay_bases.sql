-- One table of growth tiers pays three ways, and nothing over nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- Enable (SEMANTICS 2.2): baseline 2,000,000, actual 2,350,000 = 117.5 %
SELECT pay_base, growth_rebate(2350000, 2000000, (method || ': 2% from 110, 3% from 115, 4% from 120')::tier_schedule, pay_base) AS rebate, expected
FROM (VALUES (1, 'all_volume', 70500), (2, 'excess', 10500), (3, 'banded', 3500)) AS t(n, pay_base, expected),
     (VALUES ('retroactive'), ('marginal')) AS m(method)
ORDER BY n, method;
-- at 115 % to the cent: 2,300,000 reaches it, a cent less does not
SELECT actual, growth_rebate(actual, 2000000, 'retroactive: 2% from 110, 3% from 115', 'all_volume') AS rebate, expected
FROM (VALUES (2300000.00, 69000), (2299999.99, 45999.9998)) AS t(actual, expected);
-- a third of a cent of baseline: nothing is divided, so nothing is rounded
SELECT growth_rebate(33.3333, 33.3333, 'retroactive: 1% from 100', 'all_volume') AS reached,
       growth_rebate(33.33329999999999, 33.3333, 'retroactive: 1% from 100', 'all_volume') AS missed;
-- no growth over nothing; no rebate without sales; a minimum is of the baseline, caps are money
SELECT growth_rebate(5, 0, 'marginal: 1% from 0', 'banded') IS NULL AS zero_baseline,
       growth_rebate(5, -5, 'marginal: 1% from 0', 'banded') IS NULL AS negative_baseline,
       growth_rebate(5, NULL, 'marginal: 1% from 0', 'banded') IS NULL AS no_baseline,
       growth_rebate(-5, 5, 'marginal: 1% from 0', 'banded') AS negative_sales,
       growth_rebate(90, 100, 'retroactive: 1% from 80', 'excess') AS no_excess,
       growth_rebate(109, 100, 'retroactive: 1% from 100; minimum 110', 'all_volume') AS below_minimum,
       growth_rebate(120, 100, 'retroactive: 10% from 100; payout cap 5', 'all_volume') AS capped;

-- failure
SELECT growth_rebate(120, 100, 'rolling: 1% from 100', 'banded');
SELECT growth_rebate(120, 100, 'marginal: 1% from 100', 'bands');
