-- performance: what BI tools see, part 1: the dimensions. These files are laid
-- out in the BI schema beside the model (channel_bi), with the model behind it on
-- the search_path. The rules stand in README.md: plain types alone, the first
-- column a unique key, every column explained, and a row "unknown" (key 0) in each
-- dimension, so that an inner join loses no money.

CREATE VIEW dim_date WITH (security_invoker = true) AS
SELECT p.day_on AS day_on,
    extract(year FROM p.day_on)::integer AS year_no,
    extract(quarter FROM p.day_on)::integer AS quarter_no,
    extract(month FROM p.day_on)::integer AS month_no,
    to_char(p.day_on::timestamp, 'FMMonth') AS month_name,
    date_trunc('month', p.day_on::timestamp)::date AS month_on,
    extract(isoyear FROM p.day_on)::integer AS iso_year_no,
    extract(week FROM p.day_on)::integer AS iso_week_no,
    date_trunc('week', p.day_on::timestamp)::date AS week_on,
    extract(isodow FROM p.day_on)::integer AS weekday_no,
    to_char(p.day_on::timestamp, 'FMDay') AS weekday_name,
    extract(isodow FROM p.day_on) > 5 AS is_weekend,
    p.day_on < (now() AT TIME ZONE 'UTC')::date AS is_past
FROM (
    SELECT generate_series(min(f.starts_on)::timestamp, max(f.ends_on)::timestamp, interval '1 day')::date AS day_on
    FROM fiscal_period AS f
    JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = f.fiscal_calendar_id
    WHERE c.calendar_code = 'gregorian'
) AS p;
COMMENT ON VIEW dim_date IS 'One row = a day of the default calendar (gregorian)';
COMMENT ON COLUMN dim_date.day_on IS 'Key: the day';
COMMENT ON COLUMN dim_date.year_no IS 'Calendar year';
COMMENT ON COLUMN dim_date.quarter_no IS 'Calendar quarter, 1 to 4';
COMMENT ON COLUMN dim_date.month_no IS 'Month, 1 to 12: sorts month_name';
COMMENT ON COLUMN dim_date.month_name IS 'Name of the month, English';
COMMENT ON COLUMN dim_date.month_on IS 'First day of the month: what monthly views are joined by';
COMMENT ON COLUMN dim_date.iso_year_no IS 'Year of the ISO week';
COMMENT ON COLUMN dim_date.iso_week_no IS 'ISO week, 1 to 53';
COMMENT ON COLUMN dim_date.week_on IS 'Monday of the ISO week: what weekly views are joined by';
COMMENT ON COLUMN dim_date.weekday_no IS 'Weekday, 1 = Monday: sorts weekday_name';
COMMENT ON COLUMN dim_date.weekday_name IS 'Name of the weekday, English';
COMMENT ON COLUMN dim_date.is_weekend IS 'Saturday or Sunday';
COMMENT ON COLUMN dim_date.is_past IS 'Before today (UTC)';

CREATE VIEW dim_fiscal_date WITH (security_invoker = true) AS
SELECT c.calendar_code || ' ' || d.day_on AS fiscal_date_key,
    c.calendar_code AS calendar_code,
    d.day_on AS day_on,
    p.fiscal_year AS fiscal_year,
    p.fiscal_quarter AS fiscal_quarter,
    p.fiscal_period AS fiscal_period,
    (d.day_on - y.starts_on) / 7 + 1 AS fiscal_week_no,
    p.starts_on AS period_starts_on,
    p.ends_on AS period_ends_on,
    p.period_state AS period_state
FROM fiscal_period AS p
JOIN fiscal_calendar AS c ON c.fiscal_calendar_id = p.fiscal_calendar_id
JOIN (
    SELECT f.fiscal_calendar_id, f.fiscal_year, min(f.starts_on) AS starts_on
    FROM fiscal_period AS f
    GROUP BY f.fiscal_calendar_id, f.fiscal_year
) AS y ON y.fiscal_calendar_id = p.fiscal_calendar_id AND y.fiscal_year = p.fiscal_year
CROSS JOIN LATERAL (
    SELECT generate_series(p.starts_on::timestamp, p.ends_on::timestamp, interval '1 day')::date AS day_on
) AS d;
COMMENT ON VIEW dim_fiscal_date IS 'One row = a day in one fiscal calendar: filter by calendar_code before you join by day_on';
COMMENT ON COLUMN dim_fiscal_date.fiscal_date_key IS 'Key: calendar and day';
COMMENT ON COLUMN dim_fiscal_date.calendar_code IS 'The fiscal calendar';
COMMENT ON COLUMN dim_fiscal_date.day_on IS 'The day: join facts by it';
COMMENT ON COLUMN dim_fiscal_date.fiscal_year IS 'Fiscal year';
COMMENT ON COLUMN dim_fiscal_date.fiscal_quarter IS 'Quarter of the fiscal year, 1 to 4';
COMMENT ON COLUMN dim_fiscal_date.fiscal_period IS 'Period of the fiscal year, 1 to 12 or 13';
COMMENT ON COLUMN dim_fiscal_date.fiscal_week_no IS 'Week of the fiscal year, from its first day on, 1 to 53';
COMMENT ON COLUMN dim_fiscal_date.period_starts_on IS 'First day of the period';
COMMENT ON COLUMN dim_fiscal_date.period_ends_on IS 'Last day of the period, inclusive';
COMMENT ON COLUMN dim_fiscal_date.period_state IS 'open, soft_closed or closed';

CREATE VIEW dim_territory WITH (security_invoker = true) AS
SELECT t.territory_id AS territory_id,
    t.territory_code AS territory_code,
    t.territory_name AS territory_name
FROM territory AS t
UNION ALL
SELECT 0::bigint AS territory_id,
    'unknown'::text AS territory_code,
    'unknown'::text AS territory_name;
COMMENT ON VIEW dim_territory IS 'One row = a territory of the vendor';
COMMENT ON COLUMN dim_territory.territory_id IS 'Key; 0 = unknown';
COMMENT ON COLUMN dim_territory.territory_code IS 'Short name';
COMMENT ON COLUMN dim_territory.territory_name IS 'Name';

CREATE VIEW dim_distributor WITH (security_invoker = true) AS
SELECT d.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    d.distributor_name AS distributor_name,
    d.country_code AS country_code,
    coalesce(d.territory_id, 0) AS territory_id,
    coalesce(t.territory_code, 'unknown') AS territory_code,
    coalesce(t.territory_name, 'unknown') AS territory_name
FROM distributor AS d
LEFT JOIN territory AS t ON t.territory_id = d.territory_id
UNION ALL
SELECT 0::bigint AS distributor_id,
    'unknown'::text AS distributor_code,
    'unknown'::text AS distributor_name,
    NULL::text AS country_code,
    0::bigint AS territory_id,
    'unknown'::text AS territory_code,
    'unknown'::text AS territory_name;
COMMENT ON VIEW dim_distributor IS 'One row = a distributor';
COMMENT ON COLUMN dim_distributor.distributor_id IS 'Key; 0 = unknown';
COMMENT ON COLUMN dim_distributor.distributor_code IS 'Short name';
COMMENT ON COLUMN dim_distributor.distributor_name IS 'Name';
COMMENT ON COLUMN dim_distributor.country_code IS 'Country, ISO 3166; NULL = not stated';
COMMENT ON COLUMN dim_distributor.territory_id IS 'Its territory; 0 = unknown';
COMMENT ON COLUMN dim_distributor.territory_code IS 'Short name of the territory';
COMMENT ON COLUMN dim_distributor.territory_name IS 'Name of the territory';

CREATE VIEW dim_warehouse WITH (security_invoker = true) AS
SELECT w.warehouse_id AS warehouse_id,
    w.warehouse_code AS warehouse_code,
    w.warehouse_name AS warehouse_name,
    w.distributor_id AS distributor_id,
    d.distributor_code AS distributor_code,
    w.transit_days AS transit_days,
    w.is_default AS is_default
FROM warehouse AS w
JOIN distributor AS d ON d.distributor_id = w.distributor_id
UNION ALL
SELECT 0::bigint AS warehouse_id,
    'unknown'::text AS warehouse_code,
    'unknown'::text AS warehouse_name,
    0::bigint AS distributor_id,
    'unknown'::text AS distributor_code,
    NULL::integer AS transit_days,
    false AS is_default;
COMMENT ON VIEW dim_warehouse IS 'One row = a warehouse of a distributor';
COMMENT ON COLUMN dim_warehouse.warehouse_id IS 'Key; 0 = unknown';
COMMENT ON COLUMN dim_warehouse.warehouse_code IS 'Short name within the distributor';
COMMENT ON COLUMN dim_warehouse.warehouse_name IS 'Name';
COMMENT ON COLUMN dim_warehouse.distributor_id IS 'Whose it is; 0 = unknown';
COMMENT ON COLUMN dim_warehouse.distributor_code IS 'Short name of the distributor';
COMMENT ON COLUMN dim_warehouse.transit_days IS 'Days from shipment to arrival; NULL = until receipt is reported';
COMMENT ON COLUMN dim_warehouse.is_default IS 'Taken where a report names none';

CREATE VIEW dim_product WITH (security_invoker = true) AS
SELECT p.product_id AS product_id,
    p.product_code AS product_code,
    p.product_name AS product_name,
    coalesce(p.product_line::text, 'unknown') AS product_line,
    coalesce(split_part(p.product_line::text, '.', 1), 'unknown') AS product_line_1,
    nullif(split_part(p.product_line::text, '.', 2), '') AS product_line_2,
    nullif(split_part(p.product_line::text, '.', 3), '') AS product_line_3,
    p.gtin AS gtin,
    p.base_uom AS base_uom
FROM product AS p
UNION ALL
SELECT 0::bigint AS product_id,
    'unknown'::text AS product_code,
    'unknown'::text AS product_name,
    'unknown'::text AS product_line,
    'unknown'::text AS product_line_1,
    NULL::text AS product_line_2,
    NULL::text AS product_line_3,
    NULL::text AS gtin,
    NULL::text AS base_uom;
COMMENT ON VIEW dim_product IS 'One row = a product of the vendor';
COMMENT ON COLUMN dim_product.product_id IS 'Key; 0 = unknown';
COMMENT ON COLUMN dim_product.product_code IS 'The vendors part number';
COMMENT ON COLUMN dim_product.product_name IS 'Name';
COMMENT ON COLUMN dim_product.product_line IS 'Path of the product line, levels parted by dots';
COMMENT ON COLUMN dim_product.product_line_1 IS 'First level of the product line';
COMMENT ON COLUMN dim_product.product_line_2 IS 'Second level; NULL = there is none';
COMMENT ON COLUMN dim_product.product_line_3 IS 'Third level; NULL = there is none';
COMMENT ON COLUMN dim_product.gtin IS 'GTIN; NULL = none';
COMMENT ON COLUMN dim_product.base_uom IS 'Unit in which all its quantities are';

CREATE VIEW dim_reseller WITH (security_invoker = true) AS
SELECT r.reseller_id AS reseller_id,
    r.reseller_code AS reseller_code,
    r.reseller_name AS reseller_name,
    r.city AS city,
    r.postcode AS postcode,
    r.country_code AS country_code
FROM reseller AS r
WHERE r.merged_into_id IS NULL
UNION ALL
SELECT 0::bigint AS reseller_id,
    'unknown'::text AS reseller_code,
    'unknown'::text AS reseller_name,
    NULL::text AS city,
    NULL::text AS postcode,
    NULL::text AS country_code;
COMMENT ON VIEW dim_reseller IS 'One row = a reseller: one legal entity, whichever distributors it buys from; those merged into another have no row';
COMMENT ON COLUMN dim_reseller.reseller_id IS 'Key; 0 = unknown, not resolved or not reported';
COMMENT ON COLUMN dim_reseller.reseller_code IS 'Short name';
COMMENT ON COLUMN dim_reseller.reseller_name IS 'Name';
COMMENT ON COLUMN dim_reseller.city IS 'Town; NULL = not known';
COMMENT ON COLUMN dim_reseller.postcode IS 'Postcode; NULL = not known';
COMMENT ON COLUMN dim_reseller.country_code IS 'Country, ISO 3166; NULL = not known';

CREATE VIEW dim_end_customer WITH (security_invoker = true) AS
SELECT e.end_customer_id AS end_customer_id,
    e.end_customer_name AS end_customer_name,
    e.city AS city,
    e.postcode AS postcode,
    e.country_code AS country_code
FROM end_customer AS e
UNION ALL
SELECT 0::bigint AS end_customer_id,
    'unknown'::text AS end_customer_name,
    NULL::text AS city,
    NULL::text AS postcode,
    NULL::text AS country_code;
COMMENT ON VIEW dim_end_customer IS 'One row = an end customer';
COMMENT ON COLUMN dim_end_customer.end_customer_id IS 'Key; 0 = unknown or not reported';
COMMENT ON COLUMN dim_end_customer.end_customer_name IS 'Name';
COMMENT ON COLUMN dim_end_customer.city IS 'Town; NULL = not known';
COMMENT ON COLUMN dim_end_customer.postcode IS 'Postcode; NULL = not known';
COMMENT ON COLUMN dim_end_customer.country_code IS 'Country, ISO 3166; NULL = not known';

CREATE VIEW dim_rebate_line WITH (security_invoker = true) AS
SELECT l.program_line_id AS program_line_id,
    p.program_code AS program_code,
    p.program_name AS program_name,
    p.program_state AS program_state,
    l.line_no AS line_no,
    l.line_name AS line_name,
    coalesce(a.agreement_no, 'none') AS agreement_no,
    l.measure_fact AS measure_fact,
    l.measure_unit AS measure_unit,
    l.span_kind AS span_kind,
    CASE WHEN l.valid_from > '-infinity' THEN l.valid_from END AS valid_from_on,
    CASE WHEN l.valid_to < 'infinity' THEN l.valid_to END AS valid_to_on,
    l.schedule::text AS schedule_text
FROM program_line AS l
JOIN rebate_program AS p ON p.rebate_program_id = l.rebate_program_id
LEFT JOIN agreement AS a ON a.agreement_id = p.agreement_id
UNION ALL
SELECT 0::bigint AS program_line_id,
    'unknown'::text AS program_code,
    'unknown'::text AS program_name,
    'unknown'::text AS program_state,
    0 AS line_no,
    'unknown'::text AS line_name,
    'none'::text AS agreement_no,
    'unknown'::text AS measure_fact,
    'unknown'::text AS measure_unit,
    'unknown'::text AS span_kind,
    NULL::date AS valid_from_on,
    NULL::date AS valid_to_on,
    NULL::text AS schedule_text;
COMMENT ON VIEW dim_rebate_line IS 'One row = a line of a rebate program';
COMMENT ON COLUMN dim_rebate_line.program_line_id IS 'Key; 0 = unknown';
COMMENT ON COLUMN dim_rebate_line.program_code IS 'The program';
COMMENT ON COLUMN dim_rebate_line.program_name IS 'Its name';
COMMENT ON COLUMN dim_rebate_line.program_state IS 'State of the program';
COMMENT ON COLUMN dim_rebate_line.line_no IS 'Number of the line in the program';
COMMENT ON COLUMN dim_rebate_line.line_name IS 'What the line pays for';
COMMENT ON COLUMN dim_rebate_line.agreement_no IS 'The agreement it belongs to; none = no agreement';
COMMENT ON COLUMN dim_rebate_line.measure_fact IS 'What is counted';
COMMENT ON COLUMN dim_rebate_line.measure_unit IS 'amount or quantity';
COMMENT ON COLUMN dim_rebate_line.span_kind IS 'How often the tiers start anew';
COMMENT ON COLUMN dim_rebate_line.valid_from_on IS 'First day; NULL = from ever';
COMMENT ON COLUMN dim_rebate_line.valid_to_on IS 'Last day, inclusive; NULL = open';
COMMENT ON COLUMN dim_rebate_line.schedule_text IS 'The tiers as text';
