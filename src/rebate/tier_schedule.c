/*
 * tier_schedule.c
 *		The type tier_schedule: image, text and binary form, comparison.
 *
 * The image is made from a checked draft and nothing else, so whatever is
 * stored has passed the checks.  See tier_schedule.h for its layout.
 */
#include "distmgmt.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "rebate/tier_schedule.h"
#include "utils/builtins.h"

/* numeric arithmetic by its plain name ------------------------------------ */

Numeric
num_add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

Numeric
num_sub(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

Numeric
num_mul(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

/* The same number without trailing zeros. */
Numeric
num_trim(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
											   NumericGetDatum(a)));
}

int
num_cmp(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

Numeric
num_zero(void)
{
	return int64_to_numeric(0);
}

bool
num_positive(Numeric a)
{
	return num_cmp(a, num_zero()) > 0;
}

/* draft and image --------------------------------------------------------- */

Numeric
tier_number_to_numeric(const TierNumber *number)
{
	char		str[TIER_NUMBER_WHOLE + TIER_NUMBER_FRACTION + 8];
	int			len = 0;

	str[len++] = '0';
	memcpy(str + len, number->digit, number->whole);
	len += number->whole;
	str[len++] = '.';
	memcpy(str + len, number->digit + number->whole, number->fraction);
	len += number->fraction;
	str[len] = '\0';
	return DatumGetNumeric(DirectFunctionCall3(numeric_in,
											   CStringGetDatum(str),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/*
 * A numeric as a number of a draft; false when it is negative, not finite or
 * has too many digits.
 */
bool
tier_number_from_numeric(TierNumber *number, Numeric value)
{
	char	   *str = numeric_normalize(value);
	const char *hint;
	int			length = strlen(str);
	int			used;

	return tier_number_parse(number, str, length, &used, &hint) == NULL &&
		used == length;
}

/* Percentages are held as fractions: 3 % is 0.03, exactly. */
static Numeric
rate_to_fraction(Numeric rate)
{
	return num_mul(rate, int64_div_fast_to_numeric(1, 2));
}

static Numeric
rate_to_percent(Numeric rate)
{
	return num_trim(num_mul(rate, int64_to_numeric(100)));
}

/* Append a numeric of an image, aligned and padded. */
static void
append_numeric(StringInfo image, Numeric value)
{
	Numeric		trimmed = num_trim(value);
	int			size = VARSIZE_ANY(trimmed);

	appendBinaryStringInfo(image, (char *) trimmed, size);
	while (image->len < INTALIGN(image->len))
		appendStringInfoCharMacro(image, '\0');
}

/* The image of a draft that has passed tier_draft_check(). */
TierSchedule *
tier_schedule_build(const TierDraft *draft)
{
	StringInfoData image;
	TierSchedule *schedule;
	int			header = TIER_SCHEDULE_HEADER(draft->ntiers);

	initStringInfo(&image);
	enlargeStringInfo(&image, header);
	memset(image.data, 0, header);
	image.len = header;

	schedule = (TierSchedule *) image.data;
	schedule->version = TIER_SCHEDULE_VERSION;
	schedule->method = draft->method;
	schedule->kind = draft->kind;
	schedule->ntiers = draft->ntiers;
	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		if (draft->has_option[i])
			schedule->options |= 1 << i;
	}
	for (int i = 0; i < draft->ntiers; i++)
	{
		const TierDraftTier *tier = &draft->tier[i];

		schedule->tier_flags[i] = (tier->above ? TIER_IS_ABOVE : 0) |
			(tier->has_rate ? TIER_HAS_RATE : 0) |
			(tier->has_flat ? TIER_HAS_FLAT : 0);
	}

	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		if (draft->has_option[i])
			append_numeric(&image, tier_number_to_numeric(&draft->option[i]));
	}
	for (int i = 0; i < draft->ntiers; i++)
	{
		const TierDraftTier *tier = &draft->tier[i];

		append_numeric(&image, tier_number_to_numeric(&tier->from));
		if (tier->has_rate)
		{
			Numeric		rate = tier_number_to_numeric(&tier->rate);

			if (draft->kind == TIER_PERCENT)
				rate = rate_to_fraction(rate);
			append_numeric(&image, rate);
			if (draft->kind >= TIER_PER_STARTED)
				append_numeric(&image, tier_number_to_numeric(&tier->block));
		}
		if (tier->has_flat)
			append_numeric(&image, tier_number_to_numeric(&tier->flat));
	}

	SET_VARSIZE(image.data, image.len);
	return (TierSchedule *) image.data;
}

static Numeric
next_numeric(const char **cursor)
{
	Numeric		value = (Numeric) *cursor;

	*cursor += INTALIGN(VARSIZE(value));
	return value;
}

/* Take an image apart; *terms points into it. */
void
tier_schedule_read(const TierSchedule *schedule, TierTerms *terms)
{
	const char *cursor;

	terms->method = schedule->method;
	terms->kind = schedule->kind;
	terms->ntiers = schedule->ntiers;
	cursor = (const char *) schedule + TIER_SCHEDULE_HEADER(terms->ntiers);
	for (int i = 0; i < TIER_OPTIONS; i++)
		terms->option[i] = (schedule->options & (1 << i)) ?
			next_numeric(&cursor) : NULL;
	for (int i = 0; i < terms->ntiers; i++)
	{
		TierTerm   *tier = &terms->tier[i];
		int			flags = schedule->tier_flags[i];

		tier->above = (flags & TIER_IS_ABOVE) != 0;
		tier->from = next_numeric(&cursor);
		tier->rate = (flags & TIER_HAS_RATE) ? next_numeric(&cursor) : NULL;
		tier->block = tier->rate != NULL && terms->kind >= TIER_PER_STARTED ?
			next_numeric(&cursor) : NULL;
		tier->flat = (flags & TIER_HAS_FLAT) ? next_numeric(&cursor) : NULL;
	}
}

/* A number that must fit a draft, for schedules made from others. */
static void
draft_number(TierNumber *number, Numeric value, const char *what)
{
	if (!tier_number_from_numeric(number, value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number does not fit a tier schedule"),
				 errdetail("The %s would be %s.", what,
						   numeric_normalize(value)),
				 errhint("Numbers of a schedule are zero or more and have at "
						 "most %d digits before and %d after the point.",
						 TIER_NUMBER_WHOLE, TIER_NUMBER_FRACTION)));
}

/* The draft that a (perhaps changed) set of terms would be written as. */
void
tier_draft_from_terms(TierDraft *draft, const TierTerms *terms)
{
	memset(draft, 0, offsetof(TierDraft, tier));
	draft->method = terms->method;
	draft->ntiers = terms->ntiers;
	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		draft->has_option[i] = terms->option[i] != NULL;
		if (draft->has_option[i])
			draft_number(&draft->option[i], terms->option[i],
						 tier_option_name[i]);
	}
	for (int i = 0; i < terms->ntiers; i++)
	{
		const TierTerm *from = &terms->tier[i];
		TierDraftTier *tier = &draft->tier[i];

		memset(tier, 0, sizeof(*tier));
		tier->above = from->above;
		tier->has_rate = from->rate != NULL;
		tier->has_flat = from->flat != NULL;
		tier->kind = tier->has_rate ? terms->kind : TIER_FLAT;
		draft_number(&tier->from, from->from, "threshold");
		if (tier->has_rate)
			draft_number(&tier->rate, terms->kind == TIER_PERCENT ?
						 rate_to_percent(from->rate) : from->rate, "rate");
		if (from->block != NULL)
			draft_number(&tier->block, from->block, "block");
		if (tier->has_flat)
			draft_number(&tier->flat, from->flat, "flat amount");
	}
}

/* text -------------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(tier_schedule_in);

/*
 * tier_schedule_in(cstring): the error names the character, counted from 1,
 * and the text found there.
 */
Datum
tier_schedule_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	int			length = strlen(str);
	TierDraft  *draft = palloc(sizeof(TierDraft));
	TierProblem problem;
	int			shown;

	if (tier_draft_parse(draft, str, length, &problem))
		PG_RETURN_TIER_SCHEDULE_P(tier_schedule_build(draft));

	shown = pg_mbcliplen(str + problem.at, problem.len, 60);
	if (shown == 0)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "tier_schedule"),
				 errdetail("At character %d, at the end of the text: %s.",
						   pg_mbstrlen_with_len(str, problem.at) + 1,
						   problem.what),
				 errhint("%s", problem.hint)));
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s", "tier_schedule"),
			 errdetail("At character %d, at \"%.*s\": %s.",
					   pg_mbstrlen_with_len(str, problem.at) + 1,
					   shown, str + problem.at, problem.what),
			 errhint("%s", problem.hint)));
}

static void
append_benefit(StringInfo out, const TierTerms *terms, const TierTerm *tier)
{
	if (tier->rate != NULL)
	{
		Numeric		rate = tier->rate;

		if (terms->kind == TIER_PERCENT)
			rate = rate_to_percent(rate);
		appendStringInfoString(out, numeric_normalize(rate));
		switch (terms->kind)
		{
			case TIER_PERCENT:
				appendStringInfoChar(out, '%');
				break;
			case TIER_PER_UNIT:
				appendStringInfoString(out, " per unit");
				break;
			case TIER_PER_STARTED:
			case TIER_PER_FULL:
				appendStringInfo(out, " per %s %s",
								 numeric_normalize(tier->block),
								 terms->kind == TIER_PER_STARTED ?
								 "started" : "full");
				break;
			case TIER_FLAT:
				break;
		}
	}
	if (tier->flat != NULL)
		appendStringInfo(out, "%s%s flat", tier->rate != NULL ? " + " : "",
						 numeric_normalize(tier->flat));
}

/* The canonical text, which reads back to the same value. */
char	   *
tier_schedule_text(const TierSchedule *schedule)
{
	StringInfoData out;
	TierTerms	terms;

	tier_schedule_read(schedule, &terms);
	initStringInfo(&out);
	appendStringInfo(&out, "%s: ", tier_method_name[terms.method]);
	for (int i = 0; i < terms.ntiers; i++)
	{
		const TierTerm *tier = &terms.tier[i];

		if (i > 0)
			appendStringInfoString(&out, ", ");
		append_benefit(&out, &terms, tier);
		appendStringInfo(&out, " %s %s", tier->above ? "above" : "from",
						 numeric_normalize(tier->from));
	}
	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		if (terms.option[i] != NULL)
			appendStringInfo(&out, "; %s %s", tier_option_name[i],
							 numeric_normalize(terms.option[i]));
	}
	return out.data;
}

PG_FUNCTION_INFO_V1(tier_schedule_out);

Datum
tier_schedule_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(tier_schedule_text(PG_GETARG_TIER_SCHEDULE_P(0)));
}

/* binary ------------------------------------------------------------------ */

PG_FUNCTION_INFO_V1(tier_schedule_send);

/*
 * Version, method, kind, tiers and options, a byte each; the flags of each
 * tier; then the numbers in the order of the image, each as its length (int32)
 * and what numeric_send makes of it.
 */
Datum
tier_schedule_send(PG_FUNCTION_ARGS)
{
	TierSchedule *schedule = PG_GETARG_TIER_SCHEDULE_P(0);
	const char *cursor = (char *) schedule;
	const char *end = cursor + VARSIZE(schedule);
	StringInfoData out;

	cursor += TIER_SCHEDULE_HEADER(schedule->ntiers);
	pq_begintypsend(&out);
	pq_sendint8(&out, schedule->version);
	pq_sendint8(&out, schedule->method);
	pq_sendint8(&out, schedule->kind);
	pq_sendint8(&out, schedule->ntiers);
	pq_sendint8(&out, schedule->options);
	pq_sendbytes(&out, (char *) schedule->tier_flags, schedule->ntiers);
	while (cursor < end)
	{
		Numeric		value = next_numeric(&cursor);
		bytea	   *sent = DatumGetByteaP(DirectFunctionCall1(numeric_send,
															  NumericGetDatum(value)));

		pq_sendint32(&out, VARSIZE(sent) - VARHDRSZ);
		pq_sendbytes(&out, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* Refuse a binary image: what is wrong with it, and of which tier. */
static void
binary_error(int tier, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary representation of type tier_schedule"),
			 tier > 0 ? errdetail("Tier %d: %s.", tier, what) :
			 errdetail("In the schedule: %s.", what),
			 errhint("%s", hint != NULL ? hint :
					 "Send what tier_schedule_send made, or use the text "
					 "form.")));
}

static Numeric
receive_numeric(StringInfo in, TierNumber *number, int tier)
{
	StringInfoData part;
	int			size = pq_getmsgint(in, 4);
	Numeric		value;

	if (size < 0 || size > in->len - in->cursor)
		binary_error(tier, "a number is longer than the message", NULL);
	initStringInfo(&part);
	appendBinaryStringInfo(&part, pq_getmsgbytes(in, size), size);
	value = DatumGetNumeric(DirectFunctionCall3(numeric_recv,
												PointerGetDatum(&part),
												ObjectIdGetDatum(InvalidOid),
												Int32GetDatum(-1)));
	if (part.cursor != part.len)
		binary_error(tier, "a number is shorter than announced", NULL);
	if (number != NULL && !tier_number_from_numeric(number, value))
		binary_error(tier, "a number is negative or has too many digits",
					 NULL);
	return value;
}

PG_FUNCTION_INFO_V1(tier_schedule_recv);

/* Everything is checked: the message may come from anyone. */
Datum
tier_schedule_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	TierDraft  *draft = palloc0(sizeof(TierDraft));
	TierProblem problem = {0};
	uint8		flags[TIER_MAX];
	int			version = pq_getmsgbyte(in);
	int			kind;
	int			options;

	if (version != TIER_SCHEDULE_VERSION)
		binary_error(0, "the version is unknown", NULL);
	draft->method = pq_getmsgbyte(in);
	kind = pq_getmsgbyte(in);
	draft->ntiers = pq_getmsgbyte(in);
	options = pq_getmsgbyte(in);
	if ((int) draft->method >= TIER_METHODS || kind >= TIER_KINDS ||
		draft->ntiers < 1 || draft->ntiers > TIER_MAX ||
		options >= 1 << TIER_OPTIONS)
		binary_error(0, "the header is out of range", NULL);
	pq_copymsgbytes(in, (char *) flags, draft->ntiers);

	for (int i = 0; i < TIER_OPTIONS; i++)
	{
		draft->has_option[i] = (options & (1 << i)) != 0;
		if (draft->has_option[i])
			receive_numeric(in, &draft->option[i], 0);
	}
	for (int i = 0; i < draft->ntiers; i++)
	{
		TierDraftTier *tier = &draft->tier[i];

		if (flags[i] & ~(TIER_IS_ABOVE | TIER_HAS_RATE | TIER_HAS_FLAT))
			binary_error(i + 1, "the flags are unknown", NULL);
		tier->above = (flags[i] & TIER_IS_ABOVE) != 0;
		tier->has_rate = (flags[i] & TIER_HAS_RATE) != 0;
		tier->has_flat = (flags[i] & TIER_HAS_FLAT) != 0;
		if (!tier->has_rate && !tier->has_flat)
			binary_error(i + 1, "the tier has no benefit", NULL);
		if (tier->has_rate && kind == TIER_FLAT)
			binary_error(i + 1, "the rate is of no kind", NULL);
		tier->kind = tier->has_rate ? kind : TIER_FLAT;
		receive_numeric(in, &tier->from, i + 1);
		if (tier->has_rate)
		{
			Numeric		rate = receive_numeric(in, NULL, i + 1);

			if (kind == TIER_PERCENT && !numeric_is_nan(rate) &&
				!numeric_is_inf(rate))
				rate = rate_to_percent(rate);
			if (!tier_number_from_numeric(&tier->rate, rate))
				binary_error(i + 1, "the rate is negative or has too many "
							 "digits", NULL);
			if (kind >= TIER_PER_STARTED)
				receive_numeric(in, &tier->block, i + 1);
		}
		if (tier->has_flat)
			receive_numeric(in, &tier->flat, i + 1);
	}
	if (!tier_draft_check(draft, &problem))
		binary_error(problem.tier, problem.what, problem.hint);
	PG_RETURN_TIER_SCHEDULE_P(tier_schedule_build(draft));
}
