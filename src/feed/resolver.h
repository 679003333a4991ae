/*
 * resolver.h
 *		What a line of a report is of, and whether it is beyond doubt.
 */
#ifndef FEED_RESOLVER_H
#define FEED_RESOLVER_H

#include "distmgmt.h"

#include "catalog/look_up.h"
#include "feed/model_rows.h"
#include "utils/date.h"
#include "utils/typcache.h"

/* What becomes of a line of some kind: the row of line_kind_of(). */
typedef struct LineKind
{
	NullableDatum books_as;
	NullableDatum reason_code;
	NullableDatum count_kind;
	bool		takes_out;
	bool		is_stock;
	bool		is_known;
	bool		books_nothing;
	bool		books_sale;
} LineKind;

/* What a report is held against, and what is known of its codes. */
typedef struct Resolver
{
	NullableDatum distributor;
	NullableDatum usual_warehouse;
	NullableDatum usual_currency;
	NullableDatum low;
	NullableDatum high;
	NullableDatum tolerance;
	DateADT		last_day;
	Datum	   *currencies;
	int			ncurrencies;
	Datum	   *purposes;
	int			npurposes;

	NullableDatum zero;
	NullableDatum alias_kind;
	TypeCacheEntry *range_type;
	LookUp	   *product_of_gtin;
	LookUp	   *product_of_code;
	LookUp	   *product_of_alias;
	LookUp	   *is_base_uom;
	LookUp	   *unit_factor_of;
	LookUp	   *warehouse_of_code;
	LookUp	   *reseller_of_alias;
	LookUp	   *reseller_of_customer;
	LookUp	   *line_kind_of;
	LookUp	   *list_prices_of;

	LineKind	kind;			/* of the line before, and whence */
	Datum		kind_row;
	uint64		kind_forgotten;
} Resolver;

extern void resolver_begin(Resolver *self, Oid schema);
extern ModelStage resolver_stage(Resolver *self);

#endif							/* FEED_RESOLVER_H */
