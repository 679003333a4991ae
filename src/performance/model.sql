-- performance, settings: what measures are compared with. The prior year of a span
-- is no matter of subtracting 365: months have their own lengths, and a year of 53
-- weeks has no counterpart for one of them.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD170', 'The expression of a metric is not arithmetic on the columns of its dataset', 'Use columns of the dataset, aggregates and operators alone', false),
    ('ZD171', 'A metric does not exist', 'See metric.metric_code', false),
    ('ZD172', 'A version of a scorecard that was used was to be changed', 'Enter a new version', false),
    ('ZD173', 'A scorecard cannot be computed', 'It needs a version in force on the last day of the period, with metrics whose weights are above 0', false);

ALTER TABLE fiscal_calendar
    ADD COLUMN restate_policy text NOT NULL DEFAULT 'restated',
    ADD CONSTRAINT fiscal_calendar_restate_check CHECK (restate_policy IN ('restated', 'not_restated'));
COMMENT ON COLUMN fiscal_calendar.restate_policy IS 'With what the year after one of 53 weeks is compared: restated = weeks 2 to 53 of it (the same days of the season), not_restated = weeks 1 to 52';

CREATE TABLE performance_setting (
    setting_no integer NOT NULL DEFAULT 1,
    calendar_code text NOT NULL DEFAULT 'gregorian',
    rate_type text NOT NULL DEFAULT 'day_close',
    aged_days integer NOT NULL DEFAULT 90,
    last_days integer NOT NULL DEFAULT 7,
    CONSTRAINT performance_setting_pkey PRIMARY KEY (setting_no),
    CONSTRAINT performance_setting_one_check CHECK (setting_no = 1),
    CONSTRAINT performance_setting_aged_check CHECK (aged_days >= 0),
    CONSTRAINT performance_setting_last_check CHECK (last_days > 0),
    CONSTRAINT performance_setting_calendar_fkey FOREIGN KEY (calendar_code) REFERENCES fiscal_calendar (calendar_code)
);
COMMENT ON TABLE performance_setting IS 'One row = how this model measures; there is one row';
COMMENT ON COLUMN performance_setting.setting_no IS '1';
COMMENT ON COLUMN performance_setting.calendar_code IS 'Calendar by which the prior year of a span is found';
COMMENT ON COLUMN performance_setting.rate_type IS 'Kind of exchange rate, that of the last day of a span, for amounts in another currency';
COMMENT ON COLUMN performance_setting.aged_days IS 'Stock older than so many days is aged';
COMMENT ON COLUMN performance_setting.last_days IS 'Days at the end of a span that count as its end: a push of sell-in shows there';
CREATE INDEX performance_setting_calendar_idx ON performance_setting (calendar_code);

INSERT INTO performance_setting (setting_no) VALUES (1);

CREATE FUNCTION comparable_span(
    p_from date,
    p_to date,
    p_calendar_code text DEFAULT 'gregorian',
    p_restate_policy text DEFAULT NULL
) RETURNS TABLE (
    starts_on date,
    ends_on date,
    prior_starts_on date,
    prior_ends_on date,
    dropped_days integer
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT CASE WHEN x.prior_starts_on IS NOT NULL THEN p_from END,
        CASE WHEN x.prior_starts_on IS NOT NULL THEN x.ends_on END,
        x.prior_starts_on,
        CASE
            WHEN x.prior_starts_on IS NULL THEN NULL
            WHEN x.is_gregorian THEN ((x.ends_on + 1)::timestamp - interval '1 year')::date - 1
            ELSE x.prior_starts_on + (x.ends_on - p_from)
        END,
        CASE WHEN x.prior_starts_on IS NULL THEN p_to - p_from + 1 ELSE p_to - x.ends_on END
    FROM (
        SELECT c.pattern = 'gregorian' AS is_gregorian,
            CASE
                WHEN c.pattern = 'gregorian' OR y.weeks <= q.weeks THEN p_to
                -- Week 53 of this year has no counterpart.
                ELSE least(p_to, y.starts_on + 7 * q.weeks - 1)
            END AS ends_on,
            CASE
                WHEN c.pattern = 'gregorian' THEN (p_from::timestamp - interval '1 year')::date
                WHEN p_from - y.starts_on >= 7 * q.weeks THEN NULL
                ELSE q.starts_on + (p_from - y.starts_on)
                    + CASE WHEN q.weeks > y.weeks AND coalesce(p_restate_policy, c.restate_policy) = 'restated' THEN 7 ELSE 0 END
            END AS prior_starts_on
        FROM fiscal_calendar AS c
        LEFT JOIN LATERAL (
            SELECT f.fiscal_year, min(f.starts_on) AS starts_on, max(f.ends_on) AS ends_on, sum(f.weeks)::integer AS weeks
            FROM fiscal_period AS f
            WHERE f.fiscal_calendar_id = c.fiscal_calendar_id
            GROUP BY f.fiscal_year
            HAVING min(f.starts_on) <= p_from AND max(f.ends_on) >= p_from
        ) AS y ON true
        LEFT JOIN LATERAL (
            SELECT min(f.starts_on) AS starts_on, sum(f.weeks)::integer AS weeks
            FROM fiscal_period AS f
            WHERE f.fiscal_calendar_id = c.fiscal_calendar_id
                AND f.fiscal_year = y.fiscal_year - 1
            HAVING count(*) > 0
        ) AS q ON true
        WHERE c.calendar_code = p_calendar_code
    ) AS x;
END;
COMMENT ON FUNCTION comparable_span(date, date, text, text) IS
    'The same span of the year before, in one calendar: gregorian the same days, else the same weeks of the fiscal year. After a year of 53 weeks by restate_policy (of the calendar, or as given): restated drops its week 1, not_restated its week 53. Week 53 of the span itself has no counterpart and is cut off on both sides (dropped_days); NULL = there is none at all. SEMANTICS 2.13';

CREATE TABLE metric_input_kind (
    input_code text NOT NULL,
    unit text NOT NULL,
    meaning text NOT NULL,
    CONSTRAINT metric_input_kind_pkey PRIMARY KEY (input_code),
    CONSTRAINT metric_input_kind_code_check CHECK (input_code ~ '^[a-z][a-z0-9_]*$')
);
COMMENT ON TABLE metric_input_kind IS 'One row = a number that is not in the model and has to be handed in';
COMMENT ON COLUMN metric_input_kind.input_code IS 'Name';
COMMENT ON COLUMN metric_input_kind.unit IS 'amount (with a currency) or count';
COMMENT ON COLUMN metric_input_kind.meaning IS 'What it is and for which measure';

INSERT INTO metric_input_kind (input_code, unit, meaning) VALUES
    ('category_purchases', 'amount', 'What the distributor bought of the category of all vendors: share of wallet. Mostly an estimate'),
    ('order_lines', 'count', 'Order lines to be shipped to resellers: fill rate'),
    ('order_lines_complete', 'count', 'Of them shipped complete'),
    ('incremental_margin', 'amount', 'Margin that would not have been without the incentives, against a stated baseline: return on incentives'),
    ('incentive_cost', 'amount', 'What incentives cost; where it is missing, the rebates accrued count'),
    ('cogs', 'amount', 'Cost of goods sold by the distributor''s own books; where it is missing, the balance of the stock at cost counts'),
    ('receivables', 'amount', 'What the distributor owes the vendor at the end of the span: days sales outstanding');

CREATE TABLE metric_input (
    distributor_id bigint NOT NULL,
    input_code text NOT NULL,
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    value numeric NOT NULL,
    currency_code text,
    is_estimate boolean NOT NULL DEFAULT false,
    source text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT metric_input_pkey PRIMARY KEY (distributor_id, input_code, period_starts_on, period_ends_on),
    CONSTRAINT metric_input_period_check CHECK (period_ends_on >= period_starts_on),
    CONSTRAINT metric_input_value_check CHECK (abs(value) < 'Infinity'),
    CONSTRAINT metric_input_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT metric_input_kind_fkey FOREIGN KEY (input_code) REFERENCES metric_input_kind,
    CONSTRAINT metric_input_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE metric_input IS 'One row = a number about a distributor in a period that comes from outside. It counts in spans that hold the whole period';
COMMENT ON COLUMN metric_input.distributor_id IS 'The distributor';
COMMENT ON COLUMN metric_input.input_code IS 'What it is';
COMMENT ON COLUMN metric_input.period_starts_on IS 'First day';
COMMENT ON COLUMN metric_input.period_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN metric_input.value IS 'The number';
COMMENT ON COLUMN metric_input.currency_code IS 'Currency of an amount; NULL = no amount';
COMMENT ON COLUMN metric_input.is_estimate IS 'Whether somebody guessed it';
COMMENT ON COLUMN metric_input.source IS 'Where it comes from; NULL = not said';
COMMENT ON COLUMN metric_input.recorded_at IS 'When it was handed in';
CREATE INDEX metric_input_kind_idx ON metric_input (input_code);
CREATE INDEX metric_input_currency_idx ON metric_input (currency_code);

CREATE TABLE product_group (
    group_code text NOT NULL,
    product_line ltree NOT NULL,
    CONSTRAINT product_group_pkey PRIMARY KEY (group_code, product_line)
);
COMMENT ON TABLE product_group IS 'One row = a product line that belongs to a group whose part in the sales is measured';
COMMENT ON COLUMN product_group.group_code IS 'Name of the group, such as focus';
COMMENT ON COLUMN product_group.product_line IS 'Path of the product lines in it, with all below';

CREATE TABLE attach_rule (
    attach_code text NOT NULL,
    host_line ltree NOT NULL,
    attach_line ltree NOT NULL,
    same text NOT NULL DEFAULT 'reseller',
    CONSTRAINT attach_rule_pkey PRIMARY KEY (attach_code),
    CONSTRAINT attach_rule_same_check CHECK (same IN ('invoice', 'reseller', 'distributor'))
);
COMMENT ON TABLE attach_rule IS 'One row = a product that should be sold with another one';
COMMENT ON COLUMN attach_rule.attach_code IS 'Name';
COMMENT ON COLUMN attach_rule.host_line IS 'Product line of the host, with all below';
COMMENT ON COLUMN attach_rule.attach_line IS 'Product line of what is attached, with all below';
COMMENT ON COLUMN attach_rule.same IS 'Attached units count when the same invoice, the same reseller in the span, or the same distributor in the span has a host';

CREATE FUNCTION distributor_currency_as_of(p_to date) RETURNS TABLE (
    distributor_id bigint,
    currency_code text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT d.distributor_id,
        coalesce((
            SELECT v.settlement_currency
            FROM agreement AS a
            JOIN agreement_version AS v ON v.agreement_id = a.agreement_id
            WHERE a.distributor_id = d.distributor_id
                AND v.version_state <> 'draft'
                AND p_to BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
            ORDER BY a.agreement_no
            LIMIT 1), (
            SELECT c.currency_code
            FROM (
                (SELECT r.activity_on, r.currency_code
                FROM rollup_day AS r
                WHERE r.distributor_id = d.distributor_id AND r.activity_on <= p_to
                ORDER BY r.activity_on DESC, r.currency_code DESC
                LIMIT 1)
                UNION ALL
                (SELECT e.activity_on, e.currency_code
                FROM rollup_day_delta AS e
                WHERE e.distributor_id = d.distributor_id AND e.activity_on <= p_to
                ORDER BY e.activity_on DESC, e.currency_code DESC
                LIMIT 1)
            ) AS c
            ORDER BY c.activity_on DESC, c.currency_code DESC
            LIMIT 1))
    FROM distributor AS d;
END;
COMMENT ON FUNCTION distributor_currency_as_of(date) IS
    'One row = a distributor and the currency in which its amounts are measured where none is asked for: that of its agreement in force on p_to (the first by number), else of its last sale or purchase up to then; NULL = neither. Stock is valued in it';
