-- rebate: statements to send, as jsonb and as text, from the rows as issued.

CREATE FUNCTION statement_json(p_rebate_statement_id bigint, p_with_lines boolean DEFAULT true) RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT jsonb_build_object(
        'statement', s.rebate_statement_id,
        'version', s.version_no,
        'issued_at', s.issued_at,
        'distributor', jsonb_build_object('code', d.distributor_code, 'name', d.distributor_name),
        'program', jsonb_build_object('code', r.program_code, 'name', r.program_name, 'line', l.line_no, 'line_name', l.line_name),
        'agreement', a.agreement_no,
        'span', jsonb_build_object('from', s.span_starts_on, 'to', s.span_ends_on),
        'activity_to', s.activity_on,
        'measure', jsonb_build_object('fact', l.measure_fact, 'unit', l.measure_unit, 'value', trim_scale(s.measured_value), 'lines', s.line_count)
            || jsonb_strip_nulls(jsonb_build_object('qualifier', trim_scale(s.qualifying_value), 'baseline', trim_scale(s.baseline_value))),
        'schedule', s.schedule::text,
        'currency', s.currency_code,
        'working', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('tier', t.tier_no, 'terms', t.tier_text, 'reached', t.is_reached,
                'portion', trim_scale(t.portion), 'amount', trim_scale(t.amount)) ORDER BY t.step_no), '[]'::jsonb)
            FROM statement_tier AS t
            WHERE t.distributor_id = s.distributor_id AND t.rebate_statement_id = s.rebate_statement_id),
        'earned', trim_scale(s.earned_amount),
        'settlement', round(s.settlement_amount, c.minor_unit),
        'stated_before', round(s.previous_amount, c.minor_unit),
        'calculated', round(s.calculated_amount, c.minor_unit),
        'prior_period_adjustment', round(s.prior_period_amount, c.minor_unit),
        'rate_adjustment', round(s.rate_amount, c.minor_unit),
        'payable', round(s.payable_amount, c.minor_unit))
        || jsonb_strip_nulls(jsonb_build_object('gates_missed', s.gates_missed,
            'reseller', (SELECT e.reseller_name FROM reseller AS e WHERE e.reseller_id = s.reseller_id)))
        || CASE WHEN p_with_lines THEN jsonb_build_object('lines', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('fact', x.fact_table, 'on', x.fact_on, 'id', x.fact_id,
                'invoice', coalesce(si.invoice_no, st.invoice_no), 'product', p.product_code,
                'quantity', trim_scale(x.quantity), 'value', trim_scale(x.value),
                'share', round(x.allocated_amount, c.minor_unit)) ORDER BY x.fact_on, x.fact_table, x.fact_id), '[]'::jsonb)
            FROM statement_allocation AS x
            JOIN product AS p ON p.product_id = x.product_id
            LEFT JOIN sell_in AS si
                ON x.fact_table = 'sell_in'
                AND si.distributor_id = x.distributor_id AND si.shipped_on = x.fact_on AND si.sell_in_id = x.fact_id
            LEFT JOIN sell_through AS st
                ON x.fact_table = 'sell_through'
                AND st.distributor_id = x.distributor_id AND st.sold_on = x.fact_on AND st.sell_through_id = x.fact_id
            WHERE x.distributor_id = s.distributor_id AND x.rebate_statement_id = s.rebate_statement_id))
        ELSE '{}'::jsonb END
    FROM rebate_statement AS s
    JOIN distributor AS d ON d.distributor_id = s.distributor_id
    JOIN program_line AS l ON l.program_line_id = s.program_line_id
    JOIN rebate_program AS r ON r.rebate_program_id = l.rebate_program_id
    JOIN agreement AS a ON a.agreement_id = r.agreement_id
    JOIN currency AS c ON c.currency_code = s.currency_code
    WHERE s.rebate_statement_id = p_rebate_statement_id;
END;
COMMENT ON FUNCTION statement_json(bigint, boolean) IS
    'A statement as issued, as jsonb to send: heading, working, the three columns and, unless p_with_lines is false, each line with its share. NULL when there is no such statement';

CREATE FUNCTION statement_text(p_rebate_statement_id bigint) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT concat_ws(E'\n',
        format('Statement %s, version %s', j ->> 'statement', j ->> 'version'),
        format('%s (%s)', j #>> '{distributor,name}', j #>> '{distributor,code}'),
        'For ' || (j ->> 'reseller'),
        format('Agreement %s, program %s, line %s: %s', j ->> 'agreement', j #>> '{program,code}', j #>> '{program,line}', j #>> '{program,line_name}'),
        format('%s to %s, activity up to %s', j #>> '{span,from}', j #>> '{span,to}', j ->> 'activity_to'),
        format('%s by %s: %s in %s lines', replace(j #>> '{measure,fact}', '_', '-'), j #>> '{measure,unit}',
            j #>> '{measure,value}', j #>> '{measure,lines}'),
        j ->> 'schedule',
        '',
        (SELECT string_agg(format('  %s%s of %s', rpad(w.step ->> 'terms', 40), lpad(coalesce(w.step ->> 'amount', '0'), 18),
            coalesce(w.step ->> 'portion', '-')), E'\n' ORDER BY w.step_no)
        FROM jsonb_array_elements(j -> 'working') WITH ORDINALITY AS w (step, step_no)),
        '',
        (SELECT string_agg(format('  %s%s %s', rpad(n.label, 40), lpad(n.amount, 18), j ->> 'currency'), E'\n' ORDER BY n.place)
        FROM (VALUES
            (1, 'Earned in all'::text, j ->> 'settlement'),
            (2, 'Stated before', j ->> 'stated_before'),
            (3, 'Calculated', j ->> 'calculated'),
            (4, 'Prior-period adjustment', j ->> 'prior_period_adjustment'),
            (5, 'Rate adjustment', j ->> 'rate_adjustment'),
            (6, 'Payable now', j ->> 'payable')
        ) AS n (place, label, amount)))
    FROM statement_json(p_rebate_statement_id, false) AS j
    WHERE j IS NOT NULL;
END;
COMMENT ON FUNCTION statement_text(bigint) IS 'A statement as issued, as text to send: heading, working and the three columns. NULL when there is no such statement';
