/*
 * x12_internal.h
 *		What the files of the X12 reader share among themselves.
 */
#ifndef X12_INTERNAL_H
#define X12_INTERNAL_H

#include "x12.h"

/* x12_seek.c */
extern bool x12_seek(X12Reader *reader);

/* x12_report.c */
extern void x12_finish(X12Reader *reader);

#endif							/* X12_INTERNAL_H */
