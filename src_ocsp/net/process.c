/* for pthread_setattr_default_np */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "net/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/unfinished.h"

/* What systems give, in KiB. */
#define USUAL_STACK 8192

/* open() takes the lowest number that is free. */
static void open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
}

/* Before any code of a host's: AlexeyAB's Darknet ignores SIGPIPE in a static object. */
static bool ignores_pipe;

__attribute__((constructor(101))) static void note_pipe(void)
{
    struct sigaction given;

    ignores_pipe = !sigaction(SIGPIPE, NULL, &given) && given.sa_handler == SIG_IGN;
}

static void pass(int number)
{
    (void)number;
}

static void end(int number)
{
    ocsp_unfinished_remove();
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;

    sigemptyset(&action.sa_mask);
    if (!sigaction(number, NULL, &before) && before.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

/* SIGXFSZ gets a function that does nothing: programs that we start would inherit
 * SIG_IGN. */
static void handle_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU};

    if (!ignores_pipe)
        signal(SIGPIPE, SIG_DFL);
    handle(SIGXFSZ, pass);
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        handle(ends[k], end);
}

/* glibc has taken the limit that the program began with. */
static void raise_stacks_of_threads(rlim_t size)
{
#ifdef __GLIBC__
    pthread_attr_t attributes;

    if (pthread_attr_init(&attributes))
        return;
    if (!pthread_attr_setstacksize(&attributes, (size_t)size))
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
#else
    (void)size;
#endif
}

/* The main thread's stack grows up to what the limit is by then. */
static enum ocsp_status raise_stack(struct ocsp_error *err)
{
    struct rlimit limit;
    const rlim_t usual = (rlim_t)USUAL_STACK << 10,
                 least = (rlim_t)OCSP_LEAST_STACK << 10;

    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= least)
        return OCSP_OK;
    const rlim_t was = limit.rlim_cur;
    const bool enough = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= least;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > usual
                         ? usual
                         : limit.rlim_max;
    if (enough && setrlimit(RLIMIT_STACK, &limit) == 0) {
        raise_stacks_of_threads(limit.rlim_cur);
        return OCSP_OK;
    }
    return ocsp_fail(err, OCSP_E_MEMORY, NULL, 0,
                     "stacks of %d KiB are needed, and %llu are allowed: raise the limit "
                     "by ulimit -s, or -Hs",
                     OCSP_LEAST_STACK, (unsigned long long)was >> 10);
}

enum ocsp_status ocsp_process_begin(struct ocsp_error *err)
{
    open_standard_files();
    handle_signals();
    return raise_stack(err);
}

static void print(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nowhere to say it */
}

int ocsp_process_refuse(const char *program, const struct ocsp_error *err)
{
    print(program);
    print(": ");
    print(err->text);
    print("\n");
    return 1;
}
