-- inventory: the stock of each product in each warehouse as one number, kept up
-- to date by deltas as the rollups of the channel are.
--
-- A count sets the stock, so a movement adds to it only when it comes after the
-- last count. A load does not look: it notes the earliest day that it touches
-- (first_on). Where that lies after the last count, which is nearly always, the
-- delta is added; else, or when there is a new count, the key is worked out
-- anew from its facts, by the view before the deltas are folded and by
-- fold_rollups() then, both through rollup_stock_pending.

CREATE TABLE rollup_stock (
    distributor_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    owned_qty numeric NOT NULL,
    counted_on date,
    last_moved_on date,
    CONSTRAINT rollup_stock_pkey PRIMARY KEY (distributor_id, warehouse_id, product_id)
);
COMMENT ON TABLE rollup_stock IS 'One row = the stock of a product in a warehouse, as far as folded; ask the view inventory_stock';
COMMENT ON COLUMN rollup_stock.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_stock.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN rollup_stock.product_id IS 'The product';
COMMENT ON COLUMN rollup_stock.owned_qty IS 'On hand and in transit together, base units. Additive';
COMMENT ON COLUMN rollup_stock.counted_on IS 'Day of the last count; NULL = never counted';
COMMENT ON COLUMN rollup_stock.last_moved_on IS 'Last activity that touched it; NULL = none is left';

CREATE TABLE rollup_stock_delta (
    distributor_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    owned_qty numeric NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    is_anew boolean NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE rollup_stock_delta IS 'One row = what a statement did to the stock of a product in a warehouse, not folded into rollup_stock yet';
COMMENT ON COLUMN rollup_stock_delta.distributor_id IS 'The distributor';
COMMENT ON COLUMN rollup_stock_delta.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN rollup_stock_delta.product_id IS 'The product';
COMMENT ON COLUMN rollup_stock_delta.owned_qty IS 'What was added, base units. Additive';
COMMENT ON COLUMN rollup_stock_delta.first_on IS 'Earliest day whose stock it changes';
COMMENT ON COLUMN rollup_stock_delta.last_on IS 'Last activity in it';
COMMENT ON COLUMN rollup_stock_delta.is_anew IS 'Whether the stock has to be worked out anew: a count, a reported receipt, or a reversal';
COMMENT ON COLUMN rollup_stock_delta.recorded_at IS 'Since when the first of it is known';

CREATE TABLE rollup_fold (
    fold_no bigint GENERATED ALWAYS AS IDENTITY,
    folded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    folded_by text NOT NULL DEFAULT current_user,
    day_rows bigint NOT NULL,
    product_month_rows bigint NOT NULL,
    stock_rows bigint NOT NULL,
    CONSTRAINT rollup_fold_pkey PRIMARY KEY (fold_no)
);
COMMENT ON TABLE rollup_fold IS 'One row = a run of fold_rollups(); its lock makes runs wait for each other, loads never';
COMMENT ON COLUMN rollup_fold.fold_no IS 'Key';
COMMENT ON COLUMN rollup_fold.folded_at IS 'When';
COMMENT ON COLUMN rollup_fold.folded_by IS 'Role that did it';
COMMENT ON COLUMN rollup_fold.day_rows IS 'Rows of rollup_day that were added or changed';
COMMENT ON COLUMN rollup_fold.product_month_rows IS 'Rows of rollup_product_month that were added or changed';
COMMENT ON COLUMN rollup_fold.stock_rows IS 'Rows of rollup_stock that were added or changed';

CREATE TABLE inventory_close (
    close_no bigint GENERATED ALWAYS AS IDENTITY,
    closed_on date NOT NULL,
    known_at timestamptz NOT NULL,
    checkpoints bigint NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_by text NOT NULL DEFAULT current_user,
    invalid_since timestamptz,
    CONSTRAINT inventory_close_pkey PRIMARY KEY (close_no)
);
CREATE INDEX inventory_close_closed_on_idx ON inventory_close (closed_on);
COMMENT ON TABLE inventory_close IS 'One row = the stock of the whole channel was put down at the close of a day, so that it need not be worked out from the beginning again';
COMMENT ON COLUMN inventory_close.close_no IS 'Key';
COMMENT ON COLUMN inventory_close.closed_on IS 'The day';
COMMENT ON COLUMN inventory_close.known_at IS 'When the last of the facts up to that day became known; -infinity = there were none';
COMMENT ON COLUMN inventory_close.checkpoints IS 'Rows of inventory_checkpoint that belong to it';
COMMENT ON COLUMN inventory_close.closed_at IS 'When it was put down';
COMMENT ON COLUMN inventory_close.closed_by IS 'Role that did it';
COMMENT ON COLUMN inventory_close.invalid_since IS 'When a period up to that day was reopened: it is not started from any more, and its checkpoints are gone; NULL = it holds';

CREATE TABLE inventory_late (
    distributor_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    close_no bigint NOT NULL,
    first_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT inventory_late_close_fkey FOREIGN KEY (close_no) REFERENCES inventory_close
);
CREATE INDEX inventory_late_item_idx ON inventory_late (distributor_id, warehouse_id, product_id);
CREATE INDEX inventory_late_close_idx ON inventory_late (close_no);
COMMENT ON TABLE inventory_late IS 'One row = facts of a product in a warehouse that came after a close and change the stock before it: its checkpoints from first_on, up to this close, are no longer used';
COMMENT ON COLUMN inventory_late.distributor_id IS 'The distributor';
COMMENT ON COLUMN inventory_late.warehouse_id IS 'Its warehouse';
COMMENT ON COLUMN inventory_late.product_id IS 'The product';
COMMENT ON COLUMN inventory_late.close_no IS 'Last close at that time; later ones know the facts';
COMMENT ON COLUMN inventory_late.first_on IS 'Earliest day whose stock they change';
COMMENT ON COLUMN inventory_late.recorded_at IS 'Since when the first of them is known';

CREATE FUNCTION stock_sell_in() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    SELECT n.distributor_id, n.warehouse_id, n.product_id, sum(n.quantity),
        min(CASE WHEN n.quantity < 0 OR n.entry_kind = 'reversal' THEN n.shipped_on ELSE n.arrives_on END),
        max(n.shipped_on),
        bool_or(n.entry_kind = 'reversal'),
        min(n.recorded_at)
    FROM new_rows AS n
    WHERE NOT n.is_drop_ship
    GROUP BY n.distributor_id, n.warehouse_id, n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_sell_in() IS
    'Trigger AFTER INSERT of sell_in with the transition table new_rows: appends what the statement does to the stock';
REVOKE ALL ON FUNCTION stock_sell_in() FROM PUBLIC;

CREATE TRIGGER sell_in_stocked
    AFTER INSERT ON sell_in
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_sell_in();
COMMENT ON TRIGGER sell_in_stocked ON sell_in IS 'Keeps the stock up to date';

CREATE FUNCTION stock_sell_through() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    SELECT n.key_1, n.key_2, n.key_3, -n.quantity, n.first_on, n.last_on, n.has_reversal, n.recorded_at
    FROM fact_groups('new_rows', '{distributor_id,warehouse_id,product_id}', 'sold_on', skip_drop_ship => true) AS n;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_sell_through() IS
    'Trigger AFTER INSERT of sell_through with the transition table new_rows: appends what the statement does to the stock';
REVOKE ALL ON FUNCTION stock_sell_through() FROM PUBLIC;

CREATE TRIGGER sell_through_stocked
    AFTER INSERT ON sell_through
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_sell_through();
COMMENT ON TRIGGER sell_through_stocked ON sell_through IS 'Keeps the stock up to date';

CREATE FUNCTION stock_inventory_count() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    crooked record;
BEGIN
    PERFORM FROM new_rows AS n WHERE n.entry_kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        SELECT n.distributor_id, n.counted_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        JOIN inventory_count AS o
            ON o.distributor_id = n.distributor_id
            AND o.counted_on = n.corrects_counted_on
            AND o.inventory_count_id = n.corrects_line_id
        WHERE n.entry_kind = 'reversal'
            AND (n.counted_on <> o.counted_on OR n.quantity <> -o.quantity OR n.warehouse_id <> o.warehouse_id OR n.product_id <> o.product_id OR n.count_kind <> o.count_kind)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of inventory_count %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with the quantity negated; book what is true instead as a replacement.';
        END IF;
    END IF;

    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    SELECT n.distributor_id, n.warehouse_id, n.product_id, 0,
        min(n.counted_on),
        max(n.counted_on),
        true,
        min(n.recorded_at)
    FROM new_rows AS n
    WHERE n.count_kind = 'on_hand'
    GROUP BY n.distributor_id, n.warehouse_id, n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_inventory_count() IS
    'Trigger AFTER INSERT of inventory_count with the transition table new_rows: appends what the statement does to the stock; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION stock_inventory_count() FROM PUBLIC;

CREATE TRIGGER inventory_count_stocked
    AFTER INSERT ON inventory_count
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_inventory_count();
COMMENT ON TRIGGER inventory_count_stocked ON inventory_count IS 'Keeps the stock up to date';

CREATE FUNCTION stock_inventory_adjustment() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    crooked record;
BEGIN
    PERFORM FROM new_rows AS n WHERE n.entry_kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        SELECT n.distributor_id, n.adjusted_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        JOIN inventory_adjustment AS o
            ON o.distributor_id = n.distributor_id
            AND o.adjusted_on = n.corrects_adjusted_on
            AND o.inventory_adjustment_id = n.corrects_line_id
        WHERE n.entry_kind = 'reversal'
            AND (n.adjusted_on <> o.adjusted_on OR n.quantity <> -o.quantity OR n.warehouse_id <> o.warehouse_id OR n.product_id <> o.product_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of inventory_adjustment %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with the quantity negated; book what is true instead as a replacement.';
        END IF;
    END IF;

    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    SELECT n.distributor_id, n.warehouse_id, n.product_id, sum(n.quantity),
        min(n.adjusted_on),
        max(n.adjusted_on),
        bool_or(n.entry_kind = 'reversal'),
        min(n.recorded_at)
    FROM new_rows AS n
    GROUP BY n.distributor_id, n.warehouse_id, n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_inventory_adjustment() IS
    'Trigger AFTER INSERT of inventory_adjustment with the transition table new_rows: appends what the statement does to the stock; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION stock_inventory_adjustment() FROM PUBLIC;

CREATE TRIGGER inventory_adjustment_stocked
    AFTER INSERT ON inventory_adjustment
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_inventory_adjustment();
COMMENT ON TRIGGER inventory_adjustment_stocked ON inventory_adjustment IS 'Keeps the stock up to date';

CREATE FUNCTION stock_inventory_transfer() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    crooked record;
BEGIN
    PERFORM FROM new_rows AS n WHERE n.entry_kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        SELECT n.distributor_id, n.transferred_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        JOIN inventory_transfer AS o
            ON o.distributor_id = n.distributor_id
            AND o.transferred_on = n.corrects_transferred_on
            AND o.inventory_transfer_id = n.corrects_line_id
        WHERE n.entry_kind = 'reversal'
            AND (n.transferred_on <> o.transferred_on OR n.quantity <> -o.quantity OR n.from_warehouse_id <> o.from_warehouse_id OR n.to_warehouse_id <> o.to_warehouse_id OR n.product_id <> o.product_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of inventory_transfer %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with the quantity negated; book what is true instead as a replacement.';
        END IF;
    END IF;

    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    SELECT n.distributor_id, t.warehouse_id, n.product_id, sum(t.quantity),
        min(n.transferred_on),
        max(n.transferred_on),
        bool_or(n.entry_kind = 'reversal'),
        min(n.recorded_at)
    FROM new_rows AS n
    CROSS JOIN LATERAL (VALUES
        (n.from_warehouse_id, -n.quantity),
        (n.to_warehouse_id, n.quantity)
    ) AS t (warehouse_id, quantity)
    GROUP BY n.distributor_id, t.warehouse_id, n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_inventory_transfer() IS
    'Trigger AFTER INSERT of inventory_transfer with the transition table new_rows: appends what the statement does to the stock; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION stock_inventory_transfer() FROM PUBLIC;

CREATE TRIGGER inventory_transfer_stocked
    AFTER INSERT ON inventory_transfer
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_inventory_transfer();
COMMENT ON TRIGGER inventory_transfer_stocked ON inventory_transfer IS 'Keeps the stock up to date';

CREATE FUNCTION stock_inventory_receipt() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    crooked record;
BEGIN
    PERFORM FROM new_rows AS n WHERE n.entry_kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        SELECT n.distributor_id, n.received_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        JOIN inventory_receipt AS o
            ON o.distributor_id = n.distributor_id
            AND o.received_on = n.corrects_received_on
            AND o.inventory_receipt_id = n.corrects_line_id
        WHERE n.entry_kind = 'reversal'
            AND (n.received_on <> o.received_on OR n.quantity <> -o.quantity OR n.shipped_on <> o.shipped_on OR n.sell_in_id <> o.sell_in_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not the negative of the row that it takes back',
                DETAIL = format('Reversal of inventory_receipt %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row with the quantity negated; book what is true instead as a replacement.';
        END IF;
    END IF;

    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    -- Neither owned more nor less: what changes is the day of arrival, from the
    -- planned one to this one or, by a reversal, back.
    SELECT s.distributor_id, s.warehouse_id, s.product_id, 0,
        min(least(n.received_on, s.arrives_on)),
        max(n.received_on),
        true,
        min(n.recorded_at)
    FROM new_rows AS n
    JOIN sell_in AS s USING (distributor_id, shipped_on, sell_in_id)
    WHERE NOT s.is_drop_ship
    GROUP BY s.distributor_id, s.warehouse_id, s.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_inventory_receipt() IS
    'Trigger AFTER INSERT of inventory_receipt with the transition table new_rows: appends what the statement does to the stock; ZD020 when a reversal is not the negative of its row';
REVOKE ALL ON FUNCTION stock_inventory_receipt() FROM PUBLIC;

CREATE TRIGGER inventory_receipt_stocked
    AFTER INSERT ON inventory_receipt
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_inventory_receipt();
COMMENT ON TRIGGER inventory_receipt_stocked ON inventory_receipt IS 'Keeps the stock up to date';

CREATE FUNCTION stock_inventory_reprice() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    crooked record;
BEGIN
    PERFORM FROM new_rows AS n WHERE n.entry_kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        SELECT n.distributor_id, n.effective_on AS activity_on, n.corrects_line_id INTO crooked
        FROM new_rows AS n
        JOIN inventory_reprice AS o
            ON o.distributor_id = n.distributor_id
            AND o.effective_on = n.corrects_effective_on
            AND o.inventory_reprice_id = n.corrects_line_id
        WHERE n.entry_kind = 'reversal'
            AND (n.effective_on <> o.effective_on OR n.warehouse_id <> o.warehouse_id OR n.product_id <> o.product_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD020',
                MESSAGE = 'reversal is not of the day and item of the row that it takes back',
                DETAIL = format('Reversal of inventory_reprice %s of distributor %s, %s.',
                    crooked.corrects_line_id, crooked.distributor_id, crooked.activity_on),
                HINT = 'Copy the row; book what is true instead as a replacement.';
        END IF;
    END IF;

    INSERT INTO rollup_stock_delta (
        distributor_id, warehouse_id, product_id, owned_qty, first_on, last_on, is_anew, recorded_at
    )
    -- Neither owned more nor less: what changes is the value from that day on.
    SELECT n.distributor_id, n.warehouse_id, n.product_id, 0,
        min(n.effective_on),
        max(n.effective_on),
        bool_or(n.entry_kind = 'reversal'),
        min(n.recorded_at)
    FROM new_rows AS n
    GROUP BY n.distributor_id, n.warehouse_id, n.product_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION stock_inventory_reprice() IS
    'Trigger AFTER INSERT of inventory_reprice with the transition table new_rows: notes from which day on the stock has another value; ZD020 when a reversal is of another item or day than its row';
REVOKE ALL ON FUNCTION stock_inventory_reprice() FROM PUBLIC;

CREATE TRIGGER inventory_reprice_stocked
    AFTER INSERT ON inventory_reprice
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock_inventory_reprice();
COMMENT ON TRIGGER inventory_reprice_stocked ON inventory_reprice IS 'Keeps the stock up to date';
