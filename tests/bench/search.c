/* What one epoch's decision costs on one core: saliency, sub-network search, stability.
 *
 *     build/release/bench/search [N.cfg [ROUND_TO]]  default cfg/imagenet/resnet50.cfg
 *
 * Random weights, which move a little between the repetitions; medians. Prints
 *
 *     decision: saliency X ms, search Y ms, stability Z ms, together T ms (N groups, …)
 *
 * A measurement and no test: it fails only where it cannot do its work. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "layers/graph.h"
#include "layers/weights.h"
#include "net/cfg.h"
#include "prune/coupling.h"
#include "prune/plan.h"
#include "prune/saliency.h"
#include "prune/stability.h"

#define REPETITIONS 20

enum step { SALIENCY, SEARCH, STABILITY, TOGETHER, STEPS };

struct bench {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_weights *weights;
    struct ocsp_saliency saliency;
    struct ocsp_stability stability;
    double ms[STEPS][REPETITIONS];
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Uniform in [−1, 1); xorshift64, quick enough for 25 million weights. */
static float next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (float)(int32_t)(*state >> 32) / 2147483648.0F;
}

static void add_random(float *x, size_t n, float scale, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        x[i] += scale * next_random(state);
}

/* Adds to every weight and BN scale; reaches all of the memory that a search reads. */
static void move_weights(struct bench *b, float scale, uint64_t *state)
{
    for (int i = 0; i < b->graph->n_layers; i++) {
        const struct ocsp_layer *l = &b->graph->layers[i];
        const struct ocsp_params *p = &b->weights->layers[i];
        if (p->weights)
            add_random(p->weights, l->tables[0].length, scale, state);
        if (p->scales)
            add_random(p->scales, (size_t)l->n_scales, scale, state);
    }
}

static enum ocsp_status bench_init(struct bench *b, const char *cfg,
                                   struct ocsp_error *err)
{
    enum ocsp_status status = ocsp_cfg_load(&b->cfg, cfg, err);

    if (!status)
        status = ocsp_graph_new(&b->graph, b->cfg, err);
    if (!status)
        status = ocsp_coupling_new(&b->coupling, b->graph, err);
    if (!status)
        status = ocsp_weights_new(&b->weights, b->graph, false, err);
    if (!status)
        status = ocsp_saliency_init(&b->saliency, b->coupling, err);
    if (!status)
        status = ocsp_stability_init(&b->stability, b->coupling, err);
    return status;
}

static void bench_clear(struct bench *b)
{
    ocsp_stability_clear(&b->stability);
    ocsp_saliency_clear(&b->saliency);
    ocsp_weights_free(b->weights);
    ocsp_coupling_free(b->coupling);
    ocsp_graph_free(b->graph);
    ocsp_cfg_free(b->cfg);
}

/* One epoch's decision, as search() of cycle/cycle.c makes it. */
static enum ocsp_status decide(struct bench *b, int round_to, int repetition,
                               struct ocsp_error *err)
{
    const struct ocsp_budget budget = {OCSP_MACS, 0.5};
    const struct ocsp_limits limits = {.max_prune = 0.75, .k = 1.0, .round_to = round_to};
    struct ocsp_plan plan;
    double at[STEPS];

    at[SALIENCY] = now_ms();
    enum ocsp_status status = ocsp_saliency_measure(
        &b->saliency, b->coupling, b->weights->layers, &ocsp_group_saliency, err);
    at[SEARCH] = now_ms();
    if (!status)
        status = ocsp_plan_search(&plan, b->coupling, b->saliency.score, &budget, &limits,
                                  err);
    at[STABILITY] = now_ms();
    if (status)
        return status;
    ocsp_stability_add(&b->stability, plan.removed);
    ocsp_plan_clear(&plan);
    at[TOGETHER] = now_ms();
    for (int s = 0; s < TOGETHER; s++)
        b->ms[s][repetition] = at[s + 1] - at[s];
    b->ms[TOGETHER][repetition] = at[TOGETHER] - at[SALIENCY];
    return OCSP_OK;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *ms)
{
    qsort(ms, REPETITIONS, sizeof *ms, compare);
    return (ms[REPETITIONS / 2 - 1] + ms[REPETITIONS / 2]) / 2;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct ocsp_error err;
    uint64_t state = 1;

    const int round_to = argc > 2 ? atoi(argv[2]) : 1;
    if (argc > 3 || round_to < 1 || (round_to & (round_to - 1))) {
        fprintf(stderr, "usage: search [N.cfg [ROUND_TO]]\n");
        return 2;
    }
    enum ocsp_status status =
        bench_init(&b, argc > 1 ? argv[1] : "cfg/imagenet/resnet50.cfg", &err);
    if (!status)
        move_weights(&b, 1.0F, &state);
    for (int k = 0; k < REPETITIONS && !status; k++) {
        move_weights(&b, 0.01F, &state);
        status = decide(&b, round_to, k, &err);
    }
    if (status)
        fprintf(stderr, "search: %s\n", err.text);
    else
        printf("decision: saliency %.2f ms, search %.2f ms, stability %.3f ms, "
               "together %.2f ms (%d groups, %d channels)\n",
               median(b.ms[SALIENCY]), median(b.ms[SEARCH]), median(b.ms[STABILITY]),
               median(b.ms[TOGETHER]), b.coupling->n_groups, b.coupling->n_channels);
    bench_clear(&b);
    return status ? 1 : 0;
}
