/*
 * weeks_of_supply.c
 *		weeks_of_supply(on_hand, demand): forward cover.
 *
 * Walks the weekly demand until the stock is used up.  The answer is the
 * whole weeks covered and the part of the next one: 415 against 50, 60, 80,
 * 90, 100, 120 leaves 35 for the sixth week, 5 + 35/120.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "catalog/amount.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(weeks_of_supply);

/*
 * NULL where the stock outlasts the horizon, or no week of it has demand: then
 * there is no answer, neither zero nor infinity.  The horizon ends with the
 * array or before its first NULL.  Demand below zero comes back into stock.
 */
Datum
weeks_of_supply(PG_FUNCTION_ARGS)
{
	Numeric		rest = PG_GETARG_NUMERIC_COPY(0);
	ArrayType  *demand = PG_GETARG_ARRAYTYPE_P(1);
	Datum	   *weeks;
	bool	   *nulls;
	int			count;
	int			covered = 0;
	bool		answered = false;
	bool		demanded = false;
	Numeric		result = NULL;

	amount_scale((struct varlena *) rest, "on_hand");
	if (ARR_NDIM(demand) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("demand must have one dimension"),
				 errdetail("The array has %d.", ARR_NDIM(demand)),
				 errhint("Give one number a week, the next week first.")));
	deconstruct_array(demand, NUMERICOID, -1, false, TYPALIGN_INT,
					  &weeks, &nulls, &count);

	answered = exact_sign(rest) <= 0;
	if (answered)
		result = int64_to_numeric(0);

	for (int i = 0; i < count && !nulls[i]; i++)
	{
		Numeric		week = DatumGetNumeric(weeks[i]);

		CHECK_FOR_INTERRUPTS();
		amount_scale((struct varlena *) week, "demand");
		if (exact_sign(week) > 0)
		{
			demanded = true;
			if (!answered && exact_compare(rest, week) <= 0)
			{
				result = exact_quotient(rest, week);
				exact_add(&result, int64_to_numeric(covered));
				answered = true;
			}
		}
		if (answered && demanded)
			PG_RETURN_NUMERIC(result);
		exact_subtract(&rest, week);
		covered++;
	}
	PG_RETURN_NULL();
}
