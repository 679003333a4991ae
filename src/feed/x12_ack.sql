
-- feed: acknowledging X12 ---------------------------------------------------------

-- One interchange back per interchange received that can be read: a TA1 if it
-- asks for one or is refused, a 997 or 999 per group other than
-- acknowledgements. The two differ in names of segments (AK3 is IK3), in the
-- release and in what AK1 and AK2 repeat. The delimiters are ours; data that
-- holds one of them is not copied back.
CREATE FUNCTION x12_acknowledgement(
    document text,
    control_number int,
    acknowledged_at timestamp,
    is_999 boolean
)
RETURNS text
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
SET jit = off
BEGIN ATOMIC
    WITH segment AS MATERIALIZED (
        SELECT s.interchange_no, s.group_no, s.transaction_no, s.segment_no, s.tag,
            ARRAY(SELECT translate(e.value, E'*~>^\r\n', '      ')
                  FROM unnest(s.elements) WITH ORDINALITY AS e (value, n) ORDER BY e.n) AS elements
        FROM x12_segments(x12_acknowledgement.document) AS s
        WHERE s.tag IN ('ISA', 'GS', 'ST', 'GE', 'IEA')
    ), finding AS MATERIALIZED (
        SELECT f.severity, f.level, f.transaction_no, f.segment_no, f.position_in_transaction AS position, f.tag, f.element,
            split_part(f.ack_code, ' ', 1) AS segment, ltrim(split_part(f.ack_code, ' ', 2)) AS code,
            CASE WHEN f.value !~ '[*~>^[:cntrl:]]' THEN left(f.value, 99) ELSE '' END AS value
        FROM x12_findings(x12_acknowledgement.document) AS f
        WHERE f.ack_code IS NOT NULL
    ), clock AS (
        SELECT i.interchange_no, i.segment_no AS from_no,
            lead(i.segment_no, 1, 2147483647) OVER (ORDER BY i.segment_no) - 1 AS to_no,
            i.elements AS isa,
            coalesce(lpad((extract(year FROM x12_acknowledgement.acknowledged_at)::int % 100)::text, 2, '0')
                || lpad(extract(month FROM x12_acknowledgement.acknowledged_at)::int::text, 2, '0')
                || lpad(extract(day FROM x12_acknowledgement.acknowledged_at)::int::text, 2, '0'), i.elements[9]) AS yymmdd,
            coalesce(lpad(extract(hour FROM x12_acknowledgement.acknowledged_at)::int::text, 2, '0')
                || lpad(extract(minute FROM x12_acknowledgement.acknowledged_at)::int::text, 2, '0'), i.elements[10]) AS hhmm,
            lpad(((x12_acknowledgement.control_number + row_number() OVER (ORDER BY i.segment_no) - 1) % 1000000000)::text, 9, '0') AS icn
        FROM segment AS i
        WHERE i.tag = 'ISA'
    ), transaction AS (
        SELECT t.transaction_no, t.group_no, t.elements[1] AS set_id, t.elements[2] AS control, d.refused, d.noted,
            'AK2*' || coalesce(t.elements[1], '') || '*' || coalesce(t.elements[2], '')
                || CASE WHEN x12_acknowledgement.is_999 THEN coalesce('*' || nullif(t.elements[3], ''), '') ELSE '' END || '~'
                || coalesce(d.notes, '')
                || CASE WHEN x12_acknowledgement.is_999 THEN 'IK5*' ELSE 'AK5*' END || CASE WHEN d.refused THEN 'R' WHEN d.noted THEN 'E' ELSE 'A' END || coalesce('*' || d.codes, '') || '~' AS answer,
            2 + coalesce(d.note_segments, 0) AS segments
        FROM segment AS t,
            LATERAL (
                SELECT EXISTS (SELECT FROM finding AS n WHERE n.transaction_no = t.transaction_no AND n.severity = 'refuse') AS refused,
                    EXISTS (SELECT FROM finding AS n WHERE n.transaction_no = t.transaction_no) AS noted,
                    string_agg(f.note, '' ORDER BY f.position, f.element, f.code) AS notes,
                    sum(f.note_segments)::int AS note_segments,
                    (SELECT string_agg(c.code, '*' ORDER BY c.code)
                     FROM (SELECT DISTINCT CASE WHEN n.segment IN ('AK3', 'AK4') THEN '5' ELSE n.code END AS code
                           FROM finding AS n
                           WHERE n.transaction_no = t.transaction_no AND n.segment IN ('AK3', 'AK4', 'AK5')
                           ORDER BY 1 LIMIT 5) AS c) AS codes
                FROM (
                    SELECT n.severity, n.segment, n.position, n.element, n.code,
                        CASE n.segment
                            WHEN 'AK3' THEN k.family || '3*' || n.tag || '*' || n.position || '**' || n.code || '~'
                            WHEN 'AK4' THEN k.family || '3*' || n.tag || '*' || n.position || '**8~' || k.family || '4*' || coalesce(n.element, 1) || '**' || n.code
                                || coalesce('*' || nullif(n.value, ''), '') || '~'
                        END AS note,
                        CASE n.segment WHEN 'AK3' THEN 1 WHEN 'AK4' THEN 2 ELSE 0 END AS note_segments
                    FROM finding AS n, (SELECT CASE WHEN x12_acknowledgement.is_999 THEN 'IK' ELSE 'AK' END AS family) AS k
                    WHERE n.transaction_no = t.transaction_no AND (n.tag ~ '^[A-Z0-9]{2,3}$' OR n.segment = 'AK5')
                        AND NOT (x12_acknowledgement.is_999 AND n.segment = 'AK3' AND n.code = '10')
                ) AS f
            ) AS d
        WHERE t.tag = 'ST' AND t.group_no IS NOT NULL
    ), "group" AS (
        SELECT g.interchange_no, g.group_no, g.elements AS gs, e.elements[1] AS stated, f.codes, f.refused
        FROM (SELECT s.interchange_no, s.group_no, s.segment_no, s.elements, lead(s.segment_no, 1, 2147483647) OVER (ORDER BY s.segment_no) - 1 AS to_no
              FROM segment AS s WHERE s.tag = 'GS') AS g
            LEFT JOIN segment AS e ON e.tag = 'GE' AND e.group_no = g.group_no,
            LATERAL (
                SELECT coalesce(bool_or(n.severity = 'refuse'), false) AS refused, string_agg(DISTINCT n.code, '*' ORDER BY n.code) AS codes
                FROM finding AS n
                WHERE n.segment = 'AK9' AND n.segment_no BETWEEN g.segment_no AND g.to_no
            ) AS f
        WHERE g.elements[1] IS DISTINCT FROM 'FA'
    ), answer AS (
        SELECT g.interchange_no, g.group_no, g.gs, a.received, a.accepted, a.noted, a.answers, a.segments, g.codes, g.refused,
            CASE WHEN g.stated ~ '^[0-9]{1,6}$' THEN g.stated::int ELSE a.received END AS stated,
            row_number() OVER (PARTITION BY g.interchange_no ORDER BY g.group_no) AS ordinal
        FROM "group" AS g,
            LATERAL (
                SELECT count(*)::int AS received, count(*) FILTER (WHERE NOT t.refused)::int AS accepted, coalesce(bool_or(t.noted), false) AS noted,
                    coalesce(string_agg(t.answer, '' ORDER BY t.transaction_no), '') AS answers, coalesce(sum(t.segments), 0)::int AS segments
                FROM transaction AS t
                WHERE t.group_no = g.group_no
            ) AS a
    ), reply AS (
        SELECT c.interchange_no, c.isa, c.yymmdd, c.hhmm, c.icn, t.codes AS ta1_code, t.refused, t.noted,
            (SELECT count(*) FROM answer AS a WHERE a.interchange_no = c.interchange_no) AS groups,
            (SELECT string_agg('GS*FA*' || coalesce(a.gs[3], '') || '*' || coalesce(a.gs[2], '') || '*' || CASE WHEN c.yymmdd < '70' THEN '20' ELSE '19' END || c.yymmdd || '*' || c.hhmm
                    || '*' || a.ordinal || CASE WHEN x12_acknowledgement.is_999 THEN '*X*005010X231A1~ST*999*' ELSE '*X*004010~ST*997*' END || lpad(a.ordinal::text, 4, '0')
                    || CASE WHEN x12_acknowledgement.is_999 THEN '*005010X231A1' ELSE '' END || '~AK1*' || coalesce(a.gs[1], '') || '*' || coalesce(a.gs[6], '')
                    || CASE WHEN x12_acknowledgement.is_999 THEN coalesce('*' || nullif(a.gs[8], ''), '') ELSE '' END || '~' || a.answers
                    || 'AK9*' || CASE WHEN a.refused OR (a.accepted = 0 AND a.received > 0) THEN 'R' WHEN a.accepted < a.received THEN 'P'
                        WHEN a.noted OR a.codes IS NOT NULL THEN 'E' ELSE 'A' END
                    || '*' || a.stated || '*' || a.received || '*' || CASE WHEN a.refused THEN 0 ELSE a.accepted END || coalesce('*' || a.codes, '')
                    || '~SE*' || a.segments + 4 || '*' || lpad(a.ordinal::text, 4, '0') || '~GE*1*' || a.ordinal || '~', '' ORDER BY a.ordinal)
             FROM answer AS a WHERE a.interchange_no = c.interchange_no) AS answers
        FROM clock AS c,
            LATERAL (
                SELECT coalesce(bool_or(n.severity = 'refuse'), false) AS refused, count(*) > 0 AS noted,
                    coalesce(min(n.code) FILTER (WHERE n.severity = 'refuse'), min(n.code), '000') AS codes
                FROM finding AS n
                WHERE n.segment = 'TA1' AND n.segment_no BETWEEN c.from_no AND c.to_no
            ) AS t
    )
    SELECT string_agg(
        'ISA*00*          *00*          *' || r.isa[7] || '*' || rpad(r.isa[8], 15) || '*' || r.isa[5] || '*' || rpad(r.isa[6], 15)
            || '*' || r.yymmdd || '*' || r.hhmm || CASE WHEN x12_acknowledgement.is_999 THEN '*^*00501*' ELSE '*U*00401*' END || r.icn || '*0*' || CASE r.isa[15] WHEN 'T' THEN 'T' ELSE 'P' END || '*>~'
            || CASE WHEN r.isa[14] = '1' OR r.refused THEN 'TA1*' || r.isa[13] || '*' || r.isa[9] || '*' || r.isa[10] || '*'
                || CASE WHEN r.refused THEN 'R' WHEN r.noted THEN 'E' ELSE 'A' END || '*' || r.ta1_code || '~' ELSE '' END
            || coalesce(r.answers, '')
            || 'IEA*' || r.groups || '*' || r.icn || '~',
        '' ORDER BY r.interchange_no)
    FROM reply AS r
    WHERE r.groups > 0 OR r.isa[14] = '1' OR r.refused;
END;
COMMENT ON FUNCTION x12_acknowledgement(text, int, timestamp, boolean) IS
    'The answer to an X12 document with 997s, or with 999s: see x12_997() and x12_999()';

CREATE FUNCTION x12_997(
    document text,
    control_number int DEFAULT 1,
    acknowledged_at timestamp DEFAULT NULL
)
RETURNS text
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN x12_acknowledgement(document, control_number, acknowledged_at, false);
COMMENT ON FUNCTION x12_997(text, int, timestamp) IS
    'The X12 document to send back: per interchange received a TA1 (if it asks for one or is refused) and a 997 per group; NULL if there is nothing to acknowledge. control_number is the ISA13 of the first one; acknowledged_at NULL = the time of the interchange received';

CREATE FUNCTION x12_999(
    document text,
    control_number int DEFAULT 1,
    acknowledged_at timestamp DEFAULT NULL
)
RETURNS text
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN x12_acknowledgement(document, control_number, acknowledged_at, true);
COMMENT ON FUNCTION x12_999(text, int, timestamp) IS
    'The X12 document to send back to a partner of release 005010: as x12_997(), with 999s (IK3, IK4, IK5; 005010X231A1) in interchanges of version 00501';
