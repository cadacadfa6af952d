/* What the keys of a detection head (ocsp_lint_section.head) ask for, read
 * as Darknet reads them: training and lint check heads by the same numbers. */
#ifndef OCSP_LINT_HEAD_H
#define OCSP_LINT_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "layers/graph.h"

struct ocsp_head {
    int classes;
    int anchors; /* num= */
    int boxes;   /* anchors that this head uses: those of mask=, or all */
    int per_box; /* channels of a box besides its classes: coordinates and objectness */
    const char *coordinates_key; /* that may give the number of coordinates, or NULL */
    bool reads_mask;
};

/* Of layer l of `cfg`; false where it is no head. */
bool ocsp_head_read(struct ocsp_head *head, const struct ocsp_cfg *cfg,
                    const struct ocsp_layer *l);
/* Is the layer a head of a detector, [detection] among them? */
bool ocsp_head_finds_boxes(const struct ocsp_layer *l);

/* Channels that the head reads: boxes · (classes + per_box). */
int64_t ocsp_head_channels(const struct ocsp_head *head);

/* The classes of a detection head of any type, in the Darknets' reading; 0: no head. */
int ocsp_head_classes(const struct ocsp_cfg *cfg, const struct ocsp_layer *l);

/* Numbers in a list, by its commas: up to a '#', or all of its line. */
int ocsp_head_count(const char *list, bool cuts_comment);
/* Does mask= hold the number of an anchor that is not there? */
bool ocsp_head_reads_beyond_anchors(const struct ocsp_cfg *cfg,
                                    const struct ocsp_layer *l);
/* Does anchors= hold more than two numbers for each of num=? */
bool ocsp_head_overflows_anchors(const struct ocsp_cfg *cfg, const struct ocsp_layer *l,
                                 bool cuts_comment);

#endif
