-- inventory: movements in any order ----------------------------------------------

CREATE TYPE inventory_line AS (
    warehouse_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date,
    fact_id bigint,
    on_hand numeric,
    value numeric,
    average_cost numeric,
    oldest_on date,
    moved_cost numeric,
    cost_adjustment numeric,
    count_variance numeric,
    deficit numeric
);
COMMENT ON TYPE inventory_line IS
    'A movement of one product, and the stock of its warehouse after it. Quantities in the unit of the movements, money in their currency';
COMMENT ON COLUMN inventory_line.warehouse_id IS 'Key of the warehouse';
COMMENT ON COLUMN inventory_line.occurred_on IS 'Day of the movement';
COMMENT ON COLUMN inventory_line.day_step IS 'Order within the day';
COMMENT ON COLUMN inventory_line.kind IS 'Kind of the movement';
COMMENT ON COLUMN inventory_line.quantity IS 'Quantity of the movement';
COMMENT ON COLUMN inventory_line.unit_cost IS
    'Money per unit that the movement came with; of a transfer in without one: what it cost where it left; NULL where none';
COMMENT ON COLUMN inventory_line.tranche_on IS 'Date of the tranche that it brings';
COMMENT ON COLUMN inventory_line.fact_id IS 'Key of the fact behind it';
COMMENT ON COLUMN inventory_line.on_hand IS
    'Quantity: sum of the open tranches, less the deficit (then negative)';
COMMENT ON COLUMN inventory_line.value IS
    'Money: sum of quantity times unit cost over the open tranches, less the deficit as charged; NULL while a cost among them is unknown';
COMMENT ON COLUMN inventory_line.average_cost IS
    'Money per unit: value / on_hand rounded half away from zero to the decimals of the costs, at least 6; NULL at 0 on hand or unknown value';
COMMENT ON COLUMN inventory_line.oldest_on IS
    'Date of the oldest open tranche; NULL where none is open';
COMMENT ON COLUMN inventory_line.moved_cost IS
    'Money: cost that the movement brought or took, positive both ways; NULL where unknown';
COMMENT ON COLUMN inventory_line.cost_adjustment IS
    'Money: value lost without goods moving. Of an arrival that closes a deficit: true cost less the cost charged. Of a reprice: value before less value after';
COMMENT ON COLUMN inventory_line.count_variance IS
    'Quantity: counted less calculated; NULL where the movement is not a count';
COMMENT ON COLUMN inventory_line.deficit IS
    'Quantity issued beyond what was held and not yet covered; 0 where none';

CREATE TYPE inventory_holding AS (
    warehouse_id bigint,
    tranche_on date,
    quantity numeric,
    unit_cost numeric,
    last_on date,
    last_cost numeric,
    issue_cost numeric
);
COMMENT ON TYPE inventory_holding IS
    'An open tranche of one product in a warehouse. A deficit is one of negative quantity, dated by its opening, at the cost charged; a warehouse where nothing is open has one of quantity 0';
COMMENT ON COLUMN inventory_holding.warehouse_id IS 'Key of the warehouse';
COMMENT ON COLUMN inventory_holding.tranche_on IS
    'Date of the movement that brought the tranche, or opened the deficit; NULL = nothing is open';
COMMENT ON COLUMN inventory_holding.quantity IS
    'Quantity left; negative for a deficit, 0 where nothing is open';
COMMENT ON COLUMN inventory_holding.unit_cost IS 'Money per unit; NULL where unknown';
COMMENT ON COLUMN inventory_holding.last_on IS 'Day of the last movement in the warehouse';
COMMENT ON COLUMN inventory_holding.last_cost IS 'Money per unit that came into the warehouse last, or that it was repriced to; NULL where unknown';
COMMENT ON COLUMN inventory_holding.issue_cost IS 'Money per unit that was issued from it last: what a return without a cost comes back at; NULL where unknown';

CREATE FUNCTION inventory_journal_add(
    internal,
    warehouse_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date,
    fact_id bigint
)
    RETURNS internal
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_journal_add(internal, bigint, date, integer, movement_kind, numeric, numeric, date, bigint) IS
    'Transition function of inventory_lines and inventory_holdings';

CREATE FUNCTION inventory_lines_final(internal)
    RETURNS inventory_line[]
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_lines_final(internal) IS
    'Final function of inventory_lines';

CREATE FUNCTION inventory_holdings_final(internal)
    RETURNS inventory_holding[]
    AS 'MODULE_PATHNAME'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION inventory_holdings_final(internal) IS
    'Final function of inventory_holdings';

CREATE AGGREGATE inventory_lines(
    warehouse_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date,
    fact_id bigint
) (
    SFUNC = inventory_journal_add,
    STYPE = internal,
    SSPACE = 2048,
    FINALFUNC = inventory_lines_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE inventory_lines(bigint, date, integer, movement_kind, numeric, numeric, date, bigint) IS
    'All movements of one product in all warehouses of one distributor, given in any order, each with the position after it: a line per movement, in no particular order. Told by occurred_on, day_step, unit_cost, quantity, tranche_on, fact_id; a transfer in without a cost arrives at what its other end (the transfer out of the same fact_id) cost. Group by distributor and product';

CREATE AGGREGATE inventory_holdings(
    warehouse_id bigint,
    occurred_on date,
    day_step integer,
    kind movement_kind,
    quantity numeric,
    unit_cost numeric,
    tranche_on date,
    fact_id bigint
) (
    SFUNC = inventory_journal_add,
    STYPE = internal,
    SSPACE = 2048,
    FINALFUNC = inventory_holdings_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE inventory_holdings(bigint, date, integer, movement_kind, numeric, numeric, date, bigint) IS
    'The tranches that are open after all movements of one product in all warehouses of one distributor, oldest first in each; otherwise as inventory_lines';

