/* What a stream can show besides plain text. */
#ifndef OCSP_VIEW_TERMINAL_H
#define OCSP_VIEW_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct ocsp_terminal {
    bool colour; /* false in files, with NO_COLOR, and on terminals that have none */
    bool utf8;   /* false where the locale is none of UTF-8, and in files */
    int columns; /* 0: no terminal */
};

struct ocsp_terminal ocsp_terminal_of(FILE *out);

#endif
