/*
 * fiscal_periods.c
 *		Fiscal calendars: the periods and the weeks of fiscal years.
 *
 * A fiscal calendar is data, not month arithmetic: these functions make the
 * rows, the model stores them.  There are two families.  A gregorian year is
 * twelve whole months.  A week-based year is 52 or 53 whole weeks, so that
 * periods of different years compare day for day; three numbers say how the
 * 13 weeks of a quarter fall into periods (4-4-5), or the year is cut into
 * thirteen periods of four weeks (13x4).
 *
 * Everything follows from one day, the last day of a fiscal year: the year
 * begins on the day after its predecessor's last day.  So years cannot
 * overlap or leave a gap, whatever the rule, and whether a year has 52 or 53
 * weeks is never decided, it is counted:
 *
 *		... FY 2022 |<------------------ FY 2023 ------------------>| FY 2024
 *		  ends_on(2022)                                       ends_on(2023)
 *
 * The arithmetic is on Julian day numbers, in which a period is an addition.
 */
#include "distmgmt.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/tuplestore.h"

/*
 * The first whole year of the Gregorian calendar, and the last year of four
 * digits.  This keeps a year written with two digits out, and bounds the
 * size of a result.
 */
#define FISCAL_YEAR_MIN		1583
#define FISCAL_YEAR_MAX		9999

#define DAYS_PER_WEEK		7

/* Arguments of both functions, in the order of their SQL declarations. */
enum
{
	ARG_PATTERN,
	ARG_FROM_YEAR,
	ARG_TO_YEAR,
	ARG_YEAR_END_MONTH,
	ARG_YEAR_END_RULE,
	ARG_WEEK_ENDS_ON,
	ARG_LEAP_PERIOD,
	ARG_NAMED_BY
};

/*
 * How a year is divided.  weeks repeats every three periods; it is zero in
 * the gregorian pattern, whose periods are months.
 */
typedef struct FiscalPattern
{
	int			periods;
	int			weeks[3];
} FiscalPattern;

static const char *const pattern_names[] = {
	"gregorian", "4-4-5", "4-5-4", "5-4-4", "13x4"
};

static const FiscalPattern patterns[] = {
	{12, {0, 0, 0}},
	{12, {4, 4, 5}},
	{12, {4, 5, 4}},
	{12, {5, 4, 4}},
	{13, {4, 4, 4}}
};

StaticAssertDecl(lengthof(pattern_names) == lengthof(patterns),
				 "every pattern has a name");

#define PATTERN_GREGORIAN	0

/* Indexes are the values of FiscalCalendar; the first two are booleans. */
static const char *const rule_names[] = {"last", "nearest"};
static const char *const named_by_names[] = {"end", "start"};
static const char *const weekday_names[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday",
	"saturday"
};

/* The checked arguments. */
typedef struct FiscalCalendar
{
	const FiscalPattern *pattern;
	int			from_year;
	int			to_year;
	int			year_end_month; /* 1 to 12 */
	int			nearest;		/* year ends on the nearest, not the last */
	int			week_ends_on;	/* 0 is Sunday, as j2day() has it */
	int			leap_period;	/* takes the 53rd week */
	int			named_by_start;
} FiscalCalendar;

/* One period or one week, as it is written to the result. */
typedef struct FiscalSpan
{
	int			year;
	int			quarter;
	int			period;
	int			starts_on;		/* Julian days, both inclusive */
	int			ends_on;
} FiscalSpan;

PG_FUNCTION_INFO_V1(fiscal_periods);
PG_FUNCTION_INFO_V1(fiscal_weeks);
PG_FUNCTION_INFO_V1(fiscal_periods_support);
PG_FUNCTION_INFO_V1(fiscal_weeks_support);


/* Arguments ------------------------------------------------------------- */

/*
 * The index of a text argument in its list of keywords, letter case ignored;
 * fallback when the argument is NULL, an error when it is none of them.
 */
static int
keyword_argument(FunctionCallInfo fcinfo, int argno, const char *argname,
				 const char *const *keywords, int nkeywords, int fallback)
{
	char	   *value;
	StringInfoData allowed;

	if (PG_ARGISNULL(argno))
		return fallback;

	value = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	for (int i = 0; i < nkeywords; i++)
	{
		if (pg_strcasecmp(value, keywords[i]) == 0)
			return i;
	}

	initStringInfo(&allowed);
	for (int i = 0; i < nkeywords; i++)
		appendStringInfo(&allowed, "%s%s", i == 0 ? "" : ", ", keywords[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" is not one of its keywords", argname),
			 errdetail("The value is \"%s\".", value),
			 errhint("Use one of: %s.", allowed.data)));
	return -1;					/* keep the compiler quiet */
}

/*
 * An integer argument between min and max, both included; fallback when it
 * is NULL.
 */
static int
integer_argument(FunctionCallInfo fcinfo, int argno, const char *argname,
				 int min, int max, int fallback)
{
	int			value;

	if (PG_ARGISNULL(argno))
		return fallback;

	value = PG_GETARG_INT32(argno);
	if (value < min || value > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" is out of range", argname),
				 errdetail("The value is %d.", value),
				 errhint("Use a number from %d to %d.", min, max)));
	return value;
}

/*
 * Check the arguments into *calendar.  False when the pattern or a year is
 * NULL: then there are no rows.  A NULL option means its default; the
 * defaults are written here and, for the reader of \df, in the SQL.
 */
static bool
read_calendar(FunctionCallInfo fcinfo, FiscalCalendar *calendar)
{
	if (PG_ARGISNULL(ARG_PATTERN) ||
		PG_ARGISNULL(ARG_FROM_YEAR) ||
		PG_ARGISNULL(ARG_TO_YEAR))
		return false;

	calendar->pattern =
		&patterns[keyword_argument(fcinfo, ARG_PATTERN, "pattern",
								   pattern_names, lengthof(pattern_names),
								   PATTERN_GREGORIAN)];
	calendar->from_year =
		integer_argument(fcinfo, ARG_FROM_YEAR, "from_year",
						 FISCAL_YEAR_MIN, FISCAL_YEAR_MAX, 0);
	calendar->to_year =
		integer_argument(fcinfo, ARG_TO_YEAR, "to_year",
						 FISCAL_YEAR_MIN, FISCAL_YEAR_MAX, 0);
	calendar->year_end_month =
		integer_argument(fcinfo, ARG_YEAR_END_MONTH, "year_end_month",
						 1, MONTHS_PER_YEAR, MONTHS_PER_YEAR);
	calendar->nearest =
		keyword_argument(fcinfo, ARG_YEAR_END_RULE, "year_end_rule",
						 rule_names, lengthof(rule_names), 0);
	calendar->week_ends_on =
		keyword_argument(fcinfo, ARG_WEEK_ENDS_ON, "week_ends_on",
						 weekday_names, lengthof(weekday_names), 6);
	calendar->leap_period =
		integer_argument(fcinfo, ARG_LEAP_PERIOD, "leap_period",
						 1, calendar->pattern->periods,
						 calendar->pattern->periods);
	calendar->named_by_start =
		keyword_argument(fcinfo, ARG_NAMED_BY, "named_by",
						 named_by_names, lengthof(named_by_names), 0);

	if (calendar->from_year > calendar->to_year)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the first fiscal year is after the last"),
				 errdetail("\"from_year\" is %d, \"to_year\" is %d.",
						   calendar->from_year, calendar->to_year),
				 errhint("Use a \"to_year\" that is not before \"from_year\".")));
	return true;
}


/* The calendar ---------------------------------------------------------- */

/*
 * The last day of the month that lies offset months after the given one.
 */
static int
month_ends_on(int year, int month, int offset)
{
	int			next = year * MONTHS_PER_YEAR + month + offset; /* from 0 */

	return date2j(next / MONTHS_PER_YEAR, next % MONTHS_PER_YEAR + 1, 1) - 1;
}

/*
 * The calendar year whose year_end_month closes the fiscal year.  The name
 * goes by the months, not by the days: a year that ends on the Saturday
 * nearest to 31 December is 2025 even when that is 3 January 2026, else some
 * calendar years would name two fiscal years and others none.
 */
static int
closing_year(const FiscalCalendar *calendar, int fiscal_year)
{
	if (calendar->named_by_start &&
		calendar->year_end_month < MONTHS_PER_YEAR)
		return fiscal_year + 1;
	return fiscal_year;
}

/*
 * The last day of a fiscal year.
 */
static int
year_ends_on(const FiscalCalendar *calendar, int fiscal_year)
{
	int			month_end = month_ends_on(closing_year(calendar, fiscal_year),
										  calendar->year_end_month, 0);
	int			back;

	if (calendar->pattern == &patterns[PATTERN_GREGORIAN])
		return month_end;

	back = (j2day(month_end) + DAYS_PER_WEEK - calendar->week_ends_on) %
		DAYS_PER_WEEK;
	if (calendar->nearest && back > DAYS_PER_WEEK / 2)
		return month_end - back + DAYS_PER_WEEK;
	return month_end - back;
}

/*
 * The last day of a period that begins on starts_on, in a fiscal year of
 * year_weeks weeks (which a gregorian year does not look at).
 */
static int
period_ends_on(const FiscalCalendar *calendar, int fiscal_year, int period,
			   int starts_on, int year_weeks)
{
	int			weeks;

	if (calendar->pattern == &patterns[PATTERN_GREGORIAN])
		return month_ends_on(closing_year(calendar, fiscal_year),
							 calendar->year_end_month,
							 period - MONTHS_PER_YEAR);

	weeks = calendar->pattern->weeks[(period - 1) % 3];
	if (year_weeks == 53 && period == calendar->leap_period)
		weeks++;
	return starts_on + weeks * DAYS_PER_WEEK - 1;
}


/* Rows ------------------------------------------------------------------ */

/* A Julian day as a date. */
static Datum
julian_date(int day)
{
	return DateADTGetDatum(day - POSTGRES_EPOCH_JDATE);
}

static void
put_period(ReturnSetInfo *rsinfo, const FiscalSpan *span, bool has_weeks)
{
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = Int32GetDatum(span->year);
	values[1] = Int32GetDatum(span->quarter);
	values[2] = Int32GetDatum(span->period);
	values[3] = julian_date(span->starts_on);
	values[4] = julian_date(span->ends_on);
	values[5] = Int32GetDatum((span->ends_on - span->starts_on + 1) /
							  DAYS_PER_WEEK);
	nulls[5] = !has_weeks;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * One row for each week of a period; the period begins with week first_week
 * of the fiscal year.
 */
static void
put_weeks(ReturnSetInfo *rsinfo, const FiscalSpan *span, int first_week)
{
	Datum		values[7];
	bool		nulls[7] = {false};
	int			weeks = (span->ends_on - span->starts_on + 1) / DAYS_PER_WEEK;

	values[0] = Int32GetDatum(span->year);
	values[1] = Int32GetDatum(span->quarter);
	values[2] = Int32GetDatum(span->period);
	for (int week = 0; week < weeks; week++)
	{
		int			starts_on = span->starts_on + week * DAYS_PER_WEEK;

		values[3] = Int32GetDatum(first_week + week);
		values[4] = Int32GetDatum(week + 1);
		values[5] = julian_date(starts_on);
		values[6] = julian_date(starts_on + DAYS_PER_WEEK - 1);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

/*
 * Put the rows of all years in order of time: weeks if by_week, else periods.
 */
static void
put_calendar(ReturnSetInfo *rsinfo, const FiscalCalendar *calendar,
			 bool by_week)
{
	bool		gregorian = calendar->pattern == &patterns[PATTERN_GREGORIAN];
	FiscalSpan	span;

	for (span.year = calendar->from_year;
		 span.year <= calendar->to_year;
		 span.year++)
	{
		int			year_start = year_ends_on(calendar, span.year - 1) + 1;
		int			year_end = year_ends_on(calendar, span.year);
		int			year_weeks = (year_end - year_start + 1) / DAYS_PER_WEEK;

		CHECK_FOR_INTERRUPTS();

		span.starts_on = year_start;
		for (span.period = 1;
			 span.period <= calendar->pattern->periods;
			 span.period++)
		{
			/* three periods a quarter; a thirteenth joins the fourth */
			span.quarter = Min((span.period + 2) / 3, 4);
			span.ends_on = period_ends_on(calendar, span.year, span.period,
										  span.starts_on, year_weeks);
			if (by_week)
				put_weeks(rsinfo, &span,
						  (span.starts_on - year_start) / DAYS_PER_WEEK + 1);
			else
				put_period(rsinfo, &span, !gregorian);
			span.starts_on = span.ends_on + 1;
		}
		Assert(span.ends_on == year_end);
	}
}

/*
 * fiscal_periods(pattern, from_year, to_year, year_end_month, year_end_rule,
 *				  week_ends_on, leap_period, named_by)
 *		-> setof fiscal_period_row
 *
 * A gregorian calendar has no use for the weekday, the rule and the leap
 * period; they are checked all the same, so that no misspelt one passes.
 */
Datum
fiscal_periods(PG_FUNCTION_ARGS)
{
	FiscalCalendar calendar;

	InitMaterializedSRF(fcinfo, 0);
	if (read_calendar(fcinfo, &calendar))
		put_calendar((ReturnSetInfo *) fcinfo->resultinfo, &calendar, false);
	return (Datum) 0;
}

/*
 * fiscal_weeks(the same arguments) -> setof fiscal_week_row
 */
Datum
fiscal_weeks(PG_FUNCTION_ARGS)
{
	FiscalCalendar calendar;

	InitMaterializedSRF(fcinfo, 0);
	if (!read_calendar(fcinfo, &calendar))
		return (Datum) 0;
	if (calendar.pattern == &patterns[PATTERN_GREGORIAN])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a gregorian calendar has no fiscal weeks"),
				 errdetail("\"pattern\" is \"%s\".",
						   pattern_names[PATTERN_GREGORIAN]),
				 errhint("Use a pattern of weeks (4-4-5, 4-5-4, 5-4-4, 13x4), or fiscal_periods() for the months.")));
	put_calendar((ReturnSetInfo *) fcinfo->resultinfo, &calendar, true);
	return (Datum) 0;
}


/* Planner support ------------------------------------------------------- */

/*
 * Answer a request for the number of rows when both years are known to the
 * planner: years times rows_per_year.  In every other case NULL, and the
 * planner goes by the ROWS of the declaration.  Called with any arguments,
 * also bad ones, so it must not complain about them.
 */
static Node *
estimate_rows(Node *rawreq, double rows_per_year)
{
	SupportRequestRows *request;
	List	   *args;
	Node	   *from_year;
	Node	   *to_year;
	double		years;

	if (!IsA(rawreq, SupportRequestRows))
		return NULL;
	request = (SupportRequestRows *) rawreq;
	if (!is_funcclause(request->node))
		return NULL;

	args = ((FuncExpr *) request->node)->args;
	if (list_length(args) <= ARG_TO_YEAR)
		return NULL;
	from_year = estimate_expression_value(request->root,
										  list_nth(args, ARG_FROM_YEAR));
	to_year = estimate_expression_value(request->root,
										list_nth(args, ARG_TO_YEAR));
	if (!IsA(from_year, Const) || ((Const *) from_year)->constisnull ||
		!IsA(to_year, Const) || ((Const *) to_year)->constisnull)
		return NULL;

	years = 1.0 + DatumGetInt32(((Const *) to_year)->constvalue) -
		(double) DatumGetInt32(((Const *) from_year)->constvalue);
	years = Min(years, FISCAL_YEAR_MAX - FISCAL_YEAR_MIN + 1);
	request->rows = rows_per_year * Max(years, 0.0);
	return (Node *) request;
}

Datum
fiscal_periods_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(estimate_rows((Node *) PG_GETARG_POINTER(0), 12));
}

Datum
fiscal_weeks_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(estimate_rows((Node *) PG_GETARG_POINTER(0), 52));
}
