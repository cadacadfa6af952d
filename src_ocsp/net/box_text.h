/* The text of a label file: a line per object of an image, with the number of its class,
 * the centre of its box, width and height.
 *
 *     struct ocsp_box_text text = {.path = path, .next = data, .end = data + size};
 *     do
 *         status = ocsp_box_next(&text, &box, &found, &err);
 *     while (!status && found);
 */
#ifndef OCSP_NET_BOX_TEXT_H
#define OCSP_NET_BOX_TEXT_H

#include <stdbool.h>

#include "net/error.h"

struct ocsp_box {
    long id; /* of its class */
    /* Finite; in shares of the image, if they are what they should be. */
    float x, y, w, h;
};

struct ocsp_box_text {
    const char *path;       /* for messages */
    const char *next, *end; /* *end is '\0' */
    int line;               /* of the last box */
};

/* The next box; *found is false behind the last one. Darknet reads such a file by
 * fscanf("%d %f %f %f %f") until it fails, whatever follows then. So all is refused of
 * which that would make something else than a box for every line. */
enum ocsp_status ocsp_box_next(struct ocsp_box_text *text, struct ocsp_box *box,
                               bool *found, struct ocsp_error *err);

/* The next number of a text that holds classes alone, with blanks and lines between. */
enum ocsp_status ocsp_tag_next(struct ocsp_box_text *text, long *id, bool *found,
                               struct ocsp_error *err);

#endif
