/*
 * tier_draft.h
 *		A tier schedule as it was written, before it is a value.
 *
 * Plain C: no palloc, no ereport, no pointer.  So the parser can be run over
 * any bytes without a server, and every way in (text, jsonb, arrays, binary)
 * goes through the same checks.
 */
#ifndef DISTMGMT_TIER_DRAFT_H
#define DISTMGMT_TIER_DRAFT_H

#include <stdbool.h>

#define TIER_MAX				64

/* Digits that a number of a schedule may have before and after the point. */
#define TIER_NUMBER_WHOLE		60
#define TIER_NUMBER_FRACTION	40

typedef enum TierMethod
{
	TIER_MARGINAL,
	TIER_RETROACTIVE,
	TIER_ROLLING,
	TIER_ADDITIVE
} TierMethod;

#define TIER_METHODS	4

/* What the rates of a schedule are; one kind in one schedule. */
typedef enum TierKind
{
	TIER_FLAT,					/* no rates, flat amounts alone */
	TIER_PERCENT,				/* a fraction of the value */
	TIER_PER_UNIT,				/* an amount for each unit */
	TIER_PER_STARTED,			/* an amount for each block begun */
	TIER_PER_FULL				/* an amount for each block completed */
} TierKind;

#define TIER_KINDS		5

typedef enum TierOption
{
	TIER_MINIMUM,
	TIER_MEASURE_CAP,
	TIER_PAYOUT_CAP,
	TIER_PAYOUT_FLOOR
} TierOption;

#define TIER_OPTIONS	4

/*
 * A non-negative decimal: `whole` digits before the point and `fraction`
 * after it, without leading or trailing zeros, as characters.
 */
typedef struct TierNumber
{
	int			whole;
	int			fraction;
	char		digit[TIER_NUMBER_WHOLE + TIER_NUMBER_FRACTION + 4];
} TierNumber;

/* One tier; at and len say where in the text it stands, for messages. */
typedef struct TierDraftTier
{
	bool		above;
	bool		has_rate;
	bool		has_flat;
	TierKind	kind;			/* of the rate; TIER_FLAT without one */
	TierNumber	from;
	TierNumber	rate;			/* as written: 3 for 3 % */
	TierNumber	block;
	TierNumber	flat;
	int			rate_at;
	int			rate_len;
	int			from_at;
	int			from_len;
} TierDraftTier;

typedef struct TierDraft
{
	TierMethod	method;
	TierKind	kind;			/* set by tier_draft_check */
	int			ntiers;
	bool		has_option[TIER_OPTIONS];
	TierNumber	option[TIER_OPTIONS];
	int			option_at[TIER_OPTIONS];
	int			option_len[TIER_OPTIONS];
	TierDraftTier tier[TIER_MAX];
} TierDraft;

/*
 * What is wrong with a draft: what and hint are constant texts; at and len
 * the bytes of the text form; tier (from 1, 0 = none) and key the place in
 * any other form.
 */
typedef struct TierProblem
{
	const char *what;
	const char *hint;
	const char *key;
	int			tier;
	int			at;
	int			len;
} TierProblem;

/* The names in the text form and the keys in jsonb, by enum value. */
extern const char *const tier_method_name[TIER_METHODS];
extern const char *const tier_kind_name[TIER_KINDS];
extern const char *const tier_option_name[TIER_OPTIONS];
extern const char *const tier_option_key[TIER_OPTIONS];

extern bool tier_draft_parse(TierDraft *draft, const char *str, int length,
							 TierProblem *problem);
extern bool tier_draft_check(TierDraft *draft, TierProblem *problem);
extern const char *tier_number_parse(TierNumber *number, const char *str,
									 int length, int *used,
									 const char **hint);
extern int	tier_number_cmp(const TierNumber *a, const TierNumber *b);
extern bool tier_number_add(TierNumber *sum, const TierNumber *a,
							const TierNumber *b);

#endif							/* DISTMGMT_TIER_DRAFT_H */
