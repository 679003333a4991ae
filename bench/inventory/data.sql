-- Data of the inventory benchmark: bench_movement, :rows movements over
-- :distributors x :products keys in ledger order, 17 % receipts, 0.5 % counts,
-- 2 % returns; a covering index in the order of the keys. Run by inventory.sh.
SET search_path = public, distmgmt;
SET client_min_messages = warning;
DROP TABLE IF EXISTS bench_movement;
CREATE UNLOGGED TABLE bench_movement (
    id bigint,
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    kind movement_kind,
    quantity numeric(18,3),
    unit_cost numeric(18,4),
    occurred_on date
);
SELECT setseed(0.5) \g /dev/null
INSERT INTO bench_movement
SELECT id, distributor_id, distributor_id * 3 + product_id % 3, product_id,
    (CASE
        WHEN what < 0.17 THEN 'receipt'
        WHEN what < 0.175 THEN 'count'
        WHEN what < 0.195 THEN 'customer_return'
        ELSE 'issue' END)::movement_kind,
    CASE
        WHEN what < 0.17 THEN 50 + floor(size * 200)
        WHEN what < 0.175 THEN floor(size * 150)
        ELSE 1 + floor(size * 50) END,
    CASE WHEN what < 0.17 THEN round((10 + cost * 40)::numeric, 4) END,
    '2023-01-01'::date + (id * 1095 / :rows)::int
FROM (
    SELECT id, floor(:distributors * random())::bigint AS distributor_id,
        floor(:products * random() ^ 2.2)::bigint AS product_id,
        random() AS what, random() AS size, random() AS cost
    FROM generate_series(1::bigint, :rows) AS id
) AS draw;
CREATE INDEX bench_movement_by_key ON bench_movement (distributor_id,
    warehouse_id, product_id, occurred_on, id)
    INCLUDE (kind, quantity, unit_cost);
VACUUM ANALYZE bench_movement;

-- What one writes today: a loop that keeps layers in arrays. Receipts, issues,
-- returns at the last cost, counts; no deficit, no adjustment, no value.
CREATE OR REPLACE FUNCTION bench_fifo_loop()
    RETURNS SETOF numeric
    LANGUAGE plpgsql
    SET search_path = public, distmgmt
AS $$
DECLARE
    m record;
    place bigint[] := '{}';
    quantities numeric[] := '{}';
    costs numeric[] := '{}';
    head int := 1;
    rest numeric;
    part numeric;
    moved numeric;
    held numeric := 0;
    last_cost numeric;
BEGIN
    FOR m IN
        SELECT distributor_id, warehouse_id, product_id, kind, quantity,
            unit_cost
        FROM bench_movement
        ORDER BY distributor_id, warehouse_id, product_id, occurred_on, id
    LOOP
        IF place <> ARRAY[m.distributor_id, m.warehouse_id, m.product_id] THEN
            quantities := '{}';
            costs := '{}';
            head := 1;
            held := 0;
            last_cost := NULL;
        END IF;
        place := ARRAY[m.distributor_id, m.warehouse_id, m.product_id];
        rest := CASE WHEN m.kind = 'count' THEN m.quantity - held
            WHEN m.kind = 'issue' THEN -m.quantity
            ELSE m.quantity END;
        moved := 0;
        held := held + rest;
        IF rest > 0 THEN
            last_cost := coalesce(m.unit_cost, last_cost);
            quantities := quantities || rest;
            costs := costs || last_cost;
            moved := rest * last_cost;
        ELSE
            rest := -rest;
            WHILE rest > 0 AND head <= cardinality(quantities) LOOP
                part := least(rest, quantities[head]);
                moved := moved + part * costs[head];
                rest := rest - part;
                IF part = quantities[head] THEN
                    head := head + 1;
                    IF head > 32 THEN
                        quantities := quantities[head:];
                        costs := costs[head:];
                        head := 1;
                    END IF;
                ELSE
                    quantities[head] := quantities[head] - part;
                END IF;
            END LOOP;
            IF rest > 0 THEN
                held := held + rest;
                moved := moved + rest * last_cost;
            END IF;
        END IF;
        RETURN NEXT moved;
    END LOOP;
END
$$;
