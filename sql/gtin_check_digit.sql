-- Promise: a GTIN counts as valid exactly if it has 8, 12, 13 or 14 digits and
-- the last one checks the others; valid ones of any length compare in 14.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- The example of GS1's own calculator: 6+2*3+9+1*3+0+4*3+1+5*3+0+0*3+2+1*3 =
-- 57, so 629104150021 is followed by 3. The others by hand:
-- 01234567890: 3*(0+2+4+6+8+0) + (1+3+5+7+9) = 60 + 25 = 85, so 5;
-- 9638507: 3*(9+3+5+7) + (6+8+0) = 72 + 14 = 86, so 4;
-- 1001234567890: 3*(1+0+2+4+6+8+0) + (0+1+3+5+7+9) = 63 + 25 = 88, so 2;
-- zeros check with 0.
SELECT gtin, gtin_is_valid(gtin), gtin14(gtin)
FROM unnest(ARRAY['6291041500213', '012345678905', '96385074',
                  '10012345678902', '00000000']) AS gtin;

-- UPC, EAN and GTIN-14 of the same item are one number.
SELECT DISTINCT gtin14(gtin)
FROM unnest(ARRAY['012345678905', '0012345678905', '00012345678905']) AS gtin;

-- For each number exactly one check digit is right, and changing one digit of
-- a valid number is always found out: 14 places x 9 other digits = 126.
SELECT count(*) AS right
FROM generate_series(0, 9) AS last
WHERE gtin_is_valid('629104150021' || last);
SELECT count(*) AS changed, count(*) FILTER (WHERE gtin_is_valid(changed)) AS missed
FROM generate_series(1, 14) AS place,
     generate_series(0, 9) AS digit,
     LATERAL overlay('10012345678902' PLACING digit::text FROM place) AS changed
WHERE changed <> '10012345678902';

-- Everything else is not valid, and not an error.
SELECT gtin, gtin_is_valid(gtin)
FROM unnest(ARRAY['012345678900',      -- check digit
                  '12345678905',       -- 11: a spreadsheet dropped the zero
                  '',
                  '0123456789051',     -- 13, but of 12 and a 1
                  '000012345678905',   -- 15
                  ' 12345678905',
                  '0123456789-5',
                  '1.23457E+11',
                  '-12345678905',
                  '٩٦٣٨٥٠٧٤']) AS gtin; -- digits, but not ASCII
SELECT gtin_is_valid(NULL), gtin14(NULL);
-- Long values, and values that are stored compressed or out of line.
CREATE TEMPORARY TABLE long (gtin text);
INSERT INTO long VALUES (repeat('0', 1000000)), ('96385074');
SELECT length(gtin), gtin_is_valid(gtin) FROM long ORDER BY length(gtin);

-- gtin14 says why.
SELECT gtin14('012345678900');
SELECT gtin14('12345678905');
SELECT gtin14('');
SELECT gtin14('0123-4567-8905');
\set VERBOSITY sqlstate
SELECT gtin14('012345678900');
SELECT gtin14('x');
\set VERBOSITY default

-- A table's own check, with nothing on the search path.
CREATE TEMPORARY TABLE item (gtin text CHECK (distmgmt.gtin_is_valid(gtin)));
SET search_path = '';
INSERT INTO item VALUES ('96385074'), (NULL);
INSERT INTO item VALUES ('96385075');
