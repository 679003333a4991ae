-- inventory: forward cover ------------------------------------------------------

CREATE FUNCTION weeks_of_supply(on_hand numeric, demand numeric[])
    RETURNS numeric
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION weeks_of_supply(numeric, numeric[]) IS
    'Weeks that the quantity on hand covers the demand of the coming weeks, next week first; NULL where it outlasts them or no week has demand; 0 where nothing is on hand';

