/*
 * rebate.c
 *		What a schedule pays on a value, with its working and its prospects.
 *
 * The SQL faces of tier_plan.c.  Apart from the arithmetic because they deal
 * in rows: rebate_working() is what a statement prints and adds up, tiers()
 * what a BI tool lists, tier_progress() what a watch-list shows.
 */
#include "distmgmt.h"

#include "funcapi.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(rebate_of_value);

/* rebate(value, schedule): the value is its own qualifier. */
Datum
rebate_of_value(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);
	const TierPlan *plan = tier_plan_cached(fcinfo->flinfo, 1,
											PG_GETARG_DATUM(1));

	PG_RETURN_NUMERIC(tier_plan_rebate(plan, value, value));
}

PG_FUNCTION_INFO_V1(rebate_of_qualified);

/* rebate(value, qualifier, schedule) */
Datum
rebate_of_qualified(PG_FUNCTION_ARGS)
{
	const TierPlan *plan = tier_plan_cached(fcinfo->flinfo, 2,
											PG_GETARG_DATUM(2));

	PG_RETURN_NUMERIC(tier_plan_rebate(plan, PG_GETARG_DATUM(0),
									   PG_GETARG_DATUM(1)));
}

/* A row of a result under construction: all NULL until set. */
typedef struct Row
{
	Datum		value[12];
	bool		null[12];
} Row;

static void
row_clear(Row *row)
{
	memset(row->null, true, sizeof(row->null));
}

static void
row_number(Row *row, int column, Numeric number)
{
	if (number != NULL)
	{
		row->value[column] = NumericGetDatum(number);
		row->null[column] = false;
	}
}

static void
row_int(Row *row, int column, int number)
{
	row->value[column] = Int32GetDatum(number);
	row->null[column] = false;
}

static void
row_bool(Row *row, int column, bool truth)
{
	row->value[column] = BoolGetDatum(truth);
	row->null[column] = false;
}

static void
row_text(Row *row, int column, const char *str)
{
	row->value[column] = CStringGetTextDatum(str);
	row->null[column] = false;
}

static void
row_put(FunctionCallInfo fcinfo, Row *row)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(result->setResult, result->setDesc, row->value,
						 row->null);
}

/* tier, item, attain, threshold, upto, rate, block, flat: columns 0 to 7 */
static void
row_tier(Row *row, const TierTerms *terms, int i)
{
	const TierTerm *tier = &terms->tier[i];

	row_clear(row);
	row_int(row, 0, i + 1);
	row_text(row, 1, tier_kind_name[tier->rate != NULL ? terms->kind :
									TIER_FLAT]);
	row_text(row, 2, tier->above ? "above" : "from");
	row_number(row, 3, tier->from);
	if (i + 1 < terms->ntiers)
		row_number(row, 4, terms->tier[i + 1].from);
	row_number(row, 5, tier->rate);
	row_number(row, 6, tier->block);
	row_number(row, 7, tier->flat);
}

PG_FUNCTION_INFO_V1(tier_schedule_tiers);

/* tiers(schedule): one row per tier. */
Datum
tier_schedule_tiers(PG_FUNCTION_ARGS)
{
	TierTerms	terms;
	Row			row;

	InitMaterializedSRF(fcinfo, 0);
	tier_schedule_read(PG_GETARG_TIER_SCHEDULE_P(0), &terms);
	for (int i = 0; i < terms.ntiers; i++)
	{
		row_tier(&row, &terms, i);
		row_put(fcinfo, &row);
	}
	return (Datum) 0;
}

/* A row of rebate_working() that is no tier: item, portion, amount. */
static void
put_adjustment(FunctionCallInfo fcinfo, const char *item, Numeric threshold,
			   Numeric portion, Numeric amount)
{
	Row			row;

	row_clear(&row);
	row_text(&row, 1, item);
	row_number(&row, 3, threshold);
	row_number(&row, 9, portion);
	row_number(&row, 10, amount);
	row_put(fcinfo, &row);
}

PG_FUNCTION_INFO_V1(rebate_working);

/*
 * rebate_working(value, qualifier, schedule): one row per tier, then one for
 * each option that changed something; the amounts add up to the rebate.
 */
Datum
rebate_working(PG_FUNCTION_ARGS)
{
	TierPlan   *plan = palloc(sizeof(TierPlan));
	TierWorking *working = palloc(sizeof(TierWorking));
	const TierTerms *terms = &plan->terms;
	Row			row;

	InitMaterializedSRF(fcinfo, 0);
	tier_value_check(PG_GETARG_DATUM(0), "value");
	tier_value_check(PG_GETARG_DATUM(1), "qualifier");
	tier_plan_make(plan, PG_GETARG_TIER_SCHEDULE_P(2));
	tier_plan_working(plan, PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1), -1,
					  working);

	for (int i = 0; i < terms->ntiers; i++)
	{
		row_tier(&row, terms, i);
		row_bool(&row, 8, i < working->reached);
		row_number(&row, 9, working->line[i].portion);
		row_number(&row, 10, working->line[i].amount);
		row_put(fcinfo, &row);
	}
	if (working->below_minimum)
		put_adjustment(fcinfo, "minimum", terms->option[TIER_MINIMUM],
					   num_zero(), num_zero());
	if (working->measure_cut != NULL)
		put_adjustment(fcinfo, "measure cap", terms->option[TIER_MEASURE_CAP],
					   working->measure_cut, num_zero());
	if (working->cap_cut != NULL)
		put_adjustment(fcinfo, "payout cap", terms->option[TIER_PAYOUT_CAP],
					   num_zero(), working->cap_cut);
	if (working->floor_lift != NULL)
		put_adjustment(fcinfo, "payout floor",
					   terms->option[TIER_PAYOUT_FLOOR], num_zero(),
					   working->floor_lift);
	return (Datum) 0;
}

/*
 * The qualifier at which more tiers open than `open`, or NULL: a threshold,
 * or the minimum where that is higher; *next is the tier reached there and
 * *above whether it must be exceeded.
 */
static Numeric
next_step(const TierTerms *terms, int open, int *next, bool *above)
{
	Numeric		minimum = terms->option[TIER_MINIMUM];
	Numeric		at;

	if (open == terms->ntiers)
		return NULL;
	at = terms->tier[open].from;
	*next = open + 1;
	*above = terms->tier[open].above;
	if (minimum != NULL && num_cmp(minimum, at) > 0)
	{
		at = minimum;
		*above = false;
		while (*next < terms->ntiers)
		{
			int			cmp = num_cmp(at, terms->tier[*next].from);

			if (cmp < 0 || (cmp == 0 && terms->tier[*next].above))
				break;
			(*next)++;
		}
	}
	return at;
}

PG_FUNCTION_INFO_V1(tier_progress);

/*
 * tier_progress(qualifier, schedule): where a volume stands and what the next
 * tier asks and gives.  The jump is what the payout gains at that point at
 * once: with the next tier, less without it, on the same value.
 */
Datum
tier_progress(PG_FUNCTION_ARGS)
{
	Numeric		qualifier = PG_GETARG_NUMERIC(0);
	TierPlan   *plan = palloc(sizeof(TierPlan));
	TierWorking *now = palloc(sizeof(TierWorking));
	TierWorking *then = palloc(sizeof(TierWorking));
	const TierTerms *terms = &plan->terms;
	Numeric		more;
	Numeric		at;
	TupleDesc	desc;
	Row			row;
	int			next;
	bool		above;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function returning a record called in a context "
						"that cannot accept one")));
	tier_value_check(PG_GETARG_DATUM(0), "qualifier");
	tier_plan_make(plan, PG_GETARG_TIER_SCHEDULE_P(1));
	tier_plan_working(plan, qualifier, qualifier, -1, now);

	row_clear(&row);
	if (now->reached > 0)
	{
		const TierTerm *tier = &terms->tier[now->reached - 1];

		row_int(&row, 0, now->reached);
		row_number(&row, 1, tier->rate);
		row_number(&row, 2, tier->from);
	}
	row_number(&row, 3, now->total);

	at = next_step(terms, now->reached, &next, &above);
	if (at != NULL)
	{
		Numeric		with;

		row_int(&row, 4, next);
		row_text(&row, 5, above ? "above" : "from");
		row_number(&row, 6, at);
		row_number(&row, 7, num_trim(num_sub(at, qualifier)));
		tier_plan_working(plan, at, at, next, then);
		with = then->total;
		tier_plan_working(plan, at, at, now->reached, then);
		row_number(&row, 8, num_trim(num_sub(with, then->total)));
	}

	more = num_add(qualifier, int64_to_numeric(1));
	tier_plan_working(plan, more, more, -1, then);
	row_number(&row, 9, num_trim(num_sub(then->total, now->total)));

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  row.value, row.null)));
}
