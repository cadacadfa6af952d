/* What the host counts besides the parameters: all that a rebuilt network takes over and
 * that a new process would not have. */
#ifndef OCSP_HOSTS_BY_VALUE_COUNTERS_H
#define OCSP_HOSTS_BY_VALUE_COUNTERS_H

#include "cycle/counter.h"

/* Of the host's network `net`; returns how many. */
int ocsp_counters(const void *net, struct ocsp_counter out[OCSP_MAX_COUNTERS]);
/* Puts those of a known name back. */
void ocsp_counters_set(void *net, const struct ocsp_counter *in, int n);

#endif
