/*
 * prospect.c
 *		Rates that a schedule comes to, and the value that a rebate needs.
 */
#include "distmgmt.h"

#include "miscadmin.h"
#include "rebate/allocate.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"

static Numeric
num_div(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_div,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

PG_FUNCTION_INFO_V1(blended_rate);

/* blended_rate(value, schedule): rebate / value, NULL without a value. */
Datum
blended_rate(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);
	const TierPlan *plan = tier_plan_cached(fcinfo->flinfo, 1,
											PG_GETARG_DATUM(1));
	Numeric		rebate = tier_plan_rebate(plan, value, value);

	if (!num_positive(PG_GETARG_NUMERIC(0)))
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(num_trim(num_div(rebate, PG_GETARG_NUMERIC(0))));
}

/* What one tier pays for a unit more; blocks on average. */
static Numeric
tier_slope(const TierTerm *tier)
{
	if (tier->rate == NULL)
		return num_zero();
	return tier->block == NULL ? tier->rate : num_div(tier->rate, tier->block);
}

PG_FUNCTION_INFO_V1(marginal_rate);

/*
 * marginal_rate(value, schedule): what the next bit of value earns, jumps at
 * thresholds left out; 0 where a cap or floor holds the payout.
 */
Datum
marginal_rate(PG_FUNCTION_ARGS)
{
	const TierPlan *plan = tier_plan_cached(fcinfo->flinfo, 1,
											PG_GETARG_DATUM(1));
	const TierTerms *terms = &plan->terms;
	Numeric		value = PG_GETARG_NUMERIC(0);
	Numeric		cap = terms->option[TIER_PAYOUT_CAP];
	Numeric		floor = terms->option[TIER_PAYOUT_FLOOR];
	Numeric		rate = num_zero();
	Numeric		earned = num_zero();
	TierWorking *working;
	int			open = 0;

	tier_value_check(PG_GETARG_DATUM(0), "value");
	if (num_cmp(value, num_zero()) < 0 ||
		(terms->option[TIER_MINIMUM] != NULL &&
		 num_cmp(value, terms->option[TIER_MINIMUM]) < 0) ||
		(terms->option[TIER_MEASURE_CAP] != NULL &&
		 num_cmp(value, terms->option[TIER_MEASURE_CAP]) >= 0))
		PG_RETURN_NUMERIC(rate);

	/* Just beyond the value "above" has been reached as "from" has. */
	while (open < terms->ntiers && num_cmp(value, terms->tier[open].from) >= 0)
		open++;
	if (open == 0)
		PG_RETURN_NUMERIC(rate);
	for (int i = 0; i < open; i++)
	{
		if (terms->method == TIER_ADDITIVE || i == open - 1)
			rate = num_add(rate, tier_slope(&terms->tier[i]));
	}

	working = palloc(sizeof(TierWorking));
	tier_plan_working(plan, value, value, open, working);
	for (int i = 0; i < open; i++)
		earned = num_add(earned, working->line[i].amount);
	if ((cap != NULL && num_cmp(earned, cap) >= 0) ||
		(floor != NULL && num_cmp(earned, floor) < 0))
		PG_RETURN_NUMERIC(num_zero());
	PG_RETURN_NUMERIC(num_trim(rate));
}

/* The search for a value: on the grid of 10^-scale, counted in units. */
typedef struct Search
{
	const TierPlan *plan;
	Numeric		unit;
	Numeric		per_unit;		/* 10^scale */
	Numeric		target;
} Search;

static bool
search_reaches(const Search *search, Numeric units)
{
	Datum		value = NumericGetDatum(num_mul(units, search->unit));

	return num_cmp(tier_plan_rebate(search->plan, value, value),
				   search->target) >= 0;
}

/* The first unit at a value, or above it. */
static Numeric
units_from(const Search *search, Numeric value, bool above)
{
	Numeric		exact = num_mul(value, search->per_unit);
	Numeric		units = DatumGetNumeric(DirectFunctionCall1(numeric_ceil,
															NumericGetDatum(exact)));

	if (above && num_cmp(units, exact) == 0)
		units = num_add(units, int64_to_numeric(1));
	return units;
}

/*
 * The least unit in [low, high] that reaches the target, given that high does;
 * the payout does not fall in between.
 */
static Numeric
search_between(const Search *search, Numeric low, Numeric high)
{
	Numeric		one = int64_to_numeric(1);
	Numeric		two = int64_to_numeric(2);

	while (num_cmp(low, high) < 0)
	{
		Numeric		middle;
		Datum		sum = NumericGetDatum(num_add(low, high));

		CHECK_FOR_INTERRUPTS();
		middle = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc, sum,
													 NumericGetDatum(two)));
		if (search_reaches(search, middle))
			high = middle;
		else
			low = num_add(middle, one);
	}
	return low;
}

/* Does the payout rise without end once all tiers are open? */
static bool
rises_for_ever(const TierTerms *terms)
{
	int			first = 0;

	if (terms->method != TIER_ADDITIVE)
		first = terms->ntiers - 1;
	if (terms->option[TIER_MEASURE_CAP] != NULL)
		return false;
	for (int i = first; i < terms->ntiers; i++)
	{
		if (terms->tier[i].rate != NULL && num_positive(terms->tier[i].rate))
			return true;
	}
	return false;
}

/*
 * The least unit with exactly the tiers up to `last` open that reaches the
 * target, or NULL.  Between two thresholds the payout never falls.
 */
static Numeric
search_tier(const Search *search, int last)
{
	const TierTerms *terms = &search->plan->terms;
	const TierTerm *tier = &terms->tier[last];
	Numeric		minimum = terms->option[TIER_MINIMUM];
	Numeric		measure_cap = terms->option[TIER_MEASURE_CAP];
	Numeric		one = int64_to_numeric(1);
	Numeric		low = units_from(search, tier->from, tier->above);
	Numeric		high;

	if (minimum != NULL && num_cmp(minimum, tier->from) > 0)
		low = units_from(search, minimum, false);
	if (!num_positive(low))
		low = one;
	if (last + 1 < terms->ntiers)
	{
		high = num_sub(units_from(search, tier[1].from, tier[1].above), one);
		if (num_cmp(high, low) < 0 || !search_reaches(search, high))
			return NULL;
	}
	else if (measure_cap != NULL)
	{
		high = units_from(search, measure_cap, false);
		if (num_cmp(high, low) < 0)
			high = low;
		if (!search_reaches(search, high))
			return NULL;
	}
	else if (search_reaches(search, low))
		return low;
	else if (!rises_for_ever(terms))
		return NULL;
	else
	{
		high = num_add(low, low);
		while (!search_reaches(search, high))
			high = num_add(high, high);
	}
	return search_between(search, low, high);
}

PG_FUNCTION_INFO_V1(value_needed);

/*
 * value_needed(target, schedule, scale): the least value, at scale decimals,
 * whose rebate is at least the target; NULL where there is none.
 */
Datum
value_needed(PG_FUNCTION_ARGS)
{
	Numeric		target = PG_GETARG_NUMERIC(0);
	int32		scale = PG_GETARG_INT32(2);
	Search		search;
	Numeric		cap;

	tier_value_check(PG_GETARG_DATUM(0), "target");
	if (scale < 0 || scale > ALLOCATE_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale of a value is out of range"),
				 errdetail("The scale is %d.", scale),
				 errhint("Give the decimals of the value, 0 to %d.",
						 ALLOCATE_MAX_SCALE)));
	if (!num_positive(target))
		PG_RETURN_NUMERIC(num_zero());

	search.plan = tier_plan_cached(fcinfo->flinfo, 1, PG_GETARG_DATUM(1));
	search.target = target;
	search.unit = int64_div_fast_to_numeric(1, scale);
	search.per_unit = num_div(int64_to_numeric(1), search.unit);
	cap = search.plan->terms.option[TIER_PAYOUT_CAP];
	if (cap != NULL && num_cmp(target, cap) > 0)
		PG_RETURN_NULL();

	for (int i = 0; i < search.plan->terms.ntiers; i++)
	{
		Numeric		units = search_tier(&search, i);

		if (units != NULL)
			PG_RETURN_NUMERIC(num_mul(units, search.unit));
	}
	PG_RETURN_NULL();
}
