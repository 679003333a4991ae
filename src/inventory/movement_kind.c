/*
 * movement_kind.c
 *		The enum movement_kind as C knows it.
 *
 * An enum datum is the oid of its pg_enum row, different in every database.
 * A function looks the nine labels up once per query and then compares.
 */
#include "distmgmt.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "inventory/movement_kind.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

static const char *const movement_kind_labels[MOVEMENT_KINDS] = {
	"receipt",
	"issue",
	"customer_return",
	"vendor_return",
	"transfer_in",
	"transfer_out",
	"adjustment",
	"count",
	"reprice"
};

/* Fill kinds from the catalog; enum_type is the type of the argument. */
void
movement_kinds_load(MovementKinds *kinds, Oid enum_type)
{
	for (int i = 0; i < MOVEMENT_KINDS; i++)
	{
		HeapTuple	tuple;

		tuple = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(enum_type),
								CStringGetDatum(movement_kind_labels[i]));
		if (!HeapTupleIsValid(tuple))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("movement kind is missing"),
					 errdetail("The type movement_kind has no label \"%s\".",
							   movement_kind_labels[i]),
					 errhint("Give the label its name back.")));
		kinds->label[i] = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
		ReleaseSysCache(tuple);
	}
}

/*
 * The kinds for a function whose argument number is a movement_kind, looked up
 * once and kept in fn_extra, which is theirs alone.
 */
MovementKinds *
movement_kinds_cached(FunctionCallInfo fcinfo, int argument)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	MovementKinds *kinds = flinfo->fn_extra;

	if (unlikely(kinds == NULL))
	{
		kinds = MemoryContextAlloc(flinfo->fn_mcxt, sizeof(MovementKinds));
		movement_kinds_load(kinds, get_fn_expr_argtype(flinfo, argument));
		flinfo->fn_extra = kinds;
	}
	return kinds;
}

/* The context of the aggregate whose transition function is called. */
void
movement_aggregate_context(FunctionCallInfo fcinfo, MemoryContext *context)
{
	if (!AggCheckCallContext(fcinfo, context))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function is part of an aggregate"),
				 errdetail("A transition function was called by itself."),
				 errhint("Call the aggregate.")));
}

/* A label that was added to the type and has no rules: an error. */
MovementKind
movement_kind_unknown(Oid label)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(label));
	const char *name = "?";

	if (HeapTupleIsValid(tuple))
		name = NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("movement kind has no rules"),
			 errdetail("The kind is \"%s\".", name),
			 errhint("Use one of the kinds that the extension came with.")));
	return MOVEMENT_RECEIPT;	/* keep compiler quiet */
}
