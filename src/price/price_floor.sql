-- price: the trigger functions of price governance (price_floor_check.c)
-- ----------------------------------------------------------------------

CREATE FUNCTION price_floor_check()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION price_floor_check() IS
    'Statement trigger (AFTER INSERT or UPDATE, REFERENCING NEW TABLE): rejects, holds or records rows whose price is below the floor in force; arguments key=value: applies_to, fact, floors, violations, product, price, on, distributor, id [, quantity] [, currency]';

CREATE FUNCTION price_floor_changed()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION price_floor_changed() IS
    'Trigger (AFTER INSERT, UPDATE, DELETE or TRUNCATE) on each table that price floors come from: makes every session read the floors again; argument relation=NAME of the relation that price_floor_check() reads';
