/*
 * look_up.c
 *		A function of a few keys, called once for each as long as a query runs.
 *
 * A report of a million lines names two thousand articles.  To find the article
 * of each line by a join, the planner has to know how many lines there are,
 * which it cannot, and the executor carries every column of the line through
 * one more node for each thing that is looked up.  Here what is looked up is a
 * function of the model, in SQL, called where a key is seen for the first
 * time; what it answers is remembered:
 *
 *		known     +-----+-----+-----+-----+-----+    by hash of the keys
 *		          |  o  |     |     |  o  |     |
 *		          +--|--+-----+-----+--|--+-----+
 *		             v                 v
 *		          bytes of the keys; the answer, or that it is NULL
 *
 * Keys are the same when their bytes are.  An equal key in other bytes is asked
 * for once more, so that what is equal is left to the function.
 *
 * Memory is bounded by work_mem: when it is used up, everything is forgotten
 * and asked for anew.
 */
#include "distmgmt.h"

#include "catalog/look_up.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/typcache.h"

#define FIRST_KEYS			64
#define FIRST_KEY_BYTES		64

typedef struct KeyBytes
{
	uint32		length;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} KeyBytes;

typedef struct KnownKey
{
	KeyBytes   *key;
	uint32		hash;
	char		status;			/* for simplehash */
	bool		is_null;
	Datum		answer;
} KnownKey;

#define SH_PREFIX			known
#define SH_ELEMENT_TYPE		KnownKey
#define SH_KEY_TYPE			KeyBytes *
#define SH_KEY				key
#define SH_HASH_KEY(tb, k)	hash_bytes((unsigned char *) (k)->bytes, (k)->length)
#define SH_EQUAL(tb, a, b)	((a)->length == (b)->length && \
							 memcmp((a)->bytes, (b)->bytes, (a)->length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_SCOPE			static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct LookUp
{
	FmgrInfo	function;
	int			nkeys;
	int16		key_length[LOOK_UP_MAX_KEYS];
	bool		key_by_value[LOOK_UP_MAX_KEYS];
	int16		answer_length;
	bool		answer_by_value;
	MemoryContext memory;		/* of everything that is known */
	known_hash *known;
	uint64		forgotten;		/* how often */
	KeyBytes   *key;			/* that is looked up now */
	uint32		key_room;
};

/* Forget everything, or begin. */
static void
forget(LookUp *self)
{
	MemoryContextReset(self->memory);
	self->known = known_create(self->memory, FIRST_KEYS, NULL);
	self->forgotten++;
}

/*
 * Begin with the function of this name in this schema, in the current memory
 * context.  It has to take these keys, return this type (InvalidOid: a row) and
 * be called with the rights of the user, as if the query did it.
 */
LookUp	   *
look_up_begin(Oid schema, const char *name, int nkeys, const Oid *key_types,
			  Oid answer_type)
{
	LookUp	   *self = palloc0(sizeof(LookUp));
	List	   *names = list_make2(makeString(get_namespace_name(schema)),
								   makeString(pstrdup(name)));
	Oid			function = LookupFuncName(names, nkeys, key_types, false);
	Oid			returned = get_func_rettype(function);

	Assert(nkeys <= LOOK_UP_MAX_KEYS);
	if ((OidIsValid(answer_type) ? returned != answer_type : !type_is_rowtype(returned)) ||
		get_func_retset(function) ||
		func_volatile(function) == PROVOLATILE_VOLATILE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("function of the model is not as it was created"),
				 errdetail("%s returns %s%s and is %s.", format_procedure(function),
						   get_func_retset(function) ? "a set of " : "",
						   format_type_be(returned),
						   func_volatile(function) == PROVOLATILE_VOLATILE ?
						   "VOLATILE" : "not VOLATILE"),
				 errhint("Create it again as in the SQL of the model.")));
	if (object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);

	self->nkeys = nkeys;
	for (int k = 0; k < nkeys; k++)
		get_typlenbyval(key_types[k], &self->key_length[k], &self->key_by_value[k]);
	get_typlenbyval(returned, &self->answer_length, &self->answer_by_value);
	fmgr_info_cxt(function, &self->function, CurrentMemoryContext);
	self->memory = AllocSetContextCreate(CurrentMemoryContext, "look up",
										 ALLOCSET_DEFAULT_SIZES);
	self->key_room = FIRST_KEY_BYTES;
	self->key = palloc(offsetof(KeyBytes, bytes) + self->key_room);
	forget(self);
	return self;
}

/* Room for so many more bytes in the key. */
static inline char *
more_key(LookUp *self, uint32 bytes)
{
	uint32		length = self->key->length;

	if (unlikely(bytes > self->key_room - length))
	{
		Size		room = 2 * ((Size) length + bytes);

		self->key = repalloc_huge(self->key, offsetof(KeyBytes, bytes) + room);
		self->key_room = (uint32) room;
	}
	self->key->length += bytes;
	return self->key->bytes + length;
}

/* The keys as bytes: of each, whether it is there, and its value. */
static inline void
read_keys(LookUp *self, const NullableDatum *keys)
{
	self->key->length = 0;
	for (int k = 0; k < self->nkeys; k++)
	{
		Datum		value = keys[k].value;

		*more_key(self, 1) = keys[k].isnull;
		if (keys[k].isnull)
			continue;
		if (self->key_by_value[k])
			memcpy(more_key(self, sizeof(Datum)), &value, sizeof(Datum));
		else if (self->key_length[k] == -1)
		{
			struct varlena *whole = PG_DETOAST_DATUM_PACKED(value);
			uint32		length = VARSIZE_ANY_EXHDR(whole);

			memcpy(more_key(self, sizeof(length)), &length, sizeof(length));
			memcpy(more_key(self, length), VARDATA_ANY(whole), length);
		}
		else
		{
			uint32		length = datumGetSize(value, false, self->key_length[k]);

			memcpy(more_key(self, length), DatumGetPointer(value), length);
		}
	}
}

/* Ask the function, and remember what it says. */
static KnownKey *
ask(LookUp *self, const NullableDatum *keys, uint32 hash)
{
	LOCAL_FCINFO(call, LOOK_UP_MAX_KEYS);
	KnownKey   *known;
	KeyBytes   *key;
	Datum		answer;
	bool		found;

	InitFunctionCallInfoData(*call, &self->function, self->nkeys,
							 DEFAULT_COLLATION_OID, NULL, NULL);
	for (int k = 0; k < self->nkeys; k++)
	{
		call->args[k] = keys[k];
		/* A strict function is not called for a key that is not there. */
		call->isnull |= self->function.fn_strict && keys[k].isnull;
	}
	answer = call->isnull ? (Datum) 0 : FunctionCallInvoke(call);

	if (MemoryContextMemAllocated(self->memory, true) > (Size) work_mem * 1024)
		forget(self);
	key = MemoryContextAlloc(self->memory, offsetof(KeyBytes, bytes) + self->key->length);
	memcpy(key, self->key, offsetof(KeyBytes, bytes) + self->key->length);
	if (!call->isnull && !self->answer_by_value)
	{
		MemoryContext caller;

		/* As it is used, so that nobody has to make a copy of his own. */
		if (self->answer_length == -1)
			answer = PointerGetDatum(PG_DETOAST_DATUM(answer));
		caller = MemoryContextSwitchTo(self->memory);
		answer = datumCopy(answer, false, self->answer_length);
		MemoryContextSwitchTo(caller);
	}
	known = known_insert_hash(self->known, key, hash, &found);
	known->is_null = call->isnull;
	known->answer = answer;
	return known;
}

/*
 * What the function says of these keys.  It is valid until the next look-up by
 * the same function; what is no value of its own may be built in the current
 * memory context on the way.
 */
Datum
look_up(LookUp *self, const NullableDatum *keys, bool *is_null)
{
	KnownKey   *known;
	uint32		hash;

	read_keys(self, keys);
	hash = hash_bytes((unsigned char *) self->key->bytes, self->key->length);
	known = known_lookup_hash(self->known, self->key, hash);
	if (known == NULL)
		known = ask(self, keys, hash);
	*is_null = known->is_null;
	return known->answer;
}

/* How often everything was forgotten: until then an answer stays where it is. */
uint64
look_up_forgotten(const LookUp *self)
{
	return self->forgotten;
}

/* A field of an answer that is a row; it lives as long as the answer. */
NullableDatum
look_up_field(Datum row, const char *name, Oid type)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple;
	NullableDatum result;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped || column->atttypid != type ||
			strcmp(NameStr(column->attname), name) != 0)
			continue;
		tuple.t_len = HeapTupleHeaderGetDatumLength(header);
		ItemPointerSetInvalid(&tuple.t_self);
		tuple.t_tableOid = InvalidOid;
		tuple.t_data = header;
		result.value = heap_getattr(&tuple, i + 1, desc, &result.isnull);
		ReleaseTupleDesc(desc);
		return result;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
			 errmsg("type of the model is not as it was created"),
			 errdetail("%s has no attribute %s of type %s.",
					   format_type_be(desc->tdtypeid), name, format_type_be(type)),
			 errhint("Create it again as in the SQL of the model.")));
}
