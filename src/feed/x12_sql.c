/*
 * x12_sql.c
 *		x12_segments() and x12_findings(): a document as its parts, and what
 *		is wrong with it.
 *
 * The thin layer between the reader, which knows no server, and SQL: memory
 * contexts, query cancel, rows.  The functions that return business lines
 * are beside it, one file each.
 */
#include "feed/feed_rows.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(x12_segments);
PG_FUNCTION_INFO_V1(x12_findings);

/* X12Grow over palloc, in the context that is current when it grows. */
static void *
grow(void *arg, void *old, size_t size)
{
	if (size == 0)
	{
		pfree(old);
		return NULL;
	}
	if (old == NULL)
		return MemoryContextAllocHuge((MemoryContext) CurrentMemoryContext,
									  size);
	return repalloc_huge(old, size);
}

const X12Memory feed_memory = {grow, NULL};

/* Begin reading a text. */
void
feed_reader_begin(X12Reader *reader, text *document)
{
	x12_reader_init(reader, VARDATA_ANY(document),
					VARSIZE_ANY_EXHDR(document), &feed_memory);
}

/* Columns of x12_segments(). */
enum
{
	SEGMENT_INTERCHANGE,
	SEGMENT_GROUP,
	SEGMENT_TRANSACTION,
	SEGMENT_NUMBER,
	SEGMENT_POSITION,
	SEGMENT_OFFSET,
	SEGMENT_TAG,
	SEGMENT_ELEMENTS
};

/*
 * x12_segments(document text) -> setof segment
 */
Datum
x12_segments(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	X12Reader  *reader = palloc(sizeof(X12Reader));
	X12Slice   *elements = palloc(sizeof(X12Slice) * X12_MAX_ELEMENTS);
	MemoryContext old;
	FeedRows	rows;
	X12Event	event;

	feed_rows_begin(&rows, fcinfo);
	feed_reader_begin(reader, document);
	while ((event = x12_read(reader)) != X12_END)
	{
		const X12Segment *segment = &reader->segment;
		bool		in_group = reader->in_group || event == X12_GROUP_END;
		bool		in_transaction = reader->in_transaction ||
		event == X12_TRANSACTION_END;
		int			i;

		CHECK_FOR_INTERRUPTS();
		if (event == X12_TRANSACTION_LOST)
			continue;
		MemoryContextReset(rows.row_context);
		old = MemoryContextSwitchTo(rows.row_context);
		feed_set_int(&rows, SEGMENT_INTERCHANGE, reader->interchange_no);
		feed_set_int(&rows, SEGMENT_GROUP, reader->group_no);
		if (!in_group)
			feed_set_null(&rows, SEGMENT_GROUP);
		feed_set_int(&rows, SEGMENT_TRANSACTION, reader->transaction_no);
		if (!in_transaction)
			feed_set_null(&rows, SEGMENT_TRANSACTION);
		feed_set_int(&rows, SEGMENT_NUMBER, reader->segment_no);
		feed_set_int(&rows, SEGMENT_POSITION, reader->position);
		if (!in_transaction)
			feed_set_null(&rows, SEGMENT_POSITION);
		feed_set_datum(&rows, SEGMENT_OFFSET,
					   Int64GetDatum((int64) x12_origin(reader,
														segment->offset)));
		for (i = 0; i < segment->count; i++)
			elements[i] = x12_element(segment, i);
		if (segment->overlong)
			elements[i - 1].length = pg_mbcliplen(elements[i - 1].at,
												  elements[i - 1].length,
												  elements[i - 1].length);
		feed_set_datum(&rows, SEGMENT_TAG, feed_text(elements[0]));
		feed_set_texts(&rows, SEGMENT_ELEMENTS, elements + 1,
					   sizeof(X12Slice), segment->count - 1);
		feed_rows_put(&rows);
		MemoryContextSwitchTo(old);
	}
	return (Datum) 0;
}

static void
set_positive(FeedRows *rows, int column, int value)
{
	if (value == 0)
		feed_set_null(rows, column);
	else
		feed_set_int(rows, column, value);
}

/* The reader's callback: one finding, one row. */
static void
put_finding(void *arg, const X12Finding *finding)
{
	static const char *const levels[] = {"file", "interchange", "group",
	"transaction", "segment", "element", "business"};
	FeedRows   *rows = (FeedRows *) arg;
	MemoryContext old;

	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_string(rows, FEED_FINDING_SEVERITY,
					finding->refuses ? "refuse" : "warn");
	feed_set_string(rows, FEED_FINDING_LEVEL, levels[finding->level]);
	feed_set_string(rows, FEED_FINDING_CODE, x12_codes[finding->code].name);
	feed_set_datum(rows, FEED_FINDING_OFFSET,
				   Int64GetDatum((int64) finding->offset));
	feed_set_int(rows, FEED_FINDING_LINE, (int32) finding->line);
	feed_set_text(rows, FEED_FINDING_INTERCHANGE, finding->interchange);
	feed_set_text(rows, FEED_FINDING_GROUP, finding->group);
	feed_set_text(rows, FEED_FINDING_TRANSACTION, finding->transaction);
	set_positive(rows, FEED_FINDING_TRANSACTION_NO, finding->transaction_no);
	set_positive(rows, FEED_FINDING_SEGMENT_NO, finding->place.segment_no);
	set_positive(rows, FEED_FINDING_POSITION, finding->place.position);
	feed_set_clipped(rows, FEED_FINDING_TAG, finding->place.tag, 3);
	set_positive(rows, FEED_FINDING_ELEMENT, finding->place.element);
	set_positive(rows, FEED_FINDING_COMPONENT, finding->place.component);
	feed_set_clipped(rows, FEED_FINDING_VALUE, finding->value, 99);
	feed_set_string(rows, FEED_FINDING_MESSAGE, finding->message);
	feed_set_string(rows, FEED_FINDING_ACK, finding->ack);
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
}

/*
 * x12_findings(document text) -> setof x12_finding
 */
Datum
x12_findings(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(0);
	X12Reader  *reader = palloc(sizeof(X12Reader));
	FeedRows	rows;

	feed_rows_begin(&rows, fcinfo);
	feed_reader_begin(reader, document);
	reader->check = X12_IN_ANY;
	reader->report = put_finding;
	reader->report_arg = &rows;
	while (x12_read(reader) != X12_END)
		CHECK_FOR_INTERRUPTS();
	return (Datum) 0;
}
