/*
 * x12_852.c
 *		852, Product Activity Data: the machine that makes its lines.
 *
 * A product (LIN) has activities (ZA: on hand, sold, received ...), each a
 * line.  Where it happened is said in one of two ways: by the N1 loop before
 * the LIN, which holds until another one comes, or, in retail use, by SDQ
 * segments behind the ZA, which list pairs of location and quantity.  Then
 * each pair is a line and the quantity of the ZA, if given, is their total.
 */
#include "x12.h"

#include <string.h>

static const X12Slice nothing = {NULL, 0};

/*
 * Begin a transaction.  Without a reader the caller has set envelope, by and
 * emit.
 */
void
x12_852_begin(X12State852 *state, X12Reader *reader)
{
	X12State852 fresh;

	memset(&fresh, 0, sizeof(fresh));
	fresh.reader = reader;
	if (reader != NULL)
	{
		fresh.envelope = &reader->envelope;
		fresh.by = reader->cursor.by;
		reader->state_of = X12_IN_852;
	}
	else
	{
		fresh.envelope = state->envelope;
		fresh.by = state->by;
		fresh.emit = state->emit;
		fresh.emit_arg = state->emit_arg;
		fresh.report_version = state->report_version;
		fresh.item_version = state->item_version;
	}
	fresh.report_version++;
	fresh.item_version++;
	fresh.report.on = X12_NO_DATE;
	fresh.report.period_from = X12_NO_DATE;
	fresh.report.period_to = X12_NO_DATE;
	fresh.fresh_parties = true;
	*state = fresh;
}

/*
 * Hand over a line with this location and quantity.
 */
static void
deliver(X12State852 *state, X12Slice location, X12Slice qualifier,
		X12Slice name, X12Number quantity)
{
	X12Line852 *line = &state->line;

	if (quantity.state == X12_NUMBER_NONE)
		return;
	line->location_id = location;
	line->location_id_qualifier = qualifier;
	line->location_name = name;
	line->quantity = quantity;
	line->line_in_transaction = ++state->lines;
	line->ordinal = ++state->ordinal;
	if (state->emit != NULL)
		state->emit(state->emit_arg, state, line);
}

/*
 * The activity is complete.  Without SDQ it is a line itself.
 */
static void
finish_activity(X12State852 *state)
{
	if (!state->in_activity)
		return;
	state->in_activity = false;
	if (!state->spread)
		deliver(state, state->location.id, state->location.id_qualifier,
				state->location.name, state->stated);
	else if (state->stated.state == X12_NUMBER_EXACT &&
			 !x12_total_equals(&state->spread_total, &state->stated) &&
			 state->reader != NULL)
		x12_report(state->reader, X12_HASH_MISMATCH, &state->activity_place,
				   state->stated.written,
				   "the quantities of the SDQ do not add up to that of the ZA");
}

/*
 * An activity begins: by a ZA, or by an SDQ that has none.
 */
static void
begin_activity(X12State852 *state, const X12Segment *segment)
{
	X12Line852 *line = &state->line;

	finish_activity(state);
	state->in_activity = true;
	state->spread = false;
	memset(&state->spread_total, 0, sizeof(state->spread_total));
	state->stated.state = X12_NUMBER_NONE;
	x12_place_of(segment, &state->activity_place);
	line->place = state->activity_place;
	line->activity = nothing;
	line->activity_on = state->report.period_to;
	line->unit = nothing;
	line->price = state->item_price;
	line->price_basis.value = state->item_price_basis;
	line->price_basis.level = X12_SCOPE_NONE;
	line->amount.state = X12_NUMBER_NONE;
	line->is_return = false;
}

static void
read_za(X12State852 *state, const X12Segment *segment)
{
	X12Line852 *line = &state->line;
	X12DateState known;
	X12Date		on;

	if (!state->in_item)
		x12_tell(state->reader, X12_SEGMENT_ORDER, segment, 0, "a ZA before any LIN");
	begin_activity(state, segment);
	line->activity = x12_trim(x12_element(segment, 1));
	state->stated = x12_number(x12_element(segment, 2));
	line->unit = x12_component(segment, 3, state->by.component);
	on = x12_date(x12_element(segment, 5), state->envelope->century_year,
				  &known);
	if (on != X12_NO_DATE)
		line->activity_on = on;
	switch (x12_code(line->activity))
	{
		case X12_CODE2('Q', 'U'):
		case X12_CODE2('Q', '2'):
		case X12_CODE2('Q', '3'):
		case X12_CODE2('R', 'Q'):
			line->is_return = true;
			break;
	}
}

static void
read_sdq(X12State852 *state, const X12Segment *segment)
{
	X12Line852 *line = &state->line;
	X12Slice	qualifier = x12_trim(x12_element(segment, 2));
	int			i;

	if (!state->in_activity)
	{
		x12_tell(state->reader, X12_SEGMENT_ORDER, segment, 0, "an SDQ before any ZA");
		begin_activity(state, segment);
	}
	state->spread = true;
	if (line->unit.length == 0)
		line->unit = x12_component(segment, 1, state->by.component);
	for (i = 3; i + 1 < segment->count && i < 23; i += 2)
	{
		X12Number	quantity = x12_number(x12_element(segment, i + 1));

		x12_total_add(&state->spread_total, &quantity);
		x12_place_of(segment, &line->place);
		deliver(state, x12_trim(x12_element(segment, i)), qualifier, nothing,
				quantity);
	}
}

/*
 * An N1 names the reporter, or the location of the products that follow, or
 * someone of no interest.  Of several before one LIN a location proper wins
 * over a party that has one.
 */
static void
read_n1(X12State852 *state, const X12Segment *segment)
{
	X12Party   *reporter = NULL;
	int			rank;

	finish_activity(state);
	state->party = NULL;
	if (state->lins == 0)
	{
		x12_report_reporter(&state->report, &reporter, segment);
		state->report_version++;
	}
	rank = x12_location_rank(segment);
	if (rank < 0)
		return;
	if (!state->fresh_parties && state->location.rank < rank)
		return;
	x12_party_begin(&state->location, X12_SCOPE_EVENT, rank, segment);
	state->fresh_parties = false;
}

static void
read_lin(X12State852 *state, const X12Segment *segment)
{
	finish_activity(state);
	state->lins++;
	state->in_item = true;
	state->fresh_parties = true;
	state->item_version++;
	state->ordinal = 0;
	state->products.pairs = 0;
	x12_products_read(&state->products, segment, 2, 32);
	state->item_price.state = X12_NUMBER_NONE;
	state->item_price_basis = nothing;
	state->item_amount.state = X12_NUMBER_NONE;
}

/* A price and an amount, of the activity or of the product. */
static void
read_ctp(X12State852 *state, const X12Segment *segment)
{
	X12Number	price = x12_number(x12_element(segment, 3));

	if (price.state == X12_NUMBER_NONE)
		return;
	if (state->in_activity)
	{
		if (state->line.price_basis.level == X12_SCOPE_NONE)
		{
			state->line.price = price;
			state->line.price_basis.value = x12_element(segment, 2);
			state->line.price_basis.level = X12_SCOPE_LINE;
			state->line.amount = x12_number(x12_element(segment, 8));
		}
	}
	else if (state->in_item && state->item_price.state == X12_NUMBER_NONE)
	{
		state->item_price = price;
		state->item_price_basis = x12_element(segment, 2);
	}
}

static void
read_xq(X12State852 *state, const X12Segment *segment)
{
	X12DateState known;
	int			year = state->envelope->century_year;

	state->handling = x12_element(segment, 1);
	state->report.period_from = x12_date(x12_element(segment, 2), year,
										 &known);
	state->report.period_to = x12_date(x12_element(segment, 3), year, &known);
	if (state->report.period_to == X12_NO_DATE)
		state->report.period_to = state->report.period_from;
	else if (state->report.period_from > state->report.period_to)
		x12_tell(state->reader, X12_PERIOD_REVERSED, segment, 3,
				 "the period of the report ends before it begins");
}

static void
read_ctt(X12State852 *state, const X12Segment *segment)
{
	finish_activity(state);
	state->in_item = false;
	x12_check_count(state->reader, segment, state->lins,
					"CTT01 is not the number of LINs");
}

/*
 * Take one segment of the transaction, in order; not the ST.
 */
void
x12_852_segment(X12State852 *state, const X12Segment *segment)
{
	switch (segment->tag)
	{
		case X12_XQ:
			read_xq(state, segment);
			break;
		case X12_N9:
		case X12_REF:
			if (state->lins == 0 && state->report.id.length == 0)
			{
				state->report.id = x12_trim(x12_element(segment, 2));
				state->report_version++;
			}
			break;
		case X12_N1:
			read_n1(state, segment);
			break;
		case X12_LIN:
			read_lin(state, segment);
			break;
		case X12_ZA:
			read_za(state, segment);
			break;
		case X12_SDQ:
			read_sdq(state, segment);
			break;
		case X12_CTP:
			read_ctp(state, segment);
			break;
		case X12_AMT:
			if (state->in_activity)
			{
				if (state->line.amount.state == X12_NUMBER_NONE)
					state->line.amount = x12_number(x12_element(segment, 2));
			}
			else if (state->in_item &&
					 state->item_amount.state == X12_NUMBER_NONE)
			{
				state->item_amount = x12_number(x12_element(segment, 2));
				state->item_version++;
			}
			break;
		case X12_CTT:
			read_ctt(state, segment);
			break;
		case X12_SE:
			finish_activity(state);
			break;
	}
}
