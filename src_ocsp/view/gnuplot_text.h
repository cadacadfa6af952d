/* Texts in a script for gnuplot. */
#ifndef OCSP_VIEW_GNUPLOT_TEXT_H
#define OCSP_VIEW_GNUPLOT_TEXT_H

#include <stdio.h>

/* Writes `text` as a string of gnuplot's that has these bytes, whatever they are: no
 * quote ends it, and no back quote runs a command. */
void ocsp_gnuplot_string(FILE *out, const char *text);

/* Writes a name as people read it into a string of gnuplot's that is open: at most `most`
 * letters, "…" in the place of what is left out. '?' stands for bytes that are not UTF-8,
 * and for control characters, which no XML may have. */
void ocsp_gnuplot_caption(FILE *out, const char *name, int most);

#endif
