/*
 * inventory_window.h
 *		What inventory_position() and inventory_ledger() have in common.
 */
#ifndef DISTMGMT_INVENTORY_WINDOW_H
#define DISTMGMT_INVENTORY_WINDOW_H

#include "distmgmt.h"

#include "fmgr.h"
#include "inventory/fifo.h"
#include "inventory/movement_kind.h"
#include "windowapi.h"

/* Lives as long as the query, in fn_extra. */
typedef struct InventoryWindow
{
	MovementKinds kinds;
	FifoRowType *row;			/* inventory_position */
} InventoryWindow;

extern InventoryWindow *inventory_window(FunctionCallInfo fcinfo,
										 int kind_argument);
extern Datum inventory_window_move(InventoryWindow *self, WindowObject window,
								   int first, FifoState *state,
								   MemoryContext context);

#endif							/* DISTMGMT_INVENTORY_WINDOW_H */
