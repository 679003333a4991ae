/*
 * x12_dict.h
 *		The X12 dictionary, as far as distributors' reports use it.
 *
 * A segment is a list of elements, and an element is known by its number in
 * the standard's dictionary, the same wherever it is used: 380 is a quantity,
 * 373 a date.  So it is here: X12SegmentSpec lists elements, X12ElementSpec
 * says what one may hold.  Included by x12.h only.
 */
#ifndef X12_DICT_H
#define X12_DICT_H

/* Transaction sets, as bits: who may contain a segment. */
#define X12_IN_867	0x01
#define X12_IN_852	0x02
#define X12_IN_846	0x04
#define X12_IN_844	0x08
#define X12_IN_849	0x10
#define X12_IN_845	0x20
#define X12_IN_832	0x40
#define X12_IN_ANY	0x7f

/* Segment tags.  The order is that of the table in x12_dict.c. */
typedef enum X12Tag
{
	X12_UNKNOWN,
	/* envelopes */
	X12_ISA, X12_GS, X12_ST, X12_SE, X12_GE, X12_IEA, X12_TA1, X12_ISB,
	X12_ISE,
	/* how a transaction begins */
	X12_BPT, X12_XQ, X12_BIA, X12_BAA, X12_BRC, X12_BPA, X12_BCT,
	/* what readers use */
	X12_AAA, X12_AMT, X12_CON, X12_CTP, X12_CTT, X12_CUR, X12_DTM, X12_LIN,
	X12_LX, X12_N1, X12_N2, X12_N3, X12_N4, X12_N9, X12_PAD, X12_PRF,
	X12_PTD, X12_QTY, X12_REF, X12_SCH, X12_SDQ, X12_SII, X12_SLN, X12_UIT,
	X12_ZA,
	/* what they pass over */
	X12_CS, X12_CTB, X12_DD, X12_FA1, X12_FA2, X12_FOB, X12_G39, X12_G53,
	X12_G95, X12_ITA, X12_ITD, X12_LCD, X12_LDT, X12_LE, X12_LM, X12_LQ,
	X12_LS, X12_MAN, X12_MEA, X12_NTE, X12_PAL, X12_PCT, X12_PER, X12_PID,
	X12_PKG, X12_PO3, X12_PO4, X12_PSA, X12_PWK, X12_RCD, X12_SAC, X12_SHP,
	X12_SSS, X12_TD5, X12_XPO,
	X12_TAGS
} X12Tag;

/* What an element may hold. */
typedef enum X12Type
{
	X12_TYPE_ANY,				/* not looked at */
	X12_TYPE_TEXT,				/* AN */
	X12_TYPE_ID,
	X12_TYPE_COUNT,				/* N0 */
	X12_TYPE_NUMBER,			/* R */
	X12_TYPE_DATE,
	X12_TYPE_TIME,
	X12_TYPE_UNIT				/* C001: a unit of measure, composite */
} X12Type;

/* Code lists that are complete enough to be checked against. */
typedef enum X12List
{
	X12_LIST_NONE,
	X12_LIST_PURPOSE,			/* 353 */
	X12_LIST_TRANSFER,			/* 521 */
	X12_LIST_ACTIVITY,			/* 859 */
	X12_LISTS
} X12List;

typedef struct X12ElementSpec
{
	uint8_t		type;			/* X12Type */
	uint8_t		min;
	uint8_t		max;
	uint8_t		list;			/* X12List */
} X12ElementSpec;

/* Elements by their number in the dictionary; the order is the table's. */
typedef enum X12ElementId
{
	E_ANY,
	E19, E26, E61, E66, E67, E81, E93, E96, E98, E100, E116, E127, E128,
	E156, E166, E183, E212, E234, E235, E236, E280, E305, E306, E309, E310,
	E324, E327, E328, E329, E337, E347, E349, E350, E352, E353, E354, E355,
	E356, E357, E363, E364, E365, E366, E367, E369, E373, E374, E380, E443,
	E447, E478, E486, E499, E521, E522, E554, E559, E623, E639, E640, E648,
	E649, E669, E670, E673, E683, E687, E706, E750, E751, E755, E782, E822,
	E846, E859, E889, E901, E954, E1004, E1073, E1250, E1251, EC001,
	E_LAST
} X12ElementId;

#define X12_MUST	0x80		/* or-ed to an element: it is mandatory */

typedef struct X12SegmentSpec
{
	char		tag[4];
	uint8_t		sets;			/* X12_IN_... */
	bool		soft;			/* what it lacks does not cost a line */
	uint8_t		count;			/* elements listed */
	uint8_t		max;			/* elements allowed */
	const uint8_t *elements;
} X12SegmentSpec;

#define X12_INDEX_SIZE	512
#define X12_MAX_LISTED	32		/* elements listed for a segment */

/* What is to be looked at first of a segment. */
typedef struct X12Plain
{
	uint8_t		sets;			/* as in its X12SegmentSpec */
	uint8_t		count;
	uint8_t		max;
	uint8_t		last_must;		/* the last mandatory element */
	uint32_t	looked_at;		/* a bit for each whose text matters */
} X12Plain;

/*
 * What the tables say, laid out for speed: built once per reader.
 */
typedef struct X12Index
{
	/* open addressing, from the packed letters of a tag to its number */
	uint32_t	code[X12_INDEX_SIZE];	/* 0 = free */
	uint8_t		tag[X12_INDEX_SIZE];

	/* which codes of two capitals or digits a list holds: a bit for each */
	uint8_t		listed[X12_LISTS][(43 * 64) / 8];

	X12Plain	plain[X12_TAGS];

	/*
	 * The lengths of the elements of each segment, with the delimiter in
	 * front counted, side by side so that eight are compared at once;
	 * "optional" has all bits set where the element may also be empty.
	 */
	struct
	{
		int16_t		min[X12_MAX_LISTED];
		int16_t		max[X12_MAX_LISTED];
		int16_t		optional[X12_MAX_LISTED];
	}			length[X12_TAGS];
} X12Index;

/* ---- Findings ---- */

typedef enum X12Level
{
	X12_LEVEL_FILE, X12_LEVEL_INTERCHANGE, X12_LEVEL_GROUP,
	X12_LEVEL_TRANSACTION, X12_LEVEL_SEGMENT, X12_LEVEL_ELEMENT,
	X12_LEVEL_BUSINESS
} X12Level;

/* The order is that of the table in x12_dict.c. */
typedef enum X12Code
{
	X12_EMPTY_FILE, X12_NOT_EDI, X12_NO_ENVELOPE, X12_BOM, X12_LEADING_JUNK,
	X12_TRAILING_DATA, X12_TOO_MANY_FINDINGS,
	X12_ISA_WIDTH, X12_ISA_ELEMENTS, X12_ISA16_EMPTY, X12_BAD_DELIMITER,
	X12_NO_TERMINATOR, X12_MULTIBYTE_TERMINATOR, X12_WRAPPED_LINES,
	X12_TRUNCATED, X12_MISSING_IEA, X12_MISSING_TERMINATOR,
	X12_ICN_MISMATCH, X12_ICN_FORMAT, X12_IEA_COUNT, X12_DUP_INTERCHANGE,
	X12_TEST_DATA, X12_BAD_VERSION, X12_ST_OUTSIDE_GS,
	X12_MISSING_GE, X12_GE_COUNT, X12_GCN_MISMATCH, X12_DUP_GROUP,
	X12_WRONG_FUNCTIONAL_ID, X12_SEGMENT_OUTSIDE_ST,
	X12_MISSING_SE, X12_SE_COUNT, X12_TCN_MISMATCH, X12_DUP_TRANSACTION,
	X12_UNSUPPORTED_SET, X12_MANDATORY_SEGMENT, X12_CTT_MISMATCH,
	X12_HASH_MISMATCH, X12_UNSUPPORTED_DIALECT,
	X12_UNKNOWN_SEGMENT, X12_SEGMENT_ORDER, X12_LOOP_LIMIT,
	X12_SEGMENT_TOO_LONG, X12_GLUED_SEGMENTS, X12_EMPTY_SEGMENT,
	X12_TRAILING_DELIMS, X12_LEADING_SPACES,
	X12_ELEMENT_MISSING, X12_ELEMENT_EXTRA, X12_ELEMENT_LENGTH,
	X12_BAD_NUMBER, X12_BAD_DATE, X12_BAD_TIME, X12_BAD_CODE,
	X12_PAIR_INCOMPLETE, X12_COMPONENT_EXTRA, X12_CONTROL_CHAR, X12_BAD_ENCODING,
	X12_AMOUNT_MISMATCH, X12_GTIN_CHECK_DIGIT, X12_PERIOD_OUTSIDE,
	X12_PERIOD_REVERSED, X12_NEGATIVE_WITHOUT_REASON, X12_QUANTITY_MISSING,
	X12_CODES
} X12Code;

typedef struct X12CodeSpec
{
	const char *name;
	uint8_t		level;			/* X12Level */
	bool		refuses;
	const char *ack;			/* 997/TA1 code, NULL = none */
} X12CodeSpec;

extern const X12ElementSpec x12_elements[E_LAST];
extern const X12SegmentSpec x12_specs[X12_TAGS];
extern const X12CodeSpec x12_codes[X12_CODES];

extern void x12_index_init(X12Index *index);
extern bool x12_listed(const X12Index *index, X12List list, X12Slice code);
extern bool x12_qualifier(X12Slice code);

/* The letters of a tag, up to three, as a number; 0 if there are more. */
static inline uint32_t
x12_tag_code(const char *at, uint32_t length)
{
	char		letters[4] = {0, 0, 0, 0};
	uint32_t	code;

	if (length > 3)
		return 0;
	memcpy(letters, at, length);
	memcpy(&code, letters, sizeof(code));
	return code;
}

static inline uint32_t
x12_index_slot(uint32_t code)
{
	return (code * UINT32_C(0x9e3779b1)) >> 23;
}

static inline uint8_t
x12_tag_of(const X12Index *index, uint32_t code)
{
	uint32_t	slot = x12_index_slot(code);

	while (index->code[slot] != code)
	{
		if (index->code[slot] == 0)
			return X12_UNKNOWN;
		slot = (slot + 1) % X12_INDEX_SIZE;
	}
	return index->tag[slot];
}

/*
 * The number of a tag, X12_UNKNOWN if it is none of ours.
 */
static inline uint8_t
x12_tag(const X12Index *index, X12Slice name)
{
	return x12_tag_of(index, x12_tag_code(name.at, name.length));
}

/* The same where at least four bytes can be read. */
static inline uint8_t
x12_tag_at(const X12Index *index, const char *at, uint32_t length)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint32_t	code;

	memcpy(&code, at, sizeof(code));
	code = length > 3 ? 0 : code & ((UINT32_C(1) << 8 * length) - 1);
	return x12_tag_of(index, code);
#else
	return x12_tag_of(index, x12_tag_code(at, length));
#endif
}

#endif							/* X12_DICT_H */
