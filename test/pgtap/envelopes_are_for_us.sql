-- Who sends to whom is looked at where it was entered; what a reader only warns
-- of may be held against a distributor, or not be noted at all; the same bytes in
-- the same mode are one submission, however the mode came about.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(23);

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D'), (2, 'E', 'E');
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default) VALUES (1, 'W', 'W', true), (2, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO report_profile (distributor_id, default_currency) VALUES (1, 'EUR'), (2, 'EUR');

-- An interchange from a sender to a receiver: sets of one line, each numbered as said.
CREATE FUNCTION pg_temp.ic(p_sender text, p_receiver text, p_no int, VARIADIC p_sets text[] DEFAULT '{0001}') RETURNS text
LANGUAGE sql AS $$
    SELECT format('ISA*00*          *00*          *ZZ*%s*ZZ*%s*260131*1200*U*00401*%s*0*P*>~GS*PT*S*V*20260131*1200*1*X*004010~', rpad(p_sender, 15), rpad(p_receiver, 15), lpad(p_no::text, 9, '0'))
        || (SELECT string_agg(format('ST*867*%s~BPT*00*R%s-%s*20260131*SS~PTD*SS***DI*I%s-%s~DTM*003*20260115~QTY*32*%s*EA~LIN**VP*P~SE*7*%s~', s, p_no, n, p_no, n, n, s), '' ORDER BY n) FROM unnest(p_sets) WITH ORDINALITY AS x (s, n))
        || format('GE*%s*1~IEA*1*%s~', cardinality(p_sets), lpad(p_no::text, 9, '0'))
$$;
CREATE FUNCTION pg_temp.codes() RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', line_no, severity, code), ', ' ORDER BY line_no NULLS FIRST, code)
    FROM finding WHERE submission_id = (SELECT max(submission_id) FROM submission) AND code <> 'UNRESOLVED_PARTY'
$$;

-- Nothing was entered: nobody is asked.
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('ANYBODY', 'ANYWHERE', 1), 'D')$$, 'VALUES (1, 0)', 'without names every sender and receiver will do');
SELECT is(pg_temp.codes(), NULL, 'and nothing is found');

INSERT INTO distributor_identifier VALUES ('sender', 'DSEND', 1), ('sender', 'DSEND2', 1), ('sender', 'ESEND', 2);
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('DSEND2', 'ANYWHERE', 2), 'D')$$, 'VALUES (1, 0)', 'one of its senders');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('ESEND', 'US', 3), 'D')$$, 'VALUES (0, 1)', 'the report of another distributor is not booked as its own');
SELECT is(pg_temp.codes(), 'refuse UNKNOWN_SENDER, 1 refuse ENVELOPE_REFUSED', 'and it is said why');
SELECT results_eq($$SELECT value, severity FROM finding WHERE code = 'UNKNOWN_SENDER'$$, $$VALUES ('ESEND'::text, 'refuse'::text)$$, 'with the sender');
SELECT results_eq($$SELECT distributor_code, lines_ready FROM submit_report(pg_temp.ic('ESEND', 'US', 4))$$, $$VALUES ('E'::text, 1)$$, 'without a code it is that of its sender');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('DSEND', 'US', 5) || pg_temp.ic('ESEND', 'US', 6), 'D')$$, 'VALUES (1, 1)', 'of two interchanges the one that is its own');

INSERT INTO receiver_identifier VALUES ('US'), ('US-TOO');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('DSEND', 'US-TOO', 7), 'D')$$, 'VALUES (1, 0)', 'one of our names');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('DSEND', 'THEM', 8), 'D')$$, 'VALUES (0, 1)', 'what is not for us is not booked');
SELECT is(pg_temp.codes(), 'refuse WRONG_RECEIVER, 1 refuse ENVELOPE_REFUSED', 'and it is said why');
SELECT results_eq($t$SELECT lines_ready, lines_refused FROM submit_report(E'UNB+UNOC:3+DSEND:14+THEM:14+260131:1200+R1''UNH+1+SLSRPT:D:96A:UN''BGM+73+REP1+9''DTM+137:20260131:102''LIN+1++P:SA''QTY+153:5''UNT+6+1''UNZ+1+R1''', 'D')$t$, 'VALUES (0, 1)', 'likewise in EDIFACT');
INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (1, 'WRONG_RECEIVER', 'hold');
SELECT results_eq($$SELECT lines_ready, is_held FROM submit_report(pg_temp.ic('DSEND', 'THEM', 9), 'D')$$, 'VALUES (1, true)', 'or it waits for somebody to look at it');
DELETE FROM validation_rule_override;

-- ST02 twice in a group (EDI 2: severity is a matter of the partner).
SELECT results_eq($$SELECT lines_ready, lines_refused, is_held FROM submit_report(pg_temp.ic('DSEND', 'US', 10, '0001', '0001', '0002'), 'D')$$, 'VALUES (3, 0, false)', 'a control number twice is noted');
SELECT is(pg_temp.codes(), 'warn DUP_TRANSACTION', 'as it is');
INSERT INTO validation_rule_override (distributor_id, rule_code, severity) VALUES (1, 'DUP_TRANSACTION', 'refuse');
SELECT results_eq($$SELECT lines_ready, lines_refused FROM submit_report(pg_temp.ic('DSEND', 'US', 11, '0001', '0001', '0002'), 'D')$$, 'VALUES (2, 1)', 'or refuses its transaction set');
SELECT is(pg_temp.codes(), 'refuse DUP_TRANSACTION, 2 refuse ENVELOPE_REFUSED', 'and no neighbour');
UPDATE validation_rule_override SET severity = NULL, is_enabled = false;
SELECT results_eq($$SELECT lines_ready, findings FROM submit_report(pg_temp.ic('DSEND', 'US', 12, '0001', '0001', '0002'), 'D')$$, 'VALUES (3, 3)', 'or is not noted: three unknown customers are all');

-- The same bytes, in the mode that they are in anyway.
SELECT results_eq($$SELECT s.is_repeat, s.submission_id = o.submission_id FROM submission AS o, submit_report(convert_from(o.document, 'UTF8'), 'D', p_mode => 'original') AS s WHERE o.transmission_no = '000000012'$$,
    'VALUES (true, true)', 'saying what is the case anyway makes no second submission');
SELECT results_eq($$SELECT s.is_repeat FROM submission AS o, submit_report(convert_from(o.document, 'UTF8'), 'D', p_mode => 'append') AS s WHERE o.transmission_no = '000000012'$$, 'VALUES (false)', 'another mode does');
SELECT results_eq($$SELECT s.is_repeat, s.submission_id IS NULL FROM submission AS o, submit_report(convert_from(o.document, 'UTF8'), 'D', 'x', 'original', p_dry_run => true) AS s WHERE o.transmission_no = '000000011'$$, 'VALUES (true, false)', 'a dry run says so, too');
SELECT FROM submission AS o, reject_submission(o.submission_id) WHERE o.transmission_no = '000000010';
SELECT results_eq($$SELECT s.is_repeat FROM submission AS o, submit_report(convert_from(o.document, 'UTF8'), 'D', p_mode => 'original') AS s WHERE o.transmission_no = '000000010'$$, 'VALUES (false)', 'what was set aside may come again, in so many words');
SELECT is((SELECT count(*) FROM submission WHERE transmission_no = '000000012'), 2::bigint, 'that is two, and not three');

SELECT * FROM finish();
ROLLBACK;
