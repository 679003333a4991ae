-- claim, stock rotation: entitlement, request and return.

CREATE VIEW rotation_term_in_force WITH (security_invoker = true) AS
SELECT v.distributor_id,
    v.agreement_id,
    v.version_no,
    t.term_no,
    t.product_line,
    t.entitlement_base,
    coalesce(t.rotation_pct, v.rotation_pct, 0) AS rotation_pct,
    t.span_kind,
    t.calendar_code,
    t.offset_rate,
    t.min_age_days,
    t.max_age_days,
    t.needs_resalable,
    t.restocking_rate,
    v.settlement_currency,
    v.valid_from,
    nullif(v.valid_to, 'infinity'::date) AS valid_to
FROM agreement_in_force AS v
JOIN rotation_term AS t ON t.agreement_id = v.agreement_id AND t.version_no = v.version_no
UNION ALL
SELECT v.distributor_id,
    v.agreement_id,
    v.version_no,
    0 AS term_no,
    NULL::ltree AS product_line,
    'purchases'::text AS entitlement_base,
    v.rotation_pct,
    v.rotation_span AS span_kind,
    'gregorian'::text AS calendar_code,
    0::numeric AS offset_rate,
    0 AS min_age_days,
    NULL::integer AS max_age_days,
    true AS needs_resalable,
    0::numeric AS restocking_rate,
    v.settlement_currency,
    v.valid_from,
    nullif(v.valid_to, 'infinity'::date) AS valid_to
FROM agreement_in_force AS v
WHERE v.rotation_pct IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM rotation_term AS t
        WHERE t.agreement_id = v.agreement_id AND t.version_no = v.version_no);
COMMENT ON VIEW rotation_term_in_force IS 'One row = a term of stock rotation of an agreement in force; term 0 where the agreement says a percentage and nothing else';
COMMENT ON COLUMN rotation_term_in_force.distributor_id IS 'The distributor';
COMMENT ON COLUMN rotation_term_in_force.agreement_id IS 'The agreement';
COMMENT ON COLUMN rotation_term_in_force.version_no IS 'Its version';
COMMENT ON COLUMN rotation_term_in_force.term_no IS 'The term';
COMMENT ON COLUMN rotation_term_in_force.product_line IS 'Product line that it covers; NULL = all products';
COMMENT ON COLUMN rotation_term_in_force.entitlement_base IS 'purchases or inventory';
COMMENT ON COLUMN rotation_term_in_force.rotation_pct IS 'Per cent of the base that may be returned';
COMMENT ON COLUMN rotation_term_in_force.span_kind IS 'month, quarter or year';
COMMENT ON COLUMN rotation_term_in_force.calendar_code IS 'Calendar of the spans';
COMMENT ON COLUMN rotation_term_in_force.offset_rate IS 'Value of new orders that is needed, as a fraction of the return';
COMMENT ON COLUMN rotation_term_in_force.min_age_days IS 'Least age of a tranche, days';
COMMENT ON COLUMN rotation_term_in_force.max_age_days IS 'Greatest age, days; NULL = any';
COMMENT ON COLUMN rotation_term_in_force.needs_resalable IS 'Whether the goods have to be resalable';
COMMENT ON COLUMN rotation_term_in_force.restocking_rate IS 'Fee, a fraction';
COMMENT ON COLUMN rotation_term_in_force.settlement_currency IS 'Currency of entitlement and credit';
COMMENT ON COLUMN rotation_term_in_force.valid_from IS 'First day on which it holds';
COMMENT ON COLUMN rotation_term_in_force.valid_to IS 'Last day, inclusive; NULL = until further notice';

CREATE FUNCTION rotation_entitlement_as_of(
    p_on date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    agreement_id bigint,
    version_no integer,
    term_no integer,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    base_amount numeric,
    entitled_amount numeric,
    used_amount numeric,
    left_amount numeric,
    uses integer
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT e.distributor_id, e.agreement_id, e.version_no, e.term_no, e.starts_on, e.ends_on, e.settlement_currency,
        e.base, e.entitled, u.used, greatest(e.entitled - u.used, 0), u.uses
    FROM (
        SELECT t.distributor_id, t.agreement_id, t.version_no, t.term_no, s.starts_on, s.ends_on, t.settlement_currency,
            b.base, round(greatest(b.base, 0) * t.rotation_pct / 100, k.minor_unit) AS entitled
        FROM rotation_term_in_force AS t
        JOIN currency AS k ON k.currency_code = t.settlement_currency
        JOIN fiscal_calendar AS c ON c.calendar_code = t.calendar_code
        JOIN fiscal_span AS s
            ON s.fiscal_calendar_id = c.fiscal_calendar_id
            AND s.span_kind = t.span_kind
            AND p_on BETWEEN s.starts_on AND s.ends_on
        LEFT JOIN fiscal_span AS prior
            ON prior.fiscal_calendar_id = s.fiscal_calendar_id
            AND prior.span_kind = s.span_kind
            AND prior.ends_on = s.starts_on - 1
        CROSS JOIN LATERAL (
            SELECT CASE t.entitlement_base
                WHEN 'purchases' THEN (
                    SELECT coalesce(sum(convert_amount(i.amount, i.currency_code, t.settlement_currency, i.shipped_on)), 0)
                    FROM sell_in_as_of(prior.ends_on, p_knowledge) AS i
                    JOIN product AS p ON p.product_id = i.product_id
                    WHERE i.distributor_id = t.distributor_id
                        AND i.shipped_on >= prior.starts_on
                        AND (t.product_line IS NULL OR p.product_line <@ t.product_line))
                ELSE (
                    SELECT coalesce(sum(i.value_amount), 0)
                    FROM inventory_as_of(s.starts_on - 1, p_knowledge) AS i
                    JOIN product AS p ON p.product_id = i.product_id
                    WHERE i.distributor_id = t.distributor_id
                        AND (t.product_line IS NULL OR p.product_line <@ t.product_line))
            END AS base
        ) AS b
        WHERE p_on BETWEEN t.valid_from AND coalesce(t.valid_to, 'infinity')
    ) AS e
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.used_amount) FILTER (WHERE c.claim_state <> 'refused'), 0) AS used,
            coalesce(max(r.use_no), 0) AS uses
        FROM stock_rotation AS r
        JOIN claim_state AS c ON c.distributor_id = r.distributor_id AND c.claim_id = r.claim_id
        WHERE r.distributor_id = e.distributor_id
            AND r.agreement_id = e.agreement_id
            AND r.version_no = e.version_no
            AND r.term_no = e.term_no
            AND r.span_starts_on = e.starts_on
    ) AS u
$$;
COMMENT ON FUNCTION rotation_entitlement_as_of(date, timestamptz) IS
    'One row = a term of stock rotation in the span that contains p_on: base (net purchases of the span before, or value of the stock at the close of the day before the span), what may be returned (base × per cent, rounded to the currency, never below 0), what requests take that were not refused, and what is left (settlement currency; stock is valued in the currency it was bought in)';

CREATE FUNCTION request_rotation(
    p_distributor_code text,
    p_rotation_no text,
    p_returned_on date,
    p_lines jsonb,
    p_offset_invoices text[] DEFAULT NULL,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF stock_rotation_request
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_distributor_id bigint;
    v_term record;
    v_claim claim;
    v_used numeric;
    v_credit numeric;
    v_offset numeric;
    v_rows stock_rotation_request[];
    v_lines stock_rotation_line[];
BEGIN
    SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'distributor does not exist',
            DETAIL = format('There is no row with distributor_code %L in distributor.', p_distributor_code),
            HINT = 'Enter the distributor first.';
    END IF;
    -- One after the other; who does not see the one before fails on
    -- stock_rotation_use_key instead of using an entitlement twice.
    LOCK TABLE stock_rotation IN SHARE ROW EXCLUSIVE MODE;
    SELECT c.* INTO v_claim
    FROM claim AS c
    WHERE c.idempotency_key = p_idempotency_key
        AND c.claim_kind = 'stock_rotation'
        AND c.distributor_id = v_distributor_id;
    IF FOUND THEN
        RETURN QUERY
            SELECT r.* FROM stock_rotation_request AS r WHERE r.distributor_id = v_claim.distributor_id AND r.claim_id = v_claim.claim_id;
        RETURN;
    END IF;
    -- The first term that covers all the products.
    SELECT t.*, e.span_starts_on, e.span_ends_on, e.entitled_amount, e.used_amount, e.left_amount, e.uses, k.minor_unit INTO v_term
    FROM rotation_entitlement_as_of(p_returned_on) AS e
    JOIN rotation_term_in_force AS t
        ON t.distributor_id = e.distributor_id
        AND t.agreement_id = e.agreement_id
        AND t.version_no = e.version_no
        AND t.term_no = e.term_no
    JOIN currency AS k ON k.currency_code = t.settlement_currency
    WHERE e.distributor_id = v_distributor_id
        AND NOT EXISTS (
            SELECT
            FROM jsonb_to_recordset(p_lines) AS x (product text)
            LEFT JOIN product AS p ON p.product_code = x.product AND (t.product_line IS NULL OR p.product_line <@ t.product_line)
            WHERE p.product_id IS NULL)
    ORDER BY e.agreement_id, e.term_no
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD125',
            MESSAGE = 'nothing may be returned by stock rotation',
            DETAIL = format('No agreement of distributor %L has a term on %s that covers the products.', p_distributor_code, p_returned_on),
            HINT = 'See rotation_entitlement_as_of(); return products of different terms by rotations of their own.';
    END IF;
    BEGIN
        INSERT INTO claim (distributor_id, claim_kind, claim_no, claimed_on, currency_code, idempotency_key)
        VALUES (v_distributor_id, 'stock_rotation', p_rotation_no, p_returned_on, v_term.settlement_currency, p_idempotency_key)
        RETURNING * INTO v_claim;

        WITH asked AS MATERIALIZED (
            SELECT x.place::integer AS request_no, w.warehouse_id, p.product_id, (x.line ->> 'quantity')::numeric AS quantity,
                coalesce(x.line ->> 'condition', 'resalable') AS goods_condition, (x.line ->> 'tranche_on')::date AS tranche_on,
                CASE
                    WHEN EXISTS (
                        SELECT
                        FROM rotation_exclusion AS n
                        WHERE n.agreement_id = v_term.agreement_id
                            AND n.version_no = v_term.version_no
                            AND (n.product_id = p.product_id OR p.product_line <@ n.product_line)) THEN 'excluded'
                    WHEN v_term.needs_resalable AND coalesce(x.line ->> 'condition', 'resalable') <> 'resalable' THEN 'condition'
                END AS refusal
            FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS x (line, place)
            JOIN product AS p ON p.product_code = x.line ->> 'product'
            LEFT JOIN warehouse AS w
                ON w.distributor_id = v_distributor_id
                AND (w.warehouse_code = x.line ->> 'warehouse' OR x.line ->> 'warehouse' IS NULL AND w.is_default)
        ),
        tranche AS MATERIALIZED (
            SELECT t.warehouse_id, t.product_id, l.ordinality, l.occurred_on, l.quantity, l.unit_cost
            FROM inventory_tranches_as_of(p_returned_on) AS t
            CROSS JOIN LATERAL unnest(t.layers) WITH ORDINALITY AS l
            WHERE t.distributor_id = v_distributor_id
                AND l.quantity > 0
                AND l.unit_cost IS NOT NULL
                AND p_returned_on - l.occurred_on >= v_term.min_age_days
                AND (p_returned_on - l.occurred_on <= v_term.max_age_days OR v_term.max_age_days IS NULL)
        ),
        -- What was asked for before and has not left yet is there no more.
        waiting AS (
            SELECT r.warehouse_id, r.product_id, sum(r.accepted_qty) AS quantity
            FROM stock_rotation_request AS r
            JOIN claim_state AS c ON c.distributor_id = r.distributor_id AND c.claim_id = r.claim_id
            WHERE r.distributor_id = v_distributor_id AND c.claim_state IN ('proposed', 'approved')
            GROUP BY r.warehouse_id, r.product_id
        ),
        -- What is asked for and what is there as ranges of units, oldest first: where
        -- they overlap is what goes back.
        wanted AS (
            SELECT a.*, sum(a.quantity) OVER item + coalesce(w.quantity, 0) AS upto
            FROM asked AS a
            LEFT JOIN waiting AS w USING (warehouse_id, product_id)
            WHERE a.refusal IS NULL
            WINDOW item AS (PARTITION BY a.warehouse_id, a.product_id, a.tranche_on ORDER BY a.request_no)
        ),
        offered AS (
            SELECT k.tranche_key, t.*, sum(t.quantity) OVER (
                PARTITION BY t.warehouse_id, t.product_id, k.tranche_key
                ORDER BY t.occurred_on, t.ordinality) AS upto
            FROM tranche AS t
            CROSS JOIN LATERAL (VALUES (NULL::date), (t.occurred_on)) AS k (tranche_key)
        ),
        eligible AS (
            SELECT w.request_no, o.occurred_on, o.unit_cost, o.warehouse_id, o.product_id,
                least(w.upto, o.upto) - greatest(w.upto - w.quantity, o.upto - o.quantity) AS quantity,
                row_number() OVER (ORDER BY w.request_no, o.occurred_on, o.ordinality) AS place
            FROM wanted AS w
            JOIN offered AS o
                ON o.warehouse_id = w.warehouse_id
                AND o.product_id = w.product_id
                AND o.tranche_key IS NOT DISTINCT FROM w.tranche_on
                AND least(w.upto, o.upto) > greatest(w.upto - w.quantity, o.upto - o.quantity)
        ),
        -- As far as the entitlement reaches, in the order of the request.
        bounded AS (
            SELECT e.*, CASE
                    WHEN e.unit_cost = 0 THEN e.quantity
                    ELSE least(e.quantity, trunc(greatest(v_term.left_amount - coalesce(sum(e.quantity * e.unit_cost) OVER (
                        ORDER BY e.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0) / e.unit_cost,
                        -- Whole units stay whole.
                        CASE WHEN e.quantity = trunc(e.quantity) THEN 0 ELSE 3 END))
                END AS taken
            FROM eligible AS e
        ),
        result AS (
            SELECT a.*, coalesce(b.eligible_qty, 0) AS eligible_qty, coalesce(b.taken, 0) AS taken
            FROM asked AS a
            LEFT JOIN (
                SELECT n.request_no, sum(n.quantity) AS eligible_qty, sum(n.taken) AS taken
                FROM bounded AS n
                GROUP BY n.request_no
            ) AS b USING (request_no)
        )
        SELECT (SELECT array_agg(ROW(v_distributor_id, v_claim.claim_id, r.request_no, r.warehouse_id, r.product_id, r.quantity,
                r.goods_condition, r.tranche_on, r.taken, CASE
                    WHEN r.taken = r.quantity THEN NULL
                    WHEN r.refusal IS NOT NULL THEN r.refusal
                    WHEN r.taken < r.eligible_qty THEN 'entitlement'
                    ELSE 'stock'
                END)::stock_rotation_request ORDER BY r.request_no)
            FROM result AS r),
            (SELECT array_agg(ROW(v_distributor_id, v_claim.claim_id, n.line_no, n.request_no, n.occurred_on, n.taken, n.unit_cost,
                (
                    SELECT min(i.invoice_no)
                    FROM sell_in_as_of() AS i
                    WHERE i.distributor_id = v_distributor_id
                        AND i.shipped_on = n.occurred_on
                        AND i.warehouse_id = n.warehouse_id
                        AND i.product_id = n.product_id
                        AND i.quantity > 0
                ))::stock_rotation_line ORDER BY n.line_no)
            FROM (
                SELECT b.*, (row_number() OVER (ORDER BY b.place))::integer AS line_no
                FROM bounded AS b
                WHERE b.taken > 0
            ) AS n)
        INTO v_rows, v_lines;

        SELECT coalesce(sum(l.quantity * l.unit_cost), 0) INTO v_used FROM unnest(v_lines) AS l;
        v_credit := round(v_used * (1 - v_term.restocking_rate), v_term.minor_unit);
        INSERT INTO stock_rotation (
            distributor_id, claim_id, agreement_id, version_no, term_no, span_starts_on, use_no, returned_on,
            entitled_amount, used_before_amount, used_amount, restocking_rate, offset_needed_amount
        )
        VALUES (v_distributor_id, v_claim.claim_id, v_term.agreement_id, v_term.version_no, v_term.term_no, v_term.span_starts_on,
            v_term.uses + 1, p_returned_on, v_term.entitled_amount, least(v_term.used_amount, v_term.entitled_amount), v_used,
            v_term.restocking_rate, round(v_used * v_term.offset_rate, v_term.minor_unit));
        INSERT INTO stock_rotation_request SELECT r.* FROM unnest(v_rows) AS r;
        INSERT INTO stock_rotation_line SELECT l.* FROM unnest(v_lines) AS l;

        -- New orders of the span, as far as no other rotation has used them.
        WITH usable AS (
            SELECT i.shipped_on, i.sell_in_id,
                convert_amount(i.amount, i.currency_code, v_term.settlement_currency, i.shipped_on)
                    - coalesce((
                        SELECT sum(o.amount)
                        FROM stock_rotation_offset AS o
                        JOIN claim_state AS c ON c.distributor_id = o.distributor_id AND c.claim_id = o.claim_id
                        WHERE o.distributor_id = i.distributor_id
                            AND o.shipped_on = i.shipped_on
                            AND o.sell_in_id = i.sell_in_id
                            AND c.claim_state <> 'refused'), 0) AS amount
            FROM sell_in_as_of() AS i
            WHERE i.distributor_id = v_distributor_id
                AND i.invoice_no = ANY (p_offset_invoices)
                AND i.quantity > 0
                AND i.shipped_on BETWEEN v_term.span_starts_on AND v_term.span_ends_on
        )
        INSERT INTO stock_rotation_offset (distributor_id, claim_id, shipped_on, sell_in_id, amount)
        SELECT v_distributor_id, v_claim.claim_id, u.shipped_on, u.sell_in_id, u.used
        FROM (
            SELECT n.*, least(n.amount, greatest(round(v_used * v_term.offset_rate, v_term.minor_unit)
                - coalesce(sum(n.amount) OVER (ORDER BY n.shipped_on, n.sell_in_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0)) AS used
            FROM usable AS n
            WHERE n.amount > 0
        ) AS u
        WHERE u.used > 0;
        SELECT coalesce(sum(o.amount), 0) INTO v_offset
        FROM stock_rotation_offset AS o
        WHERE o.distributor_id = v_distributor_id AND o.claim_id = v_claim.claim_id;
        IF v_offset < round(v_used * v_term.offset_rate, v_term.minor_unit) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD126',
                MESSAGE = 'offsetting order is missing or too small',
                DETAIL = format('Rotation %L needs new orders for %s %s, the invoices named have %s left.', p_rotation_no,
                    round(v_used * v_term.offset_rate, v_term.minor_unit), v_term.settlement_currency, v_offset),
                HINT = format('Name in p_offset_invoices invoices shipped from %s to %s.', v_term.span_starts_on, v_term.span_ends_on);
        END IF;
        INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount, reason)
        VALUES (v_distributor_id, v_claim.claim_id, 1, v_credit, format('%s at the cost of the tranches less %s restocking', v_used, v_term.restocking_rate));
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION request_rotation(text, text, date, jsonb, text[], text, boolean) IS
    'Asks for the return of goods by stock rotation: p_lines an array of {"warehouse" (default: the default one), "product", "quantity", "condition" (default resalable), "tranche_on" (default: the oldest that are eligible)}. Takes, line by line, what age, condition, exclusions, stock and what is left of the entitlement allow, at what the tranches cost after price protection; returns the lines with accepted_qty and the reason of what is refused. The credit (less the restocking fee) waits for decide_claims(); with its posting (post_claims()) the goods leave. ZD125 without a term, ZD126 without enough new orders, P0002 for an unknown distributor, 23505 for a number used before. The same p_idempotency_key returns the first call''s lines; p_dry_run enters nothing.';

CREATE FUNCTION return_rotated_goods() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    -- The goods leave: a return to the vendor, under the invoice by which they
    -- came, so that programs can count it in the period of the purchase. It takes
    -- what it is worth out of every base of purchases.
    INSERT INTO sell_in (
        distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, invoice_line,
        quantity, unit_price, amount, currency_code
    )
    SELECT l.distributor_id, r.returned_on, q.warehouse_id, q.product_id, r.returned_on,
        coalesce(l.invoice_no, c.claim_no), format('%s/%s', c.claim_no, l.line_no),
        -l.quantity, round(l.unit_cost, 4), -round(l.quantity * l.unit_cost, 4), c.currency_code
    FROM new_rows AS n
    JOIN stock_rotation AS r ON r.distributor_id = n.distributor_id AND r.claim_id = n.claim_id
    JOIN claim AS c ON c.distributor_id = n.distributor_id AND c.claim_id = n.claim_id
    JOIN stock_rotation_line AS l ON l.distributor_id = n.distributor_id AND l.claim_id = n.claim_id
    JOIN stock_rotation_request AS q
        ON q.distributor_id = l.distributor_id
        AND q.claim_id = l.claim_id
        AND q.request_no = l.request_no
    WHERE n.posting_no = 1
    ORDER BY l.claim_id, l.line_no;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION return_rotated_goods() IS
    'Trigger AFTER INSERT of claim_entry with the transition table new_rows: with the posting of a stock rotation its goods leave; a return to the vendor (sell_in, negative) for each tranche, on the day of the return';

CREATE TRIGGER claim_entry_returns_goods
    AFTER INSERT ON claim_entry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION return_rotated_goods();
COMMENT ON TRIGGER claim_entry_returns_goods ON claim_entry IS 'No credit for a rotation without the goods';
