-- agreement, purchases: what counts as bought under an agreement, and when. A line of
-- sell-in is a purchase on the day it was ordered, shipped, invoiced or paid, as each
-- agreement says; the days other than that of shipment come as rows of their own.

CREATE TABLE purchase_event (
    distributor_id bigint NOT NULL,
    shipped_on date NOT NULL,
    sell_in_id bigint NOT NULL,
    purchase_event_id bigint GENERATED ALWAYS AS IDENTITY,
    event_kind text NOT NULL,
    occurred_on date,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT purchase_event_pkey PRIMARY KEY (distributor_id, shipped_on, sell_in_id, purchase_event_id),
    CONSTRAINT purchase_event_kind_check CHECK (event_kind IN ('order', 'invoice', 'paid')),
    CONSTRAINT purchase_event_finite_check CHECK (isfinite(occurred_on)),
    CONSTRAINT purchase_event_sell_in_fkey FOREIGN KEY (distributor_id, shipped_on, sell_in_id) REFERENCES sell_in
);
COMMENT ON TABLE purchase_event IS 'One row = the day on which a line of sell-in was ordered, invoiced or paid in full; the newest row of a kind is what holds';
COMMENT ON COLUMN purchase_event.distributor_id IS 'The distributor';
COMMENT ON COLUMN purchase_event.shipped_on IS 'Day of shipment of the line';
COMMENT ON COLUMN purchase_event.sell_in_id IS 'Key of the line, with distributor and day';
COMMENT ON COLUMN purchase_event.purchase_event_id IS 'Key within the line';
COMMENT ON COLUMN purchase_event.event_kind IS 'order, invoice or paid (all of it)';
COMMENT ON COLUMN purchase_event.occurred_on IS 'The day; NULL takes back what was said before';
COMMENT ON COLUMN purchase_event.recorded_at IS 'Known since';

CREATE TRIGGER purchase_event_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON purchase_event
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER purchase_event_append_only ON purchase_event IS 'Facts are append-only';

CREATE FUNCTION purchase_as_of(
    p_activity date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    measure_event text,
    purchased_on date,
    distributor_id bigint,
    shipped_on date,
    sell_in_id bigint,
    product_id bigint,
    quantity numeric,
    list_price numeric,
    unit_price numeric,
    amount numeric,
    currency_code text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT 'ship'::text AS measure_event,
        s.shipped_on AS purchased_on,
        s.distributor_id,
        s.shipped_on,
        s.sell_in_id,
        s.product_id,
        s.quantity,
        s.list_price,
        s.unit_price,
        s.amount,
        s.currency_code
    FROM sell_in_as_of(p_activity, p_knowledge) AS s
    UNION ALL
    SELECT k.event_kind AS measure_event,
        d.purchased_on,
        s.distributor_id,
        s.shipped_on,
        s.sell_in_id,
        s.product_id,
        s.quantity,
        s.list_price,
        s.unit_price,
        s.amount,
        s.currency_code
    FROM (
        -- Only the events that an agreement goes by.
        SELECT DISTINCT v.measure_event AS event_kind
        FROM agreement_version AS v
        WHERE v.measure_event <> 'ship'
    ) AS k
    CROSS JOIN sell_in_as_of('infinity'::date, p_knowledge) AS s
    LEFT JOIN LATERAL (
        SELECT e.occurred_on
        FROM purchase_event AS e
        WHERE e.distributor_id = s.distributor_id
            AND e.shipped_on = s.shipped_on
            AND e.sell_in_id = s.sell_in_id
            AND e.event_kind = k.event_kind
            AND e.recorded_at <= p_knowledge
        ORDER BY e.recorded_at DESC, e.purchase_event_id DESC
        LIMIT 1
    ) AS o ON true
    CROSS JOIN LATERAL (
        SELECT CASE k.event_kind
            WHEN 'paid' THEN o.occurred_on
            ELSE coalesce(o.occurred_on, s.shipped_on)
        END AS purchased_on
    ) AS d
    WHERE d.purchased_on <= p_activity
        -- Looked at once, before any line is read.
        AND EXISTS (SELECT FROM agreement_version AS w WHERE w.measure_event <> 'ship');
END;
COMMENT ON FUNCTION purchase_as_of(date, timestamptz) IS
    'One row = a line of sell-in that stands and the day on which it was bought by a measure event: ship; and, of those that an agreement goes by, order and invoice (where nothing is entered the day of shipment) and paid (where nothing is entered it is not paid and has no row). Up to p_activity, as known at p_knowledge';

CREATE FUNCTION agreement_scope_rank(
    p_agreement_id bigint,
    p_version_no integer,
    p_product_id bigint,
    p_product_line ltree
) RETURNS integer
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT CASE
        WHEN count(*) = 0 THEN 0
        WHEN bool_or(s.hit AND s.is_excluded) THEN NULL
        WHEN bool_and(s.is_excluded) THEN 0
        ELSE max(CASE WHEN s.product_id IS NOT NULL THEN 1000000 ELSE nlevel(s.product_line) END) FILTER (WHERE s.hit)
    END
    FROM (
        SELECT c.product_id,
            c.product_line,
            c.is_excluded,
            c.product_id = p_product_id AND c.product_id IS NOT NULL
                OR c.product_line @> p_product_line AND c.product_line IS NOT NULL AS hit
        FROM agreement_scope AS c
        WHERE c.agreement_id = p_agreement_id AND c.version_no = p_version_no
    ) AS s;
END;
COMMENT ON FUNCTION agreement_scope_rank(bigint, integer, bigint, ltree) IS
    'How closely a version covers a product: NULL = not, 0 = because it covers all, the depth of the product line, or 1000000 = the product by itself; the higher goes before the lower';

CREATE FUNCTION agreement_purchase_as_of(
    p_activity date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_agreement_ids bigint[] DEFAULT NULL,
    p_from date DEFAULT '-infinity'
) RETURNS TABLE (
    agreement_id bigint,
    version_no integer,
    party_no bigint,
    distributor_id bigint,
    purchased_on date,
    product_id bigint,
    product_line ltree,
    quantity numeric,
    list_amount numeric,
    amount numeric,
    settlement_currency text
)
LANGUAGE sql
STABLE
ROWS 10000
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
    -- Facts that are just loaded have no statistics; a nested loop over them is never
    -- what is wanted here. Which distributors' is known before any is read.
    WITH term AS MATERIALIZED (
        SELECT v.agreement_id, v.version_no, v.settlement_currency, v.measure_event, m.party_no, m.distributor_id,
            greatest(v.valid_from, m.valid_from, p_from) AS counts_from,
            least(coalesce(v.valid_to, 'infinity'), m.valid_to, p_activity) AS counts_to,
            EXISTS (
                SELECT FROM agreement_scope AS c WHERE c.agreement_id = v.agreement_id AND c.version_no = v.version_no
            ) AS has_scope
        FROM agreement_version AS v
        JOIN agreement_member AS m ON m.agreement_id = v.agreement_id
        WHERE v.version_state <> 'draft'
            AND (p_agreement_ids IS NULL OR v.agreement_id = ANY (p_agreement_ids))
            AND greatest(v.valid_from, m.valid_from, p_from) <= least(coalesce(v.valid_to, 'infinity'), m.valid_to, p_activity)
    )
    SELECT t.agreement_id, t.version_no, t.party_no, t.distributor_id, s.purchased_on, s.product_id, p.product_line, s.quantity,
        convert_amount(s.list_price * s.quantity, s.currency_code, t.settlement_currency, s.purchased_on),
        convert_amount(s.amount, s.currency_code, t.settlement_currency, s.purchased_on),
        t.settlement_currency
    FROM term AS t
    JOIN purchase_as_of(p_activity, p_knowledge) AS s
        ON s.distributor_id = t.distributor_id
        AND s.measure_event = t.measure_event
        AND s.purchased_on BETWEEN t.counts_from AND t.counts_to
    JOIN product AS p ON p.product_id = s.product_id
    WHERE s.distributor_id = ANY (ARRAY(SELECT x.distributor_id FROM term AS x))
        AND s.purchased_on >= (SELECT min(x.counts_from) FROM term AS x)
        AND (NOT t.has_scope OR agreement_scope_rank(t.agreement_id, t.version_no, p.product_id, p.product_line) IS NOT NULL)
$$;
COMMENT ON FUNCTION agreement_purchase_as_of(date, timestamptz, bigint[], date) IS
    'One row = a purchase under an agreement: a line in the scope of the version that held on the day of its measure event, by who was party to it on that day; list_amount (NULL = the list price is not known) and net amount in the settlement currency, in full precision. p_agreement_ids NULL = all agreements; from p_from to p_activity. ZD007 when an exchange rate is missing';
