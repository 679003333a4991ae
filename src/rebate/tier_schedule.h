/*
 * tier_schedule.h
 *		The type tier_schedule: its stored image, its draft, its evaluation.
 *
 * Three forms of one thing:
 *	- TierDraft, plain C without pointers, which the parser of the text form
 *	  fills without a server (tier_schedule_in.c) and the readers of jsonb,
 *	  arrays and binary fill from their input; all checks are on the draft;
 *	- TierSchedule, the varlena that is stored;
 *	- TierPlan, a stored schedule read once and ready to be evaluated.
 */
#ifndef DISTMGMT_TIER_SCHEDULE_H
#define DISTMGMT_TIER_SCHEDULE_H

#include "fmgr.h"
#include "rebate/fixed.h"
#include "rebate/tier_draft.h"

#define TIER_SCHEDULE_VERSION	1

/*
 * The stored image.  After tier_flags (padded with zeros to 4 bytes) follow
 * numerics, each with a 4-byte header, aligned to 4 and padded with zeros:
 * first the options present, in the order of TierOption, then tier by tier
 * threshold, rate, block and flat as far as the tier's flags announce them.
 * Every number is stripped of trailing zeros and a percentage is held as the
 * fraction, so equal schedules have equal bytes.
 */
typedef struct TierSchedule
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;		/* TIER_SCHEDULE_VERSION */
	uint8		method;			/* TierMethod */
	uint8		kind;			/* TierKind */
	uint8		ntiers;			/* 1 to TIER_MAX */
	uint8		options;		/* bit 1 << TierOption: present */
	uint8		tier_flags[FLEXIBLE_ARRAY_MEMBER];	/* TIER_HAS_... */
} TierSchedule;

#define TIER_IS_ABOVE		0x01	/* reached above the threshold, not at it */
#define TIER_HAS_RATE		0x02
#define TIER_HAS_FLAT		0x04

#define TIER_SCHEDULE_HEADER(ntiers) \
	INTALIGN(offsetof(TierSchedule, tier_flags) + (ntiers))

#define DatumGetTierScheduleP(X)	((TierSchedule *) PG_DETOAST_DATUM(X))
#define PG_GETARG_TIER_SCHEDULE_P(n) DatumGetTierScheduleP(PG_GETARG_DATUM(n))
#define PG_RETURN_TIER_SCHEDULE_P(x) PG_RETURN_POINTER(x)

/*
 * A stored schedule taken apart: pointers into the image, NULL where a tier
 * has no such number.
 */
typedef struct TierTerm
{
	bool		above;
	Numeric		from;
	Numeric		rate;			/* fraction, or amount per unit or block */
	Numeric		block;			/* units in a block */
	Numeric		flat;
} TierTerm;

typedef struct TierTerms
{
	TierMethod	method;
	TierKind	kind;
	int			ntiers;
	Numeric		option[TIER_OPTIONS];
	TierTerm	tier[TIER_MAX];
} TierTerms;

/*
 * A schedule ready to be evaluated.  Where `fixed` holds, every number of it
 * is also there as a 128-bit integer and values up to `value_limit` are
 * evaluated in integers; otherwise, and beyond, numeric does it.
 */
typedef struct FixedTerm
{
	int128		from;			/* 10^-8 */
	int128		rate;			/* 10^-8 */
	int128		block;			/* 10^-8 */
	int128		flat;			/* 10^-16 */
} FixedTerm;

typedef struct TierPlan
{
	TierTerms	terms;
	bool		fixed;
	int128		value_limit;
	int128		option[TIER_OPTIONS];	/* caps and floor of payout: 10^-16 */
	FixedTerm	tier[TIER_MAX];
} TierPlan;

/*
 * What a schedule made of one value, tier by tier.  portion and amount are
 * never NULL; total = sum of the amounts + cap_cut + floor_lift.
 */
typedef struct TierWorkingLine
{
	Numeric		portion;		/* what of the value the rate applied to */
	Numeric		amount;			/* what the tier earned, its flat included */
} TierWorkingLine;

typedef struct TierWorking
{
	int			reached;		/* number of tiers open */
	bool		below_minimum;
	Numeric		measure;		/* the value after the measure cap */
	Numeric		measure_cut;	/* <= 0: what the measure cap took, or NULL */
	Numeric		cap_cut;		/* <= 0: what the payout cap took, or NULL */
	Numeric		floor_lift;		/* >= 0: what the payout floor added, or NULL */
	Numeric		total;
	TierWorkingLine line[TIER_MAX];
} TierWorking;

/* tier_schedule.c */
extern TierSchedule *tier_schedule_build(const TierDraft *draft);
extern void tier_schedule_read(const TierSchedule *schedule, TierTerms *terms);
extern void tier_draft_from_terms(TierDraft *draft, const TierTerms *terms);
extern char *tier_schedule_text(const TierSchedule *schedule);
extern bool tier_number_from_numeric(TierNumber *number, Numeric value);
extern Numeric tier_number_to_numeric(const TierNumber *number);

extern Datum tier_schedule_in(PG_FUNCTION_ARGS);
extern Datum tier_schedule_recv(PG_FUNCTION_ARGS);
extern Datum tier_schedule_send(PG_FUNCTION_ARGS);

/* tier_plan.c */
extern void tier_plan_make(TierPlan *plan, const TierSchedule *schedule);
extern const TierPlan *tier_plan_cached(FmgrInfo *flinfo, int argno,
										Datum schedule);
extern const TierPlan *tier_plan_in(void **cache, MemoryContext context,
									const struct varlena *schedule);
extern bool tier_plan_fixed(const TierPlan *plan, int128 value,
							int128 qualifier, int128 *result);
extern Numeric tier_plan_rebate(const TierPlan *plan, Datum value,
								Datum qualifier);
extern void tier_plan_working(const TierPlan *plan, Numeric value,
							  Numeric qualifier, int open,
							  TierWorking *working);
extern int	tier_plan_open(const TierPlan *plan, Numeric qualifier);
extern void tier_value_check(Datum value, const char *what);

/* numeric arithmetic by its plain name */
extern Numeric num_add(Numeric a, Numeric b);
extern Numeric num_sub(Numeric a, Numeric b);
extern Numeric num_mul(Numeric a, Numeric b);
extern Numeric num_trim(Numeric a);
extern int	num_cmp(Numeric a, Numeric b);
extern Numeric num_zero(void);
extern bool num_positive(Numeric a);

#endif							/* DISTMGMT_TIER_SCHEDULE_H */
