/* Time per layer of one network in memory: clocks around l.forward and l.backward,
 * whoever's functions they are, and what `arm` notes of l.update.
 *
 *     ocsp_profile_enable(true);         before networks are armed
 *     ocsp_profile_install(net, &err);   arm.c and predict.c, after the engine
 *     ocsp_profile_print(stdout, engine);
 *
 * One network at a time; installing on another one begins anew. */
#ifndef OCSP_HOSTS_PROFILE_H
#define OCSP_HOSTS_PROFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "hosts/engine_table.h"
#include "net/error.h"

/* Off, as at the start: nothing is installed. */
void ocsp_profile_enable(bool on);
enum ocsp_status ocsp_profile_install(void *net, struct ocsp_error *err);
/* Gives `net` its functions back; nothing happens if it is not the one measured. */
void ocsp_profile_remove(void *net);
/* Before `net` is freed: the same, but `net`'s layers stay as they are. */
void ocsp_profile_forget(const void *net);

void ocsp_profile_add_update(int layer, double seconds);
/* Seconds in all layers' functions per training iteration or prediction; 0 before the
 * first. */
double ocsp_profile_seconds(void);
/* A line per layer, in ms per iteration, and the engine's share. Nothing where nothing
 * was measured. */
void ocsp_profile_print(FILE *out, const struct ocsp_engine *engine);

double ocsp_seconds_now(void);

#endif
