/*
 * allocate_agg.c
 *		The aggregate allocate_agg(total, weight, scale ORDER BY ...).
 *
 * The shares of a group as one array, in the order of the input.  The state
 * is internal, unlike those of tiered_rebate: shares depend on the order of
 * the rows, so partial states could not be combined, and nothing but the
 * array is of use to anyone.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "rebate/allocate.h"
#include "rebate/tier_schedule.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct AllocateState
{
	MemoryContext context;
	Numeric		total;			/* NULL: no shares */
	int			scale;
	int64		count;
	int64		allocated;
	Numeric    *weights;		/* NULL: none */
} AllocateState;

static const struct varlena *
weight_of_state(void *arg, int64 i)
{
	return (const struct varlena *) ((AllocateState *) arg)->weights[i];
}

static AllocateState *
state_begin(FunctionCallInfo fcinfo, MemoryContext context)
{
	AllocateState *state = MemoryContextAllocZero(context,
												  sizeof(AllocateState));

	state->context = context;
	state->allocated = 64;
	state->weights = MemoryContextAlloc(context, state->allocated *
										sizeof(Numeric));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(3))
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		state->total = DatumGetNumericCopy(PG_GETARG_DATUM(1));
		state->scale = PG_GETARG_INT32(3);
		MemoryContextSwitchTo(old);
	}
	return state;
}

PG_FUNCTION_INFO_V1(allocate_agg_add);

Datum
allocate_agg_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;
	AllocateState *state;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("allocate_agg_add called outside an aggregate"),
				 errdetail("It is the transition function of allocate_agg."),
				 errhint("Use allocate_agg.")));
	state = PG_ARGISNULL(0) ? state_begin(fcinfo, context) :
		(AllocateState *) PG_GETARG_POINTER(0);
	if ((PG_ARGISNULL(1) || PG_ARGISNULL(3)) != (state->total == NULL) ||
		(state->total != NULL &&
		 (num_cmp(PG_GETARG_NUMERIC(1), state->total) != 0 ||
		  PG_GETARG_INT32(3) != state->scale)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("different totals or scales in one group of "
						"allocate_agg"),
				 errdetail("One total is %s, another %s.",
						   state->total == NULL ? "NULL" :
						   numeric_normalize(state->total),
						   PG_ARGISNULL(1) ? "NULL" :
						   numeric_normalize(PG_GETARG_NUMERIC(1))),
				 errhint("Group by what the total belongs to.")));

	old = MemoryContextSwitchTo(state->context);
	if (state->count == state->allocated)
	{
		state->allocated *= 2;
		state->weights = repalloc_huge(state->weights, state->allocated *
									   sizeof(Numeric));
	}
	state->weights[state->count++] = PG_ARGISNULL(2) ? NULL :
		DatumGetNumericCopy(PG_GETARG_DATUM(2));
	MemoryContextSwitchTo(old);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(allocate_agg_final);

/* numeric[] of the shares; NULL without rows or without a total. */
Datum
allocate_agg_final(PG_FUNCTION_ARGS)
{
	AllocateState *state;
	AllocateShares shares;
	Datum	   *elements;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (AllocateState *) PG_GETARG_POINTER(0);
	if (state->total == NULL)
		PG_RETURN_NULL();
	if (state->count > MaxAllocSize / sizeof(Datum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in one group of allocate_agg"),
				 errdetail("There are " INT64_FORMAT ".", state->count),
				 errhint("Use the window function allocate.")));
	allocate_shares(&shares, state->total, weight_of_state, state,
					state->count, state->scale);
	elements = palloc(state->count * sizeof(Datum));
	for (int64 i = 0; i < state->count; i++)
		elements[i] = NumericGetDatum(allocate_share(&shares, i));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, (int) state->count,
										  NUMERICOID, -1, false,
										  TYPALIGN_INT));
}
