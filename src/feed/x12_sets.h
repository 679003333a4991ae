/*
 * x12_sets.h
 *		The transaction sets that become business lines.
 *
 * Each set has a machine: begin it at the ST, feed it the segments, end it at
 * the SE, and it hands line after line to a callback.  The same machine runs
 * twice over a transaction: once within the reader, with a reader to report
 * to, so that everything is judged before the first line goes out; and once,
 * silent, over a good transaction to deliver its lines.  Lines point into the
 * document and live until the callback returns.  Included by x12.h only.
 */
#ifndef X12_SETS_H
#define X12_SETS_H

#define X12_MAX_PAIRS	16		/* product ids of a line */
#define X12_MAX_PRICES	16		/* prices of a line */

struct X12Reader;

/*
 * A value that may be said at several levels, by several qualifiers.  The
 * innermost level wins; within a level the qualifier of lowest rank does.
 */
typedef struct X12Slot
{
	X12Slice	value;
	uint8_t		level;			/* X12Scope; 0 = not said */
	uint8_t		rank;
} X12Slot;

typedef struct X12DateSlot
{
	X12Date		value;			/* meaningless at level 0 */
	uint8_t		level;
} X12DateSlot;

typedef enum X12Scope
{
	X12_SCOPE_NONE,
	X12_SCOPE_HEADER,			/* of the report */
	X12_SCOPE_EVENT,			/* of a PTD, of a CON */
	X12_SCOPE_LINE
} X12Scope;

typedef struct X12Party
{
	uint8_t		level;			/* X12Scope; 0 = not named */
	uint8_t		rank;
	X12Slice	name;
	X12Slice	id_qualifier;
	X12Slice	id;
	X12Slice	city;
	X12Slice	state;
	X12Slice	postcode;
	X12Slice	country;
} X12Party;

typedef struct X12Price
{
	X12Number	value;
	X12Slice	basis;
} X12Price;

typedef struct X12Products
{
	int			pairs;
	X12Slice	qualifier[X12_MAX_PAIRS];
	X12Slice	id[X12_MAX_PAIRS];
} X12Products;

typedef struct X12Prices
{
	int			count;
	X12Price	price[X12_MAX_PRICES];
} X12Prices;

/* A list of slices that grows, kept from line to line. */
typedef struct X12Slices
{
	X12Slice   *at;
	int			count;
	int			size;
} X12Slices;

/* What the beginning of any report says about itself. */
typedef struct X12Report
{
	X12Slice	id;
	X12Slice	purpose;
	X12Slice	type;
	X12Date		on;
	X12Slice	previous_id;
	X12Date		period_from;
	X12Date		period_to;
	X12Party	reporter;
} X12Report;

/* What holds for a line, whatever level said it. */
typedef struct X12Business
{
	X12Slot		invoice;
	X12Slot		purchase_order;
	X12Slot		contract;
	X12Slot		currency;
	X12DateSlot invoiced_on;
	X12DateSlot shipped_on;
} X12Business;

/* ---- 867 (x12_867.c) ---- */

typedef struct X12Line867
{
	X12Place	place;			/* of the QTY or SII */
	int			line_in_transaction;
	X12Business business;
	X12Slice	invoice_line;
	X12Products products;
	X12Slice	quantity_qualifier;
	X12Number	quantity;
	X12Slice	unit;
	X12Prices	prices;
	X12Number	amount;
	uint8_t		amount_rank;
	X12Number	claim;
	X12Slice	claim_sign;		/* AMT03: C or D */
	const X12Slices *serials;
	bool		is_return;
	bool		is_correction;
	bool		uncounted;		/* the quantity is not one of goods */
} X12Line867;

typedef struct X12State867 X12State867;
typedef void (*X12Emit867) (void *arg, const X12State867 *state,
							const X12Line867 *line);

struct X12State867
{
	struct X12Reader *reader;	/* to report to, or NULL */
	const X12Envelope *envelope;
	X12Delimiters by;
	const struct X12Index *index;
	const X12Memory *memory;
	X12Emit867	emit;
	void	   *emit_arg;

	/* the header, and what of it each PTD starts with */
	X12Report	report;
	X12Business header;
	X12Party	header_ship_from;
	X12Party	header_ship_to;
	X12Party	header_sold_to;
	X12Party	header_end_user;
	int			report_version; /* changes when the report does */

	/* the PTD */
	X12Slice	transfer;
	X12Slice	movement;
	X12Business event;
	X12Slot		branch;			/* ship-from id without a party */
	X12Party	ship_from;
	X12Party	ship_to;
	X12Party	sold_to;
	X12Party	end_user;
	int			event_version;	/* changes when any of these does */

	/* the line */
	X12Line867	line;
	X12Slices	serials;

	/* where in the structure we are */
	uint8_t		scope;			/* X12Scope */
	bool		in_line;		/* a line is open */
	bool		in_party;		/* between an N1 and the end of its loop */
	bool		in_lx;
	X12Party   *party;			/* the one being read, or NULL */
	X12Party   *also;			/* another role of the same one, or NULL */
	int			parties;		/* in this loop */
	X12Place	event_place;	/* of the PTD */
	bool		replaying;		/* second pass over a PTD for its SIIs */
	bool		event_has_sii;
	bool		event_has_qty;
	X12SeenSet	items;			/* products of the QTY lines of a PTD */
	int			events;

	/* totals to compare */
	int			lines;
	int			lins;
	int			siis;
	X12Total	quantities;
	X12Number	header_total;	/* QTY*TO before the first PTD */
	X12Place	header_total_place;
	bool		foreign;		/* a transfer type of the energy industry */
	bool		has_product;
};

extern void x12_867_begin(X12State867 *state, struct X12Reader *reader);
extern void x12_867_segment(X12State867 *state, const X12Segment *segment);
extern void x12_867_end(X12State867 *state);

/* ---- 852 (x12_852.c) ---- */

typedef struct X12Line852
{
	X12Place	place;			/* of the ZA or SDQ */
	int			line_in_transaction;
	int			ordinal;		/* within the LIN */
	X12Slice	location_id_qualifier;
	X12Slice	location_id;
	X12Slice	location_name;
	X12Slice	activity;
	X12Date		activity_on;
	X12Number	quantity;
	X12Slice	unit;
	X12Slot		price_basis;
	X12Number	price;
	X12Number	amount;
	bool		is_return;
} X12Line852;

typedef struct X12State852 X12State852;
typedef void (*X12Emit852) (void *arg, const X12State852 *state,
							const X12Line852 *line);

struct X12State852
{
	struct X12Reader *reader;
	const X12Envelope *envelope;
	X12Delimiters by;
	X12Emit852	emit;
	void	   *emit_arg;

	X12Report	report;
	X12Slice	handling;
	int			report_version;

	X12Party	location;
	X12Party   *party;
	bool		fresh_parties;	/* no N1 since the last LIN */

	X12Products products;
	X12Number	item_price;
	X12Slice	item_price_basis;
	X12Number	item_amount;
	int			item_version;
	bool		in_item;

	X12Line852	line;
	bool		in_activity;
	bool		spread;			/* an SDQ came for this ZA */
	X12Number	stated;			/* ZA02 */
	X12Total	spread_total;
	X12Place	activity_place;

	int			lines;
	int			lins;
	int			ordinal;
	X12Total	quantities;
};

extern void x12_852_begin(X12State852 *state, struct X12Reader *reader);
extern void x12_852_segment(X12State852 *state, const X12Segment *segment);

/* ---- 846 (x12_846.c) ---- */

typedef struct X12Line846
{
	X12Place	place;			/* of the QTY, SCH or SDQ */
	int			line_in_transaction;
	int			ordinal;		/* within the LIN */
	const char *source;			/* the tag that states the quantity */
	X12Slice	location_id_qualifier;
	X12Slice	location_id;
	X12Slice	location_name;
	X12Date		counted_on;
	X12Slice	qualifier;
	X12Number	quantity;
	X12Slice	unit;
	X12Number	price;
	X12Slice	price_basis;
} X12Line846;

typedef struct X12State846 X12State846;
typedef void (*X12Emit846) (void *arg, const X12State846 *state,
							const X12Line846 *line);

struct X12State846
{
	struct X12Reader *reader;
	const X12Envelope *envelope;
	X12Delimiters by;
	X12Emit846	emit;
	void	   *emit_arg;

	X12Report	report;
	X12Slice	currency;
	X12Party	location;
	X12Party	item_location;	/* the one that held when the LIN began */
	bool		location_fresh; /* an N1 that no quantity followed yet */

	X12Products products;
	X12Slice	description;
	X12Date		counted_on;		/* of the LIN */
	X12Number	item_price;
	X12Slice	item_price_basis;
	bool		in_item;

	X12Line846	line;			/* of the QTY */
	bool		in_quantity;
	bool		scheduled;		/* SCHs came for this QTY */
	X12Total	scheduled_total;

	int			lines;
	int			lins;
	int			ordinal;
	X12Total	quantities;
};

extern void x12_846_begin(X12State846 *state, struct X12Reader *reader);
extern void x12_846_segment(X12State846 *state, const X12Segment *segment);

/* ---- 844, 849, 845 (x12_contract.c) ---- */

typedef struct X12Verdict
{
	X12Slice	accepted;		/* AAA01: Y or N */
	X12Slice	reason;			/* AAA03, list 901 */
	X12Slice	follow_up;		/* AAA04, list 889 */
} X12Verdict;

typedef struct X12LineContract
{
	X12Place	place;			/* of the PAD or SII */
	int			line_in_transaction;
	X12Slice	line_id;
	X12Slice	transfer;
	X12Slice	change;
	X12Products products;
	X12Slice	quantity_qualifier;
	X12Number	quantity;
	X12Slice	unit;
	X12Prices	prices;
	X12Number	requested;		/* AMT S, CC */
	X12Number	approved;		/* AMT A */
	X12Number	amount;			/* AMT 1, TS, SII07 */
	X12Slot		invoice;
	X12DateSlot invoiced_on;
	X12Verdict	verdict;
} X12LineContract;

typedef struct X12StateContract X12StateContract;
typedef void (*X12EmitContract) (void *arg, const X12StateContract *state,
								 const X12LineContract *line);

struct X12StateContract
{
	struct X12Reader *reader;
	const X12Envelope *envelope;
	X12Delimiters by;
	X12EmitContract emit;
	void	   *emit_arg;

	X12Report	report;			/* id: the claim; type: element 640 */
	X12Party	vendor;
	X12Party	header_customer;
	X12Slice	currency;
	X12Verdict	header_verdict;
	X12DateSlot header_from;
	X12DateSlot header_to;

	X12Slice	contract_qualifier;
	X12Slice	contract;
	X12Slice	contract_status;
	X12DateSlot contract_from;
	X12DateSlot contract_to;
	X12Party	customer;
	X12Verdict	contract_verdict;
	X12Slot		contract_invoice;
	X12DateSlot contract_invoiced_on;

	X12LineContract line;
	bool		in_line;
	uint8_t		scope;			/* X12Scope */
	bool		in_summary;

	int			lines;
	int			lins;
	int			contracts;
	X12Total	requested;
};

extern void x12_contract_begin(X12StateContract *state,
							   struct X12Reader *reader);
extern void x12_contract_segment(X12StateContract *state,
								 const X12Segment *segment);

/* ---- 832 (x12_832.c) ---- */

typedef struct X12Line832
{
	X12Place	place;			/* of the CTP, or of a LIN without one */
	int			line_in_transaction;
	X12Slice	price_class;
	X12Slice	price_id;
	X12Number	price;
	X12Number	from_quantity;
	X12Slice	unit;
	X12Date		starts_on;
	X12Date		ends_on;
} X12Line832;

typedef struct X12State832 X12State832;
typedef void (*X12Emit832) (void *arg, const X12State832 *state,
							const X12Line832 *line);

struct X12State832
{
	struct X12Reader *reader;
	const X12Envelope *envelope;
	X12Delimiters by;
	X12Emit832	emit;
	void	   *emit_arg;

	X12Report	report;			/* purpose, id: those of the catalog */
	X12Party	vendor;
	X12Slice	currency;
	X12Date		starts_on;		/* of the catalog */
	X12Date		ends_on;

	X12Slice	line_id;
	X12Products products;
	X12Slice	description;
	X12Slice	item_currency;
	X12Date		item_starts_on;
	X12Date		item_ends_on;
	bool		in_item;
	bool		priced;			/* the LIN had a CTP */
	X12Place	item_place;

	X12Line832	line;
	bool		in_price;

	int			lines;
	int			lins;
};

extern void x12_832_begin(X12State832 *state, struct X12Reader *reader);
extern void x12_832_segment(X12State832 *state, const X12Segment *segment);

/* ---- All sets (x12_sets.c) ---- */

typedef union X12SetState
{
	X12State867 s867;
	X12State852 s852;
	X12State846 s846;
	X12StateContract contract;
	X12State832 s832;
} X12SetState;

typedef struct X12Set
{
	const char *code;			/* ST01 */
	const char *functional_id;	/* GS01 */
	uint8_t		bit;			/* X12_IN_... */
	uint8_t		begins_with;	/* X12Tag */
	void		(*begin) (X12SetState *state, struct X12Reader *reader);
	void		(*segment) (X12SetState *state, const X12Segment *segment);
	void		(*end) (X12SetState *state);
} X12Set;

extern const X12Set *x12_find_set(X12Slice code);
extern bool x12_is_acknowledgement(X12Slice code);

extern void x12_tell(struct X12Reader *reader, X12Code code,
					 const X12Segment *segment, int element,
					 const char *message);
extern void x12_check_count(struct X12Reader *reader, const X12Segment *ctt,
							int lines, const char *message);
extern int	x12_location_rank(const X12Segment *n1);
extern void x12_place_of(const X12Segment *segment, X12Place *place);
extern void x12_slot_put(X12Slot *slot, X12Scope level, int rank,
						 X12Slice value);
extern void x12_party_begin(X12Party *party, X12Scope level, int rank,
							const X12Segment *n1);
extern void x12_party_address(X12Party *party, const X12Segment *n4);
extern void x12_products_read(X12Products *products, const X12Segment *segment,
							  int first, int last);
extern void x12_report_dtm(X12Report *report, const X12Segment *dtm,
						   int century_year);
extern void x12_report_reporter(X12Report *report, X12Party **party,
								const X12Segment *n1);
extern bool x12_slices_add(X12Slices *slices, const X12Memory *memory,
						   X12Slice value);
extern const X12Slice *x12_product_pick(const X12Products *products,
										const char *qualifiers);

#endif							/* X12_SETS_H */
