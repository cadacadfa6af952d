/* The hosts' SGD, in one pass over the parameters instead of three. */
#include "engine/layer.h"

/* Each product is rounded, as in hosts that are built without FMA: there a run with the
 * engine and one without take the same step. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

struct sgd {
    float rate;  /* learning rate / images */
    float decay; /* weight decay · images */
    float momentum;
};

OCSP_ENGINE_KERNEL
static void step(float *restrict w, float *restrict update, size_t n,
                 const struct sgd *with)
{
    const float rate = with->rate, decay = with->decay, momentum = with->momentum;

    for (size_t i = 0; i < n; i++) {
        const float u = update[i] - decay * w[i];
        w[i] += rate * u;
        update[i] = momentum * u;
    }
}

static void step_all(float *w, float *update, size_t n, struct sgd with)
{
    enum { PART = 1 << 14 };

#pragma omp parallel for schedule(static) if (n > PART)
    for (size_t start = 0; start < n; start += PART)
        step(w + start, update + start, n - start < PART ? n - start : PART, &with);
}

static void update_all(const layer *l, struct sgd with)
{
    const size_t n = (size_t)(l->type == CONNECTED ? l->outputs : l->n);
    const size_t n_weights = l->type == CONNECTED ? (size_t)l->inputs * (size_t)l->outputs
                                                  : (size_t)l->nweights;

    step_all(l->weights, l->weight_updates, n_weights, with);
    with.decay = 0;
    step_all(l->biases, l->bias_updates, n, with);
    if (l->scales && l->scale_updates)
        step_all(l->scales, l->scale_updates, n, with);
}

void ocsp_engine_update(layer l, OCSP_UPDATE_PARAMETERS)
{
    const struct ocsp_sgd with = OCSP_SGD(&l);
    const float images = (float)with.images;

    update_all(&l, (struct sgd){with.rate / images, with.decay * images, with.momentum});
}
