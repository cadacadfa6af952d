#include "train/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "engine/engine.h"
#include "hosts/host.h"
#include "hosts/profile.h"

enum ocsp_status ocsp_choose_engine(const struct ocsp_hook_engine *choice,
                                    struct ocsp_error *err)
{
    if (choice->required && OCSP_ON_GPU)
        return ocsp_fail(
            err, OCSP_E_UNSUPPORTED, NULL, 0,
            "-engine onednn: this Darknet was built with GPU=1, and computes "
            "there");
    if (choice->required && !ocsp_engine_name())
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "-engine onednn: this Darknet was built without oneDNN 2; "
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
    ocsp_engine_allow(!choice->stock);
    ocsp_profile_enable(choice->profile && !OCSP_ON_GPU);
    return OCSP_OK;
}

/* the host's */
void run_classifier(int argc, char **argv);
void run_detector(int argc, char **argv);

enum ocsp_status ocsp_run_host(int argc, char **argv, struct ocsp_error *err)
{
    /* the host expects its own name in front, and NULL behind */
    char **host_argv = calloc((size_t)argc + 2, sizeof *host_argv);

    if (!host_argv)
        return ocsp_fail_memory(err);
    host_argv[0] = (char[]){"darknet"};
    memcpy(host_argv + 1, argv, (size_t)argc * sizeof *argv);
    if (strcmp(argv[0], "detector") == 0)
        run_detector(argc + 1, host_argv);
    else
        run_classifier(argc + 1, host_argv);
    free(host_argv);
    return OCSP_OK;
}

void ocsp_describe_engine(char *text, size_t size, int n)
{
    int threads = 1;

#ifdef _OPENMP
    threads = omp_get_max_threads();
#endif
    if (OCSP_ON_GPU)
        snprintf(text, size, "the host's own functions, on the GPU");
    else if (ocsp_engine_layers() > 0)
        snprintf(text, size, "%s, %d threads: %d of %d layers", ocsp_engine_name(),
                 threads, ocsp_engine_layers(), n);
    else
        snprintf(text, size, "the host's own functions%s",
                 ocsp_engine_name() ? "" : " (built without oneDNN 2: libdnnl-dev)");
}
