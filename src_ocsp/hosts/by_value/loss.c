#include "hosts/by_value/loss.h"

#include <math.h>

/* −log of the smallest positive float, 2^−149, and of 1 − p for the largest p below 1. */
static const float OF_NO_CHANCE = 103.27893f, OF_NO_DOUBT = 16.635532f;

static float mended(float loss, const float *probability)
{
    if (isinf(loss) && loss > 0)
        return probability && *probability == 1 ? OF_NO_DOUBT : OF_NO_CHANCE;
    return isnan(loss) && probability && !isnan(*probability) ? 0 : loss;
}

void ocsp_loss_make_finite(const layer *l, const float *output)
{
    const size_t n = (size_t)l->batch * (size_t)l->outputs;
    float sum = 0;

    if (isfinite(l->cost[0]))
        return;
    for (size_t i = 0; i < n; i++) {
        l->loss[i] = mended(l->loss[i], output ? &output[i] : NULL);
        sum += l->loss[i];
    }
    l->cost[0] = sum;
}

bool ocsp_loss_drop_bad_gradients(const layer *l)
{
    const size_t n = (size_t)l->batch * (size_t)l->outputs;
    bool bad = false;

    for (size_t i = 0; i < n; i++)
        bad |= !isfinite(l->delta[i]); /* no early end: vectorizes */
    for (size_t i = 0; i < n && bad; i++)
        if (!isfinite(l->delta[i]))
            l->delta[i] = 0;
    if (bad && !isfinite(l->cost[0])) { /* the sum of squares of all, as the host's is
                                           without IoU losses */
        l->cost[0] = 0;
        for (size_t i = 0; i < n; i++)
            l->cost[0] += l->delta[i] * l->delta[i];
    }
    return bad;
}
