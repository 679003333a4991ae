/*
 * tier_schedule_in.c
 *		The text form of a tier schedule, read into a draft.
 *
 * Plain C over a byte range, without palloc, ereport or the server's headers,
 * so that it can be fuzzed alone; it reads each byte a bounded number of
 * times and never beyond `length`.  What is wrong is told as a TierProblem:
 * the caller turns it into an error in its own way.
 *
 *		schedule := method ':' tier {',' tier} {';' option}
 *		tier     := benefit ('from' | 'above') number
 *		benefit  := rate {'+' number 'flat'} | number 'flat' {'+' ...}
 *		rate     := number ('%' | 'per' 'unit' | 'per' number blocks)
 *		blocks   := 'started' | 'full'
 *		option   := ('minimum' | 'measure' 'cap' | 'payout' 'cap'
 *					 | 'payout' 'floor') number
 */
#include <string.h>

#include "rebate/tier_draft.h"

/* A cursor over the text; `problem` is filled by the first thing wrong. */
typedef struct Reader
{
	const char *str;
	int			length;
	int			at;				/* next byte to read */
	int			token_at;		/* the token read last */
	int			token_len;
	TierProblem *problem;
} Reader;

#define METHODS_HINT \
	"Begin with marginal (also called stepped), retroactive (cumulative), " \
	"rolling or additive (total) and a colon, as in " \
	"'marginal: 3% from 100000'."
#define BENEFIT_HINT \
	"A tier reads like '3% from 100000', '1.40 per unit above 0', " \
	"'2 per 100 started from 0' or '3% + 200 flat from 1000'."
#define OPTION_HINT \
	"Options are: minimum, measure cap, payout cap, payout floor, each " \
	"followed by a number and set off by semicolons."
#define SEPARATOR_HINT \
	"Write numbers without thousands separators: 100000."

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A letter as far as words of a schedule and their misspellings go. */
static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		(unsigned char) c >= 0x80;
}

static void
skip_space(Reader *reader)
{
	while (reader->at < reader->length && is_space(reader->str[reader->at]))
		reader->at++;
}

/* Length of the word, number-like run or single character at `at`. */
static int
token_length(const Reader *reader, int at)
{
	int			end = at;

	while (end < reader->length && end - at < 60 &&
		   (is_letter(reader->str[end]) || is_digit(reader->str[end]) ||
			reader->str[end] == '.'))
		end++;
	if (end == at && at < reader->length)
		end++;
	return end - at;
}

/* Note what is wrong with `len` bytes at `at`; always false. */
static bool
wrong(Reader *reader, int at, int len, const char *what, const char *hint)
{
	reader->problem->what = what;
	reader->problem->hint = hint;
	reader->problem->at = at;
	reader->problem->len = len;
	return false;
}

static bool
wrong_next(Reader *reader, const char *what, const char *hint)
{
	skip_space(reader);
	return wrong(reader, reader->at, token_length(reader, reader->at), what,
				 hint);
}

/* Consume `word`, in any case, if it is the next word. */
static bool
accept_word(Reader *reader, const char *word)
{
	int			len = (int) strlen(word);

	skip_space(reader);
	if (token_length(reader, reader->at) != len)
		return false;
	for (int i = 0; i < len; i++)
	{
		char		c = reader->str[reader->at + i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != word[i])
			return false;
	}
	reader->token_at = reader->at;
	reader->token_len = len;
	reader->at += len;
	return true;
}

static bool
accept_char(Reader *reader, char c)
{
	skip_space(reader);
	if (reader->at >= reader->length || reader->str[reader->at] != c)
		return false;
	reader->at++;
	return true;
}

/* Consume a number into *number; its place stays in token_at, token_len. */
static bool
read_number(Reader *reader, TierNumber *number)
{
	const char *what;
	const char *hint = NULL;
	int			used = 0;

	skip_space(reader);
	reader->token_at = reader->at;
	what = tier_number_parse(number, reader->str + reader->at,
							 reader->length - reader->at, &used, &hint);
	reader->token_len = used;
	if (what != NULL)
		return wrong(reader, reader->at,
					 used > 0 ? used : token_length(reader, reader->at),
					 what, hint);
	reader->at += used;
	return true;
}

/*
 * Does ",ddd" stand at the cursor?  Then the number just read was written
 * with thousands separators, unless a tier may begin here: in "from 100,000;
 * ..." the 000 is no benefit, in "from 100,200 flat from 300" the 200 is.
 */
static bool
thousands_follow(const Reader *reader, bool tier_may_begin)
{
	Reader		ahead = *reader;
	TierProblem ignored;

	if (ahead.length - ahead.at < 4 || ahead.str[ahead.at] != ',' ||
		!is_digit(ahead.str[ahead.at + 1]) ||
		!is_digit(ahead.str[ahead.at + 2]) ||
		!is_digit(ahead.str[ahead.at + 3]))
		return false;
	ahead.at += 4;
	ahead.problem = &ignored;
	if (ahead.at < ahead.length &&
		(is_digit(ahead.str[ahead.at]) || ahead.str[ahead.at] == '.'))
		return false;
	if (!tier_may_begin)
		return true;
	return !(accept_char(&ahead, '%') || accept_word(&ahead, "per") ||
			 accept_word(&ahead, "flat"));
}

/* "number flat" after a plus sign, added to what the tier already has. */
static bool
read_flat(Reader *reader, TierDraftTier *tier)
{
	TierNumber	flat;

	if (!read_number(reader, &flat))
		return false;
	if (!accept_word(reader, "flat"))
		return wrong_next(reader, "\"flat\" is expected after the number "
						  "that a plus sign adds",
						  "Only flat amounts are added to a benefit, the "
						  "rate comes first: '3% + 200 flat from 1000'.");
	if (!tier->has_flat)
		tier->flat = flat;
	else if (!tier_number_add(&tier->flat, &tier->flat, &flat))
		return wrong(reader, reader->token_at, reader->token_len,
					 "the flat amounts add up to too many digits",
					 "A number has at most 60 digits before the point.");
	tier->has_flat = true;
	return true;
}

/* The rest of "number per ...", the word per being consumed. */
static bool
read_per(Reader *reader, TierDraftTier *tier)
{
	if (accept_word(reader, "unit"))
	{
		tier->kind = TIER_PER_UNIT;
		return true;
	}
	skip_space(reader);
	if (reader->at >= reader->length || !is_digit(reader->str[reader->at]))
		return wrong_next(reader, "\"unit\" or the size of a block is "
						  "expected after \"per\"", BENEFIT_HINT);
	if (!read_number(reader, &tier->block))
		return false;
	if (accept_word(reader, "started"))
		tier->kind = TIER_PER_STARTED;
	else if (accept_word(reader, "full"))
		tier->kind = TIER_PER_FULL;
	else
		return wrong_next(reader, "\"started\" or \"full\" is expected after "
						  "the size of a block",
						  "'2 per 100 started' pays for each block begun, "
						  "'2 per 100 full' for each block completed.");
	return true;
}

static bool
read_benefit(Reader *reader, TierDraftTier *tier)
{
	TierNumber	number;
	int			number_at;
	int			number_len;

	if (!read_number(reader, &number))
		return false;
	number_at = tier->rate_at = reader->token_at;
	number_len = reader->token_len;

	if (accept_char(reader, '%'))
		tier->kind = TIER_PERCENT;
	else if (accept_word(reader, "per"))
	{
		if (!read_per(reader, tier))
			return false;
	}
	else if (accept_word(reader, "flat"))
	{
		tier->has_flat = true;
		tier->flat = number;
	}
	else if (thousands_follow(reader, false))
		return wrong(reader, number_at, number_len + 4,
					 "the number has thousands separators", SEPARATOR_HINT);
	else
		return wrong_next(reader, "\"%\", \"per unit\", \"per ... started\" "
						  "or \"flat\" is expected after the number",
						  BENEFIT_HINT);
	if (tier->kind != TIER_FLAT)
	{
		tier->has_rate = true;
		tier->rate = number;
	}
	while (accept_char(reader, '+'))
	{
		if (!read_flat(reader, tier))
			return false;
	}
	tier->rate_len = reader->at - tier->rate_at;
	while (is_space(reader->str[tier->rate_at + tier->rate_len - 1]))
		tier->rate_len--;
	return true;
}

static bool
read_tier(Reader *reader, TierDraft *draft)
{
	TierDraftTier *tier;

	if (draft->ntiers == TIER_MAX)
		return wrong_next(reader, "the schedule has more than 64 tiers",
						  "Join tiers, or split the schedule in two.");
	tier = &draft->tier[draft->ntiers];
	tier->has_rate = tier->has_flat = false;
	tier->kind = TIER_FLAT;
	if (!read_benefit(reader, tier))
		return false;
	if (accept_word(reader, "above"))
		tier->above = true;
	else if (accept_word(reader, "from"))
		tier->above = false;
	else
		return wrong_next(reader, "\"from\" or \"above\" is expected after "
						  "the benefit",
						  "'from 1000' is reached at 1000, 'above 1000' only "
						  "beyond it; the first tier may start 'from 0'.");
	if (!read_number(reader, &tier->from))
		return false;
	tier->from_at = reader->token_at;
	tier->from_len = reader->token_len;
	if (thousands_follow(reader, true))
		return wrong(reader, tier->from_at, tier->from_len + 4,
					 "the number has thousands separators", SEPARATOR_HINT);
	draft->ntiers++;
	return true;
}

static bool
read_option(Reader *reader, TierDraft *draft)
{
	TierOption	option;
	int			at;

	skip_space(reader);
	at = reader->at;
	if (accept_word(reader, "minimum"))
		option = TIER_MINIMUM;
	else if (accept_word(reader, "measure"))
	{
		if (!accept_word(reader, "cap"))
			return wrong_next(reader, "\"cap\" is expected after \"measure\"",
							  OPTION_HINT);
		option = TIER_MEASURE_CAP;
	}
	else if (accept_word(reader, "payout"))
	{
		if (accept_word(reader, "cap"))
			option = TIER_PAYOUT_CAP;
		else if (accept_word(reader, "floor"))
			option = TIER_PAYOUT_FLOOR;
		else
			return wrong_next(reader, "\"cap\" or \"floor\" is expected "
							  "after \"payout\"", OPTION_HINT);
	}
	else
		return wrong_next(reader, "an option is expected after the "
						  "semicolon", OPTION_HINT);
	if (draft->has_option[option])
		return wrong(reader, at, reader->at - at, "the option is given twice",
					 "Keep one of the two.");
	if (!read_number(reader, &draft->option[option]))
		return false;
	draft->has_option[option] = true;
	draft->option_at[option] = reader->token_at;
	draft->option_len[option] = reader->token_len;
	if (thousands_follow(reader, false))
		return wrong(reader, reader->token_at, reader->token_len + 4,
					 "the number has thousands separators", SEPARATOR_HINT);
	return true;
}

static bool
read_schedule(Reader *reader, TierDraft *draft)
{
	int			method = 0;

	while (method < TIER_METHODS &&
		   !accept_word(reader, tier_method_name[method]))
		method++;
	if (method == TIER_METHODS)
		return wrong_next(reader, "a method is expected", METHODS_HINT);
	draft->method = (TierMethod) method;
	if (!accept_char(reader, ':'))
		return wrong_next(reader, "a colon is expected after the method",
						  METHODS_HINT);

	do
	{
		if (!read_tier(reader, draft))
			return false;
	} while (accept_char(reader, ','));

	while (accept_char(reader, ';'))
	{
		if (!read_option(reader, draft))
			return false;
	}

	skip_space(reader);
	if (reader->at < reader->length)
		return wrong_next(reader, "a comma, a semicolon or the end is "
						  "expected here",
						  "Tiers are set off by commas, options by "
						  "semicolons; numbers have no separators.");
	return tier_draft_check(draft, reader->problem);
}

/*
 * Read `length` bytes of text into *draft, which needs no preparation.
 * False with *problem filled when they are no valid schedule.
 */
bool
tier_draft_parse(TierDraft *draft, const char *str, int length,
				 TierProblem *problem)
{
	Reader		reader = {str, length, 0, 0, 0, problem};

	memset(problem, 0, sizeof(*problem));
	draft->ntiers = 0;
	memset(draft->has_option, 0, sizeof(draft->has_option));
	return read_schedule(&reader, draft);
}
