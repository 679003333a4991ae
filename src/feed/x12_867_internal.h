/*
 * x12_867_internal.h
 *		What the two halves of the 867 machine share.
 */
#ifndef X12_867_INTERNAL_H
#define X12_867_INTERNAL_H

#include "x12.h"

extern void x12_867_tell(X12State867 *state, X12Code code,
						 const X12Place *place, X12Slice value,
						 const char *message);
extern void x12_867_tell_segment(X12State867 *state, X12Code code,
								 const X12Segment *segment, int element,
								 const char *message);
extern void x12_867_finish_line(X12State867 *state);
extern void x12_867_read_qty(X12State867 *state, const X12Segment *segment);
extern void x12_867_read_lin(X12State867 *state, const X12Segment *segment);
extern void x12_867_read_sii(X12State867 *state, const X12Segment *segment);
extern void x12_867_read_uit(X12State867 *state, const X12Segment *segment);
extern void x12_867_read_ctp(X12State867 *state, const X12Segment *segment);
extern void x12_867_read_amt(X12State867 *state, const X12Segment *segment);

#endif							/* X12_867_INTERNAL_H */
