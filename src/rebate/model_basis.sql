-- rebate: what counts. Each thing that is counted for a line (program_counted) is cut
-- into pieces of days; a piece is read from the rollups where they say the same as the
-- facts, else from the facts:
--
--    day     no scope: distributor·day holds any days and any currency
--    month   a scope by product, whole calendar months, one currency
--    fact    all else: as known at a moment in the past, resellers, late policies, parts
--            of months. A reversal is the negative of its row, so all rows are added up
--    trace   returns on the day of their sale, purchases on the day of their order, invoice
--            or payment, units that only one may earn on
--            (exclusivity_member), and whatever is asked for line by line
--
-- Facts on hold for their price are taken off.

CREATE FUNCTION rebate_pieces(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL,
    p_cut date DEFAULT NULL,
    p_from_facts boolean DEFAULT false
) RETURNS TABLE (
    piece_no bigint,
    distributor_id bigint,
    program_line_id bigint,
    counted_role text,
    counted_no bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    from_on date,
    to_on date,
    piece_source text,
    known_until timestamptz,
    scope_no bigint,
    also_scope_no bigint,
    measure_event text
)
LANGUAGE sql
STABLE
ROWS 1000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
    WITH line AS MATERIALIZED (
        SELECT l.*, a.distributor_id, v.settlement_currency, v.measure_event,
            greatest(l.valid_from, v.valid_from, a.valid_from) AS term_from,
            least(coalesce(l.valid_to, 'infinity'), coalesce(v.valid_to, 'infinity'), a.valid_to) AS term_to,
            greatest(v.valid_from, a.valid_from) AS version_from,
            least(coalesce(v.valid_to, 'infinity'), a.valid_to) AS version_to,
            NOT p_from_facts
                AND p_knowledge = 'infinity'
                AND l.late_policy IN ('next_period', 'reopen')
                AND l.return_period_policy = 'activity'
                AND l.beneficiary = 'distributor'
                AND NOT EXISTS (SELECT FROM program_reseller AS s WHERE s.program_line_id = l.program_line_id) AS is_rolled_up
        FROM program_line AS l
        JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
        -- Who is party to it, and while it is.
        JOIN agreement_member AS a ON a.agreement_id = r.agreement_id
        JOIN agreement_version AS v
            ON v.agreement_id = a.agreement_id
            AND v.version_state <> 'draft'
            AND v.valid_from <= a.valid_to
            AND coalesce(v.valid_to, 'infinity') >= a.valid_from
        WHERE r.program_state <> 'draft'
            AND (p_program_line_ids IS NULL OR l.program_line_id = ANY (p_program_line_ids))
    ),
    policy AS MATERIALIZED (
        SELECT l.program_line_id, l.is_rolled_up, l.return_period_policy, l.late_policy, l.late_days, max(l.term_to) AS term_to,
            -- Others may earn on the same units.
            EXISTS (
                SELECT
                FROM exclusivity_member AS x
                WHERE x.earner_kind = 'rebate' AND (x.program_line_id = l.program_line_id OR x.program_line_id IS NULL)) AS shares_units
        FROM line AS l
        GROUP BY l.program_line_id, l.is_rolled_up, l.return_period_policy, l.late_policy, l.late_days
    ),
    counted AS MATERIALIZED (
        SELECT c.*
        FROM program_counted AS c
        WHERE p_program_line_ids IS NULL OR c.program_line_id = ANY (p_program_line_ids)
    ),
    scoped AS MATERIALIZED (
        SELECT k.program_line_id, k.count_no, k.scope_no
        FROM program_scopes(p_program_line_ids) AS k
    ),
    -- Who trades in more than the settlement currency: its months cannot be converted.
    foreign_trade AS MATERIALIZED (
        SELECT n.distributor_id, n.settlement_currency
        FROM (SELECT DISTINCT l.distributor_id, l.settlement_currency FROM line AS l WHERE l.is_rolled_up) AS n
        WHERE EXISTS (
                SELECT FROM rollup_day AS d
                WHERE d.distributor_id = n.distributor_id AND d.currency_code <> n.settlement_currency)
            OR EXISTS (
                SELECT FROM rollup_day_delta AS d
                WHERE d.distributor_id = n.distributor_id AND d.currency_code <> n.settlement_currency)
    ),
    span AS MATERIALIZED (
        SELECT l.program_line_id, l.distributor_id, l.settlement_currency, l.measure_event, s.starts_on, s.ends_on, s.fiscal_year, s.span_no,
            l.term_from, l.term_to, l.version_from, l.version_to
        FROM line AS l
        JOIN fiscal_span AS s
            ON s.fiscal_calendar_id = l.fiscal_calendar_id
            AND s.span_kind = l.span_kind
            AND s.ends_on >= l.term_from
            AND s.starts_on <= least(l.term_to, p_activity)
    ),
    segment AS (
        SELECT s.distributor_id, s.program_line_id, c.counted_role, c.counted_no, s.starts_on, s.ends_on, s.settlement_currency,
            s.measure_event,
            CASE WHEN c.counts_whole_span THEN greatest(s.starts_on, s.version_from) ELSE greatest(s.starts_on, s.term_from, o.valid_from) END AS from_on,
            least(s.ends_on, p_activity, CASE WHEN c.counts_whole_span THEN s.version_to ELSE least(s.term_to, o.valid_to) END) AS to_on
        FROM span AS s
        JOIN counted AS c ON c.program_line_id = s.program_line_id
        LEFT JOIN program_line AS o ON o.program_line_id = c.also_line_id
        WHERE c.counted_role <> 'baseline'
        UNION ALL
        SELECT DISTINCT s.distributor_id, s.program_line_id, 'baseline', 0, s.starts_on, s.ends_on, s.settlement_currency,
            s.measure_event, b.starts_on, least(b.ends_on, p_activity)
        FROM span AS s
        JOIN program_line AS l ON l.program_line_id = s.program_line_id AND l.growth_base IN ('prior_year', 'rolling')
        CROSS JOIN LATERAL (
            SELECT f.starts_on, f.ends_on
            FROM fiscal_span AS f
            WHERE f.fiscal_calendar_id = l.fiscal_calendar_id
                AND f.span_kind = l.span_kind
                AND CASE l.growth_base
                    WHEN 'prior_year' THEN f.fiscal_year = s.fiscal_year - 1 AND f.span_no = s.span_no
                    ELSE f.ends_on < s.starts_on
                END
            ORDER BY f.starts_on DESC
            LIMIT coalesce(l.growth_spans, 1)
        ) AS b
        WHERE NOT EXISTS (
            SELECT
            FROM baseline_snapshot AS n
            WHERE n.program_line_id = s.program_line_id
                AND n.distributor_id = s.distributor_id
                AND n.span_starts_on = s.starts_on
                AND n.currency_code = s.settlement_currency
                AND n.recorded_at <= p_knowledge)
    ),
    judged AS MATERIALIZED (
        SELECT g.*,
            CASE
                WHEN l.return_period_policy = 'original' OR l.shares_units OR c.measure_fact = 'sell_in' AND g.measure_event <> 'ship' THEN 'trace'
                WHEN NOT l.is_rolled_up OR NOT coalesce(o.is_rolled_up, true) THEN 'fact'
                WHEN p.scope_no IS NULL AND q.scope_no IS NULL THEN 'day'
                WHEN c.measure_unit = 'amount' AND t.distributor_id IS NOT NULL THEN 'fact'
                ELSE 'month'
            END AS piece_source,
            CASE
                WHEN l.late_policy = 'ignore_after' OR l.late_policy = 'true_up_at_final' AND p_activity < l.term_to
                THEN least(p_knowledge, (g.ends_on + l.late_days + 1)::timestamptz - interval '1 microsecond')
                ELSE p_knowledge
            END AS known_until,
            p.scope_no,
            q.scope_no AS also_scope_no
        FROM segment AS g
        JOIN counted AS c
            ON c.program_line_id = g.program_line_id
            AND c.counted_role = g.counted_role
            AND c.counted_no = g.counted_no
        JOIN policy AS l ON l.program_line_id = g.program_line_id
        LEFT JOIN policy AS o ON o.program_line_id = c.also_line_id
        LEFT JOIN scoped AS p ON p.program_line_id = g.program_line_id AND p.count_no = coalesce(c.count_no, 0)
        LEFT JOIN scoped AS q ON q.program_line_id = c.also_line_id AND q.count_no = 0
        LEFT JOIN foreign_trade AS t ON t.distributor_id = g.distributor_id AND t.settlement_currency = g.settlement_currency
        WHERE g.from_on <= g.to_on
    )
    SELECT row_number() OVER (
            ORDER BY n.program_line_id, n.counted_role, n.counted_no, n.starts_on, n.settlement_currency, n.distributor_id, n.from_on),
        n.*
    FROM (
        SELECT j.distributor_id, j.program_line_id, j.counted_role, j.counted_no, j.starts_on, j.ends_on, j.settlement_currency,
            j.from_on, j.to_on, j.piece_source, j.known_until, j.scope_no, j.also_scope_no, j.measure_event
        FROM judged AS j
        WHERE j.piece_source <> 'month'
        UNION ALL
        SELECT j.distributor_id, j.program_line_id, j.counted_role, j.counted_no, j.starts_on, j.ends_on, j.settlement_currency,
            greatest(j.from_on, m.starts_on), least(j.to_on, m.ends_on),
            CASE
                WHEN j.from_on <= m.starts_on AND j.to_on >= m.ends_on
                    AND (p_cut IS NULL OR p_cut < m.starts_on OR p_cut >= m.ends_on) THEN 'month'
                ELSE 'fact'
            END,
            j.known_until, j.scope_no, j.also_scope_no, j.measure_event
        FROM judged AS j
        CROSS JOIN LATERAL (
            SELECT g.month_on::date AS starts_on, (g.month_on + interval '1 month')::date - 1 AS ends_on
            FROM generate_series(date_trunc('month', j.from_on::timestamp), j.to_on::timestamp, interval '1 month') AS g (month_on)
        ) AS m
        WHERE j.piece_source = 'month'
    ) AS n
$$;
COMMENT ON FUNCTION rebate_pieces(date, timestamptz, bigint[], date, boolean) IS
    'One row = days on which something is counted for a program line in a span, up to p_activity, where it is read (day, month: the rollups; fact, trace: the facts) and up to when it had to be known; piece_no numbers them the same way each time. p_cut = a day at which pieces end, so that what lies before can be told apart; p_from_facts = the rollups are left alone';

CREATE FUNCTION rebate_days(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL,
    p_roles text[] DEFAULT NULL,
    p_cut date DEFAULT NULL,
    p_from_facts boolean DEFAULT true,
    p_sources text[] DEFAULT '{fact,trace}',
    p_measure_fact text DEFAULT NULL
) RETURNS TABLE (
    piece_no bigint,
    distributor_id bigint,
    program_line_id bigint,
    counted_role text,
    counted_no bigint,
    count_no integer,
    also_line_id bigint,
    day_on date,
    span_starts_on date,
    span_ends_on date,
    settlement_currency text,
    measure_fact text,
    measure_unit text,
    known_until timestamptz,
    scope_no bigint,
    also_scope_no bigint,
    takes_resellers boolean,
    also_takes_resellers boolean,
    is_by_reseller boolean,
    return_period_policy text,
    measure_event text
)
LANGUAGE sql
STABLE
ROWS 10000
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- Pinned, not ATOMIC, on purpose: as a function of its own it is made once
    -- and facts join it by equality; inlined, the planner takes its tables for
    -- one row and compares every fact with every span.
    WITH taking AS MATERIALIZED (
        SELECT DISTINCT r.program_line_id
        FROM program_reseller AS r
        WHERE NOT r.is_excluded
    ),
    piece AS MATERIALIZED (
        SELECT p.*, c.count_no, c.also_line_id, c.measure_fact, c.measure_unit,
            t.program_line_id IS NOT NULL AS takes_resellers,
            u.program_line_id IS NOT NULL AS also_takes_resellers,
            l.beneficiary = 'reseller' AS is_by_reseller,
            l.return_period_policy
        FROM rebate_pieces(p_activity, p_knowledge, p_program_line_ids, p_cut, p_from_facts) AS p
        JOIN program_line AS l ON l.program_line_id = p.program_line_id
        JOIN program_counted AS c
            ON c.program_line_id = p.program_line_id
            AND c.counted_role = p.counted_role
            AND c.counted_no = p.counted_no
        LEFT JOIN taking AS t ON t.program_line_id = p.program_line_id
        LEFT JOIN taking AS u ON u.program_line_id = c.also_line_id
        WHERE p.piece_source = ANY (p_sources)
            AND (p_roles IS NULL OR p.counted_role = ANY (p_roles))
            AND (p_measure_fact IS NULL OR c.measure_fact = p_measure_fact)
    )
    SELECT p.piece_no, p.distributor_id, p.program_line_id, p.counted_role, p.counted_no, p.count_no, p.also_line_id,
        p.from_on + n.days, p.span_starts_on, p.span_ends_on, p.currency_code, p.measure_fact, p.measure_unit, p.known_until,
        p.scope_no, p.also_scope_no, p.takes_resellers, p.also_takes_resellers, p.is_by_reseller, p.return_period_policy,
        CASE p.measure_fact WHEN 'sell_in' THEN p.measure_event ELSE 'ship' END
    FROM piece AS p
    CROSS JOIN LATERAL generate_series(0, p.to_on - p.from_on) AS n (days)
$$;
COMMENT ON FUNCTION rebate_days(date, timestamptz, bigint[], text[], date, boolean, text[], text) IS
    'One row = a day on which something is counted for a program line from the facts, up to p_activity: the span it belongs to and the terms that hold; arguments as rebate_pieces(), p_roles NULL = all that is counted, p_sources = which pieces, p_measure_fact NULL = both kinds of fact';

CREATE FUNCTION rebate_fact_days(
    p_activity date,
    p_knowledge timestamptz,
    p_program_line_ids bigint[],
    p_cut date,
    p_from_facts boolean,
    p_measure_fact text
) RETURNS TABLE (
    piece_no bigint,
    distributor_id bigint,
    program_line_id bigint,
    also_line_id bigint,
    day_on date,
    settlement_currency text,
    measure_unit text,
    known_until timestamptz,
    scope_no bigint,
    also_scope_no bigint,
    takes_resellers boolean,
    also_takes_resellers boolean,
    is_by_reseller boolean,
    return_period_policy text
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- Said to be fewer than the 200 from which the planner takes a function for a list
    -- of equals: so the days are hashed and the facts looked up in them.
    SELECT d.piece_no, d.distributor_id, d.program_line_id, d.also_line_id, d.day_on, d.settlement_currency,
        d.measure_unit, d.known_until, d.scope_no, d.also_scope_no, d.takes_resellers, d.also_takes_resellers, d.is_by_reseller,
        d.return_period_policy
    FROM rebate_days(p_activity, p_knowledge, p_program_line_ids, NULL, p_cut, p_from_facts, '{fact}', p_measure_fact) AS d
$$;
COMMENT ON FUNCTION rebate_fact_days(date, timestamptz, bigint[], date, boolean, text) IS
    'rebate_days() of one kind of fact for rebate_totals_as_of(): what adding up needs and no more';

CREATE FUNCTION units_taken_from_lines(p_knowledge timestamptz DEFAULT 'infinity') RETURNS TABLE (
    program_line_id bigint,
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
    SELECT l.program_line_id, u.distributor_id, u.sold_on, u.sell_through_id, max(u.quantity)
    FROM units_taken_as_of('rebate', p_knowledge) AS u
    JOIN program_line AS l
        ON l.program_line_id = u.earner_id
        OR u.earner_id IS NULL AND NOT EXISTS (
            SELECT
            FROM unit_earning AS e
            WHERE e.distributor_id = u.distributor_id
                AND e.sold_on = u.sold_on
                AND e.sell_through_id = u.sell_through_id
                AND e.earner_kind = 'rebate'
                AND e.earner_id = l.program_line_id)
    GROUP BY l.program_line_id, u.distributor_id, u.sold_on, u.sell_through_id
$$;
COMMENT ON FUNCTION units_taken_from_lines(timestamptz) IS
    'One row = units of a sale that a program line does not pay on, as others in its classes of exclusivity earn on them (unit_earning), as known at p_knowledge';

CREATE FUNCTION rebate_facts_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL,
    p_roles text[] DEFAULT NULL,
    p_cut date DEFAULT NULL,
    p_from_facts boolean DEFAULT true,
    p_sources text[] DEFAULT '{fact,trace}'
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    counted_role text,
    counted_no bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    fact_table text,
    fact_on date,
    fact_id bigint,
    product_id bigint,
    quantity numeric,
    value numeric,
    reseller_id bigint,
    counted_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.distributor_id,
        d.program_line_id,
        d.counted_role,
        d.counted_no,
        d.span_starts_on,
        d.span_ends_on,
        d.settlement_currency AS currency_code,
        f.fact_table,
        f.fact_on,
        f.fact_id,
        f.product_id,
        CASE WHEN tk.quantity IS NULL THEN f.quantity ELSE greatest(f.quantity - tk.quantity, 0) END AS quantity,
        CASE d.measure_unit
            WHEN 'quantity' THEN f.quantity
            WHEN 'points' THEN f.quantity * coalesce(sp.points, 0)
            ELSE convert_amount(f.amount, f.currency_code, d.settlement_currency, f.fact_on)
        END * CASE WHEN tk.quantity IS NULL THEN 1 ELSE greatest(f.quantity - tk.quantity, 0) / f.quantity END AS value,
        CASE WHEN d.is_by_reseller THEN f.reseller_id END AS reseller_id,
        f.counts_on AS counted_on
    FROM rebate_days(p_activity, p_knowledge, p_program_line_ids, p_roles, p_cut, p_from_facts, p_sources) AS d
    JOIN (
        SELECT s.distributor_id,
            'sell_in'::text AS fact_table,
            'ship'::text AS measure_event,
            s.shipped_on AS fact_on,
            s.shipped_on AS counts_on,
            false AS is_moved,
            s.sell_in_id AS fact_id,
            s.product_id,
            NULL::bigint AS reseller_id,
            s.quantity,
            s.amount,
            s.currency_code,
            s.recorded_at
        FROM sell_in AS s
        WHERE s.shipped_on <= p_activity
            AND s.recorded_at <= p_knowledge
            AND s.entry_kind <> 'reversal'
        UNION ALL
        SELECT s.distributor_id,
            'sell_through'::text AS fact_table,
            'ship'::text AS measure_event,
            s.sold_on AS fact_on,
            s.sold_on AS counts_on,
            false AS is_moved,
            s.sell_through_id AS fact_id,
            s.product_id,
            s.reseller_id,
            s.quantity,
            coalesce(s.amount, 0) AS amount,
            s.currency_code,
            s.recorded_at
        FROM sell_through AS s
        WHERE s.sold_on <= p_activity
            AND s.recorded_at <= p_knowledge
            AND s.entry_kind <> 'reversal'
        UNION ALL
        -- Purchases on the day by which their agreement goes.
        SELECT s.distributor_id,
            'sell_in'::text AS fact_table,
            e.measure_event,
            s.shipped_on AS fact_on,
            e.purchased_on AS counts_on,
            false AS is_moved,
            s.sell_in_id AS fact_id,
            s.product_id,
            NULL::bigint AS reseller_id,
            s.quantity,
            s.amount,
            s.currency_code,
            s.recorded_at
        FROM purchase_as_of(p_activity, p_knowledge) AS e
        JOIN sell_in AS s
            ON s.distributor_id = e.distributor_id
            AND s.shipped_on = e.shipped_on
            AND s.sell_in_id = e.sell_in_id
        WHERE e.measure_event <> 'ship'
        UNION ALL
        -- Returns on the day of the sale, where a line wants them there.
        SELECT s.distributor_id,
            'sell_in'::text AS fact_table,
            'ship'::text AS measure_event,
            s.shipped_on AS fact_on,
            coalesce(o.counts_on, s.shipped_on) AS counts_on,
            true AS is_moved,
            s.sell_in_id AS fact_id,
            s.product_id,
            NULL::bigint AS reseller_id,
            s.quantity,
            s.amount,
            s.currency_code,
            s.recorded_at
        FROM sell_in AS s
        CROSS JOIN LATERAL (
            SELECT max(b.shipped_on) AS counts_on
            FROM sell_in AS b
            WHERE b.distributor_id = s.distributor_id
                AND b.product_id = s.product_id
                AND b.invoice_no = s.invoice_no
                AND b.shipped_on <= s.shipped_on
                AND b.quantity > 0
                AND b.entry_kind <> 'reversal'
        ) AS o
        WHERE s.shipped_on <= p_activity
            AND s.recorded_at <= p_knowledge
            AND s.entry_kind <> 'reversal'
            AND s.quantity < 0
            AND EXISTS (SELECT FROM program_line AS n WHERE n.return_period_policy = 'original')
        UNION ALL
        SELECT s.distributor_id,
            'sell_through'::text AS fact_table,
            'ship'::text AS measure_event,
            s.sold_on AS fact_on,
            coalesce(o.counts_on, s.sold_on) AS counts_on,
            true AS is_moved,
            s.sell_through_id AS fact_id,
            s.product_id,
            s.reseller_id,
            s.quantity,
            coalesce(s.amount, 0) AS amount,
            s.currency_code,
            s.recorded_at
        FROM sell_through AS s
        CROSS JOIN LATERAL (
            SELECT max(b.sold_on) AS counts_on
            FROM sell_through AS b
            WHERE b.distributor_id = s.distributor_id
                AND b.product_id = s.product_id
                AND b.invoice_no = s.invoice_no
                AND b.sold_on <= s.sold_on
                AND b.quantity > 0
                AND b.entry_kind <> 'reversal'
        ) AS o
        WHERE s.sold_on <= p_activity
            AND s.recorded_at <= p_knowledge
            AND s.entry_kind <> 'reversal'
            AND s.quantity < 0
            AND EXISTS (SELECT FROM program_line AS n WHERE n.return_period_policy = 'original')
    ) AS f
        ON f.distributor_id = d.distributor_id
        AND f.fact_table = d.measure_fact
        AND f.measure_event = d.measure_event
        AND f.counts_on = d.day_on
        AND f.recorded_at <= d.known_until
        AND f.is_moved = (f.quantity < 0 AND d.return_period_policy = 'original' AND f.measure_event = 'ship')
        AND (f.quantity >= 0 OR d.return_period_policy <> 'exclude')
        AND (f.reseller_id IS NOT NULL OR NOT d.is_by_reseller)
    LEFT JOIN program_products(p_program_line_ids) AS sp
        ON sp.scope_no = d.scope_no
        AND sp.product_id = f.product_id
    LEFT JOIN program_products(p_program_line_ids) AS so
        ON so.scope_no = d.also_scope_no
        AND so.product_id = f.product_id
    LEFT JOIN program_reseller AS rp
        ON rp.program_line_id = d.program_line_id
        AND rp.reseller_id = f.reseller_id
    LEFT JOIN program_reseller AS ro
        ON ro.program_line_id = d.also_line_id
        AND ro.reseller_id = f.reseller_id
    -- Units on which others of its classes of exclusivity earn are not paid on.
    LEFT JOIN units_taken_from_lines(p_knowledge) AS tk
        ON d.counted_role = 'measure'
        AND f.fact_table = 'sell_through'
        AND f.quantity > 0
        AND tk.program_line_id = d.program_line_id
        AND tk.distributor_id = f.distributor_id
        AND tk.sold_on = f.fact_on
        AND tk.sell_through_id = f.fact_id
    WHERE (sp.product_id IS NOT NULL OR d.scope_no IS NULL)
        AND (so.product_id IS NOT NULL OR d.also_scope_no IS NULL)
        AND CASE WHEN rp.reseller_id IS NULL THEN NOT d.takes_resellers ELSE NOT rp.is_excluded END
        AND CASE WHEN ro.reseller_id IS NULL THEN NOT d.also_takes_resellers ELSE NOT ro.is_excluded END
        AND NOT EXISTS (
            SELECT
            FROM sell_in AS r
            WHERE f.fact_table = 'sell_in'
                AND r.distributor_id = f.distributor_id
                AND r.corrects_shipped_on = f.fact_on
                AND r.corrects_line_id = f.fact_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= d.known_until)
        AND NOT EXISTS (
            SELECT
            FROM sell_through AS r
            WHERE f.fact_table = 'sell_through'
                AND r.distributor_id = f.distributor_id
                AND r.corrects_sold_on = f.fact_on
                AND r.corrects_line_id = f.fact_id
                AND r.entry_kind = 'reversal'
                AND r.recorded_at <= d.known_until)
        AND NOT EXISTS (
            SELECT
            FROM price_violation AS h
            WHERE h.distributor_id = f.distributor_id
                AND h.fact_table = f.fact_table
                AND h.occurred_on = f.fact_on
                AND h.fact_id = f.fact_id
                AND h.action = 'hold'
                AND h.recorded_at <= p_knowledge
                AND (h.decided_at IS NULL OR h.decided_at > p_knowledge));
END;
COMMENT ON FUNCTION rebate_facts_as_of(date, timestamptz, bigint[], text[], date, boolean, text[]) IS
    'One row = a line of sell-in or sell-through that is counted for a program line, what for (counted_role, see program_counted) and what it adds (settlement currency, base units or points); reseller_id only where resellers are credited. Lines on hold for their price do not count; a sale without an amount counts 0 by amount. Arguments as rebate_days()';

CREATE FUNCTION rebate_basis_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_program_line_ids bigint[] DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    program_line_id bigint,
    span_starts_on date,
    span_ends_on date,
    currency_code text,
    schedule tier_schedule,
    fact_table text,
    fact_on date,
    fact_id bigint,
    product_id bigint,
    quantity numeric,
    value numeric,
    reseller_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT f.distributor_id,
        f.program_line_id,
        f.span_starts_on,
        f.span_ends_on,
        f.currency_code,
        l.schedule,
        f.fact_table,
        f.fact_on,
        f.fact_id,
        f.product_id,
        f.quantity,
        f.value,
        f.reseller_id
    FROM rebate_facts_as_of(p_activity, p_knowledge, p_program_line_ids, ARRAY['measure'], NULL, true) AS f
    JOIN program_line AS l ON l.program_line_id = f.program_line_id;
END;
COMMENT ON FUNCTION rebate_basis_as_of(date, timestamptz, bigint[]) IS
    'One row = a line of sell-in or sell-through that a program line pays on, with the span and the value that it adds (settlement currency, base units or points), for activity up to p_activity as known at p_knowledge; p_program_line_ids NULL = all, reseller_id only where resellers are credited. Lines on hold for their price do not count; a sale without an amount counts 0 by amount.';
