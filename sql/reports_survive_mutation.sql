-- Of each format: what a generator writes is what the reader returns, and a
-- report that is whole survives whatever happens to its neighbour.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;
SET datestyle = ISO;

-- a number from 0 to n - 1 that only the seed decides
CREATE FUNCTION pg_temp.dice(n int, VARIADIC seed text[]) RETURNS int
RETURN ('x' || substr(md5(array_to_string(seed, ' ')), 1, 7))::bit(28)::int % n;

-- Line j of report k: a quantity (one in seven negative, one in five with
-- decimals), the part of it at a first location, and a price.
CREATE FUNCTION pg_temp.line(seed text, k int, j int, OUT q numeric, OUT part numeric, OUT price numeric)
RETURN (
    SELECT ROW(v.q * CASE pg_temp.dice(7, seed, 'sign', k::text, j::text) WHEN 0 THEN -1 ELSE 1 END, pg_temp.dice(10, seed, 'part', k::text, j::text)::numeric,
        ((1 + pg_temp.dice(99999, seed, 'price', k::text, j::text)) / 100.0)::numeric(9,2)::numeric)
    FROM (SELECT 20 + pg_temp.dice(900, seed, 'q', k::text, j::text) + CASE pg_temp.dice(5, seed, 'point', k::text, j::text) WHEN 0 THEN 0.25 ELSE 0 END AS q) AS v);

-- What a line of each format is written as, and what it must be read as.
-- A report of the EDI formats is one transaction set or message; of CSV, a row.
CREATE TABLE pg_temp.format (format text, functional text, opening text, closing text);
INSERT INTO format VALUES
    ('867', 'PT', 'BPT*00*R#*20260905*SS~', 'CTT*@~'),
    ('852', 'PD', 'XQ*H*20260801*20260831~N9*IA*R#~N1*RL*WEST*92*W1~', 'CTT*@~'),
    ('846', 'IB', 'BIA*00*DD*R#*20260831~N1*WH*WEST*92*W1~', 'CTT*@~'),
    ('844', 'CF', 'BAA*00*CE*20260901*D9*R#~N1*DB*DIST*92*D01~CON*CT*SD1*VA~', 'CTT*@~AMT*S*$~'),
    ('849', 'CF', 'BRC*00*20260905*D9*R#~CON*CT*SD1*VA~', 'CTT*@~AMT*A*$~'),
    ('845', 'PA', 'BPA*00*20260901*D9*R#~N1*MF*VENDOR*92*V1~CON*CT*SD1*VA~', 'CTT*@~'),
    ('832', 'SC', 'BCT*PC*R#~N1*SE*VENDOR*92*V1~', 'CTT*@~'),
    ('SLSRPT', NULL, 'BGM+73+R#+9''DTM+137:20260905:102''LOC+162+SHOP::9''', ''),
    ('INVRPT', NULL, 'BGM+35+R#+9''DTM+137:20260905:102''NAD+WH+W1::9''', ''),
    ('CSV', NULL, '', '');

CREATE FUNCTION pg_temp.written(format text, seed text, k int, j int, OUT body text, OUT lines int, OUT quantity numeric, OUT amount numeric)
LANGUAGE sql BEGIN ATOMIC
    SELECT CASE written.format
            WHEN '867' THEN CASE WHEN l.q < 0 THEN 'PTD*RU~QTY*76*' || -l.q ELSE 'PTD*SS~QTY*32*' || l.q END || '*EA~LIN**VP*P' || written.k || '~UIT*EA*' || l.price || '~AMT*1*' || abs(l.q) * l.price || '~'
            WHEN '852' THEN 'LIN**VP*P' || written.k || '~CTP**RES*' || l.price || '~' || CASE WHEN l.part = 0 THEN 'ZA*QS*' || l.q || '*EA~'
                ELSE 'ZA*QA*' || l.q || '*EA~SDQ*EA*92*S1*' || l.q - l.part || '*S2*' || l.part || '~' END
            WHEN '846' THEN 'LIN**VP*P' || written.k || '~QTY*33*' || l.q || '*EA~' || CASE WHEN l.part = 0 THEN 'UIT*EA*' || l.price || '~'
                ELSE 'UIT*EA*' || l.price || '~SCH*' || l.q - l.part || '*EA*WH*DALLAS*097*20260831~SCH*' || l.part || '*EA*WH*RENO*097*20260831~' END
            WHEN '844' THEN 'PAD*' || written.j || '*SD~LIN**VP*P' || written.k || '~UIT*EA*' || l.price || '*CT~UIT*EA*' || l.price + 2 || '*DI~QTY*32*' || l.q || '*EA~AMT*S*' || 2 * l.q || '~'
            WHEN '849' THEN 'PAD*' || written.j || '*SD~LIN**VP*P' || written.k || '~AAA*Y~QTY*32*' || l.q || '*EA~AMT*A*' || l.price || '~'
            WHEN '845' THEN 'PAD*' || written.j || '*SD~CTP**CON*' || l.price || '*100*EA~LIN**VP*P' || written.k || '~QTY*83*' || l.q || '*EA~'
            WHEN '832' THEN 'LIN*' || written.j || '*VP*P' || written.k || '~CTP**RES*' || l.price || '*' || abs(l.q) || '*EA~'
            WHEN 'CSV' THEN 'P' || written.k || ',"' || written.j || ', ""written""",' || l.q || ',' || l.price || E'\n'
            ELSE 'LIN+' || written.j || '++P' || written.k || ':VP''PRI+AAE:' || l.price || '''' || CASE WHEN l.part = 0 THEN 'QTY+153:' || l.q || ':PCE'''
                ELSE 'QTY+153:' || l.q - l.part || ':PCE''QTY+153:' || l.part || '''' END
        END,
        CASE WHEN l.part > 0 AND written.format IN ('852', '846', 'SLSRPT', 'INVRPT') THEN 2 ELSE 1 END,
        CASE written.format WHEN '832' THEN abs(l.q) ELSE l.q END,
        CASE written.format
            WHEN '867' THEN l.q * l.price
            WHEN '844' THEN 2 * l.q
            WHEN '852' THEN CASE WHEN l.part > 0 THEN 2 * l.price ELSE l.price END
            WHEN '846' THEN CASE WHEN l.part > 0 THEN 2 * l.price ELSE l.price END
            WHEN 'SLSRPT' THEN CASE WHEN l.part > 0 THEN 2 * l.price ELSE l.price END
            WHEN 'INVRPT' THEN CASE WHEN l.part > 0 THEN 2 * l.price ELSE l.price END
            ELSE l.price
        END
    FROM pg_temp.line(written.seed, written.k, written.j) AS l;
END;

-- Report k of this many lines.
CREATE FUNCTION pg_temp.report(format text, seed text, k int, n int, OUT text text, OUT lines int, OUT quantity numeric, OUT amount numeric)
LANGUAGE sql BEGIN ATOMIC
    SELECT CASE
            WHEN report.format = 'CSV' THEN b.body
            WHEN f.functional IS NOT NULL THEN 'ST*' || report.format || '*' || lpad(report.k::text, 4, '0') || '~' || b.body || 'SE*' || length(b.body) - length(replace(b.body, '~', '')) + 2 || '*' || lpad(report.k::text, 4, '0') || '~'
            ELSE 'UNH+' || report.k || '+' || report.format || ':D:96A:UN:EAN004''' || b.body || 'UNT+' || length(b.body) - length(replace(b.body, '''', '')) + 2 || '+' || report.k || ''''
        END, b.lines, b.quantity, b.amount
    FROM format AS f,
        LATERAL (
            SELECT replace(f.opening, '#', report.k::text) || string_agg(w.body, '' ORDER BY j) || replace(replace(f.closing, '@', report.n::text), '$', sum(w.amount)::text) AS body,
                sum(w.lines)::int AS lines, sum(w.quantity) AS quantity, sum(w.amount) AS amount
            FROM generate_series(1, report.n) AS j, pg_temp.written(report.format, report.seed, report.k, j) AS w
        ) AS b
    WHERE f.format = report.format;
END;

CREATE FUNCTION pg_temp.head(format text) RETURNS text
RETURN (SELECT CASE
        WHEN f.functional IS NOT NULL THEN 'ISA*00*          *00*          *ZZ*DISTRIBUTOR    *ZZ*VENDOR         *260905*1200*U*00401*000000017*0*P*>~GS*' || f.functional || '*DISTRIBUTOR*VENDOR*20260905*1200*42*X*004010~'
        WHEN f.format = 'CSV' THEN E'part,text,quantity,price\n'
        ELSE 'UNB+UNOC:3+SHOP:14+VENDOR:14+260905:1200+REF17''' END
    FROM format AS f WHERE f.format = head.format);
CREATE FUNCTION pg_temp.tail(format text, n int) RETURNS text
RETURN (SELECT CASE
        WHEN f.functional IS NOT NULL THEN 'GE*' || n || '*42~IEA*1*000000017~'
        WHEN f.format = 'CSV' THEN ''
        ELSE 'UNZ+' || n || '+REF17''' END
    FROM format AS f WHERE f.format = tail.format);

-- What the reader of the format says: which report (its number stands in the
-- part), and the totals. A row of CSV that is no line says nothing.
CREATE FUNCTION pg_temp.lines(format text, d text) RETURNS TABLE (k text, quantity numeric, amount numeric)
LANGUAGE plpgsql AS $$
BEGIN
    CASE format
        WHEN '867' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.amount FROM x12_867(d) l;
        WHEN '852' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.unit_price FROM x12_852(d) l;
        WHEN '846' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.unit_price FROM x12_846(d) l;
        WHEN '844' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.requested_amount FROM x12_844(d) l;
        WHEN '849' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.approved_amount FROM x12_849(d) l;
        WHEN '845' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.unit_price FROM x12_845(d) l;
        WHEN '832' THEN RETURN QUERY SELECT l.vendor_part, l.from_quantity, l.unit_price FROM x12_832(d) l;
        WHEN 'SLSRPT' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.unit_price FROM edifact_slsrpt(d) l;
        WHEN 'INVRPT' THEN RETURN QUERY SELECT l.vendor_part, l.quantity, l.unit_price FROM edifact_invrpt(d) l;
        WHEN 'CSV' THEN RETURN QUERY SELECT l.fields[1], try_numeric(l.fields[3]), try_numeric(l.fields[4]) FROM csv_rows(d, ',') l WHERE l.fields[2] ~ '^[0-9]+, "written"$' AND cardinality(l.fields) = 4;
    END CASE;
END
$$;
CREATE FUNCTION pg_temp.findings(format text, d text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    IF format = 'CSV' THEN RETURN QUERY SELECT l.problem FROM csv_rows(d, ',') l WHERE l.problem IS NOT NULL;
    ELSIF format LIKE '%RPT' THEN RETURN QUERY SELECT f.code FROM edifact_findings(d) f;
    ELSE RETURN QUERY SELECT f.code FROM x12_findings(d) f;
    END IF;
END
$$;

-- fifty documents of each format, of one to six reports of one to thirty lines:
-- the totals come back to the last digit, and nothing is found
CREATE TEMP TABLE document AS
SELECT f.format, n AS document_no, pg_temp.head(f.format) || string_agg(r.text, '' ORDER BY k) || pg_temp.tail(f.format, s.reports) AS d,
    sum(r.lines)::int AS lines, sum(r.quantity) AS quantity, sum(r.amount) AS amount
FROM format f, generate_series(1, 50) n, LATERAL (SELECT 1 + pg_temp.dice(6, 'reports', f.format, n::text) AS reports) s, generate_series(1, s.reports) k,
    LATERAL pg_temp.report(f.format, n::text, k, 1 + pg_temp.dice(30, 'lines', f.format, n::text, k::text)) r
GROUP BY f.format, n, s.reports;
SELECT format, count(*) AS documents, count(*) FILTER (WHERE (w.lines, w.quantity, w.amount) = (r.lines, r.quantity, r.amount)) AS totals_agree,
    count(*) FILTER (WHERE EXISTS (SELECT FROM pg_temp.findings(format, d))) AS with_findings, sum(w.lines) > 1000 AS many
FROM document w, LATERAL (SELECT count(*) AS lines, sum(quantity) AS quantity, sum(amount) AS amount FROM pg_temp.lines(w.format, w.d)) r
GROUP BY format ORDER BY format;

-- ten thousand changes of a byte, a thousand to a format (it is made
-- another one, left out, doubled, one is put in) within one of eight reports of three
-- lines: the other seven come through with their own totals, and the eighth
-- with no more lines than it has
CREATE TEMP TABLE report AS
SELECT f.format, k, r.*, sum(length(r.text)) OVER (PARTITION BY f.format ORDER BY k)::int - length(r.text) + length(pg_temp.head(f.format)) AS before
FROM format f, generate_series(1, 8) k, LATERAL pg_temp.report(f.format, 'mutation', k, CASE f.format WHEN 'CSV' THEN 1 ELSE 3 END) r;
CREATE TEMP TABLE whole AS
SELECT format, pg_temp.head(format) || string_agg(text, '' ORDER BY k) || pg_temp.tail(format, 8) AS d FROM report GROUP BY format;
CREATE TEMP TABLE mutation AS
SELECT f.format, x.k, m.d
FROM format f, generate_series(1, 1000) i,
    LATERAL (SELECT 1 + pg_temp.dice(8, 'k', f.format, i::text) AS k) x,
    LATERAL (
        -- the last terminator is its neighbour's, too, and what stands before it
        -- can release it
        SELECT overlay(w.d PLACING CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN substr(w.d, p.at, 1) || b.byte ELSE b.byte END FROM p.at FOR CASE i % 4 WHEN 2 THEN 0 ELSE 1 END) AS d
        FROM whole w JOIN report r ON r.format = w.format,
            LATERAL (SELECT r.before + 1 + pg_temp.dice(length(r.text) - 2, 'at', f.format, i::text) AS at) p,
            LATERAL (SELECT substr(E'*~>A9 \n\r-.+:?'',";ü\x01', 1 + pg_temp.dice(19, 'byte', f.format, i::text), 1) AS byte) b
        WHERE w.format = f.format AND r.k = x.k
    ) m;
CREATE TEMP TABLE outcome AS
SELECT m.format, m.k, m.d, o.neighbours_kept, o.own_lines
FROM mutation m,
    LATERAL (
        SELECT count(*) FILTER (WHERE r.k <> m.k AND (l.lines, l.quantity, l.amount) = (r.lines, r.quantity, r.amount)) AS neighbours_kept,
            max(l.lines) FILTER (WHERE r.k = m.k) - max(r.lines) FILTER (WHERE r.k = m.k) AS own_lines
        FROM report r LEFT JOIN (SELECT g.k, count(*)::int AS lines, sum(g.quantity) AS quantity, sum(g.amount) AS amount FROM pg_temp.lines(m.format, m.d) g GROUP BY g.k) l ON l.k = 'P' || r.k
        WHERE r.format = m.format
    ) o;
SELECT format, count(*) AS changes, count(*) FILTER (WHERE neighbours_kept = 7) AS neighbours_kept, count(*) FILTER (WHERE own_lines > 0) AS doubled,
    sum((SELECT count(*) FROM pg_temp.findings(format, d))) > 50 AS findings
FROM outcome GROUP BY format ORDER BY format;

-- cut at every byte: each report whose end is there is read, whole
SELECT w.format, count(*) AS cuts,
    count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM report r LEFT JOIN (SELECT g.k, count(*)::int AS lines, sum(g.quantity) AS quantity, sum(g.amount) AS amount FROM pg_temp.lines(w.format, left(w.d, n)) g GROUP BY g.k) l ON l.k = 'P' || r.k
        WHERE r.format = w.format AND CASE WHEN r.before + length(r.text) <= n THEN (l.lines, l.quantity, l.amount) IS DISTINCT FROM (r.lines, r.quantity, r.amount) ELSE l.lines > 0 AND w.format <> 'CSV' END
    )) AS just_the_whole_ones,
    count(*) FILTER (WHERE EXISTS (SELECT FROM pg_temp.findings(w.format, left(w.d, n)))) AS with_findings
FROM whole w, generate_series(0, length(w.d) - 1) n
GROUP BY w.format ORDER BY w.format;
