/*
 * tier_schedule.c
 *		Fuzzing the reader of tier schedules, without a server.
 *
 *		clang -g -O1 -fsanitize=address,undefined -fno-sanitize-recover -Isrc \
 *			-o /tmp/fuzz test/fuzz/tier_schedule.c \
 *			src/rebate/tier_schedule_in.c src/rebate/tier_draft.c
 *		/tmp/fuzz 10000000
 *
 * Texts are made by chaining pieces of the grammar at random and then changing,
 * dropping and doubling bytes; each is put at the very end of its allocation,
 * so that a byte read too many is seen.  With -fsanitize=fuzzer and -DLIBFUZZER
 * libFuzzer drives it instead.  Whatever is read, a refusal must lie within
 * the text, and what is accepted must hold to the rules.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebate/tier_draft.h"

#define TEXT_MAX	4000

static void
require(bool truth, const char *what, const uint8_t *text, size_t length)
{
	if (truth)
		return;
	fprintf(stderr, "%s: %.*s\n", what, (int) length, (const char *) text);
	abort();
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static TierDraft draft;
	TierProblem problem;
	char	   *text = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(text, data, size);
	if (tier_draft_parse(&draft, text, (int) size, &problem))
	{
		require(draft.ntiers >= 1 && draft.ntiers <= TIER_MAX, "tiers", data,
				size);
		for (int i = 0; i < draft.ntiers; i++)
		{
			require(draft.tier[i].has_rate || draft.tier[i].has_flat,
					"benefit", data, size);
			require(i == 0 || tier_number_cmp(&draft.tier[i].from,
											  &draft.tier[i - 1].from) > 0,
					"order", data, size);
			require(!draft.tier[i].has_rate ||
					draft.tier[i].kind == draft.kind, "kind", data, size);
		}
	}
	else
	{
		require(problem.what != NULL && problem.hint != NULL, "remedy", data,
				size);
		require(problem.at >= 0 && problem.len >= 0 &&
				(size_t) problem.at + problem.len <= size, "place", data,
				size);
	}
	free(text);
	return 0;
}

#ifndef LIBFUZZER

static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static unsigned
below(unsigned limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned) ((seed >> 11) % limit);
}

static const char *const piece[] = {
	"marginal: ", "retroactive:", "rolling : ", "ADDITIVE: ", "3% ", "1.40 per unit ",
	"2 per 100 started ", "2 per 0.5 full ", "5 flat ", "+ 200 flat ", "from 0", "from 100000", "above 1000",
	"from 0.25", ", ", ",", ";", "; minimum 5", "; measure cap 900", "; payout cap 25", "; payout floor 1", "100,000",
	"1e5", "-1", "99999999999999999999999999999999999999999999999999999999999999", ".", "%", "per", " ", "\t\n", "\xe2\x82\xac",
	"from 1", "from 2", "from 3", "above 4", "1_000", "1'000", "0.00000000000000000000000000000000000000001"
};

int
main(int argc, char **argv)
{
	long		runs = argc > 1 ? atol(argv[1]) : 1000000;
	static uint8_t text[TEXT_MAX + 100];

	for (long run = 0; run < runs; run++)
	{
		size_t		length = 0;
		unsigned	pieces = 1 + below(run % 100 == 0 ? 300 : 12);

		for (unsigned i = 0; i < pieces && length < TEXT_MAX; i++)
		{
			const char *add = i == 0 && below(8) > 0 ? piece[below(4)] :
				piece[below(sizeof(piece) / sizeof(piece[0]))];

			memcpy(text + length, add, strlen(add));
			length += strlen(add);
		}
		for (unsigned i = below(4); i > 0 && length > 1; i--)
		{
			size_t		at = below((unsigned) length);

			if (below(3) == 0)
				text[at] = (uint8_t) below(256);
			else if (below(2) == 0)
				memmove(text + at, text + at + 1, --length - at);
			else
				length = at + 1;
		}
		LLVMFuzzerTestOneInput(text, length);
	}
	printf("%ld texts\n", runs);
	return 0;
}

#endif
