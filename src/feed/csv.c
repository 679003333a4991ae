/*
 * csv.c
 *		Reading delimited text (RFC 4180), and finding out its delimiter.
 *
 * A field is bare, or quoted; a quoted one may hold delimiters, line ends and
 * doubled quotes.  Lines end in LF, CRLF or CR.  Blanks around a quoted field
 * are dropped, as spreadsheets that write them mean nothing by them.
 *
 * A quote that is never closed would swallow the rest of the document.  So
 * that one bad row does not cost all that follow it, such a row ends at the
 * end of its first line, the quote taken as a character of the field.
 */
#include "feed/csv.h"

#include <string.h>

#define SNIFF_LINES		50
#define SNIFF_FIELDS	1000
#define SNIFF_BYTES		(1024 * 1024)

/*
 * Begin reading.  The caller sets grow and, before that, sniffs the delimiter
 * if it does not know it.  A byte order mark is no part of the first field.
 */
void
csv_begin(CsvReader *reader, const char *data, size_t length, char delimiter)
{
	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->length = length;
	reader->delimiter = delimiter;
	reader->line = 1;
	if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		reader->pos = 3;
}

static bool
add_field(CsvReader *reader, const char *at, size_t length, bool doubled)
{
	if (reader->count == reader->size)
	{
		int			size = reader->size == 0 ? 64 : reader->size * 2;
		CsvField   *fields = reader->grow(reader->grow_arg, reader->fields,
										  (size_t) size * sizeof(CsvField));

		if (fields == NULL)
			return false;
		reader->fields = fields;
		reader->size = size;
	}
	reader->fields[reader->count].at = at;
	reader->fields[reader->count].length = length;
	reader->fields[reader->count].doubled = doubled;
	reader->count++;
	return true;
}

static inline bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Is this a blank that may stand around a quoted field? */
static inline bool
is_padding(const CsvReader *reader, char c)
{
	return (c == ' ' || c == '\t') && c != reader->delimiter;
}

/* Go behind a line end. */
static void
skip_line_end(CsvReader *reader)
{
	if (reader->pos >= reader->length)
		return;
	if (reader->data[reader->pos] == '\r' &&
		reader->pos + 1 < reader->length &&
		reader->data[reader->pos + 1] == '\n')
		reader->pos++;
	reader->pos++;
	reader->line++;
}

/* A bare field from "from" to the next delimiter or line end. */
static bool
bare_field(CsvReader *reader, size_t from)
{
	const char *data = reader->data;
	size_t		pos = from;

	while (pos < reader->length && data[pos] != reader->delimiter &&
		   !is_line_end(data[pos]))
		pos++;
	reader->pos = pos;
	return add_field(reader, data + from, pos - from, false);
}

/*
 * A quoted field whose quote stands at "quote".  False without memory.
 */
static bool
quoted_field(CsvReader *reader, size_t from, size_t quote)
{
	const char *data = reader->data;
	size_t		pos = quote + 1;
	size_t		end;
	int64_t		lines = 0;
	bool		doubled = false;

	for (;;)
	{
		if (pos >= reader->length)
		{
			reader->problem = CSV_UNCLOSED_QUOTE;
			return bare_field(reader, from);
		}
		if (data[pos] == '"')
		{
			if (pos + 1 >= reader->length || data[pos + 1] != '"')
				break;
			doubled = true;
			pos++;
		}
		else if (data[pos] == '\n' ||
				 (data[pos] == '\r' &&
				  (pos + 1 >= reader->length || data[pos + 1] != '\n')))
			lines++;
		pos++;
	}
	end = pos++;
	while (pos < reader->length && is_padding(reader, data[pos]))
		pos++;
	if (pos < reader->length && data[pos] != reader->delimiter &&
		!is_line_end(data[pos]))
	{
		/* over several lines this is a quote that was never closed */
		if (lines > 0)
		{
			reader->problem = CSV_UNCLOSED_QUOTE;
			return bare_field(reader, from);
		}
		/* "a"b: keep all of it, as it stands, to the end of the field */
		reader->problem = CSV_TEXT_AFTER_QUOTE;
		while (pos < reader->length && data[pos] != reader->delimiter &&
			   !is_line_end(data[pos]))
			pos++;
		reader->pos = pos;
		return add_field(reader, data + from, pos - from, false);
	}
	reader->line += lines;
	reader->pos = pos;
	return add_field(reader, data + quote + 1, end - quote - 1, doubled);
}

/*
 * The next row, or false at the end.  An empty line is a row without fields.
 * The fields live until the next call.
 */
bool
csv_next(CsvReader *reader)
{
	reader->count = 0;
	reader->problem = CSV_FINE;
	if (reader->pos >= reader->length)
		return false;
	reader->row_line = reader->line;
	if (is_line_end(reader->data[reader->pos]))
	{
		skip_line_end(reader);
		return true;
	}
	for (;;)
	{
		size_t		from = reader->pos;
		size_t		pos = from;
		bool		kept;

		while (pos < reader->length && is_padding(reader, reader->data[pos]))
			pos++;
		if (pos < reader->length && reader->data[pos] == '"')
			kept = quoted_field(reader, from, pos);
		else
			kept = bare_field(reader, from);
		if (!kept)
			return false;
		if (reader->pos >= reader->length ||
			is_line_end(reader->data[reader->pos]))
			break;
		reader->pos++;			/* the delimiter */
		if (reader->pos >= reader->length)
		{
			/* the last field of the document is empty */
			if (!add_field(reader, reader->data + reader->length, 0, false))
				return false;
			break;
		}
	}
	skip_line_end(reader);
	return true;
}

/*
 * Copy a field, doubled quotes made single; "to" has room for its length.
 * Returns the length written.
 */
size_t
csv_unquote(const CsvField *field, char *to)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < field->length; i++)
	{
		to[n++] = field->at[i];
		if (field->doubled && field->at[i] == '"')
			i++;
	}
	return n;
}

/*
 * How well a delimiter explains the first lines: the number of lines that
 * have the most frequent number of fields above one, and that number.
 */
static int
score(const char *data, size_t length, char delimiter, int *fields)
{
	int			seen[SNIFF_FIELDS] = {0};
	int			lines = 0;
	int			count = 1;
	int			best = 0;
	bool		quoted = false;
	size_t		i;

	for (i = 0; i < length && lines < SNIFF_LINES; i++)
	{
		char		c = data[i];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == delimiter && count < SNIFF_FIELDS - 1)
			count++;
		else if (!quoted && c == '\n')
		{
			seen[count]++;
			lines++;
			count = 1;
		}
	}
	if (count > 1)
		seen[count]++;
	*fields = 1;
	for (count = 2; count < SNIFF_FIELDS; count++)
	{
		if (seen[count] >= best && seen[count] > 0)
		{
			best = seen[count];
			*fields = count;
		}
	}
	return best;
}

/*
 * The delimiter among comma, semicolon, tab and bar that splits most of the
 * first 50 lines into the same number of fields; of equals the one that makes
 * more fields.  A comma if there is none at all.
 */
char
csv_sniff(const char *data, size_t length)
{
	static const char candidates[] = {',', ';', '\t', '|'};
	char		result = ',';
	int			best = 0;
	int			best_fields = 1;
	int			i;

	if (length > SNIFF_BYTES)
		length = SNIFF_BYTES;
	for (i = 0; i < 4; i++)
	{
		int			fields;
		int			lines = score(data, length, candidates[i], &fields);

		if (lines > best || (lines == best && fields > best_fields))
		{
			best = lines;
			best_fields = fields;
			result = candidates[i];
		}
	}
	return result;
}
