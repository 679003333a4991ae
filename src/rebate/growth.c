/*
 * growth.c
 *		Rebates on growth over a baseline.
 *
 * The thresholds of the schedule are percentages of the baseline.  They are
 * turned into values (N % of the baseline, exactly) and the schedule is then
 * evaluated as any other, so no percentage of growth is ever divided out and
 * rounded.  What is paid on is the pay base's decision and not the method's:
 * one table of tiers gives three results that differ twentyfold.
 */
#include "distmgmt.h"

#include "rebate/tier_schedule.h"
#include "utils/builtins.h"

typedef enum PayBase
{
	PAY_ALL_VOLUME,				/* top rate on the actual value */
	PAY_EXCESS,					/* top rate on actual less baseline */
	PAY_BANDED					/* each band of growth at its own rate */
} PayBase;

#define PAY_BASES	3

static const char *const pay_base_name[PAY_BASES] = {
	"all_volume", "excess", "banded"
};

static PayBase
pay_base_argument(struct varlena *name)
{
	char	   *given = text_to_cstring(name);

	for (int i = 0; i < PAY_BASES; i++)
	{
		if (pg_strcasecmp(given, pay_base_name[i]) == 0)
			return (PayBase) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("pay base of a growth rebate is not known"),
			 errdetail("The pay base is \"%s\".", given),
			 errhint("Pay bases are all_volume, excess and banded; they "
					 "differ by an order of magnitude, so it must be "
					 "said.")));
	return PAY_ALL_VOLUME;
}

/* N % of the baseline. */
static Numeric
of_baseline(Numeric percentage, Numeric baseline)
{
	return num_mul(num_mul(percentage, baseline),
				   int64_div_fast_to_numeric(1, 2));
}

PG_FUNCTION_INFO_V1(growth_rebate);

/*
 * growth_rebate(actual, baseline, schedule, pay_base): NULL without a positive
 * baseline, as there is no growth over nothing.
 */
Datum
growth_rebate(PG_FUNCTION_ARGS)
{
	Numeric		actual = PG_GETARG_NUMERIC(0);
	Numeric		baseline = PG_GETARG_NUMERIC(1);
	TierSchedule *schedule = PG_GETARG_TIER_SCHEDULE_P(2);
	PayBase		base = pay_base_argument(PG_GETARG_TEXT_PP(3));
	TierPlan   *plan = palloc(sizeof(TierPlan));
	TierWorking *working = palloc(sizeof(TierWorking));
	TierTerms  *terms = &plan->terms;
	Numeric		value = actual;

	tier_value_check(PG_GETARG_DATUM(0), "value");
	tier_value_check(PG_GETARG_DATUM(1), "baseline");
	tier_schedule_read(schedule, terms);
	if (terms->method != TIER_MARGINAL && terms->method != TIER_RETROACTIVE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method of a growth schedule must be marginal or "
						"retroactive"),
				 errdetail("The schedule is \"%s\".",
						   tier_schedule_text(schedule)),
				 errhint("The pay base says what is paid on: banded is the "
						 "marginal form, all_volume and excess are the "
						 "retroactive ones.")));
	if (!num_positive(baseline))
		PG_RETURN_NULL();

	for (int i = 0; i < terms->ntiers; i++)
		terms->tier[i].from = of_baseline(terms->tier[i].from, baseline);
	if (terms->option[TIER_MINIMUM] != NULL)
		terms->option[TIER_MINIMUM] = of_baseline(terms->option[TIER_MINIMUM],
												  baseline);
	terms->method = base == PAY_BANDED ? TIER_MARGINAL : TIER_RETROACTIVE;
	if (base == PAY_EXCESS)
		value = num_sub(actual, baseline);
	tier_plan_working(plan, value, actual, -1, working);
	PG_RETURN_NUMERIC(working->total);
}
