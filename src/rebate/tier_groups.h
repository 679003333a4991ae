/*
 * tier_groups.h
 *		The type tier_groups: partial states of many groups in one value.
 *
 * A hash table of group totals under one schedule, as one varlena that an
 * aggregate changes in place: grouping without the executor's hash aggregate.
 *
 *		| header | schedule | slot, slot, ... (a power of two) | wide values |
 *
 * Slots are probed linearly and at most 3/8 of them used (fuller, the probes
 * that miss cost more than the memory saves); one without rows is free.  A
 * value that does not fit a 128-bit count is appended behind the slots with
 * its key, and added when the rebate is asked for.
 */
#ifndef DISTMGMT_TIER_GROUPS_H
#define DISTMGMT_TIER_GROUPS_H

#include "rebate/group_key.h"
#include "rebate/tier_schedule.h"

#define TIER_GROUPS_VERSION	1

typedef struct TierGroups
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;		/* TIER_GROUPS_VERSION */
	uint8		unused[3];		/* zero */
	uint32		groups;			/* slots in use */
	uint32		slots;			/* slots there are, a power of two */
	uint32		schedule_size;	/* aligned to 8 */
	uint32		wide_size;		/* bytes behind the slots */
	/* TierSchedule, TierGroup[slots], TierGroupWide... */
} TierGroups;

/* 48 bytes a group. */
typedef struct TierGroup
{
	GroupKey	key;
	int64		rows;			/* 0 = the slot is free */
	uint64		sum_low;
	int64		sum_high;
} TierGroup;

/* A value apart, followed by its numeric, aligned to 8. */
typedef struct TierGroupWide
{
	GroupKey	key;
} TierGroupWide;

#define TIER_GROUPS_MIN_SLOTS	64
#define TIER_GROUPS_MAX_SLOTS	(1 << 24)

#define DatumGetTierGroupsP(X)		((TierGroups *) PG_DETOAST_DATUM(X))
#define DatumGetTierGroupsPCopy(X)	((TierGroups *) PG_DETOAST_DATUM_COPY(X))
#define PG_GETARG_TIER_GROUPS_P(n)	DatumGetTierGroupsP(PG_GETARG_DATUM(n))
#define PG_RETURN_TIER_GROUPS_P(x)	PG_RETURN_POINTER(x)

static inline TierSchedule *
tier_groups_schedule(const TierGroups *groups)
{
	return (TierSchedule *) ((char *) groups + sizeof(TierGroups));
}

static inline TierGroup *
tier_groups_slots(const TierGroups *groups)
{
	return (TierGroup *) ((char *) groups + sizeof(TierGroups) +
						  groups->schedule_size);
}

static inline char *
tier_groups_wide(const TierGroups *groups)
{
	return (char *) (tier_groups_slots(groups) + groups->slots);
}

static inline Numeric
tier_group_wide_value(const TierGroupWide *wide)
{
	return (Numeric) ((char *) wide + sizeof(TierGroupWide));
}

static inline Size
tier_group_wide_size(const TierGroupWide *wide)
{
	return MAXALIGN(sizeof(TierGroupWide) +
					VARSIZE(tier_group_wide_value(wide)));
}

/*
 * The slot of a key, or the free one where it belongs.  There is always a
 * free one.
 */
static inline TierGroup *
tier_groups_find(const TierGroups *groups, const GroupKey *key)
{
	TierGroup  *slots = tier_groups_slots(groups);
	uint32		mask = groups->slots - 1;
	uint32		at = group_key_hash(key) & mask;

	while (slots[at].rows != 0 && !group_key_equal(&slots[at].key, key))
		at = (at + 1) & mask;
	return &slots[at];
}

/* tier_groups.c */
extern TierGroups *tier_groups_make(const struct varlena *schedule,
									uint32 slots);
extern TierGroups *tier_groups_add_to(TierGroups *groups, const GroupKey *key,
									  int64 rows, int128 sum, Numeric wide);
extern TierGroup **tier_groups_in_order(const TierGroups *groups);
extern Numeric *tier_groups_wide_sums(const TierGroups *groups);

#endif							/* DISTMGMT_TIER_GROUPS_H */
