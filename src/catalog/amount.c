/*
 * amount.c
 *		Amounts to and from Numeric, and arithmetic on exact amounts.
 *
 * A Numeric is a header word and digits in base 10000, aligned at the decimal
 * point:
 *
 *		short	10 s dddddd w wwwwww		sign, display scale, weight
 *		long	0s dddddddddddddd, int16	sign, display scale; weight
 *		special 11 ..						NaN, Infinity, -Infinity
 *
 * followed by digits whose first one counts 10000^weight.  The layout is the
 * on-disk format, so it cannot change; it is read and written here directly
 * because going through the built-in functions costs more than all the work
 * of a movement.  A datum from a table may have a one-byte length and lie on
 * an odd address: words are fetched by memcpy, and nothing is detoasted that
 * is not compressed or out of line.
 */
#include "distmgmt.h"

#include "common/int.h"
#include "fmgr.h"
#include "catalog/amount.h"
#include "utils/fmgrprotos.h"

#define BASE				10000
#define BASE_DECIMALS		4

#define SPECIAL_MASK		0xC000
#define SPECIAL				0xC000
#define SHORT				0x8000
#define LONG_SCALE_MASK		0x3FFF
#define SHORT_SIGN			0x2000
#define SHORT_SCALE_MASK	0x1F80
#define SHORT_SCALE_SHIFT	7
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003F
#define LONG_SIGN			0x4000

static const int64 power_of_ten[AMOUNT_SCALE_MAX + 1] = {
	INT64CONST(1),
	INT64CONST(10),
	INT64CONST(100),
	INT64CONST(1000),
	INT64CONST(10000),
	INT64CONST(100000),
	INT64CONST(1000000),
	INT64CONST(10000000),
	INT64CONST(100000000),
	INT64CONST(1000000000),
	INT64CONST(10000000000),
	INT64CONST(100000000000),
	INT64CONST(1000000000000),
	INT64CONST(10000000000000),
	INT64CONST(100000000000000),
	INT64CONST(1000000000000000),
	INT64CONST(10000000000000000),
	INT64CONST(100000000000000000),
	INT64CONST(1000000000000000000)
};

/* 10^exponent, for exponents up to AMOUNT_SCALE_MAX. */
int64
amount_power(int exponent)
{
	Assert(exponent >= 0 && exponent <= AMOUNT_SCALE_MAX);
	return power_of_ten[exponent];
}

static inline uint16
fetch_word(const char *at)
{
	uint16		word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Whether a number that is not compressed or out of line is neither NaN nor infinite. */
bool
amount_is_finite(struct varlena *number)
{
	return (fetch_word(VARDATA_ANY(number)) & SPECIAL_MASK) != SPECIAL;
}

/*
 * The display scale of a number that is not compressed or out of line.
 * What is not finite is an error that names the argument.
 */
int
amount_scale(struct varlena *number, const char *name)
{
	uint16		header = fetch_word(VARDATA_ANY(number));

	if ((header & SPECIAL_MASK) == SHORT)
		return (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
	if ((header & SPECIAL_MASK) == SPECIAL)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount is not a finite number"),
				 errdetail("The argument \"%s\" is NaN or infinite.", name),
				 errhint("Leave the movement out, or correct its source.")));
	return header & LONG_SCALE_MASK;
}

/*
 * Read a finite number as an integer of units of 10^-scale, where scale is
 * its display scale.  False where that does not stay below AMOUNT_LIMIT.
 */
bool
amount_decode(struct varlena *number, int scale, int64 *fixed)
{
	const char *at = VARDATA_ANY(number);
	int			size = VARSIZE_ANY_EXHDR(number);
	uint16		header = fetch_word(at);
	bool		negative;
	int			weight;
	int			fraction;
	int			have;
	int			want;
	uint64		sum = 0;

	if ((header & SPECIAL_MASK) == SHORT)
	{
		negative = (header & SHORT_SIGN) != 0;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			weight |= ~SHORT_WEIGHT_MASK;
		at += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else
	{
		negative = (header & LONG_SIGN) != 0;
		weight = (int16) fetch_word(at + sizeof(uint16));
		at += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	have = size / sizeof(uint16);

	*fixed = 0;
	if (have == 0)
		return scale <= AMOUNT_SCALE_MAX;

	/* Five digits reach 10^20; a sixth one cannot fit. */
	fraction = (scale + BASE_DECIMALS - 1) / BASE_DECIMALS;
	want = weight + 1 + fraction;
	if (want > 5 || scale > AMOUNT_SCALE_MAX)
		return false;

	for (int i = 0; i < want; i++)
	{
		uint64		digit = i < have ? fetch_word(at + i * sizeof(uint16)) : 0;

		/* The last digit may hold fewer decimals than four. */
		if (i == want - 1 && fraction * BASE_DECIMALS > scale)
		{
			int64		cut = power_of_ten[fraction * BASE_DECIMALS - scale];

			if (sum > AMOUNT_LIMIT / (BASE / cut))
				return false;
			sum = sum * (BASE / cut) + digit / cut;
		}
		else
		{
			if (sum > AMOUNT_LIMIT / BASE)
				return false;
			sum = sum * BASE + digit;
		}
	}
	if (sum >= AMOUNT_LIMIT)
		return false;
	*fixed = negative ? -(int64) sum : (int64) sum;
	return true;
}

/* Put the base digits of part before first; returns the new first. */
static inline uint16 *
put_digits(uint16 *first, uint64 part)
{
	for (; part > 0; part /= BASE)
		*--first = part % BASE;
	return first;
}

/*
 * Write what follows the length word in the Numeric of fixed units of
 * 10^-scale, with that display scale and in its canonical form; returns its
 * size, at most AMOUNT_SPACE - VARHDRSZ.  The scale is at most 2 *
 * AMOUNT_SCALE_MAX, so the short header always does.
 */
int
amount_encode_body(char *body, MoneyFixed fixed, int scale)
{
	MoneyUnsigned rest = fixed < 0 ? -(MoneyUnsigned) fixed : fixed;
	uint16		digits[AMOUNT_DIGITS];
	uint16	   *first = digits + AMOUNT_DIGITS;
	int			fraction = (scale + BASE_DECIMALS - 1) / BASE_DECIMALS;
	int			cut = fraction * BASE_DECIMALS - scale;
	int			weight;
	int			count;
	uint16		header;

#ifdef HAVE_INT128
	if (unlikely(rest > PG_UINT64_MAX))
	{
		const uint64 four_digits = UINT64CONST(10000000000000000);

		/* The last decimals, where they do not fill a digit. */
		if (cut > 0)
		{
			uint32		unit = power_of_ten[BASE_DECIMALS - cut];

			*--first = (uint16) ((rest % unit) * power_of_ten[cut]);
			rest /= unit;
		}
		while (rest > PG_UINT64_MAX)
		{
			uint64		part = (uint64) (rest % four_digits);

			rest /= four_digits;
			for (int i = 0; i < 4; i++, part /= BASE)
				*--first = part % BASE;
		}
		first = put_digits(first, (uint64) rest);
	}
	else
#endif
	{
		uint64		part = (uint64) rest;

		if (cut > 0)
		{
			uint32		unit = power_of_ten[BASE_DECIMALS - cut];

			*--first = (uint16) ((part % unit) * power_of_ten[cut]);
			part /= unit;
		}
		first = put_digits(first, part);
	}

	count = digits + AMOUNT_DIGITS - first;
	weight = count - fraction - 1;
	while (count > 0 && *first == 0)
	{
		first++;
		count--;
		weight--;
	}
	while (count > 0 && first[count - 1] == 0)
		count--;
	if (count == 0)
		weight = 0;

	header = SHORT | (scale << SHORT_SCALE_SHIFT) |
		(weight & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT_MASK));
	if (fixed < 0)
		header |= SHORT_SIGN;

	memcpy(body, &header, sizeof(header));
	memcpy(body + sizeof(header), first, sizeof(uint16) * count);
	return sizeof(uint16) * (1 + count);
}

/* The Numeric, at space of AMOUNT_SPACE bytes that is aligned as an int. */
Numeric
amount_encode_at(char *space, MoneyFixed fixed, int scale)
{
	int			size = amount_encode_body(space + VARHDRSZ, fixed, scale);

	SET_VARSIZE(space, VARHDRSZ + size);
	return (Numeric) space;
}

/* The same in memory of its own. */
Numeric
amount_encode(MoneyFixed fixed, int scale)
{
	return amount_encode_at(palloc(AMOUNT_SPACE), fixed, scale);
}

/*
 * A copy of an exact amount with the display scale that the same amount has
 * in fixed point.  No digit is lost: scale is that of the finest amount seen.
 * Beyond what round() reaches the number keeps its own.
 */
Numeric
amount_show(Numeric exact, int scale)
{
	if (scale > NUMERIC_MAX_DISPLAY_SCALE)
		return exact_copy(exact);
	return DatumGetNumeric(DirectFunctionCall2(numeric_round,
											   NumericGetDatum(exact),
											   Int32GetDatum(scale)));
}

static Numeric
exact_call(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(function,
											   NumericGetDatum(a),
											   NumericGetDatum(b)));
}

/* 10^exponent, for an exponent of 0 to AVERAGE_SCALE_MAX. */
static Numeric
exact_power(int exponent)
{
	Numeric		result = amount_encode(1, 0);

	for (; exponent > 0; exponent -= Min(exponent, AMOUNT_SCALE_MAX))
	{
		int64		factor = amount_power(Min(exponent, AMOUNT_SCALE_MAX));
		Numeric		old = result;
		Numeric		step = int64_to_numeric(factor);

		result = exact_call(numeric_mul, old, step);
		pfree(old);
		pfree(step);
	}
	return result;
}

/*
 * value / quantity rounded half away from zero to scale decimals, at most
 * AVERAGE_SCALE_MAX.  Rounding a quotient that was rounded before could go
 * astray at a half, so the quotient is taken in whole units: |x| is rounded
 * by trunc((trunc(2 |x|) + 1) / 2).  Leaves nothing behind but the result.
 */
Numeric
amount_average(Numeric value, Numeric quantity, int scale)
{
	Numeric		one = int64_to_numeric(1);
	Numeric		two = int64_to_numeric(2);
	Numeric		unit = exact_power(scale);
	Numeric		dividend = exact_call(numeric_mul, value, unit);
	Numeric		doubled = exact_call(numeric_mul, dividend, two);
	Numeric		quotient = exact_call(numeric_div_trunc, doubled, quantity);
	Numeric		whole;
	Numeric		inverse;
	Numeric		ratio;
	Numeric		result;

	if (exact_sign(quotient) < 0)
		exact_subtract(&quotient, one);
	else
		exact_add(&quotient, one);
	whole = exact_call(numeric_div_trunc, quotient, two);

	/* One over the unit is a decimal fraction, and a product is exact. */
	inverse = exact_call(numeric_div, one, unit);
	ratio = exact_call(numeric_mul, whole, inverse);
	result = amount_show(ratio, scale);

	pfree(one);
	pfree(two);
	pfree(unit);
	pfree(dividend);
	pfree(doubled);
	pfree(quotient);
	pfree(whole);
	pfree(inverse);
	pfree(ratio);
	return result;
}

/* a / b as numeric divides: to at least 16 significant digits. */
Numeric
exact_quotient(Numeric a, Numeric b)
{
	return exact_call(numeric_div, a, b);
}

/* *sum becomes *sum + addend; the old *sum is freed. */
void
exact_add(Numeric *sum, Numeric addend)
{
	Numeric		old = *sum;

	*sum = exact_call(numeric_add, old, addend);
	pfree(old);
}

void
exact_subtract(Numeric *sum, Numeric subtrahend)
{
	Numeric		old = *sum;

	*sum = exact_call(numeric_sub, old, subtrahend);
	pfree(old);
}

void
exact_add_product(Numeric *sum, Numeric a, Numeric b)
{
	Numeric		product = exact_call(numeric_mul, a, b);

	exact_add(sum, product);
	pfree(product);
}

void
exact_subtract_product(Numeric *sum, Numeric a, Numeric b)
{
	Numeric		product = exact_call(numeric_mul, a, b);

	exact_subtract(sum, product);
	pfree(product);
}

Numeric
exact_copy(Numeric number)
{
	return DatumGetNumericCopy(NumericGetDatum(number));
}

int
exact_compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp,
											 NumericGetDatum(a),
											 NumericGetDatum(b)));
}

int
exact_sign(Numeric number)
{
	Numeric		zero = int64_to_numeric(0);
	int			result = exact_compare(number, zero);

	pfree(zero);
	return result;
}
