/*
 * group_key.h
 *		The key of a group that is kept outside the executor: two integers.
 */
#ifndef DISTMGMT_GROUP_KEY_H
#define DISTMGMT_GROUP_KEY_H

#include "common/hashfn.h"

/* NULLs are values of their own, as in GROUP BY; padding is zero. */
typedef struct GroupKey
{
	int64		key1;
	int64		key2;
	uint32		nulls;			/* bit 1: key1 is NULL, bit 2: key2 is */
	uint32		unused;			/* zero */
} GroupKey;

static inline void
group_key_set(GroupKey *key, bool null1, int64 key1, bool null2, int64 key2)
{
	key->key1 = null1 ? 0 : key1;
	key->key2 = null2 ? 0 : key2;
	key->nulls = (null1 ? 1 : 0) | (null2 ? 2 : 0);
	key->unused = 0;
}

static inline uint32
group_key_hash(const GroupKey *key)
{
	uint64		hash = (uint64) key->key1 * UINT64CONST(0x9E3779B97F4A7C15);

	hash ^= (uint64) key->key2 + ((uint64) key->nulls << 62);
	hash *= UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (hash >> 32);
}

static inline bool
group_key_equal(const GroupKey *a, const GroupKey *b)
{
	return a->key1 == b->key1 && a->key2 == b->key2 && a->nulls == b->nulls;
}

#endif							/* DISTMGMT_GROUP_KEY_H */
