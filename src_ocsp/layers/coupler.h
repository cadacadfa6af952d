/* How the functions `couple` of layer types say which channels are one.
 *
 * Every channel of every layer's output is an element of a union-find structure. A layer
 * makes a list of elements for its output: new ones, or those that it passes on. It joins
 * elements that must be removed together, and freezes those that must stay. */
#ifndef OCSP_LAYERS_COUPLER_H
#define OCSP_LAYERS_COUPLER_H

#include <stdbool.h>

#include "layers/channel_list.h"
#include "layers/graph.h"

struct ocsp_coupler {
    const struct ocsp_graph *graph;
    struct ocsp_channels *channels;
    int next; /* the next element that is not in use */
};

/* What layer i reads from the layer before it, or the image. */
const struct ocsp_channel_list *ocsp_coupler_input(const struct ocsp_coupler *c, int i);
/* Layer i's output, and that of another layer. */
struct ocsp_channel_list *ocsp_coupler_output(const struct ocsp_coupler *c, int i);

/* Gives layer i's output a list: of new elements; or as long as it has channels, its
 * elements to be filled in. false: no memory. */
bool ocsp_couple_new(struct ocsp_coupler *c, int i);
bool ocsp_couple_like_output(struct ocsp_coupler *c, int i);

void ocsp_couple_join(struct ocsp_coupler *c, int a, int b);
/* Couples two lists channel by channel, or freezes both where their lengths differ. */
void ocsp_couple_join_lists(struct ocsp_coupler *c, const struct ocsp_channel_list *a,
                            const struct ocsp_channel_list *b, int layer);
/* Couples position j of every one of `parts` equal parts of a list. */
void ocsp_couple_join_parts(struct ocsp_coupler *c, const struct ocsp_channel_list *l,
                            int parts);
/* `reason`: a static text that `ocsp info` prints. */
void ocsp_couple_freeze(struct ocsp_coupler *c, const struct ocsp_channel_list *l,
                        int layer, const char *reason);

/* Ready functions for a type's `couple`. */
/* Every channel is passed on by itself, the size of the map may change. */
bool ocsp_couple_through(struct ocsp_coupler *c, int i);
/* Every number is passed on by itself: this keeps the meaning of a route over maps of
 * unequal size, too. */
bool ocsp_couple_by_element(struct ocsp_coupler *c, int i);
/* All that the layer reads, and its output, are frozen. */
bool ocsp_couple_frozen(struct ocsp_coupler *c, int i, const char *reason);

/* Why a layer that needs maps freezes a route over maps of unequal size. */
#define OCSP_UNEQUAL_MAPS "maps of unequal size are read as one"

#endif
