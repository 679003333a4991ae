-- A stored partial state rolls up to the rebate of all rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default

CREATE TEMP TABLE daily AS
SELECT g % 5 AS distributor, g / 20 AS day, tier_state_agg(g * 12.345, 'marginal: 1% from 0, 2% from 50000') AS state,
       tier_state_agg(g * 12.345, g, 'retroactive: 1% from 0, 2% from 5000') AS qualified
FROM generate_series(1, 1000) AS g
GROUP BY 1, 2;

SELECT s.distributor, s.rolled = d.rebate AS same, s.rolled_q = d.rebate_q AS same_qualified
FROM (SELECT distributor, tier_state_rebate(tier_state_sum(state)) AS rolled, tier_state_rebate(tier_state_sum(qualified)) AS rolled_q
      FROM daily GROUP BY distributor) AS s
JOIN (SELECT g % 5 AS distributor, tiered_rebate(g * 12.345, 'marginal: 1% from 0, 2% from 50000') AS rebate,
             tiered_rebate(g * 12.345, g, 'retroactive: 1% from 0, 2% from 5000') AS rebate_q
      FROM generate_series(1, 1000) AS g GROUP BY 1) AS d USING (distributor)
ORDER BY s.distributor;

SELECT tier_state_rows(tier_state_sum(state)) AS rows, tier_state_rows(tier_state_sum(qualified)) AS qualified_rows FROM daily;

-- text is lossless: it reads back and goes on
SELECT state, state::text::tier_state::text = state::text AS same
FROM daily WHERE distributor = 1 AND day = 3;
SELECT qualified FROM daily WHERE distributor = 1 AND day = 3;
SELECT tier_state_add('2 rows, value 1e30, qualifier -0.50 | marginal: 3% from 0'::tier_state, 0.5, 1, 'marginal: 3% from 0') AS more,
       tier_state_remove('2 rows, value 1e30 | marginal: 3% from 0'::tier_state, 1e30 - 100, 'marginal: 3% from 0') AS less,
       tier_state_add(NULL, 5, 'marginal: 3% from 0') AS first,
       tier_state_add(NULL, NULL::numeric, 'marginal: 3% from 0') AS nothing;
SELECT tier_state_rows(s), tier_state_value(s), tier_state_qualifier(s), tier_state_schedule(s), tier_state_rebate(s)
FROM (VALUES (1, '3 rows, value 100.50, qualifier 7 | marginal: 3% from 0'::tier_state),
             (2, '3 rows, value 100.50 | marginal: 3% from 0'), (3, 'empty')) AS t(n, s)
ORDER BY n;

-- combining changes neither argument, stored ones may be short or toasted
CREATE TEMP TABLE stored (n int, state tier_state);
INSERT INTO stored
SELECT g, tier_state_add(NULL, g, ('marginal: ' || (SELECT string_agg(t || '.987654321 per unit + 3.14159 flat from ' || t * 1000, ', ' ORDER BY t)
                                                   FROM generate_series(1, 64) AS t))::tier_schedule)
FROM generate_series(1, 3) AS g;
SELECT tier_state_rows(tier_state_combine(a.state, b.state)) AS rows, tier_state_value(tier_state_combine(a.state, b.state)) AS value,
       tier_state_value(a.state) AS first, tier_state_value(b.state) AS second
FROM stored AS a, stored AS b WHERE a.n = 1 AND b.n = 2;
SELECT tier_state_value(tier_state_sum(state)) AS value, tier_state_value(tier_state_sum(state) FILTER (WHERE n > 5)) AS none FROM stored;
SELECT tier_state_sum(s::tier_state)
FROM (VALUES ('empty'), (NULL), ('1 rows, value 5 | marginal: 3% from 0'), ('empty'), ('1 rows, value 6 | marginal: 3% from 0')) AS t(s);

-- a state is 48 bytes and its schedule, once
SELECT pg_column_size(tier_state_add(NULL, 5, s)) - pg_column_size(s) AS beyond_the_schedule
FROM (SELECT 'marginal: 1% from 0, 2% from 50000'::tier_schedule) AS t(s);

-- failure
SELECT tier_state_combine('1 rows, value 5 | marginal: 3% from 0', '1 rows, value 5 | marginal: 4% from 0');
SELECT tier_state_combine('1 rows, value 5 | marginal: 3% from 0', '1 rows, value 5, qualifier 5 | marginal: 3% from 0');
SELECT tier_state_remove(NULL, 5, 'marginal: 3% from 0');
SELECT '5 rows value 5'::tier_state;
SELECT '1 rows, value NaN | marginal: 3% from 0'::tier_state;
SELECT '-1 rows, value 5 | marginal: 3% from 0'::tier_state;
