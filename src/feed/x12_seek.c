/*
 * x12_seek.c
 *		Between interchanges: finding an ISA, and what stands in its way.
 *
 * The ISA is the only segment of fixed width, and it defines the delimiters
 * of all that follows.  So it is the one place where reading cannot go on
 * after an error: an interchange with an unreadable ISA is refused whole, and
 * the next one is looked for.  "Looked for" means 106 bytes that are an ISA in
 * every respect, at the start of a line or behind a punctuation mark, never
 * the letters alone (ISAAC is a name).
 */
#include "x12_internal.h"

#include <string.h>

static X12Slice
slice(const char *at, size_t length)
{
	X12Slice	result = {at, (uint32_t) (length > 99 ? 99 : length)};

	return result;
}

static bool
is_letter_or_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9');
}

/* Report about a place between interchanges. */
static void
report_here(X12Reader *reader, X12Code code, size_t pos, size_t length,
			const char *message)
{
	X12Place	place = {0};

	place.offset = pos;
	place.segment_no = reader->segment_no;
	if (length > reader->cursor.length - pos)
		length = reader->cursor.length - pos;
	x12_report(reader, code, &place,
			   slice(reader->cursor.data + pos, length), message);
}

/*
 * Do 106 bytes form an ISA?  Its 16 separators must stand at their fixed
 * places and nowhere else.  Fills *by; whether those delimiters can be used
 * is another question.
 */
bool
x12_isa_fits(const char *data, size_t length, X12Delimiters *by)
{
	static const uint8_t at[16] = {3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81,
	83, 89, 99, 101, 103};
	int			n = 0;
	int			i;

	if (length < X12_ISA_LENGTH || memcmp(data, "ISA", 3) != 0)
		return false;
	by->element = data[3];
	for (i = 0; i < 16; i++)
	{
		if (data[at[i]] != by->element)
			return false;
	}
	for (i = 0; i < 104; i++)
		n += data[i] == by->element;
	by->component = data[104];
	by->terminator = data[105];
	by->repetition = 0;
	return n == 16;
}

/*
 * The next complete ISA at or behind pos; the length of the data if none.
 */
static size_t
find_isa(const char *data, size_t length, size_t pos)
{
	X12Delimiters by;

	while (pos + X12_ISA_LENGTH <= length)
	{
		const char *hit = memchr(data + pos, 'I', length - pos);

		if (hit == NULL)
			break;
		pos = (size_t) (hit - data);
		if (x12_isa_fits(hit, length - pos, &by) &&
			(pos == 0 || !is_letter_or_digit(data[pos - 1])))
			return pos;
		pos++;
	}
	return length;
}

/* Is this byte of the document left out of the copy? */
static inline bool
left_out(const X12Reader *reader, size_t origin)
{
	return reader->data[origin] == '\r' || reader->data[origin] == '\n';
}

/*
 * Make the copy without line ends, once, and set the pair (flat_pos,
 * flat_origin) to the place "pos" of the document.  False without memory.
 */
static bool
flatten(X12Reader *reader, size_t pos)
{
	if (reader->flat == NULL)
	{
		size_t		i;
		size_t		n = 0;

		reader->flat = reader->memory.grow(reader->memory.arg, NULL,
										   reader->length - pos);
		if (reader->flat == NULL)
			return false;
		for (i = pos; i < reader->length; i++)
		{
			if (!left_out(reader, i))
				reader->flat[n++] = reader->data[i];
		}
		reader->flat_length = n;
		reader->flat_pos = 0;
		reader->flat_origin = pos;
	}
	for (; reader->flat_origin < pos; reader->flat_origin++)
		reader->flat_pos += !left_out(reader, reader->flat_origin);
	while (reader->flat_origin > pos)
		reader->flat_pos -= !left_out(reader, --reader->flat_origin);
	return true;
}

/*
 * The place in the document of a place in the buffer being read.  Costs the
 * distance to the place asked for before.
 */
size_t
x12_origin(X12Reader *reader, size_t offset)
{
	if (reader->flat == NULL || reader->cursor.data != reader->flat)
		return offset;
	while (reader->flat_pos > offset)
		reader->flat_pos -= !left_out(reader, --reader->flat_origin);
	while (reader->flat_origin < reader->length &&
		   (reader->flat_pos < offset ||
			left_out(reader, reader->flat_origin)))
		reader->flat_pos += !left_out(reader, reader->flat_origin++);
	return reader->flat_origin;
}

/*
 * Can these delimiters be used?  Otherwise say what is wrong.
 */
static bool
usable(X12Reader *reader, size_t pos, const X12Delimiters *by)
{
	unsigned char element = (unsigned char) by->element;
	unsigned char component = (unsigned char) by->component;
	unsigned char terminator = (unsigned char) by->terminator;
	X12Code		code;
	const char *message;

	if (component == element)
	{
		code = terminator == '\r' || terminator == '\n' ?
			X12_ISA16_EMPTY : X12_BAD_DELIMITER;
		message = "ISA16, the component separator, is the element separator or missing";
	}
	else if (terminator >= 0x80)
	{
		code = X12_MULTIBYTE_TERMINATOR;
		message = "the segment terminator is no single ASCII character";
	}
	else if (is_letter_or_digit(by->terminator) || terminator == ' ')
	{
		code = X12_NO_TERMINATOR;
		message = "a letter, digit or blank stands where the segment terminator must be";
	}
	else if (is_letter_or_digit(by->element) || element >= 0x80 ||
			 element == '.' || element == '-' || element == ' ' ||
			 element == '\r' || element == '\n' ||
			 is_letter_or_digit(by->component) || component >= 0x80 ||
			 component == ' ' || component == '.' || component == '-' ||
			 component == '\r' || component == '\n' ||
			 terminator == '.' || terminator == '-' ||
			 component == terminator || element == terminator)
	{
		code = X12_BAD_DELIMITER;
		message = "the delimiters of the ISA cannot be told apart from each other or from data";
	}
	else
		return true;
	report_here(reader, code, pos, X12_ISA_LENGTH, message);
	return false;
}

/*
 * An ISA whose separators do not stand where they must.  Say why, and find
 * where this interchange ends if that can be made out.  Returns the place to
 * go on from.
 */
static size_t
refuse_isa(X12Reader *reader, size_t pos)
{
	const char *data = reader->data + pos;
	size_t		left = reader->length - pos;
	char		element = left > 3 ? data[3] : 0;
	size_t		look = left < 512 ? left : 512;
	size_t		gs;
	size_t		i;
	int			separators = 0;

	/* the GS that follows tells where the ISA ends */
	for (gs = 4; gs + 2 < look; gs++)
	{
		if (data[gs] == 'G' && data[gs + 1] == 'S' &&
			data[gs + 2] == element && !is_letter_or_digit(data[gs - 1]) &&
			data[gs - 1] != element)
			break;
	}
	if (gs + 2 >= look || is_letter_or_digit(element))
	{
		if (left < X12_ISA_LENGTH)
			report_here(reader, X12_TRUNCATED, pos, left,
						"the document ends within the ISA");
		else
			report_here(reader, X12_ISA_WIDTH, pos, X12_ISA_LENGTH,
						"the ISA is not 106 characters with separators at their fixed places");
		return find_isa(reader->data, reader->length, pos + 3);
	}
	for (i = 0; i < gs; i++)
		separators += data[i] == element;
	if (separators != 16)
		report_here(reader, X12_ISA_ELEMENTS, pos, gs,
					x12_say(reader, "the ISA has %d elements instead of 16",
							separators));
	else
		report_here(reader, X12_ISA_WIDTH, pos, gs,
					"the ISA is not 106 characters with separators at their fixed places");
	return find_isa(reader->data, reader->length, pos + gs);
}

/*
 * Take over an ISA that fits and is usable, at pos of the buffer "data".
 */
static void
open_interchange(X12Reader *reader, const char *data, size_t length,
				 size_t pos, X12Delimiters *by)
{
	X12Envelope *envelope = &reader->envelope;
	const char *isa = data + pos;
	char		usage = isa[102];
	uint64_t	scope = UINT64_C(14695981039346656037);
	X12DateState state;
	int			i;

	memset(envelope, 0, sizeof(*envelope));
	envelope->sender_qualifier = x12_trim(slice(isa + 32, 2));
	envelope->sender = x12_trim(slice(isa + 35, 15));
	envelope->receiver_qualifier = x12_trim(slice(isa + 51, 2));
	envelope->receiver = x12_trim(slice(isa + 54, 15));
	envelope->isa_date = slice(isa + 70, 6);
	envelope->isa_time = slice(isa + 77, 4);
	envelope->version = slice(isa + 84, 5);
	envelope->interchange = x12_trim(slice(isa + 90, 9));
	envelope->wants_ta1 = isa[100] == '1';
	envelope->is_test = usage == 'T' || usage == 'I';
	if (memcmp(envelope->version.at, "00402", 5) >= 0 &&
		!is_letter_or_digit(isa[82]) && isa[82] != ' ')
		by->repetition = isa[82];

	/* the year of the ISA has two digits: 1970 to 2069 */
	envelope->century_year = 2020;
	x12_date(envelope->isa_date, 2020, &state);
	if (state == X12_DATE_SHORT)
	{
		int			year = (isa[70] - '0') * 10 + (isa[71] - '0');

		envelope->century_year = year < 70 ? 2000 + year : 1900 + year;
	}

	x12_cursor_init(&reader->cursor, data, length, pos, by, &reader->index);
	(void) x12_cursor_next(&reader->cursor, &reader->segment);
	reader->seeking = false;
	reader->in_interchange = true;
	reader->in_group = false;
	reader->in_transaction = false;
	reader->interchange_refused = false;
	reader->outside_told = false;
	reader->indent_told = false;
	reader->interchange_no++;
	reader->groups = 0;
	reader->segment_no++;
	reader->position = 0;
	x12_place(reader, &reader->isa);

	if (state != X12_DATE_SHORT)
		x12_report_as(reader, X12_BAD_DATE, false, "TA1 014", &reader->isa,
					  envelope->isa_date, "ISA09 is not a date YYMMDD");
	if (x12_number(envelope->interchange).state != X12_NUMBER_EXACT)
		x12_report(reader, X12_ICN_FORMAT, &reader->isa,
				   envelope->interchange,
				   "ISA13, the control number, is not made of digits");
	if (envelope->version.at[0] != '0' ||
		memcmp(envelope->version.at, "00300", 5) < 0)
		x12_report(reader, X12_BAD_VERSION, &reader->isa, envelope->version,
				   "ISA12 names a version before 00300, or none");
	if (envelope->is_test)
		x12_report(reader, X12_TEST_DATA, &reader->isa, slice(isa + 102, 1),
				   usage == 'T' ? "test data: not to be booked" :
				   "for information only: not to be booked");
	else if (usage != 'P')
		x12_report_as(reader, X12_BAD_CODE, false, "TA1 020", &reader->isa,
					  slice(isa + 102, 1), "ISA15 is none of P, T and I");

	/* the same number from the same sender to the same receiver */
	for (i = 32; i < 69; i++)
		scope = (scope ^ (unsigned char) isa[i]) * UINT64_C(1099511628211);
	if (x12_seen(&reader->seen, &reader->memory, scope | UINT64_C(3) << 62,
				 envelope->interchange, true))
	{
		x12_report(reader, X12_DUP_INTERCHANGE, &reader->isa,
				   envelope->interchange,
				   "an interchange of this sender with this number came before in the document");
		reader->interchange_refused = true;
	}
}

/*
 * Go to the next interchange.  Returns false when there is none; true with
 * an interchange open, or, having refused one, with seeking still to do.
 */
bool
x12_seek(X12Reader *reader)
{
	const char *data = reader->data;
	size_t		length = reader->length;
	size_t		pos = x12_origin(reader, reader->cursor.pos);
	size_t		from;
	bool		first = reader->interchange_no == 0 && pos == 0;
	X12Delimiters by;
	X12Delimiters none = {0, 0, 0, 0};

	/* what is reported here are places in the document itself */
	x12_cursor_init(&reader->cursor, data, length, pos, &none,
					&reader->index);
	if (first && length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
	{
		report_here(reader, X12_BOM, 0, 3,
					"a byte order mark before the first segment");
		pos = 3;
	}
	from = pos;
	while (pos < length && (data[pos] == ' ' || data[pos] == '\t' ||
							data[pos] == '\r' || data[pos] == '\n'))
		pos++;
	if (pos < length && data[pos] == 0x1a && !first)
	{
		report_here(reader, X12_TRAILING_DATA, pos, 1,
					"a Ctrl-Z behind the last interchange");
		pos++;
		while (pos < length && (data[pos] == ' ' || data[pos] == '\r' ||
								data[pos] == '\n' || data[pos] == 0x1a))
			pos++;
	}
	if (pos == length)
	{
		if (first)
			report_here(reader, X12_EMPTY_FILE, 0, 0, "nothing but blanks");
		return false;
	}
	if (first && pos > from)
		report_here(reader, X12_LEADING_JUNK, from, pos - from,
					"blanks or line ends before the first segment");

	if (length - pos < 3 || memcmp(data + pos, "ISA", 3) != 0)
	{
		from = pos;
		pos = find_isa(data, length, pos);
		if (!first)
			report_here(reader, X12_TRAILING_DATA, from, pos - from,
						"data between or behind interchanges");
		else if (pos < length)
			report_here(reader, X12_LEADING_JUNK, from, pos - from,
						"data before the first interchange");
		else if (length - from > 3 && (memcmp(data + from, "GS", 2) == 0 ||
									   memcmp(data + from, "ST", 2) == 0 ||
									   memcmp(data + from, "UNH", 3) == 0) &&
				 !is_letter_or_digit(data[from + (data[from] == 'U' ? 3 : 2)]))
			report_here(reader, X12_NO_ENVELOPE, from, 99,
						"a report without its envelope: no ISA");
		else
			report_here(reader, X12_NOT_EDI, from, 99,
						"not an X12 document: it does not begin with ISA");
		if (pos == length)
			return false;
	}

	if (x12_isa_fits(data + pos, length - pos, &by))
	{
		if (!usable(reader, pos, &by))
		{
			reader->cursor.pos = find_isa(data, length, pos + 3);
			reader->interchange_no++;
			return reader->cursor.pos < length;
		}
		open_interchange(reader, data, length, pos, &by);
		return true;
	}

	/* the only legal line end within an ISA is that of a wrapped line */
	from = length - pos < X12_ISA_LENGTH ? length - pos : X12_ISA_LENGTH;
	if ((memchr(data + pos, '\n', from) != NULL ||
		 memchr(data + pos, '\r', from) != NULL) && flatten(reader, pos) &&
		x12_isa_fits(reader->flat + reader->flat_pos,
					 reader->flat_length - reader->flat_pos, &by) &&
		!is_letter_or_digit(by.terminator) &&
		(unsigned char) by.terminator < 0x80 && by.terminator != ' ' &&
		by.component != by.element && by.component != by.terminator)
	{
		report_here(reader, X12_WRAPPED_LINES, pos, X12_ISA_LENGTH,
					"line ends within the ISA: all line ends are taken out");
		open_interchange(reader, reader->flat, reader->flat_length,
						 reader->flat_pos, &by);
		return true;
	}

	reader->interchange_no++;
	reader->cursor.pos = refuse_isa(reader, pos);
	return reader->cursor.pos < length;
}
