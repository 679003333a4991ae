/*
 * x12_sets.c
 *		The list of transaction sets, and what their machines share.
 */
#include "x12.h"

#include <string.h>

static void
begin_867(X12SetState *state, X12Reader *reader)
{
	x12_867_begin(&state->s867, reader);
}

static void
segment_867(X12SetState *state, const X12Segment *segment)
{
	x12_867_segment(&state->s867, segment);
}

static void
begin_852(X12SetState *state, X12Reader *reader)
{
	x12_852_begin(&state->s852, reader);
}

static void
segment_852(X12SetState *state, const X12Segment *segment)
{
	x12_852_segment(&state->s852, segment);
}

static void
begin_846(X12SetState *state, X12Reader *reader)
{
	x12_846_begin(&state->s846, reader);
}

static void
segment_846(X12SetState *state, const X12Segment *segment)
{
	x12_846_segment(&state->s846, segment);
}

static void
begin_contract(X12SetState *state, X12Reader *reader)
{
	x12_contract_begin(&state->contract, reader);
}

static void
segment_contract(X12SetState *state, const X12Segment *segment)
{
	x12_contract_segment(&state->contract, segment);
}

static void
begin_832(X12SetState *state, X12Reader *reader)
{
	x12_832_begin(&state->s832, reader);
}

static void
segment_832(X12SetState *state, const X12Segment *segment)
{
	x12_832_segment(&state->s832, segment);
}

static void
end_867(X12SetState *state)
{
	x12_867_end(&state->s867);
}

static const X12Set sets[] = {
	{"867", "PT", X12_IN_867, X12_BPT, begin_867, segment_867, end_867},
	{"852", "PD", X12_IN_852, X12_XQ, begin_852, segment_852, NULL},
	{"846", "IB", X12_IN_846, X12_BIA, begin_846, segment_846, NULL},
	{"844", "CF", X12_IN_844, X12_BAA, begin_contract, segment_contract, NULL},
	{"849", "CF", X12_IN_849, X12_BRC, begin_contract, segment_contract, NULL},
	{"845", "PA", X12_IN_845, X12_BPA, begin_contract, segment_contract, NULL},
	{"832", "SC", X12_IN_832, X12_BCT, begin_832, segment_832, NULL},
};

/* The set of this code, or NULL. */
const X12Set *
x12_find_set(X12Slice code)
{
	size_t		i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
	{
		if (x12_slice_is(code, sets[i].code))
			return &sets[i];
	}
	return NULL;
}

/* Sets that answer ours and are passed over in silence. */
bool
x12_is_acknowledgement(X12Slice code)
{
	return x12_slice_is(code, "997") || x12_slice_is(code, "999") ||
		x12_slice_is(code, "824") || x12_slice_is(code, "864");
}

/* Where a segment stands. */
void
x12_place_of(const X12Segment *segment, X12Place *place)
{
	place->offset = segment->offset;
	place->segment_no = segment->number;
	place->position = segment->position;
	place->element = 0;
	place->component = 0;
	place->tag = x12_element(segment, 0);
}

/* Report about an element of a segment, if anyone listens. */
void
x12_tell(X12Reader *reader, X12Code code, const X12Segment *segment,
		 int element, const char *message)
{
	X12Place	place;

	if (reader == NULL)
		return;
	x12_place_of(segment, &place);
	place.element = element;
	x12_report(reader, code, &place, x12_element(segment, element), message);
}

/* Compare CTT01 with the number of lines it is to count. */
void
x12_check_count(X12Reader *reader, const X12Segment *ctt, int lines,
				const char *message)
{
	X12Number	stated = x12_number(x12_element(ctt, 1));

	if (stated.state != X12_NUMBER_EXACT || stated.scale != 0 ||
		stated.mantissa != lines)
		x12_tell(reader, X12_CTT_MISMATCH, ctt, 1, message);
}

/*
 * How well does an N1 name a location of stock?  0 = it is one, 1 = a party
 * that has one, -1 = no location.
 */
int
x12_location_rank(const X12Segment *n1)
{
	switch (x12_code(x12_element(n1, 1)))
	{
		case X12_CODE2('R', 'L'):
		case X12_CODE2('S', 'T'):
		case X12_CODE2('W', 'H'):
		case X12_CODE2('S', 'N'):
			return 0;
		case X12_CODE2('D', 'S'):
		case X12_CODE2('D', 'B'):
		case X12_CODE2('B', 'Y'):
		case X12_CODE2('B', 'S'):
		case X12_CODE2('S', 'F'):
			return 1;
		default:
			return -1;
	}
}

/* Say a value at a level; keeps what wins. */
void
x12_slot_put(X12Slot *slot, X12Scope level, int rank, X12Slice value)
{
	if (value.length == 0 || level < slot->level ||
		(level == slot->level && rank >= slot->rank))
		return;
	slot->value = value;
	slot->level = (uint8_t) level;
	slot->rank = (uint8_t) rank;
}

/* Read an N1. */
void
x12_party_begin(X12Party *party, X12Scope level, int rank,
				const X12Segment *n1)
{
	memset(party, 0, sizeof(*party));
	party->level = (uint8_t) level;
	party->rank = (uint8_t) rank;
	party->name = x12_trim(x12_element(n1, 2));
	party->id_qualifier = x12_trim(x12_element(n1, 3));
	party->id = x12_trim(x12_element(n1, 4));
}

/* Read an N4. */
void
x12_party_address(X12Party *party, const X12Segment *n4)
{
	party->city = x12_trim(x12_element(n4, 1));
	party->state = x12_trim(x12_element(n4, 2));
	party->postcode = x12_trim(x12_element(n4, 3));
	party->country = x12_trim(x12_element(n4, 4));
}

/* Read qualifier and id pairs, all that are given. */
void
x12_products_read(X12Products *products, const X12Segment *segment, int first,
				  int last)
{
	int			i;
	int			n = products->pairs;

	for (i = first; i + 1 < segment->count && i < last && n < X12_MAX_PAIRS;
		 i += 2)
	{
		X12Slice	id = x12_trim(x12_element(segment, i + 1));

		if (id.length > 0)
		{
			products->qualifier[n] = x12_element(segment, i);
			products->id[n++] = id;
		}
	}
	products->pairs = n;
}

/*
 * The id under the first of these two-letter qualifiers that there is, or
 * NULL.
 */
const X12Slice *
x12_product_pick(const X12Products *products, const char *qualifiers)
{
	int			i;

	for (; *qualifiers != '\0'; qualifiers += 2)
	{
		for (i = 0; i < products->pairs; i++)
		{
			X12Slice	qualifier = products->qualifier[i];

			if (qualifier.length == 2 && qualifier.at[0] == qualifiers[0] &&
				qualifier.at[1] == qualifiers[1])
				return &products->id[i];
		}
	}
	return NULL;
}

/* The two dates of CCYYMMDD-CCYYMMDD, in an element of its own. */
static void
read_range(X12Slice slice, int century_year, X12Date *from, X12Date *to)
{
	X12DateState state;
	X12Slice	half = slice;

	if (slice.length != 17 || slice.at[8] != '-')
		return;
	half.length = 8;
	*from = x12_date(half, century_year, &state);
	half.at += 9;
	*to = x12_date(half, century_year, &state);
}

/*
 * The quarter or other period that one date closes cannot be known from it;
 * what is taken are pairs of dates, and ranges.
 */
void
x12_report_dtm(X12Report *report, const X12Segment *dtm, int century_year)
{
	X12DateState state;
	X12Date		on = x12_date(x12_element(dtm, 2), century_year, &state);
	uint32_t	qualifier = x12_code(x12_element(dtm, 1));

	switch (qualifier)
	{
		case X12_CODE3('0', '9', '0'):
		case X12_CODE3('1', '9', '3'):
		case X12_CODE3('1', '9', '6'):
		case X12_CODE3('1', '5', '0'):
			if (on != X12_NO_DATE &&
				(report->period_from == X12_NO_DATE ||
				 qualifier == X12_CODE3('0', '9', '0')))
				report->period_from = on;
			break;
		case X12_CODE3('0', '9', '1'):
		case X12_CODE3('1', '9', '4'):
		case X12_CODE3('1', '9', '7'):
		case X12_CODE3('1', '5', '1'):
		case X12_CODE3('3', '2', '7'):
			if (on != X12_NO_DATE &&
				(report->period_to == X12_NO_DATE ||
				 qualifier == X12_CODE3('0', '9', '1')))
				report->period_to = on;
			break;
		case X12_CODE3('5', '8', '2'):
			if (on != X12_NO_DATE && report->period_to == X12_NO_DATE)
				report->period_to = on;
			break;
		default:
			return;
	}
	if (on == X12_NO_DATE)
		read_range(x12_element(dtm, 6), century_year, &report->period_from,
				   &report->period_to);
}

/*
 * Is this N1 the reporter, or a better one than we have?  Then read it, and
 * let *party point to it.
 */
void
x12_report_reporter(X12Report *report, X12Party **party, const X12Segment *n1)
{
	static const char roles[] = "DBDSSERLFR";
	uint32_t	role = x12_code(x12_element(n1, 1));
	int			rank;

	for (rank = 0; roles[2 * rank] != '\0'; rank++)
	{
		if (role == X12_CODE2(roles[2 * rank], roles[2 * rank + 1]))
		{
			if (report->reporter.level == X12_SCOPE_NONE ||
				rank < report->reporter.rank)
			{
				x12_party_begin(&report->reporter, X12_SCOPE_HEADER, rank,
								n1);
				*party = &report->reporter;
			}
			return;
		}
	}
}

/* Append.  False without memory. */
bool
x12_slices_add(X12Slices *slices, const X12Memory *memory, X12Slice value)
{
	if (slices->count == slices->size)
	{
		int			size = slices->size == 0 ? 64 : slices->size * 2;
		X12Slice   *at = memory->grow(memory->arg, slices->at,
									  (size_t) size * sizeof(X12Slice));

		if (at == NULL)
			return false;
		slices->at = at;
		slices->size = size;
	}
	slices->at[slices->count++] = value;
	return true;
}
