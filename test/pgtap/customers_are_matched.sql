-- A customer is found by mapping, number, name or similar name; what is doubtful
-- waits for somebody; mappings are versioned, and a new one corrects the past.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(62);

-- Names: case, accents, punctuation, legal form.
SELECT is(name_key(n), k, n) FROM (VALUES
    ('Müller & Söhne GmbH & Co. KG', 'muller sohne'),
    ('MULLER  & SOHNE', 'muller sohne'),
    ('Société Générale S.A.R.L.', 'societe generale'),
    ('L''Oréal S.A.', 'loreal'),
    ('Ltd', 'ltd'),
    ('3M Company', '3m'),
    (' - ', NULL)) AS v (n, k);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name, country_code) VALUES (101, 'D', 'D', 'DE');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (101, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (101, 101, 'MAIN', 'M', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (101, 'P-1', 'P one', 'a.b'), (102, 'P-2', 'P two', 'a.c');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name, country_code, postcode, tax_no) VALUES
    (101, 'R-1', 'Rheinland Systemhaus GmbH', 'DE', '50667', NULL),
    (102, 'R-2', 'Rheinland Systemhaus AG', 'AT', '1010', NULL),
    (103, 'R-3', 'Nordlicht Computer GmbH', 'DE', '20095', 'DE123456789'),
    (104, 'R-4', 'Datenwerk Berlin GmbH', 'DE', '10115', NULL),
    (105, 'R-5', 'Datenwerk Berlin UG', 'DE', '10117', NULL);
INSERT INTO reseller_identifier VALUES ('duns', '314159265', 103);
CREATE FUNCTION pg_temp.csv(VARIADIC p_rows text[]) RETURNS text
LANGUAGE sql AS $$ SELECT 'Invoice,Line,Date,Part No,SKU,Qty,Price,Customer ID,Customer Name,ZIP,Country' || E'\n' || array_to_string(p_rows, E'\n') || E'\n' $$;
CREATE FUNCTION pg_temp.resolved() RETURNS text
LANGUAGE sql AS $$ SELECT string_agg(coalesce(r.reseller_code, '-'), ' ' ORDER BY l.line_no) FROM submission_line AS l LEFT JOIN reseller AS r USING (reseller_id) WHERE submission_id = (SELECT max(submission_id) FROM submission) $$;

-- 1 the name with other accents and form; 2 the same elsewhere; 3 a tax number;
-- 4 a DUNS; 5 a typing error, same postal code; 6 half the name; 7 nobody; 8 two
-- that are equally good; 9 nobody is named.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv(
    'I-1,1,2026-01-05,P-1,,1,10,C1,RHEINLAND SYSTEMHAUS,,',
    'I-1,2,2026-01-05,P-1,,2,10,,Rheinland-Systemhaus,,AT',
    'I-1,3,2026-01-05,P-1,,3,10,DE123456789,Whatever,,',
    'I-1,4,2026-01-05,P-1,,4,10,314159265,Whatever,,',
    'I-1,5,2026-01-05,P-1,,5,10,C5,Nordlicht Computr GmbH,20095,DE',
    'I-1,6,2026-01-05,P-1,,6,10,C6,Nordlicht,,',
    'I-1,7,2026-01-05,P-1,,7,10,C7,Zzyzx,,',
    'I-1,8,2026-01-05,P-1,,8,10,C8,Datenwerk Berlin,,',
    'I-1,9,2026-01-05,P-1,,9,10,,,,'), 'D', 'jan')$$, 'a report');
SELECT is(pg_temp.resolved(), 'R-1 R-2 R-3 R-3 R-3 - - - -', 'what is certain is taken');
SELECT results_eq($$SELECT alias_kind, alias, match_status, match_method FROM reseller_alias ORDER BY 1, 2$$,
    $$VALUES ('id'::text, '314159265'::text, 'automatic'::text, 'identifier'::text), ('id', 'C1', 'automatic', 'name'), ('id', 'C5', 'automatic', 'similar_name'),
        ('id', 'DE123456789', 'automatic', 'identifier'), ('name', 'rheinland-systemhaus', 'automatic', 'name')$$, 'and entered as a mapping that says how');
SELECT results_eq($$SELECT alias, reseller_code, match_score IS NULL FROM reseller_match_queue ORDER BY alias$$,
    $$VALUES ('C6'::text, 'R-3'::text, false), ('C7', NULL, true), ('C8', 'R-4', false)$$, 'what is not waits for review');
SELECT is((SELECT match_score BETWEEN 0.4 AND 0.8 FROM reseller_match WHERE alias = 'C6'), true, 'between the two thresholds');
SELECT is((SELECT match_score FROM reseller_match WHERE alias = 'C8'), 1.000, 'or because two are equally good');
SELECT is((SELECT count(*) FROM finding WHERE code = 'UNRESOLVED_PARTY'), 4::bigint, 'the report says that four lines have no customer');
SELECT lives_ok('SELECT accept_submission(max(submission_id)) FROM submission', 'it is accepted nevertheless');

SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-2,1,2026-01-06,P-1,,1,10,C5,other,,', 'I-2,2,2026-01-06,P-1,,1,10,C6,Nordlicht,,'), 'D')$$, 'the next report');
SELECT is(pg_temp.resolved(), 'R-3 -', 'is resolved by the mapping');
SELECT is((SELECT count(*) FROM reseller_match), 3::bigint, 'and asks nothing twice');

-- Review: confirmed, it corrects what was booked; the impact can be seen first.
SELECT results_eq($$SELECT x.lines, x.quantity, x.amount, x.submission_id FROM reseller_match_queue AS q, accept_match('D', q.reseller_match_id, p_dry_run => true) AS x WHERE alias = 'C6'$$,
    'VALUES (1::bigint, 6::numeric, 60::numeric, NULL::bigint)', 'a dry run shows the impact');
SELECT is((SELECT count(*) FROM sell_through_as_of() WHERE reseller_id = 103), 3::bigint, 'and changes nothing');
SELECT is((SELECT count(*) FROM reseller_match_queue), 3::bigint, 'at all');
SELECT results_eq($$SELECT x.lines, x.quantity, x.amount, x.submission_id IS NOT NULL FROM reseller_match_queue AS q, accept_match('D', q.reseller_match_id) AS x WHERE alias = 'C6'$$,
    'VALUES (1::bigint, 6::numeric, 60::numeric, true)', 'accepting books it');
SELECT results_eq($$SELECT entry_kind, reseller_id, trim_scale(quantity) FROM sell_through WHERE invoice_no = 'I-1' AND invoice_line = '6' ORDER BY sell_through_id$$,
    $$VALUES ('original'::text, NULL::bigint, 6::numeric), ('reversal', NULL, -6), ('replacement', 103, 6)$$, 'as a reversal and a replacement');
SELECT is(pg_temp.resolved(), 'R-3', 'the correction is a submission');
SELECT is((SELECT l.reseller_id FROM submission_line AS l JOIN submission AS s USING (submission_id) WHERE s.submission_state = 'validated' AND s.document_format = 'csv' AND l.reported_customer_id = 'C6'), 103::bigint, 'a report that waits is resolved as well');
SELECT throws_ok($$SELECT accept_match('D', reseller_match_id) FROM reseller_match WHERE alias = 'C6'$$, 'ZD045', NULL, 'once');
SELECT throws_ok($$SELECT accept_match('D', reseller_match_id) FROM reseller_match WHERE alias = 'C7'$$, 'P0002', NULL, 'nobody was proposed');
SELECT results_eq($$SELECT x.lines FROM reseller_match AS q, accept_match('D', q.reseller_match_id, 'R-4') AS x WHERE alias = 'C7'$$, 'VALUES (1::bigint)', 'somebody can be named');
SELECT results_eq($$SELECT match_state FROM reseller_match AS q, LATERAL (SELECT (reject_match('D', q.reseller_match_id)).match_state AS s) AS x WHERE alias = 'C8'$$, $$VALUES ('open'::text)$$, 'C8 is not R-4');
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('I-3,1,2026-01-07,P-1,,1,10,C8,Datenwerk Berlin,,'), 'D')$$, 'asked again');
SELECT is(pg_temp.resolved(), 'R-5', 'only the other one is left');

-- Re-mapping: versions, and the past is corrected.
SELECT results_eq($$SELECT lines, quantity, amount FROM map_reseller('D', 'id', 'C1', 'R-2')$$, 'VALUES (1::bigint, 1::numeric, 10::numeric)', 'C1 is R-2');
SELECT results_eq($$SELECT reseller_id, superseded_at IS NULL FROM reseller_alias WHERE alias = 'C1' ORDER BY reseller_alias_id$$, 'VALUES (101::bigint, false), (102, true)', 'the old mapping is kept');
SELECT is((SELECT reseller_id FROM sell_through_as_of() WHERE invoice_no = 'I-1' AND invoice_line = '1'), 102::bigint, 'the sale is R-2''s');
SELECT is_empty($$SELECT * FROM map_reseller('D', 'id', 'C1', 'R-2')$$, 'said twice it changes nothing');
SELECT is_empty($$SELECT * FROM map_reseller('D', 'name', 'Nobody  yet', 'R-2')$$, 'who never bought has no past');
SELECT throws_ok($$SELECT map_reseller('D', 'id', 'C1', 'R-9')$$, 'P0002', NULL, 'a reseller that is not there');
SELECT throws_ok($$SELECT map_reseller('D', 'fax', 'C1', 'R-1')$$, '22023', NULL, 'a kind that is none');

-- Two resellers were one.
SELECT results_eq($$SELECT lines, quantity FROM merge_reseller('R-3', 'R-1', p_dry_run => true)$$, 'VALUES (4::bigint, 18::numeric)', 'the impact of a merger: 3 + 4 + 5 + 6');
SELECT results_eq($$SELECT lines, quantity FROM merge_reseller('R-3', 'R-1')$$, 'VALUES (4::bigint, 18::numeric)', 'the merger');
SELECT is((SELECT count(*) FROM sell_through_as_of() WHERE reseller_id = 103), 0::bigint, 'leaves nothing with the old one');
SELECT is((SELECT count(*) FROM reseller_alias WHERE reseller_id = 103 AND superseded_at IS NULL), 0::bigint, 'no mapping either');
SELECT is((SELECT reseller_id FROM reseller_alias WHERE alias = 'C5' AND superseded_at IS NULL), 101::bigint, 'they are the new one''s');
SELECT throws_ok($$SELECT merge_reseller('R-3', 'R-2')$$, 'ZD047', NULL, 'merged is merged');


-- A name decides only where no number does: C1 is R-2 whatever it is called.
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submit_report(pg_temp.csv('N-1,1,2026-02-05,P-1,,1,10,C1,Shop,,', 'N-1,2,2026-02-05,P-1,,2,10,,Shop,,', 'N-1,3,2026-02-05,P-1,,4,10,C99,Shop,,'), 'D', 'feb')$$, 'three customers of one name');
SELECT results_eq($$SELECT lines, quantity FROM map_reseller('D', 'name', 'SHOP', 'R-4')$$, 'VALUES (2::bigint, 6::numeric)', 'the name is R-4: 2 + 4');
SELECT results_eq($$SELECT invoice_line, reseller_id FROM sell_through_as_of() WHERE invoice_no = 'N-1' ORDER BY 1$$, $$VALUES ('1'::text, 102::bigint), ('2', 104), ('3', 104)$$, 'but not who has a number');
SELECT results_eq($$SELECT lines, quantity FROM map_reseller('D', 'id', 'C99', 'R-5')$$, 'VALUES (1::bigint, 4::numeric)', 'once the number is mapped');
SELECT is_empty($$SELECT * FROM map_reseller('D', 'name', 'shop', 'R-1') WHERE lines <> 1$$, 'the name leaves it alone');
SELECT results_eq($$SELECT invoice_line, reseller_id FROM sell_through_as_of() WHERE invoice_no = 'N-1' ORDER BY 1$$, $$VALUES ('1'::text, 102::bigint), ('2', 101), ('3', 105)$$, 'each by what decides');

-- A merger reaches what waits: reports, proposals; and what is mapped later.
SELECT lives_ok($$SELECT submit_report(pg_temp.csv('N-2,1,2026-02-06,P-1,,1,10,C99,,,', 'N-2,2,2026-02-06,P-1,,1,10,C77,Datenwerk Bernau,10117,DE'), 'D', 'waits')$$, 'a report waits');
SELECT is((SELECT reseller_code FROM reseller_match_queue WHERE alias = 'C77'), 'R-5', 'R-5 is proposed in it');
SELECT lives_ok($$SELECT merge_reseller('R-5', 'R-4')$$, 'R-5 is R-4');
SELECT is((SELECT reseller_code FROM reseller_match_queue WHERE alias = 'C77'), 'R-4', 'and R-4 is proposed now');
SELECT is((SELECT reseller_id FROM submission_line JOIN submission USING (submission_id) WHERE file_name = 'waits' AND line_no = 1), 104::bigint, 'and the line is R-4''s');
SELECT lives_ok($$SELECT accept_submission(submission_id) FROM submission WHERE file_name = 'waits'$$, 'accepted');
SELECT is((SELECT count(*) FROM sell_through_as_of() WHERE reseller_id = 105), 0::bigint, 'nothing is booked for R-5');
SELECT lives_ok($$SELECT map_reseller('D', 'id', 'C78', 'R-5')$$, 'a mapping to R-5');
SELECT is((SELECT reseller_id FROM reseller_alias WHERE alias = 'C78'), 104::bigint, 'is one to R-4');

-- After a period is closed the past is corrected all the same: on its day, posted
-- in the first open period.
SELECT lives_ok($$SELECT close_period('gregorian', 2026, n, 'closed') FROM generate_series(1, 2) AS n; SELECT map_reseller('D', 'id', 'C1', 'R-1')$$, 'C1 is R-1, after February is closed');
SELECT results_eq($$SELECT DISTINCT sold_on, posting_date(sold_on, recorded_at) FROM sell_through WHERE entry_kind = 'replacement' AND reseller_id = 101 AND invoice_no = 'N-1' AND invoice_line = '1'$$,
    $$VALUES (date '2026-02-05', date '2026-03-01')$$, 'its day is in February, its posting in March');

-- A mapping that came in beside the merger still names R-5.
INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id, match_status, match_method)
SELECT distributor_id, 'id', 'C79', 105, 'accepted', 'mapping' FROM distributor WHERE distributor_code = 'D';
SELECT FROM submit_report(pg_temp.csv('N-3,1,2026-03-06,P-1,,1,10,C79,,,'), 'D', 'beside');
SELECT is((SELECT reseller_id FROM submission_line JOIN submission USING (submission_id) WHERE file_name = 'beside'), 104::bigint, 'a line of who was merged is that of who it is');

SELECT * FROM finish();
ROLLBACK;
