#include "view/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "view/screen_process.h"

#define MARK_SIZE (sizeof OCSP_MARK - 1)
#define MOST_TEXT (PIPE_BUF - MARK_SIZE - 2) /* of one write that nothing divides */

/* The process has one stdout, and signal handlers and exit say something there. */
static struct {
    bool began;
    pid_t owner, screen; /* screen 0: there is none */
    int pipe;
    int out, err; /* what stdout and stderr were; −1: they still are */
    bool terminal;
    bool lost;               /* the screen's process could not show something */
    struct ocsp_run_log log; /* without a screen; that has its own */
    char *log_path;
} lines = {.pipe = -1, .out = -1, .err = -1, .log = {.fd = -1}};

static bool is_terminal(int fd)
{
    const char *type = getenv("TERM");

    return isatty(fd) && type && *type && strcmp(type, "dumb") != 0;
}

static bool is_same(int a, int b)
{
    struct stat first, second;

    return fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
           first.st_rdev == second.st_rdev && first.st_ino == second.st_ino &&
           first.st_dev == second.st_dev;
}

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void give_back(int *saved, int fd)
{
    if (*saved >= 0)
        dup2(*saved, fd);
    close_if_open(saved);
}

/* stdout and stderr are again what they were. */
static void leave_pipe(void)
{
    give_back(&lines.out, STDOUT_FILENO);
    give_back(&lines.err, STDERR_FILENO);
    close_if_open(&lines.pipe);
}

/* Keeps what a descriptor is, for give_back. False where it is closed, or there are too
 * many. */
static bool keep(int fd, int *saved)
{
    *saved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return *saved >= 0;
}

/* A pipe that no other program inherits. */
static bool make_pipe(int ends[2])
{
    if (pipe(ends))
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static void pass(int number)
{
    (void)number;
}

/* Should the screen's process be killed. No SIG_IGN: a handler may take the place. */
static void outlive_screen(void)
{
    struct sigaction action = {.sa_handler = pass, .sa_flags = SA_RESTART}, before;

    sigemptyset(&action.sa_mask);
    if (!sigaction(SIGPIPE, NULL, &before) && before.sa_handler != SIG_IGN)
        sigaction(SIGPIPE, &action, NULL);
}

static bool start_screen(struct ocsp_screen_ends *ends)
{
    int pipe_ends[2];
    const bool both = ends->brief || ends->same;

    if (!keep(STDOUT_FILENO, &lines.out) || (both && !keep(STDERR_FILENO, &lines.err)) ||
        !make_pipe(pipe_ends))
        return false;
    ends->in = pipe_ends[0];
    lines.pipe = pipe_ends[1];
    fflush(NULL);
    /* the new process must not be ended before it has set its signals */
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &ends->signals);
    const pid_t child = fork();
    if (child == 0) {
        close(pipe_ends[1]);
        _exit(!ocsp_screen_process(ends));
    }
    pthread_sigmask(SIG_SETMASK, &ends->signals, NULL);
    close(pipe_ends[0]);
    if (child < 0)
        return false;
    lines.screen = child;
    dup2(lines.pipe, STDOUT_FILENO);
    if (both)
        dup2(lines.pipe, STDERR_FILENO);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* as on a terminal */
    outlive_screen();
    return true;
}

void ocsp_lines_begin(bool brief)
{
    struct ocsp_screen_ends ends = {.out = STDOUT_FILENO,
                                    .err = STDERR_FILENO,
                                    .terminal = is_terminal(STDOUT_FILENO),
                                    .same = is_same(STDOUT_FILENO, STDERR_FILENO),
                                    .brief = brief};

    if (!lines.began)
        atexit(ocsp_lines_end);
    lines.began = true;
    lines.owner = getpid();
    lines.terminal = ends.terminal;
    if ((!ends.terminal && !brief) || lines.screen || start_screen(&ends))
        return;
    leave_pipe();
    if (brief)
        ocsp_lines_say(OCSP_SAY_LINE, "ocsp: -brief: the system has no room for another "
                                      "process; Darknet's lines stay on the screen");
}

/* The process was killed: what follows goes where it would have gone without it. */
static void lose_screen(void)
{
    struct ocsp_error ignored;

    leave_pipe();
    clearerr(stdout);
    while (waitpid(lines.screen, NULL, 0) < 0 && errno == EINTR)
        ;
    lines.screen = 0;
    if (lines.log_path)
        ocsp_run_log_open(&lines.log, lines.log_path, false, &ignored);
}

static bool write_all(const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(lines.pipe, bytes, n);
        if (done < 0 && errno != EINTR)
            return false;
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

static bool send_part(char kind, const char *text, size_t n)
{
    char bytes[PIPE_BUF];

    memcpy(bytes, OCSP_MARK, MARK_SIZE);
    bytes[MARK_SIZE] = kind;
    for (size_t k = 0; k < n; k++)
        bytes[MARK_SIZE + 1 + k] =
            text[k] == '\t' || (unsigned char)text[k] >= ' ' ? text[k] : '?';
    bytes[MARK_SIZE + 1 + n] = OCSP_MARK_END;
    return write_all(bytes, MARK_SIZE + n + 2);
}

/* False where the screen's process is gone. */
static bool send_message(enum ocsp_message kind, const char *text)
{
    size_t n = strlen(text);

    for (; n > MOST_TEXT; n -= MOST_TEXT, text += MOST_TEXT)
        if (!send_part(OCSP_SAY_PART, text, MOST_TEXT))
            return false;
    return send_part((char)kind, text, n);
}

static void open_log(const char *path, bool anew)
{
    struct ocsp_error err;

    if (ocsp_run_log_open(&lines.log, path, anew, &err))
        printf("ocsp: cannot write the log: %s; the run goes on without it\n", err.text);
}

/* Without a screen. */
static void say_plainly(enum ocsp_message kind, const char *text)
{
    FILE *out = kind == OCSP_SAY_ERROR ? stderr : stdout;

    switch (kind) {
    case OCSP_SAY_LINE:
    case OCSP_SAY_ERROR:
    case OCSP_SAY_LAST:
        fflush(stdout);
        fprintf(out, "%s\n", text);
        fflush(out);
        ocsp_run_log_line(&lines.log, text, strlen(text));
        break;
    case OCSP_SAY_TO_LOG:
        ocsp_run_log_line(&lines.log, text, strlen(text));
        break;
    case OCSP_SAY_LOG:
    case OCSP_SAY_NEW_LOG:
        open_log(text, kind == OCSP_SAY_NEW_LOG);
        break;
    default: /* the rest is the screen's */
        break;
    }
}

/* stderr goes its own way: the screen's process has it only for the log. */
static void say_error(const char *text)
{
    fprintf(stderr, "%s\n", text);
    send_message(OCSP_SAY_TO_LOG, text);
}

void ocsp_lines_say(enum ocsp_message kind, const char *text)
{
    if (kind == OCSP_SAY_LOG || kind == OCSP_SAY_NEW_LOG) {
        free(lines.log_path);
        lines.log_path = strdup(text);
    }
    fflush(stdout);
    if (lines.screen && kind == OCSP_SAY_ERROR && lines.err < 0) {
        say_error(text);
        return;
    }
    if (lines.screen && !send_message(kind, text))
        lose_screen();
    else if (lines.screen)
        return;
    say_plainly(kind, text);
}

bool ocsp_lines_have_status(void)
{
    return lines.screen && lines.terminal;
}

void ocsp_lines_end(void)
{
    if (!lines.screen || getpid() != lines.owner)
        return;
    fflush(stdout);
    fflush(stderr);
    const bool told = send_part(OCSP_SAY_END, "", 0);
    leave_pipe();
    int how = 0;
    while (waitpid(lines.screen, &how, 0) < 0 && errno == EINTR)
        ;
    lines.lost = WIFEXITED(how) && WEXITSTATUS(how) != 0;
    lines.screen = 0;
    if (!told)
        clearerr(stdout);
}

bool ocsp_lines_arrived(void)
{
    return !lines.lost;
}

/* Nothing can be done where it fails. */
static void write_line(int fd, const char *before, const char *text, size_t n)
{
    const struct iovec parts[] = {{(void *)(uintptr_t)before, strlen(before)},
                                  {(void *)(uintptr_t)text, n},
                                  {(char[]){'\n'}, 1}};
    const ssize_t done = writev(fd, parts, 3);

    (void)done;
}

static void log_line(const char *text, size_t n)
{
    if (lines.log.fd >= 0)
        ocsp_run_log_line(&lines.log, text, n);
}

void ocsp_lines_say_in_handler(const char *text)
{
    const size_t n = strlen(text);

    if (lines.screen) {
        send_part(OCSP_SAY_LINE, text, n < MOST_TEXT ? n : MOST_TEXT);
        return;
    }
    write_line(STDOUT_FILENO, "\n", text, n); /* behind the "^C" of the terminal */
    log_line(text, n);
}

void ocsp_lines_end_in_handler(void)
{
    if (!lines.screen)
        return;
    /* a terminal that is held by Ctrl-S takes nothing */
    fcntl(lines.pipe, F_SETFL, O_NONBLOCK);
    send_part(OCSP_SAY_END, "", 0);
    leave_pipe();
    for (int k = 0; k < 200 && waitpid(lines.screen, NULL, WNOHANG) == 0; k++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    lines.screen = 0;
}

void ocsp_lines_fail_in_handler(const char *text)
{
    const size_t n = strlen(text);
    const bool shows = lines.screen && lines.err >= 0;

    if (lines.screen)
        send_part(shows ? OCSP_SAY_ERROR : OCSP_SAY_TO_LOG, text, n);
    if (!shows)
        write_line(STDERR_FILENO, "", text, n);
    if (!lines.screen)
        log_line(text, n);
    ocsp_lines_end_in_handler();
}

bool ocsp_lines_have_lost_reader(pid_t sender)
{
    struct pollfd ends[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                            {.fd = STDERR_FILENO, .events = POLLOUT}};

    if (sender != getpid())
        return true; /* the screen's process tells, or a user */
    if (lines.screen)
        return false; /* it was killed, and the run goes on without it */
    return poll(ends, 2, 0) > 0 && ((ends[0].revents | ends[1].revents) & POLLERR);
}
