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
#define FEED_SMALL			1024

/*
 * A column of the row.  Texts are not built: the cell points to the bytes,
 * which must stay until the row is put, and length is theirs.
 */
typedef struct FeedCell
{
	Datum		value;			/* or where the bytes are */
	uint32		length;			/* or one of these two */
} FeedCell;

#define FEED_NULL		PG_UINT32_MAX
#define FEED_VALUE		(PG_UINT32_MAX - 1)

/* How the columns of a type are laid into a tuple. */
typedef enum FeedLayout
{
	FEED_ONE_BYTE,
	FEED_FOUR_BYTES,
	FEED_EIGHT_BYTES,
	FEED_VARLENA				/* short if it can be, else 4-aligned */
} FeedLayout;

/*
 * Room for what has to be built for one row, instead of an allocation for
 * each.
 */
#define FEED_ARENA_SIZE		4096

typedef struct FeedArena
{
	uint32		used;
	union
	{
		char		bytes[FEED_ARENA_SIZE];
		int64		align;
	}			room;
}			FeedArena;

/*
 * A result being filled.  Rows go to the store at once, or are held until it
 * is known that they count.  Cells keep what was put into them, so that a column
 * which holds for many rows is set once.
 */
typedef struct FeedRows
{
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row_context;	/* reset for each row */
	FeedArena  *arena;			/* where things are built while there is room */
	FeedCell	cells[FEED_MAX_COLUMNS];
	uint8		layout[FEED_MAX_COLUMNS];	/* FeedLayout */
	MemoryContext tuple_context;
	char	   *room;			/* rows held, and the one being laid out */
	Size		size;
	Size		used;			/* by rows held */
	bool		hold;
	Datum		small[FEED_SMALL];	/* numerics 0, 1, 2 ...; 0 = not yet made */
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
extern void feed_rows_release(FeedRows *rows);
extern Datum feed_text(X12Slice slice);
extern void feed_set_string(FeedRows *rows, int column, const char *string);
extern Datum feed_numeric(FeedRows *rows, const X12Number *number,
						  FeedSign sign, int divide_by_ten);
extern void feed_set_numeric(FeedRows *rows, int column,
							 const X12Number *number, FeedSign sign);
extern void feed_set_date(FeedRows *rows, int column, X12Date date);
extern void feed_set_clipped(FeedRows *rows, int column, X12Slice slice,
							 int characters);
extern void feed_set_texts(FeedRows *rows, int column, const X12Slice *first,
						   size_t stride, int count);
extern void feed_set_prices(FeedRows *rows, int price, int basis, int all,
							int bases, const X12Prices *prices);
extern void feed_set_products(FeedRows *rows, int all, int vendor_part,
							  int gtin, int distributor_part,
							  const X12Products *products);
extern void feed_set_edifact_products(FeedRows *rows, int n,
									  const X12Products *products);

static inline void
feed_set_null(FeedRows *rows, int column)
{
	rows->cells[column].length = FEED_NULL;
}

static inline void
feed_set_datum(FeedRows *rows, int column, Datum value)
{
	rows->cells[column].value = value;
	rows->cells[column].length = FEED_VALUE;
}

static inline void
feed_set_int(FeedRows *rows, int column, int32 value)
{
	feed_set_datum(rows, column, Int32GetDatum(value));
}

static inline void
feed_set_bool(FeedRows *rows, int column, bool value)
{
	feed_set_datum(rows, column, BoolGetDatum(value));
}

/* Empty is NULL: X12 does not tell one from the other. */
static inline void
feed_set_text(FeedRows *rows, int column, X12Slice slice)
{
	rows->cells[column].value = PointerGetDatum(slice.at);
	rows->cells[column].length = slice.length == 0 ? FEED_NULL :
		slice.length;
}

/* x12_sql.c: a document, and reading it with the server's memory. */
extern void feed_reader_begin(X12Reader *reader, text *document);
extern const X12Memory feed_memory;

#endif							/* FEED_ROWS_H */
