#include "net/standard_output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* False: all is well. Else *reason, with *before ahead of it, or both "" where an earlier
 * write failed and the last one did not. */
static bool fails(const char **before, const char **reason)
{
    errno = 0;
    const bool now = fflush(stdout) != 0;

    *before = now && errno ? ": " : "";
    *reason = now && errno ? strerror(errno) : "";
    return now || ferror(stdout);
}

enum ocsp_status ocsp_output_check(struct ocsp_error *err)
{
    const char *before, *reason;

    return fails(&before, &reason)
               ? ocsp_fail(err, OCSP_E_IO, NULL, 0, "cannot write to standard output%s%s",
                           before, reason)
               : OCSP_OK;
}

enum ocsp_status ocsp_output_wrote(const char *file, const char *between,
                                   const char *also, struct ocsp_error *err)
{
    const char *before, *reason;

    printf("wrote %s%s%s\n", file, also ? between : "", also ? also : "");
    if (!fails(&before, &reason))
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_IO, NULL, 0,
                     "cannot write to standard output%s%s; written, and whole: %s%s%s",
                     before, reason, file, also ? ", " : "", also ? also : "");
}
