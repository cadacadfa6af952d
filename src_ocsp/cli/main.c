/* The stand-alone program: the commands that need no Darknet. */
#include <stdio.h>

#include "cli/help.h"
#include "cli/offline.h"

int main(int argc, char **argv)
{
    bool known;
    const int status = ocsp_offline_run(argc - 1, argv + 1, &known);

    if (known)
        return status;
    if (argc > 1 && ocsp_help_knows(argv[1]))
        return ocsp_help_run("ocsp", false, argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "ocsp: unknown command '%.40s'\n", argv[1]);
    ocsp_print_usage(stderr, "ocsp", false);
    return 2;
}
