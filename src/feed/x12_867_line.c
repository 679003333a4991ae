/*
 * x12_867_line.c
 *		One line of an 867: from its QTY, or SII, to the next one.
 *
 * The part of the machine (see x12_867.c) that fills a line, judges it when
 * it is complete and hands it over.
 */
#include "x12_867_internal.h"

static void
begin_line(X12State867 *state)
{
	X12Line867 *line = &state->line;

	line->business = state->event;
	line->invoice_line.at = NULL;
	line->invoice_line.length = 0;
	line->products.pairs = 0;
	line->quantity_qualifier.at = NULL;
	line->quantity_qualifier.length = 0;
	line->quantity.state = X12_NUMBER_NONE;
	line->unit.at = NULL;
	line->unit.length = 0;
	line->prices.count = 0;
	line->amount.state = X12_NUMBER_NONE;
	line->amount_rank = UINT8_MAX;
	line->claim.state = X12_NUMBER_NONE;
	line->claim_sign.at = NULL;
	line->claim_sign.length = 0;
	line->serials = &state->serials;
	state->serials.count = 0;
	state->in_line = true;
	state->in_lx = false;
	state->in_party = false;
	state->party = NULL;
	state->scope = X12_SCOPE_LINE;
}

/* Is the amount the quantity times one of the prices, to a cent? */
static bool
amount_holds(const X12Line867 *line)
{
	double		quantity = x12_number_value(&line->quantity);
	double		amount = x12_number_value(&line->amount);
	int			i;

	if (line->quantity.state != X12_NUMBER_EXACT ||
		line->amount.state != X12_NUMBER_EXACT || line->amount_rank > 1 ||
		line->prices.count == 0)
		return true;
	if (quantity < 0)
		quantity = -quantity;
	if (amount < 0)
		amount = -amount;
	for (i = 0; i < line->prices.count; i++)
	{
		const X12Price *price = &line->prices.price[i];
		double		each = x12_number_value(&price->value);
		double		gap;

		if (price->value.state != X12_NUMBER_EXACT)
			return true;
		if (each < 0)
			each = -each;
		switch (x12_code(price->basis))
		{
			case X12_CODE2('T', 'P'):
				each /= 1000;
				break;
			case X12_CODE2('T', 'C'):
				each /= 100;
				break;
			case X12_CODE2('P', 'D'):
				each /= 12;
				break;
		}
		gap = quantity * each - amount;
		if (gap < 0)
			gap = -gap;
		if (gap <= 0.01 + 1e-12 * amount)
			return true;
	}
	return false;
}

/* What can be said about a line once it is complete. */
static void
check_line(X12State867 *state)
{
	X12Line867 *line = &state->line;
	const X12Report *report = &state->report;
	const X12DateSlot *on = line->business.invoiced_on.level ?
	&line->business.invoiced_on : &line->business.shipped_on;
	uint32_t	transfer = x12_code(state->transfer);

	if (line->is_correction && transfer != X12_CODE2('I', 'A') &&
		transfer != X12_CODE2('S', 'A') &&
		x12_code(line->quantity_qualifier) != X12_CODE2('A', '5'))
		x12_867_tell(state, X12_NEGATIVE_WITHOUT_REASON, &line->place,
					 line->quantity.written,
					 "a negative quantity that nothing marks as a return");
	if (!line->uncounted && !amount_holds(line))
		x12_867_tell(state, X12_AMOUNT_MISMATCH, &line->place, line->amount.written,
					 "the amount is not quantity times price");
	if (on->level != 0 && !line->is_return &&
		((report->period_from != X12_NO_DATE &&
		  on->value < report->period_from) ||
		 (report->period_to != X12_NO_DATE &&
		  on->value > report->period_to)))
		x12_867_tell(state, X12_PERIOD_OUTSIDE, &line->place, line->quantity.written,
					 "the date of the line lies outside the period of the report");
}

/*
 * The line is complete: judge it and hand it over.
 */
void
x12_867_finish_line(X12State867 *state)
{
	X12Line867 *line = &state->line;
	uint32_t	transfer = x12_code(state->transfer);
	uint32_t	qualifier = x12_code(line->quantity_qualifier);

	if (!state->in_line)
		return;
	state->in_line = false;
	state->in_lx = false;
	state->in_party = false;
	state->party = NULL;
	state->scope = X12_SCOPE_EVENT;
	if (line->quantity.state == X12_NUMBER_NONE)
	{
		X12Slice	nothing = {NULL, 0};

		x12_867_tell(state, X12_QUANTITY_MISSING, &line->place, nothing,
					 "a product without a quantity makes no line");
		return;
	}

	line->line_in_transaction = ++state->lines;
	line->is_return = qualifier == X12_CODE2('7', '6') ||
		qualifier == X12_CODE2('8', '4') ||
		transfer == X12_CODE2('B', 'N') || transfer == X12_CODE2('R', 'U') ||
		transfer == X12_CODE2('R', 'P') || transfer == X12_CODE2('R', 'B') ||
		x12_code(state->movement) == X12_CODE2('C', 'D');
	line->is_correction = !line->is_return && line->quantity.negative;
	line->uncounted = transfer == X12_CODE2('P', 'A') ||
		transfer == X12_CODE2('R', 'A');
	if (state->reader != NULL)
		check_line(state);
	if (state->emit != NULL)
		state->emit(state->emit_arg, state, line);
}

/* A quantity begins a line, or completes one whose LIN came first. */
void
x12_867_read_qty(X12State867 *state, const X12Segment *segment)
{
	X12Line867 *line = &state->line;

	if (state->replaying)
		return;
	if (state->scope == X12_SCOPE_HEADER && !state->in_line)
	{
		if (x12_code(x12_element(segment, 1)) == X12_CODE2('T', 'O'))
		{
			state->header_total = x12_number(x12_element(segment, 2));
			x12_place_of(segment, &state->header_total_place);
			return;
		}
		x12_867_tell_segment(state, X12_SEGMENT_ORDER, segment, 0,
							 "a QTY before the first PTD");
		state->event = state->header;
	}
	/* a LIN that came first waits for this quantity */
	if (!state->in_line || line->quantity.state != X12_NUMBER_NONE)
	{
		x12_867_finish_line(state);
		begin_line(state);
	}
	x12_place_of(segment, &line->place);
	line->quantity_qualifier = x12_trim(x12_element(segment, 1));
	line->quantity = x12_number(x12_element(segment, 2));
	x12_total_add(&state->quantities, &line->quantity);
	line->unit = x12_component(segment, 3, state->by.component);
	state->event_has_qty = true;
}

/* The product of the open line, or of one whose QTY is still to come. */
void
x12_867_read_lin(X12State867 *state, const X12Segment *segment)
{
	X12Line867 *line = &state->line;

	if (state->replaying)
		return;
	state->lins++;
	state->has_product = true;
	if (!state->in_line || line->products.pairs > 0)
	{
		x12_867_tell_segment(state, X12_SEGMENT_ORDER, segment, 0,
							 "a LIN before its QTY");
		x12_867_finish_line(state);
		begin_line(state);
		x12_place_of(segment, &line->place);
	}
	x12_products_read(&line->products, segment, 2, 32);
}

static void
add_price(X12Line867 *line, X12Slice value, X12Slice basis)
{
	if (x12_trim(value).length > 0 && line->prices.count < X12_MAX_PRICES)
	{
		X12Price   *price = &line->prices.price[line->prices.count++];

		price->value = x12_number(value);
		price->basis = basis;
	}
}

/* A price, and the unit of measure if the QTY gave none. */
void
x12_867_read_uit(X12State867 *state, const X12Segment *segment)
{
	X12Line867 *line = &state->line;

	if (!state->in_line || state->replaying)
		return;
	if (line->unit.length == 0)
		line->unit = x12_component(segment, 1, state->by.component);
	add_price(line, x12_element(segment, 2), x12_element(segment, 3));
}

/* A price by its kind. */
void
x12_867_read_ctp(X12State867 *state, const X12Segment *segment)
{
	if (state->in_line && !state->replaying)
		add_price(&state->line, x12_element(segment, 3),
				  x12_element(segment, 2));
}

/* An amount: of the line, or of a claim on it. */
void
x12_867_read_amt(X12State867 *state, const X12Segment *segment)
{
	X12Line867 *line = &state->line;
	X12Number	number = x12_number(x12_element(segment, 2));
	int			rank;

	if (!state->in_line || state->replaying)
		return;
	switch (x12_code(x12_element(segment, 1)))
	{
		case '1':
			rank = 0;
			break;
		case X12_CODE2('T', 'S'):
			rank = 1;
			break;
		case X12_CODE2('T', 'T'):
			rank = 2;
			break;
		case 'S':
		case X12_CODE2('C', 'C'):
			if (line->claim.state == X12_NUMBER_NONE)
			{
				line->claim = number;
				line->claim_sign = x12_element(segment, 3);
			}
			return;
		default:
			return;
	}
	if (rank < line->amount_rank)
	{
		line->amount = number;
		line->amount_rank = (uint8_t) rank;
	}
}

/*
 * A line in one segment.  On the first pass it is only noted.
 */
void
x12_867_read_sii(X12State867 *state, const X12Segment *segment)
{
	X12Line867 *line = &state->line;
	int			i;

	if (!state->replaying)
	{
		if ((state->events == 0 || state->scope == X12_SCOPE_NONE) &&
			!state->event_has_sii)
		{
			x12_867_tell_segment(state, X12_SEGMENT_ORDER, segment, 0,
								 "an SII outside any PTD");
			x12_place_of(segment, &state->event_place);
		}
		state->siis++;
		state->has_product = true;
		state->event_has_sii = true;
		x12_867_finish_line(state);
		return;
	}
	x12_867_finish_line(state);
	begin_line(state);
	x12_place_of(segment, &line->place);
	x12_products_read(&line->products, segment, 1, 3);
	line->quantity = x12_number(x12_element(segment, 3));
	line->unit = x12_component(segment, 4, state->by.component);
	for (i = 5; i <= 6; i++)
	{
		X12Slice	no_basis = {NULL, 0};

		add_price(line, x12_element(segment, i), no_basis);
	}
	line->amount = x12_number(x12_element(segment, 7));
	line->amount_rank = 0;

	/* the same product with a QTY of its own: the QTY counts */
	for (i = 0; i < line->products.pairs; i++)
	{
		if (x12_seen(&state->items, state->memory, 0, line->products.id[i],
					 false))
		{
			state->in_line = false;
			state->scope = X12_SCOPE_EVENT;
			return;
		}
	}
	if (!state->event_has_qty)
		x12_total_add(&state->quantities, &line->quantity);
}
