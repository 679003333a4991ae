/*
 * csv_sql.c
 *		csv_rows(): delimited text as rows of text arrays.
 */
#include "feed/feed_rows.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "feed/csv.h"

PG_FUNCTION_INFO_V1(csv_rows);

enum
{
	ROW_NO, LINE_NO, FIELDS, PROBLEM
};

/*
 * csv_rows(document text, delimiter text) -> setof row; not strict: a NULL
 * delimiter is found out, a NULL document has no rows.
 */
Datum
csv_rows(PG_FUNCTION_ARGS)
{
	CsvReader	reader;
	FeedRows	rows;
	text	   *document;
	const char *data;
	size_t		length;
	char		delimiter;
	X12Slice   *fields = NULL;
	int			size = 0;
	int			row_no = 0;

	feed_rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	document = PG_GETARG_TEXT_PP(0);
	data = VARDATA_ANY(document);
	length = VARSIZE_ANY_EXHDR(document);
	if (PG_ARGISNULL(1))
		delimiter = csv_sniff(data, length);
	else
	{
		text	   *given = PG_GETARG_TEXT_PP(1);

		delimiter = *VARDATA_ANY(given);
		if (VARSIZE_ANY_EXHDR(given) != 1 || IS_HIGHBIT_SET(delimiter) ||
			delimiter == '"' || delimiter == '\n' || delimiter == '\r')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("delimiter must be one single-byte character"),
					 errdetail("The delimiter is \"%s\".",
							   text_to_cstring(given)),
					 errhint("Give a comma, semicolon, tab or bar, or NULL to have it found out; a quote or line end cannot be one.")));
	}

	csv_begin(&reader, data, length, delimiter);
	reader.grow = feed_memory.grow;
	reader.grow_arg = feed_memory.arg;
	while (csv_next(&reader))
	{
		MemoryContext old;
		int			i;

		CHECK_FOR_INTERRUPTS();
		if (reader.count == 0)
			continue;
		row_no++;
		if (fields == NULL || reader.count > size)
		{
			if (fields != NULL)
				pfree(fields);
			size = reader.size;
			fields = MemoryContextAllocHuge(CurrentMemoryContext,
											size * sizeof(X12Slice));
		}
		MemoryContextReset(rows.row_context);
		old = MemoryContextSwitchTo(rows.row_context);
		for (i = 0; i < reader.count; i++)
		{
			const CsvField *field = &reader.fields[i];

			fields[i].at = field->at;
			fields[i].length = (uint32_t) field->length;
			if (field->doubled)
			{
				char	   *copy = palloc(field->length);

				fields[i].length = (uint32_t) csv_unquote(field, copy);
				fields[i].at = copy;
			}
		}
		feed_set_int(&rows, ROW_NO, row_no);
		feed_set_int(&rows, LINE_NO, (int32) reader.row_line);
		feed_set_texts(&rows, FIELDS, fields, sizeof(X12Slice), reader.count);
		feed_set_string(&rows, PROBLEM,
						reader.problem == CSV_UNCLOSED_QUOTE ?
						"UNCLOSED_QUOTE" :
						reader.problem == CSV_TEXT_AFTER_QUOTE ?
						"TEXT_AFTER_QUOTE" : NULL);
		feed_rows_put(&rows);
		MemoryContextSwitchTo(old);
	}
	return (Datum) 0;
}
