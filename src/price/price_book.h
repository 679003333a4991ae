/*
 * price_book.h
 *		The price floors of one kind as a backend keeps them: see price_book.c
 *		for how a book is filled and when it stops being valid.
 *
 *	slots (open addressing, power of two)	floors, sorted
 *	+---------------------------------+		+------------------------------+
 *	| product_id, top, first, counts  | --> | general: dearest first       |
 *	+---------------------------------+		| of distributor 3: dearest .. |
 *	| (empty: no floors)              |		| of distributor 7: dearest .. |
 *	+---------------------------------+		+------------------------------+
 *
 * A row at or above "top", the dearest floor of its product, is settled by one
 * probe and one comparison of integers, and that is nearly every row.
 */
#ifndef PRICE_BOOK_H
#define PRICE_BOOK_H

#include "utils/date.h"

/* What a floor applies to; the SQL names are in price_kind_name(). */
typedef enum PriceKind
{
	PRICE_VENDOR_NET,
	PRICE_SPECIAL,
	PRICE_RESALE
} PriceKind;

#define PRICE_KINDS		(PRICE_RESALE + 1)

/* What happens to a row below the floor. */
typedef enum PriceAction
{
	PRICE_REJECT,
	PRICE_HOLD,
	PRICE_RECORD
} PriceAction;

#define PRICE_ACTIONS	(PRICE_RECORD + 1)

/*
 * One floor.  Open ends are DATEVAL_NOBEGIN and DATEVAL_NOEND.  "fixed" is
 * meaningful if "exact" (price_fixed.h); "price" always is.
 */
typedef struct PriceFloor
{
	int64		product_id;
	int64		distributor_id;
	bool		general;		/* holds for every distributor */
	bool		exact;
	PriceAction action;
	DateADT		valid_from;
	DateADT		valid_to;
	int64		fixed;
	int64		price_floor_id;
	Datum		price;			/* numeric, in the book's context */
	text	   *currency;		/* ditto */
} PriceFloor;

/*
 * The floors of one product: floors[first], the general ones first.  "top" is
 * the dearest of them all, PG_INT64_MAX if one has no exact form.
 */
typedef struct PriceProduct
{
	int64		product_id;
	int64		top;
	int64		first;
	int32		general;
	int32		specific;		/* both 0: an empty slot */
} PriceProduct;

typedef struct PriceBook
{
	MemoryContext context;		/* holds the book and all it points to */
	bool		valid;			/* may still be used */
	bool		young;			/* loaded by the transaction that is running */
	bool		frozen;			/* loaded under a transaction snapshot */
	Oid			floors_relid;
	int			ndepends;
	Oid		   *depends;		/* every relation the load has read */
	int64		nfloors;
	PriceFloor *floors;
	uint64		mask;			/* number of slots - 1 */
	PriceProduct *slots;
} PriceBook;

/* Who the backend was before price_act_as(). */
typedef struct PriceIdentity
{
	Oid			userid;
	int			sec_context;
	int			guc_level;
} PriceIdentity;

/* price_load.c */
extern void price_act_as(Oid userid, Oid relid, PriceIdentity *before);
extern void price_act_as_before(const PriceIdentity *before);
extern PriceBook *price_book_load(Oid floors_relid, PriceKind kind);
extern const char *price_kind_name(PriceKind kind);
extern const char *price_action_name(PriceAction action);

extern const PriceFloor *price_book_floor(const PriceBook *book,
										  const PriceProduct *product,
										  bool has_distributor,
										  int64 distributor_id,
										  DateADT on,
										  const char *currency,
										  int currency_len);

/* price_book.c */
extern const PriceBook *price_book_get(Oid floors_relid, Oid reader,
									   PriceKind kind);
extern void price_book_changed(Oid floors_relid);

/* Where the search for a product begins: Fibonacci hashing. */
static inline uint64
price_book_slot(const PriceBook *book, int64 product_id)
{
	uint64		hash = (uint64) product_id * UINT64CONST(0x9E3779B97F4A7C15);

	return (hash ^ (hash >> 32)) & book->mask;
}

/* The entry of a product, or NULL if it has no floor at all. */
static inline const PriceProduct *
price_book_product(const PriceBook *book, int64 product_id)
{
	uint64		at = price_book_slot(book, product_id);

	for (;;)
	{
		const PriceProduct *product = &book->slots[at];

		if (product->general + product->specific == 0)
			return NULL;
		if (product->product_id == product_id)
			return product;
		at = (at + 1) & book->mask;
	}
}

#endif							/* PRICE_BOOK_H */
