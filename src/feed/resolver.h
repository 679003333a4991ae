/*
 * resolver.h
 *		What a line of a report is of, and whether it is beyond doubt.
 */
#ifndef FEED_RESOLVER_H
#define FEED_RESOLVER_H

#include "distmgmt.h"

#include "catalog/look_up.h"
#include "utils/date.h"
#include "utils/typcache.h"

/* Columns of reported_lines() that are read here. */
typedef enum LineColumn
{
	LINE_REPORT_KIND,
	LINE_PURPOSE,
	LINE_VENDOR_PART,
	LINE_GTIN,
	LINE_DISTRIBUTOR_PART,
	LINE_CUSTOMER_ID,
	LINE_CUSTOMER_NAME,
	LINE_PLACE,
	LINE_TYPE,
	LINE_ACTIVITY_ON,
	LINE_QUANTITY,
	LINE_IS_RETURN,
	LINE_UOM,
	LINE_PRICE_TEXT,
	LINE_UNIT_PRICE,
	LINE_AMOUNT_TEXT,
	LINE_AMOUNT,
	LINE_CURRENCY,
	LINE_COLUMNS
} LineColumn;

/* Columns of the result that are computed here. */
typedef enum ResolvedColumn
{
	RESOLVED_PRODUCT,
	RESOLVED_IS_TWO_PRODUCTS,
	RESOLVED_WAREHOUSE,
	RESOLVED_RESELLER,
	RESOLVED_BOOKS_AS,
	RESOLVED_REASON,
	RESOLVED_COUNT_KIND,
	RESOLVED_IS_STOCK,
	RESOLVED_QUANTITY,
	RESOLVED_UNIT_QUANTITY,
	RESOLVED_UNIT_PRICE,
	RESOLVED_AMOUNT,
	RESOLVED_CURRENCY,
	RESOLVED_IS_BAD_CODE,
	RESOLVED_IS_SOUND,
	RESOLVED_COLUMNS
} ResolvedColumn;

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
extern void resolve_line(Resolver *self, const NullableDatum *line,
						 NullableDatum *resolved);

#endif							/* FEED_RESOLVER_H */
