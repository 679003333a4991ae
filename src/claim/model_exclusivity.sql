-- claim, exclusivity: who earns on units of sales, and how that is put down. The
-- ledger itself stands in channel/model_unit.sql; ship-and-debit enters what it
-- accepts, rebates and funds what they count when they post, and price protection
-- what was sold of the stock that it made good.

ALTER TABLE exclusivity_member
    ADD CONSTRAINT exclusivity_member_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    ADD CONSTRAINT exclusivity_member_fund_fkey FOREIGN KEY (distributor_id, fund_id) REFERENCES fund;

CREATE FUNCTION earn_rebate_units() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_as_of date;
    v_lines bigint[];
    v_short integer;
BEGIN
    SELECT array_agg(DISTINCT n.program_line_id), max(r.activity_on) INTO v_lines, v_as_of
    FROM new_rows AS n
    JOIN accrual_run AS r ON r.accrual_run_id = n.accrual_run_id
    JOIN program_line AS l ON l.program_line_id = n.program_line_id
    WHERE EXISTS (
        SELECT
        FROM exclusivity_member AS m
        WHERE m.earner_kind = 'rebate' AND (m.program_line_id = n.program_line_id OR m.program_line_id IS NULL));
    IF v_lines IS NULL THEN
        RETURN NULL;
    END IF;
    WITH counted AS (
        SELECT b.distributor_id, b.fact_on, b.fact_id, b.program_line_id, sum(b.quantity) AS quantity
        FROM rebate_basis_as_of(v_as_of, 'infinity', v_lines) AS b
        WHERE b.fact_table = 'sell_through' AND b.quantity > 0
        GROUP BY b.distributor_id, b.fact_on, b.fact_id, b.program_line_id
    ),
    asked AS MATERIALIZED (
        SELECT coalesce(c.distributor_id, u.distributor_id) AS distributor_id, coalesce(c.fact_on, u.sold_on) AS sold_on,
            coalesce(c.fact_id, u.sell_through_id) AS sell_through_id, coalesce(c.program_line_id, u.earner_id) AS program_line_id,
            coalesce(c.quantity, 0) AS quantity
        FROM counted AS c
        -- What counted before and does no more is given back.
        FULL JOIN (
            SELECT DISTINCT e.distributor_id, e.sold_on, e.sell_through_id, e.earner_id
            FROM unit_earning AS e
            WHERE e.earner_kind = 'rebate' AND e.earner_id = ANY (v_lines) AND e.sold_on <= v_as_of
        ) AS u
            ON u.distributor_id = c.distributor_id
            AND u.sold_on = c.fact_on
            AND u.sell_through_id = c.fact_id
            AND u.earner_id = c.program_line_id
    ),
    numbered AS MATERIALIZED (
        SELECT a.*, row_number() OVER (ORDER BY a.distributor_id, a.sold_on, a.sell_through_id, a.program_line_id) AS place
        FROM asked AS a
    )
    SELECT count(*) INTO v_short
    FROM numbered AS a
    JOIN earn_units(ARRAY(
        SELECT ROW(n.distributor_id, n.sold_on, n.sell_through_id, 'rebate', n.program_line_id, 0, n.quantity)::unit_target
        FROM numbered AS n
        ORDER BY n.place)) AS e ON e.place = a.place
    WHERE e.granted_qty < a.quantity;
    IF v_short > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD129',
            MESSAGE = 'unit of a sale would earn twice',
            DETAIL = format('On %s lines of sell-through others began to earn while rebates were accrued, or two lines of programs of one class count them.', v_short),
            HINT = 'Accrue again. Lines of programs that exclude each other belong in one stack group, not in one class.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION earn_rebate_units() IS
    'Trigger AFTER INSERT of accrual_entry with the transition table new_rows: puts down the units on which lines of programs earn that are in a class of exclusivity; ZD129 when somebody else began to earn on them meanwhile';

CREATE TRIGGER accrual_entry_earns_units
    AFTER INSERT ON accrual_entry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION earn_rebate_units();
COMMENT ON TRIGGER accrual_entry_earns_units ON accrual_entry IS 'A unit earns once in a class';

CREATE FUNCTION earn_fund_units() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_as_of date;
    v_funds bigint[];
BEGIN
    SELECT array_agg(DISTINCT n.fund_id), max(n.entered_on) INTO v_funds, v_as_of
    FROM new_rows AS n
    JOIN fund AS f ON f.distributor_id = n.distributor_id AND f.fund_id = n.fund_id
    WHERE n.entry_kind = 'accrue'
        AND f.measure_fact = 'sell_through'
        AND EXISTS (SELECT FROM exclusivity_member AS m WHERE m.earner_kind = 'fund' AND (m.fund_id = n.fund_id OR m.fund_id IS NULL));
    IF v_funds IS NOT NULL THEN
        PERFORM FROM earn_units(ARRAY(
            SELECT ROW(b.distributor_id, b.fact_on, b.fact_id, 'fund', b.fund_id, 0, b.quantity)::unit_target
            FROM fund_basis_as_of(v_as_of) AS b
            WHERE b.fund_id = ANY (v_funds) AND b.fact_table = 'sell_through' AND b.quantity > 0
            ORDER BY b.distributor_id, b.fact_on, b.fact_id, b.fund_id));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION earn_fund_units() IS
    'Trigger AFTER INSERT of fund_entry with the transition table new_rows: puts down the units from which co-op funds accrued that are in a class of exclusivity';

CREATE TRIGGER fund_entry_earns_units
    AFTER INSERT ON fund_entry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION earn_fund_units();
COMMENT ON TRIGGER fund_entry_earns_units ON fund_entry IS 'A unit earns once in a class';

CREATE FUNCTION protected_units_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    sold_on date,
    sell_through_id bigint,
    claim_id bigint,
    quantity numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- The stock of an item as a row of units, the oldest first, as it was when the
    -- price changed; sales since then take them from the left. What of a sale falls
    -- on tranches that were made good is protected.
    WITH protection AS (
        SELECT p.distributor_id, p.claim_id, p.effective_on, e.assessment_no
        FROM price_protection AS p
        JOIN LATERAL (
            SELECT n.assessment_no
            FROM claim_entry AS n
            WHERE n.distributor_id = p.distributor_id AND n.claim_id = p.claim_id AND n.recorded_at <= p_knowledge
            ORDER BY n.posting_no DESC
            LIMIT 1
        ) AS e ON true
    ),
    covered AS (
        SELECT DISTINCT p.distributor_id, p.claim_id, p.effective_on, l.warehouse_id, l.product_id, l.tranche_on
        FROM protection AS p
        JOIN price_protection_line AS l USING (distributor_id, claim_id, assessment_no)
        WHERE l.stock_place = 'on_hand'
    ),
    stock AS (
        SELECT d.effective_on, t.distributor_id, t.warehouse_id, t.product_id, l.occurred_on AS tranche_on,
            sum(l.quantity) OVER item - l.quantity AS from_unit, sum(l.quantity) OVER item AS to_unit
        FROM (SELECT DISTINCT c.effective_on FROM covered AS c) AS d
        CROSS JOIN LATERAL inventory_tranches_as_of(d.effective_on - 1, p_knowledge) AS t
        CROSS JOIN LATERAL unnest(t.layers) WITH ORDINALITY AS l
        WHERE l.quantity > 0
        WINDOW item AS (PARTITION BY d.effective_on, t.distributor_id, t.warehouse_id, t.product_id ORDER BY l.ordinality)
    ),
    gone AS (
        SELECT d.effective_on, m.distributor_id, m.warehouse_id, m.product_id, m.fact_table, m.fact_on, m.fact_id,
            sum(m.quantity) OVER item - m.quantity AS from_unit, sum(m.quantity) OVER item AS to_unit
        FROM (SELECT DISTINCT c.effective_on FROM covered AS c) AS d
        JOIN inventory_movement_as_of(p_activity, p_knowledge) AS m
            ON m.occurred_on >= d.effective_on
            AND m.kind IN ('issue', 'transfer_out', 'vendor_return')
        WINDOW item AS (
            PARTITION BY d.effective_on, m.distributor_id, m.warehouse_id, m.product_id
            ORDER BY m.occurred_on, m.day_step, m.unit_cost, m.quantity, m.tranche_on, m.fact_id)
    )
    SELECT g.distributor_id, g.fact_on, g.fact_id, c.claim_id, sum(least(g.to_unit, s.to_unit) - greatest(g.from_unit, s.from_unit))
    FROM covered AS c
    JOIN stock AS s USING (effective_on, distributor_id, warehouse_id, product_id, tranche_on)
    JOIN gone AS g
        ON g.effective_on = c.effective_on
        AND g.distributor_id = c.distributor_id
        AND g.warehouse_id = c.warehouse_id
        AND g.product_id = c.product_id
        AND g.from_unit < s.to_unit
        AND g.to_unit > s.from_unit
    WHERE g.fact_table = 'sell_through'
    GROUP BY g.distributor_id, g.fact_on, g.fact_id, c.claim_id
$$;
COMMENT ON FUNCTION protected_units_as_of(date, timestamptz) IS
    'One row = units of a sale that came from tranches on hand that a posted price protection made good: sales, transfers and returns since the change take the oldest units first; goods that were in transit are not traced';

CREATE FUNCTION earn_protected_units(p_as_of date DEFAULT current_date) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_granted bigint;
BEGIN
    SELECT count(*) FILTER (WHERE e.granted_qty > 0) INTO v_granted
    FROM earn_units(ARRAY(
        SELECT ROW(p.distributor_id, p.sold_on, p.sell_through_id, 'price_protection', p.claim_id, 0, p.quantity)::unit_target
        FROM protected_units_as_of(p_as_of) AS p
        WHERE EXISTS (SELECT FROM exclusivity_member AS m WHERE m.earner_kind = 'price_protection')
        ORDER BY p.distributor_id, p.sold_on, p.sell_through_id, p.claim_id)) AS e;
    RETURN v_granted;
END
$$;
COMMENT ON FUNCTION earn_protected_units(date) IS
    'Puts down which units of sales up to p_as_of came from stock that was protected, for the classes of exclusivity that price protection is in: before claims and rebates of the period, as what compensates comes first. Returns on how many lines of sell-through. A second call enters nothing new.';
