/*
 * edifact_token.c
 *		Bytes to EDIFACT segments and their parts.
 *
 * A release character takes the next one literally, and line ends may stand
 * anywhere, so what a part says is not always a run of bytes of the document:
 * such a part is rewritten into the reader's room, which is allocated once.
 */
#include "feed/edifact.h"

#include <string.h>

/* The part at this place of a segment; absent if it has none. */
X12Slice
edifact_part(const EdifactSegment *segment, int element, int component)
{
	X12Slice	none = {NULL, 0};
	int			i;

	for (i = 1; i < segment->count && segment->element[i] <= element; i++)
	{
		if (segment->element[i] == element &&
			segment->component[i] == component)
			return segment->part[i];
	}
	return none;
}

/* Room for "bytes" more; NULL without memory. */
static char *
make_room(EdifactReader *reader, size_t bytes)
{
	EdifactRoom *room = &reader->room;

	if (room->at == NULL)
	{
		room->size = 3 * reader->length + 16;
		room->at = reader->memory.grow(reader->memory.arg, NULL, room->size);
		if (room->at == NULL)
			room->size = 0;
	}
	if (room->size - room->used < bytes)
		return NULL;
	return room->at + room->used;
}

/* Add the part from "from" to "to", rewritten if it is not plain. */
static void
add_part(EdifactReader *reader, EdifactSegment *segment, size_t from,
		 size_t to, bool plain, int element, int component)
{
	X12Slice   *part = &segment->part[segment->count];

	segment->element[segment->count] = (uint16_t) element;
	segment->component[segment->count] = (uint16_t) component;
	segment->at[segment->count] = from;
	part->at = reader->data + from;
	part->length = (uint32_t) (to - from);
	if (!plain)
	{
		char	   *copy = make_room(reader, to - from);
		size_t		n = 0;
		size_t		i;

		for (i = from; i < to && copy != NULL; i++)
		{
			char		c = reader->data[i];

			if (c == '\r' || c == '\n')
				continue;
			if (c == reader->by.release && c != ' ' && i + 1 < to)
				c = reader->data[++i];
			copy[n++] = c;
		}
		reader->room.used += n;
		part->at = copy;
		part->length = copy != NULL ? (uint32_t) n : 0;
	}
	segment->count++;
}

/*
 * Read the segment at pos.  False at the end of the data.
 */
bool
edifact_next(EdifactReader *reader, EdifactSegment *segment)
{
	const EdifactDelimiters *by = &reader->by;
	const char *data = reader->data;
	size_t		pos = reader->pos;
	size_t		from;
	int			element = 0;
	int			component = 0;
	bool		plain = true;

	while (pos < reader->length && (data[pos] == '\r' || data[pos] == '\n' ||
									data[pos] == ' ' || data[pos] == '\t'))
		pos++;
	reader->pos = pos;
	if (pos >= reader->length)
		return false;
	segment->offset = from = pos;
	segment->count = 0;
	segment->terminated = false;
	segment->overlong = false;
	segment->bad_release = false;
	for (; pos < reader->length; pos++)
	{
		char		c = data[pos];
		bool		ends = c == by->terminator;

		if (c == by->release && c != ' ')
		{
			plain = false;
			if (++pos >= reader->length)
				segment->bad_release = true;
			continue;
		}
		if (c == '\r' || c == '\n')
		{
			plain = plain && ends;
			if (!ends)
				continue;
		}
		if (!ends && c != by->element && c != by->component)
			continue;
		if (segment->count < EDIFACT_MAX_PARTS &&
			pos - segment->offset <= X12_MAX_SEGMENT)
			add_part(reader, segment, from, pos, plain, element, component);
		else
			segment->overlong = true;
		plain = true;
		from = pos + 1;
		if (ends)
		{
			segment->terminated = true;
			pos++;
			break;
		}
		if (c == by->element)
		{
			element++;
			component = 1;
		}
		else
			component++;
	}
	if (pos > reader->length)
		pos = reader->length;
	if (!segment->terminated && segment->count < EDIFACT_MAX_PARTS)
	{
		/* what is left at the end, enough of it to be told */
		size_t		to = pos - from > 99 ? from + 99 : pos;

		add_part(reader, segment, from, to, plain && to == pos, element,
				 component);
	}
	reader->pos = pos;
	return true;
}

/*
 * A number, its decimal mark that of the interchange.
 */
X12Number
edifact_number(EdifactReader *reader, const EdifactSegment *segment,
			   int element, int component, bool judging)
{
	X12Slice	slice = x12_trim(edifact_part(segment, element, component));
	const char *comma = slice.length > 0 ?
	memchr(slice.at, ',', slice.length) : NULL;
	X12Number	number;

	if ((comma != NULL && reader->by.mark != ',') ||
		(reader->by.mark == ',' && slice.length > 0 &&
		 memchr(slice.at, '.', slice.length) != NULL))
	{
		if (judging)
			edifact_report(reader, "DECIMAL_MARK", X12_LEVEL_ELEMENT, true,
						   segment, element, component,
						   "another decimal mark than the interchange declares");
		number = x12_number(slice);
		number.state = X12_NUMBER_NONE;
		return number;
	}
	if (comma != NULL)
	{
		char	   *copy = make_room(reader, slice.length);
		X12Slice	pointed = {copy, slice.length};

		if (copy != NULL)
		{
			memcpy(copy, slice.at, slice.length);
			copy[comma - slice.at] = '.';
			reader->room.used += slice.length;
			slice = pointed;
		}
	}
	number = x12_number(slice);
	if (number.state == X12_NUMBER_BAD && judging)
		edifact_report(reader, "BAD_NUMBER", X12_LEVEL_ELEMENT, true, segment,
					   element, component, "not a number");
	return number;
}
