/*
 * tier_state.h
 *		The type tier_state: the partial state of tiered_rebate.
 *
 * A real type and not "internal": so the aggregates run in parallel and on
 * distributed tables without serial functions, and a state can be stored,
 * rolled up later and asked for its rebate.
 *
 *		| rows | value | qualifier | schedule | wide value | wide qualifier |
 *
 * value and qualifier are sums in 128-bit counts of 10^-8, 48 bytes with the
 * header.  What does not fit such a count is summed in the wide numerics,
 * which are there only once they are needed; a sum is always fixed + wide.
 */
#ifndef DISTMGMT_TIER_STATE_H
#define DISTMGMT_TIER_STATE_H

#include "lib/stringinfo.h"
#include "rebate/tier_schedule.h"

#define TIER_STATE_VERSION	1

typedef struct TierState
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;		/* TIER_STATE_VERSION */
	uint8		flags;			/* TIER_STATE_HAS_... */
	uint16		unused;			/* zero */
	int64		rows;			/* values that were added */
	uint64		value_low;		/* two halves: a varlena is aligned to 8 */
	int64		value_high;
	uint64		qualifier_low;
	int64		qualifier_high;
	/* TierSchedule, then value and qualifier as numerics, as flags say */
} TierState;

#define TIER_STATE_HAS_SCHEDULE		0x01	/* has seen a row */
#define TIER_STATE_HAS_QUALIFIER	0x02	/* a qualifier apart from value */
#define TIER_STATE_HAS_WIDE			0x04	/* numerics follow the schedule */

#define DatumGetTierStateP(X)		((TierState *) PG_DETOAST_DATUM(X))
#define DatumGetTierStatePCopy(X)	((TierState *) PG_DETOAST_DATUM_COPY(X))
#define PG_GETARG_TIER_STATE_P(n)	DatumGetTierStateP(PG_GETARG_DATUM(n))
#define PG_RETURN_TIER_STATE_P(x)	PG_RETURN_POINTER(x)

/* Where the parts behind the fixed one are. */
static inline TierSchedule *
tier_state_schedule_of(const TierState *state)
{
	return (TierSchedule *) ((char *) state + sizeof(TierState));
}

static inline Size
tier_state_schedule_size(const TierState *state)
{
	return (state->flags & TIER_STATE_HAS_SCHEDULE) ?
		INTALIGN(VARSIZE(tier_state_schedule_of(state))) : 0;
}

static inline int128
int128_of(uint64 low, int64 high)
{
	return (int128) (((uint128) (uint64) high << 64) | low);
}

/* tier_state.c */
extern TierState *tier_state_make(const struct varlena *schedule,
								  bool qualified);
extern TierState *tier_state_widen(const TierState *state, Numeric value,
								   Numeric qualifier);
extern Numeric tier_state_sum(const TierState *state, bool qualifier);
extern void tier_schedules_differ(const struct varlena *a,
								  const struct varlena *b);

/* tier_state_io.c: parts of binary forms */
extern void tier_send_part(StringInfo out, PGFunction send, Datum part);
extern void tier_receive_part(StringInfo in, StringInfo part);
extern Numeric tier_receive_sum(StringInfo in);
extern void tier_binary_error(const char *what);

#endif							/* DISTMGMT_TIER_STATE_H */
