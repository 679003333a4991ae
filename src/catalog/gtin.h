/*
 * gtin.h
 *		Global trade item numbers, for the C of other subjects: a range of
 *		bytes in, no palloc, no ereport.
 */
#ifndef DISTMGMT_GTIN_H
#define DISTMGMT_GTIN_H

/* Digits of the longest GTIN, to which the shorter are padded. */
#define GTIN_DIGITS		14

extern bool gtin_has_form(const char *value, int length);
extern bool gtin_is_right(const char *value, int length);
extern int	gtin_check_digit(const char *digits, int ndigits);

#endif							/* DISTMGMT_GTIN_H */
