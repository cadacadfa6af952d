#include "hosts/fatal.h"

#include <stdio.h>
#include <unistd.h>

#include "net/unfinished.h"
#include "view/lines.h"

void ocsp_fatal(const struct ocsp_error *err)
{
    char text[sizeof err->text + sizeof "darknet ocsp: "];

    snprintf(text, sizeof text, "darknet ocsp: %s", err->text);
    ocsp_lines_say(OCSP_SAY_ERROR, text);
    ocsp_lines_end();
    ocsp_unfinished_remove();
    _exit(1); /* the host's threads are at work */
}
