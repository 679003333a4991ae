/*
 * window_support.c
 *		What the planner may know of window functions that ignore the frame.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "nodes/supportnodes.h"

PG_FUNCTION_INFO_V1(frame_ignoring_support);

/*
 * Support function of rebate_accrual, rebate_accrual_keyed and allocate.  Any
 * frame gives the same result, so the planner may take the cheapest, ROWS up
 * to the current row, and share the sort and spool with other windows (from
 * PostgreSQL 16 on, which asks).  Increments and shares go up and down, so
 * nothing is said about monotonicity.
 */
Datum
frame_ignoring_support(PG_FUNCTION_ARGS)
{
#if PG_VERSION_NUM >= 160000
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestOptimizeWindowClause))
	{
		SupportRequestOptimizeWindowClause *clause;

		clause = (SupportRequestOptimizeWindowClause *) request;
		clause->frameOptions = FRAMEOPTION_NONDEFAULT | FRAMEOPTION_ROWS |
			FRAMEOPTION_START_UNBOUNDED_PRECEDING |
			FRAMEOPTION_END_CURRENT_ROW;
		PG_RETURN_POINTER(clause);
	}
#endif
	PG_RETURN_POINTER(NULL);
}
