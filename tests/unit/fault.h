/* Faults on demand: the nth call that our sources make of the C library or of the system
 * goes wrong, and no other, so that a test goes through all call sites in turn:
 *
 *     for (int n = 1, more = 1; more; n++) {
 *         fault_start(FAULT_FAILS, n);
 *         … what is tested
 *         more = fault_stop();
 *         … what must hold, n faults or none
 *     }
 *
 * Only objects that are compiled with `-include tests/unit/fault_calls.h` call these
 * functions: not the tests, a host, or the library itself. The state outlives a fork,
 * both ways: a fault that was started in a child is stopped in its parent. */
#ifndef OCSP_TESTS_FAULT_H
#define OCSP_TESTS_FAULT_H

#include <stdbool.h>

enum fault {
    FAULT_FAILS,       /* one call, with an errno that it may well have */
    FAULT_STAYS,       /* and all later ones for memory, or room on the disk */
    FAULT_SHORT,       /* one read or write does 1 byte of what it should: no error */
    FAULT_ENDS,        /* one read finds the end of the file */
    FAULT_INTERRUPTED, /* one read or write is interrupted by a signal: no error either */
    N_FAULTS
};

/* From here on; nth counts from 1 the calls that can have this fault. */
void fault_start(enum fault fault, int nth);
/* No more of it. Whether it has happened: false where there were fewer calls. */
bool fault_stop(void);

/* "malloc in net/cfg.c:128", or "" where it has not happened. */
const char *fault_place(void);
/* Allocations since the start less those that were freed: what leaked, or is kept. */
int fault_held(void);
/* Different lines of source that have had a fault in this process and its children. */
int fault_places(void);

#endif
