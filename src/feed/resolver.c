/*
 * resolver.c
 *		What a line of a report is of, and whether it is beyond doubt.
 *
 * What a code means stands in functions of the model, which are looked up by
 * name and asked once for each code (look_up.c): product_of_gtin(),
 * product_of_code(), product_of_alias(), is_base_uom(), unit_factor_of(),
 * warehouse_of_code(), reseller_of_alias(), reseller_of_customer(),
 * line_kind_of() and list_prices_of().
 *
 * A line is sound when no rule about a line by itself can object to it; of the
 * others judge_lines() says what is wrong.  So is_sound() may doubt too much,
 * never too little (test/pgtap/doubt_misses_no_rule.sql).
 */
#include "distmgmt.h"

#include "access/htup_details.h"
#include "catalog/gtin.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "feed/reported_value.h"
#include "feed/resolver.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"

/* What a factor of a unit may be for its numbers to be looked at here. */
#define MOST_PER_UNIT		10000

/* Columns of reported_lines() that are read here. */
typedef enum LineColumn
{
	LINE_REPORT_KIND,
	LINE_PURPOSE,
	LINE_VENDOR_PART,
	LINE_GTIN,
	LINE_DISTRIBUTOR_PART,
	LINE_CUSTOMER_ID,
	LINE_CUSTOMER_NAME,
	LINE_PLACE,
	LINE_TYPE,
	LINE_ACTIVITY_ON,
	LINE_QUANTITY,
	LINE_IS_RETURN,
	LINE_UOM,
	LINE_PRICE_TEXT,
	LINE_UNIT_PRICE,
	LINE_AMOUNT_TEXT,
	LINE_AMOUNT,
	LINE_CURRENCY,
	LINE_COLUMNS
} LineColumn;

/* Columns of the result that are computed here. */
typedef enum ResolvedColumn
{
	RESOLVED_PRODUCT,
	RESOLVED_IS_TWO_PRODUCTS,
	RESOLVED_WAREHOUSE,
	RESOLVED_RESELLER,
	RESOLVED_BOOKS_AS,
	RESOLVED_REASON,
	RESOLVED_COUNT_KIND,
	RESOLVED_IS_STOCK,
	RESOLVED_QUANTITY,
	RESOLVED_UNIT_QUANTITY,
	RESOLVED_UNIT_PRICE,
	RESOLVED_AMOUNT,
	RESOLVED_CURRENCY,
	RESOLVED_IS_BAD_CODE,
	RESOLVED_IS_SOUND,
	RESOLVED_COLUMNS
} ResolvedColumn;

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

/* How many base units a unit has; a line without a factor is in base units. */
typedef struct Factor
{
	bool		is_needed;
	bool		is_known;
	int64		numerator;
	int64		denominator;
} Factor;

static const NullableDatum absent = {.value = (Datum) 0,.isnull = true};

static inline bool
text_equals(Datum value, const char *word)
{
	struct varlena *own = (struct varlena *) DatumGetPointer(value);
	size_t		length = strlen(word);

	return VARSIZE_ANY_EXHDR(own) == length &&
		memcmp(VARDATA_ANY(own), word, length) == 0;
}

static bool
text_is_one_of(Datum value, const Datum *words, int nwords)
{
	struct varlena *own = PG_DETOAST_DATUM_PACKED(value);
	Size		length = VARSIZE_ANY_EXHDR(own);

	for (int i = 0; i < nwords; i++)
	{
		struct varlena *word = (struct varlena *) DatumGetPointer(words[i]);

		if (VARSIZE_ANY_EXHDR(word) == length &&
			memcmp(VARDATA_ANY(word), VARDATA_ANY(own), length) == 0)
			return true;
	}
	return false;
}

static inline NullableDatum
answer(LookUp *function, const NullableDatum *keys)
{
	NullableDatum result;

	result.value = look_up(function, keys, &result.isnull);
	return result;
}

/* Likewise, where a code that is not there names nothing. */
static inline NullableDatum
meaning(LookUp *function, const NullableDatum *code)
{
	return code->isnull ? *code : answer(function, code);
}

/* The first that is not NULL. */
static inline NullableDatum
either(NullableDatum one, NullableDatum other)
{
	return one.isnull ? other : one;
}

static NullableDatum
given(Datum value)
{
	NullableDatum result = {.value = value,.isnull = false};

	return result;
}

static bool
is_true(NullableDatum value)
{
	return !value.isnull && DatumGetBool(value.value);
}

/*
 * What kind of line this is.  Lines of one kind follow each other, so that the
 * row is taken apart where it is another one than before.
 */
static const LineKind *
find_kind(Resolver *self, NullableDatum report_kind, NullableDatum line_type)
{
	NullableDatum keys[] = {report_kind, line_type};
	bool		is_null;
	Datum		row = look_up(self->line_kind_of, keys, &is_null);
	uint64		forgotten = look_up_forgotten(self->line_kind_of);
	LineKind   *kind = &self->kind;

	if (row == self->kind_row && forgotten == self->kind_forgotten)
		return kind;
	memset(kind, 0, sizeof(LineKind));
	kind->books_as = kind->reason_code = kind->count_kind = absent;
	if (!is_null)
	{
		kind->books_as = look_up_field(row, "books_as", TEXTOID);
		kind->reason_code = look_up_field(row, "reason_code", TEXTOID);
		kind->count_kind = look_up_field(row, "count_kind", TEXTOID);
		kind->takes_out = is_true(look_up_field(row, "takes_out", BOOLOID));
		kind->is_stock = is_true(look_up_field(row, "is_stock", BOOLOID));
		kind->is_known = is_true(look_up_field(row, "is_known", BOOLOID));
	}
	if (!kind->books_as.isnull)
	{
		kind->books_nothing = text_equals(kind->books_as.value, "nothing");
		kind->books_sale = text_equals(kind->books_as.value, "sell_through");
	}
	self->kind_row = row;
	self->kind_forgotten = forgotten;
	return kind;
}

/* Most lines are in base units, and of those nothing else is asked. */
static Factor
find_factor(Resolver *self, const NullableDatum *line, NullableDatum product)
{
	NullableDatum keys[] = {product, line[LINE_UOM], line[LINE_ACTIVITY_ON]};
	Factor		factor = {0};
	NullableDatum is_base;
	NullableDatum found;

	if (line[LINE_UOM].isnull)
		return factor;
	is_base = answer(self->is_base_uom, keys);
	if (is_true(is_base))
		return factor;
	factor.is_needed = true;
	found = answer(self->unit_factor_of, keys);
	if (!found.isnull)
	{
		ArrayType  *pair = DatumGetArrayTypeP(found.value);

		if (ARR_NDIM(pair) == 1 && ARR_DIMS(pair)[0] == 2 && !ARR_HASNULL(pair))
		{
			const int64 *numbers = (const int64 *) ARR_DATA_PTR(pair);

			factor.is_known = true;
			factor.numerator = numbers[0];
			factor.denominator = numbers[1];
		}
	}
	return factor;
}

/* value × by ÷ per, NULL where the factor is not known. */
static NullableDatum
converted(NullableDatum value, const Factor *factor, int64 by, int64 per)
{
	Datum		product;

	if (value.isnull || !factor->is_known)
		return absent;
	product = DirectFunctionCall2(numeric_mul, value.value,
								  NumericGetDatum(int64_to_numeric(by)));
	return given(DirectFunctionCall2(numeric_div, product,
									 NumericGetDatum(int64_to_numeric(per))));
}

static inline int
compare(Datum one, Datum other)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, one, other));
}

/* A list price of a base unit × a share of it, for the unit that was reported. */
static Datum
share_of_list(const RangeBound *list_price, NullableDatum share, const Factor *factor)
{
	Datum		price = DirectFunctionCall2(numeric_mul, list_price->val, share.value);

	if (!factor->is_needed || factor->numerator == 1)
		return price;
	return DirectFunctionCall2(numeric_mul, price,
							   NumericGetDatum(int64_to_numeric(factor->numerator)));
}

/*
 * Whether a price is within what every list price of the month allows, or there
 * is none.
 */
static bool
is_price_usual(Resolver *self, const NullableDatum *line, NullableDatum product,
			   NullableDatum currency, const Factor *factor)
{
	Datum		price = line[LINE_UNIT_PRICE].value;
	NullableDatum keys[4] = {self->distributor, product, currency};
	DateADT		day = DatumGetDateADT(line[LINE_ACTIVITY_ON].value);
	NullableDatum list_prices;
	RangeBound	least;
	RangeBound	most;
	bool		is_empty;

	if (line[LINE_UNIT_PRICE].isnull || (self->low.isnull && self->high.isnull))
		return true;
	/* Half a band the rule has to look at. */
	if (self->low.isnull || self->high.isnull)
		return false;
	/* Of one month all days have the same answer, so that it is asked once. */
	if (!DATE_NOT_FINITE(day))
	{
		int			year,
					month,
					of_month;

		j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
		day -= of_month - 1;
	}
	keys[3].value = DateADTGetDatum(day);
	list_prices = answer(self->list_prices_of, keys);
	if (list_prices.isnull)
		return true;
	range_deserialize(self->range_type, DatumGetRangeTypeP(list_prices.value), &least, &most, &is_empty);
	return !is_empty && !least.infinite && !most.infinite &&
		compare(price, share_of_list(&most, self->low, factor)) >= 0 &&
		compare(price, share_of_list(&least, self->high, factor)) <= 0;
}

/*
 * Whether no rule about a line by itself can have something to say of this one,
 * but for those that need the period of the report.  Numbers are looked at in
 * the unit in which they were reported.
 */
static bool
is_sound(Resolver *self, const NullableDatum *line, const NullableDatum *resolved,
		 const LineKind *kind, const Factor *factor, NullableDatum quantity)
{
	NullableDatum gtin = line[LINE_GTIN];

	if (!line[LINE_PURPOSE].isnull &&
		!text_is_one_of(line[LINE_PURPOSE].value, self->purposes, self->npurposes))
		return false;
	if (kind->books_nothing && !line[LINE_TYPE].isnull)
		return true;
	if (factor->is_needed &&
		!(factor->is_known && factor->denominator == 1 && factor->numerator <= MOST_PER_UNIT))
		return false;
	if (resolved[RESOLVED_PRODUCT].isnull || resolved[RESOLVED_WAREHOUSE].isnull ||
		line[LINE_ACTIVITY_ON].isnull ||
		DatumGetDateADT(line[LINE_ACTIVITY_ON].value) > self->last_day)
		return false;
	if (!gtin.isnull &&
		!gtin_is_right(VARDATA_ANY(DatumGetPointer(gtin.value)), VARSIZE_ANY_EXHDR(DatumGetPointer(gtin.value))))
		return false;
	if (!reported_values_agree(&quantity, &line[LINE_UNIT_PRICE],
							   &resolved[RESOLVED_AMOUNT], &self->tolerance))
		return false;
	if ((!line[LINE_PRICE_TEXT].isnull && line[LINE_UNIT_PRICE].isnull) ||
		(!line[LINE_AMOUNT_TEXT].isnull && line[LINE_AMOUNT].isnull))
		return false;
	if (!kind->books_sale)
		return true;
	return !resolved[RESOLVED_RESELLER].isnull &&
		(is_true(line[LINE_IS_RETURN]) || compare(quantity.value, self->zero.value) > 0) &&
		!resolved[RESOLVED_CURRENCY].isnull &&
		text_is_one_of(resolved[RESOLVED_CURRENCY].value, self->currencies, self->ncurrencies) &&
		is_price_usual(self, line, resolved[RESOLVED_PRODUCT], resolved[RESOLVED_CURRENCY], factor);
}

/*
 * A line as resolved.  A GTIN is the surest, then the vendor's part number, then
 * what the distributor calls it.
 */
static void
resolve_line(void *state, const NullableDatum *line, NullableDatum *resolved)
{
	Resolver   *self = state;
	NullableDatum of_distributor[3] = {self->distributor};
	NullableDatum by_gtin = meaning(self->product_of_gtin, &line[LINE_GTIN]);
	NullableDatum by_code = meaning(self->product_of_code, &line[LINE_VENDOR_PART]);
	NullableDatum product = either(by_gtin, by_code);
	NullableDatum quantity = line[LINE_QUANTITY];
	NullableDatum amount = line[LINE_AMOUNT];
	NullableDatum reseller;
	const LineKind *kind = find_kind(self, line[LINE_REPORT_KIND], line[LINE_TYPE]);
	bool		is_empty = !line[LINE_PURPOSE].isnull && text_equals(line[LINE_PURPOSE].value, "03");
	bool		is_converted;
	Factor		factor;

	if (product.isnull)
	{
		of_distributor[1] = line[LINE_DISTRIBUTOR_PART];
		product = answer(self->product_of_alias, of_distributor);
	}
	resolved[RESOLVED_PRODUCT] = product;
	resolved[RESOLVED_IS_TWO_PRODUCTS].isnull = by_gtin.isnull || by_code.isnull;
	resolved[RESOLVED_IS_TWO_PRODUCTS].value =
		BoolGetDatum(DatumGetInt64(by_gtin.value) != DatumGetInt64(by_code.value));

	of_distributor[1] = line[LINE_PLACE];
	resolved[RESOLVED_WAREHOUSE] = line[LINE_PLACE].isnull ? self->usual_warehouse :
		answer(self->warehouse_of_code, of_distributor);

	of_distributor[1] = self->alias_kind;
	of_distributor[2] = line[LINE_CUSTOMER_ID];
	reseller = answer(self->reseller_of_alias, of_distributor);
	if (reseller.isnull)
	{
		of_distributor[1] = line[LINE_CUSTOMER_NAME];
		reseller = answer(self->reseller_of_customer, of_distributor);
	}
	resolved[RESOLVED_RESELLER] = reseller;

	resolved[RESOLVED_BOOKS_AS] = kind->books_as;
	resolved[RESOLVED_REASON] = kind->reason_code;
	resolved[RESOLVED_COUNT_KIND] = kind->count_kind;
	resolved[RESOLVED_IS_STOCK].isnull = false;
	resolved[RESOLVED_IS_STOCK].value = BoolGetDatum(kind->is_stock);
	resolved[RESOLVED_IS_BAD_CODE].isnull = false;
	resolved[RESOLVED_IS_BAD_CODE].value =
		BoolGetDatum(!line[LINE_REPORT_KIND].isnull &&
					 text_equals(line[LINE_REPORT_KIND].value, "sell_through") &&
					 !line[LINE_TYPE].isnull && !kind->is_known);

	/* Purpose 03 (delete) leaves nothing of a line. */
	if (is_empty)
		quantity = amount = self->zero;
	else if (kind->takes_out && !quantity.isnull)
		quantity = given(DirectFunctionCall1(numeric_uminus,
											 DirectFunctionCall1(numeric_abs, quantity.value)));
	if (amount.isnull && !quantity.isnull && !line[LINE_UNIT_PRICE].isnull)
		amount = given(DirectFunctionCall2(numeric_round,
										   DirectFunctionCall2(numeric_mul, quantity.value, line[LINE_UNIT_PRICE].value),
										   Int32GetDatum(4)));
	resolved[RESOLVED_AMOUNT] = amount;
	resolved[RESOLVED_CURRENCY] = either(line[LINE_CURRENCY], self->usual_currency);

	factor = find_factor(self, line, product);
	is_converted = factor.is_needed &&
		!(factor.is_known && factor.numerator == factor.denominator);
	resolved[RESOLVED_QUANTITY] = !is_converted ? quantity :
		converted(quantity, &factor, factor.numerator, factor.denominator);
	resolved[RESOLVED_UNIT_QUANTITY] = is_converted ? quantity : absent;
	resolved[RESOLVED_UNIT_PRICE] = !is_converted ? line[LINE_UNIT_PRICE] :
		converted(line[LINE_UNIT_PRICE], &factor, factor.denominator, factor.numerator);

	resolved[RESOLVED_IS_SOUND].isnull = false;
	resolved[RESOLVED_IS_SOUND].value =
		BoolGetDatum(is_sound(self, line, resolved, kind, &factor, quantity));
}

/* Begin with the look-ups of the model in this schema, in the current context. */
void
resolver_begin(Resolver *self, Oid schema)
{
	Oid			gtin[] = {TEXTOID};
	Oid			of_distributor[] = {INT8OID, TEXTOID};
	Oid			alias[] = {INT8OID, TEXTOID, TEXTOID};
	Oid			unit[] = {INT8OID, TEXTOID, DATEOID};
	Oid			kind[] = {TEXTOID, TEXTOID};
	Oid			price[] = {INT8OID, INT8OID, TEXTOID, DATEOID};

	self->zero = given(NumericGetDatum(int64_to_numeric(0)));
	self->alias_kind.value = CStringGetTextDatum("id");
	self->range_type = lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO);
	self->product_of_gtin = look_up_begin(schema, "product_of_gtin", 1, gtin, INT8OID);
	self->product_of_code = look_up_begin(schema, "product_of_code", 1, gtin, INT8OID);
	self->product_of_alias = look_up_begin(schema, "product_of_alias", 2, of_distributor, INT8OID);
	self->is_base_uom = look_up_begin(schema, "is_base_uom", 2, unit, BOOLOID);
	self->unit_factor_of = look_up_begin(schema, "unit_factor_of", 3, unit, INT8ARRAYOID);
	self->warehouse_of_code = look_up_begin(schema, "warehouse_of_code", 2, of_distributor, INT8OID);
	self->reseller_of_alias = look_up_begin(schema, "reseller_of_alias", 3, alias, INT8OID);
	self->reseller_of_customer = look_up_begin(schema, "reseller_of_customer", 2, of_distributor, INT8OID);
	self->line_kind_of = look_up_begin(schema, "line_kind_of", 2, kind, InvalidOid);
	self->list_prices_of = look_up_begin(schema, "list_prices_of", 4, price, NUMRANGEOID);
}

/* Lines of a report in, lines with what they are of out. */
ModelStage
resolver_stage(Resolver *self)
{
	ModelStage	stage = {
		.nread = LINE_COLUMNS,.read = line_columns,
		.nmade = RESOLVED_COLUMNS,.made = resolved_columns,
		.make = resolve_line,.state = self
	};

	return stage;
}
