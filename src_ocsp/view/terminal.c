#include "view/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_COLUMNS 80 /* where a terminal does not tell */

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

/* As setlocale would choose, without setting anything in the host's process. */
static bool locale_has_utf8(void)
{
    const char *locale = variable("LC_ALL");

    if (!*locale)
        locale = variable("LC_CTYPE");
    if (!*locale)
        locale = variable("LANG");
    const char *codeset = strchr(locale, '.');
    return codeset && (strncasecmp(codeset + 1, "UTF-8", 5) == 0 ||
                       strncasecmp(codeset + 1, "UTF8", 4) == 0);
}

struct ocsp_terminal ocsp_terminal_of(FILE *out)
{
    const int fd = fileno(out);
    const char *term = variable("TERM");
    struct winsize size;

    if (fd < 0 || !isatty(fd))
        return (struct ocsp_terminal){0};
    const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (struct ocsp_terminal){.colour = !*variable("NO_COLOR") && *term &&
                                            strcmp(term, "dumb") != 0,
                                  .utf8 = locale_has_utf8(),
                                  .columns = known ? size.ws_col : USUAL_COLUMNS};
}
