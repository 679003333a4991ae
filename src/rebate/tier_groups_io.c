/*
 * tier_groups_io.c
 *		Text and binary form of tier_groups.
 *
 *		marginal: 3% from 0 | 1 20241 12 1200.5 | 1 null 3 -5
 *
 * The schedule, then for each group its keys, rows and sum, in the order of
 * the keys.  Both forms are lossless.
 */
#include "distmgmt.h"

#include "libpq/pqformat.h"
#include "rebate/tier_groups.h"
#include "rebate/tier_state.h"
#include "utils/builtins.h"

/* Add a group that was read; keys may come in any order, but once. */
static TierGroups *
add_group(TierGroups *groups, const GroupKey *key, int64 rows, Numeric sum)
{
	int128		fixed = 0;
	bool		fits = fixed_from_numeric((struct varlena *) sum, &fixed);

	if (rows <= 0 || tier_groups_find(groups, key)->rows != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid group for type %s", "tier_groups"),
				 errdetail("The group has " INT64_FORMAT " rows, or is there "
						   "twice.", rows),
				 errhint("Each group is there once and has rows.")));
	return tier_groups_add_to(groups, key, rows, fixed, fits ? NULL : sum);
}

static void
text_error(const char *group)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s", "tier_groups"),
			 errdetail("The group is \"%s\".", group),
			 errhint("The form is \"marginal: 3%% from 0 | key1 key2 rows "
					 "sum | ...\", with null for a key that is NULL.")));
}

PG_FUNCTION_INFO_V1(tier_groups_in);

Datum
tier_groups_in(PG_FUNCTION_ARGS)
{
	char	   *text = pstrdup(PG_GETARG_CSTRING(0));
	char	   *bar = strstr(text, " | ");
	TierGroups *groups;
	Datum		schedule;

	if (bar != NULL)
		*bar = '\0';
	schedule = DirectFunctionCall1(tier_schedule_in, CStringGetDatum(text));
	groups = tier_groups_make((struct varlena *) DatumGetPointer(schedule),
							  TIER_GROUPS_MIN_SLOTS);
	while (bar != NULL)
	{
		char	   *group = bar + strlen(" | ");
		char	   *word[4];
		char	   *rest;
		GroupKey	key;
		Numeric		sum;

		bar = strstr(group, " | ");
		if (bar != NULL)
			*bar = '\0';
		rest = pstrdup(group);
		for (int i = 0; i < 4; i++)
		{
			word[i] = strsep(&rest, " ");
			if (word[i] == NULL || *word[i] == '\0')
				text_error(group);
		}
		if (rest != NULL)
			text_error(group);
		group_key_set(&key, strcmp(word[0], "null") == 0,
					  strcmp(word[0], "null") == 0 ? 0 :
					  pg_strtoint64(word[0]), strcmp(word[1], "null") == 0,
					  strcmp(word[1], "null") == 0 ? 0 :
					  pg_strtoint64(word[1]));
		sum = DatumGetNumeric(DirectFunctionCall3(numeric_in,
												  CStringGetDatum(word[3]),
												  ObjectIdGetDatum(InvalidOid),
												  Int32GetDatum(-1)));
		if (numeric_is_nan(sum) || numeric_is_inf(sum))
			text_error(group);
		groups = add_group(groups, &key, pg_strtoint64(word[2]), sum);
	}
	PG_RETURN_TIER_GROUPS_P(groups);
}

/* The sum of a used slot. */
static Numeric
slot_sum(const TierGroup *slot, Numeric wide)
{
	Numeric		sum = fixed_to_numeric(int128_of(slot->sum_low,
												 slot->sum_high), FIXED_SCALE);

	return wide == NULL ? sum : num_trim(num_add(sum, wide));
}

PG_FUNCTION_INFO_V1(tier_groups_out);

Datum
tier_groups_out(PG_FUNCTION_ARGS)
{
	TierGroups *groups = PG_GETARG_TIER_GROUPS_P(0);
	Numeric    *wide = tier_groups_wide_sums(groups);
	TierGroup **used = tier_groups_in_order(groups);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out,
						   tier_schedule_text(tier_groups_schedule(groups)));
	for (uint32 i = 0; i < groups->groups; i++)
	{
		const TierGroup *slot = used[i];
		int			at = used[i] - tier_groups_slots(groups);

		if (slot->key.nulls & 1)
			appendStringInfoString(&out, " | null");
		else
			appendStringInfo(&out, " | " INT64_FORMAT, slot->key.key1);
		if (slot->key.nulls & 2)
			appendStringInfoString(&out, " null");
		else
			appendStringInfo(&out, " " INT64_FORMAT, slot->key.key2);
		appendStringInfo(&out, " " INT64_FORMAT " %s", slot->rows,
						 numeric_normalize(slot_sum(slot, wide == NULL ?
													NULL : wide[at])));
	}
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(tier_groups_send);

/* Version (int8), schedule, groups (int32); then each group. */
Datum
tier_groups_send(PG_FUNCTION_ARGS)
{
	TierGroups *groups = PG_GETARG_TIER_GROUPS_P(0);
	Numeric    *wide = tier_groups_wide_sums(groups);
	TierGroup **used = tier_groups_in_order(groups);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, TIER_GROUPS_VERSION);
	tier_send_part(&out, tier_schedule_send,
				   PointerGetDatum(tier_groups_schedule(groups)));
	pq_sendint32(&out, groups->groups);
	for (uint32 i = 0; i < groups->groups; i++)
	{
		const TierGroup *slot = used[i];
		int			at = used[i] - tier_groups_slots(groups);

		pq_sendint8(&out, slot->key.nulls);
		pq_sendint64(&out, slot->key.key1);
		pq_sendint64(&out, slot->key.key2);
		pq_sendint64(&out, slot->rows);
		tier_send_part(&out, numeric_send,
					   NumericGetDatum(slot_sum(slot, wide == NULL ? NULL :
												wide[at])));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

PG_FUNCTION_INFO_V1(tier_groups_recv);

Datum
tier_groups_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	StringInfoData part;
	TierGroups *groups;
	Datum		schedule;
	uint32		count;

	if (pq_getmsgbyte(in) != TIER_GROUPS_VERSION)
		tier_binary_error("The version is unknown.");
	tier_receive_part(in, &part);
	schedule = DirectFunctionCall1(tier_schedule_recv, PointerGetDatum(&part));
	if (part.cursor != part.len)
		tier_binary_error("The schedule is shorter than announced.");
	groups = tier_groups_make((struct varlena *) DatumGetPointer(schedule),
							  TIER_GROUPS_MIN_SLOTS);
	count = pq_getmsgint(in, 4);
	for (uint32 i = 0; i < count; i++)
	{
		GroupKey	key;
		int			nulls = pq_getmsgbyte(in);
		int64		key1 = pq_getmsgint64(in);
		int64		key2 = pq_getmsgint64(in);
		int64		rows = pq_getmsgint64(in);

		if (nulls > 3)
			tier_binary_error("The flags of a key are unknown.");
		group_key_set(&key, (nulls & 1) != 0, key1, (nulls & 2) != 0, key2);
		groups = add_group(groups, &key, rows, tier_receive_sum(in));
	}
	PG_RETURN_TIER_GROUPS_P(groups);
}
