/*
 * fixed.h
 *		Sums and products of ordinary numerics as 128-bit integers.
 *
 * Adding numerics one by one costs more than anything else in a grouped sum:
 * each value is copied out of its tuple and its digits are added in an array.
 * An ordinary amount has few digits, so here it is read straight from the
 * packed datum, digits to the base 10000 as PostgreSQL stores them,
 *
 *		| varlena header | header, weight | d0 | d1 | ... |   all base 10000
 *
 * into an integer count of 10^-8.  That is exact; what does not fit (16
 * digits before the point, 8 after it) is left to numeric by the caller, so
 * both ways give the same number.
 */
#ifndef DISTMGMT_FIXED_H
#define DISTMGMT_FIXED_H

#include "utils/numeric.h"

#ifndef HAVE_INT128
#error "distmgmt needs a compiler with 128-bit integers"
#endif

/* Decimals of a fixed number, and of the product of two. */
#define FIXED_SCALE				8
#define FIXED_PRODUCT_SCALE		16
#define FIXED_ONE				INT64CONST(100000000)

/* Any one fixed number read from a numeric is below 2^80. */
#define FIXED_BITS				80

/* Sums beyond this are moved to a numeric; two below it cannot overflow. */
#define FIXED_SUM_LIMIT			(((int128) 1) << 120)

#define NUMERIC_HEADER_SPECIAL	0xC000
#define NUMERIC_HEADER_SHORT	0x8000

/*
 * The datum of a numeric argument, packed: a short header stays as it is, only
 * a compressed or external value is fetched.
 */
static inline struct varlena *
numeric_packed(Datum value)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_COMPRESSED(packed) || VARATT_IS_EXTERNAL(packed))
		packed = pg_detoast_datum_packed(packed);
	return packed;
}

/* Is it NaN or an infinity? */
static inline bool
numeric_packed_is_special(const struct varlena *value)
{
	uint16		header;

	memcpy(&header, VARDATA_ANY(value), sizeof(header));
	return (header & NUMERIC_HEADER_SPECIAL) == NUMERIC_HEADER_SPECIAL;
}

/*
 * Read a packed numeric as a count of 10^-8.  False, and *result untouched,
 * when it is special or has too many digits on either side.
 */
static pg_attribute_always_inline bool
fixed_from_numeric(const struct varlena *value, int128 *result)
{
	static const int64 power[] = {
		1, 10000, INT64CONST(100000000), INT64CONST(1000000000000)
	};
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	uint16		header;
	int			weight;
	int			ndigits;
	int			zeros;
	bool		negative;
	int64		count = 0;
	int128		whole;

	memcpy(&header, data, sizeof(header));
	if (likely((header & NUMERIC_HEADER_SPECIAL) == NUMERIC_HEADER_SHORT))
	{
		negative = (header & 0x2000) != 0;
		weight = (header & 0x003F) | ((header & 0x0040) ? ~0x003F : 0);
		data += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else if ((header & NUMERIC_HEADER_SPECIAL) == NUMERIC_HEADER_SPECIAL)
		return false;
	else
	{
		int16		stored;

		negative = (header & 0x4000) != 0;
		memcpy(&stored, data + sizeof(uint16), sizeof(stored));
		weight = stored;
		data += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}

	ndigits = size / (int) sizeof(uint16);
	if (ndigits == 0)
	{
		*result = 0;
		return true;
	}

	/* Digits that are not stored between the last one and 10^-8. */
	zeros = weight - ndigits + 3;
	if (zeros < 0 || weight > 3)
		return false;

	/* Below 10^8 it has four digits at most: the usual case. */
	if (likely(weight <= 1))
	{
		for (int i = 0; i < ndigits; i++)
		{
			uint16		digit;

			memcpy(&digit, data + i * sizeof(uint16), sizeof(digit));
			count = count * 10000 + digit;
		}
		count *= power[zeros];
		*result = negative ? -count : count;
		return true;
	}

	whole = 0;
	for (int i = 0; i < ndigits; i++)
	{
		uint16		digit;

		memcpy(&digit, data + i * sizeof(uint16), sizeof(digit));
		whole = whole * 10000 + digit;
	}
	for (int i = 0; i < zeros; i++)
		whole *= 10000;
	*result = negative ? -whole : whole;
	return true;
}

/* The number of bits of a non-negative fixed number. */
static inline int
fixed_bits(int128 value)
{
	uint64		high = (uint64) (value >> 64);
	int			bits = 0;

	if (high != 0)
		bits = 64;
	else
		high = (uint64) value;
	return high == 0 ? bits : bits + 64 - __builtin_clzll(high);
}

extern Numeric fixed_to_numeric(int128 value, int scale);

#endif							/* DISTMGMT_FIXED_H */
