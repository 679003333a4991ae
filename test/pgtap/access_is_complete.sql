-- Nothing of the model is forgotten when access is granted: every table has a rule,
-- every function that changes something says who calls it, and what a rule names
-- is there.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(9);

SELECT is_empty($$
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'channel'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND NOT EXISTS (SELECT FROM access_rule AS a WHERE a.table_name = c.relname)$$,
    'every table has a row in access_rule');
SELECT is_empty($$
    SELECT a.table_name FROM access_rule AS a WHERE to_regclass('channel.' || quote_ident(a.table_name)) IS NULL$$,
    'every row of access_rule is about a table');
SELECT is_empty($$
    SELECT DISTINCT p.proname FROM pg_proc AS p
    WHERE p.pronamespace = 'channel'::regnamespace AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype
        AND NOT EXISTS (SELECT FROM access_action AS a WHERE a.function_name = p.proname)$$,
    'every function that changes something has a row in access_action');
SELECT is_empty($$
    SELECT a.function_name FROM access_action AS a
    WHERE NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = 'channel'::regnamespace AND p.proname = a.function_name
        AND p.provolatile = 'v')$$,
    'every row of access_action is about such a function');
SELECT is_empty($$
    SELECT a.table_name, a.seen_by_distributor FROM access_rule AS a
    WHERE a.seen_by_distributor NOT IN ('nobody', 'everyone', 'own')
        AND (to_regprocedure(format('channel.sees_%s(bigint)', a.seen_by_distributor)) IS NULL
            OR NOT EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = ('channel.' || a.table_name)::regclass
                AND t.attname = a.seen_by_distributor || '_id'))$$,
    'what a rule tests by has its function and its column');
SELECT is_empty($$
    SELECT a.table_name FROM access_rule AS a
    WHERE a.seen_by_distributor = 'own' AND NOT EXISTS (
        SELECT FROM pg_attribute AS t WHERE t.attrelid = ('channel.' || a.table_name)::regclass AND t.attname = 'distributor_id')$$,
    'own is said of tables with a distributor alone');
SELECT is_empty($$
    SELECT a.table_name FROM access_rule AS a
    WHERE a.seen_by_distributor = 'everyone' AND EXISTS (
        SELECT FROM pg_attribute AS t WHERE t.attrelid = ('channel.' || a.table_name)::regclass AND t.attname = 'distributor_id')$$,
    'everyone is said of no table with a distributor');
SELECT is_empty($$
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace IN ('channel'::regnamespace, 'channel_bi'::regnamespace) AND c.relkind = 'v'
        AND NOT coalesce(c.reloptions::text ~ 'security_invoker=(true|on)', false)$$,
    'every view runs with the rights of who reads it');
SELECT set_eq($$
    SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'channel'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
        AND p.proname NOT LIKE 'sees\_%'$$,
    ARRAY['my_distributors', 'submit_own_report']::name[],
    'the functions that run with the rights of their owner are known by name');

SELECT * FROM finish();
ROLLBACK;
