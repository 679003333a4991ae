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
    findings integer
);
COMMENT ON TYPE submission_result IS 'What submit_report() made of a document';
COMMENT ON COLUMN submission_result.distributor_code IS 'Who sent it';
COMMENT ON COLUMN submission_result.submission_id IS 'Key of the submission; NULL = dry run';
COMMENT ON COLUMN submission_result.submission_state IS 'validated or rejected; accepted for a repeat of an accepted document';
COMMENT ON COLUMN submission_result.is_repeat IS 'Whether the same bytes had been submitted before; then nothing was changed';
COMMENT ON COLUMN submission_result.document_format IS 'x12 or csv';
COMMENT ON COLUMN submission_result.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN submission_result.lines_ready IS 'Lines that can be booked, or are';
COMMENT ON COLUMN submission_result.lines_refused IS 'Lines that will not be booked because of a finding';
COMMENT ON COLUMN submission_result.transactions_refused IS 'X12: transaction sets that were refused as a whole';
COMMENT ON COLUMN submission_result.findings IS 'Findings, warnings included';

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
        f.findings
    )::submission_result
    FROM submission AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS lines_read,
            (count(*) FILTER (WHERE line_state IN ('ready', 'booked')))::integer AS lines_ready,
            (count(*) FILTER (WHERE line_state = 'refused'))::integer AS lines_refused
        FROM submission_line AS sl
        WHERE sl.distributor_id = s.distributor_id AND sl.submission_id = s.submission_id
    ) AS l
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS findings,
            (count(DISTINCT fi.transaction_no) FILTER (
                WHERE fi.severity = 'refuse' AND fi.line_no IS NULL))::integer AS transactions_refused
        FROM finding AS fi
        WHERE fi.distributor_id = s.distributor_id AND fi.submission_id = s.submission_id
    ) AS f
    WHERE s.submission_id = p_submission_id;
END;
COMMENT ON FUNCTION submission_result_of(bigint, boolean) IS 'What was made of a submission, counted from its lines and findings';

CREATE FUNCTION submit_report(
    p_document text,
    p_distributor_code text DEFAULT NULL,
    p_file_name text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_distributor_id bigint;
    v_submission_id bigint;
    v_format text := report_format(p_document);
    v_is_repeat boolean := false;
    result submission_result;
BEGIN
    IF v_format IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD006',
            MESSAGE = 'document cannot be read',
            DETAIL = format('File %s, %s characters, begins with %L.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(length(p_document), 0), left(p_document, 40)),
            HINT = 'Send X12 (867, 852), or CSV whose first row is a heading with a column of quantities; see csv_column for the headings that are known.';
    END IF;

    IF p_distributor_code IS NOT NULL THEN
        SELECT distributor_id INTO v_distributor_id
        FROM distributor
        WHERE distributor_code = p_distributor_code;
    ELSIF v_format = 'x12' THEN
        v_distributor_id := report_sender(p_document);
    END IF;
    IF v_distributor_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD004',
            MESSAGE = 'report cannot be attributed to a distributor',
            DETAIL = format('File %s, p_distributor_code %s.', coalesce(quote_literal(p_file_name), '(without a name)'),
                coalesce(quote_literal(p_distributor_code), 'NULL')),
            HINT = 'Give p_distributor_code, or enter the sender (ISA06) in distributor_identifier with the qualifier sender.';
    END IF;

    BEGIN
        -- A document that is there already is the same submission; somebody who
        -- sends it at this moment is waited for.
        INSERT INTO submission (distributor_id, report_kind, document_format, file_name, document)
        VALUES (v_distributor_id, 'mixed', v_format, p_file_name, convert_to(p_document, 'UTF8'))
        ON CONFLICT ON CONSTRAINT submission_document_key DO NOTHING
        RETURNING submission_id INTO v_submission_id;
        IF v_submission_id IS NULL THEN
            SELECT s.submission_id INTO v_submission_id
            FROM submission AS s
            WHERE s.distributor_id = v_distributor_id
                AND s.document_sha256 = sha256(convert_to(p_document, 'UTF8'));
            RETURN submission_result_of(v_submission_id, true);
        END IF;

        PERFORM keep_lines_as_reported(v_distributor_id, v_submission_id, v_format, p_document);
        IF v_format = 'x12' THEN
            INSERT INTO finding (
                distributor_id, submission_id, transaction_no, segment_no, byte_offset,
                severity, level, code, message, value, remedy
            )
            SELECT v_distributor_id, v_submission_id, f.transaction_no, f.segment_no, f.byte_offset,
                f.severity, f.level, f.code, f.message, f.value,
                CASE f.severity
                    WHEN 'refuse' THEN 'Have the sender correct it and send it again; what was read beside it is kept.'
                END
            FROM x12_findings(p_document) AS f;
            PERFORM refuse_envelopes(v_distributor_id, v_submission_id, p_document);
        END IF;
        PERFORM judge_lines(v_distributor_id, v_submission_id, current_date);

        UPDATE submission AS s
        SET submission_state = CASE WHEN l.lines = 0 THEN 'rejected' ELSE 'validated' END,
            report_kind = coalesce(l.report_kind, 'sell_through'),
            transmission_no = (
                SELECT g.elements[13]
                FROM x12_segments(CASE v_format WHEN 'x12' THEN p_document ELSE '' END) AS g
                WHERE g.tag = 'ISA'
                ORDER BY g.segment_no
                LIMIT 1),
            period_starts_on = l.starts_on,
            period_ends_on = l.ends_on
        FROM (
            SELECT count(*) AS lines,
                min(activity_on) AS starts_on,
                max(activity_on) AS ends_on,
                CASE
                    WHEN NOT bool_or(books_as = 'inventory_count') THEN 'sell_through'
                    WHEN bool_or(books_as IN ('sell_through', 'inventory_adjustment')) THEN 'mixed'
                    ELSE 'inventory'
                END AS report_kind
            FROM submission_line
            WHERE distributor_id = v_distributor_id AND submission_id = v_submission_id
        ) AS l
        WHERE s.distributor_id = v_distributor_id AND s.submission_id = v_submission_id;

        result := submission_result_of(v_submission_id, v_is_repeat);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        result.submission_id := NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION submit_report(text, text, text, boolean) IS
    'Takes a report in: keeps the document, reads it (X12 867 and 852, CSV), resolves and judges every line, books nothing yet. The same bytes twice are one submission. p_distributor_code NULL = by the sender of the X12 envelope. ZD004 when the distributor is not known, ZD006 when the document cannot be read.';

CREATE FUNCTION accept_submission(
    p_submission_id bigint,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    s submission;
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
        -- Acceptances of one distributor come one after the other, and each looks
        -- for duplicates once more: another report may have been booked since
        -- this one was judged.
        INSERT INTO intake_queue (distributor_id)
        VALUES (s.distributor_id)
        ON CONFLICT ON CONSTRAINT intake_queue_pkey DO UPDATE SET accepted = intake_queue.accepted + 1;
        PERFORM refuse_duplicates(s.distributor_id, s.submission_id);

        INSERT INTO sell_through (
            distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type,
            invoice_no, invoice_line, contract_no, quantity, unit_price, amount, currency_code,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.reseller_id, l.reported_type,
            l.invoice_no, l.invoice_line, l.contract_no, l.quantity, l.unit_price, l.amount, l.currency_code,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'sell_through';

        INSERT INTO inventory_count (
            distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.count_kind, l.quantity,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'inventory_count';

        INSERT INTO inventory_adjustment (
            distributor_id, adjusted_on, warehouse_id, product_id, quantity, reason_code,
            submission_id, submission_line_no
        )
        SELECT l.distributor_id, l.activity_on, l.warehouse_id, l.product_id, l.quantity, l.reason_code,
            l.submission_id, l.line_no
        FROM submission_line AS l
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready'
            AND l.books_as = 'inventory_adjustment';

        UPDATE submission_line AS l
        SET line_state = 'booked'
        WHERE l.distributor_id = s.distributor_id
            AND l.submission_id = s.submission_id
            AND l.line_state = 'ready';

        UPDATE submission AS u
        SET submission_state = 'accepted',
            accepted_at = now()
        WHERE u.distributor_id = s.distributor_id AND u.submission_id = s.submission_id;

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
COMMENT ON FUNCTION accept_submission(bigint, boolean) IS
    'Books every line of a validated submission that has no refusing finding, all or nothing. P0002 when it does not exist, ZD005 when it is not waiting for acceptance, ZD010 when a price floor rejects a line, 40001 under REPEATABLE READ when another submission of the distributor was accepted meanwhile.';

CREATE FUNCTION reject_submission(p_submission_id bigint) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
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
    s.received_at
FROM submission AS s
JOIN distributor AS d ON d.distributor_id = s.distributor_id
CROSS JOIN LATERAL submission_result_of(s.submission_id) AS r;
COMMENT ON VIEW intake IS 'One row = a submission and how its lines fared';
COMMENT ON COLUMN intake.distributor_id IS 'Who sent it';
COMMENT ON COLUMN intake.submission_id IS 'Key of the submission';
COMMENT ON COLUMN intake.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN intake.file_name IS 'Name under which it came';
COMMENT ON COLUMN intake.document_format IS 'x12 or csv';
COMMENT ON COLUMN intake.report_kind IS 'sell_through, inventory or mixed';
COMMENT ON COLUMN intake.submission_state IS 'received, validated, accepted or rejected';
COMMENT ON COLUMN intake.period_starts_on IS 'First activity in it';
COMMENT ON COLUMN intake.period_ends_on IS 'Last activity in it';
COMMENT ON COLUMN intake.lines_read IS 'Lines in transactions that could be read';
COMMENT ON COLUMN intake.lines_ready IS 'Lines that can be booked, or are';
COMMENT ON COLUMN intake.lines_refused IS 'Lines that are not booked because of a finding';
COMMENT ON COLUMN intake.transactions_refused IS 'X12: transaction sets refused as a whole; their lines are not counted';
COMMENT ON COLUMN intake.findings IS 'Findings, warnings included';
COMMENT ON COLUMN intake.received_at IS 'When it came in';
