/*
 * tier_schedule_json.c
 *		tier_schedule from and to jsonb.
 *
 *		{"method": "retroactive",
 *		 "tiers": [{"from": 100000, "percent": 3},
 *				   {"above": 200000, "percent": 4, "flat": 50}],
 *		 "payout_cap": 25000}
 *
 * A tier has "from" or "above", and "percent", "per_unit", or "amount" with
 * "per_started" or "per_full" (the size of the block), and/or "flat".  The
 * options are "minimum", "measure_cap", "payout_cap" and "payout_floor".
 * Nothing else is accepted: a misspelt key must not be a term that was lost.
 */
#include "distmgmt.h"

#include "rebate/tier_schedule.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#define SHAPE_HINT \
	"The shape is {\"method\": \"marginal\", \"tiers\": [{\"from\": 1000, " \
	"\"percent\": 3}], \"payout_cap\": 500}; see doc/reference.md."

/* Keys that a tier may have; each at most once, jsonb sees to that. */
typedef enum TierKey
{
	KEY_FROM,
	KEY_ABOVE,
	KEY_PERCENT,
	KEY_PER_UNIT,
	KEY_AMOUNT,
	KEY_PER_STARTED,
	KEY_PER_FULL,
	KEY_FLAT
} TierKey;

#define TIER_KEYS	8

static const char *const tier_key[TIER_KEYS] = {
	"from", "above", "percent", "per_unit", "amount", "per_started",
	"per_full", "flat"
};

/* The object is no schedule: tier counts from 1, 0 is the schedule itself. */
static void
json_error(int tier, const char *key, int key_len, const char *what,
		   const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid jsonb for type tier_schedule"),
			 tier > 0 ?
			 errdetail("Tier %d, key \"%.*s\": %s.", tier, key_len, key,
					   what) :
			 key_len > 0 ?
			 errdetail("Key \"%.*s\": %s.", key_len, key, what) :
			 errdetail("In the whole: %s.", what),
			 errhint("%s", hint)));
}

static bool
is_key(const JsonbValue *value, const char *key)
{
	return value->val.string.len == strlen(key) &&
		memcmp(value->val.string.val, key, value->val.string.len) == 0;
}

/* The number that the iterator gives next, for a key. */
static void
json_number(JsonbIterator **it, int tier, const char *key, TierNumber *number)
{
	JsonbValue	value;
	const char *hint = NULL;
	const char *what;
	char	   *str;
	int			used;

	if (JsonbIteratorNext(it, &value, false) != WJB_VALUE ||
		value.type != jbvNumeric)
		json_error(tier, key, strlen(key), "the value is not a number",
				   "Write the number without quotation marks.");
	str = numeric_normalize(value.val.numeric);
	what = tier_number_parse(number, str, strlen(str), &used, &hint);
	if (what != NULL)
		json_error(tier, key, strlen(key), what, hint);
}

/* One tier; the iterator stands behind its opening brace. */
static void
json_tier(JsonbIterator **it, int ntier, TierDraftTier *tier)
{
	JsonbValue	value;
	TierNumber	number[TIER_KEYS];
	bool		given[TIER_KEYS] = {false};
	int			blocks;

	while (JsonbIteratorNext(it, &value, false) == WJB_KEY)
	{
		int			key = 0;

		while (key < TIER_KEYS && !is_key(&value, tier_key[key]))
			key++;
		if (key == TIER_KEYS)
			json_error(ntier, value.val.string.val, value.val.string.len,
					   "the key is unknown", SHAPE_HINT);
		json_number(it, ntier, tier_key[key], &number[key]);
		given[key] = true;
	}

	if (given[KEY_FROM] == given[KEY_ABOVE])
		json_error(ntier, "from", 4, given[KEY_FROM] ?
				   "the tier has both \"from\" and \"above\"" :
				   "the tier has no threshold",
				   "Give each tier \"from\" (reached at the threshold) or "
				   "\"above\" (reached beyond it).");
	blocks = given[KEY_PER_STARTED] + given[KEY_PER_FULL];
	if (given[KEY_AMOUNT] + blocks != 0 &&
		(!given[KEY_AMOUNT] || blocks != 1))
		json_error(ntier, "amount", 6,
				   "\"amount\" goes with one of \"per_started\" and "
				   "\"per_full\"",
				   "A block tier is {\"from\": 0, \"amount\": 2, "
				   "\"per_started\": 100}.");
	if (given[KEY_PERCENT] + given[KEY_PER_UNIT] + given[KEY_AMOUNT] > 1)
		json_error(ntier, "percent", 7, "the tier has more than one rate",
				   "Give a tier one of \"percent\", \"per_unit\" and "
				   "\"amount\".");

	memset(tier, 0, sizeof(*tier));
	tier->above = given[KEY_ABOVE];
	tier->from = number[tier->above ? KEY_ABOVE : KEY_FROM];
	tier->has_rate = given[KEY_PERCENT] || given[KEY_PER_UNIT] ||
		given[KEY_AMOUNT];
	tier->has_flat = given[KEY_FLAT];
	if (!tier->has_rate && !tier->has_flat)
		json_error(ntier, "percent", 7, "the tier has no benefit",
				   "Give it \"percent\", \"per_unit\", \"amount\" or "
				   "\"flat\".");
	if (tier->has_flat)
		tier->flat = number[KEY_FLAT];
	if (given[KEY_PERCENT])
	{
		tier->kind = TIER_PERCENT;
		tier->rate = number[KEY_PERCENT];
	}
	else if (given[KEY_PER_UNIT])
	{
		tier->kind = TIER_PER_UNIT;
		tier->rate = number[KEY_PER_UNIT];
	}
	else if (given[KEY_AMOUNT])
	{
		bool		started = given[KEY_PER_STARTED];

		tier->kind = started ? TIER_PER_STARTED : TIER_PER_FULL;
		tier->rate = number[KEY_AMOUNT];
		tier->block = number[started ? KEY_PER_STARTED : KEY_PER_FULL];
	}
}

static void
json_tiers(JsonbIterator **it, TierDraft *draft)
{
	JsonbValue	value;
	JsonbIteratorToken token = JsonbIteratorNext(it, &value, false);

	if (token != WJB_BEGIN_ARRAY)
		json_error(0, "tiers", 5, "the value is not an array", SHAPE_HINT);
	while ((token = JsonbIteratorNext(it, &value, false)) != WJB_END_ARRAY)
	{
		if (draft->ntiers == TIER_MAX)
			json_error(0, "tiers", 5, "there are more than 64 tiers",
					   "Join tiers, or split the schedule in two.");
		if (token != WJB_BEGIN_OBJECT)
			json_error(draft->ntiers + 1, "tiers", 5,
					   "the tier is not an object", SHAPE_HINT);
		json_tier(it, draft->ntiers + 1, &draft->tier[draft->ntiers]);
		draft->ntiers++;
	}
}

static void
json_method(JsonbIterator **it, TierDraft *draft)
{
	JsonbValue	value;
	int			method = 0;

	if (JsonbIteratorNext(it, &value, false) == WJB_VALUE &&
		value.type == jbvString)
	{
		while (method < TIER_METHODS &&
			   !is_key(&value, tier_method_name[method]))
			method++;
	}
	else
		method = TIER_METHODS;
	if (method == TIER_METHODS)
		json_error(0, "method", 6, "the method is unknown",
				   "Methods are \"marginal\", \"retroactive\", \"rolling\" "
				   "and \"additive\".");
	draft->method = method;
}

PG_FUNCTION_INFO_V1(tier_schedule_from_jsonb);

Datum
tier_schedule_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *jsonb = PG_GETARG_JSONB_P(0);
	TierDraft  *draft = palloc0(sizeof(TierDraft));
	TierProblem problem = {0};
	JsonbIterator *it = JsonbIteratorInit(&jsonb->root);
	JsonbValue	value;
	bool		has_method = false;

	if (!JB_ROOT_IS_OBJECT(jsonb))
		json_error(0, "", 0, "the schedule is not an object", SHAPE_HINT);
	JsonbIteratorNext(&it, &value, false);
	while (JsonbIteratorNext(&it, &value, false) == WJB_KEY)
	{
		int			option = 0;

		while (option < TIER_OPTIONS &&
			   !is_key(&value, tier_option_key[option]))
			option++;
		if (option < TIER_OPTIONS)
		{
			json_number(&it, 0, tier_option_key[option],
						&draft->option[option]);
			draft->has_option[option] = true;
		}
		else if (is_key(&value, "method"))
		{
			json_method(&it, draft);
			has_method = true;
		}
		else if (is_key(&value, "tiers"))
			json_tiers(&it, draft);
		else
			json_error(0, value.val.string.val, value.val.string.len,
					   "the key is unknown", SHAPE_HINT);
	}
	if (!has_method)
		json_error(0, "method", 6, "the key is missing", SHAPE_HINT);
	if (draft->ntiers == 0)
		json_error(0, "tiers", 5, "there is no tier", SHAPE_HINT);
	if (!tier_draft_check(draft, &problem))
		json_error(problem.tier, problem.key, strlen(problem.key),
				   problem.what, problem.hint);
	PG_RETURN_TIER_SCHEDULE_P(tier_schedule_build(draft));
}

static void
push_key(JsonbParseState **state, const char *key)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
}

static void
push_number(JsonbParseState **state, const char *key, Numeric number)
{
	JsonbValue	value;

	push_key(state, key);
	value.type = jbvNumeric;
	value.val.numeric = number;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_tier(JsonbParseState **state, TierKind kind, const TierTerm *tier)
{
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_number(state, tier_key[tier->above ? KEY_ABOVE : KEY_FROM],
				tier->from);
	if (tier->rate != NULL)
	{
		if (kind == TIER_PERCENT)
			push_number(state, tier_key[KEY_PERCENT],
						num_trim(num_mul(tier->rate, int64_to_numeric(100))));
		else if (kind == TIER_PER_UNIT)
			push_number(state, tier_key[KEY_PER_UNIT], tier->rate);
		else
		{
			push_number(state, tier_key[KEY_AMOUNT], tier->rate);
			push_number(state, tier_key[kind == TIER_PER_STARTED ?
										KEY_PER_STARTED : KEY_PER_FULL],
						tier->block);
		}
	}
	if (tier->flat != NULL)
		push_number(state, tier_key[KEY_FLAT], tier->flat);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

PG_FUNCTION_INFO_V1(tier_schedule_to_jsonb);

Datum
tier_schedule_to_jsonb(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = NULL;
	JsonbValue	method;
	JsonbValue *result;
	TierTerms	terms;

	tier_schedule_read(PG_GETARG_TIER_SCHEDULE_P(0), &terms);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_key(&state, "method");
	method.type = jbvString;
	method.val.string.val = unconstify(char *, tier_method_name[terms.method]);
	method.val.string.len = strlen(method.val.string.val);
	pushJsonbValue(&state, WJB_VALUE, &method);
	push_key(&state, "tiers");
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < terms.ntiers; i++)
		push_tier(&state, terms.kind, &terms.tier[i]);
	pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		if (terms.option[i] != NULL)
			push_number(&state, tier_option_key[i], terms.option[i]);
	}
	result = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}
