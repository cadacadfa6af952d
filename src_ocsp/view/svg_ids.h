/* gnuplot gives the same ids in every SVG. A page that has several pictures in it needs
 * them to differ. */
#ifndef OCSP_VIEW_SVG_IDS_H
#define OCSP_VIEW_SVG_IDS_H

#include <stddef.h>

#include "net/error.h"

/* Makes the text anew, which is malloc'ed: "<name>_" comes ahead of each id, and of each
 * reference to one. */
enum ocsp_status ocsp_svg_name_ids(char **text, size_t *size, const char *name,
                                   struct ocsp_error *err);

#endif
