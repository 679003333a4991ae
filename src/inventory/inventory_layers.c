/*
 * inventory_layers.c
 *		Aggregate inventory_layers(kind, quantity, unit_cost, occurred_on
 *		ORDER BY ...): the tranches that are open at the end.
 *
 * The result depends on the order of the movements, so there is nothing to
 * combine: the state is the FIFO itself, of type internal, in the context of
 * the aggregate.  The final function only reads it, so the aggregate also
 * works over a window.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "funcapi.h"
#include "inventory/fifo.h"
#include "inventory/movement_kind.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(inventory_layers_move);
PG_FUNCTION_INFO_V1(inventory_layers_final);

/* (internal, movement_kind, numeric, numeric, date) -> internal */
Datum
inventory_layers_move(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	FifoState  *state;
	FifoMovement movement;
	FifoOutcome outcome;

	movement_aggregate_context(fcinfo, &context);
	if (PG_ARGISNULL(0))
		state = MemoryContextAllocZero(context, sizeof(FifoState));
	else
		state = (FifoState *) PG_GETARG_POINTER(0);

	movement_from_arguments(fcinfo, 1, movement_kinds_cached(fcinfo, 1),
							&movement);
	fifo_move(state, context, &movement, &outcome);
	fifo_forget(state, &outcome);
	PG_RETURN_POINTER(state);
}

/* (internal) -> inventory_layer[], empty where nothing is open */
Datum
inventory_layers_final(PG_FUNCTION_ARGS)
{
	FifoState  *state = NULL;
	Oid			array = get_fn_expr_rettype(fcinfo->flinfo);
	Oid			element = get_element_type(array);
	TupleDesc	row;
	FifoRowType *type;
	FifoArray	layers;

	if (!PG_ARGISNULL(0))
		state = (FifoState *) PG_GETARG_POINTER(0);
	if (state == NULL || state->count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));

	row = lookup_rowtype_tupdesc(element, -1);
	type = fifo_row_type(row, FIFO_LAYER_COLUMNS);
	ReleaseTupleDesc(row);

	fifo_array_begin(&layers, 0);
	for (uint32 i = 0; i < state->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fifo_array_add(&layers, fifo_layer(state, i, type));
	}
	PG_RETURN_DATUM(fifo_array_end(&layers, element));
}
