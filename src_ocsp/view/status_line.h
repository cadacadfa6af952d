/* The status line of a terminal: parts of different importance, of which a narrow
 * terminal gets those that fit. */
#ifndef OCSP_VIEW_STATUS_LINE_H
#define OCSP_VIEW_STATUS_LINE_H

#include <stddef.h>

#define OCSP_STATUS_PARTS 12
#define OCSP_STATUS_TEXT 48                                     /* bytes of a part */
#define OCSP_STATUS_SIZE (OCSP_STATUS_PARTS * OCSP_STATUS_TEXT) /* bytes of all */

/* ASCII, in the order in which it stands on the line; of rank 0 to 9, 0 goes last. An
 * empty text is no part. */
struct ocsp_status_part {
    int rank;
    char text[OCSP_STATUS_TEXT - 2];
};

struct ocsp_status_line {
    int n;
    struct ocsp_status_part part[OCSP_STATUS_PARTS];
};

/* Adds a part; nothing where there are as many as can be. */
void ocsp_status_add(struct ocsp_status_line *status, int rank, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* All parts as one text, for a pipe; and back. */
void ocsp_status_pack(const struct ocsp_status_line *status,
                      char packed[OCSP_STATUS_SIZE]);
void ocsp_status_unpack(struct ocsp_status_line *status, const char *packed);

/* The line for so many columns: less than that, so that no terminal wraps it. */
void ocsp_status_fit(const struct ocsp_status_line *status, int columns,
                     char line[OCSP_STATUS_SIZE]);

#endif
