/*
 * tier_schedule_make.c
 *		Schedules made from arrays and from other schedules.
 *
 * All go through a draft, so what is made here has passed the same checks as
 * what was typed.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "rebate/tier_schedule.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* Check terms and make the schedule they are. */
static TierSchedule *
schedule_of_terms(const TierTerms *terms)
{
	TierDraft  *draft = palloc(sizeof(TierDraft));
	TierProblem problem = {0};

	tier_draft_from_terms(draft, terms);
	if (!tier_draft_check(draft, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the result is no valid tier schedule"),
				 problem.tier > 0 ?
				 errdetail("Tier %d: %s.", problem.tier, problem.what) :
				 errdetail("In the schedule: %s.", problem.what),
				 errhint("%s", problem.hint)));
	return tier_schedule_build(draft);
}

static void
argument_error(const char *argument, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid argument for a tier schedule"),
			 errdetail("Argument \"%s\": %s.", argument, what),
			 errhint("%s", hint)));
}

/* The index of a name in a list, or an error that gives the list. */
static int
name_argument(FunctionCallInfo fcinfo, int argno, const char *argument,
			  const char *const *names, int count)
{
	char	   *given;
	StringInfoData list;

	if (PG_ARGISNULL(argno))
		argument_error(argument, "it is NULL", "Give it a value.");
	given = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
	{
		if (pg_strcasecmp(given, names[i]) == 0)
			return i;
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
	}
	argument_error(argument, psprintf("\"%s\" is not known", given),
				   psprintf("Known are: %s.", list.data));
	return 0;
}

/*
 * The numbers of an array argument into numbers[TIER_MAX], NULL elements as
 * NULL; returns how many.  A NULL array is as many NULLs as there are tiers.
 */
static int
array_argument(FunctionCallInfo fcinfo, int argno, const char *argument,
			   int ntiers, Numeric *numbers)
{
	ArrayType  *array;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	memset(numbers, 0, TIER_MAX * sizeof(Numeric));
	if (PG_ARGISNULL(argno))
		return ntiers;
	array = PG_GETARG_ARRAYTYPE_P(argno);
	if (ARR_NDIM(array) > 1)
		argument_error(argument, "the array has more than one dimension",
					   "Give a plain array, one number a tier.");
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &count);
	if (count < 1 || count > TIER_MAX)
		argument_error(argument, psprintf("it has %d elements", count),
					   "A schedule has 1 to 64 tiers.");
	if (ntiers > 0 && count != ntiers)
		argument_error(argument, psprintf("it has %d elements for %d tiers",
										  count, ntiers),
					   "Give every array one element a tier, NULL where the "
					   "tier has no such number.");
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			numbers[i] = DatumGetNumeric(values[i]);
	}
	return count;
}

PG_FUNCTION_INFO_V1(make_tier_schedule);

/*
 * make_tier_schedule(method, thresholds, rates, kind, flats, blocks, attain,
 * minimum, measure_cap, payout_cap, payout_floor): not strict, since most may
 * be NULL.
 */
Datum
make_tier_schedule(PG_FUNCTION_ARGS)
{
	static const char *const attain[] = {"from", "above"};
	TierTerms  *terms = palloc0(sizeof(TierTerms));
	Numeric		number[4][TIER_MAX];
	bool		above;
	int			ntiers;

	terms->method = name_argument(fcinfo, 0, "method", tier_method_name,
								  TIER_METHODS);
	if (PG_ARGISNULL(1))
		argument_error("thresholds", "it is NULL",
					   "Give one threshold a tier.");
	ntiers = array_argument(fcinfo, 1, "thresholds", 0, number[0]);
	array_argument(fcinfo, 2, "rates", ntiers, number[1]);
	terms->kind = name_argument(fcinfo, 3, "kind", tier_kind_name,
								TIER_KINDS);
	array_argument(fcinfo, 4, "flats", ntiers, number[2]);
	array_argument(fcinfo, 5, "blocks", ntiers, number[3]);
	above = name_argument(fcinfo, 6, "attain", attain, 2) == 1;

	terms->ntiers = ntiers;
	for (int i = 0; i < ntiers; i++)
	{
		TierTerm   *tier = &terms->tier[i];

		tier->above = above;
		tier->from = number[0][i];
		tier->rate = number[1][i];
		tier->flat = number[2][i];
		tier->block = number[3][i];
		if (tier->from == NULL)
			argument_error("thresholds",
						   psprintf("element %d is NULL", i + 1),
						   "Give one threshold a tier.");
		if (tier->rate == NULL && tier->flat == NULL)
			argument_error("rates", psprintf("tier %d has neither a rate nor "
											 "a flat amount", i + 1),
						   "Give it one of them; 0 is a rate.");
		if (tier->rate != NULL && terms->kind == TIER_FLAT)
			argument_error("rates", "a schedule of kind flat has no rates",
						   "Leave rates NULL, or name their kind.");
		if (tier->rate != NULL && terms->kind == TIER_PERCENT &&
			num_cmp(tier->rate, int64_to_numeric(1)) > 0)
			argument_error("rates",
						   psprintf("element %d is %s", i + 1,
									numeric_normalize(tier->rate)),
						   "A rate of kind percent is a fraction: 0.03 for "
						   "3%.");
		if ((tier->block != NULL) !=
			(tier->rate != NULL && terms->kind >= TIER_PER_STARTED))
			argument_error("blocks",
						   psprintf("element %d does not go with the kind",
									i + 1),
						   "Kinds per started and per full have a block "
						   "for each rate, other kinds none.");
	}
	for (int i = 0; i < TIER_OPTIONS; i++)
		terms->option[i] = PG_ARGISNULL(7 + i) ? NULL :
			PG_GETARG_NUMERIC(7 + i);
	PG_RETURN_TIER_SCHEDULE_P(schedule_of_terms(terms));
}

static Numeric
scaled(Numeric number, Numeric factor)
{
	return number == NULL ? NULL : num_mul(number, factor);
}

static Datum
schedule_scale(TierSchedule *schedule, Numeric factor)
{
	TierTerms  *terms = palloc(sizeof(TierTerms));

	tier_schedule_read(schedule, terms);
	for (int i = 0; i < terms->ntiers; i++)
	{
		terms->tier[i].rate = scaled(terms->tier[i].rate, factor);
		terms->tier[i].flat = scaled(terms->tier[i].flat, factor);
	}
	terms->option[TIER_PAYOUT_CAP] = scaled(terms->option[TIER_PAYOUT_CAP],
											factor);
	terms->option[TIER_PAYOUT_FLOOR] = scaled(terms->option[TIER_PAYOUT_FLOOR],
											  factor);
	PG_RETURN_TIER_SCHEDULE_P(schedule_of_terms(terms));
}

PG_FUNCTION_INFO_V1(tier_schedule_scale);

/* schedule * factor: pays factor times as much on every value. */
Datum
tier_schedule_scale(PG_FUNCTION_ARGS)
{
	return schedule_scale(PG_GETARG_TIER_SCHEDULE_P(0), PG_GETARG_NUMERIC(1));
}

PG_FUNCTION_INFO_V1(tier_schedule_scaled_by);

/* factor * schedule */
Datum
tier_schedule_scaled_by(PG_FUNCTION_ARGS)
{
	return schedule_scale(PG_GETARG_TIER_SCHEDULE_P(1), PG_GETARG_NUMERIC(0));
}

static Datum
schedule_shift(TierSchedule *schedule, Numeric distance)
{
	TierTerms  *terms = palloc(sizeof(TierTerms));

	tier_schedule_read(schedule, terms);
	for (int i = 0; i < terms->ntiers; i++)
		terms->tier[i].from = num_add(terms->tier[i].from, distance);
	if (terms->option[TIER_MINIMUM] != NULL)
		terms->option[TIER_MINIMUM] = num_add(terms->option[TIER_MINIMUM],
											  distance);
	PG_RETURN_TIER_SCHEDULE_P(schedule_of_terms(terms));
}

PG_FUNCTION_INFO_V1(tier_schedule_raise);

/* schedule + distance: thresholds and minimum are that much higher. */
Datum
tier_schedule_raise(PG_FUNCTION_ARGS)
{
	return schedule_shift(PG_GETARG_TIER_SCHEDULE_P(0), PG_GETARG_NUMERIC(1));
}

PG_FUNCTION_INFO_V1(tier_schedule_lower);

/* schedule - distance */
Datum
tier_schedule_lower(PG_FUNCTION_ARGS)
{
	return schedule_shift(PG_GETARG_TIER_SCHEDULE_P(0),
						  num_sub(num_zero(), PG_GETARG_NUMERIC(1)));
}
