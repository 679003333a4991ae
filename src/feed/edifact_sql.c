/*
 * edifact_sql.c
 *		EDIFACT documents as rows: segments, findings, sales and stock.
 */
#include "feed/feed_rows.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "feed/edifact.h"

PG_FUNCTION_INFO_V1(edifact_segments);
PG_FUNCTION_INFO_V1(edifact_findings);
PG_FUNCTION_INFO_V1(edifact_slsrpt);
PG_FUNCTION_INFO_V1(edifact_invrpt);

typedef struct Messages
{
	FeedRows	rows;
	EdifactReader *reader;
	int			line_no;
} Messages;

static EdifactReader *
new_reader(FunctionCallInfo fcinfo)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	EdifactReader *reader = palloc(sizeof(EdifactReader));

	edifact_reader_init(reader, VARDATA_ANY(document),
						VARSIZE_ANY_EXHDR(document), &feed_memory);
	return reader;
}

static void
set_positive(FeedRows *rows, int column, int value)
{
	if (value == 0)
		feed_set_null(rows, column);
	else
		feed_set_int(rows, column, value);
}

/*
 * The elements of a segment as text[][]: a row per element, a column per
 * component, NULL where an element has fewer components than another.
 */
static Datum
element_array(const EdifactSegment *segment)
{
	Datum	   *values;
	bool	   *nulls;
	int			dims[2] = {0, 0};
	int			lower[2] = {1, 1};
	int			i;

	for (i = 1; i < segment->count; i++)
	{
		dims[0] = Max(dims[0], segment->element[i]);
		dims[1] = Max(dims[1], segment->component[i]);
	}
	if (dims[0] == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	values = palloc0(sizeof(Datum) * dims[0] * dims[1]);
	nulls = palloc(sizeof(bool) * dims[0] * dims[1]);
	memset(nulls, true, sizeof(bool) * dims[0] * dims[1]);
	for (i = 1; i < segment->count; i++)
	{
		int			at = (segment->element[i] - 1) * dims[1] +
		segment->component[i] - 1;

		if (segment->element[i] == 0)
			continue;
		values[at] = feed_text(segment->part[i]);
		nulls[at] = false;
	}
	return PointerGetDatum(construct_md_array(values, nulls, 2, dims, lower,
											  TEXTOID, -1, false,
											  TYPALIGN_INT));
}

/*
 * edifact_segments(document text) -> setof segment
 */
Datum
edifact_segments(PG_FUNCTION_ARGS)
{
	EdifactReader *reader = new_reader(fcinfo);
	FeedRows	rows;
	EdifactEvent event;

	feed_rows_begin(&rows, fcinfo);
	while ((event = edifact_read(reader)) != EDIFACT_END)
	{
		const EdifactSegment *segment = &reader->segment;
		bool		in_message = segment->position > 0;
		MemoryContext old;
		int			n = 0;

		CHECK_FOR_INTERRUPTS();
		if (event == EDIFACT_MESSAGE_LOST)
			continue;
		MemoryContextReset(rows.row_context);
		old = MemoryContextSwitchTo(rows.row_context);
		feed_set_int(&rows, n++, reader->interchange_no);
		set_positive(&rows, n++, in_message ? reader->message_no : 0);
		feed_set_int(&rows, n++, segment->number);
		set_positive(&rows, n++, segment->position);
		feed_set_datum(&rows, n++, Int64GetDatum((int64) segment->offset));
		feed_set_clipped(&rows, n++, segment->part[0], 99);
		feed_set_datum(&rows, n++, element_array(segment));
		feed_rows_put(&rows);
		MemoryContextSwitchTo(old);
	}
	return (Datum) 0;
}

/*
 * How a CONTRL says it: the segment that carries the code, and the code
 * (data element 0085).  NULL = not at all.
 */
static const char *
acknowledgement_code(const char *code)
{
	static const char *const codes[][2] = {
		{"BAD_DELIMITER", "UCI 22"}, {"NO_UNA_ODD_TERMINATOR", "UCI 22"},
		{"TRUNCATED", "UCI 13"}, {"MISSING_UNZ", "UCI 13"},
		{"UNZ_COUNT", "UCI 29"}, {"UNZ_REF", "UCI 28"},
		{"DUP_INTERCHANGE", "UCI 26"}, {"TEST_DATA", "UCI 25"},
		{"SEGMENT_OUTSIDE_UNH", "UCI 33"},
		{"UNE_COUNT", "UCI 29"}, {"UNE_REF", "UCI 28"},
		{"MISSING_UNT", "UCM 13"}, {"UNT_COUNT", "UCM 29"},
		{"UNT_REF", "UCM 28"}, {"DUP_MESSAGE", "UCM 26"},
		{"UNSUPPORTED_MESSAGE", "UCM 14"},
		{"MANDATORY_SEGMENT", "UCS 13"}, {"SEGMENT_ORDER", "UCS 15"},
		{"SEGMENT_TOO_LONG", "UCS 39"}, {"BAD_RELEASE", "UCS 21"},
		{"ELEMENT_MISSING", "UCD 13"}, {"BAD_NUMBER", "UCD 37"},
		{"DECIMAL_MARK", "UCD 19"}, {"BAD_DATE", "UCD 12"},
	};
	int			i;

	for (i = 0; i < lengthof(codes); i++)
	{
		if (strcmp(code, codes[i][0]) == 0)
			return codes[i][1];
	}
	return NULL;
}

/* The reader's callback: one finding, one row of the type x12_finding. */
static void
put_finding(void *arg, const EdifactFinding *finding)
{
	static const char *const levels[] = {"file", "interchange", "group",
	"transaction", "segment", "element", "business"};
	FeedRows   *rows = (FeedRows *) arg;
	MemoryContext old;
	int			n = 0;

	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_string(rows, n++, finding->refuses ? "refuse" : "warn");
	feed_set_string(rows, n++, levels[finding->level]);
	feed_set_string(rows, n++, finding->code);
	feed_set_datum(rows, n++, Int64GetDatum((int64) finding->offset));
	feed_set_int(rows, n++, (int32) finding->line);
	feed_set_text(rows, n++, finding->interchange);
	feed_set_text(rows, n++, finding->group);
	feed_set_text(rows, n++, finding->message);
	set_positive(rows, n++, finding->message_no);
	set_positive(rows, n++, finding->segment_no);
	set_positive(rows, n++, finding->position);
	feed_set_clipped(rows, n++, finding->tag, 3);
	set_positive(rows, n++, finding->element);
	set_positive(rows, n++, finding->component);
	feed_set_clipped(rows, n++, finding->value, 99);
	feed_set_string(rows, n++, finding->text);
	feed_set_string(rows, n++, acknowledgement_code(finding->code));
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
}

/*
 * edifact_findings(document text) -> setof x12_finding
 */
Datum
edifact_findings(PG_FUNCTION_ARGS)
{
	EdifactReader *reader = new_reader(fcinfo);
	FeedRows	rows;

	feed_rows_begin(&rows, fcinfo);
	reader->report = put_finding;
	reader->report_arg = &rows;
	while (edifact_read(reader) != EDIFACT_END)
		CHECK_FOR_INTERRUPTS();
	return (Datum) 0;
}

/*
 * Which price is that of the sale: one that says that it is for resale, else
 * the first.
 */
static int
price_of_sale(const EdifactLines *lines, const X12Prices *prices)
{
	int			i;

	for (i = 0; i < prices->count && !lines->is_stock; i++)
	{
		if (x12_slice_is(prices->price[i].basis, "RES") ||
			x12_slice_is(prices->price[i].basis, "RTP"))
			return i;
	}
	return 0;
}

/* The machine's callback: one line, one row. */
static void
put_line(void *arg, const EdifactLines *lines, const EdifactLine *line)
{
	Messages   *messages = (Messages *) arg;
	FeedRows   *rows = &messages->rows;
	const EdifactReader *reader = messages->reader;
	const EdifactReport *report = &lines->report;
	MemoryContext old;
	int			price = price_of_sale(lines, &line->prices);
	int			n = 0;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_int(rows, n++, ++messages->line_no);
	feed_set_int(rows, n++, reader->message_no);
	feed_set_int(rows, n++, line->line_in_message);
	feed_set_int(rows, n++, line->place.segment_no);
	feed_set_datum(rows, n++, Int64GetDatum((int64) line->place.offset));
	feed_set_text(rows, n++, reader->interchange);
	feed_set_text(rows, n++, reader->message);
	feed_set_text(rows, n++, reader->version);
	feed_set_bool(rows, n++, reader->is_test);
	feed_set_text(rows, n++, reader->sender);
	feed_set_text(rows, n++, reader->receiver);
	feed_set_text(rows, n++, report->id);
	feed_set_text(rows, n++, report->code);
	feed_set_text(rows, n++, report->function);
	feed_set_date(rows, n++, report->on);
	feed_set_date(rows, n++, report->period_from);
	feed_set_date(rows, n++, report->period_to);
	feed_set_text(rows, n++, report->reporter.id_qualifier);
	feed_set_text(rows, n++, report->reporter.id);
	feed_set_text(rows, n++, report->reporter.name);
	feed_set_text(rows, n++, report->vendor.id);
	feed_set_text(rows, n++, report->vendor.name);
	feed_set_text(rows, n++, line->location_qualifier);
	feed_set_text(rows, n++, line->location_id);
	feed_set_date(rows, n++, line->activity_on);
	feed_set_text(rows, n++, line->item_no);
	feed_set_edifact_products(rows, n, &line->products);
	n += 4;
	feed_set_text(rows, n++, line->quantity_qualifier);
	feed_set_text(rows, n++, line->quantity.written);
	feed_set_numeric(rows, n++, &line->quantity, FEED_AS_WRITTEN);
	feed_set_bool(rows, n++, line->is_return);
	feed_set_text(rows, n++, line->unit);
	feed_set_prices(rows, n, n + 1, n + 2, n + 3, &line->prices);
	if (price > 0)
	{
		feed_set_numeric(rows, n, &line->prices.price[price].value,
						 FEED_ABSOLUTE);
		feed_set_text(rows, n + 1, line->prices.price[price].basis);
	}
	n += 4;
	feed_set_numeric(rows, n++, &line->amount, FEED_AS_WRITTEN);
	feed_set_text(rows, n++, line->currency);
	feed_set_text(rows, n++, line->invoice);
	feed_set_text(rows, n++, line->contract);
	feed_set_text(rows, n++, line->invoice_line);
	feed_set_text(rows, n++, line->customer_qualifier);
	feed_set_text(rows, n++, line->customer_id);
	feed_set_text(rows, n++, line->customer_name);
	feed_set_text(rows, n++, line->customer_postcode);
	feed_set_text(rows, n++, line->customer_country);
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
}

/* Read a document and deliver the lines of its messages of one type. */
static Datum
read_messages(FunctionCallInfo fcinfo, const char *type)
{
	Messages   *messages = palloc0(sizeof(Messages));
	EdifactSegment *segment = palloc(sizeof(EdifactSegment));
	EdifactEvent event;

	feed_rows_begin(&messages->rows, fcinfo);
	messages->reader = new_reader(fcinfo);
	while ((event = edifact_read(messages->reader)) != EDIFACT_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (event == EDIFACT_MESSAGE_END &&
			!messages->reader->message_refused &&
			x12_slice_is(messages->reader->type, type))
			edifact_deliver(messages->reader, segment, put_line, messages);
	}
	return (Datum) 0;
}

/* edifact_slsrpt(document text) -> setof edifact_line */
Datum
edifact_slsrpt(PG_FUNCTION_ARGS)
{
	return read_messages(fcinfo, "SLSRPT");
}

/* edifact_invrpt(document text) -> setof edifact_line */
Datum
edifact_invrpt(PG_FUNCTION_ARGS)
{
	return read_messages(fcinfo, "INVRPT");
}
