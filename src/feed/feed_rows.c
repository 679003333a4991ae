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

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/*
 * Begin the result of a set-returning function in materialize mode.  All
 * columns are NULL at first.
 */
void
feed_rows_begin(FeedRows *rows, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	rows->store = rsinfo->setResult;
	rows->desc = rsinfo->setDesc;
	Assert(rows->desc->natts <= FEED_MAX_COLUMNS);
	rows->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "feed row",
											  ALLOCSET_DEFAULT_SIZES);
	rows->arena = NULL;
	memset(rows->values, 0, sizeof(rows->values));
	memset(rows->nulls, true, sizeof(rows->nulls));
}

/* Append the row as it stands. */
void
feed_rows_put(FeedRows *rows)
{
	tuplestore_putvalues(rows->store, rows->desc, rows->values, rows->nulls);
}

Datum
feed_text(X12Slice slice)
{
	return PointerGetDatum(cstring_to_text_with_len(slice.at, slice.length));
}

/*
 * A text for a column of the row.  In the arena it has a short header, as
 * tuples have them, and no alignment.
 */
static Datum
column_text(FeedRows *rows, X12Slice slice)
{
	FeedArena  *arena = rows->arena;
	uint32		size = slice.length + VARHDRSZ_SHORT;
	char	   *at;

	if (arena == NULL || size > VARATT_SHORT_MAX ||
		size > FEED_ARENA_SIZE - arena->used)
		return feed_text(slice);
	at = arena->room + arena->used;
	arena->used += size;
	SET_VARSIZE_SHORT(at, size);
	memcpy(VARDATA_SHORT(at), slice.at, slice.length);
	return PointerGetDatum(at);
}

/* Empty is NULL: X12 does not tell one from the other. */
void
feed_set_text(FeedRows *rows, int column, X12Slice slice)
{
	rows->nulls[column] = slice.length == 0;
	if (slice.length > 0)
		rows->values[column] = column_text(rows, slice);
}

void
feed_set_string(FeedRows *rows, int column, const char *string)
{
	rows->nulls[column] = string == NULL;
	if (string != NULL)
		rows->values[column] = CStringGetTextDatum(string);
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
 * ten.  Exact.
 */
Datum
feed_numeric(const X12Number *number, FeedSign sign, int divide_by_ten)
{
	Numeric		result;
	bool		flip;

	flip = (sign == FEED_ABSOLUTE && number->negative) ||
		(sign == FEED_NEGATED_ABSOLUTE && !number->negative);
	if (number->state == X12_NUMBER_EXACT)
	{
		int64		mantissa = flip ? -number->mantissa : number->mantissa;
		int			scale = number->scale + divide_by_ten;

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
	bool		valid = number->state == X12_NUMBER_EXACT ||
	number->state == X12_NUMBER_LONG;

	rows->nulls[column] = !valid;
	if (valid)
		rows->values[column] = feed_numeric(number, sign, 0);
}

void
feed_set_date(FeedRows *rows, int column, X12Date date)
{
	StaticAssertStmt(POSTGRES_EPOCH_JDATE == 2451545,
					 "X12Date counts from 2000-01-01, as DateADT does");
	rows->nulls[column] = date == X12_NO_DATE;
	if (date != X12_NO_DATE)
		rows->values[column] = DateADTGetDatum(date);
}

/*
 * An empty text array of this shape with room for these many bytes of
 * elements; *at is where the first goes.
 */
static ArrayType *
new_text_array(int ndim, int rows, int columns, Size bytes, char **at)
{
	Size		header = ARR_OVERHEAD_NONULLS(ndim);
	ArrayType  *array = (ArrayType *) palloc0(header + bytes);

	SET_VARSIZE(array, header + bytes);
	array->ndim = ndim;
	array->dataoffset = 0;
	array->elemtype = TEXTOID;
	ARR_DIMS(array)[0] = rows;
	ARR_LBOUND(array)[0] = 1;
	if (ndim == 2)
	{
		ARR_DIMS(array)[1] = columns;
		ARR_LBOUND(array)[1] = 1;
	}
	*at = ARR_DATA_PTR(array);
	return array;
}

static inline char *
append_text(char *at, X12Slice slice)
{
	SET_VARSIZE(at, VARHDRSZ + slice.length);
	if (slice.length > 0)
		memcpy(at + VARHDRSZ, slice.at, slice.length);
	return at + INTALIGN(VARHDRSZ + slice.length);
}

/*
 * A text[] of count slices, "stride" bytes apart.
 */
Datum
feed_text_array(const X12Slice *first, size_t stride, int count)
{
	ArrayType  *array;
	const char *slice = (const char *) first;
	Size		bytes = 0;
	char	   *at;
	int			i;

	if (count == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	for (i = 0; i < count; i++)
		bytes += INTALIGN(VARHDRSZ +
						  ((const X12Slice *) (slice + i * stride))->length);
	array = new_text_array(1, count, 0, bytes, &at);
	for (i = 0; i < count; i++)
		at = append_text(at, *(const X12Slice *) (slice + i * stride));
	return PointerGetDatum(array);
}

/* Pairs of qualifier and id: text[][2]. */
Datum
feed_product_ids(const X12Products *products)
{
	ArrayType  *array;
	Size		bytes = 0;
	char	   *at;
	int			i;

	for (i = 0; i < products->pairs; i++)
		bytes += INTALIGN(VARHDRSZ + products->qualifier[i].length) +
			INTALIGN(VARHDRSZ + products->id[i].length);
	array = new_text_array(2, products->pairs, 2, bytes, &at);
	for (i = 0; i < products->pairs; i++)
	{
		at = append_text(at, products->qualifier[i]);
		at = append_text(at, products->id[i]);
	}
	return PointerGetDatum(array);
}

static void
set_picked(FeedRows *rows, int column, const X12Slice *id)
{
	rows->nulls[column] = id == NULL;
	if (id != NULL)
		rows->values[column] = column_text(rows, *id);
}

/* A GTIN of 8, 12 or 13 digits gets 14; anything else stays as written. */
static void
set_gtin(FeedRows *rows, int column, const X12Slice *id)
{
	char		digits[14];
	X12Slice	padded = {digits, 14};
	int			i = 0;

	while (id != NULL && i < id->length && id->at[i] >= '0' &&
		   id->at[i] <= '9')
		i++;
	if (id != NULL && i == id->length && (i == 8 || i == 12 || i == 13))
	{
		memset(digits, '0', sizeof(digits));
		memcpy(digits + 14 - i, id->at, i);
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
	rows->nulls[all] = products->pairs == 0;
	if (products->pairs > 0)
		rows->values[all] = feed_product_ids(products);
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
	rows->nulls[n + 3] = products->pairs == 0;
	if (products->pairs > 0)
		rows->values[n + 3] = feed_product_ids(products);
	set_picked(rows, n, x12_product_pick(products, "SAVPVNMFMG"));
	set_gtin(rows, n + 1, x12_product_pick(products, "ENUP"));
	set_picked(rows, n + 2, x12_product_pick(products, "INBPSK"));
}
