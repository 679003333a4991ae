/*
 * rebate_accrual.c
 *		Window functions that give the increment each line adds to a rebate.
 *
 * A running total and what has been accrued on it; a line adds the rebate of
 * the new total less what was accrued.  So the increments of any number of
 * lines add up to the rebate of their sum, exactly, for every method: where a
 * retroactive tier is reached the line that reaches it carries the jump.
 *
 * The plain form keeps one total per partition, whose rows the executor has to
 * sort.  The keyed form keeps one per key in a hash table and reads rows of
 * all keys in ledger order, so that nothing is sorted.
 */
#include "distmgmt.h"

#include "common/hashfn.h"
#include "fn_arg.h"
#include "rebate/group_key.h"
#include "rebate/tier_schedule.h"
#include "utils/memutils.h"
#include "windowapi.h"

/*
 * A running total, zero at first: fixed + wide, as in tier_state.h; and what
 * was accrued, either in 10^-16 or, once something did not fit, as numeric.
 */
typedef struct Accrual
{
	int128		sum;
	int128		accrued;
	Numeric		wide;
	Numeric		accrued_wide;	/* if not NULL, instead of accrued */
} Accrual;

/* One schedule of a partition; keys point to theirs. */
typedef struct AccrualTerms
{
	struct AccrualTerms *next;
	uint32		hash;
	TierSchedule *image;
	TierPlan	plan;
} AccrualTerms;

typedef struct AccrualEntry
{
	GroupKey	key;
	char		status;
	AccrualTerms *terms;
	Accrual		accrual;
} AccrualEntry;

#define SH_PREFIX			accrual
#define SH_ELEMENT_TYPE		AccrualEntry
#define SH_KEY_TYPE			GroupKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	group_key_hash(&key)
#define SH_EQUAL(tb, a, b)	group_key_equal(&a, &b)
#define SH_SCOPE			static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Partition memory; all zero before the first row. */
typedef struct AccrualWindow
{
	AccrualTerms *terms;		/* all schedules met, latest first */
	Accrual		accrual;		/* plain form */
	accrual_hash *keys;			/* keyed form */
} AccrualWindow;

static Numeric
copy_numeric(MemoryContext context, Numeric value)
{
	Numeric		copy = MemoryContextAlloc(context, VARSIZE(value));

	memcpy(copy, value, VARSIZE(value));
	return copy;
}

/* Replace a numeric kept in `context`. */
static void
keep_numeric(MemoryContext context, Numeric *kept, Numeric value)
{
	Numeric		old = *kept;

	*kept = copy_numeric(context, value);
	if (old != NULL)
		pfree(old);
}

/* accrual_step() where integers do not do. */
static Numeric
accrual_step_wide(Accrual *accrual, const TierPlan *plan, Datum value,
				  MemoryContext context)
{
	TierWorking *working = palloc(sizeof(TierWorking));
	Numeric		total;
	Numeric		before;
	int128		fixed;

	tier_value_check(value, "value");
	if (fixed_from_numeric(numeric_packed(value), &fixed))
		accrual->sum += fixed;
	else
		keep_numeric(context, &accrual->wide, accrual->wide == NULL ?
					 DatumGetNumeric(value) :
					 num_add(accrual->wide, DatumGetNumeric(value)));
	total = fixed_to_numeric(accrual->sum, FIXED_SCALE);
	if (accrual->wide != NULL)
		total = num_add(total, accrual->wide);
	before = accrual->accrued_wide != NULL ? accrual->accrued_wide :
		fixed_to_numeric(accrual->accrued, FIXED_PRODUCT_SCALE);
	tier_plan_working(plan, total, total, -1, working);
	total = num_trim(num_sub(working->total, before));
	keep_numeric(context, &accrual->accrued_wide, working->total);
	return total;
}

/* Add a value to a running total: what that adds to the rebate. */
static inline Numeric
accrual_step(Accrual *accrual, const TierPlan *plan, Datum value,
			 MemoryContext context)
{
	int128		fixed;
	int128		rebate;
	int128		before;

	if (accrual->accrued_wide == NULL &&
		fixed_from_numeric(numeric_packed(value), &fixed) &&
		tier_plan_fixed(plan, accrual->sum + fixed, accrual->sum + fixed,
						&rebate))
	{
		accrual->sum += fixed;
		before = accrual->accrued;
		accrual->accrued = rebate;
		return fixed_to_numeric(rebate - before, FIXED_PRODUCT_SCALE);
	}
	return accrual_step_wide(accrual, plan, value, context);
}

static bool
is_image(const AccrualTerms *terms, const struct varlena *schedule)
{
	Size		size = VARSIZE_ANY_EXHDR(schedule);

	return VARSIZE(terms->image) - VARHDRSZ == size &&
		memcmp(VARDATA(terms->image), VARDATA_ANY(schedule), size) == 0;
}

/* The terms of a packed schedule in this partition, made if need be. */
static AccrualTerms *
terms_of(AccrualWindow *window, MemoryContext context,
		 const struct varlena *schedule)
{
	Size		size = VARSIZE_ANY_EXHDR(schedule);
	uint32		hash = hash_bytes((const unsigned char *) VARDATA_ANY(schedule),
								  size);
	AccrualTerms *terms;

	for (terms = window->terms; terms != NULL; terms = terms->next)
	{
		if (terms->hash == hash && is_image(terms, schedule))
			return terms;
	}
	terms = MemoryContextAlloc(context, sizeof(AccrualTerms));
	terms->image = MemoryContextAlloc(context, size + VARHDRSZ);
	SET_VARSIZE(terms->image, size + VARHDRSZ);
	memcpy(VARDATA(terms->image), VARDATA_ANY(schedule), size);
	tier_plan_make(&terms->plan, terms->image);
	terms->hash = hash;
	terms->next = window->terms;
	window->terms = terms;
	return terms;
}

/* Is argument `argno` the same on every row?  Remembered in fn_extra. */
static bool
argument_is_constant(FunctionCallInfo fcinfo, int argno)
{
	static char constant;
	static char varying;

	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			fn_arg_is_const(fcinfo->flinfo, argno) ?
			&constant : &varying;
	return fcinfo->flinfo->fn_extra == &constant;
}

/* The terms of the current row, which must be those already met, if any. */
static AccrualTerms *
terms_of_row(AccrualWindow *window, AccrualTerms *met, Datum schedule,
			 MemoryContext context)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(schedule);

	if (met == NULL)
		return terms_of(window, context, packed);
	if (!is_image(met, packed))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("different tier schedules in one running accrual"),
				 errdetail("One is \"%s\", the other \"%s\".",
						   tier_schedule_text(met->image),
						   tier_schedule_text(DatumGetTierScheduleP(PointerGetDatum(packed)))),
				 errhint("Partition by the schedule too, or make it a part "
						 "of the key.")));
	return met;
}

PG_FUNCTION_INFO_V1(rebate_accrual);

/* rebate_accrual(value, schedule): NULL, and nothing added, for a NULL. */
Datum
rebate_accrual(PG_FUNCTION_ARGS)
{
	WindowObject object = PG_WINDOW_OBJECT();
	AccrualWindow *window;
	MemoryContext context;
	bool		value_is_null;
	bool		schedule_is_null;
	Datum		value = WinGetFuncArgCurrent(object, 0, &value_is_null);
	Datum		schedule = WinGetFuncArgCurrent(object, 1, &schedule_is_null);

	window = WinGetPartitionLocalMemory(object, sizeof(AccrualWindow));
	WinSetMarkPosition(object, WinGetCurrentPosition(object));
	if (value_is_null || schedule_is_null)
		PG_RETURN_NULL();
	context = GetMemoryChunkContext(window);
	if (window->terms == NULL || !argument_is_constant(fcinfo, 1))
		window->terms = terms_of_row(window, window->terms, schedule,
									 context);
	PG_RETURN_NUMERIC(accrual_step(&window->accrual, &window->terms->plan,
								   value, context));
}

PG_FUNCTION_INFO_V1(rebate_accrual_keyed);

/* rebate_accrual_keyed(value, schedule, key1, key2): a total for each key. */
Datum
rebate_accrual_keyed(PG_FUNCTION_ARGS)
{
	WindowObject object = PG_WINDOW_OBJECT();
	AccrualWindow *window;
	AccrualEntry *entry;
	MemoryContext context;
	GroupKey	key = {0};
	bool		value_is_null;
	bool		schedule_is_null;
	bool		key_is_null[2];
	bool		found;
	Datum		value = WinGetFuncArgCurrent(object, 0, &value_is_null);
	Datum		schedule = WinGetFuncArgCurrent(object, 1, &schedule_is_null);
	Datum		key1 = WinGetFuncArgCurrent(object, 2, &key_is_null[0]);
	Datum		key2 = WinGetFuncArgCurrent(object, 3, &key_is_null[1]);

	window = WinGetPartitionLocalMemory(object, sizeof(AccrualWindow));
	WinSetMarkPosition(object, WinGetCurrentPosition(object));
	if (value_is_null || schedule_is_null)
		PG_RETURN_NULL();
	context = GetMemoryChunkContext(window);
	if (window->keys == NULL)
		window->keys = accrual_create(context, 64, NULL);

	group_key_set(&key, key_is_null[0], DatumGetInt64(key1), key_is_null[1],
				  DatumGetInt64(key2));
	entry = accrual_insert(window->keys, key, &found);
	if (!found)
	{
		memset(&entry->accrual, 0, sizeof(Accrual));
		entry->terms = NULL;
	}
	if (entry->terms == NULL || !argument_is_constant(fcinfo, 1))
		entry->terms = terms_of_row(window, entry->terms, schedule, context);
	PG_RETURN_NUMERIC(accrual_step(&entry->accrual, &entry->terms->plan,
								   value, context));
}
