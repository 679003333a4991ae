-- rebate: what a line counts beside its measure (a qualifier, gates), which products
-- and resellers it takes in or leaves out, targets, and the deductions that order the
-- lines of a group. One relation, program_counted, names everything that is counted:
--
--    measure     what the line pays on          qualifier   what opens its tiers
--    gate        what must be reached           baseline    what growth is over
--    overlap     facts that the line shares with one whose benefit it deducts
--
-- so that one pass over the facts, or over the rollups, counts it all.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD065', 'A program cannot be put in force as it stands', 'Correct what the detail names while the program is a draft', false),
    ('ZD066', 'Two lines of a stacking group have the same priority', 'Give each line of the group a priority of its own', false),
    ('ZD067', 'Lines deduct each other in a circle', 'Remove one of the deductions, or change the priorities', false),
    ('ZD068', 'A program would change what lines in force earn', 'Put both in force together with activate_program(), or give the new line a later priority', false),
    ('ZD069', 'There is activity on days that a line counts but its calendar has no span for', 'Add the years with add_fiscal_years()', false),
    ('ZD070', 'There is no such program line', 'Look in rebate_program and program_line', false);

CREATE TABLE program_count (
    program_line_id bigint NOT NULL,
    count_no integer NOT NULL,
    count_role text NOT NULL,
    count_name text NOT NULL,
    measure_fact text NOT NULL,
    measure_unit text NOT NULL DEFAULT 'amount',
    counts_whole_span boolean NOT NULL DEFAULT false,
    minimum numeric,
    CONSTRAINT program_count_pkey PRIMARY KEY (program_line_id, count_no),
    CONSTRAINT program_count_no_check CHECK (count_no > 0),
    CONSTRAINT program_count_role_check CHECK (count_role IN ('qualifier', 'gate')),
    CONSTRAINT program_count_fact_check CHECK (measure_fact IN ('sell_in', 'sell_through')),
    CONSTRAINT program_count_unit_check CHECK (measure_unit IN ('amount', 'quantity', 'points')),
    CONSTRAINT program_count_minimum_check CHECK ((count_role = 'gate') = (minimum IS NOT NULL) AND minimum > 0 AND minimum < 'Infinity'),
    CONSTRAINT program_count_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line
);
COMMENT ON TABLE program_count IS 'One row = something that a program line counts and does not pay on: the qualifier that opens its tiers instead of the measure, or a gate';
COMMENT ON COLUMN program_count.program_line_id IS 'The line';
COMMENT ON COLUMN program_count.count_no IS 'Number in the line, from 1';
COMMENT ON COLUMN program_count.count_role IS 'qualifier (one at most) or gate (all must be reached, or the span earns 0)';
COMMENT ON COLUMN program_count.count_name IS 'Name as on the statement';
COMMENT ON COLUMN program_count.measure_fact IS 'sell_in or sell_through';
COMMENT ON COLUMN program_count.measure_unit IS 'amount (settlement currency), quantity (base units) or points';
COMMENT ON COLUMN program_count.counts_whole_span IS 'Whether it counts on all days of the span that the agreement covers, also those on which the line does not: for a rate that changes within a span';
COMMENT ON COLUMN program_count.minimum IS 'What a gate asks for, reached when equal; NULL = qualifier';
CREATE UNIQUE INDEX program_count_qualifier_key ON program_count (program_line_id) WHERE count_role = 'qualifier';

CREATE TABLE program_scope (
    program_line_id bigint NOT NULL,
    scope_no integer NOT NULL,
    count_no integer,
    product_line ltree,
    product_id bigint,
    is_excluded boolean NOT NULL DEFAULT false,
    points numeric,
    CONSTRAINT program_scope_pkey PRIMARY KEY (program_line_id, scope_no),
    CONSTRAINT program_scope_one_check CHECK (num_nonnulls(product_line, product_id) = 1),
    CONSTRAINT program_scope_points_check CHECK (points IS NULL OR NOT is_excluded AND abs(points) < 'Infinity'),
    CONSTRAINT program_scope_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT program_scope_count_fkey FOREIGN KEY (program_line_id, count_no) REFERENCES program_count,
    CONSTRAINT program_scope_product_fkey FOREIGN KEY (product_id) REFERENCES product
);
COMMENT ON TABLE program_scope IS 'One row = a product, or a product line with everything below it, that a program line takes in or leaves out; what is left out stays out';
COMMENT ON COLUMN program_scope.program_line_id IS 'The line';
COMMENT ON COLUMN program_scope.scope_no IS 'Number in the line';
COMMENT ON COLUMN program_scope.count_no IS 'Qualifier or gate that it is for; NULL = the measure';
COMMENT ON COLUMN program_scope.product_line IS 'The product line; NULL = a product';
COMMENT ON COLUMN program_scope.product_id IS 'The product; NULL = a product line';
COMMENT ON COLUMN program_scope.is_excluded IS 'Whether it is left out';
COMMENT ON COLUMN program_scope.points IS 'Points of a base unit; of several rows the product counts before the deepest product line. NULL = none';
CREATE INDEX program_scope_count_idx ON program_scope (program_line_id, count_no);
CREATE INDEX program_scope_product_idx ON program_scope (product_id);

CREATE TABLE program_reseller (
    program_line_id bigint NOT NULL,
    reseller_id bigint NOT NULL,
    is_excluded boolean NOT NULL DEFAULT false,
    CONSTRAINT program_reseller_pkey PRIMARY KEY (program_line_id, reseller_id),
    CONSTRAINT program_reseller_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT program_reseller_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE program_reseller IS 'One row = a reseller whose purchases a program line takes in or leaves out; without a row that takes one in, all count, those to nobody known too';
COMMENT ON COLUMN program_reseller.program_line_id IS 'The line';
COMMENT ON COLUMN program_reseller.reseller_id IS 'The reseller';
COMMENT ON COLUMN program_reseller.is_excluded IS 'Whether it is left out';
CREATE INDEX program_reseller_reseller_idx ON program_reseller (reseller_id);

CREATE TABLE program_target (
    program_line_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    target numeric NOT NULL,
    CONSTRAINT program_target_pkey PRIMARY KEY (program_line_id, span_starts_on),
    CONSTRAINT program_target_target_check CHECK (abs(target) < 'Infinity'),
    CONSTRAINT program_target_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line
);
COMMENT ON TABLE program_target IS 'One row = what growth in a span is measured over, for lines whose growth_base is target';
COMMENT ON COLUMN program_target.program_line_id IS 'The line';
COMMENT ON COLUMN program_target.span_starts_on IS 'First day of the span';
COMMENT ON COLUMN program_target.target IS 'Settlement currency, base units or points, as the measure';

CREATE TABLE program_deduction (
    program_line_id bigint NOT NULL,
    deducts_line_id bigint NOT NULL,
    CONSTRAINT program_deduction_pkey PRIMARY KEY (program_line_id, deducts_line_id),
    CONSTRAINT program_deduction_self_check CHECK (program_line_id <> deducts_line_id),
    CONSTRAINT program_deduction_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT program_deduction_deducts_fkey FOREIGN KEY (deducts_line_id) REFERENCES program_line
);
COMMENT ON TABLE program_deduction IS 'One row = a line whose benefit is taken off the value of another before that earns; where a cascade_net line has such rows they take the place of the priorities';
COMMENT ON COLUMN program_deduction.program_line_id IS 'The line that earns on the net value; it must be cascade_net';
COMMENT ON COLUMN program_deduction.deducts_line_id IS 'The line whose benefit is deducted, on the facts that both count';
CREATE INDEX program_deduction_deducts_idx ON program_deduction (deducts_line_id);

CREATE TABLE baseline_snapshot (
    distributor_id bigint NOT NULL,
    baseline_snapshot_id bigint GENERATED ALWAYS AS IDENTITY,
    program_line_id bigint NOT NULL,
    span_starts_on date NOT NULL,
    currency_code text NOT NULL,
    baseline_value numeric NOT NULL,
    knowledge_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT baseline_snapshot_pkey PRIMARY KEY (distributor_id, baseline_snapshot_id),
    CONSTRAINT baseline_snapshot_span_key UNIQUE (distributor_id, program_line_id, span_starts_on, currency_code),
    CONSTRAINT baseline_snapshot_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT baseline_snapshot_line_fkey FOREIGN KEY (program_line_id) REFERENCES program_line,
    CONSTRAINT baseline_snapshot_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE baseline_snapshot IS 'One row = the base of the growth of a program line in a span, frozen: what becomes known later about the base period does not move it';
COMMENT ON COLUMN baseline_snapshot.distributor_id IS 'The distributor';
COMMENT ON COLUMN baseline_snapshot.baseline_snapshot_id IS 'Key within the distributor';
COMMENT ON COLUMN baseline_snapshot.program_line_id IS 'The line';
COMMENT ON COLUMN baseline_snapshot.span_starts_on IS 'First day of the span whose growth is measured over it';
COMMENT ON COLUMN baseline_snapshot.currency_code IS 'Settlement currency';
COMMENT ON COLUMN baseline_snapshot.baseline_value IS 'What counted in the base period: settlement currency (at the rates of its days), base units or points; the mean, where it is rolling';
COMMENT ON COLUMN baseline_snapshot.knowledge_at IS 'Facts recorded up to this moment counted';
COMMENT ON COLUMN baseline_snapshot.recorded_at IS 'Since when it holds';
COMMENT ON COLUMN baseline_snapshot.recorded_by IS 'Role that froze it';
CREATE INDEX baseline_snapshot_line_idx ON baseline_snapshot (program_line_id);
CREATE INDEX baseline_snapshot_currency_idx ON baseline_snapshot (currency_code);

CREATE TRIGGER baseline_snapshot_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON baseline_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER baseline_snapshot_append_only ON baseline_snapshot IS 'What is frozen stays';

CREATE FUNCTION refuse_change_of_active_line() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_program rebate_program;
BEGIN
    FOR v_program IN
        -- Locked, so that it cannot be activated between this look and the write.
        SELECT r.*
        FROM rebate_program AS r
        JOIN program_line AS l ON l.rebate_program_id = r.rebate_program_id
        WHERE l.program_line_id = ANY (CASE TG_OP
            WHEN 'INSERT' THEN ARRAY[NEW.program_line_id]
            WHEN 'DELETE' THEN ARRAY[OLD.program_line_id]
            ELSE ARRAY[OLD.program_line_id, NEW.program_line_id]
        END)
        FOR SHARE OF r
    LOOP
        IF v_program.program_state <> 'draft' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'ZD002',
                MESSAGE = 'program is in force and its terms cannot be changed',
                DETAIL = format('Program %s is %s.', v_program.program_code, v_program.program_state),
                HINT = 'End the line by setting valid_to, and enter a new program.';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION refuse_change_of_active_line() IS 'Trigger of the terms of a program line: they are frozen once the program is active (ZD002)';

CREATE TRIGGER program_count_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON program_count
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_line();
COMMENT ON TRIGGER program_count_frozen ON program_count IS 'Terms are immutable once their program is active';

CREATE TRIGGER program_count_not_truncated
    BEFORE TRUNCATE ON program_count
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER program_count_not_truncated ON program_count IS 'What is in force is not emptied';

CREATE TRIGGER program_scope_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON program_scope
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_line();
COMMENT ON TRIGGER program_scope_frozen ON program_scope IS 'Terms are immutable once their program is active';

CREATE TRIGGER program_scope_not_truncated
    BEFORE TRUNCATE ON program_scope
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER program_scope_not_truncated ON program_scope IS 'What is in force is not emptied';

CREATE TRIGGER program_reseller_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON program_reseller
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_line();
COMMENT ON TRIGGER program_reseller_frozen ON program_reseller IS 'Terms are immutable once their program is active';

CREATE TRIGGER program_reseller_not_truncated
    BEFORE TRUNCATE ON program_reseller
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER program_reseller_not_truncated ON program_reseller IS 'What is in force is not emptied';

CREATE TRIGGER program_target_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON program_target
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_line();
COMMENT ON TRIGGER program_target_frozen ON program_target IS 'Terms are immutable once their program is active';

CREATE TRIGGER program_target_not_truncated
    BEFORE TRUNCATE ON program_target
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER program_target_not_truncated ON program_target IS 'What is in force is not emptied';

CREATE TRIGGER program_deduction_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON program_deduction
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_line();
COMMENT ON TRIGGER program_deduction_frozen ON program_deduction IS 'Terms are immutable once their program is active';

CREATE TRIGGER program_deduction_not_truncated
    BEFORE TRUNCATE ON program_deduction
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER program_deduction_not_truncated ON program_deduction IS 'What is in force is not emptied';

CREATE VIEW program_scoped WITH (security_invoker = true) AS
SELECT l.program_line_id,
    NULL::integer AS count_no,
    l.product_line,
    NULL::bigint AS product_id,
    false AS is_excluded,
    NULL::numeric AS points
FROM program_line AS l
WHERE l.product_line IS NOT NULL
UNION ALL
SELECT s.program_line_id,
    s.count_no,
    s.product_line,
    s.product_id,
    s.is_excluded,
    s.points
FROM program_scope AS s;
COMMENT ON VIEW program_scoped IS 'One row = a product or product line that a program line takes in or leaves out, its own product_line included';
COMMENT ON COLUMN program_scoped.program_line_id IS 'The line';
COMMENT ON COLUMN program_scoped.count_no IS 'Qualifier or gate that it is for; NULL = the measure';
COMMENT ON COLUMN program_scoped.product_line IS 'The product line; NULL = a product';
COMMENT ON COLUMN program_scoped.product_id IS 'The product; NULL = a product line';
COMMENT ON COLUMN program_scoped.is_excluded IS 'Whether it is left out';
COMMENT ON COLUMN program_scoped.points IS 'Points of a base unit; NULL = none';

CREATE VIEW program_scope_key WITH (security_invoker = true) AS
SELECT s.program_line_id,
    coalesce(s.count_no, 0) AS count_no,
    string_agg(format('%s|%s|%s|%s', s.product_line, s.product_id, s.is_excluded, s.points), ' '
        ORDER BY format('%s|%s|%s|%s', s.product_line, s.product_id, s.is_excluded, s.points)) AS scope_key
FROM program_scoped AS s
GROUP BY s.program_line_id, coalesce(s.count_no, 0);
COMMENT ON VIEW program_scope_key IS 'One row = the scope of a program line, or of a qualifier or gate of it, in one text: equal scopes have equal texts. Without a row all products count';
COMMENT ON COLUMN program_scope_key.program_line_id IS 'The line';
COMMENT ON COLUMN program_scope_key.count_no IS 'Qualifier or gate that it is for; 0 = the measure';
COMMENT ON COLUMN program_scope_key.scope_key IS 'The scope';

CREATE VIEW program_cascade WITH (security_invoker = true) AS
SELECT d.program_line_id,
    d.deducts_line_id
FROM program_deduction AS d
JOIN program_line AS k ON k.program_line_id = d.program_line_id
JOIN program_line AS i ON i.program_line_id = d.deducts_line_id
JOIN rebate_program AS rk ON rk.rebate_program_id = k.rebate_program_id
JOIN rebate_program AS ri ON ri.rebate_program_id = i.rebate_program_id
WHERE rk.program_state <> 'draft'
    AND ri.program_state <> 'draft'
UNION ALL
SELECT k.program_line_id,
    i.program_line_id AS deducts_line_id
FROM program_line AS k
JOIN rebate_program AS rk ON rk.rebate_program_id = k.rebate_program_id
JOIN rebate_program AS ri ON ri.agreement_id = rk.agreement_id
JOIN program_line AS i
    ON i.rebate_program_id = ri.rebate_program_id
    AND i.stack_group = k.stack_group
    AND i.stack_priority < k.stack_priority
WHERE k.stack_mode = 'cascade_net'
    AND rk.program_state <> 'draft'
    AND ri.program_state <> 'draft'
    AND i.valid_from <= coalesce(k.valid_to, 'infinity')
    AND k.valid_from <= coalesce(i.valid_to, 'infinity')
    AND NOT EXISTS (
        SELECT
        FROM program_deduction AS d
        WHERE d.program_line_id = k.program_line_id);
COMMENT ON VIEW program_cascade IS 'One row = a line in force whose value is lowered by what another earns on the same facts: by program_deduction, else the lines of lower priority in its group';
COMMENT ON COLUMN program_cascade.program_line_id IS 'The line that earns on the net value';
COMMENT ON COLUMN program_cascade.deducts_line_id IS 'The line whose benefit is deducted';

CREATE VIEW program_overlap WITH (security_invoker = true) AS
SELECT k.program_line_id,
    k.deducts_line_id,
    l.valid_from = o.valid_from
        AND l.valid_to IS NOT DISTINCT FROM o.valid_to
        AND (l.measure_fact, l.measure_unit, l.late_policy, l.late_days, l.return_period_policy)
            = (o.measure_fact, o.measure_unit, o.late_policy, o.late_days, o.return_period_policy)
        AND p.scope_key IS NOT DISTINCT FROM q.scope_key
        AND NOT EXISTS (
            SELECT
            FROM program_reseller AS r
            WHERE r.program_line_id IN (l.program_line_id, o.program_line_id)) AS is_alike
FROM program_cascade AS k
JOIN program_line AS l ON l.program_line_id = k.program_line_id
JOIN program_line AS o ON o.program_line_id = k.deducts_line_id
LEFT JOIN program_scope_key AS p ON p.program_line_id = l.program_line_id AND p.count_no = 0
LEFT JOIN program_scope_key AS q ON q.program_line_id = o.program_line_id AND q.count_no = 0;
COMMENT ON VIEW program_overlap IS 'One row = a line in force that deducts another, and whether both count the very same facts';
COMMENT ON COLUMN program_overlap.program_line_id IS 'The line that earns on the net value';
COMMENT ON COLUMN program_overlap.deducts_line_id IS 'The line whose benefit is deducted';
COMMENT ON COLUMN program_overlap.is_alike IS 'Whether both count the same facts, so that what they share need not be counted';

CREATE VIEW program_counted WITH (security_invoker = true) AS
SELECT l.program_line_id,
    'measure'::text AS counted_role,
    0::bigint AS counted_no,
    l.measure_fact,
    l.measure_unit,
    NULL::integer AS count_no,
    NULL::bigint AS also_line_id,
    false AS counts_whole_span
FROM program_line AS l
UNION ALL
SELECT c.program_line_id,
    c.count_role AS counted_role,
    c.count_no::bigint AS counted_no,
    c.measure_fact,
    c.measure_unit,
    c.count_no,
    NULL::bigint AS also_line_id,
    c.counts_whole_span
FROM program_count AS c
UNION ALL
SELECT l.program_line_id,
    'baseline'::text AS counted_role,
    0::bigint AS counted_no,
    l.measure_fact,
    l.measure_unit,
    NULL::integer AS count_no,
    NULL::bigint AS also_line_id,
    false AS counts_whole_span
FROM program_line AS l
WHERE l.growth_base IN ('prior_year', 'rolling')
UNION ALL
SELECT k.program_line_id,
    'overlap'::text AS counted_role,
    k.deducts_line_id AS counted_no,
    l.measure_fact,
    l.measure_unit,
    NULL::integer AS count_no,
    k.deducts_line_id AS also_line_id,
    false AS counts_whole_span
FROM program_overlap AS k
JOIN program_line AS l ON l.program_line_id = k.program_line_id
WHERE NOT k.is_alike;
COMMENT ON VIEW program_counted IS 'One row = something that is counted for a program line: its measure, a qualifier, a gate, the baseline of its growth, or what it shares with a line that it deducts';
COMMENT ON COLUMN program_counted.program_line_id IS 'The line';
COMMENT ON COLUMN program_counted.counted_role IS 'measure, qualifier, gate, baseline or overlap';
COMMENT ON COLUMN program_counted.counted_no IS 'Number of the qualifier or gate, key of the line that is deducted, else 0';
COMMENT ON COLUMN program_counted.measure_fact IS 'sell_in or sell_through';
COMMENT ON COLUMN program_counted.measure_unit IS 'amount, quantity or points';
COMMENT ON COLUMN program_counted.count_no IS 'Row of program_count whose scope holds; NULL = the scope of the measure';
COMMENT ON COLUMN program_counted.also_line_id IS 'Line whose scope has to hold too; NULL = none';
COMMENT ON COLUMN program_counted.counts_whole_span IS 'Whether it counts on all days of the span';

CREATE FUNCTION program_scopes(p_program_line_ids bigint[] DEFAULT NULL) RETURNS TABLE (
    program_line_id bigint,
    count_no integer,
    scope_no bigint
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    SELECT k.program_line_id, k.count_no, dense_rank() OVER (ORDER BY k.scope_key)
    FROM program_scope_key AS k
    WHERE p_program_line_ids IS NULL OR k.program_line_id = ANY (p_program_line_ids)
$$;
COMMENT ON FUNCTION program_scopes(bigint[]) IS
    'One row = the scope of a program line (count_no 0 = its measure, else that qualifier or gate), numbered so that equal scopes of these lines have one number; what has no scope is left out: all products count';

CREATE FUNCTION program_products(p_program_line_ids bigint[] DEFAULT NULL) RETURNS TABLE (
    scope_no bigint,
    product_id bigint,
    points numeric
)
LANGUAGE sql
STABLE
ROWS 100
SET search_path FROM CURRENT
SET jit = off
AS $$
    -- Each scope is worked out once, however many lines have it.
    WITH scope AS MATERIALIZED (
        SELECT n.scope_no, s.product_line, s.product_id, s.is_excluded, s.points
        FROM (
            SELECT DISTINCT ON (k.scope_no) k.*
            FROM program_scopes(p_program_line_ids) AS k
            ORDER BY k.scope_no, k.program_line_id, k.count_no
        ) AS n
        JOIN program_scoped AS s
            ON s.program_line_id = n.program_line_id
            AND coalesce(s.count_no, 0) = n.count_no
    ),
    below AS MATERIALIZED (
        SELECT n.product_line::text AS product_line, p.product_id
        FROM (SELECT DISTINCT s.product_line FROM scope AS s WHERE s.product_line IS NOT NULL) AS n
        JOIN product AS p ON p.product_line <@ n.product_line
    ),
    touched AS (
        SELECT s.scope_no, s.is_excluded, s.points, coalesce(s.product_id, b.product_id) AS product_id,
            coalesce(nlevel(s.product_line), 100000) AS depth
        FROM scope AS s
        LEFT JOIN below AS b ON b.product_line = s.product_line::text
        WHERE num_nonnulls(s.product_id, b.product_id) > 0
    ),
    judged AS (
        SELECT t.scope_no, t.product_id,
            bool_or(t.is_excluded) AS is_out,
            bool_or(NOT t.is_excluded) AS is_in,
            (array_agg(t.points ORDER BY t.depth DESC) FILTER (WHERE t.points IS NOT NULL))[1] AS points
        FROM touched AS t
        GROUP BY t.scope_no, t.product_id
    ),
    -- Where a scope only leaves out, all else is in.
    open_scope AS (
        SELECT s.scope_no
        FROM scope AS s
        GROUP BY s.scope_no
        HAVING bool_and(s.is_excluded)
    )
    SELECT j.scope_no, j.product_id, j.points
    FROM judged AS j
    WHERE j.is_in AND NOT j.is_out
    UNION ALL
    SELECT o.scope_no, p.product_id, NULL
    FROM open_scope AS o
    CROSS JOIN product AS p
    WHERE NOT EXISTS (
        SELECT
        FROM judged AS j
        WHERE j.scope_no = o.scope_no
            AND j.product_id = p.product_id)
$$;
COMMENT ON FUNCTION program_products(bigint[]) IS
    'One row = a product that is in a scope (numbered as by program_scopes() for the same lines) and its points; p_program_line_ids NULL = all lines';

CREATE VIEW program_uncovered WITH (security_invoker = true) AS
SELECT t.program_line_id,
    t.distributor_id,
    t.measure_fact,
    lower(u.days) AS from_on,
    CASE WHEN NOT upper_inf(u.days) THEN upper(u.days) - 1 END AS to_on
FROM (
    SELECT l.program_line_id,
        a.distributor_id,
        l.measure_fact,
        l.fiscal_calendar_id,
        l.span_kind,
        daterange(l.valid_from, l.valid_to, '[]') * daterange(v.valid_from, v.valid_to, '[]')
            * daterange(nullif(a.valid_from, '-infinity'), nullif(a.valid_to, 'infinity'), '[]') AS days
    FROM program_line AS l
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN agreement_member AS a ON a.agreement_id = r.agreement_id
    JOIN agreement_version AS v ON v.agreement_id = a.agreement_id AND v.version_state <> 'draft'
    WHERE r.program_state <> 'draft'
) AS t
LEFT JOIN (
    SELECT s.fiscal_calendar_id, s.span_kind, range_agg(daterange(s.starts_on, s.ends_on, '[]')) AS days
    FROM fiscal_span AS s
    GROUP BY s.fiscal_calendar_id, s.span_kind
) AS c
    ON c.fiscal_calendar_id = t.fiscal_calendar_id
    AND c.span_kind = t.span_kind
CROSS JOIN LATERAL unnest(datemultirange(t.days) - coalesce(c.days, '{}'::datemultirange)) AS u (days);
COMMENT ON VIEW program_uncovered IS 'One row = days on which a program line in force counts but its calendar has no span: it earns nothing there until years are added. Activity on such days is an error (ZD069)';
COMMENT ON COLUMN program_uncovered.program_line_id IS 'The line';
COMMENT ON COLUMN program_uncovered.distributor_id IS 'The distributor';
COMMENT ON COLUMN program_uncovered.measure_fact IS 'sell_in or sell_through';
COMMENT ON COLUMN program_uncovered.from_on IS 'First of the days';
COMMENT ON COLUMN program_uncovered.to_on IS 'Last of the days; NULL = for ever';
