#include "net/unfinished.h"

#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum { MOST = 64 };

/* Neither exit() nor a signal has an argument of ours. */
static _Atomic(const char *) unfinished[MOST];

static void replace(const char *old, const char *new)
{
    for (int k = 0; k < MOST; k++) {
        const char *expected = old;
        if (atomic_compare_exchange_strong(&unfinished[k], &expected, new))
            return;
    }
}

void ocsp_unfinished_add(const char *path)
{
    replace(NULL, path);
}

void ocsp_unfinished_drop(const char *path)
{
    replace(path, NULL);
}

void ocsp_unfinished_remove(void)
{
    for (int k = 0; k < MOST; k++) {
        const char *path = atomic_exchange(&unfinished[k], NULL);
        if (path)
            unlink(path);
    }
}
