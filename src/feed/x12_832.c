/*
 * x12_832.c
 *		832, Price/Sales Catalog: the machine that makes its lines.
 *
 * A product (LIN) has prices (CTP), each a line; a product without a price is
 * a line, too.  Dates hold for the catalog, the product or the price,
 * whichever is innermost.
 */
#include "x12.h"

#include <string.h>

static const X12Slice nothing = {NULL, 0};

/*
 * Begin a transaction.  Without a reader the caller has set envelope, by and
 * emit.
 */
void
x12_832_begin(X12State832 *state, X12Reader *reader)
{
	X12State832 fresh;

	memset(&fresh, 0, sizeof(fresh));
	fresh.reader = reader;
	fresh.envelope = reader ? &reader->envelope : state->envelope;
	fresh.by = reader ? reader->cursor.by : state->by;
	if (reader != NULL)
		reader->state_of = X12_IN_832;
	else
	{
		fresh.emit = state->emit;
		fresh.emit_arg = state->emit_arg;
	}
	fresh.report.on = X12_NO_DATE;
	fresh.starts_on = X12_NO_DATE;
	fresh.ends_on = X12_NO_DATE;
	*state = fresh;
}

static void
begin_price(X12State832 *state, const X12Place *place)
{
	memset(&state->line, 0, sizeof(state->line));
	state->line.place = *place;
	state->line.starts_on = state->item_starts_on;
	state->line.ends_on = state->item_ends_on;
	state->in_price = true;
	state->priced = true;
}

static void
finish_price(X12State832 *state)
{
	if (!state->in_price)
		return;
	state->in_price = false;
	state->line.line_in_transaction = ++state->lines;
	if (state->emit != NULL)
		state->emit(state->emit_arg, state, &state->line);
}

/* The product is complete; one without a price gets its line now. */
static void
finish_item(X12State832 *state)
{
	finish_price(state);
	if (state->in_item && !state->priced)
	{
		begin_price(state, &state->item_place);
		finish_price(state);
	}
	state->in_item = false;
}

static void
read_lin(X12State832 *state, const X12Segment *segment)
{
	finish_item(state);
	state->lins++;
	state->in_item = true;
	state->priced = false;
	x12_place_of(segment, &state->item_place);
	state->line_id = x12_trim(x12_element(segment, 1));
	state->products.pairs = 0;
	x12_products_read(&state->products, segment, 2, 32);
	state->description = nothing;
	state->item_currency = nothing;
	state->item_starts_on = state->starts_on;
	state->item_ends_on = state->ends_on;
}

static void
read_ctp(X12State832 *state, const X12Segment *segment)
{
	X12Line832 *line = &state->line;
	X12Place	place;

	if (!state->in_item)
		return;
	finish_price(state);
	x12_place_of(segment, &place);
	begin_price(state, &place);
	line->price_class = x12_element(segment, 1);
	line->price_id = x12_element(segment, 2);
	line->price = x12_number(x12_element(segment, 3));
	line->from_quantity = x12_number(x12_element(segment, 4));
	line->unit = x12_component(segment, 5, state->by.component);
}

static void
read_dtm(X12State832 *state, const X12Segment *segment)
{
	X12DateState known;
	X12Date		on = x12_date(x12_element(segment, 2),
							  state->envelope->century_year, &known);

	if (on == X12_NO_DATE)
		return;
	switch (x12_code(x12_element(segment, 1)))
	{
		case X12_CODE3('0', '0', '7'):
		case X12_CODE3('1', '9', '6'):
			if (state->in_price)
				state->line.starts_on = on;
			else if (state->in_item)
				state->item_starts_on = on;
			else
				state->starts_on = on;
			break;
		case X12_CODE3('0', '3', '6'):
		case X12_CODE3('1', '9', '7'):
			if (state->in_price)
				state->line.ends_on = on;
			else if (state->in_item)
				state->item_ends_on = on;
			else
				state->ends_on = on;
			break;
		case X12_CODE3('0', '9', '7'):
			if (state->lins == 0)
				state->report.on = on;
			break;
	}
}

/* Take one segment of the transaction, in order; not the ST. */
void
x12_832_segment(X12State832 *state, const X12Segment *segment)
{
	X12Party   *reporter = NULL;

	switch (segment->tag)
	{
		case X12_BCT:
			state->report.purpose = x12_element(segment, 1);
			state->report.id = x12_trim(x12_element(segment, 2));
			state->report.type = x12_element(segment, 10);
			break;
		case X12_CUR:
			if (state->in_item)
				state->item_currency = x12_trim(x12_element(segment, 2));
			else
				state->currency = x12_trim(x12_element(segment, 2));
			break;
		case X12_DTM:
			read_dtm(state, segment);
			break;
		case X12_N1:
			if (state->lins > 0)
				break;
			x12_report_reporter(&state->report, &reporter, segment);
			if (state->vendor.level == X12_SCOPE_NONE &&
				reporter == NULL)
				x12_party_begin(&state->vendor, X12_SCOPE_HEADER, 0, segment);
			break;
		case X12_LIN:
			read_lin(state, segment);
			break;
		case X12_PID:
			if (state->in_item && state->description.length == 0)
				state->description = x12_trim(x12_element(segment, 5));
			break;
		case X12_CTP:
			read_ctp(state, segment);
			break;
		case X12_CTT:
			finish_item(state);
			x12_check_count(state->reader, segment, state->lins,
							"CTT01 is not the number of LINs");
			break;
		case X12_SE:
			finish_item(state);
			break;
	}
}
