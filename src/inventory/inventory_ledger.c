/*
 * inventory_ledger.c
 *		The keyed forms: every distributor, warehouse and product at once, in
 *		ledger order, without a sort.
 *
 * inventory_ledger() is a window function over all movements in the order in
 * which they happened; inventory_balances() is an aggregate that tells where
 * they end.  The rules are those of fifo.c: what a sort by key would bring
 * together is found by its key instead.
 *
 *		 hash of the key		 slab
 *		+------+------+		+-----------------+-----------------+----
 *		| hash | key -+--->	| key | FifoState | key | FifoState | ...
 *		+------+------+		+-----------------+-----------------+----
 *
 * There may be millions of keys, so a state stands in a slab, without an
 * allocator's header and with two tranches in it, and the hash holds 16 bytes
 * an entry.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "inventory/fifo.h"
#include "inventory/inventory_window.h"
#include "inventory/movement_kind.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "windowapi.h"

PG_FUNCTION_INFO_V1(inventory_ledger);
PG_FUNCTION_INFO_V1(inventory_balances_move);
PG_FUNCTION_INFO_V1(inventory_balances_final);

/* States of the first slab, and of the largest. */
#define SLAB_MIN			8
#define SLAB_MAX			1024

typedef struct LedgerState
{
	FifoKey		key;			/* first, so that its address is ours */
	FifoState	state;
} LedgerState;

typedef struct LedgerEntry
{
	FifoKey    *key;			/* of a LedgerState */
	uint32		hash;
	uint32		status;
} LedgerEntry;

/* All zeroes means that there is no key yet. */
typedef struct Ledger
{
	struct ledger_hash *hash;
	LedgerState *slab;			/* the newest */
	uint32		used;			/* states in it */
	uint32		room;			/* states that it has room for */
} Ledger;

static inline uint32
ledger_key_hash(const FifoKey *key)
{
	uint64		hash = key->nulls;

	for (int i = 0; i < FIFO_KEYS; i++)
	{
		hash = (hash ^ (uint64) key->id[i]) * UINT64CONST(0x9E3779B97F4A7C15);
		hash ^= hash >> 32;
	}
	return (uint32) hash;
}

static inline bool
ledger_key_equal(const FifoKey *a, const FifoKey *b)
{
	return a->id[0] == b->id[0] && a->id[1] == b->id[1] &&
		a->id[2] == b->id[2] && a->nulls == b->nulls;
}

#define SH_PREFIX ledger
#define SH_ELEMENT_TYPE LedgerEntry
#define SH_KEY_TYPE FifoKey *
#define SH_KEY key
#define SH_HASH_KEY(table, key) ledger_key_hash(key)
#define SH_EQUAL(table, a, b) ledger_key_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The state of a key, which begins with its first movement. */
static FifoState *
ledger_state(Ledger *ledger, MemoryContext context, FifoKey *key)
{
	LedgerEntry *entry;
	LedgerState *held;
	bool		found;

	if (ledger->hash == NULL)
		ledger->hash = ledger_create(context, SLAB_MIN, NULL);

	entry = ledger_insert(ledger->hash, key, &found);
	if (found)
		return &((LedgerState *) entry->key)->state;

	if (ledger->used == ledger->room)
	{
		ledger->room = Min(SLAB_MAX, Max(SLAB_MIN, ledger->room * 2));
		ledger->slab = MemoryContextAllocZero(context, ledger->room *
											  sizeof(LedgerState));
		ledger->used = 0;
	}
	held = &ledger->slab[ledger->used++];
	held->key = *key;
	entry->key = &held->key;
	return &held->state;
}

/*
 * (distributor_id bigint, warehouse_id bigint, product_id bigint,
 * movement_kind, numeric, numeric, date) -> inventory_position
 */
Datum
inventory_ledger(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	InventoryWindow *self = inventory_window(fcinfo, FIFO_KEYS);
	Ledger	   *ledger = WinGetPartitionLocalMemory(window, sizeof(Ledger));
	MemoryContext context = GetMemoryChunkContext(ledger);
	FifoKey		key = {{0}, 0};

	for (int i = 0; i < FIFO_KEYS; i++)
	{
		bool		isnull;
		Datum		id = WinGetFuncArgCurrent(window, i, &isnull);

		if (isnull)
			key.nulls |= 1 << i;
		else
			key.id[i] = DatumGetInt64(id);
	}
	return inventory_window_move(self, window, FIFO_KEYS,
								 ledger_state(ledger, context, &key),
								 context);
}

/* (internal, and the arguments of inventory_ledger) -> internal */
Datum
inventory_balances_move(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	Ledger	   *ledger;
	FifoState  *state;
	FifoMovement movement;
	FifoOutcome outcome;
	FifoKey		key = {{0}, 0};

	movement_aggregate_context(fcinfo, &context);
	if (PG_ARGISNULL(0))
		ledger = MemoryContextAllocZero(context, sizeof(Ledger));
	else
		ledger = (Ledger *) PG_GETARG_POINTER(0);

	for (int i = 0; i < FIFO_KEYS; i++)
	{
		if (PG_ARGISNULL(1 + i))
			key.nulls |= 1 << i;
		else
			key.id[i] = PG_GETARG_INT64(1 + i);
	}
	movement_from_arguments(fcinfo, 1 + FIFO_KEYS,
							movement_kinds_cached(fcinfo, 1 + FIFO_KEYS),
							&movement);
	state = ledger_state(ledger, context, &key);
	fifo_move(state, context, &movement, &outcome);
	fifo_forget(state, &outcome);
	PG_RETURN_POINTER(ledger);
}

/* By key, NULL last. */
static int
compare_states(const void *left, const void *right)
{
	const FifoKey *a = &(*(LedgerState *const *) left)->key;
	const FifoKey *b = &(*(LedgerState *const *) right)->key;

	for (int i = 0; i < FIFO_KEYS; i++)
	{
		bool		a_null = (a->nulls & (1 << i)) != 0;
		bool		b_null = (b->nulls & (1 << i)) != 0;

		if (a_null != b_null)
			return a_null ? 1 : -1;
		if (a->id[i] != b->id[i])
			return a->id[i] < b->id[i] ? -1 : 1;
	}
	return 0;
}

/* (internal) -> inventory_balance[], by key, empty without movements */
Datum
inventory_balances_final(PG_FUNCTION_ARGS)
{
	Oid			array = get_fn_expr_rettype(fcinfo->flinfo);
	Oid			element = get_element_type(array);
	Ledger	   *ledger;
	LedgerState **states;
	LedgerEntry *entry;
	ledger_iterator iterator;
	TupleDesc	descriptor;
	FifoRowType *type;
	FifoArray	balances;
	uint32		count = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));
	ledger = (Ledger *) PG_GETARG_POINTER(0);

	states = MemoryContextAllocHuge(CurrentMemoryContext,
									sizeof(LedgerState *) *
									(Size) ledger->hash->members);
	ledger_start_iterate(ledger->hash, &iterator);
	while ((entry = ledger_iterate(ledger->hash, &iterator)) != NULL)
		states[count++] = (LedgerState *) entry->key;
	qsort(states, count, sizeof(LedgerState *), compare_states);

	descriptor = lookup_rowtype_tupdesc(element, -1);
	type = fifo_row_type(descriptor, FIFO_BALANCE_COLUMNS);
	ReleaseTupleDesc(descriptor);
	fifo_array_begin(&balances, 0);
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fifo_array_add(&balances, fifo_balance(&states[i]->state,
											   &states[i]->key, type));
	}
	PG_RETURN_DATUM(fifo_array_end(&balances, element));
}
