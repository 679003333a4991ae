-- feed, CSV: which column is which, what its numbers and days mean, and the rows
-- of such a report in the common shape. What is agreed on with a distributor
-- stands in report_profile and report_column; everybody else's headings in
-- csv_column.

CREATE FUNCTION heading_key(p_heading text) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN regexp_replace(lower(p_heading), '[^a-z0-9]', '', 'g');
COMMENT ON FUNCTION heading_key(text) IS 'What is compared of a heading: lower case, without blanks and punctuation';

CREATE FUNCTION decimal_mark_of(p_seen integer) RETURNS text
LANGUAGE sql
IMMUTABLE
RETURN CASE
    WHEN p_seen & 3 = 1 THEN '.'
    WHEN p_seen & 3 = 2 THEN ','
    WHEN p_seen & 3 = 3 OR p_seen & 4 = 4 THEN '?'
    ELSE '.'
END;
COMMENT ON FUNCTION decimal_mark_of(integer) IS 'Decimal mark of a file by what its numbers say, bit_or(decimal_mark_seen()): a point also where nothing divides a number; ? = they disagree, or may all be read two ways';

CREATE FUNCTION csv_positions(p_headings text[], p_distributor_id bigint DEFAULT NULL) RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Our column name -> position, from 1. A column that the distributor's own
    -- mapping names is nothing else, whatever its heading means to others.
    SELECT jsonb_object_agg(h.canonical, h.place)
    FROM (
        SELECT DISTINCT ON (k.canonical) k.canonical, k.place
        FROM unnest(p_headings) WITH ORDINALITY AS f (heading, place)
        LEFT JOIN LATERAL (
            SELECT c.canonical
            FROM report_column AS c
            WHERE c.distributor_id = p_distributor_id
                AND (c.place = f.place
                    OR lower(btrim(c.heading)) = lower(btrim(f.heading))
                    OR heading_key(c.heading) = nullif(heading_key(f.heading), ''))
            ORDER BY c.place NULLS LAST, c.report_column_id
            LIMIT 1
        ) AS own ON true
        CROSS JOIN LATERAL (
            SELECT own.canonical, f.place, 0 AS preference
            WHERE own.canonical IS NOT NULL
            UNION ALL
            SELECT s.canonical, f.place, s.preference
            FROM csv_column AS s
            WHERE own.canonical IS NULL
                AND s.synonym = heading_key(f.heading)
        ) AS k
        ORDER BY k.canonical, k.preference, k.place
    ) AS h
    WHERE h.canonical <> 'ignore';
END;
COMMENT ON FUNCTION csv_positions(text[], bigint) IS 'Columns of a CSV report by our names: {"quantity": 5, …}, by the mapping of the distributor, else by csv_column; headings that nobody knows are left out';

CREATE FUNCTION csv_layout(
    p_document text,
    p_distributor_id bigint,
    OUT delimiter text,
    OUT heading_row integer,
    OUT positions jsonb
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_has_heading boolean;
    v_fields text[];
BEGIN
    SELECT f.csv_delimiter, f.has_heading INTO delimiter, v_has_heading
    FROM report_profile AS f
    WHERE f.distributor_id = p_distributor_id;
    IF v_has_heading IS FALSE THEN
        heading_row := 0;
        SELECT jsonb_object_agg(c.canonical, c.place) INTO positions
        FROM report_column AS c
        WHERE c.distributor_id = p_distributor_id
            AND c.place IS NOT NULL
            AND c.canonical <> 'ignore';
    ELSE
        -- A title, an address or a date may stand above the heading; it is the
        -- first row that names a quantity and something that is counted.
        FOR heading_row, v_fields IN
            SELECT r.row_no, r.fields
            FROM csv_rows(left(p_document, 65536), delimiter) AS r
            WHERE r.row_no <= 20
            ORDER BY r.row_no
        LOOP
            positions := csv_positions(v_fields, p_distributor_id);
            EXIT WHEN positions ?| ARRAY['quantity', 'return_quantity', 'on_hand', 'committed', 'on_hold', 'damaged', 'in_transit', 'on_order']
                AND (heading_row = 1 OR positions ?| ARRAY['vendor_part', 'gtin', 'distributor_part']);
            positions := NULL;
        END LOOP;
        heading_row := CASE WHEN positions IS NOT NULL THEN heading_row END;
    END IF;
    IF NOT coalesce(positions, '{}') ?| ARRAY['quantity', 'return_quantity', 'on_hand', 'committed', 'on_hold', 'damaged', 'in_transit', 'on_order'] THEN
        positions := NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION csv_layout(text, bigint) IS
    'How a CSV document of a distributor is laid out: what divides its columns (NULL = to be found out), which row is the heading (0 = none) and which column is which; positions NULL = no column of quantities is known, so that it is no report';

CREATE FUNCTION unknown_headings(p_document text, p_distributor_id bigint) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT string_agg(btrim(f.heading), ', '::text ORDER BY f.place)
    FROM csv_layout(p_document, p_distributor_id) AS y
    JOIN csv_rows(left(p_document, 65536), y.delimiter) AS r ON r.row_no = y.heading_row
    CROSS JOIN LATERAL unnest(r.fields) WITH ORDINALITY AS f (heading, place)
    WHERE btrim(f.heading) <> ''::text
        AND NOT EXISTS (
            SELECT
            FROM csv_column AS s
            WHERE s.synonym = heading_key(f.heading))
        AND NOT EXISTS (
            SELECT
            FROM report_column AS c
            WHERE c.distributor_id = p_distributor_id
                AND (c.place = f.place
                    OR lower(btrim(c.heading)) = lower(btrim(f.heading))
                    OR heading_key(c.heading) = nullif(heading_key(f.heading), ''::text)));
END;
COMMENT ON FUNCTION unknown_headings(text, bigint) IS 'Headings of a CSV report that neither the distributor''s columns nor csv_column know, with commas between; NULL = none';

CREATE FUNCTION reported_lines_csv(p_document text, p_distributor_id bigint DEFAULT NULL) RETURNS SETOF reported_line
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH layout AS MATERIALIZED (
        SELECT y.delimiter, y.heading_row, y.positions AS at, f.decimal_mark, f.date_order,
            (
                SELECT t.fields
                FROM csv_rows(left(p_document, 65536), y.delimiter) AS t
                WHERE t.row_no = y.heading_row
            ) AS headings,
            (SELECT max(p.value::integer) FROM jsonb_each_text(y.positions) AS p) AS last_place
        FROM csv_layout(p_document, p_distributor_id) AS y
        LEFT JOIN report_profile AS f ON f.distributor_id = p_distributor_id
        WHERE y.positions IS NOT NULL
    ),
    raw AS MATERIALIZED (
        -- A heading that is repeated on each page is no row; a row that is longer
        -- than the heading, or ends before a column that is read, is none that
        -- can be trusted.
        SELECT r.row_no, r.line_no, r.fields,
            coalesce(r.problem, CASE
                WHEN cardinality(r.fields) > cardinality(y.headings)
                    AND array_to_string(r.fields[cardinality(y.headings) + 1:], '') ~ '\S' THEN 'TOO_MANY_FIELDS'
                WHEN cardinality(r.fields) < y.last_place AND y.headings IS NOT NULL THEN 'TOO_FEW_FIELDS'
            END) AS problem
        FROM layout AS y
        CROSS JOIN LATERAL csv_rows(p_document, y.delimiter) AS r
        WHERE r.row_no > y.heading_row
            AND r.fields IS DISTINCT FROM y.headings
    ),
    heading AS MATERIALIZED (
        SELECT coalesce(y.decimal_mark, (
                -- Where nothing is agreed on, its numbers say for the whole file.
                SELECT decimal_mark_of(bit_or(decimal_mark_seen(w.fields[p.value::integer])))
                FROM raw AS w
                CROSS JOIN jsonb_each_text(y.at) AS p
                WHERE p.key IN ('quantity', 'return_quantity', 'unit_price', 'amount', 'on_hand', 'committed', 'on_hold', 'damaged', 'in_transit', 'on_order'))) AS decimal_mark,
            (y.at ->> 'vendor_part')::integer AS vendor_part_at,
            (y.at ->> 'gtin')::integer AS gtin_at,
            (y.at ->> 'distributor_part')::integer AS distributor_part_at,
            (y.at ->> 'customer_id')::integer AS customer_id_at,
            (y.at ->> 'customer_name')::integer AS customer_name_at,
            (y.at ->> 'customer_postcode')::integer AS customer_postcode_at,
            (y.at ->> 'customer_country')::integer AS customer_country_at,
            (y.at ->> 'warehouse')::integer AS warehouse_at,
            (y.at ->> 'transaction_type')::integer AS transaction_type_at,
            (y.at ->> 'sold_on')::integer AS sold_on_at,
            (y.at ->> 'quantity')::integer AS quantity_at,
            (y.at ->> 'return_quantity')::integer AS return_quantity_at,
            (y.at ->> 'uom')::integer AS uom_at,
            (y.at ->> 'unit_price')::integer AS unit_price_at,
            (y.at ->> 'amount')::integer AS amount_at,
            (y.at ->> 'currency_code')::integer AS currency_code_at,
            (y.at ->> 'invoice_no')::integer AS invoice_no_at,
            (y.at ->> 'invoice_line')::integer AS invoice_line_at,
            (y.at ->> 'contract_no')::integer AS contract_no_at,
            (y.at ->> 'serials')::integer AS serials_at,
            (y.at ->> 'period_starts_on')::integer AS period_starts_on_at,
            (y.at ->> 'period_ends_on')::integer AS period_ends_on_at,
            (y.at ->> 'week_ends_on')::integer AS week_ends_on_at,
            y.at ?| ARRAY['quantity', 'return_quantity'] AS has_sales,
            -- Where nothing is agreed on, one day above 12 says for the whole
            -- file which part is the month; two that disagree say nothing.
            coalesce(y.date_order, (
                SELECT CASE
                    WHEN bool_or(d.first > 12) AND NOT bool_or(d.second > 12) THEN 'dmy'
                    WHEN bool_or(d.second > 12) AND NOT bool_or(d.first > 12) THEN 'mdy'
                END
                FROM (
                    SELECT (regexp_match(x.day, '^\s*(\d{1,2})[./-]\d{1,2}[./-]\d{4}\y'))[1]::integer AS first,
                        (regexp_match(x.day, '^\s*\d{1,2}[./-](\d{1,2})[./-]\d{4}\y'))[1]::integer AS second
                    FROM (
                        SELECT w.fields[(y.at ->> 'sold_on')::integer] AS day
                        FROM raw AS w
                    ) AS x
                    WHERE try_date(x.day) IS NULL
                ) AS d)) AS date_order
        FROM layout AS y
    ),
    measure AS MATERIALIZED (
        -- A row is a line for each thing that it counts.
        SELECT m.rank, m.line_type, (y.at ->> m.canonical)::integer AS place
        FROM layout AS y
        CROSS JOIN (VALUES
            (1, 'on_hand', 'OH'), (2, 'committed', 'QC'), (3, 'on_hold', 'HL'),
            (4, 'damaged', 'DG'), (5, 'in_transit', 'QI'), (6, 'on_order', 'QP')
        ) AS m (rank, canonical, line_type)
        WHERE y.at ? m.canonical
        UNION ALL
        SELECT 0 AS rank, NULL::text AS line_type, NULL::integer AS place
        FROM layout AS y
        WHERE y.at ?| ARRAY['quantity', 'return_quantity']
    ),
    cell AS (
        SELECT r.row_no,
            r.line_no,
            m.rank,
            r.problem,
            CASE m.rank WHEN 0 THEN 'sell_through' ELSE 'inventory' END AS report_kind,
            h.decimal_mark,
            h.date_order,
            ltrim(nullif(btrim(r.fields[h.vendor_part_at], E' \t\u00A0'), ''), '''') AS vendor_part,
            ltrim(nullif(btrim(r.fields[h.gtin_at], E' \t\u00A0'), ''), '''') AS gtin,
            ltrim(nullif(btrim(r.fields[h.distributor_part_at], E' \t\u00A0'), ''), '''') AS distributor_part,
            nullif(btrim(r.fields[h.customer_id_at], E' \t\u00A0'), '') AS customer_id,
            nullif(btrim(r.fields[h.customer_name_at], E' \t\u00A0'), '') AS customer_name,
            nullif(btrim(r.fields[h.customer_postcode_at]), '') AS customer_postcode,
            nullif(btrim(r.fields[h.customer_country_at]), '') AS customer_country,
            nullif(btrim(r.fields[h.warehouse_at], E' \t\u00A0'), '') AS place,
            nullif(btrim(r.fields[h.transaction_type_at]), '') AS stated_type,
            m.line_type AS count_type,
            nullif(btrim(r.fields[h.sold_on_at], E' \t\u00A0'), '') AS activity_text,
            -- A dash is how spreadsheets show nothing.
            CASE WHEN m.rank = 0 AND btrim(r.fields[h.quantity_at], E' \t\u00A0') NOT IN ('', '-', '–', '—')
                THEN btrim(r.fields[h.quantity_at], E' \t\u00A0') END AS sold_text,
            CASE WHEN m.rank = 0 AND btrim(r.fields[h.return_quantity_at], E' \t\u00A0') NOT IN ('', '-', '–', '—')
                THEN btrim(r.fields[h.return_quantity_at], E' \t\u00A0') END AS returned_text,
            nullif(btrim(r.fields[m.place], E' \t\u00A0'), '') AS counted_text,
            nullif(btrim(r.fields[h.uom_at]), '') AS uom,
            CASE m.rank WHEN 0 THEN nullif(btrim(r.fields[h.unit_price_at], E' \t\u00A0'), '') END AS price_text,
            CASE m.rank WHEN 0 THEN nullif(btrim(r.fields[h.amount_at], E' \t\u00A0'), '') END AS amount_text,
            upper(nullif(btrim(r.fields[h.currency_code_at]), '')) AS currency_code,
            nullif(btrim(r.fields[h.invoice_no_at]), '') AS invoice_no,
            nullif(btrim(r.fields[h.invoice_line_at]), '') AS invoice_line,
            nullif(btrim(r.fields[h.contract_no_at]), '') AS contract_no,
            nullif(btrim(r.fields[h.serials_at]), '') AS serials_text,
            coalesce(reported_date(r.fields[h.period_starts_on_at], h.date_order),
                reported_date(r.fields[h.week_ends_on_at], h.date_order) - 6) AS period_starts_on,
            coalesce(reported_date(r.fields[h.period_ends_on_at], h.date_order),
                reported_date(r.fields[h.week_ends_on_at], h.date_order)) AS period_ends_on,
            h.has_sales,
            r.fields
        FROM raw AS r
        CROSS JOIN heading AS h
        CROSS JOIN measure AS m
    ),
    typed AS (
        -- A return is said by a word, by a code, by a column of its own or by
        -- the sign; the sign is made to agree with it.
        SELECT c.*,
            reported_number(coalesce(c.sold_text, c.counted_text), c.decimal_mark) AS stated_quantity,
            reported_number(c.returned_text, c.decimal_mark) AS returned_quantity,
            c.activity_text IS NULL AND coalesce(c.problem, 'TOO_FEW_FIELDS') = 'TOO_FEW_FIELDS'
                AND coalesce(c.vendor_part, c.gtin, c.distributor_part, 'total') ~* '^\W*((grand|sub)\W*)?(totals?|summe?|gesamt)\W*$'
                AND array_to_string(c.fields, ' ') ~* '^\W*((grand|sub)\W*)?(totals?|summe?|gesamt)\y' AS is_total,
            coalesce(t.is_return, transfer_type_of(c.stated_type) = 'RU', false)
                OR (coalesce(reported_number(c.sold_text, c.decimal_mark), 0) = 0
                    AND coalesce(reported_number(c.returned_text, c.decimal_mark), 0) <> 0) AS is_return,
            coalesce(t.transfer_type, transfer_type_of(c.stated_type), c.stated_type) AS known_type
        FROM cell AS c
        LEFT JOIN report_transfer_type AS m ON m.distributor_id = p_distributor_id AND m.reported_type = c.stated_type
        LEFT JOIN transfer_type AS t ON t.transfer_type = coalesce(m.transfer_type, upper(c.stated_type))
    )
    SELECT (row_number() OVER (ORDER BY c.row_no, c.rank))::integer, NULL::integer, c.line_no, NULL::bigint,
        c.report_kind, NULL::text, false,
        c.vendor_part, c.gtin, c.distributor_part,
        CASE WHEN NOT is_masked(c.customer_id) AND c.customer_id IS NOT NULL THEN c.customer_id
            ELSE anonymous_customer(c.customer_id, c.customer_name, c.customer_postcode) END,
        CASE WHEN NOT is_masked(c.customer_name) THEN c.customer_name END,
        reported_postcode(c.customer_postcode), c.customer_country,
        c.place,
        CASE
            WHEN c.is_total THEN 'SU'
            WHEN c.rank > 0 THEN c.count_type
            ELSE coalesce(c.known_type, CASE WHEN c.is_return THEN 'RU' ELSE 'SS' END)
        END,
        c.activity_text, reported_date(c.activity_text, c.date_order),
        -- What cannot be read is not nothing.
        CASE
            WHEN c.returned_text IS NOT NULL AND c.returned_quantity IS NULL THEN concat_ws(' / ', c.sold_text, c.returned_text)
            ELSE coalesce(c.sold_text, c.counted_text, c.returned_text)
        END,
        CASE
            WHEN c.rank > 0 THEN c.stated_quantity
            WHEN c.returned_text IS NOT NULL AND c.returned_quantity IS NULL THEN NULL
            WHEN c.sold_text IS NOT NULL AND c.stated_quantity IS NULL THEN NULL
            WHEN c.is_return THEN -abs(CASE WHEN coalesce(c.stated_quantity, 0) = 0
                THEN coalesce(c.returned_quantity, c.stated_quantity) ELSE c.stated_quantity END)
            WHEN c.sold_text IS NULL THEN -abs(c.returned_quantity)
            ELSE c.stated_quantity - abs(coalesce(c.returned_quantity, 0))
        END,
        c.is_return, c.uom,
        c.price_text, abs(reported_number(c.price_text, c.decimal_mark)),
        c.amount_text,
        CASE
            WHEN c.is_return THEN -abs(reported_number(c.amount_text, c.decimal_mark))
            ELSE reported_number(c.amount_text, c.decimal_mark)
        END,
        c.currency_code, c.invoice_no, c.invoice_line, c.contract_no, CASE WHEN NOT c.is_total THEN c.problem END,
        NULL::text, NULL::text, c.period_starts_on, c.period_ends_on,
        NULL::text, regexp_split_to_array(c.serials_text, '[\s,;|]+')
    FROM typed AS c
    WHERE c.problem IS NOT NULL AND c.rank = (SELECT min(k.rank) FROM measure AS k)
        OR c.problem IS NULL AND CASE
            WHEN c.rank > 0 THEN c.counted_text IS NOT NULL OR c.rank = 1 AND NOT c.has_sales
                AND num_nonnulls(c.vendor_part, c.gtin, c.distributor_part) > 0
            WHEN EXISTS (SELECT FROM measure AS k WHERE k.rank > 0)
                -- In a table of articles with their sales and stocks, no sale is none.
                THEN c.sold_text IS NOT NULL AND reported_number(c.sold_text, c.decimal_mark) IS DISTINCT FROM 0
                    OR c.returned_text IS NOT NULL AND reported_number(c.returned_text, c.decimal_mark) IS DISTINCT FROM 0
            ELSE num_nonnulls(c.vendor_part, c.gtin, c.distributor_part, c.sold_text, c.returned_text, c.invoice_no) > 0
        END;
END;
COMMENT ON FUNCTION reported_lines_csv(text, bigint) IS 'Rows of a CSV report in the common shape, a line for each thing that a row counts (sold, on hand, committed …); which column is which is said by report_column and csv_column, what its numbers and days mean by report_profile. Empty rows are left out; a row of totals is a summary line (SU), which books nothing';

CREATE FUNCTION report_format(p_document text, p_distributor_id bigint DEFAULT NULL) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- By the content, never by the name of the file: X12 and EDIFACT announce
    -- themselves, everything else has to be a table whose columns are known.
    SELECT CASE
        WHEN ltrim(left(p_document, 100), E'\uFEFF \r\n\t') LIKE 'ISA%' THEN 'x12'
        WHEN ltrim(left(p_document, 100), E'\uFEFF \r\n\t') ~ '^UN[AB]' THEN 'edifact'
        WHEN (csv_layout(p_document, p_distributor_id)).positions IS NOT NULL THEN 'csv'
    END;
END;
COMMENT ON FUNCTION report_format(text, bigint) IS 'x12, edifact or csv, by the content and, for CSV, the columns that are known of the distributor; NULL = nothing that can be read';
