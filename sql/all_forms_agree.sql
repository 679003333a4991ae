-- Window, ledger, balances and layers give the same, whatever the keys.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- 12,000 movements of all kinds over 4 x 3 x 50 keys, NULL among them, in
-- ledger order; every 40th product has amounts beyond fixed point. From md5,
-- so that every run and machine has the same.
CREATE TEMP TABLE movement AS
SELECT n AS id,
    nullif(d[1] % 4, 0)::bigint AS distributor_id,
    nullif(d[2] % 3, 1)::bigint AS warehouse_id,
    nullif(d[3] % 50, 7)::bigint - 9 AS product_id,
    (enum_range(NULL::movement_kind))[CASE
        WHEN d[4] < 80 THEN 1
        WHEN d[4] < 180 THEN 2
        ELSE 1 + d[4] % 9 END] AS kind,
    (d[5] - 20) / 4.0 * CASE WHEN d[3] % 40 = 0 THEN 1e20 ELSE 1 END
        AS quantity,
    CASE WHEN d[6] < 150 THEN round(d[7] / 7.0, d[8] % 5) END AS unit_cost,
    '2026-01-01'::date + n / 100 AS occurred_on
FROM generate_series(1, 12000) AS n,
    LATERAL (
        SELECT array_agg(get_byte(h, i - 1)) AS d
        FROM decode(md5('agree' || n), 'hex') AS h,
            generate_series(1, 8) AS i
    ) AS digest;

CREATE TEMP TABLE position AS
SELECT *,
    inventory_position(kind, quantity, unit_cost, occurred_on) OVER (
        PARTITION BY distributor_id, warehouse_id, product_id
        ORDER BY occurred_on, id) AS p
FROM movement;

-- success: the ledger says for each movement what the window says
SELECT count(*) AS compared,
    count(*) FILTER (WHERE p IS DISTINCT FROM l OR p::text <> l::text)
        AS different
FROM position JOIN (
        SELECT id, inventory_ledger(distributor_id, warehouse_id, product_id,
            kind, quantity, unit_cost, occurred_on)
            OVER (ORDER BY occurred_on, id) AS l
        FROM movement
    ) AS ledger USING (id);

-- success: and so it does without ORDER BY, over rows that come in order
SELECT count(*) FILTER (WHERE p IS DISTINCT FROM l) AS different
FROM position JOIN (
        SELECT id, inventory_ledger(distributor_id, warehouse_id, product_id,
            kind, quantity, unit_cost, occurred_on) OVER () AS l
        FROM (SELECT * FROM movement ORDER BY occurred_on, id) AS m
    ) AS ledger USING (id);

-- success: and a partition of a ledger is a ledger of its own
SELECT count(*) FILTER (WHERE p IS DISTINCT FROM l) AS different
FROM position JOIN (
        SELECT id, inventory_ledger(0, warehouse_id, product_id,
            kind, quantity, unit_cost, occurred_on)
            OVER (PARTITION BY distributor_id ORDER BY occurred_on, id) AS l
        FROM movement
    ) AS ledger USING (id);

-- success: the balances are the last positions, by key
CREATE TEMP TABLE balance AS
SELECT b.*
FROM unnest((
    SELECT inventory_balances(distributor_id, warehouse_id, product_id,
        kind, quantity, unit_cost, occurred_on ORDER BY occurred_on, id)
    FROM movement
)) WITH ORDINALITY AS b;

SELECT count(*) AS balances,
    count(*) FILTER (WHERE
        (b.on_hand, b.value, b.average_cost, b.oldest_on, b.deficit)
        IS DISTINCT FROM
        ((p).on_hand, (p).value, (p).average_cost, (p).oldest_on, (p).deficit))
        AS different
FROM balance AS b JOIN (
        SELECT DISTINCT ON (distributor_id, warehouse_id, product_id) *
        FROM position
        ORDER BY distributor_id, warehouse_id, product_id, occurred_on DESC,
            id DESC
    ) AS p
    ON (b.distributor_id, b.warehouse_id, b.product_id)
        IS NOT DISTINCT FROM (p.distributor_id, p.warehouse_id, p.product_id);

SELECT count(*) AS balances,
    (SELECT count(DISTINCT (distributor_id, warehouse_id, product_id))
    FROM movement) AS keys
FROM balance;

SELECT count(*) AS out_of_order
FROM (
    SELECT ordinality, row_number() OVER (
        ORDER BY distributor_id, warehouse_id, product_id) AS place
    FROM balance
) AS s
WHERE ordinality <> place;

-- success: and what the layers sum to
SELECT count(*) AS balances,
    count(*) FILTER (WHERE b.on_hand <> coalesce(l.quantity, 0)
        OR b.value IS DISTINCT FROM l.worth) AS different
FROM balance AS b JOIN (
        SELECT distributor_id, warehouse_id, product_id,
            (SELECT sum(t.quantity) FROM unnest(layers) AS t) AS quantity,
            (SELECT CASE WHEN count(*) = count(t.unit_cost)
                THEN coalesce(sum(t.quantity * t.unit_cost), 0) END
            FROM unnest(layers) AS t) AS worth
        FROM (
            SELECT distributor_id, warehouse_id, product_id,
                inventory_layers(kind, quantity, unit_cost, occurred_on
                    ORDER BY occurred_on, id) AS layers
            FROM movement
            GROUP BY distributor_id, warehouse_id, product_id
        ) AS s
    ) AS l
    ON (b.distributor_id, b.warehouse_id, b.product_id)
        IS NOT DISTINCT FROM (l.distributor_id, l.warehouse_id, l.product_id);

-- success: 20,000 keys
SELECT count(*) AS keys, sum(on_hand) AS on_hand, sum(value) AS value
FROM unnest((
    SELECT inventory_balances(n % 20000, 0, -n % 20000, 'receipt', 1, 2, NULL)
    FROM generate_series(1, 60000) AS n
));

-- success: no movement, no balance
SELECT inventory_balances(1, 2, 3, 'receipt', 1, 1, NULL)
FROM movement
WHERE false;

-- success: a balance as it reads
SELECT inventory_balances(1, NULL, 3, 'receipt', 1.5, 1.25, '2026-01-31');
