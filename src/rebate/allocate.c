/*
 * allocate.c
 *		Splitting an amount by largest remainder.
 *
 * A total of T units (cents, say) over weights w with sum W: line i gets the
 * whole units in T * w / W, and the units still missing go one each to the
 * lines with the largest remainders, the earlier line first where they are
 * equal.  So the shares add up to the total, and no share is a unit or more
 * away from its exact part.
 *
 * A negative total is split like the positive one and negated, so that a
 * reversal undoes each share.  A missing weight is zero.  Weights that add up
 * to zero give no proportion: then the lines share alike.
 */
#include "distmgmt.h"

#include "rebate/allocate.h"
#include "rebate/fixed.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* A line waiting for one of the missing units. */
typedef struct FixedRest
{
	int128		rest;
	int64		line;
} FixedRest;

typedef struct NumericRest
{
	Numeric		rest;
	int64		line;
} NumericRest;

static int
fixed_rest_cmp(const void *a, const void *b)
{
	const FixedRest *x = a;
	const FixedRest *y = b;

	if (x->rest != y->rest)
		return x->rest > y->rest ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

static int
numeric_rest_cmp(const void *a, const void *b)
{
	const NumericRest *x = a;
	const NumericRest *y = b;
	int			cmp = num_cmp(y->rest, x->rest);

	if (cmp != 0)
		return cmp;
	return x->line < y->line ? -1 : 1;
}

static void *
alloc_array(int64 count, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext,
								  (Size) Max(count, 1) * size);
}

static void
check_weight(const struct varlena *weight, int64 line)
{
	if (numeric_packed_is_special(weight))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weight must be a finite number"),
				 errdetail("The weight of line " INT64_FORMAT " is %s.",
						   line + 1,
						   DatumGetCString(DirectFunctionCall1(numeric_out,
															   PointerGetDatum(weight)))),
				 errhint("A line without a weight has NULL or zero.")));
}

/*
 * Split `units` (>= 0) in integers.  False when a weight, or a product, has
 * too many digits.
 */
static bool
allocate_fixed(AllocateShares *shares, int128 units, AllocateWeight weight,
			   void *arg, bool negative)
{
	int64		count = shares->count;
	FixedRest  *rest = alloc_array(count, sizeof(FixedRest));
	int128		sum = 0;
	int128		missing = units;
	int			bits = 0;

	for (int64 i = 0; i < count; i++)
	{
		const struct varlena *w = weight(arg, i);

		rest[i].rest = 0;
		rest[i].line = i;
		if (w == NULL)
			continue;
		check_weight(w, i);
		if (!fixed_from_numeric(w, &rest[i].rest))
			return false;
		sum += rest[i].rest;
		bits = Max(bits, fixed_bits(rest[i].rest < 0 ? -rest[i].rest :
									rest[i].rest));
	}
	if (bits + fixed_bits(units) > 125)
		return false;

	shares->units = alloc_array(count, sizeof(int64));
	for (int64 i = 0; i < count; i++)
	{
		int128		w = sum == 0 ? 1 : sum < 0 ? -rest[i].rest : rest[i].rest;
		int128		whole = sum == 0 ? count : sum < 0 ? -sum : sum;
		int128		part = units * w;
		int128		share = part / whole;

		rest[i].rest = part % whole;
		if (rest[i].rest < 0)
		{
			share--;
			rest[i].rest += whole;
		}
		missing -= share;
		/* With weights of both signs a share can exceed the total. */
		if (share < PG_INT64_MIN / 2 || share > PG_INT64_MAX / 2)
			return false;
		shares->units[i] = (int64) (negative ? -share : share);
	}
	if (missing > 0)
	{
		qsort(rest, count, sizeof(FixedRest), fixed_rest_cmp);
		for (int64 i = 0; i < missing; i++)
			shares->units[rest[i].line] += negative ? -1 : 1;
	}
	pfree(rest);
	return true;
}

/* Split `units`, an integer >= 0, in numeric. */
static void
allocate_numeric(AllocateShares *shares, Numeric units, AllocateWeight weight,
				 void *arg, bool negative)
{
	int64		count = shares->count;
	NumericRest *rest = alloc_array(count, sizeof(NumericRest));
	Numeric		one = int64_to_numeric(1);
	Numeric		unit = int64_div_fast_to_numeric(negative ? -1 : 1,
												 shares->scale);
	Numeric		sum = num_zero();
	Numeric		missing = units;
	int64		ones;

	for (int64 i = 0; i < count; i++)
	{
		const struct varlena *w = weight(arg, i);

		rest[i].line = i;
		rest[i].rest = num_zero();
		if (w == NULL)
			continue;
		check_weight(w, i);
		rest[i].rest = DatumGetNumericCopy(PointerGetDatum(w));
		sum = num_add(sum, rest[i].rest);
	}
	if (num_cmp(sum, num_zero()) == 0)
	{
		for (int64 i = 0; i < count; i++)
			rest[i].rest = one;
		sum = int64_to_numeric(count);
	}

	shares->units = NULL;
	shares->numerics = alloc_array(count, sizeof(Numeric));
	for (int64 i = 0; i < count; i++)
	{
		Numeric		part = num_mul(units, rest[i].rest);
		Numeric		share;

		share = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
													NumericGetDatum(part),
													NumericGetDatum(sum)));
		rest[i].rest = num_sub(part, num_mul(share, sum));
		if (num_cmp(rest[i].rest, num_zero()) != 0 &&
			num_positive(rest[i].rest) != num_positive(sum))
		{
			share = num_sub(share, one);
			rest[i].rest = num_add(rest[i].rest, sum);
		}
		if (!num_positive(sum))
			rest[i].rest = num_sub(num_zero(), rest[i].rest);
		missing = num_sub(missing, share);
		shares->numerics[i] = share;
	}
	ones = DatumGetInt64(DirectFunctionCall1(numeric_int8,
											 NumericGetDatum(missing)));
	if (ones > 0)
		qsort(rest, count, sizeof(NumericRest), numeric_rest_cmp);
	for (int64 i = 0; i < ones; i++)
	{
		Numeric    *share = &shares->numerics[rest[i].line];

		*share = num_add(*share, one);
	}
	for (int64 i = 0; i < count; i++)
		shares->numerics[i] = num_mul(shares->numerics[i], unit);
	pfree(rest);
}

/*
 * Split `total`, rounded half away from zero to `scale` decimals, over
 * `count` lines.  The shares are allocated in the current memory context.
 */
void
allocate_shares(AllocateShares *shares, Numeric total, AllocateWeight weight,
				void *arg, int64 count, int scale)
{
	Numeric		rounded;
	Numeric		units;
	bool		negative;
	int128		fixed;

	if (scale < 0 || scale > ALLOCATE_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale of an allocation is out of range"),
				 errdetail("The scale is %d.", scale),
				 errhint("Give the decimals of a share, 0 to %d: those of "
						 "the currency.", ALLOCATE_MAX_SCALE)));
	if (numeric_is_nan(total) || numeric_is_inf(total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of an allocation must be a finite number"),
				 errdetail("The total is %s.", numeric_normalize(total)),
				 errhint("Allocate the settled amount.")));

	shares->count = count;
	shares->scale = scale;
	shares->units = NULL;
	shares->numerics = NULL;
	rounded = DatumGetNumeric(DirectFunctionCall2(numeric_round,
												  NumericGetDatum(total),
												  Int32GetDatum(scale)));
	negative = num_cmp(rounded, num_zero()) < 0;
	if (negative)
		rounded = num_sub(num_zero(), rounded);
	units = num_trim(num_mul(rounded,
							 DatumGetNumeric(DirectFunctionCall2(numeric_power,
																 NumericGetDatum(int64_to_numeric(10)),
																 NumericGetDatum(int64_to_numeric(scale))))));
	if (fixed_from_numeric((struct varlena *) units, &fixed) &&
		allocate_fixed(shares, fixed / FIXED_ONE, weight, arg, negative))
		return;
	allocate_numeric(shares, units, weight, arg, negative);
}

/* Share i, with `scale` decimals; palloc'd or part of *shares. */
Numeric
allocate_share(const AllocateShares *shares, int64 i)
{
	if (shares->units != NULL)
		return int64_div_fast_to_numeric(shares->units[i], shares->scale);
	return shares->numerics[i];
}
