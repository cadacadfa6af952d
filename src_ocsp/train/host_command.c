#include "train/host_command.h"

#include <stdlib.h>
#include <string.h>

#include "hosts/host.h"

enum ocsp_status ocsp_host_command_run(int argc, char **argv, struct ocsp_error *err)
{
    void (*const run)(int, char **) = strcmp(argv[0], "detector") == 0
                                          ? ocsp_host.run_detector
                                          : ocsp_host.run_classifier;

    if (!run)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "%s's Darknet has no command '%.40s'", ocsp_host.name, argv[0]);
    /* the host expects its own name in front, and NULL behind */
    char **host_argv = calloc((size_t)argc + 2, sizeof *host_argv);
    if (!host_argv)
        return ocsp_fail_memory(err);
    host_argv[0] = (char[]){"darknet"};
    memcpy(host_argv + 1, argv, (size_t)argc * sizeof *argv);
    run(argc + 1, host_argv);
    free(host_argv);
    return OCSP_OK;
}
