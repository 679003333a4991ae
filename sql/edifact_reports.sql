-- EDIFACT sales and stock are read whatever the delimiters, layout and line ends.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- An interchange of these messages, and a message of this type and body
-- (without UNH and UNT), with right counts and references.
CREATE FUNCTION pg_temp.document(VARIADIC messages text[]) RETURNS text
RETURN 'UNB+UNOC:3+SHOP:14+VENDOR:14+260905:1200+REF17''' || array_to_string(messages, '') || 'UNZ+' || cardinality(messages) || '+REF17''';
CREATE FUNCTION pg_temp.message(no int, type text, body text) RETURNS text
RETURN 'UNH+' || no || '+' || type || ':D:96A:UN:EAN004''' || body || 'UNT+' || length(body) - length(replace(body, '''', '')) + 2 || '+' || no || '''';

-- locations hold items; 3 sold, 1 back; an amount stands with the first QTY
SELECT pg_temp.document(pg_temp.message(1, 'SLSRPT',
    'BGM+73E::9+R1+9''DTM+137:20260905:102''DTM+90:20260801:102''DTM+91:20260831:102''NAD+BY+111::9''NAD+SU+222::9++VENDOR''CUX+2:EUR:10'''
    || 'LOC+162+SHOP1::9''DTM+356:20260815:102''LIN+1++4007399434498:EN''PIA+1+MINE:IN+P-1:SA''RFF+DC:SD-5''RFF+IV:INV-1''PRI+AAE:39.95::RTP''MOA+203:119.85''QTY+153:3:PCE''QTY+153:-1:PCE'''
    || 'LOC+162+SHOP2::9''LIN+2++96385074:EN''QTY+153:2.5'''
)) AS d \gset
SELECT line_no, message_no, line_in_message, report_id, report_type, purpose, report_on, period_starts_on, period_ends_on, reporter_id, vendor_id, vendor_name,
    sender_id, receiver_id, interchange_control, message_reference
FROM edifact_slsrpt(:'d') ORDER BY 1;
SELECT line_no, location_id, activity_on, item_no, vendor_part, gtin, distributor_part, product_ids, quantity, is_return, unit_of_measure AS uom, unit_price, price_basis, amount,
    currency_code AS cur, invoice_no, contract_no
FROM edifact_slsrpt(:'d') ORDER BY 1;
SELECT * FROM edifact_findings(:'d');

-- the same with other delimiters, a release character, comma, wrapped lines
CREATE TEMP TABLE variant (no int, what text, d text);
INSERT INTO variant VALUES
    (1, 'as it is', :'d'),
    (2, 'UNA that says the same', 'UNA:+.? ''' || :'d'),
    (3, 'CRLF behind each segment', replace(:'d', '''', E'''\r\n')),
    (4, 'wrapped after 16 characters', regexp_replace(:'d', '(.{16})', E'\\1\n', 'g')),
    (5, 'other delimiters, decimal comma', 'UNA|*,\ ~' || translate(:'d', ':+.''', '|*,~')),
    (6, 'line feed terminates', E'UNA:+.? \n' || translate(:'d', '''', E'\n')),
    (7, 'byte order mark, blank lines', E'\uFEFF\n' || :'d' || E'\n\n'),
    (8, 'released characters', replace(replace(:'d', 'SHOP1', 'S?HOP1'), 'VENDOR''', 'V?END?OR'''));
SELECT no, what, x.n, x.same, (SELECT string_agg(severity || ' ' || code, ', ') FROM edifact_findings(d)) AS findings
FROM variant, LATERAL (SELECT count(*) AS n,
        bool_and(to_jsonb(l) - 'byte_offset' - 'reported_quantity' = (SELECT to_jsonb(o) - 'byte_offset' - 'reported_quantity' FROM edifact_slsrpt(:'d') o WHERE o.line_no = l.line_no)) AS same
    FROM edifact_slsrpt(d) l) x
ORDER BY no;
SELECT tag, elements FROM edifact_segments('UNA:+.? ''UNB+UNOC:3+A?+B??:14+C?''D''UNZ+0+''');

-- items hold locations; stock
SELECT pg_temp.document(pg_temp.message(1, 'INVRPT',
    'BGM+35+S1+9''DTM+137:20260905:102''DTM+366:20260904:102''NAD+GY+111::9''NAD+WH+W1::9''LIN+1++4007399434498:EN''LOC+14+BIN1''QTY+145:5''LOC+14+BIN2''QTY+145:-2''LIN+2++P2:VP''QTY+145:7'''
)) AS d \gset
SELECT line_no, report_id, reporter_id, activity_on, location_qualifier AS q, location_id, vendor_part, gtin, quantity_qualifier AS kind, quantity, is_return FROM edifact_invrpt(:'d') ORDER BY 1;
SELECT count(*) FROM edifact_slsrpt(:'d');
-- a place behind its quantity; a warehouse behind the items of another one;
-- sales within some days are of the last of them
SELECT item_no, location_id, quantity FROM edifact_invrpt(pg_temp.document(pg_temp.message(1, 'INVRPT',
    'BGM+35+S2+9''DTM+137:20260905:102''NAD+GY+111::9''LIN+1++P1:VP''QTY+145:7''LOC+14+W1''QTY+145:3''NAD+WH+W2''QTY+145:1''LIN+2++P2:VP''LOC+14+W3''QTY+145:4''LOC+14+W4''QTY+145:5'''))) ORDER BY line_no;
SELECT item_no, location_id, quantity FROM edifact_invrpt(pg_temp.document(pg_temp.message(1, 'INVRPT',
    'BGM+35+S3+9''DTM+137:20260905:102''NAD+GY+111::9''NAD+WH+W1''LIN+1++P1:VP''QTY+145:7''LIN+2++P2:VP''QTY+145:3''NAD+WH+W2''LIN+3++P1:VP''QTY+145:1'''))) ORDER BY line_no;
SELECT item_no, activity_on, period_starts_on, period_ends_on FROM edifact_slsrpt(pg_temp.document(pg_temp.message(1, 'SLSRPT',
    'BGM+73+R2+9''DTM+137:20260905:102''DTM+356:2026080120260831:718''LOC+162+S1::9''LIN+1++P1:VP''QTY+153:1''LOC+162+S2::9''DTM+356:2026080120260815:718''LIN+2++P1:VP''QTY+153:1'''))) ORDER BY line_no;

-- whom it was sold to; of several prices the one for resale
SELECT item_no, customer_id_qualifier AS q, customer_id, customer_name, customer_postcode AS zip, customer_country AS country, invoice_no, invoice_line, unit_price, price_basis, prices
FROM edifact_slsrpt(pg_temp.document(pg_temp.message(1, 'SLSRPT',
    'BGM+73+R3+9''DTM+137:20260905:102''NAD+DB+D1::91''NAD+BY+ME::9''LIN+1++P1:VP''QTY+1:4''PRI+AAA:5::DIS''PRI+AAA:6::RES''RFF+DM:I9:2''NAD+MA+END::91++END USER''NAD+BY+4012345000009::9++SHOP+STREET 1+BERN++3000+CH''LIN+2++P2:VP''NAD+MA+END::91++END USER''PRI+AAE:7''QTY+1:1''QTY+1:2''NAD+ST+S7'''))) ORDER BY line_no;

-- what is wrong, one message of three broken
CREATE FUNCTION pg_temp.three(broken text) RETURNS text
RETURN pg_temp.document(
    pg_temp.message(1, 'SLSRPT', 'BGM+73+A''DTM+137:20260905:102''LIN+1++A:VP''QTY+153:1'''),
    broken,
    pg_temp.message(3, 'SLSRPT', 'BGM+73+C''DTM+137:20260905:102''LIN+1++C:VP''QTY+153:3'''));
SELECT pg_temp.message(2, 'SLSRPT', 'BGM+73+B''DTM+137:20260905:102''LIN+1++B:VP''QTY+153:2''') AS m \gset
CREATE TEMP TABLE broken (no int GENERATED ALWAYS AS IDENTITY, d text);
INSERT INTO broken (d) VALUES
    (pg_temp.three(:'m')),
    (pg_temp.three(replace(:'m', 'QTY+153:2', 'QTY+153:2O'))),
    (pg_temp.three(replace(:'m', 'QTY+153:2', 'QTY+153:2,5'))),
    (pg_temp.three(replace(:'m', 'QTY+153:2', 'QTY+153'))),
    (pg_temp.three(replace(:'m', '20260905', '20260935'))),
    (pg_temp.three(replace(:'m', 'UNT+6', 'UNT+7'))),
    (pg_temp.three(replace(:'m', 'UNT+6+2', 'UNT+6+4'))),
    (pg_temp.three(replace(:'m', 'UNT+6+2''', ''))),
    (pg_temp.three(replace(:'m', 'UNH+2+SLSRPT:D:96A:UN:EAN004''', ''))),
    (pg_temp.three(replace(replace(:'m', 'DTM+137:20260905:102''', ''), 'UNT+6', 'UNT+5'))),
    (pg_temp.three(replace(:'m', 'SLSRPT', 'ORDERS'))),
    (pg_temp.three(replace(:'m', 'BGM+73+B', 'BGM+73+' || repeat('x', 100000)))),
    (replace(pg_temp.three(:'m'), 'UNZ+3', 'UNZ+2')),
    (replace(pg_temp.three(:'m'), 'UNZ+3+REF17', 'UNZ+3+REF18')),
    (replace(pg_temp.three(:'m'), 'UNZ+3+REF17''', '')),
    (rtrim(pg_temp.three(:'m'), '''')),
    (left(pg_temp.three(:'m'), 200)),
    (left(pg_temp.three(:'m'), 200) || '?'),
    (replace(pg_temp.three(:'m'), '+REF17''UNH', '+REF17++++++1''UNH')),
    (replace(pg_temp.three(:'m'), 'UNB+UNOC:3+SHOP:14+VENDOR:14+260905:1200+REF17''', '')),
    (translate(pg_temp.three(:'m'), '''', E'\n')),
    ('UNA+++? ''' || pg_temp.three(:'m')),
    ('ISA*00*'), (''), (pg_temp.three(:'m') || 'more'), (pg_temp.three(:'m') || pg_temp.three(:'m'));
SELECT no, (SELECT string_agg(l.report_id, ' ' ORDER BY line_no) FROM edifact_slsrpt(d) l) AS reports,
    f.severity, f.code, f.level, f.transaction_control AS message, f.position_in_transaction AS position, f.tag, f.element AS e, f.component AS c, left(f.value, 12) AS value
FROM broken LEFT JOIN edifact_findings(d) f ON true ORDER BY no, f.byte_offset, f.code;

-- cut at every byte, each byte dropped, doubled, changed: never an error
SELECT count((SELECT count(*) FROM edifact_slsrpt(m))), count((SELECT count(*) FROM edifact_findings(m))), count((SELECT count(*) FROM edifact_segments(m)))
FROM (SELECT d, generate_series(1, length(d)) AS n FROM variant WHERE no = 5) v, LATERAL (VALUES (left(d, n)), (overlay(d PLACING '' FROM n FOR 1)), (left(d, n) || substr(d, n)),
    (overlay(d PLACING '?' FROM n FOR 1)), (overlay(d PLACING '~' FROM n FOR 1)), (overlay(d PLACING E'\n' FROM n FOR 1)), (overlay(d PLACING 'ü' FROM n FOR 1))) x (m);

-- an interchange without its end, another one behind it with other delimiters;
-- what merely begins with UNA is a segment that is none
SELECT no, (SELECT string_agg(l.report_id, ' ' ORDER BY line_no) FROM edifact_slsrpt(d) l) AS reports, (SELECT string_agg(f.code || ' ' || f.byte_offset, ', ') FROM edifact_findings(d) f) AS findings
FROM (VALUES (1, replace(pg_temp.three(:'m'), 'UNZ+3+REF17''', '') || 'UNA|*,\ ~' || translate(replace(pg_temp.three(:'m'), 'REF17', 'REF18'), ':+.''', '|*,~')),
    (2, replace(pg_temp.three(:'m'), 'UNH+2', 'UNA+2')), (3, replace(pg_temp.three(:'m'), 'UNH+2', 'UNA:+.? ''UNH+2'))) v (no, d)
ORDER BY no;
