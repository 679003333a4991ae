/*
 * x12_token.c
 *		Bytes to X12 segments and elements; the numbers and dates in them.
 *
 * Nearly all the time of a reader goes into finding delimiters, so the bytes
 * are looked at 64 at a time: one bit mask says where the element separators
 * and terminators of the block are, another which of them are terminators, a
 * third where control characters are.  A segment is then read off by taking
 * the lowest set bit again and again:
 *
 *		bytes		QTY*39*100~LIN*1...
 *		hits		...1..1...1...1.		(either delimiter)
 *		terminators	..........1.....
 *
 * Nothing here knows what a segment means.  The rule for bytes behind a
 * terminator, and for a carriage return before one, is EDI syntax, though,
 * and lives here because it decides where a segment begins and ends.
 */
#include "x12.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK	64
#define NO_BLOCK	SIZE_MAX

/* Number of the lowest set bit; bits is not 0. */
static inline int
lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
	return __builtin_ctzll(bits);
#else
	int			n = 0;

	while ((bits & 1) == 0)
	{
		bits >>= 1;
		n++;
	}
	return n;
#endif
}

#ifdef __SSE2__
/* One bit for each of 16 bytes that is the same in both. */
static inline uint64_t
equal_bytes(__m128i a, __m128i b)
{
	return (uint64_t) _mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
}
#endif

/*
 * Fill the masks for 64 readable bytes.
 */
static inline void
scan_block(X12Cursor *cursor, const unsigned char *at)
{
#ifdef __SSE2__
	const		__m128i element = _mm_set1_epi8(cursor->by.element);
	const		__m128i terminator = _mm_set1_epi8(cursor->by.terminator);
	const		__m128i last_control = _mm_set1_epi8(0x1f);
	uint64_t	elements = 0;
	uint64_t	terminators = 0;
	uint64_t	controls = 0;
	int			i;

	for (i = 0; i < BLOCK; i += 16)
	{
		__m128i		chunk = _mm_loadu_si128((const __m128i *) (at + i));
		__m128i		low = _mm_min_epu8(chunk, last_control);

		elements |= equal_bytes(chunk, element) << i;
		terminators |= equal_bytes(chunk, terminator) << i;
		controls |= equal_bytes(chunk, low) << i;
	}
#else
	const unsigned char element = (unsigned char) cursor->by.element;
	const unsigned char terminator = (unsigned char) cursor->by.terminator;
	uint64_t	elements = 0;
	uint64_t	terminators = 0;
	uint64_t	controls = 0;
	int			i;

	for (i = 0; i < BLOCK; i++)
	{
		elements |= (uint64_t) (at[i] == element) << i;
		terminators |= (uint64_t) (at[i] == terminator) << i;
		controls |= (uint64_t) (at[i] < 0x20) << i;
	}
#endif
	cursor->terminators = terminators;
	cursor->hits = elements | terminators;
	cursor->controls = controls & ~cursor->hits;

	/* of CR LF the CR is no part of the data; x12_cursor_next() looks */
	if (cursor->by.terminator == '\n')
		cursor->controls &= ~(terminators >> 1);
}

/*
 * Load the block that holds pos; pos < length.  Bits before pos are dropped
 * from the hits.
 */
static void
load_block(X12Cursor *cursor, size_t pos)
{
	size_t		block = pos - pos % BLOCK;
	size_t		left = cursor->length - block;

#if defined(__GNUC__)
	/* the document is far larger than the caches, and read once */
	__builtin_prefetch(cursor->data + block + 16 * BLOCK);
#endif
	if (left >= BLOCK)
		scan_block(cursor, (const unsigned char *) cursor->data + block);
	else
	{
		unsigned char tail[BLOCK];
		uint64_t	real = (UINT64_C(1) << left) - 1;

		memset(tail, 0, sizeof(tail));
		memcpy(tail, cursor->data + block, left);
		scan_block(cursor, tail);
		cursor->hits &= real;
		cursor->terminators &= real;
		cursor->controls &= real;
	}
	cursor->block = block;
	cursor->hits &= ~UINT64_C(0) << (pos % BLOCK);
}

/*
 * Begin reading at pos with these delimiters.  The caller keeps the bytes and
 * the index alive.
 */
void
x12_cursor_init(X12Cursor *cursor, const char *data, size_t length,
				size_t pos, const X12Delimiters *by,
				const struct X12Index *index)
{
	cursor->data = data;
	cursor->length = length;
	cursor->by = *by;
	cursor->index = index;
	cursor->block = NO_BLOCK;
	cursor->pos = pos;
}

/* Move to another place in the same buffer. */
void
x12_cursor_seek(X12Cursor *cursor, size_t pos)
{
	cursor->pos = pos;
	cursor->block = NO_BLOCK;
}

/*
 * Skip what may stand between a terminator and the next segment.  Returns
 * whether blanks or tabs, which should not, were among it.
 */
static inline bool
skip_line_end(X12Cursor *cursor)
{
	const char *data = cursor->data;
	size_t		pos = cursor->pos;
	bool		blanks = false;

	/* mostly nothing, or one line feed */
	if (pos + 1 < cursor->length && cursor->by.terminator > ' ')
	{
		if (data[pos] == '\n')
			pos++;
		if ((unsigned char) data[pos] > ' ')
		{
			cursor->pos = pos;
			return false;
		}
	}
	if (cursor->by.terminator == '\r')
	{
		if (pos < cursor->length && data[pos] == '\n')
			pos++;
	}
	else if (cursor->by.terminator != '\n')
	{
		while (pos < cursor->length)
		{
			char		c = data[pos];

			if (c == ' ' || c == '\t')
				blanks = true;
			else if (c != '\n' && c != '\r')
				break;
			pos++;
		}
	}
	if (cursor->by.terminator == '\n' || cursor->by.terminator == '\r')
	{
		while (pos < cursor->length && (data[pos] == ' ' || data[pos] == '\t'))
		{
			blanks = true;
			pos++;
		}
	}
	cursor->pos = pos;
	return blanks;
}

/*
 * A segment grew beyond the limits: cut it there and go behind its
 * terminator, or to the end.
 */
static void
skip_overlong(X12Cursor *cursor, X12Segment *segment, int count)
{
	size_t		from = segment->offset + cursor->start[count];
	const char *end;

	if (from > cursor->length)
		from = cursor->length;
	segment->overlong = true;
	end = memchr(cursor->data + from, cursor->by.terminator,
				 cursor->length - from);
	segment->terminated = end != NULL;
	cursor->pos = end ? (size_t) (end - cursor->data) + 1 : cursor->length;
	cursor->block = NO_BLOCK;
	segment->count = count;
	segment->length = cursor->start[count] > 0 ? cursor->start[count] - 1 : 0;
}

static bool
holds_control(const char *bytes, uint32_t length)
{
	while (length-- > 0)
	{
		if ((unsigned char) bytes[length] < 0x20)
			return true;
	}
	return false;
}

/*
 * The next segment, or false at the end of the buffer.  A segment without a
 * terminator at the end is returned with terminated = false.  The segment's
 * start table is the cursor's and changes with the next call.
 */
bool
x12_cursor_next(X12Cursor *cursor, X12Segment *segment)
{
	size_t		offset;
	size_t		end;
	uint64_t	controls;
	uint32_t   *start = cursor->start;
	int			count = 0;

	segment->indented = skip_line_end(cursor);
	offset = cursor->pos;
	if (offset >= cursor->length)
		return false;
	if (cursor->block == NO_BLOCK || offset - cursor->block >= BLOCK)
		load_block(cursor, offset);
	else
		cursor->hits &= ~UINT64_C(0) << (offset - cursor->block);

	segment->bytes = cursor->data + offset;
	segment->offset = offset;
	segment->start = start;
	segment->overlong = false;
	segment->terminated = true;
	controls = 0;
	start[0] = 0;

	for (;;)
	{
		uint64_t	hits = cursor->hits;
		uint64_t	ends = hits & cursor->terminators;
		uint64_t	here = hits;
		uint32_t	base = (uint32_t) (cursor->block - offset) + 1;
		uint64_t	mask;

		/* the separators of this block up to the first terminator */
		if (ends != 0)
			here &= (ends & -ends) - 1;
		if (count > X12_MAX_ELEMENTS - BLOCK)
		{
			/* near the limit: one by one */
			for (; here != 0 && count < X12_MAX_ELEMENTS; here &= here - 1)
				start[++count] = base + (uint32_t) lowest_bit(here);
			here = 0;
		}
		for (; here != 0; here &= here - 1)
			start[++count] = base + (uint32_t) lowest_bit(here);
		if (ends != 0)
		{
			int			bit = lowest_bit(ends);

			end = cursor->block + (size_t) bit;
			if (count < X12_MAX_ELEMENTS)
				start[++count] = base + (uint32_t) bit;
			mask = ends & -ends;
			cursor->hits = hits & ~(mask | (mask - 1));
			mask |= mask - 1;
			if (cursor->block < offset)
				mask &= ~UINT64_C(0) << (offset - cursor->block);
			controls |= cursor->controls & mask;
			cursor->pos = end + 1;
			goto found;
		}

		/* on to the next block */
		mask = ~UINT64_C(0);
		if (cursor->block < offset)
			mask <<= offset - cursor->block;
		controls |= cursor->controls & mask;
		if (cursor->length - cursor->block <= BLOCK)
		{
			end = cursor->length;
			cursor->pos = end;
			cursor->block = NO_BLOCK;
			segment->terminated = false;
			if (count < X12_MAX_ELEMENTS)
				start[++count] = (uint32_t) (end - offset) + 1;
			break;
		}
		if (cursor->block - offset > X12_MAX_SEGMENT &&
			cursor->block > offset)
		{
			if (count == 0)
				start[++count] = X12_MAX_SEGMENT + 1;
			skip_overlong(cursor, segment, count);
			goto tag;
		}
		load_block(cursor, cursor->block + BLOCK);
	}

found:
	if (count == X12_MAX_ELEMENTS && start[count] != end - offset + 1)
		segment->overlong = true;
	segment->length = start[count] - 1;

	/* a carriage return before a line feed belongs to the terminator */
	if (cursor->by.terminator == '\n' && segment->length > 0 &&
		!segment->overlong)
	{
		if (segment->bytes[segment->length - 1] == '\r')
		{
			segment->length--;
			start[count]--;
			if (controls != 0)
				controls = holds_control(segment->bytes, segment->length);
		}
		else if ((unsigned char) segment->bytes[segment->length - 1] < 0x20)
			controls = 1;
	}
	segment->count = count;

tag:
	segment->control = controls != 0;
	segment->tag = x12_tag(cursor->index, x12_element(segment, 0));
	return true;
}

/*
 * Walk again over whole segments from "from" to "to" of the buffer that
 * "any" segment lies in.  The first gets this number and position.
 */
void
x12_walk_begin(X12Walk *walk, const X12Segment *any, const X12Delimiters *by,
			   const struct X12Index *index, size_t from, size_t to,
			   int number, int position)
{
	x12_cursor_init(&walk->cursor, any->bytes - any->offset, to, from, by,
					index);
	walk->to = to;
	walk->segment.number = number - 1;
	walk->segment.position = position - 1;
}

/* The next segment that is not empty, or false. */
bool
x12_walk_next(X12Walk *walk)
{
	while (x12_cursor_next(&walk->cursor, &walk->segment))
	{
		if (walk->segment.length > 0)
		{
			walk->segment.number++;
			walk->segment.position++;
			return true;
		}
	}
	return false;
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
