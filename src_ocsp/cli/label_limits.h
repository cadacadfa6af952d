/* What a net's heads take of the boxes in label files. */
#ifndef OCSP_CLI_LABEL_LIMITS_H
#define OCSP_CLI_LABEL_LIMITS_H

#include <stdbool.h>

#include "hosts/host.h"
#include "layers/graph.h"

struct ocsp_label_limits {
    const struct ocsp_host *host;
    long classes; /* a label's class is below it: for all heads */
    int boxes;    /* of an image, that the host takes at most */
    double least_w,
        least_h;          /* narrower and lower boxes are dropped; shares of the image */
    bool drops_none;      /* … none is dropped, whatever its place or size */
    bool corner_is_class; /* a box at 0 0 is the class of the whole image, by tree= */
};

/* Refuses nets whose last layer `detector train` loads no boxes for, and map= files with
 * other classes than the head's. */
enum ocsp_status ocsp_label_limits_read(struct ocsp_label_limits *limits,
                                        const struct ocsp_graph *graph,
                                        const struct ocsp_host *host,
                                        struct ocsp_error *err);

/* Turns them into those of measuring the mAP, for which no box is dropped. */
void ocsp_label_limits_measure(struct ocsp_label_limits *limits);

#endif
