-- feed, mappings: what a distributor's number or name means, in versions. A new
-- mapping shows what it would change, and books that as corrections.

CREATE TYPE remap_result AS (
    distributor_code text,
    currency_code text,
    lines bigint,
    quantity numeric,
    amount numeric,
    submission_id bigint
);
COMMENT ON TYPE remap_result IS 'What a new mapping changes in one currency: lines that stand and are booked for something else now';
COMMENT ON COLUMN remap_result.distributor_code IS 'Whose lines';
COMMENT ON COLUMN remap_result.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN remap_result.lines IS 'Lines that are corrected';
COMMENT ON COLUMN remap_result.quantity IS 'Their quantity, base units';
COMMENT ON COLUMN remap_result.amount IS 'Their amount';
COMMENT ON COLUMN remap_result.submission_id IS 'The correction; NULL = dry run';

CREATE FUNCTION rebook_lines(
    p_distributor_code text,
    p_match jsonb,
    p_set jsonb,
    p_reason text
) RETURNS SETOF remap_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_submission_id bigint;
BEGIN
    BEGIN
        v_submission_id := (mass_correct(p_distributor_code, p_match, p_set, p_reason)).submission_id;
    EXCEPTION WHEN SQLSTATE 'ZD046' THEN
        -- A mapping for customers or articles that were never sold yet.
        RETURN;
    END;
    RETURN QUERY
    SELECT d.distributor_code, l.currency_code, count(*), sum(l.quantity), sum(l.amount), v_submission_id
    FROM distributor AS d
    JOIN submission_line AS l
        ON l.distributor_id = d.distributor_id
        AND l.submission_id = v_submission_id
    WHERE d.distributor_code = p_distributor_code
    GROUP BY d.distributor_code, l.currency_code
    ORDER BY l.currency_code;
END
$$;
COMMENT ON FUNCTION rebook_lines(text, jsonb, jsonb, text) IS 'mass_correct() that tells what it changed by currency; no row = nothing';

CREATE FUNCTION map_reseller(
    p_distributor_code text,
    p_alias_kind text,
    p_alias text,
    p_reseller_code text,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF remap_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint := distributor_of(p_distributor_code);
    v_reseller_id bigint;
    v_alias text := CASE p_alias_kind WHEN 'name' THEN customer_alias(p_alias) ELSE p_alias END;
    v_reseller_code text;
    v_waiting bigint[];
    r remap_result;
    results remap_result[] := ARRAY[]::remap_result[];
BEGIN
    IF p_alias_kind IS NULL OR p_alias_kind NOT IN ('id', 'name') OR coalesce(v_alias, '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'what is to be mapped is not a customer',
            DETAIL = format('Kind %s, alias %s.', coalesce(quote_literal(p_alias_kind), 'NULL'), coalesce(quote_literal(p_alias), 'NULL')),
            HINT = 'Give id and the customer number, or name and the name.';
    END IF;
    SELECT w.reseller_id, w.reseller_code INTO v_reseller_id, v_reseller_code
    FROM reseller AS s
    JOIN reseller AS w ON w.reseller_id = coalesce(s.merged_into_id, s.reseller_id)
    WHERE s.reseller_code = p_reseller_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'reseller does not exist',
            DETAIL = format('There is no reseller_code %s.', coalesce(quote_literal(p_reseller_code), 'NULL')),
            HINT = 'Enter it in reseller first.';
    END IF;
    BEGIN
        -- Mappings of one distributor queue with its bookings.
        v_waiting := ARRAY(SELECT w.submission_id FROM waiting_submissions(v_distributor_id) AS w);
        PERFORM begin_booking(v_distributor_id, NULL, NULL);
        UPDATE reseller_alias AS a
        SET superseded_at = greatest(now(), a.recorded_at)
        WHERE a.distributor_id = v_distributor_id
            AND a.alias_kind = p_alias_kind
            AND a.alias = v_alias
            AND a.superseded_at IS NULL
            AND a.reseller_id <> v_reseller_id;
        INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method)
        VALUES (v_distributor_id, p_alias_kind, v_alias, v_reseller_id, 'accepted', 'mapping')
        ON CONFLICT (distributor_id, alias_kind, alias) WHERE superseded_at IS NULL
            DO UPDATE SET match_status = 'accepted';
        UPDATE reseller_match AS m
        SET match_state = 'accepted',
            reseller_id = v_reseller_id,
            decided_by = current_user,
            decided_at = now()
        WHERE m.distributor_id = v_distributor_id
            AND m.alias_kind = p_alias_kind
            AND m.alias = v_alias
            AND m.match_state = 'open';
        FOR r IN
            SELECT *
            FROM rebook_lines(p_distributor_code,
                jsonb_build_object('fact_table', 'sell_through', 'decisive', true,
                    CASE p_alias_kind WHEN 'id' THEN 'customer_id' ELSE 'customer_name' END, v_alias),
                jsonb_build_object('reseller_code', v_reseller_code),
                format('%s %s is %s', p_alias_kind, v_alias, v_reseller_code))
        LOOP
            results := results || r;
        END LOOP;
        -- Reports that wait for acceptance were resolved by the old mapping.
        PERFORM resolve_again(v_distributor_id, w.submission_id)
        FROM unnest(v_waiting) AS w (submission_id);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        SELECT array_agg(ROW(x.distributor_code, x.currency_code, x.lines, x.quantity, x.amount, NULL)::remap_result)
        INTO results
        FROM unnest(results) AS x;
    END;
    RETURN QUERY SELECT x.* FROM unnest(results) AS x;
END
$$;
COMMENT ON FUNCTION map_reseller(text, text, text, text, boolean) IS
    'Says who a distributor''s customer is (kind id or name), as a new version of the mapping, and books what it changes: sales to that customer that stand are reversed and replaced (by a name only those whose number is not mapped), reports that wait are resolved anew. A reseller that was merged stands for the one it was merged into. Returns what is changed; p_dry_run only shows it. P0002 for codes that do not exist, 22023 for a kind that is none.';

CREATE FUNCTION accept_match(
    p_distributor_code text,
    p_reseller_match_id bigint,
    p_reseller_code text DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF remap_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    m reseller_match := open_match(p_distributor_code, p_reseller_match_id);
    v_reseller_code text;
BEGIN
    SELECT coalesce(p_reseller_code, r.reseller_code) INTO v_reseller_code
    FROM (SELECT m.reseller_id) AS c
    LEFT JOIN reseller AS r USING (reseller_id);
    RETURN QUERY SELECT x.* FROM map_reseller(p_distributor_code, m.alias_kind, m.alias, v_reseller_code, p_dry_run) AS x;
END
$$;
COMMENT ON FUNCTION accept_match(text, bigint, text, boolean) IS
    'Confirms a match of reseller_match_queue, or says with p_reseller_code who it is instead; as map_reseller(). ZD045 when nothing waits, P0002 when nobody was proposed and none is named.';

CREATE FUNCTION map_product(
    p_distributor_code text,
    p_alias text,
    p_product_code text,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF remap_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_distributor_id bigint := distributor_of(p_distributor_code);
    v_product_id bigint;
    v_old_id bigint;
    v_waiting bigint[];
    r remap_result;
    results remap_result[] := ARRAY[]::remap_result[];
BEGIN
    SELECT p.product_id INTO v_product_id FROM product AS p WHERE p.product_code = p_product_code;
    IF NOT FOUND OR coalesce(p_alias, '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = 'product or number does not exist',
            DETAIL = format('Number %s, product_code %s.', coalesce(quote_literal(p_alias), 'NULL'), coalesce(quote_literal(p_product_code), 'NULL')),
            HINT = 'Enter the product first.';
    END IF;
    BEGIN
        v_waiting := ARRAY(
            SELECT w.submission_id
            FROM waiting_submissions(v_distributor_id) AS w
            WHERE w.document_format <> 'call');
        PERFORM begin_booking(v_distributor_id, NULL, NULL);
        UPDATE product_alias AS a
        SET superseded_at = greatest(now(), a.recorded_at)
        WHERE a.distributor_id = v_distributor_id
            AND a.alias = p_alias
            AND a.superseded_at IS NULL
            AND a.product_id <> v_product_id
        RETURNING a.product_id INTO v_old_id;
        INSERT INTO product_alias (distributor_id, alias, product_id)
        VALUES (v_distributor_id, p_alias, v_product_id)
        ON CONFLICT (distributor_id, alias) WHERE superseded_at IS NULL DO NOTHING;
        -- Only what the number itself had decided: lines that named the vendor's
        -- part or a GTIN as well stand by those.
        FOR r IN
            SELECT x.*
            FROM product AS p
            CROSS JOIN LATERAL rebook_lines(p_distributor_code,
                jsonb_build_object('distributor_part', p_alias, 'decisive', true, 'product_code', p.product_code),
                jsonb_build_object('product_code', p_product_code),
                format('%s is %s', p_alias, p_product_code)) AS x
            WHERE p.product_id = v_old_id
        LOOP
            results := results || r;
        END LOOP;
        -- Reports that wait are judged again: the unit and the price band, too, are
        -- those of the other article.
        PERFORM rejudge_submission(w.submission_id)
        FROM unnest(v_waiting) AS w (submission_id)
        WHERE EXISTS (
            SELECT
            FROM submission_line AS l
            WHERE l.distributor_id = v_distributor_id
                AND l.submission_id = w.submission_id
                AND l.reported_distributor_part = p_alias
                AND l.product_id IS DISTINCT FROM v_product_id);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        SELECT array_agg(ROW(x.distributor_code, x.currency_code, x.lines, x.quantity, x.amount, NULL)::remap_result)
        INTO results
        FROM unnest(results) AS x;
    END;
    RETURN QUERY SELECT x.* FROM unnest(results) AS x;
END
$$;
COMMENT ON FUNCTION map_product(text, text, text, boolean) IS
    'Says what a distributor''s article number means, as a new version of the mapping, and books what it changes; reports that wait and name it are judged again. Units are taken as they are: where the old product was sold by the case, correct the quantity with mass_correct(). P0002 for codes that do not exist.';

CREATE FUNCTION merge_reseller(
    p_from_code text,
    p_into_code text,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF remap_result
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_from reseller;
    v_into reseller;
    v_waiting bigint[];
    r remap_result;
    results remap_result[] := ARRAY[]::remap_result[];
BEGIN
    -- Two merges of the same resellers, whichever way round, queue here.
    PERFORM
    FROM reseller AS s
    WHERE s.reseller_code IN (p_from_code, p_into_code)
    ORDER BY s.reseller_id
    FOR NO KEY UPDATE;
    SELECT * INTO v_from FROM reseller AS s WHERE s.reseller_code = p_from_code;
    SELECT * INTO v_into FROM reseller AS s WHERE s.reseller_code = p_into_code;
    IF v_from.reseller_id IS NULL OR v_into.reseller_id IS NULL OR v_from.reseller_id = v_into.reseller_id
        OR v_into.merged_into_id IS NOT NULL OR v_from.merged_into_id IS NOT NULL
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD047',
            MESSAGE = 'these resellers cannot be merged',
            DETAIL = format('%s into %s.', coalesce(quote_literal(p_from_code), 'NULL'), coalesce(quote_literal(p_into_code), 'NULL')),
            HINT = 'Both have to exist, be two, and not be merged already.';
    END IF;
    BEGIN
        -- A report of any distributor may be judged by the old name at this moment.
        v_waiting := ARRAY(
            SELECT w.submission_id
            FROM waiting_submissions() AS w
            WHERE EXISTS (
                SELECT
                FROM submission_line AS l
                WHERE l.distributor_id = w.distributor_id
                    AND l.submission_id = w.submission_id
                    AND l.reseller_id = v_from.reseller_id));
        PERFORM begin_booking(d.distributor_id, NULL, NULL)
        FROM distributor AS d
        ORDER BY d.distributor_id;
        WITH old AS (
            UPDATE reseller_alias AS a
            SET superseded_at = greatest(now(), a.recorded_at)
            WHERE a.reseller_id = v_from.reseller_id AND a.superseded_at IS NULL
            RETURNING a.distributor_id, a.reseller_alias_id
        )
        SELECT count(*) INTO r.lines FROM old;
        INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method)
        SELECT DISTINCT ON (a.distributor_id, a.alias_kind, a.alias)
            a.distributor_id, a.alias_kind, a.alias, v_into.reseller_id, 'accepted', 'merge'
        FROM reseller_alias AS a
        WHERE a.reseller_id = v_from.reseller_id
            AND a.superseded_at >= now()
            AND a.match_status <> 'rejected'
        ON CONFLICT (distributor_id, alias_kind, alias) WHERE superseded_at IS NULL DO NOTHING;
        UPDATE reseller_identifier AS i
        SET reseller_id = v_into.reseller_id
        WHERE i.reseller_id = v_from.reseller_id;
        UPDATE reseller AS s
        SET merged_into_id = v_into.reseller_id
        WHERE s.reseller_id = v_from.reseller_id OR s.merged_into_id = v_from.reseller_id;
        UPDATE reseller_match AS m
        SET reseller_id = v_into.reseller_id
        WHERE m.reseller_id = v_from.reseller_id AND m.match_state = 'open';
        FOR r IN
            SELECT x.*
            FROM distributor AS d
            CROSS JOIN LATERAL rebook_lines(d.distributor_code,
                jsonb_build_object('fact_table', 'sell_through', 'reseller_code', p_from_code),
                jsonb_build_object('reseller_code', p_into_code),
                format('reseller %s is %s', p_from_code, p_into_code)) AS x
            WHERE EXISTS (
                SELECT FROM sell_through AS f
                WHERE f.reseller_id = v_from.reseller_id AND f.distributor_id = d.distributor_id)
        LOOP
            results := results || r;
        END LOOP;
        PERFORM resolve_again(w.distributor_id, w.submission_id)
        FROM submission AS w
        WHERE w.submission_id = ANY (v_waiting);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        SELECT array_agg(ROW(x.distributor_code, x.currency_code, x.lines, x.quantity, x.amount, NULL)::remap_result)
        INTO results
        FROM unnest(results) AS x;
    END;
    RETURN QUERY SELECT x.* FROM unnest(results) AS x;
END
$$;
COMMENT ON FUNCTION merge_reseller(text, text, boolean) IS
    'Two resellers were one: mappings, identifiers, proposals and reports that wait, and all sales that stand go to the second, as corrections. Returns what is changed, by distributor and currency; p_dry_run only shows it. ZD047 when they cannot be merged.';
