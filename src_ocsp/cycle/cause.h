/* What made the two decisions of a cycle: the start of the sparse phase at t_sl-start,
 * and the removal at t*. The program compares the enum, the state file keeps the code
 * word, and people read the text. */
#ifndef OCSP_CYCLE_CAUSE_H
#define OCSP_CYCLE_CAUSE_H

#include <stdbool.h>

enum ocsp_start_cause {
    OCSP_NOT_STARTED,
    OCSP_START_BY_SETTING,   /* -sl-start names the epoch */
    OCSP_START_BY_STABILITY, /* Eq. (4) */
    OCSP_START_BY_TIME       /* half of -sl-end is over */
};

enum ocsp_prune_cause {
    OCSP_NOT_PRUNED,
    OCSP_PRUNE_BY_STABILITY_AND_QUIET,
    OCSP_PRUNE_BY_STABILITY, /* where -quiet is off */
    OCSP_PRUNE_BY_SAFETY_LIMIT
};

/* Texts and code words are static. Both are NULL for the first of each enum, which is no
 * cause. A code word never changes its meaning: states of earlier runs hold it. */
const char *ocsp_start_cause_text(enum ocsp_start_cause cause);
const char *ocsp_start_cause_code(enum ocsp_start_cause cause);
const char *ocsp_prune_cause_text(enum ocsp_prune_cause cause);
const char *ocsp_prune_cause_code(enum ocsp_prune_cause cause);

/* Finds the cause of a code word; false, and *cause untouched, where there is none. */
bool ocsp_start_cause_find(const char *code, enum ocsp_start_cause *cause);
bool ocsp_prune_cause_find(const char *code, enum ocsp_prune_cause *cause);

#endif
