/* How a flag is written for people. */
#ifndef OCSP_CLI_FLAG_TEXT_H
#define OCSP_CLI_FLAG_TEXT_H

#include "cli/flag.h"

struct ocsp_flag_text {
    char bytes[512];
    size_t length;
};

/* Appends; what has no room is cut off. */
void ocsp_flag_text_add(struct ocsp_flag_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "-NAME VALUE". `bar` stands between the words that VALUE may be. */
struct ocsp_flag_text ocsp_flag_text(const struct ocsp_flag *flag, const char *bar);

#endif
