-- channel, exclusivity: one unit of a sale earns at most once in a class, whatever
-- it is earned by: rebate, ship-and-debit, protection, fund. It stands here,
-- beside the sale, because all of these look at it.
--
-- A class names those that exclude each other. What a unit earned is a ledger per
-- line of sell-through and class; the entries of a line are numbered, and their
-- sum is never more than the line (nor, for anyone who earns, less than nothing).

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD129', 'A unit of a sale would earn twice in a class of exclusivity', 'Let earn_units() write what units earn; see unit_earning_state', false);

CREATE TABLE exclusivity_class (
    class_code text NOT NULL,
    class_name text NOT NULL,
    CONSTRAINT exclusivity_class_pkey PRIMARY KEY (class_code),
    CONSTRAINT exclusivity_class_code_check CHECK (class_code ~ '^[a-z][a-z0-9_]*$')
);
COMMENT ON TABLE exclusivity_class IS 'One row = a class in which a unit of a sale earns at most once';
COMMENT ON COLUMN exclusivity_class.class_code IS 'Key';
COMMENT ON COLUMN exclusivity_class.class_name IS 'What it is for';

CREATE TABLE exclusivity_member (
    class_code text NOT NULL,
    member_no integer GENERATED ALWAYS AS IDENTITY,
    earner_kind text NOT NULL,
    program_line_id bigint,
    distributor_id bigint,
    fund_id bigint,
    CONSTRAINT exclusivity_member_pkey PRIMARY KEY (class_code, member_no),
    CONSTRAINT exclusivity_member_key UNIQUE (class_code, earner_kind, program_line_id, distributor_id, fund_id),
    CONSTRAINT exclusivity_member_kind_check CHECK (earner_kind IN ('rebate', 'ship_debit', 'price_protection', 'fund')),
    CONSTRAINT exclusivity_member_line_check CHECK (program_line_id IS NULL OR earner_kind = 'rebate'),
    CONSTRAINT exclusivity_member_fund_check CHECK (num_nonnulls(distributor_id, fund_id) IN (0, 2) AND (fund_id IS NULL OR earner_kind = 'fund')),
    CONSTRAINT exclusivity_member_class_fkey FOREIGN KEY (class_code) REFERENCES exclusivity_class
);
COMMENT ON TABLE exclusivity_member IS 'One row = somebody who earns on sales and belongs to a class';
COMMENT ON COLUMN exclusivity_member.class_code IS 'The class';
COMMENT ON COLUMN exclusivity_member.member_no IS 'Key within the class';
COMMENT ON COLUMN exclusivity_member.earner_kind IS 'rebate (lines of programs that measure sell-through), ship_debit, price_protection or fund (co-op on sell-through)';
COMMENT ON COLUMN exclusivity_member.program_line_id IS 'Line of a rebate program; NULL = all of them, or no rebate';
COMMENT ON COLUMN exclusivity_member.distributor_id IS 'Distributor of the fund; NULL with fund_id';
COMMENT ON COLUMN exclusivity_member.fund_id IS 'The fund; NULL = all of them, or no fund';
CREATE INDEX exclusivity_member_line_idx ON exclusivity_member (program_line_id);
CREATE INDEX exclusivity_member_fund_idx ON exclusivity_member (distributor_id, fund_id);

-- Two claims never debit the same unit, whatever else is agreed.
INSERT INTO exclusivity_class (class_code, class_name) VALUES ('ship_debit', 'A unit of a sale is debited once');
INSERT INTO exclusivity_member (class_code, earner_kind) VALUES ('ship_debit', 'ship_debit');

CREATE TABLE unit_earning (
    distributor_id bigint NOT NULL,
    sold_on date NOT NULL,
    sell_through_id bigint NOT NULL,
    class_code text NOT NULL,
    posting_no integer NOT NULL,
    earner_kind text NOT NULL,
    earner_id bigint NOT NULL,
    earner_line integer NOT NULL DEFAULT 0,
    quantity numeric(18,3) NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT unit_earning_pkey PRIMARY KEY (distributor_id, sold_on, sell_through_id, class_code, posting_no),
    CONSTRAINT unit_earning_no_check CHECK (posting_no > 0),
    CONSTRAINT unit_earning_kind_check CHECK (earner_kind IN ('rebate', 'ship_debit', 'price_protection', 'fund')),
    CONSTRAINT unit_earning_quantity_check CHECK (quantity <> 0 AND abs(quantity) < 'Infinity'),
    CONSTRAINT unit_earning_sale_fkey FOREIGN KEY (distributor_id, sold_on, sell_through_id) REFERENCES sell_through,
    CONSTRAINT unit_earning_class_fkey FOREIGN KEY (class_code) REFERENCES exclusivity_class
);
COMMENT ON TABLE unit_earning IS 'One row = units of a sale begin, or cease (negative), to earn in a class';
COMMENT ON COLUMN unit_earning.distributor_id IS 'The distributor';
COMMENT ON COLUMN unit_earning.sold_on IS 'Day of the sale';
COMMENT ON COLUMN unit_earning.sell_through_id IS 'Key of the line of sell-through';
COMMENT ON COLUMN unit_earning.class_code IS 'The class';
COMMENT ON COLUMN unit_earning.posting_no IS 'Number of the entry for this line and class, from 1 without gaps; two that do not see each other cannot both be entered';
COMMENT ON COLUMN unit_earning.earner_kind IS 'What is earned: rebate, ship_debit, price_protection or fund';
COMMENT ON COLUMN unit_earning.earner_id IS 'program_line_id, claim_id or fund_id';
COMMENT ON COLUMN unit_earning.earner_line IS 'Line of the claim; 0 = it has none';
COMMENT ON COLUMN unit_earning.quantity IS 'Base units. Additive within a class';
COMMENT ON COLUMN unit_earning.recorded_at IS 'When it was entered';
COMMENT ON COLUMN unit_earning.recorded_by IS 'Role that entered it';
CREATE INDEX unit_earning_class_idx ON unit_earning (class_code);
CREATE INDEX unit_earning_earner_idx ON unit_earning (distributor_id, earner_kind, earner_id, earner_line);

CREATE TRIGGER unit_earning_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON unit_earning
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER unit_earning_append_only ON unit_earning IS 'What units earned is append-only';

CREATE VIEW unit_earning_state WITH (security_invoker = true) AS
SELECT u.distributor_id,
    u.sold_on,
    u.sell_through_id,
    u.class_code,
    s.product_id,
    CASE WHEN t.sell_through_id IS NULL THEN s.quantity ELSE 0 END AS sold_qty,
    u.earned_qty,
    CASE WHEN t.sell_through_id IS NULL THEN s.quantity ELSE 0 END - u.earned_qty AS free_qty,
    u.entries
FROM (
    SELECT e.distributor_id, e.sold_on, e.sell_through_id, e.class_code,
        sum(e.quantity) AS earned_qty,
        max(e.posting_no) AS entries
    FROM unit_earning AS e
    GROUP BY e.distributor_id, e.sold_on, e.sell_through_id, e.class_code
) AS u
JOIN sell_through AS s
    ON s.distributor_id = u.distributor_id
    AND s.sold_on = u.sold_on
    AND s.sell_through_id = u.sell_through_id
LEFT JOIN sell_through AS t
    ON t.distributor_id = u.distributor_id
    AND t.corrects_sold_on = u.sold_on
    AND t.corrects_line_id = u.sell_through_id
    AND t.entry_kind = 'reversal';
COMMENT ON VIEW unit_earning_state IS 'One row = a sale that earns in a class, and how many of its units do';
COMMENT ON COLUMN unit_earning_state.distributor_id IS 'The distributor';
COMMENT ON COLUMN unit_earning_state.sold_on IS 'Day of the sale';
COMMENT ON COLUMN unit_earning_state.sell_through_id IS 'Key of the line';
COMMENT ON COLUMN unit_earning_state.class_code IS 'The class';
COMMENT ON COLUMN unit_earning_state.product_id IS 'The product';
COMMENT ON COLUMN unit_earning_state.sold_qty IS 'Base units sold; 0 = the line was taken back. Additive within a class';
COMMENT ON COLUMN unit_earning_state.earned_qty IS 'Base units that earn. Additive within a class';
COMMENT ON COLUMN unit_earning_state.free_qty IS 'Base units that do not; negative = the line was taken back and the next run gives back. Additive within a class';
COMMENT ON COLUMN unit_earning_state.entries IS 'How many entries there are';

CREATE FUNCTION prove_unit_earning() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_over record;
BEGIN
    SELECT s.*, n.added, m.least_qty INTO v_over
    FROM (
        SELECT w.distributor_id, w.sold_on, w.sell_through_id, w.class_code, sum(w.quantity) AS added
        FROM new_rows AS w
        GROUP BY w.distributor_id, w.sold_on, w.sell_through_id, w.class_code
    ) AS n
    JOIN unit_earning_state AS s USING (distributor_id, sold_on, sell_through_id, class_code)
    CROSS JOIN LATERAL (
        SELECT min(e.quantity) AS least_qty, sum(e.entries) AS entries
        FROM (
            SELECT sum(u.quantity) AS quantity, count(*) AS entries
            FROM unit_earning AS u
            WHERE u.distributor_id = n.distributor_id
                AND u.sold_on = n.sold_on
                AND u.sell_through_id = n.sell_through_id
                AND u.class_code = n.class_code
            GROUP BY u.earner_kind, u.earner_id, u.earner_line
        ) AS e
    ) AS m
    -- Giving back is never wrong, even where a line was taken back meanwhile.
    WHERE n.added > 0 AND s.free_qty < 0
        OR m.least_qty < 0
        OR m.entries <> s.entries
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD129',
            MESSAGE = 'unit of a sale would earn twice',
            DETAIL = format('Line %s of distributor %s, %s, class %s: sold %s, earning %s, least of one earner %s, entry %s.', v_over.sell_through_id,
                v_over.distributor_id, v_over.sold_on, v_over.class_code, v_over.sold_qty, v_over.earned_qty, v_over.least_qty, v_over.entries),
            HINT = 'Let earn_units() write what units earn.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_unit_earning() IS
    'Trigger of unit_earning: no more units of a sale earn in a class than were sold, nobody earns less than nothing, entries are numbered without gaps (ZD129)';

CREATE TRIGGER unit_earning_once
    AFTER INSERT ON unit_earning
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_unit_earning();
COMMENT ON TRIGGER unit_earning_once ON unit_earning IS 'A unit earns once in a class';

CREATE TYPE unit_target AS (
    distributor_id bigint,
    sold_on date,
    sell_through_id bigint,
    earner_kind text,
    earner_id bigint,
    earner_line integer,
    quantity numeric
);
COMMENT ON TYPE unit_target IS 'What earn_units() is asked for, line by line';
COMMENT ON COLUMN unit_target.distributor_id IS 'The distributor';
COMMENT ON COLUMN unit_target.sold_on IS 'Day of the sale';
COMMENT ON COLUMN unit_target.sell_through_id IS 'Key of the line of sell-through';
COMMENT ON COLUMN unit_target.earner_kind IS 'rebate, ship_debit, price_protection or fund';
COMMENT ON COLUMN unit_target.earner_id IS 'program_line_id, claim_id or fund_id';
COMMENT ON COLUMN unit_target.earner_line IS 'Line of the claim; 0 = it has none';
COMMENT ON COLUMN unit_target.quantity IS 'Base units of the line that are to earn in all; 0 = all is given back';

CREATE FUNCTION earner_classes(
    p_earner_kind text,
    p_distributor_id bigint,
    p_earner_id bigint
) RETURNS SETOF text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT DISTINCT m.class_code
    FROM exclusivity_member AS m
    WHERE m.earner_kind = p_earner_kind
        AND (m.program_line_id IS NULL OR m.program_line_id = p_earner_id)
        AND (m.fund_id IS NULL OR m.fund_id = p_earner_id AND m.distributor_id = p_distributor_id);
END;
COMMENT ON FUNCTION earner_classes(text, bigint, bigint) IS 'The classes of somebody who earns: a rebate by its line, a fund by distributor and fund, claims by their kind';

CREATE FUNCTION earn_units(p_targets unit_target[]) RETURNS TABLE (place integer, granted_qty numeric)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    -- One after the other; who does not see the one before fails on
    -- unit_earning_pkey instead of letting a unit earn twice.
    LOCK TABLE unit_earning IN SHARE ROW EXCLUSIVE MODE;
    RETURN QUERY
    WITH target AS MATERIALIZED (
        SELECT t.ordinality::integer AS place, t.distributor_id, t.sold_on, t.sell_through_id, t.earner_kind, t.earner_id, t.earner_line, t.quantity
        FROM unnest(p_targets) WITH ORDINALITY AS t
    ),
    earner AS MATERIALIZED (
        SELECT e.earner_kind, e.distributor_id, e.earner_id, c.class_code
        FROM (SELECT DISTINCT t.earner_kind, t.distributor_id, t.earner_id FROM target AS t) AS e
        CROSS JOIN LATERAL earner_classes(e.earner_kind, e.distributor_id, e.earner_id) AS c (class_code)
    ),
    sale AS MATERIALIZED (
        SELECT t.distributor_id, t.sold_on, t.sell_through_id, greatest(s.quantity, 0) AS quantity
        FROM (SELECT DISTINCT n.distributor_id, n.sold_on, n.sell_through_id FROM target AS n) AS t
        JOIN sell_through_as_of() AS s USING (distributor_id, sold_on, sell_through_id)
    ),
    ledger AS MATERIALIZED (
        SELECT u.distributor_id, u.sold_on, u.sell_through_id, u.class_code, u.earner_kind, u.earner_id, u.earner_line,
            sum(u.quantity) AS quantity, max(u.posting_no) AS entries
        FROM unit_earning AS u
        WHERE (u.distributor_id, u.sold_on, u.sell_through_id) IN (SELECT n.distributor_id, n.sold_on, n.sell_through_id FROM target AS n)
        GROUP BY u.distributor_id, u.sold_on, u.sell_through_id, u.class_code, u.earner_kind, u.earner_id, u.earner_line
    ),
    -- What those earn on the line who are not asking now.
    others AS (
        SELECT l.distributor_id, l.sold_on, l.sell_through_id, l.class_code, sum(l.quantity) AS quantity
        FROM ledger AS l
        WHERE NOT EXISTS (
            SELECT
            FROM target AS t
            WHERE t.distributor_id = l.distributor_id
                AND t.sold_on = l.sold_on
                AND t.sell_through_id = l.sell_through_id
                AND t.earner_kind = l.earner_kind
                AND t.earner_id = l.earner_id
                AND t.earner_line = l.earner_line)
        GROUP BY l.distributor_id, l.sold_on, l.sell_through_id, l.class_code
    ),
    numbered AS (
        SELECT l.distributor_id, l.sold_on, l.sell_through_id, l.class_code, max(l.entries) AS entries
        FROM ledger AS l
        GROUP BY l.distributor_id, l.sold_on, l.sell_through_id, l.class_code
    ),
    in_class AS MATERIALIZED (
        SELECT t.*, e.class_code,
            greatest(least(t.quantity, coalesce(s.quantity, 0) - coalesce(o.quantity, 0)
                - coalesce(sum(t.quantity) OVER (
                    PARTITION BY t.distributor_id, t.sold_on, t.sell_through_id, e.class_code
                    ORDER BY t.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)), 0) AS room
        FROM target AS t
        JOIN earner AS e USING (earner_kind, distributor_id, earner_id)
        LEFT JOIN sale AS s USING (distributor_id, sold_on, sell_through_id)
        LEFT JOIN others AS o USING (distributor_id, sold_on, sell_through_id, class_code)
    ),
    granted AS MATERIALIZED (
        SELECT t.place, coalesce(min(c.room), t.quantity) AS quantity
        FROM target AS t
        LEFT JOIN in_class AS c ON c.place = t.place
        GROUP BY t.place, t.quantity
    ),
    entered AS (
        INSERT INTO unit_earning (
            distributor_id, sold_on, sell_through_id, class_code, posting_no, earner_kind, earner_id, earner_line, quantity
        )
        SELECT d.distributor_id, d.sold_on, d.sell_through_id, d.class_code,
            coalesce(n.entries, 0) + row_number() OVER (
                PARTITION BY d.distributor_id, d.sold_on, d.sell_through_id, d.class_code
                ORDER BY d.delta > 0, d.place),
            d.earner_kind, d.earner_id, d.earner_line, d.delta
        FROM (
            SELECT c.place, c.distributor_id, c.sold_on, c.sell_through_id, c.class_code, c.earner_kind, c.earner_id, c.earner_line,
                g.quantity - coalesce(l.quantity, 0) AS delta
            FROM in_class AS c
            JOIN granted AS g ON g.place = c.place
            LEFT JOIN ledger AS l
                ON l.distributor_id = c.distributor_id
                AND l.sold_on = c.sold_on
                AND l.sell_through_id = c.sell_through_id
                AND l.class_code = c.class_code
                AND l.earner_kind = c.earner_kind
                AND l.earner_id = c.earner_id
                AND l.earner_line = c.earner_line
        ) AS d
        LEFT JOIN numbered AS n USING (distributor_id, sold_on, sell_through_id, class_code)
        WHERE d.delta <> 0
    )
    SELECT g.place, g.quantity
    FROM granted AS g
    ORDER BY g.place;
END
$$;
COMMENT ON FUNCTION earn_units(unit_target[]) IS
    'Says how many units of each sale each one who asks is to earn on, in all, and enters the differences: as many as no other member of its classes earns on, in the order of the lines. Returns what is granted, line by line (place = place in the array); whoever is in no class gets what it asks for. Asking for the same again enters nothing; a line that was taken back grants 0.';

CREATE FUNCTION units_taken_as_of(
    p_earner_kind text,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    earner_id bigint,
    distributor_id bigint,
    sold_on date,
    sell_through_id bigint,
    quantity numeric
)
LANGUAGE sql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- NULL as earner_id: whoever of the kind is not named by another row.
    SELECT t.earner_id, t.distributor_id, t.sold_on, t.sell_through_id, max(t.quantity)
    FROM (
        SELECT c.earner_id, u.class_code, u.distributor_id, u.sold_on, u.sell_through_id, sum(u.quantity) AS quantity
        FROM (
            SELECT DISTINCT m.class_code, e.earner_id
            FROM exclusivity_member AS m
            JOIN (
                SELECT coalesce(n.program_line_id, n.fund_id) AS earner_id
                FROM exclusivity_member AS n
                WHERE n.earner_kind = p_earner_kind
                UNION
                SELECT NULL::bigint
            ) AS e ON coalesce(m.program_line_id, m.fund_id) IS NULL OR coalesce(m.program_line_id, m.fund_id) = e.earner_id
            WHERE m.earner_kind = p_earner_kind
            UNION
            -- Everybody of the kind who earned, where all of the kind are members.
            SELECT DISTINCT m.class_code, u.earner_id
            FROM exclusivity_member AS m
            JOIN unit_earning AS u ON u.class_code = m.class_code AND u.earner_kind = m.earner_kind
            WHERE m.earner_kind = p_earner_kind AND coalesce(m.program_line_id, m.fund_id) IS NULL
        ) AS c
        JOIN unit_earning AS u
            ON u.class_code = c.class_code
            AND NOT (u.earner_kind = p_earner_kind AND u.earner_id IS NOT DISTINCT FROM c.earner_id)
            AND u.recorded_at <= p_knowledge
        GROUP BY c.earner_id, u.class_code, u.distributor_id, u.sold_on, u.sell_through_id
    ) AS t
    WHERE t.quantity > 0
    GROUP BY t.earner_id, t.distributor_id, t.sold_on, t.sell_through_id
$$;
COMMENT ON FUNCTION units_taken_as_of(text, timestamptz) IS
    'One row = units of a sale on which somebody of a kind (rebate: program_line_id, fund: fund_id; NULL = everybody of the kind who has no rows of his own) cannot earn, as others in his classes do, as known at p_knowledge';
