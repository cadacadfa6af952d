/* Makes a host's CPU training right for the layers that we train, where the stock host's
 * is wrong (each defect is asserted by tests/host/test_gradients.c).
 *
 * The repairs replace l.forward and l.backward of one network in memory; a network that
 * was not armed, and so a user's plain `darknet ... train`, is untouched. */
#ifndef OCSP_HOSTS_BY_VALUE_REPAIR_H
#define OCSP_HOSTS_BY_VALUE_REPAIR_H

#include "hosts/engine_table.h"
#include "net/error.h"

/* Installs the repairs in `net` (a `network *`), in the layers that the engine, which may
 * be NULL, has not taken. A call for another network replaces it: the first one must not
 * run any more. */
enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err);
/* Gives `net` back the functions that it had; nothing happens if it is not the one with
 * the repairs. */
void ocsp_repair_remove(void *net);
/* Before `net` is freed; nothing happens if it is not the one with the repairs. */
void ocsp_repair_forget(const void *net);

/* Gives [batchnorm] layers the buffers for their present size: Debian's CPU build has
 * none and crashes in its forward pass, AlexeyAB's keeps the old ones when it resizes.
 * Needed before any pass through a network that is not armed. */
enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err);

/* The repairs at work in the network that has them, a line each, for the log; NULL at the
 * end. */
const char *const *ocsp_repairs(void);

#endif
