/* What a former run has left in the folder under the names of a new one: its files would
 * be taken for the new one's, and its weights load beside a cfg that they do not fit. */
#ifndef OCSP_CYCLE_FORMER_RUN_H
#define OCSP_CYCLE_FORMER_RUN_H

#include <stdbool.h>

#include "net/error.h"

struct ocsp_former_run {
    char **names; /* [n] of files in the folder, in the order in which they should go */
    int n;
};

struct ocsp_former_run_search {
    const char *folder;
    const char *base; /* of the new run */
    /* Endings of the names that Darknets give to weights, NULL at the end, or NULL; '#'
     * stands for digits. */
    const char *const *host;
    bool pruned_only;    /* only the pruned cfg and all weights that are called like it */
    const char *skipped; /* path of one file that is left out, or NULL */
};

/* Finds the files of a run of `base`. The state comes first: without it nothing goes on
 * from a folder of which a part is gone. A file whose name another run in the folder
 * gives, of a longer base, is that one's. To be cleared on success. */
enum ocsp_status ocsp_former_run_find(struct ocsp_former_run *former,
                                      const struct ocsp_former_run_search *search,
                                      struct ocsp_error *err);
void ocsp_former_run_clear(struct ocsp_former_run *former);

/* Weights of a training that are called like the cfg <prefix>.cfg: one name in its
 * folder, malloc'ed; NULL where there are none. */
enum ocsp_status ocsp_former_weights_find(char **name, const char *prefix,
                                          struct ocsp_error *err);

/* Whether a run of `base` has its state in the folder. */
enum ocsp_status ocsp_former_run_exists(const char *folder, const char *base,
                                        bool *exists, struct ocsp_error *err);

#endif
