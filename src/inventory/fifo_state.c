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
	uint64		divisor = amount_magnitude(state->on_hand);
	MoneyUnsigned dividend = money_magnitude(state->value);
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

	if (amount_magnitude(state->on_hand) >= AMOUNT_LIMIT / factor)
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
		amount_magnitude(cost) < AMOUNT_LIMIT / factor;
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

/* The arguments of a movement as far as it needs them; NULL where not. */
typedef struct FifoInput
{
	MovementKind kind;
	struct varlena *quantity;
	struct varlena *cost;
	int			quantity_scale;
	int			cost_scale;
} FifoInput;

/*
 * Bring a number to the unit of the state or the state to the unit of the
 * number.  False where either does not fit.
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
	if (amount_magnitude(*result) >= AMOUNT_LIMIT / factor)
		return false;
	result->fixed *= factor;
	return true;
}

/* Whether a count is valued at the average: a surplus without a cost. */
static inline bool
fifo_takes_average(const FifoState *state, const FifoInput *input,
				   Amount quantity, bool exact)
{
	return input->kind == MOVEMENT_COUNT && input->cost == NULL &&
		state->unknown == 0 && amount_sign(state->on_hand, exact) > 0 &&
		amount_compare(quantity, state->on_hand, exact) > 0;
}

/*
 * The arguments in fixed point.  False where they, or what they lead to, do
 * not fit; the state may then have been refined, but is otherwise untouched.
 */
static inline bool
fifo_admit_fixed(FifoState *state, const FifoInput *input,
				 Amount *quantity, Amount *cost)
{
	*quantity = amount_zero(false);
	*cost = amount_unknown(false);

	/* Without 128 bits there is no room for money. */
	if (sizeof(MoneyFixed) <= sizeof(int64))
		return false;

	if (input->quantity != NULL)
	{
		if (!fifo_admit(state, input->quantity, input->quantity_scale,
						state->quantity_scale, fifo_refine_quantity,
						quantity))
			return false;
		if (amount_magnitude(state->on_hand) + amount_magnitude(*quantity) >=
			AMOUNT_LIMIT)
			return false;
	}
	if (input->cost != NULL)
		return fifo_admit(state, input->cost, input->cost_scale,
						  state->cost_scale, fifo_refine_cost, cost);
	if (fifo_takes_average(state, input, *quantity, false))
	{
		if (!fifo_refine_cost(state, fifo_average_scale(state)))
			return false;
		cost->fixed = (int64) fifo_average_fixed(state);
	}
	return true;
}

/* The same as Numerics in the current context, which always fit. */
static void
fifo_admit_exact(FifoState *state, const FifoInput *input,
				 Amount *quantity, Amount *cost)
{
	state->quantity_scale = Max(state->quantity_scale, input->quantity_scale);
	state->cost_scale = Max(state->cost_scale, input->cost_scale);

	if (input->quantity != NULL)
		quantity->exact = exact_copy((Numeric) input->quantity);
	else
		*quantity = amount_zero(true);
	if (input->cost != NULL)
		cost->exact = exact_copy((Numeric) input->cost);
	else if (fifo_takes_average(state, input, *quantity, true))
	{
		state->cost_scale = Max(state->cost_scale, fifo_average_scale(state));
		cost->exact = fifo_average_exact(state);
	}
	else
		*cost = amount_unknown(true);
}

/* Make an outcome that tells of nothing. */
static inline void
fifo_begin_outcome(FifoOutcome *outcome, bool exact)
{
	outcome->moved = money_zero(exact);
	outcome->adjustment = money_zero(exact);
	outcome->moved_known = true;
	outcome->adjustment_known = true;
	outcome->counted = false;
}

/*
 * Apply one movement to the state, whose amounts live in context, and tell
 * what it did.  A movement that lacks what its kind needs changes nothing: no
 * kind, no quantity (of a reprice: no unit cost).  The outcome is freed by
 * fifo_position() or fifo_forget().
 */
void
fifo_move(FifoState *state, MemoryContext context,
		  const FifoMovement *movement, FifoOutcome *outcome)
{
	bool		reprice = movement->kind == MOVEMENT_REPRICE;
	bool		idle;
	FifoInput	input = {movement->kind};
	Amount		quantity;
	Amount		cost;
	MemoryContext caller;

	if (!state->begun)
	{
		state->last_cost = amount_unknown(false);
		state->issue_cost = amount_unknown(false);
		state->price = amount_unknown(false);
		state->capacity = FIFO_OWN;
		state->begun = true;
	}

	idle = !movement->has_kind ||
		!(reprice ? movement->has_cost : movement->has_quantity);
	if (!idle && !reprice)
	{
		input.quantity = PG_DETOAST_DATUM_PACKED(movement->quantity);
		input.quantity_scale = amount_scale(input.quantity, "quantity");
	}
	if (!idle && movement->has_cost)
	{
		input.cost = PG_DETOAST_DATUM_PACKED(movement->unit_cost);
		input.cost_scale = amount_scale(input.cost, "unit_cost");
	}

	caller = MemoryContextSwitchTo(context);
	if (!idle && !state->exact &&
		!fifo_admit_fixed(state, &input, &quantity, &cost))
		fifo_become_exact(state);
	fifo_begin_outcome(outcome, state->exact);
	if (!idle && !state->exact)
		fifo_apply_fixed(state, context, input.kind, quantity, cost,
						 movement->occurred_on, outcome);
	else if (!idle)
	{
		fifo_admit_exact(state, &input, &quantity, &cost);
		fifo_apply_exact(state, context, input.kind, quantity, cost,
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
