-- Progress shows the tier reached, the gap to the next and the cliff.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

-- a cent below 200,000: 2,000 for one cent (SEMANTICS 2.2); the next whole
-- unit is worth the jump and 4 % of 0.99 more
SELECT * FROM tier_progress(199999.99, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000') \gx
-- below the first tier, on the last
SELECT * FROM tier_progress(0, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000') \gx
SELECT * FROM tier_progress(300000, 'retroactive: 3% from 100000, 4% from 200000, 5% from 300000') \gx
-- marginal tiers have no cliff but for their flats; above must be exceeded
SELECT * FROM tier_progress(1000, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000') \gx
-- a minimum above the thresholds is the next step: at 250 tier 2 opens, and
-- 250 x 2 % = 5 are earned at once
SELECT * FROM tier_progress(150, 'retroactive: 1% from 0, 2% from 200, 3% from 300; minimum 250') \gx
-- a payout cap takes the jump away
SELECT jump, one_more FROM tier_progress(199999, 'retroactive: 3% from 100000, 4% from 200000; payout cap 6000');
