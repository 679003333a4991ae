/*
 * tier_state_io.c
 *		Text and binary form of tier_state, and its parts.
 *
 *		12 rows, value 1200.5 | marginal: 3% from 1000
 *		12 rows, value 1200.5, qualifier 900 | marginal: 3% from 1000
 *		empty
 *
 * Both forms are lossless: what is read back combines, adds and pays as the
 * original does.  They hold the sums, not how the state happened to split
 * them into fixed and wide.
 */
#include "distmgmt.h"

#include "libpq/pqformat.h"
#include "rebate/tier_state.h"
#include "utils/builtins.h"

/* A state of given sums; value and qualifier are finite. */
static TierState *
state_of(int64 rows, Numeric value, Numeric qualifier, bool qualified,
		 const TierSchedule *schedule)
{
	TierState  *state = tier_state_make((const struct varlena *) schedule,
										qualified);
	int128		fixed = 0;

	state->rows = rows;
	if (fixed_from_numeric((struct varlena *) value, &fixed))
		value = num_zero();
	state->value_low = (uint64) fixed;
	state->value_high = (int64) (fixed >> 64);
	fixed = 0;
	if (!qualified || fixed_from_numeric((struct varlena *) qualifier, &fixed))
		qualifier = num_zero();
	state->qualifier_low = (uint64) fixed;
	state->qualifier_high = (int64) (fixed >> 64);
	if (num_cmp(value, num_zero()) != 0 ||
		num_cmp(qualifier, num_zero()) != 0)
		state = tier_state_widen(state, value, qualifier);
	return state;
}

static void
text_error(const char *text, int at)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s", "tier_state"),
			 errdetail("At byte %d of \"%s\".", at + 1, text),
			 errhint("The form is \"12 rows, value 1200.5, qualifier 900 | "
					 "marginal: 3%% from 1000\", the qualifier being "
					 "optional, or \"empty\".")));
}

/* Consume a literal, or fail. */
static char *
text_expect(const char *text, char *at, const char *literal)
{
	if (strncmp(at, literal, strlen(literal)) != 0)
		text_error(text, at - text);
	return at + strlen(literal);
}

/* Consume a number, up to a comma or space. */
static char *
text_number(const char *text, char *at, Numeric *number)
{
	int			length = strcspn(at, ", ");

	*number = DatumGetNumeric(DirectFunctionCall3(numeric_in,
												  CStringGetDatum(pnstrdup(at, length)),
												  ObjectIdGetDatum(InvalidOid),
												  Int32GetDatum(-1)));
	if (numeric_is_nan(*number) || numeric_is_inf(*number))
		text_error(text, at - text);
	return at + length;
}

PG_FUNCTION_INFO_V1(tier_state_in);

Datum
tier_state_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char	   *at = text;
	int64		rows;
	Numeric		value;
	Numeric		qualifier = NULL;
	TierSchedule *schedule;

	if (strcmp(text, "empty") == 0)
		PG_RETURN_TIER_STATE_P(tier_state_make(NULL, false));
	rows = pg_strtoint64(pnstrdup(at, strcspn(at, " ")));
	if (rows < 0)
		text_error(text, 0);
	at += strcspn(at, " ");
	at = text_expect(text, at, " rows, value ");
	at = text_number(text, at, &value);
	if (*at == ',')
	{
		at = text_expect(text, at, ", qualifier ");
		at = text_number(text, at, &qualifier);
	}
	at = text_expect(text, at, " | ");
	schedule = DatumGetTierScheduleP(DirectFunctionCall1(tier_schedule_in,
														 CStringGetDatum(at)));
	PG_RETURN_TIER_STATE_P(state_of(rows, value, qualifier,
									qualifier != NULL, schedule));
}

PG_FUNCTION_INFO_V1(tier_state_out);

Datum
tier_state_out(PG_FUNCTION_ARGS)
{
	TierState  *state = PG_GETARG_TIER_STATE_P(0);
	StringInfoData out;

	if (!(state->flags & TIER_STATE_HAS_SCHEDULE))
		PG_RETURN_CSTRING(pstrdup("empty"));
	initStringInfo(&out);
	appendStringInfo(&out, INT64_FORMAT " rows, value %s", state->rows,
					 numeric_normalize(tier_state_sum(state, false)));
	if (state->flags & TIER_STATE_HAS_QUALIFIER)
		appendStringInfo(&out, ", qualifier %s",
						 numeric_normalize(tier_state_sum(state, true)));
	appendStringInfo(&out, " | %s",
					 tier_schedule_text(tier_state_schedule_of(state)));
	PG_RETURN_CSTRING(out.data);
}

/* A part of the binary form: its length and what its own send made of it. */
void
tier_send_part(StringInfo out, PGFunction send, Datum part)
{
	bytea	   *sent = DatumGetByteaP(DirectFunctionCall1(send, part));

	pq_sendint32(out, VARSIZE(sent) - VARHDRSZ);
	pq_sendbytes(out, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
}

PG_FUNCTION_INFO_V1(tier_state_send);

/* Version and flags, a byte each, rows (int64), sums, schedule. */
Datum
tier_state_send(PG_FUNCTION_ARGS)
{
	TierState  *state = PG_GETARG_TIER_STATE_P(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, TIER_STATE_VERSION);
	pq_sendint8(&out, state->flags & ~TIER_STATE_HAS_WIDE);
	if (state->flags & TIER_STATE_HAS_SCHEDULE)
	{
		pq_sendint64(&out, state->rows);
		tier_send_part(&out, numeric_send,
					   NumericGetDatum(tier_state_sum(state, false)));
		if (state->flags & TIER_STATE_HAS_QUALIFIER)
			tier_send_part(&out, numeric_send,
						   NumericGetDatum(tier_state_sum(state, true)));
		tier_send_part(&out, tier_schedule_send,
					   PointerGetDatum(tier_state_schedule_of(state)));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

void
tier_binary_error(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary representation of a tier state"),
			 errdetail("%s", what),
			 errhint("Send what the send function made, or use the text "
					 "form.")));
}

/* The next part of the message, as a message of its own. */
void
tier_receive_part(StringInfo in, StringInfo part)
{
	int			size = pq_getmsgint(in, 4);

	if (size < 0 || size > in->len - in->cursor)
		tier_binary_error("A part is longer than the message.");
	initStringInfo(part);
	appendBinaryStringInfo(part, pq_getmsgbytes(in, size), size);
}

Numeric
tier_receive_sum(StringInfo in)
{
	StringInfoData part;
	Numeric		sum;

	tier_receive_part(in, &part);
	sum = DatumGetNumeric(DirectFunctionCall3(numeric_recv,
											  PointerGetDatum(&part),
											  ObjectIdGetDatum(InvalidOid),
											  Int32GetDatum(-1)));
	if (part.cursor != part.len)
		tier_binary_error("A sum is shorter than announced.");
	if (numeric_is_nan(sum) || numeric_is_inf(sum))
		tier_binary_error("A sum is not a finite number.");
	return sum;
}

PG_FUNCTION_INFO_V1(tier_state_recv);

Datum
tier_state_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	StringInfoData part;
	int			version = pq_getmsgbyte(in);
	int			flags = pq_getmsgbyte(in);
	bool		qualified = (flags & TIER_STATE_HAS_QUALIFIER) != 0;
	int64		rows;
	Numeric		value;
	Numeric		qualifier = NULL;
	TierSchedule *schedule;

	if (version != TIER_STATE_VERSION)
		tier_binary_error("The version is unknown.");
	if (flags == 0)
		PG_RETURN_TIER_STATE_P(tier_state_make(NULL, false));
	if (!(flags & TIER_STATE_HAS_SCHEDULE) ||
		(flags & ~(TIER_STATE_HAS_SCHEDULE | TIER_STATE_HAS_QUALIFIER)))
		tier_binary_error("The flags are unknown.");
	rows = pq_getmsgint64(in);
	if (rows < 0)
		tier_binary_error("The number of rows is negative.");
	value = tier_receive_sum(in);
	if (qualified)
		qualifier = tier_receive_sum(in);
	tier_receive_part(in, &part);
	schedule = DatumGetTierScheduleP(DirectFunctionCall1(tier_schedule_recv,
														 PointerGetDatum(&part)));
	if (part.cursor != part.len)
		tier_binary_error("The schedule is shorter than announced.");
	PG_RETURN_TIER_STATE_P(state_of(rows, value, qualifier, qualified,
									schedule));
}

/* parts ------------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(tier_state_rows);

Datum
tier_state_rows(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_TIER_STATE_P(0)->rows);
}

PG_FUNCTION_INFO_V1(tier_state_value);

Datum
tier_state_value(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(tier_state_sum(PG_GETARG_TIER_STATE_P(0), false));
}

PG_FUNCTION_INFO_V1(tier_state_qualifier);

Datum
tier_state_qualifier(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(tier_state_sum(PG_GETARG_TIER_STATE_P(0), true));
}

PG_FUNCTION_INFO_V1(tier_state_schedule);

Datum
tier_state_schedule(PG_FUNCTION_ARGS)
{
	TierState  *state = PG_GETARG_TIER_STATE_P(0);
	TierSchedule *schedule = tier_state_schedule_of(state);
	TierSchedule *copy;

	if (!(state->flags & TIER_STATE_HAS_SCHEDULE))
		PG_RETURN_NULL();
	copy = palloc(VARSIZE(schedule));
	memcpy(copy, schedule, VARSIZE(schedule));
	PG_RETURN_TIER_SCHEDULE_P(copy);
}
