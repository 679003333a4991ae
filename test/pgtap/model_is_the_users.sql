-- A model belongs to who made it; the extension owns none of it; it is made,
-- checked and dropped with care.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(29);

SELECT is(
    (SELECT count(*) FROM pg_depend AS d
     JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass
     WHERE d.deptype = 'e' AND c.relnamespace = 'channel'::regnamespace),
    0::bigint, 'no relation of the model is a member of the extension');
SELECT is(
    (SELECT count(*) FROM pg_attribute AS a
     JOIN pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'channel'::regnamespace AND c.relkind = 'r'
        AND a.attnum > 0 AND a.atttypid::regtype::text LIKE 'reg%'),
    0::bigint, 'no stored column is of a reg type');
SELECT results_eq(
    'SELECT step, engine_version FROM channel.model_version',
    $$SELECT 'create'::text, extversion COLLATE "default" FROM pg_extension WHERE extname = 'distmgmt'$$,
    'model_version holds the creation');

SELECT throws_ok($$SELECT distmgmt.create_model('channel')$$, '42P06',
    'schema for the model exists already', 'a second call for an existing schema is refused');
SELECT throws_ok($$SELECT distmgmt.create_model('pg_catalog')$$, '42P06', NULL, 'so is one for a schema that is not a model');
SELECT throws_ok($$SELECT distmgmt.create_model('pg_mine')$$, '42939', NULL, 'names of the system are refused');
SELECT throws_ok($$SELECT distmgmt.create_model(NULL)$$, '22023', NULL, 'NULL is refused');
SELECT throws_ok($$SELECT distmgmt.create_model('')$$, '22023', NULL, 'an empty name is refused');

-- A hostile name is only ever quoted.
CREATE TABLE public.bystander ();
SELECT lives_ok($test$SELECT distmgmt.create_model('x"; DROP TABLE public.bystander; -- '' $$ \ ')$test$, 'a hostile name makes a model');
SELECT has_table('public', 'bystander', 'and drops nothing');
SELECT is_empty($test$SELECT * FROM distmgmt.check_model('x"; DROP TABLE public.bystander; -- '' $$ \ ')$test$, 'which is as laid out');

-- Models side by side do not see each other.
SELECT lives_ok($$SELECT distmgmt.create_model('second')$$, 'a second model');
INSERT INTO second.distributor (distributor_code, distributor_name) VALUES ('X', 'Only in second');
SELECT is_empty('SELECT FROM channel.distributor', 'has rows of its own');
SET LOCAL search_path = public;
SELECT throws_ok($$UPDATE second.sell_in SET quantity = 1$$, 'ZD001', NULL, 'and works whatever the search_path');
SELECT is(second.add_fiscal_years('gregorian', 2050, 2050), 12::bigint, 'its functions find their own tables');
RESET search_path;

SELECT is_empty('SELECT * FROM distmgmt.check_model()', 'check_model finds nothing in a model as laid out');
ALTER TABLE channel.reseller ALTER tax_no TYPE varchar(80);
DROP INDEX channel.reseller_alias_reseller_idx;
ALTER TABLE channel.reseller ADD COLUMN my_note text;
SELECT results_eq(
    'SELECT finding COLLATE "default", object_kind COLLATE "default", object_name COLLATE "default" FROM distmgmt.check_model()',
    $$VALUES ('added', 'column', 'reseller.my_note'),
        ('changed', 'column', 'reseller.tax_no'),
        ('missing', 'index', 'reseller_alias_reseller_idx')$$,
    'and names what was added, changed and is missing');

SELECT throws_ok($$SELECT distmgmt.drop_model('second')$$, '22023', 'name of the model to drop is not confirmed', 'drop_model asks for the name twice');
CREATE VIEW public.mine AS SELECT distributor_id FROM second.distributor;
SELECT throws_ok($$SELECT distmgmt.drop_model('second', 'second')$$, '2BP01', 'objects outside the model depend on it', 'does not drop what others built');
DROP VIEW public.mine;
INSERT INTO second.submission (distributor_id, report_kind, document_format, document) VALUES (1, 'mixed', 'csv', 'x');
SELECT throws_ok($$SELECT distmgmt.drop_model('second', 'second')$$, '2BP01', 'model holds facts', 'refuses when there are facts');
SELECT distmgmt.drop_model('second', 'second', force => true);
SELECT hasnt_schema('second', 'unless forced');
SELECT throws_ok($$SELECT distmgmt.drop_model('public', 'public')$$, '3F000', NULL, 'and never drops a schema that is not a model');

-- A role without superuser makes a model of its own, once it is allowed to.
CREATE ROLE distmgmt_modeller;
SELECT set_config('role', 'distmgmt_modeller', true);
SELECT throws_ok($$SELECT distmgmt.create_model('own')$$, '42501', NULL, 'create_model is not for everybody');
RESET ROLE;
GRANT EXECUTE ON FUNCTION distmgmt.create_model(name), distmgmt.check_model(name), distmgmt.drop_model(name, name, boolean) TO distmgmt_modeller;
SELECT format('GRANT CREATE ON DATABASE %I TO distmgmt_modeller', current_database()) \gexec
GRANT USAGE, CREATE ON SCHEMA public TO distmgmt_modeller;
SET LOCAL ROLE distmgmt_modeller;
SELECT lives_ok($$SELECT distmgmt.create_model('own')$$, 'whom it is granted to needs no superuser');
SELECT is((SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'own'), 'distmgmt_modeller', 'and owns what he made');
SELECT is_empty($$SELECT * FROM distmgmt.check_model('own')$$, 'can check it');
INSERT INTO own.distributor (distributor_code, distributor_name) VALUES ('X', 'X');
INSERT INTO own.warehouse (distributor_id, warehouse_code, warehouse_name, is_default) SELECT distributor_id, 'W', 'W', true FROM own.distributor;
INSERT INTO own.product (product_code, product_name, product_line) VALUES ('P', 'P', 'a');
SELECT lives_ok($$SELECT own.accept_submission(submission_id)
    FROM own.submit_report(E'Invoice,Date,Part No,Qty,Unit Price,Currency\n1,2026-01-05,P,2,3,EUR\n', 'X')$$, 'works in it');
RESET ROLE;
CREATE ROLE distmgmt_stranger;
SET LOCAL ROLE distmgmt_stranger;
SELECT throws_ok('SELECT * FROM own.sell_through', '42501', NULL, 'and shares it with nobody');
RESET ROLE;
SET LOCAL ROLE distmgmt_modeller;
SELECT lives_ok($$SELECT distmgmt.drop_model('own', 'own', true)$$, 'until it is dropped');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
