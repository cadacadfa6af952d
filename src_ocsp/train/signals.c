#include "train/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "net/unfinished.h"
#include "view/lines.h"

/* timeout, shells and service managers send a signal to a process and to its group: two
 * that come as close are one. */
#define AT_ONCE_NS 200000000L

/* Signal handlers have no argument of ours. */
static struct {
    volatile sig_atomic_t caught; /* the first one */
    volatile sig_atomic_t asked;  /* a user has, by SIGINT or SIGTERM */
    struct timespec when;
} signals;

static long ns_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    const long seconds = (long)(now.tv_sec - then->tv_sec);
    return seconds > 1 ? 2 * AT_ONCE_NS
                       : seconds * 1000000000L + now.tv_nsec - then->tv_nsec;
}

/* A user's first one asks; the second ends the process, as it would without this handler.
 */
static void hear_user(int number)
{
    if (signals.asked) {
        if (ns_since(&signals.when) < AT_ONCE_NS)
            return;
        ocsp_lines_end_in_handler();
        ocsp_unfinished_remove();
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &signals.when); /* a second one may come now */
    signals.asked = 1;
    ocsp_lines_say_in_handler(
        "ocsp: stopping after this iteration; once more stops at once");
}

static void note(int number, siginfo_t *info, void *context)
{
    const int code = errno; /* of whatever this interrupts */

    (void)context;
    if (number != SIGPIPE || ocsp_lines_have_lost_reader(info->si_pid)) {
        if (!signals.caught)
            signals.caught = number;
        if (number == SIGINT || number == SIGTERM)
            hear_user(number);
    }
    errno = code;
}

void ocsp_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGXCPU};

    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        struct sigaction action = {.sa_sigaction = note,
                                   .sa_flags = SA_RESTART | SA_SIGINFO};
        struct sigaction before;
        sigemptyset(&action.sa_mask);
        /* nohup and background jobs of a shell ignore them: so do we */
        if (!sigaction(numbers[k], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(numbers[k], &action, NULL);
    }
}

int ocsp_signals_caught(void)
{
    return signals.caught;
}
