-- Forward cover walks the demand until the stock is used up.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- SEMANTICS 3: 415 against 50, 60, 80, 90, 100, 120 leaves 35 for the sixth
-- week: 5 + 35/120 = 5.29
SELECT weeks_of_supply(415, '{50,60,80,90,100,120}'),
    round(weeks_of_supply(415, '{50,60,80,90,100,120}'), 2) AS rounded;

-- SEMANTICS 3: 8000 at 2000 a week are 4 weeks, 250 at 50 are 5
SELECT weeks_of_supply(8000, array_fill(2000::numeric, '{6}')),
    weeks_of_supply(250, array_fill(50::numeric, '{6}'));

-- used up to the unit at the end of a week: that week
SELECT weeks_of_supply(110, '{50,60,80}'), weeks_of_supply(110, '{50,60}');

-- weeks without demand pass
SELECT weeks_of_supply(10, '{0,0,20}'), weeks_of_supply(10, '{10,0,20}');

-- demand below zero comes back: 10 - 5 + 5 = 10, half of the third week
SELECT weeks_of_supply(10, '{5,-5,20}');

-- NULL: it outlasts the horizon, which ends before a week nobody knows
SELECT weeks_of_supply(111, '{50,60}'), weeks_of_supply(10, '{5,NULL,50}'),
    weeks_of_supply(10, '{}'), weeks_of_supply(NULL, '{1}'),
    weeks_of_supply(1, NULL);

-- NULL: no week has demand, whatever is on hand; neither 0 nor infinity
SELECT weeks_of_supply(10, '{0,0}'), weeks_of_supply(0, '{0,0}'),
    weeks_of_supply(0, '{}');

-- 0: nothing on hand
SELECT weeks_of_supply(0, '{0,5}'), weeks_of_supply(-3, '{5}');

-- large and small
SELECT weeks_of_supply(1e30, ARRAY[1e29, 9e29, 1]),
    weeks_of_supply(0.0005, '{0.001}');

-- fail
SELECT weeks_of_supply('NaN', '{1}');
SELECT weeks_of_supply(1, '{0,Infinity}');
SELECT weeks_of_supply(1, '{{1,2},{3,4}}');
