/*
 * x12_867_sql.c
 *		x12_867(): the sales of a product transfer and resale report as rows.
 *
 * Whether the lines of a transaction count is known at its end.  Those of one
 * of the usual size are made while it is judged, and held until then.  If they
 * become too many, the transaction is judged first and read again for its
 * lines: so memory does not grow with it.
 *
 * Most columns of a row say the same as the row before: they belong to the
 * report or to the event (PTD).  Those are set when they change.
 */
#include "feed/feed_rows.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(x12_867);

/* Columns of the type x12_867_line. */
enum
{
	LINE_NO, TRANSACTION_NO, LINE_IN_TRANSACTION, SEGMENT_NO, BYTE_OFFSET,
	INTERCHANGE_CONTROL, GROUP_CONTROL, TRANSACTION_CONTROL, IS_TEST,
	SENDER_ID, RECEIVER_ID, REPORT_ID, PURPOSE, REPORT_TYPE, REPORT_ON,
	PREVIOUS_REPORT_ID, PERIOD_STARTS_ON, PERIOD_ENDS_ON,
	REPORTER_ID_QUALIFIER, REPORTER_ID, REPORTER_NAME,
	TRANSFER_TYPE, MOVEMENT, INVOICE_NO, INVOICE_LINE, INVOICE_ON, SHIPPED_ON,
	PURCHASE_ORDER_NO, CONTRACT_NO, SHIP_FROM_ID, SHIP_TO_ID_QUALIFIER,
	SHIP_TO_ID, SHIP_TO_NAME, SHIP_TO_CITY, SHIP_TO_STATE, SHIP_TO_POSTCODE,
	SHIP_TO_COUNTRY, SOLD_TO_ID, SOLD_TO_NAME, END_USER_ID, END_USER_NAME,
	VENDOR_PART, GTIN, DISTRIBUTOR_PART, PRODUCT_IDS,
	QUANTITY_QUALIFIER, REPORTED_QUANTITY, QUANTITY, IS_RETURN, IS_CORRECTION,
	UNIT_OF_MEASURE, UNIT_PRICE, PRICE_BASIS, PRICES, PRICE_BASES,
	CURRENCY_CODE, REPORTED_AMOUNT, AMOUNT, CLAIM_AMOUNT, SERIALS,
	CLAIM_CREDIT_DEBIT, SENDER_QUALIFIER, RECEIVER_QUALIFIER,
	APPLICATION_SENDER_ID, APPLICATION_RECEIVER_ID
};

/* How many bytes of rows to hold: some ten thousand lines. */
#define MAX_HELD	(4 * 1024 * 1024)

typedef struct Sales
{
	FeedRows	rows;
	X12Reader  *reader;
	FeedArena	arena;
	bool		again;			/* too many lines: to be read again */
	int			report_version;
	int			event_version;
	int			line_no;
	int			line_no_before; /* of this transaction */
} Sales;

/* The columns of the report. */
static void
set_report(Sales *sales, const X12State867 *state)
{
	FeedRows   *rows = &sales->rows;
	const X12Envelope *envelope = state->envelope;
	const X12Report *report = &state->report;

	feed_set_int(rows, TRANSACTION_NO, sales->reader->transaction_no);
	feed_set_text(rows, INTERCHANGE_CONTROL, envelope->interchange);
	feed_set_text(rows, GROUP_CONTROL, envelope->group);
	feed_set_text(rows, TRANSACTION_CONTROL, envelope->transaction);
	feed_set_bool(rows, IS_TEST, envelope->is_test);
	feed_set_text(rows, SENDER_ID, envelope->sender);
	feed_set_text(rows, RECEIVER_ID, envelope->receiver);
	feed_set_text(rows, SENDER_QUALIFIER, envelope->sender_qualifier);
	feed_set_text(rows, RECEIVER_QUALIFIER, envelope->receiver_qualifier);
	feed_set_text(rows, APPLICATION_SENDER_ID, envelope->application_sender);
	feed_set_text(rows, APPLICATION_RECEIVER_ID,
				  envelope->application_receiver);
	feed_set_text(rows, REPORT_ID, report->id);
	feed_set_text(rows, PURPOSE, report->purpose);
	feed_set_text(rows, REPORT_TYPE, report->type);
	feed_set_date(rows, REPORT_ON, report->on);
	feed_set_text(rows, PREVIOUS_REPORT_ID, report->previous_id);
	feed_set_date(rows, PERIOD_STARTS_ON, report->period_from);
	feed_set_date(rows, PERIOD_ENDS_ON, report->period_to);
	feed_set_text(rows, REPORTER_ID_QUALIFIER, report->reporter.id_qualifier);
	feed_set_text(rows, REPORTER_ID, report->reporter.id);
	feed_set_text(rows, REPORTER_NAME, report->reporter.name);
}

/* The columns of the PTD. */
static void
set_event(Sales *sales, const X12State867 *state)
{
	FeedRows   *rows = &sales->rows;
	const X12Party *party;

	feed_set_text(rows, TRANSFER_TYPE, state->transfer);
	feed_set_text(rows, MOVEMENT, state->movement);
	feed_set_text(rows, SHIP_FROM_ID,
				  state->ship_from.level == X12_SCOPE_EVENT ||
				  state->branch.level == X12_SCOPE_NONE ?
				  state->ship_from.id : state->branch.value);
	party = &state->ship_to;
	feed_set_text(rows, SHIP_TO_ID_QUALIFIER, party->id_qualifier);
	feed_set_text(rows, SHIP_TO_ID, party->id);
	feed_set_text(rows, SHIP_TO_NAME, party->name);
	feed_set_text(rows, SHIP_TO_CITY, party->city);
	feed_set_text(rows, SHIP_TO_STATE, party->state);
	feed_set_text(rows, SHIP_TO_POSTCODE, party->postcode);
	feed_set_text(rows, SHIP_TO_COUNTRY, party->country);
	feed_set_text(rows, SOLD_TO_ID, state->sold_to.id);
	feed_set_text(rows, SOLD_TO_NAME, state->sold_to.name);
	feed_set_text(rows, END_USER_ID, state->end_user.id);
	feed_set_text(rows, END_USER_NAME, state->end_user.name);
}

/* Is this what the customer paid? */
static bool
is_resale(const X12Price *price)
{
	switch (x12_code(price->basis))
	{
		case X12_CODE2('R', 'S'):
		case X12_CODE3('R', 'E', 'S'):
			return true;
		default:
			return false;
	}
}

/*
 * The prices.  That of the line is the first one for resale, or else the first
 * one, brought to one unit: by its basis it may be for a thousand, a hundred or
 * a dozen.
 */
static void
set_prices(FeedRows *rows, const X12Prices *prices)
{
	const X12Price *first = &prices->price[0];
	const X12Price *end = first + prices->count;
	const X12Price *price;

	feed_set_prices(rows, UNIT_PRICE, PRICE_BASIS, PRICES, PRICE_BASES,
					prices);
	for (price = first; price < end && !is_resale(price); price++)
		;
	if (price > first && price < end)
	{
		first = price;
		feed_set_datum(rows, UNIT_PRICE,
					   feed_numeric(rows, &first->value, FEED_ABSOLUTE, 0));
		feed_set_text(rows, PRICE_BASIS, first->basis);
	}
	switch (prices->count > 0 ? x12_code(first->basis) : 0)
	{
		case X12_CODE2('T', 'P'):
			feed_set_datum(rows, UNIT_PRICE,
						   feed_numeric(rows, &first->value, FEED_ABSOLUTE,
										3));
			break;
		case X12_CODE2('T', 'C'):
			feed_set_datum(rows, UNIT_PRICE,
						   feed_numeric(rows, &first->value, FEED_ABSOLUTE,
										2));
			break;
		case X12_CODE2('P', 'D'):
			feed_set_datum(rows, UNIT_PRICE,
						   DirectFunctionCall2(numeric_div,
											   feed_numeric(rows,
															&first->value,
															FEED_ABSOLUTE, 0),
											   NumericGetDatum(int64_to_numeric(12))));
			break;
	}
}

/* The machine's callback: one line, one row. */
static void
put_line(void *arg, const X12State867 *state, const X12Line867 *line)
{
	Sales	   *sales = (Sales *) arg;
	FeedRows   *rows = &sales->rows;
	const X12Business *business = &line->business;
	FeedSign	sign = line->is_return ? FEED_NEGATED_ABSOLUTE :
	FEED_AS_WRITTEN;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	if (sales->again || sales->reader->transaction_refused)
		return;
	if (sales->report_version != state->report_version)
	{
		set_report(sales, state);
		sales->report_version = state->report_version;
	}
	if (sales->event_version != state->event_version)
	{
		set_event(sales, state);
		sales->event_version = state->event_version;
	}

	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	sales->arena.used = 0;
	feed_set_int(rows, LINE_NO, ++sales->line_no);
	feed_set_int(rows, LINE_IN_TRANSACTION, line->line_in_transaction);
	feed_set_int(rows, SEGMENT_NO, line->place.segment_no);
	feed_set_datum(rows, BYTE_OFFSET,
				   Int64GetDatum((int64) x12_origin(sales->reader,
													line->place.offset)));
	feed_set_text(rows, INVOICE_NO, business->invoice.value);
	feed_set_text(rows, INVOICE_LINE, line->invoice_line);
	feed_set_date(rows, INVOICE_ON, business->invoiced_on.level ?
				  business->invoiced_on.value : X12_NO_DATE);
	feed_set_date(rows, SHIPPED_ON, business->shipped_on.level ?
				  business->shipped_on.value : X12_NO_DATE);
	feed_set_text(rows, PURCHASE_ORDER_NO, business->purchase_order.value);
	feed_set_text(rows, CONTRACT_NO, business->contract.value);
	feed_set_products(rows, PRODUCT_IDS, VENDOR_PART, GTIN, DISTRIBUTOR_PART,
					  &line->products);
	feed_set_text(rows, QUANTITY_QUALIFIER, line->quantity_qualifier);
	feed_set_text(rows, REPORTED_QUANTITY, line->quantity.written);
	if (line->uncounted)
		feed_set_datum(rows, QUANTITY, NumericGetDatum(int64_to_numeric(0)));
	else
		feed_set_numeric(rows, QUANTITY, &line->quantity, sign);
	feed_set_bool(rows, IS_RETURN, line->is_return);
	feed_set_bool(rows, IS_CORRECTION, line->is_correction);
	feed_set_text(rows, UNIT_OF_MEASURE, line->unit);
	set_prices(rows, &line->prices);
	feed_set_text(rows, CURRENCY_CODE, business->currency.value);
	if (line->amount.state == X12_NUMBER_NONE)
		feed_set_null(rows, REPORTED_AMOUNT);
	else
		feed_set_text(rows, REPORTED_AMOUNT, line->amount.written);
	feed_set_numeric(rows, AMOUNT, &line->amount, sign);
	feed_set_numeric(rows, CLAIM_AMOUNT, &line->claim, sign);
	feed_set_text(rows, CLAIM_CREDIT_DEBIT, line->claim_sign);
	if (line->serials->count == 0)
		feed_set_null(rows, SERIALS);
	else
		feed_set_texts(rows, SERIALS, line->serials->at, sizeof(X12Slice),
					   line->serials->count);
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
	if (rows->used > MAX_HELD)
		sales->again = true;
}

/* A transaction begins: make lines while it is judged. */
static void
begin(Sales *sales, X12State867 *judged)
{
	judged->emit = put_line;
	judged->emit_arg = sales;
	sales->rows.hold = true;
	sales->rows.used = 0;
	sales->again = false;
	sales->line_no_before = sales->line_no;
	sales->report_version = 0;
	sales->event_version = 0;
}

/* It has ended, and is not refused. */
static void
deliver(Sales *sales, X12State867 *state, X12Walk *walk)
{
	X12Reader  *reader = sales->reader;

	if (!sales->again)
	{
		feed_rows_release(&sales->rows);
		return;
	}

	sales->rows.hold = false;
	sales->rows.used = 0;
	sales->again = false;
	sales->line_no = sales->line_no_before;
	sales->report_version = 0;
	sales->event_version = 0;
	state->by = reader->cursor.by;
	x12_867_begin(state, NULL);
	x12_walk_begin(walk, &reader->segment, &reader->cursor.by,
				   &reader->index, reader->st.offset,
				   reader->segment.offset, reader->st.segment_no, 1);
	while (x12_walk_next(walk))
	{
		CHECK_FOR_INTERRUPTS();
		x12_867_segment(state, &walk->segment);
	}
	x12_867_segment(state, &reader->segment);
}

/*
 * x12_867(document text) -> setof x12_867_line
 */
Datum
x12_867(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	X12Reader  *reader = palloc(sizeof(X12Reader));
	X12State867 *state = palloc0(sizeof(X12State867));
	X12Walk    *walk = palloc(sizeof(X12Walk));
	Sales	   *sales = palloc0(sizeof(Sales));
	X12Event	event;

	feed_rows_begin(&sales->rows, fcinfo);
	feed_reader_begin(reader, document);
	reader->check = X12_IN_867;
	sales->reader = reader;
	sales->rows.arena = &sales->arena;
	state->envelope = &reader->envelope;
	state->index = &reader->index;
	state->memory = &feed_memory;
	state->emit = put_line;
	state->emit_arg = sales;

	while ((event = x12_read(reader)) != X12_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (reader->set == NULL || reader->set->bit != X12_IN_867)
			continue;
		if (event == X12_TRANSACTION_BEGIN)
			begin(sales, &reader->state.s867);
		else if (event == X12_TRANSACTION_END && !reader->transaction_refused)
			deliver(sales, state, walk);
		else if (event == X12_TRANSACTION_END ||
				 event == X12_TRANSACTION_LOST)
			sales->line_no = sales->line_no_before;
	}
	return (Datum) 0;
}
