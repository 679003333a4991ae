/*
 * document_sql.c
 *		document_text(), document_encoding(), document_findings(): the bytes
 *		of a report as a text of the database, and what of them is none.
 *
 * The encodings in which reports come are turned into UTF-8 here, without the
 * server's conversions: those take four times the document of room and stop
 * at the first bad byte without saying where.  They serve for the others, a
 * piece at a time.
 */
#include "feed/feed_rows.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "feed/document.h"

PG_FUNCTION_INFO_V1(document_text);
PG_FUNCTION_INFO_V1(document_encoding);
PG_FUNCTION_INFO_V1(document_findings);

/* A document being turned into text. */
typedef struct Document
{
	const char *data;
	size_t		length;
	DocumentGuess guess;
	int			other;			/* pg_enc, if the encoding is not ours */
	int64		bad;			/* runs of bytes met that are no character */
	int64		line;			/* of counted, from 1 */
	size_t		counted;
	FeedRows   *rows;			/* where they go; NULL = they raise */
} Document;

/*
 * Take the document and the name of its encoding, or find that out.
 */
static void
open_document(Document *document, bytea *bytes, text *encoding)
{
	const char *data = VARDATA_ANY(bytes);
	size_t		length = VARSIZE_ANY_EXHDR(bytes);
	DocumentGuess *guess = &document->guess;
	char	   *name;

	memset(document, 0, sizeof(Document));
	document->data = data;
	document->length = length;
	document->line = 1;
	document->other = -1;
	if (encoding == NULL)
	{
		*guess = document_guess(data, length);
		if (guess->encoding == DOCUMENT_OTHER)
			document->other = pg_char_to_encoding(guess->name);
		return;
	}

	name = text_to_cstring(encoding);
	guess->encoding = document_by_name(name, &guess->name);
	if (guess->encoding == DOCUMENT_OTHER)
	{
		document->other = pg_char_to_encoding(name);
		if (document->other < 0 || document->other == PG_SQL_ASCII)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("encoding is not known"),
					 errdetail("The encoding is \"%s\".", name),
					 errhint("Use UTF8, LATIN1, WIN1252, UTF16LE, UTF16BE or an encoding of PostgreSQL, or NULL to have it found out.")));
		guess->name = pg_encoding_to_char(document->other);
		return;
	}

	/* of the two orders of UTF-16 a mark knows better */
	if (guess->encoding == DOCUMENT_UTF16LE &&
		document_mark(DOCUMENT_UTF16BE, data, length) > 0)
		guess->encoding = DOCUMENT_UTF16BE;
	else if (guess->encoding == DOCUMENT_UTF16BE &&
			 document_mark(DOCUMENT_UTF16LE, data, length) > 0)
		guess->encoding = DOCUMENT_UTF16LE;
	guess->mark = document_mark(guess->encoding, data, length);
}

/* The line that an offset, no smaller than the last one, lies in. */
static int64
line_of(Document *document, size_t offset)
{
	bool		wide = document->guess.encoding == DOCUMENT_UTF16LE ||
	document->guess.encoding == DOCUMENT_UTF16BE;
	size_t		high = document->guess.encoding == DOCUMENT_UTF16LE ? 1 : 0;
	size_t		i;

	for (i = document->counted; i < offset; i += wide ? 2 : 1)
	{
		if (!wide)
			document->line += document->data[i] == '\n';
		else if (i + 1 < document->length)
			document->line += document->data[i + high] == '\0' &&
				document->data[i + 1 - high] == '\n';
	}
	document->counted = offset;
	return document->line;
}

/* Bytes as "0x..", the first few. */
static char *
hexadecimal(const char *at, size_t length)
{
	size_t		shown = Min(length, 4);
	char	   *string = palloc(2 + 2 * shown + 1);

	memcpy(string, "0x", 2);
	string[2 + hex_encode(at, shown, string + 2)] = '\0';
	return string;
}

/* Put a finding about the document; message, value and place vary. */
static void
put_finding(FeedRows *rows, const char *code, size_t offset, int64 line,
			const char *value, const char *message)
{
	MemoryContext old;

	MemoryContextReset(rows->row_context);
	old = MemoryContextSwitchTo(rows->row_context);
	feed_set_string(rows, FEED_FINDING_SEVERITY, "warn");
	feed_set_string(rows, FEED_FINDING_LEVEL, "file");
	feed_set_string(rows, FEED_FINDING_CODE, code);
	feed_set_datum(rows, FEED_FINDING_OFFSET, Int64GetDatum((int64) offset));
	feed_set_int(rows, FEED_FINDING_LINE, (int32) line);
	feed_set_string(rows, FEED_FINDING_VALUE, value);
	feed_set_string(rows, FEED_FINDING_MESSAGE, message);
	feed_rows_put(rows);
	MemoryContextSwitchTo(old);
}

/*
 * DocumentBad: bytes that are no character.  A finding, or the end.
 */
static void
take_bad(void *arg, size_t offset, size_t length, const char *why)
{
	Document   *document = (Document *) arg;

	CHECK_FOR_INTERRUPTS();
	if (document->rows == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("document is not valid in its encoding"),
				 errdetail("Byte %zu in line %lld, %s, is %s in %s.",
						   offset, (long long) line_of(document, offset),
						   hexadecimal(document->data + offset, length), why,
						   document->guess.name),
				 errhint("Name the encoding it is in, or have what is invalid replaced (replace_invalid => true); document_findings() lists it.")));
	if (++document->bad > X12_MAX_FINDINGS)
		return;
	if (document->bad == X12_MAX_FINDINGS)
		put_finding(document->rows, "TOO_MANY_FINDINGS", offset,
					line_of(document, offset), NULL,
					"more bytes that are no characters: the rest is left out");
	else
		put_finding(document->rows, "BAD_ENCODING", offset,
					line_of(document, offset),
					hexadecimal(document->data + offset, length),
					psprintf("%s in %s: the encoding is another one, or the document is damaged",
							 why, document->guess.name));
}

/*
 * From an encoding that is the server's business, a piece at a time.  With
 * text NULL only what is bad is told.
 */
static void
convert_other(Document *document, StringInfo text, DocumentBad bad)
{
	int			encoding = document->other;
	int			server = GetDatabaseEncoding();
	Oid			conversion = FindDefaultConversionProc(encoding, server);
	unsigned char piece[8192];
	size_t		pos = 0;

	if (!OidIsValid(conversion) && encoding != server)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("no conversion from this encoding"),
				 errdetail("There is none from %s to %s.",
						   document->guess.name, GetDatabaseEncodingName()),
				 errhint("Have the report sent in UTF-8.")));
	while (pos < document->length)
	{
		char	   *at = unconstify(char *, document->data) + pos;
		int			left = (int) Min(document->length - pos, 1 << 20);
		int			taken;

		CHECK_FOR_INTERRUPTS();
		if (encoding == server)
		{
			taken = pg_encoding_verifymbstr(encoding, at, left);
			if (text !=NULL)
				appendBinaryStringInfo(text, at, taken);
		}
		else
		{
			taken = pg_do_encoding_conversion_buf(conversion, encoding,
												  server,
												  (unsigned char *) at, left,
												  piece, sizeof(piece), true);
			if (text !=NULL && taken > 0)
				appendStringInfoString(text, (char *) piece);
		}
		pos += taken;
		if (taken == 0)
		{
			/* a character that has no counterpart, or a byte that is none */
			int			size = Max(pg_encoding_verifymbchar(encoding, at,
															left), 1);

			if (bad != NULL)
				bad(document, pos, size, *at == '\0' ? "a NUL" :
					"no character");
			if (text !=NULL)
				appendStringInfoString(text, server == PG_UTF8 ?
									   "\xef\xbf\xbd" : "?");
			pos += size;
		}
	}
}

/*
 * document_text(document bytea, encoding text, replace_invalid boolean)
 *		-> text; not strict: a NULL encoding is found out.
 */
Datum
document_text(PG_FUNCTION_ARGS)
{
	Document	document;
	DocumentBad bad = take_bad;
	text	   *result;
	size_t		size;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(2) && PG_GETARG_BOOL(2))
		bad = NULL;
	open_document(&document, PG_GETARG_BYTEA_PP(0),
				  PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	if (document.other >= 0)
	{
		StringInfoData text;

		initStringInfo(&text);
		convert_other(&document, &text, bad);
		PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
	}

	size = document_to_utf8(document.guess.encoding, document.data,
							document.length, document.guess.mark, NULL, bad,
							&document);
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("document is too long for a text"),
				 errdetail("It takes %zu bytes in UTF-8.", size),
				 errhint("Split it between two interchanges.")));
	result = palloc(VARHDRSZ + size);
	document_to_utf8(document.guess.encoding, document.data, document.length,
					 document.guess.mark, VARDATA(result), NULL, NULL);
	SET_VARSIZE(result, VARHDRSZ + size);
	if (GetDatabaseEncoding() != PG_UTF8 &&
		GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		char	   *converted = pg_any_to_server(VARDATA(result), size,
												 PG_UTF8);

		if (converted != VARDATA(result))
			result = cstring_to_text(converted);
	}
	PG_RETURN_TEXT_P(result);
}

/* document_encoding(document bytea) -> text */
Datum
document_encoding(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	DocumentGuess guess = document_guess(VARDATA_ANY(bytes),
										 VARSIZE_ANY_EXHDR(bytes));

	PG_RETURN_TEXT_P(cstring_to_text(guess.name));
}

/*
 * document_findings(document bytea, encoding text) -> setof x12_finding
 */
Datum
document_findings(PG_FUNCTION_ARGS)
{
	Document	document;
	FeedRows	rows;

	feed_rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	open_document(&document, PG_GETARG_BYTEA_PP(0),
				  PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	document.rows = &rows;
	if (document.guess.contradicts)
	{
		size_t		offset = document.guess.declared - document.data;

		put_finding(&rows, "ENCODING_MISMATCH", offset,
					line_of(&document, offset),
					pnstrdup(document.guess.declared, 4),
					psprintf("UNB declares another character set than the document is in, which is %s",
							 document.guess.name));
		document.line = 1;
		document.counted = 0;
	}
	if (document.other >= 0)
		convert_other(&document, NULL, take_bad);
	else
		document_to_utf8(document.guess.encoding, document.data,
						 document.length, document.guess.mark, NULL, take_bad,
						 &document);
	return (Datum) 0;
}
