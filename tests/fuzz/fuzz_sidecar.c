/* The sidecar of `-ocsp FILE`, and the settings that it makes, fitted to a schedule. */
#include <math.h>
#include <stdio.h>

#include "fuzz.h"

/* What the cycle counts on. */
static void check_settings(const struct ocsp_settings *s)
{
    HOLDS(s->budget.share >= 0 && s->budget.share < 1);
    HOLDS(s->limits.max_prune >= 0 && s->limits.max_prune <= 1);
    HOLDS(s->epoch_iterations > 0 && s->epochs >= 0 && s->warm_up >= 0);
    HOLDS(!isinf(s->lambda0) && !isinf(s->sigma));
    for (int channels = 1; channels < 100; channels++)
        HOLDS(ocsp_plan_cap(&s->limits, channels) < channels);
    if (s->budget.share > 0) {
        HOLDS(s->delta_t > 0 && s->monitor > 0 && s->sl_end > 0);
        HOLDS(s->sl_start == OCSP_AUTO || s->sl_start < s->sl_end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ocsp_schedule schedule = {
        .width = 32, .pass = 100, .total = 20000, .burn_in = 1000};
    char name[] = "-ocsp", path[64];
    char *argv[] = {name, path, NULL};
    int argc = 2;
    struct ocsp_flags flags;
    struct ocsp_error err;
    enum ocsp_status status;

    snprintf(path, sizeof path, "%s", fuzz_file(0, data, size));
    status = ocsp_flags_read(&flags, OCSP_FOR_TRAIN, NULL, &argc, argv, &err);
    fuzz_check_error(status, &err);
    if (status)
        return 0;
    status = ocsp_settings_fit(&flags.settings, &schedule, &err);
    fuzz_check_error(status, &err);
    if (!status)
        check_settings(&flags.settings);
    return 0;
}
