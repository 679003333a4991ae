-- inventory: the types ---------------------------------------------------------

CREATE TYPE movement_kind AS ENUM (
    'receipt',
    'issue',
    'customer_return',
    'vendor_return',
    'transfer_in',
    'transfer_out',
    'adjustment',
    'count',
    'reprice'
);
COMMENT ON TYPE movement_kind IS
    'Kind of a stock movement. Quantities are positive and the kind gives the direction; adjustment is signed; a negative quantity means the opposite kind; count sets the quantity on hand; reprice sets the unit cost of every open tranche';

CREATE TYPE inventory_position AS (
    on_hand numeric,
    value numeric,
    average_cost numeric,
    oldest_on date,
    moved_cost numeric,
    cost_adjustment numeric,
    count_variance numeric,
    deficit numeric
);
COMMENT ON TYPE inventory_position IS
    'Stock of one product in one place after a movement, and what the movement did. Quantities in the unit of the movements, money in their currency';
COMMENT ON COLUMN inventory_position.on_hand IS
    'Quantity: sum of the open tranches, less the deficit (then negative)';
COMMENT ON COLUMN inventory_position.value IS
    'Money: sum of quantity times unit cost over the open tranches, less the deficit as charged; NULL while a cost among them is unknown';
COMMENT ON COLUMN inventory_position.average_cost IS
    'Money per unit: value / on_hand rounded half away from zero to the decimals of the costs, at least 6; NULL at 0 on hand or unknown value';
COMMENT ON COLUMN inventory_position.oldest_on IS
    'Date of the oldest open tranche; NULL where none is open';
COMMENT ON COLUMN inventory_position.moved_cost IS
    'Money: cost that the movement brought or took, positive both ways; NULL where unknown';
COMMENT ON COLUMN inventory_position.cost_adjustment IS
    'Money: value lost without goods moving. Of an arrival that closes a deficit: true cost less the cost charged. Of a reprice: value before less value after';
COMMENT ON COLUMN inventory_position.count_variance IS
    'Quantity: counted less calculated; NULL where the movement is not a count';
COMMENT ON COLUMN inventory_position.deficit IS
    'Quantity issued beyond what was held and not yet covered; 0 where none';

CREATE TYPE inventory_layer AS (
    occurred_on date,
    quantity numeric,
    unit_cost numeric
);
COMMENT ON TYPE inventory_layer IS
    'An open tranche: the date it came in, the quantity left of it, its unit cost in money per unit (NULL: unknown). A deficit is a layer of negative quantity, dated by its opening, at the cost charged';
COMMENT ON COLUMN inventory_layer.occurred_on IS
    'Date of the movement that brought the tranche, or opened the deficit';
COMMENT ON COLUMN inventory_layer.quantity IS
    'Quantity left; negative for a deficit';
COMMENT ON COLUMN inventory_layer.unit_cost IS
    'Money per unit; NULL where unknown';

