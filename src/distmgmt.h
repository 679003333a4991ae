/*
 * distmgmt.h
 *		What every C file of the engine includes first.
 */
#ifndef DISTMGMT_H
#define DISTMGMT_H

#include "postgres.h"

#include "compat.h"

#endif							/* DISTMGMT_H */
