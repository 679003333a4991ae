-- claim, ship-and-debit: how claims come in (844, CSV, rows) and are answered (849).

CREATE FUNCTION file_ship_debits(
    p_distributor_code text,
    p_lines jsonb,
    p_claimed_on date DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_document_format text DEFAULT 'call',
    p_document text DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF ship_debit_state
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
    v_ids bigint[];
    v_rows ship_debit_state[];
BEGIN
    SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'distributor does not exist',
            DETAIL = format('There is no row with distributor_code %L in distributor.', p_distributor_code),
            HINT = 'Enter the distributor first.';
    END IF;
    IF coalesce(jsonb_array_length(p_lines), 0) = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD130',
            MESSAGE = 'document has no claim that can be read',
            DETAIL = format('No line was found, format %s.', p_document_format),
            HINT = 'Look at x12_findings(); CSV needs a header row with claim_no, contract_no, product, quantity, invoice_no, shipped_on.';
    END IF;
    LOCK TABLE ship_debit_verdict IN SHARE ROW EXCLUSIVE MODE;
    SELECT array_agg(c.claim_id) INTO v_ids
    FROM claim AS c
    WHERE c.distributor_id = v_distributor_id
        AND c.claim_kind = 'ship_debit'
        AND c.idempotency_key = coalesce(p_idempotency_key, 'sha256:' || encode(sha256(convert_to(p_document, 'UTF8')), 'hex'));
    IF v_ids IS NOT NULL THEN
        RETURN QUERY SELECT s.* FROM ship_debit_state AS s WHERE s.claim_id = ANY (v_ids) ORDER BY s.claim_id, s.line_no;
        RETURN;
    END IF;
    BEGIN
        WITH reported AS MATERIALIZED (
            SELECT x.ordinality AS place, r.*
            FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS x
            CROSS JOIN LATERAL jsonb_to_record(x.value) AS r (
                claim_no text, claimed_on date, currency text, line_ref text, contract_no text, product text, quantity numeric,
                unit_of_measure text, special_price numeric, cost_price numeric, amount numeric, invoice_no text, shipped_on date,
                warehouse text, customer text, transfer_type text, sender_id text, receiver_id text)
        ),
        head AS (
            SELECT coalesce(r.claim_no, '') AS claim_no, coalesce(min(r.claimed_on), p_claimed_on, current_date) AS claimed_on,
                coalesce(min(r.currency), p_currency_code, min(a.settlement_currency)) AS currency_code, sum(r.amount) AS amount,
                min(r.sender_id) AS sender_id, min(r.receiver_id) AS receiver_id, min(r.place) AS place
            FROM reported AS r
            -- The currency of the agreement, where the claim names none.
            LEFT JOIN LATERAL (
                SELECT v.settlement_currency
                FROM agreement AS g
                JOIN agreement_version AS v ON v.agreement_id = g.agreement_id
                WHERE g.distributor_id = v_distributor_id AND v.version_state <> 'draft'
                ORDER BY v.valid_from DESC, v.agreement_id
                LIMIT 1
            ) AS a ON true
            GROUP BY coalesce(r.claim_no, '')
        ),
        entered AS (
            INSERT INTO claim (distributor_id, claim_kind, claim_no, claimed_on, currency_code, claimed_amount, idempotency_key)
            SELECT v_distributor_id, 'ship_debit', h.claim_no, h.claimed_on, h.currency_code, h.amount,
                coalesce(p_idempotency_key, 'sha256:' || encode(sha256(convert_to(p_document, 'UTF8')), 'hex'))
            FROM head AS h
            ORDER BY h.place
            RETURNING claim_id, claim_no
        ),
        described AS (
            INSERT INTO ship_debit (distributor_id, claim_id, document_format, document, sender_id, receiver_id)
            SELECT v_distributor_id, e.claim_id, p_document_format, p_document, h.sender_id, h.receiver_id
            FROM entered AS e
            JOIN head AS h USING (claim_no)
        ),
        lined AS (
            INSERT INTO ship_debit_line (
                distributor_id, claim_id, line_no, line_ref, contract_no, product_ref, product_id, quantity, unit_of_measure, base_qty,
                special_price, cost_price, claimed_amount, invoice_no, shipped_on, warehouse_ref, customer_ref, transfer_type
            )
            SELECT v_distributor_id, e.claim_id, row_number() OVER (PARTITION BY e.claim_id ORDER BY r.place),
                r.line_ref, r.contract_no, r.product, p.product_id, r.quantity, r.unit_of_measure,
                CASE
                    WHEN r.unit_of_measure IS NULL OR r.unit_of_measure = p.base_uom THEN r.quantity
                    ELSE r.quantity * u.numerator / u.denominator
                END,
                r.special_price, r.cost_price, r.amount, r.invoice_no, r.shipped_on, r.warehouse, r.customer, r.transfer_type
            FROM reported AS r
            JOIN entered AS e ON e.claim_no = coalesce(r.claim_no, '')
            -- The vendor's number, the distributor's own, or the GTIN.
            LEFT JOIN LATERAL (
                SELECT n.product_id, n.base_uom
                FROM (
                    SELECT d.product_id, d.base_uom, 1 AS place FROM product AS d WHERE d.product_code = r.product
                    UNION ALL
                    SELECT d.product_id, d.base_uom, 2
                    FROM product_alias AS a
                    JOIN product AS d ON d.product_id = a.product_id
                    WHERE a.distributor_id = v_distributor_id AND a.alias = r.product AND a.superseded_at IS NULL
                    UNION ALL
                    SELECT d.product_id, d.base_uom, 3 FROM product AS d WHERE d.gtin = lpad(r.product, 14, '0')
                ) AS n
                ORDER BY n.place
                LIMIT 1
            ) AS p ON true
            LEFT JOIN LATERAL (
                SELECT q.numerator, q.denominator
                FROM product_uom AS q
                WHERE q.product_id = p.product_id
                    AND q.uom_code = r.unit_of_measure
                    AND q.valid_from <= coalesce(r.shipped_on, 'infinity')
                ORDER BY q.valid_from DESC
                LIMIT 1
            ) AS u ON true
        )
        SELECT array_agg(e.claim_id) INTO v_ids FROM entered AS e;
        v_rows := ARRAY(SELECT s FROM judge_ship_debits(v_ids) AS s ORDER BY s.claim_id, s.line_no);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION file_ship_debits(text, jsonb, date, text, text, text, text, boolean) IS
    'Files ship-and-debit claims: p_lines an array of {"claim_no", "claimed_on", "currency", "line_ref", "contract_no", "product" (vendor''s number, the distributor''s own or GTIN), "quantity", "unit_of_measure", "special_price", "cost_price", "amount", "invoice_no", "shipped_on", "warehouse", "customer", "transfer_type"}, one claim per claim_no, and judges them; returns the lines with their verdicts. The same p_idempotency_key, or the same document, returns the lines that are there; p_dry_run enters nothing. ZD130 without a line, P0002 for an unknown distributor, 23505 for a claim number used before.';

CREATE FUNCTION ship_debit_rows(p_document text) RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    SELECT CASE
        WHEN left(ltrim(p_document), 3) = 'ISA' THEN (
            SELECT jsonb_agg(jsonb_build_object('claim_no', x.document_id, 'claimed_on', x.document_on, 'currency', x.currency_code, 'line_ref', x.line_id,
                'contract_no', x.contract_no, 'product', coalesce(x.vendor_part, x.gtin, x.distributor_part), 'quantity', x.quantity,
                'unit_of_measure', x.unit_of_measure,
                'special_price', (SELECT u.price FROM unnest(x.prices, x.price_bases) AS u (price, basis) WHERE u.basis = 'CT' LIMIT 1),
                'cost_price', (SELECT u.price FROM unnest(x.prices, x.price_bases) AS u (price, basis) WHERE u.basis IN ('DI', 'CA') ORDER BY u.basis DESC LIMIT 1),
                'amount', x.requested_amount, 'invoice_no', x.invoice_no, 'shipped_on', x.invoice_on, 'customer', x.customer_id,
                'transfer_type', x.transfer_type, 'sender_id', x.sender_id, 'receiver_id', x.receiver_id) ORDER BY x.line_no)
            FROM x12_844(p_document) AS x)
        ELSE (
            SELECT jsonb_agg(r.line ORDER BY r.row_no)
            FROM (
                SELECT c.row_no, jsonb_object_agg(h.name, nullif(btrim(h.field), '')) FILTER (WHERE h.name <> '') AS line
                FROM csv_rows(p_document) AS c
                CROSS JOIN LATERAL (
                    SELECT lower(replace(btrim(n.name), ' ', '_')) AS name, n.field
                    FROM unnest((SELECT t.fields FROM csv_rows(p_document) AS t ORDER BY t.row_no LIMIT 1), c.fields) AS n (name, field)
                ) AS h
                WHERE c.row_no > (SELECT min(t.row_no) FROM csv_rows(p_document) AS t)
                GROUP BY c.row_no
            ) AS r)
    END
$$;
COMMENT ON FUNCTION ship_debit_rows(text) IS
    'The lines of an X12 844, or of CSV whose header names the members of file_ship_debits(), as its p_lines; NULL = none';

CREATE FUNCTION submit_ship_debit(
    p_document text,
    p_distributor_code text DEFAULT NULL,
    p_claimed_on date DEFAULT NULL,
    p_currency_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF ship_debit_state
LANGUAGE sql
SET search_path FROM CURRENT
AS $$
    SELECT s.*
    FROM file_ship_debits(
        coalesce(p_distributor_code, (
            SELECT d.distributor_code
            FROM distributor AS d
            WHERE left(ltrim(p_document), 3) = 'ISA' AND d.distributor_id = report_sender(p_document))),
        ship_debit_rows(p_document), p_claimed_on, p_currency_code,
        CASE WHEN left(ltrim(p_document), 3) = 'ISA' THEN 'x12' ELSE 'csv' END, p_document, NULL, p_dry_run) AS s
$$;
COMMENT ON FUNCTION submit_ship_debit(text, text, date, text, boolean) IS
    'Files the claims of a document: X12 844, or CSV with a header row of the names in file_ship_debits(); p_distributor_code NULL = the sender (ISA06, distributor_identifier). Returns the lines with their verdicts. The same document again returns the lines that are there.';

CREATE FUNCTION reject_ship_debit_line(
    p_claim_id bigint,
    p_line_no integer,
    p_reject_code text,
    p_detail text DEFAULT NULL
) RETURNS ship_debit_verdict
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s ship_debit_state;
    result ship_debit_verdict;
BEGIN
    LOCK TABLE ship_debit_verdict IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO s FROM ship_debit_state AS n WHERE n.claim_id = p_claim_id AND n.line_no = p_line_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD131',
            MESSAGE = 'line of a ship-and-debit claim does not exist',
            DETAIL = format('Claim %s, line %s.', coalesce(p_claim_id::text, 'NULL'), coalesce(p_line_no::text, 'NULL')),
            HINT = 'See ship_debit_state.';
    END IF;
    PERFORM FROM earn_units(ARRAY[ROW(s.distributor_id, s.sold_on, s.sell_through_id, 'ship_debit', s.claim_id, s.line_no, 0)::unit_target])
    WHERE s.sell_through_id IS NOT NULL AND s.accepted_qty > 0;
    PERFORM FROM draw_special_prices(ARRAY[ROW(s.distributor_id, s.special_price_id, s.product_id, coalesce(s.sold_on, s.shipped_on),
        -s.accepted_qty, NULL, NULL, NULL, format('%s/%s', s.claim_id, s.line_no), NULL, NULL, NULL)::special_price_request])
    WHERE s.special_price_id IS NOT NULL AND s.accepted_qty > 0;
    INSERT INTO ship_debit_verdict (
        distributor_id, claim_id, line_no, verdict_no, verdict, reject_codes, details, special_price_id, accepted_qty, accepted_amount
    )
    VALUES (s.distributor_id, s.claim_id, s.line_no, s.verdict_no + 1, 'rejected', ARRAY[p_reject_code], ARRAY[coalesce(p_detail, '')],
        s.special_price_id, 0, 0)
    RETURNING * INTO result;
    INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount, reason)
    SELECT c.distributor_id, c.claim_id, coalesce(c.assessment_no, 0) + 1, t.amount, format('line %s rejected: %s', p_line_no, p_reject_code)
    FROM claim_state AS c
    CROSS JOIN LATERAL (
        SELECT sum(n.accepted_amount) AS amount
        FROM ship_debit_state AS n
        WHERE n.distributor_id = c.distributor_id AND n.claim_id = c.claim_id
    ) AS t
    WHERE c.claim_id = p_claim_id AND t.amount IS DISTINCT FROM c.assessed_amount;
    RETURN result;
END
$$;
COMMENT ON FUNCTION reject_ship_debit_line(bigint, integer, text, text) IS
    'Somebody rejects a line, for a reason that no rule can find (reject_code with is_checked false, for instance); units and authorization are given back. Returns the verdict. ZD131 for an unknown line, 23503 for an unknown reason. judge_ship_debits() on the claim judges the line anew.';

CREATE FUNCTION x12_849_of(
    p_claim_id bigint,
    p_answered_at timestamp DEFAULT NULL,
    p_control_number integer DEFAULT 1
) RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_at timestamp := coalesce(p_answered_at, localtimestamp(0));
    v_head record;
    v_body text;
    v_segments bigint;
    v_lines bigint;
BEGIN
    SELECT c.claim_no, coalesce(d.sender_id, n.distributor_code) AS sender_id, coalesce(d.receiver_id, 'VENDOR') AS receiver_id INTO v_head
    FROM claim AS c
    JOIN ship_debit AS d ON d.distributor_id = c.distributor_id AND d.claim_id = c.claim_id
    JOIN distributor AS n ON n.distributor_id = c.distributor_id
    WHERE c.claim_id = p_claim_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD131',
            MESSAGE = 'ship-and-debit claim does not exist',
            DETAIL = format('Claim %s.', coalesce(p_claim_id::text, 'NULL')),
            HINT = 'See claim and ship_debit.';
    END IF;
    -- A contract, its lines in the order of the claim, the reasons of each.
    SELECT string_agg(g.segments, '' ORDER BY g.place), sum(g.n), sum(g.lines) INTO v_body, v_segments, v_lines
    FROM (
        SELECT min(l.line_no) AS place, count(*) AS lines, 1 + sum(l.n) AS n,
            format('CON*CT*%s*%s~', coalesce(l.contract_no, 'NONE'), CASE WHEN bool_or(l.accepted_qty <> 0) THEN 'VA' ELSE 'RJ' END)
            || string_agg(l.segments, '' ORDER BY l.line_no) AS segments
        FROM (
            SELECT s.line_no, translate(s.contract_no, '*~>' || chr(10) || chr(13), '     ') AS contract_no, s.accepted_qty, 4 + count(x.code) AS n,
                format('PAD*%s*%s~LIN**VP*%s~', translate(coalesce(s.line_ref, s.line_no::text), '*~>' || chr(10) || chr(13), '     '),
                    coalesce(o.transfer_type, 'SD'), translate(coalesce(s.product_ref, 'NONE'), '*~>' || chr(10) || chr(13), '     '))
                || coalesce(string_agg(format('AAA*%s**%s*C~', CASE WHEN s.accepted_qty = 0 THEN 'N' ELSE 'Y' END, x.code), '' ORDER BY x.n), '')
                || format('QTY*32*%s*%s~AMT*A*%s~', trim_scale(coalesce(s.accepted_qty, 0)),
                    coalesce(p.base_uom, o.unit_of_measure, 'EA'), trim_scale(coalesce(s.accepted_amount, 0))) AS segments
            FROM ship_debit_state AS s
            JOIN ship_debit_line AS o USING (distributor_id, claim_id, line_no)
            LEFT JOIN product AS p ON p.product_id = s.product_id
            LEFT JOIN LATERAL unnest(coalesce(nullif(s.reject_codes, '{}'), CASE WHEN s.verdict = 'accepted' THEN NULL ELSE ARRAY['25'] END))
                WITH ORDINALITY AS x (code, n) ON true
            WHERE s.claim_id = p_claim_id
            GROUP BY s.line_no, s.contract_no, s.accepted_qty, s.accepted_amount, s.line_ref, s.product_ref, s.verdict,
                o.transfer_type, o.unit_of_measure, p.base_uom
        ) AS l
        GROUP BY l.contract_no
    ) AS g;
    RETURN format('ISA*00*          *00*          *ZZ*%s*ZZ*%s*%s*%s*U*00401*%s*0*P*>~',
            rpad(left(v_head.receiver_id, 15), 15), rpad(left(v_head.sender_id, 15), 15), to_char(v_at, 'YYMMDD'), to_char(v_at, 'HH24MI'),
            lpad(p_control_number::text, 9, '0'))
        || format('GS*CF*%s*%s*%s*%s*%s*X*004010~', v_head.receiver_id, v_head.sender_id, to_char(v_at, 'YYYYMMDD'), to_char(v_at, 'HH24MI'), p_control_number)
        || format('ST*849*0001~BRC*00*%s*D9*%s~', to_char(v_at, 'YYYYMMDD'), translate(v_head.claim_no, '*~>' || chr(10) || chr(13), '     '))
        || coalesce(v_body, '')
        || format('CTT*%s~SE*%s*0001~GE*1*%s~IEA*1*%s~', coalesce(v_lines, 0), coalesce(v_segments, 0) + 4, p_control_number,
            lpad(p_control_number::text, 9, '0'));
END
$$;
COMMENT ON FUNCTION x12_849_of(bigint, timestamp, integer) IS
    'The answer to a ship-and-debit claim as an X12 849 interchange: by contract and line (PAD01) what is accepted (QTY 32, AMT A) and every reason (AAA: N = nothing is accepted, Y = accepted in part or with a remark). Sent to the sender of the claim. ZD131 for an unknown claim.';
