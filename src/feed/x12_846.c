/*
 * x12_846.c
 *		846, Inventory Inquiry/Advice: the machine that makes its lines.
 *
 * A product (LIN) has quantities (QTY), each a count of stock of some kind.
 * Where the stock is can be said in three ways: by an N1 before the LIN, or
 * within it before its quantities; by SCHs behind a QTY, which spread that
 * quantity over warehouses (then they are the lines and the QTY is their
 * total); or by SDQs of the LIN, pairs of location and quantity that stand
 * beside the QTYs.  A LIN without any of these states nothing: no line.
 */
#include "x12.h"

#include <string.h>

static const X12Slice nothing = {NULL, 0};

/*
 * Begin a transaction.  Without a reader the caller has set envelope, by and
 * emit.
 */
void
x12_846_begin(X12State846 *state, X12Reader *reader)
{
	X12State846 fresh;

	memset(&fresh, 0, sizeof(fresh));
	fresh.reader = reader;
	fresh.envelope = reader ? &reader->envelope : state->envelope;
	fresh.by = reader ? reader->cursor.by : state->by;
	if (reader != NULL)
		reader->state_of = X12_IN_846;
	else
	{
		fresh.emit = state->emit;
		fresh.emit_arg = state->emit_arg;
	}
	fresh.report.on = X12_NO_DATE;
	fresh.report.period_from = X12_NO_DATE;
	fresh.report.period_to = X12_NO_DATE;
	fresh.counted_on = X12_NO_DATE;
	*state = fresh;
}

static void
deliver(X12State846 *state, X12Line846 *line)
{
	if (line->quantity.state == X12_NUMBER_NONE)
		return;
	line->line_in_transaction = ++state->lines;
	line->ordinal = ++state->ordinal;
	if (state->emit != NULL)
		state->emit(state->emit_arg, state, line);
}

/* The QTY is complete.  With SCHs it was only their total. */
static void
finish_quantity(X12State846 *state)
{
	X12Line846 *line = &state->line;

	if (!state->in_quantity)
		return;
	state->in_quantity = false;
	if (!state->scheduled)
		deliver(state, line);
	else if (line->quantity.state == X12_NUMBER_EXACT &&
			 !x12_total_equals(&state->scheduled_total, &line->quantity) &&
			 state->reader != NULL)
		x12_report(state->reader, X12_HASH_MISMATCH, &line->place,
				   line->quantity.written,
				   "the quantities of the SCH do not add up to that of the QTY");
}

/* A line of this LIN at the location that holds. */
static void
begin_line(X12State846 *state, X12Line846 *line, const X12Segment *segment,
		   const char *source)
{
	memset(line, 0, sizeof(*line));
	x12_place_of(segment, &line->place);
	line->source = source;
	line->location_id_qualifier = state->location.id_qualifier;
	line->location_id = state->location.id;
	line->location_name = state->location.name;
	line->counted_on = state->counted_on;
	line->price = state->item_price;
	line->price_basis = state->item_price_basis;
}

static void
read_qty(X12State846 *state, const X12Segment *segment)
{
	X12Line846 *line = &state->line;

	if (!state->in_item)
	{
		x12_tell(state->reader, X12_SEGMENT_ORDER, segment, 0,
				 "a QTY before any LIN");
		return;
	}
	finish_quantity(state);
	begin_line(state, line, segment, "QTY");
	line->qualifier = x12_trim(x12_element(segment, 1));
	line->quantity = x12_number(x12_element(segment, 2));
	line->unit = x12_component(segment, 3, state->by.component);
	x12_total_add(&state->quantities, &line->quantity);
	state->in_quantity = true;
	state->scheduled = false;
	memset(&state->scheduled_total, 0, sizeof(state->scheduled_total));
	state->location_fresh = false;
}

static void
read_sch(X12State846 *state, const X12Segment *segment)
{
	X12Line846	line = state->line;
	X12DateState known;
	X12Date		on = x12_date(x12_element(segment, 6),
							  state->envelope->century_year, &known);

	if (!state->in_quantity)
	{
		x12_tell(state->reader, X12_SEGMENT_ORDER, segment, 0,
				 "an SCH before its QTY");
		return;
	}
	state->scheduled = true;
	x12_place_of(segment, &line.place);
	line.source = "SCH";
	line.quantity = x12_number(x12_element(segment, 1));
	line.unit = x12_component(segment, 2, state->by.component);
	line.location_id = nothing;
	line.location_id_qualifier = x12_trim(x12_element(segment, 3));
	line.location_name = x12_trim(x12_element(segment, 4));
	if (on != X12_NO_DATE)
		line.counted_on = on;
	x12_total_add(&state->scheduled_total, &line.quantity);
	deliver(state, &line);
}

static void
read_sdq(X12State846 *state, const X12Segment *segment)
{
	X12Line846	line;
	int			i;

	if (!state->in_item)
	{
		x12_tell(state->reader, X12_SEGMENT_ORDER, segment, 0,
				 "an SDQ before any LIN");
		return;
	}
	finish_quantity(state);
	begin_line(state, &line, segment, "SDQ");
	line.unit = x12_component(segment, 1, state->by.component);
	line.location_id_qualifier = x12_trim(x12_element(segment, 2));
	line.location_name = nothing;
	for (i = 3; i + 1 < segment->count && i < 23; i += 2)
	{
		line.location_id = x12_trim(x12_element(segment, i));
		line.quantity = x12_number(x12_element(segment, i + 1));
		deliver(state, &line);
	}
}

/*
 * An N1 in the header names the reporter, or the location of all.  A later
 * one names the location of the quantities that follow: those of its LIN, or,
 * if there are none, those of the LINs to come.
 */
static void
read_n1(X12State846 *state, const X12Segment *segment)
{
	X12Party   *reporter = NULL;
	int			rank = x12_location_rank(segment);

	finish_quantity(state);
	if (state->lins == 0)
		x12_report_reporter(&state->report, &reporter, segment);
	if (rank < 0 || (state->lins == 0 &&
					 state->location.level != X12_SCOPE_NONE &&
					 state->location.rank < rank))
		return;
	x12_party_begin(&state->location, X12_SCOPE_EVENT, rank, segment);
	state->location_fresh = true;
}

static void
read_lin(X12State846 *state, const X12Segment *segment)
{
	finish_quantity(state);
	if (!state->location_fresh)
		state->location = state->item_location;
	state->item_location = state->location;
	state->location_fresh = false;
	state->lins++;
	state->in_item = true;
	state->ordinal = 0;
	state->products.pairs = 0;
	x12_products_read(&state->products, segment, 2, 32);
	state->description = nothing;
	state->counted_on = state->report.on;
	state->item_price.state = X12_NUMBER_NONE;
	state->item_price_basis = nothing;
}

/* The day for which the quantities hold. */
static void
read_dtm(X12State846 *state, const X12Segment *segment)
{
	uint32_t	qualifier = x12_code(x12_element(segment, 1));
	X12DateState known;
	X12Date		on;

	if (state->lins == 0)
		x12_report_dtm(&state->report, segment,
					   state->envelope->century_year);
	if (qualifier != X12_CODE3('0', '9', '7') &&
		qualifier != X12_CODE3('3', '6', '6'))
		return;
	on = x12_date(x12_element(segment, 2), state->envelope->century_year,
				  &known);
	if (on == X12_NO_DATE)
		return;
	if (state->in_quantity)
		state->line.counted_on = on;
	else if (state->in_item)
		state->counted_on = on;
	else
		state->report.on = on;
}

static void
read_price(X12State846 *state, X12Slice price, X12Slice basis)
{
	X12Number	number = x12_number(price);

	if (number.state == X12_NUMBER_NONE)
		return;
	if (state->in_quantity)
	{
		state->line.price = number;
		state->line.price_basis = basis;
	}
	else if (state->in_item && state->item_price.state == X12_NUMBER_NONE)
	{
		state->item_price = number;
		state->item_price_basis = basis;
	}
}

static void
read_bia(X12State846 *state, const X12Segment *segment)
{
	X12DateState known;

	state->report.purpose = x12_element(segment, 1);
	state->report.type = x12_element(segment, 2);
	state->report.id = x12_trim(x12_element(segment, 3));
	state->report.on = x12_date(x12_element(segment, 4),
								state->envelope->century_year, &known);
}

static void
read_ctt(X12State846 *state, const X12Segment *segment)
{
	X12Number	hash = x12_number(x12_element(segment, 2));

	finish_quantity(state);
	state->in_item = false;
	x12_check_count(state->reader, segment, state->lins,
					"CTT01 is not the number of LINs");
	if (hash.state == X12_NUMBER_EXACT &&
		!x12_total_equals(&state->quantities, &hash))
		x12_tell(state->reader, X12_HASH_MISMATCH, segment, 2,
				 "CTT02 is not the sum of the quantities");
}

/* Take one segment of the transaction, in order; not the ST. */
void
x12_846_segment(X12State846 *state, const X12Segment *segment)
{
	switch (segment->tag)
	{
		case X12_BIA:
			read_bia(state, segment);
			break;
		case X12_CUR:
			if (state->lins == 0)
				state->currency = x12_trim(x12_element(segment, 2));
			break;
		case X12_DTM:
			read_dtm(state, segment);
			break;
		case X12_N1:
			read_n1(state, segment);
			break;
		case X12_LIN:
			read_lin(state, segment);
			break;
		case X12_PID:
			if (state->description.length == 0)
				state->description = x12_trim(x12_element(segment, 5));
			break;
		case X12_QTY:
			read_qty(state, segment);
			break;
		case X12_SCH:
			read_sch(state, segment);
			break;
		case X12_SDQ:
			read_sdq(state, segment);
			break;
		case X12_UIT:
			if (state->in_quantity && state->line.unit.length == 0)
				state->line.unit = x12_component(segment, 1,
												 state->by.component);
			read_price(state, x12_element(segment, 2),
					   x12_element(segment, 3));
			break;
		case X12_CTP:
			read_price(state, x12_element(segment, 3),
					   x12_element(segment, 2));
			break;
		case X12_CTT:
			read_ctt(state, segment);
			break;
		case X12_SE:
			finish_quantity(state);
			break;
	}
}
