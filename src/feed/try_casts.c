/*
 * try_casts.c
 *		Casts that answer NULL instead of failing.
 *
 * A report of a million lines has a few that cannot be read.  A cast that
 * raises would refuse the file for one bad cell, and a regular expression in
 * front of each cast costs more than all the rest of the intake; so the two
 * types that reports are full of have a cast that says "no" quietly.  What
 * they accept is deliberately narrow: a guess is worse than a finding.
 */
#include "distmgmt.h"

#include <ctype.h>

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

/* Longer than any honest number of a report, shorter than trouble. */
#define TRY_NUMERIC_MAX_LENGTH	200

PG_FUNCTION_INFO_V1(try_numeric);
PG_FUNCTION_INFO_V1(try_date);

/*
 * Narrow *start and *len to the text without blanks at either end.
 */
static void
trim_blanks(const char **start, int *len)
{
	while (*len > 0 && isspace((unsigned char) **start))
	{
		(*start)++;
		(*len)--;
	}
	while (*len > 0 && isspace((unsigned char) (*start)[*len - 1]))
		(*len)--;
}

/*
 * try_numeric(text) returns numeric
 *		A plain decimal number: sign, digits, at most one point.  No exponent,
 *		no grouping, no NaN or Infinity: those are NULL.
 */
Datum
try_numeric(PG_FUNCTION_ARGS)
{
	text	   *arg = PG_GETARG_TEXT_PP(0);
	const char *start = VARDATA_ANY(arg);
	int			len = VARSIZE_ANY_EXHDR(arg);
	int			digits = 0;
	int			points = 0;
	char		buf[TRY_NUMERIC_MAX_LENGTH + 1];

	trim_blanks(&start, &len);
	if (len == 0 || len > TRY_NUMERIC_MAX_LENGTH)
		PG_RETURN_NULL();
	for (int i = 0; i < len; i++)
	{
		char		c = start[i];

		if (c >= '0' && c <= '9')
			digits++;
		else if (c == '.')
			points++;
		else if (!(i == 0 && (c == '-' || c == '+')))
			PG_RETURN_NULL();
	}
	if (digits == 0 || points > 1)
		PG_RETURN_NULL();

	memcpy(buf, start, len);
	buf[len] = '\0';
	PG_RETURN_DATUM(DirectFunctionCall3(numeric_in, CStringGetDatum(buf),
										ObjectIdGetDatum(InvalidOid),
										Int32GetDatum(-1)));
}

/*
 * Read n digits, or answer -1.
 */
static int
read_digits(const char *p, int n)
{
	int			result = 0;

	for (int i = 0; i < n; i++)
	{
		if (p[i] < '0' || p[i] > '9')
			return -1;
		result = result * 10 + (p[i] - '0');
	}
	return result;
}

/*
 * try_date(text) returns date
 *		CCYY-MM-DD or CCYYMMDD, and a day that exists.  Everything else is NULL,
 *		above all 03/04/2026, which is two days.
 */
Datum
try_date(PG_FUNCTION_ARGS)
{
	text	   *arg = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(arg);
	int			len = VARSIZE_ANY_EXHDR(arg);
	int			year;
	int			month;
	int			day;

	trim_blanks(&p, &len);
	if (len == 10 && p[4] == '-' && p[7] == '-')
	{
		month = read_digits(p + 5, 2);
		day = read_digits(p + 8, 2);
	}
	else if (len == 8)
	{
		month = read_digits(p + 4, 2);
		day = read_digits(p + 6, 2);
	}
	else
		PG_RETURN_NULL();
	year = read_digits(p, 4);

	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}
