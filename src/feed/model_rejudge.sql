-- feed, judging again: what was refused because something was missing here is
-- not to be sent again by the distributor.

CREATE FUNCTION rejudge_submission(
    p_submission_id bigint,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s submission;
    v_load_id text;
    v_submission_id bigint;
    result submission_result;
BEGIN
    SELECT * INTO s FROM submission WHERE submission_id = p_submission_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'submission does not exist',
            DETAIL = format('There is no submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'submit_report() returns the key of a submission.';
    END IF;
    BEGIN
        IF s.submission_state = 'accepted' OR s.document_format = 'call' THEN
            -- What is booked stays; the lines that were refused are a report of
            -- their own, which adds, and are not taken up twice.
            IF NOT EXISTS (
                SELECT
                FROM submission_line AS l
                WHERE l.distributor_id = s.distributor_id
                    AND l.submission_id = s.submission_id
                    AND l.line_state = 'refused')
            THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'ZD049',
                    MESSAGE = 'submission has nothing to judge again',
                    DETAIL = format('Submission %s is %s, and no line of it is refused.', p_submission_id, s.submission_state),
                    HINT = 'Corrections of what is booked are made with correct_lines().';
            END IF;
            v_submission_id := open_call(s.distributor_id, 'append', s.report_kind,
                jsonb_build_object('rejudge', p_submission_id), 'lines that were refused are judged again', NULL);
            PERFORM judge_submission(s.distributor_id, v_submission_id, 'kept', p_submission_id::text, 'append',
                CASE WHEN s.period_is_stated THEN s.period_starts_on END, CASE WHEN s.period_is_stated THEN s.period_ends_on END);
            UPDATE submission_line AS l
            SET line_state = 'rejudged'
            WHERE l.distributor_id = s.distributor_id
                AND l.submission_id = s.submission_id
                AND l.line_state = 'refused';
        ELSE
            v_submission_id := p_submission_id;
            -- The document is read again, as it would be read today. Of a load
            -- there are only the lines as reported.
            IF s.document_format = 'staged' THEN
                v_load_id := restage(s.distributor_id, s.submission_id);
            END IF;
            DELETE FROM finding AS f
            WHERE f.distributor_id = s.distributor_id AND f.submission_id = s.submission_id;
            DELETE FROM submission_line AS l
            WHERE l.distributor_id = s.distributor_id AND l.submission_id = s.submission_id;
            UPDATE submission AS u
            SET submission_state = 'received'
            WHERE u.distributor_id = s.distributor_id AND u.submission_id = s.submission_id;
            PERFORM judge_submission(s.distributor_id, s.submission_id,
                CASE WHEN v_load_id IS NULL THEN s.document_format ELSE 'staged' END,
                coalesce(v_load_id, document_text(s.document, s.document_encoding)),
                substring(s.arguments FROM '^(original|replace|append|correct|cancel|nil)\y'),
                substring(s.arguments FROM '(\d{4}-\d\d-\d\d) \d{4}-\d\d-\d\d$')::date,
                substring(s.arguments FROM '\d{4}-\d\d-\d\d (\d{4}-\d\d-\d\d)$')::date);
            PERFORM drop_load(v_load_id);
        END IF;
        result := submission_result_of(v_submission_id);
        IF p_dry_run THEN
            result.findings_list := findings_of(s.distributor_id, v_submission_id);
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        result.submission_id := NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION rejudge_submission(bigint, boolean) IS
    'Judges a submission again, after products, mappings or rules were put right. One that is not booked (validated or rejected) is read again and keeps its key. Of one that is accepted, the refused lines become a submission of their own, which adds and waits for acceptance; its key is returned. P0002 when it does not exist, ZD049 when nothing of it was refused.';
