/*
 * tier_draft.c
 *		Numbers of a draft schedule and the checks that every draft passes.
 *
 * Plain C like the parser (see tier_draft.h).  Numbers are kept as decimal
 * digits, so nothing is rounded and no arithmetic of the server is needed to
 * compare them.
 */
#include <stddef.h>
#include <string.h>

#include "rebate/tier_draft.h"

const char *const tier_method_name[TIER_METHODS] = {
	"marginal", "retroactive", "rolling", "additive"
};

const char *const tier_kind_name[TIER_KINDS] = {
	"flat", "percent", "per unit", "per started", "per full"
};

const char *const tier_option_name[TIER_OPTIONS] = {
	"minimum", "measure cap", "payout cap", "payout floor"
};

const char *const tier_option_key[TIER_OPTIONS] = {
	"minimum", "measure_cap", "payout_cap", "payout_floor"
};

#define NEGATIVE_HINT \
	"Amounts, rates and thresholds of a schedule are zero or more; a charge " \
	"is a schedule of its own whose result is subtracted."

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Read an unsigned decimal at the start of `text`; *used says how many bytes
 * it, or the wrong part of it, has.  NULL, or what is wrong with it (and then
 * *hint says what to do).
 */
const char *
tier_number_parse(TierNumber *number, const char *str, int length, int *used,
				  const char **hint)
{
	int			at = 0;
	int			first;
	int			point;
	int			last;

	*used = 0;
	if (at < length && (str[at] == '-' || str[at] == '+'))
	{
		bool		negative = str[at] == '-';

		at++;
		while (at < length && (is_digit(str[at]) || str[at] == '.'))
			at++;
		*used = at;
		*hint = negative ? NEGATIVE_HINT : "Write the number without a sign.";
		return negative ? "the number is negative" : "the number has a sign";
	}

	while (at < length && is_digit(str[at]))
		at++;
	point = at;
	if (at < length && str[at] == '.')
	{
		at++;
		while (at < length && is_digit(str[at]))
			at++;
	}
	last = at;
	if (point == 0 && last <= 1)
	{
		*hint = "Numbers are digits, with a decimal point where needed and "
			"without currency signs: 100000 or 0.5.";
		return "a number is expected";
	}
	if (at < length &&
		(str[at] == '_' || str[at] == '\'' || str[at] == 'e' ||
		 str[at] == 'E' || str[at] == '.'))
	{
		bool		exponent = str[at] == 'e' || str[at] == 'E';

		while (at < length &&
			   (is_digit(str[at]) || str[at] == str[last] ||
				str[at] == '.' ||
				(exponent && (str[at] == '-' || str[at] == '+'))))
			at++;
		*used = at;
		*hint = exponent ? "Write the number out: 100000 instead of 1e5." :
			"Write numbers without thousands separators: 100000.";
		return exponent ? "the number has an exponent" :
			"the number has separators";
	}
	*used = last;

	/* Without leading zeros before the point and trailing ones after it. */
	first = 0;
	while (first < point && str[first] == '0')
		first++;
	number->whole = point - first;
	number->fraction = last - point > 0 ? last - point - 1 : 0;
	while (number->fraction > 0 && str[point + number->fraction] == '0')
		number->fraction--;
	if (number->whole > TIER_NUMBER_WHOLE ||
		number->fraction > TIER_NUMBER_FRACTION)
	{
		*hint = "A number has at most 60 digits before the point and 40 "
			"after it.";
		return "the number has too many digits";
	}
	memcpy(number->digit, str + first, number->whole);
	memcpy(number->digit + number->whole, str + point + 1, number->fraction);
	return NULL;
}

/* The digit of weight 10^place, places below zero being behind the point. */
static int
digit_at(const TierNumber *number, int place)
{
	int			index = number->whole - 1 - place;

	if (index < 0 || index >= number->whole + number->fraction)
		return 0;
	return number->digit[index] - '0';
}

/* <0, 0, >0 as a is less than, equal to or greater than b. */
int
tier_number_cmp(const TierNumber *a, const TierNumber *b)
{
	int			place = a->whole > b->whole ? a->whole : b->whole;
	int			last = a->fraction > b->fraction ? a->fraction : b->fraction;

	for (; place >= -last; place--)
	{
		int			difference = digit_at(a, place) - digit_at(b, place);

		if (difference != 0)
			return difference;
	}
	return 0;
}

/* *sum = a + b, which may be the same; false when it has too many digits. */
bool
tier_number_add(TierNumber *sum, const TierNumber *a, const TierNumber *b)
{
	TierNumber	result;
	int			fraction;
	int			whole;
	int			carry = 0;

	fraction = a->fraction > b->fraction ? a->fraction : b->fraction;
	whole = a->whole > b->whole ? a->whole : b->whole;
	whole++;
	for (int place = -fraction; place < whole; place++)
	{
		int			digit = digit_at(a, place) + digit_at(b, place) + carry;

		result.digit[whole - 1 - place] = '0' + digit % 10;
		carry = digit / 10;
	}
	result.whole = whole;
	result.fraction = fraction;
	while (result.fraction > 0 &&
		   result.digit[result.whole + result.fraction - 1] == '0')
		result.fraction--;
	if (result.digit[0] == '0')
	{
		result.whole--;
		memmove(result.digit, result.digit + 1,
				result.whole + result.fraction);
	}
	if (result.whole > TIER_NUMBER_WHOLE)
		return false;
	*sum = result;
	return true;
}

static bool
is_zero(const TierNumber *number)
{
	return number->whole == 0 && number->fraction == 0;
}

static bool
wrong_in_tier(TierProblem *problem, int tier, const char *key, int at, int len,
			  const char *what, const char *hint)
{
	problem->what = what;
	problem->hint = hint;
	problem->tier = tier + 1;
	problem->key = key;
	problem->at = at;
	problem->len = len;
	return false;
}

/*
 * The rules that hold between the parts of a schedule.  Sets draft->kind and
 * drops a flat amount of zero beside a rate.  False with *problem filled when
 * a rule is broken.
 */
bool
tier_draft_check(TierDraft *draft, TierProblem *problem)
{
	static const TierNumber hundred = {3, 0, "100"};
	const TierOption cap = TIER_PAYOUT_CAP;
	const TierOption floor = TIER_PAYOUT_FLOOR;

	draft->kind = TIER_FLAT;
	for (int i = 0; i < draft->ntiers; i++)
	{
		TierDraftTier *tier = &draft->tier[i];

		if (tier->has_rate)
		{
			if (draft->kind == TIER_FLAT)
				draft->kind = tier->kind;
			else if (tier->kind != draft->kind)
				return wrong_in_tier(problem, i, "kind", tier->rate_at,
									 tier->rate_len,
									 "the tier has another kind of benefit "
									 "than the tiers before it",
									 "One schedule has percentages or "
									 "amounts per unit or per block, not a "
									 "mixture; use two schedules and add "
									 "their results.");
			if (tier->kind == TIER_PERCENT &&
				tier_number_cmp(&tier->rate, &hundred) > 0)
				return wrong_in_tier(problem, i, "percent", tier->rate_at,
									 tier->rate_len,
									 "the percentage is over 100",
									 "Percentages are written as 3% for "
									 "three of a hundred; amounts per unit "
									 "as '3 per unit'.");
			if (tier->kind >= TIER_PER_STARTED && is_zero(&tier->block))
				return wrong_in_tier(problem, i, "block", tier->rate_at,
									 tier->rate_len,
									 "the block has no size",
									 "Write the number of units in a block, "
									 "as in '2 per 100 started'.");
			if (tier->has_flat && is_zero(&tier->flat))
				tier->has_flat = false;
		}
		if (i > 0 &&
			tier_number_cmp(&tier->from, &draft->tier[i - 1].from) <= 0)
			return wrong_in_tier(problem, i, "from", tier->from_at,
								 tier->from_len,
								 "the threshold does not rise above the one "
								 "before it",
								 "List the tiers from the lowest threshold "
								 "to the highest, each threshold once; a "
								 "tier ends where the next one begins.");
	}

	if (draft->has_option[cap] && draft->has_option[floor] &&
		tier_number_cmp(&draft->option[floor], &draft->option[cap]) > 0)
	{
		problem->what = "the payout floor is higher than the payout cap";
		problem->hint = "Lower the floor or raise the cap.";
		problem->tier = 0;
		problem->key = tier_option_key[floor];
		problem->at = draft->option_at[floor];
		problem->len = draft->option_len[floor];
		return false;
	}
	return true;
}
