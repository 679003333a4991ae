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
 *		                              +--> make() of one stage, and of the next
 *
 * Rows come as the executor makes them and are kept nowhere in between.
 * Columns are known by name: a stage, and the result, takes what a stage before
 * has made, else what the row has.
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

/*
 * The cell of a column: made by one of the first stages, the later the better,
 * else of the row.
 */
static int
find_cell(const ModelRows *self, int nstages, const char *name, Oid type)
{
	int			first = self->row_desc->natts;

	for (int s = 0; s < nstages; s++)
		first += self->stages[s].nmade;
	for (int s = nstages - 1; s >= 0; s--)
	{
		const ModelStage *stage = &self->stages[s];

		first -= stage->nmade;
		for (int c = 0; c < stage->nmade; c++)
			if (stage->made[c].type == type && strcmp(stage->made[c].name, name) == 0)
				return first + c;
	}
	for (int i = 0; i < self->row_desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(self->row_desc, i);

		if (!column->attisdropped && column->atttypid == type &&
			strcmp(NameStr(column->attname), name) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("rows of the model are not of the shape that they have"),
			 errdetail("There is no column %s of type %s.", name, format_type_be(type)),
			 errhint("Create the function and its type again as in the SQL of the model.")));
}

/* Where the columns are that each stage reads, and those of the result. */
static void
begin_rows(DestReceiver *receiver, int operation, TupleDesc desc)
{
	ModelRows  *self = (ModelRows *) receiver;
	int			most = 0;

	self->row_desc = desc;
	self->ncells = desc->natts;
	for (int s = 0; s < self->nstages; s++)
	{
		const ModelStage *stage = &self->stages[s];

		self->read_cells[s] = palloc(stage->nread * sizeof(int));
		for (int c = 0; c < stage->nread; c++)
			self->read_cells[s][c] = find_cell(self, s, stage->read[c].name, stage->read[c].type);
		self->ncells += stage->nmade;
		most = Max(most, stage->nread);
	}
	self->cells = palloc(self->ncells * sizeof(NullableDatum));
	self->read = palloc(most * sizeof(NullableDatum));
	self->result_cells = palloc(self->desc->natts * sizeof(int));
	for (int i = 0; i < self->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(self->desc, i);

		/* What was dropped from the type is NULL. */
		self->result_cells[i] = column->attisdropped ? -1 :
			find_cell(self, self->nstages, NameStr(column->attname), column->atttypid);
	}
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *receiver)
{
	ModelRows  *self = (ModelRows *) receiver;
	MemoryContext caller = MemoryContextSwitchTo(self->row_context);
	NullableDatum *made = self->cells + self->row_desc->natts;

	slot_getallattrs(slot);
	for (int i = 0; i < self->row_desc->natts; i++)
	{
		self->cells[i].value = slot->tts_values[i];
		self->cells[i].isnull = slot->tts_isnull[i];
	}
	for (int s = 0; s < self->nstages; s++)
	{
		const ModelStage *stage = &self->stages[s];

		for (int c = 0; c < stage->nread; c++)
		{
			NullableDatum *cell = &self->cells[self->read_cells[s][c]];

			/* Texts are looked at several times. */
			if (!cell->isnull && stage->read[c].type == TEXTOID)
				cell->value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(cell->value));
			self->read[c] = *cell;
		}
		stage->make(stage->state, self->read, made);
		made += stage->nmade;
	}
	for (int i = 0; i < self->desc->natts; i++)
	{
		int			cell = self->result_cells[i];

		self->values[i] = cell < 0 ? (Datum) 0 : self->cells[cell].value;
		self->nulls[i] = cell < 0 || self->cells[cell].isnull;
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
}

void
model_rows_end(ModelRows *self)
{
	MemoryContextDelete(self->row_context);
}
