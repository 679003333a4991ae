-- feed, CSV as a whole: what its numbers and days are taken for where nothing is
-- agreed on, columns that are not there or there twice, and its own total.

INSERT INTO validation_rule (rule_code, rule_level, severity, parameters, message, remedy) VALUES
    ('WRONG_DISTRIBUTOR', 'file', 'hold', '{}', 'report names another distributor than the one it was submitted for', 'Submit it for that distributor, or enter the name as an identifier of this one in distributor_identifier.'),
    ('MISSING_COLUMN', 'file', 'warn', '{}', 'column that every line needs is not there', 'Say in report_column which heading it is, or have the column added.'),
    ('DUP_COLUMN', 'file', 'hold', '{}', 'two columns have the same heading; the first is read', 'Say in report_column which of them it is, by place, and that the other is to be ignored.'),
    ('AMBIGUOUS_DECIMAL', 'file', 'warn', '{}', 'numbers may be read two ways, and are refused where they may', 'Set decimal_mark in report_profile, and have the report judged again.'),
    ('AMBIGUOUS_DATE', 'file', 'warn', '{}', 'days may be read two ways, and are refused', 'Set date_order in report_profile, and have the report judged again.'),
    ('TOTALS_ROW', 'file', 'warn', '{}', 'row of totals is not what the lines add up to', 'Ask the distributor for the rest, or for the right total.');

CREATE FUNCTION judge_csv(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_document text
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_mark text;
    v_order text;
    v_value text;
BEGIN
    SELECT f.decimal_mark, f.date_order INTO v_mark, v_order
    FROM report_profile AS f
    WHERE f.distributor_id = p_distributor_id;

    IF v_mark IS NULL THEN
        UPDATE submission AS s
        SET decimal_mark = (
            SELECT decimal_mark_of(coalesce(bit_or(decimal_mark_seen(x.value)), 0))
            FROM submission_line AS l
            CROSS JOIN LATERAL unnest(ARRAY[l.reported_quantity, l.reported_price, l.reported_amount]) AS x (value)
            WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id)
        WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id
        RETURNING s.decimal_mark INTO v_mark;
    END IF;
    IF v_mark = '?' THEN
        SELECT string_agg(x.value, ' / ' ORDER BY x.line_no, x.place) INTO v_value
        FROM (
            SELECT y.value, l.line_no, y.place
            FROM submission_line AS l
            CROSS JOIN LATERAL unnest(ARRAY[l.reported_quantity, l.reported_price, l.reported_amount]) WITH ORDINALITY AS y (value, place)
            WHERE l.distributor_id = p_distributor_id
                AND l.submission_id = p_submission_id
                AND decimal_mark_seen(y.value) > 1
            ORDER BY l.line_no, y.place
            LIMIT 3
        ) AS x;
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'AMBIGUOUS_DECIMAL', v_value);
    END IF;

    IF v_order IS NULL THEN
        SELECT min(l.reported_on) INTO v_value
        FROM submission_line AS l
        WHERE l.distributor_id = p_distributor_id
            AND l.submission_id = p_submission_id
            AND l.activity_on IS NULL
            AND l.reported_on ~ '^\s*\d{1,2}[./-]\d{1,2}[./-](\d\d)?\d\d\y';
        IF v_value IS NOT NULL THEN
            PERFORM find_in_document(p_distributor_id, p_submission_id, 'AMBIGUOUS_DATE', v_value);
        END IF;
    END IF;

    SELECT string_agg(DISTINCT btrim(h.heading), ', ') FILTER (WHERE h.times > 1 AND h.place = (h.positions ->> h.canonical)::integer),
        concat_ws(', ',
            CASE WHEN NOT bool_or(h.positions ?| ARRAY['vendor_part', 'gtin', 'distributor_part']) THEN 'vendor_part, gtin or distributor_part' END,
            CASE WHEN NOT bool_or(h.positions ? 'sold_on') THEN 'sold_on' END)
    INTO v_order, v_value
    FROM (
        SELECT f.heading, f.place, y.positions, k.canonical,
            count(*) OVER (PARTITION BY heading_key(f.heading), k.canonical) AS times
        FROM csv_layout(p_document, p_distributor_id) AS y
        JOIN csv_rows(left(p_document, 65536), y.delimiter) AS r ON r.row_no = y.heading_row
        CROSS JOIN LATERAL unnest(r.fields) WITH ORDINALITY AS f (heading, place)
        LEFT JOIN LATERAL (
            SELECT p.key AS canonical
            FROM jsonb_each_text(csv_positions(ARRAY[f.heading], p_distributor_id)) AS p
            WHERE NOT EXISTS (
                SELECT FROM report_column AS c
                WHERE c.distributor_id = p_distributor_id AND c.place = f.place)
        ) AS k ON true
    ) AS h;
    IF v_order IS NOT NULL THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'DUP_COLUMN', v_order);
    END IF;
    IF v_value <> '' THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'MISSING_COLUMN', v_value);
    END IF;

    -- Only who is known as somebody else is somebody else.
    SELECT string_agg(DISTINCT x.name, ', ') INTO v_value
    FROM (
        SELECT btrim(r.fields[(y.positions ->> 'distributor')::integer]) AS name
        FROM csv_layout(p_document, p_distributor_id) AS y
        JOIN csv_rows(p_document, y.delimiter) AS r ON r.row_no > y.heading_row
        WHERE y.positions ? 'distributor'
    ) AS x
    WHERE EXISTS (
            SELECT
            FROM distributor AS d
            WHERE d.distributor_id <> p_distributor_id
                AND (d.distributor_code = x.name OR lower(d.distributor_name) = lower(x.name) OR EXISTS (
                    SELECT
                    FROM distributor_identifier AS i
                    WHERE i.distributor_id = d.distributor_id AND i.identifier = x.name)))
        AND NOT EXISTS (
            SELECT
            FROM distributor AS d
            WHERE d.distributor_id = p_distributor_id
                AND (d.distributor_code = x.name OR lower(d.distributor_name) = lower(x.name) OR EXISTS (
                    SELECT
                    FROM distributor_identifier AS i
                    WHERE i.distributor_id = d.distributor_id AND i.identifier = x.name)));
    IF v_value IS NOT NULL THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'WRONG_DISTRIBUTOR', v_value);
    END IF;

    SELECT format('%s, the lines add up to %s', t.reported_quantity, trim_scale(l.quantity)) INTO v_value
    FROM (
        SELECT k.reported_quantity, reported_number(k.reported_quantity, v_mark) AS quantity
        FROM submission_line AS k
        WHERE k.distributor_id = p_distributor_id
            AND k.submission_id = p_submission_id
            AND k.reported_type = 'SU'
        ORDER BY k.line_no DESC
        LIMIT 1
    ) AS t
    CROSS JOIN LATERAL (
        SELECT sum(CASE WHEN k.quantity < 0 THEN -1 ELSE 1 END * abs(reported_number(k.reported_quantity, v_mark))) AS quantity
        FROM submission_line AS k
        WHERE k.distributor_id = p_distributor_id
            AND k.submission_id = p_submission_id
            AND k.reported_type <> 'SU'
    ) AS l
    WHERE t.quantity <> l.quantity;
    IF v_value IS NOT NULL THEN
        PERFORM find_in_document(p_distributor_id, p_submission_id, 'TOTALS_ROW', v_value);
    END IF;
END
$$;
COMMENT ON FUNCTION judge_csv(bigint, bigint, text) IS 'What can be said of a CSV as a whole: decimal mark (kept in submission), ambiguous numbers and days, missing and double columns, another distributor''s name, its own row of totals';
