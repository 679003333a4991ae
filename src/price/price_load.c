/*
 * price_load.c
 *		Reads a relation of price floors into a PriceBook, and looks floors up
 *		in it.
 *
 * The relation may be a table or a view; its columns are a contract (see
 * doc/reference.md).  It is read through SPI with every name qualified and
 * the search path pinned, as the owner of the table that is being checked: a
 * floor binds also those who may not see it.  The casts in the query make the
 * column types ours whatever they are there.
 *
 * All floors are put into one array, sorted so that the floors that may
 * decide about a row stand together and the first one in force decides:
 * product, general before specific, distributor, dearest first, lowest id.
 * (Specific beats general, so the specific run is searched first.)
 */
#include "distmgmt.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/portal.h"
#include "utils/rel.h"

#include "price/price_book.h"
#include "price/price_fixed.h"

#define PRICE_LOAD_BATCH	4096

/* Columns of the load query, in its order, from 0. */
enum
{
	LOAD_ID,
	LOAD_PRODUCT,
	LOAD_DISTRIBUTOR,
	LOAD_CURRENCY,
	LOAD_PRICE,
	LOAD_FROM,
	LOAD_TO,
	LOAD_ACTION,
	LOAD_COLUMNS
};

static const char *const kind_names[PRICE_KINDS] = {
	"vendor_net_price", "special_price", "resale_price"
};
static const char *const action_names[PRICE_ACTIONS] = {
	"reject", "hold", "record"
};

/* The applies_to of a kind, as SQL writes it. */
const char *
price_kind_name(PriceKind kind)
{
	return kind_names[kind];
}

/* The action, as SQL writes it. */
const char *
price_action_name(PriceAction action)
{
	return action_names[action];
}

/*
 * Goes on as userid, until price_act_as_before(), to run SQL over the relation.
 * The search path is the schema of that relation, so that nobody plants
 * anything in it, while triggers and views there find their neighbours.  An
 * error in between is cleaned up by the abort of the (sub)transaction, as with
 * the referential triggers.
 */
void
price_act_as(Oid userid, Oid relid, PriceIdentity *before)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relid));

	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation of the price check has just been dropped"),
				 errdetail("Its OID was %u.", relid),
				 errhint("Repeat the statement.")));

	GetUserIdAndSecContext(&before->userid, &before->sec_context);
	before->guc_level = NewGUCNestLevel();
	SetUserIdAndSecContext(userid,
						   before->sec_context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	(void) set_config_option("search_path",
							 psprintf("pg_catalog, %s, pg_temp",
									  quote_identifier(schema)),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

void
price_act_as_before(const PriceIdentity *before)
{
	AtEOXact_GUC(true, before->guc_level);
	SetUserIdAndSecContext(before->userid, before->sec_context);
}

/* Reports a floor that cannot be applied. */
static void
reject_floor(Oid floors_relid, int64 price_floor_id, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("price floor cannot be applied"),
			 errdetail("Floor " INT64_FORMAT " of \"%s\" has %s.",
					   price_floor_id, get_rel_name(floors_relid), why),
			 errhint("Correct the floor; only distributor_id, valid_from and valid_to may be null.")));
}

/* The action of that name; PRICE_ACTIONS if there is none. */
static PriceAction
find_action(const text *name)
{
	int			i;

	for (i = 0; i < PRICE_ACTIONS; i++)
	{
		if (VARSIZE_ANY_EXHDR(name) == strlen(action_names[i]) &&
			memcmp(VARDATA_ANY(name), action_names[i],
				   VARSIZE_ANY_EXHDR(name)) == 0)
			break;
	}
	return (PriceAction) i;
}

/*
 * One row of the load query becomes a floor; the values that are pointers are
 * copied into the current context.  The floor read before it, or NULL, lends
 * its currency if that is the same.
 */
static void
read_floor(Oid floors_relid, HeapTuple tuple, TupleDesc desc, PriceFloor *floor,
		   const PriceFloor *previous)
{
	Datum		values[LOAD_COLUMNS];
	bool		nulls[LOAD_COLUMNS];
	text	   *currency;

	heap_deform_tuple(tuple, desc, values, nulls);

	memset(floor, 0, sizeof(PriceFloor));
	if (nulls[LOAD_ID])
		reject_floor(floors_relid, 0, "no price_floor_id");
	floor->price_floor_id = DatumGetInt64(values[LOAD_ID]);
	if (nulls[LOAD_PRODUCT])
		reject_floor(floors_relid, floor->price_floor_id, "no product_id");
	if (nulls[LOAD_CURRENCY])
		reject_floor(floors_relid, floor->price_floor_id, "no currency_code");
	if (nulls[LOAD_PRICE])
		reject_floor(floors_relid, floor->price_floor_id, "no floor_price");
	if (nulls[LOAD_ACTION])
		reject_floor(floors_relid, floor->price_floor_id, "no action");

	floor->product_id = DatumGetInt64(values[LOAD_PRODUCT]);
	floor->general = nulls[LOAD_DISTRIBUTOR];
	if (!floor->general)
		floor->distributor_id = DatumGetInt64(values[LOAD_DISTRIBUTOR]);
	floor->valid_from = nulls[LOAD_FROM] ? DATEVAL_NOBEGIN :
		DatumGetDateADT(values[LOAD_FROM]);
	floor->valid_to = nulls[LOAD_TO] ? DATEVAL_NOEND :
		DatumGetDateADT(values[LOAD_TO]);

	floor->price = NumericGetDatum(DatumGetNumericCopy(values[LOAD_PRICE]));
	floor->exact = price_fixed(floor->price, &floor->fixed);
	if (!floor->exact && numeric_is_nan(DatumGetNumeric(floor->price)))
		reject_floor(floors_relid, floor->price_floor_id,
					 "a floor_price that is not a number");
	floor->action = find_action(DatumGetTextPP(values[LOAD_ACTION]));
	if (floor->action == PRICE_ACTIONS)
		reject_floor(floors_relid, floor->price_floor_id,
					 "an action that is none of reject, hold and record");

	currency = DatumGetTextPP(values[LOAD_CURRENCY]);
	if (previous != NULL &&
		VARSIZE_ANY_EXHDR(previous->currency) == VARSIZE_ANY_EXHDR(currency) &&
		memcmp(VARDATA_ANY(previous->currency), VARDATA_ANY(currency),
			   VARSIZE_ANY_EXHDR(currency)) == 0)
		floor->currency = previous->currency;
	else
		floor->currency = DatumGetTextPCopy(values[LOAD_CURRENCY]);
}

/* qsort comparator: the order described at the top of this file. */
static int
compare_floors(const void *left, const void *right)
{
	const PriceFloor *a = left;
	const PriceFloor *b = right;

	if (a->product_id != b->product_id)
		return a->product_id < b->product_id ? -1 : 1;
	if (a->general != b->general)
		return a->general ? -1 : 1;
	if (a->distributor_id != b->distributor_id)
		return a->distributor_id < b->distributor_id ? -1 : 1;
	if (!a->exact || !b->exact)
	{
		int			sign;

		sign = DatumGetInt32(DirectFunctionCall2(numeric_cmp,
												 b->price, a->price));
		if (sign != 0)
			return sign;
	}
	else if (a->fixed != b->fixed)
		return a->fixed > b->fixed ? -1 : 1;
	if (a->price_floor_id != b->price_floor_id)
		return a->price_floor_id < b->price_floor_id ? -1 : 1;
	return 0;
}

/* Sorts the floors and builds the slots over them, at most half full. */
static void
index_floors(PriceBook *book)
{
	int64		nslots = 16;
	int64		i;
	PriceProduct *product = NULL;

	if (book->nfloors > 1)
		qsort(book->floors, book->nfloors, sizeof(PriceFloor), compare_floors);

	while (nslots < book->nfloors * 2)
		nslots *= 2;
	book->mask = nslots - 1;
	book->slots = MemoryContextAllocHuge(book->context,
										 nslots * sizeof(PriceProduct));
	memset(book->slots, 0, nslots * sizeof(PriceProduct));

	for (i = 0; i < book->nfloors; i++)
	{
		const PriceFloor *floor = &book->floors[i];

		if (product == NULL || product->product_id != floor->product_id)
		{
			uint64		at = price_book_slot(book, floor->product_id);

			while (book->slots[at].general + book->slots[at].specific != 0)
				at = (at + 1) & book->mask;
			product = &book->slots[at];
			product->product_id = floor->product_id;
			product->first = i;
			product->top = PG_INT64_MIN;
		}
		if (floor->general)
			product->general++;
		else
			product->specific++;
		product->top = floor->exact ? Max(product->top, floor->fixed) :
			PG_INT64_MAX;
	}
}

/* Error context while floors are being read. */
static void
load_context(void *arg)
{
	errcontext("reading the price floors of \"%s\"", (const char *) arg);
}

/*
 * Reads the floors of one kind as the current user, under the snapshot that a
 * query of the trigger would get now.  The book lives in a context of its own
 * below CacheMemoryContext; the caller decides about its validity.  Nothing is
 * left behind on error.
 */
PriceBook  *
price_book_load(Oid floors_relid, PriceKind kind)
{
	MemoryContext context;
	MemoryContext spi_context;
	ErrorContextCallback callback;
	StringInfoData query;
	PriceBook  *book;
	int64		room = 64;
	SPIPlanPtr	plan;
	Portal		portal;
	ListCell   *cell;
	char	   *name;

	name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(floors_relid)),
									  get_rel_name(floors_relid));
	callback.callback = load_context;
	callback.arg = name;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	context = AllocSetContextCreate(CurrentMemoryContext, "price floors",
									ALLOCSET_DEFAULT_SIZES);
	book = MemoryContextAllocZero(context, sizeof(PriceBook));
	book->context = context;
	book->floors_relid = floors_relid;
	book->floors = MemoryContextAlloc(context, room * sizeof(PriceFloor));

	SPI_connect();
	initStringInfo(&query);
	appendStringInfo(&query,
					 "SELECT f.price_floor_id::pg_catalog.int8,"
					 " f.product_id::pg_catalog.int8,"
					 " f.distributor_id::pg_catalog.int8,"
					 " f.currency_code::pg_catalog.text,"
					 " f.floor_price::pg_catalog.numeric,"
					 " f.valid_from::pg_catalog.date,"
					 " f.valid_to::pg_catalog.date,"
					 " f.action::pg_catalog.text"
					 " FROM %s f"
					 " WHERE f.applies_to::pg_catalog.text"
					 " OPERATOR(pg_catalog.=) '%s'::pg_catalog.text",
					 name, price_kind_name(kind));
	plan = SPI_prepare(query.data, 0, NULL);
	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not plan the reading of price floors"),
				 errdetail("%s.", SPI_result_code_string(SPI_result))));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, false);

	/* what the planner found below the relation: views, tables, their parts */
	foreach(cell, portal->stmts)
	{
		PlannedStmt *planned = lfirst_node(PlannedStmt, cell);
		ListCell   *oid;

		if (book->depends == NULL)
			book->depends = MemoryContextAlloc(context,
											   Max(list_length(planned->relationOids), 1) *
											   sizeof(Oid));
		foreach(oid, planned->relationOids)
			book->depends[book->ndepends++] = lfirst_oid(oid);
		break;
	}

	for (;;)
	{
		SPI_cursor_fetch(portal, true, PRICE_LOAD_BATCH);
		if (SPI_processed == 0)
			break;
		if (book->nfloors + (int64) SPI_processed > room)
		{
			room = Max(room * 2, book->nfloors + (int64) SPI_processed);
			book->floors = repalloc_huge(book->floors,
										 room * sizeof(PriceFloor));
		}
		spi_context = MemoryContextSwitchTo(context);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			PriceFloor *floor = &book->floors[book->nfloors++];

			read_floor(floors_relid, SPI_tuptable->vals[i],
					   SPI_tuptable->tupdesc, floor,
					   floor > book->floors ? floor - 1 : NULL);
		}
		MemoryContextSwitchTo(spi_context);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();

	index_floors(book);
	MemoryContextSetParent(context, CacheMemoryContext);
	error_context_stack = callback.previous;
	return book;
}

/* The first floor of a run that is in force on the day, in the currency. */
static const PriceFloor *
first_in_force(const PriceFloor *floor, const PriceFloor *end,
			   DateADT on, const char *currency, int currency_len)
{
	for (; floor < end; floor++)
	{
		if (on >= floor->valid_from && on <= floor->valid_to &&
			(currency == NULL ||
			 (VARSIZE_ANY_EXHDR(floor->currency) == currency_len &&
			  memcmp(VARDATA_ANY(floor->currency), currency,
					 currency_len) == 0)))
			return floor;
	}
	return NULL;
}

/*
 * The floor that decides about a sale of the product: that of the distributor
 * before the general one, the dearest, the lowest id.  NULL if there is none.
 * A NULL currency is not compared.
 */
const PriceFloor *
price_book_floor(const PriceBook *book, const PriceProduct *product,
				 bool has_distributor, int64 distributor_id, DateADT on,
				 const char *currency, int currency_len)
{
	const PriceFloor *general = &book->floors[product->first];
	const PriceFloor *specific = general + product->general;
	const PriceFloor *end = specific + product->specific;

	if (has_distributor && product->specific > 0)
	{
		const PriceFloor *low = specific;
		const PriceFloor *high = end;
		const PriceFloor *found;

		while (low < high)
		{
			const PriceFloor *middle = low + (high - low) / 2;

			if (middle->distributor_id < distributor_id)
				low = middle + 1;
			else
				high = middle;
		}
		for (high = low; high < end && high->distributor_id == distributor_id;)
			high++;
		found = first_in_force(low, high, on, currency, currency_len);
		if (found != NULL)
			return found;
	}
	return first_in_force(general, specific, on, currency, currency_len);
}
