-- channel: the rows of a transition table, added up by their keys ------------------

CREATE TYPE fact_group AS (
    key_1 bigint,
    key_2 bigint,
    key_3 bigint,
    activity_on date,
    currency_code text,
    quantity numeric,
    amount numeric,
    returned_quantity numeric,
    returned_amount numeric,
    drop_ship_quantity numeric,
    lines bigint,
    sale_lines bigint,
    first_on date,
    last_on date,
    first_sold_on date,
    last_sold_on date,
    has_reversal boolean,
    recorded_at timestamptz
);
COMMENT ON TYPE fact_group IS 'Facts of a statement with the same keys, added up; a group may come in several parts';
COMMENT ON COLUMN fact_group.key_1 IS 'First key';
COMMENT ON COLUMN fact_group.key_2 IS 'Second key; NULL = there is none';
COMMENT ON COLUMN fact_group.key_3 IS 'Third key; NULL = there is none';
COMMENT ON COLUMN fact_group.activity_on IS 'Day, or first day of the month; NULL = days are no key';
COMMENT ON COLUMN fact_group.currency_code IS 'Currency; NULL = it is no key';
COMMENT ON COLUMN fact_group.quantity IS 'Base units, returns and reversals counted negative';
COMMENT ON COLUMN fact_group.amount IS 'Money; lines without an amount count 0';
COMMENT ON COLUMN fact_group.returned_quantity IS 'Of it returned, as a positive number';
COMMENT ON COLUMN fact_group.returned_amount IS 'Value of these returns, positive';
COMMENT ON COLUMN fact_group.drop_ship_quantity IS 'Of the quantity, drop shipped';
COMMENT ON COLUMN fact_group.lines IS 'Lines; a reversal counts -1';
COMMENT ON COLUMN fact_group.sale_lines IS 'Of them sales: quantity above 0';
COMMENT ON COLUMN fact_group.first_on IS 'First day of activity';
COMMENT ON COLUMN fact_group.last_on IS 'Last day of activity';
COMMENT ON COLUMN fact_group.first_sold_on IS 'Day of the first sale; NULL = none';
COMMENT ON COLUMN fact_group.last_sold_on IS 'Day of the last sale; NULL = none';
COMMENT ON COLUMN fact_group.has_reversal IS 'Whether a line takes another one back';
COMMENT ON COLUMN fact_group.recorded_at IS 'Since when the first of them is known';

CREATE FUNCTION fact_groups(
    rows text,
    keys text[],
    on_column text DEFAULT NULL,
    grain text DEFAULT NULL,
    by_currency boolean DEFAULT false,
    with_sums boolean DEFAULT true,
    skip_drop_ship boolean DEFAULT false
) RETURNS SETOF fact_group
LANGUAGE c
STABLE PARALLEL RESTRICTED
ROWS 10000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fact_groups(text, text[], text, text, boolean, boolean, boolean) IS
    'In a statement trigger: the rows of its transition table, added up by one to three columns of bigint, and by day or month and currency where asked for; rows with a NULL key are left out. Expects columns quantity, amount, entry_kind, recorded_at, and is_drop_ship or transfer_type (DS), unless with_sums is false. Memory is bounded by work_mem; a group may come in several parts';
