/*
 * x12_token.c
 *		Bytes to X12 segments and elements.
 *
 * Nearly all the time of a reader goes into finding delimiters, so the bytes
 * are looked at 64 at a time: one bit mask says where the element separators
 * and terminators of the block are, another which of them are terminators, a
 * third where control characters are.
 *
 *		bytes		QTY*39*100~LIN*1...
 *		hits		...1..1...1...1.		(either delimiter)
 *		terminators	..........1.....
 *
 * From the masks of many blocks a window is made, a list of the places of
 * delimiters, and a segment of the usual kind is a piece of that list.  The
 * others (too long for a window, cut off, preceded by blanks) are read off
 * the masks one by one.  A window is small at first and grows, so that
 * looking ahead costs no more than what is read.
 *
 * Nothing here knows what a segment means.  The rule for bytes behind a
 * terminator, and for a carriage return before one, is EDI syntax, though,
 * and lives here because it decides where a segment begins and ends.
 */
#include "x12.h"

#include <string.h>

#if defined(__SSE2__) && !defined(X12_PLAIN)
#include <emmintrin.h>
#endif

#define BLOCK	64
#define NO_BLOCK	SIZE_MAX
#define FIRST_REACH	(4 * BLOCK)

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

#if defined(__SSE2__) && !defined(X12_PLAIN)
/* One bit for each of 16 bytes that are all ones or all zeros. */
static inline uint64_t
bits_of(__m128i bytes)
{
	return (uint64_t) _mm_movemask_epi8(bytes);
}
#endif

/* What 64 bytes hold, a bit for each. */
typedef struct Masks
{
	uint64_t	hits;			/* delimiters of either kind */
	uint64_t	terminators;
	uint64_t	controls;		/* control characters that are neither */
} Masks;

/*
 * The masks of 64 readable bytes.
 */
static inline Masks
scan_block(const unsigned char *at, X12Delimiters by)
{
	Masks		masks = {0, 0, 0};
	int			i;
#if defined(__SSE2__) && !defined(X12_PLAIN)
	const		__m128i element = _mm_set1_epi8(by.element);
	const		__m128i terminator = _mm_set1_epi8(by.terminator);
	const		__m128i last_control = _mm_set1_epi8(0x1f);

#if defined(__GNUC__)
#pragma GCC unroll 4
#endif
	for (i = 0; i < BLOCK; i += 16)
	{
		__m128i		chunk = _mm_loadu_si128((const __m128i *) (at + i));
		__m128i		ends = _mm_cmpeq_epi8(chunk, terminator);
		__m128i		hits = _mm_or_si128(_mm_cmpeq_epi8(chunk, element), ends);
		__m128i		low = _mm_cmpeq_epi8(chunk, _mm_min_epu8(chunk, last_control));

		masks.hits |= bits_of(hits) << i;
		masks.terminators |= bits_of(ends) << i;
		masks.controls |= bits_of(low) << i;
	}
#else
	const unsigned char element = (unsigned char) by.element;
	const unsigned char terminator = (unsigned char) by.terminator;

	for (i = 0; i < BLOCK; i++)
	{
		masks.terminators |= (uint64_t) (at[i] == terminator) << i;
		masks.hits |= (uint64_t) (at[i] == element || at[i] == terminator) << i;
		masks.controls |= (uint64_t) (at[i] < 0x20) << i;
	}
#endif
	masks.controls &= ~masks.hits;

	/* of CR LF the CR is no part of the data; trim_return() looks */
	if (by.terminator == '\n')
		masks.controls &= ~(masks.terminators >> 1);
	return masks;
}

/*
 * The masks of the first 64 bytes, or of all that are "left", at least one.
 */
static inline Masks
scan(const char *at, size_t left, X12Delimiters by)
{
	unsigned char tail[BLOCK];
	uint64_t	real;
	Masks		masks;

#if defined(__GNUC__)
	/* the document is far larger than the caches, and read once */
	__builtin_prefetch(at + 16 * BLOCK);
#endif
	if (left >= BLOCK)
		return scan_block((const unsigned char *) at, by);
	memset(tail, 0, sizeof(tail));
	memcpy(tail, at, left);
	masks = scan_block(tail, by);
	real = (UINT64_C(1) << left) - 1;
	masks.hits &= real;
	masks.terminators &= real;
	masks.controls &= real;
	return masks;
}

/*
 * Load the block that holds pos; pos < length.  Bits before pos are dropped
 * from the hits.
 */
static void
load_block(X12Cursor *cursor, size_t pos)
{
	size_t		block = pos - pos % BLOCK;
	Masks		masks = scan(cursor->data + block, cursor->length - block,
							 cursor->by);

	cursor->terminators = masks.terminators;
	cursor->controls = masks.controls;
	cursor->block = block;
	cursor->hits = masks.hits & ~UINT64_C(0) << (pos % BLOCK);
}

/*
 * Make the window that begins at pos.  False if no segment ends within it.
 */
static X12_RARE bool
fill_window(X12Cursor *cursor)
{
	const X12Delimiters by = cursor->by;
	const char *data = cursor->data;
	size_t		length = cursor->length;
	size_t		pos = cursor->pos;
	size_t		to = length;
	uint32_t   *behind = cursor->behind;
	uint16_t   *last = cursor->last;
	size_t		n = 1;
	size_t		ends = 0;
	uint32_t	base = 1;
	uint64_t	strange = 0;
	uint64_t	controls_before = 0;

	/* terminators of the last block; what begins is a segment */
	uint64_t	before = UINT64_C(1) << 63;

	cursor->first = 0;
	cursor->next = 0;
	cursor->ends = 0;

	/* what may stand between segments must not be a delimiter, too */
	if ((unsigned char) by.element <= ' ')
		return false;
	if (to - pos > cursor->reach)
		to = pos + cursor->reach;
	if (cursor->reach < X12_WINDOW_BYTES)
		cursor->reach *= 2;
	cursor->window = pos;
	while (pos < to && n <= X12_WINDOW_HITS + 1 - BLOCK)
	{
		Masks		masks = scan(data + pos, length - pos, by);
		uint64_t	hits;
		uint64_t	line_end;

		for (hits = masks.hits; hits != 0; hits &= hits - 1)
		{
			int			bit = lowest_bit(hits);

			behind[n] = base + (uint32_t) bit;
			last[ends] = (uint16_t) n++;
			ends += masks.terminators >> bit & 1;
		}

		/*
		 * A line end behind a terminator is none of its segments' bytes: one
		 * control character, or two in a row.  x12_cursor_next() sees to it
		 * that these are CR and LF.
		 */
		line_end = masks.terminators << 1 | before >> 63;
		line_end |= (line_end & masks.controls) << 1 |
			(before << 1 & controls_before) >> 63;
		strange |= masks.controls & ~line_end;
		before = masks.terminators;
		controls_before = masks.controls;
		pos += BLOCK;
		base += BLOCK;
	}
	cursor->ends = (int) ends;
	cursor->controls_within = strange != 0;
	return ends > 0;
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
	x12_cursor_seek(cursor, pos);
}

/* Move to another place in the same buffer. */
void
x12_cursor_seek(X12Cursor *cursor, size_t pos)
{
	cursor->pos = pos;
	cursor->block = NO_BLOCK;
	cursor->reach = FIRST_REACH;
	cursor->next = 0;
	cursor->ends = 0;
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
 * A carriage return before a line feed belongs to the terminator; *behind is
 * the end of the last element.  segment->control does not regard the last
 * byte yet.
 */
static void
trim_return(X12Segment *segment, uint32_t *behind)
{
	const char *bytes = segment->base + segment->start[0];

	if (segment->length == 0)
		return;
	if (bytes[segment->length - 1] == '\r')
	{
		segment->length--;
		(*behind)--;
		segment->control = segment->control &&
			holds_control(bytes, segment->length);
	}
	else if ((unsigned char) bytes[segment->length - 1] < 0x20)
		segment->control = true;
}

/*
 * The next segment of any kind, read off the masks of blocks.
 */
static X12_RARE bool
next_of_blocks(X12Cursor *cursor, X12Segment *segment)
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

	segment->base = cursor->data + offset;
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
			segment->control = controls != 0;
			goto tag;
		}
		load_block(cursor, cursor->block + BLOCK);
	}

found:
	if (count == X12_MAX_ELEMENTS && start[count] != end - offset + 1)
		segment->overlong = true;
	segment->length = start[count] - 1;

	segment->count = count;
	segment->control = controls != 0;
	if (cursor->by.terminator == '\n' && !segment->overlong)
		trim_return(segment, start + count);

tag:
	segment->tag = x12_tag(cursor->index, x12_element(segment, 0));

	/* so far the window is used up */
	while (cursor->next < cursor->ends &&
		   cursor->window + cursor->behind[cursor->last[cursor->next]] <= cursor->pos)
		cursor->first = cursor->last[cursor->next++];
	return true;
}

/* What is left to do for a segment of a window that holds such characters. */
static X12_RARE bool
look_closer(X12Cursor *cursor, X12Segment *segment)
{
	segment->control = cursor->controls_within &&
		holds_control(cursor->data + segment->offset, segment->length);
	if (cursor->by.terminator == '\n')
	{
		trim_return(segment, cursor->behind + cursor->first);
		segment->tag = x12_tag(cursor->index, x12_element(segment, 0));
	}
	return true;
}

static X12_RARE bool
next_of_new_window(X12Cursor *cursor, X12Segment *segment)
{
	return fill_window(cursor) ? x12_cursor_next(cursor, segment) :
		next_of_blocks(cursor, segment);
}

/*
 * The next segment, or false at the end of the buffer.  A segment without a
 * terminator at the end is returned with terminated = false.  The segment's
 * start table is the cursor's and changes with the next call.
 *
 * A segment that lies within the window, of at least three bytes, with
 * nothing before it but a line end, and of not too many elements, is read
 * here, all others by next_of_blocks().
 */
bool
x12_cursor_next(X12Cursor *cursor, X12Segment *segment)
{
	const char *window;
	uint32_t   *start;
	uint32_t	from;
	uint32_t	to;
	int			first;
	int			end;

	if (cursor->next == cursor->ends)
		return next_of_new_window(cursor, segment);
	window = cursor->data + cursor->window;
	from = (uint32_t) (cursor->pos - cursor->window);
	first = cursor->first;
	end = cursor->last[cursor->next];
	start = cursor->behind + first;
	to = cursor->behind[end];
	if ((unsigned char) window[from] <= ' ')
	{
		if (cursor->by.terminator == '\n')
			return next_of_blocks(cursor, segment);
		from += window[from] == '\r' && cursor->by.terminator != '\r';
		if (window[from] != '\n' || (unsigned char) window[from + 1] <= ' ')
			return next_of_blocks(cursor, segment);
		from++;
	}
	if (start[1] <= from || to - from < 4 ||
		end - first > X12_MAX_ELEMENTS)
		return next_of_blocks(cursor, segment);

	cursor->pos = cursor->window + to;
	cursor->first = end;
	cursor->next++;
	start[0] = from;
	segment->base = window;
	segment->offset = cursor->window + from;
	segment->length = to - from - 1;
	segment->count = end - first;
	segment->tag = x12_tag_at(cursor->index, window + from,
							  start[1] - from - 1);
	segment->terminated = true;
	segment->indented = false;
	segment->overlong = false;
	segment->start = start;
	segment->control = false;
	if (cursor->controls_within || cursor->by.terminator == '\n')
		return look_closer(cursor, segment);
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
	x12_cursor_init(&walk->cursor, x12_element(any, 0).at - any->offset, to,
					from, by, index);
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
