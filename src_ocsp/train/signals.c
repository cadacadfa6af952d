#include "train/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "view/lines.h"

static volatile sig_atomic_t caught;

/* The first one asks; the second ends the process, as it would without this handler. */
static void note(int number)
{
    const int code = errno; /* of whatever this interrupts */

    if (caught) {
        ocsp_lines_end_in_handler();
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    caught = number;
    ocsp_lines_say_in_handler(
        "ocsp: stopping after this iteration; once more stops at once");
    errno = code;
}

void ocsp_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
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
