-- performance: what BI tools see, part 2: the facts, at the grain in which they
-- were recorded. Dimension keys are never NULL (0 = unknown). Corrections are
-- rows of their own with the sign turned, so that plain sums are right.

CREATE VIEW fact_sell_in WITH (security_invoker = true) AS
SELECT f.sell_in_id AS sell_in_id,
    f.distributor_id AS distributor_id,
    coalesce(f.warehouse_id, 0) AS warehouse_id,
    f.product_id AS product_id,
    f.shipped_on AS shipped_on,
    CASE WHEN f.arrives_on < 'infinity' THEN f.arrives_on END AS arrives_on,
    f.invoice_no AS invoice_no,
    f.invoice_line AS invoice_line,
    f.quantity::numeric(18,3) AS sell_in_qty,
    (f.list_price * f.quantity)::numeric(18,4) AS list_amount,
    f.amount::numeric(18,4) AS sell_in_amount,
    f.currency_code AS currency_code,
    f.is_drop_ship AS is_drop_ship,
    f.entry_kind AS entry_kind,
    f.recorded_at AS recorded_at
FROM sell_in AS f;
COMMENT ON VIEW fact_sell_in IS 'One row = a line of what the vendor sold to a distributor; returns and corrections are negative';
COMMENT ON COLUMN fact_sell_in.sell_in_id IS 'Key';
COMMENT ON COLUMN fact_sell_in.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_sell_in.warehouse_id IS 'dim_warehouse';
COMMENT ON COLUMN fact_sell_in.product_id IS 'dim_product';
COMMENT ON COLUMN fact_sell_in.shipped_on IS 'Activity date: day of shipment; dim_date';
COMMENT ON COLUMN fact_sell_in.arrives_on IS 'Day from which it is on hand; NULL = in transit until a receipt is reported';
COMMENT ON COLUMN fact_sell_in.invoice_no IS 'The invoice';
COMMENT ON COLUMN fact_sell_in.invoice_line IS 'Line of the invoice; NULL = not numbered';
COMMENT ON COLUMN fact_sell_in.sell_in_qty IS 'Base units. Additive.';
COMMENT ON COLUMN fact_sell_in.list_amount IS 'Value at list price; NULL = no list price stated. Additive within a currency.';
COMMENT ON COLUMN fact_sell_in.sell_in_amount IS 'Net value. Additive within a currency.';
COMMENT ON COLUMN fact_sell_in.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN fact_sell_in.is_drop_ship IS 'Shipped to the distributor''s customer, never in a warehouse';
COMMENT ON COLUMN fact_sell_in.entry_kind IS 'original, reversal (takes a row back) or replacement';
COMMENT ON COLUMN fact_sell_in.recorded_at IS 'Since when it is known';

CREATE VIEW fact_sell_through WITH (security_invoker = true) AS
SELECT f.sell_through_id AS sell_through_id,
    f.distributor_id AS distributor_id,
    coalesce(f.warehouse_id, 0) AS warehouse_id,
    f.product_id AS product_id,
    coalesce(r.merged_into_id, f.reseller_id, 0) AS reseller_id,
    coalesce(f.end_customer_id, 0) AS end_customer_id,
    f.sold_on AS sold_on,
    f.invoice_no AS invoice_no,
    f.contract_no AS contract_no,
    f.transfer_type AS transfer_type,
    f.quantity::numeric(18,3) AS sell_through_qty,
    f.amount::numeric(18,4) AS sell_through_amount,
    f.currency_code AS currency_code,
    coalesce(f.submission_id, 0) AS submission_id,
    f.submission_line_no AS submission_line_no,
    f.entry_kind AS entry_kind,
    f.recorded_at AS recorded_at
FROM sell_through AS f
LEFT JOIN reseller AS r ON r.reseller_id = f.reseller_id AND r.merged_into_id IS NOT NULL;
COMMENT ON VIEW fact_sell_through IS 'One row = a line of what a distributor sold, as accepted; returns and corrections are negative';
COMMENT ON COLUMN fact_sell_through.sell_through_id IS 'Key';
COMMENT ON COLUMN fact_sell_through.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_sell_through.warehouse_id IS 'dim_warehouse';
COMMENT ON COLUMN fact_sell_through.product_id IS 'dim_product';
COMMENT ON COLUMN fact_sell_through.reseller_id IS 'dim_reseller, after merging';
COMMENT ON COLUMN fact_sell_through.end_customer_id IS 'dim_end_customer';
COMMENT ON COLUMN fact_sell_through.sold_on IS 'Activity date: day of the sale; dim_date';
COMMENT ON COLUMN fact_sell_through.invoice_no IS 'The distributor''s invoice; NULL = not reported';
COMMENT ON COLUMN fact_sell_through.contract_no IS 'Contract or authorization that it names; NULL = none';
COMMENT ON COLUMN fact_sell_through.transfer_type IS 'Kind of sale as reported';
COMMENT ON COLUMN fact_sell_through.sell_through_qty IS 'Base units. Additive.';
COMMENT ON COLUMN fact_sell_through.sell_through_amount IS 'Value at resale price; NULL = no price reported. Additive within a currency.';
COMMENT ON COLUMN fact_sell_through.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN fact_sell_through.submission_id IS 'fact_submission: the report; 0 = booked by hand';
COMMENT ON COLUMN fact_sell_through.submission_line_no IS 'Line of the report; NULL = booked by hand';
COMMENT ON COLUMN fact_sell_through.entry_kind IS 'original, reversal (takes a row back) or replacement';
COMMENT ON COLUMN fact_sell_through.recorded_at IS 'Since when it is known';

CREATE VIEW fact_sell_out WITH (security_invoker = true) AS
SELECT f.sell_out_id AS sell_out_id,
    f.distributor_id AS distributor_id,
    coalesce(f.reseller_id, 0) AS reseller_id,
    f.product_id AS product_id,
    coalesce(f.end_customer_id, 0) AS end_customer_id,
    f.sold_on AS sold_on,
    f.quantity::numeric(18,3) AS sell_out_qty,
    f.amount::numeric(18,4) AS sell_out_amount,
    f.currency_code AS currency_code,
    coalesce(f.submission_id, 0) AS submission_id,
    f.entry_kind AS entry_kind,
    f.recorded_at AS recorded_at
FROM sell_out AS f;
COMMENT ON VIEW fact_sell_out IS 'One row = a line of what a reseller sold to an end customer, as accepted';
COMMENT ON COLUMN fact_sell_out.sell_out_id IS 'Key';
COMMENT ON COLUMN fact_sell_out.distributor_id IS 'dim_distributor: who reported it';
COMMENT ON COLUMN fact_sell_out.reseller_id IS 'dim_reseller';
COMMENT ON COLUMN fact_sell_out.product_id IS 'dim_product';
COMMENT ON COLUMN fact_sell_out.end_customer_id IS 'dim_end_customer';
COMMENT ON COLUMN fact_sell_out.sold_on IS 'Activity date; dim_date';
COMMENT ON COLUMN fact_sell_out.sell_out_qty IS 'Base units. Additive.';
COMMENT ON COLUMN fact_sell_out.sell_out_amount IS 'Value; NULL = no price reported. Additive within a currency.';
COMMENT ON COLUMN fact_sell_out.currency_code IS 'Currency of the amount';
COMMENT ON COLUMN fact_sell_out.submission_id IS 'fact_submission: the report; 0 = booked by hand';
COMMENT ON COLUMN fact_sell_out.entry_kind IS 'original, reversal (takes a row back) or replacement';
COMMENT ON COLUMN fact_sell_out.recorded_at IS 'Since when it is known';

CREATE VIEW fact_inventory_day WITH (security_invoker = true) AS
SELECT f.distributor_id || ' ' || f.warehouse_id || ' ' || f.product_id || ' ' || f.occurred_on AS inventory_day_key,
    f.distributor_id AS distributor_id,
    f.warehouse_id AS warehouse_id,
    f.product_id AS product_id,
    f.occurred_on AS stock_on,
    f.next_on AS next_stock_on,
    (f.stock).on_hand::numeric(18,3) AS on_hand_qty,
    CASE WHEN c.currency_code IS NOT NULL THEN (f.stock).value END::numeric(18,4) AS stock_amount,
    c.currency_code AS currency_code,
    (f.stock).oldest_on AS oldest_on
FROM (
    SELECT m.distributor_id, m.warehouse_id, m.product_id, m.occurred_on,
        inventory_position(m.kind, m.quantity, m.unit_cost, m.tranche_on) OVER item AS stock,
        lead(m.occurred_on) OVER item AS next_on
    FROM inventory_movement AS m
    WINDOW item AS (PARTITION BY m.distributor_id, m.warehouse_id, m.product_id ORDER BY m.occurred_on, m.day_step, m.fact_id)
) AS f
LEFT JOIN (
    SELECT y.distributor_id, CASE WHEN min(y.currency_code) = max(y.currency_code) THEN min(y.currency_code) END AS currency_code
    FROM channel_day AS y
    WHERE y.sell_in_lines <> 0
    GROUP BY y.distributor_id
) AS c ON c.distributor_id = f.distributor_id
WHERE f.next_on IS DISTINCT FROM f.occurred_on;
COMMENT ON VIEW fact_inventory_day IS 'One row = the stock of a product in a warehouse at the close of a day on which it moved; between two rows it stays. Computed from all movements of the items: filter by distributor_id, warehouse_id or product_id';
COMMENT ON COLUMN fact_inventory_day.inventory_day_key IS 'Key';
COMMENT ON COLUMN fact_inventory_day.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_inventory_day.warehouse_id IS 'dim_warehouse';
COMMENT ON COLUMN fact_inventory_day.product_id IS 'dim_product';
COMMENT ON COLUMN fact_inventory_day.stock_on IS 'The day; dim_date';
COMMENT ON COLUMN fact_inventory_day.next_stock_on IS 'Day of its next row; NULL = this is the stock today';
COMMENT ON COLUMN fact_inventory_day.on_hand_qty IS 'On hand at the close of the day, base units; below 0 = sold more than there was. Semi-additive: not over time.';
COMMENT ON COLUMN fact_inventory_day.stock_amount IS 'Value of the tranches at cost; NULL = a cost is unknown, or the distributor is invoiced in several currencies. Semi-additive: not over time.';
COMMENT ON COLUMN fact_inventory_day.currency_code IS 'Currency in which the vendor invoices the distributor; NULL = several, or nothing invoiced';
COMMENT ON COLUMN fact_inventory_day.oldest_on IS 'Day of the oldest tranche; NULL = none';

CREATE VIEW fact_rebate WITH (security_invoker = true) AS
SELECT f.accrual_entry_id AS accrual_entry_id,
    f.distributor_id AS distributor_id,
    f.program_line_id AS program_line_id,
    f.span_starts_on AS span_starts_on,
    f.span_ends_on AS span_ends_on,
    r.activity_on AS activity_on,
    f.recorded_at AS recorded_at,
    f.delta_amount::numeric(18,4) AS accrued_amount,
    f.base_amount::numeric(18,4) AS base_amount,
    f.prior_period_amount::numeric(18,4) AS prior_period_amount,
    f.rate_amount::numeric(18,4) AS rate_amount,
    f.currency_code AS currency_code,
    coalesce(f.reseller_id, 0) AS reseller_id
FROM accrual_entry AS f
JOIN accrual_run AS r ON r.accrual_run_id = f.accrual_run_id;
COMMENT ON VIEW fact_rebate IS 'One row = a posting of rebate earned: the difference between what was owed and what was posted before';
COMMENT ON COLUMN fact_rebate.accrual_entry_id IS 'Key';
COMMENT ON COLUMN fact_rebate.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_rebate.program_line_id IS 'dim_rebate_line';
COMMENT ON COLUMN fact_rebate.span_starts_on IS 'First day of the span whose tiers it is about';
COMMENT ON COLUMN fact_rebate.span_ends_on IS 'Last day of the span, inclusive';
COMMENT ON COLUMN fact_rebate.activity_on IS 'Facts up to this day are in it';
COMMENT ON COLUMN fact_rebate.recorded_at IS 'When it was posted';
COMMENT ON COLUMN fact_rebate.accrued_amount IS 'Posted. Additive within a currency: the sum is what is owed.';
COMMENT ON COLUMN fact_rebate.base_amount IS 'Of it: new business at its rate. Additive within a currency.';
COMMENT ON COLUMN fact_rebate.prior_period_amount IS 'Of it: late and corrected lines. Additive within a currency.';
COMMENT ON COLUMN fact_rebate.rate_amount IS 'Of it: a tier reached or lost. Additive within a currency.';
COMMENT ON COLUMN fact_rebate.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN fact_rebate.reseller_id IS 'dim_reseller: who is credited; 0 = the distributor';

CREATE VIEW fact_violation WITH (security_invoker = true) AS
SELECT f.price_violation_id AS price_violation_id,
    f.distributor_id AS distributor_id,
    f.product_id AS product_id,
    f.occurred_on AS occurred_on,
    f.fact_table AS fact_table,
    f.fact_id AS fact_id,
    f.applies_to AS applies_to,
    f.action AS policy_action,
    f.violation_state AS violation_state,
    f.quantity::numeric(18,3) AS violation_qty,
    f.authorized_price::numeric(18,4) AS authorized_price_amount,
    f.actual_price::numeric(18,4) AS actual_price_amount,
    f.leakage_amount::numeric(18,4) AS leakage_amount,
    f.currency_code AS currency_code,
    f.recorded_at AS recorded_at
FROM price_violation AS f;
COMMENT ON VIEW fact_violation IS 'One row = a price below its floor, found when a line was written';
COMMENT ON COLUMN fact_violation.price_violation_id IS 'Key';
COMMENT ON COLUMN fact_violation.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_violation.product_id IS 'dim_product';
COMMENT ON COLUMN fact_violation.occurred_on IS 'Activity date of the line; dim_date';
COMMENT ON COLUMN fact_violation.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN fact_violation.fact_id IS 'Key of the line there';
COMMENT ON COLUMN fact_violation.applies_to IS 'Which price: vendor_net_price, special_price or resale_price';
COMMENT ON COLUMN fact_violation.policy_action IS 'What the floor asks for: reject, hold or record';
COMMENT ON COLUMN fact_violation.violation_state IS 'State of the exception';
COMMENT ON COLUMN fact_violation.violation_qty IS 'Base units of the line. Additive.';
COMMENT ON COLUMN fact_violation.authorized_price_amount IS 'Floor of one base unit. Not additive.';
COMMENT ON COLUMN fact_violation.actual_price_amount IS 'Price of one base unit. Not additive.';
COMMENT ON COLUMN fact_violation.leakage_amount IS '(authorized - actual) x quantity. Additive within a currency.';
COMMENT ON COLUMN fact_violation.currency_code IS 'Currency of the amounts';
COMMENT ON COLUMN fact_violation.recorded_at IS 'When it was found';

CREATE VIEW fact_submission WITH (security_invoker = true) AS
SELECT f.submission_id AS submission_id,
    f.distributor_id AS distributor_id,
    f.report_kind AS report_kind,
    f.document_format AS document_format,
    f.submission_mode AS submission_mode,
    f.submission_state AS submission_state,
    f.file_name AS file_name,
    f.period_starts_on AS period_starts_on,
    f.period_ends_on AS period_ends_on,
    f.received_at AS received_at,
    f.accepted_at AS accepted_at,
    f.declared_lines AS declared_lines
FROM submission AS f
UNION ALL
SELECT 0::bigint AS submission_id,
    0::bigint AS distributor_id,
    NULL::text AS report_kind,
    NULL::text AS document_format,
    NULL::text AS submission_mode,
    'accepted'::text AS submission_state,
    NULL::text AS file_name,
    NULL::date AS period_starts_on,
    NULL::date AS period_ends_on,
    NULL::timestamptz AS received_at,
    NULL::timestamptz AS accepted_at,
    NULL::integer AS declared_lines;
COMMENT ON VIEW fact_submission IS 'One row = a report that a distributor sent, whether accepted or not';
COMMENT ON COLUMN fact_submission.submission_id IS 'Key; 0 = booked by hand';
COMMENT ON COLUMN fact_submission.distributor_id IS 'dim_distributor';
COMMENT ON COLUMN fact_submission.report_kind IS 'What it reports: sell_through, inventory ...; NULL = not recognised';
COMMENT ON COLUMN fact_submission.document_format IS 'x12, edifact, csv ...';
COMMENT ON COLUMN fact_submission.submission_mode IS 'original, replace, append, correct, cancel or nil';
COMMENT ON COLUMN fact_submission.submission_state IS 'received, validated, accepted or rejected';
COMMENT ON COLUMN fact_submission.file_name IS 'Name of the file; NULL = none';
COMMENT ON COLUMN fact_submission.period_starts_on IS 'First day that it covers; NULL = not known';
COMMENT ON COLUMN fact_submission.period_ends_on IS 'Last day, inclusive; NULL = not known';
COMMENT ON COLUMN fact_submission.received_at IS 'When it came';
COMMENT ON COLUMN fact_submission.accepted_at IS 'When it was booked; NULL = not accepted';
COMMENT ON COLUMN fact_submission.declared_lines IS 'Lines that the sender declared; NULL = none declared';
