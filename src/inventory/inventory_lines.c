/*
 * inventory_lines.c
 *		The aggregates inventory_lines and inventory_holdings: all movements of
 *		one product at one distributor, given in any order, with the position
 *		after each; or the tranches that are open at the end.
 *
 * Against the window function they save the sort of the rows, and transfers
 * without a cost arrive at what they cost where they left.  The price is
 * memory for all movements of the group.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "inventory/journal.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(inventory_lines_final);
PG_FUNCTION_INFO_V1(inventory_holdings_final);

/* The usual bytes of an inventory_line. */
#define LINE_WIDTH			144

/* What is told is put into an array of rows of that type. */
typedef struct JournalArray
{
	FifoArray	rows;
	FifoRowType *type;
} JournalArray;

static void
line_tell(void *self, const Journal *journal, const JournalEntry *entry,
		  FifoState *state, FifoOutcome *outcome)
{
	JournalArray *array = self;

	fifo_array_add(&array->rows, fifo_line(state, outcome, journal, entry,
										   array->type));
}

static void
holding_tell(void *self, const Journal *journal, const JournalEntry *entry,
			 FifoState *state, FifoOutcome *outcome)
{
	fifo_forget(state, outcome);
}

static void
holding_close(void *self, const Journal *journal, const JournalEntry *any,
			  DateADT last_on, FifoState *state)
{
	JournalArray *array = self;
	uint32		which = 0;

	do
		fifo_array_add(&array->rows, fifo_holding(state, which, any, last_on,
												  array->type));
	while (++which < state->count);
}

/* The row type of the result, looked up once and kept in fn_extra. */
static FifoRowType *
journal_row_type(FmgrInfo *flinfo, Oid element, int columns)
{
	if (flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(flinfo->fn_mcxt);
		TupleDesc	row = lookup_rowtype_tupdesc(element, -1);

		flinfo->fn_extra = fifo_row_type(row, columns);
		ReleaseTupleDesc(row);
		MemoryContextSwitchTo(caller);
	}
	return flinfo->fn_extra;
}

/*
 * Either final function: an array, empty without movements.  width: the bytes
 * of a row for each movement, 0 where there is none.
 */
static Datum
journal_final(FunctionCallInfo fcinfo, int columns, int width,
			  JournalTeller teller, JournalCloser closer)
{
	Journal    *journal;
	Oid			element = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	JournalArray array;

	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));
	journal = (Journal *) PG_GETARG_POINTER(0);
	array.type = journal_row_type(fcinfo->flinfo, element, columns);
	fifo_array_begin(&array.rows, (Size) journal->count * width);
	journal_tell(journal, teller, closer, &array);
	PG_RETURN_DATUM(fifo_array_end(&array.rows, element));
}

/* (internal) -> inventory_line[] */
Datum
inventory_lines_final(PG_FUNCTION_ARGS)
{
	return journal_final(fcinfo, FIFO_LINE_COLUMNS, LINE_WIDTH, line_tell,
						 NULL);
}

/* (internal) -> inventory_holding[] */
Datum
inventory_holdings_final(PG_FUNCTION_ARGS)
{
	return journal_final(fcinfo, FIFO_HOLDING_COLUMNS, 0, holding_tell,
						 holding_close);
}
