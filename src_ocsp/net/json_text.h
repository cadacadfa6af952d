/* JSON and text, where jansson's own functions are not enough. */
#ifndef OCSP_NET_JSON_TEXT_H
#define OCSP_NET_JSON_TEXT_H

#include <jansson.h>

#include "net/error.h"

/* The whole text of `json`, malloc'ed, with json_dumps' flags. NULL in its place means
 * that there was no memory for it. (json_dumps itself calls a text complete that lacks a
 * key, where the memory ended at the key.) */
enum ocsp_status ocsp_json_render(const json_t *json, size_t flags, char **text,
                                  struct ocsp_error *err);

/* json_loadb, but OCSP_E_MEMORY where memory ended: jansson calls such a text malformed,
 * or leaves a letter out of a long string. Else OCSP_E_FORMAT, and `where` says why. No
 * error is filled. */
enum ocsp_status ocsp_json_parse(const char *text, size_t size, json_t **out,
                                 json_error_t *where);

/* A string of text that may hold any bytes. JSON has only UTF-8: in text that is none,
 * '?' stands for each byte that is not ASCII. NULL: no memory. */
json_t *ocsp_json_string(const char *text);

#endif
