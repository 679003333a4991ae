/* distmgmt: the engine. Made by make from src/; edit the parts there. */
\echo Use "CREATE EXTENSION distmgmt" to load this file. \quit

-- Everything below lands in the schema distmgmt (see distmgmt.control). Using
-- the engine needs no privilege; what changes data does, see src/install.
GRANT USAGE ON SCHEMA distmgmt TO PUBLIC;

COMMENT ON SCHEMA distmgmt IS
    'Engine of the distmgmt extension: types, functions, aggregates and triggers of distributor management';
