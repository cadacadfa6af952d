/* HTML as text, in which nothing that comes from outside is ever markup. */
#ifndef OCSP_VIEW_HTML_H
#define OCSP_VIEW_HTML_H

#include <stdio.h>

/* Writes `format`, in which %s stands for a text (NULL: nothing), %d for an int and %%
 * for a percent sign. Texts may hold any bytes: what is special in HTML, also within
 * quoted attributes, is written as an entity; U+FFFD stands for bytes that are no UTF-8
 * and for characters that HTML has not. */
void ocsp_html(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text alone, by the same rules. The second writes its first n bytes, before the '\0'
 * or an ASCII character. */
void ocsp_html_text(FILE *out, const char *text);
void ocsp_html_part(FILE *out, const char *text, size_t n);

/* The text as a data URI of that media type, for src="…". A picture in it can run no
 * script and load nothing. */
void ocsp_html_data_uri(FILE *out, const char *media_type, const char *text);

#endif
