/*
 * edifact.h
 *		Reading UN/EDIFACT reports: the part that knows no server.
 *
 * Plain C over a byte range, as x12.h is, whose slices, numbers and dates it
 * uses.  Three layers:
 *
 *	edifact_token.c		bytes -> segments and their parts
 *	edifact_reader.c	the envelopes
 *	edifact_lines.c		SLSRPT and INVRPT: segments -> business lines
 */
#ifndef EDIFACT_H
#define EDIFACT_H

#include "feed/x12.h"

#define EDIFACT_MAX_PARTS	1024	/* components in one segment */

typedef struct EdifactDelimiters
{
	char		component;
	char		element;
	char		mark;			/* decimal mark */
	char		release;		/* blank = none */
	char		terminator;
} EdifactDelimiters;

/*
 * One segment.  Part 0 is the tag; each part knows its element (the tag is
 * element 0) and its component, both but the tag from 1.  Release characters
 * and line ends are taken out.
 */
typedef struct EdifactSegment
{
	size_t		offset;
	int			number;			/* in the document, from 1 */
	int			position;		/* in the message, UNH = 1 */
	bool		terminated;
	bool		overlong;
	bool		bad_release;	/* a release character released nothing */
	int			count;
	uint16_t	element[EDIFACT_MAX_PARTS];
	uint16_t	component[EDIFACT_MAX_PARTS];
	size_t		at[EDIFACT_MAX_PARTS];	/* in the document */
	X12Slice	part[EDIFACT_MAX_PARTS];
} EdifactSegment;

/* Room for what had to be rewritten; allocated once, when first needed. */
typedef struct EdifactRoom
{
	char	   *at;
	size_t		size;
	size_t		used;
} EdifactRoom;

typedef struct EdifactFinding
{
	const char *code;
	X12Level	level;
	bool		refuses;
	size_t		offset;
	int64_t		line;
	X12Slice	interchange;
	X12Slice	group;
	X12Slice	message;		/* reference of the message */
	int			message_no;
	int			segment_no;
	int			position;
	X12Slice	tag;
	int			element;
	int			component;
	X12Slice	value;
	const char *text;
} EdifactFinding;

typedef enum EdifactEvent
{
	EDIFACT_END,
	EDIFACT_SEGMENT,			/* UNB, UNG, UNE, UNZ, and all within */
	EDIFACT_MESSAGE_BEGIN,		/* the UNH */
	EDIFACT_MESSAGE_END,		/* the UNT */
	EDIFACT_MESSAGE_LOST		/* no UNT came; no segment belongs to this */
} EdifactEvent;

struct EdifactReader;

/* ---- Lines of SLSRPT and INVRPT (edifact_lines.c) ---- */

typedef struct EdifactReport
{
	X12Slice	code;			/* BGM 1001 */
	X12Slice	id;				/* BGM 1004 */
	X12Slice	function;		/* BGM 1225 */
	X12Date		on;				/* DTM 137 */
	X12Date		period_from;	/* DTM 90 */
	X12Date		period_to;		/* DTM 91 */
	X12Party	reporter;
	X12Party	vendor;
	X12Slice	currency;
} EdifactReport;

typedef struct EdifactLine
{
	X12Place	place;			/* of the QTY */
	int			line_in_message;
	X12Slice	location_qualifier;
	X12Slice	location_id;
	X12Date		activity_on;
	X12Slice	item_no;		/* LIN 1082 */
	X12Products products;
	X12Slice	quantity_qualifier;
	X12Number	quantity;
	X12Slice	unit;
	X12Prices	prices;			/* the basis is 5387, else 5125 */
	X12Number	amount;			/* MOA 203 */
	X12Slice	currency;
	X12Slice	invoice;		/* RFF IV, DM; DOC 380 */
	X12Slice	invoice_line;	/* RFF 1156 */
	X12Slice	contract;		/* RFF CT, DC */
	X12Slice	customer_qualifier; /* NAD 3055 */
	X12Slice	customer_id;
	X12Slice	customer_name;
	X12Slice	customer_postcode;
	X12Slice	customer_country;
	uint8_t		customer_rank;	/* 0 = none, else the lower the better */
	bool		is_return;
} EdifactLine;

typedef struct EdifactLines EdifactLines;
typedef void (*EdifactEmit) (void *arg, const EdifactLines *lines,
							 const EdifactLine *line);

struct EdifactLines
{
	struct EdifactReader *reader;
	bool		judging;		/* report what is wrong */
	EdifactEmit emit;
	void	   *emit_arg;

	EdifactReport report;
	bool		is_stock;		/* INVRPT */
	bool		has_bgm;
	bool		has_dtm;

	bool		by_location;	/* locations hold items, not items locations */
	bool		layout_known;
	bool		item_has_qty;	/* behind this LIN */
	bool		item_has_loc;	/* and before any QTY */
	bool		line_placed;	/* by a location behind its QTY */
	X12Slice	header_location_qualifier;
	X12Slice	header_location_id;
	X12Date		header_on;
	X12Slice	location_qualifier;
	X12Slice	location_id;
	X12Date		location_on;

	EdifactLine item;			/* what the LIN says, for each QTY of it */
	bool		in_item;
	EdifactLine line;
	bool		in_line;
	int			lines;
};

/* ---- The reader (edifact_reader.c) ---- */

typedef struct EdifactReader
{
	const char *data;
	size_t		length;
	size_t		pos;
	EdifactDelimiters by;
	X12Memory	memory;
	EdifactRoom room;
	size_t		message_room;	/* used when the message began */
	void		(*report) (void *arg, const EdifactFinding *finding);
	void	   *report_arg;
	EdifactSegment segment;

	/* of the interchange */
	bool		in_interchange;
	bool		unb_due;		/* its UNB is still to come */
	X12Slice	syntax;
	X12Slice	sender;
	X12Slice	sender_qualifier;
	X12Slice	receiver;
	X12Slice	receiver_qualifier;
	X12Slice	interchange;	/* its control reference */
	bool		is_test;
	bool		interchange_refused;
	int			century_year;
	int			interchange_no;
	int			groups;
	int			messages;		/* in the interchange */

	bool		in_group;
	X12Slice	group;
	int			group_messages;

	bool		in_message;
	X12Slice	message;		/* its reference */
	X12Slice	type;			/* SLSRPT ... */
	X12Slice	version;
	int			message_no;
	size_t		message_offset;
	int			message_segment_no;
	bool		message_refused;
	bool		supported;
	EdifactLines lines;

	int			segment_no;
	int			position;
	bool		outside_told;
	bool		cut;
	bool		done;
	int64_t		findings;
	size_t		line_offset;
	int64_t		line;
	X12SeenSet	seen;
	char		said[200];
} EdifactReader;

extern void edifact_reader_init(EdifactReader *reader, const char *data,
								size_t length, const X12Memory *memory);
extern EdifactEvent edifact_read(EdifactReader *reader);
extern bool edifact_next(EdifactReader *reader, EdifactSegment *segment);
extern X12Slice edifact_part(const EdifactSegment *segment, int element,
							 int component);
extern void edifact_report(EdifactReader *reader, const char *code,
						   X12Level level, bool refuses,
						   const EdifactSegment *segment, int element,
						   int component, const char *text);
extern X12Number edifact_number(EdifactReader *reader,
								const EdifactSegment *segment, int element,
								int component, bool judging);
extern void edifact_deliver(EdifactReader *reader, EdifactSegment *segment,
							EdifactEmit emit, void *arg);

extern void edifact_lines_begin(EdifactLines *lines, EdifactReader *reader,
								bool judging);
extern void edifact_lines_segment(EdifactLines *lines,
								  const EdifactSegment *segment);
extern void edifact_lines_end(EdifactLines *lines);

#endif							/* EDIFACT_H */
