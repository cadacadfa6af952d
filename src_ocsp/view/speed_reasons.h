/* Why a net is not as much faster as it has fewer multiply-accumulates (MACs). */
#ifndef OCSP_VIEW_SPEED_REASONS_H
#define OCSP_VIEW_SPEED_REASONS_H

#include "view/speed_result.h"
#include "view/speed_statistics.h"

/* A net or layer that reaches this share of its MACs' ratio needs no reason. */
#define OCSP_SPEED_GOOD_SHARE 0.85

enum ocsp_speed_reason {
    OCSP_SPEED_HOST,    /* Darknet's own code computes the layer */
    OCSP_SPEED_NO_MACS, /* its time goes with its numbers alone */
    OCSP_SPEED_SHORT,   /* what a layer costs in any case is most of it */
    OCSP_SPEED_VECTORS, /* it leaves more of its vectors empty than the first net's */
    OCSP_SPEED_MEMORY,  /* it waits for memory, or has few MACs per byte */
    OCSP_SPEED_OTHER,   /* none of these */
    OCSP_SPEED_REASONS
};

/* One layer against the same one of the first net. */
struct ocsp_speed_layer_gain {
    double times, theory; /* theory: ratio of MACs, or without MACs of bytes */
    double share;
    bool needs_reason;
    enum ocsp_speed_reason reason; /* where it does */
};

/* The fastest that any layer of any net of a result was. */
struct ocsp_speed_peaks {
    double macs_per_s, bytes_per_s;
};

/* What the reasons cost a net: seconds of a batch beyond the first net's time over the
 * ratio of MACs. */
struct ocsp_speed_loss {
    double seconds; /* of all */
    double by_reason[OCSP_SPEED_REASONS];
    double by_cheap_macs; /* layers that lost few MACs are slow for their MACs in the
                      first net, too */
};

struct ocsp_speed_peaks ocsp_speed_peaks_of(const struct ocsp_speed_result *result);

/* MACs of a batch per byte that has to be moved for it. */
double ocsp_speed_intensity(const struct ocsp_speed_layer *layer, int batch);

/* For nets that correspond. */
struct ocsp_speed_layer_gain
ocsp_speed_layer_gain_of(const struct ocsp_speed_result *result,
                         const struct ocsp_speed_peaks *peaks, int net, int layer);

struct ocsp_speed_loss ocsp_speed_loss_of(const struct ocsp_speed_result *result,
                                          const struct ocsp_speed_peaks *peaks, int net);

/* In one word, and as a sentence on several layers. */
const char *ocsp_speed_reason_name(enum ocsp_speed_reason reason);
const char *ocsp_speed_reason_text(enum ocsp_speed_reason reason);

#endif
