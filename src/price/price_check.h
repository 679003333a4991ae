/*
 * price_check.h
 *		What one statement trigger checks: its arguments, understood.
 */
#ifndef PRICE_CHECK_H
#define PRICE_CHECK_H

#include "commands/trigger.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "price/price_book.h"

/*
 * A column of the checked table; attnum 0 where the argument is not given.
 * Where a generated column may be missing from the transition table, "missing"
 * is set and the scan prepares "generate" to make up for it.
 */
typedef struct PriceColumn
{
	AttrNumber	attnum;
	Oid			type;			/* below any domain */
	bool		missing;
	ExprState  *generate;
} PriceColumn;

typedef struct PriceCheck
{
	Relation	rel;			/* the relation that fired */
	PriceKind	kind;
	char	   *fact;			/* its logical name */
	Oid			floors_relid;
	Oid			violations_relid;
	PriceColumn product;
	PriceColumn price;
	PriceColumn on;
	PriceColumn distributor;
	PriceColumn id;
	PriceColumn quantity;
	PriceColumn currency;
	AttrNumber	last;			/* highest attnum of all */
	ExprContext *econtext;		/* for "generate", NULL if there is none */
} PriceCheck;

/* Columns of a collected violation, from 0; price_violation_desc() has them. */
enum PriceHitColumn
{
	HIT_DISTRIBUTOR,
	HIT_ON,
	HIT_FACT_ID,
	HIT_FLOOR,
	HIT_PRODUCT,
	HIT_CURRENCY,
	HIT_AUTHORIZED,
	HIT_ACTUAL,
	HIT_QUANTITY,
	HIT_ACTION,
	PRICE_HIT_COLUMNS
};

/* price_arguments.c */
extern void price_check_read_arguments(PriceCheck *check, Relation rel,
									   Trigger *trigger);
extern Oid	price_changed_read_argument(Relation rel, Trigger *trigger);

/* price_violation.c */
extern TupleDesc price_violation_desc(void);
extern void price_violation_write(const PriceCheck *check,
								  Tuplestorestate *rows, TupleDesc desc,
								  int64 nrows);

#endif							/* PRICE_CHECK_H */
