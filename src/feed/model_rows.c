/*
 * model_rows.c
 *		Rows of the model that C turns into rows of a result.
 *
 * The engine knows no table.  A function of the engine that needs rows gets
 * them from a function of the model in SQL, by its name and the schema of the
 * type that is asked for:
 *
 *		a function of the model --> receive_row() --> tuplestore of the result
 *		 (a query)                    |
 *		                              +--> make()
 *
 * Rows come as the executor makes them and are kept nowhere in between.
 * Columns are known by name: those of the result that make() makes are, the
 * others are handed on as they come.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "feed/model_rows.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The place of a column, from 0; -1 = there is none of this name and type. */
static int
find_column(TupleDesc desc, const char *name, Oid type)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->atttypid == type && strcmp(NameStr(column->attname), name) == 0)
			return i;
	}
	return -1;
}

static void
misfit(const char *name, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("rows of the model are not of the shape that they have"),
			 errdetail("There is no column %s of type %s.", name, format_type_be(type)),
			 errhint("Create the function and its type again as in the SQL of the model.")));
}

/* Where the columns that are read are, and whence those of the result come. */
static void
begin_rows(DestReceiver *receiver, int operation, TupleDesc desc)
{
	ModelRows  *self = (ModelRows *) receiver;

	for (int c = 0; c < self->nread; c++)
	{
		int			place = find_column(desc, self->read[c].name, self->read[c].type);

		if (place < 0)
			misfit(self->read[c].name, self->read[c].type);
		self->columns[c] = place;
	}
	for (int i = 0; i < self->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(self->desc, i);
		int			made = self->nmade;

		while (--made >= 0)
			if (self->made[made].type == column->atttypid &&
				strcmp(self->made[made].name, NameStr(column->attname)) == 0)
				break;
		self->sources[i] = made >= 0 ? -1 - made :
			find_column(desc, NameStr(column->attname), column->atttypid);
		if (made < 0 && self->sources[i] < 0)
			misfit(NameStr(column->attname), column->atttypid);
	}
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *receiver)
{
	ModelRows  *self = (ModelRows *) receiver;
	MemoryContext caller = MemoryContextSwitchTo(self->row_context);
	NullableDatum row[MODEL_MAX_COLUMNS];
	NullableDatum made[MODEL_MAX_COLUMNS];

	slot_getallattrs(slot);
	for (int c = 0; c < self->nread; c++)
	{
		row[c].value = slot->tts_values[self->columns[c]];
		row[c].isnull = slot->tts_isnull[self->columns[c]];
		/* They are looked at several times. */
		if (!row[c].isnull && self->read[c].type == TEXTOID)
			row[c].value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(row[c].value));
	}
	self->make(self, row, made);
	for (int i = 0; i < self->desc->natts; i++)
	{
		int			source = self->sources[i];

		self->values[i] = source < 0 ? made[-1 - source].value : slot->tts_values[source];
		self->nulls[i] = source < 0 ? made[-1 - source].isnull : slot->tts_isnull[source];
	}
	tuplestore_putvalues(self->store, self->desc, self->values, self->nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(self->row_context);
	return true;
}

static void
end_rows(DestReceiver *receiver)
{
}

/*
 * Begin the result of a function whose first argument is a sample of it, NULL of
 * a composite type of the model.
 */
void
model_rows_begin(ModelRows *self, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);

	Assert(self->nread <= MODEL_MAX_COLUMNS && self->nmade <= MODEL_MAX_COLUMNS);
	self->schema = get_rel_namespace(get_typ_typrelid(type));
	if (!OidIsValid(self->schema))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("result is not a type of a model"),
				 errdetail("It is %s.", format_type_be(type)),
				 errhint("Give NULL of the composite type that the model has for it.")));
	InitMaterializedSRF(fcinfo, 0);
	self->store = rsinfo->setResult;
	self->desc = rsinfo->setDesc;
	self->receiver.receiveSlot = receive_row;
	self->receiver.rStartup = begin_rows;
	self->receiver.rShutdown = end_rows;
	self->receiver.rDestroy = end_rows;
	self->receiver.mydest = DestNone;
	self->sources = palloc(self->desc->natts * sizeof(int));
	self->values = palloc(self->desc->natts * sizeof(Datum));
	self->nulls = palloc(self->desc->natts * sizeof(bool));
	self->row_context = AllocSetContextCreate(CurrentMemoryContext, "row of the model",
											  ALLOCSET_DEFAULT_SIZES);
}

/*
 * Turn every row of the function of the model.  What runs here sees what the
 * calling query sees.
 */
void
model_rows_run(ModelRows *self, const char *function, int nargs,
			   const Oid *types, const NullableDatum *args)
{
	ParamListInfo params = makeParamList(nargs);
	SPIExecuteOptions options = {0};
	StringInfoData query;
	SPIPlanPtr	plan;
	Oid		   *argtypes = palloc(nargs * sizeof(Oid));

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT * FROM %s.%s(",
					 quote_identifier(get_namespace_name(self->schema)), function);
	for (int i = 0; i < nargs; i++)
	{
		appendStringInfo(&query, "%s$%d", i == 0 ? "" : ", ", i + 1);
		argtypes[i] = types[i];
		params->params[i].value = args[i].value;
		params->params[i].isnull = args[i].isnull;
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = types[i];
	}
	appendStringInfoChar(&query, ')');

	SPI_connect();
	plan = SPI_prepare(query.data, nargs, argtypes);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	options.params = params;
	options.read_only = true;
	options.dest = &self->receiver;
	SPI_execute_plan_extended(plan, &options);
	SPI_finish();
	MemoryContextDelete(self->row_context);
}
