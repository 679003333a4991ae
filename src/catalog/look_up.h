/*
 * look_up.h
 *		A function of a few keys, called once for each as long as a query runs.
 */
#ifndef DISTMGMT_LOOK_UP_H
#define DISTMGMT_LOOK_UP_H

#include "distmgmt.h"

#include "fmgr.h"

#define LOOK_UP_MAX_KEYS	4

typedef struct LookUp LookUp;

extern LookUp *look_up_begin(Oid schema, const char *name, int nkeys,
							 const Oid *key_types, Oid answer_type);
extern Datum look_up(LookUp *self, const NullableDatum *keys, bool *is_null);
extern uint64 look_up_forgotten(const LookUp *self);
extern NullableDatum look_up_field(Datum row, const char *name, Oid type);

#endif							/* DISTMGMT_LOOK_UP_H */
