/*
 * price_fixed.h
 *		A price as a 64-bit integer in units of 10^-8, read straight from the
 *		packed numeric.
 *
 * Comparing two prices with numeric_lt() costs a function call and, for the
 * short header that nearly every stored numeric has, a copy.  Prices that
 * occur in practice (below 9 * 10^10, at most 8 decimals) fit an integer, and
 * the digits of a packed numeric are two shifts away:
 *
 *	header (2 bytes)			short: 10 s dddddd w wwwwww		s sign, w weight
 *	header (2) weight (2)		long:  0s dddddddddddddd, int16 weight
 *								special: 11 ...	(NaN and the infinities)
 *	then base-10000 digits (2 bytes each), the first one worth 10000^weight
 *
 * The layout is that of numeric.c, which cannot change without breaking
 * pg_upgrade; what is not recognized is left to numeric_lt().
 */
#ifndef PRICE_FIXED_H
#define PRICE_FIXED_H

#define PRICE_FIXED_WEIGHT_MIN	(-2)	/* 10000^-2: eight decimals */
#define PRICE_FIXED_WEIGHT_MAX	2
#define PRICE_FIXED_TOP_DIGIT	900 /* of a digit worth 10000^2 */

/*
 * Sets *fixed and returns true if the value has an exact form; returns false
 * for special values, larger ones, finer ones, and toasted ones.  Never
 * allocates.
 */
static inline bool
price_fixed(Datum value, int64 *fixed)
{
	const struct varlena *packed = (const struct varlena *) DatumGetPointer(value);
	const char *data;
	int			size;
	uint16		header;
	uint16		digit;
	int			weight;
	bool		negative;
	int64		sum = 0;

	if (VARATT_IS_EXTERNAL(packed) || VARATT_IS_COMPRESSED(packed))
		return false;
	data = VARDATA_ANY(packed);
	size = VARSIZE_ANY_EXHDR(packed);

	/* short-header values are not aligned: copy, never dereference */
	memcpy(&header, data, sizeof(uint16));
	data += sizeof(uint16);
	size -= sizeof(uint16);
	if ((header & 0xC000) == 0xC000)
		return false;
	if (header & 0x8000)
	{
		negative = (header & 0x2000) != 0;
		weight = (header & 0x0040) ? (header & 0x003F) - 0x0040 :
			(header & 0x003F);
	}
	else
	{
		int16		stored;

		memcpy(&stored, data, sizeof(int16));
		data += sizeof(int16);
		size -= sizeof(int16);
		negative = (header & 0x4000) != 0;
		weight = stored;
	}

	if (size == 0)
	{
		*fixed = 0;
		return true;
	}
	if (weight > PRICE_FIXED_WEIGHT_MAX ||
		weight - size / (int) sizeof(uint16) + 1 < PRICE_FIXED_WEIGHT_MIN)
		return false;
	if (weight == PRICE_FIXED_WEIGHT_MAX)
	{
		memcpy(&digit, data, sizeof(uint16));
		if (digit >= PRICE_FIXED_TOP_DIGIT)
			return false;
	}
	for (; weight >= PRICE_FIXED_WEIGHT_MIN; weight--)
	{
		sum *= 10000;
		if (size > 0)
		{
			memcpy(&digit, data, sizeof(uint16));
			data += sizeof(uint16);
			size -= sizeof(uint16);
			sum += digit;
		}
	}
	*fixed = negative ? -sum : sum;
	return true;
}

#endif							/* PRICE_FIXED_H */
