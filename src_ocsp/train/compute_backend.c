#include "train/compute_backend.h"

#include <stdio.h>
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

void ocsp_backend_describe(char *text, size_t size, const struct ocsp_engine *engine,
                           int n)
{
    const int taken = ocsp_engine_layers(engine);
    int threads = 1;

#ifdef _OPENMP
    threads = omp_get_max_threads();
#endif
    if (OCSP_ON_GPU)
        snprintf(text, size, "the host's own functions, on the GPU");
    else if (taken > 0)
        snprintf(text, size, "%s, %d threads: %d of %d layers", engine->name(), threads,
                 taken, n);
    else
        snprintf(text, size, "the host's own functions%s",
                 ocsp_engine_built_in() ? ""
                                        : " (built without oneDNN 2 or 3: libdnnl-dev)");
}
