/* The table that leads from a host's update callback back to the layer it is for. For
 * hosts alone. */
#ifndef OCSP_HOSTS_BY_VALUE_UPDATE_HOOKS_H
#define OCSP_HOSTS_BY_VALUE_UPDATE_HOOKS_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/host.h"

struct ocsp_update_hook {
    int layer;
    bool last;                    /* of a step */
    ocsp_update_function *update; /* the host's own; NULL: there is nothing to update */
    struct ocsp_hooked_net *of;
};

/* Installs the engine, the repairs and the clocks, and `wrapper` as the update of every
 * layer that has parameters to train; `missing` stands in where the host has no update
 * for such a layer. In GPU builds the network's last layer gets it too: a cfg may freeze
 * all others for a while there. */
enum ocsp_status ocsp_update_hooks_install(network *net,
                                           const struct ocsp_host_hooks *hooks,
                                           ocsp_update_function *wrapper,
                                           ocsp_update_function *missing,
                                           struct ocsp_error *err);
/* For `wrapper`: the entry of a layer of a hooked network, and the events around its own
 * update. Networks on several GPUs are updated at the same time. */
const struct ocsp_update_hook *ocsp_update_hook_find(const layer *l);
void ocsp_update_hook_before(const struct ocsp_update_hook *layer,
                             struct ocsp_update *update);
void ocsp_update_hook_after(const struct ocsp_update_hook *layer,
                            const struct ocsp_update *update);
/* Before `net` is freed. */
void ocsp_update_hooks_forget(const network *net);

#endif
