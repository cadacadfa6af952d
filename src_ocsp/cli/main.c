/* The stand-alone program: the commands that need no Darknet. */
#include <stddef.h>

#include "cli/help.h"
#include "cli/offline.h"
#include "cli/unknown_command.h"
#include "net/process.h"

static const char program[] = "ocsp";

int main(int argc, char **argv)
{
    struct ocsp_error err;
    bool known;

    if (ocsp_process_begin(&err))
        return ocsp_process_refuse(program, &err);
    argc--;
    argv++;
    if (ocsp_help_is_wanted(argc, argv))
        return ocsp_help_run(program, NULL, argc, argv);
    const int status = ocsp_offline_run(argc, argv, &known);
    return known ? status : ocsp_unknown_command(program, NULL, argc, argv);
}
