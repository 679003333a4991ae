-- bench/statement/statement.sql: what a statement costs against writing its lines.
--
--     psql -X -v rows=1000000 -v rounds=3 -f bench/statement/statement.sql
--
-- Lays out a model of its own (bench_statement): 100 distributors, one program line
-- each, :rows lines of sell-in in one year. A round does, each in a transaction that is
-- rolled back, in turn:
--
--   insert     INSERT … SELECT of the same lines into a table with the columns and the
--              primary key of statement_allocation: the floor = 1.00
--   read       adding up the same lines as they stand (sell_in_as_of), nothing written
--   statement  issue_statements(): evaluation, working, hash of the inputs, the share
--              of each line by largest remainder, and the proof that all of it adds up
--
-- Only ratios within one run count; on a busy machine those of processor time.

\set ON_ERROR_STOP on
\if :{?rows} \else \set rows 1000000 \endif
\if :{?rounds} \else \set rounds 3 \endif
\pset footer off
SET client_min_messages = warning;
SET work_mem = '256MB';
SET jit = off;
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;

CREATE EXTENSION IF NOT EXISTS distmgmt CASCADE;
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bench_statement') AS there \gset
\if :there
SELECT FROM distmgmt.drop_model('bench_statement', 'bench_statement', force => true);
\endif
SELECT FROM distmgmt.create_model('bench_statement');
SET search_path = bench_statement, distmgmt, public;

INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT i, 'D' || i, 'D' FROM generate_series(1, 100) AS i;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) SELECT i, i, 'W', 'W' FROM generate_series(1, 100) AS i;
INSERT INTO product (product_id, product_code, product_name, product_line) SELECT i, 'P' || i, 'P', 'a' FROM generate_series(1, 2000) AS i;
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT i, 'A' || i, 'A', i FROM generate_series(1, 100) AS i;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) SELECT i, 1, '2025-01-01', 'EUR' FROM generate_series(1, 100) AS i;
SELECT count(*) FROM generate_series(1, 100) AS i CROSS JOIN LATERAL activate_agreement('A' || i) \g /dev/null
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT i, 'R' || i, 'R', i FROM generate_series(1, 100) AS i;
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
SELECT i, 1, 'L', 'sell_in', c.fiscal_calendar_id, 'quarter', '2025-01-01', 'marginal: 1% from 0, 2% from 100000, 3% from 500000'
FROM generate_series(1, 100) AS i CROSS JOIN fiscal_calendar AS c;
UPDATE rebate_program SET program_state = 'active';
SELECT setseed(0.5) \g /dev/null
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
SELECT x.d, x.day, x.d, 1 + floor(2000 * random() ^ 2.2)::integer, x.day, 'I', x.q, 9.5, 9.5 * x.q, 'EUR'
FROM (
    SELECT 1 + floor(100 * random() ^ 2.2)::integer AS d, date '2025-01-01' + floor(random() * 365)::integer AS day,
        1 + floor(random() * 50) AS q
    FROM generate_series(1, :rows)
    OFFSET 0
) AS x;
SELECT fold_rollups() \g /dev/null
VACUUM ANALYZE;
CREATE TABLE bare (LIKE statement_allocation INCLUDING INDEXES);

CREATE TEMP TABLE took (form text, ms numeric, cpu_ms numeric);
CREATE FUNCTION pg_temp.cpu() RETURNS numeric LANGUAGE sql AS $$
    SELECT (f[12]::numeric + f[13]::numeric) * 10
    FROM regexp_split_to_array(regexp_replace(pg_read_file('/proc/self/stat', 0, 4096), '^.*\) ', ''), ' ') AS f
$$;
-- The statement is taken back, so that each round finds the same.
CREATE PROCEDURE pg_temp.measure(p_form text, p_sql text) LANGUAGE plpgsql AS $$
DECLARE
    t timestamptz := clock_timestamp();
    c numeric := pg_temp.cpu();
    v_ms numeric;
    v_cpu numeric;
BEGIN
    BEGIN
        SET CONSTRAINTS ALL IMMEDIATE;
        EXECUTE p_sql;
        v_ms := extract(epoch FROM clock_timestamp() - t) * 1000;
        v_cpu := pg_temp.cpu() - c;
        RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'taken back';
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        INSERT INTO took VALUES (p_form, v_ms, v_cpu);
    END;
END
$$;
CREATE PROCEDURE pg_temp.rounds(p_rounds integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR r IN 1..p_rounds LOOP
        CALL pg_temp.measure('1 insert', $q$
            INSERT INTO bare (distributor_id, rebate_statement_id, fact_on, fact_table, fact_id, product_id, quantity, value, allocated_amount)
            SELECT distributor_id, 1, shipped_on, 'sell_in', sell_in_id, product_id, quantity, amount, amount FROM sell_in$q$);
        CALL pg_temp.measure('2 read', $q$SELECT sum(amount) FROM sell_in_as_of('2025-12-31')$q$);
        CALL pg_temp.measure('3 statement', $q$SELECT count(*) FROM issue_statements('2025-12-31')$q$);
    END LOOP;
END
$$;
CALL pg_temp.rounds(:rounds);

\echo 'Statements with working and shares of :rows lines; medians of :rounds rounds'
SELECT t.form,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t.ms))::numeric) AS ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t.ms) / max(f.ms))::numeric, 2) AS ratio,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t.cpu_ms))::numeric) AS cpu_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t.cpu_ms) / max(f.cpu_ms))::numeric, 2) AS cpu_ratio
FROM took AS t
CROSS JOIN (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i.ms) AS ms, percentile_cont(0.5) WITHIN GROUP (ORDER BY i.cpu_ms) AS cpu_ms
    FROM took AS i
    WHERE i.form = '1 insert'
) AS f
GROUP BY t.form
ORDER BY t.form;
SELECT FROM distmgmt.drop_model('bench_statement', 'bench_statement', force => true);
