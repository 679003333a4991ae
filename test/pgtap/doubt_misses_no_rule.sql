-- The intake looks at the rules one by one only where a line is in doubt. Of
-- what it takes for sound no rule has anything to say: whoever looks at every
-- line finds the same. And most of what is right is taken for sound.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(12);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name, country_code) VALUES (1, 'D', 'D', 'DE');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR');
INSERT INTO product (product_id, product_code, product_name, product_line, gtin)
SELECT n, 'P' || n, 'Product ' || n, 'a', CASE n WHEN 1 THEN '00012345678905' END FROM generate_series(1, 4) AS n;
INSERT INTO product_uom (product_id, uom_code, numerator, denominator) VALUES (1, 'CS', 12, 1), (2, 'CS', 12, 1), (2, 'TH', 1, 3);
INSERT INTO price_list (price_list_id, price_list_code, currency_code) VALUES (1, 'L', 'EUR');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price) SELECT 1, n, '2020-01-01', 10 FROM generate_series(1, 3) AS n;
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (1, 'R', 'Known');
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method) VALUES (1, 'id', 'C1', 1, 'accepted', 'mapping');

CREATE FUNCTION pg_temp.pick(choices text[]) RETURNS text
LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;

-- Most cells are right, so that most lines break one rule or none.
CREATE FUNCTION pg_temp.cell(usual text, others text[]) RETURNS text
LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.9 THEN usual ELSE pg_temp.pick(others) END $$;

CREATE FUNCTION pg_temp.load(lines integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO sell_through_staging (load_id, transaction_type, invoice_no, sold_on, vendor_part, gtin, quantity, uom, unit_price, amount, currency_code, customer_id, warehouse)
    SELECT 'load', pg_temp.cell('SS', ARRAY['RU', 'RV', 'IA', 'PA', 'loan', NULL]), 'I' || n,
        pg_temp.cell('2026-01-10', ARRAY['2026-01-31', '2026-02-01', '2025-12-31', '2026-12-31', '10.01.2026', '2026-02-30', NULL]),
        pg_temp.cell('P' || 1 + n % 4, ARRAY['P9', '1.23E+12', NULL]),
        pg_temp.cell(NULL, ARRAY['012345678905', '012345678900', '1', 'x']),
        pg_temp.cell('10', ARRAY['-10', '0', '0.5', '0.0001', '1e3', '1,5', '99999999999', '1000000000000000', '', NULL]),
        pg_temp.cell(NULL, ARRAY['EA', 'ea', 'CS', 'TH', 'ZZ']),
        pg_temp.cell('10', ARRAY['10.00', '10.00001', '4.99', '5', '20', '20.01', '120', '0', '-10', 'x', '100000000000000', NULL]),
        pg_temp.cell(NULL, ARRAY['100', '100.01', '100.011', '99.98', '-100', '1200', '0', 'x', '100000000000000']),
        pg_temp.cell('EUR', ARRAY['USD', 'QQQ', NULL]),
        pg_temp.cell('C1', ARRAY['C2', NULL]), pg_temp.cell('W', ARRAY['V', NULL])
    FROM generate_series(1, lines) AS n
$$;

CREATE FUNCTION pg_temp.kept() RETURNS lines_kept
LANGUAGE sql AS $$
    WITH s AS (
        INSERT INTO submission (distributor_id, report_kind, document_format, document, document_encoding)
        SELECT 1, 'mixed', 'staged', convert_to(random()::text, 'UTF8'), 'UTF8'
        RETURNING submission_id
    )
    SELECT keep_lines_as_reported(1, s.submission_id, 'staged', 'load', '2026-06-30') FROM s
$$;

CREATE FUNCTION pg_temp.found() RETURNS TABLE (line_no integer, code text, severity text, value text)
LANGUAGE sql AS $$
    SELECT f.line_no, f.code, f.severity, f.value FROM finding AS f WHERE f.submission_id = (SELECT max(submission_id) FROM submission)
$$;

-- once: every rule on every line, beside what is in doubt
CREATE FUNCTION pg_temp.compare(p_mode text, p_starts_on date, p_ends_on date) RETURNS TABLE (rules bigint, missed bigint, invented bigint, sound bigint, sound_with_finding bigint)
LANGUAGE plpgsql AS $$
DECLARE
    k lines_kept := pg_temp.kept();
    v_id bigint := (SELECT max(submission_id) FROM submission);
BEGIN
    UPDATE submission SET submission_mode = p_mode, period_starts_on = p_starts_on, period_ends_on = p_ends_on, period_is_stated = p_starts_on IS NOT NULL
    WHERE submission_id = v_id;
    DELETE FROM finding WHERE submission_id = v_id;
    PERFORM judge_lines(1, v_id, '2026-06-30', k.doubtful_lines);
    CREATE TEMPORARY TABLE in_doubt ON COMMIT DROP AS SELECT * FROM pg_temp.found();
    DELETE FROM finding WHERE submission_id = v_id;
    PERFORM judge_lines(1, v_id, '2026-06-30');
    RETURN QUERY
    SELECT count(DISTINCT f.code),
        count(*) FILTER (WHERE f.line_no <> ALL (k.doubtful_lines)),
        (SELECT count(*) FROM (SELECT * FROM in_doubt EXCEPT SELECT * FROM pg_temp.found()) AS d),
        k.lines - cardinality(k.doubtful_lines),
        (SELECT count(*) FROM submission_line AS l WHERE l.submission_id = v_id AND l.line_no = ANY (k.doubtful_lines)
            AND l.quantity > 0 AND NOT EXISTS (SELECT FROM pg_temp.found() AS o WHERE o.line_no = l.line_no)
            AND l.reported_uom IS DISTINCT FROM 'TH' AND abs(l.quantity) < 1e6)
    FROM pg_temp.found() AS f;
    DROP TABLE in_doubt;
END
$$;

SELECT setseed(0.42);
SELECT pg_temp.load(8000);
CREATE TEMPORARY TABLE first_time AS SELECT * FROM pg_temp.compare('original', NULL, NULL);
SELECT cmp_ok((SELECT rules FROM first_time), '>=', 16::bigint, 'nearly every rule about a line has lines that break it');
SELECT is((SELECT missed FROM first_time), 0::bigint, 'none of them was beyond doubt');
SELECT is((SELECT invented FROM first_time), 0::bigint, 'and nothing else is found where only doubt is looked at');
SELECT cmp_ok((SELECT sound FROM first_time), '>', 2000::bigint, 'what is right is beyond doubt');
SELECT cmp_ok((SELECT sound_with_finding FROM first_time), '<', 300::bigint, 'and little is in doubt for nothing');

-- another tolerance, another band, days of grace
INSERT INTO validation_rule_override (distributor_id, rule_code, parameters) VALUES
    (1, 'AMOUNT_MISMATCH', '{"amount": 0.011}'), (1, 'PRICE_BAND', '{"low_pct": 49, "high_pct": 201}'), (1, 'FUTURE_DATE', '{"days": 365}');
CREATE TEMPORARY TABLE second_time AS SELECT * FROM pg_temp.compare('append', NULL, NULL);
SELECT is((SELECT missed FROM second_time), 0::bigint, 'parameters of the distributor are those that decide');
SELECT is((SELECT invented FROM second_time), 0::bigint, 'in both ways');
SELECT cmp_ok((SELECT sound FROM second_time), '>', (SELECT sound FROM first_time), 'and more is beyond doubt where more is allowed');

-- a rule that is off
INSERT INTO validation_rule_override (distributor_id, rule_code, is_enabled) VALUES (1, 'UNRESOLVED_PARTY', false);
UPDATE validation_rule_override SET is_enabled = false WHERE rule_code IN ('PRICE_BAND', 'AMOUNT_MISMATCH');
CREATE TEMPORARY TABLE third_time AS SELECT * FROM pg_temp.compare('original', NULL, NULL);
SELECT is((SELECT missed FROM third_time), 0::bigint, 'rules that are off are off');

-- The period of the report is known later; lines of other days are looked at then.
DELETE FROM validation_rule_override;
SELECT submission_id FROM submit_staged('D', 'load', p_period_starts_on => '2026-01-01', p_period_ends_on => '2026-01-31') \gset
SELECT cmp_ok((SELECT count(*) FROM finding WHERE submission_id = :submission_id AND code = 'PERIOD_OUTSIDE'), '>', 100::bigint, 'days outside of a stated period are found');
CREATE TEMPORARY TABLE at_once AS SELECT * FROM pg_temp.found() WHERE code NOT IN ('BAD_CODE', 'PRODUCT_CONFLICT', 'BEYOND_STOCK', 'PARTIAL_REFUSAL');
DELETE FROM finding WHERE submission_id = :submission_id;
SELECT lives_ok(format('SELECT judge_lines(1, %s, current_date)', :submission_id), 'looked at again, all of them');
SELECT set_eq('SELECT * FROM at_once WHERE line_no IS NOT NULL', 'SELECT * FROM pg_temp.found()', 'the same is found');

SELECT * FROM finish();
ROLLBACK;
