-- feed, envelopes: who sends to whom, and what the readers only warn of but a
-- distributor is held to.

CREATE TABLE receiver_identifier (
    identifier text NOT NULL,
    CONSTRAINT receiver_identifier_pkey PRIMARY KEY (identifier)
);
COMMENT ON TABLE receiver_identifier IS 'One row = a name under which interchanges are sent to us (ISA08, UNB S003); without any row nobody is asked whom they meant';
COMMENT ON COLUMN receiver_identifier.identifier IS 'The name, without blanks behind it';

INSERT INTO validation_rule (rule_code, rule_level, severity, parameters, message, remedy) VALUES
    ('UNKNOWN_SENDER', 'file', 'refuse', '{}', 'interchange is not from the distributor', 'Submit it for the distributor that sent it, or enter its sender in distributor_identifier.'),
    ('WRONG_RECEIVER', 'file', 'refuse', '{}', 'interchange is not for us', 'Send it to whom it is for, or enter the name in receiver_identifier.'),
    ('DUP_TRANSACTION', 'reader', 'warn', '{}', 'control number of a transaction set or message came before in its group', 'Number them apart.'),
    ('DUP_MESSAGE', 'reader', 'warn', '{}', 'reference of a message came before in the interchange', 'Number them apart.'),
    ('WRONG_FUNCTIONAL_ID', 'reader', 'warn', '{}', 'group is of another kind than its transaction sets', 'Correct GS01.'),
    ('BAD_VERSION', 'reader', 'warn', '{}', 'version is not one that is agreed on', 'Send version 004010 or 005010.'),
    ('WRAPPED_LINES', 'reader', 'warn', '{}', 'lines are wrapped', 'Send the file as bytes and not as text.'),
    ('SEGMENT_ORDER', 'reader', 'warn', '{}', 'segment stands in another place than the standard has it', 'Send segments in the order of the standard.'),
    ('CTT_MISMATCH', 'reader', 'warn', '{}', 'number of lines is not what CTT01 says', 'Have the sender look for lost lines.'),
    ('HASH_MISMATCH', 'reader', 'warn', '{}', 'sum is not what the report says', 'Have the sender look for lost lines.'),
    ('BAD_ENCODING', 'reader', 'warn', '{}', 'a character was lost on the way', 'Have the sender export it in UTF-8, and submit the bytes.');

CREATE FUNCTION keep_reader_findings(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_format text,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    -- What the reader refuses has no lines; what it warns of, a distributor may
    -- be held to, or let off.
    INSERT INTO finding (
        distributor_id, submission_id, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, f.transaction_no, f.segment_no, f.byte_offset,
        CASE WHEN f.severity = 'warn' THEN coalesce(r.severity, f.severity) ELSE f.severity END,
        f.level, f.code, f.message, f.value,
        coalesce(r.remedy, CASE f.severity
            WHEN 'refuse' THEN 'Have the sender correct it and send it again; what was read beside it is kept.'
        END)
    FROM (
        SELECT x.* FROM x12_findings(p_document) AS x WHERE p_format = 'x12'
        UNION ALL
        SELECT e.* FROM edifact_findings(p_document) AS e WHERE p_format = 'edifact'
    ) AS f
    LEFT JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = f.code AND r.rule_level = 'reader'
    WHERE f.severity = 'refuse' OR r.is_enabled IS NOT FALSE;
END
$$;
COMMENT ON FUNCTION keep_reader_findings(bigint, bigint, text, text) IS 'Notes what a reader found in a document; rules of the level reader say how grave that is for the distributor';

CREATE FUNCTION judge_envelope(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_format text,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_head text := p_document;
BEGIN
    IF NOT EXISTS (SELECT FROM receiver_identifier)
        AND NOT EXISTS (
            SELECT FROM distributor_identifier AS i
            WHERE i.distributor_id = p_distributor_id AND i.identifier_qualifier = 'sender')
    THEN
        RETURN;
    END IF;
    -- Most documents are one interchange, whose head is enough.
    IF strpos(substr(p_document, 107), CASE p_format WHEN 'x12' THEN 'ISA' ELSE 'UNB' END) = 0 THEN
        v_head := left(p_document, 1000);
    END IF;
    INSERT INTO finding (
        distributor_id, submission_id, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, h.segment_no, h.byte_offset,
        r.severity, 'interchange', r.rule_code, r.message, left(j.value, 99), r.remedy
    FROM (
        SELECT g.segment_no, g.byte_offset, rtrim(g.elements[6]) AS sender, rtrim(g.elements[8]) AS receiver
        FROM x12_segments(v_head) AS g
        WHERE p_format = 'x12' AND g.tag = 'ISA'
        UNION ALL
        SELECT e.segment_no, e.byte_offset, e.elements[2][1], e.elements[3][1]
        FROM edifact_segments(v_head) AS e
        WHERE p_format = 'edifact' AND e.tag = 'UNB'
    ) AS h
    CROSS JOIN LATERAL (
        SELECT 'UNKNOWN_SENDER' AS code, h.sender AS value
        WHERE EXISTS (
                SELECT FROM distributor_identifier AS i
                WHERE i.distributor_id = p_distributor_id AND i.identifier_qualifier = 'sender')
            AND NOT EXISTS (
                SELECT FROM distributor_identifier AS i
                WHERE i.distributor_id = p_distributor_id AND i.identifier_qualifier = 'sender' AND i.identifier = h.sender)
        UNION ALL
        SELECT 'WRONG_RECEIVER', h.receiver
        WHERE EXISTS (SELECT FROM receiver_identifier)
            AND NOT EXISTS (SELECT FROM receiver_identifier AS i WHERE i.identifier = h.receiver)
    ) AS j
    JOIN validation_rules_of(p_distributor_id) AS r ON r.rule_code = j.code AND r.is_enabled;
END
$$;
COMMENT ON FUNCTION judge_envelope(bigint, bigint, text, text) IS 'Whether each interchange of a document is from the distributor (UNKNOWN_SENDER) and for us (WRONG_RECEIVER), as far as it was entered how either is called';

CREATE FUNCTION refuse_transactions(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO finding (
        distributor_id, submission_id, line_no, transaction_no, segment_no, byte_offset,
        severity, level, code, message, value, remedy
    )
    SELECT p_distributor_id, p_submission_id, l.line_no, l.transaction_no, l.segment_no, l.byte_offset,
        'refuse', 'transaction', 'ENVELOPE_REFUSED', 'transaction set of the line is refused',
        string_agg(DISTINCT f.code, ', '), 'Have the sender correct it and send it again.'
    FROM finding AS f
    JOIN submission_line AS l
        ON l.distributor_id = f.distributor_id
        AND l.submission_id = f.submission_id
        AND l.transaction_no = f.transaction_no
    WHERE f.distributor_id = p_distributor_id
        AND f.submission_id = p_submission_id
        AND f.severity = 'refuse'
        AND f.line_no IS NULL
        AND f.transaction_no IS NOT NULL
        AND f.level NOT IN ('file', 'interchange', 'group')
    GROUP BY l.line_no, l.transaction_no, l.segment_no, l.byte_offset;
END;
COMMENT ON FUNCTION refuse_transactions(bigint, bigint) IS 'Refuses the lines of a transaction set in which something is refused that the reader only warned of (ENVELOPE_REFUSED)';
