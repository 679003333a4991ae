-- The main job, end to end: reports of three distributors come in; the vendor
-- sees what is in the channel, what was sold through, what rebate is owed and
-- which prices were broken, each figure traceable to a line of a report.
--
-- Run by bin/demo, or by hand in a database with the extension:
--     psql -v examples=/path/to/examples -f demo.sql
-- The server reads the files. What comes out is checked by hand in README.md.

\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset border 1
\pset footer off
\pset null '-'
SET client_min_messages = warning;

SELECT distmgmt.create_model('channel') \g /dev/null
SET search_path = channel, distmgmt, public;

\o /dev/null
\ir master_data.sql
\ir network.sql

-- The vendor's own sell-in, from its ERP.
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on,
    invoice_no, invoice_line, quantity, list_price, unit_price, amount, currency_code)
SELECT d.distributor_id, c.shipped_on, w.warehouse_id, p.product_id, c.shipped_on + w.transit_days,
    c.invoice_no, c.invoice_line, c.quantity, c.list_price, c.unit_price, c.quantity * c.unit_price, c.currency_code
FROM (
    SELECT fields[1] AS distributor_code, fields[2] AS warehouse_code, fields[3]::date AS shipped_on,
        fields[4] AS invoice_no, fields[5] AS invoice_line, fields[6] AS product_code,
        fields[7]::numeric AS quantity, fields[8]::numeric AS list_price,
        fields[9]::numeric AS unit_price, fields[10] AS currency_code
    FROM csv_rows(pg_read_file(:'examples' || '/sell_in.csv'))
    WHERE row_no > 1
) AS c
JOIN distributor AS d USING (distributor_code)
JOIN warehouse AS w USING (distributor_id, warehouse_code)
JOIN product AS p USING (product_code);

-- January comes in and is accepted; the rebate is accrued at the end of the month.
SELECT submit_report(pg_read_file(:'examples' || '/alpha_867_2026-01.edi'), p_file_name => 'alpha_867_2026-01.edi');
SELECT accept_submission(submission_id) FROM submission WHERE submission_state = 'validated';
SELECT accrue_rebates('2026-01-31');

-- The rest of the quarter. Beta's file has a broken transaction in the middle.
SELECT submit_report(pg_read_file(:'examples' || '/' || f.file_name), f.distributor_code, f.file_name)
FROM (VALUES
    (1, 'alpha_867_2026-03.edi', NULL),
    (2, 'alpha_852_2026-03-31.edi', NULL),
    (3, 'beta_867_2026-q1.edi', NULL),
    (4, 'beta_852_2026-03-31.edi', NULL),
    (5, 'gamma_pos_2026-q1.csv', 'GAMMA'),
    -- Alpha's transmission hangs and it sends January again.
    (6, 'alpha_867_2026-01.edi', NULL)
) AS f (place, file_name, distributor_code)
ORDER BY f.place;
SELECT accept_submission(submission_id) FROM submission WHERE submission_state = 'validated' ORDER BY submission_id;

-- Told what was wrong, Beta sends February again.
SELECT submit_report(pg_read_file(:'examples' || '/beta_867_2026-02_again.edi'), p_file_name => 'beta_867_2026-02_again.edi');
SELECT accept_submission(submission_id) FROM submission WHERE submission_state = 'validated' ORDER BY submission_id;

SELECT accrue_rebates('2026-03-31');
-- A second run finds nothing to post.
SELECT accrue_rebates('2026-03-31');
\o

\qecho 'NORWIND · CHANNEL REPORT · FIRST QUARTER OF 2026'
\qecho '================================================'
\qecho
\qecho '1  What came in'
\qecho
SELECT file_name AS "file",
    distributor_code AS "from",
    report_kind AS "kind",
    submission_state AS "state",
    lines_read AS "lines",
    lines_ready AS "accepted",
    lines_refused AS "refused",
    lines_read - lines_ready - lines_refused AS "nothing to book",
    transactions_refused AS "transactions refused"
FROM intake
ORDER BY submission_id;

\qecho 'What was refused, and why'
\qecho
SELECT s.file_name AS "file",
    coalesce('line ' || f.line_no, 'transaction ' || f.transaction_no) AS "where",
    f.code,
    f.message || coalesce(': ' || nullif(f.value, ''), '') AS "what is wrong"
FROM finding AS f
JOIN submission AS s USING (distributor_id, submission_id)
WHERE f.severity = 'refuse'
ORDER BY f.submission_id, f.line_no NULLS FIRST, f.finding_no;

\qecho '2  Sell-in and sell-through, by month'
\qecho
SELECT distributor_code AS "distributor",
    to_char(month_on, 'YYYY-MM') AS "month",
    trim_scale(sell_in_qty) AS "bought",
    trim_scale(sell_through_qty) AS "sold",
    trim_scale(build_qty) AS "built (+) burnt (-)",
    round(sell_in_amount, 2) AS "sell-in",
    round(sell_through_amount, 2) AS "sell-through",
    currency_code AS "cur"
FROM channel_balance
ORDER BY 1, 2;

\qecho '3  Channel inventory at the close of 31 March, and the gap to what was counted'
\qecho
SELECT d.distributor_code AS "distributor",
    w.warehouse_code AS "warehouse",
    p.product_code AS "product",
    trim_scale(g.calculated_qty) AS "calculated",
    trim_scale(g.reported_qty) AS "counted",
    trim_scale(g.gap_qty) AS "gap",
    round(g.gap_pct, 1) AS "gap %",
    trim_scale(i.on_hand_qty) AS "on hand",
    trim_scale(i.in_transit_qty) AS "in transit",
    round(i.value_amount, 2) AS "FIFO value",
    i.oldest_on AS "oldest"
FROM inventory_as_of('2026-03-31') AS i
JOIN distributor AS d USING (distributor_id)
JOIN warehouse AS w USING (distributor_id, warehouse_id)
JOIN product AS p USING (product_id)
LEFT JOIN inventory_gap AS g
    ON g.distributor_id = i.distributor_id
    AND g.warehouse_id = i.warehouse_id
    AND g.product_id = i.product_id
    AND g.counted_on = '2026-03-31'
ORDER BY 1, 2, 3;

\qecho '4  Rebate statement, first quarter'
\qecho
SELECT distributor_code AS "distributor",
    line_name AS "for",
    round(measured_value, 2) AS "counted",
    settlement_amount AS "earned",
    round(posted_amount, 2) AS "posted",
    currency_code AS "cur",
    tier_text AS "tier reached",
    round(gap_to_next, 2) AS "to the next tier"
FROM rebate_statement_as_of('2026-03-31')
ORDER BY 1;

\qecho 'Working, tier by tier'
\qecho
SELECT distributor_code AS "distributor",
    tier_no AS "tier",
    tier_text AS "terms",
    round(portion, 2) AS "portion",
    round(amount, 2) AS "earns"
FROM rebate_working_as_of('2026-03-31')
ORDER BY 1, 2;

\qecho 'Postings: each is what was earned as known then, less what had been posted'
\qecho
SELECT d.distributor_code AS "distributor",
    r.activity_on AS "run as of",
    round(e.measured_value, 2) AS "counted",
    round(e.earned_amount, 2) AS "earned in all",
    round(e.delta_amount, 2) AS "posted",
    e.currency_code AS "cur"
FROM accrual_entry AS e
JOIN accrual_run AS r USING (accrual_run_id)
JOIN distributor AS d USING (distributor_id)
ORDER BY 1, r.accrual_run_id;

\qecho '5  Prices below the floor'
\qecho
SELECT d.distributor_code AS "distributor",
    v.occurred_on AS "on",
    v.applies_to AS "price",
    p.product_code AS "product",
    round(v.authorized_price, 2) AS "floor",
    round(v.actual_price, 2) AS "actual",
    trim_scale(v.quantity) AS "quantity",
    round(v.leakage_amount, 2) AS "leakage",
    v.currency_code AS "cur",
    coalesce(s.file_name || ', ' || CASE s.document_format WHEN 'csv' THEN 'line ' ELSE 'segment ' END || l.segment_no, 'vendor''s invoice ' || i.invoice_no) AS "source"
FROM price_violation AS v
JOIN distributor AS d USING (distributor_id)
JOIN product AS p USING (product_id)
LEFT JOIN sell_through AS t
    ON v.fact_table = 'sell_through'
    AND t.distributor_id = v.distributor_id AND t.sold_on = v.occurred_on AND t.sell_through_id = v.fact_id
LEFT JOIN submission_line AS l
    ON l.distributor_id = t.distributor_id AND l.submission_id = t.submission_id AND l.line_no = t.submission_line_no
LEFT JOIN submission AS s
    ON s.distributor_id = t.distributor_id AND s.submission_id = t.submission_id
LEFT JOIN sell_in AS i
    ON v.fact_table = 'sell_in'
    AND i.distributor_id = v.distributor_id AND i.shipped_on = v.occurred_on AND i.sell_in_id = v.fact_id
ORDER BY 1, 2;

\qecho '6  Why Alpha gets what it gets: the rebate of the quarter, line by line'
\qecho
SELECT fact_on AS "sold on",
    invoice_no AS "invoice",
    product_code AS "product",
    trim_scale(quantity) AS "qty",
    round(value, 2) AS "value",
    rebate_amount AS "rebate",
    source AS "where it was reported",
    reported_text AS "as written"
FROM explain_rebate('ALPHA-SELL-THROUGH', 1, '2026-01-01', '2026-03-31')
ORDER BY fact_on, invoice_no;
SELECT sum(rebate_amount) AS "sum of the lines"
FROM explain_rebate('ALPHA-SELL-THROUGH', 1, '2026-01-01', '2026-03-31');
