/*
 * tier_schedule_op.c
 *		Comparison, ordering and hashing of schedules.
 *
 * Equal schedules have equal bytes (see tier_schedule.h), so equality and
 * hashing look at bytes; the order goes part by part: method, kind, tiers
 * (threshold, rate, block, flat), options, a missing part before any number.
 */
#include "distmgmt.h"

#include "common/hashfn.h"
#include "rebate/tier_schedule.h"

/* <0, 0, >0; a missing number comes first. */
static int
part_cmp(Numeric a, Numeric b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return num_cmp(a, b);
}

static int
tier_cmp(const TierTerm *a, const TierTerm *b)
{
	int			cmp = part_cmp(a->from, b->from);

	if (cmp == 0)
		cmp = (int) a->above - (int) b->above;
	if (cmp == 0)
		cmp = part_cmp(a->rate, b->rate);
	if (cmp == 0)
		cmp = part_cmp(a->block, b->block);
	if (cmp == 0)
		cmp = part_cmp(a->flat, b->flat);
	return cmp;
}

static int
tier_schedule_compare(FunctionCallInfo fcinfo)
{
	TierTerms	a;
	TierTerms	b;
	int			cmp;

	tier_schedule_read(PG_GETARG_TIER_SCHEDULE_P(0), &a);
	tier_schedule_read(PG_GETARG_TIER_SCHEDULE_P(1), &b);
	cmp = (int) a.method - (int) b.method;
	if (cmp == 0)
		cmp = (int) a.kind - (int) b.kind;
	for (int i = 0; cmp == 0 && i < a.ntiers && i < b.ntiers; i++)
		cmp = tier_cmp(&a.tier[i], &b.tier[i]);
	if (cmp == 0)
		cmp = a.ntiers - b.ntiers;
	for (int i = 0; cmp == 0 && i < TIER_OPTIONS; i++)
		cmp = part_cmp(a.option[i], b.option[i]);
	return cmp;
}

static bool
tier_schedule_same(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	struct varlena *b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

PG_FUNCTION_INFO_V1(tier_schedule_eq);

Datum
tier_schedule_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tier_schedule_same(fcinfo));
}

PG_FUNCTION_INFO_V1(tier_schedule_ne);

Datum
tier_schedule_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!tier_schedule_same(fcinfo));
}

PG_FUNCTION_INFO_V1(tier_schedule_lt);

Datum
tier_schedule_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tier_schedule_compare(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(tier_schedule_le);

Datum
tier_schedule_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tier_schedule_compare(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(tier_schedule_gt);

Datum
tier_schedule_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tier_schedule_compare(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(tier_schedule_ge);

Datum
tier_schedule_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(tier_schedule_compare(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(tier_schedule_cmp);

Datum
tier_schedule_cmp(PG_FUNCTION_ARGS)
{
	int			cmp = tier_schedule_compare(fcinfo);

	PG_RETURN_INT32((cmp > 0) - (cmp < 0));
}

PG_FUNCTION_INFO_V1(tier_schedule_hash);

Datum
tier_schedule_hash(PG_FUNCTION_ARGS)
{
	struct varlena *schedule = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	return hash_any((unsigned char *) VARDATA_ANY(schedule),
					VARSIZE_ANY_EXHDR(schedule));
}

PG_FUNCTION_INFO_V1(tier_schedule_hash_extended);

Datum
tier_schedule_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *schedule = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	return hash_any_extended((unsigned char *) VARDATA_ANY(schedule),
							 VARSIZE_ANY_EXHDR(schedule),
							 PG_GETARG_INT64(1));
}
