/* Channels that go and come back in blocks.
 *
 * With round_to r, a group that loses channels keeps so many that every layer's share of
 * it is a multiple of r. Its *block* is the least number of coupled channels whose slices
 * are such a multiple in every layer; without rounding it is 1. The block that goes first
 * is smaller where the group is no multiple itself.
 *
 * The channels of a group go in a fixed order, and come back in its reverse. */
#ifndef OCSP_PRUNE_BLOCKS_H
#define OCSP_PRUNE_BLOCKS_H

#include <stdbool.h>

#include "prune/counts.h"

struct ocsp_blocks {
    const struct ocsp_coupling *coupling; /* borrowed */
    struct ocsp_counts counts;            /* of what is left */
    bool *removed;                        /* [n_channels] */
    int n_removed;
    int *size;   /* [n_groups] channels of a block */
    int *order;  /* [n_channels], a group's from its first on: they go in this order */
    int *gone;   /* [n_groups] channels that are gone, those that `order` has first */
    int *chosen; /* [n_groups] these, and those that wait for a full block */
};

/* Channels in a block of this group; round_to: a power of two, or 0. */
int ocsp_block_of(int round_to, const struct ocsp_group *group);

/* None is gone; `order` is the order of numbers. */
enum ocsp_status ocsp_blocks_init(struct ocsp_blocks *blocks,
                                  const struct ocsp_coupling *coupling, int round_to,
                                  struct ocsp_error *err);
void ocsp_blocks_clear(struct ocsp_blocks *blocks);

/* Chooses the group's next channel. It goes, with those that wait, once they fill whole
 * blocks; returns whether they did. */
bool ocsp_blocks_choose(struct ocsp_blocks *blocks, int group);
/* Makes the first n channels of the group's order be gone, and no others. */
void ocsp_blocks_set(struct ocsp_blocks *blocks, int group, int n);
/* How many of the group are gone once one block less is. */
int ocsp_blocks_one_less(const struct ocsp_blocks *blocks, int group);

#endif
