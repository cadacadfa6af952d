#include "train/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void note(int number)
{
    static const char text[] =
        "\nocsp: stopping after this iteration; once more stops at once\n";
    const int code = errno; /* of whatever this interrupts */

    caught = number;
    /* nothing can be done where it fails */
    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
        errno = code;
}

void ocsp_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        struct sigaction action = {.sa_handler = note,
                                   .sa_flags = SA_RESTART | (int)SA_RESETHAND};
        struct sigaction before;
        sigemptyset(&action.sa_mask);
        /* nohup and background jobs of a shell ignore them: so do we */
        if (!sigaction(numbers[k], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(numbers[k], &action, NULL);
    }
}

int ocsp_signals_caught(void)
{
    return caught;
}
