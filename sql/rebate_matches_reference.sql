-- Over random schedules and values, rebate() is what plain SQL computes.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default
-- The reference knows nothing of tier_schedule: it computes from the columns
-- the schedule's text is written from, in numeric, by joins and sums.
SET TIME ZONE 'UTC';
SELECT setseed(0.1);

-- 25,000 schedules of 1 to 6 tiers
CREATE TEMP TABLE spec AS
SELECT i,
       (ARRAY['marginal', 'retroactive', 'rolling', 'additive'])[1 + floor(random() * 4)] AS method,
       (ARRAY['percent', 'per unit', 'per started', 'per full', 'flat'])[1 + floor(random() * 5)] AS kind,
       1 + floor(random() * 6)::int AS tiers,
       CASE WHEN random() < 0.2 THEN round((random() * 500)::numeric, 2) END AS minimum,
       CASE WHEN random() < 0.2 THEN round((random() * 900)::numeric, 2) END AS measure_cap,
       CASE WHEN random() < 0.2 THEN round((20 + random() * 50)::numeric, 2) END AS payout_cap,
       CASE WHEN random() < 0.2 THEN round((random() * 20)::numeric, 2) END AS payout_floor,
       CASE WHEN random() < 0.9 THEN 1 WHEN random() < 0.5 THEN 1e25 ELSE 1e-12 END AS magnitude
FROM generate_series(1, 25000) AS i;

CREATE TEMP TABLE spec_tier AS
SELECT i, n,
       sum(CASE WHEN n = 1 AND start_at_zero THEN 0 ELSE step END) OVER (PARTITION BY i ORDER BY n) AS threshold,
       above, rate, flat, block
FROM (SELECT i, n, i % 3 = 0 AS start_at_zero,
             (1 + floor(random() * 20000))::numeric / 100 * magnitude AS step,
             random() < 0.3 AS above,
             CASE kind
                 WHEN 'flat' THEN NULL
                 WHEN 'percent' THEN round((random() * 100)::numeric, (ARRAY[0, 1, 2, 12])[1 + floor(random() * 4)])
                 ELSE round((random() * 10)::numeric, (ARRAY[0, 1, 2, 12])[1 + floor(random() * 4)])
             END AS rate,
             CASE WHEN kind = 'flat' OR random() < 0.3 THEN round((random() * 20)::numeric, 2) END AS flat,
             CASE WHEN kind IN ('per started', 'per full') THEN round((0.01 + random() * 50)::numeric, 2) END AS block
      FROM (SELECT i, kind, magnitude::numeric AS magnitude, tiers FROM spec) AS s, generate_series(1, s.tiers) AS n) AS t;
ANALYZE spec;
ANALYZE spec_tier;

CREATE TEMP TABLE terms AS
SELECT i,
       (method || ': ' ||
        string_agg(CASE kind
                       WHEN 'flat' THEN flat || ' flat'
                       WHEN 'percent' THEN rate || '%'
                       WHEN 'per unit' THEN rate || ' per unit'
                       ELSE rate || ' per ' || block || substr(kind, 4)
                   END || CASE WHEN kind <> 'flat' AND flat IS NOT NULL THEN ' + ' || flat || ' flat' ELSE '' END ||
                   CASE WHEN above THEN ' above ' ELSE ' from ' END || threshold, ', ' ORDER BY n) ||
        coalesce('; minimum ' || minimum, '') || coalesce('; measure cap ' || measure_cap, '') ||
        coalesce('; payout cap ' || payout_cap, '') || coalesce('; payout floor ' || payout_floor, ''))::tier_schedule AS schedule
FROM spec JOIN spec_tier USING (i)
GROUP BY i, method, kind, minimum, measure_cap, payout_cap, payout_floor;

-- six values each: at a threshold, a cent either side, at random, huge, tiny
-- or negative; the qualifier is the value, or another such value
CREATE TEMP TABLE trial AS
SELECT row_number() OVER () AS id, i, v, CASE WHEN apart THEN q ELSE v END AS q
FROM (SELECT s.i, k % 2 = 0 AS apart,
             CASE k WHEN 1 THEN t.threshold WHEN 2 THEN t.threshold + 0.01 WHEN 3 THEN t.threshold - 0.01
                    WHEN 4 THEN round((random() * 1500)::numeric, 2)
                    WHEN 5 THEN t.threshold * (random() * 3)::numeric
                    ELSE (ARRAY[1e30, 1e-30, -5, 0, 99999999999.99, 123456789012345.12345678])[1 + floor(random() * 6)] END AS v,
             t.threshold + (random() * 400 - 50)::numeric AS q
      FROM (SELECT i, tiers, 1 + floor(random() * tiers)::int AS pick FROM spec) AS s
      JOIN spec_tier AS t ON t.i = s.i AND t.n = s.pick
      CROSS JOIN generate_series(1, 6) AS k) AS x;

ANALYZE trial;

CREATE TEMP TABLE reference AS
WITH reached AS (
    SELECT r.id, r.i, r.v, r.q, s.method, s.kind, s.payout_cap, s.payout_floor,
           least(r.v, s.measure_cap) AS m, t.n, t.threshold, t.rate, coalesce(t.flat, 0) AS flat, t.block,
           lead(t.threshold) OVER (PARTITION BY r.id ORDER BY t.n) AS upto
    FROM trial AS r
    JOIN spec AS s USING (i)
    JOIN spec_tier AS t USING (i)
    WHERE r.v > 0 AND r.q > 0 AND r.q >= coalesce(s.minimum, r.q)
      AND CASE WHEN t.above THEN r.q > t.threshold ELSE r.q >= t.threshold END
), portioned AS (
    SELECT *,
           CASE
               WHEN method = 'additive' OR (upto IS NULL AND method <> 'marginal') THEN m
               WHEN method = 'retroactive' THEN 0
               ELSE greatest(least(m, upto) - threshold, 0)
           END AS portion
    FROM reached
), earned AS (
    SELECT id, payout_cap, payout_floor,
           sum(CASE WHEN method = 'retroactive' AND upto IS NOT NULL THEN 0 ELSE flat END +
               CASE kind
                   WHEN 'flat' THEN 0
                   WHEN 'percent' THEN portion * rate * 0.01
                   WHEN 'per unit' THEN portion * rate
                   WHEN 'per full' THEN div(portion, block) * rate
                   ELSE (div(portion, block) + (mod(portion, block) > 0)::int) * rate
               END) AS amount
    FROM portioned
    GROUP BY id, payout_cap, payout_floor
)
SELECT id, greatest(least(amount, payout_cap), payout_floor) AS amount FROM earned;
ANALYZE terms;
ANALYZE reference;

SELECT count(*) >= 150000 AS enough,
       count(*) - count(*) FILTER (WHERE rebate(v, q, schedule) = coalesce(amount, 0)) AS wrong,
       count(*) FILTER (WHERE amount > 0) > 90000 AS many_pay
FROM trial JOIN terms USING (i) LEFT JOIN reference USING (id);
-- those that differ, if any
SELECT schedule, v, q, rebate(v, q, schedule), amount
FROM trial JOIN terms USING (i) LEFT JOIN reference USING (id)
WHERE rebate(v, q, schedule) <> coalesce(amount, 0)
ORDER BY id LIMIT 5;
-- the working adds up, and every text reads back
SELECT count(*) FILTER (WHERE rebate(v, q, schedule) <> (SELECT sum(w.amount) FROM rebate_working(v, q, schedule) AS w)) AS wrong_working,
       count(*) FILTER (WHERE schedule <> schedule::text::tier_schedule OR schedule <> schedule::jsonb::tier_schedule) AS wrong_text
FROM trial JOIN terms USING (i)
WHERE i <= 2000;
