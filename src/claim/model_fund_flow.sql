-- claim, funds: how money comes in, is planned, promised, and goes without being
-- paid. Every writer takes the lock of the ledger first, so that what it read is
-- what it writes by; who has an older snapshot fails on fund_entry_pkey.

CREATE VIEW fund_deadline WITH (security_invoker = true) AS
SELECT f.distributor_id,
    f.fund_id,
    f.fund_code,
    s.starts_on AS span_starts_on,
    s.ends_on AS span_ends_on,
    greatest(s.starts_on + f.plan_due_days, x.plan_due_on) AS plan_due_on,
    greatest(s.ends_on + f.claim_due_days, x.claim_due_on) AS claim_due_on,
    s.ends_on + f.valid_days AS expires_on
FROM fund AS f
JOIN fiscal_span AS s
    ON s.fiscal_calendar_id = f.fiscal_calendar_id
    AND s.span_kind = f.span_kind
    AND s.ends_on >= f.valid_from
    AND s.starts_on <= coalesce(f.valid_to, 'infinity')
LEFT JOIN (
    SELECT e.distributor_id, e.fund_id, e.span_starts_on,
        max(e.due_on) FILTER (WHERE e.deadline_kind = 'plan') AS plan_due_on,
        max(e.due_on) FILTER (WHERE e.deadline_kind = 'claim') AS claim_due_on
    FROM fund_extension AS e
    WHERE e.extension_state = 'granted'
    GROUP BY e.distributor_id, e.fund_id, e.span_starts_on
) AS x
    ON x.distributor_id = f.distributor_id
    AND x.fund_id = f.fund_id
    AND x.span_starts_on = s.starts_on;
COMMENT ON VIEW fund_deadline IS 'One row = a span of a fund and its deadlines, extensions that were granted included';
COMMENT ON COLUMN fund_deadline.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_deadline.fund_id IS 'The fund';
COMMENT ON COLUMN fund_deadline.fund_code IS 'Its short name';
COMMENT ON COLUMN fund_deadline.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN fund_deadline.span_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN fund_deadline.plan_due_on IS 'Last day for plans of activities that start in the span; NULL = any time';
COMMENT ON COLUMN fund_deadline.claim_due_on IS 'Last day for claims for these activities; NULL = any time';
COMMENT ON COLUMN fund_deadline.expires_on IS 'Last day on which money of the span can be committed; NULL = it never expires';

CREATE VIEW fund_vintage WITH (security_invoker = true) AS
SELECT v.distributor_id,
    v.fund_id,
    v.vintage_on,
    v.expires_on,
    v.granted_amount,
    v.granted_amount - v.remaining_amount AS used_amount,
    v.remaining_amount
FROM (
    SELECT g.distributor_id, g.fund_id, g.vintage_on, g.expires_on, g.granted_amount,
        -- What went out, and what was taken back, took what expires first: what is
        -- available now is the last of what came in.
        greatest(least(g.granted_amount,
            b.available_amount - (sum(g.granted_amount) OVER fund_all - sum(g.granted_amount) OVER vintages)), 0) AS remaining_amount
    FROM (
        SELECT e.distributor_id, e.fund_id, e.vintage_on, e.expires_on,
            greatest(sum(e.amount), 0) AS granted_amount
        FROM fund_entry AS e
        WHERE e.entry_kind IN ('accrue', 'allocate') OR e.entry_kind = 'transfer' AND e.amount > 0
        GROUP BY e.distributor_id, e.fund_id, e.vintage_on, e.expires_on
    ) AS g
    JOIN fund_balance AS b ON b.distributor_id = g.distributor_id AND b.fund_id = g.fund_id
    WINDOW fund_all AS (PARTITION BY g.distributor_id, g.fund_id),
        vintages AS (PARTITION BY g.distributor_id, g.fund_id ORDER BY g.expires_on, g.vintage_on)
) AS v;
COMMENT ON VIEW fund_vintage IS 'One row = what came into a fund for a span and expires on one day, and what is left of it when what goes out takes what expires first';
COMMENT ON COLUMN fund_vintage.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_vintage.fund_id IS 'The fund';
COMMENT ON COLUMN fund_vintage.vintage_on IS 'First day of the span';
COMMENT ON COLUMN fund_vintage.expires_on IS 'Last day on which it can be committed; NULL = it never expires';
COMMENT ON COLUMN fund_vintage.granted_amount IS 'What came in, less what was taken back of it. Additive within a currency';
COMMENT ON COLUMN fund_vintage.used_amount IS 'Committed, paid, expired, forfeited or transferred. Additive within a currency';
COMMENT ON COLUMN fund_vintage.remaining_amount IS 'What is left; adds up to fund_balance.available_amount. Additive within a currency';

CREATE VIEW fund_plan_state WITH (security_invoker = true) AS
SELECT p.distributor_id,
    p.fund_plan_id,
    p.fund_id,
    f.fund_code,
    p.plan_no,
    p.activity_name,
    p.span_starts_on,
    p.starts_on,
    p.ends_on,
    f.currency_code,
    p.cost_amount,
    p.requested_amount,
    x.approved_amount,
    x.committed_amount,
    x.claimed_amount,
    x.paid_amount,
    CASE
        WHEN x.is_refused THEN 'refused'::text
        WHEN x.approved_amount = 0 THEN 'planned'::text
        WHEN x.committed_amount > 0 THEN 'committed'::text
        WHEN x.paid_amount > 0 THEN 'paid'::text
        WHEN x.is_released THEN 'closed'::text
        ELSE 'approved'::text
    END AS plan_state,
    p.recorded_by
FROM fund_plan AS p
JOIN fund AS f ON f.distributor_id = p.distributor_id AND f.fund_id = p.fund_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount) FILTER (WHERE e.entry_kind = 'approve'), 0) AS approved_amount,
        coalesce(sum(CASE e.entry_kind WHEN 'release' THEN -e.amount ELSE e.amount END)
            FILTER (WHERE e.entry_kind IN ('commit', 'release')), 0) AS committed_amount,
        coalesce(sum(e.amount) FILTER (WHERE e.entry_kind = 'claim'), 0) AS claimed_amount,
        coalesce(sum(e.amount) FILTER (WHERE e.entry_kind = 'pay'), 0) AS paid_amount,
        coalesce(bool_or(e.entry_kind = 'refuse'), false) AS is_refused,
        coalesce(bool_or(e.entry_kind = 'release'), false) AS is_released
    FROM fund_entry AS e
    WHERE e.distributor_id = p.distributor_id AND e.fund_plan_id = p.fund_plan_id
) AS x;
COMMENT ON VIEW fund_plan_state IS 'One row = a plan and what became of it';
COMMENT ON COLUMN fund_plan_state.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_plan_state.fund_plan_id IS 'The plan';
COMMENT ON COLUMN fund_plan_state.fund_id IS 'The fund';
COMMENT ON COLUMN fund_plan_state.fund_code IS 'Its short name';
COMMENT ON COLUMN fund_plan_state.plan_no IS 'Number of the plan';
COMMENT ON COLUMN fund_plan_state.activity_name IS 'What is to be done';
COMMENT ON COLUMN fund_plan_state.span_starts_on IS 'First day of the span that gives its deadlines (fund_deadline)';
COMMENT ON COLUMN fund_plan_state.starts_on IS 'First day of the activity';
COMMENT ON COLUMN fund_plan_state.ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN fund_plan_state.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN fund_plan_state.cost_amount IS 'What it will cost. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.requested_amount IS 'What is asked of the fund. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.approved_amount IS 'What was approved. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.committed_amount IS 'What is promised and not paid. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.claimed_amount IS 'What the distributor says it spent. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.paid_amount IS 'What was paid. Additive within a currency';
COMMENT ON COLUMN fund_plan_state.plan_state IS 'planned, refused, approved, committed, paid (nothing is promised any more) or closed (released or forfeited without a payment)';
COMMENT ON COLUMN fund_plan_state.recorded_by IS 'Who entered it';

CREATE FUNCTION begin_fund_call(p_idempotency_key text) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    LOCK TABLE fund_entry IN SHARE ROW EXCLUSIVE MODE;
    RETURN EXISTS (SELECT FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key);
END
$$;
COMMENT ON FUNCTION begin_fund_call(text) IS 'Begins a call that writes to a fund: one after the other; true = the key was used, nothing is to be done';

CREATE FUNCTION fund_of(p_fund_code text) RETURNS fund
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    f fund;
BEGIN
    SELECT * INTO f FROM fund AS n WHERE n.fund_code = p_fund_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'fund does not exist',
            DETAIL = format('There is no row with fund_code %s in fund.', coalesce(quote_literal(p_fund_code), 'NULL')),
            HINT = 'Enter the fund first.';
    END IF;
    RETURN f;
END
$$;
COMMENT ON FUNCTION fund_of(text) IS 'The fund; P0002 when it does not exist';

CREATE FUNCTION enter_fund(p_drafts fund_entry[], p_idempotency_key text DEFAULT NULL) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_crooked record;
BEGIN
    SELECT d.amount, f.fund_code, f.currency_code INTO v_crooked
    FROM unnest(p_drafts) AS d
    JOIN fund AS f ON f.distributor_id = d.distributor_id AND f.fund_id = d.fund_id
    JOIN currency AS c ON c.currency_code = f.currency_code
    WHERE round(d.amount, c.minor_unit) <> d.amount
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'amount has more decimals than its currency settles',
            DETAIL = format('The amount is %s %s, fund %s.', v_crooked.amount, v_crooked.currency_code, v_crooked.fund_code),
            HINT = 'Give whole minor units.';
    END IF;
    RETURN QUERY
    INSERT INTO fund_entry (
        distributor_id, fund_id, entry_no, entry_kind, entered_on, amount, vintage_on, expires_on,
        fund_plan_id, claim_id, counter_fund_id, reason, idempotency_key
    )
    SELECT d.distributor_id, d.fund_id,
        b.entries + row_number() OVER (PARTITION BY d.distributor_id, d.fund_id ORDER BY d.place),
        d.entry_kind, d.entered_on, d.amount, d.vintage_on, d.expires_on,
        d.fund_plan_id, d.claim_id, d.counter_fund_id, d.reason, p_idempotency_key
    FROM (
        SELECT u.distributor_id, u.fund_id, u.entry_kind, u.entered_on, u.amount, u.vintage_on, u.expires_on,
            u.fund_plan_id, u.claim_id, u.counter_fund_id, u.reason, u.ordinality AS place
        FROM unnest(p_drafts) WITH ORDINALITY AS u
        WHERE u.amount <> 0
    ) AS d
    JOIN fund_balance AS b ON b.distributor_id = d.distributor_id AND b.fund_id = d.fund_id
    RETURNING *;
END
$$;
COMMENT ON FUNCTION enter_fund(fund_entry[], text) IS
    'Numbers entries and appends them to their funds, in this order, those of amount 0 left out; returns them. ZD120 when a fund would be overdrawn, 22023 for more decimals than the currency has.';

CREATE FUNCTION fund_basis_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    fund_id bigint,
    vintage_on date,
    ends_on date,
    fact_table text,
    fact_on date,
    fact_id bigint,
    quantity numeric,
    amount numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT f.distributor_id, f.fund_id, s.starts_on, s.ends_on, t.fact_table, t.fact_on, t.fact_id, x.quantity,
        CASE WHEN x.quantity = t.quantity THEN 1 ELSE x.quantity / t.quantity END
            * convert_amount(t.amount, t.currency_code, f.currency_code, t.fact_on)
    FROM fund AS f
    JOIN fiscal_span AS s
        ON s.fiscal_calendar_id = f.fiscal_calendar_id
        AND s.span_kind = f.span_kind
        AND s.ends_on >= f.valid_from
        AND s.starts_on <= least(f.valid_to, p_activity)
    JOIN (
        SELECT i.distributor_id, 'sell_in' AS fact_table, i.shipped_on AS fact_on, i.sell_in_id AS fact_id, i.product_id, i.quantity, i.amount, i.currency_code
        FROM sell_in_as_of(p_activity, p_knowledge) AS i
        UNION ALL
        SELECT i.distributor_id, 'sell_through', i.sold_on, i.sell_through_id, i.product_id, i.quantity, coalesce(i.amount, 0), i.currency_code
        FROM sell_through_as_of(p_activity, p_knowledge) AS i
    ) AS t
        ON t.distributor_id = f.distributor_id
        AND t.fact_table = f.measure_fact
        AND t.fact_on BETWEEN greatest(s.starts_on, f.valid_from) AND least(s.ends_on, f.valid_to, p_activity)
    JOIN product AS p
        ON p.product_id = t.product_id
        AND (f.product_line IS NULL OR p.product_line <@ f.product_line)
    -- Units on which others of its classes earn are not eligible.
    LEFT JOIN (
        SELECT g.fund_id, u.distributor_id, u.sold_on, u.sell_through_id, max(u.quantity) AS quantity
        FROM units_taken_as_of('fund', p_knowledge) AS u
        JOIN fund AS g
            ON g.fund_id = u.earner_id
            OR u.earner_id IS NULL AND NOT EXISTS (
                SELECT
                FROM unit_earning AS e
                WHERE e.distributor_id = u.distributor_id
                    AND e.sold_on = u.sold_on
                    AND e.sell_through_id = u.sell_through_id
                    AND e.earner_kind = 'fund'
                    AND e.earner_id = g.fund_id)
        GROUP BY g.fund_id, u.distributor_id, u.sold_on, u.sell_through_id
    ) AS k
        ON t.fact_table = 'sell_through'
        AND k.fund_id = f.fund_id
        AND k.distributor_id = t.distributor_id
        AND k.sold_on = t.fact_on
        AND k.sell_through_id = t.fact_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.quantity > 0 THEN greatest(t.quantity - coalesce(k.quantity, 0), 0) ELSE t.quantity END AS quantity
    ) AS x
    WHERE f.fund_kind = 'coop'
$$;
COMMENT ON FUNCTION fund_basis_as_of(date, timestamptz) IS
    'One row = a line of sell-in or sell-through from which a co-op fund accrues, by activity up to p_activity as known at p_knowledge: the units that are eligible (those on which others of its classes earn are not) and their value in the currency of the fund';

CREATE FUNCTION fund_accrual_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    fund_id bigint,
    vintage_on date,
    ends_on date,
    eligible_amount numeric,
    earned_amount numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT b.distributor_id,
        b.fund_id,
        b.vintage_on,
        b.ends_on,
        sum(b.amount),
        round(sum(b.amount) * f.accrual_rate, c.minor_unit)
    FROM fund_basis_as_of(p_activity, p_knowledge) AS b
    JOIN fund AS f ON f.distributor_id = b.distributor_id AND f.fund_id = b.fund_id
    JOIN currency AS c ON c.currency_code = f.currency_code
    GROUP BY b.distributor_id, b.fund_id, b.vintage_on, b.ends_on, f.accrual_rate, c.minor_unit;
END;
COMMENT ON FUNCTION fund_accrual_as_of(date, timestamptz) IS
    'One row = what a co-op fund earns for a span, by activity up to p_activity as known at p_knowledge: net eligible purchases (returns are negative) × rate, rounded once to the currency';

CREATE FUNCTION accrue_funds(
    p_as_of date,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    IF p_as_of IS NULL OR NOT isfinite(p_as_of) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day up to which to accrue is missing',
            DETAIL = format('The argument p_as_of is %s.', coalesce(p_as_of::text, 'NULL')),
            HINT = 'Give a day, such as the last of the period.';
    END IF;
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT e.* FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        WITH posted AS (
            SELECT e.distributor_id, e.fund_id, e.vintage_on, sum(e.amount) AS amount, max(e.expires_on) AS expires_on
            FROM fund_entry AS e
            WHERE e.entry_kind = 'accrue' AND e.vintage_on <= p_as_of
            GROUP BY e.distributor_id, e.fund_id, e.vintage_on
        ),
        due AS (
            SELECT coalesce(a.distributor_id, p.distributor_id) AS distributor_id,
                coalesce(a.fund_id, p.fund_id) AS fund_id,
                coalesce(a.vintage_on, p.vintage_on) AS vintage_on,
                a.ends_on,
                p.expires_on,
                coalesce(a.earned_amount, 0) - coalesce(p.amount, 0) AS delta
            FROM fund_accrual_as_of(p_as_of) AS a
            FULL JOIN posted AS p
                ON p.distributor_id = a.distributor_id
                AND p.fund_id = a.fund_id
                AND p.vintage_on = a.vintage_on
        ),
        -- What became less is taken back as far as there is money; the rest waits
        -- for a later run, as the difference stays.
        bounded AS (
            SELECT d.*, f.valid_days,
                CASE
                    WHEN d.delta > 0 THEN d.delta
                    ELSE -least(-d.delta, greatest(b.available_amount
                        + coalesce(sum(d.delta) FILTER (WHERE d.delta > 0) OVER (PARTITION BY d.distributor_id, d.fund_id), 0)
                        + coalesce(sum(d.delta) FILTER (WHERE d.delta < 0) OVER (
                            PARTITION BY d.distributor_id, d.fund_id
                            ORDER BY d.vintage_on
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0))
                END AS amount
            FROM due AS d
            JOIN fund AS f ON f.distributor_id = d.distributor_id AND f.fund_id = d.fund_id
            JOIN fund_balance AS b ON b.distributor_id = d.distributor_id AND b.fund_id = d.fund_id
            WHERE d.delta <> 0
        )
        SELECT array_agg(ROW(b.distributor_id, b.fund_id, NULL, 'accrue', p_as_of, b.amount, b.vintage_on,
            CASE
                WHEN b.amount < 0 AND b.expires_on IS NOT NULL THEN b.expires_on
                -- What comes late has as long as what came in time.
                ELSE greatest(b.ends_on + b.valid_days, CASE WHEN b.ends_on + b.valid_days < p_as_of THEN p_as_of + b.valid_days END)
            END,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL)::fund_entry ORDER BY b.fund_id, b.amount < 0, b.vintage_on)
        INTO v_drafts
        FROM bounded AS b
        WHERE b.amount <> 0;
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts, p_idempotency_key) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION accrue_funds(date, text, boolean) IS
    'Posts, for each co-op fund and span up to p_as_of, what the facts earn less all that was posted; returns the entries. What became less is taken back as far as money is available, so a fund is never overdrawn; the rest waits. A second call posts nothing; the same p_idempotency_key returns the first call''s entries; p_dry_run posts nothing. 22023 without a day, ZD007 when an exchange rate is missing.';

CREATE FUNCTION allocate_funds(
    p_allocations jsonb,
    p_idempotency_key text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    PERFORM fund_of(x.fund) FROM jsonb_to_recordset(p_allocations) AS x (fund text);
    IF begin_fund_call(p_idempotency_key) THEN
        RETURN QUERY SELECT e.* FROM fund_entry AS e WHERE e.idempotency_key = p_idempotency_key;
        RETURN;
    END IF;
    BEGIN
        SELECT array_agg(ROW(f.distributor_id, f.fund_id, NULL, 'allocate', x.allocated_on, x.amount, d.span_starts_on, d.expires_on,
            NULL, NULL, NULL, x.reason, NULL, NULL, NULL)::fund_entry ORDER BY f.fund_id, x.allocated_on)
        INTO v_drafts
        FROM jsonb_to_recordset(p_allocations) AS x (fund text, amount numeric, allocated_on date, reason text)
        JOIN fund AS f ON f.fund_code = x.fund
        LEFT JOIN fund_deadline AS d
            ON d.distributor_id = f.distributor_id
            AND d.fund_id = f.fund_id
            AND x.allocated_on BETWEEN d.span_starts_on AND d.span_ends_on;
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts, p_idempotency_key) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION allocate_funds(jsonb, text, boolean) IS
    'Gives money to funds: an array of {"fund", "amount", "allocated_on", "reason"}; the span of the fund that contains the day is the vintage. Returns the entries. The same p_idempotency_key returns the first call''s entries; p_dry_run enters nothing. P0002 for an unknown fund, 23514 for a day outside its validity or an amount that is not positive.';

CREATE FUNCTION expire_funds(
    p_as_of date,
    p_fund_ids bigint[] DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF fund_entry
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_drafts fund_entry[];
    v_rows fund_entry[];
BEGIN
    PERFORM begin_fund_call(NULL);
    BEGIN
        SELECT array_agg(ROW(v.distributor_id, v.fund_id, NULL, 'expire', p_as_of, v.remaining_amount, v.vintage_on, v.expires_on,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL)::fund_entry ORDER BY v.fund_id, v.expires_on, v.vintage_on)
        INTO v_drafts
        FROM fund_vintage AS v
        WHERE v.expires_on < p_as_of
            AND v.remaining_amount > 0
            AND (p_fund_ids IS NULL OR v.fund_id = ANY (p_fund_ids));
        SELECT array_agg(e ORDER BY e.fund_id, e.entry_no) INTO v_rows FROM enter_fund(v_drafts) AS e;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION expire_funds(date, bigint[], boolean) IS
    'Takes out of the funds (NULL = all) what expired before p_as_of and was not used, oldest first; returns the entries. A second call enters nothing; committing, paying and transferring do it first by themselves; p_dry_run enters nothing.';
