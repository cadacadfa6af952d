/* Channels that leave and come back in blocks.
 *
 * With round_to r, a group that loses channels keeps so many that every layer's share of
 * it is a multiple of r. Its *block* is the least number of coupled channels whose slices
 * are such a multiple in every layer; without rounding it is 1. The block that leaves
 * first is smaller where the group is no multiple itself.
 *
 * A group's blocks come back in the reverse order in which they left: what was removed of
 * it are always the channels that were taken first. */
#ifndef OCSP_PRUNE_BLOCKS_H
#define OCSP_PRUNE_BLOCKS_H

#include <stdbool.h>

#include "prune/counts.h"

struct ocsp_blocks {
    const struct ocsp_coupling *coupling; /* borrowed */
    struct ocsp_counts counts;            /* of what is left */
    bool *removed;                        /* [n_channels] */
    int n_removed;
    int *size; /* [n_groups] channels of a block */
    /* [n_channels], a group's from its first on: the channels that were taken of it, in
     * that order: first those that are gone, then those that wait for a full block */
    int *taken;
    int *gone, *waiting; /* [n_groups] */
};

/* Channels in a block of this group; round_to: a power of two, or 0. */
int ocsp_block_of(int round_to, const struct ocsp_group *group);

enum ocsp_status ocsp_blocks_init(struct ocsp_blocks *blocks,
                                  const struct ocsp_coupling *coupling, int round_to,
                                  struct ocsp_error *err);
void ocsp_blocks_clear(struct ocsp_blocks *blocks);

/* Takes a channel, each once. It and those of its group that wait are removed once they
 * fill whole blocks; returns whether they were. */
bool ocsp_blocks_take(struct ocsp_blocks *blocks, int channel);
/* Whether this channel is removed, and the last of its group that was. */
bool ocsp_blocks_is_last(const struct ocsp_blocks *blocks, int channel);
/* Gives the last block of a group back, and returns how many channels that are: 0 where
 * none is gone. They do not wait again. */
int ocsp_blocks_give_back(struct ocsp_blocks *blocks, int group);
/* Removes the n channels of a group again that came back last. */
void ocsp_blocks_remove_again(struct ocsp_blocks *blocks, int group, int n);

#endif
