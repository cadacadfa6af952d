#include "cli/inference.h"

#include <stdio.h>
#include <string.h>

#include "cli/flags.h"
#include "train/hook.h"

static const char *const commands[][2] = {
    {"classifier", "valid"}, {"classifier", "predict"}, {"detector", "map"},
    {"detector", "valid"},   {"detector", "test"},
};

static bool is_known(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (argc > 1 && strcmp(argv[0], commands[i][0]) == 0 &&
            strcmp(argv[1], commands[i][1]) == 0)
            return true;
    return false;
}

int ocsp_inference_run(int argc, char **argv, bool *known)
{
    struct ocsp_error err;
    struct ocsp_flags flags;

    *known = is_known(argc, argv);
    if (!*known)
        return 2;
    enum ocsp_status status =
        ocsp_flags_read(&flags, OCSP_FOR_INFERENCE, NULL, &argc, argv, &err);
    if (!status)
        status = ocsp_hook_predict_enable(&flags.engine, &err);
    if (!status)
        status = ocsp_hook_run_predict(argc, argv, &err);
    if (!status)
        return 0;
    fprintf(stderr, "darknet ocsp: %s\n", err.text);
    return status == OCSP_E_USAGE ? 2 : 1;
}
