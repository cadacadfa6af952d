/* What a GPU build of AlexeyAB's Darknet cannot train rightly even with the repairs of
 * repair_gpu.c, or what surgery cannot carry over. It stands for all refusals of such a
 * build: those of CPU builds are not for it. Private to host/. */
#ifndef OCSP_HOSTS_ALEXEYAB_REFUSE_GPU_H
#define OCSP_HOSTS_ALEXEYAB_REFUSE_GPU_H

#include "hosts/darknet_compat.h"

/* NULL, or a sentence that says why layer `i`, or with layer 0 the whole network, cannot
 * be pruned while it trains. */
const char *ocsp_refuse_on_gpu(const network *net, int i);

#endif
