/*
 * tier_state.c
 *		The state of tiered_rebate: transition, inverse, combine, final.
 *
 * The state is changed in place inside an aggregate and copied anywhere else.
 * The inverse is exact: each number is taken from the part, fixed or wide,
 * that it was added to, since its own digits decide which that is.  See
 * tier_state.h for the layout and tier_state_io.c for text and binary form.
 */
#include "distmgmt.h"

#include "nodes/primnodes.h"
#include "rebate/tier_state.h"

static inline void
value_set(TierState *state, int128 sum)
{
	state->value_low = (uint64) sum;
	state->value_high = (int64) (sum >> 64);
}

static inline int128
value_get(const TierState *state)
{
	return int128_of(state->value_low, state->value_high);
}

static inline void
qualifier_set(TierState *state, int128 sum)
{
	state->qualifier_low = (uint64) sum;
	state->qualifier_high = (int64) (sum >> 64);
}

static inline int128
qualifier_get(const TierState *state)
{
	return int128_of(state->qualifier_low, state->qualifier_high);
}

/* A state without rows; without a schedule too when that is NULL. */
TierState  *
tier_state_make(const struct varlena *schedule, bool qualified)
{
	Size		schedule_size = 0;
	Size		size;
	TierState  *state;

	if (schedule != NULL)
		schedule_size = VARSIZE_ANY_EXHDR(schedule) + VARHDRSZ;
	size = sizeof(TierState) + INTALIGN(schedule_size);
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->version = TIER_STATE_VERSION;
	if (schedule != NULL)
	{
		TierSchedule *copy = tier_state_schedule_of(state);

		state->flags = TIER_STATE_HAS_SCHEDULE |
			(qualified ? TIER_STATE_HAS_QUALIFIER : 0);
		SET_VARSIZE(copy, schedule_size);
		memcpy(VARDATA(copy), VARDATA_ANY(schedule),
			   schedule_size - VARHDRSZ);
	}
	return state;
}

/* The wide numerics of a state that has them. */
static void
wide_get(const TierState *state, Numeric *value, Numeric *qualifier)
{
	const char *at = (const char *) tier_state_schedule_of(state);

	at += tier_state_schedule_size(state);
	*value = (Numeric) at;
	*qualifier = (Numeric) (at + INTALIGN(VARSIZE(at)));
}

/* A copy of a state with something added to its wide numerics; palloc'd. */
TierState  *
tier_state_widen(const TierState *state, Numeric value, Numeric qualifier)
{
	Size		base = sizeof(TierState) + tier_state_schedule_size(state);
	Size		size;
	TierState  *result;

	if (state->flags & TIER_STATE_HAS_WIDE)
	{
		Numeric		old_value;
		Numeric		old_qualifier;

		wide_get(state, &old_value, &old_qualifier);
		value = num_add(old_value, value);
		qualifier = num_add(old_qualifier, qualifier);
	}
	value = num_trim(value);
	qualifier = num_trim(qualifier);

	size = base + INTALIGN(VARSIZE(value)) + INTALIGN(VARSIZE(qualifier));
	result = palloc0(size);
	memcpy(result, state, base);
	SET_VARSIZE(result, size);
	result->flags |= TIER_STATE_HAS_WIDE;
	memcpy((char *) result + base, value, VARSIZE(value));
	memcpy((char *) result + base + INTALIGN(VARSIZE(value)), qualifier,
		   VARSIZE(qualifier));
	return result;
}

/* One of the two sums as a numeric. */
Numeric
tier_state_sum(const TierState *state, bool qualifier)
{
	Numeric		sum;

	qualifier = qualifier && (state->flags & TIER_STATE_HAS_QUALIFIER);
	sum = fixed_to_numeric(qualifier ? qualifier_get(state) :
						   value_get(state), FIXED_SCALE);
	if (state->flags & TIER_STATE_HAS_WIDE)
	{
		Numeric		wide_value;
		Numeric		wide_qualifier;

		wide_get(state, &wide_value, &wide_qualifier);
		sum = num_trim(num_add(sum, qualifier ? wide_qualifier : wide_value));
	}
	return sum;
}

/* Two schedules met in one group. */
void
tier_schedules_differ(const struct varlena *a, const struct varlena *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("different tier schedules in one group"),
			 errdetail("One is \"%s\", the other \"%s\".",
					   tier_schedule_text(DatumGetTierScheduleP(PointerGetDatum(a))),
					   tier_schedule_text(DatumGetTierScheduleP(PointerGetDatum(b)))),
			 errhint("Group by the schedule too, or give each group one "
					 "schedule.")));
}

/* Rows with and without a qualifier met in one group. */
static void
tier_state_mixed(const TierState *state)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tier states with and without a qualifier in one group"),
			 errdetail("The schedule is \"%s\".",
					   tier_schedule_text(tier_state_schedule_of(state))),
			 errhint("Build all states of a group with the same form of "
					 "tier_state_agg.")));
}

/*
 * Is the schedule a constant of the query?  Then it need not be compared row
 * by row.  (The arguments of a transition function are no Consts themselves,
 * only those of the Aggref are.)  Remembered in fn_extra.
 */
static bool
schedule_is_constant(FunctionCallInfo fcinfo, int argno)
{
	static char constant;
	static char varying;

	if (fcinfo->flinfo->fn_extra == NULL)
	{
		Aggref	   *aggref = AggGetAggref(fcinfo);
		TargetEntry *entry = NULL;

		if (aggref != NULL && aggref->args != NIL &&
			list_length(aggref->args) == argno)
			entry = list_nth(aggref->args, argno - 1);
		fcinfo->flinfo->fn_extra = entry != NULL && IsA(entry->expr, Const) ?
			&constant : &varying;
	}
	return fcinfo->flinfo->fn_extra == &constant;
}

/* Add (sign 1) or take away (sign -1) what did not fit the fixed sums. */
static TierState *
state_add_wide(TierState *state, Datum value, Datum qualifier, int sign)
{
	Numeric		add_value;
	Numeric		add_qualifier;
	int128		fixed;

	tier_value_check(value, "value");
	tier_value_check(qualifier, "qualifier");
	add_value = DatumGetNumeric(value);
	add_qualifier = DatumGetNumeric(qualifier);

	/* What does fit goes where it would have gone alone. */
	if (fixed_from_numeric(numeric_packed(value), &fixed))
	{
		value_set(state, value_get(state) + sign * fixed);
		add_value = num_zero();
	}
	if (fixed_from_numeric(numeric_packed(qualifier), &fixed))
	{
		qualifier_set(state, qualifier_get(state) + sign * fixed);
		add_qualifier = num_zero();
	}
	if (sign < 0)
	{
		add_value = num_sub(num_zero(), add_value);
		add_qualifier = num_sub(num_zero(), add_qualifier);
	}
	return tier_state_widen(state, add_value, add_qualifier);
}

/* The state in argument 0, ours to change; NULL when there is none. */
static TierState *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (fcinfo->context != NULL && (IsA(fcinfo->context, AggState) ||
									IsA(fcinfo->context, WindowAggState)))
		return (TierState *) PG_GETARG_POINTER(0);
	return DatumGetTierStatePCopy(PG_GETARG_DATUM(0));
}

/*
 * Transition and inverse.  A row with a NULL is skipped; a state is made for
 * it all the same, as moving aggregates may not have NULL for one.
 */
static inline Datum
state_step(FunctionCallInfo fcinfo, bool qualified, int sign)
{
	int			schedule_arg = qualified ? 3 : 2;
	TierState  *state = state_argument(fcinfo);
	struct varlena *schedule;
	Datum		value;
	Datum		qualifier;
	int128		fixed_value;
	int128		fixed_qualifier;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(qualified && PG_ARGISNULL(3)))
		PG_RETURN_TIER_STATE_P(state != NULL ? state :
							   tier_state_make(NULL, false));

	value = PG_GETARG_DATUM(1);
	qualifier = PG_GETARG_DATUM(2);
	if (state == NULL || state->rows == 0)
	{
		if (sign < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cannot remove a row from an empty tier state"),
					 errdetail("The state has no rows."),
					 errhint("Remove only what was added before.")));
		schedule = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(schedule_arg));
		state = tier_state_make(schedule, qualified);
	}
	else if (qualified != ((state->flags & TIER_STATE_HAS_QUALIFIER) != 0))
		tier_state_mixed(state);
	else if (!schedule_is_constant(fcinfo, schedule_arg))
	{
		TierSchedule *first = tier_state_schedule_of(state);

		schedule = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(schedule_arg));
		if (VARSIZE_ANY_EXHDR(schedule) != VARSIZE(first) - VARHDRSZ ||
			memcmp(VARDATA_ANY(schedule), VARDATA(first),
				   VARSIZE(first) - VARHDRSZ) != 0)
			tier_schedules_differ((struct varlena *) first, schedule);
	}

	state->rows += sign;
	if (!fixed_from_numeric(numeric_packed(value), &fixed_value))
		PG_RETURN_TIER_STATE_P(state_add_wide(state, value,
											  qualified ? qualifier : value,
											  sign));
	if (qualified)
	{
		if (!fixed_from_numeric(numeric_packed(qualifier), &fixed_qualifier))
			PG_RETURN_TIER_STATE_P(state_add_wide(state, value, qualifier,
												  sign));
		qualifier_set(state, qualifier_get(state) + sign * fixed_qualifier);
	}
	value_set(state, value_get(state) + sign * fixed_value);
	PG_RETURN_TIER_STATE_P(state);
}

PG_FUNCTION_INFO_V1(tier_state_add);

Datum
tier_state_add(PG_FUNCTION_ARGS)
{
	return state_step(fcinfo, false, 1);
}

PG_FUNCTION_INFO_V1(tier_state_add_qualified);

Datum
tier_state_add_qualified(PG_FUNCTION_ARGS)
{
	return state_step(fcinfo, true, 1);
}

PG_FUNCTION_INFO_V1(tier_state_remove);

Datum
tier_state_remove(PG_FUNCTION_ARGS)
{
	return state_step(fcinfo, false, -1);
}

PG_FUNCTION_INFO_V1(tier_state_remove_qualified);

Datum
tier_state_remove_qualified(PG_FUNCTION_ARGS)
{
	return state_step(fcinfo, true, -1);
}

/* Move a fixed sum that has grown very large to the wide part. */
static TierState *
state_spill(TierState *state)
{
	int128		value = value_get(state);
	int128		qualifier = qualifier_get(state);

	if (value > -FIXED_SUM_LIMIT && value < FIXED_SUM_LIMIT &&
		qualifier > -FIXED_SUM_LIMIT && qualifier < FIXED_SUM_LIMIT)
		return state;
	state = tier_state_widen(state, fixed_to_numeric(value, FIXED_SCALE),
							 fixed_to_numeric(qualifier, FIXED_SCALE));
	value_set(state, 0);
	qualifier_set(state, 0);
	return state;
}

PG_FUNCTION_INFO_V1(tier_state_combine);

/*
 * Add the second state to the first, which is changed in place in an
 * aggregate; the second is only read, and may be short or toasted.  Also the
 * transition function of the roll-up aggregates.
 */
Datum
tier_state_combine(PG_FUNCTION_ARGS)
{
	TierState  *state = state_argument(fcinfo);
	TierState  *other;
	struct varlena *a;
	struct varlena *b;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_TIER_STATE_P(state);
	}
	if (state == NULL || state->rows == 0)
		PG_RETURN_TIER_STATE_P(DatumGetTierStatePCopy(PG_GETARG_DATUM(1)));
	other = PG_GETARG_TIER_STATE_P(1);
	if (other->rows == 0)
		PG_RETURN_TIER_STATE_P(state);

	a = (struct varlena *) tier_state_schedule_of(state);
	b = (struct varlena *) tier_state_schedule_of(other);
	if (VARSIZE(a) != VARSIZE(b) || memcmp(a, b, VARSIZE(a)) != 0)
		tier_schedules_differ(a, b);
	if ((state->flags ^ other->flags) & TIER_STATE_HAS_QUALIFIER)
		tier_state_mixed(state);

	state->rows += other->rows;
	value_set(state, value_get(state) + value_get(other));
	qualifier_set(state, qualifier_get(state) + qualifier_get(other));
	if (other->flags & TIER_STATE_HAS_WIDE)
	{
		Numeric		value;
		Numeric		qualifier;

		wide_get(other, &value, &qualifier);
		state = tier_state_widen(state, value, qualifier);
	}
	PG_RETURN_TIER_STATE_P(state_spill(state));
}

PG_FUNCTION_INFO_V1(tier_state_rebate);

/* Final function: the rebate of the sums; NULL without rows. */
Datum
tier_state_rebate(PG_FUNCTION_ARGS)
{
	TierState  *state = PG_GETARG_TIER_STATE_P(0);
	const TierPlan *plan;
	int128		value;
	int128		qualifier;
	int128		result;
	TierWorking *working;

	if (state->rows == 0)
		PG_RETURN_NULL();
	plan = tier_plan_in(&fcinfo->flinfo->fn_extra, fcinfo->flinfo->fn_mcxt,
						(struct varlena *) tier_state_schedule_of(state));
	value = value_get(state);
	qualifier = (state->flags & TIER_STATE_HAS_QUALIFIER) ?
		qualifier_get(state) : value;
	if (!(state->flags & TIER_STATE_HAS_WIDE) &&
		tier_plan_fixed(plan, value, qualifier, &result))
		PG_RETURN_NUMERIC(fixed_to_numeric(result, FIXED_PRODUCT_SCALE));

	working = palloc(sizeof(TierWorking));
	tier_plan_working(plan, tier_state_sum(state, false),
					  tier_state_sum(state, true), -1, working);
	PG_RETURN_NUMERIC(working->total);
}
