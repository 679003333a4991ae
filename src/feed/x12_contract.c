/*
 * x12_contract.c
 *		844, 849 and 845: claims on contracts, the answers to them, and the
 *		contracts themselves; one machine, as they share one skeleton.
 *
 *		BAA | BRC | BPA ..			the document, scope HEADER
 *		  CON REF DTM N1 AAA		a contract or authorization, EVENT
 *		    SII					a line in one segment
 *		    PAD LIN UIT QTY AMT AAA ..	a line
 *		CTT AMT					totals
 *
 * An answer (AAA) may be given for the document, a contract or a line; the
 * innermost one holds.
 */
#include "x12.h"

#include <string.h>

/*
 * Begin a transaction.  Without a reader the caller has set envelope, by and
 * emit.
 */
void
x12_contract_begin(X12StateContract *state, X12Reader *reader)
{
	X12StateContract fresh;

	memset(&fresh, 0, sizeof(fresh));
	fresh.reader = reader;
	fresh.envelope = reader ? &reader->envelope : state->envelope;
	fresh.by = reader ? reader->cursor.by : state->by;
	if (reader != NULL)
		reader->state_of = X12_IN_844;
	else
	{
		fresh.emit = state->emit;
		fresh.emit_arg = state->emit_arg;
	}
	fresh.report.on = X12_NO_DATE;
	fresh.report.period_from = X12_NO_DATE;
	fresh.report.period_to = X12_NO_DATE;
	fresh.scope = X12_SCOPE_HEADER;
	*state = fresh;
}

/* The price of this basis among those of a line, or NULL. */
static const X12Price *
price_of(const X12LineContract *line, uint32_t basis)
{
	int			i;

	for (i = 0; i < line->prices.count; i++)
	{
		if (x12_code(line->prices.price[i].basis) == basis)
			return &line->prices.price[i];
	}
	return NULL;
}

/*
 * What is claimed is the quantity times the difference of the price paid and
 * the price authorized.  Checked where both are given.
 */
static void
check_claim(X12StateContract *state)
{
	const X12LineContract *line = &state->line;
	const X12Price *paid = price_of(line, X12_CODE2('D', 'I'));
	const X12Price *due = price_of(line, X12_CODE2('C', 'T'));
	double		gap;

	if (paid == NULL)
		paid = price_of(line, X12_CODE2('C', 'A'));
	if (paid == NULL || due == NULL || state->reader == NULL ||
		line->requested.state != X12_NUMBER_EXACT ||
		line->quantity.state != X12_NUMBER_EXACT ||
		paid->value.state != X12_NUMBER_EXACT ||
		due->value.state != X12_NUMBER_EXACT)
		return;
	gap = x12_number_value(&line->quantity) *
		(x12_number_value(&paid->value) - x12_number_value(&due->value)) -
		x12_number_value(&line->requested);
	if (gap > 0.010000001 || gap < -0.010000001)
		x12_report(state->reader, X12_AMOUNT_MISMATCH, &line->place,
				   line->requested.written,
				   "the claim is not quantity times the difference of the prices");
}

static void
finish_line(X12StateContract *state)
{
	if (!state->in_line)
		return;
	state->in_line = false;
	state->scope = X12_SCOPE_EVENT;
	state->line.line_in_transaction = ++state->lines;
	x12_total_add(&state->requested, &state->line.requested);
	check_claim(state);
	if (state->emit != NULL)
		state->emit(state->emit_arg, state, &state->line);
}

static void
begin_line(X12StateContract *state, const X12Segment *segment)
{
	X12LineContract *line = &state->line;

	finish_line(state);
	memset(line, 0, sizeof(*line));
	x12_place_of(segment, &line->place);
	line->invoice = state->contract_invoice;
	line->invoiced_on = state->contract_invoiced_on;
	line->verdict = state->contract_verdict;
	state->in_line = true;
	state->scope = X12_SCOPE_LINE;
}

static void
add_price(X12LineContract *line, X12Slice value, X12Slice basis)
{
	if (x12_trim(value).length > 0 && line->prices.count < X12_MAX_PRICES)
	{
		line->prices.price[line->prices.count].value = x12_number(value);
		line->prices.price[line->prices.count++].basis = basis;
	}
}

static void
read_con(X12StateContract *state, const X12Segment *segment)
{
	finish_line(state);
	state->scope = X12_SCOPE_EVENT;
	state->contracts++;
	state->contract_qualifier = x12_element(segment, 1);
	state->contract = x12_trim(x12_element(segment, 2));
	state->contract_status = x12_element(segment, 3);
	state->contract_from = state->header_from;
	state->contract_to = state->header_to;
	state->customer = state->header_customer;
	state->contract_verdict = state->header_verdict;
	memset(&state->contract_invoice, 0, sizeof(state->contract_invoice));
	memset(&state->contract_invoiced_on, 0,
		   sizeof(state->contract_invoiced_on));
}

static void
read_sii(X12StateContract *state, const X12Segment *segment)
{
	X12LineContract *line = &state->line;
	X12Slice	no_basis = {NULL, 0};

	begin_line(state, segment);
	x12_products_read(&line->products, segment, 1, 3);
	line->quantity = x12_number(x12_element(segment, 3));
	line->unit = x12_component(segment, 4, state->by.component);
	add_price(line, x12_element(segment, 5), no_basis);
	add_price(line, x12_element(segment, 6), no_basis);
	line->amount = x12_number(x12_element(segment, 7));
}

static void
read_amt(X12StateContract *state, const X12Segment *segment)
{
	X12LineContract *line = &state->line;
	X12Number	number = x12_number(x12_element(segment, 2));
	bool		claim = false;
	X12Number  *to = NULL;

	switch (x12_code(x12_element(segment, 1)))
	{
		case 'S':
		case X12_CODE2('C', 'C'):
			to = &line->requested;
			claim = true;
			break;
		case 'A':
			to = &line->approved;
			break;
		case '1':
		case X12_CODE2('T', 'S'):
			to = &line->amount;
			break;
	}
	if (state->in_summary)
	{
		if (claim && number.state == X12_NUMBER_EXACT &&
			!x12_total_equals(&state->requested, &number))
			x12_tell(state->reader, X12_HASH_MISMATCH, segment, 2,
					 "the total claim is not the sum of the claims");
	}
	else if (state->in_line && to != NULL && to->state == X12_NUMBER_NONE)
		*to = number;
}

static void
read_dtm(X12StateContract *state, const X12Segment *segment)
{
	X12DateSlot *slot = NULL;
	X12DateState known;
	X12Date		on = x12_date(x12_element(segment, 2),
							  state->envelope->century_year, &known);

	switch (x12_code(x12_element(segment, 1)))
	{
		case X12_CODE3('0', '0', '3'):
			slot = state->scope == X12_SCOPE_LINE ?
				&state->line.invoiced_on : &state->contract_invoiced_on;
			break;
		case X12_CODE3('0', '0', '7'):
		case X12_CODE3('0', '9', '2'):
		case X12_CODE3('1', '9', '6'):
			slot = state->scope == X12_SCOPE_HEADER ?
				&state->header_from : &state->contract_from;
			break;
		case X12_CODE3('0', '3', '6'):
		case X12_CODE3('0', '9', '3'):
		case X12_CODE3('1', '9', '7'):
			slot = state->scope == X12_SCOPE_HEADER ?
				&state->header_to : &state->contract_to;
			break;
	}
	if (slot != NULL && on != X12_NO_DATE)
	{
		slot->value = on;
		slot->level = state->scope;
	}
}

static void
read_ref(X12StateContract *state, const X12Segment *segment)
{
	X12Slot    *slot = state->scope == X12_SCOPE_LINE ?
	&state->line.invoice : &state->contract_invoice;
	X12Slice	value = x12_trim(x12_element(segment, 2));
	X12Scope	scope = (X12Scope) state->scope;

	switch (x12_code(x12_element(segment, 1)))
	{
		case X12_CODE2('D', 'I'):
			x12_slot_put(slot, scope, 1, value);
			break;
		case X12_CODE2('I', 'V'):
			x12_slot_put(slot, scope, 2, value);
			break;
		case X12_CODE2('I', 'N'):
			x12_slot_put(slot, scope, 3, value);
			break;
	}
}

static void
read_n1(X12StateContract *state, const X12Segment *segment)
{
	bool		header = state->scope == X12_SCOPE_HEADER;
	X12Party   *customer = header ? &state->header_customer :
	&state->customer;
	X12Party   *reporter = NULL;

	if (header)
		x12_report_reporter(&state->report, &reporter, segment);
	switch (x12_code(x12_element(segment, 1)))
	{
		case X12_CODE2('M', 'F'):
		case X12_CODE2('S', 'U'):
		case X12_CODE2('V', 'N'):
		case X12_CODE2('T', 'O'):
			if (state->vendor.level == X12_SCOPE_NONE)
				x12_party_begin(&state->vendor, X12_SCOPE_HEADER, 0, segment);
			break;
		case X12_CODE2('S', 'T'):
		case X12_CODE2('E', 'N'):
		case X12_CODE2('B', 'Y'):
		case X12_CODE2('M', 'A'):
		case X12_CODE2('B', 'G'):
			x12_party_begin(customer,
							header ? X12_SCOPE_HEADER : X12_SCOPE_EVENT, 0,
							segment);
			break;
	}
}

static void
read_aaa(X12StateContract *state, const X12Segment *segment)
{
	X12Verdict	verdict;

	verdict.accepted = x12_element(segment, 1);
	verdict.reason = x12_element(segment, 3);
	verdict.follow_up = x12_element(segment, 4);
	if (state->scope == X12_SCOPE_LINE)
		state->line.verdict = verdict;
	else if (state->scope == X12_SCOPE_EVENT)
		state->contract_verdict = verdict;
	else
		state->header_verdict = verdict;
}

/* The beginning segments differ in where they say what. */
static void
read_beginning(X12StateContract *state, const X12Segment *segment)
{
	int			at = segment->tag == X12_BAA ? 3 : 2;
	X12DateState known;

	state->report.purpose = x12_element(segment, 1);
	if (segment->tag == X12_BAA)
		state->report.type = x12_element(segment, 2);
	state->report.on = x12_date(x12_element(segment, at),
								state->envelope->century_year, &known);
	state->report.id = x12_trim(x12_element(segment, at + 2));
}

static void
read_ctt(X12StateContract *state, const X12Segment *segment)
{
	X12Number	stated = x12_number(x12_element(segment, 1));

	finish_line(state);
	state->in_summary = true;
	if (stated.state != X12_NUMBER_EXACT || stated.scale != 0 ||
		(stated.mantissa != state->lines && stated.mantissa != state->lins &&
		 stated.mantissa != state->contracts))
		x12_tell(state->reader, X12_CTT_MISMATCH, segment, 1,
				 "CTT01 counts neither the lines nor the contracts");
}

/* Take one segment of the transaction, in order; not the ST. */
void
x12_contract_segment(X12StateContract *state, const X12Segment *segment)
{
	X12LineContract *line = &state->line;

	switch (segment->tag)
	{
		case X12_BAA:
		case X12_BRC:
		case X12_BPA:
			read_beginning(state, segment);
			break;
		case X12_CUR:
			state->currency = x12_trim(x12_element(segment, 2));
			break;
		case X12_CON:
			read_con(state, segment);
			break;
		case X12_N1:
			finish_line(state);
			read_n1(state, segment);
			break;
		case X12_SII:
			read_sii(state, segment);
			break;
		case X12_PAD:
			begin_line(state, segment);
			line->line_id = x12_trim(x12_element(segment, 1));
			line->transfer = x12_element(segment, 2);
			line->change = x12_element(segment, 3);
			break;
		case X12_LIN:
			state->lins++;
			if (state->in_line)
				x12_products_read(&line->products, segment, 2, 32);
			break;
		case X12_QTY:
			if (!state->in_line || line->quantity.state != X12_NUMBER_NONE)
				break;
			line->quantity_qualifier = x12_trim(x12_element(segment, 1));
			line->quantity = x12_number(x12_element(segment, 2));
			line->unit = x12_component(segment, 3, state->by.component);
			break;
		case X12_UIT:
			if (!state->in_line)
				break;
			if (line->unit.length == 0)
				line->unit = x12_component(segment, 1, state->by.component);
			add_price(line, x12_element(segment, 2), x12_element(segment, 3));
			break;
		case X12_CTP:
			if (state->in_line)
				add_price(line, x12_element(segment, 3),
						  x12_element(segment, 2));
			break;
		case X12_AMT:
			read_amt(state, segment);
			break;
		case X12_DTM:
			read_dtm(state, segment);
			break;
		case X12_REF:
		case X12_N9:
			read_ref(state, segment);
			break;
		case X12_AAA:
			read_aaa(state, segment);
			break;
		case X12_CTT:
			read_ctt(state, segment);
			break;
		case X12_SE:
			finish_line(state);
			break;
	}
}
