#include "train/regularize.h"

#include <math.h>
#include <stdlib.h>

#include "hosts/profile.h"
#include "prune/penalty.h"

/* Norms from the weights that the step starts with. */
static void begin_step(struct ocsp_regularizer *r)
{
    struct ocsp_run *run = r->run;
    const bool *selected = run->cycle.plan.removed;

    ocsp_sums_measure(&run->sums, run->coupling, run->live.value);
    ocsp_penalty_squares(run->coupling, &run->sums, r->square);
    for (int c = 0; c < run->coupling->n_channels; c++)
        r->inverse_norm[c] =
            selected[c] && r->square[c] > 0 ? (float)(1 / sqrt(r->square[c])) : 0;
}

static void before_on_cpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    const struct ocsp_run *run = r->run;

    if (u->first)
        begin_step(r);
    ocsp_penalty_add_gradient(&run->coupling->layers[u->layer],
                              &run->live.value[u->layer], &run->live.momentum[u->layer],
                              r->inverse_norm, (float)run->cycle.lambda * u->divisor);
}

static void after_on_cpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    const struct ocsp_run *run = r->run;
    const double rate =
        (double)u->learning_rate * (double)run->live.layers[u->layer].rate;

    ocsp_penalty_shrink(&run->coupling->layers[u->layer], &run->live.value[u->layer],
                        run->cycle.plan.removed,
                        (float)fmax(0, 1 - run->cycle.lambda * rate));
}

static void before_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    struct ocsp_run *run = r->run;
    const struct ocsp_live_net *live = ocsp_run_live(run, r->k);
    const void *net = ocsp_run_net(run, r->k);
    void *stream = ocsp_host.stream(net);

    for (int i = 0; i < live->graph->n_layers; i++)
        r->updated[i] = ocsp_host.updates(net, i);
    ocsp_device_update(live->device, r->updated, stream);
    if (r->selected_at != run->at.epochs_done)
        ocsp_device_select(live->device, run->cycle.plan.removed, stream);
    r->selected_at = run->at.epochs_done;
    if (run->cycle.settings.eq8)
        ocsp_device_add_gradient(
            live->device, (float)run->cycle.lambda * u->divisor * u->loss_scale, stream);
}

static void after_on_gpu(struct ocsp_regularizer *r, const struct ocsp_update *u)
{
    struct ocsp_run *run = r->run;

    ocsp_device_shrink(ocsp_run_live(run, r->k)->device,
                       (float)run->cycle.lambda * u->learning_rate,
                       ocsp_host.stream(ocsp_run_net(run, r->k)));
}

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
    if (run->cycle.settings.eq8)
        before_on_cpu(r, u);
    run->cost.penalty_s += ocsp_seconds_now() - began;
}

static void after(void *context, const struct ocsp_update *u)
{
    struct ocsp_regularizer *r = context;
    struct ocsp_run *run = r->run;

    if (run->cycle.phase != OCSP_SPARSE || !run->cycle.settings.eq9)
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
