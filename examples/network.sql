-- The network of the example: who was recruited, trained and certified, and the
-- program that distributors are in. Run after master_data.sql.

INSERT INTO reseller (reseller_code, reseller_name, city, postcode, country_code) VALUES
    ('R-006', 'Weser Technik GmbH', 'Bremen', '28195', 'DE'),
    ('R-007', 'Seine Net SARL', 'Paris', '75011', 'FR');

-- R-005 has no events: what it bought tells enough.
SELECT count(*) AS "events of resellers"
FROM (VALUES
    (1, 'R-003', 'contracted', date '2025-11-01', 'ALPHA'),
    (2, 'R-001', 'contracted', '2025-12-15', 'ALPHA'),
    (3, 'R-002', 'contracted', '2026-01-05', 'ALPHA'),
    (4, 'R-004', 'contracted', '2026-01-10', 'BETA'),
    (5, 'R-006', 'contracted', '2026-02-01', 'ALPHA'),
    (6, 'R-006', 'onboarding', '2026-02-02', NULL),
    (7, 'R-007', 'applied', '2026-03-10', 'BETA')
) AS e (n, reseller, state, day, distributor)
CROSS JOIN LATERAL advance_reseller(e.reseller, e.state, e.day, NULL, e.distributor) AS a \g /dev/null
SELECT start_onboarding('R-006', 'standard', '2026-02-02', 'ALPHA') \g /dev/null
SELECT complete_onboarding_step('R-006', 1, '2026-02-06') \g /dev/null
INSERT INTO recruitment_target (distributor_id, period_starts_on, period_ends_on, target_count)
SELECT distributor_id, '2026-01-01', '2026-06-30', 4 FROM distributor WHERE distributor_code = 'ALPHA';

INSERT INTO certification (certification_code, certification_name, valid_months) VALUES ('NET-PRO', 'Network professional', 24);
INSERT INTO partner_person (person_id, distributor_id, reseller_id, person_name)
SELECT p.id, d.distributor_id, r.reseller_id, p.name
FROM (VALUES (1, 'ALPHA', NULL, 'Anna Berg'), (2, 'ALPHA', NULL, 'Jan Voss'), (3, NULL, 'R-001', 'Eva Klein'), (4, 'BETA', NULL, 'Luc Moreau')) AS p (id, distributor, reseller, name)
LEFT JOIN distributor AS d ON d.distributor_code = p.distributor
LEFT JOIN reseller AS r ON r.reseller_code = p.reseller;
INSERT INTO certification_held (person_id, certification_code, earned_on) VALUES
    (1, 'NET-PRO', '2024-05-16'), (2, 'NET-PRO', '2025-09-01'), (3, 'NET-PRO', '2024-03-11'), (4, 'NET-PRO', '2025-01-20');

INSERT INTO program_track (track_code, track_name, partner_model, review_span, grace_days) VALUES ('STOCKING', 'Stocking distributors', 'stocking', 'quarter', 30);
INSERT INTO track_level (track_code, level_no, level_name) VALUES ('STOCKING', 1, 'silver'), ('STOCKING', 2, 'gold');
INSERT INTO track_requirement (track_code, level_no, requirement_no, measure, threshold, window_months, currency_code, certification_code) VALUES
    ('STOCKING', 1, 1, 'sell_through_amount', 20000, 3, 'EUR', NULL),
    ('STOCKING', 2, 1, 'sell_through_amount', 30000, 3, 'EUR', NULL),
    ('STOCKING', 2, 2, 'certified_people', 2, 12, NULL, 'NET-PRO'),
    ('STOCKING', 2, 3, 'active_resellers', 3, 12, NULL, NULL);
INSERT INTO track_benefit (track_code, level_no, benefit_no, benefit_name, benefit_value, benefit_unit) VALUES
    ('STOCKING', 1, 1, 'market development funds', 1, 'pct'), ('STOCKING', 2, 1, 'market development funds', 2, 'pct');
INSERT INTO track_member (track_code, distributor_id, joined_on, first_level_no)
SELECT 'STOCKING', distributor_id, '2026-01-01', CASE distributor_code WHEN 'ALPHA' THEN 2 ELSE 1 END
FROM distributor WHERE distributor_code IN ('ALPHA', 'BETA');
