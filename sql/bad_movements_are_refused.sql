-- Bad movements are refused with a message, a detail and a hint.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS distmgmt;
RESET client_min_messages;
SET search_path = distmgmt, public;

-- fail: amounts must be finite
SELECT inventory_position('receipt', 'NaN', 1, NULL) OVER ();
SELECT inventory_position('receipt', 1, 'Infinity', NULL) OVER ();
SELECT inventory_layers('count', '-Infinity', 1, NULL);

-- fail: no such kind
SELECT inventory_layers('theft', 1, 1, NULL);

-- fail: a window function needs a window, and its parts do not work alone
SELECT inventory_position('receipt', 1, 1, NULL);
SELECT inventory_layers_move(NULL, 'receipt', 1, 1, NULL);

-- fail: a label that was added to the type has no rules
BEGIN;
ALTER TYPE movement_kind RENAME VALUE 'count' TO 'stocktake';
SELECT inventory_layers('receipt', 1, 1, NULL);
ROLLBACK;

-- fail, then success: what numeric cannot hold
SELECT inventory_position('receipt', 1e100000, 1e100000, NULL) OVER ();
SELECT inventory_layers('receipt', 1e100, 0, NULL)
    = ARRAY[ROW(NULL, 1e100, 0)::inventory_layer] AS held;

-- success: the quantity of a reprice is not looked at
SELECT inventory_position('reprice', 'NaN', 1, NULL) OVER ();
