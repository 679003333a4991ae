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
static inline bool
fixed_from_numeric(const struct varlena *value, int128 *result)
{
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	uint16		header;
	int			weight;
	int			ndigits;
	int			missing;
	bool		negative;
	int64		high = 0;
	int64		low = 0;
	uint16		digit[6] = {0};

	memcpy(&header, data, sizeof(header));
	if ((header & NUMERIC_HEADER_SPECIAL) == NUMERIC_HEADER_SHORT)
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

	/* Digit 0 of six counts 10^12, digit 5 counts 10^-8. */
	missing = 3 - weight;
	if (missing < 0 || missing + ndigits > 6)
		return false;
	memcpy(digit + missing, data, ndigits * sizeof(uint16));

	high = ((int64) digit[0] * 10000 + digit[1]) * 10000 + digit[2];
	low = ((int64) digit[3] * 10000 + digit[4]) * 10000 + digit[5];
	if (missing >= 2)
	{
		/* Below 10^8 all fits in 64 bits: the usual case. */
		low += high * INT64CONST(1000000000000);
		*result = negative ? -low : low;
	}
	else
	{
		int128		whole = (int128) high * INT64CONST(1000000000000) + low;

		*result = negative ? -whole : whole;
	}
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
