/* The few functions that the patch calls, and what the command line tells them.
 *
 * The patch declares ocsp_hook_start and ocsp_hook_step itself and passes the addresses
 * of the training loop's variables (host.h, `replace`, says what they are). Both return
 * at once unless ocsp_hook_enable was called: stock training stays what it was. */
#ifndef OCSP_HOST_HOOK_H
#define OCSP_HOST_HOOK_H

#include "cycle/settings.h"
#include "net/error.h"

/* Strings are borrowed and must outlive the run. */
struct ocsp_hook_options {
    struct ocsp_settings settings;
    const char *cfg;     /* path of the dense net's cfg */
    const char *backup;  /* folder that takes all results */
    const char *command; /* the command line, for the summary */
    int images;          /* training images */
    /* Called when the run cannot go on; must not return. */
    void (*fatal)(const struct ocsp_error *err);
};

void ocsp_hook_enable(const struct ocsp_hook_options *options);
/* Ends the run and frees what it holds. The network stays the host's, and may not be
 * trained any more. */
void ocsp_hook_disable(void);

/* Once, after the host has made its networks and before its loop. */
void ocsp_hook_start(void *nets, int ngpus, void *net, char **base);
/* After every iteration of the host's loop. May replace the network and *base. */
void ocsp_hook_step(void *nets, int ngpus, void *net, char **base, float loss);

/* The host's own `classifier` command; argv as its main would pass it. Should the host
 * end the process before its training is done, the exit status is 1, unless two of the
 * host's threads end it at once. */
void ocsp_hook_run_classifier(int argc, char **argv);

#endif
