#include "prune/blocks.h"

#include <stdlib.h>

int ocsp_block_of(int round_to, const struct ocsp_group *group)
{
    int block = 1;

    for (int k = 0; k < group->n_members; k++) {
        int share = round_to; /* of this member, until its slices fill it */
        for (int s = group->members[k].slices; share > 1 && s % 2 == 0; s /= 2)
            share /= 2;
        block = share > block ? share : block;
    }
    return block;
}

enum ocsp_status ocsp_blocks_init(struct ocsp_blocks *blocks,
                                  const struct ocsp_coupling *coupling, int round_to,
                                  struct ocsp_error *err)
{
    const size_t channels = (size_t)coupling->n_channels + 1;
    const size_t groups = (size_t)coupling->n_groups + 1;

    *blocks = (struct ocsp_blocks){.coupling = coupling};
    blocks->removed = calloc(channels, sizeof *blocks->removed);
    blocks->taken = calloc(channels, sizeof *blocks->taken);
    blocks->size = calloc(groups, sizeof *blocks->size);
    blocks->gone = calloc(groups, sizeof *blocks->gone);
    blocks->waiting = calloc(groups, sizeof *blocks->waiting);
    enum ocsp_status status = OCSP_OK;
    if (!blocks->removed || !blocks->taken || !blocks->size || !blocks->gone ||
        !blocks->waiting)
        status = ocsp_fail_memory(err);
    if (!status)
        status = ocsp_counts_init(&blocks->counts, coupling, err);
    if (status) {
        ocsp_blocks_clear(blocks);
        return status;
    }
    for (int g = 0; g < coupling->n_groups; g++)
        blocks->size[g] = ocsp_block_of(round_to, &coupling->groups[g]);
    return OCSP_OK;
}

void ocsp_blocks_clear(struct ocsp_blocks *blocks)
{
    ocsp_counts_clear(&blocks->counts);
    free(blocks->removed);
    free(blocks->taken);
    free(blocks->size);
    free(blocks->gone);
    free(blocks->waiting);
    *blocks = (struct ocsp_blocks){0};
}

bool ocsp_blocks_take(struct ocsp_blocks *blocks, int channel)
{
    const int g = blocks->coupling->group_of[channel];
    const struct ocsp_group *group = &blocks->coupling->groups[g];

    blocks->taken[group->first + blocks->gone[g] + blocks->waiting[g]++] = channel;
    const int left = group->channels - blocks->gone[g] - blocks->waiting[g];
    if (left % blocks->size[g])
        return false;
    ocsp_blocks_remove_again(blocks, g, blocks->waiting[g]);
    blocks->waiting[g] = 0;
    return true;
}

bool ocsp_blocks_is_last(const struct ocsp_blocks *blocks, int channel)
{
    const int g = blocks->coupling->group_of[channel], gone = blocks->gone[g];

    return gone > 0 &&
           blocks->taken[blocks->coupling->groups[g].first + gone - 1] == channel;
}

int ocsp_blocks_give_back(struct ocsp_blocks *blocks, int group)
{
    const struct ocsp_group *of = &blocks->coupling->groups[group];
    const int gone = blocks->gone[group], size = blocks->size[group];
    const int n = gone < size ? gone : size; /* kept is a multiple of size */

    for (int k = gone - n; k < gone; k++)
        blocks->removed[blocks->taken[of->first + k]] = false;
    blocks->n_removed -= n;
    blocks->gone[group] -= n;
    blocks->waiting[group] = 0;
    ocsp_counts_remove(&blocks->counts, group, -n);
    return n;
}

void ocsp_blocks_remove_again(struct ocsp_blocks *blocks, int group, int n)
{
    const int first = blocks->coupling->groups[group].first + blocks->gone[group];

    for (int k = first; k < first + n; k++)
        blocks->removed[blocks->taken[k]] = true;
    blocks->n_removed += n;
    blocks->gone[group] += n;
    ocsp_counts_remove(&blocks->counts, group, n);
}
