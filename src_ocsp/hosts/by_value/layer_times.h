/* Time per layer of one network in memory: clocks around l.forward and l.backward,
 * whoever's functions they are, and what update_hooks.c notes of l.update.
 *
 *     ocsp_layer_times_install(net, &err);          after the engine
 *     ocsp_layer_times_print(stdout, engine);
 *
 * One network at a time; installing on another one begins anew. */
#ifndef OCSP_HOSTS_BY_VALUE_LAYER_TIMES_H
#define OCSP_HOSTS_BY_VALUE_LAYER_TIMES_H

#include <stdio.h>

#include "hosts/engine_table.h"
#include "net/error.h"

enum ocsp_status ocsp_layer_times_install(void *net, struct ocsp_error *err);
/* Gives `net` its functions back; nothing happens if it is not the one measured. */
void ocsp_layer_times_remove(void *net);
/* Before `net` is freed: the same, but `net`'s layers stay as they are. */
void ocsp_layer_times_forget(const void *net);

/* For the layer's update; nothing happens where nothing is timed. */
void ocsp_layer_times_add_update(int layer, double seconds);

/* Forward seconds [layers] since the installation, or since the last call; returns of how
 * many passes. */
long ocsp_layer_times_read(double *seconds);

/* A line per layer, in ms per iteration, and the engine's share. Nothing where nothing
 * was measured. */
void ocsp_layer_times_print(FILE *out, const struct ocsp_engine *engine);

#endif
