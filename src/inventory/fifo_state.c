/*
 * fifo_state.c
 *		What stands around the rules of fifo.c: how amounts come in, in which
 *		arithmetic the state works, and how positions and layers go out.
 *
 * A state begins in fixed point.  The first amount that does not fit turns it
 * exact for good, before the movement is applied: a movement is never half
 * done in one arithmetic and half in the other.  Both yield equal results, to
 * the display scale: quantities have the decimals of the finest quantity seen,
 * costs those of the finest cost, money the sum of the two.
 */
#include "distmgmt.h"

#include "inventory/fifo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* The decimals of an average cost. */
int
fifo_average_scale(const FifoState *state)
{
	return Max(AVERAGE_SCALE_MIN, Min(AVERAGE_SCALE_MAX, state->cost_scale));
}

/*
 * The average cost of what is on hand, or of the deficit as charged, in fixed
 * units of its scale.  The caller sees to it that there is one and that its
 * cost is known.
 */
MoneyFixed
fifo_average_fixed(const FifoState *state)
{
	/* The average fits with the decimals added: 2^61 * 10^6 < 2^81. */
	uint64		unit = amount_power(fifo_average_scale(state) -
									state->cost_scale);
	uint64		divisor = Abs(state->on_hand.fixed);
	MoneyUnsigned dividend = Abs(state->value.fixed);
	MoneyFixed	result;

	if (likely(dividend < (uint64) AMOUNT_LIMIT / unit))
		result = ((uint64) dividend * unit + divisor / 2) / divisor;
	else
		result = dividend / divisor * unit +
			(dividend % divisor * unit + divisor / 2) / divisor;
	if ((state->value.fixed < 0) != (state->on_hand.fixed < 0))
		return -result;
	return result;
}

/* The same where amounts are exact, in the current context. */
Numeric
fifo_average_exact(const FifoState *state)
{
	return amount_average(state->value.exact, state->on_hand.exact,
						  fifo_average_scale(state));
}

/*
 * Refine the unit of all quantities to 10^-scale. False, and nothing done,
 * where they would not fit.
 */
static bool
fifo_refine_quantity(FifoState *state, int scale)
{
	int64		factor = amount_power(scale - state->quantity_scale);

	if (Abs(state->on_hand.fixed) >= AMOUNT_LIMIT / factor)
		return false;
	for (uint32 i = 0; i < state->count; i++)
		fifo_at(state, i)->quantity.fixed *= factor;
	state->on_hand.fixed *= factor;
	state->value.fixed *= factor;
	state->quantity_scale = scale;
	return true;
}

static inline bool
fifo_refinable(Amount cost, int64 factor)
{
	return !amount_known(cost, false) ||
		Abs(cost.fixed) < AMOUNT_LIMIT / factor;
}

static inline void
fifo_refine(Amount *cost, int64 factor)
{
	if (amount_known(*cost, false))
		cost->fixed *= factor;
}

/* The same for all costs. */
static bool
fifo_refine_cost(FifoState *state, int scale)
{
	int64		factor = amount_power(scale - state->cost_scale);

	if (!fifo_refinable(state->last_cost, factor) ||
		!fifo_refinable(state->issue_cost, factor) ||
		!fifo_refinable(state->price, factor))
		return false;
	for (uint32 i = 0; i < state->count; i++)
		if (!fifo_refinable(fifo_at(state, i)->cost, factor))
			return false;

	for (uint32 i = 0; i < state->count; i++)
		fifo_refine(&fifo_at(state, i)->cost, factor);
	fifo_refine(&state->last_cost, factor);
	fifo_refine(&state->issue_cost, factor);
	fifo_refine(&state->price, factor);
	state->value.fixed *= factor;
	state->cost_scale = scale;
	return true;
}

static Amount
fifo_exact(Amount a, int scale)
{
	if (!amount_known(a, false))
		return amount_unknown(true);
	a.exact = amount_encode(a.fixed, scale);
	return a;
}

/* Turn all amounts of the state into Numerics; the context is current. */
static void
fifo_become_exact(FifoState *state)
{
	int			qs = state->quantity_scale;
	int			cs = state->cost_scale;

	for (uint32 i = 0; i < state->count; i++)
	{
		FifoTranche *tranche = fifo_at(state, i);

		CHECK_FOR_INTERRUPTS();
		tranche->quantity = fifo_exact(tranche->quantity, qs);
		tranche->cost = fifo_exact(tranche->cost, cs);
	}
	state->value.exact = amount_encode(state->value.fixed, qs + cs);
	state->on_hand = fifo_exact(state->on_hand, qs);
	state->last_cost = fifo_exact(state->last_cost, cs);
	state->issue_cost = fifo_exact(state->issue_cost, cs);
	state->price = fifo_exact(state->price, cs);
	state->exact = true;
}

/*
 * Bring an argument to the unit of the state or the state to the unit of the
 * argument. False where either does not fit.
 */
static inline bool
fifo_admit(FifoState *state, struct varlena *number, int number_scale,
		   int state_scale, bool (*refine) (FifoState *, int), Amount *result)
{
	int64		factor;

	if (!amount_decode(number, number_scale, &result->fixed))
		return false;
	if (number_scale == state_scale)
		return true;
	if (number_scale > state_scale)
		return refine(state, number_scale);
	factor = amount_power(state_scale - number_scale);
	if (Abs(result->fixed) >= AMOUNT_LIMIT / factor)
		return false;
	result->fixed *= factor;
	return true;
}

/*
 * Apply one movement to the state, whose amounts live in context, and tell
 * what it did.  A movement that lacks what its kind needs changes nothing: no
 * kind, no quantity (of a reprice: no unit cost).  The outcome is freed
 * by fifo_position() or fifo_forget().
 */
void
fifo_move(FifoState *state, MemoryContext context,
		  const FifoMovement *movement, FifoOutcome *outcome)
{
	struct varlena *quantity_in = NULL;
	struct varlena *cost_in = NULL;
	int			quantity_scale = 0;
	int			cost_scale = 0;
	MovementKind kind = movement->kind;
	Amount		quantity = amount_zero(false);
	Amount		cost = amount_unknown(false);
	MemoryContext caller;
	bool		idle;

	if (kind == MOVEMENT_REPRICE)
		idle = !movement->has_kind || !movement->has_cost;
	else
		idle = !movement->has_kind || !movement->has_quantity;

	if (!state->begun)
	{
		state->last_cost = state->issue_cost = state->price =
			amount_unknown(false);
		state->capacity = FIFO_OWN;
		state->begun = true;
#ifndef HAVE_INT128
		fifo_become_exact(state);
#endif
	}

	if (!idle && kind != MOVEMENT_REPRICE)
	{
		quantity_in = PG_DETOAST_DATUM_PACKED(movement->quantity);
		quantity_scale = amount_scale(quantity_in, "quantity");
	}
	if (!idle && movement->has_cost)
	{
		cost_in = PG_DETOAST_DATUM_PACKED(movement->unit_cost);
		cost_scale = amount_scale(cost_in, "unit_cost");
	}

	caller = MemoryContextSwitchTo(context);
	if (!state->exact)
	{
		bool		fits = true;

		if (quantity_in != NULL)
			fits = fifo_admit(state, quantity_in, quantity_scale,
							  state->quantity_scale, fifo_refine_quantity,
							  &quantity) &&
				Abs(state->on_hand.fixed) + Abs(quantity.fixed) < AMOUNT_LIMIT;
		if (cost_in != NULL && fits)
			fits = fifo_admit(state, cost_in, cost_scale,
							  state->cost_scale, fifo_refine_cost, &cost);

		/* A surplus is valued at the average, at the scale of averages. */
		if (fits && kind == MOVEMENT_COUNT && cost_in == NULL && !idle &&
			state->on_hand.fixed > 0 && state->unknown == 0 &&
			quantity.fixed > state->on_hand.fixed)
		{
			fits = fifo_refine_cost(state, fifo_average_scale(state));
			if (fits)
				cost.fixed = (int64) fifo_average_fixed(state);
		}
		if (!fits)
			fifo_become_exact(state);
	}

	outcome->moved = money_zero(state->exact);
	outcome->adjustment = money_zero(state->exact);
	outcome->moved_known = true;
	outcome->adjustment_known = true;
	outcome->counted = false;

	if (!state->exact && !idle)
		fifo_apply_fixed(state, context, kind, quantity, cost,
						 movement->occurred_on, outcome);
	else if (!idle)
	{
		quantity = amount_zero(true);
		cost = amount_unknown(true);
		if (quantity_in != NULL)
		{
			pfree(quantity.exact);
			quantity.exact = exact_copy((Numeric) quantity_in);
			state->quantity_scale = Max(state->quantity_scale, quantity_scale);
		}
		if (cost_in != NULL)
		{
			cost.exact = exact_copy((Numeric) cost_in);
			state->cost_scale = Max(state->cost_scale, cost_scale);
		}
		else if (kind == MOVEMENT_COUNT && state->unknown == 0 &&
				 amount_sign(state->on_hand, true) > 0 &&
				 amount_compare(quantity, state->on_hand, true) > 0)
		{
			cost.exact = fifo_average_exact(state);
			state->cost_scale = Max(state->cost_scale,
									fifo_average_scale(state));
		}
		fifo_apply_exact(state, context, kind, quantity, cost,
						 movement->occurred_on, outcome);
		amount_free(quantity, true);
		amount_free(cost, true);
	}
	MemoryContextSwitchTo(caller);
}

/* Free an outcome. */
void
fifo_forget(const FifoState *state, FifoOutcome *outcome)
{
	if (!state->exact)
		return;
	pfree(outcome->moved.exact);
	pfree(outcome->adjustment.exact);
	if (outcome->counted)
		pfree(outcome->variance.exact);
}
