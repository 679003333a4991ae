/*
 * allocate_window.c
 *		The window function allocate(total, weight, scale).
 *
 * Looks at the whole partition, whatever the frame: all shares are computed
 * at its first row and kept until its last.
 */
#include "distmgmt.h"

#include "rebate/allocate.h"
#include "rebate/fixed.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

/* Partition memory; all zero before the first row. */
typedef struct AllocateWindow
{
	bool		begun;
	bool		total_is_null;
	Numeric		total;
	AllocateShares shares;
} AllocateWindow;

static const struct varlena *
weight_of_row(void *arg, int64 i)
{
	bool		is_null;
	bool		is_out;
	Datum		weight = WinGetFuncArgInPartition((WindowObject) arg, 1, i,
												  WINDOW_SEEK_HEAD, false,
												  &is_null, &is_out);

	return is_null || is_out ? NULL : numeric_packed(weight);
}

/*
 * Compute the shares in a context of their own, which takes all that is left
 * over with it, and keep them in the partition's.
 */
static void
allocate_begin(WindowObject window, AllocateWindow *state)
{
	AllocateShares *shares = &state->shares;
	MemoryContext kept = GetMemoryChunkContext(state);
	MemoryContext scratch;
	MemoryContext old;
	bool		total_is_null;
	bool		scale_is_null;
	Datum		total = WinGetFuncArgCurrent(window, 0, &total_is_null);
	Datum		scale = WinGetFuncArgCurrent(window, 2, &scale_is_null);
	int64	   *units;
	Numeric    *numerics;

	state->begun = true;
	state->total_is_null = total_is_null || scale_is_null;
	if (state->total_is_null)
		return;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "allocate",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(kept);
	state->total = DatumGetNumericCopy(total);
	MemoryContextSwitchTo(scratch);
	allocate_shares(shares, state->total, weight_of_row, window,
					WinGetPartitionRowCount(window), DatumGetInt32(scale));

	MemoryContextSwitchTo(kept);
	units = shares->units;
	numerics = shares->numerics;
	if (units != NULL)
	{
		shares->units = MemoryContextAllocHuge(kept, shares->count *
											   sizeof(int64));
		memcpy(shares->units, units, shares->count * sizeof(int64));
	}
	else
	{
		shares->numerics = MemoryContextAllocHuge(kept, shares->count *
												  sizeof(Numeric));
		for (int64 i = 0; i < shares->count; i++)
			shares->numerics[i] =
				DatumGetNumericCopy(NumericGetDatum(numerics[i]));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/* One total a partition: a second one would be split into nothing. */
static void
check_total(WindowObject window, const AllocateWindow *state)
{
	bool		is_null;
	Datum		total = WinGetFuncArgCurrent(window, 0, &is_null);

	if (is_null || num_cmp(DatumGetNumeric(total), state->total) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("different totals in one partition of allocate"),
				 errdetail("One is %s, another %s.",
						   numeric_normalize(state->total),
						   is_null ? "NULL" :
						   numeric_normalize(DatumGetNumeric(total))),
				 errhint("Partition by what the total belongs to.")));
}

PG_FUNCTION_INFO_V1(window_allocate);

Datum
window_allocate(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	AllocateWindow *state;
	int64		row = WinGetCurrentPosition(window);

	state = WinGetPartitionLocalMemory(window, sizeof(AllocateWindow));
	if (!state->begun)
		allocate_begin(window, state);
	WinSetMarkPosition(window, row);
	if (state->total_is_null)
		PG_RETURN_NULL();
	check_total(window, state);
	PG_RETURN_NUMERIC(allocate_share(&state->shares, row));
}
