-- A document in any encoding becomes the text it was written as; a byte that
-- is no character is named with its place.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- the same report in each of the encodings: found out, and read alike
SELECT E'UNA:+.? ''\nUNB+UNOC:3+SHOP:14+VENDOR:14+260905:1200+REF1''\nFTX+ü±ÿß''' AS d \gset
CREATE TEMP TABLE written (no int, how text, bytes bytea);
INSERT INTO written VALUES
    (1, 'UTF-8', convert_to(:'d', 'UTF8')),
    (2, 'UTF-8 with its mark', '\xefbbbf' || convert_to(:'d', 'UTF8')),
    (3, 'Latin-1', convert_to(:'d', 'LATIN1')),
    (4, 'UTF-16, low byte first', '\xfffe' || (SELECT string_agg(set_byte('\x0000'::bytea, 0, ascii(c)), ''::bytea ORDER BY n) FROM regexp_split_to_table(:'d', '') WITH ORDINALITY t (c, n))),
    (5, 'UTF-16, high byte first', '\xfeff' || (SELECT string_agg(set_byte('\x0000'::bytea, 1, ascii(c)), ''::bytea ORDER BY n) FROM regexp_split_to_table(:'d', '') WITH ORDINALITY t (c, n))),
    (6, 'UTF-16 without a mark', (SELECT string_agg(set_byte('\x0000'::bytea, 0, ascii(c)), ''::bytea ORDER BY n) FROM regexp_split_to_table(:'d', '') WITH ORDINALITY t (c, n)));
SELECT no, how, document_encoding(bytes), document_text(bytes) = :'d' AS same, (SELECT string_agg(code || ' ' || byte_offset, ', ') FROM document_findings(bytes)) AS findings
FROM written ORDER BY no;

-- what Windows-1252 has beyond Latin-1 tells it from that: euro 0x80 = U+20AC,
-- dash 0x96 = U+2013; 0x81 is a control character of Latin-1 only
SELECT document_encoding('\x802035'), document_text('\x802096') = '€ –' AS read, document_encoding('\xfc81'), document_text('\xfc81') = E'ü\u0081' AS read;
-- the first and the last one of each row of Windows-1252
SELECT document_text('\x80828e9194989e9f') = '€‚Ž‘”˜žŸ' AS windows, document_text('\x80a0ff', 'latin1') = E'\u0080\u00a0ÿ' AS latin;

-- characters of one to four bytes, ASCII alone, nothing
SELECT document_text(convert_to(s, 'UTF8')) = s AS same, document_encoding(convert_to(s, 'UTF8'))
FROM (VALUES ('Aé€😀'), ('A'), (''), (E'\u007f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff')) v (s);
-- a pair of surrogates: D83D DE00 is U+1F600
SELECT document_text('\x3dd800de', 'UTF-16') = '😀' AS low_first, document_text('\xd83dde00', 'UTF-16BE') = '😀' AS high_first, document_text('\xfeffd83dde00', 'UTF-16') = '😀' AS by_mark;

-- what the UNB declares holds where the bytes do not decide: Latin-2 0xE6 = ć,
-- Cyrillic 0xD6 = ж, Greek 0xE1 = α, Latin-9 0xA4 = €
SELECT syntax, document_encoding(b), right(document_text(b, replace_invalid => true), 1) AS last, (SELECT string_agg(code, ', ') FROM document_findings(b)) AS findings
FROM (VALUES ('UNOD', '\xe6'::bytea), ('UNOE', '\xd6'), ('UNOF', '\xe1'), ('UNOL', '\xa4'), ('UNOC', '\xe6'), ('UNOC', '\xc3a6'), ('UNOW', '\xc3a6'), ('UNOY', '\xe6'), ('UNOA', '\xe6'), ('UNOB', 'z')) v (syntax, byte),
    LATERAL (SELECT convert_to('UNB+' || syntax || ':3+', 'UTF8') || byte AS b) x;

-- declared by the caller: any encoding of the server
SELECT document_text('\x83658358', 'SJIS') AS sjis, document_text('\xb3', 'windows-1250') AS win1250, document_text('\xe9', 'cp1252') AS cp1252, document_text('\xc3a9', 'ISO-8859-1') AS as_told;

-- what is no character: the byte, and where
SELECT document_text('\x41420a43e944', 'UTF8');
SELECT document_text('\x4142004344');
SELECT document_text('\x4100420000d84300', 'UTF16LE');
SELECT document_text('\x410042', 'UTF16LE');
SELECT document_text('\x41814142', 'WIN1252');
SELECT document_text('\x8365ff0a', 'SJIS');
SELECT document_text('\x41', 'EBCDIC');
SELECT document_text('\x41', 'SQL_ASCII');
-- or all of them, and the text with U+FFFD in their place
SELECT document_text(b, e, true), f.severity, f.level, f.code, f.byte_offset, f.line_no, f.value, f.message
FROM (VALUES (1, '\x41420a43e944'::bytea, 'UTF8'), (2, '\x41c3', 'UTF8'), (3, '\x41eda080', 'UTF8'), (4, '\x41c0af', 'UTF8'), (5, '\x41e282', 'UTF8'), (6, '\x41f4908080', 'UTF8'),
    (7, '\x410a0041', NULL), (8, '\x41000a000a0000d84300', 'UTF16LE'), (9, '\x410042', 'UTF16LE'), (10, '\x4181', 'WIN1252'), (11, '\x83650a8365ff41', 'SJIS'), (12, '\x41e6', 'LATIN2'), (13, '\x41a5', 'ISO_8859_7')) v (no, b, e),
    LATERAL document_findings(b, e) f
ORDER BY no, f.byte_offset;

-- one damaged byte in a document of UTF-8 does not make it Latin-1
SELECT document_encoding(b), document_text(b, replace_invalid => true) FROM (SELECT convert_to('Zürich, Genève, Köln ', 'UTF8') || '\xe9'::bytea AS b) x;

-- NULL in, NULL out; and what is read goes to the readers
SELECT document_text(NULL) IS NULL AS no_text, document_encoding(NULL) IS NULL AS no_encoding, (SELECT count(*) FROM document_findings(NULL)) AS findings;
SELECT fields FROM csv_rows(document_text('\xfeff0053004b0055003b00e90031')) ORDER BY row_no;

-- a thousand findings and no more; every byte alone, in every encoding
SELECT count(*), max(byte_offset), count(*) FILTER (WHERE code = 'TOO_MANY_FINDINGS') FROM document_findings(convert_to(repeat('A', 10), 'UTF8') || decode(repeat('ff', 5000), 'hex'), 'UTF8');
SELECT count(document_text(set_byte('\x00'::bytea, 0, n), e, true)) AS read, count(document_encoding(set_byte('\x4100'::bytea, 1, n))) AS guessed
FROM generate_series(0, 255) n, unnest('{UTF8,LATIN1,WIN1252,UTF16LE,UTF16BE,LATIN2,SJIS,EUC_KR,GBK}'::text[]) e;
-- and every pair of bytes: ours agree with the server where the server can
SELECT count(*) AS pairs, count(*) FILTER (WHERE document_text(b, 'LATIN1') IS DISTINCT FROM convert_from(b, 'LATIN1')) AS otherwise
FROM generate_series(1, 255) a, generate_series(1, 255) z, LATERAL (SELECT set_byte(set_byte('\x0000'::bytea, 0, a), 1, z) AS b) x;
