/*
 * document.c
 *		The bytes of a report to UTF-8, and which encoding they are in.
 *
 * What decides, in this order:
 *
 *		byte order mark		UTF-8, UTF-16
 *		a NUL in every pair	UTF-16 without a mark
 *		the bytes			valid UTF-8 with a character beyond ASCII in it
 *							is UTF-8, whatever the document says: other
 *							encodings do not read like that by chance
 *		the UNB of EDIFACT	UNOC Latin-1, UNOD Latin-2 ... UNOW, UNOY UTF-8
 *		the bytes again		mostly UTF-8 is a damaged UTF-8; else Latin-1,
 *							or Windows-1252 if it uses what Latin-1 lacks
 *
 * A byte that means nothing is told to the caller with its place and becomes
 * U+FFFD, so that one of them does not cost the document.  NUL counts as such
 * a byte, for a text cannot hold it.
 */
#include "feed/document.h"

#include <string.h>

#define REPLACEMENT	0xFFFD

/* What Windows-1252 has at 0x80 to 0x9F; 0 = nothing. */
static const uint16_t win1252[32] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
};

static const char is_nul[] = "a NUL";
static const char is_broken[] = "no character";
static const char is_half[] = "half a surrogate pair";

/*
 * How many of the bytes from "at" on are ASCII without NUL.
 */
static size_t
plain_run(const char *at, size_t length)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t		n = 0;

	for (; length - n >= 8; n += 8)
	{
		uint64_t	word;

		/* the high bit of a byte comes from the byte, or of a NUL less one */
		memcpy(&word, at + n, 8);
		if (((word | (word - ones)) & (ones << 7)) != 0)
			break;
	}
	while (n < length && (signed char) at[n] > 0)
		n++;
	return n;
}

/*
 * The character of UTF-8 at "at", of which at least one byte is there.
 * Returns its length; or minus the number of bytes that could have begun one
 * and did not.
 */
static int
utf8_character(const unsigned char *at, size_t left)
{
	unsigned char first = at[0];
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	int			length;
	int			i;

	if (first < 0x80)
		return first == 0 ? -1 : 1;
	if (first >= 0xC2 && first <= 0xDF)
		length = 2;
	else if (first >= 0xE0 && first <= 0xEF)
		length = 3;
	else if (first >= 0xF0 && first <= 0xF4)
		length = 4;
	else
		return -1;

	/* not longer than needed, no surrogates, nothing above U+10FFFF */
	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	for (i = 1; i < length; i++)
	{
		if ((size_t) i >= left || at[i] < low || at[i] > high)
			return -i;
		low = 0x80;
		high = 0xBF;
	}
	return length;
}

/* Write a character, if there is somewhere to; returns its length. */
static size_t
put_character(char *out, uint32_t c)
{
	char		bytes[4];
	size_t		n;

	if (c < 0x80)
	{
		bytes[0] = (char) c;
		n = 1;
	}
	else if (c < 0x800)
	{
		bytes[0] = (char) (0xC0 | c >> 6);
		bytes[1] = (char) (0x80 | (c & 0x3F));
		n = 2;
	}
	else if (c < 0x10000)
	{
		bytes[0] = (char) (0xE0 | c >> 12);
		bytes[1] = (char) (0x80 | (c >> 6 & 0x3F));
		bytes[2] = (char) (0x80 | (c & 0x3F));
		n = 3;
	}
	else
	{
		bytes[0] = (char) (0xF0 | c >> 18);
		bytes[1] = (char) (0x80 | (c >> 12 & 0x3F));
		bytes[2] = (char) (0x80 | (c >> 6 & 0x3F));
		bytes[3] = (char) (0x80 | (c & 0x3F));
		n = 4;
	}
	if (out != NULL)
		memcpy(out, bytes, n);
	return n;
}

static size_t
from_utf8(const char *data, size_t length, size_t from, char *out,
		  DocumentBad bad, void *arg)
{
	size_t		written = 0;
	size_t		pos = from;

	while (pos < length)
	{
		size_t		run = plain_run(data + pos, length - pos);

		while (pos + run < length)
		{
			int			n = utf8_character((const unsigned char *) data +
										   pos + run, length - pos - run);

			if (n < 0)
				break;
			run += (size_t) n;
			if (n == 1)
				break;
		}
		if (out != NULL)
			memcpy(out + written, data + pos, run);
		written += run;
		pos += run;
		if (pos < length)
		{
			int			n = utf8_character((const unsigned char *) data + pos,
										   length - pos);

			if (n > 0)
				continue;
			if (bad != NULL)
				bad(arg, pos, (size_t) -n, data[pos] == '\0' ?
					is_nul : is_broken);
			written += put_character(out == NULL ? NULL : out + written,
									 REPLACEMENT);
			pos += (size_t) -n;
		}
	}
	return written;
}

static size_t
from_single_bytes(bool windows, const char *data, size_t length, size_t from,
				  char *out, DocumentBad bad, void *arg)
{
	size_t		written = 0;
	size_t		pos = from;

	while (pos < length)
	{
		size_t		run = plain_run(data + pos, length - pos);
		unsigned char byte;
		uint32_t	c;

		if (out != NULL)
			memcpy(out + written, data + pos, run);
		written += run;
		pos += run;
		if (pos >= length)
			break;
		byte = (unsigned char) data[pos];
		c = windows && byte >= 0x80 && byte < 0xA0 ? win1252[byte - 0x80] :
			byte;
		if (c == 0)
		{
			if (bad != NULL)
				bad(arg, pos, 1, byte == 0 ? is_nul : is_broken);
			c = REPLACEMENT;
		}
		written += put_character(out == NULL ? NULL : out + written, c);
		pos++;
	}
	return written;
}

static size_t
from_utf16(bool little, const char *data, size_t length, size_t from,
		   char *out, DocumentBad bad, void *arg)
{
	const unsigned char *at = (const unsigned char *) data;
	size_t		written = 0;
	size_t		pos = from;

	while (pos < length)
	{
		const char *why = NULL;
		size_t		size = 2;
		uint32_t	c = REPLACEMENT;

		if (length - pos < 2)
		{
			size = 1;
			why = is_broken;
		}
		else
		{
			c = little ? at[pos] | at[pos + 1] << 8 :
				at[pos] << 8 | at[pos + 1];
			if (c == 0)
				why = is_nul;
			else if (c >= 0xD800 && c <= 0xDFFF)
			{
				uint32_t	low = 0;

				if (c < 0xDC00 && length - pos >= 4)
					low = little ? at[pos + 2] | at[pos + 3] << 8 :
						at[pos + 2] << 8 | at[pos + 3];
				if (low >= 0xDC00 && low <= 0xDFFF)
				{
					c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
					size = 4;
				}
				else
					why = is_half;
			}
		}
		if (why != NULL)
		{
			if (bad != NULL)
				bad(arg, pos, size, why);
			c = REPLACEMENT;
		}
		written += put_character(out == NULL ? NULL : out + written, c);
		pos += size;
	}
	return written;
}

/*
 * The bytes from "from" on as UTF-8.  Returns how many bytes that takes, and
 * writes them if out is not NULL; call it twice.  bad may be NULL, and may
 * leave by longjmp.
 */
size_t
document_to_utf8(DocumentEncoding encoding, const char *data, size_t length,
				 size_t from, char *out, DocumentBad bad, void *arg)
{
	switch (encoding)
	{
		case DOCUMENT_UTF16LE:
		case DOCUMENT_UTF16BE:
			return from_utf16(encoding == DOCUMENT_UTF16LE, data, length,
							  from, out, bad, arg);
		case DOCUMENT_LATIN1:
		case DOCUMENT_WIN1252:
			return from_single_bytes(encoding == DOCUMENT_WIN1252, data,
									 length, from, out, bad, arg);
		default:
			return from_utf8(data, length, from, out, bad, arg);
	}
}

/* The bytes of the byte order mark of this encoding that data begins with. */
size_t
document_mark(DocumentEncoding encoding, const char *data, size_t length)
{
	static const char *const marks[] = {
		[DOCUMENT_UTF8] = "\xef\xbb\xbf",
		[DOCUMENT_UTF16LE] = "\xff\xfe",
		[DOCUMENT_UTF16BE] = "\xfe\xff",
	};
	size_t		size;

	if (encoding > DOCUMENT_UTF16BE)
		return 0;
	size = strlen(marks[encoding]);
	return length >= size && memcmp(data, marks[encoding], size) == 0 ?
		size : 0;
}

/*
 * The syntax identifier of a UNB, four bytes, if the document begins with
 * one; else NULL.
 */
static const char *
syntax_identifier(const char *data, size_t length)
{
	size_t		pos = 0;
	int			i;

	for (i = 0; i < 2; i++)
	{
		while (pos < length && memchr(" \t\r\n", data[pos], 4) != NULL)
			pos++;
		if (i == 0 && length - pos >= 9 && memcmp(data + pos, "UNA", 3) == 0)
			pos += 9;
	}
	if (length - pos < 8 || memcmp(data + pos, "UNB", 3) != 0 ||
		memcmp(data + pos + 4, "UNO", 3) != 0)
		return NULL;
	return data + pos + 4;
}

/* Find out the encoding of a document. */
DocumentGuess
document_guess(const char *data, size_t length)
{
	/* data element 0001, UNOC to UNOL */
	static const char *const declared[] = {"LATIN1", "LATIN2", "ISO_8859_5",
		"ISO_8859_7", "LATIN3", "LATIN4", "ISO_8859_6", "ISO_8859_8",
	"LATIN5", "LATIN9"};
	DocumentGuess guess = {DOCUMENT_UTF8, "UTF8", 0, NULL, false};
	size_t		valid = 0;
	size_t		broken = 0;
	bool		windows = false;
	bool		beyond = false;
	size_t		pos;
	char		which;

	for (guess.encoding = DOCUMENT_UTF8; guess.encoding <= DOCUMENT_UTF16BE;
		 guess.encoding++)
	{
		static const char *const names[] = {"UTF8", "UTF16LE", "UTF16BE"};

		guess.mark = document_mark(guess.encoding, data, length);
		guess.name = names[guess.encoding];
		if (guess.mark > 0)
			return guess;
	}
	if (length >= 4 && (data[0] == '\0') != (data[1] == '\0') &&
		(data[0] == '\0') == (data[2] == '\0') &&
		(data[1] == '\0') == (data[3] == '\0'))
	{
		guess.encoding = data[1] == '\0' ? DOCUMENT_UTF16LE :
			DOCUMENT_UTF16BE;
		guess.name = data[1] == '\0' ? "UTF16LE" : "UTF16BE";
		return guess;
	}

	guess.encoding = DOCUMENT_UTF8;
	guess.name = "UTF8";
	guess.declared = syntax_identifier(data, length);
	for (pos = 0; pos < length;)
	{
		unsigned char byte;
		int			n;
		int			i;

		pos += plain_run(data + pos, length - pos);
		if (pos >= length)
			break;
		n = utf8_character((const unsigned char *) data + pos, length - pos);
		if (n > 1)
			valid++;
		else if (data[pos] != '\0')
			broken++;
		for (i = 0; i < (n < 0 ? -n : n); i++)
		{
			byte = (unsigned char) data[pos + i];
			if (byte >= 0x80 && byte < 0xA0)
			{
				windows = true;
				beyond = beyond || win1252[byte - 0x80] == 0;
			}
		}
		pos += (size_t) i;
	}
	which = guess.declared != NULL ? guess.declared[3] : 'A';
	if (broken == 0)
	{
		guess.contradicts = valid > 0 && which != 'W' && which != 'X' &&
			which != 'Y' && guess.declared != NULL;
		return guess;
	}
	if (which == 'W' || which == 'Y')
		return guess;
	if (which > 'C' && which <= 'L')
	{
		guess.encoding = DOCUMENT_OTHER;
		guess.name = declared[which - 'C'];
		return guess;
	}
	if (which != 'C' && valid > broken)
		return guess;
	guess.contradicts = guess.declared != NULL && which != 'C';
	guess.encoding = windows && !beyond ? DOCUMENT_WIN1252 : DOCUMENT_LATIN1;
	guess.name = windows && !beyond ? "WIN1252" : "LATIN1";
	return guess;
}

/*
 * The encoding of this name, capitals and what is no letter or digit aside;
 * DOCUMENT_OTHER if it is not one of ours.  *proper is its name then.
 */
DocumentEncoding
document_by_name(const char *name, const char **proper)
{
	static const struct
	{
		const char *alias;
		DocumentEncoding encoding;
		const char *proper;
	}			names[] = {
		{"utf8", DOCUMENT_UTF8, "UTF8"},
		{"unicode", DOCUMENT_UTF8, "UTF8"},
		{"ascii", DOCUMENT_UTF8, "UTF8"},
		{"usascii", DOCUMENT_UTF8, "UTF8"},
		{"utf16", DOCUMENT_UTF16LE, "UTF16LE"},
		{"utf16le", DOCUMENT_UTF16LE, "UTF16LE"},
		{"utf16be", DOCUMENT_UTF16BE, "UTF16BE"},
		{"latin1", DOCUMENT_LATIN1, "LATIN1"},
		{"iso88591", DOCUMENT_LATIN1, "LATIN1"},
		{"win1252", DOCUMENT_WIN1252, "WIN1252"},
		{"windows1252", DOCUMENT_WIN1252, "WIN1252"},
		{"cp1252", DOCUMENT_WIN1252, "WIN1252"},
		{"ansi", DOCUMENT_WIN1252, "WIN1252"},
	};
	char		plain[16];
	size_t		n = 0;
	size_t		i;

	for (; *name != '\0' && n < sizeof(plain) - 1; name++)
	{
		if (*name >= 'A' && *name <= 'Z')
			plain[n++] = (char) (*name - 'A' + 'a');
		else if ((*name >= 'a' && *name <= 'z') ||
				 (*name >= '0' && *name <= '9'))
			plain[n++] = *name;
	}
	plain[n] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (strcmp(plain, names[i].alias) == 0)
		{
			*proper = names[i].proper;
			return names[i].encoding;
		}
	}
	return DOCUMENT_OTHER;
}
