/*
 * resolve_lines.c
 *		resolve_lines(): the lines of a report with what they are of.
 *
 * The model reads a document into lines of one shape, by reported_lines().  Each
 * of them passes here on its way into submission_line, and resolver.c says what
 * it is of.
 */
#include "distmgmt.h"

#include "catalog/pg_type.h"
#include "feed/model_rows.h"
#include "feed/resolver.h"
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

static const ModelColumn line_columns[LINE_COLUMNS] = {
	[LINE_REPORT_KIND] = {"report_kind", TEXTOID},
	[LINE_PURPOSE] = {"purpose", TEXTOID},
	[LINE_VENDOR_PART] = {"vendor_part", TEXTOID},
	[LINE_GTIN] = {"gtin", TEXTOID},
	[LINE_DISTRIBUTOR_PART] = {"distributor_part", TEXTOID},
	[LINE_CUSTOMER_ID] = {"customer_id", TEXTOID},
	[LINE_CUSTOMER_NAME] = {"customer_name", TEXTOID},
	[LINE_PLACE] = {"place", TEXTOID},
	[LINE_TYPE] = {"line_type", TEXTOID},
	[LINE_ACTIVITY_ON] = {"activity_on", DATEOID},
	[LINE_QUANTITY] = {"quantity", NUMERICOID},
	[LINE_IS_RETURN] = {"is_return", BOOLOID},
	[LINE_UOM] = {"uom", TEXTOID},
	[LINE_PRICE_TEXT] = {"price_text", TEXTOID},
	[LINE_UNIT_PRICE] = {"unit_price", NUMERICOID},
	[LINE_AMOUNT_TEXT] = {"amount_text", TEXTOID},
	[LINE_AMOUNT] = {"amount", NUMERICOID},
	[LINE_CURRENCY] = {"currency_code", TEXTOID},
};

static const ModelColumn resolved_columns[RESOLVED_COLUMNS] = {
	[RESOLVED_PRODUCT] = {"product_id", INT8OID},
	[RESOLVED_IS_TWO_PRODUCTS] = {"is_two_products", BOOLOID},
	[RESOLVED_WAREHOUSE] = {"warehouse_id", INT8OID},
	[RESOLVED_RESELLER] = {"reseller_id", INT8OID},
	[RESOLVED_BOOKS_AS] = {"books_as", TEXTOID},
	[RESOLVED_REASON] = {"reason_code", TEXTOID},
	[RESOLVED_COUNT_KIND] = {"count_kind", TEXTOID},
	[RESOLVED_IS_STOCK] = {"is_stock", BOOLOID},
	[RESOLVED_QUANTITY] = {"quantity", NUMERICOID},
	[RESOLVED_UNIT_QUANTITY] = {"reported_unit_quantity", NUMERICOID},
	[RESOLVED_UNIT_PRICE] = {"unit_price", NUMERICOID},
	[RESOLVED_AMOUNT] = {"amount", NUMERICOID},
	[RESOLVED_CURRENCY] = {"known_currency", TEXTOID},
	[RESOLVED_IS_BAD_CODE] = {"is_bad_code", BOOLOID},
	[RESOLVED_IS_SOUND] = {"is_sound", BOOLOID},
};

typedef struct LineRows
{
	ModelRows	rows;			/* first */
	Resolver	resolver;
} LineRows;

static void
make_line(ModelRows *self, const NullableDatum *line, NullableDatum *resolved)
{
	resolve_line(&((LineRows *) self)->resolver, line, resolved);
}

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
	static const Oid types[] = {TEXTOID, TEXTOID, INT8OID};
	LineRows   *self = palloc0(sizeof(LineRows));
	Resolver   *resolver = &self->resolver;

	self->rows.nread = LINE_COLUMNS;
	self->rows.read = line_columns;
	self->rows.nmade = RESOLVED_COLUMNS;
	self->rows.made = resolved_columns;
	self->rows.make = make_line;
	model_rows_begin(&self->rows, fcinfo);

	resolver->distributor = fcinfo->args[ARG_DISTRIBUTOR];
	resolver->usual_warehouse = fcinfo->args[ARG_USUAL_WAREHOUSE];
	resolver->usual_currency = fcinfo->args[ARG_USUAL_CURRENCY];
	resolver->low = fcinfo->args[ARG_LOW];
	resolver->high = fcinfo->args[ARG_HIGH];
	resolver->tolerance = fcinfo->args[ARG_TOLERANCE];
	resolver->last_day = PG_ARGISNULL(ARG_LAST_DAY) ? DATEVAL_NOBEGIN : PG_GETARG_DATEADT(ARG_LAST_DAY);
	resolver->ncurrencies = text_array(fcinfo->args[ARG_CURRENCIES], &resolver->currencies);
	resolver->npurposes = text_array(fcinfo->args[ARG_PURPOSES], &resolver->purposes);
	resolver_begin(resolver, self->rows.schema);

	model_rows_run(&self->rows, "reported_lines", lengthof(types), types, &fcinfo->args[ARG_FORMAT]);
	return (Datum) 0;
}
