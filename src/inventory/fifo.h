/*
 * fifo.h
 *		The stock of one product in one place as a queue of tranches.
 *
 * A tranche is a quantity that came in on one date at one unit cost.  Goods
 * leave from the oldest tranche; tranches are never merged, because their
 * dates decide aging, price protection and rotation.
 */
#ifndef DISTMGMT_FIFO_H
#define DISTMGMT_FIFO_H

#include "distmgmt.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "catalog/amount.h"
#include "lib/stringinfo.h"
#include "utils/date.h"

/* In the order of the labels of the SQL type movement_kind. */
typedef enum MovementKind
{
	MOVEMENT_RECEIPT,
	MOVEMENT_ISSUE,
	MOVEMENT_CUSTOMER_RETURN,
	MOVEMENT_VENDOR_RETURN,
	MOVEMENT_TRANSFER_IN,
	MOVEMENT_TRANSFER_OUT,
	MOVEMENT_ADJUSTMENT,
	MOVEMENT_COUNT,
	MOVEMENT_REPRICE
} MovementKind;

#define MOVEMENT_KINDS		(MOVEMENT_REPRICE + 1)

/* The date of a tranche whose movement had none; no date has this value. */
#define FIFO_NO_DATE		(PG_INT32_MIN + 1)

/* One argument row. The numbers are numeric datums as they came. */
typedef struct FifoMovement
{
	MovementKind kind;
	bool		has_kind;
	bool		has_quantity;
	bool		has_cost;
	DateADT		occurred_on;	/* or FIFO_NO_DATE */
	Datum		quantity;
	Datum		unit_cost;
} FifoMovement;

/* An open tranche; while the state is short, a piece of the deficit. */
typedef struct FifoTranche
{
	Amount		quantity;		/* always positive */
	Amount		cost;			/* of one unit, may be unknown */
	DateADT		occurred_on;
} FifoTranche;

/* Tranches that a state holds without a ring of its own. */
#define FIFO_OWN			2

/*
 * The state of one product in one place.  All zeroes means that nothing has
 * happened yet.  Tranches stand in a ring, oldest first: goods, or, when more
 * was issued than held (on_hand below zero), the deficit at the costs charged.
 * The first "repriced" of them cost "price", whatever they say themselves, so
 * that a reprice takes no longer than any other movement.  128 bytes, and a
 * ledger has one for each key: mind what you add.
 */
typedef struct FifoState
{
	Money		value;			/* of what has a known cost */
	Amount		on_hand;		/* tranches less deficit */
	Amount		last_cost;		/* last that came in or was set */
	Amount		issue_cost;		/* of the last unit issued */
	Amount		price;			/* of the repriced tranches */
	uint32		head;			/* position of the oldest */
	uint32		count;			/* tranches open */
	uint32		capacity;		/* tranches that there is room for */
	uint32		repriced;		/* tranches that cost price */
	uint32		unknown;		/* tranches of unknown cost */
	int16		quantity_scale; /* decimals of the finest quantity seen */
	int16		cost_scale;		/* decimals of the finest cost seen */
	bool		begun;
	bool		exact;			/* amounts are Numeric, not fixed */
	union
	{
		FifoTranche own[FIFO_OWN];	/* capacity is FIFO_OWN */
		FifoTranche *ring;		/* capacity is more */
	}			tranches;
} FifoState;

/* What one movement did; belongs to the state's memory context. */
typedef struct FifoOutcome
{
	Money		moved;			/* cost brought or taken */
	Money		adjustment;		/* value lost without a movement of goods */
	Amount		variance;		/* counted less calculated */
	bool		moved_known;
	bool		adjustment_known;
	bool		counted;		/* variance stands */
} FifoOutcome;

/* The columns of inventory_position and so on, and the most of them. */
#define FIFO_POSITION_COLUMNS	8
#define FIFO_LAYER_COLUMNS		3
#define FIFO_BALANCE_COLUMNS	8
#define FIFO_HOLDING_COLUMNS	7
#define FIFO_LINE_COLUMNS		16
#define FIFO_ROW_COLUMNS		FIFO_LINE_COLUMNS

/* An array of such rows in the making. */
typedef struct FifoArray
{
	StringInfoData buffer;		/* the array so far */
	int			count;			/* its rows */
} FifoArray;

/* What a ledger is kept by: distributor, warehouse, product. */
#define FIFO_KEYS				3
typedef struct FifoKey
{
	int64		id[FIFO_KEYS];	/* 0 where NULL */
	uint8		nulls;			/* a bit each; equal, as to PARTITION BY */
} FifoKey;

/* A composite type to make rows of. */
typedef struct FifoRowType
{
	TupleDesc	descriptor;
	HeapTupleHeader blank;		/* a row of nulls */
} FifoRowType;

static inline FifoTranche *
fifo_ring(FifoState *state)
{
	return state->capacity <= FIFO_OWN ? state->tranches.own :
		state->tranches.ring;
}

/* An open tranche, 0 being the oldest. */
static inline FifoTranche *
fifo_at(FifoState *state, uint32 which)
{
	uint64		place = (uint64) state->head + which;

	if (place >= state->capacity)
		place -= state->capacity;
	return fifo_ring(state) + place;
}

/* fifo.c: the rules, in one arithmetic and the other */
extern void fifo_apply_fixed(FifoState *state, MemoryContext context,
							 MovementKind kind, Amount quantity, Amount cost,
							 DateADT occurred_on, FifoOutcome *outcome);
extern void fifo_apply_exact(FifoState *state, MemoryContext context,
							 MovementKind kind, Amount quantity, Amount cost,
							 DateADT occurred_on, FifoOutcome *outcome);

/* fifo_state.c: numerics in, numerics out */
extern void fifo_move(FifoState *state, MemoryContext context,
					  const FifoMovement *movement, FifoOutcome *outcome);
extern void fifo_forget(const FifoState *state, FifoOutcome *outcome);
extern int	fifo_average_scale(const FifoState *state);
extern MoneyFixed fifo_average_fixed(const FifoState *state);
extern Numeric fifo_average_exact(const FifoState *state);

/* fifo_row.c: rows of the SQL types */
extern FifoRowType *fifo_row_type(TupleDesc descriptor, int columns);
extern Datum fifo_position(FifoState *state, FifoOutcome *outcome,
						   const FifoRowType *type);
extern Datum fifo_layer(FifoState *state, uint32 which,
						const FifoRowType *type);

extern void fifo_array_begin(FifoArray *array, Size expected);
extern void fifo_array_add(FifoArray *array, Datum row);
extern Datum fifo_array_end(FifoArray *array, Oid element);
extern Datum fifo_balance(FifoState *state, const FifoKey *key,
						  const FifoRowType *type);

#endif							/* DISTMGMT_FIFO_H */
