-- feed, corrections by the vendor: a call is a submission as well, its arguments
-- being the document, so that where a fact comes from is told in one place.

CREATE FUNCTION distributor_of(p_distributor_code text) RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
BEGIN
    SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'distributor does not exist',
            DETAIL = format('There is no distributor_code %s.', coalesce(quote_literal(p_distributor_code), 'NULL')),
            HINT = 'See distributor.';
    END IF;
    RETURN v_distributor_id;
END
$$;
COMMENT ON FUNCTION distributor_of(text) IS 'Key of a distributor by its code; P0002 when there is none';

CREATE FUNCTION open_call(
    p_distributor_id bigint,
    p_mode text,
    p_report_kind text,
    p_call jsonb,
    p_reason text,
    p_idempotency_key text
) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_submission_id bigint;
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a correction needs a reason',
            DETAIL = format('p_reason is %s.', coalesce(quote_literal(p_reason), 'NULL')),
            HINT = 'Say why; it is kept with the correction.';
    END IF;
    -- With a key the same call is the same document; without, each is its own.
    INSERT INTO submission (distributor_id, report_kind, document_format, submission_mode, submission_state, document, arguments)
    SELECT p_distributor_id, p_report_kind, 'call', p_mode, 'validated',
        convert_to((p_call || jsonb_build_object('reason', btrim(p_reason)) || CASE
            WHEN p_idempotency_key IS NULL
                THEN jsonb_build_object('by', current_user, 'at', clock_timestamp(), 'transaction', pg_current_xact_id()::text)
            ELSE jsonb_build_object('idempotency_key', p_idempotency_key)
        END)::text, 'UTF8'),
        'call'
    ON CONFLICT ON CONSTRAINT submission_document_key DO NOTHING
    RETURNING submission_id INTO v_submission_id;
    RETURN v_submission_id;
END
$$;
COMMENT ON FUNCTION open_call(bigint, text, text, jsonb, text, text) IS 'Enters a submission whose document is a call; NULL = a call with this idempotency key is there already. 22023 without a reason';

CREATE FUNCTION call_of(
    p_distributor_id bigint,
    p_idempotency_key text
) RETURNS bigint
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT s.submission_id
    FROM submission AS s
    WHERE s.distributor_id = p_distributor_id
        AND CASE WHEN s.document_format = 'call' THEN convert_from(s.document, 'UTF8')::jsonb ->> 'idempotency_key' END = p_idempotency_key
    ORDER BY s.submission_id
    LIMIT 1;
END;
COMMENT ON FUNCTION call_of(bigint, text) IS 'Submission that a call with an idempotency key made; NULL = none';

CREATE FUNCTION check_correction(
    p_match jsonb,
    p_set jsonb
) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_bad text;
BEGIN
    IF jsonb_typeof(p_match) IS DISTINCT FROM 'object' OR jsonb_typeof(p_set) IS DISTINCT FROM 'object' OR p_match = '{}' OR p_set = '{}' THEN
        v_bad := 'one of them is no object or empty';
    ELSE
        SELECT string_agg(concat_ws(' ', u.side, u.name, u.value), ', ' ORDER BY u.side, u.name) INTO v_bad
        FROM (
            SELECT 'match'::text AS side, m.key AS name, m.value
            FROM jsonb_each_text(p_match) AS m
            WHERE CASE
                WHEN m.key IN ('from', 'to', 'fact_on') THEN try_date(m.value) IS NULL
                WHEN m.key IN ('fact_id', 'submission_id') THEN m.value !~ '^\d{1,18}$'
                WHEN m.key = 'decisive' THEN m.value NOT IN ('true', 'false')
                ELSE m.key NOT IN ('fact_table', 'vendor_part', 'gtin', 'distributor_part', 'customer_id', 'customer_name', 'warehouse',
                    'transfer_type', 'uom', 'invoice_no', 'invoice_line', 'currency_code', 'product_code', 'reseller_code')
            END
            UNION ALL
            SELECT 'set'::text AS side, t.key AS name, coalesce(t.value, 'null')
            FROM jsonb_each_text(p_set) AS t
            LEFT JOIN LATERAL (SELECT try_numeric(t.value) AS number) AS n ON true
            WHERE CASE
                WHEN t.key IN ('reseller_code', 'contract_no') THEN false
                WHEN t.key = 'quantity' THEN t.value IS NOT NULL AND (n.number = round(n.number, 3) AND abs(n.number) < 1e15) IS NOT TRUE
                WHEN t.key = 'quantity_factor' THEN (n.number <> 0 AND NOT p_set ? 'quantity') IS NOT TRUE
                WHEN t.key IN ('unit_price', 'amount')
                    THEN t.value IS NOT NULL AND (n.number = round(n.number, 4) AND abs(n.number) < 1e14) IS NOT TRUE
                -- Nothing was sold yet that will be sold.
                WHEN t.key = 'fact_on' THEN (try_date(t.value) <= current_date) IS NOT TRUE
                WHEN t.key = 'currency_code' THEN NOT EXISTS (SELECT FROM currency AS c WHERE c.currency_code = t.value)
                WHEN t.key = 'transfer_type' THEN NOT EXISTS (
                    SELECT FROM transfer_type AS y WHERE y.transfer_type = t.value AND y.books_as = 'sell_through')
                ELSE t.key NOT IN ('product_code', 'warehouse_code')
            END
        ) AS u;
    END IF;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'correction does not say which lines and what is right instead',
            DETAIL = format('Match %s, set %s: %s.', coalesce(p_match::text, 'NULL'), coalesce(p_set::text, 'NULL'), v_bad),
            HINT = 'See doc/reference.md, mass_correct, for the names and what each can be.';
    END IF;
END
$$;
COMMENT ON FUNCTION check_correction(jsonb, jsonb) IS 'Whether a correction has names that are known, and values that a fact can have: 22023 with those that are not';

CREATE FUNCTION correction_chain(p_distributor_id bigint)
RETURNS TABLE (
    fact_table text,
    fact_on date,
    fact_id bigint,
    corrected_by bigint,
    corrected_qty numeric,
    submission_id bigint,
    quantity numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    WITH RECURSIVE chain AS (
        SELECT f.fact_table, f.fact_on, f.fact_id,
            NULL::bigint AS corrected_by, NULL::numeric AS corrected_qty,
            f.submission_id, f.submission_line_no, f.quantity::numeric AS quantity
        FROM standing_fact AS f
        JOIN submission AS s
            ON s.distributor_id = f.distributor_id
            AND s.submission_id = f.submission_id
        WHERE f.distributor_id = p_distributor_id
            AND s.document_format = 'call'
            AND s.submission_mode = 'correct'
        UNION ALL
        SELECT c.fact_table, c.fact_on, c.fact_id,
            c.submission_id, c.quantity,
            o.submission_id, o.submission_line_no, o.quantity
        FROM chain AS c
        JOIN submission AS s
            ON s.distributor_id = p_distributor_id
            AND s.submission_id = c.submission_id
            AND s.document_format = 'call'
            AND s.submission_mode = 'correct'
        JOIN submission_line AS l
            ON l.distributor_id = p_distributor_id
            AND l.submission_id = c.submission_id
            AND l.line_no = c.submission_line_no
        CROSS JOIN LATERAL (
            SELECT t.submission_id, t.submission_line_no, t.quantity::numeric AS quantity
            FROM sell_through AS t
            WHERE l.books_as = 'sell_through'
                AND t.distributor_id = p_distributor_id
                AND t.sold_on = l.corrects_on
                AND t.sell_through_id = l.corrects_line_id
            UNION ALL
            SELECT n.submission_id, n.submission_line_no, n.quantity::numeric AS quantity
            FROM inventory_count AS n
            WHERE l.books_as = 'inventory_count'
                AND n.distributor_id = p_distributor_id
                AND n.counted_on = l.corrects_on
                AND n.inventory_count_id = l.corrects_line_id
            UNION ALL
            SELECT a.submission_id, a.submission_line_no, a.quantity::numeric AS quantity
            FROM inventory_adjustment AS a
            WHERE l.books_as = 'inventory_adjustment'
                AND a.distributor_id = p_distributor_id
                AND a.adjusted_on = l.corrects_on
                AND a.inventory_adjustment_id = l.corrects_line_id
        ) AS o
    )
    SELECT c.fact_table, c.fact_on, c.fact_id, c.corrected_by, c.corrected_qty, c.submission_id, c.quantity
    FROM chain AS c
    WHERE c.corrected_by IS NOT NULL;
END;
COMMENT ON FUNCTION correction_chain(bigint) IS
    'From facts of a distributor that stand and took the place of others by a call, back to these: one row = a fact that was corrected: by which call to which quantity, and what it had been, of which submission';

CREATE FUNCTION stage_corrections(
    p_distributor_id bigint,
    p_submission_id bigint,
    p_match jsonb,
    p_set jsonb
) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_unknown text;
    v_product_id bigint;
    v_reseller_id bigint;
    v_warehouse_id bigint;
    v_first integer;
    staged bigint;
BEGIN
    PERFORM check_correction(p_match, p_set);
    SELECT p.product_id INTO v_product_id FROM product AS p WHERE p.product_code = p_set ->> 'product_code';
    SELECT r.reseller_id INTO v_reseller_id FROM reseller AS r WHERE r.reseller_code = p_set ->> 'reseller_code';
    SELECT w.warehouse_id INTO v_warehouse_id
    FROM warehouse AS w
    WHERE w.distributor_id = p_distributor_id AND w.warehouse_code = p_set ->> 'warehouse_code';
    v_unknown := concat_ws(', ',
        CASE WHEN p_set ? 'product_code' AND v_product_id IS NULL THEN 'product ' || coalesce(p_set ->> 'product_code', 'NULL') END,
        CASE WHEN p_set ->> 'reseller_code' IS NOT NULL AND v_reseller_id IS NULL THEN 'reseller ' || (p_set ->> 'reseller_code') END,
        CASE WHEN p_set ? 'warehouse_code' AND v_warehouse_id IS NULL THEN 'warehouse ' || coalesce(p_set ->> 'warehouse_code', 'NULL') END);
    IF v_unknown <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'what is right instead does not exist',
            DETAIL = format('Unknown: %s.', v_unknown),
            HINT = 'Enter it first.';
    END IF;

    SELECT coalesce(max(l.line_no), 0) INTO v_first
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id;
    INSERT INTO submission_line (
        distributor_id, submission_id, line_no, reported_vendor_part, reported_gtin, reported_distributor_part,
        reported_customer_id, reported_customer_name, reported_customer_postcode, reported_customer_country,
        reported_customer_qualifier, reported_warehouse, reported_type, reported_on, reported_quantity,
        reported_uom, reported_price, reported_amount, reported_currency, books_as, activity_on, warehouse_id,
        product_id, reseller_id, count_kind, reason_code, is_return, quantity, unit_price, amount, currency_code,
        invoice_no, invoice_line, contract_no, purpose, report_no, serials, corrects_on, corrects_line_id
    )
    SELECT p_distributor_id, p_submission_id,
        v_first + (row_number() OVER (ORDER BY c.fact_on, c.fact_table, c.fact_id))::integer,
        c.reported_vendor_part, c.reported_gtin, c.reported_distributor_part,
        c.reported_customer_id, c.reported_customer_name, c.reported_customer_postcode, c.reported_customer_country,
        c.reported_customer_qualifier, c.reported_warehouse,
        CASE c.fact_table WHEN 'sell_through' THEN coalesce(p_set ->> 'transfer_type', c.fact_kind) ELSE c.reported_type END,
        c.reported_on, c.reported_quantity, c.reported_uom, c.reported_price, c.reported_amount, c.reported_currency,
        c.fact_table, coalesce((p_set ->> 'fact_on')::date, c.fact_on), coalesce(v_warehouse_id, c.warehouse_id),
        coalesce(v_product_id, c.product_id), CASE WHEN p_set ? 'reseller_code' THEN v_reseller_id ELSE c.reseller_id END,
        CASE c.fact_table WHEN 'inventory_count' THEN c.fact_kind END,
        CASE c.fact_table WHEN 'inventory_adjustment' THEN c.fact_kind END,
        coalesce(c.is_return, c.quantity < 0),
        n.quantity, n.unit_price,
        CASE
            WHEN n.quantity = 0 THEN 0
            WHEN p_set ? 'amount' THEN (p_set ->> 'amount')::numeric
            WHEN p_set ?| ARRAY['quantity', 'unit_price']
                THEN round(coalesce(n.quantity * n.unit_price, c.amount * n.quantity / nullif(c.quantity, 0)), 4)
            ELSE c.amount * sign(coalesce((p_set ->> 'quantity_factor')::numeric, 1))
        END,
        coalesce(p_set ->> 'currency_code', c.currency_code),
        c.invoice_no, c.invoice_line, CASE WHEN p_set ? 'contract_no' THEN p_set ->> 'contract_no' ELSE c.contract_no END,
        CASE WHEN c.fact_table = 'inventory_count' AND p_set ->> 'quantity' IS NULL AND p_set ? 'quantity' THEN '03' END,
        c.report_no, c.serials, c.fact_on, c.fact_id
    FROM (
        SELECT f.*, l.reported_vendor_part, l.reported_gtin, l.reported_distributor_part,
            l.reported_customer_id, l.reported_customer_name, l.reported_customer_postcode,
            l.reported_customer_country, l.reported_customer_qualifier, l.reported_warehouse,
            l.reported_type, l.reported_on, l.reported_quantity, l.reported_uom, l.reported_price,
            l.reported_amount, l.reported_currency, l.is_return, l.report_no, l.serials
        FROM standing_fact AS f
        LEFT JOIN submission_line AS l
            ON l.distributor_id = p_distributor_id
            AND l.submission_id = f.submission_id
            AND l.line_no = f.submission_line_no
        WHERE f.distributor_id = p_distributor_id
            AND (p_match -> 'fact_table' IS NULL OR f.fact_table = p_match ->> 'fact_table')
            AND (p_match -> 'fact_on' IS NULL OR f.fact_on = (p_match ->> 'fact_on')::date)
            AND (p_match -> 'fact_id' IS NULL OR f.fact_id = (p_match ->> 'fact_id')::bigint)
            AND (p_match -> 'from' IS NULL OR f.fact_on >= (p_match ->> 'from')::date)
            AND (p_match -> 'to' IS NULL OR f.fact_on <= (p_match ->> 'to')::date)
            -- What a submission booked, or what stands for it since it was corrected.
            AND (p_match -> 'submission_id' IS NULL
                OR f.submission_id = (p_match ->> 'submission_id')::bigint
                OR (f.fact_table, f.fact_on, f.fact_id) IN (
                    SELECT k.fact_table, k.fact_on, k.fact_id
                    FROM correction_chain(p_distributor_id) AS k
                    WHERE k.submission_id = (p_match ->> 'submission_id')::bigint))
            AND (p_match -> 'vendor_part' IS NULL OR l.reported_vendor_part = p_match ->> 'vendor_part')
            AND (p_match -> 'gtin' IS NULL OR l.reported_gtin = p_match ->> 'gtin')
            AND (p_match -> 'distributor_part' IS NULL OR l.reported_distributor_part = p_match ->> 'distributor_part')
            AND (p_match -> 'customer_id' IS NULL OR l.reported_customer_id = p_match ->> 'customer_id')
            AND (p_match -> 'customer_name' IS NULL
                OR customer_alias(l.reported_customer_name) = customer_alias(p_match ->> 'customer_name'))
            AND (p_match -> 'warehouse' IS NULL OR l.reported_warehouse = p_match ->> 'warehouse')
            AND (p_match -> 'transfer_type' IS NULL OR f.fact_kind = p_match ->> 'transfer_type')
            AND (p_match -> 'uom' IS NULL OR l.reported_uom = p_match ->> 'uom')
            AND (p_match -> 'invoice_no' IS NULL OR f.invoice_no = p_match ->> 'invoice_no')
            AND (p_match -> 'invoice_line' IS NULL OR f.invoice_line = p_match ->> 'invoice_line')
            AND (p_match -> 'currency_code' IS NULL OR f.currency_code = p_match ->> 'currency_code')
            -- By what a mapping decides alone: lines resolve by number before name,
            -- by GTIN and vendor's part before the distributor's own number.
            AND (p_match ->> 'decisive' IS DISTINCT FROM 'true'
                OR CASE
                    WHEN p_match ? 'customer_name' THEN NOT EXISTS (
                        SELECT
                        FROM reseller_alias AS a
                        WHERE a.distributor_id = p_distributor_id
                            AND a.alias_kind = 'id'
                            AND a.alias = l.reported_customer_id
                            AND a.superseded_at IS NULL
                            AND a.match_status <> 'rejected')
                    WHEN p_match ? 'distributor_part' THEN NOT EXISTS (
                        SELECT
                        FROM product AS p
                        WHERE p.product_code = l.reported_vendor_part
                            OR p.gtin = CASE WHEN gtin_is_valid(l.reported_gtin) THEN gtin14(l.reported_gtin) END)
                    ELSE true
                END)
            -- A factor is applied to a line once, unless the line is named.
            AND (p_match ? 'fact_id' OR NOT p_set ? 'quantity_factor'
                OR (f.fact_table, f.fact_on, f.fact_id) NOT IN (
                    SELECT k.fact_table, k.fact_on, k.fact_id
                    FROM correction_chain(p_distributor_id) AS k
                    JOIN submission AS u
                        ON u.distributor_id = p_distributor_id
                        AND u.submission_id = k.corrected_by
                    WHERE k.corrected_qty = k.quantity * (p_set ->> 'quantity_factor')::numeric
                        AND CASE WHEN u.document_format = 'call'
                            THEN convert_from(u.document, 'UTF8')::jsonb -> 'corrections' @> jsonb_build_array(jsonb_build_object('set', p_set))
                        END))
            AND (p_match -> 'product_code' IS NULL OR f.product_id = (
                SELECT p.product_id FROM product AS p WHERE p.product_code = p_match ->> 'product_code'))
            AND (p_match -> 'reseller_code' IS NULL OR f.reseller_id = (
                SELECT r.reseller_id FROM reseller AS r WHERE r.reseller_code = p_match ->> 'reseller_code'))
    ) AS c
    CROSS JOIN LATERAL (
        SELECT CASE
                WHEN p_set ? 'quantity' THEN coalesce((p_set ->> 'quantity')::numeric, 0)
                ELSE c.quantity * coalesce((p_set ->> 'quantity_factor')::numeric, 1)
            END AS quantity,
            CASE
                WHEN c.fact_table <> 'sell_through' THEN NULL
                WHEN p_set ? 'unit_price' THEN (p_set ->> 'unit_price')::numeric
                ELSE round(c.unit_price / abs(coalesce((p_set ->> 'quantity_factor')::numeric, 1)), 4)
            END AS unit_price
    ) AS n
    WHERE (coalesce(v_product_id, c.product_id), coalesce(v_warehouse_id, c.warehouse_id),
            coalesce((p_set ->> 'fact_on')::date, c.fact_on), n.quantity)
        IS DISTINCT FROM (c.product_id, c.warehouse_id, c.fact_on, c.quantity)
        OR c.fact_table = 'sell_through'
            AND (CASE WHEN p_set ? 'reseller_code' THEN v_reseller_id ELSE c.reseller_id END,
                n.unit_price, coalesce(p_set ->> 'currency_code', c.currency_code),
                coalesce(p_set ->> 'transfer_type', c.fact_kind),
                CASE WHEN p_set ? 'amount' THEN (p_set ->> 'amount')::numeric ELSE c.amount END,
                CASE WHEN p_set ? 'contract_no' THEN p_set ->> 'contract_no' ELSE c.contract_no END)
            IS DISTINCT FROM (c.reseller_id, c.unit_price, c.currency_code, c.fact_kind, c.amount, c.contract_no)
        OR p_set ? 'quantity' AND p_set ->> 'quantity' IS NULL;
    GET DIAGNOSTICS staged = ROW_COUNT;

    SELECT min(CASE
            WHEN l.quantity <> round(l.quantity, 3) OR abs(l.quantity) >= 1e15 THEN format('quantity %s cannot be kept exactly', trim_scale(l.quantity))
            WHEN sign(l.amount) * sign(l.quantity) < 0 THEN format('amount %s has another sign than quantity %s', trim_scale(l.amount), trim_scale(l.quantity))
            WHEN l.line_no > v_first AND l.times > 1 THEN 'another correction of this call is of the same line'
        END || format(' (%s of %s, key %s)', l.books_as, l.corrects_on, l.corrects_line_id))
    INTO v_unknown
    FROM (
        SELECT k.line_no, k.books_as, k.corrects_on, k.corrects_line_id, k.quantity, k.amount,
            count(*) OVER (PARTITION BY k.books_as, k.corrects_on, k.corrects_line_id) AS times
        FROM submission_line AS k
        WHERE k.distributor_id = p_distributor_id AND k.submission_id = p_submission_id
    ) AS l;
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'correction would make a line that cannot be',
            DETAIL = format('Match %s, set %s: %s.', p_match, p_set, v_unknown),
            HINT = 'Say in one correction all that is to change of a line; narrow the match, or give the quantity and the amount themselves.';
    END IF;
    RETURN staged;
END
$$;
COMMENT ON FUNCTION stage_corrections(bigint, bigint, jsonb, jsonb) IS
    'Enters a line for each fact that stands and matches, with what is right instead; facts that are so already are left out. Returns how many. 22023 for names or values that cannot be, P0002 for codes that do not exist';

CREATE FUNCTION post_corrections(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_from date;
    v_to date;
    v_recorded_at timestamptz;
BEGIN
    SELECT min(least(l.activity_on, l.corrects_on)), max(greatest(l.activity_on, l.corrects_on)) INTO v_from, v_to
    FROM submission_line AS l
    WHERE l.distributor_id = p_distributor_id AND l.submission_id = p_submission_id;
    v_recorded_at := begin_booking(p_distributor_id, v_from, v_to);

    INSERT INTO sell_through (
        distributor_id, sold_on, warehouse_id, product_id, reseller_id, end_customer_id, transfer_type,
        invoice_no, invoice_line, contract_no, quantity, unit_price, amount, currency_code,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_sold_on, corrects_line_id
    )
    SELECT f.distributor_id, f.sold_on, f.warehouse_id, f.product_id, f.reseller_id, f.end_customer_id, f.transfer_type,
        f.invoice_no, f.invoice_line, f.contract_no, -f.quantity, f.unit_price, -f.amount, f.currency_code,
        p_submission_id, l.line_no, v_recorded_at, 'reversal', f.sold_on, f.sell_through_id
    FROM submission_line AS l
    JOIN sell_through AS f
        ON f.distributor_id = p_distributor_id
        AND f.sold_on = l.corrects_on
        AND f.sell_through_id = l.corrects_line_id
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.books_as = 'sell_through';
    INSERT INTO inventory_count (
        distributor_id, counted_on, warehouse_id, product_id, count_kind, quantity, unit_cost,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_counted_on, corrects_line_id
    )
    SELECT f.distributor_id, f.counted_on, f.warehouse_id, f.product_id, f.count_kind, -f.quantity, f.unit_cost,
        p_submission_id, l.line_no, v_recorded_at, 'reversal', f.counted_on, f.inventory_count_id
    FROM submission_line AS l
    JOIN inventory_count AS f
        ON f.distributor_id = p_distributor_id
        AND f.counted_on = l.corrects_on
        AND f.inventory_count_id = l.corrects_line_id
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.books_as = 'inventory_count';
    INSERT INTO inventory_adjustment (
        distributor_id, adjusted_on, warehouse_id, product_id, quantity, unit_cost, reason_code,
        submission_id, submission_line_no, recorded_at, entry_kind, corrects_adjusted_on, corrects_line_id
    )
    SELECT f.distributor_id, f.adjusted_on, f.warehouse_id, f.product_id, -f.quantity, f.unit_cost, f.reason_code,
        p_submission_id, l.line_no, v_recorded_at, 'reversal', f.adjusted_on, f.inventory_adjustment_id
    FROM submission_line AS l
    JOIN inventory_adjustment AS f
        ON f.distributor_id = p_distributor_id
        AND f.adjusted_on = l.corrects_on
        AND f.inventory_adjustment_id = l.corrects_line_id
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.books_as = 'inventory_adjustment';

    PERFORM dismiss_violations(p_distributor_id, p_submission_id);
    PERFORM book_lines(p_distributor_id, p_submission_id, v_recorded_at);
    UPDATE submission AS s
    SET period_starts_on = v_from,
        period_ends_on = v_to
    WHERE s.distributor_id = p_distributor_id AND s.submission_id = p_submission_id;
END
$$;
COMMENT ON FUNCTION post_corrections(bigint, bigint) IS 'Reverses what the lines of a call correct, and books them in its place; what a line of quantity 0 corrects is only reversed. 23505 when somebody else corrected one of them meanwhile';

CREATE FUNCTION mass_correct(
    p_distributor_code text,
    p_match jsonb,
    p_set jsonb,
    p_reason text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    RETURN correct_lines(p_distributor_code,
        jsonb_build_array(jsonb_build_object('match', p_match, 'set', p_set)),
        p_reason, p_idempotency_key, p_dry_run);
END
$$;
COMMENT ON FUNCTION mass_correct(text, jsonb, jsonb, text, text, boolean) IS
    'Corrects a recurring error of a distributor in all lines that stand and match: mass_correct(''D'', ''{"vendor_part": "X"}'', ''{"product_code": "Y"}'', ''X means Y''). Each is reversed and replaced, on its own day. As correct_lines() otherwise.';

CREATE FUNCTION correct_by_call(
    p_distributor_code text,
    p_corrections jsonb,
    p_receipts_of bigint,
    p_reason text,
    p_idempotency_key text,
    p_dry_run boolean
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint := distributor_of(p_distributor_code);
    v_submission_id bigint;
    v_staged bigint := 0;
    v_days date[];
    v_receipts bigint[];
    c record;
    result submission_result;
BEGIN
    IF jsonb_typeof(p_corrections) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'corrections are not a list',
            DETAIL = format('p_corrections is %s.', coalesce(left(p_corrections::text, 99), 'NULL')),
            HINT = 'Give [{"match": {…}, "set": {…}}, …].';
    END IF;
    BEGIN
        v_submission_id := open_call(v_distributor_id, 'correct', 'mixed',
            jsonb_build_object('corrections', p_corrections), p_reason, p_idempotency_key);
        IF v_submission_id IS NULL THEN
            RETURN submission_result_of(call_of(v_distributor_id, p_idempotency_key), true);
        END IF;
        -- Those that stand are looked for after the others have booked.
        PERFORM begin_booking(v_distributor_id, NULL, NULL);
        FOR c IN
            SELECT e.correction -> 'match' AS what, e.correction -> 'set' AS instead
            FROM jsonb_array_elements(p_corrections) WITH ORDINALITY AS e (correction, place)
            ORDER BY e.place
        LOOP
            v_staged := v_staged + stage_corrections(v_distributor_id, v_submission_id, c.what, c.instead);
        END LOOP;
        SELECT array_agg(r.received_on), array_agg(r.inventory_receipt_id) INTO v_days, v_receipts
        FROM inventory_receipt_as_of() AS r
        WHERE r.distributor_id = v_distributor_id AND r.submission_id = p_receipts_of;
        IF v_staged = 0 AND v_receipts IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD046',
                MESSAGE = 'no line that stands needs this correction',
                DETAIL = format('Distributor %s, %s.', p_distributor_code, left(p_corrections::text, 200)),
                HINT = 'Look at standing_fact; lines that were corrected before are right already.';
        END IF;
        PERFORM post_corrections(v_distributor_id, v_submission_id);
        -- Those that went with their counts are no longer there.
        PERFORM take_back_receipts(v_distributor_id, v_submission_id, s.accepted_at, v_days, v_receipts)
        FROM submission AS s
        WHERE s.distributor_id = v_distributor_id
            AND s.submission_id = v_submission_id
            AND v_receipts IS NOT NULL;
        result := submission_result_of(v_submission_id);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        result.submission_id := NULL;
    END;
    RETURN result;
END
$$;
COMMENT ON FUNCTION correct_by_call(text, jsonb, bigint, text, text, boolean) IS
    'What correct_lines() and cancel_submission() have in common; p_receipts_of = also takes back the receipts that this submission reported';

CREATE FUNCTION correct_lines(
    p_distributor_code text,
    p_corrections jsonb,
    p_reason text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE sql
BEGIN ATOMIC
    SELECT correct_by_call(p_distributor_code, p_corrections, NULL, p_reason, p_idempotency_key, p_dry_run);
END;
COMMENT ON FUNCTION correct_lines(text, jsonb, text, text, boolean) IS
    'Corrects lines that stand: a list of {"match": {…}, "set": {…}}. Each line is reversed and replaced by what is right, on its own day; it posts in the first open period. A call with the same idempotency key is done once. P0002 for codes that do not exist, 22023 for names that are not known or no reason, ZD046 when nothing matches.';

CREATE FUNCTION reverse_line(
    p_distributor_code text,
    p_fact_table text,
    p_fact_on date,
    p_fact_id bigint,
    p_reason text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    RETURN correct_lines(p_distributor_code,
        jsonb_build_array(jsonb_build_object(
            'match', jsonb_build_object('fact_table', p_fact_table, 'fact_on', p_fact_on, 'fact_id', p_fact_id),
            'set', '{"quantity": null}'::jsonb)),
        p_reason, p_idempotency_key, p_dry_run);
END
$$;
COMMENT ON FUNCTION reverse_line(text, text, date, bigint, text, text, boolean) IS
    'Takes one line back (sell_through, inventory_count or inventory_adjustment). ZD046 when it does not stand.';

CREATE FUNCTION cancel_submission(
    p_submission_id bigint,
    p_reason text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_code text;
BEGIN
    SELECT d.distributor_code INTO v_code
    FROM submission AS s
    JOIN distributor AS d USING (distributor_id)
    WHERE s.submission_id = p_submission_id AND s.submission_state = 'accepted';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD005',
            MESSAGE = 'submission is not one that was accepted',
            DETAIL = format('Submission %s.', coalesce(p_submission_id::text, 'NULL')),
            HINT = 'What was not accepted is set aside with reject_submission().';
    END IF;
    RETURN correct_by_call(v_code,
        jsonb_build_array(jsonb_build_object(
            'match', jsonb_build_object('submission_id', p_submission_id),
            'set', '{"quantity": null}'::jsonb)),
        p_submission_id, p_reason, p_idempotency_key, p_dry_run);
END
$$;
COMMENT ON FUNCTION cancel_submission(bigint, text, text, boolean) IS
    'Takes back every line and every receipt that a submission booked and that still stands, or what stands for it since it was corrected by a call. ZD005 when it was not accepted, ZD046 when none stands.';

CREATE FUNCTION report_nil(
    p_distributor_code text,
    p_report_kind text,
    p_period_starts_on date,
    p_period_ends_on date,
    p_reason text DEFAULT 'declared by the distributor'
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint := distributor_of(p_distributor_code);
    v_key text := format('nil %s %s %s', p_report_kind, p_period_starts_on, p_period_ends_on);
    v_submission_id bigint;
BEGIN
    IF p_report_kind IS NULL OR p_report_kind NOT IN ('sell_through', 'inventory')
        OR num_nulls(p_period_starts_on, p_period_ends_on) > 0 OR p_period_ends_on < p_period_starts_on
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'nil report needs a kind and a period',
            DETAIL = format('Kind %s, from %s to %s.', coalesce(quote_literal(p_report_kind), 'NULL'),
                coalesce(p_period_starts_on::text, 'NULL'), coalesce(p_period_ends_on::text, 'NULL')),
            HINT = 'Give sell_through or inventory, and the first and last day.';
    END IF;
    v_submission_id := open_call(v_distributor_id, 'nil', p_report_kind,
        jsonb_build_object('nil', p_report_kind, 'from', p_period_starts_on, 'to', p_period_ends_on), p_reason, v_key);
    IF v_submission_id IS NULL THEN
        RETURN submission_result_of(call_of(v_distributor_id, v_key), true);
    END IF;
    UPDATE submission AS s
    SET period_starts_on = p_period_starts_on,
        period_ends_on = p_period_ends_on,
        period_is_stated = true
    WHERE s.distributor_id = v_distributor_id AND s.submission_id = v_submission_id;
    PERFORM judge_across(v_distributor_id, v_submission_id);
    PERFORM conclude_judgement(v_distributor_id, v_submission_id);
    RETURN submission_result_of(v_submission_id);
END
$$;
COMMENT ON FUNCTION report_nil(text, text, date, date, text) IS
    'Declares that a distributor sold (or holds) nothing in a period; a submission like any other, to be accepted. Held when sales of the period are booked. 22023 without kind or period.';
