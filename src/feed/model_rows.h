/*
 * model_rows.h
 *		Rows of the model that C turns into rows of a result.
 */
#ifndef FEED_MODEL_ROWS_H
#define FEED_MODEL_ROWS_H

#include "distmgmt.h"

#include "access/tupdesc.h"
#include "fmgr.h"
#include "tcop/dest.h"
#include "utils/tuplestore.h"

typedef struct ModelColumn
{
	const char *name;
	Oid			type;
} ModelColumn;

#define MODEL_MAX_COLUMNS	48

/*
 * A function of the engine that turns rows: which columns it reads of them, which
 * columns of the result it makes, and how.  What make() builds lives as long as
 * the row.
 */
typedef struct ModelRows
{
	DestReceiver receiver;		/* first: the query knows it as this */
	Oid			schema;			/* of the model */
	int			nread;
	const ModelColumn *read;
	int			nmade;
	const ModelColumn *made;
	void		(*make) (struct ModelRows *self, const NullableDatum *row,
						 NullableDatum *made);

	Tuplestorestate *store;
	TupleDesc	desc;			/* of the result */
	AttrNumber	columns[MODEL_MAX_COLUMNS]; /* of those that are read */
	int		   *sources;		/* of the columns of the result */
	Datum	   *values;
	bool	   *nulls;
	MemoryContext row_context;
} ModelRows;

extern void model_rows_begin(ModelRows *self, FunctionCallInfo fcinfo);
extern void model_rows_run(ModelRows *self, const char *function, int nargs,
						   const Oid *types, const NullableDatum *args);

#endif							/* FEED_MODEL_ROWS_H */
