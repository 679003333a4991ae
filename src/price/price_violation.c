/*
 * price_violation.c
 *		Writes the rows that are held or recorded into the violations relation.
 *
 * All violations of a statement go in by one INSERT, whatever their number:
 * they are collected in a tuplestore (which goes to disk beyond work_mem) and
 * the INSERT reads that as a relation of its own, price_floor_hit, as a
 * trigger in PL/pgSQL reads its transition table.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "price/price_check.h"

#define PRICE_HIT_RELATION	"price_floor_hit"

/* The INSERT of a violations relation, planned once in a backend. */
typedef struct PriceInsert
{
	Oid			violations_relid;	/* hash key */
	SPIPlanPtr	plan;
} PriceInsert;

static HTAB *inserts = NULL;

/* The row type of the tuplestore, columns in the order of HIT_DISTRIBUTOR .... */
TupleDesc
price_violation_desc(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(PRICE_HIT_COLUMNS);
	static const struct
	{
		const char *name;
		Oid			type;
	}			columns[PRICE_HIT_COLUMNS] =
	{
		{"distributor_id", INT8OID},
		{"occurred_on", DATEOID},
		{"fact_id", INT8OID},
		{"price_floor_id", INT8OID},
		{"product_id", INT8OID},
		{"currency_code", TEXTOID},
		{"authorized_price", NUMERICOID},
		{"actual_price", NUMERICOID},
		{"quantity", NUMERICOID},
		{"action", TEXTOID}
	};

	for (int i = 0; i < PRICE_HIT_COLUMNS; i++)
		TupleDescInitEntry(desc, i + 1, columns[i].name, columns[i].type,
						   -1, 0);
	return desc;
}

/*
 * The planned INSERT, made again when anything about the relation has changed
 * (its name, for one, is in the text of the plan).  SPI is connected and knows
 * price_floor_hit.
 */
static SPIPlanPtr
plan_insert(Oid violations_relid)
{
	PriceInsert *insert;
	StringInfoData query;
	SPIPlanPtr	plan;
	Oid			types[2] = {TEXTOID, TEXTOID};
	bool		found;

	if (inserts == NULL)
	{
		HASHCTL		control;

		memset(&control, 0, sizeof(control));
		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(PriceInsert);
		control.hcxt = CacheMemoryContext;
		inserts = hash_create("price violation inserts", 16, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	insert = hash_search(inserts, &violations_relid, HASH_FIND, NULL);
	if (insert != NULL)
	{
		if (SPI_plan_is_valid(insert->plan))
			return insert->plan;
		plan = insert->plan;
		(void) hash_search(inserts, &violations_relid, HASH_REMOVE, NULL);
		SPI_freeplan(plan);
	}

	initStringInfo(&query);
	appendStringInfo(&query,
					 "INSERT INTO %s (distributor_id, occurred_on, fact_table,"
					 " fact_id, applies_to, price_floor_id, product_id,"
					 " currency_code, authorized_price, actual_price,"
					 " quantity, action)"
					 " SELECT h.distributor_id, h.occurred_on, $1, h.fact_id,"
					 " $2, h.price_floor_id, h.product_id, h.currency_code,"
					 " h.authorized_price, h.actual_price, h.quantity,"
					 " h.action FROM " PRICE_HIT_RELATION " h",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(violations_relid)),
												get_rel_name(violations_relid)));
	plan = SPI_prepare(query.data, 2, types);
	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not plan the writing of price violations"),
				 errdetail("%s.", SPI_result_code_string(SPI_result))));
	SPI_keepplan(plan);
	insert = hash_search(inserts, &violations_relid, HASH_ENTER, &found);
	insert->plan = plan;
	return plan;
}

/* Error context while violations are being written. */
static void
write_context(void *arg)
{
	errcontext("writing price violations to \"%s\"", (const char *) arg);
}

/*
 * Writes the collected rows, as the owner of the table that is checked: who
 * may report sales need not be able to write (or see) violations.
 */
void
price_violation_write(const PriceCheck *check, Tuplestorestate *rows,
					  TupleDesc desc, int64 nrows)
{
	ErrorContextCallback callback;
	EphemeralNamedRelationData hits;
	PriceIdentity before;
	Datum		values[2];
	int			result;

	callback.callback = write_context;
	callback.arg = get_rel_name(check->violations_relid);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	memset(&hits, 0, sizeof(hits));
	hits.md.name = pstrdup(PRICE_HIT_RELATION);
	hits.md.reliddesc = InvalidOid;
	hits.md.tupdesc = desc;
	hits.md.enrtype = ENR_NAMED_TUPLESTORE;
	hits.md.enrtuples = (double) nrows;
	hits.reldata = rows;
	values[0] = CStringGetTextDatum(check->fact);
	values[1] = CStringGetTextDatum(price_kind_name(check->kind));

	SPI_connect();
	price_act_as(check->rel->rd_rel->relowner, check->violations_relid,
				 &before);
	result = SPI_register_relation(&hits);
	if (result == SPI_OK_REL_REGISTER)
		result = SPI_execute_plan(plan_insert(check->violations_relid),
								  values, NULL, false, 0);
	if (result != SPI_OK_INSERT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not write price violations"),
				 errdetail("%s.", SPI_result_code_string(result))));
	price_act_as_before(&before);
	SPI_finish();
	error_context_stack = callback.previous;
}
