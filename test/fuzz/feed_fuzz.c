/*
 * feed_fuzz.c
 *		libFuzzer target for the report readers: they are plain C, so no
 *		server is needed.  "make" beside this file builds and runs it.
 *
 * Each input is read by every reader, or by the one that FEED_FUZZ names (x12,
 * edifact, csv, document).  Beyond what the sanitizers see, it checks that
 * what is handed out lies within the input (or the reader's one copy of it),
 * that offsets are in range, and that memory stays in proportion to the input.
 */
#include "feed/csv.h"
#include "feed/document.h"
#include "feed/edifact.h"
#include "feed/x12.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BLOCKS	4096

/* Every block the readers took, so that all go at the end of an input. */
typedef struct Arena
{
	void	   *block[MAX_BLOCKS];
	size_t		size[MAX_BLOCKS];
	int			count;
	size_t		total;
} Arena;

typedef struct Check
{
	const char *data;
	size_t		length;
	X12Reader  *reader;
	int64_t		findings;
	int64_t		lines;
} Check;

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what)
{
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static void *
arena_grow(void *arg, void *old, size_t size)
{
	Arena	   *arena = (Arena *) arg;
	void	   *new;
	int			i = 0;

	while (i < arena->count && arena->block[i] != old)
		i++;
	if (old == NULL || i == arena->count)
	{
		if (arena->count == MAX_BLOCKS)
			return NULL;
		i = arena->count++;
		arena->block[i] = NULL;
		arena->size[i] = 0;
	}
	new = size == 0 ? NULL : malloc(size);
	if (new != NULL && arena->block[i] != NULL)
		memcpy(new, arena->block[i],
			   size < arena->size[i] ? size : arena->size[i]);
	free(arena->block[i]);
	arena->total += size - arena->size[i];
	arena->block[i] = new;
	arena->size[i] = size;
	if (new == NULL)
	{
		arena->count--;
		arena->block[i] = arena->block[arena->count];
		arena->size[i] = arena->size[arena->count];
	}
	return new;
}

static void
arena_free(Arena *arena)
{
	while (arena->count > 0)
		free(arena->block[--arena->count]);
}

/* A slice must lie within the input, or within the reader's copy. */
static void
within(const Check *check, X12Slice slice)
{
	const char *flat = check->reader->flat;

	if (slice.at == NULL || slice.length == 0)
		return;
	if (slice.at >= check->data &&
		slice.at + slice.length <= check->data + check->length)
		return;
	if (flat != NULL && slice.at >= flat &&
		slice.at + slice.length <= flat + check->reader->flat_length)
		return;
	fail("a slice outside the document");
}

static void
take_finding(void *arg, const X12Finding *finding)
{
	Check	   *check = (Check *) arg;

	if (++check->findings > X12_MAX_FINDINGS + 1)
		fail("more findings than the limit");
	if (finding->offset > check->length)
		fail("a finding behind the end");
	if (finding->line < 1 || finding->message == NULL)
		fail("a finding without a place or a message");
	within(check, finding->value);
	within(check, finding->place.tag);
	within(check, finding->interchange);
	within(check, finding->transaction);
}

static void
take_867(void *arg, const X12State867 *state, const X12Line867 *line)
{
	Check	   *check = (Check *) arg;
	int			i;

	check->lines++;
	if (line->quantity.state != X12_NUMBER_EXACT &&
		line->quantity.state != X12_NUMBER_LONG)
		fail("a line without a quantity");
	within(check, line->quantity.written);
	within(check, line->unit);
	within(check, state->ship_to.name);
	within(check, line->business.invoice.value);
	for (i = 0; i < line->products.pairs; i++)
		within(check, line->products.id[i]);
	for (i = 0; i < line->serials->count; i++)
		within(check, line->serials->at[i]);
}

static void
take_852(void *arg, const X12State852 *state, const X12Line852 *line)
{
	Check	   *check = (Check *) arg;

	check->lines++;
	if (line->quantity.state != X12_NUMBER_EXACT &&
		line->quantity.state != X12_NUMBER_LONG)
		fail("a line without a quantity");
	within(check, line->quantity.written);
	within(check, line->location_id);
	within(check, state->report.id);
}

static void
take_846(void *arg, const X12State846 *state, const X12Line846 *line)
{
	Check	   *check = (Check *) arg;

	check->lines++;
	within(check, line->quantity.written);
	within(check, line->location_name);
	within(check, state->description);
}

static void
take_contract(void *arg, const X12StateContract *state,
			  const X12LineContract *line)
{
	Check	   *check = (Check *) arg;

	check->lines++;
	within(check, line->quantity.written);
	within(check, line->verdict.reason);
	within(check, state->contract);
}

static void
take_832(void *arg, const X12State832 *state, const X12Line832 *line)
{
	Check	   *check = (Check *) arg;

	check->lines++;
	within(check, line->price.written);
	within(check, state->description);
}

/* What the second pass over a set of this kind needs. */
static void
prepare(X12SetState *state, Check *check, const X12Memory *memory)
{
	X12Reader  *reader = check->reader;

	memset(state, 0, sizeof(*state));
	switch (reader->set->bit)
	{
		case X12_IN_867:
			state->s867.envelope = &reader->envelope;
			state->s867.by = reader->cursor.by;
			state->s867.index = &reader->index;
			state->s867.memory = memory;
			state->s867.emit = take_867;
			state->s867.emit_arg = check;
			break;
		case X12_IN_852:
			state->s852.envelope = &reader->envelope;
			state->s852.by = reader->cursor.by;
			state->s852.emit = take_852;
			state->s852.emit_arg = check;
			break;
		case X12_IN_846:
			state->s846.envelope = &reader->envelope;
			state->s846.by = reader->cursor.by;
			state->s846.emit = take_846;
			state->s846.emit_arg = check;
			break;
		case X12_IN_832:
			state->s832.envelope = &reader->envelope;
			state->s832.by = reader->cursor.by;
			state->s832.emit = take_832;
			state->s832.emit_arg = check;
			break;
		default:
			state->contract.envelope = &reader->envelope;
			state->contract.by = reader->cursor.by;
			state->contract.emit = take_contract;
			state->contract.emit_arg = check;
			break;
	}
}

/* Judge the document, and deliver the lines of what is not refused. */
static void
read_x12(const char *data, size_t length, Arena *arena)
{
	static X12Reader reader;
	static X12Walk walk;
	static X12SetState state;
	X12Memory	memory = {arena_grow, arena};
	Check		check = {data, length, &reader, 0, 0};
	X12Event	event;
	size_t		events = 0;

	x12_reader_init(&reader, data, length, &memory);
	reader.check = X12_IN_ANY;
	reader.report = take_finding;
	reader.report_arg = &check;
	while ((event = x12_read(&reader)) != X12_END)
	{
		if (++events > 2 * length + 16)
			fail("the reader does not come to an end");
		if (event != X12_TRANSACTION_LOST &&
			x12_origin(&reader, reader.segment.offset) > length)
			fail("a segment behind the end");
		if (event != X12_TRANSACTION_END || reader.transaction_refused ||
			reader.set == NULL)
			continue;
		prepare(&state, &check, &memory);
		reader.set->begin(&state, NULL);
		x12_walk_begin(&walk, &reader.segment, &reader.cursor.by,
					   &reader.index, reader.st.offset,
					   reader.segment.offset, reader.st.segment_no, 1);
		while (x12_walk_next(&walk))
			reader.set->segment(&state, &walk.segment);
		reader.set->segment(&state, &reader.segment);
	}
	if (x12_read(&reader) != X12_END)
		fail("an event behind the end");
}

typedef struct EdifactCheck
{
	const EdifactReader *reader;
	int64_t		findings;
} EdifactCheck;

static void
within_edifact(const EdifactReader *reader, X12Slice slice)
{
	if (slice.length == 0)
		return;
	if (slice.at >= reader->data &&
		slice.at + slice.length <= reader->data + reader->length)
		return;
	if (reader->room.at != NULL && slice.at >= reader->room.at &&
		slice.at + slice.length <= reader->room.at + reader->room.size)
		return;
	fail("a slice outside the document");
}

static void
take_edifact_finding(void *arg, const EdifactFinding *finding)
{
	EdifactCheck *check = (EdifactCheck *) arg;

	if (++check->findings > X12_MAX_FINDINGS)
		fail("more findings than the limit");
	if (finding->offset > check->reader->length || finding->line < 1)
		fail("a finding behind the end");
	within_edifact(check->reader, finding->value);
	within_edifact(check->reader, finding->message);
}

static void
take_edifact(void *arg, const EdifactLines *lines, const EdifactLine *line)
{
	EdifactCheck *check = (EdifactCheck *) arg;
	int			i;

	within_edifact(check->reader, line->quantity.written);
	within_edifact(check->reader, line->location_id);
	within_edifact(check->reader, lines->report.id);
	for (i = 0; i < line->products.pairs; i++)
		within_edifact(check->reader, line->products.id[i]);
}

static void
read_edifact(const char *data, size_t length, Arena *arena)
{
	static EdifactReader reader;
	static EdifactSegment segment;
	X12Memory	memory = {arena_grow, arena};
	EdifactCheck check = {&reader, 0};
	EdifactEvent event;
	size_t		events = 0;

	edifact_reader_init(&reader, data, length, &memory);
	reader.report = take_edifact_finding;
	reader.report_arg = &check;
	while ((event = edifact_read(&reader)) != EDIFACT_END)
	{
		if (++events > 2 * length + 16 || reader.pos > length)
			fail("the reader does not come to an end");
		if (event == EDIFACT_MESSAGE_END && !reader.message_refused &&
			reader.supported)
			edifact_deliver(&reader, &segment, take_edifact, &check);
	}
}

static void
read_csv(const char *data, size_t length, Arena *arena)
{
	static char buffer[1 << 20];
	CsvReader	reader;
	size_t		rows = 0;
	size_t		before = 0;
	int			i;

	csv_begin(&reader, data, length, csv_sniff(data, length));
	reader.grow = arena_grow;
	reader.grow_arg = arena;
	while (csv_next(&reader))
	{
		if (++rows > length || reader.pos <= before)
			fail("the reader does not come to an end");
		before = reader.pos;
		for (i = 0; i < reader.count; i++)
		{
			CsvField   *field = &reader.fields[i];

			if (field->at < data || field->at + field->length > data + length)
				fail("a field outside the document");
			if (field->length < sizeof(buffer) &&
				csv_unquote(field, buffer) > field->length)
				fail("a field that grew");
		}
	}
}

typedef struct DocumentCheck
{
	size_t		length;
	size_t		behind;			/* the last bad run */
} DocumentCheck;

static void
take_bad(void *arg, size_t offset, size_t length, const char *why)
{
	DocumentCheck *check = (DocumentCheck *) arg;

	if (length < 1 || offset < check->behind ||
		offset + length > check->length || why == NULL)
		fail("bad bytes that are not in the document");
	check->behind = offset + length;
}

static void
refuse_bad(void *arg, size_t offset, size_t length, const char *why)
{
	fail("what comes out is no UTF-8");
}

/* Every encoding gives UTF-8 of the length it said, and gives it again. */
static void
read_document(const char *data, size_t length, Arena *arena)
{
	DocumentGuess guess = document_guess(data, length);
	DocumentEncoding encoding;
	const char *proper;

	if (guess.mark > length || guess.name == NULL ||
		(guess.declared != NULL && (guess.declared < data ||
									guess.declared + 4 > data + length)))
		fail("a guess outside the document");
	if (guess.encoding != DOCUMENT_OTHER &&
		(document_by_name(guess.name, &proper) != guess.encoding ||
		 strcmp(proper, guess.name) != 0))
		fail("an encoding that is not known by its name");
	for (encoding = DOCUMENT_UTF8; encoding < DOCUMENT_OTHER; encoding++)
	{
		size_t		from = document_mark(encoding, data, length);
		DocumentCheck check = {length, from};
		size_t		size = document_to_utf8(encoding, data, length, from,
											NULL, take_bad, &check);
		char	   *text = malloc(size + 1);

		if (size > 3 * length ||
			document_to_utf8(encoding, data, length, from, text, NULL,
							 NULL) != size)
			fail("a text of another length than it said");
		if (document_to_utf8(DOCUMENT_UTF8, text, size, 0, NULL, refuse_bad,
							 NULL) != size)
			fail("a text that is not itself again");
		free(text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct
	{
		const char *name;
		void		(*read) (const char *data, size_t length, Arena *arena);
	}			readers[] = {
		{"x12", read_x12}, {"edifact", read_edifact}, {"csv", read_csv},
		{"document", read_document},
	};
	const char *only = getenv("FEED_FUZZ");
	size_t		i;
	Arena		arena = {{NULL}, {0}, 0, 0};

	/* an exact copy, so that a read beyond the end is seen */
	char	   *copy = malloc(size == 0 ? 1 : size);

	memcpy(copy, data, size);
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
	{
		if (only == NULL || strcmp(only, readers[i].name) == 0)
			readers[i].read(copy, size, &arena);
	}
	if (arena.total > 64 * size + 65536)
		fail("memory out of proportion");
	arena_free(&arena);
	free(copy);
	return 0;
}
