/*
 * x12_dict.c
 *		The tables of the X12 dictionary: elements, segments, codes, findings.
 *
 * Facts only.  An element's lengths are the widest of the releases in use
 * (004010 to 008020), so that a valid report of any of them is silent.  Of
 * the segments that no reader needs only the largest number of elements is
 * given.  Code lists are checked where the list is short and closed.
 */
#include "x12.h"

#include <string.h>

const X12ElementSpec x12_elements[E_LAST] = {
	[E_ANY] = {X12_TYPE_ANY, 0, 255, 0},
	[E19] = {X12_TYPE_TEXT, 1, 50, 0},	/* city */
	[E26] = {X12_TYPE_ID, 2, 3, 0}, /* country */
	[E61] = {X12_TYPE_TEXT, 1, 30, 0},
	[E66] = {X12_TYPE_ID, 1, 2, 0}, /* kind of party id */
	[E67] = {X12_TYPE_TEXT, 1, 80, 0},
	[E81] = {X12_TYPE_NUMBER, 1, 10, 0},
	[E93] = {X12_TYPE_TEXT, 1, 80, 0},	/* name */
	[E96] = {X12_TYPE_COUNT, 1, 10, 0}, /* segments in the set */
	[E98] = {X12_TYPE_ID, 2, 3, 0}, /* role of a party */
	[E100] = {X12_TYPE_ID, 3, 3, 0},	/* currency */
	[E116] = {X12_TYPE_ID, 3, 15, 0},	/* postal code */
	[E127] = {X12_TYPE_TEXT, 1, 80, 0}, /* reference */
	[E128] = {X12_TYPE_ID, 2, 3, 0},	/* kind of reference */
	[E156] = {X12_TYPE_ID, 2, 2, 0},	/* state */
	[E166] = {X12_TYPE_TEXT, 1, 80, 0}, /* street */
	[E183] = {X12_TYPE_NUMBER, 1, 8, 0},
	[E212] = {X12_TYPE_NUMBER, 1, 17, 0},	/* unit price */
	[E234] = {X12_TYPE_TEXT, 1, 80, 0}, /* product id */
	[E235] = {X12_TYPE_ID, 2, 2, 0},	/* kind of product id */
	[E236] = {X12_TYPE_ID, 3, 3, 0},	/* kind of price */
	[E280] = {X12_TYPE_NUMBER, 4, 10, 0},	/* exchange rate */
	[E305] = {X12_TYPE_ID, 1, 2, 0},	/* handling code */
	[E306] = {X12_TYPE_ID, 1, 2, 0},	/* action code */
	[E309] = {X12_TYPE_ID, 1, 2, 0},
	[E310] = {X12_TYPE_TEXT, 1, 30, 0},
	[E324] = {X12_TYPE_TEXT, 1, 22, 0}, /* purchase order */
	[E327] = {X12_TYPE_TEXT, 1, 8, 0},
	[E328] = {X12_TYPE_TEXT, 1, 30, 0},
	[E329] = {X12_TYPE_TEXT, 4, 9, 0},	/* set control number */
	[E337] = {X12_TYPE_TIME, 4, 8, 0},
	[E347] = {X12_TYPE_NUMBER, 1, 10, 0},	/* hash total */
	[E349] = {X12_TYPE_ID, 1, 1, 0},
	[E350] = {X12_TYPE_TEXT, 1, 20, 0}, /* line number */
	[E352] = {X12_TYPE_TEXT, 1, 80, 0}, /* description */
	[E353] = {X12_TYPE_ID, 2, 2, X12_LIST_PURPOSE},
	[E354] = {X12_TYPE_COUNT, 1, 6, 0}, /* number of lines */
	[E355] = {X12_TYPE_ID, 2, 2, 0},	/* unit of measure */
	[E356] = {X12_TYPE_COUNT, 1, 6, 0}, /* pack */
	[E357] = {X12_TYPE_NUMBER, 1, 8, 0},	/* size */
	[E363] = {X12_TYPE_ID, 3, 3, 0},
	[E364] = {X12_TYPE_ANY, 0, 255, 0},
	[E365] = {X12_TYPE_ID, 2, 2, 0},
	[E366] = {X12_TYPE_ID, 2, 2, 0},
	[E367] = {X12_TYPE_TEXT, 1, 30, 0}, /* contract */
	[E369] = {X12_TYPE_TEXT, 1, 45, 0},
	[E373] = {X12_TYPE_DATE, 6, 8, 0},
	[E374] = {X12_TYPE_ID, 3, 3, 0},	/* kind of date */
	[E380] = {X12_TYPE_NUMBER, 1, 15, 0},	/* quantity */
	[E443] = {X12_TYPE_TEXT, 1, 20, 0},
	[E447] = {X12_TYPE_TEXT, 1, 6, 0},
	[E478] = {X12_TYPE_ID, 1, 1, 0},	/* credit or debit */
	[E486] = {X12_TYPE_ID, 2, 2, 0},	/* movement */
	[E499] = {X12_TYPE_TEXT, 1, 10, 0},
	[E521] = {X12_TYPE_ID, 2, 2, X12_LIST_TRANSFER},
	[E522] = {X12_TYPE_ID, 1, 3, 0},	/* kind of amount */
	[E554] = {X12_TYPE_COUNT, 1, 6, 0},
	[E559] = {X12_TYPE_ID, 2, 2, 0},	/* agency */
	[E623] = {X12_TYPE_ID, 2, 2, 0},	/* time zone */
	[E639] = {X12_TYPE_ID, 2, 2, 0},	/* basis of a unit price */
	[E640] = {X12_TYPE_ID, 2, 2, 0},	/* transaction type */
	[E648] = {X12_TYPE_ID, 3, 3, 0},
	[E649] = {X12_TYPE_NUMBER, 1, 10, 0},
	[E669] = {X12_TYPE_ID, 3, 3, 0},
	[E670] = {X12_TYPE_ID, 2, 2, 0},	/* change or response */
	[E673] = {X12_TYPE_ID, 2, 2, 0},	/* kind of quantity */
	[E683] = {X12_TYPE_ID, 2, 2, 0},	/* catalog purpose */
	[E687] = {X12_TYPE_ID, 2, 2, 0},	/* class of trade */
	[E706] = {X12_TYPE_ID, 2, 2, 0},
	[E750] = {X12_TYPE_ID, 2, 3, 0},
	[E751] = {X12_TYPE_TEXT, 1, 12, 0},
	[E755] = {X12_TYPE_ID, 2, 2, 0},	/* report type */
	[E782] = {X12_TYPE_NUMBER, 1, 18, 0},	/* amount */
	[E822] = {X12_TYPE_TEXT, 1, 15, 0},
	[E846] = {X12_TYPE_ID, 2, 2, 0},	/* contract status */
	[E859] = {X12_TYPE_ID, 2, 2, X12_LIST_ACTIVITY},
	[E889] = {X12_TYPE_ID, 1, 1, 0},	/* follow-up */
	[E901] = {X12_TYPE_ID, 2, 2, 0},	/* reject reason */
	[E954] = {X12_TYPE_NUMBER, 1, 10, 0},	/* per cent */
	[E1004] = {X12_TYPE_ID, 1, 2, 0},
	[E1073] = {X12_TYPE_ID, 1, 1, 0},	/* yes or no */
	[E1250] = {X12_TYPE_ID, 2, 3, 0},
	[E1251] = {X12_TYPE_TEXT, 1, 35, 0},	/* period */
	[EC001] = {X12_TYPE_UNIT, 2, 2, 0},
};

#define M(e)	(X12_MUST | (e))
#define LIST(name, ...) static const uint8_t name[] = {__VA_ARGS__}
#define PAIR	E235, E234
#define PLACE	E67, E380

LIST(of_bpt, M(E353), E127, M(E373), E755, E648, E649, E306, E337, E127);
LIST(of_xq, M(E305), M(E373), E373, E337, E337);
LIST(of_bia, M(E353), M(E755), M(E127), M(E373), E337, E306);
LIST(of_baa, M(E353), M(E640), M(E373), E128, E127, E337);
LIST(of_brc, M(E353), M(E373), E128, E127, E337);
LIST(of_bpa, M(E353), M(E373), E128, E127);
LIST(of_bct, M(E683));
LIST(of_aaa, M(E1073), E559, E901, E889);
LIST(of_amt, M(E522), M(E782), E478);
LIST(of_con, M(E128), M(E127), E846);
LIST(of_ctp, E687, E236, E212, E380, EC001, E648, E649, E782, E639, E499);
LIST(of_ctt, M(E354), E347, E81, E355, E183, E355, E352);
LIST(of_cur, M(E98), M(E100), E280, E98, E100, E669, E374, E373, E337);
LIST(of_dtm, M(E374), E373, E337, E623, E1250, E1251);
LIST(of_lin, E350, M(E235), M(E234), PAIR, PAIR, PAIR, PAIR, PAIR, PAIR, PAIR,
	 PAIR, PAIR, PAIR, PAIR, PAIR, PAIR, PAIR);
LIST(of_lx, M(E554));
LIST(of_n1, M(E98), E93, E66, E67, E706, E98);
LIST(of_n2, M(E93), E93);
LIST(of_n3, M(E166), E166);
LIST(of_n4, E19, E156, E116, E26, E309, E310);
LIST(of_n9, M(E128), E127, E369, E373, E337, E623);
LIST(of_pad, E350, E521, E670, E648, E649);
LIST(of_prf, M(E324), E328, E327, E373, E350, E367, E306);
LIST(of_ptd, M(E521), E648, E649, E128, E127, E486);
LIST(of_qty, M(E673), E380, EC001, E61);
LIST(of_ref, M(E128), E127, E352);
LIST(of_sch, M(E380), M(E355), E98, E93, M(E374), M(E373), E337, E374, E373,
	 E337);
LIST(of_sdq, M(E355), E66, M(E67), M(E380), PLACE, PLACE, PLACE, PLACE, PLACE,
	 PLACE, PLACE, PLACE, PLACE, E310);
LIST(of_sii, M(E235), M(E234), M(E380), EC001, E212, E212, E782);
LIST(of_uit, M(EC001), E212, E639);
LIST(of_za, M(E859), E380, E355, E374, E373, E128, E127, E1073);
LIST(of_ls, M(E447));
LIST(of_man, E_ANY, E_ANY);
LIST(of_nte, E363, M(E352));
LIST(of_pct, M(E1004), M(E954));
LIST(of_per, M(E366), E93, E365, E364, E365, E364, E365, E364, E443);
LIST(of_pid, M(E349), E750, E559, E751, E352, E_ANY, E822, E1073);
LIST(of_po4, E356, E357, E355);
LIST(of_lm, M(E559), E822);

#undef PAIR
#undef PLACE

#define SPEC(tag, sets, soft, list, max) \
	[X12_##tag] = {#tag, sets, soft, sizeof(list), max, list}
#define OPEN(tag, sets, max)	[X12_##tag] = {#tag, sets, true, 0, max, NULL}

const X12SegmentSpec x12_specs[X12_TAGS] = {
	[X12_UNKNOWN] = {"", 0, true, 0, 255, NULL},

	OPEN(ISA, 0, 16), OPEN(GS, 0, 8), OPEN(ST, 0, 3), OPEN(SE, 0, 2),
	OPEN(GE, 0, 2), OPEN(IEA, 0, 2), OPEN(TA1, 0, 5), OPEN(ISB, 0, 3),
	OPEN(ISE, 0, 2),

	SPEC(BPT, X12_IN_867, false, of_bpt, 10),
	SPEC(XQ, X12_IN_852, false, of_xq, 10),
	SPEC(BIA, X12_IN_846, false, of_bia, 7),
	SPEC(BAA, X12_IN_844, false, of_baa, 7),
	SPEC(BRC, X12_IN_849, false, of_brc, 6),
	SPEC(BPA, X12_IN_845, false, of_bpa, 6),
	SPEC(BCT, X12_IN_832, false, of_bct, 12),

	SPEC(AAA, X12_IN_849, false, of_aaa, 4),
	SPEC(AMT, X12_IN_ANY, false, of_amt, 3),
	SPEC(CON, X12_IN_844 | X12_IN_849 | X12_IN_845, false, of_con, 3),
	SPEC(CTP, X12_IN_ANY, false, of_ctp, 11),
	SPEC(CTT, X12_IN_ANY, false, of_ctt, 7),
	SPEC(CUR, X12_IN_ANY, false, of_cur, 21),
	SPEC(DTM, X12_IN_ANY, true, of_dtm, 6),
	SPEC(LIN, X12_IN_ANY, false, of_lin, 31),
	SPEC(LX, X12_IN_867, true, of_lx, 1),
	SPEC(N1, X12_IN_ANY, false, of_n1, 6),
	SPEC(N2, X12_IN_ANY, true, of_n2, 2),
	SPEC(N3, X12_IN_ANY, true, of_n3, 2),
	SPEC(N4, X12_IN_ANY, true, of_n4, 8),
	SPEC(N9, X12_IN_ANY, true, of_n9, 7),
	SPEC(PAD, X12_IN_844 | X12_IN_849 | X12_IN_845, false, of_pad, 5),
	SPEC(PRF, X12_IN_867, true, of_prf, 7),
	SPEC(PTD, X12_IN_867, false, of_ptd, 6),
	SPEC(QTY, X12_IN_ANY, false, of_qty, 4),
	SPEC(REF, X12_IN_ANY, true, of_ref, 4),
	SPEC(SCH, X12_IN_846, false, of_sch, 12),
	SPEC(SDQ, X12_IN_852 | X12_IN_846, false, of_sdq, 23),
	SPEC(SII, X12_IN_867 | X12_IN_844 | X12_IN_849, false, of_sii, 9),
	OPEN(SLN, X12_IN_846 | X12_IN_845 | X12_IN_832, 28),
	SPEC(UIT, X12_IN_ANY, false, of_uit, 5),
	SPEC(ZA, X12_IN_852, false, of_za, 8),

	OPEN(CS, X12_IN_846 | X12_IN_845 | X12_IN_832, 18),
	OPEN(CTB, X12_IN_845 | X12_IN_832, 10),
	OPEN(DD, X12_IN_867 | X12_IN_846, 10),
	OPEN(FA1, X12_IN_867, 3),
	OPEN(FA2, X12_IN_867, 3),
	OPEN(FOB, X12_IN_852 | X12_IN_832, 9),
	OPEN(G39, X12_IN_832, 32),
	OPEN(G53, X12_IN_846 | X12_IN_845 | X12_IN_832, 1),
	OPEN(G95, X12_IN_852, 4),
	OPEN(ITA, X12_IN_867 | X12_IN_832, 17),
	OPEN(ITD, X12_IN_845 | X12_IN_832, 15),
	OPEN(LCD, X12_IN_867, 12),
	OPEN(LDT, X12_IN_867 | X12_IN_846 | X12_IN_832, 4),
	SPEC(LE, X12_IN_846 | X12_IN_832, true, of_ls, 1),
	SPEC(LM, X12_IN_867 | X12_IN_846 | X12_IN_832, true, of_lm, 2),
	OPEN(LQ, X12_IN_867 | X12_IN_846 | X12_IN_832, 2),
	SPEC(LS, X12_IN_846 | X12_IN_832, true, of_ls, 1),
	SPEC(MAN, X12_IN_867 | X12_IN_846, true, of_man, 6),
	OPEN(MEA, X12_IN_ANY, 12),
	SPEC(NTE, X12_IN_844 | X12_IN_849 | X12_IN_832, true, of_nte, 2),
	OPEN(PAL, X12_IN_852, 17),
	SPEC(PCT, X12_IN_846, true, of_pct, 6),
	SPEC(PER, X12_IN_ANY, true, of_per, 9),
	SPEC(PID, X12_IN_ANY, true, of_pid, 9),
	OPEN(PKG, X12_IN_867 | X12_IN_846 | X12_IN_832, 8),
	OPEN(PO3, X12_IN_867, 9),
	SPEC(PO4, X12_IN_ANY, true, of_po4, 18),
	OPEN(PSA, X12_IN_867, 10),
	OPEN(PWK, X12_IN_867 | X12_IN_832, 10),
	OPEN(RCD, X12_IN_844 | X12_IN_849, 21),
	OPEN(SAC, X12_IN_846 | X12_IN_832, 16),
	OPEN(SHP, X12_IN_845, 7),
	OPEN(SSS, X12_IN_844 | X12_IN_849 | X12_IN_845, 11),
	OPEN(TD5, X12_IN_852 | X12_IN_832, 16),
	OPEN(XPO, X12_IN_852, 3),
};

#undef M
#undef LIST
#undef SPEC
#undef OPEN

#define FILE_	X12_LEVEL_FILE
#define CHANGE	X12_LEVEL_INTERCHANGE
#define GROUP	X12_LEVEL_GROUP
#define SET		X12_LEVEL_TRANSACTION
#define SEGM	X12_LEVEL_SEGMENT
#define ELEM	X12_LEVEL_ELEMENT
#define BUSI	X12_LEVEL_BUSINESS
#define CODE(name, level, refuses, ack)	\
	[X12_##name] = {#name, level, refuses, ack}

const X12CodeSpec x12_codes[X12_CODES] = {
	CODE(EMPTY_FILE, FILE_, true, NULL),
	CODE(NOT_EDI, FILE_, true, NULL),
	CODE(NO_ENVELOPE, FILE_, true, NULL),
	CODE(BOM, FILE_, false, NULL),
	CODE(LEADING_JUNK, FILE_, false, NULL),
	CODE(TRAILING_DATA, FILE_, false, NULL),
	CODE(TOO_MANY_FINDINGS, FILE_, false, NULL),
	CODE(ISA_WIDTH, CHANGE, true, "TA1 022"),
	CODE(ISA_ELEMENTS, CHANGE, true, "TA1 027"),
	CODE(ISA16_EMPTY, CHANGE, true, "TA1 027"),
	CODE(BAD_DELIMITER, CHANGE, true, "TA1 026"),
	CODE(NO_TERMINATOR, CHANGE, true, "TA1 004"),
	CODE(MULTIBYTE_TERMINATOR, CHANGE, true, "TA1 004"),
	CODE(WRAPPED_LINES, CHANGE, false, NULL),
	CODE(TRUNCATED, CHANGE, true, "TA1 023"),
	CODE(MISSING_IEA, CHANGE, true, "TA1 023"),
	CODE(MISSING_TERMINATOR, CHANGE, false, NULL),
	CODE(ICN_MISMATCH, CHANGE, true, "TA1 001"),
	CODE(ICN_FORMAT, CHANGE, false, NULL),
	CODE(IEA_COUNT, CHANGE, true, "TA1 021"),
	CODE(DUP_INTERCHANGE, CHANGE, true, "TA1 025"),
	CODE(TEST_DATA, CHANGE, false, NULL),
	CODE(BAD_VERSION, CHANGE, false, "TA1 017"),
	CODE(ST_OUTSIDE_GS, CHANGE, true, "TA1 024"),
	CODE(MISSING_GE, GROUP, true, "AK9 3"),
	CODE(GE_COUNT, GROUP, true, "AK9 5"),
	CODE(GCN_MISMATCH, GROUP, true, "AK9 4"),
	CODE(DUP_GROUP, GROUP, true, "AK9 19"),
	CODE(WRONG_FUNCTIONAL_ID, GROUP, false, "AK5 18"),
	CODE(SEGMENT_OUTSIDE_ST, GROUP, true, "TA1 024"),
	CODE(MISSING_SE, SET, true, "AK5 2"),
	CODE(SE_COUNT, SET, true, "AK5 4"),
	CODE(TCN_MISMATCH, SET, true, "AK5 3"),
	CODE(DUP_TRANSACTION, SET, false, "AK5 23"),
	CODE(UNSUPPORTED_SET, SET, true, "AK5 1"),
	CODE(MANDATORY_SEGMENT, SET, true, "AK3 3"),
	CODE(CTT_MISMATCH, SET, false, NULL),
	CODE(HASH_MISMATCH, SET, false, NULL),
	CODE(UNSUPPORTED_DIALECT, BUSI, true, "AK5 5"),
	CODE(UNKNOWN_SEGMENT, SEGM, false, "AK3 1"),
	CODE(SEGMENT_ORDER, SEGM, false, "AK3 7"),
	CODE(LOOP_LIMIT, SEGM, false, "AK3 4"),
	CODE(SEGMENT_TOO_LONG, SEGM, true, "AK3 8"),
	CODE(GLUED_SEGMENTS, SEGM, true, "AK4 7"),
	CODE(EMPTY_SEGMENT, SEGM, false, "AK3 10"),
	CODE(TRAILING_DELIMS, SEGM, false, "AK3 10"),
	CODE(LEADING_SPACES, SEGM, false, NULL),
	CODE(ELEMENT_MISSING, ELEM, true, "AK4 1"),
	CODE(ELEMENT_EXTRA, ELEM, false, "AK4 3"),
	CODE(ELEMENT_LENGTH, ELEM, false, "AK4 5"),
	CODE(BAD_NUMBER, ELEM, true, "AK4 6"),
	CODE(BAD_DATE, ELEM, true, "AK4 8"),
	CODE(BAD_TIME, ELEM, false, "AK4 9"),
	CODE(BAD_CODE, ELEM, false, "AK4 7"),
	CODE(PAIR_INCOMPLETE, ELEM, true, "AK4 2"),
	CODE(COMPONENT_EXTRA, ELEM, false, "AK4 13"),
	CODE(CONTROL_CHAR, ELEM, false, "AK4 6"),
	CODE(BAD_ENCODING, ELEM, false, "AK4 6"),
	CODE(AMOUNT_MISMATCH, BUSI, false, NULL),
	CODE(GTIN_CHECK_DIGIT, BUSI, false, NULL),
	CODE(PERIOD_OUTSIDE, BUSI, false, NULL),
	CODE(PERIOD_REVERSED, BUSI, false, NULL),
	CODE(NEGATIVE_WITHOUT_REASON, BUSI, false, NULL),
	CODE(QUANTITY_MISSING, BUSI, false, NULL),
};

/* Codes of two characters each, without anything between them. */
static const char *const lists[] = {
	[X12_LIST_NONE] = "",
	[X12_LIST_PURPOSE] =
	"000102030405060708101112131415161718192021222425262728303132333435363738"
	"394041424344454647484950515253545556577778"
	"5CCNCOEXGRPRRHRVSBSUZZ",
	[X12_LIST_TRANSFER] =
	"BBBCBDBEBFBGBHBIBJBKBLBMBNBOBPBQBRBSBTBUBVCCCOCSDLDSFGGDGPGRIAIBOFONOTPA"
	"PBPLPMPOPPRARBRCRPRTRURVSASCSDSHSMSSSUTDWL",
	[X12_LIST_ACTIVITY] =
	"AAABBSBTDGHLLSMSOFOHOPOQPAPOQ1Q2Q3Q4QAQBQCQDQEQFQHQIQKQLQMQNQOQPQRQSQTQU"
	"QWQXQZRERQTSWQ",
};

/*
 * The bit of a code of two characters from '0' to 'Z'; -1 if it is none.
 */
static inline int
bit_of(X12Slice code)
{
	unsigned	a;
	unsigned	b;

	if (code.length != 2)
		return -1;
	a = (unsigned char) code.at[0] - '0';
	b = (unsigned char) code.at[1] - '0';
	return a <= 'Z' - '0' && b <= 'Z' - '0' ? (int) (a * 64 + b) : -1;
}

/* Lay out what the tables say about the elements of one segment. */
static void
index_elements(X12Index *index, int tag)
{
	const X12SegmentSpec *spec = &x12_specs[tag];
	X12Plain   *plain = &index->plain[tag];
	int			i;

	plain->sets = spec->sets;
	plain->count = spec->count;
	plain->max = spec->max;
	for (i = 0; i < spec->count; i++)
	{
		bool		must = (spec->elements[i] & X12_MUST) != 0;
		uint8_t		id = spec->elements[i] & (uint8_t) ~X12_MUST;
		const X12ElementSpec *element = &x12_elements[id];

		index->length[tag].min[i] = element->min + 1;
		index->length[tag].max[i] = element->max + 1;
		index->length[tag].optional[i] = must ? 0 : -1;
		if (must)
			plain->last_must = (uint8_t) (i + 1);
		if (element->list != X12_LIST_NONE ||
			(element->type > X12_TYPE_ID && element->type != X12_TYPE_UNIT))
			plain->looked_at |= UINT32_C(1) << i;
	}
}

/*
 * Fill the table that x12_tag() looks into, 80 tags in 512 slots, the bits of
 * the code lists, and the lengths of elements.
 */
void
x12_index_init(X12Index *index)
{
	int			tag;
	int			list;

	memset(index, 0, sizeof(*index));
	for (tag = X12_UNKNOWN + 1; tag < X12_TAGS; tag++)
	{
		const char *name = x12_specs[tag].tag;
		uint32_t	code = x12_tag_code(name, (uint32_t) strlen(name));
		uint32_t	slot = x12_index_slot(code);

		index_elements(index, tag);

		while (index->code[slot] != 0)
			slot = (slot + 1) % X12_INDEX_SIZE;
		index->code[slot] = code;
		index->tag[slot] = (uint8_t) tag;
	}
	for (list = X12_LIST_NONE + 1; list < X12_LISTS; list++)
	{
		X12Slice	code = {lists[list], 2};

		for (; *code.at != '\0'; code.at += 2)
		{
			int			bit = bit_of(code);

			index->listed[list][bit / 8] |= (uint8_t) (1 << bit % 8);
		}
	}
}

/* Is the code in the list?  Every code is in X12_LIST_NONE. */
bool
x12_listed(const X12Index *index, X12List list, X12Slice code)
{
	int			bit = bit_of(code);

	if (list == X12_LIST_NONE)
		return true;
	return bit >= 0 && (index->listed[list][bit / 8] >> bit % 8 & 1) != 0;
}

static inline bool
capital_or_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Two capital letters or digits, as the qualifiers of product ids are. */
bool
x12_qualifier(X12Slice code)
{
	return code.length == 2 && capital_or_digit(code.at[0]) &&
		capital_or_digit(code.at[1]);
}
