/*
 * tier_groups.c
 *		tiered_rebate of all groups at once, kept inside one state.
 *
 * See tier_groups.h for the state and tier_groups_io.c for its text form.  As
 * with tier_state, the transition changes the state in place inside an
 * aggregate, and combine only reads its second argument.
 */
#include "distmgmt.h"

#include "funcapi.h"
#include "nodes/primnodes.h"
#include "rebate/tier_groups.h"
#include "rebate/tier_state.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Groups without rows, of a packed schedule. */
TierGroups *
tier_groups_make(const struct varlena *schedule, uint32 slots)
{
	Size		schedule_size = VARSIZE_ANY_EXHDR(schedule) + VARHDRSZ;
	Size		base = sizeof(TierGroups) + MAXALIGN(schedule_size);
	Size		size = base + slots * sizeof(TierGroup);
	TierGroups *groups = palloc0(size);
	TierSchedule *copy = tier_groups_schedule(groups);

	SET_VARSIZE(groups, size);
	groups->version = TIER_GROUPS_VERSION;
	groups->slots = slots;
	groups->schedule_size = MAXALIGN(schedule_size);
	SET_VARSIZE(copy, schedule_size);
	memcpy(VARDATA(copy), VARDATA_ANY(schedule), schedule_size - VARHDRSZ);
	return groups;
}

/* A copy with twice the slots. */
static TierGroups *
groups_grow(const TierGroups *groups)
{
	const TierGroup *slots = tier_groups_slots(groups);
	Size		base = sizeof(TierGroups) + groups->schedule_size;
	Size		size;
	TierGroups *result;

	if (groups->slots >= TIER_GROUPS_MAX_SLOTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many groups in one tier_groups"),
				 errdetail("There are more than %u.", groups->groups),
				 errhint("Use tiered_rebate with GROUP BY.")));
	size = base + 2 * groups->slots * sizeof(TierGroup) + groups->wide_size;
	result = palloc(size);
	memcpy(result, groups, base);
	SET_VARSIZE(result, size);
	result->slots = 2 * groups->slots;
	memset(tier_groups_slots(result), 0, result->slots * sizeof(TierGroup));
	for (uint32 i = 0; i < groups->slots; i++)
	{
		if (slots[i].rows != 0)
			*tier_groups_find(result, &slots[i].key) = slots[i];
	}
	memcpy(tier_groups_wide(result), tier_groups_wide(groups),
		   groups->wide_size);
	return result;
}

/* A copy with a wide value appended. */
static TierGroups *
groups_append(const TierGroups *groups, const GroupKey *key, Numeric value)
{
	Size		wide_size = MAXALIGN(sizeof(TierGroupWide) + VARSIZE(value));
	Size		size = VARSIZE(groups) + wide_size;
	TierGroups *result;
	TierGroupWide *wide;

	if (size >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many very large values in one tier_groups"),
				 errdetail("The state has %zu bytes.", size),
				 errhint("Use tiered_rebate with GROUP BY.")));
	result = palloc0(size);
	memcpy(result, groups, VARSIZE(groups));
	SET_VARSIZE(result, size);
	wide = (TierGroupWide *) (tier_groups_wide(result) + groups->wide_size);
	wide->key = *key;
	memcpy(tier_group_wide_value(wide), value, VARSIZE(value));
	result->wide_size += wide_size;
	return result;
}

/*
 * Add rows and their sums to a group: in place where there is room, otherwise
 * in a copy, which is returned.
 */
TierGroups *
tier_groups_add_to(TierGroups *groups, const GroupKey *key, int64 rows,
				   int128 sum, Numeric wide)
{
	TierGroup  *group = tier_groups_find(groups, key);

	if (group->rows == 0)
	{
		if ((uint64) (groups->groups + 1) * 8 > (uint64) groups->slots * 3)
		{
			groups = groups_grow(groups);
			group = tier_groups_find(groups, key);
		}
		groups->groups++;
		group->key = *key;
	}
	group->rows += rows;
	sum += int128_of(group->sum_low, group->sum_high);
	if (sum > FIXED_SUM_LIMIT || sum < -FIXED_SUM_LIMIT)
	{
		Numeric		spilt = fixed_to_numeric(sum, FIXED_SCALE);

		wide = wide == NULL ? spilt : num_add(wide, spilt);
		sum = 0;
	}
	group->sum_low = (uint64) sum;
	group->sum_high = (int64) (sum >> 64);
	return wide == NULL ? groups : groups_append(groups, key, wide);
}

/* The sums of the wide values by slot, NULL where there are none. */
Numeric    *
tier_groups_wide_sums(const TierGroups *groups)
{
	Numeric    *sums;
	char	   *at = tier_groups_wide(groups);
	char	   *end = at + groups->wide_size;

	if (groups->wide_size == 0)
		return NULL;
	sums = palloc0(groups->slots * sizeof(Numeric));
	while (at < end)
	{
		TierGroupWide *wide = (TierGroupWide *) at;
		Numeric		value = tier_group_wide_value(wide);
		TierGroup  *group = tier_groups_find(groups, &wide->key);
		int			slot = group - tier_groups_slots(groups);

		sums[slot] = sums[slot] == NULL ? value : num_add(sums[slot], value);
		at += tier_group_wide_size(wide);
	}
	return sums;
}

/* Is the schedule a constant of the query?  See tier_state.c. */
static bool
schedule_is_constant(FunctionCallInfo fcinfo)
{
	static char constant;
	static char varying;

	if (fcinfo->flinfo->fn_extra == NULL)
	{
		Aggref	   *aggref = AggGetAggref(fcinfo);
		TargetEntry *entry = NULL;

		if (aggref != NULL && aggref->args != NIL &&
			list_length(aggref->args) == 4)
			entry = list_nth(aggref->args, 1);
		fcinfo->flinfo->fn_extra = entry != NULL && IsA(entry->expr, Const) ?
			&constant : &varying;
	}
	return fcinfo->flinfo->fn_extra == &constant;
}

static void
check_schedule(const TierGroups *groups, const struct varlena *schedule)
{
	TierSchedule *first = tier_groups_schedule(groups);

	if (VARSIZE_ANY_EXHDR(schedule) != VARSIZE(first) - VARHDRSZ ||
		memcmp(VARDATA_ANY(schedule), VARDATA(first),
			   VARSIZE(first) - VARHDRSZ) != 0)
		tier_schedules_differ((struct varlena *) first, schedule);
}

/* The groups in argument 0, ours to change; NULL when there are none. */
static TierGroups *
groups_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	if (fcinfo->context != NULL && (IsA(fcinfo->context, AggState) ||
									IsA(fcinfo->context, WindowAggState)))
		return (TierGroups *) PG_GETARG_POINTER(0);
	return DatumGetTierGroupsPCopy(PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(tier_groups_add);

/* Transition: (groups, value, schedule, key1, key2). */
Datum
tier_groups_add(PG_FUNCTION_ARGS)
{
	TierGroups *groups = groups_argument(fcinfo);
	GroupKey	key;
	TierGroup  *group;
	Datum		value;
	int128		fixed;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (groups == NULL)
			PG_RETURN_NULL();
		PG_RETURN_TIER_GROUPS_P(groups);
	}
	if (groups == NULL)
		groups = tier_groups_make(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2)),
								  TIER_GROUPS_MIN_SLOTS);
	else if (!schedule_is_constant(fcinfo))
		check_schedule(groups,
					   PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2)));

	value = PG_GETARG_DATUM(1);
	group_key_set(&key, PG_ARGISNULL(3),
				  PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3), PG_ARGISNULL(4),
				  PG_ARGISNULL(4) ? 0 : PG_GETARG_INT64(4));
	if (!fixed_from_numeric(numeric_packed(value), &fixed))
	{
		tier_value_check(value, "value");
		PG_RETURN_TIER_GROUPS_P(tier_groups_add_to(groups, &key, 1, 0,
												   DatumGetNumeric(value)));
	}

	/* The usual case, without the call: the group is there. */
	group = tier_groups_find(groups, &key);
	if (group->rows == 0)
		PG_RETURN_TIER_GROUPS_P(tier_groups_add_to(groups, &key, 1, fixed,
												   NULL));
	group->rows++;
	fixed += int128_of(group->sum_low, group->sum_high);
	group->sum_low = (uint64) fixed;
	group->sum_high = (int64) (fixed >> 64);
	PG_RETURN_TIER_GROUPS_P(groups);
}

PG_FUNCTION_INFO_V1(tier_groups_combine);

/* Add the groups of the second argument, which is only read, to the first. */
Datum
tier_groups_combine(PG_FUNCTION_ARGS)
{
	TierGroups *groups = groups_argument(fcinfo);
	TierGroups *other;
	const TierGroup *slots;
	char	   *at;
	char	   *end;

	if (PG_ARGISNULL(1))
	{
		if (groups == NULL)
			PG_RETURN_NULL();
		PG_RETURN_TIER_GROUPS_P(groups);
	}
	if (groups == NULL)
		PG_RETURN_TIER_GROUPS_P(DatumGetTierGroupsPCopy(PG_GETARG_DATUM(1)));
	other = PG_GETARG_TIER_GROUPS_P(1);
	check_schedule(groups, (struct varlena *) tier_groups_schedule(other));

	slots = tier_groups_slots(other);
	for (uint32 i = 0; i < other->slots; i++)
	{
		if (slots[i].rows != 0)
			groups = tier_groups_add_to(groups, &slots[i].key, slots[i].rows,
										int128_of(slots[i].sum_low,
												  slots[i].sum_high), NULL);
	}
	at = tier_groups_wide(other);
	end = at + other->wide_size;
	while (at < end)
	{
		TierGroupWide *wide = (TierGroupWide *) at;

		groups = groups_append(groups, &wide->key,
							   tier_group_wide_value(wide));
		at += tier_group_wide_size(wide);
	}
	PG_RETURN_TIER_GROUPS_P(groups);
}

static int
slot_cmp(const void *a, const void *b)
{
	const GroupKey *x = &(*(const TierGroup *const *) a)->key;
	const GroupKey *y = &(*(const TierGroup *const *) b)->key;

	if (x->nulls != y->nulls)
		return x->nulls < y->nulls ? -1 : 1;
	if (x->key1 != y->key1)
		return x->key1 < y->key1 ? -1 : 1;
	if (x->key2 != y->key2)
		return x->key2 < y->key2 ? -1 : 1;
	return 0;
}

/* The slots in use, in the order of their keys, NULLs last; palloc'd. */
TierGroup **
tier_groups_in_order(const TierGroups *groups)
{
	TierGroup  *slots = tier_groups_slots(groups);
	TierGroup **used = palloc((groups->groups + 1) * sizeof(TierGroup *));
	uint32		count = 0;

	for (uint32 i = 0; i < groups->slots; i++)
	{
		if (slots[i].rows != 0)
			used[count++] = &slots[i];
	}
	qsort(used, count, sizeof(TierGroup *), slot_cmp);
	return used;
}

PG_FUNCTION_INFO_V1(tier_groups_rebates);

/*
 * tier_groups_rebates(groups): setof (key1, key2, rows, value, rebate), in the
 * order of the keys, NULLs last.
 */
Datum
tier_groups_rebates(PG_FUNCTION_ARGS)
{
	TierGroups *groups = PG_GETARG_TIER_GROUPS_P(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TierGroup  *slots = tier_groups_slots(groups);
	Numeric    *wide = tier_groups_wide_sums(groups);
	TierPlan   *plan = palloc(sizeof(TierPlan));
	TierGroup **used = tier_groups_in_order(groups);

	InitMaterializedSRF(fcinfo, 0);
	tier_plan_make(plan, tier_groups_schedule(groups));
	for (uint32 i = 0; i < groups->groups; i++)
	{
		const TierGroup *group = used[i];
		int128		fixed = int128_of(group->sum_low, group->sum_high);
		int128		rebate;
		Numeric		sum = fixed_to_numeric(fixed, FIXED_SCALE);
		Numeric		extra = wide == NULL ? NULL : wide[used[i] - slots];
		Datum		values[5];
		bool		nulls[5] = {false};

		if (extra != NULL)
			sum = num_trim(num_add(sum, extra));
		values[0] = Int64GetDatum(group->key.key1);
		nulls[0] = (group->key.nulls & 1) != 0;
		values[1] = Int64GetDatum(group->key.key2);
		nulls[1] = (group->key.nulls & 2) != 0;
		values[2] = Int64GetDatum(group->rows);
		values[3] = NumericGetDatum(sum);
		if (extra == NULL && tier_plan_fixed(plan, fixed, fixed, &rebate))
			values[4] = NumericGetDatum(fixed_to_numeric(rebate,
														 FIXED_PRODUCT_SCALE));
		else
			values[4] = NumericGetDatum(tier_plan_rebate(plan, values[3],
														 values[3]));
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
