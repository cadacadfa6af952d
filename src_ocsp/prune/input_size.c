#include "prune/input_size.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct search {
    struct ocsp_cfg *body;
    const struct ocsp_heads *heads;
    struct ocsp_error *err;
    int size, rank;   /* the best so far, the lowest rank; size 0: none */
    int nearest, gap; /* what comes closest; 0: none was valid */
};

/* A layer whose map a head may read: side branches, as squeeze and excitation has them,
 * may be smaller than the body's end. */
static bool is_map(const struct ocsp_maps *body, const struct ocsp_layer *l)
{
    return l->out_w == l->out_h && l->out_w >= ocsp_maps_end(body);
}

/* Pixels between a side and the nearest of the body's maps. */
static int gap_to(const struct ocsp_maps *body, int side)
{
    int least = INT_MAX;

    for (int i = 0; i < body->graph->n_layers; i++) {
        const struct ocsp_layer *l = &body->graph->layers[i];
        const int apart = abs(l->out_w - side);
        if (is_map(body, l) && apart < least)
            least = apart;
    }
    return least;
}

static int largest(const struct ocsp_heads *heads)
{
    int side = 0;
    for (int i = 0; i < heads->n_maps; i++)
        side = heads->maps[i] > side ? heads->maps[i] : side;
    return side;
}

/* Whether the body has all maps that it must have. *gap: the sum over all maps. */
static bool suits(const struct ocsp_maps *body, const struct ocsp_heads *heads, int *gap)
{
    const struct ocsp_layer *end = &body->graph->layers[body->graph->n_layers - 1];
    int64_t sum = 0;
    bool all = end->out_w == end->out_h;

    for (int i = 0; i < heads->n_maps; i++) {
        const int side = heads->maps[i], apart = gap_to(body, side);
        all = all && (apart == 0 || (side < end->out_w && side < largest(heads)));
        sum += apart;
    }
    *gap = sum < INT_MAX ? (int)sum : INT_MAX;
    return all;
}

/* 0: a head reads the body's end, and the largest map is an eighth of the input; each
 * doubling or halving of that share counts one, and heads elsewhere more than those. */
static int rank_of(const struct ocsp_maps *body, const struct ocsp_heads *heads, int size)
{
    const long octaves = lround(log2((double)size / largest(heads)));
    bool reads_end = false;

    for (int i = 0; i < heads->n_maps; i++)
        reads_end = reads_end || heads->maps[i] == ocsp_maps_end(body);
    return (int)labs(octaves - 3) + (reads_end ? 0 : 64);
}

/* Tries one input size. A size that the net cannot have is no failure; its error is kept
 * in s->err. */
static enum ocsp_status try_size(struct search *s, int size)
{
    struct ocsp_maps maps;
    bool reached = false;
    int gap;
    enum ocsp_status status = ocsp_maps_init(&maps, s->body, size, s->err);

    if (status)
        return status == OCSP_E_MEMORY ? status : OCSP_OK;
    const bool suited = suits(&maps, s->heads, &gap);
    const int rank = rank_of(&maps, s->heads, size);
    if (s->nearest == 0 || gap < s->gap) {
        s->nearest = size;
        s->gap = gap;
    }
    if (suited && (s->size == 0 || rank < s->rank))
        status = ocsp_maps_extend(&maps, s->heads, &reached, s->err);
    if (!status && reached) {
        s->size = size;
        s->rank = rank;
    }
    ocsp_maps_clear(&maps);
    return status;
}

/* Sides of the body's maps, from the finest on, as "304,152,76". */
static void list_maps(const struct ocsp_maps *maps, char *text, size_t size)
{
    int before = INT_MAX;
    size_t used = 0;

    text[0] = '\0';
    for (int i = 0; i < maps->graph->n_layers && used + 16 < size; i++) {
        const struct ocsp_layer *l = &maps->graph->layers[i];
        if (!is_map(maps, l) || l->out_w >= before)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%d", used > 0 ? "," : "",
                                 l->out_w);
        before = l->out_w;
    }
}

/* Says which maps the nearest size has. */
static enum ocsp_status refuse(const struct search *s, int wanted)
{
    char which[64], asked[12 * OCSP_MAX_MAPS] = "", got[256];
    struct ocsp_maps maps;
    const enum ocsp_status status = ocsp_maps_init(&maps, s->body, s->nearest, s->err);

    if (status)
        return status;
    list_maps(&maps, got, sizeof got);
    ocsp_maps_clear(&maps);
    for (int i = 0, used = 0; i < s->heads->n_maps; i++)
        used += snprintf(asked + used, sizeof asked - (size_t)used, "%s%d",
                         i > 0 ? "," : "", s->heads->maps[i]);
    if (wanted > 0)
        snprintf(which, sizeof which, "the input %d does not give", wanted);
    else
        snprintf(which, sizeof which, "no input up to %d gives", OCSP_MAX_INPUT);
    return ocsp_fail(s->err, OCSP_E_RANGE, ocsp_cfg_name(s->body), 0,
                     "%s the maps %s; %d gives %s, and extra blocks smaller ones, each "
                     "half of the one before (rounded up) or 2 less",
                     which, asked, s->nearest, got);
}

/* All sizes, the better ones first. */
static enum ocsp_status look_at_all(struct search *s)
{
    static const int steps[] = {32, 16, 8, 4, 1};

    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        for (int size = steps[k]; size <= OCSP_MAX_INPUT; size += steps[k]) {
            if (k > 0 && size % steps[k - 1] == 0)
                continue;
            const enum ocsp_status status = try_size(s, size);
            if (status || (s->size > 0 && s->rank == 0))
                return status;
        }
    return OCSP_OK;
}

enum ocsp_status ocsp_input_size_find(struct ocsp_cfg *body,
                                      const struct ocsp_heads *heads, int wanted,
                                      int *size, struct ocsp_error *err)
{
    struct search s = {.body = body, .heads = heads, .err = err};
    enum ocsp_status status = wanted > 0 ? try_size(&s, wanted) : look_at_all(&s);

    if (!status && s.nearest == 0)
        return err->status;
    if (!status && s.size == 0)
        status = refuse(&s, wanted);
    if (!status)
        *size = s.size;
    return status;
}
