/*
 * price_floor_check.c
 *		The trigger functions of price governance.
 *
 * price_floor_check() runs once for each statement, after it, over the rows
 * the statement has written, and so leaves COPY its multi-insert.  Which rows
 * those are it reads straight from the tuplestore of the transition table,
 * which floors hold from the price book (price_book.c); neither needs a query.
 * Rows below a floor are refused, or collected and written by one INSERT
 * (price_violation.c).
 *
 * price_floor_changed() belongs on the tables that the floors come from, and
 * tells all backends to forget their price books.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "price/price_check.h"
#include "price/price_fixed.h"

/* Class ZD is ours; the table error_code lists it. */
#define ERRCODE_PRICE_BELOW_FLOOR	MAKE_SQLSTATE('Z','D','0','1','0')

PG_FUNCTION_INFO_V1(price_floor_check);
PG_FUNCTION_INFO_V1(price_floor_changed);

/*
 * What the scan has found.  The tuplestore exists from the first row that is
 * held or recorded; "first" describes the first row that is refused.
 */
typedef struct PriceHits
{
	int64		nrefused;
	char	   *first;
	int64		nrows;
	Tuplestorestate *rows;
	TupleDesc	desc;
} PriceHits;

/* The value of an integer column, whichever width it has. */
static inline int64
integer_value(Datum value, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/*
 * The value of a column of the row in the slot.  If it is one that may be
 * missing there, NULL is not believed: its expression is computed, in the
 * current context.
 */
static inline Datum
column_value(const PriceCheck *check, TupleTableSlot *slot,
			 const PriceColumn *column, bool *isnull)
{
	*isnull = slot->tts_isnull[column->attnum - 1];
	if (unlikely(*isnull && column->generate != NULL))
	{
		check->econtext->ecxt_scantuple = slot;
		return ExecEvalExpr(column->generate, check->econtext, isnull);
	}
	return slot->tts_values[column->attnum - 1];
}

/* Makes up for a column that may be missing from the transition table. */
static void
prepare_column(PriceCheck *check, EState **estate, PriceColumn *column)
{
	if (!column->missing)
		return;
	if (*estate == NULL)
	{
		*estate = CreateExecutorState();
		check->econtext = GetPerTupleExprContext(*estate);
	}
	column->generate =
		ExecPrepareExpr((Expr *) build_column_default(check->rel,
													  column->attnum),
						*estate);
}

/* Whether a quantity is above zero; one that is not is a return. */
static bool
quantity_is_positive(Datum value, Oid type)
{
	int64		fixed;

	if (type != NUMERICOID)
		return integer_value(value, type) > 0;
	if (price_fixed(value, &fixed))
		return fixed > 0;
	return DatumGetBool(DirectFunctionCall2(numeric_gt, value,
											NumericGetDatum(int64_to_numeric(0))));
}

/*
 * The characters of a currency, without the padding of character(n).  What a
 * toasted value needs is allocated in the current context.
 */
static const char *
currency_value(Datum value, Oid type, int *length)
{
	text	   *currency = DatumGetTextPP(value);

	*length = VARSIZE_ANY_EXHDR(currency);
	if (type == BPCHAROID)
		*length = bpchartruelen(VARDATA_ANY(currency), *length);
	return VARDATA_ANY(currency);
}

/*
 * The floor that the row in the slot is below, or NULL.  Only rows below the
 * dearest floor of their product get past the first few lines.
 */
static const PriceFloor *
floor_undercut(const PriceCheck *check, const PriceBook *book,
			   TupleTableSlot *slot)
{
	const PriceProduct *product;
	const PriceFloor *floor;
	Datum		price;
	Datum		value;
	bool		isnull;
	bool		has_distributor;
	int64		fixed;
	bool		exact;
	int64		distributor_id = 0;
	DateADT		on;
	const char *currency = NULL;
	int			currency_len = 0;

	value = column_value(check, slot, &check->product, &isnull);
	if (isnull)
		return NULL;
	product = price_book_product(book,
								 integer_value(value, check->product.type));
	if (product == NULL)
		return NULL;
	price = column_value(check, slot, &check->price, &isnull);
	if (isnull)
		return NULL;
	exact = price_fixed(price, &fixed);
	if (exact && fixed >= product->top)
		return NULL;

	value = column_value(check, slot, &check->on, &isnull);
	if (isnull)
		return NULL;
	on = DatumGetDateADT(value);
	if (check->quantity.attnum != 0)
	{
		value = column_value(check, slot, &check->quantity, &isnull);
		if (!isnull && !quantity_is_positive(value, check->quantity.type))
			return NULL;
	}
	if (check->currency.attnum != 0)
	{
		value = column_value(check, slot, &check->currency, &isnull);
		if (isnull)
			return NULL;
		currency = currency_value(value, check->currency.type, &currency_len);
	}
	value = column_value(check, slot, &check->distributor, &isnull);
	has_distributor = !isnull;
	if (has_distributor)
		distributor_id = integer_value(value, check->distributor.type);

	floor = price_book_floor(book, product, has_distributor, distributor_id,
							 on, currency, currency_len);
	if (floor == NULL)
		return NULL;
	if (exact && floor->exact)
		return fixed < floor->fixed ? floor : NULL;
	return DatumGetBool(DirectFunctionCall2(numeric_lt, price, floor->price)) ?
		floor : NULL;
}

/* Describes a refused row, in the current context. */
static char *
describe(const PriceCheck *check, const PriceFloor *floor,
		 TupleTableSlot *slot)
{
	Datum		value;
	bool		isnull;
	char	   *price;
	char	   *day;
	char	   *distributor;

	value = column_value(check, slot, &check->price, &isnull);
	price = DatumGetCString(DirectFunctionCall1(numeric_out, value));
	value = column_value(check, slot, &check->on, &isnull);
	day = DatumGetCString(DirectFunctionCall1(date_out, value));
	value = column_value(check, slot, &check->distributor, &isnull);
	distributor = isnull ? "unknown" :
		psprintf(INT64_FORMAT,
				 integer_value(value, check->distributor.type));
	return psprintf("Product " INT64_FORMAT " at %s %s on %s for distributor %s: the floor is %s %s (floor " INT64_FORMAT ").",
					floor->product_id, price,
					text_to_cstring(floor->currency), day, distributor,
					DatumGetCString(DirectFunctionCall1(numeric_out,
														floor->price)),
					text_to_cstring(floor->currency), floor->price_floor_id);
}

/* Adds a row that is held or recorded; "home" outlives the scan. */
static void
collect(const PriceCheck *check, const PriceFloor *floor,
		TupleTableSlot *slot, PriceHits *hits, MemoryContext home)
{
	Datum		values[PRICE_HIT_COLUMNS];
	bool		nulls[PRICE_HIT_COLUMNS] = {false};

	if (hits->rows == NULL)
	{
		MemoryContext row_context = MemoryContextSwitchTo(home);

		hits->desc = price_violation_desc();
		hits->rows = tuplestore_begin_heap(false, false, work_mem);
		MemoryContextSwitchTo(row_context);
	}

	values[HIT_DISTRIBUTOR] = column_value(check, slot, &check->distributor,
										   &nulls[HIT_DISTRIBUTOR]);
	if (!nulls[HIT_DISTRIBUTOR])
		values[HIT_DISTRIBUTOR] =
			Int64GetDatum(integer_value(values[HIT_DISTRIBUTOR],
										check->distributor.type));
	values[HIT_ON] = column_value(check, slot, &check->on, &nulls[HIT_ON]);
	values[HIT_FACT_ID] = column_value(check, slot, &check->id, &nulls[HIT_FACT_ID]);
	if (!nulls[HIT_FACT_ID])
		values[HIT_FACT_ID] = Int64GetDatum(integer_value(values[HIT_FACT_ID],
														  check->id.type));
	values[HIT_FLOOR] = Int64GetDatum(floor->price_floor_id);
	values[HIT_PRODUCT] = Int64GetDatum(floor->product_id);
	values[HIT_CURRENCY] = PointerGetDatum(floor->currency);
	values[HIT_AUTHORIZED] = floor->price;
	values[HIT_ACTUAL] = column_value(check, slot, &check->price,
									  &nulls[HIT_ACTUAL]);
	nulls[HIT_QUANTITY] = true;
	values[HIT_QUANTITY] = (Datum) 0;
	if (check->quantity.attnum != 0)
	{
		values[HIT_QUANTITY] = column_value(check, slot, &check->quantity,
											&nulls[HIT_QUANTITY]);
		if (!nulls[HIT_QUANTITY] && check->quantity.type != NUMERICOID)
			values[HIT_QUANTITY] =
				NumericGetDatum(int64_to_numeric(integer_value(values[HIT_QUANTITY],
															   check->quantity.type)));
	}
	values[HIT_ACTION] = CStringGetTextDatum(price_action_name(floor->action));
	tuplestore_putvalues(hits->rows, hits->desc, values, nulls);
	hits->nrows++;
}

/*
 * Goes through the rows of the transition table.  A read pointer of our own
 * leaves those of other triggers where they are.  Writes nothing, so that no
 * trigger fires: the book may not be used after that.
 */
static void
scan_rows(PriceCheck *check, const PriceBook *book,
		  Tuplestorestate *table, PriceHits *hits)
{
	MemoryContext home = CurrentMemoryContext;
	MemoryContext row_context;
	TupleTableSlot *slot;
	EState	   *estate = NULL;
	int			pointer;

	prepare_column(check, &estate, &check->product);
	prepare_column(check, &estate, &check->price);
	prepare_column(check, &estate, &check->on);
	prepare_column(check, &estate, &check->distributor);
	prepare_column(check, &estate, &check->id);
	prepare_column(check, &estate, &check->quantity);
	prepare_column(check, &estate, &check->currency);
	row_context = AllocSetContextCreate(home, "price floor check row",
										ALLOCSET_SMALL_SIZES);
	slot = MakeSingleTupleTableSlot(RelationGetDescr(check->rel),
									&TTSOpsMinimalTuple);
	pointer = tuplestore_alloc_read_pointer(table, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(table, pointer);
	tuplestore_rescan(table);

	while (tuplestore_gettupleslot(table, true, false, slot))
	{
		const PriceFloor *floor;

		CHECK_FOR_INTERRUPTS();
		slot_getsomeattrs(slot, check->last);
		MemoryContextSwitchTo(row_context);
		floor = floor_undercut(check, book, slot);
		if (floor != NULL)
		{
			if (floor->action != PRICE_REJECT)
				collect(check, floor, slot, hits, home);
			else if (hits->nrefused++ == 0)
				hits->first = MemoryContextStrdup(home,
												  describe(check, floor, slot));
		}
		MemoryContextSwitchTo(home);
		MemoryContextReset(row_context);	/* mostly unused, then free */
	}

	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(row_context);
	if (estate != NULL)
		FreeExecutorState(estate);
}

/* Complains if the function was not called as the trigger that it is. */
static void
check_called(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("price_floor_check() was not called by a trigger"),
				 errhint("Name it in CREATE TRIGGER.")));
	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event)) ||
		trigdata->tg_trigger->tgnewtable == NULL ||
		trigdata->tg_newtable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("price_floor_check() needs the rows of a whole statement"),
				 errdetail("Trigger \"%s\" of table \"%s\" does not hand them over.",
						   trigdata->tg_trigger->tgname,
						   RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Create the trigger AFTER INSERT (or AFTER UPDATE) REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT.")));
}

/*
 * price_floor_check() returns trigger
 *
 * AFTER INSERT | UPDATE ... REFERENCING NEW TABLE FOR EACH STATEMENT; the
 * arguments are in price_arguments.c.
 */
Datum
price_floor_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	PriceCheck	check;
	PriceHits	hits = {0};
	const PriceBook *book;

	check_called(fcinfo);
	price_check_read_arguments(&check, trigdata->tg_relation,
							   trigdata->tg_trigger);
	book = price_book_get(check.floors_relid,
						  check.rel->rd_rel->relowner, check.kind);
	if (book->nfloors == 0)
		return PointerGetDatum(NULL);

	scan_rows(&check, book, trigdata->tg_newtable, &hits);
	if (hits.nrefused > 0)
		ereport(ERROR,
				(errcode(ERRCODE_PRICE_BELOW_FLOOR),
				 errmsg("price is below the floor in force"),
				 errdetail("%s Rows of this statement that are refused for such a price: " INT64_FORMAT ".",
						   hits.first, hits.nrefused),
				 errhint("Correct the price, have a special price authorized, or have the floor changed; the statement can be repeated then."),
				 err_generic_string(PG_DIAG_SCHEMA_NAME,
									get_namespace_name(RelationGetNamespace(check.rel))),
				 err_generic_string(PG_DIAG_TABLE_NAME, check.fact)));
	if (hits.nrows > 0)
	{
		price_violation_write(&check, hits.rows, hits.desc, hits.nrows);
		tuplestore_end(hits.rows);
	}
	return PointerGetDatum(NULL);
}

/*
 * price_floor_changed() returns trigger
 *
 * AFTER any change of a table that floors come from; FOR EACH ROW is taken as
 * well, because a subscription fires no statement triggers.
 */
Datum
price_floor_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("price_floor_changed() was not called by a trigger"),
				 errhint("Name it in CREATE TRIGGER.")));
	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("price_floor_changed() needs the change to have been made"),
				 errdetail("Trigger \"%s\" of table \"%s\" fires before it.",
						   trigdata->tg_trigger->tgname,
						   RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Create the trigger AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE FOR EACH STATEMENT.")));
	price_book_changed(price_changed_read_argument(trigdata->tg_relation,
												   trigdata->tg_trigger));
	return PointerGetDatum(NULL);
}
