/* for sigaltstack and MAP_ANONYMOUS where the host's flags ask for plain C */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "train/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/unfinished.h"
#include "view/lines.h"

/* A full stack has no room for a handler. */
#define STACK_SIZE (64 << 10)
/* What counts as no memory left: this share of a limit cannot be had. */
#define SHARE 8
#define LEAST ((rlim_t)16 << 20)

static const struct {
    int number;
    const char *name; /* behind "a" */
} crashes[] = {{SIGSEGV, " segmentation fault"},
               {SIGBUS, " bus error"},
               {SIGABRT, "n abort"},
               {SIGFPE, " division by zero"},
               {SIGILL, "n illegal instruction"}};
enum { N_CRASHES = sizeof crashes / sizeof *crashes };

/* Signal handlers have no argument of ours. */
static struct {
    void (*clean)(void);
    atomic_flag came;
    const char *stack_top;
    char stack[STACK_SIZE];
} crash = {.came = ATOMIC_FLAG_INIT};

static const char *name_of(int number)
{
    for (int k = 0; k < N_CRASHES; k++)
        if (crashes[k].number == number)
            return crashes[k].name;
    return " signal";
}

/* What may be used of a resource; RLIM_INFINITY: no limit. */
static rlim_t limit_of(int resource)
{
    struct rlimit limit;

    return getrlimit(resource, &limit) ? RLIM_INFINITY : limit.rlim_cur;
}

/* Whether the part of a limit that is left is too small to go on with. */
static bool is_used_up(rlim_t limit)
{
    if (limit == RLIM_INFINITY)
        return false;
    const size_t size = (size_t)(limit / SHARE > LEAST ? limit / SHARE : LEAST);
    void *some =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (some == MAP_FAILED)
        return true;
    munmap(some, size);
    return false;
}

/* Of the main thread, whose stack grows down to its limit. */
static bool is_below_stack(const void *address)
{
    const rlim_t limit = limit_of(RLIMIT_STACK);
    const uintptr_t top = (uintptr_t)crash.stack_top, at = (uintptr_t)address;

    return limit != RLIM_INFINITY && at < top && top - at > limit - limit / SHARE &&
           top - at < limit + (rlim_t)LEAST;
}

/* What was short, as text; or NULL. `code`: errno of the thread, which a failed
 * allocation has set and nothing that succeeds resets. */
static const char *find_shortage(int number, const void *address, int code,
                                 char text[OCSP_CRASH_TEXT])
{
    const rlim_t space = limit_of(RLIMIT_AS), data = limit_of(RLIMIT_DATA);
    const rlim_t least = space < data ? space : data;

    if (number == SIGSEGV && is_below_stack(address))
        snprintf(text, OCSP_CRASH_TEXT, "the stack of %llu KiB is full (ulimit -s)",
                 (unsigned long long)limit_of(RLIMIT_STACK) >> 10);
    else if (least != RLIM_INFINITY && (code == ENOMEM || is_used_up(least)))
        snprintf(text, OCSP_CRASH_TEXT, "out of memory: %s allows %llu MiB",
                 space <= data ? "ulimit -v" : "ulimit -d",
                 (unsigned long long)least >> 20);
    else if (code == ENOMEM)
        snprintf(text, OCSP_CRASH_TEXT, "out of memory");
    else if (number == SIGABRT && code == EAGAIN)
        snprintf(text, OCSP_CRASH_TEXT,
                 "the system has no room for another thread (ulimit -u)");
    else
        return NULL;
    return text;
}

const char *ocsp_crash_shortage(int code, char text[OCSP_CRASH_TEXT])
{
    return find_shortage(0, NULL, code, text);
}

/* snprintf of numbers and short texts allocates nothing. */
static void end_process(int number, siginfo_t *info, void *context)
{
    const int code = errno;
    char shortage[OCSP_CRASH_TEXT], text[2 * OCSP_CRASH_TEXT];

    (void)context;
    if (atomic_flag_test_and_set(&crash.came)) /* another thread is at it */
        for (;;)
            pause();
    const char *what = find_shortage(number, info->si_addr, code, shortage);
    if (what)
        snprintf(text, sizeof text, "darknet ocsp: %s (Darknet ended by a%s)", what,
                 name_of(number));
    else
        snprintf(text, sizeof text, "darknet ocsp: Darknet has crashed by a%s",
                 name_of(number));
    ocsp_unfinished_remove();
    if (crash.clean)
        crash.clean();
    ocsp_lines_fail_in_handler(text);
    if (what)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

void ocsp_crash_catch(void)
{
    const stack_t stack = {.ss_sp = crash.stack, .ss_size = sizeof crash.stack};
    struct sigaction action = {.sa_sigaction = end_process,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK},
                     before;

    crash.stack_top = (const char *)__builtin_frame_address(0);
    sigaltstack(&stack, NULL);
    sigfillset(&action.sa_mask);
    for (int k = 0; k < N_CRASHES; k++)
        if (!sigaction(crashes[k].number, NULL, &before) && before.sa_handler == SIG_DFL)
            sigaction(crashes[k].number, &action, NULL);
}

void ocsp_crash_set_cleanup(void (*clean)(void))
{
    crash.clean = clean;
}
