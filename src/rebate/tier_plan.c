/*
 * tier_plan.c
 *		What a schedule makes of a value: the arithmetic, written twice.
 *
 * tier_plan_fixed() computes in 128-bit integers and is what nearly every
 * call uses; tier_plan_working() computes in numeric, for any number of
 * digits, and keeps the working.  Both follow the same order:
 *
 *		qualifier -> minimum -> tier -> measure cap -> benefit
 *				  -> payout cap -> payout floor
 *
 * and give the same number; the tests hold them against each other.
 */
#include "distmgmt.h"

#include "fn_arg.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"

/* Bits that sums over 64 tiers and their flats add to one product. */
#define PLAN_BITS		119

/* A schedule kept across calls, with the bytes it was made from. */
typedef struct TierPlanCache
{
	TierSchedule *image;
	Size		allocated;
	bool		constant;
	TierPlan	plan;
} TierPlanCache;

static bool
fixed_or_null(Numeric value, int128 *result)
{
	*result = 0;
	return value == NULL ||
		fixed_from_numeric((const struct varlena *) value, result);
}

/* Put the numbers of plan->terms into integers, where all fit. */
static bool
plan_fix(TierPlan *plan)
{
	const TierTerms *terms = &plan->terms;
	int			rate_bits = 0;

	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		if (!fixed_or_null(terms->option[i], &plan->option[i]))
			return false;
		if (i == TIER_PAYOUT_CAP || i == TIER_PAYOUT_FLOOR)
			plan->option[i] *= FIXED_ONE;
	}
	for (int i = 0; i < terms->ntiers; i++)
	{
		FixedTerm  *tier = &plan->tier[i];

		if (!fixed_or_null(terms->tier[i].from, &tier->from) ||
			!fixed_or_null(terms->tier[i].rate, &tier->rate) ||
			!fixed_or_null(terms->tier[i].block, &tier->block) ||
			!fixed_or_null(terms->tier[i].flat, &tier->flat))
			return false;
		tier->flat *= FIXED_ONE;
		/* Blocks below one unit could make more blocks than units. */
		if (terms->tier[i].block != NULL && tier->block < FIXED_ONE)
			return false;
		rate_bits = Max(rate_bits, fixed_bits(tier->rate));
	}

	/* One more bit, for a block that is only just begun. */
	plan->value_limit = ((int128) 1) << (PLAN_BITS - 1 - rate_bits);
	return true;
}

/* Read a schedule for evaluation; *plan points into the image. */
void
tier_plan_make(TierPlan *plan, const TierSchedule *schedule)
{
	tier_schedule_read(schedule, &plan->terms);
	plan->fixed = plan_fix(plan);
}

/*
 * The plan of a packed schedule, kept in *cache (allocated in `context`, NULL
 * at first) until another schedule comes.
 */
const TierPlan *
tier_plan_in(void **cache, MemoryContext context,
			 const struct varlena *schedule)
{
	TierPlanCache *kept = *cache;
	Size		size = VARSIZE_ANY_EXHDR(schedule);

	if (kept != NULL && kept->image != NULL &&
		VARSIZE(kept->image) - VARHDRSZ == size &&
		memcmp(VARDATA(kept->image), VARDATA_ANY(schedule), size) == 0)
		return &kept->plan;

	if (kept == NULL)
		*cache = kept = MemoryContextAllocZero(context,
											   sizeof(TierPlanCache));
	if (kept->allocated < size + VARHDRSZ)
	{
		if (kept->image != NULL)
			pfree(kept->image);
		kept->image = NULL;
		kept->image = MemoryContextAlloc(context, size + VARHDRSZ);
		kept->allocated = size + VARHDRSZ;
	}
	SET_VARSIZE(kept->image, size + VARHDRSZ);
	memcpy(VARDATA(kept->image), VARDATA_ANY(schedule), size);
	tier_plan_make(&kept->plan, kept->image);
	return &kept->plan;
}

/*
 * The plan of the schedule in argument `argno`, kept in flinfo->fn_extra.  A
 * schedule that cannot change within the query is looked at once.
 */
const TierPlan *
tier_plan_cached(FmgrInfo *flinfo, int argno, Datum schedule)
{
	TierPlanCache *kept = flinfo->fn_extra;
	const TierPlan *plan;

	if (kept != NULL && kept->constant)
		return &kept->plan;
	plan = tier_plan_in(&flinfo->fn_extra, flinfo->fn_mcxt,
						PG_DETOAST_DATUM_PACKED(schedule));
	if (kept == NULL)
		((TierPlanCache *) flinfo->fn_extra)->constant =
			fn_arg_is_const(flinfo, argno);
	return plan;
}

/* What a rate makes of a portion; 10^-16. */
static inline int128
fixed_amount(TierKind kind, const FixedTerm *tier, int128 portion)
{
	if (portion <= 0 || tier->rate == 0)
		return 0;
	if (kind < TIER_PER_STARTED)
		return portion * tier->rate;
	if (kind == TIER_PER_STARTED)
		portion += tier->block - 1;
	return (portion / tier->block) * tier->rate * FIXED_ONE;
}

/*
 * rebate in integers: value and qualifier count 10^-8, *result 10^-16.  False
 * when the schedule or the value does not fit.
 */
bool
tier_plan_fixed(const TierPlan *plan, int128 value, int128 qualifier,
				int128 *result)
{
	const TierTerms *terms = &plan->terms;
	TierKind	kind = terms->kind;
	int			open = 0;
	int128		sum = 0;

	if (!plan->fixed)
		return false;
	*result = 0;
	if (value <= 0 || qualifier <= 0 ||
		(terms->option[TIER_MINIMUM] != NULL &&
		 qualifier < plan->option[TIER_MINIMUM]))
		return true;
	while (open < terms->ntiers &&
		   (qualifier > plan->tier[open].from ||
			(qualifier == plan->tier[open].from && !terms->tier[open].above)))
		open++;
	if (open == 0)
		return true;
	if (terms->option[TIER_MEASURE_CAP] != NULL &&
		value > plan->option[TIER_MEASURE_CAP])
		value = plan->option[TIER_MEASURE_CAP];
	if (value > plan->value_limit)
		return false;

	for (int i = 0; i < open; i++)
	{
		const FixedTerm *tier = &plan->tier[i];
		bool		top = i == open - 1;
		int128		portion = value;

		switch (terms->method)
		{
			case TIER_RETROACTIVE:
				if (!top)
					continue;
				break;
			case TIER_MARGINAL:
				portion = (top || value < tier[1].from ? value :
						   tier[1].from) - tier->from;
				break;
			case TIER_ROLLING:
				if (!top)
					portion = (value < tier[1].from ? value : tier[1].from) -
						tier->from;
				break;
			case TIER_ADDITIVE:
				break;
		}
		sum += fixed_amount(kind, tier, portion) + tier->flat;
	}

	if (terms->option[TIER_PAYOUT_CAP] != NULL &&
		sum > plan->option[TIER_PAYOUT_CAP])
		sum = plan->option[TIER_PAYOUT_CAP];
	if (terms->option[TIER_PAYOUT_FLOOR] != NULL &&
		sum < plan->option[TIER_PAYOUT_FLOOR])
		sum = plan->option[TIER_PAYOUT_FLOOR];
	*result = sum;
	return true;
}

/* The number of tiers that a qualifier opens, the minimum considered. */
int
tier_plan_open(const TierPlan *plan, Numeric qualifier)
{
	const TierTerms *terms = &plan->terms;
	int			open = 0;

	if (!num_positive(qualifier) ||
		(terms->option[TIER_MINIMUM] != NULL &&
		 num_cmp(qualifier, terms->option[TIER_MINIMUM]) < 0))
		return 0;
	while (open < terms->ntiers)
	{
		int			cmp = num_cmp(qualifier, terms->tier[open].from);

		if (cmp < 0 || (cmp == 0 && terms->tier[open].above))
			break;
		open++;
	}
	return open;
}

/* Whole blocks in a portion, the last one counted if begun or if full. */
static Numeric
block_count(TierKind kind, Numeric portion, Numeric block)
{
	Numeric		full;

	full = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
											   NumericGetDatum(portion),
											   NumericGetDatum(block)));
	if (kind == TIER_PER_STARTED && num_cmp(num_mul(full, block), portion) < 0)
		full = num_add(full, int64_to_numeric(1));
	return full;
}

/* The portion of the measure that tier i's rate applies to. */
static Numeric
tier_portion(const TierTerms *terms, int i, int open, Numeric measure)
{
	bool		top = i == open - 1;
	Numeric		upto = measure;
	Numeric		portion;

	if (terms->method == TIER_RETROACTIVE && !top)
		return num_zero();
	if (terms->method == TIER_ADDITIVE || terms->method == TIER_RETROACTIVE ||
		(terms->method == TIER_ROLLING && top))
		return measure;
	if (!top && num_cmp(terms->tier[i + 1].from, measure) < 0)
		upto = terms->tier[i + 1].from;
	portion = num_sub(upto, terms->tier[i].from);
	return num_positive(portion) ? portion : num_zero();
}

/*
 * rebate in numeric, with its working.  `open` is the number of tiers to take
 * as reached, or -1 to let the qualifier decide.
 */
void
tier_plan_working(const TierPlan *plan, Numeric value, Numeric qualifier,
				  int open, TierWorking *working)
{
	const TierTerms *terms = &plan->terms;
	Numeric		minimum = terms->option[TIER_MINIMUM];
	Numeric		measure_cap = terms->option[TIER_MEASURE_CAP];
	Numeric		cap = terms->option[TIER_PAYOUT_CAP];
	Numeric		floor = terms->option[TIER_PAYOUT_FLOOR];
	Numeric		sum = num_zero();

	if (open < 0)
		open = tier_plan_open(plan, qualifier);
	if (!num_positive(value))
		open = 0;
	memset(working, 0, offsetof(TierWorking, line));
	working->below_minimum = minimum != NULL &&
		num_cmp(qualifier, minimum) < 0;
	working->reached = open;
	working->measure = value;
	if (open > 0 && measure_cap != NULL && num_cmp(value, measure_cap) > 0)
	{
		working->measure = measure_cap;
		working->measure_cut = num_trim(num_sub(measure_cap, value));
	}

	for (int i = 0; i < terms->ntiers; i++)
	{
		const TierTerm *tier = &terms->tier[i];
		TierWorkingLine *line = &working->line[i];

		line->portion = line->amount = num_zero();
		if (i >= open)
			continue;
		if (tier->rate != NULL)
		{
			line->portion = num_trim(tier_portion(terms, i, open,
												  working->measure));
			line->amount = num_mul(tier->block == NULL ? line->portion :
								   block_count(terms->kind, line->portion,
											   tier->block), tier->rate);
		}
		if (tier->flat != NULL &&
			(terms->method != TIER_RETROACTIVE || i == open - 1))
			line->amount = num_add(line->amount, tier->flat);
		line->amount = num_trim(line->amount);
		sum = num_add(sum, line->amount);
	}

	if (open > 0 && cap != NULL && num_cmp(sum, cap) > 0)
	{
		working->cap_cut = num_trim(num_sub(cap, sum));
		sum = cap;
	}
	if (open > 0 && floor != NULL && num_cmp(sum, floor) < 0)
	{
		working->floor_lift = num_trim(num_sub(floor, sum));
		sum = floor;
	}
	working->total = num_trim(sum);
}

/* Values and qualifiers are finite. */
void
tier_value_check(Datum value, const char *what)
{
	if (numeric_packed_is_special(numeric_packed(value)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s of a rebate must be a finite number", what),
				 errdetail("The %s is %s.", what,
						   DatumGetCString(DirectFunctionCall1(numeric_out,
															   value))),
				 errhint("Leave such rows out with FILTER or WHERE, or "
						 "correct them.")));
}

/* rebate of two numerics, packed or not; without trailing zeros. */
Numeric
tier_plan_rebate(const TierPlan *plan, Datum value, Datum qualifier)
{
	int128		fixed_value;
	int128		fixed_qualifier;
	int128		result;
	TierWorking *working;

	if (plan->fixed &&
		fixed_from_numeric(numeric_packed(value), &fixed_value))
	{
		if (qualifier == value)
			fixed_qualifier = fixed_value;
		if ((qualifier == value ||
			 fixed_from_numeric(numeric_packed(qualifier),
								&fixed_qualifier)) &&
			tier_plan_fixed(plan, fixed_value, fixed_qualifier, &result))
			return fixed_to_numeric(result, FIXED_PRODUCT_SCALE);
	}

	tier_value_check(value, "value");
	tier_value_check(qualifier, "qualifier");
	working = palloc(sizeof(TierWorking));
	tier_plan_working(plan, DatumGetNumeric(value),
					  DatumGetNumeric(qualifier), -1, working);
	return working->total;
}
