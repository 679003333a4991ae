/*
 * x12_867.c
 *		867, Product Transfer and Resale: the machine that makes its lines.
 *
 * A report is a header, then PTD loops: one business event each, with its
 * parties, holding the lines.
 *
 *		BPT .. N1(reporter) ..			scope HEADER
 *		  PTD .. DTM REF PRF N1(ship-to)	scope EVENT
 *		    SII ..				a line in one segment
 *		    QTY LIN UIT AMT REF DTM ..		scope LINE
 *		CTT
 *
 * What is said further in wins over what is said further out, so each line
 * starts as a copy of its event, and each event as a copy of the header; the
 * level stands with each value.  Within a line the order is free.
 *
 * SIIs come before the QTYs of their PTD and often repeat them.  Whether one
 * counts is known only at the end of the PTD; then the PTD is read again.
 */
#include "x12_867_internal.h"

#include <string.h>

/*
 * Begin a transaction.  Without a reader the caller has set envelope, by,
 * index, memory and emit.
 */
void
x12_867_begin(X12State867 *state, X12Reader *reader)
{
	X12State867 fresh;

	memset(&fresh, 0, sizeof(fresh));
	fresh.reader = reader;
	if (reader != NULL)
	{
		fresh.envelope = &reader->envelope;
		fresh.by = reader->cursor.by;
		fresh.index = &reader->index;
		fresh.memory = &reader->memory;
		if (reader->state_of == X12_IN_867)
		{
			fresh.serials = state->serials;
			fresh.items = state->items;
		}
		reader->state_of = X12_IN_867;
	}
	else
	{
		fresh.envelope = state->envelope;
		fresh.by = state->by;
		fresh.index = state->index;
		fresh.memory = state->memory;
		fresh.emit = state->emit;
		fresh.emit_arg = state->emit_arg;
		fresh.serials = state->serials;
		fresh.items = state->items;
		fresh.report_version = state->report_version;
		fresh.event_version = state->event_version;
	}
	fresh.report_version++;
	fresh.event_version++;
	fresh.scope = X12_SCOPE_HEADER;
	fresh.report.on = X12_NO_DATE;
	fresh.report.period_from = X12_NO_DATE;
	fresh.report.period_to = X12_NO_DATE;
	*state = fresh;
}

/* Report about a place, if anyone listens. */
void
x12_867_tell(X12State867 *state, X12Code code, const X12Place *place,
			 X12Slice value, const char *message)
{
	if (state->reader != NULL)
		x12_report(state->reader, code, place, value, message);
}

void
x12_867_tell_segment(X12State867 *state, X12Code code,
					 const X12Segment *segment,
					 int element, const char *message)
{
	X12Place	place;

	if (state->reader == NULL || state->replaying)
		return;
	x12_place_of(segment, &place);
	place.element = element;
	x12_report(state->reader, code, &place, x12_element(segment, element),
			   message);
}

/* The business of the level we are at. */
static X12Business *
here(X12State867 *state)
{
	switch (state->scope)
	{
		case X12_SCOPE_HEADER:
			return &state->header;
		case X12_SCOPE_EVENT:
			state->event_version++;
			return &state->event;
		case X12_SCOPE_LINE:
			return &state->line.business;
		default:
			return NULL;
	}
}

static X12_RARE void
read_dtm(X12State867 *state, const X12Segment *segment)
{
	X12Business *business;
	X12DateSlot *slot;
	X12DateState known;
	X12Date		on;

	if (state->scope == X12_SCOPE_HEADER)
		x12_report_dtm(&state->report, segment,
					   state->envelope->century_year);
	if (state->in_lx)
		return;
	business = here(state);
	if (business == NULL)
		return;
	switch (x12_code(x12_element(segment, 1)))
	{
		case X12_CODE3('0', '0', '3'):
			slot = &business->invoiced_on;
			break;
		case X12_CODE3('0', '1', '1'):
			slot = &business->shipped_on;
			break;
		default:
			return;
	}
	on = x12_date(x12_element(segment, 2), state->envelope->century_year,
				  &known);
	if (on != X12_NO_DATE)
	{
		slot->value = on;
		slot->level = state->scope;
	}
}

/* Does the value say that there is no contract? */
static bool
says_none(X12Slice value)
{
	return x12_slice_is(value, "NA") || x12_slice_is(value, "XX") ||
		x12_slice_is(value, "N/A") || x12_slice_is(value, "NONE");
}

/*
 * A reference, from REF, N9 or PTD04/05, at the level we are at.
 */
static X12_RARE void
put_reference(X12State867 *state, uint32_t qualifier, X12Slice value)
{
	X12Business *business = here(state);
	X12Scope	scope = (X12Scope) state->scope;

	/* what is only judged needs no references */
	if (business == NULL || state->emit == NULL)
		return;
	value = x12_trim(value);
	if (value.length == 0)
		return;
	switch (qualifier)
	{
		case X12_CODE2('D', 'I'):
			x12_slot_put(&business->invoice, scope, 1, value);
			break;
		case X12_CODE2('I', 'V'):
			x12_slot_put(&business->invoice, scope, 2, value);
			break;
		case X12_CODE2('I', 'N'):
			x12_slot_put(&business->invoice, scope, 3, value);
			break;
		case X12_CODE2('D', 'L'):
			x12_slot_put(&business->invoice, scope, 4, value);
			break;
		case X12_CODE2('C', 'M'):
			x12_slot_put(&business->invoice, scope, 5, value);
			break;
		case X12_CODE2('P', 'O'):
			x12_slot_put(&business->purchase_order, scope, 1, value);
			break;
		case X12_CODE2('C', 'O'):
			x12_slot_put(&business->purchase_order, scope, 2, value);
			break;
		case X12_CODE2('C', 'T'):
			if (!says_none(value))
				x12_slot_put(&business->contract, scope, 1, value);
			break;
		case X12_CODE2('V', 'C'):
			if (!says_none(value))
				x12_slot_put(&business->contract, scope, 2, value);
			break;
		case X12_CODE2('A', 'U'):
			if (!says_none(value))
				x12_slot_put(&business->contract, scope, 3, value);
			break;
		case X12_CODE2('D', 'B'):
			if (!says_none(value))
				x12_slot_put(&business->contract, scope, 4, value);
			break;
		case X12_CODE2('L', 'I'):
			if (scope == X12_SCOPE_LINE)
				state->line.invoice_line = value;
			break;
		case X12_CODE2('S', 'E'):
			if (scope == X12_SCOPE_LINE)
				(void) x12_slices_add(&state->serials, state->memory, value);
			break;
	}
}

static X12_RARE void
read_prf(X12State867 *state, const X12Segment *segment)
{
	X12Business *business = here(state);
	X12Slice	contract = x12_trim(x12_element(segment, 6));

	if (business == NULL)
		return;
	x12_slot_put(&business->purchase_order, (X12Scope) state->scope, 0,
				 x12_trim(x12_element(segment, 1)));
	if (!says_none(contract))
		x12_slot_put(&business->contract, (X12Scope) state->scope, 5,
					 contract);
}

static X12_RARE void
read_cur(X12State867 *state, const X12Segment *segment)
{
	X12Business *business = here(state);

	if (business != NULL)
		x12_slot_put(&business->currency, (X12Scope) state->scope, 0,
					 x12_trim(x12_element(segment, 2)));
}

/*
 * An N1 begins a party.  One that comes behind a QTY without a LX is out of
 * order: it completes the open line if its event has no such party yet,
 * else it holds from the next line on.
 */
static X12_RARE void
read_n1(X12State867 *state, const X12Segment *segment)
{
	bool		header = state->scope == X12_SCOPE_HEADER;
	uint32_t	role = x12_code(x12_element(segment, 1));
	X12Party   *party = NULL;
	int			rank = 0;

	if (state->replaying)
		x12_867_finish_line(state);
	state->party = NULL;
	state->also = NULL;
	if (state->in_lx || state->scope == X12_SCOPE_NONE)
		return;
	if (++state->parties == 6)
		x12_867_tell_segment(state, X12_LOOP_LIMIT, segment, 0,
							 "more than five N1 in one loop");
	state->in_party = true;
	if (header)
	{
		x12_report_reporter(&state->report, &state->party, segment);
		state->report_version++;
	}
	switch (role)
	{
		case X12_CODE2('S', 'F'):
			party = header ? &state->header_ship_from : &state->ship_from;
			break;
		case X12_CODE2('S', 'T'):
			party = header ? &state->header_ship_to : &state->ship_to;
			break;
		case X12_CODE2('B', 'T'):
		case X12_CODE2('B', 'Y'):
		case X12_CODE2('B', 'S'):
			party = header ? &state->header_sold_to : &state->sold_to;
			rank = role == X12_CODE2('B', 'T') ? 0 :
				role == X12_CODE2('B', 'Y') ? 1 : 2;
			break;
		case X12_CODE2('E', 'N'):
		case X12_CODE2('M', 'A'):
			party = header ? &state->header_end_user : &state->end_user;
			rank = role == X12_CODE2('E', 'N') ? 0 : 1;
			break;
	}
	if (party == NULL)
		return;
	if (state->in_line)
	{
		x12_867_tell_segment(state, X12_SEGMENT_ORDER, segment, 0,
							 "an N1 behind the QTY of a line");
		if (party->level == X12_SCOPE_EVENT)
		{
			x12_867_finish_line(state);
			state->in_party = true;
		}
	}
	state->event_version++;
	if (party->level == (header ? X12_SCOPE_HEADER : X12_SCOPE_EVENT) &&
		party->rank < rank)
		return;
	x12_party_begin(party, header ? X12_SCOPE_HEADER : X12_SCOPE_EVENT, rank,
					segment);
	if (state->party != NULL)
		state->also = party;
	else
		state->party = party;
	if (rank == 2)
	{
		/* bill and ship to */
		X12Party   *to = header ? &state->header_ship_to : &state->ship_to;

		if (to->level < party->level)
		{
			*to = *party;
			to->rank = 1;
			state->also = to;
		}
	}
}

static X12_RARE void
read_n4(X12State867 *state, const X12Segment *segment)
{
	if (state->party == NULL || state->emit == NULL)
		return;
	x12_party_address(state->party, segment);
	if (state->also != NULL)
		x12_party_address(state->also, segment);
	state->event_version++;
	state->report_version++;
}

/*
 * The PTD is complete but for its SIIs.  Read it again for them: first for
 * the products that have a QTY, then for the SIIs of other products.
 */
static void
deliver_siis(X12State867 *state, const X12Segment *until)
{
	X12Walk		walk;
	const X12Place *from = &state->event_place;
	int			events = state->events;

	if (state->items.slots != NULL)
		(void) state->memory->grow(state->memory->arg, state->items.slots, 0);
	memset(&state->items, 0, sizeof(state->items));
	if (state->event_has_qty)
	{
		x12_walk_begin(&walk, until, &state->by, state->index, from->offset,
					   until->offset, from->segment_no, from->position);
		while (x12_walk_next(&walk))
		{
			X12Products products;
			int			i;

			if (walk.segment.tag != X12_LIN)
				continue;
			products.pairs = 0;
			x12_products_read(&products, &walk.segment, 2, 32);
			for (i = 0; i < products.pairs; i++)
				(void) x12_seen(&state->items, state->memory, 0,
								products.id[i], true);
		}
	}

	state->replaying = true;
	x12_walk_begin(&walk, until, &state->by, state->index, from->offset,
				   until->offset, from->segment_no, from->position);
	while (x12_walk_next(&walk))
		x12_867_segment(state, &walk.segment);
	x12_867_finish_line(state);
	state->replaying = false;
	state->events = events;
}

/*
 * The PTD ends where "until" begins.
 */
static void
finish_event(X12State867 *state, const X12Segment *until)
{
	x12_867_finish_line(state);
	if (state->event_has_sii && !state->replaying)
	{
		bool		has_qty = state->event_has_qty;

		state->event_has_sii = false;
		state->event_has_qty = has_qty;
		deliver_siis(state, until);
	}
	state->event_has_sii = false;
	state->event_has_qty = false;
}

static X12_RARE void
read_bpt(X12State867 *state, const X12Segment *segment)
{
	X12DateState known;

	state->report.purpose = x12_element(segment, 1);
	state->report.id = x12_trim(x12_element(segment, 2));
	state->report.on = x12_date(x12_element(segment, 3),
								state->envelope->century_year, &known);
	state->report.type = x12_element(segment, 4);
	state->report.previous_id = x12_trim(x12_element(segment, 9));
}

/* A party of the header holds for the event; judging needs no names. */
static inline void
inherit(const X12State867 *state, X12Party *party, const X12Party *from)
{
	if (state->emit != NULL)
		*party = *from;
	else
	{
		party->level = from->level;
		party->rank = from->rank;
	}
}

static X12_RARE void
read_ptd(X12State867 *state, const X12Segment *segment)
{
	if (!state->replaying)
	{
		finish_event(state, segment);
		x12_place_of(segment, &state->event_place);
	}
	state->events++;
	state->scope = X12_SCOPE_EVENT;
	state->event_version++;
	state->transfer = x12_trim(x12_element(segment, 1));
	state->movement = x12_trim(x12_element(segment, 6));
	state->event = state->header;
	inherit(state, &state->ship_from, &state->header_ship_from);
	inherit(state, &state->ship_to, &state->header_ship_to);
	inherit(state, &state->sold_to, &state->header_sold_to);
	inherit(state, &state->end_user, &state->header_end_user);
	state->branch.level = X12_SCOPE_NONE;
	state->parties = 0;
	state->in_party = false;
	state->in_lx = false;
	state->party = NULL;

	switch (x12_code(x12_element(segment, 4)))
	{
		case X12_CODE2('D', 'I'):
		case X12_CODE2('I', 'V'):
			x12_slot_put(&state->event.invoice, X12_SCOPE_EVENT, 0,
						 x12_trim(x12_element(segment, 5)));
			break;
		case X12_CODE2('C', 'T'):
		case X12_CODE2('V', 'C'):
			if (!says_none(x12_trim(x12_element(segment, 5))))
				x12_slot_put(&state->event.contract, X12_SCOPE_EVENT, 0,
							 x12_trim(x12_element(segment, 5)));
			break;
		case X12_CODE2('9', '2'):
			x12_slot_put(&state->branch, X12_SCOPE_EVENT, 0,
						 x12_trim(x12_element(segment, 5)));
			break;
	}
	switch (x12_code(state->transfer))
	{
		case X12_CODE2('P', 'L'):
		case X12_CODE2('P', 'M'):
		case X12_CODE2('P', 'P'):
		case X12_CODE2('F', 'G'):
		case X12_CODE2('W', 'L'):
		case X12_CODE2('B', 'J'):
			state->foreign = true;
			break;
	}
}

static X12_RARE void
read_ctt(X12State867 *state, const X12Segment *segment)
{
	X12Number	stated = x12_number(x12_element(segment, 1));
	X12Number	hash = x12_number(x12_element(segment, 2));
	int64_t		n = stated.mantissa;

	finish_event(state, segment);
	state->scope = X12_SCOPE_NONE;
	if (stated.state != X12_NUMBER_EXACT || stated.scale != 0 ||
		(n != state->events && n != state->lins && n != state->lines &&
		 n != state->siis))
		x12_867_tell_segment(state, X12_CTT_MISMATCH, segment, 1,
							 "CTT01 counts neither the PTDs nor the lines of the report");
	if (hash.state == X12_NUMBER_EXACT &&
		!x12_total_equals(&state->quantities, &hash))
		x12_867_tell_segment(state, X12_HASH_MISMATCH, segment, 2,
							 "CTT02 is not the sum of the quantities");
}

/*
 * Take one segment of the transaction, in order; neither ST nor SE.
 */
void
x12_867_segment(X12State867 *state, const X12Segment *segment)
{
	switch (segment->tag)
	{
		case X12_BPT:
			read_bpt(state, segment);
			break;
		case X12_PTD:
			read_ptd(state, segment);
			break;
		case X12_QTY:
			x12_867_read_qty(state, segment);
			break;
		case X12_LIN:
			x12_867_read_lin(state, segment);
			break;
		case X12_SII:
			x12_867_read_sii(state, segment);
			break;
		case X12_UIT:
			x12_867_read_uit(state, segment);
			break;
		case X12_CTP:
			x12_867_read_ctp(state, segment);
			break;
		case X12_AMT:
			x12_867_read_amt(state, segment);
			break;
		case X12_REF:
			if (!state->in_party || state->in_lx)
				put_reference(state, x12_code(x12_element(segment, 1)),
							  x12_element(segment, 2));
			break;
		case X12_N9:
			if (state->in_line)
				put_reference(state, x12_code(x12_element(segment, 1)),
							  x12_element(segment, 2));
			break;
		case X12_DTM:
			read_dtm(state, segment);
			break;
		case X12_PRF:
			read_prf(state, segment);
			break;
		case X12_CUR:
			read_cur(state, segment);
			break;
		case X12_N1:
			read_n1(state, segment);
			break;
		case X12_N4:
			read_n4(state, segment);
			break;
		case X12_LX:
			state->in_lx = state->in_line;
			break;
		case X12_CTT:
			read_ctt(state, segment);
			break;
		case X12_SE:
			finish_event(state, segment);
			break;
	}
}

/*
 * The transaction is complete.  The caller has fed the SE, too.
 */
void
x12_867_end(X12State867 *state)
{
	X12Slice	nothing = {NULL, 0};

	if (state->reader == NULL)
		return;
	if (state->header_total.state == X12_NUMBER_EXACT &&
		!x12_total_equals(&state->quantities, &state->header_total))
		x12_867_tell(state, X12_HASH_MISMATCH, &state->header_total_place,
					 state->header_total.written,
					 "the total of the header is not the sum of the quantities");
	if (state->report.period_from != X12_NO_DATE &&
		state->report.period_to != X12_NO_DATE &&
		state->report.period_from > state->report.period_to)
		x12_867_tell(state, X12_PERIOD_REVERSED, &state->reader->st, nothing,
					 "the period of the report ends before it begins");
	if (state->foreign && !state->has_product)
		x12_867_tell(state, X12_UNSUPPORTED_DIALECT, &state->event_place, nothing,
					 "a transfer report without products, as the energy industry sends it");
}
