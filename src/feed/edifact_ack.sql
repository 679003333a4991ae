
-- feed: acknowledging EDIFACT -----------------------------------------------------

-- One interchange with one CONTRL back per interchange received, except those
-- that hold nothing but CONTRLs. Text is copied back with its service
-- characters released; the delimiters are the standard ones.
CREATE FUNCTION edifact_contrl(
    document text,
    control_number int DEFAULT 1,
    acknowledged_at timestamp DEFAULT NULL
)
RETURNS text
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
SET jit = off
BEGIN ATOMIC
    WITH segment AS MATERIALIZED (
        SELECT s.segment_no, s.message_no, s.tag, e.elements
        FROM edifact_segments(edifact_contrl.document) AS s,
            LATERAL (
                -- text[element][component] as elements, components joined by colons
                SELECT array_agg(c.element ORDER BY c.n) AS elements
                FROM (
                    SELECT i.n, rtrim(string_agg(coalesce(regexp_replace(s.elements[i.n][j.n], '([?+:''])', '?\1', 'g'), ''), ':' ORDER BY j.n), ':') AS element
                    FROM generate_series(1, array_length(s.elements, 1)) AS i (n), generate_series(1, array_length(s.elements, 2)) AS j (n)
                    GROUP BY i.n
                ) AS c
            ) AS e
        WHERE s.tag IN ('UNB', 'UNH')
    ), interchange AS (
        SELECT u.segment_no AS from_no, lead(u.segment_no, 1, 2147483647) OVER (ORDER BY u.segment_no) - 1 AS to_no, u.elements,
            ((edifact_contrl.control_number + row_number() OVER (ORDER BY u.segment_no) - 1) % 100000000000000)::text AS reference,
            coalesce(lpad((extract(year FROM edifact_contrl.acknowledged_at)::int % 100)::text, 2, '0')
                || lpad(extract(month FROM edifact_contrl.acknowledged_at)::int::text, 2, '0')
                || lpad(extract(day FROM edifact_contrl.acknowledged_at)::int::text, 2, '0') || ':'
                || lpad(extract(hour FROM edifact_contrl.acknowledged_at)::int::text, 2, '0')
                || lpad(extract(minute FROM edifact_contrl.acknowledged_at)::int::text, 2, '0'), u.elements[4]) AS date_time
        FROM segment AS u
        WHERE u.tag = 'UNB'
    ), finding AS MATERIALIZED (
        -- the end of the document belongs to its last interchange
        SELECT coalesce(f.segment_no, 2147483647) AS segment_no, f.transaction_no AS message_no, f.position_in_transaction AS position, f.element, f.component,
            split_part(f.ack_code, ' ', 1) AS carrier,
            CASE WHEN f.code IN ('UNT_REF', 'UNZ_REF') AND f.tag IN ('UNH', 'UNB') THEN '13' ELSE split_part(f.ack_code, ' ', 2) END AS code,
            CASE WHEN f.code IN ('TRUNCATED', 'MISSING_UNZ') THEN 'UNZ' WHEN f.code = 'MISSING_UNT' THEN 'UNT' WHEN f.tag ~ '^UN[ABEGHTZ]$' THEN f.tag END AS tag
        FROM edifact_findings(edifact_contrl.document) AS f
        WHERE f.severity = 'refuse' AND f.ack_code IS NOT NULL
    ), message AS (
        SELECT h.segment_no, h.message_no, h.elements,
            (SELECT f.code || coalesce('+' || f.tag, '') FROM finding AS f
             WHERE f.message_no = h.message_no AND f.carrier = 'UCM' ORDER BY f.segment_no, f.code LIMIT 1) AS error,
            EXISTS (SELECT FROM finding AS f WHERE f.message_no = h.message_no) AS refused,
            d.notes, coalesce(d.segments, 0) AS segments
        FROM segment AS h,
            LATERAL (
                SELECT string_agg('UCS+' || p.position || coalesce('+' || p.error, '') || '''' || coalesce(p.elements, ''), '' ORDER BY p.position) AS notes,
                    sum(1 + p.element_errors)::int AS segments
                FROM (
                    SELECT f.position, min(f.code) FILTER (WHERE f.carrier = 'UCS') AS error, count(*) FILTER (WHERE f.carrier = 'UCD') AS element_errors,
                        string_agg('UCD+' || f.code || '+' || f.element + 1 || coalesce(':' || f.component, '') || '''', '' ORDER BY f.element, f.component, f.code)
                            FILTER (WHERE f.carrier = 'UCD') AS elements
                    FROM finding AS f
                    WHERE f.message_no = h.message_no AND f.carrier IN ('UCS', 'UCD') AND f.position IS NOT NULL
                    GROUP BY f.position
                ) AS p
            ) AS d
        WHERE h.tag = 'UNH'
    ), answer AS (
        SELECT i.from_no, i.elements, i.reference, i.date_time, m.messages, m.notes, m.segments, r.error
        FROM interchange AS i,
            LATERAL (
                SELECT (SELECT f.code || coalesce('+' || f.tag, '')
                        FROM finding AS f
                        WHERE f.carrier = 'UCI' AND f.segment_no BETWEEN i.from_no AND CASE i.to_no WHEN 2147483646 THEN 2147483647 ELSE i.to_no END
                        ORDER BY f.segment_no, f.code LIMIT 1) AS error
            ) AS r,
            LATERAL (
                SELECT count(*) AS messages,
                    string_agg('UCM+' || coalesce(e.elements[1], '') || '+' || coalesce(e.elements[2], '') || '+' || CASE WHEN e.refused THEN '4' ELSE '7' END
                        || coalesce('+' || e.error, '') || '''' || coalesce(e.notes, ''), '' ORDER BY e.segment_no) AS notes,
                    coalesce(sum(1 + e.segments), 0)::int AS segments
                FROM message AS e
                WHERE e.segment_no BETWEEN i.from_no AND i.to_no AND split_part(e.elements[2], ':', 1) IS DISTINCT FROM 'CONTRL'
            ) AS m
        WHERE m.messages > 0 OR NOT EXISTS (SELECT FROM message AS e WHERE e.segment_no BETWEEN i.from_no AND i.to_no)
    )
    SELECT string_agg(
        'UNB+UNOC:3+' || coalesce(a.elements[3], '') || '+' || coalesce(a.elements[2], '') || '+' || coalesce(a.date_time, '') || '+' || a.reference
            || CASE a.elements[11] WHEN '1' THEN '++++++1' ELSE '' END || ''''
            || 'UNH+1+CONTRL:D:3:UN''UCI+' || coalesce(a.elements[5], '') || '+' || coalesce(a.elements[2], '') || '+' || coalesce(a.elements[3], '') || '+'
            || CASE WHEN a.error IS NULL THEN '7''' || coalesce(a.notes, '') ELSE '4+' || a.error || '''' END
            || 'UNT+' || CASE WHEN a.error IS NULL THEN a.segments ELSE 0 END + 3 || '+1''UNZ+1+' || a.reference || '''',
        '' ORDER BY a.from_no)
    FROM answer AS a;
END;
COMMENT ON FUNCTION edifact_contrl(text, int, timestamp) IS
    'The EDIFACT document to send back: per interchange received an interchange with a CONTRL that acknowledges (7) or rejects (4) it and each of its messages, with the place of each error; NULL if there is nothing to acknowledge. control_number is the reference of the first one; acknowledged_at NULL = the time of the interchange received';
