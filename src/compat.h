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

#endif							/* DISTMGMT_COMPAT_H */
