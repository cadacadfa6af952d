#include "train/openmp_restart.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(_OPENMP) && defined(__linux__)

/* Some 10 µs; a free machine loses 2 % by it, a busy one wins a factor. */
#define SPINS "10000"

/* This process's command line, as its main has got it; NULL where it cannot be read. */
static char **command_line(void)
{
    FILE *f = fopen("/proc/self/cmdline", "r");
    char **words = NULL, *word = NULL;
    size_t n = 0, size = 0;

    while (f && getdelim(&word, &size, '\0', f) > 0) {
        char **more = realloc(words, (n + 2) * sizeof *words);
        if (!more)
            break;
        words = more;
        words[n++] = word;
        words[n] = word = NULL;
        size = 0;
    }
    free(word);
    if (f)
        fclose(f);
    return words;
}

/* libgomp reads its environment when it is loaded, and has no call for this. */
void ocsp_openmp_restart(void)
{
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"))
        return;
    char **words = command_line();
    /* its name, not the link's, is what lists of processes shall show */
    char *program = realpath("/proc/self/exe", NULL);
    if (words && program && !setenv("GOMP_SPINCOUNT", SPINS, 1)) {
        fflush(NULL);
        execv(program, words);
    }
    free(program);
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

#else

void ocsp_openmp_restart(void)
{
}

#endif
