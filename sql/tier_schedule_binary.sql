-- Binary images survive the wire, and hostile ones do no harm.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
\set VERBOSITY default
\getenv abs_builddir PG_ABS_BUILDDIR
\set file :abs_builddir '/results/tier_schedule_binary.bin'
\set hostile :abs_builddir '/results/tier_schedule_hostile.bin'

CREATE TABLE schedule_sent (n int, schedule tier_schedule, state tier_state);
INSERT INTO schedule_sent
SELECT n, s, tier_state_add(NULL, n, s)
FROM (VALUES
    (1, 'marginal: 3% from 0.50, 3.125% above 1'::tier_schedule),
    (2, 'rolling: 1.40 per unit from 0; minimum 7'),
    (3, 'additive: 5 flat above 0, 6 flat above 1; payout cap 9; payout floor 8'),
    (4, 'retroactive: 2 per 100 full from 0, 3 per 50 full from 1000; measure cap 5000'),
    (5, 'marginal: 1% + 200 flat above 0, 2% + 300 flat above 1000')
) AS t(n, s);
INSERT INTO schedule_sent
SELECT 6, s, tier_state_add(NULL, 1e30, 2.5, s)
FROM (SELECT ('marginal: ' || string_agg(g || '.123456789 per unit from ' || g || '.987654321', ', ' ORDER BY g))::tier_schedule
      FROM generate_series(1, 64) AS g) AS t(s);
INSERT INTO schedule_sent VALUES (7, NULL, 'empty');

-- a round trip
COPY schedule_sent TO :'file' (FORMAT binary);
CREATE TABLE schedule_received (LIKE schedule_sent);
COPY schedule_received FROM :'file' (FORMAT binary);
SELECT count(*) AS rows,
       count(*) FILTER (WHERE s.schedule IS NOT DISTINCT FROM r.schedule AND s.state::text = r.state::text) AS same
FROM schedule_sent AS s JOIN schedule_received AS r USING (n);

-- hostile: a bytea column sends the very bytes that are given
CREATE TABLE victim (schedule tier_schedule);
CREATE TABLE victim_state (state tier_state);
CREATE FUNCTION attack(victim text, file text, image bytea) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    detail text;
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', image, file);
    EXECUTE format('COPY %I FROM %L (FORMAT binary)', victim, file);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN state || ' ' || coalesce(nullif(detail, ''), message);
END $$;
-- the image of marginal: 3% from 100, taken apart: version, method, kind, tiers, options, flags, threshold (10 bytes), rate (10 bytes)
SELECT what, attack('victim', :'hostile', image) AS outcome
FROM (VALUES
    (1, 'as sent', '\x0100010100020000000a00010000000000000064 0000000a0001ffff00000002012c'::bytea),
    (2, 'nothing', ''),
    (3, 'version 2', '\x0200010100020000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (4, 'method 4', '\x0104010100020000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (5, 'kind 5', '\x0100050100020000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (6, 'no tiers', '\x0100010000'),
    (7, '65 tiers', '\x0100014100'),
    (8, 'option 16', '\x0100010110020000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (9, 'flag 8', '\x01000101000a0000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (10, 'no benefit', '\x0100010100000000000a00010000000000000064'),
    (11, 'rate of no kind', '\x0100000100020000000a00010000000000000064 0000000a0001ffff00000002012c'),
    (12, 'huge length', '\x0100010100027fffffff00010000000000000064'),
    (13, 'negative length', '\x010001010002ffffffff00010000000000000064'),
    (14, 'short number', '\x0100010100020000000b0001000000000000006400 0000000a0001ffff00000002012c'),
    (15, 'negative threshold', '\x0100010100020000000a00010000400000000064 0000000a0001ffff00000002012c'),
    (16, 'NaN threshold', '\x0100010100020000000800000000c0000000 0000000a0001ffff00000002012c'),
    (17, 'NaN rate', '\x0100010100020000000a00010000000000000064 0000000800000000c0000000'),
    (18, 'rate of 300 %', '\x0100010100020000000a00010000000000000064 0000000a00010000000000000003'),
    (19, 'trailing bytes', '\x0100010100020000000a00010000000000000064 0000000a0001ffff00000002012c00')
) AS t(n, what, image)
ORDER BY n;
SELECT DISTINCT schedule FROM victim;

-- 1,000 images with bytes changed at random: refused or accepted, no more, and what is accepted can be printed and read back
SELECT setseed(0.4);
CREATE TABLE changed AS
SELECT n, image
FROM (SELECT row_number() OVER () AS n,
             set_byte(set_byte(tier_schedule_send(schedule), (random() * (length(tier_schedule_send(schedule)) - 1))::int, (random() * 255)::int),
                      (random() * (length(tier_schedule_send(schedule)) - 1))::int, (random() * 255)::int) AS image
      FROM schedule_sent, generate_series(1, 200)
      WHERE n <= 5) AS t;
TRUNCATE victim;
SELECT count(*) = 1000 AS all_answered,
       count(*) FILTER (WHERE outcome = 'accepted' OR outcome ~ '^(22P03|22P02|08P01|22023|22003|22021)') = 1000 AS properly
FROM (SELECT attack('victim', :'hostile', image) AS outcome FROM changed) AS t;
SELECT count(*) - count(*) FILTER (WHERE schedule::text::tier_schedule = schedule) AS unfaithful FROM victim;
CREATE TABLE changed_state AS
SELECT set_byte(set_byte(tier_state_send(state), (random() * (length(tier_state_send(state)) - 1))::int, (random() * 255)::int),
                (random() * (length(tier_state_send(state)) - 1))::int, (random() * 255)::int) AS image
FROM schedule_sent, generate_series(1, 100)
WHERE n <= 5;
SELECT count(*) = 500 AS all_answered,
       count(*) FILTER (WHERE outcome = 'accepted' OR outcome ~ '^(22P03|22P02|08P01|22023|22003|22021)') = 500 AS properly
FROM (SELECT attack('victim_state', :'hostile', image) AS outcome FROM changed_state) AS t;
SELECT count(*) - count(*) FILTER (WHERE state::text::tier_state::text = state::text) AS unfaithful FROM victim_state;

DROP FUNCTION attack(text, text, bytea);
DROP TABLE schedule_sent, schedule_received, victim, victim_state, changed, changed_state;
