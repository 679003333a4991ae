/*
 * x12_852_sql.c
 *		x12_852(): the activities of a product activity report as rows.
 *
 * Works as x12_867_sql.c does: judged first, then delivered; the columns of
 * the report and those of the product are built when they change.
 */
#include "feed/feed_rows.h"

#include "miscadmin.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(x12_852);

/* Columns of the type x12_852_line. */
enum
{
	LINE_NO, TRANSACTION_NO, LINE_IN_TRANSACTION, SEGMENT_NO, BYTE_OFFSET,
	INTERCHANGE_CONTROL, GROUP_CONTROL, TRANSACTION_CONTROL, IS_TEST,
	SENDER_ID, RECEIVER_ID, REPORT_ID, HANDLING_CODE, PERIOD_STARTS_ON,
	PERIOD_ENDS_ON, REPORTER_ID_QUALIFIER, REPORTER_ID, REPORTER_NAME,
	LOCATION_ID_QUALIFIER, LOCATION_ID, LOCATION_NAME,
	VENDOR_PART, GTIN, DISTRIBUTOR_PART, PRODUCT_IDS,
	ACTIVITY_CODE, ORDINAL, ACTIVITY_ON, REPORTED_QUANTITY, QUANTITY,
	UNIT_OF_MEASURE, UNIT_PRICE, PRICE_BASIS, AMOUNT, IS_RETURN, ITEM_AMOUNT,
	SENDER_QUALIFIER, RECEIVER_QUALIFIER, APPLICATION_SENDER_ID,
	APPLICATION_RECEIVER_ID
};

typedef struct Activities
{
	FeedRows	rows;
	X12Reader  *reader;
	MemoryContext item_context;
	int			report_version;
	int			item_version;
	int			line_no;
} Activities;

/* The columns of the report. */
static void
set_report(Activities *activities, const X12State852 *state)
{
	FeedRows   *rows = &activities->rows;
	const X12Envelope *envelope = state->envelope;
	const X12Report *report = &state->report;

	feed_set_int(rows, TRANSACTION_NO, activities->reader->transaction_no);
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
	feed_set_text(rows, HANDLING_CODE, state->handling);
	feed_set_date(rows, PERIOD_STARTS_ON, report->period_from);
	feed_set_date(rows, PERIOD_ENDS_ON, report->period_to);
	feed_set_text(rows, REPORTER_ID_QUALIFIER, report->reporter.id_qualifier);
	feed_set_text(rows, REPORTER_ID, report->reporter.id);
	feed_set_text(rows, REPORTER_NAME, report->reporter.name);
}

/* The columns of the LIN. */
static void
set_item(Activities *activities, const X12State852 *state)
{
	FeedRows   *rows = &activities->rows;
	MemoryContext old;

	MemoryContextReset(activities->item_context);
	old = MemoryContextSwitchTo(activities->item_context);
	feed_set_products(rows, PRODUCT_IDS, VENDOR_PART, GTIN, DISTRIBUTOR_PART,
					  &state->products);
	feed_set_numeric(rows, ITEM_AMOUNT, &state->item_amount, FEED_AS_WRITTEN);
	MemoryContextSwitchTo(old);
}

/* The machine's callback: one line, one row. */
static void
put_line(void *arg, const X12State852 *state, const X12Line852 *line)
{
	Activities *activities = (Activities *) arg;
	FeedRows   *rows = &activities->rows;
	FeedSign	sign = line->is_return ? FEED_NEGATED_ABSOLUTE :
	FEED_AS_WRITTEN;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	if (activities->report_version != state->report_version)
	{
		set_report(activities, state);
		activities->report_version = state->report_version;
	}
	if (activities->item_version != state->item_version)
	{
		set_item(activities, state);
		activities->item_version = state->item_version;
	}

	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_int(rows, LINE_NO, ++activities->line_no);
	feed_set_int(rows, LINE_IN_TRANSACTION, line->line_in_transaction);
	feed_set_int(rows, SEGMENT_NO, line->place.segment_no);
	feed_set_datum(rows, BYTE_OFFSET,
				   Int64GetDatum((int64) x12_origin(activities->reader,
													line->place.offset)));
	feed_set_text(rows, LOCATION_ID_QUALIFIER, line->location_id_qualifier);
	feed_set_text(rows, LOCATION_ID, line->location_id);
	feed_set_text(rows, LOCATION_NAME, line->location_name);
	feed_set_text(rows, ACTIVITY_CODE, line->activity);
	feed_set_int(rows, ORDINAL, line->ordinal);
	feed_set_date(rows, ACTIVITY_ON, line->activity_on);
	feed_set_text(rows, REPORTED_QUANTITY, line->quantity.written);
	feed_set_numeric(rows, QUANTITY, &line->quantity, sign);
	feed_set_text(rows, UNIT_OF_MEASURE, line->unit);
	feed_set_numeric(rows, UNIT_PRICE, &line->price, FEED_ABSOLUTE);
	feed_set_text(rows, PRICE_BASIS, line->price_basis.value);
	feed_set_numeric(rows, AMOUNT, &line->amount, sign);
	feed_set_bool(rows, IS_RETURN, line->is_return);
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
}

/*
 * x12_852(document text) -> setof x12_852_line
 */
Datum
x12_852(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	X12Reader  *reader = palloc(sizeof(X12Reader));
	X12State852 *state = palloc0(sizeof(X12State852));
	X12Walk    *walk = palloc(sizeof(X12Walk));
	Activities *activities = palloc0(sizeof(Activities));
	X12Event	event;

	feed_rows_begin(&activities->rows, fcinfo);
	feed_reader_begin(reader, document);
	reader->check = X12_IN_852;
	activities->reader = reader;
	activities->item_context = AllocSetContextCreate(CurrentMemoryContext,
													 "852 item",
													 ALLOCSET_DEFAULT_SIZES);
	state->envelope = &reader->envelope;
	state->emit = put_line;
	state->emit_arg = activities;

	while ((event = x12_read(reader)) != X12_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (event != X12_TRANSACTION_END || reader->transaction_refused ||
			reader->set == NULL || reader->set->bit != X12_IN_852)
			continue;
		state->by = reader->cursor.by;
		x12_852_begin(state, NULL);
		x12_walk_begin(walk, &reader->segment, &reader->cursor.by,
					   &reader->index, reader->st.offset,
					   reader->segment.offset, reader->st.segment_no, 1);
		while (x12_walk_next(walk))
			x12_852_segment(state, &walk->segment);
		x12_852_segment(state, &reader->segment);
	}
	return (Datum) 0;
}
