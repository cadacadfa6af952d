#include "train/openmp_restart.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/process.h"

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

/* Of a variable like OMP_STACKSIZE, in KiB where it has no letter. */
static bool is_small_stack(const char *text)
{
    static const char letters[] = "BKMG";
    char *end;
    double bytes = text ? strtod(text, &end) : 0;

    if (!text || end == text)
        return false;
    end += strspn(end, " ");
    const char *letter = *end ? strchr(letters, toupper((unsigned char)*end)) : NULL;
    for (long k = letter ? letter - letters : 1; k > 0; k--)
        bytes *= 1024;
    return bytes < OCSP_LEAST_STACK * 1024.;
}

/* Takes out what would let threads write below their stacks; whether there was some. */
static bool drop_small_stacks(void)
{
    static const char *const names[] = {"OMP_STACKSIZE", "GOMP_STACKSIZE"};
    bool any = false;

    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (is_small_stack(getenv(names[k]))) {
            fprintf(stderr,
                    "ocsp: %s=%s is too little: threads get stacks of the usual size\n",
                    names[k], getenv(names[k]));
            any = !unsetenv(names[k]) || any;
        }
    return any;
}

/* libgomp reads its environment when it is loaded, and has no call for this. */
void ocsp_openmp_restart(void)
{
    const bool small = drop_small_stacks();
    const bool spins = !getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY");

    if (!small && !spins)
        return;
    char **words = command_line();
    /* its name, not the link's, is what lists of processes shall show */
    char *program = realpath("/proc/self/exe", NULL);
    if (words && program && (!spins || !setenv("GOMP_SPINCOUNT", SPINS, 1))) {
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
