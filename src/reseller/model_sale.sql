-- reseller, sales: what each reseller bought of each distributor in a month, and
-- on which day of it first and last. Kept as the other rollups are: a load
-- appends deltas and waits for nobody, fold_rollups() folds them, and the view
-- adds up both. First and last days do not add up, so that a reversal marks its
-- month, and the days of a marked month are read from the facts.

CREATE TABLE rollup_reseller_month (
    distributor_id bigint NOT NULL,
    reseller_id bigint NOT NULL,
    month_on date NOT NULL,
    currency_code text NOT NULL,
    sell_through_qty numeric NOT NULL,
    sell_through_amount numeric NOT NULL,
    sell_through_lines bigint NOT NULL,
    sale_lines bigint NOT NULL,
    first_on date,
    last_on date,
    CONSTRAINT rollup_reseller_month_pkey PRIMARY KEY (distributor_id, reseller_id, month_on, currency_code)
);
COMMENT ON TABLE rollup_reseller_month IS 'One row = what a reseller bought of a distributor in a calendar month, in one currency, as far as folded; ask the view reseller_month';
COMMENT ON COLUMN rollup_reseller_month.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_reseller_month.reseller_id IS 'The reseller as booked; reseller_root says which one it was merged into';
COMMENT ON COLUMN rollup_reseller_month.month_on IS 'First day of the month';
COMMENT ON COLUMN rollup_reseller_month.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN rollup_reseller_month.sell_through_qty IS 'Net sell-through, base units. Additive';
COMMENT ON COLUMN rollup_reseller_month.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN rollup_reseller_month.sell_through_lines IS 'Lines that stand, returns included. Additive';
COMMENT ON COLUMN rollup_reseller_month.sale_lines IS 'Of them sales: quantity above 0. Additive';
COMMENT ON COLUMN rollup_reseller_month.first_on IS 'Day of the first sale that stands; NULL = no sale stands';
COMMENT ON COLUMN rollup_reseller_month.last_on IS 'Day of the last sale that stands; NULL = no sale stands';
CREATE INDEX rollup_reseller_month_reseller_idx ON rollup_reseller_month (reseller_id, month_on);

CREATE TABLE rollup_reseller_month_delta (
    distributor_id bigint NOT NULL,
    reseller_id bigint NOT NULL,
    month_on date NOT NULL,
    currency_code text NOT NULL,
    sell_through_qty numeric NOT NULL,
    sell_through_amount numeric NOT NULL,
    sell_through_lines bigint NOT NULL,
    sale_lines bigint NOT NULL,
    first_on date,
    last_on date,
    is_anew boolean NOT NULL
);
COMMENT ON TABLE rollup_reseller_month_delta IS 'One row = what a statement did to what a reseller bought of a distributor in a month, not folded into rollup_reseller_month yet';
COMMENT ON COLUMN rollup_reseller_month_delta.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_reseller_month_delta.reseller_id IS 'The reseller';
COMMENT ON COLUMN rollup_reseller_month_delta.month_on IS 'First day of the month';
COMMENT ON COLUMN rollup_reseller_month_delta.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN rollup_reseller_month_delta.sell_through_qty IS 'Net sell-through, base units. Additive';
COMMENT ON COLUMN rollup_reseller_month_delta.sell_through_amount IS 'Net sell-through at resale price. Additive within a currency';
COMMENT ON COLUMN rollup_reseller_month_delta.sell_through_lines IS 'Lines added, a reversal counting −1. Additive';
COMMENT ON COLUMN rollup_reseller_month_delta.sale_lines IS 'Of them sales. Additive';
COMMENT ON COLUMN rollup_reseller_month_delta.first_on IS 'Day of the first sale in it; NULL = none';
COMMENT ON COLUMN rollup_reseller_month_delta.last_on IS 'Day of the last sale in it; NULL = none';
COMMENT ON COLUMN rollup_reseller_month_delta.is_anew IS 'Whether first and last day have to be read from the facts: a reversal';

CREATE TABLE rollup_reseller (
    distributor_id bigint NOT NULL,
    reseller_id bigint NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    CONSTRAINT rollup_reseller_pkey PRIMARY KEY (distributor_id, reseller_id)
);
COMMENT ON TABLE rollup_reseller IS 'One row = a reseller that ever bought of a distributor, and when, as far as folded; ask the view reseller_buyer';
COMMENT ON COLUMN rollup_reseller.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_reseller.reseller_id IS 'The reseller as booked';
COMMENT ON COLUMN rollup_reseller.first_on IS 'Day of the first sale that stands';
COMMENT ON COLUMN rollup_reseller.last_on IS 'Day of the last sale that stands';

CREATE VIEW reseller_month_facts WITH (security_invoker = true) AS
SELECT f.distributor_id,
    f.reseller_id,
    date_trunc('month', f.sold_on::timestamp)::date AS month_on,
    f.currency_code,
    sum(f.quantity) AS sell_through_qty,
    coalesce(sum(f.amount), 0) AS sell_through_amount,
    count(*) AS sell_through_lines,
    count(*) FILTER (WHERE f.quantity > 0) AS sale_lines,
    min(f.sold_on) FILTER (WHERE f.quantity > 0) AS first_on,
    max(f.sold_on) FILTER (WHERE f.quantity > 0) AS last_on
FROM sell_through_as_of('infinity', 'infinity') AS f
WHERE f.reseller_id IS NOT NULL
GROUP BY f.distributor_id, f.reseller_id, date_trunc('month', f.sold_on::timestamp)::date, f.currency_code;
COMMENT ON VIEW reseller_month_facts IS 'One row = what a reseller bought of a distributor in a calendar month, in one currency, from all facts. Reads everything; reseller_month says the same from the rollup';
COMMENT ON COLUMN reseller_month_facts.distributor_id IS 'The distributor';
COMMENT ON COLUMN reseller_month_facts.reseller_id IS 'The reseller as booked';
COMMENT ON COLUMN reseller_month_facts.month_on IS 'First day of the month';
COMMENT ON COLUMN reseller_month_facts.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN reseller_month_facts.sell_through_qty IS 'Net sell-through, base units. Additive';
COMMENT ON COLUMN reseller_month_facts.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN reseller_month_facts.sell_through_lines IS 'Lines that stand. Additive';
COMMENT ON COLUMN reseller_month_facts.sale_lines IS 'Of them sales: quantity above 0. Additive';
COMMENT ON COLUMN reseller_month_facts.first_on IS 'Day of the first sale; NULL = none';
COMMENT ON COLUMN reseller_month_facts.last_on IS 'Day of the last sale; NULL = none';

CREATE FUNCTION roll_up_resellers() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    INSERT INTO rollup_reseller_month_delta (
        distributor_id, reseller_id, month_on, currency_code,
        sell_through_qty, sell_through_amount, sell_through_lines, sale_lines, first_on, last_on, is_anew
    )
    SELECT n.key_1, n.key_2, n.activity_on, n.currency_code,
        n.quantity, n.amount, n.lines, n.sale_lines, n.first_sold_on, n.last_sold_on, n.has_reversal
    FROM fact_groups('new_rows', '{distributor_id,reseller_id}', 'sold_on', 'month', by_currency => true) AS n;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION roll_up_resellers() IS
    'Trigger AFTER INSERT of sell_through with the transition table new_rows: appends what the statement changes to reseller_month';
REVOKE ALL ON FUNCTION roll_up_resellers() FROM PUBLIC;

CREATE TRIGGER sell_through_rolled_up_by_reseller
    AFTER INSERT ON sell_through
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION roll_up_resellers();
COMMENT ON TRIGGER sell_through_rolled_up_by_reseller ON sell_through IS 'Keeps the rollup by reseller and month';

CREATE FUNCTION sale_days(
    p_distributor_id bigint,
    p_reseller_id bigint,
    p_month_on date,
    p_currency_code text,
    OUT first_on date,
    OUT last_on date
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
AS $$
    -- Pinned, so that it stays a call of its own: it is made for the few months
    -- in which something was taken back.
    SELECT min(f.sold_on), max(f.sold_on)
    FROM sell_through AS f
    WHERE f.distributor_id = p_distributor_id
        AND f.reseller_id = p_reseller_id
        AND f.sold_on >= p_month_on
        AND f.sold_on < (p_month_on + interval '1 month')::date
        AND f.currency_code = p_currency_code
        AND f.quantity > 0
        AND f.entry_kind <> 'reversal'
        AND NOT EXISTS (
            SELECT
            FROM sell_through AS r
            WHERE r.distributor_id = f.distributor_id
                AND r.corrects_sold_on = f.sold_on
                AND r.corrects_line_id = f.sell_through_id
                AND r.entry_kind = 'reversal')
$$;
COMMENT ON FUNCTION sale_days(bigint, bigint, date, text) IS
    'First and last day on which a reseller bought of a distributor in a month, in one currency, from the facts that stand; NULL = it bought nothing';

CREATE VIEW reseller_month WITH (security_invoker = true) AS
SELECT u.distributor_id,
    u.reseller_id,
    u.month_on,
    u.currency_code,
    u.sell_through_qty,
    u.sell_through_amount,
    u.sell_through_lines,
    u.sale_lines,
    CASE WHEN u.is_anew
        THEN (SELECT d.first_on FROM sale_days(u.distributor_id, u.reseller_id, u.month_on, u.currency_code) AS d)
        ELSE u.first_on
    END AS first_on,
    CASE WHEN u.is_anew
        THEN (SELECT d.last_on FROM sale_days(u.distributor_id, u.reseller_id, u.month_on, u.currency_code) AS d)
        ELSE u.last_on
    END AS last_on
FROM (
    SELECT f.distributor_id,
        f.reseller_id,
        f.month_on,
        f.currency_code,
        f.sell_through_qty,
        f.sell_through_amount,
        f.sell_through_lines,
        f.sale_lines,
        f.first_on,
        f.last_on,
        false AS is_anew
    FROM rollup_reseller_month AS f
    -- What has nothing pending is passed on as it stands, without a group.
    WHERE NOT EXISTS (
        SELECT
        FROM rollup_reseller_month_delta AS p
        WHERE p.distributor_id = f.distributor_id
            AND p.reseller_id = f.reseller_id
            AND p.month_on = f.month_on
            AND p.currency_code = f.currency_code)
    UNION ALL
    SELECT d.distributor_id,
        d.reseller_id,
        d.month_on,
        d.currency_code,
        d.sell_through_qty + coalesce(f.sell_through_qty, 0) AS sell_through_qty,
        d.sell_through_amount + coalesce(f.sell_through_amount, 0) AS sell_through_amount,
        d.sell_through_lines + coalesce(f.sell_through_lines, 0) AS sell_through_lines,
        d.sale_lines + coalesce(f.sale_lines, 0) AS sale_lines,
        least(d.first_on, f.first_on) AS first_on,
        greatest(d.last_on, f.last_on) AS last_on,
        d.is_anew
    FROM (
        SELECT x.distributor_id,
            x.reseller_id,
            x.month_on,
            x.currency_code,
            sum(x.sell_through_qty) AS sell_through_qty,
            sum(x.sell_through_amount) AS sell_through_amount,
            sum(x.sell_through_lines)::bigint AS sell_through_lines,
            sum(x.sale_lines)::bigint AS sale_lines,
            min(x.first_on) AS first_on,
            max(x.last_on) AS last_on,
            bool_or(x.is_anew) AS is_anew
        FROM rollup_reseller_month_delta AS x
        GROUP BY x.distributor_id, x.reseller_id, x.month_on, x.currency_code
    ) AS d
    LEFT JOIN rollup_reseller_month AS f
        ON f.distributor_id = d.distributor_id
        AND f.reseller_id = d.reseller_id
        AND f.month_on = d.month_on
        AND f.currency_code = d.currency_code
) AS u
WHERE u.sell_through_lines <> 0;
COMMENT ON VIEW reseller_month IS 'One row = what a reseller bought of a distributor in a calendar month, in one currency, all facts counted: rollup and deltas together';
COMMENT ON COLUMN reseller_month.distributor_id IS 'The distributor';
COMMENT ON COLUMN reseller_month.reseller_id IS 'The reseller as booked; reseller_root says which one it was merged into';
COMMENT ON COLUMN reseller_month.month_on IS 'First day of the month';
COMMENT ON COLUMN reseller_month.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN reseller_month.sell_through_qty IS 'Net sell-through, base units. Additive';
COMMENT ON COLUMN reseller_month.sell_through_amount IS 'Net sell-through at resale price; lines without a price count 0. Additive within a currency';
COMMENT ON COLUMN reseller_month.sell_through_lines IS 'Lines that stand, returns included. Additive';
COMMENT ON COLUMN reseller_month.sale_lines IS 'Of them sales: quantity above 0. Additive';
COMMENT ON COLUMN reseller_month.first_on IS 'Day of the first sale that stands; NULL = no sale stands';
COMMENT ON COLUMN reseller_month.last_on IS 'Day of the last sale that stands; NULL = no sale stands';

CREATE VIEW reseller_buyer WITH (security_invoker = true) AS
SELECT f.distributor_id,
    f.reseller_id,
    f.first_on,
    f.last_on
FROM rollup_reseller AS f
WHERE NOT EXISTS (
    SELECT
    FROM rollup_reseller_month_delta AS p
    WHERE p.distributor_id = f.distributor_id
        AND p.reseller_id = f.reseller_id)
UNION ALL
SELECT m.distributor_id,
    m.reseller_id,
    min(m.first_on) AS first_on,
    max(m.last_on) AS last_on
FROM reseller_month AS m
WHERE m.sale_lines > 0
    AND (m.distributor_id, m.reseller_id) IN (
        SELECT p.distributor_id, p.reseller_id
        FROM rollup_reseller_month_delta AS p)
GROUP BY m.distributor_id, m.reseller_id;
COMMENT ON VIEW reseller_buyer IS 'One row = a reseller that ever bought of a distributor, and when, all facts counted';
COMMENT ON COLUMN reseller_buyer.distributor_id IS 'The distributor';
COMMENT ON COLUMN reseller_buyer.reseller_id IS 'The reseller as booked; reseller_root says which one it was merged into';
COMMENT ON COLUMN reseller_buyer.first_on IS 'Day of the first sale that stands';
COMMENT ON COLUMN reseller_buyer.last_on IS 'Day of the last sale that stands';

CREATE FUNCTION fold_reseller_rollup() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_ids bigint[];
    v_reseller_ids bigint[];
BEGIN
    -- Under the lock of the fold that fires it. The days of marked months are read
    -- by a later statement than the deltas: sales committed in between are seen
    -- twice, which first and last days do not mind.
    WITH gone AS (
        DELETE FROM rollup_reseller_month_delta RETURNING *
    ), summed AS (
        SELECT g.distributor_id, g.reseller_id, g.month_on, g.currency_code,
            sum(g.sell_through_qty) AS sell_through_qty,
            sum(g.sell_through_amount) AS sell_through_amount,
            sum(g.sell_through_lines) AS sell_through_lines,
            sum(g.sale_lines) AS sale_lines,
            min(g.first_on) AS first_on,
            max(g.last_on) AS last_on,
            bool_or(g.is_anew) AS is_anew
        FROM gone AS g
        GROUP BY g.distributor_id, g.reseller_id, g.month_on, g.currency_code
    ), folded AS (
        INSERT INTO rollup_reseller_month AS t (
            distributor_id, reseller_id, month_on, currency_code,
            sell_through_qty, sell_through_amount, sell_through_lines, sale_lines, first_on, last_on
        )
        -- A marked month gets an impossible last day: the next statement finds it by that.
        SELECT s.distributor_id, s.reseller_id, s.month_on, s.currency_code,
            s.sell_through_qty, s.sell_through_amount, s.sell_through_lines, s.sale_lines,
            s.first_on,
            CASE WHEN s.is_anew THEN 'infinity' ELSE s.last_on END
        FROM summed AS s
        ON CONFLICT ON CONSTRAINT rollup_reseller_month_pkey DO UPDATE SET
            sell_through_qty = t.sell_through_qty + excluded.sell_through_qty,
            sell_through_amount = t.sell_through_amount + excluded.sell_through_amount,
            sell_through_lines = t.sell_through_lines + excluded.sell_through_lines,
            sale_lines = t.sale_lines + excluded.sale_lines,
            first_on = least(t.first_on, excluded.first_on),
            last_on = greatest(t.last_on, excluded.last_on)
        RETURNING t.distributor_id, t.reseller_id
    )
    SELECT array_agg(k.distributor_id), array_agg(k.reseller_id) INTO v_distributor_ids, v_reseller_ids
    FROM (SELECT DISTINCT f.distributor_id, f.reseller_id FROM folded AS f) AS k;
    UPDATE rollup_reseller_month AS t
    SET first_on = d.first_on,
        last_on = d.last_on
    FROM rollup_reseller_month AS m
    CROSS JOIN LATERAL sale_days(m.distributor_id, m.reseller_id, m.month_on, m.currency_code) AS d
    WHERE m.last_on = 'infinity'
        AND t.distributor_id = m.distributor_id
        AND t.reseller_id = m.reseller_id
        AND t.month_on = m.month_on
        AND t.currency_code = m.currency_code;
    INSERT INTO rollup_reseller AS t (distributor_id, reseller_id, first_on, last_on)
    SELECT m.distributor_id, m.reseller_id, min(m.first_on), max(m.last_on)
    FROM unnest(v_distributor_ids, v_reseller_ids) AS k (distributor_id, reseller_id)
    JOIN rollup_reseller_month AS m ON m.distributor_id = k.distributor_id AND m.reseller_id = k.reseller_id
    WHERE m.sale_lines > 0
    GROUP BY m.distributor_id, m.reseller_id
    ON CONFLICT ON CONSTRAINT rollup_reseller_pkey DO UPDATE SET
        first_on = excluded.first_on,
        last_on = excluded.last_on
    WHERE (t.first_on, t.last_on) <> (excluded.first_on, excluded.last_on);
    -- Of whom every sale was taken back.
    DELETE FROM rollup_reseller AS t
    USING unnest(v_distributor_ids, v_reseller_ids) AS k (distributor_id, reseller_id)
    WHERE t.distributor_id = k.distributor_id
        AND t.reseller_id = k.reseller_id
        AND NOT EXISTS (
            SELECT
            FROM rollup_reseller_month AS m
            WHERE m.distributor_id = t.distributor_id
                AND m.reseller_id = t.reseller_id
                AND m.sale_lines > 0);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION fold_reseller_rollup() IS 'Trigger AFTER INSERT of rollup_fold: a fold of the other rollups folds reseller_month and reseller_buyer too';

CREATE TRIGGER rollup_fold_resellers
    AFTER INSERT ON rollup_fold
    FOR EACH STATEMENT EXECUTE FUNCTION fold_reseller_rollup();
COMMENT ON TRIGGER rollup_fold_resellers ON rollup_fold IS 'fold_rollups() folds reseller_month too';

CREATE INDEX rollup_reseller_month_month_idx ON rollup_reseller_month (month_on);
CREATE INDEX rollup_reseller_month_anew_idx ON rollup_reseller_month (distributor_id) WHERE last_on = 'infinity';

CREATE FUNCTION verify_reseller_rollup() RETURNS TABLE (
    distributor_id bigint,
    reseller_id bigint,
    month_on date,
    currency_code text,
    rolled_up jsonb,
    by_facts jsonb
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT coalesce(r.distributor_id, f.distributor_id) AS distributor_id,
        coalesce(r.reseller_id, f.reseller_id) AS reseller_id,
        coalesce(r.month_on, f.month_on) AS month_on,
        coalesce(r.currency_code, f.currency_code) AS currency_code,
        to_jsonb(r) - '{distributor_id,reseller_id,month_on,currency_code}'::text[] AS rolled_up,
        to_jsonb(f) - '{distributor_id,reseller_id,month_on,currency_code}'::text[] AS by_facts
    FROM reseller_month AS r
    FULL JOIN reseller_month_facts AS f
        ON f.distributor_id = r.distributor_id
        AND f.reseller_id = r.reseller_id
        AND f.month_on = r.month_on
        AND f.currency_code = r.currency_code
    WHERE r.sell_through_qty IS DISTINCT FROM f.sell_through_qty
        OR r.sell_through_amount IS DISTINCT FROM f.sell_through_amount
        OR r.sell_through_lines IS DISTINCT FROM f.sell_through_lines
        OR r.sale_lines IS DISTINCT FROM f.sale_lines
        OR r.first_on IS DISTINCT FROM f.first_on
        OR r.last_on IS DISTINCT FROM f.last_on
    UNION ALL
    SELECT coalesce(b.distributor_id, x.distributor_id) AS distributor_id,
        coalesce(b.reseller_id, x.reseller_id) AS reseller_id,
        NULL::date AS month_on,
        NULL::text AS currency_code,
        to_jsonb(b) - '{distributor_id,reseller_id}'::text[] AS rolled_up,
        to_jsonb(x) - '{distributor_id,reseller_id}'::text[] AS by_facts
    FROM reseller_buyer AS b
    FULL JOIN (
        SELECT y.distributor_id, y.reseller_id, min(y.first_on) AS first_on, max(y.last_on) AS last_on
        FROM reseller_month_facts AS y
        WHERE y.sale_lines > 0
        GROUP BY y.distributor_id, y.reseller_id
    ) AS x ON x.distributor_id = b.distributor_id AND x.reseller_id = b.reseller_id
    WHERE b.first_on IS DISTINCT FROM x.first_on
        OR b.last_on IS DISTINCT FROM x.last_on;
END;
COMMENT ON FUNCTION verify_reseller_rollup() IS 'One row = a month of a reseller (or, without a month, a reseller as a whole) of which reseller_month or reseller_buyer says something else than the facts; none is right. Reads everything';

CREATE FUNCTION rebuild_reseller_rollup() RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    built bigint;
BEGIN
    -- No load may come between: its deltas would be lost or counted twice.
    LOCK TABLE sell_through IN SHARE MODE;
    DELETE FROM rollup_reseller_month_delta;
    DELETE FROM rollup_reseller_month;
    INSERT INTO rollup_reseller_month (
        distributor_id, reseller_id, month_on, currency_code,
        sell_through_qty, sell_through_amount, sell_through_lines, sale_lines, first_on, last_on
    )
    SELECT f.distributor_id, f.reseller_id, f.month_on, f.currency_code,
        f.sell_through_qty, f.sell_through_amount, f.sell_through_lines, f.sale_lines, f.first_on, f.last_on
    FROM reseller_month_facts AS f;
    GET DIAGNOSTICS built = ROW_COUNT;
    DELETE FROM rollup_reseller;
    INSERT INTO rollup_reseller (distributor_id, reseller_id, first_on, last_on)
    SELECT m.distributor_id, m.reseller_id, min(m.first_on), max(m.last_on)
    FROM rollup_reseller_month AS m
    WHERE m.sale_lines > 0
    GROUP BY m.distributor_id, m.reseller_id;
    RETURN built;
END
$$;
COMMENT ON FUNCTION rebuild_reseller_rollup() IS 'Builds reseller_month and reseller_buyer from the facts anew, for facts that were loaded past the triggers; returns the rows. Loads wait';

CREATE VIEW reseller_root WITH (security_invoker = true) AS
SELECT r.reseller_id,
    coalesce(r.merged_into_id, r.reseller_id) AS root_id
FROM reseller AS r;
COMMENT ON VIEW reseller_root IS 'One row = a reseller and the one that it is: itself, or the one it was merged into';
COMMENT ON COLUMN reseller_root.reseller_id IS 'The reseller as booked';
COMMENT ON COLUMN reseller_root.root_id IS 'The reseller that it is';

CREATE VIEW reseller_sale WITH (security_invoker = true) AS
SELECT f.distributor_id,
    f.sold_on,
    f.sell_through_id,
    r.root_id AS reseller_id,
    f.reseller_id AS booked_reseller_id,
    f.product_id,
    f.quantity,
    f.amount,
    f.currency_code,
    f.recorded_at
FROM sell_through_as_of('infinity', 'infinity') AS f
JOIN reseller_root AS r ON r.reseller_id = f.reseller_id;
COMMENT ON VIEW reseller_sale IS 'One row = a line of sell-through that stands and names its reseller: what a program that pays resellers earns on';
COMMENT ON COLUMN reseller_sale.distributor_id IS 'Who sold';
COMMENT ON COLUMN reseller_sale.sold_on IS 'Day of the sale';
COMMENT ON COLUMN reseller_sale.sell_through_id IS 'Key within distributor and day';
COMMENT ON COLUMN reseller_sale.reseller_id IS 'Who bought: the reseller that it is now, after mergers; third-party accruals go to it';
COMMENT ON COLUMN reseller_sale.booked_reseller_id IS 'Who bought, as booked';
COMMENT ON COLUMN reseller_sale.product_id IS 'The product';
COMMENT ON COLUMN reseller_sale.quantity IS 'Base units; negative = returned. Additive';
COMMENT ON COLUMN reseller_sale.amount IS 'Resale value; NULL = not reported. Additive within a currency';
COMMENT ON COLUMN reseller_sale.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN reseller_sale.recorded_at IS 'Since when it is known';
