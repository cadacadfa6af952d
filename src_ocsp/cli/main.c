/* The stand-alone program: the commands that need no Darknet. */
#include <stdio.h>

#include "cli/offline.h"

int main(int argc, char **argv)
{
    bool known;
    const int status = ocsp_offline_run(argc - 1, argv + 1, &known);

    if (known)
        return status;
    if (argc > 1)
        fprintf(stderr, "ocsp: unknown command '%.40s'\n", argv[1]);
    fprintf(stderr, "usage:\n");
    ocsp_offline_usage("ocsp");
    return 2;
}
