#include "train/regularize.h"

#include <math.h>
#include <stdlib.h>

#include "net/clock.h"
#include "prune/penalty.h"

/* Norms from the weights that the step starts with. */
static void measure_norms(struct ocsp_regularizer *r)
{
    struct ocsp_run *run = r->run;
    const bool *selected = run->cycle.plan.removed;

    ocsp_sums_measure(&run->sums, run->coupling, run->live.value);
    ocsp_penalty_squares(run->coupling, &run->sums, r->square);
    for (int c = 0; c < run->coupling->n_channels; c++)
        r->inverse_norm[c] =
            selected[c] && r->square[c] > 0 ? (float)(1 / sqrt(r->square[c])) : 0;
}

static bool needs_norms(const struct ocsp_settings *settings)
{
    for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
        if (settings->with_term[t] && ocsp_penalty_terms[t]->needs_norms)
            return true;
    return false;
}

static struct ocsp_penalty_step step_of(const struct ocsp_regularizer *r,
                                        const struct ocsp_update *u, int table)
{
    const struct ocsp_run *run = r->run;

    return (struct ocsp_penalty_step){.table = &run->coupling->tables[table],
                                      .params = &run->live.value[u->layer],
                                      .updates = &run->live.momentum[u->layer],
                                      .selected = run->cycle.plan.removed,
                                      .inverse_norm = r->inverse_norm,
                                      .lambda = run->cycle.lambda,
                                      .learning_rate =
                                          (double)u->learning_rate *
                                          (double)run->live.layers[u->layer].rate,
                                      .divisor = u->divisor};
}

static void before_on_cpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    const struct ocsp_settings *settings = &r->run->cycle.settings;

    if (u->first && needs_norms(settings))
        measure_norms(r);
    for (int k = u->layer; k >= 0; k = r->run->coupling->tables[k].next) {
        const struct ocsp_penalty_step step = step_of(r, u, k);
        for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
            if (settings->with_term[t] && ocsp_penalty_terms[t]->before_update)
                ocsp_penalty_terms[t]->before_update(&step);
    }
}

static void after_on_cpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    const struct ocsp_settings *settings = &r->run->cycle.settings;

    for (int k = u->layer; k >= 0; k = r->run->coupling->tables[k].next) {
        const struct ocsp_penalty_step step = step_of(r, u, k);
        for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
            if (settings->with_term[t] && ocsp_penalty_terms[t]->after_update)
                ocsp_penalty_terms[t]->after_update(&step);
    }
}

/* --- on a GPU --- */

#ifdef GPU

static void add_gradient_on_gpu(struct ocsp_device *device, float lambda,
                                const struct ocsp_update *u, void *stream)
{
    ocsp_device_add_gradient(device, lambda * u->divisor * u->loss_scale, stream);
}

static void shrink_on_gpu(struct ocsp_device *device, float lambda,
                          const struct ocsp_update *u, void *stream)
{
    ocsp_device_shrink(device, lambda * u->learning_rate, stream);
}

/* The same terms for all layers at once: before the first update, and after the last. */
typedef void term_on_gpu(struct ocsp_device *device, float lambda,
                         const struct ocsp_update *u, void *stream);

static const struct gpu_term {
    term_on_gpu *before, *after; /* NULL: nothing to do then */
} gpu_terms[OCSP_PENALTY_TERMS] = {
    [OCSP_GROUP_LASSO] = {.before = add_gradient_on_gpu},
    [OCSP_SHRINKING] = {.after = shrink_on_gpu},
};

static void before_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    struct ocsp_run *run = r->run;
    const struct ocsp_live_net *live = ocsp_run_live(run, r->k);
    const void *net = ocsp_run_net(run, r->k);
    void *stream = ocsp_host.stream(net);

    for (int i = 0; i < live->graph->n_layers; i++)
        r->updated[i] = ocsp_host.updates(net, i);
    ocsp_device_update(live->device, r->updated, stream);
    if (r->selected_at != run->position.epochs_done)
        ocsp_device_select(live->device, run->cycle.plan.removed, stream);
    r->selected_at = run->position.epochs_done;
    for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
        if (run->cycle.settings.with_term[t] && gpu_terms[t].before)
            gpu_terms[t].before(live->device, (float)run->cycle.lambda, u, stream);
}

static void after_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    struct ocsp_run *run = r->run;
    void *stream = ocsp_host.stream(ocsp_run_net(run, r->k));

    for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
        if (run->cycle.settings.with_term[t] && gpu_terms[t].after)
            gpu_terms[t].after(ocsp_run_live(run, r->k)->device, (float)run->cycle.lambda,
                               u, stream);
}

#else

/* CPU builds have no device; a call that is never made would still have to be linked
 * where nothing is optimized. */
static void before_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    (void)r;
    (void)u;
}

static void after_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    (void)r;
    (void)u;
}

#endif

/* --- around the host's update --- */

static void before(void *context, const struct ocsp_update *u)
{
    struct ocsp_regularizer *r = context;
    struct ocsp_run *run = r->run;

    if (run->cycle.phase != OCSP_SPARSE)
        return;
    if (r->k == 0)
        run->cost.penalized_steps += u->first;
    if (OCSP_ON_GPU) {
        if (u->first)
            before_on_gpu(r, u);
        return;
    }
    const double began = ocsp_seconds_now();
    before_on_cpu(r, u);
    run->cost.penalty_s += ocsp_seconds_now() - began;
}

static void after(void *context, const struct ocsp_update *u)
{
    struct ocsp_regularizer *r = context;
    struct ocsp_run *run = r->run;

    if (run->cycle.phase != OCSP_SPARSE)
        return;
    if (OCSP_ON_GPU) {
        if (u->last)
            after_on_gpu(r, u);
        return;
    }
    const double began = ocsp_seconds_now();
    after_on_cpu(r, u);
    run->cost.penalty_s += ocsp_seconds_now() - began;
}

enum ocsp_status ocsp_regularizer_init(struct ocsp_regularizer *r, struct ocsp_run *run,
                                       int k, struct ocsp_error *err)
{
    const size_t channels = (size_t)run->coupling->n_channels + 1;
    const size_t layers = (size_t)run->live.graph->n_layers + 1;

    *r = (struct ocsp_regularizer){.run = run,
                                   .k = k,
                                   .events = {r, before, after},
                                   .selected_at = -1,
                                   .square = calloc(channels, sizeof *r->square),
                                   .inverse_norm =
                                       calloc(channels, sizeof *r->inverse_norm),
                                   .updated = calloc(layers, sizeof *r->updated)};
    return r->square && r->inverse_norm && r->updated ? OCSP_OK : ocsp_fail_memory(err);
}

void ocsp_regularizer_clear(struct ocsp_regularizer *r)
{
    free(r->square);
    free(r->inverse_norm);
    free(r->updated);
    *r = (struct ocsp_regularizer){0};
}
