/* What a host makes of one box of a label file. */
#ifndef OCSP_CLI_LABEL_BOX_H
#define OCSP_CLI_LABEL_BOX_H

#include <stdint.h>

#include "cli/label_limits.h"
#include "net/box_text.h"

/* What may be odd about an image's labels. The first is refused. */
enum ocsp_label_kind {
    OCSP_LABEL_FAULT,
    OCSP_LABEL_MISSING,  /* no file, where the host takes that for no objects */
    OCSP_LABEL_EMPTY,    /* no box in it */
    OCSP_LABEL_CROWDED,  /* more boxes than the host takes */
    OCSP_LABEL_OUTSIDE,  /* a box wholly outside the image: dropped */
    OCSP_LABEL_CORNER,   /* one at 0 0: dropped */
    OCSP_LABEL_SMALL,    /* one so small that it is dropped */
    OCSP_LABEL_BEYOND,   /* one partly outside the image */
    OCSP_LABEL_REPEATED, /* the same box of the same class twice */
    OCSP_LABEL_KINDS
};

/* Refuses a class that the net has not. */
enum ocsp_status ocsp_label_class_check(long id, const struct ocsp_box_text *text,
                                        const struct ocsp_label_limits *limits,
                                        struct ocsp_error *err);

/* Adds the kinds of a box to *kinds; `text` is where it stands. Refuses what the host
 * misreads or crashes on. */
enum ocsp_status ocsp_label_box_check(const struct ocsp_box *box,
                                      const struct ocsp_box_text *text,
                                      const struct ocsp_label_limits *limits,
                                      uint32_t *kinds, struct ocsp_error *err);

#endif
