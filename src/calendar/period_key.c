/*
 * period_key.c
 *		A calendar period as one integer, to group by.
 *
 *		year 2024 · half 20242 · quarter 20243 · month 202407 · day 20240715
 *		week 202429 (ISO 8601: the year is the week's)
 *
 * Keys of a grain order and compare as the periods do.  Grouping by an integer
 * is what a hash aggregate does best; date_trunc() on a date goes by way of a
 * timestamp with time zone and costs ten times as much.  The month of a day
 * is looked up in a table of the years 1950 to 2099, made once per backend;
 * other days are computed.
 */
#include "distmgmt.h"

#include "fn_arg.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef enum PeriodGrain
{
	GRAIN_YEAR,
	GRAIN_HALF,
	GRAIN_QUARTER,
	GRAIN_MONTH,
	GRAIN_WEEK,
	GRAIN_DAY
} PeriodGrain;

#define GRAINS			6

static const char *const grain_name[GRAINS] = {
	"year", "half", "quarter", "month", "week", "day"
};

#define TABLE_FROM_YEAR		1950
#define TABLE_YEARS			150

/* Months since the first of the table, by days since its first day. */
static uint16 *month_table = NULL;
static DateADT table_from;
static uint32 table_days;

static void
make_month_table(void)
{
	int			first = date2j(TABLE_FROM_YEAR, 1, 1);
	int			days = date2j(TABLE_FROM_YEAR + TABLE_YEARS, 1, 1) - first;
	uint16	   *table = MemoryContextAlloc(TopMemoryContext,
										   days * sizeof(uint16));
	int			month = 0;
	int			next = date2j(TABLE_FROM_YEAR, 2, 1) - first;

	for (int day = 0; day < days; day++)
	{
		if (day == next)
		{
			month++;
			next = date2j(TABLE_FROM_YEAR + (month + 1) / 12,
						  (month + 1) % 12 + 1, 1) - first;
		}
		table[day] = month;
	}
	table_from = first - POSTGRES_EPOCH_JDATE;
	table_days = days;
	month_table = table;
}

static PeriodGrain
grain_argument(struct varlena *name)
{
	int			length = VARSIZE_ANY_EXHDR(name);

	for (int i = 0; i < GRAINS; i++)
	{
		if (strlen(grain_name[i]) == length &&
			pg_strncasecmp(VARDATA_ANY(name), grain_name[i], length) == 0)
			return (PeriodGrain) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("grain of a period is not known"),
			 errdetail("The grain is \"%s\".", text_to_cstring(name)),
			 errhint("Grains are year, half, quarter, month, week and day.")));
	return GRAIN_YEAR;
}

/* Kept in fn_extra where the grain is a constant: lines come day by day. */
typedef struct PeriodKeyCache
{
	PeriodGrain grain;
	DateADT		day;			/* of the last call */
	int32		key;
} PeriodKeyCache;

/* Year and month (0 to 11) of a day, by the table if it is there. */
static inline void
year_and_month(DateADT day, int *year, int *month)
{
	uint32		at = (uint32) day - (uint32) table_from;
	int			mday;

	if (at < table_days)
	{
		*year = TABLE_FROM_YEAR + month_table[at] / 12;
		*month = month_table[at] % 12;
		return;
	}
	j2date(day + POSTGRES_EPOCH_JDATE, year, month, &mday);
	(*month)--;
}

/* The key of a finite day. */
static int32
key_of_day(DateADT day, PeriodGrain grain)
{
	int			year;
	int			month;
	int			mday;

	if (month_table == NULL)
		make_month_table();
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("an infinite date is in no period"),
				 errdetail("The date is %s.", DATE_IS_NOBEGIN(day) ?
						   "-infinity" : "infinity"),
				 errhint("Use NULL for an open end.")));

	year_and_month(day, &year, &month);
	switch (grain)
	{
		case GRAIN_YEAR:
			return year;
		case GRAIN_HALF:
			return year * 10 + month / 6 + 1;
		case GRAIN_QUARTER:
			return year * 10 + month / 3 + 1;
		case GRAIN_MONTH:
			return year * 100 + month + 1;
		case GRAIN_WEEK:
			j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
			return date2isoyear(year, month, mday) * 100 +
				date2isoweek(year, month, mday);
		case GRAIN_DAY:
			break;
	}
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	if (year > 214747)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the day has no key"),
				 errdetail("The year is %d.", year),
				 errhint("Keys of days are integers up to the year "
						 "214747.")));
	return year * 10000 + month * 100 + mday;
}

PG_FUNCTION_INFO_V1(period_key);

/* period_key(day, grain) */
Datum
period_key(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	PeriodKeyCache *kept = fcinfo->flinfo->fn_extra;

	if (kept == NULL)
	{
		PeriodGrain grain = grain_argument(PG_GETARG_TEXT_PP(1));
		int32		key = key_of_day(day, grain);

		if (fn_arg_is_const(fcinfo->flinfo, 1))
		{
			kept = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt,
									  sizeof(PeriodKeyCache));
			kept->grain = grain;
			kept->day = day;
			kept->key = key;
			fcinfo->flinfo->fn_extra = kept;
		}
		PG_RETURN_INT32(key);
	}
	if (day != kept->day)
	{
		kept->key = key_of_day(day, kept->grain);
		kept->day = day;
	}
	PG_RETURN_INT32(kept->key);
}
