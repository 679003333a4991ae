/*
 * allocate.h
 *		Splitting an amount by largest remainder.
 */
#ifndef DISTMGMT_ALLOCATE_H
#define DISTMGMT_ALLOCATE_H

#include "utils/numeric.h"

/* Decimals that a share may have. */
#define ALLOCATE_MAX_SCALE	18

/*
 * A function that gives the weight of line i: packed, or NULL for none.  What
 * it returns need last only until the next call.
 */
typedef const struct varlena *(*AllocateWeight) (void *arg, int64 i);

/* Shares: counts of 10^-scale where they fit, else numerics. */
typedef struct AllocateShares
{
	int64		count;
	int			scale;
	int64	   *units;			/* NULL when numerics are used */
	Numeric    *numerics;
} AllocateShares;

extern void allocate_shares(AllocateShares *shares, Numeric total,
							AllocateWeight weight, void *arg, int64 count,
							int scale);
extern Numeric allocate_share(const AllocateShares *shares, int64 i);

#endif							/* DISTMGMT_ALLOCATE_H */
