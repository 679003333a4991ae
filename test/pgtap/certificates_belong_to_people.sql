-- Certificates are held by named people, end, are warned of, and go with the
-- person.
BEGIN;
SET LOCAL search_path = channel, distmgmt, public;
SELECT plan(8);
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (511, 'A', 'A');
INSERT INTO reseller (reseller_id, reseller_code, reseller_name) VALUES (511, 'R1', 'R1'), (512, 'R2', 'R2');
INSERT INTO partner_person (person_id, distributor_id, reseller_id, person_name, valid_to) VALUES
    (511, 511, NULL, 'Ada', NULL), (512, NULL, 511, 'Ben', NULL), (513, NULL, 511, 'Cleo', '2026-05-31'), (514, NULL, 512, 'Dan', NULL);
INSERT INTO certification (certification_code, certification_name, valid_months, warn_days) VALUES ('NET', 'Networks', 24, NULL), ('SEC', 'Security', 12, 30), ('OLD', 'For ever', NULL, NULL);
INSERT INTO certification_held (person_id, certification_code, earned_on, expires_on) VALUES
    (511, 'NET', '2024-07-01', NULL), (511, 'OLD', '2020-01-01', NULL), (512, 'SEC', '2025-06-11', NULL), (512, 'SEC', '2024-06-01', NULL),
    (513, 'NET', '2025-01-01', NULL), (514, 'NET', '2024-01-01', '2025-12-31');
SELECT is((SELECT expires_on FROM certification_held WHERE person_id = 511 AND certification_code = 'NET'), date '2026-06-30', '24 months from 1 July 2024 end on 30 June 2026');
SELECT is((SELECT expires_on FROM certification_held WHERE certification_code = 'OLD'), NULL::date, 'or never');
SELECT results_eq($$SELECT person_name, certification_code, days_left, certificate_state FROM certifications_as_of('2026-05-10') ORDER BY 1, 2$$,
    $$VALUES ('Ada'::text, 'NET'::text, 51, 'expiring'::text),  -- 60 days by policy
        ('Ada', 'OLD', NULL, 'valid'),
        ('Ben', 'SEC', 31, 'valid'),                            -- ends on 10 June; 30 days of its own
        ('Cleo', 'NET', 235, 'valid'),
        ('Dan', 'NET', -130, 'expired')$$, 'on 10 May');
SELECT is((SELECT certificate_state FROM certifications_as_of('2026-05-11') WHERE person_name = 'Ben'), 'expiring', 'warned a day later');
SELECT is((SELECT certificate_state FROM certifications_as_of('2026-06-01') WHERE person_name = 'Cleo'), 'left', 'who went holds none for the company');
UPDATE certification_held SET revoked_on = '2026-05-01' WHERE person_id = 511 AND certification_code = 'NET';
SELECT is((SELECT certificate_state FROM certifications_as_of('2026-05-10') WHERE person_name = 'Ada' AND certification_code = 'NET'), 'revoked', 'taken away');
INSERT INTO certification_held (person_id, certification_code, earned_on) VALUES (514, 'NET', '2026-04-01');
SELECT is((SELECT certificate_state FROM certifications_as_of('2026-05-10') WHERE person_name = 'Dan'), 'valid', 'renewed');
SELECT throws_ok($$INSERT INTO partner_person (distributor_id, reseller_id, person_name) VALUES (511, 511, 'X')$$, '23514', NULL, 'a person works for one company');
SELECT * FROM finish();
ROLLBACK;
