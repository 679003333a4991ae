/*
 * journal.c
 *		A journal: gathered by the transition function of the aggregates
 *		inventory_lines and inventory_stock, sorted and told when all is there.
 *
 *		 entries, sorted by warehouse, day, step, ...	  heap of numerics
 *		+--------+--------+--------+--------+--------+	 +----+----+----+--
 *		| W1 d1  | W1 d2  | W1 d2  | W2 d1  | W2 d2  |	 | 10 | 48 | 3  |
 *		+--------+--------+--------+--------+--------+	 +----+----+----+--
 *		 \_______ a run ________/   \____ a run ____/
 *
 * Warehouses depend on each other where goods are transferred without a cost:
 * they arrive at what they cost where they left.  Then the runs are told day
 * by day, and within such a day in an order in which goods leave before they
 * arrive.  Where they go in a circle on one day, there is none: then the
 * first warehouse by key takes what arrives at the last cost it knows.
 */
#include "distmgmt.h"

#include "inventory/journal.h"
#include "miscadmin.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(inventory_journal_add);

#define JOURNAL_MIN			8	/* entries of the first allocation */
#define JOURNAL_MAX			(PG_UINT32_MAX / 2)

/* The entries of one warehouse, and how far they have been told. */
typedef struct JournalRun
{
	JournalEntry *next;			/* that comes next */
	JournalEntry *end;			/* behind the last */
	JournalEntry *day_end;		/* behind the last of the day in work */
	JournalEntry *awaiting;		/* that awaits a cost next, or end */
	DateADT		last_on;		/* of the last one told */
	FifoState	state;
} JournalRun;

/* What a transfer cost where it left. */
typedef struct JournalHandover
{
	int64		fact_id;
	Numeric		unit_cost;		/* NULL while it has not left */
	bool		left;
} JournalHandover;

/* A telling under way. */
typedef struct JournalTelling
{
	Journal    *journal;
	JournalTeller teller;
	JournalCloser closer;
	void	   *self;
	JournalRun *runs;
	int			run_count;
	JournalHandover *handovers; /* by fact, of entries that await a cost */
	int			handover_count;
} JournalTelling;

/* Append a numeric to the heap, packed, and return its place. */
static uint32
journal_keep(Journal *journal, Datum number)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(number);
	bool		shorten = !VARATT_IS_1B(value) && VARATT_CAN_MAKE_SHORT(value);
	Size		size = shorten ? VARATT_CONVERTED_SHORT_SIZE(value) :
	VARSIZE_ANY(value);
	uint32		place = journal->heap_used;
	char	   *at;

	if (!shorten && !VARATT_IS_1B(value))
		place = INTALIGN(place);
	if ((uint64) place + size > journal->heap_room)
	{
		uint64		room = Max(16 * JOURNAL_MIN,
							   (uint64) journal->heap_room * 2);

		room = Max(room, (uint64) place + size);
		if (room > JOURNAL_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many movements"),
					 errdetail("There are %u in one group.", journal->count),
					 errhint("Group by distributor and product.")));
		if (journal->heap == NULL)
			journal->heap = MemoryContextAlloc(journal->context, room);
		else
			journal->heap = repalloc_huge(journal->heap, room);
		journal->heap_room = room;
	}

	at = journal->heap + place;
	if (shorten)
	{
		SET_VARSIZE_SHORT(at, size);
		memcpy(at + VARHDRSZ_SHORT, VARDATA(value), size - VARHDRSZ_SHORT);
	}
	else
		memcpy(at, value, size);
	journal->heap_used = place + size;
	if ((Pointer) value != DatumGetPointer(number))
		pfree(value);
	return place;
}

/* Room for one more entry, zeroed. */
static JournalEntry *
journal_append(Journal *journal)
{
	JournalEntry *entry;

	if (journal->count == journal->room)
	{
		uint64		room = Max(JOURNAL_MIN, (uint64) journal->room * 2);

		if (room * sizeof(JournalEntry) > JOURNAL_MAX)
			room = JOURNAL_MAX / sizeof(JournalEntry);
		if (room <= journal->count)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many movements"),
					 errdetail("There are %u in one group.", journal->count),
					 errhint("Group by distributor and product.")));
		if (journal->entries == NULL)
			journal->entries = MemoryContextAlloc(journal->context,
												  room * sizeof(JournalEntry));
		else
			journal->entries = repalloc_huge(journal->entries,
											 room * sizeof(JournalEntry));
		journal->room = room;
	}
	entry = &journal->entries[journal->count++];
	memset(entry, 0, sizeof(JournalEntry));
	return entry;
}

static int
number_sign(struct varlena *number)
{
	int64		fixed;

	if (amount_decode(number, amount_scale(number, "quantity"), &fixed))
		return (fixed > 0) - (fixed < 0);
	return exact_sign((Numeric) number);
}

/*
 * (internal, bigint, date, integer, movement_kind, numeric, numeric, date,
 * bigint) -> internal
 */
Datum
inventory_journal_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	Journal    *journal;
	JournalEntry *entry;

	movement_aggregate_context(fcinfo, &context);
	if (PG_ARGISNULL(0))
	{
		journal = MemoryContextAllocZero(context, sizeof(Journal));
		journal->kinds = movement_kinds_cached(fcinfo, 4);
		journal->context = context;
	}
	else
		journal = (Journal *) PG_GETARG_POINTER(0);

	entry = journal_append(journal);
	if (PG_ARGISNULL(1))
		entry->nulls |= JOURNAL_NO_WAREHOUSE;
	else
		entry->warehouse_id = PG_GETARG_INT64(1);
	if (PG_ARGISNULL(2))
		entry->nulls |= JOURNAL_NO_DATE;
	else
		entry->occurred_on = PG_GETARG_DATEADT(2);
	if (PG_ARGISNULL(3))
		entry->nulls |= JOURNAL_NO_STEP;
	else
		entry->day_step = PG_GETARG_INT32(3);
	if (PG_ARGISNULL(4))
		entry->nulls |= JOURNAL_NO_KIND;
	else
		entry->kind = movement_kind(journal->kinds, PG_GETARG_OID(4));
	if (PG_ARGISNULL(5))
		entry->nulls |= JOURNAL_NO_QUANTITY;
	else
		entry->quantity = journal_keep(journal, PG_GETARG_DATUM(5));
	if (PG_ARGISNULL(6))
		entry->nulls |= JOURNAL_NO_COST;
	else
		entry->unit_cost = journal_keep(journal, PG_GETARG_DATUM(6));
	entry->tranche_on = PG_ARGISNULL(7) ? FIFO_NO_DATE :
		PG_GETARG_DATEADT(7);
	if (PG_ARGISNULL(8))
		entry->nulls |= JOURNAL_NO_FACT;
	else
		entry->fact_id = PG_GETARG_INT64(8);

	if (entry->kind == MOVEMENT_TRANSFER_IN &&
		(entry->nulls & (JOURNAL_NO_KIND | JOURNAL_NO_DATE |
						 JOURNAL_NO_QUANTITY | JOURNAL_NO_COST |
						 JOURNAL_NO_FACT)) == JOURNAL_NO_COST &&
		number_sign((struct varlena *) (journal->heap + entry->quantity)) > 0)
	{
		entry->nulls |= JOURNAL_AWAITS_COST;
		journal->awaiting++;
	}
	PG_RETURN_POINTER(journal);
}

/* As ORDER BY does it, NULL last. */
#define COMPARE_FIELD(field, flag) \
	do { \
		if ((a->nulls ^ b->nulls) & (flag)) \
			return (a->nulls & (flag)) ? 1 : -1; \
		if (a->field != b->field) \
			return a->field < b->field ? -1 : 1; \
	} while (0)

static int
compare_numbers(const Journal *journal, uint32 a, uint32 b, bool a_null,
				bool b_null)
{
	struct varlena *left = (struct varlena *) (journal->heap + a);
	struct varlena *right = (struct varlena *) (journal->heap + b);

	if (a_null || b_null)
		return a_null - b_null;
	if (VARSIZE_ANY(left) == VARSIZE_ANY(right) &&
		memcmp(left, right, VARSIZE_ANY(left)) == 0)
		return 0;
	return exact_compare((Numeric) left, (Numeric) right);
}

/*
 * The order of the movements of a warehouse: occurred_on, day_step, unit_cost,
 * quantity, tranche_on, fact_id.
 */
static int
compare_movements(const JournalEntry *a, const JournalEntry *b,
				  const Journal *journal)
{
	int			order;

	COMPARE_FIELD(occurred_on, JOURNAL_NO_DATE);
	COMPARE_FIELD(day_step, JOURNAL_NO_STEP);
	order = compare_numbers(journal, a->unit_cost, b->unit_cost,
							(a->nulls & JOURNAL_NO_COST) != 0,
							(b->nulls & JOURNAL_NO_COST) != 0);
	if (order != 0)
		return order;
	order = compare_numbers(journal, a->quantity, b->quantity,
							(a->nulls & JOURNAL_NO_QUANTITY) != 0,
							(b->nulls & JOURNAL_NO_QUANTITY) != 0);
	if (order != 0)
		return order;
	if (a->tranche_on != b->tranche_on)
	{
		if (a->tranche_on == FIFO_NO_DATE || b->tranche_on == FIFO_NO_DATE)
			return a->tranche_on == FIFO_NO_DATE ? 1 : -1;
		return a->tranche_on < b->tranche_on ? -1 : 1;
	}
	COMPARE_FIELD(fact_id, JOURNAL_NO_FACT);
	return 0;
}

static inline int
compare_entries(const JournalEntry *a, const JournalEntry *b,
				const Journal *journal)
{
	COMPARE_FIELD(warehouse_id, JOURNAL_NO_WAREHOUSE);
	return compare_movements(a, b, journal);
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE JournalEntry
#define ST_COMPARE(a, b, arg) compare_entries(a, b, arg)
#define ST_COMPARE_ARG_TYPE const Journal
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_handovers(const void *a, const void *b)
{
	int64		left = ((const JournalHandover *) a)->fact_id;
	int64		right = ((const JournalHandover *) b)->fact_id;

	return left < right ? -1 : left > right;
}

/* The handover of a transfer that somebody awaits, else NULL. */
static JournalHandover *
telling_handover(const JournalTelling *telling, const JournalEntry *entry)
{
	JournalHandover wanted = {entry->fact_id};

	if (telling->handover_count == 0 || (entry->nulls & JOURNAL_NO_FACT))
		return NULL;
	return bsearch(&wanted, telling->handovers, telling->handover_count,
				   sizeof(JournalHandover), compare_handovers);
}

/* Put down what the units of a transfer cost that has just left. */
static void
handover_leave(JournalHandover *handover, const Journal *journal,
			   const JournalEntry *entry, const FifoState *state,
			   const FifoOutcome *outcome)
{
	Numeric		quantity;
	Numeric		moved;

	handover->left = true;
	if (!outcome->moved_known ||
		number_sign((struct varlena *) (journal->heap + entry->quantity)) <= 0)
		return;
	quantity = exact_copy((Numeric) (journal->heap + entry->quantity));
	moved = state->exact ? outcome->moved.exact :
		amount_encode(outcome->moved.fixed,
					  state->quantity_scale + state->cost_scale);
	handover->unit_cost = amount_average(moved, quantity,
										 fifo_average_scale(state));
}

/* Tell the entries of a run up to end. */
static void
run_tell(JournalTelling *telling, JournalRun *run, const JournalEntry *end)
{
	Journal    *journal = telling->journal;

	for (; run->next < end; run->next++)
	{
		const JournalEntry *entry = run->next;
		JournalHandover *handover = NULL;
		FifoMovement movement;
		FifoOutcome outcome;

		CHECK_FOR_INTERRUPTS();
		movement.kind = entry->kind;
		movement.has_kind = (entry->nulls & JOURNAL_NO_KIND) == 0;
		movement.has_quantity = (entry->nulls & JOURNAL_NO_QUANTITY) == 0;
		movement.has_cost = (entry->nulls & JOURNAL_NO_COST) == 0;
		movement.quantity = journal_number(journal, entry->quantity);
		movement.unit_cost = journal_number(journal, entry->unit_cost);
		movement.occurred_on = entry->tranche_on;
		fifo_move(&run->state, CurrentMemoryContext, &movement, &outcome);

		if (!(entry->nulls & JOURNAL_NO_DATE))
			run->last_on = entry->occurred_on;
		if (entry->kind == MOVEMENT_TRANSFER_OUT && movement.has_quantity)
			handover = telling_handover(telling, entry);
		if (handover != NULL)
			handover_leave(handover, journal, entry, &run->state, &outcome);
		telling->teller(telling->self, journal, entry, &run->state, &outcome);
	}
}

/* Tell the entries of a run before a day. */
static void
run_tell_before(JournalTelling *telling, JournalRun *run, DateADT day)
{
	JournalEntry *end = run->next;

	while (end < run->end && !(end->nulls & JOURNAL_NO_DATE) &&
		   end->occurred_on < day)
		end++;
	run_tell(telling, run, end);
	while (end < run->end && !(end->nulls & JOURNAL_NO_DATE) &&
		   end->occurred_on == day)
		end++;
	run->day_end = end;
}

/*
 * Give the entries of the day in work the costs that they await, and tell the
 * day.  Nothing is done, and false returned, where one of them has not left
 * yet, unless force is set.
 */
static bool
run_tell_day(JournalTelling *telling, JournalRun *run, bool force)
{
	Journal    *journal = telling->journal;
	bool		costed = false;

	for (JournalEntry *entry = run->next; entry < run->day_end; entry++)
		if ((entry->nulls & JOURNAL_AWAITS_COST) && !force &&
			!telling_handover(telling, entry)->left)
			return false;

	for (JournalEntry *entry = run->next; entry < run->day_end; entry++)
	{
		JournalHandover *handover;

		if (!(entry->nulls & JOURNAL_AWAITS_COST))
			continue;
		handover = telling_handover(telling, entry);
		if (handover->unit_cost == NULL)
			continue;
		entry->unit_cost = journal_keep(journal,
										NumericGetDatum(handover->unit_cost));
		entry->nulls &= ~JOURNAL_NO_COST;
		costed = true;
	}
	if (costed)
		sort_entries(run->next, run->day_end - run->next, journal);
	run_tell(telling, run, run->day_end);
	return true;
}

/* The first day after all that was told on which a cost is awaited. */
static bool
telling_next_day(JournalTelling *telling, DateADT *day)
{
	bool		found = false;

	for (int i = 0; i < telling->run_count; i++)
	{
		JournalRun *run = &telling->runs[i];

		if (run->awaiting < run->next)
			run->awaiting = run->next;
		while (run->awaiting < run->end &&
			   !(run->awaiting->nulls & JOURNAL_AWAITS_COST))
			run->awaiting++;
		if (run->awaiting < run->end &&
			(!found || run->awaiting->occurred_on < *day))
		{
			*day = run->awaiting->occurred_on;
			found = true;
		}
	}
	return found;
}

/* Tell the warehouses day by day as far as they depend on each other. */
static void
telling_hand_over(JournalTelling *telling)
{
	Journal    *journal = telling->journal;
	DateADT		day = 0;

	telling->handovers = palloc0(sizeof(JournalHandover) * journal->awaiting);
	for (uint32 i = 0; i < journal->count; i++)
		if (journal->entries[i].nulls & JOURNAL_AWAITS_COST)
			telling->handovers[telling->handover_count++].fact_id =
				journal->entries[i].fact_id;
	qsort(telling->handovers, telling->handover_count,
		  sizeof(JournalHandover), compare_handovers);

	while (telling_next_day(telling, &day))
	{
		int			left = telling->run_count;

		for (int i = 0; i < telling->run_count; i++)
			run_tell_before(telling, &telling->runs[i], day);
		while (left > 0)
		{
			JournalRun *first = NULL;
			bool		progress = false;

			left = 0;
			for (int i = 0; i < telling->run_count; i++)
			{
				JournalRun *run = &telling->runs[i];

				if (run->next == run->day_end)
					continue;
				if (run_tell_day(telling, run, false))
					progress = true;
				else
				{
					left++;
					first = first == NULL ? run : first;
				}
			}
			if (left > 0 && !progress)
				run_tell_day(telling, first, true);
		}
	}
}

/*
 * Sort the entries and tell them.  Costs that transfers await are filled in,
 * so this is done once.  All is allocated in the current context.
 */
void
journal_tell(Journal *journal, JournalTeller teller, JournalCloser closer,
			 void *self)
{
	JournalTelling telling = {journal, teller, closer, self};
	int			room = 4;

	sort_entries(journal->entries, journal->count, journal);
	telling.runs = palloc(sizeof(JournalRun) * room);
	for (uint32 i = 0; i < journal->count; i++)
	{
		JournalEntry *entry = &journal->entries[i];
		JournalRun *run;

		if (i > 0 && entry->warehouse_id == entry[-1].warehouse_id &&
			!((entry->nulls ^ entry[-1].nulls) & JOURNAL_NO_WAREHOUSE))
			continue;
		if (telling.run_count == room)
		{
			room *= 2;
			telling.runs = repalloc_huge(telling.runs,
										 sizeof(JournalRun) * room);
		}
		if (telling.run_count > 0)
			telling.runs[telling.run_count - 1].end = entry;
		run = &telling.runs[telling.run_count++];
		memset(run, 0, sizeof(JournalRun));
		run->next = entry;
		run->awaiting = entry;
		run->last_on = FIFO_NO_DATE;
	}
	if (telling.run_count > 0)
		telling.runs[telling.run_count - 1].end =
			journal->entries + journal->count;

	if (journal->awaiting > 0)
		telling_hand_over(&telling);
	for (int i = 0; i < telling.run_count; i++)
	{
		JournalRun *run = &telling.runs[i];

		run_tell(&telling, run, run->end);
		if (closer != NULL)
			closer(self, journal, run->end - 1, run->last_on, &run->state);
	}
}
