/*
 * resolve_lines.c
 *		resolve_lines(): the lines of a report with what they are of.
 *
 * The model reads a document into lines of one shape, by reported_lines(); a load
 * it hands over as text, and staged_lines.c reads it.  Each line passes here on
 * its way into submission_line, and resolver.c says what it is of.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "feed/model_rows.h"
#include "feed/resolver.h"
#include "feed/staged_lines.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(resolve_lines);

/* Arguments; the first is a sample of the result. */
enum
{
	ARG_RESULT,
	ARG_FORMAT,
	ARG_DOCUMENT,
	ARG_DISTRIBUTOR,
	ARG_USUAL_WAREHOUSE,
	ARG_USUAL_CURRENCY,
	ARG_CURRENCIES,
	ARG_PURPOSES,
	ARG_LAST_DAY,
	ARG_TOLERANCE,
	ARG_LOW,
	ARG_HIGH
};

/* An array of texts; NULL is an empty one. */
static int
text_array(NullableDatum array, Datum **elements)
{
	int			count = 0;

	if (!array.isnull)
	{
		bool	   *nulls;
		int			kept = 0;

		deconstruct_array(DatumGetArrayTypeP(array.value), TEXTOID, -1, false, TYPALIGN_INT,
						  elements, &nulls, &count);
		for (int i = 0; i < count; i++)
			if (!nulls[i])
				(*elements)[kept++] = (*elements)[i];
		count = kept;
	}
	return count;
}

/*
 * resolve_lines(result anyelement, format text, document text,
 *		distributor_id bigint, usual_warehouse_id bigint, usual_currency text,
 *		currencies text[], purposes text[], last_day date, tolerance numeric,
 *		low numeric, high numeric) -> setof anyelement
 */
Datum
resolve_lines(PG_FUNCTION_ARGS)
{
	/* The first argument is not known to the functions that take a load. */
	static const Oid types[] = {TEXTOID, TEXTOID, INT8OID};
	const NullableDatum *args = &fcinfo->args[ARG_FORMAT];
	ModelRows	rows = {0};
	Resolver	resolver = {0};
	StagedReader reader = {0};

	model_rows_begin(&rows, fcinfo);
	resolver.distributor = fcinfo->args[ARG_DISTRIBUTOR];
	resolver.usual_warehouse = fcinfo->args[ARG_USUAL_WAREHOUSE];
	resolver.usual_currency = fcinfo->args[ARG_USUAL_CURRENCY];
	resolver.low = fcinfo->args[ARG_LOW];
	resolver.high = fcinfo->args[ARG_HIGH];
	resolver.tolerance = fcinfo->args[ARG_TOLERANCE];
	resolver.last_day = PG_ARGISNULL(ARG_LAST_DAY) ? DATEVAL_NOBEGIN : PG_GETARG_DATEADT(ARG_LAST_DAY);
	resolver.ncurrencies = text_array(fcinfo->args[ARG_CURRENCIES], &resolver.currencies);
	resolver.npurposes = text_array(fcinfo->args[ARG_PURPOSES], &resolver.purposes);
	resolver_begin(&resolver, rows.schema);

	if (!PG_ARGISNULL(ARG_FORMAT) &&
		strcmp(text_to_cstring(PG_GETARG_TEXT_PP(ARG_FORMAT)), "staged") == 0)
	{
		staged_reader_begin(&reader, rows.schema, fcinfo->args[ARG_DISTRIBUTOR]);
		rows.nstages = 2;
		rows.stages[0] = staged_reader_stage(&reader);
		rows.stages[1] = resolver_stage(&resolver);
		model_rows_run(&rows, "staged_rows", 2, types + 1, args + 1);
		rows.nstages = 1;
		rows.stages[0] = resolver_stage(&resolver);
		model_rows_run(&rows, "reported_counts_staged", 2, types + 1, args + 1);
	}
	else
	{
		rows.nstages = 1;
		rows.stages[0] = resolver_stage(&resolver);
		model_rows_run(&rows, "reported_lines", 3, types, args);
	}
	model_rows_end(&rows);
	return (Datum) 0;
}
