-- feed, matching: whom a distributor means by a customer. By its mapping, by a
-- number that the reseller has everywhere, by its name, by a similar name: what
-- is similar enough is taken, what is less so is proposed for review.

CREATE TABLE reseller_match (
    distributor_id bigint NOT NULL,
    reseller_match_id bigint GENERATED ALWAYS AS IDENTITY,
    alias_kind text NOT NULL,
    alias text NOT NULL,
    reported_name text,
    reported_postcode text,
    reported_country text,
    reseller_id bigint,
    match_score numeric(4,3),
    match_state text NOT NULL DEFAULT 'open',
    submission_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT reseller_match_pkey PRIMARY KEY (distributor_id, reseller_match_id),
    CONSTRAINT reseller_match_kind_check CHECK (alias_kind IN ('id', 'name')),
    CONSTRAINT reseller_match_state_check CHECK (match_state IN ('open', 'accepted', 'rejected')),
    CONSTRAINT reseller_match_decided_check CHECK ((match_state = 'open') = (decided_at IS NULL)),
    CONSTRAINT reseller_match_submission_fkey FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    CONSTRAINT reseller_match_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE reseller_match IS 'One row = a customer of a distributor that could not be resolved with certainty, and the reseller that it may be';
COMMENT ON COLUMN reseller_match.distributor_id IS 'Whose customer it is';
COMMENT ON COLUMN reseller_match.reseller_match_id IS 'Key within the distributor';
COMMENT ON COLUMN reseller_match.alias_kind IS 'id = the distributor''s customer number, name = the name as reported';
COMMENT ON COLUMN reseller_match.alias IS 'The number, or the name in lower case with single blanks';
COMMENT ON COLUMN reseller_match.reported_name IS 'Name as reported';
COMMENT ON COLUMN reseller_match.reported_postcode IS 'Postal code as reported';
COMMENT ON COLUMN reseller_match.reported_country IS 'Country as reported';
COMMENT ON COLUMN reseller_match.reseller_id IS 'Whom it may be; NULL = nobody is similar';
COMMENT ON COLUMN reseller_match.match_score IS 'How similar the names are, 0 to 1, a tenth more for the same postal code and a tenth less for a distant one';
COMMENT ON COLUMN reseller_match.match_state IS 'open, accepted (a mapping was entered) or rejected (it is not this reseller)';
COMMENT ON COLUMN reseller_match.submission_id IS 'First document that named it';
COMMENT ON COLUMN reseller_match.created_at IS 'When it was found';
COMMENT ON COLUMN reseller_match.decided_by IS 'Role that decided';
COMMENT ON COLUMN reseller_match.decided_at IS 'When; NULL = open';
CREATE INDEX reseller_match_submission_idx ON reseller_match (distributor_id, submission_id);
CREATE INDEX reseller_match_reseller_idx ON reseller_match (reseller_id);
CREATE UNIQUE INDEX reseller_match_open_key ON reseller_match (distributor_id, alias_kind, alias) WHERE match_state = 'open';

CREATE FUNCTION match_customers(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET pg_trgm.similarity_threshold = 0.3
AS $$
DECLARE
    v_accept numeric := 0.8;
    v_review numeric := 0.4;
BEGIN
    SELECT f.match_accept_score, f.match_review_score INTO v_accept, v_review
    FROM report_profile AS f
    WHERE f.distributor_id = p_distributor_id;
    v_accept := coalesce(v_accept, 0.8);
    v_review := coalesce(v_review, 0.4);
    -- A tenth may come in for the postal code.
    PERFORM set_config('pg_trgm.similarity_threshold', greatest(v_review - 0.1, 0.05)::text, true);

    WITH customer AS MATERIALIZED (
        SELECT DISTINCT ON (k.alias_kind, k.alias)
            k.alias_kind,
            k.alias,
            l.reported_customer_name AS name,
            name_key(l.reported_customer_name) AS name_key,
            l.reported_customer_postcode AS postcode,
            CASE WHEN upper(l.reported_customer_country) ~ '^[A-Z]{2}$'
                THEN upper(l.reported_customer_country) ELSE d.country_code END AS country,
            l.reported_customer_id AS number,
            CASE l.reported_customer_qualifier
                WHEN '1' THEN ARRAY['duns']
                WHEN '9' THEN ARRAY['duns']
                WHEN 'FI' THEN ARRAY['tax_no']
                WHEN 'UL' THEN ARRAY['gln']
                WHEN '92' THEN ARRAY['vendor_no']
            END AS qualifiers
        FROM (
            -- One line of each customer will do.
            SELECT u.reported_customer_id, u.reported_customer_name, u.reported_customer_postcode,
                u.reported_customer_country, u.reported_customer_qualifier, min(u.line_no) AS line_no
            FROM submission_line AS u
            WHERE u.distributor_id = p_distributor_id
                AND u.submission_id = p_submission_id
                AND u.books_as = 'sell_through'
                AND u.reseller_id IS NULL
                AND num_nonnulls(u.reported_customer_id, u.reported_customer_name) > 0
                -- nobody can say who somebody is that is not to be known
                AND u.reported_customer_id !~ '^ANONYMOUS( \d{3})?$' IS NOT FALSE
            GROUP BY u.reported_customer_id, u.reported_customer_name, u.reported_customer_postcode,
                u.reported_customer_country, u.reported_customer_qualifier
        ) AS l
        JOIN distributor AS d ON d.distributor_id = p_distributor_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.reported_customer_id IS NULL THEN 'name' ELSE 'id' END AS alias_kind,
                coalesce(l.reported_customer_id, customer_alias(l.reported_customer_name)) AS alias
        ) AS k
        ORDER BY k.alias_kind, k.alias, l.line_no
    ),
    candidate AS (
        -- A number counts only where the report says which kind it is, or where
        -- it is long enough not to be the distributor's own by accident.
        SELECT c.alias_kind, c.alias, i.reseller_id, 'identifier'::text AS method, 1::numeric AS score
        FROM customer AS c
        JOIN reseller_identifier AS i
            ON i.identifier = c.number
            AND (i.identifier_qualifier = ANY (c.qualifiers)
                OR c.qualifiers IS NULL AND length(c.number) >= 8 AND i.identifier_qualifier IN ('duns', 'tax_no'))
        UNION ALL
        SELECT c.alias_kind, c.alias, r.reseller_id, 'identifier', 1
        FROM customer AS c
        JOIN reseller AS r ON r.tax_no = c.number
        WHERE c.qualifiers = ARRAY['tax_no'] OR c.qualifiers IS NULL AND length(c.number) >= 8
        UNION ALL
        SELECT c.alias_kind, c.alias, r.reseller_id,
            CASE WHEN r.name_key = c.name_key THEN 'name' ELSE 'similar_name' END,
            least(1, greatest(0, similarity(r.name_key, c.name_key)::numeric + CASE
                WHEN c.postcode IS NULL OR r.postcode IS NULL THEN 0
                WHEN c.postcode = r.postcode THEN 0.1
                WHEN left(c.postcode, 2) <> left(r.postcode, 2) THEN -0.1
                ELSE 0
            END))
        FROM customer AS c
        JOIN reseller AS r
            ON r.name_key % c.name_key
            AND (r.country_code = c.country OR r.country_code IS NULL OR c.country IS NULL)
    ),
    -- Two that are equally good are nobody.
    ranked AS (
        SELECT b.alias_kind, b.alias, b.reseller_id, b.method, b.score,
            row_number() OVER (PARTITION BY b.alias_kind, b.alias ORDER BY b.score DESC, b.reseller_id) AS place,
            count(*) OVER (PARTITION BY b.alias_kind, b.alias, b.score) AS as_good
        FROM (
            SELECT DISTINCT ON (a.alias_kind, a.alias, m.reseller_id)
                a.alias_kind, a.alias, m.reseller_id, a.method, a.score
            FROM candidate AS a
            JOIN reseller AS n ON n.reseller_id = a.reseller_id
            CROSS JOIN LATERAL (SELECT coalesce(n.merged_into_id, n.reseller_id) AS reseller_id) AS m
            WHERE a.score >= v_review
                AND NOT EXISTS (
                    SELECT
                    FROM reseller_match AS no_match
                    WHERE no_match.distributor_id = p_distributor_id
                        AND no_match.alias_kind = a.alias_kind
                        AND no_match.alias = a.alias
                        AND no_match.reseller_id = m.reseller_id
                        AND no_match.match_state = 'rejected')
            ORDER BY a.alias_kind, a.alias, m.reseller_id, a.score DESC
        ) AS b
    ),
    verdict AS MATERIALIZED (
        SELECT c.alias_kind, c.alias, c.name, c.postcode, c.country, g.reseller_id, g.method, g.score,
            coalesce(g.score >= v_accept AND g.as_good = 1, false) AS is_certain
        FROM customer AS c
        LEFT JOIN ranked AS g
            ON g.alias_kind = c.alias_kind
            AND g.alias = c.alias
            AND g.place = 1
    ),
    mapping AS (
        INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method, match_score)
        SELECT p_distributor_id, v.alias_kind, v.alias, v.reseller_id, 'automatic', v.method, v.score
        FROM verdict AS v
        WHERE v.is_certain
        ON CONFLICT (distributor_id, alias_kind, alias) WHERE superseded_at IS NULL DO NOTHING
    ),
    queue AS (
        INSERT INTO reseller_match (
            distributor_id, alias_kind, alias, reported_name, reported_postcode, reported_country,
            reseller_id, match_score, submission_id
        )
        SELECT p_distributor_id, v.alias_kind, v.alias, v.name, v.postcode, v.country,
            v.reseller_id, v.score, p_submission_id
        FROM verdict AS v
        WHERE NOT v.is_certain
        ON CONFLICT (distributor_id, alias_kind, alias) WHERE match_state = 'open' DO NOTHING
    )
    UPDATE submission_line AS l
    SET reseller_id = v.reseller_id
    FROM verdict AS v
    WHERE v.is_certain
        AND l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.reseller_id IS NULL
        AND l.books_as = 'sell_through'
        AND v.alias_kind = CASE WHEN l.reported_customer_id IS NULL THEN 'name' ELSE 'id' END
        AND v.alias = coalesce(l.reported_customer_id, customer_alias(l.reported_customer_name));
END
$$;
COMMENT ON FUNCTION match_customers(bigint, bigint) IS
    'Resolves customers that no mapping knows: by identifier, by name, by a similar name in the same country. At or above match_accept_score, and nobody else as good: taken, and entered in reseller_alias as automatic; else entered in reseller_match for review';

CREATE VIEW reseller_match_queue WITH (security_invoker = true) AS
SELECT m.distributor_id,
    m.reseller_match_id,
    d.distributor_code,
    m.alias_kind,
    m.alias,
    m.reported_name,
    m.reported_postcode,
    m.reported_country,
    r.reseller_code,
    r.reseller_name,
    m.match_score,
    m.created_at
FROM reseller_match AS m
JOIN distributor AS d ON d.distributor_id = m.distributor_id
LEFT JOIN reseller AS r ON r.reseller_id = m.reseller_id
WHERE m.match_state = 'open';
COMMENT ON VIEW reseller_match_queue IS 'One row = a customer of a distributor that waits for somebody to say who it is';
COMMENT ON COLUMN reseller_match_queue.distributor_id IS 'Whose customer it is';
COMMENT ON COLUMN reseller_match_queue.reseller_match_id IS 'Key within the distributor; accept_match() and reject_match() want it';
COMMENT ON COLUMN reseller_match_queue.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN reseller_match_queue.alias_kind IS 'id or name';
COMMENT ON COLUMN reseller_match_queue.alias IS 'The number, or the name in lower case';
COMMENT ON COLUMN reseller_match_queue.reported_name IS 'Name as reported';
COMMENT ON COLUMN reseller_match_queue.reported_postcode IS 'Postal code as reported';
COMMENT ON COLUMN reseller_match_queue.reported_country IS 'Country as reported, else that of the distributor';
COMMENT ON COLUMN reseller_match_queue.reseller_code IS 'Whom it may be; NULL = nobody is similar';
COMMENT ON COLUMN reseller_match_queue.reseller_name IS 'Name of that reseller';
COMMENT ON COLUMN reseller_match_queue.match_score IS 'How similar they are, 0 to 1';
COMMENT ON COLUMN reseller_match_queue.created_at IS 'When it was found';

CREATE FUNCTION open_match(p_distributor_code text, p_reseller_match_id bigint) RETURNS reseller_match
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    m reseller_match;
BEGIN
    SELECT q.* INTO m
    FROM reseller_match AS q
    JOIN distributor AS d USING (distributor_id)
    WHERE d.distributor_code = p_distributor_code
        AND q.reseller_match_id = p_reseller_match_id
    FOR UPDATE OF q;
    IF NOT FOUND OR m.match_state <> 'open' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD045',
            MESSAGE = 'match is not waiting for a decision',
            DETAIL = format('Match %s of distributor %s is %s.', coalesce(p_reseller_match_id::text, 'NULL'),
                coalesce(p_distributor_code, 'NULL'), coalesce(m.match_state, 'not there')),
            HINT = 'See reseller_match_queue; map_reseller() changes what was decided before.';
    END IF;
    RETURN m;
END
$$;
COMMENT ON FUNCTION open_match(text, bigint) IS 'A match that waits for a decision, locked; ZD045 when there is none';

CREATE FUNCTION reject_match(
    p_distributor_code text,
    p_reseller_match_id bigint
) RETURNS reseller_match
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    m reseller_match := open_match(p_distributor_code, p_reseller_match_id);
BEGIN
    UPDATE reseller_match AS q
    SET match_state = 'rejected',
        decided_by = current_user,
        decided_at = now()
    WHERE q.distributor_id = m.distributor_id AND q.reseller_match_id = m.reseller_match_id
    RETURNING q.* INTO m;
    RETURN m;
END
$$;
COMMENT ON FUNCTION reject_match(text, bigint) IS 'The customer is not the reseller that was proposed; it is not proposed again. ZD045 when nothing waits.';

CREATE FUNCTION resolve_again(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
BEGIN
    UPDATE submission_line AS l
    SET reseller_id = n.reseller_id
    FROM (
        SELECT u.line_no, coalesce(r.merged_into_id, r.reseller_id) AS reseller_id
        FROM submission_line AS u
        LEFT JOIN reseller_mappings(p_distributor_id, 'id') AS by_id ON by_id.alias = u.reported_customer_id
        LEFT JOIN reseller_mappings(p_distributor_id, 'name') AS by_name ON by_name.alias = customer_alias(u.reported_customer_name)
        JOIN reseller AS r ON r.reseller_id = coalesce(by_id.reseller_id, by_name.reseller_id, u.reseller_id)
        WHERE u.distributor_id = p_distributor_id
            AND u.submission_id = p_submission_id
            AND u.books_as = 'sell_through'
    ) AS n
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_no = n.line_no
        AND l.reseller_id IS DISTINCT FROM n.reseller_id;
END
$$;
COMMENT ON FUNCTION resolve_again(bigint, bigint) IS
    'Resolves the customers of a submission that waits by the mappings of now, following resellers that were merged';

CREATE FUNCTION check_articles(
    p_distributor_id bigint,
    p_submission_id bigint
) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path FROM CURRENT
SET jit = off
SET enable_nestloop = off
AS $$
DECLARE
    v_articles text;
BEGIN
    -- Another article may have another unit and price: that is judged anew.
    SELECT string_agg(DISTINCT l.reported_distributor_part, ', ') INTO v_articles
    FROM submission_line AS l
    JOIN product_alias AS a
        ON a.distributor_id = p_distributor_id
        AND a.alias = l.reported_distributor_part
        AND a.superseded_at IS NULL
    LEFT JOIN product AS by_part ON by_part.product_code = l.reported_vendor_part
    LEFT JOIN product AS by_gtin
        ON by_gtin.gtin = CASE WHEN gtin_is_valid(l.reported_gtin) THEN gtin14(l.reported_gtin) END
    WHERE l.distributor_id = p_distributor_id
        AND l.submission_id = p_submission_id
        AND l.line_state = 'ready'
        AND l.product_id <> a.product_id
        AND num_nonnulls(by_part.product_id, by_gtin.product_id) = 0;
    IF v_articles IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD050',
            MESSAGE = 'an article was mapped anew since the submission was judged',
            DETAIL = format('Submission %s, %s.', p_submission_id, left(v_articles, 200)),
            HINT = 'Judge it again with rejudge_submission().';
    END IF;
END
$$;
COMMENT ON FUNCTION check_articles(bigint, bigint) IS
    'Whether the articles of a submission that waits still mean what they were taken for: ZD050 where a distributor''s number was mapped anew meanwhile';

CREATE FUNCTION waiting_submissions(p_distributor_id bigint DEFAULT NULL) RETURNS SETOF submission
LANGUAGE sql
SET search_path FROM CURRENT
AS $$
    SELECT s.*
    FROM submission AS s
    WHERE s.submission_state = 'validated'
        AND (p_distributor_id IS NULL OR s.distributor_id = p_distributor_id)
    ORDER BY s.distributor_id, s.submission_id
    FOR UPDATE
$$;
COMMENT ON FUNCTION waiting_submissions(bigint) IS
    'Submissions that wait for acceptance, of one distributor or of all, locked: whoever changes mappings takes these first and the queue of bookings after them, as an acceptance does';
