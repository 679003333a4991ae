/*
 * x12_plain.c
 *		Is a segment plainly right?  The answer for nearly all of them.
 *
 * Apart from x12_check.c, which says what is wrong, because this is asked of
 * every segment and must cost little: no more is found out than whether there
 * is nothing to say.  Lengths are compared eight at a time, digits as words.
 */
#include "x12.h"

#if defined(__SSE2__) && !defined(X12_PLAIN)
#include <emmintrin.h>

static inline __m128i
load(const void *at)
{
	return _mm_loadu_si128((const __m128i *) at);
}

/* The differences of eight numbers to those before them, as 16 bits each. */
static inline __m128i
eight_lengths(const uint32_t *start)
{
	return _mm_packs_epi32(_mm_sub_epi32(load(start + 1), load(start)),
						   _mm_sub_epi32(load(start + 5), load(start + 4)));
}
#endif

/*
 * Has one of the elements from "first" on, counted from 0, of "listed" a
 * length that it should not have?  Looks at eight of them.  start is that of
 * the first element, behind the tag.
 */
static inline bool
lengths_differ(const X12Index *index, int tag, const uint32_t *start,
			   int first, int listed)
{
	const int16_t *min = index->length[tag].min + first;
	const int16_t *max = index->length[tag].max + first;
	const int16_t *optional = index->length[tag].optional + first;
	int			here = listed - first < 8 ? listed - first : 8;
#if defined(__SSE2__) && !defined(X12_PLAIN)
	/* all bits set in as many lanes as there are elements */
	static const int16_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
	__m128i		length = eight_lengths(start + first);
	__m128i		empty = _mm_cmpeq_epi16(length, _mm_set1_epi16(1));
	__m128i		bad = _mm_or_si128(_mm_cmpgt_epi16(load(min), length),
								   _mm_cmpgt_epi16(length, load(max)));

	bad = _mm_andnot_si128(_mm_and_si128(empty, load(optional)), bad);
	return _mm_movemask_epi8(_mm_and_si128(bad, load(lanes + 8 - here))) != 0;
#else
	int			i;

	start += first;
	for (i = 0; i < here; i++)
	{
		int64_t		length = (int64_t) start[i + 1] - start[i];

		if ((length < min[i] || length > max[i]) &&
			!(length == 1 && optional[i] != 0))
			return true;
	}
	return false;
#endif
}

static X12_RARE bool
date_is_right(const X12Reader *reader, X12Slice value)
{
	X12DateState state;

	x12_date(value, reader->envelope.century_year, &state);
	return state == X12_DATE_OK;
}

/*
 * Are these elements, a bit for each, plainly what they are to hold?
 */
static X12_RARE bool
texts_are_right(const X12Reader *reader, const X12Segment *segment,
				uint32_t looked_at)
{
	const uint8_t *elements = x12_specs[segment->tag].elements;
	int			i;

	for (i = 1; looked_at != 0; i++, looked_at >>= 1)
	{
		const X12ElementSpec *element;
		X12Slice	value;

		if (!(looked_at & 1))
			continue;
		value = x12_element(segment, i);
		if (value.length == 0)
			continue;
		element = &x12_elements[elements[i - 1] & ~X12_MUST];
		switch ((X12Type) element->type)
		{
			case X12_TYPE_COUNT:
			case X12_TYPE_NUMBER:
				if (!x12_plain_number(value))
					return false;
				break;
			case X12_TYPE_DATE:
				if (!date_is_right(reader, value))
					return false;
				break;
			case X12_TYPE_ID:
				if (!x12_listed(&reader->index, (X12List) element->list,
								value))
					return false;
				break;
			default:
				return false;
		}
	}
	return true;
}

/* The rest of x12_plainly_right(), where more than eight are listed. */
static X12_RARE bool
many_are_right(const X12Reader *reader, const X12Segment *segment, int listed,
			   uint32_t looked_at)
{
	int			first;

	for (first = 8; first < listed; first += 8)
	{
		if (lengths_differ(&reader->index, segment->tag, segment->start + 1,
						   first, listed))
			return false;
	}
	return texts_are_right(reader, segment, looked_at);
}

/*
 * Is every element, by itself, plainly right?  False means: look closer.
 */
bool
x12_plainly_right(const X12Reader *reader, const X12Segment *segment)
{
	const X12Plain *plain = &reader->index.plain[segment->tag];
	const uint32_t *start = segment->start;
	int			count = segment->count - 1;
	int			listed = count < plain->count ? count : plain->count;
	uint32_t	looked_at = plain->looked_at & ((UINT32_C(1) << listed) - 1);

	if (!(plain->sets & reader->set->bit) || count > plain->max ||
		count < plain->last_must || segment->control ||
		(count > 0 && start[count + 1] - start[count] == 1) ||
		lengths_differ(&reader->index, segment->tag, start + 1, 0, listed))
		return false;
	if (listed > 8)
		return many_are_right(reader, segment, listed, looked_at);
	return looked_at == 0 || texts_are_right(reader, segment, looked_at);
}

/*
 * GTIN-8, -12, -13, -14, of that length: is the last digit the check digit?
 */
bool
x12_gtin_holds(X12Slice gtin)
{
#ifdef X12_WORDS
	uint32_t	more = gtin.length - 8;
	uint64_t	last = x12_digits(gtin.at + more, 8);
	uint64_t	first = more == 0 ? 0 : x12_digits(gtin.at, more);
	uint64_t	sums;

	if ((x12_no_digits(last) | x12_no_digits(first)) != 0)
		return false;

	/* from the last digit on every other one counts, the others threefold */
	sums = (last >> 8 & UINT64_C(0x00FF00FF00FF00FF)) +
		(first >> 8 & UINT64_C(0x00FF00FF00FF00FF)) +
		3 * (last & UINT64_C(0x00FF00FF00FF00FF)) +
		3 * (first & UINT64_C(0x00FF00FF00FF00FF));
	return (sums * UINT64_C(0x0001000100010001) >> 48) % 10 == 0;
#else
	int			sum = 0;
	uint32_t	i;

	for (i = 0; i < gtin.length; i++)
	{
		int			digit = gtin.at[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		sum += (gtin.length - i) % 2 == 0 ? 3 * digit : digit;
	}
	return sum % 10 == 0;
#endif
}
