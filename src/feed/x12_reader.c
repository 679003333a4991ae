/*
 * x12_reader.c
 *		The envelopes of X12, and what is wrong with them.
 *
 * An interchange (ISA..IEA) holds groups (GS..GE), a group holds transaction
 * sets (ST..SE), and each closing segment repeats its number and a count.
 * x12_read() walks through a document one segment at a time:
 *
 *		seeking --ISA--> interchange --GS--> group --ST--> transaction
 *		   ^                |  ^                |  ^            |
 *		   +------IEA-------+  +-------GE-------+  +-----SE-----+
 *
 * When a level is broken off, reading goes on at the next segment that opens
 * or closes a level, looked for at segment starts only, never inside the
 * data.  A transaction is accepted or refused as a whole; its neighbours do
 * not suffer.  What is known when an interchange or group opens (a duplicate,
 * an unreadable ISA) refuses all within; what comes to light when it closes
 * is reported, but takes back no transaction that was complete.
 */
#include "x12_internal.h"

#include <string.h>

#define READ_ON		(-1)		/* no X12Event */

/* Is there a U+FFFD, which stands for a character that was lost? */
static bool
has_replacement(const char *at, size_t length)
{
	const char *end = at + length;

	while (at < end &&
		   (at = memchr(at, 0xEF, (size_t) (end - at))) != NULL)
	{
		if (end - at >= 3 && memcmp(at, "\xef\xbf\xbd", 3) == 0)
			return true;
		at++;
	}
	return false;
}

/*
 * Begin reading a document.  The caller then sets report and check, and keeps
 * the bytes; memory is what the reader takes for its copies.
 */
void
x12_reader_init(X12Reader *reader, const char *data, size_t length,
				const X12Memory *memory)
{
	static const X12Delimiters none = {0, 0, 0, 0};

	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->length = length;
	reader->memory = *memory;
	reader->seeking = true;
	reader->line = 1;
	reader->replaced = has_replacement(data, length);
	x12_index_init(&reader->index);
	x12_cursor_init(&reader->cursor, data, length, 0, &none, &reader->index);
}

/* Report about the segment just read, as a whole. */
static X12_RARE void
report(X12Reader *reader, X12Code code, X12Slice value, const char *message)
{
	X12Place	place;

	x12_place(reader, &place);
	x12_report(reader, code, &place, value, message);
}

static X12_RARE void
report_at(X12Reader *reader, X12Code code, const X12Place *place,
		  const char *message)
{
	X12Slice	nothing = {NULL, 0};

	x12_report(reader, code, place, nothing, message);
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

/* Equal control numbers, leading zeros aside if they are digits. */
static bool
same_number(X12Slice a, X12Slice b)
{
	a = x12_trim(a);
	b = x12_trim(b);
	if (count_of(a) >= 0 && count_of(b) >= 0)
		return count_of(a) == count_of(b);
	return a.length > 0 && x12_slice_same(a, b);
}

/*
 * The transaction that was open has no SE.  It counts as refused.
 */
static X12Event
lose_transaction(X12Reader *reader, bool at_end)
{
	if (at_end)
		report_at(reader, X12_TRUNCATED, &reader->st,
				  "the document ends within a transaction set");
	else
		report_at(reader, X12_MISSING_SE, &reader->st,
				  "a transaction set has no SE: another segment of the envelope follows");
	reader->transaction_refused = true;
	reader->in_transaction = false;
	reader->outside_told = false;
	if (at_end)
	{
		reader->in_group = false;
		reader->in_interchange = false;
	}
	return X12_TRANSACTION_LOST;
}

static void
lose_group(X12Reader *reader)
{
	report_at(reader, X12_MISSING_GE, &reader->gs, "a group has no GE");
	reader->in_group = false;
}

static X12Slice
no_slice(void)
{
	X12Slice	nothing = {NULL, 0};

	return nothing;
}

/*
 * The bytes are used up.  Called once, with no transaction open.
 */
static void
end_of_data(X12Reader *reader)
{
	if (!reader->in_interchange)
		return;
	reader->position = 0;
	if (reader->cut)
		report_at(reader, X12_TRUNCATED, &reader->isa,
				  "the document ends within an interchange");
	else
	{
		if (reader->in_group)
			lose_group(reader);
		report_at(reader, X12_MISSING_IEA, &reader->isa,
				  "an interchange has no IEA");
	}
	reader->in_group = false;
	reader->in_interchange = false;
}

static void
open_group(X12Reader *reader, const X12Segment *segment)
{
	X12Envelope *envelope = &reader->envelope;
	X12DateState state;
	X12Slice	release;

	x12_place(reader, &reader->gs);
	reader->in_group = true;
	reader->group_refused = false;
	reader->outside_told = false;
	reader->transactions = 0;
	reader->group_no++;
	reader->groups++;
	envelope->functional_id = x12_trim(x12_element(segment, 1));
	envelope->application_sender = x12_trim(x12_element(segment, 2));
	envelope->application_receiver = x12_trim(x12_element(segment, 3));
	envelope->group = x12_trim(x12_element(segment, 6));
	envelope->release = release = x12_trim(x12_element(segment, 8));
	envelope->short_dates = release.length >= 6 &&
		memcmp(release.at, "004010", 6) < 0;
	if (release.length < 6 || memcmp(release.at, "004010", 6) < 0)
		x12_report_as(reader, X12_BAD_VERSION, false, "AK9 2", &reader->gs,
					  release, "GS08 names a release before 004010, or none");
	(void) x12_date(x12_element(segment, 4), envelope->century_year, &state);
	if (state != X12_DATE_OK && state != X12_DATE_SHORT)
	{
		X12Place	place = reader->gs;

		place.element = 4;
		x12_report_as(reader, X12_BAD_DATE, false, "AK9 30", &place,
					  x12_element(segment, 4),
					  "GS04 is not a date CCYYMMDD");
	}
	if (envelope->group.length == 0)
		report(reader, X12_GCN_MISMATCH, no_slice(),
			   "GS06, the control number of the group, is missing");
	else if (x12_seen(&reader->seen, &reader->memory,
					  UINT64_C(1) << 62 | (uint64_t) reader->interchange_no,
					  envelope->group, true))
	{
		report(reader, X12_DUP_GROUP, envelope->group,
			   "a group with this control number came before in the interchange");
		reader->group_refused = true;
	}
}

static void
close_group(X12Reader *reader, const X12Segment *segment)
{
	X12Slice	count = x12_element(segment, 1);

	if (count_of(count) != reader->transactions)
		report(reader, X12_GE_COUNT, count,
			   x12_say(reader, "GE01 must be %d, the number of transaction sets",
					   reader->transactions));
	if (!same_number(x12_element(segment, 2), reader->envelope.group) &&
		reader->envelope.group.length > 0)
		report(reader, X12_GCN_MISMATCH, x12_element(segment, 2),
			   "GE02 is not the control number of the GS");
	reader->in_group = false;
	reader->outside_told = false;
}

static void
open_transaction(X12Reader *reader, const X12Segment *segment)
{
	X12Envelope *envelope = &reader->envelope;

	reader->in_transaction = true;
	reader->outside_told = false;
	reader->transaction_no++;
	reader->transactions++;
	reader->position = 1;
	x12_place(reader, &reader->st);
	reader->transaction_refused = reader->interchange_refused ||
		reader->group_refused;
	envelope->set = x12_trim(x12_element(segment, 1));
	envelope->transaction = x12_trim(x12_element(segment, 2));
	reader->set = x12_find_set(envelope->set);

	if (!reader->in_group)
		report(reader, X12_ST_OUTSIDE_GS, no_slice(),
			   "a transaction set outside a group");
	if (reader->set == NULL && !x12_is_acknowledgement(envelope->set))
		report(reader, X12_UNSUPPORTED_SET, envelope->set,
			   "no reader for this transaction set");
	if (envelope->transaction.length == 0)
		report(reader, X12_TCN_MISMATCH, no_slice(),
			   "ST02, the control number of the transaction set, is missing");
	else if (reader->in_group &&
			 x12_seen(&reader->seen, &reader->memory,
					  UINT64_C(2) << 62 | (uint64_t) reader->group_no,
					  envelope->transaction, true))
		report(reader, X12_DUP_TRANSACTION, envelope->transaction,
			   "a transaction set with this control number came before in the group");
	if (reader->set != NULL && reader->in_group &&
		!x12_slice_is(envelope->functional_id, reader->set->functional_id))
		report(reader, X12_WRONG_FUNCTIONAL_ID, envelope->functional_id,
			   "GS01 names another kind of group than this transaction set needs");
	reader->judged = reader->set != NULL &&
		(reader->check & reader->set->bit) != 0;
	if (reader->judged)
		reader->set->begin(&reader->state, reader);
}

static void
close_transaction(X12Reader *reader, const X12Segment *segment)
{
	X12Slice	count = x12_element(segment, 1);
	X12Slice	number = x12_trim(x12_element(segment, 2));

	if (reader->judged)
	{
		if (reader->position == 2)
			report(reader, X12_MANDATORY_SEGMENT, no_slice(),
				   "a transaction set without content");
		else
		{
			reader->set->segment(&reader->state, segment);
			if (reader->set->end != NULL)
				reader->set->end(&reader->state);
		}
	}
	if (count_of(count) != reader->position)
		report(reader, X12_SE_COUNT, count,
			   x12_say(reader, "SE01 must be %d, the number of segments from ST to SE",
					   reader->position));
	if (!x12_slice_same(number, reader->envelope.transaction) &&
		reader->envelope.transaction.length > 0)
		report(reader, X12_TCN_MISMATCH, number,
			   "SE02 is not the control number of the ST");
	reader->in_transaction = false;
}

static void
close_interchange(X12Reader *reader, const X12Segment *segment)
{
	X12Slice	count = x12_element(segment, 1);
	X12Slice	number = x12_element(segment, 2);
	uint32_t	digits = 0;

	/* the terminator of the IEA may be lost where another ISA follows */
	while (digits < number.length && number.at[digits] >= '0' &&
		   number.at[digits] <= '9')
		digits++;
	if (digits > 0 && digits < number.length)
	{
		size_t		next = (size_t) (number.at - reader->cursor.data) + digits;
		X12Delimiters by;

		while (next < reader->cursor.length &&
			   strchr(" \t\r\n", reader->cursor.data[next]) != NULL &&
			   reader->cursor.data[next] != '\0')
			next++;
		if (x12_isa_fits(reader->cursor.data + next,
						 reader->cursor.length - next, &by))
		{
			report(reader, X12_MISSING_TERMINATOR, no_slice(),
				   "the IEA has no terminator");
			number.length = digits;
			x12_cursor_seek(&reader->cursor, next);
		}
	}
	if (count_of(count) != reader->groups)
		report(reader, X12_IEA_COUNT, count,
			   x12_say(reader, "IEA01 must be %d, the number of groups",
					   reader->groups));
	if (!same_number(number, reader->envelope.interchange))
		report(reader, X12_ICN_MISMATCH, number,
			   "IEA02 is not the control number of the ISA");
	else if (!x12_slice_same(number, reader->envelope.interchange))
		report(reader, X12_ICN_FORMAT, number,
			   "IEA02 is written otherwise than ISA13");
	reader->in_interchange = false;
	reader->seeking = true;
}

/*
 * A segment between the sets.  One finding for a run of them.
 */
static void
stray_segment(X12Reader *reader, const X12Segment *segment)
{
	if (segment->tag == X12_TA1 || segment->tag == X12_ISB ||
		segment->tag == X12_ISE)
	{
		if (!reader->in_group)
			return;
	}
	if (reader->outside_told)
		return;
	reader->outside_told = true;
	report(reader, X12_SEGMENT_OUTSIDE_ST, x12_element(segment, 0),
		   "a segment outside any transaction set: has an ST been lost?");
}

/* Does an interchange begin with this segment, whatever its delimiters? */
static bool
begins_interchange(const X12Reader *reader, const X12Segment *segment)
{
	const char *bytes = reader->cursor.data + segment->offset;
	X12Delimiters by;

	if (segment->tag == X12_ISA)
		return true;
	if (segment->length < 3 || memcmp(bytes, "ISA", 3) != 0)
		return false;
	return x12_isa_fits(bytes,
						reader->cursor.length - segment->offset, &by);
}

/* Let the next call read this segment again. */
static void
push_back(X12Reader *reader)
{
	x12_cursor_seek(&reader->cursor, reader->segment.offset);
}

/*
 * A segment too long, or one of too many elements.
 */
static X12_RARE void
refuse_overlong(X12Reader *reader, const X12Segment *segment)
{
	report(reader, X12_SEGMENT_TOO_LONG, x12_element(segment, 0),
		   "a segment of more than 64 KiB or 1023 elements: is its terminator lost?");
}

/* Characters that were lost before the document came here. */
static void
report_replacement(X12Reader *reader, const X12Segment *segment)
{
	X12Place	place;
	int			i;

	x12_place(reader, &place);
	for (i = 1; i < segment->count; i++)
	{
		X12Slice	value = x12_element(segment, i);

		if (!has_replacement(value.at, value.length))
			continue;
		place.element = i;
		x12_report(reader, X12_BAD_ENCODING, &place, value,
				   "a character was lost on the way (U+FFFD)");
	}
}

/* One segment within a transaction that opens and closes nothing. */
static inline void
body_segment(X12Reader *reader, const X12Segment *segment)
{
	if (segment->overlong)
	{
		refuse_overlong(reader, segment);
		return;
	}
	if (!reader->judged)
		return;
	if (reader->position == 2 && segment->tag != reader->set->begins_with)
		report(reader, X12_MANDATORY_SEGMENT, x12_element(segment, 0),
			   x12_say(reader, "a %s must begin with %s", reader->set->code,
					   x12_specs[reader->set->begins_with].tag));
	x12_check_segment(reader, segment);
	if (reader->replaced)
		report_replacement(reader, segment);
	reader->set->segment(&reader->state, segment);
}

/*
 * The event of a segment that may open or close a level, stand between
 * levels, or be one that should not be there.  READ_ON if it makes none.
 */
static X12_RARE int
envelope_segment(X12Reader *reader, X12Segment *segment)
{
	if (!segment->terminated && segment->tag != X12_IEA)
	{
		reader->cut = true;
		return READ_ON;
	}
	if (segment->length == 0)
	{
		if (!reader->empty_told)
			report(reader, X12_EMPTY_SEGMENT, no_slice(),
				   "two terminators in a row");
		reader->empty_told = true;
		return READ_ON;
	}
	reader->empty_told = false;

	/* does it break off what is open? */
	switch (segment->tag)
	{
		case X12_ISA:
		case X12_GS:
		case X12_ST:
		case X12_GE:
		case X12_IEA:
		case X12_UNKNOWN:
			if (segment->tag == X12_UNKNOWN &&
				!begins_interchange(reader, segment))
				break;
			if (reader->in_transaction)
			{
				push_back(reader);
				return lose_transaction(reader, false);
			}
			reader->position = 0;
			if (segment->tag == X12_ST || segment->tag == X12_GE)
				break;
			if (reader->in_group)
				lose_group(reader);
			if (segment->tag == X12_GS || segment->tag == X12_IEA)
				break;
			report_at(reader, X12_MISSING_IEA, &reader->isa,
					  "an interchange has no IEA: another ISA follows");
			push_back(reader);
			reader->in_interchange = false;
			reader->seeking = true;
			return READ_ON;
		default:
			break;
	}

	reader->segment_no++;
	if (reader->in_transaction)
		reader->position++;
	segment->number = reader->segment_no;
	segment->position = reader->position;
	if (segment->indented && !reader->indent_told)
	{
		reader->indent_told = true;
		report(reader, X12_LEADING_SPACES, no_slice(),
			   "blanks before a segment");
	}
	switch (segment->tag)
	{
		case X12_GS:
			open_group(reader, segment);
			return X12_GROUP_BEGIN;
		case X12_ST:
			open_transaction(reader, segment);
			return X12_TRANSACTION_BEGIN;
		case X12_SE:
			if (!reader->in_transaction)
				break;
			close_transaction(reader, segment);
			return X12_TRANSACTION_END;
		case X12_GE:
			if (!reader->in_group)
				break;
			close_group(reader, segment);
			return X12_GROUP_END;
		case X12_IEA:
			if (!segment->terminated)
				report(reader, X12_MISSING_TERMINATOR, no_slice(),
					   "the last segment has no terminator");
			close_interchange(reader, segment);
			return X12_INTERCHANGE_END;
		default:
			break;
	}
	if (reader->in_transaction)
		body_segment(reader, segment);
	else
		stray_segment(reader, segment);
	return X12_SEGMENT;
}

/*
 * No segment was there to read: the bytes are used up, or the next
 * interchange is to be found.  The event of that, or READ_ON.
 */
static X12_RARE int
between_segments(X12Reader *reader)
{
	if (reader->done)
		return X12_END;
	if (reader->seeking)
	{
		if (x12_seek(reader))
			return reader->in_interchange ? (int) X12_INTERCHANGE_BEGIN :
				READ_ON;
	}
	else if (reader->in_transaction)
		return lose_transaction(reader, true);
	else
		end_of_data(reader);
	x12_finish(reader);
	return X12_END;
}

/*
 * The next event.  reader->segment and ->envelope describe it, and
 * ->transaction_refused is the verdict once a transaction has ended.  After
 * X12_END there is nothing more.
 */
X12Event
x12_read(X12Reader *reader)
{
	X12Segment *segment = &reader->segment;
	int			event;

	do
	{
		if (reader->done || reader->seeking ||
			!x12_cursor_next(&reader->cursor, segment))
			event = between_segments(reader);
		else if (reader->in_transaction && segment->tag > X12_ISE &&
				 segment->terminated && !segment->indented)
		{
			/* nearly all segments; they are not empty, as they have a tag */
			reader->empty_told = false;
			segment->number = ++reader->segment_no;
			segment->position = ++reader->position;
			body_segment(reader, segment);
			event = X12_SEGMENT;
		}
		else
			event = envelope_segment(reader, segment);
	} while (event == READ_ON);
	return (X12Event) event;
}
