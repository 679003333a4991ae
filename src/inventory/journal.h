/*
 * journal.h
 *		The movements of one product at one distributor, in all its warehouses,
 *		gathered in any order and told in theirs.
 *
 * Sorting rows that a query has gathered is dear, because every row carries
 * its keys along and is compared through the functions of their types.  Here
 * a movement is 48 bytes and its order a few integers.
 */
#ifndef DISTMGMT_JOURNAL_H
#define DISTMGMT_JOURNAL_H

#include "distmgmt.h"

#include "fmgr.h"
#include "inventory/fifo.h"
#include "inventory/movement_kind.h"

/* What of an entry is NULL, and what has become of it. */
#define JOURNAL_NO_WAREHOUSE	0x01
#define JOURNAL_NO_DATE			0x02
#define JOURNAL_NO_STEP			0x04
#define JOURNAL_NO_KIND			0x08
#define JOURNAL_NO_QUANTITY		0x10
#define JOURNAL_NO_COST			0x20
#define JOURNAL_NO_FACT			0x40
#define JOURNAL_AWAITS_COST		0x80	/* a transfer in, costed by its other
										 * end */

/* A movement.  The numerics stand in the heap of the journal. */
typedef struct JournalEntry
{
	int64		warehouse_id;
	int64		fact_id;
	DateADT		occurred_on;
	int32		day_step;
	DateADT		tranche_on;		/* or FIFO_NO_DATE */
	uint32		quantity;		/* place in the heap */
	uint32		unit_cost;		/* likewise */
	uint8		kind;
	uint8		nulls;
} JournalEntry;

/* All zeroes but kinds means that it is empty. */
typedef struct Journal
{
	const MovementKinds *kinds; /* of the query */
	JournalEntry *entries;
	char	   *heap;			/* packed numerics */
	uint32		count;
	uint32		room;			/* entries that there is room for */
	uint32		heap_used;		/* bytes */
	uint32		heap_room;		/* bytes */
	uint32		awaiting;		/* entries that await a cost */
	MemoryContext context;
} Journal;

/*
 * Called for each movement of a warehouse, in order; entries of one warehouse
 * come one after another unless costs are handed over between warehouses.
 * state is where the movement left the stock of its warehouse; the outcome is
 * the callee's to free.
 */
typedef void (*JournalTeller) (void *self, const Journal *journal,
							   const JournalEntry *entry, FifoState *state,
							   FifoOutcome *outcome);

/* Called once for each warehouse, after its last movement. */
typedef void (*JournalCloser) (void *self, const Journal *journal,
							   const JournalEntry *any, DateADT last_on,
							   FifoState *state);

extern void journal_tell(Journal *journal, JournalTeller teller,
						 JournalCloser closer, void *self);

/* fifo_row.c: rows of the SQL types */
extern Datum fifo_line(FifoState *state, FifoOutcome *outcome,
					   const Journal *journal, const JournalEntry *entry,
					   const FifoRowType *type);
extern Datum fifo_holding(FifoState *state, uint32 which,
						  const JournalEntry *any, DateADT last_on,
						  const FifoRowType *type);

/* A number of an entry; the caller has looked at its nulls. */
static inline Datum
journal_number(const Journal *journal, uint32 place)
{
	return PointerGetDatum(journal->heap + place);
}

#endif							/* DISTMGMT_JOURNAL_H */
