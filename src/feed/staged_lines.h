/*
 * staged_lines.h
 *		Lines of sell-through that were loaded as text.
 */
#ifndef FEED_STAGED_LINES_H
#define FEED_STAGED_LINES_H

#include "distmgmt.h"

#include "catalog/look_up.h"
#include "feed/model_rows.h"

typedef struct StagedReader
{
	NullableDatum distributor;
	NullableDatum report_kind;
	LookUp	   *staged_type_of;

	Datum		type_row;		/* of the line before, and what it says */
	uint64		type_forgotten;
	NullableDatum line_type;
	bool		is_return;
} StagedReader;

extern void staged_reader_begin(StagedReader *self, Oid schema,
								NullableDatum distributor);
extern ModelStage staged_reader_stage(StagedReader *self);

#endif							/* FEED_STAGED_LINES_H */
