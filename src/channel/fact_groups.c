/*
 * fact_groups.c
 *		fact_groups(): the rows of a transition table, added up by their keys.
 *
 * A statement trigger that keeps a rollup needs a few thousand sums of a
 * million rows.  The executor gets at them by way of a scan, an expression for
 * each measure and a hash aggregate, once for each rollup.  Here the rows are
 * taken straight from the tuplestore of the transition table, and the sums of
 * what facts have in common are kept in fixed point:
 *
 *		slots     +---+---+---+---+---+---+---+---+    which group, by hash
 *		          | 2 | . | 1 | . | . | 3 | . | . |
 *		          +---+---+---+---+---+---+---+---+
 *		groups    +---------+---------+---------+--    in order of appearance
 *		          | keys    | keys    | keys    |
 *		          | sums    | sums    | sums    |
 *		          +---------+---------+---------+--
 *
 * Memory is bounded by work_mem: when the groups are too many, or a sum leaves
 * 64 bits, what there is is put out and begun anew.  So a group may come in
 * several rows, which is no matter to who appends deltas.
 */
#include "distmgmt.h"

#include "catalog/amount.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(fact_groups);

#define MAX_KEYS			3
#define QUANTITY_SCALE		3
#define AMOUNT_SCALE		4

/* Groups to begin with, and the fewest that any work_mem has room for. */
#define FIRST_GROUPS		256

/* The most, so that slots can be counted in 32 bits whatever work_mem is. */
#define MOST_GROUPS			((Size) 1 << 28)

/* The columns of fact_group. */
enum
{
	OUT_KEY_1,
	OUT_KEY_2,
	OUT_KEY_3,
	OUT_ON,
	OUT_CURRENCY,
	OUT_QUANTITY,
	OUT_AMOUNT,
	OUT_RETURNED_QUANTITY,
	OUT_RETURNED_AMOUNT,
	OUT_DROP_SHIP_QUANTITY,
	OUT_LINES,
	OUT_SALE_LINES,
	OUT_FIRST_ON,
	OUT_LAST_ON,
	OUT_FIRST_SOLD_ON,
	OUT_LAST_SOLD_ON,
	OUT_HAS_REVERSAL,
	OUT_RECORDED_AT,
	OUT_COLUMNS
};

typedef struct GroupId
{
	int64		keys[MAX_KEYS];
	DateADT		on;				/* 0 where days are no key */
	int32		currency;		/* place in currencies, or -1 */
} GroupId;

typedef struct FactSums
{
	GroupId		id;
	uint32		hash;
	bool		has_amount;
	bool		has_return;
	bool		has_drop_ship;
	bool		has_reversal;
	int64		quantity;
	int64		amount;
	int64		returned_quantity;
	int64		returned_amount;
	int64		drop_ship_quantity;
	int64		lines;
	int64		sale_lines;
	DateADT		first_on;
	DateADT		last_on;
	DateADT		first_sold_on;	/* after last_sold_on: nothing was sold */
	DateADT		last_sold_on;
	TimestampTz recorded_at;
} FactSums;

typedef enum DayGrain
{
	GRAIN_NONE,
	GRAIN_DAY,
	GRAIN_MONTH
} DayGrain;

/* What is asked for, which columns that is, and what has been added up. */
typedef struct FactGroups
{
	int			nkeys;
	AttrNumber	keys[MAX_KEYS];
	AttrNumber	on;
	AttrNumber	currency;		/* 0: it is no key */
	AttrNumber	quantity;		/* 0: nothing is added up, and none of these */
	AttrNumber	amount;
	AttrNumber	entry_kind;
	AttrNumber	drop_ship;
	AttrNumber	recorded_at;
	bool		drop_ship_is_text;
	bool		skip_drop_ship;
	DayGrain	grain;
	AttrNumber	last;			/* of all of them */

	FactSums   *groups;
	uint32		ngroups;
	uint32		room;
	uint32		most;
	uint32	   *slots;			/* 1 + place in groups, 0 = empty */
	uint32		mask;

	text	  **currencies;
	int			ncurrencies;
	int			currencies_room;

	ReturnSetInfo *rsinfo;
	MemoryContext row_context;
} FactGroups;

/*
 * The column of a name and, where it is given, of a type; 0 where there is none
 * and it is not required.
 */
static AttrNumber
find_column(TupleDesc desc, const char *name, Oid type, bool required)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped || strcmp(NameStr(column->attname), name) != 0)
			continue;
		if (OidIsValid(type) && column->atttypid != type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column of a transition table has another type"),
					 errdetail("Column \"%s\" is %s, not %s.", name,
							   format_type_be(column->atttypid),
							   format_type_be(type)),
					 errhint("fact_groups() takes keys of bigint, days of date, numbers of numeric, and timestamptz.")));
		return column->attnum;
	}
	if (required)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("transition table does not have the column"),
				 errdetail("There is no column \"%s\".", name),
				 errhint("Name columns of the table that fires the trigger.")));
	return 0;
}

/* The transition table of a name, in the query that calls us. */
static EphemeralNamedRelation
find_rows(ReturnSetInfo *rsinfo, const char *name)
{
	EState	   *estate = rsinfo->econtext == NULL ? NULL :
	rsinfo->econtext->ecxt_estate;
	EphemeralNamedRelation rows = estate == NULL ||
	estate->es_queryEnv == NULL ? NULL :
	get_ENR(estate->es_queryEnv, name);

	if (rows == NULL || rows->md.enrtype != ENR_NAMED_TUPLESTORE ||
		rows->reldata == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("transition table does not exist"),
				 errdetail("There is none of the name \"%s\" here.", name),
				 errhint("Call fact_groups() in a statement trigger, with the name after REFERENCING NEW TABLE AS.")));
	return rows;
}

static int32
currency_place(FactGroups *self, Datum value)
{
	text	   *currency = DatumGetTextPP(value);
	int			length = VARSIZE_ANY_EXHDR(currency);

	for (int i = self->ncurrencies - 1; i >= 0; i--)
	{
		text	   *known = self->currencies[i];

		if (VARSIZE_ANY_EXHDR(known) == length &&
			memcmp(VARDATA_ANY(known), VARDATA_ANY(currency), length) == 0)
			return i;
	}
	if (self->ncurrencies == self->currencies_room)
	{
		self->currencies_room *= 2;
		self->currencies = repalloc(self->currencies,
									self->currencies_room * sizeof(text *));
	}
	self->currencies[self->ncurrencies] =
		cstring_to_text_with_len(VARDATA_ANY(currency), length);
	return self->ncurrencies++;
}

/* A number in units of 10^-scale: those of the facts have no more decimals. */
static int64
fixed_value(Datum value, int scale, const char *name)
{
	struct varlena *number = PG_DETOAST_DATUM_PACKED(value);
	int			own = amount_scale(number, name);
	int64		fixed;

	if (own > scale || !amount_decode(number, own, &fixed) ||
		(own < scale && pg_mul_s64_overflow(fixed, amount_power(scale - own),
											&fixed)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of a fact has too many digits"),
				 errdetail("Column \"%s\" has %s.", name,
						   DatumGetCString(DirectFunctionCall1(numeric_out,
															   value))),
				 errhint("Up to %d decimals and 18 digits are kept.", scale)));
	return fixed;
}

static Datum
numeric_or_zero(bool is_there, int64 fixed, int scale)
{
	return NumericGetDatum(is_there ? amount_encode(fixed, scale) :
						   int64_to_numeric(0));
}

/* Put out all groups, and begin anew. */
static void
put_out(FactGroups *self)
{
	Tuplestorestate *store = self->rsinfo->setResult;
	TupleDesc	desc = self->rsinfo->setDesc;
	MemoryContext home = MemoryContextSwitchTo(self->row_context);

	for (uint32 i = 0; i < self->ngroups; i++)
	{
		FactSums   *g = &self->groups[i];
		Datum		values[OUT_COLUMNS] = {0};
		bool		nulls[OUT_COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < MAX_KEYS; k++)
		{
			values[OUT_KEY_1 + k] = Int64GetDatum(g->id.keys[k]);
			nulls[OUT_KEY_1 + k] = k >= self->nkeys;
		}
		values[OUT_ON] = DateADTGetDatum(g->id.on);
		nulls[OUT_ON] = self->grain == GRAIN_NONE;
		nulls[OUT_CURRENCY] = g->id.currency < 0;
		if (!nulls[OUT_CURRENCY])
			values[OUT_CURRENCY] =
				PointerGetDatum(self->currencies[g->id.currency]);
		if (self->quantity == 0)
			memset(nulls + OUT_QUANTITY, true, OUT_COLUMNS - OUT_QUANTITY);
		else
		{
			values[OUT_QUANTITY] = numeric_or_zero(true, g->quantity,
												   QUANTITY_SCALE);
			values[OUT_AMOUNT] = numeric_or_zero(g->has_amount, g->amount,
												 AMOUNT_SCALE);
			values[OUT_RETURNED_QUANTITY] =
				numeric_or_zero(g->has_return, g->returned_quantity,
								QUANTITY_SCALE);
			values[OUT_RETURNED_AMOUNT] =
				numeric_or_zero(g->has_return && g->has_amount,
								g->returned_amount, AMOUNT_SCALE);
			values[OUT_DROP_SHIP_QUANTITY] =
				numeric_or_zero(g->has_drop_ship, g->drop_ship_quantity,
								QUANTITY_SCALE);
			values[OUT_SALE_LINES] = Int64GetDatum(g->sale_lines);
			values[OUT_FIRST_ON] = DateADTGetDatum(g->first_on);
			values[OUT_LAST_ON] = DateADTGetDatum(g->last_on);
			values[OUT_FIRST_SOLD_ON] = DateADTGetDatum(g->first_sold_on);
			values[OUT_LAST_SOLD_ON] = DateADTGetDatum(g->last_sold_on);
			nulls[OUT_FIRST_SOLD_ON] = nulls[OUT_LAST_SOLD_ON] =
				g->first_sold_on > g->last_sold_on;
			values[OUT_HAS_REVERSAL] = BoolGetDatum(g->has_reversal);
			values[OUT_RECORDED_AT] = TimestampTzGetDatum(g->recorded_at);
			nulls[OUT_RECORDED_AT] = g->recorded_at == DT_NOEND;
		}
		values[OUT_LINES] = Int64GetDatum(g->lines);
		nulls[OUT_LINES] = false;
		tuplestore_putvalues(store, desc, values, nulls);
		MemoryContextReset(self->row_context);
	}
	MemoryContextSwitchTo(home);
	self->ngroups = 0;
	memset(self->slots, 0, (self->mask + 1) * sizeof(uint32));
}

/* Twice as many slots and groups. */
static void
grow(FactGroups *self)
{
	self->room *= 2;
	self->groups = repalloc_huge(self->groups,
								 (Size) self->room * sizeof(FactSums));
	pfree(self->slots);
	self->mask = self->room * 2 - 1;
	self->slots = MemoryContextAllocExtended(CurrentMemoryContext,
											 (Size) (self->mask + 1) * sizeof(uint32),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < self->ngroups; i++)
	{
		uint32		at = self->groups[i].hash & self->mask;

		while (self->slots[at] != 0)
			at = (at + 1) & self->mask;
		self->slots[at] = i + 1;
	}
}

/* The group of an id, empty if it is new. */
static FactSums *
find_group(FactGroups *self, const GroupId *id)
{
	uint64		mixed = ((uint64) (uint32) id->on << 32) ^ (uint32) id->currency;
	uint32		hash;
	uint32		at;
	FactSums   *g;

	/* The keys are small numbers: a multiplication spreads them well. */
	for (int k = 0; k <= self->nkeys; k++)
	{
		mixed *= UINT64CONST(0x9E3779B97F4A7C15);
		mixed ^= mixed >> 32;
		mixed ^= k < self->nkeys ? (uint64) id->keys[k] : 0;
	}
	hash = (uint32) (mixed ^ mixed >> 32);

	for (at = hash & self->mask; self->slots[at] != 0; at = (at + 1) & self->mask)
	{
		g = &self->groups[self->slots[at] - 1];
		if (g->hash == hash && memcmp(&g->id, id, sizeof(GroupId)) == 0)
			return g;
	}
	if (self->ngroups == self->room)
	{
		if (self->ngroups >= self->most)
			put_out(self);
		else
			grow(self);
		for (at = hash & self->mask; self->slots[at] != 0;)
			at = (at + 1) & self->mask;
	}
	g = &self->groups[self->ngroups++];
	memset(g, 0, sizeof(FactSums));
	g->id = *id;
	g->hash = hash;
	g->first_on = g->first_sold_on = DATEVAL_NOEND;
	g->last_on = g->last_sold_on = DATEVAL_NOBEGIN;
	g->recorded_at = DT_NOEND;
	self->slots[at] = self->ngroups;
	return g;
}

/* The first day of the month of a day. */
static DateADT
month_of(DateADT day)
{
	int			year,
				month,
				of_month;

	if (DATE_NOT_FINITE(day))
		return day;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
	return day - (of_month - 1);
}

/* Does a column of text hold this word?  NULL does not. */
static bool
text_is(TupleTableSlot *slot, AttrNumber column, const char *word)
{
	text	   *value;

	if (slot->tts_isnull[column - 1])
		return false;
	value = DatumGetTextPP(slot->tts_values[column - 1]);
	return VARSIZE_ANY_EXHDR(value) == strlen(word) &&
		memcmp(VARDATA_ANY(value), word, strlen(word)) == 0;
}

/*
 * Add the measures of a row to its group.  False where a sum would leave 64
 * bits: then nothing was added.
 */
static bool
add_measures(FactGroups *self, FactSums *g, TupleTableSlot *slot,
			 DateADT day, bool is_drop_ship)
{
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;
	FactSums	sums = *g;
	bool		is_reversal = text_is(slot, self->entry_kind, "reversal");
	int			sign = is_reversal ? -1 : 1;
	int64		quantity = 0;
	int64		amount = 0;
	bool		fits;

	if (!nulls[self->quantity - 1])
		quantity = fixed_value(values[self->quantity - 1], QUANTITY_SCALE,
							   "quantity");
	fits = !pg_add_s64_overflow(sums.quantity, quantity, &sums.quantity);
	if (!nulls[self->amount - 1])
	{
		amount = fixed_value(values[self->amount - 1], AMOUNT_SCALE, "amount");
		fits &= !pg_add_s64_overflow(sums.amount, amount, &sums.amount);
		sums.has_amount = true;
	}
	if ((quantity < 0) != is_reversal)
	{
		fits &= !pg_sub_s64_overflow(sums.returned_quantity, quantity,
									 &sums.returned_quantity);
		fits &= !pg_sub_s64_overflow(sums.returned_amount, amount,
									 &sums.returned_amount);
		sums.has_return = true;
	}
	if (is_drop_ship)
	{
		fits &= !pg_add_s64_overflow(sums.drop_ship_quantity, quantity,
									 &sums.drop_ship_quantity);
		sums.has_drop_ship = true;
	}
	if (!fits)
		return false;

	sums.lines += sign;
	if (quantity != 0 && (quantity > 0) != is_reversal)
		sums.sale_lines += sign;
	sums.first_on = Min(sums.first_on, day);
	sums.last_on = Max(sums.last_on, day);
	if (quantity > 0 && !is_reversal)
	{
		sums.first_sold_on = Min(sums.first_sold_on, day);
		sums.last_sold_on = Max(sums.last_sold_on, day);
	}
	sums.has_reversal |= is_reversal;
	if (!nulls[self->recorded_at - 1])
		sums.recorded_at = Min(sums.recorded_at,
							   DatumGetTimestampTz(values[self->recorded_at - 1]));
	*g = sums;
	return true;
}

/* Add a row, unless a key of it is NULL or it is not asked for. */
static void
add_row(FactGroups *self, TupleTableSlot *slot)
{
	GroupId		id;
	DateADT		day = 0;
	bool		is_drop_ship = false;
	FactSums   *g;

	memset(&id, 0, sizeof(id));
	for (int k = 0; k < self->nkeys; k++)
	{
		if (slot->tts_isnull[self->keys[k] - 1])
			return;
		id.keys[k] = DatumGetInt64(slot->tts_values[self->keys[k] - 1]);
	}
	if (self->drop_ship != 0)
	{
		if (self->drop_ship_is_text)
			is_drop_ship = text_is(slot, self->drop_ship, "DS");
		else
			is_drop_ship = !slot->tts_isnull[self->drop_ship - 1] &&
				DatumGetBool(slot->tts_values[self->drop_ship - 1]);
		if (is_drop_ship && self->skip_drop_ship)
			return;
	}
	if (self->on != 0)
	{
		if (slot->tts_isnull[self->on - 1])
			return;
		day = DatumGetDateADT(slot->tts_values[self->on - 1]);
		if (self->grain == GRAIN_DAY)
			id.on = day;
		else if (self->grain == GRAIN_MONTH)
			id.on = month_of(day);
	}
	id.currency = -1;
	if (self->currency != 0)
	{
		if (slot->tts_isnull[self->currency - 1])
			return;
		id.currency = currency_place(self,
									 slot->tts_values[self->currency - 1]);
	}

	g = find_group(self, &id);
	if (self->quantity == 0)
		g->lines++;
	else if (!add_measures(self, g, slot, day, is_drop_ship))
	{
		put_out(self);
		(void) add_measures(self, find_group(self, &id), slot, day,
							is_drop_ship);
	}
}

/* Reads the arguments and finds the columns. */
static void
prepare(FactGroups *self, FunctionCallInfo fcinfo, TupleDesc desc)
{
	ArrayType  *keys = PG_GETARG_ARRAYTYPE_P(1);
	char	   *on = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	char	   *grain = PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3));
	bool		with_sums = PG_GETARG_BOOL(5);
	Datum	   *names;
	bool	   *nulls;

	deconstruct_array(keys, TEXTOID, -1, false, TYPALIGN_INT,
					  &names, &nulls, &self->nkeys);
	if (self->nkeys < 1 || self->nkeys > MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fact_groups() takes one to three keys"),
				 errdetail("There are %d.", self->nkeys),
				 errhint("Give the names of columns of type bigint.")));
	for (int k = 0; k < self->nkeys; k++)
	{
		if (nulls[k])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("name of a key is NULL"),
					 errdetail("It is key %d.", k + 1),
					 errhint("Give the names of columns of type bigint.")));
		self->keys[k] = find_column(desc, TextDatumGetCString(names[k]),
									INT8OID, true);
		self->last = Max(self->last, self->keys[k]);
	}

	if (grain != NULL && strcmp(grain, "day") != 0 &&
		strcmp(grain, "month") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("grain is not one of days"),
				 errdetail("It is \"%s\".", grain),
				 errhint("Use day or month; NULL = days are no key.")));
	if (on == NULL && (grain != NULL || with_sums))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("fact_groups() needs the column of the day"),
				 errdetail("on_column is NULL."),
				 errhint("Name the column of the activity date.")));
	self->grain = grain == NULL ? GRAIN_NONE :
		strcmp(grain, "day") == 0 ? GRAIN_DAY : GRAIN_MONTH;
	if (on != NULL)
		self->on = find_column(desc, on, DATEOID, true);
	if (PG_GETARG_BOOL(4))
		self->currency = find_column(desc, "currency_code", TEXTOID, true);
	self->last = Max(self->last, Max(self->on, self->currency));
	if (!with_sums)
		return;

	self->skip_drop_ship = PG_GETARG_BOOL(6);
	self->quantity = find_column(desc, "quantity", NUMERICOID, true);
	self->amount = find_column(desc, "amount", NUMERICOID, true);
	self->entry_kind = find_column(desc, "entry_kind", TEXTOID, true);
	self->recorded_at = find_column(desc, "recorded_at", TIMESTAMPTZOID, true);
	self->drop_ship = find_column(desc, "is_drop_ship", BOOLOID, false);
	if (self->drop_ship == 0)
	{
		self->drop_ship = find_column(desc, "transfer_type", TEXTOID, true);
		self->drop_ship_is_text = true;
	}
	self->last = Max(self->last, Max(self->quantity, self->amount));
	self->last = Max(self->last, Max(self->entry_kind, self->recorded_at));
	self->last = Max(self->last, self->drop_ship);
}

/*
 * fact_groups(rows text, keys text[], on_column text, grain text,
 *			   by_currency boolean, with_sums boolean, skip_drop_ship boolean)
 *		returns setof fact_group
 *
 * rows names a transition table of the trigger that runs the query.  A read
 * pointer of our own leaves those of others where they are.
 */
Datum
fact_groups(PG_FUNCTION_ARGS)
{
	FactGroups	self = {0};
	EphemeralNamedRelation rows;
	Tuplestorestate *table;
	TupleTableSlot *slot;
	int			pointer;

	for (int i = 0; i < 7; i++)
	{
		if (PG_ARGISNULL(i) && i != 2 && i != 3)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument of fact_groups() is NULL"),
					 errdetail("It is argument %d.", i + 1),
					 errhint("Only on_column and grain may be NULL.")));
	}
	InitMaterializedSRF(fcinfo, 0);
	self.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	rows = find_rows(self.rsinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	table = (Tuplestorestate *) rows->reldata;
	slot = MakeSingleTupleTableSlot(ENRMetadataGetTupDesc(&rows->md),
									&TTSOpsMinimalTuple);
	prepare(&self, fcinfo, slot->tts_tupleDescriptor);

	self.most = Min(MOST_GROUPS,
					Max(FIRST_GROUPS,
						(Size) work_mem * 1024 / sizeof(FactSums)));
	self.room = FIRST_GROUPS;
	self.groups = palloc(self.room * sizeof(FactSums));
	self.mask = self.room * 2 - 1;
	self.slots = palloc0((self.mask + 1) * sizeof(uint32));
	self.currencies_room = 8;
	self.currencies = palloc(self.currencies_room * sizeof(text *));
	self.row_context = AllocSetContextCreate(CurrentMemoryContext,
											 "fact groups row",
											 ALLOCSET_SMALL_SIZES);

	pointer = tuplestore_alloc_read_pointer(table, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(table, pointer);
	tuplestore_rescan(table);
	while (tuplestore_gettupleslot(table, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getsomeattrs(slot, self.last);
		add_row(&self, slot);
	}
	put_out(&self);
	ExecDropSingleTupleTableSlot(slot);
	return (Datum) 0;
}
