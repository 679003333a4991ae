/*
 * x12.h
 *		Reading ANSI X12 reports: the part that knows no server.
 *
 * Everything declared here is plain C over a byte range: no palloc, no
 * ereport, no globals, so that it links into a fuzzer as it stands.  Four
 * layers, each in its own file and each using only those before it:
 *
 *	x12_token.c		bytes -> segments and elements; numbers and dates
 *	x12_dict.c		what X12 says: elements, segments, codes, findings
 *	x12_check.c		one segment against the dictionary
 *	x12_reader.c	the envelopes: interchange > group > transaction set
 *	x12_867.c ...	one transaction set each: segments -> business lines
 *
 * A document is pulled segment by segment with x12_read().  What is wrong is
 * handed to a callback as it is met and never stops the reading.  Memory is
 * bounded by the longest list inside one line (serial numbers), by the number
 * of control numbers seen, and by one copy of the document if its lines were
 * wrapped; it comes from the caller through X12Memory.
 */
#ifndef X12_H
#define X12_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * With X12_PLAIN defined everything is read byte by byte, as on a machine that
 * has no SSE2 or stores the highest byte of a word first; for testing that.
 */

/* X12_RARE: a function of its own, so that its callers save fewer registers. */
#if defined(__GNUC__)
#define X12_PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define X12_RARE	__attribute__((noinline))
#else
#define X12_PRINTF(f, a)
#define X12_RARE
#endif

/*
 * The readers are called from within this library only: no detour through
 * its table of symbols.
 */
#if defined(__GNUC__) && defined(__ELF__)
#pragma GCC visibility push(hidden)
#endif

#define X12_MAX_SEGMENT		65536	/* bytes; longer is a lost terminator */
#define X12_MAX_ELEMENTS	1024	/* in one segment, the tag included */
#define X12_MAX_DIGITS		38	/* in one number */
#define X12_ISA_LENGTH		106
#define X12_MAX_FINDINGS	1000	/* handed over; the rest is counted */

/* ---- Tokens (x12_token.c) ---- */

/* A run of bytes in the document; at == NULL means absent. */
typedef struct X12Slice
{
	const char *at;
	uint32_t	length;
} X12Slice;

typedef struct X12Delimiters
{
	char		element;
	char		component;
	char		repetition;		/* 0 = none */
	char		terminator;
} X12Delimiters;

/*
 * One segment.  Element 0 is the tag; element i spans base + start[i] up to,
 * not including, base + start[i + 1] - 1.  Lives until the cursor moves.
 */
typedef struct X12Segment
{
	const char *base;			/* what start[] counts from */
	size_t		offset;			/* of text in the cursor's buffer */
	uint32_t	length;			/* without the terminator */
	int			count;			/* elements, the tag included */
	uint8_t		tag;			/* X12Tag; X12_UNKNOWN if not in the table */
	bool		terminated;
	bool		control;		/* holds a byte below blank */
	bool		indented;		/* blanks or tabs stood before it */
	bool		overlong;		/* cut at X12_MAX_SEGMENT or _ELEMENTS */
	int			number;			/* in the document, from 1; by the reader */
	int			position;		/* in the transaction, ST = 1 */
	const uint32_t *start;
} X12Segment;

struct X12Index;

/* How many delimiters a window holds, and how many bytes it covers at most. */
#define X12_WINDOW_HITS		1024
#define X12_WINDOW_BYTES	8192
#define X12_SPARE			8	/* entries that can be read behind the last */

/*
 * A place in a buffer.  The delimiters of some bytes ahead of pos, of a
 * window, are known: behind[i] is the byte behind the i-th of them, counted
 * from window, and last[k] the number of the k-th that is a terminator.  So
 * the elements of a segment are a piece of behind[].
 *
 * What does not lie in a window is read from blocks of 64 bytes: "hits" has a
 * bit for each element separator or terminator of the block that lies at or
 * behind pos, and "start" takes the elements.
 */
typedef struct X12Cursor
{
	const char *data;
	size_t		length;
	size_t		pos;
	X12Delimiters by;
	const struct X12Index *index;

	size_t		window;			/* where it begins */
	size_t		reach;			/* bytes that the next one is to cover */
	int			first;			/* behind[first] is pos, if that is in it */
	int			next;			/* terminator to come, of last[] */
	int			ends;			/* terminators in the window */
	bool		controls_within;	/* segments of the window may hold some */
	uint32_t	behind[X12_WINDOW_HITS + 1 + X12_SPARE];
	uint16_t	last[X12_WINDOW_HITS + 1];

	size_t		block;			/* start of the block, SIZE_MAX = none */
	uint64_t	hits;
	uint64_t	terminators;
	uint64_t	controls;
	uint32_t	start[X12_MAX_ELEMENTS + 1 + X12_SPARE];
} X12Cursor;

typedef enum X12NumberState
{
	X12_NUMBER_NONE,			/* absent or empty */
	X12_NUMBER_EXACT,			/* mantissa / 10^scale */
	X12_NUMBER_LONG,			/* valid, but only the text holds it */
	X12_NUMBER_BAD
} X12NumberState;

typedef struct X12Number
{
	int64_t		mantissa;
	int16_t		scale;
	uint8_t		state;			/* X12NumberState */
	bool		negative;
	X12Slice	written;		/* as written */
} X12Number;

/* An exact sum of numbers; lost once it leaves 64 bits. */
typedef struct X12Total
{
	int64_t		mantissa;
	int			scale;
	bool		lost;
} X12Total;

typedef int32_t X12Date;		/* days since 2000-01-01 */
#define X12_NO_DATE		INT32_MIN

typedef enum X12DateState
{
	X12_DATE_NONE,				/* absent, empty, or all zeros */
	X12_DATE_OK,
	X12_DATE_SHORT,				/* YYMMDD, century by the interchange */
	X12_DATE_LENGTH,			/* digits, but neither 6 nor 8 of them */
	X12_DATE_ZERO,
	X12_DATE_BAD
} X12DateState;

extern void x12_cursor_init(X12Cursor *cursor, const char *data,
							size_t length, size_t pos,
							const X12Delimiters *by,
							const struct X12Index *index);
extern void x12_cursor_seek(X12Cursor *cursor, size_t pos);
extern bool x12_cursor_next(X12Cursor *cursor, X12Segment *segment);
extern X12Number x12_number(X12Slice slice);
extern void x12_total_add(X12Total *total, const X12Number *number);
extern bool x12_total_equals(const X12Total *total, const X12Number *number);
extern double x12_number_value(const X12Number *number);
extern X12Date x12_date(X12Slice slice, int century_year, X12DateState *state);
extern bool x12_slice_is(X12Slice slice, const char *word);
extern bool x12_slice_same(X12Slice a, X12Slice b);

/* Element i of a segment; absent (at == NULL) when the segment is shorter. */
static inline X12Slice
x12_element(const X12Segment *segment, int i)
{
	X12Slice	slice = {NULL, 0};

	if (i < segment->count)
	{
		slice.at = segment->base + segment->start[i];
		slice.length = segment->start[i + 1] - segment->start[i] - 1;
	}
	return slice;
}

/* The first component of element i. */
static inline X12Slice
x12_component(const X12Segment *segment, int i, char separator)
{
	X12Slice	slice = x12_element(segment, i);
	uint32_t	n;

	for (n = 0; n < slice.length; n++)
	{
		if (slice.at[n] == separator)
		{
			slice.length = n;
			break;
		}
	}
	return slice;
}

/* Without the blanks at either end. */
static inline X12Slice
x12_trim(X12Slice slice)
{
	while (slice.length > 0 && slice.at[slice.length - 1] == ' ')
		slice.length--;
	while (slice.length > 0 && slice.at[0] == ' ')
	{
		slice.at++;
		slice.length--;
	}
	return slice;
}

/*
 * Where the bytes of a word come lowest first, eight digits are read at once.
 */
#if !defined(X12_PLAIN) && defined(__BYTE_ORDER__) && \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define X12_WORDS

#define X12_EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* One to eight bytes, the first of them lowest, zeros above. */
static inline uint64_t
x12_word(const char *at, uint32_t length)
{
	uint32_t	low;
	uint32_t	high;
	uint64_t	word;

	if (length == 8)
	{
		memcpy(&word, at, 8);
		return word;
	}
	if (length >= 4)
	{
		memcpy(&low, at, 4);
		memcpy(&high, at + length - 4, 4);
		return low | (uint64_t) high << 8 * (length - 4);
	}
	word = (unsigned char) at[0];
	word |= (uint64_t) (unsigned char) at[length / 2] << 8 * (length / 2);
	word |= (uint64_t) (unsigned char) at[length - 1] << 8 * (length - 1);
	return word;
}

/* The values of one to eight digits, zeros before them: the last highest. */
static inline uint64_t
x12_digits(const char *at, uint32_t length)
{
	return (x12_word(at, length) ^ (X12_EACH('0') >> 8 * (8 - length))) <<
		8 * (8 - length);
}

/*
 * The high bit of each byte that is no value of a digit.  If there is one,
 * bytes above it may be marked, too.
 */
static inline uint64_t
x12_no_digits(uint64_t digits)
{
	return (digits | (digits + X12_EACH(0x76))) & X12_EACH(0x80);
}

/*
 * The byte of a decimal point, as 1 in it, if that is all that is "odd", no
 * digit, among these of that length; else 0.
 */
static inline uint64_t
x12_point(uint64_t digits, uint64_t odd, uint32_t length)
{
	uint64_t	point = odd >> 7;

	return length > 1 && (odd & (odd - 1)) == 0 &&
		(digits & point * 0xFF) == point * ('.' ^ '0') ? point : 0;
}

/* Eight values of digits as one number. */
static inline uint32_t
x12_digits_value(uint64_t digits)
{
	/* pairs, then pairs of pairs, then both halves */
	digits = digits * 10 + (digits >> 8);
	digits = (digits & UINT64_C(0x00FF00FF00FF00FF)) * 100 +
		(digits >> 16 & UINT64_C(0x00FF00FF00FF00FF));
	return (uint32_t) ((digits & 0xFFFF) * 10000 + (digits >> 32 & 0xFFFF));
}
#endif

/* Is this a number as most are: up to 15 digits, a point among them or not? */
static inline bool
x12_plain_number(X12Slice slice)
{
	uint32_t	points = 0;
	uint32_t	i;

#ifdef X12_WORDS
	if (slice.length > 0 && slice.length <= 8)
	{
		uint64_t	digits = x12_digits(slice.at, slice.length);
		uint64_t	odd = x12_no_digits(digits);

		return odd == 0 || x12_point(digits, odd, slice.length) != 0;
	}
#endif
	for (i = 0; i < slice.length; i++)
	{
		unsigned	digit = (unsigned char) slice.at[i] - '0';

		if (digit > 9)
		{
			if (slice.at[i] != '.')
				return false;
			points++;
		}
	}
	return points <= 1 && slice.length > points && slice.length <= 15;
}

#define X12_CODE2(a, b)	((uint32_t) ((a) << 8 | (b)))
#define X12_CODE3(a, b, c) ((uint32_t) ((a) << 16 | (b) << 8 | (c)))

/* A code of up to three characters as a number, 0 if empty or longer. */
static inline uint32_t
x12_code(X12Slice slice)
{
	const unsigned char *at = (const unsigned char *) slice.at;

	switch (slice.length)
	{
		case 1:
			return at[0];
		case 2:
			return X12_CODE2(at[0], at[1]);
		case 3:
			return X12_CODE3(at[0], at[1], at[2]);
		default:
			return 0;
	}
}

/* A range of whole segments that is read again. */
typedef struct X12Walk
{
	X12Cursor	cursor;
	size_t		to;
	X12Segment	segment;
} X12Walk;

extern void x12_walk_begin(X12Walk *walk, const X12Segment *any,
						   const X12Delimiters *by,
						   const struct X12Index *index, size_t from,
						   size_t to, int number, int position);
extern bool x12_walk_next(X12Walk *walk);

/* ---- The dictionary (x12_dict.c) ---- */

#include "x12_dict.h"

/* ---- Findings and memory ---- */

/* Where something stands; element and component 0 = the whole segment. */
typedef struct X12Place
{
	size_t		offset;			/* in the buffer being read */
	int			segment_no;		/* in the document, from 1 */
	int			position;		/* in the transaction, ST = 1; 0 outside */
	int			element;
	int			component;
	X12Slice	tag;
} X12Place;

typedef struct X12Finding
{
	X12Code		code;
	bool		refuses;
	X12Level	level;
	size_t		offset;			/* in the document as it came */
	int64_t		line;
	X12Slice	interchange;	/* control numbers, absent outside */
	X12Slice	group;
	X12Slice	transaction;
	int			transaction_no; /* ordinal of the ST, 0 outside */
	X12Place	place;
	X12Slice	value;
	const char *message;
	const char *ack;
} X12Finding;

/* Works like realloc(); may fail by returning NULL or by not returning. */
typedef void *(*X12Grow) (void *arg, void *old, size_t size);

typedef struct X12Memory
{
	X12Grow		grow;
	void	   *arg;
} X12Memory;

/* Hash set of (scope, bytes): the control numbers seen. */
typedef struct X12Seen
{
	uint64_t	scope;
	uint32_t	hash;
	X12Slice	value;
} X12Seen;

typedef struct X12SeenSet
{
	X12Seen    *slots;			/* a power of two of them, or NULL */
	size_t		size;
	size_t		used;
} X12SeenSet;

extern bool x12_seen(X12SeenSet *set, const X12Memory *memory,
					 uint64_t scope, X12Slice value, bool add);

/* ---- The reader (x12_reader.c) ---- */

typedef enum X12Event
{
	X12_END,
	X12_INTERCHANGE_BEGIN,		/* the ISA */
	X12_GROUP_BEGIN,			/* the GS */
	X12_TRANSACTION_BEGIN,		/* the ST */
	X12_SEGMENT,				/* any other */
	X12_TRANSACTION_END,		/* the SE */
	X12_TRANSACTION_LOST,		/* no SE came; no segment belongs to this */
	X12_GROUP_END,				/* the GE */
	X12_INTERCHANGE_END			/* the IEA */
} X12Event;

/* What the envelopes around a transaction say. */
typedef struct X12Envelope
{
	X12Slice	sender_qualifier;	/* ISA05 .. ISA08, trimmed */
	X12Slice	sender;
	X12Slice	receiver_qualifier;
	X12Slice	receiver;
	X12Slice	interchange;	/* ISA13 */
	X12Slice	isa_date;		/* ISA09, ISA10 */
	X12Slice	isa_time;
	X12Slice	version;		/* ISA12 */
	bool		is_test;
	bool		wants_ta1;
	int			century_year;	/* four digits; two-digit years lie near it */
	bool		short_dates;	/* YYMMDD is right in this group */
	X12Slice	functional_id;	/* GS01 */
	X12Slice	application_sender;
	X12Slice	application_receiver;
	X12Slice	group;			/* GS06 */
	X12Slice	release;		/* GS08 */
	X12Slice	set;			/* ST01 */
	X12Slice	transaction;	/* ST02 */
} X12Envelope;

#include "x12_sets.h"

typedef struct X12Reader X12Reader;

struct X12Reader
{
	X12Cursor	cursor;			/* over the document, or over flat */
	X12Segment	segment;		/* of the last event */
	X12Envelope envelope;

	/* the document */
	const char *data;
	size_t		length;
	X12Memory	memory;
	void		(*report) (void *arg, const X12Finding *finding);
	void	   *report_arg;
	uint8_t		check;			/* X12_IN_... of the sets to judge */

	/* where we are */
	bool		in_interchange;
	bool		in_group;
	bool		in_transaction;
	bool		seeking;		/* between interchanges */
	bool		outside_told;	/* this run of stray segments is reported */
	bool		empty_told;		/* this run of empty segments is reported */
	bool		indent_told;	/* once per interchange */
	bool		cut;			/* the last segment had no terminator */
	bool		replaced;		/* there is a U+FFFD in the document */
	bool		done;
	int			interchange_no;
	int			group_no;
	int			transaction_no;
	int			segment_no;
	int			position;		/* in the transaction, ST = 1 */
	int			groups;			/* in this interchange */
	int			transactions;	/* in this group */
	X12Place	isa;			/* where each open level began */
	X12Place	gs;
	X12Place	st;

	/* verdicts: known when a level opens, or as the transaction goes */
	bool		interchange_refused;
	bool		group_refused;
	bool		transaction_refused;
	int64_t		findings;		/* all of them, also beyond any cap */

	const X12Set *set;			/* of the open transaction, NULL = no reader */
	bool		judged;			/* its content matters to the caller */
	X12SetState state;			/* its machine, used for checking */
	uint8_t		state_of;		/* X12_IN_... of what the union holds */

	X12SeenSet	seen;
	struct X12Index index;

	/* a copy without line ends, made when the lines were wrapped */
	char	   *flat;
	size_t		flat_length;
	size_t		flat_pos;		/* this place in flat ... */
	size_t		flat_origin;	/* ... is this place in data */

	/* line numbers are counted when a finding needs one */
	size_t		line_offset;
	int64_t		line;
	char		message[200];
};

extern void x12_reader_init(X12Reader *reader, const char *data,
							size_t length, const X12Memory *memory);
extern X12Event x12_read(X12Reader *reader);
extern void x12_place(const X12Reader *reader, X12Place *place);
extern size_t x12_origin(X12Reader *reader, size_t offset);
extern void x12_report(X12Reader *reader, X12Code code, const X12Place *place,
					   X12Slice value, const char *message);
extern void x12_report_as(X12Reader *reader, X12Code code, bool refuses,
						  const char *ack, const X12Place *place,
						  X12Slice value, const char *message);
extern const char *x12_say(X12Reader *reader, const char *format,...)
			X12_PRINTF(2, 3);

/* x12_seek.c */
extern bool x12_isa_fits(const char *data, size_t length, X12Delimiters *by);

/* x12_plain.c */
extern bool x12_plainly_right(const X12Reader *reader,
							  const X12Segment *segment);
extern bool x12_gtin_holds(X12Slice gtin);

/* x12_check.c */
extern void x12_check_segment(X12Reader *reader, const X12Segment *segment);

#if defined(__GNUC__) && defined(__ELF__)
#pragma GCC visibility pop
#endif

#endif							/* X12_H */
