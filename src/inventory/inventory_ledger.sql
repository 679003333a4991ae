-- inventory: all keys at once, without a sort -----------------------------------

CREATE FUNCTION inventory_ledger(
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
)
    RETURNS inventory_position
    AS 'MODULE_PATHNAME'
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT inventory_window_support;
COMMENT ON FUNCTION inventory_ledger(bigint, bigint, bigint, movement_kind, numeric, numeric, date) IS
    'Window function: inventory_position of each distributor, warehouse and product while reading all movements in ledger order: OVER (ORDER BY the ledger order), without PARTITION BY';

CREATE TYPE inventory_balance AS (
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    on_hand numeric,
    value numeric,
    average_cost numeric,
    oldest_on date,
    deficit numeric
);
COMMENT ON TYPE inventory_balance IS
    'Stock of one product in one warehouse of one distributor. Quantities in the unit of the movements, money in their currency';
COMMENT ON COLUMN inventory_balance.distributor_id IS
    'Key of the distributor';
COMMENT ON COLUMN inventory_balance.warehouse_id IS
    'Key of the warehouse';
COMMENT ON COLUMN inventory_balance.product_id IS
    'Key of the product';
COMMENT ON COLUMN inventory_balance.on_hand IS
    'Quantity: sum of the open tranches, less the deficit (then negative)';
COMMENT ON COLUMN inventory_balance.value IS
    'Money: sum of quantity times unit cost over the open tranches, less the deficit as charged; NULL while a cost among them is unknown';
COMMENT ON COLUMN inventory_balance.average_cost IS
    'Money per unit: value / on_hand rounded half away from zero to the decimals of the costs, at least 6; NULL at 0 on hand or unknown value';
COMMENT ON COLUMN inventory_balance.oldest_on IS
    'Date of the oldest open tranche; NULL where none is open';
COMMENT ON COLUMN inventory_balance.deficit IS
    'Quantity issued beyond what was held and not yet covered; 0 where none';

CREATE FUNCTION inventory_balances_move(
    internal,
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
)
    RETURNS internal
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_balances_move(internal, bigint, bigint, bigint, movement_kind, numeric, numeric, date) IS
    'Transition function of inventory_balances';

CREATE FUNCTION inventory_balances_final(internal)
    RETURNS inventory_balance[]
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_balances_final(internal) IS
    'Final function of inventory_balances';

CREATE AGGREGATE inventory_balances(
    distributor_id bigint,
    warehouse_id bigint,
    product_id bigint,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    occurred_on date
) (
    SFUNC = inventory_balances_move,
    STYPE = internal,
    SSPACE = 65536,
    FINALFUNC = inventory_balances_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE inventory_balances(bigint, bigint, bigint, movement_kind, numeric, numeric, date) IS
    'Balance of each distributor, warehouse and product after all movements, by key; aggregate rows that come in ledger order, or order them with ORDER BY in the call';

