/*
 * distmgmt.c
 *		Module entry: the magic block, _PG_init and the settings, nothing else.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/*
 * Called once per backend when the library is loaded.  There is no setting
 * yet; the prefix is reserved so that a misspelt one is an error.
 */
void
_PG_init(void)
{
	MarkGUCPrefixReserved("distmgmt");
}
