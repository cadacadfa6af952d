/* Sorts coupled channels into groups. Used by coupling.c alone. */
#ifndef OCSP_PRUNE_GROUPING_H
#define OCSP_PRUNE_GROUPING_H

#include "prune/coupling.h"

/* For a coupling whose tables are filled with provisional channels: makes its groups,
 * numbers its channels so that those of a group are consecutive, and fills group_of.
 * false: no memory. */
bool ocsp_group_channels(struct ocsp_coupling *coupling);

#endif
