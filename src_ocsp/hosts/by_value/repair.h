/* Makes a host's training right for the layers that we train, where the stock host's is
 * wrong. Each defect is asserted by tests/host/test_gradients.c, those of GPU builds by
 * test_gradients_gpu*.c. What is repaired stands in tables: those of the hosts' folders
 * say for which layers and how, and rules*.c for which cfgs, for `ocsp lint`.
 *
 * The repairs replace l.forward and l.backward of a network in memory. A network in which
 * they are not installed, and so a user's plain `darknet ... train`, is untouched. */
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
 * Needed before any pass through a network without the repairs. */
enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err);

/* The repairs at work in the network that has them, a line each, for the log; NULL at the
 * end. */
const char *const *ocsp_repairs(void);

#endif
