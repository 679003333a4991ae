-- rebate: why two statements differ. A walk from one to the other that changes one
-- thing a step: the rule, the gates, the base of growth, the tiers reached, then line
-- after line, at last what other lines, other spans and the guarantee do. The running
-- total is rounded after each step, so that the steps add up to the difference exactly.

CREATE FUNCTION compare_statements(
    p_from_statement_id bigint,
    p_to_statement_id bigint
) RETURNS TABLE (
    step_no bigint,
    cause text,
    fact_table text,
    fact_on date,
    fact_id bigint,
    invoice_no text,
    product_code text,
    value_before numeric,
    value_after numeric,
    amount numeric,
    total_after numeric
)
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_from rebate_statement;
    v_to rebate_statement;
    v_known timestamptz;
    v_minor_unit integer;
    v_from_opening numeric;
    v_to_opening numeric;
    v_pay_base text;
    v_negative text;
BEGIN
    SELECT s.* INTO v_from FROM rebate_statement AS s WHERE s.rebate_statement_id = p_from_statement_id;
    SELECT s.* INTO v_to FROM rebate_statement AS s WHERE s.rebate_statement_id = p_to_statement_id;
    IF num_nulls(v_from.rebate_statement_id, v_to.rebate_statement_id) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'statement does not exist',
            DETAIL = format('Statements %s and %s.', coalesce(p_from_statement_id::text, 'NULL'), coalesce(p_to_statement_id::text, 'NULL')),
            HINT = 'Look in rebate_statement.';
    END IF;
    IF (v_from.distributor_id, v_from.span_starts_on, v_from.currency_code) IS DISTINCT FROM
        (v_to.distributor_id, v_to.span_starts_on, v_to.currency_code)
        OR (SELECT count(DISTINCT (l.measure_fact, l.measure_unit)) FROM program_line AS l
            WHERE l.program_line_id IN (v_from.program_line_id, v_to.program_line_id)) > 1
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD063',
            MESSAGE = 'statements do not compare',
            DETAIL = format('Statement %s: distributor %s, span from %s, %s; statement %s: distributor %s, span from %s, %s.',
                p_from_statement_id, v_from.distributor_id, v_from.span_starts_on, v_from.currency_code,
                p_to_statement_id, v_to.distributor_id, v_to.span_starts_on, v_to.currency_code),
            HINT = 'Compare statements of one distributor, span and currency that measure the same; the program lines may differ.';
    END IF;
    SELECT r.knowledge_at INTO v_known FROM statement_run AS r WHERE r.statement_run_id = v_from.statement_run_id;
    v_from_opening := coalesce(v_from.qualifying_value, v_from.measured_value);
    v_to_opening := coalesce(v_to.qualifying_value, v_to.measured_value);
    SELECT l.growth_pay_base, l.negative_policy INTO v_pay_base, v_negative
    FROM program_line AS l
    WHERE l.program_line_id = v_to.program_line_id;
    SELECT c.minor_unit INTO v_minor_unit FROM currency AS c WHERE c.currency_code = v_from.currency_code;

    RETURN QUERY
    WITH old_line AS (
        SELECT a.* FROM statement_allocation AS a
        WHERE a.distributor_id = v_from.distributor_id AND a.rebate_statement_id = v_from.rebate_statement_id
    ),
    new_line AS (
        SELECT a.* FROM statement_allocation AS a
        WHERE a.distributor_id = v_to.distributor_id AND a.rebate_statement_id = v_to.rebate_statement_id
    ),
    changed AS MATERIALIZED (
        SELECT coalesce(o.fact_table, n.fact_table) AS fact_table,
            coalesce(o.fact_on, n.fact_on) AS fact_on,
            coalesce(o.fact_id, n.fact_id) AS fact_id,
            coalesce(o.product_id, n.product_id) AS product_id,
            o.value AS value_before,
            n.value AS value_after
        FROM old_line AS o
        FULL JOIN new_line AS n
            ON n.fact_on = o.fact_on
            AND n.fact_table = o.fact_table
            AND n.fact_id = o.fact_id
        WHERE o.value IS DISTINCT FROM n.value
    ),
    traced AS (
        SELECT c.*,
            f.invoice_no,
            f.recorded_at,
            -- The line that this one replaces, and whether it has been reversed.
            EXISTS (
                SELECT
                FROM changed AS o
                WHERE f.entry_kind = 'replacement'
                    AND o.fact_table = c.fact_table
                    AND o.fact_on = f.corrects_on
                    AND o.fact_id = f.corrects_id
                    AND o.value_before IS NOT NULL) AS replaces
        FROM changed AS c
        JOIN (
            SELECT 'sell_in'::text AS fact_table, s.shipped_on AS fact_on, s.sell_in_id AS fact_id, s.invoice_no, s.recorded_at,
                s.entry_kind, s.corrects_shipped_on AS corrects_on, s.corrects_line_id AS corrects_id
            FROM sell_in AS s
            WHERE s.distributor_id = v_from.distributor_id
            UNION ALL
            SELECT 'sell_through'::text, s.sold_on, s.sell_through_id, s.invoice_no, s.recorded_at,
                s.entry_kind, s.corrects_sold_on, s.corrects_line_id
            FROM sell_through AS s
            WHERE s.distributor_id = v_from.distributor_id
        ) AS f
            ON f.fact_table = c.fact_table
            AND f.fact_on = c.fact_on
            AND f.fact_id = c.fact_id
    ),
    correction AS MATERIALIZED (
        SELECT r.fact_table, r.fact_on, r.fact_id, bool_or(r.entry_kind = 'replacement') AS is_replaced
        FROM (
            SELECT 'sell_in'::text AS fact_table, s.corrects_shipped_on AS fact_on, s.corrects_line_id AS fact_id, s.entry_kind
            FROM sell_in AS s
            WHERE s.distributor_id = v_from.distributor_id AND s.entry_kind <> 'original'
            UNION ALL
            SELECT 'sell_through'::text, s.corrects_sold_on, s.corrects_line_id, s.entry_kind
            FROM sell_through AS s
            WHERE s.distributor_id = v_from.distributor_id AND s.entry_kind <> 'original'
        ) AS r
        GROUP BY r.fact_table, r.fact_on, r.fact_id
    ),
    held AS MATERIALIZED (
        SELECT h.fact_table, h.occurred_on, h.fact_id, bool_or(h.decided_at IS NULL) AS is_open
        FROM price_violation AS h
        WHERE h.distributor_id = v_from.distributor_id AND h.action = 'hold'
        GROUP BY h.fact_table, h.occurred_on, h.fact_id
    ),
    caused AS (
        SELECT t.*,
            CASE
                WHEN t.value_after IS NULL AND x.is_replaced THEN 'corrected'
                WHEN t.value_after IS NULL AND x.fact_id IS NOT NULL THEN 'reversed'
                WHEN t.value_after IS NULL AND h.is_open THEN 'held'
                WHEN t.value_after IS NULL THEN 'scope'
                WHEN t.value_before IS NOT NULL THEN 'revalued'
                WHEN t.replaces THEN 'corrected'
                WHEN t.fact_on > v_from.activity_on THEN 'new'
                WHEN NOT h.is_open THEN 'released'
                WHEN v_from.program_line_id <> v_to.program_line_id AND t.recorded_at <= v_known THEN 'scope'
                ELSE 'late'
            END AS cause
        FROM traced AS t
        LEFT JOIN correction AS x ON x.fact_table = t.fact_table AND x.fact_on = t.fact_on AND x.fact_id = t.fact_id
        LEFT JOIN held AS h ON h.fact_table = t.fact_table AND h.occurred_on = t.fact_on AND h.fact_id = t.fact_id
    ),
    stepped AS (
        SELECT 4 + row_number() OVER walk AS place,
            c.*,
            v_from.measured_value + sum(coalesce(c.value_after, 0) - coalesce(c.value_before, 0)) OVER walk AS value_now
        FROM caused AS c
        WINDOW walk AS (ORDER BY (c.cause = 'new'), c.fact_on, c.fact_table, c.fact_id ROWS UNBOUNDED PRECEDING)
    ),
    -- What each statement says beside the benefit of its own lines.
    beside AS (
        SELECT n.place, n.cause,
            sum(t.amount) FILTER (WHERE t.rebate_statement_id = v_from.rebate_statement_id) AS before,
            sum(t.amount) FILTER (WHERE t.rebate_statement_id = v_to.rebate_statement_id) AS after
        FROM (VALUES
            (1, 'stacking'::text, 'other lines of the group'::text),
            (2, 'carried', 'carried over between spans'),
            (3, 'guarantee', 'guarantee')
        ) AS n (place, cause, said)
        LEFT JOIN statement_tier AS t
            ON t.distributor_id = v_from.distributor_id
            AND t.rebate_statement_id IN (v_from.rebate_statement_id, v_to.rebate_statement_id)
            AND t.tier_no IS NULL
            AND t.tier_text = n.said
        GROUP BY n.place, n.cause
    ),
    said_beside AS (
        SELECT coalesce(sum(n.before), 0) AS before, coalesce(sum(n.after), 0) AS after FROM beside AS n
    ),
    -- The benefit of the lines when the first so many things have changed.
    benefit AS (
        SELECT 1::bigint AS place, 'rule'::text AS cause, NULL::text AS fact_table, NULL::date AS fact_on, NULL::bigint AS fact_id,
            NULL::text AS invoice_no, NULL::bigint AS product_id, NULL::numeric AS value_before, NULL::numeric AS value_after,
            CASE
                WHEN v_from.schedule = v_to.schedule AND v_from.program_line_id = v_to.program_line_id THEN v_from.earned_amount - n.before
                WHEN v_from.line_count = 0 THEN 0
                ELSE line_benefit(v_from.measured_value, v_from_opening, v_from.baseline_value, v_to.schedule, v_pay_base, v_negative,
                    v_from.gates_missed IS NULL)
            END AS amount
        FROM said_beside AS n
        UNION ALL
        SELECT o.place, o.cause, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            CASE
                WHEN CASE WHEN o.place < 4 THEN v_from.line_count ELSE v_to.line_count END = 0 THEN 0
                ELSE line_benefit(v_from.measured_value, CASE WHEN o.place < 4 THEN v_from_opening ELSE v_to_opening END,
                    CASE WHEN o.place < 3 THEN v_from.baseline_value ELSE v_to.baseline_value END, v_to.schedule, v_pay_base, v_negative,
                    v_to.gates_missed IS NULL)
            END
        FROM (VALUES (2, 'gate'), (3, 'growth'), (4, 'tier')) AS o (place, cause)
        UNION ALL
        SELECT s.place, s.cause, s.fact_table, s.fact_on, s.fact_id, s.invoice_no, s.product_id, s.value_before, s.value_after,
            CASE
                WHEN v_to.line_count = 0 THEN 0
                ELSE line_benefit(s.value_now, v_to_opening, v_to.baseline_value, v_to.schedule, v_pay_base, v_negative,
                    v_to.gates_missed IS NULL)
            END
        FROM stepped AS s
    ),
    walked AS (
        SELECT w.place, w.cause, w.fact_table, w.fact_on, w.fact_id, w.invoice_no, w.product_id, w.value_before, w.value_after,
            w.amount + n.before AS earned
        FROM benefit AS w
        CROSS JOIN said_beside AS n
        UNION ALL
        SELECT 1000000000 + m.place, m.cause, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            v_to.earned_amount - n.after
                + sum(m.after) OVER (ORDER BY m.place)
                + coalesce(sum(m.before) OVER (ORDER BY m.place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)
        FROM (SELECT b.place, b.cause, coalesce(b.before, 0) AS before, coalesce(b.after, 0) AS after FROM beside AS b) AS m
        CROSS JOIN said_beside AS n
    ),
    rounded AS (
        SELECT w.*,
            round(w.earned, v_minor_unit) AS total,
            round(w.earned, v_minor_unit)
                - lag(round(w.earned, v_minor_unit), 1, round(v_from.settlement_amount, v_minor_unit)) OVER (ORDER BY w.place) AS change
        FROM walked AS w
    )
    SELECT row_number() OVER (ORDER BY r.place),
        r.cause, r.fact_table, r.fact_on, r.fact_id, r.invoice_no, p.product_code, r.value_before, r.value_after, r.change, r.total
    FROM rounded AS r
    LEFT JOIN product AS p ON p.product_id = r.product_id
    WHERE r.fact_id IS NOT NULL OR r.change <> 0
    ORDER BY r.place;
END
$$;
COMMENT ON FUNCTION compare_statements(bigint, bigint) IS
    'One row = a step from one statement to another (versions of one, or of different program lines for the same distributor and span): cause rule (other terms), gate (one was reached or missed), growth (another base), tier (what was stated before, at the tiers now reached), then each line that changed: late, corrected, reversed, revalued, held, released, scope, new; then stacking (what other lines of its group change), carried (over from other spans) and guarantee; the amounts add up to the difference of the settlement amounts, to the cent. P0002 for an unknown statement, ZD063 when they do not compare.';
