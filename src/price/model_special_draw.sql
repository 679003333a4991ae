-- price, special price authorizations: asking, deciding, amending, drawing, and
-- what held when. The tables and what they see to themselves: model_special.sql,
-- model_special_guard.sql.

CREATE VIEW special_price_terms WITH (security_invoker = true) AS
SELECT b.distributor_id,
    b.special_price_id,
    b.product_id,
    s.authorization_no,
    s.end_customer_id,
    s.project_name,
    s.reseller_id,
    s.territory_id,
    s.currency_code,
    i.unit_price,
    i.book_price,
    i.resale_price,
    b.valid_from,
    b.valid_to,
    b.limit_qty,
    b.drawn_qty,
    b.left_qty,
    round(100 * b.drawn_qty / b.limit_qty, 2) AS used_pct,
    s.decided_by AS approved_by,
    s.decided_at AS approved_at
FROM special_price_balance AS b
JOIN special_price_item AS i USING (distributor_id, special_price_id, product_id)
JOIN special_price AS s USING (distributor_id, special_price_id);
COMMENT ON VIEW special_price_terms IS 'One row = a product of an approved special price authorization as it holds now, amendments included, and how much of it is used';
COMMENT ON COLUMN special_price_terms.distributor_id IS 'The distributor';
COMMENT ON COLUMN special_price_terms.special_price_id IS 'The authorization';
COMMENT ON COLUMN special_price_terms.product_id IS 'The product';
COMMENT ON COLUMN special_price_terms.authorization_no IS 'Its number';
COMMENT ON COLUMN special_price_terms.end_customer_id IS 'Who uses the goods; NULL = whoever the project is for';
COMMENT ON COLUMN special_price_terms.project_name IS 'Project; NULL = any business with the end customer';
COMMENT ON COLUMN special_price_terms.reseller_id IS 'Through which reseller; NULL = any';
COMMENT ON COLUMN special_price_terms.territory_id IS 'Territory of the customer; NULL = anywhere';
COMMENT ON COLUMN special_price_terms.currency_code IS 'Currency of the prices';
COMMENT ON COLUMN special_price_terms.unit_price IS 'Special price of one base unit';
COMMENT ON COLUMN special_price_terms.book_price IS 'Price that the contract takes for the distributor''s cost; NULL = it names none';
COMMENT ON COLUMN special_price_terms.resale_price IS 'Highest resale price at which it may be used; NULL = any';
COMMENT ON COLUMN special_price_terms.valid_from IS 'First day of sale';
COMMENT ON COLUMN special_price_terms.valid_to IS 'Last day of sale';
COMMENT ON COLUMN special_price_terms.limit_qty IS 'Base units that may be sold; NULL = no limit';
COMMENT ON COLUMN special_price_terms.drawn_qty IS 'Base units drawn, net of what was given back';
COMMENT ON COLUMN special_price_terms.left_qty IS 'Base units left; NULL = no limit';
COMMENT ON COLUMN special_price_terms.used_pct IS 'Drawn in per cent of the limit, 0 to 100; NULL = no limit';
COMMENT ON COLUMN special_price_terms.approved_by IS 'Role that approved it';
COMMENT ON COLUMN special_price_terms.approved_at IS 'When';

CREATE FUNCTION special_price_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    special_price_id bigint,
    product_id bigint,
    valid_from date,
    valid_to date,
    unit_price numeric,
    limit_qty numeric,
    drawn_qty numeric,
    left_qty numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    WITH extended AS (
        SELECT DISTINCT ON (a.distributor_id, a.special_price_id) a.distributor_id, a.special_price_id, a.valid_to
        FROM special_price_amendment AS a
        WHERE a.valid_to IS NOT NULL
            AND a.amendment_state = 'approved'
            AND a.decided_at <= p_knowledge
        ORDER BY a.distributor_id, a.special_price_id, a.amendment_no DESC
    ),
    added AS (
        SELECT a.distributor_id, a.special_price_id, a.product_id, sum(a.added_qty) AS added_qty
        FROM special_price_amendment AS a
        WHERE a.added_qty IS NOT NULL
            AND a.amendment_state = 'approved'
            AND a.decided_at <= p_knowledge
        GROUP BY a.distributor_id, a.special_price_id, a.product_id
    ),
    drawn AS (
        SELECT d.distributor_id, d.special_price_id, d.product_id, sum(d.quantity) AS drawn_qty
        FROM special_price_draw AS d
        WHERE d.drawn_on <= p_activity
            AND d.recorded_at <= p_knowledge
        GROUP BY d.distributor_id, d.special_price_id, d.product_id
    )
    SELECT i.distributor_id, i.special_price_id, i.product_id, s.valid_from, coalesce(e.valid_to, s.valid_to), i.unit_price,
        i.limit_qty + coalesce(a.added_qty, 0), coalesce(d.drawn_qty, 0),
        i.limit_qty + coalesce(a.added_qty, 0) - coalesce(d.drawn_qty, 0)
    FROM special_price AS s
    JOIN special_price_item AS i USING (distributor_id, special_price_id)
    LEFT JOIN extended AS e USING (distributor_id, special_price_id)
    LEFT JOIN added AS a USING (distributor_id, special_price_id, product_id)
    LEFT JOIN drawn AS d USING (distributor_id, special_price_id, product_id)
    WHERE s.special_price_state = 'approved'
        AND s.decided_at <= p_knowledge
$$;
COMMENT ON FUNCTION special_price_as_of(date, timestamptz) IS
    'One row = a product of an authorization that was approved at p_knowledge: its days, price (per base unit, currency of the authorization), limit (NULL = none), what was drawn of it up to p_activity and what was left, as known then. At infinity it is special_price_balance';

CREATE FUNCTION special_price_no(p_distributor text, p_authorization_no text) RETURNS special_price
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    found_price special_price;
BEGIN
    SELECT s.* INTO found_price
    FROM special_price AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    WHERE d.distributor_code = p_distributor
        AND s.authorization_no = p_authorization_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'special price authorization does not exist',
            DETAIL = format('Distributor %s, authorization %s.', coalesce(quote_literal(p_distributor), 'NULL'),
                coalesce(quote_literal(p_authorization_no), 'NULL')),
            HINT = 'See special_price; request_special_price() asks for one.';
    END IF;
    RETURN found_price;
END
$$;
COMMENT ON FUNCTION special_price_no(text, text) IS 'The authorization of a distributor by its number; P0002 when there is none';

CREATE FUNCTION request_special_price(
    p_distributor text,
    p_authorization_no text,
    p_currency_code text,
    p_valid_from date,
    p_valid_to date,
    p_items jsonb,
    p_end_customer_id bigint DEFAULT NULL,
    p_project_name text DEFAULT NULL,
    p_reseller text DEFAULT NULL,
    p_territory text DEFAULT NULL,
    p_reason text DEFAULT NULL
) RETURNS special_price
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_unknown text;
    v_reseller_id bigint;
    v_territory_id bigint;
    asked special_price;
BEGIN
    SELECT string_agg(format('%s %L', u.what, u.name), ', ') INTO v_unknown
    FROM (
        SELECT 'distributor'::text AS what, coalesce(p_distributor, '') AS name
        WHERE NOT EXISTS (SELECT FROM distributor AS d WHERE d.distributor_code = p_distributor)
        UNION ALL
        SELECT 'reseller'::text AS what, p_reseller AS name
        WHERE p_reseller IS NOT NULL AND NOT EXISTS (SELECT FROM reseller AS r WHERE r.reseller_code = p_reseller)
        UNION ALL
        SELECT 'territory'::text AS what, p_territory AS name
        WHERE p_territory IS NOT NULL AND NOT EXISTS (SELECT FROM territory AS t WHERE t.territory_code = p_territory)
        UNION ALL
        SELECT 'product'::text AS what, coalesce(j.product, '') AS name
        FROM jsonb_to_recordset(p_items) AS j (product text)
        WHERE NOT EXISTS (SELECT FROM product AS p WHERE p.product_code = j.product)
    ) AS u;
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'a party or product of the request does not exist',
            DETAIL = format('Unknown: %s.', v_unknown),
            HINT = 'Give the codes that stand in distributor, reseller, territory and product.';
    END IF;
    SELECT r.reseller_id INTO v_reseller_id FROM reseller AS r WHERE r.reseller_code = p_reseller;
    SELECT t.territory_id INTO v_territory_id FROM territory AS t WHERE t.territory_code = p_territory;
    INSERT INTO special_price (
        distributor_id, authorization_no, end_customer_id, project_name, reseller_id, territory_id,
        currency_code, valid_from, valid_to, reason
    )
    SELECT d.distributor_id, p_authorization_no, p_end_customer_id, p_project_name, v_reseller_id, v_territory_id,
        p_currency_code, p_valid_from, p_valid_to, p_reason
    FROM distributor AS d
    WHERE d.distributor_code = p_distributor
    RETURNING * INTO asked;
    INSERT INTO special_price_item (
        distributor_id, special_price_id, product_id, currency_code, valid_from,
        unit_price, book_price, resale_price, limit_qty
    )
    SELECT asked.distributor_id, asked.special_price_id, p.product_id, p_currency_code, p_valid_from,
        j.unit_price, j.book_price, j.resale_price, j.limit_qty
    FROM jsonb_to_recordset(p_items) AS j (product text, unit_price numeric, book_price numeric, resale_price numeric, limit_qty numeric)
    JOIN product AS p ON p.product_code = j.product;
    PERFORM request_approval('special_price', x.subject_key, x.amount, x.currency_code, x.discount_rate, p_reason, asked.distributor_id)
    FROM special_price_depth(asked.distributor_id, asked.special_price_id) AS x
    WHERE approval_is_needed('special_price', x.amount, x.currency_code, x.discount_rate);
    RETURN asked;
END
$$;
COMMENT ON FUNCTION request_special_price(text, text, text, date, date, jsonb, bigint, text, text, text, text) IS
    'Asks for a special price authorization. p_items: array of objects with product (code), unit_price, and where they apply limit_qty (base units), book_price, resale_price. It has no effect until decide_special_price(); where policies for special_price apply, the approvals are asked for as well (key: distributor code/authorization number). P0002 when a code is unknown; ZD010 when a price is below a floor whose action is reject';

CREATE FUNCTION decide_special_price(
    p_distributor text,
    p_authorization_no text,
    p_approved boolean,
    p_note text DEFAULT NULL
) RETURNS special_price
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s special_price := special_price_no(p_distributor, p_authorization_no);
    decided special_price;
BEGIN
    IF s.special_price_state <> 'requested' OR p_approved IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD104',
            MESSAGE = 'authorization does not wait for this decision',
            DETAIL = format('It is %s; approved: %s.', s.special_price_state, coalesce(p_approved::text, 'NULL')),
            HINT = 'Approve or refuse one that is requested.';
    END IF;
    IF p_approved AND s.requested_by = current_user THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD041',
            MESSAGE = 'who asked for it cannot approve it',
            DETAIL = format('Authorization %s was requested by %s.', s.authorization_no, s.requested_by),
            HINT = 'Let another role decide.';
    END IF;
    UPDATE special_price AS u
    SET special_price_state = CASE WHEN p_approved THEN 'approved' ELSE 'refused' END,
        decision_note = p_note
    WHERE u.distributor_id = s.distributor_id
        AND u.special_price_id = s.special_price_id
    RETURNING * INTO decided;
    RETURN decided;
END
$$;
COMMENT ON FUNCTION decide_special_price(text, text, boolean, text) IS
    'Approves or refuses an authorization that was asked for. ZD041 when who asked approves, ZD081 while approvals that policies ask for are missing, ZD104 when it does not wait, ZD105 while a price of it is on hold below the floor';

CREATE FUNCTION amend_special_price(
    p_distributor text,
    p_authorization_no text,
    p_reason text,
    p_valid_to date DEFAULT NULL,
    p_product text DEFAULT NULL,
    p_added_qty numeric DEFAULT NULL
) RETURNS special_price_amendment
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s special_price := special_price_no(p_distributor, p_authorization_no);
    asked special_price_amendment;
BEGIN
    -- FOR UPDATE: amendments get their numbers one after the other.
    PERFORM
    FROM special_price AS l
    WHERE l.distributor_id = s.distributor_id
        AND l.special_price_id = s.special_price_id
    FOR UPDATE;
    INSERT INTO special_price_amendment (
        distributor_id, special_price_id, amendment_no, valid_to, product_id, added_qty, reason
    )
    VALUES (s.distributor_id, s.special_price_id,
        1 + coalesce((
            SELECT max(a.amendment_no)
            FROM special_price_amendment AS a
            WHERE a.distributor_id = s.distributor_id
                AND a.special_price_id = s.special_price_id), 0),
        p_valid_to,
        (SELECT p.product_id FROM product AS p WHERE p.product_code = p_product),
        p_added_qty, p_reason)
    RETURNING * INTO asked;
    IF p_added_qty > 0 THEN
        PERFORM request_approval('special_price', x.subject_key, x.amount + p_added_qty * i.unit_price, x.currency_code,
            x.discount_rate, p_reason, s.distributor_id)
        FROM special_price_depth(s.distributor_id, s.special_price_id) AS x
        JOIN special_price_item AS i
            ON i.distributor_id = s.distributor_id
            AND i.special_price_id = s.special_price_id
            AND i.product_id = asked.product_id
        WHERE approval_is_needed('special_price', x.amount + p_added_qty * i.unit_price, x.currency_code, x.discount_rate);
    END IF;
    RETURN asked;
END
$$;
COMMENT ON FUNCTION amend_special_price(text, text, text, date, text, numeric) IS
    'Asks for a change of an approved authorization: either p_valid_to, the new last day of sale, or p_added_qty base units of p_product more (negative: less). No effect until decide_amendment(). ZD104 when the authorization is not approved; 23514 for both or neither';

CREATE FUNCTION decide_amendment(
    p_distributor text,
    p_authorization_no text,
    p_amendment_no integer,
    p_approved boolean
) RETURNS special_price_amendment
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s special_price := special_price_no(p_distributor, p_authorization_no);
    a special_price_amendment;
BEGIN
    SELECT l.* INTO a
    FROM special_price_amendment AS l
    WHERE l.distributor_id = s.distributor_id
        AND l.special_price_id = s.special_price_id
        AND l.amendment_no = p_amendment_no
    FOR UPDATE;
    IF a.amendment_state IS DISTINCT FROM 'requested' OR p_approved IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD104',
            MESSAGE = 'amendment does not wait for this decision',
            DETAIL = format('Amendment %s of %s: %s; approved: %s.', p_amendment_no, p_authorization_no,
                coalesce(a.amendment_state, 'there is none'), coalesce(p_approved::text, 'NULL')),
            HINT = 'Approve or refuse one that is requested.';
    END IF;
    IF p_approved AND a.requested_by = current_user THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD041',
            MESSAGE = 'who asked for it cannot approve it',
            DETAIL = format('Amendment %s of %s was requested by %s.', p_amendment_no, p_authorization_no, a.requested_by),
            HINT = 'Let another role decide.';
    END IF;
    UPDATE special_price_amendment AS u
    SET amendment_state = CASE WHEN p_approved THEN 'approved' ELSE 'refused' END
    WHERE u.distributor_id = a.distributor_id
        AND u.special_price_id = a.special_price_id
        AND u.amendment_no = a.amendment_no
    RETURNING * INTO a;
    RETURN a;
END
$$;
COMMENT ON FUNCTION decide_amendment(text, text, integer, boolean) IS
    'Approves or refuses an amendment; the balances follow. ZD041 when who asked approves, ZD104 when it does not wait, ZD101 when a limit would fall below what is drawn, ZD081 while approvals that policies ask for are missing';

CREATE TYPE special_price_request AS (
    distributor_id bigint,
    special_price_id bigint,
    product_id bigint,
    drawn_on date,
    quantity numeric,
    fact_table text,
    fact_on date,
    fact_id bigint,
    reference_no text,
    gives_back_drawn_on date,
    gives_back_draw_id bigint,
    idempotency_key text
);
COMMENT ON TYPE special_price_request IS 'What draw_special_prices() is asked for, line by line';
COMMENT ON COLUMN special_price_request.distributor_id IS 'The distributor';
COMMENT ON COLUMN special_price_request.special_price_id IS 'The authorization';
COMMENT ON COLUMN special_price_request.product_id IS 'The product';
COMMENT ON COLUMN special_price_request.drawn_on IS 'Day of the sale or return';
COMMENT ON COLUMN special_price_request.quantity IS 'Base units; negative = to be given back';
COMMENT ON COLUMN special_price_request.fact_table IS 'sell_in or sell_through; NULL = no line is named';
COMMENT ON COLUMN special_price_request.fact_on IS 'Activity date of the line';
COMMENT ON COLUMN special_price_request.fact_id IS 'Key of the line';
COMMENT ON COLUMN special_price_request.reference_no IS 'What else it is for, such as a claim';
COMMENT ON COLUMN special_price_request.gives_back_drawn_on IS 'Day of the draw that it gives back';
COMMENT ON COLUMN special_price_request.gives_back_draw_id IS 'Key of that draw';
COMMENT ON COLUMN special_price_request.idempotency_key IS 'Key of the call, unique within the distributor; NULL = none';

CREATE FUNCTION draw_special_prices(
    p_requests special_price_request[],
    p_partial boolean DEFAULT false
) RETURNS SETOF special_price_draw
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM
    FROM special_price_balance AS b
    WHERE (b.distributor_id, b.special_price_id, b.product_id) IN (
        SELECT r.distributor_id, r.special_price_id, r.product_id
        FROM unnest(p_requests) AS r)
    ORDER BY b.distributor_id, b.special_price_id, b.product_id
    FOR UPDATE;
    -- What has been drawn under the same key is not drawn again.
    RETURN QUERY
    SELECT d.*
    FROM special_price_draw AS d
    WHERE (d.distributor_id, d.idempotency_key) IN (
        SELECT r.distributor_id, r.idempotency_key
        FROM unnest(p_requests) AS r);
    RETURN QUERY
    WITH request AS (
        SELECT r.*,
            -- What is given back is there for those who draw in the same call.
            CASE
                WHEN r.quantity < 0 OR NOT p_partial OR b.limit_qty IS NULL THEN r.quantity
                ELSE least(r.quantity, greatest(0, b.left_qty
                    - coalesce(sum(r.quantity) FILTER (WHERE r.quantity < 0) OVER (PARTITION BY r.distributor_id, r.special_price_id, r.product_id), 0)
                    - coalesce(sum(r.quantity) FILTER (WHERE r.quantity > 0) OVER (
                        PARTITION BY r.distributor_id, r.special_price_id, r.product_id
                        ORDER BY r.ordinality ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))
            END AS granted
        FROM unnest(p_requests) WITH ORDINALITY AS r
        LEFT JOIN special_price_balance AS b USING (distributor_id, special_price_id, product_id)
        WHERE NOT EXISTS (
            SELECT
            FROM special_price_draw AS d
            WHERE d.distributor_id = r.distributor_id
                AND d.idempotency_key = r.idempotency_key)
    )
    INSERT INTO special_price_draw (
        distributor_id, drawn_on, special_price_id, product_id, quantity, fact_table, fact_on, fact_id,
        reference_no, gives_back_drawn_on, gives_back_draw_id, idempotency_key
    )
    SELECT r.distributor_id, r.drawn_on, r.special_price_id, r.product_id, r.granted, r.fact_table, r.fact_on, r.fact_id,
        r.reference_no, r.gives_back_drawn_on, r.gives_back_draw_id, r.idempotency_key
    FROM request AS r
    WHERE r.granted <> 0
    ORDER BY r.ordinality
    RETURNING *;
END
$$;
COMMENT ON FUNCTION draw_special_prices(special_price_request[], boolean) IS
    'Draws from special price authorizations, or gives back, many lines at once, all or nothing; p_partial: as much as is left, in the order of the lines (a line that gets nothing has no row). Returns the rows that were written, and those written earlier under the same idempotency_key. ZD101 not enough left, ZD102 not covered, ZD103 more given back than drawn, 40001 with an older snapshot. Whoever draws from the same product waits';

CREATE FUNCTION draw_special_price(
    p_distributor text,
    p_authorization_no text,
    p_product text,
    p_quantity numeric,
    p_on date,
    p_reference_no text DEFAULT NULL,
    p_partial boolean DEFAULT false,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS special_price_draw
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    s special_price := special_price_no(p_distributor, p_authorization_no);
    drawn special_price_draw;
BEGIN
    BEGIN
        SELECT d.* INTO drawn
        FROM draw_special_prices(ARRAY[ROW(s.distributor_id, s.special_price_id,
            (SELECT p.product_id FROM product AS p WHERE p.product_code = p_product),
            p_on, p_quantity, NULL, NULL, NULL, p_reference_no, NULL, NULL, p_idempotency_key)::special_price_request], p_partial) AS d;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN drawn;
END
$$;
COMMENT ON FUNCTION draw_special_price(text, text, text, numeric, date, text, boolean, text, boolean) IS
    'draw_special_prices() for one line, by codes: p_quantity base units, negative to give back; p_dry_run takes it back and returns what would have been. NULL when p_partial and nothing is left';
