-- Rules about a document as a whole, and about signs and check digits: each has
-- its severity and remedy, is found once, and can be another one for a
-- distributor.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(16);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO distributor_identifier VALUES ('sender', 'DDIST', 1);
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true), (2, 2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line, gtin) VALUES (1, 'P-1', 'P', 'a', '04012345678901');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR'), (2, 'EUR');

CREATE FUNCTION pg_temp.found(p_code text, p_submission_id bigint DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', f.severity, f.line_no, f.value), ', ' ORDER BY f.line_no)
    FROM finding AS f
    WHERE f.code = p_code AND f.submission_id = coalesce(p_submission_id, (SELECT max(submission_id) FROM submission)) AND f.remedy <> ''
$$;
-- An 867 with one transaction for each purpose, a sale of one unit in each.
CREATE FUNCTION pg_temp.x12(p_control integer, VARIADIC p_purposes text[]) RETURNS text
LANGUAGE sql AS $$
    SELECT format('ISA*00*          *00*          *ZZ*DDIST          *ZZ*V              *260205*0815*U*00401*%1$s*0*P*>~GS*PT*DDIST*V*20260205*0815*1*X*004010~', lpad(p_control::text, 9, '0'))
        || string_agg(format('ST*867*%1$s~BPT*%2$s*REP-%1$s*20260205*02~CUR*DB*EUR~DTM*090*20260101~DTM*091*20260131~N1*DB*D*91*D~PTD*SS***DI*A-%1$s~DTM*003*20260120~N1*ST*X*91*X~QTY*32*1*EA~LIN**VP*P-1~UIT*EA*90.00*RS~CTT*1~SE*14*%1$s~',
            lpad(n::text, 4, '0'), p), '' ORDER BY n)
        || format('GE*%s*1~IEA*1*%s~', count(*), lpad(p_control::text, 9, '0'))
    FROM unnest(p_purposes) WITH ORDINALITY AS t (p, n)
$$;

-- One document that adds and replaces.
SELECT results_eq($$SELECT submission_state, is_held, lines_read FROM submit_report(pg_temp.x12(1, '00', '05'))$$, $$VALUES ('validated', true, 2)$$, 'adding and replacing in one document is held');
SELECT is(pg_temp.found('MIXED_PURPOSE'), 'hold 00, 05', 'and it is said why');
SELECT results_eq($$SELECT is_held FROM submit_report(pg_temp.x12(2, '00', '00'))$$, 'VALUES (false)', 'two that add are not');

-- It refers to what is not there.
SELECT results_eq($$SELECT submission_mode, is_held FROM submit_report(pg_temp.x12(3, '01'))$$, $$VALUES ('cancel', true)$$, 'a cancellation of what was never booked is held');
SELECT is(pg_temp.found('UNKNOWN_REFERENCE'), 'hold REP-0001', 'with the number of the report');
SELECT results_eq($$SELECT is_held FROM submit_report(E'Invoice,Line,Date,Part No,Qty\nX-1,1,2026-01-05,P-1,2\n', 'D', p_mode => 'correct')$$, 'VALUES (true)', 'so is a correction of a line that is not there');

-- A nil report that says something, or contradicts the books.
SELECT results_eq($$SELECT submission_mode, is_held FROM submit_report(E'Invoice,Line,Date,Part No,Qty\nN-1,1,2026-02-05,P-1,2\n', 'D', p_mode => 'nil', p_period_starts_on => '2026-02-01', p_period_ends_on => '2026-02-28')$$,
    $$VALUES ('nil', true)$$, 'a nil report with lines is held');
SELECT is(pg_temp.found('NIL_WITH_LINES'), 'hold 1', 'with their number');
SELECT lives_ok($$SELECT accept_submission((submit_report(E'Invoice,Line,Date,Part No,Qty,Price,Amount,EAN\nS-1,1,2026-03-05,P-1,2,5,10,4012345678901\nS-1,2,2026-03-05,P-1,2,5,-10,\nS-1,3,2026-03-05,P-1,3,5,15,4012345678902\n', 'D')).submission_id)$$, 'March is booked');
SELECT is(pg_temp.found('SIGN'), 'refuse 2 2 / 5 / -10', 'an amount of another sign than the quantity is refused');
SELECT is(pg_temp.found('GTIN_CHECK_DIGIT'), 'warn 3 4012345678902', 'a GTIN with a wrong check digit is noted: its last digit is 1');
SELECT is((SELECT sum(quantity) FROM sell_through), 5::numeric, 'booked: 2 + 3');
SELECT results_eq($$SELECT is_held FROM report_nil('D', 'sell_through', '2026-03-01', '2026-03-31')$$, 'VALUES (true)', 'a nil report for a month with sales is held');
SELECT is(pg_temp.found('NIL_CONFLICT'), 'hold 5.000 base units', 'with what was sold');
SELECT results_eq($$SELECT is_held FROM report_nil('D', 'sell_through', '2026-04-01', '2026-04-30')$$, 'VALUES (false)', 'one for a month without is not');

-- Another severity for another distributor.
INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (2, 'GTIN_CHECK_DIGIT', 'refuse');
SELECT results_eq($$SELECT lines_ready FROM submit_report(E'Invoice,Line,Date,Part No,Qty,EAN\nS-1,3,2026-03-05,P-1,3,4012345678902\n', 'E')$$, 'VALUES (0)', 'for one distributor a wrong check digit refuses');

SELECT * FROM finish();
ROLLBACK;
