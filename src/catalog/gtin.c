/*
 * gtin.c
 *		Global trade item numbers: UPC, EAN and their kin.
 *
 * A GTIN has 8, 12, 13 or 14 digits, the last of which checks the others.
 * The weights 3, 1, 3, ... run from the right, so zeros put in front change
 * nothing and all lengths are one number: padded to 14 digits they compare
 * as text.
 *
 *		 0 1 2 3 4 5 6 7 8 9 0 | 5		3*(0+8+6+4+2+0) + (9+7+5+3+1) = 85
 *		 3 1 3 1 3 1 3 1 3 1 3			85 + 5 is a multiple of 10
 */
#include "distmgmt.h"

#include "catalog/gtin.h"
#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(gtin_is_valid);
PG_FUNCTION_INFO_V1(gtin14);

/*
 * Is value 8, 12, 13 or 14 ASCII digits?
 */
bool
gtin_has_form(const char *value, int length)
{
	if (length != 8 && length != 12 && length != 13 && length != GTIN_DIGITS)
		return false;
	for (int i = 0; i < length; i++)
	{
		if (value[i] < '0' || value[i] > '9')
			return false;
	}
	return true;
}

/*
 * The check digit, 0 to 9, that belongs behind ndigits ASCII digits.
 */
int
gtin_check_digit(const char *digits, int ndigits)
{
	int			sum = 0;
	int			weight = 3;

	for (int i = ndigits - 1; i >= 0; i--)
	{
		sum += weight * (digits[i] - '0');
		weight = 4 - weight;
	}
	return (10 - sum % 10) % 10;
}

/*
 * Right form and right check digit?
 */
bool
gtin_is_right(const char *value, int length)
{
	return gtin_has_form(value, length) &&
		gtin_check_digit(value, length - 1) == value[length - 1] - '0';
}

/*
 * gtin_is_valid(gtin text) -> boolean
 *
 * Right form and right check digit.  Never an error.
 */
Datum
gtin_is_valid(PG_FUNCTION_ARGS)
{
	text	   *gtin = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(gtin_is_right(VARDATA_ANY(gtin), VARSIZE_ANY_EXHDR(gtin)));
}

/*
 * gtin14(gtin text) -> text
 *
 * The same number in 14 digits; an error for what gtin_is_valid() denies.
 */
Datum
gtin14(PG_FUNCTION_ARGS)
{
	text	   *gtin = PG_GETARG_TEXT_PP(0);
	const char *value = VARDATA_ANY(gtin);
	int			length = VARSIZE_ANY_EXHDR(gtin);
	int			check;
	char		padded[GTIN_DIGITS];

	if (!gtin_has_form(value, length))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("GTIN does not have 8, 12, 13 or 14 digits"),
				 errdetail("The value is \"%s\".", text_to_cstring(gtin)),
				 errhint("Remove blanks and hyphens, and put back leading zeros that a spreadsheet has dropped.")));

	check = gtin_check_digit(value, length - 1);
	if (check != value[length - 1] - '0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("GTIN has a wrong check digit"),
				 errdetail("The value is \"%s\".", text_to_cstring(gtin)),
				 errhint("Look for a mistyped digit: if the others are right, the last is %d.",
						 check)));

	memset(padded, '0', GTIN_DIGITS);
	memcpy(padded + GTIN_DIGITS - length, value, length);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(padded, GTIN_DIGITS));
}
