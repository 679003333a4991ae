/*
 * compat.h
 *		Private shims so that one source compiles on PostgreSQL 15 to 18.
 *
 * Code is written against the newest spelling; what an older server lacks is
 * supplied here and nowhere else.
 */
#ifndef DISTMGMT_COMPAT_H
#define DISTMGMT_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "distmgmt needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Since 16 a window function may choose its frame while planning. */
#if PG_VERSION_NUM >= 160000
#define HAVE_WINDOW_CLAUSE_REQUEST 1
#endif

/* Soft errors of input functions came with 16; before, they are hard. */
#if PG_VERSION_NUM < 160000
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

/* One check of rights for every kind of object came with 16. */
#if PG_VERSION_NUM < 160000
#define object_aclcheck(classid, objectid, roleid, mode) \
	(AssertMacro((classid) == ProcedureRelationId), \
	 pg_proc_aclcheck(objectid, roleid, mode))
#endif

#endif							/* DISTMGMT_COMPAT_H */
