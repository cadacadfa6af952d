/* The process that owns the terminal of a run: it copies what the trainer writes. It is a
 * process of its own so that the terminal is left in order, and the last lines are shown,
 * also when the trainer crashes or is killed. */
#ifndef OCSP_VIEW_SCREEN_PROCESS_H
#define OCSP_VIEW_SCREEN_PROCESS_H

#include <signal.h>
#include <stdbool.h>

struct ocsp_screen_ends {
    int in;        /* what the trainer writes */
    int out, err;  /* the trainer's stdout and stderr, as they were */
    bool terminal; /* `out` is one */
    bool same;     /* as `err` */
    bool brief;
    sigset_t signals; /* blocked in the trainer; at first the new process blocks all */
};

/* In a new process: returns when the trainer has said that it ends, or has ended; whether
 * all got to where it was shown. A terminal may be gone. */
bool ocsp_screen_process(const struct ocsp_screen_ends *ends);

#endif
