#include "surgery_run.h"

void start_run(struct training_loop *loop, const char *cfg, bool compensate)
{
    struct ocsp_settings settings;

    loop_settings(&settings, .65, 2, 4, EPOCH);
    settings.compensate = compensate;
    loop_start(loop, cfg, &settings);
}

void start_pruning_run(struct training_loop *loop, const char *cfg)
{
    start_run(loop, cfg, true);
}
