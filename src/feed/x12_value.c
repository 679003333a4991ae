/*
 * x12_value.c
 *		The numbers and dates of X12 elements, and small helps for slices.
 *
 * A number is kept as an integer and a scale, so that sums and comparisons
 * are exact; one of more than 18 digits is checked and kept as its slice,
 * which the caller turns into a numeric.  Those that fit into a word, nearly
 * all, are read in one piece.
 */
#include "x12.h"

#include <string.h>

#ifdef X12_WORDS
/*
 * Read a number as most are: up to eight characters behind a minus, digits
 * and a point.  False for any other.
 */
static inline bool
short_number(X12Slice slice, X12Number *number)
{
	bool		negative = *slice.at == '-';
	uint64_t	digits;
	uint64_t	odd;
	int64_t		mantissa;

	slice.at += negative;
	slice.length -= negative;
	if (slice.length == 0 || slice.length > 8)
		return false;
	digits = x12_digits(slice.at, slice.length);
	odd = x12_no_digits(digits);
	number->scale = 0;
	if (odd != 0)
	{
		uint64_t	point = x12_point(digits, odd, slice.length);

		if (point == 0)
			return false;

		/* what stands before the point moves up into its place */
		for (; odd >> 63 == 0; odd <<= 8)
			number->scale++;
		digits = (digits & ~(point * 0xFF | (point - 1))) |
			(digits & (point - 1)) << 8;
	}
	mantissa = x12_digits_value(digits);
	number->mantissa = negative ? -mantissa : mantissa;
	number->negative = negative && mantissa != 0;
	number->state = X12_NUMBER_EXACT;
	return true;
}
#endif

/*
 * Read a decimal number: an optional minus, digits, an optional point.
 * Blanks around it are padding.  Empty gives X12_NUMBER_NONE.
 */
X12Number
x12_number(X12Slice slice)
{
	X12Number	number = {0, 0, X12_NUMBER_NONE, false, slice};
	const char *at;
	const char *end;
	uint64_t	mantissa = 0;
	int			digits = 0;
	int			significant = 0;
	int			scale = 0;
	bool		point = false;

	if (slice.length == 0)
		return number;
#ifdef X12_WORDS
	if (short_number(slice, &number))
		return number;
	number.scale = 0;
#endif
	at = slice.at;
	end = at + slice.length;
	if (*at == ' ' || end[-1] == ' ')
	{
		while (at < end && *at == ' ')
			at++;
		while (end > at && end[-1] == ' ')
			end--;
		if (at == end)
			return number;
		number.written.at = at;
		number.written.length = (uint32_t) (end - at);
	}
	if (*at == '-')
	{
		number.negative = true;
		at++;
	}
	for (; at < end; at++)
	{
		unsigned	digit = (unsigned char) *at - '0';

		if (digit <= 9)
		{
			digits++;
			if (significant > 0 || digit > 0)
				significant++;
			if (significant <= 18)
				mantissa = mantissa * 10 + digit;
			scale += point;
		}
		else if (*at == '.' && !point)
			point = true;
		else
		{
			number.state = X12_NUMBER_BAD;
			return number;
		}
	}
	if (digits == 0 || significant > X12_MAX_DIGITS ||
		scale > X12_MAX_DIGITS)
		number.state = X12_NUMBER_BAD;
	else if (significant <= 18 && scale <= 18)
	{
		number.state = X12_NUMBER_EXACT;
		number.scale = (int16_t) scale;
		number.mantissa = number.negative ? -(int64_t) mantissa :
			(int64_t) mantissa;
		if (mantissa == 0)
			number.negative = false;
	}
	else
	{
		number.state = X12_NUMBER_LONG;
		if (significant == 0)
			number.negative = false;
	}
	return number;
}

/* The value, for comparisons that have a tolerance anyway. */
double
x12_number_value(const X12Number *number)
{
	static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

	return (double) number->mantissa / power[number->scale];
}

/* a * 10 into *a; false if that leaves 64 bits. */
static bool
times_ten(int64_t *a)
{
	if (*a > INT64_MAX / 10 || *a < INT64_MIN / 10)
		return false;
	*a *= 10;
	return true;
}

/* Bring both to the larger of two scales. */
static bool
same_scale(int64_t *a, int *a_scale, int64_t *b, int b_scale)
{
	while (*a_scale < b_scale)
	{
		if (!times_ten(a))
			return false;
		(*a_scale)++;
	}
	for (; b_scale < *a_scale; b_scale++)
	{
		if (!times_ten(b))
			return false;
	}
	return true;
}

/* Add a number, exactly or not at all: an absent one adds nothing. */
void
x12_total_add(X12Total *total, const X12Number *number)
{
	int64_t		add = number->mantissa;

	if (number->state == X12_NUMBER_NONE || total->lost)
		return;
	if (number->state != X12_NUMBER_EXACT ||
		!same_scale(&total->mantissa, &total->scale, &add, number->scale) ||
		(add > 0 && total->mantissa > INT64_MAX - add) ||
		(add < 0 && total->mantissa < INT64_MIN - add))
		total->lost = true;
	else
		total->mantissa += add;
}

/* Is the total this number?  A lost total equals everything. */
bool
x12_total_equals(const X12Total *total, const X12Number *number)
{
	int64_t		sum = total->mantissa;
	int			scale = total->scale;
	int64_t		other = number->mantissa;

	if (total->lost || number->state != X12_NUMBER_EXACT)
		return true;
	return same_scale(&sum, &scale, &other, number->scale) && sum == other;
}

/* Days from 2000-01-01 to a valid date of the Gregorian calendar. */
static X12Date
day_number(int year, int month, int day)
{
	int			y = month > 2 ? year : year - 1;
	int			m = month > 2 ? month - 3 : month + 9;
	int			era = y / 400;
	int			of_era = y - era * 400;
	int			of_year = (153 * m + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
		of_year - 730425;
}

/*
 * Read CCYYMMDD, or YYMMDD with the century that brings it nearest to
 * century_year.  Returns X12_NO_DATE unless *state says OK or SHORT.
 */
X12Date
x12_date(X12Slice slice, int century_year, X12DateState *state)
{
	static const uint8_t last_day[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30,
	31, 30, 31};
	int			value = 0;
	int			year;
	int			month;
	int			day;
	uint32_t	i = 0;

#ifdef X12_WORDS
	if (slice.length == 8)
	{
		uint64_t	digits = x12_digits(slice.at, 8);

		if (x12_no_digits(digits) == 0)
		{
			value = (int) x12_digits_value(digits);
			i = 8;
		}
	}
#endif
	if (i == 0)
		slice = x12_trim(slice);
	if (slice.length == 0)
	{
		*state = X12_DATE_NONE;
		return X12_NO_DATE;
	}
	for (; i < slice.length; i++)
	{
		unsigned	digit = (unsigned char) slice.at[i] - '0';

		if (digit > 9)
		{
			*state = X12_DATE_BAD;
			return X12_NO_DATE;
		}
		if (i < 8)
			value = value * 10 + (int) digit;
	}
	if (slice.length != 8 && slice.length != 6)
	{
		*state = X12_DATE_LENGTH;
		return X12_NO_DATE;
	}
	if (value == 0)
	{
		*state = X12_DATE_ZERO;
		return X12_NO_DATE;
	}
	year = value / 10000;
	month = value / 100 % 100;
	day = value % 100;
	*state = X12_DATE_OK;
	if (slice.length == 6)
	{
		int			century = century_year - century_year % 100;

		year += century;
		if (year > century_year + 50)
			year -= 100;
		else if (year < century_year - 49)
			year += 100;
		*state = X12_DATE_SHORT;
	}
	if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 ||
		(day > last_day[month - 1] &&
		 !(month == 2 && day == 29 && year % 4 == 0 &&
		   (year % 100 != 0 || year % 400 == 0))))
	{
		*state = X12_DATE_BAD;
		return X12_NO_DATE;
	}
	return day_number(year, month, day);
}

bool
x12_slice_is(X12Slice slice, const char *word)
{
	return strlen(word) == slice.length &&
		memcmp(slice.at, word, slice.length) == 0;
}

bool
x12_slice_same(X12Slice a, X12Slice b)
{
	return a.length == b.length &&
		(a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}
