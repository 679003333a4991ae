/*
 * edifact_lines.c
 *		SLSRPT and INVRPT: the machine that makes lines of sales and stock.
 *
 * Both come in two layouts: locations that hold items (LOC .. LIN QTY) and
 * items that hold locations (LIN .. LOC QTY).  Which one it is shows by what
 * comes first behind the header.  Each QTY is a line; what is said between
 * the LIN and its first QTY (price, references) holds for all of them.  Within
 * an item a location stands before the quantities that it holds, or behind the
 * one; which of the two, shows by what comes first behind the LIN.
 */
#include "feed/edifact.h"

#include <string.h>

#define TAG(a, b, c)	X12_CODE3((a), (b), (c))

/*
 * Begin a message; its UNH is the reader's.  The caller sets emit.
 */
void
edifact_lines_begin(EdifactLines *lines, EdifactReader *reader, bool judging)
{
	memset(lines, 0, sizeof(*lines));
	lines->reader = reader;
	lines->judging = judging;
	lines->is_stock = x12_slice_is(reader->type, "INVRPT");
	lines->report.on = X12_NO_DATE;
	lines->report.period_from = X12_NO_DATE;
	lines->report.period_to = X12_NO_DATE;
	lines->header_on = X12_NO_DATE;
	lines->location_on = X12_NO_DATE;
}

static void
finish_line(EdifactLines *lines)
{
	EdifactLine *line = &lines->line;

	if (!lines->in_line)
		return;
	lines->in_line = false;
	if (line->quantity.state != X12_NUMBER_EXACT &&
		line->quantity.state != X12_NUMBER_LONG)
		return;
	line->line_in_message = ++lines->lines;
	line->is_return = !lines->is_stock && line->quantity.negative;
	if (lines->emit != NULL)
		lines->emit(lines->emit_arg, lines, line);
}

/*
 * A date by its format: 102 CCYYMMDD, 203 with a time behind, 718 a range,
 * 101 YYMMDD.
 */
static X12Date
read_date(EdifactLines *lines, const EdifactSegment *segment, X12Date *to)
{
	X12Slice	value = edifact_part(segment, 1, 2);
	uint32_t	format = x12_code(edifact_part(segment, 1, 3));
	int			year = lines->reader->century_year;
	X12DateState state;
	X12Date		on;

	*to = X12_NO_DATE;
	if (format == X12_CODE3('7', '1', '8') && value.length >= 16)
	{
		X12Slice	end = value;

		end.at += value.length - 8;
		end.length = 8;
		*to = x12_date(end, year, &state);
	}
	if (value.length > 8 && (format == X12_CODE3('7', '1', '8') ||
							 format == X12_CODE3('2', '0', '3') ||
							 format == X12_CODE3('2', '0', '4')))
		value.length = 8;
	on = x12_date(value, year, &state);
	if (lines->judging && (state == X12_DATE_BAD || state == X12_DATE_LENGTH))
		edifact_report(lines->reader, "BAD_DATE", X12_LEVEL_ELEMENT,
					   state == X12_DATE_BAD, segment, 1, 2,
					   "not a date of the calendar");
	return on;
}

static void
read_dtm(EdifactLines *lines, const EdifactSegment *segment)
{
	EdifactReport *report = &lines->report;
	uint32_t	qualifier = x12_code(edifact_part(segment, 1, 1));
	bool		header = !lines->in_item && !lines->layout_known;
	X12Date		to;
	X12Date		on = read_date(lines, segment, &to);

	lines->has_dtm = true;
	if (on == X12_NO_DATE)
		return;
	switch (qualifier)
	{
		case X12_CODE3('1', '3', '7'):
			if (header)
				report->on = on;
			break;
		case X12_CODE2('9', '0'):
			if (header)
				report->period_from = on;
			break;
		case X12_CODE2('9', '1'):
			if (header)
				report->period_to = on;
			break;
		case X12_CODE3('3', '5', '6'):
		case X12_CODE3('3', '6', '6'):
			/* what was sold within some days is of the last of them */
			if (to == X12_NO_DATE)
				to = on;
			if (lines->in_line)
				lines->line.activity_on = to;
			else if (lines->in_item)
				lines->item.activity_on = to;
			else if (!header)
				lines->location_on = to;
			else
			{
				lines->header_on = to;
				report->period_from = on;
				report->period_to = to;
			}
			break;
	}
}

/* A place that is named behind a quantity: it is that quantity's. */
static void
place_line(EdifactLines *lines, X12Slice qualifier, X12Slice id)
{
	if (!lines->in_line || lines->line_placed)
		return;
	lines->line_placed = true;
	lines->line.location_qualifier = qualifier;
	lines->line.location_id = id;
}

/*
 * A warehouse behind the first item: where one stood before it, the items
 * that follow lie in this one; else it is the place of the item's quantity.
 */
static void
read_next_warehouse(EdifactLines *lines, const EdifactSegment *segment)
{
	X12Slice	qualifier = edifact_part(segment, 1, 1);
	X12Slice	id = edifact_part(segment, 2, 1);

	if (lines->header_location_id.length == 0)
	{
		place_line(lines, qualifier, id);
		return;
	}
	finish_line(lines);
	lines->in_item = false;
	lines->header_location_qualifier = qualifier;
	lines->header_location_id = id;
}

/*
 * Whom an item was sold to: the buyer, else who is billed, who gets it, who
 * uses it in the end.
 */
static void
read_customer(EdifactLines *lines, const EdifactSegment *segment)
{
	static const char roles[] = "BYIVSTDPUDMA";
	EdifactLine *line = lines->in_line ? &lines->line : &lines->item;
	uint32_t	role = x12_code(edifact_part(segment, 1, 1));
	X12Slice	name = edifact_part(segment, 4, 1);
	int			rank;

	for (rank = 0; roles[2 * rank] != '\0'; rank++)
	{
		if (role == X12_CODE2(roles[2 * rank], roles[2 * rank + 1]))
			break;
	}
	if (roles[2 * rank] == '\0' ||
		(line->customer_rank != 0 && line->customer_rank <= rank + 1))
		return;
	line->customer_rank = (uint8_t) (rank + 1);
	line->customer_id = edifact_part(segment, 2, 1);
	line->customer_qualifier = edifact_part(segment, 2, 3);
	line->customer_name = name.length > 0 ? name : edifact_part(segment, 3, 1);
	line->customer_postcode = edifact_part(segment, 8, 1);
	line->customer_country = edifact_part(segment, 9, 1);
}

static void
read_nad(EdifactLines *lines, const EdifactSegment *segment)
{
	static const char reporters[] = "GYDBDSSEBYFR";
	uint32_t	role = x12_code(edifact_part(segment, 1, 1));
	X12Party   *party = NULL;
	X12Slice	name = edifact_part(segment, 4, 1);
	int			rank;

	if (lines->in_item && lines->is_stock && !lines->by_location &&
		role == X12_CODE2('W', 'H'))
		read_next_warehouse(lines, segment);
	if (lines->in_item)
	{
		if (!lines->is_stock)
			read_customer(lines, segment);
		return;
	}
	for (rank = 0; reporters[2 * rank] != '\0'; rank++)
	{
		if (role == X12_CODE2(reporters[2 * rank], reporters[2 * rank + 1]) &&
			(lines->report.reporter.level == X12_SCOPE_NONE ||
			 rank < lines->report.reporter.rank))
			party = &lines->report.reporter;
		if (party != NULL)
			break;
	}
	if (role == X12_CODE2('S', 'U') || role == X12_CODE2('M', 'F') ||
		role == X12_CODE2('V', 'N'))
	{
		party = &lines->report.vendor;
		rank = 0;
	}
	if (role == X12_CODE2('W', 'H') && lines->is_stock)
	{
		lines->header_location_qualifier = edifact_part(segment, 1, 1);
		lines->header_location_id = edifact_part(segment, 2, 1);
		lines->location_qualifier = lines->header_location_qualifier;
		lines->location_id = lines->header_location_id;
	}
	if (party == NULL)
		return;
	memset(party, 0, sizeof(*party));
	party->level = X12_SCOPE_HEADER;
	party->rank = (uint8_t) rank;
	party->id = edifact_part(segment, 2, 1);
	party->id_qualifier = edifact_part(segment, 2, 3);
	party->name = name.length > 0 ? name : edifact_part(segment, 3, 1);
}

/* A place of sale (162) or of stock (11, 14, 18). */
static void
read_loc(EdifactLines *lines, const EdifactSegment *segment)
{
	X12Slice	qualifier = edifact_part(segment, 1, 1);
	uint32_t	code = x12_code(qualifier);

	if (code != X12_CODE3('1', '6', '2') && code != X12_CODE2('1', '1') &&
		code != X12_CODE2('1', '4') && code != X12_CODE2('1', '8'))
		return;
	if (lines->in_item && !lines->by_location && lines->item_has_qty &&
		!lines->item_has_loc)
	{
		place_line(lines, qualifier, edifact_part(segment, 2, 1));
		return;
	}
	finish_line(lines);
	lines->item_has_loc = true;
	if (!lines->layout_known)
	{
		lines->layout_known = true;
		lines->by_location = true;
	}
	lines->location_on = X12_NO_DATE;
	if (lines->by_location)
		lines->in_item = false;
	lines->location_qualifier = qualifier;
	lines->location_id = edifact_part(segment, 2, 1);
}

static void
add_product(X12Products *products, X12Slice id, X12Slice kind)
{
	if (id.length > 0 && products->pairs < X12_MAX_PAIRS)
	{
		products->qualifier[products->pairs] = kind;
		products->id[products->pairs++] = id;
	}
}

static void
read_lin(EdifactLines *lines, const EdifactSegment *segment)
{
	EdifactLine *item = &lines->item;

	finish_line(lines);
	lines->layout_known = true;
	if (!lines->by_location)
	{
		lines->location_qualifier = lines->header_location_qualifier;
		lines->location_id = lines->header_location_id;
		lines->location_on = X12_NO_DATE;
	}
	memset(item, 0, sizeof(*item));
	lines->in_item = true;
	lines->item_has_qty = false;
	lines->item_has_loc = false;
	item->item_no = edifact_part(segment, 1, 1);
	item->activity_on = lines->location_on != X12_NO_DATE ?
		lines->location_on : lines->header_on;
	item->currency = lines->report.currency;
	add_product(&item->products, edifact_part(segment, 3, 1),
				edifact_part(segment, 3, 2));
}

static void
read_pia(EdifactLines *lines, const EdifactSegment *segment)
{
	int			i;

	for (i = 2; i <= 6; i++)
		add_product(&lines->item.products, edifact_part(segment, i, 1),
					edifact_part(segment, i, 2));
}

static void
read_qty(EdifactLines *lines, const EdifactSegment *segment)
{
	EdifactLine *line = &lines->line;

	if (!lines->in_item)
	{
		if (lines->judging)
			edifact_report(lines->reader, "SEGMENT_ORDER", X12_LEVEL_SEGMENT,
						   false, segment, 0, 0, "a QTY before any LIN");
		return;
	}
	finish_line(lines);
	*line = lines->item;
	/* an amount of the item belongs to its first quantity alone */
	lines->item.amount.state = X12_NUMBER_NONE;
	line->place.offset = segment->offset;
	line->place.segment_no = segment->number;
	line->place.position = segment->position;
	line->location_qualifier = lines->location_qualifier;
	line->location_id = lines->location_id;
	line->quantity_qualifier = edifact_part(segment, 1, 1);
	line->quantity = edifact_number(lines->reader, segment, 1, 2,
									lines->judging);
	line->unit = edifact_part(segment, 1, 3);
	lines->in_line = true;
	lines->line_placed = false;
	lines->item_has_qty = true;
	if (lines->judging && edifact_part(segment, 1, 2).length == 0)
		edifact_report(lines->reader, "ELEMENT_MISSING", X12_LEVEL_ELEMENT,
					   true, segment, 1, 2,
					   "a quantity is stated without its number");
}

static void
read_pri(EdifactLines *lines, const EdifactSegment *segment)
{
	X12Prices  *prices = lines->in_line ? &lines->line.prices :
	&lines->item.prices;
	X12Slice	kind = edifact_part(segment, 1, 4);

	if (prices->count == X12_MAX_PRICES)
		return;
	prices->price[prices->count].value =
		edifact_number(lines->reader, segment, 1, 2, lines->judging);
	prices->price[prices->count].basis = kind.length > 0 ? kind :
		edifact_part(segment, 1, 1);
	if (prices->price[prices->count].value.state == X12_NUMBER_EXACT ||
		prices->price[prices->count].value.state == X12_NUMBER_LONG)
		prices->count++;
}

/* A reference, of the line or of the item. */
static void
put_reference(EdifactLines *lines, X12Slice kind, X12Slice value,
			  X12Slice item)
{
	EdifactLine *line = lines->in_line ? &lines->line : &lines->item;

	switch (x12_code(kind))
	{
		case X12_CODE2('I', 'V'):
		case X12_CODE2('D', 'M'):
		case X12_CODE3('3', '8', '0'):
			line->invoice = value;
			line->invoice_line = item;
			break;
		case X12_CODE2('C', 'T'):
		case X12_CODE2('D', 'C'):
			line->contract = value;
			break;
		case X12_CODE2('S', 'A'):
			add_product(&line->products, value, kind);
			break;
	}
}

/*
 * Take one segment of the message, in order; neither UNH nor UNT.
 */
void
edifact_lines_segment(EdifactLines *lines, const EdifactSegment *segment)
{
	static const X12Slice nothing = {NULL, 0};
	X12Slice	tag = segment->part[0];

	if (segment->overlong)
		return;
	switch (x12_code(tag))
	{
		case TAG('B', 'G', 'M'):
			lines->has_bgm = true;
			lines->report.code = edifact_part(segment, 1, 1);
			lines->report.id = edifact_part(segment, 2, 1);
			lines->report.function = edifact_part(segment, 3, 1);
			break;
		case TAG('D', 'T', 'M'):
			read_dtm(lines, segment);
			break;
		case TAG('N', 'A', 'D'):
			read_nad(lines, segment);
			break;
		case TAG('C', 'U', 'X'):
			if (lines->in_item)
				lines->item.currency = edifact_part(segment, 1, 2);
			else
				lines->report.currency = edifact_part(segment, 1, 2);
			break;
		case TAG('L', 'O', 'C'):
			read_loc(lines, segment);
			break;
		case TAG('L', 'I', 'N'):
			read_lin(lines, segment);
			break;
		case TAG('P', 'I', 'A'):
			if (lines->in_item && !lines->in_line)
				read_pia(lines, segment);
			break;
		case TAG('Q', 'T', 'Y'):
			read_qty(lines, segment);
			break;
		case TAG('P', 'R', 'I'):
			if (lines->in_item)
				read_pri(lines, segment);
			break;
		case TAG('M', 'O', 'A'):
			if (lines->in_item && x12_slice_is(edifact_part(segment, 1, 1),
											   "203"))
			{
				EdifactLine *line = lines->in_line ? &lines->line :
				&lines->item;

				line->amount = edifact_number(lines->reader, segment, 1, 2,
											  lines->judging);
			}
			break;
		case TAG('R', 'F', 'F'):
			if (lines->in_item)
				put_reference(lines, edifact_part(segment, 1, 1),
							  edifact_part(segment, 1, 2),
							  edifact_part(segment, 1, 3));
			break;
		case TAG('D', 'O', 'C'):
			if (lines->in_item)
				put_reference(lines, edifact_part(segment, 1, 1),
							  edifact_part(segment, 2, 1),
							  nothing);
			break;
	}
}

/* The message is complete. */
void
edifact_lines_end(EdifactLines *lines)
{
	finish_line(lines);
	if (!lines->judging)
		return;
	if (!lines->has_bgm)
		edifact_report(lines->reader, "MANDATORY_SEGMENT",
					   X12_LEVEL_TRANSACTION, true, &lines->reader->segment, 0,
					   0, "the message has no BGM");
	if (!lines->has_dtm)
		edifact_report(lines->reader, "MANDATORY_SEGMENT",
					   X12_LEVEL_TRANSACTION, true, &lines->reader->segment, 0,
					   0, "the message has no DTM");
}
