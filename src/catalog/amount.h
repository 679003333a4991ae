/*
 * amount.h
 *		Exact quantities, unit costs and money: fixed point where they fit,
 *		Numeric where they do not.
 *
 * Whoever holds amounts holds one flag, "exact", and two scales beside them:
 * while the flag is off an amount is an integer of units of 10^-scale, on
 * which arithmetic is a few machine instructions; once it is on, every amount
 * is a Numeric.  The operations below take the flag as an argument.  Callers
 * pass a constant from a function that is always inlined, so that the
 * compiler makes two copies of one algorithm, and the rules are written once.
 *
 * Operations on exact amounts allocate in CurrentMemoryContext and free what
 * they replace, so an accumulator can live as long as its context.
 */
#ifndef DISTMGMT_AMOUNT_H
#define DISTMGMT_AMOUNT_H

#include "distmgmt.h"

#include "utils/numeric.h"

#ifdef HAVE_INT128
typedef int128 MoneyFixed;
typedef uint128 MoneyUnsigned;
#else
typedef int64 MoneyFixed;		/* never used: all amounts are exact */
typedef uint64 MoneyUnsigned;
#endif

/* A quantity or a unit cost. */
typedef union Amount
{
	int64		fixed;
	Numeric		exact;
} Amount;

/* Quantity times unit cost. */
typedef union Money
{
	MoneyFixed	fixed;
	Numeric		exact;
} Money;

/*
 * Every fixed Amount stays below AMOUNT_LIMIT in magnitude, and so does the
 * sum of all quantities that one holder keeps; then no sum of products
 * can leave 128 bits, and nothing needs to be checked on the way.
 */
#define AMOUNT_LIMIT		(INT64CONST(1) << 61)
#define AMOUNT_SCALE_MAX	18

/* An unknown cost: in fixed point this value, as Numeric a null pointer. */
#define AMOUNT_UNKNOWN		PG_INT64_MIN

/* The decimals of an average: those of the costs, within these bounds. */
#define AVERAGE_SCALE_MIN	6
#define AVERAGE_SCALE_MAX	100

/*
 * Base-10000 digits of the largest magnitude below 2^127, one of them cut by
 * the point, and the bytes of its Numeric.
 */
#define AMOUNT_DIGITS		11
#define AMOUNT_SPACE		(VARHDRSZ + sizeof(uint16) * (1 + AMOUNT_DIGITS))

extern int64 amount_power(int exponent);
extern bool amount_is_finite(struct varlena *number);
extern int	amount_scale(struct varlena *number, const char *name);
extern bool amount_decode(struct varlena *number, int scale, int64 *fixed);
extern int	amount_encode_body(char *body, MoneyFixed fixed, int scale);
extern Numeric amount_encode_at(char *space, MoneyFixed fixed, int scale);
extern Numeric amount_encode(MoneyFixed fixed, int scale);
extern Numeric amount_show(Numeric exact, int scale);
extern Numeric amount_average(Numeric value, Numeric quantity, int scale);
extern Numeric exact_quotient(Numeric a, Numeric b);
extern void exact_add(Numeric *sum, Numeric addend);
extern void exact_subtract(Numeric *sum, Numeric subtrahend);
extern void exact_add_product(Numeric *sum, Numeric a, Numeric b);
extern void exact_subtract_product(Numeric *sum, Numeric a, Numeric b);
extern Numeric exact_copy(Numeric number);
extern int	exact_compare(Numeric a, Numeric b);
extern int	exact_sign(Numeric number);

/* The magnitude of a fixed amount, or of fixed money. */
static inline int64
amount_magnitude(Amount a)
{
	return a.fixed < 0 ? -a.fixed : a.fixed;
}

static inline MoneyUnsigned
money_magnitude(Money m)
{
	return m.fixed < 0 ? -(MoneyUnsigned) m.fixed : (MoneyUnsigned) m.fixed;
}

static inline Amount
amount_zero(bool exact)
{
	Amount		result;

	if (exact)
		result.exact = int64_to_numeric(0);
	else
		result.fixed = 0;
	return result;
}

static inline Amount
amount_unknown(bool exact)
{
	Amount		result;

	if (exact)
		result.exact = NULL;
	else
		result.fixed = AMOUNT_UNKNOWN;
	return result;
}

static inline bool
amount_known(Amount a, bool exact)
{
	return exact ? a.exact != NULL : a.fixed != AMOUNT_UNKNOWN;
}

static inline Amount
amount_copy(Amount a, bool exact)
{
	if (exact && a.exact != NULL)
		a.exact = exact_copy(a.exact);
	return a;
}

static inline void
amount_free(Amount a, bool exact)
{
	if (exact && a.exact != NULL)
		pfree(a.exact);
}

/* Replace *target by a copy of a, both possibly unknown. */
static inline void
amount_set(Amount *target, Amount a, bool exact)
{
	Amount		old = *target;

	*target = amount_copy(a, exact);
	amount_free(old, exact);
}

static inline int
amount_sign(Amount a, bool exact)
{
	return exact ? exact_sign(a.exact) : (a.fixed > 0) - (a.fixed < 0);
}

static inline int
amount_compare(Amount a, Amount b, bool exact)
{
	if (exact)
		return exact_compare(a.exact, b.exact);
	return (a.fixed > b.fixed) - (a.fixed < b.fixed);
}

static inline void
amount_add(Amount *sum, Amount a, bool exact)
{
	if (exact)
		exact_add(&sum->exact, a.exact);
	else
		sum->fixed += a.fixed;
}

static inline void
amount_subtract(Amount *sum, Amount a, bool exact)
{
	if (exact)
		exact_subtract(&sum->exact, a.exact);
	else
		sum->fixed -= a.fixed;
}

static inline void
amount_negate(Amount *a, bool exact)
{
	if (exact)
	{
		Numeric		zero = int64_to_numeric(0);

		exact_subtract(&zero, a->exact);
		pfree(a->exact);
		a->exact = zero;
	}
	else
		a->fixed = -a->fixed;
}

static inline Money
money_zero(bool exact)
{
	Money		result;

	if (exact)
		result.exact = int64_to_numeric(0);
	else
		result.fixed = 0;
	return result;
}

static inline void
money_add_product(Money *sum, Amount quantity, Amount cost, bool exact)
{
	if (exact)
		exact_add_product(&sum->exact, quantity.exact, cost.exact);
	else
		sum->fixed += (MoneyFixed) quantity.fixed * cost.fixed;
}

static inline void
money_subtract_product(Money *sum, Amount quantity, Amount cost, bool exact)
{
	if (exact)
		exact_subtract_product(&sum->exact, quantity.exact, cost.exact);
	else
		sum->fixed -= (MoneyFixed) quantity.fixed * cost.fixed;
}

static inline void
money_add(Money *sum, Money m, bool exact)
{
	if (exact)
		exact_add(&sum->exact, m.exact);
	else
		sum->fixed += m.fixed;
}

static inline void
money_subtract(Money *sum, Money m, bool exact)
{
	if (exact)
		exact_subtract(&sum->exact, m.exact);
	else
		sum->fixed -= m.fixed;
}

#endif							/* DISTMGMT_AMOUNT_H */
