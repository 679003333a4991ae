/*
 * x12_report.c
 *		How the X12 reader says what it found, and what it remembers.
 *
 * Findings go to the caller's callback one by one, the first
 * X12_MAX_FINDINGS of them; all are counted.  Line numbers are counted only
 * when a finding is handed over, from the place of the last one.  The set of
 * control numbers seen is an open-addressing hash table of slices into the
 * document.
 */
#include "x12_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the current segment stands. */
void
x12_place(const X12Reader *reader, X12Place *place)
{
	place->offset = reader->segment.offset;
	place->segment_no = reader->segment_no;
	place->position = reader->in_transaction ? reader->position : 0;
	place->element = 0;
	place->component = 0;
	place->tag = x12_element(&reader->segment, 0);
	if (place->tag.length > 3)
		place->tag.length = 3;
}

/* Format a message; it lives until the next one. */
const char *
x12_say(X12Reader *reader, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vsnprintf(reader->message, sizeof(reader->message), format, args);
	va_end(args);
	return reader->message;
}

static int64_t
count_lines(const char *at, const char *end)
{
	int64_t		lines = 0;

	while (at < end && (at = memchr(at, '\n', (size_t) (end - at))) != NULL)
	{
		lines++;
		at++;
	}
	return lines;
}

/*
 * The line, from 1, of a place in the document.  Costs the distance to the
 * place asked for before.
 */
static int64_t
line_of(X12Reader *reader, size_t offset)
{
	size_t		before = reader->line_offset;

	if (offset > before)
		reader->line += count_lines(reader->data + before,
									reader->data + offset);
	else
		reader->line -= count_lines(reader->data + offset,
									reader->data + before);
	reader->line_offset = offset;
	return reader->line;
}

/*
 * Report a finding with another verdict or acknowledgement code than the
 * table's.  Refusing one refuses the transaction that is open.
 */
void
x12_report_as(X12Reader *reader, X12Code code, bool refuses, const char *ack,
			  const X12Place *place, X12Slice value, const char *message)
{
	const X12CodeSpec *spec = &x12_codes[code];
	X12Finding	finding;

	if (refuses && reader->in_transaction)
		reader->transaction_refused = true;
	if (reader->report == NULL)
		return;
	if (reader->findings++ >= X12_MAX_FINDINGS)
		return;

	memset(&finding, 0, sizeof(finding));
	finding.code = code;
	finding.refuses = refuses;
	finding.level = (X12Level) spec->level;
	finding.place = *place;
	if (place->element > 0 && place->offset == reader->segment.offset &&
		place->element < reader->segment.count)
		finding.offset = place->offset +
			reader->segment.start[place->element] -
			reader->segment.start[0];
	else
		finding.offset = place->offset;
	finding.offset = x12_origin(reader, finding.offset);
	finding.line = line_of(reader, finding.offset);
	if (reader->in_interchange)
		finding.interchange = reader->envelope.interchange;
	if (reader->in_group)
		finding.group = reader->envelope.group;
	if (reader->in_transaction)
	{
		finding.transaction = reader->envelope.transaction;
		finding.transaction_no = reader->transaction_no;
	}
	finding.value = value;
	finding.message = message;
	finding.ack = ack;
	reader->report(reader->report_arg, &finding);
}

/* Report a finding as the table has it. */
void
x12_report(X12Reader *reader, X12Code code, const X12Place *place,
		   X12Slice value, const char *message)
{
	x12_report_as(reader, code, x12_codes[code].refuses, x12_codes[code].ack,
				  place, value, message);
}

/*
 * The document is read.  Say so if there were more findings than were handed
 * over.
 */
void
x12_finish(X12Reader *reader)
{
	if (reader->done)
		return;
	reader->done = true;
	reader->in_interchange = false;
	reader->in_group = false;
	reader->in_transaction = false;
	if (reader->findings > X12_MAX_FINDINGS && reader->report != NULL)
	{
		X12Place	place = {0};
		X12Slice	nothing = {NULL, 0};
		int64_t		findings = reader->findings;

		reader->findings = 0;
		place.offset = reader->cursor.pos;
		place.segment_no = reader->segment_no;
		x12_report(reader, X12_TOO_MANY_FINDINGS, &place, nothing,
				   x12_say(reader, "%lld findings in all, the first %d are listed",
						   (long long) findings, X12_MAX_FINDINGS));
		reader->findings = findings;
	}
}

static uint32_t
hash_of(uint64_t scope, X12Slice value)
{
	uint64_t	hash = UINT64_C(14695981039346656037) ^ scope;
	uint32_t	i;

	hash *= UINT64_C(1099511628211);
	for (i = 0; i < value.length; i++)
		hash = (hash ^ (unsigned char) value.at[i]) *
			UINT64_C(1099511628211);
	return (uint32_t) (hash ^ hash >> 32);
}

/* The slot of a value, or the free one where it would go. */
static X12Seen *
slot_of(const X12SeenSet *set, uint64_t scope, uint32_t hash, X12Slice value)
{
	size_t		i = hash & (set->size - 1);

	while (set->slots[i].value.at != NULL)
	{
		if (set->slots[i].hash == hash && set->slots[i].scope == scope &&
			x12_slice_same(set->slots[i].value, value))
			break;
		i = (i + 1) & (set->size - 1);
	}
	return &set->slots[i];
}

/* Double the table.  False, and no change, without memory. */
static bool
grow_set(X12SeenSet *set, const X12Memory *memory)
{
	X12SeenSet	bigger = *set;
	size_t		i;

	bigger.size = set->size == 0 ? 64 : set->size * 2;
	bigger.slots = memory->grow(memory->arg, NULL,
								bigger.size * sizeof(X12Seen));
	if (bigger.slots == NULL)
		return false;
	memset(bigger.slots, 0, bigger.size * sizeof(X12Seen));
	for (i = 0; i < set->size; i++)
	{
		const X12Seen *seen = &set->slots[i];

		if (seen->value.at != NULL)
			*slot_of(&bigger, seen->scope, seen->hash, seen->value) = *seen;
	}
	if (set->slots != NULL)
		(void) memory->grow(memory->arg, set->slots, 0);
	*set = bigger;
	return true;
}

/*
 * Was this value seen before in this scope?  It is now, if "add" says so.
 * The bytes must stay.  Without memory the answer is no.
 */
bool
x12_seen(X12SeenSet *set, const X12Memory *memory, uint64_t scope,
		 X12Slice value, bool add)
{
	uint32_t	hash = hash_of(scope, value);
	X12Seen    *slot;

	if (value.at == NULL)
		return false;
	if (set->used * 2 >= set->size)
	{
		if (set->size == 0 && !add)
			return false;
		if (!grow_set(set, memory))
			return false;
	}
	slot = slot_of(set, scope, hash, value);
	if (slot->value.at != NULL)
		return true;
	if (add)
	{
		slot->scope = scope;
		slot->hash = hash;
		slot->value = value;
		set->used++;
	}
	return false;
}
