/* The text that makes a detector of a backbone, in the manner of SSD: extra feature
 * layers, and one [yolo] head per feature map. Only keys of the stock yolov3.cfg. */
#ifndef OCSP_PRUNE_HEADS_H
#define OCSP_PRUNE_HEADS_H

#include <stdbool.h>

#include "net/error.h"

enum {
    OCSP_MAX_MAPS = 16,
    OCSP_ANCHORS_PER_MAP = 3,
    OCSP_MAX_ANCHOR_NUMBERS = 2 * OCSP_ANCHORS_PER_MAP * OCSP_MAX_MAPS,
    OCSP_EXTRA_LAYERS = 2, /* of an extra block … */
    OCSP_EXTRA_TEXT = 512, /* … and room for its text */
    OCSP_HEAD_LAYERS = 3   /* of a head: route, convolutional, yolo */
};

/* The heads wanted. The host gives a truth to the head whose anchor fits best. */
struct ocsp_heads {
    int n_maps;
    int maps[OCSP_MAX_MAPS]; /* side of each feature map, in the order of the heads */
    int taps[OCSP_MAX_MAPS]; /* the layer that makes it */
    int classes;
    /* widths and heights in pixels of the input, three pairs per map, the finest map's
     * first; none: default ones */
    int n_anchors; /* numbers */
    double anchors[OCSP_MAX_ANCHOR_NUMBERS];
};

/* The n-th extra block, n from 0: a 1x1 convolution and a 3x3 one to twice its filters,
 * of stride 2, or (last) of stride 1 without padding, as SSD's last ones. 256 and 512
 * filters first, then 128 and 256. */
void ocsp_heads_extra(char text[OCSP_EXTRA_TEXT], int n, bool last);

/* Default anchors for a square input: on map k of M, from the finest, s_k = 0.1 +
 * 0.8·k/(M − 1) of its side, but s_0 = 0.07 (a single map: 0.5); width s·√r and height
 * s/√r for r = 1, 2, 1/2, rounded, within the input. Returns the count of numbers. */
int ocsp_heads_default_anchors(int n_maps, int input, double anchors[]);

/* Heads as layers first_layer, first_layer + 1 …; all anchors must be given. *text is
 * malloc'ed and ends with '\0'. */
enum ocsp_status ocsp_heads_render(const struct ocsp_heads *heads, int first_layer,
                                   char **text, struct ocsp_error *err);

#endif
