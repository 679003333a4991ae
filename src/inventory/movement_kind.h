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
extern void movement_kind_unknown(Oid label) pg_attribute_noreturn();

/* The number of a label. */
static inline MovementKind
movement_kind(const MovementKinds *kinds, Oid label)
{
	for (int i = 0; i < MOVEMENT_KINDS; i++)
		if (kinds->label[i] == label)
			return (MovementKind) i;
	movement_kind_unknown(label);
}

#endif							/* DISTMGMT_MOVEMENT_KIND_H */
