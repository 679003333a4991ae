-- feed, intake: the functions that applications call, and the intake report.

CREATE TYPE submission_result AS (
    distributor_code text,
    submission_id bigint,
    submission_state text,
    is_repeat boolean,
    document_format text,
    lines_read integer,
    lines_ready integer,
    lines_refused integer,
    transactions_refused integer,
    findings integer,
    submission_mode text,
    is_held boolean,
    lines_unchanged integer,
    facts_taken_back integer,
    findings_list jsonb
);
COMMENT ON TYPE submission_result IS 'What submit_report() made of a document';
COMMENT ON COLUMN submission_result.distributor_code IS 'Who sent it';
COMMENT ON COLUMN submission_result.submission_id IS 'Key of the submission; NULL = dry run';
COMMENT ON COLUMN submission_result.submission_state IS 'validated or rejected; accepted for a repeat of an accepted document';
COMMENT ON COLUMN submission_result.is_repeat IS 'Whether the same bytes had been submitted before in the same way; then nothing was changed';
COMMENT ON COLUMN submission_result.document_format IS 'x12, csv or call';
COMMENT ON COLUMN submission_result.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN submission_result.lines_ready IS 'Lines that can be booked, are, or stand already';
COMMENT ON COLUMN submission_result.lines_refused IS 'Lines that will not be booked because of a finding';
COMMENT ON COLUMN submission_result.transactions_refused IS 'X12: transaction sets that were refused as a whole';
COMMENT ON COLUMN submission_result.findings IS 'Findings, warnings included';
COMMENT ON COLUMN submission_result.submission_mode IS 'What it does to earlier reports: original, replace, append, correct, cancel or nil';
COMMENT ON COLUMN submission_result.is_held IS 'Whether a finding holds it until somebody releases it';
COMMENT ON COLUMN submission_result.lines_unchanged IS 'Of the ready lines, those that stand already and are left alone';
COMMENT ON COLUMN submission_result.facts_taken_back IS 'Facts of earlier reports that it reverses, or has';
COMMENT ON COLUMN submission_result.findings_list IS 'Dry run: every finding, as [{"line_no", "severity", "code", "message", "value", "remedy", …}, …] in the order of the lines; else NULL, see the table finding';

CREATE FUNCTION findings_of(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(f) - '{distributor_id,submission_id,finding_no}'::text[])
        ORDER BY f.line_no NULLS FIRST, f.finding_no), '[]')
    FROM finding AS f
    WHERE f.distributor_id = p_distributor_id AND f.submission_id = p_submission_id;
END;
COMMENT ON FUNCTION findings_of(bigint, bigint) IS 'Findings of a submission as a list, those of the document first, then by line';

CREATE FUNCTION submission_result_of(p_submission_id bigint, p_is_repeat boolean DEFAULT false)
RETURNS submission_result
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT ROW(
        d.distributor_code,
        s.submission_id,
        s.submission_state,
        p_is_repeat,
        s.document_format,
        l.lines_read,
        l.lines_ready,
        l.lines_refused,
        f.transactions_refused,
        f.findings,
        s.submission_mode,
        f.is_held AND s.submission_state = 'validated',
        CASE s.submission_state WHEN 'validated' THEN p.lines_unchanged ELSE l.lines_unchanged END,
        CASE s.submission_state WHEN 'validated' THEN p.facts_taken_back ELSE t.facts_taken_back END,
        NULL
    )::submission_result
    FROM submission AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS lines_read,
            (count(*) FILTER (WHERE line_state IN ('ready', 'unchanged')))::integer AS lines_ready,
            (count(*) FILTER (WHERE line_state = 'refused'))::integer AS lines_refused,
            (count(*) FILTER (WHERE line_state = 'unchanged'))::integer AS lines_unchanged
        FROM submission_line AS sl
        WHERE sl.distributor_id = s.distributor_id AND sl.submission_id = s.submission_id
    ) AS l
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS findings,
            (count(DISTINCT fi.transaction_no) FILTER (
                WHERE fi.severity = 'refuse' AND fi.line_no IS NULL))::integer AS transactions_refused,
            coalesce(bool_or(fi.severity = 'hold'), false) AS is_held
        FROM finding AS fi
        WHERE fi.distributor_id = s.distributor_id AND fi.submission_id = s.submission_id
    ) AS f
    CROSS JOIN LATERAL (
        SELECT (count(*) FILTER (WHERE sp.action = 'keep'))::integer AS lines_unchanged,
            (count(*) FILTER (WHERE sp.action IN ('change', 'take_back')) + (
                SELECT count(*) FROM receipts_at_stake(s.distributor_id, s.submission_id)
            ))::integer AS facts_taken_back
        FROM submission_plan(s.distributor_id, s.submission_id) AS sp
        WHERE s.submission_state = 'validated'
            AND s.submission_mode IN ('replace', 'correct', 'cancel')
    ) AS p
    CROSS JOIN LATERAL (
        SELECT ((
                SELECT count(*)
                FROM sell_through AS st
                WHERE st.distributor_id = s.distributor_id
                    AND st.submission_id = s.submission_id
                    AND st.entry_kind = 'reversal'
            ) + (
                SELECT count(*)
                FROM inventory_count AS ic
                WHERE ic.distributor_id = s.distributor_id
                    AND ic.submission_id = s.submission_id
                    AND ic.entry_kind = 'reversal'
            ) + (
                SELECT count(*)
                FROM inventory_adjustment AS ia
                WHERE ia.distributor_id = s.distributor_id
                    AND ia.submission_id = s.submission_id
                    AND ia.entry_kind = 'reversal'
            ) + (
                SELECT count(*)
                FROM inventory_receipt AS ir
                WHERE ir.distributor_id = s.distributor_id
                    AND ir.submission_id = s.submission_id
                    AND ir.entry_kind = 'reversal'
            ))::integer AS facts_taken_back
        WHERE s.submission_mode IN ('replace', 'correct', 'cancel')
        UNION ALL
        SELECT 0
        WHERE s.submission_mode NOT IN ('replace', 'correct', 'cancel')
    ) AS t
    WHERE s.submission_id = p_submission_id;
END;
COMMENT ON FUNCTION submission_result_of(bigint, boolean) IS 'What was made of a submission, counted from its lines and findings';

CREATE FUNCTION judge_submission(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_format text,
    p_text text,
    p_mode text,
    p_period_starts_on date,
    p_period_ends_on date
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_kept lines_kept;
    v_doubtful integer[];
    v_starts_on date;
    v_ends_on date;
BEGIN
    -- What is booked from here on this report has not been judged against.
    UPDATE submission AS s
    SET judged_after = coalesce((SELECT q.accepted FROM intake_queue AS q WHERE q.distributor_id = p_distributor_id), 0)
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
    v_kept := keep_lines_as_reported(p_distributor_id, p_submission_id, p_format, p_text, current_date);
    IF v_kept.has_counts THEN
        PERFORM judge_counts(p_distributor_id, p_submission_id);
    END IF;
    IF p_format = 'csv' THEN
        PERFORM judge_csv(p_distributor_id, p_submission_id, p_text);
    END IF;
    IF p_format IN ('csv', 'edifact') AND strpos(p_text, E'\uFFFD') > 0 THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'BAD_ENCODING',
            substring(p_text FROM '[^\n]{0,20}\uFFFD[^\n]{0,20}'));
    END IF;
    IF p_format IN ('x12', 'edifact') THEN
        PERFORM keep_reader_findings(p_distributor_id, p_submission_id, p_format, p_text);
        PERFORM judge_envelope(p_distributor_id, p_submission_id, p_format, p_text);
        PERFORM refuse_envelopes(p_distributor_id, p_submission_id, p_text);
        PERFORM refuse_transactions(p_distributor_id, p_submission_id);
    END IF;
    PERFORM set_submission_header(p_distributor_id, p_submission_id, p_text,
        p_mode, p_period_starts_on, p_period_ends_on, v_kept);
    IF v_kept.has_strangers THEN
        PERFORM match_customers(p_distributor_id, p_submission_id);
    END IF;

    -- What is beyond doubt need not be looked at again, unless the report turns
    -- out to be of other days.
    v_doubtful := coalesce(v_kept.doubtful_lines, '{}');
    SELECT CASE WHEN s.period_is_stated THEN s.period_starts_on END, CASE WHEN s.period_is_stated THEN s.period_ends_on END
    INTO v_starts_on, v_ends_on
    FROM submission AS s
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
    IF v_kept.sold_from < v_starts_on OR v_kept.sold_to > v_ends_on OR cardinality(v_doubtful) > v_kept.lines / 4 THEN
        v_doubtful := NULL;
    END IF;
    PERFORM judge_lines(p_distributor_id, p_submission_id, current_date, v_doubtful);
    PERFORM judge_header(p_distributor_id, p_submission_id, v_kept);
    PERFORM judge_across(p_distributor_id, p_submission_id, v_kept);
    PERFORM conclude_judgement(p_distributor_id, p_submission_id);
END
$$;
COMMENT ON FUNCTION judge_submission(bigint, bigint, text, text, text, date, date) IS
    'Reads, resolves and judges a submission that was entered: p_text is its document, or the load (staged), or the submission whose refused lines it takes up (kept)';

CREATE FUNCTION take_in(
    p_distributor_code text,
    p_format text,
    p_text text,
    p_document bytea,
    p_encoding text,
    p_file_name text,
    p_mode text,
    p_period_starts_on date,
    p_period_ends_on date,
    p_declared_lines integer,
    p_declared_qty numeric,
    p_declared_amount numeric,
    p_dry_run boolean
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
    v_submission_id bigint;
    v_other_id bigint;
    v_format text := p_format;
    v_arguments text := concat_ws(' ', p_mode, p_period_starts_on, p_period_ends_on);
    result submission_result;
BEGIN
    SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
    v_format := coalesce(v_format, report_format(p_text, v_distributor_id));
    IF v_format IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD006',
            MESSAGE = 'document cannot be read',
            DETAIL = format('File %s, %s characters, begins with %L.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(length(p_text), 0), left(p_text, 40)),
            HINT = 'Send X12 (867, 852, 846), EDIFACT (SLSRPT, INVRPT), or CSV whose first row is a heading with a column of quantities; see csv_column for the headings that are known, report_column for those of one distributor.';
    END IF;
    IF p_mode NOT IN ('original', 'replace', 'append', 'correct', 'cancel', 'nil') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'mode is not one that a report can have',
            DETAIL = format('p_mode is %L.', p_mode),
            HINT = 'Use original, replace, append, correct, cancel or nil; NULL = by the purpose code and the policy of report_profile.';
    END IF;
    IF num_nulls(p_period_starts_on, p_period_ends_on) = 1 OR p_period_ends_on < p_period_starts_on THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'period of the report is not one',
            DETAIL = format('From %s to %s.', coalesce(p_period_starts_on::text, 'NULL'), coalesce(p_period_ends_on::text, 'NULL')),
            HINT = 'Give the first and the last day, or neither.';
    END IF;
    IF p_distributor_code IS NULL AND v_format IN ('x12', 'edifact') THEN
        v_distributor_id := report_sender(p_text);
    END IF;
    IF v_distributor_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD004',
            MESSAGE = 'report cannot be attributed to a distributor',
            DETAIL = format('File %s, p_distributor_code %s.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(quote_literal(p_distributor_code), 'NULL')),
            HINT = 'Give p_distributor_code, or enter the sender (ISA06, UNB S002) in distributor_identifier with the qualifier sender.';
    END IF;

    BEGIN
        -- A document that is there already is the same submission; somebody who
        -- sends it at this moment is waited for.
        INSERT INTO submission (
            distributor_id, report_kind, document_format, file_name, document, document_encoding, arguments,
            declared_lines, declared_qty, declared_amount
        )
        VALUES (v_distributor_id, 'mixed', v_format, p_file_name, p_document, p_encoding, v_arguments,
            p_declared_lines, p_declared_qty, p_declared_amount)
        ON CONFLICT ON CONSTRAINT submission_document_key DO NOTHING
        RETURNING submission_id INTO v_submission_id;
        IF v_submission_id IS NULL THEN
            SELECT s.submission_id INTO v_submission_id
            FROM submission AS s
            WHERE s.distributor_id = v_distributor_id
                AND s.document_sha256 = sha256(p_document)
                AND s.arguments = v_arguments;
            RETURN submission_result_of(v_submission_id, true);
        END IF;
        PERFORM judge_submission(v_distributor_id, v_submission_id, v_format, p_text,
            p_mode, p_period_starts_on, p_period_ends_on);
        -- The same bytes that came to the same mode and period in another way are
        -- the same report, unless that one was set aside.
        SELECT s.submission_id INTO v_other_id
        FROM submission AS n
        JOIN submission AS s
            ON s.distributor_id = n.distributor_id
            AND s.document_sha256 = n.document_sha256
            AND s.submission_id <> n.submission_id
            AND s.submission_state <> 'rejected'
            AND s.submission_mode = n.submission_mode
            AND s.period_is_stated = n.period_is_stated
            AND s.period_starts_on IS NOT DISTINCT FROM n.period_starts_on
            AND s.period_ends_on IS NOT DISTINCT FROM n.period_ends_on
        WHERE n.distributor_id = v_distributor_id AND n.submission_id = v_submission_id
        ORDER BY s.submission_id
        LIMIT 1;
        IF v_other_id IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'repeat';
        END IF;
        result := submission_result_of(v_submission_id);
        IF p_dry_run THEN
            result.findings_list := findings_of(v_distributor_id, v_submission_id);
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        IF v_other_id IS NULL THEN
            result.submission_id := NULL;
        ELSE
            result := submission_result_of(v_other_id, true);
        END IF;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION take_in(text, text, text, bytea, text, text, text, date, date, integer, numeric, numeric, boolean) IS
    'What submit_report(), submit_document() and submit_staged() have in common: enters the submission once and has it judged';

CREATE FUNCTION submit_report(
    p_document text,
    p_distributor_code text DEFAULT NULL,
    p_file_name text DEFAULT NULL,
    p_mode text DEFAULT NULL,
    p_period_starts_on date DEFAULT NULL,
    p_period_ends_on date DEFAULT NULL,
    p_declared_lines integer DEFAULT NULL,
    p_declared_qty numeric DEFAULT NULL,
    p_declared_amount numeric DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE sql
BEGIN ATOMIC
    SELECT take_in(p_distributor_code, NULL, p_document, convert_to(p_document, 'UTF8'), 'UTF8', p_file_name,
        p_mode, p_period_starts_on, p_period_ends_on, p_declared_lines, p_declared_qty, p_declared_amount, p_dry_run);
END;
COMMENT ON FUNCTION submit_report(text, text, text, text, date, date, integer, numeric, numeric, boolean) IS
    'Takes a report in: keeps the document, reads it (X12 867, 852 and 846, EDIFACT SLSRPT and INVRPT, CSV), resolves and judges every line, books nothing yet. The same bytes in the same mode and period twice are one submission, whether the call or the document says which. p_distributor_code NULL = by the sender of the envelope; p_mode NULL = by the purpose code and the policy of report_profile; p_period NULL = as the document says, else by the schedule. A dry run returns every finding in findings_list and keeps nothing. ZD004 when the distributor is not known, ZD006 when the document cannot be read, 22023 for a mode or period that is none.';

CREATE FUNCTION submit_document(
    p_document bytea,
    p_encoding text DEFAULT NULL,
    p_distributor_code text DEFAULT NULL,
    p_file_name text DEFAULT NULL,
    p_mode text DEFAULT NULL,
    p_period_starts_on date DEFAULT NULL,
    p_period_ends_on date DEFAULT NULL,
    p_declared_lines integer DEFAULT NULL,
    p_declared_qty numeric DEFAULT NULL,
    p_declared_amount numeric DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE sql
BEGIN ATOMIC
    SELECT take_in(p_distributor_code, NULL, document_text(p_document, e.encoding), p_document, e.encoding, p_file_name,
        p_mode, p_period_starts_on, p_period_ends_on, p_declared_lines, p_declared_qty, p_declared_amount, p_dry_run)
    FROM (SELECT coalesce(p_encoding, document_encoding(p_document)) AS encoding) AS e;
END;
COMMENT ON FUNCTION submit_document(bytea, text, text, text, text, date, date, integer, numeric, numeric, boolean) IS
    'Takes in a report as bytes, in any encoding, which are kept as they came; as submit_report() otherwise. p_encoding NULL = found out. 22021 when bytes are no characters of the encoding.';

CREATE FUNCTION submit_staged(
    p_distributor_code text,
    p_load_id text DEFAULT NULL,
    p_file_name text DEFAULT NULL,
    p_mode text DEFAULT NULL,
    p_period_starts_on date DEFAULT NULL,
    p_period_ends_on date DEFAULT NULL,
    p_declared_lines integer DEFAULT NULL,
    p_declared_qty numeric DEFAULT NULL,
    p_declared_amount numeric DEFAULT NULL,
    p_dry_run boolean DEFAULT false,
    p_accept boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_load_id text;
    v_loads text;
    result submission_result;
BEGIN
    IF p_load_id IS NULL THEN
        -- What this transaction loaded; else the only load that there is.
        SELECT coalesce(min(g.load_id) FILTER (WHERE g.load_id = pg_current_xact_id()::text), min(g.load_id)),
            CASE WHEN count(*) FILTER (WHERE g.load_id = pg_current_xact_id()::text) = 0
                THEN string_agg(format('%s (%s rows)', g.load_id, g.lines), ', ' ORDER BY g.load_id) END
        INTO v_load_id, v_loads
        FROM staged_load AS g;
    ELSE
        SELECT p_load_id INTO v_load_id
        WHERE EXISTS (SELECT FROM sell_through_staging AS t WHERE t.load_id = p_load_id)
            OR EXISTS (SELECT FROM inventory_staging AS i WHERE i.load_id = p_load_id);
    END IF;
    IF v_load_id IS NULL OR v_loads LIKE '%), %' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD048',
            MESSAGE = 'load is not there, or is one of several',
            DETAIL = format('p_load_id %s, staged: %s.', coalesce(quote_literal(p_load_id), 'NULL'), coalesce(left(v_loads, 200), 'none of this name')),
            HINT = 'COPY rows into sell_through_staging or inventory_staging first; staged_load lists the loads.';
    END IF;

    result := take_in(p_distributor_code, 'staged', v_load_id, convert_to(staged_document(v_load_id), 'UTF8'), 'UTF8', p_file_name,
        p_mode, p_period_starts_on, p_period_ends_on, p_declared_lines, p_declared_qty, p_declared_amount, p_dry_run);
    IF p_dry_run THEN
        RETURN result;
    END IF;
    PERFORM drop_load(v_load_id);
    IF p_accept AND result.submission_state = 'validated' AND NOT result.is_held THEN
        result := accept_submission(result.submission_id);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION submit_staged(text, text, text, text, date, date, integer, numeric, numeric, boolean, boolean) IS
    'Takes in what was loaded into sell_through_staging and inventory_staging, as submit_report() does with a document, and empties them of it. p_load_id NULL = what this transaction loaded, else the only load that there is; p_accept = books it as well, unless something holds it. ZD048 when there is no such load; ZD004, 22023 as submit_report().';

CREATE FUNCTION accept_submission(
    p_submission_id bigint,
    p_dry_run boolean DEFAULT false,
    p_release_reason text DEFAULT NULL
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s submission;
    v_recorded_at timestamptz;
    v_held text;
    result submission_result;
BEGIN
    -- Two acceptances at once: the second waits here and then sees the state.
    SELECT * INTO s FROM submission WHERE submission_id = p_submission_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'submission does not exist',
            DETAIL = format('There is no submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'submit_report() returns the key of a submission.';
    END IF;
    IF s.submission_state <> 'validated' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD005',
            MESSAGE = 'submission is not waiting for acceptance',
            DETAIL = format('Submission %s is %s.', p_submission_id, s.submission_state),
            HINT = CASE s.submission_state
                WHEN 'accepted' THEN 'Its lines are booked; there is nothing left to do.'
                ELSE 'Submit a corrected document.'
            END;
    END IF;
    BEGIN
        -- Mappings and duplicates are looked for once more where something was booked
        -- or mapped since this report was judged.
        SELECT begin_booking(s.distributor_id, min(l.activity_on), max(l.activity_on)) INTO v_recorded_at
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id AND l.submission_id = s.submission_id;
        IF s.submission_mode NOT IN ('cancel', 'nil') AND EXISTS (
            SELECT
            FROM intake_queue AS q
            WHERE q.distributor_id = s.distributor_id
                AND q.accepted > coalesce(s.judged_after, 0) + 1)
        THEN
            PERFORM resolve_again(s.distributor_id, s.submission_id);
            IF s.document_format <> 'call' THEN
                PERFORM check_articles(s.distributor_id, s.submission_id);
            END IF;
            PERFORM refuse_duplicates(s.distributor_id, s.submission_id);
            PERFORM conclude_judgement(s.distributor_id, s.submission_id);
        END IF;
        SELECT string_agg(concat_ws(': ', f.code, f.value), '; ' ORDER BY f.finding_no) INTO v_held
        FROM finding AS f
        WHERE f.distributor_id = s.distributor_id
            AND f.submission_id = s.submission_id
            AND f.severity = 'hold';
        IF v_held IS NOT NULL AND coalesce(btrim(p_release_reason), '') = '' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD044',
                MESSAGE = 'submission is held',
                DETAIL = format('Submission %s: %s.', p_submission_id, v_held),
                HINT = 'Reject it, or release it by giving p_release_reason.';
        END IF;
        IF s.submission_mode IN ('replace', 'correct', 'cancel') THEN
            PERFORM take_back_facts(s.distributor_id, s.submission_id, v_recorded_at);
        END IF;
        PERFORM book_lines(s.distributor_id, s.submission_id, v_recorded_at);
        IF v_held IS NOT NULL THEN
            UPDATE submission AS u
            SET release_reason = btrim(p_release_reason)
            WHERE u.distributor_id = s.distributor_id AND u.submission_id = s.submission_id;
        END IF;

        result := submission_result_of(s.submission_id);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION accept_submission(bigint, boolean, text) IS
    'Books every line of a validated submission that has no refusing finding, and takes back what it replaces, corrects or cancels, all or nothing. P0002 when it does not exist, ZD005 when it is not waiting for acceptance, ZD044 when it is held and no reason for its release is given, ZD043 when no period is open, ZD050 when an article was mapped anew since it was judged, ZD010 when a price floor rejects a line, 40001 under REPEATABLE READ when another submission of the distributor was accepted or a period closed meanwhile.';

CREATE FUNCTION reject_submission(p_submission_id bigint) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_state text;
BEGIN
    SELECT submission_state INTO v_state FROM submission WHERE submission_id = p_submission_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'submission does not exist',
            DETAIL = format('There is no submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'submit_report() returns the key of a submission.';
    END IF;
    IF v_state <> 'validated' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD005',
            MESSAGE = 'submission is not waiting for a decision',
            DETAIL = format('Submission %s is %s.', p_submission_id, v_state),
            HINT = 'Only a validated submission can be rejected.';
    END IF;
    UPDATE submission SET submission_state = 'rejected' WHERE submission_id = p_submission_id;
    RETURN submission_result_of(p_submission_id);
END
$$;
COMMENT ON FUNCTION reject_submission(bigint) IS 'Sets a validated submission aside; nothing of it is booked. P0002, ZD005 as accept_submission().';

CREATE VIEW intake WITH (security_invoker = true) AS
SELECT s.distributor_id,
    s.submission_id,
    d.distributor_code,
    s.file_name,
    s.document_format,
    s.report_kind,
    s.submission_state,
    s.period_starts_on,
    s.period_ends_on,
    r.lines_read,
    r.lines_ready,
    r.lines_refused,
    r.transactions_refused,
    r.findings,
    s.received_at,
    s.submission_mode,
    r.is_held,
    r.lines_unchanged,
    r.facts_taken_back
FROM submission AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id
CROSS JOIN LATERAL submission_result_of(s.submission_id) AS r;
COMMENT ON VIEW intake IS 'One row = a submission and how its lines fared';
COMMENT ON COLUMN intake.distributor_id IS 'Who sent it';
COMMENT ON COLUMN intake.submission_id IS 'Key of the submission';
COMMENT ON COLUMN intake.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN intake.file_name IS 'Name under which it came';
COMMENT ON COLUMN intake.document_format IS 'x12, csv or call';
COMMENT ON COLUMN intake.report_kind IS 'sell_through, inventory or mixed';
COMMENT ON COLUMN intake.submission_state IS 'received, validated, accepted or rejected';
COMMENT ON COLUMN intake.period_starts_on IS 'First activity in it';
COMMENT ON COLUMN intake.period_ends_on IS 'Last activity in it';
COMMENT ON COLUMN intake.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN intake.lines_ready IS 'Lines that can be booked, are, or stand already';
COMMENT ON COLUMN intake.lines_refused IS 'Lines that are not booked because of a finding';
COMMENT ON COLUMN intake.transactions_refused IS 'X12: transaction sets refused as a whole; their lines are not counted';
COMMENT ON COLUMN intake.findings IS 'Findings, warnings included';
COMMENT ON COLUMN intake.received_at IS 'When it came in';
COMMENT ON COLUMN intake.submission_mode IS 'original, replace, append, correct, cancel or nil';
COMMENT ON COLUMN intake.is_held IS 'Whether it waits for a release';
COMMENT ON COLUMN intake.lines_unchanged IS 'Lines that stand already from earlier reports';
COMMENT ON COLUMN intake.facts_taken_back IS 'Facts of earlier reports that it reverses, or has';
