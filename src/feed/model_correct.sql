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
        AND s.document_format = 'call'
        AND convert_from(s.document, 'UTF8')::jsonb ->> 'idempotency_key' = p_idempotency_key
    ORDER BY s.submission_id
    LIMIT 1;
END;
COMMENT ON FUNCTION call_of(bigint, text) IS 'Submission that a call with an idempotency key made; NULL = none';

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
    SELECT string_agg(k, ', ' ORDER BY k) INTO v_unknown
    FROM (
        SELECT k
        FROM jsonb_object_keys(p_match) AS k
        WHERE k NOT IN ('fact_table', 'fact_on', 'fact_id', 'from', 'to', 'submission_id',
            'vendor_part', 'gtin', 'distributor_part', 'customer_id', 'customer_name', 'warehouse', 'transfer_type',
            'uom', 'invoice_no', 'invoice_line', 'currency_code', 'product_code', 'reseller_code')
        UNION ALL
        SELECT k
        FROM jsonb_object_keys(p_set) AS k
        WHERE k NOT IN ('product_code', 'reseller_code', 'warehouse_code', 'quantity', 'quantity_factor',
            'unit_price', 'amount', 'currency_code', 'fact_on', 'transfer_type', 'contract_no')
    ) AS u;
    IF v_unknown IS NOT NULL OR p_match IS NULL OR p_match = '{}' OR p_set IS NULL OR p_set = '{}' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'correction does not say which lines and what is right instead',
            DETAIL = format('Match %s, set %s%s.', coalesce(p_match::text, 'NULL'), coalesce(p_set::text, 'NULL'),
                coalesce(', unknown: ' || v_unknown, '')),
            HINT = 'See doc/reference.md, mass_correct, for the names.';
    END IF;
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
        coalesce(p_set ->> 'transfer_type', CASE c.fact_table WHEN 'sell_through' THEN c.fact_kind ELSE c.reported_type END),
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
            WHEN p_set ?| ARRAY['quantity', 'unit_price'] THEN round(n.quantity * n.unit_price, 4)
            ELSE c.amount
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
            AND (p_match -> 'submission_id' IS NULL OR f.submission_id = (p_match ->> 'submission_id')::bigint)
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
                WHEN p_set ? 'unit_price' THEN (p_set ->> 'unit_price')::numeric
                ELSE c.unit_price / coalesce((p_set ->> 'quantity_factor')::numeric, 1)
            END AS unit_price
    ) AS n
    WHERE (coalesce(v_product_id, c.product_id), coalesce(v_warehouse_id, c.warehouse_id),
            CASE WHEN p_set ? 'reseller_code' THEN v_reseller_id ELSE c.reseller_id END,
            n.quantity, n.unit_price, coalesce(p_set ->> 'currency_code', c.currency_code),
            coalesce((p_set ->> 'fact_on')::date, c.fact_on),
            coalesce(p_set ->> 'transfer_type', c.fact_kind),
            CASE WHEN p_set ? 'amount' THEN (p_set ->> 'amount')::numeric ELSE c.amount END,
            CASE WHEN p_set ? 'contract_no' THEN p_set ->> 'contract_no' ELSE c.contract_no END)
        IS DISTINCT FROM
        (c.product_id, c.warehouse_id, c.reseller_id, c.quantity, c.unit_price, c.currency_code,
            c.fact_on, c.fact_kind, c.amount, c.contract_no)
        OR p_set ? 'quantity' AND p_set ->> 'quantity' IS NULL;
    GET DIAGNOSTICS staged = ROW_COUNT;
    RETURN staged;
END
$$;
COMMENT ON FUNCTION stage_corrections(bigint, bigint, jsonb, jsonb) IS
    'Enters a line for each fact that stands and matches, with what is right instead; facts that are so already are left out. Returns how many. 22023 for names that are not known, P0002 for codes that do not exist';

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

CREATE FUNCTION correct_lines(
    p_distributor_code text,
    p_corrections jsonb,
    p_reason text,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS submission_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint := distributor_of(p_distributor_code);
    v_submission_id bigint;
    v_staged bigint := 0;
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
        IF v_staged = 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD046',
                MESSAGE = 'no line that stands needs this correction',
                DETAIL = format('Distributor %s, %s.', p_distributor_code, left(p_corrections::text, 200)),
                HINT = 'Look at standing_fact; lines that were corrected before are right already.';
        END IF;
        PERFORM post_corrections(v_distributor_id, v_submission_id);
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
    RETURN correct_lines(v_code,
        jsonb_build_array(jsonb_build_object(
            'match', jsonb_build_object('submission_id', p_submission_id),
            'set', '{"quantity": null}'::jsonb)),
        p_reason, p_idempotency_key, p_dry_run);
END
$$;
COMMENT ON FUNCTION cancel_submission(bigint, text, text, boolean) IS
    'Takes back every line that a submission booked and that still stands. ZD005 when it was not accepted, ZD046 when none stands.';

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
