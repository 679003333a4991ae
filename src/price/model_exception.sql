-- price, exceptions: what the signals find, as a list of work. A finding is entered
-- once, however often one looks; who has it, what became of it and why is kept:
--
--     open -> in_review -> dismissed             nothing was wrong (may be reviewed again)
--                       -> confirmed -> recovered | written_off
--     open, in_review   -> corrected             by find_price_exceptions(): the line
--                                                no longer says so

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD107', 'A price exception was to go to a state that does not follow', 'See price_exception.exception_state; one in review has an owner', false);

CREATE TABLE price_signal (
    signal text NOT NULL,
    meaning text NOT NULL,
    limit_value numeric NOT NULL,
    limit_meaning text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    CONSTRAINT price_signal_pkey PRIMARY KEY (signal),
    CONSTRAINT price_signal_limit_check CHECK (abs(limit_value) < 'Infinity')
);
COMMENT ON TABLE price_signal IS 'One row = a kind of finding and from when on it becomes an exception; change limits here';
COMMENT ON COLUMN price_signal.signal IS 'Key';
COMMENT ON COLUMN price_signal.meaning IS 'What it finds';
COMMENT ON COLUMN price_signal.limit_value IS 'The limit';
COMMENT ON COLUMN price_signal.limit_meaning IS 'What the limit is compared with';
COMMENT ON COLUMN price_signal.is_active IS 'Whether find_price_exceptions() looks for it';

INSERT INTO price_signal (signal, meaning, limit_value, limit_meaning) VALUES
    ('floor', 'price below a floor (price_violation_standing, open)', 0, 'leakage above it, or unknown'),
    ('unauthorized_discount', 'sold for less than any rule authorizes (unauthorized_discounts)', 0, 'per cent below the authorized price above it'),
    ('price_book', 'list price of the line is not that of the book (price_book_deviations)', 0, 'absolute deviation in currency above it'),
    ('authorization_misuse', 'sale that its authorization does not cover (authorization_misuse)', 0, 'base units beyond it above it'),
    ('threshold_spike', 'requests just below an approval threshold (threshold_spikes)', 3, 'requests below the threshold, at least'),
    ('special_volume', 'special price volume out of line with the customer''s history (special_volume_signals)', 3, 'z-score, at least; no history at all counts as well'),
    ('grey_market', 'sold outside the territory (grey_market_sales)', 0.05, 'fraction of the distributor''s sales of the product, at least'),
    ('seller_buyer', 'one sells under special prices what another one no longer buys (seller_buyer_correlation)', -0.7, 'correlation, at most'),
    ('peer_price', 'price below nearly all peers (peer_percentile)', 10, 'percentile, at most');

CREATE TABLE price_exception (
    price_exception_id bigint GENERATED ALWAYS AS IDENTITY,
    signal text NOT NULL,
    subject_key text NOT NULL,
    distributor_id bigint,
    product_id bigint,
    occurred_on date NOT NULL,
    amount numeric,
    currency_code text,
    detail jsonb NOT NULL,
    exception_state text NOT NULL DEFAULT 'open',
    owner_name text,
    decision_note text,
    opened_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT price_exception_pkey PRIMARY KEY (price_exception_id),
    CONSTRAINT price_exception_subject_key UNIQUE (signal, subject_key),
    CONSTRAINT price_exception_state_check CHECK (exception_state IN ('open', 'in_review', 'confirmed', 'dismissed', 'recovered', 'written_off', 'corrected')),
    CONSTRAINT price_exception_owner_check CHECK (exception_state IN ('open', 'corrected') OR owner_name IS NOT NULL),
    CONSTRAINT price_exception_signal_fkey FOREIGN KEY (signal) REFERENCES price_signal,
    CONSTRAINT price_exception_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT price_exception_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT price_exception_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE price_exception IS 'One row = a finding of a signal and what became of it';
COMMENT ON COLUMN price_exception.price_exception_id IS 'Key';
COMMENT ON COLUMN price_exception.signal IS 'What found it';
COMMENT ON COLUMN price_exception.subject_key IS 'What it is about, parts divided by /: the same is entered once';
COMMENT ON COLUMN price_exception.distributor_id IS 'The distributor; NULL = about requests, not about one distributor';
COMMENT ON COLUMN price_exception.product_id IS 'The product; NULL = none in particular';
COMMENT ON COLUMN price_exception.occurred_on IS 'Activity date of the line, or first day of the time that was looked at';
COMMENT ON COLUMN price_exception.amount IS 'What is at stake when it was found; NULL = not an amount. Additive within a currency and signal';
COMMENT ON COLUMN price_exception.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN price_exception.detail IS 'The row that the signal gave';
COMMENT ON COLUMN price_exception.exception_state IS 'open, in_review, confirmed, dismissed, recovered, written_off or corrected (the line no longer says so)';
COMMENT ON COLUMN price_exception.owner_name IS 'Who works on it; NULL = nobody yet';
COMMENT ON COLUMN price_exception.decision_note IS 'Why it was decided so, the last time; NULL = not stated';
COMMENT ON COLUMN price_exception.opened_at IS 'When it was found';
CREATE INDEX price_exception_distributor_idx ON price_exception (distributor_id, occurred_on);
CREATE INDEX price_exception_product_idx ON price_exception (product_id);
CREATE INDEX price_exception_currency_idx ON price_exception (currency_code);
CREATE INDEX price_exception_open_idx ON price_exception (exception_state, owner_name) WHERE exception_state IN ('open', 'in_review');

CREATE TABLE price_exception_step (
    price_exception_id bigint NOT NULL,
    step_no integer NOT NULL,
    from_state text,
    to_state text NOT NULL,
    owner_name text,
    note text,
    taken_by text NOT NULL DEFAULT current_user,
    taken_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT price_exception_step_pkey PRIMARY KEY (price_exception_id, step_no),
    CONSTRAINT price_exception_step_exception_fkey FOREIGN KEY (price_exception_id) REFERENCES price_exception
);
COMMENT ON TABLE price_exception_step IS 'One row = a decision about an exception';
COMMENT ON COLUMN price_exception_step.price_exception_id IS 'The exception';
COMMENT ON COLUMN price_exception_step.step_no IS 'Number of the step, from 1';
COMMENT ON COLUMN price_exception_step.from_state IS 'State before; NULL = it was found';
COMMENT ON COLUMN price_exception_step.to_state IS 'State after';
COMMENT ON COLUMN price_exception_step.owner_name IS 'Who had it after; NULL = nobody';
COMMENT ON COLUMN price_exception_step.note IS 'Why; NULL = not stated';
COMMENT ON COLUMN price_exception_step.taken_by IS 'Role that did it';
COMMENT ON COLUMN price_exception_step.taken_at IS 'When';

CREATE TRIGGER price_exception_step_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_exception_step
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER price_exception_step_append_only ON price_exception_step IS 'What was decided is not undone';

CREATE TRIGGER price_exception_kept
    BEFORE DELETE OR TRUNCATE ON price_exception
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER price_exception_kept ON price_exception IS 'What was found is not forgotten';

CREATE FUNCTION note_exception_steps() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    wrong record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO price_exception_step (price_exception_id, step_no, to_state, owner_name)
        SELECT n.price_exception_id, 1, n.exception_state, n.owner_name
        FROM new_rows AS n;
        RETURN NULL;
    END IF;
    SELECT o.price_exception_id, o.exception_state AS from_state, n.exception_state AS to_state
    INTO wrong
    FROM old_rows AS o
    JOIN new_rows AS n USING (price_exception_id)
    WHERE (o.signal, o.subject_key, o.distributor_id, o.product_id, o.occurred_on, o.amount, o.currency_code, o.detail, o.opened_at)
            IS DISTINCT FROM
            (n.signal, n.subject_key, n.distributor_id, n.product_id, n.occurred_on, n.amount, n.currency_code, n.detail, n.opened_at)
        OR NOT CASE o.exception_state
            WHEN 'open' THEN n.exception_state IN ('open', 'in_review', 'corrected')
            WHEN 'in_review' THEN n.exception_state IN ('in_review', 'confirmed', 'dismissed', 'corrected')
            WHEN 'confirmed' THEN n.exception_state IN ('recovered', 'written_off')
            WHEN 'dismissed' THEN n.exception_state = 'in_review'
            WHEN 'corrected' THEN n.exception_state = 'open'
            ELSE false
        END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD107',
            MESSAGE = 'price exception cannot go from one state to the other',
            DETAIL = format('Exception %s: from %s to %s.', wrong.price_exception_id, wrong.from_state, wrong.to_state),
            HINT = 'open -> in_review -> dismissed or confirmed -> recovered or written_off; nothing else of it changes.';
    END IF;
    INSERT INTO price_exception_step (price_exception_id, step_no, from_state, to_state, owner_name, note)
    SELECT n.price_exception_id,
        1 + (SELECT max(s.step_no) FROM price_exception_step AS s WHERE s.price_exception_id = n.price_exception_id),
        o.exception_state, n.exception_state, n.owner_name, n.decision_note
    FROM old_rows AS o
    JOIN new_rows AS n USING (price_exception_id)
    WHERE (o.exception_state, o.owner_name, o.decision_note) IS DISTINCT FROM (n.exception_state, n.owner_name, n.decision_note);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_exception_steps() IS
    'Trigger of price_exception: lets only the steps of its states pass (ZD107) and notes them in price_exception_step';

CREATE TRIGGER price_exception_found
    AFTER INSERT ON price_exception
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_exception_steps();
COMMENT ON TRIGGER price_exception_found ON price_exception IS 'Notes that it was found';

CREATE TRIGGER price_exception_decided
    AFTER UPDATE ON price_exception
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_exception_steps();
COMMENT ON TRIGGER price_exception_decided ON price_exception IS 'Checks and notes the step';

CREATE FUNCTION price_findings(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    signal text,
    subject_key text,
    distributor_id bigint,
    product_id bigint,
    occurred_on date,
    amount numeric,
    currency_code text,
    detail jsonb
)
LANGUAGE sql
STABLE
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT q.signal, q.subject_key, q.distributor_id, q.product_id, q.occurred_on, q.amount, q.currency_code, q.detail
    FROM (
        SELECT 'floor' AS signal, concat_ws('/', v.fact_table, v.distributor_id, v.occurred_on, v.price_violation_id) AS subject_key,
            v.distributor_id, v.product_id, v.occurred_on, v.leakage_amount AS amount, v.currency_code, to_jsonb(v) AS detail,
            coalesce(v.leakage_amount, 'Infinity') AS measure
        FROM price_violation_as_of(p_to, p_knowledge) AS v
        WHERE v.occurred_on >= p_from AND v.violation_state = 'open'
        UNION ALL
        SELECT 'unauthorized_discount', concat_ws('/', u.distributor_id, u.shipped_on, u.sell_in_id),
            u.distributor_id, u.product_id, u.shipped_on, u.leakage_amount, u.currency_code, to_jsonb(u),
            100 * (1 - u.unit_price / u.authorized_price)
        FROM unauthorized_discounts(p_from, p_to, p_knowledge) AS u
        UNION ALL
        SELECT 'price_book', concat_ws('/', b.distributor_id, b.shipped_on, b.sell_in_id),
            b.distributor_id, b.product_id, b.shipped_on, b.deviation_amount, b.currency_code, to_jsonb(b),
            coalesce(abs(b.deviation_amount), 'Infinity')
        FROM price_book_deviations(p_from, p_to, p_knowledge) AS b
        UNION ALL
        SELECT 'authorization_misuse', concat_ws('/', m.distributor_id, m.sold_on, m.sell_through_id, m.reason),
            m.distributor_id, m.product_id, m.sold_on, m.at_risk_amount, m.currency_code, to_jsonb(m), m.excess_qty
        FROM authorization_misuse(p_from, p_to, p_knowledge) AS m
        UNION ALL
        SELECT 'threshold_spike', concat_ws('/', t.policy_name, t.requested_by, t.measure, p_from, p_to),
            NULL, NULL, p_from, NULL, NULL, to_jsonb(t), t.below_count
        FROM threshold_spikes(p_from, p_to) AS t
        WHERE t.is_spike
        UNION ALL
        SELECT 'special_volume', concat_ws('/', z.distributor_id, z.end_customer_id, z.product_id, p_from, p_to),
            z.distributor_id, z.product_id, p_from, NULL, NULL, to_jsonb(z),
            CASE WHEN z.history_months = 0 THEN 'Infinity' ELSE z.z_score END
        FROM special_volume_signals(p_from, p_to, p_knowledge => p_knowledge) AS z
        UNION ALL
        SELECT 'grey_market', concat_ws('/', g.distributor_id, g.country_code, g.product_id, p_from, p_to),
            g.distributor_id, g.product_id, p_from, NULL, NULL, to_jsonb(g), g.outside_rate
        FROM grey_market_sales(p_from, p_to, p_knowledge) AS g
        UNION ALL
        SELECT 'seller_buyer', concat_ws('/', c.seller_id, c.buyer_id, c.product_id, p_from, p_to),
            c.seller_id, c.product_id, p_from, NULL, NULL, to_jsonb(c), c.correlation
        FROM seller_buyer_correlation(p_from, p_to, p_knowledge => p_knowledge) AS c
        UNION ALL
        SELECT 'peer_price', concat_ws('/', r.distributor_id, r.product_id, r.currency_code, p_from, p_to),
            r.distributor_id, r.product_id, p_from, r.below_median_amount, r.currency_code, to_jsonb(r), r.percentile
        FROM peer_percentile(p_from, p_to, p_knowledge => p_knowledge) AS r
        WHERE r.below_median_amount > 0
    ) AS q
    JOIN price_signal AS s
        ON s.signal = q.signal
        AND s.is_active
        AND CASE
            WHEN q.signal IN ('seller_buyer', 'peer_price') THEN q.measure <= s.limit_value
            WHEN q.signal IN ('threshold_spike', 'special_volume', 'grey_market') THEN q.measure >= s.limit_value
            ELSE q.measure > s.limit_value
        END
$$;
COMMENT ON FUNCTION price_findings(date, date, timestamptz) IS
    'One row = what a signal finds over the days p_from to p_to and that reaches its limit in price_signal; nothing is written';

CREATE FUNCTION find_price_exceptions(
    p_from date,
    p_to date,
    p_knowledge timestamptz DEFAULT 'infinity',
    p_dry_run boolean DEFAULT false
) RETURNS SETOF price_exception
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_rows price_exception[];
BEGIN
    BEGIN
        -- One who looks at a time: what both find is entered once either way, but
        -- what one no longer finds the other must not have just entered.
        LOCK TABLE price_exception IN SHARE ROW EXCLUSIVE MODE;
        WITH finding AS MATERIALIZED (
            SELECT f.* FROM price_findings(p_from, p_to, p_knowledge) AS f
        ),
        entered AS (
            INSERT INTO price_exception (signal, subject_key, distributor_id, product_id, occurred_on, amount, currency_code, detail)
            SELECT f.signal, f.subject_key, f.distributor_id, f.product_id, f.occurred_on, f.amount, f.currency_code, f.detail
            FROM finding AS f
            ORDER BY f.signal, f.subject_key
            ON CONFLICT ON CONSTRAINT price_exception_subject_key DO NOTHING
            RETURNING *
        ),
        changed AS (
            -- Only what is about a line is taken back with the line, and only where the
            -- signal was looked for.
            UPDATE price_exception AS x
            SET exception_state = CASE WHEN f.signal IS NULL THEN 'corrected' ELSE 'open' END,
                owner_name = CASE WHEN f.signal IS NULL THEN x.owner_name END,
                decision_note = NULL
            FROM price_exception AS y
            JOIN price_signal AS s ON s.signal = y.signal AND s.is_active
            LEFT JOIN finding AS f ON f.signal = y.signal AND f.subject_key = y.subject_key
            WHERE x.price_exception_id = y.price_exception_id
                AND y.signal IN ('floor', 'unauthorized_discount', 'price_book', 'authorization_misuse')
                AND y.occurred_on BETWEEN p_from AND p_to
                AND CASE
                    WHEN f.signal IS NULL THEN y.exception_state IN ('open', 'in_review')
                    ELSE y.exception_state = 'corrected'
                END
            RETURNING x.*
        )
        SELECT array_agg(r::price_exception ORDER BY r.price_exception_id) INTO v_rows
        FROM (SELECT * FROM entered UNION ALL SELECT * FROM changed) AS r;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION find_price_exceptions(date, date, timestamptz, boolean) IS
    'Enters what the signals find over the days p_from to p_to into price_exception, each thing once, and closes as corrected what is about a line that no longer says so (or opens it again). Returns the rows that were entered or changed; p_dry_run takes it back. May be repeated at any time';

CREATE FUNCTION decide_price_exception(
    p_price_exception_id bigint,
    p_state text,
    p_note text DEFAULT NULL,
    p_owner text DEFAULT NULL
) RETURNS price_exception
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    decided price_exception;
BEGIN
    UPDATE price_exception AS x
    SET exception_state = p_state,
        owner_name = coalesce(p_owner, x.owner_name, current_user),
        decision_note = p_note
    WHERE x.price_exception_id = p_price_exception_id
    RETURNING * INTO decided;
    IF decided.price_exception_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'price exception does not exist',
            DETAIL = format('There is no exception %s.', coalesce(p_price_exception_id::text, 'NULL')),
            HINT = 'See price_exception.';
    END IF;
    RETURN decided;
END
$$;
COMMENT ON FUNCTION decide_price_exception(bigint, text, text, text) IS
    'Takes an exception into review (p_owner NULL = the owner it has, else the current role), confirms or dismisses it, notes it as recovered or written off, with the reason. ZD107 when the state does not follow, P0002 when there is none, 23514 for an unknown state';
