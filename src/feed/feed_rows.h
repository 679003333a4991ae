/*
 * feed_rows.h
 *		From slices of a document to rows of a set-returning function.
 */
#ifndef FEED_ROWS_H
#define FEED_ROWS_H

#include "distmgmt.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

#include "feed/x12.h"

#define FEED_MAX_COLUMNS	80

/*
 * Room for the short texts of columns that are built together and dropped
 * together; saves an allocation for each.
 */
#define FEED_ARENA_SIZE		8192

typedef struct FeedArena
{
	uint32		used;
	char		room[FEED_ARENA_SIZE];
}			FeedArena;

/*
 * A result being filled.  values and nulls keep what was put into them, so
 * that a column which holds for many rows is built once.
 */
typedef struct FeedRows
{
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row_context;	/* reset for each row */
	FeedArena  *arena;			/* where texts go while there is room */
	Datum		values[FEED_MAX_COLUMNS];
	bool		nulls[FEED_MAX_COLUMNS];
} FeedRows;

/* Columns of the type x12_finding, which every format reports in. */
enum
{
	FEED_FINDING_SEVERITY,
	FEED_FINDING_LEVEL,
	FEED_FINDING_CODE,
	FEED_FINDING_OFFSET,
	FEED_FINDING_LINE,
	FEED_FINDING_INTERCHANGE,
	FEED_FINDING_GROUP,
	FEED_FINDING_TRANSACTION,
	FEED_FINDING_TRANSACTION_NO,
	FEED_FINDING_SEGMENT_NO,
	FEED_FINDING_POSITION,
	FEED_FINDING_TAG,
	FEED_FINDING_ELEMENT,
	FEED_FINDING_COMPONENT,
	FEED_FINDING_VALUE,
	FEED_FINDING_MESSAGE,
	FEED_FINDING_ACK
};

/* How to turn a number as written into one of the row. */
typedef enum FeedSign
{
	FEED_AS_WRITTEN,
	FEED_ABSOLUTE,
	FEED_NEGATED_ABSOLUTE
} FeedSign;

extern void feed_rows_begin(FeedRows *rows, FunctionCallInfo fcinfo);
extern void feed_rows_put(FeedRows *rows);
extern Datum feed_text(X12Slice slice);
extern void feed_set_text(FeedRows *rows, int column, X12Slice slice);
extern void feed_set_string(FeedRows *rows, int column, const char *string);
extern Datum feed_numeric(const X12Number *number, FeedSign sign,
						  int divide_by_ten);
extern void feed_set_numeric(FeedRows *rows, int column,
							 const X12Number *number, FeedSign sign);
extern void feed_set_date(FeedRows *rows, int column, X12Date date);
extern void feed_set_clipped(FeedRows *rows, int column, X12Slice slice,
							 int characters);
extern Datum feed_text_array(const X12Slice *first, size_t stride, int count);
extern Datum feed_product_ids(const X12Products *products);
extern void feed_set_products(FeedRows *rows, int all, int vendor_part,
							  int gtin, int distributor_part,
							  const X12Products *products);
extern void feed_set_edifact_products(FeedRows *rows, int n,
									  const X12Products *products);

static inline void
feed_set_int(FeedRows *rows, int column, int32 value)
{
	rows->values[column] = Int32GetDatum(value);
	rows->nulls[column] = false;
}

static inline void
feed_set_bool(FeedRows *rows, int column, bool value)
{
	rows->values[column] = BoolGetDatum(value);
	rows->nulls[column] = false;
}

static inline void
feed_set_datum(FeedRows *rows, int column, Datum value)
{
	rows->values[column] = value;
	rows->nulls[column] = false;
}

/* x12_sql.c: a document, and reading it with the server's memory. */
extern void feed_reader_begin(X12Reader *reader, text *document);
extern const X12Memory feed_memory;

#endif							/* FEED_ROWS_H */
