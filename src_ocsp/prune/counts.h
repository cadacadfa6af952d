/* What remains of a net while channels are taken away, counted exactly. */
#ifndef OCSP_PRUNE_COUNTS_H
#define OCSP_PRUNE_COUNTS_H

#include "prune/coupling.h"

struct ocsp_counts {
    const struct ocsp_coupling *coupling;
    int *rows, *cols, *conv_groups; /* [n_tables] left */
    uint64_t macs, parameters;
};

enum ocsp_status ocsp_counts_init(struct ocsp_counts *counts,
                                  const struct ocsp_coupling *coupling,
                                  struct ocsp_error *err);
void ocsp_counts_clear(struct ocsp_counts *counts);
/* Takes `n` channels of a group away (n < 0: gives them back). */
void ocsp_counts_remove(struct ocsp_counts *counts, int group, int n);

#endif
