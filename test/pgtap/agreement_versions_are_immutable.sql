-- A version is immutable once active, and two versions never hold on one day.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(16);

INSERT INTO distributor (distributor_code, distributor_name) VALUES ('D', 'D');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id)
SELECT 1, 'A-1', 'A', distributor_id FROM distributor;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR');

SELECT lives_ok($$INSERT INTO discount_level VALUES (1, 1, 1, 'Gold', 0, 0.1)$$, 'a draft takes terms');
SELECT lives_ok($$UPDATE agreement_version SET rotation_pct = 5$$, 'and changes');
SELECT is((activate_agreement('A-1')).version_state, 'active', 'activation');
SELECT throws_ok($$SELECT activate_agreement('A-1')$$, 'P0002', NULL, 'happens once');
SELECT throws_ok($$UPDATE agreement_version SET rotation_pct = 6$$, 'ZD002', NULL, 'then its terms are frozen');
SELECT throws_ok($$UPDATE agreement_version SET version_state = 'draft'$$, 'ZD002', NULL, 'it never becomes a draft again');
SELECT throws_ok($$DELETE FROM agreement_version$$, 'ZD002', NULL, 'it is not removed');
SELECT throws_ok($$UPDATE discount_level SET discount_rate = 0.2$$, 'ZD002', NULL, 'discount levels are frozen with it');
SELECT throws_ok($$INSERT INTO discount_level VALUES (1, 1, 2, 'X', 10, 0.2)$$, 'ZD002', NULL, 'none is added');
SELECT throws_ok($$DELETE FROM discount_level$$, 'ZD002', NULL, 'none is removed');
SELECT throws_ok($$INSERT INTO commitment (agreement_id, version_no, commitment_no, minimum_qty) VALUES (1, 1, 1, 5)$$, 'ZD002', NULL, 'nor is a commitment');

INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 2, '2026-07-01', 'EUR');
SELECT throws_ok($$SELECT activate_agreement('A-1')$$, '23P01', NULL, 'two versions never hold on one day');
SELECT lives_ok($$UPDATE agreement_version SET valid_to = '2026-06-30' WHERE version_no = 1$$, 'a version can be ended');
SELECT throws_ok($$UPDATE agreement_version SET valid_to = '2026-12-31' WHERE version_no = 1$$, 'ZD002', NULL, 'but not prolonged');
SELECT is((activate_agreement('A-1', 2)).version_no, 2, 'then the next one is activated');
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 3, '2027-01-01', 'EUR');
SELECT throws_ok($$INSERT INTO commitment (agreement_id, version_no, commitment_no, minimum_qty, minimum_amount) VALUES (1, 3, 1, 5, 5)$$,
    '23514', NULL, 'a commitment is by quantity or by value');

SELECT * FROM finish();
ROLLBACK;
