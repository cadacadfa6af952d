#include "train/thread_cap.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#ifdef _OPENMP

/* Of a container: "QUOTA PERIOD", or "max PERIOD" where there is no limit. */
static const char quota_file[] = "/sys/fs/cgroup/cpu.max";

/* Cores whose time a control group has; 0: no limit is known. */
static int cores_of_group(void)
{
    double quota = 0, period = 0;
    FILE *f = fopen(quota_file, "re");
    const bool known = f && fscanf(f, "%lf %lf", &quota, &period) == 2;

    if (f)
        fclose(f);
    if (!known || quota <= 0 || period <= 0 || quota / period > 1e6)
        return 0;
    const int whole = (int)(quota / period);
    return whole + (whole * period < quota);
}

static int count_cores(void)
{
    const int cores = omp_get_num_procs(), share = cores_of_group();

    return share > 0 && share < cores ? share : cores;
}

bool ocsp_thread_cap(struct ocsp_hook_engine *choice, char note[OCSP_THREAD_NOTE])
{
    const int cores = count_cores();
    const int asked = choice->threads > 0 ? choice->threads : omp_get_max_threads();
    const char *variable = getenv("OMP_NUM_THREADS");

    if (asked <= cores)
        return false;
    snprintf(note, OCSP_THREAD_NOTE, "ocsp: %s%d: there %s %d core%s for it: %d thread%s",
             choice->threads > 0 ? "-threads " : "OMP_NUM_THREADS=", asked,
             cores == 1 ? "is" : "are", cores, cores == 1 ? "" : "s", cores,
             cores == 1 ? "" : "s");
    const bool is_asked = choice->threads > 0 || variable;
    choice->threads = cores;
    return is_asked;
}

#else

bool ocsp_thread_cap(struct ocsp_hook_engine *choice, char note[OCSP_THREAD_NOTE])
{
    (void)choice;
    (void)note;
    return false;
}

#endif
