-- channel, references: what the facts name exists, proved once a statement
-- instead of once a row.
--
-- A foreign key on a fact looks every row's parents up and locks them, which is
-- two thirds of a load. But a fact is never changed or removed, and names few
-- parents many times. So each pair of a distributor and a parent that a fact
-- names is kept, once or a few times, in a table whose foreign keys are
-- PostgreSQL's own:
--
--     sell_through ── trigger ──▶ referenced_product ── foreign key ──▶ product
--     (append-only)               (append-only)
--
-- The right arrow is proved by PostgreSQL, under every isolation level, also
-- against who removes the parent at this moment. The left one holds because the
-- trigger enters the pair in the statement that enters the fact, and because no
-- pair is ever removed. What can never be removed itself (a submission, another
-- fact) needs no pair: that it is there is enough.

CREATE TABLE referenced_warehouse (
    distributor_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    CONSTRAINT referenced_warehouse_warehouse_fkey FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse
);
COMMENT ON TABLE referenced_warehouse IS 'One row = a warehouse, and so its distributor, that facts name; once more for each load that named it first at the same time';
COMMENT ON COLUMN referenced_warehouse.distributor_id IS 'Whose facts';
COMMENT ON COLUMN referenced_warehouse.warehouse_id IS 'The warehouse';
CREATE INDEX referenced_warehouse_pair_idx ON referenced_warehouse (distributor_id, warehouse_id);

CREATE TABLE referenced_product (
    distributor_id bigint NOT NULL,
    product_id bigint NOT NULL,
    CONSTRAINT referenced_product_product_fkey FOREIGN KEY (product_id) REFERENCES product
);
COMMENT ON TABLE referenced_product IS 'One row = a product that facts of a distributor name; once more for each load that named it first at the same time';
COMMENT ON COLUMN referenced_product.distributor_id IS 'Whose facts';
COMMENT ON COLUMN referenced_product.product_id IS 'The product';
CREATE INDEX referenced_product_pair_idx ON referenced_product (distributor_id, product_id);
CREATE INDEX referenced_product_product_idx ON referenced_product (product_id);

CREATE TABLE referenced_reseller (
    distributor_id bigint NOT NULL,
    reseller_id bigint NOT NULL,
    CONSTRAINT referenced_reseller_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE referenced_reseller IS 'One row = a reseller that facts of a distributor name; once more for each load that named it first at the same time';
COMMENT ON COLUMN referenced_reseller.distributor_id IS 'Whose facts';
COMMENT ON COLUMN referenced_reseller.reseller_id IS 'The reseller';
CREATE INDEX referenced_reseller_pair_idx ON referenced_reseller (distributor_id, reseller_id);
CREATE INDEX referenced_reseller_reseller_idx ON referenced_reseller (reseller_id);

CREATE TABLE referenced_end_customer (
    distributor_id bigint NOT NULL,
    end_customer_id bigint NOT NULL,
    CONSTRAINT referenced_end_customer_end_customer_fkey FOREIGN KEY (end_customer_id) REFERENCES end_customer
);
COMMENT ON TABLE referenced_end_customer IS 'One row = an end customer that facts of a distributor name; once more for each load that named it first at the same time';
COMMENT ON COLUMN referenced_end_customer.distributor_id IS 'Whose facts';
COMMENT ON COLUMN referenced_end_customer.end_customer_id IS 'The end customer';
CREATE INDEX referenced_end_customer_pair_idx ON referenced_end_customer (distributor_id, end_customer_id);
CREATE INDEX referenced_end_customer_end_customer_idx ON referenced_end_customer (end_customer_id);

CREATE TABLE referenced_currency (
    distributor_id bigint NOT NULL,
    currency_code text NOT NULL,
    CONSTRAINT referenced_currency_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE referenced_currency IS 'One row = a currency that facts of a distributor name; once more for each load that named it first at the same time';
COMMENT ON COLUMN referenced_currency.distributor_id IS 'Whose facts';
COMMENT ON COLUMN referenced_currency.currency_code IS 'The currency';
CREATE INDEX referenced_currency_pair_idx ON referenced_currency (distributor_id, currency_code);
CREATE INDEX referenced_currency_currency_idx ON referenced_currency (currency_code);

CREATE TRIGGER referenced_warehouse_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON referenced_warehouse
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER referenced_warehouse_append_only ON referenced_warehouse IS 'What facts name stays named';

CREATE TRIGGER referenced_product_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON referenced_product
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER referenced_product_append_only ON referenced_product IS 'What facts name stays named';

CREATE TRIGGER referenced_reseller_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON referenced_reseller
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER referenced_reseller_append_only ON referenced_reseller IS 'What facts name stays named';

CREATE TRIGGER referenced_end_customer_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON referenced_end_customer
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER referenced_end_customer_append_only ON referenced_end_customer IS 'What facts name stays named';

CREATE TRIGGER referenced_currency_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON referenced_currency
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER referenced_currency_append_only ON referenced_currency IS 'What facts name stays named';

CREATE FUNCTION prove_submissions() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_nestloop = on
SET enable_indexscan = on
SET enable_bitmapscan = off
SET enable_material = off
SET enable_sort = off
SET enable_seqscan = off
AS $$
DECLARE
    missing record;
BEGIN
    -- The plan is made for the first statement of a session and has to serve
    -- the next, be it a thousand times as big: hence the SETs.
    SELECT n.key_1 AS distributor_id, n.key_2 AS submission_id INTO missing
    FROM fact_groups('new_rows', '{distributor_id,submission_id}', with_sums => false) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM submission AS s
        WHERE s.distributor_id = n.key_1 AND s.submission_id = n.key_2)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = 'row names a submission that does not exist',
            DETAIL = format('Table %s, key (distributor_id, submission_id)=(%s, %s).', TG_TABLE_NAME, missing.distributor_id, missing.submission_id),
            HINT = 'submit_report() enters submissions.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_submissions() IS
    'Trigger AFTER INSERT with the transition table new_rows: the submissions that the rows name are there (23503); a submission is never removed, so that they stay';
REVOKE ALL ON FUNCTION prove_submissions() FROM PUBLIC;

CREATE FUNCTION prove_sell_through() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_nestloop = on
SET enable_indexscan = on
SET enable_bitmapscan = off
SET enable_material = off
SET enable_sort = off
SET enable_seqscan = off
AS $$
DECLARE
    missing record;
BEGIN
    -- What somebody else enters at this moment is entered once more, so that
    -- nobody waits for anybody. Looked up by index, as a table that grows while it
    -- is read from end to end for each pair would be quadratic: hence the SETs.
    WITH named AS MATERIALIZED (
        SELECT n.key_1, n.key_2, n.key_3
        FROM fact_groups('new_rows', '{distributor_id,warehouse_id,product_id}', with_sums => false) AS n
    ),
    warehouses AS (
        INSERT INTO referenced_warehouse (distributor_id, warehouse_id)
        SELECT DISTINCT n.key_1, n.key_2
        FROM named AS n
        WHERE NOT EXISTS (
            SELECT
            FROM referenced_warehouse AS k
            WHERE k.distributor_id = n.key_1 AND k.warehouse_id = n.key_2)
    )
    INSERT INTO referenced_product (distributor_id, product_id)
    SELECT DISTINCT n.key_1, n.key_3
    FROM named AS n
    WHERE NOT EXISTS (
        SELECT
        FROM referenced_product AS k
        WHERE k.distributor_id = n.key_1 AND k.product_id = n.key_3);

    INSERT INTO referenced_currency (distributor_id, currency_code)
    SELECT DISTINCT n.key_1, n.currency_code
    FROM fact_groups('new_rows', '{distributor_id}', by_currency => true, with_sums => false) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM referenced_currency AS k
        WHERE k.distributor_id = n.key_1 AND k.currency_code = n.currency_code);

    INSERT INTO referenced_reseller (distributor_id, reseller_id)
    SELECT DISTINCT n.key_1, n.key_2
    FROM fact_groups('new_rows', '{distributor_id,reseller_id}', with_sums => false) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM referenced_reseller AS k
        WHERE k.distributor_id = n.key_1 AND k.reseller_id = n.key_2);

    INSERT INTO referenced_end_customer (distributor_id, end_customer_id)
    SELECT DISTINCT n.key_1, n.key_2
    FROM fact_groups('new_rows', '{distributor_id,end_customer_id}', with_sums => false) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM referenced_end_customer AS k
        WHERE k.distributor_id = n.key_1 AND k.end_customer_id = n.key_2);

    -- Facts are never removed: that it is there is enough.
    SELECT n.key_1 AS distributor_id, n.activity_on AS corrects_sold_on, n.key_2 AS corrects_line_id INTO missing
    FROM fact_groups('new_rows', '{distributor_id,corrects_line_id}', 'corrects_sold_on', 'day', with_sums => false) AS n
    LEFT JOIN LATERAL (
        -- Planned for a small table, any index that begins with the distributor is
        -- as good; in this order only the key gives it.
        SELECT o.sell_through_id
        FROM sell_through AS o
        WHERE o.distributor_id = n.key_1
            AND o.sold_on = n.activity_on
            AND o.sell_through_id BETWEEN n.key_2 AND n.key_2
        ORDER BY o.sell_through_id
        LIMIT 1
    ) AS o ON true
    WHERE o.sell_through_id IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation',
            MESSAGE = 'row corrects a row that does not exist',
            DETAIL = format('Table sell_through, key (distributor_id, sold_on, sell_through_id)=(%s, %s, %s).',
                missing.distributor_id, missing.corrects_sold_on, missing.corrects_line_id),
            HINT = 'Give the activity date and the key of the row as they stand in sell_through.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION prove_sell_through() IS
    'Trigger AFTER INSERT of sell_through with the transition table new_rows: what the rows name is there and stays (23503), as row-level foreign keys would prove it; see doc/decisions.md';
REVOKE ALL ON FUNCTION prove_sell_through() FROM PUBLIC;

CREATE TRIGGER sell_through_proved
    AFTER INSERT ON sell_through
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_sell_through();
COMMENT ON TRIGGER sell_through_proved ON sell_through IS 'The warehouse, product, reseller, end customer and currency of every row exist and stay, and so does the row that it corrects';

CREATE TRIGGER sell_through_submission_proved
    AFTER INSERT ON sell_through
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_submissions();
COMMENT ON TRIGGER sell_through_submission_proved ON sell_through IS 'The submission of every row exists and stays';
