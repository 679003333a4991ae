/*
 * x12_check.c
 *		One segment against the dictionary.
 *
 * Called for every segment of a transaction; the common case, all is well, is
 * found out beforehand (x12_plain.c), and only the others are looked at element
 * by element here.  Rules that tie
 * elements together, pairs mostly, follow by tag.  What could have been
 * caused by a lost terminator is looked at again: "QTY*39*5*FTCTT*3" has a
 * wrong unit of measure, but says that two segments ran together.
 *
 * Severity: what a line needs refuses the transaction; what merely describes
 * (addresses, texts) warns.
 */
#include "x12.h"

/* Report about element i of the current segment. */
static X12_RARE void
complain(X12Reader *reader, X12Code code, bool refuses, const char *ack,
		 int i, const char *message)
{
	X12Place	place;

	x12_place(reader, &place);
	place.element = i;
	x12_report_as(reader, code, refuses, ack, &place,
				  x12_element(&reader->segment, i), message);
}

/*
 * Does a date that is wrong cost a line?  Those of the beginning segments
 * do, and those dates that the readers take from a DTM.
 */
static bool
date_matters(const X12Segment *segment)
{
	if (segment->tag == X12_DTM)
	{
		switch (x12_code(x12_element(segment, 1)))
		{
			case X12_CODE3('0', '0', '3'):
			case X12_CODE3('0', '0', '7'):
			case X12_CODE3('0', '1', '1'):
			case X12_CODE3('0', '3', '6'):
			case X12_CODE3('0', '9', '0'):
			case X12_CODE3('0', '9', '1'):
			case X12_CODE3('1', '5', '0'):
			case X12_CODE3('1', '5', '1'):
			case X12_CODE3('1', '9', '3'):
			case X12_CODE3('1', '9', '4'):
			case X12_CODE3('1', '9', '6'):
			case X12_CODE3('1', '9', '7'):
				return true;
			default:
				return false;
		}
	}
	return !x12_specs[segment->tag].soft;
}

/* Could this be the element that the dictionary wants? */
static bool
plausible(const X12Reader *reader, const X12ElementSpec *spec, X12Slice value)
{
	if (spec->type == X12_TYPE_COUNT || spec->type == X12_TYPE_NUMBER)
		return x12_number(value).state == X12_NUMBER_EXACT;
	if (value.length < spec->min || value.length > spec->max)
		return false;
	return spec->type != X12_TYPE_ID ||
		x12_listed(&reader->index, (X12List) spec->list, value);
}

/*
 * Could the tail of element i be the tag of the segment that was meant to
 * follow?  Then the elements behind it are that segment's first ones.
 */
static bool
ends_in_tag(const X12Reader *reader, const X12Segment *segment, int i)
{
	X12Slice	value = x12_element(segment, i);
	int			n;

	for (n = 3; n >= 2; n--)
	{
		X12Slice	tail = {value.at + value.length - n, (uint32_t) n};
		const X12SegmentSpec *spec;
		uint8_t		tag;
		int			k;

		if (value.length <= (uint32_t) n)
			continue;
		tag = x12_tag(&reader->index, tail);
		spec = &x12_specs[tag];
		if (tag == X12_SE)
			return x12_number(x12_element(segment, i + 1)).state ==
				X12_NUMBER_EXACT;
		if (!(spec->sets & reader->set->bit) || spec->count == 0)
			continue;
		for (k = 0; k < spec->count && k < 3; k++)
		{
			X12Slice	next = x12_element(segment, i + 1 + k);
			uint8_t		id = spec->elements[k];

			/* an empty first element says nothing, unless one must follow */
			if (next.length == 0 ? (id & X12_MUST) != 0 ||
				(k == 0 && (spec->count < 3 ||
							!(spec->elements[1] & X12_MUST))) :
				!plausible(reader, &x12_elements[id & ~X12_MUST], next))
				break;
		}
		if (k == spec->count || k == 3)
			return true;
	}
	return false;
}

/*
 * Something is odd about this segment: have two run together?
 */
static X12_RARE void
check_glue(X12Reader *reader, const X12Segment *segment)
{
	int			i;

	for (i = 1; i + 1 < segment->count; i++)
	{
		if (ends_in_tag(reader, segment, i))
		{
			complain(reader, X12_GLUED_SEGMENTS, true, "AK4 7", i,
					 "two segments have run together: a segment terminator is missing");
			return;
		}
	}
}

/* Both of a pair or neither. */
static inline void
check_pair(X12Reader *reader, const X12Segment *segment, int i, bool soft)
{
	uint32_t	a = x12_element(segment, i).length;
	uint32_t	b = x12_element(segment, i + 1).length;

	if ((a == 0) != (b == 0))
		complain(reader, X12_PAIR_INCOMPLETE, !soft, "AK4 2",
				 a == 0 ? i : i + 1,
				 "of two elements that belong together one is missing");
}

/* Product ids from element "first" on, qualifier and id in turn. */
static X12_RARE void
check_products(X12Reader *reader, const X12Segment *segment, int first,
			   int last)
{
	int			i;

	for (i = first; i < segment->count && i < last; i += 2)
	{
		X12Slice	qualifier = x12_element(segment, i);
		X12Slice	id = x12_element(segment, i + 1);
		uint32_t	length = 0;

		if (qualifier.length == 0 && id.length == 0)
			continue;
		if (!x12_qualifier(qualifier) || id.length == 0)
		{
			complain(reader, X12_PAIR_INCOMPLETE, true, "AK4 2",
					 id.length == 0 && qualifier.length == 2 ? i + 1 : i,
					 "a product id and its two-character qualifier do not come together");
			break;
		}
		switch (x12_code(qualifier))
		{
			case X12_CODE2('U', 'P'):
				length = 12;
				break;
			case X12_CODE2('E', 'N'):
				length = 13;
				break;
			case X12_CODE2('U', 'K'):
				length = 14;
				break;
			case X12_CODE2('E', 'O'):
				length = 8;
				break;
		}
		if (length != 0 && (id.length != length || !x12_gtin_holds(id)))
			complain(reader, X12_GTIN_CHECK_DIGIT, false, NULL, i + 1,
					 "not a valid GTIN: wrong length or check digit");
	}
}

/* The kinds of party id (element 66) that reports use. */
static bool
usual_party_id(X12Slice qualifier)
{
	switch (x12_code(qualifier))
	{
		case 0:
		case '1':
		case '9':
		case X12_CODE2('1', '1'):
		case X12_CODE2('1', '2'):
		case X12_CODE2('2', '1'):
		case X12_CODE2('2', '4'):
		case X12_CODE2('5', '4'):
		case X12_CODE2('9', '1'):
		case X12_CODE2('9', '2'):
		case X12_CODE2('9', '3'):
		case X12_CODE2('9', '4'):
		case X12_CODE2('F', 'I'):
		case X12_CODE2('S', 'V'):
		case X12_CODE2('U', 'L'):
		case X12_CODE2('X', 'X'):
		case X12_CODE2('Z', 'Z'):
		case 'A':
			return true;
		default:
			return false;
	}
}

/*
 * A unit that says nothing: mutually defined, and SZ, which reports have for
 * "size".  All others are for the units of the product to know.
 */
static void
check_unit(X12Reader *reader, const X12Segment *segment, int i)
{
	uint32_t	unit = x12_code(x12_element(segment, i));

	if (unit == X12_CODE2('Z', 'Z') || unit == X12_CODE2('S', 'Z'))
		complain(reader, X12_BAD_CODE, false, "AK4 7", i,
				 "a unit of measure that says nothing");
}

/* The rules between elements. */
static X12_RARE void
check_relations(X12Reader *reader, const X12Segment *segment)
{
	int			i;

	switch (segment->tag)
	{
		case X12_QTY:
			if (x12_element(segment, 2).length == 0 && segment->count > 1)
				complain(reader, X12_ELEMENT_MISSING, true, "AK4 2", 2,
						 "a quantity is stated without its number");
			if (segment->count > 4 && x12_element(segment, 2).length > 0 &&
				x12_element(segment, 4).length > 0)
				complain(reader, X12_ELEMENT_EXTRA, false, "AK4 10", 4,
						 "a quantity is a number or a text, not both");
			check_unit(reader, segment, 3);
			break;
		case X12_UIT:
			if (segment->count > 3 && x12_element(segment, 2).length == 0)
				check_pair(reader, segment, 2, true);
			break;
		case X12_CTT:
			check_pair(reader, segment, 3, true);
			check_pair(reader, segment, 5, true);
			break;
		case X12_LIN:
			check_products(reader, segment, 2, 32);
			break;
		case X12_SII:
			check_products(reader, segment, 1, 3);
			break;
		case X12_N1:
			if (x12_element(segment, 2).length == 0 &&
				x12_element(segment, 3).length == 0 && segment->count > 1)
				complain(reader, X12_PAIR_INCOMPLETE, false, "AK4 2", 2,
						 "a party has neither a name nor an id");
			check_pair(reader, segment, 3, false);

			/* a name that swallowed a segment may leave no odd element */
			if (segment->count > 4 &&
				!usual_party_id(x12_element(segment, 3)))
				check_glue(reader, segment);
			break;
		case X12_PTD:
			check_pair(reader, segment, 2, true);
			check_pair(reader, segment, 4, false);
			break;
		case X12_ZA:
			check_pair(reader, segment, 4, false);
			check_pair(reader, segment, 6, true);
			check_unit(reader, segment, 3);
			break;
		case X12_SDQ:
			for (i = 5; i < segment->count && i < 23; i += 2)
				check_pair(reader, segment, i, false);
			break;
		case X12_REF:
		case X12_N9:
			if (x12_element(segment, 2).length == 0 &&
				x12_element(segment, 3).length == 0 && segment->count > 1)
				complain(reader, X12_PAIR_INCOMPLETE, false, "AK4 2", 2,
						 "a reference has neither a number nor a text");
			break;
		case X12_DTM:
			if (x12_element(segment, 2).length == 0 &&
				x12_element(segment, 3).length == 0 &&
				x12_element(segment, 6).length == 0 && segment->count > 1)
				complain(reader, X12_PAIR_INCOMPLETE, false, "AK4 2", 2,
						 "a date is announced and not given");
			check_pair(reader, segment, 5, true);
			break;
	}
}

/* A date.  Returns whether it is odd. */
static bool
check_date(X12Reader *reader, const X12Segment *segment, int i)
{
	X12DateState state;

	x12_date(x12_element(segment, i), reader->envelope.century_year, &state);
	switch (state)
	{
		case X12_DATE_NONE:
		case X12_DATE_OK:
			return false;
		case X12_DATE_SHORT:
			if (reader->envelope.short_dates)
				return false;
			complain(reader, X12_ELEMENT_LENGTH, false, "AK4 4", i,
					 "a date without its century");
			return false;
		case X12_DATE_ZERO:
			complain(reader, X12_BAD_DATE, false, "AK4 8", i,
					 "a date of all zeros is taken as no date");
			return false;
		case X12_DATE_LENGTH:
			complain(reader, X12_ELEMENT_LENGTH, false, "AK4 5", i,
					 "a date is CCYYMMDD, eight digits; this one is taken as none");
			return true;
		case X12_DATE_BAD:
			complain(reader, X12_BAD_DATE, date_matters(segment), "AK4 8", i,
					 "not a date of the calendar");
			return true;
	}
	return false;
}

/*
 * An element that is neither empty nor plain.  Returns whether it is odd.
 */
static bool
check_element(X12Reader *reader, const X12Segment *segment, int i,
			  const X12ElementSpec *spec)
{
	X12Slice	value = x12_element(segment, i);
	X12Number	number;

	switch ((X12Type) spec->type)
	{
		case X12_TYPE_ANY:
			break;
		case X12_TYPE_TEXT:
			complain(reader, X12_ELEMENT_LENGTH, false,
					 value.length > spec->max ? "AK4 5" : "AK4 4", i,
					 value.length > spec->max ? "longer than the standard allows" :
					 "shorter than the standard allows");
			return true;
		case X12_TYPE_ID:
			value = x12_trim(value);
			if (value.length >= spec->min && value.length <= spec->max &&
				x12_listed(&reader->index, (X12List) spec->list, value))
				break;
			complain(reader, X12_BAD_CODE, false, "AK4 7", i,
					 "not a code of the standard's list");
			return true;
		case X12_TYPE_COUNT:
		case X12_TYPE_NUMBER:
			number = x12_number(value);
			if (number.state == X12_NUMBER_BAD)
			{
				complain(reader, X12_BAD_NUMBER,
						 !x12_specs[segment->tag].soft, "AK4 6", i,
						 "not a number: digits with an optional minus before and an optional point within");
				return true;
			}
			if (number.written.length != value.length)
				complain(reader, X12_BAD_NUMBER, false, "AK4 6", i,
						 "a number padded with blanks");
			break;
		case X12_TYPE_DATE:
			return check_date(reader, segment, i);
		case X12_TYPE_TIME:
			number = x12_number(value);
			if (value.length >= 4 && value.length <= 8 &&
				number.state == X12_NUMBER_EXACT && !number.negative &&
				number.scale == 0)
				break;
			complain(reader, X12_BAD_TIME, false, "AK4 9", i,
					 "a time is HHMM, HHMMSS or HHMMSSDD");
			return true;
		case X12_TYPE_UNIT:
			value = x12_component(segment, i, reader->cursor.by.component);
			if (value.length != 2)
			{
				complain(reader, X12_BAD_CODE, false, "AK4 7", i,
						 "a unit of measure has two characters");
				return true;
			}
			if (value.length != x12_element(segment, i).length)
				complain(reader, X12_COMPONENT_EXTRA, false, "AK4 13", i,
						 "only the first component of a unit of measure is used");
			break;
	}
	return false;
}

/*
 * Look at each element of the segment, and say what is wrong with it.
 */
static X12_RARE void
check_elements(X12Reader *reader, const X12Segment *segment)
{
	const X12SegmentSpec *spec = &x12_specs[segment->tag];
	const uint32_t *start = segment->start;
	bool		odd = false;
	int			i;

	if (!(spec->sets & reader->set->bit))
	{
		complain(reader, X12_UNKNOWN_SEGMENT, false,
				 segment->tag == X12_UNKNOWN ? "AK3 1" : "AK3 6", 0,
				 "no segment of this transaction set");
		odd = true;
	}

	for (i = 1; i < segment->count; i++)
	{
		uint32_t	length = start[i + 1] - start[i] - 1;
		uint8_t		id = i <= spec->count ? spec->elements[i - 1] : E_ANY;
		const X12ElementSpec *element = &x12_elements[id & ~X12_MUST];

		if (length == 0)
		{
			if (id & X12_MUST)
				complain(reader, X12_ELEMENT_MISSING, !spec->soft, "AK4 1", i,
						 "a mandatory element is empty");
			continue;
		}
		/* what is plainly right is the common case */
		if (element->type <= X12_TYPE_ID)
		{
			if (element->type == X12_TYPE_ANY ||
				(length >= element->min && length <= element->max &&
				 element->list == X12_LIST_NONE))
				continue;
		}
		else if (element->type == X12_TYPE_NUMBER &&
				 x12_plain_number(x12_element(segment, i)))
			continue;
		odd |= check_element(reader, segment, i, element);
	}
	for (; i <= spec->count; i++)
	{
		if (spec->elements[i - 1] & X12_MUST)
			complain(reader, X12_ELEMENT_MISSING, !spec->soft, "AK4 1", i,
					 "a mandatory element is missing");
	}
	if (segment->count - 1 > spec->max)
	{
		complain(reader, X12_ELEMENT_EXTRA, false, "AK4 3", spec->max + 1,
				 "more elements than the segment has: is there a delimiter in the data?");
		odd = true;
	}
	if (segment->count > 1 &&
		start[segment->count] - start[segment->count - 1] == 1)
		complain(reader, X12_TRAILING_DELIMS, false, "AK3 10",
				 segment->count - 1, "the segment ends in an empty element");
	if (segment->control)
	{
		for (i = 1; i < segment->count; i++)
		{
			X12Slice	value = x12_element(segment, i);
			uint32_t	n;

			for (n = 0; n < value.length; n++)
			{
				if ((unsigned char) value.at[n] < 0x20)
					break;
			}
			if (n < value.length)
				break;
		}
		complain(reader, X12_CONTROL_CHAR, false, "AK4 6",
				 i < segment->count ? i : 0,
				 "a control character within the data");
		odd = true;
	}
	if (odd)
		check_glue(reader, segment);
}

/*
 * Check the reader's current segment, which lies within a transaction.
 */
void
x12_check_segment(X12Reader *reader, const X12Segment *segment)
{
	if (!x12_plainly_right(reader, segment))
		check_elements(reader, segment);
	check_relations(reader, segment);
}
