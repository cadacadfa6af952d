#include "hosts/fatal.h"

#include <stdio.h>
#include <unistd.h>

#include "view/lines.h"

void ocsp_fatal(const struct ocsp_error *err)
{
    char text[sizeof err->text + sizeof "darknet ocsp: "];

    snprintf(text, sizeof text, "darknet ocsp: %s", err->text);
    ocsp_lines_say(OCSP_SAY_ERROR, text);
    ocsp_lines_end();
    _exit(1); /* the host's threads are at work */
}
