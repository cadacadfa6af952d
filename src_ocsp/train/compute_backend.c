#include "train/compute_backend.h"

#include <stdio.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "engine/engine.h"
#include "hosts/host.h"

enum ocsp_status ocsp_backend_prepare(const struct ocsp_hook_engine *choice,
                                      struct ocsp_error *err)
{
    if (choice->required && OCSP_ON_GPU)
        return ocsp_fail(
            err, OCSP_E_UNSUPPORTED, NULL, 0,
            "-engine onednn: this Darknet was built with GPU=1, and computes "
            "there");
    if (choice->required && !ocsp_engine_built_in())
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "-engine onednn: this Darknet was built without oneDNN 2 or 3; "
                         "install libdnnl-dev and rebuild");
#ifdef _OPENMP
    if (choice->threads > 0)
        omp_set_num_threads(choice->threads);
#else
    if (choice->threads > 0)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "-threads: this Darknet was built without OpenMP; rebuild with "
                         "OPENMP=1, or with libdnnl-dev installed");
#endif
    if (ocsp_backend_times(choice) && !ocsp_host.time_layers)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "-profile: the layers of %s's Darknet cannot be timed",
                         ocsp_host.name);
    return OCSP_OK;
}

bool ocsp_backend_times(const struct ocsp_hook_engine *choice)
{
    return choice->profile && !OCSP_ON_GPU;
}

const struct ocsp_engine *ocsp_backend_engine(const struct ocsp_hook_engine *choice)
{
    return choice->stock ? NULL : ocsp_engine_built_in();
}

#define KINDS 6
#define KIND_SIZE 40

/* Layers that are called alike. */
struct kind {
    char name[KIND_SIZE];
    int layers;
};

/* Of the layers that the engine leaves to the host, in falling number; returns how many
 * there are. Those beyond KINDS count as the last. */
static int find_kinds(struct kind kinds[KINDS], const struct ocsp_engine *engine,
                      const void *net)
{
    int n = 0;

    for (int i = 0; i < ocsp_host.layers(net); i++) {
        char name[KIND_SIZE];
        int k = 0;
        if (ocsp_engine_takes(engine, i))
            continue;
        ocsp_host.layer_kind(net, i, name, sizeof name);
        while (k < n && strcmp(kinds[k].name, name) != 0)
            k++;
        if (k == KINDS)
            snprintf(kinds[--k].name, KIND_SIZE, "others");
        else if (k == n)
            memcpy(kinds[n++].name, name, sizeof name), kinds[k].layers = 0;
        kinds[k].layers++;
        for (; k > 0 && kinds[k - 1].layers < kinds[k].layers && k + 1 < KINDS; k--) {
            const struct kind other = kinds[k - 1];
            kinds[k - 1] = kinds[k];
            kinds[k] = other;
        }
    }
    return n;
}

static void describe_rest(char *text, size_t size, const struct ocsp_engine *engine,
                          const void *net)
{
    struct kind kinds[KINDS];
    const int rest = ocsp_host.layers(net) - ocsp_engine_layers(engine);
    const int n = ocsp_host.layer_kind ? find_kinds(kinds, engine, net) : 0;
    size_t length;

    if (rest == 0)
        return;
    length = (size_t)snprintf(text, size, "; %d stay%s with Darknet's slower code", rest,
                              rest > 1 ? "" : "s");
    for (int k = 0; k < n && length < size; k++)
        length += (size_t)snprintf(text + length, size - length, "%s %d %s",
                                   k > 0 ? "," : ":", kinds[k].layers, kinds[k].name);
}

const char *ocsp_backend_name(void)
{
    return OCSP_ON_GPU              ? "on the GPU"
           : ocsp_engine_built_in() ? ocsp_engine_built_in()->name()
                                    : "without oneDNN 2 or 3";
}

void ocsp_backend_describe(char *text, size_t size, const struct ocsp_engine *engine,
                           const void *net)
{
    const int taken = ocsp_engine_layers(engine);
    int threads = 1;

#ifdef _OPENMP
    threads = omp_get_max_threads();
#endif
    if (OCSP_ON_GPU) {
        snprintf(text, size, "the host's own functions, on the GPU");
    } else if (taken > 0) {
        const size_t length =
            (size_t)snprintf(text, size, "%s, %d threads: %d of %d layers",
                             engine->name(), threads, taken, ocsp_host.layers(net));
        describe_rest(text + length, size - length, engine, net);
    } else {
        snprintf(text, size, "the host's own functions%s",
                 ocsp_engine_built_in() ? ""
                                        : " (built without oneDNN 2 or 3: libdnnl-dev)");
    }
}
