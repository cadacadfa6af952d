#include "view/screen_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "view/screen.h"

/* How often the process looks whether the trainer is still there: a program that the
 * trainer started may hold its end of the pipe open. */
#define LOOK_MS 500

/* Signal handlers have no argument of ours. */
static volatile sig_atomic_t resized;
static pid_t trainer;

static void note_resize(int number)
{
    (void)number;
    resized = 1;
}

/* Nobody reads what is shown, or a file has outgrown its limit: the trainer is told, as
 * if it had written itself. */
static void pass_on(int number)
{
    if (getppid() == trainer)
        kill(trainer, number);
}

/* What ends or stops the trainer must not end this process first. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGQUIT, SIGHUP,
                                  SIGTTOU, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = SIG_IGN};

    trainer = getppid();
    for (size_t k = 0; k < sizeof ignored / sizeof *ignored; k++)
        sigaction(ignored[k], &action, NULL);
    action.sa_handler = pass_on;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = note_resize;
    sigaction(SIGWINCH, &action, NULL);
}

static int columns_of(int terminal)
{
    struct winsize size;

    return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static bool flush(FILE *out)
{
    const bool fails = fflush(out) || ferror(out);

    if (fails)
        clearerr(out);
    return !fails;
}

/* A terminal that is gone takes nothing: the log still does. */
static bool show(struct ocsp_screen *screen)
{
    ocsp_screen_draw(screen);
    const bool shown = flush(screen->out);
    return (screen->err == screen->out || flush(screen->err)) && shown;
}

/* Returns false where nothing more can come. */
static bool read_some(struct ocsp_screen *screen, const struct ocsp_screen_ends *ends)
{
    char bytes[65536];
    const ssize_t n = read(ends->in, bytes, sizeof bytes);

    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    /* in the background the terminal is a shell's */
    screen->foreground = ends->terminal && tcgetpgrp(ends->out) == getpgrp();
    ocsp_screen_feed(screen, bytes, (size_t)n);
    return n > 0;
}

/* Whether all was shown. */
static bool copy(struct ocsp_screen *screen, const struct ocsp_screen_ends *ends)
{
    struct pollfd in = {.fd = ends->in, .events = POLLIN};
    bool shown = true;

    while (!screen->ended) {
        const int ready = poll(&in, 1, LOOK_MS);
        if (resized && ends->terminal) {
            resized = 0;
            ocsp_screen_resize(screen, columns_of(ends->out));
        }
        if (ready > 0 && !read_some(screen, ends))
            break;
        if (ready == 0 && getppid() != trainer)
            break;
        shown = show(screen) && shown;
    }
    return shown;
}

bool ocsp_screen_process(const struct ocsp_screen_ends *ends)
{
    static struct ocsp_screen screen; /* large, and there is one */

    set_signals();
    pthread_sigmask(SIG_SETMASK, &ends->signals, NULL);
#ifdef __linux__
    prctl(PR_SET_NAME, "ocsp-screen", 0, 0, 0); /* killall means the trainer */
#endif
    screen.out = fdopen(ends->out, "w");
    screen.err = ends->same ? screen.out : fdopen(ends->err, "w");
    if (!screen.out || !screen.err)
        return false;
    setvbuf(screen.out, NULL, _IOFBF, 65536);
    screen.terminal = ends->terminal;
    screen.brief = ends->brief;
    ocsp_screen_init(&screen);
    if (ends->terminal)
        screen.columns = columns_of(ends->out);
    const bool shown = copy(&screen, ends);
    ocsp_screen_end(&screen);
    const bool ended = show(&screen);
    ocsp_screen_clear(&screen);
    return (shown && ended) || ends->terminal;
}
