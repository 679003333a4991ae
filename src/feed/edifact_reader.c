/*
 * edifact_reader.c
 *		The envelopes of UN/EDIFACT, and what is wrong with them.
 *
 *		UNA? UNB (UNG)? UNH .. UNT (UNE)? UNZ
 *
 * Each interchange may name its delimiters in a UNA; without one the default
 * set holds.  A message is accepted or refused as a whole, as a transaction
 * set of X12 is.
 */
#include "feed/edifact.h"

#include <stdio.h>
#include <string.h>

static const EdifactDelimiters standard = {':', '+', '.', '?', '\''};

/* Begin reading.  The caller then sets report, and keeps the bytes. */
void
edifact_reader_init(EdifactReader *reader, const char *data, size_t length,
					const X12Memory *memory)
{
	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->length = length;
	reader->memory = *memory;
	reader->by = standard;
	reader->line = 1;
	if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		reader->pos = 3;
}

static bool
is_tag(const EdifactSegment *segment, const char *tag)
{
	return segment->count > 0 && x12_slice_is(segment->part[0], tag);
}

/*
 * Report about a part of a segment; element 0 = about all of it, segment
 * NULL = about the document.
 */
void
edifact_report(EdifactReader *reader, const char *code, X12Level level,
			   bool refuses, const EdifactSegment *segment, int element,
			   int component, const char *text)
{
	EdifactFinding finding;
	const char *at;
	const char *end;
	int			i;

	if (refuses && reader->in_message)
		reader->message_refused = true;
	if (reader->report == NULL || reader->findings++ >= X12_MAX_FINDINGS)
		return;
	memset(&finding, 0, sizeof(finding));
	finding.code = code;
	finding.level = level;
	finding.refuses = refuses;
	finding.offset = reader->pos;
	finding.text = text;

	if (segment != NULL)
	{
		finding.offset = segment->offset;
		finding.segment_no = segment->number;
		finding.position = segment->position;
		finding.tag = segment->part[0];
		finding.element = element;
		finding.component = component;
		for (i = 1; i < segment->count && element > 0; i++)
		{
			if (segment->element[i] == element &&
				(component == 0 || segment->component[i] == component))
			{
				finding.offset = segment->at[i];
				finding.value = segment->part[i];
				break;
			}
		}
	}
	if (reader->in_interchange)
		finding.interchange = reader->interchange;
	if (reader->in_group)
		finding.group = reader->group;
	if (reader->in_message)
	{
		finding.message = reader->message;
		finding.message_no = reader->message_no;
	}

	/* places only go back by a segment or a message */
	while (reader->line_offset > finding.offset)
		reader->line -= reader->data[--reader->line_offset] == '\n';
	at = reader->data + reader->line_offset;
	end = reader->data + finding.offset;
	while (at < end && (at = memchr(at, '\n', (size_t) (end - at))) != NULL)
	{
		reader->line++;
		at++;
	}
	reader->line_offset = finding.offset;
	finding.line = reader->line;
	reader->report(reader->report_arg, &finding);
}

/*
 * Is there a UNA or UNB at *pos, blanks aside?  Fills *by with its
 * delimiters, and moves *pos behind a UNA.
 */
static bool
find_delimiters(const char *data, size_t length, size_t *pos,
				EdifactDelimiters *by)
{
	const char *at;
	size_t		i;

	while (*pos < length && memchr(" \t\r\n", data[*pos], 4) != NULL)
		(*pos)++;
	at = data + *pos;
	*by = standard;
	if (length - *pos >= 9 && memcmp(at, "UNA", 3) == 0)
	{
		EdifactDelimiters own = {at[3], at[4], at[5], at[6], at[8]};
		const char	all[5] = {own.component, own.element, own.release,
		own.terminator, 'x'};

		for (i = 0; i < 4; i++)
		{
			unsigned char c = (unsigned char) all[i];

			if (c >= 0x80 || (c >= '0' && c <= '9') ||
				(c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
				(c == ' ' && i != 2) || memchr(all + i + 1, c, 4 - i) != NULL)
				return false;
		}
		*by = own;
		*pos += 9;
		while (*pos < length && (data[*pos] == '\r' || data[*pos] == '\n'))
			(*pos)++;
		at = data + *pos;
	}
	return length - *pos >= 4 && memcmp(at, "UNB", 3) == 0 &&
		at[3] == by->element;
}

/* Take over the delimiters of an interchange that begins at pos. */
static bool
open_delimiters(EdifactReader *reader)
{
	return find_delimiters(reader->data, reader->length, &reader->pos,
						   &reader->by);
}

/*
 * Is this segment a UNA with a UNB behind it, whatever its delimiters?
 * Anything else that looks like a UNA is a segment as others are.
 */
static bool
begins_interchange(const EdifactReader *reader, const EdifactSegment *segment)
{
	EdifactDelimiters by;
	size_t		pos = segment->offset;

	return reader->length - pos >= 9 &&
		memcmp(reader->data + pos, "UNA", 3) == 0 &&
		find_delimiters(reader->data, reader->length, &pos, &by);
}

/* A count as written; -1 if it is none. */
static int64_t
count_of(X12Slice slice)
{
	X12Number	number = x12_number(slice);

	if (number.state != X12_NUMBER_EXACT || number.scale != 0)
		return -1;
	return number.mantissa;
}

static void
open_interchange(EdifactReader *reader, const EdifactSegment *segment)
{
	X12Slice	date = edifact_part(segment, 4, 1);
	X12DateState state;

	if (!reader->unb_due)
		edifact_report(reader, "MISSING_UNZ", X12_LEVEL_INTERCHANGE, true,
					   segment, 0, 0,
					   "an interchange has no UNZ: another UNB follows");
	reader->unb_due = false;
	reader->in_group = false;
	reader->interchange_no++;
	reader->groups = 0;
	reader->messages = 0;
	reader->outside_told = false;
	reader->syntax = edifact_part(segment, 1, 1);
	reader->sender = edifact_part(segment, 2, 1);
	reader->sender_qualifier = edifact_part(segment, 2, 2);
	reader->receiver = edifact_part(segment, 3, 1);
	reader->receiver_qualifier = edifact_part(segment, 3, 2);
	reader->interchange = edifact_part(segment, 5, 1);
	reader->is_test = x12_slice_is(edifact_part(segment, 11, 1), "1");
	reader->interchange_refused = false;
	reader->century_year = 2020;
	x12_date(date, 2020, &state);
	if (state != X12_DATE_SHORT && state != X12_DATE_OK)
		edifact_report(reader, "BAD_DATE", X12_LEVEL_INTERCHANGE, false,
					   segment, 4, 1, "the interchange has no valid date");
	if (reader->interchange.length == 0)
		edifact_report(reader, "UNZ_REF", X12_LEVEL_INTERCHANGE, true,
					   segment, 5, 1,
					   "the interchange has no control reference");
	else
	{
		uint64_t	scope = UINT64_C(1) << 63;
		uint32_t	i;

		/* the same reference from the same sender to the same receiver */
		for (i = 0; i < reader->sender.length; i++)
			scope = (scope ^ (unsigned char) reader->sender.at[i]) *
				UINT64_C(1099511628211);
		for (i = 0; i < reader->receiver.length; i++)
			scope = (scope ^ (unsigned char) reader->receiver.at[i]) *
				UINT64_C(1099511628211);
		if (x12_seen(&reader->seen, &reader->memory,
					 scope | UINT64_C(1) << 63, reader->interchange, true))
		{
			edifact_report(reader, "DUP_INTERCHANGE", X12_LEVEL_INTERCHANGE,
						   true, segment, 5, 1,
						   "an interchange of this sender with this reference came before in the document");
			reader->interchange_refused = true;
		}
	}
	if (reader->is_test)
		edifact_report(reader, "TEST_DATA", X12_LEVEL_INTERCHANGE, false,
					   segment, 11, 1, "test data: not to be booked");
}

static void
lose_message(EdifactReader *reader, const EdifactSegment *before)
{
	edifact_report(reader, before != NULL ? "MISSING_UNT" : "TRUNCATED",
				   before != NULL ? X12_LEVEL_TRANSACTION :
				   X12_LEVEL_INTERCHANGE, true, before, 0, 0,
				   before != NULL ?
				   "a message has no UNT: another segment of the envelope follows" :
				   "the document ends within a message");
	reader->message_refused = true;
	reader->in_message = false;
	if (before == NULL)
		reader->in_interchange = false;
}

static void
open_message(EdifactReader *reader, const EdifactSegment *segment)
{
	reader->in_message = true;
	reader->message_refused = reader->interchange_refused;
	reader->outside_told = false;
	reader->message_no++;
	reader->messages++;
	reader->group_messages++;
	reader->message = edifact_part(segment, 1, 1);
	reader->type = edifact_part(segment, 2, 1);
	reader->version = edifact_part(segment, 2, 3);
	reader->message_offset = segment->offset;
	reader->message_segment_no = segment->number;
	reader->supported = x12_slice_is(reader->type, "SLSRPT") ||
		x12_slice_is(reader->type, "INVRPT");
	if (!reader->supported && !x12_slice_is(reader->type, "CONTRL") &&
		!x12_slice_is(reader->type, "APERAK"))
		edifact_report(reader, "UNSUPPORTED_MESSAGE", X12_LEVEL_TRANSACTION,
					   true, segment, 2, 1, "no reader for this message");
	if (reader->message.length == 0)
		edifact_report(reader, "UNT_REF", X12_LEVEL_TRANSACTION, true, segment,
					   1, 1, "the message has no reference");
	else if (x12_seen(&reader->seen, &reader->memory,
					  (uint64_t) reader->interchange_no, reader->message,
					  reader->message.at >= reader->data &&
					  reader->message.at < reader->data + reader->length))
		edifact_report(reader, "DUP_MESSAGE", X12_LEVEL_TRANSACTION, false,
					   segment, 1, 1,
					   "a message with this reference came before in the interchange");
	edifact_lines_begin(&reader->lines, reader, true);
}

static void
close_message(EdifactReader *reader, const EdifactSegment *segment)
{
	if (reader->supported)
		edifact_lines_end(&reader->lines);
	if (count_of(edifact_part(segment, 1, 1)) != reader->position)
	{
		snprintf(reader->said, sizeof(reader->said),
				 "UNT must say %d, the number of segments from UNH to UNT",
				 reader->position);
		edifact_report(reader, "UNT_COUNT", X12_LEVEL_TRANSACTION, true,
					   segment, 1, 1, reader->said);
	}
	if (!x12_slice_same(edifact_part(segment, 2, 1), reader->message))
		edifact_report(reader, "UNT_REF", X12_LEVEL_TRANSACTION, true, segment,
					   2, 1, "UNT does not repeat the reference of the UNH");
	reader->in_message = false;
	reader->position = 0;
}

static void
close_interchange(EdifactReader *reader, const EdifactSegment *segment)
{
	int			units = reader->groups > 0 ? reader->groups :
	reader->messages;

	if (count_of(edifact_part(segment, 1, 1)) != units)
	{
		snprintf(reader->said, sizeof(reader->said),
				 "UNZ must say %d, the number of %s", units,
				 reader->groups > 0 ? "groups" : "messages");
		edifact_report(reader, "UNZ_COUNT", X12_LEVEL_INTERCHANGE, true,
					   segment, 1, 1, reader->said);
	}
	if (!x12_slice_same(edifact_part(segment, 2, 1), reader->interchange) &&
		reader->interchange.length > 0)
		edifact_report(reader, "UNZ_REF", X12_LEVEL_INTERCHANGE, true,
					   segment, 2, 1,
					   "UNZ does not repeat the reference of the UNB");
	reader->in_interchange = false;
}

/*
 * Find the next interchange, from pos on.  False at the end.
 */
static bool
seek(EdifactReader *reader)
{
	size_t		from;
	bool		first = reader->interchange_no == 0;

	if (open_delimiters(reader))
		return true;
	from = reader->pos;
	if (from >= reader->length)
	{
		if (first)
			edifact_report(reader, "EMPTY_FILE", X12_LEVEL_FILE, true, NULL, 0,
						   0, "nothing but blanks");
		return false;
	}
	if (first)
	{
		size_t		left = reader->length - from;
		const char *at = reader->data + from;

		if (left >= 4 && memcmp(at, "UNH", 3) == 0)
			edifact_report(reader, "UNB_MISSING", X12_LEVEL_FILE, true, NULL,
						   0, 0, "a message without its envelope: no UNB");
		else if (left >= 4 && (memcmp(at, "UNA", 3) == 0 ||
							   memcmp(at, "UNB", 3) == 0))
			edifact_report(reader, "BAD_DELIMITER", X12_LEVEL_INTERCHANGE,
						   true, NULL, 0, 0,
						   "the delimiters cannot be told apart, or no UNB follows the UNA");
		else
			edifact_report(reader, "NOT_EDI", X12_LEVEL_FILE, true, NULL, 0, 0,
						   "not an EDIFACT document: it does not begin with UNA or UNB");
	}
	else
		edifact_report(reader, "TRAILING_DATA", X12_LEVEL_FILE, false, NULL, 0,
					   0, "data behind the last interchange");
	reader->interchange_no++;

	/* an interchange further on begins a line */
	while (reader->pos < reader->length)
	{
		const char *hit = memchr(reader->data + reader->pos, '\n',
								 reader->length - reader->pos);

		if (hit == NULL)
			break;
		reader->pos = (size_t) (hit - reader->data) + 1;
		if (reader->length - reader->pos >= 4 &&
			memcmp(reader->data + reader->pos, "UN", 2) == 0 &&
			open_delimiters(reader))
			return true;
	}
	reader->pos = reader->length;
	return false;
}

/*
 * The bytes are used up.
 */
static void
finish(EdifactReader *reader)
{
	const char *odd = "NO_UNA_ODD_TERMINATOR";

	reader->done = true;
	if (!reader->in_interchange)
		return;
	if (reader->messages == 0 && reader->segment_no == 0)
		edifact_report(reader, odd, X12_LEVEL_INTERCHANGE, true, NULL, 0, 0,
					   "the terminator does not occur: an interchange with another one needs a UNA");
	else
		edifact_report(reader, reader->cut ? "TRUNCATED" : "MISSING_UNZ",
					   X12_LEVEL_INTERCHANGE, true, NULL, 0, 0,
					   reader->cut ? "the document ends within an interchange" :
					   "an interchange has no UNZ");
	reader->in_interchange = false;
}

/*
 * The next event.  reader->segment describes it; ->message_refused is the
 * verdict once a message has ended.
 */
EdifactEvent
edifact_read(EdifactReader *reader)
{
	EdifactSegment *segment = &reader->segment;

	for (;;)
	{
		bool		service;
		bool		anew;

		if (reader->done)
			return EDIFACT_END;
		if (!reader->in_interchange)
		{
			if (!seek(reader))
			{
				reader->done = true;
				return EDIFACT_END;
			}
			reader->in_interchange = true;
			reader->in_group = false;
			reader->unb_due = true;
			reader->interchange.length = 0;
		}
		if (!edifact_next(reader, segment))
		{
			if (reader->in_message)
			{
				lose_message(reader, NULL);
				return EDIFACT_MESSAGE_LOST;
			}
			finish(reader);
			return EDIFACT_END;
		}
		segment->number = reader->segment_no + 1;
		segment->position = reader->in_message ? reader->position + 1 : 0;
		anew = begins_interchange(reader, segment);
		if (!anew && !segment->terminated && !is_tag(segment, "UNZ"))
		{
			if (segment->bad_release)
				edifact_report(reader, "BAD_RELEASE", X12_LEVEL_SEGMENT, true,
							   segment, 0, 0,
							   "a release character at the end releases nothing");
			reader->cut = true;
			reader->pos = reader->length;
			continue;
		}
		service = anew || is_tag(segment, "UNH") || is_tag(segment, "UNZ") ||
			is_tag(segment, "UNG") || is_tag(segment, "UNE") ||
			is_tag(segment, "UNB");
		if (service && reader->in_message)
		{
			lose_message(reader, segment);
			reader->pos = segment->offset;
			return EDIFACT_MESSAGE_LOST;
		}
		if (anew)
		{
			edifact_report(reader, "MISSING_UNZ", X12_LEVEL_INTERCHANGE, true,
						   segment, 0, 0,
						   "an interchange has no UNZ: a UNA follows");
			reader->in_interchange = false;
			reader->pos = segment->offset;
			continue;
		}
		reader->segment_no++;
		if (is_tag(segment, "UNB"))
			open_interchange(reader, segment);
		else if (is_tag(segment, "UNZ"))
		{
			if (!segment->terminated)
				edifact_report(reader, "MISSING_TERMINATOR",
							   X12_LEVEL_INTERCHANGE, false, segment, 0, 0,
							   "the last segment has no terminator");
			close_interchange(reader, segment);
		}
		else if (is_tag(segment, "UNG"))
		{
			reader->groups++;
			reader->in_group = true;
			reader->group = edifact_part(segment, 5, 1);
			reader->group_messages = 0;
		}
		else if (is_tag(segment, "UNE"))
		{
			if (count_of(edifact_part(segment, 1, 1)) !=
				reader->group_messages)
				edifact_report(reader, "UNE_COUNT", X12_LEVEL_GROUP, true,
							   segment, 1, 1,
							   "UNE does not say the number of messages");
			if (!x12_slice_same(edifact_part(segment, 2, 1), reader->group))
				edifact_report(reader, "UNE_REF", X12_LEVEL_GROUP, true,
							   segment, 2, 1,
							   "UNE does not repeat the reference of the UNG");
			reader->in_group = false;
		}
		else if (is_tag(segment, "UNH"))
		{
			reader->position = 1;
			segment->position = 1;
			reader->message_room = reader->room.used;
			open_message(reader, segment);
			return EDIFACT_MESSAGE_BEGIN;
		}
		else if (reader->in_message)
		{
			reader->position++;
			if (segment->overlong)
				edifact_report(reader, "SEGMENT_TOO_LONG", X12_LEVEL_SEGMENT,
							   true, segment, 0, 0,
							   "a segment of more than 64 KiB or 1023 parts: is its terminator lost?");
			if (is_tag(segment, "UNT"))
			{
				close_message(reader, segment);
				return EDIFACT_MESSAGE_END;
			}
			if (reader->supported)
				edifact_lines_segment(&reader->lines, segment);
		}
		else if (!reader->outside_told)
		{
			reader->outside_told = true;
			edifact_report(reader, "SEGMENT_OUTSIDE_UNH", X12_LEVEL_GROUP,
						   true, segment, 0, 0,
						   "a segment outside any message: has a UNH been lost?");
		}
		return EDIFACT_SEGMENT;
	}
}

/*
 * Deliver the lines of the message that has just ended and is not refused.
 * "segment" is room for the segments read again.
 */
void
edifact_deliver(EdifactReader *reader, EdifactSegment *segment,
				EdifactEmit emit, void *arg)
{
	size_t		resume = reader->pos;
	size_t		end = reader->segment.offset;
	size_t		used = reader->room.used;
	int			number = reader->message_segment_no;
	int			position = 1;

	/* what the first pass rewrote is not needed any more */
	reader->room.used = reader->message_room;
	reader->pos = reader->message_offset;
	edifact_lines_begin(&reader->lines, reader, false);
	reader->lines.emit = emit;
	reader->lines.emit_arg = arg;
	while (reader->pos < end && edifact_next(reader, segment))
	{
		segment->number = number++;
		segment->position = position++;
		if (position > 2)
			edifact_lines_segment(&reader->lines, segment);
	}
	edifact_lines_end(&reader->lines);
	if (reader->room.used < used)
		reader->room.used = used;
	reader->pos = resume;
}
