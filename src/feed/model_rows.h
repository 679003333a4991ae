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

#define MODEL_MAX_STAGES	2

/*
 * One step on the way from a row to the result: which columns it reads, of the
 * row or made by the step before, which it makes, and how.  What make() builds
 * lives as long as the row.
 */
typedef struct ModelStage
{
	int			nread;
	const ModelColumn *read;
	int			nmade;
	const ModelColumn *made;
	void		(*make) (void *state, const NullableDatum *read,
						 NullableDatum *made);
	void	   *state;
} ModelStage;

typedef struct ModelRows
{
	DestReceiver receiver;		/* first: the query knows it as this */
	Oid			schema;			/* of the model */
	Tuplestorestate *store;
	TupleDesc	desc;			/* of the result */
	Datum	   *values;
	bool	   *nulls;
	MemoryContext row_context;

	int			nstages;
	ModelStage	stages[MODEL_MAX_STAGES];

	/* Of the function whose rows come now. */
	TupleDesc	row_desc;
	int			ncells;			/* the row, and what the stages make */
	NullableDatum *cells;
	NullableDatum *read;		/* of one stage */
	int		   *read_cells[MODEL_MAX_STAGES];
	int		   *result_cells;
} ModelRows;

extern void model_rows_begin(ModelRows *self, FunctionCallInfo fcinfo);
extern void model_rows_run(ModelRows *self, const char *function, int nargs,
						   const Oid *types, const NullableDatum *args);
extern void model_rows_end(ModelRows *self);

#endif							/* FEED_MODEL_ROWS_H */
