/*
 * staged_lines.c
 *		Lines of sell-through that were loaded as text.
 *
 * A load is millions of rows of text; what is done here to a row took the
 * executor as long as to insert it.  What the word for a kind of line means
 * says staged_type_of() of the model, once for each word.
 */
#include "distmgmt.h"

#include "access/htup_details.h"
#include "catalog/look_up.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "feed/reported_value.h"
#include "feed/staged_lines.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Columns of staged_rows(). */
typedef enum StagedColumn
{
	STAGED_LINE_NO,
	STAGED_TRANSACTION_TYPE,
	STAGED_INVOICE_NO,
	STAGED_INVOICE_LINE,
	STAGED_SOLD_ON,
	STAGED_VENDOR_PART,
	STAGED_GTIN,
	STAGED_DISTRIBUTOR_PART,
	STAGED_QUANTITY,
	STAGED_UOM,
	STAGED_UNIT_PRICE,
	STAGED_AMOUNT,
	STAGED_CURRENCY,
	STAGED_CUSTOMER_ID,
	STAGED_CUSTOMER_NAME,
	STAGED_CUSTOMER_POSTCODE,
	STAGED_CUSTOMER_COUNTRY,
	STAGED_WAREHOUSE,
	STAGED_CONTRACT_NO,
	STAGED_DECIMAL_MARK,
	STAGED_DATE_ORDER,
	STAGED_COLUMNS
} StagedColumn;

static const ModelColumn staged_columns[STAGED_COLUMNS] = {
	[STAGED_LINE_NO] = {"line_no", INT4OID},
	[STAGED_TRANSACTION_TYPE] = {"transaction_type", TEXTOID},
	[STAGED_INVOICE_NO] = {"invoice_no", TEXTOID},
	[STAGED_INVOICE_LINE] = {"invoice_line", TEXTOID},
	[STAGED_SOLD_ON] = {"sold_on", TEXTOID},
	[STAGED_VENDOR_PART] = {"vendor_part", TEXTOID},
	[STAGED_GTIN] = {"gtin", TEXTOID},
	[STAGED_DISTRIBUTOR_PART] = {"distributor_part", TEXTOID},
	[STAGED_QUANTITY] = {"quantity", TEXTOID},
	[STAGED_UOM] = {"uom", TEXTOID},
	[STAGED_UNIT_PRICE] = {"unit_price", TEXTOID},
	[STAGED_AMOUNT] = {"amount", TEXTOID},
	[STAGED_CURRENCY] = {"currency_code", TEXTOID},
	[STAGED_CUSTOMER_ID] = {"customer_id", TEXTOID},
	[STAGED_CUSTOMER_NAME] = {"customer_name", TEXTOID},
	[STAGED_CUSTOMER_POSTCODE] = {"customer_postcode", TEXTOID},
	[STAGED_CUSTOMER_COUNTRY] = {"customer_country", TEXTOID},
	[STAGED_WAREHOUSE] = {"warehouse", TEXTOID},
	[STAGED_CONTRACT_NO] = {"contract_no", TEXTOID},
	[STAGED_DECIMAL_MARK] = {"decimal_mark", TEXTOID},
	[STAGED_DATE_ORDER] = {"date_order", TEXTOID},
};

/* Columns of reported_line; those that a load cannot have stand at the end. */
typedef enum ReportedColumn
{
	REPORTED_NO,
	REPORTED_VENDOR_PART,
	REPORTED_GTIN,
	REPORTED_DISTRIBUTOR_PART,
	REPORTED_CUSTOMER_ID,
	REPORTED_CUSTOMER_NAME,
	REPORTED_CUSTOMER_POSTCODE,
	REPORTED_CUSTOMER_COUNTRY,
	REPORTED_PLACE,
	REPORTED_ACTIVITY_TEXT,
	REPORTED_QUANTITY_TEXT,
	REPORTED_UOM,
	REPORTED_PRICE_TEXT,
	REPORTED_AMOUNT_TEXT,
	REPORTED_CURRENCY,
	REPORTED_INVOICE_NO,
	REPORTED_INVOICE_LINE,
	REPORTED_CONTRACT_NO,
	REPORTED_REPORT_KIND,
	REPORTED_IS_TEST,
	REPORTED_TYPE,
	REPORTED_ACTIVITY_ON,
	REPORTED_QUANTITY,
	REPORTED_IS_RETURN,
	REPORTED_UNIT_PRICE,
	REPORTED_AMOUNT,
	REPORTED_TRANSACTION_NO,
	REPORTED_SEGMENT_NO,
	REPORTED_BYTE_OFFSET,
	REPORTED_PURPOSE,
	REPORTED_PROBLEM,
	REPORTED_REPORT_NO,
	REPORTED_PREVIOUS_REPORT_NO,
	REPORTED_PERIOD_STARTS_ON,
	REPORTED_PERIOD_ENDS_ON,
	REPORTED_CUSTOMER_QUALIFIER,
	REPORTED_SERIALS,
	REPORTED_COLUMNS
} ReportedColumn;

#define REPORTED_FIRST_ABSENT	REPORTED_TRANSACTION_NO

static const ModelColumn reported_columns[REPORTED_COLUMNS] = {
	[REPORTED_NO] = {"line_no", INT4OID},
	[REPORTED_VENDOR_PART] = {"vendor_part", TEXTOID},
	[REPORTED_GTIN] = {"gtin", TEXTOID},
	[REPORTED_DISTRIBUTOR_PART] = {"distributor_part", TEXTOID},
	[REPORTED_CUSTOMER_ID] = {"customer_id", TEXTOID},
	[REPORTED_CUSTOMER_NAME] = {"customer_name", TEXTOID},
	[REPORTED_CUSTOMER_POSTCODE] = {"customer_postcode", TEXTOID},
	[REPORTED_CUSTOMER_COUNTRY] = {"customer_country", TEXTOID},
	[REPORTED_PLACE] = {"place", TEXTOID},
	[REPORTED_ACTIVITY_TEXT] = {"activity_text", TEXTOID},
	[REPORTED_QUANTITY_TEXT] = {"quantity_text", TEXTOID},
	[REPORTED_UOM] = {"uom", TEXTOID},
	[REPORTED_PRICE_TEXT] = {"price_text", TEXTOID},
	[REPORTED_AMOUNT_TEXT] = {"amount_text", TEXTOID},
	[REPORTED_CURRENCY] = {"currency_code", TEXTOID},
	[REPORTED_INVOICE_NO] = {"invoice_no", TEXTOID},
	[REPORTED_INVOICE_LINE] = {"invoice_line", TEXTOID},
	[REPORTED_CONTRACT_NO] = {"contract_no", TEXTOID},
	[REPORTED_REPORT_KIND] = {"report_kind", TEXTOID},
	[REPORTED_IS_TEST] = {"is_test", BOOLOID},
	[REPORTED_TYPE] = {"line_type", TEXTOID},
	[REPORTED_ACTIVITY_ON] = {"activity_on", DATEOID},
	[REPORTED_QUANTITY] = {"quantity", NUMERICOID},
	[REPORTED_IS_RETURN] = {"is_return", BOOLOID},
	[REPORTED_UNIT_PRICE] = {"unit_price", NUMERICOID},
	[REPORTED_AMOUNT] = {"amount", NUMERICOID},
	[REPORTED_TRANSACTION_NO] = {"transaction_no", INT4OID},
	[REPORTED_SEGMENT_NO] = {"segment_no", INT4OID},
	[REPORTED_BYTE_OFFSET] = {"byte_offset", INT8OID},
	[REPORTED_PURPOSE] = {"purpose", TEXTOID},
	[REPORTED_PROBLEM] = {"problem", TEXTOID},
	[REPORTED_REPORT_NO] = {"report_no", TEXTOID},
	[REPORTED_PREVIOUS_REPORT_NO] = {"previous_report_no", TEXTOID},
	[REPORTED_PERIOD_STARTS_ON] = {"period_starts_on", DATEOID},
	[REPORTED_PERIOD_ENDS_ON] = {"period_ends_on", DATEOID},
	[REPORTED_CUSTOMER_QUALIFIER] = {"customer_qualifier", TEXTOID},
	[REPORTED_SERIALS] = {"serials", TEXTARRAYOID},
};

/* Which column of a load is which of the line as it stands. */
static const struct
{
	StagedColumn from;
	ReportedColumn to;
}			as_written[] = {
	{STAGED_LINE_NO, REPORTED_NO},
	{STAGED_VENDOR_PART, REPORTED_VENDOR_PART},
	{STAGED_GTIN, REPORTED_GTIN},
	{STAGED_DISTRIBUTOR_PART, REPORTED_DISTRIBUTOR_PART},
	{STAGED_CUSTOMER_ID, REPORTED_CUSTOMER_ID},
	{STAGED_CUSTOMER_NAME, REPORTED_CUSTOMER_NAME},
	{STAGED_CUSTOMER_POSTCODE, REPORTED_CUSTOMER_POSTCODE},
	{STAGED_CUSTOMER_COUNTRY, REPORTED_CUSTOMER_COUNTRY},
	{STAGED_WAREHOUSE, REPORTED_PLACE},
	{STAGED_SOLD_ON, REPORTED_ACTIVITY_TEXT},
	{STAGED_QUANTITY, REPORTED_QUANTITY_TEXT},
	{STAGED_UOM, REPORTED_UOM},
	{STAGED_UNIT_PRICE, REPORTED_PRICE_TEXT},
	{STAGED_AMOUNT, REPORTED_AMOUNT_TEXT},
	{STAGED_CURRENCY, REPORTED_CURRENCY},
	{STAGED_INVOICE_NO, REPORTED_INVOICE_NO},
	{STAGED_INVOICE_LINE, REPORTED_INVOICE_LINE},
	{STAGED_CONTRACT_NO, REPORTED_CONTRACT_NO},
};

static const NullableDatum absent = {.value = (Datum) 0,.isnull = true};

/* What the word for the kind of a line means, and whether that is a return. */
static void
find_type(StagedReader *self, NullableDatum word)
{
	NullableDatum keys[] = {self->distributor, word};
	bool		is_null;
	Datum		row = look_up(self->staged_type_of, keys, &is_null);
	uint64		forgotten = look_up_forgotten(self->staged_type_of);
	NullableDatum is_return;

	if (row == self->type_row && forgotten == self->type_forgotten)
		return;
	self->type_row = row;
	self->type_forgotten = forgotten;
	self->line_type = absent;
	self->is_return = false;
	if (is_null)
		return;
	self->line_type = look_up_field(row, "line_type", TEXTOID);
	is_return = look_up_field(row, "is_return", BOOLOID);
	self->is_return = !is_return.isnull && DatumGetBool(is_return.value);
}

/* Of a return the number is negative, however it is written. */
static NullableDatum
signed_number(const NullableDatum *written, const NullableDatum *decimal_mark, bool is_return)
{
	NullableDatum number = reported_number_of(written, decimal_mark);

	if (is_return && !number.isnull)
		number.value = DirectFunctionCall1(numeric_uminus,
										   DirectFunctionCall1(numeric_abs, number.value));
	return number;
}

static void
read_line(void *state, const NullableDatum *staged, NullableDatum *line)
{
	StagedReader *self = state;
	NullableDatum text[STAGED_COLUMNS];
	const NullableDatum *mark = &text[STAGED_DECIMAL_MARK];

	for (int c = 0; c < STAGED_COLUMNS; c++)
	{
		text[		c] = staged[c];

		if (!text[c].isnull && staged_columns[c].type == TEXTOID &&
			VARSIZE_ANY_EXHDR(DatumGetPointer(text[c].value)) == 0)
			text[		c] = absent;
	}
	for (int i = 0; i < lengthof(as_written); i++)
		line[as_written[i].to] = text[as_written[i].from];

	for (int c = REPORTED_FIRST_ABSENT; c < REPORTED_COLUMNS; c++)
		line[c] = absent;

	find_type(self, text[STAGED_TRANSACTION_TYPE]);
	line[REPORTED_REPORT_KIND] = self->report_kind;
	line[REPORTED_TYPE] = self->line_type;
	line[REPORTED_IS_TEST].isnull = line[REPORTED_IS_RETURN].isnull = false;
	line[REPORTED_IS_TEST].value = BoolGetDatum(false);
	line[REPORTED_IS_RETURN].value = BoolGetDatum(self->is_return);
	line[REPORTED_ACTIVITY_ON] = reported_date_of(&text[STAGED_SOLD_ON], &text[STAGED_DATE_ORDER]);
	line[REPORTED_QUANTITY] = signed_number(&text[STAGED_QUANTITY], mark, self->is_return);
	line[REPORTED_AMOUNT] = signed_number(&text[STAGED_AMOUNT], mark, self->is_return);
	line[REPORTED_UNIT_PRICE] = reported_number_of(&text[STAGED_UNIT_PRICE], mark);
	if (!line[REPORTED_UNIT_PRICE].isnull)
		line[REPORTED_UNIT_PRICE].value = DirectFunctionCall1(numeric_abs, line[REPORTED_UNIT_PRICE].value);
}

/* Begin with the words of a distributor, in the current context. */
void
staged_reader_begin(StagedReader *self, Oid schema, NullableDatum distributor)
{
	static const Oid keys[] = {INT8OID, TEXTOID};

	self->distributor = distributor;
	self->report_kind.value = CStringGetTextDatum("sell_through");
	self->staged_type_of = look_up_begin(schema, "staged_type_of", 2, keys, InvalidOid);
}

/* Rows of staged_rows() in, lines of a report out. */
ModelStage
staged_reader_stage(StagedReader *self)
{
	ModelStage	stage = {
		.nread = STAGED_COLUMNS,.read = staged_columns,
		.nmade = REPORTED_COLUMNS,.made = reported_columns,
		.make = read_line,.state = self
	};

	return stage;
}
