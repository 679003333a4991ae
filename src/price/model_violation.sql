-- price, violations as they stand: a line that was taken back broke no floor, and
-- what a reader wants to know is what is left of the leakage, now or as known then.

CREATE FUNCTION price_violation_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    occurred_on date,
    price_violation_id bigint,
    fact_table text,
    fact_id bigint,
    applies_to text,
    price_floor_id bigint,
    product_id bigint,
    currency_code text,
    authorized_price numeric,
    actual_price numeric,
    quantity numeric,
    leakage_amount numeric,
    action text,
    violation_state text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT v.distributor_id,
        v.occurred_on,
        v.price_violation_id,
        v.fact_table,
        v.fact_id,
        v.applies_to,
        v.price_floor_id,
        v.product_id,
        v.currency_code,
        v.authorized_price,
        v.actual_price,
        v.quantity,
        v.leakage_amount,
        v.action,
        CASE
            WHEN EXISTS (
                SELECT
                FROM sell_in AS r
                WHERE v.fact_table = 'sell_in'
                    AND r.distributor_id = v.distributor_id
                    AND r.corrects_shipped_on = v.occurred_on
                    AND r.corrects_line_id = v.fact_id
                    AND r.entry_kind = 'reversal'
                    AND r.recorded_at <= p_knowledge)
            OR EXISTS (
                SELECT
                FROM sell_through AS r
                WHERE v.fact_table = 'sell_through'
                    AND r.distributor_id = v.distributor_id
                    AND r.corrects_sold_on = v.occurred_on
                    AND r.corrects_line_id = v.fact_id
                    AND r.entry_kind = 'reversal'
                    AND r.recorded_at <= p_knowledge)
            OR v.fact_table = 'special_price_item' AND NOT EXISTS (
                SELECT
                FROM special_price_item AS i
                JOIN special_price AS s
                    ON s.distributor_id = i.distributor_id
                    AND s.special_price_id = i.special_price_id
                WHERE i.distributor_id = v.distributor_id
                    AND i.special_price_item_id = v.fact_id
                    AND i.unit_price = v.actual_price
                    AND s.special_price_state <> 'refused')
            THEN 'corrected'::text
            WHEN v.decided_at > p_knowledge THEN 'open'::text
            ELSE v.violation_state
        END AS violation_state
    FROM price_violation AS v
    WHERE v.occurred_on <= p_activity
        AND v.recorded_at <= p_knowledge;
END;
COMMENT ON FUNCTION price_violation_as_of(date, timestamptz) IS
    'One row = a violation of activity up to p_activity as known at p_knowledge, with its state then: open, released, dismissed, or corrected: its line was taken back, its item changed or its authorization refused (the last two as known now)';

CREATE VIEW price_violation_standing WITH (security_invoker = true) AS
SELECT v.distributor_id,
    v.occurred_on,
    v.price_violation_id,
    v.fact_table,
    v.fact_id,
    v.applies_to,
    v.price_floor_id,
    v.product_id,
    v.currency_code,
    v.authorized_price,
    v.actual_price,
    v.quantity,
    v.leakage_amount,
    v.action,
    v.violation_state
FROM price_violation_as_of() AS v
WHERE v.violation_state <> 'corrected';
COMMENT ON VIEW price_violation_standing IS 'One row = a violation whose line stands: what counts as leakage now';
COMMENT ON COLUMN price_violation_standing.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_violation_standing.occurred_on IS 'Activity date of the line';
COMMENT ON COLUMN price_violation_standing.price_violation_id IS 'Key within distributor and day';
COMMENT ON COLUMN price_violation_standing.fact_table IS 'sell_in, sell_through or special_price_item';
COMMENT ON COLUMN price_violation_standing.fact_id IS 'Key of the line, with distributor and day';
COMMENT ON COLUMN price_violation_standing.applies_to IS 'Kind of price that was checked';
COMMENT ON COLUMN price_violation_standing.price_floor_id IS 'Rule that was broken';
COMMENT ON COLUMN price_violation_standing.product_id IS 'The product';
COMMENT ON COLUMN price_violation_standing.currency_code IS 'Currency of the prices';
COMMENT ON COLUMN price_violation_standing.authorized_price IS 'Floor in force, per base unit';
COMMENT ON COLUMN price_violation_standing.actual_price IS 'Price of the line, per base unit';
COMMENT ON COLUMN price_violation_standing.quantity IS 'Base units; NULL = a special price without a limit';
COMMENT ON COLUMN price_violation_standing.leakage_amount IS '(floor − price) × quantity. Additive within a currency';
COMMENT ON COLUMN price_violation_standing.action IS 'What the rule said: hold or record';
COMMENT ON COLUMN price_violation_standing.violation_state IS 'open, released or dismissed';
