-- Master data of the example: Norwind, a vendor of network gear, sells through
-- three distributors. Run with search_path = channel, distmgmt.

INSERT INTO territory (territory_code, territory_name) VALUES
    ('DACH', 'Germany, Austria, Switzerland'),
    ('FR', 'France'),
    ('UK', 'United Kingdom');

INSERT INTO distributor (distributor_code, distributor_name, territory_id, country_code)
SELECT d.code, d.name, t.territory_id, d.country
FROM (VALUES
    ('ALPHA', 'Alpha Distribution GmbH', 'DACH', 'DE'),
    ('BETA', 'Beta Supply SARL', 'FR', 'FR'),
    ('GAMMA', 'Gamma Trading Ltd', 'UK', 'GB')
) AS d (code, name, territory, country)
JOIN territory AS t ON t.territory_code = d.territory
ORDER BY d.code;

INSERT INTO distributor_identifier (identifier_qualifier, identifier, distributor_id)
SELECT 'sender', s.sender, d.distributor_id
FROM (VALUES ('ALPHADIST', 'ALPHA'), ('BETASUPPLY', 'BETA')) AS s (sender, code)
JOIN distributor AS d ON d.distributor_code = s.code;

INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, transit_days, is_default)
SELECT d.distributor_id, w.warehouse_code, w.warehouse_name, w.transit_days, true
FROM (VALUES ('ALPHA', 'HAM', 'Hamburg', 5), ('BETA', 'LYO', 'Lyon', 2), ('GAMMA', 'LON', 'London', 7))
    AS w (code, warehouse_code, warehouse_name, transit_days)
JOIN distributor AS d ON d.distributor_code = w.code
ORDER BY d.distributor_id;

INSERT INTO reseller (reseller_code, reseller_name, city, postcode, country_code) VALUES
    ('R-001', 'Rhein IT GmbH', 'Köln', '50667', 'DE'),
    ('R-002', 'Isar Systemhaus AG', 'München', '80331', 'DE'),
    ('R-003', 'Elbe Data KG', 'Dresden', '01067', 'DE'),
    ('R-004', 'Lyon Réseaux SA', 'Lyon', '69002', 'FR'),
    ('R-005', 'Thames Retail Ltd', 'London', 'SE1 9TG', 'GB');

INSERT INTO reseller_alias (distributor_id, alias_kind, alias, reseller_id)
SELECT d.distributor_id, 'id', a.alias, r.reseller_id
FROM (VALUES
    ('ALPHA', '10017', 'R-001'),
    ('ALPHA', '10042', 'R-002'),
    ('ALPHA', '10055', 'R-003'),
    ('BETA', 'FR-201', 'R-004'),
    ('GAMMA', 'C-7', 'R-005')
) AS a (code, alias, reseller)
JOIN distributor AS d ON d.distributor_code = a.code
JOIN reseller AS r ON r.reseller_code = a.reseller;

INSERT INTO product (product_code, product_name, product_line, gtin) VALUES
    ('NW-SW8', 'Switch, 8 ports', 'network.switch', '04012345000177'),
    ('NW-SW24', 'Switch, 24 ports', 'network.switch', '04012345000245'),
    ('NW-AP5', 'Access point', 'network.wireless', '04012345000559'),
    ('NW-CAM1', 'Camera', 'video.camera', '04012345000818');

INSERT INTO price_list (price_list_code, currency_code) VALUES ('EUR-2026', 'EUR'), ('GBP-2026', 'GBP');
INSERT INTO price_list_item (price_list_id, product_id, valid_from, list_price)
SELECT l.price_list_id, p.product_id, '2026-01-01', i.list_price
FROM (VALUES
    ('EUR-2026', 'NW-SW8', 100.00),
    ('EUR-2026', 'NW-SW24', 300.00),
    ('EUR-2026', 'NW-AP5', 150.00),
    ('GBP-2026', 'NW-CAM1', 80.00)
) AS i (list, product, list_price)
JOIN price_list AS l ON l.price_list_code = i.list
JOIN product AS p ON p.product_code = i.product;

-- Floors: the vendor's own net price, and resale prices, which may only be
-- recorded here (competition law).
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from, action)
SELECT f.applies_to, p.product_id, f.currency, f.floor_price, '2026-01-01', 'record'
FROM (VALUES
    ('vendor_net_price', 'NW-AP5', 'EUR', 100.00),
    ('resale_price', 'NW-SW8', 'EUR', 85.00),
    ('resale_price', 'NW-CAM1', 'GBP', 60.00)
) AS f (applies_to, product, currency, floor_price)
JOIN product AS p ON p.product_code = f.product;

-- Two agreements with different tier methods.
INSERT INTO agreement (agreement_no, agreement_name, distributor_id)
SELECT a.no, a.name, d.distributor_id
FROM (VALUES
    ('VPA-2026-ALPHA', 'Volume purchase agreement 2026', 'ALPHA'),
    ('VPA-2026-BETA', 'Volume purchase agreement 2026', 'BETA')
) AS a (no, name, code)
JOIN distributor AS d ON d.distributor_code = a.code
ORDER BY a.no;

INSERT INTO agreement_version (agreement_id, version_no, valid_from, valid_to, settlement_currency, report_due_days)
SELECT agreement_id, 1, '2026-01-01', '2026-12-31', 'EUR', 10
FROM agreement;

INSERT INTO discount_level (agreement_id, version_no, level_no, level_name, from_amount, discount_rate)
SELECT a.agreement_id, 1, l.level_no, l.level_name, l.from_amount, l.discount_rate
FROM agreement AS a
CROSS JOIN (VALUES (1, 'Silver', 0, 0.25), (2, 'Gold', 50000, 0.30)) AS l (level_no, level_name, from_amount, discount_rate);

SELECT (activate_agreement(agreement_no)).version_state FROM agreement ORDER BY agreement_no;

INSERT INTO rebate_program (program_code, program_name, agreement_id)
SELECT p.code, p.name, a.agreement_id
FROM (VALUES
    ('ALPHA-SELL-THROUGH', 'Sell-through bonus 2026', 'VPA-2026-ALPHA'),
    ('BETA-NETWORK', 'Network purchases 2026', 'VPA-2026-BETA')
) AS p (code, name, no)
JOIN agreement AS a ON a.agreement_no = p.no
ORDER BY p.code;

INSERT INTO program_line (rebate_program_id, line_no, line_name, product_line, measure_fact,
    fiscal_calendar_id, span_kind, valid_from, valid_to, schedule)
SELECT r.rebate_program_id, 1, l.line_name, l.product_line::ltree, l.measure_fact,
    c.fiscal_calendar_id, 'quarter', '2026-01-01', '2026-12-31', l.schedule::tier_schedule
FROM (VALUES
    ('ALPHA-SELL-THROUGH', 'Sell-through of the quarter', NULL, 'sell_through',
        'retroactive: 3% from 10000, 4% from 20000, 5% from 30000'),
    ('BETA-NETWORK', 'Network gear bought in the quarter', 'network', 'sell_in',
        'marginal: 2% from 0, 3% from 5000, 5% from 15000')
) AS l (code, line_name, product_line, measure_fact, schedule)
JOIN rebate_program AS r ON r.program_code = l.code
CROSS JOIN fiscal_calendar AS c
WHERE c.calendar_code = 'gregorian';

UPDATE rebate_program SET program_state = 'active';
