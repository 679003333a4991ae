-- price, special price authorizations: what the database itself sees to,
-- whichever way rows arrive: nothing changes once it is decided, approvals make
-- and amend the balances, draws use them up and never more.

CREATE FUNCTION decide_once() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    state_column text := TG_ARGV[0];
BEGIN
    IF before ->> state_column <> 'requested'
        OR after ->> state_column NOT IN ('approved', 'refused')
        OR after - ARRAY[state_column, 'decided_by', 'decided_at', 'decision_note']
            <> before - ARRAY[state_column, 'decided_by', 'decided_at', 'decision_note']
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD100',
            MESSAGE = 'what was asked for is decided once and nothing else of it changes',
            DETAIL = format('Authorization %s of distributor %s is %s.', before ->> 'special_price_id',
                before ->> 'distributor_id', before ->> state_column),
            HINT = 'Amend an approved authorization; refuse what is wrong and ask again.';
    END IF;
    NEW.decided_by := coalesce(NEW.decided_by, current_user);
    NEW.decided_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION decide_once() IS
    'Trigger of special_price and special_price_amendment, the state column as its argument: the only change is from requested to approved or refused (ZD100), with the role and the time';

CREATE TRIGGER special_price_decided_once
    BEFORE UPDATE ON special_price
    FOR EACH ROW EXECUTE FUNCTION decide_once('special_price_state');
COMMENT ON TRIGGER special_price_decided_once ON special_price IS 'An authorization is decided once';

CREATE TRIGGER special_price_amendment_decided_once
    BEFORE UPDATE ON special_price_amendment
    FOR EACH ROW EXECUTE FUNCTION decide_once('amendment_state');
COMMENT ON TRIGGER special_price_amendment_decided_once ON special_price_amendment IS 'An amendment is decided once';

CREATE TRIGGER special_price_kept
    BEFORE DELETE OR TRUNCATE ON special_price
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER special_price_kept ON special_price IS 'What was asked for is not forgotten';

CREATE TRIGGER special_price_amendment_kept
    BEFORE DELETE OR TRUNCATE ON special_price_amendment
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER special_price_amendment_kept ON special_price_amendment IS 'What was asked for is not forgotten';

CREATE TRIGGER special_price_balance_kept
    BEFORE DELETE OR TRUNCATE ON special_price_balance
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER special_price_balance_kept ON special_price_balance IS 'A balance stands as long as its authorization';

CREATE TRIGGER special_price_item_not_truncated
    BEFORE TRUNCATE ON special_price_item
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER special_price_item_not_truncated ON special_price_item IS 'Items are kept with their authorization';

CREATE FUNCTION ask_before_deciding() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    IF to_jsonb(NEW) ->> TG_ARGV[0] <> 'requested' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD100',
            MESSAGE = 'an authorization begins with a request',
            DETAIL = format('Authorization %s of distributor %s was to be %s from the beginning.', to_jsonb(NEW) ->> 'special_price_id',
                to_jsonb(NEW) ->> 'distributor_id', to_jsonb(NEW) ->> TG_ARGV[0]),
            HINT = 'Insert it as requested and let another role decide.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION ask_before_deciding() IS
    'Trigger of special_price and special_price_amendment, the state column as its argument: a row begins as requested (ZD100)';

CREATE TRIGGER special_price_asked_for
    BEFORE INSERT ON special_price
    FOR EACH ROW EXECUTE FUNCTION ask_before_deciding('special_price_state');
COMMENT ON TRIGGER special_price_asked_for ON special_price IS 'First asked for, then decided';

CREATE TRIGGER special_price_amendment_asked_for
    BEFORE INSERT ON special_price_amendment
    FOR EACH ROW EXECUTE FUNCTION ask_before_deciding('amendment_state');
COMMENT ON TRIGGER special_price_amendment_asked_for ON special_price_amendment IS 'First asked for, then decided';

CREATE FUNCTION amend_what_is_approved() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM
    FROM special_price AS s
    WHERE s.distributor_id = NEW.distributor_id
        AND s.special_price_id = NEW.special_price_id
        AND s.special_price_state = 'approved';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD104',
            MESSAGE = 'only an approved authorization can be amended',
            DETAIL = format('Authorization %s of distributor %s.', NEW.special_price_id, NEW.distributor_id),
            HINT = 'Let it be decided first.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION amend_what_is_approved() IS 'Trigger of special_price_amendment: it belongs to an approved authorization (ZD104), which stays approved';

CREATE TRIGGER special_price_amendment_of_approved
    BEFORE INSERT ON special_price_amendment
    FOR EACH ROW EXECUTE FUNCTION amend_what_is_approved();
COMMENT ON TRIGGER special_price_amendment_of_approved ON special_price_amendment IS 'Only what is approved is amended';

CREATE FUNCTION refuse_change_of_decided_items() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    changed record;
    s special_price;
BEGIN
    FOREACH changed IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[ROW(NEW.distributor_id, NEW.special_price_id)]
        WHEN 'DELETE' THEN ARRAY[ROW(OLD.distributor_id, OLD.special_price_id)]
        ELSE ARRAY[ROW(OLD.distributor_id, OLD.special_price_id), ROW(NEW.distributor_id, NEW.special_price_id)]
    END
    LOOP
        -- Locked, so that it cannot be approved between this look and the write.
        SELECT * INTO s
        FROM special_price AS l
        WHERE (l.distributor_id, l.special_price_id) = changed
        FOR SHARE;
        IF s.special_price_state <> 'requested' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD100',
                MESSAGE = 'items of an authorization are frozen once it is decided',
                DETAIL = format('Authorization %s of distributor %s is %s.', s.authorization_no, s.distributor_id, s.special_price_state),
                HINT = 'Amend its quantity or its last day, or ask for another authorization.';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION refuse_change_of_decided_items() IS
    'Trigger of special_price_item: items are frozen once their authorization is decided (ZD100)';

CREATE TRIGGER special_price_item_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON special_price_item
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_decided_items();
COMMENT ON TRIGGER special_price_item_frozen ON special_price_item IS 'Items are frozen with their authorization';

CREATE FUNCTION special_price_depth(p_distributor_id bigint, p_special_price_id bigint) RETURNS TABLE (
    subject_key text,
    amount numeric,
    currency_code text,
    discount_rate numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    SELECT format('%s/%s', d.distributor_code, s.authorization_no),
        CASE WHEN count(*) = count(i.limit_qty) THEN sum(coalesce(b.limit_qty, i.limit_qty) * i.unit_price) END,
        s.currency_code,
        CASE WHEN count(*) = count(l.list_price) THEN greatest(0, max(1 - i.unit_price / nullif(l.list_price, 0))) END
    FROM special_price AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    JOIN special_price_item AS i
        ON i.distributor_id = s.distributor_id
        AND i.special_price_id = s.special_price_id
    LEFT JOIN special_price_balance AS b
        ON b.distributor_id = i.distributor_id
        AND b.special_price_id = i.special_price_id
        AND b.product_id = i.product_id
    LEFT JOIN LATERAL (
        SELECT p.list_price
        FROM price_list_item AS p
        JOIN price_list AS c ON c.price_list_id = p.price_list_id
        WHERE p.product_id = i.product_id
            AND c.currency_code = s.currency_code
            AND (c.territory_id = d.territory_id OR c.territory_id IS NULL)
            AND s.valid_from BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
        ORDER BY c.territory_id IS NULL, c.price_list_code
        LIMIT 1
    ) AS l ON true
    WHERE s.distributor_id = p_distributor_id
        AND s.special_price_id = p_special_price_id
    GROUP BY d.distributor_code, s.authorization_no, s.currency_code
$$;
COMMENT ON FUNCTION special_price_depth(bigint, bigint) IS
    'What the approval of an authorization is about: its key (distributor code/authorization number), its value (limit × special price; NULL where a product has no limit) and its deepest discount off list on the first day, as a fraction (NULL where a product has no list price)';

CREATE FUNCTION open_special_price_balance() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    PERFORM
    FROM price_violation AS v
    JOIN special_price_item AS i
        ON i.distributor_id = v.distributor_id
        AND i.valid_from = v.occurred_on
        AND i.special_price_item_id = v.fact_id
    WHERE i.distributor_id = NEW.distributor_id
        AND i.special_price_id = NEW.special_price_id
        AND v.fact_table = 'special_price_item'
        AND v.action = 'hold'
        AND v.violation_state = 'open'
        AND v.actual_price = i.unit_price;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD105',
            MESSAGE = 'a special price is on hold for being below the floor',
            DETAIL = format('Authorization %s of distributor %s.', NEW.authorization_no, NEW.distributor_id),
            HINT = 'Release it in price_violation first, or refuse the authorization.';
    END IF;
    PERFORM require_approval('special_price', x.subject_key, x.amount, x.currency_code, x.discount_rate)
    FROM special_price_depth(NEW.distributor_id, NEW.special_price_id) AS x;
    INSERT INTO special_price_balance (distributor_id, special_price_id, product_id, valid_from, valid_to, limit_qty)
    SELECT i.distributor_id, i.special_price_id, i.product_id, NEW.valid_from, NEW.valid_to, i.limit_qty
    FROM special_price_item AS i
    WHERE i.distributor_id = NEW.distributor_id
        AND i.special_price_id = NEW.special_price_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD104',
            MESSAGE = 'an authorization without products cannot be approved',
            DETAIL = format('Authorization %s of distributor %s.', NEW.authorization_no, NEW.distributor_id),
            HINT = 'Enter its products in special_price_item first.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION open_special_price_balance() IS
    'Trigger of special_price: approval opens a balance for each product; not while one is on hold below the floor (ZD105), not without products (ZD104), not before the approvals that the policies for special_price ask for are given (ZD081)';

CREATE TRIGGER special_price_approved
    AFTER UPDATE ON special_price
    FOR EACH ROW WHEN (NEW.special_price_state = 'approved')
    EXECUTE FUNCTION open_special_price_balance();
COMMENT ON TRIGGER special_price_approved ON special_price IS 'Approval opens the balances';

CREATE FUNCTION amend_special_price_balance() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    b special_price_balance;
BEGIN
    PERFORM
    FROM special_price_balance AS l
    WHERE l.distributor_id = NEW.distributor_id
        AND l.special_price_id = NEW.special_price_id
    ORDER BY l.product_id
    FOR UPDATE;
    IF NEW.valid_to IS NOT NULL THEN
        -- An amendment that is decided later than one of a higher number changes nothing.
        UPDATE special_price_balance AS u
        SET valid_to = NEW.valid_to
        WHERE u.distributor_id = NEW.distributor_id
            AND u.special_price_id = NEW.special_price_id
            AND NOT EXISTS (
                SELECT
                FROM special_price_amendment AS a
                WHERE a.distributor_id = NEW.distributor_id
                    AND a.special_price_id = NEW.special_price_id
                    AND a.amendment_no > NEW.amendment_no
                    AND a.valid_to IS NOT NULL
                    AND a.amendment_state = 'approved');
        RETURN NULL;
    END IF;
    SELECT l.* INTO b
    FROM special_price_balance AS l
    WHERE l.distributor_id = NEW.distributor_id
        AND l.special_price_id = NEW.special_price_id
        AND l.product_id = NEW.product_id;
    IF b.limit_qty IS NULL OR b.limit_qty + NEW.added_qty < b.drawn_qty THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD101',
            MESSAGE = 'limit cannot be lowered below what is drawn',
            DETAIL = format('Product %s: limit %s, drawn %s, added %s.', NEW.product_id,
                coalesce(b.limit_qty::text, '(none)'), b.drawn_qty, NEW.added_qty),
            HINT = 'End the authorization, or take away at most what is left of it.';
    END IF;
    UPDATE special_price_balance AS u
    SET limit_qty = u.limit_qty + NEW.added_qty
    WHERE u.distributor_id = NEW.distributor_id
        AND u.special_price_id = NEW.special_price_id
        AND u.product_id = NEW.product_id;
    IF NEW.added_qty > 0 THEN
        PERFORM require_approval('special_price', x.subject_key, x.amount, x.currency_code, x.discount_rate)
        FROM special_price_depth(NEW.distributor_id, NEW.special_price_id) AS x;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION amend_special_price_balance() IS
    'Trigger of special_price_amendment: approval moves the last day or the limit of the balances; never below what is drawn (ZD101), nor up without the approvals that policies ask for (ZD081)';

CREATE TRIGGER special_price_amendment_approved
    AFTER UPDATE ON special_price_amendment
    FOR EACH ROW WHEN (NEW.amendment_state = 'approved')
    EXECUTE FUNCTION amend_special_price_balance();
COMMENT ON TRIGGER special_price_amendment_approved ON special_price_amendment IS 'Approval amends the balances';

CREATE FUNCTION draw_down_balance() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    -- In the order of their keys, so that two statements never wait for each
    -- other in a circle; with an older snapshot this fails (40001).
    PERFORM
    FROM special_price_balance AS b
    WHERE (b.distributor_id, b.special_price_id, b.product_id) IN (
        SELECT n.distributor_id, n.special_price_id, n.product_id
        FROM new_rows AS n)
    ORDER BY b.distributor_id, b.special_price_id, b.product_id
    FOR UPDATE;

    SELECT n.distributor_id, n.special_price_id, n.product_id, n.drawn_on, b.valid_from, b.valid_to
    INTO wrong
    FROM new_rows AS n
    LEFT JOIN special_price_balance AS b USING (distributor_id, special_price_id, product_id)
    WHERE b.valid_to IS NULL
        OR n.quantity > 0 AND n.drawn_on NOT BETWEEN b.valid_from AND b.valid_to
    ORDER BY n.special_price_draw_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD102',
            MESSAGE = 'authorization does not cover what is drawn',
            DETAIL = format('Authorization %s of distributor %s, product %s, %s: it is %s.', wrong.special_price_id,
                wrong.distributor_id, wrong.product_id, wrong.drawn_on,
                coalesce(format('valid from %s to %s', wrong.valid_from, wrong.valid_to), 'not approved')),
            HINT = 'Have it approved or extended by an amendment, or draw for another day.';
    END IF;

    SELECT d.distributor_id, d.special_price_draw_id, d.quantity, -sum(g.quantity) AS back_qty
    INTO wrong
    FROM special_price_draw AS d
    JOIN special_price_draw AS g
        ON g.distributor_id = d.distributor_id
        AND g.gives_back_drawn_on = d.drawn_on
        AND g.gives_back_draw_id = d.special_price_draw_id
    WHERE (d.distributor_id, d.drawn_on, d.special_price_draw_id) IN (
        SELECT n.distributor_id, n.gives_back_drawn_on, n.gives_back_draw_id
        FROM new_rows AS n)
    GROUP BY d.distributor_id, d.drawn_on, d.special_price_draw_id
    HAVING -sum(g.quantity) > d.quantity
        OR bool_or((g.special_price_id, g.product_id) <> (d.special_price_id, d.product_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD103',
            MESSAGE = 'more is given back than was drawn',
            DETAIL = format('Draw %s of distributor %s was %s, given back %s.', wrong.special_price_draw_id,
                wrong.distributor_id, wrong.quantity, wrong.back_qty),
            HINT = 'Give back, of the same product, at most what the draw took and was not given back yet.';
    END IF;

    SELECT b.distributor_id, b.special_price_id, b.product_id, b.limit_qty, b.drawn_qty, n.quantity
    INTO wrong
    FROM special_price_balance AS b
    JOIN (
        SELECT w.distributor_id, w.special_price_id, w.product_id, sum(w.quantity) AS quantity
        FROM new_rows AS w
        GROUP BY w.distributor_id, w.special_price_id, w.product_id
    ) AS n USING (distributor_id, special_price_id, product_id)
    WHERE b.drawn_qty + n.quantity > b.limit_qty
        OR b.drawn_qty + n.quantity < 0
    ORDER BY b.distributor_id, b.special_price_id, b.product_id
    LIMIT 1;
    IF FOUND AND wrong.quantity < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD103',
            MESSAGE = 'more is given back than was drawn',
            DETAIL = format('Authorization %s of distributor %s, product %s: drawn %s, given back %s.', wrong.special_price_id,
                wrong.distributor_id, wrong.product_id, wrong.drawn_qty, -wrong.quantity),
            HINT = 'Give back at most what is drawn.';
    ELSIF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD101',
            MESSAGE = 'more is drawn than the authorization has left',
            DETAIL = format('Authorization %s of distributor %s, product %s: limit %s, drawn %s, asked for %s.', wrong.special_price_id,
                wrong.distributor_id, wrong.product_id, wrong.limit_qty, wrong.drawn_qty, wrong.quantity),
            HINT = 'Draw what is left, or have the quantity raised by an amendment.';
    END IF;

    UPDATE special_price_balance AS b
    SET drawn_qty = b.drawn_qty + n.quantity
    FROM (
        SELECT w.distributor_id, w.special_price_id, w.product_id, sum(w.quantity) AS quantity
        FROM new_rows AS w
        GROUP BY w.distributor_id, w.special_price_id, w.product_id
    ) AS n
    WHERE b.distributor_id = n.distributor_id
        AND b.special_price_id = n.special_price_id
        AND b.product_id = n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION draw_down_balance() IS
    'Trigger of special_price_draw: what is drawn is covered (ZD102) and left (ZD101), what is given back was drawn (ZD103); then the balances follow. Whoever draws from the same product waits';

CREATE TRIGGER special_price_draw_balance
    AFTER INSERT ON special_price_draw
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION draw_down_balance();
COMMENT ON TRIGGER special_price_draw_balance ON special_price_draw IS 'No authorization is ever over-drawn';
