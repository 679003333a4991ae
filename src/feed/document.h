/*
 * document.h
 *		Which characters the bytes of a report mean: the part that knows no
 *		server.
 *
 * Plain C over a byte range, as x12.h is.  A report arrives as bytes and only
 * seldom says in which encoding; document_guess() finds out, and
 * document_to_utf8() turns the five encodings that occur in nearly all of
 * them into UTF-8.  Any other one is left to the server.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DocumentEncoding
{
	DOCUMENT_UTF8,
	DOCUMENT_UTF16LE,
	DOCUMENT_UTF16BE,
	DOCUMENT_LATIN1,
	DOCUMENT_WIN1252,
	DOCUMENT_OTHER				/* the server's business */
} DocumentEncoding;

typedef struct DocumentGuess
{
	DocumentEncoding encoding;
	const char *name;			/* as PostgreSQL writes it */
	size_t		mark;			/* bytes of the byte order mark */
	const char *declared;		/* what the UNB says, four bytes, or NULL */
	bool		contradicts;	/* which the bytes belie */
} DocumentGuess;

/*
 * Called for each run of bytes that is no character; what it was written for
 * says why, in words that go behind "is".
 */
typedef void (*DocumentBad) (void *arg, size_t offset, size_t length,
							 const char *why);

extern DocumentGuess document_guess(const char *data, size_t length);
extern DocumentEncoding document_by_name(const char *name,
										 const char **proper);
extern size_t document_mark(DocumentEncoding encoding, const char *data,
							size_t length);
extern size_t document_to_utf8(DocumentEncoding encoding, const char *data,
							   size_t length, size_t from, char *out,
							   DocumentBad bad, void *arg);

#endif							/* DOCUMENT_H */
