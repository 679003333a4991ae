-- feed, rules: what is looked for in a report, as data. A rule has its severity
-- and parameters here; a distributor may have its own.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD048', 'A load is not staged, or is one of several', 'COPY rows into sell_through_staging or inventory_staging; staged_load lists the loads', false),
    ('ZD049', 'A submission has nothing that could be judged again', 'See the states of its lines in submission_line', false),
    ('ZD050', 'An article was mapped anew since a submission was judged', 'Judge it again with rejudge_submission()', false);

CREATE TABLE validation_rule (
    rule_code text NOT NULL,
    rule_level text NOT NULL,
    severity text NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true,
    parameters jsonb NOT NULL DEFAULT '{}',
    message text NOT NULL,
    remedy text NOT NULL,
    is_essential boolean NOT NULL DEFAULT false,
    CONSTRAINT validation_rule_pkey PRIMARY KEY (rule_code),
    CONSTRAINT validation_rule_essential_check CHECK (NOT is_essential OR is_enabled AND severity = 'refuse'),
    CONSTRAINT validation_rule_level_check CHECK (rule_level IN ('reader', 'file', 'header', 'line', 'cross_file')),
    CONSTRAINT validation_rule_severity_check CHECK (severity IN ('refuse', 'hold', 'warn')),
    CONSTRAINT validation_rule_parameters_check CHECK (jsonb_typeof(parameters) = 'object')
);
COMMENT ON TABLE validation_rule IS 'One row = something that is looked for in every report';
COMMENT ON COLUMN validation_rule.rule_code IS 'Code of its findings';
COMMENT ON COLUMN validation_rule.rule_level IS 'reader (X12 and EDIFACT: what the reader warns of, and lets pass), file (the document), header (what it says about itself), line, or cross_file (against earlier reports)';
COMMENT ON COLUMN validation_rule.severity IS 'refuse = the line is not booked (of a rule that judges a document as a whole: nothing of it is), hold = the document waits for a release, warn = noted';
COMMENT ON COLUMN validation_rule.is_enabled IS 'Whether it is looked for';
COMMENT ON COLUMN validation_rule.parameters IS 'Numbers of the rule by name; the names that stand here are those that it knows';
COMMENT ON COLUMN validation_rule.message IS 'What is wrong, in words';
COMMENT ON COLUMN validation_rule.remedy IS 'What to do';
COMMENT ON COLUMN validation_rule.is_essential IS 'Whether a line that breaks it is no fact at all (no product, no day, no number): such a rule refuses, for every distributor';

CREATE TABLE validation_rule_override (
    distributor_id bigint NOT NULL,
    rule_code text NOT NULL,
    severity text,
    is_enabled boolean,
    parameters jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT validation_rule_override_pkey PRIMARY KEY (distributor_id, rule_code),
    CONSTRAINT validation_rule_override_severity_check CHECK (severity IN ('refuse', 'hold', 'warn')),
    CONSTRAINT validation_rule_override_parameters_check CHECK (jsonb_typeof(parameters) = 'object'),
    CONSTRAINT validation_rule_override_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT validation_rule_override_rule_fkey FOREIGN KEY (rule_code) REFERENCES validation_rule
);
COMMENT ON TABLE validation_rule_override IS 'One row = a rule that is another one for the reports of a distributor';
COMMENT ON COLUMN validation_rule_override.distributor_id IS 'The distributor';
COMMENT ON COLUMN validation_rule_override.rule_code IS 'The rule';
COMMENT ON COLUMN validation_rule_override.severity IS 'Instead of the rule''s; NULL = as there';
COMMENT ON COLUMN validation_rule_override.is_enabled IS 'Instead of the rule''s; NULL = as there';
COMMENT ON COLUMN validation_rule_override.parameters IS 'Laid over the rule''s, by name';
CREATE INDEX validation_rule_override_rule_idx ON validation_rule_override (rule_code);

CREATE FUNCTION check_rule_parameters() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
-- With an argument every parameter that the rule has must be there.
DECLARE
    v_rule validation_rule;
    v_bad text;
BEGIN
    SELECT * INTO v_rule FROM validation_rule AS r WHERE r.rule_code = NEW.rule_code;
    -- Counts of days, months, reports and lines are whole numbers.
    SELECT string_agg(concat_ws(' = ', n.name, NEW.parameters -> n.name), ', ' ORDER BY n.name) INTO v_bad
    FROM (
        SELECT k FROM jsonb_object_keys(NEW.parameters) AS k
        UNION
        SELECT k FROM jsonb_object_keys(v_rule.parameters) AS k WHERE TG_NARGS > 0
    ) AS n (name)
    WHERE NOT v_rule.parameters ? n.name
        OR (jsonb_typeof(NEW.parameters -> n.name) = 'number') IS NOT TRUE
        OR CASE WHEN jsonb_typeof(NEW.parameters -> n.name) = 'number' THEN
            (NEW.parameters ->> n.name)::numeric NOT BETWEEN 0 AND CASE WHEN n.name IN ('days', 'months', 'minimum_reports') THEN 36500 ELSE 1e15 END
            OR n.name IN ('days', 'months', 'minimum_reports', 'lines')
                AND (NEW.parameters ->> n.name)::numeric <> trunc((NEW.parameters ->> n.name)::numeric)
        END;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD042',
            MESSAGE = 'rule does not have this parameter, lacks it, or cannot have this value',
            DETAIL = format('Rule %s, %s.', NEW.rule_code, v_bad),
            HINT = format('It has %s; numbers from 0, whole ones for days, months, minimum_reports and lines.',
                coalesce((SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(v_rule.parameters) AS k), 'none'));
    END IF;
    IF v_rule.is_essential AND (NEW.severity <> 'refuse' OR NOT NEW.is_enabled) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'ZD042',
            MESSAGE = 'rule is essential and cannot be weakened',
            DETAIL = format('Rule %s, severity %s, enabled %s.', NEW.rule_code, coalesce(NEW.severity, 'NULL'), coalesce(NEW.is_enabled::text, 'NULL')),
            HINT = 'A line that breaks it cannot be a fact; it is refused, kept, and can be judged again with rejudge_submission().';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_rule_parameters() IS 'Trigger of the rules: parameters are numbers in range with the names that the rule has, all of them in the rule itself, and essential rules stay as they are (ZD042)';

CREATE TRIGGER validation_rule_parameters
    BEFORE UPDATE ON validation_rule
    FOR EACH ROW EXECUTE FUNCTION check_rule_parameters('all');
COMMENT ON TRIGGER validation_rule_parameters ON validation_rule IS 'A parameter that is misspelt or missing would be a rule that is silent';

CREATE TRIGGER validation_rule_override_parameters
    BEFORE INSERT OR UPDATE ON validation_rule_override
    FOR EACH ROW EXECUTE FUNCTION check_rule_parameters();
COMMENT ON TRIGGER validation_rule_override_parameters ON validation_rule_override IS 'A misspelt parameter would be a rule that is silent';

INSERT INTO validation_rule (rule_code, rule_level, severity, parameters, message, remedy) VALUES
    ('TEST_DATA', 'file', 'refuse', '{}', 'document is marked as a test', 'Send it again with ISA15 = P.'),
    ('RAGGED_ROW', 'file', 'refuse', '{}', 'row does not fit the heading', 'Correct the row and send the file again.'),
    ('MIXED_PURPOSE', 'header', 'hold', '{}', 'transactions of one document add and replace', 'Send reports of different purposes as documents of their own.'),
    ('UNSUPPORTED_PURPOSE', 'header', 'refuse', '{}', 'report is a copy or information and books nothing', 'Nothing to do; purposes that book are 00, 01, 02, 03, 04, 05, 15, 17, 18, 20, 25, 26 and CO.'),
    ('UNKNOWN_REFERENCE', 'header', 'hold', '{}', 'report or line that is referred to was never booked', 'Name the report as it was sent (BPT02), or send the lines as a new report.'),
    ('PERIOD_MISSING', 'header', 'hold', '{}', 'period that is to be replaced is not stated', 'State the period in the report or in the call, or enter a report_schedule.'),
    ('CONTROL_TOTAL', 'header', 'hold', '{"lines": 0, "quantity": 0, "amount": 0.01}', 'declared control total is not what the lines add up to', 'Ask the distributor for the rest, or for the right total.'),
    ('PARTIAL_REFUSAL', 'file', 'hold', '{}', 'lines are refused in a report that counts only as a whole', 'Have the refused lines corrected, or release the report without them.'),
    ('NIL_WITH_LINES', 'file', 'hold', '{}', 'nil report has lines', 'Send the lines as an original report.'),
    ('NIL_CONFLICT', 'cross_file', 'hold', '{}', 'nil report for a period in which sales are booked', 'Cancel the earlier report, or reject this one.'),
    ('BAD_CODE', 'line', 'refuse', '{}', 'kind of line is not known', 'Use a code of transfer_type, or enter the code there.'),
    ('UNRESOLVED_PRODUCT', 'line', 'refuse', '{}', 'product is not known', 'Enter the product, or map the distributor''s number in product_alias, and submit again.'),
    ('DIGITS_LOST', 'line', 'refuse', '{}', 'article number was turned into a number by a spreadsheet; its last digits are lost', 'Have the column formatted as text and the file exported again.'),
    ('PRODUCT_CONFLICT', 'line', 'warn', '{}', 'GTIN and vendor''s part number are of two products; the GTIN counts', 'Correct the article master of the distributor, or the GTIN of the product.'),
    ('UNRESOLVED_PARTY', 'line', 'warn', '{}', 'customer is not known; the sale is booked without a reseller', 'Decide in reseller_match_queue; the sale is corrected then.'),
    ('UNKNOWN_WAREHOUSE', 'line', 'refuse', '{}', 'warehouse is not known', 'Enter the warehouse, or mark one as the default where reports name none.'),
    ('BAD_DATE', 'line', 'refuse', '{}', 'date is missing, ambiguous or does not exist', 'Write dates as CCYY-MM-DD or CCYYMMDD.'),
    ('FUTURE_DATE', 'line', 'refuse', '{"days": 0}', 'date is after the day of receipt', 'Correct the date.'),
    ('PERIOD_OUTSIDE', 'line', 'warn', '{}', 'sale lies outside the stated period', 'Report it with the period that it belongs to; returns may be older.'),
    ('BAD_NUMBER', 'line', 'refuse', '{}', 'quantity, price or amount is missing, is not a plain decimal number, or cannot be kept exactly', 'Write numbers with a point and without grouping; up to 15 digits and 3 decimals for quantities, 14 and 4 for money.'),
    ('ZERO_QUANTITY', 'line', 'refuse', '{}', 'quantity is zero', 'Leave the line out.'),
    ('UOM_CONFLICT', 'line', 'refuse', '{}', 'unit cannot be converted to the unit of the product', 'Enter the unit in product_uom.'),
    ('CURRENCY', 'line', 'refuse', '{}', 'currency is missing or not known', 'Name it in the report, or set default_currency in report_profile.'),
    ('SIGN', 'line', 'refuse', '{}', 'amount has another sign than the quantity', 'Correct the line.'),
    ('PRICE_SCALE', 'line', 'warn', '{}', 'price has more than 4 decimals and is kept rounded', 'Nothing to do where the amount is right; else have the price sent per 100 or per 1000.'),
    ('DUP_COUNT', 'line', 'refuse', '{}', 'item was counted before in this report', 'Send one count of each item, place and day, or set count_policy of report_profile to sum.'),
    ('UNKNOWN_HEADING', 'file', 'warn', '{}', 'column heading is not known; the column is not read', 'Say in report_column what it is (heading, canonical), or that it is to be ignored; csv_column lists what everybody''s headings mean.'),
    ('EMPTY_REPORT', 'file', 'refuse', '{}', 'report has no lines', 'Send the lines; if nothing was sold, declare it with report_nil(), or with the mode nil and a period.'),
    ('NOT_A_REPORT', 'file', 'refuse', '{}', 'document holds no report of sales or stock', 'Claims (844) go to submit_ship_debit(); acknowledgements (997, 999, CONTRL), catalogs and answers are nothing to be booked.'),
    ('GTIN_CHECK_DIGIT', 'line', 'warn', '{}', 'GTIN has a wrong form or check digit', 'Correct the GTIN in the distributor''s article master.'),
    ('AMOUNT_MISMATCH', 'line', 'warn', '{"amount": 0.01}', 'amount is not quantity × price', 'Ask the distributor which of them is right.'),
    ('NEGATIVE_WITHOUT_REASON', 'line', 'warn', '{}', 'negative quantity on a line that is not marked as a return', 'Mark returns as such.'),
    ('PRICE_BAND', 'line', 'warn', '{"low_pct": 50, "high_pct": 200}', 'price is far from the list price', 'Look for a wrong unit, currency or article.'),
    ('SERIAL_REPEATED', 'cross_file', 'warn', '{}', 'serial number was sold before and did not come back', 'Ask the distributor; a serial number is sold once.'),
    ('DUP_TRANSMISSION', 'cross_file', 'hold', '{}', 'transmission number was used by another document that is booked', 'Ask the distributor whether this takes the place of the other, or is new.'),
    ('DUP_REPORT', 'cross_file', 'hold', '{}', 'report number or period was booked already with other contents', 'Ask the distributor whether it replaces (05) or adds (02); submit it with that p_mode.'),
    ('OVERLAP', 'cross_file', 'warn', '{}', 'days were reported before', 'See that the report adds sales and does not repeat them.'),
    ('DUP_LINE', 'cross_file', 'refuse', '{}', 'line was booked from an earlier report', 'Nothing to do if the distributor sent it twice; a second such sale needs its own invoice line.'),
    ('DUP_LINE_NO_INVOICE', 'cross_file', 'refuse', '{}', 'line without an invoice is like one that was booked from an earlier report, also in its customer', 'Nothing to do if the distributor sent it twice; sales that are to be told apart need an invoice number.'),
    ('NEAR_DUPLICATE', 'cross_file', 'warn', '{"days": 31}', 'line is like one that is booked, but for its day or price', 'Ask the distributor whether it is a correction; send it as one.'),
    ('BEYOND_STOCK', 'cross_file', 'warn', '{}', 'more is sold than was in stock', 'Look for missing sell-in, a wrong unit or a sale of another period.'),
    ('VOLUME_OUTLIER', 'cross_file', 'warn', '{"tolerance_pct": 15, "months": 12, "minimum_reports": 3}', 'volume is far from that of the months before', 'Ask whether the report is complete and not double.');

UPDATE validation_rule
SET is_essential = true
WHERE rule_code IN ('UNRESOLVED_PRODUCT', 'UNKNOWN_WAREHOUSE', 'BAD_DATE', 'BAD_NUMBER', 'UOM_CONFLICT', 'CURRENCY', 'SIGN');

CREATE FUNCTION validation_rules_of(p_distributor_id bigint)
RETURNS SETOF validation_rule
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.rule_code,
        r.rule_level,
        coalesce(o.severity, r.severity) AS severity,
        coalesce(o.is_enabled, r.is_enabled) AS is_enabled,
        r.parameters || coalesce(o.parameters, '{}') AS parameters,
        r.message,
        r.remedy,
        r.is_essential
    FROM validation_rule AS r
    LEFT JOIN validation_rule_override AS o
        ON o.rule_code = r.rule_code
        AND o.distributor_id = p_distributor_id;
END;
COMMENT ON FUNCTION validation_rules_of(bigint) IS 'The rules as they are for the reports of a distributor';

CREATE FUNCTION rule_parameters_of(p_distributor_id bigint)
RETURNS jsonb
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT jsonb_object_agg(r.rule_code, r.parameters)
    FROM validation_rules_of(p_distributor_id) AS r
    WHERE r.is_enabled;
END;
COMMENT ON FUNCTION rule_parameters_of(bigint) IS 'Parameters of the rules that are looked for in reports of a distributor: {"FUTURE_DATE": {"days": 0}, …}';

CREATE TABLE purpose_code (
    purpose text NOT NULL,
    meaning text NOT NULL,
    submission_mode text,
    CONSTRAINT purpose_code_pkey PRIMARY KEY (purpose),
    CONSTRAINT purpose_code_mode_check CHECK (submission_mode IN ('original', 'replace', 'append', 'correct', 'cancel'))
);
COMMENT ON TABLE purpose_code IS 'One row = a code of X12 element 353 and what a report with it does here';
COMMENT ON COLUMN purpose_code.purpose IS 'The code (BPT01, BIA01)';
COMMENT ON COLUMN purpose_code.meaning IS 'What it says';
COMMENT ON COLUMN purpose_code.submission_mode IS 'What the report does to earlier ones; NULL = it is kept and books nothing';

INSERT INTO purpose_code (purpose, meaning, submission_mode) VALUES
    ('00', 'original', 'original'),
    ('01', 'cancel', 'cancel'),
    ('02', 'add', 'append'),
    ('03', 'delete the lines that are listed', 'correct'),
    ('04', 'change the lines that are listed', 'correct'),
    ('05', 'replace', 'replace'),
    ('06', 'confirm', NULL),
    ('07', 'duplicate', NULL),
    ('08', 'status', NULL),
    ('15', 'sent again after a rejection', 'original'),
    ('17', 'cancel, to be issued again', 'cancel'),
    ('18', 'issued again', 'replace'),
    ('20', 'final', 'original'),
    ('22', 'information copy', NULL),
    ('25', 'incremental', 'append'),
    ('26', 'replace the parts that are named', 'replace'),
    ('52', 'answer to a question about the past', NULL),
    ('77', 'simulation', NULL),
    ('CO', 'corrected', 'correct');
