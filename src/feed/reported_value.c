/*
 * reported_value.c
 *		Numbers and days as a distributor writes them.
 *
 * try_casts.c reads what everybody writes the same way.  Here is what has to
 * be agreed on with the sender first: whether the comma is a decimal mark, and
 * whether the day comes before the month.  With the agreement nothing has to
 * be guessed; without it (a NULL second argument) only what can be read in one
 * way is read.  Both functions answer NULL instead of failing.
 */
#include "distmgmt.h"

#include <ctype.h>

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "catalog/amount.h"
#include "feed/reported_value.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

/* What decimal_mark_seen() says of a number; the bits of many are or-ed. */
#define SEEN_POINT		1		/* a point is its decimal mark */
#define SEEN_COMMA		2		/* a comma is */
#define SEEN_EITHER		4		/* it is two numbers: 1,234 */

/* Longer than any honest number of a report, shorter than trouble. */
#define REPORTED_NUMBER_MAX_LENGTH	200

/* Day 0 of the serial numbers of spreadsheets, for days after February 1900. */
#define SERIAL_DAY_ZERO		(date2j(1899, 12, 30) - POSTGRES_EPOCH_JDATE)

/*
 * What values_agree() answers for: the decimals that the facts keep, and
 * magnitudes whose product, in units of the decimals of both, fits 128 bits.
 */
#define QUANTITY_DECIMALS	3
#define MONEY_DECIMALS		4
#define AGREEABLE_LIMIT		INT64CONST(100000000000000)

/* try_casts.c */
extern Datum try_numeric(PG_FUNCTION_ARGS);
extern Datum try_date(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(reported_number);
PG_FUNCTION_INFO_V1(reported_date);
PG_FUNCTION_INFO_V1(values_agree);
PG_FUNCTION_INFO_V1(decimal_mark_seen);

/*
 * Length of the blank at p: a white space of ASCII, or the no-break space of
 * Unicode, which spreadsheets group digits with.  0 = it is none.
 */
static int
blank_length(const char *p, int len)
{
	if (len > 0 && isspace((unsigned char) *p))
		return 1;
	if (len > 1 && (unsigned char) p[0] == 0xC2 && (unsigned char) p[1] == 0xA0)
		return 2;
	if (len > 2 && (unsigned char) p[0] == 0xE2 &&
		(unsigned char) p[1] == 0x80 && (unsigned char) p[2] == 0xAF)
		return 3;
	return 0;
}

/*
 * Narrow *p and *len to the text without blanks at either end.
 */
static void
trim_blanks(const char **p, int *len)
{
	int			n;

	while ((n = blank_length(*p, *len)) > 0)
	{
		*p += n;
		*len -= n;
	}
	for (n = 1; n <= 3 && n <= *len;)
	{
		if (blank_length(*p + *len - n, n) == n)
		{
			*len -= n;
			n = 1;
		}
		else
			n++;
	}
}

/*
 * Write the number at p to buf as numeric_in() wants it; false = it is none.
 * Groups of thousands are what mark is not: point or comma, blank, apostrophe.
 * They have to have three digits each, so that a decimal mark that was not
 * agreed on is not taken for a group: 1,50 is no number where mark is a point.
 */
static bool
plain_number(const char *p, int len, char mark, char *buf)
{
	bool		negative = false;
	bool		signed_already = false;
	bool		grouped = false;
	bool		fraction = false;
	int			digits = 0;
	int			run = 0;
	char	   *out = buf + 1;

	if (len > 1 && *p == '\'')
	{
		p++;
		len--;
	}
	if (len > 2 && p[0] == '(' && p[len - 1] == ')')
	{
		negative = signed_already = true;
		p++;
		len -= 2;
		trim_blanks(&p, &len);
	}
	if (len > 1 && !signed_already && (p[0] == '-' || p[0] == '+'))
	{
		negative = p[0] == '-';
		signed_already = true;
		p++;
		len--;
	}
	if (len > 1 && !signed_already && p[len - 1] == '-')
	{
		negative = true;
		len--;
	}
	trim_blanks(&p, &len);

	while (len > 0)
	{
		int			n = blank_length(p, len);

		if (*p >= '0' && *p <= '9')
		{
			*out++ = *p;
			digits++;
			run++;
			n = 1;
		}
		else if (*p == mark && !fraction)
		{
			if (grouped && run != 3)
				return false;
			fraction = true;
			*out++ = '.';
			run = 0;
			n = 1;
		}
		else if (!fraction && run > 0 &&
				 (n > 0 || *p == '\'' || *p == (mark == ',' ? '.' : ',')))
		{
			if (grouped ? run != 3 : run > 3 || buf[1] == '0')
				return false;
			grouped = true;
			run = 0;
			n = Max(n, 1);
		}
		else
			return false;
		p += n;
		len -= n;
	}
	if (digits == 0 || (grouped && !fraction && run != 3))
		return false;
	*out = '\0';
	buf[0] = negative ? '-' : '+';
	return true;
}

/*
 * What does the number at p say about the decimal mark of its writer?  Of two
 * kinds of separators the last one is the mark, one that stands twice is none,
 * and one in front of exactly three digits may be either, unless there is
 * nothing to divide in front of it (0,125 or 1234.500).  0 = nothing, or no
 * number.
 */
static int
seen_in(const char *p, int len)
{
	char		last = '\0';
	int			kinds = 0;
	int			separators = 0;
	int			before = 0;
	int			run = 0;
	bool		zero = false;
	bool		grouped = true;

	for (; len > 0; p++, len--)
	{
		int			n = blank_length(p, len);

		if (*p >= '0' && *p <= '9')
		{
			if (separators == 0 && before++ == 0)
				zero = *p == '0';
			run++;
		}
		else if (*p == '.' || *p == ',')
		{
			if (separators > 0 && run != 3)
				grouped = false;
			kinds |= *p == '.' ? SEEN_POINT : SEEN_COMMA;
			last = *p;
			separators++;
			run = 0;
		}
		else if (n > 0)
		{
			p += n - 1;
			len -= n - 1;
		}
		else if (strchr("'()+-", *p) == NULL)
			return 0;
	}
	if (separators == 0 || !grouped || before + run == 0)
		return 0;
	if (kinds == (SEEN_POINT | SEEN_COMMA))
		return last == '.' ? SEEN_POINT : SEEN_COMMA;
	if (separators > 1)
		return run != 3 ? 0 : last == '.' ? SEEN_COMMA : SEEN_POINT;
	if (run == 3 && before >= 1 && before <= 3 && !zero)
		return SEEN_EITHER;
	return kinds;
}

/*
 * decimal_mark_seen(value text) returns int
 *		What a number says about the decimal mark of its writer, so that bit_or()
 *		over a file decides for all of it: 1 = point, 2 = comma, 4 = the number
 *		may be read two ways.
 */
Datum
decimal_mark_seen(PG_FUNCTION_ARGS)
{
	text	   *arg = PG_GETARG_TEXT_PP(0);
	int			len = VARSIZE_ANY_EXHDR(arg);

	if (len > REPORTED_NUMBER_MAX_LENGTH)
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(seen_in(VARDATA_ANY(arg), len));
}

/*
 * reported_number(value text, decimal_mark text) returns numeric
 *		The number as written by somebody whose decimal mark is known: '.' or
 *		','.  Groups of thousands, a sign behind, parentheses for negative and
 *		the apostrophe of spreadsheets are read.  '?': the mark cannot be told,
 *		so that a comma, and a point that may divide thousands, is no number.
 *		decimal_mark NULL (or anything else): as try_numeric().  NULL = value is
 *		NULL or no such number.
 */
Datum
reported_number(PG_FUNCTION_ARGS)
{
	text	   *arg;
	const char *p;
	int			len;
	char		mark = '\0';
	char		buf[REPORTED_NUMBER_MAX_LENGTH + 2];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	arg = PG_GETARG_TEXT_PP(0);
	if (!PG_ARGISNULL(1))
	{
		text	   *mark_arg = PG_GETARG_TEXT_PP(1);

		if (VARSIZE_ANY_EXHDR(mark_arg) == 1)
			mark = *VARDATA_ANY(mark_arg);
	}
	if (mark != '.' && mark != ',' && mark != '?')
		return try_numeric(fcinfo);

	p = VARDATA_ANY(arg);
	len = VARSIZE_ANY_EXHDR(arg);
	trim_blanks(&p, &len);
	if (mark == '?')
	{
		if (len > REPORTED_NUMBER_MAX_LENGTH || seen_in(p, len) > SEEN_POINT ||
			memchr(p, ',', len) != NULL)
			PG_RETURN_NULL();
		mark = '.';
	}
	if (len == 0 || len > REPORTED_NUMBER_MAX_LENGTH ||
		!plain_number(p, len, mark, buf))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall3(numeric_in, CStringGetDatum(buf),
										ObjectIdGetDatum(InvalidOid),
										Int32GetDatum(-1)));
}

/*
 * How many digits there are at p.
 */
static int
strspn_digits(const char *p, int len)
{
	int			n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/*
 * Read the digits at *p, at most max of them; -1 = there are none.
 */
static int
read_number(const char **p, int *len, int max)
{
	int			result = 0;
	int			n = 0;

	while (*len > 0 && n < max && **p >= '0' && **p <= '9')
	{
		result = result * 10 + (**p - '0');
		(*p)++;
		(*len)--;
		n++;
	}
	return n > 0 ? result : -1;
}

/*
 * Whether nothing is left but a time of day, which reports of days carry as
 * 00:00:00 (or 00:00:00.000Z) and which says nothing here.
 */
static bool
is_time_or_nothing(const char *p, int len)
{
	int			colons = 0;

	if (len == 0)
		return true;
	if (*p != ' ' && *p != 'T')
		return false;
	for (int i = 1; i < len; i++)
	{
		if (p[i] == ':')
			colons++;
		else if ((p[i] < '0' || p[i] > '9') && p[i] != '.' &&
				 !(p[i] == 'Z' && i == len - 1))
			return false;
	}
	return colons > 0;
}

/*
 * reported_date(value text, date_order text) returns date
 *		The day as written by somebody whose order is known: 'dmy', 'mdy',
 *		'ymd' or 'serial' (the day numbers of spreadsheets).  Parts are divided
 *		by point, slash, hyphen or blank, or have two digits each (four of the
 *		year); a year of two digits is of this century.  CCYY-MM-DD is read in
 *		any order, with a time of day behind it or without.  date_order NULL (or
 *		anything else): as try_date() otherwise.
 *		NULL = value is NULL or no such day.
 */
Datum
reported_date(PG_FUNCTION_ARGS)
{
	text	   *arg;
	char		order[8] = "";
	const char *p;
	int			len;
	bool		divided;
	int			part[3];
	int			width[3];
	int			year_at;
	int			year,
				month,
				day;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	arg = PG_GETARG_TEXT_PP(0);
	if (!PG_ARGISNULL(1))
		text_to_cstring_buffer(PG_GETARG_TEXT_PP(1), order, sizeof(order));
	year_at = strcmp(order, "ymd") == 0 ? 0 : 2;
	p = VARDATA_ANY(arg);
	len = VARSIZE_ANY_EXHDR(arg);
	trim_blanks(&p, &len);
	if (year_at != 0 && strcmp(order, "dmy") != 0 &&
		strcmp(order, "mdy") != 0 && strcmp(order, "serial") != 0 &&
		!(len > 10 && p[4] == '-' && p[7] == '-'))
		return try_date(fcinfo);
	if (len > 1 && *p == '\'')
	{
		p++;
		len--;
	}
	if (len >= 10 && p[4] == '-' && p[7] == '-')
		year_at = 0;
	else if (strcmp(order, "serial") == 0)
	{
		/* 61 is the first of March 1900: before it spreadsheets are wrong. */
		day = read_number(&p, &len, 7);
		if (day < 61 || day > 2958465 || len > 0)
			PG_RETURN_NULL();
		PG_RETURN_DATEADT(SERIAL_DAY_ZERO + day);
	}

	/* Eight digits in a row are all there is to divide. */
	divided = len < 8 || strspn_digits(p, len) != 8;
	for (int i = 0; i < 3; i++)
	{
		if (i > 0 && divided)
		{
			if (len == 0 || strchr("./- ", *p) == NULL)
				PG_RETURN_NULL();
			p++;
			len--;
		}
		width[i] = len;
		part[i] = read_number(&p, &len, i == year_at ? 4 : 2);
		width[i] -= len;
		if (part[i] < 0)
			PG_RETURN_NULL();
	}
	if (!is_time_or_nothing(p, len))
		PG_RETURN_NULL();

	year = part[year_at];
	month = year_at == 0 || strcmp(order, "dmy") == 0 ? part[1] : part[0];
	day = year_at == 0 ? part[2] : strcmp(order, "dmy") == 0 ? part[0] : part[1];
	if (width[year_at] == 2)
		year += 2000;
	else if (width[year_at] != 4)
		PG_RETURN_NULL();

	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}

/*
 * The number of an argument, in units of 10^-scale; false = it has more
 * decimals than that as it is written, or is too large to say.
 */
static bool
agreeable(Datum number, int scale, int64 *fixed)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(number);
	int			own;

	if (!amount_is_finite(value))
		return false;
	own = amount_scale(value, "value");
	if (own > scale || !amount_decode(value, own, fixed))
		return false;
	if (*fixed >= AGREEABLE_LIMIT || *fixed <= -AGREEABLE_LIMIT)
		return false;
	*fixed *= amount_power(scale - own);
	return *fixed < AGREEABLE_LIMIT && *fixed > -AGREEABLE_LIMIT;
}

/* One of the functions above, called by C; no text is no value. */
static NullableDatum
read_value(PGFunction function, const NullableDatum *written,
		   const NullableDatum *agreement)
{
	LOCAL_FCINFO(call, 2);
	NullableDatum result = *written;

	if (written->isnull)
		return result;
	InitFunctionCallInfoData(*call, NULL, 2, InvalidOid, NULL, NULL);
	call->args[0] = *written;
	call->args[1] = *agreement;
	result.value = function(call);
	result.isnull = call->isnull;
	return result;
}

/* A number as reported_number() reads it. */
NullableDatum
reported_number_of(const NullableDatum *written, const NullableDatum *decimal_mark)
{
	return read_value(reported_number, written, decimal_mark);
}

/* A day as reported_date() reads it. */
NullableDatum
reported_date_of(const NullableDatum *written, const NullableDatum *date_order)
{
	return read_value(reported_date, written, date_order);
}

/*
 * Whether nothing is to be said of the numbers of a line: they can be kept as
 * they are, the quantity is not 0, the amount has its sign and is quantity times
 * price but for the tolerance.  A price or amount that is NULL is not looked at.
 * False is no verdict: numbers that are beyond the arithmetic here are to be
 * looked at one by one.
 */
bool
reported_values_agree(const NullableDatum *reported_quantity,
					  const NullableDatum *reported_price,
					  const NullableDatum *reported_amount,
					  const NullableDatum *allowed_gap)
{
#ifdef HAVE_INT128
	int64		quantity;
	int64		price = 0;
	int64		amount = 0;
	int64		tolerance = 0;

	if (reported_quantity->isnull || allowed_gap->isnull ||
		!agreeable(reported_quantity->value, QUANTITY_DECIMALS, &quantity) ||
		!agreeable(allowed_gap->value, MONEY_DECIMALS, &tolerance) ||
		quantity == 0)
		return false;
	if (!reported_price->isnull &&
		(!agreeable(reported_price->value, MONEY_DECIMALS, &price) || price < 0))
		return false;
	if (!reported_amount->isnull)
	{
		if (!agreeable(reported_amount->value, MONEY_DECIMALS, &amount) ||
			(amount < 0 && quantity > 0) || (amount > 0 && quantity < 0))
			return false;
		if (!reported_price->isnull)
		{
			int128		gap = (int128) quantity * price -
			(int128) amount * amount_power(QUANTITY_DECIMALS);
			int128		allowed = (int128) tolerance *
			amount_power(QUANTITY_DECIMALS);

			return gap <= allowed && gap >= -allowed;
		}
	}
	return true;
#else
	return false;
#endif
}

/*
 * values_agree(quantity, unit_price, amount, tolerance numeric) returns boolean
 */
Datum
values_agree(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(reported_values_agree(&fcinfo->args[0], &fcinfo->args[1],
										 &fcinfo->args[2], &fcinfo->args[3]));
}
