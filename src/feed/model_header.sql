-- feed, header: which mode a submission has, which period, and which earlier
-- reports it refers to.

CREATE FUNCTION other_documents(p_format text, p_document text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT string_agg(DISTINCT d.kind, ', '::text ORDER BY d.kind)
    FROM (
        SELECT g.elements[1] AS kind
        FROM x12_segments(p_document) AS g
        WHERE p_format = 'x12' AND g.tag = 'ST'
        UNION ALL
        SELECT e.elements[2][1]
        FROM edifact_segments(p_document) AS e
        WHERE p_format = 'edifact' AND e.tag = 'UNH'
    ) AS d
    WHERE d.kind <> ALL (ARRAY['867', '852', '846', 'SLSRPT', 'INVRPT']);
END;
COMMENT ON FUNCTION other_documents(text, text) IS 'Transaction sets and messages of a document that are no reports of sales or stock: claims, acknowledgements, catalogs; NULL = none';

CREATE FUNCTION set_submission_header(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_document text,
    p_mode text,
    p_period_starts_on date,
    p_period_ends_on date,
    p_kept lines_kept
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s submission;
    v_policy text;
    v_purposes text[];
    v_previous text[];
    v_by_purpose text;
    v_headings text;
    v_others text;
BEGIN
    SELECT * INTO s
    FROM submission AS u
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;
    SELECT f.mode_policy INTO v_policy FROM report_profile AS f WHERE f.distributor_id = p_distributor_id;

    s.report_kind := CASE
        WHEN NOT p_kept.has_stock THEN 'sell_through'
        WHEN p_kept.has_sales THEN 'mixed'
        ELSE 'inventory'
    END;
    s.report_nos := p_kept.report_nos;
    s.refers_to := p_kept.refers_to;
    s.period_starts_on := p_kept.period_starts_on;
    s.period_ends_on := p_kept.period_ends_on;
    s.period_is_stated := p_kept.period_ends_on IS NOT NULL;
    v_purposes := p_kept.purposes;
    v_previous := s.refers_to;
    IF s.document_format = 'edifact' THEN
        s.transmission_no := (
            SELECT g.elements[5][1]
            FROM edifact_segments(left(p_document, 1000)) AS g
            WHERE g.tag = 'UNB'
            ORDER BY g.segment_no
            LIMIT 1);
    END IF;
    IF s.document_format = 'x12' THEN
        s.transmission_no := (
            SELECT g.elements[13]
            FROM x12_segments(left(p_document, 1000)) AS g
            WHERE g.tag = 'ISA'
            ORDER BY g.segment_no
            LIMIT 1);
        IF p_kept.lines = 0 THEN
            -- A report that cancels another one needs no lines.
            SELECT array_agg(DISTINCT g.elements[1]),
                array_agg(DISTINCT g.elements[2]) FILTER (WHERE g.elements[2] <> ''),
                array_agg(DISTINCT g.elements[9]) FILTER (WHERE g.elements[9] <> '')
            INTO v_purposes, s.report_nos, v_previous
            FROM x12_segments(p_document) AS g
            WHERE g.tag = 'BPT';
        END IF;
    END IF;
    SELECT min(c.submission_mode), min(c.purpose)
    INTO v_by_purpose, s.purpose
    FROM purpose_code AS c
    WHERE c.purpose = ANY (v_purposes) AND c.submission_mode IS NOT NULL;
    s.purpose := coalesce(s.purpose, v_purposes[1]);

    IF p_period_starts_on IS NOT NULL THEN
        s.period_starts_on := p_period_starts_on;
        s.period_ends_on := p_period_ends_on;
        s.period_is_stated := true;
    END IF;
    s.submission_mode := coalesce(p_mode, CASE
        WHEN v_by_purpose <> 'original' THEN v_by_purpose
        WHEN p_kept.lines = 0 AND s.document_format = 'csv' AND p_period_starts_on IS NOT NULL THEN 'nil'
        WHEN v_policy = 'snapshot_per_period' THEN 'replace'
        ELSE 'original'
    END);
    IF NOT s.period_is_stated AND s.submission_mode IN ('replace', 'nil') THEN
        -- What is owed for these days says what is to be replaced; nothing is guessed.
        SELECT o.period_starts_on, o.period_ends_on, true
        INTO s.period_starts_on, s.period_ends_on, s.period_is_stated
        FROM report_obligation AS o
        WHERE o.distributor_id = p_distributor_id
            AND o.report_kind = CASE s.report_kind WHEN 'inventory' THEN 'inventory' ELSE 'sell_through' END
            AND p_kept.starts_on >= o.period_starts_on
            AND p_kept.ends_on <= o.period_ends_on
        ORDER BY o.period_ends_on - o.period_starts_on
        LIMIT 1;
    END IF;
    IF s.period_is_stated IS NOT TRUE THEN
        s.period_starts_on := p_kept.starts_on;
        s.period_ends_on := p_kept.ends_on;
        s.period_is_stated := false;
    END IF;

    s.refers_to := CASE
        WHEN p_period_starts_on IS NOT NULL THEN NULL
        WHEN s.submission_mode = 'cancel' THEN coalesce(v_previous, s.report_nos)
        WHEN s.submission_mode = 'replace' AND v_by_purpose = 'replace'
            THEN coalesce(v_previous, CASE WHEN NOT s.period_is_stated THEN s.report_nos END)
    END;

    UPDATE submission AS u
    SET submission_mode = s.submission_mode,
        submission_state = CASE
            WHEN p_kept.lines = 0 AND s.submission_mode NOT IN ('cancel', 'nil') THEN 'rejected'
            ELSE 'validated'
        END,
        report_kind = s.report_kind,
        transmission_no = s.transmission_no,
        report_nos = s.report_nos,
        refers_to = s.refers_to,
        purpose = s.purpose,
        period_starts_on = s.period_starts_on,
        period_ends_on = s.period_ends_on,
        period_is_stated = s.period_is_stated
    WHERE u.distributor_id = p_distributor_id AND u.submission_id = p_submission_id;

    -- Where transactions are refused it is said already why nothing is left.
    IF p_kept.lines = 0 AND s.submission_mode NOT IN ('cancel', 'nil') AND NOT EXISTS (
        SELECT
        FROM finding AS f
        WHERE f.distributor_id = p_distributor_id
            AND f.submission_id = p_submission_id
            AND f.severity = 'refuse')
    THEN
        v_others := other_documents(s.document_format, p_document);
        PERFORM find_in_document(p_distributor_id, p_submission_id,
            CASE WHEN v_others IS NULL THEN 'EMPTY_REPORT' ELSE 'NOT_A_REPORT' END, coalesce(v_others, s.file_name));
    END IF;

    v_headings := CASE WHEN s.document_format = 'csv' THEN unknown_headings(p_document, p_distributor_id) END;
    IF v_headings IS NOT NULL THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'UNKNOWN_HEADING', v_headings);
    END IF;

    -- What cancels books no line of its own.
    IF s.submission_mode = 'cancel' THEN
        UPDATE submission_line AS k
        SET line_state = 'not_booked'
        WHERE k.distributor_id = p_distributor_id
            AND k.submission_id = p_submission_id
            AND k.line_state = 'ready';
    END IF;
END
$$;
COMMENT ON FUNCTION set_submission_header(bigint, bigint, text, text, date, date, lines_kept) IS
    'Step 2 of submit_report(): which mode a submission has (the call, else the purpose code, else the policy of report_profile), which period and which earlier reports it refers to';
