/* Time per layer of one network in memory: clocks around l.forward and l.backward,
 * whoever's functions they are, and what update_hooks.c notes of l.update.
 *
 *     ocsp_layer_times_enable(true);         before networks are hooked
 *     ocsp_layer_times_install(net, &err);   update_hooks.c and predict.c, after the
 * engine ocsp_layer_times_print(stdout, engine);
 *
 * One network at a time; installing on another one begins anew. */
#ifndef OCSP_HOSTS_LAYER_TIMES_H
#define OCSP_HOSTS_LAYER_TIMES_H

#include <stdbool.h>
#include <stdio.h>

#include "hosts/engine_table.h"
#include "net/error.h"

/* Off, as at the start: nothing is installed. */
void ocsp_layer_times_enable(bool on);
enum ocsp_status ocsp_layer_times_install(void *net, struct ocsp_error *err);
/* Gives `net` its functions back; nothing happens if it is not the one measured. */
void ocsp_layer_times_remove(void *net);
/* Before `net` is freed: the same, but `net`'s layers stay as they are. */
void ocsp_layer_times_forget(const void *net);

void ocsp_layer_times_add_update(int layer, double seconds);
/* Seconds in all layers' functions per training iteration or prediction; 0 before the
 * first. */
double ocsp_layer_times_seconds(void);
/* A line per layer, in ms per iteration, and the engine's share. Nothing where nothing
 * was measured. */
void ocsp_layer_times_print(FILE *out, const struct ocsp_engine *engine);

double ocsp_seconds_now(void);

#endif
