/* Numbers and lists as a reader of a cfg sees them, and as atoi(), atof() and the
 * Darknets' loops over commas read them. */
#ifndef OCSP_LINT_VALUES_H
#define OCSP_LINT_VALUES_H

#include <stdbool.h>
#include <stddef.h>

/* Is all of `text`, of `length` bytes, one finite number? As `whole`: also one that
 * atoi() reads as it stands, such as 4 or 4.0, but not 0.5, 1e3, 0x10 or 2^32. */
bool ocsp_value_is_number(const char *text, size_t length, bool whole);
/* Length of the value without a comment behind it: up to a '#' or a ';'. */
size_t ocsp_value_length(const char *value);
/* Is it a list of such numbers with one comma between two of them? */
bool ocsp_value_is_list(const char *value, bool whole);
#endif
