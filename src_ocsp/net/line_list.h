/* A text of which Darknet takes every line as one thing, blanks and empty lines too: a
 * list of images, or of labels. */
#ifndef OCSP_NET_LINE_LIST_H
#define OCSP_NET_LINE_LIST_H

#include "net/error.h"

struct ocsp_line_list {
    char *file; /* its path */
    int n;
    char **line; /* [n] line[i] stands in line i + 1 of the file, without its end */
    char *text;  /* where they point to */
};

/* Reads the file. `unix_host`: the name of a host that would take a CR for a part of the
 * line, which is refused then; NULL: the CR of CR LF is dropped, as hosts do. Refuses
 * files that are no text, that begin with a byte order mark, or hold no line. */
enum ocsp_status ocsp_line_list_read(struct ocsp_line_list *list, const char *file,
                                     const char *unix_host, struct ocsp_error *err);
/* Also of zeros. */
void ocsp_line_list_clear(struct ocsp_line_list *list);

#endif
