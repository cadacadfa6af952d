/* What two cfgs say otherwise: sections and keys as the hosts read them. Comments,
 * blanks, empty lines, the order of a section's keys and the second of two equal keys do
 * not count. */
#ifndef OCSP_NET_CFG_CHANGE_H
#define OCSP_NET_CFG_CHANGE_H

#include <stdbool.h>

#include "net/cfg.h"

struct ocsp_cfg_change {
    int section;
    const char *key; /* NULL: the section itself, and the comparison ends with it */
    /* the key's values, or the sections' names; NULL: it is not there. Borrowed. */
    const char *before, *after;
    int line;       /* in `after`: of the key, or of the section where it has none */
    bool in_before; /* for ocsp_cfg_next_change: which cfg's keys it looks at */
    int option;
    bool ended;
};

/* Finds the next change; `change` is {0} at first. False where there is none. */
bool ocsp_cfg_next_change(const struct ocsp_cfg *before, const struct ocsp_cfg *after,
                          struct ocsp_cfg_change *change);

/* The sections and keys alone, a line each: what is left of a cfg for such a comparison.
 * *text is malloc'ed. */
enum ocsp_status ocsp_cfg_content(const struct ocsp_cfg *cfg, char **text,
                                  struct ocsp_error *err);

/* Bytes of a value in front of a comment that follows it. */
int ocsp_cfg_value_length(const char *value);

#endif
