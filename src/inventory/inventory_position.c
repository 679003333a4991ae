/*
 * inventory_position.c
 *		Window function inventory_position(kind, quantity, unit_cost,
 *		occurred_on): the position after each movement of a partition.
 *
 * The state of the partition lives in its local memory, where all zeroes means
 * that it has not begun.  Each row is applied once, in order; no other row is
 * looked at, so the frame does not matter and nothing of the partition is
 * kept: memory is that of the open tranches.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "funcapi.h"
#include "inventory/fifo.h"
#include "inventory/inventory_window.h"
#include "inventory/movement_kind.h"
#include "nodes/parsenodes.h"
#include "nodes/supportnodes.h"
#include "utils/memutils.h"
#include "windowapi.h"

/* Rows between two marks: far less than the executor keeps anyway. */
#define ROWS_KEPT			64

PG_FUNCTION_INFO_V1(inventory_position);
PG_FUNCTION_INFO_V1(inventory_window_support);

/*
 * What a window function keeps for the duration of the query, in fn_extra.
 * kind_argument is the position of its movement_kind.
 */
InventoryWindow *
inventory_window(FunctionCallInfo fcinfo, int kind_argument)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	InventoryWindow *self = flinfo->fn_extra;
	MemoryContext caller;
	TupleDesc	row;

	if (likely(self != NULL))
		return self;

	caller = MemoryContextSwitchTo(flinfo->fn_mcxt);
	self = palloc0(sizeof(InventoryWindow));
	movement_kinds_load(&self->kinds,
						get_fn_expr_argtype(flinfo, kind_argument));
	get_call_result_type(fcinfo, NULL, &row);
	self->row = fifo_row_type(row, FIFO_POSITION_COLUMNS);
	MemoryContextSwitchTo(caller);
	flinfo->fn_extra = self;
	return self;
}

/*
 * Apply the current row, whose movement begins at argument first, to a state
 * whose amounts live in context, and return the position.
 */
Datum
inventory_window_move(InventoryWindow *self, WindowObject window, int first,
					  FifoState *state, MemoryContext context)
{
	FifoMovement movement;
	FifoOutcome outcome;
	Datum		kind;
	Datum		occurred_on;
	bool		isnull;
	int64		position;

	kind = WinGetFuncArgCurrent(window, first, &isnull);
	movement.has_kind = !isnull;
	movement.kind = isnull ? MOVEMENT_RECEIPT :
		movement_kind(&self->kinds, DatumGetObjectId(kind));
	movement.quantity = WinGetFuncArgCurrent(window, first + 1, &isnull);
	movement.has_quantity = !isnull;
	movement.unit_cost = WinGetFuncArgCurrent(window, first + 2, &isnull);
	movement.has_cost = !isnull;
	occurred_on = WinGetFuncArgCurrent(window, first + 3, &isnull);
	movement.occurred_on = isnull ? FIFO_NO_DATE :
		DatumGetDateADT(occurred_on);

	/* Lets the executor drop the rows that have been read, now and then. */
	position = WinGetCurrentPosition(window);
	if (position % ROWS_KEPT == 0)
		WinSetMarkPosition(window, position);

	fifo_move(state, context, &movement, &outcome);
	return fifo_position(state, &outcome, self->row);
}

Datum
inventory_position(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	InventoryWindow *self = inventory_window(fcinfo, 0);
	FifoState  *state = WinGetPartitionLocalMemory(window, sizeof(FifoState));

	return inventory_window_move(self, window, 0, state,
								 GetMemoryChunkContext(state));
}

/*
 * Planner support for the window functions of inventory: they look at no
 * frame, so the cheapest one will do, and they may share it with row_number().
 * No promise of monotony is made: stock rises and falls.
 */
Datum
inventory_window_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

#ifdef HAVE_WINDOW_CLAUSE_REQUEST
	if (IsA(request, SupportRequestOptimizeWindowClause))
	{
		SupportRequestOptimizeWindowClause *clause;

		clause = (SupportRequestOptimizeWindowClause *) request;
		clause->frameOptions = FRAMEOPTION_NONDEFAULT | FRAMEOPTION_ROWS |
			FRAMEOPTION_START_UNBOUNDED_PRECEDING |
			FRAMEOPTION_END_CURRENT_ROW;
		PG_RETURN_POINTER(clause);
	}
#endif
	if (IsA(request, SupportRequestWFuncMonotonic))
	{
		((SupportRequestWFuncMonotonic *) request)->monotonic =
			MONOTONICFUNC_NONE;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
