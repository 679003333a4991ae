/*
 * reported_value.h
 *		Numbers and days of a report, for the C of this subject.
 */
#ifndef FEED_REPORTED_VALUE_H
#define FEED_REPORTED_VALUE_H

#include "distmgmt.h"

extern NullableDatum reported_number_of(const NullableDatum *written,
										const NullableDatum *decimal_mark);
extern NullableDatum reported_date_of(const NullableDatum *written,
									  const NullableDatum *date_order);
extern bool reported_values_agree(const NullableDatum *reported_quantity,
								  const NullableDatum *reported_price,
								  const NullableDatum *reported_amount,
								  const NullableDatum *allowed_gap);

#endif							/* FEED_REPORTED_VALUE_H */
