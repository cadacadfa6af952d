#include "hosts/fatal.h"

#include <stdio.h>
#include <unistd.h>

void ocsp_fatal(const struct ocsp_error *err)
{
    fflush(stdout);
    fprintf(stderr, "darknet ocsp: %s\n", err->text);
    _exit(1); /* the host's threads are at work */
}
