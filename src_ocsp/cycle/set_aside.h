/* Moves files out of the way of a new run, into a folder beside them. */
#ifndef OCSP_CYCLE_SET_ASIDE_H
#define OCSP_CYCLE_SET_ASIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/error.h"

struct ocsp_set_aside {
    char folder[PATH_MAX]; /* where the files are now */
    uint64_t bytes;        /* their sizes */
};

/* Moves `names` [n], of files in `folder`, to <folder>/<base>_before_restart, or
 * …_before_restart_2, _3, … where there is one. The move is a rename and needs no room.
 * `kept`: path of a file that stays where it is, and of which only a second name goes
 * there; NULL: none.
 *
 * A process that is killed leaves …_before_restart.part, and the next one goes on with
 * it, also where n is 0: no folder holds the files of two runs. */
enum ocsp_status ocsp_set_aside(struct ocsp_set_aside *moved, const char *folder,
                                const char *base, char *const *names, int n,
                                const char *kept, struct ocsp_error *err);
/* Whether a killed process has left one. */
bool ocsp_set_aside_is_begun(const char *folder, const char *base);

#endif
