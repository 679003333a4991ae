-- Who changed what in the reference data, with the row before and after; the journal
-- itself cannot be changed, and who writes reference data need not write there.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(9);

SELECT is((SELECT count(*) FROM reference_change), 0::bigint, 'what create_model laid out is no change');
INSERT INTO product (product_code, product_name, product_line, base_uom) VALUES ('P-1', 'Printer', 'office', 'EA');
SELECT results_eq(
    $$SELECT change_kind, old_row IS NULL, new_row ->> 'product_name' FROM reference_change WHERE table_name = 'product'$$,
    $$VALUES ('insert', true, 'Printer')$$, 'an insert is kept');
UPDATE product SET product_name = 'Printer' WHERE product_code = 'P-1';
SELECT is((SELECT count(*) FROM reference_change WHERE table_name = 'product'), 1::bigint, 'an update that changes nothing is none');
UPDATE product SET product_name = 'Big printer' WHERE product_code = 'P-1';
SELECT results_eq(
    $$SELECT old_row ->> 'product_name', new_row ->> 'product_name', changed_by FROM reference_change WHERE table_name = 'product' AND change_kind = 'update'$$,
    $$SELECT 'Printer', 'Big printer', current_user::text COLLATE "default"$$, 'an update is kept with both rows and who made it');

CREATE ROLE distmgmt_keeper;
SELECT lives_ok($$SELECT grant_access('distmgmt_keeper', 'app')$$, 'a role that keeps master data');
SET LOCAL ROLE distmgmt_keeper;
DELETE FROM product WHERE product_code = 'P-1';
SELECT throws_ok($$DELETE FROM reference_change$$, '42501', NULL, 'it may not touch the journal');
RESET ROLE;
SELECT results_eq(
    $$SELECT old_row ->> 'product_name', new_row IS NULL, changed_by FROM reference_change WHERE table_name = 'product' AND change_kind = 'delete'$$,
    $$VALUES ('Big printer', true, 'distmgmt_keeper')$$, 'its delete is kept under its name');
SELECT throws_ok($$UPDATE reference_change SET changed_by = 'somebody'$$, 'ZD001', NULL, 'the owner cannot change the journal either');
SELECT is_empty($$
    SELECT DISTINCT t.tgrelid::regclass, t.tgargs FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE p.proname = 'note_reference_change' AND encode(t.tgargs, 'escape') <> (SELECT relname FROM pg_class WHERE oid = t.tgrelid) || '\000'$$,
    'each trigger names its own table');

SELECT * FROM finish();
ROLLBACK;
