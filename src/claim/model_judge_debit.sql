-- claim, ship-and-debit: how a line is judged. First what speaks against it, all of
-- it; then, of what is left, how many units the sale and the authorization have,
-- and what they are worth. Sales come first, then what takes something back.

CREATE TYPE ship_debit_draft AS (
    distributor_id bigint,
    claim_id bigint,
    line_no integer,
    base_qty numeric,
    claimed_amount numeric,
    findings text[],
    is_refused boolean,
    is_pended boolean,
    special_price_id bigint,
    product_id bigint,
    left_qty numeric,
    drawn_qty numeric,
    sold_on date,
    sell_through_id bigint,
    sale_qty numeric,
    price_basis text,
    basis_price numeric,
    special_price numeric,
    minor_unit integer,
    reversed_qty numeric,
    reverses_claim_id bigint,
    reverses_line_no integer,
    original_qty numeric,
    original_amount numeric,
    old_sold_on date,
    old_sell_through_id bigint
);
COMMENT ON TYPE ship_debit_draft IS 'What judge_ship_debits() finds about a line before units are given out';
COMMENT ON COLUMN ship_debit_draft.distributor_id IS 'The distributor';
COMMENT ON COLUMN ship_debit_draft.claim_id IS 'The claim';
COMMENT ON COLUMN ship_debit_draft.line_no IS 'The line';
COMMENT ON COLUMN ship_debit_draft.base_qty IS 'Base units claimed';
COMMENT ON COLUMN ship_debit_draft.claimed_amount IS 'Amount claimed';
COMMENT ON COLUMN ship_debit_draft.findings IS 'Reasons: code, a blank, what it was found from';
COMMENT ON COLUMN ship_debit_draft.is_refused IS 'Whether one of them refuses the line';
COMMENT ON COLUMN ship_debit_draft.is_pended IS 'Whether the sale is not there yet';
COMMENT ON COLUMN ship_debit_draft.special_price_id IS 'The authorization';
COMMENT ON COLUMN ship_debit_draft.product_id IS 'The product';
COMMENT ON COLUMN ship_debit_draft.left_qty IS 'Base units that the authorization has left; NULL = no limit';
COMMENT ON COLUMN ship_debit_draft.drawn_qty IS 'Base units that this line has drawn';
COMMENT ON COLUMN ship_debit_draft.sold_on IS 'Day of the sale';
COMMENT ON COLUMN ship_debit_draft.sell_through_id IS 'Key of the sale';
COMMENT ON COLUMN ship_debit_draft.sale_qty IS 'Base units of the sale, signed';
COMMENT ON COLUMN ship_debit_draft.price_basis IS 'tranche, contract or book';
COMMENT ON COLUMN ship_debit_draft.basis_price IS 'What the special price is compared with';
COMMENT ON COLUMN ship_debit_draft.special_price IS 'Authorized price';
COMMENT ON COLUMN ship_debit_draft.minor_unit IS 'Decimals of the currency';
COMMENT ON COLUMN ship_debit_draft.reversed_qty IS 'Base units of this line that others have reversed';
COMMENT ON COLUMN ship_debit_draft.reverses_claim_id IS 'Claim of the line that this one reverses';
COMMENT ON COLUMN ship_debit_draft.reverses_line_no IS 'That line';
COMMENT ON COLUMN ship_debit_draft.original_qty IS 'Base units accepted of that line';
COMMENT ON COLUMN ship_debit_draft.original_amount IS 'Amount accepted of it';
COMMENT ON COLUMN ship_debit_draft.old_sold_on IS 'Day of the sale that it was matched to before';
COMMENT ON COLUMN ship_debit_draft.old_sell_through_id IS 'Key of that sale';

CREATE FUNCTION draft_ship_debits(p_claim_ids bigint[], p_sign integer) RETURNS SETOF ship_debit_draft
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
    WITH line AS MATERIALIZED (
        SELECT s.*, l.quantity, l.special_price AS claimed_price, l.cost_price, l.warehouse_ref, l.claimed_amount AS amount,
            CASE WHEN l.quantity <> 0 THEN l.base_qty / l.quantity END AS base_rate
        FROM ship_debit_state AS s
        JOIN ship_debit_line AS l USING (distributor_id, claim_id, line_no)
        WHERE (s.claim_id = ANY (p_claim_ids) OR p_claim_ids IS NULL AND coalesce(s.verdict, 'pended') = 'pended')
            AND CASE WHEN coalesce(s.claimed_qty, 0) < 0 THEN -1 ELSE 1 END = p_sign
    ),
    -- The authorization as it stands now.
    authorized AS MATERIALIZED (
        SELECT n.*, p.special_price_id AS found_id, p.special_price_state, p.valid_from, coalesce(t.valid_to, p.valid_to) AS valid_to,
            p.end_customer_id, p.reseller_id, p.currency_code AS special_currency,
            t.product_id AS covered_id, t.unit_price, t.book_price, t.resale_price, t.limit_qty, t.left_qty,
            coalesce(m.price_basis, 'tranche') AS agreed_basis, m.claim_days
        FROM line AS n
        LEFT JOIN special_price AS p ON p.distributor_id = n.distributor_id AND p.authorization_no = n.contract_no
        LEFT JOIN special_price_terms AS t
            ON t.distributor_id = p.distributor_id
            AND t.special_price_id = p.special_price_id
            AND t.product_id = n.product_id
        LEFT JOIN LATERAL (
            SELECT d.price_basis, d.claim_days
            FROM agreement AS a
            JOIN agreement_version AS v ON v.agreement_id = a.agreement_id AND v.version_state <> 'draft'
            JOIN ship_debit_term AS d ON d.agreement_id = v.agreement_id AND d.version_no = v.version_no
            WHERE a.distributor_id = n.distributor_id
                AND n.shipped_on BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
            ORDER BY a.agreement_id
            LIMIT 1
        ) AS m ON true
    ),
    -- Sales that a line can be about: same product, invoice and day. Those with
    -- units that nobody has claimed come first.
    wanted AS (
        SELECT a.distributor_id, a.claim_id, a.line_no, a.product_id, a.invoice_no, a.shipped_on, a.contract_no,
            row_number() OVER (
                PARTITION BY a.distributor_id, a.product_id, a.invoice_no, a.shipped_on, a.contract_no
                ORDER BY a.claim_id, a.line_no) AS n
        FROM authorized AS a
        WHERE a.product_id IS NOT NULL AND a.invoice_no IS NOT NULL AND a.shipped_on IS NOT NULL
    ),
    offered AS (
        SELECT w.*, s.sold_on, s.sell_through_id, s.warehouse_id, s.quantity, s.unit_price, s.end_customer_id, s.reseller_id,
            row_number() OVER (
                PARTITION BY w.distributor_id, w.product_id, w.invoice_no, w.shipped_on, w.contract_no
                ORDER BY coalesce(u.quantity, 0) >= s.quantity AND s.quantity > 0, s.sell_through_id) AS place,
            count(*) OVER (PARTITION BY w.distributor_id, w.product_id, w.invoice_no, w.shipped_on, w.contract_no) AS places
        FROM (
            SELECT DISTINCT k.distributor_id, k.product_id, k.invoice_no, k.shipped_on, k.contract_no
            FROM wanted AS k
        ) AS w
        JOIN sell_through_as_of() AS s
            ON s.distributor_id = w.distributor_id
            AND s.sold_on = w.shipped_on
            AND s.product_id = w.product_id
            AND (s.invoice_no = w.invoice_no OR s.invoice_no IS NULL AND s.contract_no = w.contract_no)
            AND sign(s.quantity) = p_sign
        LEFT JOIN LATERAL (
            SELECT sum(e.quantity) AS quantity
            FROM unit_earning AS e
            WHERE e.distributor_id = s.distributor_id
                AND e.sold_on = s.sold_on
                AND e.sell_through_id = s.sell_through_id
                AND e.class_code = 'ship_debit'
        ) AS u ON true
    ),
    matched AS MATERIALIZED (
        SELECT a.*, coalesce(o.places, 0) AS places,
            coalesce(b.sold_on, o.sold_on) AS match_on, coalesce(b.sell_through_id, o.sell_through_id) AS match_id,
            coalesce(b.warehouse_id, o.warehouse_id) AS match_warehouse_id, coalesce(b.quantity, o.quantity) AS match_qty,
            coalesce(b.unit_price, o.unit_price) AS match_price,
            CASE WHEN b.sell_through_id IS NULL THEN o.end_customer_id ELSE b.end_customer_id END AS match_customer_id,
            CASE WHEN b.sell_through_id IS NULL THEN o.reseller_id ELSE b.reseller_id END AS match_reseller_id
        FROM authorized AS a
        LEFT JOIN wanted AS w USING (distributor_id, claim_id, line_no)
        LEFT JOIN offered AS o
            ON o.distributor_id = a.distributor_id
            AND o.product_id = a.product_id
            AND o.invoice_no = a.invoice_no
            AND o.shipped_on = a.shipped_on
            AND o.contract_no IS NOT DISTINCT FROM a.contract_no
            AND o.place = (w.n - 1) % o.places + 1
        -- What it was matched to before stays, while it stands.
        LEFT JOIN sell_through_as_of() AS b
            ON b.distributor_id = a.distributor_id
            AND b.sold_on = a.sold_on
            AND b.sell_through_id = a.sell_through_id
    ),
    -- What the units of these sales had cost.
    item AS MATERIALIZED (
        SELECT DISTINCT m.distributor_id, m.match_warehouse_id AS warehouse_id, m.product_id
        FROM matched AS m
        WHERE m.match_id IS NOT NULL AND m.agreed_basis = 'tranche'
    ),
    moved AS MATERIALIZED (
        SELECT q.distributor_id, q.fact_on, q.fact_id, (q.position).moved_cost AS moved_cost
        FROM (
            SELECT m.distributor_id, m.fact_table, m.fact_on, m.fact_id,
                inventory_position(m.kind, m.quantity, m.unit_cost, m.tranche_on) OVER (
                    PARTITION BY m.distributor_id, m.warehouse_id, m.product_id
                    ORDER BY m.occurred_on, m.day_step, m.unit_cost, m.quantity, m.tranche_on, m.fact_id) AS position
            FROM inventory_movement_as_of() AS m
            WHERE (m.distributor_id, m.warehouse_id, m.product_id) IN (SELECT i.distributor_id, i.warehouse_id, i.product_id FROM item AS i)
        ) AS q
        WHERE q.fact_table = 'sell_through'
    ),
    priced AS MATERIALIZED (
        SELECT m.*,
            CASE WHEN m.agreed_basis = 'tranche' AND c.moved_cost IS NULL THEN 'book' ELSE m.agreed_basis END AS used_basis,
            CASE m.agreed_basis
                WHEN 'contract' THEN m.book_price
                WHEN 'tranche' THEN coalesce(c.moved_cost / nullif(abs(m.match_qty), 0), b.unit_price)
                ELSE b.unit_price
            END AS basis
        FROM matched AS m
        LEFT JOIN moved AS c
            ON c.distributor_id = m.distributor_id
            AND c.fact_on = m.match_on
            AND c.fact_id = m.match_id
        LEFT JOIN LATERAL (
            SELECT x.unit_price
            FROM distributor AS d
            CROSS JOIN product AS p
            CROSS JOIN LATERAL purchase_price(d.distributor_code, p.product_code, 1, m.shipped_on) AS x
            WHERE m.match_id IS NOT NULL
                AND (m.agreed_basis = 'book' OR m.agreed_basis = 'tranche' AND c.moved_cost IS NULL)
                AND d.distributor_id = m.distributor_id
                AND p.product_id = m.product_id
                AND EXISTS (
                    SELECT
                    FROM price_list AS l
                    JOIN price_list_item AS i ON i.price_list_id = l.price_list_id
                    WHERE i.product_id = m.product_id
                        AND (l.territory_id = d.territory_id OR l.territory_id IS NULL)
                        AND m.shipped_on BETWEEN i.valid_from AND coalesce(i.valid_to, 'infinity'))
        ) AS b ON true
    ),
    found AS MATERIALIZED (
        SELECT p.*, array_remove(ARRAY[
            CASE WHEN p.special_price_state = 'requested' OR p.contract_no IS NOT NULL AND p.found_id IS NULL THEN format('01 authorization %s', p.contract_no) END,
            CASE WHEN p.shipped_on > p.valid_to THEN format('02 sold %s, valid to %s', p.shipped_on, p.valid_to) END,
            CASE WHEN p.special_price_state = 'approved' AND p.product_id IS NOT NULL AND p.covered_id IS NULL THEN format('03 product %s', p.product_ref) END,
            CASE WHEN p.warehouse_ref IS NOT NULL AND NOT EXISTS (
                SELECT FROM warehouse AS w WHERE w.distributor_id = p.distributor_id AND w.warehouse_code = p.warehouse_ref) THEN format('08 warehouse %s', p.warehouse_ref) END,
            CASE WHEN btrim(p.claim_no) = '' THEN '11 claim without a number' END,
            CASE WHEN p.product_ref IS NOT NULL AND p.product_id IS NULL THEN format('14 part %s', p.product_ref) END,
            CASE WHEN num_nulls(p.contract_no, p.product_ref, nullif(p.quantity, 0), p.invoice_no, p.shipped_on) > 0 THEN '15 '
                || concat_ws(', ', CASE WHEN p.contract_no IS NULL THEN 'authorization' END, CASE WHEN p.product_ref IS NULL THEN 'part' END,
                    CASE WHEN nullif(p.quantity, 0) IS NULL THEN 'quantity' END, CASE WHEN p.invoice_no IS NULL THEN 'invoice' END,
                    CASE WHEN p.shipped_on IS NULL THEN 'ship date' END) END,
            CASE WHEN p.match_price > p.resale_price AND p_sign > 0 THEN format('16 resale %s, authorized %s', p.match_price, p.resale_price) END,
            CASE WHEN p.basis <= p.unit_price AND p_sign > 0 THEN format('17 book %s, special %s', round(p.basis, 4), p.unit_price) END,
            CASE WHEN p.shipped_on > p.claimed_on THEN format('18 sold %s, claimed %s', p.shipped_on, p.claimed_on) END,
            CASE WHEN p.shipped_on < p.valid_from THEN format('19 sold %s, valid from %s', p.shipped_on, p.valid_from) END,
            CASE WHEN p.special_price_state = 'refused' THEN format('23 authorization %s was refused', p.contract_no) END,
            CASE WHEN p.quantity IS NOT NULL AND p.claimed_qty IS NULL AND p.product_id IS NOT NULL THEN 'ZZ unit of measure is not known for the product' END,
            CASE WHEN p.claimed_on - p.shipped_on > p.claim_days THEN format('ZZ claimed %s days after the sale, %s are allowed', p.claimed_on - p.shipped_on, p.claim_days) END,
            CASE WHEN p.special_currency <> p.currency_code THEN format('ZZ claimed in %s, authorized in %s', p.currency_code, p.special_currency) END,
            CASE WHEN p.match_customer_id <> p.end_customer_id THEN 'ZZ sold to another end customer' END,
            CASE WHEN p.match_reseller_id <> p.reseller_id THEN 'ZZ sold to another reseller' END,
            CASE WHEN p.match_id IS NOT NULL AND p.basis IS NULL AND p.covered_id IS NOT NULL THEN format('ZZ no %s price is known', p.agreed_basis) END
        ], NULL) AS against
        FROM priced AS p
    ),
    -- Lines that say the same: a line with the reversing quantity is no duplicate,
    -- and makes room for another one.
    same AS (
        SELECT f.distributor_id, f.claim_id, f.line_no,
            coalesce(sum(sign(s.claimed_qty)) FILTER (WHERE (s.claim_id, s.line_no) < (f.claim_id, f.line_no)), 0) AS before
        FROM found AS f
        JOIN ship_debit_state AS s
            ON s.distributor_id = f.distributor_id
            AND s.product_id = f.product_id
            AND s.invoice_no = f.invoice_no
            AND s.shipped_on = f.shipped_on
            AND s.contract_no = f.contract_no
            AND abs(s.claimed_qty) = abs(f.claimed_qty)
            AND (s.verdict IS NULL OR s.verdict <> 'rejected')
        LEFT JOIN found AS o
            ON o.distributor_id = s.distributor_id
            AND o.claim_id = s.claim_id
            AND o.line_no = s.line_no
        WHERE coalesce(cardinality(o.against), 0) = 0
        GROUP BY f.distributor_id, f.claim_id, f.line_no
    )
    SELECT f.distributor_id, f.claim_id, f.line_no, f.claimed_qty, f.amount,
        f.against || array_remove(ARRAY[
            CASE WHEN p_sign > 0 AND e.before >= greatest(f.places, 1) THEN format('12 claimed before: invoice %s, %s units', f.invoice_no, f.claimed_qty) END,
            CASE WHEN f.match_id IS NULL AND r.claim_id IS NULL AND cardinality(f.against) = 0 THEN
                CASE WHEN p_sign > 0 THEN '25 sale is not reported yet' ELSE '25 neither an accepted line nor a return is there to take back' END END,
            CASE WHEN p_sign > 0 AND f.claimed_price / f.base_rate <> f.unit_price THEN format('06 special %s, authorized %s', f.claimed_price, f.unit_price) END,
            CASE WHEN p_sign > 0 AND f.cost_price / f.base_rate > round(f.basis, 4) THEN format('07 cost %s, found %s', f.cost_price, round(f.basis, 4)) END
        ], NULL),
        cardinality(f.against) > 0 OR p_sign > 0 AND coalesce(e.before >= greatest(f.places, 1), false),
        f.match_id IS NULL AND r.claim_id IS NULL,
        f.found_id, f.product_id, f.left_qty,
        coalesce((
            SELECT sum(d.quantity)
            FROM special_price_draw AS d
            WHERE d.distributor_id = f.distributor_id
                AND d.special_price_id = f.found_id
                AND d.product_id = f.product_id
                AND d.reference_no = format('%s/%s', f.claim_id, f.line_no)), 0),
        f.match_on, f.match_id, f.match_qty, f.used_basis, f.basis, f.unit_price, k.minor_unit::integer,
        coalesce((
            SELECT -sum(v.accepted_qty)
            FROM ship_debit_verdict AS v
            WHERE v.distributor_id = f.distributor_id
                AND v.reverses_claim_id = f.claim_id
                AND v.reverses_line_no = f.line_no
                AND NOT EXISTS (
                    SELECT
                    FROM ship_debit_verdict AS o
                    WHERE o.distributor_id = v.distributor_id
                        AND o.claim_id = v.claim_id
                        AND o.line_no = v.line_no
                        AND o.verdict_no > v.verdict_no)), 0),
        r.claim_id, r.line_no, r.accepted_qty, r.accepted_amount, f.sold_on, f.sell_through_id
    FROM found AS f
    JOIN currency AS k ON k.currency_code = f.currency_code
    LEFT JOIN same AS e USING (distributor_id, claim_id, line_no)
    -- What a line with a negative quantity takes back: the latest line of the same
    -- kind that was accepted and that nobody else has taken back.
    LEFT JOIN LATERAL (
        SELECT s.claim_id, s.line_no, s.accepted_qty, s.accepted_amount
        FROM ship_debit_state AS s
        WHERE p_sign < 0
            AND s.distributor_id = f.distributor_id
            AND s.product_id = f.product_id
            AND s.invoice_no = f.invoice_no
            AND s.shipped_on = f.shipped_on
            AND s.contract_no = f.contract_no
            AND s.claimed_qty = -f.claimed_qty
            AND s.verdict IN ('accepted', 'partial')
            AND s.accepted_qty > 0
            AND NOT EXISTS (
                SELECT
                FROM ship_debit_verdict AS o
                WHERE o.distributor_id = s.distributor_id
                    AND o.reverses_claim_id = s.claim_id
                    AND o.reverses_line_no = s.line_no
                    AND (o.claim_id, o.line_no) <> (f.claim_id, f.line_no)
                    AND NOT EXISTS (
                        SELECT
                        FROM ship_debit_verdict AS n
                        WHERE n.distributor_id = o.distributor_id
                            AND n.claim_id = o.claim_id
                            AND n.line_no = o.line_no
                            AND n.verdict_no > o.verdict_no))
        ORDER BY s.claim_id DESC, s.line_no DESC
        LIMIT 1
    ) AS r ON true
    ORDER BY f.claim_id, f.line_no
$$;
COMMENT ON FUNCTION draft_ship_debits(bigint[], integer) IS
    'What speaks for and against lines of ship-and-debit claims (NULL = all that are pended), those that claim (p_sign 1) or take back (-1): authorization, sale, price basis, reasons';
