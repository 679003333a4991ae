/*
 * fifo.c
 *		First in, first out: the rules of stock, one implementation behind the
 *		window function, the aggregate and the keyed ledger.
 *
 *		 oldest                        newest
 *		+--------+--------+--------+--------+
 *		| 100@50 | 200@48 |  30@48 | 150@40 |  <- arrive: append
 *		+--------+--------+--------+--------+
 *		  leave: take from here
 *
 * Every movement but a reprice is one signed difference: what arrives closes
 * a deficit, then appends; what leaves takes from the oldest, then opens a
 * deficit.  Hence "a negative quantity means the opposite kind" needs no rule
 * of its own, a count is the difference to what is on hand, and Σ tranches -
 * deficit = Σ differences whatever happens.
 *
 * The rules are written once, as fifo_apply(), and compiled twice, in fixed
 * point and in exact arithmetic; fifo_state.c decides which.
 */
#include "distmgmt.h"

#include "inventory/fifo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * Rings have the sizes that the allocator makes of them anyway: powers of two,
 * in bytes.  The first one is this; a full one is doubled, one that is less
 * than a quarter full is halved.
 */
#define FIFO_RING_MIN		128
#define FIFO_RING_MAX		(INT64CONST(1) << 36)

static inline uint32
fifo_capacity(int64 ring_size)
{
	return ring_size / sizeof(FifoTranche);
}

/* Bytes of the ring with so many tranches. */
static int64
fifo_ring_size(uint32 capacity)
{
	int64		size = FIFO_RING_MIN;

	while (fifo_capacity(size) < capacity)
		size *= 2;
	return size;
}

/* Move the tranches, which fit, to a ring of so many bytes. */
static void
fifo_resize(FifoState *state, MemoryContext context, int64 size)
{
	FifoTranche *old = state->capacity > FIFO_OWN ? fifo_ring(state) : NULL;
	FifoTranche *ring;

	if (size > FIFO_RING_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many open tranches"),
				 errdetail("There are %u in one partition.", state->count),
				 errhint("Partition by distributor, warehouse and product.")));

	ring = MemoryContextAllocHuge(context, size);
	for (uint32 i = 0; i < state->count; i++)
		ring[i] = *fifo_at(state, i);
	if (old != NULL)
		pfree(old);
	state->tranches.ring = ring;
	state->head = 0;
	state->capacity = fifo_capacity(size);
}

static void
fifo_grow(FifoState *state, MemoryContext context)
{
	if (state->capacity <= FIFO_OWN)
		fifo_resize(state, context, FIFO_RING_MIN);
	else
		fifo_resize(state, context, fifo_ring_size(state->capacity) * 2);
}

/* Append what is copied from quantity and cost. */
static inline void
fifo_push(FifoState *state, MemoryContext context,
		  Amount quantity, Amount cost, DateADT occurred_on, bool exact)
{
	FifoTranche *tranche;

	if (unlikely(state->count == state->capacity))
		fifo_grow(state, context);
	tranche = fifo_at(state, state->count);
	tranche->quantity = amount_copy(quantity, exact);
	tranche->cost = amount_copy(cost, exact);
	tranche->occurred_on = occurred_on;
	state->count++;
	if (!amount_known(cost, exact))
		state->unknown++;
}

/* Drop the oldest, which is used up. */
static inline void
fifo_pop(FifoState *state, MemoryContext context, bool exact)
{
	FifoTranche *tranche = fifo_at(state, 0);

	if (state->repriced > 0)
		state->repriced--;
	else if (!amount_known(tranche->cost, exact))
		state->unknown--;
	amount_free(tranche->quantity, exact);
	amount_free(tranche->cost, exact);
	if (++state->head == state->capacity)
		state->head = 0;
	state->count--;
	if (unlikely(state->count < state->capacity / 4 &&
				 state->capacity > fifo_capacity(FIFO_RING_MIN)))
		fifo_resize(state, context, fifo_ring_size(state->capacity) / 2);
}

/*
 * Take at most *rest from the oldest tranche, goods or deficit, and lower
 * *rest by it.  Sets *taken and *cost to copies that the caller frees.
 */
static inline void
fifo_take(FifoState *state, MemoryContext context, Amount *rest,
		  Amount *taken, Amount *cost, bool exact)
{
	FifoTranche *tranche = fifo_at(state, 0);
	bool		whole = amount_compare(*rest, tranche->quantity, exact) >= 0;

	*taken = amount_copy(whole ? tranche->quantity : *rest, exact);
	*cost = amount_copy(state->repriced > 0 ? state->price : tranche->cost,
						exact);
	amount_subtract(rest, *taken, exact);
	if (whole)
		fifo_pop(state, context, exact);
	else
		amount_subtract(&tranche->quantity, *taken, exact);
}

/*
 * quantity (positive) comes in at cost.  It closes the deficit first: those
 * units were charged at another cost when they left, and the difference to
 * the true one is the adjustment.  A unit charged at an unknown cost was
 * charged nothing, so its whole true cost is.
 */
static inline void
fifo_arrive(FifoState *state, MemoryContext context, Amount quantity,
			Amount cost, DateADT occurred_on, FifoOutcome *outcome,
			bool exact)
{
	bool		known = amount_known(cost, exact);
	bool		was_short = amount_sign(state->on_hand, exact) < 0;
	Amount		rest = amount_copy(quantity, exact);

	amount_add(&state->on_hand, quantity, exact);
	if (known)
	{
		money_add_product(&outcome->moved, quantity, cost, exact);
		amount_set(&state->last_cost, cost, exact);
	}
	else
		outcome->moved_known = false;

	while (was_short && state->count > 0 && amount_sign(rest, exact) > 0)
	{
		Amount		closed;
		Amount		charged;

		CHECK_FOR_INTERRUPTS();
		fifo_take(state, context, &rest, &closed, &charged, exact);
		if (known)
			money_add_product(&outcome->adjustment, closed, cost, exact);
		else
			outcome->adjustment_known = false;
		if (amount_known(charged, exact))
		{
			money_subtract_product(&outcome->adjustment, closed, charged,
								   exact);
			money_add_product(&state->value, closed, charged, exact);
		}
		amount_free(closed, exact);
		amount_free(charged, exact);
	}

	if (amount_sign(rest, exact) > 0)
	{
		fifo_push(state, context, rest, cost, occurred_on, exact);
		if (known)
			money_add_product(&state->value, rest, cost, exact);
	}
	amount_free(rest, exact);
}

/*
 * quantity (positive) goes out: the oldest first, then what is not there, at
 * the last known cost.  The deficit is one tranche per cost charged, dated by
 * its opening.
 */
static inline void
fifo_leave(FifoState *state, MemoryContext context, Amount quantity,
		   DateADT occurred_on, bool issue, FifoOutcome *outcome, bool exact)
{
	bool		was_short = amount_sign(state->on_hand, exact) < 0;
	Amount		rest = amount_copy(quantity, exact);
	Amount		cost;

	amount_subtract(&state->on_hand, quantity, exact);
	while (!was_short && state->count > 0 && amount_sign(rest, exact) > 0)
	{
		Amount		taken;

		CHECK_FOR_INTERRUPTS();
		fifo_take(state, context, &rest, &taken, &cost, exact);
		if (amount_known(cost, exact))
		{
			money_add_product(&outcome->moved, taken, cost, exact);
			money_subtract_product(&state->value, taken, cost, exact);
			if (issue)
				amount_set(&state->issue_cost, cost, exact);
		}
		else
			outcome->moved_known = false;
		amount_free(taken, exact);
		amount_free(cost, exact);
	}

	if (amount_sign(rest, exact) > 0)
	{
		FifoTranche *newest = NULL;

		cost = state->last_cost;
		if (amount_known(cost, exact))
		{
			money_add_product(&outcome->moved, rest, cost, exact);
			money_subtract_product(&state->value, rest, cost, exact);
			if (issue)
				amount_set(&state->issue_cost, cost, exact);
		}
		else
			outcome->moved_known = false;

		if (state->count > 0)
			newest = fifo_at(state, state->count - 1);
		if (newest != NULL &&
			amount_known(newest->cost, exact) == amount_known(cost, exact) &&
			(!amount_known(cost, exact) ||
			 amount_compare(newest->cost, cost, exact) == 0))
			amount_add(&newest->quantity, rest, exact);
		else
			fifo_push(state, context, rest, cost, occurred_on, exact);
	}
	amount_free(rest, exact);
}

/* Every open tranche costs cost from now on; the deficit stays as charged. */
static inline void
fifo_reprice(FifoState *state, Amount cost, FifoOutcome *outcome, bool exact)
{
	amount_set(&state->last_cost, cost, exact);
	if (amount_sign(state->on_hand, exact) <= 0)
		return;

	money_add(&outcome->adjustment, state->value, exact);
	money_subtract(&state->value, state->value, exact);
	money_add_product(&state->value, state->on_hand, cost, exact);
	money_subtract(&outcome->adjustment, state->value, exact);
	if (state->unknown > 0)
		outcome->adjustment_known = false;

	amount_set(&state->price, cost, exact);
	state->repriced = state->count;
	state->unknown = 0;
}

/*
 * Apply a movement.  quantity is not looked at for a reprice; cost may be
 * unknown, except for a reprice.
 */
static pg_attribute_always_inline void
fifo_apply(FifoState *state, MemoryContext context, MovementKind kind,
		   Amount quantity, Amount cost, DateADT occurred_on,
		   FifoOutcome *outcome, bool exact)
{
	bool		issue = false;
	int			direction;
	Amount		difference;

	if (kind == MOVEMENT_REPRICE)
	{
		fifo_reprice(state, cost, outcome, exact);
		return;
	}

	difference = amount_copy(quantity, exact);
	switch (kind)
	{
		case MOVEMENT_CUSTOMER_RETURN:
			issue = true;
			break;
		case MOVEMENT_ISSUE:
			issue = true;
			amount_negate(&difference, exact);
			break;
		case MOVEMENT_VENDOR_RETURN:
		case MOVEMENT_TRANSFER_OUT:
			amount_negate(&difference, exact);
			break;
		case MOVEMENT_COUNT:
			amount_subtract(&difference, state->on_hand, exact);
			outcome->variance = amount_copy(difference, exact);
			outcome->counted = true;
			break;
		default:
			break;
	}

	direction = amount_sign(difference, exact);
	if (direction > 0)
	{
		if (!amount_known(cost, exact) && issue)
			cost = state->issue_cost;
		if (!amount_known(cost, exact))
			cost = state->last_cost;
		cost = amount_copy(cost, exact);
		fifo_arrive(state, context, difference, cost, occurred_on, outcome,
					exact);
		amount_free(cost, exact);
	}
	else if (direction < 0)
	{
		amount_negate(&difference, exact);
		fifo_leave(state, context, difference, occurred_on, issue, outcome,
				   exact);
	}
	amount_free(difference, exact);
}

void
fifo_apply_fixed(FifoState *state, MemoryContext context, MovementKind kind,
				 Amount quantity, Amount cost, DateADT occurred_on,
				 FifoOutcome *outcome)
{
	fifo_apply(state, context, kind, quantity, cost, occurred_on, outcome,
			   false);
}

void
fifo_apply_exact(FifoState *state, MemoryContext context, MovementKind kind,
				 Amount quantity, Amount cost, DateADT occurred_on,
				 FifoOutcome *outcome)
{
	fifo_apply(state, context, kind, quantity, cost, occurred_on, outcome,
			   true);
}
