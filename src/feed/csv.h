/*
 * csv.h
 *		Reading delimited text (RFC 4180): the part that knows no server.
 *
 * Plain C over a byte range, as x12.h is.  Rows are pulled one by one; a row
 * that breaks the rules is returned with its problem named, and reading goes
 * on behind it.
 */
#ifndef FEED_CSV_H
#define FEED_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum CsvProblem
{
	CSV_FINE,
	CSV_UNCLOSED_QUOTE,
	CSV_TEXT_AFTER_QUOTE
} CsvProblem;

/*
 * A field spans at .. at + length, quotes excluded; if doubled, each pair of
 * quotes in it stands for one.
 */
typedef struct CsvField
{
	const char *at;
	size_t		length;
	bool		doubled;
} CsvField;

typedef struct CsvReader
{
	const char *data;
	size_t		length;
	size_t		pos;
	char		delimiter;
	int64_t		line;			/* of pos, from 1 */

	/* the last row */
	int64_t		row_line;
	CsvProblem	problem;
	CsvField   *fields;
	int			count;
	int			size;
	void	   *(*grow) (void *arg, void *old, size_t size);
	void	   *grow_arg;
} CsvReader;

extern void csv_begin(CsvReader *reader, const char *data, size_t length,
					  char delimiter);
extern char csv_sniff(const char *data, size_t length);
extern bool csv_next(CsvReader *reader);
extern size_t csv_unquote(const CsvField *field, char *to);

#endif							/* FEED_CSV_H */
