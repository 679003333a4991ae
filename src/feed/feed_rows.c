/*
 * feed_rows.c
 *		From slices of a document to rows of a set-returning function.
 *
 * The readers of this folder know no server and the functions that call them
 * should not each know how a text array is laid out.  In between stands this:
 * texts, exact numerics, dates and arrays from slices, and the tuplestore
 * that takes the rows.  Results are built in the current memory context.
 */
#include "feed/feed_rows.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* What the columns of a tuple take beside the bytes of texts, at most. */
#define FEED_OVERHEAD	(16 * FEED_MAX_COLUMNS)

/*
 * Begin the result of a set-returning function in materialize mode.  All
 * columns are NULL at first.
 */
void
feed_rows_begin(FeedRows *rows, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	rows->store = rsinfo->setResult;
	rows->desc = rsinfo->setDesc;
	Assert(rows->desc->natts <= FEED_MAX_COLUMNS);
	rows->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "feed row",
											  ALLOCSET_DEFAULT_SIZES);
	rows->arena = NULL;
	for (i = 0; i < rows->desc->natts; i++)
	{
		int			length = TupleDescAttr(rows->desc, i)->attlen;

		rows->layout[i] = length == 1 ? FEED_ONE_BYTE :
			length == 4 ? FEED_FOUR_BYTES :
			length == 8 ? FEED_EIGHT_BYTES : FEED_VARLENA;
		feed_set_null(rows, i);
	}
	rows->tuple_context = CurrentMemoryContext;
	rows->size = 2 * FEED_OVERHEAD;
	rows->room = palloc(rows->size);
	rows->used = 0;
	rows->hold = false;
	memset(rows->small, 0, sizeof(rows->small));
}

/*
 * Copy bytes, most of the time few: no call for those.
 */
static inline void
copy_bytes(char *to, const char *from, Size n)
{
	if (n > 16)
		memcpy(to, from, n);
	else if (n >= 8)
	{
		memcpy(to, from, 8);
		memcpy(to + n - 8, from + n - 8, 8);
	}
	else if (n >= 4)
	{
		memcpy(to, from, 4);
		memcpy(to + n - 4, from + n - 4, 4);
	}
	else if (n > 0)
	{
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

/* Zeros up to the next multiple of 4 or 8 bytes. */
static inline char *
pad(char *at, const char *data, int alignment)
{
	while (((at - data) & (alignment - 1)) != 0)
		*at++ = 0;
	return at;
}

/*
 * Make room for this many bytes behind at, and for the columns to come.
 */
static pg_noinline char *
enlarge(FeedRows *rows, char *at, Size bytes)
{
	Size		used = at - rows->room;
	char	   *larger;

	rows->size = 2 * used + bytes + 2 * FEED_OVERHEAD;
	larger = MemoryContextAllocHuge(rows->tuple_context, rows->size);
	memcpy(larger, rows->room, used);
	pfree(rows->room);
	rows->room = larger;
	return larger + used;
}

static void
store(FeedRows *rows, HeapTupleHeader header, uint32 length)
{
	HeapTupleData tuple;

	tuple.t_len = length;
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	tuplestore_puttuple(rows->store, &tuple);
}

/*
 * Append the row as it stands.
 *
 * The tuple is laid out here, as heap_fill_tuple() would do it, straight from
 * the document: that saves building each text first, measuring all columns
 * and copying them.
 */
void
feed_rows_put(FeedRows *rows)
{
	int			natts = rows->desc->natts;
	const FeedCell *cell = rows->cells;
	Size		hoff = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(natts));
	HeapTupleHeader header;
	const char *end;			/* what is behind is for FEED_OVERHEAD */
	char	   *data;
	char	   *at;
	Size		length;
	uint32		present = 0;
	int			i;

	if (rows->used + hoff > rows->size - FEED_OVERHEAD)
		(void) enlarge(rows, rows->room + rows->used, hoff);
	end = rows->room + rows->size - FEED_OVERHEAD;
	header = (HeapTupleHeader) (rows->room + rows->used);
	memset(header, 0, hoff);
	at = data = (char *) header + hoff;
	for (i = 0; i < natts; i++, cell++)
	{
		const char *bytes;

		/* a byte of the bitmap is complete */
		if ((i & 7) == 0 && i > 0)
		{
			header->t_bits[(i >> 3) - 1] = (bits8) present;
			present = 0;
		}
		length = cell->length;
		if (length == FEED_NULL)
			continue;
		present |= 1 << (i & 7);
		bytes = DatumGetPointer(cell->value);
		if (length == FEED_VALUE)
		{
			switch (rows->layout[i])
			{
				case FEED_ONE_BYTE:
					*at++ = DatumGetChar(cell->value);
					continue;
				case FEED_FOUR_BYTES:
					at = pad(at, data, 4);
					*(int32 *) at = DatumGetInt32(cell->value);
					at += 4;
					continue;
				case FEED_EIGHT_BYTES:
					at = pad(at, data, 8);
					*(int64 *) at = DatumGetInt64(cell->value);
					at += 8;
					continue;
			}
			length = VARSIZE_ANY_EXHDR(bytes);
			bytes = VARDATA_ANY(bytes);
		}
		if ((int64) length > end - at)
		{
			at = enlarge(rows, at, length);
			end = rows->room + rows->size - FEED_OVERHEAD;
			header = (HeapTupleHeader) (rows->room + rows->used);
			data = (char *) header + hoff;
		}
		if (length + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
		{
			SET_VARSIZE_SHORT(at, length + VARHDRSZ_SHORT);
			at += VARHDRSZ_SHORT;
		}
		else
		{
			at = pad(at, data, 4);
			SET_VARSIZE(at, length + VARHDRSZ);
			at += VARHDRSZ;
		}
		copy_bytes(at, bytes, length);
		at += length;
	}
	header->t_bits[(natts - 1) >> 3] = (bits8) present;
	header->t_infomask = HEAP_HASNULL | HEAP_HASVARWIDTH;
	header->t_hoff = hoff;
	HeapTupleHeaderSetNatts(header, natts);
	length = at - (char *) header;
	if (length > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row of a report is too long"),
				 errdetail("It would take %zu bytes.", length),
				 errhint("Split the document.")));
	if (rows->hold)
	{
		HeapTupleHeaderSetDatumLength(header, length);
		rows->used += MAXALIGN(length);
	}
	else
		store(rows, header, length);
}

/* The rows held count: append them. */
void
feed_rows_release(FeedRows *rows)
{
	Size		pos = 0;

	while (pos < rows->used)
	{
		HeapTupleHeader header = (HeapTupleHeader) (rows->room + pos);
		uint32		length = HeapTupleHeaderGetDatumLength(header);

		store(rows, header, length);
		pos += MAXALIGN(length);
	}
	rows->used = 0;
}

Datum
feed_text(X12Slice slice)
{
	return PointerGetDatum(cstring_to_text_with_len(slice.at, slice.length));
}

/* Room for something that is built, in the arena or the current context. */
static char *
make_room(FeedRows *rows, Size bytes)
{
	FeedArena  *arena = rows->arena;
	char	   *at;

	if (arena == NULL || bytes > FEED_ARENA_SIZE - arena->used)
		return palloc(bytes);
	at = arena->room.bytes + arena->used;
	arena->used += MAXALIGN(bytes);
	return at;
}

/* Point a column to bytes that are the inside of a varlena. */
static inline void
set_bytes(FeedRows *rows, int column, const char *at, Size length)
{
	if (length >= FEED_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column of a report is too long"),
				 errdetail("It would take %zu bytes.", length),
				 errhint("Split the document.")));
	rows->cells[column].value = PointerGetDatum(at);
	rows->cells[column].length = (uint32) length;
}

/* The string must stay until the row is put. */
void
feed_set_string(FeedRows *rows, int column, const char *string)
{
	if (string == NULL)
		feed_set_null(rows, column);
	else
		set_bytes(rows, column, string, strlen(string));
}

/*
 * At most so many characters, and no broken one at the end: the slice may
 * have been cut anywhere.
 */
void
feed_set_clipped(FeedRows *rows, int column, X12Slice slice, int characters)
{
	if (slice.length > 0)
	{
		slice.length = pg_mbcliplen(slice.at, slice.length, slice.length);
		slice.length = pg_mbcharcliplen(slice.at, slice.length, characters);
	}
	feed_set_text(rows, column, slice);
}

/*
 * A valid number as numeric, its scale as written, divided by a power of
 * ten.  Exact.  Small whole numbers are made once.
 */
Datum
feed_numeric(FeedRows *rows, const X12Number *number, FeedSign sign,
			 int divide_by_ten)
{
	Numeric		result;
	bool		flip;

	flip = (sign == FEED_ABSOLUTE && number->negative) ||
		(sign == FEED_NEGATED_ABSOLUTE && !number->negative);
	if (number->state == X12_NUMBER_EXACT)
	{
		int64		mantissa = flip ? -number->mantissa : number->mantissa;
		int			scale = number->scale + divide_by_ten;

		if (scale == 0 && mantissa >= 0 && mantissa < FEED_SMALL)
		{
			if (rows->small[mantissa] == 0)
			{
				MemoryContext old = MemoryContextSwitchTo(rows->tuple_context);

				rows->small[mantissa] =
					NumericGetDatum(int64_to_numeric(mantissa));
				MemoryContextSwitchTo(old);
			}
			return rows->small[mantissa];
		}
		if (scale == 0)
			return NumericGetDatum(int64_to_numeric(mantissa));
		return NumericGetDatum(int64_div_fast_to_numeric(mantissa, scale));
	}

	result = DatumGetNumeric(DirectFunctionCall3(numeric_in,
												 CStringGetDatum(pnstrdup(number->written.at,
																		  number->written.length)),
												 ObjectIdGetDatum(InvalidOid),
												 Int32GetDatum(-1)));
	if (flip)
		result = DatumGetNumeric(DirectFunctionCall1(numeric_uminus,
													 NumericGetDatum(result)));
	if (divide_by_ten != 0)
		result = numeric_mul_opt_error(result,
									   int64_div_fast_to_numeric(1, divide_by_ten),
									   NULL);
	return NumericGetDatum(result);
}

void
feed_set_numeric(FeedRows *rows, int column, const X12Number *number,
				 FeedSign sign)
{
	if (number->state == X12_NUMBER_EXACT || number->state == X12_NUMBER_LONG)
		feed_set_datum(rows, column, feed_numeric(rows, number, sign, 0));
	else
		feed_set_null(rows, column);
}

void
feed_set_date(FeedRows *rows, int column, X12Date date)
{
	StaticAssertStmt(POSTGRES_EPOCH_JDATE == 2451545,
					 "X12Date counts from 2000-01-01, as DateADT does");
	if (date == X12_NO_DATE)
		feed_set_null(rows, column);
	else
		feed_set_datum(rows, column, DateADTGetDatum(date));
}

/*
 * Begin an array of these dimensions (columns 0 = one dimension) with room
 * for so many bytes of elements; *at is where the first goes.  What is made
 * is the inside of the varlena: the length word in front is left out.
 */
static char *
new_array(FeedRows *rows, Oid type, int count, int columns, Size bytes,
		  char **at)
{
	int			ndim = columns > 0 ? 2 : 1;
	Size		header = (count > 0 ? ARR_OVERHEAD_NONULLS(ndim) :
						  sizeof(ArrayType)) - VARHDRSZ;
	char	   *inside = make_room(rows, header + bytes);
	int32	   *words = (int32 *) inside;

	StaticAssertStmt(offsetof(ArrayType, ndim) == VARHDRSZ,
					 "an array begins with the length and the dimensions");
	memset(inside, 0, header);
	words[0] = count > 0 ? ndim : 0;
	words[2] = (int32) type;
	if (count > 0)
	{
		words[3] = count;
		words[3 + ndim] = 1;
		if (ndim == 2)
		{
			words[4] = columns;
			words[6] = 1;
		}
	}
	*at = inside + header;
	return inside;
}

/* What a text of this length takes in an array. */
static inline Size
element_size(Size length)
{
	return INTALIGN(VARHDRSZ + length);
}

static inline char *
append_element(char *at, const char *bytes, Size length)
{
	Size		size = element_size(length);

	/* zeros behind it, before it is written */
	*(int32 *) (at + size - sizeof(int32)) = 0;
	SET_VARSIZE(at, VARHDRSZ + length);
	copy_bytes(at + VARHDRSZ, bytes, length);
	return at + size;
}

/*
 * A text[] of count slices, "stride" bytes apart.
 */
void
feed_set_texts(FeedRows *rows, int column, const X12Slice *first,
			   size_t stride, int count)
{
	const char *slice = (const char *) first;
	char	   *inside;
	Size		bytes = 0;
	char	   *at;
	int			i;

	for (i = 0; i < count; i++)
		bytes += element_size(((const X12Slice *) (slice + i * stride))->length);
	inside = new_array(rows, TEXTOID, count, 0, bytes, &at);
	for (i = 0; i < count; i++)
	{
		const X12Slice *element = (const X12Slice *) (slice + i * stride);

		at = append_element(at, element->at, element->length);
	}
	set_bytes(rows, column, inside, at - inside);
}

/*
 * Four columns: the first price and its basis, all prices and their bases.
 * Without a price all are NULL.
 */
void
feed_set_prices(FeedRows *rows, int price, int basis, int all, int bases,
				const X12Prices *prices)
{
	Datum		values[X12_MAX_PRICES];
	int			n = prices->count;
	Size		bytes = 0;
	char	   *inside;
	char	   *at;
	int			i;

	if (n == 0)
	{
		feed_set_null(rows, price);
		feed_set_null(rows, basis);
		feed_set_null(rows, all);
		feed_set_null(rows, bases);
		return;
	}
	for (i = 0; i < n; i++)
	{
		values[i] = feed_numeric(rows, &prices->price[i].value, FEED_ABSOLUTE,
								 0);
		bytes += element_size(VARSIZE_ANY_EXHDR(DatumGetPointer(values[i])));
	}
	inside = new_array(rows, NUMERICOID, n, 0, bytes, &at);
	for (i = 0; i < n; i++)
		at = append_element(at, VARDATA_ANY(DatumGetPointer(values[i])),
							VARSIZE_ANY_EXHDR(DatumGetPointer(values[i])));
	feed_set_datum(rows, price, values[0]);
	feed_set_text(rows, basis, prices->price[0].basis);
	set_bytes(rows, all, inside, at - inside);
	feed_set_texts(rows, bases, &prices->price[0].basis, sizeof(X12Price), n);
}

/* Pairs of qualifier and id: text[][2]. */
static void
set_product_ids(FeedRows *rows, int column, const X12Products *products)
{
	Size		bytes = 0;
	char	   *inside;
	char	   *at;
	int			i;

	if (products->pairs == 0)
	{
		feed_set_null(rows, column);
		return;
	}
	for (i = 0; i < products->pairs; i++)
		bytes += element_size(products->qualifier[i].length) +
			element_size(products->id[i].length);
	inside = new_array(rows, TEXTOID, products->pairs, 2, bytes, &at);
	for (i = 0; i < products->pairs; i++)
	{
		at = append_element(at, products->qualifier[i].at,
							products->qualifier[i].length);
		at = append_element(at, products->id[i].at, products->id[i].length);
	}
	set_bytes(rows, column, inside, at - inside);
}

static void
set_picked(FeedRows *rows, int column, const X12Slice *id)
{
	if (id == NULL)
		feed_set_null(rows, column);
	else
		set_bytes(rows, column, id->at, id->length);
}

/* A GTIN of 8, 12 or 13 digits gets 14; anything else stays as written. */
static void
set_gtin(FeedRows *rows, int column, const X12Slice *id)
{
	X12Slice	padded;
	uint32		i = 0;

	while (id != NULL && i < id->length && id->at[i] >= '0' &&
		   id->at[i] <= '9')
		i++;
	if (id != NULL && i == id->length && (i == 8 || i == 12 || i == 13))
	{
		char	   *digits = make_room(rows, 14);

		memset(digits, '0', 14);
		memcpy(digits + 14 - i, id->at, i);
		padded.at = digits;
		padded.length = 14;
		id = &padded;
	}
	set_picked(rows, column, id);
}

/*
 * The columns that name a product.  The GTIN is padded so that one product
 * has one GTIN.
 */
void
feed_set_products(FeedRows *rows, int all, int vendor_part, int gtin,
				  int distributor_part, const X12Products *products)
{
	set_product_ids(rows, all, products);
	set_picked(rows, vendor_part, x12_product_pick(products, "VPVNVCMG"));
	set_picked(rows, distributor_part,
			   x12_product_pick(products, "BPINCBPISK"));
	set_gtin(rows, gtin, x12_product_pick(products, "UKENUPEO"));
}

/*
 * The same for EDIFACT, whose codes (list 7143) differ: four columns from n
 * on, vendor part, GTIN, distributor part, all.
 */
void
feed_set_edifact_products(FeedRows *rows, int n, const X12Products *products)
{
	set_product_ids(rows, n + 3, products);
	set_picked(rows, n, x12_product_pick(products, "SAVPVNMFMG"));
	set_gtin(rows, n + 1, x12_product_pick(products, "ENUP"));
	set_picked(rows, n + 2, x12_product_pick(products, "INBPSK"));
}
