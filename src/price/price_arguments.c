/*
 * price_arguments.c
 *		Reads the 'key=value' arguments of the price triggers.
 *
 * Relations and columns are written as SQL identifiers: unquoted names fold to
 * lower case, others are quoted ('product="Product Id"'), relations may be
 * qualified.  An unqualified relation is looked up in the schema of the table
 * that fires and never by search path: on a distributed table, that table is a
 * shard, and the shards live in the schema of the table they make up.
 *
 * Reading them takes about a microsecond for each statement, and is repeated
 * for each: nothing to remember is nothing to forget when a column is renamed.
 */
#include "distmgmt.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "price/price_check.h"

/* Bits for the kinds of type a column may have. */
#define TAKES_INTEGER	0x01
#define TAKES_NUMERIC	0x02
#define TAKES_DATE		0x04
#define TAKES_TEXT		0x08

typedef enum PriceArgument
{
	ARG_APPLIES_TO,
	ARG_FACT,
	ARG_FLOORS,
	ARG_VIOLATIONS,
	ARG_PRODUCT,
	ARG_PRICE,
	ARG_ON,
	ARG_DISTRIBUTOR,
	ARG_ID,
	ARG_QUANTITY,
	ARG_CURRENCY
} PriceArgument;

#define PRICE_ARGUMENTS	(ARG_CURRENCY + 1)

static const struct
{
	const char *key;
	bool		required;
}			arguments[PRICE_ARGUMENTS] =

{
	{"applies_to", true},
	{"fact", true},
	{"floors", true},
	{"violations", true},
	{"product", true},
	{"price", true},
	{"on", true},
	{"distributor", true},
	{"id", true},
	{"quantity", false},
	{"currency", false}
};

/*
 * The value of an argument that is written key=value: a pointer into it past
 * the "=", NULL if the key is another one.
 */
static const char *
value_of(const char *argument, const char *key)
{
	size_t		length = strlen(key);

	if (strncmp(argument, key, length) == 0 && argument[length] == '=')
		return argument + length + 1;
	return NULL;
}

/* The parts of a possibly qualified identifier, unquoted and folded. */
static List *
split_name(const char *key, const char *value, int most)
{
	List	   *names;

	if (!SplitIdentifierString(pstrdup(value), '.', &names) ||
		names == NIL || list_length(names) > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("trigger argument is not a name"),
				 errdetail("The argument is '%s=%s'.", key, value),
				 errhint("Write names as in SQL, with double quotes where needed%s.",
						 most > 1 ? ", qualified or not" : "")));
	return names;
}

/* The relation an argument names. */
static Oid
find_relation(Relation rel, const char *key, const char *value)
{
	List	   *names = split_name(key, value, 2);
	char	   *name = llast(names);
	Oid			nspid = RelationGetNamespace(rel);
	Oid			relid = InvalidOid;

	if (list_length(names) == 2)
		nspid = get_namespace_oid(linitial(names), true);
	if (OidIsValid(nspid))
		relid = get_relname_relid(name, nspid);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation named by a trigger argument does not exist"),
				 errdetail("The argument is '%s=%s', the schema \"%s\".",
						   key, value,
						   list_length(names) == 2 ? (char *) linitial(names) :
						   get_namespace_name(nspid)),
				 errhint("An unqualified name is looked up in the schema of the table that fires the trigger.")));
	return relid;
}

/* The column an argument names; its type must be one of those taken. */
static void
find_column(Relation rel, const char *key, const char *value, int takes,
			const char *taken, PriceColumn *column)
{
	char	   *name = linitial(split_name(key, value, 1));
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);
	Form_pg_attribute attribute;
	int			is;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column named by a trigger argument does not exist"),
				 errdetail("The argument is '%s=%s', the table \"%s\".",
						   key, value, RelationGetRelationName(rel)),
				 errhint("Correct the argument, or create the trigger again after renaming a column.")));
	attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	column->attnum = attnum;
	column->type = getBaseType(attribute->atttypid);

	/*
	 * A virtual column is never stored.  A stored one gets lost on the way
	 * into a partition whose columns are laid out differently: PostgreSQL
	 * keeps the row as it was before, without it.
	 */
	column->missing = attribute->attgenerated != '\0' &&
		(attribute->attgenerated != ATTRIBUTE_GENERATED_STORED ||
		 rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE);

	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			is = TAKES_INTEGER;
			break;
		case NUMERICOID:
			is = TAKES_NUMERIC;
			break;
		case DATEOID:
			is = TAKES_DATE;
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			is = TAKES_TEXT;
			break;
		default:
			is = 0;
			break;
	}
	if ((is & takes) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column named by a trigger argument has an unsuitable type"),
				 errdetail("The argument is '%s=%s', the type %s.",
						   key, value, format_type_be(attribute->atttypid)),
				 errhint("The argument \"%s\" takes a column of type %s.",
						 key, taken)));
}

/* The kind of price an argument names. */
static PriceKind
find_kind(const char *key, const char *value)
{
	for (int i = 0; i < PRICE_KINDS; i++)
	{
		if (strcmp(value, price_kind_name((PriceKind) i)) == 0)
			return (PriceKind) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("trigger argument has no such value"),
			 errdetail("The argument is '%s=%s'.", key, value),
			 errhint("It takes vendor_net_price, special_price or resale_price.")));
}

/* Finds each argument's value, or NULL; complains about all that is odd. */
static void
collect_values(Trigger *trigger, const char **values)
{
	memset(values, 0, PRICE_ARGUMENTS * sizeof(char *));
	for (int i = 0; i < trigger->tgnargs; i++)
	{
		const char *argument = trigger->tgargs[i];
		const char *value = NULL;
		int			which;

		for (which = 0; which < PRICE_ARGUMENTS; which++)
		{
			value = value_of(argument, arguments[which].key);
			if (value != NULL)
				break;
		}
		if (value == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("trigger argument is not known"),
					 errdetail("The argument is '%s' of trigger \"%s\".",
							   argument, trigger->tgname),
					 errhint("Arguments are written 'key=value'; the keys are applies_to, fact, floors, violations, product, price, on, distributor, id, and as a choice quantity, currency.")));
		if (values[which] != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("trigger argument is given twice"),
					 errdetail("The argument is \"%s\" of trigger \"%s\".",
							   arguments[which].key, trigger->tgname),
					 errhint("Give each argument once.")));
		if (value[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("trigger argument is empty"),
					 errdetail("The argument is \"%s\" of trigger \"%s\".",
							   arguments[which].key, trigger->tgname),
					 errhint("Give it a value, or leave out an argument that is a choice.")));
		values[which] = value;
	}
	for (int which = 0; which < PRICE_ARGUMENTS; which++)
	{
		if (arguments[which].required && values[which] == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("trigger argument is missing"),
					 errdetail("The argument is \"%s\" of trigger \"%s\".",
							   arguments[which].key, trigger->tgname),
					 errhint("Write it as '%s=value'.",
							 arguments[which].key)));
	}
}

/* Finds the column of one argument and keeps the highest number. */
static void
read_column(PriceCheck *check, const char **values, PriceArgument which,
			int takes, const char *taken, PriceColumn *column)
{
	if (values[which] == NULL)
		return;
	find_column(check->rel, arguments[which].key, values[which], takes, taken,
				column);
	check->last = Max(check->last, column->attnum);
}

/* Fills the check from the arguments of the trigger, or raises an error. */
void
price_check_read_arguments(PriceCheck *check, Relation rel, Trigger *trigger)
{
	const char *values[PRICE_ARGUMENTS];

	collect_values(trigger, values);
	memset(check, 0, sizeof(PriceCheck));
	check->rel = rel;
	check->kind = find_kind(arguments[ARG_APPLIES_TO].key,
							values[ARG_APPLIES_TO]);
	check->fact = pstrdup(values[ARG_FACT]);
	check->floors_relid = find_relation(rel, arguments[ARG_FLOORS].key,
										values[ARG_FLOORS]);
	check->violations_relid = find_relation(rel, arguments[ARG_VIOLATIONS].key,
											values[ARG_VIOLATIONS]);
	read_column(check, values, ARG_PRODUCT, TAKES_INTEGER,
				"smallint, integer or bigint", &check->product);
	read_column(check, values, ARG_PRICE, TAKES_NUMERIC,
				"numeric", &check->price);
	read_column(check, values, ARG_ON, TAKES_DATE,
				"date", &check->on);
	read_column(check, values, ARG_DISTRIBUTOR, TAKES_INTEGER,
				"smallint, integer or bigint", &check->distributor);
	read_column(check, values, ARG_ID, TAKES_INTEGER,
				"smallint, integer or bigint", &check->id);
	read_column(check, values, ARG_QUANTITY, TAKES_INTEGER | TAKES_NUMERIC,
				"numeric, smallint, integer or bigint", &check->quantity);
	read_column(check, values, ARG_CURRENCY, TAKES_TEXT,
				"text, character varying or character", &check->currency);
}

/* The floors relation that price_floor_changed() is told of. */
Oid
price_changed_read_argument(Relation rel, Trigger *trigger)
{
	const char *value = NULL;

	if (trigger->tgnargs == 1)
		value = value_of(trigger->tgargs[0], "relation");
	if (value == NULL || value[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trigger takes the argument \"relation\" and no other"),
				 trigger->tgnargs == 0 ?
				 errdetail("Trigger \"%s\" has none.", trigger->tgname) :
				 errdetail("Trigger \"%s\" begins with '%s'.",
						   trigger->tgname, trigger->tgargs[0]),
				 errhint("Write 'relation=price_floor_in_force', naming the relation that price_floor_check() reads.")));
	return find_relation(rel, "relation", value);
}
