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
    enum ocsp_status status = OCSP_OK;

    *blocks = (struct ocsp_blocks){.coupling = coupling};
    blocks->removed = calloc(channels, sizeof *blocks->removed);
    blocks->order = calloc(channels, sizeof *blocks->order);
    blocks->size = calloc(groups, sizeof *blocks->size);
    blocks->gone = calloc(groups, sizeof *blocks->gone);
    blocks->chosen = calloc(groups, sizeof *blocks->chosen);
    if (!blocks->removed || !blocks->order || !blocks->size || !blocks->gone ||
        !blocks->chosen)
        status = ocsp_fail_memory(err);
    if (!status)
        status = ocsp_counts_init(&blocks->counts, coupling, err);
    if (status) {
        ocsp_blocks_clear(blocks);
        return status;
    }
    for (int c = 0; c < coupling->n_channels; c++)
        blocks->order[c] = c;
    for (int g = 0; g < coupling->n_groups; g++)
        blocks->size[g] = ocsp_block_of(round_to, &coupling->groups[g]);
    return OCSP_OK;
}

void ocsp_blocks_clear(struct ocsp_blocks *blocks)
{
    ocsp_counts_clear(&blocks->counts);
    free(blocks->removed);
    free(blocks->order);
    free(blocks->size);
    free(blocks->gone);
    free(blocks->chosen);
    *blocks = (struct ocsp_blocks){0};
}

bool ocsp_blocks_choose(struct ocsp_blocks *blocks, int group)
{
    const int chosen = ++blocks->chosen[group];

    if ((blocks->coupling->groups[group].channels - chosen) % blocks->size[group])
        return false;
    ocsp_blocks_set(blocks, group, chosen);
    return true;
}

void ocsp_blocks_set(struct ocsp_blocks *blocks, int group, int n)
{
    const int *order = blocks->order + blocks->coupling->groups[group].first;
    const int gone = blocks->gone[group];

    for (int k = gone; k < n; k++)
        blocks->removed[order[k]] = true;
    for (int k = n; k < gone; k++)
        blocks->removed[order[k]] = false;
    blocks->gone[group] = n;
    blocks->n_removed += n - gone;
    ocsp_counts_remove(&blocks->counts, group, n - gone);
}

/* What is kept of a group that has lost channels is a multiple of the block. */
int ocsp_blocks_one_less(const struct ocsp_blocks *blocks, int group)
{
    const int gone = blocks->gone[group], size = blocks->size[group];

    return gone > size ? gone - size : 0;
}
