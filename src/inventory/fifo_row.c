/*
 * fifo_row.c
 *		Rows of inventory_position, inventory_layer and their like from a state.
 *
 * A row goes out for every movement, and making it costs more than applying
 * the movement: heap_form_tuple() walks the columns twice, looks up what each
 * one is, and copies numerics that were made for it.  Here the columns are
 * known to be short numerics and dates, so in fixed point they are written
 * where they belong in the tuple.  The header is the server's own affair: it
 * is copied from a row of nulls that heap_form_tuple() made.  Exact amounts
 * have any size and go the usual way.
 */
#include "distmgmt.h"

#include "access/htup_details.h"
#include "inventory/journal.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/memutils.h"

/* A row in the making: columns are put one after the other. */
typedef struct FifoRow
{
	const FifoState *state;
	const FifoRowType *type;
	int			column;			/* that comes next */
	HeapTupleHeader tuple;		/* fixed: the row */
	char	   *at;				/* fixed: where the next column goes */
	Datum		values[FIFO_ROW_COLUMNS];	/* exact */
	bool		nulls[FIFO_ROW_COLUMNS];	/* exact */
} FifoRow;

/*
 * Prepare to make rows of a composite type with so many columns; all lives in
 * the current context.
 */
FifoRowType *
fifo_row_type(TupleDesc descriptor, int columns)
{
	FifoRowType *type = palloc(sizeof(FifoRowType));
	Datum		values[FIFO_ROW_COLUMNS];
	bool		nulls[FIFO_ROW_COLUMNS];

	if (descriptor->natts != columns)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type of inventory rows was altered"),
				 errdetail("It has %d columns instead of %d.",
						   descriptor->natts, columns),
				 errhint("Undo the ALTER TYPE, or reinstall the extension.")));
	memset(values, 0, sizeof(values));
	memset(nulls, true, sizeof(nulls));
	type->descriptor = CreateTupleDescCopy(descriptor);
	type->blank = heap_form_tuple(type->descriptor, values, nulls)->t_data;
	return type;
}

/* Fixed: the column is not null. */
static inline void
row_set(FifoRow *row, int column)
{
	row->tuple->t_bits[column / BITS_PER_BYTE] |= 1 << column % BITS_PER_BYTE;
}

/* extra: bytes of columns that come as they are */
static inline void
row_begin(FifoRow *row, const FifoState *state, const FifoRowType *type,
		  Size extra)
{
	row->state = state;
	row->type = type;
	row->column = 0;
	if (!state->exact)
	{
		/* No column takes more than a numeric, with what aligns it. */
		int			header = type->blank->t_hoff;

		row->tuple = palloc(header + AMOUNT_SPACE * FIFO_ROW_COLUMNS + extra);
		memcpy(row->tuple, type->blank, header);
		row->at = (char *) row->tuple + header;
	}
}

static inline void
row_put_null(FifoRow *row)
{
	row->nulls[row->column++] = true;
}

static inline void
row_put_date(FifoRow *row, DateADT date)
{
	int			column = row->column++;

	if (date == FIFO_NO_DATE)
		row->nulls[column] = true;
	else if (row->state->exact)
	{
		row->nulls[column] = false;
		row->values[column] = DateADTGetDatum(date);
	}
	else
	{
		while (row->at != (char *) INTALIGN(row->at))
			*row->at++ = 0;
		memcpy(row->at, &date, sizeof(date));
		row->at += sizeof(date);
		row_set(row, column);
	}
}

static void
row_put_id(FifoRow *row, int64 id, bool isnull)
{
	int			column = row->column++;

	row->nulls[column] = isnull;
	row->values[column] = Int64GetDatum(id);
	if (isnull || row->state->exact)
		return;
	while (row->at != (char *) DOUBLEALIGN(row->at))
		*row->at++ = 0;
	memcpy(row->at, &id, sizeof(id));
	row->at += sizeof(id);
	row_set(row, column);
}

static void
row_put_int(FifoRow *row, int32 value, bool isnull)
{
	int			column = row->column++;

	row->nulls[column] = isnull;
	row->values[column] = Int32GetDatum(value);
	if (isnull || row->state->exact)
		return;
	while (row->at != (char *) INTALIGN(row->at))
		*row->at++ = 0;
	memcpy(row->at, &value, sizeof(value));
	row->at += sizeof(value);
	row_set(row, column);
}

/* A numeric as it came in, packed. */
static void
row_put_number(FifoRow *row, Datum number, bool isnull)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(number);
	int			column = row->column++;

	row->nulls[column] = isnull;
	row->values[column] = number;
	if (isnull || row->state->exact)
		return;
	if (!VARATT_IS_1B(value))
		while (row->at != (char *) INTALIGN(row->at))
			*row->at++ = 0;
	memcpy(row->at, value, VARSIZE_ANY(value));
	row->at += VARSIZE_ANY(value);
	row_set(row, column);
}

static inline void
row_put_fixed(FifoRow *row, MoneyFixed fixed, int scale)
{
	int			size = amount_encode_body(row->at + VARHDRSZ_SHORT, fixed,
										  scale);

	SET_VARSIZE_SHORT(row->at, VARHDRSZ_SHORT + size);
	row->at += VARHDRSZ_SHORT + size;
	row_set(row, row->column++);
}

static void
row_put_exact(FifoRow *row, Numeric exact, int scale)
{
	row->nulls[row->column] = false;
	row->values[row->column++] = NumericGetDatum(amount_show(exact, scale));
}

static inline void
row_put_amount(FifoRow *row, Amount a, int scale)
{
	if (row->state->exact)
		row_put_exact(row, a.exact, scale);
	else
		row_put_fixed(row, a.fixed, scale);
}

static inline void
row_put_money(FifoRow *row, Money m)
{
	int			scale = row->state->quantity_scale + row->state->cost_scale;

	if (row->state->exact)
		row_put_exact(row, m.exact, scale);
	else
		row_put_fixed(row, m.fixed, scale);
}

/* The row as a datum of its type, allocated in the current context. */
static inline Datum
row_end(FifoRow *row)
{
	HeapTuple	tuple;
	Datum		result;

	if (!row->state->exact)
	{
		row->tuple->t_infomask |= HEAP_HASVARWIDTH;
		HeapTupleHeaderSetDatumLength(row->tuple,
									  row->at - (char *) row->tuple);
		return PointerGetDatum(row->tuple);
	}
	tuple = heap_form_tuple(row->type->descriptor, row->values, row->nulls);
	result = heap_copy_tuple_as_datum(tuple, row->type->descriptor);
	heap_freetuple(tuple);
	return result;
}

/* on_hand, value, average_cost, oldest_on */
static inline void
row_put_stock(FifoRow *row, FifoState *state)
{
	int			direction = amount_sign(state->on_hand, state->exact);

	row_put_amount(row, state->on_hand, state->quantity_scale);
	if (state->unknown == 0)
		row_put_money(row, state->value);
	else
		row_put_null(row);
	if (state->unknown > 0 || direction == 0)
		row_put_null(row);
	else if (state->exact)
		row_put_exact(row, fifo_average_exact(state),
					  fifo_average_scale(state));
	else
		row_put_fixed(row, fifo_average_fixed(state),
					  fifo_average_scale(state));
	row_put_date(row, direction > 0 ? fifo_at(state, 0)->occurred_on :
				 FIFO_NO_DATE);
}

static inline void
row_put_deficit(FifoRow *row, FifoState *state)
{
	Amount		deficit = amount_zero(state->exact);

	if (amount_sign(state->on_hand, state->exact) < 0)
		amount_subtract(&deficit, state->on_hand, state->exact);
	row_put_amount(row, deficit, state->quantity_scale);
	amount_free(deficit, state->exact);
}

/* The columns of inventory_position; frees the outcome. */
static inline void
row_put_position(FifoRow *row, FifoState *state, FifoOutcome *outcome)
{
	row_put_stock(row, state);
	if (outcome->moved_known)
		row_put_money(row, outcome->moved);
	else
		row_put_null(row);
	if (outcome->adjustment_known)
		row_put_money(row, outcome->adjustment);
	else
		row_put_null(row);
	if (outcome->counted)
		row_put_amount(row, outcome->variance, state->quantity_scale);
	else
		row_put_null(row);
	row_put_deficit(row, state);
	fifo_forget(state, outcome);
}

/*
 * The inventory_position after a movement; frees the outcome.
 */
Datum
fifo_position(FifoState *state, FifoOutcome *outcome, const FifoRowType *type)
{
	FifoRow		row;

	row_begin(&row, state, type, 0);
	row_put_position(&row, state, outcome);
	return row_end(&row);
}

/*
 * The inventory_line of a movement: it, and the position after it; frees the
 * outcome.
 */
Datum
fifo_line(FifoState *state, FifoOutcome *outcome, const Journal *journal,
		  const JournalEntry *entry, const FifoRowType *type)
{
	Datum		quantity = journal_number(journal, entry->quantity);
	Datum		unit_cost = journal_number(journal, entry->unit_cost);
	uint8		nulls = entry->nulls;
	Size		extra = 0;
	FifoRow		row;

	if (!(nulls & JOURNAL_NO_QUANTITY))
		extra += VARSIZE_ANY(quantity);
	if (!(nulls & JOURNAL_NO_COST))
		extra += VARSIZE_ANY(unit_cost);

	row_begin(&row, state, type, extra);
	row_put_id(&row, entry->warehouse_id, nulls & JOURNAL_NO_WAREHOUSE);
	row_put_date(&row, nulls & JOURNAL_NO_DATE ? FIFO_NO_DATE :
				 entry->occurred_on);
	row_put_int(&row, entry->day_step, nulls & JOURNAL_NO_STEP);
	row_put_int(&row, journal->kinds->label[entry->kind],
				nulls & JOURNAL_NO_KIND);
	row_put_number(&row, quantity, nulls & JOURNAL_NO_QUANTITY);
	row_put_number(&row, unit_cost, nulls & JOURNAL_NO_COST);
	row_put_date(&row, entry->tranche_on);
	row_put_id(&row, entry->fact_id, nulls & JOURNAL_NO_FACT);
	row_put_position(&row, state, outcome);
	return row_end(&row);
}

/* A cost, null where it is unknown. */
static void
row_put_cost(FifoRow *row, Amount cost)
{
	if (amount_known(cost, row->state->exact))
		row_put_amount(row, cost, row->state->cost_scale);
	else
		row_put_null(row);
}

/* The columns of inventory_layer. A deficit is negative. */
static void
row_put_tranche(FifoRow *row, FifoState *state, uint32 which)
{
	FifoTranche *tranche = fifo_at(state, which);
	Amount		cost = which < state->repriced ? state->price : tranche->cost;
	Amount		quantity = amount_copy(tranche->quantity, state->exact);

	if (amount_sign(state->on_hand, state->exact) < 0)
		amount_negate(&quantity, state->exact);
	row_put_date(row, tranche->occurred_on);
	row_put_amount(row, quantity, state->quantity_scale);
	row_put_cost(row, cost);
	amount_free(quantity, state->exact);
}

/* The inventory_layer of an open tranche, 0 being the oldest. */
Datum
fifo_layer(FifoState *state, uint32 which, const FifoRowType *type)
{
	FifoRow		row;

	row_begin(&row, state, type, 0);
	row_put_tranche(&row, state, which);
	return row_end(&row);
}

/*
 * The inventory_holding of an open tranche, 0 being the oldest, in a warehouse
 * that moved last on last_on.  Where no tranche is open: a quantity of 0.
 */
Datum
fifo_holding(FifoState *state, uint32 which, const JournalEntry *any,
			 DateADT last_on, const FifoRowType *type)
{
	FifoRow		row;

	row_begin(&row, state, type, 0);
	row_put_id(&row, any->warehouse_id, any->nulls & JOURNAL_NO_WAREHOUSE);
	if (which < state->count)
		row_put_tranche(&row, state, which);
	else
	{
		Amount		nothing = amount_zero(state->exact);

		row_put_null(&row);
		row_put_amount(&row, nothing, 0);
		row_put_null(&row);
		amount_free(nothing, state->exact);
	}
	row_put_date(&row, last_on);
	row_put_cost(&row, state->last_cost);
	row_put_cost(&row, state->issue_cost);
	return row_end(&row);
}

/* The inventory_balance of a key. */
Datum
fifo_balance(FifoState *state, const FifoKey *key, const FifoRowType *type)
{
	FifoRow		row;

	row_begin(&row, state, type, 0);
	for (int i = 0; i < FIFO_KEYS; i++)
		row_put_id(&row, key->id[i], (key->nulls & (1 << i)) != 0);
	row_put_stock(&row, state);
	row_put_deficit(&row, state);
	return row_end(&row);
}

/*
 * Begin an array of rows in the current context; so many bytes of them are
 * expected, 0 where nobody knows.
 */
void
fifo_array_begin(FifoArray *array, Size expected)
{
	initStringInfo(&array->buffer);
	enlargeStringInfo(&array->buffer, ARR_OVERHEAD_NONULLS(1) +
					  Min(expected, MaxAllocSize / 2));
	memset(array->buffer.data, 0, ARR_OVERHEAD_NONULLS(1));
	array->buffer.len = ARR_OVERHEAD_NONULLS(1);
	array->count = 0;
}

/*
 * Append a row and free it.  construct_array() would want all rows beside the
 * array, and there may be millions.
 */
void
fifo_array_add(FifoArray *array, Datum row)
{
	HeapTupleHeader tuple = (HeapTupleHeader) DatumGetPointer(row);
	int			size = HeapTupleHeaderGetDatumLength(tuple);
	int			padding = MAXALIGN(size) - size;

	if (array->buffer.len >= MaxAllocSize - size - MAXIMUM_ALIGNOF)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("result is too large for an array"),
				 errdetail("There are more than %d rows.", array->count),
				 errhint("Aggregate one distributor at a time.")));
	appendBinaryStringInfo(&array->buffer, (char *) tuple, size);
	if (padding > 0)
		appendBinaryStringInfo(&array->buffer, "\0\0\0\0\0\0\0", padding);
	array->count++;
	pfree(tuple);
}

/* The array, of that element type. */
Datum
fifo_array_end(FifoArray *array, Oid element)
{
	ArrayType  *result = (ArrayType *) array->buffer.data;

	if (array->count == 0)
		return PointerGetDatum(construct_empty_array(element));
	SET_VARSIZE(result, array->buffer.len);
	result->ndim = 1;
	result->dataoffset = 0;
	result->elemtype = element;
	ARR_DIMS(result)[0] = array->count;
	ARR_LBOUND(result)[0] = 1;
	return PointerGetDatum(result);
}
