-- Delimited text is read by RFC 4180; one bad row does not cost the next.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

SELECT * FROM csv_rows(E'a,b,c\n1,"two, with ""quotes""","three\nlines\r\nof text"\r\n\n4,,6\r7, "padded" ,9');

-- the delimiter is found out
SELECT d, (SELECT array_agg(cardinality(fields)) FROM csv_rows(d))
FROM (VALUES (E'a,b\n1,2\n'), (E'a;b;c\n1,5;2,5;3\n'), (E'a\tb\n1\t2\n'), (E'a|b\n1|2'), (E'one\ntwo\n'), (E'"a,b";c\n"d,e,f";g\n'), ('')) v (d);
-- or given
SELECT fields FROM csv_rows(E'a,b;c', ';');
SELECT fields FROM csv_rows(E'a,b;c', ':');

-- a byte order mark belongs to no field; the last field may be empty
SELECT fields, cardinality(fields) FROM csv_rows(E'\uFEFFa,b,\n');
SELECT fields, cardinality(fields) FROM csv_rows(E'a,b,');

-- a quote never closed, or closed too early, is a problem of its row alone
SELECT * FROM csv_rows(E'a,b\n1,"open\n2,fine\n3,"x"y\n4,fine\n');
SELECT * FROM csv_rows(E'a,b\n1,"open\n2,"closed"\n3,fine\n');

SELECT * FROM csv_rows(NULL);
SELECT * FROM csv_rows('a', '');
SELECT * FROM csv_rows('a', 'ü');
SELECT * FROM csv_rows('a', '"');

-- cut at every byte, no error
SELECT count((SELECT count(*) FROM csv_rows(left(d, n)))) FROM (VALUES (E'a,b,c\n1,"two ""2""","x\ny"\n"",\n')) v (d), generate_series(0, length(d)) n;
-- a field of a megabyte, a hundred thousand fields
SELECT count(*), max(cardinality(fields)), max(length(fields[1])) FROM csv_rows(repeat('x', 1000000) || E'\n' || repeat(',', 99999));
