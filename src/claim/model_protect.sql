-- claim, price protection: which tranches, how much, and what follows from it.

CREATE FUNCTION protected_terms(p_effective_on date) RETURNS TABLE (
    distributor_id bigint,
    territory_id bigint,
    agreement_id bigint,
    version_no integer,
    currency_code text,
    discount_rate numeric,
    look_back_days integer,
    covers_in_transit boolean,
    covers_increase boolean,
    minimum_change_pct numeric,
    reported_policy text
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT DISTINCT ON (t.distributor_id, t.settlement_currency)
        t.distributor_id, d.territory_id, t.agreement_id, t.version_no, t.settlement_currency, coalesce(v.discount_rate, 0),
        t.look_back_days, t.covers_in_transit, t.covers_increase, t.minimum_change_pct, t.reported_policy
    FROM protection_term_in_force AS t
    JOIN distributor AS d ON d.distributor_id = t.distributor_id
    LEFT JOIN (
        SELECT l.agreement_id, l.version_no, l.discount_rate
        FROM discount_level_as_of(p_effective_on) AS l
        WHERE EXISTS (SELECT FROM discount_level)
    ) AS v ON v.agreement_id = t.agreement_id AND v.version_no = t.version_no
    WHERE p_effective_on BETWEEN t.valid_from AND coalesce(t.valid_to, 'infinity')
    ORDER BY t.distributor_id, t.settlement_currency, t.agreement_id
$$;
COMMENT ON FUNCTION protected_terms(date) IS
    'One row = a distributor whose stock an agreement protects on the day, for prices in one currency (of several agreements the oldest), with the discount of its level and the terms';

CREATE FUNCTION applied_price_changes(p_effective_on date) RETURNS TABLE (
    territory_id bigint,
    currency_code text,
    product_id bigint,
    old_price numeric,
    new_price numeric,
    change_pct numeric
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT DISTINCT ON (t.territory_id, c.currency_code, c.product_id)
        t.territory_id, c.currency_code, c.product_id, c.old_price, c.new_price, c.change_pct
    FROM (
        SELECT NULL::bigint AS territory_id
        UNION ALL
        SELECT n.territory_id FROM territory AS n
    ) AS t
    JOIN price_change AS c
        ON c.effective_on = p_effective_on
        AND (c.territory_id = t.territory_id OR c.territory_id IS NULL)
    -- The list of the territory holds, where it has the product.
    WHERE c.territory_id IS NOT NULL
        OR (t.territory_id, c.currency_code, c.product_id) NOT IN (
            SELECT l.territory_id, l.currency_code, i.product_id
            FROM price_list AS l
            JOIN price_list_item AS i ON i.price_list_id = l.price_list_id
            WHERE l.territory_id IS NOT NULL
                AND p_effective_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity'))
        OR t.territory_id IS NULL
    ORDER BY t.territory_id, c.currency_code, c.product_id, c.territory_id IS NULL, c.price_list_code
$$;
COMMENT ON FUNCTION applied_price_changes(date) IS
    'One row = a list price that changes on the day, as it holds in a territory (NULL = for distributors without one): the list of the territory before that of everybody';

CREATE FUNCTION protection_lines_as_of(
    p_effective_on date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_distributor_id bigint DEFAULT NULL
) RETURNS TABLE (
    distributor_id bigint,
    agreement_id bigint,
    version_no integer,
    currency_code text,
    warehouse_id bigint,
    product_id bigint,
    stock_place text,
    tranche_on date,
    held_qty numeric,
    unsupported_qty numeric,
    quantity numeric,
    unit_cost numeric,
    new_cost numeric,
    amount numeric,
    refusal text
)
LANGUAGE sql
STABLE
ROWS 100000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
    WITH term AS MATERIALIZED (
        SELECT * FROM protected_terms(p_effective_on) AS t WHERE t.distributor_id = p_distributor_id OR p_distributor_id IS NULL
    ),
    change AS MATERIALIZED (
        SELECT * FROM applied_price_changes(p_effective_on)
    ),
    excluded AS MATERIALIZED (
        SELECT DISTINCT x.agreement_id, x.version_no, p.product_id
        FROM protection_exclusion AS x
        JOIN product AS p ON p.product_id = x.product_id OR p.product_line <@ x.product_line
    ),
    -- Counted but never bought.
    surplus AS MATERIALIZED (
        SELECT g.distributor_id, g.warehouse_id, g.product_id, g.counted_on, sum(g.gap_qty) AS quantity
        FROM inventory_gap_as_of(p_effective_on - 1, p_knowledge) AS g
        WHERE g.gap_qty > 0
            AND EXISTS (SELECT FROM inventory_count AS n WHERE n.counted_on < p_effective_on AND n.count_kind = 'on_hand')
        GROUP BY g.distributor_id, g.warehouse_id, g.product_id, g.counted_on
    ),
    held AS (
        SELECT t.distributor_id, t.warehouse_id, t.product_id, 'on_hand' AS stock_place, l.occurred_on AS tranche_on,
            l.quantity, l.unit_cost, l.ordinality
        FROM inventory_tranches_as_of(p_effective_on - 1, p_knowledge) AS t
        CROSS JOIN LATERAL unnest(t.layers) WITH ORDINALITY AS l
        WHERE l.quantity > 0 AND (t.distributor_id = p_distributor_id OR p_distributor_id IS NULL)
        UNION ALL
        SELECT s.distributor_id, s.warehouse_id, s.product_id, 'in_transit', s.shipped_on,
            s.quantity, coalesce((
                -- Repriced on the way, by an earlier change.
                SELECT r.unit_cost
                FROM inventory_reprice_as_of(p_effective_on - 1, p_knowledge) AS r
                WHERE r.distributor_id = s.distributor_id
                    AND r.warehouse_id = s.warehouse_id
                    AND r.product_id = s.product_id
                    AND r.effective_on > s.shipped_on
                    AND r.covers_in_transit
                ORDER BY r.effective_on DESC, r.inventory_reprice_id DESC
                LIMIT 1), s.unit_price), 0
        FROM sell_in_arrival_as_of(p_effective_on - 1, p_knowledge) AS s
        WHERE s.arrives_on >= p_effective_on
            AND s.quantity > 0
            AND (s.distributor_id = p_distributor_id OR p_distributor_id IS NULL)
    ),
    judged AS (
        SELECT h.distributor_id, t.agreement_id, t.version_no, t.currency_code, h.warehouse_id, h.product_id, h.stock_place, h.tranche_on,
            h.quantity AS held_qty, h.unit_cost, round(c.new_price * (1 - t.discount_rate), 4) AS new_cost, h.ordinality, s.quantity AS surplus_qty,
            CASE
                WHEN x.product_id IS NOT NULL THEN 'excluded'
                WHEN abs(c.change_pct) < t.minimum_change_pct THEN 'minimum'
                WHEN c.new_price > c.old_price AND NOT t.covers_increase THEN 'increase'
                WHEN h.stock_place = 'in_transit' AND NOT t.covers_in_transit THEN 'in_transit'
                WHEN h.tranche_on < p_effective_on - t.look_back_days THEN 'look_back'
                WHEN h.unit_cost IS NULL THEN 'cost_unknown'
                WHEN sign(h.unit_cost - round(c.new_price * (1 - t.discount_rate), 4)) <> sign(c.old_price - c.new_price) THEN 'no_difference'
            END AS refusal
        FROM held AS h
        JOIN term AS t ON t.distributor_id = h.distributor_id
        JOIN change AS c
            ON c.product_id = h.product_id
            AND c.currency_code = t.currency_code
            AND coalesce(c.territory_id, -1) = coalesce(t.territory_id, -1)
        LEFT JOIN excluded AS x
            ON x.agreement_id = t.agreement_id
            AND x.version_no = t.version_no
            AND x.product_id = h.product_id
        LEFT JOIN surplus AS s
            ON t.reported_policy = 'lower'
            AND h.stock_place = 'on_hand'
            AND s.distributor_id = h.distributor_id
            AND s.warehouse_id = h.warehouse_id
            AND s.product_id = h.product_id
            AND s.counted_on = h.tranche_on
    )
    SELECT j.distributor_id, j.agreement_id, j.version_no, j.currency_code, j.warehouse_id, j.product_id, j.stock_place, j.tranche_on,
        j.held_qty, u.unsupported, q.covered, j.unit_cost, j.new_cost, q.covered * (j.unit_cost - j.new_cost),
        CASE
            WHEN j.refusal IS NOT NULL THEN j.refusal
            WHEN u.unsupported > 0 THEN 'unsupported'
        END
    FROM (
        SELECT n.*,
            -- The surplus was counted last on its day: it is the last of its tranches.
            CASE WHEN n.surplus_qty IS NOT NULL THEN coalesce(sum(n.held_qty) OVER (
                PARTITION BY n.distributor_id, n.warehouse_id, n.product_id, n.stock_place, n.tranche_on
                ORDER BY n.ordinality DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) END AS later_qty
        FROM judged AS n
        WHERE n.surplus_qty IS NOT NULL
        UNION ALL
        SELECT n.*, NULL
        FROM judged AS n
        WHERE n.surplus_qty IS NULL
    ) AS j
    CROSS JOIN LATERAL (
        SELECT CASE WHEN j.surplus_qty IS NULL THEN 0 ELSE least(j.held_qty, greatest(j.surplus_qty - j.later_qty, 0)) END AS unsupported
    ) AS u
    CROSS JOIN LATERAL (
        SELECT CASE WHEN j.refusal IS NULL THEN j.held_qty - u.unsupported ELSE 0 END AS covered
    ) AS q
$$;
COMMENT ON FUNCTION protection_lines_as_of(date, timestamptz, bigint) IS
    'One row = a tranche that a distributor held, or that was on its way, at the close of the day before prices change, as known at p_knowledge: what of it is covered, what it costs before and after, what it is worth, and why it is not covered: excluded, minimum (the change is too small), increase, in_transit, look_back, cost_unknown, no_difference (it costs no more than the new price), unsupported (counted but never bought; covered in part). p_distributor_id NULL = all';

CREATE FUNCTION assess_protections(
    p_effective_on date,
    p_distributor_id bigint DEFAULT NULL
) RETURNS SETOF claim_assessment
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_open record;
BEGIN
    -- One after the other; who does not see the one before fails on a key.
    LOCK TABLE price_protection IN SHARE ROW EXCLUSIVE MODE;
    -- What an earlier change did to the cost of the stock has to be known.
    SELECT s.claim_no, d.distributor_code, s.claim_state INTO v_open
    FROM price_protection AS p
    JOIN claim_state AS s ON s.distributor_id = p.distributor_id AND s.claim_id = p.claim_id
    JOIN distributor AS d ON d.distributor_id = p.distributor_id
    WHERE p.effective_on < p_effective_on
        AND s.claim_state IN ('proposed', 'approved')
        AND (p.distributor_id = p_distributor_id OR p_distributor_id IS NULL)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD127',
            MESSAGE = 'price protection of an earlier day is not decided and posted yet',
            DETAIL = format('Claim %L of distributor %s is %s.', v_open.claim_no, v_open.distributor_code, v_open.claim_state),
            HINT = 'Use decide_claims() and post_claims() first: what stock costs now depends on it.';
    END IF;
    RETURN QUERY
    WITH line AS MATERIALIZED (
        SELECT l.distributor_id, l.agreement_id, l.version_no, l.currency_code, l.warehouse_id, l.product_id, l.stock_place, l.tranche_on,
            l.quantity, l.unit_cost, l.new_cost, l.amount
        FROM protection_lines_as_of(p_effective_on, 'infinity', p_distributor_id) AS l
        WHERE l.quantity > 0
    ),
    found AS MATERIALIZED (
        SELECT l.distributor_id, l.currency_code, min(l.agreement_id) AS agreement_id, min(l.version_no) AS version_no,
            sum(l.amount) AS amount, count(*) AS lines,
            sum(l.quantity * (l.tranche_on - date '2000-01-01')) AS age_mark,
            sum(l.quantity * l.unit_cost) AS cost_mark
        FROM line AS l
        GROUP BY l.distributor_id, l.currency_code
    ),
    opened AS (
        INSERT INTO claim (distributor_id, claim_kind, claim_no, claimed_on, currency_code)
        SELECT f.distributor_id, 'price_protection', format('PP-%s-%s', to_char(p_effective_on, 'YYYYMMDD'), f.currency_code),
            p_effective_on, f.currency_code
        FROM found AS f
        WHERE NOT EXISTS (
            SELECT
            FROM price_protection AS p
            WHERE p.distributor_id = f.distributor_id
                AND p.effective_on = p_effective_on
                AND p.currency_code = f.currency_code)
        ORDER BY f.distributor_id, f.currency_code
        RETURNING *
    ),
    described AS (
        INSERT INTO price_protection (
            distributor_id, claim_id, effective_on, currency_code, agreement_id, version_no, settles_by, claim_until
        )
        SELECT o.distributor_id, o.claim_id, p_effective_on, o.currency_code, f.agreement_id, f.version_no, t.settles_by,
            p_effective_on + t.claim_days
        FROM opened AS o
        JOIN found AS f ON f.distributor_id = o.distributor_id AND f.currency_code = o.currency_code
        JOIN protection_term_in_force AS t ON t.agreement_id = f.agreement_id AND t.version_no = f.version_no
        RETURNING *
    ),
    standing AS (
        SELECT d.distributor_id, d.claim_id, d.currency_code, d.settles_by, d.agreement_id, d.version_no FROM described AS d
        UNION ALL
        SELECT p.distributor_id, p.claim_id, p.currency_code, p.settles_by, p.agreement_id, p.version_no
        FROM price_protection AS p
        WHERE p.effective_on = p_effective_on AND (p.distributor_id = p_distributor_id OR p_distributor_id IS NULL)
    ),
    before AS (
        SELECT a.distributor_id, a.claim_id, a.assessment_no, a.amount, n.lines, n.age_mark, n.cost_mark
        FROM (
            SELECT DISTINCT ON (l.distributor_id, l.claim_id) l.distributor_id, l.claim_id, l.assessment_no, l.amount
            FROM claim_assessment AS l
            JOIN standing AS s ON s.distributor_id = l.distributor_id AND s.claim_id = l.claim_id
            ORDER BY l.distributor_id, l.claim_id, l.assessment_no DESC
        ) AS a
        LEFT JOIN (
            SELECT l.distributor_id, l.claim_id, l.assessment_no, count(*) AS lines,
                sum(l.quantity * (l.tranche_on - date '2000-01-01')) AS age_mark,
                sum(l.quantity * l.unit_cost) AS cost_mark
            FROM price_protection_line AS l
            GROUP BY l.distributor_id, l.claim_id, l.assessment_no
        ) AS n USING (distributor_id, claim_id, assessment_no)
    ),
    asked AS (
        SELECT DISTINCT ON (r.distributor_id, r.claim_id) r.distributor_id, r.claim_id, r.requested_amount
        FROM price_protection_request AS r
        ORDER BY r.distributor_id, r.claim_id, r.request_no DESC
    ),
    assessed AS (
        INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount, reason)
        SELECT s.distributor_id, s.claim_id, coalesce(b.assessment_no, 0) + 1, x.amount,
            format('%s tranches, %s before cap and request', coalesce(f.lines, 0), coalesce(f.amount, 0))
        FROM standing AS s
        JOIN currency AS k ON k.currency_code = s.currency_code
        JOIN protection_term_in_force AS t ON t.agreement_id = s.agreement_id AND t.version_no = s.version_no
        LEFT JOIN found AS f ON f.distributor_id = s.distributor_id AND f.currency_code = s.currency_code
        LEFT JOIN before AS b ON b.distributor_id = s.distributor_id AND b.claim_id = s.claim_id
        LEFT JOIN asked AS r ON r.distributor_id = s.distributor_id AND r.claim_id = s.claim_id
        CROSS JOIN LATERAL (
            SELECT least(round(coalesce(f.amount, 0), k.minor_unit), t.cap_amount, r.requested_amount) AS amount
        ) AS x
        -- What has to be claimed is worth nothing until it is.
        WHERE (s.settles_by = 'credit' OR r.claim_id IS NOT NULL)
            AND (x.amount, coalesce(f.lines, 0), coalesce(f.age_mark, 0), coalesce(f.cost_mark, 0))
                IS DISTINCT FROM (b.amount, coalesce(b.lines, 0), coalesce(b.age_mark, 0), coalesce(b.cost_mark, 0))
        RETURNING *
    ),
    detailed AS (
        INSERT INTO price_protection_line (
            distributor_id, claim_id, assessment_no, line_no, warehouse_id, product_id, stock_place, tranche_on,
            quantity, unit_cost, new_cost, amount
        )
        SELECT a.distributor_id, a.claim_id, a.assessment_no,
            row_number() OVER (PARTITION BY a.distributor_id, a.claim_id),
            l.warehouse_id, l.product_id, l.stock_place, l.tranche_on, l.quantity, l.unit_cost, l.new_cost, l.amount
        FROM assessed AS a
        JOIN standing AS s ON s.distributor_id = a.distributor_id AND s.claim_id = a.claim_id
        JOIN line AS l ON l.distributor_id = s.distributor_id AND l.currency_code = s.currency_code
    )
    SELECT a.* FROM assessed AS a;
END
$$;
COMMENT ON FUNCTION assess_protections(date, bigint) IS
    'Works out what the changes of price of a day are worth (for one distributor, or all) and enters what differs from the assessment before; returns the new assessments. What has to be claimed is assessed once it is. ZD127 while a protection of an earlier day waits.';

CREATE FUNCTION run_price_protection(
    p_from date,
    p_to date DEFAULT NULL,
    p_distributor_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF claim_assessment
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint;
    v_day date;
    v_rows claim_assessment[];
BEGIN
    IF p_from IS NULL OR NOT isfinite(p_from) OR NOT isfinite(coalesce(p_to, p_from)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day of the change of prices is missing',
            DETAIL = format('p_from is %s, p_to %s.', coalesce(p_from::text, 'NULL'), coalesce(p_to::text, 'NULL')),
            HINT = 'Give the first day of the new prices; see price_change.';
    END IF;
    IF p_distributor_code IS NOT NULL THEN
        SELECT d.distributor_id INTO v_distributor_id FROM distributor AS d WHERE d.distributor_code = p_distributor_code;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'no_data_found',
                MESSAGE = 'distributor does not exist',
                DETAIL = format('There is no row with distributor_code %L in distributor.', p_distributor_code),
                HINT = 'Enter the distributor first.';
        END IF;
    END IF;
    BEGIN
        FOR v_day IN
            SELECT DISTINCT c.effective_on
            FROM price_change AS c
            WHERE c.effective_on BETWEEN p_from AND coalesce(p_to, p_from)
            ORDER BY c.effective_on
        LOOP
            v_rows := v_rows || ARRAY(SELECT a FROM assess_protections(v_day, v_distributor_id) AS a ORDER BY a.claim_id);
        END LOOP;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION run_price_protection(date, date, text, boolean) IS
    'Assesses the changes of price of a day, or of the days up to p_to, for one distributor or all; returns what is new. Run it again when facts came late: an assessment that differs is entered, and once approved post_claims() posts the difference; otherwise nothing happens. p_dry_run enters nothing. 22023 without a day, P0002 for an unknown distributor, ZD127 while a protection of an earlier day waits.';

CREATE FUNCTION claim_protection(
    p_distributor_code text,
    p_effective_on date,
    p_requested_on date,
    p_reference_no text,
    p_requested_amount numeric DEFAULT NULL
) RETURNS price_protection_request
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_protection price_protection;
    result price_protection_request;
BEGIN
    LOCK TABLE price_protection IN SHARE ROW EXCLUSIVE MODE;
    SELECT p.* INTO v_protection
    FROM price_protection AS p
    JOIN distributor AS d ON d.distributor_id = p.distributor_id
    WHERE d.distributor_code = p_distributor_code AND p.effective_on = p_effective_on
    ORDER BY p.claim_id
    LIMIT 1;
    IF NOT FOUND OR p_requested_on > v_protection.claim_until THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD128',
            MESSAGE = 'price protection is claimed too late, or there is none',
            DETAIL = format('Distributor %s, change of %s, claimed on %s; to be claimed until %s.', p_distributor_code, p_effective_on,
                p_requested_on, coalesce(v_protection.claim_until::text, '(no such protection)')),
            HINT = 'See price_protection; run_price_protection() opens one for each day on which prices change.';
    END IF;
    INSERT INTO price_protection_request (distributor_id, claim_id, request_no, requested_on, reference_no, requested_amount)
    SELECT v_protection.distributor_id, v_protection.claim_id, 1 + count(*), p_requested_on, p_reference_no, p_requested_amount
    FROM price_protection_request AS r
    WHERE r.distributor_id = v_protection.distributor_id AND r.claim_id = v_protection.claim_id
    RETURNING * INTO result;
    PERFORM FROM assess_protections(p_effective_on, v_protection.distributor_id);
    RETURN result;
END
$$;
COMMENT ON FUNCTION claim_protection(text, date, date, text, numeric) IS
    'The distributor claims the protection against the prices of a day: what is due, at most p_requested_amount, is assessed. Returns the request. ZD128 after claim_days, or when there is nothing to claim.';

CREATE FUNCTION reprice_protected_stock() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    WITH due AS MATERIALIZED (
        SELECT DISTINCT l.distributor_id, l.claim_id, p.effective_on, p.currency_code, l.warehouse_id, l.product_id, l.new_cost,
            t.covers_in_transit
        FROM new_rows AS n
        JOIN price_protection AS p ON p.distributor_id = n.distributor_id AND p.claim_id = n.claim_id
        JOIN price_protection_line AS l
            ON l.distributor_id = n.distributor_id
            AND l.claim_id = n.claim_id
            AND l.assessment_no = n.assessment_no
        JOIN protection_term_in_force AS t ON t.agreement_id = p.agreement_id AND t.version_no = p.version_no
    ),
    standing AS MATERIALIZED (
        SELECT r.*, d.new_cost
        FROM due AS d
        JOIN inventory_reprice_as_of() AS r
            ON r.distributor_id = d.distributor_id
            AND r.effective_on = d.effective_on
            AND r.warehouse_id = d.warehouse_id
            AND r.product_id = d.product_id
            AND r.claim_kind = 'price_protection'
            AND r.claim_id = d.claim_id
    )
    INSERT INTO inventory_reprice (
        distributor_id, effective_on, warehouse_id, product_id, unit_cost, currency_code, covers_in_transit, claim_kind, claim_id,
        entry_kind, corrects_effective_on, corrects_line_id
    )
    SELECT d.distributor_id, d.effective_on, d.warehouse_id, d.product_id, d.new_cost, d.currency_code, d.covers_in_transit,
        'price_protection', d.claim_id, 'original', NULL::date, NULL::bigint
    FROM due AS d
    WHERE NOT EXISTS (
        SELECT
        FROM standing AS s
        WHERE s.distributor_id = d.distributor_id AND s.warehouse_id = d.warehouse_id AND s.product_id = d.product_id AND s.claim_id = d.claim_id)
    UNION ALL
    -- The new cost was found to be another one: a level that changed, for instance.
    SELECT s.distributor_id, s.effective_on, s.warehouse_id, s.product_id, CASE k.entry_kind WHEN 'reversal' THEN s.unit_cost ELSE s.new_cost END,
        s.currency_code, s.covers_in_transit, s.claim_kind, s.claim_id, k.entry_kind, s.effective_on, s.inventory_reprice_id
    FROM standing AS s
    CROSS JOIN (VALUES ('reversal'), ('replacement')) AS k (entry_kind)
    WHERE s.unit_cost <> s.new_cost;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION reprice_protected_stock() IS
    'Trigger AFTER INSERT of claim_entry with the transition table new_rows: with the posting of a protection the stock that it covers costs the new price from the day of the change on (inventory_reprice), so that nothing is paid twice';

CREATE TRIGGER claim_entry_reprices_stock
    AFTER INSERT ON claim_entry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION reprice_protected_stock();
COMMENT ON TRIGGER claim_entry_reprices_stock ON claim_entry IS 'No protection without a new cost';
