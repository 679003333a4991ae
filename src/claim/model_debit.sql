-- claim, ship-and-debit: judging, filing, answering.

CREATE FUNCTION judge_ship_debits(
    p_claim_ids bigint[] DEFAULT NULL,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF ship_debit_state
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_sign integer;
    v_drafts ship_debit_draft[];
    v_units numeric[];
    v_granted numeric[];
    v_accepted numeric[];
    v_touched bigint[];
    v_rows ship_debit_state[];
BEGIN
    -- One after the other; who does not see the one before fails on a key.
    LOCK TABLE ship_debit_verdict IN SHARE ROW EXCLUSIVE MODE;
    BEGIN
        FOREACH v_sign IN ARRAY ARRAY[1, -1] LOOP
            SELECT array_agg(d ORDER BY d.claim_id, d.line_no) INTO v_drafts FROM draft_ship_debits(p_claim_ids, v_sign) AS d;
            CONTINUE WHEN v_drafts IS NULL;
            v_touched := v_touched || ARRAY(SELECT DISTINCT d.claim_id FROM unnest(v_drafts) AS d);

            -- Units of the sale; a line that is reversed holds those that are not.
            SELECT array_agg(CASE
                    WHEN d.is_refused OR d.is_pended THEN 0
                    WHEN v_sign > 0 THEN least(d.base_qty, d.sale_qty)
                    WHEN d.reverses_claim_id IS NOT NULL THEN -least(-d.base_qty, d.original_qty)
                    ELSE greatest(d.base_qty, d.sale_qty)
                END ORDER BY d.ordinality)
            INTO v_units
            FROM unnest(v_drafts) WITH ORDINALITY AS d;
            IF v_sign > 0 THEN
                PERFORM FROM earn_units(ARRAY(
                    SELECT ROW(d.distributor_id, d.old_sold_on, d.old_sell_through_id, 'ship_debit', d.claim_id, d.line_no, 0)::unit_target
                    FROM unnest(v_drafts) AS d
                    WHERE d.old_sell_through_id IS NOT NULL
                        AND (d.old_sold_on, d.old_sell_through_id) IS DISTINCT FROM (d.sold_on, d.sell_through_id)));
                SELECT array_agg(coalesce(g.granted_qty + d.reversed_qty, 0) ORDER BY d.ordinality) INTO v_granted
                FROM unnest(v_drafts) WITH ORDINALITY AS d
                LEFT JOIN (
                    SELECT t.place, e.granted_qty
                    FROM earn_units(ARRAY(
                        SELECT ROW(n.distributor_id, n.sold_on, n.sell_through_id, 'ship_debit', n.claim_id, n.line_no,
                            greatest(n.unit_qty - n.reversed_qty, 0))::unit_target
                        FROM (
                            SELECT u.distributor_id, u.sold_on, u.sell_through_id, u.claim_id, u.line_no, u.reversed_qty,
                                v_units[u.ordinality] AS unit_qty, u.ordinality
                            FROM unnest(v_drafts) WITH ORDINALITY AS u
                            WHERE u.sell_through_id IS NOT NULL
                        ) AS n
                        ORDER BY n.ordinality)) AS e
                    JOIN (
                        SELECT u.ordinality AS place, row_number() OVER (ORDER BY u.ordinality) AS n
                        FROM unnest(v_drafts) WITH ORDINALITY AS u
                        WHERE u.sell_through_id IS NOT NULL
                    ) AS t ON t.n = e.place
                ) AS g ON g.place = d.ordinality;
            ELSE
                v_granted := v_units;
            END IF;

            -- Units of the authorization, in the order of the lines; what a line has
            -- drawn before is there for it.
            SELECT array_agg(CASE
                    WHEN v_sign < 0 THEN w.granted
                    WHEN w.left_qty IS NULL THEN w.granted
                    ELSE greatest(least(w.granted, w.left_qty + w.all_drawn - w.before), 0)
                END ORDER BY w.place)
            INTO v_accepted
            FROM (
                SELECT d.ordinality AS place, v_granted[d.ordinality] AS granted, d.left_qty,
                    sum(greatest(d.drawn_qty, 0)) OVER (PARTITION BY d.distributor_id, d.special_price_id, d.product_id) AS all_drawn,
                    coalesce(sum(v_granted[d.ordinality]) OVER (
                        PARTITION BY d.distributor_id, d.special_price_id, d.product_id
                        ORDER BY d.ordinality ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
                FROM unnest(v_drafts) WITH ORDINALITY AS d
            ) AS w;

            -- Units that the authorization has not are free for others; units that
            -- are taken back are, too.
            PERFORM FROM earn_units(ARRAY(
                SELECT ROW(d.distributor_id, d.sold_on, d.sell_through_id, 'ship_debit', d.claim_id, d.line_no,
                    greatest(v_accepted[d.ordinality] - d.reversed_qty, 0))::unit_target
                FROM unnest(v_drafts) WITH ORDINALITY AS d
                WHERE v_sign > 0
                    AND d.sell_through_id IS NOT NULL
                    AND v_accepted[d.ordinality] < v_granted[d.ordinality]
                UNION ALL
                SELECT ROW(s.distributor_id, s.sold_on, s.sell_through_id, 'ship_debit', s.claim_id, s.line_no,
                    greatest(s.accepted_qty + v_accepted[d.ordinality], 0))::unit_target
                FROM unnest(v_drafts) WITH ORDINALITY AS d
                JOIN ship_debit_state AS s
                    ON s.distributor_id = d.distributor_id
                    AND s.claim_id = d.reverses_claim_id
                    AND s.line_no = d.reverses_line_no));
            PERFORM FROM draw_special_prices(ARRAY(
                SELECT ROW(d.distributor_id, d.special_price_id, d.product_id, coalesce(d.sold_on, o.shipped_on), v_accepted[d.ordinality] - d.drawn_qty,
                    CASE WHEN d.sell_through_id IS NOT NULL THEN 'sell_through' END, d.sold_on, d.sell_through_id,
                    format('%s/%s', d.claim_id, d.line_no), NULL, NULL, NULL)::special_price_request
                FROM unnest(v_drafts) WITH ORDINALITY AS d
                JOIN ship_debit_line AS o ON o.distributor_id = d.distributor_id AND o.claim_id = d.claim_id AND o.line_no = d.line_no
                JOIN special_price_balance AS b
                    ON b.distributor_id = d.distributor_id
                    AND b.special_price_id = d.special_price_id
                    AND b.product_id = d.product_id
                WHERE v_accepted[d.ordinality] <> d.drawn_qty
                -- What is given back is there for those who draw after it.
                ORDER BY v_accepted[d.ordinality] - d.drawn_qty > 0, d.ordinality));

            INSERT INTO ship_debit_verdict (
                distributor_id, claim_id, line_no, verdict_no, verdict, reject_codes, details, special_price_id, sold_on, sell_through_id,
                reverses_claim_id, reverses_line_no, price_basis, basis_price, special_price, calculated_qty, accepted_qty, calculated_amount, accepted_amount
            )
            SELECT j.distributor_id, j.claim_id, j.line_no, s.verdict_no + 1, j.verdict,
                ARRAY(SELECT left(f, 2) FROM unnest(j.findings) WITH ORDINALITY AS x (f, n) ORDER BY x.n),
                ARRAY(SELECT substr(f, 4) FROM unnest(j.findings) WITH ORDINALITY AS x (f, n) ORDER BY x.n),
                j.special_price_id, j.sold_on, j.sell_through_id, j.reverses_claim_id, j.reverses_line_no, j.price_basis, j.basis_price,
                j.special_price, j.granted, j.accepted, j.calculated, j.amount
            FROM (
                SELECT w.*,
                    w.findings || array_remove(ARRAY[
                        CASE WHEN v_sign > 0 AND NOT w.is_refused AND NOT w.is_pended AND w.granted < w.base_qty
                            THEN format('ZZ %s units claimed, the sale has %s that earn nowhere else', w.base_qty, w.granted) END,
                        CASE WHEN w.accepted < w.granted AND w.accepted > 0 THEN format('04 %s units claimed, %s left', w.granted, w.accepted)
                            WHEN v_sign > 0 AND w.accepted < w.granted THEN '05 nothing is left' END
                    ], NULL) AS findings_all,
                    CASE
                        WHEN w.is_refused THEN 'rejected'
                        WHEN w.is_pended THEN 'pended'
                        WHEN w.accepted = 0 THEN 'rejected'
                        WHEN w.accepted = w.base_qty AND (w.claimed_amount IS NULL OR w.amount = round(w.claimed_amount, w.minor_unit)) THEN 'accepted'
                        ELSE 'partial'
                    END AS verdict
                FROM (
                    SELECT d.distributor_id, d.claim_id, d.line_no, d.base_qty, d.claimed_amount, d.findings, d.is_refused, d.is_pended,
                        d.special_price_id, d.sold_on, d.sell_through_id, d.reverses_claim_id, d.reverses_line_no,
                        d.price_basis, d.basis_price, d.special_price, d.minor_unit,
                        v_granted[d.ordinality] AS granted, v_accepted[d.ordinality] AS accepted, c.calculated,
                        coalesce(round(CASE
                            WHEN d.reverses_claim_id IS NOT NULL THEN c.calculated
                            -- No more than was claimed for so many units.
                            WHEN v_sign > 0 THEN least(c.calculated, d.claimed_amount * v_accepted[d.ordinality] / nullif(d.base_qty, 0))
                            ELSE c.calculated
                        END, d.minor_unit), 0) AS amount
                    FROM unnest(v_drafts) WITH ORDINALITY AS d
                    CROSS JOIN LATERAL (
                        SELECT CASE
                            WHEN v_accepted[d.ordinality] = 0 THEN 0
                            WHEN d.reverses_claim_id IS NOT NULL THEN d.original_amount * v_accepted[d.ordinality] / d.original_qty
                            ELSE v_accepted[d.ordinality] * (d.basis_price - d.special_price)
                        END AS calculated
                    ) AS c
                ) AS w
            ) AS n
            CROSS JOIN LATERAL (
                SELECT n.distributor_id, n.claim_id, n.line_no, n.verdict, n.findings_all AS findings, n.special_price_id, n.sold_on, n.sell_through_id,
                    n.reverses_claim_id, n.reverses_line_no, n.price_basis, n.basis_price, n.special_price, n.granted, n.accepted, n.calculated, n.amount
            ) AS j
            JOIN ship_debit_state AS s ON s.distributor_id = j.distributor_id AND s.claim_id = j.claim_id AND s.line_no = j.line_no
            WHERE (s.verdict, s.reject_codes, s.accepted_qty, s.accepted_amount, s.sell_through_id, s.basis_price)
                IS DISTINCT FROM (j.verdict, ARRAY(SELECT left(f, 2) FROM unnest(j.findings) WITH ORDINALITY AS x (f, n) ORDER BY x.n),
                    j.accepted, j.amount, j.sell_through_id, j.basis_price);
        END LOOP;

        -- What a claim is worth is the sum of its lines, once one of them is judged.
        INSERT INTO claim_assessment (distributor_id, claim_id, assessment_no, amount, reason)
        SELECT t.distributor_id, t.claim_id, coalesce(c.assessment_no, 0) + 1, t.amount,
            format('%s of %s lines accepted, %s pended', t.accepted, t.lines, t.pended)
        FROM (
            SELECT s.distributor_id, s.claim_id, sum(s.accepted_amount) AS amount, count(*) AS lines,
                count(*) FILTER (WHERE s.verdict IN ('accepted', 'partial')) AS accepted,
                count(*) FILTER (WHERE s.verdict = 'pended') AS pended
            FROM ship_debit_state AS s
            WHERE s.claim_id = ANY (v_touched)
            GROUP BY s.distributor_id, s.claim_id
        ) AS t
        JOIN claim_state AS c ON c.distributor_id = t.distributor_id AND c.claim_id = t.claim_id
        WHERE t.pended < t.lines
            AND t.amount IS DISTINCT FROM c.assessed_amount;
        SELECT array_agg(s ORDER BY s.claim_id, s.line_no) INTO v_rows FROM ship_debit_state AS s WHERE s.claim_id = ANY (v_touched);
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION judge_ship_debits(bigint[], boolean) IS
    'Judges the lines of claims, or (NULL) those of all claims that wait for their sale: finds authorization and sale, collects every reason against, gives out the units of the sale and of the authorization, and values them. Enters verdicts that differ from those before and what the claims are worth now; post_claims() then posts the difference. Returns the lines of these claims. A second call enters nothing; p_dry_run enters nothing.';
