#include "train/speed.h"

#include <stdlib.h>

#include "hosts/clock.h"
#include "hosts/host.h"
#include "train/compute_backend.h"
#include "train/self_check.h"

#define MOST_ROUNDS 50
#define FEWEST_ROUNDS 5
#define SECONDS 10.0 /* no round beyond the fewest begins later */

struct timed {
    void *net;
    float *images; /* [batch, c, h, w] */
    double seconds[MOST_ROUNDS];
};

static enum ocsp_status prepare(struct timed *t, const char *cfg, int batch,
                                struct ocsp_error *err)
{
    struct ocsp_images size;

    if (ocsp_host.open(&t->net, cfg, batch, &size, err))
        return err->status;
    t->images =
        ocsp_noise((size_t)size.n * (size_t)size.c * (size_t)size.h * (size_t)size.w);
    return t->images ? OCSP_OK : ocsp_fail_memory(err);
}

/* The engine works for one network at a time, and plans it anew: the first batch is not
 * measured. */
static enum ocsp_status measure(struct timed *t, const struct ocsp_engine *engine,
                                double *seconds, struct ocsp_error *err)
{
    float *output;
    size_t length;

    if (ocsp_engine_install(engine, t->net, OCSP_ENGINE_INFERENCE, err))
        return err->status;
    ocsp_host.infer(t->net, false, t->images, &output, &length);
    const double began = ocsp_seconds_now();
    ocsp_host.infer(t->net, false, t->images, &output, &length);
    *seconds = ocsp_seconds_now() - began;
    ocsp_engine_uninstall(engine, t->net);
    return OCSP_OK;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static enum ocsp_status measure_all(struct timed *all, int n,
                                    const struct ocsp_engine *engine,
                                    double *milliseconds, struct ocsp_error *err)
{
    const double began = ocsp_seconds_now();
    int rounds = 0;

    while (rounds < FEWEST_ROUNDS ||
           (rounds < MOST_ROUNDS && ocsp_seconds_now() - began < SECONDS)) {
        for (int k = 0; k < n; k++)
            if (measure(&all[k], engine, &all[k].seconds[rounds], err))
                return err->status;
        rounds++;
    }
    for (int k = 0; k < n; k++) {
        qsort(all[k].seconds, (size_t)rounds, sizeof *all[k].seconds, compare);
        milliseconds[k] = 1e3 * all[k].seconds[rounds / 2];
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_measure_speed(const char *const *cfg, int n, int batch,
                                    const struct ocsp_hook_engine *engine,
                                    double *milliseconds, struct ocsp_error *err)
{
    struct timed *all = calloc((size_t)n, sizeof *all);
    enum ocsp_status status = all ? OCSP_OK : ocsp_fail_memory(err);

    if (!status && (!ocsp_host.open || !ocsp_host.infer))
        status =
            ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                      "no speed can be measured in %s's Darknet yet", ocsp_host.name);
    if (!status)
        status = ocsp_backend_prepare(engine, err);
    for (int k = 0; k < n && !status; k++)
        status = prepare(&all[k], cfg[k], batch, err);
    if (!status)
        status = measure_all(all, n, ocsp_backend_engine(engine), milliseconds, err);
    for (int k = 0; k < n && all; k++) {
        if (all[k].net)
            ocsp_host.free_net(all[k].net);
        free(all[k].images);
    }
    free(all);
    return status;
}
