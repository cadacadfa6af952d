/* The stand-alone program: the commands that need no Darknet. */
#include <stddef.h>

#include "cli/help.h"
#include "cli/offline.h"
#include "cli/unknown_command.h"

static const char program[] = "ocsp";

int main(int argc, char **argv)
{
    bool known;

    argc--;
    argv++;
    if (ocsp_help_is_wanted(argc, argv))
        return ocsp_help_run(program, NULL, argc, argv);
    const int status = ocsp_offline_run(argc, argv, &known);
    return known ? status : ocsp_unknown_command(program, NULL, argc, argv);
}
