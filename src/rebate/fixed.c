/*
 * fixed.c
 *		From 128-bit integers back to numeric (see fixed.h).
 *
 * Apart because it is the one place that writes the stored form of a numeric;
 * everything else that writes one asks PostgreSQL to.  Only the short form is
 * written, which holds any 128-bit number.
 */
#include "distmgmt.h"

#include "rebate/fixed.h"

/* Digits to the base 10000 that a 128-bit magnitude can have. */
#define MAX_DIGITS	12

/*
 * A count of 10^-scale (scale 8 or 16) as a numeric without trailing zeros,
 * so that a number has one image however it was computed.  Palloc'd.
 */
Numeric
fixed_to_numeric(int128 value, int scale)
{
	bool		negative = value < 0;
	uint128		rest = negative ? -(uint128) value : (uint128) value;
	int			fraction = scale / 4;
	uint16		digit[MAX_DIGITS];
	int			count = 0;
	int			lowest = 0;
	int			dscale = 0;
	int			ndigits;
	int			weight;
	uint16		header;
	Size		size;
	char	   *result;
	char	   *out;

	/* Least digit first; 128-bit divisions are dear, so four at a time. */
	while (rest != 0)
	{
		uint64		part = (uint64) (rest % UINT64CONST(10000000000000000));

		rest /= UINT64CONST(10000000000000000);
		for (int i = 0; i < 4; i++)
		{
			digit[count++] = (uint16) (part % 10000);
			part /= 10000;
		}
	}
	while (count > 0 && digit[count - 1] == 0)
		count--;
	while (lowest < count && digit[lowest] == 0)
		lowest++;
	ndigits = count - lowest;
	weight = count == 0 ? 0 : count - 1 - fraction;

	if (lowest < fraction && ndigits > 0)
	{
		uint16		last = digit[lowest];

		dscale = 4 * (fraction - lowest);
		while (last % 10 == 0)
		{
			last /= 10;
			dscale--;
		}
	}

	header = NUMERIC_HEADER_SHORT | (negative ? 0x2000 : 0) |
		(uint16) (dscale << 7) | (weight < 0 ? 0x0040 : 0) |
		(uint16) (weight & 0x003F);
	size = VARHDRSZ + sizeof(uint16) * (1 + ndigits);
	result = palloc(size);
	SET_VARSIZE(result, size);
	memcpy(VARDATA(result), &header, sizeof(header));
	out = VARDATA(result) + sizeof(header);
	for (int i = count - 1; i >= lowest; i--)
	{
		memcpy(out, &digit[i], sizeof(uint16));
		out += sizeof(uint16);
	}
	return (Numeric) result;
}
