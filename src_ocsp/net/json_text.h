/* JSON and text, where jansson's own functions are not enough. */
#ifndef OCSP_NET_JSON_TEXT_H
#define OCSP_NET_JSON_TEXT_H

#include <jansson.h>

#include "net/error.h"

/* The whole text of `json`, malloc'ed, with json_dumps' flags. A NULL `json` means that
 * there was no memory for it. (json_dumps itself may return a text that lacks a key, if
 * the memory ended there.) */
enum ocsp_status ocsp_json_render(const json_t *json, size_t flags, char **text,
                                  struct ocsp_error *err);

/* As json_loadb, but it returns OCSP_E_MEMORY where the memory ended: jansson calls such
 * a text malformed, leaves a letter out of a long string, or aborts. For a text that is
 * malformed it returns OCSP_E_FORMAT, and `where` says why. Fills in no struct
 * ocsp_error. */
enum ocsp_status ocsp_json_parse(const char *text, size_t size, json_t **out,
                                 json_error_t *where);

/* A string of text that may hold any bytes. JSON has only UTF-8: in text that is none,
 * '?' stands for each byte that is not ASCII. NULL: no memory. */
json_t *ocsp_json_string(const char *text);

#endif
