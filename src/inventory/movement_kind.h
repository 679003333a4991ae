/*
 * movement_kind.h
 *		From arguments of the SQL types to a FifoMovement.
 */
#ifndef DISTMGMT_MOVEMENT_KIND_H
#define DISTMGMT_MOVEMENT_KIND_H

#include "distmgmt.h"

#include "fmgr.h"
#include "inventory/fifo.h"

/* The oids of the labels of the enum movement_kind, as C numbers them. */
typedef struct MovementKinds
{
	Oid			label[MOVEMENT_KINDS];
} MovementKinds;

extern void movement_kinds_load(MovementKinds *kinds, Oid enum_type);
extern MovementKind movement_kind_unknown(Oid label);

/* Kinds from the argument types of a call, once per query. */
extern MovementKinds *movement_kinds_cached(FunctionCallInfo fcinfo,
											int argument);

extern void movement_aggregate_context(FunctionCallInfo fcinfo,
									   MemoryContext *context);

/* The number of a label. */
static inline MovementKind
movement_kind(const MovementKinds *kinds, Oid label)
{
	for (int i = 0; i < MOVEMENT_KINDS; i++)
		if (kinds->label[i] == label)
			return (MovementKind) i;
	return movement_kind_unknown(label);
}

/* The movement in four arguments of an ordinary call, from first on. */
static inline void
movement_from_arguments(FunctionCallInfo fcinfo, int first,
						const MovementKinds *kinds, FifoMovement *movement)
{
	movement->has_kind = !PG_ARGISNULL(first);
	movement->kind = PG_ARGISNULL(first) ? MOVEMENT_RECEIPT :
		movement_kind(kinds, PG_GETARG_OID(first));
	movement->has_quantity = !PG_ARGISNULL(first + 1);
	movement->quantity = PG_GETARG_DATUM(first + 1);
	movement->has_cost = !PG_ARGISNULL(first + 2);
	movement->unit_cost = PG_GETARG_DATUM(first + 2);
	movement->occurred_on = PG_ARGISNULL(first + 3) ? FIFO_NO_DATE :
		PG_GETARG_DATEADT(first + 3);
}

#endif							/* DISTMGMT_MOVEMENT_KIND_H */
