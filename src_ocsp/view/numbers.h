/* Numbers as a page shows them. */
#ifndef OCSP_VIEW_NUMBERS_H
#define OCSP_VIEW_NUMBERS_H

#include <stdint.h>

#define OCSP_NARROW_SPACE "\xE2\x80\xAF" /* U+202F, which breaks no line */
#define OCSP_NUMBER 40                   /* bytes of any text below */

/* "10 764 928", with narrow spaces that do not break. */
const char *ocsp_long_count(char text[OCSP_NUMBER], uint64_t n);
/* "1.24 MB" */
const char *ocsp_bytes_text(char text[OCSP_NUMBER], uint64_t bytes);
/* "2 h 14 min", "3.4 s" */
const char *ocsp_duration_text(char text[OCSP_NUMBER], double seconds);
/* What printf makes of a double; "" of NaN. */
const char *ocsp_real_text(char text[OCSP_NUMBER], const char *format, double value)
    __attribute__((format(printf, 2, 0)));

#endif
