/*
 * x12_sets_sql.c
 *		x12_846(), x12_844(), x12_849(), x12_845() and x12_832(): stock,
 *		claims and catalogs as rows.
 *
 * These reports are small beside the sales, so each row is built as a whole;
 * otherwise they are read as in x12_867_sql.c.
 */
#include "feed/feed_rows.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(x12_846);
PG_FUNCTION_INFO_V1(x12_844);
PG_FUNCTION_INFO_V1(x12_849);
PG_FUNCTION_INFO_V1(x12_845);
PG_FUNCTION_INFO_V1(x12_832);

typedef struct Delivery
{
	FeedRows	rows;
	X12Reader  *reader;
	int			line_no;
} Delivery;

/*
 * Begin a row with the columns that all these types have in common; returns
 * the context to go back to.  *column is the next one.
 */
static MemoryContext
begin_row(Delivery *delivery, const X12Envelope *envelope,
		  const X12Place *place, int line_in_transaction, int *column)
{
	FeedRows   *rows = &delivery->rows;
	MemoryContext old;
	int			n = 0;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_int(rows, n++, ++delivery->line_no);
	feed_set_int(rows, n++, delivery->reader->transaction_no);
	feed_set_int(rows, n++, line_in_transaction);
	feed_set_int(rows, n++, place->segment_no);
	feed_set_datum(rows, n++,
				   Int64GetDatum((int64) x12_origin(delivery->reader,
													place->offset)));
	feed_set_text(rows, n++, envelope->interchange);
	feed_set_text(rows, n++, envelope->group);
	feed_set_text(rows, n++, envelope->transaction);
	feed_set_bool(rows, n++, envelope->is_test);
	feed_set_text(rows, n++, envelope->sender);
	feed_set_text(rows, n++, envelope->receiver);
	*column = n;
	return old;
}

static void
end_row(Delivery *delivery, MemoryContext old)
{
	feed_rows_put(&delivery->rows);
	MemoryContextSwitchTo(old);
}

/* Four columns from n on: ids, vendor part, GTIN, distributor part. */
static int
set_products(FeedRows *rows, int n, const X12Products *products)
{
	feed_set_products(rows, n + 3, n, n + 1, n + 2, products);
	return n + 4;
}

/* Four columns: the first price, its basis, all prices, their bases. */
static int
set_prices(FeedRows *rows, int n, const X12Prices *prices)
{
	feed_set_prices(rows, n, n + 1, n + 2, n + 3, prices);
	return n + 4;
}

static int
set_reporter(FeedRows *rows, int n, const X12Report *report)
{
	feed_set_text(rows, n++, report->reporter.id_qualifier);
	feed_set_text(rows, n++, report->reporter.id);
	feed_set_text(rows, n++, report->reporter.name);
	return n;
}

static X12Date
date_of(const X12DateSlot *slot)
{
	return slot->level ? slot->value : X12_NO_DATE;
}

/* One x12_846_line. */
static void
put_846(void *arg, const X12State846 *state, const X12Line846 *line)
{
	Delivery   *delivery = (Delivery *) arg;
	FeedRows   *rows = &delivery->rows;
	int			n;
	MemoryContext old = begin_row(delivery, state->envelope, &line->place,
								  line->line_in_transaction, &n);

	feed_set_text(rows, n++, state->report.id);
	feed_set_text(rows, n++, state->report.purpose);
	feed_set_text(rows, n++, state->report.type);
	feed_set_date(rows, n++, state->report.on);
	feed_set_date(rows, n++, state->report.period_from);
	feed_set_date(rows, n++, state->report.period_to);
	n = set_reporter(rows, n, &state->report);
	feed_set_text(rows, n++, line->location_id_qualifier);
	feed_set_text(rows, n++, line->location_id);
	feed_set_text(rows, n++, line->location_name);
	n = set_products(rows, n, &state->products);
	feed_set_text(rows, n++, state->description);
	feed_set_string(rows, n++, line->source);
	feed_set_int(rows, n++, line->ordinal);
	feed_set_date(rows, n++, line->counted_on);
	feed_set_text(rows, n++, line->qualifier);
	feed_set_text(rows, n++, line->quantity.written);
	feed_set_numeric(rows, n++, &line->quantity, FEED_AS_WRITTEN);
	feed_set_text(rows, n++, line->unit);
	feed_set_numeric(rows, n++, &line->price, FEED_ABSOLUTE);
	feed_set_text(rows, n++, line->price_basis);
	feed_set_text(rows, n++, state->currency);
	end_row(delivery, old);
}

/* One x12_contract_line. */
static void
put_contract(void *arg, const X12StateContract *state,
			 const X12LineContract *line)
{
	Delivery   *delivery = (Delivery *) arg;
	FeedRows   *rows = &delivery->rows;
	X12Slice	accepted = line->verdict.accepted;
	int			n;
	MemoryContext old = begin_row(delivery, state->envelope, &line->place,
								  line->line_in_transaction, &n);

	feed_set_text(rows, n++, state->envelope->set);
	feed_set_text(rows, n++, state->report.purpose);
	feed_set_text(rows, n++, state->report.type);
	feed_set_date(rows, n++, state->report.on);
	feed_set_text(rows, n++, state->report.id);
	n = set_reporter(rows, n, &state->report);
	feed_set_text(rows, n++, state->vendor.id);
	feed_set_text(rows, n++, state->vendor.name);
	feed_set_text(rows, n++, state->contract_qualifier);
	feed_set_text(rows, n++, state->contract);
	feed_set_text(rows, n++, state->contract_status);
	feed_set_date(rows, n++, date_of(&state->contract_from));
	feed_set_date(rows, n++, date_of(&state->contract_to));
	feed_set_text(rows, n++, state->customer.id);
	feed_set_text(rows, n++, state->customer.name);
	feed_set_text(rows, n++, line->line_id);
	feed_set_text(rows, n++, line->transfer);
	feed_set_text(rows, n++, line->change);
	n = set_products(rows, n, &line->products);
	feed_set_text(rows, n++, line->quantity_qualifier);
	feed_set_text(rows, n++, line->quantity.written);
	feed_set_numeric(rows, n++, &line->quantity, FEED_AS_WRITTEN);
	feed_set_text(rows, n++, line->unit);
	n = set_prices(rows, n, &line->prices);
	feed_set_text(rows, n++, state->currency);
	feed_set_numeric(rows, n++, &line->requested, FEED_AS_WRITTEN);
	feed_set_numeric(rows, n++, &line->approved, FEED_AS_WRITTEN);
	feed_set_numeric(rows, n++, &line->amount, FEED_AS_WRITTEN);
	feed_set_text(rows, n++, line->invoice.value);
	feed_set_date(rows, n++, date_of(&line->invoiced_on));
	if (x12_slice_is(accepted, "Y") || x12_slice_is(accepted, "N"))
		feed_set_bool(rows, n, x12_slice_is(accepted, "Y"));
	else
		feed_set_null(rows, n);
	n++;
	feed_set_text(rows, n++, line->verdict.reason);
	feed_set_text(rows, n++, line->verdict.follow_up);
	end_row(delivery, old);
}

/* One x12_832_line. */
static void
put_832(void *arg, const X12State832 *state, const X12Line832 *line)
{
	Delivery   *delivery = (Delivery *) arg;
	FeedRows   *rows = &delivery->rows;
	int			n;
	MemoryContext old = begin_row(delivery, state->envelope, &line->place,
								  line->line_in_transaction, &n);

	feed_set_text(rows, n++, state->report.purpose);
	feed_set_text(rows, n++, state->report.id);
	feed_set_text(rows, n++, state->report.type);
	feed_set_date(rows, n++, state->report.on);
	n = set_reporter(rows, n, &state->report);
	feed_set_text(rows, n++, state->vendor.id);
	feed_set_text(rows, n++, state->vendor.name);
	feed_set_text(rows, n++, state->line_id);
	n = set_products(rows, n, &state->products);
	feed_set_text(rows, n++, state->description);
	feed_set_text(rows, n++, line->price_class);
	feed_set_text(rows, n++, line->price_id);
	feed_set_numeric(rows, n++, &line->price, FEED_AS_WRITTEN);
	feed_set_numeric(rows, n++, &line->from_quantity, FEED_AS_WRITTEN);
	feed_set_text(rows, n++, line->unit);
	feed_set_text(rows, n++, state->item_currency.length > 0 ?
				  state->item_currency : state->currency);
	feed_set_date(rows, n++, line->starts_on);
	feed_set_date(rows, n++, line->ends_on);
	end_row(delivery, old);
}

/*
 * Give a machine's silent second pass what it needs.
 */
static void
prepare(X12SetState *state, Delivery *delivery, uint8_t bit)
{
	X12Reader  *reader = delivery->reader;

	switch (bit)
	{
		case X12_IN_846:
			state->s846.envelope = &reader->envelope;
			state->s846.by = reader->cursor.by;
			state->s846.emit = put_846;
			state->s846.emit_arg = delivery;
			break;
		case X12_IN_832:
			state->s832.envelope = &reader->envelope;
			state->s832.by = reader->cursor.by;
			state->s832.emit = put_832;
			state->s832.emit_arg = delivery;
			break;
		default:
			state->contract.envelope = &reader->envelope;
			state->contract.by = reader->cursor.by;
			state->contract.emit = put_contract;
			state->contract.emit_arg = delivery;
			break;
	}
}

/*
 * Read a document, judging the sets of one kind and delivering the lines of
 * those that are not refused.
 */
static Datum
read_set(FunctionCallInfo fcinfo, uint8_t bit)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	X12Reader  *reader = palloc(sizeof(X12Reader));
	X12SetState *state = palloc0(sizeof(X12SetState));
	X12Walk    *walk = palloc(sizeof(X12Walk));
	Delivery   *delivery = palloc0(sizeof(Delivery));
	X12Event	event;

	feed_rows_begin(&delivery->rows, fcinfo);
	feed_reader_begin(reader, document);
	reader->check = bit;
	delivery->reader = reader;
	while ((event = x12_read(reader)) != X12_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (event != X12_TRANSACTION_END || reader->transaction_refused ||
			reader->set == NULL || reader->set->bit != bit)
			continue;
		prepare(state, delivery, bit);
		reader->set->begin(state, NULL);
		x12_walk_begin(walk, &reader->segment, &reader->cursor.by,
					   &reader->index, reader->st.offset,
					   reader->segment.offset, reader->st.segment_no, 1);
		while (x12_walk_next(walk))
			reader->set->segment(state, &walk->segment);
		reader->set->segment(state, &reader->segment);
	}
	return (Datum) 0;
}

/* x12_846(document text) -> setof x12_846_line */
Datum
x12_846(PG_FUNCTION_ARGS)
{
	return read_set(fcinfo, X12_IN_846);
}

/* x12_844(document text) -> setof x12_contract_line */
Datum
x12_844(PG_FUNCTION_ARGS)
{
	return read_set(fcinfo, X12_IN_844);
}

/* x12_849(document text) -> setof x12_contract_line */
Datum
x12_849(PG_FUNCTION_ARGS)
{
	return read_set(fcinfo, X12_IN_849);
}

/* x12_845(document text) -> setof x12_contract_line */
Datum
x12_845(PG_FUNCTION_ARGS)
{
	return read_set(fcinfo, X12_IN_845);
}

/* x12_832(document text) -> setof x12_832_line */
Datum
x12_832(PG_FUNCTION_ARGS)
{
	return read_set(fcinfo, X12_IN_832);
}
